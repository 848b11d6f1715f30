CREATE FUNCTION architect.history_table(relation regclass, history_name name DEFAULT NULL)
    RETURNS SETOF architect.plan_step
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 3
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wait constant text := E'SET LOCAL lock_timeout = ''2s'';\n';
    table_ record;
    key_numbers smallint[];
    history text;
    history_sql text;
    id_column text;
    period_column text;
    operation_column text;
    function_name text;
    trigger_name text;
    columns_ text;
    definitions text;
    key_columns text;
    old_key text;
    exclusion text;
    can_exclude boolean;
    gist_schema text;
BEGIN
    IF relation IS NULL THEN
        RETURN;
    END IF;
    table_ := architect.plan_table(relation);
    SELECT conkey INTO key_numbers FROM pg_constraint WHERE conrelid = relation AND contype = 'p';
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('%s has no primary key', table_.sql_name),
            DETAIL = 'The history tells by it which versions belong to one row.',
            HINT = 'Add a primary key first.';
    END IF;
    IF history_name IS NOT NULL AND to_regclass(format('%I.%I', table_.schema_name, history_name)) IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_table',
            MESSAGE = format('relation %I.%I already exists', table_.schema_name, history_name);
    END IF;
    IF history_name IS NULL AND to_regclass(format('%I.%I', table_.schema_name, left(table_.table_name || '_history', 63))) IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_table',
            MESSAGE = format('%s seems to have a history already', table_.sql_name),
            DETAIL = format('There is %I.%I.', table_.schema_name, table_.table_name || '_history'),
            HINT = 'Give another name as history_name.';
    END IF;
    history := coalesce(history_name, architect.plan_name(relation, table_.table_name, '_history'));
    history_sql := format('%I.%I', table_.schema_name, history);
    id_column := architect.plan_name(relation, 'history_id', '');
    period_column := architect.plan_name(relation, 'valid_during', '');
    operation_column := architect.plan_name(relation, 'operation', '');
    function_name := format('%I.%I', table_.schema_name, architect.plan_name(relation, 'keep_' || history, ''));
    trigger_name := architect.plan_name(relation, 'keep_' || history, '');

    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),
           string_agg(format(E'    %I %s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
                             CASE WHEN a.attcollation NOT IN (0, t.typcollation) THEN (SELECT format(' COLLATE %I.%I', n.nspname, c.collname)
                                  FROM pg_collation AS c JOIN pg_namespace AS n ON n.oid = c.collnamespace WHERE c.oid = a.attcollation) ELSE '' END,
                             CASE WHEN a.attnum = ANY (key_numbers) THEN ' NOT NULL' ELSE '' END), E',\n' ORDER BY a.attnum)
      INTO columns_, definitions
      FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
     WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped;
    key_columns := architect.plan_columns(relation, key_numbers);
    SELECT string_agg(format('h.%1$I = OLD.%1$I', a.attname), ' AND ' ORDER BY n.place) INTO old_key
      FROM unnest(key_numbers) WITH ORDINALITY AS n (number, place) JOIN pg_attribute AS a ON a.attrelid = relation AND a.attnum = n.number;

    -- EXCLUDE needs an operator class of GiST with equality for each column of the key, which btree_gist brings for most types.
    SELECT n.nspname INTO gist_schema FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = 'btree_gist';
    SELECT bool_and(EXISTS (
               SELECT FROM pg_opclass AS oc JOIN pg_am AS m ON m.oid = oc.opcmethod AND m.amname = 'gist'
                 JOIN pg_amop AS am ON am.amopfamily = oc.opcfamily AND am.amoplefttype = oc.opcintype AND am.amoprighttype = oc.opcintype
                 JOIN pg_operator AS p ON p.oid = am.amopopr AND p.oprname = '=' AND p.oprnamespace = 'pg_catalog'::regnamespace
                WHERE oc.opcdefault
                  AND (oc.opcintype = b.type_ OR EXISTS (SELECT FROM pg_cast AS ca
                        WHERE ca.castsource = b.type_ AND ca.casttarget = oc.opcintype AND ca.castmethod = 'b'))))
      INTO can_exclude
      FROM unnest(key_numbers) AS n (number)
      JOIN pg_attribute AS a ON a.attrelid = relation AND a.attnum = n.number
      JOIN pg_type AS t ON t.oid = a.atttypid
     CROSS JOIN LATERAL (SELECT CASE t.typtype WHEN 'd' THEN t.typbasetype ELSE t.oid END AS type_) AS b;
    IF can_exclude THEN
        exclusion := format(E',\n    CONSTRAINT %I EXCLUDE USING gist (%s, %I WITH &&)', architect.plan_name(relation, history, '_no_overlap'),
            (SELECT string_agg(format('%I WITH =', a.attname), ', ' ORDER BY n.place)
               FROM unnest(key_numbers) WITH ORDINALITY AS n (number, place) JOIN pg_attribute AS a ON a.attrelid = relation AND a.attnum = n.number),
            period_column);
    END IF;

    RETURN QUERY SELECT 1,
        CASE WHEN can_exclude THEN 'The history: one row per version, whose times never overlap'
             ELSE format('The history: one row per version, one of them open. %s', CASE WHEN gist_schema IS NULL
                  THEN 'With CREATE EXTENSION btree_gist before, the plan has an EXCLUDE constraint, so that the times never overlap'
                  ELSE 'The key''s type has no equality in GiST, so that no EXCLUDE constraint can keep the times apart' END) END,
        format(E'CREATE TABLE %s (\n    %I bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n%s,\n    %I tstzrange NOT NULL,\n'
               '    %I text NOT NULL CHECK (%I IN (''INSERT'', ''UPDATE'', ''DELETE''))%s\n);\n'
               'CREATE %sINDEX %I ON %s (%s) WHERE upper_inf(%I);\n'
               'REVOKE ALL ON %s FROM PUBLIC;\n'
               'COMMENT ON TABLE %s IS %L;\nCOMMENT ON COLUMN %s.%I IS %L;\nCOMMENT ON COLUMN %s.%I IS %L;',
               history_sql, id_column, definitions, period_column, operation_column, operation_column, coalesce(exclusion, ''),
               CASE WHEN can_exclude THEN '' ELSE 'UNIQUE ' END,
               architect.plan_name(relation, format('idx_%s_%s', history,
                   (SELECT string_agg(a.attname, '_' ORDER BY n.place) FROM unnest(key_numbers) WITH ORDINALITY AS n (number, place)
                      JOIN pg_attribute AS a ON a.attrelid = relation AND a.attnum = n.number)), ''),
               history_sql, key_columns, period_column,
               history_sql,
               history_sql, format('The versions of the rows of %s', table_.sql_name),
               history_sql, period_column, 'When the version was the current one; open at its end while it is, at its start where nobody saw it come',
               history_sql, operation_column, 'What made the version; DELETE for the last one of a row that is gone'),
        'own transaction', 'none', format('DROP TABLE %s;', history_sql)
    UNION ALL SELECT 2,
        'Each change writes its version in its own transaction. With the rights of the function''s owner, so that who changes rows need not be able to change their history',
        wait || format($create$CREATE FUNCTION %1$s() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $keep$
DECLARE
    -- Not now(): a transaction that began earlier may change the row later.
    at timestamp with time zone := clock_timestamp();
BEGIN
    IF TG_OP <> 'INSERT' THEN
        UPDATE %2$s AS h
           SET %3$I = tstzrange(lower(h.%3$I), greatest(at, lower(h.%3$I) + interval '1 microsecond')),
               %6$I = CASE TG_OP WHEN 'DELETE' THEN 'DELETE' ELSE h.%6$I END
         WHERE %4$s AND upper_inf(h.%3$I)
        RETURNING upper(h.%3$I) INTO at;
        IF NOT FOUND THEN
            -- The first change since there is a history.
            at := clock_timestamp();
            INSERT INTO %2$s (%5$s, %3$I, %6$I) VALUES (%7$s, tstzrange(NULL, at), CASE TG_OP WHEN 'DELETE' THEN 'DELETE' ELSE 'INSERT' END);
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO %2$s (%5$s, %3$I, %6$I) VALUES (%8$s, tstzrange(at, NULL), TG_OP);
    END IF;
    RETURN NULL;
END
$keep$;
REVOKE ALL ON FUNCTION %1$s() FROM PUBLIC;
CREATE TRIGGER %9$I AFTER INSERT OR UPDATE OR DELETE ON %10$s
    FOR EACH ROW EXECUTE FUNCTION %1$s();$create$,
            function_name, history_sql, period_column, old_key, columns_, operation_column,
            (SELECT string_agg('OLD.' || quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute AS a
              WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped),
            (SELECT string_agg('NEW.' || quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute AS a
              WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped),
            trigger_name, table_.sql_name),
        'own transaction', format('SHARE ROW EXCLUSIVE on %s for a moment', table_.with_partitions),
        wait || format(E'DROP TRIGGER %I ON %s;\nDROP FUNCTION %s();', trigger_name, table_.sql_name, function_name);
END
$$;

COMMENT ON FUNCTION architect.history_table(regclass, name) IS 'The steps that keep each version of a table''s rows, with the time for which it was the current one, in a table beside it';
