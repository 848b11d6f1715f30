//! What goes: columns, constraints and indexes of a table, and everything else that a DROP takes along.

use engine::facts::*;
use pgrx::pg_sys;

use super::super::server::catalog as catalogs;
use super::super::{catalog, dependency, expression, walk};
use super::{Overlay, Used, key};

/// A column, with the indexes and constraints over it.
pub(super) fn column(table: &mut Table, number: i16) {
    let oid = table.relation.oid;
    let before = table.indexes.clone();
    let had_key = table.primary_key().is_some();
    let name = table.column_by_number(number).map(|column| column.name.clone()).unwrap_or_default();
    table.columns.retain(|c| c.number != number);
    table.indexes.retain(|index| {
        let mentions = index.mentions(number) || index.oid == 0 && new_index_computes(index, &name);
        !mentions
            && !(index.oid != 0
                && (index.predicate.is_some() || index.keys.iter().any(|k| k.expression.is_some()))
                && dependency::columns_of_index(pg_sys::Oid::from(index.oid), pg_sys::Oid::from(oid)).contains(&number))
    });
    // INCLUDE (column): the constraint goes with its index.
    let kept = |name: &str| table.indexes.iter().any(|index| index.constraint.as_deref() == Some(name));
    let lost = |name: &str| before.iter().any(|index| index.constraint.as_deref() == Some(name)) && !kept(name);
    table.constraints.retain(|c| !c.columns.contains(&number) && !lost(&c.name));
    note_lost(table, &before);
    table.lost_primary_key |= had_key && table.primary_key().is_none();
}

/// Whether an expression or the predicate of an index that the text made names the column.
pub fn new_index_computes(index: &Index, column: &str) -> bool {
    let expressions = index.keys.iter().filter_map(|key| key.expression.as_ref()).chain(index.predicate.as_ref());
    expressions.into_iter().filter_map(|text| expression::parse(text)).any(|expression| {
        // SAFETY: a raw expression of the parser's.
        unsafe { walk::columns(expression) }.iter().any(|name| name == column)
    })
}

/// A constraint, with its index.
pub(super) fn constraint(table: &mut Table, name: &str) {
    let kind = table.constraint(name).map(|constraint| constraint.kind);
    let lost = table.constraint(name).filter(|constraint| constraint.oid != 0).map(lost_constraint);
    table.lost_constraints.extend(lost);
    table.constraints.retain(|c| c.name != *name);
    let before = table.indexes.clone();
    table.indexes.retain(|index| index.constraint.as_deref() != Some(name));
    note_lost(table, &before);
    table.lost_primary_key |= kind == Some(ConstraintKind::PrimaryKey);
}

/// An index that serves no constraint.
pub(super) fn index(table: &mut Table, index: &Index) {
    let before = table.indexes.clone();
    table.indexes.retain(|i| i.name != index.name || i.schema != index.schema);
    note_lost(table, &before);
    if index.unique && index.oid != 0 && index.valid && index.predicate.is_none() {
        table.lost_constraints.push(LostConstraint {
            name: index.name.clone(),
            kind: ConstraintKind::Unique,
            columns: index.keys.iter().map(|key| key.column.unwrap_or(0)).collect(),
            expressions: index.keys.iter().filter_map(|key| key.expression.clone()).collect(),
            in_expressions: catalog::columns_in_expressions(pg_sys::Oid::from(index.oid)),
            ..LostConstraint::default()
        });
    }
}

