//! The harness: a throw-away PostgreSQL with the extension in it, and clients that remember what the server told them.
//!
//! ```no_run
//! let cluster = harness::Cluster::shared()?;
//! let db = cluster.database()?;
//! let mut session = db.connect()?;
//! session.batch_execute("CREATE TABLE t (id bigint PRIMARY KEY); INSERT INTO t SELECT generate_series(1, 5000)")?;
//! let run = session.run("ALTER TABLE t SET UNLOGGED");
//! assert_eq!(run.rules(), ["persistence-rewrite", "lock-timeout-missing"]);
//! # anyhow::Ok(())
//! ```
//!
//! A cluster touches no PostgreSQL of the system: it runs from a [`Prefix`] of its own, listens on a Unix socket only, and is
//! stopped and removed when its owner goes away, however it goes.

pub mod cluster;
pub mod example;
pub mod message;
pub mod prefix;
pub mod session;
pub mod source;
pub mod split;

pub use cluster::{Cluster, Db, Options};
pub use message::{Finding, Message, SQLSTATE_BLOCKED, SQLSTATE_COMMIT_BLOCKED, SQLSTATE_FINDING};
pub use prefix::{Extension, Prefix};
pub use session::{Reported, Run, Session};
pub use source::Client;
pub use split::{Statement, split};
