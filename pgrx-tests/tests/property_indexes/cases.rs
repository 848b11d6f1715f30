//! Cases of duplicates and of foreign keys that tools of this kind are known to get wrong, one by one.

use crate::{execute, extension, stage};
use anyhow::{Result, ensure};
use harness::Cluster;
use std::collections::BTreeSet;

/// What makes it, and which of its indexes (by the end of their names) are redundant.
const DUPLICATES: &[(&str, &[&str])] = &[
    ("CREATE INDEX {}_1 ON {} (a); CREATE INDEX {}_2 ON {} (a)", &["2"]),
    ("CREATE INDEX {}_1 ON {} (a); CREATE INDEX {}_2 ON {} (a); CREATE INDEX {}_3 ON {} (a)", &["2", "3"]),
    ("CREATE INDEX {}_1 ON {} (a, b); CREATE INDEX {}_2 ON {} (a)", &["2"]),
    ("CREATE INDEX {}_1 ON {} (a); CREATE INDEX {}_2 ON {} (a, b); CREATE INDEX {}_3 ON {} (a, b, c)", &["1", "2"]),
    ("CREATE INDEX {}_1 ON {} (a, b); CREATE INDEX {}_2 ON {} (b)", &[]),
    ("CREATE INDEX {}_1 ON {} (a, b); CREATE INDEX {}_2 ON {} (b, a)", &[]),
    // Names that are a part of others, or have a sign that LIKE knows.
    ("CREATE INDEX {}_1 ON {} (ab); CREATE INDEX {}_2 ON {} (a)", &[]),
    ("CREATE INDEX {}_1 ON {} (a_b); CREATE INDEX {}_2 ON {} (axb)", &[]),
    ("CREATE INDEX {}_1 ON {} (a); CREATE INDEX {}_2 ON {} (a DESC)", &["2"]),
    ("CREATE INDEX {}_1 ON {} (a); CREATE INDEX {}_2 ON {} (a NULLS FIRST)", &[]),
    ("CREATE INDEX {}_1 ON {} (a); CREATE INDEX {}_2 ON {} (a DESC NULLS LAST)", &[]),
    ("CREATE INDEX {}_1 ON {} (a, b DESC); CREATE INDEX {}_2 ON {} (a DESC, b)", &["2"]),
    ("CREATE INDEX {}_1 ON {} (a, b); CREATE INDEX {}_2 ON {} (a, b DESC)", &[]),
    ("CREATE INDEX {}_1 ON {} (c); CREATE INDEX {}_2 ON {} (c text_pattern_ops)", &[]),
    ("CREATE INDEX {}_1 ON {} (c); CREATE INDEX {}_2 ON {} (c COLLATE \"POSIX\")", &[]),
    ("CREATE INDEX {}_1 ON {} (a); CREATE INDEX {}_2 ON {} USING hash (a)", &[]),
    ("CREATE INDEX {}_1 ON {} (a); CREATE INDEX {}_2 ON {} USING brin (a)", &[]),
    ("CREATE INDEX {}_1 ON {} USING hash (a); CREATE INDEX {}_2 ON {} USING hash (a)", &["2"]),
    ("CREATE INDEX {}_1 ON {} USING gin (f); CREATE INDEX {}_2 ON {} USING gin (f)", &["2"]),
    ("CREATE INDEX {}_1 ON {} USING brin (a); CREATE INDEX {}_2 ON {} USING brin (a) WITH (pages_per_range = 4)", &[]),
    ("CREATE INDEX {}_1 ON {} (a); CREATE INDEX {}_2 ON {} (a) WHERE b > 0", &[]),
    ("CREATE INDEX {}_1 ON {} (a) WHERE b > 0; CREATE INDEX {}_2 ON {} (a) WHERE b > 0", &["2"]),
    ("CREATE INDEX {}_1 ON {} (a) WHERE b > 0; CREATE INDEX {}_2 ON {} (a) WHERE   (b>0)", &["2"]),
    ("CREATE INDEX {}_1 ON {} (a) WHERE b > 0; CREATE INDEX {}_2 ON {} (a) WHERE b > 1", &[]),
    ("CREATE INDEX {}_1 ON {} (a, b) WHERE b > 0; CREATE INDEX {}_2 ON {} (a)", &[]),
    // The same expression, written at another place of the statement.
    (
        "CREATE INDEX {}_1 ON {} (lower(c)); CREATE INDEX {}_2_with_a_long_name ON {} (lower(  c  ))",
        &["2_with_a_long_name"],
    ),
    ("CREATE INDEX {}_1 ON {} (lower(c), a); CREATE INDEX {}_2 ON {} (lower(c))", &["2"]),
    ("CREATE INDEX {}_1 ON {} (lower(c)); CREATE INDEX {}_2 ON {} (upper(c))", &[]),
    ("CREATE INDEX {}_1 ON {} (c); CREATE INDEX {}_2 ON {} (lower(c))", &[]),
    ("CREATE INDEX {}_1 ON {} (a) INCLUDE (b); CREATE INDEX {}_2 ON {} (a)", &["2"]),
    ("CREATE INDEX {}_1 ON {} (a) INCLUDE (b); CREATE INDEX {}_2 ON {} (a, b)", &["1"]),
    ("CREATE INDEX {}_1 ON {} (a) INCLUDE (b); CREATE INDEX {}_2 ON {} (a) INCLUDE (c)", &[]),
    ("CREATE UNIQUE INDEX {}_1 ON {} (a); CREATE INDEX {}_2 ON {} (a)", &["2"]),
    ("CREATE UNIQUE INDEX {}_1 ON {} (a, b); CREATE UNIQUE INDEX {}_2 ON {} (a)", &[]),
    ("CREATE UNIQUE INDEX {}_1 ON {} (n); CREATE UNIQUE INDEX {}_2 ON {} (n) NULLS NOT DISTINCT", &[]),
    ("CREATE INDEX {}_1 ON {} (id)", &["1"]),
    ("CREATE INDEX {}_1 ON {} (id, a)", &[]),
    ("ALTER TABLE {} ADD CONSTRAINT {}_1 UNIQUE (a) DEFERRABLE; CREATE INDEX {}_2 ON {} (a)", &["2"]),
    ("ALTER TABLE {} ADD CONSTRAINT {}_1 UNIQUE (a) DEFERRABLE; CREATE UNIQUE INDEX {}_2 ON {} (a)", &[]),
    ("CREATE INDEX {}_1 ON {} (a) WITH (fillfactor = 50); CREATE INDEX {}_2 ON {} (a)", &["2"]),
    (
        "CREATE INDEX {}_1 ON {} (a); CREATE INDEX {}_2 ON {} (a); UPDATE pg_index SET indisvalid = false WHERE indexrelid = '{}_1'::regclass",
        &[],
    ),
    (
        "CREATE INDEX {}_1 ON {} (a); CREATE UNIQUE INDEX {}_2 ON {} (a); ALTER TABLE {} REPLICA IDENTITY USING INDEX {}_2",
        &["1"],
    ),
    ("CREATE INDEX {}_1 ON {} (a, b); CREATE INDEX {}_2 ON {} (a); CLUSTER {} USING {}_2", &[]),
    (
        "CREATE UNIQUE INDEX {}_1 ON {} (a); CREATE UNIQUE INDEX {}_2 ON {} (a); CREATE TABLE {}_far (a integer REFERENCES {} (a))",
        &["2"],
    ),
];

