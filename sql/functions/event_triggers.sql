CREATE FUNCTION architect.ddl_command_start() RETURNS event_trigger
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'pg_architect_ddl_command_start';

COMMENT ON FUNCTION architect.ddl_command_start() IS 'Judges a statement before it takes its lock';

CREATE FUNCTION architect.ddl_command_end() RETURNS event_trigger
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'pg_architect_ddl_command_end';

COMMENT ON FUNCTION architect.ddl_command_end() IS 'Compares what a statement did with what was predicted, and records it';

CREATE FUNCTION architect.sql_drop() RETURNS event_trigger
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'pg_architect_sql_drop';

COMMENT ON FUNCTION architect.sql_drop() IS 'Notes what a statement dropped';

CREATE FUNCTION architect.table_rewrite() RETURNS event_trigger
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'pg_architect_table_rewrite';

COMMENT ON FUNCTION architect.table_rewrite() IS 'Notes which tables a statement writes anew';

CREATE FUNCTION architect.policy_changed() RETURNS trigger
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'pg_architect_policy_changed';

COMMENT ON FUNCTION architect.policy_changed() IS 'Tells every session to read the policy again';
