//! The views about relationships and the running server: each verdict with a case where it holds and one where it does not.

mod common;

use common::standby::Standby;
use common::*;
use harness::{Cluster, Db, Options, Session};
use std::sync::Arc;

/// Every view of this file, and the function, for what must hold for all of them.
const READS: [&str; 8] = [
    "architect.relationship_catalog",
    "architect.security_posture",
    "architect.settings_advice",
    "architect.connection_health",
    "architect.replication_health",
    "architect.lock_tree",
    "architect.capacity",
    "architect.cascade_fanout('public.customers')",
];

/// A superuser's session in which DDL is not judged.
#[track_caller]
fn quiet(db: &Db) -> Session {
    let mut session = connect(db);
    session.batch_execute("SET architect.mode = off").expect("a setting");
    session
}

/// A session of a role that has pg_monitor and no more.
#[track_caller]
fn monitor(db: &Db) -> Session {
    let name = role(db, "monitor");
    connect(db).batch_execute(&format!("SET architect.mode = off; GRANT pg_monitor TO {name}")).expect("a grant");
    db.connect_as(&name).expect("a session")
}

/// The rows of a query of one column of text; nothing is written as `-`.
#[track_caller]
fn rows(session: &mut Session, query: &str) -> Vec<String> {
    let rows = session.query(query, &[]).unwrap_or_else(|error| panic!("{error:?}\nin: {query}"));
    rows.iter().map(|row| row.get::<_, Option<String>>(0).unwrap_or_else(|| "-".to_owned())).collect()
}

#[test]
fn they_need_no_more_than_pg_monitor_and_wait_for_nobody() {
    let db = shop();
    let mut admin = quiet(&db);
    ok(&mut admin, "CREATE SEQUENCE numbers; CREATE TABLE lines (order_id bigint REFERENCES orders ON DELETE CASCADE)");
    let mut busy = quiet(&db);
    ok(
        &mut busy,
        "BEGIN; LOCK TABLE orders, customers, lines IN ACCESS EXCLUSIVE MODE; ALTER SEQUENCE numbers INCREMENT 2",
    );
    let mut reader = monitor(&db);
    ok(&mut reader, "SET lock_timeout = '1s'; SET default_transaction_read_only = on");
    let mut nobody = db.connect_as(&role(&db, "nobody")).expect("a session");
    ok(&mut admin, "SET lock_timeout = '1s'");
    for read in READS {
        for session in [&mut reader, &mut admin] {
            let number: i64 = value(session, &format!("SELECT count(r::text) FROM {read} AS r"));
            assert!(number > 0 || read.contains("lock_tree") || read.contains("fanout"), "{read}");
        }
        fails(&mut nobody, &format!("SELECT * FROM {read}"), "42501");
    }
    ok(&mut busy, "ROLLBACK");
    // What is granted by hand works too, and is honest about what it cannot see.
    let name: String = value(&mut nobody, "SELECT current_user::text");
    ok(&mut admin, &format!("GRANT SELECT ON ALL TABLES IN SCHEMA architect TO {name}"));
    ok(&mut admin, &format!("GRANT EXECUTE ON FUNCTION architect.visible_hba_rules() TO {name}"));
    for (view, rows_of) in [
        ("connection_health", "check_name IN ('server connections', 'sessions in state', 'transaction age')"),
        ("capacity", "resource = 'connections'"),
        ("security_posture", "check_name IN ('pg_hba.conf', 'session without TLS')"),
    ] {
        assert_eq!(
            rows(&mut nobody, &format!("SELECT DISTINCT state FROM architect.{view} WHERE {rows_of}")),
            ["not judged"],
            "{view}"
        );
        let seen = rows(&mut admin, &format!("SELECT DISTINCT state FROM architect.{view} WHERE {rows_of}"));
        assert!(!seen.contains(&"not judged".to_owned()), "{view}: {seen:?}");
    }
}

#[test]
fn states_are_of_four_words_and_reasons_are_given() {
    let db = shop();
    let mut session = quiet(&db);
    for view in READS.iter().filter(|read| !read.contains('(')) {
        assert_eq!(
            rows(
                &mut session,
                &format!(
                    "SELECT DISTINCT state FROM {view} WHERE state NOT IN ('ok', 'warning', 'critical', 'not judged') OR state IS NULL"
                )
            ),
            [""; 0],
            "{view}"
        );
        assert_eq!(
            rows(
                &mut session,
                &format!("SELECT v::text FROM {view} AS v WHERE state <> 'ok' AND coalesce(reason, '') = ''")
            ),
            [""; 0],
            "{view}"
        );
    }
}

