//! A script: made, linted, executed, and both compared.

use crate::differences::{self, Only};
use crate::findings::{self, Finding};
use crate::random::Random;
use crate::schema::Schema;
use crate::statements::Maker;
use anyhow::{Result, bail};
use harness::{Message, Session};
use std::collections::{BTreeMap, BTreeSet};

/// Statements, each on a line.
pub struct Script {
    pub statements: Vec<String>,
    /// It is one transaction.
    pub one_block: bool,
}

impl std::fmt::Display for Script {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.statements.iter().try_for_each(|statement| writeln!(f, "{statement};"))
    }
}

/// Makes a script: each statement is tried before the next one is made.
pub fn make(session: &mut Session, random: &mut Random) -> Result<Script> {
    let one_block = !random.one_in(3);
    let length = 3 + random.below(8);
    let mut statements = Vec::new();
    session.batch_execute("SET search_path = f, g; BEGIN")?;
    let mut block = one_block;
    if one_block {
        statements.push("BEGIN".to_owned());
    }
    let mut maker = Maker { random, names: 0 };
    let mut savepoints: Vec<String> = Vec::new();
    let mut tries = 0;
    while statements.len() < length && tries < 80 {
        tries += 1;
        if block && maker.random.one_in(9) {
            maker.names += 1;
            let name = format!("s{}", maker.names);
            session.batch_execute(&format!("SAVEPOINT {name}"))?;
            statements.push(format!("SAVEPOINT {name}"));
            savepoints.push(name);
            continue;
        }
        if !savepoints.is_empty() && maker.random.one_in(5) {
            let at = maker.random.below(savepoints.len());
            let name = savepoints[at].clone();
            let sql = if maker.random.one_in(3) {
                savepoints.truncate(at);
                format!("RELEASE SAVEPOINT {name}")
            } else {
                savepoints.truncate(at + 1);
                format!("ROLLBACK TO SAVEPOINT {name}")
            };
            session.batch_execute(&sql)?;
            statements.push(sql);
            continue;
        }
        if !one_block && maker.random.one_in(5) {
            // Here the whole script is one transaction, whose savepoints stand for the blocks.
            let (there, here) = match (block, maker.random.one_in(4)) {
                (false, _) => ("BEGIN", "SAVEPOINT block"),
                (true, true) => ("ROLLBACK", "ROLLBACK TO SAVEPOINT block"),
                (true, false) => ("COMMIT", "RELEASE SAVEPOINT block"),
            };
            session.batch_execute(here)?;
            statements.push(there.to_owned());
            savepoints.clear();
            block = !block;
            continue;
        }
        let schema = Schema::read(session)?;
        let Some(sql) = maker.statement(&schema) else { continue };
        let alone = sql.contains("CONCURRENTLY");
        let of_partitioned = sql.contains(" INDEX CONCURRENTLY ")
            && schema.relations.iter().any(|r| r.kind == 'p' && sql.contains(&format!("{} ", r.name)));
        if alone && (block || of_partitioned) {
            continue;
        }
        session.batch_execute("SAVEPOINT attempt")?;
        match session.batch_execute(&sql.replace("CONCURRENTLY", "")) {
            Ok(()) => {
                session.batch_execute("RELEASE SAVEPOINT attempt")?;
                statements.push(sql);
            }
            Err(error) if error.as_db_error().is_some() => session.batch_execute("ROLLBACK TO SAVEPOINT attempt")?,
            Err(error) => bail!("{error}\n{sql}"),
        }
    }
    if block {
        statements.push(if maker.random.one_in(10) { "ROLLBACK" } else { "COMMIT" }.to_owned());
    }
    session.batch_execute("ROLLBACK")?;
    session.take_messages();
    Ok(Script { statements, one_block })
}

/// What came of a script.
#[derive(Default)]
pub struct Outcome {
    /// How many statements were executed.
    pub executed: usize,
    /// How many findings were compared.
    pub compared: usize,
    /// The rules that gave them.
    pub rules: BTreeSet<&'static str>,
    /// The statement that the server refused, after which nothing is compared.
    pub failed: Option<String>,
    /// Each difference, and why it may be.
    pub differences: Vec<(String, Option<&'static str>)>,
}

/// What is known of a script when its findings are compared.
pub struct Known<'a> {
    one_block: bool,
    /// The transaction of each statement.
    transactions: Vec<usize>,
    statements: &'a [String],
    guarded: &'a [Finding],
    /// Schema and name of what was there before.
    before: BTreeSet<(String, String)>,
}

