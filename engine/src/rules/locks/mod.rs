//! What blocks other sessions.

mod blocked_by_open_transaction;
mod check_validates;
mod column_default_rewrite;
mod concurrent_in_transaction;
mod concurrent_refused;
mod foreign_key_validates;
mod index_drop_not_concurrent;
mod index_not_concurrent;
mod lock_timeout_missing;
mod not_null_scan;
mod partition_attach_scan;
mod partition_detach_not_concurrent;
mod partitioned_index_build;
mod persistence_rewrite;
mod tablespace_move;
mod type_change_index_rebuild;
mod type_change_recheck;
mod type_change_rewrite;
mod unique_builds_index;
mod using_index_unusable;

use crate::rule::Rule;

/// The rules of this category.
pub static RULES: &[&Rule] = &[
    &index_not_concurrent::RULE,
    &partitioned_index_build::RULE,
    &index_drop_not_concurrent::RULE,
    &concurrent_refused::RULE,
    &concurrent_in_transaction::RULE,
    &type_change_rewrite::RULE,
    &type_change_index_rebuild::RULE,
    &type_change_recheck::RULE,
    &column_default_rewrite::RULE,
    &persistence_rewrite::RULE,
    &tablespace_move::RULE,
    &not_null_scan::RULE,
    &foreign_key_validates::RULE,
    &check_validates::RULE,
    &unique_builds_index::RULE,
    &using_index_unusable::RULE,
    &partition_attach_scan::RULE,
    &partition_detach_not_concurrent::RULE,
    &lock_timeout_missing::RULE,
    &blocked_by_open_transaction::RULE,
];
