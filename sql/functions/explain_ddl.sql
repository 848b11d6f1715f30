CREATE FUNCTION architect.explain_ddl(sql text) RETURNS TABLE (
    statement integer,
    line integer,
    command_tag text,
    relation text,
    relation_kind text,
    role text,
    lock text,
    blocks text,
    rewrite text,
    scan text,
    index_builds text[],
    rows bigint,
    bytes bigint,
    created_here boolean,
    in_the_way text,
    refused text,
    unknown text,
    estimated_blocking interval,
    speeds_measured boolean,
    read_bytes bigint,
    write_bytes bigint,
    sort_bytes bigint,
    several_transactions boolean,
    relation_oid oid,
    blockers jsonb
)
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE COST 10000 ROWS 10
    AS 'MODULE_PATHNAME', 'explain_ddl_wrapper';

COMMENT ON FUNCTION architect.explain_ddl(text) IS 'What a script would do to each relation (locks of ROW SHARE and stronger, rewrite, scan, index builds, about how long it blocks) without executing it; a statement that locks nothing has no row, or one without a relation where it is refused';
