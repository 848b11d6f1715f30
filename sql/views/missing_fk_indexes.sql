-- Foreign keys whose check at the parent has to read the whole child: no index serves `child.columns = key`. What serves is decided in
-- foreign_key_indexes.
CREATE VIEW architect.missing_fk_indexes WITH (security_invoker = true) AS
WITH RECURSIVE
member AS MATERIALIZED (
    SELECT d.objid FROM pg_catalog.pg_depend d
    WHERE d.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND d.deptype = 'e' AND d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass
), fk AS MATERIALIZED (
    SELECT k.oid, k.conname, k.conparentid, k.conrelid, k.confrelid, k.conkey, k.confkey, k.conpfeqop, c.relkind,
           pg_catalog.cardinality(k.conkey) AS width
    FROM pg_catalog.pg_constraint k
    JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE k.contype = 'f' AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
      AND NOT EXISTS (SELECT FROM member m WHERE m.objid = k.conrelid)
      -- Since 18: what is not enforced asks nothing; periods are compared by a GiST index and are not judged here.
      AND CASE WHEN pg_catalog.current_setting('server_version_num')::integer >= 180000
               THEN (pg_catalog.to_jsonb(k) ->> 'conenforced')::boolean AND NOT (pg_catalog.to_jsonb(k) ->> 'conperiod')::boolean ELSE true END
), missing AS MATERIALIZED (
    SELECT f.* FROM fk f
    WHERE f.conparentid = 0
      -- IS FALSE keeps this a look-up in a hash table whatever the planner believes of its size.
      AND (f.oid IN (SELECT s.constraint_oid FROM architect.foreign_key_indexes s)) IS FALSE
-- The tables below each child and each parent, for sizes and for the script.
), partition AS MATERIALIZED (
    SELECT h.inhrelid, h.inhparent FROM pg_catalog.pg_inherits h JOIN pg_catalog.pg_partitioned_table p ON p.partrelid = h.inhparent
), below AS (
    SELECT DISTINCT m.conrelid AS root, m.conrelid AS relid, 0 AS depth, NULL::pg_catalog.oid AS above FROM missing m
    UNION ALL
    SELECT b.root, h.inhrelid, b.depth + 1, b.relid
    FROM below b
    JOIN partition h ON h.inhparent = b.relid
), parent_below AS (
    SELECT DISTINCT m.confrelid AS root, m.confrelid AS relid FROM missing m
    UNION ALL
    SELECT b.root, h.inhrelid
    FROM parent_below b
    JOIN partition h ON h.inhparent = b.relid
), size AS MATERIALIZED (
    SELECT b.root, pg_catalog.sum(greatest(c.relpages, 0))::bigint * pg_catalog.current_setting('block_size')::bigint AS bytes,
           CASE WHEN pg_catalog.bool_and(c.reltuples >= 0 OR s.live > 0) THEN pg_catalog.sum(CASE WHEN c.reltuples >= 0 THEN c.reltuples ELSE s.live END)::bigint END AS rows
    FROM below b
    JOIN pg_catalog.pg_class c ON c.oid = b.relid AND c.relkind = 'r'
    CROSS JOIN LATERAL (SELECT pg_catalog.pg_stat_get_live_tuples(c.oid)) AS s (live)
    GROUP BY b.root
), churn AS MATERIALIZED (
    SELECT b.root, pg_catalog.sum(pg_catalog.pg_stat_get_tuples_deleted(b.relid))::bigint AS deletes, pg_catalog.sum(pg_catalog.pg_stat_get_tuples_updated(b.relid))::bigint AS updates
    FROM parent_below b GROUP BY b.root
), described AS (
    SELECT m.oid, m.conname, n.nspname, c.relname, c.relkind, pn.nspname AS parent_schema, p.relname AS parent_name, m.conrelid, m.confrelid,
           cols.names, cols.quoted, cols.plain, z.bytes, z.rows, h.deletes, h.updates,
           CASE WHEN cols.comparable THEN NULL
                ELSE 'the columns'' types have no common equality: no plain index can serve; change the type first' END AS obstacle
    FROM missing m
    JOIN pg_catalog.pg_class c ON c.oid = m.conrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_class p ON p.oid = m.confrelid
    JOIN pg_catalog.pg_namespace pn ON pn.oid = p.relnamespace
    LEFT JOIN size z ON z.root = m.conrelid
    LEFT JOIN churn h ON h.root = m.confrelid
    CROSS JOIN LATERAL (
        SELECT pg_catalog.array_agg(a.attname::text ORDER BY k.place) AS names,
               pg_catalog.string_agg(pg_catalog.quote_ident(a.attname), ', ' ORDER BY k.place) AS quoted,
               pg_catalog.string_agg(a.attname, '_' ORDER BY k.place) AS plain,
               -- Some btree class of the column's type (or a type it is the same bytes as) knows the trigger's operator.
               pg_catalog.bool_and(op.oprright = a.atttypid OR ty.typtype = 'd' OR op.oprright = coalesce(nullif(ty.typbasetype, 0), a.atttypid)
                        OR EXISTS (SELECT FROM pg_catalog.pg_cast ca WHERE ca.castsource = coalesce(nullif(ty.typbasetype, 0), a.atttypid)
                                     AND ca.casttarget = op.oprright AND ca.castmethod = 'b')
                        OR op.oprright IN (2283, 2277, 3500, 3831, 2776, 4537, 5077, 5078, 5079, 5080)) AS comparable
        FROM ROWS FROM (pg_catalog.unnest(m.conkey), pg_catalog.unnest(m.conpfeqop)) WITH ORDINALITY AS k (attnum, operator, place)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = m.conrelid AND a.attnum = k.attnum
        JOIN pg_catalog.pg_type ty ON ty.oid = a.atttypid
        JOIN pg_catalog.pg_operator op ON op.oid = k.operator
    ) AS cols
-- A name for each index of a tree, which must be known to be attached: speaking where it fits and is free, else with a mark.
), part AS (
    SELECT d.oid, b.relid, b.depth, b.above, bn.nspname, bc.relname, bc.relkind,
           CASE WHEN pg_catalog.octet_length('idx_' || bc.relname || '_' || d.plain) < 64
                     AND NOT EXISTS (SELECT FROM pg_catalog.pg_class x WHERE x.relnamespace = bc.relnamespace AND x.relname = ('idx_' || bc.relname || '_' || d.plain)::pg_catalog.name)
                THEN 'idx_' || bc.relname || '_' || d.plain
                ELSE 'idx_' || pg_catalog.left(pg_catalog.md5(b.relid || ' ' || d.oid), 12) END AS index_name
    FROM described d
    JOIN below b ON b.root = d.conrelid
    JOIN pg_catalog.pg_class bc ON bc.oid = b.relid
    JOIN pg_catalog.pg_namespace bn ON bn.oid = bc.relnamespace
    WHERE d.relkind = 'p'
), script AS (
    SELECT a.oid,
           pg_catalog.string_agg(
               CASE WHEN a.relkind = 'p' THEN pg_catalog.format('CREATE INDEX %I ON ONLY %I.%I (%s);', a.index_name, a.nspname, a.relname, d.quoted)
                    ELSE pg_catalog.format('CREATE INDEX CONCURRENTLY %I ON %I.%I (%s);', a.index_name, a.nspname, a.relname, d.quoted) END,
               E'\n' ORDER BY a.relkind <> 'p', a.depth, a.relname, a.relid)
           || coalesce(E'\n' || pg_catalog.string_agg(
               pg_catalog.format('ALTER INDEX %I.%I ATTACH PARTITION %I.%I;', u.nspname, u.index_name, a.nspname, a.index_name),
               -- From the bottom up: an index is valid, and its parent with it, when all below it are.
               E'\n' ORDER BY a.depth DESC, a.relname, a.relid) FILTER (WHERE u.relid IS NOT NULL), '') AS statement
    FROM part a
    JOIN described d ON d.oid = a.oid
    LEFT JOIN part u ON u.oid = a.oid AND u.relid = a.above
    GROUP BY a.oid
)
SELECT pg_catalog.row_number() OVER (ORDER BY d.bytes * (1 + d.deletes + d.updates / 100) DESC NULLS LAST, d.rows DESC NULLS LAST, d.nspname, d.relname, d.conname) AS rank,
       d.nspname AS schema_name, d.relname AS table_name, d.conname AS foreign_key, d.names AS columns,
       d.parent_schema, d.parent_name AS parent_table,
       d.rows AS child_rows, d.bytes AS child_bytes, d.deletes AS parent_deletes, d.updates AS parent_updates,
       d.obstacle,
       CASE WHEN d.obstacle IS NOT NULL THEN NULL
            WHEN d.relkind = 'p' THEN s.statement
            ELSE pg_catalog.format('CREATE INDEX CONCURRENTLY ON %I.%I (%s);', d.nspname, d.relname, d.quoted) END AS statement,
       d.oid AS constraint_oid, d.conrelid AS table_oid
