-- The privileges on tables that were ever granted or revoked: $1. Elsewhere only the owner has any.
SELECT c.oid, a.grantee, a.privilege_type, a.is_grantable
FROM pg_catalog.pg_class AS c
CROSS JOIN LATERAL pg_catalog.aclexplode(c.relacl) AS a
WHERE c.oid = ANY ($1)
