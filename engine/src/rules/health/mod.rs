//! Vacuum, statistics, bloat and the use of tables.

mod autovacuum_disabled;
mod dead_tuples;
mod dropped_column_space;
mod empty_table;
mod large_table_default_scale_factor;
mod low_cache_hit;
mod low_hot_ratio;
mod never_analyzed;
mod newpage_updates;
mod orphan_temp_schema;
mod partitioned_parent_never_analyzed;
mod stale_statistics;
mod table_bloat;
mod toast_heavy;
mod unused_table;
mod vacuum_lag;
mod write_only_table;
mod xmin_horizon_blocked;

use crate::rule::Rule;

/// The rules of this category.
pub static RULES: &[&Rule] = &[
    &xmin_horizon_blocked::RULE,
    &orphan_temp_schema::RULE,
    &autovacuum_disabled::RULE,
    &dead_tuples::RULE,
    &vacuum_lag::RULE,
    &table_bloat::RULE,
    &never_analyzed::RULE,
    &partitioned_parent_never_analyzed::RULE,
    &stale_statistics::RULE,
    &large_table_default_scale_factor::RULE,
    &low_hot_ratio::RULE,
    &newpage_updates::RULE,
    &low_cache_hit::RULE,
    &unused_table::RULE,
    &write_only_table::RULE,
    &dropped_column_space::RULE,
    &toast_heavy::RULE,
    &empty_table::RULE,
];
