//! Where versions of the server differ: the same statement on either side of each boundary, with what must come of it.
//!
//! A run shows the side on which its server is. What came of the other side is in the table too, and other servers show it.

use crate::case::Fixture;

/// A difference between versions.
struct Boundary {
    name: &'static str,
    /// The first versions that behave in the new way (`server_version_num`), one by major where it came with minor releases.
    first: &'static [u32],
    sql: &'static str,
    /// What comes of it before, in the words of `Doings::words`, or `refused: ` and a part of the server's message.
    before: &'static str,
    /// What comes of it from then on.
    since: &'static str,
}

const SYNTAX: &str = "refused: syntax error";
const V16: &[u32] = &[160_000];
const V17: &[u32] = &[170_000];
const V18: &[u32] = &[180_000];

#[rustfmt::skip]
const BOUNDARIES: &[Boundary] = &[
    // Minor releases.
    Boundary { name: "domain_default_in_new_column", first: &[150_013, 160_009, 170_005],
        sql: "ALTER TABLE plain ADD x volatile_default",
        before: "ACCESS EXCLUSIVE plain", since: "ACCESS EXCLUSIVE plain; rewrite plain" },
    Boundary { name: "new_partition_locks_referencing", first: &[150_009, 160_005, 170_001],
        sql: "CREATE TABLE n PARTITION OF far FOR VALUES FROM (20) TO (30)",
        before: "ACCESS EXCLUSIVE far", since: "ACCESS EXCLUSIVE far; SHARE ROW EXCLUSIVE near; SHARE UPDATE EXCLUSIVE far_pkey" },
    Boundary { name: "new_partition_locks_parents_of_indexes", first: &[150_008, 160_004, 170_000],
        sql: "CREATE TABLE n PARTITION OF indexed FOR VALUES FROM (20) TO (30)",
        before: "ACCESS EXCLUSIVE indexed", since: "ACCESS EXCLUSIVE indexed; SHARE UPDATE EXCLUSIVE indexed_id" },
    Boundary { name: "set_unlogged_locks_owned_sequences", first: &[150_008, 160_004, 170_000],
        sql: "ALTER TABLE counted SET UNLOGGED",
        before: "ACCESS EXCLUSIVE counted; rewrite counted",
        since: "ACCESS EXCLUSIVE counted, counted_id_seq; rewrite counted" },
    // 16.
    Boundary { name: "storage_default", first: V16, sql: "ALTER TABLE plain ALTER b SET STORAGE DEFAULT",
        before: SYNTAX, since: "ACCESS EXCLUSIVE plain" },
    Boundary { name: "statistics_without_name", first: V16, sql: "CREATE STATISTICS ON id, a FROM plain",
        before: SYNTAX, since: "SHARE UPDATE EXCLUSIVE plain" },
    Boundary { name: "row_type_stops_unlogged", first: V16, sql: "ALTER TABLE base SET UNLOGGED",
        before: "ACCESS EXCLUSIVE base; rewrite base", since: "refused: uses its row type" },
    Boundary { name: "row_type_stops_access_method", first: V16, sql: "ALTER TABLE base SET ACCESS METHOD heap2",
        before: "ACCESS EXCLUSIVE base; rewrite base", since: "refused: uses its row type" },
    // 17.
    Boundary { name: "access_method_of_partitioned", first: V17, sql: "ALTER TABLE root SET ACCESS METHOD heap2",
        before: "refused: cannot change access method of a partitioned table", since: "ACCESS EXCLUSIVE root" },
    Boundary { name: "access_method_default", first: V17, sql: "ALTER TABLE plain SET ACCESS METHOD DEFAULT",
        before: SYNTAX, since: "ACCESS EXCLUSIVE plain" },
    Boundary { name: "identity_of_partitions", first: V17,
        sql: "ALTER TABLE root ALTER id ADD GENERATED ALWAYS AS IDENTITY",
        before: "ACCESS EXCLUSIVE root", since: "ACCESS EXCLUSIVE leaf, low, middle, root" },
    Boundary { name: "set_expression", first: V17, sql: "ALTER TABLE made ALTER g SET EXPRESSION AS (id + 2)",
        before: SYNTAX, since: "ACCESS EXCLUSIVE made; rewrite made" },
    Boundary { name: "exclusion_on_partitioned", first: V17, sql: "ALTER TABLE alone ADD EXCLUDE USING btree (id WITH =)",
        before: "refused: exclusion constraints are not supported on partitioned tables",
        since: "ACCESS EXCLUSIVE alone" },
    Boundary { name: "column_statistics_default", first: V17, sql: "ALTER TABLE plain ALTER a SET STATISTICS DEFAULT",
        before: SYNTAX, since: "SHARE UPDATE EXCLUSIVE plain" },
    Boundary { name: "not_null_of_domain_by_name", first: V17, sql: "ALTER DOMAIN dom ADD CONSTRAINT n NOT NULL",
        before: SYNTAX, since: "SHARE of_dom; scan of_dom" },
    // 18.
    Boundary { name: "not_null_by_name", first: V18, sql: "ALTER TABLE plain ADD CONSTRAINT n NOT NULL a",
        before: SYNTAX, since: "ACCESS EXCLUSIVE plain; scan plain" },
    Boundary { name: "not_null_not_valid", first: V18, sql: "ALTER TABLE plain ADD CONSTRAINT n NOT NULL a NOT VALID",
        before: SYNTAX, since: "ACCESS EXCLUSIVE plain" },
    Boundary { name: "set_not_null_stops_at_not_null_children", first: V18, sql: "ALTER TABLE par ALTER a SET NOT NULL",
        before: "ACCESS EXCLUSIVE grandkid, kid, par; scan par", since: "ACCESS EXCLUSIVE kid, par; scan par" },
    Boundary { name: "add_constraint_locks_all_below", first: V18, sql: "ALTER TABLE par ADD UNIQUE (id)",
        before: "ACCESS EXCLUSIVE par; scan par; builds par", since: "ACCESS EXCLUSIVE grandkid, kid, par; scan par; builds par" },
    Boundary { name: "check_not_enforced", first: V18, sql: "ALTER TABLE plain ADD CHECK (a > 0) NOT ENFORCED",
        before: SYNTAX, since: "ACCESS EXCLUSIVE plain" },
    Boundary { name: "foreign_key_not_enforced", first: V18,
        sql: "ALTER TABLE plain ADD FOREIGN KEY (a) REFERENCES one NOT ENFORCED",
        before: SYNTAX, since: "SHARE ROW EXCLUSIVE one, plain" },
    Boundary { name: "not_valid_key_of_partitioned", first: V18,
        sql: "ALTER TABLE root ADD FOREIGN KEY (a) REFERENCES one NOT VALID",
        before: "refused: cannot add NOT VALID foreign key on partitioned table", since: "SHARE ROW EXCLUSIVE leaf, low, middle, one, root" },
    Boundary { name: "virtual_column", first: V18, sql: "ALTER TABLE plain ADD v int GENERATED ALWAYS AS (a + 1) VIRTUAL",
        before: SYNTAX, since: "ACCESS EXCLUSIVE plain" },
    Boundary { name: "virtual_by_default", first: V18, sql: "ALTER TABLE plain ADD v int GENERATED ALWAYS AS (a + 1)",
        before: SYNTAX, since: "ACCESS EXCLUSIVE plain" },
    Boundary { name: "persistence_of_partitioned", first: V18, sql: "ALTER TABLE root SET UNLOGGED",
        before: "ACCESS EXCLUSIVE root", since: "refused: " },
    Boundary { name: "without_overlaps", first: V18,
        sql: "ALTER TABLE spans ADD PRIMARY KEY (r, during WITHOUT OVERLAPS)",
        before: SYNTAX, since: "ACCESS EXCLUSIVE spans; scan spans; builds spans" },
    Boundary { name: "attach_asks_of_default_the_bound_alone", first: V18,
        sql: "ALTER TABLE sub ATTACH PARTITION cand FOR VALUES IN (3)",
        before: "ACCESS EXCLUSIVE cand, sub_rest; SHARE UPDATE EXCLUSIVE sub",
        since: "ACCESS EXCLUSIVE cand, sub_rest; SHARE UPDATE EXCLUSIVE sub; scan sub_rest" },
    Boundary { name: "vacuum_goes_on_to_children", first: V18, sql: "VACUUM FULL kid",
        before: "ACCESS EXCLUSIVE kid; rewrite kid", since: "ACCESS EXCLUSIVE grandkid, kid; rewrite grandkid, kid" },
    Boundary { name: "vacuum_only_of_partitioned", first: V18, sql: "VACUUM (FULL) ONLY root",
        before: SYNTAX, since: "ACCESS EXCLUSIVE root" },
];

