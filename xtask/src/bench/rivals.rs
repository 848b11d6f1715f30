//! What people use instead: an event trigger of their own, pgaudit, squawk.

use crate::build;
use crate::steps::step;
use anyhow::{Context, Result, bail, ensure};
use harness::prefix::Installation;
use harness::{Cluster, Extension};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// Settings of the servers beside the harness's own (which has `fsync` off, and no autovacuum to come in between).
pub const SETTINGS: [(&str, &str); 3] = [
    ("shared_buffers", "128MB"),
    ("max_wal_size", "1GB"),
    // As most servers have it, for pgaudit and the warnings.
    ("log_line_prefix", "%m [%p] %q%u@%d "),
];

/// The event trigger that a careful user writes, with what PL/pgSQL has to offer: a log of what was done to which object, and two
/// checks. It cannot see a table's size before the statement runs, nor what the statement is about but by looking at its text.
pub const PLPGSQL_TRIGGER: &str = r#"
CREATE SCHEMA audit;
CREATE TABLE audit.ddl_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    logged_at timestamptz NOT NULL DEFAULT now(),
    role_name text NOT NULL DEFAULT session_user,
    tag text NOT NULL,
    object_type text,
    object_identity text,
    query text
);

CREATE FUNCTION audit.on_ddl_command_start() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    IF tg_tag = 'CREATE INDEX' AND current_query() !~* '\mconcurrently\M' THEN
        RAISE WARNING 'index is built without CONCURRENTLY'
            USING DETAIL = current_query(), HINT = 'Use CREATE INDEX CONCURRENTLY.';
    END IF;
END
$$;

CREATE FUNCTION audit.on_ddl_command_end() RETURNS event_trigger LANGUAGE plpgsql AS $$
DECLARE
    command record;
    missing record;
BEGIN
    FOR command IN SELECT * FROM pg_event_trigger_ddl_commands() LOOP
        INSERT INTO audit.ddl_log (tag, object_type, object_identity, query)
        VALUES (command.command_tag, command.object_type, command.object_identity, current_query());

        IF command.object_type = 'table' THEN
            FOR missing IN
                SELECT c.conname
                FROM pg_constraint c
                WHERE c.conrelid = command.objid
                  AND c.contype = 'f'
                  AND NOT EXISTS (
                      SELECT FROM pg_index i
                      WHERE i.indrelid = c.conrelid
                        AND i.indisvalid
                        AND i.indpred IS NULL
                        AND (string_to_array(i.indkey::text, ' ')::smallint[])[1:cardinality(c.conkey)] @> c.conkey
                  )
            LOOP
                RAISE WARNING 'foreign key % of % has no index', missing.conname, command.object_identity;
            END LOOP;
        END IF;
    END LOOP;
END
$$;

CREATE FUNCTION audit.on_sql_drop() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit.ddl_log (tag, object_type, object_identity, query)
    SELECT tg_tag, object_type, object_identity, current_query()
    FROM pg_event_trigger_dropped_objects()
    WHERE original;
END
$$;

CREATE EVENT TRIGGER audit_ddl_command_start ON ddl_command_start EXECUTE FUNCTION audit.on_ddl_command_start();
CREATE EVENT TRIGGER audit_ddl_command_end ON ddl_command_end EXECUTE FUNCTION audit.on_ddl_command_end();
CREATE EVENT TRIGGER audit_sql_drop ON sql_drop EXECUTE FUNCTION audit.on_sql_drop();
"#;

/// Where pgaudit's files are: those of the system, or unpacked in a folder of ours.
pub struct Pgaudit {
    pkglib: PathBuf,
    share: PathBuf,
    /// Lives as long as the files are needed.
    _unpacked: Option<TempDir>,
}

