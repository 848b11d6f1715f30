//! `bench`: what the guard costs, beside what people would use instead.

mod check;
mod ddl;
mod estimate;
mod figures;
mod growth;
mod lint;
mod memory;
mod meter;
pub mod rivals;

use crate::build;
use crate::postgres_server::{self, Server};
use anyhow::{Context, Result, ensure};
use console::style;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Measure what the guard costs, on a throw-away server: DDL without the extension and with
/// it in each mode, beside an event trigger in PL/pgSQL and pgaudit; and architect.lint()
/// beside squawk
///
/// Every round measures every variant once, in changing order, and a ratio is that of two
/// measurements of one round: a machine that slows down for a while slows down both. The
/// CPU time is that of the server process alone and the steadier figure of the two; the
/// wall time is the client's. Each ratio is printed as the median of the rounds (and the
/// least and the greatest).
///
/// The server's files are in memory (/dev/shm, or TMPDIR where that is set), where there is
/// room: what a file system does when files come and go would be measured otherwise, and it
/// is not the same twice.
///
/// pgaudit comes from Debian's package postgresql-15-pgaudit and squawk from PyPI. Where
/// they are not at hand they are fetched into a temporary folder, after saying so; where
/// they cannot be had they are left out, with a note. There is no pass mark: a figure is
/// printed beside its aim, and the reader judges.
///
/// Examples:
///
///   cargo xtask bench
///   cargo xtask bench --only ddl --rounds 30
///   cargo xtask bench --json /tmp/bench.json
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    /// How often every variant is measured
    #[arg(long, value_name = "N", default_value_t = 21, value_parser = clap::value_parser!(u16).range(1..=1000))]
    rounds: u16,
    /// Three short rounds: to see that everything works, not to compare figures
    #[arg(long)]
    quick: bool,
    /// Write the figures to this file, too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Only this part; may be given more than once
    #[arg(long, value_enum, value_name = "PART")]
    only: Vec<Part>,
    /// The sizes of the generated catalogs, in tables
    #[arg(long, value_name = "N", value_delimiter = ',', default_value = "1000,10000")]
    tables: Vec<usize>,
    /// A folder with checkouts of splinter, pglinter and pg-index-health-sql, to measure
    /// beside architect.check(); what is not there is left out
    #[arg(long, value_name = "DIR")]
    rivals: Option<PathBuf>,
    #[command(flatten)]
    server: Server,
}

/// A part of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Part {
    /// DDL on new and small tables, which the guard has nothing to say about
    Ddl,
    /// DDL on tables with rows, which it has much to say about
    Live,
    /// Memory of a server process over 10,000 DDL statements
    Memory,
    /// architect.lint() beside squawk
    Lint,
    /// architect.check() on generated catalogs, beside other linters of live databases
    Check,
    /// The blocking times that explain_ddl() estimates, beside those that statements then take; only where it is asked for
    Estimate,
}

/// How much is measured.
#[derive(Clone, Copy, Debug)]
struct Effort {
    rounds: usize,
    /// Tables per round and variant on which each statement of a mix is run.
    small_tables: usize,
    live_tables: usize,
    memory_statements: usize,
    lint_rounds: usize,
    lint_statements: usize,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    ensure!(
        Path::new("/proc/self/stat").exists(),
        "this system has no /proc, from which the CPU time of the server process is read: run it on Linux"
    );
    if let Some(folder) = memory_folder() {
        return again_in(folder);
    }
    let wanted = |part: Part| arguments.only.is_empty() || arguments.only.contains(&part);
    let effort = if arguments.quick {
        Effort {
            rounds: 3,
            small_tables: 15,
            live_tables: 5,
            memory_statements: 1_000,
            lint_rounds: 2,
            lint_statements: 1_000,
        }
    } else {
        let rounds = usize::from(arguments.rounds);
        Effort {
            rounds,
            small_tables: 60,
            live_tables: 15,
            memory_statements: 10_000,
            lint_rounds: rounds.div_ceil(3),
            lint_statements: 4_000,
        }
    };

