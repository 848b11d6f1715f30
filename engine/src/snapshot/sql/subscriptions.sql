-- The subscriptions of this database.
SELECT s.subname,
       s.subenabled,
       EXISTS (
           SELECT FROM pg_catalog.pg_stat_subscription AS w
           WHERE w.subid = s.oid AND w.relid IS NULL AND w.pid IS NOT NULL
       ) AS running,
       (SELECT pg_catalog.count(*) FROM pg_catalog.pg_subscription_rel AS r WHERE r.srsubid = s.oid AND r.srsubstate <> 'r') AS unready,
       COALESCE(e.apply_error_count + e.sync_error_count, 0) AS errors
FROM pg_catalog.pg_subscription AS s
JOIN pg_catalog.pg_database AS d ON d.oid = s.subdbid AND d.datname = pg_catalog.current_database()
LEFT JOIN pg_catalog.pg_stat_subscription_stats AS e ON e.subid = s.oid
