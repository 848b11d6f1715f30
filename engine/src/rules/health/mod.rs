//! Vacuum, statistics, bloat and the use of tables.

use crate::rule::Rule;

/// The rules of this category.
pub static RULES: &[&Rule] = &[];
