//! The policy: which rule says what about which table, who decides, and from when on.

mod common;

use common::*;
use harness::{Db, Session};

/// Creates and drops a table, and gives the rules that spoke, with their severities.
#[track_caller]
fn judged(session: &mut Session, table: &str) -> Vec<String> {
    let run = ok(session, &format!("CREATE TABLE {table} (weight integer)"));
    let said = ours(&run.messages);
    let said = said
        .iter()
        .zip(rules(&run.messages))
        .map(|(message, rule)| format!("{rule} {}", if message.severity == "NOTICE" { "info" } else { "warning" }));
    let said = said.collect();
    ok(session, &format!("SET architect.mode = off; DROP TABLE {table}; SET architect.mode = warn"));
    said
}

const MISSING: &str = "primary-key-missing warning";
const SINGULAR: &str = "table-name-plural info";

#[test]
fn severities_can_be_set_and_rules_switched_off() {
    let db = database();
    let mut session = connect(&db);
    assert_eq!(judged(&mut session, "parcel"), [MISSING, SINGULAR]);
    let info = "primary-key-missing info";
    for (call, expected) in [
        ("configure('table-name-plural', severity => 'off')", &[MISSING][..]),
        ("configure('table-name-plural', severity => 'on')", &[MISSING, SINGULAR]),
        ("configure('primary-key-missing', severity => 'info')", &[info, SINGULAR]),
        ("configure('primary-key-missing', severity => 'off')", &[SINGULAR]),
        ("unconfigure('primary-key-missing')", &[MISSING, SINGULAR]),
        // A named rule wins over all of them.
        ("configure('*', severity => 'off')", &[SINGULAR]),
        ("configure('primary-key-missing', severity => 'warning')", &[MISSING, SINGULAR]),
        ("unconfigure('primary-key-missing')", &[SINGULAR]),
        ("unconfigure('table-name-plural')", &[]),
        ("unconfigure('*')", &[MISSING, SINGULAR]),
    ] {
        ok(&mut session, &format!("SELECT architect.{call}"));
        assert_eq!(judged(&mut session, "parcel"), expected, "after {call}");
    }
    assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM architect.rule_settings"), 0);
}

#[test]
fn the_most_specific_setting_wins() {
    let db = database();
    let mut session = connect(&db);
    ok(
        &mut session,
        "SET architect.mode = off; CREATE SCHEMA staging; CREATE SCHEMA staging_eu; CREATE SCHEMA core; SET architect.mode = warn;
         SELECT architect.configure('table-name-plural', severity => 'off');
         SELECT architect.configure('primary-key-missing', severity => 'info');
         SELECT architect.configure('primary-key-missing', severity => 'off', schema_pattern => 'staging%');
         SELECT architect.configure('primary-key-missing', severity => 'warning', schema_pattern => 'staging_eu');
         SELECT architect.configure('primary-key-missing', severity => 'warning', table_pattern => 'keep\\_%');
         SELECT architect.configure('primary-key-missing', severity => 'info', schema_pattern => 'staging', table_pattern => 'raw%')",
    );
    for (table, expected) in [
        ("public.parcel", Some("info")),
        ("core.parcel", Some("info")),
        ("staging.parcel", None),
        ("staging_eu.parcel", Some("warning")),
        ("staging.raw_parcel", Some("info")),
        ("staging_eu.raw_parcel", Some("warning")),
    ] {
        let expected: Vec<String> = expected.iter().map(|severity| format!("primary-key-missing {severity}")).collect();
        assert_eq!(judged(&mut session, table), expected, "{table}");
    }
}

