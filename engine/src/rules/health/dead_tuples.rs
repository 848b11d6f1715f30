//! Dead rows that nobody removes.

use crate::rule::prelude::*;
use crate::rules::state::{among, counters_collected, heaps, holder, percent, roots};

/// The rule.
pub static RULE: Rule = Rule {
    name: "dead-tuples",
    category: Health,
    severity: Warning,
    title: "many rows of a table are dead",
    why: "A row that was updated or deleted stays where it is until VACUUM removes it. Until then every scan reads it, and the table grows \
          in place of using the space again. A large share of dead rows says that autovacuum comes too late, is switched off, is \
          held back by an old transaction, or cannot keep up.",
    remedy: "VACUUM the table now, and let autovacuum come earlier: a lower autovacuum_vacuum_scale_factor for the table. Where VACUUM \
             removes nothing, see who holds the rows (xmin-horizon-blocked).",
    parameters: &[
        Parameter { name: "percent", default: Integer(20), what: "from this share of all rows on: per cent" },
        Parameter { name: "min_rows", default: Integer(10_000), what: "and from this many dead rows on: rows" },
    ],
    sources: &[
        Guide("S-248"),
        Guide("S-251"),
        Manual("routine-vacuuming", "Recovering Disk Space"),
        Manual("monitoring-stats", "n_dead_tup"),
    ],
    examples: &[
        bad("UPDATE orders SET amount = amount + 1;\nSELECT pg_stat_force_next_flush();\nSELECT count(*) FROM orders;")
            .title("every row was updated (from 1,000 dead rows on here)")
            .given(with!(
                ORDERS,
                "ALTER TABLE orders SET (autovacuum_vacuum_threshold = 1000000);\n\
                 SELECT architect.configure('dead-tuples', parameters => '{\"min_rows\": 1000}');"
            )),
        good("UPDATE orders SET amount = amount + 1;\nVACUUM orders;")
            .given(with!(ORDERS, "SELECT architect.configure('dead-tuples', parameters => '{\"min_rows\": 1000}');")),
        good("UPDATE orders SET amount = amount + 1 WHERE id < 500;\nSELECT pg_stat_force_next_flush();")
            .title("a few")
            .given(ORDERS),
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
        let mut found: Vec<(&Table, i64, i64)> = Vec::new();
        let mut switched_off = false;
        for (table, state) in &parts {
            let Some(usage) = &state.usage else { continue };
            let share = percent(usage.dead as f64, (usage.dead + usage.live) as f64);
            if usage.dead >= cx.integer("min_rows", relation) && share >= cx.integer("percent", relation) {
                switched_off |= !Autovacuum::of(database, state).enabled;
                found.push((table, usage.dead, usage.live));
            }
        }
        if found.is_empty() {
            continue;
        }
        found.sort_by_key(|(_, dead, _)| std::cmp::Reverse(*dead));
        let (dead, live) = found.iter().fold((0, 0), |(d, l), (_, dead, live)| (d + dead, l + live));
        let tables: Vec<&Table> = found.iter().map(|(table, ..)| *table).collect();
        let place = among(root, parts.len(), &tables);
        let share = percent(dead as f64, (dead + live) as f64);
        let mut detail = format!("{} are dead, {} are alive.", rows(dead.unsigned_abs()), rows(live.unsigned_abs()));
        if switched_off {
            detail.push_str(" Autovacuum is switched off here.");
        }
        let oldest = database.horizon_holders.iter().find(|holder| holder.elsewhere.is_none());
        let oldest = oldest.filter(|holder| holder.xid_age > 100_000);
        if let Some(oldest) = oldest {
            detail.push_str(&format!(" VACUUM may find that {} still holds them.", holder(oldest)));
        }
        let sql: Vec<String> =
            tables.iter().take(10).map(|table| format!("VACUUM (ANALYZE) {};", table.relation.sql())).collect();
        let finding =
            out.relation(relation, format!("{share} % of the rows of {} are dead{place}", relation.display()));
        finding
            .detail(detail)
            .advice("Remove them; this blocks neither reads nor writes:")
            .remedy(sql.join("\n"))
            .evidence("dead", dead)
            .evidence("live", live)
            .evidence("dead_percent", share);
        let bytes_dead = relation.size.bytes / (dead + live).max(1).unsigned_abs() * dead.unsigned_abs();
        finding.impact(bytes_dead, dead.unsigned_abs(), 0);
    }
}
