//! The plans: each step is executed on tables with rows, under the strictest guard, and must take the locks that the plan says.

mod common;

use common::*;
use harness::split::Statement;
use harness::{Db, Finding, Session};
use std::collections::BTreeMap;
use std::time::Duration;

/// A shop in a schema of its own, whose tables are all live.
const STAGE: &str = "\
    SET architect.mode = off;
    CREATE SCHEMA shop;
    CREATE TABLE shop.customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);
    CREATE TABLE shop.orders (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        customer_id bigint,
        amount integer NOT NULL DEFAULT 0 CHECK (amount >= 0),
        code varchar(20),
        note text,
        ordered_at timestamptz
    );
    CREATE INDEX idx_orders_amount ON shop.orders (amount DESC, code);
    CREATE TABLE shop.events (
        id bigint NOT NULL,
        customer_id bigint,
        happened_at timestamptz NOT NULL,
        payload text,
        PRIMARY KEY (id, happened_at)
    ) PARTITION BY RANGE (happened_at);
    CREATE TABLE shop.events_2024 PARTITION OF shop.events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
    CREATE TABLE shop.events_2025 PARTITION OF shop.events FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    INSERT INTO shop.customers (name) SELECT 'name ' || g FROM generate_series(1, 2000) AS g;
    INSERT INTO shop.orders (customer_id, amount, code, note, ordered_at)
        SELECT 1 + g % 2000, g, 'c' || g, nullif('note ' || g % 7, 'note 0'), now() - g * interval '1 hour' FROM generate_series(1, 5000) AS g;
    INSERT INTO shop.events SELECT g, 1 + g % 2000, '2024-06-01', 'p' || g FROM generate_series(1, 3000) AS g;
    INSERT INTO shop.events SELECT g, 1 + g % 2000, '2025-06-01', 'p' || g FROM generate_series(1, 3000) AS g;
    ANALYZE;
    RESET architect.mode";

/// The same in names that need quotes, with a composite key of two types.
const QUOTED: &str = "\
    SET architect.mode = off;
    CREATE SCHEMA \"My Shop\";
    CREATE TABLE \"My Shop\".\"Customer s\" (\"Nr\" integer, \"Land%\" text COLLATE \"C\", PRIMARY KEY (\"Nr\", \"Land%\"));
    CREATE TABLE \"My Shop\".\"Or'der\" (
        \"Nr\" integer NOT NULL,
        \"Land%\" text COLLATE \"C\" NOT NULL,
        \"order\" integer NOT NULL,
        \"No\"\"te\" text,
        \"At\" timestamptz,
        PRIMARY KEY (\"Land%\", \"order\")
    );
    INSERT INTO \"My Shop\".\"Customer s\" SELECT g, 'L' || g % 5 FROM generate_series(1, 2000) AS g;
    INSERT INTO \"My Shop\".\"Or'der\" SELECT g % 2000 + 1, 'L' || (g % 2000 + 1) % 5, g, 'n' || g, now() - g * interval '1 hour'
        FROM generate_series(1, 5000) AS g;
    ANALYZE;
    RESET architect.mode";

fn stage() -> Db {
    let db = database();
    connect(&db).batch_execute(STAGE).expect("the tables");
    drop(on_guard(&db));
    db
}

/// A step of a plan.
#[derive(Debug)]
struct Step {
    title: String,
    statement: String,
    transaction: String,
    locks: String,
    undo: Option<String>,
}

#[track_caller]
fn plan(session: &mut Session, call: &str) -> Vec<Step> {
    let sql = format!("SELECT step, title, statement, transaction, locks, undo FROM architect.{call}");
    let rows = session.query(&sql, &[]).unwrap_or_else(|error| panic!("{error:?}\nin: {sql}"));
    assert!(!rows.is_empty(), "{call} has steps");
    for (number, row) in (1..).zip(&rows) {
        assert_eq!(row.get::<_, i32>(0), number, "{call}");
    }
    rows.iter()
        .map(|row| Step {
            title: row.get(1),
            statement: row.get(2),
            transaction: row.get(3),
            locks: row.get(4),
            undo: row.get(5),
        })
        .collect()
}

/// Sends a text as one string, as `\gexec` does; the guard may say nothing but what `accepted` begins with.
#[track_caller]
fn send(session: &mut Session, text: &str, accepted: &[&str]) {
    session.take_messages();
    let result = session.execute_statement(&Statement { text: text.to_owned(), line: 1, copy_data: None });
    let messages = session.take_messages();
    if let Err(error) = &result {
        panic!("{error}\nin: {text}");
    }
    let found: Vec<String> = messages
        .iter()
        .filter(|message| message.code.starts_with("PA"))
        .filter(|message| !Finding::parse(message).is_some_and(|f| accepted.iter().any(|name| f.rule == *name)))
        .map(ToString::to_string)
        .collect();
    assert!(found.is_empty(), "the guard says:\n{}\nin: {text}", found.join("\n"));
}

/// A session as strict as can be that sets no timeout itself: the plan has to.
fn on_guard(db: &Db) -> Session {
    let mut session = connect(db);
    session
        .batch_execute("SET architect.mode = enforce; SET architect.enforce_severity = info; SET lock_timeout = 0")
        .expect("settings");
    connect(db).batch_execute("SELECT architect.arm()").expect("armed");
    session
}

/// Follows a plan as `\gexec` would: each step is one string.
#[track_caller]
fn follow(db: &Db, call: &str) -> Vec<Step> {
    let mut session = on_guard(db);
    let steps = plan(&mut session, call);
    for step in &steps {
        send(&mut session, &step.statement, &[]);
    }
    steps
}

/// The relations of the user that a process has locked so that it is in somebody's way, as those who look on see it: what the
/// process itself made is not among them.
fn locked(watcher: &mut Session, pid: i32, newest: i64) -> BTreeMap<String, String> {
    let rows = watcher
        .query(
            "SELECT format('%I.%I', n.nspname, c.relname), max(array_position(ARRAY['ShareUpdateExclusiveLock', 'ShareLock',
                    'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock'], l.mode))
             FROM pg_locks AS l JOIN pg_class AS c ON c.oid = l.relation JOIN pg_namespace AS n ON n.oid = c.relnamespace
             WHERE l.pid = $1 AND l.locktype = 'relation' AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND c.relkind IN ('r', 'p') AND c.oid::bigint <= $2 AND n.nspname NOT IN ('pg_catalog', 'pg_toast', 'architect')
             GROUP BY 1 HAVING max(array_position(ARRAY['ShareUpdateExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock',
                    'AccessExclusiveLock'], l.mode)) IS NOT NULL",
            &[&pid, &newest],
        )
        .expect("locks");
    let names = ["SHARE UPDATE EXCLUSIVE", "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"];
    rows.iter()
        .map(|row| (row.get(0), names[usize::try_from(row.get::<_, i32>(1)).expect("a place") - 1].to_owned()))
        .collect()
}

