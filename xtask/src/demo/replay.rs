//! Applies one file under the guard.

use super::migrations::Migration;
use anyhow::Result;
use harness::{Cluster, Finding, Message, Session, Statement};
use std::time::{Duration, Instant};

/// What the guard does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It speaks.
    Warn,
    /// It refuses what is an error.
    Enforce,
}

impl Mode {
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Warn => "warn",
            Mode::Enforce => "enforce",
        }
    }
}

/// A finding with what is needed to show it.
#[derive(Clone, Debug)]
pub struct Shown {
    pub rule: String,
    pub severity: String,
    pub headline: String,
    pub detail: String,
    pub hint: String,
    pub blocked: bool,
}

/// What a statement gave.
#[derive(Clone, Debug)]
pub struct StatementReport {
    /// Its text, or `COMMIT` where the file is one transaction.
    pub text: String,
    pub line: Option<usize>,
    pub findings: Vec<Shown>,
    /// An error that is not ours.
    pub error: Option<Message>,
}

/// What a file gave.
#[derive(Clone, Debug)]
pub struct FileReport {
    pub name: String,
    pub transaction: bool,
    pub may_fail: bool,
    pub statements: Vec<StatementReport>,
    pub notes: Vec<String>,
    /// It says that the server refuses it, and the server did not.
    pub surprise: bool,
    pub time: Duration,
}

impl FileReport {
    /// A statement failed, and nothing of ours made it fail.
    pub fn failed(&self) -> bool {
        self.statements.iter().any(|statement| statement.error.is_some())
    }

    /// A finding stopped it.
    pub fn blocked(&self) -> bool {
        self.statements.iter().any(|statement| statement.findings.iter().any(|finding| finding.blocked))
    }
}

/// The databases of a replay.
pub struct Databases<'a> {
    pub cluster: &'a Cluster,
    /// Where the guard judges, with rows.
    pub main: &'static str,
    /// The same history without generated rows and without the guard: whether a history can be replayed must not depend on
    /// invented data. None where rows are not generated, or where this one went astray.
    pub bare: Option<&'static str>,
}

/// Applies a file. When it fails on rows that the filler made up, it is applied again without them.
pub fn apply(databases: &mut Databases, migration: &Migration, mode: Mode) -> Result<FileReport> {
    let started = Instant::now();
    let mut report = FileReport {
        name: migration.name.clone(),
        transaction: migration.transaction,
        may_fail: migration.may_fail,
        statements: run(databases, migration, mode)?,
        notes: Vec::new(),
        surprise: false,
        time: Duration::ZERO,
    };
    report.time = started.elapsed();
    if report.failed()
        && !migration.expected_to_fail
        && let Some(bare) = databases.bare
    {
        databases.cluster.copy_database(bare, databases.main)?;
        let again = run(databases, migration, mode)?;
        report.statements = if again.iter().any(|statement| statement.error.is_some()) {
            // The file is at fault, not the rows.
            again
        } else {
            without_generated(report.statements, again, &mut report.notes)
        };
    }
    if report.blocked() {
        again_in_warn(databases, migration, &mut report)?;
    }
    if let Some(bare) = databases.bare {
        let failed = apply_bare(databases.cluster, bare, migration)?;
        if failed && !report.failed() {
            databases.bare = None;
        }
    }
    if migration.expected_to_fail && !report.failed() && !report.blocked() {
        report.notes.push("was expected to fail, and did not".to_owned());
        report.surprise = true;
    }
    Ok(report)
}

/// Applies the file once, each session being a new one: settings of one file are not those of the next.
fn run(databases: &Databases, migration: &Migration, mode: Mode) -> Result<Vec<StatementReport>> {
    let mut session = open(databases, mode)?;
    if migration.transaction {
        return Ok(one_transaction(&mut session, &migration.statements));
    }
    let mut reports = Vec::new();
    for statement in &migration.statements {
        let report = one(&mut session, statement);
        let stop = report.error.is_some() || report.findings.iter().any(|finding| finding.blocked);
        reports.push(report);
        if stop {
            break;
        }
    }
    Ok(reports)
}

/// Applies the file to the bare database; whether it failed there.
fn apply_bare(cluster: &Cluster, bare: &str, migration: &Migration) -> Result<bool> {
    let mut session = cluster.connect(bare)?;
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
    if migration.transaction {
        return Ok(session.batch_execute("COMMIT").is_err());
    }
    Ok(false)
}

