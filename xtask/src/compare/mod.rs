//! `compare`: other linters on the same files, statement by statement, with the server as the judge.

mod eugene;
mod files;
mod kinds;
mod language_server;
mod pgfence;
mod pgsafe;
mod report;
mod rivals;
mod squawk;
mod verdict;

use crate::build;
use crate::demo::migrations;
use crate::postgres_server::{self, Server};
use crate::replay::history::{self, Settings};
use anyhow::Result;
use files::File;
use kinds::KINDS;
use report::{Findings, Place};
use rivals::{Rival, Surroundings, Tool};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Read the same migrations with other linters, and say who is right where the findings differ
///
/// The linters are taken from --rivals and from the PATH; squawk is fetched from PyPI otherwise. One
/// that is not there is left out, and named. They read copies of the files (without psql's own
/// commands and the rows of COPY); pg_architect judges them in a replay (as `cargo xtask replay
/// --small-table-rows 0`, ten rows in each table). Findings of the same kind are compared by
/// statement, those that are judged at COMMIT by file. What the server did tells who is right.
///
/// To get them (nothing of it becomes part of the repository):
///
///   pip install --target DIR/squawk squawk-cli
///   cargo install --locked --root DIR/eugene eugene
///   cargo install --locked --root DIR/pgsafe pgsafe
///   npm install --prefix DIR/pgfence @flvmnt/pgfence
///   npm install --prefix DIR/language-server @postgres-language-server/cli
///
/// Example:
///
///   cargo xtask compare --rivals DIR histories/*
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    /// Folders of migrations, one for each history, as files or with a folder for each
    #[arg(required = true)]
    dirs: Vec<PathBuf>,
    /// Where the other linters are, as the package managers put them
    #[arg(long, value_name = "DIR")]
    rivals: Option<PathBuf>,
    /// Print so many statements of each kind on which only one of two speaks
    #[arg(long, value_name = "N", default_value_t = 0)]
    show: usize,
    /// Print so many statements on which only one of two speaks, picked from all
    #[arg(long, value_name = "N", default_value_t = 0)]
    sample: usize,
    /// The seed of what is printed
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    server: Server,
}

/// What a program did, all histories together.
#[derive(Default)]
struct Tally {
    read: usize,
    unread: usize,
    findings: usize,
    unplaced: usize,
    time: Duration,
}

pub fn run(arguments: &Arguments) -> Result<()> {
    let installation = postgres_server::ready(&arguments.server)?;
    let folder = tempfile::Builder::new().prefix("pg_architect-compare-").tempdir()?;
    let (name, text) = language_server::CONFIG;
    fs::write(folder.path().join(name), text)?;
    let extension = build::extension(&installation, true)?;
    let cluster = build::start(&installation, &extension, &[])?;
    let surroundings = Surroundings {
        config: folder.path().to_owned(),
        major: installation.major,
        server: format!("postgres://postgres@localhost/postgres?host={}", cluster.host().display()),
    };
    let mut rivals = Vec::new();
    for tool in Tool::ALL {
        match Rival::find(tool, arguments.rivals.as_deref(), &surroundings) {
            Some(rival) => rivals.push(rival),
            None => println!("{} is not there, and left out: {}", tool.name(), tool.source()),
        }
    }
    let settings = Settings { rows: 10, small_table_rows: Some(0), observe: true };
    let mut findings = Findings::default();
    let mut tallies: BTreeMap<Tool, Tally> = BTreeMap::new();
    let mut lint = Duration::ZERO;
    let (mut statements, mut shared) = (0, 0);
    for history in &arguments.dirs {
        let found = migrations::discover(history)?;
        let name = history.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let copies = files::copy(history, &found, &folder.path().join(&name))?;
        for rival in &rivals {
            let tally = tallies.entry(rival.tool).or_default();
            ask(rival, &name, &copies, &mut findings, tally)?;
        }
        for migration in &found {
            let lines: BTreeSet<usize> = migration.statements.iter().map(|statement| statement.line).collect();
            statements += migration.statements.len();
            shared += migration.statements.len() - lines.len();
            for statement in &migration.statements {
                findings.texts.insert((name.clone(), migration.name.clone(), statement.line), statement.text.clone());
            }
        }
        let outcome = history::replay(&cluster, &name, &found, settings)?;
        lint += outcome.lint;
        for seen in &outcome.findings {
            let place = (name.clone(), seen.file.clone(), seen.line);
            findings.ours.entry(seen.rule.clone()).or_default().insert(place);
        }
        for (file, rule) in outcome.linted {
            if KINDS.iter().any(|kind| kind.by_lint && kind.ours.contains(&rule.as_str())) {
                findings.ours.entry(rule).or_default().insert((name.clone(), file, 0));
            }
        }
        findings
            .truths
            .extend(outcome.truths.into_iter().map(|((file, line), truth)| ((name.clone(), file, line), truth)));
        eprintln!("{name} is done");
    }
    println!(
        "\n{}; {statements} statements, {shared} of them on the line of another (and taken for one with it)\n",
        installation.version
    );
    times(&rivals, &tallies, lint);
    findings.by_kind();
    findings.by_fact();
    findings.by_rival();
    findings.without_kind();
    findings.samples(arguments.show, arguments.sample, arguments.seed);
    Ok(())
}

