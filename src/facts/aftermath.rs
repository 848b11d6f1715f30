//! What a transaction leaves behind, as far as it touched it; and everything, for a check on request.

use engine::facts::{
    Aftermath, DroppedRelation, Function, Lazy, LostConstraint, Name, NamedRelation, Relation, RelationKind,
    RenamedObject, RenamedRelation, ReplacedFunction, Table,
};
use engine::hash::QuickMap;
use pgrx::pg_sys::{self, Oid};
use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use super::catalog::{self, Open};
use super::node;
use super::server::{Row, catalog as catalogs};
use super::{partition_coverage, publications, renamed, rights};
use crate::hooks::memory::{self, How, Touched};
use crate::pg::attempt::attempt;
use crate::pg::text;

/// What was touched of one table.
#[derive(Default)]
struct Parts {
    whole: bool,
    named: bool,
    lost_indexes: Vec<Vec<i16>>,
    lost_primary_key: bool,
    lost_constraints: Vec<LostConstraint>,
    lost_defaults: Vec<(i16, String)>,
    columns: Vec<i16>,
    altered: Vec<(i16, memory::ColumnBefore)>,
    constraints: Vec<u32>,
    indexes: Vec<u32>,
    rights: bool,
    identity: bool,
    partitions: bool,
}

/// Everything in the table counts as touched.
pub(super) fn touch_all(table: &mut Table) {
    table.whole = true;
    table.named = true;
    for column in &mut table.columns {
        column.touched = true;
    }
    table.constraints.when_loaded(|list| list.iter_mut().for_each(|constraint| constraint.touched = true));
    table.indexes.when_loaded(|list| list.iter_mut().for_each(|index| index.touched = true));
}

