//! One statement with everything that is known about it.

use super::{Ddl, Impact, Index, Relation, Table};

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
    /// Values that the transaction gave an enum before, and that this statement uses.
    pub new_values: Vec<super::NewValue>,
    /// Names in its text that are longer than the server keeps; in texts only.
    pub long_names: Vec<String>,
    /// The statement does nothing: IF EXISTS misses, IF NOT EXISTS hits, the property is already set.
    pub nothing_to_do: bool,
    /// Byte offset of the statement in the text that is judged.
    pub position: usize,
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
            new_values: Vec::new(),
            long_names: Vec::new(),
            nothing_to_do: false,
            position: 0,
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
}
