//! An index that nobody scans costs every write and disk, and earns nothing.

use crate::rule::prelude::*;
use crate::rules::index_use::{Tree, counters_speak, drop_index, trees};

/// The rule.
pub static RULE: Rule = Rule {
    name: "index-unused",
    category: Indexes,
    severity: Warning,
    title: "an index is not used",
    why: "Every INSERT, and every UPDATE that is not heap-only, writes every index, whether a query reads it or not; an index \
          also takes disk, cache, WAL and vacuum time. An index without a single scan in weeks serves no query of this server.",
    remedy: "Keep its CREATE INDEX statement (pg_get_indexdef), look at the standbys and think of yearly jobs, then drop it with \
             DROP INDEX CONCURRENTLY. Indexes that serve a constraint or a foreign key, are unique, are the replica identity \
             or CLUSTER's choice are never reported; a partition tree is judged as one; and nothing is said where counters are too \
             young, were lost, or are kept elsewhere.",
    parameters: &[
        Parameter {
            name: "min_counter_days",
            default: Integer(35),
            what: "the least age of the counters, for jobs that run once a month: days",
        },
        Parameter {
            name: "max_idle_days",
            default: Integer(93),
            what: "an index that was last scanned longer ago than this counts as unused, for jobs that run once a quarter (16 and later): days",
        },
        Parameter {
            name: "min_index_bytes",
            default: Integer(1024 * 1024),
            what: "smaller indexes are left alone: bytes",
        },
        Parameter {
            name: "standbys_serve_no_queries",
            default: Boolean(false),
            what: "judge although there are standbys, whose own counters cannot be seen from here",
        },
    ],
    sources: &[
        Guide("S-241"),
        Guide("S-242"),
        Guide("S-243"),
        Guide("S-205"),
        Guide("S-208"),
        Manual("monitoring-stats", "pg_stat_all_indexes"),
    ],
    examples: &[
        bad("CREATE INDEX idx_orders_amount ON orders (amount);\n\
             INSERT INTO orders (customer_id, amount) SELECT 1, g FROM generate_series(1, 1000) AS g;\n\
             SELECT pg_stat_force_next_flush();")
        .given(with!(EMPTY_ORDERS, AT_ONCE)),
        bad("CREATE INDEX idx_events_payload ON events (payload);\n\
             SELECT pg_stat_force_next_flush();")
        .title("a partitioned table: one finding for the tree")
        .given(with!(EMPTY_EVENTS, AT_ONCE)),
        bad("CREATE INDEX idx_orders_note ON orders (lower(note));\n\
             ANALYZE orders;\n\
             SELECT pg_stat_force_next_flush();")
        .title("an expression: the planner's statistics about it go with the index, unless they are made by themselves")
        .given(with!(EMPTY_ORDERS, AT_ONCE)),
        good(
            "CREATE INDEX idx_orders_amount ON orders (amount);\n\
              SET enable_seqscan = off;\n\
              SELECT count(*) FROM orders WHERE amount = 7;\n\
              RESET enable_seqscan;\n\
              SELECT pg_stat_force_next_flush();",
        )
        .title("it was scanned")
        .given(with!(ORDERS, AT_ONCE)),
        good(
            "CREATE INDEX idx_events_payload ON events (payload);\n\
              SET enable_seqscan = off;\n\
              SELECT count(*) FROM events_2024 WHERE payload = 'p7';\n\
              RESET enable_seqscan;\n\
              SELECT pg_stat_force_next_flush();",
        )
        .title("one partition uses its part")
        .given(with!(EVENTS, AT_ONCE)),
        good("CREATE INDEX idx_orders_amount ON orders (amount);\nSELECT pg_stat_force_next_flush();")
            .title("the counters are too young to say so")
            .given(with!(
                ORDERS,
                "SELECT architect.configure('index-unused', parameters => '{\"min_index_bytes\": 0}');"
            )),
        good("SELECT pg_stat_force_next_flush();\nCREATE INDEX idx_orders_amount ON orders (amount);\nSELECT pg_stat_force_next_flush();")
            .title("the table was written to before there was the index: it is younger than the counters")
            .given(with!(ORDERS, AT_ONCE)),
        good("CREATE UNIQUE INDEX idx_orders_code ON orders (code);\nSELECT pg_stat_force_next_flush();")
            .title("unique: it keeps rows out")
            .given(with!(EMPTY_ORDERS, AT_ONCE)),
        good("SELECT pg_stat_force_next_flush();")
            .title("a foreign key needs it for each DELETE of a customer")
            .given(with!(EMPTY_ORDERS_WITH_FOREIGN_KEY, AT_ONCE)),
        good(
            "CREATE INDEX idx_orders_placed_at ON orders (placed_at);\n\
              CLUSTER orders USING idx_orders_placed_at;\n\
              SELECT pg_stat_force_next_flush();",
        )
        .title("CLUSTER uses it")
        .given(with!(EMPTY_ORDERS, AT_ONCE)),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

/// A partitioned table without rows.
const EMPTY_EVENTS: &str = "\
CREATE TABLE events (
    id bigint NOT NULL,
    happened_at timestamptz NOT NULL,
    payload text,
    PRIMARY KEY (id, happened_at)
) PARTITION BY RANGE (happened_at);
CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');";

/// Judge at once, and small ones too.
const AT_ONCE: &str =
    "SELECT architect.configure('index-unused', parameters => '{\"min_counter_days\": 0, \"min_index_bytes\": 0}');";

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    if !counters_speak(database, cx, out) {
        return;
    }
    let days = database.server.counter_days();
    let mut unseen = 0;
    for tree in trees(database) {
        let relation = &tree.table.relation;
        let Tree { index, need, .. } = &tree;
        let exempt = !cx.judged(relation) || index.unique || need.is_some() || tree.serves_foreign_key;
        let least = cx.integer("min_index_bytes", relation);
        if exempt || !tree.valid || tree.building || i64::try_from(tree.bytes).is_ok_and(|bytes| bytes < least) {
            continue;
        }
        let Some(scans) = tree.scans else {
            unseen += 1;
            continue;
        };
        let idle = tree.last_scan.map(|last| (database.server.now - last) / 86_400.0);
        let long_idle = idle.is_some_and(|idle| idle > cx.integer("max_idle_days", relation) as f64);
        if scans > 0 && !long_idle {
            continue;
        }
        if scans == 0 && tree.younger_than_counters(database, cx.number("min_counter_days") as f64) {
            out.not_judged(
                index.sql(),
                "the index is younger than the counters of its table",
                "Wait until it is as old as min_counter_days says.",
            );
            continue;
        }
        report(&tree, days, idle.filter(|_| scans > 0), out);
    }
    if unseen > 0 {
        out.not_judged(
            "database",
            format!("the counters of {unseen} indexes cannot be seen"),
            "GRANT pg_monitor to the role.",
        );
    }
}

