//! How a query of a text looks for the rows of a table.

use super::Table;

/// What the WHERE and ORDER BY of one query say about one of its tables: conditions that are joined by AND, as the text writes them.
/// Conditions that are not of these forms are left out, and so are those that compare two columns of the table.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Search {
    /// The table.
    pub table: Table,
    /// `column = value`.
    pub equal: Vec<i16>,
    /// `column > value`, `BETWEEN`.
    pub range: Vec<i16>,
    /// `column IN (...)`, `column = ANY (array)`.
    pub listed: Vec<i16>,
    /// `value = ANY (column)`: the column is an array.
    pub any: Vec<i16>,
    /// `column ->> 'key' = value`.
    pub keys: Vec<(i16, String)>,
    /// ORDER BY columns of the table and nothing else; empty where it says more, and where rows are grouped.
    pub order: Vec<i16>,
}

impl Search {
    /// Whether a btree index may find the rows by another condition.
    #[must_use]
    pub fn is_narrowed(&self) -> bool {
        let leads = |number: &i16| {
            self.table.indexes.iter().any(|index| {
                index.valid
                    && matches!(index.method.as_str(), "btree" | "hash")
                    && index.keys.first().is_some_and(|key| key.column == Some(*number))
            })
        };
        self.equal.iter().chain(&self.range).chain(&self.listed).any(leads)
    }
}
