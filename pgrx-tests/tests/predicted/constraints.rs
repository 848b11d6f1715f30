//! ADD, VALIDATE CONSTRAINT, and sub-commands that act on one another.

use crate::case::Fixture;

/// The fixtures.
pub fn fixtures() -> Vec<Fixture> {
    vec![
        checks(),
        index_constraints(),
        foreign_keys(),
        together(),
        at_once(),
        keys_of_partitions("keys_of_partitions", 15, KEYS),
        keys_of_partitions("keys_of_partitions_18", 18, KEYS_18),
        dropped_together(),
        not_enforced(),
        not_null_of_keys(),
    ]
}

fn checks() -> Fixture {
    let mut f = Fixture::new(
        "checks",
        r"
        CREATE TABLE t (id int PRIMARY KEY, a int, b text);
        CREATE TABLE p (id int, a int) PARTITION BY RANGE (id);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20) PARTITION BY LIST (a);
        CREATE TABLE p21 PARTITION OF p2 FOR VALUES IN (1, 2, 3);
        CREATE TABLE p22 PARTITION OF p2 DEFAULT;
        CREATE TABLE pd PARTITION OF p DEFAULT;
        ALTER TABLE p1 ADD CONSTRAINT shared CHECK (a > -1);
        ALTER TABLE p21 ADD CONSTRAINT shared CHECK (a > -1);
        CREATE TABLE par (id int, a int);
        CREATE TABLE kid () INHERITS (par);
        CREATE TABLE grandkid () INHERITS (kid);
        ALTER TABLE kid ADD CONSTRAINT shared CHECK (a > -1);
        ALTER TABLE t ADD CONSTRAINT nv CHECK (a > 0) NOT VALID;
        ALTER TABLE t ADD CONSTRAINT v CHECK (a > -5);
        ALTER TABLE p ADD CONSTRAINT nv CHECK (a > -2) NOT VALID;
        ALTER TABLE par ADD CONSTRAINT nv CHECK (a > -2) NOT VALID;
        ALTER TABLE ONLY par ADD CONSTRAINT nv_own CHECK (a > -3) NO INHERIT NOT VALID;
        INSERT INTO t SELECT i, i, i FROM generate_series(1, 20) i;
        INSERT INTO p SELECT i, i FROM generate_series(1, 30) i;
        INSERT INTO par SELECT i, i FROM generate_series(1, 30) i;
        INSERT INTO kid SELECT i, i FROM generate_series(1, 30) i;
        CREATE TABLE empty (a int);
        ",
    );
    for (table, label) in [
        ("t", "table"),
        ("p", "partitioned"),
        ("par", "inherited"),
        ("empty", "empty"),
        ("p1", "partition"),
        ("kid", "child"),
    ] {
        f.add(format!("add_check/plain/{label}"), format!("ALTER TABLE {table} ADD CHECK (a > -10)"));
        f.add(format!("add_check/named/{label}"), format!("ALTER TABLE {table} ADD CONSTRAINT c CHECK (a > -10)"));
        f.add(format!("add_check/not_valid/{label}"), format!("ALTER TABLE {table} ADD CHECK (a > -10) NOT VALID"));
        f.add(format!("add_check/constant/{label}"), format!("ALTER TABLE {table} ADD CHECK (true)"));
        f.add(
            format!("add_check/not_enforced/{label}"),
            format!("ALTER TABLE {table} ADD CHECK (a > 99) NOT ENFORCED"),
        )
        .since(18);
    }
    f.all(
        "add_check",
        &[
            ("no_inherit/table", "ALTER TABLE t ADD CHECK (a > -10) NO INHERIT"),
            ("no_inherit/inherited", "ALTER TABLE par ADD CHECK (a > -10) NO INHERIT"),
            ("no_inherit_not_valid/inherited", "ALTER TABLE par ADD CHECK (a > -10) NO INHERIT NOT VALID"),
            ("merged/partitioned", "ALTER TABLE p ADD CONSTRAINT shared CHECK (a > -1)"),
            ("merged/inherited", "ALTER TABLE par ADD CONSTRAINT shared CHECK (a > -1)"),
            ("two/table", "ALTER TABLE t ADD CHECK (a > -10), ADD CHECK (id > 0)"),
            ("with_not_valid/table", "ALTER TABLE t ADD CHECK (a > -10), ADD CHECK (id > 0) NOT VALID"),
        ],
    );
    f.all(
        "validate",
        &[
            ("check", "ALTER TABLE t VALIDATE CONSTRAINT nv"),
            ("check_valid_already", "ALTER TABLE t VALIDATE CONSTRAINT v"),
            ("check/partitioned", "ALTER TABLE p VALIDATE CONSTRAINT nv"),
            ("check/inherited", "ALTER TABLE par VALIDATE CONSTRAINT nv"),
            ("check/no_inherit", "ALTER TABLE par VALIDATE CONSTRAINT nv_own"),
        ],
    );
    f.add("validate/check/partition", "ALTER TABLE p1 VALIDATE CONSTRAINT nv");
    f.all(
        "drop_constraint",
        &[
            ("check/partitioned", "ALTER TABLE p DROP CONSTRAINT nv"),
            ("check/inherited", "ALTER TABLE par DROP CONSTRAINT nv"),
            ("check/inherited_only", "ALTER TABLE ONLY par DROP CONSTRAINT nv"),
            ("check/no_inherit", "ALTER TABLE par DROP CONSTRAINT nv_own"),
            ("check/child_own", "ALTER TABLE kid DROP CONSTRAINT shared"),
        ],
    );
    f.all(
        "rename_constraint",
        &[
            ("check", "ALTER TABLE t RENAME CONSTRAINT v TO vv"),
            ("primary_key", "ALTER TABLE t RENAME CONSTRAINT t_pkey TO pk"),
            ("check/partitioned", "ALTER TABLE p RENAME CONSTRAINT nv TO vv"),
            ("check/inherited", "ALTER TABLE par RENAME CONSTRAINT nv TO vv"),
            ("check/no_inherit", "ALTER TABLE par RENAME CONSTRAINT nv_own TO vv"),
        ],
    );
    f
}

