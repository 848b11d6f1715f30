//! Pages with a wrong checksum were read.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "checksum-failures",
    category: Replication,
    severity: Error,
    title: "pages with a wrong checksum were read",
    why: "A page had changed on disk in a way that PostgreSQL did not do: hardware, a file system, or somebody who copied files of a \
          running server. What is damaged fails when it is read, and other pages may be too.",
    remedy: "Stop removing old backups. Look in the server log for the files, check the disk, and restore from a backup that is \
             older than the damage, or rebuild what can be rebuilt (indexes by REINDEX).",
    parameters: &[],
    sources: &[Guide("S-487"), Manual("monitoring-stats", "checksum_failures"), Manual("checksums", "Data Checksums")],
    examples: &[
        bad("SELECT 1;").unit().title("after a page with a wrong checksum was read").advice(),
        good("SELECT 1;").title("none"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let failures = database.state.as_ref().and_then(|state| state.checksum_failures).unwrap_or(0);
    if failures > 0 {
        out.object(
            "database",
            "",
            &database.server.database,
            format!("{} pages with a wrong checksum were read", count(failures as u64)),
        )
        .detail("The number counts since the counters of the database were reset.")
        .evidence("failures", failures)
        .advice("Keep all backups, look in the server log for the files, and check the disk.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::server_findings;

    #[test]
    fn one_is_enough() {
        let found = |failures: Option<i64>| {
            server_findings(&RULE, ServerState { checksum_failures: failures, ..ServerState::default() }).len()
        };
        assert_eq!((found(None), found(Some(0)), found(Some(1))), (0, 0, 1));
    }
}
