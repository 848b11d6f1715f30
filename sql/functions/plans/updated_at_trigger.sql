CREATE FUNCTION architect.updated_at_trigger(relation regclass, column_name name DEFAULT 'updated_at')
    RETURNS SETOF architect.plan_step
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 2
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wait constant text := E'SET LOCAL lock_timeout = ''2s'';\n';
    table_ record;
    type_ text;
    base_type oid;
    existing text;
    named text;
    function_name text;
    steps architect.plan_step[] := '{}';
BEGIN
    IF relation IS NULL OR column_name IS NULL THEN
        RETURN;
    END IF;
    table_ := architect.plan_table(relation);
    SELECT format_type(a.atttypid, a.atttypmod), CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END INTO type_, base_type
      FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
     WHERE a.attrelid = relation AND a.attname = column_name AND a.attnum > 0 AND NOT a.attisdropped;
    IF type_ IS NULL THEN
        steps := steps || ROW(0, 'The column; the old rows count as changed now, and nothing is rewritten',
            wait || format('ALTER TABLE %s ADD COLUMN %I timestamp with time zone NOT NULL DEFAULT now();', table_.sql_name, column_name),
            'own transaction', format('ACCESS EXCLUSIVE on %s for a moment', table_.with_partitions),
            wait || format('ALTER TABLE %s DROP COLUMN %I;', table_.sql_name, column_name))::architect.plan_step;
    ELSIF base_type NOT IN ('timestamptz'::regtype, 'timestamp'::regtype) THEN
        RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
            MESSAGE = format('column %I of %s is of type %s', column_name, table_.sql_name, type_),
            HINT = 'The column that is kept up to date is a timestamp with time zone.';
    END IF;
    SELECT t.tgname INTO existing
      FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
     WHERE t.tgrelid = relation AND NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgtype & 19 = 19
       AND (p.prosrc ~* ('new\s*\.\s*"?' || regexp_replace(column_name, '([^[:alnum:]_])', '\\\1', 'g') || '"?\s*:?=')
            OR p.proname = 'moddatetime')
     ORDER BY t.tgname LIMIT 1;
    IF existing IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
            MESSAGE = format('trigger %I keeps column %I of %s already', existing, column_name, table_.sql_name);
    END IF;
    named := architect.plan_name(relation, format('set_%s_%s', table_.table_name, column_name), '');
    function_name := format('%I.%I', table_.schema_name, named);
    steps := steps || ROW(0, 'A trigger that keeps it, for updates that change something',
        wait || format(E'CREATE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS %s;\n',
                       function_name, architect.plan_quoted_body(format(E'\nBEGIN\n    NEW.%I := now();\n    RETURN NEW;\nEND\n', column_name), 'set'))
        -- A row is compared as it is stored: not every type has an operator for equality. A generated column is not computed before a trigger.
        || format(E'CREATE TRIGGER %I BEFORE UPDATE ON %s\n    FOR EACH ROW%s EXECUTE FUNCTION %s();', named, table_.sql_name,
                  CASE WHEN EXISTS (SELECT FROM pg_attribute WHERE attrelid = relation AND attgenerated <> '') THEN ''
                       ELSE ' WHEN (OLD.* OPERATOR(pg_catalog.*<>) NEW.*)' END, function_name),
        'own transaction', format('SHARE ROW EXCLUSIVE on %s for a moment', table_.with_partitions),
        wait || format(E'DROP TRIGGER %I ON %s;\nDROP FUNCTION %s();', named, table_.sql_name, function_name))::architect.plan_step;
    RETURN QUERY SELECT o.place::integer, o.title, o.statement, o.transaction, o.locks, o.undo
                   FROM unnest(steps) WITH ORDINALITY AS o (step, title, statement, transaction, locks, undo, place);
END
$$;

COMMENT ON FUNCTION architect.updated_at_trigger(regclass, name) IS 'The steps that give a table a column which holds when a row was changed last, and the trigger that keeps it';
