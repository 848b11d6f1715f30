//! What a role without privileges may do (run DDL, and read what concerns it) and may not (loosen anything).

mod common;

use common::*;
use harness::{Db, Session};

const LOOSENING: [(&str, &str); 7] = [
    ("architect.mode", "off"),
    ("architect.mode", "observe"),
    ("architect.min_severity", "error"),
    ("architect.enforce_severity", "error"),
    ("architect.small_table_rows", "1000000"),
    ("architect.log_ddl", "none"),
    ("architect.size_source", "catalog"),
];

/// A shop in which everything is stopped, in every session, whoever it is; with a role that owns a schema and a live table in it.
fn guarded_shop() -> (Db, String) {
    let db = shop();
    let role = app_role(&db);
    let name = db.name();
    connect(&db)
        .batch_execute(&format!(
            "SET architect.mode = off;
             CREATE TABLE app.parcels AS SELECT g::bigint AS id, g AS weight FROM generate_series(1, 5000) AS g;
             ALTER TABLE app.parcels ADD PRIMARY KEY (id); ALTER TABLE app.parcels OWNER TO {role}; ANALYZE app.parcels;
             SELECT architect.arm();
             ALTER DATABASE {name} SET architect.mode = 'enforce';
             ALTER DATABASE {name} SET architect.enforce_severity = 'info';
             ALTER DATABASE {name} SET architect.log_ddl = 'all';
             ALTER DATABASE {name} SET lock_timeout = '2s'"
        ))
        .expect("a guard");
    (db, role)
}

/// The guard still does its duty in this session: it stops before the lock and at commit.
#[track_caller]
fn on_duty(session: &mut Session) {
    stopped(session, "DROP TABLE app.parcels", "table-dropped");
    fails(session, "CREATE TABLE app.crates (weight integer)", "PA003");
    for setting in ["architect.mode", "architect.enforce_severity", "architect.log_ddl"] {
        let expected = match setting {
            "architect.mode" => "enforce",
            "architect.enforce_severity" => "info",
            _ => "all",
        };
        assert_eq!(value::<String>(session, &format!("SHOW {setting}")), expected, "{setting}");
    }
}

#[test]
fn ddl_needs_no_privilege_on_the_extension() {
    let (db, role) = guarded_shop();
    let mut session = db.connect_as(&role).expect("a session");
    silent(
        &mut session,
        "CREATE TABLE boxes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, parcel_id bigint NOT NULL UNIQUE REFERENCES parcels);
         BEGIN; CREATE VIEW heavy AS SELECT id FROM parcels WHERE weight > 10; DROP VIEW heavy; COMMIT;
         CREATE INDEX CONCURRENTLY idx_parcels_weight ON parcels (weight); DROP INDEX CONCURRENTLY idx_parcels_weight;
         CREATE FUNCTION one() RETURNS integer LANGUAGE sql AS 'SELECT 1'; DROP FUNCTION one();
         DROP TABLE boxes",
    );
    on_duty(&mut session);
    let rows: i64 =
        value(&mut connect(&db), &format!("SELECT count(*) FROM architect.ddl_log WHERE session_role = '{role}'"));
    assert_eq!(rows, 8, "its statements are in the log, by its name");
    // Without USAGE on the schema even.
    connect(&db).batch_execute("REVOKE ALL ON SCHEMA architect FROM PUBLIC").expect("a revoke");
    let mut session = db.connect_as(&role).expect("a session");
    silent(&mut session, "CREATE TABLE boxes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY); DROP TABLE boxes");
    on_duty(&mut session);
}

