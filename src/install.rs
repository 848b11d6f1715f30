//! The install script, in its order. Each file requires the one before it, so that cargo-pgrx keeps the order too; the script
//! that is shipped, `sql/pg_architect--<version>.sql`, is these files one after the other.

pgrx::extension_sql_file!("../sql/schema.sql", name = "schema");
pgrx::extension_sql_file!("../sql/types/finding.sql", name = "types_finding", requires = ["schema"]);
pgrx::extension_sql_file!("../sql/types/plan_step.sql", name = "types_plan_step", requires = ["types_finding"]);
pgrx::extension_sql_file!(
    "../sql/tables/rule_settings.sql",
    name = "tables_rule_settings",
    requires = ["types_plan_step"]
);
pgrx::extension_sql_file!(
    "../sql/tables/suppressions.sql",
    name = "tables_suppressions",
    requires = ["tables_rule_settings"]
);
pgrx::extension_sql_file!("../sql/tables/baseline.sql", name = "tables_baseline", requires = ["tables_suppressions"]);
pgrx::extension_sql_file!(
    "../sql/tables/profile_in_use.sql",
    name = "tables_profile_in_use",
    requires = ["tables_baseline"]
);
pgrx::extension_sql_file!("../sql/tables/armed.sql", name = "tables_armed", requires = ["tables_profile_in_use"]);
pgrx::extension_sql_file!("../sql/tables/ddl_log.sql", name = "tables_ddl_log", requires = ["tables_armed"]);
pgrx::extension_sql_file!("../sql/tables/backfills.sql", name = "tables_backfills", requires = ["tables_ddl_log"]);
pgrx::extension_sql_file!(
    "../sql/tables/measured_work.sql",
    name = "tables_measured_work",
    requires = ["tables_backfills"]
);
pgrx::extension_sql_file!("../sql/functions/rules.sql", name = "functions_rules", requires = ["tables_measured_work"]);
pgrx::extension_sql_file!("../sql/functions/lint.sql", name = "functions_lint", requires = ["functions_rules"]);
pgrx::extension_sql_file!(
    "../sql/functions/explain_ddl.sql",
    name = "functions_explain_ddl",
    requires = ["functions_lint"]
);
pgrx::extension_sql_file!(
    "../sql/functions/not_explained.sql",
    name = "functions_not_explained",
    requires = ["functions_explain_ddl"]
);
pgrx::extension_sql_file!(
    "../sql/functions/work_speeds.sql",
    name = "functions_work_speeds",
    requires = ["functions_not_explained"]
);
pgrx::extension_sql_file!(
    "../sql/functions/safe_now.sql",
    name = "functions_safe_now",
    requires = ["functions_work_speeds"]
);
pgrx::extension_sql_file!("../sql/functions/check.sql", name = "functions_check", requires = ["functions_safe_now"]);
pgrx::extension_sql_file!(
    "../sql/functions/not_judged.sql",
    name = "functions_not_judged",
    requires = ["functions_check"]
);
pgrx::extension_sql_file!(
    "../sql/functions/fix_script.sql",
    name = "functions_fix_script",
    requires = ["functions_not_judged"]
);
pgrx::extension_sql_file!(
    "../sql/functions/last_findings.sql",
    name = "functions_last_findings",
    requires = ["functions_fix_script"]
);
pgrx::extension_sql_file!(
    "../sql/functions/status.sql",
    name = "functions_status",
    requires = ["functions_last_findings"]
);
pgrx::extension_sql_file!(
    "../sql/functions/configure.sql",
    name = "functions_configure",
    requires = ["functions_status"]
);
pgrx::extension_sql_file!(
    "../sql/functions/suppress.sql",
    name = "functions_suppress",
    requires = ["functions_configure"]
);
pgrx::extension_sql_file!(
    "../sql/functions/profiles.sql",
    name = "functions_profiles",
    requires = ["functions_suppress"]
);
pgrx::extension_sql_file!("../sql/functions/adopt.sql", name = "functions_adopt", requires = ["functions_profiles"]);
pgrx::extension_sql_file!(
    "../sql/functions/break_glass.sql",
    name = "functions_break_glass",
    requires = ["functions_adopt"]
);
pgrx::extension_sql_file!("../sql/functions/arm.sql", name = "functions_arm", requires = ["functions_break_glass"]);
pgrx::extension_sql_file!(
    "../sql/functions/event_triggers.sql",
    name = "functions_event_triggers",
    requires = ["functions_arm"]
);
pgrx::extension_sql_file!("../sql/triggers.sql", name = "triggers", requires = ["functions_event_triggers"]);
pgrx::extension_sql_file!("../sql/views/rules.sql", name = "views_rules", requires = ["triggers"]);
pgrx::extension_sql_file!("../sql/views/profiles.sql", name = "views_profiles", requires = ["views_rules"]);
pgrx::extension_sql_file!("../sql/views/findings.sql", name = "views_findings", requires = ["views_profiles"]);
pgrx::extension_sql_file!("../sql/views/not_judged.sql", name = "views_not_judged", requires = ["views_findings"]);
pgrx::extension_sql_file!("../sql/views/counter_age.sql", name = "views_counter_age", requires = ["views_not_judged"]);
pgrx::extension_sql_file!(
    "../sql/views/foreign_key_indexes.sql",
    name = "views_foreign_key_indexes",
    requires = ["views_counter_age"]
);
pgrx::extension_sql_file!(
    "../sql/views/index_usage.sql",
    name = "views_index_usage",
    requires = ["views_foreign_key_indexes"]
);
pgrx::extension_sql_file!(
    "../sql/views/missing_fk_indexes.sql",
    name = "views_missing_fk_indexes",
    requires = ["views_index_usage"]
);
pgrx::extension_sql_file!(
    "../sql/views/missing_index_candidates.sql",
    name = "views_missing_index_candidates",
    requires = ["views_missing_fk_indexes"]
);
pgrx::extension_sql_file!(
    "../sql/views/table_health.sql",
    name = "views_table_health",
    requires = ["views_missing_index_candidates"]
);
pgrx::extension_sql_file!(
    "../sql/views/vacuum_health.sql",
    name = "views_vacuum_health",
    requires = ["views_table_health"]
);
pgrx::extension_sql_file!(
    "../sql/functions/undrawn_values.sql",
    name = "functions_undrawn_values",
    requires = ["views_vacuum_health"]
);
pgrx::extension_sql_file!(
    "../sql/views/sequence_health.sql",
    name = "views_sequence_health",
    requires = ["functions_undrawn_values"]
);
pgrx::extension_sql_file!(
    "../sql/views/column_advice.sql",
    name = "views_column_advice",
    requires = ["views_sequence_health"]
);
pgrx::extension_sql_file!(
    "../sql/views/constraint_health.sql",
    name = "views_constraint_health",
    requires = ["views_column_advice"]
);
pgrx::extension_sql_file!(
    "../sql/views/partition_health.sql",
    name = "views_partition_health",
    requires = ["views_constraint_health"]
);
pgrx::extension_sql_file!(
    "../sql/views/relationship_catalog.sql",
    name = "views_relationship_catalog",
    requires = ["views_partition_health"]
);
pgrx::extension_sql_file!(
    "../sql/functions/visible_hba_rules.sql",
    name = "functions_visible_hba_rules",
    requires = ["views_relationship_catalog"]
);
pgrx::extension_sql_file!(
    "../sql/views/security_posture.sql",
    name = "views_security_posture",
    requires = ["functions_visible_hba_rules"]
);
pgrx::extension_sql_file!(
    "../sql/views/settings_advice.sql",
    name = "views_settings_advice",
    requires = ["views_security_posture"]
);
pgrx::extension_sql_file!(
    "../sql/views/connection_health.sql",
    name = "views_connection_health",
    requires = ["views_settings_advice"]
);
pgrx::extension_sql_file!(
    "../sql/views/replication_health.sql",
    name = "views_replication_health",
    requires = ["views_connection_health"]
);
pgrx::extension_sql_file!(
    "../sql/views/lock_tree.sql",
    name = "views_lock_tree",
    requires = ["views_replication_health"]
);
pgrx::extension_sql_file!("../sql/views/capacity.sql", name = "views_capacity", requires = ["views_lock_tree"]);
pgrx::extension_sql_file!(
    "../sql/functions/cascade_fanout.sql",
    name = "functions_cascade_fanout",
    requires = ["views_capacity"]
);
pgrx::extension_sql_file!(
    "../sql/functions/plans/helpers.sql",
    name = "functions_plans_helpers",
    requires = ["functions_cascade_fanout"]
);
pgrx::extension_sql_file!(
    "../sql/functions/plans/not_null_plan.sql",
    name = "functions_plans_not_null_plan",
    requires = ["functions_plans_helpers"]
);
pgrx::extension_sql_file!(
    "../sql/functions/plans/fk_plan.sql",
    name = "functions_plans_fk_plan",
    requires = ["functions_plans_not_null_plan"]
);
pgrx::extension_sql_file!(
    "../sql/functions/plans/type_change_plan.sql",
    name = "functions_plans_type_change_plan",
    requires = ["functions_plans_fk_plan"]
);
pgrx::extension_sql_file!(
    "../sql/functions/plans/backfill_plan.sql",
    name = "functions_plans_backfill_plan",
    requires = ["functions_plans_type_change_plan"]
);
pgrx::extension_sql_file!(
    "../sql/functions/plans/run_backfill.sql",
    name = "functions_plans_run_backfill",
    requires = ["functions_plans_backfill_plan"]
);
pgrx::extension_sql_file!(
    "../sql/functions/plans/partition_plan.sql",
    name = "functions_plans_partition_plan",
    requires = ["functions_plans_run_backfill"]
);
pgrx::extension_sql_file!(
    "../sql/functions/plans/updated_at_trigger.sql",
    name = "functions_plans_updated_at_trigger",
    requires = ["functions_plans_partition_plan"]
);
pgrx::extension_sql_file!(
    "../sql/functions/plans/history_table.sql",
    name = "functions_plans_history_table",
    requires = ["functions_plans_updated_at_trigger"]
);
pgrx::extension_sql_file!(
    "../sql/functions/plans/role_template.sql",
    name = "functions_plans_role_template",
    requires = ["functions_plans_history_table"]
);
pgrx::extension_sql_file!(
    "../sql/event_triggers.sql",
    name = "event_triggers",
    requires = ["functions_plans_role_template"]
);
pgrx::extension_sql_file!("../sql/grants.sql", name = "grants", requires = ["event_triggers"]);
