-- What the statistics and the types of columns suggest. One row per column and advice; a table whose statistics cannot be seen is a
-- row that says so. Partition trees are judged at their root, by the statistics of the whole tree.
CREATE VIEW architect.column_advice WITH (security_invoker = true) AS
WITH RECURSIVE
member AS MATERIALIZED (
    SELECT d.objid FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
), tab AS MATERIALIZED (
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.reltuples, c.relpages, t.relpages AS toast_pages,
           pg_catalog.pg_stat_get_mod_since_analyze(c.oid) AS modified,
           greatest(pg_catalog.pg_stat_get_last_analyze_time(c.oid), pg_catalog.pg_stat_get_last_autoanalyze_time(c.oid)) AS analyzed,
           pg_catalog.current_setting('block_size')::bigint AS page
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
      AND NOT EXISTS (SELECT FROM member m WHERE m.objid = c.oid)
), visible AS MATERIALIZED (
    SELECT t.oid AS relid, s.attname, s.null_frac, s.avg_width, s.correlation,
           CASE WHEN s.n_distinct < 0 THEN -s.n_distinct * greatest(t.reltuples, 0) ELSE s.n_distinct END AS n_distinct,
           s.most_common_freqs
    FROM pg_catalog.pg_stats s
    JOIN tab t ON t.nspname = s.schemaname AND t.relname = s.tablename AND s.inherited = (t.relkind = 'p')
-- What is below each domain, be it a domain over domains, and with which modifier: that of the innermost that has one.
), domain AS (
    SELECT t.oid, t.typbasetype AS base, t.typtypmod AS typmod FROM pg_catalog.pg_type t WHERE t.typtype = 'd'
    UNION ALL
    SELECT d.oid, t.typbasetype, CASE WHEN t.typtypmod >= 0 THEN t.typtypmod ELSE d.typmod END
    FROM domain d JOIN pg_catalog.pg_type t ON t.oid = d.base AND t.typtype = 'd'
), bottom AS MATERIALIZED (
    SELECT d.oid, d.base, d.typmod FROM domain d JOIN pg_catalog.pg_type t ON t.oid = d.base AND t.typtype <> 'd'
-- Types that refuse NULL: domains that say so, and domains over them.
), strict AS (
    SELECT t.oid FROM pg_catalog.pg_type t WHERE t.typtype = 'd' AND t.typnotnull
    UNION
    SELECT t.oid FROM strict s JOIN pg_catalog.pg_type t ON t.typbasetype = s.oid AND t.typtype = 'd'
-- The types that pg_upgrade refuses, and the domains and arrays of them, each by the one that it comes from.
), refused AS (
    SELECT t.oid, t.oid AS base FROM pg_catalog.pg_type t WHERE t.oid IN (24, 2202, 2203, 2204, 3734, 3769, 4089, 4191)
    UNION
    SELECT t.oid, r.base FROM refused r JOIN pg_catalog.pg_type t ON t.typtype = 'd' AND t.typbasetype = r.oid OR t.typelem = r.oid AND t.typlen = -1
), col AS MATERIALIZED (
    SELECT t.*, a.attnum, a.attname, a.attnotnull, a.attlen, a.attstorage, a.atttypmod, a.attidentity,
           ty.typname, ty.oid IN (SELECT s.oid FROM strict s) AS typnotnull, coalesce(o.base, ty.oid) AS base,
           CASE WHEN ty.typtype = 'd' THEN o.typmod ELSE a.atttypmod END AS typmod, ty.typtype = 'd' AS is_domain, r.base AS refused,
           v.relid IS NOT NULL AS known, v.null_frac, v.avg_width, v.n_distinct, v.correlation, v.most_common_freqs,
           -- Fresh: little has changed since they were taken.
           v.relid IS NOT NULL AND t.reltuples >= 1000 AND coalesce(t.modified, 0) <= 0.1 * t.reltuples AS fresh
    FROM tab t
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_catalog.pg_type ty ON ty.oid = a.atttypid
    LEFT JOIN bottom o ON o.oid = ty.oid
    LEFT JOIN refused r ON r.oid = ty.oid
    LEFT JOIN visible v ON v.relid = t.oid AND v.attname = a.attname
), kind (base, advice, weight, reason) AS (
    VALUES (1042, 'type char(n)', 'info', 'padded with blanks to its length, which comparisons ignore: text or varchar'),
           (790, 'type money', 'medium', 'reads and writes by lc_monetary and keeps no currency: numeric'),
           (114, 'type json', 'info', 'kept as text and parsed on each use; no equality, no GIN index: jsonb, unless key order matters'),
           (1114, 'type timestamp', 'medium', 'says no moment without a time zone: timestamptz, unless it is a local time on purpose'),
           (1266, 'type timetz', 'info', 'an offset without a date cannot know daylight saving: timestamptz, or time'),
           (24, 'type reg*', 'medium', 'pg_upgrade refuses columns of this type: keep the name as text'),
           (2202, 'type reg*', 'medium', 'pg_upgrade refuses columns of this type: keep the name as text'),
           (2203, 'type reg*', 'medium', 'pg_upgrade refuses columns of this type: keep the name as text'),
           (2204, 'type reg*', 'medium', 'pg_upgrade refuses columns of this type: keep the name as text'),
           (3734, 'type reg*', 'medium', 'pg_upgrade refuses columns of this type: keep the name as text'),
           (3769, 'type reg*', 'medium', 'pg_upgrade refuses columns of this type: keep the name as text'),
           (4089, 'type reg*', 'medium', 'pg_upgrade refuses columns of this type: keep the name as text'),
           (4191, 'type reg*', 'medium', 'pg_upgrade refuses columns of this type: keep the name as text')
), foreign_key AS MATERIALIZED (
    SELECT k.conrelid, k.conkey, pg_catalog.bool_or(k.confdeltype = 'n' OR k.confupdtype = 'n') AS may_null
    FROM pg_catalog.pg_constraint k WHERE k.contype = 'f' GROUP BY k.conrelid, k.conkey
-- Plain btree indexes on the column alone that no constraint needs.
), single AS MATERIALIZED (
    SELECT i.indrelid, i.indkey[0] AS attnum, i.indexrelid, c.relname AS index_name, c.relpages, i.indisunique,
           pg_catalog.pg_stat_get_numscans(i.indexrelid) AS scans, pg_catalog.pg_stat_get_tuples_returned(i.indexrelid) AS tuples
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_am am ON am.oid = c.relam AND am.amname = 'btree'
    WHERE i.indnkeyatts = 1 AND i.indkey[0] > 0 AND i.indpred IS NULL AND i.indisvalid AND NOT i.indisprimary AND NOT i.indisexclusion
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_constraint k WHERE k.conindid = i.indexrelid)
), advice AS (
    SELECT c.oid, c.attnum, 'not null' AS advice, 'medium' AS weight,
           'nullable, but no NULL in the sample: SET NOT NULL, after a look at the whole table' AS reason
    FROM col c
    WHERE c.fresh AND NOT c.attnotnull AND NOT c.typnotnull AND c.null_frac = 0
      AND c.attname !~ '^(deleted|removed|archived|expires|expired|ended|closed|valid_to|valid_until|canceled|cancelled)(_at|_on)?$'
      AND ((c.oid, c.attnum) IN (SELECT f.conrelid, u.attnum FROM foreign_key f, pg_catalog.unnest(f.conkey) AS u (attnum) WHERE f.may_null)) IS FALSE
    UNION ALL
    SELECT c.oid, c.attnum, 'constant', 'info', 'one value only, in the whole sample'
    FROM col c WHERE c.fresh AND c.n_distinct = 1 AND c.null_frac = 0
    UNION ALL
    SELECT c.oid, c.attnum, 'always null', 'info', 'NULL in the whole sample'
    FROM col c WHERE c.fresh AND c.null_frac = 1
    UNION ALL
    SELECT c.oid, c.attnum, 'index of few values', 'medium',
           pg_catalog.format('index %I on %s distinct values %s%s', s.index_name, pg_catalog.round(c.n_distinct::numeric),
               CASE WHEN s.scans = 0 THEN pg_catalog.format('was not used in %s days', extract(day FROM g.counter_age)) ELSE pg_catalog.format('returns %s %% of the table per scan', pg_catalog.round(100.0 * s.tuples / nullif(s.scans, 0) / c.reltuples::numeric)) END,
               CASE WHEN c.most_common_freqs[pg_catalog.cardinality(c.most_common_freqs)] < 0.1 THEN ': a partial index on the rare values may do' ELSE '' END)
    FROM col c JOIN single s ON s.indrelid = c.oid AND s.attnum = c.attnum CROSS JOIN architect.counter_age g
    WHERE c.fresh AND c.relkind = 'r' AND c.n_distinct BETWEEN 1 AND 99 AND NOT s.indisunique
      -- Few values are no fault by themselves: only where the index is not used, or returns much of the table.
      AND (s.scans = 0 AND g.counter_age >= interval '35 days' OR s.scans > 0 AND s.tuples::numeric / nullif(s.scans, 0) > 0.1 * c.reltuples)
      AND ((c.oid, c.attnum) IN (SELECT f.conrelid, f.conkey[1] FROM foreign_key f WHERE pg_catalog.cardinality(f.conkey) = 1)) IS FALSE
    UNION ALL
    SELECT c.oid, c.attnum, 'index of nulls', 'medium',
           pg_catalog.format('index %I holds %s %% NULLs: partial, WHERE %I IS NOT NULL, if nobody looks for them', s.index_name, pg_catalog.round(100 * c.null_frac::numeric), c.attname)
    FROM col c JOIN single s ON s.indrelid = c.oid AND s.attnum = c.attnum
    WHERE c.fresh AND c.null_frac >= 0.5 AND s.relpages * c.page >= 1024 * 1024
    UNION ALL
    SELECT c.oid, c.attnum, 'wide index key', 'medium',
           pg_catalog.format('index %I on values of %s bytes on average; entries over 2704 bytes fail: consider a hash index, or an expression', s.index_name, c.avg_width)
    FROM col c JOIN single s ON s.indrelid = c.oid AND s.attnum = c.attnum
    WHERE c.known AND c.avg_width > 200 AND NOT s.indisunique
    UNION ALL
    SELECT c.oid, c.attnum, 'brin', 'info',
           pg_catalog.format('rows lie in its order (correlation %s) and index %I takes %s MB: a BRIN index serves ranges in far less', pg_catalog.round(c.correlation::numeric, 2), s.index_name,
               pg_catalog.round(s.relpages * c.page / 1048576.0))
    FROM col c JOIN single s ON s.indrelid = c.oid AND s.attnum = c.attnum
    WHERE c.fresh AND c.relkind = 'r' AND pg_catalog.abs(c.correlation) >= 0.95 AND c.relpages * c.page >= 1024::bigint * 1024 * 1024 AND NOT s.indisunique
      AND ((c.oid, c.attnum) IN (SELECT f.conrelid, f.conkey[1] FROM foreign_key f WHERE pg_catalog.cardinality(f.conkey) = 1)) IS FALSE
    UNION ALL
    SELECT c.oid, c.attnum, 'toast', 'info',
           pg_catalog.format('%s %% of the table is TOAST, where this column''s long values go: keep them out of rows that are read often, or compress by lz4',
               pg_catalog.round(100.0 * c.toast_pages / (c.relpages + c.toast_pages)))
    FROM col c
    WHERE c.attstorage IN ('x', 'e') AND coalesce(c.avg_width, 18) >= 18 AND c.base IN (17, 25, 114, 142, 1043, 3802)
      AND c.toast_pages >= c.relpages AND c.toast_pages * c.page >= 10 * 1024 * 1024
    UNION ALL
    SELECT c.oid, c.attnum, k.advice, k.weight, k.reason
    FROM col c JOIN kind k ON k.base = coalesce(c.refused, c.base)
    UNION ALL
    SELECT c.oid, c.attnum, 'type varchar(n)', 'info', pg_catalog.format('a limit of %s is a habit of other systems: text, with a CHECK where there is a rule', c.typmod - 4)
    FROM col c WHERE c.base = 1043 AND c.typmod IN (255 + 4, 256 + 4, 191 + 4)
    UNION ALL
    SELECT c.oid, c.attnum, 'uuid as text', 'medium', '36 characters in every value: uuid takes 16 bytes instead of 37, here and in each index'
    FROM col c
    WHERE c.fresh AND c.base IN (25, 1043) AND c.avg_width = 37 AND c.null_frac < 1 AND c.n_distinct > 100 AND c.attname ~* '(uuid|guid|(^|_)id$)'
    UNION ALL
    SELECT t.oid, NULL, 'not judged', 'info',
           CASE WHEN NOT pg_catalog.has_any_column_privilege(t.oid, 'SELECT') THEN 'no right to see the statistics of its columns (SELECT on the table)'
                -- pg_stats shows nothing of a table to those for whom its policies hold.
                WHEN pg_catalog.row_security_active(t.oid) THEN 'row level security hides the statistics of its columns from this role (BYPASSRLS, or its owner)'
                WHEN NOT pg_catalog.has_table_privilege(t.oid, 'SELECT') THEN 'no right to see the statistics of all its columns (SELECT on the table)'
                WHEN t.relkind = 'p' THEN 'the partitioned table itself was never analyzed: autovacuum does not, ANALYZE does'
                ELSE 'never analyzed' END
    FROM tab t
    WHERE (t.reltuples >= 1000 OR t.reltuples < 0 AND pg_catalog.pg_stat_get_live_tuples(t.oid) >= 1000
           OR t.relkind = 'p' AND EXISTS (SELECT FROM pg_catalog.pg_inherits h WHERE h.inhparent = t.oid AND pg_catalog.pg_stat_get_live_tuples(h.inhrelid) >= 1000))
      AND (NOT EXISTS (SELECT FROM visible v WHERE v.relid = t.oid)
           OR NOT pg_catalog.has_table_privilege(t.oid, 'SELECT')
              AND EXISTS (SELECT FROM col c WHERE c.oid = t.oid AND NOT pg_catalog.has_column_privilege(t.oid, c.attnum, 'SELECT')))
)
SELECT pg_catalog.row_number() OVER (
           ORDER BY CASE a.weight WHEN 'high' THEN 1 WHEN 'medium' THEN 2 ELSE 3 END, t.relpages + coalesce(t.toast_pages, 0) DESC, t.nspname, t.relname, a.attnum NULLS FIRST, a.advice) AS rank,
       t.nspname AS schema_name, t.relname AS table_name, c.attname AS column_name,
       CASE WHEN c.attname IS NULL THEN NULL WHEN c.is_domain THEN c.typname::text ELSE pg_catalog.format_type(c.base, c.typmod) END AS column_type,
       a.advice, a.weight, a.reason,
       greatest(t.reltuples, 0)::bigint AS rows,
       pg_catalog.round(100 * c.null_frac::numeric, 1) AS null_percent, pg_catalog.round(c.n_distinct::numeric) AS distinct_values, c.avg_width AS avg_bytes,
       t.analyzed AS last_analyze, t.oid AS table_oid, a.attnum AS column_number
