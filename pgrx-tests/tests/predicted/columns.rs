//! ADD COLUMN, DROP COLUMN, defaults and NOT NULL.

use crate::case::Fixture;

const SETUP: &str = r"
    CREATE TABLE ref (id int PRIMARY KEY, code text);
    INSERT INTO ref SELECT i, i FROM generate_series(1, 10) i;
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE TYPE pair AS (x int, y int);
    CREATE SEQUENCE s;
    CREATE DOMAIN d_plain AS int;
    CREATE DOMAIN d_default AS int DEFAULT 7;
    CREATE DOMAIN d_check AS int CHECK (VALUE > 0);
    CREATE DOMAIN d_check_default AS int DEFAULT 7 CHECK (VALUE > 0);
    CREATE DOMAIN d_not_null AS int DEFAULT 7 NOT NULL;
    CREATE DOMAIN d_volatile AS double precision DEFAULT random();
    CREATE DOMAIN d_over_check AS d_check;
    CREATE DOMAIN d_over_plain AS d_plain;
    CREATE DOMAIN d_array AS int[];
    CREATE FUNCTION f_immutable() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 5';
    CREATE FUNCTION f_late(timestamptz DEFAULT clock_timestamp()) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS 'SELECT $1';
    CREATE FUNCTION f_stable() RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN RETURN 5; END';
    CREATE FUNCTION f_volatile() RETURNS int LANGUAGE plpgsql VOLATILE AS 'BEGIN RETURN 5; END';
    -- An SQL function that the planner inlines: what counts is what is left of it.
    CREATE FUNCTION f_inlined() RETURNS int LANGUAGE sql VOLATILE AS 'SELECT 5';
    CREATE TABLE t (id int PRIMARY KEY, a int, b text);
    CREATE INDEX t_a ON t (a);
    CREATE TABLE p (id int, a int, b text) PARTITION BY RANGE (id);
    CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
    CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20) PARTITION BY LIST (a);
    CREATE TABLE p21 PARTITION OF p2 FOR VALUES IN (1, 2, 3);
    CREATE TABLE p22 PARTITION OF p2 DEFAULT;
    CREATE TABLE pd PARTITION OF p DEFAULT;
    CREATE INDEX p_a ON p (a);
    CREATE TABLE par (id int, a int, b text);
    CREATE TABLE kid (z int) INHERITS (par);
    CREATE TABLE grandkid () INHERITS (kid);
    CREATE INDEX kid_a ON kid (a);
    CREATE UNLOGGED TABLE u (id int PRIMARY KEY, a int, b text);
    CREATE TABLE void (id int, a int, b text);
    INSERT INTO t SELECT i, i, 'x' FROM generate_series(1, 50) i;
    INSERT INTO p SELECT i, i % 7, 'x' FROM generate_series(1, 50) i;
    INSERT INTO par SELECT i, i, 'x' FROM generate_series(1, 50) i;
    INSERT INTO kid SELECT i, i, 'x', i FROM generate_series(1, 50) i;
    INSERT INTO grandkid SELECT i, i, 'x', i FROM generate_series(1, 50) i;
    INSERT INTO u SELECT i, i, 'x' FROM generate_series(1, 50) i;
";

