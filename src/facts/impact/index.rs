//! CREATE INDEX, REINDEX: `DefineIndex` in `src/backend/commands/indexcmds.c`.

use engine::facts::*;
use pgrx::pg_sys;

use super::Builder;

impl Builder<'_> {
    /// # Safety
    /// `raw` points to an IndexStmt.
    pub(super) unsafe fn create_index(&mut self, _raw: *mut pg_sys::IndexStmt, statement: &mut Statement) {
        let (Ddl::CreateIndex(create), Some(table)) = (&statement.ddl, &statement.target) else { return };
        if create.if_not_exists && statement.existing.is_some() {
            statement.nothing_to_do = true;
            return;
        }
        let relation = table.relation.clone();
        let lock = if create.concurrently { LockMode::ShareUpdateExclusive } else { LockMode::Share };
        self.impact.several_transactions = create.concurrently;
        self.touch(&relation, Role::Target, lock);
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
                format!("CREATE INDEX CONCURRENTLY does not exist for partitioned tables, and {} is one", relation.display()),
                "",
            );
            // The partitions, on which the form that works builds one index each.
            for child in self.descendants(&table.clone()) {
                self.touch(&child.relation, Role::Child, lock);
            }
            return;
        }
        if create.only {
            return;
        }
        let wanted = create.index.clone();
        for child in self.descendants(&table.clone()) {
            self.touch(&child.relation, Role::Child, lock);
            let there = wanted.as_ref().is_some_and(|index| has_equal_index(&child, index, table, None));
            if child.relation.kind == RelationKind::Table && !there {
                self.work(&child.relation, 0, build(None));
            }
        }
    }

    pub(super) fn reindex(&mut self, statement: &Statement) {
        let Ddl::Reindex { is_index, concurrently, .. } = &statement.ddl else { return };
        let Some(table) = &statement.target else { return };
        self.impact.several_transactions = *concurrently;
        let (table_lock, index_lock) = if *concurrently {
            (LockMode::ShareUpdateExclusive, LockMode::ShareUpdateExclusive)
        } else {
            (LockMode::Share, LockMode::AccessExclusive)
        };
        self.touch(&table.relation, if *is_index { Role::IndexedTable } else { Role::Target }, table_lock);
        let indexes: Vec<&Index> = match &statement.index {
            Some(index) if *is_index => vec![index],
            _ => table.indexes.iter().collect(),
        };
        for index in indexes {
            self.touch_oid(pg_sys::Oid::from(index.oid), Role::Index, index_lock);
            let why = "REINDEX asks for it".to_owned();
            self.work(&table.relation, 0, Work::RebuildIndex { index: index.sql(), why });
        }
    }
}

/// Whether the partition has a valid, unattached index that DefineIndex would attach instead of building one
/// (`CompareIndexInfo`): same method, uniqueness, keys with operator families and collations, INCLUDE columns, expressions and
/// predicate. Columns are compared by name, since a partition may number them differently. A constraint's index matches
/// only a constraint's index of the same kind.
pub(super) fn has_equal_index(partition: &Table, wanted: &Index, parent: &Table, constraint: Option<ConstraintKind>) -> bool {
    let name = |table: &Table, number: i16| table.column_by_number(number).map(|column| column.name.clone());
    partition.indexes.iter().any(|index| {
        let backed = index.constraint.as_deref().and_then(|c| partition.constraint(c)).map(|c| c.kind);
        // An index that is attached already belongs to another index of the parent.
        !index.is_partition
            && index.valid
            && (constraint.is_none() || backed == constraint)
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
