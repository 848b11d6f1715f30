//! The configuration files hold an error.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "config-file-error",
    category: Settings,
    severity: Error,
    title: "a configuration file holds an error",
    why: "A running server keeps its old settings when a file has an error, and says so only in its log. The next start fails: a \
          short restart becomes an outage. With an error in pg_hba.conf no change of it comes into force.",
    remedy: "Mend the line, then SELECT pg_reload_conf() and look at pg_file_settings and pg_hba_file_rules again.",
    parameters: &[],
    sources: &[
        Manual("view-pg-file-settings", "pg_file_settings"),
        Manual("view-pg-hba-file-rules", "pg_hba_file_rules"),
    ],
    examples: &[
        bad("COPY (SELECT 'work_mem = ''much''') TO PROGRAM 'cat >> postgresql.conf';")
            .server("max_connections = 24")
            .advice(),
        bad("COPY (SELECT 'host all all nowhere') TO PROGRAM 'cat >> pg_hba.conf';")
            .server("max_connections = 25")
            .advice(),
        good("SELECT 1;"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let Some(state) = &database.state else { return };
    match &state.file_errors {
        None => out.not_judged(
            "server",
            "pg_file_settings is not visible",
            "GRANT pg_read_all_settings, which is part of pg_monitor.",
        ),
        Some(errors) => {
            for error in errors {
                let file = error.file.rsplit('/').next().unwrap_or_default();
                let what = if error.name.is_empty() { "the line".to_owned() } else { sql::ident(&error.name) };
                out.object(
                    "file",
                    "",
                    file,
                    format!("{file} line {} holds an error: the next start fails", error.line),
                )
                .detail(format!("PostgreSQL says of {what}: {}.", error.error))
                .advice("Mend the line, then SELECT pg_reload_conf().")
                .discriminator(error.line.to_string());
            }
        }
    }
    match &state.hba {
        None => out.not_judged(
            "server",
            "pg_hba.conf is not visible",
            "GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules() TO the role.",
        ),
        Some(lines) => {
            for line in lines {
                let Some(error) = &line.error else { continue };
                out.object("file", "", "pg_hba.conf", format!("pg_hba.conf line {} holds an error", line.line))
                    .detail(format!(
                        "PostgreSQL says: {error}. No change of the file comes into force, and the next start fails."
                    ))
                    .advice("Mend the line, then SELECT pg_reload_conf().")
                    .discriminator(line.line.to_string());
            }
        }
    }
}
