/* The install script of pg_architect, written by `cargo xtask sql` from the files named below. */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION pg_architect" to load this file. \quit

-- sql/schema.sql

-- The script makes the schema itself, and fails if there is one: a schema that somebody made before could be dropped by its owner
-- afterwards, and the guard with it.
CREATE SCHEMA architect;

COMMENT ON SCHEMA architect IS 'pg_architect: judges DDL before it takes its lock, and the schema that a transaction leaves behind';

-- sql/types/finding.sql

CREATE TYPE architect.finding AS (
    rule text,
    severity text,
    category text,
    object_kind text,
    object text,
    schema_name text,
    relation_name text,
    column_name text,
    message text,
    detail text,
    hint text,
    remedy text,
    evidence jsonb,
    fingerprint text,
    line integer,
    "column" integer,
    score integer
);

COMMENT ON TYPE architect.finding IS 'What a rule found';
COMMENT ON COLUMN architect.finding.rule IS 'The rule; architect.rule_doc(rule) explains it';
COMMENT ON COLUMN architect.finding.severity IS 'How bad it is: info, warning or error';
COMMENT ON COLUMN architect.finding.category IS 'The group of rules: locks, breakage, data-loss, transactions, design, types, naming, security, indexes, partitioning, code, health, capacity, settings, replication or policy';
COMMENT ON COLUMN architect.finding.object_kind IS 'What kind of object it is about: table, column, index, function and so on';
COMMENT ON COLUMN architect.finding.object IS 'The object, quoted as SQL: what architect.suppress() takes';
COMMENT ON COLUMN architect.finding.schema_name IS 'The schema of the object';
COMMENT ON COLUMN architect.finding.relation_name IS 'The name of the relation or function';
COMMENT ON COLUMN architect.finding.column_name IS 'The column, where it is about one';
COMMENT ON COLUMN architect.finding.message IS 'One line; messages to the client end in the name of the rule in brackets';
COMMENT ON COLUMN architect.finding.detail IS 'The facts behind it: rows, bytes, locks, who waits';
COMMENT ON COLUMN architect.finding.hint IS 'What to do';
COMMENT ON COLUMN architect.finding.remedy IS 'SQL to run instead or to mend what is there; null where there is none';
COMMENT ON COLUMN architect.finding.evidence IS 'The numbers behind the verdict';
COMMENT ON COLUMN architect.finding.fingerprint IS 'The same mistake on the same object has the same fingerprint in every run and on every server';
COMMENT ON COLUMN architect.finding.line IS 'The line of the text that was judged, counted from 1; null where no text was';
COMMENT ON COLUMN architect.finding."column" IS 'The character in that line, counted from 1';
COMMENT ON COLUMN architect.finding.score IS 'The rank, 100 to 399: 100 for info, 200 for warning, 300 for error, and up to 99 for what is at stake (10 for each power of ten of MiB, 6 for each of thousands of rows and of operations)';

-- sql/tables/rule_settings.sql

CREATE TABLE architect.rule_settings (
    rule text NOT NULL,
    schema_pattern text NOT NULL,
    table_pattern text NOT NULL,
    severity text,
    parameters jsonb NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT rule_settings_pkey PRIMARY KEY (rule, schema_pattern, table_pattern)
);

COMMENT ON TABLE architect.rule_settings IS 'Severities and parameters that differ from the defaults; written by architect.configure()';
COMMENT ON COLUMN architect.rule_settings.rule IS 'The rule, or * for all of them';
COMMENT ON COLUMN architect.rule_settings.schema_pattern IS 'The schemas for which it holds: a pattern of LIKE';
COMMENT ON COLUMN architect.rule_settings.table_pattern IS 'The tables (or functions) for which it holds: a pattern of LIKE';
COMMENT ON COLUMN architect.rule_settings.severity IS 'info, warning, error, off or on; null leaves it';
COMMENT ON COLUMN architect.rule_settings.parameters IS 'The parameters that differ, by name';
COMMENT ON COLUMN architect.rule_settings.changed_by IS 'The session role that wrote it last';
COMMENT ON COLUMN architect.rule_settings.changed_at IS 'When it was written last';

