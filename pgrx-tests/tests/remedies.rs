//! The remedy is right: pasted as it stands, it runs, the strictest guard is silent about it, and what it leaves behind is what the
//! statement wanted.
//!
//! Every bad example of every rule whose remedy is SQL, once more:
//!
//! - `strict`: as it stands, and the remedy under the profile `strict`;
//! - `quoted`: with names that need quotes;
//! - `elsewhere`: with its tables in a schema that is not on the search_path;
//! - `end`: the remedy's end state is that of the statement that it replaces.
//!
//! What holds for partitioned tables has cases of its own.
//!
//! These are four runs of every example. `cargo xtask test` runs them for the rules about DDL, where the remedy stands in for a
//! statement; with a filter, and in `cargo xtask prove`, all of them.

#[path = "remedies/partitioned.rs"]
mod partitioned;
#[path = "remedies/reasons.rs"]
mod reasons;
#[path = "remedies/rename.rs"]
mod rename;
#[path = "remedies/stage.rs"]
mod stage;
#[path = "remedies/state.rs"]
mod state;

use anyhow::{Result, bail, ensure};
use engine::rule::{Category, Example, Expect, Rule};
use engine::rules::RULES;
use harness::{Cluster, example};
use libtest_mimic::{Arguments, Trial};
use rename::{Names, Style};
use stage::{Case, Stage, remedy};
use std::sync::{Arc, Mutex, PoisonError};

fn main() {
    let arguments = Arguments::from_args();
    let conclusion = libtest_mimic::run(&arguments, trials());
    HELD.lock().unwrap_or_else(PoisonError::into_inner).take();
    conclusion.exit();
}

/// The first test that needs the server starts it; held here, it stays up between two tests.
static HELD: Mutex<Option<Arc<Cluster>>> = Mutex::new(None);

fn cluster() -> Result<Arc<Cluster>> {
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    if held.is_none() {
        *held = Some(Cluster::shared()?);
    }
    held.clone().ok_or_else(|| anyhow::anyhow!("no cluster"))
}

fn trials() -> Vec<Trial> {
    let all = std::env::var_os("PG_ARCHITECT_PROVE").is_some();
    let ddl = [Category::Locks, Category::Breakage, Category::DataLoss, Category::Transactions];
    let mut trials = Vec::new();
    for rule in RULES.iter().copied().filter(|rule| all || ddl.contains(&rule.category)) {
        let bad = rule.examples.iter().filter(|example| example.expect == Expect::Found);
        for (number, example) in (1..).zip(bad).filter(|(_, example)| example.cured) {
            trials.push(trial(format!("{}/bad-{number}", rule.name), rule, example));
        }
    }
    for (rule, number, example) in partitioned::cases() {
        trials.push(trial(format!("{}/partitioned-{number}", rule.name), rule, example));
    }
    trials
}

fn trial(name: String, rule: &'static Rule, example: &'static Example) -> Trial {
    Trial::test(name.clone(), move || {
        let cluster = cluster()?;
        if !example::applies(&cluster, example)? {
            return Ok(());
        }
        // One after the other: they make the same roles, tablespaces and slots.
        let mut failed = Vec::new();
        let mut settle = |variant: &str, result: Result<()>| {
            let name = format!("{name}/{variant}");
            let said = match (result, reasons::of(&name)) {
                (Ok(()), None) => return,
                (Ok(()), Some(reason)) => format!("it works, so this is not so: {}", reason.why),
                (Err(error), Some(reason)) if format!("{error:#}").contains(reason.says) => return,
                (Err(error), _) => format!("{error:#}"),
            };
            failed.push(format!("==== {name}\n{said}"));
        };
        let plain = Case::plain(rule, example);
        let (names, wanted) = by_itself(&cluster, &plain)?;
        match cured(&cluster, &plain) {
            Err(error) => settle("strict", Err(error)),
            Ok((stage, remedy)) => {
                settle("strict", Ok(()));
                if let Some(wanted) = wanted.filter(|_| plain.replaced()) {
                    settle("end", same_end(stage, &wanted, &remedy));
                }
            }
        }
        // What a rule says of a name it does not say of an odd one.
        if rule.category != Category::Naming {
            settle("quoted", odd_names(&cluster, &plain, &names));
            settle("elsewhere", cured(&cluster, &plain.in_style(&names, Style::Qualified)).map(|_| ()));
        }
        if failed.is_empty() {
            return Ok(());
        }
        Err(format!("{}\n\nexample {:?}:\n{}", failed.join("\n"), example.title, example.sql).into())
    })
}

