//! An index that repeats another, or the beginning of another, costs every write and serves no query.

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
    remedy: "Do not create it: the twin is named in the message. To replace a bloated index use REINDEX INDEX CONCURRENTLY. \
             Where the new index is to be longer or better than the old one, drop the old one afterwards. An index that \
             is unique, or differs in operator class, collation, predicate or method, is no duplicate and is not reported.",
    parameters: &[],
    sources: &[
        Guide("S-038"),
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
    ],
    check: Check::Statement(check),
    also: &[],
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
        .filter(|other| other.valid && (same(index, other) || covered(index, other)))
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

/// Whether the two are equal but for name and storage options.
fn same(new: &Index, old: &Index) -> bool {
    let sorted = |index: &Index| {
        let mut columns = index.included.clone();
        columns.sort_unstable();
        columns
    };
    new.method == old.method
        && new.keys == old.keys
        && sorted(new) == sorted(old)
        && new.predicate == old.predicate
        && new.unique == old.unique
        && new.exclusion == old.exclusion
        // A deferrable constraint's index is checked late: it is no target of a foreign key or of ON CONFLICT.
        && new.immediate == old.immediate
        && new.nulls_not_distinct == old.nulls_not_distinct
}

/// Whether the new index, a btree that promises nothing, is the beginning of the old one, in its order or in the mirrored one.
fn covered(new: &Index, old: &Index) -> bool {
    let btrees = new.method == "btree" && old.method == "btree";
    if !btrees || new.unique || new.exclusion || new.predicate != old.predicate || new.keys.len() > old.keys.len() {
        return false;
    }
    let column = |a: &IndexKey, b: &IndexKey| {
        a.column == b.column && a.expression == b.expression && a.opclass == b.opclass && a.collation == b.collation
    };
    let pairs = || new.keys.iter().zip(&old.keys);
    let straight = |a: &IndexKey, b: &IndexKey| a.descending == b.descending && a.nulls_first == b.nulls_first;
    let mirrored = |a: &IndexKey, b: &IndexKey| a.descending != b.descending && a.nulls_first != b.nulls_first;
    let order = pairs().all(|(a, b)| straight(a, b)) || pairs().all(|(a, b)| mirrored(a, b));
    order && pairs().all(|(a, b)| column(a, b)) && new.included.iter().all(|number| old.mentions(*number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(column: i16) -> IndexKey {
        IndexKey { column: Some(column), opclass: 1, ..IndexKey::default() }
    }

    fn down(column: i16) -> IndexKey {
        IndexKey { descending: true, nulls_first: true, ..key(column) }
    }

    fn index(keys: &[IndexKey]) -> Index {
        Index { method: "btree".to_owned(), valid: true, immediate: true, keys: keys.to_vec(), ..Index::default() }
    }

    #[test]
    fn equal_indexes() {
        let plain = index(&[key(1), key(2)]);
        assert!(same(&plain, &Index { name: "other".to_owned(), bytes: 8192.into(), ..plain.clone() }));
        assert!(same(
            &Index { included: vec![4, 3], ..plain.clone() },
            &Index { included: vec![3, 4], ..plain.clone() }
        ));
        for other in [
            Index { unique: true, ..plain.clone() },
            Index { method: "gist".to_owned(), ..plain.clone() },
            Index { predicate: Some("(a > 0)".to_owned()), ..plain.clone() },
            Index { included: vec![3], ..plain.clone() },
            Index { immediate: false, ..plain.clone() },
            Index { nulls_not_distinct: true, ..plain.clone() },
            index(&[key(2), key(1)]),
            index(&[key(1), IndexKey { opclass: 2, ..key(2) }]),
            index(&[key(1), IndexKey { collation: 950, ..key(2) }]),
        ] {
            assert!(!same(&plain, &other), "{other:?}");
        }
    }

    #[test]
    fn the_beginning_of_a_longer_btree() {
        let long = index(&[key(1), key(2), key(3)]);
        assert!(covered(&index(&[key(1)]), &long));
        assert!(covered(&index(&[key(1), key(2)]), &long));
        assert!(covered(&index(&[down(1), down(2)]), &long), "mirrored");
        assert!(
            covered(&index(&[key(1), key(2), key(3)]), &Index { unique: true, ..long.clone() }),
            "the key's own index"
        );
        assert!(
            covered(&Index { included: vec![3], ..index(&[key(1)]) }, &long),
            "INCLUDE that the other has as a key"
        );
        assert!(!covered(&index(&[key(1), down(2)]), &long), "half mirrored");
        assert!(!covered(&index(&[key(2)]), &long), "not the beginning");
        assert!(!covered(&long, &index(&[key(1)])), "longer");
        assert!(!covered(&Index { unique: true, ..index(&[key(1)]) }, &long), "it promises more");
        assert!(!covered(&Index { included: vec![4], ..index(&[key(1)]) }, &long), "it holds more");
        assert!(
            !covered(&index(&[key(1)]), &Index { predicate: Some("(a > 0)".to_owned()), ..long.clone() }),
            "partial"
        );
        assert!(!covered(&index(&[key(1)]), &Index { method: "gin".to_owned(), ..long }), "not a btree");
    }
}
