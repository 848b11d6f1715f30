//! The guard between sessions and transactions: what it says, what it stops, what it waits for (nothing), and what it forgets.

mod common;

use common::*;
use std::time::{Duration, Instant};

// Before the lock.

/// Says that it is over when it goes, a panic included.
struct Done<'a>(&'a std::sync::atomic::AtomicBool);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        self.0.store(true, std::sync::atomic::Ordering::Relaxed);
    }
}

/// Turns every wait for a lock of this session into a line of the server log.
const LOG_WAITS: &str = "SET deadlock_timeout = '1ms'; SET log_lock_waits = on; SET statement_timeout = '20s'";

fn waits(db: &harness::Db, from: usize, pid: i32) -> Vec<String> {
    let process = format!("process {pid} still waiting for");
    log_of(db, from).into_iter().filter(|line| line.contains(&process)).collect()
}

#[test]
fn a_statement_is_stopped_without_waiting_for_the_lock() {
    let db = shop();
    let (mut holder, mut session, mut watcher) = (connect(&db), connect(&db), connect(&db));
    session
        .batch_execute(&format!(
            "SET architect.mode = enforce; SET architect.enforce_severity = warning; SET lock_timeout = 0; {LOG_WAITS}"
        ))
        .expect("settings");
    let me = pid(&mut session);
    // A reader first, then the strongest lock there is: facts are established without a lock, too.
    for lock in ["ACCESS SHARE", "ACCESS EXCLUSIVE"] {
        let from = log_length(&db);
        holder.batch_execute(&format!("BEGIN; LOCK TABLE orders, customers, events IN {lock} MODE")).expect("a lock");
        for sql in [
            "ALTER TABLE orders ADD COLUMN comment text",
            "ALTER TABLE orders ALTER COLUMN amount TYPE bigint",
            "ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers",
            "CREATE UNIQUE INDEX idx_orders_code ON orders (code)",
            "CREATE INDEX idx_events_payload ON events (payload)",
            "ALTER TABLE events DETACH PARTITION events_2024",
            "DROP TABLE orders",
        ] {
            let began = Instant::now();
            let error = fails(&mut session, sql, "PA002");
            assert!(began.elapsed() < Duration::from_secs(5), "{:?} for {error}", began.elapsed());
            let held: i64 = value(
                &mut watcher,
                &format!("SELECT count(*) FROM pg_locks WHERE pid = {me} AND locktype = 'relation'"),
            );
            assert_eq!(held, 0, "locks are left behind by {sql}");
        }
        assert_eq!(waits(&db, from, me), Vec::<String>::new(), "it waited for a lock of mode {lock}");
        let granted: bool = value(
            &mut watcher,
            &format!(
                "SELECT bool_and(granted) AND count(*) > 0 FROM pg_locks WHERE relation = 'orders'::regclass AND pid = {}",
                pid(&mut holder)
            ),
        );
        assert!(granted, "the other session still holds its lock");
        holder.batch_execute("ROLLBACK").expect("the end of the transaction");
    }
}

/// The test above proves something only if a wait would show.
#[test]
fn a_wait_for_a_lock_shows_in_the_log() {
    let db = shop();
    let (mut holder, mut session) = (connect(&db), connect(&db));
    session
        .batch_execute(&format!("SET architect.mode = off; SET lock_timeout = '200ms'; {LOG_WAITS}"))
        .expect("settings");
    let me = pid(&mut session);
    let from = log_length(&db);
    holder.batch_execute("BEGIN; LOCK TABLE orders IN ACCESS SHARE MODE").expect("a lock");
    fails(&mut session, "ALTER TABLE orders ADD COLUMN comment text", "55P03");
    assert!(!waits(&db, from, me).is_empty(), "{:?}", log_of(&db, from));
}

#[test]
fn who_is_in_the_way_is_named() {
    let db = shop();
    let (mut holder, mut session) = (connect(&db), connect(&db));
    session
        .batch_execute(
            "SELECT architect.configure('blocked-by-open-transaction', parameters => '{\"blocker_age\": 0}')",
        )
        .expect("a setting");
    holder.batch_execute("BEGIN; SELECT count(*) FROM orders").expect("a reader");
    let holder = pid(&mut holder);
    session.batch_execute("SET lock_timeout = '100ms'").expect("a setting");
    let run = session.run("ALTER TABLE orders ADD COLUMN comment text");
    assert_eq!(
        run.error.as_ref().map(|error| error.code.as_str()),
        Some("55P03"),
        "the statement itself runs into its timeout"
    );
    assert_eq!(run.rules(), ["blocked-by-open-transaction"]);
    let message = &run.findings[0].message;
    assert_eq!(message.severity, "WARNING");
    assert!(message.message.contains(&format!("pid {holder} ")), "{message}");
    let detail = message.detail.as_deref().unwrap_or_default();
    assert!(detail.contains(&format!("pid {holder} (holds ACCESS SHARE")), "{message}");
    // A lock that does not conflict is in nobody's way.
    silent(&mut session, "ALTER TABLE orders ALTER COLUMN amount SET STATISTICS 500");
}

#[test]
fn a_prepared_transaction_is_in_the_way_too() {
    let db = shop();
    let (mut other, mut session) = (connect(&db), connect(&db));
    let name = db.name();
    other
        .batch_execute(&format!(
            "BEGIN; INSERT INTO customers (name) VALUES ('x'); LOCK orders IN SHARE MODE; PREPARE TRANSACTION '{name}'"
        ))
        .expect("a prepared transaction");
    session
        .batch_execute(
            "SET architect.mode = enforce; SET architect.enforce_severity = warning; SET lock_timeout = '2s'",
        )
        .expect("settings");
    let error = stopped(&mut session, "ALTER TABLE orders ADD COLUMN comment text", "blocked-by-open-transaction");
    assert!(error.hint.as_deref().unwrap_or_default().contains("ROLLBACK PREPARED"), "{error}");
    other.batch_execute(&format!("ROLLBACK PREPARED '{name}'")).expect("its end");
    silent(&mut session, "ALTER TABLE orders ADD COLUMN comment text");
}

// What is said, and how loud.

