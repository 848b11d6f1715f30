//! What tables store, and the bounds of partitions.

use super::build::Loader;
use super::source::{Cursor, Error, Parameter};
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
            state.detach_pending = row.boolean();
            state.usage = Some(table_usage(row));
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

    /// Of narrow integer columns that are unique by themselves.
    pub(super) fn key_values(&mut self) -> Result<(), Error> {
        let (mut tables, mut numbers) = (Vec::new(), Vec::new());
        for table in &self.database.tables {
            let alone = |index: &&Index| index.unique && index.keys.len() == 1 && index.predicate.is_none();
            for number in table.indexes.iter().filter(alone).filter_map(|index| index.keys[0].column) {
                let column = table.column_by_number(number);
                if column.is_some_and(|column| matches!(column.data_type.oid, 21 | 23) && column.statistics.is_some()) {
                    tables.push(table.relation.oid);
                    numbers.push(i32::from(number));
                }
            }
        }
        if tables.is_empty() {
            return Ok(());
        }
        self.read("key_values", &[Parameter::Oids(Some(&tables)), Parameter::Integers(&numbers)], |database, row| {
            let Some(place) = database.places.get(&row.oid()).copied() else { return };
            let (number, highest) = (row.short(), row.integer());
            let column = database.tables[place].columns.iter_mut().find(|column| column.number == number);
            if let Some(column) = column {
                column.highest = column.highest.max(highest);
            }
        })
    }
}

fn table_usage(row: &mut Cursor) -> TableUsage {
    let mut usage = TableUsage {
        sequential_scans: row.number(),
        sequential_rows: row.number(),
        index_rows: row.number(),
        inserted: row.number(),
        updated: row.number(),
        deleted: row.number(),
        hot_updated: row.number(),
        newpage_updated: row.integer(),
        live: row.number(),
        dead: row.number(),
        modified_since_analyze: row.number(),
        inserted_since_vacuum: row.number(),
        last_vacuum: row.float(),
        last_analyze: row.float(),
        last_sequential_scan: row.float(),
        ..TableUsage::default()
    };
    let (fetched, hit) = (row.number(), row.number());
    (usage.blocks_read, usage.blocks_hit) = (fetched - hit, hit);
    usage
}
