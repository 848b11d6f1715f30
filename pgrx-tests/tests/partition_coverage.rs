//! What partitions leave without a place, asked of the server: keys are inserted before and after the remedy.
//!
//! Random trees by hash and by range are made, partly before and partly by a text that is linted and then run under the guard. Both
//! must tell the same. A key that is refused between two that are taken must be told, and each partition that the remedy makes must
//! take a key that was refused before.

mod common;
#[path = "property_indexes/random.rs"]
#[allow(dead_code, reason = "another test uses the rest")]
mod random;

use common::*;
use harness::{Db, Reported, Session};
use random::Random;

const RULES: [&str; 2] = ["hash-partition-incomplete", "partition-range-gap"];

/// Inserts each key, and says which are refused, by their place in the order of keys.
const REFUSED: &str = "
    CREATE FUNCTION refused(parent text, keys text) RETURNS integer[] LANGUAGE plpgsql AS $$
    DECLARE place integer; key text; found integer[] := '{}';
    BEGIN
        FOR place, key IN EXECUTE format('SELECT place, key FROM %s ORDER BY place', keys) LOOP
            BEGIN
                EXECUTE format('INSERT INTO %I VALUES (%s)', parent, key);
            EXCEPTION WHEN check_violation THEN
                IF SQLERRM NOT LIKE 'no partition of relation%' THEN RAISE; END IF;
                found := found || place;
            END;
        END LOOP;
        RETURN found;
    END $$;";

/// A kind of key.
struct Kind {
    columns: &'static str,
    key: &'static str,
    /// The table of all keys, in their order, as SQL.
    keys: &'static str,
    /// A cut between keys, by its place.
    cut: fn(usize) -> String,
    /// The text alone tells how the values of a new table are ordered.
    in_text: bool,
}

/// Cuts between keys: their places run from 0 to below this.
const CUTS: usize = 12;

const KINDS: &[Kind] = &[
    Kind {
        columns: "a integer",
        key: "a",
        keys: "SELECT n, (n - 2)::text FROM generate_series(1, 14) AS n",
        cut: |n| n.to_string(),
        in_text: true,
    },
    Kind {
        columns: "a date",
        key: "a",
        keys: "SELECT n, quote_literal(date '2023-12-29' + n) FROM generate_series(1, 14) AS n",
        cut: |n| format!("'2024-1-{}'", n + 1),
        in_text: true,
    },
    Kind {
        columns: "a numeric(10,2)",
        key: "a",
        keys: "SELECT n, (n / 2.0 - 1)::text FROM generate_series(1, 28) AS n",
        cut: |n| if n % 2 == 0 { n.to_string() } else { format!("'{n}.0'") },
        in_text: true,
    },
    Kind {
        columns: "a timestamptz",
        key: "a",
        keys: "SELECT n, quote_literal(timestamptz '2024-01-01' + n * interval '30 minutes') FROM generate_series(0, 26) AS n",
        cut: |n| format!("timestamptz '2024-01-01 {n:02}:00:00+00'"),
        in_text: true,
    },
    Kind {
        columns: "a text",
        key: "a",
        keys: "SELECT n, quote_literal(chr(96 + n) || '''') FROM generate_series(1, 14) AS n",
        cut: |n| format!("'{}'", char::from(b'b' + n as u8)),
        in_text: false,
    },
    Kind {
        columns: "a integer, b integer",
        key: "a, b",
        keys: "SELECT row_number() OVER (ORDER BY a, b), format('%s, %s', a, b) FROM generate_series(-1, 4) AS a, generate_series(-1, 6) AS b",
        cut: |n| format!("{}, {}", n / 3, ["MINVALUE", "4", "MAXVALUE"][n % 3]),
        in_text: true,
    },
    Kind {
        columns: "a mood, b integer",
        key: "a, b",
        keys: "SELECT row_number() OVER (ORDER BY a, b), format('%L, %s', a, b) \
               FROM unnest(enum_range(NULL::mood)) AS a, generate_series(-1, 6) AS b",
        cut: |n| format!("'{}', {}", ["bad", "fair", "good", "great"][n / 3], ["MINVALUE", "4", "MAXVALUE"][n % 3]),
        in_text: false,
    },
];

