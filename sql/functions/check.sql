CREATE FUNCTION architect."check"(
    schema text DEFAULT NULL,
    "table" text DEFAULT NULL,
    categories text[] DEFAULT NULL,
    min_severity text DEFAULT NULL,
    profile text DEFAULT NULL
) RETURNS SETOF architect.finding
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000 ROWS 100
    -- Compiling the queries would take longer than running them.
    SET search_path = pg_catalog, pg_temp SET jit = off
    AS 'MODULE_PATHNAME', 'check_wrapper';

COMMENT ON FUNCTION architect."check"(text, text, text[], text, text) IS 'Judges what is there now: the whole database, one schema, or the tables of one name; the highest score first';