/// What a column may look like: (variant, definition, first major, forms that a partitioned table or a parent does not take).
const DEFINITIONS: &[(&str, &str)] = &[
    ("no_default", "int"),
    ("null", "int NULL"),
    ("default_null", "int DEFAULT NULL"),
    ("default_constant", "int DEFAULT 5"),
    ("default_constant_not_null", "int NOT NULL DEFAULT 5"),
    ("default_text", "text DEFAULT 'abc'"),
    ("default_text_collated", "text COLLATE \"C\" DEFAULT 'abc'"),
    ("default_varchar_cast", "varchar(2) DEFAULT 'ab'"),
    ("default_numeric", "numeric(10,2) DEFAULT 1.5"),
    ("default_array_literal", "int[] DEFAULT '{1,2}'"),
    ("default_array_constructor", "int[] DEFAULT ARRAY[1, 2]"),
    ("default_jsonb", "jsonb DEFAULT '{}'"),
    ("default_composite", "pair DEFAULT ROW(1, 2)"),
    ("default_enum", "mood DEFAULT 'ok'"),
    ("default_now", "timestamptz DEFAULT now()"),
    ("default_now_not_null", "timestamptz NOT NULL DEFAULT now()"),
    ("default_now_cast", "date DEFAULT now()"),
    ("default_current_date", "date DEFAULT current_date"),
    ("default_current_user", "text DEFAULT current_user"),
    ("default_stable_function", "int DEFAULT f_stable()"),
    ("default_immutable_function", "int DEFAULT f_immutable()"),
    ("default_volatile_function", "int DEFAULT f_volatile()"),
    ("default_inlined_function", "int DEFAULT f_inlined()"),
    ("default_random", "double precision DEFAULT random()"),
    ("default_uuid", "uuid DEFAULT gen_random_uuid()"),
    ("default_clock_timestamp", "timestamptz DEFAULT clock_timestamp()"),
    ("default_volatile_argument", "timestamptz DEFAULT f_late()"),
    ("default_constant_argument", "timestamptz DEFAULT f_late('2026-01-01')"),
    ("default_nextval", "bigint DEFAULT nextval('s')"),
    ("default_volatile_in_cast", "int DEFAULT (random() * 10)::int"),
    ("default_volatile_in_array", "double precision[] DEFAULT ARRAY[random()]"),
    ("default_volatile_in_operator", "text DEFAULT 'a' || random()"),
    ("default_volatile_in_case", "int DEFAULT CASE WHEN random() > 2 THEN 1 ELSE 2 END"),
    ("default_volatile_folded_coalesce", "text DEFAULT coalesce('a', random()::text)"),
    ("default_volatile_folded_case", "int DEFAULT CASE WHEN true THEN 1 ELSE random()::int END"),
    ("default_to_char", "text DEFAULT to_char(now(), 'YYYY')"),
    ("serial", "serial"),
    ("bigserial", "bigserial"),
    ("smallserial", "smallserial"),
    ("stored", "int GENERATED ALWAYS AS (a + 1) STORED"),
    ("stored_not_null", "int GENERATED ALWAYS AS (coalesce(a, 0)) STORED NOT NULL"),
    ("domain_plain", "d_plain"),
    ("domain_plain_default", "d_plain DEFAULT 3"),
    ("domain_own_default", "d_default"),
    ("domain_own_default_overridden", "d_default DEFAULT 9"),
    ("domain_own_default_null", "d_default DEFAULT NULL"),
    ("domain_own_default_not_null", "d_default NOT NULL"),
    ("domain_check", "d_check"),
    ("domain_check_default", "d_check DEFAULT 3"),
    ("domain_check_own_default", "d_check_default"),
    ("domain_not_null", "d_not_null"),
    ("domain_volatile", "d_volatile"),
    ("domain_over_check", "d_over_check"),
    ("domain_over_plain", "d_over_plain"),
    ("domain_array", "d_array"),
    ("array_of_domain_check", "d_check[]"),
    ("array_of_domain_check_default", "d_check[] DEFAULT '{1}'"),
    ("check", "int CHECK (x > 0)"),
    ("check_default", "int DEFAULT 5 CHECK (x > 0)"),
    ("check_volatile", "int DEFAULT (random() * 3)::int CHECK (x >= 0)"),
    ("check_named", "int CONSTRAINT positive CHECK (x > 0)"),
    ("references", "int REFERENCES ref"),
    ("references_default", "int DEFAULT 5 REFERENCES ref"),
    ("references_default_null", "int DEFAULT NULL REFERENCES ref"),
    ("references_not_null_default", "int NOT NULL DEFAULT 5 REFERENCES ref (id) ON DELETE CASCADE"),
    ("references_volatile", "int DEFAULT f_volatile() REFERENCES ref"),
];

