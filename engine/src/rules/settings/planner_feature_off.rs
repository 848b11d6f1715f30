//! A kind of plan is forbidden for everybody.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "planner-feature-off",
    category: Settings,
    severity: Warning,
    title: "a kind of plan is forbidden for the whole server",
    why: "The settings enable_... are meant for tests. One that was switched off for a single query stays in force for all of \
          them, and for the queries of next year.",
    remedy: "Reset it for the server. For one query set it in its transaction, or mend the statistics that misled the planner.",
    parameters: &[],
    sources: &[Guide("S-349"), Manual("runtime-config-query", "Planner Method Configuration")],
    examples: &[
        bad("SELECT 1;").server(CARELESS).title("enable_seqscan is off").advice(),
        good("SELECT 1;").title("those that are off by default are meant to be"),
        good("SET enable_seqscan = off;").title("in one session"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let mut names: Vec<&String> = database.settings.keys().filter(|name| name.starts_with("enable_")).collect();
    names.sort();
    for name in names {
        let setting = &database.settings[name];
        if setting.boot != "on" || setting.value != "off" || super::of_server(database, name, out).is_none() {
            continue;
        }
        out.object("setting", "", name, format!("{name} is off for the whole server"))
            .detail("A kind of plan is forbidden for every query.")
            .evidence("source", setting.source.as_str())
            .advice(format!("ALTER SYSTEM RESET {name}, and take it out of the files; then SELECT pg_reload_conf()."));
    }
}