impl Known<'_> {
    /// It commits more than once.
    pub fn several(&self) -> bool {
        !self.one_block
    }

    /// The finding is about the last transaction.
    pub fn is_last(&self, finding: &Finding) -> bool {
        Some(&self.transactions[finding.step]) == self.transactions.last()
    }

    /// The guard told the same rule in an earlier transaction, and a later one renamed or moved something.
    pub fn told_by_another_name(&self, finding: &Finding) -> bool {
        let same = |told: &&Finding| told.rule.name == finding.rule.name && told.object != finding.object;
        self.guarded.iter().filter(same).any(|told| self.renamed_after(told))
    }

    /// A later transaction renamed or moved something.
    pub fn renamed_after(&self, told: &Finding) -> bool {
        let mut all = self.statements.iter().zip(&self.transactions);
        self.several()
            && all.any(|(sql, transaction)| {
                *transaction > self.transactions[told.step]
                    && (sql.contains(" RENAME ") || sql.contains(" SET SCHEMA "))
            })
    }

    /// The finding is about a partition that a later transaction detached.
    pub fn detached_later(&self, finding: &Finding) -> bool {
        let mut all = self.statements.iter().zip(&self.transactions);
        self.several()
            && all.any(|(sql, transaction)| {
                *transaction > self.transactions[finding.step]
                    && sql.split_once(" DETACH PARTITION ").is_some_and(|(_, name)| {
                        finding.object.contains(name) || finding.detail.contains(&format!("{name}."))
                    })
            })
    }

    /// The finding is about a relation that an earlier transaction of the script made.
    pub fn made_before(&self, finding: &Finding) -> bool {
        let mut before = self.statements.iter().zip(&self.transactions);
        self.several()
            && !self.before.contains(&(finding.schema.clone(), finding.relation.clone()))
            && before.any(|(sql, transaction)| {
                let makes = sql.starts_with("CREATE ") || sql.contains(" INTO ") || sql.contains("serial");
                *transaction < self.transactions[finding.step] && makes
            })
    }

    /// The statement at which it is told.
    pub fn statement(&self, finding: &Finding) -> &str {
        &self.statements[finding.step]
    }

    /// Some statement makes a table and fills it.
    pub fn fills_any(&self) -> bool {
        self.statements.iter().any(|sql| sql.contains(" AS SELECT ") || sql.starts_with("SELECT * INTO "))
    }

    /// The finding is about a table that a statement makes and fills.
    pub fn fills(&self, finding: &Finding) -> bool {
        let names = |sql: &&String| {
            let new = sql.split_once(" AS SELECT ").map(|(head, _)| head);
            let new = new.or_else(|| {
                sql.split_once(" INTO ").and_then(|(_, rest)| rest.split_once(" FROM ")).map(|(name, _)| name)
            });
            let called = |new: &str| {
                let renamed = |sql: &String| sql.starts_with(&format!("ALTER TABLE {new} RENAME TO "));
                new.replace('"', "").ends_with(&finding.relation)
                    || self
                        .statements
                        .iter()
                        .any(|sql| renamed(sql) && sql.replace('"', "").ends_with(&finding.relation))
            };
            new.is_some_and(|new| called(new.rsplit(' ').next().filter(|_| !new.contains('"')).unwrap_or(new)))
        };
        self.statements.iter().any(|sql| names(&sql))
    }
}

