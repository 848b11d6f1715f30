CREATE FUNCTION architect.fix_steps(
    schema text DEFAULT NULL,
    "table" text DEFAULT NULL,
    rules text[] DEFAULT NULL,
    categories text[] DEFAULT NULL,
    min_severity text DEFAULT NULL,
    profile text DEFAULT NULL
) RETURNS TABLE (
    step integer,
    rule text,
    object text,
    title text,
    statement text,
    transaction text,
    locks text,
    fingerprint text
)
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000 ROWS 100
    SET search_path = pg_catalog, pg_temp SET jit = off
    AS 'MODULE_PATHNAME', 'fix_steps_wrapper';

COMMENT ON FUNCTION architect.fix_steps(text, text, text[], text[], text, text) IS 'The SQL that mends the findings of a check, one row per statement, in an order that is safe to run: what is built comes before what is dropped, and new names come last. Findings that need a decision have no SQL and are left out';

CREATE FUNCTION architect.fix_script(
    schema text DEFAULT NULL,
    "table" text DEFAULT NULL,
    rules text[] DEFAULT NULL,
    categories text[] DEFAULT NULL,
    min_severity text DEFAULT NULL,
    profile text DEFAULT NULL
) RETURNS text
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000
    SET search_path = pg_catalog, pg_temp SET jit = off
    AS 'MODULE_PATHNAME', 'fix_script_wrapper';

COMMENT ON FUNCTION architect.fix_script(text, text, text[], text[], text, text) IS 'The same as one script for psql, each statement with a comment that says why, and what it locks: psql -XAtqc "SELECT architect.fix_script()" > fix.sql';
