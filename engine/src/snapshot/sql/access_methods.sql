-- The access methods of tables and indexes.
SELECT a.oid, a.amname FROM pg_catalog.pg_am AS a
