//! Partitions that a text attaches and detaches.

use engine::facts::*;
use engine::hash::{QuickMap, QuickSet};
use pgrx::pg_sys;
use std::rc::Rc;

use super::super::server;
use super::Overlay;
use super::shared::Shared;

/// What is not as pg_inherits has it.
#[derive(Clone, Default)]
pub struct Lineage {
    /// The parent of a table now; 0 for none.
    parents: Rc<QuickMap<Oid, Oid>>,
    /// The tables that were attached, by parent.
    attached: Rc<QuickMap<Oid, Vec<Oid>>>,
    /// The default partition of a parent, where the text changed that.
    defaults: Rc<QuickMap<Oid, Option<(String, String)>>>,
    /// The partitions that the text made, by parent: schema and name.
    made: Rc<QuickMap<Oid, Vec<(String, String)>>>,
    /// The parents that have other partitions than in the catalog.
    rebound: Rc<QuickSet<Oid>>,
    /// The parents whose partitions changed, new ones included.
    pub(super) changed: Shared<PartitionParent, ()>,
    /// Children that the text gave to parents (true) or took from them by INHERIT and NO INHERIT: a table may have several parents.
    inherits: Rc<QuickMap<(Oid, Oid), bool>>,
    /// How many partitioned tables the text made.
    families: u32,
}

impl Lineage {
    /// The number of the next partitioned table that the text makes.
    pub(super) fn new_family(&mut self) -> u32 {
        self.families += 1;
        self.families
    }
}

impl Overlay {
    /// Whether something was attached or detached.
    pub fn lineage_changed(&self) -> bool {
        !self.lineage.parents.is_empty() || !self.lineage.inherits.is_empty()
    }

    /// The tables that inherit directly from the table now.
    pub fn children(&self, parent: Oid) -> Vec<Oid> {
        let stays = |child: &Oid| {
            self.lineage.parents.get(child).is_none_or(|now| *now == parent)
                && self.lineage.inherits.get(&(parent, *child)) != Some(&false)
        };
        if parent == 0 {
            return Vec::new();
        }
        let known = server::children(pg_sys::Oid::from(parent)).into_iter().map(|oid| oid.to_u32());
        let mut children: Vec<Oid> = known.filter(stays).collect();
        for child in self.lineage.attached.get(&parent).into_iter().flatten() {
            if stays(child) && !children.contains(child) {
                children.push(*child);
            }
        }
        for ((of, child), joined) in self.lineage.inherits.iter() {
            if *of == parent && *joined && !children.contains(child) {
                children.push(*child);
            }
        }
        children.sort_unstable();
        children
    }

    /// ALTER TABLE ... INHERIT, NO INHERIT.
    pub(super) fn inherit(&mut self, parent: &Relation, child: &Relation, joins: bool) {
        let (above, below) = (parent.oid, child.oid);
        // The server refuses a circle.
        if above == 0 || above == below || joins && self.is_below(above, below) {
            return;
        }
        if below != 0 {
            Rc::make_mut(&mut self.lineage.inherits).insert((above, below), joins);
            return;
        }
        let made = Rc::make_mut(&mut self.lineage.made).entry(above).or_default();
        made.retain(|(schema, name)| *schema != child.schema || *name != child.name);
        if joins {
            made.push((child.schema.clone(), child.name.clone()));
        }
    }

    /// Whether a table inherits from the other, at any depth.
    fn is_below(&self, table: Oid, other: Oid) -> bool {
        let mut found = self.children(other);
        let mut at = 0;
        while at < found.len() {
            for oid in self.children(found[at]) {
                if !found.contains(&oid) {
                    found.push(oid);
                }
            }
            at += 1;
        }
        found.contains(&table)
    }

    /// The partitions of the table that the text made.
    pub fn new_children(&self, parent: Oid) -> Vec<Table> {
        let made = self.lineage.made.get(&parent).into_iter().flatten();
        made.filter_map(|(schema, name)| self.table(schema, name).flatten().cloned()).collect()
    }

    /// The partitioned table that the text made this partition of.
    pub fn parent_of_new(&self, child: &Relation) -> Option<Oid> {
        let is_it = |(schema, name): &(String, String)| *schema == child.schema && *name == child.name;
        self.lineage.made.iter().find(|(_, made)| made.iter().any(is_it)).map(|(parent, _)| *parent)
    }

    /// The parent of a partition now.
    pub fn parent(&self, child: Oid) -> Option<Oid> {
        match self.lineage.parents.get(&child) {
            Some(0) => None,
            Some(parent) => Some(*parent),
            None => server::ancestors(pg_sys::Oid::from(child)).first().map(|oid| oid.to_u32()),
        }
    }

