//! An array column with two ways to be empty.

use super::own_columns;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "array-not-null-default",
    category: Types,
    severity: Info,
    title: "an array column may be NULL or has no default",
    why: "An array column that may be NULL has two ways to say 'nothing': NULL and {}. Operators over NULL give NULL, so a filter such as NOT ('x' = ANY (tags)) silently loses those rows, and cardinality() is NULL where 0 is meant.",
    remedy: "Declare it NOT NULL DEFAULT '{}'. A document that is optional and mostly absent may stay NULL.",
    parameters: &[],
    sources: &[Guide("S-080"), Manual("functions-array", "Array Functions and Operators")],
    examples: &[
        bad("CREATE TABLE products (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tags text[]);"),
        good(
            "CREATE TABLE products (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tags text[] NOT NULL DEFAULT '{}');",
        ),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    for column in own_columns(table).filter(|column| column.data_type.is_array) {
        if column.not_null && column.default.is_some() || column.generated != Generated::No {
            continue;
        }
        let shown = sql::ident(&column.name);
        let lacks = match (column.not_null, column.default.is_some()) {
            (false, false) => "may be NULL and has no default",
            (false, true) => "may be NULL",
            _ => "has no default",
        };
        let finding = out.column(relation, &column.name, format!("column {shown} of {} {lacks}", relation.display()));
        finding.detail("NULL and '{}' both say that there is nothing, and queries have to ask for both.");
        if cx.small(relation) && relation.kind.is_table() {
            finding.advice("Give the column one way to be empty while the table is small:").remedy(format!(
                "UPDATE {0} SET {shown} = '{{}}' WHERE {shown} IS NULL;\nALTER TABLE {0} ALTER COLUMN {shown} SET DEFAULT '{{}}', \
                 ALTER COLUMN {shown} SET NOT NULL;",
                relation.sql()
            ));
            super::losing(finding, relation, "what was NULL cannot be told from what was empty any more", cx);
        } else {
            finding.advice(
                "Set the default, fill the NULLs in batches, then add NOT NULL by way of a validated CHECK (column IS NOT NULL).",
            );
        }
    }
}
