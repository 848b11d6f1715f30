//! Partitioned tables.

mod default_partition_rows;
mod hash_partition_incomplete;
mod list_partition_without_default;
mod parent_index_unattached;
mod partition_count_high;
mod partition_detach_pending;
mod partition_detached_leftover;
mod partition_future_missing;
mod partition_key_nullable;
mod partition_range_gap;
mod partition_uneven;
mod partition_unique_local;
mod unpartitioned_large_table;

use crate::context::{Context, Moment};
use crate::facts::{Database, PartitionCoverage, Relation, Table};
use crate::rule::Rule;
use std::cell::LazyCell;
use std::collections::HashSet;

/// The rules of this category.
pub static RULES: &[&Rule] = &[
    &partition_future_missing::RULE,
    &hash_partition_incomplete::RULE,
    &partition_range_gap::RULE,
    &default_partition_rows::RULE,
    &parent_index_unattached::RULE,
    &partition_unique_local::RULE,
    &partition_detach_pending::RULE,
    &partition_detached_leftover::RULE,
    &partition_key_nullable::RULE,
    &partition_count_high::RULE,
    &partition_uneven::RULE,
    &unpartitioned_large_table::RULE,
    &list_partition_without_default::RULE,
];

/// Which keys the partitions of a table leave without a place, where what is judged now left it so.
///
/// A tree that is built statement by statement is not told at each step: without a transaction block, an old tree without rows is for
/// the full check.
fn left_incomplete<'a>(table: &'a Table, cx: &Context) -> Option<&'a PartitionCoverage> {
    if cx.database.is_some() || !table.partitions_touched {
        return None;
    }
    let coverage = table.coverage.as_ref().filter(|coverage| coverage.is_incomplete())?;
    let meant = cx.moment == Moment::Lint || cx.transaction.in_block || table.relation.created_here;
    (meant || table.relation.size.rows > 0).then_some(coverage)
}

/// Statements that make something whole together: the guard would tell each but the last that something is missing.
fn together(statements: &[String]) -> String {
    match statements {
        [one] => one.clone(),
        all => format!("BEGIN;\n{}\nCOMMIT;", all.join("\n")),
    }
}

/// Whether a table of the database has this name beside another one; what it takes to know that is read when it is asked first.
fn taken(database: &Database) -> impl Fn(&Relation, &str) -> bool {
    let relations = || database.tables.iter().map(|table| &table.relation);
    let names = LazyCell::new(move || {
        relations().map(|relation| (relation.schema.as_str(), relation.name.as_str())).collect::<HashSet<_>>()
    });
    move |beside, name| names.contains(&(beside.schema.as_str(), name))
}
