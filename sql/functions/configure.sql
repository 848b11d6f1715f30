CREATE FUNCTION architect.configure(
    rule text,
    severity text DEFAULT NULL,
    parameters jsonb DEFAULT NULL,
    schema_pattern text DEFAULT '%',
    table_pattern text DEFAULT '%'
) RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'configure_wrapper';

COMMENT ON FUNCTION architect.configure(text, text, jsonb, text, text) IS 'Sets severity (info, warning, error, off, on) and parameters of a rule, or of all rules (*), everywhere or for matching schemas and tables';

CREATE FUNCTION architect.unconfigure(rule text, schema_pattern text DEFAULT '%', table_pattern text DEFAULT '%') RETURNS boolean
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'unconfigure_wrapper';

COMMENT ON FUNCTION architect.unconfigure(text, text, text) IS 'Removes a setting of architect.configure(); false if there was none';
