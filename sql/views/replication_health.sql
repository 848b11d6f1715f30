-- The columns of slots and the like differ from version to version: what not all have is read by its name from the row as JSON.
CREATE VIEW architect.replication_health WITH (security_invoker = true) AS
WITH RECURSIVE here AS MATERIALIZED (
    SELECT
        pg_catalog.pg_has_role('pg_read_all_stats', 'USAGE') AS see_all,
        pg_catalog.pg_is_in_recovery() AS standby,
        CASE WHEN pg_catalog.pg_is_in_recovery() THEN pg_catalog.pg_last_wal_replay_lsn()
            ELSE pg_catalog.pg_current_wal_lsn() END AS lsn
), setting AS MATERIALIZED (
    SELECT
        pg_catalog.max(g.setting) FILTER (WHERE g.name = 'max_slot_wal_keep_size')::numeric * 1048576 AS slot_keep,
        pg_catalog.max(g.setting) FILTER (WHERE g.name = 'recovery_min_apply_delay')::numeric / 1000 AS apply_delay,
        pg_catalog.max(g.setting) FILTER (WHERE g.name = 'primary_conninfo') AS primary_conninfo,
        pg_catalog.max(g.setting) FILTER (WHERE g.name = 'archive_mode') AS archive_mode,
        pg_catalog.max(g.setting) FILTER (WHERE g.name = 'archive_command') AS archive_command,
        pg_catalog.max(g.setting) FILTER (WHERE g.name = 'archive_library') AS archive_library,
        pg_catalog.max(g.setting) FILTER (WHERE g.name = 'wal_segment_size')::numeric AS segment,
        pg_catalog.max(g.setting) FILTER (WHERE g.name = 'synchronous_standby_names') AS sync_names
    FROM pg_catalog.pg_settings AS g
    WHERE g.name IN ('max_slot_wal_keep_size', 'recovery_min_apply_delay', 'primary_conninfo', 'archive_mode', 'archive_command',
        'archive_library', 'wal_segment_size', 'synchronous_standby_names')
), sender AS MATERIALIZED (
    SELECT
        r.pid, coalesce(nullif(r.application_name, ''), 'pid ' || r.pid) AS name, r.state, r.sync_state, r.replay_lsn IS NULL AS keeps_only,
        -- Never greatest(difference, 0): that makes 0 of what is not known.
        CASE WHEN coalesce(r.replay_lsn, r.flush_lsn, r.write_lsn, r.sent_lsn) > h.lsn THEN 0
            ELSE pg_catalog.pg_wal_lsn_diff(h.lsn, coalesce(r.replay_lsn, r.flush_lsn, r.write_lsn, r.sent_lsn)) END AS bytes,
        pg_catalog.date_part('epoch', r.replay_lag)::numeric AS seconds
    FROM pg_catalog.pg_stat_replication AS r, here AS h
), standby AS (
    SELECT
        1 AS place, 'standby' AS kind, s.name::text AS name, s.state AS activity, s.sync_state, s.bytes AS lag_bytes,
        CASE WHEN s.bytes <= 0 THEN 0 ELSE s.seconds END AS lag_seconds,
        NULL::numeric AS retained_bytes, NULL::numeric AS safe_wal_bytes, NULL::text AS wal_status,
        CASE
            WHEN NOT h.see_all THEN 'not judged'
            WHEN s.state = 'backup' THEN 'ok'
            WHEN s.bytes IS NULL THEN 'not judged'
            WHEN s.bytes >= 1073741824 OR (s.bytes > 0 AND s.seconds >= 60) THEN 'critical'
            WHEN s.bytes >= 104857600 OR (s.bytes > 0 AND s.seconds >= 10) OR s.state IN ('startup', 'catchup') THEN 'warning'
            ELSE 'ok'
        END AS state,
        'warning from 10 s or 100 MB, critical from 60 s or 1 GB' AS threshold,
        CASE
            WHEN NOT h.see_all THEN 'columns are hidden: needs pg_read_all_stats, which is part of pg_monitor'
            WHEN s.state = 'backup' THEN 'a base backup at work'
            WHEN s.bytes IS NULL THEN 'it has reported no position yet'
            WHEN s.state IN ('startup', 'catchup') THEN 'it is catching up'
            WHEN s.keeps_only THEN 'receives, and replays nothing'
            ELSE 'behind by what it has not replayed; with recovery_min_apply_delay that is on purpose'
        END AS reason,
        'look at the network, at the standby''s disk, and for queries there that hold replay up' AS action
    FROM sender AS s, here AS h
    UNION ALL
    SELECT 1, 'standby', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 'not judged', NULL,
        'none is connected; whether there should be one is not known here', NULL
    FROM here AS h
    WHERE NOT h.standby AND NOT EXISTS (SELECT FROM sender)
), slot_row AS (
    SELECT
        s.slot_name::text AS name, s.slot_type, s.plugin::text AS plugin, s.temporary, s.active, s.wal_status, s.restart_lsn,
        CASE WHEN s.restart_lsn > h.lsn THEN 0 ELSE pg_catalog.pg_wal_lsn_diff(h.lsn, s.restart_lsn) END AS retained,
        CASE WHEN s.confirmed_flush_lsn > h.lsn THEN 0 ELSE pg_catalog.pg_wal_lsn_diff(h.lsn, s.confirmed_flush_lsn) END AS behind,
        s.safe_wal_size::numeric AS safe,
        coalesce(
            -- Since 17.
            j.row ->> 'invalidation_reason',
            -- 16.
            CASE WHEN (j.row ->> 'conflicting')::boolean THEN 'conflict with recovery' END
        ) AS invalid,
        coalesce((j.row ->> 'synced')::boolean, false) AS synced,
        (j.row ->> 'inactive_since')::timestamp with time zone AS inactive_since
    FROM pg_catalog.pg_replication_slots AS s
    CROSS JOIN here AS h
    CROSS JOIN LATERAL (SELECT pg_catalog.to_jsonb(s) AS row) AS j
), slot AS (
    SELECT
        3 AS place, s.slot_type || ' slot' AS kind, s.name,
        CASE WHEN s.active THEN 'active' WHEN s.synced THEN 'synced from the primary' ELSE 'inactive' END AS activity,
        NULL::text AS sync_state, s.behind AS lag_bytes, NULL::numeric AS lag_seconds,
        s.retained AS retained_bytes, s.safe AS safe_wal_bytes, s.wal_status,
        CASE
            WHEN s.invalid IS NOT NULL OR s.wal_status IN ('lost', 'unreserved') THEN 'critical'
            WHEN s.restart_lsn IS NULL OR s.temporary OR s.synced THEN 'ok'
            WHEN NOT s.active AND (s.retained >= 5368709120 OR (g.slot_keep > 0 AND s.retained >= 0.9 * g.slot_keep)) THEN 'critical'
            WHEN NOT s.active OR s.retained >= 5368709120 OR (g.slot_keep > 0 AND s.retained >= 0.7 * g.slot_keep)
                OR s.wal_status = 'extended' THEN 'warning'
            ELSE 'ok'
        END AS state,
        'warning when inactive, from 5 GB kept, or 70 % of max_slot_wal_keep_size; critical when lost, or inactive with 5 GB or 90 %' AS threshold,
        CASE
            WHEN s.invalid IS NOT NULL THEN 'invalidated: ' || s.invalid
            WHEN s.wal_status = 'lost' THEN 'lost: WAL that it needs is gone'
            WHEN s.wal_status = 'unreserved' THEN 'WAL that it needs goes with the next checkpoint'
            WHEN s.restart_lsn IS NULL THEN 'it has never been used and keeps no WAL'
            WHEN s.temporary THEN 'temporary: it goes with its session'
            ELSE pg_catalog.format('it keeps %s of WAL%s%s', pg_catalog.pg_size_pretty(s.retained),
                CASE WHEN s.inactive_since IS NOT NULL AND NOT s.active
                    THEN pg_catalog.format(', nobody has read it since %s', pg_catalog.date_trunc('second', s.inactive_since)) END,
                CASE WHEN g.slot_keep < 0 THEN '; max_slot_wal_keep_size is -1: nothing stops it from filling the disk' END)
        END AS reason,
        CASE WHEN NOT s.active THEN pg_catalog.format('when its reader is gone for good: SELECT pg_drop_replication_slot(%L)', s.name)
            ELSE 'find out why its reader is slow' END AS action
    FROM slot_row AS s, setting AS g
), archived AS (
    SELECT
        a.*,
        -- Timeline, then the number of the segment; history and backup files have a dot.
        CASE WHEN a.last_archived_wal ~ '^[0-9A-F]{24}$' AND NOT h.standby THEN
            g.segment * (
                pg_catalog.floor(pg_catalog.pg_wal_lsn_diff(h.lsn, '0/0') / g.segment) - 1
                - (('x' || pg_catalog.substr(a.last_archived_wal, 9, 8))::bit(32)::bigint * (4294967296 / g.segment)
                    + ('x' || pg_catalog.substr(a.last_archived_wal, 17, 8))::bit(32)::bigint)
            )
        END AS behind,
        coalesce(a.last_failed_time > coalesce(a.last_archived_time, '-infinity'), false) AS failing
    FROM pg_catalog.pg_stat_archiver AS a, here AS h, setting AS g
), archiver AS (
    SELECT
        4 AS place, 'archiver' AS kind, NULL::text AS name, g.archive_mode AS activity, NULL::text AS sync_state,
        CASE WHEN a.behind < 0 THEN 0 ELSE a.behind END AS lag_bytes,
        pg_catalog.round(pg_catalog.date_part('epoch', pg_catalog.now() - a.last_archived_time)::numeric, 1) AS lag_seconds,
        NULL::numeric AS retained_bytes, NULL::numeric AS safe_wal_bytes, NULL::text AS wal_status,
        CASE
            WHEN g.archive_mode = 'off' OR (h.standby AND g.archive_mode <> 'always') THEN 'not judged'
            WHEN coalesce(g.archive_command, '') IN ('', '(disabled)') AND coalesce(g.archive_library, '') = '' THEN 'critical'
            WHEN a.failing OR a.behind >= 1073741824 THEN 'critical'
            WHEN a.behind >= 104857600 THEN 'warning'
            ELSE 'ok'
        END AS state,
        'critical while it fails or from 1 GB behind, warning from 100 MB' AS threshold,
        CASE
            WHEN g.archive_mode = 'off' THEN 'archive_mode is off; backups by other means cannot be seen in SQL'
            WHEN h.standby AND g.archive_mode <> 'always' THEN 'a standby archives only with archive_mode = always'
            WHEN coalesce(g.archive_command, '') IN ('', '(disabled)') AND coalesce(g.archive_library, '') = ''
                THEN 'archive_mode is on without archive_command or archive_library: WAL piles up in pg_wal'
            WHEN a.failing THEN pg_catalog.format('it fails on %s since %s (%s failures since %s); the server log tells why',
                a.last_failed_wal, pg_catalog.date_trunc('second', a.last_failed_time), a.failed_count,
                pg_catalog.date_trunc('second', a.stats_reset))
            ELSE pg_catalog.format('latest file %s; %s archived and %s failures since %s',
                coalesce(a.last_archived_wal, '(none yet)'), a.archived_count, a.failed_count,
                pg_catalog.date_trunc('second', a.stats_reset))
        END AS reason,
        'mend the command: WAL is kept until it succeeds, and fills the disk' AS action
    FROM archived AS a, here AS h, setting AS g
), wanted AS (
    SELECT
        g.sync_names,
        coalesce((pg_catalog.regexp_match(g.sync_names, '^\s*(?:FIRST\s+|ANY\s+)?(\d+)\s*\(', 'i'))[1]::integer, 1) AS needed,
        CASE WHEN g.sync_names !~ '\*' THEN pg_catalog.cardinality(pg_catalog.string_to_array(g.sync_names, ',')) END AS listed,
        (SELECT pg_catalog.count(*) FROM sender AS s WHERE s.sync_state IN ('sync', 'quorum')) AS present
    FROM setting AS g
    WHERE g.sync_names <> ''
), synchronous AS (
    SELECT
        2 AS place, 'synchronous standbys' AS kind, w.sync_names AS name,
        CASE WHEN h.see_all THEN pg_catalog.format('%s of %s needed', w.present, w.needed) END AS activity, NULL::text AS sync_state,
        NULL::numeric AS lag_bytes, NULL::numeric AS lag_seconds, NULL::numeric AS retained_bytes, NULL::numeric AS safe_wal_bytes,
        NULL::text AS wal_status,
        CASE WHEN NOT h.see_all THEN 'not judged' WHEN w.present < w.needed THEN 'critical' WHEN w.listed <= w.needed THEN 'warning'
            ELSE 'ok' END AS state,
        'critical with fewer than needed, warning when none may fail' AS threshold,
        CASE
            WHEN NOT h.see_all THEN 'columns are hidden: needs pg_read_all_stats, which is part of pg_monitor'
            WHEN w.present < w.needed
                THEN 'too few standbys of these names stream: every commit waits without end, unless its synchronous_commit is local or off'
            WHEN w.listed <= w.needed THEN 'as many are named as are needed: when one fails, every commit waits'
            ELSE 'another one can take the place of one that fails'
        END AS reason,
        'start the standby, or: ALTER SYSTEM SET synchronous_standby_names = ''ANY 1 (a, b)''; SELECT pg_reload_conf()' AS action
    FROM wanted AS w, here AS h
    WHERE NOT h.standby
), published AS (
    SELECT p.oid AS pub, r.prrelid AS relid FROM pg_catalog.pg_publication AS p JOIN pg_catalog.pg_publication_rel AS r ON r.prpubid = p.oid
    UNION
    SELECT n.pnpubid, c.oid
    FROM pg_catalog.pg_publication_namespace AS n
    JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.pnnspid AND c.relkind IN ('r', 'p')
    UNION
    SELECT p.oid, c.oid FROM pg_catalog.pg_publication AS p, pg_catalog.pg_class AS c
    WHERE p.puballtables AND c.relkind = 'r' AND c.oid >= 16384
), member AS (
    -- With a partitioned table all of its partitions are published: identity counts where the row lies.
    SELECT d.pub, d.relid AS member FROM published AS d
    UNION
    SELECT m.pub, i.inhrelid
    FROM member AS m
    JOIN pg_catalog.pg_class AS p ON p.oid = m.member AND p.relkind = 'p'
    JOIN pg_catalog.pg_inherits AS i ON i.inhparent = m.member
), identity AS (
    SELECT
        p.pubname::text AS pubname, p.pubupdate OR p.pubdelete AS needs, m.member,
        -- The partition tree is told as one.
        CASE WHEN c.relispartition THEN pg_catalog.pg_partition_root(m.member)::oid ELSE m.member END AS root,
        c.relreplident,
        CASE c.relreplident
            WHEN 'f' THEN true
            WHEN 'n' THEN false
            ELSE EXISTS (
                SELECT FROM pg_catalog.pg_index AS i
                WHERE i.indrelid = m.member AND i.indisvalid AND i.indimmediate
                    AND CASE c.relreplident WHEN 'd' THEN i.indisprimary ELSE i.indisreplident END
            )
        END AS usable
    FROM member AS m
    JOIN pg_catalog.pg_publication AS p ON p.oid = m.pub
    JOIN pg_catalog.pg_class AS c ON c.oid = m.member AND c.relkind = 'r' AND c.relpersistence = 'p'
    WHERE NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend AS d
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = m.member AND d.deptype = 'e'
    )
), publication AS (
    SELECT
        5 AS place, 'publication' AS kind, i.pubname AS name, pg_catalog.format('%s tables', pg_catalog.count(*)) AS activity,
        NULL::text AS sync_state, NULL::numeric AS lag_bytes, NULL::numeric AS lag_seconds, NULL::numeric AS retained_bytes,
        NULL::numeric AS safe_wal_bytes, NULL::text AS wal_status,
        CASE WHEN pg_catalog.bool_or(i.needs AND NOT i.usable) THEN 'critical' ELSE 'ok' END AS state,
        'UPDATE and DELETE need a replica identity' AS threshold,
        CASE WHEN pg_catalog.bool_or(i.needs AND NOT i.usable) THEN pg_catalog.format('%s of them cannot be updated: see the rows of the tables',
            pg_catalog.count(*) FILTER (WHERE NOT i.usable)) ELSE 'every table can be updated' END AS reason,
        NULL::text AS action
    FROM identity AS i
    GROUP BY i.pubname
    UNION ALL
    SELECT 6, 'published table', pg_catalog.format('%I.%I', n.nspname, c.relname), pg_catalog.string_agg(DISTINCT i.pubname, ', '),
        NULL, NULL, NULL, NULL, NULL, NULL, 'critical', 'UPDATE and DELETE need a replica identity',
        pg_catalog.format('UPDATE and DELETE fail%s: %s',
            CASE WHEN c.relkind = 'p' THEN pg_catalog.format(' in %s of its partitions', pg_catalog.count(DISTINCT i.member)) END,
            CASE WHEN pg_catalog.bool_or(i.relreplident = 'i') THEN 'the index of its replica identity is gone'
                WHEN pg_catalog.bool_or(i.relreplident = 'n') THEN 'its replica identity is NOTHING'
                ELSE 'it has no primary key that could be its replica identity' END),
        'add a primary key; until then ALTER TABLE ... REPLICA IDENTITY USING INDEX, or FULL'
    FROM identity AS i
    JOIN pg_catalog.pg_class AS c ON c.oid = i.root
    JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE i.needs AND NOT i.usable
    GROUP BY n.nspname, c.relname, c.relkind, c.oid
), subscription_row AS (
    SELECT
        s.subname::text AS name, s.subenabled, w.pid, w.received_lsn, w.latest_end_lsn, w.last_msg_receipt_time,
        (SELECT pg_catalog.count(*) FROM pg_catalog.pg_subscription_rel AS r WHERE r.srsubid = s.oid AND r.srsubstate <> 'r') AS unready,
        e.apply_error_count + e.sync_error_count AS errors, e.stats_reset
    FROM pg_catalog.pg_subscription AS s
    JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid AND d.datname = pg_catalog.current_database()
    LEFT JOIN pg_catalog.pg_stat_subscription AS w ON w.subid = s.oid AND w.relid IS NULL AND (pg_catalog.to_jsonb(w) ->> 'leader_pid') IS NULL
    LEFT JOIN pg_catalog.pg_stat_subscription_stats AS e ON e.subid = s.oid
), subscription AS (
    SELECT
        7 AS place, 'subscription' AS kind, s.name, CASE WHEN NOT s.subenabled THEN 'disabled' WHEN s.pid IS NULL THEN 'no worker'
            ELSE 'running' END AS activity,
        NULL::text AS sync_state, CASE WHEN s.latest_end_lsn > s.received_lsn THEN 0
            ELSE pg_catalog.pg_wal_lsn_diff(s.received_lsn, s.latest_end_lsn) END AS lag_bytes,
        pg_catalog.round(pg_catalog.date_part('epoch', pg_catalog.now() - s.last_msg_receipt_time)::numeric, 1) AS lag_seconds,
        NULL::numeric AS retained_bytes, NULL::numeric AS safe_wal_bytes, NULL::text AS wal_status,
        CASE WHEN h.standby THEN 'not judged' WHEN NOT s.subenabled THEN 'warning' WHEN s.pid IS NULL THEN 'critical'
            WHEN s.unready > 0 OR s.errors > 0 THEN 'warning' ELSE 'ok' END AS state,
        'critical without a worker; warning when disabled, with tables that are not in step, or with errors' AS threshold,
        CASE WHEN h.standby THEN 'it runs on the primary' ELSE pg_catalog.format('%s table(s) not in step; %s error(s)%s', s.unready,
            coalesce(s.errors, 0), ' since ' || pg_catalog.date_trunc('second', s.stats_reset)) END AS reason,
        'the server log has the error; ALTER SUBSCRIPTION ... ENABLE, or REFRESH PUBLICATION' AS action
    FROM subscription_row AS s, here AS h
), replay AS (
    SELECT
        g.apply_delay, g.primary_conninfo, r.pid AS receiver, r.status,
        CASE WHEN h.standby THEN pg_catalog.pg_get_wal_replay_pause_state() END AS pause,
        CASE WHEN h.standby THEN pg_catalog.pg_wal_lsn_diff(
            greatest(pg_catalog.pg_last_wal_receive_lsn(), r.latest_end_lsn), h.lsn) END AS bytes,
        CASE WHEN h.standby THEN
            pg_catalog.date_part('epoch', pg_catalog.now() - pg_catalog.pg_last_xact_replay_timestamp())::numeric END AS seconds
    FROM here AS h
    CROSS JOIN setting AS g
    LEFT JOIN pg_catalog.pg_stat_wal_receiver AS r ON true
    WHERE h.standby
), this_standby AS (
    SELECT
        0 AS place, 'this standby' AS kind, NULL::text AS name,
        pg_catalog.format('%s, replay %s', CASE WHEN r.receiver IS NULL THEN 'no WAL receiver' ELSE coalesce(r.status, 'receiving') END, r.pause)
            AS activity,
        NULL::text AS sync_state, CASE WHEN r.bytes < 0 THEN 0 ELSE r.bytes END AS lag_bytes,
        -- The time of the latest transaction tells nothing while the primary is idle.
        CASE WHEN r.bytes <= 0 AND r.receiver IS NOT NULL THEN 0 ELSE pg_catalog.round(r.seconds, 1) END AS lag_seconds,
        NULL::numeric AS retained_bytes, NULL::numeric AS safe_wal_bytes, NULL::text AS wal_status,
        CASE
            WHEN r.receiver IS NULL AND r.primary_conninfo <> '' THEN 'critical'
            WHEN r.receiver IS NULL THEN 'not judged'
            WHEN r.bytes > 0 AND r.seconds - r.apply_delay >= 60 THEN 'critical'
            WHEN r.pause <> 'not paused' THEN 'warning'
            WHEN r.bytes > 0 AND r.seconds - r.apply_delay >= 10 THEN 'warning'
            ELSE 'ok'
        END AS state,
        'critical without a connection or from 60 s behind, warning from 10 s or when paused; recovery_min_apply_delay is added' AS threshold,
        CASE
            WHEN r.receiver IS NULL AND r.primary_conninfo <> '' THEN 'not connected to its primary'
            WHEN r.receiver IS NULL AND r.primary_conninfo IS NULL THEN 'no WAL receiver, and primary_conninfo is not visible: needs pg_read_all_settings'
            WHEN r.receiver IS NULL THEN 'fed from the archive: how far behind cannot be seen'
            WHEN r.pause <> 'not paused' THEN 'replay is paused: SELECT pg_wal_replay_resume()'
            WHEN r.bytes <= 0 THEN 'all that was received is replayed'
            ELSE pg_catalog.format('recovery_min_apply_delay %s s', r.apply_delay)
        END AS reason,
        'look for queries here that hold replay up (pg_stat_database_conflicts), and at the connection to the primary' AS action
    FROM replay AS r
), all_rows AS (
    SELECT * FROM this_standby
    UNION ALL SELECT * FROM standby
    UNION ALL SELECT * FROM synchronous
    UNION ALL SELECT * FROM slot
    UNION ALL SELECT * FROM archiver
    UNION ALL SELECT * FROM publication
    UNION ALL SELECT * FROM subscription
)
SELECT
    r.kind, r.name, r.activity, r.sync_state, r.lag_bytes::bigint AS lag_bytes, r.lag_seconds,
    r.retained_bytes::bigint AS retained_bytes, r.safe_wal_bytes::bigint AS safe_wal_bytes, r.wal_status, r.state, r.threshold, r.reason,
    CASE WHEN r.state IN ('warning', 'critical') THEN r.action END AS action
