-- Foreign keys whose check at the parent has to read the whole child: no index serves `child.columns = key`.
--
-- What serves is what PostgreSQL's own referential trigger can use: a valid btree whose first n columns are the n columns in any
-- order (or a hash index on the one column), whose operator family holds the equality that the trigger uses, and with the column's
-- collation. INCLUDE columns, BRIN, GIN and expressions do not serve. A partial index serves only if all it asks is that columns of
-- the foreign key are not null, which the equality implies.
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
-- The predicates that say no more than `column IS NOT NULL AND ...`, and the columns they name.
), predicate AS MATERIALIZED (
    SELECT i.indexrelid,
           (SELECT pg_catalog.array_agg(DISTINCT m[1]::pg_catalog.int2) FROM pg_catalog.regexp_matches(i.indpred::text, ':varattno (-?\d+)', 'g') AS m) AS columns
    FROM pg_catalog.pg_index i
    WHERE i.indpred IS NOT NULL AND i.indrelid IN (SELECT f.conrelid FROM fk f)
      AND NOT EXISTS (SELECT FROM pg_catalog.regexp_matches(i.indpred::text, '\{([A-Z_]+)', 'g') AS m WHERE m[1] NOT IN ('NULLTEST', 'VAR', 'BOOLEXPR'))
      AND i.indpred::text !~ ':nulltesttype 0' AND i.indpred::text !~ ':boolop (or|not)'
), candidate AS MATERIALIZED (
    SELECT f.oid, i.indexrelid, am.amname, (i.indclass::pg_catalog.oid[])[0:f.width - 1] AS classes,
           (i.indcollation::pg_catalog.oid[])[0:f.width - 1] AS collations, (i.indkey::pg_catalog.int2[])[0:f.width - 1] AS keys
    FROM fk f
    JOIN pg_catalog.pg_index i ON i.indrelid = f.conrelid AND i.indisvalid AND i.indisready AND i.indislive AND i.indnkeyatts >= f.width
    JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
    JOIN pg_catalog.pg_am am ON am.oid = ic.relam AND (am.amname = 'btree' OR am.amname = 'hash' AND f.width = 1)
    LEFT JOIN predicate p ON p.indexrelid = i.indexrelid
    WHERE (i.indkey::pg_catalog.int2[])[0:f.width - 1] @> f.conkey AND (i.indkey::pg_catalog.int2[])[0:f.width - 1] <@ f.conkey
      AND (i.indpred IS NULL OR p.columns <@ f.conkey)
), served AS MATERIALIZED (
    SELECT DISTINCT c.oid
    FROM candidate c
    JOIN fk f ON f.oid = c.oid
    WHERE NOT EXISTS (
        SELECT FROM ROWS FROM (pg_catalog.unnest(f.conkey), pg_catalog.unnest(f.confkey), pg_catalog.unnest(f.conpfeqop)) AS k (column_number, parent_column, operator)
        JOIN ROWS FROM (pg_catalog.unnest(c.keys), pg_catalog.unnest(c.classes), pg_catalog.unnest(c.collations)) AS x (column_number, class, collation_oid) USING (column_number)
        JOIN pg_catalog.pg_operator op ON op.oid = k.operator
        JOIN pg_catalog.pg_opclass oc ON oc.oid = x.class
        JOIN pg_catalog.pg_attribute a ON a.attrelid = f.conrelid AND a.attnum = k.column_number
        JOIN pg_catalog.pg_attribute b ON b.attrelid = f.confrelid AND b.attnum = k.parent_column
        LEFT JOIN pg_catalog.pg_collation pc ON pc.oid = b.attcollation
        -- The trigger asks `key operator column`; an index is asked with the column on the left, by the commutator.
        WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_amop ao
                          WHERE ao.amopfamily = oc.opcfamily AND ao.amopopr = op.oprcom AND ao.amopstrategy = CASE c.amname WHEN 'btree' THEN 3 ELSE 1 END)
           -- It compares by the column's collation, unless the parent's is another that is not deterministic.
           OR x.collation_oid <> 0 AND x.collation_oid <> CASE WHEN pc.collisdeterministic IS FALSE THEN b.attcollation ELSE a.attcollation END)
-- The copies of a foreign key on the partitions of its table: where there is an index on each of them, the tree is served.
), tree AS (
    SELECT f.oid AS root, f.oid, f.conrelid, f.confrelid, f.relkind FROM fk f WHERE f.conparentid = 0 AND f.relkind = 'p'
    UNION ALL
    SELECT t.root, f.oid, f.conrelid, f.confrelid, f.relkind FROM tree t JOIN fk f ON f.conparentid = t.oid AND f.confrelid = t.confrelid
), leaves AS MATERIALIZED (
    SELECT t.root FROM tree t WHERE t.relkind = 'r' GROUP BY t.root HAVING pg_catalog.bool_and(t.oid IN (SELECT s.oid FROM served s))
), missing AS MATERIALIZED (
    SELECT f.* FROM fk f
    WHERE f.conparentid = 0
      -- IS FALSE keeps these a look-up in a hash table whatever the planner believes of their size.
      AND (f.oid IN (SELECT s.oid FROM served s)) IS FALSE AND (f.oid IN (SELECT l.root FROM leaves l)) IS FALSE
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
