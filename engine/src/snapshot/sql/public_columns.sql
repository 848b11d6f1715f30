-- What PUBLIC may do with single columns of views; of tables the columns themselves say it. $1: the relations, NULL for all.
SELECT c.attrelid, c.attname, a.privilege_type
FROM pg_catalog.pg_class AS v
JOIN pg_catalog.pg_attribute AS c ON c.attrelid = v.oid
CROSS JOIN LATERAL pg_catalog.aclexplode(c.attacl) AS a
WHERE v.relkind = 'v' AND v.oid >= 16384 AND c.attacl IS NOT NULL AND NOT c.attisdropped AND a.grantee = 0
  AND ($1::pg_catalog.oid[] IS NULL OR v.oid = ANY ($1))
