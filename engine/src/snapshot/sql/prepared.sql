-- Transactions that are prepared for two-phase commit.
SELECT p.gid, EXTRACT(epoch FROM p.prepared)::pg_catalog.float8 AS at, p.owner, p.database, pg_catalog.age(p.transaction) AS xid_age
FROM pg_catalog.pg_prepared_xacts AS p
