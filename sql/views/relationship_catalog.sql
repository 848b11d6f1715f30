-- Read from the catalogs alone: no relation is opened, so no lock of another session is waited for.
CREATE VIEW architect.relationship_catalog WITH (security_invoker = true) AS
WITH RECURSIVE partition AS (
    -- Every partitioned table with each of its leaves, however deep.
    SELECT i.inhparent AS root, i.inhrelid AS member
    FROM pg_catalog.pg_inherits AS i
    JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent AND p.relkind = 'p'
    UNION ALL
    SELECT above.root, i.inhrelid
    FROM partition AS above
    JOIN pg_catalog.pg_inherits AS i ON i.inhparent = above.member
), size AS MATERIALIZED (
    -- A partitioned table has the rows of its leaves. A table that was never analysed has reltuples -1; what was inserted since the
    -- statistics were reset is then better than nothing, and nothing is better than a wrong zero.
    SELECT tree.root AS oid, pg_catalog.sum(tree.rows) AS rows
    FROM (
        SELECT
            coalesce(p.root, c.oid) AS root,
            CASE WHEN c.reltuples >= 0 THEN c.reltuples::numeric
                ELSE nullif(pg_catalog.pg_stat_get_live_tuples(c.oid), 0)::numeric END AS rows
        FROM pg_catalog.pg_class AS c
        LEFT JOIN partition AS p ON p.member = c.oid
        WHERE c.relkind = 'r'
        UNION ALL
        -- A leaf that is referenced, or that references, by itself.
        SELECT c.oid, CASE WHEN c.reltuples >= 0 THEN c.reltuples::numeric
                ELSE nullif(pg_catalog.pg_stat_get_live_tuples(c.oid), 0)::numeric END
        FROM pg_catalog.pg_class AS c
        WHERE c.relkind = 'r' AND c.relispartition
    ) AS tree
    GROUP BY tree.root
), fk AS MATERIALIZED (
    SELECT
        c.oid, c.conname, c.conrelid, c.confrelid, c.conkey, c.confkey, c.conpfeqop, c.confmatchtype, c.confdeltype, c.confupdtype,
        c.confdelsetcols, c.condeferrable, c.condeferred, c.convalidated,
        pg_catalog.cardinality(c.conkey) AS width,
        -- NOT ENFORCED came with PostgreSQL 18, which has the column.
        coalesce((pg_catalog.to_jsonb(c) ->> 'conenforced')::boolean, true) AS enforced,
        child_space.nspname AS child_schema, child.relname AS child_table,
        parent_space.nspname AS parent_schema, parent.relname AS parent_table
    FROM pg_catalog.pg_constraint AS c
    JOIN pg_catalog.pg_class AS child ON child.oid = c.conrelid
    JOIN pg_catalog.pg_namespace AS child_space ON child_space.oid = child.relnamespace
    JOIN pg_catalog.pg_class AS parent ON parent.oid = c.confrelid
    JOIN pg_catalog.pg_namespace AS parent_space ON parent_space.oid = parent.relnamespace
    -- A constraint with a parent is the copy that a partition, or a reference to a partition, has of it.
    WHERE c.contype = 'f' AND c.conparentid = 0
        AND child.relpersistence <> 't'
        AND child_space.nspname NOT IN ('pg_catalog', 'information_schema', 'architect')
        AND NOT EXISTS (
            SELECT FROM pg_catalog.pg_depend AS d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = child.oid AND d.deptype = 'e'
        )
), usable_index AS MATERIALIZED (
    SELECT
        i.indexrelid, i.indrelid, i.indisunique, i.indnkeyatts, i.indkey::int2[] AS indkey, i.indpred,
        -- The one predicate that every row with a reference satisfies: "column IS NOT NULL". pg_get_expr() would open the table.
        CASE WHEN i.indpred IS NULL THEN NULL ELSE
            (pg_catalog.regexp_match(
                i.indpred::text,
                '^\{NULLTEST :arg \{VAR :varno 1 :varattno (\d+) [^{}]*\} :nulltesttype 1 :argisrow false :location -?\d+\}$'
            ))[1]::int2 END AS not_null_column
    FROM pg_catalog.pg_index AS i
    WHERE i.indisvalid AND i.indisready AND i.indislive
        AND EXISTS (SELECT FROM fk WHERE fk.conrelid = i.indrelid)
), unique_key AS MATERIALIZED (
    SELECT u.indexrelid, u.indrelid, u.indkey[0:u.indnkeyatts - 1] AS keys, u.indpred IS NULL AS is_total, u.not_null_column
    FROM usable_index AS u
    WHERE u.indisunique AND NOT 0 = ANY (u.indkey[0:u.indnkeyatts - 1])
), unique_fk AS (
    SELECT DISTINCT fk.oid
    FROM fk
    JOIN unique_key AS u ON u.indrelid = fk.conrelid
    WHERE u.keys <@ fk.conkey AND (u.is_total OR u.not_null_column = ANY (fk.conkey))
), junction AS (
    -- The other ends, where a table links several: a key that is made of this reference and of others, whole.
    SELECT fk.oid, pg_catalog.array_agg(DISTINCT pg_catalog.format('%I.%I', other.parent_schema, other.parent_table)) AS others
    FROM fk
    JOIN fk AS other ON other.conrelid = fk.conrelid
    JOIN unique_key AS u ON u.indrelid = fk.conrelid
    WHERE other.oid <> fk.oid AND NOT other.conkey && fk.conkey
        AND u.is_total AND u.keys <@ (fk.conkey || other.conkey) AND u.keys && fk.conkey AND u.keys && other.conkey
    GROUP BY fk.oid
), served AS (
    SELECT DISTINCT ON (s.constraint_oid) s.constraint_oid AS oid, s.index_oid AS indexrelid, c.relname AS index_name
    FROM architect.foreign_key_indexes AS s
    JOIN pg_catalog.pg_index AS i ON i.indexrelid = s.index_oid
    JOIN pg_catalog.pg_class AS c ON c.oid = s.index_oid
    ORDER BY s.constraint_oid, s.by_partitions, i.indpred IS NOT NULL, i.indnkeyatts, i.indexrelid
), strict AS (
    -- Types that refuse NULL: domains that say so, and domains over them.
    SELECT t.oid FROM pg_catalog.pg_type AS t WHERE t.typtype = 'd' AND t.typnotnull
    UNION
    SELECT t.oid FROM strict AS s JOIN pg_catalog.pg_type AS t ON t.typbasetype = s.oid AND t.typtype = 'd'
), refusing AS MATERIALIZED (
    -- Keys with columns that an action would make NULL and that refuse it. A default may be the column's, its domain's, or an identity's.
    SELECT r.oid, pg_catalog.string_agg(r.how, '; ' ORDER BY r.event) AS how
    FROM (
        SELECT DISTINCT fk.oid, e.event,
            pg_catalog.format('ON %s %s: every %s fails', e.event,
                CASE e.action WHEN 'n' THEN 'SET NULL on a NOT NULL column' ELSE 'SET DEFAULT on a NOT NULL column without a default' END,
                CASE e.event WHEN 'DELETE' THEN 'DELETE of a referenced row' ELSE 'change of a referenced key' END) AS how
        FROM fk
        CROSS JOIN LATERAL (
            VALUES ('DELETE', fk.confdeltype, coalesce(fk.confdelsetcols, fk.conkey)), ('UPDATE', fk.confupdtype, fk.conkey)
        ) AS e (event, action, columns)
        JOIN pg_catalog.pg_attribute AS a ON a.attrelid = fk.conrelid AND a.attnum = ANY (e.columns)
        JOIN pg_catalog.pg_type AS y ON y.oid = a.atttypid
        WHERE fk.enforced AND e.action IN ('n', 'd')
            AND (a.attnotnull OR a.atttypid IN (SELECT s.oid FROM strict AS s))
            AND (e.action = 'n' OR (NOT a.atthasdef AND a.attidentity = '' AND y.typdefaultbin IS NULL AND y.typdefault IS NULL))
    ) AS r
    GROUP BY r.oid
), disabled AS (
    -- Keys with triggers that do not fire (DISABLE TRIGGER ALL), and above them those whose copies they are.
    SELECT g.tgconstraint AS oid
    FROM pg_catalog.pg_trigger AS g
    WHERE g.tgisinternal AND g.tgenabled IN ('D', 'R') AND g.tgconstraint <> 0
    UNION
    SELECT k.conparentid
    FROM disabled AS d
    JOIN pg_catalog.pg_constraint AS k ON k.oid = d.oid AND k.conparentid <> 0
), silenced AS MATERIALIZED (
    SELECT d.oid AS root FROM disabled AS d
), judged AS (
    SELECT
        fk.*,
        unique_fk.oid IS NOT NULL AS is_unique,
        junction.others,
        served.index_name,
        (
            SELECT pg_catalog.array_agg(a.attname ORDER BY k.n)
            FROM pg_catalog.unnest(fk.conkey) WITH ORDINALITY AS k (attnum, n)
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = fk.conrelid AND a.attnum = k.attnum
        ) AS child_columns,
        (
            SELECT pg_catalog.array_agg(a.attname ORDER BY k.n)
            FROM pg_catalog.unnest(fk.confkey) WITH ORDINALITY AS k (attnum, n)
            JOIN pg_catalog.pg_attribute AS a ON a.attrelid = fk.confrelid AND a.attnum = k.attnum
        ) AS parent_columns,
        CASE WHEN fk.confdeltype IN ('n', 'd') THEN (
            SELECT pg_catalog.array_agg(a.attname ORDER BY a.attnum)
            FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = fk.conrelid AND a.attnum = ANY (coalesce(fk.confdelsetcols, fk.conkey))
        ) END AS set_columns,
        refusing.how AS impossible,
        EXISTS (SELECT FROM silenced AS s WHERE s.root = fk.oid) AS is_silenced,
        (
            SELECT pg_catalog.count(*) FILTER (WHERE NOT a.attnotnull)
            FROM pg_catalog.pg_attribute AS a
            WHERE a.attrelid = fk.conrelid AND a.attnum = ANY (fk.conkey)
        ) AS nullable,
        child_size.rows AS child_rows,
        parent_size.rows AS parent_rows
    FROM fk
    LEFT JOIN unique_fk ON unique_fk.oid = fk.oid
    LEFT JOIN junction ON junction.oid = fk.oid
    LEFT JOIN served ON served.oid = fk.oid
    LEFT JOIN refusing ON refusing.oid = fk.oid
    LEFT JOIN size AS child_size ON child_size.oid = fk.conrelid
    LEFT JOIN size AS parent_size ON parent_size.oid = fk.confrelid
)
SELECT
    j.child_schema,
    j.child_table,
    j.child_columns,
    j.parent_schema,
    j.parent_table,
    j.parent_columns,
    j.conname AS constraint_name,
    CASE WHEN j.is_unique THEN '1:1' WHEN j.others IS NOT NULL THEN 'M:N' ELSE '1:N' END AS cardinality,
    CASE WHEN NOT j.is_unique THEN j.others END AS junction_with,
    CASE
        WHEN j.nullable = 0 THEN 'mandatory'
        WHEN j.confmatchtype = 'f' OR j.width = 1 THEN 'optional'
        ELSE 'optional, and one NULL of several columns suffices'
    END AS optionality,
    CASE j.confdeltype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL'
        WHEN 'd' THEN 'SET DEFAULT' END AS on_delete,
    CASE j.confupdtype WHEN 'a' THEN 'NO ACTION' WHEN 'r' THEN 'RESTRICT' WHEN 'c' THEN 'CASCADE' WHEN 'n' THEN 'SET NULL'
        WHEN 'd' THEN 'SET DEFAULT' END AS on_update,
    j.set_columns AS on_delete_columns,
    CASE WHEN j.condeferred THEN 'DEFERRABLE INITIALLY DEFERRED' WHEN j.condeferrable THEN 'DEFERRABLE INITIALLY IMMEDIATE'
        ELSE 'NOT DEFERRABLE' END AS deferrability,
    CASE WHEN NOT j.enforced THEN 'not enforced' WHEN NOT j.convalidated THEN 'not valid' ELSE 'valid' END AS validity,
    j.conrelid = j.confrelid AS self_reference,
    j.index_name,
    pg_catalog.round(j.child_rows)::bigint AS child_rows,
    pg_catalog.round(j.parent_rows)::bigint AS parent_rows,
    CASE
        WHEN j.impossible IS NOT NULL THEN 'critical'
        WHEN j.is_silenced OR NOT j.enforced OR NOT j.convalidated OR j.index_name IS NULL THEN 'warning'
        ELSE 'ok'
    END AS state,
    nullif(pg_catalog.concat_ws('; ',
        j.impossible,
        CASE WHEN j.is_silenced THEN 'triggers of it are disabled: it is not checked, see constraint_health' END,
        CASE WHEN NOT j.enforced THEN 'NOT ENFORCED: PostgreSQL does not look whether the referenced row exists'
            WHEN NOT j.convalidated THEN 'NOT VALID: older rows may reference nothing' END,
        CASE WHEN j.index_name IS NULL AND j.enforced
            THEN 'no index serves it: a DELETE or a change of the key in the referenced table scans this one' END
    ), '') AS reason,
    j.oid AS constraint_oid,
    j.conrelid AS child_oid,
    j.confrelid AS parent_oid
