//! What a rule found: one model for messages, rows and documents.

use crate::facts::{Column, Function, Oid, Relation};
use crate::hash::QuickMap;
use crate::rule::{Rule, Severity};
use serde_json::{Map, Value, json};

/// The object that a finding is about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    /// `table`, `column`, `index`, `function`, ... in the words of PostgreSQL's messages.
    pub kind: &'static str,
    /// The schema.
    pub schema: String,
    /// The relation or function.
    pub name: String,
    /// The column, where the finding is about one.
    pub column: Option<String>,
    /// The constraint, where the finding is about one.
    pub constraint: Option<String>,
    /// The OID of the relation or function; 0 where there is none (yet).
    pub oid: Oid,
    /// For a function: its arguments.
    pub arguments: Option<String>,
}

impl Object {
    /// The object's identity as text, quoted as SQL: `shop.orders`, `shop.orders.total`, `shop.f(integer)`. This is what
    /// `architect.suppress` takes.
    #[must_use]
    pub fn identity(&self) -> String {
        let mut text = String::with_capacity(self.schema.len() + self.name.len() + 3);
        self.push_identity(&mut text);
        text
    }

    /// Writes it behind a text.
    pub fn push_identity(&self, text: &mut String) {
        match (self.schema.as_str(), self.name.as_str()) {
            (schema, "") => crate::sql::push_ident(text, schema),
            ("", name) => crate::sql::push_ident(text, name),
            (schema, name) => {
                crate::sql::push_ident(text, schema);
                text.push('.');
                crate::sql::push_ident(text, name);
            }
        }
        if let Some(arguments) = &self.arguments {
            text.push('(');
            text.push_str(arguments);
            text.push(')');
        }
        if let Some(column) = self.column.as_ref().or(self.constraint.as_ref()) {
            text.push('.');
            crate::sql::push_ident(text, column);
        }
    }
}

/// A finding.
#[derive(Clone)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// How bad it is; the policy may change it.
    pub severity: Severity,
    /// What it is about.
    pub object: Object,
    /// One line: lower case at the start, no full stop, without the rule's name.
    pub message: String,
    /// The facts: whole sentences.
    pub detail: String,
    /// What to do: whole sentences, before the SQL.
    pub advice: String,
    /// Runnable, lock-safe SQL for this object; empty where there is none. Statements end in a semicolon.
    pub remedy: String,
    /// The numbers behind the verdict.
    pub evidence: Map<String, Value>,
    /// Tells two findings of one rule on one object apart (two foreign keys without names, two rewrites).
    pub discriminator: String,
    /// Byte offset in the text that is judged.
    pub position: Option<usize>,
    /// What mending it is worth, for the ranking.
    pub impact: Impact,
    /// It tells what happened already: stopping the transaction would mend nothing.
    pub past: bool,
}

/// What is at stake, or to be gained: the measured part of the ranking.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Impact {
    /// Bytes that are at stake or would be freed.
    pub bytes: u64,
    /// Rows that are at stake.
    pub rows: u64,
    /// Writes or scans that pay for it, since the counters began.
    pub operations: u64,
}

/// A rule that could not be judged, and why: a false all-clear is worse than noise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotJudged {
    /// The rule.
    pub rule: &'static str,
    /// The object or the scope: `shop.orders`, `database`, `server`.
    pub object: String,
    /// Why, in a clause.
    pub reason: String,
    /// What would allow it, as a sentence or SQL.
    pub remedy: String,
}

impl std::fmt::Debug for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} [{}] {}", self.severity.as_str(), self.rule.name, self.message)
    }
}

impl Finding {
    /// The MESSAGE as people see it, ending in the rule's name in brackets.
    #[must_use]
    pub fn headline(&self) -> String {
        format!("{} [{}]", self.message, self.rule.name)
    }

    /// The HINT: advice, then the SQL.
    #[must_use]
    pub fn hint(&self) -> String {
        match (self.advice.is_empty(), self.remedy.is_empty()) {
            (true, true) => String::new(),
            (false, true) => self.advice.clone(),
            (true, false) => self.remedy.clone(),
            (false, false) => format!("{}\n{}", self.advice, self.remedy),
        }
    }

    /// A stable identity: the same mistake on the same object has the same fingerprint in every run and on every server.
    /// 16 hexadecimal digits (FNV-1a, 64 bits, over rule, object and discriminator).
    #[must_use]
    pub fn fingerprint(&self) -> String {
        self.fingerprint_of(&self.object.identity())
    }

    /// The same, for whoever has made the object's identity already.
    #[must_use]
    pub fn fingerprint_of(&self, identity: &str) -> String {
        format!("{:016x}", self.hash(identity))
    }

    /// The same as a number.
    #[must_use]
    pub fn number_of(&self, identity: &str) -> u64 {
        self.hash(identity)
    }

