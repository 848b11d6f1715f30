//! SET LOGGED and SET UNLOGGED copy the table.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "persistence-rewrite",
    category: Locks,
    severity: Error,
    title: "a change between logged and unlogged writes the whole table anew",
    why: "SET LOGGED and SET UNLOGGED copy the table and its indexes into new files under ACCESS EXCLUSIVE: reads \
          and writes wait until the copy is done. SET LOGGED also writes the whole table to the WAL, which every \
          replica has to receive and replay.",
    remedy: "Create a new table with the wanted persistence, copy the rows in batches while a trigger keeps both \
             equal, and swap the names; or do it in a maintenance window. No online form exists.",
    parameters: &[],
    sources: &[Guide("S-177"), Manual("sql-altertable", "SET { LOGGED | UNLOGGED }")],
    examples: &[
        bad("ALTER TABLE orders SET UNLOGGED;").given(ORDERS).advice(),
        bad("ALTER TABLE orders SET LOGGED;").given(with!(ORDERS, "ALTER TABLE orders SET UNLOGGED;")).advice(),
        good("ALTER TABLE orders SET LOGGED;").title("it is logged already").given(ORDERS),
        good("ALTER TABLE orders SET UNLOGGED;").title("an empty table").given(EMPTY_ORDERS),
    ],
    check: Check::On(Kinds::SET_PERSISTENCE, check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let relation = &table.relation;
    for (number, command) in statement.commands() {
        let AlterCommand::SetPersistence { logged } = command else { continue };
        let work =
            recipes::live_work(statement, cx, number, |work| matches!(work, Work::Rewrite(Rewrite::Persistence)));
        if work.is_empty() {
            continue;
        }
        let (words, wal) = if *logged {
            ("SET LOGGED", "The whole table goes through the WAL and to every replica.")
        } else {
            ("SET UNLOGGED", "Its contents disappear from every replica, and from the server after a crash.")
        };
        out.relation(relation, format!("{words} rewrites {}", relation.display()))
            .detail(recipes::sentences(&[
                recipes::holds(statement, cx, relation, "until the table and its indexes are copied"),
                wal.to_owned(),
            ]))
            .advice(
                "Do it in a maintenance window, or create a new table with the wanted persistence, copy the rows in batches \
                 while a trigger keeps both equal, and swap the names.",
            )
            .evidence("lock", statement.impact.lock_on(relation.oid).as_str());
    }
}
