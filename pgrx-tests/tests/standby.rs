//! A physical standby: what reads works there, what writes is refused as PostgreSQL refuses it, and a failover takes the guard along.

mod common;

use common::standby::Standby;
use common::*;
use harness::{Cluster, Options, Session};

/// The standby has replayed all that the primary has done.
#[track_caller]
fn caught_up(primary: &mut Session, standby: &mut Session) {
    let position: String = value(primary, "SELECT pg_current_wal_flush_lsn()::text");
    wait_until(standby, &format!("SELECT pg_last_wal_replay_lsn() >= '{position}'"));
}

#[track_caller]
fn rows(session: &mut Session, query: &str) -> Vec<String> {
    let rows = session.query(query, &[]).unwrap_or_else(|error| panic!("{error:?}\nin: {query}"));
    rows.iter().map(|row| row.get(0)).collect()
}

#[test]
fn a_standby_answers_and_takes_over() {
    let options = Options::from_environment().expect("a server").set("synchronous_commit", "local");
    let cluster = std::sync::Arc::new(Cluster::start(&options).expect("a cluster"));
    let db = cluster.database().expect("a database");
    let mut primary = connect(&db);
    ok(
        &mut primary,
        &format!(
            "SET architect.mode = off; {SHOP} SET architect.mode = warn; CREATE TABLE parcel (weight integer, packed_at timestamp)"
        ),
    );
    let name = db.name().to_owned();
    ok(
        &mut primary,
        &format!(
            "ALTER DATABASE {name} SET architect.mode = 'enforce'; ALTER DATABASE {name} SET architect.enforce_severity = 'warning'; SELECT architect.arm()"
        ),
    );

    let standby = Standby::start(&cluster);
    let mut session = standby.connect(&name);
    assert!(value::<bool>(&mut session, "SELECT pg_is_in_recovery()"));
    caught_up(&mut primary, &mut session);

    // The same answers as on the primary, where the same settings hold.
    let mut primary = connect(&db);
    for query in [
        "SELECT (rule, severity, object, message, detail, line)::text FROM architect.lint('ALTER TABLE orders ALTER COLUMN amount TYPE bigint;
           CREATE INDEX idx_orders_note ON orders (lower(note)) WHERE amount > 0; DROP TABLE events; CREATE TABLE boxes (weight integer);
           ALTER TABLE events ADD CHECK (id > 0); ALTER TABLE orders ADD FOREIGN KEY (customer_id) REFERENCES customers')",
        "SELECT e::text FROM architect.explain_ddl('ALTER TABLE orders ADD COLUMN drawn float DEFAULT random(); DROP TABLE customers CASCADE') e",
        "SELECT c::text FROM architect.check() c",
        "SELECT c::text FROM architect.check('public', 'parcel') c",
        "SELECT r::text FROM architect.rules r",
        "SELECT s::text FROM architect.status() s",
        "SELECT architect.rule_doc('table-dropped')",
    ] {
        let expected = rows(&mut primary, query);
        assert!(!expected.is_empty(), "{query}");
        assert_eq!(rows(&mut session, query), expected, "{query}");
    }
    assert_eq!(rows(&mut session, "SELECT f::text FROM architect.last_findings() f"), [""; 0]);

    // PostgreSQL's own refusals, and no failure of ours.
    for sql in [
        "CREATE TABLE boxes (weight integer)",
        "CREATE TEMP TABLE boxes (weight integer)",
        "ALTER TABLE customers ADD COLUMN email text",
        "SELECT architect.configure('table-dropped', severity => 'off')",
        "SELECT architect.suppress('table-dropped', 'public.orders', 'x')",
        "SELECT architect.unsuppress('table-dropped', 'public.orders')",
        "SELECT architect.arm()",
        "SELECT architect.disarm()",
    ] {
        let run = session.run(sql);
        assert_eq!(run.error.as_ref().map(|error| error.code.as_str()), Some("25006"), "{sql}: {:?}", run.error);
        assert!(ours(&run.messages).is_empty(), "{:?}", run.messages);
    }

    // A change of the policy reaches the standby's sessions with the WAL.
    let about = "SELECT severity FROM architect.lint('DROP TABLE orders') WHERE rule = 'table-dropped'";
    assert_eq!(rows(&mut session, about), ["error"]);
    ok(&mut primary, "SELECT architect.configure('table-dropped', severity => 'info')");
    caught_up(&mut primary, &mut session);
    assert_eq!(rows(&mut session, about), ["info"]);

    // Promoted it is the primary, and armed as that was: the same sessions, the same database.
    let pid = pid(&mut session);
    standby.control(&["--wait", "promote"]);
    wait_until(&mut session, "SELECT NOT pg_is_in_recovery()");
    assert_eq!(value::<i32>(&mut session, "SELECT pg_backend_pid()"), pid);
    let error = fails(&mut session, "CREATE TABLE boxes (weight integer)", "PA003");
    assert_eq!(error.table.as_deref(), Some("boxes"), "{error}");
    ok(&mut session, "CREATE TABLE boxes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)");
}

