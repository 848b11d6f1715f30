//! A throw-away server and fresh databases in it.

use crate::prefix::{Extension, Installation, Prefix};
use crate::session::Session;
use anyhow::{Context, Result, bail, ensure};
use std::ffi::OsStr;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, Weak};

/// Names a cluster that is up already: its folder. `cargo xtask test` starts one for all test processes.
pub const CLUSTER_VARIABLE: &str = "PG_ARCHITECT_TEST_CLUSTER";
/// Names the `pg_config` of the server that clusters are made from.
pub const PG_CONFIG_VARIABLE: &str = "PGRX_PG_CONFIG_PATH";

/// The socket's number; each cluster has a socket folder of its own, so it needs no free port.
pub const PORT: &str = "5432";
const TEMPLATE: &str = "architect_template";
/// The superuser of every cluster.
pub const SUPERUSER: &str = "postgres";

/// What a cluster is made of.
#[derive(Clone, Debug)]
pub struct Options {
    /// The server.
    pub installation: Installation,
    /// The extension's files.
    pub extension: Extension,
    /// Lines of `postgresql.conf`: name and value.
    pub settings: Vec<(String, String)>,
}

impl Options {
    /// The server that `PGRX_PG_CONFIG_PATH` names (else Debian's 15) with the extension of this repository.
    ///
    /// # Errors
    /// When one of them is missing.
    pub fn from_environment() -> Result<Options> {
        let pg_config = std::env::var_os(PG_CONFIG_VARIABLE)
            .map_or_else(|| PathBuf::from("/usr/lib/postgresql/15/bin/pg_config"), PathBuf::from);
        Ok(Options {
            installation: Installation::ask(&pg_config)?,
            extension: Extension::of_repository()?,
            settings: Vec::new(),
        })
    }