/// What this transaction leaves behind of the objects that it touched.
pub fn aftermath(touched: &[Touched]) -> Aftermath {
    let mut result = Aftermath::default();
    let mut tables: Vec<u32> = Vec::new();
    let mut parts: QuickMap<u32, Parts> = QuickMap::default();
    let mut others: Vec<u32> = Vec::new();
    let mut functions: Vec<u32> = Vec::new();
    let mut part = |table: Oid, change: &mut dyn FnMut(&mut Parts)| {
        let oid = table.to_u32();
        if !parts.contains_key(&oid) {
            tables.push(oid);
        }
        change(parts.entry(oid).or_default());
    };
    for item in touched {
        pgrx::check_for_interrupts!();
        if let Some((table, lost)) = &item.lost {
            part(*table, &mut |p| p.lost_constraints.push(lost.clone()));
        }
        match item.class.to_u32() {
            catalogs::CLASS if item.sub != 0 => part(item.object, &mut |p| match &item.before {
                // SET NOT NULL, SET STATISTICS and their like leave what it is as it was.
                Some(before) => p.altered.push((item.sub as i16, before.clone())),
                None => p.columns.push(item.sub as i16),
            }),
            catalogs::CLASS if item.how == How::Dropped && item.relation != pg_sys::InvalidOid => {
                part(item.relation, &mut |p| p.lost_indexes.push(item.keys.clone()));
            }
            catalogs::CLASS if item.how == How::Created => {
                let Some(open) = Open::new(item.object) else { continue };
                match open.form().relkind as u8 {
                    pg_sys::RELKIND_RELATION | pg_sys::RELKIND_PARTITIONED_TABLE | pg_sys::RELKIND_FOREIGN_TABLE => {
                        part(item.object, &mut |p| p.whole = true);
                    }
                    pg_sys::RELKIND_INDEX | pg_sys::RELKIND_PARTITIONED_INDEX => {
                        // SAFETY: an index's entry has rd_index.
                        let heap = unsafe { (*(*open.0).rd_index).indrelid };
                        part(heap, &mut |p| p.indexes.push(item.object.to_u32()));
                    }
                    _ => others.push(item.object.to_u32()),
                }
            }
            catalogs::CONSTRAINT => {
                if item.how == How::Dropped {
                    if item.relation != pg_sys::InvalidOid {
                        part(item.relation, &mut |p| p.lost_primary_key = true);
                    }
                } else if item.how == How::Created {
                    let mut table = pg_sys::InvalidOid;
                    catalog::by_oid(catalogs::CONSTRAINT, item.object, |row| table = row.oid("conrelid"));
                    if table != pg_sys::InvalidOid {
                        part(table, &mut |p| p.constraints.push(item.object.to_u32()));
                    }
                }
            }
            catalogs::INHERITS => part(item.object, &mut |p| p.partitions = true),
            catalogs::PROC if item.how != How::Dropped && !functions.contains(&item.object.to_u32()) => {
                functions.push(item.object.to_u32());
            }
            class @ (catalogs::PUBLICATION | catalogs::PUBLICATION_REL | catalogs::PUBLICATION_NAMESPACE)
                if item.how != How::Dropped =>
            {
                for table in publications::brought_in(class, item.object) {
                    part(table, &mut |p| p.identity = true);
                }
            }
            _ => {}
        }
    }
    for note in memory::renamed() {
        let Some(relation) = catalog::relation_only(note.relation) else { continue };
        // Where the schema itself was renamed the relation did not move.
        let old_schema = catalog::schema_name(note.old_schema);
        if relation.name == note.old_name && relation.schema == old_schema {
            continue;
        }
        if relation.kind.is_table() {
            part(note.relation, &mut |p| p.named = true);
            // It falls into the publications of the schema.
            // SAFETY: takes any OID.
            let schema = unsafe { pg_sys::get_rel_namespace(note.relation) };
            if schema != note.old_schema && publications::hold_schema(schema) {
                for leaf in publications::leaves(note.relation) {
                    part(leaf, &mut |p| p.identity = true);
                }
            }
        } else if relation.kind.is_index() {
            // It moves with its table: nobody chose its name.
            if relation.name == note.old_name {
                continue;
            }
            // SAFETY: takes any OID; `missing_ok`.
            let heap = unsafe { pg_sys::IndexGetRelation(note.relation, true) };
            if heap != pg_sys::InvalidOid {
                part(heap, &mut |p| p.indexes.push(note.relation.to_u32()));
            }
        } else {
            others.push(note.relation.to_u32());
        }
        let old = Name { schema: Some(old_schema.clone()), name: note.old_name.clone() };
        result.renamed.push(RenamedRelation {
            taken_over: catalog::find(&old).is_some(),
            owner: owner(&relation),
            relation: catalog::relation(note.relation).unwrap_or(relation),
            old_schema,
            old_name: note.old_name,
            position: 0,
        });
    }
    let mut dropped_functions: Vec<Function> = Vec::new();
    let mut created_as: HashSet<(String, String)> = HashSet::new();
    let mut opened: Vec<rights::OpenedNote> = Vec::new();
    for deed in memory::deeds() {
        match deed {
            memory::Deed::Dropped(relation) => {
                let name = Name { schema: Some(relation.schema.clone()), name: relation.name.clone() };
                let now = catalog::find(&name).and_then(catalog::relation);
                result.dropped.push(DroppedRelation { relation, now, filled: false, position: 0 });
            }
            memory::Deed::LostDefault(table, column, default) => {
                part(table, &mut |p| p.lost_defaults.push((column, default.clone())));
            }
            memory::Deed::CreatedAs(schema, name) => {
                created_as.insert((schema, name));
            }
            memory::Deed::DroppedFunction(old) => dropped_functions.push(old),
            memory::Deed::Identity(table) => part(table, &mut |p| p.identity = true),
            memory::Deed::Rights(table) => part(table, &mut |p| p.rights = true),
            memory::Deed::Opened(note) => opened.push(note),
            memory::Deed::RenamedObject(object) => {
                let taken_over = renamed::taken_over(&object);
                result.renamed_objects.push(RenamedObject { taken_over, ..object });
            }
            _ => {}
        }
    }
    for oid in tables {
        pgrx::check_for_interrupts!();
        let Some(mut table) = catalog::table(Oid::from(oid)) else { continue };
        // Views and materialised views have columns and indexes too; a full check does not judge them as tables either.
        if !table.relation.kind.is_table() && table.relation.kind != RelationKind::ForeignTable {
            continue;
        }
        let parts = &parts[&oid];
        table.rights_touched = parts.rights;
        table.identity_touched = parts.identity || parts.whole;
        if table.rights_touched || table.identity_touched {
            catalog::add_standing(&mut table);
        }
        if parts.partitions {
            table.partitions_touched = true;
            table.coverage = Lazy::new(move || partition_coverage::of_catalog(Oid::from(oid)));
        }
        if parts.whole {
            touch_all(&mut table);
            table.created_as = !created_as.is_empty()
                && created_as.contains(&(table.relation.schema.clone(), table.relation.name.clone()));
        } else {
            table.named = parts.named;
            table.lost_indexes.clone_from(&parts.lost_indexes);
            table.lost_primary_key = parts.lost_primary_key;
            table.lost_constraints.clone_from(&parts.lost_constraints);
            table.lost_defaults.clone_from(&parts.lost_defaults);
            if !parts.columns.is_empty() || !parts.altered.is_empty() {
                for column in &mut table.columns {
                    let changed = |before: &memory::ColumnBefore| {
                        before.name != column.name
                            || before.data_type.to_u32() != column.data_type.oid
                            || before.modifier != column.data_type.modifier
                    };
                    let mut altered = parts.altered.iter().filter(|(number, _)| *number == column.number);
                    column.touched =
                        parts.columns.contains(&column.number) || altered.any(|(_, before)| changed(before));
                }
            }
            table.no_constraint_touched = parts.constraints.is_empty();
            table.no_index_touched = parts.indexes.is_empty();
            let touched = parts.constraints.clone();
            table.constraints.when_loaded(move |list| {
                list.iter_mut().for_each(|constraint| constraint.touched = touched.contains(&constraint.oid));
            });
            let touched = parts.indexes.clone();
            table.indexes.when_loaded(move |list| {
                list.iter_mut().for_each(|index| index.touched = touched.contains(&index.oid));
            });
        }
        result.tables.push(table);
    }
    result.opened = rights::opened(&opened);
    catalog::add_siblings(&mut result.tables, &Rc::default());
    result.named.extend(others.into_iter().filter_map(|oid| named(Oid::from(oid))));
    // By schema and name: each dropped one is looked up, not compared with all.
    let mut by_name: HashMap<(String, String), Vec<(bool, Function)>> = HashMap::new();
    for oid in functions {
        let (mut defaults, mut here) = ((0, 0), false);
        catalog::by_oid(catalogs::PROC, Oid::from(oid), |row| {
            result.functions.extend(function(row));
            here = memory::is_noted(Oid::from(catalogs::PROC), row.oid("oid"), 0, How::Created);
            if here {
                defaults = (row.integer("pronargs"), row.integer("pronargdefaults"));
            }
        });
        let Some(made) = result.functions.last().filter(|made| made.oid == oid) else { continue };
        if !dropped_functions.is_empty() {
            by_name.entry((made.schema.clone(), made.name.clone())).or_default().push((here, made.clone()));
        }
        if defaults.1 > 0
            && let Some(arguments) = ambiguous_call(made, defaults.0, defaults.1)
        {
            result.ambiguous.push((made.clone(), arguments));
        }
    }
    for old in dropped_functions {
        let same_name = by_name.get(&(old.schema.clone(), old.name.clone()));
        result.replaced.extend(same_name.and_then(|same_name| replaced_function(&old, same_name)));
    }
    result
}

