//! Applies one file under the guard.

use super::fill::Filler;
use super::migrations::Migration;
use anyhow::{Context, Result};
use harness::{Finding, Message, SQLSTATE_BLOCKED, Session, Statement};
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

/// Applies a file. When it fails on rows that the filler made up, it is applied again without them: whether a history can be
/// replayed must not depend on invented data.
pub fn apply(
    connect: &dyn Fn() -> Result<Session>,
    migration: &Migration,
    mode: Mode,
    filler: &mut Filler,
) -> Result<FileReport> {
    let started = Instant::now();
    let mut report = FileReport {
        name: migration.name.clone(),
        transaction: migration.transaction,
        may_fail: migration.may_fail,
        statements: Vec::new(),
        notes: Vec::new(),
        surprise: false,
        time: Duration::ZERO,
    };
    let mut session = open(connect, mode)?;
    let mut rest: &[Statement] = &migration.statements;
    if migration.transaction {
        report.statements = one_transaction(&mut session, rest);
        if report.failed() && !migration.expected_to_fail && filler.empty_generated(&mut session)? {
            let again = one_transaction(&mut session, rest);
            if !again.iter().any(|statement| statement.error.is_some()) {
                report.statements = without_generated(std::mem::take(&mut report.statements), again, &mut report.notes);
            }
        }
    } else {
        while let [statement, after @ ..] = rest {
            let mut given = one(&mut session, statement);
            if given.error.is_some() && !migration.expected_to_fail && filler.empty_generated(&mut session)? {
                let again = one(&mut session, statement);
                if again.error.is_none() {
                    let merged = without_generated(vec![given], vec![again], &mut report.notes);
                    given = merged.into_iter().next().context("a statement gives a report")?;
                }
            }
            let stop = given.error.is_some() || given.findings.iter().any(|finding| finding.blocked);
            report.statements.push(given);
            rest = if stop { &[] } else { after };
        }
        let _ = session.batch_execute("ROLLBACK");
    }
    drop(session);

    if report.blocked() {
        report.notes.push(again_in_warn(connect, migration, &report)?);
    }
    if migration.expected_to_fail && !report.failed() && !report.blocked() {
        report.notes.push("was expected to fail, and did not".to_owned());
        report.surprise = true;
    }
    report.time = started.elapsed();
    Ok(report)
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

fn open(connect: &dyn Fn() -> Result<Session>, mode: Mode) -> Result<Session> {
    let mut session = connect()?;
    session.batch_execute(&format!("SET architect.mode = {}", mode.as_str()))?;
    Ok(session)
}

/// What a blocked file still had to do is done with the guard in `warn`: later files need it.
fn again_in_warn(connect: &dyn Fn() -> Result<Session>, migration: &Migration, report: &FileReport) -> Result<String> {
    let mut session = open(connect, Mode::Warn)?;
    let reports = if migration.transaction {
        one_transaction(&mut session, &migration.statements)
    } else {
        // The statements before the blocked one are done.
        let done = report.statements.len().saturating_sub(1);
        migration.statements[done.min(migration.statements.len())..].iter().map(|s| one(&mut session, s)).collect()
    };
    let rolled_back = if migration.transaction { "refused and rolled back" } else { "refused" };
    Ok(match reports.iter().find_map(|statement| statement.error.as_ref()) {
        None => format!("{rolled_back}; applied again with the guard in warn, because later files need it"),
        Some(error) => format!("{rolled_back}; applied again with the guard in warn, and failed: {}", error.message),
    })
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
            blocked: finding.message.code == SQLSTATE_BLOCKED,
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
