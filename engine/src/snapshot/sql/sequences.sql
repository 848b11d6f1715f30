-- Sequences, whom they belong to and whom they feed. $1: the sequences, NULL for all; $2: relations that are locked.
SELECT c.oid,
       n.nspname,
       c.relname,
       pg_catalog.format_type(s.seqtypid, NULL) AS data_type,
       s.seqstart,
       s.seqmin,
       s.seqmax,
       s.seqincrement,
       s.seqcycle,
       -- On a standby an unlogged sequence has no pages; without the right to it, the function fails (up to 17).
       r.readable,
       CASE WHEN r.readable THEN pg_catalog.pg_sequence_last_value(c.oid) END AS last_value,
       COALESCE(o.refobjid, 0) AS owner_table,
       COALESCE(o.refobjsubid, 0) AS owner_column,
       COALESCE(o.deptype = 'i', false) AS identity,
       f.tables AS feeds_tables,
       f.columns AS feeds_columns,
       n.oid < 16384 AND n.nspname <> 'public' OR n.nspname = 'architect' OR e.objid IS NOT NULL AS exempt
FROM pg_catalog.pg_sequence AS s
JOIN pg_catalog.pg_class AS c ON c.oid = s.seqrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (
    SELECT pg_catalog.has_sequence_privilege(c.oid, 'USAGE, SELECT')
       AND NOT c.oid = ANY ($2)
       AND NOT (c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery())
) AS r (readable)
LEFT JOIN pg_catalog.pg_depend AS o
    ON o.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.objid = c.oid AND o.objsubid = 0
   AND o.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND o.deptype IN ('a', 'i')
LEFT JOIN pg_catalog.pg_depend AS e
    ON e.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND e.objid = c.oid AND e.objsubid = 0 AND e.deptype = 'e'
LEFT JOIN (
    SELECT d.refobjid,
           pg_catalog.array_agg(a.adrelid ORDER BY a.oid) AS tables,
           pg_catalog.array_agg(a.adnum ORDER BY a.oid) AS columns
    FROM pg_catalog.pg_depend AS d
    JOIN pg_catalog.pg_attrdef AS a ON a.oid = d.objid
    WHERE d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
    GROUP BY d.refobjid
) AS f ON f.refobjid = c.oid
WHERE c.relpersistence <> 't'
  AND ($1::pg_catalog.oid[] IS NULL OR c.oid = ANY ($1))
