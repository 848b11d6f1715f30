//! What is said of VACUUM, bloat and whoever holds them back, against what PostgreSQL does: its own reading of storage options, the
//! rows that VACUUM removes, the blocks that a statement reads.

mod common;

use common::*;
use harness::{Cluster, Db, Options, Session};
use std::sync::Arc;

/// A fresh database, and a session in it in which the guard is silent.
#[track_caller]
fn stage(sql: &str) -> (Db, Session) {
    let db = database();
    let session = prepared(&db, sql);
    (db, session)
}

#[track_caller]
fn prepared(db: &Db, sql: &str) -> Session {
    let mut session = connect(db);
    ok(&mut session, &format!("SET architect.mode = off; {sql}"));
    session
}

/// The one text that a query gives.
#[track_caller]
fn text(session: &mut Session, sql: &str) -> String {
    value::<Option<String>>(session, sql).unwrap_or_else(|| "NULL".to_owned())
}

#[track_caller]
fn own_cluster(settings: &[(&str, &str)]) -> (Arc<Cluster>, Db) {
    let mut options = Options::from_environment().expect("a server");
    for (name, value) in settings {
        options = options.set(name, value);
    }
    let cluster = Arc::new(Cluster::start(&options).expect("a cluster"));
    let db = cluster.database().expect("a database");
    (cluster, db)
}

#[track_caller]
fn major(session: &mut Session) -> i32 {
    value(session, "SELECT current_setting('server_version_num')::int / 10000")
}

#[test]
fn a_script_loses_nothing_and_ends_nobody() {
    let (_cluster, db) = own_cluster(&[("max_prepared_transactions", "5"), ("wal_level", "logical")]);
    let mut session = prepared(
        &db,
        "CREATE TABLE parcels (id bigint PRIMARY KEY);
         CREATE TABLE prices (id bigint PRIMARY KEY, price numeric NOT NULL, opening timetz, paid_at timestamp);
         INSERT INTO prices VALUES (1, 1.2345, '10:00+05', '2026-01-01');
         SELECT pg_create_physical_replication_slot('left_now', true);
         SELECT architect.configure('xmin-horizon-blocked', parameters => '{\"minutes\": 0, \"transactions\": 1, \"slot_transactions\": 0}');
         SELECT architect.configure('slot-inactive', parameters => '{\"grace_minutes\": 10}');
         SELECT architect.configure('money-without-scale', 'warning')",
    );
    ok(&mut session, "SELECT pg_create_logical_replication_slot('unread', 'pgoutput')");
    let mut preparer = prepared(&db, "BEGIN; INSERT INTO parcels VALUES (2); PREPARE TRANSACTION 'two_phase'");
    let mut sleeper = prepared(&db, "BEGIN; INSERT INTO parcels VALUES (3)");
    ok(&mut session, "INSERT INTO parcels VALUES (4); INSERT INTO parcels VALUES (5)");
    let found = |session: &mut Session, rule: &str| {
        value::<i64>(session, &format!("SELECT count(*) FROM architect.check() WHERE rule = '{rule}'"))
    };
    // A slot whose reader has just left may be that of a standby that is restarting; before 17 nobody knows when it left.
    let slots = if major(&mut session) >= 17 { 0 } else { 2 };
    assert_eq!(found(&mut session, "slot-inactive"), slots);
    ok(&mut session, "SELECT architect.configure('slot-inactive', parameters => '{\"grace_minutes\": 0}')");
    assert_eq!(found(&mut session, "slot-inactive"), 2);
    assert!(found(&mut session, "xmin-horizon-blocked") >= 2);
    for rule in ["money-without-scale", "time-with-time-zone", "timestamp-without-time-zone"] {
        assert_eq!(found(&mut session, rule), 1, "{rule}");
    }
    let script = text(&mut session, "SELECT architect.fix_script()");
    for word in ["drop_replication", "ROLLBACK PREPARED", "terminate_backend", "ALTER COLUMN", "DROP "] {
        assert!(!script.contains(word), "{word}:\n{script}");
    }
    assert!(session.run(&script).error.is_none(), "{script}");
    assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM pg_replication_slots"), 2);
    assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM pg_prepared_xacts"), 1);
    assert_eq!(text(&mut session, "SELECT price::text FROM prices"), "1.2345");
    ok(&mut sleeper, "COMMIT");
    // The hint says how.
    let hints = text(&mut session, "SELECT string_agg(hint, ' ') FROM architect.check()");
    for word in ["pg_drop_replication_slot('left_now')", "ROLLBACK PREPARED 'two_phase'", "TYPE numeric(12,2)"] {
        assert!(hints.contains(word), "{word}:\n{hints}");
    }
    // Without rows nothing is lost, and the script has it.
    ok(&mut session, "TRUNCATE prices");
    let script = text(&mut session, "SELECT architect.fix_script(rules => '{money-without-scale}')");
    assert!(script.contains("TYPE numeric(12,2)"), "{script}");
    ok(&mut preparer, "COMMIT PREPARED 'two_phase'");
}