-- It holds only what people set, never a row of ours, so a restore into a fresh extension finds no duplicate.
SELECT pg_catalog.pg_extension_config_dump('architect.rule_settings', '');

-- sql/tables/suppressions.sql

CREATE TABLE architect.suppressions (
    rule text NOT NULL,
    object text NOT NULL,
    reason text NOT NULL,
    expires timestamp with time zone,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT suppressions_pkey PRIMARY KEY (rule, object)
);

COMMENT ON TABLE architect.suppressions IS 'Findings that are known and accepted; written by architect.suppress()';
COMMENT ON COLUMN architect.suppressions.rule IS 'The rule';
COMMENT ON COLUMN architect.suppressions.object IS 'The object as findings print it; a table stands for its columns and constraints too';
COMMENT ON COLUMN architect.suppressions.reason IS 'Why it is accepted';
COMMENT ON COLUMN architect.suppressions.expires IS 'When it ends; null for never';
COMMENT ON COLUMN architect.suppressions.created_by IS 'The session role that wrote it last';
COMMENT ON COLUMN architect.suppressions.created_at IS 'When it was written last';

SELECT pg_catalog.pg_extension_config_dump('architect.suppressions', '');

-- sql/tables/baseline.sql

CREATE TABLE architect.baseline (
    fingerprint text NOT NULL,
    rule text NOT NULL,
    object text NOT NULL,
    adopted_by text NOT NULL,
    adopted_at timestamp with time zone NOT NULL,
    CONSTRAINT baseline_pkey PRIMARY KEY (fingerprint)
);

COMMENT ON TABLE architect.baseline IS 'Findings that were there when the schema was adopted and are not reported; written by architect.adopt()';
COMMENT ON COLUMN architect.baseline.fingerprint IS 'The fingerprint of the finding: 16 hexadecimal digits';
COMMENT ON COLUMN architect.baseline.rule IS 'The rule';
COMMENT ON COLUMN architect.baseline.object IS 'The object as findings print it';
COMMENT ON COLUMN architect.baseline.adopted_by IS 'The session role that adopted it';
COMMENT ON COLUMN architect.baseline.adopted_at IS 'When it was adopted';

SELECT pg_catalog.pg_extension_config_dump('architect.baseline', '');

-- sql/tables/profile_in_use.sql

CREATE TABLE architect.profile_in_use (
    name text NOT NULL,
    chosen_by text NOT NULL,
    chosen_at timestamp with time zone NOT NULL,
    CONSTRAINT profile_in_use_pkey PRIMARY KEY (name)
);

COMMENT ON TABLE architect.profile_in_use IS 'The profile that architect.use_profile() chose; no row: default';
COMMENT ON COLUMN architect.profile_in_use.name IS 'Its name; architect.profiles lists all of them';
COMMENT ON COLUMN architect.profile_in_use.chosen_by IS 'The session role that chose it';
COMMENT ON COLUMN architect.profile_in_use.chosen_at IS 'When it was chosen';

SELECT pg_catalog.pg_extension_config_dump('architect.profile_in_use', '');

-- sql/tables/armed.sql

-- Never dumped, and by OID: neither a restored database nor a copy of one is armed.
CREATE TABLE architect.armed (
    database_oid oid NOT NULL,
    armed_at timestamp with time zone NOT NULL,
    armed_by text NOT NULL,
    CONSTRAINT armed_pkey PRIMARY KEY (database_oid)
);

COMMENT ON TABLE architect.armed IS 'The databases in which architect.mode = enforce stops DDL; written by architect.arm()';
COMMENT ON COLUMN architect.armed.database_oid IS 'The OID of the database; a row with that of another database came with a copy and counts for nothing';
COMMENT ON COLUMN architect.armed.armed_at IS 'When it was armed';
COMMENT ON COLUMN architect.armed.armed_by IS 'The session role that armed it';

-- sql/tables/ddl_log.sql

CREATE TABLE architect.ddl_log (
    id uuid NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    transaction_id xid8,
    session_role text NOT NULL,
    outer_role text NOT NULL,
    effective_role text NOT NULL,
    application_name text,
    tag text NOT NULL,
    objects text[] NOT NULL,
    findings jsonb NOT NULL,
    break_glass text,
    predicted_rewrites oid[] NOT NULL,
    actual_rewrites oid[] NOT NULL,
    CONSTRAINT ddl_log_pkey PRIMARY KEY (id)
);

