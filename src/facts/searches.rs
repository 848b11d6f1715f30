//! How the queries of a text look for rows: the plain comparisons of their WHERE, and their ORDER BY, by table.
//!
//! Names are resolved as far as they are certain. Where FROM holds more than tables and inner joins, a column counts only if it is
//! written with its table's name.

use engine::facts::{Name, Search, Table};
use pgrx::pg_sys::{self, NodeTag};

use super::world::World;
use super::{node, walk};

/// Whether the statement holds queries.
///
/// # Safety
/// `raw` points to a raw statement.
pub unsafe fn may_be_in(raw: *mut pg_sys::Node) -> bool {
    // SAFETY: the caller's promise.
    let tag = unsafe { node::tag(raw) };
    matches!(
        tag,
        NodeTag::T_SelectStmt
            | NodeTag::T_UpdateStmt
            | NodeTag::T_DeleteStmt
            | NodeTag::T_InsertStmt
            | NodeTag::T_CreateTableAsStmt
            | NodeTag::T_ViewStmt
    )
}

/// The searches of a statement that are worth a look.
///
/// # Safety
/// `raw` points to a raw statement.
pub unsafe fn of(raw: *mut pg_sys::Node, world: &World) -> Vec<Search> {
    let mut found = Vec::new();
    let (mut levels, mut own) = (Vec::new(), Vec::new());
    // SAFETY: the caller's promise; each node is read as its tag says.
    unsafe {
        for root in walk::roots(raw) {
            let whole = walk::visit_within(DEEPEST, root, |node| match node::tag(node) {
                NodeTag::T_SelectStmt | NodeTag::T_UpdateStmt | NodeTag::T_DeleteStmt => levels.push(node),
                NodeTag::T_CommonTableExpr => {
                    own.extend(node::text((*node.cast::<pg_sys::CommonTableExpr>()).ctename));
                }
                _ => {}
            });
            if !whole {
                return found;
            }
        }
        for level in levels {
            let Some(level) = Level::of(level).filter(Level::is_worth_a_look) else { continue };
            found.extend(level.searches(&own, world));
        }
    }
    found
}

/// Nobody writes a query that is nested more deeply; what is (a sum of thousands) is not looked at.
const DEEPEST: usize = 100;

/// One query: what it reads and how.
struct Level {
    from: Vec<*mut pg_sys::RangeVar>,
    /// FROM holds something else: a function, a query, an outer join.
    other: bool,
    conditions: Vec<*mut pg_sys::Node>,
    order: Vec<*mut pg_sys::SortBy>,
}

impl Level {
    /// # Safety
    /// `raw` points to a SelectStmt, an UpdateStmt or a DeleteStmt.
    unsafe fn of(raw: *mut pg_sys::Node) -> Option<Level> {
        let mut level = Level { from: Vec::new(), other: false, conditions: Vec::new(), order: Vec::new() };
        // SAFETY: the caller's promise; each node is read as its tag says.
        unsafe {
            let (target, from, condition) = match node::tag(raw) {
                NodeTag::T_SelectStmt => {
                    let s = &*raw.cast::<pg_sys::SelectStmt>();
                    if s.op != pg_sys::SetOperation::SETOP_NONE {
                        return None;
                    }
                    let plain = s.groupClause.is_null() && s.distinctClause.is_null() && s.havingClause.is_null();
                    // The name of a result column comes before a column's.
                    let renamed = node::list::<pg_sys::ResTarget>(s.targetList).iter().any(|t| !(**t).name.is_null());
                    if plain && !renamed {
                        level.order = node::list(s.sortClause);
                    }
                    (std::ptr::null_mut(), s.fromClause, s.whereClause)
                }
                NodeTag::T_UpdateStmt => {
                    let s = &*raw.cast::<pg_sys::UpdateStmt>();
                    (s.relation, s.fromClause, s.whereClause)
                }
                NodeTag::T_DeleteStmt => {
                    let s = &*raw.cast::<pg_sys::DeleteStmt>();
                    (s.relation, s.usingClause, s.whereClause)
                }
                _ => return None,
            };
            if !target.is_null() {
                level.from.push(target);
            }
            for item in node::list::<pg_sys::Node>(from) {
                level.item(item);
            }
            conjuncts(condition, &mut level.conditions);
        }
        Some(level)
    }

