//! Updates that find no room on their page.

use crate::rule::prelude::*;
use crate::rules::state::{counters_old_enough, heaps, percent, roots};

/// The rule.
pub static RULE: Rule = Rule {
    name: "newpage-updates",
    category: Health,
    severity: Info,
    title: "many updates of a table move the row to another page",
    why: "An UPDATE writes a new version of the row. Where the page has no room left it goes to another page, cannot be heap-only, and \
          costs an entry in every index, whatever column changed. 16 and later count these.",
    remedy: "Leave room for the next version: ALTER TABLE ... SET (fillfactor = 80). It holds for pages that are written from now on; \
             pg_repack or VACUUM (FULL) applies it to the rest.",
    parameters: &[
        Parameter { name: "percent", default: Integer(20), what: "from this share of the updates on: per cent" },
        Parameter { name: "min_updates", default: Integer(10_000), what: "fewer updates say nothing: updates" },
        Parameter { name: "min_counter_days", default: Integer(1), what: "counters must be this old: days" },
    ],
    sources: &[Guide("S-254"), Manual("monitoring-stats", "n_tup_newpage_upd"), Manual("storage-hot", "fillfactor")],
    examples: &[
        bad("UPDATE orders SET amount = amount + 1;\nSELECT pg_stat_force_next_flush();\nSELECT count(*) FROM orders;")
            .title("full pages (from 1,000 updates on here)")
            .given(with!(
                ORDERS,
                "ALTER TABLE orders SET (autovacuum_enabled = off);\n\
                 SELECT architect.configure('autovacuum-disabled', 'off'),\n\
                 \x20   architect.configure('newpage-updates', parameters => '{\"min_updates\": 1000, \"min_counter_days\": 0}');"
            ))
            .since(16),
        good("UPDATE orders SET amount = amount + 1 WHERE id < 50;\nSELECT pg_stat_force_next_flush();").title("few updates").given(ORDERS),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    if cx.major() < 16 || !counters_old_enough(database, cx, out) {
        return;
    }
    for (root, _) in roots(database) {
        let relation = &root.relation;
        let (mut updated, mut moved) = (0, 0);
        let mut tight: Vec<&Table> = Vec::new();
        for (table, state) in &heaps(database, root) {
            let Some(usage) = &state.usage else { continue };
            updated += usage.updated;
            moved += usage.newpage_updated.unwrap_or(0);
            let fillfactor = state.option("fillfactor").and_then(whole).unwrap_or(100.0);
            if usage.newpage_updated.unwrap_or(0) > 0 && fillfactor > 80.0 {
                tight.push(table);
            }
        }
        let share = percent(moved as f64, updated as f64);
        // Where room is left already, more of it is no help.
        if updated < cx.integer("min_updates", relation).max(1)
            || share < cx.integer("percent", relation)
            || tight.is_empty()
        {
            continue;
        }
        let sql: Vec<String> = tight
            .iter()
            .take(10)
            .map(|table| format!("ALTER TABLE {} SET (fillfactor = 80);", table.relation.sql()))
            .collect();
        out.relation(
            relation,
            format!("{share} % of the updates of {} move the row to another page", relation.display()),
        )
        .detail(format!(
            "{} of {} updates found no room on the page.",
            count(moved.unsigned_abs()),
            count(updated.unsigned_abs())
        ))
        .advice("Leave room on pages to come; this waits for no reader and no writer:")
        .remedy(sql.join("\n"))
        .evidence("updates", updated)
        .evidence("newpage_updates", moved)
        .impact(0, 0, moved.unsigned_abs());
    }
}