#[test]
fn a_backfill_waits_for_a_standby() {
    let options = Options::from_environment().expect("a server");
    let cluster = std::sync::Arc::new(Cluster::start(&options).expect("a cluster"));
    let db = cluster.database().expect("a database");
    let mut primary = connect(&db);
    ok(&mut primary, &format!("SET architect.mode = off; {SHOP}"));
    let standby = Standby::start(&cluster);
    let mut replica = standby.connect(db.name());
    caught_up(&mut primary, &mut replica);
    ok(&mut replica, "SELECT pg_wal_replay_pause()");
    wait_until(&mut replica, "SELECT pg_get_wal_replay_pause_state() = 'paused'");

    // The first batches put the standby behind; then nothing more happens until it follows.
    let mut session = connect(&db);
    let runner = std::thread::spawn(move || {
        session.run(
            "CALL architect.run_backfill('orders', 'note = repeat(note, 20)', batch_rows => 200, pause => '0', max_lag_bytes => 200000)",
        )
    });
    wait_until(
        &mut primary,
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND query LIKE 'CALL architect.run_backfill%')
           AND EXISTS (SELECT FROM architect.backfills WHERE batches > 0)",
    );
    let done: i64 = value(&mut primary, "SELECT batches FROM architect.backfills");
    assert!((1..25).contains(&done), "{done} batches while nobody followed");
    std::thread::sleep(std::time::Duration::from_millis(1500));
    assert_eq!(value::<i64>(&mut primary, "SELECT batches FROM architect.backfills"), done, "it waits");
    ok(&mut replica, "SELECT pg_wal_replay_resume()");
    let run = runner.join().expect("the thread");
    assert!(run.error.is_none(), "{:?}", run.error);
    let said: Vec<&str> = run.messages.iter().map(|message| message.message.as_str()).collect();
    assert!(
        said.first().is_some_and(|line| line.starts_with("the backfill of public.orders waits for a replica: it is ")),
        "{said:?}"
    );
    assert_eq!(
        said.last(),
        Some(&"the backfill of public.orders is done: 5000 rows in 25 batches, 5000 of them changed")
    );

    // Who may not see the replicas is told so, once, and does not wait.
    let role = app_role(&db);
    ok(
        &mut primary,
        &format!(
            "GRANT SELECT, UPDATE ON orders TO {role}; GRANT SELECT, INSERT, UPDATE ON architect.backfills TO {role}"
        ),
    );
    let mut other = cluster.connect_as(db.name(), &role).expect("a session");
    let run = ok(
        &mut other,
        "CALL architect.run_backfill('public.orders', 'note = left(note, 9)', pause => '0', max_lag_bytes => 0)",
    );
    let warnings: Vec<&str> =
        run.messages.iter().filter(|m| m.severity == "WARNING").map(|m| m.message.as_str()).collect();
    assert_eq!(warnings, [format!("role {role} may not see how far the replicas are")]);

    // Plans only read: a standby gives them too.
    let mut replica = standby.connect(db.name());
    caught_up(&mut primary, &mut replica);
    for call in ["not_null_plan('orders', 'note')", "type_change_plan('orders', 'amount', 'bigint')"] {
        assert!(value::<i64>(&mut replica, &format!("SELECT count(*) FROM architect.{call}")) > 1);
    }
}
