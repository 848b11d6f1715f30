//! From PostgreSQL's raw parse tree to owned Rust: what a statement says.

use engine::facts::*;
use pgrx::pg_sys::{self, NodeTag};

use super::world::World;
use super::{catalog, enums, expression, node, types, walk};

/// The command tag, as PostgreSQL would report it.
///
/// # Safety
/// `raw` points to a raw statement.
pub unsafe fn tag(raw: *mut pg_sys::Node) -> String {
    // SAFETY: CreateCommandTag answers "???" for nodes that it does not know.
    unsafe { node::text(pg_sys::GetCommandTagName(pg_sys::CreateCommandTag(raw))).unwrap_or_default() }
}

fn relation_kind(object: pg_sys::ObjectType::Type) -> Option<RelationKind> {
    Some(match object {
        pg_sys::ObjectType::OBJECT_TABLE => RelationKind::Table,
        pg_sys::ObjectType::OBJECT_INDEX => RelationKind::Index,
        pg_sys::ObjectType::OBJECT_VIEW => RelationKind::View,
        pg_sys::ObjectType::OBJECT_MATVIEW => RelationKind::MaterializedView,
        pg_sys::ObjectType::OBJECT_SEQUENCE => RelationKind::Sequence,
        pg_sys::ObjectType::OBJECT_FOREIGN_TABLE => RelationKind::ForeignTable,
        _ => return None,
    })
}

fn object_keyword(object: pg_sys::ObjectType::Type) -> &'static str {
    use pg_sys::ObjectType as O;
    match object {
        O::OBJECT_SCHEMA => "SCHEMA",
        O::OBJECT_TYPE => "TYPE",
        O::OBJECT_DOMAIN => "DOMAIN",
        O::OBJECT_FUNCTION => "FUNCTION",
        O::OBJECT_PROCEDURE => "PROCEDURE",
        O::OBJECT_ROUTINE => "ROUTINE",
        O::OBJECT_AGGREGATE => "AGGREGATE",
        O::OBJECT_EXTENSION => "EXTENSION",
        O::OBJECT_TRIGGER => "TRIGGER",
        O::OBJECT_RULE => "RULE",
        O::OBJECT_POLICY => "POLICY",
        O::OBJECT_PUBLICATION => "PUBLICATION",
        O::OBJECT_COLLATION => "COLLATION",
        O::OBJECT_STATISTIC_EXT => "STATISTICS",
        _ => "OBJECT",
    }
}

