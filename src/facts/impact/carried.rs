//! What goes with an object in a text: what the text itself took away is gone, what it renamed has its new name, and what it made goes
//! too.

use engine::facts::*;
use engine::sql;
use pgrx::pg_sys;

use super::super::dependency::Address;
use super::super::overlay::Used;
use super::super::overlay::gone::new_index_computes;
use super::super::server::catalog as catalogs;
use super::super::{catalog, node};
use super::Builder;

/// The table that an object is a part of; InvalidOid for what is none.
fn owner(address: &Address) -> pg_sys::Oid {
    let column = match address.class {
        catalogs::CLASS if address.sub != 0 => return address.object,
        catalogs::CONSTRAINT => "conrelid",
        catalogs::ATTRDEF => "adrelid",
        catalogs::TRIGGER => "tgrelid",
        catalogs::POLICY => "polrelid",
        _ => return pg_sys::InvalidOid,
    };
    let mut owner = pg_sys::InvalidOid;
    catalog::by_oid(address.class, address.object, |row| owner = row.oid(column));
    owner
}

/// The schema that the address is.
fn schema_of(address: &Address) -> Option<String> {
    Some(catalog::schema_name(address.object)).filter(|name| !name.is_empty())
}

/// The table that an object is, or is a part of; InvalidOid for what is none.
pub(super) fn table_of(address: &Address) -> pg_sys::Oid {
    if address.class != catalogs::CLASS || address.sub != 0 {
        return owner(address);
    }
    // SAFETY: takes any OID; `missing_ok`.
    let heap = unsafe {
        match pg_sys::get_rel_relkind(address.object) as u8 {
            pg_sys::RELKIND_INDEX | pg_sys::RELKIND_PARTITIONED_INDEX => pg_sys::IndexGetRelation(address.object, true),
            _ => pg_sys::InvalidOid,
        }
    };
    if heap == pg_sys::InvalidOid { address.object } else { heap }
}

/// The kinds of relations whose words in PostgreSQL's descriptions are ours.
fn is_described(kind: RelationKind) -> bool {
    use RelationKind as K;
    matches!(kind, K::Table | K::PartitionedTable | K::ForeignTable | K::View | K::MaterializedView)
}

