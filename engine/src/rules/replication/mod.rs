//! Replication, archiving and backup.

mod archiver_failing;
mod checksum_failures;
mod checksums_off;
mod prepared_transaction_old;
mod replica_identity_index_dropped;
mod replica_identity_missing;
mod slot_inactive;
mod slot_lost;
mod slot_retention;
mod slot_without_failover;
mod standby_lag;
mod subscription_errors;
mod sync_standby_absent;
mod wal_level_minimal;

use crate::facts::{Database, Oid, Slot, Table, TableState};
use crate::rule::Rule;
use std::collections::{BTreeMap, BTreeSet};

/// The rules of this category.
pub static RULES: &[&Rule] = &[
    &archiver_failing::RULE,
    &checksum_failures::RULE,
    &checksums_off::RULE,
    &prepared_transaction_old::RULE,
    &replica_identity_index_dropped::RULE,
    &replica_identity_missing::RULE,
    &slot_inactive::RULE,
    &slot_lost::RULE,
    &slot_retention::RULE,
    &slot_without_failover::RULE,
    &standby_lag::RULE,
    &subscription_errors::RULE,
    &sync_standby_absent::RULE,
    &wal_level_minimal::RULE,
];

/// A slot that holds WAL for a reader, and is not lost: a temporary one goes with its session, a copy follows the primary's.
fn kept(slot: &Slot) -> bool {
    slot.reserves && !slot.temporary && !slot.synced && !lost(slot)
}

/// A slot that cannot be read from any more, or soon.
fn lost(slot: &Slot) -> bool {
    slot.invalid.is_some() || matches!(slot.wal_status.as_str(), "lost" | "unreserved")
}

/// `max_slot_wal_keep_size` in bytes; none for no limit.
fn slot_keep(database: &Database) -> Option<f64> {
    database
        .setting_number("max_slot_wal_keep_size")
        .filter(|megabytes| *megabytes > 0.0)
        .map(|megabytes| megabytes * 1_048_576.0)
}

/// Whether rows of the table can be named in the WAL (`RelationGetReplicaIndex`).
fn identified(table: &Table, state: &TableState) -> bool {
    match state.replica_identity {
        'f' => true,
        'n' => false,
        'i' => table.indexes.iter().any(|index| index.valid && index.immediate && index.replica_identity),
        _ => table.indexes.iter().any(|index| index.valid && index.immediate && index.primary),
    }
}

/// Published tables whose rows cannot be named and whose state fits: by the root of their partition tree the publications, and the
/// tables in which the rows lie.
fn unidentified(
    database: &Database,
    fits: impl Fn(&TableState) -> bool,
) -> BTreeMap<Oid, (Vec<String>, BTreeSet<Oid>)> {
    let mut found: BTreeMap<Oid, (Vec<String>, BTreeSet<Oid>)> = BTreeMap::new();
    for published in database.published.iter().filter(|published| published.needs_identity) {
        let Some(table) = database.table(published.relation) else { continue };
        let Some(state) = table.state.as_ref().filter(|state| fits(state)) else { continue };
        let relation = &table.relation;
        let stored = relation.kind == crate::facts::RelationKind::Table
            && relation.persistence == crate::facts::Persistence::Permanent
            && !*relation.exempt;
        if !stored || state.locked || identified(table, state) {
            continue;
        }
        // A child by plain inheritance is published by itself.
        let root = if state.bound.is_some() { database.root(table).relation.oid } else { relation.oid };
        let entry = found.entry(root).or_default();
        let name = crate::sql::ident(&published.publication);
        if !entry.0.contains(&name) {
            entry.0.push(name);
        }
        entry.1.insert(relation.oid);
    }
    found
}
