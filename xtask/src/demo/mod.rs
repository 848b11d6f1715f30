//! `demo`: migrations replayed under the guard.

pub mod fill;
pub mod migrations;
pub mod replay;
mod show;

use crate::build;
use crate::postgres_server::{self, Server};
use crate::steps::step;
use anyhow::{Context, Result, ensure};
use fill::Filler;
use harness::Cluster;
use harness::prefix::repository;
use migrations::Migration;
use replay::{Databases, FileReport, Mode};
use std::path::PathBuf;
use std::time::Instant;

const DATABASE: &str = "demo";
const BARE_DATABASE: &str = "demo_without_rows";

/// Replay a folder of migrations under the guard, on a throw-away server: for each
/// statement the verdict, the reason and what to do instead; at the end what is left of the
/// schema
///
/// Without a folder it replays the migrations of a small shop (demo/migrations), with the
/// mistakes that people make.
///
/// A folder of a real project is taken as it is: *.sql and *.up.sql in natural order,
/// sub-folders with up.sql (diesel) or migration.sql (prisma), or what a MANIFEST.tsv lists. A
/// file is one transaction unless it says CONCURRENTLY, holds a BEGIN of its own, or starts
/// with `-- no transaction`. Tables that stay empty are filled with generated rows
/// (--rows), because a verdict about an empty table is that nothing can happen.
///
/// Examples:
///
///   cargo xtask demo
///   cargo xtask demo --enforce
///   cargo xtask demo ~/src/project/migrations --rows 20000
///   cargo xtask demo --keep            and look around with psql
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    /// The folder of migrations
    dir: Option<PathBuf>,
    /// Refuse statements with findings of severity error, as `architect.mode = enforce` does;
    /// each refused file is then applied with the guard in warn
    #[arg(long)]
    enforce: bool,
    /// One line per finding
    #[arg(long)]
    brief: bool,
    /// Leave the server up, and print how to connect
    #[arg(long)]
    keep: bool,
    /// Rows for each table that is empty after a file; 0 for none. Folders whose files say `--
    /// rows: table=N` are filled as they say
    #[arg(long, value_name = "N", default_value_t = 2000)]
    rows: u64,
    #[command(flatten)]
    server: Server,
}

/// Stop and remove a server that `cargo xtask demo --keep` left up
#[derive(clap::Args)]
pub struct StopArguments {
    /// The server's folder, as the demo printed it
    folder: PathBuf,
}

pub fn stop(arguments: &StopArguments) -> Result<()> {
    Cluster::stop_kept(&arguments.folder)?;
    println!("stopped and removed {}", arguments.folder.display());
    Ok(())
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let ours = repository().join("demo/migrations");
    let folder = arguments.dir.clone().unwrap_or_else(|| ours.clone());
    let migrations = migrations::discover(&folder)?;
    ensure!(!migrations.is_empty(), "there are no migrations in {}", folder.display());

    let installation = postgres_server::ready(&arguments.server)?;
    let extension = build::extension(&installation, false)?;
    let cluster = build::start(&installation, &extension, &[])?;
    step("create the extension", "the server's own words are above", |_| cluster.named_database(DATABASE))?;

    let mode = if arguments.enforce { Mode::Enforce } else { Mode::Warn };
    let shown_folder = folder.strip_prefix(repository()).unwrap_or(&folder).display().to_string();
    show::head(&installation.version, mode, migrations.len(), &shown_folder);

    let started = Instant::now();
    let reports = replay_all(&cluster, &migrations, mode, arguments)?;
    let mut session = cluster.connect(DATABASE)?;
    show::state(&mut session)?;
    show::summary(&reports, started.elapsed());
    drop(session);

    if arguments.keep {
        let psql = cluster.program("psql").display().to_string();
        let host = cluster.host().display().to_string();
        let kept = cluster.keep()?;
        println!("\nThe server stays up. Connect with\n\n  {psql} -h {host} -U postgres {DATABASE}\n");
        println!("and when you are done, stop and remove it with\n\n  cargo xtask stop {}", kept.display());
    }
    let wrong = |report: &&FileReport| report.failed() && !report.may_fail || report.surprise;
    let failed = reports.iter().filter(wrong).count();
    // A folder of somebody else's may fail for reasons of its own; the one that is ours may not.
    ensure!(arguments.dir.is_some() || failed == 0, "{failed} of our own migrations went another way than they should");
    Ok(())
}

fn replay_all(
    cluster: &Cluster,
    migrations: &[Migration],
    mode: Mode,
    arguments: &Arguments,
) -> Result<Vec<FileReport>> {
    let mut filler = Filler::default();
    // Files that say how many rows they want are believed; otherwise every empty table gets some.
    let automatic = arguments.rows > 0 && migrations.iter().all(|migration| migration.fills.is_empty());
    if automatic {
        cluster.named_database(BARE_DATABASE)?;
    }
    let mut databases = Databases { cluster, main: DATABASE, bare: automatic.then_some(BARE_DATABASE) };
    let mut reports = Vec::new();
    for migration in migrations {
        let mut report = replay::apply(&mut databases, migration, mode)
            .with_context(|| format!("cannot replay {}", migration.name))?;
        if !report.failed() || report.may_fail {
            let mut session = cluster.connect(DATABASE)?;
            let mut made = Vec::new();
            for (table, rows) in &migration.fills {
                match filler.fill_named(&mut session, table, *rows) {
                    Ok(rows) => made.push(format!("{table} {}", engine::text::count(rows))),
                    Err(error) => report.notes.push(format!("{table} was not filled: {error:#}")),
                }
            }
            if !made.is_empty() {
                report.notes.push(format!("generated rows: {}", made.join(", ")));
            }
            if automatic {
                report.notes.extend(filler.fill_empty(&mut session, arguments.rows)?);
            }
        }
        show::file(&report, arguments.brief);
        reports.push(report);
    }
    if automatic {
        cluster.drop_database(BARE_DATABASE)?;
    }
    Ok(reports)
}
