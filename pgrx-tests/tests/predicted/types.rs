//! ALTER COLUMN ... TYPE: source types, targets, and what hangs on the column.

use crate::case::Fixture;

/// A source type, values of it, and where it goes.
struct Source {
    name: &'static str,
    data_type: &'static str,
    values: &'static str,
    /// It has a default btree operator class.
    ordered: bool,
    targets: &'static [(&'static str, &'static str)],
}

const fn source(
    name: &'static str,
    data_type: &'static str,
    values: &'static str,
    targets: &'static [(&'static str, &'static str)],
) -> Source {
    Source { name, data_type, values, ordered: true, targets }
}

const SOURCES: &[Source] = &[
    source(
        "varchar10",
        "varchar(10)",
        "('a'), ('b'), (NULL)",
        &[
            ("varchar10", "varchar(10)"),
            ("varchar20", "varchar(20)"),
            ("varchar5", "varchar(5)"),
            ("varchar", "varchar"),
            ("text", "text"),
            ("char10", "char(10)"),
            ("bpchar", "bpchar"),
            ("name", "name"),
            ("domain_text", "d_text"),
            ("domain_varchar10", "d_varchar10"),
            ("domain_varchar20", "d_varchar20"),
            ("domain_checked_text", "d_checked_text"),
            ("text_collate_c", "text COLLATE \"C\""),
            ("varchar20_collate_c", "varchar(20) COLLATE \"C\""),
            ("varchar20_collate_default", "varchar(20) COLLATE \"default\""),
            ("using_itself", "varchar(10) USING c"),
            ("text_using_itself", "text USING c"),
            ("text_using_cast", "text USING c::text"),
            ("varchar20_using_cast", "varchar(20) USING c::varchar(20)"),
            ("using_lower", "text USING lower(c)"),
            ("using_other_column", "text USING other"),
            ("using_constant", "text USING 'x'"),
            ("int_using_length", "int USING length(c)"),
        ],
    ),
    source(
        "varchar",
        "varchar",
        "('a'), ('b')",
        &[("text", "text"), ("varchar10", "varchar(10)"), ("domain_text", "d_text")],
    ),
    source(
        "text",
        "text",
        "('a'), ('b')",
        &[
            ("text", "text"),
            ("varchar", "varchar"),
            ("varchar10", "varchar(10)"),
            ("char10", "char(10)"),
            ("domain_text", "d_text"),
            ("domain_over_text", "d_over_text"),
            ("domain_checked_text", "d_checked_text"),
            ("domain_over_checked", "d_over_checked"),
            ("collate_c", "text COLLATE \"C\""),
            ("bytea_using", "bytea USING convert_to(c, 'UTF8')"),
            ("jsonb_using", "jsonb USING to_jsonb(c)"),
        ],
    ),
    source(
        "text_c",
        "text COLLATE \"C\"",
        "('a'), ('b')",
        &[
            ("text", "text"),
            ("collate_c", "text COLLATE \"C\""),
            ("collate_posix", "text COLLATE \"POSIX\""),
            ("varchar", "varchar"),
        ],
    ),
    source(
        "char10",
        "char(10)",
        "('a'), ('b')",
        &[
            ("text", "text"),
            ("varchar20", "varchar(20)"),
            ("char20", "char(20)"),
            ("char10", "char(10)"),
            ("bpchar", "bpchar"),
        ],
    ),
    source("name", "name", "('a'), ('b')", &[("text", "text"), ("varchar", "varchar")]),
    source(
        "smallint",
        "smallint",
        "(1), (2)",
        &[("int", "int"), ("bigint", "bigint"), ("numeric", "numeric"), ("real", "real")],
    ),
    source(
        "int",
        "int",
        "(1), (2)",
        &[
            ("int", "int"),
            ("bigint", "bigint"),
            ("smallint", "smallint"),
            ("oid", "oid"),
            ("numeric", "numeric"),
            ("double", "double precision"),
            ("text", "text"),
            ("boolean_using", "boolean USING c = 1"),
            ("domain_int", "d_int"),
            ("domain_positive", "d_positive"),
            ("bigint_using_cast", "bigint USING c::bigint"),
            ("int_using_arithmetic", "int USING c + 0"),
        ],
    ),
    source(
        "bigint",
        "bigint",
        "(1), (2)",
        &[("int", "int"), ("numeric", "numeric"), ("oid", "oid"), ("bigint", "bigint")],
    ),
    source(
        "oid",
        "oid",
        "(1), (2)",
        &[("int", "int"), ("bigint", "bigint"), ("regclass_using", "regclass USING c::regclass")],
    ),
    source(
        "numeric10_2",
        "numeric(10,2)",
        "(1.25), (2)",
        &[
            ("numeric12_2", "numeric(12,2)"),
            ("numeric10_2", "numeric(10,2)"),
            ("numeric10_3", "numeric(10,3)"),
            ("numeric8_2", "numeric(8,2)"),
            ("numeric12_4", "numeric(12,4)"),
            ("numeric", "numeric"),
            ("int", "int"),
            ("double", "double precision"),
        ],
    ),
    source(
        "numeric",
        "numeric",
        "(1.25), (2)",
        &[("numeric10_2", "numeric(10,2)"), ("bigint", "bigint"), ("numeric", "numeric")],
    ),
    source("real", "real", "(1), (2)", &[("double", "double precision"), ("numeric", "numeric")]),
    source("double", "double precision", "(1), (2)", &[("real", "real"), ("numeric", "numeric")]),
    source(
        "timestamp",
        "timestamp",
        "('2026-01-01 10:00'), ('2026-07-01 10:00')",
        &[
            ("timestamptz", "timestamptz"),
            ("timestamp3", "timestamp(3)"),
            ("timestamp6", "timestamp(6)"),
            ("date", "date"),
            ("timestamptz_using", "timestamptz USING c AT TIME ZONE 'UTC'"),
        ],
    ),
    source(
        "timestamptz",
        "timestamptz",
        "('2026-01-01 10:00'), ('2026-07-01 10:00')",
        &[
            ("timestamp", "timestamp"),
            ("timestamptz3", "timestamptz(3)"),
            ("timestamptz", "timestamptz"),
            ("timestamp3", "timestamp(3)"),
        ],
    ),
    source(
        "timestamp3",
        "timestamp(3)",
        "('2026-01-01 10:00')",
        &[
            ("timestamp6", "timestamp(6)"),
            ("timestamp", "timestamp"),
            ("timestamp0", "timestamp(0)"),
            ("timestamptz3", "timestamptz(3)"),
            ("timestamptz", "timestamptz"),
        ],
    ),
    source(
        "date",
        "date",
        "('2026-01-01')",
        &[("timestamp", "timestamp"), ("timestamptz", "timestamptz"), ("text", "text")],
    ),
    source("time", "time", "('10:00')", &[("time3", "time(3)"), ("interval", "interval"), ("timetz", "timetz")]),
    source("time3", "time(3)", "('10:00')", &[("time6", "time(6)"), ("time", "time")]),
    source(
        "interval",
        "interval",
        "('1 day')",
        &[("interval3", "interval(3)"), ("interval_day", "interval day"), ("interval", "interval")],
    ),
    source("interval3", "interval(3)", "('1 day')", &[("interval6", "interval(6)"), ("interval", "interval")]),
    source("cidr", "cidr", "('10.0.0.0/8')", &[("inet", "inet"), ("text", "text")]),
    source("inet", "inet", "('10.0.0.0/8')", &[("cidr", "cidr"), ("text", "text")]),
    source(
        "bit8",
        "bit(8)",
        "(B'00000001')",
        &[("varbit", "bit varying"), ("varbit8", "bit varying(8)"), ("bit8", "bit(8)")],
    ),
    source(
        "varbit8",
        "varbit(8)",
        "(B'00000001')",
        &[("varbit16", "varbit(16)"), ("varbit4_using", "varbit(4) USING c::varbit(4)"), ("varbit", "varbit")],
    ),
    source("boolean", "boolean", "(true), (false)", &[("int_using", "int USING c::int"), ("text", "text")]),
    source(
        "enum",
        "mood",
        "('sad'), ('ok')",
        &[("text", "text"), ("other_enum_using", "mood2 USING c::text::mood2"), ("enum", "mood")],
    ),
    Source { ordered: false, ..source("json", "json", "('{}')", &[("jsonb", "jsonb"), ("text", "text")]) },
    source("jsonb", "jsonb", "('{}')", &[("json", "json"), ("text", "text")]),
    source("uuid", "uuid", "('00000000-0000-0000-0000-000000000001')", &[("text", "text")]),
    source(
        "int_array",
        "int[]",
        "('{1}')",
        &[("bigint_array", "bigint[]"), ("int_array", "int[]"), ("domain_array", "d_int_array")],
    ),
    source(
        "varchar10_array",
        "varchar(10)[]",
        "('{a}')",
        &[
            ("varchar20_array", "varchar(20)[]"),
            ("text_array", "text[]"),
            ("varchar_array", "varchar[]"),
            ("varchar5_array", "varchar(5)[]"),
        ],
    ),
    source(
        "domain_text",
        "d_text",
        "('a')",
        &[
            ("text", "text"),
            ("varchar10", "varchar(10)"),
            ("domain_over_text", "d_over_text"),
            ("domain_checked_text", "d_checked_text"),
        ],
    ),
    source(
        "domain_varchar10",
        "d_varchar10",
        "('a')",
        &[("varchar20", "varchar(20)"), ("domain_varchar20", "d_varchar20"), ("text", "text")],
    ),
    source(
        "domain_positive",
        "d_positive",
        "(1), (2)",
        &[("int", "int"), ("bigint", "bigint"), ("domain_int", "d_int")],
    ),
    source("money", "money", "(1)", &[("numeric", "numeric")]),
    source("int4range", "int4range", "('[1,5)')", &[("int4range", "int4range"), ("text_using", "text USING c::text")]),
];