/// What makes it, and whether an index finds the rows of the foreign key.
const FOREIGN_KEYS: &[(&str, bool)] = &[
    ("", false),
    ("CREATE INDEX ON {} (one)", true),
    ("CREATE INDEX ON {} (one, x)", true),
    ("CREATE INDEX ON {} (x, one)", false),
    ("CREATE INDEX ON {} (one DESC NULLS LAST)", true),
    ("CREATE INDEX ON {} USING hash (one)", true),
    ("CREATE INDEX ON {} USING brin (one)", false),
    ("CREATE INDEX ON {} (one) WHERE one IS NOT NULL", true),
    ("CREATE INDEX ON {} (one) WHERE x > 0", false),
    ("CREATE INDEX ON {} (one) WHERE one IS NOT NULL AND x > 0", false),
    ("CREATE INDEX ON {} (x) INCLUDE (one)", false),
    ("CREATE INDEX ON {} ((one + 0))", false),
    ("CREATE UNIQUE INDEX ON {} (one, id)", true),
    (
        "CREATE INDEX i_{} ON {} (one); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'i_{}'::regclass",
        false,
    ),
    ("ALTER TABLE {} ADD UNIQUE (one, x)", true),
    ("2: CREATE INDEX ON {} (one, two)", true),
    ("2: CREATE INDEX ON {} (two, one)", true),
    ("2: CREATE INDEX ON {} (two, one, x)", true),
    ("2: CREATE INDEX ON {} (one)", false),
    ("2: CREATE INDEX ON {} (one, x, two)", false),
    ("2: CREATE INDEX ON {} (one); CREATE INDEX ON {} (two)", false),
    ("2: CREATE INDEX ON {} (one, two) WHERE one IS NOT NULL AND two IS NOT NULL", true),
    ("2: CREATE INDEX ON {} USING hash (one)", false),
    ("t: CREATE INDEX ON {} (one text_pattern_ops)", true),
    ("t: CREATE INDEX ON {} (one COLLATE \"POSIX\")", false),
    ("t: CREATE INDEX ON {} (lower(one))", false),
    ("p: CREATE INDEX ON {} (one)", true),
    ("p: CREATE INDEX ON ONLY {} (one)", false),
    ("p:", false),
];

