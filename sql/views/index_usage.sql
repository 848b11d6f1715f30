-- What each index costs and gives, and whether it earns its keep. One row per index; the indexes of a partition tree are one row.
--
-- Nothing here waits for a lock: sizes are pages as VACUUM, ANALYZE or the build last saw them, and no index is decompiled.
-- Expressions and predicates are compared as node trees without parse positions.
CREATE VIEW architect.index_usage WITH (security_invoker = true) AS
WITH
-- Schemas and relations that are judged: not PostgreSQL's, not ours, not another extension's.
member AS MATERIALIZED (
    SELECT d.objid FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
), ix AS MATERIALIZED (
    SELECT i.indexrelid, i.indrelid, n.nspname, t.relname AS table_name, c.relname AS index_name, c.relkind, c.relam, am.amname,
           c.relispartition, c.relpages, c.reltuples, c.reloptions, t.relkind AS table_kind, t.reltuples AS table_tuples,
           t.relpages AS table_pages,
           i.indnatts, i.indnkeyatts, i.indisunique, i.indisprimary, i.indisexclusion, i.indisclustered, i.indisreplident,
           i.indisvalid, i.indisready, i.indislive, i.indnullsnotdistinct, i.indimmediate,
           -- Slices count from 1, the vectors of pg_index from 0.
           (i.indkey::pg_catalog.int2[])[0:i.indnkeyatts - 1] AS keys,
           (i.indkey::pg_catalog.int2[])[i.indnkeyatts:i.indnatts - 1] AS included,
           (i.indclass::pg_catalog.oid[])[0:i.indnkeyatts - 1] AS classes,
           (i.indcollation::pg_catalog.oid[])[0:i.indnkeyatts - 1] AS collations, (i.indoption::pg_catalog.int2[])[0:i.indnkeyatts - 1] AS options,
           pg_catalog.regexp_replace(i.indexprs::text, ':location -?\d+', '', 'g') AS expressions,
           pg_catalog.regexp_replace(i.indpred::text, ':location -?\d+', '', 'g') AS predicate,
           pg_catalog.age(i.xmin) AS born
    FROM pg_catalog.pg_index i
    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
    JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace
    JOIN pg_catalog.pg_am am ON am.oid = c.relam
    WHERE t.relkind IN ('r', 'p', 'm') AND t.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
      AND NOT EXISTS (SELECT FROM member m WHERE m.objid = i.indrelid)
      AND NOT EXISTS (SELECT FROM member m WHERE m.objid = i.indexrelid)
-- The trees: each index with the index at the top of its tree (itself, where there is none).
), tree AS MATERIALIZED (
    SELECT CASE WHEN x.relispartition THEN pg_catalog.pg_partition_root(x.indexrelid)::pg_catalog.oid ELSE x.indexrelid END AS root, x.indexrelid, x.indrelid
    FROM ix x
), usage AS MATERIALIZED (
    SELECT r.root,
           pg_catalog.sum(s.idx_scan)::bigint AS scans, pg_catalog.sum(s.idx_tup_read)::bigint AS tuples,
           -- The column came with 16; asked of the row as JSON, the view is the same on 15.
           pg_catalog.max((pg_catalog.to_jsonb(s) ->> 'last_idx_scan')::timestamp with time zone) AS last_scan,
           pg_catalog.sum(pg_catalog.pg_stat_get_tuples_inserted(r.indrelid) + pg_catalog.pg_stat_get_tuples_deleted(r.indrelid)
               + pg_catalog.pg_stat_get_tuples_updated(r.indrelid) - pg_catalog.pg_stat_get_tuples_hot_updated(r.indrelid))::bigint AS writes,
           pg_catalog.sum(greatest(x.relpages, 0))::bigint * pg_catalog.current_setting('block_size')::bigint AS bytes,
           pg_catalog.sum(greatest(x.reltuples, 0)) FILTER (WHERE x.relkind = 'i') AS entries,
           pg_catalog.count(*) FILTER (WHERE x.relkind = 'i') AS members,
           pg_catalog.bool_or(x.reltuples < 0 AND x.relkind = 'i') AS unmeasured
    FROM tree r
    JOIN ix x ON x.indexrelid = r.indexrelid
    LEFT JOIN pg_catalog.pg_stat_all_indexes s ON s.indexrelid = r.indexrelid
    GROUP BY r.root
-- Why an index must stay, whatever its counters say.
), duty AS (
    SELECT k.conindid AS indexrelid, pg_catalog.format('constraint %I', k.conname) AS why, true AS firm
    FROM pg_catalog.pg_constraint k WHERE k.contype IN ('p', 'u', 'x')
    UNION ALL
    SELECT k.conindid, pg_catalog.format('foreign key %I refers to it', k.conname), true
    FROM pg_catalog.pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0
    UNION ALL
    SELECT x.indexrelid, 'replica identity', true FROM ix x WHERE x.indisreplident
    UNION ALL
    SELECT x.indexrelid, 'CLUSTER order', true FROM ix x WHERE x.indisclustered
    UNION ALL
    SELECT x.indexrelid, 'unique', false FROM ix x WHERE x.indisunique
    UNION ALL
    SELECT x.indexrelid, pg_catalog.format('serves foreign key %I', k.conname), false
    FROM architect.foreign_key_indexes s
    JOIN ix x ON x.indexrelid = s.index_oid
    JOIN pg_catalog.pg_constraint k ON k.oid = s.constraint_oid
-- Judged through the top of the tree: a duty of one partition's index is the tree's.
), duties AS MATERIALIZED (
    SELECT r.root, pg_catalog.array_agg(DISTINCT d.why ORDER BY d.why) AS needed_by, pg_catalog.bool_or(d.firm) AS firm
    FROM duty d JOIN tree r USING (indexrelid) GROUP BY r.root
), key_names AS MATERIALIZED (
    SELECT x.indexrelid, pg_catalog.array_agg(coalesce(a.attname::text, '(expression)') ORDER BY k.place) AS names
    FROM ix x
    CROSS JOIN LATERAL pg_catalog.unnest(x.keys) WITH ORDINALITY AS k (attnum, place)
    LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.attnum AND k.attnum <> 0
    WHERE NOT x.relispartition
    GROUP BY x.indexrelid
), opclass_options AS MATERIALIZED (
    SELECT a.attrelid AS indexrelid, pg_catalog.string_agg(a.attnum || ':' || a.attoptions::text, ',' ORDER BY a.attnum) AS given
    FROM pg_catalog.pg_attribute a WHERE a.attoptions IS NOT NULL AND a.attrelid IN (SELECT x.indexrelid FROM ix x WHERE x.amname NOT IN ('btree', 'hash')) GROUP BY a.attrelid
), storage AS MATERIALIZED (
    -- What shapes the index; how full its pages are kept and when it is tidied is no difference.
    SELECT x.indexrelid, pg_catalog.string_agg(o.option_name || '=' || o.option_value, ',' ORDER BY o.option_name) AS given
    FROM ix x, pg_catalog.pg_options_to_table(x.reloptions) AS o
    WHERE x.reloptions IS NOT NULL
      AND o.option_name NOT IN ('fillfactor', 'deduplicate_items', 'fastupdate', 'gin_pending_list_limit', 'buffering', 'autosummarize')
    GROUP BY x.indexrelid
), sound AS MATERIALIZED (
    SELECT x.*, coalesce(d.firm, false) AS firm, d.needed_by, oo.given AS class_options, so.given AS storage_options,
           (SELECT pg_catalog.array_agg(e ORDER BY e) FROM pg_catalog.unnest(x.included) AS e) AS included_set,
           coalesce(u.scans, 0) AS scans
    FROM ix x
    LEFT JOIN duties d ON d.root = x.indexrelid
    LEFT JOIN usage u ON u.root = x.indexrelid
    LEFT JOIN opclass_options oo ON oo.indexrelid = x.indexrelid
    LEFT JOIN storage so ON so.indexrelid = x.indexrelid
    WHERE x.indisvalid AND x.indisready AND x.indislive
-- The one of equal indexes that stays: a partition's share of a tree and what something needs first, then the older.
), twins AS MATERIALIZED (
    SELECT s.indexrelid, s.relispartition, s.firm,
           pg_catalog.first_value(s.indexrelid) OVER same AS keeper, pg_catalog.first_value(s.index_name) OVER same AS keeper_name
    FROM sound s
    WINDOW same AS (PARTITION BY s.indrelid, s.relam, s.keys, s.included_set, s.classes, s.collations, s.options, s.indisunique,
                                 -- What an exclusion constraint's index finds, it finds for queries too: others like it are spare.
                                 CASE WHEN s.amname = 'btree' THEN (s.indimmediate, s.indisexclusion) END, s.indnullsnotdistinct, s.expressions, s.predicate, s.class_options, s.storage_options
                    ORDER BY s.relispartition DESC, s.firm DESC, s.indexrelid)
), duplicate AS MATERIALIZED (
    SELECT t.indexrelid, t.keeper, t.keeper_name FROM twins t
    WHERE t.keeper <> t.indexrelid AND NOT t.firm AND NOT t.relispartition
-- Predicates that leave nothing out: `column IS NOT NULL AND ...` of columns that are NOT NULL; and the columns they name.
), vacuous AS MATERIALIZED (
    SELECT p.indexrelid, p.columns
    FROM (SELECT s.indexrelid, s.indrelid,
                 (SELECT pg_catalog.array_agg(DISTINCT m[1]::pg_catalog.int2) FROM pg_catalog.regexp_matches(s.predicate, ':varattno (-?\d+)', 'g') AS m) AS columns
          FROM sound s
          WHERE s.predicate IS NOT NULL AND s.amname = 'btree'
            AND NOT EXISTS (SELECT FROM pg_catalog.regexp_matches(s.predicate, '\{([A-Z_]+)', 'g') AS m WHERE m[1] NOT IN ('NULLTEST', 'VAR', 'BOOLEXPR'))
            AND s.predicate !~ ':nulltesttype 0' AND s.predicate !~ ':boolop (or|not)') AS p
    WHERE NOT EXISTS (SELECT FROM pg_catalog.unnest(p.columns) AS c (attnum)
                      LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = p.indrelid AND a.attnum = c.attnum WHERE a.attnotnull IS NOT TRUE)
-- A btree under a btree: same leading keys, same order or all of it mirrored, same predicate, INCLUDE columns in the cover.
), prefix AS MATERIALIZED (
    SELECT DISTINCT ON (s.indexrelid) s.indexrelid, w.indexrelid AS keeper, w.index_name AS keeper_name, w.relpages AS keeper_pages
    FROM sound s
    JOIN sound w ON w.indrelid = s.indrelid AND w.indexrelid <> s.indexrelid
    LEFT JOIN vacuous v ON v.indexrelid = s.indexrelid
    WHERE s.amname = 'btree' AND w.amname = 'btree' AND NOT s.relispartition AND NOT s.indisunique AND NOT s.firm
      AND s.indexrelid NOT IN (SELECT d.indexrelid FROM duplicate d) AND w.indexrelid NOT IN (SELECT d.indexrelid FROM duplicate d)
      AND w.indnkeyatts >= s.indnkeyatts
      AND w.keys[1:s.indnkeyatts] = s.keys
      AND w.classes[1:s.indnkeyatts] = s.classes AND w.collations[1:s.indnkeyatts] = s.collations
      AND (w.options[1:s.indnkeyatts] = s.options
           OR (SELECT pg_catalog.bool_and(a.o # b.o = 3) FROM pg_catalog.unnest(s.options) WITH ORDINALITY AS a (o, place)
               JOIN pg_catalog.unnest(w.options) WITH ORDINALITY AS b (o, place) USING (place)))
      AND (s.predicate IS NOT DISTINCT FROM w.predicate OR w.predicate IS NULL AND v.columns <@ (w.keys || w.included))
      -- A list of nodes in brackets, each in braces: one list begins with the other.
      AND (NOT 0 = ANY (s.keys) OR pg_catalog.starts_with(w.expressions, pg_catalog.left(s.expressions, -1)))
      AND s.included <@ (w.keys || w.included)
      AND s.class_options IS NOT DISTINCT FROM w.class_options
      -- Of two that cover each other, one stays: never both go.
      AND (w.indnkeyatts > s.indnkeyatts OR w.indisunique OR s.predicate IS DISTINCT FROM w.predicate
           OR NOT w.included <@ (s.keys || s.included)
           OR (w.relispartition, w.firm, -w.indexrelid::bigint) > (s.relispartition, s.firm, -s.indexrelid::bigint))
    ORDER BY s.indexrelid, w.firm DESC, w.indnatts, w.indexrelid
), cover AS MATERIALIZED (
    SELECT k.keeper AS indexrelid, pg_catalog.string_agg(k.index_name, ', ' ORDER BY k.index_name) AS covers
    FROM (SELECT d.keeper, x.index_name FROM duplicate d JOIN ix x USING (indexrelid)
          UNION ALL SELECT p.keeper, x.index_name FROM prefix p JOIN ix x USING (indexrelid)) AS k
    GROUP BY k.keeper
-- A build under way shows its table; who may not see whose it is sees a row without one.
), building AS MATERIALIZED (
    SELECT b.relid FROM pg_catalog.pg_stat_progress_create_index b
    WHERE b.datid IS NULL OR b.datid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
), scene AS MATERIALIZED (
    SELECT a.counters_since, a.counter_age, a.began_with, a.counting, pg_catalog.pg_is_in_recovery() AS on_standby,
           (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_replication r
            WHERE r.state IS DISTINCT FROM 'backup'
              AND NOT EXISTS (SELECT FROM pg_catalog.pg_replication_slots l WHERE l.active_pid = r.pid AND l.slot_type = 'logical'))
           + (SELECT pg_catalog.count(*) FROM pg_catalog.pg_replication_slots l WHERE l.slot_type = 'physical' AND NOT l.active AND NOT l.temporary) AS standbys,
           EXISTS (SELECT FROM building b WHERE b.relid IS NULL) AS hidden_build,
           -- Which transactions are surely older and surely younger than 35 days: of each line of our log both are known.
           anchor.old_enough, anchor.too_young
    FROM architect.counter_age a,
         (SELECT pg_catalog.min(pg_catalog.age(l.xmin)) FILTER (WHERE l.at <= pg_catalog.now() - interval '35 days') AS old_enough,
                 pg_catalog.max(pg_catalog.age(l.xmin)) FILTER (WHERE l.at > pg_catalog.now() - interval '35 days') AS too_young
          FROM (SELECT g.xmin, g.happened_at AS at FROM architect.ddl_log g
                UNION ALL SELECT m.xmin, m.armed_at FROM architect.armed m
                          JOIN pg_catalog.pg_database d ON d.oid = m.database_oid AND d.datname = pg_catalog.current_database()) AS l) AS anchor
-- How large the index would be if it were built now. btree over plain columns only: there is no formula for the others.
), visible AS MATERIALIZED (
    SELECT c.oid AS relid, a.attnum, s.null_frac, s.avg_width, s.n_distinct
    FROM pg_catalog.pg_stats s
    JOIN pg_catalog.pg_namespace n ON n.nspname = s.schemaname
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND c.relname = s.tablename
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attname = s.attname
    WHERE NOT s.inherited AND c.relkind IN ('r', 'm')
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
), estimable AS MATERIALIZED (
    SELECT r.root, x.indexrelid, x.indrelid, x.reltuples, x.relpages, x.keys || x.included AS columns, x.indnkeyatts, x.indnatts, x.classes,
           x.collations, x.indisunique,
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
               FROM pg_catalog.pg_options_to_table(x.reloptions) AS o
               WHERE o.option_name = 'fillfactor' AND o.option_value ~ '\d'), 90) AS fillfactor,
           NOT coalesce(x.reloptions::text ~* 'deduplicate_items=(of|f|0|n)', false) AND x.indnatts = x.indnkeyatts AS may_fold
    FROM tree r JOIN ix x USING (indexrelid)
    WHERE x.amname = 'btree' AND x.relkind = 'i' AND x.indisvalid AND x.expressions IS NULL AND x.predicate IS NULL
      AND x.relpages >= 20 AND x.reltuples > 0
), same_bytes AS MATERIALIZED (
    SELECT DISTINCT oc.oid FROM pg_catalog.pg_opclass oc
    JOIN pg_catalog.pg_amproc ap ON ap.amprocfamily = oc.opcfamily AND ap.amproclefttype = oc.opcintype AND ap.amprocrighttype = oc.opcintype AND ap.amprocnum = 4
-- What TOAST holds, at most: its pages of the last VACUUM, or a chunk of some 2000 bytes for each row that is counted since. NULL: its
-- table never had a value out of line. Where neither VACUUM nor the counters have seen the table, it may hold anything.
), out_of_line AS MATERIALIZED (
    SELECT c.oid AS relid,
           CASE WHEN t.reltuples < 0 AND pg_catalog.pg_stat_get_tuples_inserted(t.oid) = 0 AND pg_catalog.pg_stat_get_tuples_inserted(c.oid) = 0
                THEN 'Infinity'::double precision
                ELSE greatest(t.relpages::double precision * pg_catalog.current_setting('block_size')::integer,
                              2000.0 * greatest(pg_catalog.pg_stat_get_tuples_inserted(t.oid) - pg_catalog.pg_stat_get_tuples_deleted(t.oid), 0)) END AS bytes
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_class t ON t.oid = c.reltoastrelid
    WHERE c.oid IN (SELECT e.indrelid FROM estimable e)
), pieces AS MATERIALIZED (
    SELECT e.indexrelid, k.place, v.null_frac, v.n_distinct, v.relid IS NOT NULL AS known,
           -- ANALYZE measures the pointer to a value that is stored out of line, and the index holds the value.
           a.attlen = -1 AND a.attstorage <> 'p' AND o.bytes > 0.05 * e.relpages * pg_catalog.current_setting('block_size')::integer AS outside,
           CASE WHEN a.attlen > 0 THEN a.attlen ELSE v.avg_width END AS width,
           -- Short values of variable length have a header of one byte and are not aligned.
           CASE WHEN a.attlen < 0 AND v.avg_width < 127 THEN 1
                ELSE CASE a.attalign WHEN 'd' THEN 8 WHEN 'i' THEN 4 WHEN 's' THEN 2 ELSE 1 END END AS align,
           k.place > e.indnkeyatts OR (
               -- Deduplication needs equality that means the same bytes; a collation that is not deterministic has none.
               e.classes[k.place] IN (SELECT b.oid FROM same_bytes b)
               AND e.collations[k.place] NOT IN (SELECT co.oid FROM pg_catalog.pg_collation co WHERE NOT co.collisdeterministic)) AS foldable
    FROM estimable e
    CROSS JOIN LATERAL pg_catalog.unnest(e.columns) WITH ORDINALITY AS k (attnum, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = e.indrelid AND a.attnum = k.attnum
    LEFT JOIN visible v ON v.relid = e.indrelid AND v.attnum = k.attnum
    LEFT JOIN out_of_line o ON o.relid = e.indrelid
-- The layout of a tuple: what starts on a multiple of 8 begins a group, within it what starts on 4, within that on 2. The size of a
-- group is rounded up to the next group's alignment, so groups of groups give the size with its padding.
), g2 AS (
    SELECT p.*,
           pg_catalog.count(*) FILTER (WHERE p.align = 8) OVER w AS g8, pg_catalog.count(*) FILTER (WHERE p.align >= 4) OVER w AS g4,
           pg_catalog.count(*) FILTER (WHERE p.align >= 2) OVER w AS g2
    FROM pieces p WINDOW w AS (PARTITION BY p.indexrelid ORDER BY p.place)
), s2 AS (
    SELECT q.indexrelid, q.g8, q.g4, q.g2, pg_catalog.ceil(pg_catalog.sum(q.width) / 8.0) * 8 AS full_size, pg_catalog.ceil(pg_catalog.sum(q.width * (1 - coalesce(q.null_frac, 0))) / 2) * 2 AS size,
           pg_catalog.bool_and(q.known) AS known, pg_catalog.bool_or(q.outside) AS outside, pg_catalog.bool_and(q.foldable) AS foldable, pg_catalog.max(coalesce(q.null_frac, 0)) AS null_frac,
           pg_catalog.sum(pg_catalog.ln(greatest(CASE WHEN q.n_distinct < 0 THEN -q.n_distinct * e.reltuples ELSE q.n_distinct END, 1))) AS ln_distinct
    FROM g2 q JOIN estimable e USING (indexrelid) GROUP BY q.indexrelid, q.g8, q.g4, q.g2
), s4 AS (
    SELECT q.indexrelid, q.g8, q.g4, pg_catalog.max(q.full_size) AS full_size, pg_catalog.ceil(pg_catalog.sum(q.size) / 4) * 4 AS size, pg_catalog.bool_and(q.known) AS known, pg_catalog.bool_or(q.outside) AS outside, pg_catalog.bool_and(q.foldable) AS foldable,
           pg_catalog.max(q.null_frac) AS null_frac, pg_catalog.sum(q.ln_distinct) AS ln_distinct
    FROM s2 q GROUP BY q.indexrelid, q.g8, q.g4
), s8 AS (
    SELECT q.indexrelid, q.g8, pg_catalog.max(q.full_size) AS full_size, pg_catalog.ceil(pg_catalog.sum(q.size) / 8) * 8 AS size, pg_catalog.bool_and(q.known) AS known, pg_catalog.bool_or(q.outside) AS outside, pg_catalog.bool_and(q.foldable) AS foldable,
           pg_catalog.max(q.null_frac) AS null_frac, pg_catalog.sum(q.ln_distinct) AS ln_distinct
    FROM s4 q GROUP BY q.indexrelid, q.g8
), layout AS (
    SELECT q.indexrelid, 8 + 8 * pg_catalog.max(q.null_frac) + pg_catalog.sum(q.size) AS tuple,
           pg_catalog.max(q.null_frac) AS null_frac, pg_catalog.max(q.full_size) AS full_size, pg_catalog.bool_and(q.known) AS known, pg_catalog.bool_or(q.outside) AS outside,
           pg_catalog.bool_and(q.foldable) AS foldable, pg_catalog.sum(q.ln_distinct) AS ln_distinct
    FROM s8 q GROUP BY q.indexrelid
), folded AS (
    SELECT e.*, l.known, l.outside, l.foldable AND e.may_fold AND NOT e.indisunique AS folds, n.nulls, n.tuple,
           CASE WHEN e.indisunique THEN 1
                ELSE greatest(1, e.reltuples * (1 - n.nulls) / pg_catalog.exp(least(l.ln_distinct, pg_catalog.ln(e.reltuples::double precision)))) END AS per_key
    FROM estimable e JOIN layout l USING (indexrelid)
    -- The NULLs of a single column are one key with many rows, beside the others.
    CROSS JOIN LATERAL (SELECT CASE WHEN e.indnatts = 1 THEN l.null_frac ELSE 0 END, CASE WHEN e.indnatts = 1 THEN 8 + l.full_size ELSE l.tuple END) AS n (nulls, tuple)
), rebuilt AS (
    -- A posting list of a build is at most a tenth of a page; each row pointer in it takes 6 bytes.
    SELECT f.root, f.indexrelid, f.relpages, f.known, f.outside, f.tuple,
           f.reltuples::double precision * (
               f.nulls * CASE WHEN f.folds THEN 6.2 ELSE 20 END
               + (1 - f.nulls) * CASE
                   WHEN f.folds AND f.per_key >= 2 THEN pg_catalog.ceil(f.per_key / pg_catalog.floor((812 - f.tuple) / 6)) * (f.tuple + 12) / f.per_key + 6
                   WHEN f.folds THEN (2 - f.per_key) * (f.tuple + 4) + (f.per_key - 1) * (f.tuple + 20) / 2
                   ELSE f.tuple + 4 END) AS leaf_bytes,
           (pg_catalog.current_setting('block_size')::integer - 40) - pg_catalog.current_setting('block_size')::integer * (100 - f.fillfactor) / 100.0 - f.tuple - 4 AS room
    FROM folded f
    WHERE f.tuple < 700
), bloat AS MATERIALIZED (
    SELECT b.root, pg_catalog.sum(b.relpages)::bigint AS pages, pg_catalog.bool_and(b.known) AS known, pg_catalog.bool_or(b.outside) AS outside, pg_catalog.count(*) AS members,
           pg_catalog.sum(greatest(b.relpages - (2 + pg_catalog.ceil(b.leaf_bytes / b.room) * (1 + (b.tuple + 12) / 5700.0)), 0))
               * pg_catalog.current_setting('block_size')::bigint AS bytes
    FROM rebuilt b GROUP BY b.root
), judged AS (
    SELECT x.*, u.scans, u.tuples, u.last_scan, u.writes, u.bytes, u.members, u.entries, u.unmeasured, sc.counters_since, sc.counter_age,
           sc.began_with, d.needed_by, coalesce(d.firm, false) AS firm, du.keeper_name AS duplicate_of, p.keeper_name AS prefix_of, p.keeper_pages, cv.covers,
           CASE WHEN x.indisvalid AND x.indisready AND x.indislive THEN false
                WHEN sc.on_standby OR sc.hidden_build THEN NULL
                WHEN x.relkind = 'I' THEN false
                ELSE NOT EXISTS (SELECT FROM building b WHERE b.relid = x.indrelid) END AS invalid,
           CASE WHEN x.relkind = 'I' AND NOT x.indisvalid THEN 'incomplete: indexes of partitions are not attached'
                WHEN NOT x.indisvalid AND EXISTS (SELECT FROM building b WHERE b.relid = x.indrelid) THEN 'a build or rebuild is under way'
                WHEN NOT x.indisvalid AND (sc.on_standby OR sc.hidden_build) THEN 'invalid; whether a build is under way cannot be seen here'
                WHEN NOT x.indislive THEN 'half dropped: DROP INDEX CONCURRENTLY did not finish'
                WHEN NOT x.indisvalid AND x.index_name ~ '_ccold\d*$' THEN 'left over by REINDEX CONCURRENTLY, which had succeeded: drop it'
                WHEN NOT x.indisvalid AND x.index_name ~ '_ccnew\d*$' THEN 'left over by a REINDEX CONCURRENTLY that failed: drop it'
                WHEN NOT x.indisvalid THEN 'its concurrent build failed: every write keeps it, no query uses it' END AS state_reason,
           CASE WHEN u.scans > 0 THEN 'used'
                WHEN d.needed_by IS NOT NULL THEN 'needed'
                WHEN cv.covers IS NOT NULL THEN 'cover'
                WHEN NOT sc.counting THEN 'off'
                WHEN sc.counter_age < interval '35 days' THEN 'young'
                WHEN sc.on_standby THEN 'standby'
                WHEN sc.standbys > 0 THEN 'standbys'
                WHEN x.born < sc.too_young THEN 'new'
                ELSE 'unused' END AS use,
           x.born >= sc.old_enough AS surely_old,
           bl.bytes AS bloat_bytes, bl.known AS bloat_known, bl.outside AS bloat_outside, bl.pages AS bloat_pages, bl.members AS bloat_members
    FROM ix x
    JOIN usage u ON u.root = x.indexrelid
    CROSS JOIN scene sc
    LEFT JOIN duties d ON d.root = x.indexrelid
    LEFT JOIN duplicate du ON du.indexrelid = x.indexrelid
    LEFT JOIN prefix p ON p.indexrelid = x.indexrelid
    LEFT JOIN cover cv ON cv.indexrelid = x.indexrelid
    LEFT JOIN bloat bl ON bl.root = x.indexrelid
), verdicts AS (
    SELECT j.*,
           CASE WHEN j.use = 'unused' AND coalesce(j.indisvalid, false) THEN true
                WHEN j.use IN ('used', 'needed', 'cover') THEN false END AS unused,
           CASE WHEN j.amname <> 'btree' THEN 'not judged: no formula for ' || j.amname
                WHEN j.expressions IS NOT NULL THEN 'not judged: has expressions'
                WHEN j.predicate IS NOT NULL THEN 'not judged: partial'
                WHEN NOT j.indisvalid THEN 'not judged: invalid'
                WHEN j.unmeasured THEN 'not judged: never analyzed'
                WHEN j.bloat_pages IS NULL OR j.bloat_members < j.members THEN 'not judged: under 20 pages, empty, or very wide keys'
                WHEN NOT j.bloat_known THEN 'not judged: no column statistics, or no right to see them'
                WHEN j.bloat_outside THEN 'not judged: its keys may be stored out of line (TOAST), and are larger than ANALYZE measures'
                ELSE 'estimate: btree layout from pg_stats widths, alignment, NULLs, fillfactor, deduplication' END AS bloat_method
    FROM judged j
), bloated AS (
    SELECT v.*,
           CASE WHEN v.bloat_method LIKE 'estimate%' THEN v.bloat_bytes::bigint END AS bloated_bytes,
           CASE WHEN v.bloat_method LIKE 'estimate%' THEN pg_catalog.round((100.0 * v.bloat_bytes / nullif(v.bloat_pages * pg_catalog.current_setting('block_size')::bigint, 0))::numeric, 1) END AS bloated_percent
    FROM verdicts v
), named AS (
    SELECT b.*,
           CASE WHEN b.invalid THEN 'invalid'
                WHEN b.duplicate_of IS NOT NULL THEN 'duplicate'
                WHEN b.prefix_of IS NOT NULL THEN 'prefix'
                WHEN b.unused THEN 'unused'
                WHEN b.bloated_percent >= 50 AND b.bloated_bytes >= 10 * 1024 * 1024 THEN 'bloated'
                WHEN b.invalid IS NULL OR b.state_reason IS NOT NULL THEN 'wait'
                WHEN b.unused IS NULL THEN 'not judged'
                ELSE 'keep' END AS verdict
    FROM bloated b
)
SELECT pg_catalog.row_number() OVER (
           ORDER BY CASE WHEN v.verdict IN ('invalid', 'duplicate', 'prefix', 'unused') THEN v.bytes WHEN v.verdict = 'bloated' THEN v.bloated_bytes ELSE -1 END DESC,
                    v.bytes DESC, v.nspname, v.table_name, v.index_name) AS rank,
       v.nspname AS schema_name, v.table_name, v.index_name, v.verdict,
       CASE v.verdict
           WHEN 'invalid' THEN v.state_reason
           WHEN 'wait' THEN coalesce(v.state_reason, 'not valid')
           WHEN 'duplicate' THEN pg_catalog.format('the same as %I', v.duplicate_of)
           WHEN 'prefix' THEN pg_catalog.format('%I begins with the same columns%s', v.prefix_of,
                CASE WHEN v.keeper_pages > 3 * greatest(v.relpages, 1) AND v.scans > 0 THEN '; it is far larger, so scans may read more pages' ELSE '' END)
           WHEN 'unused' THEN pg_catalog.format('no scan in %s days of counters%s%s', extract(day FROM v.counter_age),
                CASE WHEN v.surely_old THEN '' ELSE '; when the index was made is not recorded: see that it is not new' END,
                CASE WHEN v.expressions IS NOT NULL THEN '; ANALYZE keeps statistics on its expressions, which go with it' ELSE '' END)
           WHEN 'bloated' THEN pg_catalog.format('about %s %% of it is free; REINDEX INDEX CONCURRENTLY gives it back', pg_catalog.round(v.bloated_percent))
           WHEN 'not judged' THEN CASE v.use
                WHEN 'off' THEN 'no scan counted, but track_counts is off'
                WHEN 'young' THEN pg_catalog.format('no scan, but counters cover %s days only (%s); 35 are asked for', extract(day FROM v.counter_age), v.began_with)
                WHEN 'standby' THEN 'no scan here, but this is a standby: the primary''s counters are not seen'
                WHEN 'standbys' THEN 'no scan here, but there are standbys, whose counters are not seen'
                WHEN 'new' THEN 'no scan, but the index was made or rebuilt within 35 days' END
           ELSE CASE v.use WHEN 'needed' THEN 'no scan, but needed' WHEN 'cover' THEN 'no scan, but it replaces ' || v.covers END
       END AS reason,
       v.bytes AS size_bytes, v.scans,
       pg_catalog.round(v.tuples::numeric / nullif(v.scans, 0), 1) AS tuples_per_scan,
       v.last_scan, v.writes, v.counters_since, v.counter_age,
       v.unused, v.duplicate_of, v.prefix_of, v.invalid,
       v.bloated_bytes AS bloat_bytes, v.bloated_percent AS bloat_percent, v.bloat_method,
       v.needed_by, v.amname AS method,
       kc.names AS key_columns,
       v.indisunique AS is_unique, v.predicate IS NOT NULL AS is_partial,
       CASE WHEN v.relkind = 'I' THEN v.members ELSE NULL END AS partitions,
       v.indexrelid AS index_oid, v.indrelid AS table_oid
FROM named v
LEFT JOIN key_names kc ON kc.indexrelid = v.indexrelid
ORDER BY rank;

COMMENT ON VIEW architect.index_usage IS 'Every index with what it gives, what it costs, and whether it earns its keep; first those whose removal or rebuild frees most bytes. A partition tree is one row';
COMMENT ON COLUMN architect.index_usage.rank IS '1 is where acting frees most: bytes of invalid, duplicate, prefix and unused indexes and free bytes of bloated ones, then size';
COMMENT ON COLUMN architect.index_usage.schema_name IS 'Schema of its table';
COMMENT ON COLUMN architect.index_usage.table_name IS 'Its table; of a partition tree the root';
COMMENT ON COLUMN architect.index_usage.index_name IS 'Its name';
COMMENT ON COLUMN architect.index_usage.verdict IS 'invalid, duplicate, prefix, unused, bloated (half of it and 10 MB), wait (being built, or incomplete), not judged, keep';
COMMENT ON COLUMN architect.index_usage.reason IS 'Why the verdict, or why there is none';
COMMENT ON COLUMN architect.index_usage.size_bytes IS 'Size in bytes, of a tree all its indexes; as of the last VACUUM, ANALYZE or build';
COMMENT ON COLUMN architect.index_usage.scans IS 'Scans since counters_since, on this server only; checks of uniqueness do not count';
COMMENT ON COLUMN architect.index_usage.tuples_per_scan IS 'Index entries returned per scan, on average';
COMMENT ON COLUMN architect.index_usage.last_scan IS 'When it was last scanned; NULL before PostgreSQL 16';
COMMENT ON COLUMN architect.index_usage.writes IS 'Row changes of its table that it makes dearer, since counters_since: inserts, deletes, updates that were not HOT';
COMMENT ON COLUMN architect.index_usage.counters_since IS 'Counters cover the time from here on, see counter_age';
COMMENT ON COLUMN architect.index_usage.counter_age IS 'How long that is; no index is called unused under 35 days';
COMMENT ON COLUMN architect.index_usage.unused IS 'Never scanned, and nothing needs it; NULL where that cannot be said: counters too young, a standby whose counters are not seen, a new index';
COMMENT ON COLUMN architect.index_usage.duplicate_of IS 'Equal index that stays: method, columns, classes, collations, order, INCLUDE, uniqueness, predicate, expressions';
COMMENT ON COLUMN architect.index_usage.prefix_of IS 'btree index that serves whatever this one serves; a predicate is compared as it is written, but one that leaves no row out counts as none';
COMMENT ON COLUMN architect.index_usage.invalid IS 'Left over by a failed build or drop; NULL while that cannot be told from a build under way';
COMMENT ON COLUMN architect.index_usage.bloat_bytes IS 'Bytes a rebuild would give back, estimated; NULL where not judged';
COMMENT ON COLUMN architect.index_usage.bloat_percent IS 'The same in per cent of the index; within about 10 points of pgstatindex when statistics are fresh';
COMMENT ON COLUMN architect.index_usage.bloat_method IS 'How bloat was estimated, or why not';
COMMENT ON COLUMN architect.index_usage.needed_by IS 'Why it must stay whatever its scans: constraint, foreign key, replica identity, CLUSTER, unique';
COMMENT ON COLUMN architect.index_usage.method IS 'Access method';
COMMENT ON COLUMN architect.index_usage.key_columns IS 'Key columns in order, without INCLUDE columns';
COMMENT ON COLUMN architect.index_usage.is_unique IS 'Whether it is unique';
COMMENT ON COLUMN architect.index_usage.is_partial IS 'Whether it has a predicate';
COMMENT ON COLUMN architect.index_usage.partitions IS 'Indexes of partitions in the tree, as a count; NULL for an index that is no tree';
COMMENT ON COLUMN architect.index_usage.index_oid IS 'OID of the index';
COMMENT ON COLUMN architect.index_usage.table_oid IS 'OID of its table';
GRANT SELECT ON architect.index_usage TO pg_monitor;
