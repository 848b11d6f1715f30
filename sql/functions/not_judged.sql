CREATE FUNCTION architect.not_judged(schema text DEFAULT NULL, "table" text DEFAULT NULL, profile text DEFAULT NULL)
    RETURNS TABLE (rule text, object text, reason text, remedy text)
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000 ROWS 100
    SET search_path = pg_catalog, pg_temp SET jit = off
    AS 'MODULE_PATHNAME', 'not_judged_wrapper';

COMMENT ON FUNCTION architect.not_judged(text, text, text) IS 'What a check could not judge, why, and what would allow it';
