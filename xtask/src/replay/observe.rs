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

    /// Whether the table that a statement is about has rows; nothing when it was not there. ALTER TABLE and CREATE INDEX name it
    /// first or after ON; of other statements the first name of a table or an index that was there counts.
    #[must_use]
    pub fn filled(&self, statement: &str) -> Option<bool> {
        let mut words = statement.split(|c: char| !c.is_alphanumeric() && c != '_' && c != '.' && c != '"');
        let mut words = words.by_ref().filter(|word| !word.is_empty()).flat_map(names);
        let known = |word: &String| self.0.get(word).or_else(|| self.0.get(&word.to_lowercase())).copied();
        let mut start = words.by_ref().take(2).map(|word| word.to_lowercase());
        match (start.next().as_deref(), start.next().as_deref()) {
            (Some("alter"), Some("table")) => {
                let skipped = ["if", "exists", "only"];
                // A schema may stand before the name.
                let mut rest = words.skip_while(|word| skipped.contains(&word.to_lowercase().as_str()));
                let first = rest.next()?;
                match statement.to_lowercase().contains(&format!("{}.", first.to_lowercase()))
                    || statement.contains(&format!("\"{first}\"."))
                {
                    true => known(&rest.next()?),
                    false => known(&first),
                }
            }
            (Some("create"), Some("index" | "unique")) => {
                words.skip_while(|word| !word.eq_ignore_ascii_case("on")).skip(1).take(3).find_map(|word| known(&word))
            }
            _ => words.find_map(|word| known(&word)),
        }
    }
}

/// The parts of a name, quotes left out.
fn names(word: &str) -> Vec<String> {
    word.split(['.', '"']).filter(|part| !part.is_empty()).map(str::to_owned).collect()
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
        assert_eq!(before.filled("alter table if exists only app.users add b int"), Some(true));
        assert_eq!(before.filled("ALTER TABLE \"app\".\"made_here\" ADD FOREIGN KEY (a) REFERENCES users"), None);
        assert_eq!(before.filled("ALTER TABLE made_here ADD FOREIGN KEY (a) REFERENCES users"), None);
        assert_eq!(before.filled("CREATE UNIQUE INDEX users ON ONLY app.\"Empty\" USING btree (users)"), Some(false));
        assert_eq!(before.filled("DROP INDEX app.users"), Some(true));
    }
}
