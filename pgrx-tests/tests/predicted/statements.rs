//! Statements that are about more, or about something else, than one relation: composite types, sequences, domains, publications,
//! subscriptions, owners, schemas, tablespaces; what depends on what is dropped; VACUUM FULL, CLUSTER and REINDEX of many.

use crate::case::Fixture;

/// The fixtures.
pub fn fixtures() -> Vec<Fixture> {
    vec![composites(), sequences(), domains(), publications(), owners(), nothing_locked(), dependents(), many()]
}

fn composites() -> Fixture {
    let mut f = Fixture::new(
        "composites",
        r"
        CREATE TYPE free AS (x int, y text);
        CREATE TYPE held AS (x int, y text);
        CREATE TABLE holds (id int, h held, more held[]);
        INSERT INTO holds VALUES (1, ROW(1, 'a'), NULL);
        CREATE TYPE shape AS (x int, y varchar(10));
        CREATE TABLE typed OF shape;
        CREATE TABLE typed_key OF shape (PRIMARY KEY (x));
        CREATE INDEX typed_y ON typed (y);
        INSERT INTO typed VALUES (1, 'a');
        INSERT INTO typed_key VALUES (1, 'a');
        CREATE TABLE base (id int PRIMARY KEY, v varchar(10));
        CREATE TABLE of_base (b base);
        INSERT INTO base VALUES (1, 'a');
        INSERT INTO of_base VALUES (ROW(1, 'a'));
        CREATE TYPE mood AS ENUM ('sad', 'ok');
        CREATE TABLE moods (m mood);
        ",
    );
    for (name, cascade) in [("free", ""), ("held", ""), ("shape", " CASCADE")] {
        f.all(
            "alter_type_attribute",
            &[
                (&format!("add/{name}"), &format!("ALTER TYPE {name} ADD ATTRIBUTE z int{cascade}")),
                (
                    &format!("add_two/{name}"),
                    &format!("ALTER TYPE {name} ADD ATTRIBUTE z int{cascade}, ADD ATTRIBUTE w text{cascade}"),
                ),
                (&format!("drop/{name}"), &format!("ALTER TYPE {name} DROP ATTRIBUTE y{cascade}")),
                (
                    &format!("drop_if_exists_miss/{name}"),
                    &format!("ALTER TYPE {name} DROP ATTRIBUTE IF EXISTS nope{cascade}"),
                ),
                (&format!("rename/{name}"), &format!("ALTER TYPE {name} RENAME ATTRIBUTE y TO w{cascade}")),
                (&format!("rename_type/{name}"), &format!("ALTER TYPE {name} RENAME TO other")),
                (&format!("owner/{name}"), &format!("ALTER TYPE {name} OWNER TO predicted_owner")),
                (&format!("schema/{name}"), &format!("ALTER TYPE {name} SET SCHEMA f2")),
                (&format!("comment/{name}"), &format!("COMMENT ON TYPE {name} IS 'x'")),
                (&format!("comment_attribute/{name}"), &format!("COMMENT ON COLUMN {name}.x IS 'x'")),
            ],
        );
    }
    f.all(
        "alter_type_attribute",
        &[
            ("type/free", "ALTER TYPE free ALTER ATTRIBUTE x TYPE bigint"),
            ("type/rewrite", "ALTER TYPE shape ALTER ATTRIBUTE x TYPE bigint CASCADE"),
            ("type/no_rewrite", "ALTER TYPE shape ALTER ATTRIBUTE y TYPE varchar(20) CASCADE"),
            ("type/collation", "ALTER TYPE shape ALTER ATTRIBUTE y TYPE varchar(10) COLLATE \"C\" CASCADE"),
            ("drop_key/shape", "ALTER TYPE shape DROP ATTRIBUTE x CASCADE"),
            ("drop_type/free", "DROP TYPE free"),
            ("drop_type/held", "DROP TYPE held CASCADE"),
            ("drop_type/shape", "DROP TYPE shape CASCADE"),
            ("row_type/add_column", "ALTER TABLE base ADD n int"),
            ("row_type/add_null", "ALTER TABLE base ADD n int DEFAULT NULL"),
            ("row_type/set_not_null", "ALTER TABLE base ALTER v SET NOT NULL"),
            ("row_type/drop_column", "ALTER TABLE base DROP COLUMN v"),
            ("row_type/drop_table", "DROP TABLE base CASCADE"),
            ("enum/add_value", "ALTER TYPE mood ADD VALUE 'glad'"),
            ("enum/add_value_if_not_exists", "ALTER TYPE mood ADD VALUE IF NOT EXISTS 'ok'"),
            ("enum/rename_value", "ALTER TYPE mood RENAME VALUE 'ok' TO 'fine'"),
            ("enum/rename", "ALTER TYPE mood RENAME TO other"),
        ],
    );
    for (variant, sql) in [
        ("type_of_attribute_in_use", "ALTER TYPE held ALTER ATTRIBUTE x TYPE bigint"),
        ("attribute_of_typed_table", "ALTER TYPE shape ADD ATTRIBUTE z int"),
        ("row_type_in_use_by_constant", "ALTER TABLE base ADD n int DEFAULT 5"),
        ("row_type_in_use_no_rewrite", "ALTER TABLE base ALTER v TYPE text"),
        ("row_type_in_use", "ALTER TABLE base ALTER id TYPE bigint"),
        ("row_type_in_use_by_default", "ALTER TABLE base ADD n double precision DEFAULT random()"),
    ] {
        f.add(format!("dependents_refused/{variant}"), sql).refused();
    }
    f
}

