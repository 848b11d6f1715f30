-- The sessions of clients.
SELECT a.pid,
       COALESCE(a.datname, '') AS database,
       a.usesysid,
       COALESCE(a.application_name, '') AS application,
       COALESCE(a.state, '') AS state,
       EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::pg_catalog.float8 AS open_for,
       EXTRACT(epoch FROM pg_catalog.clock_timestamp() - a.state_change)::pg_catalog.float8 AS state_for,
       EXISTS (SELECT FROM pg_catalog.pg_stat_progress_vacuum AS p WHERE p.pid = a.pid)
           OR EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index AS p WHERE p.pid = a.pid)
           OR a.application_name IN ('pg_dump', 'pg_dumpall') AS maintains,
       a.pid = pg_catalog.pg_backend_pid() AS own,
       CASE WHEN NOT (a.client_addr <<= '127.0.0.0/8' OR a.client_addr = '::1') THEN pg_catalog.host(a.client_addr) END AS address,
       s.ssl IS NOT NULL AS encryption_known,
       COALESCE(s.ssl, false) AS encrypted
FROM pg_catalog.pg_stat_activity AS a
LEFT JOIN pg_catalog.pg_stat_ssl AS s ON s.pid = a.pid
WHERE a.backend_type = 'client backend'