/// The newest relation: what is newer was made by the plan, and nobody else knows it.
fn newest(watcher: &mut Session) -> i64 {
    value(watcher, "SELECT max(oid::bigint) FROM pg_class")
}

/// What a step says about its locks, relation by relation.
fn said(watcher: &mut Session, locks: &str, newest: i64) -> BTreeMap<String, String> {
    let mut out = BTreeMap::new();
    for part in locks.split("; ").filter(|part| *part != "none") {
        let (mode, rest) = part.split_once(" on ").unwrap_or_else(|| panic!("{part:?} of {locks:?}"));
        let end = rest.rfind(" for ").max(rest.rfind(" while ")).unwrap_or_else(|| panic!("how long? {part:?}"));
        let (name, with_partitions) = match rest[..end].split_once(" and its ") {
            Some((name, number)) => (name, number.split(' ').next().map(|n| n.parse::<i64>().expect("a number"))),
            None => (&rest[..end], None),
        };
        out.insert(name.to_owned(), mode.to_owned());
        if let Some(number) = with_partitions {
            let rows = watcher
                .query(
                    "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_partition_tree($1::text::regclass) AS t
                     JOIN pg_class AS c ON c.oid = t.relid JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE t.level > 0",
                    &[&name],
                )
                .expect("partitions");
            assert_eq!(i64::try_from(rows.len()).expect("few"), number, "{locks}");
            out.extend(rows.iter().map(|row| (row.get(0), mode.to_owned())));
        }
    }
    out.retain(|name, _| {
        value::<bool>(watcher, &format!("SELECT to_regclass('{}')::oid::bigint <= {newest}", name.replace('\'', "''")))
    });
    out
}

/// Follows a plan between BEGIN and COMMIT where it says so, and compares the locks with what each step says.
#[track_caller]
fn follow_watched(db: &Db, call: &str, accepted: &[&str]) -> Vec<Step> {
    let mut session = on_guard(db);
    // BEGIN and COMMIT are this test's, to look at the locks. A plan's step is one string, and no block that could be left half done.
    session.batch_execute("SELECT architect.configure('constraint-left-not-valid', 'off')").expect("a setting");
    if !accepted.is_empty() {
        session.batch_execute("SET architect.enforce_severity = warning").expect("a setting");
    }
    let mut watcher = connect(db);
    watcher.batch_execute("SET statement_timeout = '5s'").expect("a setting");
    let process = pid(&mut session);
    let newest = newest(&mut watcher);
    let steps = plan(&mut session, call);
    for step in &steps {
        match step.transaction.as_str() {
            "outside a transaction block" => send(&mut session, &step.statement, accepted),
            "own transaction" => {
                // Before: a partition tree is not to be looked at while it is locked.
                let said = said(&mut watcher, &step.locks, newest);
                session.batch_execute("BEGIN").expect("a transaction");
                for statement in harness::split(&step.statement) {
                    send(&mut session, &statement.text, accepted);
                }
                assert_eq!(locked(&mut watcher, process, newest), said, "{step:#?}");
                send(&mut session, "COMMIT", accepted);
            }
            other => panic!("{other:?} of {step:#?}"),
        }
        assert_eq!(value::<String>(&mut session, "SHOW lock_timeout"), "0", "the timeout is the step's own: {step:#?}");
        assert_eq!(value::<String>(&mut session, "SHOW search_path"), "\"$user\", public", "{step:#?}");
    }
    steps
}

/// The rules about names: what is called after the tables of [`QUOTED`] is called as badly.
const NAMES: &[&str] = &[
    "object-name-snake-case",
    "column-name-snake-case",
    "index-name-pattern",
    "table-name-plural",
    "timestamp-column-suffix-at",
    "fk-column-name",
    "reserved-word-as-name",
];

#[track_caller]
fn is(session: &mut Session, condition: &str) {
    assert!(value::<bool>(session, &format!("SELECT {condition}")), "{condition}");
}

#[test]
fn not_null() {
    let db = stage();
    let mut session = connect(&db);
    let steps = follow_watched(&db, "not_null_plan('shop.orders', 'customer_id')", &[]);
    assert_eq!(steps.len(), if cluster(&db).major() >= 18 { 2 } else { 4 });
    is(
        &mut session,
        "attnotnull FROM pg_attribute WHERE attrelid = 'shop.orders'::regclass AND attname = 'customer_id'",
    );
    // Nothing else stays behind.
    is(
        &mut session,
        "NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'shop.orders'::regclass AND contype = 'c' AND conname <> 'orders_amount_check')",
    );

    // With what fills the NULLs.
    let steps = follow_watched(&db, "not_null_plan('shop.orders', 'note', $$'none'$$)", &[]);
    assert!(steps[0].statement.starts_with("CALL architect.run_backfill("), "{steps:#?}");
    is(&mut session, "attnotnull FROM pg_attribute WHERE attrelid = 'shop.orders'::regclass AND attname = 'note'");
    assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM shop.orders WHERE note = 'none'"), 714);
    fails(&mut session, "SELECT * FROM architect.not_null_plan('shop.orders', 'note')", "55000");

    // A partitioned table, and a proof that is there already and not the plan's to drop.
    follow_watched(&db, "not_null_plan('shop.events', 'payload')", &[]);
    is(
        &mut session,
        "bool_and(attnotnull) FROM pg_attribute WHERE attrelid::regclass::text ~ '^shop.events' AND attname = 'payload' AND attrelid IN (SELECT relid FROM pg_partition_tree('shop.events'))",
    );
    ok(
        &mut session,
        "SET architect.mode = off; ALTER TABLE shop.orders ADD CONSTRAINT has_code CHECK (code IS NOT NULL)",
    );
    let steps = follow_watched(&db, "not_null_plan('shop.orders', 'code')", &[]);
    assert_eq!(steps.len(), 1, "{steps:#?}");
    is(&mut session, "EXISTS (SELECT FROM pg_constraint WHERE conname = 'has_code')");
}

