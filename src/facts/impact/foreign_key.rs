//! Foreign keys: `ATAddForeignKeyConstraint`, `addFkRecurseReferenced`, `addFkRecurseReferencing` in
//! `src/backend/commands/tablecmds.c`.

use engine::facts::*;
use pgrx::pg_sys;

use super::super::server;
use super::Builder;
use super::versions::{self, since};

impl Builder<'_> {
    /// The locks of a new foreign key on both trees, and the scan that validates it.
    pub(super) fn add_foreign_key(
        &mut self,
        number: usize,
        def: &ConstraintDef,
        table: &Table,
        lock: LockMode,
        validates: bool,
        others: &mut Vec<Table>,
    ) {
        if let Some(name) = &def.references {
            self.lock_referenced(name, table, others);
        }
        let scan = || Work::Scan(Scan::ForeignKey { constraint: def.name.clone() });
        if table.relation.kind == RelationKind::PartitionedTable {
            for child in self.descendants(table) {
                self.touch(&child.relation, Role::Child, lock);
                if validates && child.relation.kind == RelationKind::Table && !self.has_equal_key(&child, def) {
                    self.work(&child.relation, number, scan());
                }
            }
        } else if validates {
            self.work(&table.relation, number, scan());
        }
    }

    /// Whether the partition has the foreign key already, validated: it is attached then (`tryAttachPartitionForeignKey`).
    fn has_equal_key(&self, partition: &Table, def: &ConstraintDef) -> bool {
        let Some(referenced) = def.references.as_ref().and_then(|name| self.world.table(name)) else { return false };
        let primary = referenced.primary_key().map(|key| referenced.column_names(&key.columns)).unwrap_or_default();
        partition.foreign_keys().any(|own| {
            own.validated
                && !own.inherited
                && partition.column_names(&own.columns) == def.columns
                && own.references.as_ref().is_some_and(|reference| {
                    reference.oid == referenced.relation.oid
                        && reference.on_delete == def.on_delete
                        && reference.on_update == def.on_update
                        && if def.referenced_columns.is_empty() {
                            reference.columns == primary
                        } else {
                            reference.columns == def.referenced_columns
                        }
                })
        })
    }

    /// The referenced table and its partitions get the triggers that keep the key: SHARE ROW EXCLUSIVE.
    pub(super) fn lock_referenced(&mut self, name: &Name, table: &Table, others: &mut Vec<Table>) {
        let itself = name.name == table.relation.name
            && name.schema.as_ref().is_none_or(|schema| *schema == table.relation.schema);
        let referenced = match self.world.table(name) {
            Some(referenced) => referenced,
            None if itself => return,
            None => return,
        };
        self.lock_referenced_tree(&referenced);
        if !others.iter().any(|known| {
            known.relation.oid == referenced.relation.oid && known.relation.name == referenced.relation.name
        }) {
            others.push(referenced);
        }
    }

    /// As above, for a table that is found already.
    pub(super) fn lock_referenced_tree(&mut self, referenced: &Table) {
        self.touch(&referenced.relation, Role::Referenced, LockMode::ShareRowExclusive);
        if referenced.relation.kind == RelationKind::PartitionedTable {
            for child in self.descendants(referenced) {
                self.touch(&child.relation, Role::Referenced, LockMode::ShareRowExclusive);
            }
        }
    }

    /// The foreign keys that a new partition takes over from its parent; each is validated on it.
    pub(super) fn inherit_foreign_keys(&mut self, number: usize, parent: &Table, partition: Option<&Table>) {
        let keys: Vec<&Constraint> = parent.foreign_keys().collect();
        for key in &keys {
            let Some(reference) = &key.references else { continue };
            if part_of_another(key, &keys) {
                continue;
            }
            let Some(referenced) = self.world.table_by_oid(pg_sys::Oid::from(reference.oid)) else { continue };
            self.lock_referenced_tree(&referenced);
            if let Some(partition) = partition {
                self.inherit_foreign_key(number, key, &referenced, parent, partition);
            }
        }
    }

    /// `CloneFkReferencing`, `addFkRecurseReferencing`.
    fn inherit_foreign_key(
        &mut self,
        number: usize,
        key: &Constraint,
        referenced: &Table,
        parent: &Table,
        partition: &Table,
    ) {
        let Some(reference) = &key.references else { return };
        let names = parent.column_names(&key.columns);
        // From 18 on a key that is not valid yet is attached too, and validated.
        let there = partition.foreign_keys().find(|own| {
            (own.validated || since(versions::NOT_VALID_KEY_OF_PARTITIONED))
                && !own.inherited
                && own.deferrable == key.deferrable
                && own.references.as_ref().is_some_and(|r| {
                    r.oid == reference.oid
                        && r.columns == reference.columns
                        && r.on_delete == reference.on_delete
                        && r.on_update == reference.on_update
                })
                && partition.column_names(&own.columns) == names
        });
        if let Some(own) = there {
            if key.validated && !own.validated {
                let scan = Scan::ForeignKey { constraint: Some(own.name.clone()) };
                self.work(&partition.relation, number, Work::Scan(scan));
            }
            // tryAttachPartitionForeignKey: the partition's own triggers on the referenced tables are dropped.
            self.touch(&referenced.relation, Role::Referenced, LockMode::AccessExclusive);
            if super::partitions_lock_their_keys() {
                for child in self.descendants(referenced) {
                    self.touch(&child.relation, Role::Referenced, LockMode::AccessExclusive);
                }
            }
        } else if partition.relation.kind == RelationKind::PartitionedTable {
            for child in self.children(partition) {
                self.inherit_foreign_key(number, key, referenced, parent, &child);
            }
        } else if partition.relation.kind == RelationKind::Table && key.validated && key.enforced {
            self.impact.missing_keys.push(key.clone());
            let scan = Scan::ForeignKey { constraint: Some(key.name.clone()) };
            self.work(&partition.relation, number, Work::Scan(scan));
        }
    }
}

/// A foreign key to a partitioned table has a row of its own in pg_constraint for each partition of it.
pub(super) fn part_of_another(key: &Constraint, keys: &[&Constraint]) -> bool {
    let Some(reference) = &key.references else { return false };
    key.inherited
        && server::ancestors(pg_sys::Oid::from(reference.oid)).iter().any(|ancestor| {
            keys.iter().any(|other| {
                other.columns == key.columns && other.references.as_ref().is_some_and(|r| r.oid == ancestor.to_u32())
            })
        })
}
