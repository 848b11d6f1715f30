//! One history, from its first file to its last.

use super::observe::{self, Before};
use crate::demo::fill::Filler;
use crate::demo::migrations::Migration;
use crate::demo::replay::of_the_server;
use anyhow::{Context, Result};
use harness::{Cluster, Finding, Session, Statement};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

const MAIN: &str = "replay_main";
const BARE: &str = "replay_bare";
const TRUTH: &str = include_str!("truth.sql");

/// How to replay.
#[derive(Clone, Copy)]
pub struct Settings {
    /// Rows that each table has before each file.
    pub rows: u64,
    /// `architect.small_table_rows`; the server's default where it is none.
    pub small_table_rows: Option<i64>,
    /// For a comparison with others: each file is read by `architect.lint` before, and the time is taken; what each statement does
    /// is told by the server's catalogs and counters.
    pub observe: bool,
}

/// A finding, and what is needed to judge it by hand.
#[derive(Clone)]
pub struct Seen {
    pub history: String,
    pub file: String,
    pub line: usize,
    pub statement: String,
    pub rule: String,
    pub severity: String,
    pub object: String,
    pub headline: String,
    pub detail: String,
    pub hint: String,
    /// The table before the file, or why it is not known.
    pub state: String,
    /// Statements of the file before this one.
    pub before: Vec<String>,
}

/// A statement that the generated rows made fail.
pub struct Failure {
    pub file: String,
    pub line: usize,
    pub statement: String,
    pub error: String,
    /// The rules that spoke about the statement before it failed.
    pub rules: Vec<String>,
    pub kind: Foretold,
}

/// What was said about a statement before the rows made it fail.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Foretold {
    /// That it fails.
    Failure,
    /// Something else, such as that it reads and checks every row.
    Risk,
    /// Nothing.
    Nothing,
    /// It changes rows, and is no DDL: nobody was asked.
    NotDdl,
}

/// What the server did with a statement.
#[derive(Clone, Default)]
pub struct Truth {
    /// Whether the table that it is about has rows; nothing when it names none that was there before the file.
    pub filled: Option<bool>,
    /// What was done to tables that were there before the file, in the words of `observe.sql`.
    pub happened: BTreeSet<String>,
    /// It failed on the rows.
    pub failed: bool,
}

/// What a history gave.
#[derive(Default)]
pub struct Outcome {
    pub name: String,
    pub files: usize,
    /// Files that fail without generated rows too.
    pub broken: Vec<String>,
    pub statements: usize,
    pub commands: i64,
    pub rewrites: usize,
    pub predicted: usize,
    /// Rewrites that came unpredicted, and predictions that did not come true.
    pub missed: Vec<String>,
    pub untrue: Vec<String>,
    pub failures: Vec<Failure>,
    pub findings: Vec<Seen>,
    /// What became of each statement that was run under the guard, by file and line; where it was asked for.
    pub truths: BTreeMap<(String, usize), Truth>,
    /// How long `architect.lint` took for all files, each before it was applied.
    pub lint: Duration,
    /// What it said: file and rule.
    pub linted: BTreeSet<(String, String)>,
    /// Ordinary tables at the end, and those of them that hold rows.
    pub tables: i64,
    pub filled: i64,
    /// Why others stay empty.
    pub notes: Vec<String>,
}

