-- The columns whose defaults draw from sequences: the sequence, the table, the column. Each default also depends on its own column;
-- on a sequence it depends as a whole. (OFFSET 0: as for `sequences`; only what the index of referenced objects knows is asked
-- inside, for on a catalog that was never analysed the server would take the other one and read half of it each time.) $1: the sequences, NULL for all.
SELECT s.seqrelid, a.adrelid, a.adnum
FROM pg_catalog.pg_sequence AS s
CROSS JOIN LATERAL (
    SELECT d.classid, d.objid
    FROM pg_catalog.pg_depend AS d
    WHERE d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.refobjid = s.seqrelid AND d.refobjsubid = 0
    OFFSET 0
) AS d
JOIN pg_catalog.pg_attrdef AS a ON a.oid = d.objid AND d.classid = 'pg_catalog.pg_attrdef'::pg_catalog.regclass
WHERE ($1::pg_catalog.oid[] IS NULL OR s.seqrelid = ANY ($1))
ORDER BY a.oid