#[test]
fn severities_are_notices_and_warnings() {
    let db = shop();
    let mut session = connect(&db);
    session.batch_execute("SET lock_timeout = '2s'").expect("a setting");
    let run = ok(&mut session, "CREATE TABLE parcel (weight integer); DROP TABLE orders");
    let said: Vec<(String, &str, &str)> = ours(&run.messages)
        .iter()
        .zip(rules(&run.messages))
        .map(|(message, rule)| (rule, message.severity.as_str(), message.code.as_str()))
        .collect();
    let expected = [("primary-key-missing", "WARNING"), ("table-name-plural", "NOTICE"), ("table-dropped", "WARNING")];
    let expected: Vec<(String, &str, &str)> =
        expected.iter().map(|(rule, severity)| ((*rule).to_owned(), *severity, "PA001")).collect();
    assert_eq!(said, expected);
    let missing = ours(&run.messages)[0];
    assert_eq!((missing.schema.as_deref(), missing.table.as_deref()), (Some("public"), Some("parcel")));
    assert!(!exists(&mut session, "orders") && exists(&mut session, "parcel"), "warnings stop nothing");
}

#[test]
fn observe_writes_to_the_log_and_off_says_nothing() {
    let db = shop();
    let mut session = connect(&db);
    let from = log_length(&db);
    session.batch_execute("SET architect.mode = observe").expect("a setting");
    silent(&mut session, "CREATE TABLE parcel (weight integer); DROP TABLE parcel; DROP TABLE orders");
    let logged = log_of(&db, from);
    for rule in ["primary-key-missing", "table-dropped"] {
        let lines =
            logged.iter().filter(|line| line.contains("LOG:  ") && line.ends_with(&format!("[{rule}]"))).count();
        assert_eq!(lines, 1, "{rule} in:\n{}", logged.join("\n"));
    }
    assert!(logged.iter().any(|line| line.contains("DETAIL:  ")), "the facts are logged too");

    let from = log_length(&db);
    session.batch_execute("SET architect.mode = off").expect("a setting");
    silent(&mut session, "CREATE TABLE parcel (weight integer); DROP TABLE events");
    assert_eq!(log_of(&db, from), Vec::<String>::new());
}

#[test]
fn min_severity_hides_and_enforce_severity_stops() {
    let db = shop();
    let mut session = connect(&db);
    let sql = "CREATE TABLE parcel (weight integer); DROP TABLE parcel";
    assert_eq!(rules(&ok(&mut session, sql).messages), ["primary-key-missing", "table-name-plural"]);
    session.batch_execute("SET architect.min_severity = warning").expect("a setting");
    assert_eq!(rules(&ok(&mut session, sql).messages), ["primary-key-missing"]);
    session.batch_execute("SET architect.min_severity = error").expect("a setting");
    silent(&mut session, sql);

    // What is hidden can still stop: the one setting is about talk, the other about deeds.
    session.batch_execute("SET architect.mode = enforce").expect("a setting");
    silent(&mut session, sql);
    session.batch_execute("SET architect.enforce_severity = warning").expect("a setting");
    fails(&mut session, sql, "PA003");
    session.batch_execute("RESET architect.min_severity; SET architect.enforce_severity = info").expect("settings");
    let error =
        fails(&mut session, "CREATE TABLE parcel (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)", "PA003");
    assert!(error.message.ends_with("[table-name-plural]"), "{error}");
}

#[test]
fn what_stops_is_said_in_one_error() {
    let db = shop();
    let mut session = strict(&db);
    session.batch_execute("SET lock_timeout = 0").expect("a setting");
    let run = session.run("DROP TABLE orders");
    assert_eq!(ours(&run.messages).len(), 1, "{:?}", run.messages);
    let error = run.error.expect("an error");
    assert!(error.message.ends_with("[table-dropped]"), "the worst finding comes first: {error}");
    let detail = error.detail.unwrap_or_default();
    assert!(detail.contains("Also stopped by: ") && detail.contains("[lock-timeout-missing]"), "{detail}");
    // What does not stop is still said, before the error.
    session.batch_execute("SET architect.enforce_severity = error").expect("a setting");
    let run = session.run("DROP TABLE orders");
    assert_eq!(rules(&run.messages), ["lock-timeout-missing", "table-dropped"]);
    assert_eq!(run.error.map(|error| error.code).as_deref(), Some("PA002"));
    let rows = session.last_findings().expect("rows");
    let mut names: Vec<&str> = rows.iter().map(|row| row.rule.as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["lock-timeout-missing", "table-dropped"], "last_findings() has what was stopped, too");
}

#[test]
fn a_finding_is_said_once_in_a_transaction() {
    let db = shop();
    let mut session = connect(&db);
    session.batch_execute("SET lock_timeout = '2s'").expect("a setting");
    let twice = "BEGIN; SAVEPOINT s; DROP TABLE orders; ROLLBACK TO s; DROP TABLE orders; ROLLBACK";
    assert_eq!(times(&ok(&mut session, twice), "table-dropped"), 1);
    assert_eq!(times(&ok(&mut session, twice), "table-dropped"), 1, "the next transaction begins anew");
    let run = ok(
        &mut session,
        "DO $$ BEGIN
           FOR i IN 1..5 LOOP
             BEGIN
               DROP TABLE orders;
               RAISE EXCEPTION 'back';
             EXCEPTION WHEN raise_exception THEN NULL;
             END;
           END LOOP;
         END $$",
    );
    assert_eq!(times(&run, "table-dropped"), 1);
    // A finding of the statement is not said again by its commit, nor one of the commit for each statement.
    let run = ok(
        &mut session,
        "BEGIN; CREATE TABLE parcel (weight integer); ALTER TABLE parcel ADD COLUMN a integer;
         ALTER TABLE parcel ADD COLUMN b integer; COMMIT",
    );
    assert_eq!(times(&run, "primary-key-missing"), 1);
    // But each stop is said: the statement did not run.
    session.batch_execute("SET architect.mode = enforce").expect("a setting");
    let run = ok(
        &mut session,
        "DO $$ BEGIN
           FOR i IN 1..3 LOOP
             BEGIN
               DROP TABLE orders;
             EXCEPTION WHEN SQLSTATE 'PA002' THEN RAISE NOTICE 'stopped';
             END;
           END LOOP;
         END $$",
    );
    assert_eq!(run.messages.iter().filter(|message| message.message == "stopped").count(), 3);
    assert!(exists(&mut session, "orders"));
}

