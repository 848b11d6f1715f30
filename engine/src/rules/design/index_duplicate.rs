//! An index that repeats another, or the beginning of another, costs every write and serves no query.
//!
//! Judged before CREATE INDEX, and in full checks for what is there.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "index-duplicate",
    category: Design,
    severity: Warning,
    title: "an index repeats one that is there",
    why: "Every INSERT, and every UPDATE that changes an indexed column, writes every index; each one costs disk, cache, WAL \
          and vacuum time, and an indexed column that changes rules out a heap-only update. An index with the same keys as \
          another, or with the first keys of a longer btree, answers no query that the other does not answer: the planner \
          picks one of the two and the other is dead weight.",
    remedy: "Do not create it, or drop it: the twin is named in the message. Of two that are the same, the one stays that a \
             constraint, a foreign key, the replica identity or CLUSTER needs, else the older one. To replace a bloated index use REINDEX INDEX CONCURRENTLY. \
             Where the new index is to be longer or better than the old one, drop the old one afterwards. An index that \
             is unique, or differs in operator class, collation, predicate or method, is no duplicate and is not reported.",
    parameters: &[],
    sources: &[
        Guide("S-038"),
        Guide("S-231"),
        Guide("S-232"),
        Manual("indexes-multicolumn", "Multicolumn Indexes"),
        Manual("sql-reindex", "CONCURRENTLY"),
    ],
    examples: &[
        bad("CREATE INDEX idx_orders_total ON orders (amount);").title("the same key").given(EMPTY_ORDERS_WITH_INDEX).advice(),
        bad("CREATE INDEX idx_orders_id ON orders (id);").title("the key of the primary key").given(EMPTY_ORDERS).advice(),
        bad("CREATE INDEX idx_orders_customer ON orders (customer_id);")
            .title("the first keys of a longer btree")
            .given("CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, placed_at timestamptz NOT NULL);\nCREATE INDEX idx_orders_customer_id_placed_at ON orders (customer_id, placed_at);")
            .advice(),
        bad("CREATE INDEX idx_orders_amount_down ON orders (amount DESC);")
            .title("a btree is read backwards just as well")
            .given(EMPTY_ORDERS_WITH_INDEX)
            .advice(),
        bad("CREATE UNIQUE INDEX idx_orders_code ON orders (customer_id, code);")
            .title("unique like its twin")
            .given(EMPTY_ORDERS_WITH_UNIQUE)
            .advice(),
        bad("CREATE INDEX idx_orders_note_lower ON orders (lower(note)) WHERE note IS NOT NULL;")
            .title("the same expression and predicate")
            .given(EMPTY_ORDERS_WITH_EXPRESSION_INDEX)
            .advice(),
        good("CREATE UNIQUE INDEX idx_orders_amount_unique ON orders (amount);")
            .title("unique: it promises more than its twin")
            .given(EMPTY_ORDERS_WITH_INDEX),
        good("CREATE INDEX idx_orders_amount_placed_at ON orders (amount, placed_at);")
            .title("longer than the one that is there")
            .given(EMPTY_ORDERS_WITH_INDEX),
        good("CREATE INDEX idx_orders_amount_positive ON orders (amount) WHERE amount > 0;")
            .title("another predicate")
            .given(EMPTY_ORDERS_WITH_INDEX),
        good("CREATE INDEX idx_orders_code_pattern ON orders (customer_id, code varchar_pattern_ops);")
            .title("another operator class: it serves LIKE")
            .given(EMPTY_ORDERS_WITH_UNIQUE),
        good("CREATE INDEX idx_orders_code_c ON orders (customer_id, code COLLATE \"C\");")
            .title("another collation")
            .given(EMPTY_ORDERS_WITH_UNIQUE),
        good("CREATE INDEX idx_orders_amount_hash ON orders USING hash (amount);")
            .title("another method")
            .given(EMPTY_ORDERS_WITH_INDEX),
        good("CREATE INDEX idx_orders_amount_note ON orders (amount) INCLUDE (note);")
            .title("with a column that the other does not hold")
            .given(EMPTY_ORDERS_WITH_INDEX),
        good("CREATE INDEX idx_orders_customer_code ON orders (customer_id, code DESC);")
            .title("an order that the other cannot give in either direction")
            .given(EMPTY_ORDERS_WITH_UNIQUE),
        bad("CREATE INDEX idx_orders_sum ON orders (amount) WITH (fillfactor = 70);")
            .title("a full check: of two that are the same the older one stays")
            .given(ORDERS_WITH_INDEX)
            .check(),
        bad("CREATE INDEX idx_orders_customer_id ON orders (customer_id);\n\
             CREATE INDEX idx_orders_customer_id_placed_at ON orders (customer_id, placed_at);")
        .title("a full check: the beginning of another")
        .given(EMPTY_ORDERS)
        .check(),
        bad("CREATE INDEX idx_orders_customer ON orders (customer_id DESC);")
            .title("a full check: the beginning of a unique key, read backwards")
            .given(ORDERS_WITH_UNIQUE)
            .check(),
        bad("CREATE UNIQUE INDEX idx_orders_customer_id_code ON orders (customer_id, code);")
            .title("a full check: a unique index beside the constraint's own")
            .given(ORDERS_WITH_UNIQUE)
            .check(),
        bad("ALTER TABLE orders ADD CONSTRAINT orders_id_key UNIQUE (id);")
            .title("a full check: a unique constraint that repeats the primary key")
            .given(EMPTY_ORDERS)
            .check(),
        bad("CREATE INDEX idx_events_happened_at ON events (happened_at);\n\
             CREATE INDEX idx_events_time ON events (happened_at);")
        .title("a full check: a partitioned table, one finding for the tree")
        .given(EVENTS)
        .check(),
        bad("CREATE INDEX idx_events_happened_at_id ON events (happened_at, id);")
            .title("a full check: a partition's own index is the beginning of the one that it has from its parent")
            .given(with!(EVENTS, "CREATE INDEX idx_events_2024_happened_at ON events_2024 (happened_at);"))
            .check(),
        bad("CREATE INDEX idx_orders_amount_known ON orders (amount) WHERE amount IS NOT NULL;")
            .title("a full check: a predicate that leaves nothing out, for the column is NOT NULL")
            .given(with!(
                ORDERS_WITH_INDEX,
                "SELECT architect.configure('needless-index-predicate', 'off');"
            ))
            .check(),
        good("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_orders_amount'::regclass;")
            .title("a full check: an invalid twin is no twin")
            .given(with!(ORDERS_WITH_INDEX, "CREATE INDEX idx_orders_sum ON orders (amount);"))
            .check(),
        good(
            "CREATE UNIQUE INDEX idx_customers_id ON customers (id);\n\
             CREATE TABLE visits (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id bigint);\n\
             CREATE INDEX idx_visits_customer_id ON visits (customer_id);\n\
             ALTER TABLE visits ADD FOREIGN KEY (customer_id) REFERENCES customers (id);\n\
             ALTER TABLE customers ADD PRIMARY KEY (id);",
        )
        .title("a full check: a foreign key refers to the one, and the other is the primary key's")
        .given("CREATE TABLE customers (id bigint NOT NULL);")
        .check(),
        good("CREATE INDEX idx_orders_sum ON orders (amount);\nCLUSTER orders USING idx_orders_sum;")
            .title("a full check: CLUSTER uses the shorter one")
            .given(with!(ORDERS, "CREATE INDEX idx_orders_amount_code ON orders (amount, code);"))
            .check(),
    ],
    check: Check::On(Kinds::CREATE_INDEX, check),
    also: &[Check::State(existing)],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let (Ddl::CreateIndex(create), Some(table)) = (&statement.ddl, &statement.target) else { return };
    let Some(index) = &create.index else { return };
    let relation = &table.relation;
    // A twin with just the same keys says more than a longer one.
    let twin = table
        .indexes
        .iter()
        .filter(|other| other.stands_in_for(index, table) && !(index.unique && other_order(index, other)))
        .min_by_key(|other| other.keys.len());
    let Some(twin) = twin.filter(|_| cx.judged(relation)) else { return };
    let new =
        create.name.as_deref().map_or_else(|| "the new index".to_owned(), |name| format!("index {}", sql::ident(name)));
    let relationship = if twin.keys.len() == index.keys.len() { "repeats" } else { "is the beginning of" };
    let finding =
        out.relation(relation, format!("{new} on {} {relationship} index {}", relation.display(), twin.sql()));
    let serves = match &*twin.constraint {
        Some(constraint) => format!(" That index serves constraint {} and has to stay.", sql::ident(constraint)),
        None => String::new(),
    };
    finding
        .detail(format!(
            "{} already answers every query that the new index would answer ({}).{serves}",
            twin.sql(),
            bytes(*twin.bytes)
        ))
        .advice(format!("Leave the new index out; if {} is bloated, use REINDEX INDEX CONCURRENTLY.", twin.sql()))
        .evidence("twin", twin.sql());
    if let Some(name) = &create.name {
        finding.evidence("index", name.as_str()).discriminator(name.as_str());
    }
}