/// Replays a history.
///
/// # Errors
/// When the server fails, not when a migration does.
pub fn replay(cluster: &Cluster, name: &str, migrations: &[Migration], settings: Settings) -> Result<Outcome> {
    for database in [MAIN, BARE] {
        cluster.drop_database(database)?;
        cluster.named_database(database)?;
        let more = if settings.observe { observe::SCHEMA } else { "" };
        cluster.connect(database)?.batch_execute(&format!("SET architect.mode = off; {TRUTH}; {more}"))?;
    }
    let mut outcome = Outcome { name: name.to_owned(), files: migrations.len(), ..Outcome::default() };
    let mut filler = Filler::default();
    let mut bare_is_true = true;
    for migration in migrations {
        let state = {
            let mut session = cluster.connect(MAIN)?;
            if settings.rows > 0 {
                let notes = filler.fill_short(&mut session, settings.rows, settings.rows)?;
                for note in notes.into_iter().filter(|note| note.contains("stays empty")) {
                    if !outcome.notes.contains(&note) {
                        outcome.notes.push(note);
                    }
                }
            }
            tables(&mut session)?
        };
        if settings.observe {
            let text: Vec<&str> = migration.statements.iter().map(|statement| statement.text.as_str()).collect();
            let mut session = cluster.connect(MAIN)?;
            if let Some(rows) = settings.small_table_rows {
                session.batch_execute(&format!("SET architect.small_table_rows = {rows}"))?;
            }
            let started = Instant::now();
            // What lint cannot read (psql's own commands) it says; here the time is of interest.
            let findings = session.lint(&text.join(";\n"));
            outcome.lint += started.elapsed();
            let rules = findings.unwrap_or_default().into_iter().map(|finding| (migration.name.clone(), finding.rule));
            outcome.linted.extend(rules);
        }
        let failed = run(cluster, name, migration, settings, &state, &BTreeSet::new(), &mut outcome)
            .with_context(|| format!("cannot replay {}", migration.name))?;
        if let (true, Some(failed)) = (settings.observe && migration.transaction, &failed) {
            observe_rest(cluster, name, migration, settings, &state, failed.line, &mut outcome)?;
        }
        let bare_failed = bare_is_true && bare(cluster, migration)?;
        let Some(failure) = failed else { continue };
        if bare_is_true && !bare_failed {
            // The rows are at fault: the history goes on without them, as it would have.
            outcome.failures.push(failure);
            cluster.copy_database(BARE, MAIN)?;
            // What was written anew there is no news here.
            let mut session = cluster.connect(MAIN)?;
            session.batch_execute("SET architect.mode = off; DELETE FROM replay_truth.rewrites")?;
            filler = Filler::default();
        } else {
            outcome.broken.push(format!(
                "{}: {}{}",
                migration.name,
                failure.error,
                if migration.may_fail { " (as it may)" } else { "" }
            ));
            bare_is_true &= bare_failed || !bare_is_true;
        }
    }
    let mut session = cluster.connect(MAIN)?;
    session.batch_execute("SET architect.mode = off; ANALYZE")?;
    let row = session.query_one(
        "SELECT count(*), count(*) FILTER (WHERE c.reltuples > 0) FROM pg_class AS c
         JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%'
           AND n.nspname NOT IN ('information_schema', 'architect', 'replay_truth')",
        &[],
    )?;
    (outcome.tables, outcome.filled) = (row.get(0), row.get(1));
    Ok(outcome)
}

/// The statements behind one that failed on the rows: the file again without it, until it comes to its end.
fn observe_rest(
    cluster: &Cluster,
    history: &str,
    migration: &Migration,
    settings: Settings,
    state: &BTreeMap<String, String>,
    failed: usize,
    outcome: &mut Outcome,
) -> Result<()> {
    let (mut skip, mut last) = (BTreeSet::new(), failed);
    while last > 0 && skip.len() < 100 {
        skip.insert(last);
        let mut rest = Outcome::default();
        let again = run(cluster, history, migration, settings, state, &skip, &mut rest)?;
        let behind = |line: usize| line > last || line == 0;
        outcome.findings.extend(rest.findings.into_iter().filter(|finding| behind(finding.line)));
        outcome.truths.extend(rest.truths.into_iter().filter(|((_, line), _)| behind(*line)));
        let Some(again) = again.filter(|again| again.line > last) else { return Ok(()) };
        last = again.line;
    }
    Ok(())
}

