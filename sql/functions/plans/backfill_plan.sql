CREATE FUNCTION architect.backfill_plan(relation regclass, assignment text, condition text DEFAULT NULL, batch_rows integer DEFAULT 1000)
    RETURNS SETOF architect.plan_step
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 2
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    table_ record;
    key record;
    rows_ double precision;
BEGIN
    IF relation IS NULL OR assignment IS NULL THEN
        RETURN;
    END IF;
    table_ := architect.plan_table(relation);
    key := architect.plan_key(relation);
    IF key.column_names IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('%s has no key along which it could be walked', table_.sql_name),
            DETAIL = 'That is a primary key, or a unique index over columns that are NOT NULL, in tables that inherit them too.',
            HINT = 'Add a primary key first.';
    END IF;
    PERFORM architect.plan_sees_all(relation);
    IF batch_rows IS NULL OR batch_rows NOT BETWEEN 1 AND 100000 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('batch_rows is %s, outside of 1 .. 100000', coalesce(batch_rows::text, 'NULL')),
            HINT = '1000 to 10000 rows keep each transaction short.';
    END IF;
    IF btrim(assignment) = '' OR btrim(condition) = '' THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = 'there is nothing to do',
            HINT = 'assignment is what stands behind SET: total = price * quantity. condition is what stands behind WHERE, or NULL.';
    END IF;
    SELECT sum(greatest(c.reltuples, 0)) INTO rows_
      FROM pg_class AS c
     WHERE c.oid = relation OR c.oid IN (SELECT t.relid FROM architect.plan_partitions(relation) AS t WHERE table_.partitioned AND t.isleaf);
    RETURN QUERY VALUES
        (1,
         format('Change the rows along (%s), each batch in a transaction of its own%s; call it again after a cancel and it goes on',
                (SELECT string_agg(quote_ident(c), ', ' ORDER BY place) FROM unnest(key.column_names) WITH ORDINALITY AS u (c, place)),
                CASE WHEN rows_ > 0 THEN format(', about %s batches', ceil(rows_ / batch_rows)) ELSE '' END),
         format('CALL architect.run_backfill(%L, %L%s%s);', table_.sql_name, assignment, ', ' || quote_nullable(condition),
                CASE batch_rows WHEN 1000 THEN '' ELSE format(', batch_rows => %s', batch_rows) END),
         'outside a transaction block', 'none', NULL),
        (2,
         'Make the space of the old row versions usable again, and the statistics new',
         format('VACUUM (ANALYZE) %s;', table_.sql_name),
         'outside a transaction block', format('SHARE UPDATE EXCLUSIVE on %s while it is vacuumed', table_.with_partitions), NULL);
END
$$;

COMMENT ON FUNCTION architect.backfill_plan(regclass, text, text, integer) IS 'The steps that change all rows of a table in batches (batch_rows each) along its key';