    /// With a line of `postgresql.conf`.
    #[must_use]
    pub fn set(mut self, name: &str, value: &str) -> Options {
        self.settings.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// A running server.
pub struct Cluster {
    folder: PathBuf,
    major: u32,
    /// Stops the server and removes the folder; none for a cluster that belongs to another process.
    guard: Option<Guard>,
    databases: AtomicU32,
}

/// A shell that waits for its standard input to end, then stops the server and removes everything.
///
/// The kernel closes our end of that pipe however this process ends: return, panic, Ctrl-C or SIGKILL. So one mechanism serves
/// them all, a test process that leaves a cluster in a `static` included. It has a process group of its own, for Ctrl-C in a
/// terminal goes to the whole group.
struct Guard {
    shell: Child,
}

const GUARD: &str = r#"
read -r word
[ "$word" = keep ] && exit 0
folder=$1; shift
"$@" >/dev/null 2>&1
rm -rf "$folder"
"#;

impl Guard {
    fn start(folder: &Path, stop: &Command) -> Result<Guard> {
        let shell = Command::new("sh")
            .args(["-c", GUARD, "pg_architect-guard"])
            .arg(folder)
            .arg(stop.get_program())
            .args(stop.get_args())
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()?;
        Ok(Guard { shell })
    }

    fn keep(mut self) -> Result<()> {
        self.shell.stdin.as_mut().context("the guard has no input")?.write_all(b"keep\n")?;
        Ok(())
    }
}

impl std::ops::Drop for Guard {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
    }
}

impl Cluster {
    /// Starts one.
    ///
    /// # Errors
    /// When the server does not come up; its log is part of the error.
    pub fn start(options: &Options) -> Result<Cluster> {
        let Options { installation, extension, settings } = options;
        // Not in `target/`: the checkout may lie where the user that runs the server cannot read (/root), and a socket's path
        // may have 107 bytes at most.
        let folder = tempfile::Builder::new().prefix("pg_architect-").tempdir_in(short_temp_dir())?.keep();
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
        let user = server_user(&folder)?;
        let (data, socket, log) = (folder.join("data"), folder.join("socket"), folder.join("log"));

        let programs = folder.join("server");
        let prefix = match Prefix::make(&programs, installation, extension) {
            Ok(prefix) => prefix,
            Err(error) => {
                let _ = fs::remove_dir_all(&folder);
                return Err(error);
            }
        };
        let mut stop = user.command(&prefix.program("pg_ctl"));
        stop.arg("-D").arg(&data).args(["-m", "immediate", "-w", "stop"]);
        let guard = Guard::start(&folder, &stop)?;
        // So that people and tests find psql and pg_dump of the same version.
        std::os::unix::fs::symlink(&prefix.bin, folder.join("bin"))?;
        for path in [&data, &socket] {
            fs::create_dir(path)?;
        }
        fs::write(&log, "")?;
        user.own(&[&data, &socket, &log])?;
        fs::set_permissions(&data, fs::Permissions::from_mode(0o700))?;

        let mut initdb = user.command(&prefix.program("initdb"));
        initdb.arg("-D").arg(&data).args(["-U", SUPERUSER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]);
        run(&mut initdb, &log)?;
        let mut conf = fs::OpenOptions::new().append(true).open(data.join("postgresql.conf"))?;
        let quoted = |value: &str| format!("'{}'", value.replace('\\', "\\\\").replace('\'', "''"));
        let socket_dir = socket.display().to_string();
        let ours = [
            ("listen_addresses", ""),
            ("unix_socket_directories", socket_dir.as_str()),
            ("port", PORT),
            // Nothing here outlives a crash of the machine.
            ("fsync", "off"),
            ("synchronous_commit", "off"),
            ("full_page_writes", "off"),
            // A checkpoint or an autovacuum worker at the wrong moment would be in the way of a lock now and then.
            ("checkpoint_timeout", "1h"),
            ("max_wal_size", "4GB"),
            ("autovacuum", "off"),
            ("max_connections", "60"),
            ("max_prepared_transactions", "10"),
            ("shared_buffers", "64MB"),
            ("log_line_prefix", "%m [%p] %q%u@%d "),
        ];
        for (name, value) in ours {
            writeln!(conf, "{name} = {}", quoted(value))?;
        }
        for (name, value) in settings {
            writeln!(conf, "{name} = {}", quoted(value))?;
        }
        drop(conf);

        // The server gets a process group of its own for the same reason as the guard.
        let mut start = user.command(&prefix.program("pg_ctl"));
        start.arg("-D").arg(&data).arg("-l").arg(&log).args(["-w", "-s", "start"]).process_group(0);
        run(&mut start, &log)?;
        fs::write(folder.join("major"), installation.major.to_string())?;
        let cluster = Cluster { folder, major: installation.major, guard: Some(guard), databases: AtomicU32::new(0) };
        cluster.make_template()?;
        Ok(cluster)
    }

    /// The cluster at this folder, started by another process.
    ///
    /// # Errors
    /// When there is none.
    pub fn at(folder: &Path) -> Result<Cluster> {
        let major = fs::read_to_string(folder.join("major"))
            .with_context(|| format!("no cluster of ours in {}", folder.display()))?
            .trim()
            .parse()?;
        Ok(Cluster { folder: folder.to_path_buf(), major, guard: None, databases: AtomicU32::new(0) })
    }

    /// The cluster that `PG_ARCHITECT_TEST_CLUSTER` names, or else one for all tests of this process that run at a time.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn shared() -> Result<Arc<Cluster>> {
        // Weak: a static is never dropped, and the last test that uses the cluster should take it down.
        static SHARED: Mutex<Weak<Cluster>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(cluster) = shared.upgrade() {
            return Ok(cluster);
        }
        let cluster = Arc::new(match std::env::var_os(CLUSTER_VARIABLE) {
            Some(folder) => Cluster::at(Path::new(&folder))?,
            None => Cluster::start(&Options::from_environment()?)?,
        });
        *shared = Arc::downgrade(&cluster);
        Ok(cluster)
    }

    /// Stops and removes a cluster that was kept.
    ///
    /// # Errors
    /// When there is none, or it is not ours.
    pub fn stop_kept(folder: &Path) -> Result<()> {
        let cluster = Cluster::at(folder)?;
        let user = server_user(folder)?;
        let mut stop = user.command(&cluster.program("pg_ctl"));
        let _ = stop.arg("-D").arg(folder.join("data")).args(["-m", "fast", "-w", "-s", "stop"]).status()?;
        fs::remove_dir_all(folder)?;
        Ok(())
    }

