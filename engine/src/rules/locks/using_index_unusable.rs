//! ADD CONSTRAINT ... USING INDEX with an index that cannot serve.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "using-index-unusable",
    category: Locks,
    severity: Error,
    title: "a constraint is to use an index that cannot serve it",
    why: "ADD CONSTRAINT ... USING INDEX takes only a valid, unique, complete btree index on plain columns in \
          default order. An invalid index (what a failed CREATE INDEX CONCURRENTLY leaves behind), a partial one, \
          one on an expression, one with DESC or NULLS FIRST is refused, and on a partitioned table the form does \
          not exist at all. A primary key takes no NULLS NOT DISTINCT index from 16 on, and from 18 on, with or without USING INDEX, no \
          column whose NOT NULL constraint is NOT VALID or NO INHERIT. The migration is certain to fail at this statement.",
    remedy: "Build an index that can serve, CONCURRENTLY, and use that one. A unique rule for a part of the rows, or \
             on an expression, stays a plain unique index: it needs no constraint.",
    parameters: &[],
    sources: &[
        Guide("S-183"),
        Manual("sql-altertable", "ADD table_constraint_using_index"),
        Code("src/backend/parser/parse_utilcmd.c", "transformIndexConstraint"),
    ],
    examples: &[
        bad("ALTER TABLE orders ADD CONSTRAINT unique_code UNIQUE USING INDEX idx_orders_code;")
            .title("an invalid index")
            .given(with!(
                ORDERS,
                "CREATE UNIQUE INDEX idx_orders_code ON orders (code);\n\
                 UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_orders_code'::regclass;"
            )),
        bad("ALTER TABLE orders ADD CONSTRAINT unique_code UNIQUE USING INDEX idx_orders_code;")
            .title("a partial index")
            .given(with!(ORDERS, "CREATE UNIQUE INDEX idx_orders_code ON orders (code) WHERE amount > 0;")),
        bad("ALTER TABLE orders ADD CONSTRAINT unique_code UNIQUE USING INDEX idx_orders_code;")
            .title("not in default order")
            .given(with!(ORDERS, "CREATE UNIQUE INDEX idx_orders_code ON orders (code DESC);")),
        bad("ALTER TABLE orders ADD CONSTRAINT unique_code UNIQUE USING INDEX idx_orders_code;")
            .title("an index on an expression")
            .given(with!(ORDERS, "CREATE UNIQUE INDEX idx_orders_code ON orders (lower(code));"))
            .advice(),
        bad("ALTER TABLE events ADD CONSTRAINT unique_payload UNIQUE USING INDEX idx_events_payload;")
            .title("a partitioned table")
            .given(with!(EVENTS, "CREATE UNIQUE INDEX idx_events_payload ON events (payload, happened_at);"))
            .advice(),
        bad("ALTER TABLE invoices ADD CONSTRAINT invoices_pkey PRIMARY KEY USING INDEX idx_invoices_id;")
            .title("a primary key of a NULLS NOT DISTINCT index")
            .given(with!(INVOICES, "CREATE UNIQUE INDEX idx_invoices_id ON invoices (id) NULLS NOT DISTINCT;"))
            .since(16)
            .advice(),
        bad("ALTER TABLE invoices ADD CONSTRAINT invoices_pkey PRIMARY KEY USING INDEX idx_invoices_id;")
            .title("a NOT NULL constraint that is not validated")
            .given(with!(
                INVOICES,
                "CREATE UNIQUE INDEX idx_invoices_id ON invoices (id);\n\
                 ALTER TABLE invoices ALTER COLUMN id DROP NOT NULL;\n\
                 ALTER TABLE invoices ADD CONSTRAINT invoices_id_not_null NOT NULL id NOT VALID;"
            ))
            .since(18),
        bad("ALTER TABLE invoices ADD PRIMARY KEY (id);")
            .title("a NOT NULL constraint that is not validated, without USING INDEX")
            .given(with!(
                INVOICES,
                "ALTER TABLE invoices ALTER COLUMN id DROP NOT NULL;\n\
                 ALTER TABLE invoices ADD CONSTRAINT invoices_id_not_null NOT NULL id NOT VALID;"
            ))
            .since(18)
            .advice(),
        good("ALTER TABLE orders ADD CONSTRAINT unique_code UNIQUE USING INDEX idx_orders_code;")
            .given(with!(ORDERS, "CREATE UNIQUE INDEX idx_orders_code ON orders (code);")),
        good("ALTER TABLE orders ADD CONSTRAINT unique_code UNIQUE USING INDEX idx_orders_code;")
            .title("with INCLUDE and NULLS NOT DISTINCT")
            .given(with!(
                ORDERS,
                "CREATE UNIQUE INDEX idx_orders_code ON orders (code) INCLUDE (amount) NULLS NOT DISTINCT;"
            )),
    ],
    check: Check::On(Kinds::ADD_CONSTRAINT, check),
    also: &[],
    enabled: true,
};

