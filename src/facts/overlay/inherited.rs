//! What a change of a table does to others: its partitions and children take it over, and foreign keys are made anew.

use engine::facts::*;
use pgrx::pg_sys;

use super::super::expression;
use super::{Overlay, add_column, gone};

/// The CHECKs of a table of which a column has another name now.
pub(super) fn rename_in_checks(table: &mut Table, before: &Table, old: &str) {
    let Some(number) = before.column(old).map(|column| column.number) else { return };
    let mut renamed: Vec<(usize, String)> = Vec::new();
    for (at, check) in table.constraints.iter().enumerate() {
        if check.kind != ConstraintKind::Check || !check.columns.contains(&number) {
            continue;
        }
        let now = check.expression.as_deref().and_then(|text| expression::reprint(text, before, table));
        renamed.extend(now.map(|now| (at, now)));
    }
    for (at, now) in renamed {
        table.constraints[at].expression = Some(now).into();
    }
}

impl Overlay {
    /// The tables that the statement reached in this role, as they are now.
    fn reached(&self, statement: &Statement, role: Role) -> Vec<Table> {
        let touches = statement.impact.touches.iter().filter(|touch| touch.role == role);
        touches
            .filter_map(|touch| match touch.relation.oid {
                0 => self.table(&touch.relation.schema, &touch.relation.name).flatten().cloned(),
                oid => self.world().table_by_oid(pg_sys::Oid::from(oid)),
            })
            .collect()
    }

    /// Columns that partitions and children have from the table that is altered.
    pub(super) fn pass_down(&mut self, alter: &AlterTable, statement: &Statement) {
        let passed = |command: &&AlterCommand| {
            matches!(
                command,
                AlterCommand::AddColumn { .. } | AlterCommand::DropColumn { .. } | AlterCommand::AlterType { .. }
            )
        };
        let commands: Vec<&AlterCommand> = alter.commands.iter().filter(passed).collect();
        if commands.is_empty() {
            return;
        }
        for mut child in self.reached(statement, Role::Child) {
            for command in &commands {
                match command {
                    AlterCommand::AddColumn { column, .. } if child.column(&column.name).is_none() => {
                        add_column(&mut child, column);
                    }
                    AlterCommand::DropColumn { column, .. } => {
                        if let Some(number) = child.column(column).map(|c| c.number) {
                            gone::column(&mut child, number);
                        }
                    }
                    AlterCommand::AlterType { column, data_type, .. } => {
                        for found in child.columns.iter_mut().filter(|c| c.name == *column) {
                            found.touched |= data_type.oid == 0 || *found.data_type != *data_type;
                            found.data_type = data_type.clone().into();
                        }
                    }
                    _ => {}
                }
            }
            self.put(child, statement.position, true);
        }
    }

    /// RENAME COLUMN, of the parent, in partitions and children.
    pub(super) fn pass_down_name(&mut self, old: &str, new: &str, statement: &Statement) {
        for mut child in self.reached(statement, Role::Child) {
            let before = child.clone();
            for found in child.columns.iter_mut().filter(|column| column.name == old) {
                new.clone_into(&mut found.name);
                found.touched = true;
            }
            rename_in_checks(&mut child, &before, old);
            self.put(child, statement.position, true);
        }
    }

    /// A column of another type: the foreign keys from it and to it are made anew (`ATPostAlterTypeCleanup`).
    pub(super) fn renew_foreign_keys(&mut self, table: &mut Table, column: &str, statement: &Statement) {
        let Some(number) = table.column(column).map(|column| column.number) else { return };
        let oid = table.relation.oid;
        let foreign = |key: &&mut Constraint| key.kind == ConstraintKind::ForeignKey;
        let refers = |key: &Constraint| {
            let to_column = |reference: &Lazy<Reference>| reference.columns.iter().any(|name| name == column);
            oid != 0 && key.referenced == oid && key.references.as_ref().is_some_and(to_column)
        };
        for key in table.constraints.iter_mut().filter(foreign) {
            key.touched |= key.columns.contains(&number) || refers(key);
        }
        for mut far in self.reached(statement, Role::Referencing) {
            if far.relation.oid == oid {
                continue;
            }
            let mut found = false;
            for key in far.constraints.iter_mut().filter(foreign).filter(|key| refers(key)) {
                (key.touched, found) = (true, true);
            }
            if found {
                self.put(far, statement.position, true);
            }
        }
    }
}
