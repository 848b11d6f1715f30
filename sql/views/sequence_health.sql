-- Sequences and how much of what they can give is used: the smaller of the sequence's own bound and the range of the column it feeds.
--
-- Reading a value takes a weak lock on the sequence until the transaction ends. So a sequence that another session holds in a way
-- that would make us wait is not read, and where there are more sequences than the lock table has room for, only those with the
-- narrowest range are, by rows of their table.
CREATE VIEW architect.sequence_health WITH (security_invoker = true) AS
WITH RECURSIVE
member AS MATERIALIZED (
    SELECT d.objid FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
), sequence AS MATERIALIZED (
    SELECT q.seqrelid AS oid, n.nspname, c.relname, c.relpersistence, c.relfilenode <> c.oid AS was_set, q.seqtypid, q.seqstart, q.seqincrement, q.seqmin, q.seqmax, q.seqcycle, q.seqcache
    FROM pg_catalog.pg_sequence q
    JOIN pg_catalog.pg_class c ON c.oid = q.seqrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relpersistence <> 't' AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
      AND NOT EXISTS (SELECT FROM member m WHERE m.objid = c.oid)
-- What is below each domain, be it a domain over domains.
), domain AS (
    SELECT t.oid, t.typbasetype AS base FROM pg_catalog.pg_type t WHERE t.typtype = 'd'
    UNION ALL
    SELECT d.oid, t.typbasetype FROM domain d JOIN pg_catalog.pg_type t ON t.oid = d.base AND t.typtype = 'd'
), bottom AS MATERIALIZED (
    SELECT d.oid, d.base FROM domain d JOIN pg_catalog.pg_type t ON t.oid = d.base AND t.typtype <> 'd'
-- The columns it feeds: owned by (a serial), generated as identity, or by name in a default.
), fed AS MATERIALIZED (
    SELECT d.objid AS oid, d.refobjid AS relid, d.refobjsubid AS attnum, CASE d.deptype WHEN 'i' THEN 1 ELSE 2 END AS best
    FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.deptype IN ('a', 'i') AND d.refobjsubid > 0 AND d.objid IN (SELECT s.oid FROM sequence s)
    UNION ALL
    SELECT d.refobjid, f.adrelid, f.adnum, 3
    FROM pg_catalog.pg_depend d
    JOIN pg_catalog.pg_attrdef f ON f.oid = d.objid
    WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      AND d.refobjid IN (SELECT s.oid FROM sequence s)
), feeds AS MATERIALIZED (
    SELECT f.oid,
           pg_catalog.array_agg(pg_catalog.format('%I.%I.%I', n.nspname, c.relname, a.attname) ORDER BY f.best, c.relname) AS columns,
           (pg_catalog.array_agg(f.how ORDER BY f.best))[1] AS how,
           (pg_catalog.array_agg(t.typname::text ORDER BY CASE b.oid WHEN 21 THEN 1 WHEN 23 THEN 2 ELSE 3 END, f.best))[1] AS column_type,
           pg_catalog.min(CASE b.oid WHEN 21 THEN 32767 WHEN 23 THEN 2147483647 WHEN 20 THEN 9223372036854775807 END) AS column_max,
           pg_catalog.max(CASE b.oid WHEN 21 THEN -32768 WHEN 23 THEN -2147483648 WHEN 20 THEN -9223372036854775808 END) AS column_min,
           pg_catalog.max(c.reltuples) AS rows, pg_catalog.sum(pg_catalog.pg_stat_get_tuples_inserted(c.oid)) AS inserted, pg_catalog.bool_or(c.relkind = 'p') AS partitioned
    FROM (SELECT f.oid, f.relid, f.attnum, (ARRAY['identity', 'owned', 'default'])[pg_catalog.min(f.best)] AS how, pg_catalog.min(f.best) AS best
          FROM fed f GROUP BY f.oid, f.relid, f.attnum) AS f
    JOIN pg_catalog.pg_class c ON c.oid = f.relid AND NOT c.relispartition
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = f.relid AND a.attnum = f.attnum
    JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
    LEFT JOIN bottom o ON o.oid = t.oid
    CROSS JOIN LATERAL (SELECT coalesce(o.base, t.oid)) AS b (oid)
    GROUP BY f.oid
), bounded AS MATERIALIZED (
    SELECT s.*, f.columns, f.how, f.column_type, f.rows, f.inserted, f.partitioned, f.column_max, f.column_min,
           CASE WHEN s.seqincrement > 0 THEN least(s.seqmax, coalesce(f.column_max, s.seqmax)) ELSE greatest(s.seqmin, coalesce(f.column_min, s.seqmin)) END AS last_possible,
           pg_catalog.has_sequence_privilege(s.oid, 'USAGE, SELECT') AS may_read,
           s.relpersistence = 'p' OR NOT pg_catalog.pg_is_in_recovery() AS exists_here,
           coalesce(s.oid = ANY (k.held), false) AS held,
           pg_catalog.row_number() OVER (ORDER BY CASE WHEN s.seqincrement > 0 THEN least(s.seqmax, coalesce(f.column_max, s.seqmax)) ELSE 0 END,
                                         f.rows DESC NULLS LAST, s.oid)
               <= pg_catalog.current_setting('max_locks_per_transaction')::bigint * pg_catalog.current_setting('max_connections')::bigint / 2 AS has_room
    FROM sequence s
    LEFT JOIN feeds f ON f.oid = s.oid
    CROSS JOIN (SELECT pg_catalog.array_agg(DISTINCT l.relation) AS held FROM pg_catalog.pg_locks l
                WHERE l.locktype = 'relation' AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
                  AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())
                  AND l.mode IN ('ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')) AS k
), read AS MATERIALIZED (
    SELECT b.*,
           CASE WHEN b.may_read AND b.exists_here AND NOT b.held AND b.has_room THEN pg_catalog.pg_sequence_last_value(b.oid) END AS last_value
    FROM bounded b
), undrawn AS MATERIALIZED (
    SELECT u.sequence_oid, u.next_value
    FROM architect.undrawn_values((SELECT pg_catalog.array_agg(r.oid) FROM read r
                                   WHERE r.last_value IS NULL AND r.may_read AND r.exists_here AND NOT r.held AND r.has_room)) AS u
), used AS (
    SELECT r.*,
           -- As numerics: the ends of bigint are too far apart for bigint. Of one that was not used, what it was set behind counts.
           CASE WHEN r.last_value IS NOT NULL THEN pg_catalog.abs(r.last_value::numeric - r.first_value) + 1
                ELSE pg_catalog.abs(r.next_value::numeric - r.first_value) END AS taken,
           greatest(pg_catalog.abs(r.last_possible::numeric - r.first_value) + 1, 1) AS range,
           CASE WHEN NOT r.may_read THEN 'not judged: no right to read it (SELECT or USAGE)'
                WHEN NOT r.exists_here THEN 'not judged: unlogged, on a standby'
                WHEN r.held THEN 'not judged: another session changes it now'
                WHEN NOT r.has_room THEN 'not judged: more sequences than one transaction can lock'
                WHEN r.next_value <> r.seqstart THEN pg_catalog.format('set, and not used since: its next value is %s', r.next_value)
                WHEN r.last_value IS NULL AND r.next_value IS NULL AND r.was_set
                THEN 'not judged: restarted or altered, and not used since; where it stands, SELECT last_value FROM it tells'
                WHEN r.last_value IS NULL THEN 'unused' END AS state
    -- It began at its start, unless it was set back behind it.
    FROM (SELECT r.*, u.next_value,
                 CASE WHEN r.seqincrement > 0 THEN CASE WHEN coalesce(r.last_value, u.next_value) < r.seqstart THEN r.seqmin ELSE r.seqstart END
                      ELSE CASE WHEN coalesce(r.last_value, u.next_value) > r.seqstart THEN r.seqmax ELSE r.seqstart END END AS first_value
          FROM read r LEFT JOIN undrawn u ON u.sequence_oid = r.oid) AS r
), share AS (
    SELECT u.*, pg_catalog.round(100 * u.taken / u.range, 2) AS used_percent,
           CASE WHEN u.last_value IS NULL THEN CASE WHEN u.taken IS NOT NULL
                     THEN greatest(pg_catalog.ceil((u.range - u.taken) / pg_catalog.abs(u.seqincrement::numeric)), 0) END
                ELSE greatest(pg_catalog.floor((u.range - u.taken) / pg_catalog.abs(u.seqincrement::numeric)), 0) END AS values_left
    FROM used u
)
SELECT pg_catalog.row_number() OVER (ORDER BY CASE WHEN s.seqcycle THEN NULL ELSE s.used_percent END DESC NULLS LAST, s.nspname, s.relname) AS rank,
       s.nspname AS schema_name, s.relname AS sequence_name,
       CASE WHEN s.state LIKE 'not judged%' THEN 'not judged'
            WHEN s.values_left = 0 AND s.seqcycle AND s.last_possible = CASE WHEN s.seqincrement > 0 THEN s.seqmax ELSE s.seqmin END THEN 'cycles'
            WHEN s.values_left = 0 THEN 'exhausted'
            WHEN s.seqcycle AND s.last_possible = CASE WHEN s.seqincrement > 0 THEN s.seqmax ELSE s.seqmin END THEN 'cycles'
            WHEN s.used_percent >= 80 THEN 'critical'
            WHEN s.used_percent >= 50 THEN 'high'
            WHEN s.state = 'unused' THEN 'unused'
            ELSE 'ok' END AS verdict,
       pg_catalog.concat_ws('; ', s.state,
           CASE WHEN s.last_possible <> CASE WHEN s.seqincrement > 0 THEN s.seqmax ELSE s.seqmin END
                THEN pg_catalog.format('the column (%s) ends before the sequence (%s)', s.column_type, pg_catalog.format_type(s.seqtypid, NULL)) END,
           CASE WHEN s.seqcycle THEN 'begins again at the end: values come twice' END,
           CASE WHEN pg_catalog.cardinality(s.columns) > 1 THEN 'feeds several columns' WHEN s.columns IS NULL THEN 'feeds no column that is known' END) AS reason,
       s.columns, s.column_type, s.how AS fed_by, pg_catalog.format_type(s.seqtypid, NULL) AS sequence_type,
       s.last_value, s.last_possible, s.used_percent, s.values_left::numeric AS values_left, s.taken AS values_used, s.range AS values_in_all,
       -- Asked for once, and not at all where the column is not asked for: capacity is read without the right to counter_age.
       CASE WHEN s.inserted > 0 AND NOT s.partitioned AND s.taken > 0 AND NOT s.seqcycle
            THEN pg_catalog.round(((SELECT extract(epoch FROM a.counter_age) FROM architect.counter_age a WHERE a.counter_age >= interval '1 day')
                                   / 86400 * s.values_left / s.inserted)::numeric, 1) END AS days_left,
       s.seqincrement AS increment, s.seqcycle AS cycles, s.seqcache AS cache_size,
       (SELECT a.counters_since FROM architect.counter_age a) AS counters_since, s.oid AS sequence_oid
