-- Tables that are read from end to end so often that an index is likely missing. Which one, only the queries can tell.
CREATE VIEW architect.missing_index_candidates WITH (security_invoker = true) AS
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
), used AS MATERIALIZED (
    SELECT t.root,
           pg_catalog.sum(s.seq_scan)::bigint AS seq_scans, pg_catalog.sum(s.seq_tup_read)::bigint AS seq_rows,
           -- NULL for a table without any index: the worst case, not one to lose.
           pg_catalog.sum(coalesce(s.idx_scan, 0))::bigint AS index_scans, pg_catalog.sum(coalesce(s.idx_tup_fetch, 0))::bigint AS index_rows,
           pg_catalog.sum(s.n_live_tup)::bigint AS live_rows, pg_catalog.sum(s.n_tup_ins + s.n_tup_upd + s.n_tup_del)::bigint AS writes,
           pg_catalog.sum(greatest(c.relpages, 0))::bigint * pg_catalog.current_setting('block_size')::bigint AS bytes,
           pg_catalog.count(*) FILTER (WHERE c.relkind <> 'p') AS tables,
           pg_catalog.max((pg_catalog.to_jsonb(s) ->> 'last_seq_scan')::timestamp with time zone) AS last_seq_scan
    FROM tree t
    JOIN pg_catalog.pg_class c ON c.oid = t.relid
    JOIN pg_catalog.pg_stat_all_tables s ON s.relid = t.relid
    WHERE s.seq_scan > 0 OR s.idx_scan > 0
    GROUP BY t.root
)
SELECT pg_catalog.row_number() OVER (ORDER BY u.seq_rows DESC, n.nspname, c.relname) AS rank,
       n.nspname AS schema_name, c.relname AS table_name,
       CASE WHEN u.seq_scans > u.index_scans * 10 THEN 'high' ELSE 'medium' END AS weight,
       u.live_rows AS rows, u.bytes AS heap_bytes, u.seq_scans, u.index_scans,
       pg_catalog.round(u.seq_rows::numeric / u.seq_scans, 0) AS rows_per_seq_scan, u.seq_rows AS seq_rows_read,
       u.last_seq_scan, u.writes,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_index i WHERE i.indrelid = c.oid) AS indexes,
       c.oid IN (SELECT f.table_oid FROM architect.missing_fk_indexes f) AS foreign_key_unserved,
       a.counters_since,
       pg_catalog.format('%s sequential scans of %s rows on average beside %s index scans in %s days%s',
           u.seq_scans, pg_catalog.round(u.seq_rows::numeric / u.seq_scans, 0), u.index_scans, pg_catalog.round((extract(epoch FROM a.counter_age) / 86400)::numeric, 1),
           CASE WHEN a.counter_age < interval '1 day' THEN ': counters are young, so this may be one job' ELSE '' END) AS evidence,
       c.oid AS table_oid
FROM used u
JOIN pg_catalog.pg_class c ON c.oid = u.root
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
CROSS JOIN architect.counter_age a
-- Two formulas that are both in use: more scans than index scans in a table of some size, and ten times as many.
WHERE u.seq_scans > 100 * u.tables AND u.live_rows > 10000 AND u.index_scans < u.seq_scans
  -- Scans that stop early (LIMIT, EXISTS) are not what an index would mend.
  AND u.seq_rows::numeric / u.seq_scans * u.tables > 1000
ORDER BY rank;

COMMENT ON VIEW architect.missing_index_candidates IS 'Tables read from end to end more than 100 times and more often than by index, with over 10000 rows; look for their queries before indexing. Trees of partitions once';
COMMENT ON COLUMN architect.missing_index_candidates.rank IS '1 has the most rows read by sequential scans';
COMMENT ON COLUMN architect.missing_index_candidates.schema_name IS 'Schema of the table';
COMMENT ON COLUMN architect.missing_index_candidates.table_name IS 'The table, of a partition tree the root';
COMMENT ON COLUMN architect.missing_index_candidates.weight IS 'high: more than ten sequential scans per index scan; medium: more than one';
COMMENT ON COLUMN architect.missing_index_candidates.rows IS 'Live rows, as counted';
COMMENT ON COLUMN architect.missing_index_candidates.heap_bytes IS 'Size of the heap in bytes, as of the last VACUUM or ANALYZE';
COMMENT ON COLUMN architect.missing_index_candidates.seq_scans IS 'Sequential scans since counters_since; each partition''s counts';
COMMENT ON COLUMN architect.missing_index_candidates.index_scans IS 'Index scans since then';
COMMENT ON COLUMN architect.missing_index_candidates.rows_per_seq_scan IS 'Rows that a sequential scan read, on average';
COMMENT ON COLUMN architect.missing_index_candidates.seq_rows_read IS 'Rows that sequential scans read in all';
COMMENT ON COLUMN architect.missing_index_candidates.last_seq_scan IS 'Last sequential scan; NULL before PostgreSQL 16';
COMMENT ON COLUMN architect.missing_index_candidates.writes IS 'Rows inserted, updated and deleted since then: what one more index would make dearer';
COMMENT ON COLUMN architect.missing_index_candidates.indexes IS 'How many indexes it has';
COMMENT ON COLUMN architect.missing_index_candidates.foreign_key_unserved IS 'Whether a foreign key of it has no index (missing_fk_indexes): the likely cause';
COMMENT ON COLUMN architect.missing_index_candidates.counters_since IS 'Counters cover the time from here on, see counter_age';
COMMENT ON COLUMN architect.missing_index_candidates.evidence IS 'The same in words, with the age of the counters';
COMMENT ON COLUMN architect.missing_index_candidates.table_oid IS 'OID of the table';
GRANT SELECT ON architect.missing_index_candidates TO pg_monitor;
