//! A changed setting waits for a restart.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "pending-restart",
    category: Settings,
    severity: Info,
    title: "a changed setting waits for a restart of the server",
    why: "The configuration files have another value than the one in force. It comes with the next restart, planned or not: a \
          wrong value keeps the server from starting after a crash, when nobody remembers the change.",
    remedy: "Restart the server at a time that you choose, or take the change back.",
    parameters: &[],
    sources: &[Guide("S-347"), Manual("view-pg-settings", "pending_restart")],
    examples: &[
        bad("ALTER SYSTEM SET max_connections = 30;\nSELECT pg_reload_conf();\nSELECT pg_sleep(0.5);")
            .server("max_connections = 22")
            .advice(),
        good("SELECT 1;"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    if database.state.is_none() {
        return;
    }
    let mut waiting: Vec<&String> =
        database.settings.iter().filter(|(_, setting)| setting.pending_restart).map(|(name, _)| name).collect();
    waiting.sort();
    for name in waiting {
        out.object("setting", "", name, format!("{name} waits for a restart"))
            .detail(format!(
                "In force is {}; the files have another value.",
                sql::literal(&database.settings[name].value)
            ))
            .advice("Restart the server at a time that you choose, or take the change back.");
    }
}
