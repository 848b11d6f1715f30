-- It commits, so that it can have no SET clause: until the first set_config() everything is written with its schema, and whatever is the
-- caller's (assignment, condition) runs with the caller's own settings.
CREATE PROCEDURE architect.run_backfill(
    relation regclass,
    assignment text,
    condition text DEFAULT NULL,
    batch_rows integer DEFAULT 1000,
    pause interval DEFAULT '0.1 s',
    max_lag interval DEFAULT '10 s',
    max_lag_bytes bigint DEFAULT 67108864,
    copy_to regclass DEFAULT NULL,
    restart boolean DEFAULT false
)
    LANGUAGE plpgsql
    AS $$
DECLARE
    callers_path constant text := pg_catalog.current_setting('search_path');
    callers_dates constant text := pg_catalog.current_setting('DateStyle');
    callers_intervals constant text := pg_catalog.current_setting('IntervalStyle');
    callers_digits constant text := pg_catalog.current_setting('extra_float_digits');
    callers_lock_timeout constant text := pg_catalog.current_setting('lock_timeout');
    table_ record;
    target text;
    key record;
    state architect.backfills;
    digest text;
    numbers smallint[];
    here oid;
    cluster_ bigint;
    known boolean;
    key_list text;
    key_texts text;
    key_order text;
    change text;
    batch_end text[];
    seen bigint;
    changed bigint;
    in_table double precision;
    lag interval;
    lag_bytes numeric;
    hidden bigint;
    waiting boolean := false;
    blind boolean := false;
    tries integer := 0;
    refused boolean;
    told_at timestamp with time zone;
