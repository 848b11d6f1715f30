-- The server and the state of its counters: one row.
SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS version_num,
       EXTRACT(epoch FROM pg_catalog.clock_timestamp())::pg_catalog.float8 AS now,
       EXTRACT(epoch FROM pg_catalog.pg_postmaster_start_time())::pg_catalog.float8 AS started,
       EXTRACT(epoch FROM pg_catalog.pg_stat_get_db_stat_reset_time(d.oid))::pg_catalog.float8 AS counters_reset,
       pg_catalog.pg_is_in_recovery() AS in_recovery,
       CASE WHEN pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE')
            -- Logical replication serves no queries of ours.
            THEN (SELECT pg_catalog.count(*)
                  FROM pg_catalog.pg_stat_get_wal_senders() AS r
                  WHERE NOT EXISTS (
                      SELECT FROM pg_catalog.pg_get_replication_slots() AS s
                      WHERE s.active_pid = r.pid AND s.slot_type = 'logical')) END AS standbys,
       pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS reads_all_stats,
       pg_catalog.current_setting('block_size')::pg_catalog.int8 AS block_size,
       d.datname AS database,
       d.datdba AS database_owner,
       pg_catalog.age(d.datfrozenxid) AS xid_age,
       pg_catalog.mxid_age(d.datminmxid) AS multixact_age,
       CURRENT_USER::pg_catalog.text AS role,
       (SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER) AS superuser,
       -- What most databases do not have: to plan the queries that read it costs more than to see that it is not there.
       EXISTS (SELECT FROM pg_catalog.pg_publication) AS publications,
       EXISTS (SELECT FROM pg_catalog.pg_foreign_server) AS foreign_servers,
       EXISTS (SELECT FROM pg_catalog.pg_policy) AS policies
FROM pg_catalog.pg_database AS d
WHERE d.datname = pg_catalog.current_database()
