//! A very large table is easier to keep in parts.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "unpartitioned-large-table",
    category: Partitioning,
    severity: Info,
    title: "a very large table is not partitioned",
    why: "VACUUM, index builds and backups work on a table as a whole, and old rows leave it one by one. In partitions each of these \
          is small, a month goes by DROP TABLE, and queries that name the key read only what they need.",
    remedy: "Partition it by the column by which rows grow old, where queries name that column. The existing table can become the first \
             partition behind a validated CHECK constraint, so nothing is copied. Where queries do not name the key, partitions cost \
             more than they give.",
    parameters: &[Parameter { name: "min_gigabytes", default: Integer(100), what: "a table is very large from this size on, TOAST included: GB" }],
    sources: &[Guide("S-376"), Guide("S-377"), Manual("ddl-partitioning", "Overview")],
    examples: &[
        bad("ANALYZE orders;")
            .title("here from 0 GB on, so that the example is short")
            .given(with!(
                ORDERS,
                r#"SELECT architect.configure('unpartitioned-large-table', table_pattern => 'orders', parameters => '{"min_gigabytes": 0}');"#
            ))
            .advice(),
        good("ANALYZE orders;").given(ORDERS),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let limit = cx.integer("min_gigabytes", relation).max(0) as u64 * 1024 * 1024 * 1024;
    let plain = relation.kind == RelationKind::Table && !relation.is_partition && state.children.is_empty();
    if !plain || relation.size.bytes < limit || relation.size.is_empty() {
        return;
    }
    // Rows that lie in the order of a time column grow old in that order.
    let aging = table.columns.iter().find(|column| {
        !column.data_type.is_array
            && (column.data_type.base.starts_with("timestamp") || column.data_type.base == "date")
    });
    let ordered = aging.and_then(|column| column.statistics.as_ref()?.correlation).is_some_and(|c| c.abs() > 0.9);
    let finding = out.relation(relation, format!("table {} is very large and not partitioned", relation.display()));
    let key = aging.map(|column| {
        let order = if ordered { ", and the rows lie in its order" } else { "" };
        format!(" Column {} is a time{order}.", sql::ident(&column.name))
    });
    finding
        .detail(format!(
            "It holds {} and {}.{}",
            bytes(relation.size.bytes),
            rows(relation.size.rows),
            key.unwrap_or_default()
        ))
        .advice("Where rows grow old, or queries name a time, partition it by range of that column.");
    if let Some(column) = aging {
        finding.evidence("time_column", column.name.as_str());
    }
}
