//! DROP TABLE and CREATE TABLE of one name: the table is there, and its rows are not.

use crate::context::Moment;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "table-recreated",
    category: Breakage,
    severity: Warning,
    title: "a table is dropped and made anew under its name, without its rows",
    why: "After the commit the name means an empty table. No query fails, which is worse than an error: reports are empty, look-ups find \
          nothing, jobs start from the beginning. What belonged to the old table went with it: rights, triggers, policies, foreign keys \
          of others by way of CASCADE, the state of its sequences.",
    remedy: "Change the table in place with ALTER TABLE. Where it must be a new one, make it under another name, copy the rows, and swap \
             the names in one transaction with ALTER TABLE ... RENAME; drop the old one a release later. To empty a table on purpose \
             there is TRUNCATE, which keeps all that belongs to it.",
    parameters: &[],
    sources: &[Manual("sql-droptable", "DROP TABLE"), Manual("sql-altertable", "RENAME")],
    examples: &[
        bad("BEGIN;\n\
             DROP TABLE orders;\n\
             CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount integer NOT NULL);\n\
             COMMIT;")
        .given(with!(ORDERS, TOLERANT))
        .advice(),
        bad("DROP TABLE IF EXISTS orders;\n\
             CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount integer NOT NULL);")
        .title("a text, whoever runs it")
        .given(with!(ORDERS, TOLERANT))
        .lint()
        .advice(),
        good(
            "BEGIN;\n\
              CREATE TABLE orders_new (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount integer NOT NULL);\n\
              INSERT INTO orders_new (amount) SELECT amount FROM orders;\n\
              DROP TABLE orders;\n\
              ALTER TABLE orders_new RENAME TO orders;\n\
              COMMIT;",
        )
        .title("a swap")
        .given(ORDERS),
        good(
            "BEGIN;\n\
              CREATE TEMPORARY TABLE kept AS SELECT amount FROM orders;\n\
              DROP TABLE orders;\n\
              CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount integer NOT NULL);\n\
              INSERT INTO orders (amount) SELECT amount FROM kept;\n\
              COMMIT;",
        )
        .title("the rows are put back")
        .given(ORDERS),
        good(
            "DROP TABLE orders;\n\
              CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount integer NOT NULL);\n\
              INSERT INTO orders (amount) SELECT id FROM customers;",
        )
        .title("the rows are put back, in a text")
        .given(ORDERS)
        .lint(),
        good(
            "BEGIN;\n\
              DROP TABLE orders;\n\
              CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount integer NOT NULL);\n\
              COMMIT;",
        )
        .title("it held no rows")
        .given(EMPTY_ORDERS),
        good(
            "BEGIN;\n\
              ALTER TABLE orders RENAME TO orders_old;\n\
              CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount integer NOT NULL);\n\
              COMMIT;",
        )
        .title("the old one is still there")
        .given(ORDERS),
    ],
    check: Check::Aftermath(check),
    also: &[],
    enabled: true,
};

/// That rows are dropped has a rule of its own.
const TOLERANT: &str = "SELECT architect.configure('table-dropped', 'off');";

fn check(aftermath: &Aftermath, cx: &Context, out: &mut Findings) {
    for dropped in &aftermath.dropped {
        let old = &dropped.relation;
        let Some(now) = dropped.now.as_ref().filter(|now| now.kind.is_table() && now.created_here) else { continue };
        let renamed_here =
            aftermath.renamed.iter().any(|r| r.relation.name == now.name && r.relation.schema == now.schema);
        if !old.kind.is_table()
            || old.size.is_empty()
            || dropped.filled
            || renamed_here
            || !now.size.is_empty()
            || !cx.judged(old)
        {
            continue;
        }
        let finding =
            out.relation(now, format!("{} is made anew and empty: {} are gone", old.display(), rows(old.size.rows)));
        finding
            .detail(format!(
                "The table of this name that was dropped held {} ({}). Queries go on and find nothing.",
                rows(old.size.rows),
                bytes(old.size.bytes)
            ))
            .advice(
                "Change the table in place with ALTER TABLE; or make the new one under another name, copy the rows, and swap the names \
                 with ALTER TABLE ... RENAME.",
            )
            .impact(old.size.bytes, old.size.rows, 0)
            .evidence("rows_lost", old.size.rows)
            .evidence("bytes_lost", old.size.bytes);
        if cx.moment == Moment::Lint {
            finding.position = Some(dropped.position);
        }
    }
}
