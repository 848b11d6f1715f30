CREATE FUNCTION architect.last_findings() RETURNS SETOF architect.finding
    LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 10
    AS 'MODULE_PATHNAME', 'last_findings_wrapper';

COMMENT ON FUNCTION architect.last_findings() IS 'The findings of the last transaction of this session that had any, stopped ones included';