const TYPES: &str = r"
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE TYPE mood2 AS ENUM ('sad', 'ok', 'happy');
    CREATE DOMAIN d_text AS text;
    CREATE DOMAIN d_over_text AS d_text;
    CREATE DOMAIN d_checked_text AS text CHECK (VALUE <> 'never');
    CREATE DOMAIN d_over_checked AS d_checked_text;
    CREATE DOMAIN d_varchar10 AS varchar(10);
    CREATE DOMAIN d_varchar20 AS varchar(20);
    CREATE DOMAIN d_int AS int;
    CREATE DOMAIN d_positive AS int CHECK (VALUE > 0);
    CREATE DOMAIN d_int_array AS int[];
";

/// The matrix, and the contexts in which a column stands.
pub fn fixtures() -> Vec<Fixture> {
    let mut fixtures = vec![matrix(), contexts(), keys(), time_zones()];
    fixtures.push(citext());
    fixtures
}

fn matrix() -> Fixture {
    let mut setup = String::from(TYPES);
    for Source { name, data_type, values, ordered, .. } in SOURCES {
        setup.push_str(&format!(
            "CREATE TABLE plain_{name} (id serial PRIMARY KEY, c {data_type}, other text);
             INSERT INTO plain_{name} (c) VALUES {values};"
        ));
        if *ordered {
            setup.push_str(&format!(
                "CREATE TABLE indexed_{name} (id serial PRIMARY KEY, other text, c {data_type});
                 CREATE INDEX ix_{name}_c ON indexed_{name} (c);
                 CREATE UNIQUE INDEX ix_{name}_two ON indexed_{name} (other, c);
                 CREATE INDEX ix_{name}_other ON indexed_{name} (other);
                 INSERT INTO indexed_{name} (c) VALUES {values};"
            ));
        }
    }
    let mut f = Fixture::new("type_matrix", setup);
    for source in SOURCES {
        for (target, data_type) in source.targets {
            for context in ["plain", "indexed"] {
                // json and jsonb: an index on the column keeps it from becoming what has no such operator class.
                if context == "indexed" && (!source.ordered || *target == "json") {
                    continue;
                }
                f.add(
                    format!("alter_type/{}_to_{target}/{context}", source.name),
                    format!("ALTER TABLE {context}_{} ALTER COLUMN c TYPE {data_type}", source.name),
                );
            }
        }
    }
    f
}

