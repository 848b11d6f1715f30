//! What tables store, and the bounds of partitions.

use super::build::Loader;
use super::source::{Error, Parameter};
use crate::facts::*;

impl Loader<'_> {
    pub(super) fn storage(&mut self) -> Result<(), Error> {
        let wanted = self.wanted.clone();
        self.read("storage", &[Parameter::Oids(wanted.as_deref())], |database, row| {
            let Some(place) = database.places.get(&row.oid()).copied() else { return };
            let Some(state) = &mut database.tables[place].state else { return };
            state.statistics_visible = row.boolean();
            let toast = ToastState {
                chunks: row.float().filter(|chunks| *chunks >= 0.0),
                xid_age: row.integer(),
                multixact_age: row.integer(),
                live: row.number(),
                dead: row.number(),
            };
            state.toast_state = (state.toast != 0).then_some(toast);
            let (numbers, lengths, alignments) = (row.shorts(), row.shorts(), row.texts());
            state.dropped = numbers
                .into_iter()
                .zip(lengths)
                .zip(alignments)
                .map(|((number, length), alignment)| DroppedColumn {
                    number,
                    length,
                    alignment: alignment.chars().next().unwrap_or('d'),
                })
                .collect();
            state.detach_pending = row.boolean();
        })
    }

    pub(super) fn partition_bounds(&mut self) -> Result<(), Error> {
        let wanted = self.wanted.clone();
        self.read("partition_bounds", &[Parameter::Oids(wanted.as_deref())], |database, row| {
            let Some(place) = database.places.get(&row.oid()).copied() else { return };
            let Some(state) = &mut database.tables[place].state else { return };
            let single = row.boolean();
            let (lower_sql, upper_sql) = (row.optional(), row.optional());
            let (lower, upper, clock, next) = (row.float(), row.float(), row.float(), row.optional());
            if let (Some(lower_sql), Some(upper_sql)) = (lower_sql, upper_sql) {
                let next_sql = next.map(|text| crate::sql::literal(&text));
                state.range = Some(RangeBound { single, lower_sql, upper_sql, lower, upper, clock, next_sql });
            }
            state.hash = row.integer().zip(row.integer());
        })
    }

    pub(super) fn key_values(&mut self) -> Result<(), Error> {
        let wanted = self.wanted.clone();
        self.read("key_values", &[Parameter::Oids(wanted.as_deref())], |database, row| {
            let Some(place) = database.places.get(&row.oid()).copied() else { return };
            let (number, highest) = (row.short(), row.integer());
            let column = database.tables[place].columns.iter_mut().find(|column| column.number == number);
            if let Some(column) = column {
                column.highest = column.highest.max(highest);
            }
        })
    }
}