/// A tree: what was there before, and the statements that are judged.
struct Tree {
    before: Vec<String>,
    text: Vec<String>,
    /// The tree's name at the end.
    name: String,
    /// Some part of it is of the catalog.
    old: bool,
    /// The text gives it partitions, or takes some.
    touched: bool,
}

fn parent(columns: &str, by: &str) -> String {
    format!("CREATE TABLE t ({columns}) PARTITION BY {by}")
}

/// Makes a tree of these bounds: some partitions old, some new, some attached, some gone again.
fn tree(random: &mut Random, parent: String, bounds: &[String]) -> Tree {
    let columns =
        parent.split_once(" PARTITION BY").map_or("", |(head, _)| &head["CREATE TABLE t ".len()..]).to_owned();
    let old = random.one_in(2);
    let mut tree = Tree { before: Vec::new(), text: Vec::new(), name: "t".to_owned(), old, touched: false };
    if old { &mut tree.before } else { &mut tree.text }.push(parent);
    // As the remedy would call them, sometimes: a partition that was detached keeps its name.
    let part = *random.pick(&["part", "t_p", "t_gap_"]);
    for (n, bound) in random.shuffled(bounds).iter().enumerate() {
        let here = old && random.one_in(2);
        tree.touched |= !here;
        let list = if here { &mut tree.before } else { &mut tree.text };
        if random.one_in(4) {
            list.push(format!("CREATE TABLE {part}{n} {columns}"));
            list.push(format!("ALTER TABLE t ATTACH PARTITION {part}{n} {bound}"));
        } else {
            list.push(format!("CREATE TABLE {part}{n} PARTITION OF t {bound}"));
        }
        let next = random.below(12);
        tree.touched |= next < 2;
        match next {
            0 => tree.text.push(format!("ALTER TABLE t DETACH PARTITION {part}{n}")),
            1 => tree.text.push(format!("DROP TABLE {part}{n}")),
            2 => tree.text.push(format!("ALTER TABLE {part}{n} RENAME TO {part}{n}b")),
            3 => {
                // What is taken back is as if it had not been.
                tree.text.push("SAVEPOINT s".to_owned());
                tree.text.push(format!("ALTER TABLE t DETACH PARTITION {part}{n}"));
                tree.text.push("ROLLBACK TO SAVEPOINT s".to_owned());
            }
            _ => {}
        }
    }
    if random.one_in(4) {
        tree.text.push("ALTER TABLE t RENAME TO u".to_owned());
        tree.name = "u".to_owned();
    }
    tree
}

fn ours(found: &[Reported]) -> Vec<&Reported> {
    found.iter().filter(|finding| RULES.contains(&finding.rule.as_str())).collect()
}

/// Runs the tree; gives what the guard tells.
#[track_caller]
fn judge(session: &mut Session, tree: &Tree, in_text: bool) -> Option<Reported> {
    let text = format!("BEGIN;\n{};\nCOMMIT;", tree.text.join(";\n"));
    session.batch_execute("SET architect.mode = off; DROP TABLE IF EXISTS t, u CASCADE; DROP SCHEMA IF EXISTS work CASCADE; CREATE SCHEMA work; SET search_path = work, public").expect("a stage");
    session.batch_execute(&tree.before.join(";\n")).unwrap_or_else(|error| panic!("{error:?}\n{:?}", tree.before));
    session.batch_execute("SET architect.mode = warn").expect("a mode");
    let linted = session.lint(&text).unwrap_or_else(|error| panic!("{error:?}\nin: {text}"));
    let run = ok(session, &text);
    // What is of the catalog has its bounds from the server.
    let guard = ours(&run.reported).into_iter().cloned().collect::<Vec<_>>();
    if in_text {
        let linted: Vec<_> = ours(&linted).into_iter().cloned().collect();
        assert_eq!(linted, guard, "lint and guard differ\nbefore: {:?}\n{text}", tree.before);
    } else {
        assert!(ours(&linted).is_empty() || ours(&linted)[0] == &guard[0], "{linted:?}\n{guard:?}\n{text}");
    }
    assert!(guard.len() < 2, "{guard:?}");
    guard.into_iter().next()
}