/// Asks a program about a history, and takes its time.
fn ask(rival: &Rival, history: &str, copies: &[File], findings: &mut Findings, tally: &mut Tally) -> Result<()> {
    let theirs = findings.theirs.entry(rival.tool).or_default();
    for transaction in [true, false] {
        let files: Vec<&File> = copies.iter().filter(|file| file.migration.transaction == transaction).collect();
        let paths: Vec<PathBuf> = files.iter().map(|file| file.copy.clone()).collect();
        let parsed = rival.read(&paths, transaction)?;
        let of = |name: &str| files.iter().find(|file| file.copy.file_name().is_some_and(|own| own == name));
        for told in &parsed.told {
            let Some(file) = of(&told.file) else { continue };
            let lines = file.lines(told);
            tally.findings += 1;
            tally.unplaced += usize::from(lines.is_empty() && told.at != rivals::At::File);
            let lines = if lines.is_empty() { vec![0] } else { lines };
            let place = |line| -> Place { (history.to_owned(), file.migration.name.clone(), line) };
            if lines == [0] && told.at != rivals::At::File && tally.unplaced <= 2 {
                eprintln!(
                    "{} speaks of a statement that is not in {history} {}: {:?}",
                    rival.tool.name(),
                    told.file,
                    told.at
                );
            }
            for line in lines {
                let text = file.migration.statements.iter().find(|statement| statement.line == line);
                let rule = refined(&told.rule, text.map_or("", |statement| &statement.text));
                theirs.entry(rule).or_default().insert(place(line));
            }
        }
        let unread: Vec<&&File> = parsed.unread.iter().filter_map(|name| of(name)).collect();
        let names = unread.iter().map(|file| (history.to_owned(), file.migration.name.clone()));
        findings.unread.entry(rival.tool).or_default().extend(names);
        let can: Vec<PathBuf> = paths.iter().filter(|path| !is_one_of(path, &parsed.unread)).cloned().collect();
        tally.read += can.len();
        tally.unread += unread.len();
        tally.time += rival.time(&can, transaction)?;
    }
    Ok(())
}

/// Two have one rule for constraints that are verified and for keys that build their index.
fn refined(rule: &str, statement: &str) -> String {
    let statement = statement.to_lowercase();
    let key = statement.contains("primary key") || statement.contains("unique");
    let verified = statement.contains("references") || statement.contains("check");
    if ["constraint-missing-not-valid", "constraintMissingNotValid"].contains(&rule) && key && !verified {
        return format!("{rule} (key)");
    }
    rule.to_owned()
}

fn is_one_of(path: &Path, names: &[String]) -> bool {
    path.file_name().is_some_and(|own| names.iter().any(|name| own == name.as_str()))
}

fn times(rivals: &[Rival], tallies: &BTreeMap<Tool, Tally>, lint: Duration) {
    println!(
        "| program | version | files read | not read | findings | without a place | seconds | pg_architect / it |"
    );
    println!("|---|---|{}", "---:|".repeat(6));
    for rival in rivals {
        let Some(tally) = tallies.get(&rival.tool) else { continue };
        let seconds = tally.time.as_secs_f64();
        println!(
            "| {} | {} | {} | {} | {} | {} | {seconds:.2} | {:.0} |",
            rival.tool.name(),
            rival.version,
            tally.read,
            tally.unread,
            tally.findings,
            tally.unplaced,
            lint.as_secs_f64() / seconds.max(1e-9)
        );
    }
    println!(
        "\narchitect.lint took {:.2} seconds, with a session for each file (without the connecting). The others: one process for a \
         history, or two where some files cannot run in a transaction; the shortest of three.",
        lint.as_secs_f64()
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_not_verified_but_built() {
        let of = |statement| refined("constraint-missing-not-valid", statement);
        assert_eq!(of("ALTER TABLE t ADD CONSTRAINT t_pkey PRIMARY KEY (id)"), "constraint-missing-not-valid (key)");
        assert_eq!(of("ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES unique_things"), "constraint-missing-not-valid");
        assert_eq!(refined("E7", "ALTER TABLE t ADD UNIQUE (a)"), "E7");
    }
}
