//! Statements that commit in several transactions, under a guard that stops everything it may: they are stopped before they begin
//! or not at all, and none is left half done.

mod common;

use common::*;
use harness::{Db, Session};

/// What PostgreSQL leaves behind of a statement that ended halfway: invalid indexes and pending detaches, by name.
#[track_caller]
fn half_done(session: &mut Session) -> Vec<String> {
    let rows = session
        .query(
            "SELECT indexrelid::regclass::text FROM pg_index WHERE NOT (indisvalid AND indisready AND indislive)
             UNION ALL
             SELECT inhrelid::regclass::text || ' (detach pending)' FROM pg_inherits WHERE inhdetachpending
             ORDER BY 1",
            &[],
        )
        .expect("rows");
    rows.iter().map(|row| row.get(0)).collect()
}

/// The indexes of `orders` and whether they can be used.
#[track_caller]
fn indexes(session: &mut Session) -> Vec<String> {
    let rows = session
        .query("SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'orders'::regclass ORDER BY 1", &[])
        .expect("rows");
    rows.iter().map(|row| row.get(0)).collect()
}

/// A shop whose `orders` has an index and no finding about it.
fn indexed_shop() -> Db {
    let db = shop();
    ok(&mut connect(&db), "SET architect.mode = off; CREATE INDEX idx_orders_amount ON orders (amount)");
    db
}

#[test]
fn what_is_left_half_done_is_seen() {
    let db = shop();
    let mut session = connect(&db);
    session.batch_execute("SET architect.mode = off").expect("a setting");
    fails(&mut session, "CREATE UNIQUE INDEX CONCURRENTLY idx_orders_customer_id ON orders (customer_id)", "23505");
    assert_eq!(half_done(&mut session), ["idx_orders_customer_id"]);

    // A detach that is cancelled while it waits for a reader stays pending.
    let mut reader = connect(&db);
    reader.batch_execute("BEGIN; SELECT count(*) FROM events").expect("a reader");
    let detach = "ALTER TABLE events DETACH PARTITION events_2024";
    fails(&mut session, &format!("SET statement_timeout = '300ms'; {detach} CONCURRENTLY"), "57014");
    assert_eq!(half_done(&mut session), ["events_2024 (detach pending)", "idx_orders_customer_id"]);

    // The way out is open under the strictest guard.
    reader.batch_execute("COMMIT").expect("the reader's end");
    let mut session = strict(&db);
    silent(&mut session, &format!("{detach} FINALIZE; DROP INDEX CONCURRENTLY idx_orders_customer_id"));
    assert_eq!(half_done(&mut session), [""; 0]);
}

#[test]
fn create_index_concurrently_is_stopped_before_it_begins_or_not_at_all() {
    let db = indexed_shop();
    let mut session = strict(&db);
    let (mut built, mut stopped) = (0, 0);
    for sql in [
        "CREATE INDEX CONCURRENTLY idx_orders_code ON orders (code)",
        "CREATE UNIQUE INDEX CONCURRENTLY idx_orders_note ON orders (note)",
        // Names that rules have something to say about.
        "CREATE INDEX CONCURRENTLY \"Bad Name\" ON orders (customer_id)",
        "CREATE INDEX CONCURRENTLY orders_customer_id_ix ON orders (customer_id)",
        "CREATE INDEX CONCURRENTLY ON orders (customer_id, code)",
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS orders_amount_ix ON orders (customer_id, amount)",
        // The same as another one, and a prefix of one.
        "CREATE INDEX CONCURRENTLY idx_orders_amount_again ON orders (amount)",
        "CREATE INDEX CONCURRENTLY ON orders (amount)",
        "CREATE INDEX CONCURRENTLY idx_orders_id ON orders (id)",
        // Partial, on expressions, of other methods.
        "CREATE INDEX CONCURRENTLY idx_orders_note_lower ON orders (lower(note)) WHERE note IS NOT NULL",
        "CREATE INDEX CONCURRENTLY idx_orders_code_hash ON orders USING hash (code)",
        // On a table of three rows, and where PostgreSQL refuses it.
        "CREATE INDEX CONCURRENTLY customers_name_ix ON customers (name)",
        "CREATE INDEX CONCURRENTLY idx_events_payload ON events (payload)",
        "CREATE INDEX CONCURRENTLY idx_events_2024_payload ON events_2024 (payload)",
        // IF NOT EXISTS that hits.
        "CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_orders_amount ON orders (code)",
    ] {
        let all = "SELECT count(*) FROM pg_index WHERE indrelid >= 16384";
        let before: i64 = value(&mut session, all);
        let run = session.run(sql);
        let after: i64 = value(&mut session, all);
        match run.error {
            None => {
                assert_eq!(after, before + i64::from(!sql.ends_with("idx_orders_amount ON orders (code)")), "{sql}");
                built += 1;
            }
            Some(error) => {
                // Not PA003: that would come after the first commit.
                assert_eq!(error.code, "PA002", "{error}\nin: {sql}");
                assert_eq!(after, before, "{sql}");
                stopped += 1;
            }
        }
        assert_eq!(half_done(&mut session), [""; 0], "{sql}");
    }
    assert!(built >= 6 && stopped >= 2, "{built} were built and {stopped} stopped: nothing to learn from that");
}