/// Applies a file under the guard; gives the statement that failed, the first where others go on.
fn run(
    cluster: &Cluster,
    history: &str,
    migration: &Migration,
    settings: Settings,
    state: &BTreeMap<String, String>,
    skip: &BTreeSet<usize>,
    outcome: &mut Outcome,
) -> Result<Option<Failure>> {
    let mut first = None;
    let tables = if settings.observe { Before::look(cluster, MAIN)? } else { Before::default() };
    let mut session = cluster.connect(MAIN)?;
    session.batch_execute("SET architect.mode = warn; SET architect.log_ddl = 'all'")?;
    if let Some(rows) = settings.small_table_rows {
        session.batch_execute(&format!("SET architect.small_table_rows = {rows}"))?;
    }
    if settings.observe && !migration.transaction {
        // From here on the counters count.
        observe::happened(&mut session, false);
    }
    if migration.transaction {
        session.batch_execute("BEGIN")?;
    }
    let commit = Statement { text: "COMMIT".to_owned(), line: 0, copy_data: None };
    let all = migration.statements.iter().chain(migration.transaction.then_some(&commit));
    let mut before: Vec<String> = Vec::new();
    for statement in all.filter(|statement| !skip.contains(&statement.line)) {
        session.take_messages();
        let result = session.execute_statement(statement);
        outcome.statements += usize::from(statement.line > 0);
        let findings: Vec<Finding> = session.take_messages().iter().filter_map(Finding::parse).collect();
        let kept = if findings.is_empty() { Vec::new() } else { session.last_findings().unwrap_or_default() };
        let place = |text: &str| format!("{}:{} {text}", migration.name, statement.line);
        for finding in &findings {
            let row = kept.iter().find(|row| row.rule == finding.rule && row.message == finding.headline());
            let object = row.map(|row| row.object.clone()).or_else(|| {
                finding.message.table.as_ref().map(|table| match &finding.message.schema {
                    Some(schema) => format!("{schema}.{table}"),
                    None => table.clone(),
                })
            });
            let object = object.unwrap_or_default();
            let severity = row.map_or_else(|| severity_of(&finding.rule), |row| row.severity.clone());
            outcome.findings.push(Seen {
                history: history.to_owned(),
                file: migration.name.clone(),
                line: statement.line,
                statement: statement.text.clone(),
                rule: finding.rule.clone(),
                severity,
                state: state_of(state, &object, &statement.text),
                object,
                headline: finding.headline().to_owned(),
                detail: finding.message.detail.clone().unwrap_or_default(),
                hint: finding.message.hint.clone().unwrap_or_default(),
                before: before.clone(),
            });
        }
        if settings.observe {
            let truth = outcome.truths.entry((migration.name.clone(), statement.line)).or_default();
            truth.filled = tables.filled(&statement.text);
            truth.failed |= result.is_err();
        }
        if let Err(error) = result {
            let failure = Failure {
                file: migration.name.clone(),
                line: statement.line,
                kind: foretold(statement, &findings),
                statement: statement.text.clone(),
                error: error.message.clone(),
                rules: findings.iter().map(|finding| finding.rule.clone()).collect(),
            };
            // Each by itself: the next one can run.
            if !settings.observe || migration.transaction || error.severity == "FATAL" {
                return Ok(first.or(Some(failure)));
            }
            first = first.or(Some(failure));
            continue;
        }
        before.push(statement.text.clone());
        if asks(statement) {
            compare(&mut session, &place, &statement.text, outcome);
        }
        if settings.observe && statement.line > 0 {
            let truth = outcome.truths.entry((migration.name.clone(), statement.line)).or_default();
            truth.happened.extend(observe::happened(&mut session, migration.transaction));
        }
    }
    Ok(first)
}

/// Holds the prediction of a statement against what the server did.
fn compare(session: &mut Session, place: &dyn Fn(&str) -> String, text: &str, outcome: &mut Outcome) {
    // In a transaction that the file itself has let fail nothing can be asked.
    let Ok(row) = session.query_one("SELECT commands, predicted, happened, names FROM replay_truth.take()", &[]) else {
        return;
    };
    outcome.commands += row.get::<_, i64>(0);
    let (predicted, mut happened): (Vec<u32>, Vec<u32>) = (row.get(1), row.get(2));
    outcome.predicted += predicted.len();
    outcome.rewrites += happened.len();
    let mut untrue = Vec::new();
    for table in predicted {
        match happened.iter().position(|other| *other == table) {
            Some(at) => drop(happened.swap_remove(at)),
            None => untrue.push(table),
        }
    }
    let names = row.get::<_, Option<String>>(3).unwrap_or_default();
    let line = |oids: &[u32]| place(&format!("{oids:?} of {names}: {}", super::sample::one_line(text, 300)));
    if !happened.is_empty() {
        outcome.missed.push(line(&happened));
    }
    if !untrue.is_empty() {
        outcome.untrue.push(line(&untrue));
    }
}

