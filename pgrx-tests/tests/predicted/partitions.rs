//! ATTACH, DETACH, INHERIT, CREATE TABLE that names other tables.

use crate::case::Fixture;

/// A partitioned table: (name, key, what is done to it, the bound that a candidate gets).
const PARENTS: &[(&str, &str, &str, &str)] = &[
    ("range", "RANGE (k)", "", "FROM (20) TO (30)"),
    ("range_indexed", "RANGE (k)", "CREATE INDEX ON @ (v); CREATE INDEX ON @ (k, v DESC);", "FROM (20) TO (30)"),
    (
        "range_special_indexes",
        "RANGE (k)",
        "CREATE INDEX ON @ (lower(v)) WHERE k > 0; CREATE INDEX ON @ USING hash (v); CREATE INDEX ON @ (k) INCLUDE (v);",
        "FROM (20) TO (30)",
    ),
    ("range_unique", "RANGE (k)", "ALTER TABLE @ ADD UNIQUE (k, id);", "FROM (20) TO (30)"),
    ("range_primary_key", "RANGE (k)", "ALTER TABLE @ ADD PRIMARY KEY (k, id);", "FROM (20) TO (30)"),
    ("range_foreign_key", "RANGE (k)", "ALTER TABLE @ ADD FOREIGN KEY (far_id) REFERENCES far;", "FROM (20) TO (30)"),
    (
        "range_foreign_key_partitioned",
        "RANGE (k)",
        "ALTER TABLE @ ADD FOREIGN KEY (far_id) REFERENCES pfar;",
        "FROM (20) TO (30)",
    ),
    (
        "range_referenced",
        "RANGE (k)",
        "ALTER TABLE @ ADD PRIMARY KEY (k); CREATE TABLE @_referencing (k int REFERENCES @); INSERT INTO @_referencing VALUES (1);",
        "FROM (20) TO (30)",
    ),
    (
        "range_default",
        "RANGE (k)",
        "CREATE TABLE @_default PARTITION OF @ DEFAULT; INSERT INTO @ SELECT i, i, i, i FROM generate_series(90, 99) i;",
        "FROM (20) TO (30)",
    ),
    (
        "range_default_proved",
        "RANGE (k)",
        "CREATE TABLE @_default PARTITION OF @ DEFAULT; ALTER TABLE @_default ADD CHECK (k IS NOT NULL AND (k < 20 OR k >= 30)); INSERT INTO @ SELECT i, i, i, i FROM generate_series(90, 99) i;",
        "FROM (20) TO (30)",
    ),
    (
        "range_default_partitioned",
        "RANGE (k)",
        "CREATE TABLE @_default PARTITION OF @ DEFAULT PARTITION BY RANGE (k); CREATE TABLE @_default1 PARTITION OF @_default FOR VALUES FROM (90) TO (100); CREATE TABLE @_default2 PARTITION OF @_default DEFAULT; ALTER TABLE @_default1 ADD CHECK (k IS NOT NULL AND k >= 90);",
        "FROM (20) TO (30)",
    ),
    ("list", "LIST (k)", "", "IN (20, 21, 22, 23, 24, 25, 26, 27, 28, 29)"),
    (
        "list_default",
        "LIST (k)",
        "CREATE TABLE @_default PARTITION OF @ DEFAULT; INSERT INTO @ SELECT i, i, i, i FROM generate_series(90, 99) i;",
        "IN (20, 21, 22, 23, 24, 25, 26, 27, 28, 29)",
    ),
    ("hash", "HASH (k)", "", "WITH (MODULUS 1, REMAINDER 0)"),
    (
        "range_trigger",
        "RANGE (k)",
        "CREATE TRIGGER tr BEFORE INSERT ON @ FOR EACH ROW EXECUTE FUNCTION trg();",
        "FROM (20) TO (30)",
    ),
];

