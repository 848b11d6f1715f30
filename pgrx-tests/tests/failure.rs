//! What happens when the guard itself fails: the DDL goes on, and the user is told in one plain WARNING.

mod common;

use common::*;
use harness::{Cluster, Message, Options};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The ways in which a rule can fail; `architect.debug_fail` makes every judgement do so.
const WAYS: [&str; 2] = ["panic", "error"];

/// What the guard says about its own failure is one WARNING with nothing of Rust in it.
#[track_caller]
fn plain(messages: &[Message]) {
    for message in messages {
        let text = message.to_string();
        for stranger in ["backtrace", "RUST_BACKTRACE", ".rs", "panicked", "::", "thread '"] {
            assert!(!text.contains(stranger), "{stranger:?} in a message: {text}");
        }
    }
}

#[track_caller]
fn one_warning(messages: &[Message], sql: &str) {
    let ours = ours(messages);
    assert_eq!(ours.len(), 1, "{sql} gives {messages:?}");
    assert_eq!((ours[0].severity.as_str(), ours[0].code.as_str()), ("WARNING", "PA004"), "{}", ours[0]);
    assert!(ours[0].hint.as_deref().unwrap_or_default().contains("report"), "{}", ours[0]);
    plain(messages);
}

#[test]
fn ddl_goes_on_when_a_rule_fails() {
    for way in WAYS {
        for mode in ["observe", "warn", "enforce"] {
            let db = shop();
            let mut session = connect(&db);
            session
                .batch_execute(&format!("SET architect.mode = {mode}; SET architect.debug_fail = {way}"))
                .expect("settings");
            // In a block the commit is judged apart from the statement.
            for (sql, at_start, at_commit) in [
                ("ALTER TABLE orders ADD COLUMN comment text", true, true),
                ("CREATE INDEX idx_orders_comment ON orders (comment)", true, true),
                ("DROP TABLE events", true, true),
                ("CREATE TABLE parcel (weight integer)", true, true),
                ("CREATE FUNCTION nothing() RETURNS integer LANGUAGE sql AS 'SELECT 1'", false, true),
                // It leaves nothing behind, and what it was is not known.
                ("DROP FUNCTION nothing()", true, false),
            ] {
                session.batch_execute("BEGIN").expect("BEGIN");
                let run = ok(&mut session, sql);
                if at_start {
                    one_warning(&run.messages, sql);
                } else {
                    assert_eq!(ours(&run.messages).len(), 0, "{sql} is judged at commit only: {:?}", run.messages);
                }
                assert_eq!(value::<i32>(&mut session, "SELECT 1"), 1, "the transaction can be used");
                let run = ok(&mut session, "COMMIT");
                if at_commit {
                    one_warning(&run.messages, &format!("COMMIT of {sql}"));
                } else {
                    assert_eq!(ours(&run.messages).len(), 0, "COMMIT of {sql}: {:?}", run.messages);
                }
            }
            assert!(exists(&mut session, "parcel") && exists(&mut session, "idx_orders_comment"), "{mode} {way}");
            assert!(!exists(&mut session, "events"), "{mode} {way}");
            // The rule is mended: the session is as good as new.
            session.batch_execute("SET architect.debug_fail = off; SET architect.mode = enforce").expect("settings");
            stopped(&mut session, "DROP TABLE orders", "table-dropped");
        }
    }
}

#[test]
fn subtransactions_survive_a_failure() {
    for way in WAYS {
        let db = shop();
        let mut session = connect(&db);
        session
            .batch_execute(&format!("SET architect.mode = enforce; SET architect.debug_fail = {way}"))
            .expect("settings");
        let run = ok(
            &mut session,
            "BEGIN;
             INSERT INTO customers (name) VALUES ('kept');
             SAVEPOINT one; CREATE TABLE parcels (weight integer); RELEASE one;
             SAVEPOINT two; CREATE TABLE boxes (weight integer); INSERT INTO customers (name) VALUES ('lost'); ROLLBACK TO two;
             DO $$ BEGIN CREATE TABLE crates (weight integer); PERFORM 1/0; EXCEPTION WHEN division_by_zero THEN NULL; END $$;
             COMMIT",
        );
        assert!(ours(&run.messages).iter().all(|message| message.code == "PA004"), "{:?}", run.messages);
        plain(&run.messages);
        let there: Vec<bool> = ["parcels", "boxes", "crates"].map(|table| exists(&mut session, table)).to_vec();
        assert_eq!(there, [true, false, false], "{way}");
        assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM customers WHERE name = 'kept'"), 1);
        assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM customers"), 4);
        // Nothing is left open: no lock, no transaction, no snapshot.
        assert_eq!(
            value::<i64>(
                &mut session,
                "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation >= 16384"
            ),
            0
        );
    }
}

