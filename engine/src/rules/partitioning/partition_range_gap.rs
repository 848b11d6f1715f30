//! Range partitions usually follow each other without a gap.

use super::{left_incomplete, taken, together};
use crate::rule::prelude::*;
use crate::rules::state::roots;

const VISITS: &str =
    "CREATE TABLE visits (id bigint, visited_on date, PRIMARY KEY (id, visited_on)) PARTITION BY RANGE (visited_on);";

/// The rule.
pub static RULE: Rule = Rule {
    name: "partition-range-gap",
    category: Partitioning,
    severity: Warning,
    title: "there is a gap between two range partitions",
    why: "A bound is inclusive at its lower end and exclusive at its upper one, so the next partition has to begin with the very value \
          at which the last one ends. FROM '2024-01-01' TO '2024-01-31' leaves out the last day of the month, and INSERT of a row \
          of that day fails with 'no partition of relation found for row'.",
    remedy: "Create a partition for the gap, or mend the bounds. Where a DEFAULT partition takes what falls between, nothing fails, and \
             the rule is silent.",
    parameters: &[],
    sources: &[Guide("S-381"), Manual("sql-createtable", "FOR VALUES FROM ... TO")],
    examples: &[
        bad("CREATE TABLE visits_january PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2024-01-31');\n\
             CREATE TABLE visits_february PARTITION OF visits FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');")
        .title("the 31st of January")
        .given(VISITS)
        .check(),
        bad("BEGIN;\n\
             CREATE TABLE visits_january PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2024-01-31');\n\
             CREATE TABLE visits_february PARTITION OF visits FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');\n\
             COMMIT;")
        .title("the 31st of January, as it happens")
        .given(VISITS),
        bad("CREATE TABLE parcels (depot integer, number integer, PRIMARY KEY (depot, number)) PARTITION BY RANGE (depot, number);\n\
             CREATE TABLE parcels_1 PARTITION OF parcels FOR VALUES FROM (1, MINVALUE) TO (1, 5000);\n\
             CREATE TABLE parcels_2 PARTITION OF parcels FOR VALUES FROM (2, MINVALUE) TO (2, MAXVALUE);")
        .title("a key of two columns")
        .lint(),
        good("CREATE TABLE visits_january PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');\n\
              CREATE TABLE visits_february PARTITION OF visits FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');")
        .title("one begins where the other ends")
        .given(VISITS)
        .check(),
        good("BEGIN;\n\
              CREATE TABLE visits_2023 PARTITION OF visits FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');\n\
              CREATE TABLE visits_2025 PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');\n\
              CREATE TABLE visits_rest PARTITION OF visits DEFAULT;\n\
              COMMIT;")
        .title("DEFAULT takes what falls between")
        .given(VISITS),
        good("CREATE TABLE visits_2023 PARTITION OF visits FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');\n\
              CREATE TABLE visits_2025 PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');")
        .title("an empty table, built statement by statement")
        .given(VISITS),
        good("BEGIN;\n\
              CREATE TABLE parcels (depot integer, number integer, PRIMARY KEY (depot, number)) PARTITION BY RANGE (depot, number);\n\
              CREATE TABLE parcels_1 PARTITION OF parcels FOR VALUES FROM (1, MINVALUE) TO (1, MAXVALUE);\n\
              CREATE TABLE parcels_2 PARTITION OF parcels FOR VALUES FROM (2, MINVALUE) TO (2, MAXVALUE);\n\
              COMMIT;")
        .title("nothing lies between the last of 1 and the first of 2"),
    ],
    check: Check::Database(check),
    also: &[Check::Of(Aspects::PARTITIONS, check_new)],
    enabled: true,
};

fn check_new(table: &Table, cx: &Context, out: &mut Findings) {
    // As in full checks: what is inside a partition is its own matter.
    if let Some(coverage) = left_incomplete(table, cx).filter(|_| !table.relation.is_partition) {
        tell(&table.relation, coverage, out);
    }
}

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let taken = taken(database);
    for (table, state) in roots(database).filter(|(_, state)| state.strategy == Some(Strategy::Range)) {
        let mut bounds: Vec<(f64, f64, &RangeBound)> = Vec::new();
        let mut catch_all = false;
        for child in state.children.iter().filter_map(|oid| database.table(*oid)?.state.as_deref()) {
            catch_all |= child.is_default_partition();
            let Some(range) = child.range.as_ref().filter(|range| range.single) else { continue };
            if let (Some(lower), Some(upper)) = (range.lower, range.upper) {
                bounds.push((lower, upper, range));
            }
        }
        if catch_all {
            continue;
        }
        bounds.sort_by(|a, b| a.0.total_cmp(&b.0));
        let gaps: Vec<(String, String)> = bounds
            .windows(2)
            // The texts decide: numbers of more than 15 digits are not told apart as floats.
            .filter(|pair| pair[0].1 < pair[1].0 && pair[0].2.upper_sql != pair[1].2.lower_sql)
            .map(|pair| (pair[0].2.upper_sql.clone(), pair[1].2.lower_sql.clone()))
            .collect();
        if !gaps.is_empty() {
            let relation = &table.relation;
            let coverage = PartitionCoverage::of_gaps(gaps).named(&relation.name, |name| taken(relation, name));
            tell(relation, &coverage, out);
        }
    }
}

fn tell(relation: &Relation, coverage: &PartitionCoverage, out: &mut Findings) {
    let PartitionCoverage::Range { gaps, names } = coverage else { return };
    let shown: Vec<String> = gaps.iter().map(|(from, to)| format!("from {from} to {to}")).collect();
    let create = |((from, to), name): (&(String, String), &String)| {
        let (name, parent) = (relation.sibling(name), relation.sql());
        format!("CREATE TABLE {name} PARTITION OF {parent} FOR VALUES FROM ({from}) TO ({to});")
    };
    let sql: Vec<String> = gaps.iter().zip(names).map(create).collect();
    out.relation(relation, format!("the partitions of {} leave a gap", relation.display()))
        .detail(format!("No partition takes rows {}; INSERT fails there.", list(&shown, 5)))
        .advice("Fill the gap, or mend the bounds of its neighbours:")
        .remedy(together(&sql))
        .evidence("gaps", shown);
}