/// What a statement says, as far as the words alone tell. `target` is the existing relation that it is about.
///
/// # Safety
/// `raw` points to a raw statement.
pub unsafe fn ddl(raw: *mut pg_sys::Node, world: &World, target: Option<&Table>) -> Ddl {
    // SAFETY: each node is read as the type that its tag names.
    unsafe {
        match node::tag(raw) {
            NodeTag::T_CreateStmt => Ddl::CreateTable(create_table(raw.cast(), false, world)),
            // A CreateForeignTableStmt begins with a CreateStmt.
            NodeTag::T_CreateForeignTableStmt => Ddl::CreateTable(create_table(raw.cast(), true, world)),
            NodeTag::T_CreateTableAsStmt => {
                let statement: *mut pg_sys::CreateTableAsStmt = raw.cast();
                let into = (*statement).into;
                Ddl::CreateTableAs(CreateTableAs {
                    name: node::name_of_range((*into).rel),
                    materialized: (*statement).objtype == pg_sys::ObjectType::OBJECT_MATVIEW,
                    temporary: is_temporary((*into).rel),
                    unlogged: (*(*into).rel).relpersistence as u8 == pg_sys::RELPERSISTENCE_UNLOGGED,
                    query: node::cast((*statement).query, NodeTag::T_SelectStmt).and_then(|q| plain_query(q, into)),
                    if_not_exists: (*statement).if_not_exists,
                    with_data: !(*into).skipData,
                })
            }
            NodeTag::T_SelectStmt => {
                let select: *mut pg_sys::SelectStmt = raw.cast();
                if (*select).intoClause.is_null() {
                    return Ddl::Other(tag(raw));
                }
                let into = (*select).intoClause;
                Ddl::CreateTableAs(CreateTableAs {
                    name: node::name_of_range((*into).rel),
                    materialized: false,
                    temporary: is_temporary((*into).rel),
                    unlogged: (*(*into).rel).relpersistence as u8 == pg_sys::RELPERSISTENCE_UNLOGGED,
                    query: plain_query(select, into),
                    if_not_exists: false,
                    with_data: true,
                })
            }
            NodeTag::T_IndexStmt => Ddl::CreateIndex(create_index(raw.cast(), target)),
            NodeTag::T_AlterTableStmt => alter_table(raw.cast(), target),
            NodeTag::T_RenameStmt => rename(raw.cast()),
            NodeTag::T_AlterObjectSchemaStmt => {
                let statement: *mut pg_sys::AlterObjectSchemaStmt = raw.cast();
                match relation_kind((*statement).objectType) {
                    Some(kind) if !(*statement).relation.is_null() => Ddl::SetSchema(SetSchema {
                        target: node::name_of_range((*statement).relation),
                        kind,
                        schema: node::text((*statement).newschema).unwrap_or_default(),
                    }),
                    _ => Ddl::Other(tag(raw)),
                }
            }
            NodeTag::T_DropStmt => Ddl::Drop(drop_statement(raw.cast())),
            NodeTag::T_CreateFunctionStmt => {
                let statement: *mut pg_sys::CreateFunctionStmt = raw.cast();
                Ddl::CreateFunction(node::name_of_strings((*statement).funcname))
            }
            NodeTag::T_ViewStmt => Ddl::CreateView(placed((*raw.cast::<pg_sys::ViewStmt>()).view)),
            NodeTag::T_CompositeTypeStmt => {
                let statement: *mut pg_sys::CompositeTypeStmt = raw.cast();
                Ddl::CreateCompositeType(node::name_of_range((*statement).typevar))
            }
            NodeTag::T_CreateSeqStmt => Ddl::CreateSequence(placed((*raw.cast::<pg_sys::CreateSeqStmt>()).sequence)),
            NodeTag::T_CreateTrigStmt => {
                let statement: *mut pg_sys::CreateTrigStmt = raw.cast();
                Ddl::CreateTrigger {
                    name: node::text((*statement).trigname).unwrap_or_default(),
                    table: node::name_of_range((*statement).relation),
                }
            }
            NodeTag::T_CreateSchemaStmt => {
                let statement: *mut pg_sys::CreateSchemaStmt = raw.cast();
                let elements = node::list::<pg_sys::Node>((*statement).schemaElts);
                Ddl::CreateSchema {
                    name: node::text((*statement).schemaname),
                    elements: elements.into_iter().map(|element| ddl(element, world, None)).collect(),
                }
            }
            NodeTag::T_RefreshMatViewStmt => {
                let statement: *mut pg_sys::RefreshMatViewStmt = raw.cast();
                Ddl::RefreshMaterializedView {
                    view: node::name_of_range((*statement).relation),
                    concurrently: (*statement).concurrent,
                    skip_data: (*statement).skipData,
                }
            }
            NodeTag::T_ReindexStmt => reindex(raw.cast()),
            NodeTag::T_TruncateStmt => {
                let statement: *mut pg_sys::TruncateStmt = raw.cast();
                Ddl::Truncate {
                    tables: names_of_ranges((*statement).relations),
                    cascade: (*statement).behavior == pg_sys::DropBehavior::DROP_CASCADE,
                }
            }
            NodeTag::T_VacuumStmt => {
                let statement: *mut pg_sys::VacuumStmt = raw.cast();
                if !(*statement).is_vacuumcmd {
                    return Ddl::Other(tag(raw));
                }
                let tables = node::list::<pg_sys::VacuumRelation>((*statement).rels);
                Ddl::Vacuum {
                    tables: tables.into_iter().map(|table| node::name_of_range((*table).relation)).collect(),
                    full: option_is_on((*statement).options, "full"),
                }
            }
            NodeTag::T_ClusterStmt => {
                let statement: *mut pg_sys::ClusterStmt = raw.cast();
                let relation = (*statement).relation;
                Ddl::Cluster {
                    table: (!relation.is_null()).then(|| node::name_of_range(relation)),
                    index: node::text((*statement).indexname),
                }
            }
            NodeTag::T_LockStmt => {
                let statement: *mut pg_sys::LockStmt = raw.cast();
                Ddl::LockTable {
                    tables: names_of_ranges((*statement).relations),
                    mode: LockMode::from_number((*statement).mode),
                    nowait: (*statement).nowait,
                }
            }
            NodeTag::T_AlterDomainStmt => alter_domain(raw.cast()),
            NodeTag::T_AlterSeqStmt => {
                let statement: *mut pg_sys::AlterSeqStmt = raw.cast();
                let options = node::list::<pg_sys::DefElem>((*statement).options).into_iter();
                let data_type = options
                    .filter(|option| node::text((**option).defname).as_deref() == Some("as"))
                    .filter_map(|option| node::cast::<pg_sys::TypeName>((*option).arg, NodeTag::T_TypeName))
                    .map(|name| types::written(name).0.oid)
                    .last();
                Ddl::AlterSequence {
                    name: node::name_of_range((*statement).sequence),
                    data_type: data_type.unwrap_or_default(),
                }
            }
            NodeTag::T_AlterEnumStmt => {
                let statement: *mut pg_sys::AlterEnumStmt = raw.cast();
                match node::text((*statement).oldVal) {
                    Some(old) => Ddl::RenameEnumValue {
                        data_type: node::name_of_strings((*statement).typeName),
                        old,
                        new: node::text((*statement).newVal).unwrap_or_default(),
                    },
                    None => Ddl::AddEnumValue(enums::added(statement)),
                }
            }
            NodeTag::T_RuleStmt => {
                let statement: *mut pg_sys::RuleStmt = raw.cast();
                Ddl::CreateRule {
                    name: node::text((*statement).rulename).unwrap_or_default(),
                    table: node::name_of_range((*statement).relation),
                    event: match (*statement).event {
                        pg_sys::CmdType::CMD_INSERT => "INSERT",
                        pg_sys::CmdType::CMD_UPDATE => "UPDATE",
                        pg_sys::CmdType::CMD_DELETE => "DELETE",
                        _ => "SELECT",
                    },
                    nothing: (*statement).instead && node::list::<pg_sys::Node>((*statement).actions).is_empty(),
                }
            }
            NodeTag::T_CreatePolicyStmt => {
                let statement: *mut pg_sys::CreatePolicyStmt = raw.cast();
                Ddl::Policy {
                    name: node::text((*statement).policy_name).unwrap_or_default(),
                    table: node::name_of_range((*statement).table),
                }
            }
            NodeTag::T_AlterPolicyStmt => {
                let statement: *mut pg_sys::AlterPolicyStmt = raw.cast();
                Ddl::Policy {
                    name: node::text((*statement).policy_name).unwrap_or_default(),
                    table: node::name_of_range((*statement).table),
                }
            }
            NodeTag::T_CreatePublicationStmt | NodeTag::T_AlterPublicationStmt => {
                super::publications::lower(raw, world)
            }
            NodeTag::T_GrantStmt => Ddl::Grant(super::rights::lower(raw.cast(), world, target)),
            NodeTag::T_DropdbStmt => {
                Ddl::DropDatabase { name: node::text((*raw.cast::<pg_sys::DropdbStmt>()).dbname).unwrap_or_default() }
            }
            NodeTag::T_TransactionStmt => transaction(raw.cast()),
            NodeTag::T_VariableSetStmt => set(raw.cast()),
            NodeTag::T_InsertStmt => {
                let statement: *mut pg_sys::InsertStmt = raw.cast();
                let select: *mut pg_sys::SelectStmt = (*statement).selectStmt.cast();
                let bulk = !select.is_null() && (*select).valuesLists.is_null();
                dml("INSERT", (*statement).relation, bulk, false)
            }
            NodeTag::T_UpdateStmt => {
                let statement: *mut pg_sys::UpdateStmt = raw.cast();
                dml("UPDATE", (*statement).relation, true, (*statement).whereClause.is_null())
            }
            NodeTag::T_DeleteStmt => {
                let statement: *mut pg_sys::DeleteStmt = raw.cast();
                let all_rows = (*statement).whereClause.is_null();
                let mut ddl = dml("DELETE", (*statement).relation, true, all_rows);
                if let Ddl::Dml(change) = &mut ddl {
                    let whole = || {
                        (*(*statement).relation).inh
                            || catalog::find(&change.table).is_some_and(|oid| super::server::children(oid).is_empty())
                    };
                    change.empties = all_rows && (*statement).usingClause.is_null() && whole();
                }
                ddl
            }
            NodeTag::T_MergeStmt => dml("MERGE", (*raw.cast::<pg_sys::MergeStmt>()).relation, true, false),
            NodeTag::T_CopyStmt => {
                let statement: *mut pg_sys::CopyStmt = raw.cast();
                if (*statement).is_from && !(*statement).relation.is_null() {
                    dml("COPY", (*statement).relation, true, false)
                } else {
                    Ddl::Other(tag(raw))
                }
            }
            _ => Ddl::Other(tag(raw)),
        }
    }
}

