//! Expressions: PostgreSQL's own analysis of what a statement writes, without opening the table.
//!
//! Column references are resolved from the facts at hand through the parser's hook, so that no lock is needed and a column
//! that only the text at hand creates resolves too.

use engine::facts::{Column, Table};
use pgrx::{pg_guard, pg_sys};
use std::ffi::c_void;
use std::ptr;

use super::{node, simplify};
use crate::pg::attempt::attempt;
use crate::pg::text::to_server;

#[pg_guard]
unsafe extern "C-unwind" fn resolve_column(
    pstate: *mut pg_sys::ParseState,
    reference: *mut pg_sys::ColumnRef,
) -> *mut pg_sys::Node {
    // SAFETY: the parser calls the hook with its own state; `p_ref_hook_state` is the slice that `transform` put there and
    // that lives until `transform` returns.
    unsafe {
        let columns = &*(*pstate).p_ref_hook_state.cast::<&[Column]>();
        let names = node::strings((*reference).fields);
        let Some(wanted) = names.last() else { return ptr::null_mut() };
        let Some(column) = columns.iter().find(|column| column.name == *wanted) else { return ptr::null_mut() };
        if column.data_type.oid == 0 {
            return ptr::null_mut();
        }
        pg_sys::makeVar(
            1,
            column.number,
            pg_sys::Oid::from(column.data_type.oid),
            column.data_type.modifier,
            pg_sys::Oid::from(column.collation),
            0,
        )
        .cast()
    }
}

/// Analyses a raw expression. Raises PostgreSQL's own ERROR for what cannot be analysed.
///
/// # Safety
/// `raw` points to a raw expression; it is not changed.
unsafe fn transform(
    raw: *mut pg_sys::Node,
    columns: &[Column],
    kind: pg_sys::ParseExprKind::Type,
) -> (*mut pg_sys::ParseState, *mut pg_sys::Node) {
    let state: &[Column] = columns;
    // SAFETY: the hook state outlives the calls; the parser works on a copy, since it may scribble on its input.
    unsafe {
        let pstate = pg_sys::make_parsestate(ptr::null_mut());
        (*pstate).p_pre_columnref_hook = Some(resolve_column);
        (*pstate).p_ref_hook_state = (&raw const state).cast_mut().cast::<c_void>();
        let copy = pg_sys::copyObjectImpl(raw.cast()).cast();
        let expression = pg_sys::transformExpr(pstate, copy, kind);
        pg_sys::assign_expr_collations(pstate, expression);
        (pstate, expression)
    }
}

/// What is known of a column's default.
pub struct Default {
    /// It is volatile after the planner has simplified it: it must be computed for every row.
    pub volatile: bool,
    /// It is a constant NULL.
    pub null: bool,
}

/// Judges the default of a new column as ATExecAddColumn does: cooked, simplified, then asked whether it is volatile. None
/// where it cannot be analysed (the statement will fail, or refers to what only the text creates).
///
/// # Safety
/// `raw` points to a raw expression.
pub unsafe fn default(raw: *mut pg_sys::Node, column: &Column) -> Option<Default> {
    let type_oid = pg_sys::Oid::from(column.data_type.oid);
    if type_oid == pg_sys::InvalidOid {
        return None;
    }
    let name = to_server(&column.name);
    attempt(|| {
        // SAFETY: as `transform`; cookDefault coerces to the column's type and raises an ERROR where it cannot.
        unsafe {
            let pstate = pg_sys::make_parsestate(ptr::null_mut());
            let copy = pg_sys::copyObjectImpl(raw.cast()).cast();
            let cooked = pg_sys::cookDefault(pstate, copy, type_oid, column.data_type.modifier, name.as_ptr(), 0);
            planned(cooked)
        }
    })
    .ok()
}

/// # Safety
/// `expression` is an analysed expression.
unsafe fn planned(expression: *mut pg_sys::Node) -> Default {
    // SAFETY: the planner copies what it changes.
    unsafe {
        let planned = simplify::planned(expression);
        let null = node::cast::<pg_sys::Const>(planned, pg_sys::NodeTag::T_Const).is_some_and(|c| (*c).constisnull);
        Default { volatile: simplify::is_volatile(planned), null }
    }
}

