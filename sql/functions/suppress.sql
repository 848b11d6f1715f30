CREATE FUNCTION architect.suppress(
    rule text,
    object text,
    reason text,
    expires timestamp with time zone DEFAULT NULL
) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'suppress_wrapper';

COMMENT ON FUNCTION architect.suppress(text, text, text, timestamp with time zone) IS 'Accepts the findings of a rule on an object, for a reason and, best, until a day';

CREATE FUNCTION architect.unsuppress(rule text, object text) RETURNS boolean
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'unsuppress_wrapper';

COMMENT ON FUNCTION architect.unsuppress(text, text) IS 'Removes a suppression; false if there was none';
