//! How much of what is read is in shared buffers.

use crate::rule::prelude::*;
use crate::rules::state::{counters_old_enough, percent};

/// The rule.
pub static RULE: Rule = Rule {
    name: "low-cache-hit",
    category: Health,
    severity: Info,
    title: "few of the pages that are read are in shared buffers",
    why: "A page that is not in shared buffers is asked of the kernel, which may have it in its own cache (that is not to be seen here) \
          or has to read it from the disk. A low share over days says that shared_buffers is small for what is used, or that \
          queries read far more than they need: sequential scans of large tables, bloat, an index that is missing.",
    remedy: "Look first at what reads so much (pg_stat_statements by shared_blks_read), and at indexes that are missing; then give \
             shared_buffers up to a quarter of the memory.",
    parameters: &[
        Parameter { name: "table_percent", default: Integer(95), what: "of pages of tables, at least: per cent" },
        Parameter { name: "index_percent", default: Integer(95), what: "of pages of indexes, at least: per cent" },
        Parameter { name: "min_blocks", default: Integer(1_000_000), what: "fewer pages asked for say nothing: pages" },
        Parameter { name: "min_counter_days", default: Integer(1), what: "counters must be this old: days" },
    ],
    sources: &[Guide("S-298"), Guide("S-254"), Manual("monitoring-stats", "pg_statio_all_tables"), Manual("runtime-config-resource", "shared_buffers")],
    examples: &[
        bad("SELECT count(*) FROM orders;\nSELECT pg_stat_force_next_flush();\nSELECT count(*) FROM orders;")
            .title("anything counts as low here")
            .given(with!(
                ORDERS,
                "SELECT architect.configure('low-cache-hit', parameters => '{\"table_percent\": 101, \"index_percent\": 0, \"min_blocks\": 1, \"min_counter_days\": 0}');"
            ))
            .advice(),
        good("SELECT count(*) FROM orders;").title("too few to say").given(with!(
            ORDERS,
            "SELECT architect.configure('low-cache-hit', parameters => '{\"min_counter_days\": 0}');"
        )),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    if database.scope.is_some() || !counters_old_enough(database, cx, out) {
        return;
    }
    let (mut heap, mut index) = ((0_i64, 0_i64), (0_i64, 0_i64));
    let mut worst: Vec<(&Table, i64)> = Vec::new();
    for table in database.tables.iter().filter(|table| !*table.relation.exempt) {
        if let Some(usage) = table.state.as_deref().and_then(|state| state.usage.as_ref()) {
            heap = (heap.0 + usage.blocks_hit, heap.1 + usage.blocks_read);
            worst.push((table, usage.blocks_read));
        }
        for usage in table.indexes.iter().filter_map(|index| index.usage.as_ref()) {
            index = (index.0 + usage.blocks_hit, index.1 + usage.blocks_read);
        }
    }
    worst.sort_by_key(|(_, read)| std::cmp::Reverse(*read));
    for (what, (hit, read), parameter) in [("tables", heap, "table_percent"), ("indexes", index, "index_percent")] {
        let share = percent(hit as f64, (hit + read) as f64);
        if hit + read < cx.number("min_blocks").max(1) || share >= cx.number(parameter) {
            continue;
        }
        let names: Vec<String> = worst.iter().take(3).map(|(table, _)| table.relation.display()).collect();
        out.object(
            "database",
            "",
            &database.server.database,
            format!("few of the pages of {what} are found in shared buffers"),
        )
        .detail(format!(
            "{share} % were, of all that were asked for since the counters began. Most are read for {}.",
            list(&names, 3)
        ))
        .advice("Find the statements that read most, and the indexes that they lack, before shared_buffers is raised.")
        .evidence("hit", hit)
        .evidence("read", read)
        .discriminator(what)
        .impact(0, 0, read.unsigned_abs());
    }
}
