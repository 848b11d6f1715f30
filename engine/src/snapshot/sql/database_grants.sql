-- The privileges on the database.
SELECT a.grantee, a.privilege_type, a.is_grantable
FROM pg_catalog.pg_database AS d
CROSS JOIN LATERAL pg_catalog.aclexplode(COALESCE(d.datacl, pg_catalog.acldefault('d', d.datdba))) AS a
WHERE d.datname = pg_catalog.current_database()
