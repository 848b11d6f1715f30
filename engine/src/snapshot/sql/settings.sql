-- The settings in force for this session. (The function behind pg_settings: to plan the view costs more than to read it.)
SELECT s.name, COALESCE(s.setting, '') AS setting, COALESCE(s.unit, '') AS unit, s.source, COALESCE(s.boot_val, '') AS boot_val, s.pending_restart
FROM pg_catalog.pg_show_all_settings() AS s