/// Lints a script, executes it, and compares.
pub fn judge(session: &mut Session, script: &Script) -> Result<Outcome> {
    session.take_messages();
    let before = session.query("SELECT relnamespace::regnamespace::text, relname::text FROM pg_class", &[])?;
    let before = before.iter().map(|row| (row.get(0), row.get(1))).collect();
    let mut linted = findings::of(session, "lint($1)", Some(&script.to_string()))?;
    let mut outcome = Outcome::default();
    for message in session.take_messages() {
        outcome.differences.push((format!("lint says: {message}"), None));
    }
    let mut guarded: Vec<Finding> = Vec::new();
    let (mut transactions, mut transaction, mut block) = (Vec::new(), 0, false);
    for (step, sql) in script.statements.iter().enumerate() {
        let result = session.batch_execute(sql);
        let messages = session.take_messages();
        if let Err(error) = result {
            let words = error.as_db_error().map_or_else(|| error.to_string(), |error| Message::from(error).to_string());
            outcome.failed = Some(format!("{sql}: {words}"));
            break;
        }
        outcome.executed += 1;
        for message in messages.iter().filter(|message| message.code.starts_with("PA") && message.code != "PA001") {
            outcome.differences.push((format!("the guard says: {message}"), None));
        }
        let told = messages.iter().filter(|message| harness::Finding::parse(message).is_some()).count();
        if told > 0 {
            let all = findings::of(session, "last_findings()", None)?;
            let new = all.len().saturating_sub(told);
            guarded.extend(all.into_iter().skip(new).map(|finding| Finding { step, ..finding }));
        }
        block = match sql.as_str() {
            "BEGIN" => true,
            "COMMIT" | "ROLLBACK" => false,
            _ => block,
        };
        transactions.push(transaction);
        transaction += usize::from(!block);
    }
    if outcome.failed.is_some() {
        if block {
            session.batch_execute("ROLLBACK")?;
        }
        // Findings about what the text leaves behind cannot be compared; those of statements before are few.
        return Ok(outcome);
    }
    linted.retain(|finding| finding.at_start() || finding.at_commit());
    let known =
        Known { one_block: script.one_block, transactions, statements: &script.statements, guarded: &guarded, before };
    compare(&known, &linted, &guarded, &mut outcome);
    Ok(outcome)
}

fn compare(known: &Known, linted: &[Finding], guarded: &[Finding], outcome: &mut Outcome) {
    // A finding is told once in a transaction. What lint says of the end belongs to no transaction but the only one.
    let group = |list: &'_ [Finding]| -> BTreeMap<(usize, String), Vec<Finding>> {
        let mut groups: BTreeMap<(usize, String), Vec<Finding>> = BTreeMap::new();
        for finding in list {
            let at_end = !known.one_block && finding.at_commit();
            let transaction = if at_end { usize::MAX } else { known.transactions[finding.step] };
            groups.entry((transaction, finding.fingerprint.clone())).or_default().push(finding.clone());
        }
        groups
    };
    let (linted, guarded) = (group(linted), group(guarded));
    for (key, told) in &linted {
        let Some(guard) = guarded.get(key) else {
            let reason = differences::allowed(known, Only::Lint, &told[0]);
            outcome.differences.push((format!("only lint:  {}", told[0]), reason));
            continue;
        };
        outcome.compared += 1;
        outcome.rules.insert(told[0].rule.name);
        // Of several transactions, the one that left it so.
        let Some(guard) = guard.last() else { continue };
        let same_place = |finding: &&Finding| finding.at_commit() || finding.step == guard.step;
        let Some(lint) =
            told.iter().find(|f| same_place(f) && f.message == guard.message).or_else(|| told.iter().find(same_place))
        else {
            outcome
                .differences
                .push((format!("lint at another statement:  {}\n                    guard:  {guard}", told[0]), None));
            continue;
        };
        for (what, ours, theirs) in [
            ("severity", &lint.severity, &guard.severity),
            ("object", &lint.object, &guard.object),
            ("kind", &lint.kind, &guard.kind),
            ("message", &lint.message, &guard.message),
            ("detail", &lint.detail, &guard.detail),
            ("hint", &lint.hint, &guard.hint),
        ] {
            if ours != theirs {
                let reason = differences::allowed_words(known, what, lint, guard);
                outcome.differences.push((
                    format!("{what} of {} ({})\n  lint:  {ours}\n  guard: {theirs}", lint.rule.name, lint.object),
                    reason,
                ));
                break;
            }
        }
    }
    for (_, told) in guarded.iter().filter(|(key, _)| !linted.contains_key(*key)) {
        for finding in told {
            let reason = differences::allowed(known, Only::Guard, finding);
            outcome.differences.push((format!("only guard: {finding}"), reason));
        }
    }
}
