//! What the server did with a statement, told by its catalogs and counters (`observe.sql`).

use anyhow::Result;
use harness::{Cluster, Session};
use std::collections::{BTreeMap, BTreeSet};

/// What a database needs to be observed, beside `truth.sql`.
pub const SCHEMA: &str = include_str!("observe.sql");

/// The tables and indexes before a file: name, and whether the table has at least two rows.
#[derive(Default)]
pub struct Before(BTreeMap<String, bool>);

impl Before {
    /// Looks at a database, and remembers what is there to compare with.
    ///
    /// # Errors
    /// When the server fails.
    pub fn look(cluster: &Cluster, database: &str) -> Result<Before> {
        let mut session = cluster.connect(database)?;
        session.batch_execute("SET architect.mode = off")?;
        let rows = session.query("SELECT name, filled FROM replay_truth.begin_file()", &[])?;
        Ok(Before(rows.iter().map(|row| (row.get(0), row.get(1))).collect()))
    }

    /// Whether the table that a statement is about (the first name in it of a table or an index that was there) has rows; nothing when it
    /// names none.
    #[must_use]
    pub fn filled(&self, statement: &str) -> Option<bool> {
        statement
            .split(|c: char| !c.is_alphanumeric() && c != '_')
            .find_map(|word| self.0.get(word).or_else(|| self.0.get(&word.to_lowercase())).copied())
    }
}

/// What the latest statement did to the tables that were there before its file; nothing in a transaction that has failed.
pub fn happened(session: &mut Session, in_transaction: bool) -> BTreeSet<String> {
    if !in_transaction && session.batch_execute("SELECT pg_catalog.pg_stat_force_next_flush()").is_err() {
        return BTreeSet::new();
    }
    let row = session.query_one("SELECT replay_truth.observe($1)", &[&in_transaction]);
    row.map(|row| row.get::<_, Vec<String>>(0).into_iter().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_table_that_a_statement_names() {
        let before = Before([("users".to_owned(), true), ("Empty".to_owned(), false)].into());
        assert_eq!(before.filled("ALTER TABLE \"Empty\" ADD FOREIGN KEY (a) REFERENCES users"), Some(false));
        assert_eq!(before.filled("CREATE INDEX users_name ON public.USERS (name)"), Some(true));
        assert_eq!(before.filled("CREATE INDEX i ON made_here (a)"), None);
    }
}
