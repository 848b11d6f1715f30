CREATE FUNCTION architect.history_table(relation regclass, history_name name DEFAULT NULL)
    RETURNS SETOF architect.plan_step
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 3
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    wait constant text := E'SET LOCAL lock_timeout = ''2s'';\n';
    table_ record;
    owner_ text;
    key_numbers smallint[];
    deferrable_key boolean;
    history text;
    history_sql text;
    id_column text;
    period_column text;
    operation_column text;
    function_name text;
    trigger_name text;
    truncate_name text;
    columns_ text;
    olds text;
    news text;
    definitions text;
    key_columns text;
    index_name text;
    body text;
    exclusion text;
    can_exclude boolean;
    gist_schema text;
BEGIN
    IF relation IS NULL THEN
        RETURN;
    END IF;
    table_ := architect.plan_table(relation);
    SELECT conkey, condeferrable INTO key_numbers, deferrable_key FROM pg_constraint WHERE conrelid = relation AND contype = 'p';
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('%s has no primary key', table_.sql_name),
            DETAIL = 'The history tells by it which versions belong to one row.',
            HINT = 'Add a primary key first.';
    END IF;
    owner_ := architect.plan_definer(relation);
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
    truncate_name := architect.plan_free_name(relation, 'keep_' || history, '_all', ARRAY[trigger_name]);

    -- A trigger does not see what a virtual column is (18); it is computed from the others.
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),
           string_agg('OLD.' || quote_ident(a.attname), ', ' ORDER BY a.attnum),
           string_agg('NEW.' || quote_ident(a.attname), ', ' ORDER BY a.attnum),
           string_agg(format(E'    %I %s%s%s', a.attname, format_type(a.atttypid, a.atttypmod),
                             CASE WHEN a.attcollation NOT IN (0, t.typcollation) THEN (SELECT format(' COLLATE %I.%I', n.nspname, c.collname)
                                  FROM pg_collation AS c JOIN pg_namespace AS n ON n.oid = c.collnamespace WHERE c.oid = a.attcollation) ELSE '' END,
                             CASE WHEN a.attnum = ANY (key_numbers)
                                    OR a.attnotnull AND NOT EXISTS (SELECT FROM pg_constraint AS n WHERE n.conrelid = relation AND n.contype = 'n'
                                                                       AND n.conkey = ARRAY[a.attnum] AND NOT n.convalidated)
                                  THEN ' NOT NULL' ELSE '' END), E',\n' ORDER BY a.attnum)
      INTO columns_, olds, news, definitions
      FROM pg_attribute AS a JOIN pg_type AS t ON t.oid = a.atttypid
     WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated <> 'v';
    key_columns := architect.plan_columns(relation, key_numbers);

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
     CROSS JOIN LATERAL (SELECT architect.plan_base_type(a.atttypid) AS type_) AS b;
    IF can_exclude THEN
        exclusion := format(E',\n    CONSTRAINT %I EXCLUDE USING gist (%s, %I WITH OPERATOR(pg_catalog.&&))', architect.plan_name(relation, history, '_no_overlap'),
            (SELECT string_agg(format('%I WITH OPERATOR(pg_catalog.=)', a.attname), ', ' ORDER BY n.place)
               FROM unnest(key_numbers) WITH ORDINALITY AS n (number, place) JOIN pg_attribute AS a ON a.attrelid = relation AND a.attnum = n.number),
            period_column);
    END IF;

    index_name := architect.plan_free_name(relation, format('idx_%s_%s', history,
        (SELECT string_agg(a.attname, '_' ORDER BY n.place) FROM unnest(key_numbers) WITH ORDINALITY AS n (number, place)
           JOIN pg_attribute AS a ON a.attrelid = relation AND a.attnum = n.number)),
        CASE WHEN can_exclude THEN '_current' ELSE '_current_unique' END, ARRAY[history]);

    -- No variable in it is without its label: the table may have a column of any name.
    body := format($body$
#variable_conflict use_column
<<keep>>
DECLARE
    -- Not now(): a transaction that began earlier may change the row later.
    moment timestamp with time zone := clock_timestamp();
    operation text := TG_OP;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        UPDATE %1$s AS h
           SET %2$I = tstzrange(lower(h.%2$I), greatest(keep.moment, lower(h.%2$I) + interval '1 microsecond')), %3$I = 'DELETE'
         WHERE upper_inf(h.%2$I);
        RETURN NULL;
    END IF;
%4$s    IF TG_OP <> 'INSERT' THEN
        UPDATE %1$s AS h
           SET %2$I = tstzrange(lower(h.%2$I), greatest(keep.moment, lower(h.%2$I) + interval '1 microsecond')),
               %3$I = CASE keep.operation WHEN 'DELETE' THEN 'DELETE' ELSE h.%3$I END
         WHERE %5$s AND upper_inf(h.%2$I)
        RETURNING upper(h.%2$I) INTO keep.moment;
        IF NOT FOUND THEN
            -- The first change since there is a history.
            keep.moment := clock_timestamp();
            INSERT INTO %1$s (%6$s, %2$I, %3$I)
            VALUES (%7$s, tstzrange(NULL, keep.moment), CASE keep.operation WHEN 'DELETE' THEN 'DELETE' ELSE 'INSERT' END);
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO %1$s (%6$s, %2$I, %3$I) VALUES (%8$s, tstzrange(keep.moment, NULL), keep.operation);
    END IF;
    RETURN NULL;
END
$body$,
        history_sql, period_column, operation_column,
        -- Where the key is deferrable two rows may have it for a moment, and the open version be that of the other.
        CASE WHEN deferrable_key THEN '' ELSE format($body$    IF TG_OP = 'INSERT' THEN
        -- What is open still is of a row that went unseen, where triggers do not fire.
        UPDATE %1$s AS h
           SET %2$I = tstzrange(lower(h.%2$I), greatest(keep.moment, lower(h.%2$I) + interval '1 microsecond')), %3$I = 'DELETE'
         WHERE %4$s AND upper_inf(h.%2$I)
        RETURNING upper(h.%2$I) INTO keep.moment;
        IF NOT FOUND THEN
            keep.moment := clock_timestamp();
        END IF;
    END IF;
$body$, history_sql, period_column, operation_column, architect.plan_primary_key_match(relation, 'h', 'NEW')) END,
        architect.plan_primary_key_match(relation, 'h', 'OLD'), columns_, olds, news);

    RETURN QUERY SELECT 1,
        CASE WHEN can_exclude THEN 'The history: one row per version, whose times never overlap'
             ELSE format('The history: one row per version, one of them open. %s', CASE WHEN gist_schema IS NULL
                  THEN 'With CREATE EXTENSION btree_gist before, the plan has an EXCLUDE constraint, so that the times never overlap'
                  ELSE 'The key''s type has no equality in GiST, so that no EXCLUDE constraint can keep the times apart' END) END,
        format(E'CREATE TABLE %s (\n    %I bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n%s,\n    %I tstzrange NOT NULL,\n'
               '    %I text NOT NULL CHECK (%I IN (''INSERT'', ''UPDATE'', ''DELETE''))%s\n);\n'
               'CREATE %sINDEX %I ON %s (%s) WHERE upper_inf(%I);\n'
               'COMMENT ON TABLE %s IS %L;\nCOMMENT ON COLUMN %s.%I IS %L;\nCOMMENT ON COLUMN %s.%I IS %L;\n'
               'ALTER TABLE %s OWNER TO %s;',
               history_sql, id_column, definitions, period_column, operation_column, operation_column, coalesce(exclusion, ''),
               CASE WHEN can_exclude THEN '' ELSE 'UNIQUE ' END, index_name, history_sql, key_columns, period_column,
               history_sql, format('The versions of the rows of %s', table_.sql_name),
               history_sql, period_column, 'When the version was the current one; open at its end while it is, at its start where nobody saw it come',
               history_sql, operation_column, 'What made the version; DELETE for the last one of a row that is gone',
               history_sql, owner_),
        'own transaction', 'none', format('DROP TABLE %s;', history_sql)
    UNION ALL SELECT 2,
        'Each change writes its version in its own transaction. With the rights of the table''s owner, so that who changes rows need not be able to change their history',
        -- First what fails where there is no history: a trigger without it would let nobody write.
        wait || format(E'REVOKE ALL ON %s FROM PUBLIC;\n', history_sql)
        || coalesce(format('REVOKE TRIGGER ON %s FROM ', history_sql) || architect.plan_default_grantees(relation, 'r', 'TRIGGER') || E';\n', '')
        || format(E'CREATE FUNCTION %1$s() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS %2$s;\n'
                  'REVOKE ALL ON FUNCTION %1$s() FROM %3$s;\n'
                  'ALTER FUNCTION %1$s() OWNER TO %4$s;\n'
                  'CREATE TRIGGER %5$I AFTER INSERT OR UPDATE OR DELETE ON %6$s\n    FOR EACH ROW EXECUTE FUNCTION %1$s();\n'
                  'CREATE TRIGGER %7$I AFTER TRUNCATE ON %6$s\n    FOR EACH STATEMENT EXECUTE FUNCTION %1$s();',
                  function_name, architect.plan_quoted_body(body, 'keep'),
                  concat_ws(', ', 'PUBLIC', architect.plan_default_grantees(relation, 'f', 'EXECUTE')), owner_,
                  trigger_name, table_.sql_name, truncate_name),
        'own transaction', format('SHARE ROW EXCLUSIVE on %s for a moment', table_.with_partitions),
        wait || format(E'DROP TRIGGER %1$I ON %3$s;\nDROP TRIGGER %2$I ON %3$s;\nDROP FUNCTION %4$s();', trigger_name, truncate_name, table_.sql_name, function_name);
END
$$;

COMMENT ON FUNCTION architect.history_table(regclass, name) IS 'The steps that keep each version of a table''s rows, with the time for which it was the current one, in a table beside it';
