-- How each table is: size, dead rows, bloat, statistics, how it is read and written. One row per table; partition trees are one row.
--
-- Sizes are pages as VACUUM and ANALYZE last saw them: asking the files would wait for whoever holds the table.
CREATE VIEW architect.table_health WITH (security_invoker = true) AS
WITH
member AS MATERIALIZED (
    SELECT d.objid FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
), tree AS MATERIALIZED (
    SELECT CASE WHEN c.relispartition THEN pg_catalog.pg_partition_root(c.oid)::pg_catalog.oid ELSE c.oid END AS root, c.oid AS relid
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
      AND NOT EXISTS (SELECT FROM member m WHERE m.objid = c.oid)
), heap AS MATERIALIZED (
    SELECT t.root, c.oid, c.relkind, c.relpages, c.reltuples, c.relfrozenxid, c.reltoastrelid, c.reloptions, c.relnatts
    FROM tree t JOIN pg_catalog.pg_class c ON c.oid = t.relid
), file AS (
    SELECT h.root, h.oid, 'heap' AS part, h.relpages, h.relfrozenxid FROM heap h WHERE h.relkind <> 'p'
    UNION ALL
    SELECT h.root, t.oid, 'toast', t.relpages, t.relfrozenxid FROM heap h JOIN pg_catalog.pg_class t ON t.oid = h.reltoastrelid
    UNION ALL
    SELECT h.root, x.oid, 'toast', x.relpages, NULL FROM heap h
    JOIN pg_catalog.pg_index i ON i.indrelid = h.reltoastrelid JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
    UNION ALL
    SELECT h.root, x.oid, 'index', x.relpages, NULL FROM heap h
    JOIN pg_catalog.pg_index i ON i.indrelid = h.oid JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid AND x.relkind = 'i'
), size AS MATERIALIZED (
    SELECT f.root,
           coalesce(pg_catalog.sum(f.relpages) FILTER (WHERE f.part = 'heap'), 0) * b.size AS heap_bytes,
           coalesce(pg_catalog.sum(f.relpages) FILTER (WHERE f.part = 'index'), 0) * b.size AS index_bytes,
           coalesce(pg_catalog.sum(f.relpages) FILTER (WHERE f.part = 'toast'), 0) * b.size AS toast_bytes,
           pg_catalog.sum(pg_catalog.pg_stat_get_blocks_fetched(f.oid)) AS blocks_asked,
           pg_catalog.sum(pg_catalog.pg_stat_get_blocks_hit(f.oid)) AS blocks_hit,
           pg_catalog.max(CASE WHEN f.relfrozenxid <> 0 THEN pg_catalog.age(f.relfrozenxid) END) AS xid_age
    FROM file f CROSS JOIN (SELECT pg_catalog.current_setting('block_size')::bigint) AS b (size)
    GROUP BY f.root, b.size
), index_use AS MATERIALIZED (
    SELECT i.indrelid, pg_catalog.sum(pg_catalog.pg_stat_get_numscans(i.indexrelid)) AS scans FROM pg_catalog.pg_index i GROUP BY i.indrelid
), activity AS MATERIALIZED (
    SELECT h.root,
           pg_catalog.count(*) FILTER (WHERE h.relkind <> 'p') AS tables,
           CASE WHEN pg_catalog.bool_and(h.reltuples >= 0 OR s.live > 0) FILTER (WHERE h.relkind <> 'p')
                THEN pg_catalog.sum(CASE WHEN h.reltuples >= 0 THEN h.reltuples ELSE s.live END) FILTER (WHERE h.relkind <> 'p') END AS rows,
           pg_catalog.bool_or(h.reltuples < 0) FILTER (WHERE h.relkind <> 'p') AS unmeasured,
           pg_catalog.sum(s.live) AS live_rows, pg_catalog.sum(s.dead) AS dead_rows, pg_catalog.sum(s.modified) AS modified_rows,
           pg_catalog.sum(s.inserted) AS inserted, pg_catalog.sum(s.updated) AS updated, pg_catalog.sum(s.deleted) AS deleted, pg_catalog.sum(s.hot) AS hot,
           pg_catalog.sum(s.seq_scans) AS seq_scans, pg_catalog.sum(s.index_scans) AS index_scans,
           pg_catalog.min(s.vacuumed) FILTER (WHERE h.relkind <> 'p') AS vacuumed, pg_catalog.bool_or(s.vacuumed IS NULL) FILTER (WHERE h.relkind <> 'p') AS some_never_vacuumed,
           pg_catalog.min(s.analyzed) FILTER (WHERE h.relkind <> 'p') AS analyzed, pg_catalog.bool_or(s.analyzed IS NULL) FILTER (WHERE h.relkind <> 'p') AS some_never_analyzed,
           pg_catalog.max(s.analyzed) FILTER (WHERE h.relkind = 'p' AND h.oid = h.root) AS root_analyzed
    FROM heap h
    LEFT JOIN index_use u ON u.indrelid = h.oid
    CROSS JOIN LATERAL (
        SELECT pg_catalog.pg_stat_get_live_tuples(h.oid), pg_catalog.pg_stat_get_dead_tuples(h.oid), pg_catalog.pg_stat_get_mod_since_analyze(h.oid),
               pg_catalog.pg_stat_get_tuples_inserted(h.oid), pg_catalog.pg_stat_get_tuples_updated(h.oid),
               pg_catalog.pg_stat_get_tuples_deleted(h.oid), pg_catalog.pg_stat_get_tuples_hot_updated(h.oid),
               pg_catalog.pg_stat_get_numscans(h.oid),
               u.scans,
               greatest(pg_catalog.pg_stat_get_last_vacuum_time(h.oid), pg_catalog.pg_stat_get_last_autovacuum_time(h.oid)),
               greatest(pg_catalog.pg_stat_get_last_analyze_time(h.oid), pg_catalog.pg_stat_get_last_autoanalyze_time(h.oid))
    ) AS s (live, dead, modified, inserted, updated, deleted, hot, seq_scans, index_scans, vacuumed, analyzed)
    GROUP BY h.root
-- Bloat: pages beyond what the rows need if written anew, by the layout of a row.
), visible AS MATERIALIZED (
    SELECT c.oid AS relid, a.attnum, s.null_frac, s.avg_width
    FROM pg_catalog.pg_stats s
    JOIN pg_catalog.pg_namespace n ON n.nspname = s.schemaname
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = s.tablename
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attname
    WHERE NOT s.inherited AND c.relkind IN ('r', 'm')
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
), pieces AS MATERIALIZED (
    SELECT h.oid, a.attnum, a.attisdropped, a.atthasmissing, v.relid IS NOT NULL AS known, coalesce(v.null_frac, 0) AS null_frac,
           CASE WHEN a.attisdropped THEN 0 WHEN a.attlen > 0 THEN a.attlen ELSE coalesce(v.avg_width, 0) END AS width,
           -- Short values of variable length have a header of one byte and are not aligned.
           CASE WHEN a.attisdropped THEN 1
                WHEN a.attlen < 0 AND coalesce(v.avg_width, 0) < 127 THEN 1
                ELSE CASE a.attalign WHEN 'd' THEN 8 WHEN 'i' THEN 4 WHEN 's' THEN 2 ELSE 1 END END AS align,
           a.attlen < 0 AND NOT a.attisdropped AS varies
    FROM heap h
    JOIN pg_catalog.pg_attribute a ON a.attrelid = h.oid AND a.attnum > 0
    -- A virtual generated column (18) takes no space.
    LEFT JOIN visible v ON v.relid = h.oid AND v.attnum = a.attnum
    WHERE h.relkind <> 'p' AND h.relpages >= 20 AND a.attgenerated <> 'v'
-- What starts on a multiple of 8 begins a group, within it what starts on 4, within that on 2. The size of a group is rounded up to
-- the alignment of what follows it, so groups of groups give the row with its padding. Where lengths vary the padding is half of the
-- most it can be, on average.
), g AS (
    SELECT p.*,
           pg_catalog.count(*) FILTER (WHERE p.align = 8) OVER w AS g8, pg_catalog.count(*) FILTER (WHERE p.align >= 4) OVER w AS g4,
           pg_catalog.count(*) FILTER (WHERE p.align >= 2) OVER w AS g2
    FROM pieces p WINDOW w AS (PARTITION BY p.oid ORDER BY p.attnum)
), s2 AS (
    SELECT q.oid, q.g8, q.g4, q.g2, pg_catalog.sum(q.width * (1 - q.null_frac)) AS data, pg_catalog.sum(q.width) AS full_size, pg_catalog.max(q.null_frac) AS null_frac, pg_catalog.bool_or(q.varies) AS varies,
           pg_catalog.bool_and(q.known OR q.attisdropped) AS known, pg_catalog.bool_or(q.attisdropped) AS dropped,
           pg_catalog.sum(q.width * (1 - q.null_frac)) FILTER (WHERE q.atthasmissing) AS added, pg_catalog.sum(pg_catalog.ln(greatest(1 - q.null_frac, 1e-9))) AS ln_no_null
    FROM g q GROUP BY q.oid, q.g8, q.g4, q.g2
), p2 AS (
    SELECT q.*, CASE WHEN q.varies THEN 0.5 ELSE (pg_catalog.ceil(q.full_size / 2.0) * 2 - q.full_size) END * (1 - q.null_frac) AS pad FROM s2 q
), s4 AS (
    SELECT q.oid, q.g8, q.g4, pg_catalog.sum(q.data + q.pad) AS data, pg_catalog.sum(CASE WHEN q.varies THEN q.full_size ELSE pg_catalog.ceil(q.full_size / 2.0) * 2 END) AS full_size,
           pg_catalog.max(q.null_frac) AS null_frac, pg_catalog.bool_or(q.varies) AS varies, pg_catalog.bool_and(q.known) AS known, pg_catalog.bool_or(q.dropped) AS dropped, pg_catalog.sum(q.added) AS added, pg_catalog.sum(q.ln_no_null) AS ln_no_null
    FROM p2 q GROUP BY q.oid, q.g8, q.g4
), p4 AS (
    SELECT q.*, CASE WHEN q.varies THEN 1 ELSE (pg_catalog.ceil(q.full_size / 4.0) * 4 - q.full_size) END * (1 - q.null_frac) AS pad FROM s4 q
), s8 AS (
    SELECT q.oid, q.g8, pg_catalog.sum(q.data + q.pad) AS data, pg_catalog.sum(CASE WHEN q.varies THEN q.full_size ELSE pg_catalog.ceil(q.full_size / 4.0) * 4 END) AS full_size,
           pg_catalog.max(q.null_frac) AS null_frac, pg_catalog.bool_or(q.varies) AS varies, pg_catalog.bool_and(q.known) AS known, pg_catalog.bool_or(q.dropped) AS dropped, pg_catalog.sum(q.added) AS added, pg_catalog.sum(q.ln_no_null) AS ln_no_null
    FROM p4 q GROUP BY q.oid, q.g8
), p8 AS (
    SELECT q.*, CASE WHEN q.varies THEN 2 ELSE (pg_catalog.ceil(q.full_size / 8.0) * 8 - q.full_size) END * (1 - q.null_frac) AS pad FROM s8 q
), layout AS (
    SELECT q.oid, pg_catalog.sum(q.data + q.pad) AS data, pg_catalog.bool_and(q.known) AS known, pg_catalog.bool_or(q.dropped) AS dropped, coalesce(pg_catalog.sum(q.added), 0) AS added,
           1 - pg_catalog.exp(pg_catalog.sum(q.ln_no_null)) AS some_null
    FROM p8 q GROUP BY q.oid
), estimate AS MATERIALIZED (
    SELECT h.root, h.oid, h.relpages,
           CASE WHEN h.reltuples < 0 THEN 'never analyzed'
                WHEN h.relpages < 20 THEN 'under 20 pages'
                WHEN l.dropped THEN 'dropped columns, which old rows still hold'
                WHEN NOT l.known AND NOT pg_catalog.has_table_privilege(h.oid, 'SELECT') THEN 'no right to see column statistics'
                WHEN NOT l.known THEN 'no column statistics: never analyzed, or by a statistics target of 0'
                WHEN l.added > 0.05 * l.data THEN 'columns added with a default, which old rows do not hold'
           END AS obstacle,
           -- A virtual generated column is NULL in every row.
           24 + CASE WHEN h.relnatts > 8 THEN CASE WHEN h.virtual THEN 1 ELSE l.some_null END * (pg_catalog.ceil((23 + pg_catalog.ceil(h.relnatts / 8.0)) / 8) * 8 - 24) ELSE 0 END + l.data + 4 AS row_bytes,
           pg_catalog.current_setting('block_size')::integer AS page,
           coalesce((
               -- As parse_int (guc.c) reads it: blanks around, hexadecimal, octal, rounded.
               SELECT greatest(10, least(100, CASE
                          WHEN o.option_value ~ '^\s*\+?0[xX]0*[0-9a-fA-F]{1,2}\s*$'
                          THEN ('x' || pg_catalog.lpad(substring(o.option_value FROM '([0-9a-fA-F]{1,2})\s*$'), 8, '0'))::bit(32)::integer
                          WHEN o.option_value ~ '^\s*\+?0+[0-7]{2,3}\s*$'
                          THEN substring(o.option_value FROM '([0-7])[0-7][0-7]\s*$')::integer * 64
                               + substring(o.option_value FROM '([0-7])[0-7]\s*$')::integer * 8 + substring(o.option_value FROM '([0-7])\s*$')::integer
                          WHEN o.option_value ~ '^\s*\+?(\d{1,100}(\.\d{0,100})?|\.\d{1,100})([eE][+-]?\d{1,2})?\s*$'
                          THEN pg_catalog.round(o.option_value::double precision) END))::integer
               FROM pg_catalog.pg_options_to_table(h.reloptions) AS o
               WHERE o.option_name = 'fillfactor' AND o.option_value ~ '\d'), 100) AS fillfactor,
           h.reltuples
    FROM (SELECT p.*, EXISTS (SELECT FROM pg_catalog.pg_attribute a
                              WHERE a.attrelid = p.oid AND a.attnum > 0 AND a.attgenerated = 'v' AND NOT a.attisdropped) AS virtual
          FROM heap p) AS h
    LEFT JOIN layout l ON l.oid = h.oid
    WHERE h.relkind <> 'p'
), bloat AS MATERIALIZED (
    SELECT e.root,
           pg_catalog.sum(greatest(e.relpages - pg_catalog.ceil(e.reltuples / greatest(
               CASE WHEN e.row_bytes > e.page / 8.0 THEN pg_catalog.floor(e.room / e.row_bytes) ELSE e.room / e.row_bytes END, 1)), 0)
               ) FILTER (WHERE e.obstacle IS NULL) * pg_catalog.max(e.page) AS bytes,
           pg_catalog.sum(e.relpages) FILTER (WHERE e.obstacle IS NULL) AS judged_pages, pg_catalog.sum(e.relpages) AS pages,
           pg_catalog.count(*) FILTER (WHERE e.obstacle IS NOT NULL) AS unjudged, pg_catalog.count(*) AS tables,
           pg_catalog.min(e.obstacle) AS obstacle
    FROM (SELECT e.*, e.page - 24 - e.page * (100 - e.fillfactor) / 100.0 AS room FROM estimate e) AS e
    GROUP BY e.root
), health AS (
    SELECT n.nspname, c.relname, c.relkind, c.oid, a.*, z.heap_bytes, z.index_bytes, z.toast_bytes, z.blocks_asked, z.blocks_hit, z.xid_age,
           CASE WHEN b.judged_pages > 0 THEN b.bytes END AS bloat_bytes,
           CASE WHEN b.judged_pages > 0 THEN (100.0 * b.bytes / (b.judged_pages * pg_catalog.current_setting('block_size')::integer))::numeric END AS bloat_percent,
           CASE WHEN b.judged_pages > 0
                THEN 'estimate: row layout from pg_stats widths, alignment, NULLs, fillfactor'
                     || CASE WHEN b.unjudged > 0 THEN pg_catalog.format('; %s of %s partitions not judged: %s', b.unjudged, b.tables, b.obstacle) ELSE '' END
                ELSE 'not judged: ' || coalesce(b.obstacle, 'no partition') END AS bloat_method
    FROM activity a
    JOIN pg_catalog.pg_class c ON c.oid = a.root
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN size z ON z.root = a.root
    LEFT JOIN bloat b ON b.root = a.root
)
SELECT pg_catalog.row_number() OVER (
           ORDER BY coalesce(h.bloat_bytes, 0) + coalesce(h.heap_bytes * h.dead_rows / nullif(h.live_rows + h.dead_rows, 0), 0)::double precision DESC,
                    coalesce(h.heap_bytes + h.index_bytes + h.toast_bytes, 0) DESC, h.nspname, h.relname) AS rank,
       h.nspname AS schema_name, h.relname AS table_name,
       pg_catalog.array_remove(ARRAY[
           CASE WHEN h.unmeasured AND h.live_rows > 0 THEN 'never analyzed'
                WHEN h.modified_rows > 0.1 * h.live_rows AND h.modified_rows > 1000
                     AND (h.analyzed IS NULL OR h.analyzed < pg_catalog.now() - interval '7 days') THEN 'statistics stale' END,
           CASE WHEN h.relkind = 'p' AND h.root_analyzed IS NULL AND h.live_rows > 0 THEN 'parent never analyzed' END,
           CASE WHEN h.dead_rows > 10000 AND h.dead_rows > 0.2 * (h.live_rows + h.dead_rows) THEN 'many dead rows' END,
           CASE WHEN h.bloat_percent >= 30 AND h.bloat_bytes >= 10 * 1024 * 1024 THEN 'bloated' END,
           CASE WHEN h.updated >= 10000 AND h.hot < 0.1 * h.updated THEN 'few HOT updates' END,
           CASE WHEN h.xid_age > pg_catalog.current_setting('autovacuum_freeze_max_age')::bigint THEN 'freeze overdue' END
       ], NULL) AS advice,
       h.rows::bigint AS rows,
       (h.heap_bytes + h.index_bytes + h.toast_bytes)::bigint AS total_bytes, h.heap_bytes::bigint AS heap_bytes,
       h.index_bytes::bigint AS index_bytes, h.toast_bytes::bigint AS toast_bytes,
       h.dead_rows::bigint AS dead_rows,
       pg_catalog.round(100.0 * h.dead_rows / nullif(h.live_rows + h.dead_rows, 0), 1) AS dead_percent,
       h.modified_rows::bigint AS modified_rows,
       h.bloat_bytes::bigint AS bloat_bytes, pg_catalog.round(h.bloat_percent, 1) AS bloat_percent, h.bloat_method,
       CASE WHEN NOT h.some_never_vacuumed THEN h.vacuumed END AS last_vacuum,
       CASE WHEN NOT h.some_never_analyzed THEN h.analyzed END AS last_analyze,
       (h.inserted + h.updated + h.deleted)::bigint AS writes,
       pg_catalog.round(100.0 * h.hot / nullif(h.updated, 0), 1) AS hot_percent,
       pg_catalog.round(100.0 * h.blocks_hit / nullif(h.blocks_asked, 0), 1) AS cache_hit_percent,
       h.seq_scans::bigint AS seq_scans, coalesce(h.index_scans, 0)::bigint AS index_scans,
       pg_catalog.round(100.0 * coalesce(h.index_scans, 0) / nullif(h.seq_scans + coalesce(h.index_scans, 0), 0), 1) AS index_scan_percent,
       h.xid_age, a.counters_since,
       CASE WHEN h.relkind = 'p' THEN h.tables END AS partitions, h.oid AS table_oid