/// The name with the schema that TEMPORARY gives it.
///
/// # Safety
/// `range` points to the RangeVar of a new relation.
unsafe fn placed(range: *mut pg_sys::RangeVar) -> Name {
    // SAFETY: the caller's promise.
    unsafe {
        let name = node::name_of_range(range);
        if is_temporary(range) { Name { schema: Some("pg_temp".to_owned()), ..name } } else { name }
    }
}

/// What a query takes from one relation; none where it does anything else.
///
/// # Safety
/// `select` points to a raw SelectStmt, `into` to an IntoClause.
unsafe fn plain_query(select: *mut pg_sys::SelectStmt, into: *mut pg_sys::IntoClause) -> Option<PlainQuery> {
    // SAFETY: each node is read as its tag says.
    unsafe {
        let [from] = node::list::<pg_sys::Node>((*select).fromClause)[..] else { return None };
        let from = node::cast::<pg_sys::RangeVar>(from, NodeTag::T_RangeVar)?;
        let mut columns = Vec::new();
        for target in node::list::<pg_sys::ResTarget>((*select).targetList) {
            let column = node::cast::<pg_sys::ColumnRef>((*target).val, NodeTag::T_ColumnRef)?;
            let last = node::list::<pg_sys::Node>((*column).fields).pop()?;
            let column = match node::tag(last) {
                NodeTag::T_A_Star => None,
                _ => Some(node::text((*node::cast::<pg_sys::String>(last, NodeTag::T_String)?).sval)?),
            };
            columns.push((column, node::text((*target).name)));
        }
        Some(PlainQuery { from: node::name_of_range(from), columns, names: node::strings((*into).colNames) })
    }
}

/// The schema that CREATE SCHEMA names; none for other statements.
///
/// # Safety
/// `raw` points to a raw statement.
pub unsafe fn new_schema(raw: *mut pg_sys::Node) -> Option<String> {
    // SAFETY: the caller's promise.
    unsafe {
        let create = node::cast::<pg_sys::CreateSchemaStmt>(raw, NodeTag::T_CreateSchemaStmt)?;
        node::text((*create).schemaname)
    }
}

/// # Safety
/// `range` is NULL or points to a RangeVar.
unsafe fn dml(verb: &'static str, range: *mut pg_sys::RangeVar, bulk: bool, all_rows: bool) -> Ddl {
    // SAFETY: the caller's promise.
    Ddl::Dml(Dml { verb, table: unsafe { node::name_of_range(range) }, bulk, all_rows, empties: false })
}

/// # Safety
/// `list` is NULL or a list of RangeVar nodes.
unsafe fn names_of_ranges(list: *mut pg_sys::List) -> Vec<Name> {
    // SAFETY: the caller's promise.
    unsafe { node::list::<pg_sys::RangeVar>(list).into_iter().map(|range| node::name_of_range(range)).collect() }
}

/// Whether a list of options holds this one, and on.
///
/// # Safety
/// `list` is NULL or a list of DefElem nodes.
unsafe fn option_is_on(list: *mut pg_sys::List, wanted: &str) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        node::list::<pg_sys::DefElem>(list).into_iter().any(|option| {
            node::text((*option).defname).is_some_and(|name| name == wanted) && pg_sys::defGetBoolean(option)
        })
    }
}

/// # Safety
/// `statement` points to an AlterDomainStmt.
unsafe fn alter_domain(statement: *mut pg_sys::AlterDomainStmt) -> Ddl {
    // SAFETY: the fields of an AlterDomainStmt; ADD CONSTRAINT has a Constraint as its definition.
    unsafe {
        let action = match (*statement).subtype as u8 {
            b'O' => DomainAction::SetNotNull,
            b'V' => DomainAction::Validate(node::text((*statement).name).unwrap_or_default()),
            b'C' => node::cast::<pg_sys::Constraint>((*statement).def, NodeTag::T_Constraint)
                .and_then(|raw| constraint(raw, None))
                .map_or(DomainAction::Other, |def| DomainAction::AddConstraint(Box::new(def))),
            _ => DomainAction::Other,
        };
        Ddl::AlterDomain { domain: node::name_of_strings((*statement).typeName), action }
    }
}

/// # Safety
/// `range` points to a RangeVar.
unsafe fn is_temporary(range: *const pg_sys::RangeVar) -> bool {
    // SAFETY: the caller's promise.
    unsafe {
        (*range).relpersistence as u8 == pg_sys::RELPERSISTENCE_TEMP
            || node::text((*range).schemaname).is_some_and(|schema| schema == "pg_temp")
    }
}