COMMENT ON TABLE architect.ddl_log IS 'The DDL that was committed, as far as architect.log_ddl says; what was stopped or rolled back is in the server log only';
COMMENT ON COLUMN architect.ddl_log.id IS 'A random identifier: rows of several servers can be put together';
COMMENT ON COLUMN architect.ddl_log.happened_at IS 'When the statement ended';
COMMENT ON COLUMN architect.ddl_log.transaction_id IS 'Its transaction';
COMMENT ON COLUMN architect.ddl_log.session_role IS 'Who connected';
COMMENT ON COLUMN architect.ddl_log.outer_role IS 'The role outside of any SECURITY DEFINER function (SET ROLE)';
COMMENT ON COLUMN architect.ddl_log.effective_role IS 'The role with whose rights the statement ran';
COMMENT ON COLUMN architect.ddl_log.application_name IS 'What the client called itself';
COMMENT ON COLUMN architect.ddl_log.tag IS 'The command tag, or BREAK GLASS';
COMMENT ON COLUMN architect.ddl_log.objects IS 'What it made, changed or dropped: kind and identity; a very long list is cut';
COMMENT ON COLUMN architect.ddl_log.findings IS 'What was found before its lock';
COMMENT ON COLUMN architect.ddl_log.break_glass IS 'The reason for which the guard stopped nothing in this transaction';
COMMENT ON COLUMN architect.ddl_log.predicted_rewrites IS 'The tables that it was predicted to write anew';
COMMENT ON COLUMN architect.ddl_log.actual_rewrites IS 'The tables that it did write anew';

-- sql/functions/rules.sql

CREATE FUNCTION architect.rules() RETURNS TABLE (
    name text,
    category text,
    severity text,
    enabled boolean,
    moment text,
    title text,
    why text,
    remedy text,
    parameters jsonb,
    sources text[]
)
    LANGUAGE c STABLE PARALLEL UNSAFE ROWS 200
    AS 'MODULE_PATHNAME', 'rules_wrapper';

COMMENT ON FUNCTION architect.rules() IS 'The rules; see the view of the same name';

CREATE FUNCTION architect.rule_doc(name text) RETURNS text
    LANGUAGE c STRICT IMMUTABLE PARALLEL SAFE
    AS 'MODULE_PATHNAME', 'rule_doc_wrapper';

COMMENT ON FUNCTION architect.rule_doc(text) IS 'Explains a rule: why it matters, what to do, examples, parameters';

-- sql/functions/lint.sql

CREATE FUNCTION architect.lint(sql text) RETURNS SETOF architect.finding
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE COST 10000 ROWS 10
    AS 'MODULE_PATHNAME', 'lint_wrapper';

COMMENT ON FUNCTION architect.lint(text) IS 'Judges a script against this database without executing it';

-- sql/functions/explain_ddl.sql

CREATE FUNCTION architect.explain_ddl(sql text) RETURNS TABLE (
    statement integer,
    line integer,
    command_tag text,
    relation text,
    relation_kind text,
    role text,
    lock text,
    blocks text,
    rewrite text,
    scan text,
    index_builds text[],
    rows bigint,
    bytes bigint,
    created_here boolean,
    in_the_way text,
    refused text,
    unknown text
)
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE COST 10000 ROWS 10
    AS 'MODULE_PATHNAME', 'explain_ddl_wrapper';

COMMENT ON FUNCTION architect.explain_ddl(text) IS 'Says what a script would do to each relation (locks of ROW SHARE and stronger, rewrite, scan, index builds) without executing it';

-- sql/functions/check.sql

CREATE FUNCTION architect."check"(
    schema text DEFAULT NULL,
    "table" text DEFAULT NULL,
    categories text[] DEFAULT NULL,
    min_severity text DEFAULT NULL,
    profile text DEFAULT NULL
) RETURNS SETOF architect.finding
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000 ROWS 100
    -- Compiling the queries would take longer than running them.
    SET search_path = pg_catalog, pg_temp SET jit = off
    AS 'MODULE_PATHNAME', 'check_wrapper';

