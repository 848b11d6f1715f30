-- The indexes of tables; their names and what they hold are in pg_class. $1: the tables, NULL for all; $2: relations that are
-- locked.
SELECT i.indexrelid,
       i.indrelid,
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
       -- What reads the table's columns opens the table, and would wait for whoever has it locked.
       CASE WHEN i.indexprs IS NOT NULL AND NOT i.indrelid = ANY ($2) THEN
           ARRAY(SELECT pg_catalog.pg_get_indexdef(i.indexrelid, k.n, false)
                 FROM pg_catalog.generate_series(1, i.indnkeyatts) AS k (n))
       END AS expressions,
       CASE WHEN i.indpred IS NULL THEN NULL
            WHEN NOT i.indrelid = ANY ($2) THEN pg_catalog.pg_get_expr(i.indpred, i.indrelid)
            ELSE '' END AS predicate,
       -- A standby may refuse to tell, whatever its own setting says: the primary decides.
       CASE WHEN (SELECT pg_catalog.current_setting('track_commit_timestamp') = 'on' AND NOT pg_catalog.pg_is_in_recovery()) THEN
           EXTRACT(epoch FROM pg_catalog.pg_xact_commit_timestamp(i.xmin))::pg_catalog.float8
       END AS created
FROM pg_catalog.pg_index AS i
WHERE i.indrelid >= 16384
  AND ($1::pg_catalog.oid[] IS NULL OR i.indrelid = ANY ($1))
