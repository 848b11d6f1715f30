//! What many queries would join for each of their rows is read once: schemas, access methods, comments, extensions, locks.

use super::build::Loader;
use super::source::Error;
use crate::facts::*;
use crate::hash::{QuickMap, QuickSet};

/// `pg_class`, as pg_depend and pg_description name it (`src/include/catalog/pg_class.h`).
pub(super) const RELATIONS: Oid = 1259;
/// `pg_proc`.
pub(super) const FUNCTIONS: Oid = 1255;
/// `pg_type`.
pub(super) const TYPES: Oid = 1247;

/// A schema, as far as its objects need it.
#[derive(Clone, Default)]
struct SchemaName {
    name: String,
    /// Of the system, or ours.
    exempt: bool,
}

/// What is known by number.
#[derive(Default)]
pub(super) struct Names {
    schemas: QuickMap<Oid, SchemaName>,
    access_methods: QuickMap<Oid, String>,
    /// By catalog, number and column.
    comments: QuickMap<(Oid, Oid, i16), Option<String>>,
    /// By catalog and number.
    extension_members: QuickSet<(Oid, Oid)>,
    /// Relations that another session holds or waits for with ACCESS EXCLUSIVE.
    pub(super) locked: QuickSet<Oid>,
    /// Those that one holds or waits for with a weaker lock, which still keeps writers out.
    pub(super) shut: QuickSet<Oid>,
    /// Indexes that a session builds.
    pub(super) building: QuickSet<Oid>,
    /// How tables are partitioned.
    pub(super) partitioned: QuickMap<Oid, (Option<Strategy>, Vec<i16>)>,
}

impl Names {
    pub(super) fn schema(&self, oid: Oid) -> String {
        self.schemas.get(&oid).map(|schema| schema.name.clone()).unwrap_or_default()
    }

    pub(super) fn access_method(&self, oid: Oid) -> String {
        self.access_methods.get(&oid).cloned().unwrap_or_default()
    }

    /// Of the system, of an extension, or ours.
    pub(super) fn exempt(&self, catalog: Oid, oid: Oid, schema: Oid) -> bool {
        self.schemas.get(&schema).is_none_or(|schema| schema.exempt) || self.of_extension(catalog, oid)
    }

    /// In a schema of temporary objects.
    pub(super) fn is_temporary(&self, schema: Oid) -> bool {
        let temporary = |name: &str| name.starts_with("pg_temp_") || name.starts_with("pg_toast_temp_");
        self.schemas.get(&schema).is_some_and(|schema| temporary(&schema.name))
    }

    pub(super) fn of_extension(&self, catalog: Oid, oid: Oid) -> bool {
        self.extension_members.contains(&(catalog, oid))
    }

    pub(super) fn commented(&self, catalog: Oid, oid: Oid) -> bool {
        self.comments.contains_key(&(catalog, oid, 0))
    }

    pub(super) fn column_commented(&self, relation: Oid, number: i16) -> bool {
        self.comments.contains_key(&(RELATIONS, relation, number))
    }

    /// A relation's comment, where it may hold tags.
    pub(super) fn tagged(&self, relation: Oid) -> Option<&str> {
        self.comments.get(&(RELATIONS, relation, 0))?.as_deref()
    }
}

impl Loader<'_> {
    pub(super) fn names(&mut self) -> Result<(), Error> {
        let mut names = Names::default();
        for schema in &self.database.schemas {
            let (oid, name) = (schema.oid, schema.name.clone());
            let exempt = oid < 16384 && name != "public" || name == "architect";
            names.schemas.insert(oid, SchemaName { name, exempt });
        }
        self.read("access_methods", &[], |_, row| {
            names.access_methods.insert(row.oid(), row.text());
        })?;
        self.read("extension_members", &[], |_, row| {
            names.extension_members.insert((row.oid(), row.oid()));
        })?;
        self.read("comments", &[], |_, row| {
            let key = (row.oid(), row.oid(), row.short());
            names.comments.insert(key, row.optional());
        })?;
        self.read("partitioned", &[], |_, row| {
            let relation = row.oid();
            let strategy = match row.character() {
                'h' => Some(Strategy::Hash),
                'l' => Some(Strategy::List),
                'r' => Some(Strategy::Range),
                _ => None,
            };
            names.partitioned.insert(relation, (strategy, row.shorts()));
        })?;
        self.read("locks", &[], |_, row| {
            let relation = row.oid();
            match row.character() {
                'x' => names.locked.insert(relation),
                's' => names.shut.insert(relation),
                _ => names.building.insert(relation),
            };
        })?;
        self.names = names;
        Ok(())
    }
}
