//! The planner counts on a cache of the wrong size.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "effective-cache-size-ratio",
    category: Settings,
    severity: Warning,
    title: "effective_cache_size does not fit the machine",
    why: "effective_cache_size allocates nothing: it tells the planner how much of an index is likely to be in memory, in shared \
          buffers and the kernel's cache together. Too small a value makes index scans look dear. A value below \
          shared_buffers cannot be right.",
    remedy: "Set it to about 75 % of memory. Set architect.server_memory to the memory of the machine: it cannot be seen in SQL.",
    parameters: &[
        Parameter { name: "least_percent", default: Integer(50), what: "the least share of memory: percent" },
        Parameter { name: "most_percent", default: Integer(90), what: "the largest share of memory: percent" },
    ],
    sources: &[Guide("S-348"), Manual("runtime-config-query", "effective_cache_size")],
    examples: &[
        bad("SELECT 1;").server(CARELESS).title("below shared_buffers").advice(),
        bad("LOAD 'pg_architect';\nSET architect.server_memory = '64GB';").advice(),
        good("LOAD 'pg_architect';\nSET architect.server_memory = '6GB';"),
        good("SELECT 1;").title("memory that was not stated"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    if super::of_server(database, "effective_cache_size", out).is_none() {
        return;
    }
    let Some(cache) = database.setting_bytes("effective_cache_size") else { return };
    let buffers = database.setting_bytes("shared_buffers").unwrap_or(0.0);
    let shown = bytes(cache as u64);
    if cache < buffers {
        out.object("setting", "", "effective_cache_size", "effective_cache_size is below shared_buffers")
            .detail(format!("It is {shown}; shared_buffers, a part of the cache, are {}.", bytes(buffers as u64)))
            .evidence("bytes", cache)
            .advice("ALTER SYSTEM SET effective_cache_size to about 75 % of memory, then SELECT pg_reload_conf().");
        return;
    }
    let Some(memory) = super::memory(database, out) else { return };
    let percent = 100.0 * cache / memory;
    if percent < cx.number("least_percent") as f64 || percent > cx.number("most_percent") as f64 {
        out.object(
            "setting",
            "",
            "effective_cache_size",
            format!("effective_cache_size is {percent:.0} % of the machine's memory"),
        )
        .detail(format!("It is {shown} of {}.", bytes(memory as u64)))
        .evidence("bytes", cache)
        .evidence("memory", memory)
        .advice(format!(
            "ALTER SYSTEM SET effective_cache_size = '{}MB', then SELECT pg_reload_conf().",
            (memory * 0.75 / 1_048_576.0).round()
        ));
    }
}
