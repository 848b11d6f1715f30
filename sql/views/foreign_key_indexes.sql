-- Which index finds the rows of which foreign key: decided here once for the views, as engine/src/facts/coverage.rs decides it for the rules.
--
-- What serves is what PostgreSQL's own referential trigger can use: a valid index that can be searched for equality (btree, GiST, SP-GiST,
-- GIN; hash for one column) and whose first n columns are the n columns in any order (of GIN, n of its columns), whose operator families
-- hold the equality that the trigger uses, and with the columns' collation. INCLUDE columns, BRIN and expressions do not serve. A partial
-- index serves only if all it asks is that columns of the foreign key are not null, which the equality implies.
CREATE VIEW architect.foreign_key_indexes WITH (security_invoker = true) AS
WITH RECURSIVE
fk AS MATERIALIZED (
    SELECT k.oid, k.conparentid, k.conrelid, k.confrelid, k.conkey, k.confkey, k.conpfeqop, c.relkind,
           pg_catalog.cardinality(k.conkey) AS width
    FROM pg_catalog.pg_constraint k
    JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE k.contype = 'f' AND c.relpersistence <> 't'
      AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast', 'architect')
-- The predicates that say no more than `column IS NOT NULL AND ...`, and the columns they name.
), predicate AS MATERIALIZED (
    SELECT i.indexrelid,
           (SELECT pg_catalog.array_agg(DISTINCT m[1]::pg_catalog.int2) FROM pg_catalog.regexp_matches(i.indpred::text, ':varattno (-?\d+)', 'g') AS m) AS columns
    FROM pg_catalog.pg_index i
    WHERE i.indpred IS NOT NULL AND i.indrelid IN (SELECT f.conrelid FROM fk f)
      AND NOT EXISTS (SELECT FROM pg_catalog.regexp_matches(i.indpred::text, '\{([A-Z_]+)', 'g') AS m WHERE m[1] NOT IN ('NULLTEST', 'VAR', 'BOOLEXPR'))
      AND i.indpred::text !~ ':nulltesttype 0' AND i.indpred::text !~ ':boolop (or|not)'
), candidate AS MATERIALIZED (
    SELECT f.oid, i.indexrelid, am.amname, (i.indclass::pg_catalog.oid[])[0:w.last] AS classes,
           (i.indcollation::pg_catalog.oid[])[0:w.last] AS collations, (i.indkey::pg_catalog.int2[])[0:w.last] AS keys
    FROM fk f
    JOIN pg_catalog.pg_index i ON i.indrelid = f.conrelid AND i.indisvalid AND i.indisready AND i.indislive AND i.indnkeyatts >= f.width
    JOIN pg_catalog.pg_class ic ON ic.oid = i.indexrelid
    JOIN pg_catalog.pg_am am ON am.oid = ic.relam AND (am.amname IN ('btree', 'gist', 'spgist', 'gin') OR am.amname = 'hash' AND f.width = 1)
    -- GIN finds by any of its columns.
    CROSS JOIN LATERAL (SELECT CASE am.amname WHEN 'gin' THEN i.indnkeyatts ELSE f.width END - 1) AS w (last)
    LEFT JOIN predicate p ON p.indexrelid = i.indexrelid
    WHERE (i.indkey::pg_catalog.int2[])[0:w.last] @> f.conkey
      AND (i.indpred IS NULL OR p.columns <@ f.conkey)
), served AS MATERIALIZED (
    SELECT c.oid, c.indexrelid
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
                          WHERE ao.amopfamily = oc.opcfamily AND ao.amopopr = op.oprcom AND ao.amoppurpose = 's')
           -- It compares by the column's collation, unless the parent's is another that is not deterministic.
           OR x.collation_oid <> 0 AND x.collation_oid <> CASE WHEN pc.collisdeterministic IS FALSE THEN b.attcollation ELSE a.attcollation END)
-- The copies of a foreign key on the partitions of its table: where there is an index on each of them, the tree is served.
), tree AS (
    SELECT f.oid AS root, f.oid, f.conrelid, f.confrelid, f.relkind FROM fk f WHERE f.conparentid = 0 AND f.relkind = 'p'
    UNION ALL
    SELECT t.root, f.oid, f.conrelid, f.confrelid, f.relkind FROM tree t JOIN fk f ON f.conparentid = t.oid AND f.confrelid = t.confrelid
), every_leaf AS MATERIALIZED (
    SELECT t.root FROM tree t WHERE t.relkind = 'r' GROUP BY t.root HAVING pg_catalog.bool_and(t.oid IN (SELECT s.oid FROM served s))
)
SELECT s.oid AS constraint_oid, s.indexrelid AS index_oid, false AS by_partitions
FROM served s
UNION ALL
SELECT t.root, s.indexrelid, true
FROM tree t
JOIN every_leaf e ON e.root = t.root
JOIN served s ON s.oid = t.oid
WHERE t.relkind = 'r';

COMMENT ON VIEW architect.foreign_key_indexes IS 'Which index finds the referencing rows of which foreign key; one row per pair, none for a foreign key that no index serves';
COMMENT ON COLUMN architect.foreign_key_indexes.constraint_oid IS 'OID of the foreign key; those that partitions have of it are told by themselves too';
COMMENT ON COLUMN architect.foreign_key_indexes.index_oid IS 'OID of the index';
COMMENT ON COLUMN architect.foreign_key_indexes.by_partitions IS 'Whether the index is that of a partition, of which each has one';
GRANT SELECT ON architect.foreign_key_indexes TO pg_monitor;
