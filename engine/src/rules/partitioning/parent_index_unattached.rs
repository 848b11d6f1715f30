//! An index of a partitioned table is valid once every partition has its part.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "parent-index-unattached",
    category: Partitioning,
    severity: Warning,
    title: "an index of a partitioned table is not complete",
    why: "CREATE INDEX ON ONLY makes an invalid index on the parent, as the first step of the way that does not block writes; it \
          becomes valid when an index of every partition was attached. Left half way it serves as nothing: a unique one keeps \
          nothing unique, a foreign key cannot refer to it, and the partitions without their part are read in full.",
    remedy: "Build the index on each partition that lacks it, CONCURRENTLY, and attach it with ALTER INDEX ... ATTACH PARTITION.",
    parameters: &[],
    sources: &[
        Guide("S-386"),
        Manual("ddl-partitioning", "CREATE INDEX ON ONLY"),
        Manual("sql-alterindex", "ATTACH PARTITION"),
    ],
    examples: &[
        bad("CREATE INDEX idx_events_payload ON ONLY events (payload);\n\
             CREATE INDEX idx_events_2024_payload ON events_2024 (payload);\n\
             ALTER INDEX idx_events_payload ATTACH PARTITION idx_events_2024_payload;")
        .title("one of two is attached")
        .given(PARTITIONED_EVENTS),
        good(
            "CREATE INDEX idx_events_payload ON ONLY events (payload);\n\
              CREATE INDEX idx_events_2024_payload ON events_2024 (payload);\n\
              CREATE INDEX idx_events_rest_payload ON events_rest (payload);\n\
              ALTER INDEX idx_events_payload ATTACH PARTITION idx_events_2024_payload;\n\
              ALTER INDEX idx_events_payload ATTACH PARTITION idx_events_rest_payload;",
        )
        .title("all are")
        .given(PARTITIONED_EVENTS),
        good("CREATE INDEX idx_events_payload ON events (payload);").title("in one go").given(PARTITIONED_EVENTS),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

const PARTITIONED_EVENTS: &str = "\
CREATE TABLE events (id bigint, happened_at timestamptz, payload text, PRIMARY KEY (id, happened_at))
    PARTITION BY RANGE (happened_at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_rest PARTITION OF events FOR VALUES FROM ('2025-01-01') TO (MAXVALUE);";

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for table in database.tables.iter().filter(|table| !*table.relation.exempt && database.in_scope(table.relation.oid))
    {
        if table.relation.kind != RelationKind::PartitionedTable || table.relation.is_partition {
            continue;
        }
        for index in table.indexes.iter().filter(|index| !index.valid && index.live && !index.building) {
            let leaves: Vec<&Table> = table
                .state
                .iter()
                .flat_map(|state| &state.children)
                .filter_map(|oid| database.table(*oid))
                .filter(|child| child.relation.kind != RelationKind::ForeignTable)
                .collect();
            if leaves.iter().any(|leaf| leaf.indexes.iter().any(|part| part.building)) {
                continue;
            }
            let missing: Vec<&Table> = leaves
                .iter()
                .copied()
                .filter(|leaf| !leaf.indexes.iter().any(|part| part.parent == index.oid && part.valid))
                .collect();
            if missing.is_empty() {
                continue;
            }
            let names: Vec<String> = missing.iter().map(|leaf| leaf.relation.display()).collect();
            let finding = out.index(
                &index.schema,
                &index.name,
                index.oid,
                format!("index {} lacks its part in {} of {} partitions", index.sql(), missing.len(), leaves.len()),
            );
            finding
                .detail(format!(
                    "Without it: {}. Until all are attached the index is invalid and serves no query.",
                    list(&names, 5)
                ))
                .evidence("missing", names.clone())
                .impact(missing.iter().map(|leaf| leaf.relation.size.bytes).sum(), table.relation.size.rows, 0);
            match column_list(table, index) {
                Some(columns) if missing.iter().all(|leaf| leaf.relation.kind == RelationKind::Table) => {
                    let sql: Vec<String> = missing
                        .iter()
                        .map(|leaf| {
                            let name = sql::derived_name(&format!("idx_{}_{}", leaf.relation.name, columns.1), "");
                            format!(
                                "CREATE {}INDEX CONCURRENTLY {} ON {} USING {} ({});\nALTER INDEX {} ATTACH PARTITION {};",
                                if index.unique { "UNIQUE " } else { "" },
                                sql::ident(&name),
                                leaf.relation.sql(),
                                sql::ident(&index.method),
                                columns.0,
                                index.sql(),
                                leaf.relation.sibling(&name)
                            )
                        })
                        .collect();
                    finding.advice("Build and attach what is missing:").remedy(sql.join("\n"));
                }
                _ => {
                    finding.advice(
                        "Build the same index on each of them with CREATE INDEX CONCURRENTLY, then ALTER INDEX ... ATTACH PARTITION.",
                    );
                }
            }
        }
    }
}

/// The columns of an index that is nothing but plain columns: as SQL, and as a part of a name.
fn column_list(table: &Table, index: &Index) -> Option<(String, String)> {
    let plain = index.predicate.is_none()
        && index.included.is_empty()
        && !index.nulls_not_distinct
        && index.constraint.is_none()
        && index.options.is_empty()
        && index.keys.iter().all(|key| !key.descending && !key.nulls_first);
    let mut names = Vec::new();
    for key in &index.keys {
        let column = table.column_by_number(key.column?)?;
        if column.collation != key.collation {
            return None;
        }
        names.push(column.name.as_str());
    }
    plain.then(|| (sql::ident_list(&names), names.join("_")))
}
