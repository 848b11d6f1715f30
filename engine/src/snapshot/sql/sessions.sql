-- The sessions of clients. (Of the functions behind the views: to plan the views costs more than to read them.)
SELECT a.pid,
       COALESCE(d.datname, '') AS database,
       a.usesysid,
       COALESCE(a.application_name, '') AS application,
       COALESCE(a.state, '') AS state,
       EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::pg_catalog.float8 AS open_for,
       EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.state_change)::pg_catalog.float8 AS state_for,
       a.pid IN (SELECT p.pid FROM pg_catalog.pg_stat_get_progress_info('VACUUM') AS p)
           OR a.pid IN (SELECT p.pid FROM pg_catalog.pg_stat_get_progress_info('CREATE INDEX') AS p)
           OR a.application_name IN ('pg_dump', 'pg_dumpall') AS maintains,
       a.pid = pg_catalog.pg_backend_pid() AS own,
       CASE WHEN NOT (a.client_addr <<= '127.0.0.0/8' OR a.client_addr = '::1') THEN pg_catalog.host(a.client_addr) END AS address,
       a.client_port IS NOT NULL AND a.ssl IS NOT NULL AS encryption_known,
       COALESCE(a.client_port IS NOT NULL AND a.ssl, false) AS encrypted
FROM pg_catalog.pg_stat_get_activity(NULL) AS a
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = a.datid
WHERE a.backend_type = 'client backend'
