-- The body is bound when it is made (BEGIN ATOMIC) and not by a pinned search_path: the script is judged in the caller's own.
CREATE FUNCTION architect.safe_now(sql text, max_blocking interval DEFAULT '1 second') RETURNS TABLE (
    safe boolean,
    reason text,
    blockers jsonb,
    waits_for_pid integer,
    waits_for_age interval,
    replicas jsonb,
    writes jsonb,
    locks jsonb,
    not_visible text
)
    LANGUAGE sql STRICT VOLATILE PARALLEL UNSAFE COST 20000 ROWS 1
BEGIN ATOMIC
    WITH explained AS MATERIALIZED (
        SELECT e.*, e.blocks IN ('reads and writes', 'writes') AND NOT e.created_here AS strong
        FROM architect.explain_ddl(safe_now.sql) AS e
    ), not_explained AS MATERIALIZED (
        SELECT n.* FROM architect.not_explained(safe_now.sql) AS n
    ), sessions AS MATERIALIZED (
        SELECT a.pid, a.state, a.application_name, a.backend_type,
               a.query = '<insufficient privilege>' AS hidden,
               CASE WHEN a.query <> '<insufficient privilege>' THEN a.query END AS query,
               pg_catalog.clock_timestamp() - a.xact_start AS age,
               -- VACUUM is not waited for (GetCurrentVirtualXIDs without PROC_IN_VACUUM).
               a.backend_xmin IS NOT NULL AND a.datname = pg_catalog.current_database()
                   AND a.backend_type NOT IN ('autovacuum worker', 'walsender')
                   AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_vacuum AS v WHERE v.pid = a.pid) AS has_snapshot,
               a.datname = pg_catalog.current_database() AS here
        FROM pg_catalog.pg_stat_activity AS a
        WHERE a.pid <> pg_catalog.pg_backend_pid()
    ), in_the_way AS MATERIALIZED (
        SELECT e.statement, e.relation, e.lock, e.blocks, e.strong, (b.blocker ->> 'pid')::integer AS pid,
               b.blocker ->> 'lock' AS holds, (b.blocker ->> 'granted')::boolean AS granted,
               (b.blocker ->> 'autovacuum')::boolean AS autovacuum,
               (b.blocker ->> 'transaction_ms')::double precision * interval '1 millisecond' AS age
        FROM explained AS e CROSS JOIN LATERAL pg_catalog.jsonb_array_elements(e.blockers) AS b (blocker)
    ), snapshots AS MATERIALIZED (
        -- CONCURRENTLY waits for every transaction of this database whose snapshot is older than its own, and for whoever holds a
        -- lock on the table: CREATE INDEX for those who write, the other forms at last for those who read, too.
        SELECT w.pid, w.age
        FROM (SELECT s.pid, s.age FROM sessions AS s WHERE s.has_snapshot
              UNION ALL
              SELECT l.pid, s.age
              FROM explained AS e
              JOIN pg_catalog.pg_locks AS l ON l.relation = e.relation_oid AND l.locktype = 'relation' AND l.granted
              JOIN pg_catalog.pg_database AS d ON d.oid = l.database AND d.datname = pg_catalog.current_database()
              LEFT JOIN sessions AS s ON s.pid = l.pid
              WHERE l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid() AND s.backend_type IS DISTINCT FROM 'autovacuum worker'
                AND (e.several_transactions AND e.command_tag <> 'CREATE INDEX'
                     OR l.mode NOT IN ('AccessShareLock', 'RowShareLock', 'ShareLock'))) AS w
        ORDER BY w.age DESC NULLS LAST
        LIMIT 1
    ), standbys AS MATERIALIZED (
        SELECT r.pid, r.application_name, r.state, r.replay_lag,
               r.backend_xmin IS NOT NULL OR coalesce(s.xmin IS NOT NULL, false) AS feedback
        FROM pg_catalog.pg_stat_replication AS r
        LEFT JOIN pg_catalog.pg_replication_slots AS s ON s.active_pid = r.pid
        WHERE s.slot_type IS DISTINCT FROM 'logical' AND r.state IS DISTINCT FROM 'backup'
    ), written AS MATERIALIZED (
        SELECT DISTINCT ON (e.relation_oid) e.relation, t.n_tup_ins + t.n_tup_upd + t.n_tup_del AS rows_changed,
               c.since, t.n_mod_since_analyze AS changed_since_analyze, greatest(t.last_analyze, t.last_autoanalyze) AS analyzed
        FROM explained AS e
        JOIN pg_catalog.pg_stat_all_tables AS t ON t.relid = e.relation_oid
        CROSS JOIN (SELECT coalesce(d.stats_reset, least((SELECT b.stats_reset FROM pg_catalog.pg_stat_bgwriter AS b),
                                                         (SELECT a.stats_reset FROM pg_catalog.pg_stat_archiver AS a),
                                                         (SELECT w.stats_reset FROM pg_catalog.pg_stat_wal AS w))) AS since
                    FROM pg_catalog.pg_stat_database AS d WHERE d.datname = pg_catalog.current_database()) AS c
        WHERE e.strong AND e.relation_kind IN ('table', 'materialized view')
    ), statements AS MATERIALIZED (
        SELECT e.statement, pg_catalog.max(e.estimated_blocking) AS blocking,
               pg_catalog.bool_or(e.estimated_blocking IS NULL) AS open,
               pg_catalog.bool_and(e.speeds_measured) IS NOT FALSE AS measured
        FROM explained AS e WHERE e.strong GROUP BY e.statement
    ), total AS MATERIALIZED (
        SELECT coalesce(pg_catalog.sum(s.blocking), interval '0') AS blocking, coalesce(pg_catalog.bool_or(s.open), false) AS open,
               coalesce(pg_catalog.bool_and(s.measured), true) AS measured
        FROM statements AS s
    ), said AS MATERIALIZED (
        -- 1: why not; 2: why it cannot be said; 3: what to know besides.
        SELECT 1 AS weight, 0 AS place, 'this server is a standby' AS words WHERE pg_catalog.pg_is_in_recovery()
        UNION ALL
        SELECT 1, e.statement, 'the server will refuse it: ' || e.refused FROM explained AS e WHERE e.refused IS NOT NULL
        UNION ALL
        SELECT 1, e.statement, e.lock || ' on ' || e.relation || ' would wait for ' || e.in_the_way || ', and ' || e.blocks || ' behind it'
        FROM explained AS e WHERE e.strong AND e.in_the_way IS NOT NULL
        UNION ALL
        SELECT 1, 0, 'reads or writes would be blocked for about ' || t.blocking::text ||
               CASE WHEN t.measured THEN ' by what was measured on this server' ELSE ' by default speeds: nothing like it was measured here yet' END
        FROM total AS t WHERE t.blocking > safe_now.max_blocking
        UNION ALL
        SELECT 2, n.line, 'the locks of ' || n.command_tag || ' (line ' || n.line::text || ') are not known' FROM not_explained AS n
        UNION ALL
        SELECT 2, e.statement, 'not known: ' || e.unknown FROM explained AS e WHERE e.unknown IS NOT NULL
        UNION ALL
        SELECT 2, 0, 'how long reads or writes would be blocked cannot be estimated'
        FROM total AS t WHERE t.open AND NOT EXISTS (SELECT FROM explained AS e WHERE e.refused IS NOT NULL OR e.unknown IS NOT NULL)
        UNION ALL
        SELECT 3, e.statement, e.lock || ' on ' || e.relation || ' will wait for ' || e.in_the_way || '; no reads or writes wait behind it'
        FROM explained AS e WHERE NOT e.strong AND e.in_the_way IS NOT NULL
        UNION ALL
        SELECT 3, 0, 'it will wait for the transaction of pid ' || s.pid::text || ', open for ' ||
               coalesce(pg_catalog.date_trunc('second', s.age)::text, 'an unknown time') || ', before it is done'
        FROM snapshots AS s WHERE s.pid IS NOT NULL AND EXISTS (SELECT FROM explained AS e WHERE e.several_transactions)
        UNION ALL
        SELECT 3, 0, pg_catalog.count(*)::text || ' standby(s) cancel queries on the same relations, or fall behind, when they replay ACCESS EXCLUSIVE'
        FROM standbys AS s WHERE EXISTS (SELECT FROM explained AS e WHERE e.lock = 'ACCESS EXCLUSIVE' AND NOT e.created_here)
        HAVING pg_catalog.count(*) > 0
    ), verdict AS MATERIALIZED (
        SELECT pg_catalog.min(s.weight) FILTER (WHERE s.weight < 3) AS weight,
               pg_catalog.string_agg(s.words, '; ' ORDER BY s.weight, s.place, s.words) AS words
        FROM said AS s
    )
    SELECT CASE v.weight WHEN 1 THEN false WHEN 2 THEN NULL ELSE true END,
           CASE WHEN v.weight IS NULL
                THEN 'nobody is in the way now' ||
                     CASE WHEN NOT EXISTS (SELECT FROM explained AS e WHERE e.strong) THEN ', and no lock blocks reads or writes'
                          WHEN t.blocking > interval '0' THEN ', and reads or writes are blocked for about ' || t.blocking::text
                          ELSE ', and reads or writes are blocked for a moment' END || coalesce('; ' || v.words, '')
                ELSE v.words END,
           (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                       'pid', i.pid, 'relation', i.relation, 'wanted', i.lock, 'blocks', i.blocks, 'lock', i.holds, 'granted', i.granted,
                       'age', i.age, 'state', CASE WHEN i.pid IS NULL THEN 'prepared transaction' ELSE s.state END,
                       'application_name', s.application_name, 'autovacuum', i.autovacuum, 'query', s.query)
                   ORDER BY i.strong DESC, i.age DESC NULLS LAST, i.pid, i.relation), '[]')
            FROM in_the_way AS i LEFT JOIN sessions AS s ON s.pid = i.pid),
           (SELECT s.pid FROM snapshots AS s),
           (SELECT s.age FROM snapshots AS s),
           (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                       'pid', s.pid, 'application_name', s.application_name, 'state', s.state, 'replay_lag', s.replay_lag,
                       'feedback_seen', s.feedback) ORDER BY s.application_name, s.pid), '[]')
            FROM standbys AS s),
           (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                       'relation', w.relation, 'rows_changed', w.rows_changed, 'counters_since', w.since,
                       'per_second_at_least', pg_catalog.round((w.rows_changed / nullif(extract(epoch FROM pg_catalog.now() - w.since), 0))::numeric, 2),
                       'changed_since_analyze', w.changed_since_analyze, 'last_analyze', w.analyzed,
                       'per_second_since_analyze', pg_catalog.round((w.changed_since_analyze
                           / nullif(extract(epoch FROM pg_catalog.clock_timestamp() - w.analyzed), 0))::numeric, 2)) ORDER BY w.relation), '[]')
            FROM written AS w),
           (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.jsonb_build_object(
                       'statement', e.statement, 'relation', e.relation, 'lock', e.lock, 'blocks', e.blocks,
                       'estimated_blocking', e.estimated_blocking) ORDER BY e.statement, e.strong DESC, e.relation), '[]')
            FROM explained AS e),
           (SELECT pg_catalog.count(*)::text || ' session(s) of this database hide state, query and snapshot from ' || current_user ||
                   ': pg_read_all_stats shows them'
            FROM sessions AS s WHERE s.hidden AND s.here HAVING pg_catalog.count(*) > 0)
    FROM verdict AS v CROSS JOIN total AS t;
END;

COMMENT ON FUNCTION architect.safe_now(text, interval) IS 'Whether a script could run now without holding up reads or writes for longer than max_blocking (NULL: cannot be said), and who is in the way; about locks and time, not about what is destroyed. Nothing is executed';
