//! `architect.safe_now`: whether a statement could run at this moment, and who is in its way.

mod common;

use common::standby::Standby;
use common::*;
use harness::{Cluster, Db, Options, Session};

/// One name for all: `cargo xtask test safe_now`.
mod safe_now {
    use super::*;

    const ADD: &str = "ALTER TABLE orders ADD COLUMN comment text";

    /// The verdict and its reason.
    #[track_caller]
    fn verdict(session: &mut Session, sql: &str) -> (Option<bool>, String) {
        let row = session
            .query_one("SELECT safe, reason FROM architect.safe_now($1)", &[&sql])
            .unwrap_or_else(|error| panic!("{error:?} in: {sql}"));
        (row.get(0), row.get(1))
    }

    /// One value of the answer, as text.
    #[track_caller]
    fn part(session: &mut Session, sql: &str, what: &str) -> Option<String> {
        let query = format!("SELECT ({what})::text FROM architect.safe_now($1)");
        session.query_one(&query, &[&sql]).unwrap_or_else(|error| panic!("{error:?} in: {query}")).get(0)
    }

    #[test]
    fn nobody_is_there() {
        let db = shop();
        let mut session = connect(&db);
        let (safe, reason) = verdict(&mut session, ADD);
        assert_eq!(safe, Some(true), "{reason}");
        assert!(
            reason.starts_with("nobody is in the way now, and reads or writes are blocked for a moment"),
            "{reason}"
        );
        assert_eq!(part(&mut session, ADD, "blockers").as_deref(), Some("[]"));
        assert_eq!(
            part(&mut session, ADD, "locks -> 0 ->> 'lock'").as_deref(),
            Some("ACCESS EXCLUSIVE"),
            "what explain_ddl says"
        );
        let (safe, reason) = verdict(&mut session, "CREATE TABLE notes (id bigint PRIMARY KEY)");
        assert_eq!(
            (safe, reason.as_str()),
            (Some(true), "nobody is in the way now, and no lock blocks reads or writes")
        );
        // Nothing was done, and nothing taken.
        let after: bool = value(
            &mut session,
            &format!(
                "SELECT (SELECT safe FROM architect.safe_now('{ADD}; DROP TABLE customers CASCADE')) IS NOT NULL
                    AND pg_current_xact_id_if_assigned() IS NULL
                    AND to_regclass('customers') IS NOT NULL
                    AND NOT EXISTS (SELECT FROM pg_locks WHERE pid = pg_backend_pid() AND relation IN ('orders'::regclass, 'customers'::regclass))"
            ),
        );
        assert!(after);
        assert_eq!(session.query("SELECT * FROM architect.safe_now(NULL)", &[]).expect("no row").len(), 0);
    }

    #[test]
    fn a_reader_is_in_the_way_of_an_exclusive_lock_and_of_no_other() {
        let db = shop();
        let mut reader = connect(&db);
        reader.batch_execute("SET application_name = 'report'; BEGIN; SELECT count(*) FROM orders").expect("a reader");
        let reader_pid = pid(&mut connect(&db)).max(0);
        assert!(reader_pid > 0);
        let mut session = connect(&db);
        let (safe, reason) = verdict(&mut session, ADD);
        assert_eq!(safe, Some(false), "{reason}");
        assert!(reason.starts_with("ACCESS EXCLUSIVE on public.orders would wait for pid "), "{reason}");
        assert!(reason.ends_with(", and reads and writes behind it"), "{reason}");
        let first = |what: &str| format!("blockers -> 0 ->> '{what}'");
        for (what, expected) in [
            ("relation", "public.orders"),
            ("wanted", "ACCESS EXCLUSIVE"),
            ("lock", "ACCESS SHARE"),
            ("granted", "true"),
            ("state", "idle in transaction"),
            ("application_name", "report"),
            ("query", "SET application_name = 'report'; BEGIN; SELECT count(*) FROM orders"),
        ] {
            assert_eq!(part(&mut session, ADD, &first(what)).as_deref(), Some(expected), "{what}");
        }
        let pid_of: i32 = value(&mut reader, "SELECT pg_backend_pid()");
        assert_eq!(part(&mut session, ADD, &first("pid")), Some(pid_of.to_string()));
        assert!(part(&mut session, ADD, &first("age")).is_some());
        // SHARE does not wait for a reader.
        let (safe, reason) = verdict(&mut session, "CREATE INDEX idx_orders_amount ON orders (amount)");
        assert_eq!(safe, Some(true), "{reason}");
        reader.batch_execute("COMMIT").expect("its end");
        assert_eq!(verdict(&mut session, ADD).0, Some(true));
    }

