//! Whether ADD COLUMN ... NOT NULL fails, asked of the server: what the rule says before, and what comes then, are the same.

mod common;

use common::*;
use harness::Session;

/// One name for all: `cargo xtask test emptied`.
mod emptied {
    use super::*;

    const RULE: &str = "not-null-without-default";
    const ADD: &str = "ALTER TABLE customers ADD COLUMN email text NOT NULL";

    /// Whether `architect.lint` says that the statement fails.
    #[track_caller]
    fn foretold(session: &mut Session, sql: &str) -> bool {
        let rows = session.query("SELECT 1 FROM architect.lint($1) WHERE rule = $2", &[&sql, &RULE]).expect("rows");
        !rows.is_empty()
    }

    /// Runs the statement; the rule must speak if, and only if, it fails on a NULL.
    #[track_caller]
    fn agrees(session: &mut Session, sql: &str) {
        let run = session.run(sql);
        let said = times(&run, RULE) > 0;
        let failed = run.error.as_ref().is_some_and(|error| error.code == "23502");
        assert!(run.error.is_none() || failed, "{:?}\nin: {sql}", run.error);
        assert_eq!(said, failed, "said {said}, failed {failed}: {sql}");
    }

    #[test]
    fn the_server_agrees() {
        let db = shop();
        let mut session = connect(&db);
        ok(&mut session, "CREATE DOMAIN filled AS text DEFAULT 'x'; CREATE DOMAIN required AS text NOT NULL");
        for (n, column) in [
            "text NOT NULL",
            "text NOT NULL DEFAULT NULL",
            "text NOT NULL DEFAULT 'x'",
            "filled NOT NULL",
            "required",
            "required DEFAULT 'x'",
            "integer GENERATED ALWAYS AS IDENTITY",
            "serial NOT NULL",
            "integer UNIQUE",
        ]
        .into_iter()
        .enumerate()
        {
            for table in ["customers", "orders", "events", "events_2024"] {
                // A partition has the columns of its parent, and neither has an identity of its own before 17.
                if table.starts_with("events_")
                    || table == "events" && (column.contains("IDENTITY") || column.contains("UNIQUE"))
                {
                    continue;
                }
                agrees(&mut session, &format!("ALTER TABLE {table} ADD COLUMN c{n} {column}"));
            }
        }
        ok(&mut session, "CREATE TABLE plain (a integer); INSERT INTO plain VALUES (1)");
        agrees(&mut session, "ALTER TABLE plain ADD COLUMN id integer PRIMARY KEY");
    }

    #[test]
    fn rows_that_were_deleted_do_not_count_and_those_that_are_left_do() {
        let db = shop();
        let mut session = connect(&db);
        ok(&mut session, "BEGIN; SAVEPOINT before; DELETE FROM customers; ROLLBACK TO before");
        assert!(foretold(&mut session, ADD), "the rows are back");
        ok(&mut session, "DELETE FROM customers");
        assert!(!foretold(&mut session, ADD), "the rows are gone");
        agrees(&mut session, ADD);
        ok(&mut session, "ROLLBACK");
        assert!(foretold(&mut session, ADD));
        for (delete, left) in [("happened_at < '2025-01-01'", true), ("true", false)] {
            ok(&mut session, &format!("DELETE FROM events WHERE {delete}"));
            assert_eq!(foretold(&mut session, "ALTER TABLE events ADD COLUMN place text NOT NULL"), left);
        }
        agrees(&mut session, "ALTER TABLE events ADD COLUMN place text NOT NULL");
    }

    #[test]
    fn what_others_have_not_committed_may_be_there() {
        let db = shop();
        let (mut session, mut other) = (connect(&db), connect(&db));
        ok(&mut other, "BEGIN; DELETE FROM customers");
        assert!(foretold(&mut session, ADD), "another session's DELETE may be rolled back");
        ok(&mut other, "COMMIT");
        assert!(!foretold(&mut session, ADD));
        ok(&mut other, "BEGIN; INSERT INTO customers (name) VALUES ('Alan')");
        assert!(foretold(&mut session, ADD), "another session's row may be committed");
        ok(&mut other, "ROLLBACK");
        assert!(!foretold(&mut session, ADD));
    }

    #[test]
    fn nobody_is_waited_for_and_no_lock_is_kept() {
        let db = shop();
        let (mut session, mut other) = (connect(&db), connect(&db));
        ok(&mut session, "DELETE FROM customers; SET lock_timeout = '5s'");
        ok(&mut other, "BEGIN; LOCK TABLE customers IN ACCESS EXCLUSIVE MODE");
        let began = std::time::Instant::now();
        assert!(foretold(&mut session, ADD), "it cannot be seen now");
        assert!(began.elapsed() < std::time::Duration::from_secs(4), "{:?}", began.elapsed());
        ok(&mut other, "ROLLBACK");
        ok(&mut session, "BEGIN ISOLATION LEVEL SERIALIZABLE");
        assert!(!foretold(&mut session, ADD));
        let locks: i64 = value(
            &mut session,
            "SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND relation = 'customers'::regclass",
        );
        assert_eq!(locks, 0);
    }

    #[test]
    fn a_text_deletes_and_adds() {
        let db = shop();
        let mut session = connect(&db);
        for (text, fails) in [
            ("DELETE FROM customers", false),
            ("DELETE FROM customers WHERE id > 0", true),
            ("DELETE FROM customers USING orders", true),
            ("DELETE FROM ONLY customers", false),
            ("CREATE TABLE parts () INHERITS (customers); DELETE FROM ONLY customers", false),
            ("TRUNCATE customers", false),
            ("TRUNCATE events, customers", false),
            ("DELETE FROM customers; INSERT INTO customers (name) VALUES ('x')", true),
            ("DELETE FROM customers; INSERT INTO customers (name) SELECT 'x'", true),
            ("DELETE FROM customers; COPY customers (name) FROM STDIN", true),
            ("DELETE FROM customers; INSERT INTO orders (customer_id) VALUES (1)", false),
            ("BEGIN; DELETE FROM customers; ROLLBACK; BEGIN", true),
            ("BEGIN; SAVEPOINT s; DELETE FROM customers; ROLLBACK TO s", true),
            ("DELETE FROM customers; ALTER TABLE customers RENAME COLUMN name TO full_name", false),
        ] {
            assert_eq!(foretold(&mut session, &format!("{text};\n{ADD};")), fails, "{text}");
        }
    }
}
