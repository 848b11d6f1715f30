//! Functions, triggers and views.

use crate::rule::Rule;

/// The rules of this category.
pub static RULES: &[&Rule] = &[];
