//! Shapes of schemas that are rare: diamonds of inheritance, foreign tables, ONLY, names that need quotes.

use crate::case::Fixture;

/// The fixtures.
pub fn fixtures() -> Vec<Fixture> {
    vec![diamond(), foreign(), only(), names(), sequences(), since_18()]
}

fn diamond() -> Fixture {
    let mut f = Fixture::new(
        "diamond",
        r"
        CREATE TABLE top (id int, a int, b varchar(10));
        CREATE TABLE left_side () INHERITS (top);
        CREATE TABLE right_side () INHERITS (top);
        CREATE TABLE bottom () INHERITS (left_side, right_side);
        CREATE TABLE below () INHERITS (bottom);
        CREATE TABLE own (a int, b varchar(10)) INHERITS (top);
        CREATE INDEX bottom_b ON bottom (b);
        INSERT INTO bottom SELECT i, i, i FROM generate_series(1, 20) i;
        INSERT INTO below SELECT i, i, i FROM generate_series(1, 20) i;
        INSERT INTO own SELECT i, i, i FROM generate_series(1, 20) i;
        ALTER TABLE top ADD CONSTRAINT old CHECK (a > 0);
        ",
    );
    f.all(
        "add_column",
        &[
            ("diamond/constant", "ALTER TABLE top ADD x int DEFAULT 5"),
            ("diamond/volatile", "ALTER TABLE top ADD x double precision DEFAULT random()"),
            ("diamond/one_side", "ALTER TABLE left_side ADD x double precision DEFAULT random()"),
        ],
    );
    f.all(
        "drop_column",
        &[
            ("diamond/all", "ALTER TABLE top DROP COLUMN a CASCADE"),
            ("diamond/only", "ALTER TABLE ONLY top DROP COLUMN b"),
        ],
    );
    f.all(
        "add_check",
        &[
            ("diamond/all", "ALTER TABLE top ADD CONSTRAINT new CHECK (a > -1)"),
            ("diamond/one_side", "ALTER TABLE right_side ADD CONSTRAINT new CHECK (a > -1)"),
            ("diamond/unnamed", "ALTER TABLE top ADD CHECK (a > -1)"),
        ],
    );
    f.all(
        "drop_constraint",
        &[
            ("check/diamond", "ALTER TABLE top DROP CONSTRAINT old"),
            ("check/diamond_only", "ALTER TABLE ONLY top DROP CONSTRAINT old"),
        ],
    );
    f.all(
        "set_not_null",
        &[
            ("diamond", "ALTER TABLE top ALTER a SET NOT NULL"),
            ("diamond/one_side", "ALTER TABLE left_side ALTER a SET NOT NULL"),
        ],
    );
    f.all(
        "alter_type",
        &[
            ("diamond/int_to_bigint", "ALTER TABLE top ALTER a TYPE bigint"),
            ("diamond/varchar_to_text", "ALTER TABLE top ALTER b TYPE text"),
        ],
    );
    f.all("drop_table", &[("diamond_bottom", "DROP TABLE below"), ("diamond_cascade", "DROP TABLE left_side CASCADE")]);
    f.all(
        "rename",
        &[
            ("column/diamond", "ALTER TABLE top RENAME a TO x"),
            ("constraint/diamond", "ALTER TABLE top RENAME CONSTRAINT old TO new"),
        ],
    );
    f
}

