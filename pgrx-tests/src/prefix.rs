//! A private installation of a server with the extension in it, made without touching the system's.

use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The three files that make the extension, before they are installed.
#[derive(Clone, Debug)]
pub struct Extension {
    /// The shared library.
    pub library: PathBuf,
    /// The control file, with `@CARGO_VERSION@` in it.
    pub control: PathBuf,
    /// The folder with `pg_architect--<version>.sql`.
    pub sql: PathBuf,
}

/// Names the library of an extension that is built already (`cargo xtask` tells test processes so; a packager may set it too).
pub const LIBRARY_VARIABLE: &str = "PG_ARCHITECT_LIBRARY";
/// The version of the extension, as in the workspace's `Cargo.toml`.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

impl Extension {
    /// The files of this repository, with the library from `PG_ARCHITECT_LIBRARY`, or from the
    /// folder that the running program was built into.
    ///
    /// # Errors
    /// When there is no library.
    pub fn of_repository() -> Result<Extension> {
        let root = repository();
        let library = match std::env::var_os(LIBRARY_VARIABLE) {
            Some(path) => PathBuf::from(path),
            None => {
                let program = std::env::current_exe()?;
                let folder = program.parent().and_then(Path::parent).context("the program lies in no target folder")?;
                folder.join(library_name())
            }
        };
        ensure!(
            library.is_file(),
            "there is no {}: build the extension first (`cargo xtask test` does it all)",
            library.display()
        );
        Ok(Extension { library, control: root.join("pg_architect.control"), sql: root.join("sql") })
    }
}

/// What cargo calls the library.
#[must_use]
pub fn library_name() -> &'static str {
    if cfg!(target_os = "macos") { "libpg_architect.dylib" } else { "libpg_architect.so" }
}

/// The folder of the repository.
#[must_use]
pub fn repository() -> PathBuf {
    // cargo names the running package's folder; what was compiled in may be another checkout that shares the target folder.
    let running = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let candidates = [running, Some(PathBuf::from(env!("CARGO_MANIFEST_DIR")))];
    let mut parents = candidates.into_iter().flatten().filter_map(|package| package.parent().map(Path::to_path_buf));
    parents.find(|folder| folder.join("pg_architect.control").is_file()).unwrap_or_default()
}

/// A server's folders, by its `pg_config`.
#[derive(Clone, Debug)]
pub struct Installation {
    /// `pg_config` itself.
    pub pg_config: PathBuf,
    /// 15, 16, ...
    pub major: u32,
    /// `PostgreSQL 15.20 (Debian ...)`.
    pub version: String,
    /// `pg_config --bindir`.
    pub bin: PathBuf,
    /// `pg_config --pkglibdir`.
    pub pkglib: PathBuf,
    /// `pg_config --sharedir`.
    pub share: PathBuf,
    /// `pg_config --includedir-server`.
    pub include: PathBuf,
}

impl Installation {
    /// Asks a `pg_config`.
    ///
    /// # Errors
    /// When it cannot be run or says nothing sensible.
    pub fn ask(pg_config: &Path) -> Result<Installation> {
        let output = Command::new(pg_config)
            .args(["--version", "--bindir", "--pkglibdir", "--sharedir", "--includedir-server"])
            .output()
            .with_context(|| format!("cannot run {}", pg_config.display()))?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        let [version, bin, pkglib, share, include] = lines.as_slice() else {
            bail!("{} does not speak like pg_config: {text}", pg_config.display());
        };
        let major = version
            .split_whitespace()
            .nth(1)
            .map(|number| number.chars().take_while(char::is_ascii_digit).collect::<String>())
            .and_then(|digits| digits.parse().ok())
            .with_context(|| format!("no major version in {version:?}"))?;
        Ok(Installation {
            pg_config: pg_config.to_path_buf(),
            major,
            version: (*version).to_owned(),
            bin: PathBuf::from(bin),
            pkglib: PathBuf::from(pkglib),
            share: PathBuf::from(share),
            include: PathBuf::from(include),
        })
    }

    /// Whether the server itself is there, not only the client's files.
    #[must_use]
    pub fn has_server(&self) -> bool {
        self.bin.join("postgres").is_file() && self.bin.join("initdb").is_file()
    }

    /// Whether the headers are there that an extension is compiled against.
    #[must_use]
    pub fn has_headers(&self) -> bool {
        self.include.join("postgres.h").is_file()
    }
}

