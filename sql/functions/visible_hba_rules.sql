-- pg_hba_file_rules() is for superusers and whom they grant it to. PostgreSQL checks the right to call a function when a query starts,
-- whether or not its CASE ever gets there; only here the call is not even planned without it.
CREATE FUNCTION architect.visible_hba_rules() RETURNS SETOF jsonb
    LANGUAGE plpgsql STABLE SECURITY INVOKER PARALLEL SAFE ROWS 20
    SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF pg_catalog.has_function_privilege('pg_catalog.pg_hba_file_rules()', 'EXECUTE') THEN
        RETURN QUERY SELECT pg_catalog.to_jsonb(r) FROM pg_catalog.pg_hba_file_rules() AS r;
    END IF;
END
$function$;

COMMENT ON FUNCTION architect.visible_hba_rules() IS 'The lines of pg_hba.conf, each as JSON; none when the caller has no EXECUTE on pg_hba_file_rules()';

REVOKE ALL ON FUNCTION architect.visible_hba_rules() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION architect.visible_hba_rules() TO pg_monitor;
