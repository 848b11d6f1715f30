//! The schemas that a text creates, renames and drops.

use engine::facts::Table;
use engine::hash::QuickMap;
use std::rc::Rc;

use super::super::catalog;
use super::super::world::World;
use super::{Entry, Overlay, TEMPORARY, key};

/// What became of a schema.
#[derive(Clone)]
enum Standing {
    /// Dropped, or renamed.
    Gone,
    /// The text made it: nothing of the catalog is in it.
    New,
    /// It has this name in the catalog.
    Was(String),
}

/// The schemas that the text touched, by their name now.
#[derive(Clone, Default)]
pub struct Schemas(Rc<QuickMap<String, Standing>>);

impl Overlay {
    /// The name in the catalog of what is called so now; none where the catalog has nothing of it.
    pub fn behind(&self, schema: &str) -> Option<String> {
        match self.schemas.0.get(schema) {
            None => Some(schema.to_owned()),
            Some(Standing::Was(old)) => Some(old.clone()),
            Some(Standing::Gone | Standing::New) => None,
        }
    }

    /// What the schema of the catalog is called now; none where nothing was renamed.
    pub fn renamed_schema(&self, schema: &str) -> Option<String> {
        let was = |standing: &Standing| matches!(standing, Standing::Was(old) if old == schema);
        self.schemas.0.iter().find(|(_, standing)| was(standing)).map(|(name, _)| name.clone())
    }

    /// Whether there is such a schema now.
    pub(super) fn has_schema(&self, schema: &str) -> bool {
        match self.schemas.0.get(schema) {
            None => catalog::schema(schema).is_some(),
            Some(Standing::Gone) => false,
            Some(_) => true,
        }
    }

    /// The schema in which an unqualified object is created.
    pub fn creation_schema(&self) -> Option<String> {
        let mut path = self.search_path.iter().filter(|schema| *schema != "pg_catalog");
        path.find(|schema| *schema == TEMPORARY || self.has_schema(schema)).cloned()
    }

    /// CREATE SCHEMA: what it holds finds the new schema first. Gives the search path before.
    pub fn enter_schema(&mut self, schema: &str) -> Vec<String> {
        if !self.has_schema(schema) {
            Rc::make_mut(&mut self.schemas.0).insert(schema.to_owned(), Standing::New);
        }
        let path = self.written_path.clone();
        let inside = std::iter::once(schema.to_owned()).chain(path.iter().cloned()).collect();
        self.set_search_path(inside);
        path
    }

    /// DROP SCHEMA, with all that is in it.
    pub(super) fn drop_schema(&mut self, schema: &str, position: usize) {
        for table in self.tables_in(schema) {
            self.remove(&table.relation, position);
        }
        Rc::make_mut(&mut self.functions).retain(|(function, _)| function.schema != schema);
        Rc::make_mut(&mut self.schemas.0).insert(schema.to_owned(), Standing::Gone);
    }

    /// ALTER SCHEMA RENAME.
    pub(super) fn rename_schema(&mut self, old: &str, new: &str) {
        let standing = match self.schemas.0.get(old) {
            Some(standing) => standing.clone(),
            None => Standing::Was(old.to_owned()),
        };
        for mut table in self.tables_in(old) {
            let was = key(old, &table.relation.name);
            let Some(entry) = self.entries.get(&*was).cloned() else { continue };
            new.clone_into(&mut table.relation.schema);
            for index in &mut table.indexes {
                new.clone_into(&mut index.schema);
            }
            for column in &mut table.columns {
                let moved = column.serial_sequence.as_ref().and_then(|sequence| {
                    let rest = sequence.strip_prefix(&format!("{}.", engine::sql::ident(old)))?;
                    Some(format!("{}.{rest}", engine::sql::ident(new)))
                });
                if moved.is_some() {
                    column.serial_sequence = moved.into();
                }
            }
            self.entries.change(&was).remove(&was);
            let (position, touched) = (entry.position, entry.touched);
            // It did not move: its schema is called something else.
            let was = entry
                .was
                .clone()
                .map(|(first, at)| if first.0 == old { (key(new, &first.1), at) } else { (first, at) });
            let places = entry.places.clone();
            let moved = self.put(table, position, touched);
            (moved.places, moved.was) = (places, was);
        }
        for (function, _) in Rc::make_mut(&mut self.functions) {
            if function.schema == old {
                new.clone_into(&mut function.schema);
            }
        }
        let schemas = Rc::make_mut(&mut self.schemas.0);
        schemas.insert(old.to_owned(), Standing::Gone);
        schemas.insert(new.to_owned(), standing);
    }

    /// Everything in the schema that the text made or changed.
    pub fn tables_in(&self, schema: &str) -> Vec<Table> {
        let mut entries: Vec<&Rc<Entry>> =
            self.entries.iter().filter(|(key, _)| key.0 == schema).map(|(_, entry)| entry).collect();
        entries.sort_by_key(|entry| entry.number);
        entries.into_iter().filter_map(|entry| entry.table.as_deref().cloned()).collect()
    }

    /// What names lead to with what the text has done so far.
    pub(super) fn world(&self) -> World {
        World { overlay: Some(self.clone()), ..World::default() }
    }
}
