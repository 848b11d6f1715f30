//! Nothing vacuums, or nobody counts what there is to vacuum.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "autovacuum-or-counters-off",
    category: Settings,
    severity: Error,
    title: "autovacuum, or what it and monitoring live on, is off",
    why: "Without autovacuum dead rows pile up, statistics age until plans go wrong, and it starts only when transaction ids run \
          out, at the worst time. Without track_counts it sees no work to do. Without track_activities nobody sees what \
          sessions do.",
    remedy: "Set them on. Where autovacuum is in the way, tune it: for single tables by storage parameters, or with a smaller \
             cost limit.",
    parameters: &[],
    sources: &[
        Manual("routine-vacuuming", "The Autovacuum Daemon"),
        Manual("runtime-config-statistics", "track_counts"),
    ],
    examples: &[
        bad("SELECT 1;").title("the throw-away server of the tests: autovacuum is off").advice(),
        good("SELECT 1;").server(SOUND),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for (name, severity, why) in [
        ("autovacuum", Error, "Tables bloat, statistics age, and transaction ids run out."),
        ("track_counts", Error, "Autovacuum sees no work without counters."),
        ("track_activities", Warning, "Nobody sees what sessions do."),
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
