-- What the configuration files have wrong; a change that waits for a restart is no mistake. Only for those who may.
SELECT COALESCE(f.sourcefile, '') AS file, COALESCE(f.sourceline, 0) AS line, COALESCE(f.name, '') AS name, f.error
FROM pg_catalog.pg_show_all_file_settings() AS f
WHERE f.error IS NOT NULL AND NOT f.applied AND f.error <> 'setting could not be applied'