const RELATIONS: &str = "
    CREATE TABLE customer (id bigint PRIMARY KEY, region int NOT NULL DEFAULT 1, UNIQUE (region, id));
    CREATE TABLE profile (customer_id bigint PRIMARY KEY REFERENCES customer ON DELETE CASCADE);
    CREATE TABLE badge (customer_id bigint REFERENCES customer);
    CREATE UNIQUE INDEX ON badge (customer_id) WHERE customer_id IS NOT NULL;
    CREATE TABLE invoice (id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customer ON DELETE RESTRICT, open boolean);
    CREATE UNIQUE INDEX ON invoice (customer_id) WHERE open;
    CREATE TABLE tag (id bigint PRIMARY KEY, parent_id bigint REFERENCES tag ON DELETE CASCADE);
    CREATE INDEX ON tag (parent_id);
    CREATE TABLE invoice_tag (invoice_id bigint REFERENCES invoice ON DELETE CASCADE, tag_id bigint REFERENCES tag DEFERRABLE INITIALLY DEFERRED,
        PRIMARY KEY (invoice_id, tag_id));
    CREATE TABLE visit (customer_id bigint, region int, FOREIGN KEY (region, customer_id) REFERENCES customer (region, id));
    CREATE INDEX ON visit (customer_id, region);
    CREATE TABLE broken (tag_id bigint NOT NULL REFERENCES tag ON DELETE SET NULL);
    CREATE TABLE later (tag_id bigint);
    ALTER TABLE later ADD FOREIGN KEY (tag_id) REFERENCES tag NOT VALID;
    CREATE TABLE log (id bigint, at date NOT NULL, customer_id bigint REFERENCES customer, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
    CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    INSERT INTO customer SELECT g FROM generate_series(1, 100) AS g;
    INSERT INTO invoice SELECT g, 1 + g % 100, false FROM generate_series(1, 1000) AS g;
    INSERT INTO log SELECT g, '2024-05-05', 1 FROM generate_series(1, 300) AS g;
    INSERT INTO log SELECT g, '2025-05-05', 1 FROM generate_series(1, 200) AS g;
    ANALYZE;";

#[test]
fn a_relationship_has_its_cardinality() {
    let db = database();
    let mut session = quiet(&db);
    ok(&mut session, RELATIONS);
    let mut row = |child: &str, columns: &str| -> String {
        value(
            &mut session,
            &format!(
                "SELECT concat_ws(' | ', {columns}) FROM architect.relationship_catalog WHERE child_table || '.' || array_to_string(child_columns, ',') = '{child}'"
            ),
        )
    };
    let what = "cardinality, optionality, on_delete, state";
    assert_eq!(row("profile.customer_id", what), "1:1 | mandatory | CASCADE | ok");
    // A unique index on what is not NULL is a key of the reference; one on some of the rows is none, and serves no reference.
    assert_eq!(row("badge.customer_id", what), "1:1 | optional | NO ACTION | ok");
    assert_eq!(row("invoice.customer_id", what), "1:N | mandatory | RESTRICT | warning");
    assert_eq!(row("tag.parent_id", "cardinality, self_reference, state"), "1:N | t | ok");
    assert_eq!(
        row("invoice_tag.invoice_id", "cardinality, junction_with, index_name"),
        "M:N | {public.tag} | invoice_tag_pkey"
    );
    assert_eq!(
        row("invoice_tag.tag_id", "cardinality, junction_with, coalesce(index_name, '-'), deferrability, state"),
        "M:N | {public.invoice} | - | DEFERRABLE INITIALLY DEFERRED | warning"
    );
    assert_eq!(
        row("visit.region,customer_id", "parent_columns, optionality, index_name"),
        "{region,id} | optional, and one NULL of several columns suffices | visit_customer_id_region_idx"
    );
    assert_eq!(row("broken.tag_id", "on_delete, on_delete_columns, state"), "SET NULL | {tag_id} | critical");
    assert_eq!(row("later.tag_id", "validity, state"), "not valid | warning");
    // One row for the tree, with the rows of its partitions.
    assert_eq!(row("log.customer_id", "child_rows, parent_rows, state"), "500 | 100 | warning");
    let trees = "SELECT count(*) FROM architect.relationship_catalog WHERE child_table LIKE 'log%'";
    assert_eq!(value::<i64>(&mut session, trees), 1);
    assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM architect.relationship_catalog"), 10);
    // PostgreSQL's own word on the one that cannot work.
    ok(&mut session, "INSERT INTO tag VALUES (1); INSERT INTO broken VALUES (1)");
    fails(&mut session, "DELETE FROM tag", "23502");
    if cluster(&db).major() >= 18 {
        ok(&mut session, "CREATE TABLE loose (tag_id bigint REFERENCES tag NOT ENFORCED)");
        let loose = "SELECT validity || ' ' || state FROM architect.relationship_catalog WHERE child_table = 'loose'";
        assert_eq!(value::<String>(&mut session, loose), "not enforced warning");
    }
}

/// What serves a foreign key is what PostgreSQL's own query for it uses when it may not scan.
#[test]
fn an_index_that_serves_is_one_that_postgresql_uses() {
    let db = database();
    let mut session = quiet(&db);
    ok(
        &mut session,
        // Without seqscans every plan looks dear enough to be compiled, which takes longer than all the rest.
        "SET jit = off; CREATE TABLE parent (a bigint, b bigint, PRIMARY KEY (a, b)); CREATE TABLE word (w text PRIMARY KEY); CREATE TABLE one (a bigint PRIMARY KEY)",
    );
    let cases = [
        ("one", "a", "CREATE INDEX ON child (a)"),
        ("one", "a", "CREATE INDEX ON child (a, b)"),
        ("one", "a", "CREATE INDEX ON child (b, a)"),
        ("one", "a", "CREATE INDEX ON child (b) INCLUDE (a)"),
        ("one", "a", "CREATE INDEX ON child (a) WHERE a IS NOT NULL"),
        ("one", "a", "CREATE INDEX ON child (a) WHERE b IS NOT NULL"),
        ("one", "a", "CREATE INDEX ON child (a) WHERE a > 0"),
        ("one", "a", "CREATE INDEX ON child ((a + 0))"),
        ("one", "a", "CREATE INDEX ON child USING hash (a)"),
        (
            "one",
            "a",
            "CREATE INDEX ON child (a); UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'child_a_idx'::regclass",
        ),
        ("parent", "a, b", "CREATE INDEX ON child (b, a, w)"),
        ("word", "w", "CREATE INDEX ON child (w)"),
        ("word", "w", "CREATE INDEX ON child (w text_pattern_ops)"),
        ("word", "w", "CREATE INDEX ON child (w COLLATE \"C\")"),
        ("word", "w", "CREATE INDEX ON child (w COLLATE \"POSIX\")"),
    ];
    for (parent, columns, index) in cases {
        ok(
            &mut session,
            &format!(
                "DROP TABLE IF EXISTS child; CREATE TABLE child (a bigint, b bigint, w text, x int, FOREIGN KEY ({columns}) REFERENCES {parent});
                 INSERT INTO child (x) SELECT g FROM generate_series(1, 1000) AS g; SET allow_system_table_mods = on; {index}; ANALYZE child"
            ),
        );
        let ours: bool = value(&mut session, "SELECT index_name IS NOT NULL FROM architect.relationship_catalog");
        // As ri_triggers.c builds it: the parent's value on the left, by the key's own equality.
        let conditions: Vec<String> = columns
            .split(", ")
            .enumerate()
            .map(|(n, column)| format!("${} OPERATOR(pg_catalog.=) {column}", n + 1))
            .collect();
        let types = if columns == "w" { "text" } else { "bigint, bigint" };
        let values = if columns == "w" { "'x'" } else { "1, 1" };
        ok(
            &mut session,
            &format!(
                "DEALLOCATE ALL; SET enable_seqscan = off; SET enable_bitmapscan = off; SET plan_cache_mode = force_generic_plan;
                 PREPARE ri ({types}) AS SELECT 1 FROM ONLY child x WHERE {} FOR KEY SHARE OF x",
                conditions.join(" AND ")
            ),
        );
        let plan = rows(&mut session, &format!("EXPLAIN EXECUTE ri ({values})")).join("\n");
        let condition = plan.lines().find(|line| line.contains("Index Cond")).unwrap_or_default();
        // btree reads (b, a) for a = 1 too, from end to end; that is no service.
        let leads = !index.contains("(b, a)");
        assert_eq!(ours, columns.split(", ").all(|column| condition.contains(column)) && leads, "{index}\n{plan}");
    }
}

#[test]
fn a_cascade_is_walked_once_and_its_rows_are_counted() {
    let db = database();
    let mut session = quiet(&db);
    ok(
        &mut session,
        "CREATE TABLE customer (id bigint PRIMARY KEY, best bigint);
         CREATE TABLE invoice (id bigint PRIMARY KEY, customer_id bigint REFERENCES customer ON DELETE CASCADE);
         CREATE TABLE line (id bigint PRIMARY KEY, invoice_id bigint REFERENCES invoice ON DELETE CASCADE, customer_id bigint REFERENCES customer ON DELETE CASCADE);
         CREATE TABLE note (line_id bigint REFERENCES line ON DELETE SET NULL);
         ALTER TABLE customer ADD CONSTRAINT customer_best_fkey FOREIGN KEY (best) REFERENCES line ON DELETE CASCADE;
         CREATE INDEX ON invoice (customer_id);
         INSERT INTO customer SELECT g FROM generate_series(1, 10) AS g;
         INSERT INTO invoice SELECT g, 1 + g % 10 FROM generate_series(1, 100) AS g;
         INSERT INTO line SELECT g, 1 + g % 100 FROM generate_series(1, 500) AS g; ANALYZE",
    );
    let all = "SELECT concat_ws(' | ', depth, path, constraint_name, rows_per_deleted_row, indexed, returns, state) FROM architect.cascade_fanout('customer') ORDER BY constraint_name";
    assert_eq!(
        rows(&mut session, all),
        [
            "2 | {public.customer,public.line,public.customer} | customer_best_fkey | 1.00 | f | t | warning",
            "1 | {public.customer,public.invoice} | invoice_customer_id_fkey | 10.00 | t | f | ok",
            "1 | {public.customer,public.line} | line_customer_id_fkey | 50.00 | f | f | warning",
            "2 | {public.customer,public.invoice,public.line} | line_invoice_id_fkey | 50.00 | f | f | warning",
        ]
    );
    // What the estimate promises is what a DELETE takes.
    ok(
        &mut session,
        "ALTER TABLE customer DROP CONSTRAINT customer_best_fkey; BEGIN; DELETE FROM customer WHERE id = 3",
    );
    assert_eq!(value::<i64>(&mut session, "SELECT 100 - count(*) FROM invoice"), 10);
    assert_eq!(value::<i64>(&mut session, "SELECT 500 - count(*) FROM line"), 50);
    ok(&mut session, "ROLLBACK");
    assert_eq!(rows(&mut session, "SELECT table_name FROM architect.cascade_fanout('note')"), [""; 0]);
    // Partitions: a reference to a leaf counts for the tree, one to another leaf does not count for a leaf.
    ok(
        &mut session,
        "CREATE TABLE log (id bigint, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
         CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
         CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
         CREATE TABLE of_tree (id bigint, at date, FOREIGN KEY (id, at) REFERENCES log ON DELETE CASCADE);
         CREATE TABLE of_leaf (id bigint, at date, FOREIGN KEY (id, at) REFERENCES log_1 ON DELETE CASCADE)",
    );
    for (table, expected) in [
        ("log", vec!["public.of_leaf", "public.of_tree"]),
        ("log_1", vec!["public.of_leaf", "public.of_tree"]),
        ("log_2", vec!["public.of_tree"]),
    ] {
        let names = format!("SELECT table_name FROM architect.cascade_fanout('public.{table}') ORDER BY 1");
        assert_eq!(rows(&mut session, &names), expected, "{table}");
    }
    // Names.
    ok(
        &mut session,
        "CREATE SCHEMA \"Odd one\"; CREATE TABLE \"Odd one\".\"T\" (i int PRIMARY KEY); CREATE TABLE \"Odd one\".line (i int)",
    );
    assert_eq!(rows(&mut session, "SELECT table_name FROM architect.cascade_fanout('\"Odd one\".\"T\"')"), [""; 0]);
    for name in ["line", "nothing", "public.nothing", "a.b.c"] {
        fails(&mut session, &format!("SELECT * FROM architect.cascade_fanout('{name}')"), "42P01");
    }
}

/// A mesh of cascades has exponentially many paths; each constraint is told once, at once.
#[test]
fn a_mesh_of_cascades_is_no_explosion() {
    let db = database();
    let mut session = quiet(&db);
    let mut sql = String::from("CREATE TABLE t0 (id bigint PRIMARY KEY);");
    for n in 1..40 {
        let columns: Vec<String> =
            (0..n).rev().take(6).map(|m| format!("r{m} bigint REFERENCES t{m} ON DELETE CASCADE")).collect();
        sql.push_str(&format!("CREATE TABLE t{n} (id bigint PRIMARY KEY, {});", columns.join(", ")));
    }
    ok(&mut session, &sql);
    ok(&mut session, "SET statement_timeout = '10s'");
    let edges: i64 = value(&mut session, "SELECT count(*) FROM architect.cascade_fanout('t0')");
    assert_eq!(edges, value::<i64>(&mut session, "SELECT count(*) FROM pg_constraint WHERE contype = 'f'"));
}

#[test]
fn the_lock_tree_has_everybody_once() {
    let db = shop();
    let mut admin = quiet(&db);
    let name = db.name().to_owned();
    let mine = format!("FROM architect.lock_tree WHERE database_name = '{name}'");
    assert_eq!(value::<i64>(&mut admin, &format!("SELECT count(*) {mine}")), 0);
    let mut root = quiet(&db);
    ok(&mut root, "BEGIN; SELECT count(*) FROM orders");
    let root_pid = pid(&mut root);
    let mut waiting = Vec::new();
    for (number, sql) in
        ["LOCK TABLE orders", "SELECT count(*) FROM orders", "SELECT 1 FROM orders"].into_iter().enumerate()
    {
        let mut session = quiet(&db);
        let session_pid = pid(&mut session);
        waiting.push((
            session_pid,
            std::thread::spawn(move || session.batch_execute(&format!("BEGIN; {sql}; COMMIT")).expect("it ends")),
        ));
        wait_until(
            &mut admin,
            &format!(
                "SELECT count(*) = {} FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = '{name}')",
                number + 1
            ),
        );
    }
    let (a, b, c) = (waiting[0].0, waiting[1].0, waiting[2].0);
    let shape = format!(
        "SELECT concat_ws(' | ', depth, pid, sessions_behind, lock_mode, locked_object, blocker_holds) {mine} ORDER BY depth, pid"
    );
    let mut expected = vec![
        format!("0 | {root_pid} | 3"),
        format!("1 | {a} | 2 | AccessExclusiveLock | public.orders | AccessShareLock"),
        format!("2 | {b} | 0 | AccessShareLock | public.orders"),
        format!("2 | {c} | 0 | AccessShareLock | public.orders"),
    ];
    if b > c {
        expected.swap(2, 3);
    }
    assert_eq!(rows(&mut admin, &shape), expected);
    // PostgreSQL's own list.
    assert!(value::<bool>(
        &mut admin,
        &format!(
            "SELECT bool_and(blocked_by = ARRAY(SELECT p::text FROM unnest(pg_blocking_pids(pid)) AS p ORDER BY p::text)) {mine} AND depth > 0"
        )
    ));
    assert_eq!(
        value::<String>(
            &mut admin,
            &format!("SELECT concat_ws(' | ', state, session_state, way_out) {mine} AND depth = 0")
        ),
        format!("warning | idle in transaction | SELECT pg_terminate_backend({root_pid})")
    );
    // Nobody sees a statement that they could not see before.
    let mut other = db.connect_as(&role(&db, "other")).expect("a session");
    let other_name: String = value(&mut other, "SELECT current_user::text");
    ok(&mut admin, &format!("GRANT SELECT ON architect.lock_tree TO {other_name}"));
    assert_eq!(rows(&mut other, &format!("SELECT DISTINCT query {mine}")), ["<insufficient privilege>"]);
    let mut reader = monitor(&db);
    assert_eq!(rows(&mut reader, &format!("SELECT query {mine} AND depth = 1")), ["BEGIN; LOCK TABLE orders; COMMIT"]);
    ok(&mut root, "ROLLBACK");
    for (_, thread) in waiting {
        thread.join().expect("no panic");
    }
    assert_eq!(value::<i64>(&mut admin, &format!("SELECT count(*) {mine}")), 0);
}

#[test]
fn a_prepared_transaction_is_a_root() {
    let db = shop();
    let mut admin = quiet(&db);
    let name = db.name().to_owned();
    let gid = format!("{name} it's");
    let quoted = gid.replace('\'', "''");
    ok(&mut admin, &format!("BEGIN; UPDATE customers SET name = 'x'; PREPARE TRANSACTION '{quoted}'"));
    let mut waiter = quiet(&db);
    let waiter_pid = pid(&mut waiter);
    let thread = std::thread::spawn(move || waiter.batch_execute("UPDATE customers SET name = 'y'").expect("it ends"));
    wait_until(&mut admin, &format!("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pid = {waiter_pid})"));
    assert_eq!(
        rows(
            &mut admin,
            &format!(
                "SELECT concat_ws(' | ', root, depth, path, blocked_by[1], way_out) FROM architect.lock_tree WHERE database_name = '{name}' ORDER BY depth"
            )
        ),
        [
            format!("prepared {gid} | 0 | prepared {gid} | ROLLBACK PREPARED '{quoted}'"),
            format!("prepared {gid} | 1 | prepared {gid} > {waiter_pid} | prepared {gid}"),
        ]
    );
    let prepared = format!(
        "SELECT state FROM architect.connection_health WHERE check_name = 'prepared transaction' AND object LIKE '%{name}%'"
    );
    assert_eq!(rows(&mut admin, &prepared), ["ok"]);
    ok(&mut admin, &format!("ROLLBACK PREPARED '{quoted}'"));
    thread.join().expect("no panic");
    assert_eq!(rows(&mut admin, &prepared), [""; 0]);
}

#[test]
fn limits_of_roles_and_databases_count() {
    let db = database();
    let mut admin = quiet(&db);
    let name = role(&db, "limited");
    ok(&mut admin, &format!("ALTER ROLE {name} CONNECTION LIMIT 10; ALTER DATABASE {} CONNECTION LIMIT 50", db.name()));
    let state = format!(
        "SELECT concat_ws(' ', value, limit_value, used_percent, state) FROM architect.connection_health WHERE object = '{name}'"
    );
    let mut sessions = Vec::new();
    for (number, expected) in [(6, "6 10 60.0 ok"), (7, "7 10 70.0 warning"), (9, "9 10 90.0 critical")] {
        while sessions.len() < number {
            sessions.push(db.connect_as(&name).expect("a session"));
        }
        assert_eq!(rows(&mut admin, &state), [expected]);
    }
    let of_database = format!(
        "SELECT state FROM architect.connection_health WHERE object = '{}' AND check_name = 'connections of database'",
        db.name()
    );
    assert_eq!(rows(&mut admin, &of_database), ["ok"]);
    ok(&mut admin, &format!("ALTER DATABASE {} CONNECTION LIMIT 11", db.name()));
    assert_eq!(rows(&mut admin, &of_database), ["critical"]);
    // A superuser is not held to its limit, by PostgreSQL neither.
    ok(&mut admin, &format!("ALTER ROLE {name} SUPERUSER CONNECTION LIMIT 1"));
    drop(db.connect_as(&name).expect("a session beyond the limit"));
    assert_eq!(
        rows(&mut admin, &state.replace("concat_ws(' ', value, limit_value, used_percent, state)", "state")),
        ["ok"]
    );
    ok(&mut admin, &format!("ALTER ROLE {name} NOSUPERUSER"));
    // A session that idles in a transaction is listed while it does.
    let mut idle = sessions.pop().expect("a session");
    let idle_row = format!(
        "SELECT count(*) FROM architect.connection_health WHERE check_name = 'idle in transaction' AND object LIKE 'pid {}:%'",
        pid(&mut idle)
    );
    ok(&mut idle, "BEGIN");
    // The oldest is shown, which another test's can be.
    wait_until(
        &mut admin,
        &format!(
            "SELECT ({idle_row}) = 1 OR EXISTS (SELECT FROM architect.connection_health WHERE check_name = 'idle in transaction' AND object IS NOT NULL)"
        ),
    );
    ok(&mut idle, "COMMIT");
    assert_eq!(value::<i64>(&mut admin, &idle_row), 0);
}

#[test]
fn what_runs_full_is_told_first() {
    let db = database();
    let mut admin = quiet(&db);
    ok(
        &mut admin,
        "CREATE TABLE small (id smallserial PRIMARY KEY); SELECT setval('small_id_seq', 30000);
         CREATE TABLE half (id smallserial PRIMARY KEY); SELECT setval('half_id_seq', 16000);
         CREATE TABLE three (id smallserial PRIMARY KEY); SELECT setval('three_id_seq', 26000);
         CREATE SEQUENCE round MAXVALUE 10 CYCLE; SELECT setval('round', 10);
         CREATE SEQUENCE down INCREMENT -1 MINVALUE -10 MAXVALUE -1; SELECT setval('down', -10);
         CREATE SEQUENCE fresh MAXVALUE 10;
         CREATE TABLE widened (id serial PRIMARY KEY); ALTER SEQUENCE widened_id_seq AS bigint; SELECT setval('widened_id_seq', 2140000000)",
    );
    let state = |name: &str| {
        format!(
            "SELECT concat_ws(' ', used_percent, state) FROM architect.capacity WHERE resource = 'sequence' AND object = 'public.{name}'"
        )
    };
    for (name, expected) in [
        ("small_id_seq", "91.6 critical"),
        ("three_id_seq", "79.3 warning"),
        ("half_id_seq", "48.8 ok"),
        ("round", "100.0 ok"),
        ("down", "100.0 critical"),
        // The column ends before the sequence does.
        ("widened_id_seq", "99.7 critical"),
    ] {
        assert_eq!(rows(&mut admin, &state(name)), [expected], "{name}");
    }
    // Before 18 nobody tells whether one that was not used stands at its start.
    let knows = value::<bool>(&mut admin, "SELECT current_setting('server_version_num')::int >= 180000");
    assert_eq!(rows(&mut admin, &state("fresh")), if knows { vec!["0.0 ok"] } else { vec![] });
    fails(&mut admin, "SELECT nextval('down')", "2200H");
    assert_eq!(value::<String>(&mut admin, "SELECT state FROM architect.capacity LIMIT 1"), "critical");
    // A sequence that is locked is not waited for, and one that may not be read is not fine.
    let mut busy = quiet(&db);
    ok(&mut busy, "BEGIN; ALTER SEQUENCE fresh MAXVALUE 20");
    ok(&mut admin, "SET lock_timeout = '500ms'");
    assert_eq!(rows(&mut admin, &state("fresh")), [""; 0]);
    let unread = "SELECT concat_ws(' | ', object, state, reason) FROM architect.capacity WHERE resource = 'sequences'";
    assert_eq!(
        rows(&mut admin, unread),
        [
            "1 that could not be read | not judged | 0 without USAGE or SELECT, 1 locked by another session, 0 unlogged on a standby"
        ]
    );
    ok(&mut busy, "ROLLBACK");
    assert_eq!(rows(&mut admin, unread), [""; 0]);
    let mut reader = monitor(&db);
    assert!(rows(&mut reader, unread)[0].starts_with("7 that could not be read | not judged"));
    // Dropped columns count.
    let columns: Vec<String> = (0..900).map(|n| format!("c{n} int")).collect();
    let drops: Vec<String> = (0..890).map(|n| format!("DROP COLUMN c{n}")).collect();
    ok(&mut admin, &format!("CREATE TABLE wide ({}); ALTER TABLE wide {}", columns.join(", "), drops.join(", ")));
    let wide = "SELECT concat_ws(' ', used, limit_value, state) FROM architect.capacity WHERE resource = 'columns of table' AND object = 'public.wide'";
    assert_eq!(rows(&mut admin, wide), ["900 1600 warning"]);
    // Sizes are those that PostgreSQL tells, where it tells them.
    ok(&mut admin, "CREATE TABLE big AS SELECT g FROM generate_series(1, 10000) AS g; VACUUM big");
    assert!(value::<bool>(
        &mut admin,
        "SELECT used = pg_relation_size('big') FROM architect.capacity WHERE resource = 'relation' AND object = 'public.big'"
    ));
    let size = format!(
        "SELECT used > 5000000 AND state = 'not judged' FROM architect.capacity WHERE resource = 'database' AND object = '{}'",
        db.name()
    );
    assert!(value::<bool>(&mut reader, &size));
}

#[test]
fn settings_are_judged_with_what_was_stated() {
    let db = database();
    let mut session = quiet(&db);
    let columns = |name: &str| {
        format!(
            "SELECT concat_ws(' | ', recommended, formula, state) FROM architect.settings_advice WHERE setting = '{name}' AND scope = 'server'"
        )
    };
    for name in ["shared_buffers", "memory budget", "pool size", "maintenance_work_mem"] {
        let state =
            format!("SELECT state FROM architect.settings_advice WHERE setting = '{name}' AND scope = 'server'");
        assert_eq!(rows(&mut session, &state), ["not judged"], "{name}");
    }
    // shared_buffers is 64 MB here. With the library loaded the values are checked.
    ok(&mut session, "LOAD 'pg_architect'");
    ok(
        &mut session,
        "SET architect.server_memory = '256MB'; SET architect.server_cores = '4'; SET architect.server_spindles = '1'",
    );
    assert_eq!(rows(&mut session, &columns("shared_buffers")), ["64 MB | 25 % of 256 MB | ok"]);
    assert_eq!(rows(&mut session, &columns("pool size")), ["9 connections | cores 4 x 2 + spindles 1 = 9 | ok"]);
    assert_eq!(
        rows(&mut session, &columns("memory budget")),
        [
            "at most 205 MB | max_connections 60 x work_mem 4096 kB x hash_mem_multiplier 2 + autovacuum_max_workers 3 x 64 MB + shared_buffers 64 MB = 736 MB | critical"
        ]
    );
    for (memory, budget, buffers) in [
        ("16GB", "ok", "warning"),
        ("800MB", "warning", "warning"),
        ("0.7 GB", "critical", "warning"),
        ("160MB", "critical", "ok"),
    ] {
        ok(&mut session, &format!("SET architect.server_memory = '{memory}'"));
        let state = |name: &str| {
            format!("SELECT state FROM architect.settings_advice WHERE setting = '{name}' AND scope = 'server'")
        };
        assert_eq!(rows(&mut session, &state("memory budget")), [budget], "{memory}");
        assert_eq!(rows(&mut session, &state("shared_buffers")), [buffers], "{memory}");
    }
    ok(&mut session, "SET architect.server_cores = '64'");
    assert_eq!(
        rows(&mut session, &columns("pool size")),
        ["129 connections | cores 64 x 2 + spindles 1 = 129 | warning"]
    );
    for (name, wrong) in [
        ("memory", "lots"),
        ("memory", "16"),
        ("memory", "0GB"),
        ("memory", "-1GB"),
        ("memory", "16PB"),
        ("memory", "16 G\u{fffd}"),
        ("cores", "0"),
        ("cores", "4.5"),
        ("cores", "four"),
        ("cores", "1234567"),
        ("spindles", "-1"),
    ] {
        fails(&mut session, &format!("SET architect.server_{name} = '{wrong}'"), "22023");
    }
    ok(&mut session, "SET architect.server_spindles = '0'; SET architect.server_memory = ''");
    let mut low = db.connect_as(&role(&db, "low")).expect("a session");
    ok(&mut low, "SELECT count(*) FROM architect.status()");
    fails(&mut low, "SET architect.server_cores = '4'", "42501");
    // The harness runs without fsync, full_page_writes, synchronous_commit and autovacuum.
    let states = "SELECT state FROM architect.settings_advice WHERE scope = 'server' AND setting = ANY (string_to_array('{}', ',')) ORDER BY setting";
    assert_eq!(
        rows(&mut session, &states.replace("{}", "fsync,full_page_writes,synchronous_commit,autovacuum,track_counts")),
        ["critical", "critical", "critical", "warning", "ok"]
    );
    // What this session has for itself is not the server's.
    ok(
        &mut session,
        "SET architect.server_memory = '16GB'; SET work_mem = '2GB'; SET enable_hashjoin = off; SET synchronous_commit = on",
    );
    for name in ["work_mem", "memory budget", "enable_hashjoin", "synchronous_commit"] {
        assert_eq!(rows(&mut session, &states.replace("{}", name)), ["not judged"], "{name}");
    }
}

#[test]
fn stated_values_survive_without_the_library() {
    let db = database();
    let mut admin = quiet(&db);
    // By the database, as an operator may do it where there is no ALTER SYSTEM; a session that has not loaded the library reads it.
    ok(&mut admin, &format!("ALTER DATABASE {} SET architect.server_memory = '256MB'", db.name()));
    let state = "SELECT state FROM architect.settings_advice WHERE setting = 'shared_buffers'";
    assert_eq!(rows(&mut connect(&db), state), ["ok"]);
    // A placeholder takes anything: it is not understood, and the view does not fail.
    let mut low = connect(&db);
    for wrong in ["lots", "16", "1e9GB", "99999999999999GB", " "] {
        ok(&mut low, &format!("SET architect.server_memory = '{wrong}'"));
        assert_eq!(rows(&mut low, state), ["not judged"], "{wrong}");
    }
}

#[test]
fn the_nearest_override_counts() {
    let db = database();
    let mut admin = quiet(&db);
    let name = role(&db, "app");
    let database = db.name().to_owned();
    let effective = format!(
        "SELECT concat_ws(' | ', value, state, substr(reason, 1, 40)) FROM architect.settings_advice
         WHERE category = 'timeouts' AND setting = 'statement_timeout' AND scope ~ '\\m{name}\\M'"
    );
    let told = |role: &str, session: &mut Session| -> i64 {
        let _ = session;
        let mut theirs = db.connect_as(role).expect("a session");
        value(&mut theirs, "SELECT setting::bigint FROM pg_settings WHERE name = 'statement_timeout'")
    };
    assert_eq!(rows(&mut admin, &effective), ["0 ms | warning | from: server; 0 means no limit"]);
    for (sql, expected, milliseconds) in [
        (
            format!("ALTER DATABASE {database} SET statement_timeout = '1min'"),
            format!("1min | ok | from: database {database}"),
            60_000,
        ),
        (format!("ALTER ROLE {name} SET statement_timeout = '20s'"), format!("20s | ok | from: role {name}"), 20_000),
        (
            format!("ALTER ROLE {name} IN DATABASE {database} SET statement_timeout = 0"),
            format!("0 ms | warning | from: role {name} in database {database}"),
            0,
        ),
    ] {
        ok(&mut admin, &sql);
        let found = rows(&mut admin, &effective);
        assert_eq!(found.len(), 1, "{found:?}");
        let cut = |text: &str| text.chars().take(30).collect::<String>();
        assert_eq!(cut(&found[0]), cut(&expected), "{sql}");
        // PostgreSQL's own answer.
        assert_eq!(told(&name, &mut admin), milliseconds, "{sql}");
    }
    ok(
        &mut admin,
        &format!(
            "ALTER ROLE {name} SET session_replication_role = replica; ALTER ROLE {name} SET synchronous_commit = on"
        ),
    );
    ok(
        &mut admin,
        &format!(
            "ALTER DATABASE {database} SET enable_nestloop = 'no'; ALTER ROLE {name} SET search_path = pg_temp, public"
        ),
    );
    let overrides = format!(
        "SELECT concat_ws(' ', setting, state) FROM architect.settings_advice WHERE category = 'overrides' AND scope IN ('role {name}', 'database {database}') ORDER BY 1"
    );
    assert_eq!(
        rows(&mut admin, &overrides),
        [
            "enable_nestloop warning",
            "search_path warning",
            "session_replication_role critical",
            "statement_timeout ok",
            "statement_timeout ok",
            "synchronous_commit ok"
        ]
    );
    ok(&mut admin, &format!("ALTER ROLE {name} SET search_path = public"));
    assert!(rows(&mut admin, &overrides).contains(&"search_path ok".to_owned()));
    ok(&mut admin, "GRANT CREATE ON SCHEMA public TO PUBLIC");
    assert!(rows(&mut admin, &overrides).contains(&"search_path warning".to_owned()));
}

#[test]
fn security_is_judged_on_what_privileges_are() {
    let db = database();
    let mut admin = quiet(&db);
    let app = role(&db, "app");
    let owner = role(&db, "owner");
    let group = role(&db, "group");
    let database = db.name().to_owned();
    let mut found = |check: &str| -> Vec<String> {
        rows(
            &mut admin,
            &format!(
                "SELECT coalesce(object, '-') || ' ' || state FROM architect.security_posture WHERE check_name = '{check}' AND (object IS NULL OR object NOT LIKE '%test\\_%' OR object ~ '{database}\\_') ORDER BY 1"
            ),
        )
    };
    for check in [
        "schema open to PUBLIC",
        "RLS without policy",
        "policy without RLS",
        "RLS bypassed by view",
        "RLS bypassed by partition",
        "table open to PUBLIC",
        "default privileges for PUBLIC",
        "SECURITY DEFINER without safe search_path",
        "SECURITY DEFINER open to PUBLIC",
        "extension in public",
        "RLS not for the owner",
    ] {
        assert_eq!(found(check), ["- ok"], "{check}");
    }
    ok(
        &mut quiet(&db),
        &format!(
            "CREATE SCHEMA open; GRANT CREATE ON SCHEMA open TO PUBLIC; CREATE SCHEMA closed; GRANT CREATE ON SCHEMA closed TO {app};
             GRANT USAGE, CREATE ON SCHEMA public TO {owner};
             CREATE FUNCTION f_open() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
             CREATE FUNCTION f_hidden() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'; REVOKE ALL ON FUNCTION f_hidden() FROM PUBLIC;
             CREATE FUNCTION f_pinned() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS 'SELECT 1';
             REVOKE ALL ON FUNCTION f_pinned() FROM PUBLIC;
             CREATE FUNCTION f_badly() RETURNS int LANGUAGE sql SECURITY DEFINER SET search_path = open, pg_temp AS 'SELECT 1'; REVOKE ALL ON FUNCTION f_badly() FROM PUBLIC;
             CREATE FUNCTION f_bound() RETURNS int LANGUAGE sql SECURITY DEFINER RETURN 1; REVOKE ALL ON FUNCTION f_bound() FROM PUBLIC;
             CREATE FUNCTION f_trigger() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN NEW; END';
             CREATE FUNCTION f_invoker() RETURNS int LANGUAGE sql AS 'SELECT 1';
             CREATE TABLE inert (id int); CREATE POLICY p ON inert USING (true);
             CREATE TABLE denied (id int); ALTER TABLE denied ENABLE ROW LEVEL SECURITY;
             CREATE TABLE good (id int); ALTER TABLE good ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON good USING (true);
             CREATE TABLE owned (id int); ALTER TABLE owned ENABLE ROW LEVEL SECURITY; CREATE POLICY p ON owned USING (id = 1);
             INSERT INTO owned VALUES (1), (2); ALTER TABLE owned OWNER TO {owner};
             CREATE TABLE forced (id int); ALTER TABLE forced ENABLE ROW LEVEL SECURITY; ALTER TABLE forced FORCE ROW LEVEL SECURITY;
             CREATE POLICY p ON forced USING (id = 1); ALTER TABLE forced OWNER TO {owner};
             CREATE TABLE tree (id int, tenant int) PARTITION BY LIST (id); CREATE TABLE tree_1 PARTITION OF tree FOR VALUES IN (1);
             CREATE TABLE tree_2 PARTITION OF tree FOR VALUES IN (2); ALTER TABLE tree ENABLE ROW LEVEL SECURITY;
             CREATE POLICY p ON tree USING (tenant = 1); INSERT INTO tree VALUES (1, 1), (1, 2); GRANT SELECT ON tree, tree_1 TO {app};
             CREATE VIEW v_owner AS SELECT * FROM good; GRANT SELECT ON v_owner TO {app};
             CREATE VIEW v_invoker WITH (security_invoker = yes) AS SELECT * FROM good; GRANT SELECT ON v_invoker TO {app};
             CREATE VIEW v_private AS SELECT * FROM good;
             CREATE MATERIALIZED VIEW m_rows AS SELECT * FROM good; GRANT SELECT ON m_rows TO {app};
             CREATE TABLE read_all (id int); GRANT SELECT ON read_all TO PUBLIC; CREATE TABLE write_all (id int); GRANT INSERT ON write_all TO PUBLIC;
             CREATE TABLE column_all (id int, secret int); GRANT SELECT (id) ON column_all TO PUBLIC;
             ALTER DEFAULT PRIVILEGES IN SCHEMA closed GRANT SELECT ON TABLES TO PUBLIC; ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO {app};
             CREATE ROLE {group}_s SUPERUSER; CREATE ROLE {group}_b BYPASSRLS; CREATE ROLE {group}_f; GRANT pg_execute_server_program TO {group}_f;
             GRANT {group}_f TO {app}; CREATE ROLE {group}_r; GRANT pg_read_server_files TO {group}_r; GRANT CREATE ON DATABASE {database} TO PUBLIC"
        ),
    );
    for (check, expected) in [
        ("schema open to PUBLIC", vec!["open critical".to_owned()]),
        (
            "SECURITY DEFINER without safe search_path",
            ["f_badly() warning", "f_hidden() warning", "f_open() critical", "f_trigger() critical"]
                .map(|name| format!("public.{name}"))
                .to_vec(),
        ),
        ("SECURITY DEFINER open to PUBLIC", vec!["public.f_open() warning".to_owned()]),
        ("policy without RLS", vec!["public.inert critical".to_owned()]),
        ("RLS without policy", vec!["public.denied warning".to_owned()]),
        ("RLS not for the owner", vec!["public.owned warning".to_owned()]),
        ("RLS bypassed by partition", vec!["public.tree_1 critical".to_owned()]),
        ("RLS bypassed by view", vec!["public.m_rows warning".to_owned(), "public.v_owner warning".to_owned()]),
        (
            "table open to PUBLIC",
            ["column_all critical", "read_all warning", "write_all critical"]
                .map(|name| format!("public.{name}"))
                .to_vec(),
        ),
        ("default privileges for PUBLIC", vec!["tables of role postgres in schema closed warning".to_owned()]),
        ("superuser", vec![format!("{group}_s warning")]),
        ("BYPASSRLS", vec![format!("{group}_b warning")]),
        (
            "server files and programs",
            vec![
                format!("{app} in pg_execute_server_program critical"),
                format!("{group}_f in pg_execute_server_program critical"),
                format!("{group}_r in pg_read_server_files warning"),
            ],
        ),
        ("tables owned by a login role", vec![format!("{owner} warning")]),
        ("extension in public", vec!["- ok".to_owned()]),
    ] {
        assert_eq!(found(check), expected, "{check}");
    }
    let databases = found("database open to PUBLIC");
    assert_eq!(
        rows(
            &mut admin,
            &format!(
                "SELECT state FROM architect.security_posture WHERE check_name = 'database open to PUBLIC' AND object = '{database}'"
            )
        ),
        ["critical"],
        "{databases:?}"
    );
    // PostgreSQL says the same: the leaf and the owner's rows are open, the tree and the forced table are not.
    let mut theirs = db.connect_as(&app).expect("a session");
    assert_eq!(value::<i64>(&mut theirs, "SELECT count(*) FROM tree"), 1);
    assert_eq!(value::<i64>(&mut theirs, "SELECT count(*) FROM tree_1"), 2);
    assert_eq!(value::<i64>(&mut db.connect_as(&owner).expect("a session"), "SELECT count(*) FROM owned"), 2);
    // By membership too, as long as it inherits.
    ok(&mut admin, &format!("ALTER ROLE {owner} NOLOGIN"));
    let of_owner = "SELECT reason FROM architect.security_posture WHERE check_name = 'RLS not for the owner' AND object IS NOT NULL";
    assert_eq!(rows(&mut admin, of_owner), [""; 0]);
    ok(&mut admin, &format!("GRANT {owner} TO {app}"));
    assert_eq!(rows(&mut admin, of_owner), [format!("{app} sees every row, with the rights of its owner")]);
    assert_eq!(value::<i64>(&mut db.connect_as(&app).expect("a session"), "SELECT count(*) FROM owned"), 2);
    // The harness lets everybody in on its socket.
    let hba = "SELECT DISTINCT state FROM architect.security_posture WHERE check_name = 'pg_hba.conf'";
    assert_eq!(rows(&mut admin, hba), ["warning"]);
    let mut reader = monitor(&db);
    assert_eq!(rows(&mut reader, hba), ["not judged"]);
    let name: String = value(&mut reader, "SELECT current_user::text");
    ok(&mut admin, &format!("GRANT EXECUTE ON FUNCTION pg_hba_file_rules() TO {name}"));
    assert_eq!(rows(&mut reader, hba), ["warning"]);
    // Roles and the database's privilege belong to the cluster, which other tests share.
    ok(
        &mut admin,
        &format!(
            "DROP ROLE {group}_s, {group}_b; REVOKE {group}_f FROM {app}; DROP ROLE {group}_f, {group}_r; REVOKE CREATE ON DATABASE {database} FROM PUBLIC"
        ),
    );
}

/// What concerns the whole server, on one of its own.
#[test]
fn a_server_with_a_standby() {
    let options = Options::from_environment()
        .expect("a server")
        .set("wal_level", "logical")
        .set("max_connections", "20")
        .set("superuser_reserved_connections", "3")
        .set("max_replication_slots", "5")
        .set("archive_mode", "on")
        .set("archive_command", "false")
        .set("enable_mergejoin", "off")
        .set("password_encryption", "md5");
    let cluster = Arc::new(Cluster::start(&options).expect("a cluster"));
    let db = cluster.database().expect("a database");
    let database = db.name().to_owned();
    let mut admin = quiet(&db);
    let health = |kind: &str| {
        format!(
            "SELECT concat_ws(' ', name, state) FROM architect.replication_health WHERE kind = '{kind}' ORDER BY name"
        )
    };

    // Settings of the server that the other tests cannot have.
    let setting = |name: &str| {
        format!("SELECT state FROM architect.settings_advice WHERE scope = 'server' AND setting = '{name}'")
    };
    assert_eq!(rows(&mut admin, &setting("enable_mergejoin")), ["warning"]);
    assert_eq!(rows(&mut admin, &setting("enable_*")), [""; 0]);
    assert_eq!(rows(&mut admin, &setting("pending_restart")), ["ok"]);
    ok(&mut admin, "ALTER SYSTEM SET max_connections = 600; SELECT pg_reload_conf()");
    wait_until(&mut admin, "SELECT EXISTS (SELECT FROM pg_settings WHERE pending_restart)");
    assert_eq!(
        rows(&mut admin, "SELECT setting || ' ' || state FROM architect.settings_advice WHERE category = 'restart'"),
        ["max_connections warning"]
    );
    ok(&mut admin, "ALTER SYSTEM RESET max_connections; SELECT pg_reload_conf()");
    assert_eq!(
        rows(
            &mut admin,
            "SELECT concat_ws(' ', object, state) FROM architect.security_posture WHERE check_name = 'password_encryption'"
        ),
        ["md5 warning"]
    );
    // The operator states what SQL cannot see once, for all.
    ok(&mut admin, "LOAD 'pg_architect'; ALTER SYSTEM SET architect.server_memory = '256MB'; SELECT pg_reload_conf()");
    wait_until(&mut connect(&db), "SELECT current_setting('architect.server_memory', true) = '256MB'");
    assert_eq!(rows(&mut connect(&db), &setting("shared_buffers")), ["ok"]);

    // The archive.
    ok(&mut admin, "CREATE TABLE t (i int PRIMARY KEY); SELECT pg_switch_wal()");
    wait_until(&mut admin, "SELECT failed_count > 0 FROM pg_stat_archiver");
    assert_eq!(rows(&mut admin, &health("archiver")), ["critical"]);
    ok(&mut admin, "ALTER SYSTEM SET archive_command = ''; SELECT pg_reload_conf()");
    wait_until(
        &mut admin,
        "SELECT EXISTS (SELECT FROM architect.replication_health WHERE kind = 'archiver' AND reason ~ 'piles up' AND state = 'critical')",
    );
    ok(&mut admin, "ALTER SYSTEM SET archive_command = 'true'; SELECT pg_reload_conf()");
    wait_until(
        &mut admin,
        "SELECT EXISTS (SELECT FROM architect.replication_health WHERE kind = 'archiver' AND state = 'ok')",
    );

    // Slots.
    assert_eq!(rows(&mut admin, &health("physical slot")), [""; 0]);
    ok(
        &mut admin,
        "SELECT pg_create_physical_replication_slot('unused'); SELECT pg_create_physical_replication_slot('kept', true)",
    );
    assert_eq!(rows(&mut admin, &health("physical slot")), ["kept warning", "unused ok"]);
    ok(&mut admin, "SELECT pg_create_logical_replication_slot('decoded', 'pgoutput', true)");
    assert_eq!(rows(&mut admin, &health("logical slot")), ["decoded ok"], "it goes with its session");
    let slots =
        "SELECT concat_ws(' ', used, limit_value, state) FROM architect.capacity WHERE resource = 'replication slots'";
    assert_eq!(rows(&mut admin, slots), ["3 5 ok"]);
    ok(
        &mut admin,
        "SELECT pg_create_physical_replication_slot('one'); SELECT pg_create_physical_replication_slot('two')",
    );
    assert_eq!(rows(&mut admin, slots), ["5 5 critical"]);
    ok(
        &mut admin,
        "SELECT pg_drop_replication_slot(name) FROM unnest(ARRAY['one', 'two', 'decoded', 'unused']) AS name",
    );
    // One that falls behind its limit is lost; PostgreSQL removes its WAL at a checkpoint.
    ok(
        &mut admin,
        "ALTER SYSTEM SET max_slot_wal_keep_size = '1MB'; ALTER SYSTEM SET wal_keep_size = 0; SELECT pg_reload_conf()",
    );
    for _ in 0..4 {
        ok(&mut admin, "INSERT INTO t SELECT coalesce(max(i), 0) + 1 FROM t; SELECT pg_switch_wal()");
        ok(&mut admin, "CHECKPOINT");
    }
    wait_until(&mut admin, "SELECT wal_status = 'lost' FROM pg_replication_slots");
    assert_eq!(rows(&mut admin, &health("physical slot")), ["kept critical"]);
    ok(
        &mut admin,
        "SELECT pg_drop_replication_slot('kept'); ALTER SYSTEM RESET max_slot_wal_keep_size; SELECT pg_reload_conf()",
    );

    // Published tables: UPDATE fails exactly where we say so.
    ok(
        &mut admin,
        "CREATE TABLE with_key (id int PRIMARY KEY); CREATE TABLE bare (id int); CREATE TABLE whole (id int); ALTER TABLE whole REPLICA IDENTITY FULL;
         CREATE TABLE late (id int PRIMARY KEY DEFERRABLE); CREATE TABLE lost (id int NOT NULL);
         CREATE UNIQUE INDEX lost_key ON lost (id); ALTER TABLE lost REPLICA IDENTITY USING INDEX lost_key; DROP INDEX lost_key;
         CREATE TABLE tree (id int) PARTITION BY LIST (id); CREATE TABLE tree_1 PARTITION OF tree FOR VALUES IN (1); CREATE TABLE tree_2 PARTITION OF tree FOR VALUES IN (2);
         ALTER TABLE tree_2 ADD PRIMARY KEY (id);
         CREATE TABLE unpublished (id int); CREATE UNLOGGED TABLE unlogged_one (id int);
         INSERT INTO tree VALUES (1), (2); INSERT INTO with_key VALUES (1); INSERT INTO bare VALUES (1); INSERT INTO whole VALUES (1); INSERT INTO late VALUES (1); INSERT INTO lost VALUES (1);
         CREATE PUBLICATION changes FOR TABLE with_key, bare, whole, late, lost, tree; CREATE PUBLICATION inserts FOR TABLE unpublished WITH (publish = 'insert')",
    );
    let told =
        rows(&mut admin, "SELECT name FROM architect.replication_health WHERE kind = 'published table' ORDER BY name");
    let mut failing = Vec::new();
    for table in ["bare", "late", "lost", "tree", "unpublished", "whole", "with_key"] {
        if admin.run(&format!("UPDATE {table} SET id = id")).error.is_some() {
            failing.push(format!("public.{table}"));
        }
    }
    assert_eq!(told, failing);
    assert_eq!(told, ["public.bare", "public.late", "public.lost", "public.tree"]);
    assert_eq!(rows(&mut admin, &health("publication")), ["changes critical", "inserts ok"]);
    ok(&mut admin, "DROP PUBLICATION changes; DROP PUBLICATION inserts");

    // Connections: 17 of 20 are for all.
    let mut sessions = vec![];
    let connections = "SELECT concat_ws(' ', limit_value, state) FROM architect.connection_health WHERE check_name = 'server connections'";
    assert_eq!(rows(&mut admin, connections), ["17 ok"]);
    while value::<i64>(&mut admin, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'") < 12 {
        sessions.push(connect(&db));
    }
    assert_eq!(rows(&mut admin, connections), ["17 warning"]);
    while value::<i64>(&mut admin, "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'") < 16 {
        sessions.push(connect(&db));
    }
    assert_eq!(rows(&mut admin, connections), ["17 critical"]);
    assert_eq!(rows(&mut admin, "SELECT state FROM architect.capacity WHERE resource = 'connections'"), ["critical"]);
    drop(sessions);

    // A standby, seen from both sides.
    assert_eq!(rows(&mut admin, &health("standby")), ["not judged"]);
    let reader = role(&db, "reader");
    ok(&mut admin, &format!("GRANT pg_monitor TO {reader}; CREATE UNLOGGED SEQUENCE volatile_numbers"));
    let standby = Standby::start(&cluster);
    let mut on_standby = standby.connect(&database);
    wait_until(
        &mut admin,
        "SELECT EXISTS (SELECT FROM architect.replication_health WHERE kind = 'standby' AND state = 'ok')",
    );
    assert_eq!(rows(&mut admin, &health("standby")), ["walreceiver ok"]);
    for read in READS.iter().filter(|read| !read.contains('(')) {
        for session in [&mut on_standby, &mut standby.connect_as(&database, &reader)] {
            value::<i64>(
                session,
                &format!("SELECT count(*) FROM (SELECT r::text FROM {read} AS r) AS r WHERE r::text <> ''"),
            );
        }
    }
    wait_until(
        &mut on_standby,
        "SELECT EXISTS (SELECT FROM architect.replication_health WHERE kind = 'this standby' AND state = 'ok')",
    );
    ok(&mut on_standby, "SELECT pg_wal_replay_pause()");
    wait_until(
        &mut on_standby,
        "SELECT EXISTS (SELECT FROM architect.replication_health WHERE kind = 'this standby' AND state = 'warning' AND reason ~ 'paused')",
    );
    // A lag in bytes, as the primary sees it.
    ok(&mut admin, "CREATE TABLE filler AS SELECT repeat('x', 1000) AS x FROM generate_series(1, 1000)");
    wait_until(
        &mut admin,
        "SELECT EXISTS (SELECT FROM architect.replication_health WHERE kind = 'standby' AND lag_bytes > 1000000)",
    );
    ok(&mut on_standby, "SELECT pg_wal_replay_resume()");
    wait_until(
        &mut admin,
        "SELECT EXISTS (SELECT FROM architect.replication_health WHERE kind = 'standby' AND lag_bytes = 0)",
    );
    // Synchronous: enough, just enough, too few.
    let names = "SELECT state FROM architect.replication_health WHERE kind = 'synchronous standbys'";
    for (names_of, state) in [
        ("ANY 1 (walreceiver, other)", "ok"),
        ("walreceiver", "warning"),
        ("FIRST 2 (walreceiver, other)", "critical"),
        ("other", "critical"),
    ] {
        ok(
            &mut admin,
            &format!(
                "SET synchronous_commit = local; ALTER SYSTEM SET synchronous_standby_names = '{names_of}'; SELECT pg_reload_conf()"
            ),
        );
        wait_until(&mut admin, &format!("SELECT ({names}) = '{state}'"));
    }
    // It is true that a commit hangs.
    let mut hung = quiet(&db);
    ok(&mut hung, "SET synchronous_commit = on");
    let hung_pid = pid(&mut hung);
    let thread = std::thread::spawn(move || hung.batch_execute("INSERT INTO with_key VALUES (77)").is_ok());
    wait_until(
        &mut admin,
        &format!("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE pid = {hung_pid} AND wait_event = 'SyncRep')"),
    );
    ok(&mut admin, "ALTER SYSTEM RESET synchronous_standby_names; SELECT pg_reload_conf()");
    assert!(thread.join().expect("no panic"));
    assert_eq!(rows(&mut admin, names), [""; 0]);
    // Without its primary the standby says so.
    assert_eq!(rows(&mut on_standby, &health("this standby")), ["ok"]);
    ok(&mut on_standby, "ALTER SYSTEM SET primary_conninfo = 'host=/nowhere'; SELECT pg_reload_conf()");
    wait_until(
        &mut on_standby,
        "SELECT EXISTS (SELECT FROM architect.replication_health WHERE kind = 'this standby' AND state = 'critical')",
    );
}
