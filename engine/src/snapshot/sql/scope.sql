-- The relations to judge, and those that they are related to (foreign keys, partitions, inheritance), which are read along.
-- $1 schema, $2 relation: NULL for all.
WITH RECURSIVE wanted AS (
    SELECT c.oid
    FROM pg_catalog.pg_class AS c
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f', 'm', 'v', 'S', 'c')
      AND ($1::pg_catalog.text IS NULL OR n.nspname = $1)
      AND ($2::pg_catalog.text IS NULL OR c.relname = $2)
),
tree (oid) AS (
    SELECT oid FROM wanted
    UNION
    SELECT step.oid
    FROM tree
    CROSS JOIN LATERAL (
        SELECT i.inhparent FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = tree.oid
        UNION ALL
        SELECT i.inhrelid FROM pg_catalog.pg_inherits AS i WHERE i.inhparent = tree.oid
    ) AS step (oid)
),
related AS (
    SELECT k.confrelid AS oid
    FROM pg_catalog.pg_constraint AS k
    JOIN wanted AS w ON w.oid = k.conrelid
    WHERE k.contype = 'f'
    UNION
    SELECT k.conrelid
    FROM pg_catalog.pg_constraint AS k
    JOIN wanted AS w ON w.oid = k.confrelid
    WHERE k.contype = 'f'
    UNION
    SELECT d.refobjid
    FROM pg_catalog.pg_depend AS d
    JOIN wanted AS w ON w.oid = d.objid
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.deptype IN ('a', 'i')
    UNION
    SELECT d.objid
    FROM pg_catalog.pg_depend AS d
    JOIN wanted AS w ON w.oid = d.refobjid
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.deptype IN ('a', 'i')
)
SELECT every.oid, pg_catalog.bool_or(every.judged) AS judged
FROM (
    SELECT oid, true FROM wanted
    UNION ALL
    SELECT oid, false FROM tree
    UNION ALL
    SELECT oid, false FROM related
) AS every (oid, judged)
JOIN pg_catalog.pg_class AS c ON c.oid = every.oid
WHERE c.relkind IN ('r', 'p', 'f', 'm', 'v', 'S', 'c')
GROUP BY every.oid