/// A table that is attached: (name, definition, what is done to it).
const CANDIDATES: &[(&str, &str, &str)] = &[
    ("plain", "id int, k int, v text, far_id int", ""),
    ("proved", "id int, k int NOT NULL, v text, far_id int, CHECK (k >= 20 AND k < 30)", ""),
    ("proved_by_two", "id int, k int, v text, far_id int, CHECK (k >= 20), CHECK (k < 30), CHECK (k IS NOT NULL)", ""),
    (
        "proved_by_in",
        "id int, k int NOT NULL, v text, far_id int, CHECK (k IN (20, 21, 22, 23, 24, 25, 26, 27, 28, 29))",
        "",
    ),
    ("narrower", "id int, k int NOT NULL, v text, far_id int, CHECK (k >= 22 AND k < 25)", ""),
    ("wider", "id int, k int NOT NULL, v text, far_id int, CHECK (k >= 0 AND k < 300)", ""),
    ("nullable", "id int, k int, v text, far_id int, CHECK (k >= 20 AND k < 30)", ""),
    (
        "not_valid",
        "id int, k int NOT NULL, v text, far_id int",
        "ALTER TABLE @ ADD CHECK (k >= 20 AND k < 30) NOT VALID;",
    ),
    (
        "reordered",
        "far_id int, v text, gone int, k int NOT NULL, id int, CHECK (k >= 20 AND k < 30)",
        "ALTER TABLE @ DROP COLUMN gone; CREATE INDEX ON @ (v);",
    ),
    (
        "indexed",
        "id int, k int NOT NULL, v text, far_id int",
        "CREATE INDEX ON @ (v); CREATE INDEX ON @ (k, v DESC); CREATE INDEX ON @ (lower(v)) WHERE k > 0; CREATE INDEX ON @ USING hash (v); CREATE INDEX ON @ (k) INCLUDE (v); CREATE UNIQUE INDEX ON @ (k, id);",
    ),
    (
        "keyed",
        "id int NOT NULL, k int NOT NULL, v text, far_id int REFERENCES far",
        "ALTER TABLE @ ADD PRIMARY KEY (k, id), ADD UNIQUE (k, id);",
    ),
    ("keyed_partitioned", "id int NOT NULL, k int NOT NULL, v text, far_id int REFERENCES pfar", ""),
    (
        "key_not_valid",
        "id int NOT NULL, k int NOT NULL, v text, far_id int",
        "ALTER TABLE @ ADD FOREIGN KEY (far_id) REFERENCES far NOT VALID;",
    ),
    ("key_cascade", "id int NOT NULL, k int NOT NULL, v text, far_id int REFERENCES far ON DELETE CASCADE", ""),
];

/// The fixtures.
pub fn fixtures() -> Vec<Fixture> {
    vec![attach(), attach_more(), detach(), inherit(), create_table()]
}

const COLUMNS: &str = "id int, k int, v text, far_id int";

fn attach() -> Fixture {
    let mut setup = String::from(
        "CREATE TABLE far (id int PRIMARY KEY); INSERT INTO far SELECT generate_series(1, 200);
         CREATE TABLE pfar (id int PRIMARY KEY) PARTITION BY RANGE (id);
         CREATE TABLE pfar1 PARTITION OF pfar FOR VALUES FROM (0) TO (100);
         CREATE TABLE pfar2 PARTITION OF pfar DEFAULT;
         INSERT INTO pfar SELECT generate_series(1, 200);
         CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';",
    );
    for (name, key, more, _) in PARENTS {
        setup.push_str(&format!("CREATE TABLE {name} ({COLUMNS}) PARTITION BY {key};"));
        match *name {
            "hash" => {}
            "list" | "list_default" => {
                setup.push_str(&format!("CREATE TABLE {name}_1 PARTITION OF {name} FOR VALUES IN (1, 2, 3);"));
            }
            _ => setup.push_str(&format!("CREATE TABLE {name}_1 PARTITION OF {name} FOR VALUES FROM (0) TO (10);")),
        }
        if *name != "hash" {
            setup.push_str(&format!("INSERT INTO {name} SELECT i, i, i, i FROM generate_series(1, 3) i;"));
        }
        setup.push_str(&more.replace('@', name));
    }
    for (name, columns, more) in CANDIDATES {
        setup.push_str(&format!(
            "CREATE TABLE c_{name} ({columns}); INSERT INTO c_{name} (id, k, v, far_id) SELECT i, i, i, i FROM generate_series(22, 24) i; {}",
            more.replace('@', &format!("c_{name}"))
        ));
    }
    let mut f = Fixture::new("attach", setup);
    for (parent, _, _, bound) in PARENTS {
        for (candidate, ..) in CANDIDATES {
            if !takes(parent, candidate) {
                continue;
            }
            let name = format!("attach/{parent}/{candidate}");
            let sql = format!("ALTER TABLE {parent} ATTACH PARTITION c_{candidate} FOR VALUES {bound}");
            f.add(name, sql);
        }
    }
    for parent in ["range", "list"] {
        f.add(format!("attach/{parent}/as_default"), format!("ALTER TABLE {parent} ATTACH PARTITION c_plain DEFAULT"));
        f.add(
            format!("attach/{parent}/as_default_proved"),
            format!("ALTER TABLE {parent} ATTACH PARTITION c_proved DEFAULT"),
        );
    }
    f
}

