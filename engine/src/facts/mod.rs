//! Facts: what is true, as owned Rust values.
//!
//! The extension's `src/facts` fills these types from PostgreSQL's own structures and functions; rules read them.
//! Nothing here judges, and nothing here can reach a server.

mod access;
mod autovacuum;
mod btree;
mod cluster;
mod code;
mod coverage;
mod database;
mod ddl;
mod horizon;
mod impact;
mod kinds;
mod lazy;
mod lock;
mod partition_coverage;
mod relation;
mod rights;
mod search;
mod state;
mod statement;
mod table;
mod text;
mod transaction;

pub use access::*;
pub use autovacuum::*;
pub use btree::*;
pub use cluster::*;
pub use code::*;
pub use coverage::*;
pub use database::*;
pub use ddl::*;
pub use horizon::*;
pub use impact::*;
pub use kinds::{Aspects, Kinds};
pub use lazy::Lazy;
pub use lock::*;
pub use partition_coverage::*;
pub use relation::*;
pub use rights::*;
pub use search::*;
pub use state::*;
pub use statement::*;
pub use table::*;
pub use text::*;
pub use transaction::*;

/// An object identifier of PostgreSQL; 0 is "none", also for what exists only in a text that is judged.
pub type Oid = u32;
