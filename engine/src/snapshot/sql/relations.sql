-- Every relation, with its cumulative statistics: tables, views, sequences and composite types, and beside them indexes, TOAST
-- tables and (for the ages that hold the database back) those of the system. pg_class is read this once: reading it costs more
-- than what is asked of its rows. What other catalogs know of relations (schemas, comments, extensions, locks) is read once for all
-- and looked up by whoever builds the facts: a look-up there costs a tenth of a join here, and so does planning it.
-- (pg_stat_all_tables adds up the indexes for each table, and joins; the functions below are what it calls.) $1: the relations
-- with their indexes and TOAST tables, NULL for all.
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
       -- Of tables, and of indexes.
       pg_catalog.pg_stat_get_numscans(c.counted) AS scans,
       pg_catalog.pg_stat_get_tuples_returned(c.counted) AS returned,
       pg_catalog.pg_stat_get_tuples_fetched(c.counted) AS fetched,
       EXTRACT(epoch FROM pg_catalog.pg_stat_get_lastscan(c.counted))::pg_catalog.float8 AS last_scan, -- since 16
       NULL::pg_catalog.float8 AS last_scan, -- until 15
       pg_catalog.pg_stat_get_blocks_fetched(c.counted) AS blocks_fetched,
       pg_catalog.pg_stat_get_blocks_hit(c.counted) AS blocks_hit,
       -- Of tables, and of TOAST tables.
       pg_catalog.pg_stat_get_live_tuples(c.holding) AS live,
       pg_catalog.pg_stat_get_dead_tuples(c.holding) AS dead,
       -- Of tables.
       ((SELECT r.rolsuper FROM pg_catalog.pg_roles AS r WHERE r.rolname = CURRENT_USER)
        OR pg_catalog.has_table_privilege(c.table_oid, 'SELECT') OR pg_catalog.has_any_column_privilege(c.table_oid, 'SELECT'))
           AND NOT (c.relrowsecurity AND pg_catalog.row_security_active(c.table_oid)) AS statistics_visible,
       pg_catalog.pg_stat_get_tuples_inserted(c.table_oid) AS inserted,
       pg_catalog.pg_stat_get_tuples_updated(c.table_oid) AS updated,
       pg_catalog.pg_stat_get_tuples_deleted(c.table_oid) AS deleted,
       pg_catalog.pg_stat_get_tuples_hot_updated(c.table_oid) AS hot_updated,
       pg_catalog.pg_stat_get_tuples_newpage_updated(c.table_oid) AS newpage, -- since 16
       NULL::pg_catalog.int8 AS newpage, -- until 15
       pg_catalog.pg_stat_get_mod_since_analyze(c.table_oid) AS modified_since_analyze,
       pg_catalog.pg_stat_get_ins_since_vacuum(c.table_oid) AS inserted_since_vacuum,
       EXTRACT(epoch FROM GREATEST(pg_catalog.pg_stat_get_last_vacuum_time(c.table_oid),
                                   pg_catalog.pg_stat_get_last_autovacuum_time(c.table_oid)))::pg_catalog.float8 AS last_vacuum,
       EXTRACT(epoch FROM GREATEST(pg_catalog.pg_stat_get_last_analyze_time(c.table_oid),
                                   pg_catalog.pg_stat_get_last_autoanalyze_time(c.table_oid)))::pg_catalog.float8 AS last_analyze
FROM (
    -- Which of the functions count for a relation is found out once: they give NULL for NULL. OFFSET 0 keeps the planner from
    -- writing the conditions into each call.
    SELECT p.*,
           CASE p.relkind WHEN 'r' THEN p.oid WHEN 'm' THEN p.oid WHEN 'p' THEN p.oid WHEN 'I' THEN p.oid
                -- The indexes of TOAST tables (pg_toast is 99) are not judged.
                WHEN 'i' THEN CASE WHEN p.relnamespace <> 99 THEN p.oid END
           END AS counted,
           CASE p.relkind WHEN 'r' THEN p.oid WHEN 'm' THEN p.oid WHEN 'p' THEN p.oid WHEN 't' THEN p.oid END AS holding,
           CASE p.relkind WHEN 'r' THEN p.oid WHEN 'm' THEN p.oid WHEN 'p' THEN p.oid END AS table_oid
    FROM pg_catalog.pg_class AS p
    WHERE $1::pg_catalog.oid[] IS NULL OR p.oid = ANY ($1)
    OFFSET 0
) AS c
