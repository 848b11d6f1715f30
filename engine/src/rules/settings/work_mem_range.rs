//! work_mem that is too small, or larger than the memory can bear.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "work-mem-range",
    category: Settings,
    severity: Warning,
    title: "work_mem is too small, or larger than the memory can bear",
    why: "Below 4 MB sorts and hashes spill to disk early. Above 16 MB for everybody the sum over all sessions is soon more than \
          there is; the arithmetic says whether it is.",
    remedy: "4 MB to 16 MB for the server, and more for single roles or in single transactions.",
    parameters: &[
        Parameter { name: "least_kb", default: Integer(4096), what: "the least value: kB" },
        Parameter {
            name: "most_kb",
            default: Integer(16384),
            what: "above this value the memory must be known to hold the sum: kB",
        },
    ],
    sources: &[Guide("S-349"), Manual("runtime-config-resource", "work_mem")],
    examples: &[
        bad("SELECT 1;").server(CARELESS).title("1 MB").advice(),
        good("SELECT 1;"),
        good("SET work_mem = '1MB';").title("in one session"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    if super::of_server(database, "work_mem", out).is_none() {
        return;
    }
    let Some(work) = database.setting_bytes("work_mem") else { return };
    let shown = bytes(work as u64);
    if work < cx.number("least_kb") as f64 * 1024.0 {
        out.object("setting", "", "work_mem", format!("work_mem is {shown}"))
            .detail("Sorts and hashes spill to disk early.")
            .evidence("bytes", work)
            .advice("ALTER SYSTEM SET work_mem = '4MB', then SELECT pg_reload_conf().");
    } else if work > cx.number("most_kb") as f64 * 1024.0 {
        let Some(memory) = super::memory(database, out) else { return };
        let Some((total, sum)) = super::memory_budget(database).filter(|(total, _)| *total > 0.8 * memory) else {
            return;
        };
        out.object("setting", "", "work_mem", format!("work_mem is {shown}, which the memory does not bear"))
            .detail(format!("{sum}, of {}.", bytes(memory as u64)))
            .evidence("bytes", work)
            .evidence("total", total)
            .advice("Less for the server, and more for single roles (ALTER ROLE ... SET work_mem).");
    }
}