    unsafe fn item(&mut self, item: *mut pg_sys::Node) {
        // SAFETY: each node is read as its tag says.
        unsafe {
            match node::tag(item) {
                NodeTag::T_RangeVar => self.from.push(item.cast()),
                NodeTag::T_JoinExpr => {
                    let join = &*item.cast::<pg_sys::JoinExpr>();
                    if join.jointype == pg_sys::JoinType::JOIN_INNER && join.alias.is_null() {
                        conjuncts(join.quals, &mut self.conditions);
                    } else {
                        self.other = true;
                    }
                    self.item(join.larg);
                    self.item(join.rarg);
                }
                _ => self.other = true,
            }
        }
    }

    /// Whether a rule could say anything: tables are looked up only then.
    fn is_worth_a_look(&self) -> bool {
        let (mut range, mut found) = (false, false);
        for condition in &self.conditions {
            // SAFETY: each node is read as its tag says.
            let Some(comparison) = (unsafe { Comparison::of(*condition) }) else { continue };
            range |= comparison.kind == Kind::Range;
            found |= comparison.kind == Kind::Any || comparison.kind == Kind::Equal && comparison.key.is_some();
        }
        found || range && !self.order.is_empty()
    }

    /// # Safety
    /// The level is one of a raw tree that is still there.
    unsafe fn searches(&self, own: &[String], world: &World) -> Vec<Search> {
        let mut tables: Vec<(String, Search)> = Vec::new();
        let mut other = self.other;
        // SAFETY: each node is read as its tag says.
        unsafe {
            for range in &self.from {
                let name: Name = node::name_of_range(*range);
                let alias = (**range).alias;
                let known = if alias.is_null() { Some(name.name.clone()) } else { node::text((*alias).aliasname) };
                // Renamed columns are nobody's.
                let renamed = !alias.is_null() && !(*alias).colnames.is_null();
                let with = name.schema.is_none() && own.contains(&name.name);
                match (known, world.table(&name).filter(|_| !renamed && !with)) {
                    (Some(known), Some(table)) => tables.push((known, Search { table, ..Search::default() })),
                    _ => other = true,
                }
            }
            for condition in &self.conditions {
                let Some(comparison) = Comparison::of(*condition) else { continue };
                let Some((place, number)) = column(comparison.column, &tables, other) else { continue };
                if mentions(comparison.value, &tables, place) {
                    continue;
                }
                let search = &mut tables[place].1;
                match (comparison.kind, comparison.key) {
                    (Kind::Equal, Some(key)) => search.keys.push((number, key)),
                    (Kind::Equal, None) => search.equal.push(number),
                    (Kind::Range, None) => search.range.push(number),
                    (Kind::Listed, None) => search.listed.push(number),
                    (Kind::Any, None) => search.any.push(number),
                    _ => {}
                }
            }
            if let ([_], false) = (&tables[..], other) {
                let columns: Option<Vec<i16>> =
                    self.order.iter().map(|sort| Some(column((**sort).node, &tables, false)?.1)).collect();
                tables[0].1.order = columns.unwrap_or_default();
            }
        }
        tables.into_iter().map(|(_, search)| search).collect()
    }
}

/// How a column is compared.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Equal,
    Range,
    Listed,
    Any,
}

/// A comparison of something that may be a column with something else.
struct Comparison {
    kind: Kind,
    column: *mut pg_sys::Node,
    /// The key of `column ->> 'key'`.
    key: Option<String>,
    value: *mut pg_sys::Node,
}