/// What may hang on a column: (context, what makes it on the column `c` of the table `t_<context>`).
const CONTEXTS: &[(&str, &str)] = &[
    ("unique_constraint", "ALTER TABLE @ ADD UNIQUE (c)"),
    ("primary_key", "ALTER TABLE @ DROP CONSTRAINT @_pkey, ADD PRIMARY KEY (c)"),
    ("partial_index_on_it", "CREATE INDEX @_i ON @ (c) WHERE id > 0"),
    ("partial_index_by_it", "CREATE INDEX @_i ON @ (id) WHERE c IS NOT NULL"),
    ("expression_index", "CREATE INDEX @_i ON @ (coalesce(c, c))"),
    ("included", "CREATE INDEX @_i ON @ (id) INCLUDE (c)"),
    ("hash_index", "CREATE INDEX @_i ON @ USING hash (c)"),
    ("brin_index", "CREATE INDEX @_i ON @ USING brin (c)"),
    ("desc_index", "CREATE INDEX @_i ON @ (c DESC NULLS LAST)"),
    ("reloptions_index", "CREATE INDEX @_i ON @ (c) WITH (fillfactor = 70)"),
    ("check", "ALTER TABLE @ ADD CHECK (c IS NOT NULL)"),
    ("check_two_columns", "ALTER TABLE @ ADD CHECK (c IS NOT NULL OR id > 0)"),
    ("check_not_valid", "ALTER TABLE @ ADD CHECK (c IS NOT NULL) NOT VALID"),
    ("check_of_other_column", "ALTER TABLE @ ADD CHECK (id > 0)"),
    ("check_whole_row", "ALTER TABLE @ ADD CHECK (id > 0 AND c IS NOT NULL)"),
    ("default", "ALTER TABLE @ ALTER c SET DEFAULT NULL"),
    ("statistics", "CREATE STATISTICS @_s ON id, c FROM @"),
    ("not_null", "ALTER TABLE @ ALTER c SET NOT NULL"),
    ("clustered", "CREATE INDEX @_i ON @ (c); ALTER TABLE @ CLUSTER ON @_i"),
    (
        "replica_identity",
        "ALTER TABLE @ ALTER c SET NOT NULL; CREATE UNIQUE INDEX @_i ON @ (c); ALTER TABLE @ REPLICA IDENTITY USING INDEX @_i",
    ),
    ("unlogged", "ALTER TABLE @ SET UNLOGGED; CREATE INDEX @_i ON @ (c)"),
    ("exclusion", "ALTER TABLE @ ADD EXCLUDE USING hash (c WITH =)"),
    ("nulls_not_distinct", "CREATE UNIQUE INDEX @_i ON @ (c) NULLS NOT DISTINCT"),
];

