//! Whether the catalog proves a condition, by the planner's own prover: `ConstraintImpliedByRelConstraint` in
//! `src/backend/commands/tablecmds.c`.

use engine::facts::*;
use pgrx::pg_sys;
use std::ptr;

use super::super::expression;
use crate::pg::attempt::attempt;

/// A Var for the column, as the parser makes it.
///
/// # Safety
/// Allocates in the current memory context.
unsafe fn var(column: &Column) -> *mut pg_sys::Var {
    // SAFETY: makeVar takes any numbers.
    unsafe {
        pg_sys::makeVar(
            1,
            column.number,
            pg_sys::Oid::from(column.data_type.oid),
            column.data_type.modifier,
            pg_sys::Oid::from(column.collation),
            0,
        )
    }
}

/// `column IS NOT NULL`.
///
/// # Safety
/// Allocates in the current memory context.
unsafe fn not_null_test(column: &Column) -> *mut pg_sys::Node {
    // SAFETY: a zeroed node of the right size and tag.
    unsafe {
        let test: *mut pg_sys::NullTest = pg_sys::palloc0(std::mem::size_of::<pg_sys::NullTest>()).cast();
        (*test).xpr.type_ = pg_sys::NodeTag::T_NullTest;
        (*test).arg = var(column).cast();
        (*test).nulltesttype = pg_sys::NullTestType::IS_NOT_NULL;
        (*test).argisrow = false;
        (*test).location = -1;
        test.cast()
    }
}

/// Whether a CHECK may say something of the column: only such a one can prove that it holds no NULL. Analysing an expression costs
/// far more than this look.
fn mentions(check: &Constraint, column: &Column) -> bool {
    if !check.columns.is_empty() {
        return check.columns.contains(&column.number);
    }
    // Made by the text that is judged, as it is written there.
    check.expression.as_deref().is_none_or(|text| {
        text.contains(&column.name)
            || text.contains("&\"")
            || text.to_lowercase().contains(&column.name.to_lowercase())
            || column.name.contains('"')
    })
}

/// The clauses that the table's validated CHECKs give, those named in `without` left out; `of` leaves out those that say nothing of
/// a column.
///
/// # Safety
/// Allocates in the current memory context.
unsafe fn known_clauses(table: &Table, without: &[String], of: Option<&Column>) -> *mut pg_sys::List {
    let mut known: *mut pg_sys::List = ptr::null_mut();
    for check in &table.constraints {
        if of.is_some_and(|column| !mentions(check, column))
            || check.kind != ConstraintKind::Check
            || !check.validated
            || !check.enforced
            || without.contains(&check.name)
        {
            continue;
        }
        let raw = check.expression.as_deref().filter(|text| !text.is_empty()).and_then(expression::parse);
        // SAFETY: `raw` is a raw expression; list_concat takes NULL lists.
        unsafe {
            if let Some(clauses) = raw.and_then(|raw| expression::clauses_of_raw(raw, &table.columns)) {
                known = pg_sys::list_concat(known, clauses);
            }
        }
    }
    known
}

/// Whether the table's validated CHECKs prove that the column holds no NULL: `NotNullImpliedByRelConstraints`.
pub(super) fn proves_not_null(table: &Table, column: &Column, without: &[String]) -> bool {
    let may = table
        .constraints
        .iter()
        .filter(|c| c.kind == ConstraintKind::Check && c.validated && c.enforced && !without.contains(&c.name))
        .any(|check| mentions(check, column));
    if !may || column.data_type.oid == 0 {
        return false;
    }
    attempt(|| {
        // SAFETY: lists of analysed clauses over the same column numbers.
        unsafe {
            let wanted = pg_sys::lappend(ptr::null_mut(), not_null_test(column).cast());
            pg_sys::predicate_implied_by(wanted, known_clauses(table, without, Some(column)), true)
        }
    })
    .unwrap_or(false)
}

/// Whether the table's NOT NULL columns and validated CHECKs prove the partition's constraint:
/// `PartConstraintImpliedByRelConstraint`. `clauses` are over the table's own column numbers.
///
/// # Safety
/// `clauses` is a list of analysed clauses.
pub(super) unsafe fn proves_partition_constraint(table: &Table, clauses: *mut pg_sys::List) -> bool {
    // SAFETY: the caller's promise; the lists hold analysed clauses.
    unsafe {
        let mut known = known_clauses(table, &[], None);
        for column in table.columns.iter().filter(|column| column.not_null) {
            known = pg_sys::lappend(known, not_null_test(column).cast());
        }
        pg_sys::predicate_implied_by(clauses, known, true)
    }
}
