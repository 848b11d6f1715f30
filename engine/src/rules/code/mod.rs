//! Functions, triggers and views.

mod after_trigger_changes_row;
mod disabled_trigger;
mod event_trigger_disabled;
mod matview_stale;
mod matview_unpopulated;
mod matview_without_unique_index;
mod nested_views;
mod notify_trigger_without_delete;
mod rewrite_rule;
mod row_trigger_unconditional;
mod trigger_function_unused;
mod view_calls_volatile_function;

use crate::rule::Rule;

/// The rules of this category.
pub static RULES: &[&Rule] = &[
    &after_trigger_changes_row::RULE,
    &disabled_trigger::RULE,
    &event_trigger_disabled::RULE,
    &matview_stale::RULE,
    &matview_unpopulated::RULE,
    &matview_without_unique_index::RULE,
    &nested_views::RULE,
    &notify_trigger_without_delete::RULE,
    &rewrite_rule::RULE,
    &row_trigger_unconditional::RULE,
    &trigger_function_unused::RULE,
    &view_calls_volatile_function::RULE,
];
