//! What statements took, in `architect.measured_work`: from it come the speeds that estimates divide by.

use crate::hooks::memory::Running;
use crate::pg::table::{self, Table};
use crate::pg::value::Value;
use crate::pg::{ours, session};
use engine::estimate::{LEAST_SECONDS, Measurement};

/// What the statement that ends now tells about the server; none where it did little, or more than its work was going on.
pub fn of(running: &Running) -> Option<Measurement> {
    let work = running.work?;
    if running.work_began == 0 || running.several_transactions {
        return None;
    }
    let seconds = (session::now() - running.work_began) as f64 / 1e6;
    (seconds >= LEAST_SECONDS).then_some(Measurement { work, seconds })
}

/// Adds a row, as a part of the statement's own transaction. Where that would mean to wait there is none.
pub fn add(tag: &str, measurement: &Measurement) {
    let Some(table) = ours::find().and_then(|ours| Table::try_append(ours.measured_work)) else { return };
    let bytes = |n: u64| Value::Integer(i64::try_from(n).unwrap_or(i64::MAX));
    table.insert(&[
        Value::Text(table::uuid()),
        Value::Timestamp(session::now()),
        tag.into(),
        bytes(measurement.work.read),
        bytes(measurement.work.write),
        bytes(measurement.work.sort),
        Value::Text(format!("{:.6}", measurement.seconds)),
    ]);
    table.close_written();
}
