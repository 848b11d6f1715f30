//! Hash partitions that are not even have a key with few values.

use crate::rule::prelude::*;
use crate::rules::state::roots;

/// The rule.
pub static RULE: Rule = Rule {
    name: "partition-uneven",
    category: Partitioning,
    severity: Info,
    title: "one hash partition is far larger than the others",
    why: "Hash partitioning spreads the values of the key evenly, not the rows: a tenant or a user that has most of the rows fills one \
          partition, which is then as slow to vacuum, to index and to read as the table was.",
    remedy: "Partition by a column with more, and more even, values, or keep the large ones in list partitions of their own.",
    parameters: &[
        Parameter { name: "factor", default: Integer(3), what: "times the mean of the partitions' rows" },
        Parameter { name: "min_rows", default: Integer(1_000_000), what: "of the whole table: rows" },
    ],
    sources: &[
        Guide("S-379"),
        Guide("S-399"),
        Manual("ddl-partitioning", "Best Practices for Declarative Partitioning"),
    ],
    examples: &[
        bad("INSERT INTO visits SELECT 7, g FROM generate_series(1, 5000) AS g;\nANALYZE visits;")
            .title("all rows of one tenant (from 1,000 rows on here)")
            .given(SHARDED)
            .advice(),
        good("INSERT INTO visits SELECT g, g FROM generate_series(1, 5000) AS g;\nANALYZE visits;")
            .title("many tenants")
            .given(SHARDED),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

const SHARDED: &str = "\
CREATE TABLE visits (tenant_id bigint, id bigint, PRIMARY KEY (tenant_id, id)) PARTITION BY HASH (tenant_id);
CREATE TABLE visits_0 PARTITION OF visits FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE visits_1 PARTITION OF visits FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE visits_2 PARTITION OF visits FOR VALUES WITH (MODULUS 4, REMAINDER 2);
CREATE TABLE visits_3 PARTITION OF visits FOR VALUES WITH (MODULUS 4, REMAINDER 3);
SELECT architect.configure('partition-uneven', parameters => '{\"min_rows\": 1000}');";

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    for (table, state) in roots(database).filter(|(_, state)| state.strategy == Some(Strategy::Hash)) {
        let relation = &table.relation;
        let parts: Vec<(&Table, i64)> = state
            .children
            .iter()
            .filter_map(|oid| database.table(*oid))
            .filter_map(|part| Some((part, part.state.as_deref()?.hash?.0)))
            .collect();
        let all: u64 = parts.iter().map(|(part, _)| part.relation.size.rows).sum();
        if parts.len() < 2 || (all as i64) < cx.integer("min_rows", relation) {
            continue;
        }
        // With different moduli a partition is meant to be larger: its fair share is one in its modulus.
        let factor = cx.integer("factor", relation).max(1) as f64;
        let fair = |modulus: i64| all as f64 / modulus.max(1) as f64;
        let Some((largest, modulus)) = parts.iter().copied().max_by(|a, b| {
            (a.0.relation.size.rows as f64 / fair(a.1)).total_cmp(&(b.0.relation.size.rows as f64 / fair(b.1)))
        }) else {
            continue;
        };
        let times = largest.relation.size.rows as f64 / fair(modulus);
        if times < factor {
            continue;
        }
        out.relation(relation, format!("partition {} of {} is far larger than the others", largest.relation.display(), relation.display()))
            .detail(format!(
                "It holds {} of {}: {times:.1} times its share. The key ({}) has too few values, or one that most rows share.",
                rows(largest.relation.size.rows),
                rows(all),
                sql::ident_list(&table.column_names(&table.partition_key))
            ))
            .advice("Partition by a column with more even values, or give the large ones list partitions of their own.")
            .evidence("largest", largest.relation.sql())
            .evidence("times", (times * 10.0).round() / 10.0);
    }
}