/// That nobody has a function is remembered by each session, until the server tells of a change.
#[test]
fn functions_that_come_and_go_are_seen() {
    const FUNCTION: &str = "CREATE FUNCTION order_count() RETURNS bigint LANGUAGE plpgsql
         AS 'BEGIN RETURN (SELECT count(*) FROM orders); END'";
    let db = shop();
    let (mut session, mut other) = (connect(&db), connect(&db));
    let mut after = |first: &str, expected: usize, why: &str| {
        let run = ok(&mut session, &format!("BEGIN; {first}; DROP TABLE orders; ROLLBACK"));
        assert_eq!(times(&run, "function-body-mentions"), expected, "{why}");
    };
    after("SELECT", 0, "there is none");
    after(FUNCTION, 1, "made by the transaction itself");
    after("SELECT", 0, "rolled back");
    ok(&mut other, FUNCTION);
    after("SELECT", 1, "made by somebody else");
    ok(&mut other, "DROP FUNCTION order_count()");
    after("SELECT", 0, "dropped by somebody else");
}

// At commit.

#[test]
fn a_commit_is_stopped_and_all_of_it_is_undone() {
    let db = shop();
    let mut session = strict(&db);
    for sql in [
        "CREATE TABLE parcels (weight integer)",
        "BEGIN; CREATE TABLE parcels (weight integer); COMMIT",
        "BEGIN; CREATE TABLE parcels (weight integer); INSERT INTO customers (name) VALUES ('x'); END",
        "CREATE TABLE parcels AS SELECT * FROM customers",
        "DO $$ BEGIN CREATE TABLE parcels (weight integer); END $$",
        "SELECT 1 AS weight INTO parcels",
    ] {
        let error = fails(&mut session, sql, "PA003");
        assert!(error.message.ends_with("[primary-key-missing]"), "{error}");
        let table = error.table.as_deref();
        assert_eq!(table, Some("parcels"), "{error}");
        assert!(!exists(&mut session, "parcels"), "the table is there after {sql}");
    }
    assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM customers"), 3);
    // The cure works in the same session, and nothing of the stopped transactions is remembered.
    silent(
        &mut session,
        "BEGIN; CREATE TABLE parcels (weight integer); ALTER TABLE parcels ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY; COMMIT",
    );
}

#[test]
fn prepare_transaction_is_a_commit() {
    let db = shop();
    let gid = db.name().to_owned();
    let mut session = strict(&db);
    let prepared = format!("SELECT count(*) FROM pg_prepared_xacts WHERE gid = '{gid}'");
    let error = fails(
        &mut session,
        &format!("BEGIN; CREATE TABLE parcels (weight integer); PREPARE TRANSACTION '{gid}'"),
        "PA003",
    );
    assert!(error.message.ends_with("[primary-key-missing]"), "{error}");
    assert_eq!(value::<i64>(&mut session, &prepared), 0);
    assert!(!exists(&mut session, "parcels"));

    session.batch_execute("SET architect.mode = warn").expect("a setting");
    let run = ok(&mut session, &format!("BEGIN; CREATE TABLE parcels (weight integer); PREPARE TRANSACTION '{gid}'"));
    assert_eq!(rules(&run.messages), ["primary-key-missing"]);
    silent(&mut session, "CREATE TABLE boxes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)");
    // It was judged when it was prepared; whoever commits it hears nothing and is not stopped.
    let mut other = strict(&db);
    silent(&mut other, &format!("COMMIT PREPARED '{gid}'"));
    assert!(exists(&mut other, "parcels"));
}

