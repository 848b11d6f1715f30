//! `architect.lint(text)` against the guard, on random scripts.
//!
//! `lint` carries a schema from statement to statement and executes nothing; the guard sees the real one. Each script is linted, and
//! then executed statement by statement with the guard in `warn`, in the same database. Both must give the same findings: rule, object,
//! severity, message, detail and remedy, at the same statement. What may differ is in `lint_against_guard/differences.rs`, each with its reason.
//!
//! The statements of a script are random, but valid: each is tried, in a transaction that is rolled back, before the next is made,
//! and the server itself says what there is to be altered, renamed and dropped by then.
//!
//! `PROPERTY_SEED` chooses other scripts, `PROPERTY_CASES` how many. A failure prints the seed of its script: with that and
//! `PROPERTY_CASES=1` it comes alone.

#[path = "lint_against_guard/base.rs"]
mod base;
#[path = "lint_against_guard/differences.rs"]
mod differences;
#[path = "lint_against_guard/findings.rs"]
mod findings;
#[path = "property_indexes/random.rs"]
#[allow(dead_code, reason = "another test uses the rest")]
mod random;
#[path = "lint_against_guard/schema.rs"]
mod schema;
#[path = "lint_against_guard/script.rs"]
mod script;
#[path = "lint_against_guard/statements.rs"]
mod statements;

use anyhow::{Result, anyhow, ensure};
use harness::Cluster;
use random::Random;
use std::collections::BTreeMap;

/// Scripts, unless PROPERTY_CASES says otherwise. Of further seeds one script in two hundred still differs (docs/accuracy.md): when
/// that is mended, `cargo xtask prove` can have thousands.
const SCRIPTS: usize = 100;
/// Scripts in one database.
const PER_DATABASE: usize = 25;

#[test]
fn lint_against_guard() -> Result<()> {
    let cluster = Cluster::shared()?;
    let (_, first) = Random::from_environment(1);
    let (mut statements, mut compared, mut early) = (0, 0, 0);
    let mut allowed: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut rules: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut stage = None;
    for (n, seed) in (first..).take(random::cases(SCRIPTS)).enumerate() {
        // What is dropped stays in the catalogs, which nobody vacuums here: after some scripts everything is slow.
        if n % PER_DATABASE == 0 {
            stage = None;
        }
        let (db, maker) = match &mut stage {
            Some(stage) => stage,
            none => {
                let db = cluster.database()?;
                let mut maker = db.connect()?;
                base::make(&mut maker)?;
                none.insert((db, maker))
            }
        };
        let script = script::make(maker, &mut Random::new(seed.wrapping_mul(0x1_0000_0001)))?;
        let mut session = db.connect()?;
        session.batch_execute(base::SETTINGS)?;
        let outcome =
            script::judge(&mut session, &script).map_err(|error| anyhow!("seed {seed}: {error:#}\n{script}"))?;
        let _ = session.batch_execute("ROLLBACK; SET architect.mode = off; DISCARD TEMP");
        drop(session);
        base::make(maker)?;
        early += usize::from(outcome.failed.is_some());
        statements += outcome.executed;
        compared += outcome.compared;
        outcome.rules.iter().for_each(|rule| *rules.entry(rule).or_default() += 1);
        let mut differences: Vec<String> = Vec::new();
        for (difference, reason) in outcome.differences {
            match reason {
                Some(reason) => *allowed.entry(reason).or_default() += 1,
                None => differences.push(difference),
            }
        }
        if let Some(failure) = outcome.failed {
            eprintln!("seed {seed}: ended early: {failure}");
        }
        if !differences.is_empty() {
            let text = format!("--- PROPERTY_SEED={seed} PROPERTY_CASES=1\n{script}{}", differences.join("\n"));
            eprintln!("{text}");
            wrong.push(text);
        }
    }
    println!(
        "lint against guard: {} scripts from seed {first}, {statements} statements, {compared} findings of {} rules compared; \
         {} scripts differ, {early} ended early",
        random::cases(SCRIPTS),
        rules.len(),
        wrong.len()
    );
    for (reason, times) in allowed {
        println!("  allowed: {reason}: {times}");
    }
    ensure!(wrong.is_empty(), "{} scripts differ:\n{}", wrong.len(), wrong.join("\n"));
    Ok(())
}
