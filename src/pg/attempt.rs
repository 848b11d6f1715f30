//! Work whose failure must not become the user's failure.
//!
//! The guard runs inside other people's DDL. What goes wrong in it, be it an ERROR of the server or a panic of ours, is rolled
//! back with an internal subtransaction (which takes no transaction id) and handed back as a value; the caller reports it as a
//! WARNING and the DDL goes on. What the user or the administrator ordered (cancel, shutdown) is passed on.

use pgrx::pg_sys;
use pgrx::pg_sys::panic::CaughtError;
use pgrx::{PgSqlErrorCode, PgTryBuilder};
use std::ffi::c_void;
use std::panic::AssertUnwindSafe;

/// What went wrong.
#[derive(Clone, Debug, Default)]
pub struct Failure {
    /// The SQLSTATE, packed as the server has it.
    pub sqlstate: i32,
    /// The message.
    pub message: String,
    /// The DETAIL.
    pub detail: Option<String>,
    /// The HINT.
    pub hint: Option<String>,
    /// The cursor position that the server's parser gave: characters of the text, counted from 1.
    pub position: Option<i32>,
    /// It was a panic: a bug of ours.
    pub panic: bool,
}

/// What pgrx does not keep of an error that it catches; noted by an error context callback while the error is still whole.
struct Noted {
    position: i32,
    sqlstate: i32,
}

unsafe extern "C-unwind" {
    // Left out of pgrx' bindings, like the rest of `elog.h`'s reporting functions.
    fn geterrcode() -> i32;
}

unsafe extern "C-unwind" fn note(noted: *mut c_void) {
    // SAFETY: `attempt` put a pointer to its own `Noted` here and takes the callback off before it goes; the two functions read
    // the error that is being reported, which is what context callbacks are called for.
    unsafe {
        let noted = &mut *noted.cast::<Noted>();
        noted.position = pg_sys::geterrposition();
        noted.sqlstate = geterrcode();
    }
}

/// Runs `work`; what it fails with is returned, nothing is rolled back. For the outermost frames only, which raise it anew.
pub fn catch<T>(work: impl FnOnce() -> T) -> Result<T, Failure> {
    run(work).map_err(|(caught, noted)| Failure::new(&caught, &noted))
}

fn run<T>(work: impl FnOnce() -> T) -> Result<T, (CaughtError, Noted)> {
    let mut noted = Noted { position: 0, sqlstate: 0 };
    // SAFETY: reads the variable.
    let callbacks = unsafe { pg_sys::error_context_stack };
    let mut callback =
        pg_sys::ErrorContextCallback { previous: callbacks, callback: Some(note), arg: (&raw mut noted).cast() };
    // SAFETY: `callback` and `noted` outlive their place on the stack of callbacks.
    unsafe { pg_sys::error_context_stack = &raw mut callback };
    let work = AssertUnwindSafe(work);
    let result: Result<T, CaughtError> = PgTryBuilder::new(AssertUnwindSafe(move || {
        let AssertUnwindSafe(work) = { work };
        Ok(work())
    }))
    .catch_others(Err)
    .execute();
    // SAFETY: takes the callback off, whichever way `work` ended.
    unsafe { pg_sys::error_context_stack = callbacks };
    result.map_err(|caught| (caught, noted))
}

/// Runs `work`; what it fails with is rolled back and returned.
pub fn attempt<T>(work: impl FnOnce() -> T) -> Result<T, Failure> {
    in_subtransaction(work, true, false)
}

/// Runs `work`, which only reads, and rolls it back, whichever way it ends: locks that it took are released, settings that it made are
/// as before.
pub fn attempt_and_undo<T>(work: impl FnOnce() -> T) -> Result<T, Failure> {
    in_subtransaction(work, false, true)
}

