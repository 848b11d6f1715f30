//! The policy itself: what is suppressed, and why.

mod inline_suppression_unknown;
mod inline_suppression_unused;
mod inline_suppression_without_reason;
mod suppression_unused;

use crate::rule::Rule;

/// The rules of this category.
pub static RULES: &[&Rule] = &[
    &suppression_unused::RULE,
    &inline_suppression_unused::RULE,
    &inline_suppression_without_reason::RULE,
    &inline_suppression_unknown::RULE,
];
