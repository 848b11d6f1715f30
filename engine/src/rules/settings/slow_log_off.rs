//! Slow statements leave no trace.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "slow-log-off",
    category: Settings,
    severity: Info,
    title: "slow statements leave no trace",
    why: "Neither does the log name statements that take long (log_min_duration_statement is -1), nor does pg_stat_statements \
          count them. When somebody complains there is nothing to look at.",
    remedy: "Preload pg_stat_statements, which takes a restart; until then log what takes longer than a second.",
    parameters: &[],
    sources: &[
        Guide("S-302"),
        Manual("runtime-config-logging", "log_min_duration_statement"),
        Manual("pgstatstatements", "pg_stat_statements"),
    ],
    examples: &[
        bad("SELECT 1;").advice(),
        good("SELECT 1;").server(SOUND).title("they are logged"),
        good("SELECT 1;")
            .server("shared_preload_libraries = pg_stat_statements\nmax_connections = 23")
            .title("they are counted"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let Some(state) = &database.state else { return };
    let Some(log) = super::of_server(database, "log_min_duration_statement", out) else { return };
    if log.value != "-1" {
        return;
    }
    match &state.preloaded {
        None => out.not_judged(
            "server",
            "shared_preload_libraries is not visible",
            "GRANT pg_read_all_settings, which is part of pg_monitor.",
        ),
        Some(libraries) if libraries.contains("pg_stat_statements") => {}
        Some(_) => {
            out.object("setting", "", "log_min_duration_statement", "slow statements leave no trace")
                .detail("log_min_duration_statement is -1, and pg_stat_statements is not preloaded.")
                .advice("ALTER SYSTEM SET log_min_duration_statement = '1s', then SELECT pg_reload_conf(); with the next restart preload pg_stat_statements.");
        }
    }
}
