//! Connections are nearly used up.

use crate::rule::prelude::*;
use crate::rules::state;
use std::collections::HashMap;

/// The rule.
pub static RULE: Rule = Rule {
    name: "connection-saturation",
    category: Settings,
    severity: Warning,
    title: "the connections of the server, of a database or of a role are nearly used up",
    why: "When the last slot is taken, every new connection fails with 'too many clients already'. Slots that are reserved for \
          superusers (and for pg_use_reserved_connections, since 16) are not for applications. Databases and roles may have \
          limits of their own, which are reached first.",
    remedy: "Put a pooler before the server, make pools smaller, or end sessions that are idle.",
    parameters: &[
        Parameter {
            name: "warning_percent",
            default: Integer(70),
            what: "a warning from this share of the limit on: percent",
        },
        Parameter {
            name: "error_percent",
            default: Integer(90),
            what: "an error from this share of the limit on: percent",
        },
    ],
    sources: &[Guide("S-341"), Guide("S-326"), Guide("S-346"), Manual("runtime-config-connection", "max_connections")],
    examples: &[
        bad("SELECT 1;")
            .server("max_connections = 5\nsuperuser_reserved_connections = 3\nmax_wal_senders = 0\nwal_level = minimal")
            .meanwhile("SELECT 1;")
            .title("2 of 5 - 3")
            .advice(),
        bad("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I CONNECTION LIMIT 1', current_database()); END $$;")
            .title("the limit of the database")
            .server(CARELESS)
            .advice(),
        good("SELECT 1;"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let (Some(state), Some(sessions)) = (&database.state, state::sessions(database, out)) else { return };
    let (warning, error) = (cx.number("warning_percent") as f64, cx.number("error_percent") as f64);
    let mut tell = |kind: &'static str, name: &str, used: f64, limit: f64, sum: String| {
        let percent = if limit > 0.0 { 100.0 * used / limit } else { 100.0 };
        if used <= 0.0 || percent < warning {
            return;
        }
        let of = if kind == "server" { "the server".to_owned() } else { format!("{kind} {}", sql::ident(name)) };
        out.object(kind, "", name, format!("{percent:.0} % of the connections of {of} are in use"))
            .severity(if percent >= error { Error } else { Warning })
            .detail(format!("{used} of {limit} ({sum})."))
            .evidence("used", used)
            .evidence("limit", limit)
            .advice("Put a pooler before the server, make pools smaller, or end sessions that are idle.");
    };
    let (maximum, reserved) = super::connections(database);
    let sum = format!("max_connections {maximum} - reserved {reserved}");
    tell("server", "connections", sessions.len() as f64, maximum - reserved, sum);
    let mut of_database: HashMap<&str, f64> = HashMap::new();
    let mut of_role: HashMap<Oid, f64> = HashMap::new();
    for session in sessions {
        *of_database.entry(&session.database).or_default() += 1.0;
        *of_role.entry(session.role).or_default() += 1.0;
    }
    for limit in &state.limits {
        let used = of_database.get(limit.name.as_str()).copied().unwrap_or(0.0);
        tell("database", &limit.name, used, limit.limit as f64, "limit of the database".to_owned());
    }
    // PostgreSQL does not hold a superuser to its limit.
    for role in database.access.roles.values().filter(|role| !role.superuser) {
        if let Some(limit) = role.connection_limit {
            let used = of_role.get(&role.oid).copied().unwrap_or(0.0);
            tell("role", &role.name, used, limit as f64, "limit of the role".to_owned());
        }
    }
}
