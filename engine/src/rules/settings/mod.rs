//! The server's settings and its connections.

use crate::rule::Rule;

/// The rules of this category.
pub static RULES: &[&Rule] = &[];
