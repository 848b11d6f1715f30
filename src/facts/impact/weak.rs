//! COMMENT, CREATE STATISTICS, publications, and what the queries of rules and views lock: weak locks, on relations that the
//! statement may only mention.

use engine::facts::*;
use pgrx::pg_sys::{self, NodeTag};

use super::super::{node, walk};
use super::Builder;

impl Builder<'_> {
    /// The relation with this name, an index too.
    fn touch_named(&mut self, name: &Name, role: Role, lock: LockMode) {
        if let Some((index, _)) = self.world.index(name).filter(|(index, _)| index.oid != 0) {
            self.touch_oid(pg_sys::Oid::from(index.oid), role, lock);
        } else if let Some(table) = self.world.table(name) {
            self.touch(&table.relation, role, lock);
        }
    }

    /// `CommentObject`: relations and their columns. Of constraints, triggers, rules and policies the table is only read.
    ///
    /// # Safety
    /// `raw` points to a CommentStmt.
    pub(super) unsafe fn comment(&mut self, raw: *mut pg_sys::CommentStmt) {
        use pg_sys::ObjectType as O;
        // SAFETY: the caller's promise; the objects of these kinds are lists of strings.
        let (kind, mut parts) = unsafe {
            let list = node::cast::<pg_sys::List>((*raw).object, NodeTag::T_List);
            ((*raw).objtype, list.map(|list| node::strings(list)).unwrap_or_default())
        };
        match kind {
            O::OBJECT_COLUMN => {
                parts.pop();
            }
            O::OBJECT_TABLE
            | O::OBJECT_VIEW
            | O::OBJECT_MATVIEW
            | O::OBJECT_FOREIGN_TABLE
            | O::OBJECT_SEQUENCE
            | O::OBJECT_INDEX => {}
            _ => return,
        }
        let Some(name) = parts.pop() else { return };
        self.touch_named(&Name { schema: parts.pop(), name }, Role::Target, LockMode::ShareUpdateExclusive);
    }

    /// `CreateStatistics`.
    ///
    /// # Safety
    /// `raw` points to a CreateStatsStmt.
    pub(super) unsafe fn create_statistics(&mut self, raw: *mut pg_sys::CreateStatsStmt) {
        // SAFETY: the caller's promise; only plain relations are taken.
        let names: Vec<Name> = unsafe {
            node::list::<pg_sys::Node>((*raw).relations)
                .into_iter()
                .filter_map(|item| node::cast::<pg_sys::RangeVar>(item, NodeTag::T_RangeVar))
                .map(|range| node::name_of_range(range))
                .collect()
        };
        for name in names {
            self.touch_named(&name, Role::Target, LockMode::ShareUpdateExclusive);
        }
    }

    /// `OpenTableList`: the tables with what inherits from them; partitions belong to the publication without being named.
    ///
    /// # Safety
    /// `objects` is NULL or a list of PublicationObjSpec nodes.
    pub(super) unsafe fn published_tables(&mut self, objects: *mut pg_sys::List) {
        // SAFETY: the caller's promise; only tables have a PublicationTable.
        let ranges: Vec<*mut pg_sys::RangeVar> = unsafe {
            node::list::<pg_sys::PublicationObjSpec>(objects)
                .into_iter()
                .filter(|object| !(**object).pubtable.is_null())
                .map(|object| (*(*object).pubtable).relation)
                .collect()
        };
        for range in ranges {
            // SAFETY: a RangeVar.
            let (name, recurse) = unsafe { (node::name_of_range(range), (*range).inh) };
            let Some(table) = self.world.table(&name) else { continue };
            self.touch(&table.relation, Role::Target, LockMode::ShareUpdateExclusive);
            if recurse && table.relation.kind != RelationKind::PartitionedTable {
                for child in self.descendants(&table) {
                    self.touch(&child.relation, Role::Child, LockMode::ShareUpdateExclusive);
                }
            }
        }
    }

    /// `AlterPublication`: SET locks what it takes out as well.
    ///
    /// # Safety
    /// `raw` points to an AlterPublicationStmt.
    pub(super) unsafe fn alter_publication(&mut self, raw: *mut pg_sys::AlterPublicationStmt) {
        // SAFETY: the caller's promise; `missing_ok`; GetPublicationRelations returns a list of OIDs. With options alone there are no
        // objects.
        let before = unsafe {
            self.published_tables((*raw).pubobjects);
            let publication = pg_sys::get_publication_oid((*raw).pubname, true);
            let sets = (*raw).action == pg_sys::AlterPublicationAction::AP_SetObjects && !(*raw).pubobjects.is_null();
            if !sets || publication == pg_sys::InvalidOid {
                return;
            }
            node::oids(pg_sys::GetPublicationRelations(publication, pg_sys::PublicationPartOpt::PUBLICATION_PART_ROOT))
        };
        for oid in before {
            self.touch_oid(oid, Role::Other, LockMode::ShareUpdateExclusive);
        }
    }

    /// `DefineRule`: its queries are analysed, which locks what they change as if they ran.
    ///
    /// # Safety
    /// `raw` points to a RuleStmt.
    pub(super) unsafe fn create_rule(&mut self, raw: *mut pg_sys::RuleStmt, statement: &Statement) {
        if let Some(table) = &statement.target {
            self.touch(&table.relation, Role::Target, LockMode::AccessExclusive);
        }
        // SAFETY: the caller's promise; the actions are statements.
        let actions = unsafe { node::list::<pg_sys::Node>((*raw).actions) };
        // NOTIFY is no query.
        for action in actions {
            // SAFETY: as above.
            unsafe {
                for query in walk::roots(action) {
                    self.query_locks(query);
                }
            }
        }
    }

    /// What the analysis of a query locks: the targets of changes, and what is read FOR UPDATE.
    ///
    /// # Safety
    /// `root` is NULL or points to a raw query or a statement that changes data.
    pub(super) unsafe fn query_locks(&mut self, root: *mut pg_sys::Node) {
        let mut locks: Vec<(Name, LockMode)> = Vec::new();
        // SAFETY: each node is read as its tag says.
        unsafe {
            walk::visit(root, |found| {
                let mut target = |range: *mut pg_sys::RangeVar| {
                    locks.push((node::name_of_range(range), LockMode::RowExclusive));
                };
                match node::tag(found) {
                    NodeTag::T_InsertStmt => target((*found.cast::<pg_sys::InsertStmt>()).relation),
                    NodeTag::T_UpdateStmt => target((*found.cast::<pg_sys::UpdateStmt>()).relation),
                    NodeTag::T_DeleteStmt => target((*found.cast::<pg_sys::DeleteStmt>()).relation),
                    NodeTag::T_MergeStmt => target((*found.cast::<pg_sys::MergeStmt>()).relation),
                    NodeTag::T_SelectStmt => {
                        let select: *mut pg_sys::SelectStmt = found.cast();
                        for clause in node::list::<pg_sys::LockingClause>((*select).lockingClause) {
                            let only: Vec<Name> = node::list::<pg_sys::RangeVar>((*clause).lockedRels)
                                .into_iter()
                                .map(|range| node::name_of_range(range))
                                .collect();
                            for item in node::list::<pg_sys::Node>((*select).fromClause) {
                                let Some(range) = node::cast::<pg_sys::RangeVar>(item, NodeTag::T_RangeVar) else {
                                    continue;
                                };
                                let name = node::name_of_range(range);
                                let alias = if (*range).alias.is_null() {
                                    None
                                } else {
                                    node::text((*(*range).alias).aliasname)
                                };
                                let known = alias.as_ref().unwrap_or(&name.name);
                                if only.is_empty() || only.iter().any(|locked| locked.name == *known) {
                                    locks.push((name, LockMode::RowShare));
                                }
                            }
                        }
                    }
                    _ => {}
                }
            });
        }
        for (name, lock) in locks {
            if let Some(table) = self.world.table(&name) {
                self.touch(&table.relation, Role::Other, lock);
            }
        }
    }
}
