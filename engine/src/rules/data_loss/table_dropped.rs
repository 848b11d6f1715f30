//! DROP TABLE of a table with rows cannot be taken back after the commit.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "table-dropped",
    category: DataLoss,
    severity: Error,
    title: "a table with rows is dropped",
    why: "At commit PostgreSQL deletes the table's files. There is no undo: replicas drop the table a moment later, and only \
          a backup with point-in-time recovery brings the rows back. 'Nobody uses it' is often known for the application \
          and unknown for the monthly report.",
    remedy: "Make the drop two steps, a release apart. First take the table out of the way so that a mistake shows and can \
             be undone in a second: revoke the rights on it, or rename it when nothing deployed names it. Dump it with \
             pg_dump -t. Drop it when nothing has failed. Old partitions: DETACH PARTITION CONCURRENTLY, dump, drop.",
    parameters: &[],
    sources: &[
        Manual("sql-droptable", "DROP TABLE"),
        Manual("app-pgdump", "-t"),
        Code("src/backend/catalog/storage.c", "smgrDoPendingDeletes"),
    ],
    examples: &[
        bad("DROP TABLE orders;").given(ORDERS).advice(),
        bad("DROP TABLE IF EXISTS customers, carts;")
            .title("one of several, a small one: three rows are lost as well")
            .given(ORDERS)
            .advice(),
        good("DROP TABLE orders;").title("an empty table").given(EMPTY_ORDERS),
        good("DROP TABLE IF EXISTS carts;").title("there is no such table"),
        good(
            "BEGIN;\n\
             CREATE TABLE old_orders AS SELECT * FROM orders;\n\
             DROP TABLE old_orders;\n\
             COMMIT;",
        )
        .title("a table that this transaction made, full of rows")
        .given(ORDERS),
        good(
            "CREATE TEMPORARY TABLE picked AS SELECT * FROM orders;\n\
             DROP TABLE picked;",
        )
        .title("a temporary table")
        .given(ORDERS),
        good("DROP VIEW order_totals;").title("a view holds no rows").given(ORDERS_WITH_VIEW),
    ],
    check: Check::On(Kinds::DROP, check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Ddl::Drop(drop) = &statement.ddl else { return };
    if !matches!(drop.kind, DropKind::Relation(kind) if kind.is_table()) {
        return;
    }
    for table in statement.target.iter().chain(&statement.others) {
        let relation = &table.relation;
        if !relation.kind.is_table() || relation.size.is_empty() || !cx.existing(relation) {
            continue;
        }
        let finding = out.relation(
            relation,
            format!(
                "dropping {} loses {} ({})",
                relation.display(),
                rows(relation.size.rows),
                bytes(relation.size.bytes)
            ),
        );
        if relation.is_partition {
            // Dropping the oldest partition is how retention is meant to work: worth a warning, not worth a refusal.
            let (detail, advice) = if relation.inherits {
                (
                    "The table is a child of another table by inheritance: its rows vanish from the parent too.",
                    "Take it from the parent first (ALTER TABLE ... NO INHERIT), dump it, and drop it a release later: until then it can be given back.",
                )
            } else if statement.impact.beside_default.contains(&relation.oid) {
                (
                    "The table is a partition: its rows vanish from the parent too, and the parent and its default partition are locked ACCESS EXCLUSIVE meanwhile.",
                    "DETACH PARTITION first, dump it, and drop it a release later: that takes the same locks (CONCURRENTLY is refused where there is a default partition), and the rows can still be attached again.",
                )
            } else {
                (
                    "The table is a partition: its rows vanish from the parent too, and the parent is locked ACCESS EXCLUSIVE meanwhile.",
                    "DETACH PARTITION CONCURRENTLY first: it does not block the parent, and the rows can still be attached again.",
                )
            };
            finding.severity(Warning).detail(detail).advice(advice);
            continue;
        }
        let referencing = table.referenced_by.len();
        let keys = match referencing {
            0 => String::new(),
            1 => " A foreign key of another table refers to it.".to_owned(),
            n => format!(" {} foreign keys refer to it.", count(n as u64)),
        };
        finding
            .detail(format!("Row and byte counts are PostgreSQL's own estimates.{keys} After the commit only a backup brings the rows back."))
            .advice(format!(
                "Dump it first (pg_dump -t '{}'), take the rights on it away or rename it, and drop it a release later.",
                relation.sql()
            ));
    }
}