fn index_constraints() -> Fixture {
    let mut f = Fixture::new(
        "index_constraints",
        r#"
        CREATE TABLE t (id int NOT NULL, a int, b text, n int, d int, CONSTRAINT n_there CHECK (n IS NOT NULL));
        CREATE UNIQUE INDEX t_id ON t (id);
        CREATE UNIQUE INDEX t_a ON t (a);
        CREATE UNIQUE INDEX t_n ON t (n);
        CREATE UNIQUE INDEX t_invalid ON t (id, d);
        UPDATE pg_index SET indisvalid = false WHERE indexrelid = 't_invalid'::regclass;
        CREATE INDEX t_plain ON t (a);
        CREATE UNIQUE INDEX t_partial ON t (a) WHERE a > 0;
        CREATE UNIQUE INDEX t_expr ON t (lower(b));
        CREATE UNIQUE INDEX t_desc ON t (a DESC);
        CREATE UNIQUE INDEX t_nulls ON t (a NULLS FIRST);
        CREATE UNIQUE INDEX t_opclass ON t (b text_pattern_ops);
        CREATE UNIQUE INDEX t_collate ON t (b COLLATE "C");
        CREATE UNIQUE INDEX t_collate_same ON t (b COLLATE "default");
        CREATE UNIQUE INDEX t_nnd ON t (a) NULLS NOT DISTINCT;
        CREATE UNIQUE INDEX t_incl ON t (id) INCLUDE (b);
        CREATE UNIQUE INDEX t_two ON t (id, a);
        ALTER TABLE t ADD CONSTRAINT t_used UNIQUE (d);
        CREATE TABLE child () INHERITS (t);
        CREATE TABLE lone (id int NOT NULL, a int, b int);
        CREATE UNIQUE INDEX lone_id ON lone (id);
        CREATE UNIQUE INDEX lone_a ON lone (a);
        CREATE UNIQUE INDEX lone_ba ON lone (b, a);
        CREATE TABLE p (id int, k int, v int, proved int NOT NULL) PARTITION BY RANGE (k);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20) PARTITION BY LIST (id);
        CREATE TABLE p21 PARTITION OF p2 FOR VALUES IN (1, 2, 3);
        CREATE TABLE p22 PARTITION OF p2 DEFAULT;
        CREATE TABLE pd PARTITION OF p DEFAULT;
        ALTER TABLE p1 ADD UNIQUE (k, id, v);
        ALTER TABLE p21 ADD UNIQUE (k, id, v);
        CREATE UNIQUE INDEX pd_index ON pd (k, id, v);
        CREATE UNIQUE INDEX p_id ON p (k, id);
        ALTER TABLE pd ADD CHECK (v IS NOT NULL);
        CREATE TABLE nn (id int NOT NULL, k int NOT NULL) PARTITION BY RANGE (k);
        CREATE TABLE nn1 PARTITION OF nn FOR VALUES FROM (0) TO (10);
        CREATE TABLE nn2 PARTITION OF nn DEFAULT PARTITION BY LIST (k);
        CREATE TABLE nn21 PARTITION OF nn2 DEFAULT;
        ALTER TABLE nn2 ADD PRIMARY KEY (k, id);
        INSERT INTO nn SELECT i, i FROM generate_series(1, 20) i;
        INSERT INTO t SELECT i, i, i, i, i FROM generate_series(1, 20) i;
        INSERT INTO lone SELECT i, i, i FROM generate_series(1, 20) i;
        INSERT INTO p SELECT i, i, i, i FROM generate_series(1, 30) i;
        INSERT INTO child SELECT i, i, i, i, i FROM generate_series(1, 20) i;
        "#,
    );
    f.all(
        "add_unique",
        &[
            ("plain", "ALTER TABLE t ADD UNIQUE (a)"),
            ("named", "ALTER TABLE t ADD CONSTRAINT u UNIQUE (a, b)"),
            ("include", "ALTER TABLE t ADD UNIQUE (a) INCLUDE (b)"),
            ("nulls_not_distinct", "ALTER TABLE t ADD UNIQUE NULLS NOT DISTINCT (a)"),
            ("deferrable", "ALTER TABLE t ADD UNIQUE (a) DEFERRABLE INITIALLY DEFERRED"),
            ("two", "ALTER TABLE t ADD UNIQUE (a), ADD UNIQUE (b)"),
            ("lone", "ALTER TABLE lone ADD UNIQUE (a)"),
            ("partitioned", "ALTER TABLE p ADD UNIQUE (k, id)"),
            ("partitioned/there_on_some", "ALTER TABLE p ADD UNIQUE (k, id, v)"),
            ("partition", "ALTER TABLE p1 ADD UNIQUE (v)"),
            ("using_index", "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX t_a"),
            ("using_index_same_name", "ALTER TABLE t ADD UNIQUE USING INDEX t_a"),
            ("using_index_nulls_not_distinct", "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX t_nnd"),
            ("using_index_include", "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX t_incl"),
            ("using_index_deferrable", "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX t_two DEFERRABLE"),
            ("using_index_collation_same", "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX t_collate_same"),
        ],
    );
    for (variant, sql) in [
        ("invalid", "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX t_invalid"),
        ("not_unique", "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX t_plain"),
        ("partial", "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX t_partial"),
        ("expression", "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX t_expr"),
        ("descending", "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX t_desc"),
        ("nulls_first", "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX t_nulls"),
        ("opclass", "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX t_opclass"),
        ("collation", "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX t_collate"),
        ("used", "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX t_used"),
        ("missing", "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX nope"),
        ("other_table", "ALTER TABLE t ADD CONSTRAINT u UNIQUE USING INDEX lone_id"),
        ("partitioned", "ALTER TABLE p ADD CONSTRAINT u UNIQUE USING INDEX p_id"),
    ] {
        f.add(format!("add_unique/using_index_refused/{variant}"), sql).refused();
    }
    // A UNIQUE NULLS NOT DISTINCT index cannot be a primary key (16 and later say so).
    f.add("add_primary_key/using_index_nulls_not_distinct/until_15", "ALTER TABLE t ADD PRIMARY KEY USING INDEX t_nnd")
        .until(15);
    f.add("add_primary_key/using_index_refused/nulls_not_distinct", "ALTER TABLE t ADD PRIMARY KEY USING INDEX t_nnd")
        .since(16)
        .refused();
    f.add("add_primary_key/using_index_refused/partial", "ALTER TABLE t ADD PRIMARY KEY USING INDEX t_partial")
        .refused();
    f.add("add_primary_key/using_index_refused/invalid", "ALTER TABLE t ADD PRIMARY KEY USING INDEX t_invalid")
        .refused();
    f.all(
        "add_primary_key",
        &[
            ("not_null", "ALTER TABLE t ADD PRIMARY KEY (id)"),
            ("nullable", "ALTER TABLE t ADD PRIMARY KEY (a)"),
            ("proved", "ALTER TABLE t ADD PRIMARY KEY (n)"),
            ("two", "ALTER TABLE t ADD PRIMARY KEY (id, a)"),
            ("lone/not_null", "ALTER TABLE lone ADD PRIMARY KEY (id)"),
            ("lone/nullable", "ALTER TABLE lone ADD PRIMARY KEY (a)"),
            ("lone/nullable_set_not_null", "ALTER TABLE lone ALTER a SET NOT NULL, ADD PRIMARY KEY (a)"),
            ("lone/using_index", "ALTER TABLE lone ADD PRIMARY KEY USING INDEX lone_id"),
            ("lone/using_index_nullable", "ALTER TABLE lone ADD PRIMARY KEY USING INDEX lone_a"),
            ("lone/using_index_two_nullable", "ALTER TABLE lone ADD CONSTRAINT pk PRIMARY KEY USING INDEX lone_ba"),
            ("using_index", "ALTER TABLE t ADD PRIMARY KEY USING INDEX t_id"),
            ("using_index_nullable", "ALTER TABLE t ADD PRIMARY KEY USING INDEX t_a"),
            ("using_index_proved", "ALTER TABLE t ADD PRIMARY KEY USING INDEX t_n"),
            ("partitioned/nullable", "ALTER TABLE p ADD PRIMARY KEY (k, id)"),
            ("partitioned/there_on_some", "ALTER TABLE p ADD PRIMARY KEY (k, id, v)"),
            ("partitioned/not_null", "ALTER TABLE p ADD PRIMARY KEY (k, id, proved)"),
            ("partition", "ALTER TABLE p1 ADD PRIMARY KEY (id)"),
            ("partitioned/all_not_null", "ALTER TABLE nn ADD PRIMARY KEY (k, id)"),
        ],
    );
    f.all(
        "add_exclude",
        &[
            ("hash", "ALTER TABLE t ADD EXCLUDE USING hash (a WITH =)"),
            ("btree", "ALTER TABLE t ADD EXCLUDE USING btree (a WITH =)"),
            ("partial", "ALTER TABLE t ADD EXCLUDE USING btree (a WITH =) WHERE (a > 3)"),
            ("deferrable", "ALTER TABLE t ADD EXCLUDE USING btree (a WITH =) DEFERRABLE"),
        ],
    );
    f.add("add_exclude/partitioned", "ALTER TABLE p ADD EXCLUDE USING btree (k WITH =, id WITH =)").since(17);
    f.all(
        "drop_constraint",
        &[
            ("unique/partition_own", "ALTER TABLE p1 DROP CONSTRAINT p1_k_id_v_key"),
            ("unique/inherited", "ALTER TABLE t DROP CONSTRAINT t_used"),
        ],
    );
    f
}

