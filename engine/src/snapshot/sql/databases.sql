-- The databases of the server and how far their transaction ids reach back.
SELECT d.datname,
       d.datallowconn,
       d.datistemplate,
       d.datname = pg_catalog.current_database() AS current,
       pg_catalog.age(d.datfrozenxid) AS xid_age,
       pg_catalog.mxid_age(d.datminmxid) AS multixact_age
FROM pg_catalog.pg_database AS d
ORDER BY pg_catalog.age(d.datfrozenxid) DESC, d.datname