FROM share s
ORDER BY rank;

COMMENT ON VIEW architect.sequence_health IS 'Every sequence with the column it feeds and how much of the smaller range of both is used; the fullest first';
COMMENT ON COLUMN architect.sequence_health.rank IS '1 has used most of its range; those that cycle or could not be read come last';
COMMENT ON COLUMN architect.sequence_health.schema_name IS 'Its schema';
COMMENT ON COLUMN architect.sequence_health.sequence_name IS 'Its name';
COMMENT ON COLUMN architect.sequence_health.verdict IS 'exhausted, critical (80 %), high (50 %), cycles, ok, unused (no value taken since it was made or set), not judged';
COMMENT ON COLUMN architect.sequence_health.reason IS 'Why not judged, and what is odd: a column narrower than the sequence, several columns, none';
COMMENT ON COLUMN architect.sequence_health.columns IS 'Columns it feeds, as schema.table.column; identity and owner first';
COMMENT ON COLUMN architect.sequence_health.column_type IS 'Type of the narrowest of them, the domain''s name for a domain';
COMMENT ON COLUMN architect.sequence_health.fed_by IS 'How it is tied to the first of them: identity, owned (serial) or default';
COMMENT ON COLUMN architect.sequence_health.sequence_type IS 'Type of the sequence itself';
COMMENT ON COLUMN architect.sequence_health.last_value IS 'Last value taken from it, or from its cache; NULL when none was, or it was not read';
COMMENT ON COLUMN architect.sequence_health.last_possible IS 'Last value it can give that fits: the nearer of its own bound and the column''s';
COMMENT ON COLUMN architect.sequence_health.used_percent IS 'How much of the range from its start up to there is used, in per cent; NULL for one that was not used, before PostgreSQL 18: setval() may have set it anywhere';
COMMENT ON COLUMN architect.sequence_health.values_left IS 'Values still to be had, as a count; NULL where used_percent is';
COMMENT ON COLUMN architect.sequence_health.values_used IS 'Numbers from its start up to where it stands; NULL where used_percent is';
COMMENT ON COLUMN architect.sequence_health.values_in_all IS 'Numbers from its start up to last_possible';
COMMENT ON COLUMN architect.sequence_health.days_left IS 'Days until the end if rows come in as they did since counters_since; NULL without inserts, under a day of counters, or for a partitioned table';
COMMENT ON COLUMN architect.sequence_health.increment IS 'Step; negative counts down';
COMMENT ON COLUMN architect.sequence_health.cycles IS 'Whether it begins again at its end';
COMMENT ON COLUMN architect.sequence_health.cache_size IS 'Values that each session takes at once, as a count; unused ones are lost';
COMMENT ON COLUMN architect.sequence_health.counters_since IS 'Counters cover the time from here on, see counter_age';
COMMENT ON COLUMN architect.sequence_health.sequence_oid IS 'OID of the sequence';
GRANT SELECT ON architect.sequence_health TO pg_monitor;