/// Whether it is about a role, a database or a tablespace; `UPDATE "User"` is not.
pub fn of_the_server(statement: &Statement) -> bool {
    let words = statement.words(2);
    let is = |n: usize, among: &[&str]| words.get(n).is_some_and(|word| among.contains(&word.as_str()));
    is(0, &["create", "alter", "drop"]) && is(1, &["role", "user", "group", "database", "tablespace"])
}

/// What the two runs of a file gave together. Until it failed, the first run was judged on live tables: that is the verdict to
/// show. What came after is known from the second run alone.
fn without_generated(
    mut first: Vec<StatementReport>,
    second: Vec<StatementReport>,
    notes: &mut Vec<String>,
) -> Vec<StatementReport> {
    let why = first.iter_mut().find_map(|statement| statement.error.take());
    notes.push(format!(
        "failed on the generated rows ({}); applied without them",
        why.map(|error| error.message).unwrap_or_default()
    ));
    let known = first.len();
    first.extend(second.into_iter().skip(known));
    first
}

fn open(databases: &Databases, mode: Mode) -> Result<Session> {
    let mut session = databases.cluster.connect(databases.main)?;
    session.batch_execute(&format!("SET architect.mode = {}", mode.as_str()))?;
    Ok(session)
}

/// What a blocked file still had to do is done with the guard in `warn`: later files need it. What that run says about the
/// statements after the blocked one is added to the report.
fn again_in_warn(databases: &Databases, migration: &Migration, report: &mut FileReport) -> Result<()> {
    let mut session = open(databases, Mode::Warn)?;
    let known = report.statements.len();
    let mut reports = if migration.transaction {
        one_transaction(&mut session, &migration.statements)
    } else {
        // The statements before the blocked one are done.
        let done = known.saturating_sub(1);
        let before = report.statements[..done].iter().cloned();
        before.chain(migration.statements[done..].iter().map(|statement| one(&mut session, statement))).collect()
    };
    let refused = if migration.transaction { "refused and rolled back" } else { "refused" };
    let again = "applied again with the guard in warn";
    report.notes.push(match reports.iter().find_map(|statement| statement.error.as_ref()) {
        None => format!("{refused}; {again}, because later files need it"),
        Some(error) => format!("{refused}; {again}, and failed: {}", error.message),
    });
    report.statements.extend(reports.drain(known.min(reports.len())..));
    Ok(())
}

fn one_transaction(session: &mut Session, statements: &[Statement]) -> Vec<StatementReport> {
    let mut reports = Vec::new();
    if session.batch_execute("BEGIN").is_err() {
        return reports;
    }
    for statement in statements {
        let report = one(session, statement);
        let stop = report.error.is_some() || report.findings.iter().any(|finding| finding.blocked);
        reports.push(report);
        if stop {
            let _ = session.batch_execute("ROLLBACK");
            return reports;
        }
    }
    let commit = Statement { text: "COMMIT".to_owned(), line: 0, copy_data: None };
    reports.push(one(session, &commit));
    reports
}

fn one(session: &mut Session, statement: &Statement) -> StatementReport {
    session.take_messages();
    let result = session.execute_statement(statement);
    let mut findings: Vec<Finding> = session.take_messages().iter().filter_map(Finding::parse).collect();
    let mut error = None;
    if let Err(message) = result {
        match Finding::parse(&message) {
            Some(finding) => findings.push(finding),
            // Ours without a rule's name: still a refusal, but one that must be seen.
            None => error = Some(*message),
        }
    }
    // The row that the server keeps of a finding holds its exact severity; in a failed transaction it cannot be asked, and the
    // rule's own severity stands in.
    let reported = if findings.is_empty() { Vec::new() } else { session.last_findings().unwrap_or_default() };
    let shown = |finding: Finding| {
        let row = reported.iter().find(|row| row.rule == finding.rule && row.message == finding.headline());
        let severity = match row {
            Some(row) => row.severity.clone(),
            None => {
                let rule = engine::rules::RULES.iter().find(|rule| rule.name == finding.rule);
                rule.map_or("warning", |rule| rule.severity.as_str()).to_owned()
            }
        };
        Shown {
            severity,
            headline: finding.headline().to_owned(),
            detail: finding.message.detail.clone().unwrap_or_default(),
            hint: finding.message.hint.clone().unwrap_or_default(),
            blocked: finding.blocked,
            rule: finding.rule,
        }
    };
    StatementReport {
        text: statement.text.clone(),
        line: (statement.line > 0).then_some(statement.line),
        findings: findings.into_iter().map(shown).collect(),
        error,
    }
}
