//! What the guard says of DROP, DETACH and their like, against what PostgreSQL then takes.

mod common;

use common::*;

/// A session in which every table counts, however small.
fn session(db: &harness::Db, setup: &str) -> harness::Session {
    let mut session = connect(db);
    session.batch_execute(&format!("SET architect.mode = off; CREATE SCHEMA s; {setup}; ANALYZE;")).expect("tables");
    session
        .batch_execute(
            "RESET architect.mode; SET architect.small_table_rows = 0; SET architect.small_table_bytes = 0;
             SET lock_timeout = '2s'",
        )
        .expect("settings");
    session
}

/// What is told, and the objects that PostgreSQL's own NOTICE says are dropped by CASCADE.
fn cascades(session: &mut harness::Session, sql: &str) -> (Vec<String>, Vec<String>) {
    let run = ok(session, sql);
    let told = ours(&run.messages)
        .iter()
        .filter(|message| message.message.ends_with("[cascade-collateral]"))
        .filter_map(|message| {
            let detail = message.detail.clone()?;
            Some(detail.strip_prefix("These go without being named: ")?.trim_end_matches('.').to_owned())
        })
        .flat_map(|list| list.split(", ").flat_map(|part| part.split(" and ")).map(str::to_owned).collect::<Vec<_>>())
        .collect();
    let mut dropped = Vec::new();
    for message in &run.messages {
        let lines = match message.message.strip_prefix("drop cascades to ") {
            Some(one) if !one.ends_with(" other objects") => one.to_owned(),
            Some(_) => message.detail.clone().unwrap_or_default(),
            None => continue,
        };
        dropped.extend(lines.lines().map(|line| line.trim_start_matches("drop cascades to ").to_owned()));
    }
    (told, dropped)
}

/// The same objects in both, which is at least one.
#[track_caller]
fn same(session: &mut harness::Session, sql: &str) {
    let (mut told, mut dropped) = cascades(session, sql);
    told.sort_unstable();
    dropped.sort_unstable();
    assert_eq!(told, dropped, "{sql}");
    assert!(!told.is_empty(), "{sql}");
}

#[test]
fn what_cascade_takes_from_a_table_that_stays_is_told() {
    let db = database();
    let mut session = session(
        &db,
        "CREATE TABLE s.child (id serial PRIMARY KEY, n int);
         INSERT INTO s.child (n) SELECT generate_series(1, 2000);
         CREATE FUNCTION s.audit() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
         CREATE TRIGGER audit BEFORE INSERT ON s.child FOR EACH ROW EXECUTE FUNCTION s.audit();
         CREATE TRIGGER on_n BEFORE UPDATE OF n ON s.child FOR EACH ROW EXECUTE FUNCTION s.audit();
         CREATE TABLE s.log (id int, n int);
         CREATE RULE write_log AS ON UPDATE TO s.child DO ALSO INSERT INTO s.log VALUES (new.id, new.n);
         CREATE TABLE s.parted (id int, k int) PARTITION BY LIST (k);
         CREATE TABLE s.parted1 PARTITION OF s.parted FOR VALUES IN (1);
         CREATE FUNCTION s.audit_parts() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
         CREATE TRIGGER audit BEFORE INSERT ON s.parted FOR EACH ROW EXECUTE FUNCTION s.audit_parts();
         CREATE SCHEMA other;
         CREATE FUNCTION other.f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
         CREATE TABLE other.t (id serial PRIMARY KEY);
         CREATE TRIGGER within BEFORE INSERT ON other.t FOR EACH ROW EXECUTE FUNCTION other.f();
         CREATE TRIGGER outside BEFORE INSERT ON s.log FOR EACH ROW EXECUTE FUNCTION other.f();
         CREATE TABLE s.made (id int, g int GENERATED ALWAYS AS (id + 1) STORED);",
    );
    for sql in [
        "DROP SEQUENCE s.child_id_seq CASCADE",
        "ALTER TABLE s.child DROP COLUMN n CASCADE",
        "DROP FUNCTION s.audit() CASCADE",
        "DROP FUNCTION s.audit_parts() CASCADE",
        "DROP SCHEMA other CASCADE",
    ] {
        same(&mut session, sql);
    }
    let (told, dropped) = cascades(&mut session, "DROP TABLE s.child CASCADE");
    assert_eq!((told, dropped), (vec![], vec![]));
}

