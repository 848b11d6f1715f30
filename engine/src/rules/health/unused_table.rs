//! A table that nobody reads or writes.

use crate::rule::prelude::*;
use crate::rules::state::{counters_old_enough, heaps, roots};

/// The rule.
pub static RULE: Rule = Rule {
    name: "unused-table",
    category: Health,
    severity: Info,
    title: "nobody reads or writes a table",
    why: "A table that nobody uses costs disk, backup, and the time of everybody who wonders what it is for. The counters say so only for \
          as long as they run, and only on this server: standbys count their own reads.",
    remedy: "Ask; rename it, wait a month, then drop it.",
    parameters: &[
        Parameter { name: "min_counter_days", default: Integer(35), what: "counters must be this old, so that a monthly job is in them: days" },
        Parameter { name: "min_megabytes", default: Integer(1), what: "smaller tables are not worth the question: MB" },
    ],
    sources: &[Guide("S-254"), Manual("monitoring-stats", "pg_stat_all_tables")],
    examples: &[
        bad("SELECT pg_stat_reset_single_table_counters('orders'::regclass), pg_stat_reset_single_table_counters('orders_pkey'::regclass);")
            .title("from 0 days on here")
            .given(with!(
                ORDERS,
                "SELECT architect.configure('unused-table', parameters => '{\"min_counter_days\": 0, \"min_megabytes\": 0}', table_pattern => 'orders');"
            ))
            .advice(),
        good("SELECT count(*) FROM orders;\nSELECT pg_stat_force_next_flush();\nSELECT count(*) FROM orders;").title("it is read").given(with!(
            ORDERS,
            "SELECT architect.configure('unused-table', parameters => '{\"min_counter_days\": 0, \"min_megabytes\": 0}', table_pattern => 'orders');"
        )),
        good("SELECT pg_stat_reset_single_table_counters('orders'::regclass);").title("the counters are young").given(ORDERS),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    // The days may be set for some tables only, so each is asked for itself; what is said is said once.
    let mut young = 0;
    for (root, _) in roots(database).filter(|(root, _)| root.relation.kind != RelationKind::MaterializedView) {
        let relation = &root.relation;
        let parts = heaps(database, root);
        let used = parts.iter().any(|(_, state)| {
            state.usage.as_ref().is_none_or(|usage| {
                usage.sequential_scans + usage.index_scans + usage.writes() > 0 || usage.last_sequential_scan.is_some()
            })
        });
        let small = relation.size.bytes < cx.integer("min_megabytes", relation).max(0) as u64 * 1024 * 1024;
        if used || small || relation.size.is_empty() || parts.is_empty() {
            continue;
        }
        if database.server.counter_days() < cx.integer("min_counter_days", relation) as f64 {
            young += 1;
            continue;
        }
        let finding = out.relation(relation, format!("nobody reads or writes table {}", relation.display()));
        let standbys = match database.server.standbys {
            Some(0) => "",
            _ => " Standbys count for themselves, and were not asked.",
        };
        finding
            .detail(format!(
                "It holds {}; no scan and no write was counted since the counters began.{standbys}",
                bytes(relation.size.bytes)
            ))
            .advice("Ask who needs it. Rename it, wait a month, then drop it.")
            .evidence("counter_days", database.server.counter_days().floor());
    }
    if young > 0 {
        counters_old_enough(database, cx, out);
    }
}
