//! SET ACCESS METHOD copies the table.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "access-method-rewrite",
    category: Locks,
    severity: Error,
    title: "a change of the access method writes the whole table anew",
    why: "ALTER TABLE ... SET ACCESS METHOD copies every row into files of the other method and builds all indexes again under ACCESS EXCLUSIVE: reads and writes wait until it is done. On a partitioned table (17 and later) only the catalog changes, and new partitions take it.",
    remedy: "Create a new table with the access method, fill it in batches while a trigger keeps both equal, and swap the names; or take a maintenance window.",
    parameters: &[],
    sources: &[
        Manual("sql-altertable", "SET ACCESS METHOD"),
        Code("src/backend/commands/tablecmds.c", "ATPrepSetAccessMethod"),
    ],
    examples: &[
        bad("ALTER TABLE orders SET ACCESS METHOD heap2;").given(with!(ORDERS, HEAP2)).advice(),
        good("ALTER TABLE orders SET ACCESS METHOD heap;").title("it has it already").given(ORDERS),
        good("ALTER TABLE orders SET ACCESS METHOD heap2;").title("an empty table").given(with!(EMPTY_ORDERS, HEAP2)),
        good("ALTER TABLE events SET ACCESS METHOD heap2;")
            .title("a partitioned table: only the catalog changes")
            .given(with!(EVENTS, HEAP2))
            .since(17),
    ],
    check: Check::On(Kinds::SET_ACCESS_METHOD, check),
    also: &[],
    enabled: true,
};

/// Another name for heap.
const HEAP2: &str = "CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;";

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let relation = &table.relation;
    for (number, command) in statement.commands() {
        let AlterCommand::SetAccessMethod { name } = command else { continue };
        let work =
            recipes::live_work(statement, cx, number, |work| matches!(work, Work::Rewrite(Rewrite::AccessMethod)));
        if work.is_empty() {
            continue;
        }
        let method = if name.is_empty() { "the default one".to_owned() } else { sql::ident(name) };
        out.relation(relation, format!("SET ACCESS METHOD writes {} anew", relation.display()))
            .detail(recipes::sentences(&[
                format!("Every row is copied into files of {method}, and every index is built again."),
                recipes::holds(statement, cx, relation, "for all of it"),
            ]))
            .advice("Fill a new table that has the access method, in batches, and swap the names.")
            .evidence("lock", statement.impact.lock_on(relation.oid).as_str());
    }
}
