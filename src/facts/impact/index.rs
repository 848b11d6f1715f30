//! CREATE INDEX, REINDEX: `DefineIndex` in `src/backend/commands/indexcmds.c`.

use engine::facts::*;
use pgrx::pg_sys;

use super::super::server;
use super::Builder;

impl Builder<'_> {
    /// # Safety
    /// `raw` points to an IndexStmt.
    pub(super) unsafe fn create_index(&mut self, _raw: *mut pg_sys::IndexStmt, statement: &mut Statement) {
        let (Ddl::CreateIndex(create), Some(table)) = (&statement.ddl, &statement.target) else { return };
        let relation = table.relation.clone();
        let lock = if create.concurrently { LockMode::ShareUpdateExclusive } else { LockMode::Share };
        self.impact.several_transactions = create.concurrently;
        self.touch(&relation, Role::Target, lock);
        // The partitions are locked before anything else is looked at.
        let children = if relation.kind == RelationKind::PartitionedTable && !create.only {
            self.descendants(&table.clone())
        } else {
            Vec::new()
        };
        if create.if_not_exists && statement.existing.is_some() {
            for child in &children {
                self.touch(&child.relation, Role::Child, lock);
            }
            statement.nothing_to_do = true;
            return;
        }
        let build = |name: Option<String>| Work::BuildIndex {
            index: name,
            constraint: None,
            concurrently: create.concurrently,
        };
        if relation.kind != RelationKind::PartitionedTable {
            self.work(&relation, 0, build(create.name.clone()));
            return;
        }
        if create.concurrently {
            self.refuse(
                0,
                RefusalKind::Concurrently,
                format!(
                    "CREATE INDEX CONCURRENTLY does not exist for partitioned tables, and {} is one",
                    relation.display()
                ),
                "",
            );
            // The partitions, on which the form that works builds one index each.
            for child in &children {
                self.touch(&child.relation, Role::Child, lock);
            }
            return;
        }
        if create.only {
            return;
        }
        for child in &children {
            self.touch(&child.relation, Role::Child, lock);
        }
        match create.index.clone() {
            Some(wanted) => self.index_on_partitions(0, &table.clone(), &table.clone(), &wanted, None, lock),
            None => self.unknown(format!(
                "which partitions of {} have such an index already: its definition cannot be analysed",
                relation.display()
            )),
        }
    }

    /// `DefineIndex` on a partitioned table: on each partition the first index that is equal is attached, else one is built.
    /// `wanted` is over the columns of `root`, the partitioned table that the statement names.
    pub(super) fn index_on_partitions(
        &mut self,
        number: usize,
        root: &Table,
        parent: &Table,
        wanted: &Index,
        constraint: Option<&'static str>,
        lock: LockMode,
    ) {
        for child in self.children(parent) {
            self.touch(&child.relation, Role::Child, lock);
            let serves = |index: &Index| constraint.is_none() || index.constraint.is_some();
            if let Some(equal) = equal_index(&child, wanted, root, serves) {
                self.touch_oid(pg_sys::Oid::from(equal.oid), Role::Index, lock);
            } else if child.relation.kind == RelationKind::Table {
                self.work(&child.relation, number, Work::BuildIndex { index: None, constraint, concurrently: false });
            } else {
                self.index_on_partitions(number, root, &child, wanted, constraint, lock);
            }
        }
    }

    /// `ReindexIndex`, `ReindexTable`, and for partitioned ones `ReindexPartitions`: each partition in a transaction of its own.
    pub(super) fn reindex(&mut self, statement: &Statement) {
        let Ddl::Reindex { is_index, concurrently, .. } = &statement.ddl else { return };
        let Some(table) = &statement.target else { return };
        let partitioned = table.relation.kind == RelationKind::PartitionedTable;
        self.impact.several_transactions = *concurrently || partitioned;
        let (table_lock, index_lock) = if *concurrently {
            (LockMode::ShareUpdateExclusive, LockMode::ShareUpdateExclusive)
        } else {
            (LockMode::Share, LockMode::AccessExclusive)
        };
        let named = statement.index.as_ref().filter(|_| *is_index);
        self.touch(&table.relation, if *is_index { Role::IndexedTable } else { Role::Target }, table_lock);
        if let Some(index) = named.filter(|index| *concurrently && index.exclusion) {
            self.refuse(
                0,
                RefusalKind::Concurrently,
                format!(
                    "index {} serves an exclusion constraint, which REINDEX CONCURRENTLY does not know",
                    index.sql()
                ),
                format!("REINDEX INDEX {};", index.sql()),
            );
            return;
        }
        let mut tables = vec![table.clone()];
        if partitioned {
            tables.extend(self.descendants(table));
            if let Some(named) = named {
                self.touch_oid(pg_sys::Oid::from(named.oid), Role::Index, index_lock);
            }
            // What is below is locked while the list of partitions is made, with CONCURRENTLY too.
            for member in &tables[1..] {
                match named {
                    None => self.touch(&member.relation, Role::Child, LockMode::Share),
                    Some(named) => {
                        for index in member.indexes.iter().filter(|index| descends(index, named)) {
                            self.touch_oid(pg_sys::Oid::from(index.oid), Role::Index, LockMode::Share);
                        }
                    }
                }
            }
        }
        for member in tables.iter().filter(|member| member.relation.kind != RelationKind::PartitionedTable) {
            self.reindex_table(member, *concurrently, named, Role::Child);
        }
    }

    /// `reindex_relation`, `ReindexRelationConcurrently`: all its indexes, or one and what is attached below it.
    pub(super) fn reindex_table(&mut self, table: &Table, concurrently: bool, named: Option<&Index>, role: Role) {
        let (table_lock, index_lock) = if concurrently {
            (LockMode::ShareUpdateExclusive, LockMode::ShareUpdateExclusive)
        } else {
            (LockMode::Share, LockMode::AccessExclusive)
        };
        self.touch(&table.relation, role, table_lock);
        for index in table.indexes.iter().filter(|index| index.oid != 0) {
            let asked = named.is_none_or(|named| descends(index, named));
            // REINDEX TABLE CONCURRENTLY passes over the indexes of exclusion constraints and over invalid ones.
            if !asked || concurrently && named.is_none() && (index.exclusion || !index.valid) {
                continue;
            }
            self.touch_oid(pg_sys::Oid::from(index.oid), Role::Index, index_lock);
            let why = "REINDEX asks for it".to_owned();
            self.work(&table.relation, 0, Work::RebuildIndex { index: index.sql(), why });
        }
    }
}

