-- What belongs to extensions: the catalog and the object's number there.
SELECT d.classid, d.objid
FROM pg_catalog.pg_depend AS d
WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