fn foreign_keys() -> Fixture {
    let mut f = Fixture::new(
        "foreign_keys",
        r"
        CREATE TABLE far (id int PRIMARY KEY, code text UNIQUE);
        CREATE TABLE pfar (id int PRIMARY KEY) PARTITION BY RANGE (id);
        CREATE TABLE pfar1 PARTITION OF pfar FOR VALUES FROM (0) TO (10);
        CREATE TABLE pfar2 PARTITION OF pfar FOR VALUES FROM (10) TO (100) PARTITION BY RANGE (id);
        CREATE TABLE pfar21 PARTITION OF pfar2 FOR VALUES FROM (10) TO (50);
        CREATE TABLE pfar22 PARTITION OF pfar2 DEFAULT;
        CREATE TABLE t (id int PRIMARY KEY, far_id int, code text, up int, pfar_id int);
        CREATE INDEX t_far ON t (far_id);
        CREATE TABLE p (id int, k int, far_id int, pfar_id int) PARTITION BY LIST (k);
        CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
        CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2) PARTITION BY RANGE (id);
        CREATE TABLE p21 PARTITION OF p2 FOR VALUES FROM (0) TO (10);
        CREATE TABLE p22 PARTITION OF p2 DEFAULT;
        CREATE TABLE pd PARTITION OF p DEFAULT;
        CREATE TABLE par (id int, far_id int);
        CREATE TABLE kid () INHERITS (par);
        CREATE TABLE empty (far_id int);
        INSERT INTO far SELECT i, i FROM generate_series(1, 50) i;
        INSERT INTO pfar SELECT i FROM generate_series(1, 50) i;
        INSERT INTO t SELECT i, i, i, i, i FROM generate_series(1, 50) i;
        INSERT INTO p SELECT i, i % 4, i, i FROM generate_series(1, 50) i;
        INSERT INTO par SELECT i, i FROM generate_series(1, 50) i;
        INSERT INTO kid SELECT i, i FROM generate_series(1, 50) i;
        CREATE TABLE later (id int, far_id int, pfar_id int);
        INSERT INTO later SELECT i, i, i FROM generate_series(1, 50) i;
        ALTER TABLE later ADD CONSTRAINT nv FOREIGN KEY (far_id) REFERENCES far NOT VALID;
        ALTER TABLE later ADD CONSTRAINT v FOREIGN KEY (far_id) REFERENCES far;
        ALTER TABLE later ADD CONSTRAINT nv_p FOREIGN KEY (pfar_id) REFERENCES pfar NOT VALID;
        CREATE TABLE part (id int, far_id int REFERENCES far, pfar_id int REFERENCES pfar) PARTITION BY LIST (id);
        CREATE TABLE part1 PARTITION OF part FOR VALUES IN (1);
        CREATE TABLE part2 PARTITION OF part DEFAULT PARTITION BY LIST (id);
        CREATE TABLE part21 PARTITION OF part2 DEFAULT;
        INSERT INTO part SELECT i, i, i FROM generate_series(1, 9) i;
        CREATE TABLE self_later (id int PRIMARY KEY, up int);
        ALTER TABLE self_later ADD CONSTRAINT nv FOREIGN KEY (up) REFERENCES self_later NOT VALID;
        ",
    );
    f.all(
        "add_foreign_key",
        &[
            ("plain", "ALTER TABLE t ADD FOREIGN KEY (far_id) REFERENCES far"),
            ("named_cascade", "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (far_id) REFERENCES far (id) ON DELETE CASCADE ON UPDATE SET NULL"),
            ("deferrable", "ALTER TABLE t ADD FOREIGN KEY (far_id) REFERENCES far DEFERRABLE INITIALLY DEFERRED"),
            ("other_key", "ALTER TABLE t ADD FOREIGN KEY (code) REFERENCES far (code)"),
            ("not_valid", "ALTER TABLE t ADD FOREIGN KEY (far_id) REFERENCES far NOT VALID"),
            ("two", "ALTER TABLE t ADD FOREIGN KEY (far_id) REFERENCES far, ADD FOREIGN KEY (code) REFERENCES far (code)"),
            ("one_not_valid", "ALTER TABLE t ADD FOREIGN KEY (far_id) REFERENCES far, ADD FOREIGN KEY (code) REFERENCES far (code) NOT VALID"),
            ("self", "ALTER TABLE t ADD FOREIGN KEY (up) REFERENCES t"),
            ("self_not_valid", "ALTER TABLE t ADD FOREIGN KEY (up) REFERENCES t NOT VALID"),
            ("empty", "ALTER TABLE empty ADD FOREIGN KEY (far_id) REFERENCES far"),
            ("to_partitioned", "ALTER TABLE t ADD FOREIGN KEY (pfar_id) REFERENCES pfar"),
            ("to_partitioned_not_valid", "ALTER TABLE t ADD FOREIGN KEY (pfar_id) REFERENCES pfar NOT VALID"),
            ("to_partition", "ALTER TABLE t ADD FOREIGN KEY (pfar_id) REFERENCES pfar2 NOT VALID"),
            ("from_partitioned", "ALTER TABLE p ADD FOREIGN KEY (far_id) REFERENCES far"),
            ("from_partitioned_to_partitioned", "ALTER TABLE p ADD FOREIGN KEY (pfar_id) REFERENCES pfar"),
            ("from_partition", "ALTER TABLE p1 ADD FOREIGN KEY (far_id) REFERENCES far"),
            ("from_inherited", "ALTER TABLE par ADD FOREIGN KEY (far_id) REFERENCES far"),
            ("from_child", "ALTER TABLE kid ADD FOREIGN KEY (far_id) REFERENCES far"),
        ],
    );
    f.add(
        "add_foreign_key/from_partitioned_not_valid",
        "ALTER TABLE p ADD FOREIGN KEY (far_id) REFERENCES far NOT VALID",
    )
    .since(18);
    f.add("add_foreign_key/not_enforced", "ALTER TABLE t ADD FOREIGN KEY (far_id) REFERENCES far NOT ENFORCED")
        .since(18);
    f.add(
        "add_foreign_key/from_partitioned_not_enforced",
        "ALTER TABLE p ADD FOREIGN KEY (far_id) REFERENCES far NOT ENFORCED",
    )
    .since(18);
    f.add(
        "add_foreign_key/to_partitioned_not_enforced",
        "ALTER TABLE t ADD FOREIGN KEY (pfar_id) REFERENCES pfar NOT ENFORCED",
    )
    .since(18);
    f.all(
        "validate",
        &[
            ("foreign_key", "ALTER TABLE later VALIDATE CONSTRAINT nv"),
            ("foreign_key_valid_already", "ALTER TABLE later VALIDATE CONSTRAINT v"),
            ("foreign_key_to_partitioned", "ALTER TABLE later VALIDATE CONSTRAINT nv_p"),
            ("foreign_key_self", "ALTER TABLE self_later VALIDATE CONSTRAINT nv"),
        ],
    );
    f.all(
        "drop_constraint",
        &[
            ("foreign_key_not_valid", "ALTER TABLE later DROP CONSTRAINT nv"),
            ("foreign_key_to_partitioned", "ALTER TABLE later DROP CONSTRAINT nv_p"),
            ("foreign_key_self", "ALTER TABLE self_later DROP CONSTRAINT nv"),
            ("foreign_key_from_partitioned", "ALTER TABLE part DROP CONSTRAINT part_far_id_fkey"),
            ("foreign_key_from_partitioned_to_partitioned", "ALTER TABLE part DROP CONSTRAINT part_pfar_id_fkey"),
        ],
    );
    for (variant, sql) in [
        ("not_enforced", "ALTER TABLE part ALTER CONSTRAINT part_far_id_fkey NOT ENFORCED"),
        ("not_enforced_to_partitioned", "ALTER TABLE part ALTER CONSTRAINT part_pfar_id_fkey NOT ENFORCED"),
    ] {
        f.add(format!("since_18/alter_constraint/partitioned_{variant}"), sql).since(18);
    }
    f.all(
        "other_alter_table",
        &[
            ("alter_constraint", "ALTER TABLE later ALTER CONSTRAINT v DEFERRABLE INITIALLY DEFERRED"),
            ("alter_constraint_from_partitioned", "ALTER TABLE part ALTER CONSTRAINT part_far_id_fkey DEFERRABLE"),
            (
                "alter_constraint_from_partitioned_to_partitioned",
                "ALTER TABLE part ALTER CONSTRAINT part_pfar_id_fkey DEFERRABLE",
            ),
            ("alter_constraint_to_partitioned", "ALTER TABLE later ALTER CONSTRAINT nv_p DEFERRABLE"),
            ("disable_triggers_all", "ALTER TABLE later DISABLE TRIGGER ALL"),
        ],
    );
    f
}

