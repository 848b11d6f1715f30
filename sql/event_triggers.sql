CREATE EVENT TRIGGER pg_architect_ddl_command_start ON ddl_command_start
    EXECUTE FUNCTION architect.ddl_command_start();
COMMENT ON EVENT TRIGGER pg_architect_ddl_command_start IS 'pg_architect: judges a statement before it takes its lock';

CREATE EVENT TRIGGER pg_architect_ddl_command_end ON ddl_command_end
    EXECUTE FUNCTION architect.ddl_command_end();
COMMENT ON EVENT TRIGGER pg_architect_ddl_command_end IS 'pg_architect: compares what a statement did with what was predicted, and records it';

CREATE EVENT TRIGGER pg_architect_sql_drop ON sql_drop
    EXECUTE FUNCTION architect.sql_drop();
COMMENT ON EVENT TRIGGER pg_architect_sql_drop IS 'pg_architect: notes what a statement dropped';

CREATE EVENT TRIGGER pg_architect_table_rewrite ON table_rewrite
    EXECUTE FUNCTION architect.table_rewrite();
COMMENT ON EVENT TRIGGER pg_architect_table_rewrite IS 'pg_architect: notes which tables a statement writes anew';