fn foreign() -> Fixture {
    let mut f = Fixture::new(
        "foreign",
        r"
        DROP FOREIGN DATA WRAPPER IF EXISTS nothing CASCADE;
        CREATE FOREIGN DATA WRAPPER nothing;
        CREATE SERVER nowhere FOREIGN DATA WRAPPER nothing;
        CREATE FOREIGN TABLE ft (id int, a int) SERVER nowhere;
        CREATE TABLE p (id int, k int, a int) PARTITION BY RANGE (k);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE FOREIGN TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20) SERVER nowhere;
        INSERT INTO p SELECT i, i, i FROM generate_series(1, 9) i;
        CREATE FOREIGN TABLE candidate (id int, k int, a int) SERVER nowhere;
        CREATE TABLE par (id int, a int);
        CREATE FOREIGN TABLE kid () INHERITS (par) SERVER nowhere;
        CREATE VIEW v AS SELECT id FROM ft;
        ",
    );
    f.all(
        "add_column",
        &[
            ("foreign", "ALTER FOREIGN TABLE ft ADD x int DEFAULT 5"),
            ("foreign_by_alter_table", "ALTER TABLE ft ADD x int"),
            ("foreign_partition/constant", "ALTER TABLE p ADD x int DEFAULT 5"),
            ("foreign_partition/volatile", "ALTER TABLE p ADD x double precision DEFAULT random()"),
        ],
    );
    f.all(
        "foreign_table",
        &[
            ("alter_type", "ALTER FOREIGN TABLE ft ALTER a TYPE bigint"),
            ("set_not_null", "ALTER FOREIGN TABLE ft ALTER a SET NOT NULL"),
            ("add_check", "ALTER FOREIGN TABLE ft ADD CHECK (a > 0)"),
            ("drop_column", "ALTER FOREIGN TABLE ft DROP COLUMN a"),
            ("options", "ALTER FOREIGN TABLE ft OPTIONS (ADD x '1')"),
            ("owner", "ALTER FOREIGN TABLE ft OWNER TO predicted_owner"),
            ("rename", "ALTER FOREIGN TABLE ft RENAME TO x"),
            ("rename_column", "ALTER FOREIGN TABLE ft RENAME COLUMN a TO x"),
            ("set_schema", "ALTER FOREIGN TABLE ft SET SCHEMA f2"),
            ("drop", "DROP FOREIGN TABLE ft CASCADE"),
            ("drop_if_exists_miss", "DROP FOREIGN TABLE IF EXISTS nope"),
            ("drop_partition", "DROP FOREIGN TABLE p2"),
            ("create", "CREATE FOREIGN TABLE n (id int) SERVER nowhere"),
            ("create_partition", "CREATE FOREIGN TABLE n PARTITION OF p FOR VALUES FROM (20) TO (30) SERVER nowhere"),
            ("attach", "ALTER TABLE p ATTACH PARTITION candidate FOR VALUES FROM (20) TO (30)"),
            ("detach", "ALTER TABLE p DETACH PARTITION p2"),
            ("partitioned_set_not_null", "ALTER TABLE p ALTER a SET NOT NULL"),
            ("partitioned_add_check", "ALTER TABLE p ADD CHECK (a > 0)"),
            ("partitioned_alter_type", "ALTER TABLE p ALTER a TYPE bigint"),
            ("partitioned_create_index", "CREATE INDEX n ON p (a)"),
            ("inherited_add_check", "ALTER TABLE par ADD CHECK (a > 0)"),
            ("inherited_add_column", "ALTER TABLE par ADD x double precision DEFAULT random()"),
            ("inherited_alter_type", "ALTER TABLE par ALTER a TYPE bigint"),
        ],
    );
    f
}

fn only() -> Fixture {
    let mut f = Fixture::new(
        "only",
        r"
        CREATE TABLE far (id int PRIMARY KEY);
        CREATE TABLE p (id int NOT NULL, k int NOT NULL, v text) PARTITION BY RANGE (k);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE TABLE p2 PARTITION OF p DEFAULT;
        INSERT INTO p SELECT i, i, i FROM generate_series(1, 20) i;
        CREATE TABLE par (id int NOT NULL, a int);
        CREATE TABLE kid () INHERITS (par);
        INSERT INTO par VALUES (1, 1);
        ",
    );
    f.all(
        "only",
        &[
            ("partitioned/primary_key", "ALTER TABLE ONLY p ADD PRIMARY KEY (k, id)"),
            ("partitioned/unique", "ALTER TABLE ONLY p ADD UNIQUE (k, id)"),
            ("partitioned/create_unique_index", "CREATE UNIQUE INDEX n ON ONLY p (k, id)"),
            ("partitioned/set_default", "ALTER TABLE ONLY p ALTER v SET DEFAULT 'x'"),
            ("partitioned/rename", "ALTER TABLE ONLY p RENAME TO x"),
            ("partitioned/options", "ALTER TABLE ONLY p ALTER v SET STATISTICS 10"),
            ("inherited/unique", "ALTER TABLE ONLY par ADD UNIQUE (id)"),
            ("inherited/check_no_inherit", "ALTER TABLE ONLY par ADD CHECK (a > 0) NO INHERIT"),
            ("inherited/foreign_key", "ALTER TABLE ONLY par ADD FOREIGN KEY (a) REFERENCES far NOT VALID"),
            ("inherited/set_default", "ALTER TABLE ONLY par ALTER a SET DEFAULT 5"),
            ("inherited/drop_not_null", "ALTER TABLE ONLY par ALTER id DROP NOT NULL"),
            ("inherited/create_index", "CREATE INDEX n ON ONLY par (a)"),
        ],
    );
    f
}

