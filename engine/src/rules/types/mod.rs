//! Data types.

mod primary_key_int4;
mod timestamp_without_time_zone;

use crate::facts::Table;
use crate::rule::Rule;

/// The rules of this category.
pub static RULES: &[&Rule] = &[&primary_key_int4::RULE, &timestamp_without_time_zone::RULE];

/// Whether the table's types are its maker's own: not those of a partition, whose parent has the same, nor of a table that a
/// migration tool makes for itself.
fn own_types(table: &Table) -> bool {
    !table.relation.is_partition && !crate::words::TOOL_TABLES.contains(&table.relation.name.as_str())
}