    fn make_template(&self) -> Result<()> {
        let mut admin = self.connect("postgres")?;
        admin.batch_execute(&format!("CREATE DATABASE {TEMPLATE}"))?;
        let mut template = self.connect(TEMPLATE)?;
        template.batch_execute("CREATE EXTENSION pg_architect").context("CREATE EXTENSION pg_architect failed")?;
        Ok(())
    }

    /// The server's major version.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.major
    }

    /// Everything of the cluster: `bin`, `data`, `socket`, `log`.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of the socket: libpq's `host`.
    #[must_use]
    pub fn host(&self) -> PathBuf {
        self.folder.join("socket")
    }

    /// A program of the server's version: `psql`, `pg_dump`, ...
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join("bin").join(name)
    }

    /// A program of the server's version, ready to connect to the database.
    #[must_use]
    pub fn client_command(&self, name: &str, database: &str) -> Command {
        let mut command = Command::new(self.program(name));
        command
            .env("PGHOST", self.host())
            .env("PGPORT", PORT)
            .env("PGUSER", SUPERUSER)
            .env("PGDATABASE", database)
            .env_remove("PGOPTIONS");
        command
    }

    /// What the server wrote to its log so far.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn log(&self) -> Result<String> {
        Ok(String::from_utf8_lossy(&fs::read(self.folder.join("log"))?).into_owned())
    }

    /// A superuser's session in the database.
    ///
    /// # Errors
    /// When the server refuses it.
    pub fn connect(&self, database: &str) -> Result<Session> {
        self.connect_as(database, SUPERUSER)
    }

    /// A session of the role in the database.
    ///
    /// # Errors
    /// When the server refuses it.
    pub fn connect_as(&self, database: &str, role: &str) -> Result<Session> {
        let mut config = postgres::Config::new();
        config.host_path(self.host()).port(PORT.parse()?).user(role).dbname(database).application_name("pg_architect");
        Session::open(config)
    }

    /// A fresh database that has the extension.
    ///
    /// # Errors
    /// When the server refuses it.
    pub fn database(self: &Arc<Cluster>) -> Result<Db> {
        // Several test processes share a cluster, hence the process id.
        let name = format!("test_{}_{}", std::process::id(), self.databases.fetch_add(1, Ordering::Relaxed));
        self.create_database(&name, TEMPLATE)?;
        Ok(Db { cluster: Arc::clone(self), name })
    }

    /// A fresh database without the extension.
    ///
    /// # Errors
    /// When the server refuses it.
    pub fn plain_database(self: &Arc<Cluster>) -> Result<Db> {
        let name = format!("plain_{}_{}", std::process::id(), self.databases.fetch_add(1, Ordering::Relaxed));
        self.create_database(&name, "template0")?;
        Ok(Db { cluster: Arc::clone(self), name })
    }

    /// Creates a database that stays until the cluster goes: a copy of `template`.
    fn create_database(&self, name: &str, template: &str) -> Result<()> {
        let mut admin = self.connect("postgres")?;
        admin.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}"))?;
        Ok(())
    }

    /// Creates a database with the extension that stays until the cluster goes.
    ///
    /// # Errors
    /// When the server refuses it.
    pub fn named_database(&self, name: &str) -> Result<()> {
        self.create_database(name, TEMPLATE)
    }

    /// Replaces a database by a copy of another one, or creates it so; nobody may be connected to the other one.
    ///
    /// # Errors
    /// When the server refuses it.
    pub fn copy_database(&self, from: &str, to: &str) -> Result<()> {
        self.drop_database(to)?;
        self.create_database(to, from)
    }

    /// Drops a database, sessions and all; one that is not there is fine.
    ///
    /// # Errors
    /// When the server refuses it.
    pub fn drop_database(&self, name: &str) -> Result<()> {
        self.connect("postgres")?.batch_execute(&format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))?;
        Ok(())
    }

    /// Leaves the server up when this process ends; [`Cluster::stop_kept`] takes it down.
    ///
    /// # Errors
    /// When the guard is gone.
    pub fn keep(mut self) -> Result<PathBuf> {
        self.guard.take().context("the cluster belongs to another process")?.keep()?;
        Ok(self.folder.clone())
    }
}

