//! Rights and escalation.

mod security_definer_search_path;

use crate::rule::Rule;

/// The rules of this category.
pub static RULES: &[&Rule] = &[&security_definer_search_path::RULE];
