//! The engine of pg_architect: facts → rules → findings → policy.
//!
//! Pure Rust: no pgrx, no SPI, no I/O. The extension fills the [`facts`] from PostgreSQL's own structures and gives the
//! findings to its sinks; the companion program will do the same over a connection. A rule therefore runs in a unit test
//! in microseconds, and the linker refuses a rule that reaches for the server.

pub mod context;
pub mod convention;
pub mod doc;
pub mod estimate;
pub mod facts;
pub mod finding;
pub mod hash;
pub mod inline;
pub mod judge;
pub mod lexer;
pub mod plpgsql;
pub mod policy;
pub mod profile;
pub mod rule;
pub mod rules;
pub mod shape;
pub mod snapshot;
pub mod sql;
pub mod text;
pub mod words;
