CREATE FUNCTION architect.type_change_plan(
    relation regclass,
    column_name name,
    new_type text,
    using_expression text DEFAULT NULL
)
    RETURNS SETOF architect.plan_step
    LANGUAGE plpgsql STABLE PARALLEL UNSAFE ROWS 15
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    version constant integer := current_setting('server_version_num')::integer;
    wait constant text := E'SET LOCAL lock_timeout = ''2s'';\n';
    table_ record;
    column_ pg_attribute;
    type_ regtype;
    members oid[];
    names text[] := '{}';
    volatility "char";
    pinned text;
    refused text;
    here text;
    strong text;
    scan text;
    new_column text;
    old_column text;
    source text;
    plain boolean;
    function_name text;
    trigger_name text;
    proof text;
    default_ text;
    sequence_ record;
    item record;
    name_ text;
    swap text := '';
    swap_locks text;
    swap_after architect.plan_step[] := '{}';
    drops architect.plan_step[] := '{}';
    key_drops architect.plan_step[] := '{}';
    renames text := '';
    steps architect.plan_step[] := '{}';
BEGIN
    IF relation IS NULL OR column_name IS NULL OR new_type IS NULL THEN
        RETURN;
    END IF;
    table_ := architect.plan_table(relation);
    SELECT a.* INTO column_ FROM pg_attribute AS a
     WHERE a.attrelid = relation AND a.attnum = architect.plan_column(relation, column_name);
    PERFORM architect.plan_sees_all(relation);
    SELECT array_agg(relid) INTO members FROM architect.plan_partitions(relation) WHERE table_.partitioned;
    here := format('%s.%I', table_.sql_name, column_name);
    strong := format('ACCESS EXCLUSIVE on %s for a moment', table_.with_partitions);
    scan := format('SHARE UPDATE EXCLUSIVE on %s while every row is read', table_.with_partitions);
    type_ := to_regtype(new_type);
    IF type_ IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'undefined_object',
            MESSAGE = format('type %L does not exist', new_type),
            HINT = 'Write a type that is not PostgreSQL''s own with its schema.';
    END IF;
    IF type_ = column_.atttypid AND (new_type !~ '\(' AND column_.atttypmod = -1
                                     OR format_type(column_.atttypid, column_.atttypmod) = lower(new_type)) THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('column %s is of type %s already', here, format_type(column_.atttypid, column_.atttypmod));
    END IF;
    IF column_.attgenerated <> '' THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = format('column %s is generated', here),
            HINT = 'Change the columns from which it is computed, and add a new generated column.';
    END IF;
    IF (architect.plan_key(relation)).column_names IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('%s has no key along which it could be walked', table_.sql_name),
            HINT = 'Add a primary key first.';
    END IF;

    -- Where the column is not the table's own to add, or others have it too whose writes the trigger would not see.
    SELECT CASE WHEN c.relispartition THEN format('It is a partition of %s.', i.inhparent::regclass)
                WHEN c.reloftype <> 0 THEN format('It is a table OF type %s, which says what columns it has.', c.reloftype::regtype)
                WHEN column_.attinhcount > 0 THEN format('The column is inherited from %s.', i.inhparent::regclass)
                WHEN h.heirs IS NOT NULL THEN format('Tables inherit from it, and row triggers are not inherited: %s.', h.heirs)
                WHEN f.foreign_ IS NOT NULL THEN format('Foreign tables are among its partitions: %s.', f.foreign_) END,
           CASE WHEN c.relispartition THEN 'Change the type for the partitioned table.'
                WHEN column_.attinhcount > 0 OR h.heirs IS NOT NULL THEN 'Make partitions of them, or change the type by hand.'
                ELSE 'Change the type by hand.' END AS hint
      INTO refused, name_
      FROM pg_class AS c LEFT JOIN pg_inherits AS i ON i.inhrelid = c.oid AND i.inhseqno = 1
     CROSS JOIN LATERAL (SELECT string_agg(n.inhrelid::regclass::text, ', ' ORDER BY n.inhrelid::regclass::text) AS heirs
                           FROM pg_inherits AS n WHERE n.inhparent = relation AND NOT table_.partitioned) AS h
     CROSS JOIN LATERAL (SELECT string_agg(m.oid::regclass::text, ', ' ORDER BY m.relname) AS foreign_
                           FROM pg_class AS m WHERE m.oid = ANY (members) AND m.relkind = 'f') AS f
     WHERE c.oid = relation;
    IF refused IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = format('the type of %s cannot be changed by this plan', here), DETAIL = refused, HINT = name_;
    END IF;
    volatility := architect.plan_assigns(column_.atttypid, type_);
    IF using_expression IS NULL AND volatility IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
            MESSAGE = format('column %s cannot be cast automatically to type %s', here, new_type),
            HINT = format('Say how in using_expression: %L.', format('%I::%s', column_name, new_type));
    END IF;
    IF column_.attidentity <> '' AND type_ NOT IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('identity column %s cannot be of type %s', here, new_type),
            DETAIL = 'It is smallint, integer or bigint.',
            HINT = format('ALTER TABLE %s ALTER COLUMN %I DROP IDENTITY;', table_.sql_name, column_name);
    END IF;

    -- What hangs on the column and cannot be carried over by name.
    SELECT string_agg(pg_describe_object(d.classid, d.objid, d.objsubid), ', ' ORDER BY d.classid, d.objid, d.objsubid) AS objects INTO item
      FROM (SELECT DISTINCT classid, objid, objsubid FROM pg_depend
             WHERE refclassid = 'pg_class'::regclass AND refobjid = relation AND refobjsubid = column_.attnum) AS d
     WHERE CASE d.classid
           WHEN 'pg_attrdef'::regclass THEN NOT EXISTS (SELECT FROM pg_attrdef WHERE oid = d.objid AND adnum = column_.attnum)
           WHEN 'pg_constraint'::regclass THEN NOT EXISTS (
                SELECT FROM pg_constraint AS c
                 WHERE c.oid = d.objid AND c.conrelid = relation AND (c.contype IN ('c', 'n') OR c.contype IN ('p', 'u', 'f') AND NOT table_.partitioned))
           WHEN 'pg_class'::regclass THEN NOT EXISTS (SELECT FROM pg_class WHERE oid = d.objid AND relkind = 'S') AND NOT EXISTS (
                SELECT FROM pg_index AS i
                 WHERE i.indexrelid = d.objid AND i.indrelid = relation AND NOT table_.partitioned
                   AND NOT EXISTS (SELECT FROM pg_depend AS e WHERE e.classid = d.classid AND e.objid = d.objid AND e.deptype = 'n'
                                      AND e.refclassid = d.classid AND e.refobjid = relation AND e.refobjsubid = column_.attnum)
                   AND column_.attnum = ANY (i.indkey)
                   AND NOT coalesce(column_.attnum = ANY (architect.plan_expression_columns(i.indexrelid)), false))
           ELSE true END;
    IF column_.attacl IS NOT NULL THEN
        item.objects := concat_ws(', ', item.objects, 'privileges on the column itself');
    END IF;
    SELECT concat_ws(', ', item.objects, string_agg(format('replica identity %s', i.indexrelid::regclass), ', ')) AS objects INTO item
      FROM pg_index AS i WHERE i.indrelid = relation AND i.indisreplident AND column_.attnum = ANY (i.indkey);
    SELECT concat_ws(', ', nullif(item.objects, ''), string_agg(pg_describe_object('pg_constraint'::regclass, c.oid, 0), ', ' ORDER BY c.conname)) AS objects INTO item
      FROM pg_constraint AS c
     WHERE c.conrelid = relation AND column_.attnum = ANY (c.conkey) AND (architect.plan_constraint(c.oid)).period;
    -- What only a partition has, the plan for the table would leave with the old column, or drop with it.
    SELECT concat_ws(', ', nullif(item.objects, ''), string_agg(o.what, ', ' ORDER BY o.what)) AS objects INTO item
      FROM (SELECT pg_describe_object(d.classid, d.objid, d.objsubid)
              FROM pg_attribute AS a
              JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
             WHERE a.attrelid = ANY (members) AND a.attname = column_name
               AND CASE d.classid
                   WHEN 'pg_attrdef'::regclass THEN NOT EXISTS (
                        SELECT FROM pg_attrdef AS n JOIN pg_attrdef AS o ON o.adrelid = relation AND o.adnum = column_.attnum
                         WHERE n.oid = d.objid AND n.adnum = a.attnum AND pg_get_expr(n.adbin, n.adrelid) = pg_get_expr(o.adbin, o.adrelid))
                   WHEN 'pg_constraint'::regclass THEN NOT EXISTS (
                        SELECT FROM pg_constraint AS n WHERE n.oid = d.objid AND n.conrelid = a.attrelid AND (n.coninhcount > 0 AND NOT n.conislocal OR n.conparentid <> 0))
                   WHEN 'pg_trigger'::regclass THEN NOT EXISTS (SELECT FROM pg_trigger WHERE oid = d.objid AND tgparentid <> 0)
                   WHEN 'pg_class'::regclass THEN NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = d.objid)
                   ELSE true END
            UNION
            SELECT CASE WHEN a.attacl IS NOT NULL THEN format('privileges on column %I of %s', a.attname, a.attrelid::regclass)
                        WHEN a.attnotnull THEN format('NOT NULL of column %I of %s', a.attname, a.attrelid::regclass)
                        WHEN a.attidentity <> column_.attidentity THEN format('identity column %I of %s', a.attname, a.attrelid::regclass)
                        ELSE format('the default of column %I, which %s has not', a.attname, a.attrelid::regclass) END
              FROM pg_attribute AS a
             WHERE a.attrelid = ANY (members) AND a.attname = column_name
               AND (a.attacl IS NOT NULL OR a.attnotnull AND NOT column_.attnotnull OR version >= 170000 AND a.attidentity <> column_.attidentity
                    OR column_.atthasdef AND NOT a.atthasdef)
            UNION
            SELECT format('a comment on column %I of %s', a.attname, a.attrelid::regclass)
              FROM pg_attribute AS a
             WHERE a.attrelid = ANY (members) AND a.attname = column_name
               AND col_description(a.attrelid, a.attnum) IS DISTINCT FROM col_description(relation, column_.attnum)
               AND col_description(a.attrelid, a.attnum) IS NOT NULL) AS o (what);
    IF item.objects <> '' THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = format('the type of %s cannot be changed by this plan', here),
            DETAIL = format('These hang on the column and would stay behind with the old one: %s.', item.objects),
            HINT = 'Drop them before and create them again after the swap, or change the type by hand.';
    END IF;
    SELECT string_agg(format('%I on %s', c.conname, c.conrelid::regclass), ', ') AS keys INTO item
      FROM pg_constraint AS c
     WHERE c.contype = 'f' AND c.conparentid = 0
       AND (c.confrelid = relation AND column_.attnum = ANY (c.confkey)
            OR EXISTS (SELECT FROM pg_attribute AS a WHERE c.confrelid = ANY (members) AND a.attrelid = c.confrelid AND a.attname = column_name AND a.attnum = ANY (c.confkey)));
    IF item.keys IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = format('other tables refer to %s', here),
            DETAIL = format('Foreign keys: %s.', item.keys),
            HINT = 'Change the referring columns in the same way first, without their foreign keys, which are added again after the swap.';
    END IF;
    IF table_.partitioned AND EXISTS (SELECT FROM pg_partitioned_table WHERE partrelid = relation AND column_.attnum = ANY (partattrs)) THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = format('column %s is in the partition key', here),
            HINT = 'Make a new partitioned table and copy the rows.';
    END IF;

    -- What is written down with the old type has to be understood with the new one: ALTER TABLE says so at once, the swap would at its end.
    SELECT pg_get_expr(adbin, adrelid) INTO default_ FROM pg_attrdef WHERE adrelid = relation AND adnum = column_.attnum;
    IF default_ IS NOT NULL AND volatility IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
            MESSAGE = format('default for column %s cannot be cast automatically to type %s', here, new_type),
            DETAIL = format('It is %s, and using_expression is not applied to it.', default_),
            HINT = 'Drop the default first, let what writes the table name a value, and set a default of the new type after the swap.';
    END IF;
    -- What it gives is of the old type first: now() in a date is a day. A literal says so, and numbers do not differ.
    IF NOT (default_ ~ '^(NULL|''([^'']|'''')*'')::' AND default_ LIKE '%::' || format_type(column_.atttypid, NULL)
            OR default_ ~ '^(-?[0-9]+|nextval\(''([^'']|'''')*''::regclass\))$'
               AND 'N' = ALL (ARRAY(SELECT typcategory FROM pg_type WHERE oid IN (column_.atttypid, type_)))) THEN
        default_ := format('CAST((%s) AS %s)', default_, format_type(column_.atttypid, column_.atttypmod));
    END IF;
    FOR item IN
        SELECT c.conname, pg_get_expr(c.conbin, c.conrelid) AS condition FROM pg_constraint AS c
         WHERE c.conrelid = relation AND c.contype = 'c' AND column_.attnum = ANY (c.conkey) ORDER BY c.conname
    LOOP
        refused := architect.plan_reads_as(relation, column_name, new_type, item.condition);
        IF refused IS NOT NULL THEN
            RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
                MESSAGE = format('CHECK constraint %I of %s is not understood with column %I of type %s', item.conname, table_.sql_name, column_name, new_type),
                DETAIL = format('It is %s: %s.', item.condition, refused),
                HINT = format('Drop it first, and add it as it should be after the swap: ALTER TABLE %s DROP CONSTRAINT %I;', table_.sql_name, item.conname);
        END IF;
    END LOOP;
    FOR item IN
        SELECT c.conname, architect.plan_columns(c.confrelid, ARRAY[k.referenced]) AS referenced, (architect.plan_table(c.confrelid)).sql_name AS other
          FROM pg_constraint AS c
         CROSS JOIN LATERAL (SELECT f.referenced FROM unnest(c.conkey, c.confkey) AS f (referring, referenced) WHERE f.referring = column_.attnum) AS k
         WHERE c.conrelid = relation AND c.contype = 'f' AND c.conparentid = 0
           AND NOT architect.plan_refers(c.confrelid, c.conindid, k.referenced, type_)
         ORDER BY c.conname
    LOOP
        RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
            MESSAGE = format('foreign key %I of %s cannot be implemented with column %I of type %s', item.conname, table_.sql_name, column_name, new_type),
            DETAIL = format('Nothing compares it with column %s of %s.', item.referenced, item.other),
            HINT = 'Drop the foreign key first, and add it again when both columns are of one type.';
    END LOOP;

    -- The numbers of an identity or serial column go on as they were made to go.
    SELECT s.oid, format('%I.%I', n.nspname, s.relname) AS sql_name, t.lowest, t.highest,
           concat_ws(' ',
               CASE WHEN q.seqstart <> CASE WHEN q.seqincrement > 0 THEN q.seqmin ELSE q.seqmax END THEN format('START WITH %s', q.seqstart) END,
               CASE WHEN q.seqincrement <> 1 THEN format('INCREMENT BY %s', q.seqincrement) END,
               CASE WHEN o.own_min THEN format('MINVALUE %s', q.seqmin) END,
               CASE WHEN o.own_max THEN format('MAXVALUE %s', q.seqmax) END,
               CASE WHEN q.seqcache <> 1 THEN format('CACHE %s', q.seqcache) END,
               CASE WHEN q.seqcycle THEN 'CYCLE' END) AS options,
           o.own_min AND q.seqmin < t.lowest OR o.own_max AND q.seqmax > t.highest OR q.seqstart NOT BETWEEN t.lowest AND t.highest AS beyond
      INTO sequence_
      FROM pg_depend AS d JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_namespace AS n ON n.oid = s.relnamespace
      JOIN pg_sequence AS q ON q.seqrelid = s.oid
      LEFT JOIN (VALUES ('smallint'::regtype, (-32768)::bigint, 32767::bigint), ('integer', -2147483648, 2147483647),
                        ('bigint', -9223372036854775808, 9223372036854775807)) AS t (kind, lowest, highest) ON t.kind = type_
      JOIN (VALUES ('smallint'::regtype, (-32768)::bigint, 32767::bigint), ('integer', -2147483648, 2147483647),
                   ('bigint', -9223372036854775808, 9223372036854775807)) AS b (kind, lowest, highest) ON b.kind = q.seqtypid
     CROSS JOIN LATERAL (SELECT q.seqmin <> CASE WHEN q.seqincrement > 0 THEN 1 ELSE b.lowest END AS own_min,
                                q.seqmax <> CASE WHEN q.seqincrement > 0 THEN b.highest ELSE -1 END AS own_max) AS o
     WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = relation AND d.refobjsubid = column_.attnum
       AND d.deptype IN ('a', 'i');
    IF sequence_.beyond THEN
        RAISE EXCEPTION USING ERRCODE = 'numeric_value_out_of_range',
            MESSAGE = format('sequence %s gives numbers that column %s of type %s does not hold', sequence_.sql_name, here, new_type),
            DETAIL = format('Type %s holds %s .. %s.', new_type, sequence_.lowest, sequence_.highest),
            HINT = format('ALTER SEQUENCE %s ...;', sequence_.sql_name);
    END IF;
    -- A generated column has its value only after the triggers.
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS generated INTO item
      FROM pg_attribute AS a
     WHERE a.attrelid = relation AND a.attgenerated <> '' AND a.attnum = ANY (architect.plan_named_columns(relation, using_expression));
    IF item.generated IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = 'using_expression names a generated column',
            DETAIL = format('A trigger sees no value of it yet: %s.', item.generated),
            HINT = 'Name the columns from which it is computed.';
    END IF;

    -- The suffix that tells what kind of column it is stays at the end.
    new_column := architect.plan_name(relation, regexp_replace(column_name, '_(at|id)$', ''),
                                      '_new' || coalesce(substring(column_name::text FROM '_(?:at|id)$'), ''));
    names := names || new_column;
    old_column := architect.plan_name(relation, regexp_replace(column_name, '_(at|id)$', ''),
                                      '_old' || coalesce(substring(column_name::text FROM '_(?:at|id)$'), ''), names);
    names := names || old_column;
    plain := using_expression IS NULL;
    source := coalesce(using_expression, quote_ident(column_name));
    name_ := architect.plan_name(relation, format('fill_%s_%s', table_.table_name, new_column), '', names);
    names := names || name_;
    function_name := format('%I.%I', table_.schema_name, name_);
    -- Triggers fire in the order of their names: what another one writes to the column has to be seen.
    FOREACH name_ IN ARRAY ARRAY['', 'zz_', 'zzzzzz_'] LOOP
        trigger_name := architect.plan_name(relation, format('%sfill_%s', name_, new_column), '', names);
        SELECT string_agg(format('%I on %s', t.tgname, t.tgrelid::regclass), ', ' ORDER BY t.tgname) INTO refused
          FROM pg_trigger AS t
         WHERE t.tgrelid = ANY (relation::oid || coalesce(members, '{}')) AND NOT t.tgisinternal AND t.tgparentid = 0
           AND t.tgtype & 3 = 3 AND t.tgtype & 20 <> 0 AND t.tgname > trigger_name::name;
        EXIT WHEN refused IS NULL;
    END LOOP;
    IF refused IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = format('the type of %s cannot be changed by this plan', here),
            DETAIL = format('Triggers fire in the order of their names, and these would fire behind the one that fills the new column: %s.', refused),
            HINT = 'ALTER TRIGGER ... RENAME TO a name before zz.';
    END IF;
    names := names || trigger_name;
    -- The same value in every session: those settings are the plan's where the conversion asks for them.
    pinned := CASE WHEN plain AND volatility = 'i' THEN ''
                   ELSE ' SET search_path FROM CURRENT SET TimeZone FROM CURRENT SET DateStyle FROM CURRENT SET IntervalStyle FROM CURRENT' END;

    steps := steps || ROW(0, 'Expand: the new column',
        wait || format('ALTER TABLE %s ADD COLUMN %I %s;', table_.sql_name, new_column, new_type), 'own transaction', strong,
        wait || format('ALTER TABLE %s DROP COLUMN %I;', table_.sql_name, new_column))::architect.plan_step;
    steps := steps || ROW(0, 'Every write fills both columns',
        wait || format(E'CREATE FUNCTION %s() RETURNS trigger LANGUAGE plpgsql%s AS %s;\n',
            function_name, pinned,
            architect.plan_quoted_body(format(E'\n%sBEGIN\n    %s\n    RETURN NEW;\nEND\n',
                CASE WHEN plain THEN '' ELSE E'#variable_conflict use_column\n' END,
                CASE WHEN plain THEN format('NEW.%I := NEW.%I;', new_column, column_name)
                     ELSE format('SELECT %s INTO NEW.%I FROM (SELECT NEW.*) AS %I;', source, new_column, table_.table_name) END), 'fill'))
        || format(E'CREATE TRIGGER %I BEFORE INSERT OR UPDATE ON %s\n    FOR EACH ROW EXECUTE FUNCTION %s();', trigger_name, table_.sql_name, function_name),
        'own transaction', format('SHARE ROW EXCLUSIVE on %s for a moment', table_.with_partitions),
        wait || format(E'DROP TRIGGER %I ON %s;\nDROP FUNCTION %s();', trigger_name, table_.sql_name, function_name))::architect.plan_step;
    steps := steps || ROW(0, 'Fill the new column of the old rows in batches; call it again after a cancel and it goes on',
        format('CALL architect.run_backfill(%L, %L);', table_.sql_name, format('%I = %s', new_column, source)),
        'outside a transaction block', 'none', NULL)::architect.plan_step;

    IF column_.attnotnull THEN
        proof := architect.plan_name(relation, format('%s_%s', table_.table_name, new_column), '_not_null', names);
        names := names || proof;
        steps := steps || ROW(0, 'The old column is NOT NULL, so the new one is; the old rows are not looked at',
            wait || format('ALTER TABLE %s ADD CONSTRAINT %I %s NOT VALID;', table_.sql_name, proof,
                CASE WHEN version >= 180000 THEN format('NOT NULL %I', new_column) ELSE format('CHECK (%I IS NOT NULL)', new_column) END),
            'own transaction', strong, wait || format('ALTER TABLE %s DROP CONSTRAINT %I;', table_.sql_name, proof))::architect.plan_step;
        -- From 18 on a NOT NULL may be NOT VALID: nobody has promised that the old rows have values.
        IF NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = relation AND contype = 'n' AND conkey = ARRAY[column_.attnum] AND NOT convalidated) THEN
            steps := steps || ROW(0, 'Look at the old rows while reads and writes go on',
                format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', table_.sql_name, proof), 'own transaction', scan, NULL)::architect.plan_step;
        END IF;
        IF version < 180000 THEN
            steps := steps || ROW(0, 'The constraint proves it, so that no row is read',
                wait || format('ALTER TABLE %s ALTER COLUMN %I SET NOT NULL;', table_.sql_name, new_column), 'own transaction', strong,
                wait || format('ALTER TABLE %s ALTER COLUMN %I DROP NOT NULL;', table_.sql_name, new_column))::architect.plan_step;
            steps := steps || ROW(0, 'The proof is not needed any more',
                wait || format('ALTER TABLE %s DROP CONSTRAINT %I;', table_.sql_name, proof), 'own transaction', strong, NULL)::architect.plan_step;
        END IF;
    END IF;

    -- Indexes, with the new column in the old one's place; those of a constraint take its name over in the swap.
    FOR item IN
        SELECT c.relname, i.indisunique, i.indnullsnotdistinct, con.conname, con.contype, con.condeferrable, con.condeferred,
               format('USING %I (%s)%s%s%s%s', m.amname, k.keys, coalesce(' INCLUDE (' || k.included || ')', ''),
                      CASE WHEN i.indnullsnotdistinct THEN ' NULLS NOT DISTINCT' ELSE '' END,
                      coalesce(' WITH (' || array_to_string(c.reloptions, ', ') || ')', ''),
                      coalesce(' WHERE ' || pg_get_expr(i.indpred, i.indrelid), '')) AS definition,
               k.names
          FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid JOIN pg_am AS m ON m.oid = c.relam
          LEFT JOIN pg_constraint AS con ON con.conindid = i.indexrelid AND con.conrelid = relation AND con.contype IN ('p', 'u')
         CROSS JOIN LATERAL (
               SELECT string_agg(CASE WHEN a.attname = column_name THEN quote_ident(new_column)
                                      WHEN n.number = 0 THEN format('(%s)', pg_get_indexdef(i.indexrelid, n.place::integer, true))
                                      ELSE quote_ident(a.attname) END
                        || CASE WHEN a.attnum = column_.attnum OR i.indcollation[n.place - 1] IN (0, coalesce(a.attcollation, 0)) THEN ''
                                ELSE (SELECT format(' COLLATE %I.%I', ns.nspname, co.collname) FROM pg_collation AS co
                                        JOIN pg_namespace AS ns ON ns.oid = co.collnamespace WHERE co.oid = i.indcollation[n.place - 1]) END
                        || (SELECT CASE WHEN oc.opcdefault THEN '' ELSE format(' %I.%I', ns.nspname, oc.opcname) END
                              FROM pg_opclass AS oc JOIN pg_namespace AS ns ON ns.oid = oc.opcnamespace WHERE oc.oid = i.indclass[n.place - 1])
                        || CASE i.indoption[n.place - 1] WHEN 1 THEN ' DESC NULLS LAST' WHEN 2 THEN ' NULLS FIRST' WHEN 3 THEN ' DESC' ELSE '' END,
                        ', ' ORDER BY n.place) FILTER (WHERE n.place <= i.indnkeyatts) AS keys,
                      string_agg(CASE WHEN a.attname = column_name THEN quote_ident(new_column) ELSE quote_ident(a.attname) END,
                        ', ' ORDER BY n.place) FILTER (WHERE n.place > i.indnkeyatts) AS included,
                      string_agg(CASE WHEN a.attname = column_name THEN new_column ELSE a.attname::text END,
                        '_' ORDER BY n.place) FILTER (WHERE n.place <= i.indnkeyatts) AS names
                 FROM unnest(i.indkey) WITH ORDINALITY AS n (number, place)
                 LEFT JOIN pg_attribute AS a ON a.attrelid = relation AND a.attnum = n.number AND n.number <> 0) AS k
         WHERE i.indrelid = relation AND i.indisvalid AND column_.attnum = ANY (i.indkey)
         ORDER BY c.relname
    LOOP
        name_ := architect.plan_name(relation, format('idx_%s_%s', table_.table_name, item.names), '', names);
        names := names || name_;
        steps := steps || ROW(0, format('In the place of index %I; where it fails, drop the invalid index and run it again', item.relname),
            format('CREATE %sINDEX CONCURRENTLY %I ON %s %s;', CASE WHEN item.indisunique THEN 'UNIQUE ' ELSE '' END, name_, table_.sql_name, item.definition),
            'outside a transaction block', format('SHARE UPDATE EXCLUSIVE on %s while the index is built', table_.sql_name),
            format('DROP INDEX CONCURRENTLY IF EXISTS %I.%I;', table_.schema_name, name_))::architect.plan_step;
        IF item.conname IS NOT NULL THEN
            swap := swap || format(E'ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I %s USING INDEX %I%s;\n', table_.sql_name, item.conname, item.conname,
                CASE item.contype WHEN 'p' THEN 'PRIMARY KEY' ELSE 'UNIQUE' END, name_,
                CASE WHEN item.condeferred THEN ' DEFERRABLE INITIALLY DEFERRED' WHEN item.condeferrable THEN ' DEFERRABLE' ELSE '' END);
        ELSE
            -- A unique index goes with its column, unless the NULLs that the column holds from the swap on are equal to it.
            IF NOT item.indisunique OR item.indnullsnotdistinct THEN
                drops := drops || ROW(0, 'Contract: an index of the old column',
                    format('DROP INDEX CONCURRENTLY %I.%I;', table_.schema_name, item.relname), 'outside a transaction block',
                    format('SHARE UPDATE EXCLUSIVE on %s for a moment', table_.sql_name), NULL)::architect.plan_step;
            END IF;
            renames := renames || format(E'\nALTER INDEX %I.%I RENAME TO %I;', table_.schema_name, name_, item.relname);
        END IF;
    END LOOP;

    -- Foreign keys of the column itself.
    FOR item IN
        SELECT c.conname, (architect.plan_table(c.confrelid)).with_partitions AS other,
               regexp_replace(substr(d.def, length(format('FOREIGN KEY (%s)', architect.plan_columns(relation, c.conkey))) + 1), ' NOT VALID$', '') AS tail,
               CASE WHEN e.enforced THEN ' NOT VALID' ELSE '' END AS how, c.convalidated,
               (SELECT string_agg(CASE WHEN a.attnum = column_.attnum THEN quote_ident(new_column) ELSE quote_ident(a.attname) END, ', ' ORDER BY n.place)
                  FROM unnest(c.conkey) WITH ORDINALITY AS n (number, place)
                  JOIN pg_attribute AS a ON a.attrelid = relation AND a.attnum = n.number) AS columns_
          FROM pg_constraint AS c CROSS JOIN LATERAL (SELECT pg_get_constraintdef(c.oid) AS def) AS d CROSS JOIN LATERAL architect.plan_constraint(c.oid) AS e
         WHERE c.conrelid = relation AND c.contype = 'f' AND column_.attnum = ANY (c.conkey) AND c.conparentid = 0
         ORDER BY c.conname
    LOOP
        name_ := architect.plan_name(relation, item.conname, '_new', names);
        names := names || name_;
        steps := steps || ROW(0, format('In the place of foreign key %I; the old rows are not looked at', item.conname),
            wait || format('ALTER TABLE %s ADD CONSTRAINT %I FOREIGN KEY (%s)%s%s;', table_.sql_name, name_, item.columns_, item.tail, item.how),
            'own transaction', format('SHARE ROW EXCLUSIVE on %s for a moment; SHARE ROW EXCLUSIVE on %s for a moment', table_.sql_name, item.other),
            wait || format('ALTER TABLE %s DROP CONSTRAINT %I;', table_.sql_name, name_))::architect.plan_step;
        IF item.convalidated THEN
            steps := steps || ROW(0, 'Look up the old rows while reads and writes go on',
                format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', table_.sql_name, name_), 'own transaction',
                format('SHARE UPDATE EXCLUSIVE on %s while every row is looked up', table_.sql_name), NULL)::architect.plan_step;
        END IF;
        key_drops := key_drops || ROW(0, 'Contract: the foreign key of the old column; the new one takes its name',
            wait || format(E'ALTER TABLE %s DROP CONSTRAINT %I;\nALTER TABLE %s RENAME CONSTRAINT %I TO %I;', table_.sql_name, item.conname,
                           table_.sql_name, name_, item.conname),
            'own transaction', format('ACCESS EXCLUSIVE on %s for a moment; ACCESS EXCLUSIVE on %s for a moment', table_.sql_name, item.other),
            NULL)::architect.plan_step;
    END LOOP;

    -- The swap: everything in it only writes the catalog.
    swap := format(E'DROP TRIGGER %I ON %s;\nDROP FUNCTION %s();\n', trigger_name, table_.sql_name, function_name) || swap;
    IF column_.attidentity <> '' THEN
        swap := swap || format(
            E'ALTER TABLE %1$s ALTER COLUMN %2$I ADD GENERATED %3$s AS IDENTITY%8$s;\n'
            -- Not nextval(): of a sequence at its end there is none.
            'SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence(%4$L, %5$L), last_value, is_called) FROM %6$s;\n'
            'ALTER TABLE %1$s ALTER COLUMN %7$I DROP IDENTITY;\n',
            table_.sql_name, new_column, CASE column_.attidentity WHEN 'a' THEN 'ALWAYS' ELSE 'BY DEFAULT' END,
            table_.sql_name, new_column, sequence_.sql_name, column_name, coalesce(' (' || nullif(sequence_.options, '') || ')', ''));
    ELSIF default_ IS NOT NULL THEN
        swap := swap || format(E'ALTER TABLE %s ALTER COLUMN %I SET DEFAULT %s;\n', table_.sql_name, new_column, default_);
        IF sequence_.sql_name IS NOT NULL THEN
            swap := swap || format(E'ALTER SEQUENCE %s OWNED BY %s.%I;\n', sequence_.sql_name, table_.sql_name, new_column);
            -- A serial's sequence keeps the old type's maximum.
            IF type_ IN ('smallint'::regtype, 'integer'::regtype, 'bigint'::regtype) THEN
                swap := swap || format(E'ALTER SEQUENCE %s AS %s;\n', sequence_.sql_name, type_);
            END IF;
        END IF;
    END IF;
    swap := swap || format(E'ALTER TABLE %1$s RENAME COLUMN %2$I TO %3$I;\nALTER TABLE %1$s RENAME COLUMN %4$I TO %2$I;',
                           table_.sql_name, column_name, old_column, new_column);
    -- Nothing writes the old column any more. Under its new name nobody knows it: what it loses breaks no reader and no writer.
    IF column_.attnotnull OR default_ IS NOT NULL AND column_.attidentity = '' THEN
        swap := swap || format(E'\nALTER TABLE %s %s;', table_.sql_name, concat_ws(', ',
            CASE WHEN column_.attnotnull THEN format('ALTER COLUMN %I DROP NOT NULL', old_column) END,
            CASE WHEN default_ IS NOT NULL AND column_.attidentity = '' THEN format('ALTER COLUMN %I DROP DEFAULT', old_column) END));
    END IF;
    IF col_description(relation, column_.attnum) IS NOT NULL THEN
        swap := swap || format(E'\nCOMMENT ON COLUMN %s IS %L;', here, col_description(relation, column_.attnum));
    END IF;
    -- After the renames the text of a CHECK means the new column.
    FOR item IN
        SELECT c.conname, regexp_replace(pg_get_constraintdef(c.oid), ' NOT VALID$', '') AS def, c.convalidated,
               CASE WHEN e.enforced THEN ' NOT VALID' ELSE '' END AS how
          FROM pg_constraint AS c CROSS JOIN LATERAL architect.plan_constraint(c.oid) AS e
         WHERE c.conrelid = relation AND c.contype = 'c' AND column_.attnum = ANY (c.conkey)
         ORDER BY c.conname
    LOOP
        swap := swap || format(E'\nALTER TABLE %s DROP CONSTRAINT %I;\nALTER TABLE %s ADD CONSTRAINT %I %s%s;', table_.sql_name, item.conname,
                               table_.sql_name, item.conname, item.def, item.how);
        IF item.convalidated THEN
            swap_after := swap_after || ROW(0, format('Look at the old rows for CHECK %I while reads and writes go on', item.conname),
                format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', table_.sql_name, item.conname), 'own transaction', scan, NULL)::architect.plan_step;
        END IF;
    END LOOP;
    -- Without the trigger (session_replication_role), behind policies, by another conversion: nothing of that may go with the old column.
    -- A row is compared as it is stored: not every type has an operator for equality.
    steps := steps || ROW(0, 'Compare the new column with the old one in every row; it fails where they differ',
        format(E'SET LOCAL row_security = off;\nDO $compare$\n#variable_conflict use_column\nBEGIN\n'
               '    IF EXISTS (SELECT FROM %1$s WHERE pg_catalog.record_image_ne(ROW(%2$I), ROW(CAST((%3$s) AS %4$s)))) THEN\n'
               '        RAISE EXCEPTION USING ERRCODE = ''data_exception'', MESSAGE = %5$L,\n'
               '            HINT = %6$L;\n'
               '    END IF;\nEND\n$compare$;',
               table_.sql_name, new_column, source, new_type,
               format('column %I of %s differs from what column %I gives', new_column, table_.sql_name, column_name),
               format('CALL architect.run_backfill(%L, %L, restart => true); and then this step again.', table_.sql_name, format('%I = %s', new_column, source))),
        'own transaction', 'none', NULL)::architect.plan_step;
    steps := steps || ROW(0, 'Say that the swap is wanted; only who owns the policy may, and where the guard only warns it can be left out',
        format('SELECT architect.suppress(''column-renamed'', %L, %L, pg_catalog.now() + interval ''1 day'');', table_.sql_name,
               format('the column %I is swapped for one of type %s', column_name, new_type)),
        'own transaction', 'none', format('SELECT architect.unsuppress(''column-renamed'', %L);', table_.sql_name))::architect.plan_step;
    -- A column that took any text before takes any text after the swap: no finding about the plan.
    IF (SELECT bool_and(t.typcategory = 'S' AND t.typtype <> 'd') FROM pg_type AS t WHERE t.oid IN (column_.atttypid, type_))
       AND NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = relation AND contype IN ('c', 'f') AND column_.attnum = ANY (conkey))
       AND EXISTS (SELECT FROM architect.rules AS r WHERE r.name = 'status-column-unconstrained'
                      AND (r.parameters #> '{names,value}' ? column_name OR r.parameters #> '{suffixes,value}' ? substring(column_name::text FROM '[^_]*$'))) THEN
        steps := steps || ROW(0, 'Say that the column takes any text as it did before',
            format('SELECT architect.suppress(''status-column-unconstrained'', %L, %L, pg_catalog.now() + interval ''1 day'');', here,
                   'the column is swapped, and takes what it took before'),
            'own transaction', 'none', format('SELECT architect.unsuppress(''status-column-unconstrained'', %L);', here))::architect.plan_step;
    END IF;
    steps := steps || ROW(0,
        'Swap: the new column takes the name. Sessions with prepared statements on it get an error once: connect again. From here on the old column is not written',
        wait || swap, 'own transaction', strong, NULL)::architect.plan_step;
    -- First the keys, for which the indexes are there.
    steps := steps || swap_after || key_drops || drops;
    steps := steps || ROW(0, 'Contract, some releases later, when nobody misses the old values: say that the drop is wanted',
        format('SELECT architect.suppress(''column-dropped'', %L, %L, pg_catalog.now() + interval ''1 day'');', format('%s.%I', table_.sql_name, old_column),
               format('the column was swapped for one of type %s', new_type)),
        'own transaction', 'none', format('SELECT architect.unsuppress(''column-dropped'', %L);', format('%s.%I', table_.sql_name, old_column)))::architect.plan_step;
    steps := steps || ROW(0, 'Contract: the old column and its values go for good',
        wait || format('ALTER TABLE %s DROP COLUMN %I;', table_.sql_name, old_column) || renames, 'own transaction', strong, NULL)::architect.plan_step;
    RETURN QUERY SELECT o.place::integer, o.title, o.statement, o.transaction, o.locks, o.undo
                   FROM unnest(steps) WITH ORDINALITY AS o (step, title, statement, transaction, locks, undo, place);
END
$$;

COMMENT ON FUNCTION architect.type_change_plan(regclass, name, text, text) IS 'The steps that change a column''s type by expand and contract: new column, trigger, backfill, constraints and indexes, swap of the names, drop of the old one';