/// Judges the default that a type (a domain) has of its own; none where it has none.
pub fn type_default(type_oid: pg_sys::Oid) -> Option<Default> {
    // SAFETY: get_typdefault takes any type's OID and returns NULL where there is no default.
    unsafe {
        let expression = pg_sys::get_typdefault(type_oid);
        if expression.is_null() { None } else { Some(planned(expression)) }
    }
}

/// Why a change of a column's type rewrites the table, as ATColumnChangeRequiresRewrite decides: none when it does not.
pub enum TypeChange {
    /// The stored form stays.
    Compatible,
    /// Every row must be written anew; the reason in a clause.
    Rewrite(String),
    /// PostgreSQL will refuse the change (no such cast).
    Refused,
    /// The expression could not be analysed: PostgreSQL will refuse it, or it names what only the text at hand makes.
    NotAnalysed,
    /// It could not be established.
    Unknown,
}

/// Decides about ALTER COLUMN ... TYPE: the coercion of the column (or of the USING expression) to the new type, walked as
/// `ATColumnChangeRequiresRewrite` in `src/backend/commands/tablecmds.c` does.
///
/// # Safety
/// `using` is NULL or points to a raw expression.
pub unsafe fn type_change(
    table: &Table,
    column: &Column,
    to: &engine::facts::TypeName,
    using: *mut pg_sys::Node,
) -> TypeChange {
    if to.oid == 0 || column.data_type.oid == 0 {
        return TypeChange::Unknown;
    }
    let target = pg_sys::Oid::from(to.oid);
    let outcome = attempt(|| {
        // SAFETY: all nodes are made here or copied.
        unsafe {
            let (pstate, expression) = if using.is_null() {
                let pstate = pg_sys::make_parsestate(ptr::null_mut());
                let var = pg_sys::makeVar(
                    1,
                    column.number,
                    pg_sys::Oid::from(column.data_type.oid),
                    column.data_type.modifier,
                    pg_sys::Oid::from(column.collation),
                    0,
                );
                (pstate, var.cast())
            } else {
                transform(using, &table.columns, pg_sys::ParseExprKind::EXPR_KIND_ALTER_COL_TRANSFORM)
            };
            let coerced = pg_sys::coerce_to_target_type(
                pstate,
                expression,
                pg_sys::exprType(expression),
                target,
                to.modifier,
                pg_sys::CoercionContext::COERCION_ASSIGNMENT,
                pg_sys::CoercionForm::COERCE_IMPLICIT_CAST,
                -1,
            );
            if coerced.is_null() {
                return TypeChange::Refused;
            }
            pg_sys::assign_expr_collations(pstate, coerced);
            match rewrite_reason(simplify::planned(coerced), column, to) {
                Some(why) => TypeChange::Rewrite(why),
                None => TypeChange::Compatible,
            }
        }
    });
    outcome.unwrap_or(if using.is_null() { TypeChange::Unknown } else { TypeChange::NotAnalysed })
}

