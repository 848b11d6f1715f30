//! What the transaction has done before the statement that is judged, and what it leaves behind.

use super::{Function, Lazy, LockMode, Name, Relation, RelationKind, Table};

/// A strong lock on a relation that this transaction holds.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldLock {
    /// The relation.
    pub relation: Relation,
    /// The strongest mode.
    pub mode: LockMode,
    /// For how long, in milliseconds; 0 in a text.
    pub held_ms: u64,
    /// The statement that took it: its tag.
    pub taken_by: String,
}

/// Costly work that a statement of this transaction did on a table that existed before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worked {
    /// The table.
    pub relation: super::Oid,
    /// The statement's tag.
    pub tag: String,
    /// It wrote the table anew; else it read all of it.
    pub rewrote: bool,
}

/// A table, view or materialised view that a DROP of this transaction named.
#[derive(Clone, Debug, PartialEq)]
pub struct DroppedRelation {
    /// The relation as it was.
    pub relation: Relation,
    /// The relation that has its name now, with its size now.
    pub now: Option<Relation>,
    /// In a text: rows are put into the one that has its name now.
    pub filled: bool,
    /// Byte offset of the DROP in the text that is judged.
    pub position: usize,
}

/// A function whose place was taken by one with other arguments.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReplacedFunction {
    /// The function as it is now.
    pub function: Function,
    /// The arguments of the one that was dropped.
    pub old_arguments: String,
    /// Calls with the old arguments find a function of the name: by implicit casts, by defaults, or another one; not known in texts.
    pub old_calls_fit: bool,
    /// Byte offset of the DROP in the text that is judged.
    pub position: usize,
}

/// A statement of a text that fails when the text is run once more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FailsAgain {
    /// Its tag.
    pub tag: String,
    /// What it makes or drops, as it is written.
    pub object: Name,
    /// What would let it run once more.
    pub instead: &'static str,
    /// Byte offset in the text.
    pub position: usize,
}

/// A relation that got another name or schema.
#[derive(Clone, Debug, PartialEq)]
pub struct RenamedRelation {
    /// The relation as it is now.
    pub relation: Relation,
    /// Its schema before.
    pub old_schema: String,
    /// Its name before.
    pub old_name: String,
    /// Some relation has the old name again: the two were swapped, or a view took it over.
    pub taken_over: bool,
    /// Of a sequence, the table that owns it; 0 for none.
    pub owner: super::Oid,
    /// Byte offset of the statement in the text that is judged.
    pub position: usize,
}

/// A type, domain, schema or routine that existed before and got another name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RenamedObject {
    /// `type`, `domain`, `schema`, `function`, `procedure` or `aggregate`.
    pub kind: &'static str,
    /// Its OID.
    pub oid: super::Oid,
    /// Its schema; empty for a schema.
    pub schema: String,
    /// Its name before.
    pub name: String,
    /// The types of a routine's arguments.
    pub arguments: Vec<super::Oid>,
    /// As the statement names it.
    pub written: Name,
    /// Its name after the statement.
    pub new_name: String,
    /// Another one has the old name at the end: a swap.
    pub taken_over: bool,
    /// Byte offset of the statement in the text that is judged.
    pub position: usize,
}

/// A relation whose name is new.
#[derive(Clone, Debug, PartialEq)]
pub struct NamedRelation {
    /// The relation.
    pub relation: Relation,
    /// Its kind.
    pub kind: RelationKind,
    /// It serves a constraint (the index of a key) or a column (the sequence of an identity): the server named it.
    pub derived: Lazy<bool>,
}

/// The state of the transaction in which a statement is judged.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transaction {
    /// A transaction block (BEGIN) or a function that runs in one: locks are held after the statement.
    pub in_block: bool,
    /// Milliseconds since the transaction began; 0 in a text.
    pub age_ms: u64,
    /// Strong locks (SHARE or stronger) held now on relations that existed before the transaction.
    pub held: Vec<HeldLock>,
    /// Constraints that this transaction added NOT VALID (or touched since): (relation OID, name).
    pub not_valid: Vec<(super::Oid, String)>,
    /// Tables that statements of this transaction wrote anew or read as a whole, in order.
    pub worked: Vec<Worked>,
    /// Tables whose rows UPDATE, DELETE, MERGE, COPY or INSERT ... SELECT changed in it; in texts only.
    pub changed: Vec<Relation>,
    /// The columns that it renamed.
    pub renamed_columns: Vec<RenamedColumn>,
    /// How many locks the server has room for: max_locks_per_transaction for each connection and prepared transaction; 0 where it is not
    /// known.
    pub lock_slots: u64,
    /// The effective `lock_timeout` in milliseconds; 0 is none.
    pub lock_timeout_ms: u64,
    /// What `architect.auto_lock_timeout` gives a statement that waits for a strong lock where `lock_timeout_ms` is 0: milliseconds;
    /// 0 for nothing.
    pub auto_lock_timeout_ms: u64,
    /// The effective `statement_timeout` in milliseconds; 0 is none.
    pub statement_timeout_ms: u64,
}

/// A column of a table that existed before, and got another name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RenamedColumn {
    /// The table.
    pub relation: super::Oid,
    /// Its name before.
    pub old: String,
    /// Its name from then on.
    pub new: String,
}

impl Transaction {
    /// The name that a column of the table had before the transaction renamed it; its name where it did not.
    #[must_use]
    pub fn name_before<'a>(&'a self, relation: super::Oid, column: &'a str) -> &'a str {
        let renamed = |name: &str| self.renamed_columns.iter().rev().find(|r| r.relation == relation && r.new == name);
        renamed(column).map_or(column, |renamed| renamed.old.as_str())
    }
}

/// What a transaction leaves behind, as far as it touched it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Aftermath {
    /// The tables.
    pub tables: Vec<Table>,
    /// Other relations that got their name: views, materialised views, sequences, composite types.
    pub named: Vec<NamedRelation>,
    /// Functions and procedures, created or altered.
    pub functions: Vec<Function>,
    /// Relations that got another name or schema.
    pub renamed: Vec<RenamedRelation>,
    /// Types, domains, schemas and routines that got another name.
    pub renamed_objects: Vec<RenamedObject>,
    /// Tables and views that existed before and that a DROP named.
    pub dropped: Vec<DroppedRelation>,
    /// Functions that were dropped and made anew with other arguments.
    pub replaced: Vec<ReplacedFunction>,
    /// Functions that the transaction made and that make calls ambiguous, with the number of arguments of such a call.
    pub ambiguous: Vec<(Function, usize)>,
    /// What was opened to PUBLIC.
    pub opened: Vec<super::Opened>,
    /// In a text whose statements commit one by one: those before its end that fail when it is run once more.
    pub fail_again: Vec<FailsAgain>,
}
