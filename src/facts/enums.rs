//! Values that the transaction gave an enum, and who uses them: `check_safe_enum_use` in `src/backend/utils/adt/enum.c` refuses
//! them until they are committed.
//!
//! A value counts as used where the statement writes it as a constant that becomes the enum: cast to it, compared with a column of
//! it, put into one, or as one's default. What only a function or a variable would turn into the enum is not seen.

use engine::facts::{Column, ColumnDef, Ddl, Name, NewValue, Statement, TypeName};
use pgrx::pg_sys::{self, NodeTag};

use super::world::World;
use super::{node, types, walk};

/// What ALTER TYPE ... ADD VALUE adds.
///
/// # Safety
/// `raw` points to an AlterEnumStmt that adds a value.
pub unsafe fn added(raw: *mut pg_sys::AlterEnumStmt) -> NewValue {
    // SAFETY: the caller's promise; the cache is asked for a row by type and label.
    unsafe {
        let written = types::written(pg_sys::makeTypeNameFromNameList((*raw).typeName)).0;
        let label = node::text((*raw).newVal).unwrap_or_default();
        let there = written.oid != 0 && (*raw).skipIfNewValExists && {
            let cache = pg_sys::SysCacheIdentifier::ENUMTYPOIDNAME as i32;
            let oid = pg_sys::Datum::from(pg_sys::Oid::from(written.oid));
            let none = pg_sys::Datum::null();
            pg_sys::SearchSysCacheExists(cache, oid, pg_sys::Datum::from((*raw).newVal), none, none)
        };
        NewValue {
            type_oid: written.oid,
            data_type: node::name_of_strings((*raw).typeName),
            label,
            of_new_type: super::impact::object_is_new(raw.cast()),
            there,
        }
    }
}

/// The columns that the names of a statement can mean.
struct Scope {
    columns: Vec<Column>,
    defined: Vec<ColumnDef>,
}

impl Scope {
    /// The type of the columns of this name; none where several differ, since which one is meant is not looked for.
    fn type_of(&self, column: &str) -> Option<&TypeName> {
        let known = self.columns.iter().filter(|known| known.name == column).map(|known| &*known.data_type);
        let defined = self.defined.iter().filter(|def| def.name == column).map(|def| &def.data_type);
        let mut all = known.chain(defined);
        let first = all.next()?;
        all.all(|other| other.oid == first.oid && other.name == first.name).then_some(first)
    }

    /// # Safety
    /// `node` is NULL or points to a raw expression.
    unsafe fn type_of_reference(&self, node: *mut pg_sys::Node) -> Option<&TypeName> {
        // SAFETY: the caller's promise.
        unsafe {
            let reference = node::cast::<pg_sys::ColumnRef>(node, NodeTag::T_ColumnRef)?;
            self.type_of(node::strings((*reference).fields).last()?)
        }
    }
}

struct Search<'a> {
    values: &'a [NewValue],
    found: Vec<NewValue>,
}

impl Search<'_> {
    /// Notes the new values of the type among the constants.
    ///
    /// # Safety
    /// `expression` is NULL or points to a raw expression.
    unsafe fn constants(&mut self, expression: *mut pg_sys::Node, of: Option<&TypeName>) {
        let Some(of) = of else { return };
        let values = self.values;
        let of_type = |value: &&NewValue| {
            if value.type_oid == 0 {
                of.oid == 0 && of.name.rsplit('.').next() == Some(value.data_type.name.as_str())
            } else {
                of.base_oid == value.type_oid
            }
        };
        if !values.iter().any(|value| of_type(&value)) {
            return;
        }
        let mut texts = Vec::new();
        // SAFETY: the caller's promise.
        unsafe { collect(expression, &mut texts) };
        for value in values.iter().filter(of_type) {
            // An array is written as one text.
            let element = |text: &str| text.split(['{', '}', ',', '"']).any(|part| part.trim() == value.label);
            let written = |text: &String| *text == value.label || of.is_array && element(text);
            if texts.iter().any(written) && !self.found.contains(value) {
                self.found.push(value.clone());
            }
        }
    }
}

/// The texts of the constants that an expression can come to: its own, those of a list or an array, the results of CASE and COALESCE.
///
/// # Safety
/// `expression` is NULL or points to a raw expression.
unsafe fn collect(expression: *mut pg_sys::Node, texts: &mut Vec<String>) {
    // SAFETY: each node is read as its tag says.
    unsafe {
        let parts: Vec<*mut pg_sys::Node> = match node::tag(expression) {
            NodeTag::T_List => node::list(expression.cast()),
            NodeTag::T_A_ArrayExpr => node::list((*expression.cast::<pg_sys::A_ArrayExpr>()).elements),
            NodeTag::T_CoalesceExpr => node::list((*expression.cast::<pg_sys::CoalesceExpr>()).args),
            NodeTag::T_CaseExpr => {
                let case: *mut pg_sys::CaseExpr = expression.cast();
                let whens = node::list::<pg_sys::CaseWhen>((*case).args);
                let results = whens.into_iter().map(|when| (*when).result.cast());
                results.chain([(*case).defresult.cast()]).collect()
            }
            _ => return texts.extend(constant(expression)),
        };
        for part in parts {
            collect(part, texts);
        }
    }
}

/// Whether two values of an enum can be operands: concatenation, for one, makes texts of them.
///
/// # Safety
/// `expression` points to an A_Expr.
unsafe fn compares(expression: *mut pg_sys::A_Expr) -> bool {
    use pg_sys::A_Expr_Kind as K;
    // SAFETY: the caller's promise; the operator of these kinds is a list of strings.
    unsafe {
        !matches!((*expression).kind, K::AEXPR_OP | K::AEXPR_OP_ANY | K::AEXPR_OP_ALL)
            || pg_sys::LookupOperName(
                std::ptr::null_mut(),
                (*expression).name,
                pg_sys::ANYENUMOID,
                pg_sys::ANYENUMOID,
                true,
                -1,
            ) != pg_sys::InvalidOid
    }
}

