-- Parameters of the operator classes of indexes, in the order of the key columns. $1: the indexes.
SELECT a.attrelid,
       a.attnum || ' ' || a.attoptions::pg_catalog.text AS options
FROM pg_catalog.pg_attribute AS a
WHERE a.attrelid = ANY ($1)
  AND a.attoptions IS NOT NULL
ORDER BY a.attrelid, a.attnum