#[test]
fn commits_inside_procedures_and_do_blocks_are_judged() {
    let db = shop();
    let mut session = connect(&db);
    let run = ok(
        &mut session,
        "DO $$ BEGIN
           CREATE TABLE parcels (weight integer);
           COMMIT;
           RAISE NOTICE 'between';
           CREATE TABLE boxes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
         END $$",
    );
    let said: Vec<&str> = run
        .messages
        .iter()
        .map(|message| if message.code == "PA001" { "finding" } else { message.message.as_str() })
        .collect();
    assert_eq!(said, ["finding", "between"], "the inner COMMIT is judged, the outer one finds nothing new");

    session
        .batch_execute(
            "CREATE PROCEDURE migrate() LANGUAGE plpgsql AS $$ BEGIN
               CREATE TABLE crates (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
               COMMIT;
               CREATE TABLE pallets (weight integer);
               COMMIT;
               CREATE TABLE containers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
             END $$",
        )
        .expect("a procedure");
    let mut session = strict(&db);
    let error = fails(&mut session, "CALL migrate()", "PA003");
    assert_eq!(error.table.as_deref(), Some("pallets"), "{error}");
    let there: Vec<bool> = ["crates", "pallets", "containers"].map(|table| exists(&mut session, table)).to_vec();
    assert_eq!(there, [true, false, false]);
}

#[test]
fn a_stop_at_commit_cannot_be_swallowed_inside() {
    let db = shop();
    let mut session = strict(&db);
    // The exception block ends before the transaction does.
    let run = session.run(
        "DO $$ BEGIN
           CREATE TABLE parcels (weight integer);
         EXCEPTION WHEN OTHERS THEN NULL;
         END $$",
    );
    assert_eq!(run.error.map(|error| error.code).as_deref(), Some("PA003"));
    assert!(!exists(&mut session, "parcels"));
}

// Subtransactions.

#[test]
fn what_was_rolled_back_is_not_judged() {
    let db = shop();
    let mut session = strict(&db);
    silent(&mut session, "BEGIN; SAVEPOINT s; CREATE TABLE parcels (weight integer); ROLLBACK TO s; COMMIT");
    silent(
        &mut session,
        "BEGIN; SAVEPOINT a; SAVEPOINT b; CREATE TABLE parcels (weight integer); RELEASE b; ROLLBACK TO a; COMMIT",
    );
    silent(
        &mut session,
        "DO $$ BEGIN
           CREATE TABLE parcels (weight integer);
           RAISE EXCEPTION 'back';
         EXCEPTION WHEN raise_exception THEN NULL;
         END $$",
    );
    // What was not, is.
    for sql in [
        "BEGIN; SAVEPOINT s; CREATE TABLE parcels (weight integer); RELEASE s; COMMIT",
        "BEGIN; SAVEPOINT a; CREATE TABLE parcels (weight integer); SAVEPOINT b; CREATE TABLE boxes (a integer); ROLLBACK TO b; COMMIT",
    ] {
        let error = fails(&mut session, sql, "PA003");
        assert_eq!(error.table.as_deref(), Some("parcels"), "{error}");
        assert!(!error.to_string().contains("boxes"), "{error}");
    }
    silent(&mut session, "BEGIN; CREATE TABLE parcels (weight integer); ROLLBACK");
}

#[test]
fn a_lock_that_was_rolled_back_is_not_held() {
    let db = shop();
    let mut session = connect(&db);
    session.batch_execute("SET lock_timeout = '2s'").expect("a setting");
    let both = |between: &str| {
        format!(
            "BEGIN; SAVEPOINT s; ALTER TABLE orders ADD COLUMN comment text; {between}
             ALTER TABLE events ADD COLUMN source text; ROLLBACK"
        )
    };
    let rule = "several-live-tables-locked";
    assert_eq!(times(&ok(&mut session, &both("")), rule), 1);
    assert_eq!(times(&ok(&mut session, &both("RELEASE s;")), rule), 1);
    assert_eq!(times(&ok(&mut session, &both("ROLLBACK TO s;")), rule), 0);
    // The lock manager agrees.
    session
        .batch_execute("BEGIN; SAVEPOINT s; ALTER TABLE orders ADD COLUMN comment text; ROLLBACK TO s")
        .expect("a transaction");
    let held: i64 = value(
        &mut session,
        "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 'orders'::regclass AND mode = 'AccessExclusiveLock'",
    );
    assert_eq!(held, 0);
    session.batch_execute("ROLLBACK").expect("the end");
    // A lock that LOCK TABLE took, or a statement that was stopped, or that failed.
    let run = ok(
        &mut session,
        "BEGIN;
         DO $$ BEGIN ALTER TABLE orders ADD COLUMN amount integer; EXCEPTION WHEN duplicate_column THEN NULL; END $$;
         ALTER TABLE events ADD COLUMN source text; ROLLBACK",
    );
    assert_eq!(times(&run, rule), 0);
}

#[test]
fn a_table_of_this_transaction_is_nobody_elses() {
    let db = shop();
    let mut session = strict(&db);
    let rows = "SELECT g::bigint AS id, g AS amount FROM generate_series(1, 5000) AS g";
    let work =
        "CREATE INDEX idx_parcels_amount ON parcels (amount); ALTER TABLE parcels ALTER COLUMN amount TYPE bigint;
                ALTER TABLE parcels ALTER COLUMN amount SET NOT NULL; ALTER TABLE parcels ADD CHECK (amount > 0);";
    let make = [
        format!("CREATE TABLE parcels (id bigint PRIMARY KEY, amount integer); INSERT INTO parcels {rows};"),
        format!("CREATE TABLE parcels AS {rows}; ALTER TABLE parcels ADD PRIMARY KEY (id);"),
        format!("SAVEPOINT s; CREATE TABLE parcels AS {rows}; ALTER TABLE parcels ADD PRIMARY KEY (id); RELEASE s;"),
        format!(
            "DO $$ BEGIN CREATE TABLE parcels AS {rows}; EXCEPTION WHEN division_by_zero THEN NULL; END $$; ALTER TABLE parcels ADD PRIMARY KEY (id);"
        ),
    ];
    for make in &make {
        silent(&mut session, &format!("BEGIN; {make} ANALYZE parcels; {work} DROP TABLE parcels; COMMIT"));
    }
    // One transaction later it is a table like any other.
    silent(&mut session, &format!("BEGIN; {} ANALYZE parcels; COMMIT", make[0]));
    stopped(&mut session, "CREATE INDEX idx_parcels_amount ON parcels (amount)", "index-not-concurrent");
    // IF NOT EXISTS that hits created nothing.
    session
        .batch_execute("BEGIN; CREATE TABLE IF NOT EXISTS parcels (id bigint PRIMARY KEY, amount integer)")
        .expect("a hit");
    stopped(&mut session, "CREATE INDEX idx_parcels_amount ON parcels (amount)", "index-not-concurrent");
    session.batch_execute("ROLLBACK").expect("the end");
    // A table that a rolled back savepoint made, under a name that a live table has again.
    session
        .batch_execute("BEGIN; SAVEPOINT s; ALTER TABLE parcels ADD COLUMN note text; ROLLBACK TO s")
        .expect("a savepoint");
    stopped(&mut session, "CREATE INDEX idx_parcels_amount ON parcels (amount)", "index-not-concurrent");
}

// Isolation.

#[test]
fn serializable_transactions_get_no_predicate_locks_of_ours() {
    let db = shop();
    let mut session = connect(&db);
    session
        .batch_execute(
            "SELECT architect.configure('table-name-plural', severity => 'off');
             SELECT architect.suppress('primary-key-missing', 'public.parcels', 'a test');
             SELECT architect.arm()",
        )
        .expect("a policy");
    let mut session = strict(&db);
    session
        .batch_execute(
            "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT count(*) FROM customers; CREATE TABLE parcels (weight integer);
             ALTER TABLE parcels ADD COLUMN note text",
        )
        .expect("DDL");
    let ours: i64 = value(
        &mut session,
        "SELECT count(*) FROM pg_locks WHERE mode = 'SIReadLock' AND relation IN
           (SELECT oid FROM pg_class WHERE relnamespace = 'architect'::regnamespace)",
    );
    let theirs: i64 = value(
        &mut session,
        "SELECT count(*) FROM pg_locks WHERE mode = 'SIReadLock' AND relation = 'customers'::regclass",
    );
    assert_eq!((ours, theirs), (0, 1));
    // Somebody changes the policy meanwhile: no serialization failure for either.
    let mut other = connect(&db);
    other
        .batch_execute(
            "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT architect.configure('index-duplicate', severity => 'off');
             CREATE TABLE boxes (id bigint PRIMARY KEY); COMMIT",
        )
        .expect("a change of the policy");
    let gid = db.name();
    session.batch_execute(&format!("PREPARE TRANSACTION '{gid}'")).expect("PREPARE TRANSACTION");
    session.batch_execute(&format!("COMMIT PREPARED '{gid}'")).expect("COMMIT PREPARED");
    assert!(exists(&mut session, "parcels"));
}

#[test]
fn ddl_of_two_sessions_waits_for_nothing_of_ours() {
    let db = shop();
    let (mut one, mut two) = (connect(&db), connect(&db));
    for session in [&mut one, &mut two] {
        session.batch_execute("SET architect.log_ddl = 'all'; SET lock_timeout = '2s'").expect("settings");
    }
    one.batch_execute(
        "BEGIN; ALTER TABLE orders ADD COLUMN comment text; CREATE TABLE parcels (id bigint PRIMARY KEY)",
    )
    .expect("DDL");
    // The first transaction is open, its row of the log too; the second one commits.
    ok(&mut two, "ALTER TABLE customers ADD COLUMN email text; CREATE TABLE boxes (id bigint PRIMARY KEY)");
    one.batch_execute("COMMIT").expect("a commit");
    assert_eq!(value::<i64>(&mut one, "SELECT count(*) FROM architect.ddl_log"), 4);
}

#[test]
fn a_table_that_is_dropped_meanwhile_is_postgresqls_error() {
    let db = shop();
    let mut dropper = connect(&db);
    let mut watcher = connect(&db);
    for (drop, statement, sqlstate) in [
        ("DROP TABLE orders", "ALTER TABLE orders ADD COLUMN comment text", "42P01"),
        ("DROP TABLE customers", "CREATE INDEX idx_customers_name ON customers (name)", "42P01"),
        ("DROP TABLE events", "ALTER TABLE events DETACH PARTITION events_2025", "42P01"),
    ] {
        let mut session = connect(&db);
        let me = pid(&mut session);
        dropper.batch_execute(&format!("SET architect.mode = off; BEGIN; {drop}")).expect("a drop");
        let run = std::thread::scope(|scope| {
            let waiting = scope.spawn(move || session.run(statement));
            wait_until(&mut watcher, &format!("SELECT EXISTS (SELECT FROM pg_locks WHERE pid = {me} AND NOT granted)"));
            dropper.batch_execute("COMMIT").expect("a commit");
            waiting.join().expect("a session")
        });
        let error = run.error.expect("the table is gone");
        assert_eq!(error.code, sqlstate, "{error}");
        assert!(run.messages.iter().all(|message| message.code != "PA004"), "{:?}", run.messages);
    }
}

#[test]
fn a_check_survives_concurrent_drops() {
    let db = shop();
    let mut other = connect(&db);
    let mut session = connect(&db);
    session.batch_execute("SET architect.mode = off").expect("a setting");
    let done = std::sync::atomic::AtomicBool::new(false);
    let checks = std::sync::atomic::AtomicUsize::new(0);
    let made = || checks.load(std::sync::atomic::Ordering::Relaxed);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let _done = Done(&done);
            other.batch_execute("SET architect.mode = off").expect("a setting");
            // Long enough that checks fall into it, however fast or slow the machine is.
            for _ in (0..20_000).take_while(|n| *n < 150 || made() < 10) {
                other
                    .batch_execute(
                        "CREATE TABLE fleeting (id integer PRIMARY KEY, a timestamp, b integer REFERENCES customers); \
                         CREATE INDEX ON fleeting (a); CREATE VIEW fleeting_view AS SELECT a FROM fleeting; \
                         DROP TABLE fleeting CASCADE",
                    )
                    .expect("a short life");
            }
        });
        while !done.load(std::sync::atomic::Ordering::Relaxed) {
            session.query("SELECT * FROM architect.check()", &[]).expect("a check");
            session
                .query("SELECT * FROM architect.explain_ddl('ALTER TABLE fleeting ALTER COLUMN a TYPE timestamptz; DROP TABLE fleeting')", &[])
                .expect("an explanation");
            checks.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        }
    });
    assert!(made() >= 10, "{} checks are no race", made());
}

