//! UPDATE or DELETE without WHERE.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "data-change-without-where",
    category: Transactions,
    severity: Warning,
    title: "UPDATE or DELETE changes every row of a table",
    why: "Without WHERE every row is locked and changed in one transaction: others who write these rows wait until it ends, the table doubles on the disk and stays so, every index is written, replicas lag behind, and a mistake takes all rows with it. It is also what a forgotten WHERE looks like.",
    remedy: "Change the rows in batches along the primary key, each with its own commit. To empty a table, say TRUNCATE; where all rows are really meant and few, suppress the finding.",
    parameters: &[],
    sources: &[Guide("S-185"), Manual("sql-update", "Description"), Manual("sql-delete", "Description")],
    examples: &[
        bad("UPDATE orders SET note = '';").given(ORDERS).lint().advice(),
        bad("DELETE FROM orders;").title("DELETE").given(ORDERS).lint().advice(),
        bad("WITH gone AS (DELETE FROM orders RETURNING *)\nSELECT count(*) FROM gone;")
            .title("in a WITH clause")
            .given(ORDERS)
            .lint()
            .advice(),
        bad("CREATE FUNCTION all_gone() RETURNS SETOF orders LANGUAGE plpgsql AS\n$$BEGIN RETURN QUERY WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone; END$$;")
            .title("in a WITH clause in a function")
            .given(ORDERS)
            .lint()
            .advice(),
        good("DELETE FROM ONLY events;").title("a partitioned table itself holds no rows").given(EVENTS).lint(),
        good("UPDATE ONLY papers SET title = '';")
            .title("the rows are in a table that inherits")
            .given("CREATE TABLE papers (id bigint PRIMARY KEY, title text);\nCREATE TABLE letters () INHERITS (papers);\nINSERT INTO letters SELECT g, 't' FROM generate_series(1, 5000) AS g;\nANALYZE papers, letters;")
            .lint(),
        good("UPDATE orders SET note = '' WHERE id = 7;").given(ORDERS).lint(),
        good("UPDATE customers SET name = upper(name);").title("a small table").given(ORDERS).lint(),
        good("BEGIN;\nCREATE TABLE copies AS SELECT * FROM orders;\nUPDATE copies SET note = '';\nCOMMIT;")
            .title("a table that this transaction made")
            .given(ORDERS)
            .lint(),
        good("WITH old AS (SELECT id FROM orders LIMIT 100)\nDELETE FROM orders USING old WHERE orders.id = old.id;")
            .title("a batch")
            .given(ORDERS)
            .lint(),
    ],
    check: Check::Text(check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Ddl::Dml(change) = &statement.ddl else { return };
    let Some(table) = statement.target.as_ref().filter(|_| change.all_rows) else { return };
    let relation = &table.relation;
    // Under a strong lock of the transaction's own the work is told by what it blocks.
    let held =
        cx.transaction.held.iter().any(|held| held.mode >= LockMode::ShareRowExclusive && cx.live(&held.relation));
    if held || !cx.live(relation) {
        return;
    }
    out.relation(relation, format!("{} without WHERE changes every row of {}", change.verb, relation.display()))
        .detail(format!("{} are locked until the transaction ends, and written once more.", rows(relation.size.rows)))
        .advice("Change the rows in batches along the primary key, each with its own commit.")
        .discriminator(change.verb);
}
