//! Every form that a relation takes, on every kind of relation that takes it.
//!
//! One fixture has one relation of each kind, with the same columns and parts, and a letter for each: what is tried is a table of
//! templates, each with the letters of the kinds that it is tried on.

use crate::case::Fixture;

/// A letter, the name of the relation and what kind it is.
const KINDS: &[(char, &str, &str)] = &[
    ('t', "plain", "table"),
    ('u', "unlogged_one", "unlogged"),
    ('k', "near", "referencing"),
    ('r', "far", "referenced"),
    ('p', "root", "partitioned"),
    ('s', "middle", "partitioned_partition"),
    ('l', "leaf", "partition"),
    ('d', "low", "partition_of_partition"),
    ('i', "par", "inherited"),
    ('c', "kid", "child"),
    ('g', "grandkid", "grandchild"),
    ('y', "typed", "typed"),
    ('v', "vw", "view"),
    ('m', "mv", "matview"),
    ('f', "ft", "foreign"),
    ('q', "sq", "sequence"),
];

const SETUP: &str = r"
    DROP FOREIGN DATA WRAPPER IF EXISTS nothing CASCADE;
    CREATE FOREIGN DATA WRAPPER nothing;
    CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing;
    CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
    CREATE TYPE row_type AS (id int, a int, b text);
    CREATE DOMAIN positive AS int CHECK (VALUE > 0);
    CREATE TABLE far (id int NOT NULL PRIMARY KEY, a int, b text);
    CREATE TABLE plain (id int NOT NULL, a int, b text);
    CREATE UNLOGGED TABLE unlogged_one (id int NOT NULL, a int, b text);
    CREATE TABLE near (id int NOT NULL, a int REFERENCES far, b text);
    CREATE TABLE root (id int NOT NULL, a int, b text) PARTITION BY RANGE (id);
    CREATE TABLE leaf PARTITION OF root FOR VALUES FROM (0) TO (10);
    CREATE TABLE middle PARTITION OF root FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id);
    CREATE TABLE low PARTITION OF middle FOR VALUES FROM (10) TO (20);
    CREATE TABLE par (id int NOT NULL, a int, b text);
    CREATE TABLE kid () INHERITS (par);
    CREATE TABLE grandkid () INHERITS (kid);
    CREATE TABLE typed OF row_type (id NOT NULL);
    CREATE FOREIGN TABLE ft (id int NOT NULL, a int, b text) SERVER nowhere;
    CREATE SEQUENCE sq;
    INSERT INTO far SELECT i, i, i FROM generate_series(1, 19) i;
    INSERT INTO plain SELECT i, i, i FROM generate_series(1, 19) i;
    INSERT INTO near SELECT i, i, i FROM generate_series(1, 19) i;
    INSERT INTO root SELECT i, i, i FROM generate_series(1, 19) i;
    INSERT INTO par SELECT i, i, i FROM generate_series(1, 19) i;
    INSERT INTO kid SELECT i, i, i FROM generate_series(1, 19) i;
    INSERT INTO grandkid SELECT i, i, i FROM generate_series(1, 19) i;
    INSERT INTO typed SELECT i, i, i FROM generate_series(1, 19) i;
    CREATE VIEW vw AS SELECT id, a, b FROM plain;
    CREATE VIEW over_vw AS SELECT vw.id, far.a FROM vw JOIN far USING (id) WHERE vw.id IN (SELECT id FROM root);
    CREATE VIEW over_par AS SELECT id FROM par;
    CREATE MATERIALIZED VIEW mv AS SELECT id, a, b FROM plain;
    CREATE UNIQUE INDEX mv_key ON mv (id);
";

/// What the tables of the fixture have besides.
const PARTS: &[(&str, &str)] = &[
    ("tukrpi", "CREATE UNIQUE INDEX @_key ON @ (id)"),
    ("tukrpmi", "CREATE INDEX @_a ON @ (a)"),
    ("tukrpi", "CREATE TRIGGER tr BEFORE INSERT ON @ FOR EACH ROW EXECUTE FUNCTION trg()"),
    ("tukrpi", "CREATE TRIGGER whole AFTER INSERT ON @ FOR EACH STATEMENT EXECUTE FUNCTION trg()"),
    ("tukrpiy", "ALTER TABLE @ ADD CONSTRAINT chk CHECK (a > -1)"),
    ("tukrpiy", "ALTER TABLE @ ADD CONSTRAINT later CHECK (a > -2) NOT VALID"),
    ("tukrpiv", "CREATE RULE ru AS ON DELETE TO @ DO INSTEAD NOTHING"),
    ("tukrpi", "CREATE POLICY pol ON @ USING (a > 0)"),
    ("tukrplim", "CREATE STATISTICS st_@ ON id, a FROM @"),
];

