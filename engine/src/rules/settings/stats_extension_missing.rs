//! pg_stat_statements is half installed.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "stats-extension-missing",
    category: Settings,
    severity: Warning,
    title: "pg_stat_statements is created but not preloaded, or preloaded but not created",
    why: "The extension needs both: the library in shared_preload_libraries, which counts, and CREATE EXTENSION in a database, \
          which shows. Without the library every look at the view fails; without the view the counting is for nobody.",
    remedy: "Add pg_stat_statements to shared_preload_libraries, which takes a restart, and create the extension in the database \
             that monitoring connects to.",
    parameters: &[],
    sources: &[Guide("S-302"), Manual("pgstatstatements", "Configuration Parameters")],
    examples: &[
        bad("CREATE EXTENSION pg_stat_statements SCHEMA shop;").title("created, not preloaded").advice(),
        good("CREATE EXTENSION pg_stat_statements SCHEMA shop;")
            .server("shared_preload_libraries = pg_stat_statements\nmax_connections = 23"),
        good("SELECT 1;").title("neither"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let Some(state) = &database.state else { return };
    let created = database.access.extensions.iter().any(|extension| extension.name == "pg_stat_statements");
    let Some(libraries) = &state.preloaded else {
        if created {
            out.not_judged(
                "server",
                "shared_preload_libraries is not visible",
                "GRANT pg_read_all_settings, which is part of pg_monitor.",
            );
        }
        return;
    };
    // Preloaded and not created here: it may be created in another database, which is enough.
    if created && !libraries.contains("pg_stat_statements") {
        out.object(
            "extension",
            "",
            "pg_stat_statements",
            "pg_stat_statements is created, and its library is not preloaded",
        )
        .detail("Every look at its view fails with an error, and nothing is counted.")
        .advice("Add it to shared_preload_libraries; that takes a restart.");
    }
}
