-- The defaults of columns as node trees: to print one costs far more than to see that it is the same as another. $1: the tables,
-- NULL for all.
SELECT d.adrelid, d.adnum, d.adbin::pg_catalog.text AS tree
FROM pg_catalog.pg_attrdef AS d
WHERE d.adrelid >= 16384
  AND ($1::pg_catalog.oid[] IS NULL OR d.adrelid = ANY ($1))
