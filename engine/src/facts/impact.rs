//! What PostgreSQL will do for a statement: locks, rewrites, scans, index builds. Decided by its own code and catalogs.

use super::{Lazy, LockMode, Oid, Relation};
use crate::estimate::{Estimate, Workload};

/// What a relation is to the statement that locks it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// The relation that the statement names first.
    Target,
    /// The table that a foreign key refers to.
    Referenced,
    /// The table that a foreign key comes from.
    Referencing,
    /// A partition or child that the statement recurses into.
    Child,
    /// The parent of the partition that the statement names.
    Parent,
    /// The parent's default partition.
    DefaultPartition,
    /// The table of the index that the statement names.
    IndexedTable,
    /// An index.
    Index,
    /// An object that goes with the dropped one.
    Dependent,
    /// A sequence that a column owns.
    Sequence,
    /// A relation that a query of the statement reads, or another one.
    Other,
}

impl Role {
    /// The role in words.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Target => "target",
            Role::Referenced => "referenced table",
            Role::Referencing => "referencing table",
            Role::Child => "partition or child",
            Role::Parent => "parent",
            Role::DefaultPartition => "default partition",
            Role::IndexedTable => "table of the index",
            Role::Index => "index",
            Role::Dependent => "dependent object",
            Role::Sequence => "sequence",
            Role::Other => "other",
        }
    }
}

/// A session that holds or awaits a lock in conflict with the one that the statement needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Blocker {
    /// Its process id; 0 for a prepared transaction.
    pub pid: i32,
    /// The lock.
    pub mode: LockMode,
    /// It holds the lock (else it awaits it).
    pub granted: bool,
    /// Age of its transaction in milliseconds; none where that is not known (a prepared transaction).
    pub transaction_ms: Option<u64>,
    /// It is an autovacuum worker.
    pub autovacuum: bool,
}

/// One relation that the statement locks.
#[derive(Clone, Debug, PartialEq)]
pub struct Touch {
    /// The relation.
    pub relation: Relation,
    /// What it is to the statement.
    pub role: Role,
    /// The strongest lock that the statement takes on it.
    pub lock: LockMode,
    /// Who is in the way now.
    pub blockers: Vec<Blocker>,
}

/// Why a table is written anew.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rewrite {
    /// ALTER COLUMN TYPE: the stored form changes.
    Type {
        /// The column.
        column: String,
        /// Why, in a clause: `integer is not stored like bigint`.
        why: String,
    },
    /// ADD COLUMN whose value must be computed for every row.
    Default {
        /// The column.
        column: String,
        /// Why, in a clause: `the default is volatile`.
        why: String,
    },
    /// SET EXPRESSION of a stored generated column.
    Expression {
        /// The column.
        column: String,
    },
    /// SET LOGGED, SET UNLOGGED.
    Persistence,
    /// SET ACCESS METHOD.
    AccessMethod,
    /// REFRESH MATERIALIZED VIEW: filled anew by its query.
    Refresh,
    /// VACUUM FULL, CLUSTER.
    Compaction,
}

/// Why every row is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scan {
    /// SET NOT NULL, or PRIMARY KEY on nullable columns.
    NotNull {
        /// The column.
        column: String,
    },
    /// A CHECK that is added.
    Check {
        /// The constraint's name, where one is given.
        constraint: Option<String>,
    },
    /// A CHECK that exists and uses a column whose type changes.
    Recheck {
        /// The constraint.
        constraint: String,
        /// The column.
        column: String,
    },
    /// A foreign key that is added (or re-validated: its column's type changes).
    ForeignKey {
        /// The constraint's name, where one is given.
        constraint: Option<String>,
    },
    /// VALIDATE CONSTRAINT.
    Validate {
        /// The constraint.
        constraint: String,
    },
    /// ALTER DOMAIN: the columns of the domain against its constraint.
    Domain {
        /// The domain.
        domain: String,
    },
    /// ATTACH PARTITION: the new partition's rows against its bound.
    PartitionBound,
    /// ATTACH or CREATE TABLE ... PARTITION OF: the default partition's rows against the new bound.
    DefaultPartition,
    /// REFRESH MATERIALIZED VIEW CONCURRENTLY: compared with the new result.
    Refresh,
}

/// One costly thing that the statement does to one relation.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// The table is written anew, and all its indexes with it.
    Rewrite(Rewrite),
    /// Every row is read.
    Scan(Scan),
    /// An index is built on it.
    BuildIndex {
        /// The index's name, where it is known before.
        index: Option<String>,
        /// The constraint that the index serves, in words: `UNIQUE`, `PRIMARY KEY`, `EXCLUDE`.
        constraint: Option<&'static str>,
        /// Built CONCURRENTLY.
        concurrently: bool,
    },
    /// An existing index is built anew although the table is not written anew.
    RebuildIndex {
        /// The index.
        index: String,
        /// Why, in a clause.
        why: String,
    },
    /// The files are copied to another tablespace.
    Copy,
}

/// Work, and what causes it.
#[derive(Clone, Debug, PartialEq)]
pub struct Effect {
    /// The relation that is read or written.
    pub relation: Relation,
    /// The sub-command of ALTER TABLE that causes it, counted from 0 in the order of the text; 0 for other statements.
    pub command: usize,
    /// What is done.
    pub work: Work,
}

/// A statement (or sub-command) that the server will refuse.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The sub-command that is refused.
    pub command: usize,
    /// What is refused.
    pub kind: RefusalKind,
    /// Why, as a sentence without a full stop.
    pub why: String,
    /// The form that works, as SQL or as advice.
    pub remedy: String,
}

