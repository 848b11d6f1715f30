-- What the configuration files have wrong. A change that waits for a restart, or for the next reload, looks the same as a wrong value
-- of a setting that needs a restart: those are left out. Only for those who may.
SELECT COALESCE(f.sourcefile, '') AS file, COALESCE(f.sourceline, 0) AS line, COALESCE(f.name, '') AS name, f.error
FROM pg_catalog.pg_show_all_file_settings() AS f
WHERE f.error IS NOT NULL
  AND NOT (
      f.error = 'setting could not be applied'
      AND EXISTS (SELECT FROM pg_catalog.pg_settings AS s WHERE s.name = pg_catalog.lower(f.name) AND s.context = 'postmaster')
  )
