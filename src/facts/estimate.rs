//! How many rows an UPDATE or DELETE would touch, as the planner thinks. Nothing is executed.
//!
//! What is planned is a SELECT of the same rows: it takes ACCESS SHARE and no more, and it can leave out a column that only the text
//! at hand adds. It is planned in a subtransaction that is rolled back, without the hooks of other extensions, waits for no lock, and
//! calls no function that a user wrote (the planner would, to fold constants).

use engine::facts::{Ddl, LockMode, Persistence, RelationKind, Statement};
use engine::policy::Policy;
use pgrx::pg_sys::{self, NodeTag};
use std::ffi::CString;
use std::ptr;

use super::locks::Others;
use super::overlay::server_search_path;
use super::server;
use super::world::World;
use super::{catalog, node};
use crate::pg::attempt::attempt_and_undo;
use crate::pg::session;
use crate::pg::text::to_server;

const RULE: &str = "backfill-unbatched";
const PARAMETER: &str = "backfill_rows";

/// The least number of rows that any table's setting asks about: a table with no more is never planned for.
pub fn least_rows(policy: &Policy) -> u64 {
    let Some(rule) = engine::judge::rule(RULE).filter(|rule| policy.may_be_on(rule)) else { return u64::MAX };
    let general = match rule.parameter(PARAMETER).map(|parameter| parameter.default) {
        Some(engine::rule::Default::Integer(rows)) => rows,
        _ => 0,
    };
    let settings = policy.settings.iter().chain(&policy.profile);
    let set = settings.filter_map(|setting| setting.parameters.get(PARAMETER)?.as_i64());
    u64::try_from(set.fold(general, i64::min)).unwrap_or(0)
}

/// The estimate for a statement with WHERE on a table of more than `limit` rows; none for others, and where the planner cannot be
/// asked now.
///
/// # Safety
/// `raw` points to the raw statement that `statement` was made of.
pub unsafe fn rows(raw: *mut pg_sys::Node, statement: &Statement, world: &World, limit: u64) -> Option<u64> {
    let (Ddl::Dml(change), Some(table)) = (&statement.ddl, &statement.target) else { return None };
    let relation = &table.relation;
    let stored = matches!(relation.kind, RelationKind::Table | RelationKind::PartitionedTable);
    if change.all_rows
        || !stored
        || relation.oid == 0
        || relation.created_here
        || relation.persistence == Persistence::Temporary
        || relation.size.rows <= limit
    {
        return None;
    }
    let others = world.others.get_or_init(Others::all);
    if !others.in_the_way(relation.oid, LockMode::AccessShare).is_empty() {
        return None;
    }
    let oid = pg_sys::Oid::from(relation.oid);
    let known = catalog::table(oid)?;
    // Its rows are NULL: nobody gave them a value when it was added, and nobody forbade NULL since.
    let is_new = |column: &str| {
        let added = table.column(column).filter(|column| column.created_here && !column.filled && !column.not_null);
        added.is_some() && known.column(column).is_none()
    };
    // SAFETY: each node is read as its tag says. Memory comes from a context of its own, which is deleted when the plan has been
    // read; the subtransaction releases every lock and setting.
    unsafe {
        if pg_sys::IsInParallelMode() {
            return None;
        }
        // WHERE CURRENT OF is one row; and outside of UPDATE and DELETE its analysis follows a null pointer (`transformCurrentOfExpr`).
        let parts = Parts::of(raw).filter(|parts| node::tag(parts.condition) != NodeTag::T_CurrentOfExpr)?;
        let condition = without_new_columns(parts.condition, &is_new);
        if condition.is_empty() && parts.from.is_null() {
            return Some(relation.size.rows);
        }
        let outer = pg_sys::CurrentMemoryContext;
        let scratch = pg_sys::AllocSetContextCreateExtended(
            outer,
            c"pg_architect estimate".as_ptr(),
            pg_sys::ALLOCSET_DEFAULT_MINSIZE as usize,
            pg_sys::ALLOCSET_DEFAULT_INITSIZE as usize,
            pg_sys::ALLOCSET_DEFAULT_MAXSIZE as usize,
        );
        pg_sys::MemoryContextSwitchTo(scratch);
        let path = world.overlay.as_ref().map(super::overlay::Overlay::search_path);
        let outcome = attempt_and_undo(|| {
            session::set_local(c"lock_timeout", c"1");
            if let Some(path) = path.filter(|path| *path != server_search_path()) {
                session::set_local(c"search_path", &to_server(&engine::sql::ident_list(&path)));
            }
            plan(&parts, &condition, &relation.schema)
        });
        pg_sys::MemoryContextSwitchTo(outer);
        pg_sys::MemoryContextDelete(scratch);
        outcome.ok().flatten()
    }
}

/// What tells which rows a statement touches.
struct Parts {
    relation: *mut pg_sys::RangeVar,
    from: *mut pg_sys::List,
    condition: *mut pg_sys::Node,
    with: *mut pg_sys::WithClause,
}