BEGIN
    -- Where it may not commit it says so before it does anything. Under another level each concurrent change of a row would be an error.
    COMMIT;
    SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
    PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
    IF relation IS NULL OR (assignment IS NULL) = (copy_to IS NULL) THEN
        RAISE EXCEPTION USING ERRCODE = 'null_value_not_allowed',
            MESSAGE = 'a backfill needs a table, and either an assignment or a table to copy to',
            HINT = 'CALL architect.run_backfill(''shop.orders'', ''total = price * quantity'');';
    END IF;
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
    table_ := architect.plan_table(relation);
    target := (architect.plan_table(copy_to)).sql_name;
    key := architect.plan_key(relation);
    IF key.column_names IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = 'object_not_in_prerequisite_state',
            MESSAGE = format('%s has no key along which it could be walked', table_.sql_name),
            DETAIL = 'That is a primary key, or a unique index over columns that are NOT NULL, in tables that inherit them too.',
            HINT = 'Add a primary key first.';
    END IF;
    PERFORM architect.plan_sees_all(relation);
    IF NOT (has_table_privilege('architect.backfills', 'SELECT') AND has_table_privilege('architect.backfills', 'INSERT')
            AND has_table_privilege('architect.backfills', 'UPDATE')) THEN
        RAISE EXCEPTION USING ERRCODE = 'insufficient_privilege',
            MESSAGE = 'permission denied for table backfills',
            DETAIL = 'run_backfill() remembers there how far it is, with the rights of its caller.',
            HINT = format('The owner of the extension runs: GRANT SELECT, INSERT, UPDATE ON architect.backfills TO %I;', current_user);
    END IF;

    digest := encode(sha256(convert_to(jsonb_build_array(table_.sql_name, assignment, condition, target)::text, 'UTF8')), 'hex');
    SELECT string_agg(quote_ident(c), ', ' ORDER BY p), string_agg(format('b.%I::text', c), ', ' ORDER BY p),
           string_agg(format('%I USING %s', c, o), ', ' ORDER BY p)
      INTO key_list, key_texts, key_order
      FROM unnest(key.column_names, key.less) WITH ORDINALITY AS u (c, o, p);
    SELECT sum(greatest(c.reltuples, 0)) INTO in_table
      FROM pg_class AS c
     WHERE c.oid = relation OR c.oid IN (SELECT t.relid FROM architect.plan_partitions(relation) AS t WHERE table_.partitioned AND t.isleaf);

    SELECT oid INTO STRICT here FROM pg_database WHERE datname = current_database();
    IF has_function_privilege('pg_control_system()', 'EXECUTE') THEN
        SELECT system_identifier INTO cluster_ FROM pg_control_system();
    END IF;
    numbers := architect.plan_named_columns(relation, concat_ws(' ', assignment, condition));
    INSERT INTO architect.backfills
    VALUES (digest, table_.sql_name, relation, numbers, here, 'architect.backfills'::regclass, cluster_, assignment, condition, target, copy_to, key.column_names, NULL, 0, 0, 0,
            clock_timestamp(), clock_timestamp(), NULL, current_user)
        ON CONFLICT (fingerprint) DO NOTHING;
    SELECT * INTO STRICT state FROM architect.backfills AS b WHERE b.fingerprint = digest FOR UPDATE;
    -- What was written elsewhere came with a dump, as far as its rows were done: its numbers say nothing, its names do.
    known := state.database_oid = here AND state.written_in = 'architect.backfills'::regclass
             AND coalesce(state.system_identifier = cluster_, true);
    IF NOT known THEN
        UPDATE architect.backfills AS b
           SET relation_oid = run_backfill.relation, column_numbers = numbers, database_oid = here,
               written_in = 'architect.backfills'::regclass, system_identifier = cluster_, copied_to_oid = copy_to
         WHERE b.fingerprint = digest;
    END IF;
    IF restart OR state.key_columns <> key.column_names
       OR known
          AND (state.relation_oid, state.column_numbers, state.copied_to_oid) IS DISTINCT FROM (relation::oid, numbers, copy_to::oid) THEN
        UPDATE architect.backfills AS b
           SET relation_oid = run_backfill.relation, column_numbers = numbers, database_oid = here,
               written_in = 'architect.backfills'::regclass, system_identifier = cluster_, copied_to_oid = copy_to,
               key_columns = key.column_names, last_key = NULL, rows_seen = 0, rows_changed = 0, batches = 0,
               started_at = clock_timestamp(), updated_at = clock_timestamp(), finished_at = NULL, run_by = current_user
         WHERE b.fingerprint = digest;
    ELSIF state.finished_at IS NOT NULL THEN
        RAISE NOTICE USING MESSAGE = format('the backfill of %s is done already', table_.sql_name),
            DETAIL = format('It ended at %s.', state.finished_at),
            HINT = 'With restart => true it begins anew.';
        RETURN;
    ELSIF state.last_key IS NOT NULL THEN
        RAISE NOTICE USING MESSAGE = format('the backfill of %s goes on after (%s)', table_.sql_name, array_to_string(state.last_key, ', '));
    END IF;

    told_at := clock_timestamp();
    LOOP
        COMMIT;
        SET TRANSACTION ISOLATION LEVEL READ COMMITTED;
        PERFORM pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);

        SELECT max(r.replay_lag), max(pg_wal_lsn_diff(pg_current_wal_lsn(), r.replay_lsn)), count(*) FILTER (WHERE r.state IS NULL)
          INTO lag, lag_bytes, hidden
          FROM pg_stat_replication AS r
         WHERE r.state IS NULL OR r.state IN ('streaming', 'catchup');
        IF hidden > 0 AND NOT blind AND (max_lag IS NOT NULL OR max_lag_bytes IS NOT NULL) THEN
            blind := true;
            RAISE WARNING USING MESSAGE = format('role %I may not see how far the replicas are', current_user),
                DETAIL = 'The backfill does not wait for them.',
                HINT = format('GRANT pg_read_all_stats TO %I;', current_user);
        END IF;
        IF lag > max_lag OR lag_bytes > max_lag_bytes THEN
            IF NOT waiting THEN
                waiting := true;
                RAISE NOTICE USING MESSAGE = format('the backfill of %s waits for a replica: it is %s and %s behind', table_.sql_name,
                                                    coalesce(lag::text, 'an unknown time'), pg_size_pretty(lag_bytes));
            END IF;
            PERFORM pg_sleep(1);
            CONTINUE;
        END IF;
        waiting := false;

        -- The row's lock lets two callers take turns; what one has done the other does not do again.
        SELECT * INTO STRICT state FROM architect.backfills AS b WHERE b.fingerprint = digest FOR UPDATE;
        EXIT WHEN state.finished_at IS NOT NULL;

        -- As text that means the same under all settings.
        PERFORM set_config('DateStyle', 'ISO', true), set_config('IntervalStyle', 'postgres', true), set_config('extra_float_digits', '1', true);
        EXECUTE format('SELECT ARRAY[%s], n FROM (SELECT %s, row_number() OVER (ORDER BY %s) AS n '
                       'FROM (SELECT %s FROM %s WHERE %s ORDER BY %s LIMIT %s) AS b) AS b ORDER BY n DESC LIMIT 1',
                       key_texts, key_list, key_order, key_list, table_.sql_name,
                       coalesce(architect.plan_key_condition(relation, '>', state.last_key), 'true'), key_order, batch_rows)
           INTO batch_end, seen;
        IF batch_end IS NULL THEN
            UPDATE architect.backfills AS b SET finished_at = clock_timestamp(), run_by = current_user WHERE b.fingerprint = digest
            RETURNING * INTO state;
            EXIT;
        END IF;
        change := concat_ws(' AND ', architect.plan_key_condition(relation, '>', state.last_key),
                            architect.plan_key_condition(relation, '<=', batch_end), '(' || condition || E'\n)');
        IF copy_to IS NULL THEN
            change := format(E'UPDATE %s SET %s\nWHERE %s', table_.sql_name, assignment, change);
        ELSE
            -- The rows are locked so that none that is deleted meanwhile comes back; what a trigger copied already is newer.
            change := (SELECT format(E'INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s WHERE %s FOR SHARE ON CONFLICT DO NOTHING',
                                     target, c.list, c.list, table_.sql_name, change)
                         FROM (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) AS list
                                 FROM pg_attribute AS a
                                WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = '') AS c);
        END IF;

        refused := false;
        BEGIN
            PERFORM set_config('DateStyle', callers_dates, true), set_config('IntervalStyle', callers_intervals, true),
                    set_config('extra_float_digits', callers_digits, true),
                    set_config('lock_timeout', CASE callers_lock_timeout WHEN '0' THEN '2s' ELSE callers_lock_timeout END, true),
                    set_config('search_path', callers_path, true);
            EXECUTE change;
            GET DIAGNOSTICS changed = ROW_COUNT;
            PERFORM pg_catalog.set_config('lock_timeout', callers_lock_timeout, true),
                    pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);
            tries := 0;
        EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
            -- Somebody has rows of the batch: let the others go meanwhile.
            tries := tries OPERATOR(pg_catalog.+) 1;
            IF tries OPERATOR(pg_catalog.>) 30 THEN
                RAISE;
            END IF;
            refused := true;
        END;
        IF refused THEN
            COMMIT;
            PERFORM pg_catalog.pg_sleep(1);
            CONTINUE;
        END IF;

        UPDATE architect.backfills AS b
           SET last_key = batch_end, rows_seen = b.rows_seen + seen, rows_changed = b.rows_changed + changed, batches = b.batches + 1,
               updated_at = clock_timestamp(), run_by = current_user
         WHERE b.fingerprint = digest
        RETURNING * INTO state;
        IF clock_timestamp() > told_at + interval '5 s' THEN
            told_at := clock_timestamp();
            RAISE NOTICE USING MESSAGE = format('the backfill of %s: %s rows in %s batches%s', table_.sql_name, state.rows_seen, state.batches,
                CASE WHEN in_table >= state.rows_seen THEN format(', about %s %%', round((100 * state.rows_seen / in_table)::numeric)) ELSE '' END);
        END IF;
        COMMIT;
        PERFORM pg_catalog.pg_sleep(coalesce(greatest(extract(epoch FROM pause), 0), 0)::double precision);
    END LOOP;
    RAISE NOTICE USING MESSAGE = pg_catalog.format('the backfill of %s is done: %s rows in %s batches, %s of them changed',
                                                   table_.sql_name, state.rows_seen, state.batches, state.rows_changed);
END
$$;

COMMENT ON PROCEDURE architect.run_backfill(regclass, text, text, integer, interval, interval, bigint, regclass, boolean) IS 'Changes the rows of a table in batches along its key, commits each, waits for replicas that lag, and goes on where it stopped when it is called again';
