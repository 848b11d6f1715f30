-- pg_hba.conf as it stands in the file; only for those who may.
SELECT h.line_number,
       COALESCE(h.type, '') AS kind,
       COALESCE(pg_catalog.array_to_string(h.database, ','), '') AS databases,
       COALESCE(pg_catalog.array_to_string(h.user_name, ','), '') AS users,
       COALESCE(h.address, '') AS address,
       COALESCE(h.netmask, '') AS netmask,
       COALESCE(h.auth_method, '') AS method,
       h.error
FROM pg_catalog.pg_hba_file_rules() AS h
