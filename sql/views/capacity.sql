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