#[test]
fn not_null_fails_at_a_null_and_can_be_taken_back() {
    let db = stage();
    let mut session = connect(&db);
    let steps = plan(&mut session, "not_null_plan('shop.orders', 'note')");
    send(&mut session, &steps[0].statement, &[]);
    // From 18 on the constraint is a NOT NULL of its own (NOT VALID), before it a CHECK.
    let code = if cluster(&db).major() >= 18 { "23502" } else { "23514" };
    let validate = fails(&mut session, &steps[1].statement, code);
    let told = if cluster(&db).major() >= 18 { "column \"note\"" } else { "orders_note_not_null" };
    assert!(validate.message.contains(told), "{validate}");
    send(&mut session, steps[0].undo.as_deref().expect("a way back"), &[]);
    is(&mut session, "NOT EXISTS (SELECT FROM pg_constraint WHERE conname = 'orders_note_not_null')");
}

#[test]
fn foreign_keys() {
    let db = stage();
    let mut session = connect(&db);
    let steps =
        follow_watched(&db, "fk_plan('shop.orders', '{customer_id}', 'shop.customers', on_delete => 'restrict')", &[]);
    assert_eq!(steps.len(), 3, "an index, the key, its validation: {steps:#?}");
    is(&mut session, "convalidated AND confdeltype = 'r' FROM pg_constraint WHERE conname = 'orders_customer_id_fkey'");
    is(&mut session, "indisvalid FROM pg_index WHERE indexrelid = 'shop.idx_orders_customer_id'::regclass");
    fails(&mut session, "SELECT * FROM architect.fk_plan('shop.orders', '{customer_id}', 'shop.customers')", "42710");
    // On a partitioned table, index and key on each partition before 18.
    follow_watched(&db, "fk_plan('shop.events', '{customer_id}', 'shop.customers', on_delete => 'CASCADE')", &[]);
    is(&mut session, "count(*) = 3 AND bool_and(convalidated) FROM pg_constraint WHERE contype = 'f' AND confrelid = 'shop.customers'::regclass
                      AND conrelid IN (SELECT relid FROM pg_partition_tree('shop.events'))");
    is(&mut session, "indisvalid FROM pg_index WHERE indexrelid = 'shop.idx_events_customer_id'::regclass");
    fails(&mut session, "INSERT INTO shop.events VALUES (9, 9999, '2024-02-02', 'x')", "23503");
    // Plans of one table for each other: the next one has less to do.
    fails(&mut session, "SELECT * FROM architect.fk_plan('shop.events', '{customer_id}', 'shop.customers')", "42710");
}

#[test]
fn type_changes() {
    let db = stage();
    let mut session = connect(&db);
    let before: i64 = value(&mut session, "SELECT sum(amount) FROM shop.orders");
    let steps = follow_watched(&db, "type_change_plan('shop.orders', 'amount', 'bigint')", &[]);
    is(
        &mut session,
        "atttypid = 'bigint'::regtype AND attnotnull FROM pg_attribute WHERE attrelid = 'shop.orders'::regclass AND attname = 'amount'",
    );
    assert_eq!(value::<i64>(&mut session, "SELECT sum(amount)::bigint FROM shop.orders"), before);
    is(&mut session, "pg_get_indexdef('shop.idx_orders_amount'::regclass) LIKE '% (amount DESC, code)'");
    is(
        &mut session,
        "convalidated FROM pg_constraint WHERE conrelid = 'shop.orders'::regclass AND conname = 'orders_amount_check'",
    );
    fails(&mut session, "INSERT INTO shop.orders (amount) VALUES (-1)", "23514");
    ok(&mut session, "INSERT INTO shop.orders DEFAULT VALUES");
    is(&mut session, "amount = 0 FROM shop.orders ORDER BY id DESC LIMIT 1");
    is(
        &mut session,
        "count(*) = 6 FROM pg_attribute WHERE attrelid = 'shop.orders'::regclass AND attnum > 0 AND NOT attisdropped",
    );
    is(&mut session, "NOT EXISTS (SELECT FROM pg_proc WHERE pronamespace = 'shop'::regnamespace)");
    assert!(steps.iter().any(|step| step.title.starts_with("Swap: ")), "{steps:#?}");

    // Again, with a trigger that writes the column: the new one made under the name of the last is not taken for done.
    ok(
        &mut session,
        "SET architect.mode = off; CREATE FUNCTION shop.set_least() RETURNS trigger LANGUAGE plpgsql AS
           $$ BEGIN NEW.amount := greatest(NEW.amount, 5); RETURN NEW; END $$;
         CREATE TRIGGER set_least BEFORE INSERT ON shop.orders FOR EACH ROW EXECUTE FUNCTION shop.set_least()",
    );
    let before: i64 = value(&mut session, "SELECT sum(amount)::bigint FROM shop.orders");
    for step in plan(&mut session, "type_change_plan('shop.orders', 'amount', 'numeric(12,2)')") {
        if step.title.starts_with("Swap: ") {
            ok(&mut session, "INSERT INTO shop.orders (amount) VALUES (1)");
            is(&mut session, "amount_new = 5 FROM shop.orders ORDER BY id DESC LIMIT 1");
        }
        send(&mut session, &step.statement, &[]);
    }
    assert_eq!(value::<i64>(&mut session, "SELECT sum(amount)::bigint FROM shop.orders"), before + 5);

    // A generated primary key, the column of a foreign key, an expression.
    ok(&mut session, "SET architect.mode = off; CREATE TABLE shop.visits (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer_id integer NOT NULL, paid text);
        CREATE INDEX idx_visits_customer_id ON shop.visits (customer_id);
        INSERT INTO shop.visits (customer_id, paid) SELECT 1 + g % 2000, g || '.5' FROM generate_series(1, 3000) AS g; ANALYZE shop.visits;
        ALTER TABLE shop.visits ADD FOREIGN KEY (customer_id) REFERENCES shop.customers (id) ON DELETE CASCADE");
    follow_watched(&db, "type_change_plan('shop.visits', 'id', 'bigint')", &[]);
    follow_watched(&db, "type_change_plan('shop.visits', 'customer_id', 'bigint')", &[]);
    follow(&db, "type_change_plan('shop.visits', 'paid', 'numeric(12,2)', 'paid::numeric')");
    let definition: String = value(&mut session, "SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attidentity::text, ', ' ORDER BY attname)
        FROM pg_attribute WHERE attrelid = 'shop.visits'::regclass AND attnum > 0 AND NOT attisdropped");
    assert_eq!(definition, "customer_id bigint , id bigint a, paid numeric(12,2) ");
    is(
        &mut session,
        "array_agg(conname::text ORDER BY conname) @> '{visits_customer_id_fkey,visits_pkey}' AND bool_and(convalidated) FROM pg_constraint WHERE conrelid = 'shop.visits'::regclass",
    );
    assert_eq!(
        value::<i64>(&mut session, "INSERT INTO shop.visits (customer_id, paid) VALUES (1, 2.25) RETURNING id"),
        3001
    );
    is(&mut session, "sum(paid) = 3000 * 3001 / 2 + 1500 + 2.25 FROM shop.visits");
}

#[test]
fn what_is_written_meanwhile_is_in_the_new_column() {
    let db = stage();
    let (mut session, mut writer) = (connect(&db), connect(&db));
    for step in plan(&mut session, "type_change_plan('shop.orders', 'amount', 'numeric(12,2)')") {
        if step.title.starts_with("Contract") {
            break;
        }
        ok(&mut session, "SET architect.mode = off");
        send(&mut session, &step.statement, &[]);
        ok(
            &mut writer,
            "UPDATE shop.orders SET amount = amount + 1 WHERE id % 50 = 0; INSERT INTO shop.orders (amount) VALUES (7); DELETE FROM shop.orders WHERE id = (SELECT min(id) FROM shop.orders)",
        );
        let new = if value::<bool>(
            &mut session,
            "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'shop.orders'::regclass AND attname = 'amount_new')",
        ) {
            "amount_new"
        } else {
            continue;
        };
        // From the backfill on the two never differ.
        if step.title.starts_with("Fill") {
            assert_eq!(
                value::<i64>(
                    &mut session,
                    &format!("SELECT count(*) FROM shop.orders WHERE {new} IS DISTINCT FROM amount")
                ),
                0
            );
        }
    }
    is(&mut session, "count(*) = 0 FROM shop.orders WHERE amount IS NULL");
}

#[test]
fn partitions_by_time() {
    let db = stage();
    let mut session = connect(&db);
    ok(&mut session, "SET architect.mode = off; ALTER TABLE shop.orders ADD FOREIGN KEY (customer_id) REFERENCES shop.customers (id);
        CREATE INDEX idx_orders_customer_id ON shop.orders (customer_id)");
    follow(&db, "updated_at_trigger('shop.orders')");
    let steps = follow_watched(&db, "partition_plan('shop.orders', 'ordered_at')", &[]);
    is(&mut session, "relkind = 'p' FROM pg_class WHERE oid = 'shop.orders'::regclass");
    is(&mut session, "count(*) = 4 FROM pg_inherits WHERE inhparent = 'shop.orders'::regclass");
    assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM shop.orders"), 5000);
    is(&mut session, "bool_and(indisvalid) FROM pg_index WHERE indrelid = 'shop.orders'::regclass");
    // Nothing was copied: the rows are where they were.
    is(&mut session, "count(*) = 5000 AND count(DISTINCT tableoid) = 1 FROM shop.orders");
    // New rows go where they belong, numbered on, and the trigger is on all partitions.
    let next: i64 = value(
        &mut session,
        "INSERT INTO shop.orders (customer_id, amount, ordered_at) VALUES (1, 1, now() + interval '2 months') RETURNING id",
    );
    assert_eq!(next, 5002);
    is(&mut session, "count(DISTINCT tableoid) = 2 FROM shop.orders");
    is(&mut session, "count(*) = 5 FROM pg_trigger WHERE tgname = 'set_orders_updated_at'");
    fails(&mut session, "INSERT INTO shop.orders (customer_id, amount, ordered_at) VALUES (99999, 1, now())", "23503");
    assert!(steps.iter().all(|step| !step.statement.contains("DEFAULT PARTITION")));
    fails(&mut session, "SELECT * FROM architect.partition_plan('shop.orders', 'ordered_at')", "55000");
}

#[test]
fn partitions_by_hash() {
    let db = stage();
    let (mut session, mut writer) = (on_guard(&db), connect(&db));
    ok(&mut writer, "SET architect.mode = off");
    let mut watcher = connect(&db);
    let process = pid(&mut session);
    let newest = newest(&mut watcher);
    for step in plan(&mut session, "partition_plan('shop.orders', 'id', 'hash', modulus => 4)") {
        if step.transaction == "own transaction" {
            let said = said(&mut watcher, &step.locks, newest);
            session.batch_execute("BEGIN").expect("a transaction");
            for statement in harness::split(&step.statement) {
                send(&mut session, &statement.text, &[]);
            }
            assert_eq!(locked(&mut watcher, process, newest), said, "{step:#?}");
            send(&mut session, "COMMIT", &[]);
        } else {
            send(&mut session, &step.statement, &[]);
        }
        // Writers go on at every step, and nothing of theirs is lost.
        ok(
            &mut writer,
            "UPDATE shop.orders SET amount = amount + 1 WHERE id % 50 = 0; INSERT INTO shop.orders (amount) VALUES (7); DELETE FROM shop.orders WHERE id = (SELECT min(id) FROM shop.orders)",
        );
        if step.title.starts_with("Copy") {
            is(&mut watcher, "count(*) = 0 FROM (TABLE shop.orders EXCEPT TABLE shop.partitioned_orders) AS d");
            is(&mut watcher, "count(*) = 0 FROM (TABLE shop.partitioned_orders EXCEPT TABLE shop.orders) AS d");
        }
    }
    is(&mut session, "count(*) = 4 FROM pg_inherits WHERE inhparent = 'shop.orders'::regclass");
    is(&mut session, "count(*) = 5000 FROM shop.orders");
    is(
        &mut session,
        "to_regclass('shop.orders_old') IS NULL AND NOT EXISTS (SELECT FROM pg_proc WHERE pronamespace = 'shop'::regnamespace)",
    );
}

#[test]
fn updated_at() {
    let db = stage();
    let mut session = connect(&db);
    follow_watched(&db, "updated_at_trigger('shop.orders')", &[]);
    ok(
        &mut session,
        "UPDATE shop.orders SET updated_at = '2000-01-01' WHERE id <= 2; SELECT pg_sleep(0.01); UPDATE shop.orders SET amount = amount WHERE id = 1; UPDATE shop.orders SET amount = amount + 1 WHERE id = 2",
    );
    is(&mut session, "array_agg(updated_at > '2001-01-01' ORDER BY id) = '{t,t}' FROM shop.orders WHERE id <= 2");
    let same: bool = value(
        &mut session,
        "WITH before AS (SELECT updated_at FROM shop.orders WHERE id = 1) UPDATE shop.orders SET amount = amount WHERE id = 1 RETURNING updated_at = (SELECT updated_at FROM before)",
    );
    assert!(same, "an update that changes nothing");
    follow_watched(&db, "updated_at_trigger('shop.events')", &[]);
    fails(&mut session, "SELECT * FROM architect.updated_at_trigger('shop.orders')", "42710");
    fails(&mut session, "SELECT * FROM architect.updated_at_trigger('shop.orders', 'note')", "42804");
}

#[test]
fn history() {
    let db = stage();
    let mut session = connect(&db);
    follow_watched(&db, "history_table('shop.orders')", &[]);
    ok(
        &mut session,
        "UPDATE shop.orders SET amount = 11 WHERE id = 1;
        BEGIN; UPDATE shop.orders SET amount = 12 WHERE id = 1; UPDATE shop.orders SET amount = 13 WHERE id = 1; COMMIT;
        DELETE FROM shop.orders WHERE id IN (1, 3); INSERT INTO shop.orders (amount) VALUES (99)",
    );
    let versions: Vec<String> = session
        .query("SELECT concat_ws(' ', id, amount, operation, lower_inf(valid_during), upper_inf(valid_during)) FROM shop.orders_history ORDER BY history_id", &[])
        .expect("rows").iter().map(|row| row.get(0)).collect();
    assert_eq!(
        versions,
        [
            "1 1 INSERT t f",
            "1 11 UPDATE f f",
            "1 12 UPDATE f f",
            "1 13 DELETE f f",
            "3 3 DELETE t f",
            "5001 99 INSERT f t"
        ]
    );
    // Without gaps and overlaps.
    is(
        &mut session,
        "bool_and(lower(valid_during) = before) FROM (SELECT valid_during, lag(upper(valid_during)) OVER (ORDER BY history_id) AS before FROM shop.orders_history WHERE id = 1) AS v WHERE before IS NOT NULL",
    );
    // The history is not the writer's to change.
    let role = role(&db, "writer");
    ok(
        &mut session,
        &format!("SET architect.mode = off; GRANT USAGE ON SCHEMA shop TO {role}; GRANT ALL ON shop.orders TO {role}"),
    );
    let mut writer = db.cluster().connect_as(db.name(), &role).expect("a session");
    ok(&mut writer, "UPDATE shop.orders SET amount = 0 WHERE id = 2");
    fails(&mut writer, "DELETE FROM shop.orders_history", "42501");
    is(&mut session, "count(*) = 2 FROM shop.orders_history WHERE id = 2");

    fails(&mut session, "SELECT * FROM architect.history_table('shop.orders')", "42P07");
    // With btree_gist an EXCLUDE constraint keeps the times apart, on a partitioned table with a key of two columns too.
    if value::<bool>(&mut session, "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'btree_gist')") {
        ok(&mut session, "CREATE EXTENSION btree_gist");
        follow_watched(&db, "history_table('shop.events')", &[]);
        ok(&mut session, "UPDATE shop.events SET payload = 'x' WHERE id = 1");
        is(&mut session, "count(*) = 4 FROM shop.events_history");
        fails(
            &mut session,
            "INSERT INTO shop.events_history (id, happened_at, valid_during, operation) SELECT id, happened_at, valid_during, operation FROM shop.events_history LIMIT 1",
            "23P01",
        );
    } else {
        eprintln!("btree_gist is not there: EXCLUDE was not tested");
    }
}

#[test]
fn roles() {
    let db = stage();
    let mut session = connect(&db);
    let app = format!("{}_app", db.name());
    let steps = follow_watched(&db, &format!("role_template('{app}', 'shop')"), &[]);
    for (role, table, rights) in [("read", "orders", "SELECT"), ("write", "orders", "SELECT, INSERT, UPDATE, DELETE")] {
        for right in rights.split(", ") {
            is(&mut session, &format!("has_table_privilege('{app}_{role}', 'shop.{table}', '{right}')"));
        }
    }
    is(
        &mut session,
        &format!(
            "NOT has_table_privilege('{app}_read', 'shop.orders', 'INSERT, UPDATE, DELETE, TRUNCATE') AND NOT has_table_privilege('{app}_write', 'shop.orders', 'TRUNCATE, REFERENCES, TRIGGER')"
        ),
    );
    is(
        &mut session,
        &format!(
            "NOT has_schema_privilege('{app}_write', 'shop', 'CREATE') AND has_schema_privilege('{app}_owner', 'shop', 'CREATE')"
        ),
    );
    // What is made later, by the owner and by who owns tables now.
    ok(&mut session, &format!("SET architect.mode = off; CREATE TABLE shop.boxes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY); SET ROLE {app}_owner;
        CREATE TABLE shop.crates (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY); CREATE FUNCTION shop.weigh() RETURNS integer LANGUAGE sql AS 'SELECT 1'; RESET ROLE"));
    for table in ["boxes", "crates"] {
        is(
            &mut session,
            &format!(
                "has_table_privilege('{app}_write', 'shop.{table}', 'DELETE') AND has_table_privilege('{app}_read', 'shop.{table}', 'SELECT') AND NOT has_table_privilege('{app}_read', 'shop.{table}', 'INSERT')"
            ),
        );
    }
    is(
        &mut session,
        &format!(
            "has_function_privilege('{app}_write', 'shop.weigh()', 'EXECUTE') AND NOT has_function_privilege('{app}_read', 'shop.weigh()', 'EXECUTE')"
        ),
    );
    ok(&mut session, "DROP TABLE shop.crates; DROP FUNCTION shop.weigh()");
    for step in steps.iter().rev() {
        send(&mut session, step.undo.as_deref().expect("a way back"), &[]);
    }
    is(&mut session, &format!("NOT EXISTS (SELECT FROM pg_roles WHERE rolname LIKE '{app}\\_%')"));
}

#[test]
fn names_that_need_quotes_and_keys_of_two_columns() {
    let db = database();
    let mut session = connect(&db);
    session.batch_execute(QUOTED).expect("the tables");
    for rule in NAMES {
        ok(&mut session, &format!("SELECT architect.configure('{rule}', severity => 'off')"));
    }
    let table = r#"'"My Shop"."Or''der"'"#;
    follow_watched(&db, &format!("not_null_plan({table}, 'No\"te', $$'x'$$)"), &[]);
    follow_watched(&db, &format!(r#"fk_plan({table}, '{{Nr,Land%}}', '"My Shop"."Customer s"')"#), &[]);
    follow_watched(&db, &format!("type_change_plan({table}, 'Nr', 'bigint')"), &[]);
    follow_watched(&db, &format!("type_change_plan({table}, 'order', 'bigint')"), &[]);
    follow_watched(
        &db,
        &format!("backfill_plan({table}, '\"No\"\"te\" = upper(\"No\"\"te\")', batch_rows => 777)"),
        NAMES,
    );
    assert_eq!(
        value::<i64>(&mut session, r#"SELECT count(*) FROM "My Shop"."Or'der" WHERE "No""te" ~ '^N[0-9]+$'"#),
        5000
    );
    follow_watched(&db, &format!("updated_at_trigger({table}, 'Changed at')"), &[]);
    follow_watched(&db, &format!("history_table({table})"), &[]);
    follow_watched(&db, &format!("partition_plan({table}, 'At', period => 'week', ahead => 2)"), &[]);
    assert_eq!(value::<i64>(&mut session, r#"SELECT count(*) FROM "My Shop"."Or'der""#), 5000);
    ok(&mut session, r#"UPDATE "My Shop"."Or'der" SET "No""te" = 'z' WHERE "order" = 5"#);
    assert_eq!(value::<i64>(&mut session, r#"SELECT count(*) FROM "My Shop"."Or'der_history""#), 2);
    is(&mut session, r#"count(*) = 3 FROM pg_inherits WHERE inhparent = '"My Shop"."Or''der"'::regclass"#);
}

#[test]
fn every_step_is_one_string() {
    // As psql's \gexec sends them: no BEGIN, no COMMIT, and yet one transaction with its own timeout.
    let db = stage();
    for call in [
        "not_null_plan('shop.orders', 'note', $$'none'$$)",
        "fk_plan('shop.orders', '{customer_id}', 'shop.customers')",
        "fk_plan('shop.events', '{customer_id}', 'shop.customers')",
        "type_change_plan('shop.orders', 'amount', 'bigint')",
        "backfill_plan('shop.orders', 'note = upper(note)')",
        "updated_at_trigger('shop.orders')",
        "history_table('shop.orders')",
        "partition_plan('shop.orders', 'ordered_at', period => 'day')",
        "partition_plan('shop.customers', 'id', 'hash')",
    ] {
        if call.contains("customers', 'id'") {
            fails(&mut connect(&db), &format!("SELECT * FROM architect.{call}"), "0A000");
            continue;
        }
        follow(&db, call);
    }
}

#[test]
fn arguments_are_checked() {
    let db = stage();
    let mut session = connect(&db);
    ok(&mut session, "SET architect.mode = off; CREATE VIEW shop.all_orders AS SELECT * FROM shop.orders; CREATE TABLE shop.bare (a integer, b text);
        CREATE TABLE shop.derived (id bigint PRIMARY KEY, a integer, twice integer GENERATED ALWAYS AS (a * 2) STORED);
        CREATE INDEX idx_derived_lower ON shop.derived ((a + 1))");
    for (call, code, words) in [
        ("not_null_plan('shop.nothing', 'a')", "42P01", "does not exist"),
        ("not_null_plan('shop.all_orders', 'note')", "42809", "shop.all_orders is not a table"),
        ("not_null_plan('shop.idx_orders_amount', 'note')", "42809", "is not a table"),
        ("not_null_plan('pg_class', 'relname')", "42809", "is not a table that has plans"),
        ("not_null_plan('shop.orders', 'colour')", "42703", "column colour of shop.orders does not exist"),
        ("not_null_plan('shop.orders', 'id')", "55000", "NOT NULL already"),
        ("not_null_plan('shop.bare', 'a', '1')", "55000", "has no key"),
        ("not_null_plan(4::oid::regclass, 'a')", "42P01", "OID 4"),
        ("fk_plan('shop.orders', '{customer_id}', 'shop.bare')", "42704", "no primary key"),
        ("fk_plan('shop.orders', '{customer_id}', 'shop.customers', '{name}')", "42830", "no unique constraint"),
        ("fk_plan('shop.orders', '{customer_id, id}', 'shop.customers')", "42830", "number of referencing"),
        (
            "fk_plan('shop.orders', '{customer_id}', 'shop.customers', on_delete => 'explode')",
            "22023",
            "unrecognized action",
        ),
        ("fk_plan('shop.orders', '{}', 'shop.customers')", "22023", "at least one column"),
        ("fk_plan('shop.orders', '{customer_id}', 'shop.all_orders')", "42809", "not a table"),
        ("type_change_plan('shop.orders', 'amount', 'no_type')", "42704", "does not exist"),
        ("type_change_plan('shop.orders', 'amount', 'integer')", "55000", "of type integer already"),
        ("type_change_plan('shop.orders', 'code', 'varchar(20)')", "0A000", "cannot be changed by this plan"),
        ("type_change_plan('shop.orders', 'note', 'varchar(9)')", "0A000", "cannot be changed by this plan"),
        ("type_change_plan('shop.derived', 'twice', 'bigint')", "0A000", "is generated"),
        ("type_change_plan('shop.derived', 'a', 'bigint')", "0A000", "cannot be changed by this plan"),
        ("type_change_plan('shop.bare', 'a', 'bigint')", "55000", "has no key"),
        ("backfill_plan('shop.bare', 'a = 1')", "55000", "has no key"),
        ("backfill_plan('shop.orders', ' ')", "22023", "nothing to do"),
        ("backfill_plan('shop.orders', 'amount = 1', batch_rows => 0)", "22023", "batch_rows is 0"),
        ("partition_plan('shop.orders', 'ordered_at')", "0A000", "cannot be partitioned"),
        ("partition_plan('shop.derived', 'a')", "42804", "is of type integer"),
        ("partition_plan('shop.derived', 'a', 'hash')", "0A000", "cannot be partitioned"),
        ("partition_plan('shop.events', 'happened_at')", "55000", "partitioned already"),
        ("partition_plan('shop.events_2024', 'happened_at')", "0A000", "cannot be partitioned"),
        ("partition_plan('shop.orders', 'ordered_at', 'list')", "22023", "unrecognized method"),
        ("partition_plan('shop.orders', 'ordered_at', period => 'hour')", "22023", "unrecognized period"),
        ("history_table('shop.bare')", "55000", "has no primary key"),
        ("role_template('pg_app')", "42602", "cannot be the beginning"),
        ("role_template('app', 'nowhere')", "3F000", "does not exist"),
    ] {
        let error = fails(&mut session, &format!("SELECT * FROM architect.{call}"), code);
        assert!(error.message.contains(words), "{error}\nof {call}");
        assert!(!error.message.ends_with('.'), "{error}");
        for sentence in [&error.detail, &error.hint].into_iter().flatten() {
            assert!(sentence.ends_with(['.', ';']), "{error}");
        }
    }
    for (call, code) in [
        ("NULL, 'a = 1'", "22004"),
        ("'shop.orders', NULL", "22004"),
        ("'shop.orders', 'amount = 1', copy_to => 'shop.bare'", "22004"),
        ("'shop.orders', ''", "22023"),
        ("'shop.bare', 'a = 1'", "55000"),
        ("'shop.all_orders', 'amount = 1'", "42809"),
        ("'shop.orders', 'amount = 1', batch_rows => 1000000", "22023"),
        ("'shop.orders', 'colour = 1'", "42703"),
    ] {
        fails(&mut session, &format!("CALL architect.run_backfill({call})"), code);
    }
    // In a transaction it could not commit.
    fails(&mut session, "BEGIN; CALL architect.run_backfill('shop.orders', 'amount = 1')", "2D000");
    ok(&mut session, "ROLLBACK");
    is(&mut session, "current_setting('search_path') = '\"$user\", public'");
}

#[test]
fn a_backfill_goes_on_after_a_cancel() {
    let db = stage();
    let (mut session, mut watcher) = (connect(&db), connect(&db));
    let process = pid(&mut session);
    // Not to be done twice for any row.
    let call =
        "CALL architect.run_backfill('shop.orders', 'amount = amount + 10000', batch_rows => 100, pause => '20 ms')";
    let running = std::thread::spawn(move || {
        let run = session.run(call);
        (session, run)
    });
    wait_until(&mut watcher, "SELECT coalesce((SELECT batches FROM architect.backfills), 0) >= 5");
    is(&mut watcher, &format!("pg_cancel_backend({process})"));
    let (mut session, run) = running.join().expect("the thread");
    assert_eq!(run.error.expect("an error").code, "57014");
    let done: i64 = value(&mut watcher, "SELECT rows_changed FROM architect.backfills WHERE finished_at IS NULL");
    assert!((500..5000).contains(&done), "{done}");
    assert_eq!(
        value::<i64>(&mut watcher, "SELECT count(*) FROM shop.orders WHERE amount > 10000"),
        done,
        "what is noted is what is done"
    );

    let run = ok(&mut session, call);
    let said: Vec<&str> = run.messages.iter().map(|message| message.message.as_str()).collect();
    assert_eq!(
        said,
        [
            format!("the backfill of shop.orders goes on after ({done})").as_str(),
            "the backfill of shop.orders is done: 5000 rows in 50 batches, 5000 of them changed",
        ]
    );
    is(&mut watcher, "count(*) = 5000 AND min(amount) = 10001 AND max(amount) = 15000 FROM shop.orders");
    // Done is done, until somebody says otherwise, and another call is another backfill.
    let run = ok(&mut session, call);
    assert_eq!(run.messages[0].message, "the backfill of shop.orders is done already");
    is(&mut watcher, "max(amount) = 15000 FROM shop.orders");
    ok(
        &mut session,
        "CALL architect.run_backfill('shop.orders', 'amount = amount + 10000', batch_rows => 100, pause => '0', restart => true)",
    );
    is(&mut watcher, "max(amount) = 25000 FROM shop.orders");
    ok(
        &mut session,
        "CALL architect.run_backfill('shop.orders', 'amount = amount + 10000', 'id = 1 -- one', pause => '0')",
    );
    is(&mut watcher, "max(amount) = 30001 AND min(amount) = 20002 FROM shop.orders");
    is(&mut watcher, "amount = 30001 FROM shop.orders WHERE id = 1");
    // A table made anew under the name has nothing done.
    ok(
        &mut session,
        "SET architect.mode = off; CREATE TABLE shop.copies AS TABLE shop.orders; ALTER TABLE shop.copies ADD PRIMARY KEY (id); DROP TABLE shop.orders; ALTER TABLE shop.copies RENAME TO orders",
    );
    ok(&mut session, call);
    is(&mut watcher, "amount = 40001 FROM shop.orders WHERE id = 1");
}

#[test]
fn two_backfills_and_writers_at_once_lose_nothing() {
    let db = stage();
    let mut watcher = connect(&db);
    let call =
        "CALL architect.run_backfill('shop.orders', 'amount = amount + 10000', batch_rows => 50, pause => '1 ms')";
    let runners: Vec<_> = (0..2)
        .map(|_| {
            let mut session = connect(&db);
            // Another level would make each concurrent change an error.
            session.batch_execute("SET default_transaction_isolation = 'repeatable read'").expect("a setting");
            std::thread::spawn(move || session.run(call).error)
        })
        .collect();
    let mut writer = connect(&db);
    let mut writes = 0i64;
    while !value::<bool>(&mut watcher, "SELECT EXISTS (SELECT FROM architect.backfills WHERE finished_at IS NOT NULL)")
    {
        ok(&mut writer, &format!("UPDATE shop.orders SET amount = amount + 1 WHERE id = {}", 1 + (writes * 37) % 5000));
        writes += 1;
        assert!(writes < 200_000, "it never ends");
    }
    for runner in runners {
        let error = runner.join().expect("the thread");
        assert!(error.is_none(), "{error:?}");
    }
    assert!(writes > 20, "{writes}");
    let sum: i64 = value(&mut watcher, "SELECT sum(amount) FROM shop.orders");
    assert_eq!(sum, 5000 * 5001 / 2 + 5000 * 10000 + writes, "each row once, each write kept");
    is(&mut watcher, "rows_changed = 5000 AND rows_seen = 5000 FROM architect.backfills");
}

#[test]
fn a_locked_row_is_waited_for_without_blocking_others() {
    let db = stage();
    let (mut session, mut holder, mut watcher) = (connect(&db), connect(&db), connect(&db));
    ok(&mut holder, "BEGIN; UPDATE shop.orders SET amount = 77777 WHERE id = 1500");
    ok(&mut session, "SET lock_timeout = '200 ms'");
    let runner = std::thread::spawn(move || {
        session.run("CALL architect.run_backfill('shop.orders', 'amount = amount + 1', pause => '0')").error
    });
    wait_until(&mut watcher, "SELECT EXISTS (SELECT FROM architect.backfills WHERE batches = 1)");
    std::thread::sleep(Duration::from_millis(700));
    is(&mut watcher, "batches = 1 FROM architect.backfills");
    // Between two tries the other rows of the batch are free.
    ok(&mut watcher, "SET lock_timeout = '3s'; UPDATE shop.orders SET amount = amount WHERE id = 1001");
    ok(&mut holder, "COMMIT");
    assert!(runner.join().expect("the thread").is_none());
    is(&mut watcher, "amount = 77778 FROM shop.orders WHERE id = 1500");
    is(&mut watcher, "rows_changed = 5000 FROM architect.backfills");
}

#[test]
fn keys_of_all_types() {
    let db = database();
    let mut session = connect(&db);
    ok(
        &mut session,
        "SET architect.mode = off; SET DateStyle = 'SQL, DMY'; SET IntervalStyle = 'sql_standard'; SET extra_float_digits = -5; SET TimeZone = 'Asia/Kolkata'",
    );
    let mut keys = vec![
        ("uuid", "md5(g::text)::uuid"),
        ("text", "chr(60 + g % 60) || '''\\' || g"),
        ("timestamptz", "'2026-03-04'::timestamptz + g * interval '11 h 7 us'"),
        ("date", "'2026-03-04'::date + g"),
        ("numeric", "g / 7.0 - 100"),
        ("double precision", "g / 3.0::double precision"),
        ("interval", "(g - 900) * interval '1 h 3 s'"),
        ("bytea", "decode(md5(g::text), 'hex')"),
        ("char(9)", "'x' || g"),
        ("inet", "'10.0.0.0'::inet + g"),
        ("boolean, b bigint", "g % 2 = 0, g"),
        (
            "smallint, b text COLLATE \"C\", c timestamptz",
            "g % 3, 'a' || g % 50, '2026-12-31'::timestamptz + g * interval '1 min'",
        ),
        ("integer[]", "ARRAY[g % 9, g]"),
    ];
    if value::<bool>(&mut session, "SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'citext')") {
        // Its operators are not in pg_catalog, where those of text would be taken instead; with another order.
        ok(&mut session, "CREATE SCHEMA extra; CREATE EXTENSION citext SCHEMA extra");
        keys.push(("extra.citext", "(CASE g % 2 WHEN 0 THEN 'a' ELSE 'B' END || g)::extra.citext"));
        keys.push(("extra.citext, b bigint", "(CASE g % 2 WHEN 0 THEN 'a' ELSE 'B' END || g % 100)::extra.citext, g"));
    }
    for (number, (of, expression)) in keys.iter().enumerate() {
        let names = if of.contains(", c ") {
            "a, b, c"
        } else if of.contains(", b ") {
            "a, b"
        } else {
            "a"
        };
        ok(
            &mut session,
            &format!(
                "CREATE TABLE keys_{number} (a {of}, hits integer NOT NULL DEFAULT 0, PRIMARY KEY ({names}));
            INSERT INTO keys_{number} SELECT {expression} FROM generate_series(1, 1500) AS g"
            ),
        );
        ok(
            &mut session,
            &format!("CALL architect.run_backfill('keys_{number}', 'hits = hits + 1', batch_rows => 97, pause => '0')"),
        );
        assert_eq!(
            value::<i64>(&mut session, &format!("SELECT count(*) FROM keys_{number} WHERE hits = 1")),
            1500,
            "{of}"
        );
    }
    // The caller's settings hold for what is the caller's.
    ok(&mut session, "CREATE TABLE texts (id bigint PRIMARY KEY, at date, said text); INSERT INTO texts VALUES (1, '2026-03-04');
        CREATE FUNCTION public.say(date) RETURNS text LANGUAGE sql AS 'SELECT $1::text'; CALL architect.run_backfill('texts', 'said = say(at)')");
    assert_eq!(value::<String>(&mut session, "SELECT said FROM texts"), "04/03/2026");
}

#[test]
fn a_backfill_does_what_its_caller_may() {
    let db = stage();
    let mut session = connect(&db);
    let role = role(&db, "migrator");
    ok(
        &mut session,
        &format!(
            "SET architect.mode = off; GRANT USAGE ON SCHEMA shop TO {role}; GRANT SELECT ON shop.orders TO {role}"
        ),
    );
    let mut migrator = db.cluster().connect_as(db.name(), &role).expect("a session");
    assert!(!plan(&mut migrator, "backfill_plan('shop.orders', 'amount = 1')").is_empty());
    let call = "CALL architect.run_backfill('shop.orders', 'amount = 1', pause => '0')";
    let error = fails(&mut migrator, call, "42501");
    let hint = error.hint.expect("a hint");
    let grant = hint.split_once(": ").expect("SQL").1;
    ok(&mut session, grant);
    fails(&mut migrator, call, "42501");
    ok(&mut session, &format!("GRANT UPDATE ON shop.orders TO {role}"));
    ok(&mut migrator, call);
    is(&mut session, &format!("run_by = '{role}' FROM architect.backfills"));
}

#[test]
fn plans_only_read() {
    let db = stage();
    let mut session = connect(&db);
    ok(&mut session, "SET default_transaction_read_only = on");
    for call in [
        "not_null_plan('shop.orders', 'note')",
        "fk_plan('shop.orders', '{customer_id}', 'shop.customers')",
        "type_change_plan('shop.orders', 'amount', 'bigint')",
        "backfill_plan('shop.orders', 'amount = 1')",
        "partition_plan('shop.orders', 'ordered_at')",
        "updated_at_trigger('shop.orders')",
        "history_table('shop.orders')",
        "role_template('app', 'shop')",
    ] {
        ok(&mut session, "BEGIN");
        plan(&mut session, call);
        is(&mut session, "pg_current_xact_id_if_assigned() IS NULL");
        ok(&mut session, "ROLLBACK");
    }
}
