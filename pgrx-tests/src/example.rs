//! Runs a rule's examples against a server.

use crate::cluster::{Cluster, Db, Options};
use crate::message::{Finding, Message};
use crate::session::{Reported, Session};
use crate::split::split;
use anyhow::{Context, Result, anyhow, bail, ensure};
use engine::rule::{Check, Example, Expect, Rule};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What an example gave.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// The findings as rows: from `architect.lint`, or from `architect.last_findings()` after each statement.
    pub reported: Vec<Reported>,
    /// The findings as messages; none for a text that is not executed.
    pub findings: Vec<Finding>,
    /// The error that ended it.
    pub error: Option<Message>,
}

impl Outcome {
    /// The rules that found something.
    #[must_use]
    pub fn rules(&self) -> Vec<&str> {
        if self.findings.is_empty() {
            self.reported.iter().map(|finding| finding.rule.as_str()).collect()
        } else {
            self.findings.iter().map(|finding| finding.rule.as_str()).collect()
        }
    }
}

/// Whether the example speaks of this major, and the server has what it needs.
///
/// # Errors
/// When the server cannot be asked.
pub fn applies(cluster: &Arc<Cluster>, example: &Example) -> Result<bool> {
    let major = cluster.major();
    if example.since != 0 && major < example.since || example.until != 0 && major > example.until {
        return Ok(false);
    }
    let contrib = |text: &str| text.contains("CREATE EXTENSION") || text.contains("shared_preload_libraries");
    if !contrib(example.given) && !contrib(example.sql) && !contrib(example.server) {
        return Ok(true);
    }
    let there = cluster.database()?.connect()?.has_contrib()?;
    if !there {
        eprintln!("left out: the server comes without the extensions of PostgreSQL");
    }
    Ok(there)
}

/// The database of an example with what it is given, and the session that will run it.
struct Stage {
    // Declared in the order in which they must go: sessions before their database.
    session: Session,
    _meanwhile: Option<Session>,
    _db: Db,
}

/// The server that an example runs on: the shared one, or one with the example's settings, which then lasts as long as the process
/// (its guard ends it).
///
/// # Errors
/// When it does not start.
pub fn server_of(shared: &Arc<Cluster>, example: &Example) -> Result<Arc<Cluster>> {
    static OTHERS: Mutex<Option<HashMap<&'static str, Arc<Cluster>>>> = Mutex::new(None);
    if example.server.is_empty() {
        return Ok(Arc::clone(shared));
    }
    let mut others = OTHERS.lock().unwrap_or_else(PoisonError::into_inner);
    let others = others.get_or_insert_default();
    if let Some(cluster) = others.get(example.server) {
        return Ok(Arc::clone(cluster));
    }
    let mut options = Options::from_environment()?;
    for line in example.server.lines() {
        let (name, value) = line.split_once(" = ").with_context(|| format!("no setting: {line}"))?;
        options = options.set(name, value.trim_matches('\''));
    }
    let cluster = Arc::new(Cluster::start(&options)?);
    others.insert(example.server, Arc::clone(&cluster));
    Ok(cluster)
}

impl Stage {
    fn set(cluster: &Arc<Cluster>, rule: &Rule, example: &Example) -> Result<Stage> {
        let db = server_of(cluster, example)?.database()?;
        let mut session = Stage::session(&db)?;
        session
            .batch_execute("SET architect.mode = off; CREATE SCHEMA shop; SET search_path = shop")
            .context("cannot prepare the schema")?;
        if !rule.enabled {
            session
                .execute("SELECT architect.configure($1, 'on')", &[&rule.name])
                .context("cannot switch the rule on")?;
        }
        let given = session.run(example.given);
        if let Some(error) = given.error {
            bail!("what the example is given fails: {error}");
        }
        session.batch_execute("SET architect.mode = warn")?;

        let mut meanwhile = None;
        if !example.meanwhile.is_empty() {
            let mut other = Stage::session(&db)?;
            other.batch_execute("SET architect.mode = off; SET search_path = shop; BEGIN")?;
            if let Some(error) = other.run(example.meanwhile).error {
                bail!("what another session does meanwhile fails: {error}");
            }
            meanwhile = Some(other);
        }
        Ok(Stage { session, _meanwhile: meanwhile, _db: db })
    }

