CREATE FUNCTION architect.not_explained(sql text) RETURNS TABLE (
    line integer,
    command_tag text
)
    LANGUAGE c STRICT VOLATILE PARALLEL UNSAFE COST 10000 ROWS 1
    AS 'MODULE_PATHNAME', 'not_explained_wrapper';

COMMENT ON FUNCTION architect.not_explained(text) IS 'The statements of a script of whose table locks nothing is known, so that architect.explain_ddl() has no or not all rows for them';
