-- The settings in force for this session.
SELECT s.name, COALESCE(s.setting, '') AS setting, COALESCE(s.unit, '') AS unit, s.source, COALESCE(s.boot_val, '') AS boot_val, s.pending_restart
FROM pg_catalog.pg_settings AS s
