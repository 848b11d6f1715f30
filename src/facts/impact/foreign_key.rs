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
        let scan = Scan::ForeignKey { constraint: def.name.clone() };
        self.foreign_key_rows(number, def, table, lock, validates.then_some(&scan));
    }

    /// The tables whose rows are checked, and their locks; `scan` is none where none is.
    pub(super) fn foreign_key_rows(
        &mut self,
        number: usize,
        def: &ConstraintDef,
        table: &Table,
        lock: LockMode,
        scan: Option<&Scan>,
    ) {
        if table.relation.kind == RelationKind::PartitionedTable {
            let referenced = def.references.as_ref().and_then(|name| self.world.table(name));
            let wanted = referenced.as_ref().map(|referenced| WantedKey::of_definition(def, referenced));
            self.key_of_partitions(number, table, referenced.as_ref().zip(wanted.as_ref()), lock, scan);
        } else if let Some(scan) = scan {
            self.work(&table.relation, number, Work::Scan(scan.clone()));
        }
    }

    /// `addFkRecurseReferencing`: a partition that has such a key already gives it to the parent, and what is below it is left alone.
    fn key_of_partitions(
        &mut self,
        number: usize,
        parent: &Table,
        key: Option<(&Table, &WantedKey)>,
        lock: LockMode,
        scan: Option<&Scan>,
    ) {
        for child in self.children(parent) {
            self.touch(&child.relation, Role::Child, lock);
            if let Some((referenced, wanted)) = key
                && let Some(own) = wanted.on(&child)
            {
                self.attach_key(number, &child, own, referenced, scan.is_some(), lock);
            } else if child.relation.kind == RelationKind::PartitionedTable {
                self.key_of_partitions(number, &child, key, lock, scan);
            } else if let (Some(scan), RelationKind::Table) = (scan, child.relation.kind) {
                self.work(&child.relation, number, Work::Scan(scan.clone()));
            }
        }
    }

    /// `tryAttachPartitionForeignKey`: the partition's own triggers on the referenced tables are dropped, and its rows that belong to
    /// partitions of the referenced table.
    fn attach_key(
        &mut self,
        number: usize,
        partition: &Table,
        own: &Constraint,
        referenced: &Table,
        must_be_valid: bool,
        lock: LockMode,
    ) {
        if must_be_valid && !own.validated {
            // QueueFKConstraintValidation.
            if partition.relation.kind == RelationKind::Table {
                let scan = Scan::ForeignKey { constraint: Some(own.name.clone()) };
                self.work(&partition.relation, number, Work::Scan(scan));
            }
            for child in self.children(partition) {
                self.validate_part(number, own, &child, lock);
            }
        }
        // A key that is NOT ENFORCED has no triggers.
        if !own.enforced {
            return;
        }
        self.touch(&referenced.relation, Role::Referenced, LockMode::AccessExclusive);
        if super::partitions_lock_their_keys() && referenced.relation.kind == RelationKind::PartitionedTable {
            // RemoveConstraintById locks the table of the constraint.
            self.touch(&partition.relation, Role::Child, LockMode::AccessExclusive);
            for child in self.descendants(referenced) {
                self.touch(&child.relation, Role::Referenced, LockMode::AccessExclusive);
            }
        }
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
        let wanted = WantedKey {
            columns: parent.column_names(&key.columns).into_iter().map(str::to_owned).collect(),
            referenced: reference.oid,
            referenced_columns: reference.columns.clone(),
            on_delete: reference.on_delete,
            on_update: reference.on_update,
            deferrable: key.deferrable,
            deferred: key.deferred,
            match_full: key.match_full,
        };
        if let Some(own) = wanted.on(partition) {
            let own = own.clone();
            self.attach_key(number, partition, &own, referenced, key.validated, LockMode::ShareUpdateExclusive);
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

/// What the key of a partition must be to be taken over by its parent (`tryAttachPartitionForeignKey`).
struct WantedKey {
    columns: Vec<String>,
    referenced: Oid,
    referenced_columns: Vec<String>,
    on_delete: ReferentialAction,
    on_update: ReferentialAction,
    deferrable: bool,
    deferred: bool,
    match_full: bool,
}

impl WantedKey {
    fn of_definition(def: &ConstraintDef, referenced: &Table) -> WantedKey {
        let primary = || referenced.primary_key().map(|key| referenced.column_names(&key.columns)).unwrap_or_default();
        WantedKey {
            columns: def.columns.clone(),
            referenced: referenced.relation.oid,
            referenced_columns: match def.referenced_columns.as_slice() {
                [] => primary().into_iter().map(str::to_owned).collect(),
                written => written.to_vec(),
            },
            on_delete: def.on_delete,
            on_update: def.on_update,
            deferrable: def.deferrable,
            deferred: def.deferred,
            match_full: def.match_full,
        }
    }

    /// Such a key of the partition.
    fn on<'t>(&self, partition: &'t Table) -> Option<&'t Constraint> {
        partition.foreign_keys().find(|own| {
            // From 18 on a key that is not valid yet is attached too, and validated.
            (own.validated || since(versions::NOT_VALID_KEY_OF_PARTITIONED))
                && !own.inherited
                && own.deferrable == self.deferrable
                && own.deferred == self.deferred
                && own.match_full == self.match_full
                && own.references.as_ref().is_some_and(|reference| {
                    reference.oid == self.referenced
                        && reference.columns == self.referenced_columns
                        && reference.on_delete == self.on_delete
                        && reference.on_update == self.on_update
                })
                && partition.column_names(&own.columns) == self.columns
        })
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
