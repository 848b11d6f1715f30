-- The indexes and TOAST tables of the relations $1.
SELECT i.indexrelid
FROM pg_catalog.pg_index AS i
WHERE i.indrelid = ANY ($1)
UNION ALL
SELECT c.reltoastrelid
FROM pg_catalog.pg_class AS c
WHERE c.oid = ANY ($1) AND c.reltoastrelid <> 0