impl Builder<'_> {
    /// A relation as PostgreSQL describes it: with its schema only where the name alone does not lead there.
    fn described(&self, relation: &Relation) -> String {
        let bare = Name::bare(relation.name.clone());
        let found = match relation.kind {
            RelationKind::Index => self.world.index(&bare).map(|(index, _)| index.schema),
            _ => self.world.table(&bare).map(|table| table.relation.schema),
        };
        let name = match found {
            Some(schema) if schema == relation.schema => sql::ident(&relation.name),
            _ => sql::qualified(&relation.schema, &relation.name),
        };
        // `getRelationDescription` has one word for both.
        let kind = match relation.kind {
            RelationKind::PartitionedTable => RelationKind::Table,
            RelationKind::PartitionedIndex => RelationKind::Index,
            kind => kind,
        };
        format!("{} {name}", kind.as_str())
    }

    /// Whether the text dropped it before.
    pub(super) fn is_gone(&self, address: &Address) -> bool {
        let Some(overlay) = &self.world.overlay else { return false };
        if overlay.dropped_object(address.class, address.object.to_u32()) {
            return true;
        }
        if address.class == catalogs::CLASS && address.sub == 0 {
            if let Some(now) = overlay.table_by_oid(address.object.to_u32()) {
                return now.is_none();
            }
            let Some((index, table)) = catalog::index_with_table(address.object) else { return false };
            return match overlay.table_by_oid(table.relation.oid) {
                Some(Some(now)) => !now.indexes.iter().any(|known| known.oid == index.oid),
                Some(None) => true,
                None => false,
            };
        }
        match overlay.table_by_oid(owner(address).to_u32()) {
            None => false,
            Some(None) => true,
            Some(Some(now)) => match address.class {
                catalogs::CLASS => now.column_by_number(address.sub as i16).is_none(),
                catalogs::CONSTRAINT => !now.constraints.iter().any(|known| known.oid == address.object.to_u32()),
                _ => false,
            },
        }
    }

    /// Whether the address is a column to which the text gave another type than the catalog knows.
    pub(super) fn has_other_type(&self, address: &Address) -> bool {
        let Some(overlay) = &self.world.overlay else { return false };
        if address.class != catalogs::CLASS || address.sub == 0 {
            return false;
        }
        let Some(Some(now)) = overlay.table_by_oid(address.object.to_u32()) else { return false };
        // SAFETY: takes any OID and number.
        let known = unsafe { pg_sys::get_atttype(address.object, address.sub as i16) };
        now.column_by_number(address.sub as i16).is_some_and(|column| column.data_type.oid != known.to_u32())
    }

    /// The object in PostgreSQL's words, by the name that it has now.
    pub(super) fn describe(&self, address: &Address) -> String {
        let Some(overlay) = &self.world.overlay else { return address.describe() };
        if address.class == catalogs::CLASS && address.sub == 0 {
            return match overlay.table_by_oid(address.object.to_u32()) {
                Some(Some(now)) => self.described(&now.relation),
                // The text may have made another of this name that comes first.
                None => match self.relation(address.object) {
                    Some(relation) if is_described(relation.kind) => self.described(&relation),
                    _ => address.describe(),
                },
                Some(None) => address.describe(),
            };
        }
        let owner = owner(address);
        let now = match overlay.table_by_oid(owner.to_u32()) {
            Some(Some(now)) => now,
            None => {
                let Some(relation) = self.relation(owner).filter(|relation| is_described(relation.kind)) else {
                    return address.describe();
                };
                let name = match address.class {
                    // SAFETY: takes any OID and number; `missing_ok`.
                    catalogs::CLASS => unsafe { node::text(pg_sys::get_attname(owner, address.sub as i16, true)) }
                        .map(|name| format!("column {name} of")),
                    // SAFETY: takes any OID.
                    catalogs::CONSTRAINT => unsafe { node::text(pg_sys::get_constraint_name(address.object)) }
                        .map(|name| format!("constraint {name} on")),
                    _ => None,
                };
                return name.map_or_else(|| address.describe(), |name| format!("{name} {}", self.described(&relation)));
            }
            _ => return address.describe(),
        };
        let table = self.described(&now.relation);
        let constraint = |oid: u32| now.constraints.iter().find(|known| known.oid == oid);
        match address.class {
            catalogs::CLASS => now
                .column_by_number(address.sub as i16)
                .map_or_else(|| address.describe(), |column| format!("column {} of {table}", column.name)),
            catalogs::CONSTRAINT => constraint(address.object.to_u32())
                .map_or_else(|| address.describe(), |found| format!("constraint {} on {table}", found.name)),
            _ => address.describe(),
        }
    }

    /// What the text made and goes with the roots.
    pub(super) fn carry(&mut self, command: usize, roots: &[Address], cascade: bool, silent_parts: bool) {
        let Some(overlay) = &self.world.overlay else { return };
        let mut found: Vec<(String, bool, bool)> = Vec::new();
        for root in roots {
            let oid = root.object.to_u32();
            if root.class == catalogs::CLASS && root.sub != 0 && silent_parts {
                let Some(Some(table)) = overlay.table_by_oid(oid) else { continue };
                let number = root.sub as i16;
                let name = table.column_by_number(number).map(|column| column.name.as_str()).unwrap_or_default();
                let includes = |constraint: &Constraint| {
                    let own = |index: &&Index| index.constraint.as_deref() == Some(&*constraint.name);
                    table.indexes.iter().find(own).is_some_and(|index| index.mentions(number))
                };
                let new = |c: &&Constraint| c.oid == 0 && (c.columns.contains(&number) || includes(c));
                for constraint in table.constraints.iter().filter(new) {
                    if constraint.kind != ConstraintKind::NotNull {
                        let unique = matches!(constraint.kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique);
                        let on = self.described(&table.relation);
                        found.push((format!("constraint {} on {on}", constraint.name), false, unique));
                    }
                }
                let goes = |index: &&Index| index.mentions(number) || new_index_computes(index, name);
                for index in table.indexes.iter().filter(|i| i.oid == 0 && i.constraint.is_none()).filter(goes) {
                    let relation = Relation {
                        schema: index.schema.clone(),
                        name: index.name.clone(),
                        kind: RelationKind::Index,
                        ..Relation::default()
                    };
                    found.push((self.described(&relation), false, index.unique));
                }
            }
            if !cascade {
                continue;
            }
            match root.class {
                catalogs::CLASS if root.sub == 0 => {
                    for table in overlay.users(&[Used::Relation(oid)]) {
                        let here = |key: &&Constraint| key.oid == 0 && key.referenced == oid;
                        for key in table.constraints.iter().filter(here) {
                            if key.kind == ConstraintKind::ForeignKey && table.relation.oid != oid {
                                let on = self.described(&table.relation);
                                found.push((format!("constraint {} on {on}", key.name), true, false));
                            }
                        }
                    }
                }
                catalogs::NAMESPACE => {
                    let Some(schema) = schema_of(root) else { continue };
                    for table in overlay.tables_in(&schema).iter().filter(|table| table.relation.oid == 0) {
                        found.push((self.described(&table.relation), true, false));
                    }
                }
                catalogs::TYPE => {
                    for table in overlay.users(&[Used::Type(oid)]) {
                        for column in table.columns.iter().filter(|c| c.created_here && c.data_type.oid == oid) {
                            let on = self.described(&table.relation);
                            found.push((format!("column {} of {on}", column.name), true, false));
                        }
                    }
                }
                _ => {}
            }
        }
        for (description, by_cascade, unique) in found {
            self.impact.collateral.push(Collateral { command, description, by_cascade, unique });
        }
    }
}
