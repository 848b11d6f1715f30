-- Views and materialised views: $1.
SELECT c.oid,
       c.relnamespace,
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
       g.grantees,
       g.privileges,
       g.grantable
FROM pg_catalog.pg_class AS c
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
  AND c.oid = ANY ($1)
