-- pg_blocking_pids() gives everybody that is ahead in the queue, so all paths of a queue of n sessions would be exponentially many.
-- Each waiting session is told once, under one blocker; blocked_by has them all.
CREATE VIEW architect.lock_tree WITH (security_invoker = true) AS
WITH RECURSIVE lock AS MATERIALIZED (
    SELECT l.* FROM pg_catalog.pg_locks AS l
), prepared AS MATERIALIZED (
    -- Which locks are those of a prepared transaction tells the one on its own transaction id, which each of them holds.
    SELECT p.gid, l.virtualtransaction
    FROM pg_catalog.pg_prepared_xacts AS p
    JOIN lock AS l ON l.pid IS NULL AND l.locktype = 'transactionid' AND l.transactionid = p.transaction
), locks AS MATERIALIZED (
    SELECT
        l.*,
        p.gid,
        -- A prepared transaction has no process; pg_blocking_pids() says 0 for it.
        CASE WHEN l.pid IS NOT NULL THEN l.pid::text WHEN p.gid IS NOT NULL THEN 'prepared ' || p.gid END AS node
    FROM lock AS l
    LEFT JOIN prepared AS p ON l.pid IS NULL AND l.virtualtransaction = p.virtualtransaction
), waiting AS MATERIALIZED (
    -- A process waits for one lock at a time.
    SELECT DISTINCT ON (l.pid) l.*, pg_catalog.pg_blocking_pids(l.pid) AS pids
    FROM locks AS l
    WHERE NOT l.granted AND l.pid IS NOT NULL
    ORDER BY l.pid, l.waitstart
), edge AS MATERIALIZED (
    SELECT DISTINCT w.node, b.pid::text AS blocker
    FROM waiting AS w
    CROSS JOIN LATERAL pg_catalog.unnest(w.pids) AS b (pid)
    WHERE b.pid <> 0
    UNION
    -- Which prepared transaction: one that holds the same thing. Which modes conflict is told by PostgreSQL with its 0.
    SELECT w.node, l.node
    FROM waiting AS w
    JOIN locks AS l ON l.granted AND l.gid IS NOT NULL AND l.locktype = w.locktype
        AND (l.database, l.relation, l.page, l.tuple, l.virtualxid, l.transactionid, l.classid, l.objid, l.objsubid)
            IS NOT DISTINCT FROM
            (w.database, w.relation, w.page, w.tuple, w.virtualxid, w.transactionid, w.classid, w.objid, w.objsubid)
    WHERE 0 = ANY (w.pids)
), parent AS MATERIALIZED (
    -- One that does not wait itself, else the one that waits longest.
    SELECT DISTINCT ON (e.node) e.node, e.blocker
    FROM edge AS e
    LEFT JOIN waiting AS w ON w.node = e.blocker
    ORDER BY e.node, w.node IS NOT NULL, w.waitstart, e.blocker
), walk AS (
    SELECT p.node, p.blocker AS top, ARRAY[p.blocker, p.node] AS path, false AS circle
    FROM parent AS p
    UNION ALL
    SELECT w.node, p.blocker, p.blocker || w.path, p.blocker = ANY (w.path)
    FROM walk AS w
    JOIN parent AS p ON p.node = w.top
    WHERE NOT w.circle
), chain AS (
    SELECT DISTINCT ON (w.node) w.node, w.top AS root, w.path, w.circle, pg_catalog.cardinality(w.path) - 1 AS depth
    FROM walk AS w
    ORDER BY w.node, pg_catalog.cardinality(w.path) DESC
), node AS (
    SELECT c.node, c.root, c.path, c.circle, c.depth FROM chain AS c
    UNION ALL
    SELECT DISTINCT c.root, c.root, ARRAY[c.root], false, 0 FROM chain AS c WHERE NOT c.circle
), behind AS (
    SELECT b.node, pg_catalog.count(*) AS sessions
    FROM (SELECT DISTINCT u.node, c.node AS blocked FROM chain AS c CROSS JOIN LATERAL pg_catalog.unnest(c.path) AS u (node)) AS b
    WHERE b.node <> b.blocked
    GROUP BY b.node
), told AS (
    SELECT
        n.*,
        coalesce(b.sessions, 0) AS sessions_behind,
        w.locktype, w.mode, w.pids, w.database AS lock_database, w.relation, w.page, w.tuple, w.transactionid, w.virtualxid,
        w.classid, w.objid, w.objsubid,
        a.pid, a.usename, a.datname, a.application_name, a.state AS session_state, a.query,
        p.gid, p.owner, p.database AS prepared_database,
        pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - w.waitstart) AS waited,
        pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() - coalesce(a.xact_start, p.prepared)) AS open_for
    FROM node AS n
    LEFT JOIN behind AS b ON b.node = n.node
    LEFT JOIN waiting AS w ON w.node = n.node
    LEFT JOIN pg_catalog.pg_stat_activity AS a ON a.pid::text = n.node
    LEFT JOIN pg_catalog.pg_prepared_xacts AS p ON 'prepared ' || p.gid = n.node
)
SELECT
    t.root,
    t.depth,
    pg_catalog.array_to_string(t.path, ' > ') AS path,
    t.pid,
    t.gid AS prepared_transaction,
    t.sessions_behind,
    CASE WHEN t.pids IS NOT NULL
        THEN ARRAY(SELECT e.blocker FROM edge AS e WHERE e.node = t.node ORDER BY e.blocker) END AS blocked_by,
    coalesce(t.usename, t.owner)::text AS user_name,
    coalesce(t.datname, t.prepared_database)::text AS database_name,
    t.application_name,
    coalesce(t.session_state, CASE WHEN t.gid IS NOT NULL THEN 'prepared' END) AS session_state,
    t.locktype AS lock_type,
    t.mode AS lock_mode,
    CASE
        WHEN t.relation IS NOT NULL THEN
            coalesce(pg_catalog.format('%I.%I', s.nspname, c.relname),
                pg_catalog.format('relation %s of database %s', t.relation, coalesce(d.datname::text, t.lock_database::text)))
            || coalesce(', row (' || t.page || ',' || t.tuple || ')', ', page ' || t.page, '')
        WHEN t.transactionid IS NOT NULL THEN pg_catalog.format('end of transaction %s', t.transactionid)
        WHEN t.virtualxid IS NOT NULL THEN pg_catalog.format('end of transaction %s', t.virtualxid)
        WHEN t.locktype = 'advisory' THEN pg_catalog.format('advisory lock (%s, %s)', t.classid, t.objid)
        WHEN t.locktype = 'object' THEN pg_catalog.format('object %s of %s', t.objid, t.classid::pg_catalog.regclass)
        ELSE t.locktype
    END AS locked_object,
    -- What the one above holds of the same thing, where it holds it already.
    (
        SELECT pg_catalog.string_agg(DISTINCT h.mode, ', ')
        FROM locks AS h
        WHERE t.depth > 0 AND h.granted AND h.node = t.path[pg_catalog.cardinality(t.path) - 1] AND h.locktype = t.locktype
            AND (h.database, h.relation, h.page, h.tuple, h.virtualxid, h.transactionid, h.classid, h.objid, h.objsubid)
                IS NOT DISTINCT FROM
                (t.lock_database, t.relation, t.page, t.tuple, t.virtualxid, t.transactionid, t.classid, t.objid, t.objsubid)
    ) AS blocker_holds,
    pg_catalog.round(t.waited::numeric, 1) AS waiting_seconds,
    pg_catalog.round(t.open_for::numeric, 1) AS transaction_seconds,
    t.query,
    CASE
        WHEN t.circle OR t.waited >= 600 THEN 'critical'
        WHEN t.waited >= 300 OR (t.depth = 0 AND t.sessions_behind >= 3) THEN 'warning'
        WHEN t.depth > 0 AND t.waited IS NULL THEN 'not judged'
        ELSE 'ok'
    END AS state,
    CASE
        WHEN t.circle THEN 'they wait for each other in a circle: PostgreSQL ends one of them after deadlock_timeout'
        WHEN t.depth > 0 AND t.waited IS NULL THEN 'it began to wait just now'
        WHEN t.depth > 0 THEN pg_catalog.format('waits for %s s', pg_catalog.round(t.waited::numeric))
        ELSE pg_catalog.format('%s session(s) wait behind it%s', t.sessions_behind,
            CASE WHEN t.gid IS NOT NULL THEN ', a prepared transaction that nobody has ended'
                WHEN t.session_state LIKE 'idle in transaction%' THEN ', and it is idle in a transaction' ELSE '' END)
    END AS reason,
    CASE WHEN t.depth > 0 THEN 'warning from 300 s of waiting, critical from 600 s or a deadlock'
        ELSE 'warning from 3 sessions behind it' END AS threshold,
    CASE WHEN t.depth = 0 THEN
        CASE WHEN t.gid IS NOT NULL THEN pg_catalog.format('ROLLBACK PREPARED %L', t.gid)
            WHEN t.session_state = 'active' THEN pg_catalog.format('SELECT pg_cancel_backend(%s)', t.pid)
            WHEN t.pid IS NOT NULL THEN pg_catalog.format('SELECT pg_terminate_backend(%s)', t.pid) END
    END AS way_out
