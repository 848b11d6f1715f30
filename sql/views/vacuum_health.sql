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