/// Changes tried in every context: one that keeps the stored form and one that does not.
const CHANGES: &[(&str, &str, &str, &str)] = &[
    ("varchar10_to_text", "varchar(10)", "text", "('a'), ('b')"),
    ("varchar10_to_varchar20", "varchar(10)", "varchar(20)", "('a'), ('b')"),
    ("varchar10_to_text_collate_c", "varchar(10)", "text COLLATE \"C\"", "('a'), ('b')"),
    ("int_to_bigint", "int", "bigint", "(1), (2)"),
    ("int_to_oid", "int", "oid", "(1), (2)"),
    ("numeric_wider", "numeric(10,2)", "numeric(12,2)", "(1), (2)"),
];

fn contexts() -> Fixture {
    let mut setup = String::from(TYPES);
    let mut cases: Vec<(String, String)> = Vec::new();
    for (context, make) in CONTEXTS {
        for (change, from, to, values) in CHANGES {
            let table = format!("{context}_{change}");
            setup.push_str(&format!(
                "CREATE TABLE {table} (id serial, c {from}, CONSTRAINT {table}_pkey PRIMARY KEY (id));
                 INSERT INTO {table} (c) VALUES {values};
                 {};",
                make.replace('@', &table)
            ));
            cases.push((format!("alter_type/{change}/{context}"), format!("ALTER TABLE {table} ALTER c TYPE {to}")));
        }
    }
    setup.push_str(
        r#"
        CREATE TABLE w (id int PRIMARY KEY, c varchar(10), d int, e text);
        CREATE INDEX w_pattern ON w (c varchar_pattern_ops);
        CREATE INDEX w_text_ops ON w (c text_ops);
        CREATE INDEX w_collated ON w (c COLLATE "C");
        CREATE INDEX w_array ON w USING gin ((ARRAY[c]));
        CREATE INDEX w_opts ON w USING brin (d int4_minmax_multi_ops (values_per_range = 8));
        INSERT INTO w VALUES (1, 'a', 1, 'a');
        CREATE TABLE arr (id int, c int[], v varchar(10)[]);
        CREATE INDEX arr_gin ON arr USING gin (c);
        CREATE INDEX arr_v ON arr USING gin (v);
        CREATE INDEX arr_btree ON arr (v);
        INSERT INTO arr VALUES (1, '{1}', '{a}');
        CREATE TABLE rng (id int, c int4range);
        CREATE INDEX rng_gist ON rng USING gist (c);
        CREATE TABLE en (id int, c mood);
        CREATE INDEX en_c ON en (c);
        CREATE TABLE failed (id int, c varchar(10));
        CREATE INDEX failed_c ON failed (c);
        UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'failed_c'::regclass;
        CREATE TABLE gen (id int, c int, twice int GENERATED ALWAYS AS (id * 2) STORED);
        CREATE TABLE tree (id int, c varchar(10), d int, k int) PARTITION BY RANGE (k);
        CREATE TABLE tree1 PARTITION OF tree FOR VALUES FROM (0) TO (10);
        CREATE TABLE tree2 PARTITION OF tree FOR VALUES FROM (10) TO (20) PARTITION BY LIST (id);
        CREATE TABLE tree21 PARTITION OF tree2 FOR VALUES IN (1, 2, 3);
        CREATE TABLE tree22 PARTITION OF tree2 DEFAULT;
        CREATE TABLE treed PARTITION OF tree DEFAULT;
        CREATE INDEX tree_c ON tree (c);
        CREATE INDEX tree_d ON tree (d);
        CREATE INDEX tree1_own ON tree1 (c, d);
        ALTER TABLE tree ADD CHECK (c <> 'never');
        INSERT INTO tree SELECT i, 'a', i, i FROM generate_series(1, 30) i;
        CREATE TABLE bare_tree (id int, c varchar(10), d int) PARTITION BY HASH (id);
        CREATE TABLE bare_tree0 PARTITION OF bare_tree FOR VALUES WITH (MODULUS 2, REMAINDER 0);
        CREATE TABLE bare_tree1 PARTITION OF bare_tree FOR VALUES WITH (MODULUS 2, REMAINDER 1);
        CREATE TABLE par (id int, c varchar(10), d int);
        CREATE TABLE kid (x int) INHERITS (par);
        CREATE TABLE grandkid () INHERITS (kid);
        CREATE INDEX par_c ON par (c);
        CREATE INDEX kid_d ON kid (d);
        INSERT INTO kid VALUES (1, 'a', 1);
        CREATE TABLE two (id int, a int, b varchar(10), c text);
        CREATE INDEX two_ab ON two (a, b);
        CREATE INDEX two_c ON two (c);
        INSERT INTO two VALUES (1, 1, 'a', 'b');
        CREATE TYPE inner_type AS (x int);
        CREATE TABLE comp (id int, c inner_type);
        CREATE VIEW unrelated AS SELECT d FROM w;
        "#,
    );
    let mut f = Fixture::new("type_contexts", setup);
    for (name, sql) in cases {
        f.add(name, sql);
    }
    f.all(
        "alter_type",
        &[
            ("opclasses/varchar_to_text", "ALTER TABLE w ALTER c TYPE text"),
            ("opclasses/varchar_longer", "ALTER TABLE w ALTER c TYPE varchar(30)"),
            ("opclasses/collate_c", "ALTER TABLE w ALTER c TYPE varchar(10) COLLATE \"C\""),
            ("opclasses/brin_multi", "ALTER TABLE w ALTER e TYPE varchar"),
            ("gin_array/int_to_bigint", "ALTER TABLE arr ALTER c TYPE bigint[]"),
            ("gin_array/same", "ALTER TABLE arr ALTER c TYPE int[]"),
            ("gin_array/varchar_to_text", "ALTER TABLE arr ALTER v TYPE text[]"),
            ("gin_array/varchar_longer", "ALTER TABLE arr ALTER v TYPE varchar(20)[]"),
            ("gist_range/same", "ALTER TABLE rng ALTER c TYPE int4range"),
            ("gist_range/using", "ALTER TABLE rng ALTER c TYPE int4range USING c * c"),
            ("enum_index/same", "ALTER TABLE en ALTER c TYPE mood"),
            ("enum_index/other", "ALTER TABLE en ALTER c TYPE mood2 USING c::text::mood2"),
            ("invalid_index/to_text", "ALTER TABLE failed ALTER c TYPE text"),
            ("beside_generated", "ALTER TABLE gen ALTER c TYPE bigint"),
            ("generated_itself", "ALTER TABLE gen ALTER twice TYPE bigint"),
            ("partitioned/to_text", "ALTER TABLE tree ALTER c TYPE text"),
            ("partitioned/longer", "ALTER TABLE tree ALTER c TYPE varchar(30)"),
            ("partitioned/collate_c", "ALTER TABLE tree ALTER c TYPE text COLLATE \"C\""),
            ("partitioned/int_to_bigint", "ALTER TABLE tree ALTER d TYPE bigint"),
            ("partitioned_without_index/to_text", "ALTER TABLE bare_tree ALTER c TYPE text"),
            ("partitioned_without_index/int_to_bigint", "ALTER TABLE bare_tree ALTER d TYPE bigint"),
            ("inherited/to_text", "ALTER TABLE par ALTER c TYPE text"),
            ("inherited/collate_c", "ALTER TABLE par ALTER c TYPE varchar(10) COLLATE \"C\""),
            ("inherited/int_to_bigint", "ALTER TABLE par ALTER d TYPE bigint"),
            ("child_own_column", "ALTER TABLE grandkid ADD own int, ALTER x SET DEFAULT 1"),
            ("two_columns/compatible", "ALTER TABLE two ALTER b TYPE text, ALTER c TYPE varchar"),
            ("two_columns/mixed", "ALTER TABLE two ALTER a TYPE bigint, ALTER b TYPE text"),
            ("two_columns/collation", "ALTER TABLE two ALTER b TYPE text COLLATE \"C\", ALTER c TYPE varchar"),
            ("with_set_default", "ALTER TABLE two ALTER b TYPE text, ALTER b SET DEFAULT 'x'"),
            ("with_drop_default", "ALTER TABLE two ALTER b DROP DEFAULT, ALTER b TYPE text"),
            ("with_check", "ALTER TABLE two ALTER b TYPE text, ADD CHECK (b <> 'never')"),
            ("with_check_rewriting", "ALTER TABLE two ALTER a TYPE bigint, ADD CHECK (a > 0)"),
            ("with_not_valid_check", "ALTER TABLE two ALTER b TYPE text, ADD CHECK (b <> 'never') NOT VALID"),
            ("with_new_index", "ALTER TABLE two ALTER b TYPE text, ADD UNIQUE (b)"),
            ("with_new_index_rewriting", "ALTER TABLE two ALTER a TYPE bigint, ADD UNIQUE (a)"),
            ("with_volatile_column", "ALTER TABLE two ALTER b TYPE text, ADD x double precision DEFAULT random()"),
            ("with_not_null", "ALTER TABLE two ALTER b TYPE text, ALTER b SET NOT NULL"),
            ("with_persistence", "ALTER TABLE two ALTER b TYPE text, SET UNLOGGED"),
        ],
    );
    f
}

