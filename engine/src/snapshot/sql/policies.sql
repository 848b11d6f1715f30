-- Row security policies. pg_get_expr opens the table and every other one that the expression reads: where another session has one of
-- them locked, the expressions are left out. $1: the tables, NULL for all.
WITH locked AS MATERIALIZED (
    SELECT DISTINCT l.relation
    FROM pg_catalog.pg_locks AS l
    WHERE l.locktype = 'relation' AND l.mode = 'AccessExclusiveLock' AND l.pid <> pg_catalog.pg_backend_pid()
      AND l.database = (SELECT d.oid FROM pg_catalog.pg_database AS d WHERE d.datname = pg_catalog.current_database())
), policy AS (
    SELECT p.*,
           EXISTS (
               SELECT FROM pg_catalog.pg_depend AS d
               JOIN locked AS l ON l.relation = d.refobjid
               WHERE d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND d.objid = p.oid
                 AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
           ) AS hidden
    FROM pg_catalog.pg_policy AS p
    WHERE ($1::pg_catalog.oid[] IS NULL OR p.polrelid = ANY ($1))
)
SELECT p.polrelid,
       p.polname,
       p.polcmd,
       p.polpermissive,
       p.polroles,
       CASE WHEN NOT p.hidden THEN pg_catalog.pg_get_expr(p.polqual, p.polrelid) END AS using_sql,
       CASE WHEN NOT p.hidden THEN pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) END AS check_sql,
       pg_catalog.concat_ws(' ', p.polqual, p.polwithcheck) AS tree,
       p.hidden
FROM policy AS p
