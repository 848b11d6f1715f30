//! Settings for repair and for developers of PostgreSQL.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "developer-options",
    category: Settings,
    severity: Error,
    title: "a setting that is for repair or for developers of PostgreSQL is in force",
    why: "zero_damaged_pages empties damaged pages without asking, ignore_checksum_failure takes damage for data, \
          ignore_system_indexes and allow_system_table_mods are for single-user repair, and session_replication_role = replica \
          switches foreign keys and triggers off. Set for the server they hold for every session, until somebody notices.",
    remedy: "Reset them for the server. A repair sets them in its own session.",
    parameters: &[],
    sources: &[
        Guide("S-466"),
        Manual("runtime-config-developer", "Developer Options"),
        Manual("runtime-config-client", "session_replication_role"),
    ],
    examples: &[
        bad("SELECT 1;").server(CARELESS).title("zero_damaged_pages is on").advice(),
        good("SELECT 1;"),
        good("SET zero_damaged_pages = on;").title("in one session"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for (name, wrong, why) in [
        ("zero_damaged_pages", &["on"][..], "Damaged pages are emptied without asking."),
        ("ignore_checksum_failure", &["on"], "Damage is read as if it were data."),
        ("ignore_system_indexes", &["on"], "The system indexes are not used: for repair only."),
        ("allow_system_table_mods", &["on"], "A statement can destroy the catalogs."),
        ("session_replication_role", &["replica", "local"], "Foreign keys and triggers do not work as they should."),
    ] {
        let Some(setting) = super::of_server(database, name, out) else { continue };
        if wrong.contains(&setting.value.as_str()) {
            out.object("setting", "", name, format!("{name} is {} for the whole server", setting.value))
                .detail(why)
                .evidence("source", setting.source.as_str())
                .advice(format!(
                    "ALTER SYSTEM RESET {name}, and take it out of the files; then SELECT pg_reload_conf()."
                ));
        }
    }
}
