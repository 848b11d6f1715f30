-- Operator classes: their families, whether a btree folds equal keys of theirs (for text: where the collation is deterministic),
-- and whether what they do depends on the collation's version (pattern classes compare bytes).
SELECT o.oid,
       o.opcfamily,
       p.amproc IS NOT NULL AS foldable,
       o.opcname NOT LIKE '%\_pattern\_ops' AS by_collation
FROM pg_catalog.pg_opclass AS o
LEFT JOIN pg_catalog.pg_am AS m ON m.oid = o.opcmethod AND m.amname = 'btree'
-- `src/include/access/nbtree.h`: BTEQUALIMAGE_PROC is 4.
LEFT JOIN pg_catalog.pg_amproc AS p
    ON p.amprocfamily = o.opcfamily AND p.amproclefttype = o.opcintype AND p.amprocrighttype = o.opcintype
    AND p.amprocnum = 4 AND m.oid IS NOT NULL
