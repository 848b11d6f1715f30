-- Sequences, whom they belong to and whom they feed. $1: the sequences, NULL for all.
SELECT c.oid,
       n.nspname,
       c.relname,
       CASE s.seqtypid WHEN 20 THEN 'bigint' WHEN 23 THEN 'integer' ELSE 'smallint' END AS data_type,
       s.seqstart,
       s.seqmin,
       s.seqmax,
       s.seqincrement,
       s.seqcycle,
       COALESCE(o.refobjid, 0) AS owner_table,
       COALESCE(o.refobjsubid, 0) AS owner_column,
       COALESCE(o.deptype = 'i', false) AS identity,
       f.tables AS feeds_tables,
       f.columns AS feeds_columns,
       n.oid < 16384 AND n.nspname <> 'public' OR n.nspname = 'architect' OR e.objid IS NOT NULL AS exempt
FROM pg_catalog.pg_sequence AS s
JOIN pg_catalog.pg_class AS c ON c.oid = s.seqrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_depend AS o
    ON o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.objid = c.oid AND o.objsubid = 0
   AND o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.deptype IN ('a', 'i')
LEFT JOIN pg_catalog.pg_depend AS e
    ON e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.objid = c.oid AND e.objsubid = 0
   AND e.refclassid = 'pg_catalog.pg_extension'::pg_catalog.regclass AND e.deptype = 'e'
LEFT JOIN (
    SELECT d.refobjid,
           pg_catalog.array_agg(a.adrelid ORDER BY a.oid) AS tables,
           pg_catalog.array_agg(a.adnum ORDER BY a.oid) AS columns
    FROM pg_catalog.pg_depend AS d
    JOIN pg_catalog.pg_attrdef AS a ON a.oid = d.objid
    WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
      -- Each default also depends on its own column; on a sequence it depends as a whole.
      AND d.refobjsubid = 0
    GROUP BY d.refobjid
) AS f ON f.refobjid = c.oid
WHERE c.relpersistence <> 't'
  AND ($1::pg_catalog.oid[] IS NULL OR c.oid = ANY ($1))
