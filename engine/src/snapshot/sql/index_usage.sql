-- The cumulative statistics of indexes. $1: the tables, NULL for all.
SELECT i.indexrelid,
       i.indrelid,
       pg_catalog.pg_stat_get_numscans(i.indexrelid) AS scans,
       pg_catalog.pg_stat_get_tuples_returned(i.indexrelid) AS entries,
       pg_catalog.pg_stat_get_tuples_fetched(i.indexrelid) AS rows,
       EXTRACT(epoch FROM pg_catalog.pg_stat_get_lastscan(i.indexrelid))::pg_catalog.float8 AS last_scan, -- since 16
       NULL::pg_catalog.float8 AS last_scan, -- until 15
       pg_catalog.pg_stat_get_blocks_fetched(i.indexrelid) AS blocks_fetched,
       pg_catalog.pg_stat_get_blocks_hit(i.indexrelid) AS blocks_hit
FROM pg_catalog.pg_index AS i
WHERE i.indrelid >= 16384
  AND ($1::pg_catalog.oid[] IS NULL OR i.indrelid = ANY ($1))
