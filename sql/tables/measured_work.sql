CREATE TABLE architect.measured_work (
    id uuid NOT NULL,
    measured_at timestamp with time zone NOT NULL,
    tag text NOT NULL,
    read_bytes bigint NOT NULL,
    write_bytes bigint NOT NULL,
    sort_bytes bigint NOT NULL,
    seconds double precision NOT NULL,
    CONSTRAINT measured_work_pkey PRIMARY KEY (id)
);

-- Not dumped: the speeds are those of this server, and a dump may be restored on another one.
COMMENT ON TABLE architect.measured_work IS 'What large DDL took on this server: the measurements behind estimated_blocking of architect.explain_ddl(). Written by the extension when a statement of at least 8 MB of work and 50 ms ends; not dumped';
COMMENT ON COLUMN architect.measured_work.id IS 'A random identifier';
COMMENT ON COLUMN architect.measured_work.measured_at IS 'When the statement ended';
COMMENT ON COLUMN architect.measured_work.tag IS 'Its command tag';
COMMENT ON COLUMN architect.measured_work.read_bytes IS 'Bytes of heap and TOAST that it was predicted to read';
COMMENT ON COLUMN architect.measured_work.write_bytes IS 'Bytes of heap and TOAST that it was predicted to write';
COMMENT ON COLUMN architect.measured_work.sort_bytes IS 'Bytes of index entries that it was predicted to sort';
COMMENT ON COLUMN architect.measured_work.seconds IS 'Seconds from its first change, behind the wait for its lock, to its end';
