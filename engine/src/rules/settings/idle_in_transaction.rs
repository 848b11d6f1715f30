//! Sessions that are idle in a transaction.

use crate::rule::prelude::*;

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
    let Some(state) = &database.state else { return };
    let Some(sessions) = &state.sessions else {
        out.not_judged(
            "server",
            "other roles' sessions are not visible",
            "GRANT pg_read_all_stats, which is part of pg_monitor.",
        );
        return;
    };
    let idle = sessions.iter().filter(|session| !session.own && session.state.starts_with("idle in transaction"));
    for session in idle.filter(|session| session.state_for >= cx.number("warning_seconds") as f64) {
        let severity = if session.state_for >= cx.number("error_seconds") as f64 { Error } else { Warning };
        let role = database.access.name(session.role);
        out.object(
            "session",
            "",
            &session.pid.to_string(),
            format!("pid {} of {role} is idle in a transaction", session.pid),
        )
        .severity(severity)
        .detail(format!(
            "It is {}, in database {}, open for {}.",
            session.state,
            sql::ident(&session.database),
            duration((session.state_for * 1000.0) as u64)
        ))
        .advice(format!(
            "Set idle_in_transaction_session_timeout for the role. To end it now: SELECT pg_terminate_backend({}).",
            session.pid
        ))
        .evidence("seconds", session.state_for);
    }
}
