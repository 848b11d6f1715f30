//! The other sub-commands of ALTER TABLE, RENAME, SET SCHEMA, DROP, CREATE TRIGGER, CREATE VIEW.

use crate::case::Fixture;

/// The fixtures.
pub fn fixtures() -> Vec<Fixture> {
    vec![alter(), drops(), detach_concurrently()]
}

fn alter() -> Fixture {
    let mut f = Fixture::new(
        "alter",
        r"
        CREATE TABLE t (id serial PRIMARY KEY, a int, b text, i int GENERATED ALWAYS AS IDENTITY, nn int NOT NULL DEFAULT 1,
            g int GENERATED ALWAYS AS (1) STORED);
        CREATE INDEX t_a ON t (a);
        CREATE SEQUENCE owned OWNED BY t.a;
        CREATE SEQUENCE free;
        INSERT INTO t (a, b) SELECT i, i FROM generate_series(1, 30) i;
        CREATE UNLOGGED TABLE u (id bigint GENERATED ALWAYS AS IDENTITY, a int);
        CREATE INDEX u_a ON u (a);
        CREATE TABLE plain (a int);
        INSERT INTO plain VALUES (1);
        CREATE TABLE toasted (a text);
        INSERT INTO toasted SELECT string_agg(md5(i::text), '') FROM generate_series(1, 1000) i;
        CREATE TABLE p (id int, k int, g int GENERATED ALWAYS AS (1) STORED) PARTITION BY RANGE (k);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20) PARTITION BY LIST (id);
        CREATE TABLE p21 PARTITION OF p2 DEFAULT;
        CREATE INDEX p_id ON p (id);
        -- One level only: before August 2026 DROP EXPRESSION failed on two.
        CREATE TABLE q (id int, g int GENERATED ALWAYS AS (1) STORED) PARTITION BY RANGE (id);
        CREATE TABLE q1 PARTITION OF q DEFAULT;
        INSERT INTO p SELECT i, i FROM generate_series(1, 15) i;
        CREATE TABLE par (id int, a int);
        CREATE TABLE kid () INHERITS (par);
        INSERT INTO kid VALUES (1, 1);
        CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
        CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION trg();
        CREATE TRIGGER ptr BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION trg();
        CREATE TRIGGER ktr BEFORE INSERT ON par FOR EACH ROW EXECUTE FUNCTION trg();
        CREATE RULE ru AS ON DELETE TO plain DO INSTEAD NOTHING;
        CREATE POLICY pol ON t USING (a > 0);
        CREATE VIEW v AS SELECT id, a FROM t;
        CREATE VIEW vv AS SELECT id FROM v;
        CREATE MATERIALIZED VIEW m AS SELECT a FROM t;
        CREATE INDEX m_a ON m (a);
        CREATE TYPE comp AS (x int, y text);
        CREATE TABLE typed (id int, a int);
        CREATE TYPE of_type AS (id int, a int);
        CREATE TABLE far (id int PRIMARY KEY);
        CREATE TABLE keyed (id int PRIMARY KEY, far_id int REFERENCES far);
        CREATE TABLE elsewhere (id int PRIMARY KEY USING INDEX TABLESPACE predicted, a text) TABLESPACE predicted;
        INSERT INTO elsewhere VALUES (1, 'a');
        CREATE TABLE heap2_t (a int) USING heap2;
        CREATE INDEX heap2_t_a ON heap2_t (a);
        ",
    );
    f.all(
        "persistence",
        &[
            ("set_unlogged/serial", "ALTER TABLE t SET UNLOGGED"),
            ("set_unlogged/plain", "ALTER TABLE plain SET UNLOGGED"),
            ("set_unlogged/toasted", "ALTER TABLE toasted SET UNLOGGED"),
            ("set_unlogged/already", "ALTER TABLE u SET UNLOGGED"),
            ("set_unlogged/partition", "ALTER TABLE p1 SET UNLOGGED"),
            ("set_unlogged/referencing", "ALTER TABLE keyed SET UNLOGGED"),
            ("set_logged/identity", "ALTER TABLE u SET LOGGED"),
            ("set_logged/already", "ALTER TABLE t SET LOGGED"),
            ("set_unlogged/with_check", "ALTER TABLE plain SET UNLOGGED, ADD CHECK (a > 0)"),
        ],
    );
    f.all(
        "tablespace",
        &[
            ("table", "ALTER TABLE t SET TABLESPACE predicted"),
            ("table_plain", "ALTER TABLE plain SET TABLESPACE predicted"),
            ("toasted", "ALTER TABLE toasted SET TABLESPACE predicted"),
            ("same", "ALTER TABLE t SET TABLESPACE pg_default"),
            ("back", "ALTER TABLE elsewhere SET TABLESPACE pg_default"),
            ("same_elsewhere", "ALTER TABLE elsewhere SET TABLESPACE predicted"),
            ("partitioned", "ALTER TABLE p SET TABLESPACE predicted"),
            ("partition", "ALTER TABLE p1 SET TABLESPACE predicted"),
            ("matview", "ALTER MATERIALIZED VIEW m SET TABLESPACE predicted"),
            ("inherited", "ALTER TABLE par SET TABLESPACE predicted"),
            ("with_rewrite", "ALTER TABLE plain SET TABLESPACE predicted, ALTER a TYPE bigint"),
            ("with_check", "ALTER TABLE plain SET TABLESPACE predicted, ADD CHECK (a > 0)"),
        ],
    );
    f.all(
        "access_method",
        &[
            ("other", "ALTER TABLE t SET ACCESS METHOD heap2"),
            ("other_plain", "ALTER TABLE plain SET ACCESS METHOD heap2"),
            ("same", "ALTER TABLE t SET ACCESS METHOD heap"),
            ("same_other", "ALTER TABLE heap2_t SET ACCESS METHOD heap2"),
            ("back", "ALTER TABLE heap2_t SET ACCESS METHOD heap"),
            ("matview", "ALTER MATERIALIZED VIEW m SET ACCESS METHOD heap2"),
            ("partition", "ALTER TABLE p1 SET ACCESS METHOD heap2"),
        ],
    );
    f.add("access_method/partitioned", "ALTER TABLE p SET ACCESS METHOD heap2").since(17);
    f.add("access_method/default", "ALTER TABLE heap2_t SET ACCESS METHOD DEFAULT").since(17);
    f.add("access_method/default_same", "ALTER TABLE t SET ACCESS METHOD DEFAULT").since(17);
    for (table, column, label) in [("t", "a", "table"), ("p", "id", "partitioned"), ("par", "a", "inherited")] {
        f.all(
            "other_alter_table",
            &[
                (&format!("statistics/{label}"), &format!("ALTER TABLE {table} ALTER {column} SET STATISTICS 100")),
                (
                    &format!("statistics_only/{label}"),
                    &format!("ALTER TABLE ONLY {table} ALTER {column} SET STATISTICS 100"),
                ),
                (&format!("n_distinct/{label}"), &format!("ALTER TABLE {table} ALTER {column} SET (n_distinct = 5)")),
                (&format!("storage/{label}"), &format!("ALTER TABLE {table} ALTER {column} SET STORAGE PLAIN")),
                (&format!("owner/{label}"), &format!("ALTER TABLE {table} OWNER TO predicted_owner")),
                (&format!("row_security/{label}"), &format!("ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")),
                (&format!("force_row_security/{label}"), &format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY")),
                (&format!("replica_identity/{label}"), &format!("ALTER TABLE {table} REPLICA IDENTITY FULL")),
                (&format!("disable_trigger_all/{label}"), &format!("ALTER TABLE {table} DISABLE TRIGGER ALL")),
                (&format!("disable_trigger_user/{label}"), &format!("ALTER TABLE {table} DISABLE TRIGGER USER")),
                (&format!("enable_trigger_all/{label}"), &format!("ALTER TABLE {table} ENABLE TRIGGER ALL")),
            ],
        );
    }
    f.all(
        "other_alter_table",
        &[
            ("compression", "ALTER TABLE t ALTER b SET COMPRESSION pglz"),
            ("fillfactor", "ALTER TABLE t SET (fillfactor = 70)"),
            ("reset_fillfactor", "ALTER TABLE t RESET (fillfactor)"),
            ("autovacuum", "ALTER TABLE t SET (autovacuum_enabled = off)"),
            ("toast_option", "ALTER TABLE t SET (toast.autovacuum_enabled = off)"),
            ("fillfactor_and_user_catalog", "ALTER TABLE t SET (user_catalog_table = true)"),
            ("fillfactor/inherited", "ALTER TABLE par SET (fillfactor = 70)"),
            ("disable_trigger", "ALTER TABLE t DISABLE TRIGGER tr"),
            ("enable_trigger_always", "ALTER TABLE t ENABLE ALWAYS TRIGGER tr"),
            ("enable_trigger_replica/partitioned", "ALTER TABLE p ENABLE REPLICA TRIGGER ptr"),
            ("disable_trigger/partitioned", "ALTER TABLE p DISABLE TRIGGER ptr"),
            ("disable_trigger_only/partitioned", "ALTER TABLE ONLY p DISABLE TRIGGER ptr"),
            ("disable_trigger/inherited", "ALTER TABLE par DISABLE TRIGGER ktr"),
            ("disable_rule", "ALTER TABLE plain DISABLE RULE ru"),
            ("enable_rule", "ALTER TABLE plain ENABLE ALWAYS RULE ru"),
            ("add_identity", "ALTER TABLE t ALTER nn DROP DEFAULT, ALTER nn ADD GENERATED ALWAYS AS IDENTITY"),
            ("set_identity", "ALTER TABLE t ALTER i SET GENERATED BY DEFAULT"),
            ("set_identity_sequence", "ALTER TABLE t ALTER i SET INCREMENT BY 2"),
            ("drop_identity", "ALTER TABLE t ALTER i DROP IDENTITY"),
            ("drop_identity_if_exists_miss", "ALTER TABLE t ALTER a DROP IDENTITY IF EXISTS"),
            ("drop_expression", "ALTER TABLE t ALTER g DROP EXPRESSION"),
            ("drop_expression/partitioned", "ALTER TABLE q ALTER g DROP EXPRESSION"),
            ("of", "ALTER TABLE typed OF of_type"),
            ("set_without_oids", "ALTER TABLE t SET WITHOUT OIDS"),
            ("view_default", "ALTER VIEW v ALTER a SET DEFAULT 5"),
            ("view_default_by_alter_table", "ALTER TABLE v ALTER a SET DEFAULT 5"),
            ("view_option", "ALTER VIEW v SET (security_barrier = true)"),
            ("view_owner", "ALTER VIEW v OWNER TO predicted_owner"),
            ("matview_owner", "ALTER MATERIALIZED VIEW m OWNER TO predicted_owner"),
            ("sequence_owner", "ALTER SEQUENCE free OWNER TO predicted_owner"),
            ("if_exists_miss", "ALTER TABLE IF EXISTS nope SET UNLOGGED"),
        ],
    );
    f.add("other_alter_table/set_expression", "ALTER TABLE t ALTER g SET EXPRESSION AS (2)").since(17);
    f.add("other_alter_table/set_expression/partitioned", "ALTER TABLE p ALTER g SET EXPRESSION AS (2)").since(17);
    f.all(
        "rename",
        &[
            ("table", "ALTER TABLE t RENAME TO x"),
            ("column", "ALTER TABLE t RENAME COLUMN a TO x"),
            ("column_in_views", "ALTER TABLE t RENAME id TO x"),
            ("column_only", "ALTER TABLE ONLY t RENAME COLUMN b TO x"),
            ("constraint", "ALTER TABLE t RENAME CONSTRAINT t_pkey TO x"),
            ("constraint_foreign_key", "ALTER TABLE keyed RENAME CONSTRAINT keyed_far_id_fkey TO x"),
            ("view", "ALTER VIEW v RENAME TO x"),
            ("view_by_alter_table", "ALTER TABLE v RENAME TO x"),
            ("view_column", "ALTER VIEW v RENAME COLUMN a TO x"),
            ("matview", "ALTER MATERIALIZED VIEW m RENAME TO x"),
            ("matview_column", "ALTER MATERIALIZED VIEW m RENAME COLUMN a TO x"),
            ("sequence", "ALTER SEQUENCE free RENAME TO x"),
            ("if_exists_miss", "ALTER TABLE IF EXISTS nope RENAME TO x"),
            ("toasted", "ALTER TABLE toasted RENAME TO x"),
        ],
    );
    f.all(
        "set_schema",
        &[
            ("table", "ALTER TABLE t SET SCHEMA f2"),
            ("identity", "ALTER TABLE u SET SCHEMA f2"),
            ("plain", "ALTER TABLE plain SET SCHEMA f2"),
            ("view", "ALTER VIEW v SET SCHEMA f2"),
            ("matview", "ALTER MATERIALIZED VIEW m SET SCHEMA f2"),
            ("sequence", "ALTER SEQUENCE free SET SCHEMA f2"),
            ("same", "ALTER TABLE plain SET SCHEMA f"),
            ("if_exists_miss", "ALTER TABLE IF EXISTS nope SET SCHEMA f2"),
        ],
    );
    f.all(
        "create_trigger",
        &[
            ("row", "CREATE TRIGGER n BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION trg()"),
            ("statement", "CREATE TRIGGER n AFTER DELETE ON t FOR EACH STATEMENT EXECUTE FUNCTION trg()"),
            ("row/partitioned", "CREATE TRIGGER n AFTER INSERT ON p FOR EACH ROW EXECUTE FUNCTION trg()"),
            ("statement/partitioned", "CREATE TRIGGER n AFTER INSERT ON p FOR EACH STATEMENT EXECUTE FUNCTION trg()"),
            ("row/inherited", "CREATE TRIGGER n AFTER INSERT ON par FOR EACH ROW EXECUTE FUNCTION trg()"),
            ("instead_of/view", "CREATE TRIGGER n INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION trg()"),
            ("or_replace", "CREATE OR REPLACE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION trg()"),
            ("constraint", "CREATE CONSTRAINT TRIGGER n AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION trg()"),
            (
                "constraint_from",
                "CREATE CONSTRAINT TRIGGER n AFTER INSERT ON t FROM far FOR EACH ROW EXECUTE FUNCTION trg()",
            ),
        ],
    );
    f.all(
        "create_view",
        &[
            ("new", "CREATE VIEW n AS SELECT * FROM t"),
            ("or_replace", "CREATE OR REPLACE VIEW v AS SELECT id, a FROM t WHERE a > 0"),
            ("or_replace_more_columns", "CREATE OR REPLACE VIEW v AS SELECT id, a, b FROM t"),
            ("or_replace_new", "CREATE OR REPLACE VIEW n AS SELECT id FROM t"),
            ("matview", "CREATE MATERIALIZED VIEW n AS SELECT id FROM t"),
            ("matview_if_not_exists_hit", "CREATE MATERIALIZED VIEW IF NOT EXISTS m AS SELECT id FROM t"),
        ],
    );
    f
}

