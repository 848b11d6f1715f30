//! A physical standby of a test's own cluster.

use harness::{Cluster, Session};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// A standby of a cluster, in the cluster's own folder; stopped with its value.
pub struct Standby<'a> {
    primary: &'a Cluster,
    data: PathBuf,
    socket: PathBuf,
}

impl Standby<'_> {
    /// Copies the primary and starts the copy.
    pub fn start(primary: &Cluster) -> Standby<'_> {
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
        // What the primary has not: a standby then refuses to tell when a transaction was committed, and no check may ask it.
        let options = format!("-k {} -c track_commit_timestamp=on", standby.socket.display());
        standby.control(&["--log", &log, "--options", &options, "--wait", "start"]);
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

    /// Runs pg_ctl on it.
    pub fn control(&self, arguments: &[&str]) {
        let data = self.data.display().to_string();
        self.run("pg_ctl", &[&["--pgdata", data.as_str()], arguments].concat());
    }

    /// A superuser's session on it.
    pub fn connect(&self, database: &str) -> Session {
        self.connect_as(database, "postgres")
    }

    /// A session of the role on it.
    pub fn connect_as(&self, database: &str, role: &str) -> Session {
        let mut config = postgres::Config::new();
        config.host_path(&self.socket).port(5432).user(role).dbname(database);
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
