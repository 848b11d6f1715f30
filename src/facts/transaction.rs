//! The transaction in which a statement is judged: what it holds, asked of the lock manager and the catalog, so that a rolled
//! back savepoint needs no bookkeeping here.

use engine::facts::{
    AlterCommand, Ddl, DropKind, Function, HeldLock, LockMode, Persistence, Relation, RelationKind, Renamed,
    RenamedColumn, Scan, Statement, Transaction, Work, Worked,
};
use engine::hash::QuickMap;
use pgrx::pg_sys;
use std::sync::OnceLock;

use super::server::{catalog as catalogs, scan};
use super::{catalog, locks};
use crate::hooks::memory::{self, Deed, How, LockNote};

/// The state of this backend's transaction. `in_block` says whether a transaction block is open; it must be asked before an
/// internal subtransaction begins (which looks like a block).
pub fn transaction(in_block: bool) -> Transaction {
    // SAFETY: plain variables and functions of a backend.
    let (now, began, lock_timeout, statement_timeout) = unsafe {
        (
            pg_sys::GetCurrentTimestamp(),
            pg_sys::GetCurrentTransactionStartTimestamp(),
            pg_sys::LockTimeout,
            pg_sys::StatementTimeout,
        )
    };
    Transaction {
        in_block,
        age_ms: milliseconds(began, now),
        lock_timeout_ms: lock_timeout.max(0) as u64,
        auto_lock_timeout_ms: crate::pg::guc::auto_lock_timeout() as u64,
        statement_timeout_ms: statement_timeout.max(0) as u64,
        lock_slots: lock_slots(),
        renamed_columns: memory::renamed_columns(),
        ..Transaction::default()
    }
}

/// `NLOCKENTS` in `src/backend/storage/lmgr/lock.c`; it changes with a restart only.
pub(super) fn lock_slots() -> u64 {
    static SLOTS: OnceLock<u64> = OnceLock::new();
    *SLOTS.get_or_init(count_lock_slots)
}

fn count_lock_slots() -> u64 {
    // SAFETY: settings that every server has; the string is the server's, to be copied at once. MaxBackends is set in a backend.
    let (number, backends) = unsafe {
        let number = |name: &std::ffi::CStr| {
            let text = super::node::text(pg_sys::GetConfigOption(name.as_ptr(), true, false));
            text.and_then(|text| text.parse::<u64>().ok()).unwrap_or(0)
        };
        ((number(c"max_locks_per_transaction"), number(c"max_prepared_transactions")), pg_sys::MaxBackends)
    };
    number.0 * (backends.max(0) as u64 + number.1)
}

/// Timestamps count microseconds.
fn milliseconds(since: i64, now: i64) -> u64 {
    ((now - since).max(0) / 1000) as u64
}

/// The state of a transaction with the locks that it holds, and what it added NOT VALID. For the judgement of statements: at
/// commit no rule asks for them, and they are let go in a moment.
pub fn transaction_with_locks(in_block: bool) -> Transaction {
    let mut transaction = transaction(in_block);
    transaction.worked = memory::worked();
    // SAFETY: plain function of a backend.
    let now = unsafe { pg_sys::GetCurrentTimestamp() };
    for (relation, mode, notes) in held() {
        let oid = pg_sys::Oid::from(relation.oid);
        scan(catalogs::CONSTRAINT, catalogs::CONSTRAINT_RELID_INDEX, &[oid], |row| {
            if !row.bool("convalidated", true) && row.written_here() {
                transaction.not_valid.push((relation.oid, row.name("conname")));
            }
        });
        // LOCK TABLE, which is not noted, may have taken a stronger one.
        let note = notes.into_iter().find(|note| note.mode >= mode);
        let (held_ms, taken_by) =
            note.map_or((0, EARLIER.to_owned()), |note| (milliseconds(note.since, now), note.tag));
        transaction.held.push(HeldLock { relation, mode, held_ms, taken_by });
    }
    transaction
}

/// Who took a lock that no judged statement took.
const EARLIER: &str = "An earlier statement";

/// The strong locks that are held now on relations that judged statements locked, each with the notes of those statements, from the
/// weakest to the strongest.
fn held() -> Vec<(Relation, LockMode, Vec<LockNote>)> {
    let mut notes: Vec<Vec<LockNote>> = Vec::new();
    let mut places: QuickMap<u32, usize> = QuickMap::default();
    for note in memory::locks() {
        let place = *places.entry(note.relation.to_u32()).or_insert(notes.len());
        match notes.get_mut(place) {
            Some(of_relation) => of_relation.push(note),
            None => notes.push(vec![note]),
        }
    }
    let mut found = Vec::new();
    for notes in notes {
        let Some(first) = notes.first() else { continue };
        // The lock manager is asked: a rolled back savepoint has let the lock go.
        let mode = locks::strongest_held(first.relation.to_u32());
        if mode < LockMode::Share {
            continue;
        }
        let Some(relation) = catalog::relation(first.relation).or(first.dropped.clone()) else { continue };
        if !relation.created_here {
            found.push((relation, mode, notes));
        }
    }
    found
}

/// A lock that is held for less is not looked at when the transaction commits: milliseconds.
const WORTH_TELLING_MS: u64 = 100;