#[test]
fn commits_of_other_kinds_survive_a_failure() {
    for way in WAYS {
        let db = shop();
        let gid = format!("{}_{way}", db.name());
        let mut session = connect(&db);
        session
            .batch_execute(&format!("SET architect.mode = enforce; SET architect.debug_fail = {way}"))
            .expect("settings");
        for sql in [
            format!("BEGIN; CREATE TABLE parcels (weight integer); PREPARE TRANSACTION '{gid}'"),
            format!("COMMIT PREPARED '{gid}'"),
            "DO $$ BEGIN CREATE TABLE boxes (weight integer); COMMIT; CREATE TABLE crates (weight integer); END $$"
                .to_owned(),
            "CREATE INDEX CONCURRENTLY idx_orders_code ON orders (code)".to_owned(),
            "DROP INDEX CONCURRENTLY idx_orders_code".to_owned(),
            "ALTER TABLE events DETACH PARTITION events_2024 CONCURRENTLY".to_owned(),
            "BEGIN ISOLATION LEVEL SERIALIZABLE; CREATE TABLE pallets (weight integer); COMMIT".to_owned(),
        ] {
            let run = ok(&mut session, &sql);
            assert!(ours(&run.messages).iter().all(|message| message.code == "PA004"), "{:?}", run.messages);
            plain(&run.messages);
        }
        for table in ["parcels", "boxes", "crates", "pallets"] {
            assert!(exists(&mut session, table), "{table} {way}");
        }
        assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM pg_index WHERE NOT indisvalid"), 0);
        assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM pg_inherits WHERE inhdetachpending"), 0);
    }
}

/// The server crashes in its own middle when it is asked about the bound of a partition whose parent is none; and what it cannot
/// analyse is refused with its own words, which need no second message.
#[test]
fn what_makes_no_sense_is_left_to_the_server() {
    let db = shop();
    let (mut unguarded, mut session) = (connect(&db), connect(&db));
    unguarded
        .batch_execute("SET architect.mode = off; CREATE TABLE parcels (id bigint); CREATE VIEW names AS SELECT name FROM customers;")
        .expect("tables");
    for sql in [
        "CREATE TABLE parcels_a PARTITION OF parcels FOR VALUES IN ('a')",
        "CREATE TABLE parcels_a PARTITION OF parcels DEFAULT",
        "CREATE TABLE parcels_a PARTITION OF names FOR VALUES IN ('a')",
        "CREATE TABLE events_a PARTITION OF events FOR VALUES IN ('a')",
        "CREATE TABLE events_a PARTITION OF events FOR VALUES WITH (MODULUS 2, REMAINDER 0)",
        "CREATE TABLE events_a PARTITION OF events FOR VALUES FROM ('2024-01-01', 1) TO ('2025-01-01', 2)",
        "ALTER TABLE parcels ATTACH PARTITION customers FOR VALUES IN ('a')",
        "ALTER TABLE parcels ATTACH PARTITION customers DEFAULT",
        "ALTER TABLE events ATTACH PARTITION names FOR VALUES FROM ('2030-01-01') TO ('2031-01-01')",
        "ALTER TABLE events ATTACH PARTITION events FOR VALUES FROM ('2030-01-01') TO ('2031-01-01')",
        "ALTER TABLE parcels DETACH PARTITION customers",
        "ALTER INDEX events ATTACH PARTITION events_2024",
        "ALTER INDEX events_pkey ATTACH PARTITION events_2024",
        "ALTER INDEX events ATTACH PARTITION parcels",
        "ALTER TABLE events_pkey ADD COLUMN a integer",
        "CREATE TABLE crates (weight numeric(1, 2000))",
        "CREATE TABLE crates (weight no_such_type)",
        "CREATE TABLE crates (LIKE no_such_table)",
        "CREATE TABLE crates (a integer) INHERITS (names)",
        "CREATE TABLE crates (a integer DEFAULT no_such_function(1))",
        "ALTER TABLE orders ALTER COLUMN amount TYPE numeric(1, 2000)",
        "ALTER TABLE orders ALTER COLUMN no_such_column TYPE bigint USING no_such_column::bigint",
        "ALTER TABLE orders ADD CONSTRAINT positive CHECK (no_such_column > 0)",
        "ALTER TABLE orders ADD FOREIGN KEY (customer_id, amount) REFERENCES customers (id)",
        "ALTER TABLE names ADD FOREIGN KEY (name) REFERENCES customers (id)",
        "ALTER TABLE names SET TABLESPACE pg_default",
        "CREATE INDEX ON names (name)",
        "CREATE INDEX ON orders (no_such_column)",
        "CREATE INDEX ON orders USING no_such_method (amount)",
        "CREATE INDEX ON orders (amount no_such_class)",
        "CREATE INDEX ON orders_pkey (id)",
        "DROP TABLE names",
        "DROP INDEX orders",
        "REINDEX INDEX orders",
        "REINDEX TABLE names",
        "REFRESH MATERIALIZED VIEW orders",
        "ALTER TABLE orders RENAME COLUMN no_such_column TO other",
    ] {
        let expected = unguarded.run(sql).error.unwrap_or_else(|| panic!("the server takes {sql}"));
        let run = session.run(sql);
        let error = run.error.unwrap_or_else(|| panic!("no error under the guard: {sql}"));
        assert_eq!((error.code, error.message), (expected.code, expected.message), "{sql}");
        let failures: Vec<&Message> = run.messages.iter().filter(|message| message.code == "PA004").collect();
        assert!(failures.is_empty(), "{sql}: {failures:?}");
        // Nobody's crash either where it is only asked about; a plain error is an answer.
        for function in ["lint", "explain_ddl", "safe_now"] {
            let asked = session.run(&format!("SELECT count(*) FROM architect.{function}($sql${sql}$sql$)"));
            plain(&asked.error.into_iter().collect::<Vec<_>>());
            assert_eq!(value::<i32>(&mut session, "SELECT 1"), 1, "{function}: {sql}");
        }
    }
}