fn drops() -> Fixture {
    let mut f = Fixture::new(
        "drops",
        r"
        CREATE SCHEMA f3;
        CREATE TABLE a (id int PRIMARY KEY, v text, UNIQUE (v));
        CREATE TABLE b (id serial PRIMARY KEY, a_id int REFERENCES a, i int GENERATED ALWAYS AS IDENTITY);
        CREATE TABLE c (b_id int REFERENCES b, a_v text REFERENCES a (v));
        CREATE VIEW va AS SELECT * FROM a;
        CREATE VIEW vva AS SELECT id FROM va;
        CREATE MATERIALIZED VIEW ma AS SELECT v FROM va;
        CREATE INDEX ma_v ON ma (v);
        CREATE MATERIALIZED VIEW mb AS SELECT id FROM b;
        CREATE SEQUENCE s;
        CREATE TABLE d (id int DEFAULT nextval('s'), e int DEFAULT 5);
        CREATE TYPE mood AS ENUM ('sad', 'ok');
        CREATE DOMAIN dom AS int CHECK (VALUE > 0);
        CREATE TYPE comp AS (x int);
        CREATE TABLE typed (id int PRIMARY KEY, m mood, n dom, o comp, p mood[]);
        CREATE INDEX typed_m ON typed (m);
        CREATE FUNCTION f_default() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 5; END';
        CREATE FUNCTION f_index(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 5; END';
        CREATE FUNCTION f_check(int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
        CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
        CREATE TABLE uses (id int DEFAULT f_default(), k int CHECK (f_check(k)));
        CREATE INDEX uses_k ON uses (f_index(k));
        CREATE TRIGGER tr BEFORE INSERT ON uses FOR EACH ROW EXECUTE FUNCTION trg();
        CREATE VIEW v_uses AS SELECT f_default() AS x;
        CREATE TABLE p (id int, k int DEFAULT f_default(), a_id int REFERENCES a) PARTITION BY RANGE (id);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE TRIGGER ptr BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION trg();
        CREATE POLICY pol ON uses USING (f_check(k));
        CREATE RULE ru AS ON DELETE TO uses DO INSTEAD NOTHING;
        CREATE TABLE f3.x (id int PRIMARY KEY, a_id int REFERENCES f.a);
        CREATE TABLE f3.y (x_id int REFERENCES f3.x);
        CREATE TABLE z (x_id int REFERENCES f3.x);
        CREATE VIEW f3.vx AS SELECT * FROM f3.x;
        CREATE VIEW vz AS SELECT * FROM f3.vx;
        CREATE SEQUENCE f3.seq;
        CREATE TABLE lonely (id int);
        CREATE TABLE self (id int PRIMARY KEY, up int REFERENCES self);
        CREATE TABLE toasted (a text);
        CREATE STATISTICS st ON id, v FROM a;
        ",
    );
    f.all(
        "drop_table",
        &[
            ("lonely", "DROP TABLE lonely"),
            ("if_exists_hit", "DROP TABLE IF EXISTS lonely"),
            ("if_exists_miss", "DROP TABLE IF EXISTS nope"),
            ("some_miss", "DROP TABLE IF EXISTS nope, lonely"),
            ("with_foreign_keys", "DROP TABLE c"),
            ("cascade_foreign_key", "DROP TABLE b CASCADE"),
            ("cascade_views", "DROP TABLE a CASCADE"),
            ("referenced_and_referencing", "DROP TABLE b, c CASCADE"),
            ("owned_sequences", "DROP TABLE c, b CASCADE"),
            ("self", "DROP TABLE self"),
            ("toasted", "DROP TABLE toasted"),
            ("trigger_policy_rule", "DROP TABLE uses"),
            ("partitioned_with_key", "DROP TABLE p"),
            ("partition_with_key_and_trigger", "DROP TABLE p1"),
            ("default_of_sequence", "DROP TABLE d"),
            ("typed", "DROP TABLE typed"),
        ],
    );
    f.all(
        "drop_other",
        &[
            ("view", "DROP VIEW vva"),
            ("view_cascade", "DROP VIEW va CASCADE"),
            ("view_if_exists_miss", "DROP VIEW IF EXISTS nope"),
            ("matview", "DROP MATERIALIZED VIEW ma"),
            ("matview_two", "DROP MATERIALIZED VIEW ma, mb"),
            ("sequence_cascade", "DROP SEQUENCE s CASCADE"),
            ("sequence_serial_cascade", "DROP SEQUENCE b_id_seq CASCADE"),
            ("sequence", "DROP SEQUENCE f3.seq"),
            ("schema_cascade", "DROP SCHEMA f3 CASCADE"),
            ("schema_if_exists_miss", "DROP SCHEMA IF EXISTS nope"),
            ("type_enum_cascade", "DROP TYPE mood CASCADE"),
            ("type_composite_cascade", "DROP TYPE comp CASCADE"),
            ("domain_cascade", "DROP DOMAIN dom CASCADE"),
            ("function_of_default_cascade", "DROP FUNCTION f_default() CASCADE"),
            ("function_of_index_cascade", "DROP FUNCTION f_index(int) CASCADE"),
            ("function_of_check_cascade", "DROP FUNCTION f_check(int) CASCADE"),
            ("function_of_trigger_cascade", "DROP FUNCTION trg() CASCADE"),
            ("function_if_exists_miss", "DROP FUNCTION IF EXISTS nope()"),
            ("trigger", "DROP TRIGGER tr ON uses"),
            ("trigger/partitioned", "DROP TRIGGER ptr ON p"),
            ("trigger_if_exists_miss", "DROP TRIGGER IF EXISTS nope ON uses"),
            ("policy", "DROP POLICY pol ON uses"),
            ("rule", "DROP RULE ru ON uses"),
            ("statistics", "DROP STATISTICS st"),
        ],
    );
    f.all(
        "rule_and_policy",
        &[
            ("create_rule", "CREATE RULE other AS ON INSERT TO uses DO ALSO NOTIFY used"),
            ("replace_rule", "CREATE OR REPLACE RULE ru AS ON DELETE TO uses DO INSTEAD NOTIFY used"),
            ("create_policy", "CREATE POLICY other ON uses USING (k > 0)"),
            ("create_policy/partitioned", "CREATE POLICY other ON p USING (k > 0)"),
            ("alter_policy", "ALTER POLICY pol ON uses USING (k > 1)"),
            ("rename_policy", "ALTER POLICY pol ON uses RENAME TO other"),
        ],
    );
    for (variant, sql) in [
        ("table_of_key", "DROP TABLE a"),
        ("table_of_view", "DROP TABLE IF EXISTS lonely, a"),
        ("view", "DROP VIEW va"),
        ("column", "ALTER TABLE a DROP COLUMN v"),
        ("key", "ALTER TABLE a DROP CONSTRAINT a_pkey"),
        ("type_under_view", "ALTER TABLE a ALTER v TYPE varchar(20)"),
    ] {
        f.add(format!("dependents_refused/{variant}"), sql).refused();
    }
    f
}

/// DETACH PARTITION ... CONCURRENTLY.
fn detach_concurrently() -> Fixture {
    let mut f = Fixture::new(
        "detach_concurrently",
        r"
        CREATE TABLE far (id int PRIMARY KEY);
        CREATE TABLE p (id int, k int, PRIMARY KEY (k)) PARTITION BY RANGE (k);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
        CREATE TABLE d (id int, k int) PARTITION BY RANGE (k);
        CREATE TABLE d1 PARTITION OF d FOR VALUES FROM (0) TO (10);
        CREATE TABLE dd PARTITION OF d DEFAULT;
        CREATE TABLE k (id int REFERENCES far) PARTITION BY RANGE (id);
        CREATE TABLE k1 PARTITION OF k FOR VALUES FROM (0) TO (10);
        ",
    );
    f.add("detach/concurrently/plain", "ALTER TABLE p DETACH PARTITION p1 CONCURRENTLY").alone();
    f.add("detach/concurrently/foreign_key", "ALTER TABLE k DETACH PARTITION k1 CONCURRENTLY").alone();
    f.add("detach/concurrently_refused/default", "ALTER TABLE d DETACH PARTITION d1 CONCURRENTLY").alone().refused();
    f
}
