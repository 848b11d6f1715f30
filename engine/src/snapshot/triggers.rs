//! The triggers of tables.

use super::build::Loader;
use super::source::{Error, Parameter};
use crate::facts::Trigger;

// `src/include/catalog/pg_trigger.h`: TRIGGER_TYPE_ROW and its neighbours.
const ROW: i64 = 1;
const BEFORE: i64 = 1 << 1;
const INSERT: i64 = 1 << 2;
const DELETE: i64 = 1 << 3;
const UPDATE: i64 = 1 << 4;
const TRUNCATE: i64 = 1 << 5;
const INSTEAD: i64 = 1 << 6;

impl Loader<'_> {
    pub(super) fn triggers(&mut self) -> Result<(), Error> {
        let wanted = self.wanted.clone();
        self.read("triggers", &[Parameter::Oids(wanted.as_deref())], |database, row| {
            let Some(place) = database.places.get(&row.oid()).copied() else { return };
            let (oid, name, function) = (row.oid(), row.text(), row.oid());
            let (schema, function_name) = (row.text(), row.text());
            let enabled = row.character();
            let bits = row.number();
            let trigger = Trigger {
                oid,
                name,
                function,
                function_name: crate::sql::qualified(&schema, &function_name),
                enabled,
                for_each_row: bits & ROW != 0,
                before: bits & BEFORE != 0,
                instead: bits & INSTEAD != 0,
                insert: bits & INSERT != 0,
                update: bits & UPDATE != 0,
                delete: bits & DELETE != 0,
                truncate: bits & TRUNCATE != 0,
                conditional: row.boolean(),
                inherited: row.boolean(),
                internal: row.boolean(),
                constraint: row.oid(),
                columns: row.shorts(),
                assigns: row.texts(),
                opaque: row.boolean(),
            };
            if let Some(state) = &mut database.tables[place].state {
                state.triggers.push(trigger);
            }
        })
    }
}