#[test]
fn only_holders_of_this_database_are_blamed() {
    let (cluster, db) = own_cluster(&[("max_prepared_transactions", "5"), ("autovacuum", "off")]);
    let mut session = prepared(
        &db,
        "CREATE TABLE t (id int); INSERT INTO t SELECT generate_series(1, 1000);
         SELECT architect.configure('xmin-horizon-blocked', parameters => '{\"minutes\": 0, \"transactions\": 1, \"slot_transactions\": 0}')",
    );
    let other = cluster.database().expect("another database");
    let mut there = prepared(&other, "CREATE TABLE u (id int)");
    ok(&mut there, "BEGIN; INSERT INTO u VALUES (1); PREPARE TRANSACTION 'elsewhere'");
    let mut writer = prepared(&other, "BEGIN; INSERT INTO u VALUES (2)");
    ok(&mut session, "DELETE FROM t");
    let blamed = "SELECT (SELECT count(*) FROM architect.vacuum_health WHERE scope = 'horizon')
                       + (SELECT count(*) FROM architect.check() WHERE rule = 'xmin-horizon-blocked')";
    let holders = text(
        &mut session,
        "SELECT (SELECT string_agg(v::text, '; ') FROM architect.vacuum_health AS v WHERE scope = 'horizon')",
    );
    assert_eq!(holders, "NULL");
    assert_eq!(value::<i64>(&mut session, blamed), 0);
    // VACUUM agrees: it removes all rows.
    ok(&mut session, "VACUUM t");
    assert_eq!(value::<i64>(&mut session, "SELECT pg_relation_size('t')"), 0);
    ok(&mut writer, "COMMIT");
    ok(&mut there, "ROLLBACK PREPARED 'elsewhere'");

    // The same here is to blame.
    let mut holder = prepared(&db, "CREATE TABLE u (id int)");
    ok(&mut holder, "BEGIN; INSERT INTO u VALUES (1); PREPARE TRANSACTION 'here'");
    ok(&mut session, "INSERT INTO t SELECT generate_series(1, 1000)");
    ok(&mut session, "DELETE FROM t");
    ok(&mut session, "VACUUM t");
    assert!(value::<i64>(&mut session, "SELECT pg_relation_size('t')") > 0);
    assert_eq!(value::<i64>(&mut session, blamed), 2);
    ok(&mut holder, "ROLLBACK PREPARED 'here'");
}