#[test]
fn ddl_survives_concurrent_drops() {
    let db = shop();
    let mut other = connect(&db);
    let mut session = connect(&db);
    // Every look at the table can find it gone, or another of its name.
    session.batch_execute("SET architect.small_table_rows = 0; SET lock_timeout = '2s'").expect("settings");
    let done = std::sync::atomic::AtomicBool::new(false);
    let (mut hit, mut missed) = (0, 0);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let _done = Done(&done);
            other.batch_execute("SET architect.mode = off").expect("a setting");
            for _ in 0..300 {
                other
                    .batch_execute(
                        "CREATE TABLE fleeting (id integer PRIMARY KEY, stamp timestamp DEFAULT now(), amount integer CHECK (amount > 0)); \
                         INSERT INTO fleeting VALUES (1); CREATE INDEX idx_fleeting_stamp ON fleeting (stamp)",
                    )
                    .expect("a short life");
                other.batch_execute("DROP TABLE IF EXISTS fleeting CASCADE").expect("its end");
            }
        });
        while !done.load(std::sync::atomic::Ordering::Relaxed) {
            for sql in [
                "ALTER TABLE fleeting ALTER COLUMN amount TYPE bigint",
                "ALTER TABLE fleeting ADD CONSTRAINT fleeting_check CHECK (id > amount)",
                "CREATE INDEX idx_fleeting_amount ON fleeting (lower(amount::text)) WHERE amount > 1",
                "BEGIN; ALTER TABLE fleeting ADD FOREIGN KEY (amount) REFERENCES customers; DROP INDEX idx_fleeting_stamp; ROLLBACK",
            ] {
                let run = session.run(sql);
                session.batch_execute("ROLLBACK").expect("out of a block");
                session.take_messages();
                for message in &run.messages {
                    assert_ne!(message.code, "PA004", "{message}\nin: {sql}");
                }
                match run.error {
                    None => hit += 1,
                    Some(error) => {
                        // PostgreSQL's own words for what is gone, or was there before.
                        assert!(
                            ["42P01", "42704", "42703", "42710", "42P07", "XX000"].contains(&error.code.as_str()),
                            "{error}\nin: {sql}"
                        );
                        missed += 1;
                    }
                }
            }
        }
    });
    assert!(hit > 5 && missed > 5, "{hit} hits and {missed} misses are no race");
}

// Ways in.

#[test]
fn ddl_is_judged_wherever_it_comes_from() {
    let db = shop();
    let mut session = connect(&db);
    session
        .batch_execute(
            "CREATE FUNCTION forget() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DROP TABLE orders; END $$;
             CREATE FUNCTION forget_dynamically(text) RETURNS void LANGUAGE plpgsql AS
               $$ BEGIN EXECUTE format('DROP TABLE %I', $1); END $$;
             CREATE FUNCTION forget_in_sql() RETURNS void LANGUAGE sql AS 'DROP TABLE orders';
             CREATE PROCEDURE forget_by_call() LANGUAGE plpgsql AS $$ BEGIN DROP TABLE orders; END $$",
        )
        .expect("functions");
    let mut session = strict(&db);
    for sql in [
        "DROP TABLE orders",
        "DROP TABLE IF EXISTS orders, customers",
        "DO $$ BEGIN DROP TABLE orders; END $$",
        "DO $$ BEGIN EXECUTE 'DROP TABLE ' || 'orders'; END $$",
        "SELECT forget()",
        "SELECT forget_dynamically('orders')",
        "SELECT forget_in_sql()",
        "CALL forget_by_call()",
        "BEGIN; DROP TABLE orders",
    ] {
        stopped(&mut session, sql, "table-dropped");
        session.batch_execute("ROLLBACK").expect("out of the block");
        assert!(exists(&mut session, "orders"), "gone by {sql}");
    }
}

