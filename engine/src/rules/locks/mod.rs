//! What blocks other sessions.

mod access_method_rewrite;
mod blocked_by_open_transaction;
mod check_validates;
mod column_default_rewrite;
mod concurrent_in_transaction;
mod concurrent_refused;
mod default_partition_scan;
mod domain_constraint_validates;
mod exclusion_builds_index;
mod explicit_lock;
mod foreign_key_validates;
mod generated_expression_rewrite;
mod index_drop_not_concurrent;
mod index_not_concurrent;
mod index_option_lock;
mod lock_timeout_missing;
mod matview_created_with_data;
mod matview_refresh_not_concurrent;
mod not_null_scan;
mod partition_attach_builds;
mod partition_attach_scan;
mod partition_create_locks_parent;
mod partition_detach_not_concurrent;
mod partition_lock_fanout;
mod partitioned_index_build;
mod persistence_rewrite;
mod primary_key_not_null_scan;
mod reindex_not_concurrent;
mod sequence_alter_blocks;
mod tablespace_move;
mod trigger_lock;
mod type_change_index_rebuild;
mod type_change_locks_peer;
mod type_change_recheck;
mod type_change_rewrite;
mod unique_builds_index;
mod using_index_unusable;
mod vacuum_full_or_cluster;

use crate::rule::Rule;

pub(crate) use lock_timeout_missing::{RULE as LOCK_TIMEOUT_MISSING, awaited_locks};

/// The rules of this category.
pub static RULES: &[&Rule] = &[
    &index_not_concurrent::RULE,
    &trigger_lock::RULE,
    &matview_created_with_data::RULE,
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
    &vacuum_full_or_cluster::RULE,
    &matview_refresh_not_concurrent::RULE,
    &reindex_not_concurrent::RULE,
    &primary_key_not_null_scan::RULE,
    &exclusion_builds_index::RULE,
    &default_partition_scan::RULE,
    &partition_create_locks_parent::RULE,
    &partition_attach_builds::RULE,
    &access_method_rewrite::RULE,
    &generated_expression_rewrite::RULE,
    &type_change_locks_peer::RULE,
    &domain_constraint_validates::RULE,
    &explicit_lock::RULE,
    &index_option_lock::RULE,
    &sequence_alter_blocks::RULE,
    &partition_lock_fanout::RULE,
];
