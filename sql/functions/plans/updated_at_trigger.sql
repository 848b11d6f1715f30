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
    field text;
    named text;
    function_name text;
    steps architect.plan_step[] := '{}';
BEGIN
    IF relation IS NULL OR column_name IS NULL THEN
        RETURN;
    END IF;
    table_ := architect.plan_table(relation);
    IF NOT table_.partitioned AND EXISTS (SELECT FROM pg_inherits WHERE inhparent = relation) THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = format('the trigger would not see all updates of %s', table_.sql_name),
            DETAIL = format('Tables inherit from it, and row triggers are not inherited: %s.',
                            (SELECT string_agg(inhrelid::regclass::text, ', ' ORDER BY inhrelid::regclass::text) FROM pg_inherits WHERE inhparent = relation)),
            HINT = 'Make partitions of them, or a trigger on each by hand.';
    END IF;
    SELECT format_type(a.atttypid, a.atttypmod), architect.plan_base_type(a.atttypid) INTO type_, base_type
      FROM pg_attribute AS a
     WHERE a.attrelid = relation AND a.attname = column_name AND a.attnum > 0 AND NOT a.attisdropped;
    IF type_ IS NULL THEN
        IF EXISTS (SELECT FROM pg_class WHERE oid = relation AND (relispartition OR reloftype <> 0)) THEN
            RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
                MESSAGE = format('%s has no column %I, and it cannot be added', table_.sql_name, column_name),
                DETAIL = (SELECT CASE WHEN c.relispartition THEN format('It is a partition of %s.', i.inhparent::regclass)
                                      ELSE format('It is a table OF type %s, which says what columns it has.', c.reloftype::regtype) END
                            FROM pg_class AS c LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid WHERE c.oid = relation),
                HINT = 'Ask for the plan of the partitioned table, or add the column to the type first.';
        END IF;
        steps := steps || ROW(0, 'The column; the old rows count as changed now, and nothing is rewritten',
            wait || format('ALTER TABLE %s ADD COLUMN %I timestamp with time zone NOT NULL DEFAULT now();', table_.sql_name, column_name),
            'own transaction', format('ACCESS EXCLUSIVE on %s for a moment', table_.with_partitions),
            wait || format('ALTER TABLE %s DROP COLUMN %I;', table_.sql_name, column_name))::architect.plan_step;
    ELSIF base_type NOT IN ('timestamptz'::regtype, 'timestamp'::regtype) THEN
        RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
            MESSAGE = format('column %I of %s is of type %s', column_name, table_.sql_name, type_),
            HINT = 'The column that is kept up to date is a timestamp with time zone.';
    END IF;
    -- A comparison is no assignment: = is one at the start of a statement, := and INTO are anywhere.
    field := 'new\s*\.\s*"?' || regexp_replace(column_name, '([^[:alnum:]_])', '\\\1', 'g') || '"?';
    SELECT t.tgname INTO existing
      FROM pg_trigger AS t JOIN pg_proc AS p ON p.oid = t.tgfoid
     CROSS JOIN LATERAL (SELECT regexp_replace(regexp_replace(p.prosrc, '--[^\n]*', '', 'g'), '/\*.*?\*/', ' ', 'g') AS body) AS c
     WHERE t.tgrelid = relation AND NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgtype & 19 = 19
       AND (c.body ~* ('\m' || field || '\s*:=')
            OR c.body ~* ('(^|;|>>|\m(begin|then|else|loop))\s*' || field || '\s*=')
            OR c.body ~* ('\minto\s+(strict\s+)?([^;]*,\s*)?' || field || '([^[:alnum:]_$"]|$)')
            OR p.proname = 'moddatetime' AND t.tgargs = convert_to(column_name, getdatabaseencoding()) || '\x00'::bytea)
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
