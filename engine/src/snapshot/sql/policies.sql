-- Row security policies. pg_get_expr opens the table: $2 are those that another session has locked, whose expressions are left out.
-- $1: the tables, NULL for all.
SELECT p.polrelid,
       p.polname,
       p.polcmd,
       p.polpermissive,
       p.polroles,
       CASE WHEN NOT p.polrelid = ANY ($2::pg_catalog.oid[]) THEN pg_catalog.pg_get_expr(p.polqual, p.polrelid) END AS using_sql,
       CASE WHEN NOT p.polrelid = ANY ($2) THEN pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) END AS check_sql,
       pg_catalog.concat_ws(' ', p.polqual, p.polwithcheck) AS tree
FROM pg_catalog.pg_policy AS p
WHERE ($1::pg_catalog.oid[] IS NULL OR p.polrelid = ANY ($1))