#[test]
fn the_extended_protocol_is_judged() {
    let db = shop();
    let mut session = strict(&db);
    let statement = session.prepare("DROP TABLE orders").expect("a prepared statement");
    for _ in 0..2 {
        let error = session.execute(&statement, &[]).expect_err("it is stopped");
        assert_eq!(error.code().map(|code| code.code()), Some("PA002"), "{error}");
    }
    session.batch_execute("SET architect.mode = warn").expect("a setting");
    for _ in 0..2 {
        session.batch_execute("BEGIN").expect("BEGIN");
        session.execute(&statement, &[]).expect("it is not stopped");
        session.batch_execute("ROLLBACK").expect("ROLLBACK");
        let messages = session.take_messages();
        assert_eq!(rules(&messages), ["table-dropped"]);
    }
    // Several statements in one message are one transaction.
    session.batch_execute("SET architect.mode = enforce; SET architect.enforce_severity = warning").expect("settings");
    let error = session
        .batch_execute("INSERT INTO customers (name) VALUES ('x'); CREATE TABLE parcels (weight integer); SELECT 1")
        .expect_err("the implicit commit is stopped");
    assert_eq!(error.code().map(|code| code.code()), Some("PA003"), "{error}");
    assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM customers"), 3);
    session
        .batch_execute("CREATE TABLE parcels (weight integer); ALTER TABLE parcels ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY")
        .expect("mended before the implicit commit");
}

#[test]
fn explain_analyze_of_create_table_as_is_judged_at_commit() {
    let db = shop();
    let mut session = strict(&db);
    // No event trigger fires for it; the library is in the session by an earlier statement.
    silent(&mut session, "CREATE TABLE boxes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)");
    let error = fails(&mut session, "EXPLAIN ANALYZE CREATE TABLE parcels AS SELECT 1 AS weight", "PA003");
    assert_eq!(error.table.as_deref(), Some("parcels"), "{error}");
    assert!(!exists(&mut session, "parcels"));
}

#[test]
fn temporary_tables_are_left_alone() {
    let db = shop();
    let mut session = strict(&db);
    silent(
        &mut session,
        "CREATE TEMP TABLE \"Picked\" AS SELECT g AS id, now()::timestamp AS at FROM generate_series(1, 5000) AS g;
         CREATE INDEX ON \"Picked\" (id); ALTER TABLE \"Picked\" ALTER COLUMN id TYPE bigint;
         ALTER TABLE \"Picked\" ADD COLUMN b integer NOT NULL DEFAULT random() * 10; DROP TABLE \"Picked\"",
    );
    silent(&mut session, "BEGIN; CREATE TEMP TABLE picked (a int) ON COMMIT DROP; COMMIT");
    // A shadow of a live table: the statement will find the shadow, and so do we.
    silent(&mut session, "CREATE TEMP TABLE orders AS SELECT * FROM public.orders");
    silent(
        &mut session,
        "CREATE INDEX ON orders (amount); ALTER TABLE orders ALTER COLUMN amount TYPE bigint; DROP TABLE orders",
    );
    assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM orders"), 5000);
    silent(&mut session, "CREATE TEMP TABLE orders (a integer)");
    stopped(&mut session, "DROP TABLE public.orders", "table-dropped");
    session.batch_execute("SET search_path = public, pg_temp").expect("a path");
    stopped(&mut session, "DROP TABLE orders", "table-dropped");
    silent(&mut session, "DROP TABLE pg_temp.orders; DISCARD TEMP");
}

#[test]
fn a_replicas_apply_is_left_alone() {
    let db = shop();
    let mut session = strict(&db);
    session.batch_execute("SET session_replication_role = replica").expect("a setting");
    silent(&mut session, "CREATE TABLE parcel (weight integer); DROP TABLE orders");
    session.batch_execute("RESET session_replication_role").expect("a setting");
    fails(&mut session, "CREATE TABLE parcels (weight integer)", "PA003");
}

// Other extensions.

#[test]
fn other_extensions_come_and_go() {
    let db = shop();
    let mut session = strict(&db);
    let mut seen = 0;
    for (name, older) in [
        ("pgcrypto", Some("1.3")),
        ("citext", Some("1.4")),
        ("hstore", Some("1.4")),
        ("pg_trgm", Some("1.3")),
        ("btree_gist", None),
    ] {
        let available: bool =
            value(&mut session, &format!("SELECT count(*) > 0 FROM pg_available_extensions WHERE name = '{name}'"));
        if !available {
            continue;
        }
        seen += 1;
        silent(&mut session, &format!("CREATE EXTENSION {name}; DROP EXTENSION {name}"));
        silent(&mut session, &format!("CREATE SCHEMA \"Ext_{name}\"; CREATE EXTENSION {name} SCHEMA \"Ext_{name}\""));
        let objects: i64 = value(
            &mut session,
            &format!(
                "SELECT count(*) FROM pg_depend WHERE deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = '{name}')"
            ),
        );
        assert!(objects > 5, "{name} has {objects} objects");
        silent(&mut session, &format!("DROP EXTENSION {name}; DROP SCHEMA \"Ext_{name}\""));
        if let Some(older) = older {
            silent(
                &mut session,
                &format!(
                    "CREATE EXTENSION {name} VERSION '{older}'; ALTER EXTENSION {name} UPDATE; DROP EXTENSION {name}"
                ),
            );
        }
    }
    if cluster(&db).major() == 15 {
        assert!(seen >= 3, "the contrib modules of Debian's server");
    }
}

#[test]
fn an_extension_that_is_in_use_is_postgresqls_affair() {
    let db = shop();
    let mut session = strict(&db);
    if session.run("CREATE EXTENSION citext").error.is_some() {
        return;
    }
    silent(&mut session, "CREATE TABLE accounts (email citext PRIMARY KEY)");
    fails(&mut session, "DROP EXTENSION citext", "2BP01");
    assert!(exists(&mut session, "accounts"));
}

