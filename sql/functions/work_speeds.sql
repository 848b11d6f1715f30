CREATE FUNCTION architect.work_speeds() RETURNS TABLE (
    work text,
    bytes_per_second bigint,
    measurements integer,
    source text
)
    LANGUAGE c VOLATILE PARALLEL UNSAFE ROWS 3
    AS 'MODULE_PATHNAME', 'work_speeds_wrapper';

COMMENT ON FUNCTION architect.work_speeds() IS 'The speeds of reading, writing and sorting by which DDL is estimated: measured on this server, or stated defaults';
