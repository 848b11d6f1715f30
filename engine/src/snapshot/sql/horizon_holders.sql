-- Who keeps VACUUM from removing dead rows in this database: one row for each session, standby, replication slot and prepared
-- transaction that holds an old transaction id. What belongs to another database holds back nothing here but the catalogs that all
-- databases share, and is named with it (ComputeXidHorizons in procarray.c; in recovery it makes no difference).
-- (Of the functions behind the views: to plan the views costs more than to read them.)
SELECT CASE WHEN a.backend_type = 'walsender' AND a.datid IS NULL THEN 'standby' ELSE 'session' END AS kind,
       COALESCE(NULLIF(a.application_name, ''), pg_catalog.pg_get_userbyid(a.usesysid)::pg_catalog.text, '') AS name,
       a.pid,
       CASE WHEN a.backend_type = 'walsender' AND a.datid IS NULL THEN pg_catalog.age(a.backend_xmin)
            ELSE GREATEST(pg_catalog.age(a.backend_xmin), pg_catalog.age(a.backend_xid)) END AS xid_age,
       CASE WHEN a.datid IS NOT NULL THEN
           EXTRACT(epoch FROM pg_catalog.clock_timestamp() - COALESCE(a.xact_start, a.query_start))::pg_catalog.float8
       END AS seconds,
       COALESCE(a.state, '') AS state,
       CASE WHEN NOT pg_catalog.pg_is_in_recovery() AND a.datid <> h.oid THEN d.datname::pg_catalog.text END AS elsewhere
FROM pg_catalog.pg_stat_get_activity(NULL) AS a
CROSS JOIN (SELECT o.oid FROM pg_catalog.pg_database AS o WHERE o.datname = pg_catalog.current_database()) AS h
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = a.datid
WHERE CASE
    -- What a standby's feedback holds back belongs to no database.
    WHEN a.backend_type = 'walsender' AND a.datid IS NULL THEN a.backend_xmin IS NOT NULL
    ELSE a.pid <> pg_catalog.pg_backend_pid()
        AND a.backend_type NOT IN ('autovacuum worker', 'parallel worker')
        AND (a.backend_xid IS NOT NULL OR a.backend_xmin IS NOT NULL)
        AND a.datid IS NOT NULL
        -- VACUUM itself is left out by the server.
        AND a.pid NOT IN (SELECT v.pid FROM pg_catalog.pg_stat_get_progress_info('VACUUM') AS v)
    END
UNION ALL
SELECT CASE WHEN s.xmin IS NULL THEN 'catalog slot' ELSE 'slot' END,
       s.slot_name::pg_catalog.text,
       s.active_pid,
       GREATEST(pg_catalog.age(s.xmin), pg_catalog.age(s.catalog_xmin)),
       NULL,
       CASE WHEN s.active THEN 'active' ELSE 'inactive' END,
       NULL
FROM pg_catalog.pg_get_replication_slots() AS s
WHERE s.xmin IS NOT NULL OR s.catalog_xmin IS NOT NULL
UNION ALL
SELECT 'prepared transaction',
       x.gid,
       NULL,
       pg_catalog.age(x.transaction),
       EXTRACT(epoch FROM pg_catalog.clock_timestamp() - x.prepared)::pg_catalog.float8,
       '',
       CASE WHEN NOT pg_catalog.pg_is_in_recovery() AND d.datname <> pg_catalog.current_database() THEN d.datname::pg_catalog.text END
FROM pg_catalog.pg_prepared_xact() AS x
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = x.dbid
ORDER BY 4 DESC NULLS LAST
