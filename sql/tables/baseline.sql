CREATE TABLE architect.baseline (
    fingerprint text NOT NULL,
    rule text NOT NULL,
    object text NOT NULL,
    adopted_by text NOT NULL,
    adopted_at timestamp with time zone NOT NULL,
    CONSTRAINT baseline_pkey PRIMARY KEY (fingerprint)
);

COMMENT ON TABLE architect.baseline IS 'Findings that were there when the schema was adopted and are not reported; written by architect.adopt()';
COMMENT ON COLUMN architect.baseline.fingerprint IS 'The fingerprint of the finding: 16 hexadecimal digits';
COMMENT ON COLUMN architect.baseline.rule IS 'The rule';
COMMENT ON COLUMN architect.baseline.object IS 'The object as findings print it';
COMMENT ON COLUMN architect.baseline.adopted_by IS 'The session role that adopted it';
COMMENT ON COLUMN architect.baseline.adopted_at IS 'When it was adopted';

SELECT pg_catalog.pg_extension_config_dump('architect.baseline', '');
