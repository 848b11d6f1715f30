//! An index that is written a thousand times for each time that it is read.

use crate::rule::prelude::*;
use crate::rules::index_use::{counters_speak, drop_index, trees};

/// The rule.
pub static RULE: Rule = Rule {
    name: "index-rarely-used",
    category: Indexes,
    severity: Info,
    title: "an index is written far more often than it is read",
    why: "Each row version that is written goes into the index, and each scan has to earn that. Where thousands of writes stand \
          against a scan, the queries behind the few scans may do with another index or a sequential scan. Rare need not mean \
          useless: a report at the end of the month may hang on it.",
    remedy: "Find the queries that use it (EXPLAIN), and decide. An index WHERE ... that holds only the rows that are looked \
             for costs fewer writes.",
    parameters: &[
        Parameter {
            name: "min_counter_days",
            default: Integer(35),
            what: "the least age of the counters, for jobs that run once a month: days",
        },
        Parameter {
            name: "min_writes",
            default: Integer(10_000),
            what: "the least number of row versions written into the index",
        },
        Parameter {
            name: "writes_per_scan",
            default: Integer(1000),
            what: "an index with at least this many row versions written for each scan is reported",
        },
        Parameter {
            name: "min_index_bytes",
            default: Integer(10 * 1024 * 1024),
            what: "smaller indexes are left alone: bytes",
        },
        Parameter {
            name: "standbys_serve_no_queries",
            default: Boolean(false),
            what: "judge although there are standbys, whose own counters cannot be seen from here",
        },
    ],
    sources: &[Guide("S-203"), Guide("S-244"), Manual("monitoring-stats", "pg_stat_all_indexes")],
    examples: &[
        bad("CREATE INDEX idx_orders_amount ON orders (amount);\n\
             INSERT INTO orders (customer_id, amount) SELECT 1, g FROM generate_series(1, 2000) AS g;\n\
             SET enable_seqscan = off;\n\
             SELECT count(*) FROM orders WHERE amount = 7;\n\
             RESET enable_seqscan;\n\
             SELECT pg_stat_force_next_flush();")
        .given(with!(EMPTY_ORDERS, AT_ONCE))
        .advice(),
        good("CREATE INDEX idx_orders_amount ON orders (amount);\nSELECT pg_stat_force_next_flush();")
            .title("never used at all: another rule says so")
            .given(with!(ORDERS, AT_ONCE)),
        good(
            "CREATE INDEX idx_orders_amount ON orders (amount);\n\
             INSERT INTO orders (customer_id, amount) SELECT 1, g FROM generate_series(1, 500) AS g;\n\
             SET enable_seqscan = off;\n\
             SELECT count(*) FROM orders WHERE amount = 7;\n\
             RESET enable_seqscan;\n\
             SELECT pg_stat_force_next_flush();",
        )
        .title("few writes")
        .given(with!(EMPTY_ORDERS, AT_ONCE)),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: false,
};

/// Judge at once, and small ones too.
const AT_ONCE: &str = "SELECT architect.configure('index-rarely-used', parameters => \
    '{\"min_counter_days\": 0, \"min_index_bytes\": 0, \"min_writes\": 1000}');";

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    if !counters_speak(database, cx, out) {
        return;
    }
    for tree in trees(database) {
        let (index, relation) = (tree.index, &tree.table.relation);
        let Some(scans) = tree.scans.filter(|scans| *scans > 0) else { continue };
        let least = cx.integer("min_index_bytes", relation);
        if !cx.judged(relation)
            || index.unique
            || tree.need.is_some()
            || tree.serves_foreign_key
            || !tree.valid
            || i64::try_from(tree.bytes).is_ok_and(|bytes| bytes < least)
            || tree.writes < cx.integer("min_writes", relation)
            || tree.writes / scans < cx.integer("writes_per_scan", relation)
            // A partial index is not written by every write.
            || index.predicate.is_some()
        {
            continue;
        }
        let writes = u64::try_from(tree.writes).unwrap_or(0);
        let message =
            format!("index {} on {} is written far more often than it is read", index.sql(), relation.display());
        out.index(&index.schema, &index.name, index.oid, message)
            .detail(format!(
                "{} were written into it, and it was scanned {} times. It takes {}.",
                rows(writes),
                count(u64::try_from(scans).unwrap_or(0)),
                bytes(tree.bytes)
            ))
            .advice(format!("Find what uses it. If that can do without: {}", drop_index(tree.table, index)))
            .evidence("bytes", tree.bytes)
            .evidence("scans", scans)
            .evidence("writes", writes)
            .impact(tree.bytes, 0, writes);
    }
}