/// What the case makes, by name, and what is there when its SQL has run without a guard: none where the server refuses it.
fn by_itself(cluster: &Arc<Cluster>, case: &Case) -> Result<(Names, Option<Vec<String>>)> {
    let mut stage = Stage::set(cluster, case)?;
    let mut names = Names::read(&mut stage.session)?;
    let mut state = None;
    if !case.example.lint && stage.unguarded(&case.sql)? {
        names.add(Names::read(&mut stage.session)?);
        if case.replaced() {
            state = Some(state::read(&mut stage.session)?);
        }
    }
    stage.forget_slots(case)?;
    Ok((names, state))
}

/// The rules that read names are given such as they can read.
fn odd_names(cluster: &Arc<Cluster>, plain: &Case, names: &Names) -> Result<()> {
    let mut last = None;
    for style in [Style::Odd, Style::Capital, Style::Tables] {
        match cured(cluster, &plain.in_style(names, style)) {
            Err(error) if error.to_string().starts_with("NOTHING") => last = Some(error),
            other => return other.map(|_| ()),
        }
    }
    Err(last.unwrap_or_else(|| anyhow::anyhow!("no style")))
}

/// Runs the case and then its remedy, in its place or behind it, which must be silent in strict and mend what was found.
fn cured(cluster: &Arc<Cluster>, case: &Case) -> Result<(Stage, String)> {
    let mut stage = Stage::set(cluster, case)?;
    let (found, told) = stage.findings(case)?;
    let remedy = remedy(&found);
    ensure!(!remedy.is_empty(), "NOTHING to run: {}", found[0].message);
    if case.replaced() {
        drop(stage);
        stage = Stage::set(cluster, case)?;
    } else if case.example.lint && !stage.unguarded(&case.sql)? {
        bail!("the text does not run: {}", case.sql);
    }
    stage.silent_in_strict(&remedy, &told)?;
    if example::by_check(case.rule, case.example) {
        let left = stage.full_check(case)?;
        let left: Vec<&str> = left.iter().filter(|f| f.rule == case.rule.name).map(|f| f.message.as_str()).collect();
        ensure!(left.is_empty(), "THE FINDING STAYS: {left:?}\nthe remedy is:\n{remedy}");
        stage.forget_slots(case)?;
    }
    Ok((stage, remedy))
}

/// Compares what the remedy has left with what the statement would have left.
fn same_end(mut stage: Stage, wanted: &[String], remedy: &str) -> Result<()> {
    if harness::split(remedy).iter().all(|statement| statement.words(1) == ["set"]) {
        // It goes before the statement, which stays as it is.
        return Ok(());
    }
    let mut reached = state::read(&mut stage.session)?;
    let mut difference = state::difference(wanted, &reached);
    // A new column beside the old one is half of the way: the rest, which the finding tells in words, is gone here.
    if let Some(rest) = state::swap(&difference) {
        ensure!(stage.unguarded(&rest)?, "THE SWAP FAILS:\n{rest}\nthe remedy is:\n{remedy}");
        reached = state::read(&mut stage.session)?;
        difference = state::difference(&state::bare(wanted), &state::bare(&reached));
    }
    ensure!(
        difference.is_empty(),
        "ANOTHER END (-: the statement's, +: the remedy's):\n{}\nthe remedy is:\n{remedy}",
        difference.join("\n")
    );
    Ok(())
}