#[test]
fn a_key_stays_when_one_of_the_partitions_that_it_refers_to_leaves() {
    let db = database();
    let mut session = session(
        &db,
        "CREATE TABLE s.p (id int PRIMARY KEY) PARTITION BY RANGE (id);
         CREATE TABLE s.p1 PARTITION OF s.p FOR VALUES FROM (0) TO (1000);
         CREATE TABLE s.p2 PARTITION OF s.p FOR VALUES FROM (1000) TO (9000) PARTITION BY RANGE (id);
         CREATE TABLE s.p2a PARTITION OF s.p2 FOR VALUES FROM (1000) TO (9000);
         CREATE TABLE s.p3 PARTITION OF s.p FOR VALUES FROM (9000) TO (9999);
         INSERT INTO s.p SELECT generate_series(1, 9900);
         CREATE TABLE s.f (p_id int REFERENCES s.p);
         CREATE INDEX ON s.f (p_id);
         INSERT INTO s.f SELECT generate_series(9500, 9600) FROM generate_series(1, 20)",
    );
    let keys = "SELECT string_agg(conname, ' ' ORDER BY conname) FROM pg_constraint
                WHERE conrelid = 's.f'::regclass AND contype = 'f' AND conparentid = 0";
    for sql in ["ALTER TABLE s.p DETACH PARTITION s.p1", "ALTER TABLE s.p DETACH PARTITION s.p2"] {
        let run = ok(&mut session, sql);
        assert_eq!(times(&run, "constraint-dropped"), 0, "{sql}: {:?}", run.messages);
        assert_eq!(value::<String>(&mut session, keys), "f_p_id_fkey");
    }
    let run = ok(&mut session, "ALTER TABLE s.f DROP CONSTRAINT f_p_id_fkey");
    assert_eq!(times(&run, "constraint-dropped"), 1, "{:?}", run.messages);
}

/// The messages of the rule: each with its detail and its hint.
fn said(run: &harness::Run, rule: &str) -> Vec<String> {
    let ours = ours(&run.messages).into_iter().filter(|message| message.message.ends_with(&format!("[{rule}]")));
    ours.map(|m| {
        [Some(m.message.clone()), m.detail.clone(), m.hint.clone()].into_iter().flatten().collect::<Vec<_>>().join("\n")
    })
    .collect()
}

#[test]
fn a_child_by_inheritance_is_a_table_of_its_own() {
    let db = database();
    let mut session = session(
        &db,
        "CREATE TABLE s.ref (id int PRIMARY KEY); CREATE TABLE s.pp (id int);
         CREATE TABLE s.child (CONSTRAINT own CHECK (id > 0), ref_id int) INHERITS (s.pp);
         INSERT INTO s.child SELECT generate_series(1, 2000);
         INSERT INTO s.ref SELECT generate_series(1, 2000)",
    );
    assert_eq!(times(&ok(&mut session, "ALTER TABLE s.child DROP CONSTRAINT own"), "constraint-dropped"), 1);
    let run = ok(&mut session, "CREATE TABLE s.c2 (ref_id int REFERENCES s.ref) INHERITS (s.pp)");
    assert_eq!(times(&run, "foreign-key-without-index"), 1, "{:?}", run.messages);
    let told = "SELECT count(*) FROM architect.lint(
        'CREATE TABLE s.c3 (ref_id int REFERENCES s.ref) INHERITS (s.pp)') WHERE rule = 'foreign-key-without-index'";
    assert_eq!(value::<i64>(&mut session, told), 1);
    ok(&mut session, "BEGIN");
    let run = ok(&mut session, "DROP TABLE s.child");
    let told = said(&run, "table-dropped");
    assert!(told.len() == 1 && !told[0].contains("DETACH") && !told[0].contains("locked"), "{told:?}");
    let locked: i64 = value(
        &mut session,
        "SELECT count(*) FROM pg_locks WHERE relation = 's.pp'::regclass AND mode = 'AccessExclusiveLock'",
    );
    assert_eq!(locked, 0, "PostgreSQL locks the parent");
    ok(&mut session, "ROLLBACK");
}

