//! ATTACH and DETACH PARTITION, CREATE TABLE ... PARTITION OF: `ATExecAttachPartition`, `ATExecDetachPartition`,
//! `DefineRelation` in `src/backend/commands/tablecmds.c`.

use engine::facts::*;
use pgrx::pg_sys;
use std::ptr;

use super::super::catalog::{self, Open};
use super::super::server::catalog as catalogs;
use super::super::{expression, node, partition_bound, server};
use super::foreign_key::part_of_another;
use super::index::equal_index;
use super::versions::{self, since};
use super::{Builder, proof};
use crate::pg::attempt::attempt;

mod raw {
    use pgrx::pg_sys;

    unsafe extern "C-unwind" {
        // src/include/parser/parse_utilcmd.h
        pub fn transformPartitionBound(
            pstate: *mut pg_sys::ParseState,
            parent: pg_sys::Relation,
            spec: *mut pg_sys::PartitionBoundSpec,
        ) -> *mut pg_sys::PartitionBoundSpec;
        // src/include/catalog/partition.h
        pub fn get_proposed_default_constraint(constraints: *mut pg_sys::List) -> *mut pg_sys::List;
        pub fn map_partition_varattnos(
            expr: *mut pg_sys::List,
            fromrel_varno: i32,
            to_rel: pg_sys::Relation,
            from_rel: pg_sys::Relation,
        ) -> *mut pg_sys::List;
    }
}

/// What the rows of a relation are checked against.
#[derive(Clone, Copy)]
enum Against {
    /// A new partition against its bound.
    Bound,
    /// The default partition against what the new bound takes away.
    RestOfDefault,
    /// The same, with the bounds of the ancestors.
    RestOfDefaultBelow,
}

/// What a bound asks of a relation's rows.
struct Demand {
    /// The relation's constraints prove it already.
    proved: bool,
    /// The bound as SQL.
    bound: Option<String>,
    /// The demand as SQL over the relation's columns.
    condition: Option<String>,
}

/// The parent, if it is partitioned: what the server does with a bound takes its partition key for granted, and crashes without one.
/// A statement may name any table; it is refused later.
fn partitioned(parent: &Table) -> Option<Open> {
    Open::new(pg_sys::Oid::from(parent.relation.oid)).filter(|open| open.kind() == RelationKind::PartitionedTable)
}

/// The bound, analysed. None where that would run functions; raises an ERROR where it does not fit the parent.
///
/// # Safety
/// The parent is [`partitioned`], `table` is its facts; `bound` points to a raw PartitionBoundSpec, which is copied.
unsafe fn transformed(
    parent: &Open,
    table: &Table,
    bound: *mut pg_sys::PartitionBoundSpec,
) -> Option<*mut pg_sys::PartitionBoundSpec> {
    // SAFETY: the caller's promise; the boundary turns ERRORs into unwinds.
    unsafe {
        if !partition_bound::is_plain(table, bound) {
            return None;
        }
        let pstate = pg_sys::make_parsestate(ptr::null_mut());
        let copy = pg_sys::copyObjectImpl(bound.cast()).cast();
        Some(pg_sys::ffi::pg_guard_ffi_boundary(|| raw::transformPartitionBound(pstate, parent.0, copy)))
    }
}

