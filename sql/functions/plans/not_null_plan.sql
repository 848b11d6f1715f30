CREATE FUNCTION architect.not_null_plan(relation regclass, column_name name, fill text DEFAULT NULL)
    RETURNS SETOF architect.plan_step
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 5
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    version constant integer := current_setting('server_version_num')::integer;
    wait constant text := E'SET LOCAL lock_timeout = ''2s'';\n';
    table_ record;
    number smallint;
    proof record;
    named text;
    add_proof text;
    steps architect.plan_step[] := '{}';
BEGIN
    IF relation IS NULL OR column_name IS NULL THEN
        RETURN;
    END IF;
    table_ := architect.plan_table(relation);
    number := architect.plan_column(relation, column_name);

    -- A CHECK that says it already, or (18) a NOT NULL constraint that waits for its validation.
    SELECT c.conname, c.convalidated, c.contype INTO proof
      FROM pg_constraint AS c
     WHERE c.conrelid = relation AND c.conkey = ARRAY[number]
       AND (c.contype = 'n'
            OR c.contype = 'c' AND NOT c.connoinherit AND (architect.plan_constraint(c.oid)).enforced
               AND pg_get_expr(c.conbin, c.conrelid) = format('(%I IS NOT NULL)', column_name))
     ORDER BY c.contype = 'n' DESC, c.convalidated DESC, c.conname
     LIMIT 1;
    IF (SELECT attnotnull FROM pg_attribute WHERE attrelid = relation AND attnum = number)
       AND NOT (proof.contype IS NOT DISTINCT FROM 'n' AND NOT proof.convalidated) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('column %I of %s is NOT NULL already', column_name, table_.sql_name);
    END IF;

    IF fill IS NOT NULL THEN
        PERFORM architect.plan_sees_all(relation);
        IF (architect.plan_key(relation)).column_names IS NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
                MESSAGE = format('%s has no key along which it could be filled', table_.sql_name),
                HINT = 'Add a primary key first, or fill the column yourself and leave the argument fill out.';
        END IF;
        steps := steps || ROW(0, 'Fill the column where it is NULL; what writes the table should write it from now on',
            format('CALL architect.run_backfill(%L, %L, %L);',
                   table_.sql_name, format('%I = %s', column_name, fill), format('%I IS NULL', column_name)),
            'outside a transaction block', 'none', NULL)::architect.plan_step;
    END IF;

    named := coalesce(proof.conname, architect.plan_name(relation, format('%s_%s', table_.table_name, column_name), '_not_null'));
    IF proof.conname IS NULL THEN
        add_proof := CASE WHEN version >= 180000 THEN format('NOT NULL %I NOT VALID', column_name)
                          ELSE format('CHECK (%I IS NOT NULL) NOT VALID', column_name) END;
        steps := steps || ROW(0, 'From now on no row may come without a value; the old rows are not looked at',
            wait || format('ALTER TABLE %s ADD CONSTRAINT %I %s;', table_.sql_name, named, add_proof),
            'own transaction', format('ACCESS EXCLUSIVE on %s for a moment', table_.with_partitions),
            wait || format('ALTER TABLE %s DROP CONSTRAINT %I;', table_.sql_name, named))::architect.plan_step;
        IF fill IS NOT NULL THEN
            steps := steps || ROW(0, 'Fill what came without a value since',
                format('CALL architect.run_backfill(%L, %L, %L, restart => true);',
                       table_.sql_name, format('%I = %s', column_name, fill), format('%I IS NULL', column_name)),
                'outside a transaction block', 'none', NULL)::architect.plan_step;
        END IF;
    END IF;
    IF NOT coalesce(proof.convalidated, false) THEN
        steps := steps || ROW(0, 'Look at the old rows while reads and writes go on; it fails where one has no value',
            format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', table_.sql_name, named),
            'own transaction',
            format('SHARE UPDATE EXCLUSIVE on %s while every row is read', table_.with_partitions), NULL)::architect.plan_step;
    END IF;
    IF version < 180000 OR proof.contype = 'c' THEN
        steps := steps || ROW(0, 'The constraint proves it, so that no row is read',
            wait || format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL;', table_.sql_name, column_name),
            'own transaction', format('ACCESS EXCLUSIVE on %s for a moment', table_.with_partitions),
            wait || format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL;', table_.sql_name, column_name))::architect.plan_step;
        -- A CHECK that was there before this plan is not this plan's to drop.
        IF proof.conname IS NULL THEN
            steps := steps || ROW(0, 'The proof is not needed any more',
                wait || format('ALTER TABLE %s DROP CONSTRAINT %I;', table_.sql_name, named),
                'own transaction', format('ACCESS EXCLUSIVE on %s for a moment', table_.with_partitions),
                wait || format('ALTER TABLE %s ADD CONSTRAINT %I %s;', table_.sql_name, named, add_proof))::architect.plan_step;
        END IF;
    END IF;
    RETURN QUERY SELECT o.place::integer, o.title, o.statement, o.transaction, o.locks, o.undo
                   FROM unnest(steps) WITH ORDINALITY AS o (step, title, statement, transaction, locks, undo, place);
END
$$;

COMMENT ON FUNCTION architect.not_null_plan(regclass, name, text) IS 'The steps that make a column NOT NULL without reading the table under a strong lock; with fill, an expression, its NULLs are filled in batches first';