/// Definitions that only a table of its own takes.
const ALONE: &[(&str, &str)] = &[
    ("identity_always", "int GENERATED ALWAYS AS IDENTITY"),
    ("identity_by_default", "bigint GENERATED BY DEFAULT AS IDENTITY"),
    ("identity_unique", "int GENERATED ALWAYS AS IDENTITY UNIQUE"),
    ("unique", "int UNIQUE"),
    ("unique_nulls_not_distinct", "int UNIQUE NULLS NOT DISTINCT"),
    ("unique_serial", "serial UNIQUE"),
    ("not_null_no_default", "int NOT NULL"),
    ("not_null_domain", "d_plain NOT NULL"),
    ("not_null_default_null", "int NOT NULL DEFAULT NULL"),
    ("primary_key", "int PRIMARY KEY"),
    ("primary_key_serial", "serial PRIMARY KEY"),
    ("primary_key_identity", "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY"),
    ("primary_key_uuid", "uuid DEFAULT gen_random_uuid() PRIMARY KEY"),
    ("primary_key_references", "int PRIMARY KEY REFERENCES ref"),
];

/// ADD COLUMN and its neighbours.
pub fn fixtures() -> Vec<Fixture> {
    let mut f = Fixture::new("columns", SETUP);
    for (table, label) in [("t", "table"), ("p", "partitioned"), ("par", "inherited")] {
        for (variant, definition) in DEFINITIONS {
            let case = f
                .add(format!("add_column/{variant}/{label}"), format!("ALTER TABLE {table} ADD COLUMN x {definition}"));
            // Older minor releases forget the default of the domain, and find NULL where there must be none.
            if *variant == "domain_own_default_not_null" {
                case.mended_in = &[150_013, 160_009, 170_005];
            }
        }
    }
    for (variant, definition) in ALONE {
        f.add(format!("add_column/{variant}/empty_table"), format!("ALTER TABLE void ADD COLUMN x {definition}"));
    }
    for (variant, definition) in
        [("unique_serial", "serial UNIQUE"), ("identity", "int GENERATED ALWAYS AS IDENTITY"), ("unique", "int UNIQUE")]
    {
        f.add(format!("add_column/{variant}/table"), format!("ALTER TABLE t ADD x {definition}"));
        f.add(format!("add_column/{variant}/unlogged"), format!("ALTER TABLE u ADD x {definition}"));
    }
    f.add("add_column/identity/partitioned", "ALTER TABLE p ADD x int GENERATED ALWAYS AS IDENTITY").since(17);
    for (table, label) in [("t", "table"), ("p", "partitioned"), ("par", "inherited")] {
        let mut virtual_column = |variant: &str, definition: &str| {
            f.add(format!("add_column/{variant}/{label}"), format!("ALTER TABLE {table} ADD COLUMN x {definition}"))
                .since(18);
        };
        virtual_column("virtual", "int GENERATED ALWAYS AS (a + 1) VIRTUAL");
        virtual_column("virtual_by_default", "int GENERATED ALWAYS AS (a + 1)");
        virtual_column("virtual_check", "int GENERATED ALWAYS AS (a + 1) VIRTUAL CHECK (x > -10)");
        virtual_column("virtual_not_null", "int GENERATED ALWAYS AS (coalesce(a, 0)) VIRTUAL NOT NULL");
        virtual_column("check_not_enforced", "int CHECK (x > 0) NOT ENFORCED");
        virtual_column("check_default_not_enforced", "int DEFAULT 5 CHECK (x > 0) NOT ENFORCED");
        virtual_column("references_default_not_enforced", "int DEFAULT 5 REFERENCES ref NOT ENFORCED");
    }
    f.all(
        "add_column",
        &[
            ("if_not_exists_hit", "ALTER TABLE t ADD COLUMN IF NOT EXISTS a int DEFAULT random()"),
            ("if_not_exists_hit/partitioned", "ALTER TABLE p ADD COLUMN IF NOT EXISTS a int"),
            ("if_not_exists_miss", "ALTER TABLE t ADD COLUMN IF NOT EXISTS x double precision DEFAULT random()"),
            ("if_exists_table_missing", "ALTER TABLE IF EXISTS nothing ADD COLUMN x int"),
            ("two_columns", "ALTER TABLE t ADD x int DEFAULT 5, ADD y timestamptz DEFAULT clock_timestamp()"),
            ("merged_with_child", "ALTER TABLE par ADD COLUMN z int"),
            ("merged_with_child_default", "ALTER TABLE par ADD COLUMN z int DEFAULT 4"),
            ("self_reference", "ALTER TABLE t ADD x int REFERENCES t"),
            ("self_reference_default", "ALTER TABLE t ADD x int DEFAULT 1 REFERENCES t"),
        ],
    );
    f.all(
        "drop_column",
        &[
            ("plain", "ALTER TABLE t DROP COLUMN b"),
            ("indexed", "ALTER TABLE t DROP COLUMN a"),
            ("primary_key", "ALTER TABLE t DROP COLUMN id"),
            ("if_exists_miss", "ALTER TABLE t DROP COLUMN IF EXISTS nope"),
            ("partitioned", "ALTER TABLE p DROP COLUMN b"),
            ("inherited", "ALTER TABLE par DROP COLUMN b"),
            ("inherited_indexed", "ALTER TABLE par DROP COLUMN a"),
            ("inherited_only", "ALTER TABLE ONLY par DROP COLUMN b"),
            ("child_own", "ALTER TABLE kid DROP COLUMN z"),
        ],
    );
    for (table, label) in [("t", "table"), ("p", "partitioned"), ("par", "inherited")] {
        f.all(
            "default",
            &[
                (&format!("set/{label}"), &format!("ALTER TABLE {table} ALTER a SET DEFAULT 5")),
                (&format!("set_volatile/{label}"), &format!("ALTER TABLE {table} ALTER a SET DEFAULT f_volatile()")),
                (&format!("drop/{label}"), &format!("ALTER TABLE {table} ALTER a DROP DEFAULT")),
            ],
        );
        f.add(format!("default/set_only/{label}"), format!("ALTER TABLE ONLY {table} ALTER a SET DEFAULT 5"));
    }
    vec![f, not_null(), dropped(), merged(), users()]
}

