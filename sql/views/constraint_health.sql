-- Constraints that do not hold what they promise, and for each table how far constraints carry. One row per problem and one per table.
CREATE VIEW architect.constraint_health WITH (security_invoker = true) AS
WITH RECURSIVE
member AS MATERIALIZED (
    SELECT d.objid FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
), tab AS MATERIALIZED (
    SELECT c.oid, n.nspname, c.relname, c.relkind, c.reltuples, c.relispartition
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
      AND NOT EXISTS (SELECT FROM member m WHERE m.objid = c.oid)
), con AS MATERIALIZED (
    SELECT k.oid, k.conname, k.conrelid, k.confrelid, k.contype, k.conkey, k.confkey, k.conparentid, k.convalidated, k.confupdtype, k.confdeltype,
           k.condeferrable, k.condeferred, k.confdelsetcols, k.confmatchtype, k.coninhcount,
           -- Since 18; before, every constraint is enforced.
           CASE WHEN pg_catalog.current_setting('server_version_num')::integer >= 180000
                THEN (pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean ELSE true END AS enforced,
           CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key' WHEN 'c' THEN 'check'
                WHEN 'x' THEN 'exclusion' WHEN 'n' THEN 'not null' ELSE 'trigger' END AS kind
    FROM pg_catalog.pg_constraint k
    WHERE k.conrelid IN (SELECT t.oid FROM tab t)
-- The triggers that check a foreign key, or a deferrable UNIQUE, PRIMARY KEY or EXCLUDE. ALTER TABLE ... DISABLE TRIGGER ALL silences
-- them while the constraint says it is validated.
), silenced AS MATERIALIZED (
    SELECT g.tgconstraint AS oid, pg_catalog.bool_or(g.tgrelid = k.conrelid) AS at_child, pg_catalog.bool_or(g.tgrelid = k.confrelid) AS at_parent,
           pg_catalog.bool_and(g.tgenabled = 'R') AS replica_only
    FROM pg_catalog.pg_trigger g
    JOIN con k ON k.oid = g.tgconstraint AND k.contype IN ('f', 'p', 'u', 'x')
    WHERE g.tgisinternal AND g.tgenabled IN ('D', 'R')
    GROUP BY g.tgconstraint
), pairs AS MATERIALIZED (
    SELECT k.oid, k.conname, k.conrelid, k.confrelid, k.convalidated,
           -- Of one column, MATCH FULL and SIMPLE are the same.
           (k.confupdtype, k.confdeltype, k.confdelsetcols, k.condeferrable, k.condeferred,
            CASE WHEN pg_catalog.cardinality(k.conkey) > 1 THEN k.confmatchtype END) AS manner,
           (SELECT pg_catalog.array_agg(p.child || '>' || p.parent ORDER BY p.child)
            FROM ROWS FROM (pg_catalog.unnest(k.conkey), pg_catalog.unnest(k.confkey)) AS p (child, parent)) AS columns
    FROM con k WHERE k.contype = 'f' AND k.conparentid = 0 AND k.enforced
), twin AS MATERIALIZED (
    SELECT p.oid, pg_catalog.first_value(p.oid) OVER same AS keeper, pg_catalog.first_value(p.conname) OVER same AS keeper_name,
           p.manner IS DISTINCT FROM pg_catalog.first_value(p.manner) OVER same AS differs
    FROM pairs p
    WINDOW same AS (PARTITION BY p.conrelid, p.confrelid, p.columns ORDER BY p.convalidated DESC, p.oid)
-- Types that refuse NULL: domains that say so, and domains over them.
), strict AS (
    SELECT t.oid FROM pg_catalog.pg_type t WHERE t.typtype = 'd' AND t.typnotnull
    UNION
    SELECT t.oid FROM strict s JOIN pg_catalog.pg_type t ON t.typbasetype = s.oid AND t.typtype = 'd'
-- The columns that an action would make NULL and that refuse it. A default may be the column's, its domain's, or an identity's.
), refusing AS MATERIALIZED (
    SELECT k.oid, e.event, e.action
    FROM con k
    CROSS JOIN LATERAL (VALUES ('DELETE', k.confdeltype, coalesce(k.confdelsetcols, k.conkey)), ('UPDATE', k.confupdtype, k.conkey)) AS e (event, action, columns)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = ANY (e.columns)
    JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
    WHERE k.contype = 'f' AND k.conparentid = 0 AND k.enforced AND e.action IN ('n', 'd')
      AND (a.attnotnull OR a.atttypid IN (SELECT s.oid FROM strict s))
      AND (e.action = 'n' OR NOT a.atthasdef AND a.attidentity = '' AND y.typdefaultbin IS NULL AND y.typdefault IS NULL)
    GROUP BY k.oid, e.event, e.action
), problem AS MATERIALIZED (
    SELECT k.oid, k.conrelid, 1 AS weight, 'not enforced' AS verdict,
           'declared NOT ENFORCED: new rows are not checked either' AS reason
    -- What a partition or a child inherits is told of where it comes from.
    FROM con k WHERE NOT k.enforced AND k.conparentid = 0 AND k.coninhcount = 0
    UNION ALL
    SELECT k.oid, k.conrelid, 3, 'not validated', 'new rows are checked, older ones were not: VALIDATE CONSTRAINT'
    FROM con k WHERE NOT k.convalidated AND k.enforced AND k.conparentid = 0 AND k.coninhcount = 0 AND k.contype IN ('c', 'f', 'n')
    UNION ALL
    SELECT k.oid, k.conrelid, 0, 'not checked',
           pg_catalog.format('its triggers %s%s: it is not checked, though it is shown as validated. ENABLE TRIGGER ALL, then check the rows',
               CASE WHEN s.replica_only THEN 'fire on replicas only' ELSE 'are disabled' END,
               CASE WHEN k.contype <> 'f' THEN '' WHEN s.at_child AND s.at_parent THEN ' on both tables' WHEN s.at_child THEN ' on the referencing table' ELSE ' on the referenced table' END)
    FROM silenced s
    JOIN con k ON k.oid = s.oid
    WHERE NOT EXISTS (SELECT FROM silenced u WHERE u.oid = k.conparentid)
    UNION ALL
    SELECT k.oid, k.conrelid, 4, 'duplicate',
           pg_catalog.format('same columns and table as %I%s: each row is checked twice', t.keeper_name, CASE WHEN t.differs THEN ', with other actions, MATCH or timing' ELSE '' END)
    FROM twin t JOIN con k ON k.oid = t.oid WHERE t.keeper <> t.oid
    UNION ALL
    SELECT k.oid, k.conrelid, 2, 'action fails',
           pg_catalog.string_agg(
               pg_catalog.format('ON %s %s: %s fails', r.event,
                   CASE r.action WHEN 'n' THEN 'SET NULL on a column that is NOT NULL' ELSE 'SET DEFAULT on a NOT NULL column without a default' END,
                   CASE r.event WHEN 'DELETE' THEN 'deleting a referenced row' ELSE 'changing a referenced key' END), '; ' ORDER BY r.event)
    FROM refusing r
    JOIN con k ON k.oid = r.oid
    GROUP BY k.oid, k.conrelid
), column_names AS MATERIALIZED (
    SELECT k.oid, pg_catalog.array_agg(a.attname::text ORDER BY u.place) AS names
    FROM (SELECT DISTINCT p.oid FROM problem p) AS p
    JOIN con k ON k.oid = p.oid
    CROSS JOIN LATERAL pg_catalog.unnest(k.conkey) WITH ORDINALITY AS u (attnum, place)
    JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum
    GROUP BY k.oid
), coverage AS (
    SELECT t.oid, pg_catalog.count(*) AS columns, pg_catalog.count(*) FILTER (WHERE a.attnotnull) AS not_null
    FROM tab t
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE NOT t.relispartition
    GROUP BY t.oid
), counts AS (
    SELECT k.conrelid AS oid, pg_catalog.count(*) FILTER (WHERE k.contype = 'p') AS primary_keys, pg_catalog.count(*) FILTER (WHERE k.contype = 'u') AS uniques,
           pg_catalog.count(*) FILTER (WHERE k.contype = 'c') AS checks, pg_catalog.count(*) FILTER (WHERE k.contype = 'f' AND k.conparentid = 0) AS foreign_keys,
           pg_catalog.count(*) FILTER (WHERE k.contype = 'x') AS exclusions
    FROM con k GROUP BY k.conrelid
), rows AS (
    SELECT p.weight, 'constraint' AS scope, t.nspname, t.relname, k.conname, k.kind, p.verdict, p.reason,
           cn.names AS columns,
           greatest(t.reltuples, 0)::bigint AS rows,
           NULL::bigint AS column_count, NULL::numeric AS not_null_percent, NULL::boolean AS has_primary_key, NULL::bigint AS uniques, NULL::bigint AS checks, NULL::bigint AS foreign_keys,
           t.oid AS table_oid, k.oid AS constraint_oid
    FROM problem p JOIN con k ON k.oid = p.oid JOIN tab t ON t.oid = p.conrelid LEFT JOIN column_names cn ON cn.oid = p.oid
    UNION ALL
    SELECT 3, 'domain', n.nspname, NULL, k.conname, 'check', 'not validated',
           pg_catalog.format('of domain %I: stored values were not checked: ALTER DOMAIN ... VALIDATE CONSTRAINT', y.typname), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, k.oid
    FROM pg_catalog.pg_constraint k
    JOIN pg_catalog.pg_type y ON y.oid = k.contypid
    JOIN pg_catalog.pg_namespace n ON n.oid = y.typnamespace
    WHERE k.contypid <> 0 AND NOT k.convalidated AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'architect')
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d WHERE d.classid = 'pg_catalog.pg_type'::pg_catalog.regclass AND d.objid = y.oid AND d.deptype = 'e')
    UNION ALL
    SELECT 0, 'setting', NULL, NULL, coalesce(r.rolname, d.datname), 'session_replication_role', 'not checked',
           pg_catalog.format('sessions of %s%s start with session_replication_role = replica: no foreign key is checked in them',
               coalesce('role ' || r.rolname, 'any role'), coalesce(' in database ' || d.datname, '')), NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
    FROM pg_catalog.pg_db_role_setting s
    LEFT JOIN pg_catalog.pg_roles r ON r.oid = s.setrole
    LEFT JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
    WHERE (s.setdatabase = 0 OR d.datname = pg_catalog.current_database())
      AND EXISTS (SELECT FROM pg_catalog.unnest(s.setconfig) AS c (line) WHERE pg_catalog.lower(c.line) = 'session_replication_role=replica')
    UNION ALL
    SELECT CASE WHEN coalesce(n.primary_keys, 0) = 0 THEN 5 ELSE 6 END, 'table', t.nspname, t.relname, NULL, NULL,
           CASE WHEN n.oid IS NULL AND v.not_null = 0 THEN 'no constraints'
                WHEN coalesce(n.primary_keys, 0) = 0 THEN 'no primary key' ELSE 'ok' END,
           pg_catalog.format('%s of %s columns NOT NULL', v.not_null, v.columns), NULL, greatest(t.reltuples, 0)::bigint,
           v.columns, pg_catalog.round(100.0 * v.not_null / v.columns), coalesce(n.primary_keys, 0) > 0,
           coalesce(n.uniques, 0) + coalesce(n.exclusions, 0), coalesce(n.checks, 0), coalesce(n.foreign_keys, 0), t.oid, NULL
    FROM coverage v JOIN tab t ON t.oid = v.oid LEFT JOIN counts n ON n.oid = t.oid
)
SELECT pg_catalog.row_number() OVER (ORDER BY r.weight, r.rows DESC NULLS LAST, r.not_null_percent, r.nspname, r.relname, r.conname, r.verdict) AS rank,
       r.scope, r.nspname AS schema_name, r.relname AS table_name, r.conname AS name, r.kind, r.verdict, r.reason, r.columns, r.rows,
       r.column_count, r.not_null_percent, r.has_primary_key, r.uniques AS unique_count, r.checks AS check_count, r.foreign_keys AS foreign_key_count,
       r.table_oid, r.constraint_oid
