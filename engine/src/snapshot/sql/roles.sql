-- The roles.
SELECT r.oid, r.rolname, r.rolsuper, r.rolcanlogin, r.rolbypassrls, NULLIF(r.rolconnlimit, -1) AS connection_limit,
       COALESCE(r.rolvaliduntil < 'infinity', false) AS expires
FROM pg_catalog.pg_roles AS r
