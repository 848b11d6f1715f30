//! The names that the server gives what a statement leaves without one, and constraints with them.

use engine::facts::*;
use engine::sql::joined_name;
use pgrx::pg_sys;
use std::collections::HashSet;

use super::super::{catalog, node, types};
use super::Overlay;
use crate::pg::text::to_server;

/// The server's own: the longer part is cut first.
pub(super) fn object_name(table: &str, middle: Option<&str>, label: &str) -> String {
    let (table, middle, label) = (to_server(table), middle.map(to_server), to_server(label));
    let second = middle.as_ref().map_or(std::ptr::null(), |middle| middle.as_ptr());
    // SAFETY: C strings that outlive the call; the second may be NULL.
    unsafe { node::text(pg_sys::makeObjectName(table.as_ptr(), second, label.as_ptr())) }.unwrap_or_default()
}

/// `ChooseRelationName` and `ChooseConstraintName`: the first of the names that is free. `own` are taken, others may be.
fn first_free<'a>(
    table: &str,
    middle: Option<&str>,
    label: &str,
    own: impl Iterator<Item = &'a str> + Clone,
    taken: impl Fn(&str) -> bool,
) -> String {
    let plain = object_name(table, middle, label);
    if !own.clone().any(|name| name == plain) && !taken(&plain) {
        return plain;
    }
    // Of thousands of names that differ in their number not each is tried.
    let number = |name: &str| {
        let number: u32 = name.strip_prefix(&*plain)?.parse().ok()?;
        (name.len() == plain.len() + number.to_string().len()).then_some(number)
    };
    let numbers: HashSet<u32> = own.clone().filter_map(number).collect();
    // The number may cut what stands before it.
    let own: HashSet<&str> = if plain.len() + 10 < 64 { HashSet::new() } else { own.collect() };
    for n in (1u32..).filter(|n| !numbers.contains(n)) {
        let name = object_name(table, middle, &format!("{label}{n}"));
        if !own.contains(&*name) && !taken(&name) {
            return name;
        }
    }
    plain
}

fn names_of_indexes(table: &Table) -> impl Iterator<Item = &str> + Clone {
    table.indexes.iter().map(|index| &*index.name)
}

fn names_of_constraints(table: &Table) -> impl Iterator<Item = &str> + Clone {
    table.constraints.iter().map(|constraint| &*constraint.name)
}

/// The name that the server gives a CHECK, FOREIGN KEY or NOT NULL without one; `more` are taken too. None for constraints with an
/// index.
pub fn name_of_constraint(table: &Table, def: &ConstraintDef, more: &[String]) -> Option<String> {
    let (middle, label) = match def.kind {
        ConstraintKind::ForeignKey => (Some(joined_name(&def.columns)), "fkey"),
        ConstraintKind::NotNull => (Some(joined_name(&def.columns)), "not_null"),
        // Only the one column that an expression is about is named.
        ConstraintKind::Check => (<&[String; 1]>::try_from(&*def.mentions).ok().map(|[only]| only.clone()), "check"),
        _ => return None,
    };
    let own = names_of_constraints(table).chain(more.iter().map(String::as_str));
    Some(first_free(&table.relation.name, middle.as_deref(), label, own, |_| false))
}

impl Overlay {
    /// A name that no relation of the table's schema has.
    pub(super) fn free_name(&self, table: &Table, middle: Option<&str>, label: &str) -> String {
        let relation = &table.relation;
        let taken = |name: &str| self.is_taken(&relation.schema, name);
        first_free(&relation.name, middle, label, names_of_indexes(table), taken)
    }

    /// The same for an index of a table that is being made: its own names are in no map yet.
    pub(super) fn free_name_in(&self, table: &Table, middle: Option<&str>, label: &str) -> String {
        let relation = &table.relation;
        let own = names_of_indexes(table).chain(names_of_constraints(table));
        first_free(&relation.name, middle, label, own, |name| self.is_taken(&relation.schema, name))
    }

    /// Whether a relation of this name is there.
    fn is_taken(&self, schema: &str, name: &str) -> bool {
        if matches!(self.table(schema, name), Some(Some(_))) || self.index_here(schema, name).is_some() {
            return true;
        }
        let Some(behind) = self.behind(schema) else { return false };
        let there = Name { schema: Some(behind), name: name.to_owned() };
        catalog::find(&there).is_some_and(|oid| self.stands(oid, name))
    }

    /// Whether a relation of the catalog still is there under its name: the text may have dropped it, or given it another.
    pub fn stands(&self, oid: pg_sys::Oid, name: &str) -> bool {
        match catalog::index_with_table(oid) {
            Some((index, table)) => match self.table_by_oid(table.relation.oid) {
                Some(now) => now.is_some_and(|now| now.indexes.iter().any(|i| i.oid == index.oid && i.name == name)),
                None => true,
            },
            None => self.table_by_oid(oid.to_u32()).is_none(),
        }
    }

    /// The name that the server gives a constraint without one.
    fn constraint_name(&self, table: &Table, def: &ConstraintDef, columns: &[i16]) -> String {
        let (middle, label) = match def.kind {
            ConstraintKind::PrimaryKey => (None, "pkey"),
            ConstraintKind::Unique => {
                let all: Vec<String> = def.columns.iter().chain(&def.included).cloned().collect();
                (Some(joined_name(&all)), "key")
            }
            ConstraintKind::ForeignKey => (Some(joined_name(&def.columns)), "fkey"),
            ConstraintKind::Exclusion => (Some(joined_name(&def.columns)), "excl"),
            ConstraintKind::NotNull => (Some(joined_name(&def.columns)), "not_null"),
            // Only the one column that an expression is about is named.
            _ => {
                let only = <&[i16; 1]>::try_from(columns).ok().and_then(|[only]| table.column_by_number(*only));
                (only.map(|column| column.name.clone()), "check")
            }
        };
        let middle = middle.as_deref();
        if matches!(def.kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique | ConstraintKind::Exclusion) {
            return self.free_name_in(table, middle, label);
        }
        first_free(&table.relation.name, middle, label, names_of_constraints(table), |_| false)
    }