/// What is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// A CONCURRENTLY form that does not exist for the object.
    Concurrently,
    /// ADD CONSTRAINT ... USING INDEX with an index that cannot serve.
    UsingIndex,
    /// Without CASCADE: other objects depend on what is dropped or changed. Told in texts only.
    Dependents,
    /// A policy that compares a column with a setting of another type. Told in texts only.
    Comparison,
    /// A form that other versions of the server know for such an object, and this one does not.
    Version,
}

/// An object that goes although the statement does not name it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collateral {
    /// The sub-command that takes it.
    pub command: usize,
    /// The object as PostgreSQL describes it: `view shop.revenue`, `constraint x on table shop.orders`.
    pub description: String,
    /// It goes only because of CASCADE (else it goes silently with the object: an index with its column).
    pub by_cascade: bool,
    /// It kept rows unique.
    pub unique: bool,
}

/// A column whose values look different to clients after the statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientType {
    /// The sub-command.
    pub command: usize,
    /// The column.
    pub column: String,
    /// The type that clients were told of.
    pub from: String,
    /// The type that they are told of now.
    pub to: String,
}

/// The work of a statement in bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Works {
    /// By relation, each once; none where it cannot be said (an index on an expression, a query that fills a materialised view).
    pub relations: Vec<(Oid, Option<Workload>)>,
    /// PostgreSQL does all of it by itself, without calling functions that somebody wrote: how long it takes says how fast the server
    /// is.
    pub plain: bool,
}

impl Works {
    /// What is done to one relation; nothing for one that is only locked, none where it cannot be said.
    #[must_use]
    pub fn on(&self, relation: Oid) -> Option<Workload> {
        self.relations.iter().find(|(oid, _)| *oid == relation).map_or(Some(Workload::default()), |(_, work)| *work)
    }

    /// All of it; none where a part cannot be said.
    #[must_use]
    pub fn total(&self) -> Option<Workload> {
        let mut total = Workload::default();
        for (_, work) in &self.relations {
            total += (*work)?;
        }
        Some(total)
    }
}

/// What ALTER TYPE does to a table of the type.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Typed {
    /// The table.
    pub table: super::Table,
    /// The sub-commands, as they are carried out on it.
    pub commands: Vec<super::AlterCommand>,
    /// The work on it and on what inherits from it.
    pub effects: Vec<Effect>,
    /// What goes with its columns.
    pub collateral: Vec<Collateral>,
}

/// Everything that the statement does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Impact {
    /// The relations that it locks, each once, in the strongest mode.
    pub touches: Vec<Touch>,
    /// The work.
    pub effects: Vec<Effect>,
    /// What will be refused.
    pub refusals: Vec<Refusal>,
    /// What goes without being named.
    pub collateral: Vec<Collateral>,
    /// ALTER TYPE ... CASCADE: what it does to each table of the type.
    pub typed: Vec<Typed>,
    /// In a text: everything in the catalog that goes with what is dropped: the catalog, the object and its column (0 for the whole).
    pub goes: Vec<(super::Oid, super::Oid, i32)>,
    /// ALTER COLUMN TYPE: the columns whose type is of another kind to clients, or can hold less than before.
    pub client_types: Vec<ClientType>,
    /// DROP and RENAME of relations and columns: the functions whose bodies name what goes, by a match of their text.
    pub mentioned_by: super::Lazy<Vec<String>>,
    /// DROP FUNCTION: the functions and procedures that go.
    pub dropped_functions: Vec<super::Function>,
    /// DISABLE TRIGGER: the foreign keys that nothing checks any more, as `constraint x on table y`.
    pub unchecked: Vec<String>,
    /// It commits in several transactions (CONCURRENTLY).
    pub several_transactions: bool,
    /// ATTACH PARTITION: the bound as the statement says it: `FOR VALUES FROM ('2026-01-01') TO ('2027-01-01')`, `DEFAULT`.
    pub partition_bound: Option<String>,
    /// In a text: what the new partition takes.
    pub new_bound: Option<super::PartitionBound>,
    /// ATTACH PARTITION: what the bound demands of every row of the new partition, as SQL over its columns.
    pub partition_constraint: Option<String>,
    /// CREATE TABLE ... PARTITION OF, ATTACH PARTITION: what every row of the default partition must satisfy, as SQL over its columns.
    pub default_constraint: Option<String>,
    /// DROP TABLE: the partitions whose parent has a default partition, that one included.
    pub beside_default: Vec<Oid>,
    /// ATTACH PARTITION: the indexes of the parent that the new partition lacks.
    pub missing_indexes: Vec<super::Index>,
    /// ATTACH PARTITION: the foreign keys of the parent that the new partition lacks.
    pub missing_keys: Vec<super::Constraint>,
    /// Its work in bytes.
    pub works: Lazy<Works>,
    /// How long that takes by the speeds of this server; none where it cannot be said, and where it is little.
    pub estimate: Lazy<Option<Estimate>>,
    /// The facts that could not be established, each a sentence: never silently "fine".
    pub unknown: Vec<String>,
}

impl Impact {
    /// The lock on the relation.
    #[must_use]
    pub fn lock_on(&self, oid: Oid) -> LockMode {
        self.touches.iter().filter(|touch| touch.relation.oid == oid).map(|touch| touch.lock).max().unwrap_or_default()
    }

    /// The effects of one sub-command.
    pub fn of_command(&self, command: usize) -> impl Iterator<Item = &Effect> {
        self.effects.iter().filter(move |effect| effect.command == command)
    }

    /// Whether the relation is written anew.
    #[must_use]
    pub fn rewrites(&self, oid: Oid) -> bool {
        self.effects.iter().any(|effect| effect.relation.oid == oid && matches!(effect.work, Work::Rewrite(_)))
    }
}