FROM told AS t
LEFT JOIN pg_catalog.pg_database AS d ON d.oid = t.lock_database
LEFT JOIN pg_catalog.pg_class AS c
    ON c.oid = t.relation AND (t.lock_database = 0 OR d.datname = pg_catalog.current_database())
LEFT JOIN pg_catalog.pg_namespace AS s ON s.oid = c.relnamespace
ORDER BY t.root, t.path;

COMMENT ON VIEW architect.lock_tree IS 'Who waits for a lock, and behind whom: each waiting session once, with the one that blocks it all at the top';
COMMENT ON COLUMN architect.lock_tree.root IS 'Process id, or "prepared" and the name, of the one that waits for nobody and blocks the rest';
COMMENT ON COLUMN architect.lock_tree.depth IS 'Steps below the root: 0 is the root itself';
COMMENT ON COLUMN architect.lock_tree.path IS 'From the root to this one; of several blockers the one that does not wait, else the one that waits longest';
COMMENT ON COLUMN architect.lock_tree.pid IS 'Process id of this session; NULL for a prepared transaction';
COMMENT ON COLUMN architect.lock_tree.prepared_transaction IS 'Name of the prepared transaction, where it is one';
COMMENT ON COLUMN architect.lock_tree.sessions_behind IS 'Number of sessions that wait behind this one, at any depth';
COMMENT ON COLUMN architect.lock_tree.blocked_by IS 'All that block it, those ahead of it in the queue included; NULL for a root';
COMMENT ON COLUMN architect.lock_tree.user_name IS 'Role of the session, or owner of the prepared transaction';
COMMENT ON COLUMN architect.lock_tree.database_name IS 'Database of the session';
COMMENT ON COLUMN architect.lock_tree.application_name IS 'Its application_name; NULL without the rights of pg_read_all_stats';
COMMENT ON COLUMN architect.lock_tree.session_state IS 'active, idle in transaction, ..., or prepared; NULL without the rights of pg_read_all_stats';
COMMENT ON COLUMN architect.lock_tree.lock_type IS 'What kind of thing it waits for, as in pg_locks; NULL for a root';
COMMENT ON COLUMN architect.lock_tree.lock_mode IS 'The lock that it wants';
COMMENT ON COLUMN architect.lock_tree.locked_object IS 'What it wants to lock: a relation of this database by its name, others by their number';
COMMENT ON COLUMN architect.lock_tree.blocker_holds IS 'The locks that the one above it holds of the same thing; NULL when that one only queues ahead of it';
COMMENT ON COLUMN architect.lock_tree.waiting_seconds IS 'How long it has waited, in seconds';
COMMENT ON COLUMN architect.lock_tree.transaction_seconds IS 'How long its transaction has been open, or prepared, in seconds';
COMMENT ON COLUMN architect.lock_tree.query IS 'Its statement, or its latest one when idle, as far as the caller may see it';
COMMENT ON COLUMN architect.lock_tree.state IS 'ok, warning, critical, or not judged';
COMMENT ON COLUMN architect.lock_tree.reason IS 'What the state is about';
COMMENT ON COLUMN architect.lock_tree.threshold IS 'What it was compared with';
COMMENT ON COLUMN architect.lock_tree.way_out IS 'For a root: the statement that frees the others, to be run after a look at what it ends';

GRANT SELECT ON architect.lock_tree TO pg_monitor;
