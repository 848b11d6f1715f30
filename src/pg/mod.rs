//! PostgreSQL's own interfaces, made safe for the rest of the crate: errors, settings, our tables, SQL functions.

pub mod attempt;
pub mod counters;
pub mod event;
pub mod function;
pub mod guc;
pub mod jsonb;
pub mod lock_timeout;
pub mod ours;
pub mod report;
pub mod session;
pub mod set;
pub mod spi;
pub mod table;
pub mod text;
pub mod value;