FROM all_rows AS r
ORDER BY r.place, r.name;

COMMENT ON VIEW architect.replication_health IS 'Standbys, synchronous commit, slots, WAL archive, publications and subscriptions; on a standby its own replay too';
COMMENT ON COLUMN architect.replication_health.kind IS 'this standby, standby, synchronous standbys, physical or logical slot, archiver, publication, published table, or subscription';
COMMENT ON COLUMN architect.replication_health.name IS 'Its name; for synchronous standbys the value of synchronous_standby_names';
COMMENT ON COLUMN architect.replication_health.activity IS 'What it does now';
COMMENT ON COLUMN architect.replication_health.sync_state IS 'Of a standby: async, potential, sync or quorum';
COMMENT ON COLUMN architect.replication_health.lag_bytes IS 'WAL that it has still to replay, confirm or archive, in bytes';
COMMENT ON COLUMN architect.replication_health.lag_seconds IS 'Delay of replay; of the archiver and subscriptions the time since the latest file or message, in seconds';
COMMENT ON COLUMN architect.replication_health.retained_bytes IS 'WAL that a slot keeps on disk, in bytes';
COMMENT ON COLUMN architect.replication_health.safe_wal_bytes IS 'WAL that can be written before a slot is lost, in bytes; NULL without max_slot_wal_keep_size';
COMMENT ON COLUMN architect.replication_health.wal_status IS 'Of a slot: reserved, extended, unreserved or lost';
COMMENT ON COLUMN architect.replication_health.state IS 'ok, warning, critical, or not judged';
COMMENT ON COLUMN architect.replication_health.threshold IS 'What it was compared with';
COMMENT ON COLUMN architect.replication_health.reason IS 'What the state is about';
COMMENT ON COLUMN architect.replication_health.action IS 'What to do when it is not ok';

GRANT SELECT ON architect.replication_health TO pg_monitor;
