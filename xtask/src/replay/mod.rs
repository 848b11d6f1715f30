//! `replay`: whole histories, with the server's own account as the truth.

pub mod history;
mod observe;
pub mod sample;

use crate::build;
use crate::demo::migrations;
use crate::postgres_server::{self, Server};
use anyhow::{Result, ensure};
use history::{Foretold, Outcome, Settings};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Instant;

/// Replay histories of migrations, and hold what was predicted against what the server did
///
/// Each folder (as `cargo xtask demo` takes it) is replayed from its first file to its last in a
/// database of its own, with the guard in `warn`. Before each file every ordinary table that has
/// fewer gets --rows generated rows, so that rewrites and validations are real. Counted are:
///
///   - tables written anew, by an event trigger `table_rewrite` of our own, against those that were
///     predicted (architect.ddl_log);
///   - statements that failed on the generated rows and pass without them, by what the guard had said
///     before. The history goes on without the rows, and they are made anew before the next file;
///   - findings by rule.
///
/// Exits with an error when a rewrite came unpredicted, or one that was predicted did not come.
///
/// Examples:
///
///   cargo xtask replay ~/src/project/migrations
///   cargo xtask replay histories/* --small-table-rows 0 --sample 150 --seed 4
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    /// Folders of migrations, one for each history
    #[arg(required = true)]
    dirs: Vec<PathBuf>,
    /// Rows for each table that has fewer, before each file; 0 for none
    #[arg(long, value_name = "N", default_value_t = 10)]
    rows: u64,
    /// Set `architect.small_table_rows`: with 0 every table with rows is judged as a large one
    #[arg(long, value_name = "N")]
    small_table_rows: Option<i64>,
    /// Print so many findings, picked at random, with the statement and the table before the file
    #[arg(long, value_name = "N", default_value_t = 0)]
    sample: usize,
    /// At most so many of one rule in the sample
    #[arg(long, value_name = "N", default_value_t = 6)]
    per_rule: usize,
    /// The seed of the sample
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    server: Server,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let mut histories = Vec::new();
    for folder in &arguments.dirs {
        let found = migrations::discover(folder)?;
        ensure!(!found.is_empty(), "there are no migrations in {}", folder.display());
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        histories.push((name, found));
    }
    let installation = postgres_server::ready(&arguments.server)?;
    let extension = build::extension(&installation, false)?;
    let cluster = build::start(&installation, &extension, &[])?;
    let settings = Settings { rows: arguments.rows, small_table_rows: arguments.small_table_rows, observe: false };
    let small = arguments.small_table_rows.map_or_else(|| "default".to_owned(), |rows| rows.to_string());
    println!("{}, {} rows in each table, small_table_rows {small}\n", installation.version, arguments.rows);
    let mut outcomes = Vec::new();
    for (name, migrations) in &histories {
        let started = Instant::now();
        let outcome = history::replay(&cluster, name, migrations, settings)?;
        eprintln!("{name}: {} files in {:.0} s", outcome.files, started.elapsed().as_secs_f64());
        outcomes.push(outcome);
    }
    table(&outcomes);
    lists(&outcomes);
    rules(&outcomes);
    if arguments.sample > 0 {
        let all: Vec<_> = outcomes.iter().flat_map(|outcome| outcome.findings.clone()).collect();
        let picked = sample::pick(&all, arguments.sample, arguments.per_rule, arguments.seed);
        println!("\n{} of {} findings, seed {}:", picked.len(), all.len(), arguments.seed);
        for (i, seen) in picked.into_iter().enumerate() {
            sample::print(i + 1, seen);
        }
    }
    let wrong: usize = outcomes.iter().map(|outcome| outcome.missed.len() + outcome.untrue.len()).sum();
    ensure!(wrong == 0, "{wrong} statements did not rewrite what was predicted");
    Ok(())
}

fn table(outcomes: &[Outcome]) {
    println!(
        "| history | files | fail anyway | statements | DDL commands | findings | rewrites | predicted | missed | untrue | \
         failed on rows: foretold | risk said | nothing said | no DDL | tables | with rows |"
    );
    println!("|---|{}", "---:|".repeat(15));
    let mut sums = [0usize; 15];
    for outcome in outcomes {
        let of = |kind| outcome.failures.iter().filter(|failure| failure.kind == kind).count();
        let cells = [
            outcome.files,
            outcome.broken.len(),
            outcome.statements,
            usize::try_from(outcome.commands).unwrap_or(0),
            outcome.findings.len(),
            outcome.rewrites,
            outcome.predicted,
            outcome.missed.len(),
            outcome.untrue.len(),
            of(Foretold::Failure),
            of(Foretold::Risk),
            of(Foretold::Nothing),
            of(Foretold::NotDdl),
            usize::try_from(outcome.tables).unwrap_or(0),
            usize::try_from(outcome.filled).unwrap_or(0),
        ];
        for (sum, cell) in sums.iter_mut().zip(cells) {
            *sum += cell;
        }
        line(&outcome.name, &cells);
    }
    line("all", &sums);
}

fn line(name: &str, cells: &[usize]) {
    let cells: Vec<String> = cells.iter().map(ToString::to_string).collect();
    println!("| {name} | {} |", cells.join(" | "));
}

fn lists(outcomes: &[Outcome]) {
    let title = |text: &str| println!("\n{text}");
    title("Rewritten, and not predicted:");
    for outcome in outcomes {
        outcome.missed.iter().for_each(|text| println!("  {} {text}", outcome.name));
    }
    title("Predicted, and not rewritten:");
    for outcome in outcomes {
        outcome.untrue.iter().for_each(|text| println!("  {} {text}", outcome.name));
    }
    title("Failed on generated rows:");
    for outcome in outcomes {
        for f in &outcome.failures {
            println!("  {:?} {} {}:{} {}", f.kind, outcome.name, f.file, f.line, sample::one_line(&f.error, 200));
            println!("      {} {}", f.rules.join(" "), sample::one_line(&f.statement, 300));
        }
    }
    title("Fail without generated rows too:");
    for outcome in outcomes {
        outcome.broken.iter().for_each(|text| println!("  {} {}", outcome.name, sample::one_line(text, 250)));
    }
    title("Tables that took no rows at some point:");
    for outcome in outcomes {
        outcome.notes.iter().for_each(|text| println!("  {} {}", outcome.name, sample::one_line(text, 250)));
    }
}

fn rules(outcomes: &[Outcome]) {
    let mut by_rule: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for finding in outcomes.iter().flat_map(|outcome| &outcome.findings) {
        *by_rule.entry((&finding.rule, &finding.severity)).or_default() += 1;
    }
    let mut rows: Vec<_> = by_rule.into_iter().collect();
    rows.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    println!("\n| rule | severity | findings |\n|---|---|---:|");
    for ((rule, severity), number) in rows {
        println!("| `{rule}` | {severity} | {number} |");
    }
}
