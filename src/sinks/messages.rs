//! From findings to what is said: one message per finding, never the same one twice in a transaction, and one ERROR that stops.

use crate::hooks::memory;
use crate::pg::report::{self, Level, Line};
use crate::pg::{guc, session};
use engine::finding::Finding;
use engine::policy::{Action, Mode, Policy};
use engine::rule::Severity;

/// When the findings were made, and with it what may still be stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before the statement takes its lock.
    Statement,
    /// Before the transaction commits.
    Commit {
        /// False for the last transaction of a statement that made several: stopping it would leave half of its work.
        may_block: bool,
    },
}

/// What is said about findings, in the order in which it is said: the ERROR last.
pub fn decide(findings: &[Finding], policy: &Policy, moment: Moment) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut blocking: Vec<&Finding> = Vec::new();
    let mut shown: Vec<Finding> = Vec::new();
    let mut unarmed = false;
    for finding in findings {
        let grave = policy.mode == Mode::Enforce && finding.severity >= policy.enforce_severity;
        unarmed |= grave && !policy.armed;
        let action = match policy.action(finding) {
            Action::Block if finding.past || moment == (Moment::Commit { may_block: false }) => {
                if finding.severity == Severity::Info { Action::Notice } else { Action::Warn }
            }
            action => action,
        };
        if action == Action::Block {
            blocking.push(finding);
            shown.push(finding.clone());
            continue;
        }
        if action == Action::Ignore || !memory::report_once(&finding.fingerprint()) {
            continue;
        }
        shown.push(finding.clone());
        let level = match action {
            Action::Log => Level::Log,
            Action::Notice => Level::Notice,
            _ => Level::Warning,
        };
        lines.push(line(finding, level, report::FINDING));
        if grave
            && policy.armed
            && let Some(reason) = &policy.break_glass
        {
            lines.push(
                Line::new(Level::Log, report::FINDING, format!("break-glass: {} was let through", finding.rule.name))
                    .detail(format!("Reason: {reason}. Object: {}.", finding.object.identity())),
            );
        }
    }
    if unarmed && memory::tell_unarmed_once() {
        lines.push(unarmed_line());
    }
    if let Some((first, others)) = blocking.split_first() {
        lines.push(stop(first, others, moment));
    }
    memory::remember(&shown);
    lines
}

/// The kinds of object whose name is that of a table, or whose column or constraint is a table's.
const TABLE_LIKE: [&str; 7] =
    ["table", "partitioned table", "view", "materialized view", "foreign table", "column", "constraint"];

fn line(finding: &Finding, level: Level, sqlstate: i32) -> Line {
    let object = &finding.object;
    let mut line = Line::new(level, sqlstate, finding.headline()).detail(finding.detail.as_str()).hint(finding.hint());
    line.schema.clone_from(&object.schema);
    // The protocol has no field for other objects, and the name of a function or an index is not a table's.
    if TABLE_LIKE.contains(&object.kind) {
        line.table.clone_from(&object.name);
    }
    line.column = object.column.clone().unwrap_or_default();
    line.constraint = object.constraint.clone().unwrap_or_default();
    line
}

fn stop(first: &Finding, others: &[&Finding], moment: Moment) -> Line {
    let sqlstate = if moment == Moment::Statement { report::STATEMENT_BLOCKED } else { report::TRANSACTION_BLOCKED };
    let mut line = line(first, Level::Error, sqlstate);
    for other in others {
        let detail = if other.detail.is_empty() { String::new() } else { format!(": {}", other.detail) };
        line.detail.push_str(if line.detail.is_empty() { "" } else { "\n" });
        line.detail.push_str(&format!("Also stopped by: {}{detail}", other.headline()));
    }
    line
}

fn unarmed_line() -> Line {
    Line::new(
        Level::Warning,
        report::FINDING,
        format!("blocking is not armed in database \"{}\", so findings are only reported", session::database_name()),
    )
    .detail(format!("architect.mode is \"enforce\" by way of: {}.", guc::mode_source()))
    .hint("A restored or copied database stops nothing until a human arms it:\nSELECT architect.arm();")
}
