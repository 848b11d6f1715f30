//! `test`, `prove` and `lint`.

use crate::build::{self, cargo};
use crate::postgres_server::{self, Server};
use crate::sql;
use crate::steps::{seconds, step, words};
use anyhow::{Result, bail, ensure};
use console::style;
use harness::prefix::Installation;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Run every test: installs what is missing, builds the extension, and tests rules, tools
/// and extension on a throw-away server
///
/// Examples:
///
///   cargo xtask test                            everything, on PostgreSQL 15
///   cargo xtask test index-not-concurrent       the examples and unit tests of one rule
///   cargo xtask test --major 17                 on another major that is installed here
///   cargo xtask test --pg-config ~/pg/bin/pg_config
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    /// Only tests whose name, or file, contains this (a rule's name, for example)
    filter: Option<String>,
    #[command(flatten)]
    server: Server,
}

/// Run every test, the longer suites too, on all PostgreSQL majors (15 to 18) that are installed here, one after the other
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct ProveArguments {
    /// Only this major; may be given more than once
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(15..=18))]
    major: Vec<u32>,
    /// The PostgreSQL of this pg_config too; may be given more than once
    #[arg(long, value_name = "PATH")]
    pg_config: Vec<std::path::PathBuf>,
    /// Only tests whose name contains this
    filter: Option<String>,
}

/// Check the format and let clippy read everything, warnings being errors
#[derive(clap::Args)]
pub struct LintArguments {
    #[command(flatten)]
    server: Server,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let started = Instant::now();
    let installation = prerequisites(&arguments.server)?;
    if arguments.filter.is_none() {
        quick_checks()?;
    }
    suite(&installation, arguments.filter.as_deref(), arguments.filter.is_some())?;
    eprintln!(
        "{} {} in {}",
        style("all tests passed").green().bold().for_stderr(),
        style(format!("on {}", installation.version)).for_stderr(),
        seconds(started.elapsed())
    );
    Ok(())
}

pub fn prove(arguments: &ProveArguments) -> Result<()> {
    let mut installations = Vec::new();
    for major in &arguments.major {
        installations.push(prerequisites(&Server { major: Some(*major), pg_config: None })?);
    }
    for pg_config in &arguments.pg_config {
        installations.push(prerequisites(&Server { major: None, pg_config: Some(pg_config.clone()) })?);
    }
    if installations.is_empty() {
        prerequisites(&Server::default())?;
        installations = postgres_server::all();
    }
    let names: Vec<&str> = installations.iter().map(|found| found.version.as_str()).collect();
    eprintln!("Proving on {}.", names.join(", "));
    quick_checks()?;
    let mut failed = Vec::new();
    for installation in &installations {
        if let Err(error) = suite(installation, arguments.filter.as_deref(), true) {
            eprintln!("{} {}: {error:#}", style("failed:").red().bold().for_stderr(), installation.version);
            failed.push(installation.major.to_string());
        }
    }
    ensure!(failed.is_empty(), "failed on PostgreSQL {}", failed.join(", "));
    Ok(())
}

pub fn lint(arguments: &LintArguments) -> Result<()> {
    let installation = prerequisites(&arguments.server)?;
    format_check()?;
    step("clippy", "mend what is above, or explain an exception with #[expect(..., reason = \"...\")]", |step| {
        let mut clippy = cargo();
        clippy
            .args(["clippy", "--workspace", "--all-targets", "--no-default-features", "--features"])
            .arg(format!("pg{}", installation.major))
            .args(["--", "--deny", "warnings"])
            .env(harness::cluster::PG_CONFIG_VARIABLE, &installation.pg_config);
        step.command(&mut clippy)
    })
}

fn prerequisites(server: &Server) -> Result<Installation> {
    let installation = postgres_server::ready(server)?;
    eprintln!("{} {}", style("✓").green().for_stderr(), installation.version);
    Ok(installation)
}

fn quick_checks() -> Result<()> {
    format_check()?;
    step("the install script is current", "run `cargo xtask sql` and commit what it writes", |_| sql::check())
}

fn format_check() -> Result<()> {
    let present = cargo()
        .args(["fmt", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    if !present {
        eprintln!("{} format not checked: this toolchain has no rustfmt", style("-").yellow().for_stderr());
        return Ok(());
    }
    step("format", "run `cargo fmt --all`", |step| step.command(cargo().args(["fmt", "--all", "--", "--check"])))
}

/// What is tested. Always the same packages in one command: with another set cargo would
/// choose other features for what they share, and compile it again.
const PACKAGES: &[&str] =
    &["--package", "pg_architect_engine", "--package", "pg_architect_tests", "--package", "xtask"];

/// Builds everything and runs the tests; `whole` is for the longer suites, too (`remedies`).
fn suite(installation: &Installation, filter: Option<&str>, whole: bool) -> Result<()> {
    let extension = build::extension(installation, false)?;
    step("build the tests", "the compiler's messages are above", |step| {
        step.command(cargo().args(["test", "--no-run", "--all-targets"]).args(PACKAGES))
    })?;
    let cluster = build::start(installation, &extension, &[])?;
    tests(&format!("on {}", installation.version), filter, |command| {
        build::hand_over(command, installation, &extension, &cluster);
        if whole {
            command.env("PG_ARCHITECT_PROVE", "1");
        }
    })
}

/// What cargo-nextest says when no test has such a name.
const NO_TESTS: i32 = 4;

/// What nextest takes for the tests whose name, or file, contains the filter.
fn expression(filter: &str) -> Result<String> {
    // ')' would end the expression.
    let plain = filter.replace(['\\', '(', ')'], "");
    let files = std::fs::read_dir(harness::prefix::repository().join("pgrx-tests/tests"))?;
    let named = |stem: &std::ffi::OsStr| stem.to_string_lossy().contains(&plain);
    // nextest takes the name of a binary that is not there for a mistake.
    if files.flatten().any(|file| file.path().file_stem().is_some_and(named)) {
        Ok(format!("test(~{plain}) | binary(~{plain})"))
    } else {
        Ok(format!("test(~{plain})"))
    }
}

/// Runs the tests with their own output: people want to see which one runs.
fn tests(what: &str, filter: Option<&str>, prepare: impl Fn(&mut Command)) -> Result<()> {
    eprintln!("{} tests {what}", style("→").cyan().for_stderr());
    let nextest = cargo()
        .args(["nextest", "--version"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success());
    let mut command = cargo();
    if nextest {
        command.args(["nextest", "run", "--no-fail-fast"]);
    } else {
        command.args(["test", "--no-fail-fast", "--all-targets"]);
    }
    command.args(PACKAGES);
    match filter {
        Some(filter) if nextest => {
            command.args(["-E", &expression(filter)?]);
        }
        filter => {
            command.args(filter);
        }
    }
    prepare(&mut command);
    let status = command.stdin(Stdio::null()).status()?;
    if status.success() {
        return Ok(());
    }
    if nextest && status.code() == Some(NO_TESTS) {
        bail!("no test has {:?} in its name or file", filter.unwrap_or_default());
    }
    let filter = filter.unwrap_or("<part of its name>");
    bail!(
        "tests failed ({what}); the names and reasons are above. Run one again with `cargo xtask test {filter}`.\n\
         The command was: {}",
        words(&command)
    )
}
