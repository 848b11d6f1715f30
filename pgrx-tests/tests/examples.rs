//! Every example of every rule, on a real server: a bad one gives exactly its rule, a good one is silent, and the remedy cures.
//!
//! One test per example, named `<rule>/bad-1`, so that `cargo xtask test <rule>` runs those of one rule.

use engine::rule::{Example, Expect, Rule};
use engine::rules::RULES;
use harness::{Cluster, example};
use libtest_mimic::{Arguments, Failed, Trial};
use std::sync::{Arc, Mutex, PoisonError};

fn main() {
    let arguments = Arguments::from_args();
    let conclusion = libtest_mimic::run(&arguments, trials());
    HELD.lock().unwrap_or_else(PoisonError::into_inner).take();
    conclusion.exit();
}

/// The first test that needs the server starts it; held here, it stays up between two tests.
static HELD: Mutex<Option<Arc<Cluster>>> = Mutex::new(None);

fn cluster() -> anyhow::Result<Arc<Cluster>> {
    let mut held = HELD.lock().unwrap_or_else(PoisonError::into_inner);
    if held.is_none() {
        *held = Some(Cluster::shared()?);
    }
    held.clone().ok_or_else(|| anyhow::anyhow!("no cluster"))
}

fn trials() -> Vec<Trial> {
    let mut trials = Vec::new();
    for rule in RULES.iter().copied() {
        let (mut bad, mut good) = (0, 0);
        for example in rule.examples {
            let (kind, number) = match example.expect {
                Expect::Found => ("bad", &mut bad),
                Expect::Silent => ("good", &mut good),
            };
            *number += 1;
            let name = format!("{}/{kind}-{number}", rule.name);
            trials.push(Trial::test(name, move || run(rule, example)));
        }
    }
    trials
}

fn run(rule: &'static Rule, example: &'static Example) -> Result<(), Failed> {
    let cluster = cluster()?;
    if !example::applies(&cluster, example)? {
        return Ok(());
    }
    example::check(&cluster, rule, example)
        .map_err(|error| format!("{error:#}\n\nexample {:?}:\n{}", example.title, example.sql).into())
}
