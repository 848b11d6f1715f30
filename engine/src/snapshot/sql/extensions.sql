-- The extensions that are installed.
SELECT e.extname, n.nspname, e.extversion, a.default_version, e.extrelocatable
FROM pg_catalog.pg_extension AS e
JOIN pg_catalog.pg_namespace AS n ON n.oid = e.extnamespace
LEFT JOIN pg_catalog.pg_available_extensions() AS a ON a.name = e.extname
