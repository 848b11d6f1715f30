//! Data types.

mod primary_key_int4;
mod timestamp_without_time_zone;

use crate::rule::Rule;

/// The rules of this category.
pub static RULES: &[&Rule] = &[&primary_key_int4::RULE, &timestamp_without_time_zone::RULE];
