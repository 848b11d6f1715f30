//! A partition that was detached and forgotten.

use crate::rule::prelude::*;
use std::collections::HashMap;

/// The rule.
pub static RULE: Rule = Rule {
    name: "partition-detached-leftover",
    category: Partitioning,
    severity: Info,
    title: "a table looks like a partition and is attached to nothing",
    why: "Retention detaches a partition and drops it later, and 'later' is forgotten: the rows still cost disk, backup and vacuum, and \
          what should have been deleted is still there. Or it was made to be attached, and never was: then its rows are missing \
          from the table.",
    remedy: "Attach it, archive it, or drop it.",
    parameters: &[],
    sources: &[Guide("S-383"), Manual("sql-altertable", "DETACH PARTITION")],
    examples: &[
        bad("INSERT INTO visits VALUES (1, '2023-05-05');\nALTER TABLE visits DETACH PARTITION visits_2023;\nANALYZE visits_2023;")
            .given(
                "CREATE TABLE visits (id bigint, visited_on date, PRIMARY KEY (id, visited_on)) PARTITION BY RANGE (visited_on);\n\
                 CREATE TABLE visits_2023 PARTITION OF visits FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');\n\
                 CREATE TABLE visits_rest PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);",
            )
            .advice(),
        good("ALTER TABLE visits DETACH PARTITION visits_2023;\nANALYZE visits_2023;")
            .title("an empty one is in nobody's way")
            .given(
                "CREATE TABLE visits (id bigint, visited_on date, PRIMARY KEY (id, visited_on)) PARTITION BY RANGE (visited_on);\n\
                 CREATE TABLE visits_2023 PARTITION OF visits FOR VALUES FROM ('2023-01-01') TO ('2024-01-01');\n\
                 CREATE TABLE visits_rest PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);",
            ),
        good("CREATE TABLE visits_counters (id bigint PRIMARY KEY, visits integer NOT NULL);\nINSERT INTO visits_counters VALUES (1, 1);")
            .title("another table whose name begins alike")
            .given(
                "CREATE TABLE visits (id bigint, visited_on date, PRIMARY KEY (id, visited_on)) PARTITION BY RANGE (visited_on);\n\
                 CREATE TABLE visits_rest PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);",
            ),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

/// The columns that make a table fit: names and types, in any order.
fn shape(table: &Table) -> Vec<(&str, &str)> {
    let mut columns: Vec<(&str, &str)> =
        table.columns.iter().map(|column| (column.name.as_str(), column.data_type.name.as_str())).collect();
    columns.sort_unstable();
    columns
}

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let mut parents: HashMap<Vec<(&str, &str)>, Vec<&Table>> = HashMap::new();
    for (table, _) in crate::rules::state::roots(database) {
        if table.relation.kind == RelationKind::PartitionedTable {
            parents.entry(shape(table)).or_default().push(table);
        }
    }
    if parents.is_empty() {
        return;
    }
    for (table, state) in crate::rules::state::roots(database) {
        let relation = &table.relation;
        if relation.kind != RelationKind::Table || !state.children.is_empty() || relation.size.rows == 0 {
            continue;
        }
        let Some(like) = parents.get(&shape(table)) else { continue };
        // By name too: a copy of the table for another purpose has another name.
        let parent = like.iter().find(|parent| {
            relation
                .name
                .strip_prefix(parent.relation.name.as_str())
                .is_some_and(|rest| rest.starts_with(['_', '-']) && rest.chars().any(|c| c.is_ascii_digit()))
        });
        let Some(parent) = parent else { continue };
        out.relation(
            relation,
            format!("table {} looks like a partition of {} and is none", relation.display(), parent.relation.display()),
        )
        .detail(format!(
            "It has the columns and the name of one, and holds {} in {} that queries of {} do not see.",
            rows(relation.size.rows),
            bytes(relation.size.bytes),
            parent.relation.display()
        ))
        .advice("Attach it, archive it, or drop it.")
        .evidence("parent", parent.relation.sql());
    }
}