/// # Safety
/// `statement` points to a CreateStmt.
unsafe fn create_table(statement: *mut pg_sys::CreateStmt, foreign: bool, _world: &World) -> CreateTable {
    // SAFETY: the fields of a CreateStmt.
    unsafe {
        let relation = (*statement).relation;
        let mut create = CreateTable {
            name: node::name_of_range(relation),
            temporary: is_temporary(relation),
            unlogged: (*relation).relpersistence as u8 == pg_sys::RELPERSISTENCE_UNLOGGED,
            if_not_exists: (*statement).if_not_exists,
            of_type: !(*statement).ofTypename.is_null(),
            partitioned: !(*statement).partspec.is_null(),
            foreign,
            ..CreateTable::default()
        };
        if create.partitioned {
            let key = node::list::<pg_sys::PartitionElem>((*(*statement).partspec).partParams);
            let plain =
                |element: &*mut pg_sys::PartitionElem| (**element).collation.is_null() && (**element).opclass.is_null();
            create.partition_key_plain = key.iter().all(plain);
            create.partition_key = key.into_iter().map(|element| node::text((*element).name)).collect();
        }
        let parents: Vec<Name> = node::list::<pg_sys::RangeVar>((*statement).inhRelations)
            .into_iter()
            .map(|r| node::name_of_range(r))
            .collect();
        if (*statement).partbound.is_null() {
            create.inherits = parents;
        } else {
            create.partition_of = parents.into_iter().next();
        }
        for element in node::list::<pg_sys::Node>((*statement).tableElts) {
            match node::tag(element) {
                NodeTag::T_ColumnDef => create.columns.push(column(element.cast(), None)),
                NodeTag::T_Constraint => create.constraints.extend(constraint(element.cast(), None)),
                NodeTag::T_TableLikeClause => {
                    use pg_sys::TableLikeOption as L;
                    let like: *mut pg_sys::TableLikeClause = element.cast();
                    let has = |part: L::Type| (*like).options & part != 0;
                    create.like.push(node::name_of_range((*like).relation));
                    create.like_parts.push(LikeParts {
                        defaults: has(L::CREATE_TABLE_LIKE_DEFAULTS),
                        generated: has(L::CREATE_TABLE_LIKE_GENERATED),
                        constraints: has(L::CREATE_TABLE_LIKE_CONSTRAINTS),
                        identity: has(L::CREATE_TABLE_LIKE_IDENTITY),
                        indexes: has(L::CREATE_TABLE_LIKE_INDEXES),
                    });
                }
                _ => {}
            }
        }
        for element in node::list::<pg_sys::Node>((*statement).constraints) {
            if let Some(raw) = node::cast(element, NodeTag::T_Constraint) {
                create.constraints.extend(constraint(raw, None));
            }
        }
        create
    }
}

/// # Safety
/// `raw` points to a ColumnDef.
pub unsafe fn column(raw: *mut pg_sys::ColumnDef, table: Option<&Table>) -> ColumnDef {
    // SAFETY: the fields of a ColumnDef.
    unsafe {
        let (data_type, serial) = types::written((*raw).typeName);
        let mut def = ColumnDef {
            name: node::text((*raw).colname).unwrap_or_default(),
            not_null: (*raw).is_not_null || serial.is_some(),
            data_type,
            serial,
            ..ColumnDef::default()
        };
        let as_column = Column { name: def.name.clone(), data_type: def.data_type.clone().into(), ..Column::default() };
        // The constraints of a new column speak of the column itself.
        let with_column = table.map(|table| {
            let mut table = table.clone();
            let number = table.columns.iter().map(|column| column.number).max().unwrap_or(0) + 1;
            table.columns.push(Column {
                number,
                collation: pg_sys::get_typcollation(pg_sys::Oid::from(def.data_type.oid)).to_u32(),
                ..as_column.clone()
            });
            table
        });
        let table = with_column.as_ref();
        for item in node::list::<pg_sys::Node>((*raw).constraints) {
            let Some(item) = node::cast::<pg_sys::Constraint>(item, NodeTag::T_Constraint) else { continue };
            match (*item).contype {
                pg_sys::ConstrType::CONSTR_NOTNULL => def.not_null = true,
                pg_sys::ConstrType::CONSTR_DEFAULT => {
                    def.default = Some(expression::decompile_default((*item).raw_expr, &as_column).unwrap_or_default());
                }
                pg_sys::ConstrType::CONSTR_IDENTITY => {
                    def.identity = true;
                    def.not_null = true;
                }
                pg_sys::ConstrType::CONSTR_GENERATED => {
                    def.generated = generated_kind(item);
                    def.default = Some(
                        table
                            .and_then(|table| {
                                expression::decompile(
                                    (*item).raw_expr,
                                    table,
                                    pg_sys::ParseExprKind::EXPR_KIND_GENERATED_COLUMN,
                                )
                            })
                            .unwrap_or_default(),
                    );
                }
                pg_sys::ConstrType::CONSTR_PRIMARY => {
                    def.not_null = true;
                    def.constraints.extend(constraint(item, table));
                }
                // The grammar keeps these as nodes of their own, behind the constraint that they are about.
                pg_sys::ConstrType::CONSTR_ATTR_DEFERRABLE => {
                    if let Some(last) = def.constraints.last_mut() {
                        last.deferrable = true;
                    }
                }
                pg_sys::ConstrType::CONSTR_ATTR_DEFERRED => {
                    if let Some(last) = def.constraints.last_mut() {
                        last.deferrable = true;
                        last.deferred = true;
                    }
                }
                #[cfg(feature = "pg18")]
                pg_sys::ConstrType::CONSTR_ATTR_NOT_ENFORCED => {
                    if let Some(last) = def.constraints.last_mut() {
                        last.not_enforced = true;
                    }
                }
                _ => def.constraints.extend(constraint(item, table)),
            }
        }
        for constraint in &mut def.constraints {
            if constraint.columns.is_empty() && constraint.kind != ConstraintKind::Check {
                constraint.columns = vec![def.name.clone()];
            }
        }
        def.domain_not_null =
            def.data_type.is_domain && super::impact::refuses_null(pg_sys::Oid::from(def.data_type.oid));
        // A domain may bring a default of its own, which ADD COLUMN forgot before May 2025.
        if super::impact::adds_domain_defaults()
            && def.default.is_none()
            && def.data_type.is_domain
            && expression::type_default(pg_sys::Oid::from(def.data_type.oid)).is_some()
        {
            def.default = Some(String::new());
        }
        def
    }
}

#[cfg(not(feature = "pg18"))]
unsafe fn generated_kind(_: *mut pg_sys::Constraint) -> Generated {
    Generated::Stored
}

/// # Safety
/// `raw` points to a Constraint.
#[cfg(feature = "pg18")]
unsafe fn generated_kind(raw: *mut pg_sys::Constraint) -> Generated {
    // SAFETY: the caller's promise.
    if unsafe { (*raw).generated_kind } as u8 == b's' { Generated::Stored } else { Generated::Virtual }
}

