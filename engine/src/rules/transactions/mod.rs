//! What does not belong in one transaction.

use crate::rule::Rule;

/// The rules of this category.
pub static RULES: &[&Rule] = &[];