/// The fixtures.
pub fn fixtures(version: u32) -> Vec<Fixture> {
    let mut f = Fixture::new(
        "boundaries",
        r"
        CREATE DOMAIN volatile_default AS double precision DEFAULT random();
        CREATE DOMAIN dom AS int;
        CREATE TABLE of_dom (d dom);
        CREATE TABLE one (id int PRIMARY KEY);
        CREATE TABLE plain (id int NOT NULL, a int, b text);
        CREATE TABLE made (id int, g int GENERATED ALWAYS AS (id + 1) STORED);
        CREATE TABLE counted (id serial);
        CREATE TABLE root (id int NOT NULL, a int) PARTITION BY RANGE (id);
        CREATE TABLE leaf PARTITION OF root FOR VALUES FROM (0) TO (10);
        CREATE TABLE middle PARTITION OF root FOR VALUES FROM (10) TO (20) PARTITION BY RANGE (id);
        CREATE TABLE low PARTITION OF middle FOR VALUES FROM (10) TO (20);
        CREATE TABLE par (id int NOT NULL, a int);
        CREATE TABLE kid (a int NOT NULL) INHERITS (par);
        CREATE TABLE grandkid () INHERITS (kid);
        CREATE TABLE far (id int PRIMARY KEY) PARTITION BY RANGE (id);
        CREATE TABLE far1 PARTITION OF far FOR VALUES FROM (0) TO (10);
        CREATE TABLE near (id int REFERENCES far);
        CREATE TABLE indexed (id int) PARTITION BY RANGE (id);
        CREATE INDEX indexed_id ON indexed (id);
        CREATE TABLE alone (id int) PARTITION BY RANGE (id);
        CREATE TABLE top (id int NOT NULL, k int NOT NULL) PARTITION BY RANGE (k);
        CREATE TABLE sub PARTITION OF top FOR VALUES FROM (0) TO (10) PARTITION BY LIST (id);
        CREATE TABLE sub_rest PARTITION OF sub DEFAULT;
        ALTER TABLE sub_rest ADD CHECK (NOT (id = 3 AND k >= 0 AND k < 10));
        CREATE TABLE cand (id int NOT NULL, k int NOT NULL, CHECK (id = 3), CHECK (k >= 0 AND k < 10));
        CREATE TABLE base (id int);
        CREATE TABLE of_base (b base);
        CREATE TABLE spans (r int4range, during daterange);
        INSERT INTO top SELECT 1, 1 FROM generate_series(1, 19);
        INSERT INTO of_dom VALUES (1);
        INSERT INTO one SELECT generate_series(1, 19);
        INSERT INTO plain SELECT i, i, i FROM generate_series(1, 19) i;
        INSERT INTO made SELECT generate_series(1, 19);
        INSERT INTO root SELECT i, i FROM generate_series(1, 19) i;
        INSERT INTO par SELECT i, i FROM generate_series(1, 19) i;
        INSERT INTO kid SELECT i, i FROM generate_series(1, 19) i;
        ",
    );
    for boundary in BOUNDARIES {
        let since = crate::case::at_least(boundary.first, version);
        let side = if since { "since" } else { "before" };
        let expected = if since { boundary.since } else { boundary.before };
        let case = f.add(format!("boundary/{}/{side}", boundary.name), boundary.sql);
        case.refused = expected.starts_with("refused: ");
        case.alone = boundary.sql.starts_with("VACUUM") && expected != SYNTAX;
        case.expected = Some(expected);
    }
    vec![f]
}