fn refused(session: &mut Session, name: &str) -> Vec<i32> {
    session.batch_execute("SET architect.mode = off").expect("a mode");
    let row = session.query_one("SELECT refused($1, 'keys')", &[&name]).expect("an answer");
    session.batch_execute("SET architect.mode = warn").expect("a mode");
    row.get(0)
}

/// The finding against the server's own answers.
#[track_caller]
fn agrees(session: &mut Session, tree: &Tree, found: Option<&Reported>, by_range: bool) {
    let all: Vec<i32> = session
        .query("SELECT place FROM keys ORDER BY place", &[])
        .expect("keys")
        .iter()
        .map(|row| row.get(0))
        .collect();
    if !tree.touched {
        assert!(found.is_none(), "it has the partitions that it had: {found:?}");
        return;
    }
    let shown = format!("before: {:?}\ntext: {:#?}\nfound: {found:?}", tree.before, tree.text);
    let taken_before = refused(session, &tree.name);
    if let Some(found) = found {
        session.batch_execute(&format!("TRUNCATE {}", tree.name)).expect("no rows");
        silent_of_ours(session, &found.remedy, &shown);
    }
    let left = refused(session, &tree.name);
    if by_range {
        let taken: Vec<i32> = all.iter().filter(|place| !left.contains(place)).copied().collect();
        if let (Some(first), Some(last)) = (taken.first(), taken.last()) {
            let missed: Vec<_> = left.iter().filter(|place| *place > first && *place < last).collect();
            // What lies between all of one label of an enum and all of another is not told.
            let unknown = tree.before.iter().chain(&tree.text).any(|sql| sql.contains("mood"));
            assert!(missed.is_empty() || unknown, "refused, and not told: keys {missed:?}\n{shown}");
        }
    } else if left.len() < all.len() {
        // A table without a partition has nothing that is missing.
        assert!(left.is_empty(), "refused, and not told: keys {left:?}\n{shown}");
    }
    let Some(found) = found else { return };
    assert!(left.len() < taken_before.len(), "told, and nothing is refused\n{shown}");
    for line in found.remedy.lines().filter(|line| line.starts_with("CREATE TABLE ")) {
        let name = line.split(' ').nth(2).unwrap_or_default();
        let rows: i64 = session.query_one(&format!("SELECT count(*) FROM {name}"), &[]).expect("a count").get(0);
        assert!(rows > 0, "no key belongs into {name}, which is told to be missing\n{shown}");
    }
}

/// Runs the remedy, on which the rules have nothing to say.
#[track_caller]
fn silent_of_ours(session: &mut Session, remedy: &str, shown: &str) {
    let run = session.run(remedy);
    assert!(run.error.is_none(), "the remedy fails: {:?}\n{shown}", run.error);
    assert!(ours(&run.reported).is_empty(), "the remedy is told: {:?}\n{shown}", run.reported);
}

fn stage() -> (Db, Session) {
    let db = database();
    let mut session = connect(&db);
    session
        .batch_execute(&format!(
            "SET TimeZone = 'UTC'; SET architect.mode = off; SET client_min_messages = notice;
             CREATE TYPE mood AS ENUM ('bad', 'fair', 'good', 'great'); {REFUSED}"
        ))
        .expect("a stage");
    (db, session)
}

