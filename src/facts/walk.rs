//! A walk over the expressions and queries of a raw parse tree.

use pgrx::pg_sys::{self, NodeTag};
use std::ffi::c_void;

use super::node;

#[cfg(feature = "pg15")]
mod raw {
    use pgrx::pg_sys;
    use std::ffi::c_void;

    unsafe extern "C-unwind" {
        // src/include/nodes/nodeFuncs.h: a function until 15, a macro over `_impl` after.
        pub fn raw_expression_tree_walker(
            node: *mut pg_sys::Node,
            walker: Option<unsafe extern "C-unwind" fn(*mut pg_sys::Node, *mut c_void) -> bool>,
            context: *mut c_void,
        ) -> bool;
    }
}

/// A walk on its way.
struct Walk<'a> {
    each: &'a mut dyn FnMut(*mut pg_sys::Node),
    /// How many levels deeper it may go.
    room: usize,
    /// It would have gone deeper.
    cut: bool,
}

#[pgrx::pg_guard]
unsafe extern "C-unwind" fn step(node: *mut pg_sys::Node, context: *mut c_void) -> bool {
    // What the server has analysed already is no raw tree any more.
    // SAFETY: NULL, or a node of the tree.
    if node.is_null() || unsafe { node::tag(node) } == NodeTag::T_Query {
        return false;
    }
    // SAFETY: the walker hands on the context that `visit` gave it, and nodes of the tree; no reference to the context is held while
    // it goes deeper.
    unsafe {
        let walk = context.cast::<Walk>();
        if (*walk).room == 0 {
            (*walk).cut = true;
            return true;
        }
        ((*walk).each)(node);
        (*walk).room -= 1;
        let done = deeper(node, context);
        (*walk).room += 1;
        done
    }
}

unsafe fn deeper(node: *mut pg_sys::Node, context: *mut c_void) -> bool {
    // SAFETY: a node of an expression or a query; the walker guards the stack.
    unsafe {
        pg_sys::ffi::pg_guard_ffi_boundary(|| {
            #[cfg(feature = "pg15")]
            let done = raw::raw_expression_tree_walker(node, Some(step), context);
            #[cfg(not(feature = "pg15"))]
            let done = pg_sys::raw_expression_tree_walker_impl(node, Some(step), context);
            done
        })
    }
}

/// Calls `each` for every node of an expression, a query or a statement that changes data, the outermost first.
///
/// # Safety
/// `root` is NULL or points to such a node.
pub unsafe fn visit(root: *mut pg_sys::Node, mut each: impl FnMut(*mut pg_sys::Node)) {
    let mut walk = Walk { each: &mut each, room: usize::MAX, cut: false };
    // SAFETY: the caller's promise; `walk` outlives the walk.
    unsafe { step(root, (&raw mut walk).cast()) };
}

/// As `visit`, but no deeper than so many levels: whether that was all. Where the stack ends (at less than
/// 400 levels in a debug build) an ERROR is raised anew at each level, which takes minutes.
///
/// # Safety
/// As for `visit`.
pub unsafe fn visit_within(levels: usize, root: *mut pg_sys::Node, mut each: impl FnMut(*mut pg_sys::Node)) -> bool {
    let mut walk = Walk { each: &mut each, room: levels, cut: false };
    // SAFETY: as above.
    unsafe { step(root, (&raw mut walk).cast()) };
    !walk.cut
}

