//! Replication, archiving and backup.

use crate::rule::Rule;

/// The rules of this category.
pub static RULES: &[&Rule] = &[];
