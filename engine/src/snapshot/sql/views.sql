-- Views and materialised views. $1: the relations, NULL for all.
SELECT c.oid,
       n.nspname,
       c.relname,
       c.relkind,
       c.relowner,
       COALESCE(o.security_invoker, false) AS security_invoker,
       COALESCE(o.security_barrier, false) AS security_barrier,
       o.check_option,
       c.relispopulated,
       -- A standby may refuse to tell, whatever its own setting says: the primary decides.
       CASE WHEN c.relkind = 'm'
             AND (SELECT pg_catalog.current_setting('track_commit_timestamp') = 'on' AND NOT pg_catalog.pg_is_in_recovery())
            THEN EXTRACT(epoch FROM pg_catalog.pg_xact_commit_timestamp(c.xmin))::pg_catalog.float8
       END AS written,
       d.objoid IS NOT NULL AS commented,
       c.oid < 16384 OR n.oid < 16384 AND n.nspname <> 'public' OR n.nspname = 'architect'
           OR e.objid IS NOT NULL AS exempt,
       g.grantees,
       g.privileges,
       g.grantable
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_description AS d
    ON d.classoid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objoid = c.oid AND d.objsubid = 0
LEFT JOIN pg_catalog.pg_depend AS e
    ON e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.objid = c.oid AND e.objsubid = 0
   AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.deptype = 'e'
CROSS JOIN LATERAL (
    -- A boolean option is stored as it was written: true, on, 1, yes; a name without a value is stored as true.
    SELECT pg_catalog.bool_or(x.option_value::pg_catalog.bool) FILTER (WHERE x.option_name = 'security_invoker')
               AS security_invoker,
           pg_catalog.bool_or(x.option_value::pg_catalog.bool) FILTER (WHERE x.option_name = 'security_barrier')
               AS security_barrier,
           pg_catalog.max(x.option_value) FILTER (WHERE x.option_name = 'check_option') AS check_option
    FROM pg_catalog.pg_options_to_table(CASE WHEN c.relkind = 'v' THEN c.reloptions END) AS x
) AS o
CROSS JOIN LATERAL (
    SELECT pg_catalog.array_agg(x.grantee) AS grantees,
           pg_catalog.array_agg(x.privilege_type) AS privileges,
           pg_catalog.array_agg(x.is_grantable::pg_catalog.int4::pg_catalog.int2) AS grantable
    FROM pg_catalog.aclexplode(COALESCE(c.relacl, pg_catalog.acldefault('r', c.relowner))) AS x
) AS g
WHERE c.relkind IN ('v', 'm')
  AND c.relpersistence <> 't'
  AND c.oid >= 16384
  AND ($1::pg_catalog.oid[] IS NULL OR c.oid = ANY ($1))
