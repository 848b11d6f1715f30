//! What `architect.lint` asks the planner: without a lock that stays, without waiting, and without running anybody's code.

mod common;

use common::*;
use harness::Session;
use std::time::{Duration, Instant};

const RULE: &str = "backfill-unbatched";

#[track_caller]
fn found(session: &mut Session, sql: &str) -> usize {
    let list = session.lint(sql).unwrap_or_else(|error| panic!("{error:?}\nin: {sql}"));
    list.iter().filter(|finding| finding.rule == RULE).count()
}

/// The shop, with a limit that its 5,000 orders exceed.
fn small_limit() -> harness::Db {
    let db = shop();
    connect(&db)
        .batch_execute("SELECT architect.configure('backfill-unbatched', parameters => '{\"backfill_rows\": 1000}')")
        .expect("a limit");
    db
}

#[test]
fn the_estimate_is_the_planners() {
    let db = small_limit();
    let mut session = connect(&db);
    session
        .batch_execute(
            "SET architect.mode = off; CREATE SCHEMA depot; CREATE TABLE depot.parcels AS SELECT g AS id, g % 7 AS kind FROM generate_series(1, 6000) g;
             CREATE TABLE parcels (id int, kind int); ANALYZE depot.parcels",
        )
        .expect("tables");
    for (text, expected) in [
        ("UPDATE orders SET note = '' WHERE amount > 100;", 1),
        ("DELETE FROM orders WHERE amount > 4500;", 0),
        ("DELETE FROM ONLY orders AS o WHERE o.amount > 100;", 1),
        ("UPDATE events SET payload = '' WHERE happened_at > '2025-01-01';", 1),
        ("UPDATE orders SET note = '' WHERE id = 7;", 0),
        ("UPDATE orders SET note = c.name FROM customers c WHERE c.id = customer_id;", 1),
        ("UPDATE orders SET note = '' WHERE false;", 0),
        // The same statement by its own search path.
        ("UPDATE parcels SET kind = 0 WHERE kind <> 1;", 0),
        ("SET search_path = depot; UPDATE parcels SET kind = 0 WHERE kind <> 1;", 1),
        ("SET search_path = depot; DELETE FROM parcels WHERE id IN (SELECT id FROM parcels WHERE kind <> 1);", 1),
        ("UPDATE depot.parcels SET kind = 0 WHERE kind = 1;", 0),
        // Columns of the text.
        (
            "ALTER TABLE orders ADD COLUMN a int, ADD COLUMN b int; UPDATE orders SET a = 1 WHERE a IS NULL AND b IS NULL;",
            1,
        ),
        ("ALTER TABLE orders ADD COLUMN a int; UPDATE orders SET a = 1 WHERE a IS NULL AND id < 100;", 0),
        ("ALTER TABLE orders ADD COLUMN a int; UPDATE orders SET a = 1 WHERE a = 2;", 0),
        ("UPDATE orders SET note = '' WHERE note IS NULL;", 0),
        // What cannot be planned.
        ("UPDATE orders SET note = '' WHERE amount > $1;", 0),
        ("UPDATE orders SET note = '' WHERE amount > 'x';", 0),
        ("DO $$ DECLARE v int; BEGIN UPDATE orders SET note = '' WHERE amount > v; END $$;", 0),
        ("UPDATE orders SET note = '' WHERE CURRENT OF c;", 0),
    ] {
        assert_eq!(found(&mut session, text), expected, "{text}");
    }
    assert_eq!(value::<String>(&mut session, "SHOW search_path"), "\"$user\", public");
    assert_eq!(value::<String>(&mut session, "SHOW lock_timeout"), "0");
}

#[test]
fn no_lock_stays_and_none_is_waited_for() {
    let db = small_limit();
    let mut session = connect(&db);
    let text = "UPDATE orders SET note = '' FROM customers c WHERE c.id = customer_id;".repeat(50);
    session.batch_execute("BEGIN").expect("a transaction");
    assert!(found(&mut session, &text) > 0);
    let locks: i64 = value(
        &mut session,
        "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'relation' AND relation >= 16384",
    );
    assert_eq!(locks, 0);
    assert!(value::<bool>(&mut session, "SELECT pg_current_xact_id_if_assigned() IS NULL"));
    session.batch_execute("COMMIT").expect("its end");
    for table in ["orders", "customers"] {
        let mut other = connect(&db);
        other.batch_execute(&format!("SET architect.mode = off; BEGIN; LOCK TABLE {table}")).expect("a lock");
        let began = Instant::now();
        assert_eq!(found(&mut session, &text), 0, "not judged while {table} is locked");
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
        other.batch_execute("ROLLBACK").expect("its end");
    }
    session.batch_execute("SET default_transaction_read_only = on").expect("a setting");
    assert!(found(&mut session, &text) > 0, "in a read-only transaction");
}

#[test]
fn no_function_of_a_user_is_called() {
    let db = small_limit();
    let mut session = connect(&db);
    session
        .batch_execute(
            "SET architect.mode = off;
             CREATE FUNCTION called(i int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'called'; RETURN i; END $$;
             CREATE FUNCTION called_too(i int) RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'called'; RETURN i; END $$;
             CREATE VIEW through AS SELECT id FROM customers WHERE id > called(0)",
        )
        .expect("functions");
    session.take_messages();
    for text in [
        "UPDATE orders SET note = '' WHERE amount > called(1);",
        "UPDATE orders SET note = '' WHERE amount > called_too(1);",
        "UPDATE orders SET note = '' WHERE customer_id IN (SELECT id FROM through);",
        "WITH x AS (SELECT called(1) AS a) DELETE FROM orders USING x WHERE amount > x.a;",
    ] {
        found(&mut session, text);
        let messages = session.take_messages();
        assert!(messages.is_empty(), "{messages:?}\nin: {text}");
    }
    // The planner itself would: else this test shows nothing.
    session.batch_execute("EXPLAIN UPDATE orders SET note = '' WHERE amount > called(1)").expect("a plan");
    assert!(session.take_messages().iter().any(|message| message.message == "called"));
}

#[test]
fn whoever_asks_needs_no_rights() {
    let db = small_limit();
    let role = app_role(&db);
    let mut session = connect_with_options(&db, &role, "-c search_path=public").expect("a session");
    let text = "UPDATE orders SET note = '' WHERE amount > 100; DROP TABLE orders;";
    assert!(session.lint(text).expect("findings").iter().any(|finding| finding.rule == "table-dropped"));
}
