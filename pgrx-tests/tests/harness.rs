//! The harness itself, against a real server.

use harness::Cluster;
use std::process::Command;

#[test]
fn a_database_has_the_extension_and_goes_with_its_value() {
    let cluster = Cluster::shared().expect("a cluster");
    let db = cluster.database().expect("a database");
    let name = db.name().to_owned();
    let mut session = db.connect().expect("a session");
    let row =
        session.query_one("SELECT count(*) FROM pg_extension WHERE extname = 'pg_architect'", &[]).expect("a row");
    assert_eq!(row.get::<_, i64>(0), 1);
    drop((session, db));
    let mut admin = cluster.connect("postgres").expect("a session");
    let row = admin.query_one("SELECT count(*) FROM pg_database WHERE datname = $1", &[&name]).expect("a row");
    assert_eq!(row.get::<_, i64>(0), 0, "the database {name} was left behind");
}

#[test]
fn messages_keep_their_fields() {
    let cluster = Cluster::shared().expect("a cluster");
    let db = cluster.database().expect("a database");
    let mut session = db.connect().expect("a session");
    let run = session.run(
        "DO $$ BEGIN RAISE WARNING 'bad thing [some-rule]' USING ERRCODE = 'PA001', DETAIL = 'd', HINT = 'h', SCHEMA = 's', \
         TABLE = 't', COLUMN = 'c'; RAISE NOTICE 'by the way'; END $$; SELECT 1/0; SELECT 2",
    );
    assert_eq!(run.rules(), ["some-rule"]);
    let message = &run.findings[0].message;
    assert_eq!((message.detail.as_deref(), message.hint.as_deref()), (Some("d"), Some("h")));
    assert_eq!(
        (message.schema.as_deref(), message.table.as_deref(), message.column.as_deref()),
        (Some("s"), Some("t"), Some("c"))
    );
    assert_eq!(run.messages.len(), 3, "a finding, a notice and the error: {:?}", run.messages);
    assert_eq!(run.error.expect("an error").code, "22012");
}

#[test]
fn copy_data_goes_to_the_server() {
    let cluster = Cluster::shared().expect("a cluster");
    let db = cluster.database().expect("a database");
    let mut session = db.connect().expect("a session");
    let run = session.run("CREATE TABLE t (a int, b text);\nCOPY t FROM stdin;\n1\tone;\n2\ttwo\n\\.\nSELECT 1;");
    assert!(run.error.is_none(), "{:?}", run.error);
    let row = session.query_one("SELECT string_agg(b, ' ' ORDER BY a) FROM t", &[]).expect("a row");
    assert_eq!(row.get::<_, String>(0), "one; two");
}

/// The processes whose command line names the folder.
fn processes_of(folder: &str) -> usize {
    let output = Command::new("ps").args(["-eo", "args"]).output().expect("ps");
    String::from_utf8_lossy(&output.stdout).lines().filter(|line| line.contains(folder)).count()
}

#[test]
fn a_cluster_leaves_nothing_behind() {
    let options = harness::Options::from_environment().expect("a server").set("work_mem", "5MB");
    let cluster = Cluster::start(&options).expect("a cluster");
    let folder = cluster.folder().display().to_string();
    let mut session = cluster.connect("postgres").expect("a session");
    let row = session.query_one("SHOW work_mem", &[]).expect("a row");
    assert_eq!(row.get::<_, String>(0), "5MB");
    assert!(processes_of(&folder) >= 2, "the server and its guard");
    drop(session);
    drop(cluster);
    assert_eq!(processes_of(&folder), 0, "a process of {folder} is still there");
    assert!(!std::path::Path::new(&folder).exists(), "{folder} is still there");
}
