//! The audit log `architect.ddl_log`: one row per statement, in the statement's own transaction. The table therefore holds what
//! was committed, and nothing else; what was stopped or rolled back is in the server log.

use crate::hooks::memory::{self, Running};
use crate::pg::table::{self, Table};
use crate::pg::value::Value;
use crate::pg::{ours, session};
use pgrx::pg_sys::Oid;

/// The most object names in one row: DROP SCHEMA CASCADE of 50,000 tables must not make a row of megabytes.
const MOST_OBJECTS: usize = 1_000;

/// Writes a row for a statement that came to its end.
pub fn statement(tag: &str, objects: Vec<String>, running: &Running) {
    let findings: Vec<serde_json::Value> = running.findings.iter().map(engine::finding::Finding::json).collect();
    row(
        tag,
        objects,
        serde_json::Value::Array(findings),
        oids(&running.predicted_rewrites),
        oids(&running.actual_rewrites),
    );
}

/// Writes a row for an act of ours that is no DDL: a break-glass.
pub fn act(tag: &str) {
    row(tag, Vec::new(), serde_json::Value::Array(Vec::new()), Vec::new(), Vec::new());
}

fn oids(list: &[Oid]) -> Vec<String> {
    list.iter().map(|oid| oid.to_u32().to_string()).collect()
}

fn row(
    tag: &str,
    mut objects: Vec<String>,
    findings: serde_json::Value,
    predicted_rewrites: Vec<String>,
    actual_rewrites: Vec<String>,
) {
    let Some(ours) = ours::find() else { return };
    if !session::writable() {
        return;
    }
    if objects.len() > MOST_OBJECTS {
        let more = objects.len() - MOST_OBJECTS;
        objects.truncate(MOST_OBJECTS);
        objects.push(format!("... and {more} more"));
    }
    let who = session::identity();
    let table = Table::append(ours.ddl_log);
    table.insert(&[
        Value::Text(table::uuid()),
        Value::Timestamp(session::now()),
        session::assign_transaction_id().to_string().into(),
        who.session.into(),
        who.outer.into(),
        who.effective.into(),
        Value::or_null(who.application),
        tag.into(),
        objects.into(),
        findings.into(),
        memory::broken_glass().into(),
        predicted_rewrites.into(),
        actual_rewrites.into(),
    ]);
    table.close_written();
}
