-- Sequences and whom they belong to. (OFFSET 0: for each sequence a look-up by the index of pg_depend, which is otherwise read from
-- end to end and is the largest catalog of most databases.) $1: the sequences, NULL for all.
SELECT s.seqrelid,
       s.seqtypid,
       s.seqstart,
       s.seqmin,
       s.seqmax,
       s.seqincrement,
       s.seqcycle,
       COALESCE(o.refobjid, 0) AS owner_table,
       COALESCE(o.refobjsubid, 0) AS owner_column,
       COALESCE(o.deptype = 'i', false) AS identity
FROM pg_catalog.pg_sequence AS s
LEFT JOIN LATERAL (
    SELECT d.refobjid, d.refobjsubid, d.deptype
    FROM pg_catalog.pg_depend AS d
    WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = s.seqrelid AND d.objsubid = 0
      AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.deptype IN ('a', 'i')
    OFFSET 0
) AS o ON true
WHERE ($1::pg_catalog.oid[] IS NULL OR s.seqrelid = ANY ($1))
