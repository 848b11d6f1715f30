//! The policy itself: what is suppressed, and why.

mod suppression_unused;

use crate::rule::Rule;

/// The rules of this category.
pub static RULES: &[&Rule] = &[&suppression_unused::RULE];