fn sequences() -> Fixture {
    let mut f = Fixture::new(
        "sequences_of_all_kinds",
        r"
        CREATE SEQUENCE free;
        CREATE UNLOGGED SEQUENCE light;
        CREATE TABLE t (id serial PRIMARY KEY, i int GENERATED ALWAYS AS IDENTITY, a int);
        CREATE TABLE u (id bigserial);
        CREATE SEQUENCE owned OWNED BY t.a;
        INSERT INTO t (a) SELECT generate_series(1, 10);
        CREATE TABLE n (id int DEFAULT nextval('free'));
        ",
    );
    for name in ["free", "light", "owned", "t_id_seq"] {
        for (variant, action) in [
            ("increment", "INCREMENT BY 5"),
            ("bounds", "MINVALUE -5 MAXVALUE 100000"),
            ("start", "START WITH 5"),
            ("restart", "RESTART"),
            ("restart_with", "RESTART WITH 50"),
            ("cache", "CACHE 10"),
            ("cycle", "CYCLE"),
            ("as_smallint", "AS smallint"),
            ("as_bigint", "AS bigint"),
            ("owned_by", "OWNED BY t.a"),
            ("owned_by_none", "OWNED BY NONE"),
            ("unlogged", "SET UNLOGGED"),
            ("logged", "SET LOGGED"),
            ("owner_same", "OWNER TO CURRENT_USER"),
            ("rename", "RENAME TO other"),
        ] {
            f.add(format!("alter_sequence/{variant}/{name}"), format!("ALTER SEQUENCE {name} {action}"));
        }
    }
    f.all(
        "alter_sequence",
        &[
            ("identity/restart", "ALTER TABLE t ALTER i RESTART"),
            ("identity/increment", "ALTER TABLE t ALTER i SET INCREMENT BY 5 SET CACHE 10"),
            ("identity/always", "ALTER TABLE t ALTER i SET GENERATED ALWAYS"),
            ("identity/by_sequence", "ALTER SEQUENCE t_i_seq RESTART WITH 100"),
            ("schema/free", "ALTER SEQUENCE free SET SCHEMA f2"),
            ("owner/free", "ALTER SEQUENCE free OWNER TO predicted_owner"),
            ("create", "CREATE SEQUENCE other"),
            ("create_owned", "CREATE SEQUENCE other OWNED BY t.a"),
            ("create_if_not_exists_hit", "CREATE SEQUENCE IF NOT EXISTS free"),
            ("drop/owned", "DROP SEQUENCE owned"),
            ("drop/of_default", "DROP SEQUENCE t_id_seq CASCADE"),
            ("grant", "GRANT USAGE ON SEQUENCE free TO PUBLIC"),
        ],
    );
    f.all(
        "truncate",
        &[
            ("restart_identity/serial_and_identity", "TRUNCATE t RESTART IDENTITY"),
            ("restart_identity/two", "TRUNCATE t, u RESTART IDENTITY"),
            ("continue_identity/serial_and_identity", "TRUNCATE t CONTINUE IDENTITY"),
        ],
    );
    f
}

