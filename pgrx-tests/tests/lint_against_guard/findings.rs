//! Findings as `architect.lint` and `architect.last_findings` give them.

use anyhow::{Result, anyhow};
use engine::rule::Rule;
use engine::rules::RULES;
use harness::{Message, Session};

/// A finding.
#[derive(Clone)]
pub struct Finding {
    pub rule: &'static Rule,
    pub severity: String,
    pub object: String,
    pub kind: String,
    pub schema: String,
    pub relation: String,
    pub message: String,
    pub detail: String,
    pub hint: String,
    pub fingerprint: String,
    /// The statement of the script, from 0.
    pub step: usize,
}

impl Finding {
    /// Judged at commit, or at the end of a text.
    pub fn at_commit(&self) -> bool {
        self.rule.checks().any(|check| check.moment() == "commit")
    }

    /// Judged before a statement runs, too.
    pub fn at_start(&self) -> bool {
        self.rule.checks().any(|check| check.moment() == "start")
    }

    /// Judged in text.
    pub fn in_text(&self) -> bool {
        self.rule.checks().any(|check| check.moment() == "lint")
    }
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "statement {}: {} [{}] {} {}: {} | {} | {}",
            self.step + 1,
            self.severity,
            self.rule.name,
            self.kind,
            self.object,
            self.message,
            self.detail,
            self.hint
        )
    }
}

/// The findings that a function gives; a line of the text is a statement of the script.
pub fn of(session: &mut Session, call: &str, argument: Option<&str>) -> Result<Vec<Finding>> {
    let columns =
        "rule, severity, object, object_kind, schema_name, relation_name, message, detail, hint, fingerprint, line";
    let query = format!("SELECT {columns} FROM architect.{call}");
    let rows = match argument {
        Some(argument) => session.query(&query, &[&argument]),
        None => session.query(&query, &[]),
    };
    let rows = rows.map_err(|error| match error.as_db_error() {
        Some(error) => anyhow!("{call}: {}", Message::from(error)),
        None => anyhow!("{call}: {error}"),
    })?;
    rows.iter()
        .map(|row| {
            let text = |n: usize| row.get::<_, Option<String>>(n).unwrap_or_default();
            let rule = text(0);
            Ok(Finding {
                rule: RULES.iter().find(|known| known.name == rule).ok_or_else(|| anyhow!("no rule {rule}"))?,
                severity: text(1),
                object: text(2),
                kind: text(3),
                schema: text(4),
                relation: text(5),
                message: text(6),
                detail: text(7),
                hint: text(8),
                fingerprint: text(9),
                step: usize::try_from(row.get::<_, Option<i32>>(10).unwrap_or(1) - 1)?,
            })
        })
        .collect()
}