    /// A table becomes a partition of the other.
    pub(super) fn joins(&mut self, parent: &mut Table, child: &Table, statement: &Statement) {
        let (above, below) = (parent.relation.oid, child.relation.oid);
        // The server refuses both; what follows counts on a tree.
        if below != 0 && (self.parent(below).is_some() || self.is_at_or_above(below, above)) {
            return;
        }
        self.partition_comes(above, &child.relation, statement);
        if above != 0 && below != 0 {
            Rc::make_mut(&mut self.lineage.parents).insert(below, above);
            Rc::make_mut(&mut self.lineage.attached).entry(above).or_default().push(below);
        }
        self.resize(parent, |size| Size {
            bytes: size.bytes + child.relation.size.bytes,
            rows: size.rows + child.relation.size.rows,
        });
    }

    /// Whether a table is the other one, or above it.
    fn is_at_or_above(&self, table: Oid, other: Oid) -> bool {
        let mut at = Some(other);
        while let Some(oid) = at {
            if oid == table {
                return true;
            }
            at = self.parent(oid);
        }
        false
    }

    /// A partition becomes a table of its own, or goes.
    pub(super) fn leaves(&mut self, parent: &mut Table, child: &Table) {
        let (above, below) = (parent.relation.oid, child.relation.oid);
        if above != 0 && server::default_partition(pg_sys::Oid::from(above)).is_some_and(|d| d.to_u32() == below) {
            Rc::make_mut(&mut self.lineage.defaults).insert(above, None);
        }
        let own = (child.relation.schema.clone(), child.relation.name.clone());
        if self.lineage.defaults.get(&above) == Some(&Some(own)) {
            Rc::make_mut(&mut self.lineage.defaults).insert(above, None);
        }
        Rc::make_mut(&mut self.lineage.rebound).insert(above);
        if below == 0
            && let Some(made) = Rc::make_mut(&mut self.lineage.made).get_mut(&above)
        {
            made.retain(|(schema, name)| *schema != child.relation.schema || *name != child.relation.name);
        }
        if below != 0 {
            Rc::make_mut(&mut self.lineage.parents).insert(below, 0);
        }
        self.resize(parent, |size| Size {
            bytes: size.bytes.saturating_sub(child.relation.size.bytes),
            rows: size.rows.saturating_sub(child.relation.size.rows),
        });
    }

    /// A partition is dropped.
    pub(super) fn drop_partition(&mut self, partition: &Relation, position: usize) {
        let above = if partition.oid == 0 { self.parent_of_new(partition) } else { self.parent(partition.oid) };
        let Some(above) = above else { return };
        let Some(mut parent) = self.world().table_by_oid(pg_sys::Oid::from(above)) else { return };
        let child = Table { relation: partition.clone(), ..Table::default() };
        self.leaves(&mut parent, &child);
        self.put(parent, position, false);
    }

    /// The partitioned table has a further partition, made or attached by the statement.
    pub(super) fn partition_comes(&mut self, parent: Oid, child: &Relation, statement: &Statement) {
        if parent == 0 {
            return;
        }
        Rc::make_mut(&mut self.lineage.rebound).insert(parent);
        if child.oid == 0 {
            let name = (child.schema.clone(), child.name.clone());
            Rc::make_mut(&mut self.lineage.made).entry(parent).or_default().push(name);
        }
        if statement.impact.partition_bound.as_deref() == Some("DEFAULT") {
            let name = (child.schema.clone(), child.name.clone());
            Rc::make_mut(&mut self.lineage.defaults).insert(parent, Some(name));
        }
    }

    /// The default partition of the partitioned table; the outer none where the catalog knows it.
    pub fn default_partition(&self, parent: Oid) -> Option<Option<Table>> {
        let changed = self.lineage.defaults.get(&parent)?;
        Some(changed.as_ref().and_then(|(schema, name)| self.table(schema, name).flatten().cloned()))
    }

    /// Whether the parent has other partitions than the catalog knows: what their bounds leave to a default partition is not known.
    pub fn rebound(&self, parent: Oid) -> bool {
        self.lineage.rebound.contains(&parent)
    }

    /// Whether the catalog's word that this table is a part of another holds no more.
    pub fn has_left(&self, child: Oid) -> bool {
        self.lineage.parents.contains_key(&child)
    }

    /// Whether the text said NO INHERIT of the table.
    pub fn inherits_less(&self, child: Oid) -> bool {
        self.lineage.inherits.iter().any(|((_, of), joined)| *of == child && !joined)
    }

    /// The table, and those above it, hold more or less from now on.
    fn resize(&mut self, table: &mut Table, size: impl Fn(Size) -> Size) {
        table.relation.size = size(*table.relation.size).into();
        let mut oid = table.relation.oid;
        while oid != 0
            && let Some(parent) = self.parent(oid)
        {
            let Some(mut above) = self.world().table_by_oid(pg_sys::Oid::from(parent)) else { break };
            above.relation.size = size(*above.relation.size).into();
            let position = self.entries.get(&*super::key(&above.relation.schema, &above.relation.name));
            let position = position.map_or(0, |entry| entry.position);
            self.put(above, position, false);
            oid = parent;
        }
    }
}