/// The state of a transaction that commits, with the strong locks that it has held for some time: those of each mode, the strongest
/// first.
pub fn transaction_at_commit(in_block: bool) -> Transaction {
    let mut transaction = transaction(in_block);
    // SAFETY: plain function of a backend.
    let now = unsafe { pg_sys::GetCurrentTimestamp() };
    if memory::locks().iter().all(|note| milliseconds(note.since, now) < WORTH_TELLING_MS) {
        return transaction;
    }
    for (relation, strongest, notes) in held() {
        for note in notes.into_iter().rev() {
            let held_ms = milliseconds(note.since, now);
            if held_ms >= WORTH_TELLING_MS {
                let mode = note.mode.min(strongest);
                transaction.held.push(HeldLock { relation: relation.clone(), mode, held_ms, taken_by: note.tag });
            }
        }
    }
    transaction
}

/// The costly work of a statement on tables that existed before. Whoever validates reads the table by intent, and in parts.
pub(super) fn worked(statement: &Statement) -> Vec<Worked> {
    let mut found: Vec<Worked> = Vec::new();
    for effect in &statement.impact.effects {
        let rewrote = match &effect.work {
            Work::Rewrite(_) => true,
            // Each of these reads by itself, whatever else the statement does.
            Work::Scan(Scan::Validate { .. } | Scan::Refresh | Scan::ForeignKey { .. }) => continue,
            Work::Scan(_) => false,
            _ => continue,
        };
        let relation = &effect.relation;
        if relation.created_here || relation.oid == 0 {
            continue;
        }
        let worked = Worked { relation: relation.oid, tag: statement.tag.clone(), rewrote };
        if !found.contains(&worked) {
            found.push(worked);
        }
    }
    found
}

/// What the statement does that later ones, or the commit, are told of.
pub fn deeds(statement: &Statement) -> Vec<Deed> {
    if statement.nothing_to_do {
        return Vec::new();
    }
    let mut deeds: Vec<Deed> = worked(statement).into_iter().map(Deed::Worked).collect();
    deeds.extend(renamed_column(statement).map(Deed::RenamedColumn));
    deeds.extend(statement.renamed_object.clone().map(Deed::RenamedObject));
    deeds.extend(super::rights::deeds(statement));
    if let (Some(_), Some(table)) = (&statement.replica_identity, &statement.target) {
        deeds.push(Deed::Identity(pg_sys::Oid::from(table.relation.oid)));
    }
    match &statement.ddl {
        Ddl::AddEnumValue(value) => deeds.push(Deed::Value(value.clone())),
        Ddl::Drop(drop) => {
            for relation in dropped(statement, drop.kind) {
                // As it is now: afterwards nothing can be asked of it.
                relation.load();
                deeds.push(Deed::Dropped(relation));
            }
            let new = |function: &&Function| {
                let oid = pg_sys::Oid::from(function.oid);
                memory::is_noted(pg_sys::Oid::from(catalogs::PROC), oid, 0, How::Created)
            };
            let old = statement.impact.dropped_functions.iter().filter(|function| !new(function));
            deeds.extend(old.cloned().map(Deed::DroppedFunction));
        }
        Ddl::AlterTable(_) => deeds.extend(lost_defaults(statement)),
        Ddl::CreateTableAs(create) => {
            let schema = create.name.schema.clone().or_else(catalog::creation_schema).unwrap_or_default();
            deeds.push(Deed::CreatedAs(schema, create.name.name.clone()));
        }
        _ => {}
    }
    deeds
}

/// The column of an old table that the statement renames.
pub(super) fn renamed_column(statement: &Statement) -> Option<RenamedColumn> {
    let (Ddl::Rename(rename), Some(table)) = (&statement.ddl, &statement.target) else { return None };
    let Renamed::Column(old) = &rename.what else { return None };
    let relation = &table.relation;
    (relation.oid != 0 && !relation.created_here).then(|| RenamedColumn {
        relation: relation.oid,
        old: old.clone(),
        new: rename.new_name.clone(),
    })
}

/// The defaults that the statement drops of columns that existed before the transaction.
fn lost_defaults(statement: &Statement) -> Vec<Deed> {
    let Some(table) = statement.target.as_ref().filter(|table| table.relation.oid != 0) else { return Vec::new() };
    let lost = |command: &AlterCommand| match command {
        AlterCommand::DropDefault { column } => {
            let column = table.column(column).filter(|column| !column.created_here)?;
            let table = pg_sys::Oid::from(table.relation.oid);
            Some(Deed::LostDefault(table, column.number, column.default.as_ref()?.clone()))
        }
        _ => None,
    };
    statement.commands().filter_map(|(_, command)| lost(command)).collect()
}

/// The tables and views that a DROP names and that existed before the transaction.
pub(super) fn dropped(statement: &Statement, kind: DropKind) -> Vec<Relation> {
    if !matches!(kind, DropKind::Relation(RelationKind::Table | RelationKind::View | RelationKind::MaterializedView)) {
        return Vec::new();
    }
    let named = statement.target.iter().chain(&statement.others).map(|table| &table.relation);
    named
        .filter(|relation| {
            relation.oid != 0 && !relation.created_here && relation.persistence != Persistence::Temporary
        })
        .cloned()
        .collect()
}

/// Adds what the transaction holds on the relations of this statement and no DDL of its own took: LOCK TABLE is no DDL, and a
/// lock that it took is not waited for.
pub fn add_locks_held_on(transaction: &mut Transaction, statement: &Statement) {
    for touch in &statement.impact.touches {
        let relation = &touch.relation;
        if relation.created_here || transaction.held.iter().any(|held| held.relation.oid == relation.oid) {
            continue;
        }
        let mode = locks::strongest_held(relation.oid);
        if mode >= LockMode::Share {
            let relation = relation.clone();
            transaction.held.push(HeldLock { relation, mode, held_ms: 0, taken_by: EARLIER.to_owned() });
        }
    }
}
