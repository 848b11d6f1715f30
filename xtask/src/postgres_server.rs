//! Finds a PostgreSQL to work with, and installs what is missing after saying so.

use crate::steps::step;
use anyhow::{Context, Result, bail, ensure};
use harness::prefix::Installation;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The major that everything uses unless told otherwise: Debian 12's own.
pub const DEFAULT_MAJOR: u32 = 15;
/// The majors that the extension supports.
pub const MAJORS: [u32; 4] = [15, 16, 17, 18];

/// Which server.
#[derive(clap::Args, Clone, Debug, Default)]
pub struct Server {
    /// Use PostgreSQL of this major version (15 unless told otherwise)
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(15..=18))]
    pub major: Option<u32>,
    /// Use the PostgreSQL of this pg_config
    #[arg(long, value_name = "PATH", conflicts_with = "major")]
    pub pg_config: Option<PathBuf>,
}

/// What a machine lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Missing {
    server: bool,
    headers: bool,
    libclang: bool,
}

impl Missing {
    fn nothing(self) -> bool {
        !self.server && !self.headers && !self.libclang
    }

    fn debian_packages(self, major: u32) -> Vec<String> {
        let mut packages = Vec::new();
        if self.server {
            packages.push(format!("postgresql-{major}"));
        }
        if self.headers {
            packages.push(format!("postgresql-server-dev-{major}"));
        }
        if self.libclang {
            // bindgen loads libclang.so; `clang` brings the compiler's own headers.
            packages.extend(["libclang-dev".to_owned(), "clang".to_owned()]);
        }
        packages
    }

    fn in_words(self, major: u32) -> String {
        let parts = [
            (self.server, format!("the PostgreSQL {major} server")),
            (self.headers, format!("the server headers of PostgreSQL {major}")),
            (self.libclang, "libclang (for bindgen)".to_owned()),
        ];
        parts.into_iter().filter(|(missing, _)| *missing).map(|(_, words)| words).collect::<Vec<_>>().join(", ")
    }
}

/// The server to use; installs what is missing.
///
/// # Errors
/// When something is missing that cannot be installed from here; the error says what to install.
pub fn ready(server: &Server) -> Result<Installation> {
    let named = server.pg_config.clone().or_else(|| {
        // The variable that pgrx itself reads; a wanted major wins over it.
        server
            .major
            .is_none()
            .then(|| std::env::var_os(harness::cluster::PG_CONFIG_VARIABLE).map(PathBuf::from))
            .flatten()
    });
    if let Some(pg_config) = named {
        let installation = Installation::ask(&pg_config)?;
        ensure!(MAJORS.contains(&installation.major), "{} is not supported (15 to 18 are)", installation.version);
        let missing = Missing {
            server: !installation.has_server(),
            headers: !installation.has_headers(),
            libclang: !has_libclang(),
        };
        ensure!(
            !missing.server && !missing.headers,
            "{} belongs to an installation without {}",
            pg_config.display(),
            missing.in_words(installation.major)
        );
        if missing.libclang {
            install(missing, installation.major)?;
        }
        return Ok(installation);
    }

    let major = server.major.unwrap_or(DEFAULT_MAJOR);
    let missing = look(major);
    if !missing.nothing() {
        install(missing, major)?;
        let still = look(major);
        ensure!(still.nothing(), "still missing after the installation: {}", still.in_words(major));
    }
    find(major).with_context(|| format!("no PostgreSQL {major} found; name its pg_config with --pg-config"))
}

/// The installations of all supported majors that this machine has, complete ones only.
#[must_use]
pub fn all() -> Vec<Installation> {
    MAJORS.iter().filter_map(|major| find(*major)).collect()
}

fn look(major: u32) -> Missing {
    // Half an installation counts too: Debian has the headers in a package of their own.
    let installation = candidates(major).into_iter().find(|found| found.has_server());
    Missing {
        server: installation.is_none(),
        headers: !installation.is_some_and(|found| found.has_headers()),
        libclang: !has_libclang(),
    }
}

fn find(major: u32) -> Option<Installation> {
    candidates(major).into_iter().find(|found| found.has_server() && found.has_headers())
}

fn candidates(major: u32) -> Vec<Installation> {
    let mut places: Vec<PathBuf> = [
        format!("/usr/lib/postgresql/{major}/bin"),
        format!("/usr/pgsql-{major}/bin"),
        format!("/usr/local/pgsql-{major}/bin"),
        format!("/opt/postgresql/{major}/bin"),
        format!("/opt/homebrew/opt/postgresql@{major}/bin"),
        format!("/usr/local/opt/postgresql@{major}/bin"),
        "/usr/local/pgsql/bin".to_owned(),
    ]
    .into_iter()
    .map(PathBuf::from)
    .collect();
    places.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    places
        .iter()
        .flat_map(|place| {
            // Debian: the bin folder of a major may lack pg_config when only the server package is installed, and
            // `pg_config` on the PATH is then a wrapper for another major.
            let pg_config = place.join("pg_config");
            pg_config.is_file().then(|| Installation::ask(&pg_config).ok()).flatten()
        })
        .filter(|installation| installation.major == major)
        .collect()
}