fn names() -> Fixture {
    let mut f = Fixture::new(
        "names",
        r#"
        CREATE TABLE "Big Table" ("Id" int PRIMARY KEY, "order" varchar(10), "ü" int);
        CREATE INDEX "An Index" ON "Big Table" ("order");
        CREATE TABLE "sel""ect" (id int REFERENCES "Big Table");
        INSERT INTO "Big Table" VALUES (1, 'a', 1);
        CREATE TABLE f2.elsewhere (id int PRIMARY KEY);
        CREATE TABLE f2.shadowed (a int);
        CREATE TABLE shadowed (a varchar(10));
        "#,
    );
    f.all(
        "names",
        &[
            ("alter_type", "ALTER TABLE \"Big Table\" ALTER \"order\" TYPE text COLLATE \"C\""),
            ("set_not_null", "ALTER TABLE f.\"Big Table\" ALTER \"ü\" SET NOT NULL"),
            ("add_check", "ALTER TABLE \"Big Table\" ADD CHECK (\"ü\" > 0)"),
            ("drop_index", "DROP INDEX \"An Index\""),
            ("drop_column", "ALTER TABLE \"Big Table\" DROP COLUMN \"Id\" CASCADE"),
            ("drop_table", "DROP TABLE \"sel\"\"ect\", \"Big Table\""),
            ("reindex", "REINDEX INDEX f.\"An Index\""),
            (
                "references_qualified",
                "ALTER TABLE \"sel\"\"ect\" ADD FOREIGN KEY (id) REFERENCES f2.elsewhere NOT VALID",
            ),
            ("shadowed_by_path", "ALTER TABLE shadowed ALTER a TYPE text"),
            ("qualified", "ALTER TABLE f2.shadowed ALTER a TYPE bigint"),
            ("with_database", "ALTER TABLE IF EXISTS f2.shadowed ADD x int DEFAULT 4"),
        ],
    );
    f
}

/// Sequences that belong to columns whose type changes.
fn sequences() -> Fixture {
    let mut f = Fixture::new(
        "sequences",
        r"
        CREATE TABLE t (id serial PRIMARY KEY, i int GENERATED ALWAYS AS IDENTITY, s smallserial);
        INSERT INTO t DEFAULT VALUES;
        CREATE TABLE near (t_id int REFERENCES t);
        INSERT INTO near VALUES (1);
        CREATE TABLE u (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY, a int);
        ",
    );
    f.all(
        "alter_type",
        &[
            ("serial_to_bigint", "ALTER TABLE t ALTER id TYPE bigint"),
            ("identity_to_bigint", "ALTER TABLE t ALTER i TYPE bigint"),
            ("identity_same", "ALTER TABLE t ALTER i TYPE int"),
            ("smallserial_to_int", "ALTER TABLE t ALTER s TYPE int"),
            ("identity_bigint_to_numeric_dropped_identity", "ALTER TABLE u ALTER a TYPE bigint"),
        ],
    );
    f.all(
        "other_alter_table",
        &[
            ("serial_drop_default", "ALTER TABLE t ALTER id DROP DEFAULT"),
            ("restart_identity", "ALTER TABLE t ALTER i RESTART WITH 100"),
            ("identity_set_not_null", "ALTER TABLE t ALTER i SET NOT NULL"),
            ("add_identity_plain", "ALTER TABLE u ALTER a SET NOT NULL, ALTER a ADD GENERATED ALWAYS AS IDENTITY"),
        ],
    );
    f.all(
        "drop_other",
        &[("table_with_identity", "DROP TABLE u"), ("sequence_of_default_cascade", "DROP SEQUENCE t_s_seq CASCADE")],
    );
    f
}

