-- Relations that other sessions hold or wait for with ACCESS EXCLUSIVE, and (exclusive = false) indexes that are being built or
-- rebuilt: REINDEX and DROP INDEX CONCURRENTLY hold SHARE UPDATE EXCLUSIVE on the index from one of their transactions to the next;
-- VACUUM and queries take weaker ones.
SELECT l.relation, l.mode = 'AccessExclusiveLock' AS exclusive
FROM pg_catalog.pg_locks AS l
WHERE l.locktype = 'relation' AND l.mode IN ('AccessExclusiveLock', 'ShareUpdateExclusiveLock')
  AND l.pid <> pg_catalog.pg_backend_pid()
  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
UNION ALL
SELECT b.index_relid, false
FROM pg_catalog.pg_stat_progress_create_index AS b
WHERE b.index_relid IS NOT NULL
