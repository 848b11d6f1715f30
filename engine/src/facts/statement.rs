//! One statement with everything that is known about it.

use super::{Ddl, Impact, Index, Place, Reader, Relation, Search, Table};

/// A statement, what it is about, and what it does.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// The command tag: `ALTER TABLE`.
    pub tag: String,
    /// What it says.
    pub ddl: Ddl,
    /// The relation that it names first (for an index: see `index`), as the statement will find it; none where there is no
    /// such relation: a new one, or IF EXISTS that misses.
    pub target: Option<Table>,
    /// The index that it names (DROP INDEX, ALTER INDEX), `target` being its table.
    pub index: Option<Index>,
    /// Other tables that it names, found as the statement will find them: the referenced table of a foreign key, the partition
    /// that is attached, the further tables of DROP.
    pub others: Vec<Table>,
    /// An object of the new name that exists already (IF NOT EXISTS).
    pub existing: Option<Existing>,
    /// What it does.
    pub impact: Impact,
    /// What it names is no relation, and this transaction (or text) created or changed it before; also where it is not known.
    pub object_is_new: bool,
    /// RENAME of a type, domain, schema or routine that existed before.
    pub renamed_object: Option<super::RenamedObject>,
    /// ALTER TABLE ... REPLICA IDENTITY: what it becomes, and the index that it names.
    pub replica_identity: Option<(super::ReplicaIdentity, Option<String>)>,
    /// CREATE TABLE: the publications of UPDATEs or DELETEs that the new table falls into; in texts only.
    pub falls_into: Vec<String>,
    /// CREATE TYPE, CREATE DOMAIN: the name.
    pub made_type: Option<super::Name>,
    /// Values that the transaction gave an enum before, and that this statement uses.
    pub new_values: Vec<super::NewValue>,
    /// Names in its text that are longer than the server keeps; in texts only.
    pub long_names: Vec<String>,
    /// The statement does nothing: IF EXISTS misses, IF NOT EXISTS hits, the property is already set.
    pub nothing_to_do: bool,
    /// Byte offset of the statement in the text that is judged.
    pub position: usize,
    /// Whether it stands in the text itself or in a body; in texts only.
    pub place: Place,
    /// UPDATE or DELETE with WHERE: how many rows the planner thinks that it touches; in texts only, and where the planner was asked.
    pub estimated_rows: Option<u64>,
    /// The statements of pg_stat_statements that name what it drops or renames; in texts only.
    pub readers: Vec<Reader>,
    /// How its queries look for rows, where a rule could say something about that; in texts only.
    pub searches: Vec<Search>,
}

/// An object that already has the name that the statement wants to give.
#[derive(Clone, Debug, PartialEq)]
pub struct Existing {
    /// The relation.
    pub relation: Relation,
    /// For an index: the index.
    pub index: Option<Index>,
    /// For a table, that table; for an index, its table.
    pub table: Option<Box<Table>>,
}

impl Statement {
    /// A statement of which only the words are known.
    #[must_use]
    pub fn new(tag: impl Into<String>, ddl: Ddl) -> Statement {
        Statement {
            tag: tag.into(),
            ddl,
            target: None,
            index: None,
            others: Vec::new(),
            existing: None,
            impact: Impact::default(),
            object_is_new: false,
            renamed_object: None,
            replica_identity: None,
            falls_into: Vec::new(),
            made_type: None,
            new_values: Vec::new(),
            long_names: Vec::new(),
            nothing_to_do: false,
            position: 0,
            place: Place::Text,
            estimated_rows: None,
            readers: Vec::new(),
            searches: Vec::new(),
        }
    }

    /// The sub-commands of ALTER TABLE with their numbers; nothing for other statements.
    pub fn commands(&self) -> impl Iterator<Item = (usize, &super::AlterCommand)> {
        let commands = match &self.ddl {
            Ddl::AlterTable(alter) => alter.commands.as_slice(),
            _ => &[],
        };
        commands.iter().enumerate()
    }

    /// What ALTER TYPE does to the tables of the type: for each, the statement as ALTER TABLE would have it.
    pub fn on_typed_tables(&self) -> impl Iterator<Item = Statement> {
        self.impact.typed.iter().map(|typed| {
            let ddl =
                Ddl::AlterTable(super::AlterTable { commands: typed.commands.clone(), ..super::AlterTable::default() });
            let mut statement = Statement { target: Some(typed.table.clone()), ddl, ..self.clone() };
            statement.impact.typed.clear();
            statement.impact.effects.clone_from(&typed.effects);
            statement.impact.collateral.clone_from(&typed.collateral);
            statement
        })
    }

    /// Whether its locks on tables are known: what the impact does not tell, it does not lock in the way of reads or writes. Not for
    /// statements that are about rows, about everything, or about a table that was not found.
    #[must_use]
    pub fn locks_are_known(&self) -> bool {
        use super::{Ddl, DropKind, Renamed};
        let found = self.target.is_some() || self.nothing_to_do;
        match &self.ddl {
            Ddl::AlterTable(_)
            | Ddl::CreateIndex(_)
            | Ddl::SetSchema(_)
            | Ddl::CreateTrigger { .. }
            | Ddl::RefreshMaterializedView { .. }
            | Ddl::Reindex { .. }
            | Ddl::CreateRule { .. }
            | Ddl::Policy { .. }
            | Ddl::AlterSequence { .. } => found,
            Ddl::Rename(rename) => match rename.what {
                Renamed::Relation(_) | Renamed::Column(_) | Renamed::Constraint(_) => found,
                Renamed::Attribute(_) => false,
                Renamed::Other(_) => true,
            },
            Ddl::Drop(drop) => match drop.kind {
                DropKind::Relation(_) => {
                    drop.if_exists || usize::from(self.target.is_some()) + self.others.len() >= drop.names.len()
                }
                DropKind::Other(_) => true,
            },
            Ddl::Truncate { tables, .. } | Ddl::LockTable { tables, .. } => {
                usize::from(self.target.is_some()) + self.others.len() >= tables.len()
            }
            Ddl::Vacuum { tables, full } => !full || found && !tables.is_empty(),
            Ddl::Cluster { table, .. } => found && table.is_some(),
            Ddl::CreateTable(_)
            | Ddl::CreateTableAs(_)
            | Ddl::CreateFunction(_)
            | Ddl::CreateView(_)
            | Ddl::CreateSequence(_)
            | Ddl::CreateCompositeType(_)
            | Ddl::CreateSchema { .. }
            | Ddl::AlterDomain { .. }
            | Ddl::RenameEnumValue { .. }
            | Ddl::AddEnumValue(_)
            | Ddl::Grant(_)
            | Ddl::Transaction(_)
            | Ddl::Set(_) => true,
            Ddl::Other(tag) => {
                matches!(tag.as_str(), "COMMENT" | "CREATE TYPE" | "CREATE DOMAIN" | "CREATE ROLE")
            }
            Ddl::Publication { .. }
            | Ddl::ReindexAll { .. }
            | Ddl::DropDatabase { .. }
            | Ddl::Dml(_)
            | Ddl::DynamicSql { .. } => false,
        }
    }
}
