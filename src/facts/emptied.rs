//! Whether a table that has pages has rows.
//!
//! The size of a file tells how much there is to read. That a statement fails on the rows is certain only if there is one: a migration
//! that needs a table to be empty deletes its rows first, and the pages stay.

use pgrx::pg_sys;

use super::server;
use crate::pg::attempt::attempt;
use crate::pg::guc;
use crate::pg::table::Table;

/// More pages are not read to see that none of them has a row (128 MiB). The statement itself would read them all.
const MOST_PAGES: u32 = 16_384;

/// Whether neither the table nor what inherits from it has a row. False where that cannot be seen now: somebody has it locked, it is
/// large, or its rows are not the server's to store.
pub fn emptied(oid: pg_sys::Oid) -> bool {
    // Sizes are pretended then; the rows of which they speak are nowhere.
    if guc::size_from_catalog() {
        return false;
    }
    attempt(|| {
        let mut left = MOST_PAGES;
        server::all_inheritors(oid).into_iter().all(|part| has_no_rows(part, &mut left))
    })
    .unwrap_or(false)
}

fn has_no_rows(oid: pg_sys::Oid, left: &mut u32) -> bool {
    let Some(table) = Table::read(oid) else { return false };
    let none = table.is_partitioned()
        || table.is_heap() && table.pages() <= *left && {
            *left -= table.pages();
            !table.may_have_rows()
        };
    table.close();
    none
}
