//! `architect.auto_lock_timeout`: DDL that would wait without end for a strong lock waits for a while, and the session's own
//! `lock_timeout` is afterwards what it was before.

mod common;

use common::*;
use harness::{Db, Session};
use std::time::{Duration, Instant};

/// One name for all: `cargo xtask test auto_lock_timeout`.
mod auto_lock_timeout {
    use super::*;

    const ADD: &str = "ALTER TABLE orders ADD COLUMN comment text";

    /// A session without a lock_timeout of its own that is given 300 ms where it waits.
    #[track_caller]
    fn given(db: &Db) -> Session {
        let mut session = connect(db);
        session
            .batch_execute("SET lock_timeout = 0; LOAD 'pg_architect'; SET architect.auto_lock_timeout = '300ms'")
            .expect("settings");
        session
    }

    /// A session that reads `orders` in a transaction that it leaves open.
    #[track_caller]
    fn reader(db: &Db) -> Session {
        let mut session = connect(db);
        session.batch_execute("BEGIN; SELECT count(*) FROM orders").expect("a reader");
        session
    }

    #[track_caller]
    fn lock_timeout(session: &mut Session) -> String {
        value(session, "SELECT current_setting('lock_timeout')")
    }

    /// Runs SQL that must end with `lock_not_available` after about the time that was given.
    #[track_caller]
    fn times_out(session: &mut Session, sql: &str) {
        let began = Instant::now();
        fails(session, sql, "55P03");
        let waited = began.elapsed();
        assert!(waited >= Duration::from_millis(290), "{waited:?}");
        assert!(waited < Duration::from_secs(20), "{waited:?}");
    }

    #[test]
    fn a_statement_that_waits_ends_and_the_session_is_as_before() {
        let db = shop();
        let _reader = reader(&db);
        let mut session = given(&db);
        for sql in [ADD, "DROP TABLE orders"] {
            times_out(&mut session, sql);
            assert_eq!(lock_timeout(&mut session), "0", "after {sql}");
        }
    }

    #[test]
    fn writes_that_would_queue_count_as_reads_do() {
        let db = shop();
        let mut writer = connect(&db);
        writer.batch_execute("BEGIN; UPDATE orders SET amount = 1 WHERE id = 1").expect("a writer");
        let mut session = given(&db);
        times_out(&mut session, "CREATE INDEX idx_orders_amount ON orders (amount)");
        times_out(
            &mut session,
            "CREATE TABLE refunds (id bigint PRIMARY KEY, order_id bigint NOT NULL UNIQUE REFERENCES orders (id))",
        );
        assert_eq!(lock_timeout(&mut session), "0");
    }

    #[test]
    fn it_is_taken_back_when_the_statement_ends() {
        let db = shop();
        let mut session = given(&db);
        ok(&mut session, ADD);
        assert_eq!(lock_timeout(&mut session), "0", "after a commit of its own");
        session.batch_execute("BEGIN; ALTER TABLE orders ADD COLUMN more text").expect("DDL in a block");
        assert_eq!(lock_timeout(&mut session), "0", "later in the transaction");
        // It is held now: nothing is waited for, and nothing given.
        session
            .batch_execute("SAVEPOINT s; ALTER TABLE orders ADD COLUMN again text; ROLLBACK TO s")
            .expect("a savepoint");
        assert_eq!(lock_timeout(&mut session), "0", "after ROLLBACK TO");
        session.batch_execute("COMMIT").expect("the end");
        assert_eq!(lock_timeout(&mut session), "0", "after COMMIT");
        // What the session sets stays set, whatever happened around it.
        session
            .batch_execute("BEGIN; ALTER TABLE orders DROP COLUMN more; SET lock_timeout = '7s'; COMMIT")
            .expect("a setting behind DDL");
        assert_eq!(lock_timeout(&mut session), "7s");
        session
            .batch_execute("BEGIN; SET lock_timeout = 0; ALTER TABLE orders ADD COLUMN more text; COMMIT")
            .expect("a setting before DDL");
        assert_eq!(lock_timeout(&mut session), "0", "SET in the same transaction is kept");
        session
        .batch_execute("SET lock_timeout = '9s'; BEGIN; SET LOCAL lock_timeout = 0; ALTER TABLE orders DROP COLUMN more; COMMIT")
        .expect("SET LOCAL before DDL");
        assert_eq!(lock_timeout(&mut session), "9s", "SET LOCAL ends with the transaction");
    }

    #[test]
    fn a_failed_statement_in_a_savepoint_leaves_the_transaction_as_it_was() {
        let db = shop();
        let _reader = reader(&db);
        let mut session = given(&db);
        session.batch_execute("BEGIN; CREATE TABLE notes (id bigint PRIMARY KEY); SAVEPOINT s").expect("a block");
        times_out(&mut session, ADD);
        session.batch_execute("ROLLBACK TO s").expect("the savepoint");
        assert_eq!(lock_timeout(&mut session), "0");
        session.batch_execute("RELEASE s").expect("the savepoint's end");
        // A block with an exception handler is a subtransaction too.
        let caught = format!("DO $$ BEGIN {ADD}; EXCEPTION WHEN lock_not_available THEN NULL; END $$");
        session.batch_execute(&caught).expect("an error that is caught");
        assert_eq!(lock_timeout(&mut session), "0");
        session.batch_execute("COMMIT").expect("the end");
        assert_eq!(lock_timeout(&mut session), "0");
    }