#[test]
fn no_setting_loosens_the_guard() {
    let (db, role) = guarded_shop();
    // A session that has loaded the library already, and one that has not: there the setting is a placeholder that anybody may
    // set, until the library comes and refuses it.
    for loaded in [true, false] {
        for (setting, value) in LOOSENING {
            for form in [
                "SET {s} = '{v}'",
                "SET LOCAL {s} = '{v}'",
                "SET SESSION {s} TO '{v}'",
                "SELECT set_config('{s}', '{v}', false)",
                "SELECT set_config('{s}', '{v}', true)",
                "UPDATE pg_settings SET setting = '{v}' WHERE name = '{s}'",
                "DO $$ BEGIN PERFORM set_config('{s}', '{v}', false); END $$",
                "BEGIN; SET LOCAL {s} = '{v}'",
                "SET ROLE NONE; SET {s} = '{v}'",
            ] {
                let sql = form.replace("{s}", setting).replace("{v}", value);
                let mut session = db.connect_as(&role).expect("a session");
                if loaded {
                    silent(&mut session, "DROP TABLE IF EXISTS nothing_here");
                    let run = session.run(&sql);
                    if !sql.starts_with("UPDATE") {
                        assert_eq!(run.error.map(|error| error.code).as_deref(), Some("42501"), "{sql}");
                    }
                } else {
                    let _ = session.run(&sql);
                }
                if sql.starts_with("BEGIN") && !loaded {
                    stopped(&mut session, "DROP TABLE app.parcels", "table-dropped");
                }
                session.batch_execute("ROLLBACK").expect("out of a block");
                on_duty(&mut session);
            }
        }
    }
}

#[test]
fn no_default_of_a_role_or_database_loosens_the_guard() {
    let (db, role) = guarded_shop();
    let name = db.name().to_owned();
    let mut admin = connect(&db);
    // The role is made the owner of the database: more than ordinary, and still no superuser.
    admin
        .batch_execute(&format!("ALTER DATABASE {name} OWNER TO {role}; ALTER ROLE {role} CREATEROLE CREATEDB"))
        .expect("an owner");
    for loaded in [true, false] {
        let mut session = db.connect_as(&role).expect("a session");
        if loaded {
            silent(&mut session, "DROP TABLE IF EXISTS nothing_here");
        }
        for (setting, value) in LOOSENING {
            for sql in [
                format!("ALTER ROLE {role} SET {setting} = '{value}'"),
                format!("ALTER ROLE CURRENT_USER SET {setting} TO {value}"),
                format!("ALTER DATABASE {name} SET {setting} = '{value}'"),
                format!("ALTER ROLE {role} IN DATABASE {name} SET {setting} = '{value}'"),
                format!("ALTER ROLE {role} SET {setting} FROM CURRENT"),
            ] {
                fails(&mut session, &sql, "42501");
            }
        }
        // RESET takes away what a superuser set: that too is refused. RESET ALL leaves what its caller could not set.
        for sql in [
            format!("ALTER DATABASE {name} RESET architect.mode"),
            format!("ALTER DATABASE {name} RESET ALL"),
            "ALTER SYSTEM SET architect.mode = 'off'".to_owned(),
        ] {
            let _ = session.run(&sql);
        }
        let kept: i64 = value(
            &mut admin,
            &format!(
                "SELECT count(*) FROM pg_db_role_setting, unnest(setconfig) AS s
                 WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = '{name}') AND s LIKE 'architect.%'"
            ),
        );
        assert_eq!(kept, 3);
    }
    on_duty(&mut db.connect_as(&role).expect("a session"));
}

