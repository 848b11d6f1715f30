-- Types that somebody made, without the row types of tables and without arrays. $1: the schema, NULL for all; $2: the relations of
-- composite types.
SELECT t.oid,
       t.typnamespace,
       t.typname,
       t.typtype,
       t.typowner,
       CASE t.typtype
           WHEN 'd' THEN ARRAY[t.typbasetype]
           WHEN 'r' THEN ARRAY[r.rngsubtype]
           WHEN 'c' THEN (
               SELECT pg_catalog.array_agg(a.atttypid ORDER BY a.attnum)
               FROM pg_catalog.pg_attribute AS a
               WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped
           )
       END AS parts,
       t.typnotnull,
       t.typdefault,
       l.labels,
       k.names,
       k.expressions,
       k.validated
FROM pg_catalog.pg_type AS t
LEFT JOIN pg_catalog.pg_range AS r ON r.rngtypid = t.oid
LEFT JOIN (
    SELECT enumtypid, pg_catalog.array_agg(enumlabel::pg_catalog.text ORDER BY enumsortorder) AS labels
    FROM pg_catalog.pg_enum
    GROUP BY enumtypid
) AS l ON l.enumtypid = t.oid
LEFT JOIN (
    -- The expression of a domain's CHECK names no relation, so it is printed without one.
    SELECT contypid,
           pg_catalog.array_agg(conname::pg_catalog.text ORDER BY conname) AS names,
           pg_catalog.array_agg(pg_catalog.pg_get_expr(conbin, 0) ORDER BY conname) AS expressions,
           pg_catalog.array_agg(convalidated::pg_catalog.int4::pg_catalog.int2 ORDER BY conname) AS validated
    FROM pg_catalog.pg_constraint
    WHERE contypid >= 16384 AND contype = 'c'
    GROUP BY contypid
) AS k ON k.contypid = t.oid
WHERE t.oid >= 16384
  AND t.typtype IN ('b', 'c', 'd', 'e', 'r')
  AND NOT (t.typcategory = 'A' AND t.typelem <> 0)
  AND (t.typrelid = 0 OR t.typrelid = ANY ($2))
  AND ($1::pg_catalog.text IS NULL OR t.typnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = $1))
