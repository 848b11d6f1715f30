-- Who receives WAL from here.
SELECT COALESCE(NULLIF(a.application_name, ''), 'pid ' || r.pid) AS name,
       COALESCE(r.state, '') AS state,
       COALESCE(r.sync_state, '') AS sync_state,
       CASE WHEN r.at > h.lsn THEN 0 ELSE pg_catalog.pg_wal_lsn_diff(h.lsn, r.at) END::pg_catalog.int8 AS lag_bytes,
       EXTRACT(epoch FROM r.replay_lag)::pg_catalog.float8 AS lag_seconds
FROM (
    SELECT s.*, COALESCE(s.replay_lsn, s.flush_lsn, s.write_lsn, s.sent_lsn) AS at
    FROM pg_catalog.pg_stat_get_wal_senders() AS s
) AS r
JOIN pg_catalog.pg_stat_get_activity(NULL) AS a ON a.pid = r.pid
CROSS JOIN (
    SELECT CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
                ELSE pg_catalog.pg_current_wal_lsn() END AS lsn
) AS h
