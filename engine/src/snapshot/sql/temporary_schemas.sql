-- The temporary tables of other sessions by their schema, and whether the session is there still (what the number in the name
-- means is to be had from 16 on only).
SELECT n.nspname,
       pg_catalog.count(*) AS tables,
       pg_catalog.sum(c.relpages)::pg_catalog.int8 AS pages,
       pg_catalog.max(pg_catalog.age(c.relfrozenxid)) AS xid_age,
       pg_catalog.max(pg_catalog.mxid_age(c.relminmxid)) AS multixact_age,
       true AS sessions_known, -- since 16
       false AS sessions_known, -- until 15
       pg_catalog.max(s.pid) AS pid -- since 16
       NULL::pg_catalog.int4 AS pid -- until 15
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN ( -- since 16
    SELECT 'pg_temp_' || b.id AS schema, pg_catalog.pg_stat_get_backend_pid(b.id) AS pid -- since 16
    FROM pg_catalog.pg_stat_get_backend_idset() AS b (id) -- since 16
) AS s ON s.schema = n.nspname -- since 16
WHERE c.relpersistence = 't'
  AND c.relkind IN ('r', 'm')
  AND c.relfrozenxid <> '0'
  AND n.oid <> pg_catalog.pg_my_temp_schema()
GROUP BY n.nspname
ORDER BY n.nspname
