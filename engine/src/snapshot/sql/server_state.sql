-- What is one value for the whole server: one row.
SELECT pg_catalog.has_function_privilege('pg_catalog.pg_hba_file_rules()', 'EXECUTE') AS reads_hba,
       pg_catalog.has_function_privilege('pg_catalog.pg_show_all_file_settings()', 'EXECUTE') AS reads_files,
       -- While our library is not loaded anything can stand in it.
       CASE WHEN s.memory ~* '^\s*\d{1,9}(\.\d{1,3})?\s*[kMGT]B\s*$'
            THEN NULLIF(pg_catalog.pg_size_bytes(s.memory), 0)::pg_catalog.float8 END AS memory,
       (SELECT pg_catalog.pg_stat_get_db_checksum_failures(d.oid)
        FROM pg_catalog.pg_database AS d
        WHERE d.datname = pg_catalog.current_database())
           AS checksum_failures
FROM (SELECT pg_catalog.current_setting('architect.server_memory', true) AS memory) AS s
