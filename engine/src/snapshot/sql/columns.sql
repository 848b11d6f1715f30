-- The columns of tables and views, dropped ones as well, which still take space in old rows, and what PUBLIC may do with them.
-- $1: the tables and views.
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
           ARRAY(SELECT g.privilege_type FROM pg_catalog.aclexplode(a.attacl) AS g WHERE g.grantee = 0)
       END AS public_privileges
FROM pg_catalog.pg_attribute AS a
WHERE a.attnum > 0
  AND a.attrelid >= 16384
  -- By the index, which the server takes where it does not know how many are asked for: more than half of the catalog are the columns
  -- of indexes and TOAST tables, and to read past them from end to end costs more.
  AND a.attrelid = ANY (ARRAY(SELECT pg_catalog.unnest($1)))