FROM advice a
JOIN tab t ON t.oid = a.oid
LEFT JOIN col c ON c.oid = a.oid AND c.attnum = a.attnum
ORDER BY rank;

COMMENT ON VIEW architect.column_advice IS 'What statistics and types of columns suggest: one row per column and advice. Samples are no proof: look before you change';
COMMENT ON COLUMN architect.column_advice.rank IS '1 first: by weight, then by size of the table';
COMMENT ON COLUMN architect.column_advice.schema_name IS 'Schema of the table';
COMMENT ON COLUMN architect.column_advice.table_name IS 'Its table, of a partition tree the root';
COMMENT ON COLUMN architect.column_advice.column_name IS 'The column; NULL where the table, or some of its columns, could not be judged';
COMMENT ON COLUMN architect.column_advice.column_type IS 'Its type, or its domain';
COMMENT ON COLUMN architect.column_advice.advice IS 'not null, constant, always null, index of few values, index of nulls, wide index key, brin, toast, uuid as text, type ..., not judged';
COMMENT ON COLUMN architect.column_advice.weight IS 'medium or info';
COMMENT ON COLUMN architect.column_advice.reason IS 'Why, and what to do';
COMMENT ON COLUMN architect.column_advice.rows IS 'Rows of the table, estimated by the last VACUUM or ANALYZE';
COMMENT ON COLUMN architect.column_advice.null_percent IS 'NULLs in the sample, in per cent';
COMMENT ON COLUMN architect.column_advice.distinct_values IS 'Distinct values, as a count estimated from the sample';
COMMENT ON COLUMN architect.column_advice.avg_bytes IS 'Bytes of a value in the row, on average; values moved to TOAST count as their pointer';
COMMENT ON COLUMN architect.column_advice.last_analyze IS 'When the sample was taken; NULL: not known since the counters began';
COMMENT ON COLUMN architect.column_advice.table_oid IS 'OID of the table';
COMMENT ON COLUMN architect.column_advice.column_number IS 'Number of the column (attnum)';
GRANT SELECT ON architect.column_advice TO pg_monitor;