/// # Safety
/// `raw` points to a Constraint. None for DEFAULT, NULL and the attributes (DEFERRABLE) that the grammar keeps as nodes.
pub unsafe fn constraint(raw: *mut pg_sys::Constraint, table: Option<&Table>) -> Option<ConstraintDef> {
    // SAFETY: the fields of a Constraint.
    unsafe {
        let kind = match (*raw).contype {
            pg_sys::ConstrType::CONSTR_CHECK => ConstraintKind::Check,
            pg_sys::ConstrType::CONSTR_PRIMARY => ConstraintKind::PrimaryKey,
            pg_sys::ConstrType::CONSTR_UNIQUE => ConstraintKind::Unique,
            pg_sys::ConstrType::CONSTR_EXCLUSION => ConstraintKind::Exclusion,
            pg_sys::ConstrType::CONSTR_FOREIGN => ConstraintKind::ForeignKey,
            pg_sys::ConstrType::CONSTR_NOTNULL => ConstraintKind::NotNull,
            _ => return None,
        };
        let foreign = kind == ConstraintKind::ForeignKey;
        Some(ConstraintDef {
            name: node::text((*raw).conname),
            kind,
            columns: node::strings(if foreign { (*raw).fk_attrs } else { (*raw).keys }),
            using_index: node::text((*raw).indexname),
            not_valid: (*raw).skip_validation,
            not_enforced: !enforced(raw),
            no_inherit: (*raw).is_no_inherit,
            deferrable: (*raw).deferrable,
            expression: if kind == ConstraintKind::Check {
                Some(
                    table.and_then(|table| expression::decompile_condition((*raw).raw_expr, table)).unwrap_or_default(),
                )
            } else {
                None
            },
            mentions: if kind == ConstraintKind::Check { walk::columns((*raw).raw_expr) } else { Vec::new() },
            references: foreign.then(|| node::name_of_range((*raw).pktable)),
            referenced_columns: if foreign { node::strings((*raw).pk_attrs) } else { Vec::new() },
            on_delete: catalog::referential_action((*raw).fk_del_action),
            on_update: catalog::referential_action((*raw).fk_upd_action),
            match_full: foreign && (*raw).fk_matchtype == b'f' as std::ffi::c_char,
            deferred: (*raw).initdeferred,
            delete_columns: if foreign { node::strings((*raw).fk_del_set_cols) } else { Vec::new() },
            nulls_not_distinct: (*raw).nulls_not_distinct,
            included: node::strings((*raw).including),
        })
    }
}

#[cfg(not(feature = "pg18"))]
unsafe fn enforced(_: *mut pg_sys::Constraint) -> bool {
    true
}

/// # Safety
/// `raw` points to a Constraint.
#[cfg(feature = "pg18")]
unsafe fn enforced(raw: *mut pg_sys::Constraint) -> bool {
    // SAFETY: the caller's promise. The field means something for CHECK and FOREIGN KEY only.
    unsafe {
        (*raw).is_enforced
            || !matches!((*raw).contype, pg_sys::ConstrType::CONSTR_CHECK | pg_sys::ConstrType::CONSTR_FOREIGN)
    }
}

/// # Safety
/// `statement` points to an IndexStmt.
unsafe fn create_index(statement: *mut pg_sys::IndexStmt, target: Option<&Table>) -> CreateIndex {
    // SAFETY: the fields of an IndexStmt.
    unsafe {
        let index = target.and_then(|table| index_facts(statement, table));
        CreateIndex {
            name: node::text((*statement).idxname),
            // Only a name that the server chooses is made of them.
            keys: if (*statement).idxname.is_null() { index_keys(statement) } else { String::new() },
            table: node::name_of_range((*statement).relation),
            unique: (*statement).unique,
            concurrently: (*statement).concurrent,
            if_not_exists: (*statement).if_not_exists,
            only: !(*(*statement).relation).inh,
            definition: match (target, &index) {
                (Some(table), Some(index)) => index_definition(statement, table, index),
                _ => String::new(),
            },
            index: index.map(Box::new),
        }
    }
}

mod raw {
    use pgrx::pg_sys;
    use std::ffi::c_char;

    unsafe extern "C-unwind" {
        // src/include/parser/parse_target.h
        pub fn FigureIndexColname(node: *mut pg_sys::Node) -> *mut c_char;
    }
}

/// The middle part of the name that the server gives an index: `ChooseIndexColumnNames` and `ChooseIndexNameAddition` in
/// `src/backend/commands/indexcmds.c`.
///
/// # Safety
/// `statement` points to an IndexStmt.
unsafe fn index_keys(statement: *mut pg_sys::IndexStmt) -> String {
    let mut names: Vec<String> = Vec::new();
    // SAFETY: the fields of an IndexStmt; the name of an expression is found in its raw tree.
    unsafe {
        let keys = node::list::<pg_sys::IndexElem>((*statement).indexParams);
        for element in keys.into_iter().chain(node::list((*statement).indexIncludingParams)) {
            let name = node::text((*element).name).or_else(|| {
                let expression = (*element).expr;
                node::text(pg_sys::ffi::pg_guard_ffi_boundary(|| raw::FigureIndexColname(expression)))
            });
            let name = name.unwrap_or_else(|| "expr".to_owned());
            let mut unique = name.clone();
            for n in 1.. {
                if !names.contains(&unique) {
                    break;
                }
                unique = engine::sql::derived_name(&name, &n.to_string());
            }
            names.push(unique);
        }
    }
    engine::sql::joined_name(&names)
}

/// The index as the catalog would hold it. None where a part of it cannot be analysed.
///
/// # Safety
/// `statement` points to an IndexStmt.
pub unsafe fn index_facts(statement: *mut pg_sys::IndexStmt, table: &Table) -> Option<Index> {
    // SAFETY: the fields of an IndexStmt; see the callees.
    unsafe {
        let method = node::text((*statement).accessMethod).unwrap_or_else(|| "btree".to_owned());
        let mut keys = Vec::new();
        for element in node::list::<pg_sys::IndexElem>((*statement).indexParams) {
            keys.push(index_key(element, table, &method)?);
        }
        let included = node::list::<pg_sys::IndexElem>((*statement).indexIncludingParams)
            .into_iter()
            .filter_map(|element| table.column(&node::text((*element).name)?).map(|c| c.number))
            .collect();
        let predicate = if (*statement).whereClause.is_null() {
            None
        } else {
            Some(expression::decompile(
                (*statement).whereClause,
                table,
                pg_sys::ParseExprKind::EXPR_KIND_INDEX_PREDICATE,
            )?)
        };
        Some(Index {
            schema: table.relation.schema.clone(),
            name: node::text((*statement).idxname).unwrap_or_default(),
            method,
            unique: (*statement).unique,
            valid: true,
            immediate: true,
            nulls_not_distinct: (*statement).nulls_not_distinct,
            keys,
            included,
            predicate,
            touched: true,
            ..Index::default()
        })
    }
}