#[test]
fn options_are_read_as_the_server_reads_them() {
    // Autovacuum is on, and asleep.
    let (_cluster, db) = own_cluster(&[("autovacuum", "on"), ("autovacuum_naptime", "1h")]);
    let mut session = connect(&db);
    ok(&mut session, "SET architect.mode = off");
    // What the server takes, and how it reads it.
    for (number, (option, read, column)) in (1..).zip([
        ("autovacuum_freeze_max_age = 2e8", 200_000_000, "freeze_max_age"),
        ("autovacuum_freeze_max_age = 1e6", 1_000_000, "freeze_max_age"),
        ("autovacuum_freeze_max_age = '0x30D40'", 200_000, "freeze_max_age"),
        ("autovacuum_freeze_max_age = ' 100000 '", 100_000, "freeze_max_age"),
        ("autovacuum_freeze_max_age = '0303240'", 100_000, "freeze_max_age"),
        ("autovacuum_freeze_max_age = 100000.6", 100_001, "freeze_max_age"),
        ("autovacuum_multixact_freeze_max_age = 1e5", 100_000, "multixact_freeze_max_age"),
        ("autovacuum_vacuum_threshold = '0x10', autovacuum_vacuum_scale_factor = ' 0 '", 16, "vacuum_threshold"),
        ("autovacuum_vacuum_threshold = '010', autovacuum_vacuum_scale_factor = '0x0'", 8, "vacuum_threshold"),
        ("autovacuum_vacuum_threshold = 2.5, autovacuum_vacuum_scale_factor = 1e-60", 2, "vacuum_threshold"),
        ("autovacuum_analyze_threshold = ' +7', autovacuum_analyze_scale_factor = '.0'", 7, "analyze_threshold"),
        ("autovacuum_vacuum_insert_threshold = '-0x1'", -1, "insert_threshold"),
    ]) {
        ok(&mut session, &format!("CREATE TABLE o{number} (id int) WITH ({option})"));
        let found: i64 = value(
            &mut session,
            &format!(
                "SELECT coalesce({column}, -1) FROM architect.vacuum_health WHERE scope = 'table' AND name = 'o{number}'"
            ),
        );
        assert_eq!(found, read, "{option}");
    }
    // What cannot be read is not there, and the view is.
    ok(
        &mut session,
        "CREATE TABLE odd (id int); UPDATE pg_class SET reloptions = '{autovacuum_freeze_max_age=x,autovacuum_vacuum_scale_factor=}' WHERE relname = 'odd'",
    );
    assert_eq!(
        value::<i64>(&mut session, "SELECT freeze_max_age FROM architect.vacuum_health WHERE name = 'odd'"),
        200_000_000
    );
    // This session's own track_counts is not the server's.
    let off = "SELECT count(*) FROM architect.vacuum_health WHERE verdict = 'autovacuum off'";
    assert_eq!(value::<i64>(&mut session, off), 0);
    ok(&mut session, "SET track_counts = off");
    assert_eq!(value::<i64>(&mut session, off), 0);
    ok(&mut session, "RESET track_counts");
}

#[test]
fn thresholds_with_a_fraction() {
    let (_cluster, db) = own_cluster(&[("autovacuum", "on"), ("autovacuum_naptime", "1h")]);
    let mut session = prepared(
        &db,
        "CREATE TABLE t (id int); INSERT INTO t SELECT generate_series(1, 103); SELECT pg_stat_force_next_flush()",
    );
    ok(&mut session, "VACUUM (ANALYZE) t");
    let row = |session: &mut Session| {
        text(
            session,
            "SELECT concat_ws(' ', verdict, dead_rows, vacuum_threshold, rows_to_vacuum, modified_rows, analyze_threshold, rows_to_analyze)
             FROM architect.vacuum_health WHERE scope = 'table' AND name = 't'",
        )
    };
    // 50 + 20 % of 103 are 70.6 dead rows, 50 + 10 % 60.3 changed ones.
    for (deleted, expected) in [
        (60, "ok 60 70 11 60 60 1"),
        (61, "analyze due 61 70 10 61 60 0"),
        (70, "analyze due 70 70 1 70 60 0"),
        (71, "vacuum due 71 70 0 71 60 0"),
    ] {
        ok(&mut session, &format!("DELETE FROM t WHERE id <= {deleted}"));
        ok(&mut session, "SELECT pg_stat_force_next_flush()");
        assert_eq!(row(&mut session), expected);
    }
}

