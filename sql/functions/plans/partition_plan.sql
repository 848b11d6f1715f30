CREATE FUNCTION architect.partition_plan(
    relation regclass,
    key_column name,
    method text DEFAULT 'range',
    period text DEFAULT 'month',
    ahead integer DEFAULT 3,
    modulus integer DEFAULT 8,
    boundary timestamp with time zone DEFAULT NULL
)
    RETURNS SETOF architect.plan_step
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 12
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    version constant integer := current_setting('server_version_num')::integer;
    wait constant text := E'SET LOCAL lock_timeout = ''2s'';\n';
    table_ record;
    key_number smallint;
    key_type oid;
    pattern text;
    step_ interval;
    by_range boolean := lower(method) = 'range';
    owner_ text;
    pk record;
    pk_name text;
    pk_columns text;
    item record;
    taken text[];
    named text;
    renames text := '';
    parts text[] := '{}';
    part_options text;
    for_parts text := '';
    parent text;
    parent_sql text;
    old_name text;
    old_sql text;
    pk_index text;
    bound_name text;
    upper_bound text;
    make text;
    make_locks text := '';
    swap text;
    after_swap text := '';
    swap_locks text;
    function_name text;
    trigger_name text;
    body text;
    equal_mark text;
    bound_from timestamp with time zone;
    columns_ text;
    grants text;
    steps architect.plan_step[] := '{}';