/// Sub-commands that act on one another.
fn together() -> Fixture {
    let mut f = Fixture::new(
        "together",
        r"
        CREATE TABLE far (id int PRIMARY KEY);
        CREATE TABLE t (id int PRIMARY KEY, a int, b varchar(10), n int, far_id int REFERENCES far,
            CONSTRAINT positive CHECK (a > 0), CONSTRAINT there CHECK (n IS NOT NULL));
        ALTER TABLE t ADD CONSTRAINT later CHECK (b <> 'x') NOT VALID;
        CREATE INDEX t_b ON t (b);
        INSERT INTO far SELECT generate_series(1, 20);
        INSERT INTO t SELECT i, i, i, i, i FROM generate_series(1, 20) i;
        CREATE TABLE p (id int, a int, far_id int) PARTITION BY RANGE (id);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE TABLE pd PARTITION OF p DEFAULT;
        INSERT INTO p SELECT i, i, i FROM generate_series(1, 20) i;
        ",
    );
    f.all(
        "together",
        &[
            ("add_column_and_foreign_key", "ALTER TABLE t ADD COLUMN x int, ADD FOREIGN KEY (x) REFERENCES far"),
            (
                "add_column_default_and_foreign_key",
                "ALTER TABLE t ADD COLUMN x int DEFAULT 1, ADD FOREIGN KEY (x) REFERENCES far",
            ),
            ("add_column_and_check", "ALTER TABLE t ADD COLUMN x int, ADD CHECK (x > 0)"),
            ("add_column_and_unique", "ALTER TABLE t ADD COLUMN x int, ADD UNIQUE (x)"),
            ("add_column_default_and_not_null", "ALTER TABLE t ADD COLUMN x int DEFAULT 1, ALTER x SET NOT NULL"),
            (
                "add_column_volatile_and_check",
                "ALTER TABLE t ADD COLUMN x int DEFAULT (random() * 9)::int, ADD CHECK (x >= 0)",
            ),
            (
                "add_column_volatile_and_foreign_key",
                "ALTER TABLE t ADD COLUMN x int DEFAULT (1 + random() * 9)::int, ADD FOREIGN KEY (x) REFERENCES far",
            ),
            (
                "add_inline_reference_and_default_column",
                "ALTER TABLE t ADD COLUMN x int REFERENCES far, ADD COLUMN y int DEFAULT 1",
            ),
            (
                "add_two_inline_references",
                "ALTER TABLE t ADD COLUMN x int REFERENCES far, ADD COLUMN y int REFERENCES far",
            ),
            ("drop_and_add_column", "ALTER TABLE t DROP COLUMN a, ADD COLUMN a bigint"),
            ("drop_check_and_set_not_null", "ALTER TABLE t DROP CONSTRAINT there, ALTER n SET NOT NULL"),
            ("drop_and_add_check", "ALTER TABLE t DROP CONSTRAINT positive, ADD CONSTRAINT positive CHECK (a > -1)"),
            (
                "drop_and_add_check_not_valid",
                "ALTER TABLE t DROP CONSTRAINT positive, ADD CONSTRAINT positive CHECK (a > -1) NOT VALID",
            ),
            (
                "add_not_valid_and_validate_other",
                "ALTER TABLE t ADD CONSTRAINT c CHECK (a > -1) NOT VALID, VALIDATE CONSTRAINT later",
            ),
            ("drop_and_add_primary_key", "ALTER TABLE t DROP CONSTRAINT t_pkey, ADD PRIMARY KEY (id)"),
            (
                "drop_foreign_key_and_change_type",
                "ALTER TABLE t DROP CONSTRAINT t_far_id_fkey, ALTER far_id TYPE bigint",
            ),
            ("change_type_and_validate", "ALTER TABLE t ALTER b TYPE text, VALIDATE CONSTRAINT later"),
            (
                "change_type_and_set_unlogged",
                "ALTER TABLE t ALTER a TYPE bigint, DROP CONSTRAINT t_far_id_fkey, SET UNLOGGED",
            ),
            ("drop_check_and_change_type", "ALTER TABLE t DROP CONSTRAINT positive, ALTER b TYPE varchar(20)"),
            ("set_default_and_statistics", "ALTER TABLE t ALTER a SET DEFAULT 1, ALTER a SET STATISTICS 100"),
            ("statistics_only", "ALTER TABLE t ALTER a SET STATISTICS 100, ALTER n SET STATISTICS 50"),
            ("validate_and_statistics", "ALTER TABLE t VALIDATE CONSTRAINT later, ALTER a SET STATISTICS 10"),
            ("foreign_key_and_check", "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES far NOT VALID, ADD CHECK (a > -1)"),
            ("foreign_key_and_type", "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES far, ALTER b TYPE text"),
            ("foreign_key_and_rewrite", "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES far, ALTER n TYPE bigint"),
            ("unique_and_rewrite", "ALTER TABLE t ADD UNIQUE (a), ALTER n TYPE bigint"),
            (
                "check_and_new_volatile_column",
                "ALTER TABLE t ADD CHECK (a > -1), ADD x double precision DEFAULT random()",
            ),
            ("partitioned/check_and_column", "ALTER TABLE p ADD CHECK (a > -1), ADD x int DEFAULT 1"),
            (
                "partitioned/check_and_volatile_column",
                "ALTER TABLE p ADD CHECK (a > -1), ADD x double precision DEFAULT random()",
            ),
            ("partitioned/column_and_foreign_key", "ALTER TABLE p ADD x int, ADD FOREIGN KEY (x) REFERENCES far"),
            ("partitioned/not_null_and_check", "ALTER TABLE p ALTER a SET NOT NULL, ADD CHECK (a > -1)"),
        ],
    );
    f
}

