//! Transactions that have been open for long.

use crate::rule::prelude::*;
use crate::rules::state;

/// The rule.
pub static RULE: Rule = Rule {
    name: "long-transaction",
    category: Settings,
    severity: Warning,
    title: "a transaction has been open for long",
    why: "As long as a transaction is open VACUUM removes nothing that died since its snapshot was taken, in any table of the \
          database. Bloat that comes of it stays after the transaction is gone.",
    remedy: "Shorter transactions: batches with a commit in between, cursors WITH HOLD, reports on a standby. transaction_timeout \
             exists since PostgreSQL 17.",
    parameters: &[
        Parameter { name: "warning_seconds", default: Integer(300), what: "a warning from this age on: seconds" },
        Parameter { name: "error_seconds", default: Integer(1800), what: "an error from this age on: seconds" },
    ],
    sources: &[
        Guide("S-313"),
        Manual("routine-vacuuming", "Recovering Disk Space"),
        Manual("runtime-config-client", "transaction_timeout"),
    ],
    examples: &[
        bad("SELECT 1;").unit().title("while a transaction has been open for six minutes").advice(),
        good("SELECT 1;").meanwhile("SELECT 1;").title("for a moment only"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let Some(sessions) = state::sessions(database, out) else { return };
    // A session that is idle for long is told by that rule; one that is idle for a moment only, between its statements, is not.
    let of_idle = Context { rule: &super::idle_in_transaction::RULE, ..*cx };
    // VACUUM, CREATE INDEX and dumps take their time.
    let told = |session: &Session| super::idle_in_transaction::is_told(session, &of_idle);
    for session in sessions.iter().filter(|session| !session.own && !session.maintains && !told(session)) {
        let Some(age) = session.open_for.filter(|age| *age >= cx.number("warning_seconds") as f64) else { continue };
        let message = |who: &str| format!("the transaction of {who} has been open for long");
        super::lasting(database, session, ("open", age), cx, message, out).advice(
            if session.state.starts_with("idle") {
                format!("To end it: SELECT pg_terminate_backend({}).", session.pid)
            } else {
                format!("To cancel what it does: SELECT pg_cancel_backend({}).", session.pid)
            },
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::server_findings;

    #[test]
    fn age_counts_and_maintenance_does_not() {
        let session = |age: Option<f64>, state: &str, maintains: bool| Session {
            open_for: age,
            state: state.to_owned(),
            maintains,
            ..Session::default()
        };
        let found = |session: Session| {
            let state = ServerState { sessions: Some(vec![session]), ..ServerState::default() };
            server_findings(&RULE, state).first().map(|finding| finding.severity)
        };
        assert_eq!(found(session(Some(360.0), "active", false)), Some(Warning));
        assert_eq!(found(session(Some(1800.0), "active", false)), Some(Error));
        assert_eq!(found(session(Some(299.0), "active", false)), None);
        assert_eq!(found(session(Some(4000.0), "active", true)), None);
        let chatty = Session { state_for: 2.0, ..session(Some(4000.0), "idle in transaction", false) };
        assert_eq!(found(chatty), Some(Error), "idle for two seconds, open for an hour");
        let idle = Session { state_for: 300.0, ..session(Some(4000.0), "idle in transaction", false) };
        assert_eq!(found(idle), None, "idle-in-transaction tells it");
        assert_eq!(found(session(None, "idle", false)), None);
    }
}