#[test]
fn a_partition_beside_a_default_partition_is_not_detached_concurrently() {
    let db = database();
    let mut session = session(
        &db,
        "CREATE TABLE s.p (id int) PARTITION BY RANGE (id);
         CREATE TABLE s.p1 PARTITION OF s.p FOR VALUES FROM (0) TO (1000);
         CREATE TABLE s.rest PARTITION OF s.p DEFAULT;
         INSERT INTO s.p SELECT generate_series(1, 2000);
         CREATE TABLE s.q (id int) PARTITION BY RANGE (id);
         CREATE TABLE s.q1 PARTITION OF s.q FOR VALUES FROM (0) TO (1000);
         INSERT INTO s.q SELECT generate_series(1, 900)",
    );
    // What PostgreSQL says of it.
    for (parent, partition, may) in [("s.p", "s.p1", false), ("s.p", "s.rest", false), ("s.q", "s.q1", true)] {
        let run = ok(&mut session, &format!("BEGIN; DROP TABLE {partition}"));
        let told = said(&run, "table-dropped");
        assert_eq!(told.len(), 1, "{:?}", run.messages);
        assert_eq!(told[0].contains("DETACH PARTITION CONCURRENTLY first"), may, "{told:?}");
        ok(&mut session, "ROLLBACK; SET architect.mode = off");
        let run = session.run(&format!("ALTER TABLE {parent} DETACH PARTITION {partition} CONCURRENTLY"));
        assert_eq!(run.error.is_none(), may, "{:?}", run.error);
        ok(&mut session, "RESET architect.mode");
    }
}

#[test]
fn what_stands_in_the_way_is_what_postgresql_lists() {
    let db = database();
    let mut session = session(
        &db,
        "CREATE TABLE s.c (id int PRIMARY KEY, n int, note text);
         CREATE MATERIALIZED VIEW s.mv AS SELECT id, n, note FROM s.c;
         CREATE INDEX mv_n_idx ON s.mv (n);
         CREATE VIEW s.over AS SELECT n FROM s.mv;
         CREATE TABLE s.f (c_id int REFERENCES s.c)",
    );
    let told: String = value(
        &mut session,
        "SELECT message FROM architect.lint('DROP TABLE s.c') WHERE rule = 'dependent-object-blocks'",
    );
    let mut told: Vec<String> = told
        .rsplit_once("these depend on it: ")
        .map(|(_, list)| list.split(", ").map(str::to_owned).collect())
        .unwrap_or_default();
    ok(&mut session, "SET architect.mode = off");
    let detail = fails(&mut session, "DROP TABLE s.c", "2BP01").detail.unwrap_or_default();
    let mut listed: Vec<String> =
        detail.lines().filter_map(|line| Some(line.split_once(" depends on ")?.0.to_owned())).collect();
    told.sort_unstable();
    listed.sort_unstable();
    assert_eq!(told, listed);
}

#[test]
fn what_alter_type_does_to_the_tables_of_the_type_is_told_of_each() {
    let db = database();
    let mut session = session(
        &db,
        "CREATE TYPE s.ct AS (id int, a int, b int);
         CREATE TABLE s.one OF s.ct (PRIMARY KEY (id)); CREATE TABLE s.two OF s.ct;
         CREATE INDEX one_b_idx ON s.one (b);
         INSERT INTO s.one SELECT g, g, g FROM generate_series(1, 2000) g;
         INSERT INTO s.two SELECT g, g, g FROM generate_series(1, 2000) g",
    );
    let files = "SELECT pg_relation_filenode('s.one')::text || ' ' || pg_relation_filenode('s.two')";
    let before: String = value(&mut session, files);
    let run = ok(&mut session, "ALTER TYPE s.ct ALTER ATTRIBUTE a TYPE bigint CASCADE");
    assert_ne!(value::<String>(&mut session, files), before, "they are written anew");
    let told = said(&run, "type-change-rewrite");
    assert_eq!(told.len(), 2, "{:?}", run.messages);
    assert!(told[0].contains("s.one") && told[1].contains("s.two"), "{told:?}");
    let run = ok(&mut session, "ALTER TYPE s.ct DROP ATTRIBUTE b CASCADE");
    assert!(!exists(&mut session, "s.one_b_idx"));
    let (lost, with) = (said(&run, "column-dropped"), said(&run, "column-drop-collateral"));
    assert!(lost.len() == 1 && lost[0].contains("s.two"), "{lost:?}");
    assert!(with.len() == 1 && with[0].contains("s.one") && with[0].contains("one_b_idx"), "{with:?}");
}