/// ADD ... NOT VALID and VALIDATE CONSTRAINT in one statement: the table is read under the lock of ADD.
fn at_once() -> Fixture {
    let mut f = Fixture::new(
        "at_once",
        r"
        CREATE TABLE r (id int PRIMARY KEY);
        CREATE TABLE t (id int PRIMARY KEY, a int REFERENCES r, x int);
        ALTER TABLE t ADD CONSTRAINT there CHECK (x > -1);
        CREATE TABLE p (id int, a int) PARTITION BY RANGE (id);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE TABLE p2 PARTITION OF p DEFAULT PARTITION BY LIST (a);
        CREATE TABLE p21 PARTITION OF p2 DEFAULT;
        CREATE TABLE par (id int, a int);
        CREATE TABLE kid (CONSTRAINT shared CHECK (a > -1)) INHERITS (par);
        CREATE TABLE grandkid () INHERITS (kid);
        INSERT INTO r SELECT generate_series(1, 20);
        INSERT INTO t SELECT i, i, i FROM generate_series(1, 20) i;
        INSERT INTO p SELECT i, i FROM generate_series(1, 20) i;
        INSERT INTO par SELECT i, i FROM generate_series(1, 20) i;
        INSERT INTO kid SELECT i, i FROM generate_series(1, 20) i;
        INSERT INTO grandkid SELECT i, i FROM generate_series(1, 20) i;
        ",
    );
    f.all(
        "add_and_validate",
        &[
            ("check", "ALTER TABLE t ADD CONSTRAINT k CHECK (x > 0) NOT VALID, VALIDATE CONSTRAINT k"),
            ("check_validated_first", "ALTER TABLE t VALIDATE CONSTRAINT k, ADD CONSTRAINT k CHECK (x > 0) NOT VALID"),
            ("check_without_name", "ALTER TABLE t ADD CHECK (x > 0) NOT VALID, VALIDATE CONSTRAINT t_x_check"),
            (
                "second_check_without_name",
                "ALTER TABLE t ADD CHECK (x > 0) NOT VALID, ADD CHECK (x < 99) NOT VALID, VALIDATE CONSTRAINT t_x_check1",
            ),
            (
                "check_again",
                "ALTER TABLE t DROP CONSTRAINT there, ADD CONSTRAINT there CHECK (x > 0) NOT VALID, VALIDATE CONSTRAINT there",
            ),
            ("check_partitioned", "ALTER TABLE p ADD CONSTRAINT k CHECK (a > 0) NOT VALID, VALIDATE CONSTRAINT k"),
            ("check_inherited", "ALTER TABLE par ADD CONSTRAINT k CHECK (a > 0) NOT VALID, VALIDATE CONSTRAINT k"),
            (
                "check_no_inherit",
                "ALTER TABLE par ADD CONSTRAINT k CHECK (a > 0) NO INHERIT NOT VALID, VALIDATE CONSTRAINT k",
            ),
            (
                "foreign_key",
                "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (x) REFERENCES r NOT VALID, VALIDATE CONSTRAINT k",
            ),
            (
                "foreign_key_without_name",
                "ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES r NOT VALID, VALIDATE CONSTRAINT t_a_fkey1",
            ),
            (
                "foreign_key_of_itself",
                "ALTER TABLE t ADD CONSTRAINT k FOREIGN KEY (x) REFERENCES t NOT VALID, VALIDATE CONSTRAINT k",
            ),
        ],
    );
    for (variant, sql) in [
        (
            "foreign_key_partitioned",
            "ALTER TABLE p ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES r NOT VALID, VALIDATE CONSTRAINT k",
        ),
        ("not_null", "ALTER TABLE t ADD CONSTRAINT k NOT NULL x NOT VALID, VALIDATE CONSTRAINT k"),
        ("not_null_inherited", "ALTER TABLE par ADD CONSTRAINT k NOT NULL a NOT VALID, VALIDATE CONSTRAINT k"),
    ] {
        f.add(format!("add_and_validate/{variant}"), sql).since(18);
    }
    f
}