#[test]
fn what_a_concurrent_build_leaves_is_said_and_stops_nothing() {
    let db = shop();
    let mut session = strict(&db);
    // The rule that judges the name does so at commit, where it stops a plain CREATE INDEX.
    let error = fails(&mut session, "CREATE INDEX customers_name_ix ON customers (name)", "PA003");
    assert!(error.message.ends_with("[index-name-pattern]"), "{error}");
    let run = ok(&mut session, "CREATE INDEX CONCURRENTLY customers_name_ix ON customers (name)");
    assert_eq!(times(&run, "index-name-pattern"), 1, "{:?}", run.messages);
    assert!(exists(&mut session, "customers_name_ix"));
    assert_eq!(half_done(&mut session), [""; 0]);
    // The next transaction is one like any other again.
    fails(&mut session, "CREATE INDEX customers_name_id_ix ON customers (name, id)", "PA003");
}

#[test]
fn a_build_that_fails_by_itself_is_postgresqls_affair() {
    let db = shop();
    let mut session = strict(&db);
    let build = "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS idx_orders_customer_id ON orders (customer_id)";
    fails(&mut session, build, "23505");
    assert_eq!(half_done(&mut session), ["idx_orders_customer_id"], "PostgreSQL itself leaves it");
    // Nothing of the failed statement is remembered: this transaction is judged, and can be stopped.
    fails(&mut session, "CREATE TABLE parcels (weight integer)", "PA003");
    // A second try would pass and build nothing.
    stopped(&mut session, build, "invalid-index-kept");
    silent(&mut session, "DROP INDEX CONCURRENTLY idx_orders_customer_id");
    assert_eq!(half_done(&mut session), [""; 0]);
    fails(&mut session, build, "23505");
    silent(&mut session, "UPDATE orders SET customer_id = id; REINDEX INDEX CONCURRENTLY idx_orders_customer_id");
    assert_eq!(half_done(&mut session), [""; 0]);
}

#[test]
fn drop_index_concurrently_works_under_every_setting() {
    for setting in [
        "architect.log_ddl = 'all'",
        "architect.log_ddl = 'findings'",
        "architect.log_ddl = 'none'",
        "architect.mode = 'observe'",
        "architect.mode = 'warn'",
        "architect.mode = 'off'",
        "architect.debug_fail = 'panic'",
        "architect.debug_fail = 'error'",
    ] {
        let db = indexed_shop();
        let mut session = strict(&db);
        session.batch_execute(&format!("SET {setting}")).expect("a setting");
        // In the very statement that loads the policy into this session, and in a later one. "must be first action in transaction"
        // is what PostgreSQL says when a trigger took a transaction id.
        ok(&mut session, "DROP INDEX CONCURRENTLY idx_orders_amount");
        assert_eq!(indexes(&mut session), ["orders_pkey"], "{setting}");
        ok(&mut session, "CREATE INDEX CONCURRENTLY idx_orders_amount ON orders (amount)");
        ok(&mut session, "DROP INDEX CONCURRENTLY IF EXISTS idx_orders_amount");
        assert_eq!(indexes(&mut session), ["orders_pkey"], "{setting}");
        assert_eq!(half_done(&mut session), [""; 0], "{setting}");
    }
}

