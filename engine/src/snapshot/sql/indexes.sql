-- The indexes of tables, with their cumulative statistics. $1: the tables, NULL for all; $2: relations that are locked.
SELECT i.indexrelid,
       i.indrelid,
       n.nspname,
       c.relname,
       am.amname,
       i.indisunique,
       i.indisprimary,
       i.indisexclusion,
       i.indimmediate,
       i.indisvalid,
       i.indisready,
       i.indislive,
       i.indisreplident,
       i.indisclustered,
       i.indnullsnotdistinct,
       i.indnkeyatts,
       i.indkey::pg_catalog.int2[] AS keys,
       i.indclass::pg_catalog.oid[] AS classes,
       i.indcollation::pg_catalog.oid[] AS collations,
       i.indoption::pg_catalog.int2[] AS options,
       c.relpages,
       c.reltuples,
       c.reloptions,
       c.relispartition,
       -- What reads the table's columns opens the table, and would wait for whoever has it locked.
       CASE WHEN i.indexprs IS NOT NULL AND NOT i.indrelid = ANY ($2) THEN
           ARRAY(SELECT pg_catalog.pg_get_indexdef(i.indexrelid, k.n, false)
                 FROM pg_catalog.generate_series(1, i.indnkeyatts) AS k (n))
       END AS expressions,
       CASE WHEN i.indpred IS NULL THEN NULL
            WHEN NOT i.indrelid = ANY ($2) THEN pg_catalog.pg_get_expr(i.indpred, i.indrelid)
            ELSE '' END AS predicate,
       b.index_relid IS NOT NULL OR l.relation IS NOT NULL AS building,
       -- A standby may refuse to tell, whatever its own setting says: the primary decides.
       CASE WHEN (SELECT pg_catalog.current_setting('track_commit_timestamp') = 'on' AND NOT pg_catalog.pg_is_in_recovery()) THEN
           EXTRACT(epoch FROM pg_catalog.pg_xact_commit_timestamp(i.xmin))::pg_catalog.float8
       END AS created,
       pg_catalog.pg_stat_get_numscans(i.indexrelid) AS scans,
       pg_catalog.pg_stat_get_tuples_returned(i.indexrelid) AS entries,
       pg_catalog.pg_stat_get_tuples_fetched(i.indexrelid) AS rows,
       EXTRACT(epoch FROM pg_catalog.pg_stat_get_lastscan(i.indexrelid))::pg_catalog.float8 AS last_scan, -- since 16
       NULL::pg_catalog.float8 AS last_scan, -- until 15
       pg_catalog.pg_stat_get_blocks_fetched(i.indexrelid) AS blocks_fetched,
       pg_catalog.pg_stat_get_blocks_hit(i.indexrelid) AS blocks_hit
FROM pg_catalog.pg_index AS i
JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_am AS am ON am.oid = c.relam
LEFT JOIN pg_catalog.pg_stat_progress_create_index AS b ON b.index_relid = i.indexrelid
-- REINDEX and DROP INDEX CONCURRENTLY hold this lock on the index from one of their transactions to the next; VACUUM and queries
-- take weaker ones.
LEFT JOIN (
    SELECT DISTINCT relation
    FROM pg_catalog.pg_locks
    WHERE locktype = 'relation' AND mode = 'ShareUpdateExclusiveLock' AND pid <> pg_catalog.pg_backend_pid()
      AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
) AS l ON l.relation = i.indexrelid
WHERE i.indrelid >= 16384
  AND c.relpersistence <> 't'
  AND n.oid <> 99
  AND ($1::pg_catalog.oid[] IS NULL OR i.indrelid = ANY ($1))
