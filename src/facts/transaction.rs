//! The transaction in which a statement is judged: what it holds, asked of the lock manager and the catalog, so that a rolled
//! back savepoint needs no bookkeeping here.

use engine::facts::{HeldLock, LockMode, Statement, Transaction};
use pgrx::pg_sys;

use super::server::{catalog as catalogs, scan};
use super::{catalog, locks};
use crate::hooks::memory;

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
        statement_timeout_ms: statement_timeout.max(0) as u64,
        lock_slots: lock_slots(),
        ..Transaction::default()
    }
}

/// `NLOCKENTS` in `src/backend/storage/lmgr/lock.c`.
pub(super) fn lock_slots() -> u64 {
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
    // SAFETY: plain function of a backend.
    let now = unsafe { pg_sys::GetCurrentTimestamp() };
    for note in memory::locks() {
        // The lock manager is asked: a rolled back savepoint has let the lock go.
        let mode = locks::strongest_held(note.relation.to_u32());
        if mode < LockMode::Share {
            continue;
        }
        let Some(relation) = catalog::relation(note.relation) else { continue };
        if relation.created_here {
            continue;
        }
        scan(catalogs::CONSTRAINT, catalogs::CONSTRAINT_RELID_INDEX, &[note.relation], |row| {
            if !row.bool("convalidated", true) && row.written_here() {
                transaction.not_valid.push((note.relation.to_u32(), row.name("conname")));
            }
        });
        transaction.held.push(HeldLock { relation, mode, held_ms: milliseconds(note.since, now), taken_by: note.tag });
    }
    transaction
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
            transaction.held.push(HeldLock { relation, mode, held_ms: 0, taken_by: "An earlier statement".to_owned() });
        }
    }
}
