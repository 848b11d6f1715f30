-- Collations that tables or indexes of ours use, with the version that they were recorded with and the one that the library has
-- now; both NULL where the provider has no versions. The database's own collation is number 100.
SELECT c.oid,
       n.nspname,
       c.collname,
       c.collprovider,
       c.collisdeterministic,
       CASE WHEN c.oid = 100 THEN d.datcollversion ELSE c.collversion END AS recorded,
       CASE WHEN c.oid = 100 THEN pg_catalog.pg_database_collation_actual_version(d.oid)
            ELSE pg_catalog.pg_collation_actual_version(c.oid) END AS actual
FROM pg_catalog.pg_collation AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.collnamespace
JOIN pg_catalog.pg_database AS d ON d.datname = pg_catalog.current_database()
WHERE c.oid = ANY ($1::pg_catalog.oid[])
