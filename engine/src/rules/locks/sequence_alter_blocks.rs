//! ALTER SEQUENCE in a transaction stops nextval.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "sequence-alter-blocks",
    category: Locks,
    severity: Info,
    title: "ALTER SEQUENCE in a longer transaction makes nextval wait",
    why: "ALTER SEQUENCE takes SHARE ROW EXCLUSIVE on the sequence until the transaction ends, and nextval needs ROW EXCLUSIVE: every INSERT that draws a value from it waits for the commit. By itself the statement takes an instant.",
    remedy: "Run it by itself, outside a transaction block, or as the last statement before the commit.",
    parameters: &[],
    sources: &[Manual("sql-altersequence", "Notes"), Code("src/backend/commands/sequence.c", "AlterSequence")],
    examples: &[
        bad("BEGIN;\nALTER SEQUENCE ticket_numbers INCREMENT BY 10;\nCOMMIT;")
            .given("CREATE SEQUENCE ticket_numbers;")
            .advice(),
        good("ALTER SEQUENCE ticket_numbers INCREMENT BY 10;")
            .title("by itself")
            .given("CREATE SEQUENCE ticket_numbers;"),
        good("BEGIN;\nCREATE SEQUENCE ticket_numbers;\nALTER SEQUENCE ticket_numbers INCREMENT BY 10;\nCOMMIT;")
            .title("new in this transaction"),
        good("BEGIN;\nALTER SEQUENCE IF EXISTS ticket_numbers INCREMENT BY 10;\nCOMMIT;").title("there is none"),
    ],
    check: Check::On(Kinds::OTHER, check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Ddl::AlterSequence { .. } = &statement.ddl else { return };
    let Some(sequence) = statement.target.as_ref().map(|table| &table.relation) else { return };
    if !cx.transaction.in_block || sequence.created_here || !cx.judged(sequence) {
        return;
    }
    let lock = statement.impact.lock_on(sequence.oid);
    out.relation(sequence, format!("nextval of {} waits until the transaction ends", sequence.display()))
        .detail(format!("ALTER SEQUENCE takes {lock} on it and keeps it until the commit."))
        .advice("Run it by itself, outside a transaction block.")
        .evidence("lock", lock.as_str());
}