impl Pgaudit {
    /// Finds it, or fetches Debian's package. Nothing is installed: the package is unpacked beside the throw-away server.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub fn get(installation: &Installation) -> Result<Pgaudit> {
        let installed =
            Pgaudit { pkglib: installation.pkglib.clone(), share: installation.share.clone(), _unpacked: None };
        if installed.library().is_file() {
            return Ok(installed);
        }
        let package = format!("postgresql-{}-pgaudit", installation.major);
        ensure!(
            installation.bin.starts_with("/usr/lib/postgresql"),
            "{package} fits the server of Debian's packages, and this one is elsewhere"
        );
        ensure!(available("apt-get") && available("dpkg-deb"), "this machine has no apt-get");
        eprintln!("Fetching Debian's package {package} into a temporary folder. It is not installed.");
        let folder = folder()?;
        let download = || quiet(Command::new("apt-get").args(["download", "-qq", &package]).current_dir(folder.path()));
        if !download() {
            // The lists of packages may never have been fetched; only root may.
            quiet(Command::new("apt-get").args(["update", "-qq"]));
            ensure!(download(), "apt-get has no package {package}");
        }
        let archive = fs::read_dir(folder.path())?
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
            .context("apt-get brought no package")?;
        ensure!(
            quiet(Command::new("dpkg-deb").arg("-x").arg(&archive).arg(folder.path())),
            "dpkg-deb cannot unpack it"
        );
        let inside = |path: &Path| folder.path().join(path.strip_prefix("/").unwrap_or(path));
        let fetched =
            Pgaudit { pkglib: inside(&installation.pkglib), share: inside(&installation.share), _unpacked: None };
        ensure!(fetched.library().is_file(), "{package} has no {}", fetched.library().display());
        Ok(Pgaudit { _unpacked: Some(folder), ..fetched })
    }

    fn library(&self) -> PathBuf {
        self.pkglib.join("pgaudit.so")
    }

    /// Starts a server that has pgaudit loaded, as it demands.
    ///
    /// # Errors
    /// When it does not come up.
    pub fn start(&self, installation: &Installation, extension: &Extension) -> Result<Cluster> {
        let library = self.library().display().to_string();
        let mut settings = SETTINGS.to_vec();
        settings.push(("shared_preload_libraries", &library));
        let cluster = build::start(installation, extension, &settings)?;
        // The folders of the server are its own, with links to what the system has.
        let server = cluster.folder().join("server");
        let inside = |path: &Path| server.join(path.strip_prefix("/").unwrap_or(path));
        link(&self.library(), &inside(&installation.pkglib))?;
        for entry in fs::read_dir(self.share.join("extension"))? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with("pgaudit") {
                link(&entry.path(), &inside(&installation.share).join("extension"))?;
            }
        }
        Ok(cluster)
    }
}

fn link(file: &Path, folder: &Path) -> Result<()> {
    let target = folder.join(file.file_name().unwrap_or_default());
    if fs::symlink_metadata(&target).is_err() {
        std::os::unix::fs::symlink(file, &target)?;
    }
    Ok(())
}

/// squawk, the linter.
pub struct Squawk {
    /// The program.
    pub program: PathBuf,
    /// What it calls itself.
    pub version: String,
    _fetched: Option<TempDir>,
}

impl Squawk {
    /// Finds it on the PATH, or fetches it from PyPI.
    ///
    /// # Errors
    /// Why it cannot be had.
    pub fn get() -> Result<Squawk> {
        let on_path = PathBuf::from("squawk");
        if let Ok(version) = version(&on_path) {
            return Ok(Squawk { program: on_path, version, _fetched: None });
        }
        ensure!(
            quiet(Command::new("python3").args(["-m", "pip", "--version"])),
            "this machine has no python3 with pip"
        );
        eprintln!("Fetching squawk-cli from PyPI into a temporary folder. It is not installed.");
        let folder = folder()?;
        step("fetch squawk-cli", "", |step| {
            let mut pip = Command::new("python3");
            pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--target"]);
            step.command(pip.arg(folder.path()).arg("squawk-cli"))
        })?;
        let program = folder.path().join("bin/squawk");
        let version = version(&program)?;
        Ok(Squawk { program, version, _fetched: Some(folder) })
    }
}

fn version(program: &Path) -> Result<String> {
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output()?;
    if !output.status.success() {
        bail!("{} does not run", program.display());
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A folder that the user that runs the server can read.
fn folder() -> Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("pg_architect-bench-").tempdir()?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
    Ok(folder)
}

fn available(program: &str) -> bool {
    quiet(Command::new(program).arg("--version"))
}

fn quiet(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
