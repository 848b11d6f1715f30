-- The highest value that the planner has seen in integer columns, as far as the caller may see it. $1, $2: the tables and their
-- columns that are asked for.
SELECT k.attrelid,
       k.attnum,
       (SELECT pg_catalog.max(v.value)::pg_catalog.int8
        FROM pg_catalog.unnest(COALESCE(s.histogram_bounds::pg_catalog.text::pg_catalog.int8[], '{}')
                               || COALESCE(s.most_common_vals::pg_catalog.text::pg_catalog.int8[], '{}')) AS v (value)) AS highest
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.int4[])) AS w (oid, number)
JOIN pg_catalog.pg_attribute AS k ON k.attrelid = w.oid AND k.attnum = w.number
JOIN pg_catalog.pg_class AS c ON c.oid = w.oid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_stats AS s ON s.schemaname = n.nspname AND s.tablename = c.relname AND s.attname = k.attname