/// # Safety
/// `element` points to an IndexElem.
unsafe fn index_key(element: *mut pg_sys::IndexElem, table: &Table, method: &str) -> Option<IndexKey> {
    // SAFETY: the fields of an IndexElem.
    unsafe {
        let descending = (*element).ordering == pg_sys::SortByDir::SORTBY_DESC;
        let nulls_first = match (*element).nulls_ordering {
            pg_sys::SortByNulls::SORTBY_NULLS_FIRST => true,
            pg_sys::SortByNulls::SORTBY_NULLS_LAST => false,
            _ => descending,
        };
        let (column, expression, type_oid, mut collation) = if (*element).name.is_null() {
            let text =
                expression::decompile((*element).expr, table, pg_sys::ParseExprKind::EXPR_KIND_INDEX_EXPRESSION)?;
            let (type_oid, collation) = expression::type_and_collation((*element).expr, table)?;
            (None, Some(text), type_oid, collation)
        } else {
            let column = table.column(&node::text((*element).name)?)?;
            (Some(column.number), None, pg_sys::Oid::from(column.data_type.oid), column.collation)
        };
        if !(*element).collation.is_null() {
            let found = pg_sys::get_collation_oid((*element).collation, true);
            if found == pg_sys::InvalidOid {
                return None;
            }
            collation = found.to_u32();
        }
        let opclass = opclass_of((*element).opclass, type_oid, method);
        Some(IndexKey {
            column,
            expression,
            opclass: opclass.to_u32(),
            opfamily: if opclass == pg_sys::InvalidOid { 0 } else { pg_sys::get_opclass_family(opclass).to_u32() },
            collation,
            descending,
            nulls_first,
            ..IndexKey::default()
        })
    }
}

/// The operator class that CREATE INDEX would choose; InvalidOid where there is none.
///
/// # Safety
/// `written` is NULL or a list of strings.
pub unsafe fn opclass_of(written: *mut pg_sys::List, type_oid: pg_sys::Oid, method: &str) -> pg_sys::Oid {
    let Ok(method) = std::ffi::CString::new(method) else { return pg_sys::InvalidOid };
    // SAFETY: the look-ups take any name; missing ones give InvalidOid.
    unsafe {
        let am = pg_sys::get_index_am_oid(method.as_ptr(), true);
        if am == pg_sys::InvalidOid || type_oid == pg_sys::InvalidOid {
            return pg_sys::InvalidOid;
        }
        if written.is_null() {
            types::default_opclass(type_oid, am)
        } else {
            pg_sys::get_opclass_oid(am, written, true)
        }
    }
}

/// The definition after the table's name, as SQL.
///
/// # Safety
/// `statement` points to an IndexStmt that gave `index`.
unsafe fn index_definition(statement: *mut pg_sys::IndexStmt, table: &Table, index: &Index) -> String {
    // SAFETY: the fields of an IndexStmt.
    unsafe {
        let keys: Vec<String> = node::list::<pg_sys::IndexElem>((*statement).indexParams)
            .into_iter()
            .zip(&index.keys)
            .map(|(element, key)| {
                let mut text = match (&key.expression, key.column.and_then(|n| table.column_by_number(n))) {
                    (Some(expression), _) => format!("({expression})"),
                    (None, Some(column)) => engine::sql::ident(&column.name),
                    (None, None) => String::new(),
                };
                let named = |list: *mut pg_sys::List| {
                    node::strings(list).iter().map(|part| engine::sql::ident(part)).collect::<Vec<_>>().join(".")
                };
                if !(*element).collation.is_null() {
                    text.push_str(&format!(" COLLATE {}", named((*element).collation)));
                }
                if !(*element).opclass.is_null() {
                    text.push_str(&format!(" {}", named((*element).opclass)));
                    text.push_str(&options((*element).opclassopts));
                }
                if key.descending {
                    text.push_str(" DESC");
                }
                if key.nulls_first != key.descending {
                    text.push_str(if key.nulls_first { " NULLS FIRST" } else { " NULLS LAST" });
                }
                text
            })
            .collect();
        let mut text = String::new();
        if index.method != "btree" {
            text.push_str(&format!("USING {} ", engine::sql::ident(&index.method)));
        }
        text.push_str(&format!("({})", keys.join(", ")));
        if !index.included.is_empty() {
            text.push_str(&format!(" INCLUDE ({})", engine::sql::ident_list(&table.column_names(&index.included))));
        }
        if index.nulls_not_distinct {
            text.push_str(" NULLS NOT DISTINCT");
        }
        let with = options((*statement).options);
        if !with.is_empty() {
            text.push_str(&format!(" WITH{with}"));
        }
        if let Some(tablespace) = node::text((*statement).tableSpace) {
            text.push_str(&format!(" TABLESPACE {}", engine::sql::ident(&tablespace)));
        }
        if let Some(predicate) = &index.predicate {
            text.push_str(&format!(" WHERE {predicate}"));
        }
        text
    }
}

/// A list of options as SQL: ` (fillfactor = 70)`; empty for none.
///
/// # Safety
/// `list` is NULL or a list of DefElem nodes.
unsafe fn options(list: *mut pg_sys::List) -> String {
    // SAFETY: the caller's promise; defGetString prints any simple value.
    unsafe {
        let parts: Vec<String> = node::list::<pg_sys::DefElem>(list)
            .into_iter()
            .filter_map(|option| {
                let name = node::text((*option).defname)?;
                if (*option).arg.is_null() {
                    return Some(engine::sql::ident(&name));
                }
                let value = node::text(pg_sys::defGetString(option))?;
                Some(format!("{} = {}", engine::sql::ident(&name), engine::sql::literal(&value)))
            })
            .collect();
        if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) }
    }
}

/// # Safety
/// `statement` points to an AlterTableStmt.
unsafe fn alter_table(statement: *mut pg_sys::AlterTableStmt, target: Option<&Table>) -> Ddl {
    // SAFETY: the fields of an AlterTableStmt.
    unsafe {
        let Some(kind) = relation_kind((*statement).objtype) else { return Ddl::Other(tag(statement.cast())) };
        Ddl::AlterTable(AlterTable {
            target: node::name_of_range((*statement).relation),
            kind,
            only: !(*(*statement).relation).inh,
            if_exists: (*statement).missing_ok,
            commands: node::list::<pg_sys::AlterTableCmd>((*statement).cmds)
                .into_iter()
                .map(|command| alter_command(command, target))
                .collect(),
        })
    }
}

