//! `compare`: another linter on the same files, statement by statement, with the server as the judge.

use crate::bench::rivals::Squawk;
use crate::build;
use crate::demo::migrations::{self, Migration};
use crate::postgres_server::{self, Server};
use crate::replay::history::{self, Outcome, Settings, Truth};
use crate::replay::sample::one_line;
use anyhow::{Context, Result, ensure};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Read the same migrations with squawk, and say who is right where the findings differ
///
/// squawk is taken from the PATH, or fetched from PyPI into a temporary folder. It reads the
/// files; pg_architect judges them in a replay (as `cargo xtask replay --small-table-rows 0`,
/// ten rows in each table). Findings of the same kind are compared by statement, those that are
/// judged at COMMIT by file. What the server did with the statements tells who is right.
///
/// Example:
///
///   cargo xtask compare histories/*
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub struct Arguments {
    /// Folders of migrations, one for each history, as files (no sub-folders)
    #[arg(required = true)]
    dirs: Vec<PathBuf>,
    /// Print so many statements of each kind on which only one of the two speaks
    #[arg(long, value_name = "N", default_value_t = 0)]
    show: usize,
    #[command(flatten)]
    server: Server,
}

/// Findings of both that mean the same.
struct Kind {
    title: &'static str,
    squawk: &'static [&'static str],
    ours: &'static [&'static str],
    /// Ours speaks at COMMIT: the file is what can be compared.
    by_file: bool,
}