fn not_null() -> Fixture {
    let mut f = Fixture::new(
        "not_null",
        r"
        CREATE TABLE t (id int PRIMARY KEY, bare int, proved int, proved_and int, not_valid int, weak int, already int NOT NULL,
            either int, other int, exact int, text_proved text,
            CHECK (proved IS NOT NULL), CHECK (proved_and IS NOT NULL AND proved_and > 0), CHECK (weak > 0),
            CHECK (either IS NOT NULL OR other IS NOT NULL),
            CONSTRAINT exact_check CHECK (exact IS NOT NULL), CHECK (NOT (text_proved IS NULL)));
        ALTER TABLE t ADD CONSTRAINT later CHECK (not_valid IS NOT NULL) NOT VALID;
        INSERT INTO t SELECT i, i, i, i, i, i, i, i, i, i, i FROM generate_series(1, 30) i;
        CREATE TABLE p (id int NOT NULL, bare int, proved int, part int, CHECK (proved IS NOT NULL)) PARTITION BY RANGE (id);
        CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
        CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20) PARTITION BY HASH (id);
        CREATE TABLE p21 PARTITION OF p2 FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE p22 PARTITION OF p2 FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        CREATE TABLE pd PARTITION OF p DEFAULT;
        ALTER TABLE p1 ADD CHECK (part IS NOT NULL);
        ALTER TABLE p21 ALTER part SET NOT NULL;
        INSERT INTO p SELECT i, i, i, i FROM generate_series(1, 30) i;
        CREATE TABLE par (id int, a int, b int);
        CREATE TABLE kid () INHERITS (par);
        CREATE TABLE kid2 (CHECK (a IS NOT NULL), b int NOT NULL) INHERITS (par);
        INSERT INTO kid SELECT i, i, i FROM generate_series(1, 30) i;
        INSERT INTO kid2 SELECT i, i, i FROM generate_series(1, 30) i;
        -- Bound by the partition's own bound: what it implies is no constraint of the table's.
        CREATE TABLE l (k int, v int) PARTITION BY LIST (k);
        CREATE TABLE l1 PARTITION OF l FOR VALUES IN (1, 2);
        INSERT INTO l VALUES (1, 1), (2, 2);
        ",
    );
    for column in ["bare", "proved", "proved_and", "not_valid", "weak", "already", "either", "exact", "text_proved"] {
        f.add(format!("set_not_null/{column}"), format!("ALTER TABLE t ALTER {column} SET NOT NULL"));
    }
    f.all(
        "set_not_null",
        &[
            ("primary_key", "ALTER TABLE t ALTER id SET NOT NULL"),
            ("proof_dropped_too", "ALTER TABLE t ALTER exact SET NOT NULL, DROP CONSTRAINT exact_check"),
            ("proof_dropped_first", "ALTER TABLE t DROP CONSTRAINT exact_check, ALTER exact SET NOT NULL"),
            ("other_proof_dropped", "ALTER TABLE t DROP CONSTRAINT t_proved_check, ALTER exact SET NOT NULL"),
            ("proof_added_too", "ALTER TABLE t ADD CHECK (bare IS NOT NULL), ALTER bare SET NOT NULL"),
            ("proof_validated_too", "ALTER TABLE t VALIDATE CONSTRAINT later, ALTER not_valid SET NOT NULL"),
            ("two", "ALTER TABLE t ALTER bare SET NOT NULL, ALTER proved SET NOT NULL"),
            ("partitioned/bare", "ALTER TABLE p ALTER bare SET NOT NULL"),
            ("partitioned/proved", "ALTER TABLE p ALTER proved SET NOT NULL"),
            ("partitioned/some", "ALTER TABLE p ALTER part SET NOT NULL"),
            ("partitioned/already", "ALTER TABLE p ALTER id SET NOT NULL"),
            ("partition/proved", "ALTER TABLE p1 ALTER part SET NOT NULL"),
            ("partition/bare", "ALTER TABLE pd ALTER bare SET NOT NULL"),
            ("partition/by_bound", "ALTER TABLE l1 ALTER k SET NOT NULL"),
            ("partition_default/bare", "ALTER TABLE l ALTER v SET NOT NULL"),
            ("inherited/a", "ALTER TABLE par ALTER a SET NOT NULL"),
            ("inherited/b", "ALTER TABLE par ALTER b SET NOT NULL"),
            ("child", "ALTER TABLE kid ALTER a SET NOT NULL"),
            ("with_type_rewrite", "ALTER TABLE t ALTER bare TYPE bigint, ALTER bare SET NOT NULL"),
            ("with_new_column", "ALTER TABLE t ADD x int DEFAULT 4, ALTER x SET NOT NULL"),
            ("with_new_column_volatile", "ALTER TABLE t ADD x double precision DEFAULT random(), ALTER x SET NOT NULL"),
        ],
    );
    f.add("set_not_null/inherited_only", "ALTER TABLE ONLY par ALTER a SET NOT NULL").until(17);
    f.all(
        "drop_not_null",
        &[
            ("plain", "ALTER TABLE t ALTER already DROP NOT NULL"),
            ("not_there", "ALTER TABLE t ALTER bare DROP NOT NULL"),
            ("partitioned", "ALTER TABLE p ALTER id DROP NOT NULL"),
            ("partition", "ALTER TABLE p21 ALTER part DROP NOT NULL"),
            ("inherited", "ALTER TABLE par ALTER a DROP NOT NULL"),
            ("child", "ALTER TABLE kid2 ALTER b DROP NOT NULL"),
        ],
    );
    // NOT NULL as a constraint of its own: from 18 on.
    for (variant, sql) in [
        ("bare", "ALTER TABLE t ADD CONSTRAINT nn NOT NULL bare"),
        ("proved", "ALTER TABLE t ADD CONSTRAINT nn NOT NULL proved"),
        ("already", "ALTER TABLE t ADD NOT NULL already"),
        ("not_valid", "ALTER TABLE t ADD CONSTRAINT nn NOT NULL bare NOT VALID"),
        ("no_inherit", "ALTER TABLE par ADD CONSTRAINT nn NOT NULL a NO INHERIT"),
        ("inherited", "ALTER TABLE par ADD CONSTRAINT nn NOT NULL a"),
        ("inherited_not_valid", "ALTER TABLE par ADD CONSTRAINT nn NOT NULL a NOT VALID"),
        ("partitioned", "ALTER TABLE p ADD CONSTRAINT nn NOT NULL bare"),
        ("partitioned_some", "ALTER TABLE p ADD CONSTRAINT nn NOT NULL part"),
        ("partitioned_not_valid", "ALTER TABLE p ADD CONSTRAINT nn NOT NULL bare NOT VALID"),
    ] {
        f.add(format!("add_not_null_constraint/{variant}"), sql).since(18);
    }
    f
}

