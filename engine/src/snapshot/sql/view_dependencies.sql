-- What views and materialised views stand on: relations and functions. $1: the views.
SELECT DISTINCT
       r.ev_class,
       d.refobjid,
       d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass AS is_function
FROM pg_catalog.pg_rewrite AS r
JOIN pg_catalog.pg_depend AS d
    ON d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass AND d.objid = r.oid
WHERE r.rulename = '_RETURN'
  AND d.refclassid IN ('pg_catalog.pg_class'::pg_catalog.regclass, 'pg_catalog.pg_proc'::pg_catalog.regclass)
  AND d.refobjid <> r.ev_class
  AND r.ev_class = ANY ($1)