/// Whether the candidate has the NOT NULL columns that the parent asks for, and no primary key besides the parent's.
fn takes(parent: &str, candidate: &str) -> bool {
    let id_not_null = ["keyed", "keyed_partitioned", "key_not_valid", "key_cascade"].contains(&candidate);
    match parent {
        "range_primary_key" => id_not_null,
        "range_referenced" => !["plain", "proved_by_two", "nullable", "keyed"].contains(&candidate),
        _ => true,
    }
}

fn attach_more() -> Fixture {
    let mut f = Fixture::new(
        "attach_more",
        r"
        CREATE TABLE far (id int PRIMARY KEY); INSERT INTO far SELECT generate_series(1, 200);
        CREATE TABLE r (id int, k int, v text, far_id int REFERENCES far) PARTITION BY RANGE (k);
        CREATE INDEX r_v ON r (v);
        CREATE TABLE r1 PARTITION OF r FOR VALUES FROM (0) TO (10);
        -- A partitioned candidate: its leaves are read each by itself.
        CREATE TABLE sub (id int, k int, v text, far_id int) PARTITION BY RANGE (k);
        CREATE TABLE sub1 PARTITION OF sub FOR VALUES FROM (20) TO (25);
        CREATE TABLE sub2 PARTITION OF sub FOR VALUES FROM (25) TO (30);
        ALTER TABLE sub2 ADD CHECK (k IS NOT NULL AND k >= 20 AND k < 30);
        CREATE INDEX sub1_v ON sub1 (v);
        INSERT INTO sub SELECT i, i, i, i FROM generate_series(20, 29) i;
        CREATE TABLE sub_proved (id int, k int NOT NULL, v text, far_id int, CHECK (k >= 20 AND k < 30)) PARTITION BY RANGE (k);
        CREATE TABLE sub_proved1 PARTITION OF sub_proved FOR VALUES FROM (0) TO (250);
        CREATE TABLE sub_empty (id int, k int, v text, far_id int) PARTITION BY RANGE (k);
        -- A parent that is a partition itself: its own bound counts too.
        CREATE TABLE top (id int, k int, l int) PARTITION BY LIST (l);
        CREATE TABLE mid PARTITION OF top FOR VALUES IN (1) PARTITION BY RANGE (k);
        CREATE TABLE mid1 PARTITION OF mid FOR VALUES FROM (0) TO (10);
        CREATE TABLE low (id int, k int, l int);
        INSERT INTO low VALUES (1, 20, 1);
        CREATE TABLE low_half (id int, k int NOT NULL, l int, CHECK (k >= 20 AND k < 30));
        CREATE TABLE low_proved (id int, k int NOT NULL, l int NOT NULL, CHECK (k >= 20 AND k < 30), CHECK (l = 1));
        CREATE TABLE expr (id int, a text) PARTITION BY LIST (lower(a));
        CREATE TABLE expr1 (id int, a text);
        INSERT INTO expr1 VALUES (1, 'X');
        CREATE TABLE expr_proved (id int, a text, CHECK (lower(a) IS NOT NULL AND lower(a) = 'x'));
        CREATE TABLE two (a int, b int) PARTITION BY RANGE (a, b);
        CREATE TABLE two1 (a int, b int);
        CREATE TABLE two_proved (a int NOT NULL, b int NOT NULL, CHECK (a = 1 AND b >= 0 AND b < 10));
        CREATE TABLE unbounded (id int, k int NOT NULL) PARTITION BY RANGE (k);
        CREATE TABLE unbounded1 (id int, k int NOT NULL);
        CREATE TABLE lists (id int, k int) PARTITION BY LIST (k);
        CREATE TABLE lists_null (id int, k int, CHECK (k IS NULL));
        CREATE TABLE h (id int) PARTITION BY HASH (id);
        CREATE TABLE h0 PARTITION OF h FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE h1 (id int);
        CREATE INDEX ON ONLY h (id);
        -- Indexes made ON ONLY the parent, to be attached one by one.
        CREATE TABLE ix (id int, k int) PARTITION BY RANGE (k);
        CREATE TABLE ix1 PARTITION OF ix FOR VALUES FROM (0) TO (10);
        CREATE TABLE ix2 PARTITION OF ix FOR VALUES FROM (10) TO (20);
        CREATE INDEX ix_id ON ONLY ix (id);
        CREATE INDEX ix1_id ON ix1 (id);
        CREATE INDEX ix2_id ON ix2 (id);
        ALTER INDEX ix_id ATTACH PARTITION ix2_id;
        CREATE TABLE ixsub (id int, k int);
        INSERT INTO ixsub VALUES (1, 25);
        CREATE TABLE strict (id int NOT NULL, k int, CONSTRAINT ok CHECK (id > 0)) PARTITION BY RANGE (k);
        CREATE TABLE strict1 (id int NOT NULL, k int, CONSTRAINT ok CHECK (id > 0));
        INSERT INTO strict1 VALUES (1, 25);
        CREATE VIEW over_r AS SELECT * FROM r;
        ",
    );
    f.all(
        "attach",
        &[
            ("sub/partitioned", "ALTER TABLE r ATTACH PARTITION sub FOR VALUES FROM (20) TO (30)"),
            ("sub/partitioned_proved", "ALTER TABLE r ATTACH PARTITION sub_proved FOR VALUES FROM (20) TO (30)"),
            ("sub/partitioned_empty", "ALTER TABLE r ATTACH PARTITION sub_empty FOR VALUES FROM (20) TO (30)"),
            ("mid/plain", "ALTER TABLE mid ATTACH PARTITION low FOR VALUES FROM (20) TO (30)"),
            ("mid/half_proved", "ALTER TABLE mid ATTACH PARTITION low_half FOR VALUES FROM (20) TO (30)"),
            ("mid/proved", "ALTER TABLE mid ATTACH PARTITION low_proved FOR VALUES FROM (20) TO (30)"),
            ("expression/plain", "ALTER TABLE expr ATTACH PARTITION expr1 FOR VALUES IN ('x')"),
            ("expression/proved", "ALTER TABLE expr ATTACH PARTITION expr_proved FOR VALUES IN ('x')"),
            ("two_columns/plain", "ALTER TABLE two ATTACH PARTITION two1 FOR VALUES FROM (1, 0) TO (1, 10)"),
            ("two_columns/proved", "ALTER TABLE two ATTACH PARTITION two_proved FOR VALUES FROM (1, 0) TO (1, 10)"),
            (
                "unbounded/both",
                "ALTER TABLE unbounded ATTACH PARTITION unbounded1 FOR VALUES FROM (MINVALUE) TO (MAXVALUE)",
            ),
            ("only_partition/default", "ALTER TABLE unbounded ATTACH PARTITION unbounded1 DEFAULT"),
            ("list_null/proved", "ALTER TABLE lists ATTACH PARTITION lists_null FOR VALUES IN (NULL)"),
            ("hash/empty", "ALTER TABLE h ATTACH PARTITION h1 FOR VALUES WITH (MODULUS 2, REMAINDER 1)"),
            ("not_null_and_check/there", "ALTER TABLE strict ATTACH PARTITION strict1 FOR VALUES FROM (20) TO (30)"),
            ("index_only/plain", "ALTER TABLE ix ATTACH PARTITION ixsub FOR VALUES FROM (20) TO (30)"),
        ],
    );
    f.all(
        "alter_index",
        &[
            ("attach", "ALTER INDEX ix_id ATTACH PARTITION ix1_id"),
            ("attach_again", "ALTER INDEX ix_id ATTACH PARTITION ix2_id"),
        ],
    );
    f
}

