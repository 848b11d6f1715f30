-- The last values of the sequences $1, or why they are not read: l another session has it locked ($2), u it is unlogged, which on a
-- standby has no pages, p the right to it is missing (up to 17 the function then fails). r: it was read. pg_sequence_last_value() tells
-- nothing of one that was set to a value which was not drawn yet (ALTER SEQUENCE ... RESTART, setval(..., false)); since 18 that value is
-- there for who has SELECT. Before, ALTER SEQUENCE and TRUNCATE ... RESTART IDENTITY alone leave a trace: another file.
SELECT c.oid,
       r.state::"char" AS state,
       CASE WHEN r.state = 'r' THEN pg_catalog.pg_sequence_last_value(c.oid) END AS last_value,
       CASE WHEN r.state = 'r' THEN (SELECT d.last_value FROM pg_catalog.pg_get_sequence_data(c.oid) AS d WHERE NOT d.is_called) END AS next_value, -- since 18
       NULL::bigint AS next_value, -- until 17
       c.relfilenode <> c.oid AS was_set
FROM pg_catalog.pg_class AS c
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN c.oid = ANY ($2) THEN 'l'
        WHEN c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery() THEN 'u'
        WHEN NOT pg_catalog.has_sequence_privilege(c.oid, 'USAGE, SELECT') THEN 'p'
        ELSE 'r' END
) AS r (state)
WHERE c.oid = ANY ($1)
  AND c.relkind = 'S'
