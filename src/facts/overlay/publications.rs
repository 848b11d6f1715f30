//! The publications of a text, and what identifies the rows of the tables in them.

use engine::facts::*;

use super::Overlay;

/// A publication that the text made or changed.
#[derive(Clone, Debug, Default)]
pub struct Published {
    /// It publishes UPDATEs or DELETEs.
    changes: bool,
    /// FOR ALL TABLES.
    everything: bool,
    /// FOR TABLES IN SCHEMA.
    schemas: Vec<String>,
}

impl Overlay {
    /// Whether a publication of the text publishes UPDATEs or DELETEs; none where the text has none of this name.
    pub fn publication(&self, name: &str) -> Option<bool> {
        self.publications.get(name).map(|published| published.changes)
    }

    /// Whether the text made or changed a publication.
    pub fn publishes(&self) -> bool {
        self.publications.iter().next().is_some()
    }

    /// The publications of the text that a new table of the schema falls into.
    pub fn publications_of(&self, schema: &str) -> Vec<String> {
        let holds = |published: &Published| {
            published.changes && (published.everything || published.schemas.iter().any(|name| name == schema))
        };
        self.publications.iter().filter(|(_, published)| holds(published)).map(|(name, _)| name.clone()).collect()
    }

    /// What the publications of the text say of a table that was just read from the catalog.
    pub fn publish_read(&self, table: &mut Table) {
        for (_, published) in self.publications.iter() {
            if published.everything || published.schemas.contains(&table.relation.schema) {
                table.published = true.into();
                if published.changes {
                    table.publishes_changes = true.into();
                }
            }
        }
    }

    /// The ordinary tables that the text made or changed, in schemas that `wanted` tells.
    pub fn stored_tables(&self, wanted: impl Fn(&str) -> bool) -> Vec<Table> {
        let here = self.entries.values().filter_map(|entry| entry.table.as_deref());
        here.filter(|table| table.relation.kind == RelationKind::Table && wanted(&table.relation.schema))
            .cloned()
            .collect()
    }

    /// Applies CREATE PUBLICATION, ALTER PUBLICATION and DROP PUBLICATION.
    pub(super) fn publish(&mut self, statement: &Statement) {
        let position = statement.position;
        match &statement.ddl {
            Ddl::Publication { name, changes, everything, schemas } => {
                let mut published = self.publications.get(name.as_str()).cloned().unwrap_or_default();
                published.changes = *changes;
                published.everything |= *everything;
                published.schemas.extend(schemas.iter().cloned());
                self.publications.insert(name.clone(), published);
                for table in &statement.others {
                    // The text may name it twice, or have changed it since it was looked up.
                    let now = self.table(&table.relation.schema, &table.relation.name).flatten();
                    let mut table = now.unwrap_or(table).clone();
                    table.publishers.retain(|known| known != name);
                    table.published = true.into();
                    if *changes {
                        table.publishes_changes = true.into();
                        table.publishers.push(name.clone());
                        table.publishers.sort();
                        table.identity_touched = true;
                    }
                    self.put(table, position, true);
                }
            }
            Ddl::Drop(drop) if drop.kind == DropKind::Other("PUBLICATION") => {
                let gone = |name: &String| drop.names.iter().any(|dropped| dropped.name == *name);
                let touched = |table: &&Table| table.identity_touched && table.publishers.iter().any(gone);
                let here = self.entries.values().filter_map(|entry| entry.table.as_deref());
                let tables: Vec<Table> = here.filter(touched).cloned().collect();
                for mut table in tables {
                    table.publishers.retain(|name| !gone(name));
                    self.put(table, position, true);
                }
                for name in &drop.names {
                    self.publications.insert(name.name.clone(), Published::default());
                }
            }
            Ddl::AlterTable(_) => {
                let (Some((identity, index)), Some(table)) = (&statement.replica_identity, &statement.target) else {
                    return;
                };
                let now = self.table(&table.relation.schema, &table.relation.name).flatten();
                let mut table = now.unwrap_or(table).clone();
                table.identity = *identity;
                table.identity_touched = true;
                for known in &mut table.indexes {
                    known.replica_identity = *identity == ReplicaIdentity::Index && index.as_ref() == Some(&known.name);
                }
                self.put(table, position, true);
            }
            _ => {}
        }
    }
}