/// The text of a string constant.
///
/// # Safety
/// `expression` is NULL or points to a raw expression.
unsafe fn constant(expression: *mut pg_sys::Node) -> Option<String> {
    // SAFETY: the caller's promise; the value of a constant begins with its tag.
    unsafe {
        let constant = node::cast::<pg_sys::A_Const>(expression, NodeTag::T_A_Const)?;
        let value = &raw const (*constant).val;
        node::cast::<pg_sys::String>(value.cast_mut().cast(), NodeTag::T_String)
            .and_then(|string| node::text((*string).sval))
    }
}

/// The values among `values` that the statement uses.
///
/// # Safety
/// `raw` points to the raw statement that `statement` was lowered from.
pub unsafe fn used(raw: *mut pg_sys::Node, statement: &Statement, world: &World) -> Vec<NewValue> {
    let Some(values) = Some(world.new_values.as_slice()).filter(|values| !values.is_empty()) else { return Vec::new() };
    let mut search = Search { values, found: Vec::new() };
    // SAFETY: the caller's promise; each node is read as its tag says.
    unsafe {
        let roots = walk::roots(raw);
        let named: Vec<Name> = roots.iter().flat_map(|root| walk::relations(*root)).collect();
        let mut columns: Vec<Column> = statement.target.iter().flat_map(|table| table.columns.to_vec()).collect();
        for table in named.iter().filter_map(|name| world.table(name)) {
            columns.extend(table.columns.to_vec());
        }
        let mut scope = Scope { columns, defined: Vec::new() };
        match &statement.ddl {
            Ddl::CreateTable(create) => scope.defined.clone_from(&create.columns),
            Ddl::AlterTable(_) => scope.defined.extend(statement.commands().filter_map(|(_, command)| match command {
                engine::facts::AlterCommand::AddColumn { column, .. } => Some(column.clone()),
                _ => None,
            })),
            _ => {}
        }
        if let Some(alter) = node::cast::<pg_sys::AlterTableStmt>(raw, NodeTag::T_AlterTableStmt) {
            for command in node::list::<pg_sys::AlterTableCmd>((*alter).cmds) {
                if (*command).subtype == pg_sys::AlterTableType::AT_ColumnDefault {
                    let column = node::text((*command).name).unwrap_or_default();
                    search.constants((*command).def, scope.type_of(&column));
                }
            }
        }
        for root in roots {
            walk::visit(root, |found| look_at(found, &scope, world, &mut search));
        }
    }
    search.found
}

/// # Safety
/// `found` points to a raw node.
unsafe fn look_at(found: *mut pg_sys::Node, scope: &Scope, world: &World, search: &mut Search) {
    // SAFETY: each node is read as its tag says.
    unsafe {
        match node::tag(found) {
            NodeTag::T_TypeCast => {
                let cast: *mut pg_sys::TypeCast = found.cast();
                search.constants((*cast).arg, Some(&types::written((*cast).typeName).0));
            }
            NodeTag::T_A_Expr => {
                let expression: *mut pg_sys::A_Expr = found.cast();
                if !compares(expression) {
                    return;
                }
                let (left, right) = ((*expression).lexpr, (*expression).rexpr);
                search.constants(right, scope.type_of_reference(left));
                search.constants(left, scope.type_of_reference(right));
            }
            NodeTag::T_ColumnDef => {
                let column: *mut pg_sys::ColumnDef = found.cast();
                let of = types::written((*column).typeName).0;
                for constraint in node::list::<pg_sys::Constraint>((*column).constraints) {
                    if (*constraint).contype == pg_sys::ConstrType::CONSTR_DEFAULT {
                        search.constants((*constraint).raw_expr, Some(&of));
                    }
                }
            }
            NodeTag::T_UpdateStmt => {
                let targets = node::list::<pg_sys::ResTarget>((*found.cast::<pg_sys::UpdateStmt>()).targetList);
                for target in targets {
                    let column = node::text((*target).name).unwrap_or_default();
                    search.constants((*target).val, scope.type_of(&column));
                }
            }
            NodeTag::T_InsertStmt => {
                let insert: *mut pg_sys::InsertStmt = found.cast();
                let Some(table) = world.table(&node::name_of_range((*insert).relation)) else { return };
                let written: Vec<String> = node::list::<pg_sys::ResTarget>((*insert).cols)
                    .into_iter()
                    .filter_map(|target| node::text((*target).name))
                    .collect();
                let of: Vec<Option<&TypeName>> = if written.is_empty() {
                    table.columns.iter().map(|column| Some(&*column.data_type)).collect()
                } else {
                    written.iter().map(|name| table.column(name).map(|column| &*column.data_type)).collect()
                };
                let Some(select) = node::cast::<pg_sys::SelectStmt>((*insert).selectStmt, NodeTag::T_SelectStmt) else {
                    return;
                };
                for row in node::list::<pg_sys::List>((*select).valuesLists) {
                    for (item, of) in node::list::<pg_sys::Node>(row).into_iter().zip(&of) {
                        search.constants(item, *of);
                    }
                }
                for (target, of) in node::list::<pg_sys::ResTarget>((*select).targetList).into_iter().zip(&of) {
                    search.constants((*target).val, *of);
                }
            }
            _ => {}
        }
    }
}
