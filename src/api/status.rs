//! `architect.status()`: whether the guard is on duty here, and what it cannot see.

use crate::api::rules::in_force;
use crate::hooks::policy;
use crate::pg::function::{Answer, Call};
use crate::pg::ours::{self, TriggerState};
use crate::pg::report::Line;
use crate::pg::value::Value;
use crate::pg::{guc, session, table};
use engine::policy::Mode;
use engine::rules::RULES;

crate::sql_function!(status_wrapper, pg_finfo_status_wrapper, status);

const EVENT_TRIGGERS: [&std::ffi::CStr; 4] = [
    c"pg_architect_ddl_command_start",
    c"pg_architect_ddl_command_end",
    c"pg_architect_sql_drop",
    c"pg_architect_table_rewrite",
];

/// What no event trigger sees, and why.
const NOT_COVERED: &[(&str, &str)] = &[
    ("TRUNCATE, LOCK, COPY", "PostgreSQL fires no event triggers for them. lint() judges TRUNCATE in a script."),
    ("VACUUM FULL, CLUSTER", "PostgreSQL fires no event triggers for them, although both lock and rewrite the table."),
    (
        "databases, roles, tablespaces, ALTER SYSTEM",
        "They are shared by all databases, and PostgreSQL fires no event triggers for them.",
    ),
    ("event triggers themselves", "ALTER EVENT TRIGGER ... DISABLE fires none. Their state is shown above."),
    (
        "EXPLAIN ANALYZE of CREATE TABLE AS, SELECT INTO, CREATE MATERIALIZED VIEW",
        "They create a relation without an event: not judged before the lock, but judged at commit once the library is loaded.",
    ),
    (
        "the first DDL of a session, if it fires no event",
        "The library is loaded by the first event, unless the server preloads it.",
    ),
    ("session_replication_role = replica, single-user mode, pg_upgrade", "The guard is silent there by design."),
    ("scripts of other extensions", "CREATE and ALTER EXTENSION are judged, what their scripts do is not."),
    (
        "superusers",
        "They can set architect.mode, disable the event triggers, or drop the extension. The guard protects against mistakes; \
         whoever has the right to step round it can.",
    ),
];

fn status(_: &Call) -> Result<Answer, Line> {
    let mut rows = Vec::new();
    let mut add = |name: &str, value: String, detail: String| {
        rows.push(vec![Value::from(name), Value::from(value), Value::or_null(detail)]);
    };
    let ours = ours::find();
    let stored = policy::stored();
    let policy = policy::current().unwrap_or_default();

    let library = env!("CARGO_PKG_VERSION");
    let sql = ours.and_then(|ours| table::extension_version(ours.extension));
    add("version of the library", library.to_owned(), String::new());
    add(
        "version of the SQL objects",
        sql.clone().unwrap_or_else(|| "not installed".to_owned()),
        match &sql {
            Some(sql) if sql != library => "Differs from the library: ALTER EXTENSION pg_architect UPDATE;".to_owned(),
            _ => String::new(),
        },
    );
    add("server version", session::server_version_num().to_string(), String::new());

    add("architect.mode", policy.mode.as_str().to_owned(), format!("Set by: {}.", guc::mode_source()));
    let row = stored.as_ref().is_some_and(|stored| stored.armed);
    let unread = stored.as_ref().map(|stored| stored.unread.join(", ")).unwrap_or_default();
    let not_now = format!("Another session has locked {unread}.");
    let (armed, why) = match (row, guc::mode_is_of_session() && policy.mode == Mode::Enforce) {
        _ if !unread.is_empty() => ("not readable now", not_now.as_str()),
        (true, _) => ("yes", "architect.arm() was called in this database."),
        (false, true) => ("yes, in this session", "architect.mode was set by the session itself."),
        (false, false) => (
            "no",
            "Nothing is stopped in this database until SELECT architect.arm(); a restored or copied database begins so.",
        ),
    };
    add("blocking armed", armed.to_owned(), why.to_owned());
    let stops = policy.mode == Mode::Enforce && policy.armed && policy.break_glass.is_none();
    add(
        "DDL is stopped",
        if stops { "yes" } else { "no" }.to_owned(),
        match (&policy.break_glass, stops) {
            (Some(reason), _) => format!("The glass is broken in this transaction: {reason}"),
            (None, true) => format!("By findings of severity {} and above.", policy.enforce_severity.as_str()),
            (None, false) => "Only in mode \"enforce\", and armed.".to_owned(),
        },
    );
    add("architect.min_severity", policy.min_severity.as_str().to_owned(), String::new());
    add("architect.enforce_severity", policy.enforce_severity.as_str().to_owned(), String::new());

    for name in EVENT_TRIGGERS {
        let state = ours.map_or(TriggerState::Missing, |ours| ours::trigger_state(name, ours.extension));
        let name = name.to_string_lossy();
        let (value, detail) = match state {
            TriggerState::Enabled => ("enabled", String::new()),
            TriggerState::Always => ("enabled always", String::new()),
            TriggerState::Replica => {
                ("enabled for replicas only", format!("It does not fire here: ALTER EVENT TRIGGER {name} ENABLE;"))
            }
            TriggerState::Disabled => ("disabled", format!("It does not fire: ALTER EVENT TRIGGER {name} ENABLE;")),
            TriggerState::Missing => {
                ("missing", "DROP EXTENSION pg_architect; CREATE EXTENSION pg_architect; brings it back.".to_owned())
            }
        };
        add(&format!("event trigger {name}"), value.to_owned(), detail);
    }
    #[cfg(any(feature = "pg17", feature = "pg18"))]
    add(
        "event_triggers",
        if session::event_triggers_fire() { "on" } else { "off" }.to_owned(),
        if session::event_triggers_fire() {
            String::new()
        } else {
            "No event trigger fires in this session.".to_owned()
        },
    );

    let on = RULES.iter().filter(|rule| in_force(rule, &policy).is_some()).count();
    add("rules on", on.to_string(), String::new());
    add("rules off", (RULES.len() - on).to_string(), "SELECT name FROM architect.rules WHERE NOT enabled;".to_owned());
    add("rule settings", policy.settings.len().to_string(), "SELECT * FROM architect.rule_settings;".to_owned());
    let all = stored.as_ref().map_or(0, |stored| stored.suppressions.len());
    let active = policy.suppressions.len();
    add("suppressions in force", active.to_string(), "SELECT * FROM architect.suppressions;".to_owned());
    add("suppressions expired", (all - active).to_string(), String::new());

    for (what, why) in NOT_COVERED {
        add("not covered", (*what).to_owned(), (*why).to_owned());
    }
    if cfg!(any(feature = "pg15", feature = "pg16")) {
        add(
            "not covered",
            "REINDEX".to_owned(),
            "PostgreSQL fires event triggers for it from version 17 on.".to_owned(),
        );
    }
    Ok(Answer::Rows(rows))
}
