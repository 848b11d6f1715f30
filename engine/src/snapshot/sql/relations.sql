-- Every relation: tables, views, sequences and composite types, and beside them indexes, TOAST tables and (for the ages that hold
-- the database back) those of the system. pg_class is read this once: reading it costs more than what is asked of its rows. What
-- other catalogs know of relations (schemas, comments, extensions, locks) is read once for all and looked up by whoever builds the
-- facts: a look-up there costs a tenth of a join here, and so does planning it. $1: the relations with their indexes and TOAST
-- tables, NULL for all.
SELECT c.oid,
       c.relnamespace,
       c.relname,
       c.relkind,
       c.relpersistence,
       c.relpages,
       c.reltuples,
       CASE WHEN c.relfrozenxid <> '0' THEN pg_catalog.age(c.relfrozenxid) END AS xid_age,
       CASE WHEN c.relminmxid <> '0' THEN pg_catalog.mxid_age(c.relminmxid) END AS multixact_age,
       c.reloptions,
       c.relam,
       c.relispartition,
       c.relowner,
       c.relallvisible,
       c.relnatts,
       c.reltoastrelid,
       CASE WHEN c.relispartition AND c.relpartbound IS NOT NULL THEN pg_catalog.pg_get_expr(c.relpartbound, 0) END AS bound,
       c.relrowsecurity,
       c.relforcerowsecurity,
       c.relreplident,
       c.reltablespace,
       c.relacl IS NOT NULL AS granted,
       0 AS relallfrozen, -- until 17
       c.relallfrozen, -- since 18
       CASE WHEN c.relkind IN ('r', 'm', 'p') THEN
           ((SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER)
            OR pg_catalog.has_table_privilege(c.oid, 'SELECT') OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT'))
               AND NOT (c.relrowsecurity AND pg_catalog.row_security_active(c.oid))
       END AS statistics_visible
FROM pg_catalog.pg_class AS c
WHERE $1::pg_catalog.oid[] IS NULL OR c.oid = ANY ($1)
