-- How far all relations of this database reach back, where not all of them are read.
SELECT c.oid,
       pg_catalog.age(c.relfrozenxid) AS xid_age,
       pg_catalog.mxid_age(c.relminmxid) AS multixact_age,
       c.relpersistence = 't' AS temporary,
       c.reltoastrelid
FROM pg_catalog.pg_class AS c
WHERE c.relkind IN ('r', 'm', 't') AND c.relfrozenxid <> '0'
