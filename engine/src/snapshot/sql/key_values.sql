-- The highest value that the planner has seen in narrow integer columns that are unique by themselves, as far as the caller may
-- see it. $1: the tables, NULL for all.
WITH key AS (
    SELECT DISTINCT n.nspname, c.relname, a.attname, a.attrelid, a.attnum
    FROM pg_catalog.pg_index AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.indrelid
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
    WHERE i.indisunique
      AND i.indnkeyatts = 1
      AND i.indpred IS NULL
      AND a.atttypid IN (21, 23)
      AND i.indrelid >= 16384
      AND c.relpersistence <> 't'
      AND ($1::pg_catalog.oid[] IS NULL OR i.indrelid = ANY ($1))
)
SELECT k.attrelid,
       k.attnum,
       (SELECT pg_catalog.max(v.value)::pg_catalog.int8
        FROM pg_catalog.unnest(COALESCE(s.histogram_bounds::pg_catalog.text::pg_catalog.int8[], '{}')
                               || COALESCE(s.most_common_vals::pg_catalog.text::pg_catalog.int8[], '{}')) AS v (value)) AS highest
FROM key AS k
JOIN pg_catalog.pg_stats AS s ON s.schemaname = k.nspname AND s.tablename = k.relname AND s.attname = k.attname
