//! Sessions that are idle in a transaction.

use crate::rule::prelude::*;
use crate::rules::state;

/// The rule.
pub static RULE: Rule = Rule {
    name: "idle-in-transaction",
    category: Settings,
    severity: Warning,
    title: "a session is idle in a transaction",
    why: "It holds its locks, and keeps VACUUM in the whole database from removing rows that died since it began. DDL waits for \
          it, and everybody waits behind the DDL.",
    remedy: "Find out what the application waits for inside its transaction. Set idle_in_transaction_session_timeout for its role.",
    parameters: &[
        Parameter { name: "warning_seconds", default: Integer(300), what: "a warning from this age on: seconds" },
        Parameter { name: "error_seconds", default: Integer(900), what: "an error from this age on: seconds" },
    ],
    sources: &[
        Guide("S-313"),
        Manual("runtime-config-client", "idle_in_transaction_session_timeout"),
        Manual("routine-vacuuming", "Recovering Disk Space"),
    ],
    examples: &[
        bad("SELECT 1;")
            .given("SELECT architect.configure('idle-in-transaction', parameters => '{\"warning_seconds\": 0}');")
            .meanwhile("SELECT 1;")
            .server("max_connections = 26")
            .title("warning_seconds are set to 0")
            .advice(),
        good("SELECT 1;").meanwhile("SELECT 1;").title("for a moment only"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let Some(sessions) = state::sessions(database, out) else { return };
    for session in sessions.iter().filter(|session| is_told(session, cx)) {
        let message = |who: &str| format!("{who} is idle in a transaction");
        super::lasting(database, session, ("idle", session.state_for), cx, message, out).advice(format!(
            "Set idle_in_transaction_session_timeout for the role. To end it now: SELECT pg_terminate_backend({}).",
            session.pid
        ));
    }
}

/// Whether this rule speaks of the session. `pg_dump --jobs` leaves its first session idle while the others work.
pub(super) fn is_told(session: &Session, cx: &Context) -> bool {
    !session.own
        && !session.maintains
        && session.state.starts_with("idle in transaction")
        && session.state_for >= cx.number("warning_seconds") as f64
}
