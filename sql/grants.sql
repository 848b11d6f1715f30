-- Whoever writes DDL may ask what the guard thinks of it. USAGE and not CREATE: nobody but the owner puts anything here.
GRANT USAGE ON SCHEMA architect TO PUBLIC;
GRANT SELECT ON architect.rules, architect.profiles TO PUBLIC;
-- They show no more than the catalogs show to the one who asks.
GRANT SELECT ON architect.findings, architect.not_judged TO PUBLIC;

-- What loosens or tightens the guard belongs to its owner, and to whom the owner grants it.
REVOKE ALL ON FUNCTION architect.configure(text, text, jsonb, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION architect.unconfigure(text, text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION architect.suppress(text, text, text, timestamp with time zone) FROM PUBLIC;
REVOKE ALL ON FUNCTION architect.unsuppress(text, text) FROM PUBLIC;
REVOKE ALL ON FUNCTION architect.break_glass(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION architect.use_profile(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION architect.adopt(text) FROM PUBLIC;
REVOKE ALL ON FUNCTION architect.unadopt() FROM PUBLIC;
REVOKE ALL ON FUNCTION architect.arm() FROM PUBLIC;
REVOKE ALL ON FUNCTION architect.disarm() FROM PUBLIC;

-- The server calls these.
REVOKE ALL ON FUNCTION architect.ddl_command_start() FROM PUBLIC;
REVOKE ALL ON FUNCTION architect.ddl_command_end() FROM PUBLIC;
REVOKE ALL ON FUNCTION architect.sql_drop() FROM PUBLIC;
REVOKE ALL ON FUNCTION architect.table_rewrite() FROM PUBLIC;
REVOKE ALL ON FUNCTION architect.policy_changed() FROM PUBLIC;

REVOKE ALL ON architect.rule_settings, architect.suppressions, architect.armed, architect.profile_in_use, architect.baseline,
    architect.ddl_log, architect.measured_work FROM PUBLIC;
GRANT SELECT ON architect.rule_settings, architect.suppressions, architect.armed, architect.profile_in_use, architect.baseline,
    architect.ddl_log, architect.measured_work TO pg_monitor;

-- Whoever runs backfills is named: GRANT SELECT, INSERT, UPDATE ON architect.backfills.
REVOKE ALL ON architect.backfills FROM PUBLIC;
GRANT SELECT ON architect.backfills TO pg_monitor;
