//! What the server tests share: a stage with live tables, and questions to PostgreSQL about what is so.

#![allow(dead_code, reason = "each test program uses a part of it")]

pub mod standby;

use harness::{Cluster, Db, Message, Run, Session};
use postgres::types::FromSql;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// `customers` with 3 rows, `orders` with 5,000 and `events`, partitioned, with 3,000 in each of two partitions. All are clean: what
/// the guard says in a test is about the test's own statement.
pub const SHOP: &str = "\
    CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
    CREATE TABLE orders (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        customer_id bigint,
        amount integer NOT NULL DEFAULT 0,
        code varchar(10),
        note text
    );
    CREATE TABLE events (
        id bigint NOT NULL,
        happened_at timestamptz NOT NULL,
        payload text,
        PRIMARY KEY (id, happened_at)
    ) PARTITION BY RANGE (happened_at);
    CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE TABLE events_2025 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    INSERT INTO customers (name) VALUES ('Ada'), ('Grace'), ('Edgar');
    INSERT INTO orders (customer_id, amount, code, note)
        SELECT 1 + g % 3, g, 'c' || g, 'note ' || g FROM generate_series(1, 5000) AS g;
    INSERT INTO events SELECT g, '2024-06-01', 'p' || g FROM generate_series(1, 3000) AS g;
    INSERT INTO events SELECT g, '2025-06-01', 'p' || g FROM generate_series(1, 3000) AS g;
    ANALYZE customers, orders, events;";

/// A fresh database with the extension.
#[track_caller]
pub fn database() -> Db {
    Cluster::shared().and_then(|cluster| cluster.database()).expect("a database")
}

/// A fresh database with the tables of [`SHOP`].
#[track_caller]
pub fn shop() -> Db {
    let db = database();
    connect(&db).batch_execute(&format!("SET architect.mode = off;\n{SHOP}")).expect("the tables");
    db
}

/// A superuser's session.
#[track_caller]
pub fn connect(db: &Db) -> Session {
    db.connect().expect("a session")
}

/// A superuser's session in which every finding, the least one included, stops what it is about.
#[track_caller]
pub fn strict(db: &Db) -> Session {
    let mut session = connect(db);
    session
        .batch_execute("SET architect.mode = enforce; SET architect.enforce_severity = info; SET lock_timeout = '2s'")
        .expect("settings");
    session
}

/// Runs SQL that must succeed, whatever the guard says.
#[track_caller]
pub fn ok(session: &mut Session, sql: &str) -> Run {
    let run = session.run(sql);
    if let Some(error) = &run.error {
        panic!("{error}\nin: {sql}");
    }
    run
}

/// Runs SQL that must succeed while the guard says nothing.
#[track_caller]
pub fn silent(session: &mut Session, sql: &str) {
    let run = ok(session, sql);
    let ours: Vec<String> = ours(&run.messages).iter().map(|message| message.to_string()).collect();
    assert!(ours.is_empty(), "the guard says:\n{}\nin: {sql}", ours.join("\n"));
}

/// Runs SQL that must fail with this SQLSTATE.
#[track_caller]
pub fn fails(session: &mut Session, sql: &str, sqlstate: &str) -> Message {
    let run = session.run(sql);
    let Some(error) = run.error else { panic!("no error {sqlstate} in: {sql}\nmessages: {:?}", run.messages) };
    assert_eq!(error.code, sqlstate, "{error}\nin: {sql}");
    error
}

/// Runs SQL that must be stopped before it does anything, by this rule.
#[track_caller]
pub fn stopped(session: &mut Session, sql: &str, rule: &str) -> Message {
    let error = fails(session, sql, "PA002");
    assert!(error.message.ends_with(&format!("[{rule}]")), "{error}\nin: {sql}");
    error
}

/// The messages that are the guard's.
pub fn ours(messages: &[Message]) -> Vec<&Message> {
    messages.iter().filter(|message| message.code.starts_with("PA")).collect()
}

/// The rules that spoke in these messages, each time they did, blocked commits included.
pub fn rules(messages: &[Message]) -> Vec<String> {
    ours(messages)
        .iter()
        .filter_map(|message| message.message.rsplit_once(" [")?.1.strip_suffix(']').map(str::to_owned))
        .collect()
}

/// How often a rule spoke.
pub fn times(run: &Run, rule: &str) -> usize {
    rules(&run.messages).iter().filter(|name| *name == rule).count()
}

/// One value.
#[track_caller]
pub fn value<T: for<'a> FromSql<'a>>(session: &mut Session, sql: &str) -> T {
    match session.query_one(sql, &[]) {
        Ok(row) => row.get(0),
        Err(error) => panic!("{error:?}\nin: {sql}"),
    }
}

/// Whether there is a relation of this name.
#[track_caller]
pub fn exists(session: &mut Session, relation: &str) -> bool {
    value(session, &format!("SELECT to_regclass('{relation}') IS NOT NULL"))
}

/// The process of a session.
#[track_caller]
pub fn pid(session: &mut Session) -> i32 {
    value(session, "SELECT pg_backend_pid()")
}

/// Waits until a query gives true, for ten seconds at most. NULL, as of a row that is not there yet, is not yet true.
#[track_caller]
pub fn wait_until(session: &mut Session, sql: &str) {
    let began = Instant::now();
    while value::<Option<bool>>(session, sql) != Some(true) {
        assert!(began.elapsed() < Duration::from_secs(10), "it never came to: {sql}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The lines that the server logged about a database, from `from` on; continuation lines (DETAIL, HINT) have the same prefix.
#[track_caller]
pub fn log_of(db: &Db, from: usize) -> Vec<String> {
    let mark = format!("@{} ", db.name());
    let log = db.cluster().log().expect("the log");
    log.get(from..).unwrap_or_default().lines().filter(|line| line.contains(&mark)).map(str::to_owned).collect()
}

/// How long the log is now.
#[track_caller]
pub fn log_length(db: &Db) -> usize {
    db.cluster().log().expect("the log").len()
}

/// A role without any right, of a name that no other test uses (roles belong to the whole cluster).
#[track_caller]
pub fn role(db: &Db, name: &str) -> String {
    let role = format!("{}_{name}", db.name());
    connect(db).batch_execute(&format!("SET architect.mode = off; CREATE ROLE {role} LOGIN")).expect("a role");
    role
}

/// A role with a schema of its own, `app`, in which it may do what it likes.
#[track_caller]
pub fn app_role(db: &Db) -> String {
    let role = role(db, "app");
    connect(db)
        .batch_execute(&format!(
            "SET architect.mode = off; CREATE SCHEMA app AUTHORIZATION {role}; ALTER ROLE {role} SET search_path = app"
        ))
        .expect("a schema");
    role
}

/// A connection as the role with options, as libpq takes them from PGOPTIONS.
pub fn connect_with_options(db: &Db, role: &str, options: &str) -> anyhow::Result<Session> {
    let mut config = postgres::Config::new();
    config.host_path(db.cluster().host()).port(5432).user(role).dbname(db.name()).options(options);
    Session::open(config)
}

/// The cluster of a database.
pub fn cluster(db: &Db) -> Arc<Cluster> {
    Arc::clone(db.cluster())
}

/// Whether the server has contrib ([`Session::has_contrib`]); says so where it has not.
#[track_caller]
pub fn contrib(session: &mut Session) -> bool {
    let there = session.has_contrib().expect("an answer");
    if !there {
        eprintln!("left out: the server comes without the extensions of PostgreSQL");
    }
    there
}