/// The function of the same name that the transaction made with other arguments, where none with the old ones is left.
fn replaced_function(old: &Function, same_name: &[(bool, Function)]) -> Option<ReplacedFunction> {
    let others = || same_name.iter().filter(|(_, function)| function.oid != old.oid);
    if others().any(|(_, function)| function.arguments == old.arguments) {
        return None;
    }
    let function = others().find(|(here, _)| *here)?.1.clone();
    let old_calls_fit = calls_fit(old);
    Some(ReplacedFunction { function, old_arguments: old.arguments.clone(), old_calls_fit, position: 0 })
}

/// The number of arguments with which a call of the function by its full name fits two functions equally well, as
/// `FuncnameGetCandidates` finds when both fill the rest from defaults.
fn ambiguous_call(function: &Function, arguments: i32, defaults: i32) -> Option<usize> {
    let (schema, name) = (text::to_server(&function.schema), text::to_server(&function.name));
    // SAFETY: a list of two strings that outlive the calls; the result is a list in the memory of this judgement. An entry without
    // an OID stands for several functions.
    unsafe {
        let names = pg_sys::lappend(std::ptr::null_mut(), pg_sys::makeString(schema.as_ptr().cast_mut()).cast());
        let names = pg_sys::lappend(names, pg_sys::makeString(name.as_ptr().cast_mut()).cast());
        (arguments - defaults..arguments)
            .find(|count| {
                let none = std::ptr::null_mut();
                let mut candidate = pg_sys::FuncnameGetCandidates(names, *count, none, false, true, false, true);
                while !candidate.is_null() {
                    if (*candidate).oid == pg_sys::InvalidOid {
                        return true;
                    }
                    candidate = (*candidate).next;
                }
                false
            })
            .and_then(|count| usize::try_from(count).ok())
    }
}

