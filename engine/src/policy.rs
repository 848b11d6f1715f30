//! What is done about a finding.

use crate::finding::Finding;
use crate::judge::Dispatch;
use crate::rule::{Rule, Severity};
use serde_json::{Map, Value};
use std::collections::HashSet;
use std::sync::Arc;

/// `architect.mode`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Nothing is judged.
    Off,
    /// Findings go to the server log only.
    Observe,
    /// Findings are shown to the client.
    #[default]
    Warn,
    /// Findings of `architect.enforce_severity` and above stop the statement.
    Enforce,
}

impl Mode {
    /// The setting's value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Off => "off",
            Mode::Observe => "observe",
            Mode::Warn => "warn",
            Mode::Enforce => "enforce",
        }
    }
}

/// What happens because of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// Nothing: suppressed, switched off, or below `architect.min_severity`.
    Ignore,
    /// A line in the server log.
    Log,
    /// A NOTICE.
    Notice,
    /// A WARNING.
    Warn,
    /// An ERROR.
    Block,
}

/// One row of `architect.rule_settings`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RuleSetting {
    /// The rule, or `*` for all.
    pub rule: String,
    /// LIKE pattern for the schema.
    pub schema_pattern: String,
    /// LIKE pattern for the relation or function.
    pub table_pattern: String,
    /// The severity; none leaves it.
    pub severity: Option<SeverityOrOff>,
    /// Parameters.
    pub parameters: Map<String, Value>,
}

/// A severity that a setting gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeverityOrOff {
    /// The rule is off.
    Off,
    /// The rule is on, with its own severity.
    On,
    /// The rule is on, with this one.
    Severity(Severity),
}

impl SeverityOrOff {
    /// `off`, `on`, `info`, `warning` or `error`.
    #[must_use]
    pub fn parse(text: &str) -> Option<SeverityOrOff> {
        match text {
            "off" => Some(SeverityOrOff::Off),
            "on" => Some(SeverityOrOff::On),
            other => Severity::parse(other).map(SeverityOrOff::Severity),
        }
    }
}

/// One row of `architect.suppressions` that has not expired.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Suppression {
    /// The rule.
    pub rule: String,
    /// The object's identity, as findings print it.
    pub object: String,
}

/// Everything that decides.
#[derive(Clone, Debug, PartialEq)]
pub struct Policy {
    /// `architect.mode`.
    pub mode: Mode,
    /// Blocking is armed in this database (or was asked for in this session).
    pub armed: bool,
    /// `architect.min_severity`.
    pub min_severity: Severity,
    /// `architect.enforce_severity`.
    pub enforce_severity: Severity,
    /// `architect.small_table_rows`.
    pub small_table_rows: i64,
    /// `architect.small_table_bytes`.
    pub small_table_bytes: i64,
    /// The settings of the profile in use; single settings go before them.
    pub profile: Vec<RuleSetting>,
    /// Settings of rules.
    pub settings: Vec<RuleSetting>,
    /// Suppressions in force.
    pub suppressions: Vec<Suppression>,
    /// The fingerprints of the findings that were adopted: `architect.baseline`.
    pub baseline: Arc<HashSet<String>>,
    /// The break-glass of this transaction: its reason.
    pub break_glass: Option<String>,
    /// The rules that can be on, by moment; made when they are needed.
    pub dispatch: Dispatch,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            mode: Mode::Warn,
            armed: false,
            min_severity: Severity::Info,
            enforce_severity: Severity::Error,
            small_table_rows: 1000,
            small_table_bytes: 8 * 1024 * 1024,
            profile: Vec::new(),
            settings: Vec::new(),
            suppressions: Vec::new(),
            baseline: Arc::default(),
            break_glass: None,
            dispatch: Dispatch::default(),
        }
    }
}

/// SQL's LIKE without an escape character: `%` and `_`.
#[must_use]
pub fn like(pattern: &str, text: &str) -> bool {
    // The classic two-pointer match: linear for one %, never exponential.
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while t < text.len() {
        if p < pattern.len() && pattern[p] == '%' {
            back = Some((p, t));
            p += 1;
        } else if p < pattern.len() && (pattern[p] == '_' || pattern[p] == text[t]) {
            p += 1;
            t += 1;
        } else if let Some((star, at)) = back {
            back = Some((star, at + 1));
            p = star + 1;
            t = at + 1;
        } else {
            return false;
        }
    }
    pattern[p..].iter().all(|c| *c == '%')
}

/// How specific a setting is: a named rule over `*`, then a longer pattern over a shorter one.
fn weight(setting: &RuleSetting) -> (bool, usize, usize) {
    let literal = |pattern: &str| pattern.chars().filter(|c| !matches!(c, '%' | '_')).count();
    (setting.rule != "*", literal(&setting.table_pattern), literal(&setting.schema_pattern))
}

