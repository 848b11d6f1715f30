//! What the plans carry over and what they refuse: no row, value or constraint is lost on the way, and where one would be, nothing begins.

mod common;

use common::*;
use harness::split::Statement;
use harness::{Db, Message, Session};
use std::process::Command;

/// A database with the schema `s`, and a superuser's session in it that is not guarded.
fn stage(sql: &str) -> (Db, Session) {
    let db = database();
    let mut session = connect(&db);
    ok(&mut session, &format!("SET architect.mode = off; CREATE SCHEMA s; {sql}"));
    (db, session)
}

/// The statements of a plan.
#[track_caller]
fn plan(session: &mut Session, call: &str) -> Vec<String> {
    let sql = format!("SELECT statement FROM architect.{call} ORDER BY step");
    let rows = session.query(&sql, &[]).unwrap_or_else(|error| panic!("{error:?}\nin: {sql}"));
    assert!(!rows.is_empty(), "{call} has steps");
    rows.iter().map(|row| row.get(0)).collect()
}

/// Sends a step as one string, as `\gexec` does: one transaction.
fn send(session: &mut Session, step: &str) -> Result<(), Box<Message>> {
    session.execute_statement(&Statement { text: step.to_owned(), line: 1, copy_data: None })
}

/// A step that succeeds.
#[track_caller]
fn done(session: &mut Session, step: &str) {
    send(session, step).unwrap_or_else(|error| panic!("{error}\nin: {step}"));
}

/// A step that fails with this SQLSTATE.
#[track_caller]
fn stops(session: &mut Session, step: &str, sqlstate: &str) -> Message {
    let error = *send(session, step).expect_err(step);
    assert_eq!(error.code, sqlstate, "{error}\nin: {step}");
    error
}

/// Follows a plan as `\gexec` would.
#[track_caller]
fn follow(session: &mut Session, call: &str) -> Vec<String> {
    let steps = plan(session, call);
    for step in &steps {
        done(session, step);
    }
    steps
}

/// A plan that is refused, with a message that says so.
#[track_caller]
fn refused(session: &mut Session, call: &str, sqlstate: &str, words: &str) {
    let error = fails(session, &format!("SELECT * FROM architect.{call}"), sqlstate);
    let all = format!("{} {}", error.message, error.detail.as_deref().unwrap_or_default());
    assert!(all.contains(words), "{error}\nof {call}");
    assert!(!error.message.ends_with('.'), "{error}");
    for sentence in [&error.detail, &error.hint].into_iter().flatten() {
        assert!(sentence.ends_with(['.', ';']), "{error}");
    }
    assert!(error.hint.is_some(), "{error}");
}

#[track_caller]
fn is(session: &mut Session, condition: &str) {
    assert!(value::<bool>(session, &format!("SELECT {condition}")), "{condition}");
}

const ORDERS: &str = "CREATE TABLE s.orders (id integer PRIMARY KEY, tenant integer NOT NULL, amount integer);
    INSERT INTO s.orders SELECT g, 1 + g % 2, g FROM generate_series(1, 2000) AS g;";

#[test]
fn rows_that_policies_hide_are_not_lost() {
    let (db, mut session) = stage(ORDERS);
    let low = role(&db, "low");
    ok(
        &mut session,
        &format!(
            "GRANT SELECT, INSERT, UPDATE ON architect.backfills TO {low}; GRANT ALL ON SCHEMA s TO {low};
            ALTER TABLE s.orders OWNER TO {low}; ALTER TABLE s.orders ENABLE ROW LEVEL SECURITY;
            ALTER TABLE s.orders FORCE ROW LEVEL SECURITY;
            CREATE POLICY mine ON s.orders USING (tenant = current_setting('app.tenant')::integer)"
        ),
    );
    let steps = plan(&mut session, "type_change_plan('s.orders', 'amount', 'bigint')");
    let mut migrator = db.cluster().connect_as(db.name(), &low).expect("a session");
    ok(&mut migrator, "SET app.tenant = 1; SET architect.mode = off");
    assert_eq!(value::<i64>(&mut migrator, "SELECT count(*) FROM s.orders"), 1000, "it sees one half");
    refused(&mut migrator, "type_change_plan('s.orders', 'amount', 'bigint')", "42501", "row-level security");
    refused(&mut migrator, "backfill_plan('s.orders', 'amount = 1')", "42501", "row-level security");
    refused(&mut migrator, "not_null_plan('s.orders', 'amount', '1')", "42501", "row-level security");
    let compare = steps.iter().position(|step| step.contains("DO $compare$")).expect("a comparison");
    let swap = steps.iter().position(|step| step.contains("RENAME COLUMN")).expect("a swap");
    assert!(compare < swap, "{steps:#?}");
    for step in &steps[..compare] {
        if step.starts_with("CALL") {
            stops(&mut migrator, step, "42501");
            // By hand, as far as it sees.
            ok(&mut migrator, "UPDATE s.orders SET amount_new = amount");
        } else {
            done(&mut migrator, step);
        }
    }
    // It does not look at one half and say that all is well.
    stops(&mut migrator, &steps[compare], "42501");
    let error = stops(&mut session, &steps[compare], "22000");
    ok(&mut session, error.hint.as_deref().expect("a hint").split_inclusive(';').next().expect("SQL"));
    for step in &steps[compare..] {
        done(&mut session, step);
    }
    is(&mut session, "count(*) = 2000 AND bool_and(amount = id) FROM s.orders");
}