    fn hash(&self, identity: &str) -> u64 {
        let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
        for part in [self.rule.name, identity, &self.discriminator] {
            for byte in part.bytes().chain([0]) {
                hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            }
        }
        hash
    }

    /// The rank of the finding, 100 to 399: 100 for `info`, 200 for `warning`, 300 for `error`, and up to 99 for what is at
    /// stake: 10 for each power of ten of MiB and 6 for each of thousands of rows and of thousands of operations.
    #[must_use]
    pub fn score(&self) -> u32 {
        let severity = match self.severity {
            Severity::Info => 100,
            Severity::Warning => 200,
            Severity::Error => 300,
        };
        let Impact { bytes, rows, operations } = self.impact;
        let power = |n: u64, unit: f64| (1.0 + n as f64 / unit).log10();
        let stake = 10.0 * power(bytes, 1_048_576.0) + 6.0 * power(rows, 1_000.0) + 6.0 * power(operations, 1_000.0);
        severity + stake.min(99.0) as u32
    }

    /// The finding as JSON, for the log and for documents.
    #[must_use]
    pub fn json(&self) -> Value {
        json!({
            "rule": self.rule.name,
            "severity": self.severity.as_str(),
            "category": self.rule.category.as_str(),
            "object": self.object.identity(),
            "object_kind": self.object.kind,
            "message": self.message,
            "detail": self.detail,
            "hint": self.hint(),
            "remedy": self.remedy,
            "evidence": self.evidence,
            "fingerprint": self.fingerprint(),
        })
    }
}

/// Where a check puts what it finds. The rule and its severity are filled in here.
pub struct Findings {
    rule: &'static Rule,
    position: Option<usize>,
    list: Vec<Finding>,
    not_judged: Option<Vec<NotJudged>>,
    /// From how many findings on a schema has one for all of them; none where each speaks for itself.
    group_over: Option<usize>,
    /// How many findings each schema has, and whether texts were left out, as far as `is_crowded` was asked.
    crowds: QuickMap<String, (usize, bool)>,
}

impl Findings {
    /// An empty list for one rule at one place of a text.
    #[must_use]
    pub fn new(rule: &'static Rule, position: Option<usize>) -> Findings {
        Findings { rule, position, list: Vec::new(), not_judged: None, group_over: None, crowds: QuickMap::default() }
    }

    /// The same, for a rule whose findings become one for the schema where they are more than this.
    #[must_use]
    pub fn for_groups(rule: &'static Rule, limit: usize) -> Findings {
        Findings { group_over: Some(limit), ..Findings::new(rule, None) }
    }

    /// Whether so many findings are about objects of this schema that one will speak for all of them: the next one needs no texts,
    /// nor anything but its object. Asked once before each finding about such an object. Where it turns out that too few of them
    /// count, the rule is asked again, and then for texts.
    pub fn is_crowded(&mut self, schema: &str) -> bool {
        let Some(limit) = self.group_over else { return false };
        let (count, crowded) = match self.crowds.get_mut(schema) {
            Some(crowd) => crowd,
            None => self.crowds.entry(schema.to_owned()).or_default(),
        };
        *count += 1;
        *crowded = *count > limit + 1;
        *crowded
    }

    /// The schemas whose later findings have no texts.
    pub fn take_crowded(&mut self) -> Vec<String> {
        let crowds = std::mem::take(&mut self.crowds);
        crowds.into_iter().filter(|(_, (_, crowded))| *crowded).map(|(schema, _)| schema).collect()
    }

    /// The same, which also keeps what could not be judged.
    #[must_use]
    pub fn with_gaps(rule: &'static Rule) -> Findings {
        Findings { not_judged: Some(Vec::new()), ..Findings::new(rule, None) }
    }

