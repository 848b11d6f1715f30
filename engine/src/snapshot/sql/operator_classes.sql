-- Operator classes and their families.
SELECT o.oid, o.opcfamily FROM pg_catalog.pg_opclass AS o