#[test]
fn what_passed_the_trigger_by_stops_before_the_swap() {
    // Types with and without an operator for equality, NULLs, and a conversion that a session's settings decide.
    for (of, to, using, values) in [
        ("integer", "bigint", "", "nullif(g, 3)"),
        ("json", "jsonb", ", 'amount::jsonb'", "to_json(g)"),
        ("text", "point", ", 'amount::point'", "format('(%s,1)', g)"),
        ("text", "varchar(5)", "", "g || 'ä'"),
        ("timestamp", "timestamptz", "", "'2026-03-04'::timestamp + g * interval '1 day'"),
        ("timestamptz", "text", "", "'2026-03-04'::timestamptz + g * interval '1 day'"),
        ("integer[]", "bigint[]", "", "ARRAY[g, NULL]"),
        ("numeric", "numeric(12,2)", "", "g / 3.0"),
    ] {
        let (db, mut session) = stage(&format!(
            "CREATE TABLE s.orders (id integer PRIMARY KEY, amount {of}); SET TimeZone = 'Asia/Kolkata';
                INSERT INTO s.orders SELECT g, {values} FROM generate_series(1, 1500) AS g"
        ));
        let mut writer = connect(&db);
        ok(&mut writer, "SET architect.mode = off; SET TimeZone = 'America/Lima'; SET DateStyle = 'SQL, DMY'");
        let write = format!(
            "INSERT INTO s.orders SELECT max(id) + 1, (SELECT {values} FROM (SELECT 9) AS n (g)) FROM s.orders"
        );
        for step in plan(&mut session, &format!("type_change_plan('s.orders', 'amount', '{to}'{using})")) {
            if step.contains("DO $compare$") {
                // What writers in other time zones wrote is the same.
                ok(&mut writer, &write);
                done(&mut session, &step);
                ok(&mut session, "SET session_replication_role = replica");
                ok(&mut session, &write);
                ok(&mut session, "RESET session_replication_role");
                if values.starts_with("nullif") {
                    ok(&mut session, "UPDATE s.orders SET amount = amount WHERE id = 3");
                }
                let error = stops(&mut session, &step, "22000");
                assert!(error.message.contains("differs"), "{error}");
                ok(&mut session, error.hint.expect("a hint").split_inclusive(';').next().expect("SQL"));
            }
            done(&mut session, &step);
        }
        is(&mut session, "count(*) = 1502 FROM s.orders");
        assert_eq!(
            value::<i64>(&mut session, "SELECT count(*) FROM s.orders WHERE amount IS NULL"),
            i64::from(values.starts_with("nullif")),
            "{of} to {to}"
        );
    }
}

#[test]
fn tables_whose_columns_are_not_their_own_are_refused() {
    let (_db, mut session) = stage(
        "CREATE TABLE s.parents (id integer PRIMARY KEY, a integer); CREATE TABLE s.children () INHERITS (s.parents);
        ALTER TABLE s.children ADD PRIMARY KEY (id);
        CREATE TABLE s.events (id integer PRIMARY KEY, a integer) PARTITION BY RANGE (id);
        CREATE TABLE s.events_1 PARTITION OF s.events FOR VALUES FROM (1) TO (1000);
        CREATE TYPE s.pair AS (id integer, a integer); CREATE TABLE s.typed OF s.pair (PRIMARY KEY (id))",
    );
    for (table, words) in [
        ("parents", "Tables inherit from it, and row triggers are not inherited: s.children."),
        ("children", "The column is inherited from s.parents."),
        ("events_1", "It is a partition of s.events."),
        ("typed", "It is a table OF type s.pair"),
    ] {
        refused(&mut session, &format!("type_change_plan('s.{table}', 'a', 'bigint')"), "0A000", words);
    }
    refused(&mut session, "updated_at_trigger('s.parents')", "0A000", "row triggers are not inherited: s.children");
    refused(&mut session, "updated_at_trigger('s.events_1')", "0A000", "It is a partition of s.events.");
    refused(&mut session, "updated_at_trigger('s.typed')", "0A000", "It is a table OF type s.pair");
    follow(&mut session, "updated_at_trigger('s.events')");
    follow(&mut session, "updated_at_trigger('s.children')");
    follow(&mut session, "type_change_plan('s.events', 'a', 'bigint')");
}

