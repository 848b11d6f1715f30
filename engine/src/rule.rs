//! What a rule is: a plain `static` with its texts, parameters, examples and check.

use crate::context::Context;
use crate::facts::{
    Aftermath, Aspects, Database, Function, InlineSuppression, Kinds, NamedRelation, RenamedRelation, Statement, Table,
    TableState,
};
use crate::finding::Findings;
use crate::policy::Suppression;
use serde::{Deserialize, Serialize};

/// How bad a finding is. What happens because of it is policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Taste, or cheap to mend later.
    Info,
    /// Blocked writes, broken clients, a schema mistake that grows expensive.
    Warning,
    /// Data loss, certain failure, or minutes of blocked reads.
    Error,
}

impl Severity {
    /// `info`, `warning` or `error`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Error => "error",
        }
    }

    /// The severity of this name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Severity> {
        [Severity::Info, Severity::Warning, Severity::Error].into_iter().find(|s| s.as_str() == text)
    }
}

/// The groups of rules; each is a folder of `rules/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Category {
    /// What blocks others.
    Locks,
    /// What breaks running code.
    Breakage,
    /// What loses data.
    DataLoss,
    /// What does not belong in one transaction.
    Transactions,
    /// Keys, indexes and other design of tables.
    Design,
    /// Data types.
    Types,
    /// Names.
    Naming,
    /// Rights and escalation.
    Security,
    /// What indexes cost and serve.
    Indexes,
    /// Partitioned tables.
    Partitioning,
    /// Functions, triggers, views and materialised views.
    Code,
    /// Vacuum, statistics, bloat and the use of tables.
    Health,
    /// What runs out.
    Capacity,
    /// The server's settings and its connections.
    Settings,
    /// Replication, archiving and backup.
    Replication,
    /// The policy itself: what is suppressed and why.
    Policy,
}

impl Category {
    /// Every category.
    pub const ALL: [Category; 16] = [
        Category::Locks,
        Category::Breakage,
        Category::DataLoss,
        Category::Transactions,
        Category::Design,
        Category::Types,
        Category::Naming,
        Category::Security,
        Category::Indexes,
        Category::Partitioning,
        Category::Code,
        Category::Health,
        Category::Capacity,
        Category::Settings,
        Category::Replication,
        Category::Policy,
    ];

    /// The name of the category; its folder has `_` in place of `-`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Category::Locks => "locks",
            Category::Breakage => "breakage",
            Category::DataLoss => "data-loss",
            Category::Transactions => "transactions",
            Category::Design => "design",
            Category::Types => "types",
            Category::Naming => "naming",
            Category::Security => "security",
            Category::Indexes => "indexes",
            Category::Partitioning => "partitioning",
            Category::Code => "code",
            Category::Health => "health",
            Category::Capacity => "capacity",
            Category::Settings => "settings",
            Category::Replication => "replication",
            Category::Policy => "policy",
        }
    }

    /// What the category holds, in a clause.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Category::Locks => "what blocks other sessions",
            Category::Breakage => "what breaks running code",
            Category::DataLoss => "what loses data",
            Category::Transactions => "what does not belong in one transaction",
            Category::Design => "keys, indexes and the shape of tables",
            Category::Types => "data types",
            Category::Naming => "names",
            Category::Security => "rights and escalation",
            Category::Indexes => "what indexes cost and serve",
            Category::Partitioning => "partitioned tables",
            Category::Code => "functions, triggers and views",
            Category::Health => "vacuum, statistics, bloat and use of tables",
            Category::Capacity => "what runs out",
            Category::Settings => "settings of the server and connections",
            Category::Replication => "replication, archiving and backup",
            Category::Policy => "what is suppressed, and why",
        }
    }
}

/// The default of a parameter; a setting must have the same form.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Default {
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Boolean(bool),
    /// A text.
    Text(&'static str),
    /// A list of texts.
    List(&'static [&'static str]),
}

/// A parameter of a rule, set with `architect.configure`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its default.
    pub default: Default,
    /// What it does, with its unit.
    pub what: &'static str,
}

/// Where a rule comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A row of the guides' requirements matrix: `S-171`.
    Guide(&'static str),
    /// A page of the PostgreSQL manual, and what in it: `("sql-createindex", "Building Indexes Concurrently")`.
    Manual(&'static str, &'static str),
    /// A file of PostgreSQL's source and what in it: `("src/backend/commands/tablecmds.c", "ATColumnChangeRequiresRewrite")`.
    Code(&'static str, &'static str),
}

