//! Where a snapshot comes from: anything that runs our queries, be it SPI inside the server or a client's connection.

use crate::facts::{Epoch, Oid, Size};
use std::fmt;

/// What went wrong while a snapshot was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(pub String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

/// A parameter of a query.
#[derive(Clone, Copy, Debug)]
pub enum Parameter<'a> {
    /// `text`; none is NULL.
    Text(Option<&'a str>),
    /// `oid[]`; none is NULL.
    Oids(Option<&'a [Oid]>),
    /// `int4[]`.
    Integers(&'a [i32]),
    /// `text[]`.
    Texts(&'a [String]),
}

/// One row of an answer; columns are counted from 0. A column that has another type than the one asked for is a mistake in our
/// own query and gives the empty value in place of a crash; the tests read every query on every version.
pub trait Row {
    /// A `bool`; NULL is false.
    fn boolean(&self, column: usize) -> bool;
    /// An `int2`, `int4`, `int8` or `oid`.
    fn integer(&self, column: usize) -> Option<i64>;
    /// A `float4` or `float8`.
    fn float(&self, column: usize) -> Option<f64>;
    /// A `text` or `name`.
    fn text(&self, column: usize) -> Option<String>;
    /// Lends a `text` or `name`; NULL is empty. For what is looked at and not kept.
    fn lend(&self, column: usize, look: &mut dyn FnMut(&str)) {
        look(&self.text(column).unwrap_or_default());
    }
    /// A `"char"`; NULL is a space.
    fn character(&self, column: usize) -> char;
    /// An `int2[]`; NULL is empty.
    fn shorts(&self, column: usize) -> Vec<i16>;
    /// An `oid[]`; NULL is empty.
    fn oids(&self, column: usize) -> Vec<Oid>;
    /// A `text[]`; NULL is empty.
    fn texts(&self, column: usize) -> Vec<String>;
}

/// The cumulative statistics of a relation, as far as its kind has them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counters {
    /// Scans.
    pub scans: i64,
    /// Rows, or entries of an index, that scans returned.
    pub returned: i64,
    /// Rows that index scans fetched.
    pub fetched: i64,
    /// The last scan (16 and later).
    pub last_scan: Option<Epoch>,
    /// Blocks asked for.
    pub blocks_fetched: i64,
    /// Those that were found in shared buffers.
    pub blocks_hit: i64,
    /// Live rows, estimated.
    pub live: i64,
    /// Dead rows, estimated.
    pub dead: i64,
    /// Rows inserted.
    pub inserted: i64,
    /// Rows updated.
    pub updated: i64,
    /// Rows deleted.
    pub deleted: i64,
    /// Heap-only updates.
    pub hot_updated: i64,
    /// Updates that put the row on another page (16 and later).
    pub newpage_updated: Option<i64>,
    /// Rows changed since the last ANALYZE.
    pub modified_since_analyze: i64,
    /// Rows inserted since the last VACUUM.
    pub inserted_since_vacuum: i64,
    /// The last VACUUM, by hand or by autovacuum.
    pub last_vacuum: Option<Epoch>,
    /// The last ANALYZE, by hand or by autovacuum.
    pub last_analyze: Option<Epoch>,
}

impl Counters {
    /// From the query `counters`, behind the relation.
    pub(super) fn of(row: &mut Cursor) -> Counters {
        Counters {
            scans: row.number(),
            returned: row.number(),
            fetched: row.number(),
            last_scan: row.float(),
            blocks_fetched: row.number(),
            blocks_hit: row.number(),
            live: row.number(),
            dead: row.number(),
            inserted: row.number(),
            updated: row.number(),
            deleted: row.number(),
            hot_updated: row.number(),
            newpage_updated: row.integer(),
            modified_since_analyze: row.number(),
            inserted_since_vacuum: row.number(),
            last_vacuum: row.float(),
            last_analyze: row.float(),
        }
    }
}

/// Runs queries.
pub trait Source {
    /// The server's version: 150020.
    fn version_num(&self) -> u32;

    /// Runs a query and hands each row on. All queries of one snapshot see the same state.
    ///
    /// # Errors
    /// What the server, or `each`, says.
    fn query(
        &mut self,
        sql: &str,
        parameters: &[Parameter],
        each: &mut dyn FnMut(&dyn Row) -> Result<(), Error>,
    ) -> Result<(), Error>;

    /// All columns of a user's relations, as the query `columns` gives them, where they can be read without it.
    fn columns(&mut self, _each: &mut dyn FnMut(&dyn Row) -> Result<(), Error>) -> Option<Result<(), Error>> {
        None
    }

    /// What looks up the counters of a relation; none where the query `counters` has to be asked.
    fn counters(&self) -> Option<fn(Oid) -> Counters> {
        None
    }

    /// What the relations hold on disk now, TOAST included, read without a lock; none where only the server itself could know.
    fn sizes(&mut self, _relations: &[Oid]) -> Option<Vec<Size>> {
        None
    }
}

/// Reads a row from left to right, in the order of the query's columns.
pub struct Cursor<'a> {
    row: &'a dyn Row,
    column: usize,
}

impl<'a> Cursor<'a> {
    /// At the first column.
    #[must_use]
    pub fn new(row: &'a dyn Row) -> Cursor<'a> {
        Cursor { row, column: 0 }
    }

    fn next(&mut self) -> usize {
        self.column += 1;
        self.column - 1
    }

    /// Goes to a column.
    pub fn seek(&mut self, column: usize) {
        self.column = column;
    }

    /// The next column, a `bool`.
    pub fn boolean(&mut self) -> bool {
        let column = self.next();
        self.row.boolean(column)
    }

    /// The next column, a whole number or NULL.
    pub fn integer(&mut self) -> Option<i64> {
        let column = self.next();
        self.row.integer(column)
    }

    /// The next column, a whole number; NULL is 0.
    pub fn number(&mut self) -> i64 {
        self.integer().unwrap_or(0)
    }

    /// The next column, an `oid`; NULL is 0.
    pub fn oid(&mut self) -> Oid {
        self.integer().and_then(|n| Oid::try_from(n).ok()).unwrap_or(0)
    }

    /// The next column, an `int2`; NULL is 0.
    pub fn short(&mut self) -> i16 {
        self.integer().and_then(|n| i16::try_from(n).ok()).unwrap_or(0)
    }

    /// The next column, a floating-point number or NULL.
    pub fn float(&mut self) -> Option<f64> {
        let column = self.next();
        self.row.float(column)
    }

    /// The next column, a text or NULL.
    pub fn optional(&mut self) -> Option<String> {
        let column = self.next();
        self.row.text(column)
    }

    /// The next column, a text; NULL is empty.
    pub fn text(&mut self) -> String {
        self.optional().unwrap_or_default()
    }

    /// The next column, a text that is looked at and not kept; NULL is empty.
    pub fn lend(&mut self, look: &mut dyn FnMut(&str)) {
        let column = self.next();
        self.row.lend(column, look);
    }

    /// The next column, a `"char"`.
    pub fn character(&mut self) -> char {
        let column = self.next();
        self.row.character(column)
    }

    /// The next column, an `int2[]`.
    pub fn shorts(&mut self) -> Vec<i16> {
        let column = self.next();
        self.row.shorts(column)
    }

    /// The next column, an `oid[]`.
    pub fn oids(&mut self) -> Vec<Oid> {
        let column = self.next();
        self.row.oids(column)
    }

    /// The next column, a `text[]`.
    pub fn texts(&mut self) -> Vec<String> {
        let column = self.next();
        self.row.texts(column)
    }
}

/// The query as this version takes it: lines that end in `-- since N` or `-- until N` are for some majors only.
#[must_use]
pub fn for_version(sql: &str, version_num: u32) -> String {
    let major = version_num / 10_000;
    let wanted = |line: &&str| {
        let condition = |word: &str| {
            line.rsplit_once("-- ")
                .and_then(|(_, tail)| tail.strip_prefix(word))
                .and_then(|n| n.trim().parse::<u32>().ok())
        };
        condition("since ").is_none_or(|since| major >= since) && condition("until ").is_none_or(|until| major <= until)
    };
    sql.lines().filter(wanted).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::for_version;

    #[test]
    fn lines_for_some_versions() {
        let sql = "SELECT a,\n  b, -- since 16\n  c, -- until 15\n  d -- not a version\n";
        assert_eq!(for_version(sql, 150_020), "SELECT a,\n  c, -- until 15\n  d -- not a version");
        assert_eq!(for_version(sql, 160_000), "SELECT a,\n  b, -- since 16\n  d -- not a version");
    }
}
