//! DDL follows a change of the rows in one transaction.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "ddl-and-data-mixed",
    category: Transactions,
    severity: Warning,
    title: "a table is altered in the transaction that changed its rows",
    why: "The UPDATE holds the locks of its rows, and keeps dead rows from being removed, until the commit. The DDL behind it asks for a strong lock on the same table while sessions may wait for these rows: they deadlock. ALTER TABLE is refused outright while deferred triggers of the changed rows are pending. And if the DDL is cancelled by lock_timeout, all the work on the rows is rolled back with it.",
    remedy: "Two migrations: the change of the schema by itself with a short lock_timeout, and the change of the rows in batches, each with its own commit.",
    parameters: &[],
    sources: &[
        Guide("S-192"),
        Manual("explicit-locking", "Deadlocks"),
        Code("src/backend/commands/tablecmds.c", "CheckTableNotInUse"),
    ],
    examples: &[
        bad("BEGIN;\n\
             UPDATE orders SET note = '' WHERE note IS NULL;\n\
             ALTER TABLE orders ADD COLUMN discount integer;\n\
             COMMIT;")
        .given(ORDERS)
        .lint()
        .advice(),
        bad("BEGIN;\n\
             INSERT INTO orders (customer_id) SELECT id FROM customers;\n\
             ALTER TABLE orders ADD COLUMN discount integer;\n\
             COMMIT;")
        .title("INSERT ... SELECT")
        .given(ORDERS)
        .lint()
        .advice(),
        good("UPDATE orders SET note = '' WHERE note IS NULL;\nALTER TABLE orders ADD COLUMN discount integer;")
            .title("two transactions")
            .given(ORDERS)
            .lint(),
        good(
            "BEGIN;\n\
              INSERT INTO customers (name) VALUES ('Barbara');\n\
              ALTER TABLE orders ADD COLUMN discount integer;\n\
              COMMIT;",
        )
        .title("another table")
        .given(ORDERS)
        .lint(),
        good(
            "BEGIN;\n\
              CREATE TABLE rates (id bigint PRIMARY KEY, rate integer);\n\
              INSERT INTO rates SELECT id, 5 FROM customers;\n\
              ALTER TABLE rates ALTER COLUMN rate SET NOT NULL;\n\
              COMMIT;",
        )
        .title("rows for a new table")
        .given(ORDERS)
        .lint(),
    ],
    check: Check::Text(check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let relation = &table.relation;
    let lock = statement.impact.lock_on(relation.oid);
    let changed = cx.transaction.changed.iter().any(|changed| changed.oid == relation.oid && changed.oid != 0);
    if !changed || !lock.blocks_writes() || matches!(statement.ddl, Ddl::Dml(_)) || !cx.live(relation) {
        return;
    }
    // With the lock held since before, the change of the rows itself was told.
    if cx.transaction.held.iter().any(|held| held.relation.oid == relation.oid) {
        return;
    }
    out.relation(
        relation,
        format!("{} takes {lock} on {} in the transaction that changed its rows", statement.tag, relation.display()),
    )
    .detail(format!(
        "The transaction holds the locks of the rows that it changed and now waits for {}: sessions that wait for these rows \
         deadlock with it.",
        cx.sized(relation)
    ))
    .advice("COMMIT before this statement; change rows in batches, each in a transaction of its own.")
    .evidence("lock", lock.as_str());
}