impl Policy {
    fn matching<'s, 'a>(
        settings: &'s [RuleSetting],
        rule: &'a str,
        schema: &'a str,
        name: &'a str,
    ) -> impl Iterator<Item = &'s RuleSetting> + use<'s, 'a> {
        settings.iter().filter(move |s| {
            (s.rule == rule || s.rule == "*") && like(&s.schema_pattern, schema) && like(&s.table_pattern, name)
        })
    }

    /// The parameter's value for a rule on a relation; the most specific setting wins. None: the default.
    #[must_use]
    pub fn parameter(&self, rule: &str, parameter: &str, schema: &str, name: &str) -> Option<&Value> {
        let in_list = |settings| {
            Policy::matching(settings, rule, schema, name)
                .filter(|s| s.parameters.contains_key(parameter))
                .max_by_key(|s| weight(s))
                .and_then(|s| s.parameters.get(parameter))
        };
        in_list(&self.settings).or_else(|| in_list(&self.profile))
    }

    /// The severity of a finding; none when its rule is off there.
    #[must_use]
    pub fn severity(&self, finding: &Finding) -> Option<Severity> {
        let object = &finding.object;
        let in_list = |settings| {
            Policy::matching(settings, finding.rule.name, &object.schema, &object.name)
                .filter(|s| s.severity.is_some())
                .max_by_key(|s| weight(s))
                .and_then(|s| s.severity)
        };
        let set = in_list(&self.settings).or_else(|| in_list(&self.profile));
        match set {
            Some(SeverityOrOff::Off) => None,
            Some(SeverityOrOff::On) => Some(finding.severity),
            Some(SeverityOrOff::Severity(severity)) => Some(severity),
            None => finding.rule.enabled.then_some(finding.severity),
        }
    }

    /// Whether the rule is on for a relation.
    #[must_use]
    pub fn is_on(&self, rule: &Rule, relation: &crate::facts::Relation) -> bool {
        let in_list = |settings| {
            Policy::matching(settings, rule.name, &relation.schema, &relation.name)
                .filter(|s| s.severity.is_some())
                .max_by_key(|s| weight(s))
                .and_then(|s| s.severity)
        };
        match in_list(&self.settings).or_else(|| in_list(&self.profile)) {
            Some(set) => set != SeverityOrOff::Off,
            None => rule.enabled,
        }
    }

    /// Whether the rule can be on anywhere; a rule that cannot need not run.
    #[must_use]
    pub fn may_be_on(&self, rule: &Rule) -> bool {
        let about = |s: &&RuleSetting| (s.rule == rule.name || s.rule == "*") && s.severity.is_some();
        let all = || self.settings.iter().chain(&self.profile).filter(about);
        if all().any(|s| s.severity != Some(SeverityOrOff::Off)) {
            return true;
        }
        rule.enabled && !all().any(|s| s.schema_pattern == "%" && s.table_pattern == "%")
    }

    /// Whether a suppression covers the finding: the same rule, and the object, or the table that it belongs to.
    #[must_use]
    pub fn suppressed(&self, finding: &Finding) -> bool {
        self.suppression(finding).is_some()
    }

    /// Whether the finding was there when the schema was adopted.
    #[must_use]
    pub fn adopted(&self, finding: &Finding) -> bool {
        !self.baseline.is_empty() && self.baseline.contains(&finding.fingerprint())
    }

    /// The place of the suppression that covers the finding.
    #[must_use]
    pub fn suppression(&self, finding: &Finding) -> Option<usize> {
        if self.suppressions.is_empty() {
            return None;
        }
        let identity = finding.object.identity();
        let table = crate::sql::qualified(&finding.object.schema, &finding.object.name);
        self.suppressions
            .iter()
            .position(|s| s.rule == finding.rule.name && (s.object == identity || s.object == table))
    }

    /// What happens because of a finding that was judged at a moment at which blocking is harmless.
    #[must_use]
    pub fn action(&self, finding: &Finding) -> Action {
        let shown = finding.severity >= self.min_severity;
        match self.mode {
            Mode::Off => Action::Ignore,
            Mode::Observe if shown => Action::Log,
            Mode::Enforce if self.armed && self.break_glass.is_none() && finding.severity >= self.enforce_severity => {
                Action::Block
            }
            Mode::Warn | Mode::Enforce if shown => {
                if finding.severity == Severity::Info {
                    Action::Notice
                } else {
                    Action::Warn
                }
            }
            _ => Action::Ignore,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_is_sqls() {
        for (pattern, text, expected) in [
            ("%", "", true),
            ("%", "abc", true),
            ("", "", true),
            ("", "a", false),
            ("a%c", "abbbc", true),
            ("a%c", "abbbd", false),
            ("_b%", "ab", true),
            ("%a%a%", "banana", true),
            ("%_x", "x", false),
            ("audit_%", "audit_log", true),
        ] {
            assert_eq!(like(pattern, text), expected, "{pattern} {text}");
        }
    }
}