/// A fresh database; dropped with its value.
pub struct Db {
    cluster: Arc<Cluster>,
    name: String,
}

impl Db {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its cluster.
    #[must_use]
    pub fn cluster(&self) -> &Arc<Cluster> {
        &self.cluster
    }

    /// A superuser's session.
    ///
    /// # Errors
    /// When the server refuses it.
    pub fn connect(&self) -> Result<Session> {
        self.cluster.connect(&self.name)
    }

    /// A session of the role.
    ///
    /// # Errors
    /// When the server refuses it.
    pub fn connect_as(&self, role: &str) -> Result<Session> {
        self.cluster.connect_as(&self.name, role)
    }
}

impl std::ops::Drop for Db {
    fn drop(&mut self) {
        // With sessions of a failed test still open; a failure to drop shows in nothing but the disk, and goes with the cluster.
        let _ = self.cluster.drop_database(&self.name);
    }
}

/// The user that runs the server: PostgreSQL refuses to run as root.
struct ServerUser {
    /// `setpriv` and its arguments; empty where we are no superuser of the system.
    prefix: Vec<String>,
    name: Option<String>,
}

fn server_user(owned_by_us: &Path) -> Result<ServerUser> {
    // A folder that we have just made tells who we are, without a call into libc.
    if fs::metadata(owned_by_us)?.uid() != 0 {
        return Ok(ServerUser { prefix: Vec::new(), name: None });
    }
    for name in ["postgres", "nobody"] {
        let id = |flag: &str| -> Option<String> {
            let output = Command::new("id").args([flag, name]).output().ok()?;
            output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
        };
        if let (Some(uid), Some(gid)) = (id("-u"), id("-g")) {
            let prefix = ["setpriv", "--reuid", &uid, "--regid", &gid, "--clear-groups", "--"];
            return Ok(ServerUser {
                prefix: prefix.iter().map(|word| (*word).to_owned()).collect(),
                name: Some(format!("{uid}:{gid}")),
            });
        }
    }
    bail!("PostgreSQL does not run as root, and there is neither a user postgres nor nobody to run it")
}

impl ServerUser {
    fn command(&self, program: &Path) -> Command {
        let mut words = self.prefix.iter().map(OsStr::new).chain([program.as_os_str()]);
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words).current_dir("/").stdin(Stdio::null());
        // The user's own locale and connection settings are not the server's.
        for variable in ["PGDATA", "PGPORT", "PGHOST", "PGUSER", "PGDATABASE", "PGOPTIONS", "LC_ALL", "LANG"] {
            command.env_remove(variable);
        }
        command.env("LC_ALL", "C").env("TZ", "UTC");
        command
    }

    fn own(&self, paths: &[&Path]) -> Result<()> {
        let Some(name) = &self.name else { return Ok(()) };
        let status = Command::new("chown").arg(name).args(paths).status()?;
        ensure!(status.success(), "chown {name} failed");
        Ok(())
    }
}

fn run(command: &mut Command, log: &Path) -> Result<()> {
    // Not `output()`: the server that pg_ctl starts inherits the pipes and would keep them open.
    let err = tempfile::tempfile()?;
    let status = command
        .stdout(Stdio::null())
        .stderr(err.try_clone()?)
        .status()
        .with_context(|| format!("cannot run {}", command.get_program().display()))?;
    if status.success() {
        return Ok(());
    }
    let mut text = String::new();
    let mut err = err;
    std::io::Seek::rewind(&mut err)?;
    std::io::Read::read_to_string(&mut err, &mut text)?;
    let logged = fs::read_to_string(log).unwrap_or_default();
    bail!("{command:?} failed: {}\n{}", text.trim(), tail(&logged, 20))
}

fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

fn short_temp_dir() -> PathBuf {
    // 107 bytes, less `/pg_architect-XXXXXX/socket/.s.PGSQL.5432`.
    let dir = std::env::temp_dir();
    if dir.as_os_str().len() <= 60 { dir } else { PathBuf::from("/tmp") }
}