/// What the bound asks of the table's rows. None where the bound cannot be analysed.
///
/// # Safety
/// `bound` is NULL, as for ALTER INDEX ... ATTACH PARTITION, which may name a table, or points to a raw PartitionBoundSpec.
unsafe fn demand(
    parent: &Table,
    table: &Table,
    bound: *mut pg_sys::PartitionBoundSpec,
    against: Against,
) -> Option<Demand> {
    let parent_open = partitioned(parent).filter(|_| !bound.is_null())?;
    let open = Open::new(pg_sys::Oid::from(table.relation.oid))?;
    attempt(|| {
        // SAFETY: both relations are referenced, and the parent is partitioned; the boundary turns ERRORs into unwinds.
        unsafe {
            let spec = transformed(&parent_open, parent, bound)?;
            let mut constraint = pg_sys::get_qual_from_partbound(parent_open.0, spec);
            if let Against::RestOfDefaultBelow = against {
                constraint = pg_sys::list_concat(constraint, bounds_of(&parent_open, &parent_open));
            }
            if let Against::RestOfDefault | Against::RestOfDefaultBelow = against {
                constraint = pg_sys::ffi::pg_guard_ffi_boundary(|| raw::get_proposed_default_constraint(constraint));
            }
            let text = node::text(pg_sys::deparse_expression(spec.cast(), ptr::null_mut(), false, false));
            let mut mapped = pg_sys::ffi::pg_guard_ffi_boundary(|| {
                raw::map_partition_varattnos(constraint, 1, open.0, parent_open.0)
            });
            if let Against::Bound = against {
                mapped = pg_sys::list_concat(mapped, bounds_of(&parent_open, &open));
            }
            if mapped.is_null() {
                return Some(Demand { proved: true, bound: text, condition: None });
            }
            let explicit: *mut pg_sys::Node = pg_sys::make_ands_explicit(mapped).cast();
            let condition = expression::print(explicit, table);
            let clauses = expression::provable(explicit);
            Some(Demand { proved: proof::proves_partition_constraint(table, clauses), bound: text, condition })
        }
    })
    .ok()
    .flatten()
}

/// The bound as SQL; none where it cannot be analysed.
///
/// # Safety
/// `bound` is NULL or points to a raw PartitionBoundSpec.
unsafe fn bound_as_sql(parent: &Table, bound: *mut pg_sys::PartitionBoundSpec) -> Option<String> {
    let open = partitioned(parent).filter(|_| !bound.is_null())?;
    attempt(|| {
        // SAFETY: the relation is referenced and partitioned; the bound is a raw one.
        unsafe {
            let spec = transformed(&open, parent, bound)?;
            node::text(pg_sys::deparse_expression(spec.cast(), ptr::null_mut(), false, false))
        }
    })
    .ok()
    .flatten()
}

/// The bounds of the relation and of its ancestors, over the columns of `over`: what `RelationGetPartitionQual` gives, which
/// would lock the ancestors.
///
/// # Safety
/// Raises an ERROR for what is inconsistent in the catalog.
unsafe fn bounds_of(relation: &Open, over: &Open) -> *mut pg_sys::List {
    let mut all: *mut pg_sys::List = ptr::null_mut();
    let mut oid = relation.form().oid;
    // SAFETY: both relations are referenced while their entries are read; relpartbound is PostgreSQL's own node text.
    unsafe {
        while catalog::relation_only(oid).is_some_and(|relation| relation.is_partition) {
            let parent = server::partition_parent(oid);
            let Some(parent_open) = Open::new(parent) else { break };
            let mut bound: *mut pg_sys::PartitionBoundSpec = ptr::null_mut();
            catalog::by_oid(catalogs::CLASS, oid, |row| {
                if let Some(text) = row.c_text("relpartbound") {
                    bound = pg_sys::stringToNode(text).cast();
                }
            });
            if bound.is_null() {
                break;
            }
            let constraint = pg_sys::get_qual_from_partbound(parent_open.0, bound);
            let mapped = pg_sys::ffi::pg_guard_ffi_boundary(|| {
                raw::map_partition_varattnos(constraint, 1, over.0, parent_open.0)
            });
            all = pg_sys::list_concat(all, mapped);
            oid = parent;
        }
    }
    all
}

