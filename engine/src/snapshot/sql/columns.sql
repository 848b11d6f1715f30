-- The columns of tables and views, dropped ones as well, which still take space in old rows, and who may do what with them: the
-- OID of the grantee, and the privilege. $1: the tables and views.
SELECT a.attrelid,
       a.attnum,
       a.attname,
       a.atttypid,
       a.atttypmod,
       a.attcollation,
       a.attnotnull,
       a.attidentity,
       a.attgenerated,
       a.attlen,
       a.attalign,
       a.attstorage,
       a.attisdropped,
       CASE WHEN a.attacl IS NOT NULL AND NOT a.attisdropped THEN
           ARRAY(SELECT g.grantee || ' ' || g.privilege_type FROM pg_catalog.aclexplode(a.attacl) AS g)
       END AS privileges
FROM pg_catalog.pg_attribute AS a
WHERE a.attnum > 0
  AND a.attrelid >= 16384
  AND a.attrelid = ANY ($1)
