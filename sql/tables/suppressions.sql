CREATE TABLE architect.suppressions (
    rule text NOT NULL,
    object text NOT NULL,
    reason text NOT NULL,
    expires timestamp with time zone,
    created_by text NOT NULL,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT suppressions_pkey PRIMARY KEY (rule, object)
);

COMMENT ON TABLE architect.suppressions IS 'Findings that are known and accepted; written by architect.suppress()';
COMMENT ON COLUMN architect.suppressions.rule IS 'The rule';
COMMENT ON COLUMN architect.suppressions.object IS 'The object as findings print it; a table stands for its columns and constraints too';
COMMENT ON COLUMN architect.suppressions.reason IS 'Why it is accepted';
COMMENT ON COLUMN architect.suppressions.expires IS 'When it ends; null for never';
COMMENT ON COLUMN architect.suppressions.created_by IS 'The session role that wrote it last';
COMMENT ON COLUMN architect.suppressions.created_at IS 'When it was written last';

SELECT pg_catalog.pg_extension_config_dump('architect.suppressions', '');
