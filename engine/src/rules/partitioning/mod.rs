//! Partitioned tables.

mod default_partition_rows;
mod hash_partition_incomplete;
mod list_partition_without_default;
mod parent_index_unattached;
mod partition_count_high;
mod partition_detach_pending;
mod partition_detached_leftover;
mod partition_future_missing;
mod partition_key_nullable;
mod partition_range_gap;
mod partition_uneven;
mod partition_unique_local;
mod unpartitioned_large_table;

use crate::rule::Rule;

/// The rules of this category.
pub static RULES: &[&Rule] = &[
    &partition_future_missing::RULE,
    &hash_partition_incomplete::RULE,
    &partition_range_gap::RULE,
    &default_partition_rows::RULE,
    &parent_index_unattached::RULE,
    &partition_unique_local::RULE,
    &partition_detach_pending::RULE,
    &partition_detached_leftover::RULE,
    &partition_key_nullable::RULE,
    &partition_count_high::RULE,
    &partition_uneven::RULE,
    &unpartitioned_large_table::RULE,
    &list_partition_without_default::RULE,
];