FROM described d
LEFT JOIN script s ON s.oid = d.oid
ORDER BY rank;

COMMENT ON VIEW architect.missing_fk_indexes IS 'Foreign keys that no index of the referencing table serves: each delete of a parent row reads that table to its end. One row per foreign key, trees of partitions once';
COMMENT ON COLUMN architect.missing_fk_indexes.rank IS '1 costs most: child_bytes times (1 + parent_deletes + parent_updates / 100); few updates change a key';
COMMENT ON COLUMN architect.missing_fk_indexes.schema_name IS 'Schema of the referencing table';
COMMENT ON COLUMN architect.missing_fk_indexes.table_name IS 'Referencing table, of a partition tree the root';
COMMENT ON COLUMN architect.missing_fk_indexes.foreign_key IS 'Name of the constraint';
COMMENT ON COLUMN architect.missing_fk_indexes.columns IS 'Its referencing columns, in its order';
COMMENT ON COLUMN architect.missing_fk_indexes.parent_schema IS 'Schema of the referenced table';
COMMENT ON COLUMN architect.missing_fk_indexes.parent_table IS 'Referenced table';
COMMENT ON COLUMN architect.missing_fk_indexes.child_rows IS 'Rows of the referencing table, estimated; NULL if never analyzed';
COMMENT ON COLUMN architect.missing_fk_indexes.child_bytes IS 'Bytes that each check reads: its heap, as of the last VACUUM or ANALYZE';
COMMENT ON COLUMN architect.missing_fk_indexes.parent_deletes IS 'Rows deleted from the parent since the counters began (counter_age): each was such a check';
COMMENT ON COLUMN architect.missing_fk_indexes.parent_updates IS 'Rows of the parent updated since then: a check only where the key changed';
COMMENT ON COLUMN architect.missing_fk_indexes.obstacle IS 'Why no index can serve as the types are; NULL as a rule';
COMMENT ON COLUMN architect.missing_fk_indexes.statement IS 'SQL that mends it without blocking writes; outside a transaction block, one statement after the other';
COMMENT ON COLUMN architect.missing_fk_indexes.constraint_oid IS 'OID of the constraint';
COMMENT ON COLUMN architect.missing_fk_indexes.table_oid IS 'OID of the referencing table';
GRANT SELECT ON architect.missing_fk_indexes TO pg_monitor;