#[test]
fn a_read_function_that_fails_is_an_ordinary_error() {
    let db = shop();
    let mut session = connect(&db);
    for way in WAYS {
        session.batch_execute(&format!("SET architect.debug_fail = {way}")).expect("a setting");
        let run = session.run("SELECT * FROM architect.lint('DROP TABLE orders')");
        let error = run.error.expect("an error");
        assert_eq!(error.severity, "ERROR", "{error}");
        plain(&[error]);
        assert_eq!(value::<i32>(&mut session, "SELECT 1"), 1);
    }
}

/// With RUST_BACKTRACE in the server's environment, which this process can only give by being another one.
#[test]
fn no_backtrace_reaches_a_client() {
    const INNER: &str = "PG_ARCHITECT_TEST_INNER";
    if std::env::var_os(INNER).is_none() {
        let output = Command::new(std::env::current_exe().expect("this program"))
            .args(["--exact", "no_backtrace_reaches_a_client", "--nocapture"])
            .env(INNER, "1")
            .env("RUST_BACKTRACE", "full")
            // A cluster of its own: the shared one has another environment.
            .env_remove(harness::cluster::CLUSTER_VARIABLE)
            .output()
            .expect("the test again");
        assert!(
            output.status.success(),
            "{}\n{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
        return;
    }
    let cluster = Cluster::shared().expect("a cluster");
    let environment = fs::read(format!("/proc/{}/environ", postmaster(&cluster))).unwrap_or_default();
    assert!(String::from_utf8_lossy(&environment).contains("RUST_BACKTRACE=full"), "the server's environment");
    let db = shop();
    let mut session = connect(&db);
    session.batch_execute("SET client_min_messages = debug1").expect("a setting");
    for way in WAYS {
        session.batch_execute(&format!("SET architect.debug_fail = {way}")).expect("a setting");
        let run = ok(&mut session, "BEGIN; CREATE TABLE parcels (weight integer); COMMIT; DROP TABLE parcels");
        let failures: Vec<Message> = run.messages.into_iter().filter(|message| message.code == "PA004").collect();
        assert_eq!(failures.len(), 3, "start and commit of the one, start of the other: {failures:?}");
        plain(&failures);
        let run = session.run("SELECT * FROM architect.lint('DROP TABLE orders')");
        plain(&[run.error.expect("an error")]);
        let run = session.run("SELECT architect.configure('no-such-rule')");
        plain(&[run.error.expect("an error")]);
    }
    session.batch_execute("SET architect.debug_fail = off; SET architect.mode = enforce").expect("settings");
    plain(&[stopped(&mut session, "DROP TABLE orders", "table-dropped")]);
    plain(&[fails(&mut session, "SELECT * FROM architect.lint('CREATE TABEL x ()')", "42601")]);
}

fn postmaster(cluster: &Cluster) -> u32 {
    let file = fs::read_to_string(cluster.folder().join("data/postmaster.pid")).expect("postmaster.pid");
    file.lines().next().and_then(|line| line.parse().ok()).expect("a process id")
}

// What the user ordered.

#[test]
fn a_timeout_or_a_cancel_ends_the_judgement() {
    let db = shop();
    let mut session = connect(&db);
    // The planner puts the body of the SQL function in its place, and calls the other one for it: a judgement of ten seconds.
    session
        .batch_execute(
            "CREATE FUNCTION slow() RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM pg_sleep(10); RETURN 1; END $$;
             CREATE FUNCTION wrapped() RETURNS integer LANGUAGE sql STABLE AS 'SELECT slow()';
             SET architect.mode = enforce",
        )
        .expect("a function");
    let sql = "ALTER TABLE orders ADD COLUMN waited integer DEFAULT wrapped()";
    for (timeout, text) in [
        ("statement_timeout = '200ms'", sql),
        (
            "statement_timeout = '200ms'",
            "SELECT * FROM architect.lint('ALTER TABLE orders ADD COLUMN waited integer DEFAULT wrapped()')",
        ),
        (
            "statement_timeout = '200ms'",
            "SELECT * FROM architect.explain_ddl('ALTER TABLE orders ADD COLUMN waited integer DEFAULT wrapped()')",
        ),
    ] {
        session.batch_execute(&format!("SET {timeout}")).expect("a setting");
        let began = Instant::now();
        let run = session.run(text);
        assert_eq!(run.error.map(|error| error.code).as_deref(), Some("57014"), "{text}");
        assert!(run.messages.iter().all(|message| message.code != "PA004"), "{:?}", run.messages);
        assert!(began.elapsed() < Duration::from_secs(3), "{:?} for {text}", began.elapsed());
    }
    session.batch_execute("RESET statement_timeout").expect("a setting");

    // pg_cancel_backend, and a terminate, from another session.
    let mut other = connect(&db);
    for (function, sqlstate) in [("pg_cancel_backend", "57014"), ("pg_terminate_backend", "57P01")] {
        let mut session = connect(&db);
        let me = pid(&mut session);
        session.batch_execute("SET architect.mode = enforce").expect("a setting");
        let began = Instant::now();
        let run = std::thread::scope(|scope| {
            let judged = scope.spawn(move || session.run(sql));
            wait_until(
                &mut other,
                &format!("SELECT count(*) > 0 FROM pg_stat_activity WHERE pid = {me} AND wait_event = 'PgSleep'"),
            );
            assert!(value::<bool>(&mut other, &format!("SELECT {function}({me})")));
            judged.join().expect("a session")
        });
        assert!(began.elapsed() < Duration::from_secs(5), "{:?} for {function}", began.elapsed());
        let error = run.error.expect("it is ended");
        // The driver may see the connection go before it has read why.
        assert!(error.code == sqlstate || function == "pg_terminate_backend" && error.severity == "FATAL", "{error:?}");
        if function == "pg_terminate_backend" {
            wait_until(&mut other, &format!("SELECT count(*) = 0 FROM pg_stat_activity WHERE pid = {me}"));
        }
    }
    assert_eq!(value::<i64>(&mut other, "SELECT count(*) FROM pg_attribute WHERE attname = 'waited'"), 0);
}

#[test]
fn a_large_judgement_can_be_cancelled() {
    let db = database();
    let mut session = connect(&db);
    session.batch_execute("SET architect.mode = off").expect("a setting");
    let mut text = String::new();
    for number in 0..20_000 {
        text.push_str(&format!(
            "CREATE TABLE parcel_{number} (id bigint PRIMARY KEY, weight integer, packed_at timestamp);\n"
        ));
    }
    let began = Instant::now();
    let error = session
        .batch_execute("SET statement_timeout = '100ms'")
        .and_then(|()| session.query("SELECT count(*) FROM architect.lint($1)", &[&text]))
        .expect_err("a timeout");
    assert_eq!(error.code().map(|code| code.code()), Some("57014"), "{error}");
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
}

// A guard in disorder.

#[test]
fn nonsense_in_the_policy_tables_stops_no_ddl() {
    let db = shop();
    let mut session = connect(&db);
    session
        .batch_execute(
            "INSERT INTO architect.rule_settings VALUES
               ('no-such-rule', '%', '%', 'bogus', '[]', 'me', now()),
               ('table-dropped', '%', '%', 'bogus', '{\"small_table_rows\": \"many\"}', 'me', now()),
               ('*', '', '', NULL, 'null', 'me', now()),
               ('index-name-pattern', '%%%%_%%%%_%%%%', '_%_%_%_%_%_%', 'error', '{\"pattern\": 7, \"unknown\": {}}', 'me', now());
             INSERT INTO architect.suppressions VALUES ('no-such-rule', '', '', 'infinity', '', now()), ('', '''\"', '', '-infinity', '', now())",
        )
        .expect("nonsense");
    let run = ok(&mut session, "DROP TABLE orders");
    assert_eq!(times(&run, "table-dropped"), 1, "{:?}", run.messages);
    let run = ok(
        &mut session,
        "CREATE TABLE parcels (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY); CREATE INDEX parcels_ix ON parcels (id)",
    );
    assert!(run.messages.iter().all(|message| message.code != "PA004"), "{:?}", run.messages);
    for query in [
        "SELECT count(*) FROM architect.rules",
        "SELECT count(*) FROM architect.status()",
        "SELECT count(*) FROM architect.check()",
    ] {
        value::<i64>(&mut session, query);
    }
}

#[test]
fn locked_policy_tables_stop_no_ddl() {
    let db = shop();
    let (mut holder, mut session) = (connect(&db), connect(&db));
    holder
        .batch_execute("BEGIN; LOCK TABLE architect.rule_settings, architect.suppressions, architect.armed IN ACCESS EXCLUSIVE MODE")
        .expect("locks");
    session.batch_execute("SET statement_timeout = '5s'; SET architect.log_ddl = 'none'").expect("settings");
    let run = ok(&mut session, "ALTER TABLE orders ADD COLUMN comment text; CREATE TABLE parcels (weight integer)");
    // It is judged by what can be read, and said once in each of the two transactions.
    assert_eq!(times(&run, "primary-key-missing"), 1, "{:?}", run.messages);
    let unread: Vec<&Message> = run.messages.iter().filter(|message| message.code == "PA004").collect();
    assert_eq!(unread.len(), 2, "{:?}", run.messages);
    assert!(unread[0].detail.as_ref().is_some_and(|detail| detail.contains("architect.suppressions")), "{unread:?}");
    // Nothing is stopped while it is not known what is suppressed.
    let mut strict = strict(&db);
    let run = ok(&mut strict, "SET statement_timeout = '5s'; CREATE TABLE boxes (weight integer)");
    assert_eq!(times(&run, "primary-key-missing"), 1, "{:?}", run.messages);
    let armed: String = value(&mut strict, "SELECT value FROM architect.status() WHERE name = 'blocking armed'");
    assert_eq!(armed, "not readable now");
    let run = ok(&mut strict, "SELECT count(*) FROM architect.lint('DROP TABLE orders')");
    assert!(run.messages.iter().any(|message| message.code == "PA004"), "{:?}", run.messages);
    // What was known before the lock goes on to hold.
    let mut informed = connect(&db);
    holder.batch_execute("ROLLBACK").expect("the locks' end");
    fails(&mut strict, "CREATE TABLE crates (weight integer)", "PA003");
    holder.batch_execute("SELECT architect.configure('table-dropped', severity => 'off')").expect("a setting");
    silent(&mut informed, "SET lock_timeout = '2s'; DROP TABLE orders");
    holder.batch_execute("BEGIN; LOCK TABLE architect.rule_settings IN ACCESS EXCLUSIVE MODE").expect("a lock");
    informed.batch_execute("SET statement_timeout = '5s'").expect("a setting");
    silent(&mut informed, "DROP TABLE events");
    holder.batch_execute("ROLLBACK").expect("the lock's end");
}

#[test]
fn an_extension_in_pieces_stops_no_ddl() {
    for damage in [
        "ALTER TABLE architect.ddl_log RENAME TO ddl_log_once",
        "ALTER EXTENSION pg_architect DROP TABLE architect.baseline; DROP TABLE architect.baseline",
        "ALTER EXTENSION pg_architect DROP TABLE architect.rule_settings; DROP TABLE architect.rule_settings",
        "ALTER TABLE architect.ddl_log DROP COLUMN break_glass CASCADE, ADD COLUMN extra integer",
        "ALTER TABLE architect.rule_settings DROP COLUMN parameters",
        "ALTER TABLE architect.suppressions ALTER COLUMN expires TYPE text",
        "ALTER TABLE architect.ddl_log ADD CHECK (tag <> 'DROP TABLE')",
        "UPDATE pg_extension SET extversion = '0.0.1' WHERE extname = 'pg_architect'",
        "ALTER EXTENSION pg_architect DROP EVENT TRIGGER pg_architect_ddl_command_end; DROP EVENT TRIGGER pg_architect_ddl_command_end",
    ] {
        let db = shop();
        let mut session = connect(&db);
        ok(&mut session, &format!("SET architect.mode = off; SET allow_system_table_mods = on; {damage}"));
        for mode in ["warn", "enforce"] {
            let mut session = connect(&db);
            session
                .batch_execute(&format!("SET architect.mode = {mode}; SET architect.log_ddl = 'all'"))
                .expect("settings");
            let run = session.run(
                "CREATE TABLE parcels (weight integer); ALTER TABLE parcels ADD COLUMN note text; DROP TABLE parcels; \
                 CREATE INDEX CONCURRENTLY idx_customers_name ON customers (name); DROP INDEX CONCURRENTLY idx_customers_name",
            );
            if let Some(error) = run.error {
                panic!("{error}\nafter: {damage}");
            }
            plain(&run.messages);
        }
    }
}

// A library that is missing: the drill of docs/install.md.

/// The file of the library in a cluster's own prefix.
fn library(folder: &Path) -> PathBuf {
    let mut folders = vec![folder.join("server")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.file_stem().is_some_and(|name| name == "pg_architect")
                && path.extension().is_some_and(|e| e == "so" || e == "dylib")
            {
                return path;
            }
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                folders.push(path);
            }
        }
    }
    panic!("no library in {}", folder.display());
}

#[test]
fn a_missing_library_is_survived() {
    // A cluster of its own: the others must keep their library.
    let options = Options::from_environment().expect("a server");
    let cluster = Arc::new(Cluster::start(&options).expect("a cluster"));
    let db = cluster.database().expect("a database");
    let library = library(cluster.folder());
    let hidden = library.with_extension("hidden");
    fs::rename(&library, &hidden).expect("the library out of the way");

    let mut session = connect(&db);
    for sql in ["CREATE TABLE parcels (id bigint PRIMARY KEY)", "DROP EXTENSION pg_architect"] {
        let error = fails(&mut session, sql, "58P01");
        assert!(error.message.contains("could not access file"), "{error}");
    }
    // Nothing but DDL is touched.
    assert_eq!(value::<i32>(&mut session, "SELECT 1"), 1);
    let triggers = ["ddl_command_start", "ddl_command_end", "sql_drop", "table_rewrite"];
    if cluster.major() >= 17 {
        ok(&mut session, "SET event_triggers = off; CREATE TABLE boxes (id bigint PRIMARY KEY); RESET event_triggers");
    }
    for trigger in triggers {
        ok(&mut session, &format!("ALTER EVENT TRIGGER pg_architect_{trigger} DISABLE"));
    }
    ok(
        &mut session,
        "CREATE TABLE parcels (id bigint PRIMARY KEY); ALTER TABLE parcels ADD COLUMN weight integer; DROP TABLE parcels",
    );

    fs::rename(&hidden, &library).expect("the library back");
    for trigger in triggers {
        ok(&mut session, &format!("ALTER EVENT TRIGGER pg_architect_{trigger} ENABLE"));
    }
    let run = ok(&mut session, "CREATE TABLE parcels (weight integer)");
    assert_eq!(times(&run, "primary-key-missing"), 1, "on duty again: {:?}", run.messages);
}
