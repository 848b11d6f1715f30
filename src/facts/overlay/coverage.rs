//! Which keys a text leaves without a partition.

use engine::facts::*;
use engine::hash::QuickMap;
use pgrx::pg_sys;

use super::super::{catalog, partition_bound, partition_coverage, server};
use super::Overlay;
use crate::pg::attempt::attempt;

/// What the partitions take that the text made or attached, by parent.
pub(super) type Families = QuickMap<PartitionParent, Vec<PartitionBound>>;

/// How partitions know the table.
fn parent(table: &Table) -> Option<PartitionParent> {
    match (table.relation.oid, table.family) {
        (0, 0) => None,
        (0, family) => Some(PartitionParent::New(family)),
        (oid, _) => Some(PartitionParent::Catalog(oid)),
    }
}

impl Overlay {
    /// A table becomes a partition of the other by the statement.
    pub(super) fn becomes_partition(&mut self, child: &mut Table, above: &Table, statement: &Statement) {
        let kind = above.relation.kind;
        let Some(known) = parent(above).filter(|_| kind == RelationKind::PartitionedTable) else { return };
        child.partition_of = PartitionOf::Parent(known, statement.impact.new_bound.clone().unwrap_or_default());
        self.lineage.changed.insert(known, ());
        // So that it is judged at the end.
        if self.table(&above.relation.schema, &above.relation.name).is_none() {
            self.put(above.clone(), statement.position, false);
        }
    }

    /// A partition becomes a table of its own.
    pub(super) fn is_no_partition(&mut self, child: &mut Table, above: &Table) {
        child.partition_of = PartitionOf::None;
        if let Some(known) = parent(above) {
            self.lineage.changed.insert(known, ());
        }
    }

    /// A partition, or a child by plain inheritance, is dropped.
    pub(super) fn loses_partition(&mut self, child: &Relation) {
        let now = self.table(&child.schema, &child.name).flatten().map(|table| table.partition_of.clone());
        let known = match now.unwrap_or_default() {
            PartitionOf::Parent(parent, _) => Some(parent),
            PartitionOf::None => None,
            PartitionOf::AsInCatalog if child.oid == 0 => None,
            PartitionOf::AsInCatalog => server::parent_of_partition(pg_sys::Oid::from(child.oid))
                .map(|parent| PartitionParent::Catalog(parent.to_u32())),
        };
        if let Some(known) = known {
            self.lineage.changed.insert(known, ());
        }
    }

    /// Whether the table has other partitions than before the text.
    pub(super) fn changes_partitions(&self, table: &Table) -> bool {
        table.relation.kind == RelationKind::PartitionedTable
            && parent(table).is_some_and(|known| self.lineage.changed.get(&known).is_some())
    }

    /// What the partitions take that the text made or attached and that are still there.
    pub(super) fn families(&self) -> Families {
        let mut families = Families::default();
        if self.lineage.changed.iter().next().is_some() {
            for table in self.entries.values().filter_map(|entry| entry.table.as_deref()) {
                if let PartitionOf::Parent(parent, bound) = &table.partition_of {
                    families.entry(*parent).or_default().push(bound.clone());
                }
            }
        }
        families
    }

    /// Which keys the table's partitions leave without a place, if the text changed which there are.
    pub(super) fn cover(&self, table: &mut Table, families: &Families) {
        if !self.changes_partitions(table) {
            return;
        }
        let Some(known) = parent(table) else { return };
        table.partitions_touched = true;
        // What the server cannot answer is not known.
        let coverage = attempt(|| {
            let mut bounds = families.get(&known).cloned().unwrap_or_default();
            if let PartitionParent::Catalog(oid) = known {
                let oid = pg_sys::Oid::from(oid);
                for child in server::children(oid) {
                    let stays = match self.table_by_oid(child.to_u32()) {
                        None => true,
                        Some(now) => now.is_some_and(|now| now.partition_of == PartitionOf::AsInCatalog),
                    };
                    if stays {
                        // SAFETY: a bound of the catalog.
                        bounds.push(unsafe { partition_bound::of_spec(partition_bound::spec_of(child)) });
                    }
                }
                if !partition_coverage::default_order(oid, &bounds) {
                    return None;
                }
            }
            partition_coverage::of_bounds(bounds.iter())
        });
        let Some(coverage) = coverage.ok().flatten() else { return };
        let schema = &table.relation.schema;
        let is_taken = |name: &str| match (self.table(schema, name), self.behind(schema)) {
            (Some(now), _) => now.is_some(),
            (None, None) => false,
            (None, behind) => catalog::find(&Name { schema: behind, name: name.to_owned() }).is_some(),
        };
        table.coverage = Some(coverage.named(&table.relation.name, is_taken)).into();
    }
}
