-- Who is whose partition or child, tables and indexes alike.
SELECT i.inhrelid, i.inhparent, i.inhdetachpending
FROM pg_catalog.pg_inherits AS i
ORDER BY i.inhrelid, i.inhseqno
