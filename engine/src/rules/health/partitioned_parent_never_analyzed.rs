//! Autovacuum never analyses a partitioned table as a whole.

use crate::rule::prelude::*;
use crate::rules::state::roots;

/// The rule.
pub static RULE: Rule = Rule {
    name: "partitioned-parent-never-analyzed",
    category: Health,
    severity: Warning,
    title: "a partitioned table was never analysed as a whole",
    why: "Statistics of the whole tree are kept at its root, and the planner uses them for joins and groups over all partitions. \
          Autovacuum analyses the partitions only, never the root, whatever the manual's reader expects: without an ANALYZE by hand \
          there are none, and the planner guesses how many distinct values the table has.",
    remedy: "ANALYZE the root after the first load, and then from time to time by a job (weekly, and after partitions came or went). \
             From 18 on ANALYZE ONLY does it without reading each partition for its own statistics.",
    parameters: &[Parameter { name: "min_rows", default: Integer(1000), what: "in all partitions: rows" }],
    sources: &[Guide("S-249"), Manual("routine-vacuuming", "Updating Planner Statistics, partitioned tables"), Manual("sql-analyze", "Notes")],
    examples: &[
        bad("INSERT INTO visits SELECT g, '2024-05-05' FROM generate_series(1, 5000) AS g;\nANALYZE visits_all;")
            .title("only the partition was analysed")
            .given(
                "CREATE TABLE visits (id bigint, visited_on date, PRIMARY KEY (id, visited_on)) PARTITION BY RANGE (visited_on);\n\
                 CREATE TABLE visits_all PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);",
            ),
        good("INSERT INTO visits SELECT g, '2024-05-05' FROM generate_series(1, 5000) AS g;\nANALYZE visits;")
            .given(
                "CREATE TABLE visits (id bigint, visited_on date, PRIMARY KEY (id, visited_on)) PARTITION BY RANGE (visited_on);\n\
                 CREATE TABLE visits_all PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);",
            ),
        good("CREATE TABLE visits (id bigint, visited_on date, PRIMARY KEY (id, visited_on)) PARTITION BY RANGE (visited_on);\n\
              CREATE TABLE visits_all PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);")
        .title("no rows yet"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    for (table, state) in roots(database).filter(|(table, _)| table.relation.kind == RelationKind::PartitionedTable) {
        let relation = &table.relation;
        let known = table.columns.iter().any(|column| column.statistics.is_some());
        // ANALYZE fills in reltuples of the root, and nothing else does.
        if state.tuples.is_some() || known || (relation.size.rows as i64) < cx.integer("min_rows", relation).max(1) {
            continue;
        }
        let only = if cx.major() >= 18 { "ONLY " } else { "" };
        out.relation(relation, format!("partitioned table {} was never analysed as a whole", relation.display()))
            .detail(format!(
                "Its partitions hold {}; autovacuum analyses them one by one and never the root.",
                rows(relation.size.rows)
            ))
            .advice("Analyse the root, and have a job do so from time to time:")
            .remedy(format!("ANALYZE {only}{};", relation.sql()));
    }
}
