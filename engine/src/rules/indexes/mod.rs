//! What indexes cost and serve.

mod array_any_instead_of_contains;
mod btree_on_array;
mod collation_version_mismatch;
mod composite_index_column_order;
mod index_bloat;
mod index_heavier_than_table;
mod index_invalid;
mod index_low_cardinality;
mod index_many_nulls;
mod index_rarely_used;
mod index_unused;
mod jsonb_key_equality_without_index;
mod near_duplicate_index;
mod needless_index_predicate;
mod over_indexed_write_heavy_table;
mod redundant_unique_index;
mod soft_delete_index_not_partial;
mod table_read_sequentially;
mod too_many_indexes;

use crate::facts::{Index, Table};
use crate::rule::Rule;

/// The rules of this category.
pub static RULES: &[&Rule] = &[
    &index_unused::RULE,
    &index_rarely_used::RULE,
    &index_invalid::RULE,
    &index_bloat::RULE,
    &collation_version_mismatch::RULE,
    &redundant_unique_index::RULE,
    &near_duplicate_index::RULE,
    &needless_index_predicate::RULE,
    &btree_on_array::RULE,
    &index_low_cardinality::RULE,
    &index_many_nulls::RULE,
    &soft_delete_index_not_partial::RULE,
    &table_read_sequentially::RULE,
    &array_any_instead_of_contains::RULE,
    &jsonb_key_equality_without_index::RULE,
    &composite_index_column_order::RULE,
    &over_indexed_write_heavy_table::RULE,
    &too_many_indexes::RULE,
    &index_heavier_than_table::RULE,
];

/// The valid GIN index that has the column as it is.
fn gin_on(table: &Table, column: i16) -> Option<&Index> {
    let has = |index: &&Index| index.keys.iter().any(|key| key.column == Some(column));
    table.indexes.iter().filter(|index| index.valid && index.method == "gin" && index.predicate.is_none()).find(has)
}
