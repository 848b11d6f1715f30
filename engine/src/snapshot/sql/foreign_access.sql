-- Foreign servers and user mappings with the names of their options; the values stay where they are.
SELECT s.srvname,
       NULL::pg_catalog.oid AS user_oid,
       true AS visible,
       (SELECT pg_catalog.array_agg(o.option_name) FROM pg_catalog.pg_options_to_table(s.srvoptions) AS o) AS options,
       EXISTS (
           SELECT FROM pg_catalog.aclexplode(COALESCE(s.srvacl, pg_catalog.acldefault('S', s.srvowner))) AS a WHERE a.grantee = 0
       ) AS public
FROM pg_catalog.pg_foreign_server AS s
UNION ALL
SELECT s.srvname,
       m.umuser,
       -- The view hides options by leaving them out, which looks like a mapping without any.
       m.umoptions IS NOT NULL OR pg_catalog.pg_has_role(s.srvowner, 'USAGE'),
       (SELECT pg_catalog.array_agg(o.option_name) FROM pg_catalog.pg_options_to_table(m.umoptions) AS o),
       EXISTS (
           SELECT FROM pg_catalog.aclexplode(COALESCE(s.srvacl, pg_catalog.acldefault('S', s.srvowner))) AS a WHERE a.grantee = 0
       )
FROM pg_catalog.pg_user_mappings AS m
JOIN pg_catalog.pg_foreign_server AS s ON s.oid = m.srvid
