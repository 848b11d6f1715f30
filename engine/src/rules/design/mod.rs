//! Keys, indexes and the shape of tables.

mod foreign_key_without_index;
mod index_duplicate;
mod primary_key_missing;

use crate::rule::Rule;

/// The rules of this category.
pub static RULES: &[&Rule] = &[&index_duplicate::RULE, &foreign_key_without_index::RULE, &primary_key_missing::RULE];
