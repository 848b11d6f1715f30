//! Where the server calls us: event triggers, object access, the ends of transactions and subtransactions.

mod event_trigger;
pub mod memory;
mod object_access;
pub mod policy;
mod transaction;

/// Installs the hooks. Called once, when the library is loaded: at the first DDL of a session, or with the server.
pub fn install() {
    crate::pg::ours::watch();
    object_access::install();
    transaction::install();
}
