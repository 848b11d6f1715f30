//! A physical standby: what reads works there, what writes is refused as PostgreSQL refuses it, and a failover takes the guard along.

mod common;

use common::*;
use harness::{Cluster, Options, Session};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A standby of a cluster, in the cluster's own folder; stopped with its value.
struct Standby<'a> {
    primary: &'a Cluster,
    data: PathBuf,
    socket: PathBuf,
}

impl Standby<'_> {
    fn start(primary: &Cluster) -> Standby<'_> {
        let standby = Standby {
            primary,
            data: primary.folder().join("standby"),
            socket: primary.folder().join("standby_socket"),
        };
        for folder in [&standby.data, &standby.socket] {
            fs::create_dir(folder).expect("a folder");
            let owner = fs::metadata(primary.folder().join("data")).expect("the primary's data");
            fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).expect("nobody else's");
            std::os::unix::fs::chown(folder, Some(owner.uid()), Some(owner.gid())).expect("the server's user owns it");
        }
        standby.run(
            "pg_basebackup",
            &[
                "--pgdata",
                &standby.data.display().to_string(),
                "--write-recovery-conf",
                "--checkpoint=fast",
                "--no-sync",
            ],
        );
        let log = standby.socket.join("log").display().to_string();
        standby.control(&["--log", &log, "--options", &format!("-k {}", standby.socket.display()), "--wait", "start"]);
        standby
    }

    /// Runs a program as the user that runs the primary.
    fn run(&self, program: &str, arguments: &[&str]) {
        let owner = fs::metadata(self.primary.folder().join("data")).expect("the primary's data");
        let mut command: Command = self.primary.client_command(program, "postgres");
        command
            .args(arguments)
            .current_dir("/")
            .env("LC_ALL", "C")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .process_group(0);
        if fs::metadata(self.primary.folder()).expect("the folder").uid() != owner.uid() {
            command.uid(owner.uid()).gid(owner.gid());
        }
        let status = command.status().expect("the program starts");
        let log = fs::read_to_string(self.socket.join("log")).unwrap_or_default();
        assert!(status.success(), "{command:?}\n{log}");
    }

    fn control(&self, arguments: &[&str]) {
        let data = self.data.display().to_string();
        self.run("pg_ctl", &[&["--pgdata", data.as_str()], arguments].concat());
    }

    fn connect(&self, database: &str) -> Session {
        let mut config = postgres::Config::new();
        config.host_path(&self.socket).port(5432).user("postgres").dbname(database);
        Session::open(config).expect("a session on the standby")
    }
}

impl Drop for Standby<'_> {
    fn drop(&mut self) {
        if self.data.join("postmaster.pid").exists() {
            self.control(&["--mode", "immediate", "stop"]);
        }
    }
}

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