#[test]
fn a_part_is_not_dropped_by_itself() {
    let db = database();
    let mut session = session(
        &db,
        "CREATE TABLE s.c (id int PRIMARY KEY, n int UNIQUE);
         INSERT INTO s.c SELECT g, g FROM generate_series(1, 2000) g;
         CREATE TABLE s.p (id int) PARTITION BY LIST (id); CREATE TABLE s.p1 PARTITION OF s.p FOR VALUES IN (1);
         CREATE INDEX p_id_idx ON s.p (id); CREATE INDEX alone ON s.c (n)",
    );
    for (sql, refused) in [
        ("DROP INDEX s.c_n_key", true),
        ("DROP INDEX s.c_n_key CASCADE", true),
        ("DROP INDEX s.p1_id_idx", true),
        ("DROP INDEX s.p1_id_idx, s.p_id_idx", false),
        ("DROP INDEX s.alone", false),
    ] {
        let rules = value::<Vec<String>>(
            &mut session,
            &format!("SELECT coalesce(array_agg(rule), '{{}}') FROM architect.lint('{sql}')"),
        );
        assert_eq!(rules.iter().any(|rule| rule == "dependent-object-blocks"), refused, "{sql}: {rules:?}");
        assert!(!rules.iter().any(|rule| rule == "constraint-dropped"), "{sql}: {rules:?}");
        assert_eq!(session.run(sql).error.is_some(), refused, "{sql}");
    }
}

/// PostgreSQL's own word: an UPDATE and a DELETE of the table.
#[test]
fn what_a_publication_asks_of_the_identity_is_what_postgresql_asks() {
    let db = database();
    let mut session = session(
        &db,
        "CREATE SCHEMA published; CREATE PUBLICATION of_schema FOR TABLES IN SCHEMA published;
         CREATE TABLE s.bare (id int, n int); INSERT INTO s.bare VALUES (1, 1);
         CREATE TABLE s.keyed (id int PRIMARY KEY, n int); INSERT INTO s.keyed VALUES (1, 1);
         CREATE TABLE s.parted (id int) PARTITION BY LIST (id); CREATE TABLE s.parted1 PARTITION OF s.parted FOR VALUES IN (1);
         INSERT INTO s.parted VALUES (1)",
    );
    for (sql, table) in [
        ("ALTER TABLE s.bare SET SCHEMA published", "published.bare"),
        ("ALTER TABLE s.keyed SET SCHEMA published", "published.keyed"),
        ("ALTER TABLE s.parted SET SCHEMA published", "published.parted"),
        ("CREATE PUBLICATION a FOR TABLE s.keyed WHERE (n > 0)", "s.keyed"),
        ("CREATE PUBLICATION a FOR TABLE s.keyed WHERE (n > 0) WITH (publish = 'delete')", "s.keyed"),
        ("CREATE PUBLICATION a FOR TABLE s.keyed WHERE (id > 0)", "s.keyed"),
        ("CREATE PUBLICATION a FOR TABLE s.keyed (n)", "s.keyed"),
        ("CREATE PUBLICATION a FOR TABLE s.keyed; ALTER PUBLICATION a SET TABLE s.keyed (n)", "s.keyed"),
        ("CREATE PUBLICATION a FOR TABLE s.keyed (id)", "s.keyed"),
    ] {
        ok(&mut session, "BEGIN; SAVEPOINT before");
        let run = ok(&mut session, &format!("{sql}; SELECT 1"));
        let mut said = run.messages;
        let mut refused = Vec::new();
        for (command, sql) in
            [("UPDATE", format!("UPDATE {table} SET id = id")), ("DELETE", format!("DELETE FROM {table}"))]
        {
            let run = session.run(&format!("SAVEPOINT change; {sql}"));
            if run.error.is_some() {
                refused.push(command);
            }
            ok(&mut session, "ROLLBACK TO change");
        }
        let run = ok(&mut session, "COMMIT");
        said.extend(run.messages);
        let told: Vec<&str> = said
            .iter()
            .filter(|message| message.message.ends_with("[replica-identity-missing]"))
            .map(|message| message.message.as_str())
            .collect();
        assert_eq!(told.len(), usize::from(!refused.is_empty()), "{sql}: {refused:?} {told:?}");
        if let Some(told) = told.first() {
            assert!(told.contains(&format!("{} fail", refused.join(" and "))), "{sql}: {refused:?} {told}");
        }
        ok(
            &mut session,
            "SET architect.mode = off; DROP PUBLICATION IF EXISTS a; ALTER TABLE IF EXISTS published.keyed SET SCHEMA s; \
             RESET architect.mode",
        );
    }
}

