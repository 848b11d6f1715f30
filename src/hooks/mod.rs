//! Where the server calls us: event triggers, object access, the ends of transactions and subtransactions.

mod event_trigger;
pub mod memory;
mod object_access;
pub mod policy;
mod transaction;

use crate::pg::{guc, ours, report};

/// Called by the server when it loads the library: at the first DDL of a session, or with the session, or with the server.
///
/// # Safety
/// Called by the server only.
#[unsafe(no_mangle)]
#[allow(non_snake_case, reason = "the name that the server looks for")]
pub unsafe extern "C-unwind" fn _PG_init() {
    // SAFETY: called by the server; this frame holds nothing.
    unsafe {
        report::guarded(|| {
            // First of all: a library whose loading fails here is loaded, and asked, again by the next statement.
            if let Some(line) = guc::refuse_hidden() {
                return report::messages(&[line]);
            }
            guc::define();
            ours::watch();
            crate::facts::watch();
            object_access::install();
            transaction::install();
            std::ptr::null_mut()
        });
    }
}
