//! Many indexes on a table that is written more than its indexes are read.

use crate::rule::prelude::*;
use crate::rules::index_use::{counters_speak, trees};
use std::collections::HashMap;

/// The rule.
pub static RULE: Rule = Rule {
    name: "over-indexed-write-heavy-table",
    category: Indexes,
    severity: Info,
    title: "a table that is mostly written has many indexes",
    why: "Each row version that is written goes into each index. Where ten rows are written for one scan of any index, five indexes \
          that serve no constraint mean fifty writes for that scan.",
    remedy: "Drop the indexes whose queries can do without, beginning with those that are scanned least (architect.index_usage).",
    parameters: &[
        Parameter {
            name: "min_counter_days",
            default: Integer(35),
            what: "the least age of the counters, for jobs that run once a month: days",
        },
        Parameter {
            name: "min_indexes",
            default: Integer(5),
            what: "the least number of indexes that serve no constraint: indexes",
        },
        Parameter {
            name: "writes_per_scan",
            default: Integer(10),
            what: "the least number of row versions written for each scan of any index of the table",
        },
        Parameter { name: "min_writes", default: Integer(100_000), what: "fewer row versions written say nothing" },
        Parameter {
            name: "standbys_serve_no_queries",
            default: Boolean(false),
            what: "judge although there are standbys, whose own counters cannot be seen from here",
        },
    ],
    sources: &[Guide("S-203"), Manual("monitoring-stats", "pg_stat_all_tables")],
    examples: &[
        bad("INSERT INTO orders (customer_id, amount) SELECT 1, g FROM generate_series(1, 2000) AS g;\n\
             SELECT pg_stat_force_next_flush();")
        .given(with!(SIX_INDEXES, AT_ONCE))
        .advice(),
        good(
            "INSERT INTO orders (customer_id, amount) SELECT 1, g FROM generate_series(1, 200) AS g;\n\
              SELECT pg_stat_force_next_flush();",
        )
        .title("few writes")
        .given(with!(SIX_INDEXES, AT_ONCE)),
        good(
            "INSERT INTO orders (customer_id, amount) SELECT 1, g FROM generate_series(1, 2000) AS g;\n\
              SELECT pg_stat_force_next_flush();",
        )
        .title("few indexes")
        .given(with!(EMPTY_ORDERS_WITH_INDEX, AT_ONCE)),
        good(
            "INSERT INTO orders (customer_id, amount) SELECT 1, g FROM generate_series(1, 2000) AS g;\n\
              SELECT pg_stat_force_next_flush();",
        )
        .title("the counters are too young")
        .given(SIX_INDEXES),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

const SIX_INDEXES: &str = with!(
    EMPTY_ORDERS,
    "CREATE INDEX idx_orders_amount ON orders (amount);
CREATE INDEX idx_orders_code ON orders (code);
CREATE INDEX idx_orders_note ON orders (note);
CREATE INDEX idx_orders_placed_at ON orders (placed_at);
CREATE INDEX idx_orders_customer_id ON orders (customer_id);"
);

const AT_ONCE: &str = "SELECT architect.configure('over-indexed-write-heavy-table', parameters => \
    '{\"min_counter_days\": 0, \"min_writes\": 1000}');";

#[derive(Default)]
struct Sum {
    indexes: i64,
    scans: i64,
    writes: i64,
    bytes: u64,
    unseen: bool,
}

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    if !counters_speak(database, cx, out) {
        return;
    }
    let mut sums: HashMap<Oid, Sum> = HashMap::new();
    for tree in trees(database) {
        let sum = sums.entry(tree.table.relation.oid).or_default();
        match tree.scans {
            Some(scans) => sum.scans += scans,
            None => sum.unseen = true,
        }
        sum.writes = sum.writes.max(tree.writes);
        if tree.index.constraint.is_none() {
            sum.indexes += 1;
            sum.bytes += tree.bytes;
        }
    }
    for table in &database.tables {
        let relation = &table.relation;
        let Some(sum) = sums.get(&relation.oid).filter(|sum| !sum.unseen && cx.judged(relation)) else { continue };
        if table.state.as_ref().is_some_and(|state| state.bound.is_some())
            || sum.indexes < cx.integer("min_indexes", relation)
            || sum.writes < cx.integer("min_writes", relation)
            || sum.writes <= cx.integer("writes_per_scan", relation) * sum.scans
        {
            continue;
        }
        let (writes, scans) = (u64::try_from(sum.writes).unwrap_or(0), u64::try_from(sum.scans).unwrap_or(0));
        out.relation(relation, format!("table {} is mostly written and has many indexes", relation.display()))
            .detail(format!(
                "{} were written into each of its {} indexes that serve no constraint, and all its indexes together were scanned \
                 {} times. They take {}.",
                rows(writes),
                sum.indexes,
                count(scans),
                bytes(sum.bytes)
            ))
            .advice("Look which of them earn that.")
            .evidence("indexes", sum.indexes)
            .evidence("writes", writes)
            .evidence("scans", scans)
            .impact(sum.bytes, 0, writes.saturating_mul(u64::try_from(sum.indexes).unwrap_or(1)));
    }
}
