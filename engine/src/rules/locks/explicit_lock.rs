//! LOCK TABLE stops reads or writes.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "explicit-lock",
    category: Locks,
    severity: Warning,
    title: "LOCK TABLE stops reads or writes of a table until the transaction ends",
    why: "LOCK TABLE keeps the table for itself until the commit, whatever comes in between, and everybody who waits behind it waits as long. Without NOWAIT it also stands in the queue before that, and everybody who comes later stands behind it. ACCESS EXCLUSIVE is the default mode. It fires no event trigger: it is seen in a text, not when it runs.",
    remedy: "Lock the rows that matter (SELECT ... FOR UPDATE), or take an advisory lock. Where the table must be locked, use the weakest mode that serves and NOWAIT, and let little follow.",
    parameters: &[],
    sources: &[Manual("sql-lock", "NOWAIT"), Manual("explicit-locking", "Advisory Locks")],
    examples: &[
        bad("BEGIN;\nLOCK TABLE orders;\nCOMMIT;").given(ORDERS).lint().advice(),
        bad("BEGIN;\nLOCK TABLE orders IN SHARE MODE;\nCOMMIT;").title("writes wait").given(ORDERS).lint().advice(),
        good("BEGIN;\nLOCK TABLE orders IN ACCESS EXCLUSIVE MODE NOWAIT;\nCOMMIT;")
            .title("NOWAIT")
            .given(ORDERS)
            .lint(),
        good("BEGIN;\nLOCK TABLE orders IN SHARE UPDATE EXCLUSIVE MODE;\nCOMMIT;")
            .title("neither reads nor writes wait")
            .given(ORDERS)
            .lint(),
        good("BEGIN;\nLOCK TABLE customers;\nCOMMIT;").title("a small table").given(ORDERS).lint(),
        good("BEGIN;\nCREATE TABLE copies AS SELECT * FROM orders;\nLOCK TABLE copies;\nCOMMIT;")
            .title("a table that this transaction made")
            .given(ORDERS)
            .lint(),
    ],
    check: Check::Text(check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Ddl::LockTable { mode, nowait: false, .. } = &statement.ddl else { return };
    if !mode.blocks_writes() {
        return;
    }
    for table in statement.target.iter().chain(&statement.others) {
        let relation = &table.relation;
        if cx.live(relation) {
            out.relation(relation, format!("LOCK TABLE takes {mode} on {}", relation.display()))
                .detail(recipes::holds(statement, cx, relation, "until the transaction ends"))
                .advice("Lock the rows that matter, or use an advisory lock; else the weakest mode that serves, and NOWAIT.")
                .evidence("lock", mode.as_str());
        }
    }
}
