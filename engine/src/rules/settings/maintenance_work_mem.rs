//! Little memory for VACUUM and for building indexes.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "maintenance-work-mem",
    category: Settings,
    severity: Info,
    title: "maintenance_work_mem is small for the machine",
    why: "VACUUM collects dead rows in this memory: when it is full, it scans all indexes and starts again. Building an index \
          sorts in it.",
    remedy: "256 MB, or a sixteenth of memory where that is less; autovacuum workers take as much each unless \
             autovacuum_work_mem says less.",
    parameters: &[Parameter { name: "wanted_mb", default: Integer(256), what: "what is enough: MB" }],
    sources: &[Guide("S-350"), Manual("runtime-config-resource", "maintenance_work_mem")],
    examples: &[
        bad("LOAD 'pg_architect';\nSET architect.server_memory = '16GB';").advice(),
        good("LOAD 'pg_architect';\nSET architect.server_memory = '512MB';").title("a small machine"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    if super::of_server(database, "maintenance_work_mem", out).is_none() {
        return;
    }
    let Some(own) = database.setting_bytes("maintenance_work_mem") else { return };
    let Some(memory) = super::memory(database, out) else { return };
    let wanted = (cx.number("wanted_mb") as f64 * 1_048_576.0).min(memory / 16.0);
    if own < wanted {
        out.object("setting", "", "maintenance_work_mem", format!("maintenance_work_mem is {}", bytes(own as u64)))
            .detail(format!("For {} of memory {} are right.", bytes(memory as u64), bytes(wanted as u64)))
            .evidence("bytes", own)
            .advice(format!(
                "ALTER SYSTEM SET maintenance_work_mem = '{}MB', then SELECT pg_reload_conf().",
                (wanted / 1_048_576.0).round()
            ));
    }
}