#[test]
fn the_fill_comes_after_all_other_triggers() {
    let clamp = "CREATE FUNCTION s.clamp() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.amount := least(NEW.amount, 10); RETURN NEW; END $$;";
    for (name, on) in [("zzz_clamp", "orders"), ("zz_x", "orders"), ("zzz_clamp", "orders_1"), ("Z", "orders_1")] {
        let (_db, mut session) = stage(&format!(
            "CREATE TABLE s.orders (id integer PRIMARY KEY, amount integer) PARTITION BY RANGE (id);
            CREATE TABLE s.orders_1 PARTITION OF s.orders FOR VALUES FROM (1) TO (10000);
            INSERT INTO s.orders SELECT g, g FROM generate_series(1, 100) AS g; {clamp}
            CREATE TRIGGER \"{name}\" BEFORE INSERT OR UPDATE ON s.{on} FOR EACH ROW EXECUTE FUNCTION s.clamp()"
        ));
        for step in plan(&mut session, "type_change_plan('s.orders', 'amount', 'bigint')") {
            if step.contains("RENAME COLUMN") {
                ok(&mut session, "INSERT INTO s.orders VALUES (101, 500)");
                is(&mut session, "amount_new = 10 FROM s.orders WHERE id = 101");
            }
            done(&mut session, &step);
        }
        is(&mut session, "count(*) = 101 AND max(amount) = 10 FROM s.orders");
    }
    for name in ["~clamp", "zzzzzzz", "ärger"] {
        let (_db, mut session) = stage(&format!(
            "{ORDERS}{clamp} CREATE TRIGGER \"{name}\" BEFORE UPDATE ON s.orders FOR EACH ROW EXECUTE FUNCTION s.clamp()"
        ));
        refused(&mut session, "type_change_plan('s.orders', 'amount', 'bigint')", "0A000", "fire behind the one");
        // Not in the way: it changes no row.
        ok(
            &mut session,
            &format!(
                "DROP TRIGGER \"{name}\" ON s.orders; CREATE TRIGGER \"{name}\" AFTER UPDATE ON s.orders FOR EACH ROW EXECUTE FUNCTION s.clamp()"
            ),
        );
        plan(&mut session, "type_change_plan('s.orders', 'amount', 'bigint')");
    }
}

