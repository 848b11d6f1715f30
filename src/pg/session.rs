//! The session and its transaction: who acts, where, and whether the guard has any business there.

use crate::pg::text;
use pgrx::pg_sys;
use pgrx::pg_sys::{BackendType, NodeTag, Oid};

/// Names of the three identities that PostgreSQL keeps apart, and of the program.
#[derive(Clone, Debug, Default)]
pub struct Identity {
    /// Who connected (or SET SESSION AUTHORIZATION).
    pub session: String,
    /// Who acts outside of any SECURITY DEFINER function: SET ROLE.
    pub outer: String,
    /// With whose rights the command runs.
    pub effective: String,
    /// `application_name`.
    pub application: String,
}

fn role(oid: Oid) -> String {
    // SAFETY: a syscache lookup; a role that is gone gives null.
    unsafe { text::from_server(pg_sys::GetUserNameFromId(oid, true)) }
}

/// Who acts.
pub fn identity() -> Identity {
    // SAFETY: reads variables of the backend.
    unsafe {
        Identity {
            session: role(pg_sys::GetSessionUserId()),
            outer: role(pg_sys::GetOuterUserId()),
            effective: role(pg_sys::GetUserId()),
            application: text::from_server(pg_sys::application_name),
        }
    }
}

/// The role that connected.
pub fn session_role() -> String {
    // SAFETY: reads a variable of the backend.
    role(unsafe { pg_sys::GetSessionUserId() })
}

/// The OID of the database.
pub fn database() -> Oid {
    // SAFETY: reads a variable of the backend.
    unsafe { pg_sys::MyDatabaseId }
}

/// The name of the database.
pub fn database_name() -> String {
    // SAFETY: a syscache lookup.
    unsafe { text::from_server(pg_sys::get_database_name(pg_sys::MyDatabaseId)) }
}

/// The current time in microseconds since 2000, as `timestamptz` has it.
pub fn now() -> i64 {
    // SAFETY: reads the clock.
    unsafe { pg_sys::GetCurrentTimestamp() }
}

/// A point in time in ISO form, with the session's time zone.
pub fn timestamp(at: i64) -> String {
    // SAFETY: prints into a static buffer, which is copied at once.
    unsafe { text::from_server(pg_sys::timestamptz_to_str(at)) }
}

/// The server's version: 150020.
pub fn server_version_num() -> u32 {
    // Of the running server, not of the headers: minor releases differ in what they refuse.
    static VERSION: std::sync::OnceLock<u32> = std::sync::OnceLock::new();
    *VERSION.get_or_init(|| {
        // SAFETY: the setting exists in every server; its value is a C string.
        let value = unsafe { text::from_server(pg_sys::GetConfigOption(c"server_version_num".as_ptr(), false, false)) };
        value.parse().unwrap_or(pg_sys::PG_VERSION_NUM)
    })
}

/// Whether DDL of this backend is none of our business: pg_upgrade, an extension's script, a replica's apply.
pub fn exempt() -> bool {
    // SAFETY: reads variables of the backend.
    unsafe {
        pg_sys::creating_extension
            || pg_sys::IsBinaryUpgrade
            || pg_sys::SessionReplicationRole == pg_sys::SESSION_REPLICATION_ROLE_REPLICA as i32
            || pg_sys::ParallelWorkerNumber >= 0
            || matches!(
                pg_sys::MyBackendType,
                BackendType::B_AUTOVAC_LAUNCHER | BackendType::B_AUTOVAC_WORKER | BackendType::B_INVALID
            )
            || (pg_sys::MyBackendType != BackendType::B_BACKEND && pg_sys::IsLogicalWorker())
    }
}

/// The kind of utility statement that the client's portal runs; none between statements, and while it runs a query.
pub fn utility() -> Option<NodeTag> {
    // SAFETY: the portal's list of planned statements lives as long as the portal.
    unsafe {
        let portal = pg_sys::ActivePortal;
        if portal.is_null() || (*portal).stmts.is_null() {
            return None;
        }
        let list = (*portal).stmts;
        (0..(*list).length).find_map(|n| {
            let planned = (*(*list).elements.add(n as usize)).ptr_value.cast::<pg_sys::PlannedStmt>();
            let utility = (*planned).utilityStmt;
            (!utility.is_null()).then(|| (*utility).type_)
        })
    }
}

