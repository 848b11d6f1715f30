//! Statistics of a table that has changed much since.

use crate::rule::prelude::*;
use crate::rules::state::{among, counters_collected, heaps, roots};

/// The rule.
pub static RULE: Rule = Rule {
    name: "stale-statistics",
    category: Health,
    severity: Warning,
    title: "a table has changed far beyond its analyse threshold",
    why: "The planner chooses by what ANALYZE last saw. Autovacuum analyses a table when the rows that changed pass its threshold \
          (autovacuum_analyze_threshold plus a share of the rows, the table's own where it has one); a table that is far past it was \
          not reached, and its estimates are those of another table.",
    remedy: "ANALYZE it, and see why autovacuum does not: switched off, too few workers, a very large table whose scale factor should \
             be smaller.",
    parameters: &[
        Parameter { name: "times_threshold", default: Integer(2), what: "changed rows, in times of the table's analyse threshold" },
        Parameter { name: "percent", default: Integer(10), what: "or from this share of its rows on, where ANALYZE is longer ago than days: per cent" },
        Parameter { name: "days", default: Integer(7), what: "see percent: days" },
        Parameter {
            name: "grace_minutes",
            default: Integer(10),
            what: "silent when the last ANALYZE is younger: autovacuum comes every minute, and what a session wrote before its own \
                   ANALYZE may be counted after it: minutes",
        },
        Parameter { name: "min_rows", default: Integer(1000), what: "changed rows, at least: rows" },
    ],
    sources: &[Guide("S-249"), Guide("S-252"), Manual("routine-vacuuming", "Updating Planner Statistics")],
    examples: &[
        bad("UPDATE orders SET amount = amount + 1;\nSELECT pg_stat_force_next_flush();\nSELECT count(*) FROM orders;")
            .given(with!(ORDERS, "ALTER TABLE orders SET (autovacuum_enabled = off);\n\
                                  SELECT architect.configure('autovacuum-disabled', 'off'), architect.configure('dead-tuples', 'off'),\n\
                 \x20   architect.configure('stale-statistics', parameters => '{\"grace_minutes\": 0}');")),
        good("UPDATE orders SET amount = amount + 1;\nANALYZE orders;")
            .title("analysed a moment ago, and the counters of this session came after it")
            .given(ORDERS),
        good("UPDATE orders SET amount = amount + 1;\nSELECT pg_stat_force_next_flush();")
            .title("a table whose own threshold is higher")
            .given(with!(ORDERS, "ALTER TABLE orders SET (autovacuum_analyze_threshold = 100000);\n\
                 SELECT architect.configure('stale-statistics', parameters => '{\"grace_minutes\": 0}');")),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    if !counters_collected(database, out) {
        return;
    }
    for (root, _) in roots(database) {
        let relation = &root.relation;
        let parts = heaps(database, root);
        let mut found: Vec<&Table> = Vec::new();
        let mut changed = 0;
        for (table, state) in &parts {
            let Some(usage) = &state.usage else { continue };
            // Never analysed is another rule's.
            let known = table.columns.iter().any(|column| column.statistics.is_some()) || usage.last_analyze.is_some();
            let modified = usage.modified_since_analyze;
            if !known || modified < cx.integer("min_rows", relation) {
                continue;
            }
            let threshold = Autovacuum::of(database, state).analyze_threshold;
            let far = modified as f64 > threshold * cx.integer("times_threshold", relation).max(1) as f64;
            let rows_there = state.tuples.unwrap_or(0.0).max(1.0);
            let old = usage
                .last_analyze
                .is_some_and(|last| database.server.now - last > 86_400.0 * cx.integer("days", relation) as f64)
                && modified as f64 * 100.0 > rows_there * cx.integer("percent", relation) as f64
                && modified as f64 > threshold;
            let fresh = usage
                .last_analyze
                .is_some_and(|last| database.server.now - last < 60.0 * cx.integer("grace_minutes", relation) as f64);
            if !fresh && (far || old) {
                changed += modified;
                found.push(table);
            }
        }
        if found.is_empty() {
            continue;
        }
        let place = among(root, parts.len(), &found);
        let sql: Vec<String> =
            found.iter().take(20).map(|table| format!("ANALYZE {};", table.relation.sql())).collect();
        out.relation(relation, format!("statistics of {} are stale{place}", relation.display()))
            .detail(format!(
                "{} changed since the last ANALYZE; the table has about {}.",
                rows(changed.unsigned_abs()),
                rows(relation.size.rows)
            ))
            .advice("Analyse it; this reads a sample and blocks nobody:")
            .remedy(sql.join("\n"))
            .evidence("changed", changed)
            .impact(0, changed.unsigned_abs(), 0);
    }
}
