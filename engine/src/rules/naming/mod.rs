//! Names.
//!
//! One name, one finding: the rules about the meaning of a column's name are silent where `column-name-snake-case` speaks,
//! and `timestamp-column-suffix-at` where `standard-timestamp-column-names` does.

mod boolean_column_prefix;
mod check_constraint_name;
mod closure_table_name;
mod column_name_abbreviated;
mod column_name_snake_case;
mod confusable_names;
mod constraint_name_explicit;
mod denormalised_counter_name;
mod environment_in_name;
mod fk_column_name;
mod fk_constraint_name;
mod function_name_verb_first;
mod generic_column_name;
mod history_table_name;
mod index_name_pattern;
mod junction_table_name;
mod name_truncated;
mod normalized_column_generated;
mod object_kind_in_name;
mod object_name_snake_case;
mod partial_index_name_suffix;
mod partition_name_pattern;
mod pk_column_named_id;
mod policy_name_snake_case;
mod reserved_word_as_name;
mod role_name_pattern;
mod standard_timestamp_column_names;
mod table_name_plural;
mod timestamp_column_suffix_at;
mod trigger_name_pattern;
mod ui_shaped_name;
mod unique_index_name_suffix;

use crate::context::Context;
use crate::facts::{Column, Constraint, Relation, Table};
use crate::finding::Finding;
use crate::rule::Rule;
use crate::sql;

/// The rules of this category.
pub static RULES: &[&Rule] = &[
    &table_name_plural::RULE,
    &object_name_snake_case::RULE,
    &column_name_snake_case::RULE,
    &column_name_abbreviated::RULE,
    &pk_column_named_id::RULE,
    &timestamp_column_suffix_at::RULE,
    &standard_timestamp_column_names::RULE,
    &fk_column_name::RULE,
    &boolean_column_prefix::RULE,
    &index_name_pattern::RULE,
    &check_constraint_name::RULE,
    &closure_table_name::RULE,
    &confusable_names::RULE,
    &constraint_name_explicit::RULE,
    &environment_in_name::RULE,
    &fk_constraint_name::RULE,
    &function_name_verb_first::RULE,
    &generic_column_name::RULE,
    &history_table_name::RULE,
    &junction_table_name::RULE,
    &name_truncated::RULE,
    &normalized_column_generated::RULE,
    &object_kind_in_name::RULE,
    &partial_index_name_suffix::RULE,
    &partition_name_pattern::RULE,
    &policy_name_snake_case::RULE,
    &reserved_word_as_name::RULE,
    &trigger_name_pattern::RULE,
    &ui_shaped_name::RULE,
    &unique_index_name_suffix::RULE,
    &denormalised_counter_name::RULE,
    &role_name_pattern::RULE,
];

/// `shop.orders.total`, as SQL would quote it.
fn column_path(relation: &Relation, column: &str) -> String {
    format!("{}.{}", relation.display(), sql::ident(column))
}

/// Whether the names in the table are its maker's own: not those of a partition, whose parent has the same, nor of a table
/// that a migration tool makes for itself.
fn own_names(table: &Table) -> bool {
    !table.relation.is_partition && !crate::text::among(crate::words::TOOL_TABLES, &table.relation.name)
}

/// Whether the table's columns are in camelCase that PostgreSQL folded: `isactive`, `policyid`. Words cannot be told apart
/// there, so the rules are content with less.
fn is_folded(table: &Table) -> bool {
    table.columns.iter().all(|column| !column.name.contains('_'))
}

/// The touched columns whose names are their maker's own and in snake_case.
fn named_columns(table: &Table) -> impl Iterator<Item = &Column> {
    let columns = if own_names(table) { table.columns.as_slice() } else { &[] };
    columns.iter().filter(|column| column.touched && crate::words::is_snake(&column.name))
}

/// Whether the column got its name by what is judged now. A change of its type, or a primary key over it, touches it as well: rules that
/// look at nothing but the name are silent then.
fn has_new_name(table: &Table, column: &Column, cx: &Context) -> bool {
    let renamed = || cx.transaction.name_before(table.relation.oid, &column.name) != column.name;
    column.touched && (table.whole || column.created_here || renamed())
}

/// The foreign key over just this column.
fn foreign_key_of<'a>(table: &'a Table, column: &Column) -> Option<&'a Constraint> {
    table.foreign_keys().find(|key| key.columns == [column.number])
}

/// Whether a name is one of a list.
fn among(list: &[impl AsRef<str>], name: &str) -> bool {
    let first = name.as_bytes().first();
    list.iter().map(AsRef::as_ref).any(|entry| {
        // A letter is compared sooner than a function is called.
        entry.len() == name.len() && entry.as_bytes().first() == first && entry == name
    })
}

/// What to do about a column's name: RENAME where the table is too small to be in use, advice where deployed code names it.
fn rename_column(finding: &mut Finding, table: &Table, column: &str, new: Option<&str>, cx: &Context) {
    let relation = &table.relation;
    let new = new.filter(|new| table.column(new).is_none());
    match new {
        Some(new) if cx.small(relation) => {
            finding.advice("Rename it before code depends on the name:").remedy(format!(
                "ALTER {} {} RENAME COLUMN {} TO {};",
                relation.kind.keyword(),
                relation.sql(),
                sql::ident(column),
                sql::ident(new)
            ));
        }
        Some(new) => keep(finding, &format!("call it {}", sql::ident(new)), cx),
        None => keep(finding, "give it another name", cx),
    }
    if let Some(new) = new {
        finding.evidence("proposed_name", new);
    }
}

/// Advice for a table in use, where a rename would break deployed code.
fn keep(finding: &mut Finding, what: &str, cx: &Context) {
    let object = finding.object.identity();
    finding.advice(format!(
        "If no deployed code uses it yet, {what} in the migration that creates it. Otherwise a rename would break that code: \
         accept the name with architect.suppress('{}', {}, 'reason').",
        cx.rule.name,
        sql::literal(&object)
    ));
}