#[test]
fn parameters_hold_for_their_tables() {
    let db = shop();
    let mut session = connect(&db);
    ok(&mut session, "SET lock_timeout = '2s'");
    let build = "BEGIN; CREATE INDEX idx_orders_code ON orders (code); ROLLBACK; BEGIN; CREATE INDEX idx_customers_name ON customers (name); ROLLBACK";
    let about = |session: &mut Session| -> Vec<String> {
        let run = ok(session, build);
        run.findings
            .iter()
            .filter(|f| f.rule == "index-not-concurrent")
            .map(|f| f.message.table.clone().unwrap_or_default())
            .collect()
    };
    assert_eq!(about(&mut session), ["orders"], "5,000 rows are live, 3 are not");
    ok(
        &mut session,
        "SELECT architect.configure('index-not-concurrent', parameters => '{\"small_table_rows\": 0, \"small_table_bytes\": 0}', table_pattern => 'customers')",
    );
    assert_eq!(about(&mut session), ["orders", "customers"]);
    ok(
        &mut session,
        "SELECT architect.configure('index-not-concurrent', parameters => '{\"small_table_rows\": 10000}', schema_pattern => 'public', table_pattern => 'orders')",
    );
    assert_eq!(about(&mut session), ["customers"]);
    // What is not given stays; null returns to the default.
    ok(
        &mut session,
        "SELECT architect.configure('index-not-concurrent', severity => 'info', schema_pattern => 'public', table_pattern => 'orders')",
    );
    assert_eq!(about(&mut session), ["customers"]);
    ok(
        &mut session,
        "SELECT architect.configure('index-not-concurrent', parameters => '{\"small_table_rows\": null}', schema_pattern => 'public', table_pattern => 'orders')",
    );
    assert_eq!(about(&mut session), ["orders", "customers"]);
    let kept: String = value(
        &mut session,
        "SELECT severity || ' ' || parameters FROM architect.rule_settings WHERE table_pattern = 'orders'",
    );
    assert_eq!(kept, "info {}");
    // For all rules, on all tables.
    ok(
        &mut session,
        "TRUNCATE architect.rule_settings; SELECT architect.configure('*', parameters => '{\"small_table_rows\": 1000000}')",
    );
    assert_eq!(about(&mut session), [""; 0]);
    let name = db.name();
    ok(
        &mut session,
        &format!("DELETE FROM architect.rule_settings; ALTER DATABASE {name} SET architect.small_table_rows = 1000000"),
    );
    assert_eq!(about(&mut session), ["orders"], "a default of the database is one of new sessions");
    ok(&mut session, "SET architect.small_table_rows = 1000000");
    assert_eq!(about(&mut session), [""; 0]);
    ok(&mut session, "SET architect.small_table_bytes = '8kB'; SET architect.small_table_rows = 4999");
    assert_eq!(about(&mut session), ["orders"]);
}

#[test]
fn size_source_decides_what_is_large() {
    let db = shop();
    let mut session = connect(&db);
    // The statistics of another server: customers is large there, orders was emptied.
    ok(
        &mut session,
        "SET allow_system_table_mods = on;
         UPDATE pg_class SET reltuples = 3000000, relpages = 60000 WHERE oid = 'customers'::regclass;
         UPDATE pg_class SET reltuples = 0, relpages = 0 WHERE oid = 'orders'::regclass",
    );
    let live = |session: &mut Session| -> Vec<String> {
        let rows = session
            .query(
                "SELECT f.relation_name FROM architect.lint('CREATE INDEX idx_orders_code ON orders (code);
                   CREATE INDEX idx_customers_name ON customers (name)') f WHERE rule = 'index-not-concurrent'",
                &[],
            )
            .expect("rows");
        rows.iter().map(|row| row.get(0)).collect()
    };
    assert_eq!(live(&mut session), ["orders"]);
    ok(&mut session, "SET architect.size_source = catalog");
    assert_eq!(live(&mut session), ["customers"]);
    let rows: i64 = value(
        &mut session,
        "SELECT rows FROM architect.explain_ddl('DROP TABLE customers') WHERE relation LIKE '%customers'",
    );
    assert_eq!(rows, 3_000_000);
}

/// The first column of the rows.
fn texts(session: &mut Session, query: &str) -> Vec<String> {
    session.query(query, &[]).expect(query).iter().map(|row| row.get(0)).collect()
}

