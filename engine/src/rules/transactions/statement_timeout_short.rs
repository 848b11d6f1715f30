//! statement_timeout will cancel a long build or validation.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "statement-timeout-short",
    category: Transactions,
    severity: Info,
    title: "statement_timeout is likely to cancel a long build or validation",
    why: "CREATE INDEX CONCURRENTLY, REINDEX CONCURRENTLY and VALIDATE CONSTRAINT read the whole table and stop nobody: they may take long. A statement_timeout that is right for the application cancels them near the end, and a cancelled concurrent build leaves an invalid index that costs every write.",
    remedy: "Switch statement_timeout off for this statement; lock_timeout is what protects others.",
    parameters: &[Parameter {
        name: "mib_per_second",
        default: Integer(20),
        what: "how fast a table is read, sorted and written: MiB per second (a careful guess for cloud disks)",
    }],
    sources: &[
        Manual("runtime-config-client", "statement_timeout"),
        Manual("sql-createindex", "Building Indexes Concurrently"),
    ],
    examples: &[
        bad("SET statement_timeout = '5ms';\nCREATE INDEX CONCURRENTLY idx_orders_amount ON orders (amount);")
            .given(ORDERS)
            .lint(),
        bad("SET statement_timeout = '5ms';\nALTER TABLE orders VALIDATE CONSTRAINT valid_amount;")
            .title("VALIDATE CONSTRAINT")
            .given(with!(ORDERS, "ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount >= 0) NOT VALID;"))
            .lint(),
        good("SET statement_timeout = 0;\nCREATE INDEX CONCURRENTLY idx_orders_amount ON orders (amount);")
            .title("no timeout")
            .given(ORDERS)
            .lint(),
        good("SET statement_timeout = '10min';\nCREATE INDEX CONCURRENTLY idx_orders_amount ON orders (amount);")
            .title("time enough for this table")
            .given(ORDERS)
            .lint(),
    ],
    check: Check::Statement(check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let timeout = cx.transaction.statement_timeout_ms;
    if timeout == 0 {
        return;
    }
    let effect = statement.impact.effects.iter().find(|effect| {
        let long = match &effect.work {
            Work::BuildIndex { concurrently, .. } => *concurrently,
            Work::RebuildIndex { .. } => statement.impact.several_transactions,
            Work::Scan(Scan::Validate { .. }) => true,
            _ => false,
        };
        long && cx.live(&effect.relation)
    });
    let Some(relation) = effect.map(|effect| &effect.relation) else { return };
    let speed = u64::try_from(cx.integer("mib_per_second", relation)).unwrap_or(0).max(1);
    let estimate = relation.size.bytes.saturating_mul(1000) / (speed * 1024 * 1024);
    if estimate < timeout {
        return;
    }
    out.relation(
        relation,
        format!("statement_timeout of {} may cancel {} on {}", duration(timeout), statement.tag, relation.display()),
    )
    .detail(format!(
        "{} at {speed} MiB per second take about {}.",
        bytes(relation.size.bytes),
        duration(estimate.max(1))
    ))
    .advice("Switch it off for this statement, which stops nobody:")
    .remedy("SET statement_timeout = 0;")
    .evidence("statement_timeout_ms", timeout)
    .evidence("estimate_ms", estimate);
}