/// # Safety
/// `command` points to an AlterTableCmd.
pub(super) unsafe fn alter_command(command: *mut pg_sys::AlterTableCmd, target: Option<&Table>) -> AlterCommand {
    use pg_sys::AlterTableType as A;
    // SAFETY: the fields of an AlterTableCmd; `def` is of the type that the grammar gives each subtype.
    unsafe {
        let name = || node::text((*command).name).unwrap_or_default();
        let cascade = (*command).behavior == pg_sys::DropBehavior::DROP_CASCADE;
        let if_exists = (*command).missing_ok;
        match (*command).subtype {
            A::AT_AddColumn => AlterCommand::AddColumn {
                column: column((*command).def.cast(), target),
                if_not_exists: (*command).missing_ok,
            },
            A::AT_DropColumn => AlterCommand::DropColumn { column: name(), cascade, if_exists },
            A::AT_AlterColumnType => {
                let def: *mut pg_sys::ColumnDef = (*command).def.cast();
                let using = if (*def).raw_default.is_null() {
                    None
                } else {
                    Some(
                        target
                            .and_then(|table| {
                                expression::decompile(
                                    (*def).raw_default,
                                    table,
                                    pg_sys::ParseExprKind::EXPR_KIND_ALTER_COL_TRANSFORM,
                                )
                            })
                            .unwrap_or_default(),
                    )
                };
                AlterCommand::AlterType {
                    column: name(),
                    data_type: types::written((*def).typeName).0,
                    using,
                    collation: (!(*def).collClause.is_null())
                        .then(|| node::name_of_strings((*(*def).collClause).collname)),
                }
            }
            A::AT_ColumnDefault => {
                if (*command).def.is_null() {
                    AlterCommand::DropDefault { column: name() }
                } else {
                    let column = target.and_then(|table| table.column(&name()));
                    AlterCommand::SetDefault {
                        column: name(),
                        default: column
                            .and_then(|column| expression::decompile_default((*command).def, column))
                            .unwrap_or_default(),
                    }
                }
            }
            A::AT_SetNotNull => AlterCommand::SetNotNull { column: name() },
            A::AT_DropNotNull => AlterCommand::DropNotNull { column: name() },
            A::AT_AddConstraint => {
                match node::cast::<pg_sys::Constraint>((*command).def, NodeTag::T_Constraint)
                    .and_then(|raw| constraint(raw, target))
                {
                    Some(def) => AlterCommand::AddConstraint(def),
                    None => AlterCommand::Other("ADD CONSTRAINT".to_owned()),
                }
            }
            A::AT_DropConstraint => AlterCommand::DropConstraint { name: name(), cascade, if_exists },
            A::AT_ValidateConstraint => AlterCommand::ValidateConstraint { name: name() },
            A::AT_AddIdentity => AlterCommand::AddIdentity { column: name() },
            A::AT_SetLogged => AlterCommand::SetPersistence { logged: true },
            A::AT_SetUnLogged => AlterCommand::SetPersistence { logged: false },
            A::AT_SetTableSpace => AlterCommand::SetTablespace { name: name() },
            A::AT_SetAccessMethod => AlterCommand::SetAccessMethod { name: name() },
            A::AT_AttachPartition => AlterCommand::AttachPartition { partition: partition_name((*command).def.cast()) },
            A::AT_DetachPartition => AlterCommand::DetachPartition {
                partition: partition_name((*command).def.cast()),
                concurrently: (*(*command).def.cast::<pg_sys::PartitionCmd>()).concurrent,
                finalize: false,
            },
            A::AT_DetachPartitionFinalize => AlterCommand::DetachPartition {
                partition: partition_name((*command).def.cast()),
                concurrently: false,
                finalize: true,
            },
            A::AT_DisableTrig => AlterCommand::DisableTrigger { name: Some(name()), user: false },
            A::AT_DisableTrigAll => AlterCommand::DisableTrigger { name: None, user: false },
            A::AT_DisableTrigUser => AlterCommand::DisableTrigger { name: None, user: true },
            A::AT_SetRelOptions | A::AT_ResetRelOptions => AlterCommand::SetOptions(
                node::list::<pg_sys::DefElem>((*command).def.cast())
                    .into_iter()
                    .filter_map(|option| node::text((*option).defname))
                    .collect(),
            ),
            other => AlterCommand::Other(other_command(other).to_owned()),
        }
    }
}

/// # Safety
/// `command` points to a PartitionCmd.
unsafe fn partition_name(command: *mut pg_sys::PartitionCmd) -> Name {
    // SAFETY: the caller's promise.
    unsafe { node::name_of_range((*command).name) }
}

fn other_command(subtype: pg_sys::AlterTableType::Type) -> &'static str {
    use pg_sys::AlterTableType as A;
    match subtype {
        A::AT_SetStatistics => "SET STATISTICS",
        A::AT_SetOptions | A::AT_ResetOptions => "ALTER COLUMN SET",
        A::AT_SetStorage => "SET STORAGE",
        A::AT_SetCompression => "SET COMPRESSION",
        A::AT_SetIdentity => "SET GENERATED",
        A::AT_DropIdentity => "DROP IDENTITY",
        A::AT_DropExpression => "DROP EXPRESSION",
        #[cfg(any(feature = "pg17", feature = "pg18"))]
        A::AT_SetExpression => "SET EXPRESSION",
        A::AT_AlterConstraint => "ALTER CONSTRAINT",
        A::AT_ChangeOwner => "OWNER TO",
        A::AT_ClusterOn => "CLUSTER ON",
        A::AT_DropCluster => "SET WITHOUT CLUSTER",
        A::AT_EnableTrig
        | A::AT_EnableTrigAll
        | A::AT_EnableTrigUser
        | A::AT_EnableAlwaysTrig
        | A::AT_EnableReplicaTrig => "ENABLE TRIGGER",
        A::AT_EnableRule | A::AT_EnableAlwaysRule | A::AT_EnableReplicaRule => "ENABLE RULE",
        A::AT_DisableRule => "DISABLE RULE",
        A::AT_AddInherit => "INHERIT",
        A::AT_DropInherit => "NO INHERIT",
        A::AT_AddOf => "OF",
        A::AT_DropOf => "NOT OF",
        A::AT_ReplicaIdentity => "REPLICA IDENTITY",
        A::AT_EnableRowSecurity => "ENABLE ROW LEVEL SECURITY",
        A::AT_DisableRowSecurity => "DISABLE ROW LEVEL SECURITY",
        A::AT_ForceRowSecurity => "FORCE ROW LEVEL SECURITY",
        A::AT_NoForceRowSecurity => "NO FORCE ROW LEVEL SECURITY",
        _ => "OTHER",
    }
}

