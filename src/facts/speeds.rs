//! How fast this server is, by what was measured on it.

use crate::pg::ours;
use crate::pg::table::{Field, Table};
use engine::estimate::{Measurement, Speeds, Workload};
use pgrx::pg_sys;
use std::cell::Cell;

/// The columns of `architect.measured_work`, counted from 0.
const MEASURED_AT: usize = 1;
const READ: usize = 3;
const WRITE: usize = 4;
const SORT: usize = 5;
const SECONDS: usize = 6;

thread_local! {
    /// The speeds as they were at the beginning of this statement of the client's: a text can hold thousands of statements.
    static KNOWN: Cell<Option<(i64, Speeds)>> = const { Cell::new(None) };
}

/// The speeds, read once for each statement that the client sends.
pub fn of_statement() -> Speeds {
    // SAFETY: reads a variable of the backend.
    let statement = unsafe { pg_sys::GetCurrentStatementStartTimestamp() };
    match KNOWN.get() {
        Some((known, speeds)) if known == statement => speeds,
        _ => {
            let speeds = measured();
            KNOWN.set(Some((statement, speeds)));
            speeds
        }
    }
}

/// The speeds; the stated defaults where nothing was measured yet, or the table cannot be read without waiting.
pub fn measured() -> Speeds {
    let Some(table) = ours::find().and_then(|ours| Table::read(ours.measured_work)) else { return Speeds::default() };
    let mut rows: Vec<(i64, Measurement)> = table
        .rows()
        .iter()
        .map(|row| {
            let integer = |n: usize| row.field(n).map_or(0, Field::integer);
            let bytes = |n: usize| u64::try_from(integer(n)).unwrap_or(0);
            let work = Workload { read: bytes(READ), write: bytes(WRITE), sort: bytes(SORT) };
            (integer(MEASURED_AT), Measurement { work, seconds: f64::from_bits(integer(SECONDS) as u64) })
        })
        .collect();
    table.close();
    rows.sort_by_key(|(at, _)| *at);
    let measurements: Vec<Measurement> = rows.into_iter().map(|(_, measurement)| measurement).collect();
    Speeds::fit(&measurements)
}