/// # Safety
/// `expression` is a planned expression.
unsafe fn rewrite_reason(
    mut expression: *mut pg_sys::Node,
    column: &Column,
    to: &engine::facts::TypeName,
) -> Option<String> {
    let computed = || format!("each value of {} is computed anew as {}", column.name, to.name);
    // SAFETY: each node is read as the type that its tag names.
    unsafe {
        loop {
            match node::tag(expression) {
                pg_sys::NodeTag::T_Var => {
                    let var: *mut pg_sys::Var = expression.cast();
                    return ((*var).varattno != column.number)
                        .then(|| format!("the values of {} come from another column", column.name));
                }
                pg_sys::NodeTag::T_RelabelType => {
                    expression = (*expression.cast::<pg_sys::RelabelType>()).arg.cast();
                }
                pg_sys::NodeTag::T_CoerceToDomain => {
                    let domain: *mut pg_sys::CoerceToDomain = expression.cast();
                    if pg_sys::DomainHasConstraints((*domain).resulttype) {
                        return Some(format!(
                            "every value is checked against the constraints of the domain {}",
                            to.name
                        ));
                    }
                    expression = (*domain).arg.cast();
                }
                pg_sys::NodeTag::T_FuncExpr => {
                    let call: *mut pg_sys::FuncExpr = expression.cast();
                    let function = (*call).funcid.to_u32();
                    if !matches!(function, pg_sys::F_TIMESTAMPTZ_TIMESTAMP | pg_sys::F_TIMESTAMP_TIMESTAMPTZ) {
                        return Some(computed());
                    }
                    // Their stored form is the same as long as the session's time zone is UTC.
                    if pg_sys::TimestampTimestampTzRequiresRewrite() {
                        return Some("the session's TimeZone is not UTC, so every value is converted".to_owned());
                    }
                    expression = *node::list::<pg_sys::Node>((*call).args).first()?;
                }
                _ => return Some(computed()),
            }
        }
    }
}

/// The SQL of a raw expression over the table's columns, as PostgreSQL would print it; none where it cannot be analysed.
///
/// # Safety
/// `raw` is NULL or points to a raw expression.
pub unsafe fn decompile(raw: *mut pg_sys::Node, table: &Table, kind: pg_sys::ParseExprKind::Type) -> Option<String> {
    if raw.is_null() {
        return None;
    }
    attempt(|| {
        // SAFETY: see `transform` and `print`.
        unsafe {
            let (_, expression) = transform(raw, &table.columns, kind);
            print(expression, table)
        }
    })
    .ok()
    .flatten()
}

/// The SQL of a CHECK or predicate: coerced to boolean first.
///
/// # Safety
/// As `decompile`.
pub unsafe fn decompile_condition(raw: *mut pg_sys::Node, table: &Table) -> Option<String> {
    // SAFETY: the caller's promise.
    unsafe { decompile(raw, table, pg_sys::ParseExprKind::EXPR_KIND_CHECK_CONSTRAINT) }
}

/// Prints an analysed expression over the table's columns.
///
/// # Safety
/// `expression` is an analysed expression whose Vars are columns of the table.
pub unsafe fn print(expression: *mut pg_sys::Node, table: &Table) -> Option<String> {
    let name = to_server(&table.relation.name);
    // By number; an empty name stands for a column that was dropped.
    let width = table.columns.iter().map(|column| column.number).max().unwrap_or(0);
    let mut columns = vec![std::ffi::CString::default(); usize::try_from(width).ok()?];
    for column in &table.columns {
        columns[usize::try_from(column.number - 1).ok()?] = to_server(&column.name);
    }
    // SAFETY: the context lives in the memory of the statement; it prints columns without the table's name.
    unsafe {
        let columns = columns.iter().map(std::ffi::CString::as_c_str);
        let context = super::catalog::deparse_context_over(&name, pg_sys::Oid::from(table.relation.oid), columns);
        node::text(pg_sys::deparse_expression(expression, context, false, false))
    }
}

/// The SQL of a constant default for a message; none where it is more than that.
///
/// # Safety
/// `raw` points to a raw expression.
pub unsafe fn decompile_default(raw: *mut pg_sys::Node, column: &Column) -> Option<String> {
    let type_oid = pg_sys::Oid::from(column.data_type.oid);
    if type_oid == pg_sys::InvalidOid {
        return None;
    }
    let name = to_server(&column.name);
    attempt(|| {
        // SAFETY: as `default`; a default has no Vars, so no context is needed to print it.
        unsafe {
            let pstate = pg_sys::make_parsestate(ptr::null_mut());
            let copy = pg_sys::copyObjectImpl(raw.cast()).cast();
            let cooked = pg_sys::cookDefault(pstate, copy, type_oid, column.data_type.modifier, name.as_ptr(), 0);
            node::text(pg_sys::deparse_expression(cooked, ptr::null_mut(), false, false))
        }
    })
    .ok()
    .flatten()
}

