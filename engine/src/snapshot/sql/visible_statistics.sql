-- What `column_statistics` reads, as far as somebody who is no superuser may see it: by names, for pg_stats has no others. $1: the
-- tables, NULL for all.
SELECT s.schemaname,
       s.tablename,
       s.attname,
       s.null_frac,
       s.avg_width,
       s.n_distinct,
       s.most_common_freqs[1] AS most_common,
       s.correlation
FROM pg_catalog.pg_stats AS s
WHERE s.schemaname NOT IN ('pg_catalog', 'information_schema', 'architect')
  AND ($1::pg_catalog.oid[] IS NULL OR (s.schemaname, s.tablename) IN (
      SELECT n.nspname, c.relname
      FROM pg_catalog.pg_class AS c
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE c.oid = ANY ($1)
      UNION ALL
      SELECT n.nspname, c.relname
      FROM pg_catalog.pg_index AS i
      JOIN pg_catalog.pg_class AS c ON c.oid = i.indexrelid
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      WHERE i.indrelid = ANY ($1) AND i.indexprs IS NOT NULL))
-- Of a table with children both kinds are there; the one that sees the children comes last and wins.
ORDER BY s.inherited
