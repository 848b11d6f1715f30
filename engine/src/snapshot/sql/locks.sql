-- Relations that other sessions (prepared transactions have no pid) hold or wait for with a lock that we would wait for: x with ACCESS
-- EXCLUSIVE, s with a weaker one that keeps writers out, which reading a sequence's value counts as. And b, indexes that are being
-- built or rebuilt: REINDEX and DROP INDEX CONCURRENTLY hold SHARE UPDATE EXCLUSIVE on the index from one of their transactions to
-- the next; VACUUM and queries take weaker ones.
SELECT l.relation,
       CASE l.mode WHEN 'AccessExclusiveLock' THEN 'x' WHEN 'ShareUpdateExclusiveLock' THEN 'b' ELSE 's' END::"char" AS kind
FROM pg_catalog.pg_locks AS l
WHERE l.locktype = 'relation'
  AND l.mode IN ('AccessExclusiveLock', 'ExclusiveLock', 'ShareRowExclusiveLock', 'ShareLock', 'ShareUpdateExclusiveLock')
  AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
UNION ALL
SELECT b.index_relid, 'b'
FROM pg_catalog.pg_stat_progress_create_index AS b
WHERE b.index_relid IS NOT NULL