fn detach() -> Fixture {
    let mut f = Fixture::new(
        "detach",
        r"
        CREATE TABLE far (id int PRIMARY KEY); INSERT INTO far SELECT generate_series(1, 200);
        CREATE TABLE pfar (id int PRIMARY KEY) PARTITION BY RANGE (id);
        CREATE TABLE pfar1 PARTITION OF pfar FOR VALUES FROM (0) TO (100);
        CREATE TABLE plain (id int, k int) PARTITION BY RANGE (k);
        CREATE TABLE plain1 PARTITION OF plain FOR VALUES FROM (0) TO (10);
        CREATE TABLE plain2 PARTITION OF plain FOR VALUES FROM (10) TO (20) PARTITION BY LIST (id);
        CREATE TABLE plain21 PARTITION OF plain2 FOR VALUES IN (1);
        CREATE TABLE indexed (id int, k int, PRIMARY KEY (k)) PARTITION BY RANGE (k);
        CREATE INDEX ON indexed (id);
        CREATE TABLE indexed1 PARTITION OF indexed FOR VALUES FROM (0) TO (10);
        CREATE TABLE keyed (id int, k int REFERENCES far, l int REFERENCES pfar) PARTITION BY RANGE (id);
        CREATE TABLE keyed1 PARTITION OF keyed FOR VALUES FROM (0) TO (10);
        CREATE TABLE keyed2 PARTITION OF keyed FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (k);
        CREATE TABLE keyed21 PARTITION OF keyed2 DEFAULT;
        CREATE TABLE defaulted (id int, k int) PARTITION BY RANGE (k);
        CREATE TABLE defaulted1 PARTITION OF defaulted FOR VALUES FROM (0) TO (10);
        CREATE TABLE defaulted_d PARTITION OF defaulted DEFAULT;
        CREATE TABLE referenced (id int PRIMARY KEY) PARTITION BY RANGE (id);
        CREATE TABLE referenced1 PARTITION OF referenced FOR VALUES FROM (0) TO (10);
        CREATE TABLE referenced2 PARTITION OF referenced FOR VALUES FROM (10) TO (20);
        CREATE TABLE referencing (id int REFERENCES referenced);
        INSERT INTO referencing SELECT id FROM referenced;
        CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
        CREATE TABLE triggered (id int) PARTITION BY RANGE (id);
        CREATE TABLE triggered1 PARTITION OF triggered FOR VALUES FROM (0) TO (10);
        CREATE TRIGGER tr AFTER INSERT ON triggered FOR EACH ROW EXECUTE FUNCTION trg();
        CREATE TABLE hashed (id int) PARTITION BY HASH (id);
        CREATE TABLE hashed0 PARTITION OF hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        ",
    );
    f.all(
        "detach",
        &[
            ("plain", "ALTER TABLE plain DETACH PARTITION plain1"),
            ("partitioned", "ALTER TABLE plain DETACH PARTITION plain2"),
            ("second_level", "ALTER TABLE plain2 DETACH PARTITION plain21"),
            ("indexed", "ALTER TABLE indexed DETACH PARTITION indexed1"),
            ("foreign_key", "ALTER TABLE keyed DETACH PARTITION keyed1"),
            ("foreign_key_partitioned", "ALTER TABLE keyed DETACH PARTITION keyed2"),
            ("with_default", "ALTER TABLE defaulted DETACH PARTITION defaulted1"),
            ("default_itself", "ALTER TABLE defaulted DETACH PARTITION defaulted_d"),
            ("referenced", "ALTER TABLE referenced DETACH PARTITION referenced2"),
            ("triggered", "ALTER TABLE triggered DETACH PARTITION triggered1"),
            ("hash", "ALTER TABLE hashed DETACH PARTITION hashed0"),
        ],
    );
    f.all(
        "drop_table",
        &[
            ("partition", "DROP TABLE plain1"),
            ("partition_of_defaulted", "DROP TABLE defaulted1"),
            ("partition_default", "DROP TABLE defaulted_d"),
            ("partition_partitioned", "DROP TABLE plain2"),
            ("partition_second_level", "DROP TABLE plain21"),
            ("partition_with_key", "DROP TABLE keyed1"),
            ("partitioned", "DROP TABLE plain"),
            ("partitioned_indexed", "DROP TABLE indexed"),
            ("partitioned_keyed", "DROP TABLE keyed"),
            ("partitioned_with_default", "DROP TABLE defaulted"),
            ("partitioned_referenced_cascade", "DROP TABLE referenced CASCADE"),
            ("referencing_partitioned", "DROP TABLE referencing"),
            ("referenced_by_partitioned_cascade", "DROP TABLE far CASCADE"),
            ("two_partitions", "DROP TABLE plain1, defaulted1"),
        ],
    );
    f.all(
        "set_schema",
        &[
            ("partition", "ALTER TABLE plain1 SET SCHEMA f2"),
            ("partitioned", "ALTER TABLE plain SET SCHEMA f2"),
            ("partitioned_indexed", "ALTER TABLE indexed SET SCHEMA f2"),
        ],
    );
    f.all(
        "rename",
        &[
            ("table/partition", "ALTER TABLE plain1 RENAME TO x"),
            ("table/partitioned", "ALTER TABLE plain RENAME TO x"),
            ("column/partitioned", "ALTER TABLE plain RENAME COLUMN id TO x"),
            ("column/partitioned_indexed", "ALTER TABLE indexed RENAME COLUMN id TO x"),
            ("column/partitioned_triggered", "ALTER TABLE triggered RENAME COLUMN id TO x"),
            ("index/partitioned", "ALTER INDEX indexed_id_idx RENAME TO x"),
            ("constraint/partitioned_primary_key", "ALTER TABLE indexed RENAME CONSTRAINT indexed_pkey TO x"),
            ("constraint/partitioned_foreign_key", "ALTER TABLE keyed RENAME CONSTRAINT keyed_k_fkey TO x"),
        ],
    );
    f
}

