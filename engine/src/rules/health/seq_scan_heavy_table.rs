//! Tables that are read in full again and again.

use crate::rule::prelude::*;
use crate::rules::state::{counters_old_enough, heaps, roots};

/// The rule.
pub static RULE: Rule = Rule {
    name: "seq-scan-heavy-table",
    category: Health,
    severity: Warning,
    title: "a large table is read sequentially more often than by its indexes",
    why: "A sequential scan reads all of the table. Many of them on a table that is not small, and few by index, usually mean that a \
          condition that is asked often has no index. Dumps, reports and jobs that want every row look the same, so find \
          the query first.",
    remedy: "Find the statement (pg_stat_statements, auto_explain), and create the index that its condition needs, CONCURRENTLY.",
    parameters: &[
        Parameter { name: "min_scans", default: Integer(100), what: "more sequential scans than this: scans" },
        Parameter { name: "min_rows", default: Integer(10_000), what: "of a table with more rows than this: rows" },
        Parameter { name: "ratio", default: Integer(10), what: "times the index scans make it severe: times" },
        Parameter { name: "formula", default: Text("combined"), what: "combined (more sequential than index scans; severe from ratio on), scans (the first only) or ratio (the second only)" },
        Parameter { name: "min_counter_days", default: Integer(1), what: "counters must be this old: days" },
    ],
    sources: &[Guide("S-245"), Guide("S-246"), Guide("C-16"), Guide("F-15"), Manual("monitoring-stats", "seq_scan, idx_scan")],
    examples: &[
        bad("SET max_parallel_workers_per_gather = 0;\n\
             DO $$ BEGIN FOR n IN 1..20 LOOP PERFORM count(*) FROM orders WHERE note = 'x'; END LOOP; END $$;\n\
             SELECT pg_stat_force_next_flush();\nSELECT count(*) FROM orders;")
            .title("from 10 scans of 1,000 rows on here")
            .given(with!(
                ORDERS,
                "SELECT architect.configure('seq-scan-heavy-table', parameters => '{\"min_scans\": 10, \"min_rows\": 1000, \"min_counter_days\": 0}');"
            ))
            .advice(),
        good("DO $$ BEGIN FOR n IN 1..20 LOOP PERFORM count(*) FROM customers WHERE name = 'x'; END LOOP; END $$;\n\
              SELECT pg_stat_force_next_flush();\nSELECT count(*) FROM customers;")
            .title("a small table is read fastest so")
            .given(with!(
                ORDERS,
                "SELECT architect.configure('seq-scan-heavy-table', parameters => '{\"min_scans\": 10, \"min_rows\": 1000, \"min_counter_days\": 0}');"
            )),
        good("SET enable_seqscan = off;\n\
              DO $$ BEGIN FOR n IN 1..40 LOOP PERFORM amount FROM orders WHERE id = n; END LOOP; END $$;\n\
              SELECT pg_stat_force_next_flush();\nSELECT amount FROM orders WHERE id = 1;")
            .title("by its index")
            .given(with!(
                ORDERS,
                "SELECT architect.configure('seq-scan-heavy-table', parameters => '{\"min_scans\": 10, \"min_rows\": 1000, \"min_counter_days\": 0}');"
            )),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    if !counters_old_enough(database, cx, out) {
        return;
    }
    for (root, _) in roots(database) {
        let relation = &root.relation;
        let min_rows = cx.integer("min_rows", relation);
        // A partition is judged by its own size: a scan of a small one is cheap however large the tree is.
        let (mut sequential, mut by_index, mut read) = (0, 0, 0);
        for (table, state) in heaps(database, root) {
            let Some(usage) = &state.usage else { continue };
            if (table.relation.size.rows as i64) <= min_rows {
                continue;
            }
            sequential += usage.sequential_scans;
            by_index += usage.index_scans;
            read += usage.sequential_rows;
        }
        if sequential <= cx.integer("min_scans", relation) {
            continue;
        }
        let more = by_index < sequential;
        let far_more = sequential > by_index * cx.integer("ratio", relation).max(1);
        let (found, severe) = match cx.text("formula", relation).as_str() {
            "scans" => (more, false),
            "ratio" => (far_more, false),
            _ => (more || far_more, more && far_more),
        };
        // A scan that ends early (LIMIT, EXISTS) reads little of the table.
        let per_scan = read / sequential.max(1);
        if !found || per_scan < min_rows / 10 {
            continue;
        }
        let finding = out.relation(relation, format!("table {} is mostly read sequentially", relation.display()));
        if !severe {
            finding.severity(Info);
        }
        finding
            .detail(format!(
                "{} sequential scans of {} each, {} scans by index since the counters began.",
                count(sequential.unsigned_abs()),
                rows(per_scan.unsigned_abs()),
                count(by_index.unsigned_abs())
            ))
            .advice("Find the statements that scan it, and give their condition an index, built CONCURRENTLY.")
            .evidence("sequential_scans", sequential)
            .evidence("index_scans", by_index)
            .evidence("sequential_rows", read)
            .impact(0, 0, read.unsigned_abs());
    }
}