/// Runs a program of PostgreSQL that must succeed.
#[track_caller]
fn run(command: &mut Command) {
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_restored_backfill_goes_on() {
    let (db, mut session) = stage(ORDERS);
    let call = "CALL architect.run_backfill('s.orders', 'amount = amount + 10000', batch_rows => 100, pause => '0')";
    // One half is done.
    ok(
        &mut session,
        "CREATE FUNCTION s.stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id > 1000 THEN RAISE EXCEPTION 'stop'; END IF; RETURN NEW; END $$;
        CREATE TRIGGER stop BEFORE UPDATE ON s.orders FOR EACH ROW EXECUTE FUNCTION s.stop()",
    );
    fails(&mut session, call, "P0001");
    ok(&mut session, "DROP FUNCTION s.stop CASCADE");
    is(&mut session, "count(*) = 1000 FROM s.orders WHERE amount > 10000");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("dump").display().to_string();
    let cluster = cluster(&db);
    run(cluster.client_command("pg_dump", db.name()).args(["--format=custom", "--file", &file]));

    // Into the database it came from; the tables have other OIDs.
    drop(session);
    run(cluster.client_command("pg_restore", db.name()).args(["--clean", "--if-exists", "--dbname", db.name(), &file]));
    let mut session = connect(&db);
    ok(&mut session, call);
    is(&mut session, "count(*) = 2000 AND bool_and(amount = id + 10000) FROM s.orders");
    assert_eq!(ok(&mut session, call).messages[0].message, "the backfill of s.orders is done already");
    // From now on the row is of this database: a table made anew begins anew.
    ok(
        &mut session,
        "SET architect.mode = off; ALTER TABLE s.orders RENAME TO old; CREATE TABLE s.orders AS TABLE s.old; ALTER TABLE s.orders ADD PRIMARY KEY (id)",
    );
    ok(&mut session, call);
    is(&mut session, "bool_and(amount = id + 20000) FROM s.orders");

    // Another cluster may have the same OIDs throughout.
    ok(
        &mut session,
        "UPDATE architect.backfills SET system_identifier = system_identifier - 1, relation_oid = 1, last_key = '{1000}', finished_at = NULL",
    );
    ok(&mut session, call);
    is(&mut session, "count(*) = 1000 FROM s.orders WHERE amount = id + 30000");
    is(
        &mut session,
        "relation_oid = 's.orders'::regclass AND written_in = 'architect.backfills'::regclass
           AND system_identifier = (SELECT system_identifier FROM pg_control_system()) FROM architect.backfills",
    );
    // Who may not ask which cluster it is goes on too.
    let low = role(&db, "low");
    ok(
        &mut session,
        &format!(
            "REVOKE EXECUTE ON FUNCTION pg_control_system() FROM PUBLIC; GRANT USAGE ON SCHEMA s TO {low};
            GRANT SELECT, UPDATE ON s.orders TO {low}; GRANT SELECT, INSERT, UPDATE ON architect.backfills TO {low}"
        ),
    );
    let mut other = db.cluster().connect_as(db.name(), &low).expect("a session");
    assert_eq!(ok(&mut other, call).messages[0].message, "the backfill of s.orders is done already");
    ok(&mut other, "CALL architect.run_backfill('s.orders', 'tenant = 3', pause => '0')");
    is(&mut session, "count(*) = 1 FROM architect.backfills WHERE system_identifier IS NULL");
}

#[test]
fn columns_named_as_variables_are() {
    let (_db, mut session) = stage(
        "CREATE TABLE s.orders (id integer PRIMARY KEY, found text, new text, tg_op text, \"Old\" text, updated_at timestamptz);
        INSERT INTO s.orders SELECT g, g, g, g, g FROM generate_series(1, 100) AS g",
    );
    for column in ["found", "new", "tg_op", "Old"] {
        let steps = plan(
            &mut session,
            &format!("type_change_plan('s.orders', '{column}', 'integer', '\"{column}\"::integer')"),
        );
        for step in steps {
            if step.contains("RENAME COLUMN") {
                ok(&mut session, &format!("UPDATE s.orders SET \"{column}\" = \"{column}\"::integer + 1 WHERE id = 7"));
            }
            done(&mut session, &step);
        }
        is(&mut session, &format!("sum(\"{column}\") = 5051 FROM s.orders"));
    }
    follow(&mut session, "updated_at_trigger('s.orders')");
    ok(&mut session, "UPDATE s.orders SET found = 0 WHERE id = 1");
    is(&mut session, "updated_at IS NOT NULL FROM s.orders WHERE id = 1");
}

#[test]
fn numbers_go_on_as_they_were_made_to_go() {
    const OPTIONS: &str = "seqstart, seqincrement, seqmin, seqcache, seqcycle";
    for options in [
        "",
        "(START 1000 INCREMENT 2 CACHE 10)",
        "(INCREMENT -1)",
        "(INCREMENT -3 START -5 MINVALUE -900 MAXVALUE -2 CYCLE)",
        "(START 7 MINVALUE 5 MAXVALUE 5000 CYCLE)",
    ] {
        let (_db, mut session) = stage(&format!(
            "CREATE TABLE s.orders (id integer GENERATED BY DEFAULT AS IDENTITY {options} PRIMARY KEY, amount integer);
            INSERT INTO s.orders (amount) SELECT g FROM generate_series(1, 100) AS g"
        ));
        let of = |session: &mut Session, what: &str| {
            value::<String>(
                session,
                &format!(
                    "SELECT ROW({what})::text FROM pg_sequence WHERE seqrelid = pg_get_serial_sequence('s.orders', 'id')::regclass"
                ),
            )
        };
        // What the type limits is as wide as the new type, if nobody set it.
        let all =
            if options.contains("MAXVALUE") { format!("{OPTIONS}, seqmax") } else { OPTIONS.replace("seqmin, ", "") };
        let before = of(&mut session, &all);
        let last: i64 = value(&mut session, "SELECT last_value FROM pg_sequences WHERE schemaname = 's'");
        follow(&mut session, "type_change_plan('s.orders', 'id', 'bigint')");
        assert_eq!(of(&mut session, &all), before, "{options}");
        if options.is_empty() {
            assert_eq!(of(&mut session, "seqmax"), "(9223372036854775807)");
        }
        let step: i64 = value(
            &mut session,
            "SELECT seqincrement FROM pg_sequence WHERE seqrelid = pg_get_serial_sequence('s.orders', 'id')::regclass",
        );
        assert_eq!(
            value::<i64>(&mut session, "INSERT INTO s.orders (amount) VALUES (1) RETURNING id"),
            last + step,
            "{options}"
        );
    }
    // A serial column keeps its sequence.
    let (_db, mut session) = stage(
        "CREATE TABLE s.orders (id serial PRIMARY KEY, a integer); INSERT INTO s.orders (a) VALUES (1), (2); SELECT setval('s.orders_id_seq', 2147483647)",
    );
    follow(&mut session, "type_change_plan('s.orders', 'id', 'bigint')");
    assert_eq!(value::<i64>(&mut session, "INSERT INTO s.orders (a) VALUES (3) RETURNING id"), 2_147_483_648);
    is(&mut session, "pg_get_serial_sequence('s.orders', 'id') = 's.orders_id_seq'");
    // At its end: the reason why such columns are changed.
    let (_db, mut session) = stage(
        "CREATE TABLE s.orders (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount integer, few bigint GENERATED ALWAYS AS IDENTITY);
        CREATE TABLE s.limits (id bigint GENERATED ALWAYS AS IDENTITY (MAXVALUE 5000000000) PRIMARY KEY);
        SELECT setval('s.orders_id_seq', 2147483647)",
    );
    fails(&mut session, "INSERT INTO s.orders (amount) VALUES (1)", "2200H");
    // Two identity columns are not possible, one after the other is.
    follow(&mut session, "type_change_plan('s.orders', 'id', 'bigint')");
    assert_eq!(value::<i64>(&mut session, "INSERT INTO s.orders (amount) VALUES (1) RETURNING id"), 2_147_483_648);
    refused(&mut session, "type_change_plan('s.orders', 'id', 'numeric')", "22023", "smallint, integer or bigint");
    refused(&mut session, "type_change_plan('s.limits', 'id', 'integer')", "22003", "does not hold");
}

#[test]
fn what_only_a_partition_has_is_seen() {
    const ROOT: &str =
        "CREATE TABLE s.orders (id integer PRIMARY KEY, amount integer DEFAULT 1) PARTITION BY RANGE (id);
        CREATE TABLE s.orders_1 PARTITION OF s.orders FOR VALUES FROM (1) TO (1000) PARTITION BY RANGE (id);
        CREATE TABLE s.orders_2 PARTITION OF s.orders_1 FOR VALUES FROM (1) TO (500);
        CREATE TABLE s.others (id integer PRIMARY KEY);
        CREATE FUNCTION s.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; ";
    let call = "type_change_plan('s.orders', 'amount', 'bigint')";
    for (what, words) in [
        ("CREATE INDEX idx_2 ON s.orders_2 (amount)", "index s.idx_2"),
        ("CREATE INDEX idx_2 ON s.orders_2 ((amount + 1))", "index s.idx_2"),
        ("CREATE INDEX idx_2 ON s.orders_2 (id) WHERE amount > 5", "index s.idx_2"),
        ("CREATE INDEX idx_1 ON s.orders_1 (amount)", "index s.idx_1"),
        ("ALTER TABLE s.orders_2 ADD CONSTRAINT few CHECK (amount < 10)", "constraint few on table s.orders_2"),
        (
            "ALTER TABLE s.orders_2 ADD CONSTRAINT other FOREIGN KEY (amount) REFERENCES s.others",
            "constraint other on table s.orders_2",
        ),
        (
            "CREATE TRIGGER seen BEFORE UPDATE OF amount ON s.orders_2 FOR EACH ROW EXECUTE FUNCTION s.nothing()",
            "trigger seen on table s.orders_2",
        ),
        ("CREATE VIEW s.views AS SELECT amount FROM s.orders_2", "view s.views"),
        ("CREATE STATISTICS s.stats_2 ON id, amount FROM s.orders_2", "s.stats_2"),
        ("ALTER TABLE s.orders_2 ALTER COLUMN amount SET NOT NULL", "NOT NULL of column amount of s.orders_2"),
        ("ALTER TABLE s.orders_2 ALTER COLUMN amount SET DEFAULT 2", "default"),
        ("ALTER TABLE s.orders_2 ALTER COLUMN amount DROP DEFAULT", "the default of column amount"),
        ("GRANT SELECT (amount) ON s.orders_2 TO pg_monitor", "privileges on column amount of s.orders_2"),
        ("COMMENT ON COLUMN s.orders_2.amount IS 'x'", "a comment on column amount of s.orders_2"),
        ("CREATE POLICY mine ON s.orders_2 USING (amount > 1)", "policy mine on table s.orders_2"),
    ] {
        let (_db, mut session) = stage(&format!("{ROOT}{what}"));
        refused(&mut session, call, "0A000", words);
    }
    let (_db, mut session) = stage(&format!(
        "{ROOT} ALTER TABLE s.orders_2 ADD CONSTRAINT few UNIQUE (amount); CREATE TABLE s.lines (n integer REFERENCES s.orders_2 (amount))"
    ));
    refused(&mut session, call, "0A000", "constraint few on table s.orders_2");
    // What they have of the table goes with the table.
    let (_db, mut session) = stage(&format!(
        "{ROOT} ALTER TABLE s.orders ADD CONSTRAINT few CHECK (amount < 1000); COMMENT ON COLUMN s.orders.amount IS 'x';
        ALTER TABLE s.orders ALTER COLUMN amount SET NOT NULL; CREATE INDEX ON s.orders_2 (id) WHERE id > 5;
        CREATE TRIGGER seen BEFORE UPDATE ON s.orders FOR EACH ROW EXECUTE FUNCTION s.nothing();
        INSERT INTO s.orders SELECT g, g FROM generate_series(1, 400) AS g"
    ));
    follow(&mut session, call);
    is(&mut session, "sum(amount) = 80200 FROM s.orders");
    fails(&mut session, "INSERT INTO s.orders_2 VALUES (450, 5000)", "23514");
    ok(&mut session, "INSERT INTO s.orders_2 (id) VALUES (451)");
}

#[test]
fn what_a_type_does_not_take_is_refused_at_once() {
    let (_db, mut session) = stage(
        "CREATE TYPE s.state AS ENUM ('new', 'done'); CREATE DOMAIN s.code AS varchar(9); CREATE DOMAIN s.code2 AS s.code;
        CREATE TABLE s.a (id integer PRIMARY KEY, status text NOT NULL DEFAULT 'new');
        CREATE TABLE s.b (id integer PRIMARY KEY, status text NOT NULL CHECK (status IN ('new', 'done')));
        CREATE TABLE s.c (id integer PRIMARY KEY, t text, d date, code s.code2, n numeric, l integer[], j jsonb, b boolean);
        CREATE TABLE s.d (id integer PRIMARY KEY, day date DEFAULT now(), n integer DEFAULT 1.6, k varchar(2) NOT NULL DEFAULT 'x');
        INSERT INTO s.b VALUES (1, 'new')",
    );
    refused(
        &mut session,
        "type_change_plan('s.a', 'status', 's.state', 'status::s.state')",
        "42804",
        "default for column s.a.status cannot be cast automatically to type s.state",
    );
    refused(
        &mut session,
        "type_change_plan('s.b', 'status', 's.state', 'status::s.state')",
        "42804",
        "operator does not exist: s.state = text",
    );
    ok(&mut session, "ALTER TABLE s.b DROP CONSTRAINT b_status_check");
    follow(&mut session, "type_change_plan('s.b', 'status', 's.state', 'status::s.state')");
    // As ALTER TABLE has it, in each case.
    for (column, to) in [
        ("t", "integer"),
        ("t", "varchar(5)"),
        ("t", "s.code2"),
        ("t", "s.state"),
        ("t", "date"),
        ("d", "timestamptz"),
        ("d", "text"),
        ("d", "integer"),
        ("code", "text"),
        ("code", "varchar(20)"),
        ("code", "integer"),
        ("n", "integer"),
        ("n", "smallint"),
        ("n", "boolean"),
        ("l", "bigint[]"),
        ("l", "text[]"),
        ("l", "text"),
        ("l", "uuid[]"),
        ("l", "bigint"),
        ("j", "text"),
        ("j", "json"),
        ("j", "integer"),
        ("b", "integer"),
        ("b", "text"),
    ] {
        let alter = session.run(&format!("BEGIN; ALTER TABLE s.c ALTER COLUMN {column} TYPE {to}"));
        ok(&mut session, "ROLLBACK");
        let call = format!("type_change_plan('s.c', '{column}', '{to}')");
        match alter.error {
            None => {
                plan(&mut session, &call);
            }
            Some(error) => {
                assert_eq!(error.code, "42804", "{error}");
                refused(&mut session, &call, "42804", "cannot be cast automatically");
            }
        }
    }
    // A default means what it meant.
    follow(&mut session, "type_change_plan('s.d', 'day', 'text')");
    follow(&mut session, "type_change_plan('s.d', 'n', 'numeric')");
    follow(&mut session, "type_change_plan('s.d', 'k', 'text')");
    ok(&mut session, "INSERT INTO s.d VALUES (1)");
    is(&mut session, "day = current_date::text AND n = 2 AND k = 'x' FROM s.d");
    // A generated column has no value yet where the trigger looks.
    ok(
        &mut session,
        "CREATE TABLE s.e (id integer PRIMARY KEY, a integer, twice integer GENERATED ALWAYS AS (id * 2) STORED)",
    );
    refused(&mut session, "type_change_plan('s.e', 'a', 'bigint', 'a + twice')", "0A000", "names a generated column");
}

#[test]
fn keys_of_all_kinds() {
    let long = "x".repeat(59);
    let (db, mut session) = stage(&format!(
        "CREATE TABLE s.others (id integer PRIMARY KEY); CREATE TABLE s.thirds (id integer PRIMARY KEY); CREATE TABLE s.uuids (id uuid PRIMARY KEY);
        INSERT INTO s.others SELECT g FROM generate_series(1, 100) AS g; INSERT INTO s.thirds SELECT g FROM generate_series(1, 100) AS g;
        CREATE TABLE s.orders (id integer PRIMARY KEY, a integer, b integer NOT NULL UNIQUE, c integer);
        INSERT INTO s.orders SELECT g, g, g, g + 1 FROM generate_series(1, 100) AS g;
        ALTER TABLE s.orders ADD CONSTRAINT {long}_one FOREIGN KEY (a) REFERENCES s.others;
        ALTER TABLE s.orders ADD CONSTRAINT {long}_two FOREIGN KEY (a) REFERENCES s.thirds;
        ALTER TABLE s.orders ADD CONSTRAINT old_rows FOREIGN KEY (c) REFERENCES s.others NOT VALID;
        ALTER TABLE s.orders REPLICA IDENTITY USING INDEX orders_b_key"
    ));
    follow(&mut session, "type_change_plan('s.orders', 'a', 'bigint')");
    is(
        &mut session,
        &format!(
            "count(*) = 2 AND bool_and(convalidated) FROM pg_constraint WHERE conname LIKE '{long}\\____' AND conrelid = 's.orders'::regclass"
        ),
    );
    // c = 101 refers to nothing, and nobody has promised that it does.
    let steps = follow(&mut session, "type_change_plan('s.orders', 'c', 'bigint')");
    assert!(!steps.iter().any(|step| step.contains("VALIDATE")), "{steps:#?}");
    is(&mut session, "NOT convalidated FROM pg_constraint WHERE conname = 'old_rows'");
    fails(&mut session, "INSERT INTO s.orders (id, a, b, c) VALUES (200, 1, 200, 999)", "23503");
    refused(&mut session, "type_change_plan('s.orders', 'b', 'bigint')", "0A000", "replica identity s.orders_b_key");
    refused(&mut session, "type_change_plan('s.orders', 'c', 'text')", "42804", "foreign key old_rows");

    // What cannot refer, as ALTER TABLE has it.
    ok(
        &mut session,
        "CREATE DOMAIN s.code AS integer; CREATE DOMAIN s.code2 AS s.code; CREATE TABLE s.texts (id varchar(9) PRIMARY KEY); CREATE TABLE s.numbers (id numeric PRIMARY KEY);
        CREATE TABLE s.lists (id integer[] PRIMARY KEY); CREATE TABLE s.days (id timestamptz PRIMARY KEY); CREATE TABLE s.codes (id s.code2 PRIMARY KEY);
        CREATE TABLE s.pairs (id integer, day date, PRIMARY KEY (id, day));
        CREATE TABLE s.all (id integer, si smallint, n numeric, t text, c char(3), u uuid, l integer[], ll bigint[], d date, co s.code2)",
    );
    for column in ["id", "si", "n", "t", "c", "u", "l", "ll", "d", "co"] {
        for other in ["others", "uuids", "texts", "numbers", "lists", "days", "codes"] {
            let alter =
                session.run(&format!("BEGIN; ALTER TABLE s.all ADD FOREIGN KEY ({column}) REFERENCES s.{other}"));
            ok(&mut session, "ROLLBACK");
            let call = format!("fk_plan('s.all', '{{{column}}}', 's.{other}')");
            match alter.error {
                None => {
                    plan(&mut session, &call);
                }
                Some(error) => {
                    assert_eq!(error.code, "42804", "{error}");
                    refused(&mut session, &call, "42804", "incompatible types");
                }
            }
        }
    }
    // Each column against its own, in whatever order the key has them.
    plan(&mut session, "fk_plan('s.all', '{d, id}', 's.pairs', '{day, id}')");
    refused(&mut session, "fk_plan('s.all', '{id, d}', 's.pairs', '{day, id}')", "42804", "incompatible types");

    // A name that a partition has.
    ok(
        &mut session,
        "CREATE TABLE s.events (id integer, other_id integer) PARTITION BY RANGE (id);
        CREATE TABLE s.events_1 PARTITION OF s.events FOR VALUES FROM (1) TO (100);
        ALTER TABLE s.events_1 ADD CONSTRAINT events_other_id_fkey CHECK (id > 0), ADD CONSTRAINT events_other_id_not_null CHECK (id > 0)",
    );
    refused(
        &mut session,
        "fk_plan('s.events', '{other_id}', 's.others', constraint_name => 'events_other_id_fkey')",
        "42710",
        "exists already on s.events_1",
    );
    follow(&mut session, "fk_plan('s.events', '{other_id}', 's.others')");
    follow(&mut session, "not_null_plan('s.events', 'other_id')");
    is(&mut session, "convalidated FROM pg_constraint WHERE contype = 'f' AND conrelid = 's.events'::regclass");
    is(
        &mut session,
        "bool_and(attnotnull) FROM pg_attribute WHERE attrelid IN ('s.events'::regclass, 's.events_1'::regclass) AND attname = 'other_id'",
    );

    // Partitions whose names begin alike.
    ok(
        &mut session,
        &format!(
            "CREATE TABLE s.days_of (id integer, other_id integer) PARTITION BY RANGE (id);
            CREATE TABLE s.{long}_1 PARTITION OF s.days_of FOR VALUES FROM (1) TO (100);
            CREATE TABLE s.{long}_2 PARTITION OF s.days_of FOR VALUES FROM (100) TO (200)"
        ),
    );
    follow(&mut session, "fk_plan('s.days_of', '{other_id}', 's.others')");
    is(&mut session, "indisvalid FROM pg_index WHERE indexrelid = 's.idx_days_of_other_id'::regclass");

    if cluster(&db).major() < 18 {
        return;
    }
    ok(
        &mut session,
        "CREATE TABLE s.loose (id integer PRIMARY KEY, a integer CONSTRAINT few CHECK (a < 10) NOT ENFORCED, b integer,
            CONSTRAINT there CHECK (b IS NOT NULL) NOT ENFORCED, c integer, CONSTRAINT other FOREIGN KEY (a) REFERENCES s.others NOT ENFORCED);
        INSERT INTO s.loose VALUES (1, 5000, NULL, 7); ALTER TABLE s.loose ADD CONSTRAINT old_rows NOT NULL c NOT VALID;
        CREATE EXTENSION IF NOT EXISTS btree_gist;
        CREATE TABLE s.rooms (id integer, at tstzrange, note text, PRIMARY KEY (id, at WITHOUT OVERLAPS), UNIQUE (id));
        CREATE TABLE s.stays (id integer PRIMARY KEY, room_id integer, at tstzrange, FOREIGN KEY (room_id, PERIOD at) REFERENCES s.rooms (id, PERIOD at))",
    );
    follow(&mut session, "type_change_plan('s.loose', 'a', 'bigint')");
    is(
        &mut session,
        "count(*) = 2 AND NOT bool_or(conenforced) FROM pg_constraint WHERE conname IN ('few', 'other') AND conrelid = 's.loose'::regclass",
    );
    follow(&mut session, "type_change_plan('s.loose', 'c', 'bigint')");
    fails(&mut session, "INSERT INTO s.loose (id) VALUES (2)", "23502");
    // Nothing proves it, so that it fails; and does not say that it is so.
    let steps = plan(&mut session, "not_null_plan('s.loose', 'b')");
    done(&mut session, &steps[0]);
    stops(&mut session, &steps[1], "23502");
    let error = fails(&mut session, "SELECT * FROM architect.fk_plan('s.loose', '{a}', 's.others')", "42710");
    assert!(error.detail.as_deref().is_some_and(|detail| detail.contains("NOT ENFORCED")), "{error}");
    ok(&mut session, error.hint.expect("a hint").rsplit_once(": ").expect("SQL").1);
    ok(&mut session, "DELETE FROM s.loose");
    follow(&mut session, "fk_plan('s.loose', '{a}', 's.others')");
    is(
        &mut session,
        "conenforced AND convalidated FROM pg_constraint WHERE contype = 'f' AND conrelid = 's.loose'::regclass",
    );
    refused(&mut session, "fk_plan('s.stays', '{room_id, at}', 's.rooms')", "0A000", "WITHOUT OVERLAPS");
    refused(&mut session, "type_change_plan('s.rooms', 'at', 'tsrange', 'tsrange(NULL, NULL)')", "0A000", "rooms_pkey");
    refused(&mut session, "type_change_plan('s.stays', 'room_id', 'bigint')", "0A000", "stays_room_id_at_fkey");
}