fn inherit() -> Fixture {
    let mut f = Fixture::new(
        "inherit",
        r"
        CREATE TABLE par (id int, a int, CONSTRAINT pos CHECK (a > 0));
        CREATE TABLE par2 (id int);
        CREATE TABLE kid () INHERITS (par);
        CREATE TABLE grandkid () INHERITS (kid);
        CREATE TABLE lone (id int, a int, CONSTRAINT pos CHECK (a > 0));
        CREATE TABLE lone_kid () INHERITS (lone);
        INSERT INTO lone VALUES (1, 1);
        ",
    );
    f.all(
        "inherit",
        &[
            ("inherit", "ALTER TABLE lone INHERIT par"),
            ("inherit_second", "ALTER TABLE kid INHERIT par2"),
            ("no_inherit", "ALTER TABLE kid NO INHERIT par"),
            ("no_inherit_grandkid", "ALTER TABLE grandkid NO INHERIT kid"),
        ],
    );
    f.all(
        "rename",
        &[
            ("column/inherited", "ALTER TABLE par RENAME COLUMN a TO x"),
            ("table/inherited", "ALTER TABLE par RENAME TO x"),
        ],
    );
    f.all(
        "drop_table",
        &[
            ("inherited_cascade", "DROP TABLE par CASCADE"),
            ("child", "DROP TABLE grandkid"),
            ("child_cascade", "DROP TABLE kid CASCADE"),
        ],
    );
    f
}