#[test]
fn drop_index_concurrently_that_is_refused_leaves_the_index() {
    let db = shop();
    ok(
        &mut connect(&db),
        "SET architect.mode = off; ALTER TABLE orders ADD CONSTRAINT orders_code_key UNIQUE (code);
        CREATE INDEX idx_events_payload ON events (payload)",
    );
    let mut session = strict(&db);
    stopped(&mut session, "DROP INDEX CONCURRENTLY orders_code_key", "concurrent-refused");
    stopped(&mut session, "DROP INDEX CONCURRENTLY idx_events_payload", "concurrent-refused");
    // PostgreSQL agrees.
    session.batch_execute("SET architect.mode = off").expect("a setting");
    fails(&mut session, "DROP INDEX CONCURRENTLY orders_code_key", "2BP01");
    fails(&mut session, "DROP INDEX CONCURRENTLY idx_events_payload", "0A000");
    assert_eq!(half_done(&mut session), [""; 0]);
    // In a block PostgreSQL refuses what we would let through.
    session
        .batch_execute("CREATE INDEX idx_orders_note ON orders (note); SET architect.mode = enforce")
        .expect("an index");
    session.batch_execute("BEGIN").expect("a transaction");
    fails(&mut session, "DROP INDEX CONCURRENTLY idx_orders_note", "25001");
    session.batch_execute("ROLLBACK").expect("its end");
    silent(&mut session, "DROP INDEX CONCURRENTLY idx_orders_note");
}

#[test]
fn what_reads_takes_no_transaction_id() {
    let db = indexed_shop();
    let mut session = strict(&db);
    session.batch_execute("SET architect.log_ddl = 'all'; BEGIN").expect("a transaction");
    for query in [
        "SELECT count(*) FROM architect.lint('ALTER TABLE orders ALTER COLUMN amount TYPE bigint; DROP TABLE events')",
        "SELECT count(*) FROM architect.explain_ddl('CREATE INDEX ON orders (lower(note)); ALTER TABLE orders ADD CHECK (amount > 0)')",
        "SELECT count(*) FROM architect.status()",
        "SELECT count(*) FROM architect.check()",
        "SELECT count(*) FROM architect.check('public', 'orders')",
        "SELECT count(*) FROM architect.rules",
        "SELECT length(architect.rule_doc('index-not-concurrent'))::bigint",
        "SELECT count(*) FROM architect.last_findings()",
    ] {
        value::<i64>(&mut session, query);
        assert!(value::<bool>(&mut session, "SELECT pg_current_xact_id_if_assigned() IS NULL"), "{query}");
    }
    // Nor do statements that do nothing, or are stopped.
    ok(&mut session, "DROP TABLE IF EXISTS nothing_here");
    assert!(
        value::<bool>(&mut session, "SELECT pg_current_xact_id_if_assigned() IS NULL"),
        "a statement that does nothing"
    );
    ok(&mut session, "SAVEPOINT s");
    stopped(&mut session, "DROP TABLE orders", "table-dropped");
    ok(&mut session, "ROLLBACK TO s");
    assert!(
        value::<bool>(&mut session, "SELECT pg_current_xact_id_if_assigned() IS NULL"),
        "a statement that was stopped"
    );
    ok(&mut session, "ROLLBACK");
}

#[test]
fn reindex_concurrently_leaves_every_index_whole() {
    let db = indexed_shop();
    let mut session = strict(&db);
    let before: Vec<String> = indexes(&mut session);
    let node = "SELECT relfilenode::bigint FROM pg_class WHERE relname = 'idx_orders_amount'";
    let old: i64 = value(&mut session, node);
    for sql in [
        "REINDEX INDEX CONCURRENTLY idx_orders_amount",
        "REINDEX TABLE CONCURRENTLY orders",
        "REINDEX TABLE CONCURRENTLY events",
        "REINDEX SCHEMA CONCURRENTLY public",
    ] {
        // From 17 on REINDEX fires event triggers; it may be stopped there, but not halfway.
        let run = session.run(sql);
        assert!(run.error.is_none_or(|error| error.code == "PA002"), "{sql}");
        assert_eq!(half_done(&mut session), [""; 0], "{sql}");
        assert_eq!(indexes(&mut session), before, "{sql}");
    }
    assert_ne!(value::<i64>(&mut session, node), old, "something was rebuilt");
}

#[test]
fn detach_concurrently_is_whole() {
    let db = shop();
    let mut session = strict(&db);
    stopped(&mut session, "ALTER TABLE events DETACH PARTITION events_2024", "partition-detach-not-concurrent");
    silent(&mut session, "ALTER TABLE events DETACH PARTITION events_2024 CONCURRENTLY");
    assert_eq!(half_done(&mut session), [""; 0]);
    assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM pg_inherits WHERE inhparent = 'events'::regclass"), 1);

    // With a default partition PostgreSQL refuses it; the guard does before.
    ok(
        &mut session,
        "SET architect.mode = off; CREATE TABLE events_rest PARTITION OF events DEFAULT; SET architect.mode = enforce",
    );
    let detach = "ALTER TABLE events DETACH PARTITION events_2025 CONCURRENTLY";
    stopped(&mut session, detach, "concurrent-refused");
    session.batch_execute("SET architect.mode = off").expect("a setting");
    fails(&mut session, detach, "55000");
    assert_eq!(half_done(&mut session), [""; 0]);
}

