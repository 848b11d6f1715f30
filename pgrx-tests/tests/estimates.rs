//! What `explain_ddl` says of bytes and time, and what is remembered of the time that statements took.

mod common;

use common::*;
use harness::{Db, Session};

/// One name for all: `cargo xtask test estimates::`.
mod estimates {
    use super::*;

    /// `readings`, some 30 MB, large enough for its DDL to be a measurement.
    #[track_caller]
    fn large() -> Db {
        let db = database();
        connect(&db)
            .batch_execute(
                "SET architect.mode = off;
                 CREATE TABLE readings (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a integer, b integer, note text);
                 INSERT INTO readings (a, b, note) SELECT g % 1000, g, 'note ' || g FROM generate_series(1, 400000) AS g;
                 ANALYZE readings",
            )
            .expect("a table");
        db
    }

    #[track_caller]
    fn measurements(session: &mut Session) -> i64 {
        value(session, "SELECT count(*) FROM architect.measured_work")
    }

    /// Bytes to read, write and sort, and whether there is an estimate, for the first relation that a statement names.
    #[track_caller]
    fn work(session: &mut Session, sql: &str) -> (Option<i64>, Option<i64>, Option<i64>, Option<f64>) {
        let row = session
            .query_one(
                "SELECT read_bytes, write_bytes, sort_bytes, extract(epoch FROM estimated_blocking)::float8
                 FROM architect.explain_ddl($1) WHERE role = 'target'",
                &[&sql],
            )
            .unwrap_or_else(|error| panic!("{error:?} in: {sql}"));
        (row.get(0), row.get(1), row.get(2), row.get(3))
    }

    #[test]
    fn bytes_are_those_of_the_files() {
        let db = large();
        let mut session = connect(&db);
        // Values of 4 kB that do not compress well go to TOAST.
        session
            .batch_execute(
                "SET architect.mode = off;
                 CREATE TABLE letters (id integer PRIMARY KEY, body text);
                 ALTER TABLE letters ALTER COLUMN body SET STORAGE EXTERNAL;
                 INSERT INTO letters SELECT g, repeat(md5(g::text), 150) FROM generate_series(1, 2000) AS g;
                 ANALYZE letters",
            )
            .expect("a table with TOAST");
        let heap: i64 = value(&mut session, "SELECT pg_relation_size('readings')");
        let (read, write, sort, time) = work(&mut session, "ALTER TABLE readings ALTER COLUMN b SET NOT NULL");
        assert_eq!((read, write, sort), (Some(heap), Some(0), Some(0)));
        assert!(time.is_some_and(|time| time > 0.0), "{time:?}");
        // Two checks, one pass.
        let both = "ALTER TABLE readings ALTER COLUMN b SET NOT NULL, ALTER COLUMN a SET NOT NULL";
        assert_eq!(work(&mut session, both).0, Some(heap));

        let (heap, toast): (i64, i64) = {
            let row = session
                .query_one(
                    "SELECT pg_relation_size(oid), pg_relation_size(reltoastrelid) FROM pg_class WHERE oid = 'letters'::regclass",
                    &[],
                )
                .expect("sizes");
            (row.get(0), row.get(1))
        };
        assert!(toast > 5 * heap, "{heap} and {toast}");
        assert_eq!(work(&mut session, "ALTER TABLE letters ALTER COLUMN body SET NOT NULL").0, Some(heap));
        let (read, write, sort, _) = work(&mut session, "ALTER TABLE letters ALTER COLUMN id TYPE bigint");
        assert_eq!((read, write), (Some(heap + toast), Some(heap + toast)));
        assert!(sort.is_some_and(|sort| sort > 0));

        // What is sorted for a new index is about what the index holds (its keys are unique: nothing is folded).
        let (_, write, sort, _) = work(&mut session, "CREATE INDEX idx_readings_b ON readings (b)");
        session
            .batch_execute("SET architect.mode = off; CREATE INDEX idx_readings_b ON readings (b)")
            .expect("an index");
        let built: i64 = value(&mut session, "SELECT pg_relation_size('idx_readings_b')");
        let ratio = sort.expect("a size") as f64 / built as f64;
        assert!((0.8..1.25).contains(&ratio), "{sort:?} for {built}");
        assert_eq!(write, Some(0));
        // And of one that is there, the same.
        let again = work(&mut session, "ALTER TABLE readings SET UNLOGGED").2.expect("a size");
        let keys: i64 =
            value(&mut session, "SELECT pg_relation_size('idx_readings_b') + pg_relation_size('readings_pkey')");
        assert!((0.8..1.25).contains(&(again as f64 / keys as f64)), "{again} for {keys}");
    }

