//! Expressions, simplified without running anybody's function.
//!
//! The server's `eval_const_expressions` calls immutable functions whose arguments are constants, and so does whatever is built on it:
//! the expression planner, the relation cache for an index's expressions and predicate. The expression of an index or a constraint
//! belongs to the owner of the table, and the guard has the rights of whoever gave the DDL, often a superuser's. PostgreSQL becomes the
//! owner first, in a security-restricted operation (`DefineIndex`, `reindex_index`; CVE-2022-1552). Nothing is run here at all: what
//! would be is left as it is.

use pgrx::pg_sys;
use std::ffi::c_void;
use std::ptr;

use super::catalog::Open;
use super::node;

#[cfg(feature = "pg15")]
mod raw {
    use pgrx::pg_sys;
    use std::ffi::c_void;

    unsafe extern "C-unwind" {
        // src/include/nodes/nodeFuncs.h: a function until 15, a macro over `_impl` after.
        pub fn expression_tree_walker(
            node: *mut pg_sys::Node,
            walker: Option<unsafe extern "C-unwind" fn(*mut pg_sys::Node, *mut c_void) -> bool>,
            context: *mut c_void,
        ) -> bool;
    }
}

/// Whether a function is somebody's own and would be called for constant arguments.
#[pgrx::pg_guard]
unsafe extern "C-unwind" fn is_callable(function: pg_sys::Oid, _context: *mut c_void) -> bool {
    // SAFETY: a function that an analysed expression names.
    function.to_u32() >= pg_sys::FirstNormalObjectId
        && unsafe { pg_sys::func_volatile(function) } as u8 == pg_sys::PROVOLATILE_IMMUTABLE
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn would_call(node: *mut pg_sys::Node, context: *mut c_void) -> bool {
    // SAFETY: NULL, or a node of an analysed expression; the walker guards the stack.
    unsafe {
        if node.is_null() {
            return false;
        }
        if pg_sys::check_functions_in_node(node, Some(is_callable), ptr::null_mut())
            && !pg_sys::contain_var_clause(node)
        {
            return true;
        }
        pg_sys::ffi::pg_guard_ffi_boundary(|| walk(node, would_call, context))
    }
}

/// # Safety
/// A node of an analysed expression; inside a guard.
unsafe fn walk(
    node: *mut pg_sys::Node,
    each: unsafe extern "C-unwind" fn(*mut pg_sys::Node, *mut c_void) -> bool,
    context: *mut c_void,
) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        #[cfg(feature = "pg15")]
        let found = raw::expression_tree_walker(node, Some(each), context);
        #[cfg(not(feature = "pg15"))]
        let found = pg_sys::expression_tree_walker_impl(node, Some(each), context);
        found
    }
}

/// The expression as `eval_const_expressions` gives it; as it is where that would run somebody's function.
///
/// # Safety
/// `expression` is an analysed expression.
pub unsafe fn simplified(expression: *mut pg_sys::Node) -> *mut pg_sys::Node {
    // SAFETY: the caller's promise; what is changed is a copy.
    unsafe {
        if would_call(expression, ptr::null_mut()) {
            expression
        } else {
            pg_sys::eval_const_expressions(ptr::null_mut(), expression)
        }
    }
}

/// The expression as `expression_planner` gives it, with the bodies of SQL functions in their place; as it is where that would run
/// somebody's function. (The body of a SQL function can name a further one, which then runs as in `EXPLAIN`.)
///
/// # Safety
/// `expression` is an analysed expression.
pub unsafe fn planned(expression: *mut pg_sys::Node) -> *mut pg_sys::Node {
    // SAFETY: as above.
    unsafe {
        if would_call(expression, ptr::null_mut()) {
            expression
        } else {
            pg_sys::expression_planner(expression.cast()).cast()
        }
    }
}

/// Whether a value of the expression can differ from row to row: a volatile function is left in what [`planned`] gives. The planner
/// would also have filled in the defaults of arguments that are not given.
///
/// # Safety
/// `planned` is what `planned` gave.
pub unsafe fn is_volatile(planned: *mut pg_sys::Node) -> bool {
    // SAFETY: the caller's promise.
    unsafe { pg_sys::contain_volatile_functions(planned) || has_volatile_default(planned, ptr::null_mut()) }
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn has_volatile_default(node: *mut pg_sys::Node, context: *mut c_void) -> bool {
    // SAFETY: as in `would_call`; proargdefaults is the list of the last arguments' defaults.
    unsafe {
        if node.is_null() {
            return false;
        }
        if let Some(call) = node::cast::<pg_sys::FuncExpr>(node, pg_sys::NodeTag::T_FuncExpr) {
            let given = node::list::<pg_sys::Node>((*call).args).len();
            let mut defaults = Vec::new();
            super::catalog::by_oid(super::server::catalog::PROC, (*call).funcid, |row| {
                let missing = usize::try_from(row.integer("pronargs")).unwrap_or(0).saturating_sub(given);
                if missing > 0
                    && let Some(text) = row.c_text("proargdefaults")
                {
                    let all = node::list::<pg_sys::Node>(pg_sys::stringToNode(text).cast());
                    defaults = all[all.len().saturating_sub(missing)..].to_vec();
                }
            });
            if defaults.into_iter().any(|default| pg_sys::contain_volatile_functions(default)) {
                return true;
            }
        }
        pg_sys::ffi::pg_guard_ffi_boundary(|| walk(node, has_volatile_default, context))
    }
}

/// An expression of an index as pg_index has it: its expressions (a List) or its predicate. NULL where there is none.
///
/// # Safety
/// `index` is the entry of an index, `attribute` the number of a pg_node_tree column of pg_index.
unsafe fn of_index(index: &Open, attribute: u32) -> *mut pg_sys::Node {
    // SAFETY: an index's entry has rd_indextuple; SysCacheGetAttr knows pg_index's descriptor; the text is the server's own.
    unsafe {
        let mut null = false;
        let cache = pg_sys::SysCacheIdentifier::INDEXRELID as i32;
        let datum = pg_sys::SysCacheGetAttr(cache, (*index.0).rd_indextuple, attribute as i16, &raw mut null);
        if null {
            return ptr::null_mut();
        }
        pg_sys::stringToNode(pg_sys::text_to_cstring(datum.cast_mut_ptr())).cast()
    }
}

/// The expressions of an index, in the order of its keys.
///
/// # Safety
/// `index` is the entry of an index.
pub unsafe fn expressions_of_index(index: &Open) -> Vec<*mut pg_sys::Node> {
    // SAFETY: the caller's promise; indexprs is a List.
    unsafe { node::list(of_index(index, pg_sys::Anum_pg_index_indexprs).cast()) }
}

/// The predicate of an index; NULL where it is over all rows.
///
/// # Safety
/// `index` is the entry of an index.
pub unsafe fn predicate_of_index(index: &Open) -> *mut pg_sys::Node {
    // SAFETY: the caller's promise.
    unsafe { of_index(index, pg_sys::Anum_pg_index_indpred) }
}