/// Whether the order is another one: ADD CONSTRAINT ... USING INDEX takes a unique index in the usual order only, so a new one may be
/// meant for that.
fn other_order(a: &Index, b: &Index) -> bool {
    a.keys.iter().zip(&b.keys).any(|(a, b)| a.descending != b.descending)
}

/// Judges the indexes that are there.
fn existing(table: &Table, _: &TableState, _: &Context, out: &mut Findings) {
    let usable: Vec<&Index> = table.indexes.iter().filter(|index| index.valid && !index.building).collect();
    if usable.len() < 2 {
        return;
    }
    let needs: Vec<Option<Need>> = usable.iter().map(|index| index.needed(table)).collect();
    // Which of two that stand in for each other goes first: the one that nothing needs, then the younger one.
    let goes = |x: usize, y: usize| {
        usable[y].stands_in_for(usable[x], table)
            && (!usable[x].stands_in_for(usable[y], table)
                || (needs[x].is_some(), usable[y].oid) < (needs[y].is_some(), usable[x].oid))
    };
    let others = |x: usize| (0..usable.len()).filter(move |y| *y != x);
    let dropped: Vec<bool> = (0..usable.len()).map(|x| needs[x].is_none() && others(x).any(|y| goes(x, y))).collect();
    for x in (0..usable.len()).filter(|x| dropped[*x]) {
        let covers = others(x).filter(|y| goes(x, *y) && !dropped[*y]).map(|y| (usable[y], needs[y].as_ref()));
        if let Some((cover, need)) = covers.min_by_key(|(cover, _)| (cover.keys.len(), *cover.bytes)) {
            redundant(table, usable[x], cover, need, out);
        }
    }
    repeated_constraints(table, &usable, &needs, out);
}