fn domains() -> Fixture {
    let mut f = Fixture::new(
        "domains_in_use",
        r"
        CREATE DOMAIN cents AS bigint;
        CREATE DOMAIN named AS text DEFAULT 'x' NOT NULL CONSTRAINT short CHECK (length(VALUE) < 100);
        CREATE DOMAIN listed AS int;
        CREATE DOMAIN boxed AS int;
        CREATE TYPE box_type AS (b boxed);
        CREATE TABLE a (id int, c cents);
        CREATE TABLE two (c cents, d cents, n named);
        CREATE TABLE p (id int, c cents, n named) PARTITION BY RANGE (id);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE TABLE par (c cents);
        CREATE TABLE kid () INHERITS (par);
        CREATE TABLE lists (l listed[]);
        CREATE TABLE boxes (b box_type);
        CREATE UNLOGGED TABLE un (c cents);
        CREATE INDEX two_c ON two (c);
        CREATE VIEW v AS SELECT c FROM a;
        CREATE MATERIALIZED VIEW m AS SELECT c FROM a;
        INSERT INTO a VALUES (1, 1);
        INSERT INTO two VALUES (1, 1, 'a');
        INSERT INTO p VALUES (1, 1, 'a');
        INSERT INTO kid VALUES (1);
        INSERT INTO lists VALUES ('{1}');
        INSERT INTO boxes VALUES (ROW(1));
        ",
    );
    for domain in ["cents", "named"] {
        for (variant, action) in [
            ("add_check", "ADD CONSTRAINT c CHECK (VALUE IS NOT NULL)"),
            ("add_check_not_valid", "ADD CONSTRAINT c CHECK (VALUE IS NOT NULL) NOT VALID"),
            ("set_not_null", "SET NOT NULL"),
            ("drop_not_null", "DROP NOT NULL"),
            ("drop_default", "DROP DEFAULT"),
            ("drop_constraint_if_exists", "DROP CONSTRAINT IF EXISTS short"),
            ("owner", "OWNER TO predicted_owner"),
            ("rename", "RENAME TO other"),
            ("schema", "SET SCHEMA f2"),
        ] {
            f.add(format!("alter_domain/{variant}/{domain}"), format!("ALTER DOMAIN {domain} {action}"));
        }
    }
    f.all(
        "alter_domain",
        &[
            ("rename_constraint", "ALTER DOMAIN named RENAME CONSTRAINT short TO other"),
            ("validate_valid", "ALTER DOMAIN named VALIDATE CONSTRAINT short"),
            ("drop_cascade", "DROP DOMAIN cents CASCADE"),
            ("array/set_default", "ALTER DOMAIN listed SET DEFAULT 1"),
            ("array/not_valid", "ALTER DOMAIN listed ADD CHECK (VALUE > 0) NOT VALID"),
        ],
    );
    for (variant, sql) in [
        ("domain_in_array", "ALTER DOMAIN listed ADD CHECK (VALUE > 0)"),
        ("domain_in_array_not_null", "ALTER DOMAIN listed SET NOT NULL"),
        ("domain_in_composite", "ALTER DOMAIN boxed ADD CHECK (VALUE > 0)"),
    ] {
        f.add(format!("dependents_refused/{variant}"), sql).refused();
    }
    f
}