impl Comparison {
    /// # Safety
    /// `condition` points to a raw expression.
    unsafe fn of(condition: *mut pg_sys::Node) -> Option<Comparison> {
        // SAFETY: each node is read as its tag says; the operators of an A_Expr are a list of strings.
        unsafe {
            let expression = &*node::cast::<pg_sys::A_Expr>(condition, NodeTag::T_A_Expr)?;
            let operator = node::strings(expression.name);
            let operator = operator.last().map(String::as_str).unwrap_or_default();
            use pg_sys::A_Expr_Kind as K;
            let (left, right) = (expression.lexpr, expression.rexpr);
            let is_column = |side: *mut pg_sys::Node| !side.is_null() && node::tag(side) == NodeTag::T_ColumnRef;
            let comparison = |kind, column, value| Some(Comparison { kind, column, key: None, value });
            match (expression.kind, operator) {
                (K::AEXPR_OP_ANY, "=") if is_column(right) => comparison(Kind::Any, right, left),
                (K::AEXPR_OP_ANY, "=") | (K::AEXPR_IN, "=") => comparison(Kind::Listed, left, right),
                (K::AEXPR_BETWEEN, _) => comparison(Kind::Range, left, right),
                (K::AEXPR_OP, "<" | ">" | "<=" | ">=") if is_column(left) => comparison(Kind::Range, left, right),
                (K::AEXPR_OP, "<" | ">" | "<=" | ">=") => comparison(Kind::Range, right, left),
                (K::AEXPR_OP, "=") => [(left, right), (right, left)].into_iter().find_map(|(side, value)| {
                    if is_column(side) {
                        return comparison(Kind::Equal, side, value);
                    }
                    let inner = &*node::cast::<pg_sys::A_Expr>(side, NodeTag::T_A_Expr)?;
                    let text =
                        inner.kind == K::AEXPR_OP && node::strings(inner.name).last().is_some_and(|o| o == "->>");
                    let key = constant(inner.rexpr).filter(|_| text && is_column(inner.lexpr))?;
                    Some(Comparison { kind: Kind::Equal, column: inner.lexpr, key: Some(key), value })
                }),
                _ => None,
            }
        }
    }
}

/// The string that a constant holds.
unsafe fn constant(raw: *mut pg_sys::Node) -> Option<String> {
    // SAFETY: each node is read as its tag says.
    unsafe {
        let constant = &*node::cast::<pg_sys::A_Const>(raw, NodeTag::T_A_Const)?;
        if constant.isnull || constant.val.node.type_ != NodeTag::T_String {
            return None;
        }
        node::text(constant.val.sval.sval)
    }
}

unsafe fn conjuncts(condition: *mut pg_sys::Node, found: &mut Vec<*mut pg_sys::Node>) {
    if condition.is_null() {
        return;
    }
    // SAFETY: each node is read as its tag says.
    unsafe {
        match node::cast::<pg_sys::BoolExpr>(condition, NodeTag::T_BoolExpr) {
            Some(both) if (*both).boolop == pg_sys::BoolExprType::AND_EXPR => {
                for part in node::list::<pg_sys::Node>((*both).args) {
                    conjuncts(part, found);
                }
            }
            _ => found.push(condition),
        }
    }
}

/// The table, by its place, and the column that a reference is certain to mean.
unsafe fn column(raw: *mut pg_sys::Node, tables: &[(String, Search)], other: bool) -> Option<(usize, i16)> {
    // SAFETY: each node is read as its tag says.
    let parts = unsafe { node::strings((*node::cast::<pg_sys::ColumnRef>(raw, NodeTag::T_ColumnRef)?).fields) };
    let number = |table: &Table, name: &str| table.column(name).map(|column| column.number);
    match &parts[..] {
        [name] if !other => {
            let mut having = tables
                .iter()
                .enumerate()
                .filter_map(|(place, (_, search))| Some((place, number(&search.table, name)?)));
            having.next().filter(|_| having.next().is_none())
        }
        [of, name] => {
            let place = tables.iter().position(|(known, _)| known == of)?;
            Some((place, number(&tables[place].1.table, name)?))
        }
        _ => None,
    }
}

/// Whether an expression may look at a column of the table.
unsafe fn mentions(raw: *mut pg_sys::Node, tables: &[(String, Search)], place: usize) -> bool {
    let (known, table) = (&tables[place].0, &tables[place].1.table);
    let mut found = false;
    // SAFETY: the expression of a raw tree; a column reference is read as such.
    unsafe {
        walk::visit(raw, |node| {
            let Some(reference) = node::cast::<pg_sys::ColumnRef>(node, NodeTag::T_ColumnRef) else { return };
            found |= match &node::strings((*reference).fields)[..] {
                [name] => table.column(name).is_some(),
                [of, _] => of == known,
                _ => true,
            };
        });
    }
    found
}
