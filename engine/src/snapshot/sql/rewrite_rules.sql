-- Rules that somebody made; the rules that make views are left out. $1: the relations, NULL for all.
SELECT r.rulename,
       r.ev_class,
       r.ev_type,
       r.ev_enabled,
       r.is_instead,
       -- Stored as text: an action list that is empty is <>, and so is a condition that is not there.
       r.is_instead AND r.ev_action::pg_catalog.text = '<>' AND r.ev_qual::pg_catalog.text = '<>' AS nothing
FROM pg_catalog.pg_rewrite AS r
WHERE r.rulename <> '_RETURN'
  AND r.ev_class >= 16384
  AND ($1::pg_catalog.oid[] IS NULL OR r.ev_class = ANY ($1))