#[test]
fn a_rule_answers_to_its_other_names() {
    let db = shop();
    let mut session = connect(&db);
    ok(
        &mut session,
        "SELECT architect.configure('timetz-type', 'off');
         SELECT architect.suppress('float-money', 'public.orders.total', 'a test')",
    );
    let stored = "SELECT rule FROM architect.rule_settings UNION SELECT rule FROM architect.suppressions ORDER BY 1";
    assert_eq!(texts(&mut session, stored), ["money-as-float", "time-with-time-zone"]);
    let same = "SELECT (architect.rule_doc('timetz-type') = architect.rule_doc('time-with-time-zone'))::text";
    assert_eq!(texts(&mut session, same), ["true"]);
    let text = "CREATE TABLE visits (id bigint PRIMARY KEY, held timetz -- architect: allow timetz-type a test\n);";
    ok(
        &mut session,
        "SELECT architect.unconfigure('timetz-type'); SELECT architect.unsuppress('float-money', 'public.orders.total')",
    );
    assert_eq!(texts(&mut session, stored), <[&str; 0]>::default());
    let found = format!("SELECT rule FROM architect.lint(E'{text}') WHERE rule = 'time-with-time-zone'");
    assert_eq!(texts(&mut session, &found), <[&str; 0]>::default());
    assert_eq!(texts(&mut session, &found.replace("timetz-type", "money-type")), ["time-with-time-zone"]);
}

#[test]
fn what_cannot_be_meant_is_an_error_with_a_hint() {
    let db = database();
    let mut session = connect(&db);
    for (call, hint) in [
        ("configure('primary-key-mising', severity => 'off')", "\"primary-key-missing\""),
        ("configure('vacuum', severity => 'off')", "architect.rules"),
        ("configure('primary-key-missing', severity => 'fatal')", "info, warning, error"),
        ("configure('blocked-by-open-transaction', parameters => '{\"blocker_ages\": 1}')", "\"blocker_age\""),
        ("configure('blocked-by-open-transaction', parameters => '{\"blocker_age\": \"long\"}')", "milliseconds"),
        ("configure('blocked-by-open-transaction', parameters => '{\"blocker_age\": -1}')", "milliseconds"),
        ("configure('blocked-by-open-transaction', parameters => '{\"blocker_age\": 1.5}')", "milliseconds"),
        ("configure('primary-key-missing', parameters => '{\"ignore_unlogged\": 1}')", "UNLOGGED"),
        ("configure('index-name-pattern', parameters => '{\"pattern\": [\"a\"]}')", "{table}"),
        ("configure('primary-key-missing', parameters => '[]')", "small_table_rows"),
        ("configure('primary-key-missing')", "unconfigure"),
        ("configure('*', parameters => '{\"blocker_age\": 1}')", "small_table_rows"),
        ("configure(NULL, severity => 'off')", ""),
        ("configure('primary-key-missing', 'off', schema_pattern => NULL)", ""),
        ("suppress('primary-key-mising', 'public.parcels', 'x')", "\"primary-key-missing\""),
        ("suppress('primary-key-missing', 'parcels', 'x')", "shop.orders"),
        ("suppress('primary-key-missing', NULL, 'x')", "shop.orders"),
        ("suppress('primary-key-missing', 'public.parcels', NULL)", "Say why"),
        ("suppress('primary-key-missing', 'public.parcels', ' ')", "Say why"),
        ("suppress('primary-key-missing', 'public.parcels', 'x', '2001-01-01')", ""),
        ("break_glass(NULL)", "Say why"),
        ("rule_doc('primary-key-mising')", "\"primary-key-missing\""),
    ] {
        let error = fails(&mut session, &format!("SELECT architect.{call}"), "PA005");
        assert!(error.hint.as_deref().unwrap_or_default().contains(hint), "{error}\nin: {call}");
    }
    assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM architect.rule_settings"), 0);
    assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM architect.suppressions"), 0);
    assert!(!value::<bool>(&mut session, "SELECT architect.unconfigure('primary-key-missing')"));
    assert!(!value::<bool>(&mut session, "SELECT architect.unsuppress('primary-key-missing', 'public.parcels')"));
}

