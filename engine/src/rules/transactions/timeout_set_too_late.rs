//! A timeout that is set where it does nothing.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "timeout-set-too-late",
    category: Transactions,
    severity: Warning,
    title: "a timeout is set too late, or where it has no effect",
    why: "lock_timeout limits the waits of the statements after it. Set behind the first strong lock of a transaction, that lock was waited for without limit. And SET LOCAL outside a transaction block ends with its own statement: PostgreSQL warns and goes on without the timeout.",
    remedy: "Set the timeouts first: SET LOCAL right behind BEGIN, or SET before it.",
    parameters: &[],
    sources: &[Manual("sql-set", "LOCAL"), Manual("runtime-config-client", "lock_timeout")],
    examples: &[
        bad("SET LOCAL lock_timeout = '2s';\nALTER TABLE orders ADD COLUMN discount integer;")
            .title("SET LOCAL outside a transaction block")
            .given(ORDERS)
            .lint(),
        bad("BEGIN;\nALTER TABLE orders ADD COLUMN discount integer;\nSET LOCAL lock_timeout = '5s';\nCOMMIT;")
            .title("behind the lock")
            .given(ORDERS)
            .lint()
            .advice(),
        good("BEGIN;\nSET LOCAL lock_timeout = '2s';\nALTER TABLE orders ADD COLUMN discount integer;\nCOMMIT;")
            .given(ORDERS)
            .lint(),
        good("SET lock_timeout = '2s';\nALTER TABLE orders ADD COLUMN discount integer;").given(ORDERS).lint(),
        good("BEGIN;\nALTER TABLE orders ADD COLUMN discount integer;\nRESET lock_timeout;\nCOMMIT;")
            .title("taken back behind the lock")
            .given(ORDERS)
            .lint(),
    ],
    check: Check::Text(check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Ddl::Set(set) = &statement.ddl else { return };
    let (name, Some(value)) = (set.name.to_ascii_lowercase(), &set.value) else { return };
    if !matches!(name.as_str(), "lock_timeout" | "statement_timeout" | "idle_in_transaction_session_timeout") {
        return;
    }
    if set.local && !cx.transaction.in_block {
        out.object("setting", "", &name, format!("SET LOCAL {name} has no effect outside a transaction block"))
            .detail("It ends with its own statement, and what comes after runs without it.")
            .advice("Set it for the session, or begin a transaction before it:")
            .remedy(format!("SET {name} = {};", sql::literal(value.trim_matches('\''))));
        return;
    }
    let zero = value.trim_matches('\'').starts_with('0');
    let held = cx.transaction.held.iter().find(|held| held.mode.blocks_writes() && cx.live(&held.relation));
    if let Some(held) = held.filter(|_| name == "lock_timeout" && !zero) {
        out.object("setting", "", &name, "lock_timeout is set behind the first strong lock".to_owned())
            .detail(format!(
                "{} already took {} on {}, and waited for it without this limit.",
                held.taken_by,
                held.mode,
                held.relation.display()
            ))
            .advice("Set it before the first statement that locks a table.");
    }
}
