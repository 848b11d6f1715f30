//! What a rule can say that it looks at: kinds of statements, and aspects of tables.

use super::{AlterCommand, Ddl};

/// A set, each of whose members is one bit.
macro_rules! set {
    ($(#[$doc:meta])* $name:ident($bits:ty): $($(#[$member_doc:meta])* $member:ident = $place:literal,)*) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
        pub struct $name($bits);

        impl $name {
            $($(#[$member_doc])* pub const $member: $name = $name(1 << $place);)*

            /// Both together.
            #[must_use]
            pub const fn or(self, other: $name) -> $name {
                $name(self.0 | other.0)
            }

            /// Whether they have something in common.
            #[must_use]
            pub const fn meets(self, other: $name) -> bool {
                self.0 & other.0 != 0
            }
        }
    };
}

set! {
    /// What statements do: kinds of statements and of sub-commands of ALTER TABLE.
    Kinds(u32):
    /// ADD COLUMN.
    ADD_COLUMN = 0,
    /// DROP COLUMN.
    DROP_COLUMN = 1,
    /// ALTER COLUMN TYPE.
    ALTER_TYPE = 2,
    /// SET NOT NULL.
    SET_NOT_NULL = 3,
    /// DROP NOT NULL.
    DROP_NOT_NULL = 4,
    /// ADD CONSTRAINT, the form that uses an index too.
    ADD_CONSTRAINT = 5,
    /// VALIDATE CONSTRAINT.
    VALIDATE = 6,
    /// SET LOGGED and SET UNLOGGED.
    SET_PERSISTENCE = 7,
    /// SET TABLESPACE.
    SET_TABLESPACE = 8,
    /// SET ACCESS METHOD.
    SET_ACCESS_METHOD = 9,
    /// ATTACH PARTITION.
    ATTACH = 10,
    /// DETACH PARTITION.
    DETACH = 11,
    /// CREATE TABLE with columns.
    CREATE_TABLE = 12,
    /// CREATE INDEX.
    CREATE_INDEX = 13,
    /// DROP of anything.
    DROP = 14,
    /// RENAME of anything.
    RENAME = 15,
    /// SET SCHEMA.
    SET_SCHEMA = 16,
    /// Every other statement, and every other sub-command of ALTER TABLE.
    OTHER = 17,
}

set! {
    /// What a judgement can be about in a table.
    Aspects(u8):
    /// A column counts as touched.
    COLUMNS = 0,
    /// A constraint may count as touched.
    CONSTRAINTS = 1,
    /// An index may count as touched.
    INDEXES = 2,
    /// The table is new, or the judgement is a full check.
    WHOLE = 3,
    /// The table's own name is new.
    NAME = 4,
    /// Something was dropped of it that others may miss: an index, a constraint, a default.
    LOSSES = 5,
    /// Who may do what with it, or see which rows, was changed.
    RIGHTS = 6,
    /// It got or lost partitions.
    PARTITIONS = 7,
}

impl Kinds {
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