#[test]
fn a_comparison_keeps_nothing_up_to_date() {
    let (_db, mut session) = stage(
        "CREATE DOMAIN s.moment AS timestamptz; CREATE DOMAIN s.moment2 AS s.moment; CREATE TABLE s.a (id integer PRIMARY KEY, updated_at s.moment2);
        INSERT INTO s.a VALUES (1)",
    );
    for (body, keeps) in [
        ("BEGIN IF new.updated_at = old.updated_at THEN RAISE NOTICE 'same'; END IF; RETURN new; END", false),
        ("BEGIN IF new.id > 1 AND (new.updated_at = old.updated_at) THEN RETURN NULL; END IF; RETURN new; END", false),
        ("BEGIN -- NEW.updated_at := now();\n /* NEW.updated_at = now(); */ RETURN new; END", false),
        ("BEGIN NEW.updated_at_2 := now(); RETURN new; END", false),
        ("BEGIN NEW.updated_at = now(); RETURN new; END", true),
        ("BEGIN\n  -- kept\n  NEW . \"updated_at\" := now();\n RETURN new; END", true),
        ("BEGIN IF new.id > 0 THEN new.updated_at = now(); END IF; RETURN new; END", true),
        ("BEGIN SELECT now() INTO STRICT new.updated_at; RETURN new; END", true),
    ] {
        ok(
            &mut session,
            &format!(
                "CREATE OR REPLACE FUNCTION s.chk() RETURNS trigger LANGUAGE plpgsql AS $fn$ {body} $fn$;
                DROP TRIGGER IF EXISTS chk ON s.a; CREATE TRIGGER chk BEFORE UPDATE ON s.a FOR EACH ROW EXECUTE FUNCTION s.chk()"
            ),
        );
        let call = "updated_at_trigger('s.a')";
        if keeps {
            let error = fails(&mut session, &format!("SELECT * FROM architect.{call}"), "42710");
            assert!(error.message.starts_with("trigger chk keeps"), "{error}\nof {body}");
        } else {
            assert_eq!(plan(&mut session, call).len(), 1, "{body}");
        }
    }
}