/// The private installation.
#[derive(Clone, Debug)]
pub struct Prefix {
    /// Where its programs are.
    pub bin: PathBuf,
}

impl Prefix {
    /// Makes one under `root`, which whoever runs the server must be able to read.
    ///
    /// PostgreSQL finds `lib` and `share` by the way that led from its compiled-in `bin` to them, applied to where the program
    /// really lies (symbolic links resolved). So the programs are copied (14 MB), everything else is linked, and the tree
    /// repeats the original's absolute paths below `root`: whatever layout a packager chose, every relative way still holds.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub fn make(root: &Path, installation: &Installation, extension: &Extension) -> Result<Prefix> {
        let inside = |path: &Path| root.join(path.strip_prefix("/").unwrap_or(path));

        let bin = inside(&installation.bin);
        fs::create_dir_all(&bin)?;
        for entry in fs::read_dir(&installation.bin)? {
            let from = entry?.path();
            // `fs::metadata` looks through links: Debian links some programs to a wrapper that is elsewhere.
            if fs::metadata(&from).is_ok_and(|meta| meta.is_file()) {
                let to = bin.join(from.file_name().unwrap_or_default());
                fs::copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
            }
        }

        link_entries(&installation.pkglib, &inside(&installation.pkglib), &[])?;
        link_entries(&installation.share, &inside(&installation.share), &["extension"])?;
        let extensions = inside(&installation.share).join("extension");
        link_entries(&installation.share.join("extension"), &extensions, &[])?;
        link_bundled_libraries(&installation.bin, &bin)?;

        install(extension, &inside(&installation.pkglib), &extensions)?;
        Ok(Prefix { bin })
    }

    /// A program of the installation.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.bin.join(name)
    }
}

/// Links each entry of `from` into the folder `to`, but for those named.
fn link_entries(from: &Path, to: &Path, except: &[&str]) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        // Folders of the tree overlap where a build has `lib` for everything: what is there already stays.
        if !except.iter().any(|name| entry.file_name() == *name) && fs::symlink_metadata(&target).is_err() {
            symlink(entry.path(), &target)?;
        }
    }
    Ok(())
}

/// Binaries from a Python wheel load their libraries from a folder `<name>.libs` beside one of their parents, by a relative
/// path.
fn link_bundled_libraries(bin: &Path, copied: &Path) -> Result<()> {
    for (original, copy) in bin.ancestors().zip(copied.ancestors()).take(4) {
        for entry in fs::read_dir(original).into_iter().flatten().flatten() {
            let target = copy.join(entry.file_name());
            if entry.file_name().to_string_lossy().ends_with(".libs") && fs::symlink_metadata(&target).is_err() {
                symlink(entry.path(), target)?;
            }
        }
    }
    Ok(())
}

/// Puts the extension's files in. A link of the same name (an installed pg_architect of the system) is replaced, not followed.
fn install(extension: &Extension, pkglib: &Path, extensions: &Path) -> Result<()> {
    let put = |to: PathBuf, content: Vec<u8>| -> Result<()> {
        if fs::symlink_metadata(&to).is_ok() {
            fs::remove_file(&to)?;
        }
        fs::write(&to, content).with_context(|| format!("cannot write {}", to.display()))
    };
    let suffix = extension.library.extension().unwrap_or_default();
    let library =
        fs::read(&extension.library).with_context(|| format!("cannot read {}", extension.library.display()))?;
    put(pkglib.join("pg_architect").with_extension(suffix), library)?;

    let control = fs::read_to_string(&extension.control)
        .with_context(|| format!("cannot read {}", extension.control.display()))?
        .replace("@CARGO_VERSION@", VERSION);
    put(extensions.join("pg_architect.control"), control.into_bytes())?;

    // The install script and every upgrade script.
    let mut found = false;
    for entry in fs::read_dir(&extension.sql).with_context(|| format!("cannot read {}", extension.sql.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("pg_architect--") && name.ends_with(".sql") {
            found |= name == format!("pg_architect--{VERSION}.sql");
            put(extensions.join(&name), fs::read(entry.path())?)?;
        }
    }
    ensure!(
        found,
        "there is no pg_architect--{VERSION}.sql in {}: `cargo xtask sql` writes it",
        extension.sql.display()
    );
    Ok(())
}
