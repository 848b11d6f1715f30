//! A plain DETACH PARTITION takes ACCESS EXCLUSIVE on the parent.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "partition-detach-not-concurrent",
    category: Locks,
    severity: Warning,
    title: "a partition is detached under a lock on the whole partitioned table",
    why: "DETACH PARTITION takes ACCESS EXCLUSIVE on the parent and on the partition. It is quick, but it waits for \
          every transaction that uses any partition, and while it waits every query of the whole tree queues behind \
          it.",
    remedy: "Use DETACH PARTITION ... CONCURRENTLY, outside a transaction block: it needs SHARE UPDATE EXCLUSIVE on \
             the parent. PostgreSQL refuses it while a default partition exists.",
    parameters: &[],
    sources: &[
        Guide("S-381"),
        Manual("sql-altertable", "DETACH PARTITION"),
        Manual("ddl-partitioning", "Partition Maintenance"),
    ],
    examples: &[
        bad("ALTER TABLE events DETACH PARTITION events_2024;").given(EVENTS),
        bad("BEGIN;\nALTER TABLE events DETACH PARTITION events_2024;\nCOMMIT;")
            .title("in a transaction block")
            .given(EVENTS),
        good("ALTER TABLE events DETACH PARTITION events_2024 CONCURRENTLY;").given(EVENTS),
        good("ALTER TABLE events DETACH PARTITION events_2024;")
            .title("a default partition exists: CONCURRENTLY is refused")
            .given(with!(EVENTS, "CREATE TABLE events_rest PARTITION OF events DEFAULT;")),
        good("ALTER TABLE events DETACH PARTITION events_2024;")
            .title("no rows in the whole table")
            .given(with!(EVENTS, "TRUNCATE events;")),
    ],
    check: Check::On(Kinds::DETACH, check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let parent = &table.relation;
    if !cx.live(parent) || statement.impact.touches.iter().any(|touch| touch.role == Role::DefaultPartition) {
        return;
    }
    for (_, command) in statement.commands() {
        let AlterCommand::DetachPartition { partition, concurrently: false, finalize: false } = command else {
            continue;
        };
        let lock = statement.impact.lock_on(parent.oid);
        let name = recipes::named(statement, partition);
        out.relation(parent, format!("DETACH PARTITION {name} takes {lock} on all of {}", parent.display()))
            .detail(recipes::holds(statement, cx, parent, "until the transaction ends"))
            .advice("Detach it without stopping queries, outside a transaction block:")
            .remedy(format!("ALTER TABLE {} DETACH PARTITION {name} CONCURRENTLY;", parent.sql()))
            .evidence("lock", lock.as_str())
            .discriminator(name);
    }
}
