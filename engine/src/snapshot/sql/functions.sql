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
           OR e.objid IS NOT NULL AS exempt,
       f.proowner,
       l.lanname,
       f.provolatile,
       f.proparallel,
       f.proisstrict,
       f.proleakproof,
       f.procost,
       f.prorows,
       f.proretset,
       pg_catalog.format_type(NULLIF(f.prorettype, 0), NULL) AS returns,
       f.prorettype = 'pg_catalog.trigger'::pg_catalog.regtype AS is_trigger,
       f.prorettype = 'pg_catalog.event_trigger'::pg_catalog.regtype AS is_event_trigger,
       f.proconfig AS settings,
       CASE WHEN (f.prosecdef OR f.prorettype = 'pg_catalog.trigger'::pg_catalog.regtype)
                 AND f.prosqlbody IS NULL AND l.lanname NOT IN ('c', 'internal') AND e.objid IS NULL
            THEN f.prosrc END AS body,
       d.objoid IS NOT NULL AS commented,
       k.function IS NOT NULL AS called_by_trigger,
       g.grantees,
       g.grantable
FROM pg_catalog.pg_proc AS f
JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
JOIN pg_catalog.pg_language AS l ON l.oid = f.prolang
LEFT JOIN pg_catalog.pg_depend AS e
    ON e.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND e.objid = f.oid
   AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.deptype = 'e'
LEFT JOIN pg_catalog.pg_description AS d
    ON d.classoid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objoid = f.oid AND d.objsubid = 0
LEFT JOIN (
    SELECT t.tgfoid AS function FROM pg_catalog.pg_trigger AS t WHERE NOT t.tgisinternal
    UNION
    SELECT t.evtfoid FROM pg_catalog.pg_event_trigger AS t
) AS k ON k.function = f.oid
CROSS JOIN LATERAL (
    SELECT pg_catalog.array_agg(x.grantee) AS grantees,
           pg_catalog.array_agg(x.is_grantable::pg_catalog.int4::pg_catalog.int2) AS grantable
    FROM pg_catalog.aclexplode(COALESCE(f.proacl, pg_catalog.acldefault('f', f.proowner))) AS x
) AS g
WHERE f.oid >= 16384
  AND f.prokind <> 'a'
  AND ($1::pg_catalog.text IS NULL OR n.nspname = $1)