#[test]
fn a_toast_table_has_options_of_its_own() {
    let (_cluster, db) = own_cluster(&[("autovacuum", "on"), ("autovacuum_naptime", "1s")]);
    let mut session = prepared(
        &db,
        "CREATE TABLE limited (id int, t text) WITH (toast.autovacuum_freeze_max_age = 100000, autovacuum_enabled = off);
         CREATE TABLE bare (id int, t text) WITH (autovacuum_enabled = off);
         CREATE TABLE inherits (id int, t text) WITH (autovacuum_freeze_max_age = 100000, autovacuum_enabled = off);
         CREATE TABLE own (id int, t text) WITH (autovacuum_freeze_max_age = 100000, toast.autovacuum_vacuum_threshold = 7);
         CREATE PROCEDURE burn(n int) LANGUAGE plpgsql AS 'BEGIN FOR i IN 1..n LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END'",
    );
    let evidence = |session: &mut Session, name: &str| {
        text(
            session,
            &format!(
                "SELECT coalesce(evidence, '') FROM architect.vacuum_health WHERE scope = 'table' AND name = '{name}'"
            ),
        )
    };
    assert!(evidence(&mut session, "limited").contains("TOAST table has autovacuum on"));
    assert!(!evidence(&mut session, "bare").contains("TOAST table has"));
    ok(&mut session, "ALTER SYSTEM SET autovacuum_naptime = '1h'; ");
    ok(&mut session, "SELECT pg_reload_conf()");
    ok(&mut session, "SET synchronous_commit = off; CALL burn(100100)");
    let row = |session: &mut Session, name: &str| {
        text(
            session,
            &format!(
                "SELECT concat_ws(' ', verdict, freeze_max_age, evidence ~ 'past its limit') FROM architect.vacuum_health WHERE scope = 'table' AND name = '{name}'"
            ),
        )
    };
    assert_eq!(row(&mut session, "limited"), "freeze overdue 100000 t");
    assert_eq!(row(&mut session, "inherits"), "freeze overdue 100000 t");
    assert_eq!(row(&mut session, "own"), "freeze overdue 100000");
    assert_eq!(row(&mut session, "bare"), "autovacuum off 200000000 f");
    // Autovacuum does what was said: it freezes those that are past their limits, and no others.
    let ages = "SELECT string_agg(c.relname || CASE WHEN age(c.relfrozenxid) > 100000 THEN ' old' ELSE ' young' END
                       || CASE WHEN age(t.relfrozenxid) > 100000 THEN ' old' ELSE ' young' END, ', ' ORDER BY c.relname)
                FROM pg_class c JOIN pg_class t ON t.oid = c.reltoastrelid WHERE c.relname IN ('limited', 'bare', 'inherits', 'own')";
    assert_eq!(text(&mut session, ages), "bare old old, inherits old old, limited old old, own old old");
    ok(&mut session, "ALTER SYSTEM SET autovacuum_naptime = '1s'");
    ok(&mut session, "SELECT pg_reload_conf()");
    let expected = "bare old old, inherits young young, limited old young, own young old";
    for _ in 0..120 {
        if text(&mut session, ages) == expected {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(500));
    }
    assert_eq!(text(&mut session, ages), expected);
}

#[test]
fn a_fillfactor_is_read_as_the_server_reads_it() {
    let (_db, mut session) = stage("CREATE TABLE made (id int)");
    for (number, (option, same)) in
        (1..).zip([("0x64", 100), ("0x5A", 90), ("0144", 100), (" 70 ", 70), ("7e1", 70), ("70.4", 70), ("012", 10)])
    {
        ok(
            &mut session,
            &format!(
                "CREATE TABLE a{number} (id int) WITH (fillfactor = '{option}'); CREATE TABLE b{number} (id int) WITH (fillfactor = {same});
                 INSERT INTO a{number} SELECT g * 7919 % 20011 FROM generate_series(1, 20000) AS g; INSERT INTO b{number} TABLE a{number};
                 CREATE INDEX a{number}_id ON a{number} (id) WITH (fillfactor = '{option}');
                 CREATE INDEX b{number}_id ON b{number} (id) WITH (fillfactor = {same});
                 ANALYZE a{number}; ANALYZE b{number}"
            ),
        );
        // The server has read both alike; so do we.
        assert!(
            value::<bool>(
                &mut session,
                &format!(
                    "SELECT pg_relation_size('a{number}') = pg_relation_size('b{number}')
                            AND pg_relation_size('a{number}_id') = pg_relation_size('b{number}_id')"
                )
            ),
            "{option}"
        );
        for (view, column, name) in [("index_usage", "index_name", "_id"), ("table_health", "table_name", "")] {
            let bloat = |session: &mut Session, letter: char| {
                text(
                    session,
                    &format!(
                        "SELECT concat(bloat_bytes, ' ', bloat_percent, ' ', bloat_method) FROM architect.{view} WHERE {column} = '{letter}{number}{name}'"
                    ),
                )
            };
            let (read, plain) = (bloat(&mut session, 'a'), bloat(&mut session, 'b'));
            assert_eq!(read, plain, "{view} {option}");
            let percent: f64 = read.split(' ').nth(1).and_then(|text| text.parse().ok()).expect("a percentage");
            assert!((0.0..=20.0).contains(&percent), "{view} {option}: {read}");
        }
        let (read, plain) = (
            text(
                &mut session,
                &format!(
                    "SELECT count(*)::text FROM architect.check() WHERE object LIKE '%a{number}%' AND rule LIKE '%bloat'"
                ),
            ),
            "0",
        );
        assert_eq!(read, plain, "{option}");
    }
}

