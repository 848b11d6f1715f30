CREATE FUNCTION architect.adopt(schema text DEFAULT NULL) RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE COST 100000
    SET search_path = pg_catalog, pg_temp SET jit = off
    AS 'MODULE_PATHNAME', 'adopt_wrapper';

COMMENT ON FUNCTION architect.adopt(text) IS 'Takes what a full check finds now (of one schema, or of all) as the baseline: from now on only what is new is reported. The number of findings in the baseline is returned; called again, it replaces the baseline';

CREATE FUNCTION architect.unadopt() RETURNS bigint
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'unadopt_wrapper';

COMMENT ON FUNCTION architect.unadopt() IS 'Empties the baseline, so that everything is reported again; the number of findings that were in it is returned';