/// PostgreSQL's own word: the call that was good before.
#[test]
fn old_calls_of_a_replaced_function_fail_where_it_is_said() {
    let db = database();
    let mut session = session(&db, "SELECT");
    for (old, new, call) in [
        ("f(int)", "f(bigint)", "s.f(1)"),
        ("f(bigint)", "f(int)", "s.f(1::bigint)"),
        ("f(int)", "f(anyelement)", "s.f(1)"),
        ("f(int)", "f(VARIADIC int[])", "s.f(1)"),
        ("f(VARIADIC int[])", "f(VARIADIC bigint[])", "s.f(1, 2)"),
        ("f(VARIADIC int[])", "f(int[])", "s.f(1, 2)"),
        ("f(int)", "f(int, x text DEFAULT NULL)", "s.f(1)"),
        ("f(int)", "f(int, text)", "s.f(1)"),
        ("f(a timestamp with time zone)", "f(a time with time zone)", "s.f(timestamptz '2026-01-01')"),
        ("f(a int, OUT x int)", "f(a bigint, OUT x int)", "s.f(1)"),
        ("f(a int, OUT x int)", "f(a text, OUT x int)", "s.f(1)"),
    ] {
        let make = |function: &str| {
            let returns = if function.contains("OUT") { "" } else { "RETURNS int" };
            format!("CREATE FUNCTION s.{function} {returns} LANGUAGE sql AS 'SELECT 1'")
        };
        ok(&mut session, &format!("SET architect.mode = off; {}; SELECT {call}; RESET architect.mode", make(old)));
        let arguments = old.strip_prefix('f').unwrap_or_default();
        let run = ok(&mut session, &format!("BEGIN; DROP FUNCTION s.f{arguments}; {}; COMMIT", make(new)));
        let told = said(&run, "function-signature-replaced");
        let fails = session.run(&format!("SELECT {call}")).error.is_some();
        assert_eq!(told.len(), usize::from(fails), "{old} -> {new}: {told:?}");
        if fails {
            assert!(told[0].contains("calls of function s.f(") && !told[0].contains(")("), "{told:?}");
        }
        ok(&mut session, "SET architect.mode = off; DROP FUNCTION s.f; RESET architect.mode");
    }
    // Another one of the name is left.
    ok(
        &mut session,
        "SET architect.mode = off; CREATE FUNCTION s.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
         CREATE FUNCTION s.f(bigint) RETURNS int LANGUAGE sql AS 'SELECT 1'; RESET architect.mode",
    );
    let run = ok(
        &mut session,
        "BEGIN; DROP FUNCTION s.f(int); CREATE FUNCTION s.f(text) RETURNS int LANGUAGE sql AS 'SELECT 1'; COMMIT",
    );
    ok(&mut session, "SELECT s.f(1)");
    assert_eq!(times(&run, "function-signature-replaced"), 0, "{:?}", run.messages);
}
