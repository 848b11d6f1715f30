//! Rows in the DEFAULT partition are in the way of the partition that they belong to.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "default-partition-rows",
    category: Partitioning,
    severity: Warning,
    title: "a DEFAULT partition holds rows",
    why: "DEFAULT should catch what nobody expected and be empty otherwise. A new partition is refused while DEFAULT holds rows that \
          belong there ('updated partition constraint for default partition would be violated'); to find out, CREATE and ATTACH \
          read all of DEFAULT under an ACCESS EXCLUSIVE lock on it, and all inserts that go there wait. And its rows are not \
          pruned, and not dropped with their month.",
    remedy: "Create the partition that is missing as a table, move the rows in one transaction (DELETE ... RETURNING into the \
             new table), and attach it. A CHECK constraint on DEFAULT that excludes the new range spares ATTACH the scan.",
    parameters: &[
        Parameter { name: "min_rows", default: Integer(1), what: "from this many rows on: rows" },
    ],
    sources: &[Guide("S-378"), Guide("S-387"), Manual("sql-altertable", "ATTACH PARTITION, default partition")],
    examples: &[
        bad("INSERT INTO visits VALUES (1, '2031-05-05');\nANALYZE visits_rest;")
            .given(
                "CREATE TABLE visits (id bigint, visited_on date, PRIMARY KEY (id, visited_on)) PARTITION BY RANGE (visited_on);\n\
                 CREATE TABLE visits_early PARTITION OF visits FOR VALUES FROM ('2020-01-01') TO ('2031-01-01');\n\
                 CREATE TABLE visits_rest PARTITION OF visits DEFAULT;",
            )
            .advice(),
        good("INSERT INTO visits VALUES (1, '2030-05-05');\nANALYZE visits_rest;")
            .title("an empty one")
            .given(
                "CREATE TABLE visits (id bigint, visited_on date, PRIMARY KEY (id, visited_on)) PARTITION BY RANGE (visited_on);\n\
                 CREATE TABLE visits_early PARTITION OF visits FOR VALUES FROM ('2020-01-01') TO ('2031-01-01');\n\
                 CREATE TABLE visits_rest PARTITION OF visits DEFAULT;",
            ),
        good("INSERT INTO countries VALUES ('de'), ('fr');\nANALYZE countries_rest;")
            .title("a list whose rest is meant to be there: nothing but DEFAULT")
            .given(
                "CREATE TABLE countries (code text PRIMARY KEY) PARTITION BY LIST (code);\n\
                 CREATE TABLE countries_rest PARTITION OF countries DEFAULT;",
            ),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    for table in database.tables.iter().filter(|table| !*table.relation.exempt) {
        let Some(state) = table.state.as_deref().filter(|state| state.children.len() > 1) else { continue };
        let relation = &table.relation;
        let Some(rest) = state
            .children
            .iter()
            .filter_map(|oid| database.table(*oid))
            .find(|child| child.state.as_ref().is_some_and(|state| state.is_default_partition()))
        else {
            continue;
        };
        let rows_there = rest.relation.size.rows;
        if (rows_there as i64) < cx.integer("min_rows", relation).max(1) {
            continue;
        }
        let all = relation.size.rows.max(rows_there);
        out.relation(relation, format!("the DEFAULT partition of {} holds rows", relation.display()))
            .detail(format!(
                "{} has {}, {} % of the table. A new partition has to wait until those that belong to it are moved.",
                rest.relation.display(),
                rows(rows_there),
                100 * rows_there / all.max(1)
            ))
            .advice(
                "Create a table for the missing range, move the rows with DELETE ... RETURNING in one transaction, and attach it in the same one.",
            )
            .evidence("default_partition", rest.relation.sql())
            .evidence("default_rows", rows_there)
            .impact(rest.relation.size.bytes, rows_there, 0);
    }
}