#[test]
fn no_option_of_the_connection_loosens_the_guard() {
    let (db, role) = guarded_shop();
    // While the library is not loaded the option hides what the database says, so DDL is refused; all else goes on.
    for (setting, setting_value) in LOOSENING.into_iter().chain([("Architect.MODE", "warn")]) {
        let mut session =
            connect_with_options(&db, &role, &format!("-c {setting}={setting_value}")).expect("a session");
        assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM app.parcels"), 5000);
        for sql in [
            "DROP TABLE app.parcels",
            "CREATE TABLE app.crates (weight integer)",
            "SET architect.mode = enforce; DROP TABLE app.parcels",
            "RESET ALL; DROP TABLE app.parcels",
            "DISCARD ALL; CREATE TABLE app.crates (weight integer)",
            "SELECT * FROM architect.status()",
        ] {
            for _ in 0..2 {
                let error = fails(&mut session, sql, "42501");
                assert!(error.message.starts_with("permission denied to set parameter \"architect."), "{error}");
            }
        }
        assert_eq!(value::<i64>(&mut session, "SELECT count(*) FROM app.parcels"), 5000);
        assert!(!exists(&mut session, "app.crates"));
    }
    for options in ["-c session_replication_role=replica", "-c session_preload_libraries=", "-c event_triggers=off"] {
        if let Ok(mut session) = connect_with_options(&db, &role, options) {
            on_duty(&mut session);
        }
    }
    // With the library loaded at the start of the session there is none.
    let name = db.name();
    connect(&db)
        .batch_execute(&format!("ALTER DATABASE {name} SET session_preload_libraries = 'pg_architect'"))
        .expect("a setting");
    for (setting, setting_value) in LOOSENING {
        let error =
            connect_with_options(&db, &role, &format!("-c {setting}={setting_value}")).err().expect("no session");
        assert!(format!("{error:?}").contains("permission denied to set parameter"), "{error:?}");
    }
    on_duty(&mut db.connect_as(&role).expect("a session"));
    // Whoever has the right has it in this way, too.
    for preload in ["", "ALTER DATABASE {name} RESET session_preload_libraries"] {
        ok(&mut connect(&db), &preload.replace("{name}", name));
        let mut session =
            connect_with_options(&db, "postgres", "-c architect.mode=warn -c architect.min_severity=error")
                .expect("a session");
        let run = ok(
            &mut session,
            "CREATE TABLE app.crates (weight integer); DROP TABLE app.crates; DROP TABLE customers CASCADE; CREATE TABLE customers (id bigint PRIMARY KEY)",
        );
        assert!(run.findings.iter().all(|finding| finding.message.severity == "WARNING"), "{run:?}");
        assert_eq!(value::<String>(&mut session, "SHOW architect.mode"), "warn");
    }
}

#[test]
fn reset_and_discard_loosen_nothing() {
    let (db, role) = guarded_shop();
    for sql in [
        "RESET ALL",
        "DISCARD ALL",
        "RESET architect.mode",
        "SET architect.mode TO DEFAULT",
        "RESET SESSION AUTHORIZATION",
        "SET SESSION AUTHORIZATION DEFAULT",
        "SET LOCAL architect.mode TO DEFAULT",
        "SET search_path = pg_temp, app, pg_catalog",
    ] {
        let mut session = db.connect_as(&role).expect("a session");
        let _ = session.run(sql);
        on_duty(&mut session);
        let _ = session.run(sql);
        on_duty(&mut session);
    }
}

#[test]
fn a_functions_own_settings_loosen_nothing() {
    let (db, role) = guarded_shop();
    let mut session = db.connect_as(&role).expect("a session");
    // The library is not loaded in this session when the function is made.
    for (number, (setting, value)) in LOOSENING.into_iter().enumerate() {
        let mut maker = db.connect_as(&role).expect("a session");
        let _ = maker.run(&format!("SET {setting} = '{value}'"));
        for (kind, sql) in [
            (
                "plain",
                format!(
                    "CREATE FUNCTION forget_{number}_plain() RETURNS void LANGUAGE plpgsql SET {setting} = '{value}' AS $$ BEGIN DROP TABLE app.parcels; END $$"
                ),
            ),
            (
                "definer",
                format!(
                    "CREATE FUNCTION forget_{number}_definer() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = app SET {setting} = '{value}' AS $$ BEGIN DROP TABLE app.parcels; END $$"
                ),
            ),
        ] {
            if maker.run(&sql).error.is_some() {
                // Refused when it is made.
                continue;
            }
            for session in [&mut maker, &mut session] {
                let run = session.run(&format!("SELECT forget_{number}_{kind}()"));
                let error = run.error.expect("it is refused or stopped");
                assert!(error.code == "42501" || error.code == "PA002", "{error}");
            }
        }
        on_duty(&mut maker);
    }
    on_duty(&mut session);
}

