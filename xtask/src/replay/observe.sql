-- What a statement did to the tables that were there before its file: told by the catalogs and by the counters of rows read,
-- without the guard. Used by `cargo xtask compare` beside truth.sql.
CREATE TABLE replay_truth.old_tables (
    relation oid PRIMARY KEY, kind "char" NOT NULL, name name NOT NULL, file oid NOT NULL, rows_read bigint NOT NULL
);
CREATE TABLE replay_truth.old_columns (
    relation oid, number smallint, name name NOT NULL, required boolean NOT NULL, PRIMARY KEY (relation, number)
);
CREATE TABLE replay_truth.old_indexes (index oid PRIMARY KEY, file oid NOT NULL);

-- Before a file. Gives each table and index that is there, and whether the table has at least two rows: the guard itself may look at one.
CREATE FUNCTION replay_truth.begin_file() RETURNS TABLE (name text, filled boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    relation record;
    rows bigint;
BEGIN
    DELETE FROM replay_truth.old_tables;
    DELETE FROM replay_truth.old_columns;
    DELETE FROM replay_truth.old_indexes;
    INSERT INTO replay_truth.old_tables
    SELECT c.oid, c.relkind, c.relname, c.relfilenode, 0
    FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm', 'v') AND n.nspname NOT LIKE 'pg\_%'
      AND n.nspname NOT IN ('information_schema', 'architect', 'replay_truth');
    INSERT INTO replay_truth.old_columns
    SELECT a.attrelid, a.attnum, a.attname, a.attnotnull
    FROM replay_truth.old_tables AS o JOIN pg_attribute AS a ON a.attrelid = o.relation
    WHERE a.attnum > 0 AND NOT a.attisdropped;
    INSERT INTO replay_truth.old_indexes
    SELECT i.indexrelid, c.relfilenode
    FROM replay_truth.old_tables AS o JOIN pg_index AS i ON i.indrelid = o.relation JOIN pg_class AS c ON c.oid = i.indexrelid;
    FOR relation IN
        SELECT n.nspname, c.relname, CASE c.relkind WHEN 'p' THEN '' ELSE 'ONLY' END AS only,
               ARRAY(SELECT x.relname::text FROM pg_index AS i JOIN pg_class AS x ON x.oid = i.indexrelid WHERE i.indrelid = c.oid)
               AS indexes
        FROM replay_truth.old_tables AS o
        JOIN pg_class AS c ON c.oid = o.relation JOIN pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relkind IN ('r', 'p', 'm') AND c.relispopulated
    LOOP
        EXECUTE format('SELECT count(*) FROM (SELECT FROM %s %I.%I LIMIT 2) AS t', relation.only, relation.nspname, relation.relname)
        INTO rows;
        RETURN QUERY SELECT u.one, rows = 2 FROM unnest(relation.relname::text || relation.indexes) AS u (one);
    END LOOP;
    PERFORM pg_stat_force_next_flush();
END
$$;

-- After a statement: what it did. In a transaction block its own counters tell which rows it has read; outside of one those that the
-- session has handed in (after pg_stat_force_next_flush()).
CREATE FUNCTION replay_truth.observe(in_transaction boolean) RETURNS text[]
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    happened text[];
BEGIN
    WITH tables AS (
        SELECT o.relation, o.kind, c.oid, o.name IS DISTINCT FROM c.relname AS renamed, o.file IS DISTINCT FROM c.relfilenode AS rewritten,
               CASE WHEN in_transaction THEN pg_stat_get_xact_tuples_returned(o.relation)
                    ELSE pg_stat_get_tuples_returned(o.relation) END - o.rows_read AS rows_read
        FROM replay_truth.old_tables AS o LEFT JOIN pg_class AS c ON c.oid = o.relation
    ), columns AS (
        SELECT a.attisdropped AS dropped, o.name <> a.attname AS renamed, o.required AND NOT a.attnotnull AS nullable
        FROM replay_truth.old_columns AS o JOIN pg_attribute AS a ON a.attrelid = o.relation AND a.attnum = o.number
    ), facts (fact, holds) AS (
        SELECT 'table dropped', EXISTS (SELECT FROM tables WHERE oid IS NULL AND kind IN ('r', 'p'))
        UNION ALL SELECT 'table renamed', EXISTS (SELECT FROM tables WHERE oid IS NOT NULL AND renamed)
        UNION ALL SELECT 'rewritten', EXISTS (SELECT FROM tables WHERE oid IS NOT NULL AND rewritten)
        -- One row is what the guard may look at.
        UNION ALL SELECT 'rows read', EXISTS (SELECT FROM tables WHERE rows_read >= 2)
        UNION ALL SELECT 'column dropped', EXISTS (SELECT FROM columns WHERE dropped)
        UNION ALL SELECT 'column renamed', EXISTS (SELECT FROM columns WHERE NOT dropped AND renamed)
        UNION ALL SELECT 'NOT NULL dropped', EXISTS (SELECT FROM columns WHERE NOT dropped AND nullable)
        UNION ALL SELECT 'index dropped', EXISTS (
            SELECT FROM replay_truth.old_indexes AS o WHERE NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = o.index))
        -- ALTER COLUMN TYPE may make an index anew over the same file: nothing is built then.
        UNION ALL SELECT 'index built', EXISTS (
            SELECT FROM replay_truth.old_tables AS o
            JOIN pg_index AS i ON i.indrelid = o.relation JOIN pg_class AS c ON c.oid = i.indexrelid
            WHERE c.relkind = 'i' AND NOT EXISTS (SELECT FROM replay_truth.old_indexes AS old WHERE old.file = c.relfilenode))
    )
    SELECT coalesce(array_agg(fact), '{}') INTO happened FROM facts WHERE holds;

    DELETE FROM replay_truth.old_tables AS o WHERE NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = o.relation);
    UPDATE replay_truth.old_tables AS o SET name = c.relname, file = c.relfilenode, rows_read = c.rows_read
    FROM (SELECT oid, relname, relfilenode, CASE WHEN in_transaction THEN pg_stat_get_xact_tuples_returned(oid)
                 ELSE pg_stat_get_tuples_returned(oid) END AS rows_read FROM pg_class) AS c
    WHERE c.oid = o.relation AND (o.name, o.file, o.rows_read) IS DISTINCT FROM (c.relname, c.relfilenode, c.rows_read);
    DELETE FROM replay_truth.old_columns AS o
    WHERE NOT EXISTS (
        SELECT FROM pg_attribute AS a WHERE a.attrelid = o.relation AND a.attnum = o.number AND NOT a.attisdropped);
    UPDATE replay_truth.old_columns AS o SET name = a.attname, required = a.attnotnull
    FROM pg_attribute AS a
    WHERE a.attrelid = o.relation AND a.attnum = o.number AND (o.name, o.required) IS DISTINCT FROM (a.attname, a.attnotnull);
    DELETE FROM replay_truth.old_indexes AS o
    WHERE NOT EXISTS (SELECT FROM pg_class AS c WHERE c.oid = o.index AND c.relfilenode = o.file);
    INSERT INTO replay_truth.old_indexes
    SELECT i.indexrelid, c.relfilenode
    FROM replay_truth.old_tables AS o JOIN pg_index AS i ON i.indrelid = o.relation JOIN pg_class AS c ON c.oid = i.indexrelid
    ON CONFLICT DO NOTHING;
    RETURN happened;
END
$$;
GRANT EXECUTE ON FUNCTION replay_truth.observe(boolean) TO PUBLIC;
