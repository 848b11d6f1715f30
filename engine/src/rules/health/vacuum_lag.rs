//! A table that has changed and was not vacuumed.

use crate::rule::prelude::*;
use crate::rules::state::{among, counters_old_enough, heaps, roots};

/// The rule.
pub static RULE: Rule = Rule {
    name: "vacuum-lag",
    category: Health,
    severity: Warning,
    title: "a table is past its own vacuum threshold, and the last VACUUM was long ago",
    why: "Autovacuum should come when the dead, or the inserted, rows of a table pass its threshold. Where they did and it has not come for \
          days, it does not get there: all workers are busy, its locks are taken from it again and again, or it is switched off. \
          Index-only scans then read the table after all, for the visibility map is old, and freezing piles up.",
    remedy: "VACUUM the table, and find out why autovacuum does not: more workers or cost limit, no job that takes strong locks every \
             few minutes, autovacuum_enabled.",
    parameters: &[
        Parameter { name: "days", default: Integer(7), what: "since the last VACUUM: days" },
        Parameter { name: "min_rows", default: Integer(10_000), what: "changed since then: rows" },
        Parameter { name: "min_counter_days", default: Integer(7), what: "counters must be this old, for a reset forgets the last VACUUM: days" },
    ],
    sources: &[Guide("S-248"), Guide("S-251"), Manual("routine-vacuuming", "The Autovacuum Daemon")],
    examples: &[
        bad("DELETE FROM orders WHERE id % 2 = 0;\nSELECT pg_stat_force_next_flush();\nSELECT count(*) FROM orders;")
            .title("from 1,000 rows and 0 days on here")
            .given(with!(
                ORDERS,
                "ALTER TABLE orders SET (autovacuum_enabled = off);\n\
                 SELECT architect.configure('autovacuum-disabled', 'off'), architect.configure('dead-tuples', 'off'),\n\
                 \x20   architect.configure('vacuum-lag', parameters => '{\"days\": 0, \"min_rows\": 1000, \"min_counter_days\": 0}');"
            )),
        good("VACUUM orders;").title("nothing changed since").given(with!(
            ORDERS,
            "SELECT architect.configure('vacuum-lag', parameters => '{\"days\": 0, \"min_rows\": 1000, \"min_counter_days\": 0}');"
        )),
        good("DELETE FROM orders WHERE id % 100 = 0;\nSELECT pg_stat_force_next_flush();")
            .title("below the threshold")
            .given(with!(
                ORDERS,
                "SELECT pg_stat_force_next_flush();\nVACUUM orders;\n\
                 SELECT architect.configure('vacuum-lag', parameters => '{\"days\": 0, \"min_rows\": 10, \"min_counter_days\": 0}');"
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
        let parts = heaps(database, root);
        let mut found: Vec<&Table> = Vec::new();
        let (mut changed, mut oldest) = (0, f64::MAX);
        for (table, state) in &parts {
            let Some(usage) = &state.usage else { continue };
            let limits = Autovacuum::of(database, state);
            let late =
                |count: i64, threshold: f64| count >= cx.integer("min_rows", relation) && count as f64 > threshold;
            let dead = late(usage.dead, limits.vacuum_threshold);
            let inserted =
                limits.insert_threshold.is_some_and(|threshold| late(usage.inserted_since_vacuum, threshold));
            let since = usage.last_vacuum.unwrap_or(0.0);
            let days = (database.server.now - since) / 86_400.0;
            if !(dead || inserted) || days < cx.integer("days", relation) as f64 {
                continue;
            }
            changed += usage.dead.max(usage.inserted_since_vacuum);
            oldest = oldest.min(since);
            found.push(table);
        }
        if found.is_empty() {
            continue;
        }
        let place = among(root, parts.len(), &found);
        let when = if oldest <= 0.0 {
            "It was never vacuumed since the counters began".to_owned()
        } else {
            format!("The last VACUUM was {} days ago", ((database.server.now - oldest) / 86_400.0).floor())
        };
        let sql: Vec<String> = found.iter().take(10).map(|table| format!("VACUUM {};", table.relation.sql())).collect();
        out.relation(relation, format!("autovacuum does not come to table {}{place}", relation.display()))
            .detail(format!(
                "{when}, and since then {} died or came, more than its threshold.",
                rows(changed.unsigned_abs())
            ))
            .advice("Vacuum it; this blocks neither reads nor writes:")
            .remedy(sql.join("\n"))
            .evidence("changed", changed)
            .impact(relation.size.bytes, changed.unsigned_abs(), 0);
    }
}
