CREATE FUNCTION architect."check"(schema text DEFAULT NULL, "table" text DEFAULT NULL) RETURNS SETOF architect.finding
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 10000 ROWS 100
    AS 'MODULE_PATHNAME', 'check_wrapper';

COMMENT ON FUNCTION architect."check"(text, text) IS 'Judges what is there now: the whole database, one schema, or one table';
