//! Shared buffers that do not fit the machine or the database.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "shared-buffers-ratio",
    category: Settings,
    severity: Warning,
    title: "shared_buffers do not fit the machine",
    why: "The built-in 128 MB let PostgreSQL start everywhere; on a server with a larger database pages are read from the kernel \
          again and again. A quarter of the memory is where to start. Far more leaves too little for sorts, hashes and the \
          kernel's cache.",
    remedy: "Set shared_buffers to about 25 % of memory; it takes a restart. Set architect.server_memory to the memory of the \
             machine: it cannot be seen in SQL.",
    parameters: &[
        Parameter { name: "least_percent", default: Integer(15), what: "the least share of memory: percent" },
        Parameter { name: "most_percent", default: Integer(40), what: "the largest share of memory: percent" },
        Parameter {
            name: "default_bytes",
            default: Integer(4 * 1024 * 1024 * 1024),
            what: "where memory was not stated, a database of this size on the built-in 128 MB is told: bytes",
        },
    ],
    sources: &[Guide("S-347"), Guide("S-351"), Manual("runtime-config-resource", "shared_buffers")],
    examples: &[
        bad("LOAD 'pg_architect';\nSET architect.server_memory = '16GB';").advice(),
        good("LOAD 'pg_architect';\nSET architect.server_memory = '256MB';").title("a quarter"),
        good("SELECT 1;").title("a small database, and memory that was not stated"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let Some(state) = &database.state else { return };
    let Some(buffers) = database.setting_bytes("shared_buffers") else { return };
    let shown = bytes(buffers as u64);
    let Some(memory) = state.memory else {
        let built_in = database.settings.get("shared_buffers").is_some_and(|setting| setting.value == setting.boot);
        // The built-in value is what initdb writes into the file, too.
        let small = built_in || buffers <= 128.0 * 1_048_576.0;
        if small && state.database_bytes >= cx.number("default_bytes") as f64 {
            out.object(
                "setting",
                "",
                "shared_buffers",
                format!("shared_buffers are {shown} for a database of {}", bytes(state.database_bytes as u64)),
            )
            .severity(Info)
            .detail("That is what PostgreSQL starts with on any machine.")
            .evidence("bytes", buffers)
            .evidence("database_bytes", state.database_bytes)
            .advice("ALTER SYSTEM SET shared_buffers to about 25 % of memory; it takes a restart.");
        } else {
            super::memory(database, out);
        }
        return;
    };
    let percent = 100.0 * buffers / memory;
    if percent < cx.number("least_percent") as f64 || percent > cx.number("most_percent") as f64 {
        out.object(
            "setting",
            "",
            "shared_buffers",
            format!("shared_buffers are {percent:.0} % of the machine's memory"),
        )
        .detail(format!("They are {shown} of {}; where to start is 25 %.", bytes(memory as u64)))
        .evidence("bytes", buffers)
        .evidence("memory", memory)
        .advice(format!(
            "ALTER SYSTEM SET shared_buffers = '{}MB'; it takes a restart.",
            (memory * 0.25 / 1_048_576.0).round()
        ));
    }
}