#[test]
fn rows_without_a_key_are_not_passed_over() {
    let (db, mut session) = stage(
        "CREATE TABLE s.parents (id integer NOT NULL, a integer); CREATE UNIQUE INDEX idx_id ON s.parents (id);
        CREATE TABLE s.children () INHERITS (s.parents); CREATE TABLE s.grandchildren () INHERITS (s.children);
        INSERT INTO s.parents SELECT g, g FROM generate_series(1, 50) AS g; INSERT INTO s.grandchildren SELECT g, g FROM generate_series(1, 50) AS g",
    );
    let call = "CALL architect.run_backfill('s.parents', 'a = a + 1000', batch_rows => 7, pause => '0')";
    ok(&mut session, call);
    is(&mut session, "count(*) = 100 AND bool_and(a = id + 1000) FROM s.parents");
    if cluster(&db).major() >= 18 {
        ok(
            &mut session,
            "ALTER TABLE s.parents ALTER COLUMN id DROP NOT NULL; ALTER TABLE s.parents ADD CONSTRAINT nn NOT NULL id NO INHERIT",
        );
    } else {
        ok(&mut session, "ALTER TABLE s.grandchildren ALTER COLUMN id DROP NOT NULL");
    }
    ok(&mut session, "INSERT INTO s.grandchildren VALUES (NULL, 1)");
    let error = fails(&mut session, &call.replace("1000", "2000"), "55000");
    assert!(error.message.contains("has no key"), "{error}");
    refused(&mut session, "backfill_plan('s.parents', 'a = 1')", "55000", "in tables that inherit them too");
}

