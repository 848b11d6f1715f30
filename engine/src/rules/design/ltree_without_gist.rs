//! Paths without the index that can search below them.

use crate::rule::prelude::*;
use crate::rules::recipes;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "ltree-without-gist",
    category: Design,
    severity: Info,
    title: "an ltree column has no GiST index",
    why: "The questions that a materialised path is made for, all below this one and all above it (<@ and @>), \
          and patterns, can only be answered by a GiST index. A btree index serves equality and order, nothing \
          else.",
    remedy: "Create a GiST index on the path CONCURRENTLY.",
    parameters: &[],
    sources: &[Guide("S-122"), Manual("ltree", "Indexes")],
    examples: &[
        bad("CREATE TABLE categories (id bigint PRIMARY KEY, path ltree NOT NULL);").given("CREATE EXTENSION ltree;"),
        good(
            "CREATE TABLE categories (id bigint PRIMARY KEY, path ltree NOT NULL);\n\
             CREATE INDEX idx_categories_path ON categories USING gist (path);",
        )
        .given("CREATE EXTENSION ltree;"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, _: &TableState, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !shape::own_design(table) {
        return;
    }
    let is_path =
        |column: &&Column| !column.data_type.is_array && column.data_type.base.rsplit('.').next() == Some("ltree");
    for column in table.columns.iter().filter(is_path) {
        if table.indexes.iter().any(|index| index.method == "gist" && index.mentions(column.number)) {
            continue;
        }
        let shown = sql::ident(&column.name);
        let finding =
            out.column(relation, &column.name, format!("path {shown} of {} has no GiST index", relation.display()));
        finding.detail("A search for what is below or above a path reads the whole table.");
        if relation.kind == RelationKind::PartitionedTable {
            finding.advice("Build a GiST index on every partition CONCURRENTLY and attach it to one of the table.");
        } else {
            let name = recipes::index_name(table, &[&column.name]);
            finding.advice("Build it without blocking writes:").remedy(format!(
                "CREATE INDEX CONCURRENTLY {} ON {} USING gist ({shown});",
                sql::ident(&name),
                relation.sql()
            ));
        }
    }
}
