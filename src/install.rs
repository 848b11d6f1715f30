//! The install script, in its order. Each file requires the one before it, so that cargo-pgrx keeps the order too; the script
//! that is shipped, `sql/pg_architect--<version>.sql`, is these files one after the other.

pgrx::extension_sql_file!("../sql/schema.sql", name = "schema");
pgrx::extension_sql_file!("../sql/types/finding.sql", name = "types_finding", requires = ["schema"]);
pgrx::extension_sql_file!(
    "../sql/tables/rule_settings.sql",
    name = "tables_rule_settings",
    requires = ["types_finding"]
);
pgrx::extension_sql_file!(
    "../sql/tables/suppressions.sql",
    name = "tables_suppressions",
    requires = ["tables_rule_settings"]
);
pgrx::extension_sql_file!("../sql/tables/armed.sql", name = "tables_armed", requires = ["tables_suppressions"]);
pgrx::extension_sql_file!("../sql/tables/ddl_log.sql", name = "tables_ddl_log", requires = ["tables_armed"]);
pgrx::extension_sql_file!("../sql/functions/rules.sql", name = "functions_rules", requires = ["tables_ddl_log"]);
pgrx::extension_sql_file!("../sql/functions/lint.sql", name = "functions_lint", requires = ["functions_rules"]);
pgrx::extension_sql_file!(
    "../sql/functions/explain_ddl.sql",
    name = "functions_explain_ddl",
    requires = ["functions_lint"]
);
pgrx::extension_sql_file!("../sql/functions/check.sql", name = "functions_check", requires = ["functions_explain_ddl"]);
pgrx::extension_sql_file!(
    "../sql/functions/last_findings.sql",
    name = "functions_last_findings",
    requires = ["functions_check"]
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
    "../sql/functions/break_glass.sql",
    name = "functions_break_glass",
    requires = ["functions_suppress"]
);
pgrx::extension_sql_file!("../sql/functions/arm.sql", name = "functions_arm", requires = ["functions_break_glass"]);
pgrx::extension_sql_file!(
    "../sql/functions/event_triggers.sql",
    name = "functions_event_triggers",
    requires = ["functions_arm"]
);
pgrx::extension_sql_file!("../sql/triggers.sql", name = "triggers", requires = ["functions_event_triggers"]);
pgrx::extension_sql_file!("../sql/views/rules.sql", name = "views_rules", requires = ["triggers"]);
pgrx::extension_sql_file!("../sql/event_triggers.sql", name = "event_triggers", requires = ["views_rules"]);
pgrx::extension_sql_file!("../sql/grants.sql", name = "grants", requires = ["event_triggers"]);
