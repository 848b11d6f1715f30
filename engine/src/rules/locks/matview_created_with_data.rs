//! A materialised view, or a table of a query, is filled while the transaction keeps tables locked.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "matview-created-with-data",
    category: Locks,
    severity: Info,
    title: "a query over a live table fills a new relation while the transaction keeps a table locked",
    why: "CREATE MATERIALIZED VIEW and CREATE TABLE AS run their query to its end before the next statement begins. They lock nothing that \
          others need; but what the transaction has locked before stays locked meanwhile, and a query over a large table takes its time. \
          How long is not known before it is planned; the tables that it reads are.",
    remedy: "Run it in a transaction of its own, before the statements that lock; or create the materialised view WITH NO DATA, and \
             REFRESH it after the commit.",
    parameters: &[],
    sources: &[
        Manual("sql-creatematerializedview", "WITH NO DATA"),
        Manual("sql-createtableas", "WITH NO DATA"),
    ],
    examples: &[
        bad("BEGIN;\n\
             ALTER TABLE customers_list ADD COLUMN email text;\n\
             CREATE MATERIALIZED VIEW order_counts AS SELECT customer_id, count(*) AS orders FROM orders GROUP BY customer_id;\n\
             COMMIT;")
        .given(with!(ORDERS, LOCKED))
        .advice(),
        bad("BEGIN;\n\
             ALTER TABLE customers_list ADD COLUMN email text;\n\
             CREATE TABLE old_orders AS WITH o AS (SELECT * FROM orders) SELECT id FROM o WHERE id < 100;\n\
             ALTER TABLE old_orders ADD PRIMARY KEY (id);\n\
             COMMIT;")
        .title("CREATE TABLE AS, in a text")
        .given(with!(ORDERS, LOCKED))
        .lint()
        .advice(),
        good("BEGIN;\n\
              ALTER TABLE customers_list ADD COLUMN email text;\n\
              CREATE MATERIALIZED VIEW order_counts AS SELECT customer_id, count(*) AS orders FROM orders GROUP BY customer_id\n    \
                  WITH NO DATA;\n\
              COMMIT;")
            .title("WITH NO DATA")
            .given(with!(ORDERS, LOCKED)),
        good("CREATE MATERIALIZED VIEW order_counts AS SELECT customer_id, count(*) AS orders FROM orders GROUP BY customer_id;")
            .title("by itself")
            .given(ORDERS),
        good("BEGIN;\n\
              CREATE MATERIALIZED VIEW order_counts AS SELECT customer_id, count(*) AS orders FROM orders GROUP BY customer_id;\n\
              ALTER TABLE customers_list ADD COLUMN email text;\n\
              COMMIT;")
            .title("before the lock")
            .given(with!(ORDERS, LOCKED)),
        good("BEGIN;\n\
              ALTER TABLE customers_list ADD COLUMN email text;\n\
              CREATE MATERIALIZED VIEW customer_names AS SELECT name FROM customers;\n\
              COMMIT;")
            .title("a small table is read")
            .given(with!(ORDERS, LOCKED)),
        good("BEGIN;\n\
              ALTER TABLE customers ADD COLUMN email text;\n\
              CREATE MATERIALIZED VIEW order_counts AS SELECT customer_id, count(*) AS orders FROM orders GROUP BY customer_id;\n\
              COMMIT;")
            .title("a small table is locked")
            .given(ORDERS),
    ],
    check: Check::On(Kinds::OTHER, check),
    also: &[],
    enabled: true,
};

/// Another live table.
const LOCKED: &str = "\
CREATE TABLE customers_list (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
INSERT INTO customers_list (name) SELECT 'customer ' || g FROM generate_series(1, 5000) AS g;
ANALYZE customers_list;";

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Ddl::CreateTableAs(create) = &statement.ddl else { return };
    if !create.with_data {
        return;
    }
    let locks = |held: &&HeldLock| held.mode.blocks_writes() && cx.live(&held.relation);
    let Some(held) = cx.transaction.held.iter().filter(locks).max_by_key(|held| held.mode) else { return };
    let read: Vec<&Relation> = statement.others.iter().map(|table| &table.relation).filter(|r| cx.live(r)).collect();
    let Some(largest) = read.iter().max_by_key(|relation| relation.size.bytes) else { return };
    let kind = if create.materialized { "materialized view" } else { "table" };
    let sizes: Vec<String> = read.iter().map(|relation| cx.sized(relation)).collect();
    out.object(
        kind,
        create.name.schema.as_deref().unwrap_or_default(),
        &create.name.name,
        format!(
            "{} is filled while this transaction holds {} on {}",
            create.name.sql(),
            held.mode,
            held.relation.display()
        ),
    )
    .detail(format!(
        "Its query reads {}. {} took the lock on {}, and {} wait until the query and all that follows are done.",
        list(&sizes, 5),
        held.taken_by,
        cx.sized(&held.relation),
        held.mode.blocks()
    ))
    .advice(if create.materialized {
        "Create it WITH NO DATA and REFRESH it after the commit, or create it before what locks."
    } else {
        "Run it in a transaction of its own, before what locks."
    })
    .impact(largest.size.bytes, largest.size.rows, 0)
    .evidence("held", held.mode.as_str())
    .evidence("held_on", held.relation.display());
}
