-- Who keeps VACUUM from removing dead rows in this database: one row for each session, standby, replication slot and prepared
-- transaction that holds an old transaction id.
SELECT 'session' AS kind,
       COALESCE(NULLIF(a.application_name, ''), a.usename::pg_catalog.text, '') AS name,
       a.pid,
       GREATEST(pg_catalog.age(a.backend_xmin), pg_catalog.age(a.backend_xid)) AS xid_age,
       EXTRACT(epoch FROM pg_catalog.clock_timestamp() - COALESCE(a.xact_start, a.query_start))::pg_catalog.float8 AS seconds,
       COALESCE(a.state, '') AS state
FROM pg_catalog.pg_stat_activity AS a
WHERE a.pid <> pg_catalog.pg_backend_pid()
  AND a.backend_type NOT IN ('walsender', 'autovacuum worker', 'parallel worker')
  -- A snapshot holds what its own database sees; a transaction id that writes is in the snapshots of all.
  AND (a.backend_xid IS NOT NULL OR a.backend_xmin IS NOT NULL AND a.datname = pg_catalog.current_database())
  -- VACUUM itself is left out by the server.
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_vacuum AS v WHERE v.pid = a.pid)
UNION ALL
SELECT 'standby',
       COALESCE(NULLIF(a.application_name, ''), a.usename::pg_catalog.text, ''),
       a.pid,
       pg_catalog.age(a.backend_xmin),
       NULL,
       COALESCE(a.state, '')
FROM pg_catalog.pg_stat_activity AS a
WHERE a.backend_type = 'walsender' AND a.backend_xmin IS NOT NULL
UNION ALL
SELECT CASE WHEN s.xmin IS NULL THEN 'catalog slot' ELSE 'slot' END,
       s.slot_name::pg_catalog.text,
       s.active_pid,
       GREATEST(pg_catalog.age(s.xmin), pg_catalog.age(s.catalog_xmin)),
       NULL,
       CASE WHEN s.active THEN 'active' ELSE 'inactive' END
FROM pg_catalog.pg_replication_slots AS s
WHERE s.xmin IS NOT NULL OR s.catalog_xmin IS NOT NULL
UNION ALL
SELECT 'prepared transaction',
       x.gid,
       NULL,
       pg_catalog.age(x.transaction),
       EXTRACT(epoch FROM pg_catalog.clock_timestamp() - x.prepared)::pg_catalog.float8,
       ''
FROM pg_catalog.pg_prepared_xacts AS x
ORDER BY 4 DESC NULLS LAST
