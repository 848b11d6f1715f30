-- The constraints of tables. $1: the tables, NULL for all; $2: relations that are locked.
SELECT k.oid,
       k.conname,
       k.contype,
       k.conrelid,
       k.confrelid,
       k.conindid,
       k.conparentid,
       k.condeferrable,
       k.condeferred,
       k.convalidated,
       k.conenforced, -- since 18
       true AS conenforced, -- until 17
       k.connoinherit,
       k.coninhcount,
       k.conkey,
       k.confkey,
       k.confupdtype,
       k.confdeltype,
       k.confmatchtype,
       k.confdelsetcols,
       k.conpfeqop,
       CASE WHEN k.contype <> 'c' THEN NULL
            WHEN NOT k.conrelid = ANY ($2) THEN pg_catalog.pg_get_expr(k.conbin, k.conrelid)
            ELSE '' END AS expression
FROM pg_catalog.pg_constraint AS k
WHERE k.conrelid >= 16384
  AND (k.contype <> 'n' OR NOT k.convalidated)
  AND ($1::pg_catalog.oid[] IS NULL OR k.conrelid = ANY ($1))