impl Builder<'_> {
    /// The default partition of the table.
    pub(super) fn default_partition(&self, parent: &Table) -> Option<Table> {
        if parent.relation.oid == 0 {
            return None;
        }
        if let Some(changed) =
            self.world.overlay.as_ref().and_then(|overlay| overlay.default_partition(parent.relation.oid))
        {
            return changed;
        }
        let oid = server::default_partition(pg_sys::Oid::from(parent.relation.oid))?;
        self.world.table_by_oid(oid)
    }

    /// What the new partition takes, for a text, which is judged at its end.
    ///
    /// # Safety
    /// `bound` is NULL or points to a raw PartitionBoundSpec of a partition of `parent`.
    unsafe fn note_bound(&mut self, parent: &Table, bound: *mut pg_sys::PartitionBoundSpec) {
        if self.world.overlay.is_none() || bound.is_null() {
            return;
        }
        let read = || {
            // SAFETY: the caller's promise; a parent of the catalog is partitioned, or the bound is not analysed.
            unsafe {
                if (*bound).is_default || (*bound).strategy as u8 == b'h' {
                    return partition_bound::of_spec(bound);
                }
                match partitioned(parent) {
                    Some(open) => transformed(&open, parent, bound).map(|spec| partition_bound::of_spec(spec)),
                    None if parent.relation.oid == 0 && partition_bound::is_plain(parent, bound) => {
                        Some(partition_bound::of_raw(parent, bound))
                    }
                    None => None,
                }
                .unwrap_or_default()
            }
        };
        self.impact.new_bound = Some(attempt(read).unwrap_or_default());
    }

    /// A condition that follows from the bounds of the other partitions, which the catalog must know for that.
    fn if_bounds_stand(&self, parent: &Table, condition: Option<String>) -> Option<String> {
        let rebound = |overlay: &super::super::overlay::Overlay| overlay.rebound(parent.relation.oid);
        condition.filter(|_| !self.world.overlay.as_ref().is_some_and(rebound))
    }

    /// # Safety
    /// `command` points to the PartitionCmd of the sub-command.
    pub(super) unsafe fn attach(
        &mut self,
        number: usize,
        partition: &Name,
        command: *mut pg_sys::PartitionCmd,
        parent: &Table,
        others: &mut Vec<Table>,
    ) {
        let Some(attached) = self.world.table(partition) else { return };
        self.touch(&attached.relation, Role::Child, LockMode::AccessExclusive);
        let mut leaves = self.descendants(&attached);
        for leaf in &leaves {
            self.touch(&leaf.relation, Role::Child, LockMode::AccessExclusive);
        }
        leaves.insert(0, attached.clone());
        // SAFETY: the caller's promise.
        let bound = unsafe { (*command).bound };
        // SAFETY: as above.
        unsafe { self.note_bound(parent, bound) };
        for leaf in leaves.iter().filter(|leaf| leaf.relation.kind == RelationKind::Table && leaf.relation.oid != 0) {
            // SAFETY: the bound of this parent.
            let demand = unsafe { demand(parent, leaf, bound, Against::Bound) };
            if demand.as_ref().is_none_or(|demand| !demand.proved) {
                self.work(&leaf.relation, number, Work::Scan(Scan::PartitionBound));
            }
            if let Some(demand) = demand.filter(|_| leaf.relation.oid == attached.relation.oid) {
                let of_default = demand.bound.as_deref() == Some("DEFAULT");
                self.impact.partition_bound = demand.bound;
                self.impact.partition_constraint = match of_default {
                    true => self.if_bounds_stand(parent, demand.condition),
                    false => demand.condition,
                };
            }
        }
        // SAFETY: as above.
        unsafe { self.check_default_partition(number, parent, bound, !since(versions::DEFAULT_HAS_BOUND_ALONE)) };
        self.inherit_indexes(number, parent, &attached);
        self.inherit_foreign_keys(number, parent, Some(&attached));
        self.extend_referencing_keys(parent);
        others.push(attached);
    }

    /// The default partition must hold no row that belongs to the new one; `below`: what proves that no row of the default partition
    /// fits the new bound and those of the ancestors is enough.
    ///
    /// # Safety
    /// `bound` points to a raw PartitionBoundSpec of a partition of `parent`.
    unsafe fn check_default_partition(
        &mut self,
        number: usize,
        parent: &Table,
        bound: *mut pg_sys::PartitionBoundSpec,
        below: bool,
    ) {
        if parent.relation.oid == 0 {
            return;
        }
        let Some(default) = self.default_partition(parent) else { return };
        self.touch(&default.relation, Role::DefaultPartition, LockMode::AccessExclusive);
        let mut leaves = self.descendants(&default);
        for leaf in &leaves {
            self.touch(&leaf.relation, Role::DefaultPartition, LockMode::AccessExclusive);
        }
        leaves.insert(0, default);
        for leaf in leaves.iter().filter(|leaf| leaf.relation.kind == RelationKind::Table) {
            // SAFETY: the caller's promise.
            let demanded = unsafe { demand(parent, leaf, bound, Against::RestOfDefault) };
            let proved = |demand: &Option<Demand>| demand.as_ref().is_some_and(|demand| demand.proved);
            // SAFETY: as above.
            let enough = || below && proved(&unsafe { demand(parent, leaf, bound, Against::RestOfDefaultBelow) });
            if !proved(&demanded) && !enough() {
                if self.impact.default_constraint.is_none() {
                    self.impact.default_constraint = demanded.and_then(|demand| demand.condition);
                }
                self.work(&leaf.relation, number, Work::Scan(Scan::DefaultPartition));
            }
        }
    }

    /// `AttachPartitionEnsureIndexes`: every index of the parent exists on the partition, valid, or is built there.
    fn inherit_indexes(&mut self, number: usize, parent: &Table, attached: &Table) {
        for index in &parent.indexes {
            self.lock_parent_index(index);
            let kind = index.constraint.as_deref().and_then(|name| parent.constraint(name)).map(|c| c.kind);
            let words = kind.map(|kind| match kind {
                ConstraintKind::PrimaryKey => "PRIMARY KEY",
                ConstraintKind::Unique => "UNIQUE",
                _ => "EXCLUDE",
            });
            let serves = |own: &Index| {
                let own_kind = own.constraint.as_deref().and_then(|name| attached.constraint(name)).map(|c| c.kind);
                own.valid && (kind.is_none() || kind == own_kind)
            };
            if equal_index(attached, index, parent, serves).is_some() {
                continue;
            }
            if attached.relation.kind == RelationKind::PartitionedTable {
                self.index_on_partitions(number, parent, attached, index, words, LockMode::Share);
            } else if attached.relation.kind == RelationKind::Table {
                self.impact.missing_indexes.push(index.clone());
                let build = Work::BuildIndex { index: None, constraint: words, concurrently: false };
                self.work(&attached.relation, number, build);
            }
        }
    }

    /// A new child of a partitioned index: `IndexSetParentIndex`, `index_create`.
    fn lock_parent_index(&mut self, index: &Index) {
        if index.oid != 0 && since(versions::PARENTS_ARE_LOCKED) {
            self.touch_oid(pg_sys::Oid::from(index.oid), Role::Index, LockMode::ShareUpdateExclusive);
        }
    }

    /// `CloneFkReferenced`: the foreign keys that refer to the parent refer to the new partition too.
    fn extend_referencing_keys(&mut self, parent: &Table) {
        if parent.relation.oid == 0 || !super::partitions_lock_their_keys() {
            return;
        }
        let keys = catalog::referenced_by(pg_sys::Oid::from(parent.relation.oid));
        for key in &keys {
            // What belongs to a partition of the referencing table comes with the key of the whole. A key that came to the parent from
            // its own parent goes on to the new partition.
            let whole = catalog::parent_of_constraint(pg_sys::Oid::from(key.oid)).to_u32();
            if keys.iter().all(|other| other.oid != whole) && key.table != parent.relation.oid {
                self.touch_oid(pg_sys::Oid::from(key.table), Role::Referencing, LockMode::ShareRowExclusive);
            }
        }
    }

    pub(super) fn detach(
        &mut self,
        number: usize,
        partition: &Name,
        concurrently: bool,
        finalize: bool,
        parent: &Table,
        others: &mut Vec<Table>,
    ) {
        let Some(detached) = self.world.table(partition) else { return };
        let default = self.default_partition(parent);
        if concurrently {
            self.impact.several_transactions = true;
            if default.is_some() {
                self.refuse(
                    number,
                    RefusalKind::Concurrently,
                    format!(
                        "DETACH PARTITION ... CONCURRENTLY is refused while {} has a default partition",
                        parent.relation.display()
                    ),
                    "",
                );
            }
        }
        // The first transaction of the concurrent form takes SHARE UPDATE EXCLUSIVE on both; the second, when nobody uses the
        // old partitions any more, ACCESS EXCLUSIVE on the partition.
        let is_it = |default: &Table| {
            default.relation.schema == detached.relation.schema && default.relation.name == detached.relation.name
        };
        let role = if default.as_ref().is_some_and(is_it) { Role::DefaultPartition } else { Role::Child };
        self.touch(&detached.relation, role, LockMode::AccessExclusive);
        if !concurrently
            && !finalize
            && let Some(default) = default
        {
            self.touch(&default.relation, Role::DefaultPartition, LockMode::AccessExclusive);
        }
        for below in self.descendants(&detached) {
            self.touch(&below.relation, Role::Child, LockMode::AccessExclusive);
        }
        for index in detached.indexes.iter().filter(|index| index.is_partition && index.oid != 0) {
            self.touch_oid(pg_sys::Oid::from(index.oid), Role::Index, LockMode::AccessExclusive);
        }
        // ATDetachCheckNoForeignKeyRefs: no row may refer to the partition; the part of the key that did is dropped.
        if detached.relation.oid != 0 {
            for key in
                catalog::referenced_by(pg_sys::Oid::from(detached.relation.oid)).iter().filter(|key| key.inherited)
            {
                self.touch_oid(pg_sys::Oid::from(key.table), Role::Referencing, LockMode::AccessExclusive);
                if let Some(referencing) = self.world.table_by_oid(pg_sys::Oid::from(key.table))
                    && referencing.relation.kind == RelationKind::Table
                {
                    let scan = Scan::ForeignKey { constraint: Some(key.name.clone()) };
                    self.work(&referencing.relation, number, Work::Scan(scan));
                }
            }
        }
        // DetachPartitionFinalize makes the inherited foreign keys the partition's own, with triggers on both ends.
        let keys: Vec<&Constraint> = detached.foreign_keys().collect();
        for key in keys.iter().filter(|key| key.inherited && !part_of_another(key, &keys)) {
            if let Some(reference) = &key.references
                && let Some(referenced) = self.world.table_by_oid(pg_sys::Oid::from(reference.oid))
            {
                if super::partitions_lock_their_keys() {
                    self.lock_referenced_tree(&referenced);
                } else {
                    self.touch(&referenced.relation, Role::Referenced, LockMode::ShareRowExclusive);
                }
            }
        }
        others.push(detached);
    }

    /// CREATE TABLE with what it names: referenced tables, parents.
    ///
    /// # Safety
    /// `raw` points to a CreateStmt.
    pub(super) unsafe fn create_table(&mut self, raw: *mut pg_sys::CreateStmt, statement: &mut Statement) {
        let Ddl::CreateTable(create) = statement.ddl.clone() else { return };
        if create.if_not_exists && statement.existing.is_some() {
            statement.nothing_to_do = true;
            return;
        }
        let new = Table {
            relation: Relation {
                schema: create.name.schema.clone().or_else(|| self.world.creation_schema()).unwrap_or_default(),
                name: create.name.name.clone(),
                created_here: true,
                ..Relation::default()
            },
            ..Table::default()
        };
        let keys = create.columns.iter().flat_map(|column| &column.constraints).chain(&create.constraints);
        // The new table is there when its keys are made, in a schema that comes first unless the statement names one.
        let comes_first = create.temporary || create.name.schema.is_none();
        let itself = |name: &Name| {
            name.name == new.relation.name
                && match &name.schema {
                    Some(schema) => *schema == new.relation.schema,
                    None => comes_first,
                }
        };
        for def in keys.filter(|def| def.kind == ConstraintKind::ForeignKey) {
            if let Some(name) = def.references.as_ref().filter(|name| !itself(name)) {
                self.lock_referenced(name, &new, &mut statement.others);
            }
        }
        for name in &create.inherits {
            if let Some(parent) = self.world.table(name) {
                self.touch(&parent.relation, Role::Parent, LockMode::ShareUpdateExclusive);
                statement.others.push(parent);
            }
        }
        if let Some(parent) = create.partition_of.as_ref().and_then(|name| self.world.table(name)) {
            self.touch(&parent.relation, Role::Parent, LockMode::AccessExclusive);
            // SAFETY: a CREATE TABLE ... PARTITION OF has a bound.
            unsafe {
                let bound = (*raw).partbound;
                self.impact.partition_bound = bound_as_sql(&parent, bound);
                self.note_bound(&parent, bound);
                if !bound.is_null() && !(*bound).is_default {
                    self.check_default_partition(0, &parent, bound, false);
                }
            }
            self.inherit_foreign_keys(0, &parent, None);
            self.extend_referencing_keys(&parent);
            for index in &parent.indexes {
                self.lock_parent_index(index);
            }
            statement.others.push(parent);
        }
    }
}
