//! What a statement does, as a set: by it a rule says which statements it can speak of at all.

use super::{AlterCommand, Ddl};

/// A set of kinds of statements and of sub-commands of ALTER TABLE.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kinds(u32);

impl Kinds {
    /// ADD COLUMN.
    pub const ADD_COLUMN: Kinds = Kinds(1);
    /// DROP COLUMN.
    pub const DROP_COLUMN: Kinds = Kinds(1 << 1);
    /// ALTER COLUMN TYPE.
    pub const ALTER_TYPE: Kinds = Kinds(1 << 2);
    /// SET NOT NULL.
    pub const SET_NOT_NULL: Kinds = Kinds(1 << 3);
    /// DROP NOT NULL.
    pub const DROP_NOT_NULL: Kinds = Kinds(1 << 4);
    /// ADD CONSTRAINT, the form that uses an index too.
    pub const ADD_CONSTRAINT: Kinds = Kinds(1 << 5);
    /// VALIDATE CONSTRAINT.
    pub const VALIDATE: Kinds = Kinds(1 << 6);
    /// SET LOGGED and SET UNLOGGED.
    pub const SET_PERSISTENCE: Kinds = Kinds(1 << 7);
    /// SET TABLESPACE.
    pub const SET_TABLESPACE: Kinds = Kinds(1 << 8);
    /// SET ACCESS METHOD.
    pub const SET_ACCESS_METHOD: Kinds = Kinds(1 << 9);
    /// ATTACH PARTITION.
    pub const ATTACH: Kinds = Kinds(1 << 10);
    /// DETACH PARTITION.
    pub const DETACH: Kinds = Kinds(1 << 11);
    /// CREATE TABLE with columns.
    pub const CREATE_TABLE: Kinds = Kinds(1 << 12);
    /// CREATE INDEX.
    pub const CREATE_INDEX: Kinds = Kinds(1 << 13);
    /// DROP of anything.
    pub const DROP: Kinds = Kinds(1 << 14);
    /// RENAME of anything.
    pub const RENAME: Kinds = Kinds(1 << 15);
    /// SET SCHEMA.
    pub const SET_SCHEMA: Kinds = Kinds(1 << 16);
    /// Every other statement, and every other sub-command of ALTER TABLE.
    pub const OTHER: Kinds = Kinds(1 << 17);

    /// Both together.
    #[must_use]
    pub const fn or(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    /// Whether they have a kind in common.
    #[must_use]
    pub const fn meets(self, other: Kinds) -> bool {
        self.0 & other.0 != 0
    }

    /// What the statement does.
    #[must_use]
    pub fn of(ddl: &Ddl) -> Kinds {
        match ddl {
            Ddl::AlterTable(alter) => alter.commands.iter().map(Kinds::of_command).fold(Kinds::default(), Kinds::or),
            Ddl::CreateTable(_) => Kinds::CREATE_TABLE,
            Ddl::CreateIndex(_) => Kinds::CREATE_INDEX,
            Ddl::Drop(_) => Kinds::DROP,
            Ddl::Rename(_) => Kinds::RENAME,
            Ddl::SetSchema(_) => Kinds::SET_SCHEMA,
            _ => Kinds::OTHER,
        }
    }

    fn of_command(command: &AlterCommand) -> Kinds {
        match command {
            AlterCommand::AddColumn { .. } => Kinds::ADD_COLUMN,
            AlterCommand::DropColumn { .. } => Kinds::DROP_COLUMN,
            AlterCommand::AlterType { .. } => Kinds::ALTER_TYPE,
            AlterCommand::SetNotNull { .. } => Kinds::SET_NOT_NULL,
            AlterCommand::DropNotNull { .. } => Kinds::DROP_NOT_NULL,
            AlterCommand::AddConstraint(_) => Kinds::ADD_CONSTRAINT,
            AlterCommand::ValidateConstraint { .. } => Kinds::VALIDATE,
            AlterCommand::SetPersistence { .. } => Kinds::SET_PERSISTENCE,
            AlterCommand::SetTablespace { .. } => Kinds::SET_TABLESPACE,
            AlterCommand::SetAccessMethod { .. } => Kinds::SET_ACCESS_METHOD,
            AlterCommand::AttachPartition { .. } => Kinds::ATTACH,
            AlterCommand::DetachPartition { .. } => Kinds::DETACH,
            _ => Kinds::OTHER,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Kinds;
    use crate::facts::{AlterCommand, AlterTable, Ddl};

    #[test]
    fn a_statement_is_of_all_kinds_of_its_commands() {
        let commands =
            vec![AlterCommand::DropNotNull { column: "a".to_owned() }, AlterCommand::Other("CLUSTER ON".to_owned())];
        let ddl = Ddl::AlterTable(AlterTable { commands, ..AlterTable::default() });
        let kinds = Kinds::of(&ddl);
        assert_eq!(kinds, Kinds::DROP_NOT_NULL.or(Kinds::OTHER));
        assert!(kinds.meets(Kinds::OTHER) && !kinds.meets(Kinds::DROP_COLUMN.or(Kinds::DROP)));
    }
}
