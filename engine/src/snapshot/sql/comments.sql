-- What has a comment: the catalog, the object's number there and, for a column, its number. The text only where it may hold a tag
-- of a relation's.
SELECT d.classoid,
       d.objoid,
       d.objsubid,
       CASE WHEN d.objsubid = 0 AND d.description LIKE '%@%' THEN d.description END AS tagged
FROM pg_catalog.pg_description AS d
WHERE d.objoid >= 16384
  AND d.classoid IN ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass,
                     'pg_catalog.pg_type'::pg_catalog.regclass)