/// Foreign keys on both sides of the change.
fn keys() -> Fixture {
    let mut f = Fixture::new(
        "type_keys",
        r#"
        CREATE TABLE far (id int PRIMARY KEY, code varchar(10) UNIQUE, big bigint UNIQUE, num numeric(10,2) UNIQUE, txt text UNIQUE);
        CREATE TABLE near (id int PRIMARY KEY, far_id int REFERENCES far, code varchar(10) REFERENCES far (code),
            big int REFERENCES far (big), num numeric(10,2) REFERENCES far (num), txt varchar(10) REFERENCES far (txt),
            free varchar(10));
        CREATE TABLE near_nv (id int, code varchar(10), far_id int);
        ALTER TABLE near_nv ADD CONSTRAINT nv FOREIGN KEY (code) REFERENCES far (code) NOT VALID;
        ALTER TABLE near_nv ADD CONSTRAINT nv_id FOREIGN KEY (far_id) REFERENCES far NOT VALID;
        CREATE TABLE self (id int PRIMARY KEY, up int REFERENCES self, code varchar(10) UNIQUE, up_code varchar(10) REFERENCES self (code));
        CREATE TABLE two_far (a int, b varchar(10), PRIMARY KEY (a, b));
        CREATE TABLE two_near (a int, b varchar(10), FOREIGN KEY (a, b) REFERENCES two_far);
        CREATE TABLE pfar (id int, code varchar(10), PRIMARY KEY (id)) PARTITION BY RANGE (id);
        CREATE TABLE pfar1 PARTITION OF pfar FOR VALUES FROM (0) TO (100);
        CREATE TABLE pnear (id int, pfar_id int REFERENCES pfar, far_id int REFERENCES far, code varchar(10) REFERENCES far (code)) PARTITION BY LIST (id);
        CREATE TABLE pnear1 PARTITION OF pnear FOR VALUES IN (1);
        CREATE TABLE pnear2 PARTITION OF pnear DEFAULT;
        INSERT INTO far SELECT i, i, i, i, i FROM generate_series(1, 10) i;
        INSERT INTO near SELECT i, i, i, i, i, i FROM generate_series(1, 10) i;
        INSERT INTO self SELECT i, i, i, i FROM generate_series(1, 10) i;
        INSERT INTO two_far VALUES (1, 'a');
        INSERT INTO two_near VALUES (1, 'a');
        INSERT INTO pfar VALUES (1, 'a');
        INSERT INTO pnear VALUES (1, 1, 1, '1'), (2, 1, 2, '2');
        "#,
    );
    f.all(
        "alter_type",
        &[
            ("referencing/int_to_bigint", "ALTER TABLE near ALTER far_id TYPE bigint"),
            ("referencing/varchar_to_text", "ALTER TABLE near ALTER code TYPE text"),
            ("referencing/varchar_longer", "ALTER TABLE near ALTER code TYPE varchar(20)"),
            ("referencing/varchar_collate_c", "ALTER TABLE near ALTER code TYPE varchar(10) COLLATE \"C\""),
            ("referencing/int_to_bigint_of_bigint", "ALTER TABLE near ALTER big TYPE bigint"),
            ("referencing/numeric_wider", "ALTER TABLE near ALTER num TYPE numeric(12,2)"),
            ("referencing/numeric_scale", "ALTER TABLE near ALTER num TYPE numeric(12,3)"),
            ("referencing/varchar_to_text_of_text", "ALTER TABLE near ALTER txt TYPE text"),
            ("referencing/same", "ALTER TABLE near ALTER far_id TYPE int"),
            ("referencing/not_involved", "ALTER TABLE near ALTER free TYPE text"),
            ("referencing_not_valid/varchar_to_text", "ALTER TABLE near_nv ALTER code TYPE text"),
            ("referencing_not_valid/int_to_bigint", "ALTER TABLE near_nv ALTER far_id TYPE bigint"),
            ("referenced/int_to_bigint", "ALTER TABLE far ALTER id TYPE bigint"),
            ("referenced/varchar_to_text", "ALTER TABLE far ALTER code TYPE text"),
            ("referenced/varchar_longer", "ALTER TABLE far ALTER code TYPE varchar(20)"),
            ("referenced/bigint_to_int", "ALTER TABLE far ALTER big TYPE int"),
            ("referenced/numeric_wider", "ALTER TABLE far ALTER num TYPE numeric(12,2)"),
            ("referenced/text_to_varchar", "ALTER TABLE far ALTER txt TYPE varchar"),
            ("referenced/same", "ALTER TABLE far ALTER id TYPE int"),
            ("self/key_int_to_bigint", "ALTER TABLE self ALTER id TYPE bigint"),
            ("self/up_int_to_bigint", "ALTER TABLE self ALTER up TYPE bigint"),
            ("self/code_to_text", "ALTER TABLE self ALTER code TYPE text"),
            ("self/up_code_to_text", "ALTER TABLE self ALTER up_code TYPE text"),
            ("self/both", "ALTER TABLE self ALTER id TYPE bigint, ALTER up TYPE bigint"),
            ("two_columns/referenced_a", "ALTER TABLE two_far ALTER a TYPE bigint"),
            ("two_columns/referenced_b", "ALTER TABLE two_far ALTER b TYPE text"),
            ("two_columns/referencing_a", "ALTER TABLE two_near ALTER a TYPE bigint"),
            ("two_columns/referencing_b", "ALTER TABLE two_near ALTER b TYPE text"),
            ("partitioned/referenced_other_column", "ALTER TABLE pfar ALTER code TYPE text"),
            ("partitioned/referencing_partitioned", "ALTER TABLE pnear ALTER pfar_id TYPE bigint"),
            ("partitioned/referencing_rewrite", "ALTER TABLE pnear ALTER far_id TYPE bigint"),
            ("partitioned/referencing_compatible", "ALTER TABLE pnear ALTER code TYPE text"),
        ],
    );
    f
}