    #[test]
    fn a_writer_is_in_the_way_of_an_index_and_holds_up_concurrently() {
        let db = shop();
        let mut writer = connect(&db);
        writer.batch_execute("BEGIN; UPDATE orders SET amount = 1 WHERE id = 1").expect("a writer");
        let writer_pid = pid(&mut writer);
        let mut session = connect(&db);
        let (safe, reason) = verdict(&mut session, "CREATE INDEX idx_orders_amount ON orders (amount)");
        assert_eq!(safe, Some(false), "{reason}");
        let concurrently = "CREATE INDEX CONCURRENTLY idx_orders_amount ON orders (amount)";
        let (safe, reason) = verdict(&mut session, concurrently);
        assert_eq!(safe, Some(true), "{reason}");
        assert!(
            reason.contains(&format!("it will wait for the transaction of pid {writer_pid}, open for ")),
            "{reason}"
        );
        assert_eq!(part(&mut session, concurrently, "waits_for_pid"), Some(writer_pid.to_string()));
        assert!(part(&mut session, concurrently, "waits_for_age").is_some());
        writer.batch_execute("COMMIT").expect("its end");
        assert_eq!(part(&mut session, concurrently, "waits_for_pid"), None);

        // A snapshot that is older, of a transaction that never saw the table; PostgreSQL waits for it too.
        let mut old = connect(&db);
        old.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1").expect("a snapshot");
        let old_pid = pid(&mut old);
        assert_eq!(part(&mut session, concurrently, "waits_for_pid"), Some(old_pid.to_string()));
        let mut builder = connect(&db);
        builder.batch_execute("SET architect.mode = off").expect("a setting");
        let builder_pid = pid(&mut builder);
        let build = std::thread::spawn(move || ok(&mut builder, concurrently));
        wait_until(&mut session, &format!("SELECT {old_pid} = ANY (pg_blocking_pids({builder_pid}))"));
        old.batch_execute("COMMIT").expect("its end");
        build.join().expect("the index");
        // An idle reader in READ COMMITTED holds no snapshot: CREATE INDEX does not wait for it, DROP INDEX does.
        let mut reader = connect(&db);
        reader.batch_execute("BEGIN; SELECT count(*) FROM orders").expect("a reader");
        let reader_pid = pid(&mut reader);
        reader.batch_execute("COMMIT; BEGIN; SELECT count(*) FROM orders").expect("a reader");
        assert_eq!(part(&mut session, "CREATE INDEX CONCURRENTLY i2 ON orders (amount)", "waits_for_pid"), None);
        let dropping = "DROP INDEX CONCURRENTLY idx_orders_amount";
        assert_eq!(part(&mut session, dropping, "waits_for_pid"), Some(reader_pid.to_string()));
    }

    #[test]
    fn a_vacuum_of_another_table_is_not_waited_for() {
        let db = shop();
        let mut session = connect(&db);
        session
            .batch_execute(
                "SET architect.mode = off; CREATE TABLE wide (id bigint PRIMARY KEY, filler text); \
             INSERT INTO wide SELECT n, repeat('x', 1000) FROM generate_series(1, 5000) n",
            )
            .expect("a table");
        let mut vacuum = connect(&db);
        let vacuum_pid = pid(&mut vacuum);
        let running = std::thread::spawn(move || {
            vacuum.batch_execute("SET vacuum_cost_delay = 100; SET vacuum_cost_limit = 10").expect("settings");
            vacuum.run("VACUUM (DISABLE_PAGE_SKIPPING) wide").error.map(|error| error.code)
        });
        let active = format!("SELECT count(*) > 0 FROM pg_stat_progress_vacuum WHERE pid = {vacuum_pid}");
        wait_until(&mut session, &active);
        let concurrently = "CREATE INDEX CONCURRENTLY idx_orders_amount ON orders (amount)";
        assert_eq!(part(&mut session, concurrently, "waits_for_pid"), None);
        // It is so: the index is built while VACUUM goes on.
        ok(&mut session, concurrently);
        assert!(value::<bool>(&mut session, &active), "VACUUM was too fast to show anything");
        assert!(value::<bool>(&mut session, &format!("SELECT pg_cancel_backend({vacuum_pid})")));
        assert_eq!(running.join().expect("a session").as_deref(), Some("57014"));
    }

