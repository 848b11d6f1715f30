-- Level by level, each constraint once: a walk of all paths would grow exponentially where cascades form a mesh. A join inside one
-- recursive query cannot keep what was seen, hence PL/pgSQL.
CREATE FUNCTION architect.cascade_fanout("table" text) RETURNS TABLE (
    depth integer,
    path text[],
    table_name text,
    constraint_name text,
    constraint_columns text[],
    child_rows bigint,
    rows_per_deleted_row numeric,
    indexed boolean,
    index_name text,
    returns boolean,
    state text,
    reason text
)
    LANGUAGE plpgsql STABLE SECURITY INVOKER PARALLEL SAFE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $function$
#variable_conflict use_column
DECLARE
    names text[] := pg_catalog.parse_ident("table");
    start oid;
    edges jsonb;
    above jsonb;
    seen oid[] := '{}';
    level integer := 0;
    -- What is to be walked from next: tables that lose rows, each with its path and how many rows go per row deleted at the top.
    front jsonb;
BEGIN
    IF pg_catalog.cardinality(names) = 1 THEN
        -- This function's search_path is pinned, so that of the caller is not known: a bare name must be the only one.
        SELECT CASE WHEN pg_catalog.count(*) = 1 THEN pg_catalog.min(c.oid::bigint)::oid END INTO start
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE c.relname = names[1] AND c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
            AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast');
    ELSIF pg_catalog.cardinality(names) = 2 THEN
        SELECT c.oid INTO start
        FROM pg_catalog.pg_class AS c
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = names[1] AND c.relname = names[2] AND c.relkind IN ('r', 'p');
    END IF;
    IF start IS NULL THEN
        RAISE EXCEPTION USING
            ERRCODE = 'undefined_table',
            MESSAGE = pg_catalog.format('there is no one table "%s"', "table"),
            HINT = 'Write schema.table, as it is spelled in SQL.';
    END IF;

    -- Partitions: a row of a partitioned table lies in a leaf, and goes by references to the leaf and to all above it.
    WITH RECURSIVE up AS (
        SELECT i.inhrelid AS member, i.inhparent AS ancestor
        FROM pg_catalog.pg_inherits AS i
        JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent AND p.relkind = 'p'
        UNION
        SELECT up.member, i.inhparent
        FROM up
        JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = up.ancestor
    )
    SELECT coalesce(pg_catalog.jsonb_object_agg(pair.oid::text, pair.others), '{}') INTO above
    FROM (
        SELECT kin.oid, pg_catalog.jsonb_agg(DISTINCT kin.other) AS others
        FROM (
            SELECT up.member AS oid, up.ancestor::bigint AS other FROM up
            UNION ALL
            SELECT up.ancestor, up.member::bigint FROM up
        ) AS kin
        GROUP BY kin.oid
    ) AS pair;

    SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.to_jsonb(r)), '[]') INTO edges
    FROM architect.relationship_catalog AS r
    WHERE r.on_delete = 'CASCADE' AND r.validity <> 'not enforced';

    SELECT pg_catalog.jsonb_build_array(pg_catalog.jsonb_build_object(
        'oid', c.oid::bigint,
        'path', pg_catalog.jsonb_build_array(pg_catalog.format('%I.%I', n.nspname, c.relname)),
        'oids', pg_catalog.jsonb_build_array(c.oid::bigint),
        'ratio', 1))
    INTO front
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.oid = start;
    -- DELETE takes the rows of tables that inherit along; a cascade, further down, does not.
    WITH RECURSIVE heir AS (
        SELECT i.inhrelid FROM pg_catalog.pg_inherits AS i WHERE i.inhparent = start
        UNION
        SELECT i.inhrelid FROM heir JOIN pg_catalog.pg_inherits AS i ON i.inhparent = heir.inhrelid
    )
    SELECT front || coalesce(pg_catalog.jsonb_agg(front -> 0 || pg_catalog.jsonb_build_object('oid', h.inhrelid::bigint)), '[]')
    INTO front
    FROM heir AS h
    JOIN pg_catalog.pg_class AS c ON c.oid = h.inhrelid AND NOT c.relispartition;

    WHILE pg_catalog.jsonb_array_length(front) > 0 LOOP
        level := level + 1;
        DECLARE
            step record;
            next jsonb := '[]';
        BEGIN
            FOR step IN
                SELECT DISTINCT ON (e.constraint_oid)
                    e.*,
                    pg_catalog.format('%I.%I', e.child_schema, e.child_table) AS child,
                    ARRAY(SELECT pg_catalog.jsonb_array_elements_text(f.path)) AS way,
                    f.path AS walked,
                    f.oids,
                    f.oids @> pg_catalog.to_jsonb(e.child_oid::bigint) AS back,
                    CASE WHEN e.parent_rows > 0 THEN f.ratio * e.child_rows / e.parent_rows END AS share
                FROM pg_catalog.jsonb_to_recordset(front) AS f (oid bigint, path jsonb, oids jsonb, ratio numeric)
                CROSS JOIN LATERAL (
                    SELECT f.oid AS reached
                    UNION ALL
                    SELECT o.value::bigint FROM pg_catalog.jsonb_array_elements_text(coalesce(above -> f.oid::text, '[]')) AS o
                ) AS t
                JOIN pg_catalog.jsonb_to_recordset(edges) AS e (
                    constraint_oid bigint, constraint_name text, child_oid bigint, parent_oid bigint, child_schema text,
                    child_table text, child_columns jsonb, child_rows bigint, parent_rows bigint, index_name text
                ) ON e.parent_oid = t.reached
                WHERE NOT e.constraint_oid::oid = ANY (seen)
                ORDER BY e.constraint_oid, f.path::text
            LOOP
                seen := seen || step.constraint_oid::oid;
                depth := level;
                path := step.way || step.child;
                table_name := step.child;
                constraint_name := step.constraint_name;
                constraint_columns := ARRAY(SELECT pg_catalog.jsonb_array_elements_text(step.child_columns));
                child_rows := step.child_rows;
                rows_per_deleted_row := pg_catalog.round(step.share, 2);
                indexed := step.index_name IS NOT NULL;
                index_name := step.index_name;
                returns := step.back;
                state := CASE WHEN indexed THEN 'ok' ELSE 'warning' END;
                reason := nullif(pg_catalog.concat_ws('; ',
                    CASE WHEN NOT indexed THEN 'no index serves the cascade: each deleted row scans this table' END,
                    CASE WHEN returns THEN 'leads back to a table of its own path: how many rows go depends on the data' END), '');
                RETURN NEXT;
                -- A table on its own path is not walked again: what it leads to was told, or is about to be.
                IF NOT step.back THEN
                    next := next || pg_catalog.jsonb_build_object(
                        'oid', step.child_oid,
                        'path', pg_catalog.to_jsonb(path),
                        'oids', step.oids || pg_catalog.to_jsonb(step.child_oid),
                        'ratio', step.share);
                END IF;
            END LOOP;
            front := next;
        END;
    END LOOP;
END
$function$;

COMMENT ON FUNCTION architect.cascade_fanout(text) IS 'What a DELETE in a table takes along by ON DELETE CASCADE: each constraint once, on its shortest path, with estimated rows and whether an index serves it';

REVOKE ALL ON FUNCTION architect.cascade_fanout(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION architect.cascade_fanout(text) TO pg_monitor;
