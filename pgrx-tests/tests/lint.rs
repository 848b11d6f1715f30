//! `architect.lint` and `architect.explain_ddl`: a text is judged as a session would run it, and nothing of it is run.

mod common;

use common::*;
use harness::{Message, Session};
use std::time::{Duration, Instant};

/// Rule, line and column of the findings of a text, in their order.
#[track_caller]
fn places(session: &mut Session, sql: &str) -> Vec<(String, i32, i32)> {
    let rows = session
        .query("SELECT rule, line, \"column\" FROM architect.lint($1)", &[&sql])
        .unwrap_or_else(|error| panic!("{error:?}\nin: {sql}"));
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

/// How often a rule is found in a text.
#[track_caller]
fn found(session: &mut Session, sql: &str, rule: &str) -> usize {
    places(session, sql).iter().filter(|(name, ..)| name == rule).count()
}

/// The error that a text gives.
#[track_caller]
fn refused(session: &mut Session, function: &str, sql: &str) -> Message {
    let error = session
        .query(&format!("SELECT * FROM architect.{function}($1)"), &[&sql])
        .expect_err("a text that cannot be judged");
    Message::from(error.as_db_error().unwrap_or_else(|| panic!("the server is gone: {error:?}")))
}

const BUILD: &str = "index-not-concurrent";

#[test]
fn findings_have_line_and_column() {
    let db = shop();
    let mut session = connect(&db);
    session.batch_execute("SET lock_timeout = '2s'").expect("a setting");
    let text = "-- a comment; with a semicolon\n\
                SELECT 'é'; CREATE INDEX idx_orders_code ON orders (code);\n\
                \n\
                \t/* another\n   one */  DROP TABLE events;\r\n\
                CREATE TABLE pärcels (\n  id bigint PRIMARY KEY,\n  packed timestamp\n);";
    let list = places(&mut session, text);
    let of = |rule: &str| list.iter().find(|(name, ..)| name == rule).map(|(_, line, column)| (*line, *column));
    assert_eq!(of(BUILD), Some((2, 13)), "{list:?}");
    assert_eq!(of("table-dropped"), Some((5, 12)), "{list:?}");
    assert_eq!(
        of("timestamp-without-time-zone"),
        Some((6, 1)),
        "what is left behind stands where its table is made: {list:?}"
    );
    let lines: Vec<i32> = list.iter().map(|(_, line, _)| *line).collect();
    assert!(lines.is_sorted(), "in the order of the text: {lines:?}");
    let explained = session.query("SELECT statement, line FROM architect.explain_ddl($1)", &[&text]).expect("rows");
    let explained: Vec<(i32, i32)> = explained.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert!(explained.contains(&(2, 2)) && explained.contains(&(3, 5)), "{explained:?}");
}

#[test]
fn transactions_are_followed() {
    let db = shop();
    let mut session = connect(&db);
    session.batch_execute("SET lock_timeout = '2s'").expect("a setting");
    let two = "several-live-tables-locked";
    let (orders, events) =
        ("ALTER TABLE orders ADD COLUMN comment text;", "ALTER TABLE events ADD COLUMN source text;");
    for (text, expected) in [
        (format!("{orders} {events}"), 0),
        (format!("BEGIN; {orders} {events} COMMIT;"), 1),
        (format!("START TRANSACTION; {orders} {events} END;"), 1),
        (format!("BEGIN; {orders} COMMIT; {events}"), 0),
        (format!("BEGIN; {orders} ROLLBACK; BEGIN; {events} COMMIT;"), 0),
        (format!("BEGIN; SAVEPOINT a; {orders} ROLLBACK TO a; {events} COMMIT;"), 0),
        (format!("BEGIN; SAVEPOINT a; {orders} RELEASE a; {events} COMMIT;"), 1),
        (format!("BEGIN; SAVEPOINT a; {orders} SAVEPOINT b; ROLLBACK TO b; {events} COMMIT;"), 1),
        (format!("BEGIN; SAVEPOINT a; SAVEPOINT a; {orders} ROLLBACK TO a; {events} COMMIT;"), 0),
        (format!("BEGIN; {orders} ABORT; {events}"), 0),
        (format!("BEGIN; {orders} PREPARE TRANSACTION 'x'; {events}"), 0),
        (format!("BEGIN; {orders} COMMIT AND CHAIN; {events} COMMIT;"), 0),
        // Unbalanced ends are PostgreSQL's warnings, not our errors.
        (format!("COMMIT; ROLLBACK; {orders} COMMIT; {events} ROLLBACK TO nowhere; RELEASE nowhere;"), 0),
    ] {
        assert_eq!(found(&mut session, &text, two), expected, "{text}");
    }
    // CONCURRENTLY in a block, and after it.
    let build = "CREATE INDEX CONCURRENTLY idx_orders_code ON orders (code);";
    for (text, expected) in [
        (format!("BEGIN; {build} COMMIT;"), 1),
        (format!("BEGIN; COMMIT; {build}"), 0),
        (format!("BEGIN; COMMIT AND CHAIN; {build} COMMIT;"), 1),
        (format!("BEGIN; ROLLBACK AND CHAIN; {build} COMMIT;"), 1),
        (format!("BEGIN; SAVEPOINT a; ROLLBACK TO a; {build} COMMIT;"), 1),
    ] {
        assert_eq!(found(&mut session, &text, "concurrent-in-transaction"), expected, "{text}");
    }
}

/// Rule and message of the findings of a text that are of these rules.
#[track_caller]
fn told(session: &mut Session, sql: &str, rules: &[&str]) -> Vec<String> {
    let query = "SELECT rule || ': ' || message FROM architect.lint($1) WHERE rule = ANY ($2) ORDER BY line, 1";
    let rows = session.query(query, &[&sql, &rules]).unwrap_or_else(|error| panic!("{error:?}\nin: {sql}"));
    rows.iter().map(|row| row.get(0)).collect()
}

#[test]
fn what_a_text_did_before_counts() {
    let db = shop();
    let mut session = connect(&db);
    session
        .batch_execute(
            "SET lock_timeout = '2s'; SET architect.mode = off;
             CREATE SEQUENCE numbers; CREATE SCHEMA elsewhere; CREATE VIEW large_orders AS SELECT * FROM orders;
             CREATE TABLE days (id integer NOT NULL, at date NOT NULL, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
             CREATE TABLE days_1 PARTITION OF days FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
             INSERT INTO days SELECT n, '2026-05-01' FROM generate_series(1, 10) n;
             CREATE TABLE tickets (id serial PRIMARY KEY, title text);
             CREATE TABLE seats (id serial PRIMARY KEY, ticket_id integer REFERENCES tickets);
             CREATE INDEX idx_seats_ticket_id ON seats (ticket_id);
             CREATE INDEX idx_tickets_title ON tickets (title);",
        )
        .expect("more tables");
    // Two renames are one, from the name that deployed code knows.
    assert_eq!(
        told(
            &mut session,
            "ALTER TABLE orders RENAME TO purchases; ALTER TABLE purchases RENAME TO bills;",
            &["relation-renamed"]
        ),
        ["relation-renamed: table public.orders is now public.bills: code that uses the old name fails"]
    );
    assert_eq!(
        told(
            &mut session,
            "ALTER TABLE orders RENAME TO purchases; ALTER TABLE purchases RENAME TO orders;",
            &["relation-renamed"]
        ),
        <[&str; 0]>::default(),
        "there and back"
    );
    // A view does not take a sequence along that belongs to nobody.
    assert_eq!(
        told(
            &mut session,
            "ALTER VIEW large_orders SET SCHEMA elsewhere; ALTER SEQUENCE numbers SET SCHEMA elsewhere;",
            &["relation-renamed"]
        )
        .len(),
        2
    );
    // The key is another type now; the foreign key to it is made anew.
    assert_eq!(
        told(&mut session, "ALTER TABLE tickets ALTER COLUMN id TYPE bigint;", &["foreign-key-type-mismatch"]),
        [
            "foreign-key-type-mismatch: column ticket_id of public.seats is integer and refers to public.tickets.id, which is bigint"
        ]
    );
    // The name of an index is free again when its table is gone.
    let again = "CREATE INDEX IF NOT EXISTS idx_tickets_title ON seats (ticket_id);";
    let differs = ["if-not-exists-differs"];
    assert_eq!(told(&mut session, again, &differs).len(), 1);
    let text = format!("DROP TABLE tickets CASCADE; {again}");
    assert_eq!(told(&mut session, &text, &differs), <[&str; 0]>::default());
    // A column without its default is no serial.
    let narrow = ["primary-key-int4", "pk-column-named-id"];
    let rename = "ALTER TABLE tickets RENAME COLUMN id TO number;";
    assert_eq!(told(&mut session, rename, &narrow).len(), 2);
    for default in ["DROP DEFAULT", "SET DEFAULT NULL"] {
        let text = format!("ALTER TABLE tickets ALTER COLUMN id {default}; {rename}");
        assert_eq!(told(&mut session, &text, &narrow), <[&str; 0]>::default(), "{default}");
    }
    // The number of a dropped column is not that of the next one, which stays.
    assert_eq!(
        told(
            &mut session,
            "ALTER TABLE tickets DROP COLUMN title CASCADE, ADD COLUMN c2 text;",
            &["column-name-abbreviated"]
        )
        .len(),
        1
    );
    // A domain by its new name, and a type that the column has no more.
    ok(
        &mut session,
        "CREATE TYPE mood AS ENUM ('glad', 'sad'); CREATE TYPE mood_new AS ENUM ('glad'); CREATE DOMAIN percent AS integer;
         CREATE TABLE reviews (id bigint PRIMARY KEY, mood mood, score percent);
         INSERT INTO reviews SELECT n, 'glad', n % 100 FROM generate_series(1, 20000) AS n; ANALYZE reviews",
    );
    let validates = ["domain-constraint-validates"];
    for text in
        ["ALTER DOMAIN percent SET NOT NULL;", "ALTER DOMAIN percent RENAME TO share; ALTER DOMAIN share SET NOT NULL;"]
    {
        assert_eq!(told(&mut session, text, &validates).len(), 1, "{text}");
    }
    let gone = ["cascade-collateral"];
    assert_eq!(told(&mut session, "DROP TYPE mood CASCADE;", &gone).len(), 1);
    let changed = "ALTER TABLE reviews ALTER COLUMN mood TYPE mood_new USING mood::text::mood_new;";
    for text in [
        format!("{changed} DROP TYPE mood CASCADE;"),
        format!("{changed} DROP TYPE mood;"),
        format!(
            "{changed} ALTER TYPE mood RENAME TO mood_old; ALTER TYPE mood_new RENAME TO mood; DROP TYPE mood_old;"
        ),
        format!(
            "{changed} ALTER TYPE mood RENAME TO mood_old; ALTER TYPE mood_new RENAME TO mood; DROP TYPE mood_old CASCADE;"
        ),
    ] {
        assert_eq!(told(&mut session, &text, &gone), <[&str; 0]>::default(), "{text}");
    }
    // A partition has the new columns of its parent.
    let text = "ALTER TABLE days ADD COLUMN done boolean; ALTER TABLE days DETACH PARTITION days_1;";
    assert_eq!(
        told(&mut session, text, &["boolean-column-prefix"]),
        [
            "boolean-column-prefix: boolean column name public.days.done is not a question",
            "boolean-column-prefix: boolean column name public.days_1.done is not a question"
        ]
    );
}

#[test]
fn a_table_of_the_text_is_new() {
    let db = shop();
    let mut session = connect(&db);
    session.batch_execute("SET lock_timeout = '2s'").expect("a setting");
    let rows = "INSERT INTO parcels SELECT g, g FROM generate_series(1, 100000) AS g;\n";
    let make = "CREATE TABLE parcels (id bigint PRIMARY KEY, weight integer);\n";
    let index = "CREATE INDEX idx_parcels_weight ON parcels (weight);\n";
    for text in [
        format!("{make}\n\n\n{index}"),
        format!("BEGIN;\n{make}{rows}\n{index}COMMIT;"),
        format!("BEGIN; SAVEPOINT s; {make} RELEASE s; {rows} {index} COMMIT;"),
        format!("CREATE TABLE parcels AS SELECT id, amount AS weight FROM orders;\n{index}"),
        "CREATE TABLE parcels (LIKE orders INCLUDING ALL); CREATE INDEX idx_parcels_code ON parcels (code);".to_owned(),
    ] {
        assert_eq!(found(&mut session, &text, BUILD), 0, "{text}");
    }
    // A live table stays one under a new name; a rolled back table is none; IF NOT EXISTS that hits makes none.
    for text in [
        "ALTER TABLE orders RENAME TO parcels; CREATE INDEX idx_parcels_code ON parcels (code);",
        "BEGIN; DROP TABLE orders; CREATE TABLE orders (code text); ROLLBACK; CREATE INDEX idx_orders_code ON orders (code);",
        "CREATE TABLE IF NOT EXISTS orders (code text); CREATE INDEX idx_orders_code ON orders (code);",
    ] {
        assert_eq!(found(&mut session, text, BUILD), 1, "{text}");
    }
    for text in [
        "BEGIN; DROP TABLE orders; CREATE TABLE orders (code text PRIMARY KEY); CREATE INDEX idx_orders_code ON orders (code); COMMIT;",
        "ALTER TABLE orders RENAME TO old_orders; CREATE TABLE orders (code text PRIMARY KEY); CREATE INDEX idx_orders_code ON orders (code);",
    ] {
        assert_eq!(found(&mut session, text, BUILD), 0, "{text}");
    }
    // What a text leaves behind is judged at its end: made and mended, made and dropped, made and rolled back.
    let missing = "primary-key-missing";
    for (text, expected) in [
        ("CREATE TABLE parcels (weight integer);", 1),
        ("CREATE TABLE parcels (weight integer); ALTER TABLE parcels ADD COLUMN id bigint PRIMARY KEY;", 0),
        ("CREATE TABLE parcels (weight integer); DROP TABLE parcels;", 0),
        ("BEGIN; CREATE TABLE parcels (weight integer); ROLLBACK;", 0),
        ("BEGIN; SAVEPOINT s; CREATE TABLE parcels (weight integer); ROLLBACK TO s; COMMIT;", 0),
        ("BEGIN; CREATE TABLE parcels (weight integer);", 1),
        ("CREATE TEMP TABLE parcels (weight integer);", 0),
        ("CREATE TABLE parcels (weight integer); ALTER TABLE parcels RENAME TO boxes;", 1),
        ("CREATE SCHEMA depot CREATE TABLE parcels (weight integer) CREATE TABLE boxes (id bigint PRIMARY KEY);", 1),
    ] {
        assert_eq!(found(&mut session, text, missing), expected, "{text}");
    }
}

#[test]
fn settings_of_the_text_count() {
    let db = shop();
    let mut session = connect(&db);
    session.batch_execute("SET lock_timeout = 0").expect("a setting");
    let timeout = "lock-timeout-missing";
    let alter = "ALTER TABLE orders ADD COLUMN comment text;";
    for (text, expected) in [
        (alter.to_owned(), 1),
        (format!("SET lock_timeout = '2s'; {alter}"), 0),
        (format!("SET lock_timeout TO 2000; {alter}"), 0),
        (format!("SET SESSION lock_timeout = '1min'; {alter}"), 0),
        (format!("SET LOCK_TIMEOUT = '2s'; {alter}"), 0),
        (format!("SET lock_timeout = '2s'; SET lock_timeout = 0; {alter}"), 1),
        (format!("SET lock_timeout = '2s'; RESET lock_timeout; {alter}"), 1),
        (format!("SET lock_timeout = '2s'; SET lock_timeout TO DEFAULT; {alter}"), 1),
        (format!("SET lock_timeout = '2s'; RESET ALL; {alter}"), 1),
        (format!("SET LOCAL lock_timeout = '2s'; {alter}"), 1),
        (format!("BEGIN; SET LOCAL lock_timeout = '2s'; {alter} COMMIT;"), 0),
        (format!("BEGIN; SET LOCAL lock_timeout = '2s'; COMMIT; {alter}"), 1),
        (format!("BEGIN; SET lock_timeout = '2s'; COMMIT; {alter}"), 0),
        (format!("BEGIN; SET lock_timeout = '2s'; ROLLBACK; {alter}"), 1),
        (format!("BEGIN; SAVEPOINT s; SET LOCAL lock_timeout = '2s'; ROLLBACK TO s; {alter} COMMIT;"), 1),
        (format!("BEGIN; SAVEPOINT s; SET lock_timeout = '2s'; ROLLBACK TO s; {alter} COMMIT;"), 1),
        (format!("SELECT set_config('lock_timeout', '2s', false); {alter}"), 0),
        (format!("SELECT pg_catalog.set_config('lock_timeout', '2s', true); {alter}"), 1),
        (format!("BEGIN; SELECT pg_catalog.set_config('lock_timeout', '2s', true); {alter} COMMIT;"), 0),
    ] {
        assert_eq!(found(&mut session, &text, timeout), expected, "{text}");
    }
    // The session's own is where a text begins, and is untouched by it.
    session.batch_execute("SET lock_timeout = '3s'").expect("a setting");
    assert_eq!(found(&mut session, alter, timeout), 0);
    assert_eq!(found(&mut session, &format!("SET lock_timeout = 0; {alter}"), timeout), 1);
    assert_eq!(
        found(&mut session, &format!("RESET lock_timeout; {alter}"), timeout),
        1,
        "RESET is to what a session begins with"
    );
    assert_eq!(value::<String>(&mut session, "SHOW lock_timeout"), "3s");
    let mut session = connect_with_options(&db, "postgres", "-c lock_timeout=4s").expect("a session");
    assert_eq!(found(&mut session, &format!("SET lock_timeout = 0; RESET lock_timeout; {alter}"), timeout), 0);
}

#[test]
fn the_search_path_of_the_text_counts() {
    let db = shop();
    let mut session = connect(&db);
    session
        .batch_execute("SET architect.mode = off; CREATE SCHEMA depot; CREATE TABLE depot.orders (code text); CREATE SCHEMA \"Odd Name\"; CREATE TABLE \"Odd Name\".orders (code text); SET lock_timeout = '2s'")
        .expect("other tables of the name");
    let build = "CREATE INDEX idx_orders_code ON orders (code);";
    for (text, expected) in [
        (build.to_owned(), 1),
        (format!("SET search_path = depot; {build}"), 0),
        (format!("SET search_path TO depot, public; {build}"), 0),
        (format!("SET search_path = public, depot; {build}"), 1),
        (format!("SET search_path = 'depot'; {build}"), 0),
        (format!("SET search_path = \"Odd Name\"; {build}"), 0),
        (format!("SET SCHEMA 'depot'; {build}"), 0),
        (format!("SELECT pg_catalog.set_config('search_path', 'depot', false); {build}"), 0),
        (format!("SELECT pg_catalog.set_config('search_path', '', false); {build}"), 0),
        ("SELECT pg_catalog.set_config('search_path', '', false); CREATE INDEX idx_orders_code ON public.orders (code);".to_owned(), 1),
        (format!("SET search_path = depot; RESET search_path; {build}"), 1),
        (format!("SET LOCAL search_path = depot; {build}"), 1),
        (format!("BEGIN; SET LOCAL search_path = depot; {build} COMMIT;"), 0),
        (format!("BEGIN; SET LOCAL search_path = depot; COMMIT; {build}"), 1),
        (format!("BEGIN; SET search_path = depot; ROLLBACK; {build}"), 1),
        (format!("BEGIN; SAVEPOINT s; SET search_path = depot; ROLLBACK TO s; {build} COMMIT;"), 1),
        // A temporary table of the text stands before all schemas.
        (format!("CREATE TEMP TABLE orders (code text); {build}"), 0),
        ("CREATE TEMP TABLE orders (code text); CREATE INDEX idx_orders_code ON public.orders (code);".to_owned(), 1),
        (format!("CREATE TEMP TABLE orders (code text); DROP TABLE orders; {build}"), 1),
        (format!("CREATE TEMP TABLE orders AS SELECT 1 AS code; {build}"), 0),
        (format!("CREATE TEMP TABLE IF NOT EXISTS orders (code text); {build}"), 0),
        (format!("CREATE TEMP TABLE orders (code text); SET search_path = public, pg_temp; {build}"), 1),
    ] {
        assert_eq!(found(&mut session, &text, BUILD), expected, "{text}");
    }
    assert_eq!(value::<String>(&mut session, "SHOW search_path"), "\"$user\", public");
    // So does one that the session has already.
    session.batch_execute("CREATE TEMP TABLE orders (code text)").expect("a shadow");
    assert_eq!(found(&mut session, build, BUILD), 0);
    assert_eq!(found(&mut session, "CREATE INDEX idx_orders_code ON public.orders (code);", BUILD), 1);
    assert_eq!(found(&mut session, &format!("DROP TABLE orders; {build}"), BUILD), 1);
}

#[test]
fn nothing_is_run() {
    let db = shop();
    let mut session = connect(&db);
    let before: String = value(&mut session, "SELECT string_agg(c::text, '' ORDER BY oid) FROM pg_class c");
    let text = "CREATE TABLE parcels (id bigint PRIMARY KEY); INSERT INTO customers (name) VALUES ('x'); DROP TABLE orders;
                ALTER TABLE events ADD COLUMN x integer; DO $$ BEGIN RAISE EXCEPTION 'run'; END $$; SELECT pg_sleep(60);
                SELECT nextval('orders_id_seq'); TRUNCATE customers; VACUUM FULL; SET work_mem = '77MB'; BEGIN; LOCK TABLE orders;
                CALL nothing(); NOTIFY x; COPY customers FROM '/nowhere'; CREATE DATABASE x; DROP ROLE postgres; DISCARD ALL;
                CREATE EXTENSION hstore; REFRESH MATERIALIZED VIEW nothing; SELECT pg_terminate_backend(pg_backend_pid());";
    session.batch_execute("BEGIN").expect("a transaction");
    for function in ["lint", "explain_ddl"] {
        let began = Instant::now();
        session.query(&format!("SELECT * FROM architect.{function}($1)"), &[&text]).expect("rows");
        assert!(began.elapsed() < Duration::from_secs(10));
        assert!(
            value::<bool>(&mut session, "SELECT pg_current_xact_id_if_assigned() IS NULL"),
            "{function} took a transaction id"
        );
        let locks: i64 = value(
            &mut session,
            "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation >= 16384",
        );
        assert_eq!(locks, 0, "{function} holds locks on tables");
    }
    session.batch_execute("COMMIT").expect("its end");
    assert_eq!(value::<String>(&mut session, "SELECT string_agg(c::text, '' ORDER BY oid) FROM pg_class c"), before);
    assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM customers"), 3);
    assert_ne!(value::<String>(&mut session, "SHOW work_mem"), "77MB");
    assert_eq!(value::<i64>(&mut session, "SELECT last_value FROM orders_id_seq"), 5000);
}

#[test]
fn what_is_no_ddl_does_not_disturb() {
    let db = shop();
    let mut session = connect(&db);
    session.batch_execute("SET lock_timeout = '2s'").expect("a setting");
    let fillers = [
        "VACUUM orders",
        "ANALYZE",
        "CLUSTER orders",
        "LISTEN x",
        "CHECKPOINT",
        "EXPLAIN ANALYZE SELECT 1",
        "DECLARE c CURSOR FOR SELECT 1",
        "PREPARE p AS SELECT 1",
        "EXECUTE p",
        "DEALLOCATE ALL",
        "GRANT SELECT ON orders TO PUBLIC",
        "CREATE ROLE x",
        "COMMENT ON TABLE orders IS 'x'",
        "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE TYPE t AS ENUM ('a')",
        "ALTER TYPE t ADD VALUE 'b'",
        "CREATE DOMAIN d AS text",
        "CREATE TRIGGER x BEFORE UPDATE ON orders EXECUTE FUNCTION nothing()",
        "CREATE RULE r AS ON INSERT TO orders DO NOTHING",
        "CREATE POLICY p ON orders",
        "CREATE AGGREGATE a (int) (sfunc = int4pl, stype = int)",
        "CREATE OPERATOR ### (leftarg = int, function = abs)",
        "CREATE CAST (int AS text) WITH INOUT",
        "SECURITY LABEL ON TABLE orders IS 'x'",
        "CREATE PUBLICATION p FOR ALL TABLES",
        "CREATE SUBSCRIPTION s CONNECTION '' PUBLICATION p",
        "IMPORT FOREIGN SCHEMA a FROM SERVER b INTO c",
        "CREATE TEXT SEARCH CONFIGURATION x (copy = simple)",
        "CREATE STATISTICS x ON code, note FROM orders",
        "REASSIGN OWNED BY a TO b",
        "DROP OWNED BY a",
        "ALTER SYSTEM SET x.y = 1",
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
        "MERGE INTO orders o USING customers c ON o.id = c.id WHEN MATCHED THEN DELETE",
        "LOAD 'x'",
        "CREATE ACCESS METHOD x TYPE TABLE HANDLER y",
        "ALTER TABLE nothing_here ADD COLUMN x int",
        "DROP TABLE nothing_here",
        "CREATE INDEX ON nothing_here (x)",
        "ALTER TABLE orders DROP COLUMN nothing_here",
        "CREATE INDEX idx_x ON orders (nothing_here)",
        "ALTER TABLE orders ADD COLUMN x no_such_type",
        "ALTER TABLE orders ALTER COLUMN code TYPE integer USING no_such_function(code)",
        "CREATE VIEW v AS SELECT * FROM nothing_here",
        "ALTER TABLE orders ADD FOREIGN KEY (code) REFERENCES nothing_here (x)",
        "CREATE TABLE x (LIKE nothing_here)",
        "CREATE TABLE x PARTITION OF nothing_here DEFAULT",
        "CREATE TABLE x () INHERITS (nothing_here)",
        "ALTER TABLE orders ATTACH PARTITION nothing_here DEFAULT",
        "ALTER INDEX nothing_here RENAME TO y",
        "ALTER TABLE pg_class ADD COLUMN x int",
        "DROP SCHEMA pg_catalog CASCADE",
        "ALTER SEQUENCE nothing_here AS bigint",
        // Columns without a known type: those of keys need an operator class.
        "CREATE TABLE x (a no_such_type UNIQUE)",
        "CREATE TABLE x OF nothing_here (PRIMARY KEY (a))",
        "CREATE TABLE x PARTITION OF events (payload UNIQUE) FOR VALUES FROM ('2030-01-01') TO ('2031-01-01')",
        "CREATE TYPE pair AS (a integer, b text); CREATE TABLE x OF pair (PRIMARY KEY (a))",
        "CREATE DOMAIN code AS text; CREATE TABLE x (a code PRIMARY KEY, b code UNIQUE)",
        "CREATE TABLE x (a no_such_type, EXCLUDE USING gist (a WITH &&))",
        "ALTER TABLE orders ADD COLUMN x no_such_type UNIQUE",
        "ALTER TABLE events ATTACH PARTITION customers FOR VALUES IN ('a')",
        "CREATE TABLE x PARTITION OF orders FOR VALUES IN ('a')",
        "ALTER INDEX orders ATTACH PARTITION events",
        // Circles, and a second parent.
        "ALTER TABLE orders ATTACH PARTITION orders DEFAULT; ALTER TABLE orders DROP COLUMN note",
        "ALTER TABLE events_2024 ATTACH PARTITION events DEFAULT; ALTER TABLE events_2024 DROP COLUMN payload",
        "ALTER TABLE customers ATTACH PARTITION orders DEFAULT; ALTER TABLE orders ATTACH PARTITION customers DEFAULT; ALTER TABLE orders ADD x int",
        "ALTER TABLE customers ATTACH PARTITION events_2024 DEFAULT; ALTER TABLE events_2024 ATTACH PARTITION customers DEFAULT; ALTER TABLE customers ADD x int",
        "ALTER TABLE orders INHERIT orders; ALTER TABLE orders ADD x int",
    ];
    for filler in fillers {
        let text = format!("{filler};\nDROP TABLE events;");
        let rows = session
            .query(
                "SELECT line FROM architect.lint($1) WHERE rule = 'table-dropped' AND relation_name = 'events'",
                &[&text],
            )
            .unwrap_or_else(|error| panic!("{error:?}\nin: {text}"));
        assert_eq!(rows.iter().map(|row| row.get::<_, i32>(0)).collect::<Vec<_>>(), [2], "{filler}");
        let rows = session
            .query("SELECT line FROM architect.explain_ddl($1) WHERE line = 2 AND relation LIKE '%events'", &[&text]);
        assert!(!rows.unwrap_or_else(|error| panic!("{error:?}\nin: {text}")).is_empty(), "{filler}");
        let failures: Vec<Message> =
            session.take_messages().into_iter().filter(|message| message.code == "PA004").collect();
        // A type that is not there may be made by what a text cannot show: that much is said.
        let in_part = |message: &Message| message.message.ends_with("was judged in part");
        assert!(failures.iter().all(in_part), "{filler}: {failures:?}");
    }
}

/// What the guard's event triggers never see, or see too late.
#[test]
fn what_only_a_text_shows_is_seen() {
    let db = shop();
    let mut session = connect(&db);
    session.batch_execute("SET lock_timeout = '2s'").expect("a setting");
    let database: String = value(&mut session, "SELECT current_database()");
    let long = "a".repeat(64);
    let alter = "ALTER TABLE orders ADD COLUMN comment text;";
    for (text, rule) in [
        ("TRUNCATE orders".to_owned(), "truncate"),
        ("TRUNCATE TABLE ONLY orders RESTART IDENTITY".to_owned(), "truncate"),
        ("TRUNCATE customers, orders".to_owned(), "truncate"),
        ("VACUUM FULL".to_owned(), "vacuum-full-or-cluster"),
        ("VACUUM FULL FREEZE VERBOSE ANALYZE orders (code)".to_owned(), "vacuum-full-or-cluster"),
        ("VACUUM (FULL 1) customers, orders".to_owned(), "vacuum-full-or-cluster"),
        ("CLUSTER".to_owned(), "vacuum-full-or-cluster"),
        ("CLUSTER VERBOSE orders USING orders_pkey".to_owned(), "vacuum-full-or-cluster"),
        ("BEGIN; LOCK orders; COMMIT".to_owned(), "explicit-lock"),
        ("BEGIN; LOCK TABLE customers, ONLY orders IN EXCLUSIVE MODE; COMMIT".to_owned(), "explicit-lock"),
        ("REINDEX INDEX orders_pkey".to_owned(), "reindex-not-concurrent"),
        ("REINDEX (VERBOSE) TABLE orders".to_owned(), "reindex-not-concurrent"),
        ("REINDEX SCHEMA public".to_owned(), "reindex-not-concurrent"),
        (format!("REINDEX DATABASE {database}"), "reindex-not-concurrent"),
        ("DROP DATABASE postgres".to_owned(), "database-dropped"),
        (format!("BEGIN; {alter} SET lock_timeout = '2s'; COMMIT"), "timeout-set-too-late"),
        (format!("DO $$ BEGIN {alter} SET lock_timeout = '2s'; END $$"), "timeout-set-too-late"),
        ("SET LOCAL statement_timeout = '2s'".to_owned(), "timeout-set-too-late"),
        ("UPDATE orders SET note = ''".to_owned(), "data-change-without-where"),
        ("DELETE FROM ONLY orders".to_owned(), "data-change-without-where"),
        (format!("CREATE SEQUENCE {long}"), "identifier-truncated"),
        (format!("DO $$ BEGIN CREATE SEQUENCE {long}; END $$"), "identifier-truncated"),
        (format!("DO $$ BEGIN PERFORM 1 AS {long}; END $$"), "identifier-truncated"),
        (format!("CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT 1 AS {long}; END"), "identifier-truncated"),
    ] {
        assert_eq!(found(&mut session, &text, rule), 1, "{text}");
    }
    for statement in ["TRUNCATE orders;", "LOCK orders;", "REINDEX TABLE orders;", "UPDATE orders SET note = '';"] {
        let alone = places(&mut session, &format!("BEGIN; {statement} COMMIT;"));
        let inside = places(&mut session, &format!("DO $$ BEGIN {statement} END $$;"));
        let rules = |list: &[(String, i32, i32)]| list.iter().map(|(rule, ..)| rule.clone()).collect::<Vec<_>>();
        assert!(!alone.is_empty());
        assert_eq!(rules(&alone), rules(&inside), "{statement}");
    }
}

// Texts that cannot be judged.

#[test]
fn a_syntax_error_is_an_error_with_its_place() {
    let db = database();
    let mut session = connect(&db);
    for function in ["lint", "explain_ddl"] {
        for (text, place) in [
            ("CREATE TABEL x ()", "line 1, column 8"),
            ("SELECT 1;\n\nSELECT 'é', FORM;\nSELECT 'é' FROM", "line 4, column 16"),
            ("SELECT 'é' é é é", "line 1, column 14"),
            ("SELECT 'unterminated", "line 1, column 8"),
            ("SELECT 1; /* unterminated", "line 1, column 11"),
            ("\\c other\nSELECT 1", "line 1, column 1"),
            ("COPY x FROM stdin;\n1\t2\n\\.\n", "line 2, column 1"),
        ] {
            let error = refused(&mut session, function, text);
            assert_eq!((error.severity.as_str(), error.code.as_str()), ("ERROR", "42601"), "{error}\nin: {text}");
            let detail = error.detail.as_deref().unwrap_or_default();
            assert!(detail.contains(place), "{error}\nin: {text}");
            assert_eq!(value::<i32>(&mut session, "SELECT 1"), 1);
        }
    }
}

/// The server has not crashed: the same session answers, and the postmaster has started no new one.
#[track_caller]
fn unharmed(session: &mut Session, started: &str) {
    assert_eq!(value::<String>(session, "SELECT pg_postmaster_start_time()::text"), started);
    assert_eq!(
        value::<i64>(
            session,
            "SELECT count(*) FROM architect.lint('CREATE TABLE boxes (weight integer)') WHERE rule = 'primary-key-missing'"
        ),
        1
    );
}

#[test]
fn huge_texts_are_refused_at_once() {
    let db = database();
    let mut session = connect(&db);
    let started: String = value(&mut session, "SELECT pg_postmaster_start_time()::text");
    for function in ["lint", "explain_ddl"] {
        // Made in the server, so that the time is not that of sending it.
        let began = Instant::now();
        let error = fails(
            &mut session,
            &format!("SELECT count(*) FROM architect.{function}(repeat('SELECT 1; ', 10 * 1000 * 1000))"),
            "PA005",
        );
        assert!(error.message.contains("too long: 100000000 bytes"), "{error}");
        assert!(error.detail.is_some() && error.hint.is_some(), "{error}");
        assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    }
    unharmed(&mut session, &started);
}

#[test]
fn deep_texts_are_refused_and_crash_nothing() {
    let db = shop();
    let mut session = connect(&db);
    let started: String = value(&mut session, "SELECT pg_postmaster_start_time()::text");
    let parentheses = format!("{}1{}", "(".repeat(100_000), ")".repeat(100_000));
    let sum = vec!["1"; 64_000].join(" + ");
    let cast = format!("1{}", "::integer".repeat(50_000));
    let not = format!("{} true", "NOT ".repeat(100_000));
    let begin = "BEGIN; ".repeat(20_000);
    let savepoints: String = (0..5_000).map(|number| format!("SAVEPOINT s{number}; ")).collect();
    for (what, expression) in [("parentheses", &parentheses), ("a sum", &sum), ("casts", &cast), ("NOT", &not)] {
        for form in [
            "SELECT {e};",
            "ALTER TABLE orders ADD COLUMN deep integer DEFAULT {e};",
            "ALTER TABLE orders ADD CONSTRAINT deep CHECK (({e}) IS NOT NULL);",
            "CREATE INDEX idx_orders_deep ON orders (({e}));",
            "CREATE TABLE parcels (id bigint PRIMARY KEY, deep integer DEFAULT {e});",
        ] {
            let text = form.replace("{e}", expression);
            for function in ["lint", "explain_ddl"] {
                // Refused as PostgreSQL refuses it, or judged; said to be not judged, at least. Never the end of the session.
                match session.query(&format!("SELECT * FROM architect.{function}($1)"), &[&text]) {
                    Ok(_) => {}
                    Err(error) => {
                        let error = error
                            .as_db_error()
                            .unwrap_or_else(|| panic!("{what} in {form} ends the session: {error:?}"));
                        assert!(
                            ["54001", "54000", "53200", "42601"].contains(&error.code().code()),
                            "{what} in {form}: {error:?}"
                        );
                    }
                }
                session.take_messages();
            }
        }
    }
    // The parser's own limit is an error of ours, too.
    let error = refused(&mut session, "lint", &format!("SELECT {parentheses}"));
    assert!(error.code == "42601" && error.message.contains("memory exhausted"), "{error}");
    // What cannot be analysed is said to be unknown, not passed over.
    let too_deep = format!("ALTER TABLE orders ADD COLUMN deep integer DEFAULT ({sum});");
    let unknown: String =
        session.query_one("SELECT unknown FROM architect.explain_ddl($1)", &[&too_deep]).expect("a row").get(0);
    assert!(unknown.contains("cannot be analysed"), "{unknown}");
    for text in [begin, format!("BEGIN; {savepoints}")] {
        session.query("SELECT * FROM architect.lint($1)", &[&text]).expect("rows");
    }
    // The same under the guard: PostgreSQL's error, or none.
    let run = session.run(&format!("ALTER TABLE customers ADD COLUMN deep integer DEFAULT {sum}"));
    assert_eq!(run.error.map(|error| error.code).as_deref(), Some("54001"));
    unharmed(&mut session, &started);
}

#[test]
fn a_zero_byte_and_other_encodings_are_no_text() {
    let cluster = harness::Cluster::shared().expect("a cluster");
    let name = format!("latin_{}", std::process::id());
    let mut admin = cluster.connect("postgres").expect("a session");
    admin
        .batch_execute(&format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'"))
        .expect("a database");
    {
        let mut session = cluster.connect(&name).expect("a session");
        ok(&mut session, "CREATE EXTENSION pg_architect");
        // Names and texts that are no UTF-8 in the server's memory.
        let run = ok(
            &mut session,
            "CREATE TABLE \"päckchen\" (\"größe\" integer, \"für\" timestamp DEFAULT now()); DROP TABLE \"päckchen\"",
        );
        assert!(run.messages.iter().all(|message| message.code != "PA004"), "{:?}", run.messages);
        assert_eq!(times(&run, "primary-key-missing"), 1, "{:?}", run.messages);
        assert_eq!(found(&mut session, "CREATE TABLE \"päckchen\" (größe integer)", "primary-key-missing"), 1);
        assert_eq!(refused(&mut session, "lint", "SELECT 'é', FORM FROM;").code, "42601");
    }
    admin.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).expect("no database");
}

// Length. How the time grows is for `cargo xtask bench --only lint` to show.

#[test]
fn long_texts_are_judged_to_their_end() {
    const STATEMENTS: usize = 10_000;
    let db = shop();
    let mut session = connect(&db);
    session
        .batch_execute(
            "SET lock_timeout = '2s'; SELECT architect.configure('backfill-unbatched', parameters => '{\"backfill_rows\": 1000}')",
        )
        .expect("settings");
    type Make = fn(usize) -> String;
    // What is said once for each part, or once for all, or never.
    let kinds: [(&str, usize, Option<&str>, Make); 6] = [
        ("changes of one table", 1, None, |n| {
            format!("ALTER TABLE orders ALTER COLUMN note SET DEFAULT 'note {n}';\n")
        }),
        ("new tables", 1, Some("primary-key-missing"), |n| format!("CREATE TABLE parcels_{n} (weight integer);\n")),
        ("transactions", 3, Some("primary-key-missing"), |n| {
            format!("BEGIN; CREATE TABLE parcels_{n} (weight integer); COMMIT;\n")
        }),
        ("comments that allow nothing", 1, Some("inline-suppression-unused"), |n| {
            format!("-- architect: allow table-dropped old\nDROP TABLE IF EXISTS nothing_{n};\n")
        }),
        ("changes that the planner estimates", 1, Some("backfill-unbatched"), |n| {
            format!("UPDATE orders SET note = '' WHERE amount > -{n} AND id <> -{n};\n")
        }),
        ("tables that go with CASCADE", 2, None, |n| {
            format!("CREATE TABLE parcels_{n} (id bigint PRIMARY KEY); DROP TABLE parcels_{n} CASCADE;\n")
        }),
    ];
    for (what, statements, rule, make) in kinds {
        let parts = STATEMENTS / statements;
        let text = (0..parts).map(make).collect::<String>() + "DROP TABLE events;";
        let rows = session.query("SELECT DISTINCT line, rule FROM architect.lint($1)", &[&text]).expect("rows");
        let told: Vec<(i32, String)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
        let last = i32::try_from(text.lines().count()).expect("a line");
        assert!(told.contains(&(last, "table-dropped".to_owned())), "{what}: the last statement");
        if let Some(rule) = rule {
            let lines = told.iter().filter(|(_, told)| told == rule).count();
            assert_eq!(lines, parts, "{what}: {rule}");
        }
        println!("{what}: {:?}", told.iter().map(|(_, rule)| rule.as_str()).collect::<std::collections::BTreeSet<_>>());
    }
}

/// The tables and keys of the schema `h`, for what a text does before the statement that is looked at.
const BEFORE: &str = "
    DROP SCHEMA IF EXISTS h CASCADE; CREATE SCHEMA h; SET search_path = h;
    CREATE DOMAIN d AS integer; CREATE DOMAIN over_d AS d;
    CREATE TABLE p (a integer, b integer); CREATE TABLE c () INHERITS (p); CREATE TABLE n (a integer, b integer);
    CREATE TABLE n_below () INHERITS (n);
    CREATE TABLE t (a integer, b integer, CONSTRAINT there CHECK (a IS NOT NULL), CONSTRAINT positive CHECK (b > 0));
    CREATE TABLE par (a integer, b integer, CHECK (a IS NOT NULL)); CREATE TABLE kid () INHERITS (par);
    CREATE TABLE r (a integer PRIMARY KEY, x integer);
    CREATE TABLE f (a integer, CONSTRAINT k FOREIGN KEY (a) REFERENCES r);
    CREATE TABLE e (id integer PRIMARY KEY, p integer REFERENCES e);
    INSERT INTO p SELECT g, g FROM generate_series(1, 20) g; INSERT INTO c SELECT * FROM ONLY p; INSERT INTO n SELECT * FROM ONLY p;
    INSERT INTO n_below SELECT * FROM ONLY p; INSERT INTO t SELECT * FROM ONLY p; INSERT INTO par SELECT * FROM ONLY p;
    INSERT INTO kid SELECT * FROM ONLY p; INSERT INTO r SELECT * FROM ONLY p; INSERT INTO f SELECT a FROM ONLY p;
    INSERT INTO e SELECT * FROM ONLY p;";

/// What the server says at DEBUG1 that it reads or writes, and the tables of the schema that the statement locks ACCESS EXCLUSIVE;
/// `before` is committed before.
#[track_caller]
fn actually(session: &mut Session, before: &str, last: &str) -> (Vec<String>, Vec<String>) {
    let run = |session: &mut Session, sql: &str| {
        session.batch_execute(sql).unwrap_or_else(|error| panic!("{error:?}\nin: {before} {sql}"));
    };
    run(session, before);
    run(session, "BEGIN; SET LOCAL client_min_messages = debug1");
    session.take_messages();
    run(session, last);
    let mut work: Vec<String> = session
        .take_messages()
        .into_iter()
        .map(|message| message.message.replace('"', ""))
        .filter(|said| ["verifying ", "rewriting ", "validating "].iter().any(|verb| said.starts_with(verb)))
        .collect();
    work.sort();
    let locks = session
        .query(
            "SELECT DISTINCT relname::text FROM pg_locks JOIN pg_class c ON c.oid = relation
             WHERE pid = pg_backend_pid() AND mode = 'AccessExclusiveLock' AND relkind = 'r'
                 AND relnamespace = 'h'::regnamespace ORDER BY 1",
            &[],
        )
        .expect("locks");
    let locks = locks.iter().map(|row| row.get(0)).collect();
    run(session, "ROLLBACK");
    (work, locks)
}

/// The same in the words of `explain_ddl`, of the last statement of a text.
#[track_caller]
fn explained(session: &mut Session, before: &str, last: &str) -> (Vec<String>, Vec<String>) {
    let rows = session
        .query(
            "SELECT replace(relation, 'h.', ''), lock, rewrite, scan FROM (
                 SELECT *, max(statement) OVER () AS last FROM architect.explain_ddl($1)) AS e
             WHERE statement = last AND relation_kind = 'table'",
            &[&format!("{before} {last}")],
        )
        .unwrap_or_else(|error| panic!("{error:?}\nin: {before} {last}"));
    let (mut work, mut locks) = (Vec::new(), Vec::new());
    for row in rows {
        let (relation, lock): (String, String) = (row.get(0), row.get(1));
        if row.get::<_, Option<String>>(2).is_some() {
            work.push(format!("rewriting table {relation}"));
        }
        let scans: Option<String> = row.get(3);
        for scan in scans.iter().flat_map(|scans| scans.split("; ")) {
            let said = match scan.strip_prefix("FOREIGN KEY ") {
                Some(key) => format!("validating foreign key constraint {key}"),
                None => format!("verifying table {relation}"),
            };
            if !work.contains(&said) {
                work.push(said);
            }
        }
        if lock == "ACCESS EXCLUSIVE" {
            locks.push(relation);
        }
    }
    work.sort();
    locks.sort();
    (work, locks)
}

#[test]
fn alter_table_in_a_text_is_told_as_the_server_does_it() {
    let db = shop();
    let mut session = connect(&db);
    for (before, last) in [
        // A key of the table to itself.
        ("", "ALTER TABLE e ALTER id TYPE bigint;"),
        // Children that come and go.
        ("ALTER TABLE c NO INHERIT p;", "ALTER TABLE p ALTER a SET NOT NULL;"),
        ("ALTER TABLE c NO INHERIT p; ALTER TABLE c INHERIT p;", "ALTER TABLE p ALTER a SET NOT NULL;"),
        ("ALTER TABLE n INHERIT p;", "ALTER TABLE p ADD CHECK (b > 0);"),
        ("ALTER TABLE n INHERIT p; ALTER TABLE n NO INHERIT p;", "ALTER TABLE p ADD CHECK (b > 0);"),
        ("ALTER TABLE c INHERIT n; ALTER TABLE c NO INHERIT p;", "ALTER TABLE n ADD CHECK (a > 0);"),
        ("ALTER TABLE n INHERIT p; ALTER TABLE c INHERIT n;", "ALTER TABLE p ALTER b SET NOT NULL;"),
        // Columns with other names.
        ("ALTER TABLE t RENAME a TO aa;", "ALTER TABLE t ALTER aa SET NOT NULL;"),
        ("ALTER TABLE t RENAME b TO bb;", "ALTER TABLE t ALTER a SET NOT NULL;"),
        (
            "ALTER TABLE t RENAME a TO z; ALTER TABLE t RENAME b TO a; ALTER TABLE t RENAME z TO b;",
            "ALTER TABLE t ALTER a SET NOT NULL;",
        ),
        (
            "ALTER TABLE t RENAME a TO z; ALTER TABLE t RENAME b TO a; ALTER TABLE t RENAME z TO b;",
            "ALTER TABLE t ALTER b SET NOT NULL;",
        ),
        (
            "ALTER TABLE t ADD CHECK (b IS NOT NULL); ALTER TABLE t RENAME b TO bb;",
            "ALTER TABLE t ALTER bb SET NOT NULL;",
        ),
        ("ALTER TABLE par RENAME a TO aa;", "ALTER TABLE par ALTER aa SET NOT NULL;"),
        // Keys.
        ("ALTER TABLE f DROP CONSTRAINT k;", "ALTER TABLE r ALTER a TYPE bigint;"),
        ("ALTER TABLE f DROP a;", "ALTER TABLE r ALTER a TYPE bigint;"),
        ("DROP TABLE f;", "ALTER TABLE r ALTER a TYPE bigint;"),
        ("ALTER TABLE n ADD CONSTRAINT nk FOREIGN KEY (a) REFERENCES r;", "ALTER TABLE r ALTER a TYPE bigint;"),
        (
            "ALTER TABLE n ADD CONSTRAINT nk FOREIGN KEY (a) REFERENCES r NOT VALID;",
            "ALTER TABLE r ALTER a TYPE bigint;",
        ),
        ("ALTER TABLE n ADD CONSTRAINT nk FOREIGN KEY (a) REFERENCES r;", "ALTER TABLE r ALTER x TYPE bigint;"),
        // Domains.
        ("", "ALTER TABLE t ALTER a TYPE d;"),
        ("ALTER DOMAIN d ADD CHECK (VALUE > 0);", "ALTER TABLE n ALTER a TYPE d;"),
        ("ALTER DOMAIN d ADD CHECK (VALUE > 0);", "ALTER TABLE n ALTER a TYPE over_d;"),
        ("ALTER DOMAIN d ADD CHECK (VALUE > 0) NOT VALID;", "ALTER TABLE r ADD z d;"),
        ("ALTER DOMAIN d ADD CHECK (VALUE > 0);", "ALTER TABLE r ADD z d;"),
        ("", "ALTER TABLE r ADD z d;"),
    ] {
        session.batch_execute(&format!("SET architect.mode = off; {BEFORE}")).expect("tables");
        let told = explained(&mut session, before, last);
        assert_eq!(told, actually(&mut session, before, last), "left: told, right: done by {before} {last}");
    }
    // Nothing depends on a table that its children left.
    session.batch_execute(BEFORE).expect("tables");
    for (text, expected) in [("DROP TABLE p;", 1), ("ALTER TABLE c NO INHERIT p; DROP TABLE p;", 0)] {
        assert_eq!(found(&mut session, text, "dependent-object-blocks"), expected, "{text}");
        session.batch_execute("BEGIN").expect("a transaction");
        assert_eq!(usize::from(session.batch_execute(text).is_err()), expected, "{text}");
        session.batch_execute("ROLLBACK").expect("its end");
    }
}

#[test]
fn constraints_without_names_are_named_as_the_server_does_it() {
    let db = shop();
    let mut session = connect(&db);
    for statement in [
        "ALTER TABLE t ADD CHECK (a > 0), ADD CHECK (a < 100000);",
        "ALTER TABLE t ADD CHECK (a > 0), ADD CHECK (b > a), ADD CHECK (b < 99), ADD CHECK (a < b + 99);",
        "ALTER TABLE t DROP CONSTRAINT t_a_check, ADD CHECK (a > 0), ADD CHECK (a < 99) NOT VALID, ADD CHECK (a <> 98);",
        "ALTER TABLE t ADD z integer CHECK (z > 0) CHECK (z < 99), ADD CHECK (z <> 9);",
    ] {
        session
            .batch_execute(
                "SET architect.mode = off; DROP SCHEMA IF EXISTS h CASCADE; CREATE SCHEMA h; SET search_path = h;
                 SET architect.small_table_rows = 0; SET architect.small_table_bytes = 0; SET lock_timeout = '2s';
                 CREATE TABLE t (a integer CHECK (a <> -1), b integer);
                 INSERT INTO t SELECT g, g + 1 FROM generate_series(1, 20) g; ANALYZE t;
                 CREATE TEMPORARY TABLE IF NOT EXISTS there (oid oid); TRUNCATE there;
                 INSERT INTO there SELECT oid FROM pg_constraint",
            )
            .expect("a table");
        let names = |session: &mut Session, sql: &str, text: &[&str]| -> Vec<String> {
            let rows = match text {
                [text] => session.query(sql, &[text]),
                _ => session.query(sql, &[]),
            };
            rows.expect("names").iter().map(|row| row.get(0)).collect()
        };
        let told = names(
            &mut session,
            "SELECT substring(message FROM '^CHECK (\\S+) is verified') FROM architect.lint($1)
             WHERE rule = 'check-validates' ORDER BY 1",
            &[statement],
        );
        session.batch_execute(statement).expect("the statement");
        let done = names(
            &mut session,
            "SELECT conname::text FROM pg_constraint WHERE conrelid = 'h.t'::regclass AND contype = 'c' AND convalidated
                 AND oid NOT IN (SELECT oid FROM there) ORDER BY 1",
            &[],
        );
        assert_eq!(told, done, "{statement}");
    }
}

#[test]
fn reset_search_path_leads_as_the_server_does_it() {
    let db = shop();
    connect(&db)
        .batch_execute(
            "SET architect.mode = off; CREATE SCHEMA of_role; CREATE SCHEMA of_session;
             CREATE TABLE of_role.x (a integer); CREATE TABLE of_session.x (a integer)",
        )
        .expect("schemas");
    let mut session = connect_with_options(&db, "postgres", "-c search_path=of_role").expect("a session");
    session.batch_execute("SET search_path = of_session").expect("a setting");
    for (text, expected) in [
        ("ALTER TABLE x ADD b integer;", "of_session.x"),
        ("RESET search_path; ALTER TABLE x ADD b integer;", "of_role.x"),
        ("SET search_path TO DEFAULT; ALTER TABLE x ADD b integer;", "of_role.x"),
        ("RESET ALL; ALTER TABLE x ADD b integer;", "of_role.x"),
    ] {
        let query = "SELECT relation FROM architect.explain_ddl($1)";
        let told: Vec<String> = session.query(query, &[&text]).expect("rows").iter().map(|row| row.get(0)).collect();
        assert_eq!(told, [expected], "{text}");
    }
    session.batch_execute("RESET search_path").expect("a setting");
    let table: String = session.query_one("SELECT 'x'::regclass::text", &[]).expect("a name").get(0);
    assert_eq!(table, "x");
    let schema: String = session.query_one("SELECT current_schema()::text", &[]).expect("a name").get(0);
    assert_eq!(schema, "of_role");
}
