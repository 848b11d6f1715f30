-- The relations of this database, system catalogs and TOAST included, that reach back farthest: what keeps datfrozenxid and
-- datminmxid where they are. (OFFSET 0: they are few, and pg_class is not read for them from end to end.) $1, $2: which they are, and
-- for a TOAST table the table that it belongs to.
SELECT r.oid,
       n.nspname,
       r.relname,
       r.relkind,
       r.relpersistence,
       r.relpages,
       r.reloptions,
       pg_catalog.age(r.relfrozenxid) AS xid_age,
       pg_catalog.mxid_age(r.relminmxid) AS multixact_age,
       COALESCE(o.oid, 0) AS toast_of,
       m.nspname AS toast_of_schema,
       o.relname AS toast_of_name
FROM ROWS FROM (pg_catalog.unnest($1::pg_catalog.oid[]), pg_catalog.unnest($2::pg_catalog.oid[])) AS w (oid, owner)
CROSS JOIN LATERAL (SELECT c.* FROM pg_catalog.pg_class AS c WHERE c.oid = w.oid OFFSET 0) AS r
JOIN pg_catalog.pg_namespace AS n ON n.oid = r.relnamespace
LEFT JOIN LATERAL (SELECT c.* FROM pg_catalog.pg_class AS c WHERE c.oid = w.owner OFFSET 0) AS o ON true
LEFT JOIN pg_catalog.pg_namespace AS m ON m.oid = o.relnamespace
ORDER BY xid_age DESC, r.oid