/// What an example must give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Exactly this rule, and no other.
    Found,
    /// Nothing at all of this rule.
    Silent,
}

/// SQL that runs against a real server in a test, and appears in the rule's page.
#[derive(Clone, Copy, Debug)]
pub struct Example {
    /// What it shows, in a few words; empty where the SQL speaks for itself.
    pub title: &'static str,
    /// SQL that is run before with the guard off: tables and rows.
    pub given: &'static str,
    /// The SQL that is judged.
    pub sql: &'static str,
    /// What it must give.
    pub expect: Expect,
    /// SQL that another session runs before and holds open in a transaction; empty for none.
    pub meanwhile: &'static str,
    /// The example is a text for `architect.lint` and is not executed.
    pub lint: bool,
    /// The SQL is run with the guard off, and `architect.check()` judges what is there then. Always so where the rule judges in
    /// full checks only.
    pub check: bool,
    /// The first major on which the example holds; 0 for every one.
    pub since: u32,
    /// The last major on which it holds; 0 for every one.
    pub until: u32,
    /// Settings of the server that it runs on (lines of postgresql.conf); empty for the server that all examples share. Examples
    /// with the same settings share one too.
    pub server: &'static str,
    /// Whether the finding's remedy, run in its place (a statement) or after it (what is left behind), must be silent. True
    /// unless the remedy is advice.
    pub cured: bool,
}

const EXAMPLE: Example = Example {
    title: "",
    given: "",
    sql: "",
    expect: Expect::Found,
    meanwhile: "",
    lint: false,
    check: false,
    since: 0,
    until: 0,
    server: "",
    cured: true,
};

/// `Example::since` of examples that a unit test stands for: no server is as new.
pub const UNIT_TEST: u32 = 99;

/// An example that must give exactly this rule.
#[must_use]
pub const fn bad(sql: &'static str) -> Example {
    Example { sql, ..EXAMPLE }
}

/// An example that must not give this rule.
#[must_use]
pub const fn good(sql: &'static str) -> Example {
    Example { sql, expect: Expect::Silent, ..EXAMPLE }
}

impl Example {
    /// With tables and rows.
    #[must_use]
    pub const fn given(self, given: &'static str) -> Example {
        Example { given, ..self }
    }

    /// With a title.
    #[must_use]
    pub const fn title(self, title: &'static str) -> Example {
        Example { title, ..self }
    }

    /// While another session holds this open.
    #[must_use]
    pub const fn meanwhile(self, meanwhile: &'static str) -> Example {
        Example { meanwhile, ..self }
    }

    /// Judged by `architect.check()` after its SQL was run with the guard off: what a full check finds and commit does not.
    #[must_use]
    pub const fn check(self) -> Example {
        Example { check: true, ..self }
    }

    /// As a text that is not executed.
    #[must_use]
    pub const fn lint(self) -> Example {
        Example { lint: true, ..self }
    }

    /// A state that no test can make with SQL: the example is not run, and a unit test of the rule stands for it.
    #[must_use]
    pub const fn unit(self) -> Example {
        Example { since: UNIT_TEST, ..self }
    }

    /// On this major and later.
    #[must_use]
    pub const fn since(self, major: u32) -> Example {
        Example { since: major, ..self }
    }

    /// Up to this major.
    #[must_use]
    pub const fn until(self, major: u32) -> Example {
        Example { until: major, ..self }
    }

    /// On a server of its own with these lines in postgresql.conf.
    #[must_use]
    pub const fn server(self, server: &'static str) -> Example {
        Example { server, ..self }
    }

    /// The remedy is advice, not SQL that can be run as it stands.
    #[must_use]
    pub const fn advice(self) -> Example {
        Example { cured: false, ..self }
    }
}

