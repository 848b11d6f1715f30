//! WAL that serves no standby and no archive.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "wal-level-minimal",
    category: Replication,
    severity: Warning,
    title: "wal_level is minimal",
    why: "With wal_level minimal there is no standby, no WAL archive, no base backup of the running server and no recovery to a point \
          in time: what is left are dumps.",
    remedy: "Set wal_level to replica, which is the default, and max_wal_senders above 0; it takes a restart.",
    parameters: &[],
    sources: &[Guide("S-409"), Guide("S-425"), Manual("runtime-config-wal", "wal_level")],
    examples: &[bad("SELECT 1;").server(CARELESS).advice(), good("SELECT 1;")],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    if database.state.is_some() && database.settings.get("wal_level").is_some_and(|setting| setting.value == "minimal")
    {
        out.object("setting", "", "wal_level", "wal_level is minimal")
            .detail("There is no standby, no WAL archive, and no base backup of the running server.")
            .advice("ALTER SYSTEM SET wal_level = replica and max_wal_senders = 10; it takes a restart.");
    }
}
