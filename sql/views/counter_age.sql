-- The file is written when the database is made and never again. A function of its own, because the right to call pg_stat_file is
-- checked before a query begins, even where CASE leaves it out.
CREATE FUNCTION architect.database_created() RETURNS timestamp with time zone
    LANGUAGE sql STABLE PARALLEL SAFE
    SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT (pg_catalog.pg_stat_file(
            pg_catalog.regexp_replace(pg_catalog.pg_relation_filepath('pg_catalog.pg_class'), '[^/]+$', 'PG_VERSION'), true)).modification
    $$;

COMMENT ON FUNCTION architect.database_created() IS 'When this database was made, by its first file; needs the right to call pg_stat_file';
REVOKE ALL ON FUNCTION architect.database_created() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION architect.database_created() TO pg_monitor;

-- Crash recovery throws all counters away, leaves the database's reset time NULL and stamps those of the whole server with the
-- time of it; a reset by hand can only make these later. So the oldest of them is when counting began for whoever has no reset of
-- their own. A database that was made (or restored) later counts from then.
CREATE VIEW architect.counter_age WITH (security_invoker = true) AS
WITH began AS MATERIALIZED (
    SELECT d.stats_reset AS database_reset,
           least((SELECT b.stats_reset FROM pg_catalog.pg_stat_bgwriter b),
                 (SELECT a.stats_reset FROM pg_catalog.pg_stat_archiver a),
                 (SELECT w.stats_reset FROM pg_catalog.pg_stat_wal w)) AS server_reset,
           CASE WHEN pg_catalog.has_function_privilege('pg_catalog.pg_stat_file(text,boolean)', 'EXECUTE')
                THEN architect.database_created() END AS created
    FROM pg_catalog.pg_stat_database d
    WHERE d.datname = pg_catalog.current_database()
), seen AS MATERIALIZED (
    -- Who may not ask the file: the database is at least as old as the oldest thing that is known to have happened in it.
    SELECT b.*,
           CASE WHEN b.created IS NULL
                THEN coalesce(
                    least((SELECT pg_catalog.min(a.armed_at) FROM architect.armed a
                           JOIN pg_catalog.pg_database d ON d.oid = a.database_oid AND d.datname = pg_catalog.current_database()),
                          (SELECT pg_catalog.min(least(pg_catalog.pg_stat_get_last_vacuum_time(c.oid), pg_catalog.pg_stat_get_last_autovacuum_time(c.oid),
                                            pg_catalog.pg_stat_get_last_analyze_time(c.oid), pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid)))
                           FROM pg_catalog.pg_class c WHERE c.relkind IN ('r', 't', 'm'))),
                    pg_catalog.now())
           END AS known_since
    FROM began b
)
SELECT s.since AS counters_since,
       pg_catalog.now() - s.since AS counter_age,
       CASE s.since
           WHEN s.database_reset THEN 'reset of the database''s counters'
           WHEN s.created THEN 'creation of the database'
           WHEN s.known_since THEN 'oldest trace of the database; its creation cannot be seen'
           ELSE 'start of counting on this server (first start, or crash recovery)'
       END AS began_with,
       pg_catalog.pg_postmaster_start_time() AS server_started,
       pg_catalog.current_setting('track_counts')::boolean AS counting
FROM (SELECT s.*, greatest(coalesce(s.database_reset, s.server_reset, pg_catalog.pg_postmaster_start_time()),
                           coalesce(s.created, s.known_since)) AS since
      FROM seen s) AS s;

COMMENT ON VIEW architect.counter_age IS 'Since when the statistics counters of this database count, at the least: one row';
COMMENT ON COLUMN architect.counter_age.counters_since IS 'Counters cover the time from here on; they may cover more, never less';
COMMENT ON COLUMN architect.counter_age.counter_age IS 'How long that is';
COMMENT ON COLUMN architect.counter_age.began_with IS 'What the time is taken from';
COMMENT ON COLUMN architect.counter_age.server_started IS 'When the server was started; a clean restart keeps counters';
COMMENT ON COLUMN architect.counter_age.counting IS 'Whether track_counts is on now';
GRANT SELECT ON architect.counter_age TO pg_monitor;
