//! Where names lead: the catalog, and, for a text that is judged, what the text has done to it so far.

use engine::facts::{Index, Lazy, Name, NewValue, Relation, Table};
use pgrx::pg_sys;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::rc::Rc;

use super::catalog;
use super::locks::Others;
use super::mentions::{self, Body};
use super::overlay::{Overlay, TEMPORARY};

/// What statements are judged against.
#[derive(Default)]
pub struct World {
    /// What the text has changed; none when a statement is about to run.
    pub overlay: Option<Overlay>,
    /// Who holds locks, as of the first statement of a text that asks.
    pub others: OnceCell<Others>,
    /// Values that the transaction gave enums and has not committed.
    pub new_values: Vec<NewValue>,
    /// The bodies of functions, as of the first statement of a text that asks.
    pub bodies: OnceCell<Rc<Vec<Body>>>,
    /// The publications that a new table of a schema falls into, as of the first one that the text makes there.
    pub publications: RefCell<HashMap<String, Vec<String>>>,
    /// What pg_stat_statements has, as of the first statement of a text that asks.
    pub statements: OnceCell<super::readers::Statements>,
}

impl World {
    /// The schemas in which a name is looked for, in order; none when the server's own search path decides.
    fn path<'a>(&'a self, name: &'a Name) -> Option<Vec<String>> {
        let overlay = self.overlay.as_ref()?;
        Some(match &name.schema {
            Some(schema) => vec![schema.clone()],
            None => {
                let mut path = overlay.search_path();
                if !path.iter().any(|schema| schema == TEMPORARY) {
                    path.insert(0, TEMPORARY.to_owned());
                }
                path
            }
        })
    }

    /// The relation with its parts, as a statement would find it now.
    pub fn table(&self, name: &Name) -> Option<Table> {
        let Some(path) = self.path(name) else { return catalog::table(catalog::find(name)?) };
        let overlay = self.overlay.as_ref()?;
        for schema in path {
            match overlay.table(&schema, &name.name) {
                Some(Some(table)) => return Some(table.clone()),
                Some(None) => {}
                None => {
                    let Some(behind) = overlay.behind(&schema) else { continue };
                    let there = Name { schema: Some(behind), name: name.name.clone() };
                    // Under its own name (pg_temp is an alias) the text may have dropped it.
                    if let Some(table) = catalog::find(&there).and_then(|oid| self.table_by_oid(oid)) {
                        return Some(table);
                    }
                }
            }
        }
        None
    }

    /// The table with this OID, as the text left it.
    pub fn table_by_oid(&self, oid: pg_sys::Oid) -> Option<Table> {
        if let Some(table) = self.overlay.as_ref().and_then(|overlay| overlay.table_by_oid(oid.to_u32())) {
            return table.cloned();
        }
        let mut table = catalog::table(oid)?;
        if let Some(overlay) = &self.overlay {
            // A text is judged when its statements have been read: nothing may fail there.
            table.load();
            if let Some(schema) = overlay.renamed_schema(&table.relation.schema) {
                for index in &mut table.indexes {
                    index.schema.clone_from(&schema);
                }
                table.relation.schema = schema;
            }
            catalog::add_standing(&mut table);
            overlay.publish_read(&mut table);
        }
        Some(table)
    }

    /// The index with its table.
    pub fn index(&self, name: &Name) -> Option<(Index, Table)> {
        let Some(path) = self.path(name) else { return catalog::index_with_table(catalog::find(name)?) };
        let overlay = self.overlay.as_ref()?;
        for schema in path {
            if let Some(found) = overlay.index(&schema, &name.name) {
                return Some(found);
            }
            let Some(behind) = overlay.behind(&schema) else { continue };
            let there = Name { schema: Some(behind), name: name.name.clone() };
            if let Some(oid) = catalog::find(&there)
                && let Some((index, table)) = catalog::index_with_table(oid)
            {
                // The text may have dropped the index, or the table with it, or given the index another name.
                let now = self.table_by_oid(pg_sys::Oid::from(table.relation.oid))?;
                let same = |other: &&Index| other.oid == index.oid && other.name == name.name;
                if let Some(index) = now.indexes.iter().find(same).cloned() {
                    return Some((index, now));
                }
            }
        }
        None
    }

    /// The type of the catalog that the text gave this name.
    pub fn renamed_type(&self, name: &Name) -> Option<pg_sys::Oid> {
        self.overlay.as_ref()?.renamed_type(name).map(pg_sys::Oid::from)
    }

    /// Any relation of the name: what IF NOT EXISTS would hit in the schema where the statement creates.
    pub fn existing(&self, name: &Name) -> Option<Relation> {
        let schema = name.schema.clone().or_else(|| self.creation_schema())?;
        let mut behind = schema.clone();
        if let Some(overlay) = &self.overlay {
            match overlay.table(&schema, &name.name) {
                Some(Some(table)) => return Some(table.relation.clone()),
                Some(None) => return None,
                None => behind = overlay.behind(&schema)?,
            }
        }
        let oid = catalog::find(&Name { schema: Some(behind), name: name.name.clone() })?;
        if self.overlay.as_ref().is_some_and(|overlay| !overlay.stands(oid, &name.name)) {
            return None;
        }
        let mut relation = catalog::relation(oid)?;
        relation.schema = schema;
        if self.overlay.is_some() {
            relation.load();
        }
        Some(relation)
    }

    /// The functions whose bodies name the relation and one of the columns: read when it is asked for, and for a text at once.
    pub fn mentioned_by(&self, relation: &str, columns: &[&str]) -> Lazy<Vec<String>> {
        let known =
            self.overlay.is_some().then(|| Rc::clone(self.bodies.get_or_init(|| Rc::new(mentions::bodies(None)))));
        let gone = self.overlay.as_ref().map(Overlay::dropped_functions).unwrap_or_default();
        mentions::of(relation, columns, known, gone)
    }

    /// The publications that publish changes of a table that the text makes in this schema, or in the first of the search path.
    pub fn publications_of(&self, schema: Option<&str>) -> Vec<String> {
        let schema = schema.map(str::to_owned).or_else(|| self.creation_schema()).unwrap_or_default();
        let mut known = self.publications.borrow_mut();
        let mut names =
            known.entry(schema.clone()).or_insert_with(|| super::publications::of_new_table(&schema)).clone();
        names.extend(self.overlay.iter().flat_map(|overlay| overlay.publications_of(&schema)));
        names
    }

    /// The schema in which an unqualified object is created.
    pub fn creation_schema(&self) -> Option<String> {
        match &self.overlay {
            Some(overlay) => overlay.creation_schema(),
            None => catalog::creation_schema(),
        }
    }
}