fn dropped() -> Fixture {
    let mut f = Fixture::new(
        "dropped_columns",
        r"
        CREATE TABLE far (id int PRIMARY KEY, code text UNIQUE, alt int);
        CREATE UNIQUE INDEX far_alt ON far (alt);
        INSERT INTO far SELECT i, i, i FROM generate_series(1, 10) i;
        CREATE TABLE t (id serial PRIMARY KEY, a int, b text, far_id int REFERENCES far, c int CHECK (c > 0), s int, g int,
            i int GENERATED ALWAYS AS IDENTITY, h int, stats int,
            twice int GENERATED ALWAYS AS (g * 2) STORED, UNIQUE (a, b));
        CREATE SEQUENCE own OWNED BY t.s;
        ALTER TABLE t ADD CHECK (a > h);
        CREATE INDEX t_partial ON t (id) WHERE h > 0;
        CREATE INDEX t_expr ON t ((b || 'x'));
        CREATE INDEX t_incl ON t (id) INCLUDE (g);
        CREATE STATISTICS st ON a, stats FROM t;
        CREATE TABLE near (id int, far_code text REFERENCES far (code), far_alt int REFERENCES far (alt));
        CREATE TABLE near2 (far_id int REFERENCES far);
        CREATE VIEW v AS SELECT id, b FROM t;
        CREATE VIEW vv AS SELECT id FROM v WHERE b IS NOT NULL;
        CREATE MATERIALIZED VIEW m AS SELECT a, count(*) AS n FROM t GROUP BY a;
        CREATE UNIQUE INDEX m_a ON m (a);
        CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
        CREATE TRIGGER on_c BEFORE UPDATE OF c ON t FOR EACH ROW EXECUTE FUNCTION trg();
        CREATE POLICY pol ON t USING (far_id > 0);
        CREATE TABLE p (id int, k int, far_id int REFERENCES far, v text) PARTITION BY LIST (k);
        CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
        CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
        CREATE INDEX p_v ON p (v);
        CREATE TABLE pk (id int PRIMARY KEY, v text) PARTITION BY RANGE (id);
        CREATE TABLE pk1 PARTITION OF pk FOR VALUES FROM (0) TO (100);
        CREATE TABLE refs_pk (pk_id int REFERENCES pk);
        INSERT INTO t (a, b, far_id, c, g, h) SELECT i, i, i, i, i, i - 1 FROM generate_series(1, 10) i;
        ",
    );
    f.all(
        "drop_column",
        &[
            ("serial", "ALTER TABLE t DROP COLUMN id CASCADE"),
            ("identity", "ALTER TABLE t DROP COLUMN i"),
            ("owned_sequence", "ALTER TABLE t DROP COLUMN s"),
            ("multi_column_unique_and_matview_cascade", "ALTER TABLE t DROP COLUMN a CASCADE"),
            ("view_cascade", "ALTER TABLE t DROP COLUMN b CASCADE"),
            ("foreign_key", "ALTER TABLE t DROP COLUMN far_id CASCADE"),
            ("check_and_trigger", "ALTER TABLE t DROP COLUMN c CASCADE"),
            ("generated_of_it_cascade", "ALTER TABLE t DROP COLUMN g CASCADE"),
            ("generated", "ALTER TABLE t DROP COLUMN twice"),
            ("partial_index", "ALTER TABLE t DROP COLUMN h CASCADE"),
            ("statistics", "ALTER TABLE t DROP COLUMN stats"),
            ("referenced_unique_cascade", "ALTER TABLE far DROP COLUMN code CASCADE"),
            ("referenced_unique_index_cascade", "ALTER TABLE far DROP COLUMN alt CASCADE"),
            ("referenced_primary_key_cascade", "ALTER TABLE far DROP COLUMN id CASCADE"),
            ("partitioned_foreign_key", "ALTER TABLE p DROP COLUMN far_id"),
            ("partitioned_indexed", "ALTER TABLE p DROP COLUMN v"),
            ("partitioned_plain", "ALTER TABLE p DROP COLUMN id"),
            ("referencing_partitioned", "ALTER TABLE refs_pk DROP COLUMN pk_id"),
            ("two", "ALTER TABLE t DROP COLUMN stats, DROP COLUMN twice"),
            ("and_add", "ALTER TABLE t DROP COLUMN twice, ADD COLUMN twice int"),
            ("if_exists_hit", "ALTER TABLE t DROP COLUMN IF EXISTS twice"),
        ],
    );
    f.all(
        "drop_constraint",
        &[
            ("primary_key", "ALTER TABLE t DROP CONSTRAINT t_pkey"),
            ("unique", "ALTER TABLE t DROP CONSTRAINT t_a_b_key"),
            ("check", "ALTER TABLE t DROP CONSTRAINT t_c_check"),
            ("foreign_key", "ALTER TABLE t DROP CONSTRAINT t_far_id_fkey"),
            ("if_exists_miss", "ALTER TABLE t DROP CONSTRAINT IF EXISTS nope"),
            ("if_exists_hit", "ALTER TABLE t DROP CONSTRAINT IF EXISTS t_c_check"),
            ("referenced_primary_key_cascade", "ALTER TABLE far DROP CONSTRAINT far_pkey CASCADE"),
            ("referenced_unique_cascade", "ALTER TABLE far DROP CONSTRAINT far_code_key CASCADE"),
            ("partitioned_foreign_key", "ALTER TABLE p DROP CONSTRAINT p_far_id_fkey"),
            ("partitioned_primary_key_cascade", "ALTER TABLE pk DROP CONSTRAINT pk_pkey CASCADE"),
            ("referencing_partitioned", "ALTER TABLE refs_pk DROP CONSTRAINT refs_pk_pk_id_fkey"),
            ("two", "ALTER TABLE t DROP CONSTRAINT t_c_check, DROP CONSTRAINT t_far_id_fkey"),
        ],
    );
    for (variant, sql) in [
        ("not_null", "ALTER TABLE pk DROP CONSTRAINT pk_pkey CASCADE, ALTER id DROP NOT NULL"),
        ("not_null_of_primary_key", "ALTER TABLE t DROP CONSTRAINT t_pkey, DROP CONSTRAINT t_id_not_null"),
    ] {
        f.add(format!("drop_constraint/{variant}"), sql).since(18);
    }
    f
}