    /// Adds a constraint as the statement defines it.
    pub(super) fn add_constraint(&self, table: &mut Table, def: &ConstraintDef, others: &[Table]) {
        let using = def.using_index.as_deref().and_then(|name| table.index(name)).cloned();
        let named = if def.kind == ConstraintKind::Check { &def.mentions } else { &def.columns };
        let columns: Vec<i16> = match &using {
            Some(index) => index.keys.iter().filter_map(|key| key.column).collect(),
            None => named.iter().filter_map(|name| table.column(name).map(|c| c.number)).collect(),
        };
        let name = def
            .name
            .clone()
            .or_else(|| def.using_index.clone())
            .unwrap_or_else(|| self.constraint_name(table, def, &columns));
        if matches!(def.kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique | ConstraintKind::Exclusion) {
            if let Some(index) = def.using_index.as_ref().and_then(|n| table.indexes.iter_mut().find(|i| i.name == *n))
            {
                index.constraint = Some(name.clone()).into();
                index.name.clone_from(&name);
                index.primary = def.kind == ConstraintKind::PrimaryKey;
            } else {
                let keys = columns
                    .iter()
                    .map(|number| {
                        let column = table.column_by_number(*number).cloned().unwrap_or_default();
                        let opclass =
                            types::default_opclass(pg_sys::Oid::from(column.data_type.oid), pg_sys::BTREE_AM_OID);
                        let opfamily = if opclass == pg_sys::InvalidOid {
                            pg_sys::InvalidOid
                        } else {
                            // SAFETY: takes the OID of an operator class.
                            unsafe { pg_sys::get_opclass_family(opclass) }
                        };
                        IndexKey {
                            column: Some(*number),
                            opclass: opclass.to_u32(),
                            opfamily: opfamily.to_u32(),
                            collation: column.collation,
                            ..IndexKey::default()
                        }
                    })
                    .collect();
                let included = def.included.iter().filter_map(|n| table.column(n).map(|c| c.number)).collect();
                table.indexes.push(Index {
                    schema: table.relation.schema.clone(),
                    name: name.clone(),
                    method: if def.kind == ConstraintKind::Exclusion { "gist" } else { "btree" }.to_owned(),
                    unique: def.kind != ConstraintKind::Exclusion,
                    primary: def.kind == ConstraintKind::PrimaryKey,
                    exclusion: def.kind == ConstraintKind::Exclusion,
                    valid: true,
                    immediate: !def.deferrable,
                    constraint: Some(name.clone()).into(),
                    keys,
                    included,
                    nulls_not_distinct: def.nulls_not_distinct,
                    touched: true,
                    ..Index::default()
                });
            }
        }
        if matches!(def.kind, ConstraintKind::PrimaryKey | ConstraintKind::NotNull) {
            for column in table.columns.iter_mut().filter(|c| columns.contains(&c.number)) {
                column.not_null = true;
            }
        }
        let references = def.references.as_ref().map(|name| {
            let is_it = |relation: &Relation| {
                relation.name == name.name && name.schema.as_ref().is_none_or(|schema| *schema == relation.schema)
            };
            // A table of the same name that comes first in the search path; the one that is being made comes before all.
            let is_new =
                table.relation.oid == 0 && self.table(&table.relation.schema, &table.relation.name).flatten().is_none();
            let itself = is_it(&table.relation) && (is_new || !others.iter().any(|other| is_it(&other.relation)));
            let far = if itself { Some(&*table) } else { others.iter().find(|other| is_it(&other.relation)) };
            let names: Vec<String> = if def.referenced_columns.is_empty() {
                far.and_then(|far| {
                    let key = far.primary_key()?;
                    Some(far.column_names(&key.columns).into_iter().map(str::to_owned).collect())
                })
                .unwrap_or_default()
            } else {
                def.referenced_columns.clone()
            };
            Reference {
                oid: far.map_or(0, |far| far.relation.oid),
                schema: far.map(|far| far.relation.schema.clone()).or_else(|| name.schema.clone()).unwrap_or_default(),
                table: name.name.clone(),
                types: names
                    .iter()
                    .filter_map(|n| far.and_then(|far| far.column(n)).map(|c| c.data_type.clone()))
                    .collect(),
                columns: names,
                rows: far.map_or(0, |far| far.relation.size.rows).into(),
                on_delete: def.on_delete,
                on_update: def.on_update,
                opfamilies: Vec::new(),
                equality_families: Vec::new(),
            }
        });
        let delete_columns =
            def.delete_columns.iter().filter_map(|name| table.column(name)).map(|column| column.number).collect();
        table.constraints.push(Constraint {
            name,
            kind: def.kind,
            columns,
            match_full: def.match_full,
            deferred: def.deferred,
            delete_columns,
            validated: !def.not_valid && !def.not_enforced,
            enforced: !def.not_enforced,
            deferrable: def.deferrable,
            no_inherit: def.no_inherit,
            expression: if def.expression.is_some() { def.expression.clone().into() } else { Lazy::default() },
            referenced: references.as_ref().map_or(0, |reference| reference.oid),
            references: references.map(Lazy::from),
            table: table.relation.oid,
            touched: true,
            ..Constraint::default()
        });
    }
}