COMMENT ON FUNCTION architect."check"(text, text, text[], text, text) IS 'Judges what is there now: the whole database, one schema, or the tables of one name; the highest score first';

-- sql/functions/not_judged.sql

CREATE FUNCTION architect.not_judged(schema text DEFAULT NULL, "table" text DEFAULT NULL, profile text DEFAULT NULL)
    RETURNS TABLE (rule text, object text, reason text, remedy text)
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000 ROWS 100
    SET search_path = pg_catalog, pg_temp SET jit = off
    AS 'MODULE_PATHNAME', 'not_judged_wrapper';

COMMENT ON FUNCTION architect.not_judged(text, text, text) IS 'What a check could not judge, why, and what would allow it';

-- sql/functions/fix_script.sql

CREATE FUNCTION architect.fix_steps(
    schema text DEFAULT NULL,
    "table" text DEFAULT NULL,
    rules text[] DEFAULT NULL,
    categories text[] DEFAULT NULL,
    min_severity text DEFAULT NULL,
    profile text DEFAULT NULL
) RETURNS TABLE (
    step integer,
    rule text,
    object text,
    title text,
    statement text,
    transaction text,
    locks text,
    fingerprint text
)
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000 ROWS 100
    SET search_path = pg_catalog, pg_temp SET jit = off
    AS 'MODULE_PATHNAME', 'fix_steps_wrapper';

COMMENT ON FUNCTION architect.fix_steps(text, text, text[], text[], text, text) IS 'The SQL that mends the findings of a check, one row per statement, in an order that is safe to run: what is built comes before what is dropped. Findings that need a decision have no SQL and are left out';

CREATE FUNCTION architect.fix_script(
    schema text DEFAULT NULL,
    "table" text DEFAULT NULL,
    rules text[] DEFAULT NULL,
    categories text[] DEFAULT NULL,
    min_severity text DEFAULT NULL,
    profile text DEFAULT NULL
) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000
    SET search_path = pg_catalog, pg_temp SET jit = off
    AS 'MODULE_PATHNAME', 'fix_script_wrapper';

COMMENT ON FUNCTION architect.fix_script(text, text, text[], text[], text, text) IS 'The same as one script for psql, each statement with a comment that says why, and what it locks: psql -XAtqc "SELECT architect.fix_script()" > fix.sql';

-- sql/functions/last_findings.sql

CREATE FUNCTION architect.last_findings() RETURNS SETOF architect.finding
    LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 10
    AS 'MODULE_PATHNAME', 'last_findings_wrapper';

COMMENT ON FUNCTION architect.last_findings() IS 'The findings of the last transaction of this session that had any, stopped ones included';

-- sql/functions/status.sql

CREATE FUNCTION architect.status() RETURNS TABLE (name text, value text, detail text)
    LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 30
    AS 'MODULE_PATHNAME', 'status_wrapper';

COMMENT ON FUNCTION architect.status() IS 'Whether the guard is on duty here, with which settings, and what it cannot see';

-- sql/functions/configure.sql

CREATE FUNCTION architect.configure(
    rule text,
    severity text DEFAULT NULL,
    parameters jsonb DEFAULT NULL,
    schema_pattern text DEFAULT '%',
    table_pattern text DEFAULT '%'
) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'configure_wrapper';

COMMENT ON FUNCTION architect.configure(text, text, jsonb, text, text) IS 'Sets severity (info, warning, error, off, on) and parameters of a rule, or of all rules (*), everywhere or for matching schemas and tables';

CREATE FUNCTION architect.unconfigure(rule text, schema_pattern text DEFAULT '%', table_pattern text DEFAULT '%') RETURNS boolean
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'unconfigure_wrapper';

COMMENT ON FUNCTION architect.unconfigure(text, text, text) IS 'Removes a setting of architect.configure(); false if there was none';

-- sql/functions/suppress.sql

CREATE FUNCTION architect.suppress(
    rule text,
    object text,
    reason text,
    expires timestamp with time zone DEFAULT NULL
) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'suppress_wrapper';

COMMENT ON FUNCTION architect.suppress(text, text, text, timestamp with time zone) IS 'Accepts the findings of a rule on an object, for a reason and, best, until a day';

CREATE FUNCTION architect.unsuppress(rule text, object text) RETURNS boolean
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'unsuppress_wrapper';

