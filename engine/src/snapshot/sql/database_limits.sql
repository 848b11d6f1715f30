-- Databases with a limit on their connections.
SELECT d.datname, d.datconnlimit
FROM pg_catalog.pg_database AS d
WHERE d.datconnlimit >= 0
