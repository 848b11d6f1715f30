-- Who keeps VACUUM from removing dead rows in this database: one row for each session, standby, replication slot and prepared
-- transaction that holds an old transaction id. (Of the functions behind the views: to plan the views costs more than to read them.)
SELECT CASE WHEN a.backend_type = 'walsender' THEN 'standby' ELSE 'session' END AS kind,
       COALESCE(NULLIF(a.application_name, ''), pg_catalog.pg_get_userbyid(a.usesysid)::pg_catalog.text, '') AS name,
       a.pid,
       CASE WHEN a.backend_type = 'walsender' THEN pg_catalog.age(a.backend_xmin)
            ELSE GREATEST(pg_catalog.age(a.backend_xmin), pg_catalog.age(a.backend_xid)) END AS xid_age,
       CASE WHEN a.backend_type <> 'walsender' THEN
           EXTRACT(epoch FROM pg_catalog.clock_timestamp() - COALESCE(a.xact_start, a.query_start))::pg_catalog.float8
       END AS seconds,
       COALESCE(a.state, '') AS state
FROM pg_catalog.pg_stat_get_activity(NULL) AS a
WHERE CASE
    WHEN a.backend_type = 'walsender' THEN a.backend_xmin IS NOT NULL
    ELSE a.pid <> pg_catalog.pg_backend_pid()
        AND a.backend_type NOT IN ('autovacuum worker', 'parallel worker')
        -- A snapshot holds what its own database sees; a transaction id that writes is in the snapshots of all.
        AND (a.backend_xid IS NOT NULL OR a.backend_xmin IS NOT NULL
             AND a.datid = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database()))
        -- VACUUM itself is left out by the server.
        AND a.pid NOT IN (SELECT v.pid FROM pg_catalog.pg_stat_get_progress_info('VACUUM') AS v)
    END
UNION ALL
SELECT CASE WHEN s.xmin IS NULL THEN 'catalog slot' ELSE 'slot' END,
       s.slot_name::pg_catalog.text,
       s.active_pid,
       GREATEST(pg_catalog.age(s.xmin), pg_catalog.age(s.catalog_xmin)),
       NULL,
       CASE WHEN s.active THEN 'active' ELSE 'inactive' END
FROM pg_catalog.pg_get_replication_slots() AS s
WHERE s.xmin IS NOT NULL OR s.catalog_xmin IS NOT NULL
UNION ALL
SELECT 'prepared transaction',
       x.gid,
       NULL,
       pg_catalog.age(x.transaction),
       EXTRACT(epoch FROM pg_catalog.clock_timestamp() - x.prepared)::pg_catalog.float8,
       ''
FROM pg_catalog.pg_prepared_xact() AS x
ORDER BY 4 DESC NULLS LAST
