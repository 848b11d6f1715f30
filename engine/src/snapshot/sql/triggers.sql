-- The triggers that somebody made, and the internal ones that do not fire as usual: a constraint is no better than they are.
-- $1: the tables, NULL for all.
WITH fired AS MATERIALIZED (
    SELECT t.*
    FROM pg_catalog.pg_trigger AS t
    WHERE t.tgrelid >= 16384
      AND (NOT t.tgisinternal OR t.tgenabled <> 'O')
      AND ($1::pg_catalog.oid[] IS NULL OR t.tgrelid = ANY ($1))
),
functions AS MATERIALIZED (
    SELECT f.oid,
           n.nspname,
           f.proname,
           -- The columns that the function gives a value: NEW.column := ..., SELECT ... INTO NEW.column.
           ARRAY(
               SELECT DISTINCT m.part[1]
               FROM pg_catalog.regexp_matches(
                   pg_catalog.lower(f.prosrc),
                   '(?:into\s+)?\mnew\s*\.\s*"?([a-z_][a-z0-9_$]*)"?\s*(?::?=(?!=)|;|\sfrom\M)', 'g') AS m (part)
           ) AS assigns,
           -- What cannot be told from the text: other languages, the row as a whole, dynamic SQL.
           l.lanname <> 'plpgsql' OR f.prosrc ~* 'populate_record|#=|\mexecute\M|\mnew\s*:?=|into\s+new\M\s*[^.]' AS opaque
    FROM pg_catalog.pg_proc AS f
    JOIN pg_catalog.pg_namespace AS n ON n.oid = f.pronamespace
    JOIN pg_catalog.pg_language AS l ON l.oid = f.prolang
    WHERE f.oid IN (SELECT t.tgfoid FROM fired AS t WHERE NOT t.tgisinternal)
)
SELECT t.tgrelid,
       t.oid,
       t.tgname,
       t.tgfoid,
       COALESCE(f.nspname, '') AS function_schema,
       COALESCE(f.proname, '') AS function_name,
       t.tgenabled,
       t.tgtype,
       t.tgqual IS NOT NULL AS conditional,
       t.tgparentid <> 0 AS inherited,
       t.tgisinternal,
       t.tgconstraint,
       t.tgattr::pg_catalog.int2[] AS columns,
       f.assigns,
       COALESCE(f.opaque, true) AS opaque
FROM fired AS t
LEFT JOIN functions AS f ON f.oid = t.tgfoid
ORDER BY t.tgrelid, t.tgname
