-- A standby's own replay: one row, none on a primary.
SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_wal_receiver AS r WHERE r.pid IS NOT NULL) AS connected,
       pg_catalog.pg_get_wal_replay_pause_state() <> 'not paused' AS paused,
       pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_last_wal_receive_lsn(), pg_catalog.pg_last_wal_replay_lsn())::pg_catalog.int8 AS bytes,
       EXTRACT(epoch FROM pg_catalog.clock_timestamp() - pg_catalog.pg_last_xact_replay_timestamp())::pg_catalog.float8 AS seconds
WHERE pg_catalog.pg_is_in_recovery()
