//! Checkpoints that come too often or in bursts.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "checkpoint-settings",
    category: Settings,
    severity: Warning,
    title: "checkpoints come too often or in bursts",
    why: "After each checkpoint the first change of a page writes the whole page to the WAL. With a short checkpoint_timeout that \
          happens again and again. A small checkpoint_completion_target writes everything in a burst that queries feel.",
    remedy: "checkpoint_timeout of at least 5 min (15 to 30 min on a busy server, with max_wal_size to match), and \
             checkpoint_completion_target 0.9.",
    parameters: &[
        Parameter { name: "least_seconds", default: Integer(300), what: "the least checkpoint_timeout: seconds" },
        Parameter {
            name: "least_target_percent",
            default: Integer(80),
            what: "the least checkpoint_completion_target: percent",
        },
    ],
    sources: &[Manual("wal-configuration", "WAL Configuration"), Manual("runtime-config-wal", "checkpoint_timeout")],
    examples: &[bad("SELECT 1;").server(CARELESS).advice(), good("SELECT 1;")],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    if database.state.is_none() {
        return;
    }
    let least = cx.number("least_seconds") as f64;
    if let Some(seconds) = database.setting_number("checkpoint_timeout").filter(|seconds| *seconds < least) {
        out.object("setting", "", "checkpoint_timeout", format!("checkpoint_timeout is {seconds} s"))
            .detail("Frequent checkpoints write full pages again and again.")
            .evidence("seconds", seconds)
            .advice("ALTER SYSTEM SET checkpoint_timeout = '15min', with max_wal_size to match; then SELECT pg_reload_conf().");
    }
    let least = cx.number("least_target_percent") as f64 / 100.0;
    if let Some(target) = database.setting_number("checkpoint_completion_target").filter(|target| *target < least) {
        out.object("setting", "", "checkpoint_completion_target", format!("checkpoint_completion_target is {target}"))
            .detail("Checkpoints write in bursts.")
            .evidence("target", target)
            .advice("ALTER SYSTEM SET checkpoint_completion_target = 0.9, then SELECT pg_reload_conf().");
    }
}