    let installation = postgres_server::ready(&arguments.server)?;
    // A debug build would measure the compiler's checks.
    let extension = build::extension(&installation, true)?;
    let machine = meter::Machine::look();
    println!("\n{}", style(format!("pg_architect on {}", installation.version)).bold());
    println!("{machine}; the server's files are in {}", std::env::temp_dir().display());
    if machine.busy() {
        println!("{}", style("Other programs are running: expect wide ranges.").yellow());
    }

    let mut report = json!({
        "server": installation.version,
        "machine": machine.json(),
        "rounds": effort.rounds,
    });
    let server = build::start(&installation, &extension, &rivals::SETTINGS)?;
    if wanted(Part::Ddl) || wanted(Part::Live) {
        let pgaudit = rivals::Pgaudit::get(&installation);
        if let Err(why) = &pgaudit {
            println!("{}", style(format!("pgaudit is left out: {why:#}")).yellow());
        }
        let audited = match &pgaudit {
            Ok(pgaudit) => Some(pgaudit.start(&installation, &extension)?),
            Err(_) => None,
        };
        let mut bench = ddl::Bench::new(&server, audited.as_ref())?;
        if wanted(Part::Ddl) {
            report["ddl"] = bench.run(&ddl::SMALL, effort.rounds, effort.small_tables)?;
        }
        if wanted(Part::Live) {
            report["live"] = bench.run(&ddl::LIVE, effort.rounds, effort.live_tables)?;
        }
    }
    if wanted(Part::Memory) {
        report["memory"] = memory::run(&server, effort.memory_statements)?;
    }
    if wanted(Part::Lint) {
        report["lint"] = lint::run(&server, effort.lint_rounds, effort.lint_statements)?;
    }
    if wanted(Part::Check) {
        let sizes: &[usize] = if arguments.quick { &[500] } else { &arguments.tables };
        report["check"] = check::run(&server, sizes, effort.lint_rounds, arguments.rivals.as_deref())?;
    }
    if arguments.only.contains(&Part::Estimate) {
        report["estimate"] = estimate::run(&server)?;
    }
    println!("\n{}", meter::Machine::look());
    if let Some(file) = &arguments.json {
        std::fs::write(file, format!("{report:#}\n")).with_context(|| format!("cannot write {}", file.display()))?;
        println!("The figures are in {}.", file.display());
    }
    Ok(())
}

/// A file system in memory that has room for a server and allows programs; none where the
/// user chose a place, or we have chosen.
fn memory_folder() -> Option<&'static str> {
    const FOLDER: &str = "/dev/shm";
    const ROOM_KB: u64 = 3 * 1024 * 1024;
    if std::env::var_os("TMPDIR").is_some() {
        return None;
    }
    let mounts = std::fs::read_to_string("/proc/mounts").unwrap_or_default();
    let options = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>()).find_map(|words| {
        (words.get(1) == Some(&FOLDER) && words.get(2) == Some(&"tmpfs")).then(|| words.get(3).copied().unwrap_or(""))
    })?;
    if options.split(',').any(|option| option == "noexec" || option == "ro") {
        return None;
    }
    let output = Command::new("df").args(["-k", "--output=avail", FOLDER]).output().ok()?;
    let free: u64 = String::from_utf8_lossy(&output.stdout).split_whitespace().last()?.parse().ok()?;
    (free >= ROOM_KB).then_some(FOLDER)
}

/// Runs ourselves anew with this folder for temporary files: the harness puts its servers
/// there, and takes them away.
fn again_in(folder: &str) -> Result<()> {
    let status =
        Command::new(std::env::current_exe()?).args(std::env::args_os().skip(1)).env("TMPDIR", folder).status()?;
    std::process::exit(status.code().unwrap_or(1));
}
