//! More memory is promised than there is.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "memory-overcommit",
    category: Settings,
    severity: Error,
    title: "sessions may take more memory than the machine has",
    why: "work_mem is for each sort and each hash of each query, not for the server. When many sessions use it at once and the \
          memory is gone, Linux kills a backend, and PostgreSQL restarts with all sessions lost. The sum here is modest: every \
          connection with one hash, every autovacuum worker at work, and the shared buffers.",
    remedy: "Fewer connections behind a pooler, or less work_mem for all and more for single roles. Set architect.server_memory \
             to the memory of the machine: it cannot be seen in SQL.",
    parameters: &[
        Parameter {
            name: "warning_percent",
            default: Integer(80),
            what: "a warning from this share of memory on: percent",
        },
        Parameter {
            name: "error_percent",
            default: Integer(100),
            what: "an error from this share of memory on: percent",
        },
    ],
    sources: &[
        Guide("S-349"),
        Guide("S-340"),
        Manual("runtime-config-resource", "work_mem"),
        Manual("kernel-resources", "Linux Memory Overcommit"),
    ],
    examples: &[
        bad("LOAD 'pg_architect';\nSET architect.server_memory = '512MB';").advice(),
        good("LOAD 'pg_architect';\nSET architect.server_memory = '64GB';"),
        good("SELECT 1;").title("memory that was not stated: not judged"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let Some(memory) = super::memory(database, out) else { return };
    let Some((total, sum)) = super::memory_budget(database) else {
        out.not_judged(
            "server",
            "this session has its own value of a setting in the sum",
            "Check from a session without it.",
        );
        return;
    };
    let percent = 100.0 * total / memory;
    if percent <= cx.number("warning_percent") as f64 {
        return;
    }
    let severity = if percent > cx.number("error_percent") as f64 { Error } else { Warning };
    out.object("setting", "", "work_mem", format!("sessions may take {percent:.0} % of the machine's memory"))
        .severity(severity)
        .detail(format!("{sum}, of {}. A query can hash and sort several times over.", bytes(memory as u64)))
        .evidence("bytes", total)
        .evidence("memory", memory)
        .advice("Fewer max_connections behind a pooler, or less work_mem with more for single roles (ALTER ROLE ... SET work_mem).");
}
