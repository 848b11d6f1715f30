-- The schemas with their privileges: one row for each privilege, one without for a schema that grants none.
SELECT n.oid,
       n.nspname,
       n.nspowner,
       n.oid < 16384 AND n.nspname <> 'public'
           OR n.nspname LIKE 'pg\_temp\_%' OR n.nspname LIKE 'pg\_toast\_temp\_%'
           OR n.nspname = 'architect'
           OR EXISTS (
               SELECT FROM pg_catalog.pg_depend AS d
               WHERE d.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.objid = n.oid
                 AND d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e'
           ) AS exempt,
       g.grantee,
       g.privilege_type,
       g.is_grantable
FROM pg_catalog.pg_namespace AS n
LEFT JOIN LATERAL pg_catalog.aclexplode(COALESCE(n.nspacl, pg_catalog.acldefault('n', n.nspowner))) AS g ON true
