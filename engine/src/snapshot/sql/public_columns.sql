-- What PUBLIC may do with single columns. $1: the relations, NULL for all.
SELECT c.attrelid, c.attname, a.privilege_type
FROM pg_catalog.pg_attribute AS c
CROSS JOIN LATERAL pg_catalog.aclexplode(c.attacl) AS a
WHERE c.attacl IS NOT NULL AND c.attrelid >= 16384 AND NOT c.attisdropped AND a.grantee = 0
  AND ($1::pg_catalog.oid[] IS NULL OR c.attrelid = ANY ($1))