#[test]
fn a_suppression_is_for_one_rule_on_one_object() {
    let db = database();
    let mut session = connect(&db);
    ok(&mut session, "SELECT architect.suppress('primary-key-missing', 'public.parcel', 'staging, see wiki')");
    assert_eq!(judged(&mut session, "parcel"), [SINGULAR]);
    assert_eq!(judged(&mut session, "box"), [MISSING, SINGULAR]);
    let row: String = value(
        &mut session,
        "SELECT reason || ' / ' || created_by || ' / ' || (expires IS NULL) FROM architect.suppressions",
    );
    assert_eq!(row, "staging, see wiki / postgres / true");
    // A second one for the same replaces the first.
    ok(
        &mut session,
        "SELECT architect.suppress('primary-key-missing', ' public.parcel ', 'another', now() + '1 hour')",
    );
    assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM architect.suppressions WHERE expires > now()"), 1);
    assert_eq!(judged(&mut session, "parcel"), [SINGULAR]);
    assert!(value::<bool>(&mut session, "SELECT architect.unsuppress('primary-key-missing', 'public.parcel')"));
    assert_eq!(judged(&mut session, "parcel"), [MISSING, SINGULAR]);

    // A table stands for its columns; a column for itself; names as they are quoted.
    ok(
        &mut session,
        "SELECT architect.configure(rule, severity => 'off') FROM unnest('{object-name-snake-case,column-name-snake-case}'::text[]) AS rule",
    );
    let stamped = "CREATE TABLE \"Boxes\" (id bigint PRIMARY KEY, \"PackedAt\" timestamp, sent_at timestamp)";
    let about = |session: &mut Session| -> usize {
        let run = ok(session, stamped);
        ok(session, "SET architect.mode = off; DROP TABLE \"Boxes\"; SET architect.mode = warn");
        times(&run, "timestamp-without-time-zone")
    };
    assert_eq!(about(&mut session), 2);
    ok(&mut session, "SELECT architect.suppress('timestamp-without-time-zone', 'public.\"Boxes\".\"PackedAt\"', 'x')");
    assert_eq!(about(&mut session), 1);
    ok(&mut session, "SELECT architect.suppress('timestamp-without-time-zone', 'public.\"Boxes\"', 'x')");
    assert_eq!(about(&mut session), 0);
    // It holds for what stops, and for texts, too.
    ok(&mut session, "SET architect.mode = enforce; SET architect.enforce_severity = warning");
    assert_eq!(about(&mut session), 0);
    let lint: i64 = session
        .query_one("SELECT count(*) FROM architect.lint($1) WHERE rule = 'timestamp-without-time-zone'", &[&stamped])
        .expect("a row")
        .get(0);
    assert_eq!(lint, 0);
}

#[test]
fn a_suppression_ends() {
    let db = database();
    let mut session = connect(&db);
    ok(
        &mut session,
        "SELECT architect.suppress('primary-key-missing', 'public.parcel', 'for a moment', clock_timestamp() + '1 second')",
    );
    assert_eq!(judged(&mut session, "parcel"), [SINGULAR]);
    wait_until(&mut session, "SELECT expires < clock_timestamp() FROM architect.suppressions");
    // In the same session, with nothing having changed but the time.
    assert_eq!(judged(&mut session, "parcel"), [MISSING, SINGULAR]);
    let expired: String =
        value(&mut session, "SELECT value FROM architect.status() WHERE name = 'suppressions expired'");
    assert_eq!(expired, "1");
}

#[test]
fn other_sessions_know_at_once() {
    let db = database();
    let (mut one, mut two) = (connect(&db), connect(&db));
    assert_eq!(judged(&mut two, "parcel"), [MISSING, SINGULAR]);
    for (change, expected) in [
        ("SELECT architect.configure('primary-key-missing', severity => 'off')", &[SINGULAR][..]),
        // Plain SQL, too.
        ("UPDATE architect.rule_settings SET severity = 'info'", &["primary-key-missing info", SINGULAR][..]),
        ("DELETE FROM architect.rule_settings", &[MISSING, SINGULAR][..]),
        (
            "INSERT INTO architect.suppressions VALUES ('table-name-plural', 'public.parcel', 'x', NULL, 'me', now())",
            &[MISSING][..],
        ),
        ("TRUNCATE architect.suppressions", &[MISSING, SINGULAR][..]),
        ("SELECT architect.suppress('primary-key-missing', 'public.parcel', 'x')", &[SINGULAR][..]),
        ("SELECT architect.unsuppress('primary-key-missing', 'public.parcel')", &[MISSING, SINGULAR][..]),
    ] {
        ok(&mut one, change);
        assert_eq!(judged(&mut two, "parcel"), expected, "after {change}");
        assert_eq!(judged(&mut one, "parcel"), expected, "in its own session, after {change}");
    }
}