/// # Safety
/// `statement` points to a RenameStmt.
unsafe fn rename(statement: *mut pg_sys::RenameStmt) -> Ddl {
    use pg_sys::ObjectType as O;
    // SAFETY: the fields of a RenameStmt.
    unsafe {
        let subname = node::text((*statement).subname).unwrap_or_default();
        let what = match (*statement).renameType {
            O::OBJECT_COLUMN => Renamed::Column(subname),
            O::OBJECT_ATTRIBUTE => Renamed::Attribute(subname),
            O::OBJECT_TABCONSTRAINT => Renamed::Constraint(subname),
            other => match relation_kind(other) {
                Some(kind) => Renamed::Relation(kind),
                None => Renamed::Other(object_keyword(other)),
            },
        };
        Ddl::Rename(Rename {
            what,
            target: if (*statement).renameType == O::OBJECT_SCHEMA {
                Name::bare(node::text((*statement).subname).unwrap_or_default())
            } else if (*statement).relation.is_null() {
                object_name((*statement).object)
            } else {
                node::name_of_range((*statement).relation)
            },
            new_name: node::text((*statement).newname).unwrap_or_default(),
            if_exists: (*statement).missing_ok,
        })
    }
}

/// The name of an object that is no relation; an empty one where it has none that could be shown.
///
/// # Safety
/// `object` is NULL or the node that the grammar gives an object.
unsafe fn object_name(object: *mut pg_sys::Node) -> Name {
    if object.is_null() {
        return Name::default();
    }
    // SAFETY: each node is read as its tag says.
    unsafe {
        match node::tag(object) {
            NodeTag::T_List => node::name_of_strings(object.cast()),
            NodeTag::T_String => {
                node::text((*object.cast::<pg_sys::String>()).sval).map(Name::bare).unwrap_or_default()
            }
            NodeTag::T_TypeName => node::name_of_strings((*object.cast::<pg_sys::TypeName>()).names),
            NodeTag::T_ObjectWithArgs => node::name_of_strings((*object.cast::<pg_sys::ObjectWithArgs>()).objname),
            _ => Name::default(),
        }
    }
}

/// # Safety
/// `statement` points to a DropStmt.
unsafe fn drop_statement(statement: *mut pg_sys::DropStmt) -> Drop {
    // SAFETY: the fields of a DropStmt; the objects of each kind are the nodes that the grammar gives them.
    unsafe {
        let kind = match relation_kind((*statement).removeType) {
            Some(kind) => DropKind::Relation(kind),
            None => DropKind::Other(object_keyword((*statement).removeType)),
        };
        let names = node::list::<pg_sys::Node>((*statement).objects)
            .into_iter()
            .filter_map(|object| match node::tag(object) {
                NodeTag::T_List => Some(node::name_of_strings(object.cast())),
                NodeTag::T_String => node::text((*object.cast::<pg_sys::String>()).sval).map(Name::bare),
                NodeTag::T_TypeName => Some(node::name_of_strings((*object.cast::<pg_sys::TypeName>()).names)),
                NodeTag::T_ObjectWithArgs => {
                    Some(node::name_of_strings((*object.cast::<pg_sys::ObjectWithArgs>()).objname))
                }
                _ => None,
            })
            .collect();
        Drop {
            kind,
            names,
            cascade: (*statement).behavior == pg_sys::DropBehavior::DROP_CASCADE,
            if_exists: (*statement).missing_ok,
            concurrently: (*statement).concurrent,
        }
    }
}

/// # Safety
/// `statement` points to a ReindexStmt.
unsafe fn reindex(statement: *mut pg_sys::ReindexStmt) -> Ddl {
    // SAFETY: the fields of a ReindexStmt.
    unsafe {
        if (*statement).relation.is_null() {
            let what = match (*statement).kind {
                pg_sys::ReindexObjectType::REINDEX_OBJECT_SCHEMA => "SCHEMA",
                pg_sys::ReindexObjectType::REINDEX_OBJECT_SYSTEM => "SYSTEM",
                _ => "DATABASE",
            };
            let concurrently = option_is_on((*statement).params, "concurrently");
            return Ddl::ReindexAll { what, name: node::text((*statement).name), concurrently };
        }
        let concurrently = option_is_on((*statement).params, "concurrently");
        Ddl::Reindex {
            target: node::name_of_range((*statement).relation),
            is_index: (*statement).kind == pg_sys::ReindexObjectType::REINDEX_OBJECT_INDEX,
            concurrently,
        }
    }
}

/// # Safety
/// `statement` points to a TransactionStmt.
unsafe fn transaction(statement: *mut pg_sys::TransactionStmt) -> Ddl {
    use pg_sys::TransactionStmtKind as T;
    // SAFETY: the fields of a TransactionStmt.
    unsafe {
        let name = || node::text((*statement).savepoint_name).unwrap_or_default();
        Ddl::Transaction(match (*statement).kind {
            T::TRANS_STMT_BEGIN | T::TRANS_STMT_START => TransactionCommand::Begin,
            T::TRANS_STMT_COMMIT | T::TRANS_STMT_PREPARE => TransactionCommand::Commit,
            T::TRANS_STMT_ROLLBACK => TransactionCommand::Rollback,
            T::TRANS_STMT_SAVEPOINT => TransactionCommand::Savepoint(name()),
            T::TRANS_STMT_RELEASE => TransactionCommand::Release(name()),
            T::TRANS_STMT_ROLLBACK_TO => TransactionCommand::RollbackTo(name()),
            _ => return Ddl::Other(tag(statement.cast())),
        })
    }
}

/// # Safety
/// `statement` points to a VariableSetStmt.
pub unsafe fn set(statement: *mut pg_sys::VariableSetStmt) -> Ddl {
    use pg_sys::VariableSetKind as V;
    // SAFETY: the fields of a VariableSetStmt.
    unsafe {
        let value = match (*statement).kind {
            V::VAR_SET_VALUE => node::text(pg_sys::ExtractSetVariableArgs(statement)),
            _ => None,
        };
        Ddl::Set(SetParameter {
            name: node::text((*statement).name).unwrap_or_default(),
            value,
            local: (*statement).is_local,
        })
    }
}