    #[test]
    fn in_a_function_with_settings_of_its_own() {
        let db = shop();
        let _reader = reader(&db);
        let mut session = given(&db);
        session
            .batch_execute(&format!(
                "CREATE FUNCTION migrate() RETURNS text LANGUAGE plpgsql SET lock_timeout = 0 AS $$
             BEGIN
                 BEGIN {ADD}; EXCEPTION WHEN lock_not_available THEN NULL; END;
                 RETURN current_setting('lock_timeout');
             END $$;
             SET lock_timeout = '8s'"
            ))
            .expect("a function");
        assert_eq!(value::<String>(&mut session, "SELECT migrate()"), "0", "in the function, behind the error");
        assert_eq!(lock_timeout(&mut session), "8s");
    }

    #[test]
    fn what_is_set_stays_and_small_tables_wait_as_ever() {
        let db = shop();
        let _reader = reader(&db);
        let mut session = given(&db);
        // 900 ms of the session's own, not 300 of ours.
        session.batch_execute("SET lock_timeout = '900ms'").expect("a setting");
        let began = Instant::now();
        fails(&mut session, ADD, "55P03");
        assert!(began.elapsed() >= Duration::from_millis(890), "{:?}", began.elapsed());
        assert_eq!(lock_timeout(&mut session), "900ms");
        // A table of three rows is not live: its wait ends with the statement's own limit.
        let mut other = connect(&db);
        other.batch_execute("BEGIN; SELECT count(*) FROM customers").expect("a reader");
        session.batch_execute("SET lock_timeout = 0; SET statement_timeout = '900ms'").expect("settings");
        fails(&mut session, "ALTER TABLE customers ADD COLUMN comment text", "57014");
        // The guard that is off gives nothing.
        session.batch_execute("SET architect.mode = off").expect("a setting");
        fails(&mut session, ADD, "57014");
    }

    #[test]
    fn it_is_in_force_while_the_statement_runs_and_not_before_or_behind() {
        let db = shop();
        let mut session = given(&db);
        // A default that is computed for every row says what is in force in the middle of the statement.
        session
            .batch_execute("ALTER TABLE orders ADD COLUMN during text DEFAULT current_setting('lock_timeout')")
            .expect("DDL");
        assert_eq!(value::<String>(&mut session, "SELECT DISTINCT during FROM orders"), "300ms");
    }

    #[test]
    fn the_rule_is_silent_where_it_is_covered() {
        let db = shop();
        let mut session = given(&db);
        let run = ok(&mut session, ADD);
        assert_eq!(times(&run, "lock-timeout-missing"), 0, "{:?}", run.messages);
        let lint = |session: &mut Session, sql: &str| -> i64 {
            let query = "SELECT count(*) FROM architect.lint($1) WHERE rule = 'lock-timeout-missing'";
            session.query_one(query, &[&sql]).expect("a count").get(0)
        };
        assert_eq!(lint(&mut session, "ALTER TABLE orders DROP COLUMN comment"), 0);
        // No event trigger fires for these: nobody gives them a limit.
        assert_eq!(lint(&mut session, "TRUNCATE orders"), 1);
        assert_eq!(lint(&mut session, "LOCK TABLE orders IN ACCESS EXCLUSIVE MODE"), 1);
        assert_eq!(
            lint(&mut session, "SET architect.auto_lock_timeout = 0; ALTER TABLE orders DROP COLUMN comment"),
            1
        );
        session.batch_execute("ALTER EVENT TRIGGER pg_architect_ddl_command_start DISABLE").expect("a superuser");
        assert_eq!(lint(&mut session, "ALTER TABLE orders DROP COLUMN comment"), 1);
        session.batch_execute("ALTER EVENT TRIGGER pg_architect_ddl_command_start ENABLE").expect("a superuser");
        session.batch_execute("SET architect.auto_lock_timeout = 0").expect("a setting");
        let run = ok(&mut session, "ALTER TABLE orders DROP COLUMN comment");
        assert_eq!(times(&run, "lock-timeout-missing"), 1, "{:?}", run.messages);
    }

    #[test]
    fn an_ordinary_role_has_no_say() {
        let db = shop();
        let name = role(&db, "ordinary");
        let mut session = given(&db);
        session.batch_execute(&format!("SET ROLE {name}")).expect("a role");
        fails(&mut session, "SET architect.auto_lock_timeout = 0", "42501");
        assert_eq!(value::<String>(&mut session, "SHOW architect.auto_lock_timeout"), "300ms");
    }

    #[test]
    fn without_the_end_trigger_it_ends_with_the_transaction() {
        let db = shop();
        let mut session = given(&db);
        session.batch_execute("ALTER EVENT TRIGGER pg_architect_ddl_command_end DISABLE").expect("a superuser");
        session.batch_execute(&format!("BEGIN; {ADD}")).expect("DDL");
        assert_eq!(lock_timeout(&mut session), "300ms", "as SET LOCAL");
        session.batch_execute("COMMIT").expect("the end");
        assert_eq!(lock_timeout(&mut session), "0");
    }
}
