//! A NULL in the key of a range-partitioned table has no place but DEFAULT.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "partition-key-nullable",
    category: Partitioning,
    severity: Info,
    title: "the key of a range-partitioned table may be NULL",
    why: "No range holds NULL, so a row without a value in the partition key goes to the DEFAULT partition, and fails where there is \
          none. A key that may be NULL cannot be part of the primary key either.",
    remedy: "Declare the column NOT NULL; on a table with rows validate a CHECK (... IS NOT NULL) first, so that SET NOT NULL need not \
             read the partitions under its lock.",
    parameters: &[],
    sources: &[Guide("S-385"), Manual("sql-createtable", "PARTITION BY RANGE, null values")],
    examples: &[
        bad("CREATE TABLE visits (id bigint NOT NULL, visited_on date) PARTITION BY RANGE (visited_on);\n\
             CREATE TABLE visits_all PARTITION OF visits FOR VALUES FROM (MINVALUE) TO (MAXVALUE);\n\
             SELECT architect.configure('primary-key-missing', 'off');"),
        good("CREATE TABLE visits (id bigint NOT NULL, visited_on date NOT NULL) PARTITION BY RANGE (visited_on);"),
        good("CREATE TABLE visits (id bigint, visited_on date, PRIMARY KEY (id, visited_on)) PARTITION BY RANGE (visited_on);")
            .title("a primary key says so"),
        good("CREATE TABLE visits (id bigint NOT NULL, country text) PARTITION BY LIST (country);")
            .title("a list may have a partition for NULL"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if state.strategy != Some(Strategy::Range) || relation.is_partition {
        return;
    }
    for number in &table.partition_key {
        let Some(column) = table.column_by_number(*number).filter(|column| !column.not_null) else { continue };
        let name = sql::ident(&column.name);
        let finding =
            out.table_column(relation, column, format!("partition key {name} of {} may be NULL", relation.display()));
        finding.detail("A row without it fits no range: it goes to DEFAULT, or fails.");
        if cx.small(relation) {
            finding
                .advice("Declare it NOT NULL:")
                .remedy(format!("ALTER TABLE {} ALTER COLUMN {name} SET NOT NULL;", relation.sql()));
        } else {
            finding.advice(format!(
                "Add CHECK ({name} IS NOT NULL) NOT VALID, validate it, then SET NOT NULL, which then reads nothing."
            ));
        }
    }
}
