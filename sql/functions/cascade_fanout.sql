-- Each constraint once: a walk of all paths would grow exponentially where cascades form a mesh.
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
    -- Compiling this query takes longer than running it.
    SET jit = off
    AS $function$
#variable_conflict use_column
DECLARE
    names text[] := pg_catalog.parse_ident("table");
    start oid;
BEGIN
    IF "table" IS NULL THEN
        RETURN;
    END IF;
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

    RETURN QUERY
    -- Whole and then filtered: with the filter inside, the planner takes the relationships to be few, and compares each with each.
    WITH RECURSIVE relationship AS MATERIALIZED (
        SELECT r.* FROM architect.relationship_catalog AS r
    ), edge AS MATERIALIZED (
        SELECT r.*, pg_catalog.format('%I.%I', r.child_schema, r.child_table) AS child
        FROM relationship AS r
        WHERE r.on_delete = 'CASCADE' AND r.validity <> 'not enforced'
    ), up AS (
        SELECT i.inhrelid AS member, i.inhparent AS ancestor
        FROM pg_catalog.pg_inherits AS i
        JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent AND p.relkind = 'p'
        UNION
        SELECT u.member, i.inhparent
        FROM up AS u
        JOIN pg_catalog.pg_inherits AS i ON i.inhrelid = u.ancestor
    ), heir AS (
        -- DELETE takes the rows of tables that inherit along; a cascade, further down, does not.
        SELECT start AS oid
        UNION
        SELECT i.inhrelid
        FROM heir AS h
        JOIN pg_catalog.pg_inherits AS i ON i.inhparent = h.oid
        JOIN pg_catalog.pg_class AS c ON c.oid = i.inhrelid AND NOT c.relispartition
    ), node AS (
        SELECT h.oid FROM heir AS h
        UNION
        SELECT e.child_oid FROM edge AS e
    ), link AS MATERIALIZED (
        -- A row of a partitioned table lies in a leaf, and goes by references to the leaf and to all above it.
        SELECT k.oid AS origin, e.child_oid AS target, e.constraint_oid
        FROM (
            SELECT n.oid, n.oid AS other FROM node AS n
            UNION
            SELECT n.oid, u.ancestor FROM node AS n JOIN up AS u ON u.member = n.oid
            UNION
            SELECT n.oid, u.member FROM node AS n JOIN up AS u ON u.ancestor = n.oid
        ) AS k
        JOIN edge AS e ON e.parent_oid = k.other
    ), reached AS (
        -- UNION drops what was seen on any path: that ends circles, and keeps a mesh linear.
        SELECT h.oid FROM heir AS h
        UNION
        SELECT l.target FROM reached AS r JOIN link AS l ON l.origin = r.oid
    ), visit AS MATERIALIZED (
        -- They come level by level, so the first way to a table is a shortest one.
        SELECT r.oid, pg_catalog.row_number() OVER () AS place FROM reached AS r
    ), first_way AS MATERIALIZED (
        SELECT DISTINCT ON (l.target) l.target, l.origin, l.constraint_oid
        FROM link AS l
        JOIN visit AS v ON v.oid = l.origin
        WHERE l.target <> l.origin AND NOT EXISTS (SELECT FROM heir AS h WHERE h.oid = l.target)
        ORDER BY l.target, v.place, l.constraint_oid
    ), walk AS (
        SELECT h.oid, 0 AS depth, ARRAY[pg_catalog.format('%I.%I', n.nspname, c.relname)] AS path, ARRAY[start, h.oid] AS oids, 1::numeric AS share
        FROM heir AS h
        JOIN pg_catalog.pg_class AS c ON c.oid = start
        JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        UNION ALL
        SELECT f.target, w.depth + 1, w.path || e.child, w.oids || f.target,
            CASE WHEN e.parent_rows > 0 THEN w.share * e.child_rows / e.parent_rows END
        FROM walk AS w
        JOIN first_way AS f ON f.origin = w.oid
        JOIN edge AS e ON e.constraint_oid = f.constraint_oid
    ), told AS (
        SELECT DISTINCT ON (l.constraint_oid) l.constraint_oid, l.origin
        FROM link AS l
        JOIN visit AS v ON v.oid = l.origin
        ORDER BY l.constraint_oid, v.place
    )
    SELECT
        w.depth + 1,
        w.path || e.child,
        e.child,
        e.constraint_name::text,
        e.child_columns::text[],
        e.child_rows,
        CASE WHEN e.parent_rows > 0 THEN pg_catalog.round(w.share * e.child_rows / e.parent_rows, 2) END,
        e.index_name IS NOT NULL,
        e.index_name::text,
        e.child_oid = ANY (w.oids),
        CASE WHEN e.index_name IS NOT NULL THEN 'ok' ELSE 'warning' END,
        nullif(pg_catalog.concat_ws('; ',
            CASE WHEN e.index_name IS NULL THEN 'no index serves the cascade: each deleted row scans this table' END,
            CASE WHEN e.child_oid = ANY (w.oids) THEN 'leads back to a table of its own path: how many rows go depends on the data' END), '')
    FROM told AS t
    JOIN edge AS e ON e.constraint_oid = t.constraint_oid
    JOIN walk AS w ON w.oid = t.origin
    ORDER BY w.depth, w.path || e.child, e.constraint_name;
END
$function$;

COMMENT ON FUNCTION architect.cascade_fanout(text) IS 'What a DELETE in a table takes along by ON DELETE CASCADE: each constraint once, on its shortest path, with estimated rows and whether an index serves it';

REVOKE ALL ON FUNCTION architect.cascade_fanout(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION architect.cascade_fanout(text) TO pg_monitor;