#[test]
fn a_change_of_the_policy_is_transactional() {
    let db = database();
    let (mut one, mut two) = (connect(&db), connect(&db));
    one.batch_execute("BEGIN").expect("BEGIN");
    ok(
        &mut one,
        "SELECT architect.configure('primary-key-missing', severity => 'off'); SAVEPOINT s; SELECT architect.configure('table-name-plural', severity => 'off')",
    );
    assert_eq!(judged(&mut two, "parcel"), [MISSING, SINGULAR], "not committed yet");
    assert_eq!(
        times(
            &ok(&mut one, "CREATE TABLE parcel (weight integer); SET CONSTRAINTS ALL IMMEDIATE"),
            "primary-key-missing"
        ),
        0
    );
    ok(&mut one, "ROLLBACK TO s; COMMIT");
    assert_eq!(judged(&mut two, "parcel"), [SINGULAR], "what was committed of it");
    ok(&mut one, "BEGIN; SELECT architect.unconfigure('primary-key-missing'); ROLLBACK");
    for session in [&mut one, &mut two] {
        assert_eq!(judged(session, "parcel"), [SINGULAR]);
    }
    // Its own transaction is judged by its own policy.
    let mut strict = strict(&db);
    silent(
        &mut strict,
        "BEGIN; SELECT architect.suppress('table-name-plural', 'public.parcel', 'x'); CREATE TABLE parcel (weight integer); COMMIT",
    );
    assert!(exists(&mut strict, "parcel"));
}

#[test]
fn two_writers_of_the_policy_wait_for_each_other() {
    let db = database();
    let (mut one, mut two) = (connect(&db), connect(&db));
    let mut watcher = connect(&db);
    ok(&mut one, "BEGIN; SELECT architect.configure('primary-key-missing', severity => 'off')");
    let me = pid(&mut two);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(move || {
            two.run("SELECT architect.configure('primary-key-missing', parameters => '{\"ignore_unlogged\": true}')")
        });
        wait_until(&mut watcher, &format!("SELECT EXISTS (SELECT FROM pg_locks WHERE pid = {me} AND NOT granted)"));
        ok(&mut one, "COMMIT");
        let run = waiting.join().expect("a session");
        assert!(run.error.is_none(), "{run:?}");
    });
    let both: String = value(&mut one, "SELECT severity || ' ' || parameters FROM architect.rule_settings");
    assert_eq!(both, "off {\"ignore_unlogged\": true}", "neither is lost");
}

// Arming.

/// A session into which `enforce` comes from the database's settings.
fn enforced(db: &Db) -> Session {
    let name = db.name();
    ok(
        &mut connect(db),
        &format!(
            "ALTER DATABASE {name} SET architect.mode = 'enforce'; ALTER DATABASE {name} SET architect.enforce_severity = 'warning'"
        ),
    );
    connect(db)
}

#[test]
fn a_setting_of_the_database_stops_only_where_it_is_armed() {
    let db = database();
    let mut session = enforced(&db);
    let run = ok(
        &mut session,
        "CREATE TABLE parcels (weight integer); DROP TABLE parcels; CREATE TABLE parcels (weight integer); DROP TABLE parcels",
    );
    assert_eq!(times(&run, "primary-key-missing"), 2);
    let told: Vec<&str> =
        run.messages.iter().filter(|m| m.message.contains("not armed")).map(|m| m.severity.as_str()).collect();
    assert_eq!(told, ["WARNING"], "said once in a session");
    let state = "SELECT value FROM architect.status() WHERE name = 'DDL is stopped'";
    assert_eq!(value::<String>(&mut session, state), "no");

    ok(&mut connect(&db), "SELECT architect.arm()");
    assert_eq!(value::<String>(&mut session, state), "yes", "at once");
    fails(&mut session, "CREATE TABLE parcels (weight integer)", "PA003");
    fails(&mut connect(&db), "CREATE TABLE parcels (weight integer)", "PA003");
    // Arming twice is arming; the row says who.
    ok(&mut connect(&db), "SELECT architect.arm()");
    assert_eq!(value::<String>(&mut session, "SELECT armed_by FROM architect.armed"), "postgres");

    ok(&mut connect(&db), "SELECT architect.disarm()");
    assert_eq!(value::<String>(&mut session, state), "no");
    ok(&mut session, "CREATE TABLE parcels (weight integer)");
    // The session's own word needs no arming.
    ok(&mut session, "SET architect.mode = enforce");
    fails(&mut session, "CREATE TABLE crates (weight integer)", "PA003");
    ok(&mut session, "RESET architect.mode");
    ok(&mut session, "CREATE TABLE crates (weight integer)");
    // For one transaction.
    ok(&mut session, "BEGIN; SET LOCAL architect.mode = enforce; CREATE TABLE pallets (weight integer)");
    fails(&mut session, "COMMIT", "PA003");
    ok(&mut session, "CREATE TABLE pallets (weight integer)");
    // An option of the connection is the session's own, too.
    let mut session = connect_with_options(&db, "postgres", "-c architect.mode=enforce").expect("a session");
    fails(&mut session, "CREATE TABLE boxes (weight integer)", "PA003");
}