    fn session(db: &Db) -> Result<Session> {
        let mut session = db.connect()?;
        session.batch_execute("SET lock_timeout = '2s'; SET TimeZone = 'UTC'")?;
        Ok(session)
    }
}

/// Runs an example with the guard in `warn`.
///
/// # Errors
/// When the stage cannot be set; an error of the example's own SQL is part of the outcome.
pub fn run(cluster: &Arc<Cluster>, rule: &Rule, example: &Example) -> Result<Outcome> {
    let mut stage = Stage::set(cluster, rule, example)?;
    judge(&mut stage.session, rule, example)
}

/// Whether `architect.check()` judges the example.
#[must_use]
pub fn by_check(rule: &Rule, example: &Example) -> bool {
    example.check || rule.checks().all(|check| check.moment() == "check")
}

/// What a full check finds that concerns the example: everything in its schema, and every finding of the rule itself (settings and
/// the like have no schema).
fn full_check(session: &mut Session, rule: &Rule) -> Result<Vec<Reported>> {
    // The partitions of the fixture EVENTS have ended, whatever the example is about.
    let query = "SELECT * FROM architect.check() \
                 WHERE (schema_name = 'shop' AND rule <> 'partition-future-missing') OR rule = $1";
    session.reported(query, &[&rule.name])
}

fn judge(session: &mut Session, rule: &Rule, example: &Example) -> Result<Outcome> {
    if example.lint {
        let reported = session.lint(example.sql)?;
        return Ok(Outcome { reported, ..Outcome::default() });
    }
    if by_check(rule, example) {
        session.batch_execute("SET architect.mode = off")?;
        if let Some(error) = session.run(example.sql).error {
            bail!("the example's SQL fails: {error}");
        }
        session.batch_execute("SET architect.mode = warn")?;
        return Ok(Outcome { reported: full_check(session, rule)?, ..Outcome::default() });
    }
    let run = session.run(example.sql);
    Ok(Outcome { reported: run.reported, findings: run.findings, error: run.error })
}

/// Checks that an example gives what it promises, and that its remedy cures it.
///
/// # Errors
/// With a sentence on what is wrong.
pub fn check(cluster: &Arc<Cluster>, rule: &Rule, example: &Example) -> Result<()> {
    let mut stage = Stage::set(cluster, rule, example)?;
    let outcome = judge(&mut stage.session, rule, example)?;
    if outcome.error.is_some() {
        // What the server refuses inside a transaction block leaves the block behind.
        stage.session.batch_execute("ROLLBACK")?;
    }
    leaves_nothing(&mut stage.session, example)?;
    match example.expect {
        Expect::Silent => silent(rule, example, &outcome),
        Expect::Found => {
            found(rule, &outcome)?;
            if !example.cured {
                return Ok(());
            }
            let remedy = remedy(&outcome)?;
            if judged_before_it_runs(rule) && !by_check(rule, example) {
                // The remedy is what should have been run instead.
                drop(stage);
                stage = Stage::set(cluster, rule, example)?;
            } else {
                // The remedy mends what is there. A text that was not executed is executed now.
                if example.lint
                    && let Some(error) = stage.session.run(example.sql).error
                {
                    bail!("the text does not run: {error}");
                }
                ensure!(outcome.error.is_none(), "the example fails: {:?}", outcome.error);
            }
            cured(&mut stage.session, &remedy)?;
            if by_check(rule, example) {
                let left = full_check(&mut stage.session, rule)?;
                let left: Vec<&str> = left.iter().filter(|f| f.rule == rule.name).map(|f| f.message.as_str()).collect();
                ensure!(left.is_empty(), "the remedy leaves the finding: {left:?}\nthe remedy is:\n{remedy}");
            }
            Ok(())
        }
    }
}