FROM judged AS j;

COMMENT ON VIEW architect.relationship_catalog IS 'Every foreign key as a relationship: cardinality, optionality, actions, and whether an index serves it';
COMMENT ON COLUMN architect.relationship_catalog.child_schema IS 'Schema of the table that references';
COMMENT ON COLUMN architect.relationship_catalog.child_table IS 'Table that references; a partitioned table stands for its partitions';
COMMENT ON COLUMN architect.relationship_catalog.child_columns IS 'Columns that reference, in the order of the constraint';
COMMENT ON COLUMN architect.relationship_catalog.parent_schema IS 'Schema of the table that is referenced';
COMMENT ON COLUMN architect.relationship_catalog.parent_table IS 'Table that is referenced';
COMMENT ON COLUMN architect.relationship_catalog.parent_columns IS 'Columns that are referenced, in the order of the constraint';
COMMENT ON COLUMN architect.relationship_catalog.constraint_name IS 'Name of the foreign key';
COMMENT ON COLUMN architect.relationship_catalog.cardinality IS 'Parent to child: 1:1 (the columns hold a unique key), 1:N, or M:N (the child links the parent with the tables in junction_with)';
COMMENT ON COLUMN architect.relationship_catalog.junction_with IS 'For M:N: the other parents, whose reference forms a unique key together with this one';
COMMENT ON COLUMN architect.relationship_catalog.optionality IS 'mandatory when no column allows NULL, else optional';
COMMENT ON COLUMN architect.relationship_catalog.on_delete IS 'What a DELETE of the parent row does; NO ACTION is what it reads when none was written';
COMMENT ON COLUMN architect.relationship_catalog.on_update IS 'What a change of the parent key does';
COMMENT ON COLUMN architect.relationship_catalog.on_delete_columns IS 'Columns that ON DELETE SET NULL or SET DEFAULT sets';
COMMENT ON COLUMN architect.relationship_catalog.deferrability IS 'When it is checked: at the end of the statement, or at commit';
COMMENT ON COLUMN architect.relationship_catalog.validity IS 'valid, not valid (older rows were not checked), or not enforced (PostgreSQL 18)';
COMMENT ON COLUMN architect.relationship_catalog.self_reference IS 'Whether the table references itself: a hierarchy';
COMMENT ON COLUMN architect.relationship_catalog.index_name IS 'Index of the child that finds the referencing rows of a parent row, of a partitioned table maybe that of one partition, when each has one; NULL when none does';
COMMENT ON COLUMN architect.relationship_catalog.child_rows IS 'Estimated rows of the child table; NULL when it was never analysed';
COMMENT ON COLUMN architect.relationship_catalog.parent_rows IS 'Estimated rows of the parent table; NULL when it was never analysed';
COMMENT ON COLUMN architect.relationship_catalog.state IS 'ok; warning: not checked, or no index; critical: an action that cannot work';
COMMENT ON COLUMN architect.relationship_catalog.reason IS 'Why it is not ok';
COMMENT ON COLUMN architect.relationship_catalog.constraint_oid IS 'OID of the constraint in pg_constraint';
COMMENT ON COLUMN architect.relationship_catalog.child_oid IS 'OID of the child table in pg_class';
COMMENT ON COLUMN architect.relationship_catalog.parent_oid IS 'OID of the parent table in pg_class';

GRANT SELECT ON architect.relationship_catalog TO pg_monitor;