/// The index can go: the cover stays.
fn redundant(table: &Table, index: &Index, cover: &Index, need: Option<&Need>, out: &mut Findings) {
    let relation = &table.relation;
    let relationship = if cover.keys.len() == index.keys.len() { "repeats" } else { "is the beginning of" };
    let finding = out.index(
        &index.schema,
        &index.name,
        index.oid,
        format!("index {} on {} {relationship} index {}", index.sql(), relation.display(), cover.sql()),
    );
    let mut detail = vec![format!(
        "{} ({}) answers every query that {} ({}) answers.",
        cover.sql(),
        bytes(*cover.bytes),
        index.sql(),
        bytes(*index.bytes)
    )];
    match need {
        Some(need) => detail.push(format!("It has to stay: it {}.", need.clause())),
        None if cover.keys.len() == index.keys.len() => detail.push("It is the older one.".to_owned()),
        None => {}
    }
    // A scan of a much larger index reads more of it.
    let scans = |index: &Index| index.usage.as_ref().map_or(0, |usage| usage.scans);
    if scans(index) > 0 && *cover.bytes > 3 * (*index.bytes).max(1) {
        finding.severity(Info);
        detail.push(format!("It is much larger, and {} is in use: its scans will read more.", index.sql()));
    }
    let partitioned = relation.kind == RelationKind::PartitionedTable;
    let concurrently = if partitioned { "" } else { "CONCURRENTLY " };
    finding
        .detail(detail.join(" "))
        .advice(if partitioned {
            "Drop it; an index of a partitioned table cannot be dropped CONCURRENTLY, and the lock is short:"
        } else {
            "Drop it without stopping readers, outside a transaction block:"
        })
        .remedy(format!("DROP INDEX {concurrently}{};", index.sql()))
        .evidence("twin", cover.sql())
        .evidence("bytes", *index.bytes)
        .evidence("scans", scans(index))
        .evidence("twin_bytes", *cover.bytes)
        .evidence("twin_scans", scans(cover))
        .impact(*index.bytes, 0, writes(table));
}

/// A UNIQUE constraint over the columns of the primary key, or of another one.
fn repeated_constraints(table: &Table, usable: &[&Index], needs: &[Option<Need>], out: &mut Findings) {
    let relation = &table.relation;
    let unique = |index: &Index| {
        table.constraints.iter().find(|c| c.index == index.oid && c.kind == ConstraintKind::Unique && !c.inherited)
    };
    for (x, index) in usable.iter().enumerate() {
        let Some(constraint) = unique(index) else { continue };
        let referred = table.referenced_by.iter().any(|key| key.index == index.oid);
        if referred || index.replica_identity || index.clustered || index.parent != 0 {
            continue;
        }
        let cover = usable.iter().enumerate().find(|(y, cover)| {
            *y != x
                && matches!(needs[*y], Some(Need::Constraint(_)))
                && cover.stands_in_for(index, table)
                && (cover.primary || !index.stands_in_for(cover, table) || cover.oid < index.oid)
        });
        let Some((_, cover)) = cover else { continue };
        let kept = cover.constraint.as_deref().unwrap_or(&cover.name);
        out.index(
            &index.schema,
            &index.name,
            index.oid,
            format!(
                "constraint {} of {} repeats constraint {}",
                sql::ident(&constraint.name),
                relation.display(),
                sql::ident(kept)
            ),
        )
        .detail(format!(
            "Both promise the same, and each has an index that every write goes into ({}). No foreign key refers to {}.",
            bytes(*index.bytes),
            sql::ident(&constraint.name)
        ))
        .advice("Drop the constraint, unless ON CONFLICT ON CONSTRAINT names it; the lock is short:")
        .remedy(format!("ALTER TABLE {} DROP CONSTRAINT {};", relation.sql(), sql::ident(&constraint.name)))
        .evidence("twin", cover.sql())
        .evidence("bytes", *index.bytes)
        .impact(*index.bytes, 0, writes(table));
    }
}

/// Row versions that were written into the indexes of the table since the counters began.
fn writes(table: &Table) -> u64 {
    let usage = table.state.as_ref().and_then(|state| state.usage.as_ref());
    usage.map_or(0, |usage| u64::try_from(usage.index_writes()).unwrap_or(0))
}
