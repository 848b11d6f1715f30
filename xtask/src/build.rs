//! Builds the extension and starts servers with it.

use crate::postgres_server::DEFAULT_MAJOR;
use crate::steps::step;
use anyhow::{Context, Result};
use harness::cluster::{CLUSTER_VARIABLE, PG_CONFIG_VARIABLE};
use harness::prefix::{Installation, LIBRARY_VARIABLE, library_name, repository};
use harness::{Cluster, Extension, Options};
use std::path::PathBuf;
use std::process::Command;

/// The cargo that runs us.
#[must_use]
pub fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(repository());
    command
}

/// The target folder that we were built into.
///
/// # Errors
/// When the program was moved out of one.
pub fn target() -> Result<PathBuf> {
    let program = std::env::current_exe()?;
    Ok(program.ancestors().nth(2).context("xtask does not lie in a target folder")?.to_path_buf())
}

/// Builds the extension for the server.
///
/// # Errors
/// When it does not compile.
pub fn extension(installation: &Installation, release: bool) -> Result<Extension> {
    let major = installation.major;
    let root = repository();
    if let Some(library) = std::env::var_os(LIBRARY_VARIABLE) {
        eprintln!("{LIBRARY_VARIABLE} is set: using {}, nothing is built", library.display());
        return Ok(Extension {
            library: PathBuf::from(library),
            control: root.join("pg_architect.control"),
            sql: root.join("sql"),
        });
    }
    // The bindings are made per pg_config: with one folder for all majors each switch would build them anew.
    let mut folder = target()?;
    if major != DEFAULT_MAJOR {
        folder = folder.join(format!("pg{major}"));
    }
    step(
        &format!("build the extension for {}", installation.version),
        "the compiler's messages are above; the first build compiles pgrx and takes some minutes",
        |step| {
            let mut build = cargo();
            build
                .args(["build", "--lib", "--package", "pg_architect", "--no-default-features", "--features"])
                .arg(format!("pg{major}"))
                .arg("--target-dir")
                .arg(&folder)
                .env(PG_CONFIG_VARIABLE, &installation.pg_config);
            if release {
                build.arg("--release");
            }
            step.command(&mut build)
        },
    )?;
    Ok(Extension {
        library: folder.join(if release { "release" } else { "debug" }).join(library_name()),
        control: root.join("pg_architect.control"),
        sql: root.join("sql"),
    })
}

/// Starts a throw-away server with the extension.
///
/// # Errors
/// When it does not come up.
pub fn start(installation: &Installation, extension: &Extension, settings: &[(&str, &str)]) -> Result<Cluster> {
    step(
        "start a throw-away server",
        "the server's own words are above; /tmp must have some 100 MB free and allow Unix sockets",
        |step| {
            let options = Options {
                installation: installation.clone(),
                extension: extension.clone(),
                settings: settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            };
            let cluster = Cluster::start(&options)?;
            step.note(format!("in {}", cluster.folder().display()));
            Ok(cluster)
        },
    )
}

/// The variables by which a test process finds the server, its programs and the library.
pub fn hand_over(command: &mut Command, installation: &Installation, extension: &Extension, cluster: &Cluster) {
    command
        .env(PG_CONFIG_VARIABLE, &installation.pg_config)
        .env(LIBRARY_VARIABLE, &extension.library)
        .env(CLUSTER_VARIABLE, cluster.folder());
}
