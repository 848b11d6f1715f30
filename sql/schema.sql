-- The script makes the schema itself, and fails if there is one: a schema that somebody made before could be dropped by its owner
-- afterwards, and the guard with it.
CREATE SCHEMA architect;

COMMENT ON SCHEMA architect IS 'pg_architect: judges DDL before it takes its lock, and the schema that a transaction leaves behind';