fn time_zones() -> Fixture {
    let mut f = Fixture::new(
        "type_time_zones",
        r"
        CREATE TABLE t (id int, a timestamp, b timestamptz, c timestamp(3), d timestamptz(3), e timestamp[]);
        CREATE INDEX t_a ON t (a);
        CREATE INDEX t_b ON t (b);
        INSERT INTO t VALUES (1, '2026-01-01', '2026-01-01', '2026-01-01', '2026-01-01', '{2026-01-01}');
        CREATE TABLE p (id int, a timestamp, b timestamptz) PARTITION BY HASH (id);
        CREATE TABLE p0 PARTITION OF p FOR VALUES WITH (MODULUS 1, REMAINDER 0);
        CREATE INDEX p_a ON p (a);
        INSERT INTO p VALUES (1, '2026-01-01', '2026-01-01');
        ",
    );
    for (zone, label) in [
        ("UTC", "utc"),
        ("GMT", "gmt"),
        ("Europe/Berlin", "berlin"),
        ("Africa/Abidjan", "abidjan"),
        ("Etc/GMT+0", "etc_gmt"),
    ] {
        for (variant, sql) in [
            ("timestamp_to_timestamptz/indexed", "ALTER TABLE t ALTER a TYPE timestamptz"),
            ("timestamptz_to_timestamp/indexed", "ALTER TABLE t ALTER b TYPE timestamp"),
            ("timestamp3_to_timestamptz/plain", "ALTER TABLE t ALTER c TYPE timestamptz"),
            ("timestamp3_to_timestamptz3/plain", "ALTER TABLE t ALTER c TYPE timestamptz(3)"),
            ("timestamptz3_to_timestamp/plain", "ALTER TABLE t ALTER d TYPE timestamp"),
            ("timestamp_array/plain", "ALTER TABLE t ALTER e TYPE timestamptz[]"),
            ("timestamp_to_timestamptz/partitioned", "ALTER TABLE p ALTER a TYPE timestamptz"),
            ("at_time_zone/plain", "ALTER TABLE t ALTER c TYPE timestamptz USING c AT TIME ZONE 'UTC'"),
        ] {
            f.add(format!("alter_type/{variant}/{label}"), sql).before(&format!("SET LOCAL TimeZone = '{zone}'"));
        }
    }
    f
}

fn citext() -> Fixture {
    let mut f = Fixture::new(
        "type_citext",
        r"
        CREATE TABLE t (id int, c citext, v varchar(10), x text);
        CREATE INDEX t_c ON t (c);
        CREATE INDEX t_v ON t (v);
        CREATE INDEX t_x ON t (x);
        INSERT INTO t VALUES (1, 'a', 'a', 'a');
        ",
    );
    f.extension = Some("citext");
    f.all(
        "alter_type",
        &[
            ("citext_to_text/indexed", "ALTER TABLE t ALTER c TYPE text"),
            ("citext_to_varchar/indexed", "ALTER TABLE t ALTER c TYPE varchar"),
            ("citext_to_citext/indexed", "ALTER TABLE t ALTER c TYPE citext"),
            ("text_to_citext/indexed", "ALTER TABLE t ALTER x TYPE citext"),
            ("varchar_to_citext/indexed", "ALTER TABLE t ALTER v TYPE citext"),
        ],
    );
    f
}
