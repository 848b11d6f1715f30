-- What tables store besides what pg_class says: TOAST, dropped columns, a detach that was not finished. $1: the tables, NULL for all.
SELECT c.oid,
       pg_catalog.has_any_column_privilege(c.oid, 'SELECT')
           AND NOT (c.relrowsecurity AND pg_catalog.row_security_active(c.oid)) AS statistics_visible,
       t.reltuples AS toast_chunks,
       CASE WHEN t.relfrozenxid <> '0' THEN pg_catalog.age(t.relfrozenxid) END AS toast_xid_age,
       CASE WHEN t.relminmxid <> '0' THEN pg_catalog.mxid_age(t.relminmxid) END AS toast_multixact_age,
       pg_catalog.pg_stat_get_live_tuples(t.oid) AS toast_live,
       pg_catalog.pg_stat_get_dead_tuples(t.oid) AS toast_dead,
       d.numbers AS dropped_numbers,
       d.lengths AS dropped_lengths,
       d.alignments AS dropped_alignments,
       COALESCE(i.pending, false) AS detach_pending
FROM pg_catalog.pg_class AS c
LEFT JOIN pg_catalog.pg_class AS t ON t.oid = c.reltoastrelid
LEFT JOIN (
    SELECT a.attrelid,
           pg_catalog.array_agg(a.attnum ORDER BY a.attnum) AS numbers,
           pg_catalog.array_agg(a.attlen ORDER BY a.attnum) AS lengths,
           pg_catalog.array_agg(a.attalign::pg_catalog.text ORDER BY a.attnum) AS alignments
    FROM pg_catalog.pg_attribute AS a
    WHERE a.attisdropped AND a.attnum > 0
    GROUP BY a.attrelid
) AS d ON d.attrelid = c.oid
LEFT JOIN (
    SELECT i.inhrelid, pg_catalog.bool_or(i.inhdetachpending) AS pending FROM pg_catalog.pg_inherits AS i GROUP BY i.inhrelid
) AS i ON i.inhrelid = c.oid
WHERE c.relkind IN ('r', 'm', 'p')
  AND c.oid >= 16384
  AND c.relpersistence <> 't'
  AND ($1::pg_catalog.oid[] IS NULL OR c.oid = ANY ($1))
