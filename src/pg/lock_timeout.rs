//! `lock_timeout`, given to one statement.
//!
//! An event trigger function returns before its statement does anything, so it cannot hold a setting on a nest level of its own
//! (GUC_ACTION_SAVE). The value is set as SET LOCAL sets it, and taken back at `ddl_command_end`; where that is never reached the
//! end of the (sub)transaction takes it back, since every error ends one. See `docs/adr/0013-*`.

use crate::pg::session;
use pgrx::pg_sys;
use std::ffi::CString;

/// The effective `lock_timeout` in milliseconds; 0 is none.
pub fn effective() -> i32 {
    // SAFETY: reads a variable of the backend.
    unsafe { pg_sys::LockTimeout }
}

fn set_local(milliseconds: i32) {
    if let Ok(value) = CString::new(milliseconds.to_string()) {
        session::set_local(c"lock_timeout", &value);
    }
}

/// Gives the statement that begins this limit; none where there is one already.
pub fn give(milliseconds: i32) -> bool {
    let missing = milliseconds > 0 && effective() == 0;
    if missing {
        set_local(milliseconds);
    }
    missing
}

/// Takes back what [`give`] gave, unless somebody else has set another one since.
pub fn take_back(milliseconds: i32) {
    if milliseconds > 0 && effective() == milliseconds {
        set_local(0);
    }
}