/// ADD COLUMN where a child has the column already, and identity columns of partitioned tables.
fn merged() -> Fixture {
    let mut f = Fixture::new(
        "merged",
        r"
        CREATE TABLE r (id int PRIMARY KEY);
        CREATE TABLE p (a int);
        CREATE TABLE c (z int, y int NOT NULL) INHERITS (p);
        CREATE TABLE g () INHERITS (c);
        CREATE TABLE d () INHERITS (p);
        CREATE TABLE ip (id int GENERATED ALWAYS AS IDENTITY, a int) PARTITION BY LIST (a);
        CREATE TABLE ip1 PARTITION OF ip FOR VALUES IN (1);
        CREATE TABLE ip2 PARTITION OF ip DEFAULT PARTITION BY LIST (a);
        CREATE TABLE ip21 PARTITION OF ip2 DEFAULT;
        INSERT INTO r SELECT generate_series(1, 20);
        INSERT INTO p SELECT i FROM generate_series(1, 20) i;
        INSERT INTO c SELECT i, i, i FROM generate_series(1, 20) i;
        INSERT INTO g SELECT i, i, i FROM generate_series(1, 20) i;
        INSERT INTO d SELECT i FROM generate_series(1, 20) i;
        INSERT INTO ip (a) SELECT i FROM generate_series(1, 3) i;
        ",
    );
    f.all(
        "add_column",
        &[
            ("merged", "ALTER TABLE p ADD z int"),
            ("merged_default", "ALTER TABLE p ADD z int DEFAULT 1"),
            ("merged_check", "ALTER TABLE p ADD z int DEFAULT 1 CHECK (z > 0)"),
            ("merged_check_no_inherit", "ALTER TABLE p ADD z int DEFAULT 1 CHECK (z > 0) NO INHERIT"),
            ("merged_two_checks", "ALTER TABLE p ADD z int DEFAULT 1 CHECK (z > 0) CHECK (z < 99)"),
            ("merged_reference", "ALTER TABLE p ADD z int REFERENCES r"),
            ("merged_not_null", "ALTER TABLE p ADD z int NOT NULL DEFAULT 1"),
            ("merged_not_null_there", "ALTER TABLE p ADD y int NOT NULL DEFAULT 1"),
            ("merged_not_null_check", "ALTER TABLE p ADD z int NOT NULL DEFAULT 1 CHECK (z > 0)"),
        ],
    );
    f.all(
        "identity",
        &[
            ("partitioned/drop", "ALTER TABLE ip ALTER id DROP IDENTITY"),
            ("partitioned/drop_if_exists", "ALTER TABLE ip ALTER id DROP IDENTITY IF EXISTS"),
            ("partitioned/drop_none", "ALTER TABLE ip ALTER a DROP IDENTITY IF EXISTS"),
            ("partitioned/set", "ALTER TABLE ip ALTER id SET GENERATED BY DEFAULT"),
            ("partitioned/increment", "ALTER TABLE ip ALTER id SET INCREMENT BY 2"),
            ("partitioned/set_and_increment", "ALTER TABLE ip ALTER id SET GENERATED BY DEFAULT SET INCREMENT BY 2"),
        ],
    );
    f
}