/// A partition that has the foreign key already gives it to its parent, if it is the same in all that the server compares: each case
/// is a name, the partition with its key, and the key of the parent.
fn keys_of_partitions(name: &'static str, since: u32, keys: &[(&str, &str, &str)]) -> Fixture {
    let mut setup = String::from(
        "CREATE TABLE r (id int PRIMARY KEY);
         CREATE TABLE pr (id int PRIMARY KEY) PARTITION BY RANGE (id);
         CREATE TABLE pr1 PARTITION OF pr FOR VALUES FROM (0) TO (100);
         INSERT INTO r SELECT generate_series(1, 20);
         INSERT INTO pr SELECT generate_series(1, 20);",
    );
    for (case, of_partition, _) in keys {
        let (partition, key) = of_partition.split_once(' ').unwrap_or_default();
        setup.push_str(&format!(
            "CREATE TABLE k_{case} (a int, r int) PARTITION BY LIST (a);
             CREATE TABLE k_{case}_leaf PARTITION OF k_{case} FOR VALUES IN (1);
             CREATE TABLE k_{case}_middle PARTITION OF k_{case} FOR VALUES IN (2) PARTITION BY LIST (r);
             CREATE TABLE k_{case}_below PARTITION OF k_{case}_middle DEFAULT;
             INSERT INTO k_{case} SELECT 1 + i % 2, i FROM generate_series(1, 20) i;
             ALTER TABLE k_{case}_{partition} ADD FOREIGN KEY (r) REFERENCES {key};"
        ));
    }
    let mut f = Fixture::new(name, setup);
    f.since = since;
    for (case, _, key) in keys {
        f.add(
            format!("key_of_partition/{case}"),
            format!("ALTER TABLE k_{case} {}", key.replace("KEY", "FOREIGN KEY (r) REFERENCES")),
        );
    }
    f
}

