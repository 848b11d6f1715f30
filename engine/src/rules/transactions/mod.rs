//! What does not belong in one transaction.

mod invalid_index_kept;
mod several_live_tables_locked;
mod validate_in_same_transaction;
mod work_under_strong_lock;

use crate::rule::Rule;

/// The rules of this category.
pub static RULES: &[&Rule] = &[
    &validate_in_same_transaction::RULE,
    &work_under_strong_lock::RULE,
    &several_live_tables_locked::RULE,
    &invalid_index_kept::RULE,
];
