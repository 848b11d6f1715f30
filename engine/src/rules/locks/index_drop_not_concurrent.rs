//! A plain DROP INDEX takes ACCESS EXCLUSIVE on the table.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "index-drop-not-concurrent",
    category: Locks,
    severity: Warning,
    title: "an index is dropped under a lock on its whole table",
    why: "DROP INDEX takes ACCESS EXCLUSIVE on the index and on its table. The drop itself is quick, but it has to \
          wait for every transaction that uses the table, and while it waits every later SELECT queues behind it.",
    remedy: "Use DROP INDEX CONCURRENTLY, one index per statement and outside a transaction block: it waits without \
             stopping others.",
    parameters: &[],
    sources: &[Guide("S-173"), Manual("sql-dropindex", "CONCURRENTLY"), Manual("explicit-locking", "ACCESS EXCLUSIVE")],
    examples: &[
        bad("DROP INDEX idx_orders_amount;").given(with!(ORDERS, "CREATE INDEX idx_orders_amount ON orders (amount);")),
        bad("DROP INDEX IF EXISTS idx_orders_amount, idx_orders_code;").title("two at once").given(with!(
            ORDERS,
            "CREATE INDEX idx_orders_amount ON orders (amount); CREATE INDEX idx_orders_code ON orders (code);"
        )),
        good("DROP INDEX CONCURRENTLY idx_orders_amount;")
            .given(with!(ORDERS, "CREATE INDEX idx_orders_amount ON orders (amount);")),
        good("DROP INDEX idx_orders_amount;")
            .title("an empty table")
            .given(with!(EMPTY_ORDERS, "CREATE INDEX idx_orders_amount ON orders (amount);")),
        good("DROP INDEX idx_events_payload;")
            .title("a partitioned index: CONCURRENTLY is refused")
            .given(with!(EVENTS, "CREATE INDEX idx_events_payload ON events (payload);")),
        good("DROP INDEX IF EXISTS idx_orders_amount;").title("there is no such index").given(ORDERS),
        good("DROP INDEX idx_orders_amount;").title("an invalid index while nobody uses the table").given(with!(
            ORDERS,
            "CREATE INDEX idx_orders_amount ON orders (amount);\n\
                 UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'idx_orders_amount'::regclass;"
        )),
    ],
    check: Check::On(Kinds::DROP, check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let (Ddl::Drop(drop), Some(first)) = (&statement.ddl, &statement.target) else { return };
    if drop.kind != DropKind::Relation(RelationKind::Index) || drop.concurrently {
        return;
    }
    let Some(table) = std::iter::once(first).chain(&statement.others).find(|table| cx.live(&table.relation)) else {
        return;
    };
    // CONCURRENTLY is refused for the index of a constraint and for an index of a partitioned tree.
    if table.relation.kind == RelationKind::PartitionedTable
        || statement.index.as_ref().is_some_and(|index| index.constraint.is_some() || index.is_partition)
    {
        return;
    }
    let idle = statement.impact.touches.iter().all(|touch| touch.blockers.is_empty());
    if idle && statement.index.as_ref().is_some_and(|index| !index.valid) {
        return;
    }
    let dropped = statement.impact.touches.iter().filter(|touch| touch.relation.kind == RelationKind::Index);
    let mut names: Vec<String> = dropped.map(|touch| touch.relation.sql()).collect();
    if names.is_empty() {
        names = drop.names.iter().map(Name::sql).collect();
    }
    let relation = &table.relation;
    let lock = statement.impact.lock_on(relation.oid);
    let message = format!("DROP INDEX {} takes {lock} on {}", list(&names, 3), relation.display());
    let finding = out.relation(relation, message);
    finding
        .detail(recipes::holds(statement, cx, relation, "until the transaction ends"))
        .advice("Drop the index without stopping readers, outside a transaction block:")
        .evidence("lock", lock.as_str())
        .discriminator(names.join(","));
    if !drop.cascade {
        let exists = if drop.if_exists { "IF EXISTS " } else { "" };
        let drops: Vec<String> = names.iter().map(|name| format!("DROP INDEX CONCURRENTLY {exists}{name};")).collect();
        finding.remedy(drops.join("\n"));
    }
}