COMMENT ON FUNCTION architect.unsuppress(text, text) IS 'Removes a suppression; false if there was none';

-- sql/functions/profiles.sql

CREATE FUNCTION architect.use_profile(name text) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'use_profile_wrapper';

COMMENT ON FUNCTION architect.use_profile(text) IS 'Makes a profile the base of the policy in this database; what architect.configure() sets goes before it';

CREATE FUNCTION architect.profiles()
    RETURNS TABLE (name text, in_use boolean, title text, settings jsonb)
    LANGUAGE c STABLE PARALLEL SAFE ROWS 10
    AS 'MODULE_PATHNAME', 'profiles_wrapper';

COMMENT ON FUNCTION architect.profiles() IS 'The profiles, and what each sets';

-- sql/functions/adopt.sql

CREATE FUNCTION architect.adopt(schema text DEFAULT NULL) RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000
    SET search_path = pg_catalog, pg_temp SET jit = off
    AS 'MODULE_PATHNAME', 'adopt_wrapper';

COMMENT ON FUNCTION architect.adopt(text) IS 'Takes what a full check finds now (of one schema, or of all) as the baseline: from now on only what is new is reported. The number of findings in the baseline is returned; called again, it replaces the baseline';

CREATE FUNCTION architect.unadopt() RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'unadopt_wrapper';

COMMENT ON FUNCTION architect.unadopt() IS 'Empties the baseline, so that everything is reported again; the number of findings that were in it is returned';

-- sql/functions/break_glass.sql

CREATE FUNCTION architect.break_glass(reason text) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'break_glass_wrapper';

COMMENT ON FUNCTION architect.break_glass(text) IS 'Lets everything through until this transaction ends; the reason is logged';

-- sql/functions/arm.sql

CREATE FUNCTION architect.arm() RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'arm_wrapper';

COMMENT ON FUNCTION architect.arm() IS 'Lets architect.mode = enforce stop DDL in this database, wherever the setting comes from';

CREATE FUNCTION architect.disarm() RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'disarm_wrapper';

COMMENT ON FUNCTION architect.disarm() IS 'Takes architect.arm() back';

-- sql/functions/event_triggers.sql

CREATE FUNCTION architect.ddl_command_start() RETURNS event_trigger
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'pg_architect_ddl_command_start';

COMMENT ON FUNCTION architect.ddl_command_start() IS 'Judges a statement before it takes its lock';

CREATE FUNCTION architect.ddl_command_end() RETURNS event_trigger
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'pg_architect_ddl_command_end';

COMMENT ON FUNCTION architect.ddl_command_end() IS 'Compares what a statement did with what was predicted, and records it';

CREATE FUNCTION architect.sql_drop() RETURNS event_trigger
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'pg_architect_sql_drop';

COMMENT ON FUNCTION architect.sql_drop() IS 'Notes what a statement dropped';

CREATE FUNCTION architect.table_rewrite() RETURNS event_trigger
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'pg_architect_table_rewrite';

COMMENT ON FUNCTION architect.table_rewrite() IS 'Notes which tables a statement writes anew';

CREATE FUNCTION architect.policy_changed() RETURNS trigger
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'pg_architect_policy_changed';

COMMENT ON FUNCTION architect.policy_changed() IS 'Tells every session to read the policy again';

-- sql/triggers.sql

CREATE TRIGGER policy_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON architect.rule_settings
    FOR EACH STATEMENT EXECUTE FUNCTION architect.policy_changed();
COMMENT ON TRIGGER policy_changed ON architect.rule_settings IS 'Tells every session to read the policy again';

CREATE TRIGGER policy_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON architect.suppressions
    FOR EACH STATEMENT EXECUTE FUNCTION architect.policy_changed();
COMMENT ON TRIGGER policy_changed ON architect.suppressions IS 'Tells every session to read the policy again';

CREATE TRIGGER policy_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON architect.armed
    FOR EACH STATEMENT EXECUTE FUNCTION architect.policy_changed();
COMMENT ON TRIGGER policy_changed ON architect.armed IS 'Tells every session to read the policy again';

CREATE TRIGGER policy_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON architect.profile_in_use
    FOR EACH STATEMENT EXECUTE FUNCTION architect.policy_changed();