fn report(tree: &Tree, days: f64, idle: Option<f64>, out: &mut Findings) {
    let (table, index) = (tree.table, tree.index);
    let relation = &table.relation;
    let message = format!("index {} on {} is not used", index.sql(), relation.display());
    let finding = out.index(&index.schema, &index.name, index.oid, message);
    let since = match idle {
        Some(idle) => format!("It was last scanned {idle:.0} days ago."),
        None => format!("It was not scanned in the {days:.0} days that the counters cover."),
    };
    let writes = u64::try_from(tree.writes).unwrap_or(0);
    let mut detail = vec![since, format!("It takes {}, and {} were written since.", bytes(tree.bytes), rows(writes))];
    let expressions: Vec<&str> = index.keys.iter().filter_map(|key| key.expression.as_deref()).collect();
    let mut statements = Vec::new();
    if !expressions.is_empty() && relation.kind == RelationKind::Table {
        detail.push(
            "The planner has its statistics about the expression from this index; CREATE STATISTICS keeps them."
                .to_owned(),
        );
        for (n, expression) in expressions.iter().enumerate() {
            let suffix = if n == 0 { "_stat".to_owned() } else { format!("_stat{}", n + 1) };
            let name = relation.sibling(&sql::derived_name(&index.name, &suffix));
            // A function call may stand bare in CREATE STATISTICS; parentheses fit every expression.
            statements.push(format!("CREATE STATISTICS {name} ON ({expression}) FROM {};", relation.sql()));
        }
        statements.push(format!("ANALYZE {};", relation.sql()));
    }
    statements.push(drop_index(table, index));
    finding
        .detail(detail.join(" "))
        .advice("Keep what pg_get_indexdef() says of it, then drop it, outside a transaction block:")
        .remedy(statements.join("\n"))
        .evidence("bytes", tree.bytes)
        .evidence("scans", tree.scans.unwrap_or(0))
        .evidence("writes", writes)
        .evidence("counter_days", days.floor())
        // Jobs run once a month, or once a quarter.
        .evidence(
            "confidence",
            if days < 31.0 {
                "low"
            } else if days < 93.0 {
                "medium"
            } else {
                "high"
            },
        )
        .impact(tree.bytes, 0, writes);
}