fn make_keys(session: &mut Session, keys: &str) {
    let sql = format!(
        "SET architect.mode = off; DROP TABLE IF EXISTS public.keys; CREATE TABLE public.keys (place, key) AS SELECT r.c1::integer, r.c2 FROM ({keys}) AS r (c1, c2)"
    );
    session.batch_execute(&sql).expect("keys");
}

#[test]
fn partition_coverage_by_range() {
    let (_db, mut session) = stage();
    let (mut random, seed) = Random::from_environment(1);
    let (mut trees, mut told) = (0, 0);
    for kind in KINDS {
        make_keys(&mut session, kind.keys);
        for _ in 0..random::cases(12) {
            let mut cuts: Vec<usize> = (0..CUTS).filter(|_| random.one_in(2)).collect();
            cuts.truncate(9);
            let two = kind.key.contains(',');
            let (least, most) =
                if two { ("MINVALUE, MINVALUE", "MAXVALUE, MAXVALUE") } else { ("MINVALUE", "MAXVALUE") };
            let mut ends: Vec<String> = cuts.into_iter().map(kind.cut).collect();
            if random.one_in(3) {
                ends.insert(0, least.to_owned());
            }
            if random.one_in(3) {
                ends.push(most.to_owned());
            }
            let mut bounds: Vec<String> = Vec::new();
            for pair in ends.windows(2) {
                if !random.one_in(3) {
                    bounds.push(format!("FOR VALUES FROM ({}) TO ({})", pair[0], pair[1]));
                }
            }
            if random.one_in(6) {
                bounds.push("DEFAULT".to_owned());
            }
            let tree = tree(&mut random, parent(kind.columns, &format!("RANGE ({})", kind.key)), &bounds);
            if tree.text.is_empty() {
                continue;
            }
            let in_text = kind.in_text || tree.old && !kind.columns.contains("mood");
            let found = judge(&mut session, &tree, in_text);
            trees += 1;
            told += usize::from(found.is_some());
            agrees(&mut session, &tree, found.as_ref(), true);
        }
    }
    println!("seed {seed}: {trees} trees, {told} gaps told");
    assert!(told > 10 || random::cases(12) != 12, "only {told} trees had a gap");
}

#[test]
fn partition_coverage_by_hash() {
    let (_db, mut session) = stage();
    make_keys(&mut session, "SELECT n, n::text FROM generate_series(1, 200) AS n");
    let (mut random, seed) = Random::from_environment(1);
    let (mut trees, mut told) = (0, 0);
    for _ in 0..random::cases(30) {
        // A modulus is split into two of twice its size, some times over.
        let mut classes: Vec<(usize, usize)> = vec![(2, 0), (2, 1)];
        for _ in 0..random.below(5) {
            let at = random.below(classes.len());
            let (modulus, remainder) = classes.remove(at);
            if modulus >= 16 {
                classes.push((modulus, remainder));
                continue;
            }
            classes.extend([(2 * modulus, remainder), (2 * modulus, remainder + modulus)]);
        }
        let all = random.one_in(3);
        classes.retain(|_| all || !random.one_in(5));
        let bounds: Vec<String> =
            classes.iter().map(|(m, r)| format!("FOR VALUES WITH (MODULUS {m}, REMAINDER {r})")).collect();
        let tree = tree(&mut random, parent("a integer", "HASH (a)"), &bounds);
        if tree.text.is_empty() {
            continue;
        }
        let found = judge(&mut session, &tree, true);
        trees += 1;
        told += usize::from(found.is_some());
        agrees(&mut session, &tree, found.as_ref(), false);
    }
    println!("seed {seed}: {trees} trees, {told} incomplete told");
    assert!(told > 5 || random::cases(30) != 30, "only {told} trees were incomplete");
}

/// Runs SQL; gives how often the two rules spoke.
#[track_caller]
fn told(session: &mut Session, sql: &str) -> usize {
    ours(&ok(session, sql).reported).len()
}

