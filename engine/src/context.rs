//! What a check may ask besides the facts at hand: server, transaction, parameters.

use crate::facts::{Database, Persistence, Relation, RelationKind, Touch, Transaction};
use crate::policy::Policy;
use crate::rule::{Default, Rule};
use crate::text::{bytes, rows};
use serde_json::Value;
use std::borrow::Cow;

/// The moment of judgement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before the statement takes its lock.
    Start,
    /// When the transaction commits.
    Commit,
    /// A text that is not executed.
    Lint,
    /// A check on request.
    Check,
}

/// The surroundings of one check.
pub struct Context<'a> {
    /// The rule whose check runs.
    pub rule: &'static Rule,
    /// When it is judged.
    pub moment: Moment,
    /// The server's version: 150020.
    pub server_version_num: u32,
    /// The transaction so far.
    pub transaction: &'a Transaction,
    /// Severities, parameters, suppressions.
    pub policy: &'a Policy,
    /// The whole database, in full checks only.
    pub database: Option<&'a Database>,
}

impl Context<'_> {
    /// The server's major version: 15.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.server_version_num / 10_000
    }

    /// A whole-number parameter of a rule that is about no relation.
    #[must_use]
    pub fn number(&self, name: &str) -> i64 {
        self.integer(name, &Relation::default())
    }

    /// How old the cumulative counters are, in days; 0 outside of full checks.
    #[must_use]
    pub fn counter_days(&self) -> f64 {
        self.database.map_or(0.0, |database| database.server.counter_days())
    }

    fn setting(&self, name: &str, relation: &Relation) -> Option<&Value> {
        self.policy.parameter(self.rule.name, name, &relation.schema, &relation.name)
    }

    /// A whole-number parameter of the rule, as set for the relation.
    #[must_use]
    pub fn integer(&self, name: &str, relation: &Relation) -> i64 {
        if let Some(value) = self.setting(name, relation).and_then(Value::as_i64) {
            return value;
        }
        match self.rule.parameter(name).map(|p| p.default) {
            Some(Default::Integer(value)) => value,
            _ => 0,
        }
    }

    /// A yes-or-no parameter of the rule, as set for the relation.
    #[must_use]
    pub fn boolean(&self, name: &str, relation: &Relation) -> bool {
        if let Some(value) = self.setting(name, relation).and_then(Value::as_bool) {
            return value;
        }
        matches!(self.rule.parameter(name).map(|p| p.default), Some(Default::Boolean(true)))
    }

    /// A text parameter of the rule, as set for the relation.
    #[must_use]
    pub fn text(&self, name: &str, relation: &Relation) -> String {
        if let Some(value) = self.setting(name, relation).and_then(Value::as_str) {
            return value.to_owned();
        }
        match self.rule.parameter(name).map(|p| p.default) {
            Some(Default::Text(value)) => value.to_owned(),
            _ => String::new(),
        }
    }

    /// A list parameter of the rule, as set for the relation.
    #[must_use]
    pub fn list(&self, name: &str, relation: &Relation) -> Vec<String> {
        if let Some(values) = self.setting(name, relation).and_then(Value::as_array) {
            return values.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        }
        match self.rule.parameter(name).map(|p| p.default) {
            Some(Default::List(values)) => values.iter().map(|v| (*v).to_owned()).collect(),
            _ => Vec::new(),
        }
    }

    /// A list parameter of the rule, as set for the relation, without copies: for what is asked of every table.
    #[must_use]
    pub fn words(&self, name: &str, relation: &Relation) -> Cow<'_, [&str]> {
        if let Some(values) = self.setting(name, relation).and_then(Value::as_array) {
            return values.iter().filter_map(Value::as_str).collect();
        }
        match self.rule.parameter(name).map(|p| p.default) {
            Some(Default::List(values)) => Cow::Borrowed(values),
            _ => Cow::default(),
        }
    }

    /// Whether the relation may be judged at all: not temporary, not an extension's, not the system's, not ours.
    #[must_use]
    pub fn judged(&self, relation: &Relation) -> bool {
        relation.persistence != Persistence::Temporary && !*relation.exempt
    }

    /// A *live table*: a table or materialised view that existed before this transaction, may be judged, and holds more than
    /// `small_table_rows` rows or `small_table_bytes` bytes.
    #[must_use]
    pub fn live(&self, relation: &Relation) -> bool {
        // What is asked of the catalog comes last: most tables are new or small.
        self.is_old_table(relation) && !relation.size.is_empty() && !self.small(relation) && self.judged(relation)
    }

    /// A table or materialised view that existed before this transaction and may be judged, of any size.
    #[must_use]
    pub fn existing(&self, relation: &Relation) -> bool {
        self.is_old_table(relation) && self.judged(relation)
    }

    fn is_old_table(&self, relation: &Relation) -> bool {
        matches!(relation.kind, RelationKind::Table | RelationKind::PartitionedTable | RelationKind::MaterializedView)
            && !relation.created_here
            && relation.persistence != Persistence::Temporary
    }

    /// Whether the relation is at most as large as the limits for a small table.
    #[must_use]
    pub fn small(&self, relation: &Relation) -> bool {
        let max_rows =
            self.setting("small_table_rows", relation).and_then(Value::as_i64).unwrap_or(self.policy.small_table_rows);
        let max_bytes = self
            .setting("small_table_bytes", relation)
            .and_then(Value::as_i64)
            .unwrap_or(self.policy.small_table_bytes);
        i64::try_from(relation.size.rows).unwrap_or(i64::MAX) <= max_rows
            && i64::try_from(relation.size.bytes).unwrap_or(i64::MAX) <= max_bytes
    }

    /// `shop.orders (1.2 million rows, 240 MB)`: a relation with its size, for a DETAIL.
    #[must_use]
    pub fn sized(&self, relation: &Relation) -> String {
        format!("{} ({}, {})", relation.display(), rows(relation.size.rows), bytes(relation.size.bytes))
    }

    /// A sentence about who is in the way of the lock now; empty when nobody is.
    #[must_use]
    pub fn in_the_way(&self, touch: &Touch) -> String {
        if touch.blockers.is_empty() {
            return String::new();
        }
        let shown: Vec<String> = touch.blockers.iter().take(5).map(crate::text::blocker).collect();
        let more = touch.blockers.len().saturating_sub(5);
        let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
        format!("In the way now: {}{tail}.", shown.join(", "))
    }
}