    /// Takes what could not be judged out of the list.
    pub fn take_not_judged(&mut self) -> Vec<NotJudged> {
        self.not_judged.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Says that the rule could not judge an object or a scope (`server`, `database`), why (a clause), and what would allow it.
    pub fn not_judged(&mut self, object: impl Into<String>, reason: impl Into<String>, remedy: impl Into<String>) {
        if let Some(list) = &mut self.not_judged {
            let (object, reason, remedy) = (object.into(), reason.into(), remedy.into());
            list.push(NotJudged { rule: self.rule.name, object, reason, remedy });
        }
    }

    /// From here on what is found is this rule's.
    pub fn turn_to(&mut self, rule: &'static Rule) {
        self.rule = rule;
    }

    /// Takes what was found out of the list.
    pub fn take(&mut self) -> Vec<Finding> {
        std::mem::take(&mut self.list)
    }

    /// What was found.
    #[must_use]
    pub fn into_vec(self) -> Vec<Finding> {
        self.list
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Forgets all but the first ones.
    pub fn truncate(&mut self, count: usize) {
        self.list.truncate(count);
    }

    fn push(&mut self, object: Object, message: String) -> &mut Finding {
        self.list.push(Finding {
            rule: self.rule,
            severity: self.rule.severity,
            object,
            message,
            detail: String::new(),
            advice: String::new(),
            remedy: String::new(),
            evidence: Map::new(),
            discriminator: String::new(),
            position: self.position,
            impact: Impact::default(),
            past: false,
        });
        let last = self.list.len() - 1;
        &mut self.list[last]
    }

    /// A finding about a relation.
    pub fn relation(&mut self, relation: &Relation, message: impl Into<String>) -> &mut Finding {
        let object = Object {
            kind: relation.kind.as_str(),
            schema: relation.schema.clone(),
            name: relation.name.clone(),
            oid: relation.oid,
            ..Object::default()
        };
        let finding = self.push(object, message.into());
        finding.impact = Impact { bytes: relation.size.bytes, rows: relation.size.rows, operations: 0 };
        if !relation.kind.is_index() && relation.oid != 0 {
            finding.evidence.insert("rows".into(), relation.size.rows.into());
            finding.evidence.insert("bytes".into(), relation.size.bytes.into());
        }
        finding
    }

    /// A finding about a column.
    pub fn column(&mut self, relation: &Relation, column: &str, message: impl Into<String>) -> &mut Finding {
        let finding = self.relation(relation, message);
        finding.object.kind = "column";
        finding.object.column = Some(column.to_owned());
        finding
    }

    /// A finding about a constraint of a relation.
    pub fn constraint(&mut self, relation: &Relation, constraint: &str, message: impl Into<String>) -> &mut Finding {
        let finding = self.relation(relation, message);
        finding.object.kind = "constraint";
        finding.object.constraint = Some(constraint.to_owned());
        finding
    }

    /// A finding about an index, by schema and name.
    pub fn index(&mut self, schema: &str, name: &str, oid: Oid, message: impl Into<String>) -> &mut Finding {
        let object =
            Object { kind: "index", schema: schema.to_owned(), name: name.to_owned(), oid, ..Object::default() };
        self.push(object, message.into())
    }

    /// A finding about a function.
    pub fn function(&mut self, function: &Function, message: impl Into<String>) -> &mut Finding {
        let object = Object {
            kind: if function.keyword == "PROCEDURE" { "procedure" } else { "function" },
            schema: function.schema.clone(),
            name: function.name.clone(),
            oid: function.oid,
            arguments: Some(function.arguments.clone()),
            ..Object::default()
        };
        self.push(object, message.into())
    }

    /// A finding about a schema as a whole.
    pub fn schema(&mut self, schema: &str, message: impl Into<String>) -> &mut Finding {
        self.push(Object { kind: "schema", schema: schema.to_owned(), ..Object::default() }, message.into())
    }

    /// A finding about an object that is none of the above (a schema, a type), by kind and name.
    pub fn object(&mut self, kind: &'static str, schema: &str, name: &str, message: impl Into<String>) -> &mut Finding {
        let object = Object { kind, schema: schema.to_owned(), name: name.to_owned(), ..Object::default() };
        self.push(object, message.into())
    }

    /// A finding about a column of a table that a check holds.
    pub fn table_column(&mut self, relation: &Relation, column: &Column, message: impl Into<String>) -> &mut Finding {
        self.column(relation, &column.name, message)
    }
}

impl Finding {
    /// The facts behind the finding: whole sentences.
    pub fn detail(&mut self, detail: impl Into<String>) -> &mut Finding {
        self.detail = detail.into();
        self
    }

    /// What to do, in whole sentences.
    pub fn advice(&mut self, advice: impl Into<String>) -> &mut Finding {
        self.advice = advice.into();
        self
    }

    /// SQL to run instead (a statement) or to mend what is there.
    pub fn remedy(&mut self, sql: impl Into<String>) -> &mut Finding {
        self.remedy = sql.into();
        self
    }

    /// A number or text behind the verdict.
    pub fn evidence(&mut self, key: &str, value: impl Into<Value>) -> &mut Finding {
        self.evidence.insert(key.to_owned(), value.into());
        self
    }

    /// What is at stake, where it is not the size of the relation: bytes to free, rows, writes or scans to save.
    pub fn impact(&mut self, bytes: u64, rows: u64, operations: u64) -> &mut Finding {
        self.impact = Impact { bytes, rows, operations };
        self
    }

    /// What tells this finding from another of the same rule on the same object.
    pub fn discriminator(&mut self, text: impl Into<String>) -> &mut Finding {
        self.discriminator = text.into();
        self
    }

    /// What is done is done: never a reason to stop the transaction.
    pub fn past(&mut self) -> &mut Finding {
        self.past = true;
        self
    }

    /// Less (or more) bad than the rule's default, for this case.
    pub fn severity(&mut self, severity: Severity) -> &mut Finding {
        self.severity = severity;
        self
    }
}
