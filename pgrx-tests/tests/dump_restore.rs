//! pg_dump and pg_restore of a database with the guard: the restore succeeds whatever the guard thinks of the schema, and the copy
//! has the policy and stops nothing.

mod common;

use common::*;
use harness::{Cluster, Db, Options, Session};
use std::ffi::OsStr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

/// A schema that the strictest guard would not let pass: a table without a key, a function that anybody can hijack, bad names, a
/// foreign key without an index, an invalid-looking default, a partitioned tree, and rows enough to be live.
const QUESTIONABLE: &str = "\
    CREATE TABLE parcel (\"Weight\" integer, packed_at timestamp);
    INSERT INTO parcel SELECT g FROM generate_series(1, 3000) AS g;
    ALTER TABLE orders ADD CONSTRAINT orders_customer_id_fkey FOREIGN KEY (customer_id) REFERENCES customers;
    CREATE INDEX orders_code_ix ON orders (code);
    CREATE INDEX orders_code_ix2 ON orders (code);
    ALTER TABLE orders ADD CONSTRAINT orders_positive CHECK (amount >= 0) NOT VALID;
    CREATE FUNCTION root_door() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN RETURN current_user; END $$;
    CREATE MATERIALIZED VIEW totals AS SELECT customer_id, sum(amount) AS total FROM orders GROUP BY 1;
    CREATE TRIGGER touched BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
    SELECT architect.configure('table-name-plural', severity => 'error');
    SELECT architect.configure('primary-key-missing', severity => 'error', parameters => '{\"ignore_unlogged\": true}', schema_pattern => 'pub%');
    SELECT architect.suppress('foreign-key-without-index', 'public.orders', 'it''s \"fine\"', '2099-12-31 12:00:00+00');
    SELECT architect.suppress('index-duplicate', 'public.orders_code_ix2', 'for ever');
    SELECT architect.arm()";

fn questionable(cluster: &Arc<Cluster>) -> Db {
    let db = cluster.database().expect("a database");
    let mut session = connect(&db);
    session.batch_execute("SET architect.mode = off").expect("a setting");
    ok(&mut session, SHOP);
    ok(&mut session, QUESTIONABLE);
    // Something in the log that no dump may carry.
    ok(
        &mut session,
        "SET architect.mode = warn; SET architect.log_ddl = 'all'; ALTER TABLE customers ADD COLUMN email text",
    );
    db
}