/// A slot outlives its database, and other tests would take it for a standby that they cannot see.
///
/// # Errors
/// When there is one.
pub fn leaves_nothing(session: &mut Session, example: &Example) -> Result<()> {
    let slots: i64 = session.query_one("SELECT count(*) FROM pg_replication_slots WHERE NOT temporary", &[])?.get(0);
    ensure!(
        slots == 0 || !example.server.is_empty(),
        "a replication slot stays on the server of all tests; give the example a `.server()` of its own"
    );
    Ok(())
}

/// Whether the rule judges statements, not what a transaction leaves behind.
#[must_use]
pub fn judged_before_it_runs(rule: &Rule) -> bool {
    matches!(rule.check, Check::Statement(_) | Check::On(..) | Check::Text(_))
}

fn found(rule: &Rule, outcome: &Outcome) -> Result<()> {
    let rules = outcome.rules();
    ensure!(
        !rules.is_empty(),
        "the example is bad, but nothing was found{}",
        outcome.error.as_ref().map(|error| format!("; it ended with\n{error}")).unwrap_or_default()
    );
    let others: Vec<&str> = rules.iter().copied().filter(|name| *name != rule.name).collect();
    ensure!(
        others.is_empty(),
        "the example must give {} alone, and gave also:\n{}",
        rule.name,
        shown(outcome, &others)
    );
    Ok(())
}

fn silent(rule: &Rule, example: &Example, outcome: &Outcome) -> Result<()> {
    ensure!(
        !outcome.rules().contains(&rule.name),
        "the example is good, but was found:\n{}",
        shown(outcome, &[rule.name])
    );
    if let Some(error) = &outcome.error {
        bail!("the example is good, but it fails:\n{error}\nin: {}", example.sql);
    }
    Ok(())
}

/// The remedies of all findings, each once, in order.
fn remedy(outcome: &Outcome) -> Result<String> {
    let mut remedies: Vec<&str> = Vec::new();
    for finding in &outcome.reported {
        ensure!(
            !finding.remedy.is_empty(),
            "a finding has no SQL as its remedy (write `.advice()` at the example if it is only advice): {}",
            finding.message
        );
        if !remedies.contains(&finding.remedy.as_str()) {
            remedies.push(&finding.remedy);
        }
    }
    ensure!(!remedies.is_empty(), "architect.last_findings() gave nothing for the finding");
    Ok(remedies.join("\n"))
}

fn cured(session: &mut Session, remedy: &str) -> Result<()> {
    session.batch_execute("SET architect.mode = enforce; SET architect.enforce_severity = info")?;
    ensure!(!split(remedy).is_empty(), "the remedy holds no statement: {remedy}");
    let run = session.run(remedy);
    if let Some(error) = run.error {
        return Err(anyhow!("the remedy fails:\n{error}\nthe remedy is:\n{remedy}"));
    }
    let texts: Vec<String> = run.findings.iter().map(|finding| finding.message.to_string()).collect();
    ensure!(texts.is_empty(), "the remedy is itself found:\n{}\nthe remedy is:\n{remedy}", texts.join("\n"));
    Ok(())
}

fn shown(outcome: &Outcome, rules: &[&str]) -> String {
    let messages = outcome.findings.iter().filter(|f| rules.contains(&f.rule.as_str())).map(|f| f.message.to_string());
    let rows = outcome.reported.iter().filter(|f| outcome.findings.is_empty() && rules.contains(&f.rule.as_str()));
    messages
        .chain(rows.map(|f| format!("{}: {} [{}]\n{}", f.severity, f.message, f.rule, f.detail)))
        .collect::<Vec<_>>()
        .join("\n")
}