#[test]
fn the_elements_of_create_schema_are_judged_one_by_one() {
    let db = shop();
    let mut session = connect(&db);
    session.batch_execute("SET lock_timeout = '2s'").expect("a setting");
    let sql = "CREATE SCHEMA depot
                 CREATE TABLE parcels (weight integer)
                 CREATE TABLE boxes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, packed_at timestamp)
                 CREATE TABLE crates (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id bigint REFERENCES public.orders)
                 CREATE VIEW heavy AS SELECT * FROM parcels WHERE weight > 10";
    let run = ok(&mut session, sql);
    let mut said: Vec<(String, String)> = ours(&run.messages)
        .iter()
        .zip(rules(&run.messages))
        .map(|(message, rule)| (rule, message.table.clone().unwrap_or_default()))
        .collect();
    said.sort_unstable();
    let expected = [
        ("foreign-key-without-index", "crates"),
        ("primary-key-missing", "parcels"),
        ("timestamp-without-time-zone", "boxes"),
    ];
    assert_eq!(said, expected.map(|(rule, table)| (rule.to_owned(), table.to_owned())));
    ok(&mut session, "DROP SCHEMA depot CASCADE");

    let mut session = strict(&db);
    let error = fails(&mut session, sql, "PA003");
    assert!(error.to_string().contains("[foreign-key-without-index]"), "{error}");
    assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM pg_namespace WHERE nspname = 'depot'"), 0);
    // An element is judged before the lock that it takes, too.
    session.batch_execute("SET lock_timeout = 0").expect("a setting");
    let error = stopped(
        &mut session,
        "CREATE SCHEMA depot CREATE TABLE crates (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, order_id bigint UNIQUE REFERENCES public.orders)",
        "lock-timeout-missing",
    );
    assert_eq!(error.table.as_deref(), Some("orders"), "{error}");
}

#[test]
fn a_statement_that_does_nothing_gives_nothing() {
    let db = shop();
    let mut session = strict(&db);
    session.batch_execute("SET lock_timeout = 0").expect("a setting");
    silent(
        &mut session,
        "DROP TABLE IF EXISTS nothing_here; CREATE TABLE IF NOT EXISTS customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL); DROP INDEX IF EXISTS nothing_here;
         ALTER TABLE IF EXISTS nothing_here ADD COLUMN a integer; ALTER TABLE IF EXISTS nothing_here RENAME TO other",
    );
}

#[test]
fn a_preloaded_library_does_nothing_without_the_extension() {
    let cluster = harness::Cluster::shared().expect("a cluster");
    let db = cluster.plain_database().expect("a database");
    let mut session = connect(&db);
    session
        .batch_execute("LOAD 'pg_architect'; SET architect.mode = enforce; SET architect.enforce_severity = info")
        .expect("the library");
    silent(
        &mut session,
        "CREATE TABLE parcel (\"Weight\" integer); EXPLAIN ANALYZE CREATE TABLE box AS SELECT 1 AS a; DROP TABLE parcel",
    );
    // A schema of our name without the extension is not ours.
    silent(
        &mut session,
        "CREATE SCHEMA architect; CREATE TABLE architect.rule_settings (a int); CREATE TABLE architect.armed (a int); CREATE TABLE parcel (a int)",
    );
}