#[test]
fn keys_that_are_stored_out_of_line_are_not_measured() {
    let (_db, mut session) = stage(
        "CREATE FUNCTION noise(n int, seed int) RETURNS text LANGUAGE sql AS
             'SELECT string_agg(md5(seed || ''/'' || g), '''') FROM generate_series(1, n) AS g';
         CREATE TABLE page (id int, url text, title text, body text);
         INSERT INTO page SELECT g, noise(28, g), noise(27, g + 100000), noise(26, g + 200000) FROM generate_series(1, 14000) AS g;
         CREATE INDEX page_url ON page (url); CREATE INDEX page_id ON page (id); ANALYZE page;
         CREATE TABLE plain (id int, code text); INSERT INTO plain SELECT g, 'code ' || g FROM generate_series(1, 100000) AS g;
         CREATE INDEX plain_code ON plain (code); ANALYZE plain; SELECT pg_stat_force_next_flush();
         SELECT architect.configure('index-bloat', parameters => '{\"min_index_bytes\": 100000}')",
    );
    assert!(
        value::<i32>(&mut session, "SELECT avg_width FROM pg_stats WHERE tablename = 'page' AND attname = 'url'") < 40
    );
    for moment in ["before VACUUM", "after VACUUM"] {
        let method = |session: &mut Session, index: &str| {
            text(
                session,
                &format!(
                    "SELECT verdict || ', ' || bloat_method FROM architect.index_usage WHERE index_name = '{index}'"
                ),
            )
        };
        let url = method(&mut session, "page_url");
        assert!(url.contains("out of line") && !url.contains("bloated"), "{moment}: {url}");
        // What has no such keys is judged as ever.
        for index in ["page_id", "plain_code"] {
            let other = method(&mut session, index);
            assert!(other.contains("estimate"), "{moment}: {index}: {other}");
        }
        assert_eq!(
            text(&mut session, "SELECT count(*)::text FROM architect.check() WHERE rule = 'index-bloat'"),
            "0",
            "{moment}"
        );
        ok(&mut session, "VACUUM page");
    }
    // Nor can be said how much is sorted and read for another index on it.
    let work = |session: &mut Session, sql: &str| {
        text(
            session,
            &format!(
                "SELECT coalesce(max(sort_bytes)::text, 'unknown') FROM architect.explain_ddl('{sql}') WHERE role = 'target'"
            ),
        )
    };
    assert_eq!(work(&mut session, "CREATE INDEX ON page (url)"), "unknown");
    assert_ne!(work(&mut session, "CREATE INDEX ON page (id)"), "unknown");
    let sorted: f64 = work(&mut session, "CREATE INDEX ON plain (code)").parse().expect("bytes");
    let size: i64 = value(&mut session, "SELECT pg_relation_size('plain_code')");
    assert!((0.7..1.4).contains(&(sorted / size as f64)), "{sorted} {size}");
}

#[test]
fn virtual_columns_are_no_bloat() {
    let (_db, mut session) = stage("");
    if major(&mut session) < 18 {
        return;
    }
    ok(
        &mut session,
        "CREATE TABLE v (a bigint NOT NULL, b int NOT NULL, c int NOT NULL, d int NOT NULL, e int NOT NULL, f int NOT NULL, g int NOT NULL,
                         h int NOT NULL, i int GENERATED ALWAYS AS (b + 1) VIRTUAL);
         INSERT INTO v SELECT n, n, n, n, n, n, n, n FROM generate_series(1, 50000) AS n; VACUUM (ANALYZE) v",
    );
    let percent = text(&mut session, "SELECT bloat_percent::text FROM architect.table_health WHERE table_name = 'v'");
    assert!(percent.parse::<f64>().expect("a percentage") < 3.0, "{percent}");
}

#[test]
fn frozen_pages_bring_the_vacuum_for_inserts_nearer() {
    // VACUUM takes a page for all-visible only when the commits of its rows are on disk.
    let (_db, mut session) = stage(
        "SET synchronous_commit = on; CREATE TABLE t (id int); INSERT INTO t SELECT generate_series(1, 100000); SELECT pg_stat_force_next_flush();
         SELECT architect.configure('vacuum-lag', parameters => '{\"days\": 0, \"min_rows\": 10, \"min_counter_days\": 0}')",
    );
    ok(&mut session, "VACUUM (FREEZE, ANALYZE) t");
    assert!(value::<bool>(&mut session, "SELECT relallvisible = relpages FROM pg_class WHERE relname = 't'"));
    ok(&mut session, "INSERT INTO t SELECT generate_series(1, 3000)");
    ok(&mut session, "SELECT pg_stat_force_next_flush()");
    // 1000 rows and 20 % of those that are not frozen: before 18 of all.
    let due = value::<bool>(
        &mut session,
        "SELECT inserted_rows > insert_threshold FROM architect.vacuum_health WHERE scope = 'table' AND name = 't'",
    );
    assert_eq!(due, major(&mut session) >= 18);
    let found = value::<i64>(&mut session, "SELECT count(*) FROM architect.check() WHERE rule = 'vacuum-lag'");
    assert_eq!(found, i64::from(due));
}

#[test]
fn a_foreign_key_reads_both_tables_once() {
    let (_db, mut session) = stage(
        "CREATE TABLE parent (id int PRIMARY KEY, filler text); INSERT INTO parent SELECT g, repeat('x', 200) FROM generate_series(1, 50000) AS g;
         CREATE TABLE child (parent_id int, filler text); INSERT INTO child SELECT g, repeat('x', 100) FROM generate_series(1, 50000) AS g;
         CREATE TABLE other (id int PRIMARY KEY, parent_id int, own_id int);
         INSERT INTO other SELECT g, g, g FROM generate_series(1, 50000) AS g",
    );
    ok(&mut session, "VACUUM (ANALYZE) parent, child, other");
    ok(&mut session, "SET max_parallel_workers_per_gather = 0");
    let read = |session: &mut Session, sql: &str| {
        text(
            session,
            &format!(
                "SELECT string_agg(relation || ' ' || (read_bytes / 8192), ', ' ORDER BY relation) FROM architect.explain_ddl('{sql}')"
            ),
        )
    };
    let blocks = |session: &mut Session, table: &str| {
        value::<i64>(session, &format!("SELECT pg_relation_size('{table}') / 8192"))
    };
    let add = "ALTER TABLE child ADD FOREIGN KEY (parent_id) REFERENCES parent";
    let (child, parent, other) =
        (blocks(&mut session, "child"), blocks(&mut session, "parent"), blocks(&mut session, "other"));
    assert_eq!(read(&mut session, add), format!("public.child {child}, public.parent {parent}"));
    // PostgreSQL reads that: the one once, of the other its pages or its index.
    ok(&mut session, "SELECT pg_stat_force_next_flush()");
    let fetched = "SELECT pg_stat_get_blocks_fetched('child'::regclass)";
    let index =
        "SELECT pg_stat_get_blocks_fetched('parent'::regclass) + pg_stat_get_blocks_fetched('parent_pkey'::regclass)";
    let before: (i64, i64) = (value(&mut session, fetched), value(&mut session, index));
    ok(&mut session, add);
    ok(&mut session, "SELECT pg_stat_force_next_flush()");
    let after: (i64, i64) = (value(&mut session, fetched), value(&mut session, index));
    let child_read = after.0 - before.0;
    assert!((child..child + child / 10 + 10).contains(&child_read), "{child_read} of {child}");
    let parent_read = after.1 - before.1;
    assert!(parent_read > 50 && parent_read < parent + parent / 10 + 10, "{parent_read} of {parent}");
    // Two keys, one to the table itself.
    assert_eq!(
        read(
            &mut session,
            "ALTER TABLE other ADD FOREIGN KEY (parent_id) REFERENCES parent, ADD FOREIGN KEY (own_id) REFERENCES other"
        ),
        format!("public.other {}, public.parent {parent}", 3 * other)
    );
}