#[test]
fn a_setting_of_a_role_stops_only_where_it_is_armed() {
    let db = database();
    let role = app_role(&db);
    ok(
        &mut connect(&db),
        &format!(
            "ALTER ROLE {role} SET architect.mode = 'enforce'; ALTER ROLE {role} IN DATABASE {} SET architect.enforce_severity = 'warning'",
            db.name()
        ),
    );
    let mut session = db.connect_as(&role).expect("a session");
    ok(&mut session, "CREATE TABLE parcels (weight integer)");
    ok(&mut connect(&db), "SELECT architect.arm()");
    fails(&mut session, "CREATE TABLE crates (weight integer)", "PA003");
}

#[test]
fn a_copy_of_an_armed_database_is_not_armed() {
    let db = database();
    ok(&mut connect(&db), "SELECT architect.arm(); SELECT architect.configure('table-name-plural', severity => 'off')");
    let copy = format!("{}_copy", db.name());
    let cluster = cluster(&db);
    let mut admin = cluster.connect("postgres").expect("a session");
    admin.batch_execute(&format!("CREATE DATABASE {copy} TEMPLATE {}", db.name())).expect("a copy");
    admin
        .batch_execute(&format!("ALTER DATABASE {copy} SET architect.mode = 'enforce'"))
        .and_then(|()| {
            admin.batch_execute(&format!("ALTER DATABASE {copy} SET architect.enforce_severity = 'warning'"))
        })
        .expect("settings");
    let mut session = cluster.connect(&copy).expect("a session");
    assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM architect.armed"), 1, "the row came along");
    let run = ok(&mut session, "CREATE TABLE parcel (weight integer)");
    assert_eq!(rules(&run.messages), ["primary-key-missing"], "the policy came along, the arming did not");
    assert_eq!(
        value::<String>(&mut session, "SELECT value FROM architect.status() WHERE name = 'blocking armed'"),
        "no"
    );
    ok(&mut session, "SELECT architect.arm()");
    fails(&mut session, "CREATE TABLE crates (weight integer)", "PA003");
    drop(session);
    admin.batch_execute(&format!("DROP DATABASE {copy} WITH (FORCE)")).expect("no copy");
}

// The log.

#[track_caller]
fn logged(session: &mut Session) -> Vec<String> {
    let rows = session
        .query(
            "SELECT tag || ': ' || array_to_string(objects, ', ') || ' ' || jsonb_array_length(findings)
             FROM architect.ddl_log ORDER BY happened_at, tag",
            &[],
        )
        .expect("rows");
    let list = rows.iter().map(|row| row.get(0)).collect();
    session.batch_execute("DELETE FROM architect.ddl_log").expect("an empty log");
    list
}