#[test]
fn names_outside_ascii_in_another_encoding() {
    let db = database();
    let other = format!("{}_latin1", db.name());
    let cluster = cluster(&db);
    let mut admin = cluster.connect("postgres").expect("a session");
    admin
        .batch_execute(&format!(
            "CREATE DATABASE {other} ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        ))
        .expect("a database");
    let mut session = cluster.connect(&other).expect("a session");
    ok(
        &mut session,
        "CREATE EXTENSION pg_architect; SET architect.mode = off; SET lock_timeout = '2s';
         CREATE TABLE \"größen\" (id bigint PRIMARY KEY, \"länge\" integer);
         INSERT INTO \"größen\" SELECT g, g FROM generate_series(1, 3000) AS g; ANALYZE \"größen\";
         SET architect.mode = warn",
    );
    let run = ok(&mut session, "ALTER TABLE \"größen\" ADD CONSTRAINT positive CHECK (\"länge\" > 0)");
    let messages = ours(&run.messages);
    assert_eq!(rules(&run.messages), ["check-validates"]);
    assert!(messages[0].message.contains("public.\"größen\""), "{}", messages[0]);
    assert!(messages[0].hint.as_deref().is_some_and(|hint| hint.contains("CHECK (\"länge\" > 0) NOT VALID")));
    drop(session);
    cluster.drop_database(&other).expect("no database any more");
}

/// The parts of a table that goes are not looked at; those that a table loses which stays are, in the same transaction and by CASCADE.
#[test]
fn what_a_table_loses_that_stays_is_told_beside_a_table_that_goes() {
    let db = database();
    let mut session = connect(&db);
    session
        .batch_execute(
            "SET architect.mode = off;
             CREATE TABLE parents (id bigint PRIMARY KEY);
             CREATE TABLE owners (id bigint PRIMARY KEY);
             CREATE TABLE children (
                 id bigint PRIMARY KEY, parent_id bigint REFERENCES parents, owner_id bigint REFERENCES owners);
             CREATE INDEX idx_children_parent_id ON children (parent_id);
             CREATE INDEX idx_children_owner_id ON children (owner_id);
             CREATE TABLE others (id bigint PRIMARY KEY, parent_id bigint REFERENCES parents);
             CREATE INDEX idx_others_parent_id ON others (parent_id);
             INSERT INTO parents SELECT generate_series(1, 20000);
             INSERT INTO owners SELECT generate_series(1, 20000);
             INSERT INTO children SELECT n, n, n FROM generate_series(1, 20000) n;
             ANALYZE;
             SET architect.mode = warn;",
        )
        .expect("tables");
    let told = |session: &mut harness::Session, sql: &str| -> Vec<(String, String)> {
        let run = ok(session, sql);
        let rules = ["foreign-key-without-index", "constraint-dropped"];
        ours(&run.messages)
            .iter()
            .filter_map(|message| {
                let rule = rules.iter().find(|rule| message.message.ends_with(&format!("[{rule}]")))?;
                Some(((*rule).to_owned(), message.table.clone().unwrap_or_default()))
            })
            .collect()
    };
    let pair = |rule: &str, table: &str| vec![(rule.to_owned(), table.to_owned())];
    assert_eq!(
        told(&mut session, "BEGIN; DROP TABLE others; DROP INDEX idx_children_parent_id; COMMIT"),
        pair("foreign-key-without-index", "children")
    );
    // The key of the table that stays goes with the one that it refers to; its own key and index are of no interest.
    assert_eq!(told(&mut session, "DROP TABLE owners CASCADE"), pair("constraint-dropped", "children"));
    assert_eq!(told(&mut session, "DROP TABLE children"), []);
}

/// A function that the query of a materialised view calls is its author's, and what it does is judged as anything else.
#[test]
fn what_a_function_does_inside_another_command_is_judged() {
    let db = shop();
    let mut session = connect(&db);
    session
        .batch_execute(
            "CREATE SCHEMA hidden;
             CREATE FUNCTION hidden.change() RETURNS integer LANGUAGE plpgsql AS $$
             BEGIN
                 IF current_setting('tests.go', true) = 'on' THEN
                     ALTER TABLE public.orders ALTER COLUMN amount TYPE bigint;
                 END IF;
                 RETURN 1;
             END $$;
             CREATE MATERIALIZED VIEW hidden.copies AS SELECT hidden.change() AS id;
             CREATE UNIQUE INDEX idx_copies_id ON hidden.copies (id);
             SET architect.mode = enforce; SET lock_timeout = '2s'; SET tests.go = on",
        )
        .expect("a function");
    for sql in [
        "CREATE MATERIALIZED VIEW hidden.others AS SELECT hidden.change() AS id",
        "REFRESH MATERIALIZED VIEW hidden.copies",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY hidden.copies",
        "CREATE TABLE hidden.rows AS SELECT hidden.change() AS id",
    ] {
        stopped(&mut session, sql, "type-change-rewrite");
    }
    let unchanged = "SELECT atttypid = 'integer'::regtype FROM pg_attribute
                     WHERE attrelid = 'public.orders'::regclass AND attname = 'amount'";
    assert!(value::<bool>(&mut session, unchanged));
    ok(&mut session, "SET tests.go = off; REFRESH MATERIALIZED VIEW CONCURRENTLY hidden.copies");
}

/// What belongs to an extension is its makers' matter; but who owns an extension can put tables of its own into it.
#[test]
fn a_table_in_an_extension_of_an_ordinary_role_is_judged() {
    let db = shop();
    let mut session = connect(&db);
    let role = format!("joiner_{}", std::process::id());
    ok(
        &mut session,
        &format!(
            "SET architect.mode = off; CREATE ROLE {role}; CREATE SCHEMA joined AUTHORIZATION {role};
             GRANT CREATE ON DATABASE {} TO {role}; ALTER TABLE orders OWNER TO {role}; ALTER TABLE customers OWNER TO {role}",
            db.name()
        ),
    );
    // A trusted one, which such a role may create and then owns.
    let trusted: Option<String> = value(
        &mut session,
        "SELECT min(name) FROM pg_available_extension_versions WHERE name IN ('plpgsql', 'hstore', 'citext', 'pg_trgm', 'tcn')
         AND trusted AND NOT installed",
    );
    let change = "ALTER TABLE orders ALTER COLUMN amount TYPE bigint";
    if let Some(extension) = trusted {
        ok(
            &mut session,
            &format!(
                "SET ROLE {role}; CREATE EXTENSION {extension} SCHEMA joined; ALTER EXTENSION {extension} ADD TABLE orders"
            ),
        );
        let enforce = format!("RESET ROLE; SET architect.mode = enforce; SET lock_timeout = '2s'; SET ROLE {role}");
        session.batch_execute(&enforce).expect("settings");
        stopped(&mut session, change, "type-change-rewrite");
        ok(&mut session, &format!("ALTER EXTENSION {extension} DROP TABLE orders"));
    }
    // A superuser's.
    session
        .batch_execute("RESET ROLE; SET architect.mode = off; ALTER EXTENSION pg_architect ADD TABLE orders")
        .expect("a member");
    session.batch_execute("SET architect.mode = enforce; SET lock_timeout = '2s'").expect("settings");
    ok(&mut session, change);
    session
        .batch_execute(&format!(
            "SET architect.mode = off; ALTER EXTENSION pg_architect DROP TABLE orders; DROP OWNED BY {role} CASCADE; DROP ROLE {role}"
        ))
        .expect("no role any more");
}

#[test]
fn a_lock_that_lock_table_took_is_not_waited_for() {
    let db = shop();
    let mut session = strict(&db);
    ok(&mut session, "SET lock_timeout = 0; BEGIN; LOCK TABLE orders, events IN ACCESS EXCLUSIVE MODE");
    silent(
        &mut session,
        "ALTER TABLE orders ADD COLUMN shelf integer; ALTER TABLE events ADD COLUMN shelf integer; COMMIT",
    );
    // Of a weaker one the rest is.
    ok(&mut session, "SET lock_timeout = '2s'; BEGIN; LOCK TABLE orders, events IN SHARE MODE");
    silent(&mut session, "ALTER TABLE orders ADD COLUMN side integer");
    stopped(&mut session, "ALTER TABLE events ADD COLUMN side integer", "several-live-tables-locked");
    ok(&mut session, "ROLLBACK");
}

#[test]
fn each_foreign_key_is_told_of_its_own_table() {
    let db = shop();
    let mut session = connect(&db);
    session
        .batch_execute(
            "SET architect.mode = off; SET architect.small_table_rows = 0;
             CREATE TABLE depots (id bigint PRIMARY KEY); CREATE TABLE carriers (id bigint PRIMARY KEY);
             CREATE TABLE parcels (depot_id bigint, carrier_id bigint);
             INSERT INTO parcels SELECT NULL, NULL FROM generate_series(1, 20); ANALYZE parcels;
             SET architect.mode = warn",
        )
        .expect("tables");
    let run = session.run(
        "ALTER TABLE parcels ADD FOREIGN KEY (depot_id) REFERENCES depots, ADD FOREIGN KEY (carrier_id) REFERENCES carriers",
    );
    let details: Vec<&str> = run
        .findings
        .iter()
        .filter(|finding| finding.rule == "foreign-key-validates")
        .filter_map(|finding| finding.message.detail.as_deref())
        .collect();
    assert_eq!(details.len(), 2, "{:?}", run.findings);
    for (detail, own, other) in [(details[0], "depots", "carriers"), (details[1], "carriers", "depots")] {
        assert!(detail.contains(own) && !detail.contains(other), "{detail}");
    }
}
