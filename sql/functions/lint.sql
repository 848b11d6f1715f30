CREATE FUNCTION architect.lint(sql text) RETURNS SETOF architect.finding
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE COST 10000 ROWS 10
    AS 'MODULE_PATHNAME', 'lint_wrapper';

COMMENT ON FUNCTION architect.lint(text) IS 'Judges a script against this database without executing it';
