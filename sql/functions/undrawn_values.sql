-- pg_sequence_last_value() tells nothing of a sequence that was set to a value which was not drawn yet. pg_get_sequence_data() does, but
-- came with PostgreSQL 18, so that no view can name it.
CREATE FUNCTION architect.undrawn_values(sequences oid[]) RETURNS TABLE (sequence_oid oid, next_value bigint)
    LANGUAGE plpgsql STABLE SECURITY INVOKER PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $function$
BEGIN
    IF pg_catalog.current_setting('server_version_num')::integer >= 180000 THEN
        RETURN QUERY EXECUTE
            'SELECT s.oid, d.last_value
             FROM pg_catalog.unnest($1) AS s (oid) CROSS JOIN LATERAL pg_catalog.pg_get_sequence_data(s.oid) AS d
             WHERE NOT d.is_called' USING undrawn_values.sequences;
    END IF;
END
$function$;

COMMENT ON FUNCTION architect.undrawn_values(oid[]) IS 'Of sequences from which no value was drawn since they were made or set: the value that comes next; none before PostgreSQL 18, or without SELECT on the sequence';

-- For PUBLIC as well: whoever may read the views that call it, may call it; it shows what pg_get_sequence_data() shows to the caller.
GRANT EXECUTE ON FUNCTION architect.undrawn_values(oid[]) TO PUBLIC;