fn in_subtransaction<T>(work: impl FnOnce() -> T, keep: bool, reads_only: bool) -> Result<T, Failure> {
    // SAFETY: both belong to this backend's only thread. They are put back as they were whichever way `work` ends, as PL/pgSQL
    // does for a block with an exception handler (`exec_stmt_block`).
    let (context, owner) = unsafe { (pg_sys::CurrentMemoryContext, pg_sys::CurrentResourceOwner) };
    // A parallel operation cannot have subtransactions; nothing that needs rolling back is done there.
    // SAFETY: reads the state of the transaction.
    let alone = unsafe { pg_sys::IsInParallelMode() };
    // SAFETY: begins an internal subtransaction, allowed in every state in which the guard is called, before commit and before
    // PREPARE included (`BeginInternalSubTransaction`).
    unsafe {
        if !alone {
            pg_sys::BeginInternalSubTransaction(std::ptr::null());
            // A second line of defence, should a look at the catalogs ever run code of somebody's: it can write nothing. The end of
            // the subtransaction puts the old value back.
            pg_sys::XactReadOnly |= reads_only;
        }
        pg_sys::MemoryContextSwitchTo(context);
    }
    let result = run(work);
    // SAFETY: as above; ends the subtransaction that was begun, and restores what it changed.
    unsafe {
        if !alone {
            if result.is_ok() && keep {
                pg_sys::ReleaseCurrentSubTransaction();
            } else {
                pg_sys::RollbackAndReleaseCurrentSubTransaction();
            }
        }
        pg_sys::MemoryContextSwitchTo(context);
        pg_sys::CurrentResourceOwner = owner;
    }
    match result {
        Ok(value) => Ok(value),
        Err((caught, noted)) if ordered(&caught, &noted) => caught.rethrow(),
        Err((caught, noted)) => Err(Failure::new(&caught, &noted)),
    }
}

/// As [`attempt`], for work that only reads, and looks at what it has no lock on: another session can drop it at any moment, and the
/// server then fails in its own middle ("cache lookup failed", "deleted while still in use"). A second look finds what is there now.
pub fn attempt_again<T>(work: impl Fn() -> T) -> Result<T, Failure> {
    let mut result = in_subtransaction(&work, true, true);
    for _ in 0..3 {
        match &result {
            Err(failure) if failure.may_be_a_race() => result = in_subtransaction(&work, true, true),
            _ => break,
        }
    }
    result
}

/// Class 57, operator intervention: a cancel, a statement timeout, a shutdown.
fn ordered(caught: &CaughtError, noted: &Noted) -> bool {
    let CaughtError::PostgresError(report) = caught else { return false };
    let class = |sqlstate: i32| sqlstate & 0xfff;
    class(PgSqlErrorCode::ERRCODE_OPERATOR_INTERVENTION as i32)
        == class(if noted.sqlstate == 0 { report.sql_error_code() as i32 } else { noted.sqlstate })
}

impl Failure {
    /// Internal errors, and names that are not there.
    fn may_be_a_race(&self) -> bool {
        const SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION: i32 = PgSqlErrorCode::ERRCODE_UNDEFINED_TABLE as i32 & 0xfff;
        !self.panic
            && (self.sqlstate == PgSqlErrorCode::ERRCODE_INTERNAL_ERROR as i32
                || self.sqlstate & 0xfff == SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION)
    }

    fn new(caught: &CaughtError, noted: &Noted) -> Failure {
        let (report, of_server) = match caught {
            CaughtError::PostgresError(report) => (report, true),
            CaughtError::ErrorReport(report) | CaughtError::RustPanic { ereport: report, .. } => (report, false),
        };
        let known = of_server && noted.sqlstate != 0;
        Failure {
            sqlstate: if known { noted.sqlstate } else { report.sql_error_code() as i32 },
            message: report.message().to_owned(),
            detail: report.detail().map(str::to_owned),
            hint: report.hint().map(str::to_owned),
            position: (known && noted.position > 0).then_some(noted.position),
            panic: matches!(caught, CaughtError::RustPanic { .. }),
        }
    }
}