#[test]
fn the_log_has_what_log_ddl_says() {
    let db = shop();
    let mut session = connect(&db);
    let sql = "ALTER TABLE customers ADD COLUMN email text; DROP TABLE events; CREATE VIEW names AS SELECT name FROM customers; DROP VIEW names";
    let undo = |session: &mut Session| {
        ok(
            session,
            "SET architect.mode = off; ALTER TABLE customers DROP COLUMN email; CREATE TABLE events (id bigint PRIMARY KEY);
             INSERT INTO events SELECT generate_series(1, 5000); ANALYZE events; SET architect.mode = warn; SET lock_timeout = '2s'",
        );
    };
    ok(&mut session, &format!("SET lock_timeout = '2s'; SET architect.log_ddl = 'none'; {sql}"));
    assert_eq!(logged(&mut session), [""; 0]);
    undo(&mut session);
    ok(&mut session, &format!("SET architect.log_ddl = 'findings'; {sql}"));
    let list = logged(&mut session);
    assert_eq!(list.len(), 1, "{list:?}");
    assert!(
        list[0].starts_with("DROP TABLE: ") && list[0].contains("public.events") && list[0].ends_with(" 1"),
        "{list:?}"
    );
    undo(&mut session);
    ok(&mut session, &format!("SET architect.log_ddl = 'all'; {sql}"));
    let list = logged(&mut session);
    let tags: Vec<&str> = list.iter().map(|line| line.split(':').next().unwrap_or_default()).collect();
    assert_eq!(tags, ["ALTER TABLE", "DROP TABLE", "CREATE VIEW", "DROP VIEW"]);
    assert!(list[0].contains("public.customers"), "{list:?}");
    // Nothing for what does nothing, for temporary objects of PostgreSQL's own, for what only fails.
    ok(&mut session, "DROP TABLE IF EXISTS nothing_here");
    fails(&mut session, "ALTER TABLE customers ADD COLUMN name text", "42701");
    assert_eq!(logged(&mut session), [""; 0]);
    // Where nothing may be written nothing is.
    fails(&mut session, "BEGIN READ ONLY; CREATE TABLE parcels (weight integer)", "25006");
    ok(&mut session, "ROLLBACK");
}

#[test]
fn the_log_holds_what_was_committed() {
    let db = shop();
    let mut session = connect(&db);
    ok(&mut session, "SET architect.log_ddl = 'all'; SET lock_timeout = '2s'");
    ok(
        &mut session,
        "BEGIN; DROP TABLE orders; ROLLBACK; BEGIN; SAVEPOINT s; DROP TABLE orders; ROLLBACK TO s; COMMIT",
    );
    ok(
        &mut session,
        "DO $$ BEGIN DROP TABLE orders; RAISE division_by_zero; EXCEPTION WHEN division_by_zero THEN NULL; END $$",
    );
    ok(&mut session, "SET architect.mode = enforce");
    fails(&mut session, "DROP TABLE orders", "PA002");
    ok(&mut session, "SET architect.enforce_severity = warning");
    fails(&mut session, "CREATE TABLE parcels (weight integer)", "PA003");
    assert_eq!(logged(&mut session), [""; 0]);
    let from = log_length(&db);
    fails(&mut session, "DROP TABLE orders", "PA002");
    let lines = log_of(&db, from);
    assert!(
        lines.iter().any(|line| line.contains("ERROR:  ") && line.ends_with("[table-dropped]")),
        "what was stopped is in the server log: {lines:?}"
    );

    let before: i64 = value(&mut session, "SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint");
    ok(
        &mut session,
        "BEGIN; CREATE TABLE crates (id bigint PRIMARY KEY); SAVEPOINT s; CREATE TABLE boxes (id bigint PRIMARY KEY); RELEASE s; COMMIT",
    );
    let rows = session
        .query("SELECT session_role, outer_role, effective_role, application_name, transaction_id::text::bigint, happened_at BETWEEN now() - interval '1 minute' AND now(), id::text FROM architect.ddl_log", &[])
        .expect("rows");
    assert_eq!(rows.len(), 2);
    for row in &rows {
        for column in 0..3 {
            assert_eq!(row.get::<_, String>(column), "postgres");
        }
        assert_eq!(row.get::<_, String>(3), "pg_architect");
        assert!(row.get::<_, i64>(4) >= before);
        assert!(row.get::<_, bool>(5));
    }
    assert_ne!(rows[0].get::<_, String>(6), rows[1].get::<_, String>(6));
    assert_eq!(rows[0].get::<_, i64>(4), rows[1].get::<_, i64>(4), "one transaction");
    // No sequence is touched for it: lastval() is the user's own.
    fails(&mut session, "SELECT lastval()", "55000");
}