#[test]
fn the_policy_belongs_to_its_owner() {
    let (db, role) = guarded_shop();
    let mut session = db.connect_as(&role).expect("a session");
    for sql in [
        "SELECT architect.configure('table-dropped', severity => 'off')",
        "SELECT architect.configure('*', severity => 'off')",
        "SELECT architect.unconfigure('table-dropped')",
        "SELECT architect.suppress('table-dropped', 'app.parcels', 'because')",
        "SELECT architect.unsuppress('table-dropped', 'app.parcels')",
        "SELECT architect.break_glass('because')",
        "SELECT architect.arm()",
        "SELECT architect.disarm()",
        "INSERT INTO architect.rule_settings VALUES ('*', '%', '%', 'off', '{}', 'me', now())",
        "INSERT INTO architect.suppressions VALUES ('table-dropped', 'app.parcels', 'x', NULL, 'me', now())",
        "DELETE FROM architect.armed",
        "TRUNCATE architect.armed",
        "UPDATE architect.armed SET database_oid = 0",
        "DELETE FROM architect.ddl_log",
        "INSERT INTO architect.ddl_log (tag) VALUES ('x')",
        "COPY architect.rule_settings TO STDOUT",
        "SELECT * FROM architect.rule_settings",
        "SELECT * FROM architect.suppressions",
        "SELECT * FROM architect.armed",
        "SELECT * FROM architect.ddl_log",
        "BEGIN; LOCK TABLE architect.rule_settings IN ACCESS EXCLUSIVE MODE",
        "ALTER EVENT TRIGGER pg_architect_ddl_command_start DISABLE",
        "DROP EVENT TRIGGER pg_architect_ddl_command_start",
        "CREATE EVENT TRIGGER mine ON ddl_command_start EXECUTE FUNCTION architect.ddl_command_start()",
        "DROP EXTENSION pg_architect",
        "DROP EXTENSION pg_architect CASCADE",
        "ALTER EXTENSION pg_architect UPDATE",
        "ALTER EXTENSION pg_architect DROP TABLE architect.armed",
        "DROP SCHEMA architect CASCADE",
        "DROP TABLE architect.armed",
        "DROP FUNCTION architect.arm()",
        "DROP TRIGGER policy_changed ON architect.armed",
        "ALTER TABLE architect.armed DISABLE TRIGGER ALL",
        "ALTER TABLE architect.rule_settings RENAME TO mine",
        "ALTER SCHEMA architect RENAME TO mine",
        "ALTER FUNCTION architect.arm() OWNER TO CURRENT_USER",
        "CREATE OR REPLACE FUNCTION architect.ddl_command_start() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN END $$",
        "CREATE TABLE architect.mine (id bigint PRIMARY KEY)",
        "CREATE FUNCTION architect.mine() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
        "GRANT EXECUTE ON FUNCTION architect.break_glass(text) TO CURRENT_USER",
        "SET session_replication_role = replica",
        "LOAD '$libdir/pg_architect'",
    ] {
        let run = session.run(sql);
        match run.error {
            // A grant of what one has no right to grant is a WARNING of PostgreSQL's; nothing is granted, as is seen below.
            None => assert!(sql.starts_with("GRANT"), "it is allowed: {sql}"),
            // The guard may be first.
            Some(error) => {
                assert!(
                    error.code == "42501" || error.code == "PA002" || sql.starts_with("LOAD"),
                    "{error}\nin: {sql}"
                );
            }
        }
        session.batch_execute("ROLLBACK").expect("out of a block");
    }
    on_duty(&mut session);
    fails(&mut session, "SELECT architect.break_glass('because')", "42501");
}