const KEYS: &[(&str, &str, &str)] = &[
    ("equal", "leaf r", "ADD KEY r"),
    ("equal_written", "leaf r (id)", "ADD KEY r"),
    ("equal_cascade", "leaf r ON DELETE CASCADE", "ADD KEY r ON DELETE CASCADE"),
    ("equal_match_full", "leaf r MATCH FULL", "ADD KEY r MATCH FULL"),
    ("equal_deferrable", "leaf r DEFERRABLE", "ADD KEY r DEFERRABLE"),
    ("equal_of_middle", "middle r", "ADD KEY r"),
    ("equal_of_leaf_below", "below r", "ADD KEY r"),
    ("deferrable", "leaf r DEFERRABLE", "ADD KEY r"),
    ("deferred", "leaf r DEFERRABLE INITIALLY DEFERRED", "ADD KEY r DEFERRABLE"),
    ("match_full", "leaf r MATCH FULL", "ADD KEY r"),
    ("action", "leaf r ON UPDATE CASCADE", "ADD KEY r"),
    ("not_valid", "leaf r NOT VALID", "ADD KEY r"),
    ("to_partitioned", "leaf pr", "ADD KEY pr"),
    ("middle_to_partitioned", "middle pr", "ADD KEY pr"),
];

const KEYS_18: &[(&str, &str, &str)] = &[
    ("not_valid_both", "leaf r NOT VALID", "ADD KEY r NOT VALID"),
    ("not_valid_parent", "leaf r", "ADD KEY r NOT VALID"),
    ("not_valid_middle", "middle r NOT VALID", "ADD KEY r"),
    ("not_enforced", "leaf r NOT ENFORCED", "ADD KEY r NOT ENFORCED"),
    ("validated", "leaf r", "ADD CONSTRAINT k KEY r NOT VALID, VALIDATE CONSTRAINT k"),
    ("validated_both", "leaf r NOT VALID", "ADD CONSTRAINT k KEY r NOT VALID, VALIDATE CONSTRAINT k"),
];