fn publications() -> Fixture {
    let mut f = Fixture::new(
        "publications",
        r"
        DROP PUBLICATION IF EXISTS chosen, everything, in_schema;
        CREATE TABLE a (id int PRIMARY KEY, v int);
        CREATE TABLE b (id int PRIMARY KEY, v int);
        CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE TABLE par (id int PRIMARY KEY);
        CREATE TABLE kid () INHERITS (par);
        CREATE TABLE loose (id int);
        CREATE PUBLICATION chosen FOR TABLE a, par;
        CREATE PUBLICATION everything FOR ALL TABLES;
        CREATE PUBLICATION in_schema FOR TABLES IN SCHEMA f2;
        ",
    );
    f.all(
        "publication",
        &[
            ("all_tables", "CREATE PUBLICATION n FOR ALL TABLES"),
            ("in_schema", "CREATE PUBLICATION n FOR TABLES IN SCHEMA f"),
            ("in_schema_and_table", "CREATE PUBLICATION n FOR TABLES IN SCHEMA f2, TABLE a"),
            ("empty", "CREATE PUBLICATION n"),
            ("add", "ALTER PUBLICATION chosen ADD TABLE b"),
            ("add_only", "ALTER PUBLICATION chosen ADD TABLE ONLY p"),
            ("add_partitioned", "ALTER PUBLICATION chosen ADD TABLE p"),
            ("add_where", "ALTER PUBLICATION chosen ADD TABLE b WHERE (id > 5)"),
            ("add_schema", "ALTER PUBLICATION chosen ADD TABLES IN SCHEMA f2"),
            ("set", "ALTER PUBLICATION chosen SET TABLE b"),
            ("set_same", "ALTER PUBLICATION chosen SET TABLE a"),
            ("set_schema", "ALTER PUBLICATION in_schema SET TABLES IN SCHEMA f"),
            ("drop_table", "ALTER PUBLICATION chosen DROP TABLE a"),
            ("drop_table_inherited", "ALTER PUBLICATION chosen DROP TABLE par"),
            ("drop_schema", "ALTER PUBLICATION in_schema DROP TABLES IN SCHEMA f2"),
            ("options", "ALTER PUBLICATION chosen SET (publish = 'insert')"),
            ("via_root", "ALTER PUBLICATION everything SET (publish_via_partition_root = true)"),
            ("rename", "ALTER PUBLICATION chosen RENAME TO other"),
            ("owner", "ALTER PUBLICATION chosen OWNER TO CURRENT_USER"),
            ("drop", "DROP PUBLICATION chosen"),
            ("drop_all_tables", "DROP PUBLICATION everything"),
            ("comment", "COMMENT ON PUBLICATION chosen IS 'x'"),
            ("published/drop_table", "DROP TABLE a"),
            ("published/drop_key", "ALTER TABLE a DROP CONSTRAINT a_pkey"),
            ("published/add_column", "ALTER TABLE a ADD n int"),
            ("published/rename", "ALTER TABLE a RENAME TO other"),
        ],
    );
    f.all(
        "subscription",
        &[
            (
                "create",
                "CREATE SUBSCRIPTION predicted CONNECTION 'host=nowhere.invalid' PUBLICATION x WITH (connect = false, slot_name = NONE)",
            ),
            ("drop_if_exists_miss", "DROP SUBSCRIPTION IF EXISTS nope"),
        ],
    );
    f
}

