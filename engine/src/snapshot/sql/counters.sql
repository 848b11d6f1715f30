-- The cumulative statistics of relations, for whoever is not the server itself, which looks them up. (pg_stat_all_tables adds up the
-- indexes for each table, and joins; the functions below are what it calls.) $1: the relations with their indexes and TOAST tables,
-- NULL for all.
SELECT c.oid,
       -- Of tables, and of indexes.
       pg_catalog.pg_stat_get_numscans(c.oid) AS scans,
       pg_catalog.pg_stat_get_tuples_returned(c.oid) AS returned,
       pg_catalog.pg_stat_get_tuples_fetched(c.oid) AS fetched,
       EXTRACT(epoch FROM pg_catalog.pg_stat_get_lastscan(c.oid))::pg_catalog.float8 AS last_scan, -- since 16
       NULL::pg_catalog.float8 AS last_scan, -- until 15
       pg_catalog.pg_stat_get_blocks_fetched(c.oid) AS blocks_fetched,
       pg_catalog.pg_stat_get_blocks_hit(c.oid) AS blocks_hit,
       -- Of tables, and of TOAST tables.
       pg_catalog.pg_stat_get_live_tuples(c.oid) AS live,
       pg_catalog.pg_stat_get_dead_tuples(c.oid) AS dead,
       -- Of tables.
       pg_catalog.pg_stat_get_tuples_inserted(c.oid) AS inserted,
       pg_catalog.pg_stat_get_tuples_updated(c.oid) AS updated,
       pg_catalog.pg_stat_get_tuples_deleted(c.oid) AS deleted,
       pg_catalog.pg_stat_get_tuples_hot_updated(c.oid) AS hot_updated,
       pg_catalog.pg_stat_get_tuples_newpage_updated(c.oid) AS newpage, -- since 16
       NULL::pg_catalog.int8 AS newpage, -- until 15
       pg_catalog.pg_stat_get_mod_since_analyze(c.oid) AS modified_since_analyze,
       pg_catalog.pg_stat_get_ins_since_vacuum(c.oid) AS inserted_since_vacuum,
       EXTRACT(epoch FROM GREATEST(pg_catalog.pg_stat_get_last_vacuum_time(c.oid),
                                   pg_catalog.pg_stat_get_last_autovacuum_time(c.oid)))::pg_catalog.float8 AS last_vacuum,
       EXTRACT(epoch FROM GREATEST(pg_catalog.pg_stat_get_last_analyze_time(c.oid),
                                   pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid)))::pg_catalog.float8 AS last_analyze
FROM pg_catalog.pg_class AS c
WHERE c.relkind IN ('r', 'm', 'p', 't', 'i', 'I')
  AND c.oid >= 16384
  AND ($1::pg_catalog.oid[] IS NULL OR c.oid = ANY ($1))