BEGIN
    IF relation IS NULL OR key_column IS NULL OR method IS NULL THEN
        RETURN;
    END IF;
    table_ := architect.plan_table(relation);
    key_number := architect.plan_column(relation, key_column);
    IF lower(method) NOT IN ('range', 'hash') THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('unrecognized method of partitioning: %L', method),
            HINT = 'It is range (by time) or hash.';
    END IF;
    IF table_.partitioned THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = format('%s is partitioned already', table_.sql_name);
    END IF;
    SELECT architect.plan_base_type(a.atttypid) INTO key_type FROM pg_attribute AS a WHERE a.attrelid = relation AND a.attnum = key_number;
    IF (SELECT attgenerated <> '' FROM pg_attribute WHERE attrelid = relation AND attnum = key_number) THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = format('column %I of %s is generated', key_column, table_.sql_name),
            DETAIL = 'A generated column cannot be a partition key.';
    END IF;
    IF by_range THEN
        IF key_type NOT IN ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype) THEN
            RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
                MESSAGE = format('column %I of %s is of type %s', key_column, table_.sql_name, format_type(key_type, NULL)),
                DETAIL = 'The plan partitions by ranges of time.',
                HINT = 'Name a column with a date or a time, or method => ''hash''.';
        END IF;
        IF period IS NULL OR lower(period) NOT IN ('day', 'week', 'month', 'quarter', 'year') THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = format('unrecognized period: %L', period),
                HINT = 'It is day, week, month, quarter or year.';
        END IF;
        IF ahead IS NULL OR ahead NOT BETWEEN 1 AND 100 THEN
            RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
                MESSAGE = format('ahead is %s, outside of 1 .. 100', coalesce(ahead::text, 'NULL'));
        END IF;
    ELSIF modulus IS NULL OR modulus NOT BETWEEN 2 AND 1000 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('modulus is %s, outside of 2 .. 1000', coalesce(modulus::text, 'NULL'));
    END IF;

    -- What stays with the old table, or what a partitioned table cannot have.
    SELECT string_agg(w.what, '; ') AS list INTO item FROM (
        SELECT 'it is a partition' AS what FROM pg_class WHERE oid = relation AND relispartition
        UNION ALL SELECT 'it inherits or is inherited from' WHERE EXISTS (
            SELECT FROM pg_inherits AS i JOIN pg_class AS c ON c.oid = i.inhrelid
             WHERE (i.inhrelid = relation OR i.inhparent = relation) AND NOT c.relispartition)
        UNION ALL SELECT 'it has row-level security' FROM pg_class WHERE oid = relation AND (relrowsecurity OR relforcerowsecurity OR EXISTS (SELECT FROM pg_policy WHERE polrelid = relation))
        UNION ALL SELECT format('foreign key %I of %s refers to it', conname, (SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class AS c
                                JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.oid = conrelid)) FROM pg_constraint
            WHERE contype = 'f' AND confrelid = relation
        UNION ALL SELECT format('%s depends on it', pg_describe_object('pg_class'::regclass, r.ev_class, 0)) FROM pg_rewrite AS r
            WHERE r.ev_class <> relation AND EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                                                        AND d.refclassid = 'pg_class'::regclass AND d.refobjid = relation)
        UNION ALL SELECT format('rule %I', rulename) FROM pg_rewrite WHERE ev_class = relation
        -- By its OID or that of its row type: it would go on with the old table.
        UNION ALL SELECT DISTINCT format('%s depends on it', pg_describe_object(d.classid, d.objid, 0)) FROM pg_class AS c JOIN pg_type AS t ON t.oid = c.reltype
            JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.classid = 'pg_proc'::regclass
                OR d.refclassid = 'pg_type'::regclass AND d.refobjid IN (t.oid, t.typarray) AND d.deptype = 'n'
            WHERE c.oid = relation
        UNION ALL SELECT format('it is of type %s', format_type(reloftype, NULL)) FROM pg_class WHERE oid = relation AND reloftype <> 0
        UNION ALL SELECT format('publication %I names it', p.pubname) FROM pg_publication_rel AS pr JOIN pg_publication AS p ON p.oid = pr.prpubid WHERE pr.prrelid = relation
        UNION ALL SELECT format('trigger %I', tgname) FROM pg_trigger WHERE tgrelid = relation AND NOT tgisinternal
            AND (tgconstraint <> 0 OR tgtype & 1 = 1 AND (tgoldtable IS NOT NULL OR tgnewtable IS NOT NULL))
        UNION ALL SELECT format('exclusion constraint %I', conname) FROM pg_constraint WHERE conrelid = relation AND contype = 'x'
        UNION ALL SELECT format('deferrable constraint %I', conname) FROM pg_constraint WHERE conrelid = relation AND contype IN ('p', 'u') AND condeferrable
        -- (18) A column that is not there before.
        UNION ALL SELECT format('constraint %I with %s', c.conname, CASE c.contype WHEN 'f' THEN 'PERIOD' ELSE 'WITHOUT OVERLAPS' END) FROM pg_constraint AS c
            WHERE c.conrelid = relation AND to_jsonb(c) ->> 'conperiod' = 'true'
        UNION ALL SELECT format('replica identity by index %I', c.relname) FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
            WHERE i.indrelid = relation AND i.indisreplident
        UNION ALL SELECT format('constraint %I with NO INHERIT', conname) FROM pg_constraint WHERE conrelid = relation AND connoinherit AND contype IN ('c', 'n')
        UNION ALL SELECT format('privileges on column %I', attname) FROM pg_attribute WHERE attrelid = relation AND attacl IS NOT NULL
        UNION ALL SELECT format('unique index %I without %I', c.relname, key_column) FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
            WHERE i.indrelid = relation AND i.indisunique AND NOT (i.indisprimary AND by_range)
              AND NOT key_number = ANY (i.indkey[0:i.indnkeyatts - 1])) AS w;
    IF item.list IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = format('%s cannot be partitioned by this plan', table_.sql_name),
            DETAIL = format('In its way: %s.', item.list),
            HINT = 'A unique constraint of a partitioned table holds its key column. Drop what is in the way, and make it again after the swap where it is possible.';
    END IF;
    SELECT c.conname, c.conkey, key_number = ANY (c.conkey) AS has_key, obj_description(c.oid, 'pg_constraint') AS comment,
           array_remove(i.indkey[i.indnkeyatts:]::smallint[], key_number) AS included
      INTO pk
      FROM pg_constraint AS c JOIN pg_index AS i ON i.indexrelid = c.conindid WHERE c.conrelid = relation AND c.contype = 'p';
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('%s has no primary key', table_.sql_name), HINT = 'Add one first.';
    END IF;
    owner_ := CASE WHEN by_range THEN architect.plan_owner(relation) ELSE architect.plan_definer(relation) END;
    parent := architect.plan_name(relation, 'partitioned_' || table_.table_name, '');
    parent_sql := format('%I.%I', table_.schema_name, parent);
    -- Names that this plan gives, and those of extended statistics, which plan_name() does not know.
    taken := ARRAY(SELECT s.stxname::text FROM pg_statistic_ext AS s WHERE s.stxnamespace = (SELECT relnamespace FROM pg_class WHERE oid = relation)) || parent;
    pk_columns := format('(%s)', architect.plan_columns(relation, CASE WHEN pk.has_key THEN pk.conkey ELSE pk.conkey || key_number END))
               || coalesce(' INCLUDE (' || architect.plan_columns(relation, pk.included) || ')', '');

    -- 1. The key is never NULL, and part of the primary key.
    IF NOT (SELECT attnotnull FROM pg_attribute WHERE attrelid = relation AND attnum = key_number) THEN
        steps := steps || ARRAY(SELECT p FROM architect.not_null_plan(relation, key_column) AS p ORDER BY p.step);
    END IF;
    IF NOT pk.has_key THEN
        pk_index := architect.plan_free_name(relation, format('idx_%s_%s', table_.table_name, (
            SELECT string_agg(a.attname, '_' ORDER BY n.place) FROM unnest(pk.conkey || key_number) WITH ORDINALITY AS n (number, place)
              JOIN pg_attribute AS a ON a.attrelid = relation AND a.attnum = n.number)), '_unique', taken);
        taken := taken || pk_index;
        steps := steps || ROW(0, format('The primary key of a partitioned table holds the key: an index for %s; where it fails, drop the invalid index and run it again',
                pk_columns),
            format('CREATE UNIQUE INDEX CONCURRENTLY %I ON %s %s;', pk_index, table_.sql_name, pk_columns),
            'outside a transaction block', format('SHARE UPDATE EXCLUSIVE on %s while the index is built', table_.sql_name),
            format('DROP INDEX CONCURRENTLY IF EXISTS %I.%I;', table_.schema_name, pk_index))::architect.plan_step;
    END IF;
    -- One that is not enforced (18) is never valid, and need not be.
    FOR item IN SELECT c.conname FROM pg_constraint AS c WHERE c.conrelid = relation AND c.contype IN ('c', 'f', 'n') AND NOT c.convalidated
                   AND to_jsonb(c) ->> 'conenforced' IS DISTINCT FROM 'false' ORDER BY c.conname LOOP
        steps := steps || ROW(0, format('A partition needs its constraints valid: %I', item.conname),
            format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', table_.sql_name, item.conname), 'own transaction',
            format('SHARE UPDATE EXCLUSIVE on %s while every row is read', table_.sql_name), NULL)::architect.plan_step;
    END LOOP;

    -- 2. The partitioned table, empty, with all that the old one has.
    IF by_range THEN
        step_ := CASE lower(period) WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || lower(period))::interval END;
        pattern := CASE key_type WHEN 'date'::regtype THEN 'YYYY-MM-DD' WHEN 'timestamp'::regtype THEN 'YYYY-MM-DD HH24:MI:SS' ELSE 'YYYY-MM-DD HH24:MI:SSTZH:TZM' END;
        -- The old rows and those that come until the swap are below it.
        bound_from := coalesce(boundary, date_trunc(lower(period), now() + step_) + CASE WHEN lower(period) = 'day' THEN step_ ELSE interval '0' END);
        upper_bound := to_char(bound_from, pattern);
    END IF;
    old_name := architect.plan_free_name(relation, table_.table_name,
        CASE WHEN by_range THEN '_until_' || replace(left(upper_bound, 10), '-', '_') ELSE '_old' END, taken);
    old_sql := format('%I.%I', table_.schema_name, old_name);
    taken := taken || old_name;
    SELECT concat_ws(' ', 'USING ' || quote_ident((SELECT m.amname FROM pg_am AS m WHERE m.oid = c.relam AND m.amname <> 'heap')),
                     'WITH (' || o.list || ')')
      INTO part_options
      FROM pg_class AS c LEFT JOIN pg_class AS t ON t.oid = c.reltoastrelid
     CROSS JOIN LATERAL (SELECT string_agg(u.option, ', ' ORDER BY u.option)
                           FROM (SELECT unnest(c.reloptions) UNION ALL SELECT 'toast.' || x FROM unnest(t.reloptions) AS x) AS u (option)) AS o (list)
     WHERE c.oid = relation;
    make := format(E'CREATE TABLE %s (LIKE %s INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING IDENTITY INCLUDING GENERATED\n'
                   '    INCLUDING STORAGE INCLUDING COMPRESSION INCLUDING COMMENTS) PARTITION BY %s (%I)%s;\n',
                   parent_sql, table_.sql_name, upper(method), key_column,
                   (SELECT coalesce(' TABLESPACE ' || quote_ident(t.spcname), '') FROM pg_class AS c LEFT JOIN pg_tablespace AS t ON t.oid = c.reltablespace WHERE c.oid = relation));
    -- A constraint has its old name after the swap: ON CONFLICT ON CONSTRAINT may name it.
    pk_name := architect.plan_free_name(relation, parent, '_pkey', taken);
    taken := taken || pk_name;
    make := make || format(E'ALTER TABLE %s ADD CONSTRAINT %I PRIMARY KEY %s;\n', parent_sql, pk_name, pk_columns)
                 || coalesce(format('COMMENT ON CONSTRAINT %I ON %s IS ', pk_name, parent_sql) || quote_literal(pk.comment) || E';\n', '');
    named := architect.plan_free_name(relation, old_name, '_pkey', taken);
    taken := taken || named;
    IF pk_index IS NULL THEN
        renames := renames || format(E'ALTER TABLE %s RENAME CONSTRAINT %I TO %I;\n', old_sql, pk.conname, named);
    END IF;
    renames := renames || format(E'ALTER TABLE %s RENAME CONSTRAINT %I TO %I;\n', table_.sql_name, pk_name, pk.conname);
    pk_name := named;
    FOR item IN
        SELECT con.conname, pg_get_constraintdef(con.oid) AS condef, c.relname, i.indisunique,
               obj_description(coalesce(con.oid, c.oid), CASE WHEN con.oid IS NULL THEN 'pg_class' ELSE 'pg_constraint' END) AS comment,
               substr(pg_get_indexdef(i.indexrelid), 1 + length(format('CREATE %sINDEX %I ON %s ', CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END,
                                                                       c.relname, table_.sql_name))) AS tail
          FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid
          LEFT JOIN pg_constraint AS con ON con.conindid = i.indexrelid AND con.conrelid = relation AND con.contype = 'u'
         WHERE i.indrelid = relation AND i.indisvalid AND NOT i.indisprimary
         ORDER BY c.relname
    LOOP
        IF item.conname IS NOT NULL THEN
            named := architect.plan_free_name(relation, 'partitioned_' || item.conname, '', taken);
            taken := taken || named;
            make := make || format(E'ALTER TABLE %s ADD CONSTRAINT %I %s;\n', parent_sql, named, item.condef)
                         || coalesce(format('COMMENT ON CONSTRAINT %I ON %s IS ', named, parent_sql) || quote_literal(item.comment) || E';\n', '');
            renames := renames || format(E'ALTER TABLE %s RENAME CONSTRAINT %I TO %I;\n', old_sql, item.conname,
                                         architect.plan_free_name(relation, item.conname, '_old', taken))
                               || format(E'ALTER TABLE %s RENAME CONSTRAINT %I TO %I;\n', table_.sql_name, named, item.conname);
            taken := taken || architect.plan_free_name(relation, item.conname, '_old', taken);
        ELSE
            named := architect.plan_free_name(relation, CASE WHEN starts_with(item.relname, 'idx_') THEN 'idx_partitioned_' || substr(item.relname, 5)
                                                             ELSE 'idx_partitioned_' || item.relname END, '', taken);
            taken := taken || named;
            make := make || format(E'CREATE %sINDEX %I ON %s %s;\n', CASE WHEN item.indisunique THEN 'UNIQUE ' ELSE '' END, named, parent_sql, item.tail)
                         || coalesce(format('COMMENT ON INDEX %I.%I IS ', table_.schema_name, named) || quote_literal(item.comment) || E';\n', '');
        END IF;
    END LOOP;
    -- Not by LIKE: it would give them names that nobody knows, and to who runs the plan.
    FOR item IN
        SELECT s.stxname, pg_get_statisticsobjdef_columns(s.oid) AS columns_, to_jsonb(s) ->> 'stxstattarget' AS target, obj_description(s.oid, 'pg_statistic_ext') AS comment,
               (SELECT string_agg(CASE k WHEN 'd' THEN 'ndistinct' WHEN 'f' THEN 'dependencies' ELSE 'mcv' END, ', ') FROM unnest(s.stxkind) AS k WHERE k <> 'e') AS kinds
          FROM pg_statistic_ext AS s WHERE s.stxrelid = relation ORDER BY s.stxname
    LOOP
        named := architect.plan_free_name(relation, 'partitioned_' || item.stxname, '', taken);
        taken := taken || named;
        make := make || format(E'CREATE STATISTICS %I.%I%s ON %s FROM %s;\n', table_.schema_name, named, coalesce(' (' || item.kinds || ')', ''), item.columns_, parent_sql)
                     || coalesce(format('ALTER STATISTICS %I.%I SET STATISTICS ', table_.schema_name, named) || nullif(item.target, '-1') || E';\n', '')
                     || coalesce(format('COMMENT ON STATISTICS %I.%I IS ', table_.schema_name, named) || quote_literal(item.comment) || E';\n', '')
                     || format(E'ALTER STATISTICS %I.%I OWNER TO %s;\n', table_.schema_name, named, owner_);
    END LOOP;
    swap_locks := format('ACCESS EXCLUSIVE on %s for a moment', table_.sql_name);
    swap := format(E'LOCK TABLE %s IN ACCESS EXCLUSIVE MODE;\n', concat_ws(', ', table_.sql_name, CASE WHEN by_range THEN NULL ELSE parent_sql END));
    FOR item IN
        SELECT t.sql_name, t.with_partitions, string_agg(format(E'ALTER TABLE %s ADD CONSTRAINT %I %s;\n', parent_sql, c.conname,
                   regexp_replace(pg_get_constraintdef(c.oid), ' NOT VALID$', ''))
                   || coalesce(format('COMMENT ON CONSTRAINT %I ON %s IS ', c.conname, parent_sql) || quote_literal(obj_description(c.oid, 'pg_constraint')) || E';\n', ''),
                   '' ORDER BY c.conname) AS keys
          FROM pg_constraint AS c CROSS JOIN LATERAL architect.plan_table(c.confrelid) AS t
         WHERE c.conrelid = relation AND c.contype = 'f' AND c.confrelid <> relation
         GROUP BY t.sql_name, t.with_partitions ORDER BY t.sql_name
    LOOP
        make := make || item.keys;
        make_locks := make_locks || format('; SHARE ROW EXCLUSIVE on %s for a moment', item.with_partitions);
        IF by_range THEN
            -- ATTACH drops the triggers of the key that is adopted.
            swap_locks := swap_locks || format('; ACCESS EXCLUSIVE on %s for a moment', item.with_partitions);
            swap := swap || format(E'LOCK TABLE %s IN ACCESS EXCLUSIVE MODE;\n', item.sql_name);
        END IF;
    END LOOP;
    IF by_range THEN
        FOR i IN 1 .. ahead LOOP
            named := architect.plan_free_name(relation, table_.table_name, to_char(bound_from, CASE lower(period) WHEN 'year' THEN '_YYYY' WHEN 'month' THEN '_YYYY_MM'
                    WHEN 'quarter' THEN '_YYYY"q"Q' ELSE '_YYYY_MM_DD' END), taken);
            taken := taken || named;
            parts := parts || format('%I.%I', table_.schema_name, named);
            make := make || format(E'CREATE TABLE %I.%I PARTITION OF %s FOR VALUES FROM (%L) TO (%L)%s;\n', table_.schema_name, named,
                parent_sql, to_char(bound_from, pattern), to_char(bound_from + step_, pattern), coalesce(' ' || nullif(part_options, ''), ''));
            bound_from := bound_from + step_;
        END LOOP;
    ELSE
        FOR i IN 0 .. modulus - 1 LOOP
            named := architect.plan_free_name(relation, table_.table_name, format('_p%s', lpad(i::text, length((modulus - 1)::text), '0')), taken);
            taken := taken || named;
            parts := parts || format('%I.%I', table_.schema_name, named);
            make := make || format(E'CREATE TABLE %I.%I PARTITION OF %s FOR VALUES WITH (MODULUS %s, REMAINDER %s)%s;\n', table_.schema_name, named,
                parent_sql, modulus, i, coalesce(' ' || nullif(part_options, ''), ''));
        END LOOP;
    END IF;
    -- What LIKE leaves out. The parent's options of columns go down to its partitions where PostgreSQL has it so.
    make := make || coalesce(format('COMMENT ON TABLE %s IS ', parent_sql) || quote_literal(obj_description(relation, 'pg_class')) || E';\n', '')
        || coalesce((SELECT string_agg(format(E'ALTER TABLE %s ALTER COLUMN %I SET STATISTICS %s;\n', parent_sql, attname, attstattarget), '' ORDER BY attnum)
                       FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND attstattarget >= 0), '');
    SELECT concat(CASE c.relreplident WHEN 'f' THEN E'ALTER TABLE %1$s REPLICA IDENTITY FULL;\n' WHEN 'n' THEN E'ALTER TABLE %1$s REPLICA IDENTITY NOTHING;\n' END,
                  (SELECT string_agg(format('ALTER TABLE %%1$s ALTER COLUMN %s SET (%s);', replace(quote_ident(a.attname), '%', '%%'), o.list) || E'\n', '' ORDER BY a.attnum)
                     FROM pg_attribute AS a CROSS JOIN LATERAL (SELECT string_agg(x, ', ') FROM unnest(a.attoptions) AS x WHERE x LIKE 'n\_distinct%') AS o (list)
                    WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND o.list IS NOT NULL),
                  E'ALTER TABLE %1$s OWNER TO %2$s;\n')
      INTO for_parts FROM pg_class AS c WHERE c.oid = relation;
    -- Nobody but the owner has rights on them; on the whole the old ones come with the name.
    make := make || rtrim((SELECT string_agg(format(for_parts, o.part, owner_), '' ORDER BY o.place) FROM unnest(parent_sql || parts) WITH ORDINALITY AS o (part, place))
        || coalesce(format('REVOKE ALL ON %s FROM ', array_to_string(parent_sql || parts, ', ')) || architect.plan_default_grantees(relation, 'r', 'ALL') || ';', ''), E'\n');
    grants := coalesce((SELECT string_agg(format(E'\nGRANT %s ON %s TO %s%s;', g.rights, table_.sql_name, CASE g.grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(g.grantee)) END,
                                    CASE WHEN g.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END), '' ORDER BY g.grantee, g.is_grantable)
                         FROM (SELECT a.grantee, a.is_grantable, string_agg(a.privilege_type, ', ' ORDER BY a.privilege_type) AS rights
                                 FROM pg_class AS c, aclexplode(c.relacl) AS a WHERE c.oid = relation AND a.grantee <> c.relowner
                                GROUP BY a.grantee, a.is_grantable) AS g), '');
    steps := steps || ROW(0,
        CASE WHEN by_range THEN format('The partitioned table, empty, with partitions for %s %ss from %s on; make more before the last one ends', ahead, lower(period), upper_bound)
             ELSE format('The partitioned table, empty, with all %s partitions', modulus) END,
        wait || make, 'own transaction', coalesce(nullif(ltrim(make_locks, '; '), ''), 'none'), format('DROP TABLE %s;', parent_sql))::architect.plan_step;

    IF by_range THEN
        -- 3. A CHECK proves the bound of the old table, so that ATTACH reads nothing.
        bound_name := architect.plan_free_name(relation, table_.table_name, '_bound_check', taken);
        steps := steps || ROW(0, format('From now on no row at or after %s comes into the old table; its rows are not looked at', upper_bound),
            wait || format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (%I < %L) NOT VALID;', table_.sql_name, bound_name, key_column, upper_bound),
            'own transaction', format('ACCESS EXCLUSIVE on %s for a moment', table_.sql_name),
            wait || format('ALTER TABLE %s DROP CONSTRAINT %I;', table_.sql_name, bound_name))::architect.plan_step;
        steps := steps || ROW(0, 'Look at the old rows while reads and writes go on; where it fails, ask for the plan again with a later boundary',
            format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', table_.sql_name, bound_name), 'own transaction',
            format('SHARE UPDATE EXCLUSIVE on %s while every row is read', table_.sql_name), NULL)::architect.plan_step;
    ELSE
        -- 3. Rows of all partitions are in the old table: they are copied, with a trigger for what changes meanwhile.
        function_name := format('%I.%I', table_.schema_name, architect.plan_name(relation, 'copy_' || table_.table_name, ''));
        trigger_name := architect.plan_name(relation, 'copy_' || table_.table_name, '');
        SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum),
               format($body$
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        TRUNCATE %1$s;
        RETURN NULL;
    END IF;
    IF TG_OP <> 'INSERT' THEN
        DELETE FROM %1$s AS t WHERE %2$s;
    END IF;
    IF TG_OP <> 'DELETE' THEN
        INSERT INTO %1$s (%3$s) OVERRIDING SYSTEM VALUE VALUES (%4$s);
    END IF;
    RETURN NULL;
END
$body$, parent_sql, architect.plan_primary_key_match(relation, 't', 'OLD'), string_agg(quote_ident(attname), ', ' ORDER BY attnum),
                      string_agg('NEW.' || quote_ident(attname), ', ' ORDER BY attnum))
          INTO columns_, body
          FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND attgenerated = '';
        steps := steps || ROW(0, 'Every write goes to both tables, with the rights of their owner',
            wait || format(E'REVOKE ALL ON %6$s FROM PUBLIC;\n'
                           'CREATE FUNCTION %1$s() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS %2$s;\n'
                           'REVOKE ALL ON FUNCTION %1$s() FROM %7$s;\n'
                           'ALTER FUNCTION %1$s() OWNER TO %8$s;\n'
                           'CREATE TRIGGER %3$I AFTER INSERT OR UPDATE OR DELETE ON %4$s\n    FOR EACH ROW EXECUTE FUNCTION %1$s();\n'
                           'CREATE TRIGGER %5$I AFTER TRUNCATE ON %4$s\n    FOR EACH STATEMENT EXECUTE FUNCTION %1$s();',
                function_name, architect.plan_quoted_body(body, 'copy'), trigger_name, table_.sql_name, architect.plan_name(relation, trigger_name, '_all'),
                parent_sql, concat_ws(', ', 'PUBLIC', architect.plan_default_grantees(relation, 'f', 'EXECUTE')), owner_),
            'own transaction', format('SHARE ROW EXCLUSIVE on %s for a moment', table_.sql_name),
            wait || format(E'DROP TRIGGER %I ON %s;\nDROP TRIGGER %I ON %s;\nDROP FUNCTION %s();', trigger_name, table_.sql_name,
                           architect.plan_name(relation, trigger_name, '_all'), table_.sql_name, function_name))::architect.plan_step;
        steps := steps || ROW(0, 'Copy the rows in batches; call it again after a cancel and it goes on',
            format('CALL architect.run_backfill(%L, NULL, copy_to => %L);', table_.sql_name, parent_sql), 'outside a transaction block', 'none', NULL)::architect.plan_step;
        -- What is said of the function is all that the swap asks for: to compare takes long, and the swap locks.
        equal_mark := format('%s and %s hold the same rows', table_.sql_name, parent_sql);
        steps := steps || ROW(0, 'Compare all rows, as they are at one moment; where they differ it fails, and the swap does too',
            format('DO %s;', architect.plan_quoted_body(format($body$
DECLARE
    old_rows bigint;
    old_digest numeric;
    new_rows bigint;
    new_digest numeric;
BEGIN
    SELECT o.n, o.digest, p.n, p.digest INTO old_rows, old_digest, new_rows, new_digest
      FROM (SELECT pg_catalog.count(*) AS n, pg_catalog.sum(pg_catalog.hashtextextended(ROW(%1$s)::text, 0)) AS digest FROM %2$s AS t) AS o,
           (SELECT pg_catalog.count(*) AS n, pg_catalog.sum(pg_catalog.hashtextextended(ROW(%1$s)::text, 0)) AS digest FROM %3$s AS t) AS p;
    IF old_rows IS DISTINCT FROM new_rows OR old_digest IS DISTINCT FROM new_digest THEN
        RAISE EXCEPTION USING ERRCODE = 'data_exception', MESSAGE = %4$L, DETAIL = pg_catalog.format('The first has %%s rows, the second %%s.', old_rows, new_rows),
            HINT = %5$L;
    END IF;
END
$body$,
                (SELECT string_agg('t.' || quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
                  WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped AND attgenerated = ''),
                table_.sql_name, parent_sql, format('%s and %s differ', table_.sql_name, parent_sql),
                format('CALL architect.run_backfill(%L, NULL, copy_to => %L, restart => true); It copies what is missing in the second; delete what is there only.', table_.sql_name, parent_sql)), 'compare'))
            || format(E'\nCOMMENT ON FUNCTION %s() IS %L;', function_name, equal_mark),
            'own transaction', 'none', format('COMMENT ON FUNCTION %s() IS NULL;', function_name))::architect.plan_step;
        steps := steps || ROW(0, 'Statistics for the planner before the first query', format('ANALYZE %s;', parent_sql), 'own transaction', 'none', NULL)::architect.plan_step;
        swap := swap || format(E'DO %s;\n', architect.plan_quoted_body(format($body$
BEGIN
    IF pg_catalog.obj_description(pg_catalog.to_regprocedure(%L), 'pg_proc') IS DISTINCT FROM %L THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state', MESSAGE = %L, HINT = 'Run the steps before this one.';
    END IF;
END
$body$, function_name || '()', equal_mark, format('%s and %s were not compared', table_.sql_name, parent_sql)), 'compared'))
            || format(E'DROP TRIGGER %I ON %s;\nDROP TRIGGER %I ON %s;\nDROP FUNCTION %s();\n', trigger_name, table_.sql_name,
                               architect.plan_name(relation, trigger_name, '_all'), table_.sql_name, function_name);
    END IF;

    -- 4. The swap: everything in it only writes the catalog.
    FOR item IN SELECT tgname, pg_get_triggerdef(oid) AS def, tgenabled, obj_description(oid, 'pg_trigger') AS comment FROM pg_trigger WHERE tgrelid = relation AND NOT tgisinternal ORDER BY tgname LOOP
        IF by_range THEN
            swap := swap || format(E'DROP TRIGGER %I ON %s;\n', item.tgname, table_.sql_name);
        END IF;
        after_swap := after_swap || E'\n' || item.def || ';'
            || CASE item.tgenabled WHEN 'O' THEN '' ELSE format(E'\nALTER TABLE %s %s TRIGGER %I;', table_.sql_name,
                    CASE item.tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE REPLICA' END, item.tgname) END
            || coalesce(format(E'\nCOMMENT ON TRIGGER %I ON %s IS ', item.tgname, table_.sql_name) || quote_literal(item.comment) || ';', '');
    END LOOP;
    IF by_range AND pk_index IS NOT NULL THEN
        swap := swap || format(E'ALTER TABLE %s DROP CONSTRAINT %I, ADD CONSTRAINT %I PRIMARY KEY USING INDEX %I;\n', table_.sql_name, pk.conname, pk_name, pk_index);
    END IF;
    FOR item IN
        SELECT a.attname, a.attidentity, format('%I.%I', n.nspname, s.relname) AS sequence_
          FROM pg_attribute AS a JOIN pg_depend AS d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.attrelid AND d.refobjsubid = a.attnum
           AND d.classid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
          JOIN pg_class AS s ON s.oid = d.objid AND s.relkind = 'S' JOIN pg_namespace AS n ON n.oid = s.relnamespace
         WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum
    LOOP
        IF item.attidentity <> '' THEN
            swap := swap || format(E'SELECT pg_catalog.setval(pg_catalog.pg_get_serial_sequence(%L, %L), pg_catalog.nextval(%L));\n',
                                   parent_sql, item.attname, item.sequence_);
            IF by_range THEN
                swap := swap || format(E'ALTER TABLE %s ALTER COLUMN %I DROP IDENTITY;\n', table_.sql_name, item.attname);
            END IF;
        ELSE
            swap := swap || format(E'ALTER SEQUENCE %s OWNED BY %s.%I;\n', item.sequence_, parent_sql, item.attname);
        END IF;
    END LOOP;
    swap := swap || format(E'ALTER TABLE %s RENAME TO %I;\nALTER TABLE %s RENAME TO %I;\n', table_.sql_name, old_name, parent_sql, table_.table_name) || rtrim(renames, E'\n');
    IF by_range THEN
        swap := swap || format(E'\nALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (MINVALUE) TO (%L);', table_.sql_name, old_sql, upper_bound);
    END IF;
    steps := steps || ROW(0, 'Swap: the partitioned table takes the name' || CASE WHEN by_range THEN ', the old one is its first partition'
                                  ELSE '. From here on the old table is not written' END,
        wait || swap || grants || after_swap, 'own transaction', swap_locks, NULL)::architect.plan_step;
    IF by_range THEN
        steps := steps || ROW(0, 'The bound says it now', wait || format('ALTER TABLE %s DROP CONSTRAINT %I;', old_sql, bound_name),
            'own transaction', format('ACCESS EXCLUSIVE on %s for a moment', old_sql), NULL)::architect.plan_step;
        steps := steps || ROW(0, 'Autovacuum does not analyze a partitioned table: do it now and then', format('ANALYZE %s;', table_.sql_name),
            'own transaction', format('SHARE UPDATE EXCLUSIVE on %s while a sample is read; SHARE UPDATE EXCLUSIVE on %s while a sample is read', table_.sql_name, old_sql), NULL)::architect.plan_step;
    ELSE
        steps := steps || ROW(0, 'Contract, a week or two later, when nobody misses the old table: say that the drop is wanted',
            format('SELECT architect.suppress(''table-dropped'', %L, %L, pg_catalog.now() + interval ''1 day'');', old_sql,
                   format('%s was copied to a partitioned table', table_.sql_name)),
            'own transaction', 'none', format('SELECT architect.unsuppress(''table-dropped'', %L);', old_sql))::architect.plan_step;
        steps := steps || ROW(0, 'Contract: the old table goes for good', wait || format('DROP TABLE %s;', old_sql), 'own transaction',
            concat_ws('; ', format('ACCESS EXCLUSIVE on %s for a moment', old_sql), nullif(ltrim(replace(make_locks, 'SHARE ROW EXCLUSIVE', 'ACCESS EXCLUSIVE'), '; '), '')),
            NULL)::architect.plan_step;
    END IF;
    RETURN QUERY SELECT o.place::integer, o.title, o.statement, o.transaction, o.locks, o.undo
                   FROM unnest(steps) WITH ORDINALITY AS o (step, title, statement, transaction, locks, undo, place);
END
$$;

COMMENT ON FUNCTION architect.partition_plan(regclass, name, text, text, integer, integer, timestamp with time zone) IS 'The steps that turn a table into a partitioned one: by range of time, where it becomes the first partition (ahead more are made), or by hash, where its rows are copied to modulus partitions';