/// Whether a call with the types of the old function's arguments finds a function now, as the parser looks for one: by implicit casts,
/// by defaults, as VARIADIC, or another one of the name.
fn calls_fit(old: &Function) -> bool {
    let (schema, name) = (text::to_server(&old.schema), text::to_server(&old.name));
    let mut types: Vec<Oid> = old.call_types.iter().map(|oid| Oid::from(*oid)).collect();
    let count = types.len() as i32;
    let (mut function, mut returns, mut variadic) = (pg_sys::InvalidOid, pg_sys::InvalidOid, pg_sys::InvalidOid);
    let (mut set, mut variadics) = (false, 0);
    let mut true_types: *mut Oid = std::ptr::null_mut();
    let found = attempt(|| {
        // SAFETY: a list of two strings that outlive the call, as many types as it is told, and places for the answers; no arguments
        // and no names of them, and no place for the defaults, which are not wanted.
        unsafe {
            let names = pg_sys::lappend(std::ptr::null_mut(), pg_sys::makeString(schema.as_ptr().cast_mut()).cast());
            let names = pg_sys::lappend(names, pg_sys::makeString(name.as_ptr().cast_mut()).cast());
            let none = std::ptr::null_mut();
            pg_sys::func_get_detail(
                names,
                none,
                none,
                count,
                types.as_mut_ptr(),
                true,
                true,
                false,
                &mut function,
                &mut returns,
                &mut set,
                &mut variadics,
                &mut variadic,
                &mut true_types,
                std::ptr::null_mut(),
            )
        }
    });
    use pg_sys::FuncDetailCode as F;
    found.is_ok_and(|found| {
        matches!(
            found,
            F::FUNCDETAIL_NORMAL | F::FUNCDETAIL_PROCEDURE | F::FUNCDETAIL_AGGREGATE | F::FUNCDETAIL_WINDOWFUNC
        )
    })
}

/// A relation that is no table, with its name.
fn named(oid: Oid) -> Option<NamedRelation> {
    let relation = catalog::relation_only(oid)?;
    if !matches!(
        relation.kind,
        RelationKind::View | RelationKind::MaterializedView | RelationKind::Sequence | RelationKind::CompositeType
    ) {
        return None;
    }
    Some(NamedRelation {
        derived: {
            let relation = relation.clone();
            Lazy::new(move || owner(&relation) != 0)
        },
        kind: relation.kind,
        relation,
    })
}