FROM rows r
ORDER BY rank;

COMMENT ON VIEW architect.constraint_health IS 'Constraints that do not hold what they promise, then each table with how far its constraints carry. One row per problem and one per table';
COMMENT ON COLUMN architect.constraint_health.rank IS '1 is the worst: not checked, not enforced, action fails, not validated, duplicate, then tables without a primary key, then the rest; larger tables first';
COMMENT ON COLUMN architect.constraint_health.scope IS 'constraint, domain or setting (a problem), or table (its coverage)';
COMMENT ON COLUMN architect.constraint_health.schema_name IS 'Schema of the table or domain';
COMMENT ON COLUMN architect.constraint_health.table_name IS 'Its table, of a partition tree the root; a partition where only that one is concerned';
COMMENT ON COLUMN architect.constraint_health.name IS 'Name of the constraint; of a setting the role or database that has it';
COMMENT ON COLUMN architect.constraint_health.kind IS 'foreign key, check, not null, unique, primary key, exclusion; or the setting';
COMMENT ON COLUMN architect.constraint_health.verdict IS 'not checked, not enforced (18), action fails, not validated, duplicate; of a table: no constraints, no primary key, ok';
COMMENT ON COLUMN architect.constraint_health.reason IS 'What that means here, and what mends it';
COMMENT ON COLUMN architect.constraint_health.columns IS 'Columns of the constraint';
COMMENT ON COLUMN architect.constraint_health.rows IS 'Rows of the table, estimated by the last VACUUM or ANALYZE';
COMMENT ON COLUMN architect.constraint_health.column_count IS 'Columns of the table, as a count';
COMMENT ON COLUMN architect.constraint_health.not_null_percent IS 'Columns that are NOT NULL, in per cent';
COMMENT ON COLUMN architect.constraint_health.has_primary_key IS 'Whether it has a primary key';
COMMENT ON COLUMN architect.constraint_health.unique_count IS 'UNIQUE and EXCLUDE constraints beside it, as a count';
COMMENT ON COLUMN architect.constraint_health.check_count IS 'CHECK constraints, as a count';
COMMENT ON COLUMN architect.constraint_health.foreign_key_count IS 'Foreign keys of the table, as a count';
COMMENT ON COLUMN architect.constraint_health.table_oid IS 'OID of the table';
COMMENT ON COLUMN architect.constraint_health.constraint_oid IS 'OID of the constraint';
GRANT SELECT ON architect.constraint_health TO pg_monitor;
