//! A fifth of a large table is a lot of dead rows.

use crate::rule::prelude::*;
use crate::rules::state::{among, heaps, roots};

/// The rule.
pub static RULE: Rule = Rule {
    name: "large-table-default-scale-factor",
    category: Health,
    severity: Info,
    title: "a large, changing table has the default scale factor of autovacuum",
    why: "Autovacuum waits until a share of the rows is dead, 20 per cent by default. Of a billion rows that are 200 million: it comes \
          rarely, then runs for hours, and in between scans read what is dead. 18 has autovacuum_vacuum_max_threshold against it, 100 \
          million rows by default.",
    remedy: "Give the table a share, or a number, of its own. Frequent short vacuums cost less than rare long ones.",
    parameters: &[
        Parameter { name: "min_rows", default: Integer(10_000_000), what: "a table is large from here on: rows" },
        Parameter { name: "max_dead_rows", default: Integer(1_000_000), what: "autovacuum should come before this many rows are dead: rows" },
    ],
    sources: &[Guide("S-248"), Manual("runtime-config-vacuum", "autovacuum_vacuum_scale_factor"), Manual("sql-createtable", "autovacuum_vacuum_scale_factor")],
    examples: &[
        bad("UPDATE orders SET amount = 0 WHERE id < 10;\nSELECT pg_stat_force_next_flush();\nSELECT count(*) FROM orders;")
            .title("from 1,000 rows on here")
            .server("autovacuum = on\nautovacuum_naptime = 1d")
            .given(with!(
                ORDERS,
                "SELECT architect.configure('large-table-default-scale-factor', parameters => '{\"min_rows\": 1000, \"max_dead_rows\": 500}');"
            )),
        good("ALTER TABLE orders SET (autovacuum_vacuum_scale_factor = 0.01);\nUPDATE orders SET amount = 0 WHERE id < 10;")
            .title("a share of its own")
            .server("autovacuum = on\nautovacuum_naptime = 1d")
            .given(with!(
                ORDERS,
                "SELECT architect.configure('large-table-default-scale-factor', parameters => '{\"min_rows\": 1000, \"max_dead_rows\": 500}');"
            )),
        good("INSERT INTO orders (amount) VALUES (1);")
            .title("a table that only grows")
            .given(with!(
                ORDERS,
                "SELECT architect.configure('large-table-default-scale-factor', parameters => '{\"min_rows\": 1000, \"max_dead_rows\": 500}');"
            )),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    for (root, _) in roots(database).filter(|(root, _)| root.relation.kind != RelationKind::MaterializedView) {
        let relation = &root.relation;
        let most = cx.integer("max_dead_rows", relation).max(1);
        let parts = heaps(database, root);
        let mut found: Vec<(&Table, f64)> = Vec::new();
        for (table, state) in &parts {
            let rows_there = state.tuples.unwrap_or(0.0);
            let changing = state.usage.as_ref().is_some_and(|usage| usage.updated + usage.deleted > 0);
            if !changing || rows_there < cx.integer("min_rows", relation) as f64 {
                continue;
            }
            let limits = Autovacuum::of(database, state);
            if !limits.own_vacuum && limits.enabled && limits.vacuum_threshold > most as f64 {
                found.push((table, limits.vacuum_threshold));
            }
        }
        if found.is_empty() {
            continue;
        }
        let tables: Vec<&Table> = found.iter().map(|(table, _)| *table).collect();
        let threshold = found.iter().map(|(_, threshold)| *threshold).fold(0.0, f64::max);
        let sql: Vec<String> = found
            .iter()
            .take(10)
            .map(|(table, _)| {
                let rows_there = table.state.as_ref().and_then(|state| state.tuples).unwrap_or(0.0).max(1.0);
                // The share that gives the number, rounded down to thousandths and no less than one of them.
                let share = ((most as f64 / rows_there * 1000.0).floor() / 1000.0).clamp(0.001, 0.2);
                format!("ALTER TABLE {} SET (autovacuum_vacuum_scale_factor = {share}, autovacuum_analyze_scale_factor = {share});", table.relation.sql())
            })
            .collect();
        out.relation(
            relation,
            format!(
                "autovacuum comes late to the large table {}{}",
                relation.display(),
                among(root, parts.len(), &tables)
            ),
        )
        .detail(format!("It waits until {} are dead.", rows(threshold as u64)))
        .advice("Let it come earlier; this waits for no reader and no writer:")
        .remedy(sql.join("\n"))
        .evidence("vacuum_threshold", threshold);
    }
}