/// What 18 brought: NOT NULL constraints with names and NOT VALID, virtual columns, NOT ENFORCED.
fn since_18() -> Fixture {
    let mut f = Fixture::new(
        "since_18",
        r"
        CREATE TABLE far (id int PRIMARY KEY);
        INSERT INTO far SELECT generate_series(1, 20);
        CREATE TABLE t (id int, a int, b int, c int, proved int, v int GENERATED ALWAYS AS (a + 1) VIRTUAL,
            w varchar(10), x varchar(20) GENERATED ALWAYS AS (w || 'x') VIRTUAL,
            CONSTRAINT there CHECK (proved IS NOT NULL), CONSTRAINT a_there NOT NULL a);
        ALTER TABLE t ADD CONSTRAINT b_later NOT NULL b NOT VALID;
        ALTER TABLE t ADD CONSTRAINT proved_later NOT NULL proved NOT VALID;
        ALTER TABLE t ADD CONSTRAINT off CHECK (a > 0) NOT ENFORCED;
        ALTER TABLE t ADD CONSTRAINT fk_off FOREIGN KEY (c) REFERENCES far NOT ENFORCED;
        ALTER TABLE t ADD CONSTRAINT fk_on FOREIGN KEY (a) REFERENCES far;
        CREATE INDEX t_w ON t (w);
        INSERT INTO t (id, a, b, c, proved, w) SELECT i, i, i, i, i, i FROM generate_series(1, 20) i;
        CREATE TABLE par (id int, a int, b int, CONSTRAINT a_own NOT NULL a NO INHERIT);
        CREATE TABLE kid () INHERITS (par);
        CREATE TABLE grandkid () INHERITS (kid);
        ALTER TABLE par ADD CONSTRAINT b_later NOT NULL b NOT VALID;
        ALTER TABLE kid ADD CONSTRAINT id_kid NOT NULL id;
        INSERT INTO kid SELECT i, i, i FROM generate_series(1, 20) i;
        INSERT INTO grandkid SELECT i, i, i FROM generate_series(1, 20) i;
        CREATE TABLE p (id int, k int, a int, c int, v int GENERATED ALWAYS AS (a * 2) VIRTUAL) PARTITION BY RANGE (k);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE TABLE p2 PARTITION OF p DEFAULT PARTITION BY LIST (id);
        CREATE TABLE p21 PARTITION OF p2 DEFAULT;
        ALTER TABLE p ADD CONSTRAINT a_later NOT NULL a NOT VALID;
        ALTER TABLE p ADD CONSTRAINT fk_later FOREIGN KEY (c) REFERENCES far NOT VALID;
        CREATE TABLE pfar (id int PRIMARY KEY) PARTITION BY RANGE (id);
        CREATE TABLE pfar1 PARTITION OF pfar FOR VALUES FROM (0) TO (10);
        CREATE TABLE pfar2 PARTITION OF pfar DEFAULT;
        INSERT INTO pfar SELECT generate_series(1, 20);
        ALTER TABLE p ADD CONSTRAINT fk_off FOREIGN KEY (a) REFERENCES pfar NOT ENFORCED;
        ALTER TABLE p ADD CONSTRAINT fk_later_p FOREIGN KEY (c) REFERENCES pfar NOT VALID;
        ALTER TABLE p1 ADD CONSTRAINT id_p1 NOT NULL id;
        INSERT INTO p SELECT i, i, i, i FROM generate_series(1, 20) i;
        ",
    );
    f.since = 18;
    f.all(
        "since_18",
        &[
            ("set_not_null/not_valid", "ALTER TABLE t ALTER b SET NOT NULL"),
            ("set_not_null/not_valid_proved", "ALTER TABLE t ALTER proved SET NOT NULL"),
            ("set_not_null/there", "ALTER TABLE t ALTER a SET NOT NULL"),
            ("set_not_null/virtual", "ALTER TABLE t ALTER v SET NOT NULL"),
            ("set_not_null/inherited_not_valid", "ALTER TABLE par ALTER b SET NOT NULL"),
            ("set_not_null/inherited_child_has_it", "ALTER TABLE par ALTER id SET NOT NULL"),
            ("set_not_null/partitioned_not_valid", "ALTER TABLE p ALTER a SET NOT NULL"),
            ("set_not_null/partitioned_child_has_it", "ALTER TABLE p ALTER id SET NOT NULL"),
            ("set_not_null/partitioned_virtual", "ALTER TABLE p ALTER v SET NOT NULL"),
            ("drop_not_null/named", "ALTER TABLE t ALTER a DROP NOT NULL"),
            ("drop_not_null/not_valid", "ALTER TABLE t ALTER b DROP NOT NULL"),
            ("drop_not_null/inherited", "ALTER TABLE par ALTER b DROP NOT NULL"),
            ("drop_not_null/inherited_no_inherit", "ALTER TABLE par ALTER a DROP NOT NULL"),
            ("drop_not_null/child_own", "ALTER TABLE kid ALTER id DROP NOT NULL"),
            ("drop_constraint/not_null", "ALTER TABLE t DROP CONSTRAINT a_there"),
            ("drop_constraint/not_null_inherited", "ALTER TABLE par DROP CONSTRAINT b_later"),
            ("drop_constraint/not_null_no_inherit", "ALTER TABLE par DROP CONSTRAINT a_own"),
            ("drop_constraint/not_null_partitioned", "ALTER TABLE p DROP CONSTRAINT a_later"),
            ("drop_constraint/not_enforced", "ALTER TABLE t DROP CONSTRAINT off"),
            ("drop_constraint/foreign_key_not_enforced", "ALTER TABLE t DROP CONSTRAINT fk_off"),
            ("validate/not_null", "ALTER TABLE t VALIDATE CONSTRAINT b_later"),
            ("validate/not_null_proved", "ALTER TABLE t VALIDATE CONSTRAINT proved_later"),
            ("validate/not_null_inherited", "ALTER TABLE par VALIDATE CONSTRAINT b_later"),
            ("validate/not_null_partitioned", "ALTER TABLE p VALIDATE CONSTRAINT a_later"),
            ("validate/foreign_key_partitioned", "ALTER TABLE p VALIDATE CONSTRAINT fk_later"),
            ("rename_constraint/not_null", "ALTER TABLE t RENAME CONSTRAINT a_there TO x"),
            ("rename_constraint/not_null_inherited", "ALTER TABLE par RENAME CONSTRAINT b_later TO x"),
            ("alter_constraint/foreign_key_enforced", "ALTER TABLE t ALTER CONSTRAINT fk_off ENFORCED"),
            ("alter_constraint/foreign_key_enforced_partitioned", "ALTER TABLE p ALTER CONSTRAINT fk_off ENFORCED"),
            ("validate/foreign_key_partitioned_both", "ALTER TABLE p VALIDATE CONSTRAINT fk_later_p"),
            ("alter_constraint/foreign_key_not_enforced", "ALTER TABLE t ALTER CONSTRAINT fk_on NOT ENFORCED"),
            ("alter_constraint/foreign_key_deferrable", "ALTER TABLE t ALTER CONSTRAINT fk_on DEFERRABLE"),
            ("alter_constraint/not_null_inherit", "ALTER TABLE par ALTER CONSTRAINT a_own INHERIT"),
            ("alter_constraint/not_null_no_inherit", "ALTER TABLE par ALTER CONSTRAINT b_later NO INHERIT"),
            ("alter_type/virtual", "ALTER TABLE t ALTER v TYPE bigint"),
            ("alter_type/virtual_varchar", "ALTER TABLE t ALTER x TYPE text"),
            ("alter_type/beside_virtual", "ALTER TABLE t ALTER id TYPE bigint"),
            ("set_expression/virtual", "ALTER TABLE p ALTER v SET EXPRESSION AS (a * 3)"),
            ("add_check/on_virtual", "ALTER TABLE t ADD CHECK (v > 0)"),
            ("drop_column/virtual", "ALTER TABLE t DROP COLUMN v"),
            ("add_primary_key/child_has_not_null", "ALTER TABLE par ADD PRIMARY KEY (id)"),
            ("add_primary_key/partitioned_child_has_not_null", "ALTER TABLE p ADD PRIMARY KEY (id, k)"),
            (
                "add_foreign_key/from_partitioned_not_valid",
                "ALTER TABLE p ADD FOREIGN KEY (k) REFERENCES far NOT VALID",
            ),
            ("add_unique/partitioned", "ALTER TABLE p ADD UNIQUE (id, k)"),
            ("only/add_not_null_no_inherit", "ALTER TABLE ONLY par ADD CONSTRAINT n NOT NULL id NO INHERIT"),
        ],
    );
    f
}
