-- The roles.
SELECT r.oid, r.rolname, r.rolsuper, r.rolcanlogin, r.rolbypassrls, NULLIF(r.rolconnlimit, -1) AS connection_limit
FROM pg_catalog.pg_roles AS r
