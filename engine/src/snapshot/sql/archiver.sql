-- The archiver: one row. The name of a WAL file is its timeline and its number; history and backup files have a dot.
SELECT COALESCE(a.last_failed_time > COALESCE(a.last_archived_time, '-infinity'), false) AS failing,
       COALESCE(a.last_failed_wal, '') AS last_failed,
       a.archived_count,
       a.failed_count,
       CASE WHEN a.last_archived_wal ~ '^[0-9A-F]{24}$' AND NOT pg_catalog.pg_is_in_recovery() THEN
           GREATEST(0, g.segment * (
               pg_catalog.floor(pg_catalog.pg_wal_lsn_diff(pg_catalog.pg_current_wal_lsn(), '0/0') / g.segment) - 1
               - (('x' || pg_catalog.substr(a.last_archived_wal, 9, 8))::pg_catalog.bit(32)::pg_catalog.int8 * (4294967296 / g.segment)
                   + ('x' || pg_catalog.substr(a.last_archived_wal, 17, 8))::pg_catalog.bit(32)::pg_catalog.int8)
           ))
       END::pg_catalog.int8 AS behind
FROM pg_catalog.pg_stat_archiver AS a
CROSS JOIN (
    SELECT pg_catalog.pg_size_bytes(pg_catalog.current_setting('wal_segment_size'))::pg_catalog.numeric AS segment
) AS g