/// A tree of two hash partitions and one of three ranges, with rows or without.
fn two_trees(session: &mut Session, rows: bool) {
    let fill = if rows {
        "INSERT INTO h SELECT generate_series(1, 50); INSERT INTO r SELECT generate_series(0, 29)"
    } else {
        ""
    };
    session
        .batch_execute(&format!(
            "SET architect.mode = off; DROP TABLE IF EXISTS h, r, h1, r0, r1, r2 CASCADE;
             CREATE TABLE h (a integer) PARTITION BY HASH (a);
             CREATE TABLE h0 PARTITION OF h FOR VALUES WITH (MODULUS 2, REMAINDER 0);
             CREATE TABLE h1 PARTITION OF h FOR VALUES WITH (MODULUS 2, REMAINDER 1);
             CREATE TABLE r (a integer) PARTITION BY RANGE (a);
             CREATE TABLE r0 PARTITION OF r FOR VALUES FROM (0) TO (10);
             CREATE TABLE r1 PARTITION OF r FOR VALUES FROM (10) TO (20);
             CREATE TABLE r2 PARTITION OF r FOR VALUES FROM (20) TO (30); {fill};
             SET architect.mode = warn"
        ))
        .expect("two trees");
}

#[test]
fn partition_coverage_at_commit() {
    let (_db, mut session) = stage();
    for (sql, with_rows, without_rows) in [
        ("ALTER TABLE h DETACH PARTITION h1", 1, 0),
        ("ALTER TABLE r DETACH PARTITION r1", 1, 0),
        ("ALTER TABLE h DETACH PARTITION h1 CONCURRENTLY", 1, 0),
        ("ALTER TABLE r DETACH PARTITION r1 CONCURRENTLY", 1, 0),
        ("DROP TABLE h1", 1, 0),
        ("DROP TABLE h1, r1", 2, 0),
        ("BEGIN; DROP TABLE r1; COMMIT", 1, 1),
        // What is cut off at an end leaves no gap.
        ("DROP TABLE r0", 0, 0),
        ("ALTER TABLE r DETACH PARTITION r2", 0, 0),
        ("CREATE TABLE r3 PARTITION OF r FOR VALUES FROM (40) TO (50)", 1, 0),
        ("CREATE TABLE r3 PARTITION OF r FOR VALUES FROM (30) TO (50)", 0, 0),
        // What was rolled back did not happen, and what was not touched is not told.
        ("BEGIN; SAVEPOINT s; DROP TABLE r1; ROLLBACK TO SAVEPOINT s; ALTER TABLE h ADD COLUMN b text; COMMIT", 0, 0),
        ("BEGIN; DROP TABLE r1; CREATE TABLE r1 PARTITION OF r FOR VALUES FROM (10) TO (20); COMMIT", 0, 0),
        (
            "BEGIN; ALTER TABLE r DETACH PARTITION r1; ALTER TABLE r ATTACH PARTITION r1 FOR VALUES FROM (10) TO (20); COMMIT",
            0,
            0,
        ),
        ("BEGIN; ALTER TABLE r DETACH PARTITION r1; CREATE TABLE rest PARTITION OF r DEFAULT; COMMIT", 0, 0),
        ("BEGIN; DROP TABLE h CASCADE; DROP TABLE r CASCADE; COMMIT", 0, 0),
        ("DO $$ BEGIN EXECUTE 'ALTER TABLE r DETACH PARTITION r1'; END $$", 1, 0),
    ] {
        for (rows, expected) in [(true, with_rows), (false, without_rows)] {
            two_trees(&mut session, rows);
            assert_eq!(told(&mut session, sql), expected, "with rows: {rows}, {sql}");
        }
    }
    // What was incomplete before and is not touched, is the full check's.
    two_trees(&mut session, true);
    session.batch_execute("SET architect.mode = off; DROP TABLE r1, h1; SET architect.mode = warn").expect("gaps");
    assert_eq!(
        told(&mut session, "ALTER TABLE r ADD COLUMN b text; CREATE INDEX ON h (a); COMMENT ON TABLE r IS 'x'"),
        0
    );
    // A partition that is partitioned: by hash it is told, too; a range inside a range is not, as in full checks.
    ok(&mut session, "CREATE TABLE h1 PARTITION OF h FOR VALUES WITH (MODULUS 2, REMAINDER 1) PARTITION BY HASH (a)");
    assert_eq!(
        told(&mut session, "BEGIN; CREATE TABLE h10 PARTITION OF h1 FOR VALUES WITH (MODULUS 3, REMAINDER 2); COMMIT"),
        1
    );
    // Plain inheritance is no partition.
    assert_eq!(
        told(
            &mut session,
            "CREATE TABLE old (a integer); BEGIN; CREATE TABLE young () INHERITS (old); DROP TABLE young; COMMIT"
        ),
        0
    );
}

