-- Dumped: a restored database has the rows as far as they were done, and goes on from there. Whoever runs backfills needs SELECT, INSERT
-- and UPDATE on it; run_backfill() has only its caller's rights, because a procedure with other rights may not commit.
CREATE TABLE architect.backfills (
    fingerprint text NOT NULL,
    relation text NOT NULL,
    relation_oid oid NOT NULL,
    column_numbers smallint[] NOT NULL,
    database_oid oid NOT NULL,
    written_in oid NOT NULL,
    system_identifier bigint,
    assignment text,
    condition text,
    copied_to text,
    copied_to_oid oid,
    key_columns text[] NOT NULL,
    last_key text[],
    rows_seen bigint NOT NULL,
    rows_changed bigint NOT NULL,
    batches bigint NOT NULL,
    started_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    finished_at timestamp with time zone,
    run_by text NOT NULL,
    CONSTRAINT backfills_pkey PRIMARY KEY (fingerprint)
);

COMMENT ON TABLE architect.backfills IS 'How far each backfill is; written by architect.run_backfill() in the transaction of each batch';
COMMENT ON COLUMN architect.backfills.fingerprint IS 'Table, assignment, condition and target, digested: the same call finds its row again';
COMMENT ON COLUMN architect.backfills.relation IS 'The table, quoted and with its schema';
COMMENT ON COLUMN architect.backfills.relation_oid IS 'Its OID: a table made anew under the name begins anew';
COMMENT ON COLUMN architect.backfills.column_numbers IS 'The numbers of its columns that are named: a column made anew under a name begins anew';
COMMENT ON COLUMN architect.backfills.database_oid IS 'The OID of the database: in a restored one tables and columns have other numbers and the backfill goes on';
COMMENT ON COLUMN architect.backfills.written_in IS 'The OID of this table: where a dump was restored into the database it came from, it has another one';
COMMENT ON COLUMN architect.backfills.system_identifier IS 'The cluster, as pg_control_system() tells it: databases of two clusters may have the same OIDs; null where the caller may not ask';
COMMENT ON COLUMN architect.backfills.assignment IS 'What stands behind SET; null for a copy';
COMMENT ON COLUMN architect.backfills.condition IS 'Which rows are changed; null for all';
COMMENT ON COLUMN architect.backfills.copied_to IS 'The table to which rows are copied; null for an update';
COMMENT ON COLUMN architect.backfills.copied_to_oid IS 'Its OID; null for an update';
COMMENT ON COLUMN architect.backfills.key_columns IS 'The columns of the key along which it walks';
COMMENT ON COLUMN architect.backfills.last_key IS 'The values of the last key that is done, as text; null before the first batch';
COMMENT ON COLUMN architect.backfills.rows_seen IS 'Rows walked over';
COMMENT ON COLUMN architect.backfills.rows_changed IS 'Rows updated or copied';
COMMENT ON COLUMN architect.backfills.batches IS 'Batches committed';
COMMENT ON COLUMN architect.backfills.started_at IS 'When the first call began it';
COMMENT ON COLUMN architect.backfills.updated_at IS 'When the last batch was committed';
COMMENT ON COLUMN architect.backfills.finished_at IS 'When the end of the key was reached; null while there is more to do';
COMMENT ON COLUMN architect.backfills.run_by IS 'The role that ran the last batch';

SELECT pg_catalog.pg_extension_config_dump('architect.backfills', '');