FROM health h CROSS JOIN architect.counter_age a
ORDER BY rank;

COMMENT ON VIEW architect.table_health IS 'Every table: size, dead rows, bloat, statistics, how it is read and written; first those with most to gain. A partition tree is one row';
COMMENT ON COLUMN architect.table_health.rank IS '1 has most bytes to gain: free bytes by estimate and the dead rows'' share of the heap; then size';
COMMENT ON COLUMN architect.table_health.schema_name IS 'Its schema';
COMMENT ON COLUMN architect.table_health.table_name IS 'The table or materialized view; of a partition tree the root';
COMMENT ON COLUMN architect.table_health.advice IS 'What stands out: never analyzed, statistics stale (10 %, 7 days), parent never analyzed, many dead rows (20 %), bloated (30 %, 10 MB), few HOT updates (10 %), freeze overdue';
COMMENT ON COLUMN architect.table_health.rows IS 'Rows, estimated by the last VACUUM or ANALYZE, else counted; NULL if neither';
COMMENT ON COLUMN architect.table_health.total_bytes IS 'Heap, indexes and TOAST in bytes, as of the last VACUUM or ANALYZE';
COMMENT ON COLUMN architect.table_health.heap_bytes IS 'Its rows themselves, in bytes';
COMMENT ON COLUMN architect.table_health.index_bytes IS 'Its indexes, in bytes';
COMMENT ON COLUMN architect.table_health.toast_bytes IS 'Its long values that are kept apart (TOAST) with their index, in bytes; seen by VACUUM only';
COMMENT ON COLUMN architect.table_health.dead_rows IS 'Dead rows that VACUUM has not removed, as counted';
COMMENT ON COLUMN architect.table_health.dead_percent IS 'Dead rows in per cent of all';
COMMENT ON COLUMN architect.table_health.modified_rows IS 'Rows changed since the last ANALYZE';
COMMENT ON COLUMN architect.table_health.bloat_bytes IS 'Bytes of the heap that a rewrite would free, estimated; NULL where not judged';
COMMENT ON COLUMN architect.table_health.bloat_percent IS 'The same in per cent of the heap; within about 10 points of pgstattuple when statistics are fresh';
COMMENT ON COLUMN architect.table_health.bloat_method IS 'How bloat was estimated, or why not';
COMMENT ON COLUMN architect.table_health.last_vacuum IS 'Last VACUUM or autovacuum, of a tree the least recent; NULL: never, or not known since the counters began';
COMMENT ON COLUMN architect.table_health.last_analyze IS 'Last ANALYZE or autoanalyze, of a tree the least recent of its partitions; NULL as above';
COMMENT ON COLUMN architect.table_health.writes IS 'Rows inserted, updated and deleted since counters_since';
COMMENT ON COLUMN architect.table_health.hot_percent IS 'Updates that touched no index (HOT), in per cent of updates';
COMMENT ON COLUMN architect.table_health.cache_hit_percent IS 'Pages of heap, indexes and TOAST found in shared_buffers, in per cent; the system''s cache is not seen';
COMMENT ON COLUMN architect.table_health.seq_scans IS 'Sequential scans since counters_since';
COMMENT ON COLUMN architect.table_health.index_scans IS 'Index scans since then';
COMMENT ON COLUMN architect.table_health.index_scan_percent IS 'Index scans in per cent of all scans';
COMMENT ON COLUMN architect.table_health.xid_age IS 'Age of its oldest row version not yet frozen, TOAST included, in transactions';
COMMENT ON COLUMN architect.table_health.counters_since IS 'Counters cover the time from here on, see counter_age';
COMMENT ON COLUMN architect.table_health.partitions IS 'Partitions with rows of their own in the tree, as a count; NULL for a plain table';
COMMENT ON COLUMN architect.table_health.table_oid IS 'OID of the table';
GRANT SELECT ON architect.table_health TO pg_monitor;
