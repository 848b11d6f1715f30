CREATE TABLE architect.ddl_log (
    id uuid NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    transaction_id xid8,
    session_role text NOT NULL,
    outer_role text NOT NULL,
    effective_role text NOT NULL,
    application_name text,
    tag text NOT NULL,
    objects text[] NOT NULL,
    findings jsonb NOT NULL,
    break_glass text,
    predicted_rewrites oid[] NOT NULL,
    actual_rewrites oid[] NOT NULL,
    CONSTRAINT ddl_log_pkey PRIMARY KEY (id)
);

COMMENT ON TABLE architect.ddl_log IS 'The DDL that was committed, as far as architect.log_ddl says; what was stopped or rolled back is in the server log only';
COMMENT ON COLUMN architect.ddl_log.id IS 'A random identifier: rows of several servers can be put together';
COMMENT ON COLUMN architect.ddl_log.happened_at IS 'When the statement ended';
COMMENT ON COLUMN architect.ddl_log.transaction_id IS 'Its transaction';
COMMENT ON COLUMN architect.ddl_log.session_role IS 'Who connected';
COMMENT ON COLUMN architect.ddl_log.outer_role IS 'The role outside of any SECURITY DEFINER function (SET ROLE)';
COMMENT ON COLUMN architect.ddl_log.effective_role IS 'The role with whose rights the statement ran';
COMMENT ON COLUMN architect.ddl_log.application_name IS 'What the client called itself';
COMMENT ON COLUMN architect.ddl_log.tag IS 'The command tag, or BREAK GLASS';
COMMENT ON COLUMN architect.ddl_log.objects IS 'What it made, changed or dropped: kind and identity; a very long list is cut';
COMMENT ON COLUMN architect.ddl_log.findings IS 'What was found before its lock';
COMMENT ON COLUMN architect.ddl_log.break_glass IS 'The reason for which the guard stopped nothing in this transaction';
COMMENT ON COLUMN architect.ddl_log.predicted_rewrites IS 'The tables that it was predicted to write anew';
COMMENT ON COLUMN architect.ddl_log.actual_rewrites IS 'The tables that it did write anew';