/// `shop.invoices`, live, without a primary key.
const INVOICES: &str = "\
CREATE TABLE invoices (
    id bigint NOT NULL,
    amount integer NOT NULL DEFAULT 0
);
INSERT INTO invoices SELECT g, g FROM generate_series(1, 5000) AS g;
ANALYZE invoices;";

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let relation = &table.relation;
    primary_key(statement, cx, relation, out);
    for refusal in statement.impact.refusals.iter().filter(|refusal| refusal.kind == RefusalKind::UsingIndex) {
        if !cx.judged(relation) {
            return;
        }
        let Some((_, AlterCommand::AddConstraint(constraint))) =
            statement.commands().find(|(number, _)| *number == refusal.command)
        else {
            continue;
        };
        let Some(index_name) = &constraint.using_index else { continue };
        let message = format!("index {index_name} cannot serve a constraint of {}", relation.display());
        let finding = out.constraint(relation, constraint.name.as_ref().unwrap_or(index_name), message);
        finding.detail(format!("{}.", refusal.why)).evidence("index", index_name.as_str());
        let index = table.index(index_name);
        match index.and_then(|index| rebuild(cx, table, constraint, index)) {
            Some(sql) => finding
                .advice("Build an index that can serve without blocking anybody, each statement by itself:")
                .remedy(sql),
            None if !refusal.remedy.is_empty() => finding.remedy(refusal.remedy.as_str()),
            None if relation.kind == RelationKind::PartitionedTable => finding.advice(
                "Make the constraint on each partition with USING INDEX, then add it to the parent without USING INDEX: it \
                 adopts those of the partitions and builds nothing.",
            ),
            None if index.is_some_and(|index| index.nulls_not_distinct)
                && constraint.kind == ConstraintKind::PrimaryKey =>
            {
                finding.advice(
                    "Build a UNIQUE index without NULLS NOT DISTINCT, CONCURRENTLY, make the key of that one, and drop this one then.",
                )
            }
            None if index.is_none() => finding.advice("Create the index first, with CREATE UNIQUE INDEX CONCURRENTLY."),
            None => finding.advice(
                "Leave it a unique index: it keeps rows unique without a constraint, and a constraint cannot say more.",
            ),
        };
    }
}

/// A primary key that the NOT NULL constraint of a column stops.
fn primary_key(statement: &Statement, cx: &Context, relation: &Relation, out: &mut Findings) {
    let refusals = statement.impact.refusals.iter().filter(|refusal| refusal.kind == RefusalKind::PrimaryKey);
    for refusal in refusals.filter(|_| cx.judged(relation)) {
        let command = statement.commands().find(|(number, _)| *number == refusal.command);
        let Some((_, AlterCommand::AddConstraint(constraint))) = command else { continue };
        let index = constraint.using_index.as_ref();
        let name = constraint.name.as_ref().or(index).map_or("", String::as_str);
        let message = format!("{} cannot get this primary key", relation.display());
        let finding = out.constraint(relation, name, message);
        finding.detail(format!("{}.", capital(&refusal.why)));
        match index {
            Some(index) => finding
                .advice("Mend the constraint first, in a transaction of its own, then add the key:")
                .remedy(format!(
                    "{}\nALTER TABLE {} ADD CONSTRAINT {} PRIMARY KEY USING INDEX {};",
                    refusal.remedy,
                    relation.sql(),
                    sql::ident(name),
                    sql::ident(index)
                )),
            None => finding.advice(format!(
                "Mend the constraint first, in a transaction of its own ({}), then build the index CONCURRENTLY and make the key of it.",
                refusal.remedy.trim_end_matches(';')
            )),
        };
    }
}

/// The sentence, with a capital letter.
fn capital(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// A new index over the same columns, whole, valid and in default order, and the constraint made of it. None where the
/// columns alone do not say what the index does.
fn rebuild(cx: &Context, table: &Table, constraint: &ConstraintDef, index: &Index) -> Option<String> {
    let expression = index.keys.iter().any(|key| key.column.is_none());
    let primary = constraint.kind == ConstraintKind::PrimaryKey;
    if table.relation.kind == RelationKind::PartitionedTable
        || expression
        || index.constraint.is_some()
        || primary && index.nulls_not_distinct
    {
        return None;
    }
    let numbers: Vec<i16> = index.keys.iter().filter_map(|key| key.column).collect();
    let names =
        |numbers: &[i16]| -> Vec<String> { table.column_names(numbers).into_iter().map(str::to_owned).collect() };
    let columns = names(&numbers);
    let unique = recipes::Unique {
        primary,
        name: Some(constraint.name.as_deref().unwrap_or(&index.name)),
        columns: &columns,
        included: &names(&index.included),
        nulls_not_distinct: index.nulls_not_distinct,
        deferrable: constraint.deferrable,
        deferred: constraint.deferred,
    };
    // An invalid index is of no use to anybody; a partial or descending one may be.
    if index.valid {
        return Some(unique.online(cx, table));
    }
    let mut without = table.clone();
    without.indexes.retain(|other| other.name != index.name);
    Some(format!("DROP INDEX CONCURRENTLY {};\n{}", index.sql(), unique.online(cx, &without)))
}