/// Runs a program that must succeed without a word on stderr that says error; gives its output.
#[track_caller]
fn run(command: &mut Command) -> String {
    let output = command.output().expect("the program starts");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let words = format!("{command:?}");
    assert!(output.status.success(), "{words}\n{stderr}");
    assert!(!stderr.to_lowercase().contains("error"), "{words}\n{stderr}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[track_caller]
fn dump<S: AsRef<OsStr>>(cluster: &Cluster, database: &str, arguments: impl IntoIterator<Item = S>) -> String {
    run(cluster.client_command("pg_dump", database).args(arguments))
}

/// The schema as pg_dump sees it, without what is random or about the database's name.
#[track_caller]
fn schema(cluster: &Cluster, database: &str) -> String {
    let text = dump(cluster, database, ["--schema-only"]);
    let random = |line: &&str| !line.starts_with("\\restrict") && !line.starts_with("\\unrestrict");
    text.lines().filter(random).collect::<Vec<_>>().join("\n")
}

/// What the tables of the policy hold, and the rows of the user's tables.
#[track_caller]
fn contents(session: &mut Session) -> Vec<String> {
    let rows = session
        .query(
            "SELECT s::text FROM architect.rule_settings s UNION ALL SELECT s::text FROM architect.suppressions s
             UNION ALL SELECT 'orders ' || count(*) || ' ' || sum(amount) FROM orders
             UNION ALL SELECT 'parcel ' || count(*) FROM parcel
             UNION ALL SELECT 'events ' || count(*) FROM events
             UNION ALL SELECT indexrelid::regclass::text || ' ' || indisvalid FROM pg_index JOIN pg_class c ON c.oid = indrelid
               WHERE indrelid >= 16384 AND relkind <> 't'
             ORDER BY 1",
            &[],
        )
        .expect("rows");
    rows.iter().map(|row| row.get(0)).collect()
}

/// The copy is the original, and its guard stops nothing but speaks.
#[track_caller]
fn same(cluster: &Cluster, original: &str, copy: &str) {
    let (mut before, mut after) =
        (cluster.connect(original).expect("a session"), cluster.connect(copy).expect("a session"));
    assert_eq!(contents(&mut before), contents(&mut after));
    assert_eq!(schema(cluster, original), schema(cluster, copy));
    let armed = "SELECT count(*) FROM architect.armed";
    assert_eq!((value::<i64>(&mut before, armed), value::<i64>(&mut after, armed)), (1, 0));
    let state = "SELECT value FROM architect.status() WHERE name = 'DDL is stopped'";
    assert_eq!(value::<String>(&mut after, state), "no");
    // What the restore itself did may be in the log of the copy; what was done to the original is not.
    let ids: Vec<String> = value(&mut before, "SELECT array_agg(id::text) FROM architect.ddl_log");
    let row =
        after.query_one("SELECT count(*) FROM architect.ddl_log WHERE id::text = ANY ($1)", &[&ids]).expect("a row");
    assert_eq!((ids.len(), row.get::<_, i64>(0)), (1, 0));
    let run = ok(&mut after, "CREATE TABLE crates (weight integer)");
    assert_eq!(times(&run, "primary-key-missing"), 1, "the guard of the copy is awake: {:?}", run.messages);
    // And so is its arm, once a human says so.
    ok(&mut after, "SELECT architect.arm(); SET architect.mode = off; DROP TABLE crates; SELECT architect.disarm()");
}

/// Dumps and restores in every format, into databases that exist already.
fn round_trips(cluster: &Arc<Cluster>) {
    let db = questionable(cluster);
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name).display().to_string();

    let plain = path("plain.sql");
    dump(cluster, db.name(), ["--clean", "--if-exists", "--file", &plain]);
    let copy = cluster.plain_database().expect("a database");
    run(cluster.client_command("psql", copy.name()).args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", &plain]));
    same(cluster, db.name(), copy.name());

    // Custom in one transaction, directory in parallel.
    let custom = path("custom");
    dump(cluster, db.name(), ["--format=custom", "--file", &custom]);
    let copy = cluster.plain_database().expect("a database");
    run(cluster.client_command("pg_restore", copy.name()).args([
        "--exit-on-error",
        "--single-transaction",
        "-d",
        copy.name(),
        &custom,
    ]));
    same(cluster, db.name(), copy.name());
    let directory = path("directory");
    dump(cluster, db.name(), ["--format=directory", "--jobs=2", "--file", &directory]);
    let copy = cluster.plain_database().expect("a database");
    run(cluster.client_command("pg_restore", copy.name()).args([
        "--exit-on-error",
        "--jobs=2",
        "-d",
        copy.name(),
        &directory,
    ]));
    same(cluster, db.name(), copy.name());

    // In sections, as those do who look at the data in between.
    let copy = cluster.plain_database().expect("a database");
    for section in ["pre-data", "data", "post-data"] {
        let mut restore = cluster.client_command("pg_restore", copy.name());
        run(restore.args(["--exit-on-error", "--section", section, "-d", copy.name(), &custom]));
    }
    same(cluster, db.name(), copy.name());
}

#[test]
fn a_restore_in_warn_is_whole() {
    round_trips(&Cluster::shared().expect("a cluster"));
}

fn own_cluster(settings: &[(&str, &str)]) -> Arc<Cluster> {
    let mut options = Options::from_environment().expect("a server");
    for (name, value) in settings {
        options = options.set(name, value);
    }
    Arc::new(Cluster::start(&options).expect("a cluster"))
}

const ENFORCE: [(&str, &str); 3] =
    [("architect.mode", "enforce"), ("architect.enforce_severity", "info"), ("architect.log_ddl", "all")];

#[test]
fn a_restore_into_a_server_that_enforces_is_whole() {
    let cluster = own_cluster(&ENFORCE);
    round_trips(&cluster);
}

#[test]
fn a_restore_into_a_server_that_preloads_and_enforces_is_whole() {
    let mut settings = ENFORCE.to_vec();
    settings.push(("shared_preload_libraries", "pg_architect"));
    let cluster = own_cluster(&settings);
    // The setting is real there from the start.
    let mut session = cluster.connect("postgres").expect("a session");
    assert_eq!(
        value::<String>(
            &mut session,
            "SELECT setting || ' ' || context FROM pg_settings WHERE name = 'architect.mode'"
        ),
        "enforce superuser"
    );
    round_trips(&cluster);
}

#[test]
fn a_restore_with_the_settings_of_the_database_is_whole() {
    let cluster = Cluster::shared().expect("a cluster");
    let db = questionable(&cluster);
    let name = db.name().to_owned();
    let original = format!("{name}_original");
    let mut admin = cluster.connect("postgres").expect("a session");
    for sql in [
        format!("ALTER DATABASE {name} SET architect.mode = 'enforce'"),
        format!("ALTER DATABASE {name} SET architect.enforce_severity = 'info'"),
        format!("ALTER DATABASE {name} SET session_preload_libraries = 'pg_architect'"),
    ] {
        admin.batch_execute(&sql).expect("a setting");
    }
    // Armed, it stops what its own dump holds.
    fails(&mut connect(&db), "CREATE TABLE boxes (weight integer)", "PA003");
    let folder = tempfile::tempdir().expect("a folder");
    for format in ["plain", "custom"] {
        let file = folder.path().join(format);
        dump(
            &cluster,
            &name,
            [
                OsStr::new("--create"),
                OsStr::new("--format"),
                OsStr::new(format),
                OsStr::new("--file"),
                file.as_os_str(),
            ],
        );
        // The dump names the database: the original makes room.
        admin.batch_execute(&format!("ALTER DATABASE {name} RENAME TO {original}")).expect("a new name");
        let mut restore = restore_created(&cluster, format, &file);
        run(&mut restore);
        let enforced: i64 = value(
            &mut admin,
            &format!(
                "SELECT count(*) FROM pg_db_role_setting, unnest(setconfig) AS s
                 WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = '{name}') AND s LIKE 'architect.%'"
            ),
        );
        assert_eq!(enforced, 2, "the settings came along");
        same(&cluster, &original, &name);
        // One word, and it stops again.
        let mut session = cluster.connect(&name).expect("a session");
        ok(&mut session, "SELECT architect.arm()");
        fails(&mut session, "CREATE TABLE boxes (weight integer)", "PA003");
        drop(session);
        admin.batch_execute(&format!("DROP DATABASE {name} WITH (FORCE)")).expect("no copy");
        admin.batch_execute(&format!("ALTER DATABASE {original} RENAME TO {name}")).expect("the old name");
    }
}

fn restore_created(cluster: &Cluster, format: &str, file: &Path) -> Command {
    if format == "plain" {
        let mut psql = cluster.client_command("psql", "postgres");
        psql.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f"]).arg(file);
        psql
    } else {
        let mut restore = cluster.client_command("pg_restore", "postgres");
        restore.args(["--create", "--exit-on-error", "-d", "postgres"]).arg(file);
        restore
    }
}

#[test]
fn an_owner_with_pg_monitor_can_dump() {
    let cluster = Cluster::shared().expect("a cluster");
    let db = questionable(&cluster);
    let role = role(&db, "dumper");
    ok(&mut connect(&db), &format!("SET architect.mode = off; GRANT pg_monitor, pg_read_all_data TO {role}"));
    let text = run(cluster.client_command("pg_dump", db.name()).env("PGUSER", &role));
    assert!(
        text.contains("COPY architect.suppressions") && text.contains("it's \"fine\""),
        "the policy is in the dump"
    );
    assert!(!text.contains("COPY architect.armed") && !text.contains("COPY architect.ddl_log"));
}

#[test]
fn data_only_restores_the_policy_into_an_existing_guard() {
    let cluster = Cluster::shared().expect("a cluster");
    let db = questionable(&cluster);
    let text = dump(&cluster, db.name(), ["--data-only", "--table=architect.*", "--extension=pg_architect"]);
    let copy = cluster.database().expect("a database");
    let mut watching = connect(&copy);
    let run_once = ok(&mut watching, "CREATE TABLE parcel (id bigint PRIMARY KEY); DROP TABLE parcel");
    assert_eq!(ours(&run_once.messages)[0].severity, "NOTICE", "its own policy first");
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("data.sql");
    std::fs::write(&file, text).expect("the dump");
    run(cluster.client_command("psql", copy.name()).args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f"]).arg(&file));
    // COPY into the tables of the policy reaches sessions that are open already.
    let run_again = ok(&mut watching, "CREATE TABLE parcel (id bigint PRIMARY KEY); DROP TABLE parcel");
    assert_eq!(ours(&run_again.messages)[0].severity, "WARNING", "{:?}", run_again.messages);
}
