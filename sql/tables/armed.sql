-- Never dumped, and by OID: neither a restored database nor a copy of one is armed.
CREATE TABLE architect.armed (
    database_oid oid NOT NULL,
    armed_at timestamp with time zone NOT NULL,
    armed_by text NOT NULL,
    CONSTRAINT armed_pkey PRIMARY KEY (database_oid)
);

COMMENT ON TABLE architect.armed IS 'The databases in which architect.mode = enforce stops DDL; written by architect.arm()';
COMMENT ON COLUMN architect.armed.database_oid IS 'The OID of the database; a row with that of another database came with a copy and counts for nothing';
COMMENT ON COLUMN architect.armed.armed_at IS 'When it was armed';
COMMENT ON COLUMN architect.armed.armed_by IS 'The session role that armed it';
