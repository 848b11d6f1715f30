//! The names of the sequences that columns own.

use engine::facts::*;
use std::rc::Rc;

use super::{Key, Overlay};

impl Overlay {
    /// Notes the sequences that the text gave columns of the table.
    pub(super) fn note_sequences(&mut self, table: &Table, key: &Key) {
        for column in table.columns.iter().filter(|column| column.created_here) {
            if let Some(sequence) = column.serial_sequence.as_ref()
                && self.sequences.get(sequence.as_str()).is_none_or(|known| known != key)
            {
                self.sequences.insert(sequence.clone(), Rc::clone(key));
            }
        }
    }

    /// A relation gets another name: if it is the sequence of a column that the text made, the column follows.
    pub(super) fn rename_sequence(&mut self, sequence: &Name, new_name: &str, position: usize) {
        let path = sequence.schema.clone().map_or_else(|| self.search_path.clone(), |schema| vec![schema]);
        for schema in path {
            let old = engine::sql::qualified(&schema, &sequence.name);
            let Some(key) = self.sequences.get(old.as_str()) else { continue };
            let Some(mut table) = self.table(&key.0, &key.1).flatten().cloned() else { continue };
            let Some(column) = table.columns.iter_mut().find(|column| column.serial_sequence.as_ref() == Some(&old))
            else {
                continue;
            };
            column.serial_sequence = Some(engine::sql::qualified(&schema, new_name)).into();
            self.put(table, position, false);
            return;
        }
    }
}

/// The sequences that columns own move with their table.
pub(super) fn moved(table: &mut Table, old_schema: &str, schema: &str) {
    let before = format!("{}.", engine::sql::ident(old_schema));
    for column in &mut table.columns {
        let moved = column.serial_sequence.as_ref().and_then(|sequence| sequence.strip_prefix(&before));
        if let Some(name) = moved {
            column.serial_sequence = Some(format!("{}.{name}", engine::sql::ident(schema))).into();
        }
    }
}
