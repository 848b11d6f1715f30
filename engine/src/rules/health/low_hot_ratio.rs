//! Updates that write every index.

use crate::rule::prelude::*;
use crate::rules::state::{counters_old_enough, heaps, percent, roots};

/// The rule.
pub static RULE: Rule = Rule {
    name: "low-hot-ratio",
    category: Health,
    severity: Info,
    title: "few updates of a table are heap-only",
    why: "An UPDATE that changes no indexed column and finds room on the same page writes the heap only (HOT), and the dead version is \
          cleaned up without VACUUM. Every other one writes an entry into each index of the table. The usual cause is an index on \
          a column that is updated all the time (a status, a counter, updated_at), not the fillfactor; BRIN indexes do not \
          count from 16 on.",
    remedy: "Look at the indexes first: one on a column that changes with every UPDATE and that few queries use costs more than it gives. \
             Then leave room on the pages with a fillfactor of 80 to 90; it holds for pages to come.",
    parameters: &[
        Parameter { name: "percent", default: Integer(10), what: "fewer heap-only updates than this: per cent of the updates" },
        Parameter { name: "min_updates", default: Integer(10_000), what: "fewer updates say nothing: updates" },
        Parameter { name: "min_counter_days", default: Integer(1), what: "counters must be this old: days" },
    ],
    sources: &[Guide("S-235"), Manual("storage-hot", ""), Manual("monitoring-stats", "n_tup_hot_upd")],
    examples: &[
        bad("UPDATE orders SET amount = amount + 1;\nSELECT pg_stat_force_next_flush();\nSELECT count(*) FROM orders;")
            .title("an index on the column that is updated (from 1,000 updates on here)")
            .given(with!(
                ORDERS_WITH_INDEX,
                "ALTER TABLE orders SET (autovacuum_enabled = off);\n\
                 SELECT architect.configure('autovacuum-disabled', 'off'),\n\
                 \x20   architect.configure('low-hot-ratio', parameters => '{\"min_updates\": 1000, \"min_counter_days\": 0}');"
            ))
            .advice(),
        good("UPDATE orders SET amount = amount + 1 WHERE id % 10 = 0;\nUPDATE orders SET amount = amount + 1 WHERE id % 10 = 0;\n\
              SELECT pg_stat_force_next_flush();")
            .title("few updates")
            .given(ORDERS_WITH_INDEX),
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
        let (mut updated, mut hot, mut indexes) = (0, 0, 0);
        for (table, state) in &heaps(database, root) {
            let Some(usage) = &state.usage else { continue };
            updated += usage.updated;
            hot += usage.hot_updated;
            indexes = indexes.max(table.indexes.len());
        }
        let share = percent(hot as f64, updated as f64);
        // Without an index every update that finds no room is as cheap.
        if updated < cx.integer("min_updates", relation).max(1)
            || share >= cx.integer("percent", relation)
            || indexes == 0
        {
            continue;
        }
        out.relation(relation, format!("{share} % of the updates of {} are heap-only", relation.display()))
            .detail(format!(
                "{} updates since the counters began; the others wrote into each of up to {indexes} indexes.",
                count(updated.unsigned_abs())
            ))
            .advice(
                "See which indexed column these updates change, and whether its index is worth it; then leave room on the pages with \
                 ALTER TABLE ... SET (fillfactor = 90).",
            )
            .evidence("updates", updated)
            .evidence("hot_updates", hot)
            .evidence("indexes", indexes)
            .impact(0, 0, (updated - hot).unsigned_abs());
    }
}
