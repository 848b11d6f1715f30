-- The last values of the sequences $1, where the caller may see them. $2: relations that are locked.
SELECT c.oid,
       r.readable,
       CASE WHEN r.readable THEN pg_catalog.pg_sequence_last_value(c.oid) END AS last_value
FROM pg_catalog.pg_class AS c
-- On a standby an unlogged sequence has no pages; without the right to it, the function fails (up to 17).
CROSS JOIN LATERAL (
    SELECT pg_catalog.has_sequence_privilege(c.oid, 'USAGE, SELECT')
       AND NOT c.oid = ANY ($2)
       AND NOT (c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery())
) AS r (readable)
WHERE c.oid = ANY ($1)
  AND c.relkind = 'S'