/// Whether the statement can have run DDL; a question after any other may be in its way (SET TRANSACTION).
fn asks(statement: &Statement) -> bool {
    let first = statement.words(1).into_iter().next().unwrap_or_default();
    ["create", "alter", "drop", "do", "select", "call", "comment", "grant", "revoke", "import", "refresh", "reindex"]
        .contains(&first.as_str())
}

fn foretold(statement: &Statement, findings: &[Finding]) -> Foretold {
    let first = statement.words(1).into_iter().next().unwrap_or_default();
    if ["insert", "update", "delete", "select", "with", "do", "copy", "truncate", "call", "merge"]
        .contains(&first.as_str())
    {
        return Foretold::NotDdl;
    }
    // A finding that says so of the statement itself, not of code that comes later.
    if findings.iter().any(|f| f.rule == "not-null-without-default" || f.rule == "dependent-object-blocks") {
        return Foretold::Failure;
    }
    if findings.is_empty() { Foretold::Nothing } else { Foretold::Risk }
}

fn severity_of(rule: &str) -> String {
    let rule = engine::rules::RULES.iter().find(|known| known.name == rule);
    rule.map_or("warning", |rule| rule.severity.as_str()).to_owned()
}

/// Applies the file where there are no generated rows; whether it failed there.
fn bare(cluster: &Cluster, migration: &Migration) -> Result<bool> {
    let mut session = cluster.connect(BARE)?;
    session.batch_execute("SET architect.mode = off")?;
    if migration.transaction {
        session.batch_execute("BEGIN")?;
    }
    for statement in &migration.statements {
        // Roles belong to the whole server: the first run has made them.
        if !of_the_server(statement) && session.execute_statement(statement).is_err() {
            return Ok(true);
        }
    }
    Ok(migration.transaction && session.batch_execute("COMMIT").is_err())
}

/// Each table with what a reader of a finding needs to know of it.
fn tables(session: &mut Session) -> Result<BTreeMap<String, String>> {
    let rows = session.query(
        "SELECT format('%I.%I', n.nspname, c.relname),
                format('%s rows, %s pages; columns: %s; constraints: %s; indexes: %s', c.reltuples, c.relpages,
                    (SELECT string_agg(format('%I %s%s', a.attname, format_type(a.atttypid, a.atttypmod),
                                CASE WHEN a.attnotnull THEN ' not null' ELSE '' END
                                || CASE WHEN a.atthasdef THEN ' default' ELSE '' END), ', ' ORDER BY a.attnum)
                     FROM pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
                    (SELECT string_agg(k.conname || ' ' || pg_get_constraintdef(k.oid), ', ' ORDER BY k.conname)
                     FROM pg_constraint AS k WHERE k.conrelid = c.oid AND k.contype <> 'n'),
                    (SELECT string_agg(pg_get_indexdef(i.indexrelid), ', ' ORDER BY i.indexrelid)
                     FROM pg_index AS i WHERE i.indrelid = c.oid AND NOT i.indisprimary))
         FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
         WHERE c.relkind IN ('r', 'p', 'm') AND n.nspname NOT LIKE 'pg\\_%'
           AND n.nspname NOT IN ('information_schema', 'architect', 'replay_truth')",
        &[],
    )?;
    Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
}

const NEW: &str = "not there before this file";

fn state_of(state: &BTreeMap<String, String>, object: &str, statement: &str) -> String {
    let plain = |name: &str| name.replace('"', "");
    let found = state
        .iter()
        .filter(|(name, _)| object == name.as_str() || object.starts_with(&format!("{name}.")))
        .max_by_key(|(name, _)| name.len())
        .or_else(|| {
            // The object is an index or a constraint, perhaps a new one: the table is named in the statement.
            let words: Vec<&str> = statement.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
            state.iter().find(|(name, _)| {
                let bare = plain(name.split_once('.').map_or(name.as_str(), |(_, bare)| bare));
                words.contains(&bare.as_str())
            })
        });
    found.map_or_else(|| NEW.to_owned(), |(name, text)| format!("{name}: {text}"))
}
