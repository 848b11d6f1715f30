CREATE FUNCTION architect.fk_plan(
    relation regclass,
    column_names name[],
    referenced regclass,
    referenced_columns name[] DEFAULT NULL,
    on_delete text DEFAULT 'NO ACTION',
    constraint_name name DEFAULT NULL
)
    RETURNS SETOF architect.plan_step
    LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 5
    SET search_path = pg_catalog, pg_temp
    AS $$
DECLARE
    version constant integer := current_setting('server_version_num')::integer;
    wait constant text := E'SET LOCAL lock_timeout = ''2s'';\n';
    table_ record;
    other record;
    leaf record;
    numbers smallint[];
    other_numbers smallint[];
    action text := upper(on_delete);
    named text;
    key_index oid;
    twin record;
    pair record;
    index_name text;
    leaf_index text;
    names text[] := '{}';
    columns_sql text;
    definition text;
    tail text;
    attach text[] := '{}';
    steps architect.plan_step[] := '{}';
BEGIN
    IF relation IS NULL OR column_names IS NULL OR referenced IS NULL THEN
        RETURN;
    END IF;
    table_ := architect.plan_table(relation);
    other := architect.plan_table(referenced);
    IF cardinality(column_names) = 0 THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value', MESSAGE = 'a foreign key needs at least one column';
    END IF;
    numbers := ARRAY(SELECT architect.plan_column(relation, c) FROM unnest(column_names) WITH ORDINALITY AS u (c, place) ORDER BY place);
    IF referenced_columns IS NULL THEN
        SELECT conkey INTO other_numbers FROM pg_constraint WHERE conrelid = referenced AND contype = 'p';
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'undefined_object',
                MESSAGE = format('there is no primary key for referenced table %s', other.sql_name),
                HINT = 'Add one, or name the columns of a UNIQUE constraint in referenced_columns.';
        END IF;
    ELSE
        other_numbers := ARRAY(SELECT architect.plan_column(referenced, c)
                                 FROM unnest(referenced_columns) WITH ORDINALITY AS u (c, place) ORDER BY place);
    END IF;
    IF cardinality(other_numbers) <> cardinality(numbers) THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_foreign_key',
            MESSAGE = 'number of referencing and referenced columns for foreign key disagree',
            DETAIL = format('%s has (%s), %s has (%s).', table_.sql_name, architect.plan_columns(relation, numbers),
                            other.sql_name, architect.plan_columns(referenced, other_numbers));
    END IF;
    SELECT conname INTO named FROM pg_constraint
     WHERE conrelid = referenced AND contype IN ('p', 'u') AND conkey @> other_numbers AND other_numbers @> conkey
       AND (architect.plan_constraint(oid)).period;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'feature_not_supported',
            MESSAGE = format('key %I of %s is WITHOUT OVERLAPS', named, other.sql_name),
            DETAIL = 'A foreign key to it has a PERIOD, which this plan does not write.',
            HINT = 'ALTER TABLE ... ADD FOREIGN KEY (..., PERIOD ...) REFERENCES ... (..., PERIOD ...) NOT VALID, and VALIDATE CONSTRAINT after it.';
    END IF;
    SELECT i.indexrelid INTO key_index
      FROM pg_index AS i
     WHERE i.indrelid = referenced AND i.indisunique AND i.indisvalid AND i.indimmediate AND NOT i.indisexclusion
       AND i.indpred IS NULL AND i.indexprs IS NULL AND i.indnkeyatts = cardinality(other_numbers)
       AND i.indkey[0:i.indnkeyatts - 1]::smallint[] @> other_numbers
       AND other_numbers @> i.indkey[0:i.indnkeyatts - 1]::smallint[]
     ORDER BY i.indisprimary DESC, i.indexrelid LIMIT 1;
    IF NOT FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_foreign_key',
            MESSAGE = format('there is no unique constraint matching given keys for referenced table %s', other.sql_name),
            DETAIL = format('Nothing keeps (%s) unique.', architect.plan_columns(referenced, other_numbers)),
            HINT = 'Build a unique index CONCURRENTLY first.';
    END IF;
    FOR pair IN
        SELECT a.attname AS referring, format_type(a.atttypid, a.atttypmod) AS type_, b.attname AS referred, format_type(b.atttypid, b.atttypmod) AS other_type
          FROM unnest(numbers, other_numbers) AS n (number, other_number)
          JOIN pg_attribute AS a ON a.attrelid = relation AND a.attnum = n.number
          JOIN pg_attribute AS b ON b.attrelid = referenced AND b.attnum = n.other_number
         WHERE NOT architect.plan_refers(referenced, key_index, n.other_number, a.atttypid)
    LOOP
        RAISE EXCEPTION USING ERRCODE = 'datatype_mismatch',
            MESSAGE = format('column %I of %s cannot refer to column %I of %s', pair.referring, table_.sql_name, pair.referred, other.sql_name),
            DETAIL = format('They are of incompatible types: %s and %s.', pair.type_, pair.other_type),
            HINT = 'architect.type_change_plan() changes the type of a column.';
    END LOOP;
    IF action NOT IN ('NO ACTION', 'RESTRICT', 'CASCADE', 'SET NULL', 'SET DEFAULT') OR action IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'invalid_parameter_value',
            MESSAGE = format('unrecognized action on delete: %L', on_delete),
            HINT = 'It is one of NO ACTION, RESTRICT, CASCADE, SET NULL and SET DEFAULT.';
    END IF;
    SELECT c.conname, c.convalidated, e.enforced INTO twin
      FROM pg_constraint AS c CROSS JOIN LATERAL architect.plan_constraint(c.oid) AS e
     WHERE c.conrelid = relation AND c.contype = 'f' AND c.confrelid = referenced AND c.conkey = numbers AND c.confkey = other_numbers
     ORDER BY c.convalidated DESC, e.enforced DESC LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
            MESSAGE = format('%s has this foreign key already', table_.sql_name),
            DETAIL = format('It is %I%s.', twin.conname, CASE WHEN NOT twin.enforced THEN ', and NOT ENFORCED' WHEN twin.convalidated THEN '' ELSE ', not validated yet' END),
            HINT = CASE WHEN NOT twin.enforced
                        -- ENFORCED would look up all rows under the lock that it takes for the change.
                        THEN format('Nothing looks at it: drop it, and ask for the plan again: ALTER TABLE %s DROP CONSTRAINT %I;', table_.sql_name, twin.conname)
                        WHEN twin.convalidated THEN 'There is nothing to do.'
                        ELSE format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', table_.sql_name, twin.conname) END;
    END IF;
    IF EXISTS (SELECT FROM pg_constraint WHERE conname = constraint_name AND conrelid = ANY (relation::oid || ARRAY(SELECT architect.plan_heirs(relation)))) THEN
        RAISE EXCEPTION USING ERRCODE = 'duplicate_object',
            MESSAGE = format('constraint %I exists already on %s', constraint_name,
                             (SELECT conrelid::regclass FROM pg_constraint
                               WHERE conname = constraint_name AND conrelid = ANY (relation::oid || ARRAY(SELECT architect.plan_heirs(relation))) LIMIT 1)),
            HINT = 'Name another one, or none: the plan takes a name that is free.';
    END IF;

    columns_sql := architect.plan_columns(relation, numbers);
    tail := array_to_string(column_names, '_');
    named := coalesce(constraint_name, architect.plan_name(relation, format('%s_%s', table_.table_name, tail), '_fkey'));
    definition := format('FOREIGN KEY (%s) REFERENCES %s (%s)%s', columns_sql, other.sql_name,
                         architect.plan_columns(referenced, other_numbers),
                         CASE action WHEN 'NO ACTION' THEN '' ELSE ' ON DELETE ' || action END);

    -- Without an index each DELETE of a referenced row reads the whole table.
    IF NOT EXISTS (SELECT FROM pg_index AS i
                    WHERE i.indrelid = relation AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts >= cardinality(numbers)
                      AND i.indkey[0:cardinality(numbers) - 1]::smallint[] @> numbers
                      AND numbers @> i.indkey[0:cardinality(numbers) - 1]::smallint[]) THEN
        index_name := architect.plan_name(relation, format('idx_%s_%s', table_.table_name, tail), '');
        IF NOT table_.partitioned THEN
            steps := steps || ROW(0, 'An index for the DELETEs of referenced rows; where it fails, drop the invalid index and run it again',
                format('CREATE INDEX CONCURRENTLY %I ON %s (%s);', index_name, table_.sql_name, columns_sql),
                'outside a transaction block', format('SHARE UPDATE EXCLUSIVE on %s while the index is built', table_.sql_name),
                format('DROP INDEX CONCURRENTLY IF EXISTS %I.%I;', table_.schema_name, index_name))::architect.plan_step;
        ELSE
            FOR leaf IN SELECT t.relid, p.* FROM architect.plan_partitions(relation) AS t, architect.plan_table(t.relid) AS p WHERE t.isleaf LOOP
                CONTINUE WHEN EXISTS (SELECT FROM pg_index AS i
                     WHERE i.indrelid = leaf.relid AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts = cardinality(numbers)
                       AND pg_get_indexdef(i.indexrelid) LIKE format('%% USING btree (%s)',
                           replace(replace(replace(columns_sql, '\', '\\'), '%', '\%'), '_', '\_')));
                -- Long names of partitions may begin alike as far as a name goes.
                leaf_index := architect.plan_name(leaf.relid, format('idx_%s_%s', leaf.table_name, tail), '', names || index_name);
                names := names || leaf_index;
                steps := steps || ROW(0, format('Its index in %s; where it fails, drop the invalid index and run it again', leaf.sql_name),
                    format('CREATE INDEX CONCURRENTLY %I ON %s (%s);', leaf_index, leaf.sql_name, columns_sql),
                    'outside a transaction block', format('SHARE UPDATE EXCLUSIVE on %s while the index is built', leaf.sql_name),
                    format('DROP INDEX CONCURRENTLY IF EXISTS %I.%I;', leaf.schema_name, leaf_index))::architect.plan_step;
            END LOOP;
            steps := steps || ROW(0, 'The partitioned index adopts them and builds nothing',
                wait || format('CREATE INDEX %I ON %s (%s);', index_name, table_.sql_name, columns_sql),
                'own transaction', format('SHARE on %s for a moment', table_.with_partitions),
                wait || format('DROP INDEX %I.%I;', table_.schema_name, index_name))::architect.plan_step;
        END IF;
    END IF;

    IF table_.partitioned AND version < 180000 THEN
        -- Before 18 a partitioned table cannot have a NOT VALID foreign key, but it adopts those of its partitions.
        FOR leaf IN SELECT t.relid, p.* FROM architect.plan_partitions(relation) AS t, architect.plan_table(t.relid) AS p WHERE t.isleaf LOOP
            steps := steps || ROW(0, format('New rows of %s refer to something; the old ones are not looked at', leaf.sql_name),
                wait || format('ALTER TABLE %s ADD CONSTRAINT %I %s NOT VALID;', leaf.sql_name, named, definition),
                'own transaction', format('SHARE ROW EXCLUSIVE on %s for a moment; SHARE ROW EXCLUSIVE on %s for a moment',
                                          leaf.sql_name, other.with_partitions),
                wait || format('ALTER TABLE %s DROP CONSTRAINT %I;', leaf.sql_name, named))::architect.plan_step;
            steps := steps || ROW(0, 'Look up the old rows while reads and writes go on; it fails where one refers to nothing',
                format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', leaf.sql_name, named),
                'own transaction', format('SHARE UPDATE EXCLUSIVE on %s while every row is looked up', leaf.sql_name),
                NULL)::architect.plan_step;
        END LOOP;
        -- It drops the triggers of the adopted ones, also those on the referenced table, which takes ACCESS EXCLUSIVE; asked for at the
        -- start it is no lock that grows, and no deadlock.
        steps := steps || ROW(0, 'The partitioned table adopts them and looks up nothing',
            wait || format(E'LOCK TABLE %s, %s IN ACCESS EXCLUSIVE MODE;\nALTER TABLE %s ADD CONSTRAINT %I %s;', table_.sql_name, other.sql_name,
                           table_.sql_name, named, definition),
            'own transaction', format('ACCESS EXCLUSIVE on %s for a moment; ACCESS EXCLUSIVE on %s for a moment',
                                      table_.with_partitions, other.with_partitions),
            wait || format('ALTER TABLE %s DROP CONSTRAINT %I;', table_.sql_name, named))::architect.plan_step;
    ELSE
        steps := steps || ROW(0, 'New rows refer to something; the old ones are not looked at',
            wait || format('ALTER TABLE %s ADD CONSTRAINT %I %s NOT VALID;', table_.sql_name, named, definition),
            'own transaction', format('SHARE ROW EXCLUSIVE on %s for a moment; SHARE ROW EXCLUSIVE on %s for a moment',
                                      table_.with_partitions, other.with_partitions),
            wait || format('ALTER TABLE %s DROP CONSTRAINT %I;', table_.sql_name, named))::architect.plan_step;
        steps := steps || ROW(0, 'Look up the old rows while reads and writes go on; it fails where one refers to nothing',
            format('ALTER TABLE %s VALIDATE CONSTRAINT %I;', table_.sql_name, named),
            'own transaction', format('SHARE UPDATE EXCLUSIVE on %s while every row is looked up', table_.with_partitions),
            NULL)::architect.plan_step;
    END IF;
    RETURN QUERY SELECT o.place::integer, o.title, o.statement, o.transaction, o.locks, o.undo
                   FROM unnest(steps) WITH ORDINALITY AS o (step, title, statement, transaction, locks, undo, place);
END
$$;

COMMENT ON FUNCTION architect.fk_plan(regclass, name[], regclass, name[], text, name) IS 'The steps that add a foreign key, with its index, while writes to both tables go on';