    #[test]
    fn what_cannot_be_said_is_null() {
        let db = large();
        let mut session = connect(&db);
        session
            .batch_execute(
                "SET architect.mode = off; ALTER TABLE readings ADD COLUMN tags text[];
                 CREATE MATERIALIZED VIEW totals AS SELECT a, sum(b) FROM readings GROUP BY a",
            )
            .expect("more columns");
        for sql in [
            "CREATE INDEX idx_readings_tags ON readings USING gin (tags)",
            "CREATE INDEX idx_readings_note ON readings (lower(note))",
            "CREATE INDEX idx_readings_b ON readings (b) WHERE a = 7",
            "REFRESH MATERIALIZED VIEW totals",
        ] {
            assert_eq!(work(&mut session, sql).3, None, "{sql}");
        }
        // A moment: no work at all, or none that blocks anybody.
        for sql in [
            "ALTER TABLE readings ADD COLUMN more text",
            "ALTER TABLE readings ADD CONSTRAINT c CHECK (b > 0) NOT VALID",
            "CREATE INDEX CONCURRENTLY idx_readings_b ON readings (b)",
        ] {
            assert_eq!(work(&mut session, sql).3, Some(0.0), "{sql}");
        }
        // Without a measurement the stated defaults hold, and say so.
        let sources: String = value(
            &mut session,
            "SELECT string_agg(work || ' ' || source, ', ' ORDER BY work) FROM architect.work_speeds()",
        );
        assert_eq!(sources, "read default, sort default, write default");
        let measured: Option<bool> = value(
            &mut session,
            "SELECT speeds_measured FROM architect.explain_ddl('ALTER TABLE readings ALTER COLUMN b SET NOT NULL')",
        );
        assert_eq!(measured, Some(false));
    }

    #[test]
    fn large_work_is_measured_and_nothing_else() {
        let db = large();
        let mut session = connect(&db);
        ok(&mut session, "CREATE INDEX idx_readings_b ON readings (b)");
        assert_eq!(measurements(&mut session), 1);
        ok(&mut session, "ALTER TABLE readings ALTER COLUMN b TYPE bigint");
        assert_eq!(measurements(&mut session), 2);
        let speeds = "SELECT string_agg(work || ' ' || source, ', ' ORDER BY work) FROM architect.work_speeds()";
        assert_eq!(value::<String>(&mut session, speeds), "read measured, sort measured, write measured");

        // Rolled back, small, or not PostgreSQL's own work alone.
        ok(&mut session, "BEGIN; CREATE INDEX idx_readings_a ON readings (a); ROLLBACK");
        ok(&mut session, "CREATE INDEX idx_readings_a_b ON readings (lower(note))");
        ok(&mut session, "CREATE INDEX idx_readings_part ON readings (a) WHERE b > 7");
        ok(&mut session, "ALTER TABLE readings ALTER COLUMN b TYPE integer USING (b + 0)::integer");
        ok(&mut session, "ALTER TABLE readings ADD CONSTRAINT c CHECK (b > 0)");
        ok(&mut session, "CREATE INDEX CONCURRENTLY idx_readings_a ON readings (a)");
        ok(
            &mut session,
            "CREATE TABLE small (id integer); INSERT INTO small VALUES (1); ALTER TABLE small ALTER COLUMN id TYPE bigint",
        );
        assert_eq!(measurements(&mut session), 2);
    }

    #[test]
    fn the_wait_for_a_lock_is_no_work() {
        let db = large();
        let mut reader = connect(&db);
        reader.batch_execute("BEGIN; SELECT count(*) FROM readings").expect("a reader");
        let mut session = connect(&db);
        let waiting = std::thread::spawn(move || {
            ok(&mut session, "ALTER TABLE readings ALTER COLUMN b TYPE bigint");
            session
        });
        std::thread::sleep(std::time::Duration::from_secs(6));
        reader.batch_execute("COMMIT").expect("its end");
        let mut session = waiting.join().expect("the DDL");
        assert_eq!(measurements(&mut session), 1);
        let seconds: f64 = value(&mut session, "SELECT seconds FROM architect.measured_work");
        assert!(seconds < 5.5, "{seconds}");
    }

