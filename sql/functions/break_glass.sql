CREATE FUNCTION architect.break_glass(reason text) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'break_glass_wrapper';

COMMENT ON FUNCTION architect.break_glass(text) IS 'Lets everything through until this transaction ends; the reason is logged';
