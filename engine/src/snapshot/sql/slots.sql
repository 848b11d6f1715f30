-- Replication slots.
SELECT s.slot_name,
       s.slot_type = 'logical' AS is_logical,
       s.temporary,
       s.active,
       s.restart_lsn IS NOT NULL AS reserves,
       CASE WHEN s.restart_lsn > h.lsn THEN 0 ELSE pg_catalog.pg_wal_lsn_diff(h.lsn, s.restart_lsn) END::pg_catalog.int8 AS retained,
       COALESCE(s.wal_status, '') AS wal_status,
       COALESCE(
           j.row ->> 'invalidation_reason',
           CASE WHEN (j.row ->> 'conflicting')::pg_catalog.bool THEN 'conflict with recovery' END
       ) AS invalid,
       false AS synced, -- until 16
       s.synced, -- since 17
       false AS has_failover, -- until 16
       true AS has_failover, -- since 17
       false AS failover, -- until 16
       s.failover, -- since 17
       NULL::pg_catalog.float8 AS inactive_since -- until 16
       EXTRACT(epoch FROM s.inactive_since)::pg_catalog.float8 AS inactive_since -- since 17
FROM pg_catalog.pg_get_replication_slots() AS s
-- invalidation_reason came in 17, conflicting in 16.
CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(s) AS row) AS j
CROSS JOIN (
    SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
                ELSE pg_catalog.pg_current_wal_lsn() END AS lsn
) AS h
