-- How tables are partitioned.
SELECT p.partrelid, p.partstrat, p.partattrs::pg_catalog.int2[] AS partition_key
FROM pg_catalog.pg_partitioned_table AS p
