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

-- sql/types/plan_step.sql

-- A step is what is committed together: its statement, sent as one string, is one transaction, so that psql's \gexec runs a plan as it
-- stands. That is why there is no 'with the previous step'.
CREATE TYPE architect.plan_step AS (
    step integer,
    title text,
    statement text,
    transaction text,
    locks text,
    undo text
);

COMMENT ON TYPE architect.plan_step IS 'A step of a plan; each is committed before the next';
COMMENT ON COLUMN architect.plan_step.step IS 'Its place in the order, from 1';
COMMENT ON COLUMN architect.plan_step.title IS 'What it does, and what to know before';
COMMENT ON COLUMN architect.plan_step.statement IS 'SQL that runs as it stands; several statements belong into one transaction, as one string they are one';
COMMENT ON COLUMN architect.plan_step.transaction IS 'own transaction (between BEGIN and COMMIT where a client commits each statement), or outside a transaction block';
COMMENT ON COLUMN architect.plan_step.locks IS 'The locks that are in the way of others, and for how long; those on tables that the plan itself made are not named';
COMMENT ON COLUMN architect.plan_step.undo IS 'SQL that takes the step back; null where nothing is left to take back or nothing can';

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

-- sql/tables/backfills.sql

-- Dumped: a restored database has the rows as far as they were done, and goes on from there. Whoever runs backfills needs SELECT, INSERT
-- and UPDATE on it; run_backfill() has only its caller's rights, because a procedure with other rights may not commit.
CREATE TABLE architect.backfills (
    fingerprint text NOT NULL,
    relation text NOT NULL,
    relation_oid oid NOT NULL,
    column_numbers smallint[] NOT NULL,
    database_oid oid NOT NULL,
    written_in oid NOT NULL,
    system_identifier bigint,
    assignment text,
    condition text,
    copied_to text,
    copied_to_oid oid,
    key_columns text[] NOT NULL,
    last_key text[],
    rows_seen bigint NOT NULL,
    rows_changed bigint NOT NULL,
    batches bigint NOT NULL,
    started_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    run_by text NOT NULL,
    CONSTRAINT backfills_pkey PRIMARY KEY (fingerprint)
);

COMMENT ON TABLE architect.backfills IS 'How far each backfill is; written by architect.run_backfill() in the transaction of each batch';
COMMENT ON COLUMN architect.backfills.fingerprint IS 'Table, assignment, condition and target, digested: the same call finds its row again';
COMMENT ON COLUMN architect.backfills.relation IS 'The table, quoted and with its schema';
COMMENT ON COLUMN architect.backfills.relation_oid IS 'Its OID: a table made anew under the name begins anew';
COMMENT ON COLUMN architect.backfills.column_numbers IS 'The numbers of its columns that are named: a column made anew under a name begins anew';
COMMENT ON COLUMN architect.backfills.database_oid IS 'The OID of the database: in a restored one tables and columns have other numbers and the backfill goes on';
COMMENT ON COLUMN architect.backfills.written_in IS 'The OID of this table: where a dump was restored into the database it came from, it has another one';
COMMENT ON COLUMN architect.backfills.system_identifier IS 'The cluster, as pg_control_system() tells it: databases of two clusters may have the same OIDs; null where the caller may not ask';
COMMENT ON COLUMN architect.backfills.assignment IS 'What stands behind SET; null for a copy';
COMMENT ON COLUMN architect.backfills.condition IS 'Which rows are changed; null for all';
COMMENT ON COLUMN architect.backfills.copied_to IS 'The table to which rows are copied; null for an update';
COMMENT ON COLUMN architect.backfills.copied_to_oid IS 'Its OID; null for an update';
COMMENT ON COLUMN architect.backfills.key_columns IS 'The columns of the key along which it walks';
COMMENT ON COLUMN architect.backfills.last_key IS 'The values of the last key that is done, as text; null before the first batch';
COMMENT ON COLUMN architect.backfills.rows_seen IS 'Rows walked over';
COMMENT ON COLUMN architect.backfills.rows_changed IS 'Rows updated or copied';
COMMENT ON COLUMN architect.backfills.batches IS 'Batches committed';
COMMENT ON COLUMN architect.backfills.started_at IS 'When the first call began it';
COMMENT ON COLUMN architect.backfills.updated_at IS 'When the last batch was committed';
COMMENT ON COLUMN architect.backfills.finished_at IS 'When the end of the key was reached; null while there is more to do';
COMMENT ON COLUMN architect.backfills.run_by IS 'The role that ran the last batch';

SELECT pg_catalog.pg_extension_config_dump('architect.backfills', '');

-- sql/tables/measured_work.sql

CREATE TABLE architect.measured_work (
    id uuid NOT NULL,
    measured_at timestamp with time zone NOT NULL,
    tag text NOT NULL,
    read_bytes bigint NOT NULL,
    write_bytes bigint NOT NULL,
    sort_bytes bigint NOT NULL,
    seconds double precision NOT NULL,
    CONSTRAINT measured_work_pkey PRIMARY KEY (id)
);

-- Not dumped: the speeds are those of this server, and a dump may be restored on another one.
COMMENT ON TABLE architect.measured_work IS 'What large DDL took on this server: the measurements behind estimated_blocking of architect.explain_ddl(). Written by the extension when a statement of at least 8 MB of work and 50 ms ends; not dumped';
COMMENT ON COLUMN architect.measured_work.id IS 'A random identifier';
COMMENT ON COLUMN architect.measured_work.measured_at IS 'When the statement ended';
COMMENT ON COLUMN architect.measured_work.tag IS 'Its command tag';
COMMENT ON COLUMN architect.measured_work.read_bytes IS 'Bytes of heap and TOAST that it was predicted to read';
COMMENT ON COLUMN architect.measured_work.write_bytes IS 'Bytes of heap and TOAST that it was predicted to write';
COMMENT ON COLUMN architect.measured_work.sort_bytes IS 'Bytes of index entries that it was predicted to sort';
COMMENT ON COLUMN architect.measured_work.seconds IS 'Seconds from its first change, behind the wait for its lock, to its end';

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
    unknown text,
    estimated_blocking interval,
    speeds_measured boolean,
    read_bytes bigint,
    write_bytes bigint,
    sort_bytes bigint,
    several_transactions boolean,
    relation_oid oid,
    blockers jsonb
)
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE COST 10000 ROWS 10
    AS 'MODULE_PATHNAME', 'explain_ddl_wrapper';

COMMENT ON FUNCTION architect.explain_ddl(text) IS 'What a script would do to each relation (locks of ROW SHARE and stronger, rewrite, scan, index builds, about how long it blocks) without executing it; a statement that locks nothing has no row, or one without a relation where it is refused';

-- sql/functions/not_explained.sql

CREATE FUNCTION architect.not_explained(sql text) RETURNS TABLE (
    line integer,
    command_tag text
)
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE COST 10000 ROWS 1
    AS 'MODULE_PATHNAME', 'not_explained_wrapper';

COMMENT ON FUNCTION architect.not_explained(text) IS 'The statements of a script of whose table locks nothing is known, so that architect.explain_ddl() has no or not all rows for them';

-- sql/functions/work_speeds.sql

CREATE FUNCTION architect.work_speeds() RETURNS TABLE (
    work text,
    bytes_per_second bigint,
    measurements integer,
    source text
)
    LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 3
    AS 'MODULE_PATHNAME', 'work_speeds_wrapper';

COMMENT ON FUNCTION architect.work_speeds() IS 'The speeds of reading, writing and sorting by which DDL is estimated: measured on this server, or stated defaults';

-- sql/functions/safe_now.sql

-- The body is bound when it is made (BEGIN ATOMIC) and not by a pinned search_path: the script is judged in the caller's own.
CREATE FUNCTION architect.safe_now(sql text, max_blocking interval DEFAULT '1 second') RETURNS TABLE (
    safe boolean,
    reason text,
    blockers jsonb,
    waits_for_pid integer,
    waits_for_age interval,
    replicas jsonb,
    writes jsonb,
    locks jsonb,
    not_visible text
)
    LANGUAGE sql STRICT VOLATILE PARALLEL UNSAFE COST 20000 ROWS 1
BEGIN ATOMIC
    WITH explained AS MATERIALIZED (
        SELECT e.*, e.blocks IN ('reads and writes', 'writes') AND NOT e.created_here AS strong
        FROM architect.explain_ddl(safe_now.sql) AS e
    ), not_explained AS MATERIALIZED (
        SELECT n.* FROM architect.not_explained(safe_now.sql) AS n
    ), sessions AS MATERIALIZED (
        SELECT a.pid, a.state, a.application_name, a.backend_type,
               a.query = '<insufficient privilege>' AS hidden,
               CASE WHEN a.query <> '<insufficient privilege>' THEN a.query END AS query,
               pg_catalog.clock_timestamp() - a.xact_start AS age,
               -- VACUUM is not waited for (GetCurrentVirtualXIDs without PROC_IN_VACUUM).
               a.backend_xmin IS NOT NULL AND a.datname = pg_catalog.current_database()
                   AND a.backend_type NOT IN ('autovacuum worker', 'walsender')
                   AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_vacuum AS v WHERE v.pid = a.pid) AS has_snapshot,
               a.datname = pg_catalog.current_database() AS here
        FROM pg_catalog.pg_stat_activity AS a
        WHERE a.pid <> pg_catalog.pg_backend_pid()
    ), in_the_way AS MATERIALIZED (
        SELECT e.statement, e.relation, e.lock, e.blocks, e.strong, (b.blocker ->> 'pid')::integer AS pid,
               b.blocker ->> 'lock' AS holds, (b.blocker ->> 'granted')::boolean AS granted,
               (b.blocker ->> 'autovacuum')::boolean AS autovacuum,
               (b.blocker ->> 'transaction_ms')::double precision * interval '1 millisecond' AS age
        FROM explained AS e CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(e.blockers) AS b (blocker)
    ), snapshots AS MATERIALIZED (
        -- CONCURRENTLY waits for every transaction of this database whose snapshot is older than its own, and for whoever holds a
        -- lock on the table: CREATE INDEX for those who write, the other forms at last for those who read, too.
        SELECT w.pid, w.age
        FROM (SELECT s.pid, s.age FROM sessions AS s WHERE s.has_snapshot
              UNION ALL
              SELECT l.pid, s.age
              FROM explained AS e
              JOIN pg_catalog.pg_locks AS l ON l.relation = e.relation_oid AND l.locktype = 'relation' AND l.granted
              JOIN pg_catalog.pg_database AS d ON d.oid = l.database AND d.datname = pg_catalog.current_database()
              LEFT JOIN sessions AS s ON s.pid = l.pid
              WHERE l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid() AND s.backend_type IS DISTINCT FROM 'autovacuum worker'
                AND (e.several_transactions AND e.command_tag <> 'CREATE INDEX'
                     OR l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'ShareLock'))) AS w
        ORDER BY w.age DESC NULLS LAST
        LIMIT 1
    ), standbys AS MATERIALIZED (
        SELECT r.pid, r.application_name, r.state, r.replay_lag,
               r.backend_xmin IS NOT NULL OR coalesce(s.xmin IS NOT NULL, false) AS feedback
        FROM pg_catalog.pg_stat_replication AS r
        LEFT JOIN pg_catalog.pg_replication_slots AS s ON s.active_pid = r.pid
        WHERE s.slot_type IS DISTINCT FROM 'logical' AND r.state IS DISTINCT FROM 'backup'
    ), written AS MATERIALIZED (
        SELECT DISTINCT ON (e.relation_oid) e.relation, t.n_tup_ins + t.n_tup_upd + t.n_tup_del AS rows_changed,
               c.since, t.n_mod_since_analyze AS changed_since_analyze, greatest(t.last_analyze, t.last_autoanalyze) AS analyzed
        FROM explained AS e
        JOIN pg_catalog.pg_stat_all_tables AS t ON t.relid = e.relation_oid
        CROSS JOIN (SELECT coalesce(d.stats_reset, least((SELECT b.stats_reset FROM pg_catalog.pg_stat_bgwriter AS b),
                                                         (SELECT a.stats_reset FROM pg_catalog.pg_stat_archiver AS a),
                                                         (SELECT w.stats_reset FROM pg_catalog.pg_stat_wal AS w))) AS since
                    FROM pg_catalog.pg_stat_database AS d WHERE d.datname = pg_catalog.current_database()) AS c
        WHERE e.strong AND e.relation_kind IN ('table', 'materialized view')
    ), statements AS MATERIALIZED (
        SELECT e.statement, pg_catalog.max(e.estimated_blocking) AS blocking,
               pg_catalog.bool_or(e.estimated_blocking IS NULL) AS open,
               pg_catalog.bool_and(e.speeds_measured) IS NOT FALSE AS measured
        FROM explained AS e WHERE e.strong GROUP BY e.statement
    ), total AS MATERIALIZED (
        SELECT coalesce(pg_catalog.sum(s.blocking), interval '0') AS blocking, coalesce(pg_catalog.bool_or(s.open), false) AS open,
               coalesce(pg_catalog.bool_and(s.measured), true) AS measured
        FROM statements AS s
    ), said AS MATERIALIZED (
        -- 1: why not; 2: why it cannot be said; 3: what to know besides.
        SELECT 1 AS weight, 0 AS place, 'this server is a standby' AS words WHERE pg_catalog.pg_is_in_recovery()
        UNION ALL
        SELECT 1, e.statement, 'the server will refuse it: ' || e.refused FROM explained AS e WHERE e.refused IS NOT NULL
        UNION ALL
        SELECT 1, e.statement, e.lock || ' on ' || e.relation || ' would wait for ' || e.in_the_way || ', and ' || e.blocks || ' behind it'
        FROM explained AS e WHERE e.strong AND e.in_the_way IS NOT NULL
        UNION ALL
        SELECT 1, 0, 'reads or writes would be blocked for about ' || t.blocking::text ||
               CASE WHEN t.measured THEN ' by what was measured on this server' ELSE ' by default speeds: nothing like it was measured here yet' END
        FROM total AS t WHERE t.blocking > safe_now.max_blocking
        UNION ALL
        SELECT 2, n.line, 'the locks of ' || n.command_tag || ' (line ' || n.line::text || ') are not known' FROM not_explained AS n
        UNION ALL
        SELECT 2, e.statement, 'not known: ' || e.unknown FROM explained AS e WHERE e.unknown IS NOT NULL
        UNION ALL
        SELECT 2, 0, 'how long reads or writes would be blocked cannot be estimated'
        FROM total AS t WHERE t.open AND NOT EXISTS (SELECT FROM explained AS e WHERE e.refused IS NOT NULL OR e.unknown IS NOT NULL)
        UNION ALL
        SELECT 3, e.statement, e.lock || ' on ' || e.relation || ' will wait for ' || e.in_the_way || '; no reads or writes wait behind it'
        FROM explained AS e WHERE NOT e.strong AND e.in_the_way IS NOT NULL
        UNION ALL
        SELECT 3, 0, 'it will wait for the transaction of pid ' || s.pid::text || ', open for ' ||
               coalesce(pg_catalog.date_trunc('second', s.age)::text, 'an unknown time') || ', before it is done'
        FROM snapshots AS s WHERE s.pid IS NOT NULL AND EXISTS (SELECT FROM explained AS e WHERE e.several_transactions)
        UNION ALL
        SELECT 3, 0, pg_catalog.count(*)::text || ' standby(s) cancel queries on the same relations, or fall behind, when they replay ACCESS EXCLUSIVE'
        FROM standbys AS s WHERE EXISTS (SELECT FROM explained AS e WHERE e.lock = 'ACCESS EXCLUSIVE' AND NOT e.created_here)
        HAVING pg_catalog.count(*) > 0
    ), verdict AS MATERIALIZED (
        SELECT pg_catalog.min(s.weight) FILTER (WHERE s.weight < 3) AS weight,
               pg_catalog.string_agg(s.words, '; ' ORDER BY s.weight, s.place, s.words) AS words
        FROM said AS s
    )
    SELECT CASE v.weight WHEN 1 THEN false WHEN 2 THEN NULL ELSE true END,
           CASE WHEN v.weight IS NULL
                THEN 'nobody is in the way now' ||
                     CASE WHEN NOT EXISTS (SELECT FROM explained AS e WHERE e.strong) THEN ', and no lock blocks reads or writes'
                          WHEN t.blocking > interval '0' THEN ', and reads or writes are blocked for about ' || t.blocking::text
                          ELSE ', and reads or writes are blocked for a moment' END || coalesce('; ' || v.words, '')
                ELSE v.words END,
           (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                       'pid', i.pid, 'relation', i.relation, 'wanted', i.lock, 'blocks', i.blocks, 'lock', i.holds, 'granted', i.granted,
                       'age', i.age, 'state', CASE WHEN i.pid IS NULL THEN 'prepared transaction' ELSE s.state END,
                       'application_name', s.application_name, 'autovacuum', i.autovacuum, 'query', s.query)
                   ORDER BY i.strong DESC, i.age DESC NULLS LAST, i.pid, i.relation), '[]')
            FROM in_the_way AS i LEFT JOIN sessions AS s ON s.pid = i.pid),
           (SELECT s.pid FROM snapshots AS s),
           (SELECT s.age FROM snapshots AS s),
           (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                       'pid', s.pid, 'application_name', s.application_name, 'state', s.state, 'replay_lag', s.replay_lag,
                       'feedback_seen', s.feedback) ORDER BY s.application_name, s.pid), '[]')
            FROM standbys AS s),
           (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                       'relation', w.relation, 'rows_changed', w.rows_changed, 'counters_since', w.since,
                       'per_second_at_least', pg_catalog.round((w.rows_changed / nullif(extract(epoch FROM pg_catalog.now() - w.since), 0))::numeric, 2),
                       'changed_since_analyze', w.changed_since_analyze, 'last_analyze', w.analyzed,
                       'per_second_since_analyze', pg_catalog.round((w.changed_since_analyze
                           / nullif(extract(epoch FROM pg_catalog.clock_timestamp() - w.analyzed), 0))::numeric, 2)) ORDER BY w.relation), '[]')
            FROM written AS w),
           (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                       'statement', e.statement, 'relation', e.relation, 'lock', e.lock, 'blocks', e.blocks,
                       'estimated_blocking', e.estimated_blocking) ORDER BY e.statement, e.strong DESC, e.relation), '[]')
            FROM explained AS e),
           (SELECT pg_catalog.count(*)::text || ' session(s) of this database hide state, query and snapshot from ' || current_user ||
                   ': pg_read_all_stats shows them'
            FROM sessions AS s WHERE s.hidden AND s.here HAVING pg_catalog.count(*) > 0)
    FROM verdict AS v CROSS JOIN total AS t;
END;

COMMENT ON FUNCTION architect.safe_now(text, interval) IS 'Whether a script could run now without holding up reads or writes for longer than max_blocking (NULL: cannot be said), and who is in the way; about locks and time, not about what is destroyed. Nothing is executed';

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

COMMENT ON FUNCTION architect.fix_steps(text, text, text[], text[], text, text) IS 'The SQL that mends the findings of a check, one row per statement, in an order that is safe to run: what is built comes before what is dropped, and new names come last. Findings that need a decision have no SQL and are left out';

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

-- sql/views/counter_age.sql

-- The file is written when the database is made and never again. A function of its own, because the right to call pg_stat_file is
-- checked before a query begins, even where CASE leaves it out.
CREATE FUNCTION architect.database_created() RETURNS timestamp with time zone
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT (pg_catalog.pg_stat_file(
            pg_catalog.regexp_replace(pg_catalog.pg_relation_filepath('pg_catalog.pg_class'), '[^/]+$', 'PG_VERSION'), true)).modification
    $$;

COMMENT ON FUNCTION architect.database_created() IS 'When this database was made, by its first file; needs the right to call pg_stat_file';
REVOKE ALL ON FUNCTION architect.database_created() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION architect.database_created() TO pg_monitor;

-- Crash recovery throws all counters away, leaves the database's reset time NULL and stamps those of the whole server with the
-- time of it; a reset by hand can only make these later. So the oldest of them is when counting began for whoever has no reset of
-- their own. A database that was made (or restored) later counts from then.
CREATE VIEW architect.counter_age WITH (security_invoker = true) AS
WITH began AS MATERIALIZED (
    SELECT d.stats_reset AS database_reset,
           least((SELECT b.stats_reset FROM pg_catalog.pg_stat_bgwriter b),
                 (SELECT a.stats_reset FROM pg_catalog.pg_stat_archiver a),
                 (SELECT w.stats_reset FROM pg_catalog.pg_stat_wal w)) AS server_reset,
           CASE WHEN pg_catalog.has_function_privilege('pg_catalog.pg_stat_file(text,boolean)', 'EXECUTE')
                THEN architect.database_created() END AS created
    FROM pg_catalog.pg_stat_database d
    WHERE d.datname = pg_catalog.current_database()
), seen AS MATERIALIZED (
    -- Who may not ask the file: the database is at least as old as the oldest thing that is known to have happened in it.
    SELECT b.*,
           CASE WHEN b.created IS NULL
                THEN coalesce(
                    least((SELECT pg_catalog.min(a.armed_at) FROM architect.armed a
                           JOIN pg_catalog.pg_database d ON d.oid = a.database_oid AND d.datname = pg_catalog.current_database()),
                          (SELECT pg_catalog.min(least(pg_catalog.pg_stat_get_last_vacuum_time(c.oid), pg_catalog.pg_stat_get_last_autovacuum_time(c.oid),
                                            pg_catalog.pg_stat_get_last_analyze_time(c.oid), pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid)))
                           FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 't', 'm'))),
                    pg_catalog.now())
           END AS known_since
    FROM began b
)
SELECT s.since AS counters_since,
       pg_catalog.now() - s.since AS counter_age,
       CASE s.since
           WHEN s.database_reset THEN 'reset of the database''s counters'
           WHEN s.created THEN 'creation of the database'
           WHEN s.known_since THEN 'oldest trace of the database; its creation cannot be seen'
           ELSE 'start of counting on this server (first start, or crash recovery)'
       END AS began_with,
       pg_catalog.pg_postmaster_start_time() AS server_started,
       pg_catalog.current_setting('track_counts')::boolean AS counting
FROM (SELECT s.*, greatest(coalesce(s.database_reset, s.server_reset, pg_catalog.pg_postmaster_start_time()),
                           coalesce(s.created, s.known_since)) AS since
      FROM seen s) AS s;

COMMENT ON VIEW architect.counter_age IS 'Since when the statistics counters of this database count, at the least: one row';
COMMENT ON COLUMN architect.counter_age.counters_since IS 'Counters cover the time from here on; they may cover more, never less';
COMMENT ON COLUMN architect.counter_age.counter_age IS 'How long that is';
COMMENT ON COLUMN architect.counter_age.began_with IS 'What the time is taken from';
COMMENT ON COLUMN architect.counter_age.server_started IS 'When the server was started; a clean restart keeps counters';
COMMENT ON COLUMN architect.counter_age.counting IS 'Whether track_counts is on now';
GRANT SELECT ON architect.counter_age TO pg_monitor;

-- sql/views/foreign_key_indexes.sql

-- Which index finds the rows of which foreign key: decided here once for the views, as engine/src/facts/coverage.rs decides it for the rules.
--
-- What serves is what PostgreSQL's own referential trigger can use: a valid index that can be searched for equality (btree, GiST, SP-GiST,
-- GIN; hash for one column) and whose first n columns are the n columns in any order (of GIN, n of its columns), whose operator families
-- hold the equality that the trigger uses, and with the columns' collation. INCLUDE columns, BRIN and expressions do not serve. A partial
-- index serves only if all it asks is that columns of the foreign key are not null, which the equality implies.
CREATE VIEW architect.foreign_key_indexes WITH (security_invoker = true) AS
WITH RECURSIVE
fk AS MATERIALIZED (
    SELECT k.oid, k.conparentid, k.conrelid, k.confrelid, k.conkey, k.confkey, k.conpfeqop, c.relkind,
           pg_catalog.cardinality(k.conkey) AS width
    FROM pg_catalog.pg_constraint k
    JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE k.contype = 'f' AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
-- The predicates that say no more than `column IS NOT NULL AND ...`, and the columns they name.
), predicate AS MATERIALIZED (
    SELECT i.indexrelid,
           (SELECT pg_catalog.array_agg(DISTINCT m[1]::pg_catalog.int2) FROM pg_catalog.regexp_matches(i.indpred::text, ':varattno (-?\d+)', 'g') AS m) AS columns
    FROM pg_catalog.pg_index i
    WHERE i.indpred IS NOT NULL AND i.indrelid IN (SELECT f.conrelid FROM fk f)
      AND NOT EXISTS (SELECT FROM pg_catalog.regexp_matches(i.indpred::text, '\{([A-Z_]+)', 'g') AS m WHERE m[1] NOT IN ('NULLTEST', 'VAR', 'BOOLEXPR'))
      AND i.indpred::text !~ ':nulltesttype 0' AND i.indpred::text !~ ':boolop (or|not)'
), candidate AS MATERIALIZED (
    SELECT f.oid, i.indexrelid, am.amname, (i.indclass::pg_catalog.oid[])[0:w.last] AS classes,
           (i.indcollation::pg_catalog.oid[])[0:w.last] AS collations, (i.indkey::pg_catalog.int2[])[0:w.last] AS keys
    FROM fk f
    JOIN pg_catalog.pg_index i ON i.indrelid = f.conrelid AND i.indisvalid AND i.indisready AND i.indislive AND i.indnkeyatts >= f.width
    JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
    JOIN pg_catalog.pg_am am ON am.oid = ic.relam AND (am.amname IN ('btree', 'gist', 'spgist', 'gin') OR am.amname = 'hash' AND f.width = 1)
    -- GIN finds by any of its columns.
    CROSS JOIN LATERAL (SELECT CASE am.amname WHEN 'gin' THEN i.indnkeyatts ELSE f.width END - 1) AS w (last)
    LEFT JOIN predicate p ON p.indexrelid = i.indexrelid
    WHERE (i.indkey::pg_catalog.int2[])[0:w.last] @> f.conkey
      AND (i.indpred IS NULL OR p.columns <@ f.conkey)
), served AS MATERIALIZED (
    SELECT c.oid, c.indexrelid
    FROM candidate c
    JOIN fk f ON f.oid = c.oid
    WHERE NOT EXISTS (
        SELECT FROM ROWS FROM (pg_catalog.unnest(f.conkey), pg_catalog.unnest(f.confkey), pg_catalog.unnest(f.conpfeqop)) AS k (column_number, parent_column, operator)
        JOIN ROWS FROM (pg_catalog.unnest(c.keys), pg_catalog.unnest(c.classes), pg_catalog.unnest(c.collations)) AS x (column_number, class, collation_oid) USING (column_number)
        JOIN pg_catalog.pg_operator op ON op.oid = k.operator
        JOIN pg_catalog.pg_opclass oc ON oc.oid = x.class
        JOIN pg_catalog.pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.column_number
        JOIN pg_catalog.pg_attribute b ON b.attrelid = f.confrelid AND b.attnum = k.parent_column
        LEFT JOIN pg_catalog.pg_collation pc ON pc.oid = b.attcollation
        -- The trigger asks `key operator column`; an index is asked with the column on the left, by the commutator.
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_amop ao
                          WHERE ao.amopfamily = oc.opcfamily AND ao.amopopr = op.oprcom AND ao.amoppurpose = 's')
           -- It compares by the column's collation, unless the parent's is another that is not deterministic.
           OR x.collation_oid <> 0 AND x.collation_oid <> CASE WHEN pc.collisdeterministic IS FALSE THEN b.attcollation ELSE a.attcollation END)
-- The copies of a foreign key on the partitions of its table: where there is an index on each of them, the tree is served.
), tree AS (
    SELECT f.oid AS root, f.oid, f.conrelid, f.confrelid, f.relkind FROM fk f WHERE f.conparentid = 0 AND f.relkind = 'p'
    UNION ALL
    SELECT t.root, f.oid, f.conrelid, f.confrelid, f.relkind FROM tree t JOIN fk f ON f.conparentid = t.oid AND f.confrelid = t.confrelid
), every_leaf AS MATERIALIZED (
    SELECT t.root FROM tree t WHERE t.relkind = 'r' GROUP BY t.root HAVING pg_catalog.bool_and(t.oid IN (SELECT s.oid FROM served s))
)
SELECT s.oid AS constraint_oid, s.indexrelid AS index_oid, false AS by_partitions
FROM served s
UNION ALL
SELECT t.root, s.indexrelid, true
FROM tree t
JOIN every_leaf e ON e.root = t.root
JOIN served s ON s.oid = t.oid
WHERE t.relkind = 'r';

COMMENT ON VIEW architect.foreign_key_indexes IS 'Which index finds the referencing rows of which foreign key; one row per pair, none for a foreign key that no index serves';
COMMENT ON COLUMN architect.foreign_key_indexes.constraint_oid IS 'OID of the foreign key; those that partitions have of it are told by themselves too';
COMMENT ON COLUMN architect.foreign_key_indexes.index_oid IS 'OID of the index';
COMMENT ON COLUMN architect.foreign_key_indexes.by_partitions IS 'Whether the index is that of a partition, of which each has one';
GRANT SELECT ON architect.foreign_key_indexes TO pg_monitor;

-- sql/views/index_usage.sql

-- What each index costs and gives, and whether it earns its keep. One row per index; the indexes of a partition tree are one row.
--
-- Nothing here waits for a lock: sizes are pages as VACUUM, ANALYZE or the build last saw them, and no index is decompiled.
-- Expressions and predicates are compared as node trees without parse positions.
CREATE VIEW architect.index_usage WITH (security_invoker = true) AS
WITH
-- Schemas and relations that are judged: not PostgreSQL's, not ours, not another extension's.
member AS MATERIALIZED (
    SELECT d.objid FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
), ix AS MATERIALIZED (
    SELECT i.indexrelid, i.indrelid, n.nspname, t.relname AS table_name, c.relname AS index_name, c.relkind, c.relam, am.amname,
           c.relispartition, c.relpages, c.reltuples, c.reloptions, t.relkind AS table_kind, t.reltuples AS table_tuples,
           t.relpages AS table_pages,
           i.indnatts, i.indnkeyatts, i.indisunique, i.indisprimary, i.indisexclusion, i.indisclustered, i.indisreplident,
           i.indisvalid, i.indisready, i.indislive, i.indnullsnotdistinct, i.indimmediate,
           -- Slices count from 1, the vectors of pg_index from 0.
           (i.indkey::pg_catalog.int2[])[0:i.indnkeyatts - 1] AS keys,
           (i.indkey::pg_catalog.int2[])[i.indnkeyatts:i.indnatts - 1] AS included,
           (i.indclass::pg_catalog.oid[])[0:i.indnkeyatts - 1] AS classes,
           (i.indcollation::pg_catalog.oid[])[0:i.indnkeyatts - 1] AS collations, (i.indoption::pg_catalog.int2[])[0:i.indnkeyatts - 1] AS options,
           pg_catalog.regexp_replace(i.indexprs::text, ':location -?\d+', '', 'g') AS expressions,
           pg_catalog.regexp_replace(i.indpred::text, ':location -?\d+', '', 'g') AS predicate,
           pg_catalog.age(i.xmin) AS born
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
    JOIN pg_catalog.pg_am am ON am.oid = c.relam
    WHERE t.relkind IN ('r', 'p', 'm') AND t.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
      AND NOT EXISTS (SELECT FROM member m WHERE m.objid = i.indrelid)
      AND NOT EXISTS (SELECT FROM member m WHERE m.objid = i.indexrelid)
-- The trees: each index with the index at the top of its tree (itself, where there is none).
), tree AS MATERIALIZED (
    SELECT CASE WHEN x.relispartition THEN pg_catalog.pg_partition_root(x.indexrelid)::pg_catalog.oid ELSE x.indexrelid END AS root, x.indexrelid, x.indrelid
    FROM ix x
), usage AS MATERIALIZED (
    SELECT r.root,
           pg_catalog.sum(s.idx_scan)::bigint AS scans, pg_catalog.sum(s.idx_tup_read)::bigint AS tuples,
           -- The column came with 16; asked of the row as JSON, the view is the same on 15.
           pg_catalog.max((pg_catalog.to_jsonb(s) ->> 'last_idx_scan')::timestamp with time zone) AS last_scan,
           pg_catalog.sum(pg_catalog.pg_stat_get_tuples_inserted(r.indrelid) + pg_catalog.pg_stat_get_tuples_deleted(r.indrelid)
               + pg_catalog.pg_stat_get_tuples_updated(r.indrelid) - pg_catalog.pg_stat_get_tuples_hot_updated(r.indrelid))::bigint AS writes,
           pg_catalog.sum(greatest(x.relpages, 0))::bigint * pg_catalog.current_setting('block_size')::bigint AS bytes,
           pg_catalog.sum(greatest(x.reltuples, 0)) FILTER (WHERE x.relkind = 'i') AS entries,
           pg_catalog.count(*) FILTER (WHERE x.relkind = 'i') AS members,
           pg_catalog.bool_or(x.reltuples < 0 AND x.relkind = 'i') AS unmeasured
    FROM tree r
    JOIN ix x ON x.indexrelid = r.indexrelid
    LEFT JOIN pg_catalog.pg_stat_all_indexes s ON s.indexrelid = r.indexrelid
    GROUP BY r.root
-- Why an index must stay, whatever its counters say.
), duty AS (
    SELECT k.conindid AS indexrelid, pg_catalog.format('constraint %I', k.conname) AS why, true AS firm
    FROM pg_catalog.pg_constraint k WHERE k.contype IN ('p', 'u', 'x')
    UNION ALL
    SELECT k.conindid, pg_catalog.format('foreign key %I refers to it', k.conname), true
    FROM pg_catalog.pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0
    UNION ALL
    SELECT x.indexrelid, 'replica identity', true FROM ix x WHERE x.indisreplident
    UNION ALL
    SELECT x.indexrelid, 'CLUSTER order', true FROM ix x WHERE x.indisclustered
    UNION ALL
    SELECT x.indexrelid, 'unique', false FROM ix x WHERE x.indisunique
    UNION ALL
    SELECT x.indexrelid, pg_catalog.format('serves foreign key %I', k.conname), false
    FROM architect.foreign_key_indexes s
    JOIN ix x ON x.indexrelid = s.index_oid
    JOIN pg_catalog.pg_constraint k ON k.oid = s.constraint_oid
-- Judged through the top of the tree: a duty of one partition's index is the tree's.
), duties AS MATERIALIZED (
    SELECT r.root, pg_catalog.array_agg(DISTINCT d.why ORDER BY d.why) AS needed_by, pg_catalog.bool_or(d.firm) AS firm
    FROM duty d JOIN tree r USING (indexrelid) GROUP BY r.root
), key_names AS MATERIALIZED (
    SELECT x.indexrelid, pg_catalog.array_agg(coalesce(a.attname::text, '(expression)') ORDER BY k.place) AS names
    FROM ix x
    CROSS JOIN LATERAL pg_catalog.unnest(x.keys) WITH ORDINALITY AS k (attnum, place)
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.attnum AND k.attnum <> 0
    WHERE NOT x.relispartition
    GROUP BY x.indexrelid
), opclass_options AS MATERIALIZED (
    SELECT a.attrelid AS indexrelid, pg_catalog.string_agg(a.attnum || ':' || a.attoptions::text, ',' ORDER BY a.attnum) AS given
    FROM pg_catalog.pg_attribute a WHERE a.attoptions IS NOT NULL AND a.attrelid IN (SELECT x.indexrelid FROM ix x WHERE x.amname NOT IN ('btree', 'hash')) GROUP BY a.attrelid
), storage AS MATERIALIZED (
    -- What shapes the index; how full its pages are kept and when it is tidied is no difference.
    SELECT x.indexrelid, pg_catalog.string_agg(o.option_name || '=' || o.option_value, ',' ORDER BY o.option_name) AS given
    FROM ix x, pg_catalog.pg_options_to_table(x.reloptions) AS o
    WHERE x.reloptions IS NOT NULL
      AND o.option_name NOT IN ('fillfactor', 'deduplicate_items', 'fastupdate', 'gin_pending_list_limit', 'buffering', 'autosummarize')
    GROUP BY x.indexrelid
), sound AS MATERIALIZED (
    SELECT x.*, coalesce(d.firm, false) AS firm, d.needed_by, oo.given AS class_options, so.given AS storage_options,
           (SELECT pg_catalog.array_agg(e ORDER BY e) FROM pg_catalog.unnest(x.included) AS e) AS included_set,
           coalesce(u.scans, 0) AS scans
    FROM ix x
    LEFT JOIN duties d ON d.root = x.indexrelid
    LEFT JOIN usage u ON u.root = x.indexrelid
    LEFT JOIN opclass_options oo ON oo.indexrelid = x.indexrelid
    LEFT JOIN storage so ON so.indexrelid = x.indexrelid
    WHERE x.indisvalid AND x.indisready AND x.indislive
-- The one of equal indexes that stays: a partition's share of a tree and what something needs first, then the older.
), twins AS MATERIALIZED (
    SELECT s.indexrelid, s.relispartition, s.firm,
           pg_catalog.first_value(s.indexrelid) OVER same AS keeper, pg_catalog.first_value(s.index_name) OVER same AS keeper_name
    FROM sound s
    WINDOW same AS (PARTITION BY s.indrelid, s.relam, s.keys, s.included_set, s.classes, s.collations, s.options, s.indisunique,
                                 -- What an exclusion constraint's index finds, it finds for queries too: others like it are spare.
                                 CASE WHEN s.amname = 'btree' THEN (s.indimmediate, s.indisexclusion) END, s.indnullsnotdistinct, s.expressions, s.predicate, s.class_options, s.storage_options
                    ORDER BY s.relispartition DESC, s.firm DESC, s.indexrelid)
), duplicate AS MATERIALIZED (
    SELECT t.indexrelid, t.keeper, t.keeper_name FROM twins t
    WHERE t.keeper <> t.indexrelid AND NOT t.firm AND NOT t.relispartition
-- Predicates that leave nothing out: `column IS NOT NULL AND ...` of columns that are NOT NULL; and the columns they name.
), vacuous AS MATERIALIZED (
    SELECT p.indexrelid, p.columns
    FROM (SELECT s.indexrelid, s.indrelid,
                 (SELECT pg_catalog.array_agg(DISTINCT m[1]::pg_catalog.int2) FROM pg_catalog.regexp_matches(s.predicate, ':varattno (-?\d+)', 'g') AS m) AS columns
          FROM sound s
          WHERE s.predicate IS NOT NULL AND s.amname = 'btree'
            AND NOT EXISTS (SELECT FROM pg_catalog.regexp_matches(s.predicate, '\{([A-Z_]+)', 'g') AS m WHERE m[1] NOT IN ('NULLTEST', 'VAR', 'BOOLEXPR'))
            AND s.predicate !~ ':nulltesttype 0' AND s.predicate !~ ':boolop (or|not)') AS p
    WHERE NOT EXISTS (SELECT FROM pg_catalog.unnest(p.columns) AS c (attnum)
                      LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = p.indrelid AND a.attnum = c.attnum WHERE a.attnotnull IS NOT TRUE)
-- A btree under a btree: same leading keys, same order or all of it mirrored, same predicate, INCLUDE columns in the cover.
), prefix AS MATERIALIZED (
    SELECT DISTINCT ON (s.indexrelid) s.indexrelid, w.indexrelid AS keeper, w.index_name AS keeper_name, w.relpages AS keeper_pages
    FROM sound s
    JOIN sound w ON w.indrelid = s.indrelid AND w.indexrelid <> s.indexrelid
    LEFT JOIN vacuous v ON v.indexrelid = s.indexrelid
    WHERE s.amname = 'btree' AND w.amname = 'btree' AND NOT s.relispartition AND NOT s.indisunique AND NOT s.firm
      AND s.indexrelid NOT IN (SELECT d.indexrelid FROM duplicate d) AND w.indexrelid NOT IN (SELECT d.indexrelid FROM duplicate d)
      AND w.indnkeyatts >= s.indnkeyatts
      AND w.keys[1:s.indnkeyatts] = s.keys
      AND w.classes[1:s.indnkeyatts] = s.classes AND w.collations[1:s.indnkeyatts] = s.collations
      AND (w.options[1:s.indnkeyatts] = s.options
           OR (SELECT pg_catalog.bool_and(a.o # b.o = 3) FROM pg_catalog.unnest(s.options) WITH ORDINALITY AS a (o, place)
               JOIN pg_catalog.unnest(w.options) WITH ORDINALITY AS b (o, place) USING (place)))
      AND (s.predicate IS NOT DISTINCT FROM w.predicate OR w.predicate IS NULL AND v.columns <@ (w.keys || w.included))
      -- A list of nodes in brackets, each in braces: one list begins with the other.
      AND (NOT 0 = ANY (s.keys) OR pg_catalog.starts_with(w.expressions, pg_catalog.left(s.expressions, -1)))
      AND s.included <@ (w.keys || w.included)
      AND s.class_options IS NOT DISTINCT FROM w.class_options
      -- Of two that cover each other, one stays: never both go.
      AND (w.indnkeyatts > s.indnkeyatts OR w.indisunique OR s.predicate IS DISTINCT FROM w.predicate
           OR NOT w.included <@ (s.keys || s.included)
           OR (w.relispartition, w.firm, -w.indexrelid::bigint) > (s.relispartition, s.firm, -s.indexrelid::bigint))
    ORDER BY s.indexrelid, w.firm DESC, w.indnatts, w.indexrelid
), cover AS MATERIALIZED (
    SELECT k.keeper AS indexrelid, pg_catalog.string_agg(k.index_name, ', ' ORDER BY k.index_name) AS covers
    FROM (SELECT d.keeper, x.index_name FROM duplicate d JOIN ix x USING (indexrelid)
          UNION ALL SELECT p.keeper, x.index_name FROM prefix p JOIN ix x USING (indexrelid)) AS k
    GROUP BY k.keeper
-- A build under way shows its table; who may not see whose it is sees a row without one.
), building AS MATERIALIZED (
    SELECT b.relid FROM pg_catalog.pg_stat_progress_create_index b
    WHERE b.datid IS NULL OR b.datid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
), scene AS MATERIALIZED (
    SELECT a.counters_since, a.counter_age, a.began_with, a.counting, pg_catalog.pg_is_in_recovery() AS on_standby,
           (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_replication r
            WHERE r.state IS DISTINCT FROM 'backup'
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots l WHERE l.active_pid = r.pid AND l.slot_type = 'logical'))
           + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_replication_slots l WHERE l.slot_type = 'physical' AND NOT l.active AND NOT l.temporary) AS standbys,
           EXISTS (SELECT FROM building b WHERE b.relid IS NULL) AS hidden_build,
           -- Which transactions are surely older and surely younger than 35 days: of each line of our log both are known.
           anchor.old_enough, anchor.too_young
    FROM architect.counter_age a,
         (SELECT pg_catalog.min(pg_catalog.age(l.xmin)) FILTER (WHERE l.at <= pg_catalog.now() - interval '35 days') AS old_enough,
                 pg_catalog.max(pg_catalog.age(l.xmin)) FILTER (WHERE l.at > pg_catalog.now() - interval '35 days') AS too_young
          FROM (SELECT g.xmin, g.happened_at AS at FROM architect.ddl_log g
                UNION ALL SELECT m.xmin, m.armed_at FROM architect.armed m
                          JOIN pg_catalog.pg_database d ON d.oid = m.database_oid AND d.datname = pg_catalog.current_database()) AS l) AS anchor
-- How large the index would be if it were built now. btree over plain columns only: there is no formula for the others.
), visible AS MATERIALIZED (
    SELECT c.oid AS relid, a.attnum, s.null_frac, s.avg_width, s.n_distinct
    FROM pg_catalog.pg_stats s
    JOIN pg_catalog.pg_namespace n ON n.nspname = s.schemaname
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = s.tablename
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attname
    WHERE NOT s.inherited AND c.relkind IN ('r', 'm')
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
), estimable AS MATERIALIZED (
    SELECT r.root, x.indexrelid, x.indrelid, x.reltuples, x.relpages, x.keys || x.included AS columns, x.indnkeyatts, x.indnatts, x.classes,
           x.collations, x.indisunique,
           coalesce((
               -- As parse_int (guc.c) reads it: blanks around, hexadecimal, octal, rounded.
               SELECT greatest(10, least(100, CASE
                          WHEN o.option_value ~ '^\s*\+?0[xX]0*[0-9a-fA-F]{1,2}\s*$'
                          THEN ('x' || pg_catalog.lpad(substring(o.option_value FROM '([0-9a-fA-F]{1,2})\s*$'), 8, '0'))::bit(32)::integer
                          WHEN o.option_value ~ '^\s*\+?0+[0-7]{2,3}\s*$'
                          THEN substring(o.option_value FROM '([0-7])[0-7][0-7]\s*$')::integer * 64
                               + substring(o.option_value FROM '([0-7])[0-7]\s*$')::integer * 8 + substring(o.option_value FROM '([0-7])\s*$')::integer
                          WHEN o.option_value ~ '^\s*\+?(\d{1,100}(\.\d{0,100})?|\.\d{1,100})([eE][+-]?\d{1,2})?\s*$'
                          THEN pg_catalog.round(o.option_value::double precision) END))::integer
               FROM pg_catalog.pg_options_to_table(x.reloptions) AS o
               WHERE o.option_name = 'fillfactor' AND o.option_value ~ '\d'), 90) AS fillfactor,
           NOT coalesce(x.reloptions::text ~* 'deduplicate_items=(of|f|0|n)', false) AND x.indnatts = x.indnkeyatts AS may_fold
    FROM tree r JOIN ix x USING (indexrelid)
    WHERE x.amname = 'btree' AND x.relkind = 'i' AND x.indisvalid AND x.expressions IS NULL AND x.predicate IS NULL
      AND x.relpages >= 20 AND x.reltuples > 0
), same_bytes AS MATERIALIZED (
    SELECT DISTINCT oc.oid FROM pg_catalog.pg_opclass oc
    JOIN pg_catalog.pg_amproc ap ON ap.amprocfamily = oc.opcfamily AND ap.amproclefttype = oc.opcintype AND ap.amprocrighttype = oc.opcintype AND ap.amprocnum = 4
-- What TOAST holds, at most: its pages of the last VACUUM, or a chunk of some 2000 bytes for each row that is counted since. NULL: its
-- table never had a value out of line. Where neither VACUUM nor the counters have seen the table, it may hold anything.
), out_of_line AS MATERIALIZED (
    SELECT c.oid AS relid,
           CASE WHEN t.reltuples < 0 AND pg_catalog.pg_stat_get_tuples_inserted(t.oid) = 0 AND pg_catalog.pg_stat_get_tuples_inserted(c.oid) = 0
                THEN 'Infinity'::double precision
                ELSE greatest(t.relpages::double precision * pg_catalog.current_setting('block_size')::integer,
                              2000.0 * greatest(pg_catalog.pg_stat_get_tuples_inserted(t.oid) - pg_catalog.pg_stat_get_tuples_deleted(t.oid), 0)) END AS bytes
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid
    WHERE c.oid IN (SELECT e.indrelid FROM estimable e)
), pieces AS MATERIALIZED (
    SELECT e.indexrelid, k.place, v.null_frac, v.n_distinct, v.relid IS NOT NULL AS known,
           -- ANALYZE measures the pointer to a value that is stored out of line, and the index holds the value.
           a.attlen = -1 AND a.attstorage <> 'p' AND o.bytes > 0.05 * e.relpages * pg_catalog.current_setting('block_size')::integer AS outside,
           CASE WHEN a.attlen > 0 THEN a.attlen ELSE v.avg_width END AS width,
           -- Short values of variable length have a header of one byte and are not aligned.
           CASE WHEN a.attlen < 0 AND v.avg_width < 127 THEN 1
                ELSE CASE a.attalign WHEN 'd' THEN 8 WHEN 'i' THEN 4 WHEN 's' THEN 2 ELSE 1 END END AS align,
           k.place > e.indnkeyatts OR (
               -- Deduplication needs equality that means the same bytes; a collation that is not deterministic has none.
               e.classes[k.place] IN (SELECT b.oid FROM same_bytes b)
               AND e.collations[k.place] NOT IN (SELECT co.oid FROM pg_catalog.pg_collation co WHERE NOT co.collisdeterministic)) AS foldable
    FROM estimable e
    CROSS JOIN LATERAL pg_catalog.unnest(e.columns) WITH ORDINALITY AS k (attnum, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = e.indrelid AND a.attnum = k.attnum
    LEFT JOIN visible v ON v.relid = e.indrelid AND v.attnum = k.attnum
    LEFT JOIN out_of_line o ON o.relid = e.indrelid
-- The layout of a tuple: what starts on a multiple of 8 begins a group, within it what starts on 4, within that on 2. The size of a
-- group is rounded up to the next group's alignment, so groups of groups give the size with its padding.
), g2 AS (
    SELECT p.*,
           pg_catalog.count(*) FILTER (WHERE p.align = 8) OVER w AS g8, pg_catalog.count(*) FILTER (WHERE p.align >= 4) OVER w AS g4,
           pg_catalog.count(*) FILTER (WHERE p.align >= 2) OVER w AS g2
    FROM pieces p WINDOW w AS (PARTITION BY p.indexrelid ORDER BY p.place)
), s2 AS (
    SELECT q.indexrelid, q.g8, q.g4, q.g2, pg_catalog.ceil(pg_catalog.sum(q.width) / 8.0) * 8 AS full_size, pg_catalog.ceil(pg_catalog.sum(q.width * (1 - coalesce(q.null_frac, 0))) / 2) * 2 AS size,
           pg_catalog.bool_and(q.known) AS known, pg_catalog.bool_or(q.outside) AS outside, pg_catalog.bool_and(q.foldable) AS foldable, pg_catalog.max(coalesce(q.null_frac, 0)) AS null_frac,
           pg_catalog.sum(pg_catalog.ln(greatest(CASE WHEN q.n_distinct < 0 THEN -q.n_distinct * e.reltuples ELSE q.n_distinct END, 1))) AS ln_distinct
    FROM g2 q JOIN estimable e USING (indexrelid) GROUP BY q.indexrelid, q.g8, q.g4, q.g2
), s4 AS (
    SELECT q.indexrelid, q.g8, q.g4, pg_catalog.max(q.full_size) AS full_size, pg_catalog.ceil(pg_catalog.sum(q.size) / 4) * 4 AS size, pg_catalog.bool_and(q.known) AS known, pg_catalog.bool_or(q.outside) AS outside, pg_catalog.bool_and(q.foldable) AS foldable,
           pg_catalog.max(q.null_frac) AS null_frac, pg_catalog.sum(q.ln_distinct) AS ln_distinct
    FROM s2 q GROUP BY q.indexrelid, q.g8, q.g4
), s8 AS (
    SELECT q.indexrelid, q.g8, pg_catalog.max(q.full_size) AS full_size, pg_catalog.ceil(pg_catalog.sum(q.size) / 8) * 8 AS size, pg_catalog.bool_and(q.known) AS known, pg_catalog.bool_or(q.outside) AS outside, pg_catalog.bool_and(q.foldable) AS foldable,
           pg_catalog.max(q.null_frac) AS null_frac, pg_catalog.sum(q.ln_distinct) AS ln_distinct
    FROM s4 q GROUP BY q.indexrelid, q.g8
), layout AS (
    SELECT q.indexrelid, 8 + 8 * pg_catalog.max(q.null_frac) + pg_catalog.sum(q.size) AS tuple,
           pg_catalog.max(q.null_frac) AS null_frac, pg_catalog.max(q.full_size) AS full_size, pg_catalog.bool_and(q.known) AS known, pg_catalog.bool_or(q.outside) AS outside,
           pg_catalog.bool_and(q.foldable) AS foldable, pg_catalog.sum(q.ln_distinct) AS ln_distinct
    FROM s8 q GROUP BY q.indexrelid
), folded AS (
    SELECT e.*, l.known, l.outside, l.foldable AND e.may_fold AND NOT e.indisunique AS folds, n.nulls, n.tuple,
           CASE WHEN e.indisunique THEN 1
                ELSE greatest(1, e.reltuples * (1 - n.nulls) / pg_catalog.exp(least(l.ln_distinct, pg_catalog.ln(e.reltuples::double precision)))) END AS per_key
    FROM estimable e JOIN layout l USING (indexrelid)
    -- The NULLs of a single column are one key with many rows, beside the others.
    CROSS JOIN LATERAL (SELECT CASE WHEN e.indnatts = 1 THEN l.null_frac ELSE 0 END, CASE WHEN e.indnatts = 1 THEN 8 + l.full_size ELSE l.tuple END) AS n (nulls, tuple)
), rebuilt AS (
    -- A posting list of a build is at most a tenth of a page; each row pointer in it takes 6 bytes.
    SELECT f.root, f.indexrelid, f.relpages, f.known, f.outside, f.tuple,
           f.reltuples::double precision * (
               f.nulls * CASE WHEN f.folds THEN 6.2 ELSE 20 END
               + (1 - f.nulls) * CASE
                   WHEN f.folds AND f.per_key >= 2 THEN pg_catalog.ceil(f.per_key / pg_catalog.floor((812 - f.tuple) / 6)) * (f.tuple + 12) / f.per_key + 6
                   WHEN f.folds THEN (2 - f.per_key) * (f.tuple + 4) + (f.per_key - 1) * (f.tuple + 20) / 2
                   ELSE f.tuple + 4 END) AS leaf_bytes,
           (pg_catalog.current_setting('block_size')::integer - 40) - pg_catalog.current_setting('block_size')::integer * (100 - f.fillfactor) / 100.0 - f.tuple - 4 AS room
    FROM folded f
    WHERE f.tuple < 700
), bloat AS MATERIALIZED (
    SELECT b.root, pg_catalog.sum(b.relpages)::bigint AS pages, pg_catalog.bool_and(b.known) AS known, pg_catalog.bool_or(b.outside) AS outside, pg_catalog.count(*) AS members,
           pg_catalog.sum(greatest(b.relpages - (2 + pg_catalog.ceil(b.leaf_bytes / b.room) * (1 + (b.tuple + 12) / 5700.0)), 0))
               * pg_catalog.current_setting('block_size')::bigint AS bytes
    FROM rebuilt b GROUP BY b.root
), judged AS (
    SELECT x.*, u.scans, u.tuples, u.last_scan, u.writes, u.bytes, u.members, u.entries, u.unmeasured, sc.counters_since, sc.counter_age,
           sc.began_with, d.needed_by, coalesce(d.firm, false) AS firm, du.keeper_name AS duplicate_of, p.keeper_name AS prefix_of, p.keeper_pages, cv.covers,
           CASE WHEN x.indisvalid AND x.indisready AND x.indislive THEN false
                WHEN sc.on_standby OR sc.hidden_build THEN NULL
                WHEN x.relkind = 'I' THEN false
                ELSE NOT EXISTS (SELECT FROM building b WHERE b.relid = x.indrelid) END AS invalid,
           CASE WHEN x.relkind = 'I' AND NOT x.indisvalid THEN 'incomplete: indexes of partitions are not attached'
                WHEN NOT x.indisvalid AND EXISTS (SELECT FROM building b WHERE b.relid = x.indrelid) THEN 'a build or rebuild is under way'
                WHEN NOT x.indisvalid AND (sc.on_standby OR sc.hidden_build) THEN 'invalid; whether a build is under way cannot be seen here'
                WHEN NOT x.indislive THEN 'half dropped: DROP INDEX CONCURRENTLY did not finish'
                WHEN NOT x.indisvalid AND x.index_name ~ '_ccold\d*$' THEN 'left over by REINDEX CONCURRENTLY, which had succeeded: drop it'
                WHEN NOT x.indisvalid AND x.index_name ~ '_ccnew\d*$' THEN 'left over by a REINDEX CONCURRENTLY that failed: drop it'
                WHEN NOT x.indisvalid THEN 'its concurrent build failed: every write keeps it, no query uses it' END AS state_reason,
           CASE WHEN u.scans > 0 THEN 'used'
                WHEN d.needed_by IS NOT NULL THEN 'needed'
                WHEN cv.covers IS NOT NULL THEN 'cover'
                WHEN NOT sc.counting THEN 'off'
                WHEN sc.counter_age < interval '35 days' THEN 'young'
                WHEN sc.on_standby THEN 'standby'
                WHEN sc.standbys > 0 THEN 'standbys'
                WHEN x.born < sc.too_young THEN 'new'
                ELSE 'unused' END AS use,
           x.born >= sc.old_enough AS surely_old,
           bl.bytes AS bloat_bytes, bl.known AS bloat_known, bl.outside AS bloat_outside, bl.pages AS bloat_pages, bl.members AS bloat_members
    FROM ix x
    JOIN usage u ON u.root = x.indexrelid
    CROSS JOIN scene sc
    LEFT JOIN duties d ON d.root = x.indexrelid
    LEFT JOIN duplicate du ON du.indexrelid = x.indexrelid
    LEFT JOIN prefix p ON p.indexrelid = x.indexrelid
    LEFT JOIN cover cv ON cv.indexrelid = x.indexrelid
    LEFT JOIN bloat bl ON bl.root = x.indexrelid
), verdicts AS (
    SELECT j.*,
           CASE WHEN j.use = 'unused' AND coalesce(j.indisvalid, false) THEN true
                WHEN j.use IN ('used', 'needed', 'cover') THEN false END AS unused,
           CASE WHEN j.amname <> 'btree' THEN 'not judged: no formula for ' || j.amname
                WHEN j.expressions IS NOT NULL THEN 'not judged: has expressions'
                WHEN j.predicate IS NOT NULL THEN 'not judged: partial'
                WHEN NOT j.indisvalid THEN 'not judged: invalid'
                WHEN j.unmeasured THEN 'not judged: never analyzed'
                WHEN j.bloat_pages IS NULL OR j.bloat_members < j.members THEN 'not judged: under 20 pages, empty, or very wide keys'
                WHEN NOT j.bloat_known THEN 'not judged: no column statistics, or no right to see them'
                WHEN j.bloat_outside THEN 'not judged: its keys may be stored out of line (TOAST), and are larger than ANALYZE measures'
                ELSE 'estimate: btree layout from pg_stats widths, alignment, NULLs, fillfactor, deduplication' END AS bloat_method
    FROM judged j
), bloated AS (
    SELECT v.*,
           CASE WHEN v.bloat_method LIKE 'estimate%' THEN v.bloat_bytes::bigint END AS bloated_bytes,
           CASE WHEN v.bloat_method LIKE 'estimate%' THEN pg_catalog.round((100.0 * v.bloat_bytes / nullif(v.bloat_pages * pg_catalog.current_setting('block_size')::bigint, 0))::numeric, 1) END AS bloated_percent
    FROM verdicts v
), named AS (
    SELECT b.*,
           CASE WHEN b.invalid THEN 'invalid'
                WHEN b.duplicate_of IS NOT NULL THEN 'duplicate'
                WHEN b.prefix_of IS NOT NULL THEN 'prefix'
                WHEN b.unused THEN 'unused'
                WHEN b.bloated_percent >= 50 AND b.bloated_bytes >= 10 * 1024 * 1024 THEN 'bloated'
                WHEN b.invalid IS NULL OR b.state_reason IS NOT NULL THEN 'wait'
                WHEN b.unused IS NULL THEN 'not judged'
                ELSE 'keep' END AS verdict
    FROM bloated b
)
SELECT pg_catalog.row_number() OVER (
           ORDER BY CASE WHEN v.verdict IN ('invalid', 'duplicate', 'prefix', 'unused') THEN v.bytes WHEN v.verdict = 'bloated' THEN v.bloated_bytes ELSE -1 END DESC,
                    v.bytes DESC, v.nspname, v.table_name, v.index_name) AS rank,
       v.nspname AS schema_name, v.table_name, v.index_name, v.verdict,
       CASE v.verdict
           WHEN 'invalid' THEN v.state_reason
           WHEN 'wait' THEN coalesce(v.state_reason, 'not valid')
           WHEN 'duplicate' THEN pg_catalog.format('the same as %I', v.duplicate_of)
           WHEN 'prefix' THEN pg_catalog.format('%I begins with the same columns%s', v.prefix_of,
                CASE WHEN v.keeper_pages > 3 * greatest(v.relpages, 1) AND v.scans > 0 THEN '; it is far larger, so scans may read more pages' ELSE '' END)
           WHEN 'unused' THEN pg_catalog.format('no scan in %s days of counters%s%s', extract(day FROM v.counter_age),
                CASE WHEN v.surely_old THEN '' ELSE '; when the index was made is not recorded: see that it is not new' END,
                CASE WHEN v.expressions IS NOT NULL THEN '; ANALYZE keeps statistics on its expressions, which go with it' ELSE '' END)
           WHEN 'bloated' THEN pg_catalog.format('about %s %% of it is free; REINDEX INDEX CONCURRENTLY gives it back', pg_catalog.round(v.bloated_percent))
           WHEN 'not judged' THEN CASE v.use
                WHEN 'off' THEN 'no scan counted, but track_counts is off'
                WHEN 'young' THEN pg_catalog.format('no scan, but counters cover %s days only (%s); 35 are asked for', extract(day FROM v.counter_age), v.began_with)
                WHEN 'standby' THEN 'no scan here, but this is a standby: the primary''s counters are not seen'
                WHEN 'standbys' THEN 'no scan here, but there are standbys, whose counters are not seen'
                WHEN 'new' THEN 'no scan, but the index was made or rebuilt within 35 days' END
           ELSE CASE v.use WHEN 'needed' THEN 'no scan, but needed' WHEN 'cover' THEN 'no scan, but it replaces ' || v.covers END
       END AS reason,
       v.bytes AS size_bytes, v.scans,
       pg_catalog.round(v.tuples::numeric / nullif(v.scans, 0), 1) AS tuples_per_scan,
       v.last_scan, v.writes, v.counters_since, v.counter_age,
       v.unused, v.duplicate_of, v.prefix_of, v.invalid,
       v.bloated_bytes AS bloat_bytes, v.bloated_percent AS bloat_percent, v.bloat_method,
       v.needed_by, v.amname AS method,
       kc.names AS key_columns,
       v.indisunique AS is_unique, v.predicate IS NOT NULL AS is_partial,
       CASE WHEN v.relkind = 'I' THEN v.members ELSE NULL END AS partitions,
       v.indexrelid AS index_oid, v.indrelid AS table_oid
FROM named v
LEFT JOIN key_names kc ON kc.indexrelid = v.indexrelid
ORDER BY rank;

COMMENT ON VIEW architect.index_usage IS 'Every index with what it gives, what it costs, and whether it earns its keep; first those whose removal or rebuild frees most bytes. A partition tree is one row';
COMMENT ON COLUMN architect.index_usage.rank IS '1 is where acting frees most: bytes of invalid, duplicate, prefix and unused indexes and free bytes of bloated ones, then size';
COMMENT ON COLUMN architect.index_usage.schema_name IS 'Schema of its table';
COMMENT ON COLUMN architect.index_usage.table_name IS 'Its table; of a partition tree the root';
COMMENT ON COLUMN architect.index_usage.index_name IS 'Its name';
COMMENT ON COLUMN architect.index_usage.verdict IS 'invalid, duplicate, prefix, unused, bloated (half of it and 10 MB), wait (being built, or incomplete), not judged, keep';
COMMENT ON COLUMN architect.index_usage.reason IS 'Why the verdict, or why there is none';
COMMENT ON COLUMN architect.index_usage.size_bytes IS 'Size in bytes, of a tree all its indexes; as of the last VACUUM, ANALYZE or build';
COMMENT ON COLUMN architect.index_usage.scans IS 'Scans since counters_since, on this server only; checks of uniqueness do not count';
COMMENT ON COLUMN architect.index_usage.tuples_per_scan IS 'Index entries returned per scan, on average';
COMMENT ON COLUMN architect.index_usage.last_scan IS 'When it was last scanned; NULL before PostgreSQL 16';
COMMENT ON COLUMN architect.index_usage.writes IS 'Row changes of its table that it makes dearer, since counters_since: inserts, deletes, updates that were not HOT';
COMMENT ON COLUMN architect.index_usage.counters_since IS 'Counters cover the time from here on, see counter_age';
COMMENT ON COLUMN architect.index_usage.counter_age IS 'How long that is; no index is called unused under 35 days';
COMMENT ON COLUMN architect.index_usage.unused IS 'Never scanned, and nothing needs it; NULL where that cannot be said: counters too young, a standby whose counters are not seen, a new index';
COMMENT ON COLUMN architect.index_usage.duplicate_of IS 'Equal index that stays: method, columns, classes, collations, order, INCLUDE, uniqueness, predicate, expressions';
COMMENT ON COLUMN architect.index_usage.prefix_of IS 'btree index that serves whatever this one serves; a predicate is compared as it is written, but one that leaves no row out counts as none';
COMMENT ON COLUMN architect.index_usage.invalid IS 'Left over by a failed build or drop; NULL while that cannot be told from a build under way';
COMMENT ON COLUMN architect.index_usage.bloat_bytes IS 'Bytes a rebuild would give back, estimated; NULL where not judged';
COMMENT ON COLUMN architect.index_usage.bloat_percent IS 'The same in per cent of the index; within about 10 points of pgstatindex when statistics are fresh';
COMMENT ON COLUMN architect.index_usage.bloat_method IS 'How bloat was estimated, or why not';
COMMENT ON COLUMN architect.index_usage.needed_by IS 'Why it must stay whatever its scans: constraint, foreign key, replica identity, CLUSTER, unique';
COMMENT ON COLUMN architect.index_usage.method IS 'Access method';
COMMENT ON COLUMN architect.index_usage.key_columns IS 'Key columns in order, without INCLUDE columns';
COMMENT ON COLUMN architect.index_usage.is_unique IS 'Whether it is unique';
COMMENT ON COLUMN architect.index_usage.is_partial IS 'Whether it has a predicate';
COMMENT ON COLUMN architect.index_usage.partitions IS 'Indexes of partitions in the tree, as a count; NULL for an index that is no tree';
COMMENT ON COLUMN architect.index_usage.index_oid IS 'OID of the index';
COMMENT ON COLUMN architect.index_usage.table_oid IS 'OID of its table';
GRANT SELECT ON architect.index_usage TO pg_monitor;

-- sql/views/missing_fk_indexes.sql

-- Foreign keys whose check at the parent has to read the whole child: no index serves `child.columns = key`. What serves is decided in
-- foreign_key_indexes.
CREATE VIEW architect.missing_fk_indexes WITH (security_invoker = true) AS
WITH RECURSIVE
member AS MATERIALIZED (
    SELECT d.objid FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
), fk AS MATERIALIZED (
    SELECT k.oid, k.conname, k.conparentid, k.conrelid, k.confrelid, k.conkey, k.confkey, k.conpfeqop, c.relkind,
           pg_catalog.cardinality(k.conkey) AS width
    FROM pg_catalog.pg_constraint k
    JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE k.contype = 'f' AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
      AND NOT EXISTS (SELECT FROM member m WHERE m.objid = k.conrelid)
      -- Since 18: what is not enforced asks nothing; periods are compared by a GiST index and are not judged here.
      AND CASE WHEN pg_catalog.current_setting('server_version_num')::integer >= 180000
               THEN (pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean AND NOT (pg_catalog.to_jsonb(k) ->> 'conperiod')::boolean ELSE true END
), missing AS MATERIALIZED (
    SELECT f.* FROM fk f
    WHERE f.conparentid = 0
      -- IS FALSE keeps this a look-up in a hash table whatever the planner believes of its size.
      AND (f.oid IN (SELECT s.constraint_oid FROM architect.foreign_key_indexes s)) IS FALSE
-- The tables below each child and each parent, for sizes and for the script.
), partition AS MATERIALIZED (
    SELECT h.inhrelid, h.inhparent FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = h.inhparent
), below AS (
    SELECT DISTINCT m.conrelid AS root, m.conrelid AS relid, 0 AS depth, NULL::pg_catalog.oid AS above FROM missing m
    UNION ALL
    SELECT b.root, h.inhrelid, b.depth + 1, b.relid
    FROM below b
    JOIN partition h ON h.inhparent = b.relid
), parent_below AS (
    SELECT DISTINCT m.confrelid AS root, m.confrelid AS relid FROM missing m
    UNION ALL
    SELECT b.root, h.inhrelid
    FROM parent_below b
    JOIN partition h ON h.inhparent = b.relid
), size AS MATERIALIZED (
    SELECT b.root, pg_catalog.sum(greatest(c.relpages, 0))::bigint * pg_catalog.current_setting('block_size')::bigint AS bytes,
           CASE WHEN pg_catalog.bool_and(c.reltuples >= 0 OR s.live > 0) THEN pg_catalog.sum(CASE WHEN c.reltuples >= 0 THEN c.reltuples ELSE s.live END)::bigint END AS rows
    FROM below b
    JOIN pg_catalog.pg_class c ON c.oid = b.relid AND c.relkind = 'r'
    CROSS JOIN LATERAL (SELECT pg_catalog.pg_stat_get_live_tuples(c.oid)) AS s (live)
    GROUP BY b.root
), churn AS MATERIALIZED (
    SELECT b.root, pg_catalog.sum(pg_catalog.pg_stat_get_tuples_deleted(b.relid))::bigint AS deletes, pg_catalog.sum(pg_catalog.pg_stat_get_tuples_updated(b.relid))::bigint AS updates
    FROM parent_below b GROUP BY b.root
), described AS (
    SELECT m.oid, m.conname, n.nspname, c.relname, c.relkind, pn.nspname AS parent_schema, p.relname AS parent_name, m.conrelid, m.confrelid,
           cols.names, cols.quoted, cols.plain, z.bytes, z.rows, h.deletes, h.updates,
           CASE WHEN cols.comparable THEN NULL
                ELSE 'the columns'' types have no common equality: no plain index can serve; change the type first' END AS obstacle
    FROM missing m
    JOIN pg_catalog.pg_class c ON c.oid = m.conrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_class p ON p.oid = m.confrelid
    JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
    LEFT JOIN size z ON z.root = m.conrelid
    LEFT JOIN churn h ON h.root = m.confrelid
    CROSS JOIN LATERAL (
        SELECT pg_catalog.array_agg(a.attname::text ORDER BY k.place) AS names,
               pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY k.place) AS quoted,
               pg_catalog.string_agg(a.attname, '_' ORDER BY k.place) AS plain,
               -- Some btree class of the column's type (or a type it is the same bytes as) knows the trigger's operator.
               pg_catalog.bool_and(op.oprright = a.atttypid OR ty.typtype = 'd' OR op.oprright = coalesce(nullif(ty.typbasetype, 0), a.atttypid)
                        OR EXISTS (SELECT FROM pg_catalog.pg_cast ca WHERE ca.castsource = coalesce(nullif(ty.typbasetype, 0), a.atttypid)
                                     AND ca.casttarget = op.oprright AND ca.castmethod = 'b')
                        OR op.oprright IN (2283, 2277, 3500, 3831, 2776, 4537, 5077, 5078, 5079, 5080)) AS comparable
        FROM ROWS FROM (pg_catalog.unnest(m.conkey), pg_catalog.unnest(m.conpfeqop)) WITH ORDINALITY AS k (attnum, operator, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = m.conrelid AND a.attnum = k.attnum
        JOIN pg_catalog.pg_type ty ON ty.oid = a.atttypid
        JOIN pg_catalog.pg_operator op ON op.oid = k.operator
    ) AS cols
-- A name for each index of a tree, which must be known to be attached: speaking where it fits and is free, else with a mark.
), part AS (
    SELECT d.oid, b.relid, b.depth, b.above, bn.nspname, bc.relname, bc.relkind,
           CASE WHEN pg_catalog.octet_length('idx_' || bc.relname || '_' || d.plain) < 64
                     AND NOT EXISTS (SELECT FROM pg_catalog.pg_class x WHERE x.relnamespace = bc.relnamespace AND x.relname = ('idx_' || bc.relname || '_' || d.plain)::pg_catalog.name)
                THEN 'idx_' || bc.relname || '_' || d.plain
                ELSE 'idx_' || pg_catalog.left(pg_catalog.md5(b.relid || ' ' || d.oid), 12) END AS index_name
    FROM described d
    JOIN below b ON b.root = d.conrelid
    JOIN pg_catalog.pg_class bc ON bc.oid = b.relid
    JOIN pg_catalog.pg_namespace bn ON bn.oid = bc.relnamespace
    WHERE d.relkind = 'p'
), script AS (
    SELECT a.oid,
           pg_catalog.string_agg(
               CASE WHEN a.relkind = 'p' THEN pg_catalog.format('CREATE INDEX %I ON ONLY %I.%I (%s);', a.index_name, a.nspname, a.relname, d.quoted)
                    ELSE pg_catalog.format('CREATE INDEX CONCURRENTLY %I ON %I.%I (%s);', a.index_name, a.nspname, a.relname, d.quoted) END,
               E'\n' ORDER BY a.relkind <> 'p', a.depth, a.relname, a.relid)
           || coalesce(E'\n' || pg_catalog.string_agg(
               pg_catalog.format('ALTER INDEX %I.%I ATTACH PARTITION %I.%I;', u.nspname, u.index_name, a.nspname, a.index_name),
               -- From the bottom up: an index is valid, and its parent with it, when all below it are.
               E'\n' ORDER BY a.depth DESC, a.relname, a.relid) FILTER (WHERE u.relid IS NOT NULL), '') AS statement
    FROM part a
    JOIN described d ON d.oid = a.oid
    LEFT JOIN part u ON u.oid = a.oid AND u.relid = a.above
    GROUP BY a.oid
)
SELECT pg_catalog.row_number() OVER (ORDER BY d.bytes * (1 + d.deletes + d.updates / 100) DESC NULLS LAST, d.rows DESC NULLS LAST, d.nspname, d.relname, d.conname) AS rank,
       d.nspname AS schema_name, d.relname AS table_name, d.conname AS foreign_key, d.names AS columns,
       d.parent_schema, d.parent_name AS parent_table,
       d.rows AS child_rows, d.bytes AS child_bytes, d.deletes AS parent_deletes, d.updates AS parent_updates,
       d.obstacle,
       CASE WHEN d.obstacle IS NOT NULL THEN NULL
            WHEN d.relkind = 'p' THEN s.statement
            ELSE pg_catalog.format('CREATE INDEX CONCURRENTLY ON %I.%I (%s);', d.nspname, d.relname, d.quoted) END AS statement,
       d.oid AS constraint_oid, d.conrelid AS table_oid
FROM described d
LEFT JOIN script s ON s.oid = d.oid
ORDER BY rank;

COMMENT ON VIEW architect.missing_fk_indexes IS 'Foreign keys that no index of the referencing table serves: each delete of a parent row reads that table to its end. One row per foreign key, trees of partitions once';
COMMENT ON COLUMN architect.missing_fk_indexes.rank IS '1 costs most: child_bytes times (1 + parent_deletes + parent_updates / 100); few updates change a key';
COMMENT ON COLUMN architect.missing_fk_indexes.schema_name IS 'Schema of the referencing table';
COMMENT ON COLUMN architect.missing_fk_indexes.table_name IS 'Referencing table, of a partition tree the root';
COMMENT ON COLUMN architect.missing_fk_indexes.foreign_key IS 'Name of the constraint';
COMMENT ON COLUMN architect.missing_fk_indexes.columns IS 'Its referencing columns, in its order';
COMMENT ON COLUMN architect.missing_fk_indexes.parent_schema IS 'Schema of the referenced table';
COMMENT ON COLUMN architect.missing_fk_indexes.parent_table IS 'Referenced table';
COMMENT ON COLUMN architect.missing_fk_indexes.child_rows IS 'Rows of the referencing table, estimated; NULL if never analyzed';
COMMENT ON COLUMN architect.missing_fk_indexes.child_bytes IS 'Bytes that each check reads: its heap, as of the last VACUUM or ANALYZE';
COMMENT ON COLUMN architect.missing_fk_indexes.parent_deletes IS 'Rows deleted from the parent since the counters began (counter_age): each was such a check';
COMMENT ON COLUMN architect.missing_fk_indexes.parent_updates IS 'Rows of the parent updated since then: a check only where the key changed';
COMMENT ON COLUMN architect.missing_fk_indexes.obstacle IS 'Why no index can serve as the types are; NULL as a rule';
COMMENT ON COLUMN architect.missing_fk_indexes.statement IS 'SQL that mends it without blocking writes; outside a transaction block, one statement after the other';
COMMENT ON COLUMN architect.missing_fk_indexes.constraint_oid IS 'OID of the constraint';
COMMENT ON COLUMN architect.missing_fk_indexes.table_oid IS 'OID of the referencing table';
GRANT SELECT ON architect.missing_fk_indexes TO pg_monitor;

-- sql/views/missing_index_candidates.sql

-- Tables that are read from end to end so often that an index is likely missing. Which one, only the queries can tell.
CREATE VIEW architect.missing_index_candidates WITH (security_invoker = true) AS
WITH
member AS MATERIALIZED (
    SELECT d.objid FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
), tree AS MATERIALIZED (
    SELECT CASE WHEN c.relispartition THEN pg_catalog.pg_partition_root(c.oid)::pg_catalog.oid ELSE c.oid END AS root, c.oid AS relid
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
      AND NOT EXISTS (SELECT FROM member m WHERE m.objid = c.oid)
), used AS MATERIALIZED (
    SELECT t.root,
           pg_catalog.sum(s.seq_scan)::bigint AS seq_scans, pg_catalog.sum(s.seq_tup_read)::bigint AS seq_rows,
           -- NULL for a table without any index: the worst case, not one to lose.
           pg_catalog.sum(coalesce(s.idx_scan, 0))::bigint AS index_scans, pg_catalog.sum(coalesce(s.idx_tup_fetch, 0))::bigint AS index_rows,
           pg_catalog.sum(s.n_live_tup)::bigint AS live_rows, pg_catalog.sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del)::bigint AS writes,
           pg_catalog.sum(greatest(c.relpages, 0))::bigint * pg_catalog.current_setting('block_size')::bigint AS bytes,
           pg_catalog.count(*) FILTER (WHERE c.relkind <> 'p') AS tables,
           pg_catalog.max((pg_catalog.to_jsonb(s) ->> 'last_seq_scan')::timestamp with time zone) AS last_seq_scan
    FROM tree t
    JOIN pg_catalog.pg_class c ON c.oid = t.relid
    JOIN pg_catalog.pg_stat_all_tables s ON s.relid = t.relid
    WHERE s.seq_scan > 0 OR s.idx_scan > 0
    GROUP BY t.root
)
SELECT pg_catalog.row_number() OVER (ORDER BY u.seq_rows DESC, n.nspname, c.relname) AS rank,
       n.nspname AS schema_name, c.relname AS table_name,
       CASE WHEN u.seq_scans > u.index_scans * 10 THEN 'high' ELSE 'medium' END AS weight,
       u.live_rows AS rows, u.bytes AS heap_bytes, u.seq_scans, u.index_scans,
       pg_catalog.round(u.seq_rows::numeric / u.seq_scans, 0) AS rows_per_seq_scan, u.seq_rows AS seq_rows_read,
       u.last_seq_scan, u.writes,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid) AS indexes,
       c.oid IN (SELECT f.table_oid FROM architect.missing_fk_indexes f) AS foreign_key_unserved,
       a.counters_since,
       pg_catalog.format('%s sequential scans of %s rows on average beside %s index scans in %s days%s',
           u.seq_scans, pg_catalog.round(u.seq_rows::numeric / u.seq_scans, 0), u.index_scans, pg_catalog.round((extract(epoch FROM a.counter_age) / 86400)::numeric, 1),
           CASE WHEN a.counter_age < interval '1 day' THEN ': counters are young, so this may be one job' ELSE '' END) AS evidence,
       c.oid AS table_oid
FROM used u
JOIN pg_catalog.pg_class c ON c.oid = u.root
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN architect.counter_age a
-- Two formulas that are both in use: more scans than index scans in a table of some size, and ten times as many.
WHERE u.seq_scans > 100 * u.tables AND u.live_rows > 10000 AND u.index_scans < u.seq_scans
  -- Scans that stop early (LIMIT, EXISTS) are not what an index would mend.
  AND u.seq_rows::numeric / u.seq_scans * u.tables > 1000
ORDER BY rank;

COMMENT ON VIEW architect.missing_index_candidates IS 'Tables read from end to end more than 100 times and more often than by index, with over 10000 rows; look for their queries before indexing. Trees of partitions once';
COMMENT ON COLUMN architect.missing_index_candidates.rank IS '1 has the most rows read by sequential scans';
COMMENT ON COLUMN architect.missing_index_candidates.schema_name IS 'Schema of the table';
COMMENT ON COLUMN architect.missing_index_candidates.table_name IS 'The table, of a partition tree the root';
COMMENT ON COLUMN architect.missing_index_candidates.weight IS 'high: more than ten sequential scans per index scan; medium: more than one';
COMMENT ON COLUMN architect.missing_index_candidates.rows IS 'Live rows, as counted';
COMMENT ON COLUMN architect.missing_index_candidates.heap_bytes IS 'Size of the heap in bytes, as of the last VACUUM or ANALYZE';
COMMENT ON COLUMN architect.missing_index_candidates.seq_scans IS 'Sequential scans since counters_since; each partition''s counts';
COMMENT ON COLUMN architect.missing_index_candidates.index_scans IS 'Index scans since then';
COMMENT ON COLUMN architect.missing_index_candidates.rows_per_seq_scan IS 'Rows that a sequential scan read, on average';
COMMENT ON COLUMN architect.missing_index_candidates.seq_rows_read IS 'Rows that sequential scans read in all';
COMMENT ON COLUMN architect.missing_index_candidates.last_seq_scan IS 'Last sequential scan; NULL before PostgreSQL 16';
COMMENT ON COLUMN architect.missing_index_candidates.writes IS 'Rows inserted, updated and deleted since then: what one more index would make dearer';
COMMENT ON COLUMN architect.missing_index_candidates.indexes IS 'How many indexes it has';
COMMENT ON COLUMN architect.missing_index_candidates.foreign_key_unserved IS 'Whether a foreign key of it has no index (missing_fk_indexes): the likely cause';
COMMENT ON COLUMN architect.missing_index_candidates.counters_since IS 'Counters cover the time from here on, see counter_age';
COMMENT ON COLUMN architect.missing_index_candidates.evidence IS 'The same in words, with the age of the counters';
COMMENT ON COLUMN architect.missing_index_candidates.table_oid IS 'OID of the table';
GRANT SELECT ON architect.missing_index_candidates TO pg_monitor;

-- sql/views/table_health.sql

-- How each table is: size, dead rows, bloat, statistics, how it is read and written. One row per table; partition trees are one row.
--
-- Sizes are pages as VACUUM and ANALYZE last saw them: asking the files would wait for whoever holds the table.
CREATE VIEW architect.table_health WITH (security_invoker = true) AS
WITH
member AS MATERIALIZED (
    SELECT d.objid FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
), tree AS MATERIALIZED (
    SELECT CASE WHEN c.relispartition THEN pg_catalog.pg_partition_root(c.oid)::pg_catalog.oid ELSE c.oid END AS root, c.oid AS relid
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
      AND NOT EXISTS (SELECT FROM member m WHERE m.objid = c.oid)
), heap AS MATERIALIZED (
    SELECT t.root, c.oid, c.relkind, c.relpages, c.reltuples, c.relfrozenxid, c.reltoastrelid, c.reloptions, c.relnatts
    FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.relid
), file AS (
    SELECT h.root, h.oid, 'heap' AS part, h.relpages, h.relfrozenxid FROM heap h WHERE h.relkind <> 'p'
    UNION ALL
    SELECT h.root, t.oid, 'toast', t.relpages, t.relfrozenxid FROM heap h JOIN pg_catalog.pg_class t ON t.oid = h.reltoastrelid
    UNION ALL
    SELECT h.root, x.oid, 'toast', x.relpages, NULL FROM heap h
    JOIN pg_catalog.pg_index i ON i.indrelid = h.reltoastrelid JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
    UNION ALL
    SELECT h.root, x.oid, 'index', x.relpages, NULL FROM heap h
    JOIN pg_catalog.pg_index i ON i.indrelid = h.oid JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid AND x.relkind = 'i'
), size AS MATERIALIZED (
    SELECT f.root,
           coalesce(pg_catalog.sum(f.relpages) FILTER (WHERE f.part = 'heap'), 0) * b.size AS heap_bytes,
           coalesce(pg_catalog.sum(f.relpages) FILTER (WHERE f.part = 'index'), 0) * b.size AS index_bytes,
           coalesce(pg_catalog.sum(f.relpages) FILTER (WHERE f.part = 'toast'), 0) * b.size AS toast_bytes,
           pg_catalog.sum(pg_catalog.pg_stat_get_blocks_fetched(f.oid)) AS blocks_asked,
           pg_catalog.sum(pg_catalog.pg_stat_get_blocks_hit(f.oid)) AS blocks_hit,
           pg_catalog.max(CASE WHEN f.relfrozenxid <> 0 THEN pg_catalog.age(f.relfrozenxid) END) AS xid_age
    FROM file f CROSS JOIN (SELECT pg_catalog.current_setting('block_size')::bigint) AS b (size)
    GROUP BY f.root, b.size
), index_use AS MATERIALIZED (
    SELECT i.indrelid, pg_catalog.sum(pg_catalog.pg_stat_get_numscans(i.indexrelid)) AS scans FROM pg_catalog.pg_index i GROUP BY i.indrelid
), activity AS MATERIALIZED (
    SELECT h.root,
           pg_catalog.count(*) FILTER (WHERE h.relkind <> 'p') AS tables,
           CASE WHEN pg_catalog.bool_and(h.reltuples >= 0 OR s.live > 0) FILTER (WHERE h.relkind <> 'p')
                THEN pg_catalog.sum(CASE WHEN h.reltuples >= 0 THEN h.reltuples ELSE s.live END) FILTER (WHERE h.relkind <> 'p') END AS rows,
           pg_catalog.bool_or(h.reltuples < 0) FILTER (WHERE h.relkind <> 'p') AS unmeasured,
           pg_catalog.sum(s.live) AS live_rows, pg_catalog.sum(s.dead) AS dead_rows, pg_catalog.sum(s.modified) AS modified_rows,
           pg_catalog.sum(s.inserted) AS inserted, pg_catalog.sum(s.updated) AS updated, pg_catalog.sum(s.deleted) AS deleted, pg_catalog.sum(s.hot) AS hot,
           pg_catalog.sum(s.seq_scans) AS seq_scans, pg_catalog.sum(s.index_scans) AS index_scans,
           pg_catalog.min(s.vacuumed) FILTER (WHERE h.relkind <> 'p') AS vacuumed, pg_catalog.bool_or(s.vacuumed IS NULL) FILTER (WHERE h.relkind <> 'p') AS some_never_vacuumed,
           pg_catalog.min(s.analyzed) FILTER (WHERE h.relkind <> 'p') AS analyzed, pg_catalog.bool_or(s.analyzed IS NULL) FILTER (WHERE h.relkind <> 'p') AS some_never_analyzed,
           pg_catalog.max(s.analyzed) FILTER (WHERE h.relkind = 'p' AND h.oid = h.root) AS root_analyzed
    FROM heap h
    LEFT JOIN index_use u ON u.indrelid = h.oid
    CROSS JOIN LATERAL (
        SELECT pg_catalog.pg_stat_get_live_tuples(h.oid), pg_catalog.pg_stat_get_dead_tuples(h.oid), pg_catalog.pg_stat_get_mod_since_analyze(h.oid),
               pg_catalog.pg_stat_get_tuples_inserted(h.oid), pg_catalog.pg_stat_get_tuples_updated(h.oid),
               pg_catalog.pg_stat_get_tuples_deleted(h.oid), pg_catalog.pg_stat_get_tuples_hot_updated(h.oid),
               pg_catalog.pg_stat_get_numscans(h.oid),
               u.scans,
               greatest(pg_catalog.pg_stat_get_last_vacuum_time(h.oid), pg_catalog.pg_stat_get_last_autovacuum_time(h.oid)),
               greatest(pg_catalog.pg_stat_get_last_analyze_time(h.oid), pg_catalog.pg_stat_get_last_autoanalyze_time(h.oid))
    ) AS s (live, dead, modified, inserted, updated, deleted, hot, seq_scans, index_scans, vacuumed, analyzed)
    GROUP BY h.root
-- Bloat: pages beyond what the rows need if written anew, by the layout of a row.
), visible AS MATERIALIZED (
    SELECT c.oid AS relid, a.attnum, s.null_frac, s.avg_width
    FROM pg_catalog.pg_stats s
    JOIN pg_catalog.pg_namespace n ON n.nspname = s.schemaname
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = s.tablename
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attname
    WHERE NOT s.inherited AND c.relkind IN ('r', 'm')
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
), pieces AS MATERIALIZED (
    SELECT h.oid, a.attnum, a.attisdropped, a.atthasmissing, v.relid IS NOT NULL AS known, coalesce(v.null_frac, 0) AS null_frac,
           CASE WHEN a.attisdropped THEN 0 WHEN a.attlen > 0 THEN a.attlen ELSE coalesce(v.avg_width, 0) END AS width,
           -- Short values of variable length have a header of one byte and are not aligned.
           CASE WHEN a.attisdropped THEN 1
                WHEN a.attlen < 0 AND coalesce(v.avg_width, 0) < 127 THEN 1
                ELSE CASE a.attalign WHEN 'd' THEN 8 WHEN 'i' THEN 4 WHEN 's' THEN 2 ELSE 1 END END AS align,
           a.attlen < 0 AND NOT a.attisdropped AS varies
    FROM heap h
    JOIN pg_catalog.pg_attribute a ON a.attrelid = h.oid AND a.attnum > 0
    -- A virtual generated column (18) takes no space.
    LEFT JOIN visible v ON v.relid = h.oid AND v.attnum = a.attnum
    WHERE h.relkind <> 'p' AND h.relpages >= 20 AND a.attgenerated <> 'v'
-- What starts on a multiple of 8 begins a group, within it what starts on 4, within that on 2. The size of a group is rounded up to
-- the alignment of what follows it, so groups of groups give the row with its padding. Where lengths vary the padding is half of the
-- most it can be, on average.
), g AS (
    SELECT p.*,
           pg_catalog.count(*) FILTER (WHERE p.align = 8) OVER w AS g8, pg_catalog.count(*) FILTER (WHERE p.align >= 4) OVER w AS g4,
           pg_catalog.count(*) FILTER (WHERE p.align >= 2) OVER w AS g2
    FROM pieces p WINDOW w AS (PARTITION BY p.oid ORDER BY p.attnum)
), s2 AS (
    SELECT q.oid, q.g8, q.g4, q.g2, pg_catalog.sum(q.width * (1 - q.null_frac)) AS data, pg_catalog.sum(q.width) AS full_size, pg_catalog.max(q.null_frac) AS null_frac, pg_catalog.bool_or(q.varies) AS varies,
           pg_catalog.bool_and(q.known OR q.attisdropped) AS known, pg_catalog.bool_or(q.attisdropped) AS dropped,
           pg_catalog.sum(q.width * (1 - q.null_frac)) FILTER (WHERE q.atthasmissing) AS added, pg_catalog.sum(pg_catalog.ln(greatest(1 - q.null_frac, 1e-9))) AS ln_no_null
    FROM g q GROUP BY q.oid, q.g8, q.g4, q.g2
), p2 AS (
    SELECT q.*, CASE WHEN q.varies THEN 0.5 ELSE (pg_catalog.ceil(q.full_size / 2.0) * 2 - q.full_size) END * (1 - q.null_frac) AS pad FROM s2 q
), s4 AS (
    SELECT q.oid, q.g8, q.g4, pg_catalog.sum(q.data + q.pad) AS data, pg_catalog.sum(CASE WHEN q.varies THEN q.full_size ELSE pg_catalog.ceil(q.full_size / 2.0) * 2 END) AS full_size,
           pg_catalog.max(q.null_frac) AS null_frac, pg_catalog.bool_or(q.varies) AS varies, pg_catalog.bool_and(q.known) AS known, pg_catalog.bool_or(q.dropped) AS dropped, pg_catalog.sum(q.added) AS added, pg_catalog.sum(q.ln_no_null) AS ln_no_null
    FROM p2 q GROUP BY q.oid, q.g8, q.g4
), p4 AS (
    SELECT q.*, CASE WHEN q.varies THEN 1 ELSE (pg_catalog.ceil(q.full_size / 4.0) * 4 - q.full_size) END * (1 - q.null_frac) AS pad FROM s4 q
), s8 AS (
    SELECT q.oid, q.g8, pg_catalog.sum(q.data + q.pad) AS data, pg_catalog.sum(CASE WHEN q.varies THEN q.full_size ELSE pg_catalog.ceil(q.full_size / 4.0) * 4 END) AS full_size,
           pg_catalog.max(q.null_frac) AS null_frac, pg_catalog.bool_or(q.varies) AS varies, pg_catalog.bool_and(q.known) AS known, pg_catalog.bool_or(q.dropped) AS dropped, pg_catalog.sum(q.added) AS added, pg_catalog.sum(q.ln_no_null) AS ln_no_null
    FROM p4 q GROUP BY q.oid, q.g8
), p8 AS (
    SELECT q.*, CASE WHEN q.varies THEN 2 ELSE (pg_catalog.ceil(q.full_size / 8.0) * 8 - q.full_size) END * (1 - q.null_frac) AS pad FROM s8 q
), layout AS (
    SELECT q.oid, pg_catalog.sum(q.data + q.pad) AS data, pg_catalog.bool_and(q.known) AS known, pg_catalog.bool_or(q.dropped) AS dropped, coalesce(pg_catalog.sum(q.added), 0) AS added,
           1 - pg_catalog.exp(pg_catalog.sum(q.ln_no_null)) AS some_null
    FROM p8 q GROUP BY q.oid
), estimate AS MATERIALIZED (
    SELECT h.root, h.oid, h.relpages,
           CASE WHEN h.reltuples < 0 THEN 'never analyzed'
                WHEN h.relpages < 20 THEN 'under 20 pages'
                WHEN l.dropped THEN 'dropped columns, which old rows still hold'
                WHEN NOT l.known AND NOT pg_catalog.has_table_privilege(h.oid, 'SELECT') THEN 'no right to see column statistics'
                WHEN NOT l.known THEN 'no column statistics: never analyzed, or by a statistics target of 0'
                WHEN l.added > 0.05 * l.data THEN 'columns added with a default, which old rows do not hold'
           END AS obstacle,
           -- A virtual generated column is NULL in every row.
           24 + CASE WHEN h.relnatts > 8 THEN CASE WHEN h.virtual THEN 1 ELSE l.some_null END * (pg_catalog.ceil((23 + pg_catalog.ceil(h.relnatts / 8.0)) / 8) * 8 - 24) ELSE 0 END + l.data + 4 AS row_bytes,
           pg_catalog.current_setting('block_size')::integer AS page,
           coalesce((
               -- As parse_int (guc.c) reads it: blanks around, hexadecimal, octal, rounded.
               SELECT greatest(10, least(100, CASE
                          WHEN o.option_value ~ '^\s*\+?0[xX]0*[0-9a-fA-F]{1,2}\s*$'
                          THEN ('x' || pg_catalog.lpad(substring(o.option_value FROM '([0-9a-fA-F]{1,2})\s*$'), 8, '0'))::bit(32)::integer
                          WHEN o.option_value ~ '^\s*\+?0+[0-7]{2,3}\s*$'
                          THEN substring(o.option_value FROM '([0-7])[0-7][0-7]\s*$')::integer * 64
                               + substring(o.option_value FROM '([0-7])[0-7]\s*$')::integer * 8 + substring(o.option_value FROM '([0-7])\s*$')::integer
                          WHEN o.option_value ~ '^\s*\+?(\d{1,100}(\.\d{0,100})?|\.\d{1,100})([eE][+-]?\d{1,2})?\s*$'
                          THEN pg_catalog.round(o.option_value::double precision) END))::integer
               FROM pg_catalog.pg_options_to_table(h.reloptions) AS o
               WHERE o.option_name = 'fillfactor' AND o.option_value ~ '\d'), 100) AS fillfactor,
           h.reltuples
    FROM (SELECT p.*, EXISTS (SELECT FROM pg_catalog.pg_attribute a
                              WHERE a.attrelid = p.oid AND a.attnum > 0 AND a.attgenerated = 'v' AND NOT a.attisdropped) AS virtual
          FROM heap p) AS h
    LEFT JOIN layout l ON l.oid = h.oid
    WHERE h.relkind <> 'p'
), bloat AS MATERIALIZED (
    SELECT e.root,
           pg_catalog.sum(greatest(e.relpages - pg_catalog.ceil(e.reltuples / greatest(
               CASE WHEN e.row_bytes > e.page / 8.0 THEN pg_catalog.floor(e.room / e.row_bytes) ELSE e.room / e.row_bytes END, 1)), 0)
               ) FILTER (WHERE e.obstacle IS NULL) * pg_catalog.max(e.page) AS bytes,
           pg_catalog.sum(e.relpages) FILTER (WHERE e.obstacle IS NULL) AS judged_pages, pg_catalog.sum(e.relpages) AS pages,
           pg_catalog.count(*) FILTER (WHERE e.obstacle IS NOT NULL) AS unjudged, pg_catalog.count(*) AS tables,
           pg_catalog.min(e.obstacle) AS obstacle
    FROM (SELECT e.*, e.page - 24 - e.page * (100 - e.fillfactor) / 100.0 AS room FROM estimate e) AS e
    GROUP BY e.root
), health AS (
    SELECT n.nspname, c.relname, c.relkind, c.oid, a.*, z.heap_bytes, z.index_bytes, z.toast_bytes, z.blocks_asked, z.blocks_hit, z.xid_age,
           CASE WHEN b.judged_pages > 0 THEN b.bytes END AS bloat_bytes,
           CASE WHEN b.judged_pages > 0 THEN (100.0 * b.bytes / (b.judged_pages * pg_catalog.current_setting('block_size')::integer))::numeric END AS bloat_percent,
           CASE WHEN b.judged_pages > 0
                THEN 'estimate: row layout from pg_stats widths, alignment, NULLs, fillfactor'
                     || CASE WHEN b.unjudged > 0 THEN pg_catalog.format('; %s of %s partitions not judged: %s', b.unjudged, b.tables, b.obstacle) ELSE '' END
                ELSE 'not judged: ' || coalesce(b.obstacle, 'no partition') END AS bloat_method
    FROM activity a
    JOIN pg_catalog.pg_class c ON c.oid = a.root
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN size z ON z.root = a.root
    LEFT JOIN bloat b ON b.root = a.root
)
SELECT pg_catalog.row_number() OVER (
           ORDER BY coalesce(h.bloat_bytes, 0) + coalesce(h.heap_bytes * h.dead_rows / nullif(h.live_rows + h.dead_rows, 0), 0)::double precision DESC,
                    coalesce(h.heap_bytes + h.index_bytes + h.toast_bytes, 0) DESC, h.nspname, h.relname) AS rank,
       h.nspname AS schema_name, h.relname AS table_name,
       pg_catalog.array_remove(ARRAY[
           CASE WHEN h.unmeasured AND h.live_rows > 0 THEN 'never analyzed'
                WHEN h.modified_rows > 0.1 * h.live_rows AND h.modified_rows > 1000
                     AND (h.analyzed IS NULL OR h.analyzed < pg_catalog.now() - interval '7 days') THEN 'statistics stale' END,
           CASE WHEN h.relkind = 'p' AND h.root_analyzed IS NULL AND h.live_rows > 0 THEN 'parent never analyzed' END,
           CASE WHEN h.dead_rows > 10000 AND h.dead_rows > 0.2 * (h.live_rows + h.dead_rows) THEN 'many dead rows' END,
           CASE WHEN h.bloat_percent >= 30 AND h.bloat_bytes >= 10 * 1024 * 1024 THEN 'bloated' END,
           CASE WHEN h.updated >= 10000 AND h.hot < 0.1 * h.updated THEN 'few HOT updates' END,
           CASE WHEN h.xid_age > pg_catalog.current_setting('autovacuum_freeze_max_age')::bigint THEN 'freeze overdue' END
       ], NULL) AS advice,
       h.rows::bigint AS rows,
       (h.heap_bytes + h.index_bytes + h.toast_bytes)::bigint AS total_bytes, h.heap_bytes::bigint AS heap_bytes,
       h.index_bytes::bigint AS index_bytes, h.toast_bytes::bigint AS toast_bytes,
       h.dead_rows::bigint AS dead_rows,
       pg_catalog.round(100.0 * h.dead_rows / nullif(h.live_rows + h.dead_rows, 0), 1) AS dead_percent,
       h.modified_rows::bigint AS modified_rows,
       h.bloat_bytes::bigint AS bloat_bytes, pg_catalog.round(h.bloat_percent, 1) AS bloat_percent, h.bloat_method,
       CASE WHEN NOT h.some_never_vacuumed THEN h.vacuumed END AS last_vacuum,
       CASE WHEN NOT h.some_never_analyzed THEN h.analyzed END AS last_analyze,
       (h.inserted + h.updated + h.deleted)::bigint AS writes,
       pg_catalog.round(100.0 * h.hot / nullif(h.updated, 0), 1) AS hot_percent,
       pg_catalog.round(100.0 * h.blocks_hit / nullif(h.blocks_asked, 0), 1) AS cache_hit_percent,
       h.seq_scans::bigint AS seq_scans, coalesce(h.index_scans, 0)::bigint AS index_scans,
       pg_catalog.round(100.0 * coalesce(h.index_scans, 0) / nullif(h.seq_scans + coalesce(h.index_scans, 0), 0), 1) AS index_scan_percent,
       h.xid_age, a.counters_since,
       CASE WHEN h.relkind = 'p' THEN h.tables END AS partitions, h.oid AS table_oid
FROM health h CROSS JOIN architect.counter_age a
ORDER BY rank;

COMMENT ON VIEW architect.table_health IS 'Every table: size, dead rows, bloat, statistics, how it is read and written; first those with most to gain. A partition tree is one row';
COMMENT ON COLUMN architect.table_health.rank IS '1 has most bytes to gain: free bytes by estimate and the dead rows'' share of the heap; then size';
COMMENT ON COLUMN architect.table_health.schema_name IS 'Its schema';
COMMENT ON COLUMN architect.table_health.table_name IS 'The table or materialized view; of a partition tree the root';
COMMENT ON COLUMN architect.table_health.advice IS 'What stands out: never analyzed, statistics stale (10 %, 7 days), parent never analyzed, many dead rows (20 %), bloated (30 %, 10 MB), few HOT updates (10 %), freeze overdue';
COMMENT ON COLUMN architect.table_health.rows IS 'Rows, estimated by the last VACUUM or ANALYZE, else counted; NULL if neither';
COMMENT ON COLUMN architect.table_health.total_bytes IS 'Heap, indexes and TOAST in bytes, as of the last VACUUM or ANALYZE';
COMMENT ON COLUMN architect.table_health.heap_bytes IS 'Its rows themselves, in bytes';
COMMENT ON COLUMN architect.table_health.index_bytes IS 'Its indexes, in bytes';
COMMENT ON COLUMN architect.table_health.toast_bytes IS 'Its long values that are kept apart (TOAST) with their index, in bytes; seen by VACUUM only';
COMMENT ON COLUMN architect.table_health.dead_rows IS 'Dead rows that VACUUM has not removed, as counted';
COMMENT ON COLUMN architect.table_health.dead_percent IS 'Dead rows in per cent of all';
COMMENT ON COLUMN architect.table_health.modified_rows IS 'Rows changed since the last ANALYZE';
COMMENT ON COLUMN architect.table_health.bloat_bytes IS 'Bytes of the heap that a rewrite would free, estimated; NULL where not judged';
COMMENT ON COLUMN architect.table_health.bloat_percent IS 'The same in per cent of the heap; within about 10 points of pgstattuple when statistics are fresh';
COMMENT ON COLUMN architect.table_health.bloat_method IS 'How bloat was estimated, or why not';
COMMENT ON COLUMN architect.table_health.last_vacuum IS 'Last VACUUM or autovacuum, of a tree the least recent; NULL: never, or not known since the counters began';
COMMENT ON COLUMN architect.table_health.last_analyze IS 'Last ANALYZE or autoanalyze, of a tree the least recent of its partitions; NULL as above';
COMMENT ON COLUMN architect.table_health.writes IS 'Rows inserted, updated and deleted since counters_since';
COMMENT ON COLUMN architect.table_health.hot_percent IS 'Updates that touched no index (HOT), in per cent of updates';
COMMENT ON COLUMN architect.table_health.cache_hit_percent IS 'Pages of heap, indexes and TOAST found in shared_buffers, in per cent; the system''s cache is not seen';
COMMENT ON COLUMN architect.table_health.seq_scans IS 'Sequential scans since counters_since';
COMMENT ON COLUMN architect.table_health.index_scans IS 'Index scans since then';
COMMENT ON COLUMN architect.table_health.index_scan_percent IS 'Index scans in per cent of all scans';
COMMENT ON COLUMN architect.table_health.xid_age IS 'Age of its oldest row version not yet frozen, TOAST included, in transactions';
COMMENT ON COLUMN architect.table_health.counters_since IS 'Counters cover the time from here on, see counter_age';
COMMENT ON COLUMN architect.table_health.partitions IS 'Partitions with rows of their own in the tree, as a count; NULL for a plain table';
COMMENT ON COLUMN architect.table_health.table_oid IS 'OID of the table';
GRANT SELECT ON architect.table_health TO pg_monitor;

-- sql/views/vacuum_health.sql

-- Three kinds of rows: how far each database is from running out of transaction ids; what keeps VACUUM from removing dead rows now;
-- and for each table its age and when autovacuum will next come, by the settings in force for it.
CREATE VIEW architect.vacuum_health WITH (security_invoker = true) AS
WITH setting AS MATERIALIZED (
    -- The workers count by the value of the server, or of the database; what this session or its role has is no matter to them.
    SELECT pg_catalog.current_setting('autovacuum')::boolean
               AND (SELECT CASE WHEN s.source = 'session' THEN s.reset_val::boolean
                                WHEN s.source NOT IN ('user', 'database user', 'client', 'interactive', 'test') THEN s.setting::boolean
                                ELSE true END
                    FROM pg_catalog.pg_settings s WHERE s.name = 'track_counts') AS running,
           pg_catalog.current_setting('autovacuum_vacuum_threshold')::double precision AS vacuum_threshold,
           pg_catalog.current_setting('autovacuum_vacuum_scale_factor')::double precision AS vacuum_scale,
           -- Since 18; NULL before.
           pg_catalog.current_setting('autovacuum_vacuum_max_threshold', true)::double precision AS vacuum_max,
           pg_catalog.current_setting('autovacuum_vacuum_insert_threshold')::double precision AS insert_threshold,
           pg_catalog.current_setting('autovacuum_vacuum_insert_scale_factor')::double precision AS insert_scale,
           pg_catalog.current_setting('autovacuum_analyze_threshold')::double precision AS analyze_threshold,
           pg_catalog.current_setting('autovacuum_analyze_scale_factor')::double precision AS analyze_scale,
           pg_catalog.current_setting('autovacuum_freeze_max_age')::bigint AS freeze_max_age,
           pg_catalog.current_setting('autovacuum_multixact_freeze_max_age')::bigint AS multixact_freeze_max_age,
           -- Of the 2^31 ids that can be told apart, the last 3 million are kept for rescue: no writes are taken from there on.
           2147483648::bigint - 3000000 AS limit_ids,
           pg_catalog.current_setting('server_version_num')::integer >= 180000 AS since_18
), member AS MATERIALIZED (
    SELECT d.objid FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
), own AS MATERIALIZED (
    SELECT c.oid,
           pg_catalog.bool_or(o.option_value::boolean) FILTER (WHERE o.option_name = 'autovacuum_enabled') AS enabled,
           pg_catalog.max(o.number) FILTER (WHERE o.option_name = 'autovacuum_vacuum_threshold') AS vacuum_threshold,
           pg_catalog.max(o.number) FILTER (WHERE o.option_name = 'autovacuum_vacuum_scale_factor') AS vacuum_scale,
           pg_catalog.max(o.number) FILTER (WHERE o.option_name = 'autovacuum_vacuum_max_threshold') AS vacuum_max,
           pg_catalog.max(o.number) FILTER (WHERE o.option_name = 'autovacuum_vacuum_insert_threshold') AS insert_threshold,
           pg_catalog.max(o.number) FILTER (WHERE o.option_name = 'autovacuum_vacuum_insert_scale_factor') AS insert_scale,
           pg_catalog.max(o.number) FILTER (WHERE o.option_name = 'autovacuum_analyze_threshold') AS analyze_threshold,
           pg_catalog.max(o.number) FILTER (WHERE o.option_name = 'autovacuum_analyze_scale_factor') AS analyze_scale,
           pg_catalog.max(o.number) FILTER (WHERE o.option_name = 'autovacuum_freeze_max_age') AS freeze_max_age,
           pg_catalog.max(o.number) FILTER (WHERE o.option_name = 'autovacuum_multixact_freeze_max_age') AS multixact_freeze_max_age,
           pg_catalog.string_agg(o.option_name || '=' || o.option_value, ', ' ORDER BY o.option_name) FILTER (WHERE o.option_name LIKE 'autovacuum%') AS given
    FROM pg_catalog.pg_class c
    -- Numbers as parse_int and parse_real (guc.c) read them: blanks around, hexadecimal, for whole numbers also octal, and rounded. What
    -- reads as no number is none: the server's value holds.
    CROSS JOIN LATERAL (
        SELECT p.option_name, p.option_value,
               CASE WHEN p.option_value ~ '^\s*[+-]?0[xX][0-9a-fA-F]{1,15}\s*$'
                    THEN CASE WHEN p.option_value ~ '-' THEN -1 ELSE 1 END
                         * ('x' || pg_catalog.lpad(substring(p.option_value FROM '[xX]([0-9a-fA-F]+)'), 16, '0'))::bit(64)::bigint::double precision
                    WHEN p.option_value ~ '^\s*[+-]?0[0-7]{1,15}\s*$' AND p.option_name !~ 'scale_factor$'
                    THEN CASE WHEN p.option_value ~ '-' THEN -1 ELSE 1 END
                         * (SELECT pg_catalog.sum(d.digit::integer * pg_catalog.power(8, d.places - d.place))
                            FROM (SELECT t.digit, t.place, pg_catalog.max(t.place) OVER () AS places
                                  FROM pg_catalog.regexp_split_to_table(pg_catalog.btrim(p.option_value, E' \t\n\v\f\r+-'), '')
                                       WITH ORDINALITY AS t (digit, place)) AS d)
                    WHEN p.option_value ~ '^\s*[+-]?(\d{1,100}(\.\d{0,100})?|\.\d{1,100})([eE][+-]?\d{1,2})?\s*$'
                    THEN CASE WHEN p.option_name ~ 'scale_factor$' THEN p.option_value::double precision
                              ELSE pg_catalog.round(p.option_value::double precision) END
               END AS number
        FROM pg_catalog.pg_options_to_table(c.reloptions) AS p
    ) AS o
    WHERE c.reloptions IS NOT NULL AND c.relkind IN ('r', 'm', 't')
    GROUP BY c.oid
), base AS MATERIALIZED (
    SELECT c.oid, n.nspname, c.relname, c.reltuples, c.relpages, t.oid AS toast_oid, t.relname AS toast_name, o.given,
           s.running, s.limit_ids, s.since_18,
           pg_catalog.age(c.relfrozenxid)::bigint AS heap_xid_age, pg_catalog.mxid_age(c.relminmxid)::bigint AS heap_mxid_age,
           pg_catalog.age(t.relfrozenxid)::bigint AS toast_xid_age, pg_catalog.mxid_age(t.relminmxid)::bigint AS toast_mxid_age,
           coalesce(o.enabled, true) AS enabled,
           -- A TOAST table without any option of its own takes its table's; with one, what it does not say is the server's.
           coalesce(CASE WHEN t.reloptions IS NULL THEN o.enabled ELSE ot.enabled END, true) AS toast_enabled,
           -- A table's own value can only bring freezing forward.
           least(o.freeze_max_age, s.freeze_max_age)::bigint AS heap_freeze_max_age,
           least(o.multixact_freeze_max_age, s.multixact_freeze_max_age)::bigint AS heap_multixact_freeze_max_age,
           least(CASE WHEN t.reloptions IS NULL THEN o.freeze_max_age ELSE ot.freeze_max_age END, s.freeze_max_age)::bigint AS toast_freeze_max_age,
           least(CASE WHEN t.reloptions IS NULL THEN o.multixact_freeze_max_age ELSE ot.multixact_freeze_max_age END,
                 s.multixact_freeze_max_age)::bigint AS toast_multixact_freeze_max_age,
           -- In single precision, as relation_needs_vacanalyze (autovacuum.c) reckons; less than 1e-30 of the rows is none, and no error.
           coalesce(o.vacuum_threshold, s.vacuum_threshold)::real
               + greatest(coalesce(o.vacuum_scale, s.vacuum_scale), 1e-30)::real * greatest(c.reltuples, 0) AS vacuum_at,
           coalesce(o.vacuum_max, s.vacuum_max)::real AS vacuum_max,
           coalesce(o.insert_threshold, s.insert_threshold)::real AS insert_base,
           greatest(coalesce(o.insert_scale, s.insert_scale), 1e-30)::real AS insert_scale,
           -- Since 18 pages that are frozen already do not count.
           CASE WHEN s.since_18 AND c.relpages > 0
                THEN 1 - least((pg_catalog.to_jsonb(c) ->> 'relallfrozen')::real / c.relpages::real, 1) ELSE 1 END::real AS unfrozen,
           coalesce(o.analyze_threshold, s.analyze_threshold)::real
               + greatest(coalesce(o.analyze_scale, s.analyze_scale), 1e-30)::real * greatest(c.reltuples, 0) AS analyze_at,
           pg_catalog.pg_stat_get_dead_tuples(c.oid) AS dead, pg_catalog.pg_stat_get_ins_since_vacuum(c.oid) AS inserted,
           pg_catalog.pg_stat_get_mod_since_analyze(c.oid) AS modified,
           greatest(pg_catalog.pg_stat_get_last_vacuum_time(c.oid), pg_catalog.pg_stat_get_last_autovacuum_time(c.oid)) AS last_vacuum
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    CROSS JOIN setting s
    LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid
    LEFT JOIN own o ON o.oid = c.oid
    LEFT JOIN own ot ON ot.oid = c.reltoastrelid
    -- Temporary tables of other sessions and the system's own hold back ids too: they stay where they are old.
    WHERE c.relkind IN ('r', 'm')
      AND (c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
           AND NOT EXISTS (SELECT FROM member m WHERE m.objid = c.oid)
           OR pg_catalog.age(c.relfrozenxid) > s.freeze_max_age)
), limits AS MATERIALIZED (
    SELECT b.*,
           b.heap_xid_age > b.heap_freeze_max_age OR b.heap_mxid_age > b.heap_multixact_freeze_max_age AS heap_overdue,
           coalesce(b.toast_xid_age > b.toast_freeze_max_age OR b.toast_mxid_age > b.toast_multixact_freeze_max_age, false) AS toast_overdue,
           greatest(b.heap_xid_age, b.toast_xid_age) AS xid_age, greatest(b.heap_mxid_age, b.toast_mxid_age) AS mxid_age,
           coalesce(b.toast_xid_age > b.heap_xid_age, false) AS toast_is_older,
           CASE WHEN b.vacuum_max >= 0 THEN least(b.vacuum_at, b.vacuum_max) ELSE b.vacuum_at END AS vacuum_threshold,
           CASE WHEN b.insert_base >= 0 THEN b.insert_base + b.insert_scale * greatest(b.reltuples, 0) * b.unfrozen END AS insert_threshold
    FROM base b
), due AS MATERIALIZED (
    SELECT l.*,
           -- The limits shown are those that the verdict is by.
           CASE WHEN l.toast_overdue AND NOT l.heap_overdue THEN l.toast_freeze_max_age ELSE l.heap_freeze_max_age END AS freeze_max_age,
           CASE WHEN l.toast_overdue AND NOT l.heap_overdue THEN l.toast_multixact_freeze_max_age
                ELSE l.heap_multixact_freeze_max_age END AS multixact_freeze_max_age,
           coalesce(l.dead > l.vacuum_threshold OR l.inserted > l.insert_threshold, false) AS vacuum_due,
           coalesce(l.modified > l.analyze_at, false) AS analyze_due
    FROM limits l
), database_row AS (
    SELECT 'database' AS scope, NULL::name AS schema_name, d.datname AS name,
           pg_catalog.age(d.datfrozenxid)::bigint AS xid_age, pg_catalog.mxid_age(d.datminmxid)::bigint AS mxid_age,
           s.limit_ids, s.freeze_max_age, s.multixact_freeze_max_age
    FROM pg_catalog.pg_database d CROSS JOIN setting s
-- Who keeps the oldest row version alive that somebody might still see.
), holder AS (
    SELECT CASE WHEN a.backend_type = 'walsender' AND a.datid IS NULL THEN 'standby feedback' ELSE 'session' END AS kind,
           CASE WHEN a.backend_type = 'walsender' AND a.datid IS NULL THEN pg_catalog.format('walsender %s of %s', a.pid, coalesce(nullif(a.application_name, ''), 'unknown'))
                ELSE pg_catalog.format('%s %s of %s', a.backend_type, a.pid, coalesce(a.usename::text, 'the server')) END AS name,
           pg_catalog.age(coalesce(a.backend_xmin, a.backend_xid))::bigint AS xid_age,
           greatest(pg_catalog.age(a.backend_xmin), pg_catalog.age(a.backend_xid))::bigint AS oldest,
           pg_catalog.format('%s since %s in database %s', coalesce(a.state, 'running'), coalesce(a.xact_start, a.backend_start), coalesce(a.datname::text, '(all)')) AS evidence
    FROM pg_catalog.pg_stat_activity a
    -- VACUUM itself does not hold back others, and we are here only to look.
    WHERE (a.backend_xmin IS NOT NULL OR a.backend_xid IS NOT NULL) AND a.pid <> pg_catalog.pg_backend_pid()
      AND a.backend_type <> 'autovacuum worker' AND a.pid NOT IN (SELECT v.pid FROM pg_catalog.pg_stat_progress_vacuum v)
      -- Of other databases only what belongs to none, a standby's feedback, reaches here (ComputeXidHorizons in procarray.c); in recovery all.
      AND (a.backend_type = 'walsender' AND a.datid IS NULL OR a.datname = pg_catalog.current_database() OR pg_catalog.pg_is_in_recovery())
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots l WHERE l.active_pid = a.pid AND (l.xmin IS NOT NULL OR l.catalog_xmin IS NOT NULL))
    UNION ALL
    SELECT CASE WHEN l.xmin IS NOT NULL AND l.slot_type = 'physical' THEN 'replication slot (standby feedback)' ELSE 'replication slot' END,
           pg_catalog.format('slot %I', l.slot_name), NULL, greatest(pg_catalog.age(l.xmin), pg_catalog.age(l.catalog_xmin))::bigint,
           pg_catalog.format('%s, %s%s', l.slot_type, CASE WHEN l.active THEN 'active' ELSE 'inactive' END,
               CASE WHEN l.xmin IS NULL THEN '; holds back system catalogs only' ELSE '' END)
    FROM pg_catalog.pg_replication_slots l WHERE l.xmin IS NOT NULL OR l.catalog_xmin IS NOT NULL
    UNION ALL
    SELECT 'prepared transaction', pg_catalog.format('%L', p.gid), NULL, pg_catalog.age(p.transaction)::bigint,
           pg_catalog.format('prepared at %s by %s in database %s: COMMIT PREPARED or ROLLBACK PREPARED ends it', p.prepared, p.owner, p.database)
    FROM pg_catalog.pg_prepared_xacts p
    WHERE p.database = pg_catalog.current_database() OR pg_catalog.pg_is_in_recovery()
), rows AS (
    SELECT d.scope, d.schema_name, d.name::text AS name, d.xid_age, d.limit_ids - d.xid_age AS xids_left, d.mxid_age, d.limit_ids - d.mxid_age AS mxids_left,
           d.freeze_max_age, d.multixact_freeze_max_age,
           CASE WHEN d.xid_age > d.freeze_max_age OR d.mxid_age > d.multixact_freeze_max_age THEN 'freeze overdue' ELSE 'ok' END AS verdict,
           greatest(d.xid_age, d.mxid_age)::double precision / d.limit_ids AS used,
           NULL::bigint AS dead_rows, NULL::bigint AS vacuum_threshold, NULL::bigint AS rows_to_vacuum, NULL::bigint AS inserted_rows, NULL::bigint AS insert_threshold,
           NULL::bigint AS modified_rows, NULL::bigint AS analyze_threshold, NULL::bigint AS rows_to_analyze, NULL::boolean AS autovacuum,
           NULL::text AS options, NULL::timestamp with time zone AS last_vacuum, NULL::text AS evidence, NULL::pg_catalog.oid AS table_oid
    FROM database_row d
    UNION ALL
    SELECT 'horizon', NULL, h.name, h.oldest, NULL, NULL, NULL, NULL, NULL, h.kind, h.oldest::double precision / s.limit_ids,
           NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, h.evidence, NULL
    FROM holder h CROSS JOIN setting s
    UNION ALL
    SELECT 'table', d.nspname, d.relname::text, d.xid_age, d.limit_ids - d.xid_age, d.mxid_age, d.limit_ids - d.mxid_age, d.freeze_max_age, d.multixact_freeze_max_age,
           CASE WHEN d.heap_overdue OR d.toast_overdue THEN 'freeze overdue'
                WHEN NOT d.running OR NOT d.enabled THEN 'autovacuum off'
                WHEN d.vacuum_due THEN 'vacuum due'
                WHEN d.analyze_due THEN 'analyze due'
                ELSE 'ok' END,
           greatest(d.xid_age, d.mxid_age)::double precision / d.limit_ids,
           -- A threshold may have a fraction: the first whole number above it is due.
           d.dead, pg_catalog.floor(d.vacuum_threshold)::bigint,
           CASE WHEN NOT (d.running AND d.enabled) THEN NULL WHEN d.vacuum_due THEN 0
                ELSE greatest(least(pg_catalog.floor(d.vacuum_threshold) - d.dead, pg_catalog.floor(d.insert_threshold) - d.inserted) + 1, 1)::bigint END,
           d.inserted, pg_catalog.floor(d.insert_threshold)::bigint, d.modified, pg_catalog.floor(d.analyze_at)::bigint,
           CASE WHEN NOT (d.running AND d.enabled) THEN NULL WHEN d.analyze_due THEN 0
                ELSE greatest(pg_catalog.floor(d.analyze_at) - d.modified + 1, 1)::bigint END,
           d.running AND d.enabled, d.given, d.last_vacuum,
           nullif(pg_catalog.concat_ws('; ',
               CASE WHEN d.toast_is_older THEN pg_catalog.format('its TOAST table %I is the older', d.toast_name) END,
               CASE WHEN d.toast_overdue THEN pg_catalog.format('its TOAST table %I is past its limit of %s transactions or %s multixacts',
                        d.toast_name, d.toast_freeze_max_age, d.toast_multixact_freeze_max_age) END,
               CASE WHEN NOT d.running THEN 'autovacuum or track_counts is off for the whole server' WHEN NOT d.enabled THEN 'switched off for this table' END,
               CASE WHEN d.toast_enabled <> d.enabled THEN pg_catalog.format('its TOAST table has autovacuum %s', CASE WHEN d.toast_enabled THEN 'on' ELSE 'off' END) END,
               CASE WHEN d.insert_threshold IS NULL THEN 'inserts alone never start a vacuum' END), ''),
           d.oid
    FROM due d
)
SELECT pg_catalog.row_number() OVER (
           ORDER BY r.verdict = 'freeze overdue' DESC, r.scope = 'database' DESC, r.scope = 'horizon' DESC, r.verdict <> 'ok' DESC,
                    CASE WHEN r.verdict IN ('vacuum due', 'autovacuum off') THEN r.dead_rows END DESC NULLS LAST, r.used DESC NULLS LAST, r.schema_name, r.name) AS rank,
       r.scope, r.schema_name, r.name, r.verdict, r.evidence,
       r.xid_age, r.xids_left, r.mxid_age, r.mxids_left, pg_catalog.round((100 * r.used)::numeric, 2) AS used_percent,
       r.freeze_max_age, r.multixact_freeze_max_age,
       r.dead_rows, r.vacuum_threshold, r.inserted_rows, r.insert_threshold, r.rows_to_vacuum,
       r.modified_rows, r.analyze_threshold, r.rows_to_analyze,
       r.autovacuum, r.options, r.last_vacuum, r.table_oid
FROM rows r
ORDER BY rank;

COMMENT ON VIEW architect.vacuum_health IS 'How far databases and tables are from transaction id wraparound, what holds VACUUM back, and when autovacuum comes to each table. One row per database, holder and table';
COMMENT ON COLUMN architect.vacuum_health.rank IS '1 is the most urgent: overdue freezing, then databases, then what holds the horizon back, then tables by verdict, dead rows and age';
COMMENT ON COLUMN architect.vacuum_health.scope IS 'database, horizon (what keeps dead rows of this database from being removed) or table';
COMMENT ON COLUMN architect.vacuum_health.schema_name IS 'Schema of a table';
COMMENT ON COLUMN architect.vacuum_health.name IS 'Name of the database, the holder or the table';
COMMENT ON COLUMN architect.vacuum_health.verdict IS 'ok, freeze overdue, vacuum due, analyze due, autovacuum off; of a horizon row the kind: session, replication slot, prepared transaction, standby feedback';
COMMENT ON COLUMN architect.vacuum_health.evidence IS 'What the numbers do not say: who, since when, in which database; TOAST';
COMMENT ON COLUMN architect.vacuum_health.xid_age IS 'Age of the oldest transaction id in it (TOAST included), or that the holder keeps, in transactions';
COMMENT ON COLUMN architect.vacuum_health.xids_left IS 'Transactions until the server takes no more writes for it';
COMMENT ON COLUMN architect.vacuum_health.mxid_age IS 'Age of the oldest multixact id in it, in multixacts';
COMMENT ON COLUMN architect.vacuum_health.mxids_left IS 'Multixacts until the server takes no more row locks that share; the space of their members can end sooner';
COMMENT ON COLUMN architect.vacuum_health.used_percent IS 'How much of the ids that can be told apart is used, the worse of both, in per cent';
COMMENT ON COLUMN architect.vacuum_health.freeze_max_age IS 'xid_age at which autovacuum comes to freeze even if it is switched off: the table''s value or the setting, in transactions; that of its TOAST table where only that is past its own';
COMMENT ON COLUMN architect.vacuum_health.multixact_freeze_max_age IS 'The same for mxid_age, in multixacts; comes sooner when members fill up';
COMMENT ON COLUMN architect.vacuum_health.dead_rows IS 'Dead rows, as counted';
COMMENT ON COLUMN architect.vacuum_health.vacuum_threshold IS 'Dead rows above which autovacuum comes: threshold and scale factor in force for the table, at most the maximum (18)';
COMMENT ON COLUMN architect.vacuum_health.inserted_rows IS 'Rows inserted since the last VACUUM';
COMMENT ON COLUMN architect.vacuum_health.insert_threshold IS 'Inserted rows above which autovacuum comes; NULL when inserts never bring it';
COMMENT ON COLUMN architect.vacuum_health.rows_to_vacuum IS 'Rows to die or to be inserted, whichever comes first, until autovacuum comes; 0: it is due. NULL when off';
COMMENT ON COLUMN architect.vacuum_health.modified_rows IS 'Rows changed since the last ANALYZE';
COMMENT ON COLUMN architect.vacuum_health.analyze_threshold IS 'Changed rows above which autovacuum analyzes';
COMMENT ON COLUMN architect.vacuum_health.rows_to_analyze IS 'Rows to be changed until then; 0: it is due. NULL when off';
COMMENT ON COLUMN architect.vacuum_health.autovacuum IS 'Whether autovacuum comes to the table before freezing forces it';
COMMENT ON COLUMN architect.vacuum_health.options IS 'The table''s own autovacuum options, as name=value';
COMMENT ON COLUMN architect.vacuum_health.last_vacuum IS 'Last VACUUM or autovacuum; NULL: never, or not known since the counters began';
COMMENT ON COLUMN architect.vacuum_health.table_oid IS 'OID of the table';
GRANT SELECT ON architect.vacuum_health TO pg_monitor;

-- sql/functions/undrawn_values.sql

-- pg_sequence_last_value() tells nothing of a sequence that was set to a value which was not drawn yet. pg_get_sequence_data() does, but
-- came with PostgreSQL 18, so that no view can name it.
CREATE FUNCTION architect.undrawn_values(sequences oid[]) RETURNS TABLE (sequence_oid oid, next_value bigint)
    LANGUAGE plpgsql STABLE SECURITY INVOKER PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF pg_catalog.current_setting('server_version_num')::integer >= 180000 THEN
        RETURN QUERY EXECUTE
            'SELECT s.oid, d.last_value
             FROM pg_catalog.unnest($1) AS s (oid) CROSS JOIN LATERAL pg_catalog.pg_get_sequence_data(s.oid) AS d
             WHERE NOT d.is_called' USING undrawn_values.sequences;
    END IF;
END
$function$;

COMMENT ON FUNCTION architect.undrawn_values(oid[]) IS 'Of sequences from which no value was drawn since they were made or set: the value that comes next; none before PostgreSQL 18, or without SELECT on the sequence';

-- For PUBLIC as well: whoever may read the views that call it, may call it; it shows what pg_get_sequence_data() shows to the caller.
GRANT EXECUTE ON FUNCTION architect.undrawn_values(oid[]) TO PUBLIC;

-- sql/views/sequence_health.sql

-- Sequences and how much of what they can give is used: the smaller of the sequence's own bound and the range of the column it feeds.
--
-- Reading a value takes a weak lock on the sequence until the transaction ends. So a sequence that another session holds in a way
-- that would make us wait is not read, and where there are more sequences than the lock table has room for, only those with the
-- narrowest range are, by rows of their table.
CREATE VIEW architect.sequence_health WITH (security_invoker = true) AS
WITH RECURSIVE
member AS MATERIALIZED (
    SELECT d.objid FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
), sequence AS MATERIALIZED (
    SELECT q.seqrelid AS oid, n.nspname, c.relname, c.relpersistence, c.relfilenode <> c.oid AS was_set, q.seqtypid, q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcycle, q.seqcache
    FROM pg_catalog.pg_sequence q
    JOIN pg_catalog.pg_class c ON c.oid = q.seqrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
      AND NOT EXISTS (SELECT FROM member m WHERE m.objid = c.oid)
-- What is below each domain, be it a domain over domains.
), domain AS (
    SELECT t.oid, t.typbasetype AS base FROM pg_catalog.pg_type t WHERE t.typtype = 'd'
    UNION ALL
    SELECT d.oid, t.typbasetype FROM domain d JOIN pg_catalog.pg_type t ON t.oid = d.base AND t.typtype = 'd'
), bottom AS MATERIALIZED (
    SELECT d.oid, d.base FROM domain d JOIN pg_catalog.pg_type t ON t.oid = d.base AND t.typtype <> 'd'
-- The columns it feeds: owned by (a serial), generated as identity, or by name in a default.
), fed AS MATERIALIZED (
    SELECT d.objid AS oid, d.refobjid AS relid, d.refobjsubid AS attnum, CASE d.deptype WHEN 'i' THEN 1 ELSE 2 END AS best
    FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0 AND d.objid IN (SELECT s.oid FROM sequence s)
    UNION ALL
    SELECT d.refobjid, f.adrelid, f.adnum, 3
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_attrdef f ON f.oid = d.objid
    WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.refobjid IN (SELECT s.oid FROM sequence s)
), feeds AS MATERIALIZED (
    SELECT f.oid,
           pg_catalog.array_agg(pg_catalog.format('%I.%I.%I', n.nspname, c.relname, a.attname) ORDER BY f.best, c.relname) AS columns,
           (pg_catalog.array_agg(f.how ORDER BY f.best))[1] AS how,
           (pg_catalog.array_agg(t.typname::text ORDER BY CASE b.oid WHEN 21 THEN 1 WHEN 23 THEN 2 ELSE 3 END, f.best))[1] AS column_type,
           pg_catalog.min(CASE b.oid WHEN 21 THEN 32767 WHEN 23 THEN 2147483647 WHEN 20 THEN 9223372036854775807 END) AS column_max,
           pg_catalog.max(CASE b.oid WHEN 21 THEN -32768 WHEN 23 THEN -2147483648 WHEN 20 THEN -9223372036854775808 END) AS column_min,
           pg_catalog.max(c.reltuples) AS rows, pg_catalog.sum(pg_catalog.pg_stat_get_tuples_inserted(c.oid)) AS inserted, pg_catalog.bool_or(c.relkind = 'p') AS partitioned
    FROM (SELECT f.oid, f.relid, f.attnum, (ARRAY['identity', 'owned', 'default'])[pg_catalog.min(f.best)] AS how, pg_catalog.min(f.best) AS best
          FROM fed f GROUP BY f.oid, f.relid, f.attnum) AS f
    JOIN pg_catalog.pg_class c ON c.oid = f.relid AND NOT c.relispartition
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = f.relid AND a.attnum = f.attnum
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    LEFT JOIN bottom o ON o.oid = t.oid
    CROSS JOIN LATERAL (SELECT coalesce(o.base, t.oid)) AS b (oid)
    GROUP BY f.oid
), bounded AS MATERIALIZED (
    SELECT s.*, f.columns, f.how, f.column_type, f.rows, f.inserted, f.partitioned, f.column_max, f.column_min,
           CASE WHEN s.seqincrement > 0 THEN least(s.seqmax, coalesce(f.column_max, s.seqmax)) ELSE greatest(s.seqmin, coalesce(f.column_min, s.seqmin)) END AS last_possible,
           pg_catalog.has_sequence_privilege(s.oid, 'USAGE, SELECT') AS may_read,
           s.relpersistence = 'p' OR NOT pg_catalog.pg_is_in_recovery() AS exists_here,
           coalesce(s.oid = ANY (k.held), false) AS held,
           pg_catalog.row_number() OVER (ORDER BY CASE WHEN s.seqincrement > 0 THEN least(s.seqmax, coalesce(f.column_max, s.seqmax)) ELSE 0 END,
                                         f.rows DESC NULLS LAST, s.oid)
               <= pg_catalog.current_setting('max_locks_per_transaction')::bigint * pg_catalog.current_setting('max_connections')::bigint / 2 AS has_room
    FROM sequence s
    LEFT JOIN feeds f ON f.oid = s.oid
    CROSS JOIN (SELECT pg_catalog.array_agg(DISTINCT l.relation) AS held FROM pg_catalog.pg_locks l
                WHERE l.locktype = 'relation' AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
                  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
                  AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')) AS k
), read AS MATERIALIZED (
    SELECT b.*,
           CASE WHEN b.may_read AND b.exists_here AND NOT b.held AND b.has_room THEN pg_catalog.pg_sequence_last_value(b.oid) END AS last_value
    FROM bounded b
), undrawn AS MATERIALIZED (
    SELECT u.sequence_oid, u.next_value
    FROM architect.undrawn_values((SELECT pg_catalog.array_agg(r.oid) FROM read r
                                   WHERE r.last_value IS NULL AND r.may_read AND r.exists_here AND NOT r.held AND r.has_room)) AS u
), used AS (
    SELECT r.*,
           -- As numerics: the ends of bigint are too far apart for bigint. Of one that was not used, what it was set behind counts.
           CASE WHEN r.last_value IS NOT NULL THEN pg_catalog.abs(r.last_value::numeric - r.first_value) + 1
                ELSE pg_catalog.abs(r.next_value::numeric - r.first_value) END AS taken,
           greatest(pg_catalog.abs(r.last_possible::numeric - r.first_value) + 1, 1) AS range,
           CASE WHEN NOT r.may_read THEN 'not judged: no right to read it (SELECT or USAGE)'
                WHEN NOT r.exists_here THEN 'not judged: unlogged, on a standby'
                WHEN r.held THEN 'not judged: another session changes it now'
                WHEN NOT r.has_room THEN 'not judged: more sequences than one transaction can lock'
                WHEN r.next_value <> r.seqstart THEN pg_catalog.format('set, and not used since: its next value is %s', r.next_value)
                WHEN r.last_value IS NULL AND r.next_value IS NULL AND r.was_set
                THEN 'not judged: restarted or altered, and not used since; where it stands, SELECT last_value FROM it tells'
                WHEN r.last_value IS NULL THEN 'unused' END AS state
    -- It began at its start, unless it was set back behind it.
    FROM (SELECT r.*, u.next_value,
                 CASE WHEN r.seqincrement > 0 THEN CASE WHEN coalesce(r.last_value, u.next_value) < r.seqstart THEN r.seqmin ELSE r.seqstart END
                      ELSE CASE WHEN coalesce(r.last_value, u.next_value) > r.seqstart THEN r.seqmax ELSE r.seqstart END END AS first_value
          FROM read r LEFT JOIN undrawn u ON u.sequence_oid = r.oid) AS r
), share AS (
    SELECT u.*, pg_catalog.round(100 * u.taken / u.range, 2) AS used_percent,
           CASE WHEN u.last_value IS NULL THEN CASE WHEN u.taken IS NOT NULL
                     THEN greatest(pg_catalog.ceil((u.range - u.taken) / pg_catalog.abs(u.seqincrement::numeric)), 0) END
                ELSE greatest(pg_catalog.floor((u.range - u.taken) / pg_catalog.abs(u.seqincrement::numeric)), 0) END AS values_left
    FROM used u
)
SELECT pg_catalog.row_number() OVER (ORDER BY CASE WHEN s.seqcycle THEN NULL ELSE s.used_percent END DESC NULLS LAST, s.nspname, s.relname) AS rank,
       s.nspname AS schema_name, s.relname AS sequence_name,
       CASE WHEN s.state LIKE 'not judged%' THEN 'not judged'
            WHEN s.values_left = 0 AND s.seqcycle AND s.last_possible = CASE WHEN s.seqincrement > 0 THEN s.seqmax ELSE s.seqmin END THEN 'cycles'
            WHEN s.values_left = 0 THEN 'exhausted'
            WHEN s.seqcycle AND s.last_possible = CASE WHEN s.seqincrement > 0 THEN s.seqmax ELSE s.seqmin END THEN 'cycles'
            WHEN s.used_percent >= 80 THEN 'critical'
            WHEN s.used_percent >= 50 THEN 'high'
            WHEN s.state = 'unused' THEN 'unused'
            ELSE 'ok' END AS verdict,
       pg_catalog.concat_ws('; ', s.state,
           CASE WHEN s.last_possible <> CASE WHEN s.seqincrement > 0 THEN s.seqmax ELSE s.seqmin END
                THEN pg_catalog.format('the column (%s) ends before the sequence (%s)', s.column_type, pg_catalog.format_type(s.seqtypid, NULL)) END,
           CASE WHEN s.seqcycle THEN 'begins again at the end: values come twice' END,
           CASE WHEN pg_catalog.cardinality(s.columns) > 1 THEN 'feeds several columns' WHEN s.columns IS NULL THEN 'feeds no column that is known' END) AS reason,
       s.columns, s.column_type, s.how AS fed_by, pg_catalog.format_type(s.seqtypid, NULL) AS sequence_type,
       s.last_value, s.last_possible, s.used_percent, s.values_left::numeric AS values_left, s.taken AS values_used, s.range AS values_in_all,
       -- Asked for once, and not at all where the column is not asked for: capacity is read without the right to counter_age.
       CASE WHEN s.inserted > 0 AND NOT s.partitioned AND s.taken > 0 AND NOT s.seqcycle
            THEN pg_catalog.round(((SELECT extract(epoch FROM a.counter_age) FROM architect.counter_age a WHERE a.counter_age >= interval '1 day')
                                   / 86400 * s.values_left / s.inserted)::numeric, 1) END AS days_left,
       s.seqincrement AS increment, s.seqcycle AS cycles, s.seqcache AS cache_size,
       (SELECT a.counters_since FROM architect.counter_age a) AS counters_since, s.oid AS sequence_oid
FROM share s
ORDER BY rank;

COMMENT ON VIEW architect.sequence_health IS 'Every sequence with the column it feeds and how much of the smaller range of both is used; the fullest first';
COMMENT ON COLUMN architect.sequence_health.rank IS '1 has used most of its range; those that cycle or could not be read come last';
COMMENT ON COLUMN architect.sequence_health.schema_name IS 'Its schema';
COMMENT ON COLUMN architect.sequence_health.sequence_name IS 'Its name';
COMMENT ON COLUMN architect.sequence_health.verdict IS 'exhausted, critical (80 %), high (50 %), cycles, ok, unused (no value taken since it was made or set), not judged';
COMMENT ON COLUMN architect.sequence_health.reason IS 'Why not judged, and what is odd: a column narrower than the sequence, several columns, none';
COMMENT ON COLUMN architect.sequence_health.columns IS 'Columns it feeds, as schema.table.column; identity and owner first';
COMMENT ON COLUMN architect.sequence_health.column_type IS 'Type of the narrowest of them, the domain''s name for a domain';
COMMENT ON COLUMN architect.sequence_health.fed_by IS 'How it is tied to the first of them: identity, owned (serial) or default';
COMMENT ON COLUMN architect.sequence_health.sequence_type IS 'Type of the sequence itself';
COMMENT ON COLUMN architect.sequence_health.last_value IS 'Last value taken from it, or from its cache; NULL when none was, or it was not read';
COMMENT ON COLUMN architect.sequence_health.last_possible IS 'Last value it can give that fits: the nearer of its own bound and the column''s';
COMMENT ON COLUMN architect.sequence_health.used_percent IS 'How much of the range from its start up to there is used, in per cent; NULL for one that was not used, before PostgreSQL 18: setval() may have set it anywhere';
COMMENT ON COLUMN architect.sequence_health.values_left IS 'Values still to be had, as a count; NULL where used_percent is';
COMMENT ON COLUMN architect.sequence_health.values_used IS 'Numbers from its start up to where it stands; NULL where used_percent is';
COMMENT ON COLUMN architect.sequence_health.values_in_all IS 'Numbers from its start up to last_possible';
COMMENT ON COLUMN architect.sequence_health.days_left IS 'Days until the end if rows come in as they did since counters_since; NULL without inserts, under a day of counters, or for a partitioned table';
COMMENT ON COLUMN architect.sequence_health.increment IS 'Step; negative counts down';
COMMENT ON COLUMN architect.sequence_health.cycles IS 'Whether it begins again at its end';
COMMENT ON COLUMN architect.sequence_health.cache_size IS 'Values that each session takes at once, as a count; unused ones are lost';
COMMENT ON COLUMN architect.sequence_health.counters_since IS 'Counters cover the time from here on, see counter_age';
COMMENT ON COLUMN architect.sequence_health.sequence_oid IS 'OID of the sequence';
GRANT SELECT ON architect.sequence_health TO pg_monitor;

-- sql/views/column_advice.sql

-- What the statistics and the types of columns suggest. One row per column and advice; a table whose statistics cannot be seen is a
-- row that says so. Partition trees are judged at their root, by the statistics of the whole tree.
CREATE VIEW architect.column_advice WITH (security_invoker = true) AS
WITH RECURSIVE
member AS MATERIALIZED (
    SELECT d.objid FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
), tab AS MATERIALIZED (
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.reltuples, c.relpages, t.relpages AS toast_pages,
           pg_catalog.pg_stat_get_mod_since_analyze(c.oid) AS modified,
           greatest(pg_catalog.pg_stat_get_last_analyze_time(c.oid), pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid)) AS analyzed,
           pg_catalog.current_setting('block_size')::bigint AS page
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
      AND NOT EXISTS (SELECT FROM member m WHERE m.objid = c.oid)
), visible AS MATERIALIZED (
    SELECT t.oid AS relid, s.attname, s.null_frac, s.avg_width, s.correlation,
           CASE WHEN s.n_distinct < 0 THEN -s.n_distinct * greatest(t.reltuples, 0) ELSE s.n_distinct END AS n_distinct,
           s.most_common_freqs
    FROM pg_catalog.pg_stats s
    JOIN tab t ON t.nspname = s.schemaname AND t.relname = s.tablename AND s.inherited = (t.relkind = 'p')
-- What is below each domain, be it a domain over domains, and with which modifier: that of the innermost that has one.
), domain AS (
    SELECT t.oid, t.typbasetype AS base, t.typtypmod AS typmod FROM pg_catalog.pg_type t WHERE t.typtype = 'd'
    UNION ALL
    SELECT d.oid, t.typbasetype, CASE WHEN t.typtypmod >= 0 THEN t.typtypmod ELSE d.typmod END
    FROM domain d JOIN pg_catalog.pg_type t ON t.oid = d.base AND t.typtype = 'd'
), bottom AS MATERIALIZED (
    SELECT d.oid, d.base, d.typmod FROM domain d JOIN pg_catalog.pg_type t ON t.oid = d.base AND t.typtype <> 'd'
-- Types that refuse NULL: domains that say so, and domains over them.
), strict AS (
    SELECT t.oid FROM pg_catalog.pg_type t WHERE t.typtype = 'd' AND t.typnotnull
    UNION
    SELECT t.oid FROM strict s JOIN pg_catalog.pg_type t ON t.typbasetype = s.oid AND t.typtype = 'd'
-- The types that pg_upgrade refuses, and the domains and arrays of them, each by the one that it comes from.
), refused AS (
    SELECT t.oid, t.oid AS base FROM pg_catalog.pg_type t WHERE t.oid IN (24, 2202, 2203, 2204, 3734, 3769, 4089, 4191)
    UNION
    SELECT t.oid, r.base FROM refused r JOIN pg_catalog.pg_type t ON t.typtype = 'd' AND t.typbasetype = r.oid OR t.typelem = r.oid AND t.typlen = -1
), col AS MATERIALIZED (
    SELECT t.*, a.attnum, a.attname, a.attnotnull, a.attlen, a.attstorage, a.atttypmod, a.attidentity,
           ty.typname, ty.oid IN (SELECT s.oid FROM strict s) AS typnotnull, coalesce(o.base, ty.oid) AS base,
           CASE WHEN ty.typtype = 'd' THEN o.typmod ELSE a.atttypmod END AS typmod, ty.typtype = 'd' AS is_domain, r.base AS refused,
           v.relid IS NOT NULL AS known, v.null_frac, v.avg_width, v.n_distinct, v.correlation, v.most_common_freqs,
           -- Fresh: little has changed since they were taken.
           v.relid IS NOT NULL AND t.reltuples >= 1000 AND coalesce(t.modified, 0) <= 0.1 * t.reltuples AS fresh
    FROM tab t
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type ty ON ty.oid = a.atttypid
    LEFT JOIN bottom o ON o.oid = ty.oid
    LEFT JOIN refused r ON r.oid = ty.oid
    LEFT JOIN visible v ON v.relid = t.oid AND v.attname = a.attname
), kind (base, advice, weight, reason) AS (
    VALUES (1042, 'type char(n)', 'info', 'padded with blanks to its length, which comparisons ignore: text or varchar'),
           (790, 'type money', 'medium', 'reads and writes by lc_monetary and keeps no currency: numeric'),
           (114, 'type json', 'info', 'kept as text and parsed on each use; no equality, no GIN index: jsonb, unless key order matters'),
           (1114, 'type timestamp', 'medium', 'says no moment without a time zone: timestamptz, unless it is a local time on purpose'),
           (1266, 'type timetz', 'info', 'an offset without a date cannot know daylight saving: timestamptz, or time'),
           (24, 'type reg*', 'medium', 'pg_upgrade refuses columns of this type: keep the name as text'),
           (2202, 'type reg*', 'medium', 'pg_upgrade refuses columns of this type: keep the name as text'),
           (2203, 'type reg*', 'medium', 'pg_upgrade refuses columns of this type: keep the name as text'),
           (2204, 'type reg*', 'medium', 'pg_upgrade refuses columns of this type: keep the name as text'),
           (3734, 'type reg*', 'medium', 'pg_upgrade refuses columns of this type: keep the name as text'),
           (3769, 'type reg*', 'medium', 'pg_upgrade refuses columns of this type: keep the name as text'),
           (4089, 'type reg*', 'medium', 'pg_upgrade refuses columns of this type: keep the name as text'),
           (4191, 'type reg*', 'medium', 'pg_upgrade refuses columns of this type: keep the name as text')
), foreign_key AS MATERIALIZED (
    SELECT k.conrelid, k.conkey, pg_catalog.bool_or(k.confdeltype = 'n' OR k.confupdtype = 'n') AS may_null
    FROM pg_catalog.pg_constraint k WHERE k.contype = 'f' GROUP BY k.conrelid, k.conkey
-- Plain btree indexes on the column alone that no constraint needs.
), single AS MATERIALIZED (
    SELECT i.indrelid, i.indkey[0] AS attnum, i.indexrelid, c.relname AS index_name, c.relpages, i.indisunique,
           pg_catalog.pg_stat_get_numscans(i.indexrelid) AS scans, pg_catalog.pg_stat_get_tuples_returned(i.indexrelid) AS tuples
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_am am ON am.oid = c.relam AND am.amname = 'btree'
    WHERE i.indnkeyatts = 1 AND i.indkey[0] > 0 AND i.indpred IS NULL AND i.indisvalid AND NOT i.indisprimary AND NOT i.indisexclusion
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid)
), advice AS (
    SELECT c.oid, c.attnum, 'not null' AS advice, 'medium' AS weight,
           'nullable, but no NULL in the sample: SET NOT NULL, after a look at the whole table' AS reason
    FROM col c
    WHERE c.fresh AND NOT c.attnotnull AND NOT c.typnotnull AND c.null_frac = 0
      AND c.attname !~ '^(deleted|removed|archived|expires|expired|ended|closed|valid_to|valid_until|canceled|cancelled)(_at|_on)?$'
      AND ((c.oid, c.attnum) IN (SELECT f.conrelid, u.attnum FROM foreign_key f, pg_catalog.unnest(f.conkey) AS u (attnum) WHERE f.may_null)) IS FALSE
    UNION ALL
    SELECT c.oid, c.attnum, 'constant', 'info', 'one value only, in the whole sample'
    FROM col c WHERE c.fresh AND c.n_distinct = 1 AND c.null_frac = 0
    UNION ALL
    SELECT c.oid, c.attnum, 'always null', 'info', 'NULL in the whole sample'
    FROM col c WHERE c.fresh AND c.null_frac = 1
    UNION ALL
    SELECT c.oid, c.attnum, 'index of few values', 'medium',
           pg_catalog.format('index %I on %s distinct values %s%s', s.index_name, pg_catalog.round(c.n_distinct::numeric),
               CASE WHEN s.scans = 0 THEN pg_catalog.format('was not used in %s days', extract(day FROM g.counter_age)) ELSE pg_catalog.format('returns %s %% of the table per scan', pg_catalog.round(100.0 * s.tuples / nullif(s.scans, 0) / c.reltuples::numeric)) END,
               CASE WHEN c.most_common_freqs[pg_catalog.cardinality(c.most_common_freqs)] < 0.1 THEN ': a partial index on the rare values may do' ELSE '' END)
    FROM col c JOIN single s ON s.indrelid = c.oid AND s.attnum = c.attnum CROSS JOIN architect.counter_age g
    WHERE c.fresh AND c.relkind = 'r' AND c.n_distinct BETWEEN 1 AND 99 AND NOT s.indisunique
      -- Few values are no fault by themselves: only where the index is not used, or returns much of the table.
      AND (s.scans = 0 AND g.counter_age >= interval '35 days' OR s.scans > 0 AND s.tuples::numeric / nullif(s.scans, 0) > 0.1 * c.reltuples)
      AND ((c.oid, c.attnum) IN (SELECT f.conrelid, f.conkey[1] FROM foreign_key f WHERE pg_catalog.cardinality(f.conkey) = 1)) IS FALSE
    UNION ALL
    SELECT c.oid, c.attnum, 'index of nulls', 'medium',
           pg_catalog.format('index %I holds %s %% NULLs: partial, WHERE %I IS NOT NULL, if nobody looks for them', s.index_name, pg_catalog.round(100 * c.null_frac::numeric), c.attname)
    FROM col c JOIN single s ON s.indrelid = c.oid AND s.attnum = c.attnum
    WHERE c.fresh AND c.null_frac >= 0.5 AND s.relpages * c.page >= 1024 * 1024
    UNION ALL
    SELECT c.oid, c.attnum, 'wide index key', 'medium',
           pg_catalog.format('index %I on values of %s bytes on average; entries over 2704 bytes fail: consider a hash index, or an expression', s.index_name, c.avg_width)
    FROM col c JOIN single s ON s.indrelid = c.oid AND s.attnum = c.attnum
    WHERE c.known AND c.avg_width > 200 AND NOT s.indisunique
    UNION ALL
    SELECT c.oid, c.attnum, 'brin', 'info',
           pg_catalog.format('rows lie in its order (correlation %s) and index %I takes %s MB: a BRIN index serves ranges in far less', pg_catalog.round(c.correlation::numeric, 2), s.index_name,
               pg_catalog.round(s.relpages * c.page / 1048576.0))
    FROM col c JOIN single s ON s.indrelid = c.oid AND s.attnum = c.attnum
    WHERE c.fresh AND c.relkind = 'r' AND pg_catalog.abs(c.correlation) >= 0.95 AND c.relpages * c.page >= 1024::bigint * 1024 * 1024 AND NOT s.indisunique
      AND ((c.oid, c.attnum) IN (SELECT f.conrelid, f.conkey[1] FROM foreign_key f WHERE pg_catalog.cardinality(f.conkey) = 1)) IS FALSE
    UNION ALL
    SELECT c.oid, c.attnum, 'toast', 'info',
           pg_catalog.format('%s %% of the table is TOAST, where this column''s long values go: keep them out of rows that are read often, or compress by lz4',
               pg_catalog.round(100.0 * c.toast_pages / (c.relpages + c.toast_pages)))
    FROM col c
    WHERE c.attstorage IN ('x', 'e') AND coalesce(c.avg_width, 18) >= 18 AND c.base IN (17, 25, 114, 142, 1043, 3802)
      AND c.toast_pages >= c.relpages AND c.toast_pages * c.page >= 10 * 1024 * 1024
    UNION ALL
    SELECT c.oid, c.attnum, k.advice, k.weight, k.reason
    FROM col c JOIN kind k ON k.base = coalesce(c.refused, c.base)
    UNION ALL
    SELECT c.oid, c.attnum, 'type varchar(n)', 'info', pg_catalog.format('a limit of %s is a habit of other systems: text, with a CHECK where there is a rule', c.typmod - 4)
    FROM col c WHERE c.base = 1043 AND c.typmod IN (255 + 4, 256 + 4, 191 + 4)
    UNION ALL
    SELECT c.oid, c.attnum, 'uuid as text', 'medium', '36 characters in every value: uuid takes 16 bytes instead of 37, here and in each index'
    FROM col c
    WHERE c.fresh AND c.base IN (25, 1043) AND c.avg_width = 37 AND c.null_frac < 1 AND c.n_distinct > 100 AND c.attname ~* '(uuid|guid|(^|_)id$)'
    UNION ALL
    SELECT t.oid, NULL, 'not judged', 'info',
           CASE WHEN NOT pg_catalog.has_any_column_privilege(t.oid, 'SELECT') THEN 'no right to see the statistics of its columns (SELECT on the table)'
                -- pg_stats shows nothing of a table to those for whom its policies hold.
                WHEN pg_catalog.row_security_active(t.oid) THEN 'row level security hides the statistics of its columns from this role (BYPASSRLS, or its owner)'
                WHEN NOT pg_catalog.has_table_privilege(t.oid, 'SELECT') THEN 'no right to see the statistics of all its columns (SELECT on the table)'
                WHEN t.relkind = 'p' THEN 'the partitioned table itself was never analyzed: autovacuum does not, ANALYZE does'
                ELSE 'never analyzed' END
    FROM tab t
    WHERE (t.reltuples >= 1000 OR t.reltuples < 0 AND pg_catalog.pg_stat_get_live_tuples(t.oid) >= 1000
           OR t.relkind = 'p' AND EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhparent = t.oid AND pg_catalog.pg_stat_get_live_tuples(h.inhrelid) >= 1000))
      AND (NOT EXISTS (SELECT FROM visible v WHERE v.relid = t.oid)
           OR NOT pg_catalog.has_table_privilege(t.oid, 'SELECT')
              AND EXISTS (SELECT FROM col c WHERE c.oid = t.oid AND NOT pg_catalog.has_column_privilege(t.oid, c.attnum, 'SELECT')))
)
SELECT pg_catalog.row_number() OVER (
           ORDER BY CASE a.weight WHEN 'high' THEN 1 WHEN 'medium' THEN 2 ELSE 3 END, t.relpages + coalesce(t.toast_pages, 0) DESC, t.nspname, t.relname, a.attnum NULLS FIRST, a.advice) AS rank,
       t.nspname AS schema_name, t.relname AS table_name, c.attname AS column_name,
       CASE WHEN c.attname IS NULL THEN NULL WHEN c.is_domain THEN c.typname::text ELSE pg_catalog.format_type(c.base, c.typmod) END AS column_type,
       a.advice, a.weight, a.reason,
       greatest(t.reltuples, 0)::bigint AS rows,
       pg_catalog.round(100 * c.null_frac::numeric, 1) AS null_percent, pg_catalog.round(c.n_distinct::numeric) AS distinct_values, c.avg_width AS avg_bytes,
       t.analyzed AS last_analyze, t.oid AS table_oid, a.attnum AS column_number
FROM advice a
JOIN tab t ON t.oid = a.oid
LEFT JOIN col c ON c.oid = a.oid AND c.attnum = a.attnum
ORDER BY rank;

COMMENT ON VIEW architect.column_advice IS 'What statistics and types of columns suggest: one row per column and advice. Samples are no proof: look before you change';
COMMENT ON COLUMN architect.column_advice.rank IS '1 first: by weight, then by size of the table';
COMMENT ON COLUMN architect.column_advice.schema_name IS 'Schema of the table';
COMMENT ON COLUMN architect.column_advice.table_name IS 'Its table, of a partition tree the root';
COMMENT ON COLUMN architect.column_advice.column_name IS 'The column; NULL where the table, or some of its columns, could not be judged';
COMMENT ON COLUMN architect.column_advice.column_type IS 'Its type, or its domain';
COMMENT ON COLUMN architect.column_advice.advice IS 'not null, constant, always null, index of few values, index of nulls, wide index key, brin, toast, uuid as text, type ..., not judged';
COMMENT ON COLUMN architect.column_advice.weight IS 'medium or info';
COMMENT ON COLUMN architect.column_advice.reason IS 'Why, and what to do';
COMMENT ON COLUMN architect.column_advice.rows IS 'Rows of the table, estimated by the last VACUUM or ANALYZE';
COMMENT ON COLUMN architect.column_advice.null_percent IS 'NULLs in the sample, in per cent';
COMMENT ON COLUMN architect.column_advice.distinct_values IS 'Distinct values, as a count estimated from the sample';
COMMENT ON COLUMN architect.column_advice.avg_bytes IS 'Bytes of a value in the row, on average; values moved to TOAST count as their pointer';
COMMENT ON COLUMN architect.column_advice.last_analyze IS 'When the sample was taken; NULL: not known since the counters began';
COMMENT ON COLUMN architect.column_advice.table_oid IS 'OID of the table';
COMMENT ON COLUMN architect.column_advice.column_number IS 'Number of the column (attnum)';
GRANT SELECT ON architect.column_advice TO pg_monitor;

-- sql/views/constraint_health.sql

-- Constraints that do not hold what they promise, and for each table how far constraints carry. One row per problem and one per table.
CREATE VIEW architect.constraint_health WITH (security_invoker = true) AS
WITH RECURSIVE
member AS MATERIALIZED (
    SELECT d.objid FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
), tab AS MATERIALIZED (
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.reltuples, c.relispartition
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
      AND NOT EXISTS (SELECT FROM member m WHERE m.objid = c.oid)
), con AS MATERIALIZED (
    SELECT k.oid, k.conname, k.conrelid, k.confrelid, k.contype, k.conkey, k.confkey, k.conparentid, k.convalidated, k.confupdtype, k.confdeltype,
           k.condeferrable, k.condeferred, k.confdelsetcols, k.confmatchtype, k.coninhcount,
           -- Since 18; before, every constraint is enforced.
           CASE WHEN pg_catalog.current_setting('server_version_num')::integer >= 180000
                THEN (pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean ELSE true END AS enforced,
           CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key' WHEN 'c' THEN 'check'
                WHEN 'x' THEN 'exclusion' WHEN 'n' THEN 'not null' ELSE 'trigger' END AS kind
    FROM pg_catalog.pg_constraint k
    WHERE k.conrelid IN (SELECT t.oid FROM tab t)
-- The triggers that check a foreign key, or a deferrable UNIQUE, PRIMARY KEY or EXCLUDE. ALTER TABLE ... DISABLE TRIGGER ALL silences
-- them while the constraint says it is validated.
), silenced AS MATERIALIZED (
    SELECT g.tgconstraint AS oid, pg_catalog.bool_or(g.tgrelid = k.conrelid) AS at_child, pg_catalog.bool_or(g.tgrelid = k.confrelid) AS at_parent,
           pg_catalog.bool_and(g.tgenabled = 'R') AS replica_only
    FROM pg_catalog.pg_trigger g
    JOIN con k ON k.oid = g.tgconstraint AND k.contype IN ('f', 'p', 'u', 'x')
    WHERE g.tgisinternal AND g.tgenabled IN ('D', 'R')
    GROUP BY g.tgconstraint
), pairs AS MATERIALIZED (
    SELECT k.oid, k.conname, k.conrelid, k.confrelid, k.convalidated,
           -- Of one column, MATCH FULL and SIMPLE are the same.
           (k.confupdtype, k.confdeltype, k.confdelsetcols, k.condeferrable, k.condeferred,
            CASE WHEN pg_catalog.cardinality(k.conkey) > 1 THEN k.confmatchtype END) AS manner,
           (SELECT pg_catalog.array_agg(p.child || '>' || p.parent ORDER BY p.child)
            FROM ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey)) AS p (child, parent)) AS columns
    FROM con k WHERE k.contype = 'f' AND k.conparentid = 0 AND k.enforced
), twin AS MATERIALIZED (
    SELECT p.oid, pg_catalog.first_value(p.oid) OVER same AS keeper, pg_catalog.first_value(p.conname) OVER same AS keeper_name,
           p.manner IS DISTINCT FROM pg_catalog.first_value(p.manner) OVER same AS differs
    FROM pairs p
    WINDOW same AS (PARTITION BY p.conrelid, p.confrelid, p.columns ORDER BY p.convalidated DESC, p.oid)
-- Types that refuse NULL: domains that say so, and domains over them.
), strict AS (
    SELECT t.oid FROM pg_catalog.pg_type t WHERE t.typtype = 'd' AND t.typnotnull
    UNION
    SELECT t.oid FROM strict s JOIN pg_catalog.pg_type t ON t.typbasetype = s.oid AND t.typtype = 'd'
-- The columns that an action would make NULL and that refuse it. A default may be the column's, its domain's, or an identity's.
), refusing AS MATERIALIZED (
    SELECT k.oid, e.event, e.action
    FROM con k
    CROSS JOIN LATERAL (VALUES ('DELETE', k.confdeltype, coalesce(k.confdelsetcols, k.conkey)), ('UPDATE', k.confupdtype, k.conkey)) AS e (event, action, columns)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (e.columns)
    JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
    WHERE k.contype = 'f' AND k.conparentid = 0 AND k.enforced AND e.action IN ('n', 'd')
      AND (a.attnotnull OR a.atttypid IN (SELECT s.oid FROM strict s))
      AND (e.action = 'n' OR NOT a.atthasdef AND a.attidentity = '' AND y.typdefaultbin IS NULL AND y.typdefault IS NULL)
    GROUP BY k.oid, e.event, e.action
), problem AS MATERIALIZED (
    SELECT k.oid, k.conrelid, 1 AS weight, 'not enforced' AS verdict,
           'declared NOT ENFORCED: new rows are not checked either' AS reason
    -- What a partition or a child inherits is told of where it comes from.
    FROM con k WHERE NOT k.enforced AND k.conparentid = 0 AND k.coninhcount = 0
    UNION ALL
    SELECT k.oid, k.conrelid, 3, 'not validated', 'new rows are checked, older ones were not: VALIDATE CONSTRAINT'
    FROM con k WHERE NOT k.convalidated AND k.enforced AND k.conparentid = 0 AND k.coninhcount = 0 AND k.contype IN ('c', 'f', 'n')
    UNION ALL
    SELECT k.oid, k.conrelid, 0, 'not checked',
           pg_catalog.format('its triggers %s%s: it is not checked, though it is shown as validated. ENABLE TRIGGER ALL, then check the rows',
               CASE WHEN s.replica_only THEN 'fire on replicas only' ELSE 'are disabled' END,
               CASE WHEN k.contype <> 'f' THEN '' WHEN s.at_child AND s.at_parent THEN ' on both tables' WHEN s.at_child THEN ' on the referencing table' ELSE ' on the referenced table' END)
    FROM silenced s
    JOIN con k ON k.oid = s.oid
    WHERE NOT EXISTS (SELECT FROM silenced u WHERE u.oid = k.conparentid)
    UNION ALL
    SELECT k.oid, k.conrelid, 4, 'duplicate',
           pg_catalog.format('same columns and table as %I%s: each row is checked twice', t.keeper_name, CASE WHEN t.differs THEN ', with other actions, MATCH or timing' ELSE '' END)
    FROM twin t JOIN con k ON k.oid = t.oid WHERE t.keeper <> t.oid
    UNION ALL
    SELECT k.oid, k.conrelid, 2, 'action fails',
           pg_catalog.string_agg(
               pg_catalog.format('ON %s %s: %s fails', r.event,
                   CASE r.action WHEN 'n' THEN 'SET NULL on a column that is NOT NULL' ELSE 'SET DEFAULT on a NOT NULL column without a default' END,
                   CASE r.event WHEN 'DELETE' THEN 'deleting a referenced row' ELSE 'changing a referenced key' END), '; ' ORDER BY r.event)
    FROM refusing r
    JOIN con k ON k.oid = r.oid
    GROUP BY k.oid, k.conrelid
), column_names AS MATERIALIZED (
    SELECT k.oid, pg_catalog.array_agg(a.attname::text ORDER BY u.place) AS names
    FROM (SELECT DISTINCT p.oid FROM problem p) AS p
    JOIN con k ON k.oid = p.oid
    CROSS JOIN LATERAL pg_catalog.unnest(k.conkey) WITH ORDINALITY AS u (attnum, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum
    GROUP BY k.oid
), coverage AS (
    SELECT t.oid, pg_catalog.count(*) AS columns, pg_catalog.count(*) FILTER (WHERE a.attnotnull) AS not_null
    FROM tab t
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE NOT t.relispartition
    GROUP BY t.oid
), counts AS (
    SELECT k.conrelid AS oid, pg_catalog.count(*) FILTER (WHERE k.contype = 'p') AS primary_keys, pg_catalog.count(*) FILTER (WHERE k.contype = 'u') AS uniques,
           pg_catalog.count(*) FILTER (WHERE k.contype = 'c') AS checks, pg_catalog.count(*) FILTER (WHERE k.contype = 'f' AND k.conparentid = 0) AS foreign_keys,
           pg_catalog.count(*) FILTER (WHERE k.contype = 'x') AS exclusions
    FROM con k GROUP BY k.conrelid
), rows AS (
    SELECT p.weight, 'constraint' AS scope, t.nspname, t.relname, k.conname, k.kind, p.verdict, p.reason,
           cn.names AS columns,
           greatest(t.reltuples, 0)::bigint AS rows,
           NULL::bigint AS column_count, NULL::numeric AS not_null_percent, NULL::boolean AS has_primary_key, NULL::bigint AS uniques, NULL::bigint AS checks, NULL::bigint AS foreign_keys,
           t.oid AS table_oid, k.oid AS constraint_oid
    FROM problem p JOIN con k ON k.oid = p.oid JOIN tab t ON t.oid = p.conrelid LEFT JOIN column_names cn ON cn.oid = p.oid
    UNION ALL
    SELECT 3, 'domain', n.nspname, NULL, k.conname, 'check', 'not validated',
           pg_catalog.format('of domain %I: stored values were not checked: ALTER DOMAIN ... VALIDATE CONSTRAINT', y.typname), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, k.oid
    FROM pg_catalog.pg_constraint k
    JOIN pg_catalog.pg_type y ON y.oid = k.contypid
    JOIN pg_catalog.pg_namespace n ON n.oid = y.typnamespace
    WHERE k.contypid <> 0 AND NOT k.convalidated AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'architect')
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = y.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 0, 'setting', NULL, NULL, coalesce(r.rolname, d.datname), 'session_replication_role', 'not checked',
           pg_catalog.format('sessions of %s%s start with session_replication_role = replica: no foreign key is checked in them',
               coalesce('role ' || r.rolname, 'any role'), coalesce(' in database ' || d.datname, '')), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM pg_catalog.pg_db_role_setting s
    LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
    LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
    WHERE (s.setdatabase = 0 OR d.datname = pg_catalog.current_database())
      AND EXISTS (SELECT FROM pg_catalog.unnest(s.setconfig) AS c (line) WHERE pg_catalog.lower(c.line) = 'session_replication_role=replica')
    UNION ALL
    SELECT CASE WHEN coalesce(n.primary_keys, 0) = 0 THEN 5 ELSE 6 END, 'table', t.nspname, t.relname, NULL, NULL,
           CASE WHEN n.oid IS NULL AND v.not_null = 0 THEN 'no constraints'
                WHEN coalesce(n.primary_keys, 0) = 0 THEN 'no primary key' ELSE 'ok' END,
           pg_catalog.format('%s of %s columns NOT NULL', v.not_null, v.columns), NULL, greatest(t.reltuples, 0)::bigint,
           v.columns, pg_catalog.round(100.0 * v.not_null / v.columns), coalesce(n.primary_keys, 0) > 0,
           coalesce(n.uniques, 0) + coalesce(n.exclusions, 0), coalesce(n.checks, 0), coalesce(n.foreign_keys, 0), t.oid, NULL
    FROM coverage v JOIN tab t ON t.oid = v.oid LEFT JOIN counts n ON n.oid = t.oid
)
SELECT pg_catalog.row_number() OVER (ORDER BY r.weight, r.rows DESC NULLS LAST, r.not_null_percent, r.nspname, r.relname, r.conname, r.verdict) AS rank,
       r.scope, r.nspname AS schema_name, r.relname AS table_name, r.conname AS name, r.kind, r.verdict, r.reason, r.columns, r.rows,
       r.column_count, r.not_null_percent, r.has_primary_key, r.uniques AS unique_count, r.checks AS check_count, r.foreign_keys AS foreign_key_count,
       r.table_oid, r.constraint_oid
FROM rows r
ORDER BY rank;

COMMENT ON VIEW architect.constraint_health IS 'Constraints that do not hold what they promise, then each table with how far its constraints carry. One row per problem and one per table';
COMMENT ON COLUMN architect.constraint_health.rank IS '1 is the worst: not checked, not enforced, action fails, not validated, duplicate, then tables without a primary key, then the rest; larger tables first';
COMMENT ON COLUMN architect.constraint_health.scope IS 'constraint, domain or setting (a problem), or table (its coverage)';
COMMENT ON COLUMN architect.constraint_health.schema_name IS 'Schema of the table or domain';
COMMENT ON COLUMN architect.constraint_health.table_name IS 'Its table, of a partition tree the root; a partition where only that one is concerned';
COMMENT ON COLUMN architect.constraint_health.name IS 'Name of the constraint; of a setting the role or database that has it';
COMMENT ON COLUMN architect.constraint_health.kind IS 'foreign key, check, not null, unique, primary key, exclusion; or the setting';
COMMENT ON COLUMN architect.constraint_health.verdict IS 'not checked, not enforced (18), action fails, not validated, duplicate; of a table: no constraints, no primary key, ok';
COMMENT ON COLUMN architect.constraint_health.reason IS 'What that means here, and what mends it';
COMMENT ON COLUMN architect.constraint_health.columns IS 'Columns of the constraint';
COMMENT ON COLUMN architect.constraint_health.rows IS 'Rows of the table, estimated by the last VACUUM or ANALYZE';
COMMENT ON COLUMN architect.constraint_health.column_count IS 'Columns of the table, as a count';
COMMENT ON COLUMN architect.constraint_health.not_null_percent IS 'Columns that are NOT NULL, in per cent';
COMMENT ON COLUMN architect.constraint_health.has_primary_key IS 'Whether it has a primary key';
COMMENT ON COLUMN architect.constraint_health.unique_count IS 'UNIQUE and EXCLUDE constraints beside it, as a count';
COMMENT ON COLUMN architect.constraint_health.check_count IS 'CHECK constraints, as a count';
COMMENT ON COLUMN architect.constraint_health.foreign_key_count IS 'Foreign keys of the table, as a count';
COMMENT ON COLUMN architect.constraint_health.table_oid IS 'OID of the table';
COMMENT ON COLUMN architect.constraint_health.constraint_oid IS 'OID of the constraint';
GRANT SELECT ON architect.constraint_health TO pg_monitor;

-- sql/views/partition_health.sql

-- Partitioned tables: how long their partitions last, what falls into the default, what is missing. One row per partitioned table;
-- one that is itself a partition says of which.
CREATE VIEW architect.partition_health WITH (security_invoker = true) AS
WITH RECURSIVE
member AS MATERIALIZED (
    SELECT d.objid FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
-- What is below each domain, be it a domain over domains.
), domain AS (
    SELECT t.oid, t.typbasetype AS base FROM pg_catalog.pg_type t WHERE t.typtype = 'd'
    UNION ALL
    SELECT d.oid, t.typbasetype FROM domain d JOIN pg_catalog.pg_type t ON t.oid = d.base AND t.typtype = 'd'
), top AS MATERIALIZED (
    SELECT c.oid, n.nspname, c.relname, c.relispartition, p.partstrat, p.partdefid, p.partattrs::pg_catalog.int2[] AS attrs,
           coalesce((SELECT d.base FROM domain d JOIN pg_catalog.pg_type t ON t.oid = d.base AND t.typtype <> 'd' WHERE d.oid = a.atttypid), a.atttypid) AS key_type,
           p.partstrat = 'r' AND p.partattrs[0] = 0 AS by_expression, p.partnatts = 1 AS is_single,
           coalesce(pg_catalog.pg_stat_get_last_analyze_time(c.oid), pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid)) AS analyzed, c.reltuples
    FROM pg_catalog.pg_partitioned_table p
    JOIN pg_catalog.pg_class c ON c.oid = p.partrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0] AND p.partattrs[0] > 0
    WHERE c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
      AND NOT EXISTS (SELECT FROM member m WHERE m.objid = c.oid)
), part AS MATERIALIZED (
    SELECT t.oid AS parent, c.oid, c.relname, c.relkind, h.inhdetachpending,
           -- The bound holds no column, so it is written without a look at the table, and nothing waits.
           pg_catalog.pg_get_expr(c.relpartbound, 0) AS bound
    FROM top t
    JOIN pg_catalog.pg_inherits h ON h.inhparent = t.oid
    JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid
), below AS (
    SELECT p.parent, p.oid AS direct, p.oid FROM part p
    UNION ALL
    SELECT b.parent, b.direct, h.inhrelid
    FROM below b
    JOIN part p ON p.oid = b.oid AND p.relkind = 'p'
    JOIN pg_catalog.pg_inherits h ON h.inhparent = b.oid
), content AS MATERIALIZED (
    SELECT b.parent, b.direct, pg_catalog.sum(greatest(c.relpages, 0))::bigint * pg_catalog.current_setting('block_size')::bigint AS bytes,
           pg_catalog.count(*) FILTER (WHERE c.relkind <> 'p') AS leaves,
           pg_catalog.sum(greatest(CASE WHEN c.relkind = 'p' THEN 0 WHEN c.reltuples >= 0 THEN greatest(c.reltuples, pg_catalog.pg_stat_get_live_tuples(c.oid)) ELSE pg_catalog.pg_stat_get_live_tuples(c.oid) END, 0))::bigint AS rows
    FROM below b JOIN pg_catalog.pg_class c ON c.oid = b.oid
    GROUP BY b.parent, b.direct
), bounds AS MATERIALIZED (
    SELECT p.parent, p.oid, p.relname, p.bound, n.bytes, n.leaves, n.rows, p.inhdetachpending, t.partstrat,
           p.oid = t.partdefid AS is_default,
           -- Times only: where now() is among integers, nobody can tell. The text is read back under the settings it was written with.
           CASE WHEN t.partstrat = 'r' AND t.key_type IN (1082, 1114, 1184) THEN (pg_catalog.regexp_match(p.bound, ' TO \(''([^'']+)'''))[1]::timestamp with time zone END AS upper_bound,
           CASE WHEN t.partstrat = 'r' AND t.key_type IN (1082, 1114, 1184) THEN (pg_catalog.regexp_match(p.bound, 'FROM \(''([^'']+)'''))[1]::timestamp with time zone END AS lower_bound,
           t.partstrat = 'r' AND p.bound ~ ' TO \(MAXVALUE' AS endless,
           t.is_single,
           CASE WHEN t.partstrat = 'h' THEN (pg_catalog.regexp_match(p.bound, 'modulus (\d+)'))[1]::bigint END AS modulus
    FROM part p JOIN top t ON t.oid = p.parent LEFT JOIN content n ON n.parent = p.parent AND n.direct = p.oid
), summed AS MATERIALIZED (
    SELECT b.parent, pg_catalog.count(*) AS partitions, pg_catalog.sum(b.leaves) AS leaves, pg_catalog.sum(b.bytes)::bigint AS bytes, pg_catalog.sum(b.rows)::bigint AS rows,
           pg_catalog.max(b.upper_bound) AS last_bound, pg_catalog.bool_or(b.endless) AS endless,
           (pg_catalog.array_agg(b.upper_bound - b.lower_bound ORDER BY b.upper_bound DESC) FILTER (WHERE pg_catalog.isfinite(b.upper_bound) AND pg_catalog.isfinite(b.lower_bound)))[1] AS period,
           pg_catalog.max(b.relname::text) FILTER (WHERE b.is_default) AS default_name, pg_catalog.max(b.rows) FILTER (WHERE b.is_default) AS default_rows,
           -- Every modulus divides the largest, so a full set of shares adds up to it.
           CASE WHEN pg_catalog.max(b.modulus) IS NOT NULL THEN pg_catalog.sum(b.largest / b.modulus) = pg_catalog.max(b.largest) END AS hash_complete,
           pg_catalog.max(b.bytes) FILTER (WHERE NOT b.is_default) AS largest_bytes,
           (pg_catalog.array_agg(b.relname::text ORDER BY b.bytes DESC) FILTER (WHERE NOT b.is_default))[1] AS largest_name,
           pg_catalog.avg(b.bytes) FILTER (WHERE NOT b.is_default AND b.bytes > 0) AS average_bytes,
           pg_catalog.count(*) FILTER (WHERE NOT b.is_default AND b.bytes > 0) AS filled,
           pg_catalog.array_agg(b.relname::text ORDER BY b.relname) FILTER (WHERE b.inhdetachpending) AS half_detached
    FROM (SELECT b.*, pg_catalog.max(b.modulus) OVER (PARTITION BY b.parent) AS largest FROM bounds b) AS b
    GROUP BY b.parent
-- Runs of partitions without a hole between them; of a key of one column, where each begins at the end of another.
), step AS (
    SELECT b.parent, coalesce(b.lower_bound, '-infinity') AS lower_bound, coalesce(b.upper_bound, 'infinity') AS upper_bound,
           pg_catalog.max(coalesce(b.upper_bound, 'infinity')) OVER (PARTITION BY b.parent ORDER BY coalesce(b.lower_bound, '-infinity'), b.oid
                                                                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM bounds b
    WHERE b.is_single AND NOT b.is_default AND (b.lower_bound IS NOT NULL OR b.upper_bound IS NOT NULL)
), run AS (
    SELECT r.parent, r.n, pg_catalog.min(r.lower_bound) AS begins, pg_catalog.max(r.upper_bound) AS ends
    FROM (SELECT s.*, pg_catalog.count(*) FILTER (WHERE s.before < s.lower_bound) OVER (PARTITION BY s.parent ORDER BY s.lower_bound, s.upper_bound) AS n
          FROM step s) AS r
    GROUP BY r.parent, r.n
), holes AS MATERIALIZED (
    SELECT r.parent, pg_catalog.count(*) - 1 AS gaps,
           (pg_catalog.array_agg(r.ends ORDER BY r.n))[1] AS gap_from, (pg_catalog.array_agg(r.begins ORDER BY r.n))[2] AS gap_to,
           -- Until when rows of today and later have a partition; now, where there are partitions of the future alone.
           coalesce(pg_catalog.max(r.ends) FILTER (WHERE r.begins <= pg_catalog.now()), pg_catalog.now()) AS covered
    FROM run r GROUP BY r.parent
), unattached AS MATERIALIZED (
    SELECT i.indrelid AS parent, pg_catalog.array_agg(pg_catalog.format('%I', c.relname) ORDER BY c.relname) AS indexes
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid AND c.relkind = 'I'
    WHERE NOT i.indisvalid GROUP BY i.indrelid
), judged AS (
    SELECT t.*, s.partitions, s.leaves, s.bytes, s.rows, s.last_bound, s.endless, s.period, s.default_name, s.default_rows, s.hash_complete,
           s.largest_bytes, s.largest_name, s.average_bytes, s.filled, s.half_detached, u.indexes AS unattached,
           h.gaps, h.gap_from, h.gap_to,
           CASE WHEN h.gaps > 0 AND pg_catalog.isfinite(h.covered) THEN h.covered - pg_catalog.now()
                WHEN h.covered = pg_catalog.now() AND h.gaps = 0 THEN interval '0'
                WHEN s.last_bound IS NOT NULL AND NOT s.endless AND pg_catalog.isfinite(s.last_bound) THEN s.last_bound - pg_catalog.now() END AS runway
    FROM top t
    LEFT JOIN holes h ON h.parent = t.oid
    LEFT JOIN summed s ON s.parent = t.oid
    LEFT JOIN unattached u ON u.parent = t.oid
), advised AS (
    SELECT j.*,
           pg_catalog.array_remove(ARRAY[
               CASE WHEN j.partitions IS NULL THEN 'no partition' END,
               CASE WHEN j.gaps > 0 AND j.default_name IS NULL THEN 'gap' END,
               CASE WHEN j.by_expression AND j.partitions > 0 THEN 'not judged' END,
               CASE WHEN j.runway <= interval '0' THEN 'runway ended' WHEN j.runway < j.period THEN 'runway ending' END,
               CASE WHEN j.default_rows > 0 THEN 'default holds rows' END,
               CASE WHEN NOT j.hash_complete THEN 'hash set incomplete' END,
               CASE WHEN j.unattached IS NOT NULL THEN 'index not attached' END,
               CASE WHEN NOT j.relispartition AND j.analyzed IS NULL AND j.reltuples < 0 AND j.rows > 0 THEN 'parent never analyzed' END,
               CASE WHEN j.partstrat IN ('h', 'l') AND j.filled > 1 AND j.largest_bytes > 5 * j.average_bytes AND j.largest_bytes >= 10 * 1024 * 1024
                      OR j.partstrat = 'h' AND j.filled > 1 AND j.largest_bytes > 2 * j.average_bytes AND j.largest_bytes >= 10 * 1024 * 1024 THEN 'uneven' END,
               CASE WHEN j.partitions > 1000 THEN 'very many partitions' END,
               CASE WHEN j.half_detached IS NOT NULL THEN 'detach unfinished' END
           ], NULL) AS advice
    FROM judged j
)
SELECT pg_catalog.row_number() OVER (
           ORDER BY ARRAY['no partition', 'runway ended', 'hash set incomplete'] && a.advice DESC, ARRAY['runway ending', 'default holds rows'] && a.advice DESC,
                    pg_catalog.cardinality(a.advice) DESC, a.bytes DESC NULLS LAST, a.nspname, a.relname) AS rank,
       a.nspname AS schema_name, a.relname AS table_name, a.advice,
       nullif(pg_catalog.concat_ws('; ',
           CASE WHEN a.partitions IS NULL THEN 'every insert fails' END,
           CASE WHEN 'gap' = ANY (a.advice) THEN pg_catalog.format('no partition takes rows from %s to %s%s: inserts fail there', a.gap_from, a.gap_to,
                CASE WHEN a.gaps > 1 THEN pg_catalog.format(', and %s more gaps', a.gaps - 1) ELSE '' END) END,
           CASE WHEN 'not judged' = ANY (a.advice) THEN 'its key begins with an expression: how long its partitions last is not judged' END,
           CASE WHEN a.runway <= interval '0' THEN CASE WHEN a.default_name IS NULL THEN 'rows of today have no partition: inserts fail' ELSE pg_catalog.format('rows of today go to %I', a.default_name) END
                WHEN a.runway < a.period THEN pg_catalog.format('less than one more period (%s) is prepared', a.period) END,
           CASE WHEN a.default_rows > 0 THEN pg_catalog.format('%I holds about %s rows; a new partition for them must wait for a scan of it', a.default_name, a.default_rows) END,
           CASE WHEN NOT a.hash_complete THEN 'rows of the missing remainders cannot be inserted' END,
           CASE WHEN a.unattached IS NOT NULL THEN 'an index of the parent is not valid until one of each partition is attached' END,
           CASE WHEN 'parent never analyzed' = ANY (a.advice) THEN 'autovacuum analyzes partitions only: the planner has no statistics of the whole; ANALYZE the parent' END,
           CASE WHEN 'uneven' = ANY (a.advice) THEN pg_catalog.format('%I is %s times the average', a.largest_name, pg_catalog.round(a.largest_bytes / a.average_bytes, 1)) END), '') AS reason,
       CASE a.partstrat WHEN 'r' THEN 'range' WHEN 'l' THEN 'list' WHEN 'h' THEN 'hash' END AS strategy,
       (SELECT pg_catalog.array_agg(coalesce(t.attname::text, '(expression)') ORDER BY k.place)
        FROM pg_catalog.unnest(a.attrs) WITH ORDINALITY AS k (attnum, place)
        LEFT JOIN pg_catalog.pg_attribute t ON t.attrelid = a.oid AND t.attnum = k.attnum AND k.attnum > 0) AS key_columns,
       coalesce(a.partitions, 0) AS partitions, coalesce(a.leaves, 0)::bigint AS leaves, a.rows, a.bytes AS heap_bytes,
       a.last_bound, a.runway, a.period, a.default_name AS default_partition, a.default_rows, a.hash_complete, a.unattached AS unattached_indexes,
       a.analyzed AS parent_analyzed, a.largest_name AS largest_partition, pg_catalog.round(a.largest_bytes / nullif(a.average_bytes, 0), 1) AS largest_ratio,
       CASE WHEN a.relispartition THEN (SELECT pg_catalog.format('%I.%I', n.nspname, p.relname) FROM pg_catalog.pg_inherits h
                                        JOIN pg_catalog.pg_class p ON p.oid = h.inhparent JOIN pg_catalog.pg_namespace n ON n.oid = p.relnamespace
                                        WHERE h.inhrelid = a.oid) END AS partition_of,
       a.oid AS table_oid
FROM advised a
ORDER BY rank;

COMMENT ON VIEW architect.partition_health IS 'Every partitioned table: how long its partitions last, what falls into the default, what is missing or uneven';
COMMENT ON COLUMN architect.partition_health.rank IS '1 is the most urgent: inserts fail, then rows go astray soon, then by number of advices and size';
COMMENT ON COLUMN architect.partition_health.schema_name IS 'Its schema';
COMMENT ON COLUMN architect.partition_health.table_name IS 'The partitioned table';
COMMENT ON COLUMN architect.partition_health.advice IS 'no partition, gap, runway ended, runway ending, default holds rows, hash set incomplete, index not attached, parent never analyzed, uneven, very many partitions (1000), detach unfinished; not judged (a range over an expression)';
COMMENT ON COLUMN architect.partition_health.reason IS 'What that means here';
COMMENT ON COLUMN architect.partition_health.strategy IS 'range, list or hash';
COMMENT ON COLUMN architect.partition_health.key_columns IS 'Columns of the partition key';
COMMENT ON COLUMN architect.partition_health.partitions IS 'Its direct partitions, as a count';
COMMENT ON COLUMN architect.partition_health.leaves IS 'Partitions below it that hold rows, as a count';
COMMENT ON COLUMN architect.partition_health.rows IS 'Rows in all, estimated or counted';
COMMENT ON COLUMN architect.partition_health.heap_bytes IS 'Heaps of all partitions in bytes, as of the last VACUUM or ANALYZE';
COMMENT ON COLUMN architect.partition_health.last_bound IS 'End of the last partition; NULL unless the key is a time';
COMMENT ON COLUMN architect.partition_health.runway IS 'Time from now to there, or to the first gap; negative when it has ended, 0 when all partitions are of the future. NULL without an end (MAXVALUE) or a time';
COMMENT ON COLUMN architect.partition_health.period IS 'Length of the last partition: with less runway than that it is ending';
COMMENT ON COLUMN architect.partition_health.default_partition IS 'Name of the default partition';
COMMENT ON COLUMN architect.partition_health.default_rows IS 'Rows in it, estimated or counted';
COMMENT ON COLUMN architect.partition_health.hash_complete IS 'Whether there is a partition for every remainder; NULL unless by hash';
COMMENT ON COLUMN architect.partition_health.unattached_indexes IS 'Its indexes that are not valid, for want of one on each partition';
COMMENT ON COLUMN architect.partition_health.parent_analyzed IS 'Last ANALYZE of the table as a whole; NULL: never, or not known since the counters began';
COMMENT ON COLUMN architect.partition_health.largest_partition IS 'Its largest partition, the default apart';
COMMENT ON COLUMN architect.partition_health.largest_ratio IS 'How many times the average of the partitions with rows that one is';
COMMENT ON COLUMN architect.partition_health.partition_of IS 'The table it is itself a partition of, as schema.table';
COMMENT ON COLUMN architect.partition_health.table_oid IS 'OID of the table';
GRANT SELECT ON architect.partition_health TO pg_monitor;

-- sql/views/relationship_catalog.sql

-- Read from the catalogs alone: no relation is opened, so no lock of another session is waited for.
CREATE VIEW architect.relationship_catalog WITH (security_invoker = true) AS
WITH RECURSIVE partition AS (
    -- Every partitioned table with each of its leaves, however deep.
    SELECT i.inhparent AS root, i.inhrelid AS member
    FROM pg_catalog.pg_inherits AS i
    JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent AND p.relkind = 'p'
    UNION ALL
    SELECT above.root, i.inhrelid
    FROM partition AS above
    JOIN pg_catalog.pg_inherits AS i ON i.inhparent = above.member
), size AS MATERIALIZED (
    -- A partitioned table has the rows of its leaves. A table that was never analysed has reltuples -1; what was inserted since the
    -- statistics were reset is then better than nothing, and nothing is better than a wrong zero.
    SELECT tree.root AS oid, pg_catalog.sum(tree.rows) AS rows
    FROM (
        SELECT
            coalesce(p.root, c.oid) AS root,
            CASE WHEN c.reltuples >= 0 THEN c.reltuples::numeric
                ELSE nullif(pg_catalog.pg_stat_get_live_tuples(c.oid), 0)::numeric END AS rows
        FROM pg_catalog.pg_class AS c
        LEFT JOIN partition AS p ON p.member = c.oid
        WHERE c.relkind = 'r'
        UNION ALL
        -- A leaf that is referenced, or that references, by itself.
        SELECT c.oid, CASE WHEN c.reltuples >= 0 THEN c.reltuples::numeric
                ELSE nullif(pg_catalog.pg_stat_get_live_tuples(c.oid), 0)::numeric END
        FROM pg_catalog.pg_class AS c
        WHERE c.relkind = 'r' AND c.relispartition
    ) AS tree
    GROUP BY tree.root
), fk AS MATERIALIZED (
    SELECT
        c.oid, c.conname, c.conrelid, c.confrelid, c.conkey, c.confkey, c.conpfeqop, c.confmatchtype, c.confdeltype, c.confupdtype,
        c.confdelsetcols, c.condeferrable, c.condeferred, c.convalidated,
        pg_catalog.cardinality(c.conkey) AS width,
        -- NOT ENFORCED came with PostgreSQL 18, which has the column.
        coalesce((pg_catalog.to_jsonb(c) ->> 'conenforced')::boolean, true) AS enforced,
        child_space.nspname AS child_schema, child.relname AS child_table,
        parent_space.nspname AS parent_schema, parent.relname AS parent_table
    FROM pg_catalog.pg_constraint AS c
    JOIN pg_catalog.pg_class AS child ON child.oid = c.conrelid
    JOIN pg_catalog.pg_namespace AS child_space ON child_space.oid = child.relnamespace
    JOIN pg_catalog.pg_class AS parent ON parent.oid = c.confrelid
    JOIN pg_catalog.pg_namespace AS parent_space ON parent_space.oid = parent.relnamespace
    -- A constraint with a parent is the copy that a partition, or a reference to a partition, has of it.
    WHERE c.contype = 'f' AND c.conparentid = 0
        AND child.relpersistence <> 't'
        AND child_space.nspname NOT IN ('pg_catalog', 'information_schema', 'architect')
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = child.oid AND d.deptype = 'e'
        )
), usable_index AS MATERIALIZED (
    SELECT
        i.indexrelid, i.indrelid, i.indisunique, i.indnkeyatts, i.indkey::int2[] AS indkey, i.indpred,
        -- The one predicate that every row with a reference satisfies: "column IS NOT NULL". pg_get_expr() would open the table.
        CASE WHEN i.indpred IS NULL THEN NULL ELSE
            (pg_catalog.regexp_match(
                i.indpred::text,
                '^\{NULLTEST :arg \{VAR :varno 1 :varattno (\d+) [^{}]*\} :nulltesttype 1 :argisrow false :location -?\d+\}$'
            ))[1]::int2 END AS not_null_column
    FROM pg_catalog.pg_index AS i
    WHERE i.indisvalid AND i.indisready AND i.indislive
        AND EXISTS (SELECT FROM fk WHERE fk.conrelid = i.indrelid)
), unique_key AS MATERIALIZED (
    SELECT u.indexrelid, u.indrelid, u.indkey[0:u.indnkeyatts - 1] AS keys, u.indpred IS NULL AS is_total, u.not_null_column
    FROM usable_index AS u
    WHERE u.indisunique AND NOT 0 = ANY (u.indkey[0:u.indnkeyatts - 1])
), unique_fk AS (
    SELECT DISTINCT fk.oid
    FROM fk
    JOIN unique_key AS u ON u.indrelid = fk.conrelid
    WHERE u.keys <@ fk.conkey AND (u.is_total OR u.not_null_column = ANY (fk.conkey))
), junction AS (
    -- The other ends, where a table links several: a key that is made of this reference and of others, whole.
    SELECT fk.oid, pg_catalog.array_agg(DISTINCT pg_catalog.format('%I.%I', other.parent_schema, other.parent_table)) AS others
    FROM fk
    JOIN fk AS other ON other.conrelid = fk.conrelid
    JOIN unique_key AS u ON u.indrelid = fk.conrelid
    WHERE other.oid <> fk.oid AND NOT other.conkey && fk.conkey
        AND u.is_total AND u.keys <@ (fk.conkey || other.conkey) AND u.keys && fk.conkey AND u.keys && other.conkey
    GROUP BY fk.oid
), served AS (
    SELECT DISTINCT ON (s.constraint_oid) s.constraint_oid AS oid, s.index_oid AS indexrelid, c.relname AS index_name
    FROM architect.foreign_key_indexes AS s
    JOIN pg_catalog.pg_index AS i ON i.indexrelid = s.index_oid
    JOIN pg_catalog.pg_class AS c ON c.oid = s.index_oid
    ORDER BY s.constraint_oid, s.by_partitions, i.indpred IS NOT NULL, i.indnkeyatts, i.indexrelid
), strict AS (
    -- Types that refuse NULL: domains that say so, and domains over them.
    SELECT t.oid FROM pg_catalog.pg_type AS t WHERE t.typtype = 'd' AND t.typnotnull
    UNION
    SELECT t.oid FROM strict AS s JOIN pg_catalog.pg_type AS t ON t.typbasetype = s.oid AND t.typtype = 'd'
), refusing AS MATERIALIZED (
    -- Keys with columns that an action would make NULL and that refuse it. A default may be the column's, its domain's, or an identity's.
    SELECT r.oid, pg_catalog.string_agg(r.how, '; ' ORDER BY r.event) AS how
    FROM (
        SELECT DISTINCT fk.oid, e.event,
            pg_catalog.format('ON %s %s: every %s fails', e.event,
                CASE e.action WHEN 'n' THEN 'SET NULL on a NOT NULL column' ELSE 'SET DEFAULT on a NOT NULL column without a default' END,
                CASE e.event WHEN 'DELETE' THEN 'DELETE of a referenced row' ELSE 'change of a referenced key' END) AS how
        FROM fk
        CROSS JOIN LATERAL (
            VALUES ('DELETE', fk.confdeltype, coalesce(fk.confdelsetcols, fk.conkey)), ('UPDATE', fk.confupdtype, fk.conkey)
        ) AS e (event, action, columns)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = fk.conrelid AND a.attnum = ANY (e.columns)
        JOIN pg_catalog.pg_type AS y ON y.oid = a.atttypid
        WHERE fk.enforced AND e.action IN ('n', 'd')
            AND (a.attnotnull OR a.atttypid IN (SELECT s.oid FROM strict AS s))
            AND (e.action = 'n' OR (NOT a.atthasdef AND a.attidentity = '' AND y.typdefaultbin IS NULL AND y.typdefault IS NULL))
    ) AS r
    GROUP BY r.oid
), disabled AS (
    -- Keys with triggers that do not fire (DISABLE TRIGGER ALL), and above them those whose copies they are.
    SELECT g.tgconstraint AS oid
    FROM pg_catalog.pg_trigger AS g
    WHERE g.tgisinternal AND g.tgenabled IN ('D', 'R') AND g.tgconstraint <> 0
    UNION
    SELECT k.conparentid
    FROM disabled AS d
    JOIN pg_catalog.pg_constraint AS k ON k.oid = d.oid AND k.conparentid <> 0
), silenced AS MATERIALIZED (
    SELECT d.oid AS root FROM disabled AS d
), judged AS (
    SELECT
        fk.*,
        unique_fk.oid IS NOT NULL AS is_unique,
        junction.others,
        served.index_name,
        (
            SELECT pg_catalog.array_agg(a.attname ORDER BY k.n)
            FROM pg_catalog.unnest(fk.conkey) WITH ORDINALITY AS k (attnum, n)
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = fk.conrelid AND a.attnum = k.attnum
        ) AS child_columns,
        (
            SELECT pg_catalog.array_agg(a.attname ORDER BY k.n)
            FROM pg_catalog.unnest(fk.confkey) WITH ORDINALITY AS k (attnum, n)
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = fk.confrelid AND a.attnum = k.attnum
        ) AS parent_columns,
        CASE WHEN fk.confdeltype IN ('n', 'd') THEN (
            SELECT pg_catalog.array_agg(a.attname ORDER BY a.attnum)
            FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = fk.conrelid AND a.attnum = ANY (coalesce(fk.confdelsetcols, fk.conkey))
        ) END AS set_columns,
        refusing.how AS impossible,
        EXISTS (SELECT FROM silenced AS s WHERE s.root = fk.oid) AS is_silenced,
        (
            SELECT pg_catalog.count(*) FILTER (WHERE NOT a.attnotnull)
            FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = fk.conrelid AND a.attnum = ANY (fk.conkey)
        ) AS nullable,
        child_size.rows AS child_rows,
        parent_size.rows AS parent_rows
    FROM fk
    LEFT JOIN unique_fk ON unique_fk.oid = fk.oid
    LEFT JOIN junction ON junction.oid = fk.oid
    LEFT JOIN served ON served.oid = fk.oid
    LEFT JOIN refusing ON refusing.oid = fk.oid
    LEFT JOIN size AS child_size ON child_size.oid = fk.conrelid
    LEFT JOIN size AS parent_size ON parent_size.oid = fk.confrelid
)
SELECT
    j.child_schema,
    j.child_table,
    j.child_columns,
    j.parent_schema,
    j.parent_table,
    j.parent_columns,
    j.conname AS constraint_name,
    CASE WHEN j.is_unique THEN '1:1' WHEN j.others IS NOT NULL THEN 'M:N' ELSE '1:N' END AS cardinality,
    CASE WHEN NOT j.is_unique THEN j.others END AS junction_with,
    CASE
        WHEN j.nullable = 0 THEN 'mandatory'
        WHEN j.confmatchtype = 'f' OR j.width = 1 THEN 'optional'
        ELSE 'optional, and one NULL of several columns suffices'
    END AS optionality,
    CASE j.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL'
        WHEN 'd' THEN 'SET DEFAULT' END AS on_delete,
    CASE j.confupdtype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL'
        WHEN 'd' THEN 'SET DEFAULT' END AS on_update,
    j.set_columns AS on_delete_columns,
    CASE WHEN j.condeferred THEN 'DEFERRABLE INITIALLY DEFERRED' WHEN j.condeferrable THEN 'DEFERRABLE INITIALLY IMMEDIATE'
        ELSE 'NOT DEFERRABLE' END AS deferrability,
    CASE WHEN NOT j.enforced THEN 'not enforced' WHEN NOT j.convalidated THEN 'not valid' ELSE 'valid' END AS validity,
    j.conrelid = j.confrelid AS self_reference,
    j.index_name,
    pg_catalog.round(j.child_rows)::bigint AS child_rows,
    pg_catalog.round(j.parent_rows)::bigint AS parent_rows,
    CASE
        WHEN j.impossible IS NOT NULL THEN 'critical'
        WHEN j.is_silenced OR NOT j.enforced OR NOT j.convalidated OR j.index_name IS NULL THEN 'warning'
        ELSE 'ok'
    END AS state,
    nullif(pg_catalog.concat_ws('; ',
        j.impossible,
        CASE WHEN j.is_silenced THEN 'triggers of it are disabled: it is not checked, see constraint_health' END,
        CASE WHEN NOT j.enforced THEN 'NOT ENFORCED: PostgreSQL does not look whether the referenced row exists'
            WHEN NOT j.convalidated THEN 'NOT VALID: older rows may reference nothing' END,
        CASE WHEN j.index_name IS NULL AND j.enforced
            THEN 'no index serves it: a DELETE or a change of the key in the referenced table scans this one' END
    ), '') AS reason,
    j.oid AS constraint_oid,
    j.conrelid AS child_oid,
    j.confrelid AS parent_oid
FROM judged AS j;

COMMENT ON VIEW architect.relationship_catalog IS 'Every foreign key as a relationship: cardinality, optionality, actions, and whether an index serves it';
COMMENT ON COLUMN architect.relationship_catalog.child_schema IS 'Schema of the table that references';
COMMENT ON COLUMN architect.relationship_catalog.child_table IS 'Table that references; a partitioned table stands for its partitions';
COMMENT ON COLUMN architect.relationship_catalog.child_columns IS 'Columns that reference, in the order of the constraint';
COMMENT ON COLUMN architect.relationship_catalog.parent_schema IS 'Schema of the table that is referenced';
COMMENT ON COLUMN architect.relationship_catalog.parent_table IS 'Table that is referenced';
COMMENT ON COLUMN architect.relationship_catalog.parent_columns IS 'Columns that are referenced, in the order of the constraint';
COMMENT ON COLUMN architect.relationship_catalog.constraint_name IS 'Name of the foreign key';
COMMENT ON COLUMN architect.relationship_catalog.cardinality IS 'Parent to child: 1:1 (the columns hold a unique key), 1:N, or M:N (the child links the parent with the tables in junction_with)';
COMMENT ON COLUMN architect.relationship_catalog.junction_with IS 'For M:N: the other parents, whose reference forms a unique key together with this one';
COMMENT ON COLUMN architect.relationship_catalog.optionality IS 'mandatory when no column allows NULL, else optional';
COMMENT ON COLUMN architect.relationship_catalog.on_delete IS 'What a DELETE of the parent row does; NO ACTION is what it reads when none was written';
COMMENT ON COLUMN architect.relationship_catalog.on_update IS 'What a change of the parent key does';
COMMENT ON COLUMN architect.relationship_catalog.on_delete_columns IS 'Columns that ON DELETE SET NULL or SET DEFAULT sets';
COMMENT ON COLUMN architect.relationship_catalog.deferrability IS 'When it is checked: at the end of the statement, or at commit';
COMMENT ON COLUMN architect.relationship_catalog.validity IS 'valid, not valid (older rows were not checked), or not enforced (PostgreSQL 18)';
COMMENT ON COLUMN architect.relationship_catalog.self_reference IS 'Whether the table references itself: a hierarchy';
COMMENT ON COLUMN architect.relationship_catalog.index_name IS 'Index of the child that finds the referencing rows of a parent row, of a partitioned table maybe that of one partition, when each has one; NULL when none does';
COMMENT ON COLUMN architect.relationship_catalog.child_rows IS 'Estimated rows of the child table; NULL when it was never analysed';
COMMENT ON COLUMN architect.relationship_catalog.parent_rows IS 'Estimated rows of the parent table; NULL when it was never analysed';
COMMENT ON COLUMN architect.relationship_catalog.state IS 'ok; warning: not checked, or no index; critical: an action that cannot work';
COMMENT ON COLUMN architect.relationship_catalog.reason IS 'Why it is not ok';
COMMENT ON COLUMN architect.relationship_catalog.constraint_oid IS 'OID of the constraint in pg_constraint';
COMMENT ON COLUMN architect.relationship_catalog.child_oid IS 'OID of the child table in pg_class';
COMMENT ON COLUMN architect.relationship_catalog.parent_oid IS 'OID of the parent table in pg_class';

GRANT SELECT ON architect.relationship_catalog TO pg_monitor;

-- sql/functions/visible_hba_rules.sql

-- pg_hba_file_rules() is for superusers and whom they grant it to. PostgreSQL checks the right to call a function when a query starts,
-- whether or not its CASE ever gets there; only here the call is not even planned without it.
CREATE FUNCTION architect.visible_hba_rules() RETURNS SETOF jsonb
    LANGUAGE plpgsql STABLE SECURITY INVOKER PARALLEL SAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF pg_catalog.has_function_privilege('pg_catalog.pg_hba_file_rules()', 'EXECUTE') THEN
        RETURN QUERY SELECT pg_catalog.to_jsonb(r) FROM pg_catalog.pg_hba_file_rules() AS r;
    END IF;
END
$function$;

COMMENT ON FUNCTION architect.visible_hba_rules() IS 'The lines of pg_hba.conf, each as JSON; none when the caller has no EXECUTE on pg_hba_file_rules()';

REVOKE ALL ON FUNCTION architect.visible_hba_rules() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION architect.visible_hba_rules() TO pg_monitor;

-- sql/views/security_posture.sql

-- Privileges as PostgreSQL resolves them: no access list means the built-in default, which acldefault() gives. Each check has at
-- least one row: what was found, or ok, or why it could not be judged.
CREATE VIEW architect.security_posture WITH (security_invoker = true) AS
WITH RECURSIVE member AS MATERIALIZED (
    -- What belongs to an extension is its author's business.
    SELECT d.classid, d.objid FROM pg_catalog.pg_depend AS d WHERE d.deptype = 'e'
), space AS MATERIALIZED (
    SELECT n.oid, n.nspname::text AS nspname, n.nspowner, coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner)) AS acl
    FROM pg_catalog.pg_namespace AS n
    WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
        AND n.nspname NOT LIKE 'pg\_temp\_%' AND n.nspname NOT LIKE 'pg\_toast\_temp\_%'
), open_space AS MATERIALIZED (
    SELECT s.nspname
    FROM space AS s
    WHERE EXISTS (SELECT FROM pg_catalog.aclexplode(s.acl) AS a WHERE a.grantee = 0 AND a.privilege_type = 'CREATE')
), relation AS MATERIALIZED (
    SELECT
        c.oid, c.relkind, c.relowner, c.relrowsecurity, c.relforcerowsecurity, c.relispartition, c.reloptions, c.relacl,
        pg_catalog.format('%I.%I', s.nspname, c.relname) AS name
    FROM pg_catalog.pg_class AS c
    JOIN space AS s ON s.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't'
        AND NOT EXISTS (SELECT FROM member AS m WHERE m.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND m.objid = c.oid)
), privilege AS MATERIALIZED (
    -- Of the relation and of its columns alike.
    SELECT r.oid, a.grantee, a.privilege_type
    FROM relation AS r
    CROSS JOIN LATERAL pg_catalog.aclexplode(r.relacl) AS a
    UNION ALL
    SELECT c.attrelid, a.grantee, a.privilege_type
    FROM pg_catalog.pg_attribute AS c
    JOIN relation AS r ON r.oid = c.attrelid
    CROSS JOIN LATERAL pg_catalog.aclexplode(c.attacl) AS a
    WHERE c.attacl IS NOT NULL AND c.attnum > 0 AND NOT c.attisdropped
), definer AS MATERIALIZED (
    SELECT
        p.oid,
        pg_catalog.format('%I.%I(%s)', s.nspname, p.proname, pg_catalog.pg_get_function_identity_arguments(p.oid)) AS name,
        o.rolsuper,
        EXISTS (
            SELECT FROM pg_catalog.aclexplode(coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner))) AS a WHERE a.grantee = 0
        ) AS is_public,
        (
            SELECT pg_catalog.substr(c.entry, 13) FROM pg_catalog.unnest(p.proconfig) AS c (entry) WHERE c.entry LIKE 'search\_path=%'
        ) AS path,
        CASE WHEN p.prokind = 'p' THEN 'PROCEDURE' ELSE 'FUNCTION' END AS kind,
        -- A body in SQL-standard form was bound when it was created.
        p.prosqlbody IS NULL AS looks_up,
        -- Nobody calls it, but whoever has EXECUTE may put it on a table of its own.
        p.prorettype IN ('pg_catalog.trigger'::pg_catalog.regtype, 'pg_catalog.event_trigger'::pg_catalog.regtype) AS is_trigger
    FROM pg_catalog.pg_proc AS p
    JOIN space AS s ON s.oid = p.pronamespace
    LEFT JOIN pg_catalog.pg_roles AS o ON o.oid = p.proowner
    WHERE p.prosecdef
        AND NOT EXISTS (SELECT FROM member AS m WHERE m.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND m.objid = p.oid)
), definer_path AS (
    SELECT
        d.*,
        -- "$user" is the owner in it. pg_temp comes first, for tables and types, unless it is named.
        (
            SELECT pg_catalog.string_agg(pg_catalog.quote_ident(e.entry), ', ' ORDER BY e.place)
            FROM pg_catalog.unnest(p.entries) WITH ORDINALITY AS e (entry, place)
            WHERE (e.entry = 'pg_temp' AND e.place < pg_catalog.cardinality(p.entries))
                OR e.entry IN (SELECT o.nspname FROM open_space AS o)
        ) AS unsafe,
        NOT 'pg_temp' = ANY (p.entries) AS temporary_first
    FROM definer AS d
    CROSS JOIN LATERAL (
        -- Names between commas, some of them quoted, and a comma in quotes is a letter.
        SELECT coalesce(pg_catalog.array_agg(
            CASE WHEN x.part[1] LIKE '"%' THEN pg_catalog.replace(pg_catalog.substr(x.part[1], 2, pg_catalog.length(x.part[1]) - 2), '""', '"')
                ELSE pg_catalog.lower(pg_catalog.btrim(x.part[1])) END ORDER BY x.place) FILTER (WHERE x.part[1] <> '""'), '{}')
        FROM pg_catalog.regexp_matches(d.path, '("(?:[^"]|"")*"|[^",[:space:]][^",]*)', 'g') WITH ORDINALITY AS x (part, place)
    ) AS p (entries)
    WHERE d.looks_up
), owner AS (
    -- A member that inherits from the owner is the owner, as far as row level security asks.
    SELECT d.relowner, pg_catalog.string_agg(pg_catalog.quote_ident(l.rolname), ', ' ORDER BY l.rolname) AS logins
    FROM (SELECT DISTINCT r.relowner FROM relation AS r WHERE r.relrowsecurity AND NOT r.relforcerowsecurity) AS d
    JOIN pg_catalog.pg_roles AS l
        ON l.rolcanlogin AND NOT l.rolsuper AND NOT l.rolbypassrls AND pg_catalog.pg_has_role(l.oid, d.relowner, 'USAGE')
    GROUP BY d.relowner
), ancestor AS (
    SELECT i.inhrelid AS leaf, i.inhparent AS above
    FROM pg_catalog.pg_inherits AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid AND c.relispartition
    UNION ALL
    SELECT a.leaf, i.inhparent
    FROM ancestor AS a
    JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = a.above
), hba AS MATERIALIZED (
    SELECT
        h.line ->> 'type' AS type, h.line ->> 'address' AS address, h.line ->> 'netmask' AS netmask, h.line ->> 'auth_method' AS method,
        h.line ->> 'error' AS error,
        pg_catalog.format('line %s: %s', h.line ->> 'line_number', pg_catalog.concat_ws(' ', h.line ->> 'type',
            (SELECT pg_catalog.string_agg(v.value, ',') FROM pg_catalog.jsonb_array_elements_text(nullif(h.line -> 'database', 'null')) AS v),
            (SELECT pg_catalog.string_agg(v.value, ',') FROM pg_catalog.jsonb_array_elements_text(nullif(h.line -> 'user_name', 'null')) AS v),
            h.line ->> 'address', h.line ->> 'netmask', h.line ->> 'auth_method')) AS name
    FROM architect.visible_hba_rules() AS h (line)
), may AS MATERIALIZED (
    SELECT
        pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS see_sessions,
        pg_catalog.has_function_privilege('pg_catalog.pg_hba_file_rules()', 'EXECUTE') AS see_hba,
        (SELECT pg_catalog.btrim(g.setting) FROM pg_catalog.pg_settings AS g WHERE g.name = 'listen_addresses') AS listens,
        (SELECT g.setting FROM pg_catalog.pg_settings AS g WHERE g.name = 'ssl') AS ssl
), checks (place, check_name, expected) AS (
    VALUES
        (1, 'schema open to PUBLIC', 'only its owner, and whom the owner names, creates objects in a schema'),
        (2, 'SECURITY DEFINER without safe search_path', 'a search_path of schemas in which nobody else can create'),
        (3, 'SECURITY DEFINER open to PUBLIC', 'EXECUTE for those who need it'),
        (4, 'superuser', 'none but the one that initdb made'),
        (5, 'BYPASSRLS', 'none but superusers'),
        (6, 'server files and programs', 'superusers only'),
        (7, 'RLS without policy', 'a policy for everybody who should see rows'),
        (8, 'policy without RLS', 'row level security enabled where there are policies'),
        (9, 'RLS not for the owner', 'FORCE, or an owner as whom nobody logs in'),
        (10, 'RLS bypassed by partition', 'no grants on partitions, or policies of their own'),
        (11, 'RLS bypassed by view', 'security_invoker on views over such tables'),
        (12, 'table open to PUBLIC', 'privileges for roles, not for PUBLIC'),
        (13, 'default privileges for PUBLIC', 'privileges for roles, not for PUBLIC'),
        (14, 'database open to PUBLIC', 'no CREATE for PUBLIC'),
        (15, 'tables owned by a login role', 'an owner as whom nobody logs in: owners can drop, and bypass row level security'),
        (16, 'password_encryption', 'scram-sha-256'),
        (17, 'TLS', 'ssl on, from TLSv1.2, where the server listens to a network'),
        (18, 'session without TLS', 'TLS for every session from another machine'),
        (19, 'pg_hba.conf', 'no trust, no clear passwords, no md5, and networks by hostssl only'),
        (20, 'extension outdated', 'the version that its files here have'),
        (21, 'extension in public', 'a schema of its own')
), found (check_name, object, state, reason, remedy) AS (
    SELECT 'schema open to PUBLIC', pg_catalog.quote_ident(o.nspname), 'critical',
        'anybody can put a function or table there that others call by mistake',
        pg_catalog.format('REVOKE CREATE ON SCHEMA %I FROM PUBLIC', o.nspname)
    FROM open_space AS o
    UNION ALL
    SELECT 'SECURITY DEFINER without safe search_path', d.name,
        CASE WHEN d.is_public AND (d.path IS NULL OR d.unsafe IS NOT NULL) THEN 'critical' ELSE 'warning' END,
        pg_catalog.format('%s: its caller decides which %s it finds%s',
            CASE WHEN d.path IS NULL THEN 'search_path is not pinned' WHEN d.unsafe IS NOT NULL THEN pg_catalog.format('its search_path has %s', d.unsafe)
                ELSE 'its search_path does not name pg_temp, which is then searched first' END,
            CASE WHEN d.path IS NULL OR d.unsafe IS NOT NULL THEN 'objects' ELSE 'tables and types' END,
            CASE WHEN d.is_public AND d.is_trigger THEN ', and PUBLIC may put it on a table of its own'
                WHEN d.is_public THEN ', and PUBLIC may call it' END),
        pg_catalog.format('ALTER %s %s SET search_path = pg_catalog, ..., pg_temp', d.kind, d.name)
    FROM definer_path AS d
    WHERE d.path IS NULL OR d.unsafe IS NOT NULL OR d.temporary_first
    UNION ALL
    SELECT 'SECURITY DEFINER open to PUBLIC', d.name, 'warning',
        pg_catalog.format('everybody may act with the rights of its owner%s', CASE WHEN d.rolsuper THEN ', a superuser' END),
        pg_catalog.format('REVOKE EXECUTE ON %s %s FROM PUBLIC', d.kind, d.name)
    FROM definer AS d
    WHERE d.is_public AND NOT d.is_trigger
    UNION ALL
    SELECT 'superuser', pg_catalog.quote_ident(r.rolname), 'warning',
        pg_catalog.format('no check holds for it%s', CASE WHEN NOT r.rolcanlogin THEN '; its members become it by SET ROLE' END),
        pg_catalog.format('ALTER ROLE %I NOSUPERUSER', r.rolname)
    FROM pg_catalog.pg_roles AS r
    WHERE r.rolsuper AND r.oid <> 10
    UNION ALL
    SELECT 'BYPASSRLS', pg_catalog.quote_ident(r.rolname), 'warning', 'no policy holds for it; a role for backups needs it',
        pg_catalog.format('ALTER ROLE %I NOBYPASSRLS', r.rolname)
    FROM pg_catalog.pg_roles AS r
    WHERE r.rolbypassrls AND NOT r.rolsuper
    UNION ALL
    SELECT 'server files and programs', pg_catalog.format('%I in %s', r.rolname, t.rolname),
        CASE t.rolname WHEN 'pg_read_server_files' THEN 'warning' ELSE 'critical' END,
        CASE t.rolname WHEN 'pg_read_server_files' THEN 'it reads every file that the server reads'
            ELSE 'as good as a superuser: it can change the server''s files or run programs as its user' END,
        pg_catalog.format('REVOKE %s FROM %I, or from the role by which it is a member', t.rolname, r.rolname)
    FROM pg_catalog.pg_roles AS t
    JOIN pg_catalog.pg_roles AS r ON r.oid <> t.oid AND NOT r.rolsuper AND pg_catalog.pg_has_role(r.oid, t.oid, 'MEMBER')
    WHERE t.rolname IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program')
    UNION ALL
    SELECT 'RLS without policy', r.name, 'warning',
        CASE WHEN r.relforcerowsecurity THEN 'nobody but superusers and BYPASSRLS roles sees a row, not even the owner; which may be on purpose'
            ELSE 'nobody but the owner and BYPASSRLS roles sees a row, which may be on purpose' END,
        pg_catalog.format('CREATE POLICY ... ON %s', r.name)
    FROM relation AS r
    WHERE r.relrowsecurity AND NOT EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = r.oid)
    UNION ALL
    SELECT 'policy without RLS', r.name, 'critical', 'its policies do nothing: row level security is not enabled',
        pg_catalog.format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', r.name)
    FROM relation AS r
    WHERE NOT r.relrowsecurity AND EXISTS (SELECT FROM pg_catalog.pg_policy AS p WHERE p.polrelid = r.oid)
    UNION ALL
    SELECT 'RLS not for the owner', r.name, 'warning', pg_catalog.format('%s sees every row, with the rights of its owner', o.logins),
        pg_catalog.format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', r.name)
    FROM relation AS r
    JOIN owner AS o ON o.relowner = r.relowner
    WHERE r.relrowsecurity AND NOT r.relforcerowsecurity
    UNION ALL
    SELECT 'RLS bypassed by partition', r.name, 'critical',
        pg_catalog.format('%s may use it by itself, past the policies of %s', pg_catalog.string_agg(DISTINCT
            CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE coalesce(pg_catalog.quote_ident(g.rolname), a.grantee::text) END, ', '),
            pg_catalog.min(p.name)),
        pg_catalog.format('REVOKE ALL ON %s FROM %s', r.name, pg_catalog.string_agg(DISTINCT
            CASE WHEN a.grantee = 0 THEN 'PUBLIC' ELSE coalesce(pg_catalog.quote_ident(g.rolname), a.grantee::text) END, ', '))
    FROM relation AS r
    JOIN ancestor AS t ON t.leaf = r.oid
    JOIN relation AS p ON p.oid = t.above AND p.relrowsecurity
    JOIN privilege AS a ON a.oid = r.oid
    LEFT JOIN pg_catalog.pg_roles AS g ON g.oid = a.grantee
    WHERE r.relispartition AND NOT r.relrowsecurity AND a.grantee <> r.relowner
        AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE') AND NOT coalesce(g.rolsuper OR g.rolbypassrls, false)
    GROUP BY r.oid, r.name
    UNION ALL
    SELECT 'RLS bypassed by view', v.name, 'warning',
        CASE WHEN v.relkind = 'm' THEN pg_catalog.format('it holds what its owner saw of %s', pg_catalog.string_agg(DISTINCT t.name, ', '))
            ELSE pg_catalog.format('it reads %s with the rights of its owner', pg_catalog.string_agg(DISTINCT t.name, ', ')) END,
        CASE WHEN v.relkind = 'm' THEN pg_catalog.format('REVOKE SELECT ON %s FROM those who may not see all of it', v.name)
            ELSE pg_catalog.format('ALTER VIEW %s SET (security_invoker = true)', v.name) END
    FROM relation AS v
    JOIN pg_catalog.pg_rewrite AS w ON w.ev_class = v.oid
    JOIN pg_catalog.pg_depend AS d ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = w.oid
        AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    JOIN relation AS t ON t.oid = d.refobjid AND t.relrowsecurity
    WHERE v.relkind IN ('v', 'm')
        AND NOT EXISTS (
            SELECT FROM pg_catalog.unnest(v.reloptions) AS o (entry)
            WHERE o.entry ~* '^security_invoker=(on|t|tr|tru|true|y|ye|yes|1)$'
        )
        AND EXISTS (SELECT FROM privilege AS a WHERE a.oid = v.oid AND a.grantee <> v.relowner)
    GROUP BY v.oid, v.name, v.relkind
    UNION ALL
    SELECT 'table open to PUBLIC', p.name, CASE WHEN p.privileges = 'SELECT' THEN 'warning' ELSE 'critical' END,
        'every role that can connect has ' || p.privileges, pg_catalog.format('REVOKE ALL ON %s FROM PUBLIC', p.name)
    FROM (
        SELECT x.name, pg_catalog.string_agg(DISTINCT x.privilege, ', ') AS privileges
        FROM (
            SELECT r.name, a.privilege_type AS privilege
            FROM relation AS r
            CROSS JOIN LATERAL pg_catalog.aclexplode(r.relacl) AS a
            WHERE a.grantee = 0 AND r.relkind <> 'S'
            UNION ALL
            SELECT r.name, a.privilege_type || ' (of columns)'
            FROM pg_catalog.pg_attribute AS c
            JOIN relation AS r ON r.oid = c.attrelid
            CROSS JOIN LATERAL pg_catalog.aclexplode(c.attacl) AS a
            WHERE c.attacl IS NOT NULL AND a.grantee = 0
        ) AS x
        GROUP BY x.name
    ) AS p
    UNION ALL
    SELECT 'default privileges for PUBLIC',
        pg_catalog.format('%s of role %I%s',
            CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types'
                WHEN 'n' THEN 'schemas' ELSE 'objects' END, r.rolname, ' in schema ' || n.nspname),
        'warning', 'PUBLIC gets ' || pg_catalog.string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) || ' on what is created from now on',
        pg_catalog.format('ALTER DEFAULT PRIVILEGES FOR ROLE %I%s REVOKE ALL ON %s FROM PUBLIC', r.rolname, ' IN SCHEMA ' || pg_catalog.quote_ident(n.nspname),
            CASE d.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES' WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES'
                WHEN 'n' THEN 'SCHEMAS' ELSE '...' END)
    FROM pg_catalog.pg_default_acl AS d
    JOIN pg_catalog.pg_roles AS r ON r.oid = d.defaclrole
    LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace
    CROSS JOIN LATERAL pg_catalog.aclexplode(d.defaclacl) AS a
    -- Functions and types are open to PUBLIC anyway, which an entry without a schema repeats.
    WHERE a.grantee = 0 AND NOT (d.defaclobjtype IN ('f', 'T') AND d.defaclnamespace = 0)
    GROUP BY d.oid, d.defaclobjtype, r.rolname, n.nspname
    UNION ALL
    SELECT 'database open to PUBLIC', pg_catalog.quote_ident(d.datname), 'critical', 'anybody who connects can create schemas in it',
        pg_catalog.format('REVOKE CREATE ON DATABASE %I FROM PUBLIC', d.datname)
    FROM pg_catalog.pg_database AS d
    WHERE EXISTS (
        SELECT FROM pg_catalog.aclexplode(coalesce(d.datacl, pg_catalog.acldefault('d', d.datdba))) AS a
        WHERE a.grantee = 0 AND a.privilege_type = 'CREATE'
    )
    UNION ALL
    SELECT 'tables owned by a login role', pg_catalog.quote_ident(o.rolname), 'warning',
        pg_catalog.format('%s tables; whoever gets its password can drop them', pg_catalog.count(*)),
        'give them to a role without LOGIN: ALTER TABLE ... OWNER TO, and grant what the application needs'
    FROM relation AS r
    JOIN pg_catalog.pg_roles AS o ON o.oid = r.relowner AND o.rolcanlogin AND NOT o.rolsuper
    WHERE r.relkind IN ('r', 'p') AND NOT r.relispartition
    GROUP BY o.oid, o.rolname
    UNION ALL
    SELECT 'password_encryption', g.setting, 'warning', 'new passwords get a hash that is easy to break, and is enough to log in',
        'ALTER SYSTEM SET password_encryption = ''scram-sha-256'''
    FROM pg_catalog.pg_settings AS g
    WHERE g.name = 'password_encryption' AND g.setting <> 'scram-sha-256'
    UNION ALL
    SELECT 'TLS', 'ssl = off', 'critical', pg_catalog.format('it listens to %L, and all that it says can be read on the way', m.listens),
        'ALTER SYSTEM SET ssl = on, with ssl_cert_file and ssl_key_file'
    FROM may AS m
    WHERE m.ssl = 'off' AND m.listens <> ''
        AND EXISTS (
            SELECT FROM pg_catalog.unnest(pg_catalog.string_to_array(m.listens, ',')) AS l (address)
            WHERE pg_catalog.btrim(l.address) NOT IN ('localhost', '127.0.0.1', '::1')
        )
    UNION ALL
    SELECT 'TLS', pg_catalog.format('ssl_min_protocol_version = %s', g.setting), 'warning', 'versions before TLSv1.2 are broken',
        'ALTER SYSTEM SET ssl_min_protocol_version = ''TLSv1.2'''
    FROM pg_catalog.pg_settings AS g, may AS m
    WHERE g.name = 'ssl_min_protocol_version' AND g.setting IN ('', 'TLSv1', 'TLSv1.1') AND m.ssl = 'on'
    UNION ALL
    SELECT 'session without TLS', pg_catalog.format('%I from %s', a.usename, pg_catalog.host(a.client_addr)), 'warning',
        pg_catalog.format('%s session(s)', pg_catalog.count(*)), 'hostssl in pg_hba.conf, sslmode=verify-full in the client'
    FROM pg_catalog.pg_stat_activity AS a
    JOIN pg_catalog.pg_stat_ssl AS s ON s.pid = a.pid AND NOT s.ssl
    WHERE NOT (a.client_addr <<= '127.0.0.0/8' OR a.client_addr = '::1')
    GROUP BY a.usename, a.client_addr
    UNION ALL
    SELECT 'pg_hba.conf', h.name,
        CASE WHEN h.error IS NOT NULL THEN 'critical'
            WHEN h.method = 'trust' AND h.type <> 'local' AND NOT coalesce(h.address IN ('127.0.0.1', '::1', 'localhost', 'samehost'), false) THEN 'critical'
            WHEN h.method = 'password' AND h.type IN ('host', 'hostnossl') THEN 'critical'
            ELSE 'warning' END,
        CASE WHEN h.error IS NOT NULL THEN h.error
            WHEN h.method = 'trust' THEN 'whoever reaches the server is who they say'
            WHEN h.method = 'password' THEN 'passwords travel in clear'
            WHEN h.method = 'md5' THEN 'md5 hashes are enough to log in; PostgreSQL 18 warns of them'
            WHEN h.method = 'ident' THEN 'the client''s machine says who the user is'
            ELSE 'a whole network without TLS being asked for' END,
        'edit pg_hba.conf; SELECT pg_reload_conf()'
    FROM hba AS h
    WHERE h.error IS NOT NULL OR h.method IN ('trust', 'password', 'md5', 'ident')
        OR (h.type IN ('host', 'hostnossl') AND h.method <> 'reject'
            AND (h.address IN ('all', 'samenet') OR h.netmask IN ('0.0.0.0', '::')))
    UNION ALL
    SELECT 'extension outdated', e.extname::text, 'warning',
        pg_catalog.format('version %s; the files here have %s', e.extversion, a.default_version),
        pg_catalog.format('ALTER EXTENSION %I UPDATE', e.extname)
    FROM pg_catalog.pg_extension AS e
    JOIN pg_catalog.pg_available_extensions() AS a ON a.name = e.extname AND a.default_version <> e.extversion
    UNION ALL
    SELECT 'extension in public', e.extname::text, 'warning', 'its functions stand among everybody''s objects',
        pg_catalog.format('ALTER EXTENSION %I SET SCHEMA ...', e.extname)
    FROM pg_catalog.pg_extension AS e
    JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace AND n.nspname = 'public'
    -- One that cannot be moved is not its user's fault.
    WHERE e.extrelocatable
), unseen (check_name, reason) AS (
    SELECT 'session without TLS', 'other roles'' sessions are not visible: needs pg_read_all_stats, which is part of pg_monitor'
    FROM may AS m
    WHERE NOT m.see_sessions
    UNION ALL
    SELECT 'pg_hba.conf', 'needs GRANT EXECUTE ON FUNCTION pg_catalog.pg_hba_file_rules()'
    FROM may AS m
    WHERE NOT m.see_hba
    UNION ALL
    SELECT 'TLS', 'its settings are not visible: needs pg_read_all_settings, which is part of pg_monitor'
    FROM may AS m
    WHERE m.ssl IS NULL OR m.listens IS NULL
)
SELECT
    c.check_name,
    f.object,
    CASE WHEN u.check_name IS NOT NULL AND f.check_name IS NULL THEN 'not judged' ELSE coalesce(f.state, 'ok') END AS state,
    c.expected,
    CASE WHEN f.check_name IS NULL THEN u.reason ELSE f.reason END AS reason,
    f.remedy
FROM checks AS c
LEFT JOIN found AS f ON f.check_name = c.check_name
LEFT JOIN unseen AS u ON u.check_name = c.check_name
ORDER BY
    CASE WHEN f.state = 'critical' THEN 0 WHEN f.state = 'warning' THEN 1 WHEN u.check_name IS NOT NULL THEN 2 ELSE 3 END,
    c.place, f.object;

COMMENT ON VIEW architect.security_posture IS 'Who can do more than they should: one row per finding, or one that says that a check is clean or could not be judged';
COMMENT ON COLUMN architect.security_posture.check_name IS 'What is looked at';
COMMENT ON COLUMN architect.security_posture.object IS 'Where it was found; NULL when nothing was';
COMMENT ON COLUMN architect.security_posture.state IS 'ok, warning, critical, or not judged';
COMMENT ON COLUMN architect.security_posture.expected IS 'What was expected';
COMMENT ON COLUMN architect.security_posture.reason IS 'What was found and why it matters, or what is needed to judge';
COMMENT ON COLUMN architect.security_posture.remedy IS 'The statement that mends it, or what to do';

GRANT SELECT ON architect.security_posture TO pg_monitor;

-- sql/views/settings_advice.sql

-- Values are those of the server: where this session has its own (from its role, its database or SET) the server's value cannot be
-- seen from here, and is not judged. RAM, cores and disks cannot be seen in SQL: the operator states them once, as architect.server_*.
CREATE VIEW architect.settings_advice WITH (security_invoker = true) AS
WITH stated AS MATERIALIZED (
    -- While the library is not loaded anything can stand in these, so they are read with care.
    SELECT
        CASE WHEN s.memory ~* '^\s*\d{1,9}(\.\d{1,3})?\s*[kMGT]B\s*$' THEN nullif(pg_catalog.pg_size_bytes(s.memory), 0)::numeric END AS ram,
        CASE WHEN s.cores ~ '^\s*\d{1,6}\s*$' THEN nullif(s.cores::integer, 0) END AS cores,
        CASE WHEN s.spindles ~ '^\s*\d{1,6}\s*$' THEN s.spindles::integer END AS spindles,
        pg_catalog.format('state the server''s memory: LOAD ''pg_architect''; ALTER SYSTEM SET architect.server_memory = ''16GB''; SELECT pg_reload_conf()%s',
            CASE WHEN s.memory <> '' THEN pg_catalog.format(' (%L is not understood)', s.memory) END) AS ram_unknown,
        'state the server''s cores and disks (an SSD counts as one): LOAD ''pg_architect''; ALTER SYSTEM SET architect.server_cores = ''4''; '
            'ALTER SYSTEM SET architect.server_spindles = ''1''; SELECT pg_reload_conf()' AS cores_unknown
    FROM (
        SELECT
            pg_catalog.current_setting('architect.server_memory', true) AS memory,
            pg_catalog.current_setting('architect.server_cores', true) AS cores,
            pg_catalog.current_setting('architect.server_spindles', true) AS spindles
    ) AS s
), g AS MATERIALIZED (
    SELECT
        s.name, s.setting, s.unit, s.boot_val, s.source, s.context, s.vartype, s.pending_restart,
        s.source NOT IN ('database', 'user', 'database user', 'client', 'session', 'interactive', 'test') AS of_server,
        pg_catalog.current_setting(s.name) AS shown,
        CASE WHEN s.vartype IN ('integer', 'real') AND s.unit ~ '^\d*[kMGT]?B$' THEN
            s.setting::numeric * CASE WHEN s.unit = 'B' THEN 1
                ELSE pg_catalog.pg_size_bytes(CASE WHEN s.unit ~ '^\d' THEN s.unit ELSE '1' || s.unit END) END
        END AS bytes,
        CASE WHEN s.vartype IN ('integer', 'real') THEN s.setting::numeric END AS number
    FROM pg_catalog.pg_settings AS s
    WHERE s.name NOT LIKE '%.%'
), n AS MATERIALIZED (
    SELECT
        pg_catalog.max(g.number) FILTER (WHERE g.name = 'max_connections') AS connections,
        pg_catalog.max(g.bytes) FILTER (WHERE g.name = 'shared_buffers') AS shared_buffers,
        pg_catalog.max(g.bytes) FILTER (WHERE g.name = 'work_mem' AND g.of_server) AS work_mem,
        pg_catalog.max(g.number) FILTER (WHERE g.name = 'hash_mem_multiplier' AND g.of_server) AS hash_factor,
        pg_catalog.max(g.number) FILTER (WHERE g.name = 'autovacuum_max_workers') AS workers,
        -- -1 means maintenance_work_mem.
        coalesce(pg_catalog.max(g.bytes) FILTER (WHERE g.name = 'autovacuum_work_mem' AND g.number >= 0),
            pg_catalog.max(g.bytes) FILTER (WHERE g.name = 'maintenance_work_mem' AND g.of_server)) AS worker_mem,
        pg_catalog.max(g.number) FILTER (WHERE g.name = 'seq_page_cost' AND g.of_server) AS seq_page_cost,
        pg_catalog.max(g.setting) FILTER (WHERE g.name = 'shared_preload_libraries') AS preloaded
    FROM g
), budget AS MATERIALIZED (
    SELECT
        n.*, s.*,
        coalesce(pg_catalog.pg_size_pretty(s.ram), 'memory') AS ram_text,
        s.cores * 2 + s.spindles AS pool,
        n.connections * n.work_mem * n.hash_factor + n.workers * n.worker_mem + n.shared_buffers AS total,
        pg_catalog.format('max_connections %s x work_mem %s x hash_mem_multiplier %s + autovacuum_max_workers %s x %s + shared_buffers %s = %s',
            n.connections, pg_catalog.pg_size_pretty(n.work_mem), pg_catalog.trim_scale(pg_catalog.round(n.hash_factor, 2)), n.workers,
            pg_catalog.pg_size_pretty(n.worker_mem), pg_catalog.pg_size_pretty(n.shared_buffers),
            pg_catalog.pg_size_pretty(pg_catalog.round(n.connections * n.work_mem * n.hash_factor + n.workers * n.worker_mem + n.shared_buffers))
        ) AS total_formula
    FROM n, stated AS s
), simple AS (
    -- What needs nothing but the value itself: the wrong values, and why.
    SELECT w.*
    FROM (VALUES
        ('durability', 'fsync', 'on', '{off}', 'critical', 'a crash of the machine destroys the data'),
        ('durability', 'full_page_writes', 'on', '{off}', 'critical', 'a crash in the middle of writing a page destroys it'),
        ('durability', 'synchronous_commit', 'on', '{off}', 'warning', 'a crash loses transactions that were reported as committed'),
        ('durability', 'data_checksums', 'on', '{off}', 'warning', 'damage of the disk goes unnoticed until it is read; pg_checksums --enable on a stopped server'),
        ('durability', 'wal_level', 'replica', '{minimal}', 'warning', 'no standby, no WAL archive, no recovery to a point in time'),
        ('durability', 'zero_damaged_pages', 'off', '{on}', 'critical', 'damaged pages are emptied without asking'),
        ('durability', 'ignore_checksum_failure', 'off', '{on}', 'critical', 'damage is read as if it were data'),
        ('durability', 'ignore_system_indexes', 'off', '{on}', 'critical', 'for repair only'),
        ('durability', 'allow_system_table_mods', 'off', '{on}', 'critical', 'the catalogs can be destroyed by a statement'),
        ('durability', 'session_replication_role', 'origin', '{replica,local}', 'critical', 'foreign keys and triggers do not work'),
        ('vacuum', 'autovacuum', 'on', '{off}', 'critical', 'tables bloat, statistics age, and transaction ids run out'),
        ('vacuum', 'track_counts', 'on', '{off}', 'critical', 'autovacuum sees no work without counters'),
        ('observation', 'track_activities', 'on', '{off}', 'warning', 'nobody sees what sessions do')
    ) AS w (category, name, recommended, wrong, state, why)
), hazard AS (
    -- What must not stand in an override: the value as a pattern, since PostgreSQL keeps it as it was written.
    SELECT z.*
    FROM (VALUES
        ('session\_replication\_role', '^(replica|local)$', 'critical', 'foreign keys and triggers do not work in its sessions'),
        ('zero\_damaged\_pages', '^(on|tr?u?e?|ye?s?|1)$', 'critical', 'damaged pages are emptied without asking'),
        ('ignore\_checksum\_failure', '^(on|tr?u?e?|ye?s?|1)$', 'critical', 'damage is read as if it were data'),
        ('allow\_system\_table\_mods', '^(on|tr?u?e?|ye?s?|1)$', 'critical', 'the catalogs can be destroyed by a statement'),
        ('synchronous\_commit', '^(off?|fa?l?s?e?|no?|0)$', 'warning', 'a crash loses transactions that were reported as committed'),
        ('row\_security', '^(off?|fa?l?s?e?|no?|0)$', 'warning', 'a query that a policy would filter fails instead'),
        ('track\_activities', '^(off?|fa?l?s?e?|no?|0)$', 'warning', 'nobody sees what its sessions do'),
        ('track\_counts', '^(off?|fa?l?s?e?|no?|0)$', 'critical', 'what its sessions change is not counted, and not vacuumed'),
        ('enable\_%', '^(off?|fa?l?s?e?|no?|0)$', 'warning', 'a kind of plan is forbidden: it outlives the problem that it was set for')
    ) AS z (name, wrong, state, why)
), override AS MATERIALIZED (
    SELECT
        CASE WHEN s.setrole = 0 AND s.setdatabase = 0 THEN 'all roles'
            ELSE pg_catalog.concat_ws(' in ', 'role ' || coalesce(r.rolname::text, CASE WHEN s.setrole <> 0 THEN s.setrole::text END),
                'database ' || coalesce(d.datname::text, CASE WHEN s.setdatabase <> 0 THEN s.setdatabase::text END)) END AS scope,
        s.setrole, s.setdatabase, d.datname::text AS datname, r.rolconnlimit, r.rolname::text AS rolname,
        pg_catalog.lower(pg_catalog.split_part(c.entry, '=', 1)) AS name,
        pg_catalog.substr(c.entry, pg_catalog.strpos(c.entry, '=') + 1) AS value
    FROM pg_catalog.pg_db_role_setting AS s
    CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c (entry)
    LEFT JOIN pg_catalog.pg_roles AS r ON r.oid = s.setrole
    LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
), override_judged AS (
    SELECT
        o.*,
        -- Memory as PostgreSQL reads it: without a unit it is in the setting's own.
        CASE WHEN o.name = 'work_mem' AND o.value ~* '^\s*\d{1,12}\s*([kMGT]?B)?\s*$' THEN
            pg_catalog.pg_size_bytes(CASE WHEN o.value ~* '[kMGT]B' THEN o.value
                WHEN o.value ~* 'B' THEN pg_catalog.regexp_replace(o.value, '[^0-9]', '', 'g') ELSE o.value || 'kB' END)::numeric END AS bytes,
        (
            SELECT pg_catalog.string_agg(pg_catalog.quote_ident(ns.nspname), ', ')
            FROM pg_catalog.pg_namespace AS ns
            CROSS JOIN LATERAL pg_catalog.aclexplode(coalesce(ns.nspacl, pg_catalog.acldefault('n', ns.nspowner))) AS a
            WHERE o.name = 'search_path' AND a.grantee = 0 AND a.privilege_type = 'CREATE'
                AND (o.datname IS NULL OR o.datname = pg_catalog.current_database())
                AND ns.nspname = ANY (
                    SELECT pg_catalog.btrim(p.part, ' "') FROM pg_catalog.unnest(pg_catalog.string_to_array(o.value, ',')) AS p (part)
                )
        ) AS open_schemas
    FROM override AS o
), login AS (
    SELECT r.oid, r.rolname::text AS rolname FROM pg_catalog.pg_roles AS r WHERE r.rolcanlogin AND NOT r.rolsuper
), timeout AS (
    -- As in process_settings(): role in database, role, database, all roles; then the server.
    SELECT DISTINCT ON (l.oid, t.name)
        l.rolname, t.name, t.must,
        CASE WHEN o.name IS NOT NULL THEN o.value WHEN g.of_server THEN g.setting END AS value,
        CASE WHEN o.name IS NOT NULL THEN o.scope WHEN g.of_server THEN 'server' END AS origin
    FROM login AS l
    CROSS JOIN (VALUES
        ('idle_in_transaction_session_timeout', true), ('statement_timeout', true), ('lock_timeout', false),
        ('transaction_timeout', false), ('idle_session_timeout', false)
    ) AS t (name, must)
    JOIN g ON g.name = t.name
    LEFT JOIN override AS o ON o.name = t.name AND o.setrole IN (0, l.oid)
        AND (o.setdatabase = 0 OR o.datname = pg_catalog.current_database())
    ORDER BY l.oid, t.name, o.setrole <> 0 AND o.setdatabase <> 0 DESC NULLS LAST, o.setrole <> 0 DESC NULLS LAST, o.setdatabase <> 0 DESC NULLS LAST
), row_of AS (
    SELECT 1 AS place, 'memory' AS category, 'shared_buffers' AS setting, 'server' AS scope,
        pg_catalog.pg_size_pretty(b.shared_buffers) AS value, pg_catalog.pg_size_pretty(pg_catalog.round(b.ram * 0.25)) AS recommended,
        pg_catalog.format('25 %% of %s', b.ram_text) AS formula,
        CASE WHEN b.ram IS NULL THEN 'not judged' WHEN b.shared_buffers BETWEEN 0.15 * b.ram AND 0.4 * b.ram THEN 'ok' ELSE 'warning' END AS state,
        'warning outside 15 to 40 % of memory' AS threshold,
        CASE WHEN b.ram IS NULL THEN b.ram_unknown
            ELSE pg_catalog.format('%s %% of memory; a change needs a restart', pg_catalog.round(100 * b.shared_buffers / b.ram, 1)) END AS reason,
        pg_catalog.format('ALTER SYSTEM SET shared_buffers = ''%sMB''', pg_catalog.round(b.ram * 0.25 / 1048576)) AS remedy
    FROM budget AS b
    UNION ALL
    SELECT 1, 'memory', 'effective_cache_size', 'server', g.shown, pg_catalog.pg_size_pretty(pg_catalog.round(b.ram * 0.75)),
        pg_catalog.format('75 %% of %s', b.ram_text),
        CASE WHEN NOT g.of_server THEN 'not judged' WHEN g.bytes < b.shared_buffers THEN 'warning' WHEN b.ram IS NULL THEN 'not judged'
            WHEN g.bytes BETWEEN 0.5 * b.ram AND 0.9 * b.ram THEN 'ok' ELSE 'warning' END,
        'warning outside 50 to 90 % of memory, or below shared_buffers',
        CASE WHEN NOT g.of_server THEN 'this session has its own value, from: ' || g.source
            WHEN g.bytes < b.shared_buffers THEN 'below shared_buffers, which are a part of the cache'
            WHEN b.ram IS NULL THEN b.ram_unknown
            ELSE pg_catalog.format('%s %% of memory; it allocates nothing, the planner counts on it', pg_catalog.round(100 * g.bytes / b.ram, 1)) END,
        pg_catalog.format('ALTER SYSTEM SET effective_cache_size = ''%sMB''',
            pg_catalog.round(coalesce(b.ram * 0.75, b.shared_buffers * 3) / 1048576))
    FROM budget AS b, g
    WHERE g.name = 'effective_cache_size'
    UNION ALL
    SELECT 1, 'memory', 'work_mem', 'server', g.shown, '4 MB to 16 MB', b.total_formula,
        CASE WHEN NOT g.of_server THEN 'not judged' WHEN g.bytes < 4194304 THEN 'warning' WHEN g.bytes <= 16777216 THEN 'ok'
            WHEN b.ram IS NULL OR b.total IS NULL THEN 'not judged' WHEN b.total > 0.8 * b.ram THEN 'warning' ELSE 'ok' END,
        'warning below 4 MB, or above 16 MB when the memory budget does not hold it',
        CASE WHEN NOT g.of_server THEN 'this session has its own value, from: ' || g.source
            WHEN g.bytes < 4194304 THEN 'sorts and hashes spill to disk early'
            WHEN g.bytes > 16777216 AND (b.ram IS NULL OR b.total IS NULL) THEN b.ram_unknown
            ELSE 'for each sort and hash of each query; more for single roles, by ALTER ROLE' END,
        'ALTER SYSTEM SET work_mem = ''4MB'''
    FROM budget AS b, g
    WHERE g.name = 'work_mem'
    UNION ALL
    SELECT 1, 'memory', 'maintenance_work_mem', 'server', g.shown, pg_catalog.pg_size_pretty(pg_catalog.round(least(268435456, b.ram / 16))),
        pg_catalog.format('256 MB, or a sixteenth of %s when that is less', b.ram_text),
        CASE WHEN NOT g.of_server OR b.ram IS NULL THEN 'not judged' WHEN g.bytes < least(268435456, b.ram / 16) THEN 'warning' ELSE 'ok' END,
        'warning below the recommended value',
        CASE WHEN NOT g.of_server THEN 'this session has its own value, from: ' || g.source WHEN b.ram IS NULL THEN b.ram_unknown
            ELSE 'for VACUUM and for building indexes; each autovacuum worker takes as much unless autovacuum_work_mem says less' END,
        pg_catalog.format('ALTER SYSTEM SET maintenance_work_mem = ''%sMB''', pg_catalog.round(least(268435456, b.ram / 16) / 1048576))
    FROM budget AS b, g
    WHERE g.name = 'maintenance_work_mem'
    UNION ALL
    SELECT 1, 'memory', 'memory budget', 'server', pg_catalog.pg_size_pretty(pg_catalog.round(b.total)),
        'at most ' || pg_catalog.pg_size_pretty(pg_catalog.round(b.ram * 0.8)), b.total_formula,
        CASE WHEN b.ram IS NULL OR b.total IS NULL THEN 'not judged' WHEN b.total > b.ram THEN 'critical' WHEN b.total > 0.8 * b.ram THEN 'warning'
            ELSE 'ok' END,
        'warning above 80 %, critical above 100 % of memory',
        CASE WHEN b.ram IS NULL THEN b.ram_unknown WHEN b.total IS NULL THEN 'this session has its own value of one of them'
            ELSE pg_catalog.format('%s %% of %s if every session hashes once at a time; a query can do it several times',
                pg_catalog.round(100 * b.total / b.ram), pg_catalog.pg_size_pretty(b.ram)) END,
        'fewer max_connections behind a pooler, or less work_mem with more for single roles'
    FROM budget AS b
    UNION ALL
    SELECT 2, 'connections', 'pool size', 'server', pg_catalog.format('max_connections %s', b.connections),
        b.pool || ' connections',
        CASE WHEN b.pool IS NULL THEN 'cores x 2 + spindles' ELSE pg_catalog.format('cores %s x 2 + spindles %s = %s', b.cores, b.spindles, b.pool) END,
        CASE WHEN b.pool IS NULL THEN 'not judged' WHEN b.connections < b.pool THEN 'warning' ELSE 'ok' END,
        'warning when max_connections is below it',
        CASE WHEN b.pool IS NULL THEN b.cores_unknown
            ELSE 'where to start with the sum of all pools: connections that work at the same time; the pools themselves are not visible here' END,
        'ALTER SYSTEM SET max_connections'
    FROM budget AS b
    UNION ALL
    SELECT 2, 'connections', 'max_connections', 'server', g.shown, 'at most 500', NULL, CASE WHEN g.number > 500 THEN 'warning' ELSE 'ok' END,
        'warning above 500', CASE WHEN g.number > 500 THEN 'each slot costs memory, and snapshots take longer: a pooler does it with fewer'
            ELSE 'a standby needs at least as many' END,
        'a pooler in transaction mode, then ALTER SYSTEM SET max_connections'
    FROM g WHERE g.name = 'max_connections'
    UNION ALL
    SELECT 3, w.category, w.name, 'server', g.shown, w.recommended, NULL,
        CASE WHEN NOT g.of_server THEN 'not judged' WHEN g.setting = ANY (w.wrong::text[]) THEN w.state ELSE 'ok' END,
        pg_catalog.format('%s when %s', w.state, pg_catalog.array_to_string(w.wrong::text[], ' or ')),
        CASE WHEN NOT g.of_server THEN 'this session has its own value, from: ' || g.source WHEN g.setting = ANY (w.wrong::text[]) THEN w.why END,
        CASE WHEN g.context <> 'internal' THEN pg_catalog.format('ALTER SYSTEM SET %I = %L', w.name, w.recommended) END
    FROM simple AS w
    JOIN g ON g.name = w.name
    UNION ALL
    SELECT 4, 'planner', g.name, 'server', g.shown, 'on', NULL, CASE WHEN g.of_server THEN 'warning' ELSE 'not judged' END, 'warning when off',
        CASE WHEN g.of_server THEN 'a kind of plan is forbidden for everybody; it is meant for tests'
            ELSE 'this session has its own value, from: ' || g.source END,
        pg_catalog.format('ALTER SYSTEM RESET %I', g.name)
    -- Those that are off by default are meant to be.
    FROM g WHERE g.name LIKE 'enable\_%' AND g.boot_val = 'on' AND g.setting = 'off'
    UNION ALL
    SELECT 4, 'planner', 'enable_*', 'server', 'on', 'on', NULL, 'ok', 'warning when off', 'every kind of plan is allowed', NULL
    WHERE NOT EXISTS (SELECT FROM g WHERE g.name LIKE 'enable\_%' AND g.boot_val = 'on' AND g.setting = 'off')
    UNION ALL
    SELECT 4, 'planner', 'random_page_cost', 'server', g.shown, '1.1 on SSD, 4 on rotating disks', NULL,
        CASE WHEN NOT g.of_server THEN 'not judged' WHEN g.number < n.seq_page_cost THEN 'warning' ELSE 'not judged' END,
        'warning below seq_page_cost',
        CASE WHEN g.of_server AND g.number < n.seq_page_cost THEN 'a random page cannot be cheaper than the next one'
            ELSE 'the kind of disk cannot be seen in SQL' END,
        'ALTER SYSTEM SET random_page_cost = 1.1'
    FROM g, n WHERE g.name = 'random_page_cost'
    UNION ALL
    SELECT 5, 'checkpoints', g.name, 'server', g.shown, r.recommended, NULL, CASE WHEN g.number < r.least THEN 'warning' ELSE 'ok' END,
        'warning below ' || r.lowest, CASE WHEN g.number < r.least THEN r.why END,
        pg_catalog.format('ALTER SYSTEM SET %I = %L', g.name, r.recommended)
    FROM (VALUES
        ('checkpoint_timeout', 300, '5min', '5min', 'frequent checkpoints write full pages again and again'),
        ('checkpoint_completion_target', 0.8, '0.8', '0.9', 'checkpoints write in bursts')
    ) AS r (name, least, lowest, recommended, why)
    JOIN g ON g.name = r.name
    UNION ALL
    SELECT 6, 'observation', 'log_min_duration_statement', 'server', g.shown, '1s', NULL,
        CASE WHEN NOT g.of_server THEN 'not judged' WHEN g.number >= 0 THEN 'ok' WHEN n.preloaded IS NULL THEN 'not judged'
            WHEN n.preloaded ~ 'pg_stat_statements' THEN 'ok' ELSE 'warning' END,
        'warning when -1 without pg_stat_statements',
        CASE WHEN NOT g.of_server THEN 'this session has its own value, from: ' || g.source WHEN g.number >= 0 THEN 'slow statements are logged'
            WHEN n.preloaded IS NULL THEN 'shared_preload_libraries is not visible: needs pg_read_all_settings, which is part of pg_monitor'
            WHEN n.preloaded ~ 'pg_stat_statements' THEN 'pg_stat_statements counts them' ELSE 'slow statements leave no trace' END,
        'ALTER SYSTEM SET log_min_duration_statement = ''1s'''
    FROM g, n WHERE g.name = 'log_min_duration_statement'
    UNION ALL
    SELECT 6, 'observation', 'track_io_timing', 'server', g.shown, 'on', NULL, 'ok', NULL,
        CASE WHEN g.setting = 'off' THEN 'off: no times of reading and writing; look at pg_test_timing before it is set' END, NULL
    FROM g WHERE g.name = 'track_io_timing'
    UNION ALL
    SELECT 7, 'restart', g.name, 'server', g.shown, NULL, NULL, 'warning', 'warning while the files say something else',
        'the configuration files have another value, which comes with the next restart', 'restart the server, at a time that you choose'
    FROM g WHERE g.pending_restart
    UNION ALL
    SELECT 7, 'restart', 'pending_restart', 'server', 'none', NULL, NULL, 'ok', NULL, 'no setting waits for a restart', NULL
    WHERE NOT EXISTS (SELECT FROM g WHERE g.pending_restart)
    UNION ALL
    SELECT 8, 'timeouts', t.name, pg_catalog.format('role %s', pg_catalog.string_agg(t.rolname, ', ' ORDER BY t.rolname)),
        CASE WHEN t.value ~ '^\s*\d+\s*$' THEN t.value || ' ms' ELSE t.value END,
        CASE WHEN t.must THEN 'above 0' END, 'role in database > role > database > all roles > server',
        CASE WHEN t.origin IS NULL THEN 'not judged' WHEN t.must AND t.value ~ '^\s*0+(\.0*)?\s*[a-z]*\s*$' THEN 'warning' ELSE 'ok' END,
        CASE WHEN t.must THEN 'warning when 0' END,
        CASE WHEN t.origin IS NULL THEN 'this session has its own value, so that of the server is not visible'
            ELSE pg_catalog.format('from: %s%s', t.origin, CASE WHEN t.value ~ '^\s*0+(\.0*)?\s*[a-z]*\s*$' THEN '; 0 means no limit' END) END,
        CASE WHEN t.must THEN pg_catalog.format('ALTER ROLE ... SET %s = %L', t.name,
            CASE t.name WHEN 'statement_timeout' THEN '30s' ELSE '5min' END) END
    FROM timeout AS t
    GROUP BY t.name, t.value, t.origin, t.must
    UNION ALL
    SELECT 9, 'overrides', o.name, o.scope, o.value, NULL,
        CASE WHEN o.name = 'work_mem' THEN pg_catalog.format('%s sessions x %s x hash_mem_multiplier %s = %s',
            coalesce(nullif(o.rolconnlimit, -1), b.connections), pg_catalog.pg_size_pretty(o.bytes), pg_catalog.trim_scale(pg_catalog.round(b.hash_factor, 2)),
            pg_catalog.pg_size_pretty(pg_catalog.round(coalesce(nullif(o.rolconnlimit, -1), b.connections) * o.bytes * b.hash_factor))) END,
        CASE
            WHEN z.state IS NOT NULL THEN z.state
            WHEN o.name = 'search_path' AND (o.open_schemas IS NOT NULL OR o.value ~ '^\s*"?pg_temp"?\s*(,|$)') THEN 'warning'
            WHEN o.name = 'work_mem' AND b.ram IS NULL THEN 'not judged'
            WHEN o.name = 'work_mem' AND coalesce(nullif(o.rolconnlimit, -1), b.connections) * o.bytes * b.hash_factor > b.ram - b.shared_buffers
                THEN 'warning'
            ELSE 'ok'
        END,
        CASE WHEN o.name = 'work_mem' THEN 'warning when it can take more than memory less shared_buffers' END,
        CASE
            WHEN z.state IS NOT NULL THEN z.why
            WHEN o.name = 'search_path' AND o.open_schemas IS NOT NULL
                THEN pg_catalog.format('PUBLIC may create objects in %s: anybody''s function can take the place of another', o.open_schemas)
            WHEN o.name = 'search_path' AND o.value ~ '^\s*"?pg_temp"?\s*(,|$)' THEN 'pg_temp comes first: a temporary table hides the real one'
            WHEN o.name = 'work_mem' AND b.ram IS NULL THEN b.ram_unknown
            WHEN g.name IS NOT NULL AND g.of_server THEN pg_catalog.format('the server has %s', g.shown)
        END,
        CASE WHEN o.rolname IS NOT NULL AND o.datname IS NULL THEN pg_catalog.format('ALTER ROLE %I RESET %I', o.rolname, o.name)
            WHEN o.rolname IS NULL AND o.datname IS NOT NULL THEN pg_catalog.format('ALTER DATABASE %I RESET %I', o.datname, o.name)
            WHEN o.rolname IS NOT NULL THEN pg_catalog.format('ALTER ROLE %I IN DATABASE %I RESET %I', o.rolname, o.datname, o.name)
            ELSE pg_catalog.format('ALTER ROLE ALL RESET %I', o.name) END
    FROM override_judged AS o
    CROSS JOIN budget AS b
    LEFT JOIN g ON g.name = o.name
    LEFT JOIN hazard AS z ON o.name LIKE z.name AND pg_catalog.lower(o.value) ~ z.wrong
)
SELECT
    r.category, r.setting, r.scope, r.value, r.recommended, r.formula, r.state, r.threshold, r.reason,
    CASE WHEN r.state IN ('warning', 'critical') THEN r.remedy END AS remedy
FROM row_of AS r
ORDER BY CASE r.state WHEN 'critical' THEN 0 WHEN 'warning' THEN 1 WHEN 'not judged' THEN 2 ELSE 3 END, r.place, r.setting, r.scope;

COMMENT ON VIEW architect.settings_advice IS 'Settings of the server, of roles and of databases, with the arithmetic behind each verdict';
COMMENT ON COLUMN architect.settings_advice.category IS 'memory, connections, durability, vacuum, planner, checkpoints, observation, restart, timeouts or overrides';
COMMENT ON COLUMN architect.settings_advice.setting IS 'Name of the setting, or of what is computed from several';
COMMENT ON COLUMN architect.settings_advice.scope IS 'server, or the roles and the database for which the value holds';
COMMENT ON COLUMN architect.settings_advice.value IS 'Value in force there, with its unit';
COMMENT ON COLUMN architect.settings_advice.recommended IS 'Value that is recommended, with its unit; computed where formula says how';
COMMENT ON COLUMN architect.settings_advice.formula IS 'The arithmetic, with the numbers of this server';
COMMENT ON COLUMN architect.settings_advice.state IS 'ok, warning, critical, or not judged';
COMMENT ON COLUMN architect.settings_advice.threshold IS 'What the value was compared with';
COMMENT ON COLUMN architect.settings_advice.reason IS 'Why it matters, or what must be stated or granted before it can be judged';
COMMENT ON COLUMN architect.settings_advice.remedy IS 'The statement that changes it, or what to do; ALTER SYSTEM needs a reload or restart after it';

GRANT SELECT ON architect.settings_advice TO pg_monitor;

-- sql/views/connection_health.sql

CREATE VIEW architect.connection_health WITH (security_invoker = true) AS
WITH may AS (
    -- Without it other roles' sessions have neither kind nor state nor age.
    SELECT pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS see_all
), slots AS (
    SELECT
        s.maximum, s.reserved, s.maximum - s.reserved AS usable,
        pg_catalog.format('max_connections %s - reserved %s = %s', s.maximum, s.reserved, s.maximum - s.reserved) AS formula
    FROM (
        SELECT
            pg_catalog.current_setting('max_connections')::integer AS maximum,
            pg_catalog.current_setting('superuser_reserved_connections')::integer
                -- Since PostgreSQL 16.
                + coalesce(pg_catalog.current_setting('reserved_connections', true)::integer, 0) AS reserved
    ) AS s
), session AS MATERIALIZED (
    SELECT
        a.pid, a.datid, a.usesysid, a.datname::text AS datname, a.usename::text AS usename, a.application_name, a.state,
        pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.xact_start)::numeric AS open_for,
        pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - a.state_change)::numeric AS state_for,
        EXISTS (SELECT FROM pg_catalog.pg_stat_progress_vacuum AS p WHERE p.pid = a.pid)
            OR EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index AS p WHERE p.pid = a.pid)
            OR a.application_name IN ('pg_dump', 'pg_dumpall') AS maintains
    FROM pg_catalog.pg_stat_activity AS a, may
    WHERE may.see_all AND a.backend_type = 'client backend'
), counted AS (
    SELECT 1 AS place, 'server connections' AS check_name, NULL::text AS object,
        (SELECT pg_catalog.count(*) FROM session)::numeric AS value, slots.usable::numeric AS limit_value,
        70 AS warning_at, 90 AS critical_at, slots.formula AS arithmetic,
        'beyond it only reserved slots are left: put a pooler before the server, or end idle sessions' AS action
    FROM slots
    UNION ALL
    SELECT 2, 'connections of database', d.datname::text, coalesce(s.sessions, 0), nullif(d.datconnlimit, -1), 70, 90,
        'limit of the database', 'ALTER DATABASE ... CONNECTION LIMIT, or a smaller pool'
    FROM pg_catalog.pg_database AS d
    LEFT JOIN (SELECT datid, pg_catalog.count(*) AS sessions FROM session GROUP BY datid) AS s ON s.datid = d.oid
    WHERE d.datconnlimit <> -2 AND (s.sessions > 0 OR d.datconnlimit >= 0)
    UNION ALL
    -- PostgreSQL does not hold a superuser to its limit.
    SELECT 3, 'connections of role', r.rolname::text, coalesce(s.sessions, 0),
        CASE WHEN NOT r.rolsuper THEN nullif(r.rolconnlimit, -1) END, 70, 90,
        'limit of the role', 'ALTER ROLE ... CONNECTION LIMIT, or a smaller pool'
    FROM pg_catalog.pg_roles AS r
    LEFT JOIN (SELECT usesysid, pg_catalog.count(*) AS sessions FROM session GROUP BY usesysid) AS s ON s.usesysid = r.oid
    WHERE s.sessions > 0 OR (r.rolconnlimit >= 0 AND r.rolcanlogin AND NOT r.rolsuper)
    UNION ALL
    SELECT 4, 'sessions in state', s.state, pg_catalog.count(*), min(slots.usable),
        CASE WHEN s.state = 'idle' THEN 50 END, CASE WHEN s.state = 'idle' THEN 75 END, min(slots.formula),
        CASE WHEN s.state = 'idle' THEN 'smaller pools: an idle session holds a slot and memory' END
    FROM session AS s, slots
    WHERE s.state IS NOT NULL
    GROUP BY s.state
), counted_judged AS (
    SELECT
        c.place, c.check_name, c.object, c.value, 'sessions' AS unit, c.limit_value,
        CASE WHEN c.limit_value > 0 THEN pg_catalog.round(100 * c.value / c.limit_value, 1) END AS used_percent,
        CASE
            WHEN c.limit_value <= 0 AND c.value > 0 THEN 'critical'
            WHEN c.limit_value IS NULL OR c.limit_value <= 0 OR c.warning_at IS NULL THEN 'ok'
            WHEN c.value >= c.limit_value * c.critical_at / 100.0 THEN 'critical'
            WHEN c.value >= c.limit_value * c.warning_at / 100.0 THEN 'warning'
            ELSE 'ok'
        END AS state,
        CASE WHEN c.limit_value IS NOT NULL AND c.warning_at IS NOT NULL
            THEN pg_catalog.format('warning from %s %%, critical from %s %%', c.warning_at, c.critical_at) END AS threshold,
        CASE WHEN c.limit_value IS NULL THEN 'no limit of its own'
            ELSE pg_catalog.format('%s of %s (%s)', c.value, c.limit_value, c.arithmetic) END AS reason,
        c.action
    FROM counted AS c, may
    WHERE may.see_all
), aged AS (
    SELECT 5 AS place, 'idle in transaction' AS check_name, s.pid, s.state_for AS age, 300 AS warning_at, 900 AS critical_at,
        s.usename, s.datname, s.application_name, false AS maintains,
        'it holds its locks and keeps VACUUM from removing rows: set idle_in_transaction_session_timeout for the role' AS action
    FROM session AS s
    WHERE s.state LIKE 'idle in transaction%'
    UNION ALL
    SELECT 6, 'transaction age', s.pid, s.open_for, 300, 1800, s.usename, s.datname, s.application_name, s.maintains,
        'it keeps VACUUM from removing rows: shorter transactions; transaction_timeout exists since PostgreSQL 17'
    FROM session AS s
    WHERE s.open_for IS NOT NULL AND s.pid <> pg_catalog.pg_backend_pid()
), aged_judged AS (
    SELECT
        a.place, a.check_name,
        pg_catalog.format('pid %s: %s in %s%s', a.pid, a.usename, a.datname, ', ' || nullif(a.application_name, '')) AS object,
        pg_catalog.round(a.age, 1) AS value, 'seconds' AS unit, a.critical_at::numeric AS limit_value, NULL::numeric AS used_percent,
        CASE WHEN a.maintains OR a.age < a.warning_at THEN 'ok' WHEN a.age < a.critical_at THEN 'warning' ELSE 'critical' END AS state,
        pg_catalog.format('warning from %s s, critical from %s s', a.warning_at, a.critical_at) AS threshold,
        CASE WHEN a.maintains THEN 'VACUUM, CREATE INDEX or pg_dump at work, which takes its time'
            ELSE pg_catalog.format('since %s s', pg_catalog.round(a.age)) END AS reason,
        a.action,
        pg_catalog.row_number() OVER (PARTITION BY a.place ORDER BY a.maintains, a.age DESC, a.pid) AS rank,
        a.age >= a.warning_at AS old
    FROM aged AS a
), stats AS (
    SELECT
        d.datname::text AS datname, d.sessions, d.sessions_abandoned + d.sessions_fatal + d.sessions_killed AS lost, d.session_time,
        d.sessions_abandoned, d.sessions_fatal, d.sessions_killed,
        -- A crash zeroes the counters and leaves the time empty here, but not there.
        coalesce(d.stats_reset, w.stats_reset) AS since,
        pg_catalog.date_part('epoch', pg_catalog.now() - coalesce(d.stats_reset, w.stats_reset))::numeric AS age
    FROM pg_catalog.pg_stat_database AS d, pg_catalog.pg_stat_wal AS w
    WHERE d.datname IS NOT NULL AND d.sessions > 0
), all_rows AS (
    SELECT place, check_name, object, value, unit, limit_value, used_percent, state, threshold, reason, action FROM counted_judged
    UNION ALL
    SELECT 2, 'connections of database', d.datname::text, NULL, 'sessions', NULL, NULL, 'critical', NULL,
        'invalid: a DROP DATABASE was interrupted, and nobody can connect to it', 'DROP DATABASE it'
    FROM pg_catalog.pg_database AS d
    WHERE d.datconnlimit = -2
    UNION ALL
    SELECT place, check_name, object, value, unit, limit_value, used_percent, state, threshold, reason, action
    FROM aged_judged
    WHERE rank = 1 OR old
    UNION ALL
    SELECT n.place, n.check_name, NULL, 0, 'seconds', NULL, NULL, 'ok', NULL, 'there is none', NULL
    FROM (VALUES (5, 'idle in transaction'), (6, 'transaction age')) AS n (place, check_name), may
    WHERE may.see_all AND NOT EXISTS (SELECT FROM aged WHERE aged.place = n.place)
    UNION ALL
    SELECT n.place, n.check_name, NULL, NULL, n.unit, NULL, NULL, 'not judged', NULL,
        'other roles'' sessions are not visible: needs pg_read_all_stats, which is part of pg_monitor', NULL
    FROM (VALUES (1, 'server connections', 'sessions'), (2, 'connections of database', 'sessions'),
        (3, 'connections of role', 'sessions'), (4, 'sessions in state', 'sessions'), (5, 'idle in transaction', 'seconds'),
        (6, 'transaction age', 'seconds')) AS n (place, check_name, unit), may
    WHERE NOT may.see_all
    UNION ALL
    SELECT 7, 'prepared transaction', pg_catalog.format('%L: %s in %s', p.gid, p.owner, p.database),
        pg_catalog.round(p.age, 1), 'seconds', 1800, NULL,
        CASE WHEN p.age < 300 THEN 'ok' WHEN p.age < 1800 THEN 'warning' ELSE 'critical' END,
        'warning from 300 s, critical from 1800 s',
        pg_catalog.format('prepared %s s ago: it keeps its locks and outlives a restart', pg_catalog.round(p.age)),
        pg_catalog.format('COMMIT PREPARED or ROLLBACK PREPARED %L, after a question to its transaction manager', p.gid)
    FROM (
        SELECT x.*, pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - x.prepared)::numeric AS age
        FROM pg_catalog.pg_prepared_xacts AS x
    ) AS p
    UNION ALL
    SELECT 7, 'prepared transaction', NULL, 0, 'seconds', NULL, NULL, 'ok', NULL, 'there is none', NULL
    WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_prepared_xacts)
    UNION ALL
    SELECT 8, 'sessions lost', s.datname, s.lost, 'sessions', s.sessions, pg_catalog.round(100.0 * s.lost / s.sessions, 1),
        CASE WHEN s.age IS NULL OR s.age < 86400 OR s.sessions < 100 THEN 'not judged'
            WHEN s.lost >= 0.05 * s.sessions THEN 'critical' WHEN s.lost >= 0.01 * s.sessions THEN 'warning' ELSE 'ok' END,
        'warning from 1 %, critical from 5 % of the sessions',
        pg_catalog.format('%s clients gone without a word, %s ended by a fatal error, %s killed, since %s%s', s.sessions_abandoned,
            s.sessions_fatal, s.sessions_killed, coalesce(pg_catalog.date_trunc('second', s.since)::text, 'an unknown time'),
            CASE WHEN s.age IS NULL OR s.age < 86400 THEN ': counters younger than a day' WHEN s.sessions < 100
                THEN ': fewer than 100 sessions' ELSE '' END),
        'look into the server log for the reason; a client that goes without a word often was killed itself'
    FROM stats AS s
    UNION ALL
    SELECT 9, 'session length', s.datname, pg_catalog.round((s.session_time / 1000 / s.sessions)::numeric, 1), 'seconds', NULL, NULL,
        CASE WHEN s.age IS NULL OR s.age < 86400 OR s.sessions < 100 THEN 'not judged'
            WHEN s.session_time / 1000 / s.sessions < 60 AND s.sessions >= s.age / 10 THEN 'warning' ELSE 'ok' END,
        'warning below 60 s on average, where a session begins every 10 s or more often',
        pg_catalog.format('%s sessions since %s%s', s.sessions,
            coalesce(pg_catalog.date_trunc('second', s.since)::text, 'an unknown time'),
            CASE WHEN s.age IS NULL OR s.age < 86400 THEN ': counters younger than a day' WHEN s.sessions < 100
                THEN ': fewer than 100 sessions' ELSE '' END),
        'clients that connect for every request: put a pooler between'
    FROM stats AS s
)
SELECT check_name, object, value, unit, limit_value, used_percent, state, threshold, reason,
    CASE WHEN state IN ('warning', 'critical') THEN action END AS action
FROM all_rows
ORDER BY place, used_percent DESC NULLS LAST, value DESC NULLS LAST, object;

COMMENT ON VIEW architect.connection_health IS 'Sessions against the limits of server, databases and roles; transactions that are open too long; sessions that were lost';
COMMENT ON COLUMN architect.connection_health.check_name IS 'What is looked at';
COMMENT ON COLUMN architect.connection_health.object IS 'Database, role, state or session; NULL for the server as a whole';
COMMENT ON COLUMN architect.connection_health.value IS 'What was measured, in the unit of the next column';
COMMENT ON COLUMN architect.connection_health.unit IS 'Unit of value and limit_value: sessions or seconds';
COMMENT ON COLUMN architect.connection_health.limit_value IS 'What value can come to, or is held against, in the same unit; NULL when there is no limit';
COMMENT ON COLUMN architect.connection_health.used_percent IS 'value as a share of limit_value, in percent';
COMMENT ON COLUMN architect.connection_health.state IS 'ok, warning, critical, or not judged';
COMMENT ON COLUMN architect.connection_health.threshold IS 'What value was compared with';
COMMENT ON COLUMN architect.connection_health.reason IS 'The arithmetic, or why it is not judged';
COMMENT ON COLUMN architect.connection_health.action IS 'What to do when it is not ok';

GRANT SELECT ON architect.connection_health TO pg_monitor;

-- sql/views/replication_health.sql

-- The columns of slots and the like differ from version to version: what not all have is read by its name from the row as JSON.
CREATE VIEW architect.replication_health WITH (security_invoker = true) AS
WITH RECURSIVE here AS MATERIALIZED (
    SELECT
        pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS see_all,
        pg_catalog.pg_is_in_recovery() AS standby,
        CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
            ELSE pg_catalog.pg_current_wal_lsn() END AS lsn
), setting AS MATERIALIZED (
    SELECT
        pg_catalog.max(g.setting) FILTER (WHERE g.name = 'max_slot_wal_keep_size')::numeric * 1048576 AS slot_keep,
        pg_catalog.max(g.setting) FILTER (WHERE g.name = 'recovery_min_apply_delay')::numeric / 1000 AS apply_delay,
        pg_catalog.max(g.setting) FILTER (WHERE g.name = 'primary_conninfo') AS primary_conninfo,
        pg_catalog.max(g.setting) FILTER (WHERE g.name = 'archive_mode') AS archive_mode,
        pg_catalog.max(g.setting) FILTER (WHERE g.name = 'archive_command') AS archive_command,
        pg_catalog.max(g.setting) FILTER (WHERE g.name = 'archive_library') AS archive_library,
        pg_catalog.max(g.setting) FILTER (WHERE g.name = 'wal_segment_size')::numeric AS segment,
        pg_catalog.max(g.setting) FILTER (WHERE g.name = 'synchronous_standby_names') AS sync_names
    FROM pg_catalog.pg_settings AS g
    WHERE g.name IN ('max_slot_wal_keep_size', 'recovery_min_apply_delay', 'primary_conninfo', 'archive_mode', 'archive_command',
        'archive_library', 'wal_segment_size', 'synchronous_standby_names')
), sender AS MATERIALIZED (
    SELECT
        r.pid, coalesce(nullif(r.application_name, ''), 'pid ' || r.pid) AS name, r.state, r.sync_state, r.replay_lsn IS NULL AS keeps_only,
        -- Never greatest(difference, 0): that makes 0 of what is not known.
        CASE WHEN coalesce(r.replay_lsn, r.flush_lsn, r.write_lsn, r.sent_lsn) > h.lsn THEN 0
            ELSE pg_catalog.pg_wal_lsn_diff(h.lsn, coalesce(r.replay_lsn, r.flush_lsn, r.write_lsn, r.sent_lsn)) END AS bytes,
        pg_catalog.date_part('epoch', r.replay_lag)::numeric AS seconds
    FROM pg_catalog.pg_stat_replication AS r, here AS h
), standby AS (
    SELECT
        1 AS place, 'standby' AS kind, s.name::text AS name, s.state AS activity, s.sync_state, s.bytes AS lag_bytes,
        CASE WHEN s.bytes <= 0 THEN 0 ELSE s.seconds END AS lag_seconds,
        NULL::numeric AS retained_bytes, NULL::numeric AS safe_wal_bytes, NULL::text AS wal_status,
        CASE
            WHEN NOT h.see_all THEN 'not judged'
            WHEN s.state = 'backup' THEN 'ok'
            WHEN s.bytes IS NULL THEN 'not judged'
            WHEN s.bytes >= 1073741824 OR (s.bytes > 0 AND s.seconds >= 60) THEN 'critical'
            WHEN s.bytes >= 104857600 OR (s.bytes > 0 AND s.seconds >= 10) OR s.state IN ('startup', 'catchup') THEN 'warning'
            ELSE 'ok'
        END AS state,
        'warning from 10 s or 100 MB, critical from 60 s or 1 GB' AS threshold,
        CASE
            WHEN NOT h.see_all THEN 'columns are hidden: needs pg_read_all_stats, which is part of pg_monitor'
            WHEN s.state = 'backup' THEN 'a base backup at work'
            WHEN s.bytes IS NULL THEN 'it has reported no position yet'
            WHEN s.state IN ('startup', 'catchup') THEN 'it is catching up'
            WHEN s.keeps_only THEN 'receives, and replays nothing'
            ELSE 'behind by what it has not replayed; with recovery_min_apply_delay that is on purpose'
        END AS reason,
        'look at the network, at the standby''s disk, and for queries there that hold replay up' AS action
    FROM sender AS s, here AS h
    UNION ALL
    SELECT 1, 'standby', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'not judged', NULL,
        'none is connected; whether there should be one is not known here', NULL
    FROM here AS h
    WHERE NOT h.standby AND NOT EXISTS (SELECT FROM sender)
), slot_row AS (
    SELECT
        s.slot_name::text AS name, s.slot_type, s.plugin::text AS plugin, s.temporary, s.active, s.wal_status, s.restart_lsn,
        CASE WHEN s.restart_lsn > h.lsn THEN 0 ELSE pg_catalog.pg_wal_lsn_diff(h.lsn, s.restart_lsn) END AS retained,
        CASE WHEN s.confirmed_flush_lsn > h.lsn THEN 0 ELSE pg_catalog.pg_wal_lsn_diff(h.lsn, s.confirmed_flush_lsn) END AS behind,
        s.safe_wal_size::numeric AS safe,
        coalesce(
            -- Since 17.
            j.row ->> 'invalidation_reason',
            -- 16.
            CASE WHEN (j.row ->> 'conflicting')::boolean THEN 'conflict with recovery' END
        ) AS invalid,
        coalesce((j.row ->> 'synced')::boolean, false) AS synced,
        (j.row ->> 'inactive_since')::timestamp with time zone AS inactive_since
    FROM pg_catalog.pg_replication_slots AS s
    CROSS JOIN here AS h
    CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(s) AS row) AS j
), slot AS (
    SELECT
        3 AS place, s.slot_type || ' slot' AS kind, s.name,
        CASE WHEN s.active THEN 'active' WHEN s.synced THEN 'synced from the primary' ELSE 'inactive' END AS activity,
        NULL::text AS sync_state, s.behind AS lag_bytes, NULL::numeric AS lag_seconds,
        s.retained AS retained_bytes, s.safe AS safe_wal_bytes, s.wal_status,
        CASE
            WHEN s.invalid IS NOT NULL OR s.wal_status IN ('lost', 'unreserved') THEN 'critical'
            WHEN s.restart_lsn IS NULL OR s.temporary OR s.synced THEN 'ok'
            WHEN NOT s.active AND (s.retained >= 5368709120 OR (g.slot_keep > 0 AND s.retained >= 0.9 * g.slot_keep)) THEN 'critical'
            WHEN NOT s.active OR s.retained >= 5368709120 OR (g.slot_keep > 0 AND s.retained >= 0.7 * g.slot_keep)
                OR s.wal_status = 'extended' THEN 'warning'
            ELSE 'ok'
        END AS state,
        'warning when inactive, from 5 GB kept, or 70 % of max_slot_wal_keep_size; critical when lost, or inactive with 5 GB or 90 %' AS threshold,
        CASE
            WHEN s.invalid IS NOT NULL THEN 'invalidated: ' || s.invalid
            WHEN s.wal_status = 'lost' THEN 'lost: WAL that it needs is gone'
            WHEN s.wal_status = 'unreserved' THEN 'WAL that it needs goes with the next checkpoint'
            WHEN s.restart_lsn IS NULL THEN 'it has never been used and keeps no WAL'
            WHEN s.temporary THEN 'temporary: it goes with its session'
            ELSE pg_catalog.format('it keeps %s of WAL%s%s', pg_catalog.pg_size_pretty(s.retained),
                CASE WHEN s.inactive_since IS NOT NULL AND NOT s.active
                    THEN pg_catalog.format(', nobody has read it since %s', pg_catalog.date_trunc('second', s.inactive_since)) END,
                CASE WHEN g.slot_keep < 0 THEN '; max_slot_wal_keep_size is -1: nothing stops it from filling the disk' END)
        END AS reason,
        CASE WHEN NOT s.active THEN pg_catalog.format('when its reader is gone for good: SELECT pg_drop_replication_slot(%L)', s.name)
            ELSE 'find out why its reader is slow' END AS action
    FROM slot_row AS s, setting AS g
), archived AS (
    SELECT
        a.*,
        -- Timeline, then the number of the segment; history and backup files have a dot.
        CASE WHEN a.last_archived_wal ~ '^[0-9A-F]{24}$' AND NOT h.standby THEN
            g.segment * (
                pg_catalog.floor(pg_catalog.pg_wal_lsn_diff(h.lsn, '0/0') / g.segment) - 1
                - (('x' || pg_catalog.substr(a.last_archived_wal, 9, 8))::bit(32)::bigint * (4294967296 / g.segment)
                    + ('x' || pg_catalog.substr(a.last_archived_wal, 17, 8))::bit(32)::bigint)
            )
        END AS behind,
        coalesce(a.last_failed_time > coalesce(a.last_archived_time, '-infinity'), false) AS failing
    FROM pg_catalog.pg_stat_archiver AS a, here AS h, setting AS g
), archiver AS (
    SELECT
        4 AS place, 'archiver' AS kind, NULL::text AS name, g.archive_mode AS activity, NULL::text AS sync_state,
        CASE WHEN a.behind < 0 THEN 0 ELSE a.behind END AS lag_bytes,
        pg_catalog.round(pg_catalog.date_part('epoch', pg_catalog.now() - a.last_archived_time)::numeric, 1) AS lag_seconds,
        NULL::numeric AS retained_bytes, NULL::numeric AS safe_wal_bytes, NULL::text AS wal_status,
        CASE
            WHEN g.archive_mode = 'off' OR (h.standby AND g.archive_mode <> 'always') THEN 'not judged'
            WHEN coalesce(g.archive_command, '') IN ('', '(disabled)') AND coalesce(g.archive_library, '') = '' THEN 'critical'
            WHEN a.failing OR a.behind >= 1073741824 THEN 'critical'
            WHEN a.behind >= 104857600 THEN 'warning'
            ELSE 'ok'
        END AS state,
        'critical while it fails or from 1 GB behind, warning from 100 MB' AS threshold,
        CASE
            WHEN g.archive_mode = 'off' THEN 'archive_mode is off; backups by other means cannot be seen in SQL'
            WHEN h.standby AND g.archive_mode <> 'always' THEN 'a standby archives only with archive_mode = always'
            WHEN coalesce(g.archive_command, '') IN ('', '(disabled)') AND coalesce(g.archive_library, '') = ''
                THEN 'archive_mode is on without archive_command or archive_library: WAL piles up in pg_wal'
            WHEN a.failing THEN pg_catalog.format('it fails on %s since %s (%s failures since %s); the server log tells why',
                a.last_failed_wal, pg_catalog.date_trunc('second', a.last_failed_time), a.failed_count,
                pg_catalog.date_trunc('second', a.stats_reset))
            ELSE pg_catalog.format('latest file %s; %s archived and %s failures since %s',
                coalesce(a.last_archived_wal, '(none yet)'), a.archived_count, a.failed_count,
                pg_catalog.date_trunc('second', a.stats_reset))
        END AS reason,
        'mend the command: WAL is kept until it succeeds, and fills the disk' AS action
    FROM archived AS a, here AS h, setting AS g
), wanted AS (
    SELECT
        g.sync_names,
        coalesce((pg_catalog.regexp_match(g.sync_names, '^\s*(?:FIRST\s+|ANY\s+)?(\d+)\s*\(', 'i'))[1]::integer, 1) AS needed,
        CASE WHEN g.sync_names !~ '\*' THEN pg_catalog.cardinality(pg_catalog.string_to_array(g.sync_names, ',')) END AS listed,
        (SELECT pg_catalog.count(*) FROM sender AS s WHERE s.sync_state IN ('sync', 'quorum')) AS present
    FROM setting AS g
    WHERE g.sync_names <> ''
), synchronous AS (
    SELECT
        2 AS place, 'synchronous standbys' AS kind, w.sync_names AS name,
        CASE WHEN h.see_all THEN pg_catalog.format('%s of %s needed', w.present, w.needed) END AS activity, NULL::text AS sync_state,
        NULL::numeric AS lag_bytes, NULL::numeric AS lag_seconds, NULL::numeric AS retained_bytes, NULL::numeric AS safe_wal_bytes,
        NULL::text AS wal_status,
        CASE WHEN NOT h.see_all THEN 'not judged' WHEN w.present < w.needed THEN 'critical' WHEN w.listed <= w.needed THEN 'warning'
            ELSE 'ok' END AS state,
        'critical with fewer than needed, warning when none may fail' AS threshold,
        CASE
            WHEN NOT h.see_all THEN 'columns are hidden: needs pg_read_all_stats, which is part of pg_monitor'
            WHEN w.present < w.needed
                THEN 'too few standbys of these names stream: every commit waits without end, unless its synchronous_commit is local or off'
            WHEN w.listed <= w.needed THEN 'as many are named as are needed: when one fails, every commit waits'
            ELSE 'another one can take the place of one that fails'
        END AS reason,
        'start the standby, or: ALTER SYSTEM SET synchronous_standby_names = ''ANY 1 (a, b)''; SELECT pg_reload_conf()' AS action
    FROM wanted AS w, here AS h
    WHERE NOT h.standby
), published AS (
    SELECT p.oid AS pub, r.prrelid AS relid FROM pg_catalog.pg_publication AS p JOIN pg_catalog.pg_publication_rel AS r ON r.prpubid = p.oid
    UNION
    SELECT n.pnpubid, c.oid
    FROM pg_catalog.pg_publication_namespace AS n
    JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.pnnspid AND c.relkind IN ('r', 'p')
    UNION
    SELECT p.oid, c.oid FROM pg_catalog.pg_publication AS p, pg_catalog.pg_class AS c
    WHERE p.puballtables AND c.relkind = 'r' AND c.oid >= 16384
), member AS (
    -- With a partitioned table all of its partitions are published: identity counts where the row lies.
    SELECT d.pub, d.relid AS member FROM published AS d
    UNION
    SELECT m.pub, i.inhrelid
    FROM member AS m
    JOIN pg_catalog.pg_class AS p ON p.oid = m.member AND p.relkind = 'p'
    JOIN pg_catalog.pg_inherits AS i ON i.inhparent = m.member
), identity AS (
    SELECT
        p.pubname::text AS pubname, p.pubupdate OR p.pubdelete AS needs, m.member,
        -- The partition tree is told as one.
        CASE WHEN c.relispartition THEN pg_catalog.pg_partition_root(m.member)::oid ELSE m.member END AS root,
        c.relreplident,
        CASE c.relreplident
            WHEN 'f' THEN true
            WHEN 'n' THEN false
            ELSE EXISTS (
                SELECT FROM pg_catalog.pg_index AS i
                WHERE i.indrelid = m.member AND i.indisvalid AND i.indimmediate
                    AND CASE c.relreplident WHEN 'd' THEN i.indisprimary ELSE i.indisreplident END
            )
        END AS usable
    FROM member AS m
    JOIN pg_catalog.pg_publication AS p ON p.oid = m.pub
    JOIN pg_catalog.pg_class AS c ON c.oid = m.member AND c.relkind = 'r' AND c.relpersistence = 'p'
    WHERE NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = m.member AND d.deptype = 'e'
    )
), publication AS (
    SELECT
        5 AS place, 'publication' AS kind, i.pubname AS name, pg_catalog.format('%s tables', pg_catalog.count(*)) AS activity,
        NULL::text AS sync_state, NULL::numeric AS lag_bytes, NULL::numeric AS lag_seconds, NULL::numeric AS retained_bytes,
        NULL::numeric AS safe_wal_bytes, NULL::text AS wal_status,
        CASE WHEN pg_catalog.bool_or(i.needs AND NOT i.usable) THEN 'critical' ELSE 'ok' END AS state,
        'UPDATE and DELETE need a replica identity' AS threshold,
        CASE WHEN pg_catalog.bool_or(i.needs AND NOT i.usable) THEN pg_catalog.format('%s of them cannot be updated: see the rows of the tables',
            pg_catalog.count(*) FILTER (WHERE NOT i.usable)) ELSE 'every table can be updated' END AS reason,
        NULL::text AS action
    FROM identity AS i
    GROUP BY i.pubname
    UNION ALL
    SELECT 6, 'published table', pg_catalog.format('%I.%I', n.nspname, c.relname), pg_catalog.string_agg(DISTINCT i.pubname, ', '),
        NULL, NULL, NULL, NULL, NULL, NULL, 'critical', 'UPDATE and DELETE need a replica identity',
        pg_catalog.format('UPDATE and DELETE fail%s: %s',
            CASE WHEN c.relkind = 'p' THEN pg_catalog.format(' in %s of its partitions', pg_catalog.count(DISTINCT i.member)) END,
            CASE WHEN pg_catalog.bool_or(i.relreplident = 'i') THEN 'the index of its replica identity is gone'
                WHEN pg_catalog.bool_or(i.relreplident = 'n') THEN 'its replica identity is NOTHING'
                ELSE 'it has no primary key that could be its replica identity' END),
        'add a primary key; until then ALTER TABLE ... REPLICA IDENTITY USING INDEX, or FULL'
    FROM identity AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.root
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE i.needs AND NOT i.usable
    GROUP BY n.nspname, c.relname, c.relkind, c.oid
), subscription_row AS (
    SELECT
        s.subname::text AS name, s.subenabled, w.pid, w.received_lsn, w.latest_end_lsn, w.last_msg_receipt_time,
        (SELECT pg_catalog.count(*) FROM pg_catalog.pg_subscription_rel AS r WHERE r.srsubid = s.oid AND r.srsubstate <> 'r') AS unready,
        e.apply_error_count + e.sync_error_count AS errors, e.stats_reset
    FROM pg_catalog.pg_subscription AS s
    JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid AND d.datname = pg_catalog.current_database()
    LEFT JOIN pg_catalog.pg_stat_subscription AS w ON w.subid = s.oid AND w.relid IS NULL AND (pg_catalog.to_jsonb(w) ->> 'leader_pid') IS NULL
    LEFT JOIN pg_catalog.pg_stat_subscription_stats AS e ON e.subid = s.oid
), subscription AS (
    SELECT
        7 AS place, 'subscription' AS kind, s.name, CASE WHEN NOT s.subenabled THEN 'disabled' WHEN s.pid IS NULL THEN 'no worker'
            ELSE 'running' END AS activity,
        NULL::text AS sync_state, CASE WHEN s.latest_end_lsn > s.received_lsn THEN 0
            ELSE pg_catalog.pg_wal_lsn_diff(s.received_lsn, s.latest_end_lsn) END AS lag_bytes,
        pg_catalog.round(pg_catalog.date_part('epoch', pg_catalog.now() - s.last_msg_receipt_time)::numeric, 1) AS lag_seconds,
        NULL::numeric AS retained_bytes, NULL::numeric AS safe_wal_bytes, NULL::text AS wal_status,
        CASE WHEN h.standby THEN 'not judged' WHEN NOT s.subenabled THEN 'warning' WHEN s.pid IS NULL THEN 'critical'
            WHEN s.unready > 0 OR s.errors > 0 THEN 'warning' ELSE 'ok' END AS state,
        'critical without a worker; warning when disabled, with tables that are not in step, or with errors' AS threshold,
        CASE WHEN h.standby THEN 'it runs on the primary' ELSE pg_catalog.format('%s table(s) not in step; %s error(s)%s', s.unready,
            coalesce(s.errors, 0), ' since ' || pg_catalog.date_trunc('second', s.stats_reset)) END AS reason,
        'the server log has the error; ALTER SUBSCRIPTION ... ENABLE, or REFRESH PUBLICATION' AS action
    FROM subscription_row AS s, here AS h
), replay AS (
    SELECT
        g.apply_delay, g.primary_conninfo, r.pid AS receiver, r.status,
        CASE WHEN h.standby THEN pg_catalog.pg_get_wal_replay_pause_state() END AS pause,
        CASE WHEN h.standby THEN pg_catalog.pg_wal_lsn_diff(
            greatest(pg_catalog.pg_last_wal_receive_lsn(), r.latest_end_lsn), h.lsn) END AS bytes,
        CASE WHEN h.standby THEN
            pg_catalog.date_part('epoch', pg_catalog.now() - pg_catalog.pg_last_xact_replay_timestamp())::numeric END AS seconds
    FROM here AS h
    CROSS JOIN setting AS g
    LEFT JOIN pg_catalog.pg_stat_wal_receiver AS r ON true
    WHERE h.standby
), this_standby AS (
    SELECT
        0 AS place, 'this standby' AS kind, NULL::text AS name,
        pg_catalog.format('%s, replay %s', CASE WHEN r.receiver IS NULL THEN 'no WAL receiver' ELSE coalesce(r.status, 'receiving') END, r.pause)
            AS activity,
        NULL::text AS sync_state, CASE WHEN r.bytes < 0 THEN 0 ELSE r.bytes END AS lag_bytes,
        -- The time of the latest transaction tells nothing while the primary is idle.
        CASE WHEN r.bytes <= 0 AND r.receiver IS NOT NULL THEN 0 ELSE pg_catalog.round(r.seconds, 1) END AS lag_seconds,
        NULL::numeric AS retained_bytes, NULL::numeric AS safe_wal_bytes, NULL::text AS wal_status,
        CASE
            WHEN r.receiver IS NULL AND r.primary_conninfo <> '' THEN 'critical'
            WHEN r.receiver IS NULL THEN 'not judged'
            WHEN r.bytes > 0 AND r.seconds - r.apply_delay >= 60 THEN 'critical'
            WHEN r.pause <> 'not paused' THEN 'warning'
            WHEN r.bytes > 0 AND r.seconds - r.apply_delay >= 10 THEN 'warning'
            ELSE 'ok'
        END AS state,
        'critical without a connection or from 60 s behind, warning from 10 s or when paused; recovery_min_apply_delay is added' AS threshold,
        CASE
            WHEN r.receiver IS NULL AND r.primary_conninfo <> '' THEN 'not connected to its primary'
            WHEN r.receiver IS NULL AND r.primary_conninfo IS NULL THEN 'no WAL receiver, and primary_conninfo is not visible: needs pg_read_all_settings'
            WHEN r.receiver IS NULL THEN 'fed from the archive: how far behind cannot be seen'
            WHEN r.pause <> 'not paused' THEN 'replay is paused: SELECT pg_wal_replay_resume()'
            WHEN r.bytes <= 0 THEN 'all that was received is replayed'
            ELSE pg_catalog.format('recovery_min_apply_delay %s s', r.apply_delay)
        END AS reason,
        'look for queries here that hold replay up (pg_stat_database_conflicts), and at the connection to the primary' AS action
    FROM replay AS r
), all_rows AS (
    SELECT * FROM this_standby
    UNION ALL SELECT * FROM standby
    UNION ALL SELECT * FROM synchronous
    UNION ALL SELECT * FROM slot
    UNION ALL SELECT * FROM archiver
    UNION ALL SELECT * FROM publication
    UNION ALL SELECT * FROM subscription
)
SELECT
    r.kind, r.name, r.activity, r.sync_state, r.lag_bytes::bigint AS lag_bytes, r.lag_seconds,
    r.retained_bytes::bigint AS retained_bytes, r.safe_wal_bytes::bigint AS safe_wal_bytes, r.wal_status, r.state, r.threshold, r.reason,
    CASE WHEN r.state IN ('warning', 'critical') THEN r.action END AS action
FROM all_rows AS r
ORDER BY r.place, r.name;

COMMENT ON VIEW architect.replication_health IS 'Standbys, synchronous commit, slots, WAL archive, publications and subscriptions; on a standby its own replay too';
COMMENT ON COLUMN architect.replication_health.kind IS 'this standby, standby, synchronous standbys, physical or logical slot, archiver, publication, published table, or subscription';
COMMENT ON COLUMN architect.replication_health.name IS 'Its name; for synchronous standbys the value of synchronous_standby_names';
COMMENT ON COLUMN architect.replication_health.activity IS 'What it does now';
COMMENT ON COLUMN architect.replication_health.sync_state IS 'Of a standby: async, potential, sync or quorum';
COMMENT ON COLUMN architect.replication_health.lag_bytes IS 'WAL that it has still to replay, confirm or archive, in bytes';
COMMENT ON COLUMN architect.replication_health.lag_seconds IS 'Delay of replay; of the archiver and subscriptions the time since the latest file or message, in seconds';
COMMENT ON COLUMN architect.replication_health.retained_bytes IS 'WAL that a slot keeps on disk, in bytes';
COMMENT ON COLUMN architect.replication_health.safe_wal_bytes IS 'WAL that can be written before a slot is lost, in bytes; NULL without max_slot_wal_keep_size';
COMMENT ON COLUMN architect.replication_health.wal_status IS 'Of a slot: reserved, extended, unreserved or lost';
COMMENT ON COLUMN architect.replication_health.state IS 'ok, warning, critical, or not judged';
COMMENT ON COLUMN architect.replication_health.threshold IS 'What it was compared with';
COMMENT ON COLUMN architect.replication_health.reason IS 'What the state is about';
COMMENT ON COLUMN architect.replication_health.action IS 'What to do when it is not ok';

GRANT SELECT ON architect.replication_health TO pg_monitor;

-- sql/views/lock_tree.sql

-- pg_blocking_pids() gives everybody that is ahead in the queue, so all paths of a queue of n sessions would be exponentially many.
-- Each waiting session is told once, under one blocker; blocked_by has them all.
CREATE VIEW architect.lock_tree WITH (security_invoker = true) AS
WITH RECURSIVE lock AS MATERIALIZED (
    SELECT l.* FROM pg_catalog.pg_locks AS l
), prepared AS MATERIALIZED (
    -- Which locks are those of a prepared transaction tells the one on its own transaction id, which each of them holds.
    SELECT p.gid, l.virtualtransaction
    FROM pg_catalog.pg_prepared_xacts AS p
    JOIN lock AS l ON l.pid IS NULL AND l.locktype = 'transactionid' AND l.transactionid = p.transaction
), locks AS MATERIALIZED (
    SELECT
        l.*,
        p.gid,
        -- A prepared transaction has no process; pg_blocking_pids() says 0 for it.
        CASE WHEN l.pid IS NOT NULL THEN l.pid::text WHEN p.gid IS NOT NULL THEN 'prepared ' || p.gid END AS node
    FROM lock AS l
    LEFT JOIN prepared AS p ON l.pid IS NULL AND l.virtualtransaction = p.virtualtransaction
), waiting AS MATERIALIZED (
    -- A process waits for one lock at a time.
    SELECT DISTINCT ON (l.pid) l.*, pg_catalog.pg_blocking_pids(l.pid) AS pids
    FROM locks AS l
    WHERE NOT l.granted AND l.pid IS NOT NULL
    ORDER BY l.pid, l.waitstart
), edge AS MATERIALIZED (
    SELECT DISTINCT w.node, b.pid::text AS blocker
    FROM waiting AS w
    CROSS JOIN LATERAL pg_catalog.unnest(w.pids) AS b (pid)
    WHERE b.pid <> 0
    UNION
    -- Which prepared transaction: one that holds the same thing. Which modes conflict is told by PostgreSQL with its 0.
    SELECT w.node, l.node
    FROM waiting AS w
    JOIN locks AS l ON l.granted AND l.gid IS NOT NULL AND l.locktype = w.locktype
        AND (l.database, l.relation, l.page, l.tuple, l.virtualxid, l.transactionid, l.classid, l.objid, l.objsubid)
            IS NOT DISTINCT FROM
            (w.database, w.relation, w.page, w.tuple, w.virtualxid, w.transactionid, w.classid, w.objid, w.objsubid)
    WHERE 0 = ANY (w.pids)
), parent AS MATERIALIZED (
    -- One that does not wait itself, else the one that waits longest.
    SELECT DISTINCT ON (e.node) e.node, e.blocker
    FROM edge AS e
    LEFT JOIN waiting AS w ON w.node = e.blocker
    ORDER BY e.node, w.node IS NOT NULL, w.waitstart, e.blocker
), walk AS (
    SELECT p.node, p.blocker AS top, ARRAY[p.blocker, p.node] AS path, false AS circle
    FROM parent AS p
    UNION ALL
    SELECT w.node, p.blocker, p.blocker || w.path, p.blocker = ANY (w.path)
    FROM walk AS w
    JOIN parent AS p ON p.node = w.top
    WHERE NOT w.circle
), chain AS (
    SELECT DISTINCT ON (w.node) w.node, w.top AS root, w.path, w.circle, pg_catalog.cardinality(w.path) - 1 AS depth
    FROM walk AS w
    ORDER BY w.node, pg_catalog.cardinality(w.path) DESC
), node AS (
    SELECT c.node, c.root, c.path, c.circle, c.depth FROM chain AS c
    UNION ALL
    SELECT DISTINCT c.root, c.root, ARRAY[c.root], false, 0 FROM chain AS c WHERE NOT c.circle
), behind AS (
    SELECT b.node, pg_catalog.count(*) AS sessions
    FROM (SELECT DISTINCT u.node, c.node AS blocked FROM chain AS c CROSS JOIN LATERAL pg_catalog.unnest(c.path) AS u (node)) AS b
    WHERE b.node <> b.blocked
    GROUP BY b.node
), told AS (
    SELECT
        n.*,
        coalesce(b.sessions, 0) AS sessions_behind,
        w.locktype, w.mode, w.pids, w.database AS lock_database, w.relation, w.page, w.tuple, w.transactionid, w.virtualxid,
        w.classid, w.objid, w.objsubid,
        a.pid, a.usename, a.datname, a.application_name, a.state AS session_state, a.query,
        p.gid, p.owner, p.database AS prepared_database,
        pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - w.waitstart) AS waited,
        pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - coalesce(a.xact_start, p.prepared)) AS open_for
    FROM node AS n
    LEFT JOIN behind AS b ON b.node = n.node
    LEFT JOIN waiting AS w ON w.node = n.node
    LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid::text = n.node
    LEFT JOIN pg_catalog.pg_prepared_xacts AS p ON 'prepared ' || p.gid = n.node
)
SELECT
    t.root,
    t.depth,
    pg_catalog.array_to_string(t.path, ' > ') AS path,
    t.pid,
    t.gid AS prepared_transaction,
    t.sessions_behind,
    CASE WHEN t.pids IS NOT NULL
        THEN ARRAY(SELECT e.blocker FROM edge AS e WHERE e.node = t.node ORDER BY e.blocker) END AS blocked_by,
    coalesce(t.usename, t.owner)::text AS user_name,
    coalesce(t.datname, t.prepared_database)::text AS database_name,
    t.application_name,
    coalesce(t.session_state, CASE WHEN t.gid IS NOT NULL THEN 'prepared' END) AS session_state,
    t.locktype AS lock_type,
    t.mode AS lock_mode,
    CASE
        WHEN t.relation IS NOT NULL THEN
            coalesce(pg_catalog.format('%I.%I', s.nspname, c.relname),
                pg_catalog.format('relation %s of database %s', t.relation, coalesce(d.datname::text, t.lock_database::text)))
            || coalesce(', row (' || t.page || ',' || t.tuple || ')', ', page ' || t.page, '')
        WHEN t.transactionid IS NOT NULL THEN pg_catalog.format('end of transaction %s', t.transactionid)
        WHEN t.virtualxid IS NOT NULL THEN pg_catalog.format('end of transaction %s', t.virtualxid)
        WHEN t.locktype = 'advisory' THEN pg_catalog.format('advisory lock (%s, %s)', t.classid, t.objid)
        WHEN t.locktype = 'object' THEN pg_catalog.format('object %s of %s', t.objid, t.classid::pg_catalog.regclass)
        ELSE t.locktype
    END AS locked_object,
    -- What the one above holds of the same thing, where it holds it already.
    (
        SELECT pg_catalog.string_agg(DISTINCT h.mode, ', ')
        FROM locks AS h
        WHERE t.depth > 0 AND h.granted AND h.node = t.path[pg_catalog.cardinality(t.path) - 1] AND h.locktype = t.locktype
            AND (h.database, h.relation, h.page, h.tuple, h.virtualxid, h.transactionid, h.classid, h.objid, h.objsubid)
                IS NOT DISTINCT FROM
                (t.lock_database, t.relation, t.page, t.tuple, t.virtualxid, t.transactionid, t.classid, t.objid, t.objsubid)
    ) AS blocker_holds,
    pg_catalog.round(t.waited::numeric, 1) AS waiting_seconds,
    pg_catalog.round(t.open_for::numeric, 1) AS transaction_seconds,
    t.query,
    CASE
        WHEN t.circle OR t.waited >= 600 THEN 'critical'
        WHEN t.waited >= 300 OR (t.depth = 0 AND t.sessions_behind >= 3) THEN 'warning'
        WHEN t.depth > 0 AND t.waited IS NULL THEN 'not judged'
        ELSE 'ok'
    END AS state,
    CASE
        WHEN t.circle THEN 'they wait for each other in a circle: PostgreSQL ends one of them after deadlock_timeout'
        WHEN t.depth > 0 AND t.waited IS NULL THEN 'it began to wait just now'
        WHEN t.depth > 0 THEN pg_catalog.format('waits for %s s', pg_catalog.round(t.waited::numeric))
        ELSE pg_catalog.format('%s session(s) wait behind it%s', t.sessions_behind,
            CASE WHEN t.gid IS NOT NULL THEN ', a prepared transaction that nobody has ended'
                WHEN t.session_state LIKE 'idle in transaction%' THEN ', and it is idle in a transaction' ELSE '' END)
    END AS reason,
    CASE WHEN t.depth > 0 THEN 'warning from 300 s of waiting, critical from 600 s or a deadlock'
        ELSE 'warning from 3 sessions behind it' END AS threshold,
    CASE WHEN t.depth = 0 THEN
        CASE WHEN t.gid IS NOT NULL THEN pg_catalog.format('ROLLBACK PREPARED %L', t.gid)
            WHEN t.session_state = 'active' THEN pg_catalog.format('SELECT pg_cancel_backend(%s)', t.pid)
            WHEN t.pid IS NOT NULL THEN pg_catalog.format('SELECT pg_terminate_backend(%s)', t.pid) END
    END AS way_out
FROM told AS t
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = t.lock_database
LEFT JOIN pg_catalog.pg_class AS c
    ON c.oid = t.relation AND (t.lock_database = 0 OR d.datname = pg_catalog.current_database())
LEFT JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
ORDER BY t.root, t.path;

COMMENT ON VIEW architect.lock_tree IS 'Who waits for a lock, and behind whom: each waiting session once, with the one that blocks it all at the top';
COMMENT ON COLUMN architect.lock_tree.root IS 'Process id, or "prepared" and the name, of the one that waits for nobody and blocks the rest';
COMMENT ON COLUMN architect.lock_tree.depth IS 'Steps below the root: 0 is the root itself';
COMMENT ON COLUMN architect.lock_tree.path IS 'From the root to this one; of several blockers the one that does not wait, else the one that waits longest';
COMMENT ON COLUMN architect.lock_tree.pid IS 'Process id of this session; NULL for a prepared transaction';
COMMENT ON COLUMN architect.lock_tree.prepared_transaction IS 'Name of the prepared transaction, where it is one';
COMMENT ON COLUMN architect.lock_tree.sessions_behind IS 'Number of sessions that wait behind this one, at any depth';
COMMENT ON COLUMN architect.lock_tree.blocked_by IS 'All that block it, those ahead of it in the queue included; NULL for a root';
COMMENT ON COLUMN architect.lock_tree.user_name IS 'Role of the session, or owner of the prepared transaction';
COMMENT ON COLUMN architect.lock_tree.database_name IS 'Database of the session';
COMMENT ON COLUMN architect.lock_tree.application_name IS 'Its application_name; NULL without the rights of pg_read_all_stats';
COMMENT ON COLUMN architect.lock_tree.session_state IS 'active, idle in transaction, ..., or prepared; NULL without the rights of pg_read_all_stats';
COMMENT ON COLUMN architect.lock_tree.lock_type IS 'What kind of thing it waits for, as in pg_locks; NULL for a root';
COMMENT ON COLUMN architect.lock_tree.lock_mode IS 'The lock that it wants';
COMMENT ON COLUMN architect.lock_tree.locked_object IS 'What it wants to lock: a relation of this database by its name, others by their number';
COMMENT ON COLUMN architect.lock_tree.blocker_holds IS 'The locks that the one above it holds of the same thing; NULL when that one only queues ahead of it';
COMMENT ON COLUMN architect.lock_tree.waiting_seconds IS 'How long it has waited, in seconds';
COMMENT ON COLUMN architect.lock_tree.transaction_seconds IS 'How long its transaction has been open, or prepared, in seconds';
COMMENT ON COLUMN architect.lock_tree.query IS 'Its statement, or its latest one when idle, as far as the caller may see it';
COMMENT ON COLUMN architect.lock_tree.state IS 'ok, warning, critical, or not judged';
COMMENT ON COLUMN architect.lock_tree.reason IS 'What the state is about';
COMMENT ON COLUMN architect.lock_tree.threshold IS 'What it was compared with';
COMMENT ON COLUMN architect.lock_tree.way_out IS 'For a root: the statement that frees the others, to be run after a look at what it ends';

GRANT SELECT ON architect.lock_tree TO pg_monitor;

-- sql/views/capacity.sql

-- Everything that can run full, and how full it is. What is on disk is told by the size functions for databases and tablespaces,
-- which read directories and take no lock; of relations by pg_class, since their size functions would wait for an exclusive lock.
CREATE VIEW architect.capacity WITH (security_invoker = true) AS
WITH may AS (
    SELECT
        pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS see_all,
        pg_catalog.current_setting('block_size')::numeric AS block_size,
        pg_catalog.pg_is_in_recovery() AS standby
), relation AS (
    SELECT
        c.oid, c.relname, n.nspname, c.relkind, c.relnatts, c.reltoastrelid,
        -- Stored as an unsigned number in a signed column.
        c.relpages::bigint & 4294967295 AS pages
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm', 'p', 'i') AND c.relpersistence <> 't'
        AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e'
        )
), stored AS (
    SELECT pg_catalog.format('%I.%I', r.nspname, r.relname) AS name, r.pages, r.oid
    FROM relation AS r
    WHERE r.relkind IN ('r', 'm', 'i')
    UNION ALL
    SELECT pg_catalog.format('TOAST of %I.%I', r.nspname, r.relname), t.relpages::bigint & 4294967295, t.oid
    FROM relation AS r
    JOIN pg_catalog.pg_class AS t ON t.oid = r.reltoastrelid
), large AS (
    SELECT s.name, s.pages, pg_catalog.row_number() OVER (ORDER BY s.pages DESC, s.oid) AS rank
    FROM stored AS s
    WHERE s.pages > 0
), wide AS (
    SELECT r.nspname, r.relname, r.relnatts, pg_catalog.row_number() OVER (ORDER BY r.relnatts DESC, r.oid) AS rank
    FROM relation AS r
    WHERE r.relkind IN ('r', 'p')
), sequence AS MATERIALIZED (
    -- Read once, and judged by one measure: what sequence_health says.
    SELECT
        s.schema_name AS nspname, s.sequence_name AS relname, s.values_used AS used, s.values_in_all AS room, s.verdict, s.reason,
        s.reason LIKE 'the column (%' OR s.reason LIKE '%; the column (%' AS narrow
    FROM architect.sequence_health AS s
), sequence_ranked AS (
    SELECT s.*, pg_catalog.row_number() OVER (ORDER BY s.used / nullif(s.room, 0) DESC NULLS LAST, s.nspname, s.relname) AS rank
    FROM sequence AS s
    WHERE s.used IS NOT NULL
), measured AS (
    SELECT 1 AS place, 'connections' AS resource, NULL::text AS object,
        CASE WHEN may.see_all THEN (
            SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity AS a WHERE a.backend_type = 'client backend'
        ) END::numeric AS used,
        (
            pg_catalog.current_setting('max_connections')::integer
            - pg_catalog.current_setting('superuser_reserved_connections')::integer
            - coalesce(pg_catalog.current_setting('reserved_connections', true)::integer, 0)
        )::numeric AS limit_value,
        'sessions' AS unit, 70 AS warning_at, 90 AS critical_at,
        'max_connections less the reserved ones' AS about,
        'other roles'' sessions are not visible: needs pg_read_all_stats, which is part of pg_monitor' AS unseen
    FROM may
    UNION ALL
    SELECT 2, 'transaction ids of database', d.datname::text, pg_catalog.age(d.datfrozenxid), 2147483648, 'transactions', 40, 75,
        'oldest row that is not frozen; PostgreSQL refuses to write shortly before the limit; VACUUM (FREEZE) of its oldest tables', NULL
    FROM pg_catalog.pg_database AS d
    UNION ALL
    SELECT 3, 'multixact ids of database', d.datname::text, pg_catalog.mxid_age(d.datminmxid), 2147483648, 'multixacts', 40, 75,
        'oldest multixact that is not frozen; the space of their members can run out before', NULL
    FROM pg_catalog.pg_database AS d
    UNION ALL
    SELECT 4, 'replication slots', NULL, pg_catalog.count(*), pg_catalog.current_setting('max_replication_slots')::numeric, 'slots', 80, 100,
        'max_replication_slots', NULL
    FROM pg_catalog.pg_replication_slots
    UNION ALL
    SELECT 5, 'walsenders', NULL, pg_catalog.count(*), pg_catalog.current_setting('max_wal_senders')::numeric, 'processes', 80, 100,
        'max_wal_senders; a base backup takes two', NULL
    -- The rows are there for everybody, only their columns are not.
    FROM pg_catalog.pg_stat_replication
    UNION ALL
    SELECT 6, 'prepared transactions', NULL, pg_catalog.count(*), pg_catalog.current_setting('max_prepared_transactions')::numeric,
        'transactions', 80, 100, 'max_prepared_transactions', NULL
    FROM pg_catalog.pg_prepared_xacts
    UNION ALL
    SELECT 7, 'lock table', NULL,
        -- As text: transaction ids can be compared, but not sorted.
        pg_catalog.count(DISTINCT (l.locktype, l.database, l.relation, l.page, l.tuple, l.virtualxid,
            l.transactionid, l.classid, l.objid, l.objsubid)::text),
        pg_catalog.current_setting('max_locks_per_transaction')::numeric
            * (pg_catalog.current_setting('max_connections')::numeric + pg_catalog.current_setting('max_prepared_transactions')::numeric),
        'objects', 70, 90, 'max_locks_per_transaction x (max_connections + max_prepared_transactions)', NULL
    FROM pg_catalog.pg_locks AS l
    -- Predicate locks (SERIALIZABLE) live in a table of their own, as those of the fast path do not live here.
    WHERE NOT l.fastpath AND l.locktype <> 'virtualxid' AND l.mode <> 'SIReadLock'
    UNION ALL
    SELECT 8, 'WAL kept by slot', s.slot_name::text,
        pg_catalog.pg_wal_lsn_diff(
            CASE WHEN may.standby THEN pg_catalog.pg_last_wal_replay_lsn() ELSE pg_catalog.pg_current_wal_lsn() END, s.restart_lsn),
        CASE WHEN g.setting::bigint >= 0 THEN g.setting::numeric * 1048576 END, 'bytes', 70, 90,
        CASE WHEN g.setting::bigint >= 0 THEN 'max_slot_wal_keep_size: beyond it the slot is lost'
            ELSE 'max_slot_wal_keep_size is -1: nothing stops it from filling the disk' END, 'it keeps no WAL'
    FROM pg_catalog.pg_replication_slots AS s, may, pg_catalog.pg_settings AS g
    WHERE g.name = 'max_slot_wal_keep_size'
    UNION ALL
    SELECT 9, 'sequence', pg_catalog.format('%I.%I', s.nspname, s.relname), s.used, s.room, 'values', 75, 90,
        CASE WHEN s.verdict = 'cycles' THEN 'it begins again at its end (CYCLE)'
            WHEN s.narrow THEN 'its column''s type ends before it does'
            ELSE 'up to its MAXVALUE, or MINVALUE when it counts down' END,
        NULL
    FROM sequence_ranked AS s
    WHERE s.rank <= 20 OR s.used >= 0.75 * s.room
    UNION ALL
    SELECT 10, 'sequences', pg_catalog.format('%s that could not be read', pg_catalog.count(*)), NULL, NULL, 'values', 75, 90, NULL,
        pg_catalog.format('%s without USAGE or SELECT, %s locked by another session, %s unlogged on a standby',
            pg_catalog.count(*) FILTER (WHERE s.reason LIKE 'not judged: no right%'),
            pg_catalog.count(*) FILTER (WHERE s.reason LIKE 'not judged: another session%'),
            pg_catalog.count(*) FILTER (WHERE s.reason LIKE 'not judged: unlogged%'))
            || CASE WHEN pg_catalog.bool_or(s.reason LIKE 'not judged: restarted%' OR s.reason LIKE 'not judged: more%')
                THEN pg_catalog.format(', %s restarted and not used since, %s more than one transaction can lock',
                    pg_catalog.count(*) FILTER (WHERE s.reason LIKE 'not judged: restarted%'),
                    pg_catalog.count(*) FILTER (WHERE s.reason LIKE 'not judged: more%')) ELSE '' END
    FROM sequence AS s
    WHERE s.verdict = 'not judged'
    HAVING pg_catalog.count(*) > 0
    UNION ALL
    SELECT 11, 'columns of table', pg_catalog.format('%I.%I', w.nspname, w.relname), w.relnatts, 1600, 'columns', 50, 80,
        'dropped columns count until the table is made anew', NULL
    FROM wide AS w
    WHERE w.rank <= 3 OR w.relnatts >= 800
    UNION ALL
    SELECT 12, 'relation', l.name, l.pages * may.block_size, 4294967295 * may.block_size,
        'bytes', 50, 80, 'as of its latest VACUUM or ANALYZE; a relation holds 2^32 - 1 pages: partition it before', NULL
    FROM large AS l, may
    WHERE l.rank <= 20 OR l.pages >= 2147483648
    UNION ALL
    SELECT 13, 'database', d.datname::text,
        CASE WHEN may.see_all OR pg_catalog.has_database_privilege(d.oid, 'CONNECT') THEN pg_catalog.pg_database_size(d.oid) END,
        NULL, 'bytes', NULL, NULL, 'free disk space cannot be seen in SQL', 'no right to connect to it'
    FROM pg_catalog.pg_database AS d, may
    UNION ALL
    SELECT 14, 'tablespace', t.spcname::text,
        CASE WHEN may.see_all OR pg_catalog.has_tablespace_privilege(t.oid, 'CREATE') THEN pg_catalog.pg_tablespace_size(t.oid) END,
        NULL, 'bytes', NULL, NULL, 'free disk space cannot be seen in SQL', 'no right to it: needs pg_read_all_stats'
    FROM pg_catalog.pg_tablespace AS t, may
)
SELECT
    m.resource,
    m.object,
    m.used,
    m.limit_value,
    m.unit,
    CASE WHEN m.limit_value > 0 THEN pg_catalog.round(100.0 * m.used / m.limit_value, 1) END AS used_percent,
    CASE
        WHEN m.used IS NULL OR m.limit_value IS NULL THEN 'not judged'
        WHEN m.about LIKE '%(CYCLE)' OR m.limit_value <= 0 THEN 'ok'
        WHEN m.used >= m.limit_value * m.critical_at / 100.0 THEN 'critical'
        WHEN m.used >= m.limit_value * m.warning_at / 100.0 THEN 'warning'
        ELSE 'ok'
    END AS state,
    CASE WHEN m.limit_value IS NOT NULL OR m.used IS NULL
        THEN pg_catalog.format('warning from %s %%, critical from %s %%', m.warning_at, m.critical_at) END AS threshold,
    CASE WHEN m.used IS NULL THEN m.unseen ELSE m.about END AS reason,
    CASE WHEN m.unit = 'bytes' AND m.used IS NOT NULL THEN pg_catalog.pg_size_pretty(m.used) END AS used_pretty
FROM measured AS m
ORDER BY
    CASE
        WHEN m.used IS NULL OR m.limit_value IS NULL OR m.about LIKE '%(CYCLE)' OR m.limit_value <= 0 THEN 2
        WHEN m.used >= m.limit_value * m.critical_at / 100.0 THEN 0
        WHEN m.used >= m.limit_value * m.warning_at / 100.0 THEN 1
        ELSE 2
    END,
    m.place,
    m.used / nullif(m.limit_value, 0) DESC NULLS LAST,
    m.used DESC NULLS LAST,
    m.object;

COMMENT ON VIEW architect.capacity IS 'What can run full, the fullest first: connections, ids, slots, locks, sequences, columns, relations, databases and tablespaces';
COMMENT ON COLUMN architect.capacity.resource IS 'What is used up';
COMMENT ON COLUMN architect.capacity.object IS 'Of which object; NULL for the server as a whole. Of sequences (those of which is known where they stand) and relations the twenty fullest, and all above the threshold';
COMMENT ON COLUMN architect.capacity.used IS 'How much of it is used, in the unit of the column unit; NULL when it cannot be seen';
COMMENT ON COLUMN architect.capacity.limit_value IS 'How much there is, in the same unit; NULL when SQL cannot tell';
COMMENT ON COLUMN architect.capacity.unit IS 'Unit of used and limit_value';
COMMENT ON COLUMN architect.capacity.used_percent IS 'used as a share of limit_value, in percent';
COMMENT ON COLUMN architect.capacity.state IS 'ok, warning, critical, or not judged';
COMMENT ON COLUMN architect.capacity.threshold IS 'What used_percent was compared with';
COMMENT ON COLUMN architect.capacity.reason IS 'What the limit is, or why it is not judged';
COMMENT ON COLUMN architect.capacity.used_pretty IS 'used for people, where it is in bytes';

GRANT SELECT ON architect.capacity TO pg_monitor;

-- sql/functions/cascade_fanout.sql

-- Each constraint once: a walk of all paths would grow exponentially where cascades form a mesh.
CREATE FUNCTION architect.cascade_fanout("table" text) RETURNS TABLE (
    depth integer,
    path text[],
    table_name text,
    constraint_name text,
    constraint_columns text[],
    child_rows bigint,
    rows_per_deleted_row numeric,
    indexed boolean,
    index_name text,
    returns boolean,
    state text,
    reason text
)
    LANGUAGE plpgsql STABLE SECURITY INVOKER PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    -- Compiling this query takes longer than running it.
    SET jit = off
    AS $function$
#variable_conflict use_column
DECLARE
    names text[] := pg_catalog.parse_ident("table");
    start oid;
BEGIN
    IF "table" IS NULL THEN
        RETURN;
    END IF;
    IF pg_catalog.cardinality(names) = 1 THEN
        -- This function's search_path is pinned, so that of the caller is not known: a bare name must be the only one.
        SELECT CASE WHEN pg_catalog.count(*) = 1 THEN pg_catalog.min(c.oid::bigint)::oid END INTO start
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relname = names[1] AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
            AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast');
    ELSIF pg_catalog.cardinality(names) = 2 THEN
        SELECT c.oid INTO start
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = names[1] AND c.relname = names[2] AND c.relkind IN ('r', 'p');
    END IF;
    IF start IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_table',
            MESSAGE = pg_catalog.format('there is no one table "%s"', "table"),
            HINT = 'Write schema.table, as it is spelled in SQL.';
    END IF;

    RETURN QUERY
    -- Whole and then filtered: with the filter inside, the planner takes the relationships to be few, and compares each with each.
    WITH RECURSIVE relationship AS MATERIALIZED (
        SELECT r.* FROM architect.relationship_catalog AS r
    ), edge AS MATERIALIZED (
        SELECT r.*, pg_catalog.format('%I.%I', r.child_schema, r.child_table) AS child
        FROM relationship AS r
        WHERE r.on_delete = 'CASCADE' AND r.validity <> 'not enforced'
    ), up AS (
        SELECT i.inhrelid AS member, i.inhparent AS ancestor
        FROM pg_catalog.pg_inherits AS i
        JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent AND p.relkind = 'p'
        UNION
        SELECT u.member, i.inhparent
        FROM up AS u
        JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = u.ancestor
    ), heir AS (
        -- DELETE takes the rows of tables that inherit along; a cascade, further down, does not.
        SELECT start AS oid
        UNION
        SELECT i.inhrelid
        FROM heir AS h
        JOIN pg_catalog.pg_inherits AS i ON i.inhparent = h.oid
        JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid AND NOT c.relispartition
    ), node AS (
        SELECT h.oid FROM heir AS h
        UNION
        SELECT e.child_oid FROM edge AS e
    ), link AS MATERIALIZED (
        -- A row of a partitioned table lies in a leaf, and goes by references to the leaf and to all above it.
        SELECT k.oid AS origin, e.child_oid AS target, e.constraint_oid
        FROM (
            SELECT n.oid, n.oid AS other FROM node AS n
            UNION
            SELECT n.oid, u.ancestor FROM node AS n JOIN up AS u ON u.member = n.oid
            UNION
            SELECT n.oid, u.member FROM node AS n JOIN up AS u ON u.ancestor = n.oid
        ) AS k
        JOIN edge AS e ON e.parent_oid = k.other
    ), reached AS (
        -- UNION drops what was seen on any path: that ends circles, and keeps a mesh linear.
        SELECT h.oid FROM heir AS h
        UNION
        SELECT l.target FROM reached AS r JOIN link AS l ON l.origin = r.oid
    ), visit AS MATERIALIZED (
        -- They come level by level, so the first way to a table is a shortest one.
        SELECT r.oid, pg_catalog.row_number() OVER () AS place FROM reached AS r
    ), first_way AS MATERIALIZED (
        SELECT DISTINCT ON (l.target) l.target, l.origin, l.constraint_oid
        FROM link AS l
        JOIN visit AS v ON v.oid = l.origin
        WHERE l.target <> l.origin AND NOT EXISTS (SELECT FROM heir AS h WHERE h.oid = l.target)
        ORDER BY l.target, v.place, l.constraint_oid
    ), walk AS (
        SELECT h.oid, 0 AS depth, ARRAY[pg_catalog.format('%I.%I', n.nspname, c.relname)] AS path, ARRAY[start, h.oid] AS oids, 1::numeric AS share
        FROM heir AS h
        JOIN pg_catalog.pg_class AS c ON c.oid = start
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        UNION ALL
        SELECT f.target, w.depth + 1, w.path || e.child, w.oids || f.target,
            CASE WHEN e.parent_rows > 0 THEN w.share * e.child_rows / e.parent_rows END
        FROM walk AS w
        JOIN first_way AS f ON f.origin = w.oid
        JOIN edge AS e ON e.constraint_oid = f.constraint_oid
    ), told AS (
        SELECT DISTINCT ON (l.constraint_oid) l.constraint_oid, l.origin
        FROM link AS l
        JOIN visit AS v ON v.oid = l.origin
        ORDER BY l.constraint_oid, v.place
    )
    SELECT
        w.depth + 1,
        w.path || e.child,
        e.child,
        e.constraint_name::text,
        e.child_columns::text[],
        e.child_rows,
        CASE WHEN e.parent_rows > 0 THEN pg_catalog.round(w.share * e.child_rows / e.parent_rows, 2) END,
        e.index_name IS NOT NULL,
        e.index_name::text,
        e.child_oid = ANY (w.oids),
        CASE WHEN e.index_name IS NOT NULL THEN 'ok' ELSE 'warning' END,
        nullif(pg_catalog.concat_ws('; ',
            CASE WHEN e.index_name IS NULL THEN 'no index serves the cascade: each deleted row scans this table' END,
            CASE WHEN e.child_oid = ANY (w.oids) THEN 'leads back to a table of its own path: how many rows go depends on the data' END), '')
    FROM told AS t
    JOIN edge AS e ON e.constraint_oid = t.constraint_oid
    JOIN walk AS w ON w.oid = t.origin
    ORDER BY w.depth, w.path || e.child, e.constraint_name;
END
$function$;

COMMENT ON FUNCTION architect.cascade_fanout(text) IS 'What a DELETE in a table takes along by ON DELETE CASCADE: each constraint once, on its shortest path, with estimated rows and whether an index serves it';

REVOKE ALL ON FUNCTION architect.cascade_fanout(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION architect.cascade_fanout(text) TO pg_monitor;

-- sql/functions/plans/helpers.sql

-- What the plans share. None of them takes a lock on a relation.

-- All below a partitioned table, in the order of their names. Not pg_partition_tree(): that takes locks, and waits for them.
CREATE FUNCTION architect.plan_partitions(relation regclass, OUT relid oid, OUT isleaf boolean) RETURNS SETOF record
    LANGUAGE sql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
WITH RECURSIVE below AS (
    SELECT i.inhrelid FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid WHERE i.inhparent = relation AND c.relispartition
    UNION ALL
    SELECT i.inhrelid FROM below AS b JOIN pg_inherits AS i ON i.inhparent = b.inhrelid
)
SELECT c.oid, c.relkind <> 'p' FROM below AS b JOIN pg_class AS c ON c.oid = b.inhrelid ORDER BY c.relname, c.oid
$$;

COMMENT ON FUNCTION architect.plan_partitions(regclass) IS 'For the plans: the partitions below a table, of all levels';

CREATE FUNCTION architect.plan_heirs(relation regclass) RETURNS SETOF oid
    LANGUAGE sql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
WITH RECURSIVE below AS (
    SELECT inhrelid FROM pg_inherits WHERE inhparent = relation
    UNION
    SELECT i.inhrelid FROM below AS b JOIN pg_inherits AS i ON i.inhparent = b.inhrelid
)
SELECT inhrelid FROM below ORDER BY inhrelid
$$;

COMMENT ON FUNCTION architect.plan_heirs(regclass) IS 'For the plans: the partitions and the tables that inherit from a table, of all levels';

CREATE FUNCTION architect.plan_table(
    relation regclass,
    OUT schema_name text,
    OUT table_name text,
    OUT sql_name text,
    OUT partitioned boolean,
    OUT with_partitions text
)
    LANGUAGE plpgsql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    found_kind "char";
    children bigint;
    what text;
BEGIN
    SELECT n.nspname, c.relname, format('%I.%I', n.nspname, c.relname), c.relkind
      INTO schema_name, table_name, sql_name, found_kind
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
     WHERE c.oid = relation;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_table',
            MESSAGE = format('relation with OID %s does not exist', relation::oid);
    END IF;
    IF found_kind NOT IN ('r', 'p') THEN
        what := CASE found_kind
            WHEN 'v' THEN 'a view' WHEN 'm' THEN 'a materialized view' WHEN 'i' THEN 'an index' WHEN 'I' THEN 'a partitioned index'
            WHEN 'S' THEN 'a sequence' WHEN 'f' THEN 'a foreign table' WHEN 'c' THEN 'a composite type' WHEN 't' THEN 'a TOAST table'
            ELSE 'something else' END;
        RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
            MESSAGE = format('%s is not a table', sql_name),
            DETAIL = format('It is %s.', what),
            HINT = 'A plan needs an ordinary or a partitioned table.';
    END IF;
    IF schema_name IN ('pg_catalog', 'information_schema', 'architect') OR schema_name ~ '^pg_(toast|temp_)' THEN
        RAISE EXCEPTION USING ERRCODE = 'wrong_object_type',
            MESSAGE = format('%s is not a table that has plans', sql_name),
            DETAIL = 'Temporary tables, those of the system and those of the extension are left alone.';
    END IF;
    partitioned := found_kind = 'p';
    with_partitions := sql_name;
    IF partitioned THEN
        SELECT count(*) INTO children FROM architect.plan_partitions(relation);
        IF children > 0 THEN
            with_partitions := format('%s and its %s partition%s', sql_name, children, CASE WHEN children = 1 THEN '' ELSE 's' END);
        END IF;
    END IF;
END
$$;

COMMENT ON FUNCTION architect.plan_table(regclass) IS 'For the plans: the names of a table, and an error that says so where it is none';

CREATE FUNCTION architect.plan_column(relation regclass, column_name name) RETURNS smallint
    LANGUAGE plpgsql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    number smallint;
BEGIN
    SELECT attnum INTO number
      FROM pg_attribute
     WHERE attrelid = relation AND attname = column_name AND attnum > 0 AND NOT attisdropped;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_column',
            MESSAGE = format('column %I of %s does not exist', column_name, (architect.plan_table(relation)).sql_name),
            DETAIL = (SELECT 'The table has ' || string_agg(quote_ident(attname), ', ' ORDER BY attnum) || '.'
                        FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped);
    END IF;
    RETURN number;
END
$$;

COMMENT ON FUNCTION architect.plan_column(regclass, name) IS 'For the plans: the number of a column, and an error where it is not there';

CREATE FUNCTION architect.plan_name(relation regclass, base text, suffix text, planned text[] DEFAULT '{}') RETURNS text
    LANGUAGE plpgsql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    space oid := (SELECT relnamespace FROM pg_class WHERE oid = relation);
    -- What the table gets its partitions get too, and all that inherit from it.
    members oid[] := relation::oid || ARRAY(SELECT architect.plan_heirs(relation));
    number integer := 0;
    tail text;
    name_ text;
BEGIN
    LOOP
        tail := suffix || CASE number WHEN 0 THEN '' ELSE number::text END;
        name_ := base;
        -- Names hold 63 bytes; the base is cut, never the suffix.
        WHILE octet_length(name_) + octet_length(tail) > 63 LOOP
            name_ := left(name_, -1);
        END LOOP;
        name_ := name_ || tail;
        EXIT WHEN name_ <> ALL (planned)
              AND NOT EXISTS (SELECT FROM pg_class WHERE relname = name_ AND relnamespace = space)
              AND NOT EXISTS (SELECT FROM pg_type WHERE typname = name_ AND typnamespace = space)
              AND NOT EXISTS (SELECT FROM pg_proc WHERE proname = name_ AND pronamespace = space)
              AND NOT EXISTS (SELECT FROM pg_constraint WHERE conname = name_ AND conrelid = ANY (members))
              AND NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = name_ AND tgrelid = ANY (members))
              AND NOT EXISTS (SELECT FROM pg_attribute WHERE attname = name_ AND attrelid = ANY (members));
        number := number + 1;
    END LOOP;
    RETURN name_;
END
$$;

COMMENT ON FUNCTION architect.plan_name(regclass, text, text, text[]) IS 'For the plans: a name of at most 63 bytes that is free on the table, on all that inherit from it, in its schema and among the names planned already';

CREATE FUNCTION architect.plan_columns(relation regclass, numbers smallint[]) RETURNS text
    LANGUAGE sql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY n.place)
  FROM unnest(numbers) WITH ORDINALITY AS n (number, place) JOIN pg_attribute AS a ON a.attrelid = relation AND a.attnum = n.number
$$;

COMMENT ON FUNCTION architect.plan_columns(regclass, smallint[]) IS 'For the plans: columns by their numbers, quoted, with commas between';

-- The primary key, else the narrowest unique index that no row escapes. The order is that of the index itself: its operators are named
-- with their schema, because the same name may mean another operator in another search_path (citext, for one).
CREATE FUNCTION architect.plan_key(
    relation regclass,
    OUT column_names text[],
    OUT type_names text[],
    OUT less text[],
    OUT less_equal text[],
    OUT greater text[],
    OUT equal text[]
)
    LANGUAGE sql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
SELECT array_agg(a.attname::text ORDER BY k.place),
       array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY k.place),
       array_agg(o.less ORDER BY k.place),
       array_agg(o.less_equal ORDER BY k.place),
       array_agg(o.greater ORDER BY k.place),
       array_agg(o.equal ORDER BY k.place)
  FROM (SELECT i.*
          FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS m ON m.oid = c.relam
         WHERE i.indrelid = relation AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
           AND m.amname = 'btree'
           AND (SELECT bool_and(option = 0) FROM unnest(i.indoption) AS option)
           AND NOT EXISTS (SELECT FROM pg_attribute AS a
                            WHERE a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey[0:i.indnkeyatts - 1])
                              AND (NOT a.attnotnull
                                   -- An heir may drop NOT NULL, or never have got it (18: NO INHERIT); a walk would pass its NULLs over.
                                   OR EXISTS (SELECT FROM architect.plan_heirs(relation) AS h JOIN pg_attribute AS b ON b.attrelid = h
                                               WHERE b.attname = a.attname AND b.attnum > 0 AND NOT b.attnotnull)))
         ORDER BY i.indisprimary DESC, i.indnkeyatts, i.indexrelid
         LIMIT 1) AS i
 CROSS JOIN LATERAL (SELECT number, place FROM unnest(i.indkey[0:i.indnkeyatts - 1]) WITH ORDINALITY AS u (number, place)) AS k
  JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = k.number
  JOIN pg_opclass AS oc ON oc.oid = i.indclass[k.place - 1]
 CROSS JOIN LATERAL (
       SELECT max(format('OPERATOR(%I.%s)', n.nspname, p.oprname)) FILTER (WHERE am.amopstrategy = 1) AS less,
              max(format('OPERATOR(%I.%s)', n.nspname, p.oprname)) FILTER (WHERE am.amopstrategy = 2) AS less_equal,
              max(format('OPERATOR(%I.%s)', n.nspname, p.oprname)) FILTER (WHERE am.amopstrategy = 3) AS equal,
              max(format('OPERATOR(%I.%s)', n.nspname, p.oprname)) FILTER (WHERE am.amopstrategy = 5) AS greater
         FROM pg_amop AS am JOIN pg_operator AS p ON p.oid = am.amopopr JOIN pg_namespace AS n ON n.oid = p.oprnamespace
        WHERE am.amopfamily = oc.opcfamily AND am.amoplefttype = oc.opcintype AND am.amoprighttype = oc.opcintype) AS o
$$;

COMMENT ON FUNCTION architect.plan_key(regclass) IS 'For the plans: the columns of the key along which a table can be walked, their types and the operators of its order; null where there is none';

-- Where a batch ends, as a condition on the key's columns: side is > (after the values) or <= (up to them).
CREATE FUNCTION architect.plan_key_condition(relation regclass, side text, key_values text[]) RETURNS text
    LANGUAGE plpgsql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    key record := architect.plan_key(relation);
    operators text[] := CASE side WHEN '>' THEN key.greater ELSE key.less_equal END;
    columns_ text[] := ARRAY(SELECT quote_ident(c) FROM unnest(key.column_names) WITH ORDINALITY AS u (c, place) ORDER BY place);
    casts text[] := ARRAY(SELECT format('CAST(%L AS %s)', v, t)
                            FROM unnest(key_values, key.type_names) WITH ORDINALITY AS u (v, t, place) ORDER BY place);
    condition text;
BEGIN
    IF cardinality(columns_) = 1 THEN
        RETURN format('%s %s %s', columns_[1], operators[1], casts[1]);
    END IF;
    IF (SELECT count(DISTINCT o) FROM unnest(operators) AS o) = 1 THEN
        -- Only a comparison of rows walks an index of several columns from where it stopped.
        RETURN format('ROW(%s) %s ROW(%s)', array_to_string(columns_, ', '), operators[1], array_to_string(casts, ', '));
    END IF;
    -- Operators of several schemas: column by column.
    FOR i IN REVERSE cardinality(columns_) .. 1 LOOP
        condition := format('%s %s %s', columns_[i], key.greater[i], casts[i])
            || coalesce(format(' OR %s %s %s AND (', columns_[i], key.equal[i], casts[i]) || condition || ')', '');
    END LOOP;
    RETURN CASE side WHEN '>' THEN format('(%s)', condition) ELSE format('NOT (%s)', condition) END;
END
$$;

COMMENT ON FUNCTION architect.plan_key_condition(regclass, text, text[]) IS 'For run_backfill: SQL that compares the key of a table with values, after them (>) or up to them (<=)';

CREATE FUNCTION architect.plan_named_columns(relation regclass, text_ text) RETURNS smallint[]
    LANGUAGE sql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
SELECT coalesce(array_agg(a.attnum ORDER BY a.attnum), '{}')
  FROM pg_attribute AS a
 WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped
   AND (position(format('"%s"', replace(a.attname, '"', '""')) IN text_) > 0
        OR lower(text_) ~ ('(^|[^[:alnum:]_$"])' || regexp_replace(a.attname, '([^[:alnum:]_])', '\\\1', 'g') || '([^[:alnum:]_$"]|$)'))
$$;

COMMENT ON FUNCTION architect.plan_named_columns(regclass, text) IS 'For the plans: the columns of a table whose names, bare or quoted, occur in SQL';

-- An index depends on a column that is a key or in an expression alike; only the expressions' text tells them apart.
CREATE FUNCTION architect.plan_expression_columns(index_ regclass) RETURNS smallint[]
    LANGUAGE sql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
SELECT architect.plan_named_columns(i.indrelid, coalesce(pg_get_expr(i.indexprs, i.indrelid), '') || ' ' || coalesce(pg_get_expr(i.indpred, i.indrelid), ''))
  FROM pg_index AS i
 WHERE i.indexrelid = index_
$$;

COMMENT ON FUNCTION architect.plan_expression_columns(regclass) IS 'For the plans: the columns whose names occur in the expressions or the predicate of an index';

-- Whoever sees a part of the rows changes a part of them, and nothing says so.
CREATE FUNCTION architect.plan_sees_all(relation regclass) RETURNS void
    LANGUAGE plpgsql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
BEGIN
    IF row_security_active(relation) THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = format('row-level security keeps rows of %s from role %I', (architect.plan_table(relation)).sql_name, current_user),
            DETAIL = 'The rows that its policies hide would stay as they are, and the backfill would be called done.',
            HINT = 'Call it as a role with BYPASSRLS, or as the owner of a table without FORCE ROW LEVEL SECURITY.';
    END IF;
END
$$;

COMMENT ON FUNCTION architect.plan_sees_all(regclass) IS 'For the plans: an error where policies hide rows of a table from the caller';

CREATE FUNCTION architect.plan_base_type(type_ oid) RETURNS oid
    LANGUAGE sql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
WITH RECURSIVE down AS (
    SELECT oid, typbasetype FROM pg_type WHERE oid = type_
    UNION ALL
    SELECT t.oid, t.typbasetype FROM down AS d JOIN pg_type AS t ON t.oid = d.typbasetype
)
SELECT oid FROM down WHERE typbasetype = 0
$$;

COMMENT ON FUNCTION architect.plan_base_type(oid) IS 'For the plans: the type that is at the bottom of domains over domains; any other type itself';

-- As find_coercion_pathway() of PostgreSQL has it, at an assignment: arrays by their elements, and everything to a string.
CREATE FUNCTION architect.plan_assigns(from_type oid, to_type oid) RETURNS "char"
    LANGUAGE plpgsql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    source pg_type;
    target pg_type;
    volatility "char";
BEGIN
    SELECT * INTO source FROM pg_type WHERE oid = architect.plan_base_type(from_type);
    SELECT * INTO target FROM pg_type WHERE oid = architect.plan_base_type(to_type);
    IF source.oid = target.oid THEN
        RETURN 'i';
    END IF;
    SELECT coalesce(p.provolatile::text, CASE c.castmethod WHEN 'b' THEN 'i' ELSE 's' END) INTO volatility
      FROM pg_cast AS c LEFT JOIN pg_proc AS p ON p.oid = c.castfunc
     WHERE c.castsource = source.oid AND c.casttarget = target.oid AND c.castcontext IN ('i', 'a');
    IF FOUND THEN
        RETURN volatility;
    END IF;
    IF EXISTS (SELECT FROM pg_cast WHERE castsource = source.oid AND casttarget = target.oid) THEN
        RETURN NULL;
    END IF;
    IF source.typelem <> 0 AND target.typelem <> 0
       AND EXISTS (SELECT FROM pg_type WHERE oid = source.typelem AND typarray = source.oid)
       AND EXISTS (SELECT FROM pg_type WHERE oid = target.typelem AND typarray = target.oid) THEN
        RETURN architect.plan_assigns(source.typelem, target.typelem);
    END IF;
    RETURN CASE WHEN target.typcategory = 'S' THEN 's' END;
END
$$;

COMMENT ON FUNCTION architect.plan_assigns(oid, oid) IS 'For the plans: how volatile the conversion is by which a value of one type is assigned to a column of another; null where a USING is needed';

-- As ATAddForeignKeyConstraint() has it.
CREATE FUNCTION architect.plan_refers(relation regclass, index_ oid, referenced_number smallint, referring_type oid) RETURNS boolean
    LANGUAGE sql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
SELECT coalesce(bool_or(
           EXISTS (SELECT FROM pg_amop AS o
                    WHERE o.amopfamily = oc.opcfamily AND o.amoplefttype = oc.opcintype AND o.amoprighttype = b.base AND o.amopstrategy = 3)
           OR oc.opcintype = b.base
           OR EXISTS (SELECT FROM pg_cast AS c WHERE c.castsource = b.base AND c.casttarget = oc.opcintype AND c.castcontext = 'i')
           OR (SELECT typtype = 'p' FROM pg_type WHERE oid = oc.opcintype) AND b.base = architect.plan_base_type(a.atttypid)), false)
  FROM pg_index AS i
 CROSS JOIN LATERAL (SELECT place FROM unnest(i.indkey) WITH ORDINALITY AS u (number, place) WHERE u.number = referenced_number AND place <= i.indnkeyatts) AS k
  JOIN pg_opclass AS oc ON oc.oid = i.indclass[k.place - 1]
  JOIN pg_attribute AS a ON a.attrelid = relation AND a.attnum = referenced_number
 CROSS JOIN (SELECT architect.plan_base_type(referring_type) AS base) AS b
 WHERE i.indexrelid = index_
$$;

COMMENT ON FUNCTION architect.plan_refers(regclass, oid, smallint, oid) IS 'For the plans: whether a column of a type may refer to a column of a unique index';

-- Columns of pg_constraint that not every version has.
CREATE FUNCTION architect.plan_constraint(constraint_ oid, OUT enforced boolean, OUT period boolean)
    LANGUAGE sql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
SELECT coalesce((j.c ->> 'conenforced')::boolean, true), coalesce((j.c ->> 'conperiod')::boolean, false)
  FROM (SELECT to_jsonb(c) AS c FROM pg_constraint AS c WHERE c.oid = constraint_) AS j
$$;

COMMENT ON FUNCTION architect.plan_constraint(oid) IS 'For the plans: whether a constraint is enforced, and whether it is one over periods (WITHOUT OVERLAPS, PERIOD); both are of 18';

-- Without a look at the table: all columns are NULLs of their types. LIMIT 0 keeps what is asked from being executed, and OFFSET 0 from
-- being computed in advance.
CREATE FUNCTION architect.plan_reads_as(relation regclass, column_name name, new_type text, expression text) RETURNS text
    LANGUAGE plpgsql STRICT STABLE PARALLEL UNSAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
#variable_conflict use_column
BEGIN
    EXECUTE format('SELECT FROM (SELECT %s OFFSET 0) AS %I WHERE (%s) LIMIT 0',
        (SELECT string_agg(format('CAST(NULL AS %s) AS %I', CASE WHEN a.attname = plan_reads_as.column_name THEN plan_reads_as.new_type
                                                                 ELSE format_type(a.atttypid, a.atttypmod) END, a.attname), ', ' ORDER BY a.attnum)
           FROM pg_attribute AS a WHERE a.attrelid = plan_reads_as.relation AND a.attnum > 0 AND NOT a.attisdropped),
        (SELECT relname FROM pg_class WHERE oid = plan_reads_as.relation), plan_reads_as.expression);
    RETURN NULL;
EXCEPTION WHEN syntax_error_or_access_rule_violation OR data_exception THEN
    RETURN SQLERRM;
END
$$;

COMMENT ON FUNCTION architect.plan_reads_as(regclass, name, text, text) IS 'For the plans: why a condition on a table would not be understood with another type of a column; null where it is';

-- Names of the user stand in bodies, and a name may hold any tag.
CREATE FUNCTION architect.plan_quoted_body(body text, word text) RETURNS text
    LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    tag text := format('$%s$', word);
    number integer := 0;
BEGIN
    -- The first place where the tag is found must be its end, also where the body ends with a part of it.
    WHILE position(tag IN body || tag) <= length(body) LOOP
        number := number + 1;
        tag := format('$%s%s$', word, number);
    END LOOP;
    RETURN tag || body || tag;
END
$$;

COMMENT ON FUNCTION architect.plan_quoted_body(text, text) IS 'For the plans: the body of a function or of DO between dollar quotes of a tag, a word, that does not occur in it';

CREATE FUNCTION architect.plan_free_name(relation regclass, base text, suffix text, taken text[]) RETURNS text
    LANGUAGE plpgsql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    number integer := 0;
    name_ text;
BEGIN
    LOOP
        name_ := architect.plan_name(relation, base, suffix || CASE number WHEN 0 THEN '' ELSE number::text END);
        EXIT WHEN name_ <> ALL (taken);
        number := number + 1;
    END LOOP;
    RETURN name_;
END
$$;

COMMENT ON FUNCTION architect.plan_free_name(regclass, text, text, text[]) IS 'For the plans: a name like plan_name() that is none of those which the same plan has given already';

-- With the schema of each operator: what is emitted runs under a pinned search_path, and the type may be an extension's.
CREATE FUNCTION architect.plan_primary_key_match(relation regclass, one text, other text) RETURNS text
    LANGUAGE sql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
SELECT string_agg(format('%s.%I OPERATOR(%I.%s) %s.%I', one, a.attname, n.nspname, p.oprname, other, a.attname), ' AND ' ORDER BY k.place)
  FROM pg_constraint AS c
  JOIN pg_index AS i ON i.indexrelid = c.conindid
 CROSS JOIN LATERAL unnest(c.conkey) WITH ORDINALITY AS k (number, place)
  JOIN pg_attribute AS a ON a.attrelid = relation AND a.attnum = k.number
  JOIN pg_opclass AS oc ON oc.oid = i.indclass[k.place - 1]
  -- (18) WITHOUT OVERLAPS has an index of GiST: its equalities are in conexclop, but that of the period is an overlap.
  JOIN pg_operator AS p ON p.oid = CASE
       WHEN c.conexclop IS NULL THEN (SELECT am.amopopr FROM pg_amop AS am
            WHERE am.amopfamily = oc.opcfamily AND am.amoplefttype = oc.opcintype AND am.amoprighttype = oc.opcintype AND am.amopstrategy = 3)
       WHEN k.place < cardinality(c.conkey) THEN c.conexclop[k.place]
       ELSE CASE oc.opcintype WHEN 'anymultirange'::regtype THEN 'pg_catalog.=(anymultirange,anymultirange)'::regoperator
                              ELSE 'pg_catalog.=(anyrange,anyrange)'::regoperator END END
  JOIN pg_namespace AS n ON n.oid = p.oprnamespace
 WHERE c.conrelid = relation AND c.contype = 'p'
$$;

COMMENT ON FUNCTION architect.plan_primary_key_match(regclass, text, text) IS 'For the plans: SQL that tells whether two rows, of these names, have the same primary key';

CREATE FUNCTION architect.plan_owner(relation regclass) RETURNS text
    LANGUAGE sql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
SELECT quote_ident(pg_get_userbyid(c.relowner)) FROM pg_class AS c WHERE c.oid = relation
$$;

COMMENT ON FUNCTION architect.plan_owner(regclass) IS 'For the plans: the owner of a table, quoted, to whom goes what a plan makes for it';

-- Who owns a schema can drop what is in it and put in its place what runs code of his own: a trigger, for one.
CREATE FUNCTION architect.plan_definer(relation regclass) RETURNS text
    LANGUAGE plpgsql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    found_ record;
BEGIN
    SELECT c.relowner, n.nspname, n.nspowner, format('%I.%I', n.nspname, c.relname) AS sql_name,
           CASE pg_get_userbyid(n.nspowner) WHEN 'pg_database_owner' THEN d.datdba ELSE n.nspowner END AS controls,
           has_schema_privilege(c.relowner, n.oid, 'USAGE') AS may_use
      INTO STRICT found_
      FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace, pg_database AS d
     WHERE c.oid = relation AND d.datname = current_database();
    -- True of a superuser too.
    IF NOT pg_has_role(found_.controls, found_.relowner, 'MEMBER') THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('schema %I and %s belong to different roles', found_.nspname, found_.sql_name),
            DETAIL = format('The plan''s trigger runs with the rights of %I, who owns the table; %I, who owns the schema, could put another table in the place of the one that it writes, and so act as %I.',
                            pg_get_userbyid(found_.relowner), pg_get_userbyid(found_.controls), pg_get_userbyid(found_.relowner)),
            HINT = format('Give both to one role, the schema by: ALTER SCHEMA %I OWNER TO %I;', found_.nspname, pg_get_userbyid(found_.relowner));
    END IF;
    IF NOT found_.may_use THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('the owner of %s may not use schema %I', found_.sql_name, found_.nspname),
            DETAIL = 'The plan''s trigger writes a table in it with the owner''s rights.',
            HINT = format('GRANT USAGE ON SCHEMA %I TO %I;', found_.nspname, pg_get_userbyid(found_.relowner));
    END IF;
    RETURN architect.plan_owner(relation);
END
$$;

COMMENT ON FUNCTION architect.plan_definer(regclass) IS 'For the plans: the owner of a table, quoted, with whose rights a trigger may write a table beside it, and an error where somebody else rules over the schema';

CREATE FUNCTION architect.plan_default_grantees(relation regclass, kind "char", privilege text) RETURNS text
    LANGUAGE sql STRICT STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
SELECT string_agg(DISTINCT quote_ident(pg_get_userbyid(a.grantee)), ', ')
  FROM pg_class AS c JOIN pg_default_acl AS d ON d.defaclobjtype = kind AND d.defaclnamespace IN (0, c.relnamespace),
       aclexplode(d.defaclacl) AS a
 WHERE c.oid = relation AND privilege IN (a.privilege_type, 'ALL') AND a.grantee NOT IN (0, c.relowner, d.defaclrole)
$$;

COMMENT ON FUNCTION architect.plan_default_grantees(regclass, "char", text) IS 'For the plans: the roles, quoted, that get a privilege (or ALL: any) on what is made in a table''s schema by default privileges; null where there are none';

-- sql/functions/plans/not_null_plan.sql

CREATE FUNCTION architect.not_null_plan(relation regclass, column_name name, fill text DEFAULT NULL)
    RETURNS SETOF architect.plan_step
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 5
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    version constant integer := current_setting('server_version_num')::integer;
    wait constant text := E'SET LOCAL lock_timeout = ''2s'';\n';
    table_ record;
    number smallint;
    proof record;
    named text;
    add_proof text;
    steps architect.plan_step[] := '{}';
BEGIN
    IF relation IS NULL OR column_name IS NULL THEN
        RETURN;
    END IF;
    table_ := architect.plan_table(relation);
    number := architect.plan_column(relation, column_name);

    -- A CHECK that says it already, or (18) a NOT NULL constraint that waits for its validation.
    SELECT c.conname, c.convalidated, c.contype INTO proof
      FROM pg_constraint AS c
     WHERE c.conrelid = relation AND c.conkey = ARRAY[number]
       AND (c.contype = 'n'
            OR c.contype = 'c' AND NOT c.connoinherit AND (architect.plan_constraint(c.oid)).enforced
               AND pg_get_expr(c.conbin, c.conrelid) = format('(%I IS NOT NULL)', column_name))
     ORDER BY c.contype = 'n' DESC, c.convalidated DESC, c.conname
     LIMIT 1;
    IF (SELECT attnotnull FROM pg_attribute WHERE attrelid = relation AND attnum = number)
       AND NOT (proof.contype IS NOT DISTINCT FROM 'n' AND NOT proof.convalidated) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('column %I of %s is NOT NULL already', column_name, table_.sql_name);
    END IF;

    IF fill IS NOT NULL THEN
        PERFORM architect.plan_sees_all(relation);
        IF (architect.plan_key(relation)).column_names IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
                MESSAGE = format('%s has no key along which it could be filled', table_.sql_name),
                HINT = 'Add a primary key first, or fill the column yourself and leave the argument fill out.';
        END IF;
        steps := steps || ROW(0, 'Fill the column where it is NULL; what writes the table should write it from now on',
            format('CALL architect.run_backfill(%L, %L, %L);',
                   table_.sql_name, format('%I = %s', column_name, fill), format('%I IS NULL', column_name)),
            'outside a transaction block', 'none', NULL)::architect.plan_step;
    END IF;

    named := coalesce(proof.conname, architect.plan_name(relation, format('%s_%s', table_.table_name, column_name), '_not_null'));
    IF proof.conname IS NULL THEN
        add_proof := CASE WHEN version >= 180000 THEN format('NOT NULL %I NOT VALID', column_name)
                          ELSE format('CHECK (%I IS NOT NULL) NOT VALID', column_name) END;
        steps := steps || ROW(0, 'From now on no row may come without a value; the old rows are not looked at',
            wait || format('ALTER TABLE %s ADD CONSTRAINT %I %s;', table_.sql_name, named, add_proof),
            'own transaction', format('ACCESS EXCLUSIVE on %s for a moment', table_.with_partitions),
            wait || format('ALTER TABLE %s DROP CONSTRAINT %I;', table_.sql_name, named))::architect.plan_step;
        IF fill IS NOT NULL THEN
            steps := steps || ROW(0, 'Fill what came without a value since',
                format('CALL architect.run_backfill(%L, %L, %L, restart => true);',
                       table_.sql_name, format('%I = %s', column_name, fill), format('%I IS NULL', column_name)),
                'outside a transaction block', 'none', NULL)::architect.plan_step;
        END IF;
    END IF;
    IF NOT coalesce(proof.convalidated, false) THEN
        steps := steps || ROW(0, 'Look at the old rows while reads and writes go on; it fails where one has no value',
            format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', table_.sql_name, named),
            'own transaction',
            format('SHARE UPDATE EXCLUSIVE on %s while every row is read', table_.with_partitions), NULL)::architect.plan_step;
    END IF;
    IF version < 180000 OR proof.contype = 'c' THEN
        steps := steps || ROW(0, 'The constraint proves it, so that no row is read',
            wait || format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL;', table_.sql_name, column_name),
            'own transaction', format('ACCESS EXCLUSIVE on %s for a moment', table_.with_partitions),
            wait || format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL;', table_.sql_name, column_name))::architect.plan_step;
        -- A CHECK that was there before this plan is not this plan's to drop.
        IF proof.conname IS NULL THEN
            steps := steps || ROW(0, 'The proof is not needed any more',
                wait || format('ALTER TABLE %s DROP CONSTRAINT %I;', table_.sql_name, named),
                'own transaction', format('ACCESS EXCLUSIVE on %s for a moment', table_.with_partitions),
                wait || format('ALTER TABLE %s ADD CONSTRAINT %I %s;', table_.sql_name, named, add_proof))::architect.plan_step;
        END IF;
    END IF;
    RETURN QUERY SELECT o.place::integer, o.title, o.statement, o.transaction, o.locks, o.undo
                   FROM unnest(steps) WITH ORDINALITY AS o (step, title, statement, transaction, locks, undo, place);
END
$$;

COMMENT ON FUNCTION architect.not_null_plan(regclass, name, text) IS 'The steps that make a column NOT NULL without reading the table under a strong lock; with fill, an expression, its NULLs are filled in batches first';

-- sql/functions/plans/fk_plan.sql

CREATE FUNCTION architect.fk_plan(
    relation regclass,
    column_names name[],
    referenced regclass,
    referenced_columns name[] DEFAULT NULL,
    on_delete text DEFAULT 'NO ACTION',
    constraint_name name DEFAULT NULL
)
    RETURNS SETOF architect.plan_step
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 5
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    version constant integer := current_setting('server_version_num')::integer;
    wait constant text := E'SET LOCAL lock_timeout = ''2s'';\n';
    table_ record;
    other record;
    leaf record;
    numbers smallint[];
    other_numbers smallint[];
    action text := upper(on_delete);
    named text;
    key_index oid;
    twin record;
    pair record;
    index_name text;
    leaf_index text;
    names text[] := '{}';
    columns_sql text;
    definition text;
    tail text;
    attach text[] := '{}';
    steps architect.plan_step[] := '{}';
BEGIN
    IF relation IS NULL OR column_names IS NULL OR referenced IS NULL THEN
        RETURN;
    END IF;
    table_ := architect.plan_table(relation);
    other := architect.plan_table(referenced);
    IF cardinality(column_names) = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a foreign key needs at least one column';
    END IF;
    numbers := ARRAY(SELECT architect.plan_column(relation, c) FROM unnest(column_names) WITH ORDINALITY AS u (c, place) ORDER BY place);
    IF referenced_columns IS NULL THEN
        SELECT conkey INTO other_numbers FROM pg_constraint WHERE conrelid = referenced AND contype = 'p';
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'undefined_object',
                MESSAGE = format('there is no primary key for referenced table %s', other.sql_name),
                HINT = 'Add one, or name the columns of a UNIQUE constraint in referenced_columns.';
        END IF;
    ELSE
        other_numbers := ARRAY(SELECT architect.plan_column(referenced, c)
                                 FROM unnest(referenced_columns) WITH ORDINALITY AS u (c, place) ORDER BY place);
    END IF;
    IF cardinality(other_numbers) <> cardinality(numbers) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_foreign_key',
            MESSAGE = 'number of referencing and referenced columns for foreign key disagree',
            DETAIL = format('%s has (%s), %s has (%s).', table_.sql_name, architect.plan_columns(relation, numbers),
                            other.sql_name, architect.plan_columns(referenced, other_numbers));
    END IF;
    SELECT conname INTO named FROM pg_constraint
     WHERE conrelid = referenced AND contype IN ('p', 'u') AND conkey @> other_numbers AND other_numbers @> conkey
       AND (architect.plan_constraint(oid)).period;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = format('key %I of %s is WITHOUT OVERLAPS', named, other.sql_name),
            DETAIL = 'A foreign key to it has a PERIOD, which this plan does not write.',
            HINT = 'ALTER TABLE ... ADD FOREIGN KEY (..., PERIOD ...) REFERENCES ... (..., PERIOD ...) NOT VALID, and VALIDATE CONSTRAINT after it.';
    END IF;
    SELECT i.indexrelid INTO key_index
      FROM pg_index AS i
     WHERE i.indrelid = referenced AND i.indisunique AND i.indisvalid AND i.indimmediate AND NOT i.indisexclusion
       AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indnkeyatts = cardinality(other_numbers)
       AND i.indkey[0:i.indnkeyatts - 1]::smallint[] @> other_numbers
       AND other_numbers @> i.indkey[0:i.indnkeyatts - 1]::smallint[]
     ORDER BY i.indisprimary DESC, i.indexrelid LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_foreign_key',
            MESSAGE = format('there is no unique constraint matching given keys for referenced table %s', other.sql_name),
            DETAIL = format('Nothing keeps (%s) unique.', architect.plan_columns(referenced, other_numbers)),
            HINT = 'Build a unique index CONCURRENTLY first.';
    END IF;
    FOR pair IN
        SELECT a.attname AS referring, format_type(a.atttypid, a.atttypmod) AS type_, b.attname AS referred, format_type(b.atttypid, b.atttypmod) AS other_type
          FROM unnest(numbers, other_numbers) AS n (number, other_number)
          JOIN pg_attribute AS a ON a.attrelid = relation AND a.attnum = n.number
          JOIN pg_attribute AS b ON b.attrelid = referenced AND b.attnum = n.other_number
         WHERE NOT architect.plan_refers(referenced, key_index, n.other_number, a.atttypid)
    LOOP
        RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
            MESSAGE = format('column %I of %s cannot refer to column %I of %s', pair.referring, table_.sql_name, pair.referred, other.sql_name),
            DETAIL = format('They are of incompatible types: %s and %s.', pair.type_, pair.other_type),
            HINT = 'architect.type_change_plan() changes the type of a column.';
    END LOOP;
    IF action NOT IN ('NO ACTION', 'RESTRICT', 'CASCADE', 'SET NULL', 'SET DEFAULT') OR action IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('unrecognized action on delete: %L', on_delete),
            HINT = 'It is one of NO ACTION, RESTRICT, CASCADE, SET NULL and SET DEFAULT.';
    END IF;
    SELECT c.conname, c.convalidated, e.enforced INTO twin
      FROM pg_constraint AS c CROSS JOIN LATERAL architect.plan_constraint(c.oid) AS e
     WHERE c.conrelid = relation AND c.contype = 'f' AND c.confrelid = referenced AND c.conkey = numbers AND c.confkey = other_numbers
     ORDER BY c.convalidated DESC, e.enforced DESC LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
            MESSAGE = format('%s has this foreign key already', table_.sql_name),
            DETAIL = format('It is %I%s.', twin.conname, CASE WHEN NOT twin.enforced THEN ', and NOT ENFORCED' WHEN twin.convalidated THEN '' ELSE ', not validated yet' END),
            HINT = CASE WHEN NOT twin.enforced
                        -- ENFORCED would look up all rows under the lock that it takes for the change.
                        THEN format('Nothing looks at it: drop it, and ask for the plan again: ALTER TABLE %s DROP CONSTRAINT %I;', table_.sql_name, twin.conname)
                        WHEN twin.convalidated THEN 'There is nothing to do.'
                        ELSE format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', table_.sql_name, twin.conname) END;
    END IF;
    IF EXISTS (SELECT FROM pg_constraint WHERE conname = constraint_name AND conrelid = ANY (relation::oid || ARRAY(SELECT architect.plan_heirs(relation)))) THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
            MESSAGE = format('constraint %I exists already on %s', constraint_name,
                             (SELECT conrelid::regclass FROM pg_constraint
                               WHERE conname = constraint_name AND conrelid = ANY (relation::oid || ARRAY(SELECT architect.plan_heirs(relation))) LIMIT 1)),
            HINT = 'Name another one, or none: the plan takes a name that is free.';
    END IF;

    columns_sql := architect.plan_columns(relation, numbers);
    tail := array_to_string(column_names, '_');
    named := coalesce(constraint_name, architect.plan_name(relation, format('%s_%s', table_.table_name, tail), '_fkey'));
    definition := format('FOREIGN KEY (%s) REFERENCES %s (%s)%s', columns_sql, other.sql_name,
                         architect.plan_columns(referenced, other_numbers),
                         CASE action WHEN 'NO ACTION' THEN '' ELSE ' ON DELETE ' || action END);

    -- Without an index each DELETE of a referenced row reads the whole table.
    IF NOT EXISTS (SELECT FROM pg_index AS i
                    WHERE i.indrelid = relation AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts >= cardinality(numbers)
                      AND i.indkey[0:cardinality(numbers) - 1]::smallint[] @> numbers
                      AND numbers @> i.indkey[0:cardinality(numbers) - 1]::smallint[]) THEN
        index_name := architect.plan_name(relation, format('idx_%s_%s', table_.table_name, tail), '');
        IF NOT table_.partitioned THEN
            steps := steps || ROW(0, 'An index for the DELETEs of referenced rows; where it fails, drop the invalid index and run it again',
                format('CREATE INDEX CONCURRENTLY %I ON %s (%s);', index_name, table_.sql_name, columns_sql),
                'outside a transaction block', format('SHARE UPDATE EXCLUSIVE on %s while the index is built', table_.sql_name),
                format('DROP INDEX CONCURRENTLY IF EXISTS %I.%I;', table_.schema_name, index_name))::architect.plan_step;
        ELSE
            FOR leaf IN SELECT t.relid, p.* FROM architect.plan_partitions(relation) AS t, architect.plan_table(t.relid) AS p WHERE t.isleaf LOOP
                CONTINUE WHEN EXISTS (SELECT FROM pg_index AS i
                     WHERE i.indrelid = leaf.relid AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts = cardinality(numbers)
                       AND pg_get_indexdef(i.indexrelid) LIKE format('%% USING btree (%s)',
                           replace(replace(replace(columns_sql, '\', '\\'), '%', '\%'), '_', '\_')));
                -- Long names of partitions may begin alike as far as a name goes.
                leaf_index := architect.plan_name(leaf.relid, format('idx_%s_%s', leaf.table_name, tail), '', names || index_name);
                names := names || leaf_index;
                steps := steps || ROW(0, format('Its index in %s; where it fails, drop the invalid index and run it again', leaf.sql_name),
                    format('CREATE INDEX CONCURRENTLY %I ON %s (%s);', leaf_index, leaf.sql_name, columns_sql),
                    'outside a transaction block', format('SHARE UPDATE EXCLUSIVE on %s while the index is built', leaf.sql_name),
                    format('DROP INDEX CONCURRENTLY IF EXISTS %I.%I;', leaf.schema_name, leaf_index))::architect.plan_step;
            END LOOP;
            steps := steps || ROW(0, 'The partitioned index adopts them and builds nothing',
                wait || format('CREATE INDEX %I ON %s (%s);', index_name, table_.sql_name, columns_sql),
                'own transaction', format('SHARE on %s for a moment', table_.with_partitions),
                wait || format('DROP INDEX %I.%I;', table_.schema_name, index_name))::architect.plan_step;
        END IF;
    END IF;

    IF table_.partitioned AND version < 180000 THEN
        -- Before 18 a partitioned table cannot have a NOT VALID foreign key, but it adopts those of its partitions.
        FOR leaf IN SELECT t.relid, p.* FROM architect.plan_partitions(relation) AS t, architect.plan_table(t.relid) AS p WHERE t.isleaf LOOP
            steps := steps || ROW(0, format('New rows of %s refer to something; the old ones are not looked at', leaf.sql_name),
                wait || format('ALTER TABLE %s ADD CONSTRAINT %I %s NOT VALID;', leaf.sql_name, named, definition),
                'own transaction', format('SHARE ROW EXCLUSIVE on %s for a moment; SHARE ROW EXCLUSIVE on %s for a moment',
                                          leaf.sql_name, other.with_partitions),
                wait || format('ALTER TABLE %s DROP CONSTRAINT %I;', leaf.sql_name, named))::architect.plan_step;
            steps := steps || ROW(0, 'Look up the old rows while reads and writes go on; it fails where one refers to nothing',
                format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', leaf.sql_name, named),
                'own transaction', format('SHARE UPDATE EXCLUSIVE on %s while every row is looked up', leaf.sql_name),
                NULL)::architect.plan_step;
        END LOOP;
        -- It drops the triggers of the adopted ones, also those on the referenced table, which takes ACCESS EXCLUSIVE; asked for at the
        -- start it is no lock that grows, and no deadlock.
        steps := steps || ROW(0, 'The partitioned table adopts them and looks up nothing',
            wait || format(E'LOCK TABLE %s, %s IN ACCESS EXCLUSIVE MODE;\nALTER TABLE %s ADD CONSTRAINT %I %s;', table_.sql_name, other.sql_name,
                           table_.sql_name, named, definition),
            'own transaction', format('ACCESS EXCLUSIVE on %s for a moment; ACCESS EXCLUSIVE on %s for a moment',
                                      table_.with_partitions, other.with_partitions),
            wait || format('ALTER TABLE %s DROP CONSTRAINT %I;', table_.sql_name, named))::architect.plan_step;
    ELSE
        steps := steps || ROW(0, 'New rows refer to something; the old ones are not looked at',
            wait || format('ALTER TABLE %s ADD CONSTRAINT %I %s NOT VALID;', table_.sql_name, named, definition),
            'own transaction', format('SHARE ROW EXCLUSIVE on %s for a moment; SHARE ROW EXCLUSIVE on %s for a moment',
                                      table_.with_partitions, other.with_partitions),
            wait || format('ALTER TABLE %s DROP CONSTRAINT %I;', table_.sql_name, named))::architect.plan_step;
        steps := steps || ROW(0, 'Look up the old rows while reads and writes go on; it fails where one refers to nothing',
            format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', table_.sql_name, named),
            'own transaction', format('SHARE UPDATE EXCLUSIVE on %s while every row is looked up', table_.with_partitions),
            NULL)::architect.plan_step;
    END IF;
    RETURN QUERY SELECT o.place::integer, o.title, o.statement, o.transaction, o.locks, o.undo
                   FROM unnest(steps) WITH ORDINALITY AS o (step, title, statement, transaction, locks, undo, place);
END
$$;

COMMENT ON FUNCTION architect.fk_plan(regclass, name[], regclass, name[], text, name) IS 'The steps that add a foreign key, with its index, while writes to both tables go on';

-- sql/functions/plans/type_change_plan.sql

CREATE FUNCTION architect.type_change_plan(
    relation regclass,
    column_name name,
    new_type text,
    using_expression text DEFAULT NULL
)
    RETURNS SETOF architect.plan_step
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 15
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    version constant integer := current_setting('server_version_num')::integer;
    wait constant text := E'SET LOCAL lock_timeout = ''2s'';\n';
    table_ record;
    column_ pg_attribute;
    type_ regtype;
    members oid[];
    names text[] := '{}';
    volatility "char";
    pinned text;
    refused text;
    here text;
    strong text;
    scan text;
    new_column text;
    old_column text;
    source text;
    plain boolean;
    function_name text;
    trigger_name text;
    proof text;
    default_ text;
    sequence_ record;
    item record;
    name_ text;
    swap text := '';
    swap_locks text;
    swap_after architect.plan_step[] := '{}';
    drops architect.plan_step[] := '{}';
    key_drops architect.plan_step[] := '{}';
    renames text := '';
    steps architect.plan_step[] := '{}';
BEGIN
    IF relation IS NULL OR column_name IS NULL OR new_type IS NULL THEN
        RETURN;
    END IF;
    table_ := architect.plan_table(relation);
    SELECT a.* INTO column_ FROM pg_attribute AS a
     WHERE a.attrelid = relation AND a.attnum = architect.plan_column(relation, column_name);
    PERFORM architect.plan_sees_all(relation);
    SELECT array_agg(relid) INTO members FROM architect.plan_partitions(relation) WHERE table_.partitioned;
    here := format('%s.%I', table_.sql_name, column_name);
    strong := format('ACCESS EXCLUSIVE on %s for a moment', table_.with_partitions);
    scan := format('SHARE UPDATE EXCLUSIVE on %s while every row is read', table_.with_partitions);
    type_ := to_regtype(new_type);
    IF type_ IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('type %L does not exist', new_type),
            HINT = 'Write a type that is not PostgreSQL''s own with its schema.';
    END IF;
    IF type_ = column_.atttypid AND (new_type !~ '\(' AND column_.atttypmod = -1
                                     OR format_type(column_.atttypid, column_.atttypmod) = lower(new_type)) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('column %s is of type %s already', here, format_type(column_.atttypid, column_.atttypmod));
    END IF;
    IF column_.attgenerated <> '' THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = format('column %s is generated', here),
            HINT = 'Change the columns from which it is computed, and add a new generated column.';
    END IF;
    IF (architect.plan_key(relation)).column_names IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('%s has no key along which it could be walked', table_.sql_name),
            HINT = 'Add a primary key first.';
    END IF;

    -- Where the column is not the table's own to add, or others have it too whose writes the trigger would not see.
    SELECT CASE WHEN c.relispartition THEN format('It is a partition of %s.', i.inhparent::regclass)
                WHEN c.reloftype <> 0 THEN format('It is a table OF type %s, which says what columns it has.', c.reloftype::regtype)
                WHEN column_.attinhcount > 0 THEN format('The column is inherited from %s.', i.inhparent::regclass)
                WHEN h.heirs IS NOT NULL THEN format('Tables inherit from it, and row triggers are not inherited: %s.', h.heirs)
                WHEN f.foreign_ IS NOT NULL THEN format('Foreign tables are among its partitions: %s.', f.foreign_) END,
           CASE WHEN c.relispartition THEN 'Change the type for the partitioned table.'
                WHEN column_.attinhcount > 0 OR h.heirs IS NOT NULL THEN 'Make partitions of them, or change the type by hand.'
                ELSE 'Change the type by hand.' END AS hint
      INTO refused, name_
      FROM pg_class AS c LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid AND i.inhseqno = 1
     CROSS JOIN LATERAL (SELECT string_agg(n.inhrelid::regclass::text, ', ' ORDER BY n.inhrelid::regclass::text) AS heirs
                           FROM pg_inherits AS n WHERE n.inhparent = relation AND NOT table_.partitioned) AS h
     CROSS JOIN LATERAL (SELECT string_agg(m.oid::regclass::text, ', ' ORDER BY m.relname) AS foreign_
                           FROM pg_class AS m WHERE m.oid = ANY (members) AND m.relkind = 'f') AS f
     WHERE c.oid = relation;
    IF refused IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = format('the type of %s cannot be changed by this plan', here), DETAIL = refused, HINT = name_;
    END IF;
    volatility := architect.plan_assigns(column_.atttypid, type_);
    IF using_expression IS NULL AND volatility IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
            MESSAGE = format('column %s cannot be cast automatically to type %s', here, new_type),
            HINT = format('Say how in using_expression: %L.', format('%I::%s', column_name, new_type));
    END IF;
    IF column_.attidentity <> '' AND type_ NOT IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('identity column %s cannot be of type %s', here, new_type),
            DETAIL = 'It is smallint, integer or bigint.',
            HINT = format('ALTER TABLE %s ALTER COLUMN %I DROP IDENTITY;', table_.sql_name, column_name);
    END IF;

    -- What hangs on the column and cannot be carried over by name.
    SELECT string_agg(pg_describe_object(d.classid, d.objid, d.objsubid), ', ' ORDER BY d.classid, d.objid, d.objsubid) AS objects INTO item
      FROM (SELECT DISTINCT classid, objid, objsubid FROM pg_depend
             WHERE refclassid = 'pg_class'::regclass AND refobjid = relation AND refobjsubid = column_.attnum) AS d
     WHERE CASE d.classid
           WHEN 'pg_attrdef'::regclass THEN NOT EXISTS (SELECT FROM pg_attrdef WHERE oid = d.objid AND adnum = column_.attnum)
           WHEN 'pg_constraint'::regclass THEN NOT EXISTS (
                SELECT FROM pg_constraint AS c
                 WHERE c.oid = d.objid AND c.conrelid = relation AND (c.contype IN ('c', 'n') OR c.contype IN ('p', 'u', 'f') AND NOT table_.partitioned))
           WHEN 'pg_class'::regclass THEN NOT EXISTS (SELECT FROM pg_class WHERE oid = d.objid AND relkind = 'S') AND NOT EXISTS (
                SELECT FROM pg_index AS i
                 WHERE i.indexrelid = d.objid AND i.indrelid = relation AND NOT table_.partitioned
                   AND NOT EXISTS (SELECT FROM pg_depend AS e WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype = 'n'
                                      AND e.refclassid = d.classid AND e.refobjid = relation AND e.refobjsubid = column_.attnum)
                   AND column_.attnum = ANY (i.indkey)
                   AND NOT coalesce(column_.attnum = ANY (architect.plan_expression_columns(i.indexrelid)), false))
           ELSE true END;
    IF column_.attacl IS NOT NULL THEN
        item.objects := concat_ws(', ', item.objects, 'privileges on the column itself');
    END IF;
    SELECT concat_ws(', ', item.objects, string_agg(format('replica identity %s', i.indexrelid::regclass), ', ')) AS objects INTO item
      FROM pg_index AS i WHERE i.indrelid = relation AND i.indisreplident AND column_.attnum = ANY (i.indkey);
    SELECT concat_ws(', ', nullif(item.objects, ''), string_agg(pg_describe_object('pg_constraint'::regclass, c.oid, 0), ', ' ORDER BY c.conname)) AS objects INTO item
      FROM pg_constraint AS c
     WHERE c.conrelid = relation AND column_.attnum = ANY (c.conkey) AND (architect.plan_constraint(c.oid)).period;
    -- What only a partition has, the plan for the table would leave with the old column, or drop with it.
    SELECT concat_ws(', ', nullif(item.objects, ''), string_agg(o.what, ', ' ORDER BY o.what)) AS objects INTO item
      FROM (SELECT pg_describe_object(d.classid, d.objid, d.objsubid)
              FROM pg_attribute AS a
              JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
             WHERE a.attrelid = ANY (members) AND a.attname = column_name
               AND CASE d.classid
                   WHEN 'pg_attrdef'::regclass THEN NOT EXISTS (
                        SELECT FROM pg_attrdef AS n JOIN pg_attrdef AS o ON o.adrelid = relation AND o.adnum = column_.attnum
                         WHERE n.oid = d.objid AND n.adnum = a.attnum AND pg_get_expr(n.adbin, n.adrelid) = pg_get_expr(o.adbin, o.adrelid))
                   WHEN 'pg_constraint'::regclass THEN NOT EXISTS (
                        SELECT FROM pg_constraint AS n WHERE n.oid = d.objid AND n.conrelid = a.attrelid AND (n.coninhcount > 0 AND NOT n.conislocal OR n.conparentid <> 0))
                   WHEN 'pg_trigger'::regclass THEN NOT EXISTS (SELECT FROM pg_trigger WHERE oid = d.objid AND tgparentid <> 0)
                   WHEN 'pg_class'::regclass THEN NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = d.objid)
                   ELSE true END
            UNION
            SELECT CASE WHEN a.attacl IS NOT NULL THEN format('privileges on column %I of %s', a.attname, a.attrelid::regclass)
                        WHEN a.attnotnull THEN format('NOT NULL of column %I of %s', a.attname, a.attrelid::regclass)
                        WHEN a.attidentity <> column_.attidentity THEN format('identity column %I of %s', a.attname, a.attrelid::regclass)
                        ELSE format('the default of column %I, which %s has not', a.attname, a.attrelid::regclass) END
              FROM pg_attribute AS a
             WHERE a.attrelid = ANY (members) AND a.attname = column_name
               AND (a.attacl IS NOT NULL OR a.attnotnull AND NOT column_.attnotnull OR version >= 170000 AND a.attidentity <> column_.attidentity
                    OR column_.atthasdef AND NOT a.atthasdef)
            UNION
            SELECT format('a comment on column %I of %s', a.attname, a.attrelid::regclass)
              FROM pg_attribute AS a
             WHERE a.attrelid = ANY (members) AND a.attname = column_name
               AND col_description(a.attrelid, a.attnum) IS DISTINCT FROM col_description(relation, column_.attnum)
               AND col_description(a.attrelid, a.attnum) IS NOT NULL) AS o (what);
    IF item.objects <> '' THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = format('the type of %s cannot be changed by this plan', here),
            DETAIL = format('These hang on the column and would stay behind with the old one: %s.', item.objects),
            HINT = 'Drop them before and create them again after the swap, or change the type by hand.';
    END IF;
    SELECT string_agg(format('%I on %s', c.conname, c.conrelid::regclass), ', ') AS keys INTO item
      FROM pg_constraint AS c
     WHERE c.contype = 'f' AND c.conparentid = 0
       AND (c.confrelid = relation AND column_.attnum = ANY (c.confkey)
            OR EXISTS (SELECT FROM pg_attribute AS a WHERE c.confrelid = ANY (members) AND a.attrelid = c.confrelid AND a.attname = column_name AND a.attnum = ANY (c.confkey)));
    IF item.keys IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = format('other tables refer to %s', here),
            DETAIL = format('Foreign keys: %s.', item.keys),
            HINT = 'Change the referring columns in the same way first, without their foreign keys, which are added again after the swap.';
    END IF;
    IF table_.partitioned AND EXISTS (SELECT FROM pg_partitioned_table WHERE partrelid = relation AND column_.attnum = ANY (partattrs)) THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = format('column %s is in the partition key', here),
            HINT = 'Make a new partitioned table and copy the rows.';
    END IF;

    -- What is written down with the old type has to be understood with the new one: ALTER TABLE says so at once, the swap would at its end.
    SELECT pg_get_expr(adbin, adrelid) INTO default_ FROM pg_attrdef WHERE adrelid = relation AND adnum = column_.attnum;
    IF default_ IS NOT NULL AND volatility IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
            MESSAGE = format('default for column %s cannot be cast automatically to type %s', here, new_type),
            DETAIL = format('It is %s, and using_expression is not applied to it.', default_),
            HINT = 'Drop the default first, let what writes the table name a value, and set a default of the new type after the swap.';
    END IF;
    -- What it gives is of the old type first: now() in a date is a day. A literal says so, and numbers do not differ.
    IF NOT (default_ ~ '^(NULL|''([^'']|'''')*'')::' AND default_ LIKE '%::' || format_type(column_.atttypid, NULL)
            OR default_ ~ '^(-?[0-9]+|nextval\(''([^'']|'''')*''::regclass\))$'
               AND 'N' = ALL (ARRAY(SELECT typcategory FROM pg_type WHERE oid IN (column_.atttypid, type_)))) THEN
        default_ := format('CAST((%s) AS %s)', default_, format_type(column_.atttypid, column_.atttypmod));
    END IF;
    FOR item IN
        SELECT c.conname, pg_get_expr(c.conbin, c.conrelid) AS condition FROM pg_constraint AS c
         WHERE c.conrelid = relation AND c.contype = 'c' AND column_.attnum = ANY (c.conkey) ORDER BY c.conname
    LOOP
        refused := architect.plan_reads_as(relation, column_name, new_type, item.condition);
        IF refused IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
                MESSAGE = format('CHECK constraint %I of %s is not understood with column %I of type %s', item.conname, table_.sql_name, column_name, new_type),
                DETAIL = format('It is %s: %s.', item.condition, refused),
                HINT = format('Drop it first, and add it as it should be after the swap: ALTER TABLE %s DROP CONSTRAINT %I;', table_.sql_name, item.conname);
        END IF;
    END LOOP;
    FOR item IN
        SELECT c.conname, architect.plan_columns(c.confrelid, ARRAY[k.referenced]) AS referenced, (architect.plan_table(c.confrelid)).sql_name AS other
          FROM pg_constraint AS c
         CROSS JOIN LATERAL (SELECT f.referenced FROM unnest(c.conkey, c.confkey) AS f (referring, referenced) WHERE f.referring = column_.attnum) AS k
         WHERE c.conrelid = relation AND c.contype = 'f' AND c.conparentid = 0
           AND NOT architect.plan_refers(c.confrelid, c.conindid, k.referenced, type_)
         ORDER BY c.conname
    LOOP
        RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
            MESSAGE = format('foreign key %I of %s cannot be implemented with column %I of type %s', item.conname, table_.sql_name, column_name, new_type),
            DETAIL = format('Nothing compares it with column %s of %s.', item.referenced, item.other),
            HINT = 'Drop the foreign key first, and add it again when both columns are of one type.';
    END LOOP;

    -- The numbers of an identity or serial column go on as they were made to go.
    SELECT s.oid, format('%I.%I', n.nspname, s.relname) AS sql_name, t.lowest, t.highest,
           concat_ws(' ',
               CASE WHEN q.seqstart <> CASE WHEN q.seqincrement > 0 THEN q.seqmin ELSE q.seqmax END THEN format('START WITH %s', q.seqstart) END,
               CASE WHEN q.seqincrement <> 1 THEN format('INCREMENT BY %s', q.seqincrement) END,
               CASE WHEN o.own_min THEN format('MINVALUE %s', q.seqmin) END,
               CASE WHEN o.own_max THEN format('MAXVALUE %s', q.seqmax) END,
               CASE WHEN q.seqcache <> 1 THEN format('CACHE %s', q.seqcache) END,
               CASE WHEN q.seqcycle THEN 'CYCLE' END) AS options,
           o.own_min AND q.seqmin < t.lowest OR o.own_max AND q.seqmax > t.highest OR q.seqstart NOT BETWEEN t.lowest AND t.highest AS beyond
      INTO sequence_
      FROM pg_depend AS d JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_namespace AS n ON n.oid = s.relnamespace
      JOIN pg_sequence AS q ON q.seqrelid = s.oid
      LEFT JOIN (VALUES ('smallint'::regtype, (-32768)::bigint, 32767::bigint), ('integer', -2147483648, 2147483647),
                        ('bigint', -9223372036854775808, 9223372036854775807)) AS t (kind, lowest, highest) ON t.kind = type_
      JOIN (VALUES ('smallint'::regtype, (-32768)::bigint, 32767::bigint), ('integer', -2147483648, 2147483647),
                   ('bigint', -9223372036854775808, 9223372036854775807)) AS b (kind, lowest, highest) ON b.kind = q.seqtypid
     CROSS JOIN LATERAL (SELECT q.seqmin <> CASE WHEN q.seqincrement > 0 THEN 1 ELSE b.lowest END AS own_min,
                                q.seqmax <> CASE WHEN q.seqincrement > 0 THEN b.highest ELSE -1 END AS own_max) AS o
     WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = relation AND d.refobjsubid = column_.attnum
       AND d.deptype IN ('a', 'i');
    IF sequence_.beyond THEN
        RAISE EXCEPTION USING ERRCODE = 'numeric_value_out_of_range',
            MESSAGE = format('sequence %s gives numbers that column %s of type %s does not hold', sequence_.sql_name, here, new_type),
            DETAIL = format('Type %s holds %s .. %s.', new_type, sequence_.lowest, sequence_.highest),
            HINT = format('ALTER SEQUENCE %s ...;', sequence_.sql_name);
    END IF;
    -- A generated column has its value only after the triggers.
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS generated INTO item
      FROM pg_attribute AS a
     WHERE a.attrelid = relation AND a.attgenerated <> '' AND a.attnum = ANY (architect.plan_named_columns(relation, using_expression));
    IF item.generated IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = 'using_expression names a generated column',
            DETAIL = format('A trigger sees no value of it yet: %s.', item.generated),
            HINT = 'Name the columns from which it is computed.';
    END IF;

    -- The suffix that tells what kind of column it is stays at the end.
    new_column := architect.plan_name(relation, regexp_replace(column_name, '_(at|id)$', ''),
                                      '_new' || coalesce(substring(column_name::text FROM '_(?:at|id)$'), ''));
    names := names || new_column;
    old_column := architect.plan_name(relation, regexp_replace(column_name, '_(at|id)$', ''),
                                      '_old' || coalesce(substring(column_name::text FROM '_(?:at|id)$'), ''), names);
    names := names || old_column;
    plain := using_expression IS NULL;
    source := coalesce(using_expression, quote_ident(column_name));
    name_ := architect.plan_name(relation, format('fill_%s_%s', table_.table_name, new_column), '', names);
    names := names || name_;
    function_name := format('%I.%I', table_.schema_name, name_);
    -- Triggers fire in the order of their names: what another one writes to the column has to be seen.
    FOREACH name_ IN ARRAY ARRAY['', 'zz_', 'zzzzzz_'] LOOP
        trigger_name := architect.plan_name(relation, format('%sfill_%s', name_, new_column), '', names);
        SELECT string_agg(format('%I on %s', t.tgname, t.tgrelid::regclass), ', ' ORDER BY t.tgname) INTO refused
          FROM pg_trigger AS t
         WHERE t.tgrelid = ANY (relation::oid || coalesce(members, '{}')) AND NOT t.tgisinternal AND t.tgparentid = 0
           AND t.tgtype & 3 = 3 AND t.tgtype & 20 <> 0 AND t.tgname > trigger_name::name;
        EXIT WHEN refused IS NULL;
    END LOOP;
    IF refused IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = format('the type of %s cannot be changed by this plan', here),
            DETAIL = format('Triggers fire in the order of their names, and these would fire behind the one that fills the new column: %s.', refused),
            HINT = 'ALTER TRIGGER ... RENAME TO a name before zz.';
    END IF;
    names := names || trigger_name;
    -- The same value in every session: those settings are the plan's where the conversion asks for them.
    pinned := CASE WHEN plain AND volatility = 'i' THEN ''
                   ELSE ' SET search_path FROM CURRENT SET TimeZone FROM CURRENT SET DateStyle FROM CURRENT SET IntervalStyle FROM CURRENT' END;

    steps := steps || ROW(0, 'Expand: the new column',
        wait || format('ALTER TABLE %s ADD COLUMN %I %s;', table_.sql_name, new_column, new_type), 'own transaction', strong,
        wait || format('ALTER TABLE %s DROP COLUMN %I;', table_.sql_name, new_column))::architect.plan_step;
    steps := steps || ROW(0, 'Every write fills both columns',
        wait || format(E'CREATE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql%s AS %s;\n',
            function_name, pinned,
            architect.plan_quoted_body(format(E'\n%sBEGIN\n    %s\n    RETURN NEW;\nEND\n',
                CASE WHEN plain THEN '' ELSE E'#variable_conflict use_column\n' END,
                CASE WHEN plain THEN format('NEW.%I := NEW.%I;', new_column, column_name)
                     ELSE format('SELECT %s INTO NEW.%I FROM (SELECT NEW.*) AS %I;', source, new_column, table_.table_name) END), 'fill'))
        || format(E'CREATE TRIGGER %I BEFORE INSERT OR UPDATE ON %s\n    FOR EACH ROW EXECUTE FUNCTION %s();', trigger_name, table_.sql_name, function_name),
        'own transaction', format('SHARE ROW EXCLUSIVE on %s for a moment', table_.with_partitions),
        wait || format(E'DROP TRIGGER %I ON %s;\nDROP FUNCTION %s();', trigger_name, table_.sql_name, function_name))::architect.plan_step;
    steps := steps || ROW(0, 'Fill the new column of the old rows in batches; call it again after a cancel and it goes on',
        format('CALL architect.run_backfill(%L, %L);', table_.sql_name, format('%I = %s', new_column, source)),
        'outside a transaction block', 'none', NULL)::architect.plan_step;

    IF column_.attnotnull THEN
        proof := architect.plan_name(relation, format('%s_%s', table_.table_name, new_column), '_not_null', names);
        names := names || proof;
        steps := steps || ROW(0, 'The old column is NOT NULL, so the new one is; the old rows are not looked at',
            wait || format('ALTER TABLE %s ADD CONSTRAINT %I %s NOT VALID;', table_.sql_name, proof,
                CASE WHEN version >= 180000 THEN format('NOT NULL %I', new_column) ELSE format('CHECK (%I IS NOT NULL)', new_column) END),
            'own transaction', strong, wait || format('ALTER TABLE %s DROP CONSTRAINT %I;', table_.sql_name, proof))::architect.plan_step;
        -- From 18 on a NOT NULL may be NOT VALID: nobody has promised that the old rows have values.
        IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = relation AND contype = 'n' AND conkey = ARRAY[column_.attnum] AND NOT convalidated) THEN
            steps := steps || ROW(0, 'Look at the old rows while reads and writes go on',
                format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', table_.sql_name, proof), 'own transaction', scan, NULL)::architect.plan_step;
        END IF;
        IF version < 180000 THEN
            steps := steps || ROW(0, 'The constraint proves it, so that no row is read',
                wait || format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL;', table_.sql_name, new_column), 'own transaction', strong,
                wait || format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL;', table_.sql_name, new_column))::architect.plan_step;
            steps := steps || ROW(0, 'The proof is not needed any more',
                wait || format('ALTER TABLE %s DROP CONSTRAINT %I;', table_.sql_name, proof), 'own transaction', strong, NULL)::architect.plan_step;
        END IF;
    END IF;

    -- Indexes, with the new column in the old one's place; those of a constraint take its name over in the swap.
    FOR item IN
        SELECT c.relname, i.indisunique, i.indnullsnotdistinct, con.conname, con.contype, con.condeferrable, con.condeferred,
               format('USING %I (%s)%s%s%s%s', m.amname, k.keys, coalesce(' INCLUDE (' || k.included || ')', ''),
                      CASE WHEN i.indnullsnotdistinct THEN ' NULLS NOT DISTINCT' ELSE '' END,
                      coalesce(' WITH (' || array_to_string(c.reloptions, ', ') || ')', ''),
                      coalesce(' WHERE ' || pg_get_expr(i.indpred, i.indrelid), '')) AS definition,
               k.names
          FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS m ON m.oid = c.relam
          LEFT JOIN pg_constraint AS con ON con.conindid = i.indexrelid AND con.conrelid = relation AND con.contype IN ('p', 'u')
         CROSS JOIN LATERAL (
               SELECT string_agg(CASE WHEN a.attname = column_name THEN quote_ident(new_column)
                                      WHEN n.number = 0 THEN format('(%s)', pg_get_indexdef(i.indexrelid, n.place::integer, true))
                                      ELSE quote_ident(a.attname) END
                        || CASE WHEN a.attnum = column_.attnum OR i.indcollation[n.place - 1] IN (0, coalesce(a.attcollation, 0)) THEN ''
                                ELSE (SELECT format(' COLLATE %I.%I', ns.nspname, co.collname) FROM pg_collation AS co
                                        JOIN pg_namespace AS ns ON ns.oid = co.collnamespace WHERE co.oid = i.indcollation[n.place - 1]) END
                        || (SELECT CASE WHEN oc.opcdefault THEN '' ELSE format(' %I.%I', ns.nspname, oc.opcname) END
                              FROM pg_opclass AS oc JOIN pg_namespace AS ns ON ns.oid = oc.opcnamespace WHERE oc.oid = i.indclass[n.place - 1])
                        || CASE i.indoption[n.place - 1] WHEN 1 THEN ' DESC NULLS LAST' WHEN 2 THEN ' NULLS FIRST' WHEN 3 THEN ' DESC' ELSE '' END,
                        ', ' ORDER BY n.place) FILTER (WHERE n.place <= i.indnkeyatts) AS keys,
                      string_agg(CASE WHEN a.attname = column_name THEN quote_ident(new_column) ELSE quote_ident(a.attname) END,
                        ', ' ORDER BY n.place) FILTER (WHERE n.place > i.indnkeyatts) AS included,
                      string_agg(CASE WHEN a.attname = column_name THEN new_column ELSE a.attname::text END,
                        '_' ORDER BY n.place) FILTER (WHERE n.place <= i.indnkeyatts) AS names
                 FROM unnest(i.indkey) WITH ORDINALITY AS n (number, place)
                 LEFT JOIN pg_attribute AS a ON a.attrelid = relation AND a.attnum = n.number AND n.number <> 0) AS k
         WHERE i.indrelid = relation AND i.indisvalid AND column_.attnum = ANY (i.indkey)
         ORDER BY c.relname
    LOOP
        name_ := architect.plan_name(relation, format('idx_%s_%s', table_.table_name, item.names), '', names);
        names := names || name_;
        steps := steps || ROW(0, format('In the place of index %I; where it fails, drop the invalid index and run it again', item.relname),
            format('CREATE %sINDEX CONCURRENTLY %I ON %s %s;', CASE WHEN item.indisunique THEN 'UNIQUE ' ELSE '' END, name_, table_.sql_name, item.definition),
            'outside a transaction block', format('SHARE UPDATE EXCLUSIVE on %s while the index is built', table_.sql_name),
            format('DROP INDEX CONCURRENTLY IF EXISTS %I.%I;', table_.schema_name, name_))::architect.plan_step;
        IF item.conname IS NOT NULL THEN
            swap := swap || format(E'ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I %s USING INDEX %I%s;\n', table_.sql_name, item.conname, item.conname,
                CASE item.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, name_,
                CASE WHEN item.condeferred THEN ' DEFERRABLE INITIALLY DEFERRED' WHEN item.condeferrable THEN ' DEFERRABLE' ELSE '' END);
        ELSE
            -- A unique index goes with its column, unless the NULLs that the column holds from the swap on are equal to it.
            IF NOT item.indisunique OR item.indnullsnotdistinct THEN
                drops := drops || ROW(0, 'Contract: an index of the old column',
                    format('DROP INDEX CONCURRENTLY %I.%I;', table_.schema_name, item.relname), 'outside a transaction block',
                    format('SHARE UPDATE EXCLUSIVE on %s for a moment', table_.sql_name), NULL)::architect.plan_step;
            END IF;
            renames := renames || format(E'\nALTER INDEX %I.%I RENAME TO %I;', table_.schema_name, name_, item.relname);
        END IF;
    END LOOP;

    -- Foreign keys of the column itself.
    FOR item IN
        SELECT c.conname, (architect.plan_table(c.confrelid)).with_partitions AS other,
               regexp_replace(substr(d.def, length(format('FOREIGN KEY (%s)', architect.plan_columns(relation, c.conkey))) + 1), ' NOT VALID$', '') AS tail,
               CASE WHEN e.enforced THEN ' NOT VALID' ELSE '' END AS how, c.convalidated,
               (SELECT string_agg(CASE WHEN a.attnum = column_.attnum THEN quote_ident(new_column) ELSE quote_ident(a.attname) END, ', ' ORDER BY n.place)
                  FROM unnest(c.conkey) WITH ORDINALITY AS n (number, place)
                  JOIN pg_attribute AS a ON a.attrelid = relation AND a.attnum = n.number) AS columns_
          FROM pg_constraint AS c CROSS JOIN LATERAL (SELECT pg_get_constraintdef(c.oid) AS def) AS d CROSS JOIN LATERAL architect.plan_constraint(c.oid) AS e
         WHERE c.conrelid = relation AND c.contype = 'f' AND column_.attnum = ANY (c.conkey) AND c.conparentid = 0
         ORDER BY c.conname
    LOOP
        name_ := architect.plan_name(relation, item.conname, '_new', names);
        names := names || name_;
        steps := steps || ROW(0, format('In the place of foreign key %I; the old rows are not looked at', item.conname),
            wait || format('ALTER TABLE %s ADD CONSTRAINT %I FOREIGN KEY (%s)%s%s;', table_.sql_name, name_, item.columns_, item.tail, item.how),
            'own transaction', format('SHARE ROW EXCLUSIVE on %s for a moment; SHARE ROW EXCLUSIVE on %s for a moment', table_.sql_name, item.other),
            wait || format('ALTER TABLE %s DROP CONSTRAINT %I;', table_.sql_name, name_))::architect.plan_step;
        IF item.convalidated THEN
            steps := steps || ROW(0, 'Look up the old rows while reads and writes go on',
                format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', table_.sql_name, name_), 'own transaction',
                format('SHARE UPDATE EXCLUSIVE on %s while every row is looked up', table_.sql_name), NULL)::architect.plan_step;
        END IF;
        key_drops := key_drops || ROW(0, 'Contract: the foreign key of the old column; the new one takes its name',
            wait || format(E'ALTER TABLE %s DROP CONSTRAINT %I;\nALTER TABLE %s RENAME CONSTRAINT %I TO %I;', table_.sql_name, item.conname,
                           table_.sql_name, name_, item.conname),
            'own transaction', format('ACCESS EXCLUSIVE on %s for a moment; ACCESS EXCLUSIVE on %s for a moment', table_.sql_name, item.other),
            NULL)::architect.plan_step;
    END LOOP;

    -- The swap: everything in it only writes the catalog.
    swap := format(E'DROP TRIGGER %I ON %s;\nDROP FUNCTION %s();\n', trigger_name, table_.sql_name, function_name) || swap;
    IF column_.attidentity <> '' THEN
        swap := swap || format(
            E'ALTER TABLE %1$s ALTER COLUMN %2$I ADD GENERATED %3$s AS IDENTITY%8$s;\n'
            -- Not nextval(): of a sequence at its end there is none.
            'SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence(%4$L, %5$L), last_value, is_called) FROM %6$s;\n'
            'ALTER TABLE %1$s ALTER COLUMN %7$I DROP IDENTITY;\n',
            table_.sql_name, new_column, CASE column_.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END,
            table_.sql_name, new_column, sequence_.sql_name, column_name, coalesce(' (' || nullif(sequence_.options, '') || ')', ''));
    ELSIF default_ IS NOT NULL THEN
        swap := swap || format(E'ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s;\n', table_.sql_name, new_column, default_);
        IF sequence_.sql_name IS NOT NULL THEN
            swap := swap || format(E'ALTER SEQUENCE %s OWNED BY %s.%I;\n', sequence_.sql_name, table_.sql_name, new_column);
            -- A serial's sequence keeps the old type's maximum.
            IF type_ IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype) THEN
                swap := swap || format(E'ALTER SEQUENCE %s AS %s;\n', sequence_.sql_name, type_);
            END IF;
        END IF;
    END IF;
    swap := swap || format(E'ALTER TABLE %1$s RENAME COLUMN %2$I TO %3$I;\nALTER TABLE %1$s RENAME COLUMN %4$I TO %2$I;',
                           table_.sql_name, column_name, old_column, new_column);
    -- Nothing writes the old column any more. Under its new name nobody knows it: what it loses breaks no reader and no writer.
    IF column_.attnotnull OR default_ IS NOT NULL AND column_.attidentity = '' THEN
        swap := swap || format(E'\nALTER TABLE %s %s;', table_.sql_name, concat_ws(', ',
            CASE WHEN column_.attnotnull THEN format('ALTER COLUMN %I DROP NOT NULL', old_column) END,
            CASE WHEN default_ IS NOT NULL AND column_.attidentity = '' THEN format('ALTER COLUMN %I DROP DEFAULT', old_column) END));
    END IF;
    IF col_description(relation, column_.attnum) IS NOT NULL THEN
        swap := swap || format(E'\nCOMMENT ON COLUMN %s IS %L;', here, col_description(relation, column_.attnum));
    END IF;
    -- After the renames the text of a CHECK means the new column.
    FOR item IN
        SELECT c.conname, regexp_replace(pg_get_constraintdef(c.oid), ' NOT VALID$', '') AS def, c.convalidated,
               CASE WHEN e.enforced THEN ' NOT VALID' ELSE '' END AS how
          FROM pg_constraint AS c CROSS JOIN LATERAL architect.plan_constraint(c.oid) AS e
         WHERE c.conrelid = relation AND c.contype = 'c' AND column_.attnum = ANY (c.conkey)
         ORDER BY c.conname
    LOOP
        swap := swap || format(E'\nALTER TABLE %s DROP CONSTRAINT %I;\nALTER TABLE %s ADD CONSTRAINT %I %s%s;', table_.sql_name, item.conname,
                               table_.sql_name, item.conname, item.def, item.how);
        IF item.convalidated THEN
            swap_after := swap_after || ROW(0, format('Look at the old rows for CHECK %I while reads and writes go on', item.conname),
                format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', table_.sql_name, item.conname), 'own transaction', scan, NULL)::architect.plan_step;
        END IF;
    END LOOP;
    -- Without the trigger (session_replication_role), behind policies, by another conversion: nothing of that may go with the old column.
    -- A row is compared as it is stored: not every type has an operator for equality.
    steps := steps || ROW(0, 'Compare the new column with the old one in every row; it fails where they differ',
        format(E'SET LOCAL row_security = off;\nDO $compare$\n#variable_conflict use_column\nBEGIN\n'
               '    IF EXISTS (SELECT FROM %1$s WHERE pg_catalog.record_image_ne(ROW(%2$I), ROW(CAST((%3$s) AS %4$s)))) THEN\n'
               '        RAISE EXCEPTION USING ERRCODE = ''data_exception'', MESSAGE = %5$L,\n'
               '            HINT = %6$L;\n'
               '    END IF;\nEND\n$compare$;',
               table_.sql_name, new_column, source, new_type,
               format('column %I of %s differs from what column %I gives', new_column, table_.sql_name, column_name),
               format('CALL architect.run_backfill(%L, %L, restart => true); and then this step again.', table_.sql_name, format('%I = %s', new_column, source))),
        'own transaction', 'none', NULL)::architect.plan_step;
    steps := steps || ROW(0, 'Say that the swap is wanted; only who owns the policy may, and where the guard only warns it can be left out',
        format('SELECT architect.suppress(''column-renamed'', %L, %L, pg_catalog.now() + interval ''1 day'');', table_.sql_name,
               format('the column %I is swapped for one of type %s', column_name, new_type)),
        'own transaction', 'none', format('SELECT architect.unsuppress(''column-renamed'', %L);', table_.sql_name))::architect.plan_step;
    -- A column that took any text before takes any text after the swap: no finding about the plan.
    IF (SELECT bool_and(t.typcategory = 'S' AND t.typtype <> 'd') FROM pg_type AS t WHERE t.oid IN (column_.atttypid, type_))
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = relation AND contype IN ('c', 'f') AND column_.attnum = ANY (conkey))
       AND EXISTS (SELECT FROM architect.rules AS r WHERE r.name = 'status-column-unconstrained'
                      AND (r.parameters #> '{names,value}' ? column_name OR r.parameters #> '{suffixes,value}' ? substring(column_name::text FROM '[^_]*$'))) THEN
        steps := steps || ROW(0, 'Say that the column takes any text as it did before',
            format('SELECT architect.suppress(''status-column-unconstrained'', %L, %L, pg_catalog.now() + interval ''1 day'');', here,
                   'the column is swapped, and takes what it took before'),
            'own transaction', 'none', format('SELECT architect.unsuppress(''status-column-unconstrained'', %L);', here))::architect.plan_step;
    END IF;
    steps := steps || ROW(0,
        'Swap: the new column takes the name. Sessions with prepared statements on it get an error once: connect again. From here on the old column is not written',
        wait || swap, 'own transaction', strong, NULL)::architect.plan_step;
    -- First the keys, for which the indexes are there.
    steps := steps || swap_after || key_drops || drops;
    steps := steps || ROW(0, 'Contract, some releases later, when nobody misses the old values: say that the drop is wanted',
        format('SELECT architect.suppress(''column-dropped'', %L, %L, pg_catalog.now() + interval ''1 day'');', format('%s.%I', table_.sql_name, old_column),
               format('the column was swapped for one of type %s', new_type)),
        'own transaction', 'none', format('SELECT architect.unsuppress(''column-dropped'', %L);', format('%s.%I', table_.sql_name, old_column)))::architect.plan_step;
    steps := steps || ROW(0, 'Contract: the old column and its values go for good',
        wait || format('ALTER TABLE %s DROP COLUMN %I;', table_.sql_name, old_column) || renames, 'own transaction', strong, NULL)::architect.plan_step;
    RETURN QUERY SELECT o.place::integer, o.title, o.statement, o.transaction, o.locks, o.undo
                   FROM unnest(steps) WITH ORDINALITY AS o (step, title, statement, transaction, locks, undo, place);
END
$$;

COMMENT ON FUNCTION architect.type_change_plan(regclass, name, text, text) IS 'The steps that change a column''s type by expand and contract: new column, trigger, backfill, constraints and indexes, swap of the names, drop of the old one';

-- sql/functions/plans/backfill_plan.sql

CREATE FUNCTION architect.backfill_plan(relation regclass, assignment text, condition text DEFAULT NULL, batch_rows integer DEFAULT 1000)
    RETURNS SETOF architect.plan_step
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 2
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    table_ record;
    key record;
    rows_ double precision;
BEGIN
    IF relation IS NULL OR assignment IS NULL THEN
        RETURN;
    END IF;
    table_ := architect.plan_table(relation);
    key := architect.plan_key(relation);
    IF key.column_names IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('%s has no key along which it could be walked', table_.sql_name),
            DETAIL = 'That is a primary key, or a unique index over columns that are NOT NULL, in tables that inherit them too.',
            HINT = 'Add a primary key first.';
    END IF;
    PERFORM architect.plan_sees_all(relation);
    IF batch_rows IS NULL OR batch_rows NOT BETWEEN 1 AND 100000 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('batch_rows is %s, outside of 1 .. 100000', coalesce(batch_rows::text, 'NULL')),
            HINT = '1000 to 10000 rows keep each transaction short.';
    END IF;
    IF btrim(assignment) = '' OR btrim(condition) = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'there is nothing to do',
            HINT = 'assignment is what stands behind SET: total = price * quantity. condition is what stands behind WHERE, or NULL.';
    END IF;
    SELECT sum(greatest(c.reltuples, 0)) INTO rows_
      FROM pg_class AS c
     WHERE c.oid = relation OR c.oid IN (SELECT t.relid FROM architect.plan_partitions(relation) AS t WHERE table_.partitioned AND t.isleaf);
    RETURN QUERY VALUES
        (1,
         format('Change the rows along (%s), each batch in a transaction of its own%s; call it again after a cancel and it goes on',
                (SELECT string_agg(quote_ident(c), ', ' ORDER BY place) FROM unnest(key.column_names) WITH ORDINALITY AS u (c, place)),
                CASE WHEN rows_ > 0 THEN format(', about %s batches', ceil(rows_ / batch_rows)) ELSE '' END),
         format('CALL architect.run_backfill(%L, %L%s%s);', table_.sql_name, assignment, ', ' || quote_nullable(condition),
                CASE batch_rows WHEN 1000 THEN '' ELSE format(', batch_rows => %s', batch_rows) END),
         'outside a transaction block', 'none', NULL),
        (2,
         'Make the space of the old row versions usable again, and the statistics new',
         format('VACUUM (ANALYZE) %s;', table_.sql_name),
         'outside a transaction block', format('SHARE UPDATE EXCLUSIVE on %s while it is vacuumed', table_.with_partitions), NULL);
END
$$;

COMMENT ON FUNCTION architect.backfill_plan(regclass, text, text, integer) IS 'The steps that change all rows of a table in batches (batch_rows each) along its key';

-- sql/functions/plans/run_backfill.sql

-- It commits, so that it can have no SET clause: until the first set_config() everything is written with its schema, and whatever is the
-- caller's (assignment, condition) runs with the caller's own settings.
CREATE PROCEDURE architect.run_backfill(
    relation regclass,
    assignment text,
    condition text DEFAULT NULL,
    batch_rows integer DEFAULT 1000,
    pause interval DEFAULT '0.1 s',
    max_lag interval DEFAULT '10 s',
    max_lag_bytes bigint DEFAULT 67108864,
    copy_to regclass DEFAULT NULL,
    restart boolean DEFAULT false
)
    LANGUAGE plpgsql
    AS $$
DECLARE
    callers_path constant text := pg_catalog.current_setting('search_path');
    callers_dates constant text := pg_catalog.current_setting('DateStyle');
    callers_intervals constant text := pg_catalog.current_setting('IntervalStyle');
    callers_digits constant text := pg_catalog.current_setting('extra_float_digits');
    callers_lock_timeout constant text := pg_catalog.current_setting('lock_timeout');
    table_ record;
    target text;
    key record;
    state architect.backfills;
    digest text;
    numbers smallint[];
    here oid;
    cluster_ bigint;
    known boolean;
    key_list text;
    key_texts text;
    key_order text;
    change text;
    batch_end text[];
    seen bigint;
    changed bigint;
    in_table double precision;
    lag interval;
    lag_bytes numeric;
    hidden bigint;
    waiting boolean := false;
    blind boolean := false;
    tries integer := 0;
    refused boolean;
    told_at timestamp with time zone;
BEGIN
    -- Where it may not commit it says so before it does anything. Under another level each concurrent change of a row would be an error.
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    IF relation IS NULL OR (assignment IS NULL) = (copy_to IS NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'a backfill needs a table, and either an assignment or a table to copy to',
            HINT = 'CALL architect.run_backfill(''shop.orders'', ''total = price * quantity'');';
    END IF;
    IF batch_rows IS NULL OR batch_rows NOT BETWEEN 1 AND 100000 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('batch_rows is %s, outside of 1 .. 100000', coalesce(batch_rows::text, 'NULL')),
            HINT = '1000 to 10000 rows keep each transaction short.';
    END IF;
    IF btrim(assignment) = '' OR btrim(condition) = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'there is nothing to do',
            HINT = 'assignment is what stands behind SET: total = price * quantity. condition is what stands behind WHERE, or NULL.';
    END IF;
    table_ := architect.plan_table(relation);
    target := (architect.plan_table(copy_to)).sql_name;
    key := architect.plan_key(relation);
    IF key.column_names IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('%s has no key along which it could be walked', table_.sql_name),
            DETAIL = 'That is a primary key, or a unique index over columns that are NOT NULL, in tables that inherit them too.',
            HINT = 'Add a primary key first.';
    END IF;
    PERFORM architect.plan_sees_all(relation);
    IF NOT (has_table_privilege('architect.backfills', 'SELECT') AND has_table_privilege('architect.backfills', 'INSERT')
            AND has_table_privilege('architect.backfills', 'UPDATE')) THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = 'permission denied for table backfills',
            DETAIL = 'run_backfill() remembers there how far it is, with the rights of its caller.',
            HINT = format('The owner of the extension runs: GRANT SELECT, INSERT, UPDATE ON architect.backfills TO %I;', current_user);
    END IF;

    digest := encode(sha256(convert_to(jsonb_build_array(table_.sql_name, assignment, condition, target)::text, 'UTF8')), 'hex');
    SELECT string_agg(quote_ident(c), ', ' ORDER BY p), string_agg(format('b.%I::text', c), ', ' ORDER BY p),
           string_agg(format('%I USING %s', c, o), ', ' ORDER BY p)
      INTO key_list, key_texts, key_order
      FROM unnest(key.column_names, key.less) WITH ORDINALITY AS u (c, o, p);
    SELECT sum(greatest(c.reltuples, 0)) INTO in_table
      FROM pg_class AS c
     WHERE c.oid = relation OR c.oid IN (SELECT t.relid FROM architect.plan_partitions(relation) AS t WHERE table_.partitioned AND t.isleaf);

    SELECT oid INTO STRICT here FROM pg_database WHERE datname = current_database();
    IF has_function_privilege('pg_control_system()', 'EXECUTE') THEN
        SELECT system_identifier INTO cluster_ FROM pg_control_system();
    END IF;
    numbers := architect.plan_named_columns(relation, concat_ws(' ', assignment, condition));
    INSERT INTO architect.backfills
    VALUES (digest, table_.sql_name, relation, numbers, here, 'architect.backfills'::regclass, cluster_, assignment, condition, target, copy_to, key.column_names, NULL, 0, 0, 0,
            clock_timestamp(), clock_timestamp(), NULL, current_user)
        ON CONFLICT (fingerprint) DO NOTHING;
    SELECT * INTO STRICT state FROM architect.backfills AS b WHERE b.fingerprint = digest FOR UPDATE;
    -- What was written elsewhere came with a dump, as far as its rows were done: its numbers say nothing, its names do.
    known := state.database_oid = here AND state.written_in = 'architect.backfills'::regclass
             AND coalesce(state.system_identifier = cluster_, true);
    IF NOT known THEN
        UPDATE architect.backfills AS b
           SET relation_oid = run_backfill.relation, column_numbers = numbers, database_oid = here,
               written_in = 'architect.backfills'::regclass, system_identifier = cluster_, copied_to_oid = copy_to
         WHERE b.fingerprint = digest;
    END IF;
    IF restart OR state.key_columns <> key.column_names
       OR known
          AND (state.relation_oid, state.column_numbers, state.copied_to_oid) IS DISTINCT FROM (relation::oid, numbers, copy_to::oid) THEN
        UPDATE architect.backfills AS b
           SET relation_oid = run_backfill.relation, column_numbers = numbers, database_oid = here,
               written_in = 'architect.backfills'::regclass, system_identifier = cluster_, copied_to_oid = copy_to,
               key_columns = key.column_names, last_key = NULL, rows_seen = 0, rows_changed = 0, batches = 0,
               started_at = clock_timestamp(), updated_at = clock_timestamp(), finished_at = NULL, run_by = current_user
         WHERE b.fingerprint = digest;
    ELSIF state.finished_at IS NOT NULL THEN
        RAISE NOTICE USING MESSAGE = format('the backfill of %s is done already', table_.sql_name),
            DETAIL = format('It ended at %s.', state.finished_at),
            HINT = 'With restart => true it begins anew.';
        RETURN;
    ELSIF state.last_key IS NOT NULL THEN
        RAISE NOTICE USING MESSAGE = format('the backfill of %s goes on after (%s)', table_.sql_name, array_to_string(state.last_key, ', '));
    END IF;

    told_at := clock_timestamp();
    LOOP
        COMMIT;
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
        PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);

        SELECT max(r.replay_lag), max(pg_wal_lsn_diff(pg_current_wal_lsn(), r.replay_lsn)), count(*) FILTER (WHERE r.state IS NULL)
          INTO lag, lag_bytes, hidden
          FROM pg_stat_replication AS r
         WHERE r.state IS NULL OR r.state IN ('streaming', 'catchup');
        IF hidden > 0 AND NOT blind AND (max_lag IS NOT NULL OR max_lag_bytes IS NOT NULL) THEN
            blind := true;
            RAISE WARNING USING MESSAGE = format('role %I may not see how far the replicas are', current_user),
                DETAIL = 'The backfill does not wait for them.',
                HINT = format('GRANT pg_read_all_stats TO %I;', current_user);
        END IF;
        IF lag > max_lag OR lag_bytes > max_lag_bytes THEN
            IF NOT waiting THEN
                waiting := true;
                RAISE NOTICE USING MESSAGE = format('the backfill of %s waits for a replica: it is %s and %s behind', table_.sql_name,
                                                    coalesce(lag::text, 'an unknown time'), pg_size_pretty(lag_bytes));
            END IF;
            PERFORM pg_sleep(1);
            CONTINUE;
        END IF;
        waiting := false;

        -- The row's lock lets two callers take turns; what one has done the other does not do again.
        SELECT * INTO STRICT state FROM architect.backfills AS b WHERE b.fingerprint = digest FOR UPDATE;
        EXIT WHEN state.finished_at IS NOT NULL;

        -- As text that means the same under all settings.
        PERFORM set_config('DateStyle', 'ISO', true), set_config('IntervalStyle', 'postgres', true), set_config('extra_float_digits', '1', true);
        EXECUTE format('SELECT ARRAY[%s], n FROM (SELECT %s, row_number() OVER (ORDER BY %s) AS n '
                       'FROM (SELECT %s FROM %s WHERE %s ORDER BY %s LIMIT %s) AS b) AS b ORDER BY n DESC LIMIT 1',
                       key_texts, key_list, key_order, key_list, table_.sql_name,
                       coalesce(architect.plan_key_condition(relation, '>', state.last_key), 'true'), key_order, batch_rows)
           INTO batch_end, seen;
        IF batch_end IS NULL THEN
            UPDATE architect.backfills AS b SET finished_at = clock_timestamp(), run_by = current_user WHERE b.fingerprint = digest
            RETURNING * INTO state;
            EXIT;
        END IF;
        change := concat_ws(' AND ', architect.plan_key_condition(relation, '>', state.last_key),
                            architect.plan_key_condition(relation, '<=', batch_end), '(' || condition || E'\n)');
        IF copy_to IS NULL THEN
            change := format(E'UPDATE %s SET %s\nWHERE %s', table_.sql_name, assignment, change);
        ELSE
            -- The rows are locked so that none that is deleted meanwhile comes back; what a trigger copied already is newer.
            change := (SELECT format(E'INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s WHERE %s FOR SHARE ON CONFLICT DO NOTHING',
                                     target, c.list, c.list, table_.sql_name, change)
                         FROM (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS list
                                 FROM pg_attribute AS a
                                WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS c);
        END IF;

        refused := false;
        BEGIN
            PERFORM set_config('DateStyle', callers_dates, true), set_config('IntervalStyle', callers_intervals, true),
                    set_config('extra_float_digits', callers_digits, true),
                    set_config('lock_timeout', CASE callers_lock_timeout WHEN '0' THEN '2s' ELSE callers_lock_timeout END, true),
                    set_config('search_path', callers_path, true);
            EXECUTE change;
            GET DIAGNOSTICS changed = ROW_COUNT;
            PERFORM pg_catalog.set_config('lock_timeout', callers_lock_timeout, true),
                    pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
            tries := 0;
        EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
            -- Somebody has rows of the batch: let the others go meanwhile.
            tries := tries OPERATOR(pg_catalog.+) 1;
            IF tries OPERATOR(pg_catalog.>) 30 THEN
                RAISE;
            END IF;
            refused := true;
        END;
        IF refused THEN
            COMMIT;
            PERFORM pg_catalog.pg_sleep(1);
            CONTINUE;
        END IF;

        UPDATE architect.backfills AS b
           SET last_key = batch_end, rows_seen = b.rows_seen + seen, rows_changed = b.rows_changed + changed, batches = b.batches + 1,
               updated_at = clock_timestamp(), run_by = current_user
         WHERE b.fingerprint = digest
        RETURNING * INTO state;
        IF clock_timestamp() > told_at + interval '5 s' THEN
            told_at := clock_timestamp();
            RAISE NOTICE USING MESSAGE = format('the backfill of %s: %s rows in %s batches%s', table_.sql_name, state.rows_seen, state.batches,
                CASE WHEN in_table >= state.rows_seen THEN format(', about %s %%', round((100 * state.rows_seen / in_table)::numeric)) ELSE '' END);
        END IF;
        COMMIT;
        PERFORM pg_catalog.pg_sleep(coalesce(greatest(extract(epoch FROM pause), 0), 0)::double precision);
    END LOOP;
    RAISE NOTICE USING MESSAGE = pg_catalog.format('the backfill of %s is done: %s rows in %s batches, %s of them changed',
                                                   table_.sql_name, state.rows_seen, state.batches, state.rows_changed);
END
$$;

COMMENT ON PROCEDURE architect.run_backfill(regclass, text, text, integer, interval, interval, bigint, regclass, boolean) IS 'Changes the rows of a table in batches along its key, commits each, waits for replicas that lag, and goes on where it stopped when it is called again';

-- sql/functions/plans/partition_plan.sql

CREATE FUNCTION architect.partition_plan(
    relation regclass,
    key_column name,
    method text DEFAULT 'range',
    period text DEFAULT 'month',
    ahead integer DEFAULT 3,
    modulus integer DEFAULT 8,
    boundary timestamp with time zone DEFAULT NULL
)
    RETURNS SETOF architect.plan_step
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 12
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    version constant integer := current_setting('server_version_num')::integer;
    wait constant text := E'SET LOCAL lock_timeout = ''2s'';\n';
    table_ record;
    key_number smallint;
    key_type oid;
    pattern text;
    step_ interval;
    by_range boolean := lower(method) = 'range';
    owner_ text;
    pk record;
    pk_name text;
    pk_columns text;
    item record;
    taken text[];
    named text;
    renames text := '';
    parts text[] := '{}';
    part_options text;
    for_parts text := '';
    parent text;
    parent_sql text;
    old_name text;
    old_sql text;
    pk_index text;
    bound_name text;
    upper_bound text;
    make text;
    make_locks text := '';
    swap text;
    after_swap text := '';
    swap_locks text;
    function_name text;
    trigger_name text;
    body text;
    equal_mark text;
    bound_from timestamp with time zone;
    columns_ text;
    grants text;
    steps architect.plan_step[] := '{}';
BEGIN
    IF relation IS NULL OR key_column IS NULL OR method IS NULL THEN
        RETURN;
    END IF;
    table_ := architect.plan_table(relation);
    key_number := architect.plan_column(relation, key_column);
    IF lower(method) NOT IN ('range', 'hash') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('unrecognized method of partitioning: %L', method),
            HINT = 'It is range (by time) or hash.';
    END IF;
    IF table_.partitioned THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = format('%s is partitioned already', table_.sql_name);
    END IF;
    SELECT architect.plan_base_type(a.atttypid) INTO key_type FROM pg_attribute AS a WHERE a.attrelid = relation AND a.attnum = key_number;
    IF (SELECT attgenerated <> '' FROM pg_attribute WHERE attrelid = relation AND attnum = key_number) THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = format('column %I of %s is generated', key_column, table_.sql_name),
            DETAIL = 'A generated column cannot be a partition key.';
    END IF;
    IF by_range THEN
        IF key_type NOT IN ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype) THEN
            RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
                MESSAGE = format('column %I of %s is of type %s', key_column, table_.sql_name, format_type(key_type, NULL)),
                DETAIL = 'The plan partitions by ranges of time.',
                HINT = 'Name a column with a date or a time, or method => ''hash''.';
        END IF;
        IF period IS NULL OR lower(period) NOT IN ('day', 'week', 'month', 'quarter', 'year') THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('unrecognized period: %L', period),
                HINT = 'It is day, week, month, quarter or year.';
        END IF;
        IF ahead IS NULL OR ahead NOT BETWEEN 1 AND 100 THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('ahead is %s, outside of 1 .. 100', coalesce(ahead::text, 'NULL'));
        END IF;
    ELSIF modulus IS NULL OR modulus NOT BETWEEN 2 AND 1000 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('modulus is %s, outside of 2 .. 1000', coalesce(modulus::text, 'NULL'));
    END IF;

    -- What stays with the old table, or what a partitioned table cannot have.
    SELECT string_agg(w.what, '; ') AS list INTO item FROM (
        SELECT 'it is a partition' AS what FROM pg_class WHERE oid = relation AND relispartition
        UNION ALL SELECT 'it inherits or is inherited from' WHERE EXISTS (
            SELECT FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
             WHERE (i.inhrelid = relation OR i.inhparent = relation) AND NOT c.relispartition)
        UNION ALL SELECT 'it has row-level security' FROM pg_class WHERE oid = relation AND (relrowsecurity OR relforcerowsecurity OR EXISTS (SELECT FROM pg_policy WHERE polrelid = relation))
        UNION ALL SELECT format('foreign key %I of %s refers to it', conname, (SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class AS c
                                JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = conrelid)) FROM pg_constraint
            WHERE contype = 'f' AND confrelid = relation
        UNION ALL SELECT format('%s depends on it', pg_describe_object('pg_class'::regclass, r.ev_class, 0)) FROM pg_rewrite AS r
            WHERE r.ev_class <> relation AND EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                                                        AND d.refclassid = 'pg_class'::regclass AND d.refobjid = relation)
        UNION ALL SELECT format('rule %I', rulename) FROM pg_rewrite WHERE ev_class = relation
        -- By its OID or that of its row type: it would go on with the old table.
        UNION ALL SELECT DISTINCT format('%s depends on it', pg_describe_object(d.classid, d.objid, 0)) FROM pg_class AS c JOIN pg_type AS t ON t.oid = c.reltype
            JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.classid = 'pg_proc'::regclass
                OR d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.oid, t.typarray) AND d.deptype = 'n'
            WHERE c.oid = relation
        UNION ALL SELECT format('it is of type %s', format_type(reloftype, NULL)) FROM pg_class WHERE oid = relation AND reloftype <> 0
        UNION ALL SELECT format('publication %I names it', p.pubname) FROM pg_publication_rel AS pr JOIN pg_publication AS p ON p.oid = pr.prpubid WHERE pr.prrelid = relation
        UNION ALL SELECT format('trigger %I', tgname) FROM pg_trigger WHERE tgrelid = relation AND NOT tgisinternal
            AND (tgconstraint <> 0 OR tgtype & 1 = 1 AND (tgoldtable IS NOT NULL OR tgnewtable IS NOT NULL))
        UNION ALL SELECT format('exclusion constraint %I', conname) FROM pg_constraint WHERE conrelid = relation AND contype = 'x'
        UNION ALL SELECT format('deferrable constraint %I', conname) FROM pg_constraint WHERE conrelid = relation AND contype IN ('p', 'u') AND condeferrable
        -- (18) A column that is not there before.
        UNION ALL SELECT format('constraint %I with %s', c.conname, CASE c.contype WHEN 'f' THEN 'PERIOD' ELSE 'WITHOUT OVERLAPS' END) FROM pg_constraint AS c
            WHERE c.conrelid = relation AND to_jsonb(c) ->> 'conperiod' = 'true'
        UNION ALL SELECT format('replica identity by index %I', c.relname) FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
            WHERE i.indrelid = relation AND i.indisreplident
        UNION ALL SELECT format('constraint %I with NO INHERIT', conname) FROM pg_constraint WHERE conrelid = relation AND connoinherit AND contype IN ('c', 'n')
        UNION ALL SELECT format('privileges on column %I', attname) FROM pg_attribute WHERE attrelid = relation AND attacl IS NOT NULL
        UNION ALL SELECT format('unique index %I without %I', c.relname, key_column) FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
            WHERE i.indrelid = relation AND i.indisunique AND NOT (i.indisprimary AND by_range)
              AND NOT key_number = ANY (i.indkey[0:i.indnkeyatts - 1])) AS w;
    IF item.list IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = format('%s cannot be partitioned by this plan', table_.sql_name),
            DETAIL = format('In its way: %s.', item.list),
            HINT = 'A unique constraint of a partitioned table holds its key column. Drop what is in the way, and make it again after the swap where it is possible.';
    END IF;
    SELECT c.conname, c.conkey, key_number = ANY (c.conkey) AS has_key, obj_description(c.oid, 'pg_constraint') AS comment,
           array_remove(i.indkey[i.indnkeyatts:]::smallint[], key_number) AS included
      INTO pk
      FROM pg_constraint AS c JOIN pg_index AS i ON i.indexrelid = c.conindid WHERE c.conrelid = relation AND c.contype = 'p';
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('%s has no primary key', table_.sql_name), HINT = 'Add one first.';
    END IF;
    owner_ := CASE WHEN by_range THEN architect.plan_owner(relation) ELSE architect.plan_definer(relation) END;
    parent := architect.plan_name(relation, 'partitioned_' || table_.table_name, '');
    parent_sql := format('%I.%I', table_.schema_name, parent);
    -- Names that this plan gives, and those of extended statistics, which plan_name() does not know.
    taken := ARRAY(SELECT s.stxname::text FROM pg_statistic_ext AS s WHERE s.stxnamespace = (SELECT relnamespace FROM pg_class WHERE oid = relation)) || parent;
    pk_columns := format('(%s)', architect.plan_columns(relation, CASE WHEN pk.has_key THEN pk.conkey ELSE pk.conkey || key_number END))
               || coalesce(' INCLUDE (' || architect.plan_columns(relation, pk.included) || ')', '');

    -- 1. The key is never NULL, and part of the primary key.
    IF NOT (SELECT attnotnull FROM pg_attribute WHERE attrelid = relation AND attnum = key_number) THEN
        steps := steps || ARRAY(SELECT p FROM architect.not_null_plan(relation, key_column) AS p ORDER BY p.step);
    END IF;
    IF NOT pk.has_key THEN
        pk_index := architect.plan_free_name(relation, format('idx_%s_%s', table_.table_name, (
            SELECT string_agg(a.attname, '_' ORDER BY n.place) FROM unnest(pk.conkey || key_number) WITH ORDINALITY AS n (number, place)
              JOIN pg_attribute AS a ON a.attrelid = relation AND a.attnum = n.number)), '_unique', taken);
        taken := taken || pk_index;
        steps := steps || ROW(0, format('The primary key of a partitioned table holds the key: an index for %s; where it fails, drop the invalid index and run it again',
                pk_columns),
            format('CREATE UNIQUE INDEX CONCURRENTLY %I ON %s %s;', pk_index, table_.sql_name, pk_columns),
            'outside a transaction block', format('SHARE UPDATE EXCLUSIVE on %s while the index is built', table_.sql_name),
            format('DROP INDEX CONCURRENTLY IF EXISTS %I.%I;', table_.schema_name, pk_index))::architect.plan_step;
    END IF;
    -- One that is not enforced (18) is never valid, and need not be.
    FOR item IN SELECT c.conname FROM pg_constraint AS c WHERE c.conrelid = relation AND c.contype IN ('c', 'f', 'n') AND NOT c.convalidated
                   AND to_jsonb(c) ->> 'conenforced' IS DISTINCT FROM 'false' ORDER BY c.conname LOOP
        steps := steps || ROW(0, format('A partition needs its constraints valid: %I', item.conname),
            format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', table_.sql_name, item.conname), 'own transaction',
            format('SHARE UPDATE EXCLUSIVE on %s while every row is read', table_.sql_name), NULL)::architect.plan_step;
    END LOOP;

    -- 2. The partitioned table, empty, with all that the old one has.
    IF by_range THEN
        step_ := CASE lower(period) WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || lower(period))::interval END;
        pattern := CASE key_type WHEN 'date'::regtype THEN 'YYYY-MM-DD' WHEN 'timestamp'::regtype THEN 'YYYY-MM-DD HH24:MI:SS' ELSE 'YYYY-MM-DD HH24:MI:SSTZH:TZM' END;
        -- The old rows and those that come until the swap are below it.
        bound_from := coalesce(boundary, date_trunc(lower(period), now() + step_) + CASE WHEN lower(period) = 'day' THEN step_ ELSE interval '0' END);
        upper_bound := to_char(bound_from, pattern);
    END IF;
    old_name := architect.plan_free_name(relation, table_.table_name,
        CASE WHEN by_range THEN '_until_' || replace(left(upper_bound, 10), '-', '_') ELSE '_old' END, taken);
    old_sql := format('%I.%I', table_.schema_name, old_name);
    taken := taken || old_name;
    SELECT concat_ws(' ', 'USING ' || quote_ident((SELECT m.amname FROM pg_am AS m WHERE m.oid = c.relam AND m.amname <> 'heap')),
                     'WITH (' || o.list || ')')
      INTO part_options
      FROM pg_class AS c LEFT JOIN pg_class AS t ON t.oid = c.reltoastrelid
     CROSS JOIN LATERAL (SELECT string_agg(u.option, ', ' ORDER BY u.option)
                           FROM (SELECT unnest(c.reloptions) UNION ALL SELECT 'toast.' || x FROM unnest(t.reloptions) AS x) AS u (option)) AS o (list)
     WHERE c.oid = relation;
    make := format(E'CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING IDENTITY INCLUDING GENERATED\n'
                   '    INCLUDING STORAGE INCLUDING COMPRESSION INCLUDING COMMENTS) PARTITION BY %s (%I)%s;\n',
                   parent_sql, table_.sql_name, upper(method), key_column,
                   (SELECT coalesce(' TABLESPACE ' || quote_ident(t.spcname), '') FROM pg_class AS c LEFT JOIN pg_tablespace AS t ON t.oid = c.reltablespace WHERE c.oid = relation));
    -- A constraint has its old name after the swap: ON CONFLICT ON CONSTRAINT may name it.
    pk_name := architect.plan_free_name(relation, parent, '_pkey', taken);
    taken := taken || pk_name;
    make := make || format(E'ALTER TABLE %s ADD CONSTRAINT %I PRIMARY KEY %s;\n', parent_sql, pk_name, pk_columns)
                 || coalesce(format('COMMENT ON CONSTRAINT %I ON %s IS ', pk_name, parent_sql) || quote_literal(pk.comment) || E';\n', '');
    named := architect.plan_free_name(relation, old_name, '_pkey', taken);
    taken := taken || named;
    IF pk_index IS NULL THEN
        renames := renames || format(E'ALTER TABLE %s RENAME CONSTRAINT %I TO %I;\n', old_sql, pk.conname, named);
    END IF;
    renames := renames || format(E'ALTER TABLE %s RENAME CONSTRAINT %I TO %I;\n', table_.sql_name, pk_name, pk.conname);
    pk_name := named;
    FOR item IN
        SELECT con.conname, pg_get_constraintdef(con.oid) AS condef, c.relname, i.indisunique,
               obj_description(coalesce(con.oid, c.oid), CASE WHEN con.oid IS NULL THEN 'pg_class' ELSE 'pg_constraint' END) AS comment,
               substr(pg_get_indexdef(i.indexrelid), 1 + length(format('CREATE %sINDEX %I ON %s ', CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END,
                                                                       c.relname, table_.sql_name))) AS tail
          FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
          LEFT JOIN pg_constraint AS con ON con.conindid = i.indexrelid AND con.conrelid = relation AND con.contype = 'u'
         WHERE i.indrelid = relation AND i.indisvalid AND NOT i.indisprimary
         ORDER BY c.relname
    LOOP
        IF item.conname IS NOT NULL THEN
            named := architect.plan_free_name(relation, 'partitioned_' || item.conname, '', taken);
            taken := taken || named;
            make := make || format(E'ALTER TABLE %s ADD CONSTRAINT %I %s;\n', parent_sql, named, item.condef)
                         || coalesce(format('COMMENT ON CONSTRAINT %I ON %s IS ', named, parent_sql) || quote_literal(item.comment) || E';\n', '');
            renames := renames || format(E'ALTER TABLE %s RENAME CONSTRAINT %I TO %I;\n', old_sql, item.conname,
                                         architect.plan_free_name(relation, item.conname, '_old', taken))
                               || format(E'ALTER TABLE %s RENAME CONSTRAINT %I TO %I;\n', table_.sql_name, named, item.conname);
            taken := taken || architect.plan_free_name(relation, item.conname, '_old', taken);
        ELSE
            named := architect.plan_free_name(relation, CASE WHEN starts_with(item.relname, 'idx_') THEN 'idx_partitioned_' || substr(item.relname, 5)
                                                             ELSE 'idx_partitioned_' || item.relname END, '', taken);
            taken := taken || named;
            make := make || format(E'CREATE %sINDEX %I ON %s %s;\n', CASE WHEN item.indisunique THEN 'UNIQUE ' ELSE '' END, named, parent_sql, item.tail)
                         || coalesce(format('COMMENT ON INDEX %I.%I IS ', table_.schema_name, named) || quote_literal(item.comment) || E';\n', '');
        END IF;
    END LOOP;
    -- Not by LIKE: it would give them names that nobody knows, and to who runs the plan.
    FOR item IN
        SELECT s.stxname, pg_get_statisticsobjdef_columns(s.oid) AS columns_, to_jsonb(s) ->> 'stxstattarget' AS target, obj_description(s.oid, 'pg_statistic_ext') AS comment,
               (SELECT string_agg(CASE k WHEN 'd' THEN 'ndistinct' WHEN 'f' THEN 'dependencies' ELSE 'mcv' END, ', ') FROM unnest(s.stxkind) AS k WHERE k <> 'e') AS kinds
          FROM pg_statistic_ext AS s WHERE s.stxrelid = relation ORDER BY s.stxname
    LOOP
        named := architect.plan_free_name(relation, 'partitioned_' || item.stxname, '', taken);
        taken := taken || named;
        make := make || format(E'CREATE STATISTICS %I.%I%s ON %s FROM %s;\n', table_.schema_name, named, coalesce(' (' || item.kinds || ')', ''), item.columns_, parent_sql)
                     || coalesce(format('ALTER STATISTICS %I.%I SET STATISTICS ', table_.schema_name, named) || nullif(item.target, '-1') || E';\n', '')
                     || coalesce(format('COMMENT ON STATISTICS %I.%I IS ', table_.schema_name, named) || quote_literal(item.comment) || E';\n', '')
                     || format(E'ALTER STATISTICS %I.%I OWNER TO %s;\n', table_.schema_name, named, owner_);
    END LOOP;
    swap_locks := format('ACCESS EXCLUSIVE on %s for a moment', table_.sql_name);
    swap := format(E'LOCK TABLE %s IN ACCESS EXCLUSIVE MODE;\n', concat_ws(', ', table_.sql_name, CASE WHEN by_range THEN NULL ELSE parent_sql END));
    FOR item IN
        SELECT t.sql_name, t.with_partitions, string_agg(format(E'ALTER TABLE %s ADD CONSTRAINT %I %s;\n', parent_sql, c.conname,
                   regexp_replace(pg_get_constraintdef(c.oid), ' NOT VALID$', ''))
                   || coalesce(format('COMMENT ON CONSTRAINT %I ON %s IS ', c.conname, parent_sql) || quote_literal(obj_description(c.oid, 'pg_constraint')) || E';\n', ''),
                   '' ORDER BY c.conname) AS keys
          FROM pg_constraint AS c CROSS JOIN LATERAL architect.plan_table(c.confrelid) AS t
         WHERE c.conrelid = relation AND c.contype = 'f' AND c.confrelid <> relation
         GROUP BY t.sql_name, t.with_partitions ORDER BY t.sql_name
    LOOP
        make := make || item.keys;
        make_locks := make_locks || format('; SHARE ROW EXCLUSIVE on %s for a moment', item.with_partitions);
        IF by_range THEN
            -- ATTACH drops the triggers of the key that is adopted.
            swap_locks := swap_locks || format('; ACCESS EXCLUSIVE on %s for a moment', item.with_partitions);
            swap := swap || format(E'LOCK TABLE %s IN ACCESS EXCLUSIVE MODE;\n', item.sql_name);
        END IF;
    END LOOP;
    IF by_range THEN
        FOR i IN 1 .. ahead LOOP
            named := architect.plan_free_name(relation, table_.table_name, to_char(bound_from, CASE lower(period) WHEN 'year' THEN '_YYYY' WHEN 'month' THEN '_YYYY_MM'
                    WHEN 'quarter' THEN '_YYYY"q"Q' ELSE '_YYYY_MM_DD' END), taken);
            taken := taken || named;
            parts := parts || format('%I.%I', table_.schema_name, named);
            make := make || format(E'CREATE TABLE %I.%I PARTITION OF %s FOR VALUES FROM (%L) TO (%L)%s;\n', table_.schema_name, named,
                parent_sql, to_char(bound_from, pattern), to_char(bound_from + step_, pattern), coalesce(' ' || nullif(part_options, ''), ''));
            bound_from := bound_from + step_;
        END LOOP;
    ELSE
        FOR i IN 0 .. modulus - 1 LOOP
            named := architect.plan_free_name(relation, table_.table_name, format('_p%s', lpad(i::text, length((modulus - 1)::text), '0')), taken);
            taken := taken || named;
            parts := parts || format('%I.%I', table_.schema_name, named);
            make := make || format(E'CREATE TABLE %I.%I PARTITION OF %s FOR VALUES WITH (MODULUS %s, REMAINDER %s)%s;\n', table_.schema_name, named,
                parent_sql, modulus, i, coalesce(' ' || nullif(part_options, ''), ''));
        END LOOP;
    END IF;
    -- What LIKE leaves out. The parent's options of columns go down to its partitions where PostgreSQL has it so.
    make := make || coalesce(format('COMMENT ON TABLE %s IS ', parent_sql) || quote_literal(obj_description(relation, 'pg_class')) || E';\n', '')
        || coalesce((SELECT string_agg(format(E'ALTER TABLE %s ALTER COLUMN %I SET STATISTICS %s;\n', parent_sql, attname, attstattarget), '' ORDER BY attnum)
                       FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND attstattarget >= 0), '');
    SELECT concat(CASE c.relreplident WHEN 'f' THEN E'ALTER TABLE %1$s REPLICA IDENTITY FULL;\n' WHEN 'n' THEN E'ALTER TABLE %1$s REPLICA IDENTITY NOTHING;\n' END,
                  (SELECT string_agg(format('ALTER TABLE %%1$s ALTER COLUMN %s SET (%s);', replace(quote_ident(a.attname), '%', '%%'), o.list) || E'\n', '' ORDER BY a.attnum)
                     FROM pg_attribute AS a CROSS JOIN LATERAL (SELECT string_agg(x, ', ') FROM unnest(a.attoptions) AS x WHERE x LIKE 'n\_distinct%') AS o (list)
                    WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND o.list IS NOT NULL),
                  E'ALTER TABLE %1$s OWNER TO %2$s;\n')
      INTO for_parts FROM pg_class AS c WHERE c.oid = relation;
    -- Nobody but the owner has rights on them; on the whole the old ones come with the name.
    make := make || rtrim((SELECT string_agg(format(for_parts, o.part, owner_), '' ORDER BY o.place) FROM unnest(parent_sql || parts) WITH ORDINALITY AS o (part, place))
        || coalesce(format('REVOKE ALL ON %s FROM ', array_to_string(parent_sql || parts, ', ')) || architect.plan_default_grantees(relation, 'r', 'ALL') || ';', ''), E'\n');
    grants := coalesce((SELECT string_agg(format(E'\nGRANT %s ON %s TO %s%s;', g.rights, table_.sql_name, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
                                    CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END), '' ORDER BY g.grantee, g.is_grantable)
                         FROM (SELECT a.grantee, a.is_grantable, string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS rights
                                 FROM pg_class AS c, aclexplode(c.relacl) AS a WHERE c.oid = relation AND a.grantee <> c.relowner
                                GROUP BY a.grantee, a.is_grantable) AS g), '');
    steps := steps || ROW(0,
        CASE WHEN by_range THEN format('The partitioned table, empty, with partitions for %s %ss from %s on; make more before the last one ends', ahead, lower(period), upper_bound)
             ELSE format('The partitioned table, empty, with all %s partitions', modulus) END,
        wait || make, 'own transaction', coalesce(nullif(ltrim(make_locks, '; '), ''), 'none'), format('DROP TABLE %s;', parent_sql))::architect.plan_step;

    IF by_range THEN
        -- 3. A CHECK proves the bound of the old table, so that ATTACH reads nothing.
        bound_name := architect.plan_free_name(relation, table_.table_name, '_bound_check', taken);
        steps := steps || ROW(0, format('From now on no row at or after %s comes into the old table; its rows are not looked at', upper_bound),
            wait || format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (%I < %L) NOT VALID;', table_.sql_name, bound_name, key_column, upper_bound),
            'own transaction', format('ACCESS EXCLUSIVE on %s for a moment', table_.sql_name),
            wait || format('ALTER TABLE %s DROP CONSTRAINT %I;', table_.sql_name, bound_name))::architect.plan_step;
        steps := steps || ROW(0, 'Look at the old rows while reads and writes go on; where it fails, ask for the plan again with a later boundary',
            format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', table_.sql_name, bound_name), 'own transaction',
            format('SHARE UPDATE EXCLUSIVE on %s while every row is read', table_.sql_name), NULL)::architect.plan_step;
    ELSE
        -- 3. Rows of all partitions are in the old table: they are copied, with a trigger for what changes meanwhile.
        function_name := format('%I.%I', table_.schema_name, architect.plan_name(relation, 'copy_' || table_.table_name, ''));
        trigger_name := architect.plan_name(relation, 'copy_' || table_.table_name, '');
        SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum),
               format($body$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        TRUNCATE %1$s;
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM %1$s AS t WHERE %2$s;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO %1$s (%3$s) OVERRIDING SYSTEM VALUE VALUES (%4$s);
    END IF;
    RETURN NULL;
END
$body$, parent_sql, architect.plan_primary_key_match(relation, 't', 'OLD'), string_agg(quote_ident(attname), ', ' ORDER BY attnum),
                      string_agg('NEW.' || quote_ident(attname), ', ' ORDER BY attnum))
          INTO columns_, body
          FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
        steps := steps || ROW(0, 'Every write goes to both tables, with the rights of their owner',
            wait || format(E'REVOKE ALL ON %6$s FROM PUBLIC;\n'
                           'CREATE FUNCTION %1$s() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS %2$s;\n'
                           'REVOKE ALL ON FUNCTION %1$s() FROM %7$s;\n'
                           'ALTER FUNCTION %1$s() OWNER TO %8$s;\n'
                           'CREATE TRIGGER %3$I AFTER INSERT OR UPDATE OR DELETE ON %4$s\n    FOR EACH ROW EXECUTE FUNCTION %1$s();\n'
                           'CREATE TRIGGER %5$I AFTER TRUNCATE ON %4$s\n    FOR EACH STATEMENT EXECUTE FUNCTION %1$s();',
                function_name, architect.plan_quoted_body(body, 'copy'), trigger_name, table_.sql_name, architect.plan_name(relation, trigger_name, '_all'),
                parent_sql, concat_ws(', ', 'PUBLIC', architect.plan_default_grantees(relation, 'f', 'EXECUTE')), owner_),
            'own transaction', format('SHARE ROW EXCLUSIVE on %s for a moment', table_.sql_name),
            wait || format(E'DROP TRIGGER %I ON %s;\nDROP TRIGGER %I ON %s;\nDROP FUNCTION %s();', trigger_name, table_.sql_name,
                           architect.plan_name(relation, trigger_name, '_all'), table_.sql_name, function_name))::architect.plan_step;
        steps := steps || ROW(0, 'Copy the rows in batches; call it again after a cancel and it goes on',
            format('CALL architect.run_backfill(%L, NULL, copy_to => %L);', table_.sql_name, parent_sql), 'outside a transaction block', 'none', NULL)::architect.plan_step;
        -- What is said of the function is all that the swap asks for: to compare takes long, and the swap locks.
        equal_mark := format('%s and %s hold the same rows', table_.sql_name, parent_sql);
        steps := steps || ROW(0, 'Compare all rows, as they are at one moment; where they differ it fails, and the swap does too',
            format('DO %s;', architect.plan_quoted_body(format($body$
DECLARE
    old_rows bigint;
    old_digest numeric;
    new_rows bigint;
    new_digest numeric;
BEGIN
    SELECT o.n, o.digest, p.n, p.digest INTO old_rows, old_digest, new_rows, new_digest
      FROM (SELECT pg_catalog.count(*) AS n, pg_catalog.sum(pg_catalog.hashtextextended(ROW(%1$s)::text, 0)) AS digest FROM %2$s AS t) AS o,
           (SELECT pg_catalog.count(*) AS n, pg_catalog.sum(pg_catalog.hashtextextended(ROW(%1$s)::text, 0)) AS digest FROM %3$s AS t) AS p;
    IF old_rows IS DISTINCT FROM new_rows OR old_digest IS DISTINCT FROM new_digest THEN
        RAISE EXCEPTION USING ERRCODE = 'data_exception', MESSAGE = %4$L, DETAIL = pg_catalog.format('The first has %%s rows, the second %%s.', old_rows, new_rows),
            HINT = %5$L;
    END IF;
END
$body$,
                (SELECT string_agg('t.' || quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
                  WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND attgenerated = ''),
                table_.sql_name, parent_sql, format('%s and %s differ', table_.sql_name, parent_sql),
                format('CALL architect.run_backfill(%L, NULL, copy_to => %L, restart => true); It copies what is missing in the second; delete what is there only.', table_.sql_name, parent_sql)), 'compare'))
            || format(E'\nCOMMENT ON FUNCTION %s() IS %L;', function_name, equal_mark),
            'own transaction', 'none', format('COMMENT ON FUNCTION %s() IS NULL;', function_name))::architect.plan_step;
        steps := steps || ROW(0, 'Statistics for the planner before the first query', format('ANALYZE %s;', parent_sql), 'own transaction', 'none', NULL)::architect.plan_step;
        swap := swap || format(E'DO %s;\n', architect.plan_quoted_body(format($body$
BEGIN
    IF pg_catalog.obj_description(pg_catalog.to_regprocedure(%L), 'pg_proc') IS DISTINCT FROM %L THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = %L, HINT = 'Run the steps before this one.';
    END IF;
END
$body$, function_name || '()', equal_mark, format('%s and %s were not compared', table_.sql_name, parent_sql)), 'compared'))
            || format(E'DROP TRIGGER %I ON %s;\nDROP TRIGGER %I ON %s;\nDROP FUNCTION %s();\n', trigger_name, table_.sql_name,
                               architect.plan_name(relation, trigger_name, '_all'), table_.sql_name, function_name);
    END IF;

    -- 4. The swap: everything in it only writes the catalog.
    FOR item IN SELECT tgname, pg_get_triggerdef(oid) AS def, tgenabled, obj_description(oid, 'pg_trigger') AS comment FROM pg_trigger WHERE tgrelid = relation AND NOT tgisinternal ORDER BY tgname LOOP
        IF by_range THEN
            swap := swap || format(E'DROP TRIGGER %I ON %s;\n', item.tgname, table_.sql_name);
        END IF;
        after_swap := after_swap || E'\n' || item.def || ';'
            || CASE item.tgenabled WHEN 'O' THEN '' ELSE format(E'\nALTER TABLE %s %s TRIGGER %I;', table_.sql_name,
                    CASE item.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE REPLICA' END, item.tgname) END
            || coalesce(format(E'\nCOMMENT ON TRIGGER %I ON %s IS ', item.tgname, table_.sql_name) || quote_literal(item.comment) || ';', '');
    END LOOP;
    IF by_range AND pk_index IS NOT NULL THEN
        swap := swap || format(E'ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I;\n', table_.sql_name, pk.conname, pk_name, pk_index);
    END IF;
    FOR item IN
        SELECT a.attname, a.attidentity, format('%I.%I', n.nspname, s.relname) AS sequence_
          FROM pg_attribute AS a JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
           AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
          JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_namespace AS n ON n.oid = s.relnamespace
         WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
    LOOP
        IF item.attidentity <> '' THEN
            swap := swap || format(E'SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence(%L, %L), pg_catalog.nextval(%L));\n',
                                   parent_sql, item.attname, item.sequence_);
            IF by_range THEN
                swap := swap || format(E'ALTER TABLE %s ALTER COLUMN %I DROP IDENTITY;\n', table_.sql_name, item.attname);
            END IF;
        ELSE
            swap := swap || format(E'ALTER SEQUENCE %s OWNED BY %s.%I;\n', item.sequence_, parent_sql, item.attname);
        END IF;
    END LOOP;
    swap := swap || format(E'ALTER TABLE %s RENAME TO %I;\nALTER TABLE %s RENAME TO %I;\n', table_.sql_name, old_name, parent_sql, table_.table_name) || rtrim(renames, E'\n');
    IF by_range THEN
        swap := swap || format(E'\nALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (MINVALUE) TO (%L);', table_.sql_name, old_sql, upper_bound);
    END IF;
    steps := steps || ROW(0, 'Swap: the partitioned table takes the name' || CASE WHEN by_range THEN ', the old one is its first partition'
                                  ELSE '. From here on the old table is not written' END,
        wait || swap || grants || after_swap, 'own transaction', swap_locks, NULL)::architect.plan_step;
    IF by_range THEN
        steps := steps || ROW(0, 'The bound says it now', wait || format('ALTER TABLE %s DROP CONSTRAINT %I;', old_sql, bound_name),
            'own transaction', format('ACCESS EXCLUSIVE on %s for a moment', old_sql), NULL)::architect.plan_step;
        steps := steps || ROW(0, 'Autovacuum does not analyze a partitioned table: do it now and then', format('ANALYZE %s;', table_.sql_name),
            'own transaction', format('SHARE UPDATE EXCLUSIVE on %s while a sample is read; SHARE UPDATE EXCLUSIVE on %s while a sample is read', table_.sql_name, old_sql), NULL)::architect.plan_step;
    ELSE
        steps := steps || ROW(0, 'Contract, a week or two later, when nobody misses the old table: say that the drop is wanted',
            format('SELECT architect.suppress(''table-dropped'', %L, %L, pg_catalog.now() + interval ''1 day'');', old_sql,
                   format('%s was copied to a partitioned table', table_.sql_name)),
            'own transaction', 'none', format('SELECT architect.unsuppress(''table-dropped'', %L);', old_sql))::architect.plan_step;
        steps := steps || ROW(0, 'Contract: the old table goes for good', wait || format('DROP TABLE %s;', old_sql), 'own transaction',
            concat_ws('; ', format('ACCESS EXCLUSIVE on %s for a moment', old_sql), nullif(ltrim(replace(make_locks, 'SHARE ROW EXCLUSIVE', 'ACCESS EXCLUSIVE'), '; '), '')),
            NULL)::architect.plan_step;
    END IF;
    RETURN QUERY SELECT o.place::integer, o.title, o.statement, o.transaction, o.locks, o.undo
                   FROM unnest(steps) WITH ORDINALITY AS o (step, title, statement, transaction, locks, undo, place);
END
$$;

COMMENT ON FUNCTION architect.partition_plan(regclass, name, text, text, integer, integer, timestamp with time zone) IS 'The steps that turn a table into a partitioned one: by range of time, where it becomes the first partition (ahead more are made), or by hash, where its rows are copied to modulus partitions';

-- sql/functions/plans/updated_at_trigger.sql

CREATE FUNCTION architect.updated_at_trigger(relation regclass, column_name name DEFAULT 'updated_at')
    RETURNS SETOF architect.plan_step
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 2
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wait constant text := E'SET LOCAL lock_timeout = ''2s'';\n';
    table_ record;
    type_ text;
    base_type oid;
    existing text;
    field text;
    named text;
    function_name text;
    steps architect.plan_step[] := '{}';
BEGIN
    IF relation IS NULL OR column_name IS NULL THEN
        RETURN;
    END IF;
    table_ := architect.plan_table(relation);
    IF NOT table_.partitioned AND EXISTS (SELECT FROM pg_inherits WHERE inhparent = relation) THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = format('the trigger would not see all updates of %s', table_.sql_name),
            DETAIL = format('Tables inherit from it, and row triggers are not inherited: %s.',
                            (SELECT string_agg(inhrelid::regclass::text, ', ' ORDER BY inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = relation)),
            HINT = 'Make partitions of them, or a trigger on each by hand.';
    END IF;
    SELECT format_type(a.atttypid, a.atttypmod), architect.plan_base_type(a.atttypid) INTO type_, base_type
      FROM pg_attribute AS a
     WHERE a.attrelid = relation AND a.attname = column_name AND a.attnum > 0 AND NOT a.attisdropped;
    IF type_ IS NULL THEN
        IF EXISTS (SELECT FROM pg_class WHERE oid = relation AND (relispartition OR reloftype <> 0)) THEN
            RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
                MESSAGE = format('%s has no column %I, and it cannot be added', table_.sql_name, column_name),
                DETAIL = (SELECT CASE WHEN c.relispartition THEN format('It is a partition of %s.', i.inhparent::regclass)
                                      ELSE format('It is a table OF type %s, which says what columns it has.', c.reloftype::regtype) END
                            FROM pg_class AS c LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid WHERE c.oid = relation),
                HINT = 'Ask for the plan of the partitioned table, or add the column to the type first.';
        END IF;
        steps := steps || ROW(0, 'The column; the old rows count as changed now, and nothing is rewritten',
            wait || format('ALTER TABLE %s ADD COLUMN %I timestamp with time zone NOT NULL DEFAULT now();', table_.sql_name, column_name),
            'own transaction', format('ACCESS EXCLUSIVE on %s for a moment', table_.with_partitions),
            wait || format('ALTER TABLE %s DROP COLUMN %I;', table_.sql_name, column_name))::architect.plan_step;
    ELSIF base_type NOT IN ('timestamptz'::regtype, 'timestamp'::regtype) THEN
        RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
            MESSAGE = format('column %I of %s is of type %s', column_name, table_.sql_name, type_),
            HINT = 'The column that is kept up to date is a timestamp with time zone.';
    END IF;
    -- A comparison is no assignment: = is one at the start of a statement, := and INTO are anywhere.
    field := 'new\s*\.\s*"?' || regexp_replace(column_name, '([^[:alnum:]_])', '\\\1', 'g') || '"?';
    SELECT t.tgname INTO existing
      FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
     CROSS JOIN LATERAL (SELECT regexp_replace(regexp_replace(p.prosrc, '--[^\n]*', '', 'g'), '/\*.*?\*/', ' ', 'g') AS body) AS c
     WHERE t.tgrelid = relation AND NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgtype & 19 = 19
       AND (c.body ~* ('\m' || field || '\s*:=')
            OR c.body ~* ('(^|;|>>|\m(begin|then|else|loop))\s*' || field || '\s*=')
            OR c.body ~* ('\minto\s+(strict\s+)?([^;]*,\s*)?' || field || '([^[:alnum:]_$"]|$)')
            OR p.proname = 'moddatetime' AND t.tgargs = convert_to(column_name, getdatabaseencoding()) || '\x00'::bytea)
     ORDER BY t.tgname LIMIT 1;
    IF existing IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
            MESSAGE = format('trigger %I keeps column %I of %s already', existing, column_name, table_.sql_name);
    END IF;
    named := architect.plan_name(relation, format('set_%s_%s', table_.table_name, column_name), '');
    function_name := format('%I.%I', table_.schema_name, named);
    steps := steps || ROW(0, 'A trigger that keeps it, for updates that change something',
        wait || format(E'CREATE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS %s;\n',
                       function_name, architect.plan_quoted_body(format(E'\nBEGIN\n    NEW.%I := now();\n    RETURN NEW;\nEND\n', column_name), 'set'))
        -- A row is compared as it is stored: not every type has an operator for equality. A generated column is not computed before a trigger.
        || format(E'CREATE TRIGGER %I BEFORE UPDATE ON %s\n    FOR EACH ROW%s EXECUTE FUNCTION %s();', named, table_.sql_name,
                  CASE WHEN EXISTS (SELECT FROM pg_attribute WHERE attrelid = relation AND attgenerated <> '') THEN ''
                       ELSE ' WHEN (OLD.* OPERATOR(pg_catalog.*<>) NEW.*)' END, function_name),
        'own transaction', format('SHARE ROW EXCLUSIVE on %s for a moment', table_.with_partitions),
        wait || format(E'DROP TRIGGER %I ON %s;\nDROP FUNCTION %s();', named, table_.sql_name, function_name))::architect.plan_step;
    RETURN QUERY SELECT o.place::integer, o.title, o.statement, o.transaction, o.locks, o.undo
                   FROM unnest(steps) WITH ORDINALITY AS o (step, title, statement, transaction, locks, undo, place);
END
$$;

COMMENT ON FUNCTION architect.updated_at_trigger(regclass, name) IS 'The steps that give a table a column which holds when a row was changed last, and the trigger that keeps it';

-- sql/functions/plans/history_table.sql

CREATE FUNCTION architect.history_table(relation regclass, history_name name DEFAULT NULL)
    RETURNS SETOF architect.plan_step
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 3
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wait constant text := E'SET LOCAL lock_timeout = ''2s'';\n';
    table_ record;
    owner_ text;
    key_numbers smallint[];
    deferrable_key boolean;
    history text;
    history_sql text;
    id_column text;
    period_column text;
    operation_column text;
    function_name text;
    trigger_name text;
    truncate_name text;
    columns_ text;
    olds text;
    news text;
    definitions text;
    key_columns text;
    index_name text;
    body text;
    exclusion text;
    can_exclude boolean;
    gist_schema text;
BEGIN
    IF relation IS NULL THEN
        RETURN;
    END IF;
    table_ := architect.plan_table(relation);
    SELECT conkey, condeferrable INTO key_numbers, deferrable_key FROM pg_constraint WHERE conrelid = relation AND contype = 'p';
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('%s has no primary key', table_.sql_name),
            DETAIL = 'The history tells by it which versions belong to one row.',
            HINT = 'Add a primary key first.';
    END IF;
    owner_ := architect.plan_definer(relation);
    IF history_name IS NOT NULL AND to_regclass(format('%I.%I', table_.schema_name, history_name)) IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_table',
            MESSAGE = format('relation %I.%I already exists', table_.schema_name, history_name);
    END IF;
    IF history_name IS NULL AND to_regclass(format('%I.%I', table_.schema_name, left(table_.table_name || '_history', 63))) IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_table',
            MESSAGE = format('%s seems to have a history already', table_.sql_name),
            DETAIL = format('There is %I.%I.', table_.schema_name, table_.table_name || '_history'),
            HINT = 'Give another name as history_name.';
    END IF;
    history := coalesce(history_name, architect.plan_name(relation, table_.table_name, '_history'));
    history_sql := format('%I.%I', table_.schema_name, history);
    id_column := architect.plan_name(relation, 'history_id', '');
    period_column := architect.plan_name(relation, 'valid_during', '');
    operation_column := architect.plan_name(relation, 'operation', '');
    function_name := format('%I.%I', table_.schema_name, architect.plan_name(relation, 'keep_' || history, ''));
    trigger_name := architect.plan_name(relation, 'keep_' || history, '');
    truncate_name := architect.plan_free_name(relation, 'keep_' || history, '_all', ARRAY[trigger_name]);

    -- A trigger does not see what a virtual column is (18); it is computed from the others.
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),
           string_agg('OLD.' || quote_ident(a.attname), ', ' ORDER BY a.attnum),
           string_agg('NEW.' || quote_ident(a.attname), ', ' ORDER BY a.attnum),
           string_agg(format(E'    %I %s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
                             CASE WHEN a.attcollation NOT IN (0, t.typcollation) THEN (SELECT format(' COLLATE %I.%I', n.nspname, c.collname)
                                  FROM pg_collation AS c JOIN pg_namespace AS n ON n.oid = c.collnamespace WHERE c.oid = a.attcollation) ELSE '' END,
                             CASE WHEN a.attnum = ANY (key_numbers)
                                    OR a.attnotnull AND NOT EXISTS (SELECT FROM pg_constraint AS n WHERE n.conrelid = relation AND n.contype = 'n'
                                                                       AND n.conkey = ARRAY[a.attnum] AND NOT n.convalidated)
                                  THEN ' NOT NULL' ELSE '' END), E',\n' ORDER BY a.attnum)
      INTO columns_, olds, news, definitions
      FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
     WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v';
    key_columns := architect.plan_columns(relation, key_numbers);

    -- EXCLUDE needs an operator class of GiST with equality for each column of the key, which btree_gist brings for most types.
    SELECT n.nspname INTO gist_schema FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'btree_gist';
    SELECT bool_and(EXISTS (
               SELECT FROM pg_opclass AS oc JOIN pg_am AS m ON m.oid = oc.opcmethod AND m.amname = 'gist'
                 JOIN pg_amop AS am ON am.amopfamily = oc.opcfamily AND am.amoplefttype = oc.opcintype AND am.amoprighttype = oc.opcintype
                 JOIN pg_operator AS p ON p.oid = am.amopopr AND p.oprname = '=' AND p.oprnamespace = 'pg_catalog'::regnamespace
                WHERE oc.opcdefault
                  AND (oc.opcintype = b.type_ OR EXISTS (SELECT FROM pg_cast AS ca
                        WHERE ca.castsource = b.type_ AND ca.casttarget = oc.opcintype AND ca.castmethod = 'b'))))
      INTO can_exclude
      FROM unnest(key_numbers) AS n (number)
      JOIN pg_attribute AS a ON a.attrelid = relation AND a.attnum = n.number
     CROSS JOIN LATERAL (SELECT architect.plan_base_type(a.atttypid) AS type_) AS b;
    IF can_exclude THEN
        exclusion := format(E',\n    CONSTRAINT %I EXCLUDE USING gist (%s, %I WITH OPERATOR(pg_catalog.&&))', architect.plan_name(relation, history, '_no_overlap'),
            (SELECT string_agg(format('%I WITH OPERATOR(pg_catalog.=)', a.attname), ', ' ORDER BY n.place)
               FROM unnest(key_numbers) WITH ORDINALITY AS n (number, place) JOIN pg_attribute AS a ON a.attrelid = relation AND a.attnum = n.number),
            period_column);
    END IF;

    index_name := architect.plan_free_name(relation, format('idx_%s_%s', history,
        (SELECT string_agg(a.attname, '_' ORDER BY n.place) FROM unnest(key_numbers) WITH ORDINALITY AS n (number, place)
           JOIN pg_attribute AS a ON a.attrelid = relation AND a.attnum = n.number)),
        CASE WHEN can_exclude THEN '_current' ELSE '_current_unique' END, ARRAY[history]);

    -- No variable in it is without its label: the table may have a column of any name.
    body := format($body$
#variable_conflict use_column
<<keep>>
DECLARE
    -- Not now(): a transaction that began earlier may change the row later.
    moment timestamp with time zone := clock_timestamp();
    operation text := TG_OP;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        UPDATE %1$s AS h
           SET %2$I = tstzrange(lower(h.%2$I), greatest(keep.moment, lower(h.%2$I) + interval '1 microsecond')), %3$I = 'DELETE'
         WHERE upper_inf(h.%2$I);
        RETURN NULL;
    END IF;
%4$s    IF TG_OP <> 'INSERT' THEN
        UPDATE %1$s AS h
           SET %2$I = tstzrange(lower(h.%2$I), greatest(keep.moment, lower(h.%2$I) + interval '1 microsecond')),
               %3$I = CASE keep.operation WHEN 'DELETE' THEN 'DELETE' ELSE h.%3$I END
         WHERE %5$s AND upper_inf(h.%2$I)
        RETURNING upper(h.%2$I) INTO keep.moment;
        IF NOT FOUND THEN
            -- The first change since there is a history.
            keep.moment := clock_timestamp();
            INSERT INTO %1$s (%6$s, %2$I, %3$I)
            VALUES (%7$s, tstzrange(NULL, keep.moment), CASE keep.operation WHEN 'DELETE' THEN 'DELETE' ELSE 'INSERT' END);
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO %1$s (%6$s, %2$I, %3$I) VALUES (%8$s, tstzrange(keep.moment, NULL), keep.operation);
    END IF;
    RETURN NULL;
END
$body$,
        history_sql, period_column, operation_column,
        -- Where the key is deferrable two rows may have it for a moment, and the open version be that of the other.
        CASE WHEN deferrable_key THEN '' ELSE format($body$    IF TG_OP = 'INSERT' THEN
        -- What is open still is of a row that went unseen, where triggers do not fire.
        UPDATE %1$s AS h
           SET %2$I = tstzrange(lower(h.%2$I), greatest(keep.moment, lower(h.%2$I) + interval '1 microsecond')), %3$I = 'DELETE'
         WHERE %4$s AND upper_inf(h.%2$I)
        RETURNING upper(h.%2$I) INTO keep.moment;
        IF NOT FOUND THEN
            keep.moment := clock_timestamp();
        END IF;
    END IF;
$body$, history_sql, period_column, operation_column, architect.plan_primary_key_match(relation, 'h', 'NEW')) END,
        architect.plan_primary_key_match(relation, 'h', 'OLD'), columns_, olds, news);

    RETURN QUERY SELECT 1,
        CASE WHEN can_exclude THEN 'The history: one row per version, whose times never overlap'
             ELSE format('The history: one row per version, one of them open. %s', CASE WHEN gist_schema IS NULL
                  THEN 'With CREATE EXTENSION btree_gist before, the plan has an EXCLUDE constraint, so that the times never overlap'
                  ELSE 'The key''s type has no equality in GiST, so that no EXCLUDE constraint can keep the times apart' END) END,
        format(E'CREATE TABLE %s (\n    %I bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n%s,\n    %I tstzrange NOT NULL,\n'
               '    %I text NOT NULL CHECK (%I IN (''INSERT'', ''UPDATE'', ''DELETE''))%s\n);\n'
               'CREATE %sINDEX %I ON %s (%s) WHERE upper_inf(%I);\n'
               'COMMENT ON TABLE %s IS %L;\nCOMMENT ON COLUMN %s.%I IS %L;\nCOMMENT ON COLUMN %s.%I IS %L;\n'
               'ALTER TABLE %s OWNER TO %s;',
               history_sql, id_column, definitions, period_column, operation_column, operation_column, coalesce(exclusion, ''),
               CASE WHEN can_exclude THEN '' ELSE 'UNIQUE ' END, index_name, history_sql, key_columns, period_column,
               history_sql, format('The versions of the rows of %s', table_.sql_name),
               history_sql, period_column, 'When the version was the current one; open at its end while it is, at its start where nobody saw it come',
               history_sql, operation_column, 'What made the version; DELETE for the last one of a row that is gone',
               history_sql, owner_),
        'own transaction', 'none', format('DROP TABLE %s;', history_sql)
    UNION ALL SELECT 2,
        'Each change writes its version in its own transaction. With the rights of the table''s owner, so that who changes rows need not be able to change their history',
        -- First what fails where there is no history: a trigger without it would let nobody write.
        wait || format(E'REVOKE ALL ON %s FROM PUBLIC;\n', history_sql)
        || coalesce(format('REVOKE TRIGGER ON %s FROM ', history_sql) || architect.plan_default_grantees(relation, 'r', 'TRIGGER') || E';\n', '')
        || format(E'CREATE FUNCTION %1$s() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS %2$s;\n'
                  'REVOKE ALL ON FUNCTION %1$s() FROM %3$s;\n'
                  'ALTER FUNCTION %1$s() OWNER TO %4$s;\n'
                  'CREATE TRIGGER %5$I AFTER INSERT OR UPDATE OR DELETE ON %6$s\n    FOR EACH ROW EXECUTE FUNCTION %1$s();\n'
                  'CREATE TRIGGER %7$I AFTER TRUNCATE ON %6$s\n    FOR EACH STATEMENT EXECUTE FUNCTION %1$s();',
                  function_name, architect.plan_quoted_body(body, 'keep'),
                  concat_ws(', ', 'PUBLIC', architect.plan_default_grantees(relation, 'f', 'EXECUTE')), owner_,
                  trigger_name, table_.sql_name, truncate_name),
        'own transaction', format('SHARE ROW EXCLUSIVE on %s for a moment', table_.with_partitions),
        wait || format(E'DROP TRIGGER %1$I ON %3$s;\nDROP TRIGGER %2$I ON %3$s;\nDROP FUNCTION %4$s();', trigger_name, truncate_name, table_.sql_name, function_name);
END
$$;

COMMENT ON FUNCTION architect.history_table(regclass, name) IS 'The steps that keep each version of a table''s rows, with the time for which it was the current one, in a table beside it';

-- sql/functions/plans/role_template.sql

CREATE FUNCTION architect.role_template(application text DEFAULT 'app', schema_name name DEFAULT 'public')
    RETURNS SETOF architect.plan_step
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 5
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    owner_role text;
    write_role text;
    read_role text;
    missing text[];
    maker record;
    steps architect.plan_step[] := '{}';
BEGIN
    IF application IS NULL OR schema_name IS NULL THEN
        RETURN;
    END IF;
    IF application = '' OR octet_length(application) > 57 OR application ~ '^pg_' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_name',
            MESSAGE = format('%L cannot be the beginning of role names', application),
            DETAIL = 'The roles are called like it with _owner, _write and _read; names that begin with pg_ are PostgreSQL''s own.';
    END IF;
    IF NOT EXISTS (SELECT FROM pg_namespace WHERE nspname = schema_name) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_schema_name', MESSAGE = format('schema %I does not exist', schema_name);
    END IF;
    IF schema_name ~ '^pg_' OR schema_name IN ('information_schema', 'architect') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_schema_name', MESSAGE = format('schema %I is not an application''s', schema_name);
    END IF;
    owner_role := application || '_owner';
    write_role := application || '_write';
    read_role := application || '_read';
    SELECT array_agg(r.name ORDER BY r.place) INTO missing
      FROM (VALUES (owner_role, 1), (write_role, 2), (read_role, 3)) AS r (name, place)
     WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = r.name);
    IF missing IS NOT NULL THEN
        steps := steps || ROW(0,
            'Roles that nobody logs in as: one owns and migrates, one reads and writes, one reads. People and services get roles of their own and are made members',
            (SELECT string_agg(format('CREATE ROLE %I NOLOGIN;', m), E'\n' ORDER BY place) FROM unnest(missing) WITH ORDINALITY AS u (m, place))
            || CASE WHEN owner_role = ANY (missing) THEN format(E'\nALTER ROLE %I SET lock_timeout = ''2s'';', owner_role) ELSE '' END,
            'own transaction', 'none',
            (SELECT string_agg(format('DROP ROLE %I;', m), E'\n' ORDER BY place DESC) FROM unnest(missing) WITH ORDINALITY AS u (m, place)))::architect.plan_step;
    END IF;
    steps := steps || ROW(0, 'Whoever writes may read; nobody else makes objects in the schema',
        format(E'GRANT %2$I TO %3$I;\nREVOKE CREATE ON SCHEMA %1$I FROM PUBLIC;\nGRANT USAGE, CREATE ON SCHEMA %1$I TO %4$I;\nGRANT USAGE ON SCHEMA %1$I TO %2$I;',
               schema_name, read_role, write_role, owner_role),
        'own transaction', 'none',
        format(E'REVOKE %2$I FROM %3$I;\nREVOKE ALL ON SCHEMA %1$I FROM %4$I, %2$I;', schema_name, read_role, write_role, owner_role))::architect.plan_step;
    steps := steps || ROW(0, 'Rights on what is there: no TRUNCATE, no REFERENCES, no TRIGGER',
        format(E'GRANT SELECT ON ALL TABLES IN SCHEMA %1$I TO %2$I;\nGRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %1$I TO %3$I;\n'
               'GRANT SELECT ON ALL SEQUENCES IN SCHEMA %1$I TO %2$I;\nGRANT USAGE ON ALL SEQUENCES IN SCHEMA %1$I TO %3$I;',
               schema_name, read_role, write_role),
        'own transaction', 'none',
        format(E'REVOKE ALL ON ALL TABLES IN SCHEMA %1$I FROM %2$I, %3$I;\nREVOKE ALL ON ALL SEQUENCES IN SCHEMA %1$I FROM %2$I, %3$I;',
               schema_name, read_role, write_role))::architect.plan_step;
    -- Default privileges are those of who makes an object: of the new owner, and of each role that owns something here now.
    FOR maker IN
        SELECT owner_role AS name, 0 AS place
        UNION
        SELECT pg_get_userbyid(c.relowner)::text, 1 FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE n.nspname = schema_name AND c.relkind IN ('r', 'p', 'v', 'm', 'S') AND pg_get_userbyid(c.relowner) <> owner_role
           AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
         ORDER BY place, name
    LOOP
        steps := steps || ROW(0, format('The same rights on what %I makes from now on', maker.name),
            format(E'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I IN SCHEMA %2$I GRANT SELECT ON TABLES TO %3$I;\n'
                   'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I IN SCHEMA %2$I GRANT INSERT, UPDATE, DELETE ON TABLES TO %4$I;\n'
                   'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I IN SCHEMA %2$I GRANT SELECT ON SEQUENCES TO %3$I;\n'
                   'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I IN SCHEMA %2$I GRANT USAGE ON SEQUENCES TO %4$I;',
                   maker.name, schema_name, read_role, write_role),
            'own transaction', 'none',
            format(E'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I IN SCHEMA %2$I REVOKE ALL ON TABLES FROM %3$I, %4$I;\n'
                   'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I IN SCHEMA %2$I REVOKE ALL ON SEQUENCES FROM %3$I, %4$I;',
                   maker.name, schema_name, read_role, write_role))::architect.plan_step;
    END LOOP;
    steps := steps || ROW(0, 'What the owner makes is executed by nobody who was not named (PostgreSQL lets everybody execute a new function)',
        format(E'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;\n'
               'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I IN SCHEMA %2$I GRANT EXECUTE ON FUNCTIONS TO %3$I;', owner_role, schema_name, write_role),
        'own transaction', 'none',
        format(E'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I GRANT EXECUTE ON FUNCTIONS TO PUBLIC;\n'
               'ALTER DEFAULT PRIVILEGES FOR ROLE %1$I IN SCHEMA %2$I REVOKE EXECUTE ON FUNCTIONS FROM %3$I;', owner_role, schema_name, write_role))::architect.plan_step;
    RETURN QUERY SELECT o.place::integer, o.title, o.statement, o.transaction, o.locks, o.undo
                   FROM unnest(steps) WITH ORDINALITY AS o (step, title, statement, transaction, locks, undo, place);
END
$$;

COMMENT ON FUNCTION architect.role_template(text, name) IS 'The steps that make an owner, a writing and a reading role for an application''s schema, with default privileges for what is made later';

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
    architect.ddl_log, architect.measured_work FROM PUBLIC;
GRANT SELECT ON architect.rule_settings, architect.suppressions, architect.armed, architect.profile_in_use, architect.baseline,
    architect.ddl_log, architect.measured_work TO pg_monitor;

-- Whoever runs backfills is named: GRANT SELECT, INSERT, UPDATE ON architect.backfills.
REVOKE ALL ON architect.backfills FROM PUBLIC;
GRANT SELECT ON architect.backfills TO pg_monitor;