/// A form, a variant, the statement, the letters, the first and the last major.
type Template = (&'static str, &'static str, &'static str, &'static str, u32, u32);

/// No last major.
const ON: u32 = u32::MAX;

const TEMPLATES: &[Template] = &[
    // Columns.
    ("set_default", "set", "ALTER TABLE @ ALTER a SET DEFAULT 1", "tukrpslicgyvf", 15, ON),
    ("set_default", "drop", "ALTER TABLE @ ALTER a DROP DEFAULT", "tukrpslicgyvf", 15, ON),
    ("set_default", "only", "ALTER TABLE ONLY @ ALTER a SET DEFAULT 1", "pi", 15, ON),
    ("column_statistics", "number", "ALTER TABLE @ ALTER a SET STATISTICS 50", "tukrpslicgym", 15, ON),
    ("column_statistics", "none", "ALTER TABLE @ ALTER a SET STATISTICS -1", "tpim", 15, ON),
    ("column_statistics", "default", "ALTER TABLE @ ALTER a SET STATISTICS DEFAULT", "tpim", 17, ON),
    ("column_statistics", "only", "ALTER TABLE ONLY @ ALTER a SET STATISTICS 50", "tpsic", 15, ON),
    ("column_options", "set", "ALTER TABLE @ ALTER a SET (n_distinct = 5)", "tukrpslicym", 15, ON),
    ("column_options", "reset", "ALTER TABLE @ ALTER a RESET (n_distinct)", "tpim", 15, ON),
    ("column_options", "inherited", "ALTER TABLE @ ALTER a SET (n_distinct_inherited = 5)", "tpi", 15, ON),
    ("column_storage", "external", "ALTER TABLE @ ALTER b SET STORAGE EXTERNAL", "tukrpslicgymf", 15, ON),
    ("column_storage", "main", "ALTER TABLE @ ALTER b SET STORAGE main", "tpi", 15, ON),
    ("column_storage", "default", "ALTER TABLE @ ALTER b SET STORAGE DEFAULT", "tpi", 16, ON),
    ("column_storage", "only", "ALTER TABLE ONLY @ ALTER b SET STORAGE EXTERNAL", "pi", 15, ON),
    ("column_compression", "pglz", "ALTER TABLE @ ALTER b SET COMPRESSION pglz", "tukrpslicgym", 15, ON),
    ("column_compression", "default", "ALTER TABLE @ ALTER b SET COMPRESSION DEFAULT", "tpim", 15, ON),
    ("identity", "add", "ALTER TABLE @ ALTER id ADD GENERATED ALWAYS AS IDENTITY", "tukriy", 15, ON),
    ("identity", "add_partitioned", "ALTER TABLE @ ALTER id ADD GENERATED BY DEFAULT AS IDENTITY", "p", 17, ON),
    (
        "identity",
        "add_and_restart",
        "ALTER TABLE @ ALTER id ADD GENERATED ALWAYS AS IDENTITY (START WITH 100), ALTER id SET GENERATED BY DEFAULT",
        "ti",
        15,
        ON,
    ),
    ("drop_not_null", "id", "ALTER TABLE @ ALTER id DROP NOT NULL", "tukpiy", 15, ON),
    ("set_not_null", "a", "ALTER TABLE @ ALTER a SET NOT NULL", "ukrsldcgyf", 15, ON),
    ("set_not_null", "id_already", "ALTER TABLE @ ALTER id SET NOT NULL", "tukrpslcgyf", 15, ON),
    ("add_column", "plain_int", "ALTER TABLE @ ADD n int", "tukrpicgf", 15, ON),
    ("add_column", "domain_with_check", "ALTER TABLE @ ADD n positive", "tukrpic", 15, ON),
    ("add_column", "identity", "ALTER TABLE @ ADD n int GENERATED ALWAYS AS IDENTITY", "tukr", 15, ON),
    ("add_column", "stored", "ALTER TABLE @ ADD n int GENERATED ALWAYS AS (id + 1) STORED", "tukrpi", 15, ON),
    ("add_column", "reference_self", "ALTER TABLE @ ADD n int REFERENCES far", "tkrpi", 15, ON),
    ("drop_column", "b", "ALTER TABLE @ DROP COLUMN b CASCADE", "tukrpif", 15, ON),
    ("drop_column", "a_with_all_parts", "ALTER TABLE @ DROP COLUMN a CASCADE", "tukrpif", 15, ON),
    ("alter_type", "int_to_bigint/each", "ALTER TABLE @ ALTER id TYPE bigint", "u", 15, ON),
    ("alter_type", "domain/each", "ALTER TABLE @ ALTER b TYPE varchar", "ukf", 15, ON),
    // Options and properties of the whole.
    ("options", "fillfactor", "ALTER TABLE @ SET (fillfactor = 70)", "tukrldicgym", 15, ON),
    ("options", "reset", "ALTER TABLE @ RESET (fillfactor)", "tukrldicgym", 15, ON),
    ("options", "autovacuum", "ALTER TABLE @ SET (autovacuum_enabled = off)", "tukrldicgym", 15, ON),
    ("options", "autovacuum_numbers", "ALTER TABLE @ SET (autovacuum_vacuum_scale_factor = 0.01)", "tim", 15, ON),
    ("options", "parallel_workers", "ALTER TABLE @ SET (parallel_workers = 2)", "tukrldicym", 15, ON),
    ("options", "toast_tuple_target", "ALTER TABLE @ SET (toast_tuple_target = 200)", "tukrldicym", 15, ON),
    ("options", "toast", "ALTER TABLE @ SET (toast.autovacuum_enabled = off)", "tukrldicym", 15, ON),
    ("options", "mixed", "ALTER TABLE @ SET (fillfactor = 70, user_catalog_table = true)", "til", 15, ON),
    ("options", "view", "ALTER VIEW @ SET (security_barrier)", "v", 15, ON),
    ("options", "view_check", "ALTER VIEW @ SET (check_option = local)", "v", 15, ON),
    ("options", "view_invoker", "ALTER VIEW @ SET (security_invoker = true)", "v", 15, ON),
    ("options", "view_reset", "ALTER VIEW @ RESET (security_barrier)", "v", 15, ON),
    ("options", "foreign", "ALTER FOREIGN TABLE @ OPTIONS (ADD x '1')", "f", 15, ON),
    ("options", "foreign_column", "ALTER FOREIGN TABLE @ ALTER a OPTIONS (ADD x '1')", "f", 15, ON),
    ("owner", "other", "ALTER TABLE @ OWNER TO predicted_owner", "tukrpslicgyvmfq", 15, ON),
    ("owner", "same", "ALTER TABLE @ OWNER TO CURRENT_USER", "tukrpslicgyvmfq", 15, ON),
    ("row_security", "enable", "ALTER TABLE @ ENABLE ROW LEVEL SECURITY", "tukrpslicgy", 15, ON),
    ("row_security", "disable", "ALTER TABLE @ DISABLE ROW LEVEL SECURITY", "tpi", 15, ON),
    ("row_security", "force", "ALTER TABLE @ FORCE ROW LEVEL SECURITY", "tukrpslicgy", 15, ON),
    ("row_security", "no_force", "ALTER TABLE @ NO FORCE ROW LEVEL SECURITY", "tpi", 15, ON),
    ("replica_identity", "full", "ALTER TABLE @ REPLICA IDENTITY FULL", "tukrpslicgym", 15, ON),
    ("replica_identity", "nothing", "ALTER TABLE @ REPLICA IDENTITY NOTHING", "tukrpslicgym", 15, ON),
    ("replica_identity", "default", "ALTER TABLE @ REPLICA IDENTITY DEFAULT", "tpim", 15, ON),
    ("replica_identity", "index", "ALTER TABLE @ REPLICA IDENTITY USING INDEX @_key", "tukrpi", 15, ON),
    ("cluster_mark", "on", "ALTER TABLE @ CLUSTER ON @_a", "tukrim", 15, ON),
    ("cluster_mark", "without", "ALTER TABLE @ SET WITHOUT CLUSTER", "tukrlicgym", 15, ON),
    ("without_oids", "set", "ALTER TABLE @ SET WITHOUT OIDS", "tukrpslicgf", 15, ON),
    ("persistence", "unlogged/each", "ALTER TABLE @ SET UNLOGGED", "tukldicgy", 15, ON),
    ("persistence", "logged/each", "ALTER TABLE @ SET LOGGED", "tuldicgy", 15, ON),
    ("tablespace", "set/each", "ALTER TABLE @ SET TABLESPACE predicted", "tukrpsldicgym", 15, ON),
    ("tablespace", "same/each", "ALTER TABLE @ SET TABLESPACE pg_default", "tukrpsldicgym", 15, ON),
    ("access_method", "other/each", "ALTER TABLE @ SET ACCESS METHOD heap2", "tukrldicgym", 15, ON),
    ("access_method", "same/each", "ALTER TABLE @ SET ACCESS METHOD heap", "tukrldicgym", 15, ON),
    ("access_method", "partitioned/each", "ALTER TABLE @ SET ACCESS METHOD heap2", "ps", 17, ON),
    ("inherit", "not_of", "ALTER TABLE @ NOT OF", "y", 15, ON),
    ("inherit", "of", "ALTER TABLE @ OF row_type", "tukrp", 15, ON),
    ("inherit", "no_inherit/each", "ALTER TABLE @ NO INHERIT par", "c", 15, ON),
    ("inherit", "with_column", "ALTER TABLE @ INHERIT far", "tuk", 15, ON),
    ("inherit", "second_parent", "ALTER TABLE @ INHERIT far", "cg", 15, ON),
    // Triggers, rules, policies.
    ("trigger_state", "disable_all", "ALTER TABLE @ DISABLE TRIGGER ALL", "tukrpslicgyf", 15, ON),
    ("trigger_state", "disable_user", "ALTER TABLE @ DISABLE TRIGGER USER", "tukrpslicgyf", 15, ON),
    ("trigger_state", "enable_all", "ALTER TABLE @ ENABLE TRIGGER ALL", "tukrpslicgyf", 15, ON),
    ("trigger_state", "enable_user", "ALTER TABLE @ ENABLE TRIGGER USER", "tpi", 15, ON),
    ("trigger_state", "disable_one", "ALTER TABLE @ DISABLE TRIGGER tr", "tukrpsli", 15, ON),
    ("trigger_state", "enable_one", "ALTER TABLE @ ENABLE TRIGGER tr", "tukrpsli", 15, ON),
    ("trigger_state", "always", "ALTER TABLE @ ENABLE ALWAYS TRIGGER tr", "tukrpsli", 15, ON),
    ("trigger_state", "replica", "ALTER TABLE @ ENABLE REPLICA TRIGGER tr", "tukrpsli", 15, ON),
    ("trigger_state", "statement_level", "ALTER TABLE @ DISABLE TRIGGER whole", "tukrpi", 15, ON),
    ("trigger_state", "only", "ALTER TABLE ONLY @ DISABLE TRIGGER tr", "pi", 15, ON),
    ("trigger_rename", "row", "ALTER TRIGGER tr ON @ RENAME TO other", "tukrpi", 15, ON),
    ("trigger_rename", "statement", "ALTER TRIGGER whole ON @ RENAME TO other", "tukrpi", 15, ON),
    (
        "create_trigger",
        "row/each",
        "CREATE TRIGGER n AFTER UPDATE ON @ FOR EACH ROW EXECUTE FUNCTION trg()",
        "tukrpslicgyf",
        15,
        ON,
    ),
    (
        "create_trigger",
        "statement/each",
        "CREATE TRIGGER n BEFORE TRUNCATE ON @ FOR EACH STATEMENT EXECUTE FUNCTION trg()",
        "tukrpslicgy",
        15,
        ON,
    ),
    (
        "create_trigger",
        "when/each",
        "CREATE TRIGGER n BEFORE UPDATE OF a ON @ FOR EACH ROW WHEN (new.a > 0) EXECUTE FUNCTION trg()",
        "tpi",
        15,
        ON,
    ),
    (
        "create_trigger",
        "transition/each",
        "CREATE TRIGGER n AFTER INSERT ON @ REFERENCING NEW TABLE AS x FOR EACH STATEMENT EXECUTE FUNCTION trg()",
        "tukrp",
        15,
        ON,
    ),
    (
        "create_trigger",
        "constraint/each",
        "CREATE CONSTRAINT TRIGGER n AFTER INSERT ON @ DEFERRABLE FOR EACH ROW EXECUTE FUNCTION trg()",
        "tukrpslicgy",
        15,
        ON,
    ),
    (
        "create_trigger",
        "replace/each",
        "CREATE OR REPLACE TRIGGER tr BEFORE INSERT ON @ FOR EACH ROW EXECUTE FUNCTION trg()",
        "tukrpi",
        15,
        ON,
    ),
    ("drop_trigger", "row", "DROP TRIGGER tr ON @", "tukrpi", 15, ON),
    ("drop_trigger", "statement", "DROP TRIGGER whole ON @", "tukrpi", 15, ON),
    ("drop_trigger", "cascade", "DROP TRIGGER tr ON @ CASCADE", "tp", 15, ON),
    ("drop_trigger", "if_exists_miss", "DROP TRIGGER IF EXISTS nope ON @", "tukrpslicgyvf", 15, ON),
    ("rule", "create", "CREATE RULE n AS ON INSERT TO @ DO INSTEAD NOTHING", "tukrpsldicgyv", 15, ON),
    ("rule", "also", "CREATE RULE n AS ON UPDATE TO @ DO ALSO NOTIFY x", "tukrpi", 15, ON),
    (
        "rule",
        "with_query",
        "CREATE RULE n AS ON UPDATE TO @ DO ALSO INSERT INTO unlogged_one VALUES (1)",
        "tkrpi",
        15,
        ON,
    ),
    ("rule", "replace", "CREATE OR REPLACE RULE ru AS ON DELETE TO @ DO INSTEAD NOTIFY x", "tukrpiv", 15, ON),
    ("rule", "rename", "ALTER RULE ru ON @ RENAME TO other", "tukrpiv", 15, ON),
    ("rule", "disable", "ALTER TABLE @ DISABLE RULE ru", "tukrpi", 15, ON),
    ("rule", "enable", "ALTER TABLE @ ENABLE RULE ru", "tukrpi", 15, ON),
    ("rule", "replica", "ALTER TABLE @ ENABLE REPLICA RULE ru", "tukrpi", 15, ON),
    ("rule", "always", "ALTER TABLE @ ENABLE ALWAYS RULE ru", "tukrpi", 15, ON),
    ("rule", "drop", "DROP RULE ru ON @", "tukrpiv", 15, ON),
    ("rule", "drop_if_exists_miss", "DROP RULE IF EXISTS nope ON @", "tp", 15, ON),
    ("policy", "create", "CREATE POLICY n ON @ USING (a > 0)", "tukrpsldicgy", 15, ON),
    (
        "policy",
        "with_check",
        "CREATE POLICY n ON @ AS RESTRICTIVE FOR INSERT TO PUBLIC WITH CHECK (a > 0)",
        "tp",
        15,
        ON,
    ),
    ("policy", "with_query", "CREATE POLICY n ON @ USING (a IN (SELECT id FROM unlogged_one))", "tkrpi", 15, ON),
    ("policy", "alter_roles", "ALTER POLICY pol ON @ TO predicted_owner", "tukrpi", 15, ON),
    ("policy", "alter_using", "ALTER POLICY pol ON @ USING (a > 1)", "tukrpi", 15, ON),
    ("policy", "rename", "ALTER POLICY pol ON @ RENAME TO other", "tukrpi", 15, ON),
    ("policy", "drop", "DROP POLICY pol ON @", "tukrpi", 15, ON),
    ("policy", "drop_if_exists_miss", "DROP POLICY IF EXISTS nope ON @", "tp", 15, ON),
    // Statistics, comments, rights.
    ("statistics", "create", "CREATE STATISTICS n ON id, b FROM @", "tukrpsldicgymf", 15, ON),
    ("statistics", "kinds", "CREATE STATISTICS n (ndistinct, mcv) ON a, b FROM @", "tpim", 15, ON),
    ("statistics", "expression", "CREATE STATISTICS n ON (a + 1) FROM @", "tpim", 15, ON),
    ("statistics", "without_name", "CREATE STATISTICS ON a, b FROM @", "tpim", 16, ON),
    ("statistics", "if_not_exists_hit", "CREATE STATISTICS IF NOT EXISTS st_@ ON id, a FROM @", "tpi", 15, ON),
    ("statistics", "target", "ALTER STATISTICS st_@ SET STATISTICS 50", "tpim", 15, ON),
    ("statistics", "rename", "ALTER STATISTICS st_@ RENAME TO other", "tpim", 15, ON),
    ("statistics", "owner", "ALTER STATISTICS st_@ OWNER TO predicted_owner", "tpim", 15, ON),
    ("statistics", "schema", "ALTER STATISTICS st_@ SET SCHEMA f2", "tpim", 15, ON),
    ("statistics", "drop", "DROP STATISTICS st_@", "tukrplim", 15, ON),
    ("comment", "table", "COMMENT ON TABLE @ IS 'x'", "tukrpslicgy", 15, ON),
    ("comment", "view", "COMMENT ON VIEW @ IS 'x'", "v", 15, ON),
    ("comment", "matview", "COMMENT ON MATERIALIZED VIEW @ IS 'x'", "m", 15, ON),
    ("comment", "foreign", "COMMENT ON FOREIGN TABLE @ IS 'x'", "f", 15, ON),
    ("comment", "sequence", "COMMENT ON SEQUENCE @ IS 'x'", "q", 15, ON),
    ("comment", "column", "COMMENT ON COLUMN @.a IS 'x'", "tukrpslicgyvmf", 15, ON),
    ("comment", "constraint", "COMMENT ON CONSTRAINT chk ON @ IS 'x'", "tukrpi", 15, ON),
    ("comment", "trigger", "COMMENT ON TRIGGER tr ON @ IS 'x'", "tukrpi", 15, ON),
    ("comment", "rule", "COMMENT ON RULE ru ON @ IS 'x'", "tpiv", 15, ON),
    ("comment", "policy", "COMMENT ON POLICY pol ON @ IS 'x'", "tukrpi", 15, ON),
    ("comment", "index", "COMMENT ON INDEX @_a IS 'x'", "tpim", 15, ON),
    ("comment", "statistics", "COMMENT ON STATISTICS st_@ IS 'x'", "tpim", 15, ON),
    ("rights", "grant", "GRANT SELECT ON @ TO PUBLIC", "tukrpslicgyvmfq", 15, ON),
    ("rights", "grant_column", "GRANT SELECT (a) ON @ TO predicted_owner", "tpivmf", 15, ON),
    ("rights", "revoke", "REVOKE ALL ON @ FROM PUBLIC", "tpivmfq", 15, ON),
    // Names and places.
    ("rename", "each", "ALTER TABLE @ RENAME TO other", "tukrpsldicgyvmfq", 15, ON),
    ("rename", "column/each", "ALTER TABLE @ RENAME COLUMN a TO other", "tukrpivmf", 15, ON),
    ("rename", "constraint/each", "ALTER TABLE @ RENAME CONSTRAINT chk TO other", "tukrpi", 15, ON),
    ("rename", "index/each", "ALTER INDEX @_a RENAME TO other", "tukrpmi", 15, ON),
    ("set_schema", "each", "ALTER TABLE @ SET SCHEMA f2", "tukrpsldicgyvmfq", 15, ON),
    // Constraints.
    ("add_check", "each", "ALTER TABLE @ ADD CONSTRAINT n CHECK (id > 0)", "ukrsldcgyf", 15, ON),
    ("add_check", "not_valid/each", "ALTER TABLE @ ADD CONSTRAINT n CHECK (id > 0) NOT VALID", "ukrsldcgyf", 15, ON),
    (
        "add_check",
        "not_enforced/each",
        "ALTER TABLE @ ADD CONSTRAINT n CHECK (id > 0) NOT ENFORCED",
        "tukrpsldicgy",
        18,
        ON,
    ),
    ("add_not_null_constraint", "each", "ALTER TABLE @ ADD CONSTRAINT n NOT NULL a", "tukrpsldicgyf", 18, ON),
    (
        "add_not_null_constraint",
        "not_valid/each",
        "ALTER TABLE @ ADD CONSTRAINT n NOT NULL a NOT VALID",
        "tukrpsldicgyf",
        18,
        ON,
    ),
    ("add_unique", "each", "ALTER TABLE @ ADD UNIQUE (id, b)", "ukrsldcgy", 15, ON),
    ("add_primary_key", "each", "ALTER TABLE @ ADD PRIMARY KEY (id)", "uksldcgy", 15, ON),
    ("add_exclude", "each", "ALTER TABLE @ ADD EXCLUDE USING btree (id WITH =)", "tukrldicgy", 15, ON),
    ("add_exclude", "partitioned/each", "ALTER TABLE @ ADD EXCLUDE USING btree (id WITH =)", "ps", 17, ON),
    ("add_foreign_key", "each", "ALTER TABLE @ ADD FOREIGN KEY (a) REFERENCES far", "tkrpsldicgy", 15, ON),
    (
        "add_foreign_key",
        "not_valid/each",
        "ALTER TABLE @ ADD FOREIGN KEY (a) REFERENCES far NOT VALID",
        "tkrldicgy",
        15,
        ON,
    ),
    (
        "add_foreign_key",
        "not_valid_partitioned/each",
        "ALTER TABLE @ ADD FOREIGN KEY (a) REFERENCES far NOT VALID",
        "ps",
        18,
        ON,
    ),
    (
        "add_foreign_key",
        "not_enforced/each",
        "ALTER TABLE @ ADD FOREIGN KEY (a) REFERENCES far NOT ENFORCED",
        "tkrpsldicgy",
        18,
        ON,
    ),
    ("drop_constraint", "check/each", "ALTER TABLE @ DROP CONSTRAINT chk", "tukrpiy", 15, ON),
    ("drop_constraint", "if_exists_miss/each", "ALTER TABLE @ DROP CONSTRAINT IF EXISTS nope", "tukrpsicgyf", 15, ON),
    ("validate", "check/each", "ALTER TABLE @ VALIDATE CONSTRAINT later", "tukrpsldicgy", 15, ON),
    ("validate", "already/each", "ALTER TABLE @ VALIDATE CONSTRAINT chk", "tukrpsldicgy", 15, ON),
    // Indexes.
    ("create_index", "each", "CREATE INDEX n ON @ (b)", "ukrsdcgy", 15, ON),
    ("create_index", "unique/each", "CREATE UNIQUE INDEX n ON @ (id, b)", "tukrpsldicgym", 15, ON),
    ("create_index", "tablespace/each", "CREATE INDEX n ON @ (b) TABLESPACE predicted", "tpim", 15, ON),
    ("drop_index", "each", "DROP INDEX @_a", "tukrpmi", 15, ON),
    ("drop_index", "cascade/each", "DROP INDEX @_key CASCADE", "tukrpmi", 15, ON),
    ("alter_index", "fillfactor/each", "ALTER INDEX @_a SET (fillfactor = 70)", "tukrmi", 15, ON),
    ("alter_index", "reset/each", "ALTER INDEX @_a RESET (fillfactor)", "tukrmi", 15, ON),
    ("alter_index", "tablespace/each", "ALTER INDEX @_a SET TABLESPACE predicted", "tukrpmi", 15, ON),
    ("alter_index", "owner_by_alter_table/each", "ALTER TABLE @_a OWNER TO predicted_owner", "t", 15, ON),
    ("reindex", "index/each", "REINDEX INDEX @_a", "tukrmi", 15, ON),
    ("reindex", "table/each", "REINDEX TABLE @", "tukrldicgym", 15, ON),
    ("reindex", "tablespace/each", "REINDEX (TABLESPACE predicted) TABLE @", "tukrlim", 15, ON),
    ("reindex", "verbose/each", "REINDEX (VERBOSE) INDEX @_a", "tm", 15, ON),
    // Work on the whole.
    ("truncate", "each", "TRUNCATE @", "tukpsldicgy", 15, ON),
    ("truncate", "cascade/each", "TRUNCATE @ CASCADE", "tukrpsldicgy", 15, ON),
    ("truncate", "only/each", "TRUNCATE ONLY @", "tuldicg", 15, ON),
    ("truncate", "restart/each", "TRUNCATE @ RESTART IDENTITY", "tukpi", 15, ON),
    ("cluster", "each", "CLUSTER @ USING @_a", "tukrim", 15, ON),
    ("lock_table", "row_share/each", "LOCK TABLE @ IN ROW SHARE MODE", "tukrpsldicgyv", 15, ON),
    ("lock_table", "row_exclusive/each", "LOCK TABLE @ IN ROW EXCLUSIVE MODE", "tukrpsldicgyv", 15, ON),
    ("lock_table", "share/each", "LOCK TABLE @ IN SHARE MODE", "tukrpsldicgyv", 15, ON),
    ("lock_table", "exclusive/each", "LOCK TABLE @ IN EXCLUSIVE MODE NOWAIT", "tukrpsldicgyv", 15, ON),
    ("lock_table", "default/each", "LOCK @", "tukrpsldicgyv", 15, ON),
    ("lock_table", "only/each", "LOCK TABLE ONLY @ IN SHARE MODE", "tpsi", 15, ON),
    // New relations that name the old.
    ("create_table", "like/each", "CREATE TABLE n (LIKE @ INCLUDING ALL)", "tukrpslicgyvmf", 15, ON),
    ("create_table", "like_plain/each", "CREATE TABLE n (LIKE @)", "tpi", 15, ON),
    ("create_table", "inherits/each", "CREATE TABLE n (x int) INHERITS (@)", "tukricgf", 15, ON),
    ("create_table", "references/each", "CREATE TABLE n (x int REFERENCES @ (id))", "trpi", 15, ON),
    ("create_table", "unlogged_references/each", "CREATE UNLOGGED TABLE n (x int REFERENCES @ (id))", "tru", 15, ON),
    ("create_table_as", "table/each", "CREATE TABLE n AS SELECT * FROM @", "tukrpslicgyvm", 15, ON),
    ("create_table_as", "no_data/each", "CREATE TABLE n AS TABLE @ WITH NO DATA", "tukrpsicyvmf", 15, ON),
    ("create_table_as", "temporary/each", "CREATE TEMP TABLE n AS SELECT id FROM @", "tpiv", 15, ON),
    ("create_table_as", "select_into/each", "SELECT * INTO n FROM @", "tukrpslicgyvm", 15, ON),
    ("create_matview", "with_data/each", "CREATE MATERIALIZED VIEW n AS SELECT * FROM @", "tukrpslicgyvm", 15, ON),
    (
        "create_matview",
        "no_data/each",
        "CREATE MATERIALIZED VIEW n AS SELECT a FROM @ WITH NO DATA",
        "tukrpsicyvmf",
        15,
        ON,
    ),
    ("create_view", "new/each", "CREATE VIEW n AS SELECT * FROM @", "tukrpslicgyvmf", 15, ON),
    ("create_view", "temporary/each", "CREATE TEMP VIEW n AS SELECT * FROM @", "tv", 15, ON),
    (
        "create_view",
        "recursive/each",
        "CREATE RECURSIVE VIEW n (x) AS SELECT id FROM @ UNION ALL SELECT x + 1 FROM n WHERE x < 9",
        "tpv",
        15,
        ON,
    ),
    ("create_view", "replaced/each", "CREATE OR REPLACE VIEW over_par AS SELECT id FROM @", "tpv", 15, ON),
    ("publication", "for_table/each", "CREATE PUBLICATION n FOR TABLE @", "tkrpsldicgy", 15, ON),
    ("publication", "for_only/each", "CREATE PUBLICATION n FOR TABLE ONLY @", "tpi", 15, ON),
    ("publication", "where/each", "CREATE PUBLICATION n FOR TABLE @ WHERE (id > 5)", "tkri", 15, ON),
    ("publication", "columns/each", "CREATE PUBLICATION n FOR TABLE @ (id, a)", "tkri", 15, ON),
    ("publication", "for_two/each", "CREATE PUBLICATION n FOR TABLE @, near", "tpi", 15, ON),
    // The end.
    ("drop_table", "each", "DROP TABLE @", "uksldgy", 15, ON),
    ("drop_table", "cascade/each", "DROP TABLE @ CASCADE", "tukrpsldicgy", 15, ON),
    ("drop_other", "view_cascade/each", "DROP VIEW @ CASCADE", "v", 15, ON),
    ("drop_other", "matview/each", "DROP MATERIALIZED VIEW @", "m", 15, ON),
    ("drop_other", "foreign/each", "DROP FOREIGN TABLE @", "f", 15, ON),
    ("drop_other", "sequence/each", "DROP SEQUENCE @", "q", 15, ON),
];

/// The fixtures.
pub fn fixtures() -> Vec<Fixture> {
    let mut setup = SETUP.to_owned();
    for (letters, sql) in PARTS {
        for (_, name, _) in KINDS.iter().filter(|(letter, ..)| letters.contains(*letter)) {
            setup.push_str(&format!("{};\n", sql.replace('@', name)));
        }
    }
    let mut f = Fixture::new("matrix", setup);
    for (form, variant, sql, letters, first, last) in TEMPLATES {
        for letter in letters.chars() {
            let (_, name, label) = KINDS.iter().find(|(known, ..)| *known == letter).expect("a letter of KINDS");
            let case = format!("{form}/{variant}/on_{label}");
            f.add(case, sql.replace('@', name)).since(*first).until(*last);
        }
    }
    vec![f]
}
