//! A unique key of one partition is no unique key of the table.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "partition-unique-local",
    category: Partitioning,
    severity: Warning,
    title: "a unique key holds within each partition only",
    why: "A unique index on a partition sees the rows of that partition. The same value may stand in each of the others, so what looks \
          like a key of the table (an order number, an e-mail address) is none. PostgreSQL has no index over all partitions; a \
          unique key of the parent has to contain the partition key.",
    remedy: "Put the partition key into a unique key of the parent, where that is what you mean; else keep the value unique in a table of \
             its own that is not partitioned.",
    parameters: &[],
    sources: &[Guide("S-384"), Manual("ddl-partitioning", "Limitations, unique constraints")],
    examples: &[
        bad("CREATE UNIQUE INDEX idx_visits_2024_number ON visits_2024 (number);")
            .given(
                "CREATE TABLE visits (id bigint, visited_on date, number text, PRIMARY KEY (id, visited_on)) PARTITION BY RANGE (visited_on);\n\
                 CREATE TABLE visits_2024 PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');\n\
                 CREATE TABLE visits_rest PARTITION OF visits FOR VALUES FROM ('2025-01-01') TO (MAXVALUE);",
            )
            .advice(),
        good("CREATE UNIQUE INDEX idx_visits_number ON visits (number, visited_on);")
            .title("a key of the parent")
            .given(
                "CREATE TABLE visits (id bigint, visited_on date, number text, PRIMARY KEY (id, visited_on)) PARTITION BY RANGE (visited_on);\n\
                 CREATE TABLE visits_all PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);",
            ),
        good("CREATE UNIQUE INDEX idx_visits_2024_id ON visits_2024 (visited_on, id);")
            .title("one that contains the partition key holds for the table")
            .given(
                "CREATE TABLE visits (id bigint, visited_on date, number text, PRIMARY KEY (id, visited_on)) PARTITION BY RANGE (visited_on);\n\
                 CREATE TABLE visits_2024 PARTITION OF visits FOR VALUES FROM ('2024-01-01') TO (MAXVALUE);",
            ),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for parent in database.tables.iter().filter(|table| !*table.relation.exempt) {
        if parent.relation.kind != RelationKind::PartitionedTable || parent.partition_key.is_empty() {
            continue;
        }
        let children = parent.state.iter().flat_map(|state| &state.children).filter_map(|oid| database.table(*oid));
        // A table that has one partition has no other one that could hold the value.
        if parent.state.as_ref().is_none_or(|state| state.children.len() < 2) {
            continue;
        }
        let key = parent.column_names(&parent.partition_key);
        let mut found: Vec<(Vec<&str>, Vec<String>)> = Vec::new();
        for child in children {
            let local = |index: &&Index| index.unique && index.valid && index.parent == 0 && !index.is_partition;
            for index in child.indexes.iter().filter(local) {
                let numbers: Option<Vec<i16>> = index.keys.iter().map(|key| key.column).collect();
                let Some(names) = numbers.map(|numbers| child.column_names(&numbers)) else { continue };
                if key.iter().all(|part| names.contains(part)) {
                    continue;
                }
                match found.iter_mut().find(|(known, _)| *known == names) {
                    Some((_, indexes)) => indexes.push(index.sql()),
                    None => found.push((names, vec![index.sql()])),
                }
            }
        }
        for (names, indexes) in found {
            let columns = sql::ident_list(&names);
            out.relation(
                &parent.relation,
                format!("({columns}) is unique within partitions of {}, not in the table", parent.relation.display()),
            )
            .detail(format!(
                "{} {} only the rows of its partition; the partition key ({}) is not among the columns.",
                list(&indexes, 3),
                if indexes.len() == 1 { "sees" } else { "see" },
                sql::ident_list(&key)
            ))
            .advice("Where the value has to be unique, keep it in a table of its own that is not partitioned, and refer to it.")
            .evidence("indexes", indexes.clone())
            .discriminator(columns);
        }
    }
}