#[test]
fn a_namesake_is_not_ours() {
    let (db, role) = guarded_shop();
    let mut session = db.connect_as(&role).expect("a session");
    // Tables of our names in front of ours on the path, and functions of the names that the server's own have.
    silent(
        &mut session,
        "CREATE TABLE rule_settings (id bigint PRIMARY KEY) ; DROP TABLE rule_settings;
         CREATE TEMP TABLE armed (database_oid oid); CREATE TEMP TABLE suppressions (rule text, object text);
         CREATE FUNCTION app.now() RETURNS timestamptz LANGUAGE sql AS 'SELECT NULL::timestamptz';
         CREATE FUNCTION app.lower(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked'; END $$",
    );
    session.batch_execute("SET search_path = app, pg_temp, pg_catalog").expect("a path");
    on_duty(&mut session);
    for query in [
        "SELECT count(*) FROM architect.lint('CREATE INDEX ON app.parcels (weight)')",
        "SELECT count(*) FROM architect.check()",
        "SELECT count(*) FROM architect.status()",
    ] {
        value::<i64>(&mut session, query);
    }
}

#[test]
fn whoever_runs_ddl_may_ask_about_it() {
    let (db, role) = guarded_shop();
    let mut session = db.connect_as(&role).expect("a session");
    let lint: i64 = value(
        &mut session,
        "SELECT count(*) FROM architect.lint('DROP TABLE app.parcels') WHERE rule = 'table-dropped'",
    );
    assert_eq!(lint, 1);
    let lock: String =
        value(&mut session, "SELECT lock FROM architect.explain_ddl('ALTER TABLE app.parcels ADD COLUMN note text')");
    assert_eq!(lock, "ACCESS EXCLUSIVE");
    assert_eq!(
        value::<String>(&mut session, "SELECT value FROM architect.status() WHERE name = 'architect.mode'"),
        "enforce"
    );
    assert!(value::<i64>(&mut session, "SELECT count(*) FROM architect.rules") >= 40);
    assert!(value::<String>(&mut session, "SELECT architect.rule_doc('table-dropped')").contains("table-dropped"));
    value::<i64>(&mut session, "SELECT count(*) FROM architect.check('app', 'parcels')");
    session.run("DROP TABLE app.parcels");
    assert_eq!(
        value::<i64>(&mut session, "SELECT count(*) FROM architect.last_findings() WHERE rule = 'table-dropped'"),
        1
    );
    // Another session's findings are its own.
    let mut other = db.connect_as(&role).expect("a session");
    assert_eq!(value::<i64>(&mut other, "SELECT count(*) FROM architect.last_findings()"), 0);
}

#[test]
fn no_row_and_no_statement_of_others_is_shown() {
    let (db, role) = guarded_shop();
    let mut owner = connect(&db);
    owner
        .batch_execute(
            "SET architect.mode = off; CREATE SCHEMA vault; REVOKE ALL ON SCHEMA vault FROM PUBLIC;
             CREATE TABLE vault.codes AS SELECT g AS id, 'secret-' || g AS code FROM generate_series(1, 5000) AS g; ANALYZE vault.codes",
        )
        .expect("a secret");
    owner.batch_execute("BEGIN; SELECT 'my-statement' FROM vault.codes LIMIT 1").expect("a statement");
    let mut session = db.connect_as(&role).expect("a session");
    for query in [
        "SELECT string_agg(f::text, ' ') FROM architect.lint('ALTER TABLE vault.codes ALTER COLUMN code TYPE char(20); DROP TABLE vault.codes') f",
        "SELECT string_agg(f::text, ' ') FROM architect.explain_ddl('ALTER TABLE vault.codes ALTER COLUMN code SET NOT NULL; DROP TABLE vault.codes') f",
        "SELECT string_agg(f::text, ' ') FROM architect.check() f",
        "SELECT string_agg(f::text, ' ') FROM architect.status() f",
    ] {
        let text: Option<String> = value(&mut session, query);
        let text = text.unwrap_or_default();
        assert!(!text.contains("secret-") && !text.contains("my-statement"), "{text}");
    }
    // The DDL itself is PostgreSQL's to refuse.
    let error = session.run("DROP TABLE vault.codes").error.expect("an error");
    assert!(error.code == "42501" || error.code == "PA002", "{error}");
    assert!(exists(&mut owner, "vault.codes"));
    // The test sees something at all: a session that is in the way is shown, without what it runs.
    let text: String =
        value(&mut session, "SELECT string_agg(f::text, ' ') FROM architect.explain_ddl('DROP TABLE vault.codes') f");
    assert!(text.contains(&format!("pid {}", pid(&mut owner))), "{text}");
}

#[test]
fn break_glass_is_a_right_that_can_be_granted() {
    let (db, role) = guarded_shop();
    let mut session = db.connect_as(&role).expect("a session");
    fails(&mut session, "SELECT architect.break_glass('INC-1')", "42501");
    connect(&db)
        .batch_execute(&format!("GRANT EXECUTE ON FUNCTION architect.break_glass(text) TO {role}"))
        .expect("a grant");
    for reason in ["''", "NULL", "'   '"] {
        fails(&mut session, &format!("SELECT architect.break_glass({reason})"), "PA005");
    }
    let from = log_length(&db);
    let run = ok(
        &mut session,
        "BEGIN; SELECT architect.break_glass('INC-4711: disk full'); CREATE TABLE crates (weight integer); DROP TABLE parcels; COMMIT",
    );
    let said = rules(&run.messages);
    assert!(said.contains(&"table-dropped".to_owned()) && said.contains(&"primary-key-missing".to_owned()), "{said:?}");
    assert!(exists(&mut session, "app.crates") && !exists(&mut session, "app.parcels"));

    let logged = log_of(&db, from);
    assert!(logged.iter().any(|line| line.contains("LOG:  ") && line.contains("INC-4711: disk full")), "{logged:?}");
    assert!(logged.iter().any(|line| line.contains("table-dropped was let through")), "{logged:?}");
    let mut admin = connect(&db);
    let rows: String = value(
        &mut admin,
        "SELECT string_agg(tag || ': ' || coalesce(break_glass, '-'), '; ' ORDER BY happened_at, tag) FROM architect.ddl_log WHERE tag <> 'GRANT'",
    );
    assert_eq!(
        rows,
        "BREAK GLASS: INC-4711: disk full; CREATE TABLE: INC-4711: disk full; DROP TABLE: INC-4711: disk full"
    );
    assert_eq!(
        value::<String>(&mut admin, "SELECT DISTINCT session_role FROM architect.ddl_log WHERE tag <> 'GRANT'"),
        role
    );
    // It ended with the transaction.
    fails(&mut session, "CREATE TABLE pallets (weight integer)", "PA003");
}

#[test]
fn a_broken_glass_is_whole_again_after_a_rollback() {
    let (db, _) = guarded_shop();
    let mut session = connect(&db);
    let drop = "DROP TABLE app.parcels";
    // A savepoint that is rolled back takes it along; one that is released does not.
    ok(&mut session, "BEGIN; SAVEPOINT s; SELECT architect.break_glass('x'); ROLLBACK TO s");
    stopped(&mut session, drop, "table-dropped");
    ok(&mut session, "ROLLBACK; BEGIN; SAVEPOINT s; SELECT architect.break_glass('x'); RELEASE s");
    ok(&mut session, &format!("{drop}; ROLLBACK"));
    // As does a transaction.
    ok(&mut session, "BEGIN; SELECT architect.break_glass('x'); ROLLBACK");
    stopped(&mut session, drop, "table-dropped");
    // In autocommit it ends with its own statement.
    ok(&mut session, "SELECT architect.break_glass('x')");
    stopped(&mut session, drop, "table-dropped");
    // An error inside ends it, too.
    fails(&mut session, "BEGIN; SELECT architect.break_glass('x'); SELECT 1/0", "22012");
    ok(&mut session, "ROLLBACK");
    stopped(&mut session, drop, "table-dropped");
    // COMMIT AND CHAIN begins another transaction.
    ok(&mut session, "BEGIN; SELECT architect.break_glass('x'); COMMIT AND CHAIN");
    stopped(&mut session, drop, "table-dropped");
    ok(&mut session, "ROLLBACK");
    // The server log has the reason of what was rolled back; the table does not.
    let from = log_length(&db);
    ok(&mut session, "BEGIN; SELECT architect.break_glass('rolled back later'); ROLLBACK");
    assert!(log_of(&db, from).iter().any(|line| line.contains("rolled back later")));
    assert_eq!(
        value::<i64>(&mut session, "SELECT count(*) FROM architect.ddl_log WHERE break_glass = 'rolled back later'"),
        0
    );
}

#[test]
fn set_on_a_setting_can_be_granted() {
    let (db, role) = guarded_shop();
    connect(&db).batch_execute(&format!("GRANT SET ON PARAMETER architect.mode TO {role}")).expect("a grant");
    let mut session = db.connect_as(&role).expect("a session");
    silent(&mut session, "DROP TABLE IF EXISTS nothing_here; SET architect.mode = off; DROP TABLE parcels");
    let mut session = connect_with_options(&db, &role, "-c architect.mode=off").expect("a session");
    silent(&mut session, "CREATE TABLE parcel (weight integer)");
    fails(&mut session, "SET architect.enforce_severity = error", "42501");
    connect(&db).batch_execute(&format!("REVOKE SET ON PARAMETER architect.mode FROM {role}")).expect("a revoke");
}

/// Expressions of indexes and constraints belong to the table's owner, and a superuser who maintains the table must not run them with
/// a superuser's rights: PostgreSQL becomes the owner first. Simplifying an expression runs immutable functions with constant
/// arguments.
#[test]
fn no_function_of_an_owner_runs_with_the_rights_of_a_superuser() {
    let db = shop();
    let role = app_role(&db);
    let mut owner = connect_with_options(&db, &role, "").expect("a session");
    ok(
        &mut owner,
        "SET architect.mode = off;
         CREATE FUNCTION app.spy(n integer) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
         BEGIN
             RAISE WARNING 'spy runs as %', current_user;
             RETURN n;
         END $$;
         CREATE TABLE app.parcels (id bigint PRIMARY KEY, weight integer, CONSTRAINT heavy CHECK (weight > app.spy(-1)));
         INSERT INTO app.parcels SELECT g, g FROM generate_series(1, 3000) AS g;
         CREATE INDEX parcels_spied ON app.parcels ((weight + app.spy(0))) WHERE weight > app.spy(1);
         CREATE MATERIALIZED VIEW app.heaviest AS SELECT id, weight FROM app.parcels;
         CREATE UNIQUE INDEX heaviest_id ON app.heaviest (id);
         CREATE INDEX heaviest_spied ON app.heaviest ((weight + app.spy(2)));",
    );
    let mut superuser = connect(&db);
    let me: String = value(&mut superuser, "SELECT current_user::text");
    let mut nobody_spied = |sql: &str| {
        let run = ok(&mut superuser, sql);
        let spied = format!("spy runs as {me}");
        assert!(run.messages.iter().all(|message| message.message != spied), "{sql}: {:?}", run.messages);
        assert!(run.messages.iter().all(|message| message.code != "PA004"), "{sql}: {:?}", run.messages);
    };
    for sql in [
        "CREATE INDEX idx_parcels_weight ON app.parcels ((weight + app.spy(3))) WHERE weight > app.spy(4)",
        "REINDEX TABLE app.parcels",
        "REINDEX INDEX app.parcels_spied",
        "REFRESH MATERIALIZED VIEW app.heaviest",
        "REFRESH MATERIALIZED VIEW CONCURRENTLY app.heaviest",
        "ALTER INDEX app.parcels_spied RENAME TO parcels_spied_on",
        "ALTER TABLE app.parcels ADD COLUMN height integer",
        "ALTER TABLE app.parcels ADD CONSTRAINT parcels_height UNIQUE (height)",
        "ALTER TABLE app.parcels DROP CONSTRAINT heavy",
        "DROP INDEX app.idx_parcels_weight",
        "DROP INDEX CONCURRENTLY app.parcels_spied_on",
    ] {
        // What only asks comes first.
        for function in ["lint", "explain_ddl", "safe_now"] {
            nobody_spied(&format!("SELECT count(*) FROM architect.{function}($sql${sql}$sql$)"));
        }
        nobody_spied(sql);
    }
    // PostgreSQL runs these itself when the statement is given; asking about it does not.
    for sql in [
        "ALTER TABLE app.parcels ADD COLUMN depth integer NOT NULL DEFAULT app.spy(5)",
        "ALTER TABLE app.parcels ADD CONSTRAINT light CHECK (weight < app.spy(100000))",
        "ALTER TABLE app.parcels ALTER COLUMN weight TYPE bigint USING app.spy(6)",
    ] {
        for function in ["lint", "explain_ddl", "safe_now"] {
            nobody_spied(&format!("SELECT count(*) FROM architect.{function}($sql${sql}$sql$)"));
        }
    }
    nobody_spied("SELECT count(*) FROM architect.check()");
    nobody_spied("SELECT count(*) FROM architect.index_usage");
    nobody_spied("DROP TABLE app.parcels CASCADE");
}
