-- The columns of tables, dropped ones as well, which still take space in old rows. $1: the tables, NULL for all; $2: relations that are locked.
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
       -- A default holds no reference to a column, so relation 0 does; a generation expression does, and needs the relation.
       CASE WHEN d.adbin IS NULL THEN NULL
            WHEN a.attgenerated = '' THEN pg_catalog.pg_get_expr(d.adbin, 0)
            WHEN NOT a.attrelid = ANY ($2) THEN pg_catalog.pg_get_expr(d.adbin, a.attrelid)
            ELSE '' END AS default_value,
       m.objoid IS NOT NULL AS commented,
       a.attisdropped,
       CASE WHEN a.attacl IS NOT NULL AND NOT a.attisdropped THEN
           ARRAY(SELECT g.privilege_type FROM pg_catalog.aclexplode(a.attacl) AS g WHERE g.grantee = 0)
       END AS public_privileges
FROM pg_catalog.pg_attribute AS a
JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
LEFT JOIN pg_catalog.pg_description AS m
    ON m.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND m.objoid = a.attrelid AND m.objsubid = a.attnum
WHERE a.attnum > 0
  AND a.attrelid >= 16384
  AND c.relkind IN ('r', 'p', 'f', 'm')
  AND c.relpersistence <> 't'
  AND ($1::pg_catalog.oid[] IS NULL OR a.attrelid = ANY ($1))