fn create_table() -> Fixture {
    let mut f = Fixture::new(
        "create_table",
        r"
        CREATE TABLE far (id int PRIMARY KEY, code text UNIQUE);
        CREATE TABLE pfar (id int PRIMARY KEY) PARTITION BY RANGE (id);
        CREATE TABLE pfar1 PARTITION OF pfar FOR VALUES FROM (0) TO (100);
        CREATE TABLE pfar2 PARTITION OF pfar FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (id);
        CREATE TABLE pfar21 PARTITION OF pfar2 DEFAULT;
        CREATE TABLE par (id int, a int);
        CREATE TABLE par2 (id int, b int);
        CREATE TABLE r (id int, k int) PARTITION BY RANGE (k);
        CREATE TABLE r1 PARTITION OF r FOR VALUES FROM (0) TO (10);
        CREATE TABLE rd (id int, k int) PARTITION BY RANGE (k);
        CREATE TABLE rd_d PARTITION OF rd DEFAULT;
        CREATE TABLE rdp (id int, k int) PARTITION BY RANGE (k);
        CREATE TABLE rdp_d PARTITION OF rdp DEFAULT;
        ALTER TABLE rdp_d ADD CHECK (k IS NOT NULL AND k > 90);
        CREATE TABLE rdd (id int, k int) PARTITION BY RANGE (k);
        CREATE TABLE rdd_d PARTITION OF rdd DEFAULT PARTITION BY LIST (id);
        CREATE TABLE rdd_d1 PARTITION OF rdd_d FOR VALUES IN (1);
        CREATE TABLE rdd_d2 PARTITION OF rdd_d DEFAULT;
        CREATE TABLE rk (id int REFERENCES far, k int, PRIMARY KEY (k)) PARTITION BY RANGE (k);
        CREATE INDEX ON rk (id);
        CREATE TABLE rk1 PARTITION OF rk FOR VALUES FROM (0) TO (10);
        CREATE TABLE rkp (id int REFERENCES pfar, k int) PARTITION BY RANGE (k);
        CREATE TABLE rr (k int PRIMARY KEY) PARTITION BY RANGE (k);
        CREATE TABLE rr1 PARTITION OF rr FOR VALUES FROM (0) TO (10);
        CREATE TABLE rr_referencing (k int REFERENCES rr);
        CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
        CREATE TABLE rt (k int) PARTITION BY RANGE (k);
        CREATE TRIGGER tr AFTER INSERT ON rt FOR EACH ROW EXECUTE FUNCTION trg();
        CREATE TABLE l (k int) PARTITION BY LIST (k);
        CREATE TABLE ld PARTITION OF l DEFAULT;
        CREATE TABLE h (k int) PARTITION BY HASH (k);
        CREATE TABLE sp (id int, k int, PRIMARY KEY (id, k)) PARTITION BY RANGE (k);
        CREATE TABLE sp2 PARTITION OF sp FOR VALUES FROM (0) TO (10) PARTITION BY LIST (id);
        CREATE TABLE sp2a PARTITION OF sp2 FOR VALUES IN (1);
        CREATE TABLE sp_new (id int, k int, PRIMARY KEY (id, k), CHECK (id IS NOT NULL AND id = 3 AND k IS NOT NULL AND k >= 0 AND k < 10));
        CREATE TABLE sp_referencing (a int, b int, FOREIGN KEY (a, b) REFERENCES sp);
        CREATE TABLE sp_parted (a int, b int, FOREIGN KEY (a, b) REFERENCES sp) PARTITION BY LIST (a);
        CREATE TABLE sp_parted1 PARTITION OF sp_parted FOR VALUES IN (1);
        CREATE SEQUENCE s;
        CREATE TYPE of_type AS (id int, a int);
        INSERT INTO far SELECT i, i FROM generate_series(1, 20) i;
        INSERT INTO rd SELECT i, i FROM generate_series(1, 5) i;
        INSERT INTO rdp SELECT i, i FROM generate_series(100, 105) i;
        INSERT INTO rdd SELECT i, i FROM generate_series(1, 5) i;
        INSERT INTO l VALUES (100);
        ",
    );
    f.all(
        "create_table",
        &[
            ("plain", "CREATE TABLE n (id int PRIMARY KEY, a text)"),
            ("if_not_exists_hit", "CREATE TABLE IF NOT EXISTS far (x int REFERENCES pfar)"),
            ("if_not_exists_miss", "CREATE TABLE IF NOT EXISTS n (x int REFERENCES far)"),
            ("references_column", "CREATE TABLE n (id int REFERENCES far)"),
            ("references_column_cascade", "CREATE TABLE n (id int REFERENCES far ON DELETE CASCADE)"),
            ("references_table", "CREATE TABLE n (id int, c text, FOREIGN KEY (id) REFERENCES far, FOREIGN KEY (c) REFERENCES far (code))"),
            ("references_partitioned", "CREATE TABLE n (id int REFERENCES pfar)"),
            ("references_itself", "CREATE TABLE n (id int PRIMARY KEY, up int REFERENCES n)"),
            ("references_from_partitioned", "CREATE TABLE n (id int REFERENCES far) PARTITION BY RANGE (id)"),
            ("inherits", "CREATE TABLE n (x int) INHERITS (par)"),
            ("inherits_two", "CREATE TABLE n (x int) INHERITS (par, par2)"),
            ("like", "CREATE TABLE n (LIKE far)"),
            ("like_including_all", "CREATE TABLE n (LIKE far INCLUDING ALL)"),
            ("of_type", "CREATE TABLE n OF of_type"),
            ("partition_of", "CREATE TABLE n PARTITION OF r FOR VALUES FROM (10) TO (20)"),
            ("partition_of_as_default", "CREATE TABLE n PARTITION OF r DEFAULT"),
            ("partition_of_with_default", "CREATE TABLE n PARTITION OF rd FOR VALUES FROM (10) TO (20)"),
            ("partition_of_with_default_proved", "CREATE TABLE n PARTITION OF rdp FOR VALUES FROM (10) TO (20)"),
            ("partition_of_with_default_partitioned", "CREATE TABLE n PARTITION OF rdd FOR VALUES FROM (10) TO (20)"),
            ("partition_of_keyed", "CREATE TABLE n PARTITION OF rk FOR VALUES FROM (10) TO (20)"),
            ("partition_of_keyed_partitioned", "CREATE TABLE n PARTITION OF rkp FOR VALUES FROM (10) TO (20)"),
            ("partition_of_partitioned", "CREATE TABLE n PARTITION OF rk FOR VALUES FROM (10) TO (20) PARTITION BY LIST (k)"),
            ("partition_of_referenced", "CREATE TABLE n PARTITION OF rr FOR VALUES FROM (10) TO (20)"),
            ("partition_of_partition_referenced", "CREATE TABLE n PARTITION OF sp2 FOR VALUES IN (2)"),
            ("attach_to_partition_referenced", "ALTER TABLE sp2 ATTACH PARTITION sp_new FOR VALUES IN (3)"),
            ("partition_of_triggered", "CREATE TABLE n PARTITION OF rt FOR VALUES FROM (10) TO (20)"),
            ("partition_of_list_with_default", "CREATE TABLE n PARTITION OF l FOR VALUES IN (1, 2)"),
            ("partition_of_hash", "CREATE TABLE n PARTITION OF h FOR VALUES WITH (MODULUS 2, REMAINDER 0)"),
            ("partition_of_with_own_key", "CREATE TABLE n PARTITION OF r (id PRIMARY KEY) FOR VALUES FROM (10) TO (20)"),
            ("partition_of_default_partition", "CREATE TABLE n PARTITION OF rdd_d FOR VALUES IN (77)"),
            ("temporary", "CREATE TEMP TABLE n (id int)"),
            ("as", "CREATE TABLE n AS SELECT * FROM far"),
            ("default_nextval", "CREATE TABLE n (id bigint DEFAULT nextval('s'))"),
        ],
    );
    f
}
