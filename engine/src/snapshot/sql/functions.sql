-- Functions and procedures; aggregates left out. $1: the schema, NULL for all.
SELECT f.oid,
       f.pronamespace,
       f.proname,
       pg_catalog.pg_get_function_identity_arguments(f.oid) AS arguments,
       f.prokind,
       f.prosecdef,
       f.proconfig,
       f.prosqlbody IS NOT NULL AS sql_body,
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
                 AND f.prosqlbody IS NULL AND l.lanname NOT IN ('c', 'internal')
            THEN f.prosrc END AS body,
       f.oid IN (
           SELECT t.tgfoid FROM pg_catalog.pg_trigger AS t WHERE NOT t.tgisinternal
           UNION ALL
           SELECT t.evtfoid FROM pg_catalog.pg_event_trigger AS t
       ) AS called_by_trigger,
       g.grantees,
       g.grantable
FROM pg_catalog.pg_proc AS f
JOIN pg_catalog.pg_language AS l ON l.oid = f.prolang
CROSS JOIN LATERAL (
    SELECT pg_catalog.array_agg(x.grantee) AS grantees,
           pg_catalog.array_agg(x.is_grantable::pg_catalog.int4::pg_catalog.int2) AS grantable
    FROM pg_catalog.aclexplode(COALESCE(f.proacl, pg_catalog.acldefault('f', f.proowner))) AS x
) AS g
WHERE f.oid >= 16384
  AND f.prokind <> 'a'
  AND ($1::pg_catalog.text IS NULL OR f.pronamespace = (SELECT n.oid FROM pg_catalog.pg_namespace AS n WHERE n.nspname = $1))