/// Whether the index is the other one, or is attached below it.
fn descends(index: &Index, ancestor: &Index) -> bool {
    index.oid == ancestor.oid
        || server::ancestors(pg_sys::Oid::from(index.oid)).contains(&pg_sys::Oid::from(ancestor.oid))
}

/// The partition's first unattached index that is equal to one wanted on the parent (`CompareIndexInfo`): same method,
/// uniqueness, keys with operator families and collations, INCLUDE columns, expressions and predicate; the order of the keys
/// does not count. Columns are compared by name, since a partition may number them differently. `serves` says what else the
/// caller asks of it.
pub(super) fn equal_index<'t>(
    partition: &'t Table,
    wanted: &Index,
    parent: &Table,
    serves: impl Fn(&Index) -> bool,
) -> Option<&'t Index> {
    let name = |table: &Table, number: i16| table.column_by_number(number).map(|column| column.name.clone());
    if wanted.exclusion {
        return None;
    }
    partition.indexes.iter().find(|index| {
        // An index that is attached already belongs to another index of the parent.
        !index.is_partition
            && !index.exclusion
            && serves(index)
            && index.method == wanted.method
            && index.unique == wanted.unique
            && index.nulls_not_distinct == wanted.nulls_not_distinct
            && index.keys.len() == wanted.keys.len()
            && index.included.len() == wanted.included.len()
            && index.keys.iter().zip(&wanted.keys).all(|(a, b)| {
                a.opfamily == b.opfamily
                    && a.collation == b.collation
                    && match (a.column, b.column) {
                        (Some(a), Some(b)) => name(partition, a) == name(parent, b),
                        (None, None) => a.expression == b.expression,
                        _ => false,
                    }
            })
            && index.included.iter().zip(&wanted.included).all(|(a, b)| name(partition, *a) == name(parent, *b))
            && index.predicate == wanted.predicate
    })
}