#[test]
fn the_strictest_guard_lets_a_plan_pass() {
    let (db, mut session) = stage(
        "CREATE TABLE s.tasks (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, status varchar(20) NOT NULL DEFAULT 'new', payment_status text, title text);
        CREATE TABLE s.jobs (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, status varchar(20) NOT NULL CHECK (status IN ('new', 'done')));
        INSERT INTO s.tasks (status) SELECT 'new' FROM generate_series(1, 3000); INSERT INTO s.jobs (status) SELECT 'new' FROM generate_series(1, 3000);
        ANALYZE s.tasks, s.jobs; SELECT architect.use_profile('strict'); SELECT architect.arm()",
    );
    let mut strict = strict(&db);
    follow(&mut strict, "type_change_plan('s.tasks', 'status', 'text')");
    follow(&mut strict, "type_change_plan('s.tasks', 'payment_status', 'varchar(20)')");
    let steps = follow(&mut strict, "type_change_plan('s.jobs', 'status', 'text')");
    assert!(!steps.iter().any(|step| step.contains("status-column")), "{steps:#?}");
    let steps = plan(&mut session, "type_change_plan('s.tasks', 'title', 'varchar(99)')");
    assert!(!steps.iter().any(|step| step.contains("status-column")), "{steps:#?}");
}