#[test]
fn partition_coverage_blocks() {
    let (_db, mut session) = stage();
    two_trees(&mut session, true);
    session.batch_execute("SET architect.mode = enforce").expect("a mode");
    session.batch_execute("SELECT architect.configure('table-dropped', 'off')").expect("a setting");
    let error = fails(&mut session, "DROP TABLE h1", "PA003");
    assert!(error.message.ends_with("[hash-partition-incomplete]"), "{error}");
    let rows: i64 = session.query_one("SELECT count(*) FROM h", &[]).expect("rows").get(0);
    assert_eq!(rows, 50);
    // It commits in several transactions: nothing may stop it in the middle.
    assert_eq!(told(&mut session, "ALTER TABLE h DETACH PARTITION h1 CONCURRENTLY"), 1);
    let pending: i64 =
        session.query_one("SELECT count(*) FROM pg_inherits WHERE inhdetachpending", &[]).expect("a count").get(0);
    assert_eq!(pending, 0);
}

#[test]
fn partition_bounds_are_not_computed() {
    let (_db, mut session) = stage();
    two_trees(&mut session, true);
    session
        .batch_execute(
            "SET architect.mode = off; CREATE SEQUENCE calls;
             CREATE FUNCTION called(integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT $1 + 0 * nextval(''calls'')::integer';
             CREATE DOMAIN checked AS integer CHECK (called(VALUE) > 0);
             CREATE TABLE d (a checked) PARTITION BY RANGE (a);
             CREATE TABLE l (a integer) PARTITION BY LIST (a);
             CREATE TABLE r3 (a integer); SET architect.mode = warn",
        )
        .expect("a function");
    let text = "CREATE TABLE r4 PARTITION OF r FOR VALUES FROM (called(50)) TO (60);
        ALTER TABLE r ATTACH PARTITION r3 FOR VALUES FROM (called(30)) TO (called(40));
        CREATE TABLE d1 PARTITION OF d FOR VALUES FROM (1) TO (10);
        CREATE TABLE l1 PARTITION OF l FOR VALUES IN (called(1));
        CREATE TABLE n (a integer) PARTITION BY RANGE (a);
        CREATE TABLE n1 PARTITION OF n FOR VALUES FROM (called(1)) TO (called(2));";
    let calls = |session: &mut Session| -> i64 {
        session
            .query_one("SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM calls", &[])
            .expect("calls")
            .get(0)
    };
    session.lint(text).expect("a judgement");
    assert_eq!(calls(&mut session), 0, "lint executes nothing");
    // The server itself computes each of them once.
    session
        .batch_execute(&format!("SET architect.mode = off; BEGIN; {text}; ROLLBACK; SET architect.mode = warn"))
        .expect("it runs");
    let alone = calls(&mut session);
    assert!(alone > 0);
    ok(&mut session, text);
    assert_eq!(calls(&mut session), 2 * alone, "the guard computes them, too");
}