/// Whether a transaction that ends now is one of several that a statement makes (CREATE INDEX CONCURRENTLY, REINDEX of a schema):
/// the transaction of any other statement ends when its portal is gone. Procedures and DO blocks commit on their own account.
pub fn between_transactions() -> bool {
    utility().is_some_and(|tag| !matches!(tag, NodeTag::T_CallStmt | NodeTag::T_DoStmt))
}

/// Whether the client's statement only renews what is there: the index that REINDEX CONCURRENTLY makes and swaps is no new one.
pub fn renewing() -> bool {
    matches!(utility(), Some(NodeTag::T_ReindexStmt | NodeTag::T_VacuumStmt | NodeTag::T_ClusterStmt))
}

/// The subtransaction at hand.
pub fn subtransaction() -> u32 {
    // SAFETY: reads the state of the transaction.
    unsafe { pg_sys::GetCurrentSubTransactionId() }
}

/// Whether rows can be written now.
pub fn writable() -> bool {
    // SAFETY: reads the state of the transaction. A standby's transactions are always read-only.
    unsafe { !pg_sys::XactReadOnly }
}

/// Whether the transaction has an id yet: whether it has written anything.
pub fn has_transaction_id() -> bool {
    // SAFETY: reads the state of the transaction, assigns nothing.
    unsafe { pg_sys::GetTopFullTransactionIdIfAny() }.value != 0
}

/// The transaction's full id; it gets one if it has none. For whoever is about to write.
pub fn assign_transaction_id() -> u64 {
    // SAFETY: raises an error in a parallel worker, where we never write.
    unsafe { pg_sys::GetTopFullTransactionId() }.value
}

/// Raises PostgreSQL's own error where nothing may be written: our functions write without SPI, which would have asked.
pub fn refuse_if_read_only(function: &std::ffi::CStr) {
    // SAFETY: raises an error or does nothing.
    unsafe {
        pg_sys::PreventCommandIfReadOnly(function.as_ptr());
        pg_sys::PreventCommandIfParallelMode(function.as_ptr());
    }
}

/// Ends the work if the user cancelled it.
pub fn check_for_interrupts() {
    pgrx::check_for_interrupts!();
}

/// A snapshot that is active while it lives. Catalog reads need none; what the server calls for us (an expression that is
/// simplified, a TOAST value that is written) may.
pub struct ActiveSnapshot {
    pushed: bool,
}

impl ActiveSnapshot {
    /// Pushes the transaction's snapshot, unless one is active.
    pub fn ensure() -> ActiveSnapshot {
        // SAFETY: a snapshot that is pushed is popped by `pop`, or by the subtransaction's abort.
        unsafe {
            let pushed = !pg_sys::ActiveSnapshotSet();
            if pushed {
                pg_sys::PushActiveSnapshot(pg_sys::GetTransactionSnapshot());
            }
            ActiveSnapshot { pushed }
        }
    }

    /// Pops it. Not a destructor: after an error the subtransaction's abort has popped it already.
    pub fn pop(self) {
        if self.pushed {
            // SAFETY: pushed by `ensure`.
            unsafe { pg_sys::PopActiveSnapshot() };
        }
    }
}

/// `event_triggers`: a superuser can switch every event trigger off.
#[cfg(any(feature = "pg17", feature = "pg18"))]
pub fn event_triggers_fire() -> bool {
    // SAFETY: reads a variable of the backend.
    unsafe { pg_sys::event_triggers }
}

/// Gives a setting that everybody may set a value for the rest of the (sub)transaction, as SET LOCAL does.
pub fn set_local(name: &std::ffi::CStr, value: &std::ffi::CStr) {
    // SAFETY: the server checks name and value, and keeps neither string.
    unsafe {
        pg_sys::set_config_option(
            name.as_ptr(),
            value.as_ptr(),
            pg_sys::GucContext::PGC_USERSET,
            pg_sys::GucSource::PGC_S_SESSION,
            pg_sys::GucAction::GUC_ACTION_LOCAL,
            true,
            0,
            false,
        );
    }
}