fn owners() -> Fixture {
    let mut f = Fixture::new(
        "owners",
        r"
        CREATE TABLE mine (id serial PRIMARY KEY, a int);
        CREATE INDEX mine_a ON mine (a);
        CREATE VIEW mine_v AS SELECT id FROM mine;
        CREATE MATERIALIZED VIEW mine_m AS SELECT id FROM mine;
        CREATE UNIQUE INDEX mine_m_id ON mine_m (id);
        CREATE SEQUENCE mine_s;
        CREATE TABLE p (id int, mine_id int REFERENCES mine) PARTITION BY RANGE (id);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE TABLE others (id int PRIMARY KEY);
        CREATE TABLE refers (id int REFERENCES others);
        CREATE FUNCTION mine_f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
        GRANT SELECT ON others TO predicted_owner;
        CREATE POLICY pol ON others TO predicted_owner USING (id > 0);
        ALTER TABLE mine OWNER TO predicted_owner;
        ALTER VIEW mine_v OWNER TO predicted_owner;
        ALTER MATERIALIZED VIEW mine_m OWNER TO predicted_owner;
        ALTER SEQUENCE mine_s OWNER TO predicted_owner;
        ALTER TABLE refers OWNER TO predicted_owner;
        ALTER FUNCTION mine_f() OWNER TO predicted_owner;
        CREATE TABLE placed (id int PRIMARY KEY USING INDEX TABLESPACE predicted, a text) TABLESPACE predicted;
        CREATE TABLE placed_p (id int) PARTITION BY RANGE (id) TABLESPACE predicted;
        CREATE INDEX placed_p_id ON placed_p (id) TABLESPACE predicted;
        CREATE MATERIALIZED VIEW placed_m TABLESPACE predicted AS SELECT 1 AS x;
        INSERT INTO placed VALUES (1, 'a');
        ",
    );
    f.all(
        "owned",
        &[
            ("reassign", "REASSIGN OWNED BY predicted_owner TO CURRENT_USER"),
            ("reassign_nothing", "REASSIGN OWNED BY predicted_idle TO CURRENT_USER"),
            ("drop_cascade", "DROP OWNED BY predicted_owner CASCADE"),
            ("drop_nothing", "DROP OWNED BY predicted_idle"),
        ],
    );
    f.all(
        "all_in_tablespace",
        &[
            ("tables", "ALTER TABLE ALL IN TABLESPACE predicted SET TABLESPACE pg_default"),
            ("indexes", "ALTER INDEX ALL IN TABLESPACE predicted SET TABLESPACE pg_default"),
            ("matviews", "ALTER MATERIALIZED VIEW ALL IN TABLESPACE predicted SET TABLESPACE pg_default"),
            ("owned_by", "ALTER TABLE ALL IN TABLESPACE predicted OWNED BY predicted_owner SET TABLESPACE pg_default"),
            ("same", "ALTER TABLE ALL IN TABLESPACE predicted SET TABLESPACE predicted NOWAIT"),
        ],
    );
    f.all(
        "create_schema",
        &[
            ("empty", "CREATE SCHEMA f3"),
            ("table", "CREATE SCHEMA f3 CREATE TABLE x (id int PRIMARY KEY, a text)"),
            ("references", "CREATE SCHEMA f3 CREATE TABLE x (id int REFERENCES f.others)"),
            (
                "two",
                "CREATE SCHEMA f3 CREATE TABLE x (id int REFERENCES f.others) CREATE VIEW y AS SELECT id FROM f.others",
            ),
            ("if_not_exists", "CREATE SCHEMA IF NOT EXISTS f"),
            ("rename", "ALTER SCHEMA f2 RENAME TO f3"),
            ("owner", "ALTER SCHEMA f2 OWNER TO predicted_owner"),
            ("comment", "COMMENT ON SCHEMA f2 IS 'x'"),
            ("grant", "GRANT USAGE ON SCHEMA f2 TO PUBLIC"),
            ("grant_all_tables", "GRANT SELECT ON ALL TABLES IN SCHEMA f TO PUBLIC"),
            ("default_privileges", "ALTER DEFAULT PRIVILEGES IN SCHEMA f GRANT SELECT ON TABLES TO PUBLIC"),
            ("drop_cascade", "DROP SCHEMA f2 CASCADE"),
        ],
    );
    f
}

/// What locks no relation.
fn nothing_locked() -> Fixture {
    let mut f = Fixture::new(
        "nothing_locked",
        r"
        CREATE TABLE t (id int PRIMARY KEY);
        INSERT INTO t VALUES (1);
        CREATE FUNCTION plpg(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT id FROM t LIMIT 1); END';
        CREATE FUNCTION sql_body(int) RETURNS int LANGUAGE sql RETURN $1 + 1;
        CREATE PROCEDURE proc() LANGUAGE sql AS 'SELECT 1';
        CREATE AGGREGATE agg(int) (SFUNC = int4pl, STYPE = int);
        CREATE TYPE mood AS ENUM ('ok');
        CREATE COLLATION coll (LOCALE = 'C');
        ",
    );
    f.all(
        "no_relation",
        &[
            ("create_function", "CREATE FUNCTION n() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'"),
            ("create_function_sql", "CREATE FUNCTION n() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM t'"),
            ("create_function_body", "CREATE FUNCTION n() RETURNS bigint LANGUAGE sql RETURN (SELECT count(*) FROM t)"),
            (
                "replace_function",
                "CREATE OR REPLACE FUNCTION plpg(int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 2; END'",
            ),
            ("alter_function", "ALTER FUNCTION plpg(int) SET search_path = pg_catalog"),
            ("rename_function", "ALTER FUNCTION plpg(int) RENAME TO other"),
            ("owner_function", "ALTER FUNCTION plpg(int) OWNER TO predicted_owner"),
            ("schema_function", "ALTER FUNCTION plpg(int) SET SCHEMA f2"),
            ("drop_function", "DROP FUNCTION plpg(int)"),
            ("drop_procedure", "DROP PROCEDURE proc"),
            ("drop_aggregate", "DROP AGGREGATE agg(int)"),
            ("drop_routine", "DROP ROUTINE sql_body(int)"),
            ("comment_function", "COMMENT ON FUNCTION plpg(int) IS 'x'"),
            ("grant_function", "GRANT EXECUTE ON FUNCTION plpg(int) TO PUBLIC"),
            ("create_enum", "CREATE TYPE n AS ENUM ('a', 'b')"),
            ("create_composite", "CREATE TYPE n AS (x int, y text)"),
            ("create_range", "CREATE TYPE n AS RANGE (subtype = int)"),
            ("create_domain", "CREATE DOMAIN n AS int CHECK (VALUE > 0)"),
            ("create_collation", "CREATE COLLATION n FROM \"C\""),
            ("drop_collation", "DROP COLLATION coll"),
            ("create_cast", "CREATE CAST (mood AS int) WITH INOUT"),
            ("create_operator", "CREATE OPERATOR @#@ (LEFTARG = int, RIGHTARG = int, FUNCTION = int4pl)"),
            ("create_aggregate", "CREATE AGGREGATE n(int) (SFUNC = int4pl, STYPE = int)"),
            ("text_search", "CREATE TEXT SEARCH CONFIGURATION n (COPY = simple)"),
            ("extension_if_not_exists", "CREATE EXTENSION IF NOT EXISTS plpgsql"),
            ("set", "SET LOCAL lock_timeout = '1s'"),
            ("role", "ALTER ROLE predicted_owner SET work_mem = '5MB'"),
            ("database_setting", "COMMENT ON ROLE predicted_owner IS 'x'"),
        ],
    );
    f
}

