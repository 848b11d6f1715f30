-- The stable functions among those that policies call. $1: their OIDs.
SELECT f.oid, f.proname
FROM pg_catalog.pg_proc AS f
WHERE f.oid = ANY ($1::pg_catalog.oid[]) AND f.provolatile = 's'
