//! Whole sessions of statements: what `architect.lint` says of a text, against what the server does with the same statements.

mod common;

use common::*;
use harness::Session;

/// The findings of one rule in a text: message and detail.
#[track_caller]
fn findings(session: &mut Session, sql: &str, rule: &str) -> Vec<(String, String)> {
    let rows = session
        .query("SELECT message, coalesce(detail, '') FROM architect.lint($1) WHERE rule = $2", &[&sql, &rule])
        .unwrap_or_else(|error| panic!("{error:?}\nin: {sql}"));
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// How often a rule is found in a text.
#[track_caller]
fn found(session: &mut Session, sql: &str, rule: &str) -> usize {
    findings(session, sql, rule).len()
}

fn linter(db: &harness::Db) -> Session {
    let mut session = connect(db);
    session
        .batch_execute(
            "SET lock_timeout = '2s'; SET architect.small_table_rows = 0; SET architect.small_table_bytes = 0",
        )
        .expect("settings");
    session
}

#[test]
fn a_lock_is_told_with_the_statement_that_took_it() {
    let db = shop();
    let mut session = linter(&db);
    let rule = "work-under-strong-lock";
    let text = "CREATE INDEX idx_orders_code ON orders (code);
        ALTER TABLE orders ADD COLUMN second_note text;
        CREATE INDEX idx_customers_name ON customers (name);";
    let took = "ALTER TABLE took ACCESS EXCLUSIVE on public.orders";
    let [(_, detail)] = &findings(&mut session, &format!("BEGIN; {text} COMMIT;"), rule)[..] else { panic!("{rule}") };
    assert!(detail.starts_with(took), "{detail}");
    // The guard, which asks the lock manager for the mode.
    let details = |session: &mut Session, sql: &str| -> Vec<String> {
        ok(session, sql);
        let rows = session
            .query("SELECT detail FROM architect.last_findings() WHERE rule = $1", &[&rule])
            .expect("the findings of the transaction before");
        rows.iter().map(|row| row.get(0)).collect()
    };
    ok(&mut session, "SET architect.mode = warn; SET client_min_messages = error");
    let [detail] = &details(&mut session, &format!("BEGIN; {text} ROLLBACK;"))[..] else { panic!("{rule}") };
    assert!(detail.starts_with(took), "{detail}");
    // What took the stronger lock was rolled back, and then another statement takes it.
    let text = "BEGIN; CREATE INDEX idx_orders_code ON orders (code); SAVEPOINT a;
        ALTER TABLE orders ADD COLUMN second_note text; ROLLBACK TO a;
        DROP INDEX idx_orders_code; CREATE INDEX idx_customers_name ON customers (name); ROLLBACK;";
    let [detail] = &details(&mut session, text)[..] else { panic!("{rule}") };
    assert!(detail.starts_with("DROP INDEX took ACCESS EXCLUSIVE on public.orders"), "{detail}");
    let [(_, detail)] = &findings(&mut session, text, rule)[..] else { panic!("{rule}") };
    assert!(detail.starts_with("DROP INDEX took ACCESS EXCLUSIVE on public.orders"), "{detail}");
    // LOCK TABLE is no DDL: nobody noted it.
    let text = "BEGIN; CREATE INDEX idx_orders_code ON orders (code); LOCK TABLE orders;
        CREATE INDEX idx_customers_name ON customers (name); ROLLBACK;";
    let [detail] = &details(&mut session, text)[..] else { panic!("{rule}") };
    assert!(detail.starts_with("An earlier statement took ACCESS EXCLUSIVE on public.orders"), "{detail}");
    let [(_, detail)] = &findings(&mut session, text, rule)[..] else { panic!("{rule}") };
    assert!(detail.starts_with("LOCK TABLE took ACCESS EXCLUSIVE on public.orders"), "{detail}");
}

#[test]
fn changes_in_with_are_seen() {
    let db = shop();
    let mut session = linter(&db);
    ok(&mut session, "CREATE TABLE archive (LIKE orders)");
    let rule = "data-change-without-where";
    for (text, expected) in [
        ("WITH gone AS (DELETE FROM orders RETURNING *) SELECT count(*) FROM gone;", 1),
        ("WITH gone AS (DELETE FROM orders RETURNING *) INSERT INTO archive SELECT * FROM gone;", 1),
        ("CREATE TABLE kept AS WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone;", 1),
        ("COPY (DELETE FROM orders RETURNING *) TO STDOUT;", 1),
        ("COPY (WITH gone AS (DELETE FROM orders RETURNING *) SELECT * FROM gone) TO STDOUT;", 1),
        ("WITH a AS (UPDATE orders SET note = '' RETURNING 1), b AS (DELETE FROM archive RETURNING 1) SELECT 1;", 1),
        (
            "DO $$ DECLARE r record; BEGIN FOR r IN WITH gone AS (DELETE FROM orders RETURNING *) SELECT 1 LOOP END LOOP; END $$;",
            1,
        ),
        ("WITH gone AS (DELETE FROM orders WHERE id = 7 RETURNING *) SELECT count(*) FROM gone;", 0),
        ("WITH orders AS (SELECT 1) SELECT * FROM orders;", 0),
    ] {
        assert_eq!(found(&mut session, text, rule), expected, "{text}");
    }
    let under = "BEGIN; ALTER TABLE orders ADD COLUMN second_note text;
        WITH changed AS (UPDATE orders SET second_note = '' RETURNING id) SELECT count(*) FROM changed; COMMIT;";
    assert_eq!(found(&mut session, under, "work-under-strong-lock"), 1);
    // A table that is emptied and filled in one statement is not empty after it.
    let refilled =
        "WITH gone AS (DELETE FROM orders RETURNING *) INSERT INTO orders OVERRIDING SYSTEM VALUE SELECT * FROM gone;
        DROP TABLE orders;";
    assert_eq!(found(&mut session, refilled, "table-dropped"), 1);
    // The server is of the same mind: the data changes, whatever reads it.
    let gone: i64 = {
        ok(&mut session, "BEGIN; WITH gone AS (DELETE FROM orders RETURNING *) SELECT count(*) FROM gone");
        session.query_one("SELECT count(*) FROM orders", &[]).expect("a count").get(0)
    };
    assert_eq!(gone, 0);
    ok(&mut session, "ROLLBACK");
}
