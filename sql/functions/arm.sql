CREATE FUNCTION architect.arm() RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'arm_wrapper';

COMMENT ON FUNCTION architect.arm() IS 'Lets architect.mode = enforce stop DDL in this database, wherever the setting comes from';

CREATE FUNCTION architect.disarm() RETURNS void
    LANGUAGE c VOLATILE PARALLEL UNSAFE
    AS 'MODULE_PATHNAME', 'disarm_wrapper';

COMMENT ON FUNCTION architect.disarm() IS 'Takes architect.arm() back';
