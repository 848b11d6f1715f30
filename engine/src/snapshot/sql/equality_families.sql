-- The operator families that hold the commutator of each operator that a btree calls equality: a foreign key is looked up by
-- 'value of the referenced key = column', and an index is searched by 'column = value'.
SELECT o.oid, a.amopfamily
FROM pg_catalog.pg_operator AS o
JOIN pg_catalog.pg_amop AS a ON a.amopopr = o.oprcom AND a.amoppurpose = 's'
WHERE EXISTS (
    SELECT FROM pg_catalog.pg_amop AS b
    JOIN pg_catalog.pg_am AS m ON m.oid = b.amopmethod
    WHERE b.amopopr = o.oid AND b.amopstrategy = 3 AND m.amname = 'btree')