impl Parts {
    /// # Safety
    /// `raw` points to a raw statement.
    unsafe fn of(raw: *mut pg_sys::Node) -> Option<Parts> {
        // SAFETY: each node is read as its tag says.
        unsafe {
            match node::tag(raw) {
                NodeTag::T_UpdateStmt => {
                    let s = &*raw.cast::<pg_sys::UpdateStmt>();
                    Some(Parts {
                        relation: s.relation,
                        from: s.fromClause,
                        condition: s.whereClause,
                        with: s.withClause,
                    })
                }
                NodeTag::T_DeleteStmt => {
                    let s = &*raw.cast::<pg_sys::DeleteStmt>();
                    Some(Parts {
                        relation: s.relation,
                        from: s.usingClause,
                        condition: s.whereClause,
                        with: s.withClause,
                    })
                }
                _ => None,
            }
        }
    }
}

/// The conditions that are joined by AND, without `column IS NULL` for columns that only the text adds: they hold for every row.
///
/// # Safety
/// `condition` is NULL or points to a raw expression.
unsafe fn without_new_columns(condition: *mut pg_sys::Node, is_new: &dyn Fn(&str) -> bool) -> Vec<*mut pg_sys::Node> {
    // SAFETY: each node is read as its tag says.
    unsafe {
        if condition.is_null() {
            return Vec::new();
        }
        if let Some(both) = node::cast::<pg_sys::BoolExpr>(condition, NodeTag::T_BoolExpr)
            && (*both).boolop == pg_sys::BoolExprType::AND_EXPR
        {
            let list = node::list::<pg_sys::Node>((*both).args);
            return list.into_iter().flat_map(|part| without_new_columns(part, is_new)).collect();
        }
        let holds = node::cast::<pg_sys::NullTest>(condition, NodeTag::T_NullTest)
            .filter(|test| (**test).nulltesttype == pg_sys::NullTestType::IS_NULL)
            .and_then(|test| node::cast::<pg_sys::ColumnRef>((*test).arg.cast(), NodeTag::T_ColumnRef))
            .and_then(|column| node::strings((*column).fields).pop())
            .is_some_and(|column| is_new(&column));
        if holds { Vec::new() } else { vec![condition] }
    }
}

/// Plans `SELECT FROM table, from WHERE condition`, and reads the number of rows. Raises an ERROR where that fails.
///
/// # Safety
/// The parts are those of a raw statement; inside a subtransaction, with a snapshot.
unsafe fn plan(parts: &Parts, condition: &[*mut pg_sys::Node], schema: &str) -> Option<u64> {
    // SAFETY: the nodes are made as the grammar makes them; the parser works on copies, since it scribbles on its input.
    unsafe {
        let relation: *mut pg_sys::RangeVar = pg_sys::copyObjectImpl(parts.relation.cast()).cast();
        if (*relation).schemaname.is_null() {
            (*relation).schemaname = pg_sys::pstrdup(to_server(schema).as_ptr());
        }
        let select: *mut pg_sys::SelectStmt = node::make(NodeTag::T_SelectStmt);
        let from: *mut pg_sys::List = pg_sys::copyObjectImpl(parts.from.cast()).cast();
        (*select).fromClause = pg_sys::lcons(relation.cast(), from);
        (*select).withClause = pg_sys::copyObjectImpl(parts.with.cast()).cast();
        let copies = condition
            .iter()
            .fold(ptr::null_mut(), |list, part| pg_sys::lappend(list, pg_sys::copyObjectImpl((*part).cast())));
        if !condition.is_empty() {
            (*select).whereClause = pg_sys::makeBoolExpr(pg_sys::BoolExprType::AND_EXPR, copies, -1).cast();
        }
        let raw: *mut pg_sys::RawStmt = node::make(NodeTag::T_RawStmt);
        (*raw).stmt = select.cast();

        let state = pg_sys::make_parsestate(ptr::null_mut());
        let query = pg_sys::transformTopLevelStmt(state, raw);
        let queries = pg_sys::QueryRewrite(query);
        let [query] = node::list::<pg_sys::Query>(queries)[..] else { return None };
        if !harmless(queries) {
            return None;
        }
        let source = CString::default();
        let plan = pg_sys::standard_planner(query, source.as_ptr(), 0, ptr::null_mut());
        let rows = (*(*plan).planTree).plan_rows;
        (rows.is_finite() && rows >= 0.0).then_some(rows as u64)
    }
}

/// No function of a user would be called, and no other server asked.
///
/// # Safety
/// A list of rewritten queries.
unsafe fn harmless(queries: *mut pg_sys::List) -> bool {
    let (mut relations, mut items) = (ptr::null_mut(), ptr::null_mut());
    let mut row_security = false;
    // SAFETY: walks the queries; functions of the server itself are not recorded (`record_plan_function_dependency`).
    unsafe {
        pg_sys::extract_query_dependencies(queries.cast(), &raw mut relations, &raw mut items, &raw mut row_security);
        let functions = node::list::<pg_sys::PlanInvalItem>(items);
        let foreign = |oid: pg_sys::Oid| pg_sys::get_rel_relkind(oid) as u8 == pg_sys::RELKIND_FOREIGN_TABLE;
        functions.iter().all(|item| (**item).cacheId != pg_sys::SysCacheIdentifier::PROCOID as i32)
            && node::oids(relations).into_iter().all(|oid| {
                !foreign(oid)
                    && (pg_sys::get_rel_relkind(oid) as u8 != pg_sys::RELKIND_PARTITIONED_TABLE
                        || !server::all_inheritors(oid).into_iter().any(foreign))
            })
    }
}
