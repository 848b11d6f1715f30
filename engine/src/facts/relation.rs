//! One relation: its identity, size and standing.

use super::{Lazy, Oid};
use crate::sql;

/// A possibly qualified name as the statement wrote it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Name {
    /// The schema, where the statement named one.
    pub schema: Option<String>,
    /// The object's own name.
    pub name: String,
}

impl Name {
    /// A name without a schema.
    #[must_use]
    pub fn bare(name: impl Into<String>) -> Name {
        Name { schema: None, name: name.into() }
    }

    /// The name as SQL, quoted where PostgreSQL needs it.
    #[must_use]
    pub fn sql(&self) -> String {
        match &self.schema {
            Some(schema) => sql::qualified(schema, &self.name),
            None => sql::ident(&self.name),
        }
    }
}

/// What kind of relation it is (`pg_class.relkind`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum RelationKind {
    /// An ordinary table.
    #[default]
    Table,
    /// A partitioned table.
    PartitionedTable,
    /// A view.
    View,
    /// A materialised view.
    MaterializedView,
    /// An index.
    Index,
    /// An index on a partitioned table.
    PartitionedIndex,
    /// A sequence.
    Sequence,
    /// A foreign table.
    ForeignTable,
    /// A composite type.
    CompositeType,
    /// A TOAST table.
    Toast,
}

impl RelationKind {
    /// The kind in the words of PostgreSQL's messages.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            RelationKind::Table => "table",
            RelationKind::PartitionedTable => "partitioned table",
            RelationKind::View => "view",
            RelationKind::MaterializedView => "materialized view",
            RelationKind::Index => "index",
            RelationKind::PartitionedIndex => "partitioned index",
            RelationKind::Sequence => "sequence",
            RelationKind::ForeignTable => "foreign table",
            RelationKind::CompositeType => "composite type",
            RelationKind::Toast => "TOAST table",
        }
    }

    /// The keyword after `ALTER` and `DROP`.
    #[must_use]
    pub fn keyword(self) -> &'static str {
        match self {
            RelationKind::Table | RelationKind::PartitionedTable | RelationKind::Toast => "TABLE",
            RelationKind::View => "VIEW",
            RelationKind::MaterializedView => "MATERIALIZED VIEW",
            RelationKind::Index | RelationKind::PartitionedIndex => "INDEX",
            RelationKind::Sequence => "SEQUENCE",
            RelationKind::ForeignTable => "FOREIGN TABLE",
            RelationKind::CompositeType => "TYPE",
        }
    }

    /// Whether it is an ordinary or partitioned table.
    #[must_use]
    pub fn is_table(self) -> bool {
        matches!(self, RelationKind::Table | RelationKind::PartitionedTable)
    }

    /// Whether it is an index of either kind.
    #[must_use]
    pub fn is_index(self) -> bool {
        matches!(self, RelationKind::Index | RelationKind::PartitionedIndex)
    }
}

/// How long a relation's contents last (`pg_class.relpersistence`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Persistence {
    /// Logged.
    #[default]
    Permanent,
    /// Emptied by a crash.
    Unlogged,
    /// Of this session.
    Temporary,
}

/// How much a relation holds. For a partitioned table or an inheritance parent: the sum of what commands recurse into.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Size {
    /// Pages of the main fork, of TOAST too where the relation has one, in bytes.
    pub bytes: u64,
    /// Rows by `reltuples`, scaled to the pages that are on disk now; estimated from the row width where the relation was
    /// never analysed.
    pub rows: u64,
}

impl Size {
    /// Whether there is no page at all.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.bytes == 0
    }
}

/// A relation that a statement touches or that a transaction leaves behind.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Relation {
    /// Its OID; 0 for one that exists only in a text that is judged.
    pub oid: Oid,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: RelationKind,
    /// How long its contents last.
    pub persistence: Persistence,
    /// Created in this transaction (asked of the relation cache: `rd_createSubid`), or earlier in the text that is judged.
    pub created_here: bool,
    /// Member of an extension, of a system schema, or ours: never judged.
    pub exempt: Lazy<bool>,
    /// A partition of another table, or a child by inheritance.
    pub is_partition: bool,
    /// A child by plain inheritance, which `is_partition` counts too.
    pub inherits: bool,
    /// How much it holds.
    pub size: Lazy<Size>,
}

impl Relation {
    /// The name as SQL, always with its schema.
    #[must_use]
    pub fn sql(&self) -> String {
        sql::qualified(&self.schema, &self.name)
    }

    /// The name for a message: `schema.name`, quoted where SQL needs it.
    #[must_use]
    pub fn display(&self) -> String {
        self.sql()
    }

    /// Whether it is a partition: it has the keys of its parent, is locked with it and can be detached. A child by plain inheritance has
    /// its own keys only.
    #[must_use]
    pub fn is_part(&self) -> bool {
        self.is_partition && !self.inherits
    }

    /// Reads what was to be read when it is asked for.
    pub fn load(&self) {
        let _: (&bool, &Size) = (&self.exempt, &self.size);
    }

    /// Another object's name in the same schema, as SQL.
    #[must_use]
    pub fn sibling(&self, name: &str) -> String {
        sql::qualified(&self.schema, name)
    }
}