/// The expressions and queries that a statement holds, and the definitions of its columns and constraints.
///
/// # Safety
/// `raw` points to a raw statement.
pub unsafe fn roots(raw: *mut pg_sys::Node) -> Vec<*mut pg_sys::Node> {
    // SAFETY: each node is read as its tag says.
    unsafe {
        match node::tag(raw) {
            NodeTag::T_InsertStmt
            | NodeTag::T_UpdateStmt
            | NodeTag::T_DeleteStmt
            | NodeTag::T_MergeStmt
            | NodeTag::T_SelectStmt => vec![raw],
            NodeTag::T_CreateTableAsStmt => {
                let query = (*raw.cast::<pg_sys::CreateTableAsStmt>()).query;
                if node::tag(query) == NodeTag::T_SelectStmt { vec![query] } else { Vec::new() }
            }
            NodeTag::T_ViewStmt => vec![(*raw.cast::<pg_sys::ViewStmt>()).query],
            NodeTag::T_IndexStmt => {
                let index: *mut pg_sys::IndexStmt = raw.cast();
                let mut roots = node::list::<pg_sys::Node>((*index).indexParams);
                roots.push((*index).whereClause);
                roots
            }
            NodeTag::T_CreateTrigStmt => vec![(*raw.cast::<pg_sys::CreateTrigStmt>()).whenClause],
            NodeTag::T_CreateStmt => {
                let create: *mut pg_sys::CreateStmt = raw.cast();
                let elements = node::list::<pg_sys::Node>((*create).tableElts);
                elements.into_iter().flat_map(|element| definition(element)).collect()
            }
            NodeTag::T_AlterTableStmt => {
                let commands = node::list::<pg_sys::AlterTableCmd>((*raw.cast::<pg_sys::AlterTableStmt>()).cmds);
                commands.into_iter().flat_map(|command| definition((*command).def)).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// The expressions of a column's or a constraint's definition, after the definition itself; nothing for other nodes.
///
/// # Safety
/// `def` is NULL or points to a node.
unsafe fn definition(def: *mut pg_sys::Node) -> Vec<*mut pg_sys::Node> {
    // SAFETY: each node is read as its tag says.
    unsafe {
        match node::tag(def) {
            NodeTag::T_ColumnDef => {
                let column: *mut pg_sys::ColumnDef = def.cast();
                let mut roots = vec![def, (*column).raw_default];
                for constraint in node::list::<pg_sys::Constraint>((*column).constraints) {
                    roots.push((*constraint).raw_expr);
                }
                roots
            }
            NodeTag::T_Constraint => vec![(*def.cast::<pg_sys::Constraint>()).raw_expr],
            _ => Vec::new(),
        }
    }
}

/// How deep `columns` looks: what is nested deeper is of no use to a name, and each level costs stack.
const DEEPEST_NAMES: usize = 100;

/// The columns that an expression names, each once.
///
/// # Safety
/// `root` is NULL or points to an expression.
pub unsafe fn columns(root: *mut pg_sys::Node) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    // SAFETY: the caller's promise; each node is read as its tag says.
    unsafe {
        visit_within(DEEPEST_NAMES, root, |found| {
            if node::tag(found) == NodeTag::T_ColumnRef
                && let Some(name) = node::strings((*found.cast::<pg_sys::ColumnRef>()).fields).pop()
                && !names.contains(&name)
            {
                names.push(name);
            }
        });
    }
    names
}

/// The relations that a query reads or writes, as it names them; names of its own WITH clauses are left out.
///
/// # Safety
/// `root` is NULL or points to a query.
pub unsafe fn relations(root: *mut pg_sys::Node) -> Vec<engine::facts::Name> {
    let mut names: Vec<engine::facts::Name> = Vec::new();
    let mut own: Vec<String> = Vec::new();
    // SAFETY: the caller's promise; each node is read as its tag says.
    unsafe {
        visit(root, |found| match node::tag(found) {
            NodeTag::T_RangeVar => {
                let name = node::name_of_range(found.cast());
                if !names.contains(&name) {
                    names.push(name);
                }
            }
            NodeTag::T_CommonTableExpr => {
                own.extend(node::text((*found.cast::<pg_sys::CommonTableExpr>()).ctename));
            }
            _ => {}
        });
    }
    names.retain(|name| name.schema.is_some() || !own.contains(&name.name));
    names
}

/// The relations that a query reads which the server has analysed already: those of a statement that is about to run.
///
/// # Safety
/// `query` points to a Query.
pub unsafe fn analysed_relations(query: *mut pg_sys::Query) -> Vec<pg_sys::Oid> {
    let mut found = Vec::new();
    let mut queries = vec![query];
    // SAFETY: the caller's promise; a subquery and a WITH clause hold a Query each.
    unsafe {
        while let Some(query) = queries.pop() {
            for entry in node::list::<pg_sys::RangeTblEntry>((*query).rtable) {
                match (*entry).rtekind {
                    pg_sys::RTEKind::RTE_RELATION if !found.contains(&(*entry).relid) => found.push((*entry).relid),
                    pg_sys::RTEKind::RTE_SUBQUERY => queries.push((*entry).subquery),
                    _ => {}
                }
            }
            for with in node::list::<pg_sys::CommonTableExpr>((*query).cteList) {
                queries.extend(node::cast::<pg_sys::Query>((*with).ctequery, NodeTag::T_Query));
            }
        }
    }
    found
}