    #[test]
    fn recording_stops_nobody() {
        let db = large();
        let mut owner = connect(&db);
        owner.batch_execute("BEGIN; LOCK TABLE architect.measured_work").expect("a lock");
        let mut session = connect(&db);
        session.batch_execute("SET statement_timeout = '30s'").expect("a setting");
        let run = ok(&mut session, "CREATE INDEX idx_readings_b ON readings (b)");
        assert!(!run.messages.iter().any(|message| message.code == "PA000"), "{:?}", run.messages);
        // Reading does not wait either.
        let known: i64 = value(&mut session, "SELECT count(*) FROM architect.work_speeds() WHERE source = 'default'");
        assert_eq!(known, 3);
        owner.batch_execute("ROLLBACK").expect("the end");
        assert_eq!(measurements(&mut session), 0);
    }

    #[test]
    fn nobody_writes_measurements_but_the_extension() {
        let db = large();
        let name = app_role(&db);
        connect(&db)
            .batch_execute(&format!(
                "SET architect.mode = off; ALTER TABLE readings OWNER TO {name}; GRANT ALL ON SCHEMA public TO {name}"
            ))
            .expect("an owner");
        let mut session = connect(&db);
        session.batch_execute(&format!("SET ROLE {name}; SET search_path = public")).expect("a role");
        for sql in [
            "INSERT INTO architect.measured_work VALUES (gen_random_uuid(), now(), 'x', 1, 1, 1, 1)",
            "DELETE FROM architect.measured_work",
            "UPDATE architect.measured_work SET seconds = 1",
            "SELECT * FROM architect.measured_work",
        ] {
            fails(&mut session, sql, "42501");
        }
        // What it does is measured all the same, and it is told what follows from it.
        ok(&mut session, "CREATE INDEX idx_readings_b ON public.readings (b)");
        let measured: i64 =
            value(&mut session, "SELECT count(*) FROM architect.work_speeds() WHERE source = 'measured'");
        assert!(measured >= 1);
        let without_id: bool = value(
            &mut session,
            "SELECT (SELECT count(*) FROM architect.explain_ddl('ALTER TABLE public.readings ALTER COLUMN b TYPE bigint')) > 0
                AND pg_current_xact_id_if_assigned() IS NULL",
        );
        assert!(without_id);
        session.batch_execute("RESET ROLE").expect("a role");
        session.batch_execute("SET ROLE pg_monitor").expect("a role");
        assert_eq!(measurements(&mut session), 1);
        session.batch_execute("RESET ROLE").expect("a role");
        let dumped: bool = value(
            &mut session,
            "SELECT 'architect.measured_work'::regclass::oid = ANY (extconfig) FROM pg_extension WHERE extname = 'pg_architect'",
        );
        assert!(!dumped, "the speeds are those of this server");
    }

    #[test]
    fn a_finding_says_how_long_once_that_is_measured() {
        let db = large();
        let mut session = connect(&db);
        let detail = |session: &mut Session| -> String {
            let sql = "SELECT detail FROM architect.lint('CREATE INDEX idx_readings_b ON readings (b)') WHERE rule = 'index-not-concurrent'";
            value(session, sql)
        };
        assert!(!detail(&mut session).contains("about"), "defaults are no measurement");
        // A server that reads and sorts 10 MB in 100 s.
        session
            .batch_execute(
                "INSERT INTO architect.measured_work SELECT gen_random_uuid(), now(), 'CREATE INDEX', 1e7, 0, 0, 100;
                 INSERT INTO architect.measured_work SELECT gen_random_uuid(), now(), 'CREATE INDEX', 0, 0, 1e7, 100",
            )
            .expect("rows");
        let text = detail(&mut session);
        assert!(text.contains(" min by what was measured on this server: writes wait."), "{text}");
        let run = ok(&mut session, "SET architect.min_severity = info; CREATE INDEX idx_readings_b ON readings (b)");
        assert!(
            run.messages
                .iter()
                .any(|m| m.detail.as_deref().is_some_and(|d| d.contains("by what was measured on this server"))),
            "{:?}",
            run.messages
        );
        // A fast one: less than a second is not worth a word.
        session
            .batch_execute(
                "TRUNCATE architect.measured_work;
                 INSERT INTO architect.measured_work SELECT gen_random_uuid(), now(), 'CREATE INDEX', 1e9, 0, 0, 0.1;
                 INSERT INTO architect.measured_work SELECT gen_random_uuid(), now(), 'CREATE INDEX', 0, 0, 1e9, 0.1",
            )
            .expect("rows");
        let sql = "SELECT detail FROM architect.lint('CREATE INDEX idx_readings_a ON readings (a)') WHERE rule = 'index-not-concurrent'";
        let text: String = value(&mut session, sql);
        assert!(!text.contains("measured"), "{text}");
    }
}