/// An analysed condition in the form that the planner's prover wants: a list of ANDed clauses over column numbers.
///
/// # Safety
/// `raw` points to a raw expression.
pub unsafe fn clauses_of_raw(raw: *mut pg_sys::Node, columns: &[Column]) -> Option<*mut pg_sys::List> {
    attempt(|| {
        // SAFETY: see `transform`.
        unsafe {
            let (_, expression) = transform(raw, columns, pg_sys::ParseExprKind::EXPR_KIND_CHECK_CONSTRAINT);
            provable(expression)
        }
    })
    .ok()
}

/// As ConstraintImpliedByRelConstraint prepares a CHECK: simplified, canonical, ANDs flat.
///
/// # Safety
/// `expression` is an analysed boolean expression.
pub unsafe fn provable(expression: *mut pg_sys::Node) -> *mut pg_sys::List {
    // SAFETY: the planner's functions copy what they change.
    unsafe {
        let canonical = pg_sys::canonicalize_qual(simplify::simplified(expression).cast(), true);
        pg_sys::make_ands_implicit(canonical.cast())
    }
}

/// A condition in words of its columns' names before, in those of now; none where it cannot be analysed.
pub fn reprint(text: &str, before: &Table, now: &Table) -> Option<String> {
    let raw = parse(text)?;
    attempt(|| {
        // SAFETY: see `transform` and `print`.
        unsafe {
            let (_, expression) = transform(raw, &before.columns, pg_sys::ParseExprKind::EXPR_KIND_CHECK_CONSTRAINT);
            print(expression, now)
        }
    })
    .ok()
    .flatten()
}

/// The type and collation of a raw expression over the table's columns.
///
/// # Safety
/// `raw` points to a raw expression.
pub unsafe fn type_and_collation(raw: *mut pg_sys::Node, table: &Table) -> Option<(pg_sys::Oid, u32)> {
    attempt(|| {
        // SAFETY: see `transform`.
        unsafe {
            let (_, expression) = transform(raw, &table.columns, pg_sys::ParseExprKind::EXPR_KIND_INDEX_EXPRESSION);
            (pg_sys::exprType(expression), pg_sys::exprCollation(expression).to_u32())
        }
    })
    .ok()
}

/// What PostgreSQL says where it knows no operator for the types of a comparison in a policy; none where it takes it, and where
/// something else is wrong with it.
///
/// # Safety
/// `raw` points to a raw expression.
pub unsafe fn no_operator(raw: *mut pg_sys::Node, table: &Table) -> Option<String> {
    let outcome = attempt(|| {
        // SAFETY: see `transform`.
        unsafe { transform(raw, &table.columns, pg_sys::ParseExprKind::EXPR_KIND_POLICY).1.is_null() }
    });
    let undefined = pgrx::PgSqlErrorCode::ERRCODE_UNDEFINED_FUNCTION as i32;
    outcome.err().filter(|failure| failure.sqlstate == undefined).map(|failure| failure.message)
}

/// The raw expression in a text that PostgreSQL printed; none where it does not parse.
pub fn parse(text: &str) -> Option<*mut pg_sys::Node> {
    let text = to_server(text);
    attempt(|| {
        // SAFETY: RAW_PARSE_PLPGSQL_EXPR gives one RawStmt with a SelectStmt of one target.
        unsafe {
            let list = pg_sys::raw_parser(text.as_ptr(), pg_sys::RawParseMode::RAW_PARSE_PLPGSQL_EXPR);
            let statement = *node::list::<pg_sys::RawStmt>(list).first()?;
            let select = node::cast::<pg_sys::SelectStmt>((*statement).stmt, pg_sys::NodeTag::T_SelectStmt)?;
            let target = *node::list::<pg_sys::ResTarget>((*select).targetList).first()?;
            Some((*target).val)
        }
    })
    .ok()
    .flatten()
}
