CREATE FUNCTION architect.status() RETURNS TABLE (name text, value text, detail text)
    LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 30
    AS 'MODULE_PATHNAME', 'status_wrapper';

COMMENT ON FUNCTION architect.status() IS 'Whether the guard is on duty here, with which settings, and what it cannot see';
