//! Settings that trade data for speed.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "durability-off",
    category: Settings,
    severity: Error,
    title: "a crash of the machine loses data",
    why: "Without fsync or full_page_writes a crash of the machine leaves the data files damaged, often without a sign of it; only \
          a backup helps. With synchronous_commit off it loses the latest transactions (up to about half a second) that \
          clients were told are committed, and damages nothing.",
    remedy: "Set them on. Where speed matters more than the latest transactions, SET LOCAL synchronous_commit = off in those \
             transactions. On a server that is thrown away, a test's, suppress the finding.",
    parameters: &[],
    sources: &[
        Guide("S-407"),
        Manual("runtime-config-wal", "fsync"),
        Manual("wal-async-commit", "Asynchronous Commit"),
    ],
    examples: &[
        bad("SELECT 1;").title("the throw-away server of the tests: all three are off").advice(),
        good("SELECT 1;").server(SOUND),
        good("SET synchronous_commit = off;").server(SOUND).title("the session's own value is not the server's"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for (name, severity, why) in [
        ("fsync", Error, "A crash of the machine damages the data files beyond repair."),
        (
            "full_page_writes",
            Error,
            "A crash in the middle of writing a page leaves it torn, and recovery cannot mend it.",
        ),
        ("synchronous_commit", Warning, "A crash loses the latest transactions that clients were told are committed."),
    ] {
        let Some(setting) = super::of_server(database, name, out) else { continue };
        if setting.value == "off" {
            out.object("setting", "", name, format!("{name} is off"))
                .severity(severity)
                .detail(why)
                .evidence("source", setting.source.as_str())
                .advice(format!("ALTER SYSTEM SET {name} = on, then SELECT pg_reload_conf()."));
        }
    }
}
