-- Functions and procedures; aggregates left out. $1: the schema, NULL for all.
SELECT f.oid,
       n.nspname,
       f.proname,
       pg_catalog.pg_get_function_identity_arguments(f.oid) AS arguments,
       f.prokind,
       f.prosecdef,
       f.proconfig,
       f.prosqlbody IS NOT NULL AS sql_body,
       n.oid < 16384 AND n.nspname <> 'public' OR n.nspname LIKE 'pg\_temp\_%' OR n.nspname = 'architect'
           OR e.objid IS NOT NULL AS exempt
FROM pg_catalog.pg_proc AS f
JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
LEFT JOIN pg_catalog.pg_depend AS e
    ON e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.objid = f.oid AND e.deptype = 'e'
WHERE f.oid >= 16384
  AND f.prokind <> 'a'
  AND ($1::pg_catalog.text IS NULL OR n.nspname = $1)
