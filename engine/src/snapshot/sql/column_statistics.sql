-- What the planner knows of columns, and of the expressions of indexes (under the index), read by a superuser: pg_stats joins two
-- large catalogs to see what the caller may see. Values are left out. $1: the tables and indexes, NULL for all.
SELECT s.starelid,
       s.staattnum,
       s.stainherit,
       s.stanullfrac,
       s.stawidth,
       s.stadistinct,
       -- By what a slot holds (`src/include/catalog/pg_statistic.h`): 1 the most common values, 3 the correlation.
       (CASE 1 WHEN s.stakind1 THEN s.stanumbers1 WHEN s.stakind2 THEN s.stanumbers2 WHEN s.stakind3 THEN s.stanumbers3
               WHEN s.stakind4 THEN s.stanumbers4 WHEN s.stakind5 THEN s.stanumbers5 END)[1] AS most_common,
       (CASE 3 WHEN s.stakind1 THEN s.stanumbers1 WHEN s.stakind2 THEN s.stanumbers2 WHEN s.stakind3 THEN s.stanumbers3
               WHEN s.stakind4 THEN s.stanumbers4 WHEN s.stakind5 THEN s.stanumbers5 END)[1] AS correlation
FROM pg_catalog.pg_statistic AS s
WHERE s.starelid >= 16384
  AND ($1::pg_catalog.oid[] IS NULL OR s.starelid = ANY ($1))
