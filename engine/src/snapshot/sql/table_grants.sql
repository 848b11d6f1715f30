-- The privileges on tables that were ever granted or revoked; elsewhere only the owner has any. $1: the tables, NULL for all.
SELECT c.oid, a.grantee, a.privilege_type, a.is_grantable
FROM pg_catalog.pg_class AS c
CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) AS a
WHERE c.relkind IN ('r', 'p', 'f', 'm') AND c.relacl IS NOT NULL AND c.oid >= 16384 AND c.relpersistence <> 't'
  AND ($1::pg_catalog.oid[] IS NULL OR c.oid = ANY ($1))
