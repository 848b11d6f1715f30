//! Transactions that have been open for long.

use crate::rule::prelude::*;

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
    let Some(state) = &database.state else { return };
    let Some(sessions) = &state.sessions else {
        out.not_judged(
            "server",
            "other roles' sessions are not visible",
            "GRANT pg_read_all_stats, which is part of pg_monitor.",
        );
        return;
    };
    // VACUUM, CREATE INDEX and dumps take their time; what is idle is told by another rule.
    let open = sessions.iter().filter(|s| !s.own && !s.maintains && !s.state.starts_with("idle in transaction"));
    for session in open {
        let Some(age) = session.open_for.filter(|age| *age >= cx.number("warning_seconds") as f64) else { continue };
        let role = database.access.name(session.role);
        let severity = if age >= cx.number("error_seconds") as f64 { Error } else { Warning };
        out.object(
            "session",
            "",
            &session.pid.to_string(),
            format!("the transaction of pid {} of {role} has been open for long", session.pid),
        )
        .severity(severity)
        .detail(format!(
            "It is {}, in database {}, open for {}.",
            session.state,
            sql::ident(&session.database),
            duration((age * 1000.0) as u64)
        ))
        .advice(format!("To cancel what it does: SELECT pg_cancel_backend({}).", session.pid))
        .evidence("seconds", age);
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
        assert_eq!(found(session(Some(4000.0), "idle in transaction", false)), None);
        assert_eq!(found(session(None, "idle", false)), None);
    }
}
