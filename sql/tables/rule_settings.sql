CREATE TABLE architect.rule_settings (
    rule text NOT NULL,
    schema_pattern text NOT NULL,
    table_pattern text NOT NULL,
    severity text,
    parameters jsonb NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamp with time zone NOT NULL,
    CONSTRAINT rule_settings_pkey PRIMARY KEY (rule, schema_pattern, table_pattern)
);

COMMENT ON TABLE architect.rule_settings IS 'Severities and parameters that differ from the defaults; written by architect.configure()';
COMMENT ON COLUMN architect.rule_settings.rule IS 'The rule, or * for all of them';
COMMENT ON COLUMN architect.rule_settings.schema_pattern IS 'The schemas for which it holds: a pattern of LIKE';
COMMENT ON COLUMN architect.rule_settings.table_pattern IS 'The tables (or functions) for which it holds: a pattern of LIKE';
COMMENT ON COLUMN architect.rule_settings.severity IS 'info, warning, error, off or on; null leaves it';
COMMENT ON COLUMN architect.rule_settings.parameters IS 'The parameters that differ, by name';
COMMENT ON COLUMN architect.rule_settings.changed_by IS 'The session role that wrote it last';
COMMENT ON COLUMN architect.rule_settings.changed_at IS 'When it was written last';

-- It holds only what people set, never a row of ours, so a restore into a fresh extension finds no duplicate.
SELECT pg_catalog.pg_extension_config_dump('architect.rule_settings', '');