/// The table with the column that owns a sequence, which the server (or `serial`) named; 0 for none, and for what is no sequence.
pub(super) fn owner(relation: &Relation) -> u32 {
    if relation.kind != RelationKind::Sequence || relation.oid == 0 {
        return 0;
    }
    let (mut table, mut column) = (pg_sys::InvalidOid, 0);
    // SAFETY: takes the OID of any sequence. 'a' is a serial's, 'i' an identity column's.
    let owned = [b'a', b'i'].into_iter().any(|kind| unsafe {
        pg_sys::sequenceIsOwned(Oid::from(relation.oid), kind as std::ffi::c_char, &mut table, &mut column)
    });
    if owned { table.to_u32() } else { 0 }
}

/// The function that a row of pg_proc describes; none for aggregates.
pub(super) fn function(row: &Row) -> Option<Function> {
    let keyword = match row.char("prokind") {
        'p' => "PROCEDURE",
        'a' => return None,
        _ => "FUNCTION",
    };
    let oid = row.oid("oid");
    let namespace = row.oid("pronamespace");
    let mut call_types: Vec<u32> = row.oids("proargtypes").into_iter().map(Oid::to_u32).collect();
    let element = row.oid("provariadic");
    if element != pg_sys::InvalidOid
        && let Some(last) = call_types.last_mut()
    {
        *last = element.to_u32();
    }
    let search_path =
        row.texts("proconfig").into_iter().find_map(|setting| setting.strip_prefix("search_path=").map(str::to_owned));
    // SAFETY: these take any OID; the argument text is palloc'd.
    let (arguments, system) = unsafe {
        let datum = pg_sys::OidFunctionCall1Coll(
            Oid::from(pg_sys::F_PG_GET_FUNCTION_IDENTITY_ARGUMENTS),
            pg_sys::InvalidOid,
            pg_sys::Datum::from(oid),
        );
        let arguments = node::text(pg_sys::text_to_cstring(datum.cast_mut_ptr())).unwrap_or_default();
        (arguments, pg_sys::IsCatalogNamespace(namespace) || pg_sys::isAnyTempNamespace(namespace))
    };
    Some(Function {
        oid: oid.to_u32(),
        schema: catalog::schema_name(namespace),
        name: row.name("proname"),
        arguments,
        call_types,
        keyword,
        security_definer: row.bool("prosecdef", false),
        writable_schemas: search_path.as_deref().map(writable_schemas).unwrap_or_default(),
        search_path,
        sql_body: row.c_text("prosqlbody").is_some(),
        public_execute: rights::public_execute(row).into(),
        for_triggers: matches!(row.oid("prorettype"), pg_sys::TRIGGEROID | pg_sys::EVENT_TRIGGEROID),
        exempt: system || catalog::is_exempt_object(catalogs::PROC, oid),
        state: None,
    })
}

/// The schemas of a search path in which PUBLIC may create objects.
pub(super) fn writable_schemas(path: &str) -> Vec<String> {
    let mut schemas = engine::sql::path_entries(path);
    schemas.retain(|name| name != "$user" && name != "pg_temp" && catalog::schema(name).is_some_and(public_may_create));
    schemas
}

fn public_may_create(namespace: Oid) -> bool {
    // Role 0 stands for PUBLIC in an ACL (`ACL_ID_PUBLIC`), and is a member of nothing.
    // SAFETY: takes any schema.
    unsafe {
        #[cfg(feature = "pg15")]
        let result = pg_sys::pg_namespace_aclcheck(namespace, pg_sys::InvalidOid, pg_sys::ACL_CREATE);
        #[cfg(not(feature = "pg15"))]
        let result = pg_sys::object_aclcheck(
            Oid::from(catalogs::NAMESPACE),
            namespace,
            pg_sys::InvalidOid,
            pg_sys::ACL_CREATE.into(),
        );
        result == pg_sys::AclResult::ACLCHECK_OK
    }
}

/// A relation of the given kind that exists only in a text.
pub(super) fn textual(schema: &str, name: &str, kind: RelationKind) -> Relation {
    Relation { schema: schema.to_owned(), name: name.to_owned(), kind, created_here: true, ..Relation::default() }
}