/// What uses a column: the server does not change the column's type then.
fn users() -> Fixture {
    let mut f = Fixture::new(
        "users",
        r"
        DROP PUBLICATION IF EXISTS predicted_rows, predicted_columns;
        CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
        CREATE TABLE t (id int PRIMARY KEY, pol int, whn int, upd int, pub int, col int, fun int, gen int, vie int, rul int, own int DEFAULT 1,
            trg int, free int, g int GENERATED ALWAYS AS (gen + 1) STORED);
        CREATE TABLE other (id int);
        CREATE TABLE par (id int, kid int);
        CREATE TABLE kid () INHERITS (par);
        CREATE POLICY of_t ON t USING (pol > 0);
        CREATE POLICY of_other ON other USING (id IN (SELECT pol FROM t));
        CREATE TRIGGER with_when BEFORE UPDATE ON t FOR EACH ROW WHEN (new.whn > 0) EXECUTE FUNCTION trg();
        CREATE TRIGGER of_column BEFORE UPDATE OF upd ON t FOR EACH ROW EXECUTE FUNCTION trg();
        CREATE TRIGGER plain BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION trg();
        CREATE PUBLICATION predicted_rows FOR TABLE t WHERE (id > 0 AND pub > 0) WITH (publish = 'insert');
        CREATE PUBLICATION predicted_columns FOR TABLE other (id);
        CREATE FUNCTION newest() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT max(fun) FROM t; END;
        CREATE VIEW vw AS SELECT vie FROM t;
        CREATE VIEW over_vw AS SELECT vie FROM vw;
        CREATE RULE ru AS ON DELETE TO t WHERE old.rul > 0 DO ALSO NOTHING;
        CREATE VIEW of_kid AS SELECT kid FROM kid;
        INSERT INTO t (id) SELECT generate_series(1, 20);
        ",
    );
    for column in ["pol", "whn", "upd", "pub", "fun", "gen", "vie", "rul"] {
        f.add(format!("alter_type/used_{column}"), format!("ALTER TABLE t ALTER {column} TYPE bigint")).refused();
    }
    f.add("alter_type/used_in_column_list", "ALTER TABLE other ALTER id TYPE bigint").refused();
    f.add("alter_type/used_in_a_child", "ALTER TABLE par ALTER kid TYPE bigint").refused();
    f.add("alter_type/own_default", "ALTER TABLE t ALTER own TYPE bigint");
    f.add("alter_type/used_by_nothing", "ALTER TABLE t ALTER free TYPE bigint");
    f
}