COMMENT ON TRIGGER policy_changed ON architect.profile_in_use IS 'Tells every session to read the policy again';

CREATE TRIGGER policy_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON architect.baseline
    FOR EACH STATEMENT EXECUTE FUNCTION architect.policy_changed();
COMMENT ON TRIGGER policy_changed ON architect.baseline IS 'Tells every session to read the policy again';

-- sql/views/rules.sql

CREATE VIEW architect.rules WITH (security_invoker = true) AS
SELECT name, category, severity, enabled, moment, title, why, remedy, parameters, sources
FROM architect.rules();

COMMENT ON VIEW architect.rules IS 'Every rule, with the settings in force';
COMMENT ON COLUMN architect.rules.name IS 'Its name: the pattern that it finds';
COMMENT ON COLUMN architect.rules.category IS 'Its group: locks, breakage, data-loss, transactions, design, types, naming, security, indexes, partitioning, code, health, capacity, settings, replication or policy';
COMMENT ON COLUMN architect.rules.severity IS 'How bad its findings are: info, warning or error; a finding can differ with its case';
COMMENT ON COLUMN architect.rules.enabled IS 'Whether it is on; settings for single schemas or tables apart';
COMMENT ON COLUMN architect.rules.moment IS 'When it judges: start (before the lock), commit (and full checks), lint (scripts only), check (full checks only)';
COMMENT ON COLUMN architect.rules.title IS 'What it finds, in one line';
COMMENT ON COLUMN architect.rules.why IS 'Why it matters';
COMMENT ON COLUMN architect.rules.remedy IS 'What to do instead';
COMMENT ON COLUMN architect.rules.parameters IS 'Its parameters: value in force, default and meaning of each';
COMMENT ON COLUMN architect.rules.sources IS 'Where it comes from';

-- sql/views/profiles.sql

CREATE VIEW architect.profiles WITH (security_invoker = true) AS
SELECT name, in_use, title, settings
FROM architect.profiles();

COMMENT ON VIEW architect.profiles IS 'The profiles: named sets of rule settings';
COMMENT ON COLUMN architect.profiles.name IS 'Its name: what architect.use_profile() takes';
COMMENT ON COLUMN architect.profiles.in_use IS 'Whether it is the one in use in this database';
COMMENT ON COLUMN architect.profiles.title IS 'What it is for';
COMMENT ON COLUMN architect.profiles.settings IS 'What it sets, by rule: severity and parameters';

-- sql/views/findings.sql

CREATE VIEW architect.findings WITH (security_invoker = true) AS
SELECT score, severity, rule, category, object_kind, object, schema_name, relation_name, column_name, message, detail, hint, remedy,
       evidence, fingerprint
FROM architect."check"();

COMMENT ON VIEW architect.findings IS 'Everything that a full check of the database finds now, the highest score first';
COMMENT ON COLUMN architect.findings.score IS 'The rank, 100 to 399; see architect.finding';
COMMENT ON COLUMN architect.findings.severity IS 'How bad it is: info, warning or error';
COMMENT ON COLUMN architect.findings.rule IS 'The rule; architect.rule_doc(rule) explains it';
COMMENT ON COLUMN architect.findings.category IS 'The group of the rule';
COMMENT ON COLUMN architect.findings.object_kind IS 'What kind of object it is about';
COMMENT ON COLUMN architect.findings.object IS 'The object, quoted as SQL: what architect.suppress() takes';
COMMENT ON COLUMN architect.findings.schema_name IS 'The schema of the object';
COMMENT ON COLUMN architect.findings.relation_name IS 'The name of the relation or function';
COMMENT ON COLUMN architect.findings.column_name IS 'The column, where it is about one';
COMMENT ON COLUMN architect.findings.message IS 'One line';
COMMENT ON COLUMN architect.findings.detail IS 'The facts behind it';
COMMENT ON COLUMN architect.findings.hint IS 'What to do';
COMMENT ON COLUMN architect.findings.remedy IS 'SQL that mends it; null where there is none';
COMMENT ON COLUMN architect.findings.evidence IS 'The numbers behind the verdict';
COMMENT ON COLUMN architect.findings.fingerprint IS 'The same mistake on the same object has the same fingerprint in every run and on every server';

