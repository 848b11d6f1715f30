//! What does not belong in one transaction.

mod backfill_unbatched;
mod column_added_with_default;
mod constraint_left_not_valid;
mod data_change_without_where;
mod ddl_and_data_mixed;
mod ddl_late_in_transaction;
mod dynamic_sql_unseen;
mod enum_value_in_transaction;
mod idempotence_missing;
mod identifier_truncated;
mod if_not_exists_differs;
mod invalid_index_kept;
mod long_lock;
mod rewrite_repeated;
mod several_foreign_keys;
mod several_live_tables_locked;
mod statement_timeout_short;
mod timeout_set_too_late;
mod validate_in_same_transaction;
mod work_under_strong_lock;

use crate::rule::Rule;

/// The rules of this category.
pub static RULES: &[&Rule] = &[
    &validate_in_same_transaction::RULE,
    &work_under_strong_lock::RULE,
    &several_live_tables_locked::RULE,
    &invalid_index_kept::RULE,
    &if_not_exists_differs::RULE,
    &ddl_and_data_mixed::RULE,
    &data_change_without_where::RULE,
    &timeout_set_too_late::RULE,
    &several_foreign_keys::RULE,
    &statement_timeout_short::RULE,
    &identifier_truncated::RULE,
    &ddl_late_in_transaction::RULE,
    &enum_value_in_transaction::RULE,
    &rewrite_repeated::RULE,
    &long_lock::RULE,
    &constraint_left_not_valid::RULE,
    &idempotence_missing::RULE,
    &dynamic_sql_unseen::RULE,
    &backfill_unbatched::RULE,
    &column_added_with_default::RULE,
];
