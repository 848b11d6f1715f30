//! Keys, indexes and the shape of tables.

mod append_only_table_mutated;
mod array_column;
mod boolean_nullable;
mod business_key_not_unique;
mod check_pattern_accepts_pipe;
mod closure_table_shape;
mod comment_missing;
mod constraint_not_enforced;
mod constraint_not_validated;
mod counter_column_unmaintained;
mod domain_candidate;
mod email_unchecked;
mod entity_attribute_value;
mod foreign_key_action_impossible;
mod foreign_key_cycle;
mod foreign_key_duplicate;
mod foreign_key_enforcement_off;
mod foreign_key_missing;
mod foreign_key_nullable;
mod foreign_key_on_delete_unspecified;
mod foreign_key_outside_schema;
mod foreign_key_partly_null;
mod foreign_key_type_mismatch;
mod foreign_key_without_index;
mod history_table_drift;
mod history_table_without_trigger;
mod id_list_in_text;
mod index_duplicate;
mod inheritance_table;
mod isolated_table;
mod junction_foreign_key_not_cascading;
mod junction_key_missing;
mod ltree_depth_generated;
mod ltree_without_gist;
mod not_null_candidate;
mod one_to_one_not_unique;
mod primary_key_missing;
mod primary_key_natural;
mod primary_key_random_uuid;
mod primary_key_too_wide;
mod primary_key_type_inconsistent;
mod primary_key_type_policy;
mod public_id_sequential;
mod repeating_group_columns;
mod schema_without_foreign_keys;
mod self_junction_unchecked;
mod single_table_keys;
mod soft_delete_column_definition;
mod soft_delete_style;
mod soft_delete_unique_not_partial;
mod standard_columns_missing;
mod standard_timestamp_nullable;
mod status_column_unconstrained;
mod status_column_without_default;
mod table_per_period;
mod table_too_wide;
mod table_without_constraints;
mod temporal_overlap_unexcluded;
mod text_length_unbounded;
mod unique_with_nullable_column;
mod updated_at_trigger_missing;
mod uuid_key_without_default;

use crate::rule::Rule;

/// The rules of this category.
pub static RULES: &[&Rule] = &[
    &index_duplicate::RULE,
    &foreign_key_without_index::RULE,
    &primary_key_missing::RULE,
    &array_column::RULE,
    &boolean_nullable::RULE,
    &business_key_not_unique::RULE,
    &check_pattern_accepts_pipe::RULE,
    &comment_missing::RULE,
    &constraint_not_enforced::RULE,
    &constraint_not_validated::RULE,
    &counter_column_unmaintained::RULE,
    &domain_candidate::RULE,
    &email_unchecked::RULE,
    &entity_attribute_value::RULE,
    &foreign_key_action_impossible::RULE,
    &foreign_key_cycle::RULE,
    &foreign_key_duplicate::RULE,
    &foreign_key_enforcement_off::RULE,
    &foreign_key_missing::RULE,
    &foreign_key_nullable::RULE,
    &foreign_key_on_delete_unspecified::RULE,
    &foreign_key_outside_schema::RULE,
    &foreign_key_partly_null::RULE,
    &foreign_key_type_mismatch::RULE,
    &history_table_drift::RULE,
    &history_table_without_trigger::RULE,
    &id_list_in_text::RULE,
    &isolated_table::RULE,
    &junction_foreign_key_not_cascading::RULE,
    &junction_key_missing::RULE,
    &ltree_without_gist::RULE,
    &not_null_candidate::RULE,
    &one_to_one_not_unique::RULE,
    &primary_key_natural::RULE,
    &primary_key_random_uuid::RULE,
    &primary_key_too_wide::RULE,
    &primary_key_type_inconsistent::RULE,
    &primary_key_type_policy::RULE,
    &repeating_group_columns::RULE,
    &schema_without_foreign_keys::RULE,
    &self_junction_unchecked::RULE,
    &single_table_keys::RULE,
    &soft_delete_column_definition::RULE,
    &soft_delete_style::RULE,
    &soft_delete_unique_not_partial::RULE,
    &standard_columns_missing::RULE,
    &standard_timestamp_nullable::RULE,
    &status_column_unconstrained::RULE,
    &status_column_without_default::RULE,
    &table_per_period::RULE,
    &table_too_wide::RULE,
    &table_without_constraints::RULE,
    &temporal_overlap_unexcluded::RULE,
    &text_length_unbounded::RULE,
    &unique_with_nullable_column::RULE,
    &updated_at_trigger_missing::RULE,
    &inheritance_table::RULE,
    &uuid_key_without_default::RULE,
    &append_only_table_mutated::RULE,
    &closure_table_shape::RULE,
    &ltree_depth_generated::RULE,
    &public_id_sequential::RULE,
];