fn has_libclang() -> bool {
    if std::env::var_os("LIBCLANG_PATH").is_some() {
        return true;
    }
    let mut places: Vec<PathBuf> = [
        "/usr/lib",
        "/usr/lib64",
        "/usr/local/lib",
        "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu",
        "/opt/homebrew/opt/llvm/lib",
        "/Library/Developer/CommandLineTools/usr/lib",
        "/Applications/Xcode.app/Contents/Developer/Toolchains/XcodeDefault.xctoolchain/usr/lib",
    ]
    .into_iter()
    .map(PathBuf::from)
    .collect();
    for entry in std::fs::read_dir("/usr/lib").into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with("llvm-") {
            places.push(entry.path().join("lib"));
        }
    }
    places.iter().flat_map(|place| std::fs::read_dir(place).into_iter().flatten().flatten()).any(|entry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        (name.starts_with("libclang.so") || name.starts_with("libclang-") || name == "libclang.dylib")
            && !name.starts_with("libclang-cpp")
            && (name.contains(".so") || name.ends_with(".dylib"))
    })
}

fn works(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn install(missing: Missing, major: u32) -> Result<()> {
    let packages = missing.debian_packages(major);
    let by_hand = format!("apt-get install {}", packages.join(" "));
    eprintln!("Missing on this machine: {}.", missing.in_words(major));
    if !works("apt-get", &["--version"]) {
        bail!(
            "this machine has no apt-get. Install the PostgreSQL {major} server, its server headers (often a package named \
             postgresql{major}-devel or postgresql-server-dev-{major}) and clang with its library, then name the pg_config: \
             --pg-config PATH"
        );
    }
    let root = works("sh", &["-c", "[ \"$(id -u)\" = 0 ]"]);
    let sudo = !root && works("sudo", &["-n", "true"]);
    // A password can be asked for only where somebody sits.
    let sudo_with_password = !root && !sudo && std::io::stdin().is_terminal() && works("sudo", &["-V"]);
    if !root && !sudo && !sudo_with_password {
        bail!("not root, and sudo is not at hand. Ask someone who may to run:\n\n  {by_hand}\n\nand start again");
    }
    eprintln!("Installing Debian packages: {}", packages.join(", "));
    if missing.server {
        eprintln!(
            "No database cluster of the system is made or started: during the installation \
             {CLUSTER_CONF} tells the package so, and is then removed."
        );
    }
    if sudo_with_password {
        let status = Command::new("sudo").arg("-v").status()?;
        ensure!(status.success(), "sudo refused. Ask someone who may to run:\n\n  {by_hand}");
    }
    let script = install_script(&packages, missing.server);
    step(
        &format!("install {}", packages.join(" ")),
        &format!(
            "run `apt-get update && {by_hand}` yourself and look at what it says (Debian has one major per release; others come \
             from apt.postgresql.org, or name a PostgreSQL of your own with --pg-config)"
        ),
        |step| {
            let mut command = if root { Command::new("sh") } else { Command::new("sudo") };
            if !root {
                command.arg("sh");
            }
            step.command(command.arg("-c").arg(script))
        },
    )
}

const CLUSTER_CONF: &str = "/etc/postgresql-common/createcluster.d/pg_architect.conf";

/// The installation, as root. The server package would make a cluster `main` and start it: a drop-in of Debian's own tells it
/// not to, for as long as the installation takes. Where the server is there already nothing of that is touched.
fn install_script(packages: &[String], server: bool) -> String {
    let no_cluster = if server {
        let folder = Path::new(CLUSTER_CONF).parent().unwrap_or(Path::new("/")).display();
        format!(
            "mkdir -p {folder}\necho 'create_main_cluster = false' >{CLUSTER_CONF}\ntrap 'rm -f {CLUSTER_CONF}' EXIT\n"
        )
    } else {
        String::new()
    };
    format!(
        "set -e\nexport DEBIAN_FRONTEND=noninteractive\n{no_cluster}apt-get update -qq\n\
         apt-get install -y -qq --no-install-recommends {}\n",
        packages.join(" ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_missing_is_installed() {
        let bare = Missing { server: true, headers: true, libclang: true };
        assert_eq!(
            bare.debian_packages(15),
            ["postgresql-15", "postgresql-server-dev-15", "libclang-dev", "clang"].map(str::to_owned)
        );
        let script = install_script(&bare.debian_packages(15), bare.server);
        assert!(script.contains("create_main_cluster = false") && script.contains("rm -f"));

        let no_clang = Missing { server: false, headers: false, libclang: true };
        assert_eq!(no_clang.debian_packages(15), ["libclang-dev", "clang"].map(str::to_owned));
        let script = install_script(&no_clang.debian_packages(15), no_clang.server);
        assert!(!script.contains("createcluster"), "a server that is there is left alone");
        assert_eq!(no_clang.in_words(15), "libclang (for bindgen)");
    }
}
