-- Partitioned tables: how long their partitions last, what falls into the default, what is missing. One row per partitioned table;
-- one that is itself a partition says of which.
CREATE VIEW architect.partition_health WITH (security_invoker = true) AS
WITH RECURSIVE
member AS MATERIALIZED (
    SELECT d.objid FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
-- What is below each domain, be it a domain over domains.
), domain AS (
    SELECT t.oid, t.typbasetype AS base FROM pg_catalog.pg_type t WHERE t.typtype = 'd'
    UNION ALL
    SELECT d.oid, t.typbasetype FROM domain d JOIN pg_catalog.pg_type t ON t.oid = d.base AND t.typtype = 'd'
), top AS MATERIALIZED (
    SELECT c.oid, n.nspname, c.relname, c.relispartition, p.partstrat, p.partdefid, p.partattrs::pg_catalog.int2[] AS attrs,
           coalesce((SELECT d.base FROM domain d JOIN pg_catalog.pg_type t ON t.oid = d.base AND t.typtype <> 'd' WHERE d.oid = a.atttypid), a.atttypid) AS key_type,
           p.partstrat = 'r' AND p.partattrs[0] = 0 AS by_expression, p.partnatts = 1 AS is_single,
           coalesce(pg_catalog.pg_stat_get_last_analyze_time(c.oid), pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid)) AS analyzed, c.reltuples
    FROM pg_catalog.pg_partitioned_table p
    JOIN pg_catalog.pg_class c ON c.oid = p.partrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.partattrs[0] AND p.partattrs[0] > 0
    WHERE c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
      AND NOT EXISTS (SELECT FROM member m WHERE m.objid = c.oid)
), part AS MATERIALIZED (
    SELECT t.oid AS parent, c.oid, c.relname, c.relkind, h.inhdetachpending,
           -- The bound holds no column, so it is written without a look at the table, and nothing waits.
           pg_catalog.pg_get_expr(c.relpartbound, 0) AS bound
    FROM top t
    JOIN pg_catalog.pg_inherits h ON h.inhparent = t.oid
    JOIN pg_catalog.pg_class c ON c.oid = h.inhrelid
), below AS (
    SELECT p.parent, p.oid AS direct, p.oid FROM part p
    UNION ALL
    SELECT b.parent, b.direct, h.inhrelid
    FROM below b
    JOIN part p ON p.oid = b.oid AND p.relkind = 'p'
    JOIN pg_catalog.pg_inherits h ON h.inhparent = b.oid
), content AS MATERIALIZED (
    SELECT b.parent, b.direct, pg_catalog.sum(greatest(c.relpages, 0))::bigint * pg_catalog.current_setting('block_size')::bigint AS bytes,
           pg_catalog.count(*) FILTER (WHERE c.relkind <> 'p') AS leaves,
           pg_catalog.sum(greatest(CASE WHEN c.relkind = 'p' THEN 0 WHEN c.reltuples >= 0 THEN greatest(c.reltuples, pg_catalog.pg_stat_get_live_tuples(c.oid)) ELSE pg_catalog.pg_stat_get_live_tuples(c.oid) END, 0))::bigint AS rows
    FROM below b JOIN pg_catalog.pg_class c ON c.oid = b.oid
    GROUP BY b.parent, b.direct
), bounds AS MATERIALIZED (
    SELECT p.parent, p.oid, p.relname, p.bound, n.bytes, n.leaves, n.rows, p.inhdetachpending, t.partstrat,
           p.oid = t.partdefid AS is_default,
           -- Times only: where now() is among integers, nobody can tell. The text is read back under the settings it was written with.
           CASE WHEN t.partstrat = 'r' AND t.key_type IN (1082, 1114, 1184) THEN (pg_catalog.regexp_match(p.bound, ' TO \(''([^'']+)'''))[1]::timestamp with time zone END AS upper_bound,
           CASE WHEN t.partstrat = 'r' AND t.key_type IN (1082, 1114, 1184) THEN (pg_catalog.regexp_match(p.bound, 'FROM \(''([^'']+)'''))[1]::timestamp with time zone END AS lower_bound,
           t.partstrat = 'r' AND p.bound ~ ' TO \(MAXVALUE' AS endless,
           t.is_single,
           CASE WHEN t.partstrat = 'h' THEN (pg_catalog.regexp_match(p.bound, 'modulus (\d+)'))[1]::bigint END AS modulus
    FROM part p JOIN top t ON t.oid = p.parent LEFT JOIN content n ON n.parent = p.parent AND n.direct = p.oid
), summed AS MATERIALIZED (
    SELECT b.parent, pg_catalog.count(*) AS partitions, pg_catalog.sum(b.leaves) AS leaves, pg_catalog.sum(b.bytes)::bigint AS bytes, pg_catalog.sum(b.rows)::bigint AS rows,
           pg_catalog.max(b.upper_bound) AS last_bound, pg_catalog.bool_or(b.endless) AS endless,
           (pg_catalog.array_agg(b.upper_bound - b.lower_bound ORDER BY b.upper_bound DESC) FILTER (WHERE pg_catalog.isfinite(b.upper_bound) AND pg_catalog.isfinite(b.lower_bound)))[1] AS period,
           pg_catalog.max(b.relname::text) FILTER (WHERE b.is_default) AS default_name, pg_catalog.max(b.rows) FILTER (WHERE b.is_default) AS default_rows,
           -- Every modulus divides the largest, so a full set of shares adds up to it.
           CASE WHEN pg_catalog.max(b.modulus) IS NOT NULL THEN pg_catalog.sum(b.largest / b.modulus) = pg_catalog.max(b.largest) END AS hash_complete,
           pg_catalog.max(b.bytes) FILTER (WHERE NOT b.is_default) AS largest_bytes,
           (pg_catalog.array_agg(b.relname::text ORDER BY b.bytes DESC) FILTER (WHERE NOT b.is_default))[1] AS largest_name,
           pg_catalog.avg(b.bytes) FILTER (WHERE NOT b.is_default AND b.bytes > 0) AS average_bytes,
           pg_catalog.count(*) FILTER (WHERE NOT b.is_default AND b.bytes > 0) AS filled,
           pg_catalog.array_agg(b.relname::text ORDER BY b.relname) FILTER (WHERE b.inhdetachpending) AS half_detached
    FROM (SELECT b.*, pg_catalog.max(b.modulus) OVER (PARTITION BY b.parent) AS largest FROM bounds b) AS b
    GROUP BY b.parent
-- Runs of partitions without a hole between them; of a key of one column, where each begins at the end of another.
), step AS (
    SELECT b.parent, coalesce(b.lower_bound, '-infinity') AS lower_bound, coalesce(b.upper_bound, 'infinity') AS upper_bound,
           pg_catalog.max(coalesce(b.upper_bound, 'infinity')) OVER (PARTITION BY b.parent ORDER BY coalesce(b.lower_bound, '-infinity'), b.oid
                                                                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before
    FROM bounds b
    WHERE b.is_single AND NOT b.is_default AND (b.lower_bound IS NOT NULL OR b.upper_bound IS NOT NULL)
), run AS (
    SELECT r.parent, r.n, pg_catalog.min(r.lower_bound) AS begins, pg_catalog.max(r.upper_bound) AS ends
    FROM (SELECT s.*, pg_catalog.count(*) FILTER (WHERE s.before < s.lower_bound) OVER (PARTITION BY s.parent ORDER BY s.lower_bound, s.upper_bound) AS n
          FROM step s) AS r
    GROUP BY r.parent, r.n
), holes AS MATERIALIZED (
    SELECT r.parent, pg_catalog.count(*) - 1 AS gaps,
           (pg_catalog.array_agg(r.ends ORDER BY r.n))[1] AS gap_from, (pg_catalog.array_agg(r.begins ORDER BY r.n))[2] AS gap_to,
           -- Until when rows of today and later have a partition; now, where there are partitions of the future alone.
           coalesce(pg_catalog.max(r.ends) FILTER (WHERE r.begins <= pg_catalog.now()), pg_catalog.now()) AS covered
    FROM run r GROUP BY r.parent
), unattached AS MATERIALIZED (
    SELECT i.indrelid AS parent, pg_catalog.array_agg(pg_catalog.format('%I', c.relname) ORDER BY c.relname) AS indexes
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid AND c.relkind = 'I'
    WHERE NOT i.indisvalid GROUP BY i.indrelid
), judged AS (
    SELECT t.*, s.partitions, s.leaves, s.bytes, s.rows, s.last_bound, s.endless, s.period, s.default_name, s.default_rows, s.hash_complete,
           s.largest_bytes, s.largest_name, s.average_bytes, s.filled, s.half_detached, u.indexes AS unattached,
           h.gaps, h.gap_from, h.gap_to,
           CASE WHEN h.gaps > 0 AND pg_catalog.isfinite(h.covered) THEN h.covered - pg_catalog.now()
                WHEN h.covered = pg_catalog.now() AND h.gaps = 0 THEN interval '0'
                WHEN s.last_bound IS NOT NULL AND NOT s.endless AND pg_catalog.isfinite(s.last_bound) THEN s.last_bound - pg_catalog.now() END AS runway
    FROM top t
    LEFT JOIN holes h ON h.parent = t.oid
    LEFT JOIN summed s ON s.parent = t.oid
    LEFT JOIN unattached u ON u.parent = t.oid
), advised AS (
    SELECT j.*,
           pg_catalog.array_remove(ARRAY[
               CASE WHEN j.partitions IS NULL THEN 'no partition' END,
               CASE WHEN j.gaps > 0 AND j.default_name IS NULL THEN 'gap' END,
               CASE WHEN j.by_expression AND j.partitions > 0 THEN 'not judged' END,
               CASE WHEN j.runway <= interval '0' THEN 'runway ended' WHEN j.runway < j.period THEN 'runway ending' END,
               CASE WHEN j.default_rows > 0 THEN 'default holds rows' END,
               CASE WHEN NOT j.hash_complete THEN 'hash set incomplete' END,
               CASE WHEN j.unattached IS NOT NULL THEN 'index not attached' END,
               CASE WHEN NOT j.relispartition AND j.analyzed IS NULL AND j.reltuples < 0 AND j.rows > 0 THEN 'parent never analyzed' END,
               CASE WHEN j.partstrat IN ('h', 'l') AND j.filled > 1 AND j.largest_bytes > 5 * j.average_bytes AND j.largest_bytes >= 10 * 1024 * 1024
                      OR j.partstrat = 'h' AND j.filled > 1 AND j.largest_bytes > 2 * j.average_bytes AND j.largest_bytes >= 10 * 1024 * 1024 THEN 'uneven' END,
               CASE WHEN j.partitions > 1000 THEN 'very many partitions' END,
               CASE WHEN j.half_detached IS NOT NULL THEN 'detach unfinished' END
           ], NULL) AS advice
    FROM judged j
)
SELECT pg_catalog.row_number() OVER (
           ORDER BY ARRAY['no partition', 'runway ended', 'hash set incomplete'] && a.advice DESC, ARRAY['runway ending', 'default holds rows'] && a.advice DESC,
                    pg_catalog.cardinality(a.advice) DESC, a.bytes DESC NULLS LAST, a.nspname, a.relname) AS rank,
       a.nspname AS schema_name, a.relname AS table_name, a.advice,
       nullif(pg_catalog.concat_ws('; ',
           CASE WHEN a.partitions IS NULL THEN 'every insert fails' END,
           CASE WHEN 'gap' = ANY (a.advice) THEN pg_catalog.format('no partition takes rows from %s to %s%s: inserts fail there', a.gap_from, a.gap_to,
                CASE WHEN a.gaps > 1 THEN pg_catalog.format(', and %s more gaps', a.gaps - 1) ELSE '' END) END,
           CASE WHEN 'not judged' = ANY (a.advice) THEN 'its key begins with an expression: how long its partitions last is not judged' END,
           CASE WHEN a.runway <= interval '0' THEN CASE WHEN a.default_name IS NULL THEN 'rows of today have no partition: inserts fail' ELSE pg_catalog.format('rows of today go to %I', a.default_name) END
                WHEN a.runway < a.period THEN pg_catalog.format('less than one more period (%s) is prepared', a.period) END,
           CASE WHEN a.default_rows > 0 THEN pg_catalog.format('%I holds about %s rows; a new partition for them must wait for a scan of it', a.default_name, a.default_rows) END,
           CASE WHEN NOT a.hash_complete THEN 'rows of the missing remainders cannot be inserted' END,
           CASE WHEN a.unattached IS NOT NULL THEN 'an index of the parent is not valid until one of each partition is attached' END,
           CASE WHEN 'parent never analyzed' = ANY (a.advice) THEN 'autovacuum analyzes partitions only: the planner has no statistics of the whole; ANALYZE the parent' END,
           CASE WHEN 'uneven' = ANY (a.advice) THEN pg_catalog.format('%I is %s times the average', a.largest_name, pg_catalog.round(a.largest_bytes / a.average_bytes, 1)) END), '') AS reason,
       CASE a.partstrat WHEN 'r' THEN 'range' WHEN 'l' THEN 'list' WHEN 'h' THEN 'hash' END AS strategy,
       (SELECT pg_catalog.array_agg(coalesce(t.attname::text, '(expression)') ORDER BY k.place)
        FROM pg_catalog.unnest(a.attrs) WITH ORDINALITY AS k (attnum, place)
        LEFT JOIN pg_catalog.pg_attribute t ON t.attrelid = a.oid AND t.attnum = k.attnum AND k.attnum > 0) AS key_columns,
       coalesce(a.partitions, 0) AS partitions, coalesce(a.leaves, 0)::bigint AS leaves, a.rows, a.bytes AS heap_bytes,
       a.last_bound, a.runway, a.period, a.default_name AS default_partition, a.default_rows, a.hash_complete, a.unattached AS unattached_indexes,
       a.analyzed AS parent_analyzed, a.largest_name AS largest_partition, pg_catalog.round(a.largest_bytes / nullif(a.average_bytes, 0), 1) AS largest_ratio,
       CASE WHEN a.relispartition THEN (SELECT pg_catalog.format('%I.%I', n.nspname, p.relname) FROM pg_catalog.pg_inherits h
                                        JOIN pg_catalog.pg_class p ON p.oid = h.inhparent JOIN pg_catalog.pg_namespace n ON n.oid = p.relnamespace
                                        WHERE h.inhrelid = a.oid) END AS partition_of,
       a.oid AS table_oid
FROM advised a
ORDER BY rank;

COMMENT ON VIEW architect.partition_health IS 'Every partitioned table: how long its partitions last, what falls into the default, what is missing or uneven';
COMMENT ON COLUMN architect.partition_health.rank IS '1 is the most urgent: inserts fail, then rows go astray soon, then by number of advices and size';
COMMENT ON COLUMN architect.partition_health.schema_name IS 'Its schema';
COMMENT ON COLUMN architect.partition_health.table_name IS 'The partitioned table';
COMMENT ON COLUMN architect.partition_health.advice IS 'no partition, gap, runway ended, runway ending, default holds rows, hash set incomplete, index not attached, parent never analyzed, uneven, very many partitions (1000), detach unfinished; not judged (a range over an expression)';
COMMENT ON COLUMN architect.partition_health.reason IS 'What that means here';
COMMENT ON COLUMN architect.partition_health.strategy IS 'range, list or hash';
COMMENT ON COLUMN architect.partition_health.key_columns IS 'Columns of the partition key';
COMMENT ON COLUMN architect.partition_health.partitions IS 'Its direct partitions, as a count';
COMMENT ON COLUMN architect.partition_health.leaves IS 'Partitions below it that hold rows, as a count';
COMMENT ON COLUMN architect.partition_health.rows IS 'Rows in all, estimated or counted';
COMMENT ON COLUMN architect.partition_health.heap_bytes IS 'Heaps of all partitions in bytes, as of the last VACUUM or ANALYZE';
COMMENT ON COLUMN architect.partition_health.last_bound IS 'End of the last partition; NULL unless the key is a time';
COMMENT ON COLUMN architect.partition_health.runway IS 'Time from now to there, or to the first gap; negative when it has ended, 0 when all partitions are of the future. NULL without an end (MAXVALUE) or a time';
COMMENT ON COLUMN architect.partition_health.period IS 'Length of the last partition: with less runway than that it is ending';
COMMENT ON COLUMN architect.partition_health.default_partition IS 'Name of the default partition';
COMMENT ON COLUMN architect.partition_health.default_rows IS 'Rows in it, estimated or counted';
COMMENT ON COLUMN architect.partition_health.hash_complete IS 'Whether there is a partition for every remainder; NULL unless by hash';
COMMENT ON COLUMN architect.partition_health.unattached_indexes IS 'Its indexes that are not valid, for want of one on each partition';
COMMENT ON COLUMN architect.partition_health.parent_analyzed IS 'Last ANALYZE of the table as a whole; NULL: never, or not known since the counters began';
COMMENT ON COLUMN architect.partition_health.largest_partition IS 'Its largest partition, the default apart';
COMMENT ON COLUMN architect.partition_health.largest_ratio IS 'How many times the average of the partitions with rows that one is';
COMMENT ON COLUMN architect.partition_health.partition_of IS 'The table it is itself a partition of, as schema.table';
COMMENT ON COLUMN architect.partition_health.table_oid IS 'OID of the table';
GRANT SELECT ON architect.partition_health TO pg_monitor;
