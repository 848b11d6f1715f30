-- The relations of this database, system catalogs and TOAST included, that reach back farthest: what keeps datfrozenxid and
-- datminmxid where they are.
WITH aged AS (
    SELECT c.oid,
           c.relnamespace,
           c.relname,
           c.relkind,
           c.relpersistence,
           c.relpages,
           c.reloptions,
           pg_catalog.age(c.relfrozenxid) AS xid_age,
           pg_catalog.mxid_age(c.relminmxid) AS multixact_age
    FROM pg_catalog.pg_class AS c
    WHERE c.relkind IN ('r', 'm', 't') AND c.relfrozenxid <> '0'
),
oldest AS (
    (SELECT * FROM aged ORDER BY xid_age DESC, oid LIMIT 50)
    UNION
    (SELECT * FROM aged ORDER BY multixact_age DESC, oid LIMIT 50)
)
SELECT r.oid,
       n.nspname,
       r.relname,
       r.relkind,
       r.relpersistence,
       r.relpages,
       r.reloptions,
       r.xid_age,
       r.multixact_age,
       COALESCE(o.oid, 0) AS toast_of,
       m.nspname AS toast_of_schema,
       o.relname AS toast_of_name
FROM oldest AS r
JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace
LEFT JOIN pg_catalog.pg_class AS o ON r.relkind = 't' AND o.reltoastrelid = r.oid
LEFT JOIN pg_catalog.pg_namespace AS m ON m.oid = o.relnamespace
ORDER BY r.xid_age DESC, r.oid