#[test]
fn refresh_of_a_materialized_view_is_one_statement() {
    let db = shop();
    let mut session = connect(&db);
    session
        .batch_execute(
            "SET architect.mode = off;
             CREATE MATERIALIZED VIEW order_totals AS SELECT customer_id, sum(amount) AS total FROM orders GROUP BY 1;
             CREATE UNIQUE INDEX idx_order_totals_customer_id ON order_totals (customer_id);
             CREATE MATERIALIZED VIEW order_copies AS SELECT * FROM orders;
             CREATE UNIQUE INDEX idx_order_copies_id ON order_copies (id); ANALYZE order_copies",
        )
        .expect("views");
    let mut session = strict(&db);
    session.batch_execute("SET architect.log_ddl = 'all'").expect("a setting");
    // Inside, PostgreSQL creates, indexes, alters and drops a temporary table: not the user's DDL.
    silent(
        &mut session,
        "REFRESH MATERIALIZED VIEW CONCURRENTLY order_totals; REFRESH MATERIALIZED VIEW CONCURRENTLY order_copies",
    );
    silent(&mut session, "REFRESH MATERIALIZED VIEW order_totals");
    silent(&mut session, "BEGIN; REFRESH MATERIALIZED VIEW CONCURRENTLY order_totals; COMMIT");
    let tags: String = value(&mut session, "SELECT string_agg(tag, ', ' ORDER BY happened_at) FROM architect.ddl_log");
    assert_eq!(tags, ["REFRESH MATERIALIZED VIEW"; 4].join(", "));
    assert_eq!(half_done(&mut session), [""; 0]);
    assert_eq!(value::<i64>(&mut session, "SELECT total FROM order_totals WHERE customer_id = 1"), {
        value::<i64>(&mut session, "SELECT sum(amount) FROM orders WHERE customer_id = 1")
    });

    // Where PostgreSQL refuses it the view stays as it is.
    session
        .batch_execute(
            "SET architect.mode = off; DROP INDEX idx_order_totals_customer_id; SET architect.mode = enforce",
        )
        .expect("no index");
    stopped(&mut session, "REFRESH MATERIALIZED VIEW CONCURRENTLY order_totals", "concurrent-refused");
    assert!(value::<bool>(&mut session, "SELECT relispopulated FROM pg_class WHERE relname = 'order_totals'"));
}

#[test]
fn a_function_of_an_index_or_view_may_not_speak_for_the_user() {
    // Code that runs inside another command, as the table's owner (SECURITY RESTRICTED OPERATION), is not judged.
    let db = shop();
    let mut session = connect(&db);
    session
        .batch_execute(
            "SET architect.mode = off;
             CREATE FUNCTION busy(integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN
               EXECUTE 'CREATE TEMP TABLE IF NOT EXISTS \"Busy\" (a integer)'; RETURN $1; END $$",
        )
        .expect("a function");
    let mut session = strict(&db);
    // PostgreSQL forbids temporary tables there; whatever it says is its own.
    let run = session.run("CREATE INDEX CONCURRENTLY idx_customers_busy ON customers (busy(id::integer))");
    assert!(run.messages.iter().all(|message| message.code != "PA004"), "{:?}", run.messages);
}

#[test]
fn a_session_that_is_terminated_inside_leaves_no_memory_behind() {
    let db = indexed_shop();
    let mut blocker = connect(&db);
    let mut session = strict(&db);
    blocker.batch_execute("BEGIN; UPDATE orders SET amount = 0 WHERE id = 1").expect("a writer");
    fails(
        &mut session,
        "SET statement_timeout = '300ms'; SET lock_timeout = 0; CREATE INDEX CONCURRENTLY idx_orders_code ON orders (code)",
        "57014",
    );
    blocker.batch_execute("ROLLBACK").expect("its end");
    session.batch_execute("RESET statement_timeout").expect("a setting");
    assert_eq!(half_done(&mut session), ["idx_orders_code"], "cancelled by the user, as without the guard");
    let error = fails(&mut session, "CREATE TABLE parcels (weight integer)", "PA003");
    assert_eq!(error.table.as_deref(), Some("parcels"), "{error}");
    silent(&mut session, "DROP INDEX CONCURRENTLY idx_orders_code");
    assert_eq!(half_done(&mut session), [""; 0]);
}
