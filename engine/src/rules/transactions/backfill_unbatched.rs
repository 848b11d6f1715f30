//! Many rows changed in one statement.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "backfill-unbatched",
    category: Transactions,
    severity: Warning,
    title: "UPDATE or DELETE changes many rows in one transaction",
    why: "All changed rows are locked until the transaction ends, so sessions that write one of them wait. VACUUM cannot remove what died since it began, replicas and slots get all of it at once, and a cancel after an hour throws the hour away. How many rows it touches is the planner's estimate for its WHERE on this server.",
    remedy: "Change the rows in batches along the primary key, each with its own commit: architect.backfill_plan() writes such a batch for the table. Where the number is known to be smaller, suppress the finding with the reason.",
    parameters: &[Parameter {
        name: "backfill_rows",
        default: Integer(10_000),
        what: "an UPDATE or DELETE of more than this many rows is found: rows, by the planner's estimate",
    }],
    sources: &[
        Guide("S-185"),
        Manual("using-explain", "EXPLAIN Basics"),
        Manual("explicit-locking", "Row-Level Locks"),
    ],
    examples: &[
        bad("UPDATE orders SET note = '' WHERE amount > 5000;").given(MANY_ORDERS).lint().advice(),
        bad("DELETE FROM orders USING customers WHERE customers.id = orders.customer_id AND customers.name <> 'Ada';")
            .title("DELETE with a join")
            .given(MANY_ORDERS)
            .lint()
            .advice(),
        bad("ALTER TABLE orders ADD COLUMN discount integer;\nUPDATE orders SET discount = 0 WHERE discount IS NULL;")
            .title("a column that the text has just added")
            .given(MANY_ORDERS)
            .lint()
            .advice(),
        bad("DO $$ BEGIN UPDATE orders SET note = '' WHERE amount > 5000; END $$;")
            .title("in a DO block")
            .given(MANY_ORDERS)
            .lint()
            .advice(),
        bad("ALTER TABLE orders ADD COLUMN discount integer;\nALTER TABLE orders ALTER COLUMN discount SET DEFAULT 0;\nUPDATE orders SET discount = 0 WHERE discount IS NULL;")
            .title("a default that only later rows get")
            .given(MANY_ORDERS)
            .lint()
            .advice(),
        bad("WITH changed AS (UPDATE orders SET note = '' WHERE amount > 5000 RETURNING id)\nSELECT count(*) FROM changed;")
            .title("in a WITH clause")
            .given(MANY_ORDERS)
            .lint()
            .advice(),
        good("WITH batch AS (SELECT id FROM orders WHERE note <> '' LIMIT 1000),\n\
              gone AS (DELETE FROM orders USING batch WHERE orders.id = batch.id RETURNING orders.id)\n\
              SELECT count(*) FROM gone;")
            .title("a batch that two WITH clauses make")
            .given(MANY_ORDERS)
            .lint(),
        good("ALTER TABLE orders ADD COLUMN discount integer DEFAULT 0;\nUPDATE orders SET discount = 1 WHERE discount IS NULL;")
            .title("a new column whose default the rows have")
            .given(MANY_ORDERS)
            .lint(),
        good("UPDATE orders SET note = '' WHERE id BETWEEN 1 AND 1000;").title("along the key").given(MANY_ORDERS).lint(),
        good("UPDATE orders SET note = ''\nWHERE id IN (SELECT id FROM orders WHERE note <> '' ORDER BY id LIMIT 1000);")
            .title("LIMIT")
            .given(MANY_ORDERS)
            .lint(),
        good("WITH batch AS (SELECT id FROM orders WHERE note <> '' LIMIT 1000 FOR UPDATE SKIP LOCKED)\n\
              DELETE FROM orders USING batch WHERE orders.id = batch.id;")
            .title("a batch of a queue")
            .given(MANY_ORDERS)
            .lint(),
        good("UPDATE orders SET note = '' WHERE amount > 100;").title("a table of fewer rows").given(ORDERS).lint(),
        good("BEGIN;\nCREATE TABLE copies AS SELECT * FROM orders;\nUPDATE copies SET note = '' WHERE amount > 5000;\nCOMMIT;")
            .title("a table that this transaction made")
            .given(MANY_ORDERS)
            .lint(),
        good("UPDATE orders SET note = '' WHERE nowhere > 5000;").title("cannot be planned").given(MANY_ORDERS).lint(),
        good("UPDATE orders SET note = '' WHERE amount > 5000;")
            .title("a limit of one's own")
            .given(with!(MANY_ORDERS, "SELECT architect.configure('backfill-unbatched', parameters => '{\"backfill_rows\": 20000}');"))
            .lint(),
    ],
    check: Check::Text(check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let (Ddl::Dml(change), Some(table), Some(estimate)) = (&statement.ddl, &statement.target, statement.estimated_rows)
    else {
        return;
    };
    let relation = &table.relation;
    let limit = cx.integer("backfill_rows", relation);
    if i64::try_from(estimate).unwrap_or(i64::MAX) <= limit || !cx.live(relation) {
        return;
    }
    out.relation(relation, format!("{} changes about {} of {} at once", change.verb, rows(estimate), relation.display()))
        .detail(format!(
            "By the planner's estimate, of {} in the table; all are locked until the transaction ends.",
            rows(relation.size.rows)
        ))
        .advice("Change the rows in batches along the primary key, each with its own commit: SELECT * FROM architect.backfill_plan(...).")
        .evidence("estimated_rows", estimate)
        .evidence("backfill_rows", limit)
        .discriminator(change.verb);
}
