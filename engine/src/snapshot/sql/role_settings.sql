-- Settings that are bound to roles and databases.
SELECT NULLIF(s.setrole, 0) AS role_oid,
       CASE WHEN s.setdatabase <> 0 THEN COALESCE(d.datname::pg_catalog.text, s.setdatabase::pg_catalog.text) END AS database,
       pg_catalog.lower(pg_catalog.split_part(c.entry, '=', 1)) AS name,
       pg_catalog.substr(c.entry, pg_catalog.strpos(c.entry, '=') + 1) AS value
FROM pg_catalog.pg_db_role_setting AS s
CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) AS c (entry)
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = s.setdatabase