#[test]
fn duplicates_that_are_and_that_are_not() -> Result<()> {
    let cluster = Cluster::shared()?;
    let db = cluster.database()?;
    let mut session = stage(&db)?;
    let mut expected = BTreeSet::new();
    for (n, (sql, redundant)) in DUPLICATES.iter().enumerate() {
        let table = format!("d{n:02}");
        execute(
            &mut session,
            &format!(
                "CREATE TABLE {table} (id integer PRIMARY KEY, a integer NOT NULL, b integer, c text, ab integer, a_b integer,
                                       axb integer, n integer, f integer[]);
                 {}",
                sql.replace("{}", &table)
            ),
        )?;
        expected.extend(redundant.iter().map(|end| format!("p.{table}_{end}")));
    }
    let found = session.query("SELECT object, remedy FROM architect.check('p') WHERE rule = 'index-duplicate'", &[])?;
    let found: BTreeSet<String> = found.iter().map(|row| row.get(0)).collect();
    let wrong: Vec<&String> = found.symmetric_difference(&expected).collect();
    println!("duplicates, case by case: {} cases, {} wrong", DUPLICATES.len(), wrong.len());
    ensure!(wrong.is_empty(), "wrong: {wrong:?}");
    Ok(())
}

#[test]
fn foreign_keys_that_are_served_and_that_are_not() -> Result<()> {
    let cluster = Cluster::shared()?;
    let db = cluster.database()?;
    let mut session = stage(&db)?;
    let mut cases: Vec<(&str, bool)> = FOREIGN_KEYS.to_vec();
    if extension(&mut session, "btree_gist")? {
        cases.push(("CREATE INDEX ON {} USING gist (one)", true));
        cases.push(("ALTER TABLE {} ADD EXCLUDE USING gist (one WITH =, x WITH =)", true));
        cases.push(("CREATE INDEX ON {} USING gist (x, one)", false));
    }
    execute(
        &mut session,
        "CREATE TABLE far (one integer PRIMARY KEY);
         CREATE TABLE far_two (one integer, two integer, PRIMARY KEY (one, two));
         CREATE TABLE far_text (one text PRIMARY KEY);",
    )?;
    let mut expected = BTreeSet::new();
    for (n, (sql, served)) in cases.iter().enumerate() {
        let table = format!("k{n:02}");
        let (kind, sql) = match sql.split_once(':') {
            Some((kind, sql)) if kind.len() == 1 => (kind, sql),
            _ => ("1", *sql),
        };
        let (columns, key) = match kind {
            "2" => ("one integer, two integer", "(one, two) REFERENCES far_two"),
            "t" => ("one text", "(one) REFERENCES far_text"),
            _ => ("one integer", "(one) REFERENCES far"),
        };
        let (by, part) = if kind == "p" {
            (
                " PARTITION BY HASH (x)",
                format!("CREATE TABLE {table}_0 PARTITION OF {table} FOR VALUES WITH (MODULUS 1, REMAINDER 0);"),
            )
        } else {
            ("", String::new())
        };
        execute(
            &mut session,
            &format!(
                "CREATE TABLE {table} ({columns}, x integer, id integer, CONSTRAINT fk FOREIGN KEY {key}){by}; {part} {}",
                sql.replace("{}", &table)
            ),
        )?;
        if !served {
            expected.insert(format!("p.{table}.fk"));
        }
    }
    let found =
        session.query("SELECT object FROM architect.check('p') WHERE rule = 'foreign-key-without-index'", &[])?;
    let found: BTreeSet<String> = found.iter().map(|row| row.get(0)).collect();
    let wrong: Vec<&String> = found.symmetric_difference(&expected).collect();
    println!("foreign keys, case by case: {} cases, {} wrong", cases.len(), wrong.len());
    ensure!(wrong.is_empty(), "wrong: {wrong:?}");
    Ok(())
}