/// How a rule judges, and with it the moment.
#[derive(Clone, Copy)]
pub enum Check {
    /// A statement before it takes its lock, and in a text.
    Statement(fn(&Statement, &Context, &mut Findings)),
    /// The same for a rule that has nothing to say about statements of other kinds: it is not even asked. Most of the time of a
    /// judgement would go into fetching the code of rules that return at once.
    On(Kinds, fn(&Statement, &Context, &mut Findings)),
    /// A statement in a text only: what the server itself refuses, or what no event trigger sees.
    Text(fn(&Statement, &Context, &mut Findings)),
    /// A statement that will do nothing (IF NOT EXISTS that hits, IF EXISTS that misses), at the moments of `Statement`.
    Skipped(fn(&Statement, &Context, &mut Findings)),
    /// A table at commit, at the end of a text, and in full checks.
    Table(fn(&Table, &Context, &mut Findings)),
    /// The same for a rule that speaks only of these aspects of a table: it is not asked about one of which nothing such counts as
    /// touched.
    Of(Aspects, fn(&Table, &Context, &mut Findings)),
    /// A function or procedure, at the same moments.
    Function(fn(&Function, &Context, &mut Findings)),
    /// The name of a relation that is not a table, at the same moments.
    Named(fn(&NamedRelation, &Context, &mut Findings)),
    /// A relation that was renamed, at commit.
    Renamed(fn(&RenamedRelation, &Context, &mut Findings)),
    /// Everything that a transaction leaves behind, at commit.
    Aftermath(fn(&Aftermath, &Context, &mut Findings)),
    /// A table or materialised view with its storage, use, triggers and privileges, in full checks only.
    State(fn(&Table, &TableState, &Context, &mut Findings)),
    /// The whole database, in full checks only: what no table shows by itself.
    Database(fn(&Database, &Context, &mut Findings)),
    /// The suppressions that covered nothing, at the end of a check of everything.
    Unused(fn(&[&Suppression], &Context, &mut Findings)),
    /// A comment of a text that allows findings, when the text has been judged.
    Comment(fn(&InlineSuppression, &Context, &mut Findings)),
}

impl Check {
    /// The moment, for the catalogue: `start`, `lint`, `commit` (and full checks) or `check` (full checks only).
    #[must_use]
    pub fn moment(&self) -> &'static str {
        match self {
            Check::Statement(_) | Check::On(..) | Check::Skipped(_) => "start",
            Check::Text(_) | Check::Comment(_) => "lint",
            Check::State(_) | Check::Database(_) | Check::Unused(_) => "check",
            _ => "commit",
        }
    }
}

/// A rule, whole.
pub struct Rule {
    /// Its name: the pattern that it finds, not the cure.
    pub name: &'static str,
    /// Its group: the folder that it lives in.
    pub category: Category,
    /// How bad a finding is unless the policy says otherwise.
    pub severity: Severity,
    /// One line: lower case, no full stop.
    pub title: &'static str,
    /// Why it matters: what PostgreSQL does.
    pub why: &'static str,
    /// What to do instead.
    pub remedy: &'static str,
    /// What can be set.
    pub parameters: &'static [Parameter],
    /// Where it comes from.
    pub sources: &'static [Source],
    /// SQL that must be found, and SQL that must not.
    pub examples: &'static [Example],
    /// The check.
    pub check: Check,
    /// More checks of the same rule (a name that is judged for tables and for other relations).
    pub also: &'static [Check],
    /// Whether the rule is on unless the policy says otherwise.
    pub enabled: bool,
}

/// What every rule takes besides its own parameters.
pub const COMMON_PARAMETERS: &[Parameter] = &[
    Parameter {
        name: "small_table_rows",
        default: Default::Integer(1000),
        what: "a table with at most this many rows, and at most small_table_bytes, is small: rows (GUC architect.small_table_rows)",
    },
    Parameter {
        name: "small_table_bytes",
        default: Default::Integer(8 * 1024 * 1024),
        what: "a table with at most this many bytes, and at most small_table_rows, is small: bytes (GUC architect.small_table_bytes)",
    },
];

impl Rule {
    /// The parameter of this name, common ones included.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().chain(COMMON_PARAMETERS).find(|parameter| parameter.name == name)
    }

    /// All checks.
    pub fn checks(&self) -> impl Iterator<Item = &Check> {
        std::iter::once(&self.check).chain(self.also)
    }
}

/// What a rule's file needs.
pub mod prelude {
    pub use super::Category::{
        Breakage, Capacity, Code as CodeRules, DataLoss, Design, Health, Indexes, Locks, Naming, Partitioning, Policy,
        Replication, Security, Settings, Transactions, Types,
    };
    pub use super::Default::{Boolean, Integer, List, Text};
    pub use super::Severity::{Error, Info, Warning};
    pub use super::Source::{Code, Guide, Manual};
    pub use super::{Check, Parameter, Rule, bad, good};
    pub use crate::context::Context;
    pub use crate::facts::*;
    pub use crate::finding::{Finding, Findings};
    pub use crate::policy::Suppression;
    pub use crate::rules::fixtures::*;
    pub use crate::sql;
    pub use crate::text::{bytes, count, duration, list, rows};
}
