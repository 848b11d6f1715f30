-- Tables of every kind, materialised views, views, sequences and composite types. $1: the relations, NULL for all.
SELECT c.oid,
       n.nspname,
       c.relname,
       c.relkind,
       c.relpersistence,
       c.relowner,
       c.relpages,
       c.reltuples,
       c.relallvisible,
       c.relnatts,
       c.reltoastrelid,
       COALESCE(t.relpages, 0) AS toast_pages,
       CASE WHEN c.relfrozenxid <> '0' THEN pg_catalog.age(c.relfrozenxid) END AS xid_age,
       CASE WHEN c.relminmxid <> '0' THEN pg_catalog.mxid_age(c.relminmxid) END AS multixact_age,
       c.reloptions,
       t.reloptions AS toast_options,
       c.relispartition,
       p.partstrat,
       p.partattrs::pg_catalog.int2[] AS partition_key,
       CASE WHEN c.relispartition THEN pg_catalog.pg_get_expr(c.relpartbound, 0) END AS bound,
       c.relrowsecurity,
       c.relforcerowsecurity,
       c.relreplident,
       c.reltablespace,
       COALESCE(am.amname, '') AS access_method,
       d.objoid IS NOT NULL AS commented,
       CASE WHEN d.description LIKE '%@%' THEN d.description END AS tagged,
       l.relation IS NOT NULL AS locked,
       c.oid < 16384 OR n.oid < 16384 AND n.nspname <> 'public' OR n.nspname = 'architect'
           OR e.objid IS NOT NULL AS exempt
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_class AS t ON t.oid = c.reltoastrelid
LEFT JOIN pg_catalog.pg_partitioned_table AS p ON p.partrelid = c.oid
LEFT JOIN pg_catalog.pg_am AS am ON am.oid = c.relam
LEFT JOIN pg_catalog.pg_description AS d
    ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = c.oid AND d.objsubid = 0
LEFT JOIN pg_catalog.pg_depend AS e
    ON e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.objid = c.oid AND e.objsubid = 0
   AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.deptype = 'e'
LEFT JOIN (
    SELECT DISTINCT relation
    FROM pg_catalog.pg_locks
    WHERE locktype = 'relation' AND mode = 'AccessExclusiveLock' AND pid <> pg_catalog.pg_backend_pid()
      AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
) AS l ON l.relation = c.oid
WHERE c.relkind IN ('r', 'p', 'f', 'm', 'v', 'S', 'c')
  AND c.relpersistence <> 't'
  AND c.oid >= 16384
  AND ($1::pg_catalog.oid[] IS NULL OR c.oid = ANY ($1))