/// Without CASCADE: the server refuses what others depend on, and takes it where nothing does.
fn dependents() -> Fixture {
    let mut f = Fixture::new(
        "dependents",
        r"
        CREATE SCHEMA f3;
        CREATE TABLE f3.inside (id int);
        CREATE TABLE a (id int PRIMARY KEY, u int UNIQUE, v text, g int GENERATED ALWAYS AS (u + 1) STORED, free int,
            src int, made int GENERATED ALWAYS AS (src + 1) STORED);
        CREATE TABLE refers (id int REFERENCES a, u int REFERENCES a (u));
        CREATE TABLE par (id int, x int);
        CREATE TABLE kid () INHERITS (par);
        CREATE TABLE p (id int) PARTITION BY RANGE (id);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE VIEW v AS SELECT id, v FROM a;
        CREATE VIEW vv AS SELECT id FROM v;
        CREATE MATERIALIZED VIEW m AS SELECT x FROM par;
        CREATE SEQUENCE s;
        CREATE TABLE draws (id int DEFAULT nextval('s'));
        CREATE TABLE has_serial (id serial);
        CREATE TYPE mood AS ENUM ('ok');
        CREATE TYPE unused AS ENUM ('ok');
        CREATE DOMAIN dom AS int;
        CREATE TYPE comp AS (x int);
        CREATE TABLE uses (m mood, d dom, c comp);
        CREATE FUNCTION in_default() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
        CREATE FUNCTION in_check(int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
        CREATE FUNCTION in_index(int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 1; END';
        CREATE FUNCTION in_view() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
        CREATE FUNCTION in_policy(int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN true; END';
        CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
        CREATE TABLE calls (id int DEFAULT in_default(), k int CHECK (in_check(k)));
        CREATE INDEX calls_k ON calls (in_index(k));
        CREATE TRIGGER tr BEFORE INSERT ON calls FOR EACH ROW EXECUTE FUNCTION trg();
        CREATE POLICY pol ON calls USING (in_policy(k));
        CREATE VIEW v_calls AS SELECT in_view() AS x;
        ",
    );
    for (variant, sql) in [
        ("parent", "DROP TABLE par"),
        ("referenced", "DROP TABLE a"),
        ("view_of_view", "DROP VIEW v"),
        ("sequence_of_default", "DROP SEQUENCE s"),
        ("sequence_of_serial", "DROP SEQUENCE has_serial_id_seq"),
        ("enum", "DROP TYPE mood"),
        ("domain", "DROP DOMAIN dom"),
        ("composite", "DROP TYPE comp"),
        ("schema", "DROP SCHEMA f3"),
        ("function_default", "DROP FUNCTION in_default()"),
        ("function_check", "DROP FUNCTION in_check(int)"),
        ("function_index", "DROP FUNCTION in_index(int)"),
        ("function_view", "DROP FUNCTION in_view()"),
        ("function_policy", "DROP FUNCTION in_policy(int)"),
        ("function_trigger", "DROP FUNCTION trg()"),
        ("column_of_view", "ALTER TABLE a DROP COLUMN v"),
        ("column_of_matview", "ALTER TABLE par DROP COLUMN x"),
        ("column_of_generated", "ALTER TABLE a DROP COLUMN src"),
        ("column_of_key", "ALTER TABLE a DROP COLUMN u"),
        ("unique_of_key", "ALTER TABLE a DROP CONSTRAINT a_u_key"),
        ("index_of_constraint", "DROP INDEX a_pkey"),
        ("index_of_key", "DROP INDEX a_u_key"),
    ] {
        f.add(format!("dependents_refused/without_cascade/{variant}"), sql).refused();
    }
    for (variant, sql) in [
        ("child", "DROP TABLE kid"),
        ("parent_and_child", "DROP TABLE par, kid CASCADE"),
        ("partitioned", "DROP TABLE p"),
        ("partition", "DROP TABLE p1"),
        ("referencing", "DROP TABLE refers"),
        ("column_free", "ALTER TABLE a DROP COLUMN free"),
        ("column_generated", "ALTER TABLE a DROP COLUMN g"),
        ("both_views", "DROP VIEW v, vv"),
        ("serial_table", "DROP TABLE has_serial"),
        ("default_and_table", "DROP TABLE draws"),
        ("unused_enum", "DROP TYPE unused"),
        ("matview", "DROP MATERIALIZED VIEW m"),
        ("generated_before_its_source", "ALTER TABLE a DROP COLUMN made, DROP COLUMN src"),
        ("parent_with_children_named", "DROP TABLE kid, par CASCADE"),
    ] {
        f.add(format!("drop_other/free/{variant}"), sql);
    }
    f
}

/// Forms that run outside of transaction blocks.
fn many() -> Fixture {
    let mut f = Fixture::new(
        "many",
        r"
        CREATE TABLE lonely (id int PRIMARY KEY, w text);
        CREATE INDEX lonely_w ON lonely (w);
        CREATE TABLE second (id int);
        CREATE INDEX second_id ON second (id);
        CREATE TABLE p (id int PRIMARY KEY, k int) PARTITION BY RANGE (id);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id);
        CREATE TABLE p21 PARTITION OF p2 FOR VALUES FROM (10) TO (20);
        CREATE TABLE par (id int);
        CREATE TABLE kid () INHERITS (par);
        CREATE MATERIALIZED VIEW m AS SELECT 1 AS x;
        CREATE UNIQUE INDEX m_x ON m (x);
        INSERT INTO lonely SELECT i, i FROM generate_series(1, 30) i;
        INSERT INTO second SELECT generate_series(1, 30);
        INSERT INTO p SELECT i, i FROM generate_series(0, 19) i;
        ",
    );
    for (name, sql) in [
        ("vacuum_full/table", "VACUUM FULL lonely"),
        ("vacuum_full/two", "VACUUM (FULL, ANALYZE) lonely, second"),
        ("vacuum_full/partitioned", "VACUUM FULL p"),
        ("vacuum_full/partition", "VACUUM FULL p1"),
        ("vacuum_full/matview", "VACUUM FULL m"),
        ("vacuum_full/partitioned_below", "VACUUM FULL p2, lonely"),
        ("vacuum_full/child", "VACUUM FULL kid"),
        ("vacuum_full/parent", "VACUUM FULL par"),
        ("cluster/partitioned_alone", "CLUSTER p USING p_pkey"),
        ("reindex/schema", "REINDEX SCHEMA f"),
        ("reindex/schema_concurrently", "REINDEX SCHEMA CONCURRENTLY f"),
        ("reindex/concurrently/tablespace", "REINDEX (CONCURRENTLY, TABLESPACE predicted) INDEX lonely_w"),
        ("reindex/concurrently/matview", "REINDEX TABLE CONCURRENTLY m"),
        ("reindex/table/partitioned_tablespace", "REINDEX (TABLESPACE predicted) TABLE p"),
    ] {
        f.add(name, sql).alone();
    }
    f.add("vacuum_full/parent_only", "VACUUM (FULL) ONLY par").alone().since(18);
    f
}
