-- What tables store besides what pg_class says: TOAST, a detach that was not finished; and their cumulative statistics.
-- (pg_stat_all_tables adds up the indexes for each table, and joins; the functions below are what it calls.) $1: the tables, NULL
-- for all.
SELECT c.oid,
       (pg_catalog.has_table_privilege(c.oid, 'SELECT') OR pg_catalog.has_any_column_privilege(c.oid, 'SELECT'))
           AND NOT (c.relrowsecurity AND pg_catalog.row_security_active(c.oid)) AS statistics_visible,
       t.reltuples AS toast_chunks,
       CASE WHEN t.relfrozenxid <> '0' THEN pg_catalog.age(t.relfrozenxid) END AS toast_xid_age,
       CASE WHEN t.relminmxid <> '0' THEN pg_catalog.mxid_age(t.relminmxid) END AS toast_multixact_age,
       pg_catalog.pg_stat_get_live_tuples(t.oid) AS toast_live,
       pg_catalog.pg_stat_get_dead_tuples(t.oid) AS toast_dead,
       COALESCE(i.pending, false) AS detach_pending,
       pg_catalog.pg_stat_get_numscans(c.oid) AS sequential_scans,
       pg_catalog.pg_stat_get_tuples_returned(c.oid) AS sequential_rows,
       pg_catalog.pg_stat_get_tuples_fetched(c.oid) AS index_rows,
       pg_catalog.pg_stat_get_tuples_inserted(c.oid) AS inserted,
       pg_catalog.pg_stat_get_tuples_updated(c.oid) AS updated,
       pg_catalog.pg_stat_get_tuples_deleted(c.oid) AS deleted,
       pg_catalog.pg_stat_get_tuples_hot_updated(c.oid) AS hot_updated,
       pg_catalog.pg_stat_get_tuples_newpage_updated(c.oid) AS newpage_updated, -- since 16
       NULL::pg_catalog.int8 AS newpage_updated, -- until 15
       pg_catalog.pg_stat_get_live_tuples(c.oid) AS live,
       pg_catalog.pg_stat_get_dead_tuples(c.oid) AS dead,
       pg_catalog.pg_stat_get_mod_since_analyze(c.oid) AS modified_since_analyze,
       pg_catalog.pg_stat_get_ins_since_vacuum(c.oid) AS inserted_since_vacuum,
       EXTRACT(epoch FROM GREATEST(pg_catalog.pg_stat_get_last_vacuum_time(c.oid),
                                   pg_catalog.pg_stat_get_last_autovacuum_time(c.oid)))::pg_catalog.float8 AS last_vacuum,
       EXTRACT(epoch FROM GREATEST(pg_catalog.pg_stat_get_last_analyze_time(c.oid),
                                   pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid)))::pg_catalog.float8 AS last_analyze,
       EXTRACT(epoch FROM pg_catalog.pg_stat_get_lastscan(c.oid))::pg_catalog.float8 AS last_sequential_scan, -- since 16
       NULL::pg_catalog.float8 AS last_sequential_scan, -- until 15
       pg_catalog.pg_stat_get_blocks_fetched(c.oid) AS blocks_fetched,
       pg_catalog.pg_stat_get_blocks_hit(c.oid) AS blocks_hit
FROM pg_catalog.pg_class AS c
LEFT JOIN pg_catalog.pg_class AS t ON t.oid = c.reltoastrelid
LEFT JOIN (
    SELECT i.inhrelid, pg_catalog.bool_or(i.inhdetachpending) AS pending FROM pg_catalog.pg_inherits AS i GROUP BY i.inhrelid
) AS i ON i.inhrelid = c.oid
WHERE c.relkind IN ('r', 'm', 'p')
  AND c.oid >= 16384
  AND c.relpersistence <> 't'
  AND ($1::pg_catalog.oid[] IS NULL OR c.oid = ANY ($1))