    #[test]
    fn who_waits_already_is_in_the_way_too() {
        let db = shop();
        let mut reader = connect(&db);
        reader.batch_execute("BEGIN; SELECT count(*) FROM orders").expect("a reader");
        let mut waiting = connect(&db);
        let waiting_pid = pid(&mut waiting);
        let waiter = std::thread::spawn(move || {
            fails(&mut waiting, "SET lock_timeout = '5s'; ALTER TABLE orders ADD COLUMN x text", "55P03")
        });
        let mut session = connect(&db);
        wait_until(
            &mut session,
            &format!("SELECT EXISTS (SELECT FROM pg_locks WHERE pid = {waiting_pid} AND NOT granted)"),
        );
        let (safe, reason) = verdict(
            &mut session,
            "CREATE TRIGGER t BEFORE TRUNCATE ON orders EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        );
        assert_eq!(safe, Some(false), "{reason}");
        assert!(reason.contains(&format!("pid {waiting_pid} (waits for ACCESS EXCLUSIVE")), "{reason}");
        waiter.join().expect("the waiter");
    }

    #[test]
    fn time_counts_as_much_as_sessions() {
        let db = shop();
        let mut session = connect(&db);
        let change = "ALTER TABLE orders ALTER COLUMN amount TYPE bigint";
        assert_eq!(verdict(&mut session, change).0, Some(true), "a small table");
        session
            .batch_execute("INSERT INTO architect.measured_work SELECT gen_random_uuid(), now(), 'ALTER TABLE', 1e7, 1e7, 1e7, 1000")
            .expect("a slow server");
        let (safe, reason) = verdict(&mut session, change);
        assert_eq!(safe, Some(false), "{reason}");
        assert!(reason.contains("reads or writes would be blocked for about 00:00:"), "{reason}");
        assert!(reason.ends_with("by what was measured on this server"), "{reason}");
        let patient: bool = {
            let query = "SELECT safe FROM architect.safe_now($1, '1 hour')";
            session.query_one(query, &[&change]).expect("a row").get(0)
        };
        assert!(patient, "the caller says how long is too long");
    }

    #[test]
    fn what_is_not_known_is_neither_yes_nor_no() {
        let db = shop();
        let mut session = connect(&db);
        for sql in [
            "CREATE STATISTICS s ON id, amount FROM orders",
            "ALTER TABLE not_there ADD COLUMN x text",
            "UPDATE orders SET amount = 0",
            "REINDEX SCHEMA public",
            "CREATE INDEX idx_orders_note ON orders (lower(note))",
        ] {
            let (safe, reason) = verdict(&mut session, sql);
            assert_eq!(safe, None, "{sql}: {reason}");
            let both = format!("{ADD};\n{sql}");
            assert_eq!(verdict(&mut session, &both).0, None, "{both}");
        }
        let (_, reason) = verdict(&mut session, &format!("{ADD};\nCREATE STATISTICS s ON id, amount FROM orders"));
        assert_eq!(reason, "the locks of CREATE STATISTICS (line 2) are not known");
        // But who is in the way is in the way.
        let mut reader = connect(&db);
        reader.batch_execute("BEGIN; SELECT count(*) FROM orders").expect("a reader");
        assert_eq!(
            verdict(&mut session, &format!("{ADD}; CREATE STATISTICS s ON id, amount FROM orders")).0,
            Some(false)
        );
        let (safe, reason) = verdict(&mut session, "CREATE INDEX CONCURRENTLY i ON events (payload)");
        assert_eq!(safe, Some(false), "PostgreSQL refuses it: {reason}");
    }

    #[test]
    fn what_the_caller_may_not_see_is_null() {
        let db = shop();
        let name = role(&db, "asker");
        let mut reader = connect(&db);
        reader.batch_execute("BEGIN; SELECT 'a secret', count(*) FROM orders").expect("a reader");
        let reader_pid = pid(&mut reader);
        reader.batch_execute("SELECT 'a secret', count(*) FROM orders").expect("a query");
        let mut session = connect(&db);
        session.batch_execute(&format!("SET ROLE {name}")).expect("a role");
        let (safe, reason) = verdict(&mut session, ADD);
        assert_eq!(safe, Some(false), "{reason}");
        let first = |what: &str| format!("blockers -> 0 ->> '{what}'");
        assert_eq!(part(&mut session, ADD, &first("pid")), Some(reader_pid.to_string()));
        assert_eq!(part(&mut session, ADD, &first("query")), None);
        assert_eq!(part(&mut session, ADD, &first("state")), None);
        let whole = part(&mut session, ADD, "safe_now").unwrap_or_default();
        assert!(!whole.contains("secret"), "{whole}");
        let hidden = part(&mut session, ADD, "not_visible").expect("a hint");
        assert!(hidden.contains("pg_read_all_stats"), "{hidden}");
        connect(&db)
            .batch_execute(&format!("SET architect.mode = off; GRANT pg_read_all_stats TO {name}"))
            .expect("a grant");
        assert_eq!(
            part(&mut session, ADD, &first("query")).as_deref(),
            Some("SELECT 'a secret', count(*) FROM orders")
        );
        assert_eq!(part(&mut session, ADD, "not_visible"), None);
    }

    #[test]
    fn a_prepared_transaction_has_no_process() {
        let db = shop();
        let mut session = connect(&db);
        let most: String = value(&mut session, "SHOW max_prepared_transactions");
        if most == "0" {
            return;
        }
        session
            .batch_execute("BEGIN; UPDATE orders SET amount = 2 WHERE id = 2; PREPARE TRANSACTION 'left'")
            .expect("it");
        let (safe, reason) = verdict(&mut session, ADD);
        assert_eq!(safe, Some(false), "{reason}");
        assert_eq!(part(&mut session, ADD, "blockers -> 0 ->> 'state'").as_deref(), Some("prepared transaction"));
        session.batch_execute("ROLLBACK PREPARED 'left'").expect("its end");
    }

    #[test]
    fn how_often_the_table_is_written_is_as_the_counters_have_it() {
        let db = shop();
        let mut session = connect(&db);
        // What one transaction changes and analyses is counted as changed since.
        wait_until(&mut session, "SELECT n_tup_ins = 5000 FROM pg_stat_user_tables WHERE relname = 'orders'");
        session.batch_execute("ANALYZE orders").expect("ANALYZE");
        session.batch_execute("UPDATE orders SET amount = amount + 1").expect("changes");
        session.query("SELECT pg_stat_force_next_flush()", &[]).expect("a flush");
        wait_until(&mut session, "SELECT n_tup_upd >= 5000 FROM pg_stat_user_tables WHERE relname = 'orders'");
        let row = session
            .query_one(
                "SELECT (w ->> 'rows_changed')::bigint, (w ->> 'changed_since_analyze')::bigint, w ->> 'counters_since' IS NOT NULL,
                        (w ->> 'per_second_at_least')::float8, (w ->> 'per_second_since_analyze')::float8, w ->> 'relation'
                 FROM architect.safe_now('DROP TABLE orders'), jsonb_array_elements(writes) AS w",
                &[],
            )
            .expect("one table");
        assert_eq!(row.get::<_, i64>(0), 10_000, "5,000 inserted, 5,000 updated");
        assert_eq!(row.get::<_, i64>(1), 5_000, "since ANALYZE");
        assert!(row.get::<_, bool>(2));
        assert!(row.get::<_, f64>(3) > 0.0 && row.get::<_, f64>(4) > row.get::<_, f64>(3));
        assert_eq!(row.get::<_, String>(5), "public.orders");
    }

    #[test]
    fn a_standby_is_told_of_and_is_not_asked_to_run_ddl() {
        let options = Options::from_environment().expect("a server").set("synchronous_commit", "local");
        let cluster = std::sync::Arc::new(Cluster::start(&options).expect("a cluster"));
        let db = cluster.database().expect("a database");
        let mut primary = connect(&db);
        primary.batch_execute(&format!("SET architect.mode = off; {SHOP}")).expect("the tables");
        assert_eq!(part(&mut primary, ADD, "replicas").as_deref(), Some("[]"));
        let standby = Standby::start(&cluster);
        wait_until(&mut primary, "SELECT EXISTS (SELECT FROM pg_stat_replication WHERE state = 'streaming')");
        let (safe, reason) = verdict(&mut primary, ADD);
        assert_eq!(safe, Some(true), "{reason}");
        assert!(reason.contains("1 standby(s) cancel queries on the same relations"), "{reason}");
        assert_eq!(part(&mut primary, ADD, "replicas -> 0 ->> 'state'").as_deref(), Some("streaming"));
        let (_, reason) = verdict(&mut primary, "CREATE INDEX idx_orders_amount ON orders (amount)");
        assert!(!reason.contains("standby"), "SHARE is not replayed: {reason}");
        // Who may see nothing is told that there is something.
        let name = role(&db, "asker");
        primary.batch_execute(&format!("SET ROLE {name}")).expect("a role");
        assert!(verdict(&mut primary, ADD).1.contains("1 standby(s)"));
        assert_eq!(part(&mut primary, ADD, "replicas -> 0 ->> 'state'"), None);

        let mut session = standby.connect(db.name());
        wait_until(&mut session, "SELECT to_regclass('orders') IS NOT NULL");
        let (safe, reason) = verdict(&mut session, ADD);
        assert_eq!(safe, Some(false), "{reason}");
        assert!(reason.starts_with("this server is a standby"), "{reason}");
    }

    #[test]
    fn names_are_found_in_the_callers_own_path() {
        let db: Db = shop();
        let mut session = connect(&db);
        session
            .batch_execute("SET architect.mode = off; CREATE SCHEMA other; CREATE TABLE other.parcels (id integer); SET search_path = other")
            .expect("a schema");
        let locks = part(&mut session, "DROP TABLE parcels", "locks -> 0 ->> 'relation'");
        assert_eq!(locks.as_deref(), Some("other.parcels"));
    }
}
