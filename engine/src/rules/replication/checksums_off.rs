//! Damage of the disk goes unnoticed, or was noticed.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "checksums-off",
    category: Replication,
    severity: Info,
    title: "pages have no checksums",
    why: "Without checksums a page that the disk, the controller or a bug has damaged is read as if it were right, and copied into \
          every backup. initdb makes clusters with them since 18, and with --data-checksums before.",
    remedy: "pg_checksums --enable on a server that is shut down cleanly, on standbys too; or make the next cluster with them.",
    parameters: &[],
    sources: &[Guide("S-487"), Manual("checksums", "Data Checksums"), Manual("app-pgchecksums", "pg_checksums")],
    examples: &[
        bad("SELECT 1;").until(17).title("a cluster as initdb makes it before 18").advice(),
        good("SELECT 1;").since(18).title("a cluster as initdb makes it"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    if database.state.is_some() && database.settings.get("data_checksums").is_some_and(|setting| setting.value == "off")
    {
        out.object("setting", "", "data_checksums", "pages have no checksums")
            .detail(
                "Damage of the disk goes unnoticed until something reads it and fails, and is in the backups by then.",
            )
            .advice("Run pg_checksums --enable on the server when it is shut down.");
    }
}