const fn kind(title: &'static str, squawk: &'static [&'static str], ours: &'static [&'static str]) -> Kind {
    Kind { title, squawk, ours, by_file: false }
}

const KINDS: &[Kind] = &[
    kind("index built while writes wait", &["require-concurrent-index-creation"], &["index-not-concurrent"]),
    kind("index dropped under a lock", &["require-concurrent-index-deletion"], &["index-drop-not-concurrent"]),
    kind(
        "type changed: rewrite or index build",
        &["changing-column-type"],
        &["type-change-rewrite", "type-change-index-rebuild", "type-change-recheck", "type-change-locks-peer"],
    ),
    kind("default that rewrites", &["adding-field-with-default"], &["column-default-rewrite"]),
    kind("required column without default", &["adding-required-field"], &["not-null-without-default"]),
    kind("SET NOT NULL reads all rows", &["adding-not-nullable-field"], &["not-null-scan"]),
    kind(
        "constraint verified for all rows",
        &["constraint-missing-not-valid", "adding-foreign-key-constraint"],
        &["foreign-key-validates", "check-validates"],
    ),
    kind("UNIQUE builds its index", &["disallowed-unique-constraint"], &["unique-builds-index"]),
    kind("column dropped", &["ban-drop-column"], &["column-dropped", "column-drop-collateral"]),
    kind("table dropped", &["ban-drop-table"], &["table-dropped"]),
    kind("column renamed", &["renaming-column"], &["column-renamed"]),
    kind("NOT NULL dropped", &["ban-drop-not-null"], &["not-null-dropped"]),
    Kind {
        title: "no lock_timeout",
        squawk: &["require-lock-timeout"],
        ours: &["lock-timeout-missing"],
        by_file: true,
    },
    Kind {
        title: "table renamed",
        squawk: &["renaming-table", "renaming-object"],
        ours: &["relation-renamed"],
        by_file: true,
    },
    Kind {
        title: "timestamp without time zone",
        squawk: &["prefer-timestamp-tz"],
        ours: &["timestamp-without-time-zone"],
        by_file: true,
    },
];

/// A finding's place: history, file, line of the statement.
type Place = (String, String, usize);

pub fn run(arguments: &Arguments) -> Result<()> {
    let squawk = Squawk::get()?;
    let installation = postgres_server::ready(&arguments.server)?;
    let extension = build::extension(&installation, true)?;
    let cluster = build::start(&installation, &extension, &[])?;
    let settings = Settings { rows: 10, small_table_rows: Some(0), lint: true };
    let mut theirs: BTreeMap<String, BTreeSet<Place>> = BTreeMap::new();
    let mut ours: BTreeMap<String, BTreeSet<Place>> = BTreeMap::new();
    let (mut truths, mut texts) = (BTreeMap::new(), BTreeMap::new());
    let (mut squawk_time, mut lint_time) = (Duration::ZERO, Duration::ZERO);
    let mut unread = 0;
    for folder in &arguments.dirs {
        let found = migrations::discover(folder)?;
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let outcome = history::replay(&cluster, &name, &found, settings)?;
        lint_time += outcome.lint;
        collect(&name, &outcome, &mut ours);
        truths.extend(outcome.truths.into_iter().map(|((file, line), truth)| ((name.clone(), file, line), truth)));
        let started = Instant::now();
        let findings = read(&squawk.program, folder, &found)?;
        squawk_time += started.elapsed();
        for (file, line, rule) in findings {
            let Some(migration) = found.iter().find(|migration| migration.name == file) else { continue };
            unread += usize::from(rule == "syntax-error");
            let place = (name.clone(), file, statement_line(migration, line));
            theirs.entry(rule).or_default().insert(place);
        }
        for migration in &found {
            for statement in &migration.statements {
                texts.insert((name.clone(), migration.name.clone(), statement.line), statement.text.clone());
            }
        }
        eprintln!("{name} is done");
    }
    println!("{} and pg_architect on {}\n", squawk.version, installation.version);
    println!(
        "| kind | unit | squawk | pg_architect | both | squawk alone | of these on new tables | rewrote | failed | \
         pg_architect alone | of these on new tables | rewrote | failed |"
    );
    println!("|---|---|{}", "---:|".repeat(11));
    let mut differences = Vec::new();
    for kind in KINDS {
        let (theirs, ours) = (of(&theirs, kind.squawk, kind.by_file), of(&ours, kind.ours, kind.by_file));
        let alone = |a: &BTreeSet<Place>, b: &BTreeSet<Place>| a.difference(b).cloned().collect::<Vec<_>>();
        let (only_theirs, only_ours) = (alone(&theirs, &ours), alone(&ours, &theirs));
        println!(
            "| {} | {} | {} | {} | {} | {} | {} |",
            kind.title,
            if kind.by_file { "file" } else { "statement" },
            theirs.len(),
            ours.len(),
            theirs.intersection(&ours).count(),
            verdicts(&only_theirs, &truths, kind.by_file),
            verdicts(&only_ours, &truths, kind.by_file)
        );
        for (who, places) in [("squawk", only_theirs), ("pg_architect", only_ours)] {
            differences.extend(places.into_iter().take(arguments.show).map(|place| (kind.title, who, place)));
        }
    }
    println!("\nsquawk found a syntax error {unread} times.");
    let ratio = lint_time.as_secs_f64() / squawk_time.as_secs_f64().max(1e-9);
    println!("Time for all files: architect.lint took {ratio:.1} times as long as squawk.");
    by_rule("squawk", &theirs);
    by_rule("pg_architect", &ours);
    for (kind, who, place) in differences {
        let text = texts.get(&place).map(|text| one_line(text, 200)).unwrap_or_default();
        println!("{kind}: {who} alone, {} {}:{} {text}", place.0, place.1, place.2);
    }
    Ok(())
}

fn collect(name: &str, outcome: &Outcome, ours: &mut BTreeMap<String, BTreeSet<Place>>) {
    for seen in &outcome.findings {
        let place = (name.to_owned(), seen.file.clone(), seen.line);
        ours.entry(seen.rule.clone()).or_default().insert(place);
    }
}

/// squawk's findings in the files: file, line from 1, rule.
fn read(program: &Path, folder: &Path, migrations: &[Migration]) -> Result<Vec<(String, usize, String)>> {
    let mut findings = Vec::new();
    for transaction in [true, false] {
        let files: Vec<PathBuf> = migrations
            .iter()
            .filter(|migration| migration.transaction == transaction)
            .map(|migration| folder.join(&migration.name))
            .filter(|file| file.is_file())
            .collect();
        if files.is_empty() {
            continue;
        }
        let mut command = Command::new(program);
        command.args(["--reporter", "json"]).args(transaction.then_some("--assume-in-transaction")).args(&files);
        let output = command.stdin(Stdio::null()).output().context("squawk does not run")?;
        let value: serde_json::Value = serde_json::from_slice(&output.stdout).context("squawk gives no JSON")?;
        ensure!(value.is_array(), "squawk gives no list");
        for item in value.as_array().into_iter().flatten() {
            let file = Path::new(item["file"].as_str().unwrap_or_default());
            let file = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let line = usize::try_from(item["line"].as_u64().unwrap_or(0)).unwrap_or(0) + 1;
            findings.push((file, line, item["rule_name"].as_str().unwrap_or_default().to_owned()));
        }
    }
    Ok(findings)
}

/// The line of the statement in which a line lies.
fn statement_line(migration: &Migration, line: usize) -> usize {
    let lines = migration.statements.iter().map(|statement| statement.line);
    lines.clone().filter(|start| *start <= line).max().or_else(|| lines.min()).unwrap_or(line)
}

fn of(found: &BTreeMap<String, BTreeSet<Place>>, rules: &[&str], by_file: bool) -> BTreeSet<Place> {
    let places = rules.iter().filter_map(|rule| found.get(*rule)).flatten().cloned();
    places.map(|(history, file, line)| (history, file, if by_file { 0 } else { line })).collect()
}

/// The number, and what the server did with those statements.
fn verdicts(places: &[Place], truths: &BTreeMap<Place, Truth>, by_file: bool) -> String {
    if by_file {
        return format!("{} | | |", places.len());
    }
    let known: Vec<&Truth> = places.iter().filter_map(|place| truths.get(place)).collect();
    let count = |what: &dyn Fn(&Truth) -> bool| known.iter().filter(|truth| what(truth)).count();
    let (new, rewrote, failed) = (count(&|t| !t.on_old), count(&|t| t.rewrote), count(&|t| t.failed));
    format!("{} | {new} | {rewrote} | {failed}", places.len())
}

fn by_rule(who: &str, found: &BTreeMap<String, BTreeSet<Place>>) {
    let mut rows: Vec<(usize, &str)> = found.iter().map(|(rule, places)| (places.len(), rule.as_str())).collect();
    rows.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
    let list: Vec<String> = rows.iter().map(|(number, rule)| format!("`{rule}` {number}")).collect();
    println!("\n{who}, statements or files by rule: {}", list.join(", "));
}