#[test]
fn the_log_has_predicted_and_actual_rewrites() {
    let db = shop();
    let mut session = connect(&db);
    let from = log_length(&db);
    ok(&mut session, "SET architect.log_ddl = 'all'; SET lock_timeout = '2s'");
    for (sql, rewritten) in [
        ("ALTER TABLE orders ALTER COLUMN amount TYPE bigint", &["orders"][..]),
        ("ALTER TABLE orders ALTER COLUMN code TYPE varchar(20)", &[][..]),
        ("ALTER TABLE orders ADD COLUMN drawn double precision DEFAULT random()", &["orders"][..]),
        ("ALTER TABLE orders ADD COLUMN flag boolean DEFAULT true", &[][..]),
        ("ALTER TABLE orders SET UNLOGGED", &["orders"][..]),
        ("ALTER TABLE events ALTER COLUMN id TYPE numeric", &["events_2024", "events_2025"][..]),
        ("ALTER TABLE events ADD COLUMN source text", &[][..]),
    ] {
        ok(&mut session, sql);
        let row = session
            .query_one(
                "SELECT (SELECT coalesce(array_agg(relname::text ORDER BY relname), '{}') FROM pg_class WHERE oid = ANY (actual_rewrites)),
                        predicted_rewrites = actual_rewrites
                 FROM architect.ddl_log",
                &[],
            )
            .expect("one row");
        let actual: Vec<String> = row.get(0);
        assert_eq!(actual, rewritten, "{sql}");
        assert!(row.get::<_, bool>(1), "predicted and actual differ: {sql}");
        ok(&mut session, "DELETE FROM architect.ddl_log");
    }
    let surprises: Vec<String> = log_of(&db, from).into_iter().filter(|line| line.contains("wrote anew")).collect();
    assert_eq!(surprises, [""; 0]);
}

#[test]
fn a_huge_drop_has_a_bounded_row() {
    let db = database();
    let mut session = connect(&db);
    ok(
        &mut session,
        "SET architect.mode = off; CREATE SCHEMA crowd;
         DO $$ BEGIN FOR i IN 1..1100 LOOP EXECUTE format('CREATE TABLE crowd.t%s (id bigint)', i); END LOOP; END $$;
         SET architect.mode = warn; SET architect.log_ddl = 'all'; DROP SCHEMA crowd CASCADE",
    );
    let (objects, last): (i32, String) = {
        let row = session
            .query_one("SELECT cardinality(objects), objects[cardinality(objects)] FROM architect.ddl_log", &[])
            .expect("one row");
        (row.get(0), row.get(1))
    };
    assert!(objects <= 1001, "{objects} objects");
    assert!(last.starts_with("... and ") && last.ends_with(" more"), "{last}");
}

#[test]
fn last_findings_are_those_of_the_last_transaction_that_had_some() {
    let db = shop();
    let mut session = connect(&db);
    ok(&mut session, "SET lock_timeout = '2s'");
    let names = |session: &mut Session| -> Vec<String> {
        session.last_findings().expect("rows").into_iter().map(|finding| finding.rule).collect()
    };
    assert_eq!(names(&mut session), [""; 0]);
    ok(&mut session, "CREATE TABLE parcel (weight integer)");
    assert_eq!(names(&mut session), ["primary-key-missing", "table-name-plural"]);
    // What has none changes nothing, nor does a query, nor does a rollback.
    ok(&mut session, "CREATE TABLE boxes (id bigint PRIMARY KEY); SELECT 1; BEGIN; ROLLBACK");
    assert_eq!(names(&mut session), ["primary-key-missing", "table-name-plural"]);
    ok(&mut session, "BEGIN; DROP TABLE orders; CREATE TABLE crate (id bigint PRIMARY KEY); COMMIT");
    assert_eq!(names(&mut session), ["table-dropped", "table-name-plural"], "of the whole transaction");
    ok(&mut session, "SET architect.mode = enforce");
    fails(&mut session, "DROP TABLE events", "PA002");
    assert_eq!(names(&mut session), ["table-dropped"]);
    // With the numbers and the remedy, for programs.
    let evidence: i64 = value(&mut session, "SELECT (evidence->>'rows')::bigint FROM architect.last_findings()");
    assert!(evidence > 1000, "{evidence}");
    // DISCARD ALL is for connection pools; the list is harmless and of this session.
    ok(&mut session, "DISCARD ALL");
}