/// What the statement drops is gone before it looks at anything else.
fn dropped_together() -> Fixture {
    let mut f = Fixture::new(
        "dropped_together",
        r#"
        CREATE TABLE t (x int, y int, CHECK (x IS NOT NULL AND y IS NOT NULL));
        CREATE TABLE par (x int, y int, CHECK (x IS NOT NULL AND y IS NOT NULL));
        CREATE TABLE kid () INHERITS (par);
        CREATE TABLE u (x int, y varchar(9), z varchar(9), CONSTRAINT u_key UNIQUE (y), CONSTRAINT c CHECK (z <> 'no'));
        CREATE INDEX u_z ON u (z) WHERE x > 0;
        CREATE TABLE g (a int, z int GENERATED ALWAYS AS (a * 2) STORED);
        CREATE TABLE one (id int PRIMARY KEY);
        CREATE TABLE many (id int, one int REFERENCES one);
        CREATE TABLE e (id int PRIMARY KEY, p int REFERENCES e, q int);
        CREATE TABLE v (a int, b int);
        CREATE VIEW of_both AS SELECT a, b FROM v;
        INSERT INTO t SELECT i, i FROM generate_series(1, 20) i;
        INSERT INTO par SELECT i, i FROM generate_series(1, 20) i;
        INSERT INTO kid SELECT i, i FROM generate_series(1, 20) i;
        INSERT INTO u SELECT i, i, i FROM generate_series(1, 20) i;
        INSERT INTO g SELECT i FROM generate_series(1, 20) i;
        INSERT INTO one SELECT generate_series(1, 20);
        INSERT INTO many SELECT i, i FROM generate_series(1, 20) i;
        INSERT INTO e SELECT i, i, i FROM generate_series(1, 20) i;
        "#,
    );
    f.all(
        "dropped_together",
        &[
            ("check_with_its_column", "ALTER TABLE t DROP x, ALTER y SET NOT NULL"),
            ("check_with_its_column_behind", "ALTER TABLE t ALTER y SET NOT NULL, DROP x"),
            ("check_with_its_inherited_column", "ALTER TABLE par DROP x, ALTER y SET NOT NULL"),
            ("unique_constraint", r#"ALTER TABLE u DROP CONSTRAINT u_key, ALTER y TYPE text COLLATE "C""#),
            ("index_with_the_column_of_its_predicate", r#"ALTER TABLE u DROP x, ALTER z TYPE text COLLATE "C""#),
            ("check", "ALTER TABLE u DROP CONSTRAINT c, DROP x, ALTER z TYPE text"),
            ("generated_column", "ALTER TABLE g DROP z, ALTER a TYPE bigint"),
            ("generated_column_behind", "ALTER TABLE g ALTER a TYPE bigint, DROP z"),
            ("expression", "ALTER TABLE g ALTER z DROP EXPRESSION, ALTER a TYPE bigint"),
            ("expression_behind", "ALTER TABLE g ALTER a TYPE bigint, ALTER z DROP EXPRESSION"),
            ("key_that_another_refers_to", "ALTER TABLE one DROP CONSTRAINT one_pkey CASCADE, ALTER id TYPE bigint"),
            ("key_of_itself", "ALTER TABLE e DROP CONSTRAINT e_p_fkey, ALTER id TYPE bigint"),
            ("view_with_a_column", "ALTER TABLE v DROP b CASCADE, ALTER a TYPE bigint"),
            ("column_of_a_view", "ALTER TABLE v ALTER a TYPE bigint, DROP b CASCADE"),
        ],
    );
    f.all(
        "alter_type",
        &[
            ("referenced_by_itself", "ALTER TABLE e ALTER id TYPE bigint"),
            ("refers_to_itself", "ALTER TABLE e ALTER p TYPE bigint"),
            ("other_column_of_it", "ALTER TABLE e ALTER q TYPE bigint"),
        ],
    );
    f
}

/// A key that is NOT ENFORCED has no triggers on the other end.
fn not_enforced() -> Fixture {
    let mut f = Fixture::new(
        "not_enforced",
        r"
        CREATE TABLE r (id int PRIMARY KEY);
        CREATE TABLE t (a int REFERENCES r NOT ENFORCED);
        INSERT INTO r SELECT generate_series(1, 20);
        INSERT INTO t SELECT generate_series(1, 20);
        ",
    );
    f.since = 18;
    f.add("alter_type/key_not_enforced", "ALTER TABLE t ALTER a TYPE bigint");
    f.add("alter_type/referenced_by_key_not_enforced", "ALTER TABLE r ALTER id TYPE bigint");
    f
}

/// The NOT NULL of a primary key's column must be valid, and inherited.
fn not_null_of_keys() -> Fixture {
    let mut f = Fixture::new(
        "not_null_of_keys",
        r"
        CREATE TABLE t (a int, b int, c int NOT NULL);
        CREATE UNIQUE INDEX t_a ON t (a);
        CREATE UNIQUE INDEX t_b ON t (b);
        CREATE UNIQUE INDEX t_c ON t (c);
        ALTER TABLE t ADD CONSTRAINT later NOT NULL a NOT VALID;
        ALTER TABLE t ADD CONSTRAINT own NOT NULL b NO INHERIT;
        INSERT INTO t SELECT i, i, i FROM generate_series(1, 20) i;
        ",
    );
    f.since = 18;
    for (variant, sql) in [
        ("not_valid", "ALTER TABLE t ADD PRIMARY KEY (a)"),
        ("not_valid_using_index", "ALTER TABLE t ADD PRIMARY KEY USING INDEX t_a"),
        ("not_valid_of_two", "ALTER TABLE t ADD PRIMARY KEY (c, a)"),
        ("not_valid_dropped", "ALTER TABLE t DROP CONSTRAINT later, ADD PRIMARY KEY (a)"),
        ("no_inherit", "ALTER TABLE t ADD PRIMARY KEY (b)"),
        ("no_inherit_using_index", "ALTER TABLE t ADD PRIMARY KEY USING INDEX t_b"),
    ] {
        f.add(format!("add_primary_key/not_null_refused/{variant}"), sql).refused();
    }
    f.all(
        "add_primary_key",
        &[
            ("not_null_valid", "ALTER TABLE t ADD PRIMARY KEY (c)"),
            ("not_null_dropped_using_index", "ALTER TABLE t DROP CONSTRAINT later, ADD PRIMARY KEY USING INDEX t_a"),
        ],
    );
    f
}
