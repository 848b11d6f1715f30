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
