//! Facts in, findings out: the heart.

use crate::context::{Context, Moment};
use crate::facts::{Aftermath, Statement, Transaction};
use crate::finding::{Finding, Findings};
use crate::policy::Policy;
use crate::rule::{Check, Rule};
use crate::rules::RULES;
use std::collections::HashSet;

/// What the judges need besides the facts.
pub struct Surroundings<'a> {
    /// When.
    pub moment: Moment,
    /// The server's version: 150020.
    pub server_version_num: u32,
    /// The transaction so far.
    pub transaction: &'a Transaction,
    /// What decides about severities and suppressions.
    pub policy: &'a Policy,
}

fn run(
    surroundings: &Surroundings,
    position: Option<usize>,
    out: &mut Vec<Finding>,
    mut call: impl FnMut(&Check, &Context, &mut Findings),
) {
    for rule in RULES.iter().copied() {
        let context = Context {
            rule,
            moment: surroundings.moment,
            server_version_num: surroundings.server_version_num,
            transaction: surroundings.transaction,
            policy: surroundings.policy,
        };
        let mut findings = Findings::new(rule, position);
        for check in rule.checks() {
            call(check, &context, &mut findings);
        }
        out.extend(settle(findings, surroundings.policy));
    }
}

/// Severities as the policy has them; what is switched off or suppressed is left out; no fingerprint twice.
fn settle(findings: Findings, policy: &Policy) -> Vec<Finding> {
    let mut seen: HashSet<String> = HashSet::new();
    let mut kept = Vec::new();
    for mut finding in findings.into_vec() {
        let Some(severity) = policy.severity(&finding) else { continue };
        if policy.suppressed(&finding) {
            continue;
        }
        finding.severity = severity;
        if seen.insert(finding.fingerprint()) {
            kept.push(finding);
        }
    }
    kept
}

/// Judges a statement: before its lock, or in a text.
#[must_use]
pub fn statement(statement: &Statement, surroundings: &Surroundings) -> Vec<Finding> {
    let mut out = Vec::new();
    let in_text = surroundings.moment == Moment::Lint;
    run(surroundings, Some(statement.position), &mut out, |check, context, findings| match check {
        Check::Skipped(check) if statement.nothing_to_do => check(statement, context, findings),
        _ if statement.nothing_to_do => {}
        Check::Statement(check) => check(statement, context, findings),
        Check::Text(check) if in_text => check(statement, context, findings),
        _ => {}
    });
    out.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    out
}

/// Judges what a transaction, or a text, leaves behind; or, with everything marked as touched, a schema.
#[must_use]
pub fn aftermath(aftermath: &Aftermath, surroundings: &Surroundings) -> Vec<Finding> {
    let mut out = Vec::new();
    run(surroundings, None, &mut out, |check, context, findings| match check {
        Check::Table(check) => {
            for table in aftermath.tables.iter().filter(|table| context.judged(&table.relation)) {
                check(table, context, findings);
            }
        }
        Check::Function(check) => {
            for function in aftermath.functions.iter().filter(|function| !function.exempt) {
                check(function, context, findings);
            }
        }
        Check::Named(check) => {
            for named in aftermath.named.iter().filter(|n| !n.derived && context.judged(&n.relation)) {
                check(named, context, findings);
            }
        }
        Check::Renamed(check) => {
            for renamed in aftermath.renamed.iter().filter(|r| context.judged(&r.relation)) {
                check(renamed, context, findings);
            }
        }
        Check::Aftermath(check) => check(aftermath, context, findings),
        Check::Statement(_) | Check::Skipped(_) | Check::Text(_) => {}
    });
    out.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    out
}

/// The rule of this name.
#[must_use]
pub fn rule(name: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.name == name)
}