-- sql/views/not_judged.sql

CREATE VIEW architect.not_judged WITH (security_invoker = true) AS
SELECT rule, object, reason, remedy
FROM architect.not_judged();

COMMENT ON VIEW architect.not_judged IS 'What a full check of the database could not judge: no finding there means nothing';
COMMENT ON COLUMN architect.not_judged.rule IS 'The rule';
COMMENT ON COLUMN architect.not_judged.object IS 'The object, or the scope: database or server';
COMMENT ON COLUMN architect.not_judged.reason IS 'Why it could not be judged';
COMMENT ON COLUMN architect.not_judged.remedy IS 'What would allow it';

-- sql/views/index_usage.sql

-- architect.index_usage: to come.

-- sql/views/missing_fk_indexes.sql

-- architect.missing_fk_indexes: to come.

-- sql/views/missing_index_candidates.sql

-- architect.missing_index_candidates: to come.

-- sql/views/table_health.sql

-- architect.table_health: to come.

-- sql/views/vacuum_health.sql

-- architect.vacuum_health: to come.

-- sql/views/sequence_health.sql

-- architect.sequence_health: to come.

-- sql/views/column_advice.sql

-- architect.column_advice: to come.

-- sql/views/constraint_health.sql

-- architect.constraint_health: to come.

-- sql/views/partition_health.sql

-- architect.partition_health: to come.

-- sql/views/relationship_catalog.sql

-- architect.relationship_catalog: to come.

-- sql/views/security_posture.sql

-- architect.security_posture: to come.

-- sql/views/settings_advice.sql

-- architect.settings_advice: to come.

-- sql/views/connection_health.sql

-- architect.connection_health: to come.

-- sql/views/replication_health.sql

-- architect.replication_health: to come.

-- sql/views/lock_tree.sql

-- architect.lock_tree: to come.

-- sql/views/capacity.sql

-- architect.capacity: to come.

-- sql/functions/cascade_fanout.sql

-- architect.cascade_fanout: to come.

-- sql/functions/plans/not_null_plan.sql

-- architect.not_null_plan: to come.

-- sql/functions/plans/fk_plan.sql

-- architect.fk_plan: to come.

-- sql/functions/plans/type_change_plan.sql

-- architect.type_change_plan: to come.

-- sql/functions/plans/backfill_plan.sql

-- architect.backfill_plan: to come.

-- sql/functions/plans/run_backfill.sql

-- architect.run_backfill: to come.

-- sql/functions/plans/partition_plan.sql

-- architect.partition_plan: to come.

-- sql/functions/plans/updated_at_trigger.sql

-- architect.updated_at_trigger: to come.

-- sql/functions/plans/history_table.sql

-- architect.history_table: to come.

-- sql/functions/plans/role_template.sql

-- architect.role_template: to come.

-- sql/event_triggers.sql

CREATE EVENT TRIGGER pg_architect_ddl_command_start ON ddl_command_start
    EXECUTE FUNCTION architect.ddl_command_start();
COMMENT ON EVENT TRIGGER pg_architect_ddl_command_start IS 'pg_architect: judges a statement before it takes its lock';

CREATE EVENT TRIGGER pg_architect_ddl_command_end ON ddl_command_end
    EXECUTE FUNCTION architect.ddl_command_end();
COMMENT ON EVENT TRIGGER pg_architect_ddl_command_end IS 'pg_architect: compares what a statement did with what was predicted, and records it';

CREATE EVENT TRIGGER pg_architect_sql_drop ON sql_drop
    EXECUTE FUNCTION architect.sql_drop();
COMMENT ON EVENT TRIGGER pg_architect_sql_drop IS 'pg_architect: notes what a statement dropped';

CREATE EVENT TRIGGER pg_architect_table_rewrite ON table_rewrite
    EXECUTE FUNCTION architect.table_rewrite();
COMMENT ON EVENT TRIGGER pg_architect_table_rewrite IS 'pg_architect: notes which tables a statement writes anew';

-- sql/grants.sql

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
    architect.ddl_log FROM PUBLIC;
GRANT SELECT ON architect.rule_settings, architect.suppressions, architect.armed, architect.profile_in_use, architect.baseline,
    architect.ddl_log TO pg_monitor;
