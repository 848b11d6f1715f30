//! What fires no event trigger and is judged in texts only: TRUNCATE, LOCK TABLE, VACUUM FULL, CLUSTER; and ALTER SEQUENCE, which does.

use engine::facts::*;
use pgrx::pg_sys;

use super::super::server::catalog as catalogs;
use super::super::{catalog, node, server};
use super::Builder;
use super::versions::{self, since};

impl Builder<'_> {
    /// `ExecuteTruncateGuts`: the tables with all that inherits from them, and with CASCADE those that refer to them.
    ///
    /// # Safety
    /// `raw` points to the TruncateStmt that the statement was lowered from.
    pub(super) unsafe fn truncate(&mut self, raw: *mut pg_sys::TruncateStmt, statement: &Statement) {
        let Ddl::Truncate { cascade, .. } = statement.ddl else { return };
        // SAFETY: the caller's promise.
        let ranges = unsafe { node::list::<pg_sys::RangeVar>((*raw).relations) };
        let mut all: Vec<pg_sys::Oid> = Vec::new();
        for range in ranges {
            // SAFETY: a RangeVar.
            let (name, recurse) = unsafe { (node::name_of_range(range), (*range).inh) };
            let Some(table) = self.world.table(&name) else { continue };
            self.touch(&table.relation, Role::Target, LockMode::AccessExclusive);
            self.truncated_indexes(&table);
            all.push(pg_sys::Oid::from(table.relation.oid));
            if recurse {
                for child in self.descendants(&table) {
                    self.touch(&child.relation, Role::Child, LockMode::AccessExclusive);
                    self.truncated_indexes(&child);
                    all.push(pg_sys::Oid::from(child.relation.oid));
                }
            }
        }
        // SAFETY: as above.
        let restart = unsafe { (*raw).restart_seqs };
        let mut at = 0;
        while cascade && at < all.len() {
            let oid = all[at];
            at += 1;
            for key in catalog::referenced_by(oid) {
                let referencing = pg_sys::Oid::from(key.table);
                if !all.contains(&referencing) {
                    all.push(referencing);
                    self.touch_oid(referencing, Role::Dependent, LockMode::AccessExclusive);
                    if let Some(table) = self.world.table_by_oid(referencing) {
                        self.truncated_indexes(&table);
                    }
                }
            }
        }
        for oid in all.into_iter().filter(|_| restart) {
            if let Some(table) = self.world.table_by_oid(oid) {
                self.owned_sequences(&table);
            }
        }
    }

    /// The indexes get new files too; those of a partitioned table have none.
    fn truncated_indexes(&mut self, table: &Table) {
        if table.relation.kind == RelationKind::Table {
            self.index_locks(table);
        }
    }

    /// `LockTableCommand`: the tables with all that inherits from them.
    ///
    /// # Safety
    /// `raw` points to the LockStmt that the statement was lowered from.
    pub(super) unsafe fn lock_table(&mut self, raw: *mut pg_sys::LockStmt, statement: &Statement) {
        let Ddl::LockTable { mode, .. } = statement.ddl else { return };
        // SAFETY: the caller's promise.
        let ranges = unsafe { node::list::<pg_sys::RangeVar>((*raw).relations) };
        for range in ranges {
            // SAFETY: a RangeVar.
            let (name, recurse) = unsafe { (node::name_of_range(range), (*range).inh) };
            let Some(table) = self.world.table(&name) else { continue };
            self.touch(&table.relation, Role::Target, mode);
            if table.relation.kind == RelationKind::View && table.relation.oid == 0 {
                // Its query is in the text only.
                self.unknown(format!("which tables the view {} reads, which are locked too", table.relation.display()));
            } else if table.relation.kind == RelationKind::View {
                self.lock_view(pg_sys::Oid::from(table.relation.oid), mode, &mut Vec::new());
            }
            if recurse {
                for child in self.descendants(&table) {
                    self.touch(&child.relation, Role::Child, mode);
                }
            }
        }
    }

    /// `LockViewRecurse`: the tables and views that its query names, at any depth.
    fn lock_view(&mut self, view: pg_sys::Oid, mode: LockMode, seen: &mut Vec<pg_sys::Oid>) {
        if seen.contains(&view) {
            return;
        }
        seen.push(view);
        let mut rules = Vec::new();
        server::scan(catalogs::REWRITE, catalogs::REWRITE_RELID_INDEX, &[view], |row| {
            if row.char("ev_type") == '1' {
                rules.push(row.oid("oid"));
            }
        });
        let mut read: Vec<pg_sys::Oid> = Vec::new();
        for rule in rules {
            let keys = [pg_sys::Oid::from(catalogs::REWRITE), rule];
            server::scan(catalogs::DEPEND, catalogs::DEPEND_DEPENDER_INDEX, &keys, |row| {
                let object = row.oid("refobjid");
                if row.oid("refclassid").to_u32() == catalogs::CLASS && object != view && !read.contains(&object) {
                    read.push(object);
                }
            });
        }
        for oid in read {
            let Some(table) = self.world.table_by_oid(oid) else { continue };
            match table.relation.kind {
                RelationKind::View => {
                    self.touch(&table.relation, Role::Other, mode);
                    self.lock_view(oid, mode, seen);
                }
                RelationKind::Table | RelationKind::PartitionedTable => {
                    self.touch(&table.relation, Role::Other, mode);
                    for child in self.descendants(&table) {
                        self.touch(&child.relation, Role::Child, mode);
                    }
                }
                _ => {}
            }
        }
    }

    /// `vacuum`: with FULL, the tables with storage are written anew (`cluster_rel`), each in a transaction of its own.
    ///
    /// # Safety
    /// `raw` points to the VacuumStmt that the statement was lowered from.
    pub(super) unsafe fn vacuum(&mut self, raw: *mut pg_sys::VacuumStmt, statement: &Statement) {
        self.impact.several_transactions = true;
        if !matches!(statement.ddl, Ddl::Vacuum { full: true, .. }) {
            return;
        }
        // SAFETY: the caller's promise.
        let named = unsafe { node::list::<pg_sys::VacuumRelation>((*raw).rels) };
        for named in named {
            // SAFETY: a VacuumRelation of a statement that was parsed has its RangeVar.
            let (name, inherited) = unsafe {
                let range = (*named).relation;
                (node::name_of_range(range), (*range).inh)
            };
            let Some(table) = self.world.table(&name) else { continue };
            // `expand_vacuum_rel`.
            let recurse = if since(versions::VACUUM_RECURSES_AS_NAMED) {
                inherited
            } else {
                table.relation.kind == RelationKind::PartitionedTable
            };
            self.compact(&table, Role::Target);
            for child in if recurse { self.descendants(&table) } else { Vec::new() } {
                self.compact(&child, Role::Child);
            }
        }
    }

    /// `cluster`: the table, or the partitions of a partitioned table, each in a transaction of its own.
    pub(super) fn cluster(&mut self, statement: &Statement) {
        let Some(table) = &statement.target else { return };
        self.compact(table, Role::Target);
        if table.relation.kind == RelationKind::PartitionedTable {
            self.impact.several_transactions = true;
            for child in self.descendants(table) {
                // Only what has rows (`get_tables_to_cluster_partitioned`).
                if child.relation.kind != RelationKind::PartitionedTable {
                    self.compact(&child, Role::Child);
                }
            }
        }
    }

    /// One table of VACUUM FULL or CLUSTER. A partitioned table has nothing to write, but is locked for an instant
    /// (`vacuum_rel`, `cluster`): while the statement waits for that, so does everybody else.
    fn compact(&mut self, table: &Table, role: Role) {
        match table.relation.kind {
            RelationKind::PartitionedTable => self.touch(&table.relation, role, LockMode::AccessExclusive),
            RelationKind::Table | RelationKind::MaterializedView => {
                self.touch(&table.relation, role, LockMode::AccessExclusive);
                self.index_locks(table);
                self.work(&table.relation, 0, Work::Rewrite(Rewrite::Compaction));
            }
            _ => {}
        }
    }

    /// `AlterSequence`.
    ///
    /// # Safety
    /// `raw` points to an AlterSeqStmt.
    pub(super) unsafe fn alter_sequence(&mut self, raw: *mut pg_sys::AlterSeqStmt, statement: &mut Statement) {
        let Some(sequence) = statement.target.clone() else {
            // SAFETY: the caller's promise.
            statement.nothing_to_do = unsafe { (*raw).missing_ok };
            return;
        };
        self.touch(&sequence.relation, Role::Target, LockMode::ShareRowExclusive);
    }
}
