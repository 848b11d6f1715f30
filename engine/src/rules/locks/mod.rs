//! What blocks other sessions.

mod index_not_concurrent;

use crate::rule::Rule;

/// The rules of this category.
pub static RULES: &[&Rule] = &[&index_not_concurrent::RULE];
