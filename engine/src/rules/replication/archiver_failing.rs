//! WAL does not reach the archive.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "archiver-failing",
    category: Replication,
    severity: Error,
    title: "WAL does not reach the archive",
    why: "While the archive command fails, or there is none with archive_mode on, no WAL file is removed: pg_wal grows until the \
          disk is full and the server stops. And recovery to a point in time ends where the archive ends.",
    remedy: "Mend the command; the server log has what it said. WAL is archived in order, so everything waits for one file.",
    parameters: &[
        Parameter {
            name: "warning_bytes",
            default: Integer(100 * 1024 * 1024),
            what: "a warning when finished WAL of this amount waits: bytes",
        },
        Parameter {
            name: "error_bytes",
            default: Integer(1024 * 1024 * 1024),
            what: "an error when finished WAL of this amount waits: bytes",
        },
    ],
    sources: &[Guide("S-425"), Manual("continuous-archiving", "Setting Up WAL Archiving"), Manual("monitoring-stats", "pg_stat_archiver")],
    examples: &[
        bad("CREATE TABLE noise (id bigint PRIMARY KEY);\nSELECT pg_switch_wal();\nSELECT pg_sleep(2);\nDROP TABLE noise;")
            .server("archive_mode = on\narchive_command = 'false'\nmax_connections = 29")
            .title("the command fails")
            .advice(),
        bad("SELECT 1;").server("archive_mode = on\nmax_connections = 31").title("there is no command").advice(),
        good("CREATE TABLE noise (id bigint PRIMARY KEY);\nSELECT pg_switch_wal();\nSELECT pg_sleep(1);\nDROP TABLE noise;")
            .server("archive_mode = on\narchive_command = 'true'\nmax_connections = 32"),
        good("SELECT 1;").title("archive_mode is off: backups by other means cannot be seen"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let Some(state) = &database.state else { return };
    let value = |name: &str| database.settings.get(name).map(|setting| setting.value.as_str());
    let mode = value("archive_mode").unwrap_or("off");
    if mode == "off" || (database.server.in_recovery && mode != "always") {
        return;
    }
    let archiver = &state.archiver;
    let behind = archiver.behind.unwrap_or(0);
    let (severity, message, detail) = match (value("archive_command"), value("archive_library").unwrap_or("")) {
        (None, _) => {
            out.not_judged(
                "server",
                "archive_command is not visible",
                "GRANT pg_read_all_settings, which is part of pg_monitor.",
            );
            return;
        }
        (Some("" | "(disabled)"), "") => (
            Error,
            "archive_mode is on without a command".to_owned(),
            "Neither archive_command nor archive_library is set: WAL piles up in pg_wal.".to_owned(),
        ),
        _ if archiver.failing => (
            Error,
            "archiving of WAL fails".to_owned(),
            format!("The latest failure is later than the latest success. The file is {}.", archiver.last_failed),
        ),
        _ if behind >= cx.number("warning_bytes") => (
            if behind >= cx.number("error_bytes") { Error } else { Warning },
            "archiving of WAL is behind".to_owned(),
            format!("Finished WAL of {} waits for it.", bytes(behind.max(0) as u64)),
        ),
        _ => return,
    };
    out.object("server", "", "archiver", message)
        .severity(severity)
        .detail(detail)
        .evidence("failures", archiver.failed)
        .evidence("behind_bytes", behind)
        .advice("Mend the command, which the server log tells of: WAL is kept until it succeeds, and fills the disk.");
}