impl Overlay {
    /// Takes along what the catalog says goes with what the statement drops.
    pub(super) fn take_along(&mut self, statement: &Statement) {
        let position = statement.position;
        let cascade = matches!(&statement.ddl, Ddl::Drop(drop) if drop.cascade);
        if cascade {
            self.take_along_what_is_new(statement);
        }
        for (class, object, sub) in &statement.impact.goes {
            let oid = pg_sys::Oid::from(*object);
            match *class {
                catalogs::CLASS if *sub != 0 => {
                    let Some(mut table) = self.world().table_by_oid(oid) else { continue };
                    column(&mut table, *sub as i16);
                    self.put(table, position, true);
                }
                catalogs::CLASS => {
                    if let Some((found, table)) = catalog::index_with_table(oid) {
                        let heap = pg_sys::Oid::from(table.relation.oid);
                        let Some(mut table) = self.world().table_by_oid(heap) else { continue };
                        let now = table.indexes.iter().find(|now| now.oid == found.oid).cloned();
                        if let Some(now) = now.filter(|now| now.constraint.is_none()) {
                            index(&mut table, &now);
                            self.put(table, position, true);
                        }
                    } else if let Some(table) = self.world().table_by_oid(oid)
                        && table.relation.schema != "pg_toast"
                    {
                        self.remove(&table.relation, position);
                    }
                }
                catalogs::CONSTRAINT => {
                    let mut owner = pg_sys::InvalidOid;
                    catalog::by_oid(*class, oid, |row| owner = row.oid("conrelid"));
                    if owner == pg_sys::InvalidOid {
                        continue;
                    }
                    let Some(mut table) = self.world().table_by_oid(owner) else { continue };
                    let name = table.constraints.iter().find(|known| known.oid == *object).map(|c| c.name.clone());
                    if let Some(name) = name {
                        constraint(&mut table, &name);
                        self.put(table, position, true);
                    }
                }
                catalogs::TYPE | catalogs::PROC | catalogs::NAMESPACE => {
                    self.dropped_objects.insert((*class, *object), ());
                }
                _ => {}
            }
        }
    }

    /// The foreign keys and columns that the text made and that go with what is dropped by CASCADE.
    fn take_along_what_is_new(&mut self, statement: &Statement) {
        let goes = |class: u32, oid: Oid| statement.impact.goes.contains(&(class, oid, 0));
        let dropped: Vec<&Relation> = match &statement.ddl {
            Ddl::Drop(Drop { kind: DropKind::Relation(RelationKind::Index), .. }) => Vec::new(),
            _ => statement.target.iter().chain(&statement.others).map(|table| &table.relation).collect(),
        };
        let refers = |key: &Constraint| {
            let to = |reference: &Lazy<Reference>| {
                dropped.iter().any(|relation| relation.schema == reference.schema && relation.name == reference.table)
            };
            key.referenced != 0 && goes(catalogs::CLASS, key.referenced) || key.references.as_ref().is_some_and(to)
        };
        let lose = |table: &Table| {
            table.constraints.iter().any(|key| key.oid == 0 && refers(key))
                || table.columns.iter().any(|c| c.created_here && goes(catalogs::TYPE, c.data_type.oid))
        };
        let mut lost: Vec<Used> = dropped.iter().map(|gone| Used::Named(key(&gone.schema, &gone.name))).collect();
        for (class, oid, sub) in &statement.impact.goes {
            match *class {
                catalogs::CLASS if *sub == 0 => lost.push(Used::Relation(*oid)),
                catalogs::TYPE => lost.push(Used::Type(*oid)),
                _ => {}
            }
        }
        let losing: Vec<Table> = self.users(&lost).into_iter().filter(|table| lose(table)).cloned().collect();
        for mut table in losing {
            table.constraints.retain(|key| key.oid != 0 || !refers(key));
            let new = |c: &&Column| c.created_here && goes(catalogs::TYPE, c.data_type.oid);
            let columns: Vec<i16> = table.columns.iter().filter(new).map(|c| c.number).collect();
            columns.into_iter().for_each(|number| column(&mut table, number));
            self.put(table, statement.position, true);
        }
    }
}

fn lost_constraint(constraint: &Constraint) -> LostConstraint {
    let only_not_null =
        constraint.kind == ConstraintKind::Check && catalog::check_is_not_null(pg_sys::Oid::from(constraint.oid));
    LostConstraint { only_not_null, ..LostConstraint::of(constraint) }
}

/// Notes the key columns of the indexes that the table no longer has.
fn note_lost(table: &mut Table, before: &[Index]) {
    let keys = |index: &Index| index.keys.iter().map(|key| key.column.unwrap_or(0)).collect::<Vec<i16>>();
    let lost = before.iter().filter(|index| !table.indexes.contains(index)).map(keys).collect::<Vec<_>>();
    table.lost_indexes.extend(lost);
}
