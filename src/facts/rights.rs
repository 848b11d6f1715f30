//! Privileges, policies and ROW LEVEL SECURITY: what the catalog has of them, and what GRANT and REVOKE say.

use engine::facts::{
    Ddl, DropKind, Function, GrantOrRevoke, GrantedOn, Grantee, HeldPrivilege, Name, Opened, OpenedObject,
};
use engine::facts::{Rights, Statement, Table, row_security_change};
use pgrx::pg_sys::{self, NodeTag, Oid};

use super::catalog::{self, Open};
use super::server::{self, Row, catalog as catalogs};
use super::world::World;
use super::{aftermath, node, types};
use crate::hooks::memory::Deed;

/// The privileges on relations by their bit (`src/include/nodes/parsenodes.h`), in the order of the server.
const ON_RELATIONS: &[(u64, &str)] = &[
    (pg_sys::ACL_INSERT as u64, "INSERT"),
    (pg_sys::ACL_SELECT as u64, "SELECT"),
    (pg_sys::ACL_UPDATE as u64, "UPDATE"),
    (pg_sys::ACL_DELETE as u64, "DELETE"),
    (pg_sys::ACL_TRUNCATE as u64, "TRUNCATE"),
    (pg_sys::ACL_REFERENCES as u64, "REFERENCES"),
    (pg_sys::ACL_TRIGGER as u64, "TRIGGER"),
    // Since 17.
    (1 << 14, "MAINTAIN"),
];

/// Those that columns can have.
const ON_COLUMNS: &[&str] = &["INSERT", "SELECT", "UPDATE", "REFERENCES"];

/// What guards the rows of a relation.
pub fn of(oid: Oid) -> Rights {
    let mut rights = Rights::default();
    let Some(open) = Open::new(oid) else { return rights };
    rights.row_security = open.form().relrowsecurity;
    rights.forced = open.form().relforcerowsecurity;
    server::scan(catalogs::POLICY, catalogs::POLICY_RELID_INDEX, &[oid], |row| {
        rights.policies.push(row.name("polname"));
    });
    let owner = open.form().relowner;
    catalog::by_oid(catalogs::CLASS, oid, |row| {
        for (grantee, privileges) in row.acl("relacl") {
            hold(&mut rights.held, grantee, owner, privileges, None);
        }
    });
    server::scan(catalogs::ATTRIBUTE, catalogs::ATTRIBUTE_RELID_INDEX, &[oid], |row| {
        for (grantee, privileges) in row.acl("attacl") {
            hold(&mut rights.held, grantee, owner, privileges, Some(row.name("attname")));
        }
    });
    rights
}

fn hold(held: &mut Vec<HeldPrivilege>, grantee: Oid, owner: Oid, privileges: u64, column: Option<String>) {
    if grantee == owner {
        return;
    }
    let (role, bound) = (role_name(grantee), is_bound(grantee));
    held.extend(ON_RELATIONS.iter().filter(|(bit, _)| privileges & bit != 0).map(|(_, privilege)| HeldPrivilege {
        role: role.clone(),
        bound,
        privilege: (*privilege).to_owned(),
        column: column.clone(),
    }));
}

/// The name of a role; empty for PUBLIC.
fn role_name(role: Oid) -> String {
    if role == pg_sys::InvalidOid {
        return String::new();
    }
    // SAFETY: takes any OID; `noerr`. The name is palloc'd, or NULL.
    unsafe { node::text(pg_sys::GetUserNameFromId(role, true)) }.unwrap_or_default()
}

/// Whether policies hold for the role; they do for PUBLIC.
fn is_bound(role: Oid) -> bool {
    // SAFETY: takes any OID; superusers count as having it.
    role == pg_sys::InvalidOid || unsafe { !pg_sys::has_bypassrls_privilege(role) }
}

/// Whether everybody may execute the function of a row of pg_proc. NULL stands for the default: everybody may.
pub fn public_execute(row: &Row) -> bool {
    !row.has("proacl") || row.acl("proacl").iter().any(|(grantee, p)| opens(*grantee, *p, pg_sys::ACL_EXECUTE))
}

fn opens(grantee: Oid, privileges: u64, wanted: u32) -> bool {
    grantee == pg_sys::InvalidOid && privileges & u64::from(wanted) != 0
}

/// What a GRANT or REVOKE says.
///
/// # Safety
/// `raw` points to a GrantStmt.
pub unsafe fn lower(raw: *mut pg_sys::GrantStmt, world: &World, target: Option<&Table>) -> GrantOrRevoke {
    use pg_sys::{GrantTargetType as T, ObjectType as O};
    // SAFETY: the fields of a GrantStmt; the objects of each kind are the nodes that the grammar gives them.
    unsafe {
        let statement = &*raw;
        let routines = matches!(statement.objtype, O::OBJECT_FUNCTION | O::OBJECT_PROCEDURE | O::OBJECT_ROUTINE);
        let on = match (statement.targtype, statement.objtype) {
            (T::ACL_TARGET_OBJECT, O::OBJECT_TABLE) => GrantedOn::Relations,
            (T::ACL_TARGET_OBJECT, O::OBJECT_SCHEMA) => GrantedOn::Schemas(node::strings(statement.objects)),
            (T::ACL_TARGET_OBJECT, _) if routines => GrantedOn::Routines(
                node::list::<pg_sys::ObjectWithArgs>(statement.objects)
                    .into_iter()
                    .filter_map(|routine| found_routine(routine, statement.objtype, world))
                    .collect(),
            ),
            (T::ACL_TARGET_ALL_IN_SCHEMA, O::OBJECT_TABLE) => {
                let mut schemas = node::strings(statement.objects);
                schemas.retain(|schema| !relations_of(schema, world).is_empty());
                GrantedOn::AllRelations(schemas)
            }
            (T::ACL_TARGET_ALL_IN_SCHEMA, _) if routines => GrantedOn::AllRoutines(node::strings(statement.objects)),
            _ => GrantedOn::Others,
        };
        let written = node::list::<pg_sys::AccessPriv>(statement.privileges);
        let relations = matches!(on, GrantedOn::Relations | GrantedOn::AllRelations(_));
        let all = |columns: bool| -> Vec<String> {
            let list: Vec<&str> = match (relations, columns, &on) {
                (true, true, _) => ON_COLUMNS.to_vec(),
                (true, false, _) => {
                    let since_17 = crate::pg::session::server_version_num() >= 170_000;
                    ON_RELATIONS.iter().map(|(_, name)| *name).filter(|name| since_17 || *name != "MAINTAIN").collect()
                }
                (_, _, GrantedOn::Schemas(_)) => vec!["USAGE", "CREATE"],
                (_, _, GrantedOn::Routines(_) | GrantedOn::AllRoutines(_)) => vec!["EXECUTE"],
                _ => Vec::new(),
            };
            list.into_iter().map(str::to_owned).collect()
        };
        let mut privileges: Vec<(String, Vec<String>)> = Vec::new();
        if written.is_empty() {
            privileges.extend(all(false).into_iter().map(|name| (name, Vec::new())));
        }
        for privilege in written {
            let columns = node::strings((*privilege).cols);
            match node::text((*privilege).priv_name) {
                Some(name) => privileges.push((name.to_uppercase(), columns)),
                None => privileges.extend(all(true).into_iter().map(|name| (name, columns.clone()))),
            }
        }
        let owner = match target.filter(|table| table.relation.oid != 0).map(|t| Oid::from(t.relation.oid)) {
            Some(oid) => Open::new(oid).map(|open| open.form().relowner),
            None => Some(pg_sys::GetUserId()),
        };
        let grantees = node::list::<pg_sys::RoleSpec>(statement.grantees);
        GrantOrRevoke {
            grant: statement.is_grant,
            option_only: !statement.is_grant && statement.grant_option,
            on,
            privileges,
            roles: grantees.into_iter().map(|role| grantee(role, owner)).collect(),
        }
    }
}

/// # Safety
/// `role` points to a RoleSpec.
unsafe fn grantee(role: *mut pg_sys::RoleSpec, owner: Option<Oid>) -> Grantee {
    use pg_sys::RoleSpecType as R;
    // SAFETY: the caller's promise; only ROLESPEC_CSTRING has a name.
    let oid = unsafe {
        match (*role).roletype {
            R::ROLESPEC_PUBLIC => return Grantee { name: String::new(), bound: true, owner: false },
            R::ROLESPEC_CSTRING => {
                let oid = pg_sys::get_role_oid((*role).rolename, true);
                if oid == pg_sys::InvalidOid {
                    let name = node::text((*role).rolename).unwrap_or_default();
                    return Grantee { name, bound: true, owner: false };
                }
                oid
            }
            R::ROLESPEC_SESSION_USER => pg_sys::GetSessionUserId(),
            _ => pg_sys::GetUserId(),
        }
    };
    Grantee { name: role_name(oid), bound: is_bound(oid), owner: Some(oid) == owner }
}

/// The function that GRANT names: in the text, or in the catalog.
///
/// # Safety
/// `routine` points to an ObjectWithArgs.
unsafe fn found_routine(
    routine: *mut pg_sys::ObjectWithArgs,
    kind: pg_sys::ObjectType::Type,
    world: &World,
) -> Option<Function> {
    // SAFETY: the caller's promise; `missing_ok`. An ERROR (a name that is not unique) is the server's own word on the statement.
    unsafe {
        if let Some(overlay) = &world.overlay {
            let name = node::name_of_strings((*routine).objname);
            let arguments: Vec<String> = node::list::<pg_sys::TypeName>((*routine).objargs)
                .into_iter()
                .map(|argument| {
                    let (data_type, _) = types::written(argument);
                    if data_type.oid == 0 {
                        data_type.name
                    } else {
                        types::known(Oid::from(data_type.oid), -1).name.clone()
                    }
                })
                .collect();
            let arguments = (!(*routine).args_unspecified).then_some(arguments);
            if let Some(function) = overlay.function(&name, arguments.as_deref()) {
                return Some(function.clone());
            }
        }
        let oid = pg_sys::LookupFuncWithArgs(kind, routine, true);
        routine_of(oid)
    }
}

fn routine_of(oid: Oid) -> Option<Function> {
    let mut found = None;
    catalog::by_oid(catalogs::PROC, oid, |row| found = aftermath::function(row));
    found
}

/// The tables, views and their like of a schema by name, with what each has of row level security in the catalog.
pub fn relations_of(schema: &str, world: &World) -> Vec<(String, bool)> {
    let mut found = Vec::new();
    if let Some(namespace) = catalog::schema(schema) {
        each_relation(namespace, |row| found.push((row.name("relname"), row.bool("relrowsecurity", false))));
    }
    if let Some(overlay) = &world.overlay {
        found.retain(|(name, _)| !matches!(overlay.table(schema, name), Some(None)));
        found.extend(overlay.new_relations_of(schema));
    }
    found
}

fn each_relation(namespace: Oid, mut each: impl FnMut(&Row)) {
    server::scan_all(catalogs::CLASS, "relnamespace", namespace, |row| {
        if matches!(row.char("relkind"), 'r' | 'p' | 'v' | 'm' | 'f') {
            each(row);
        }
    });
}

/// The tables whose rights the statement changes.
pub fn changed(statement: &Statement) -> Vec<&Table> {
    let named = || statement.target.iter().chain(&statement.others);
    match &statement.ddl {
        Ddl::Policy { .. } => statement.target.iter().collect(),
        Ddl::Drop(drop) if drop.kind == DropKind::Other("POLICY") => statement.target.iter().collect(),
        Ddl::Grant(change) if matches!(change.on, GrantedOn::Relations | GrantedOn::AllRelations(_)) => {
            named().collect()
        }
        Ddl::AlterTable(alter) if alter.commands.iter().any(|command| row_security_change(command).is_some()) => {
            statement.target.iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The tables with row level security of the schemas of GRANT ... ON ALL TABLES, which do not need to be named.
///
/// # Safety
/// `raw` points to a GrantStmt.
pub unsafe fn guarded_tables(raw: *mut pg_sys::GrantStmt, world: &World) -> Vec<Table> {
    // SAFETY: the caller's promise: the objects are strings.
    let schemas = unsafe { node::strings((*raw).objects) };
    let mut tables = Vec::new();
    for schema in schemas {
        for (name, guarded) in relations_of(&schema, world) {
            pgrx::check_for_interrupts!();
            if guarded {
                tables.extend(world.table(&Name { schema: Some(schema.clone()), name }));
            }
        }
    }
    tables
}

/// The relations that GRANT or REVOKE names.
///
/// # Safety
/// `raw` points to a GrantStmt.
pub unsafe fn named_relations(raw: *mut pg_sys::GrantStmt, world: &World) -> Vec<Table> {
    // SAFETY: the caller's promise: relations are given as RangeVars.
    unsafe {
        match ((*raw).targtype, (*raw).objtype) {
            (pg_sys::GrantTargetType::ACL_TARGET_OBJECT, pg_sys::ObjectType::OBJECT_TABLE) => {
                node::list::<pg_sys::RangeVar>((*raw).objects)
                    .into_iter()
                    .filter_map(|range| world.table(&node::name_of_range(range)))
                    .collect()
            }
            (pg_sys::GrantTargetType::ACL_TARGET_ALL_IN_SCHEMA, pg_sys::ObjectType::OBJECT_TABLE) => {
                guarded_tables(raw, world)
            }
            _ => Vec::new(),
        }
    }
}

/// The table of a policy that DROP names.
///
/// # Safety
/// `raw` points to a DropStmt.
pub unsafe fn table_of_dropped_policy(raw: *mut pg_sys::DropStmt, world: &World) -> Option<Table> {
    // SAFETY: the caller's promise; a policy is given as a list of strings: [schema,] table, policy.
    let mut parts = unsafe {
        if (*raw).removeType != pg_sys::ObjectType::OBJECT_POLICY {
            return None;
        }
        let first = node::list::<pg_sys::Node>((*raw).objects).into_iter().next()?;
        node::strings(node::cast::<pg_sys::List>(first, NodeTag::T_List)?)
    };
    parts.pop();
    let name = parts.pop()?;
    world.table(&Name { schema: parts.pop(), name })
}

/// Something that GRANT opened to PUBLIC, by its OID.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpenedNote {
    /// A relation.
    Relation(Oid),
    /// All relations of a schema.
    AllRelations(Oid),
    /// A schema.
    Schema(Oid),
    /// A function or procedure.
    Routine(Oid),
    /// All functions or procedures of a schema.
    AllRoutines(Oid),
}

/// What the statement does that is looked at when the transaction commits.
pub fn deeds(statement: &Statement) -> Vec<Deed> {
    let oid = |table: &Table| Oid::from(table.relation.oid);
    // What REVOKE leaves was so before.
    if matches!(&statement.ddl, Ddl::Grant(change) if !change.grant) {
        return Vec::new();
    }
    let mut deeds: Vec<Deed> = changed(statement).into_iter().map(|table| Deed::Rights(oid(table))).collect();
    let Ddl::Grant(change) = &statement.ddl else { return deeds };
    if !change.opens() {
        return deeds;
    }
    let of_schemas = |schemas: &[String], note: fn(Oid) -> OpenedNote| -> Vec<OpenedNote> {
        schemas.iter().filter_map(|schema| catalog::schema(schema)).map(note).collect()
    };
    let notes = match &change.on {
        GrantedOn::Relations => {
            statement.target.iter().chain(&statement.others).map(|table| OpenedNote::Relation(oid(table))).collect()
        }
        GrantedOn::AllRelations(schemas) => of_schemas(schemas, OpenedNote::AllRelations),
        GrantedOn::Schemas(schemas) => of_schemas(schemas, OpenedNote::Schema),
        GrantedOn::Routines(list) => list.iter().map(|routine| OpenedNote::Routine(Oid::from(routine.oid))).collect(),
        GrantedOn::AllRoutines(schemas) => of_schemas(schemas, OpenedNote::AllRoutines),
        GrantedOn::Others => Vec::new(),
    };
    deeds.extend(notes.into_iter().map(Deed::Opened));
    deeds
}

/// What is left at the end of what GRANT opened, asked of the catalog.
pub fn opened(notes: &[OpenedNote]) -> Vec<Opened> {
    let mut found = Vec::new();
    for (n, note) in notes.iter().enumerate() {
        pgrx::check_for_interrupts!();
        if notes[..n].contains(note) {
            continue;
        }
        let of = |object, privileges| Opened { object, privileges, position: 0 };
        match *note {
            OpenedNote::Relation(oid) => {
                let Some(relation) = catalog::relation(oid) else { continue };
                found.push(of(OpenedObject::Relation(relation), self::of(oid).of_public()));
            }
            OpenedNote::AllRelations(schema) => {
                let mut all = 0;
                each_relation(schema, |row| {
                    for (grantee, privileges) in row.acl("relacl") {
                        all |= if grantee == pg_sys::InvalidOid { privileges } else { 0 };
                    }
                });
                let names = ON_RELATIONS.iter().filter(|(bit, _)| all & bit != 0);
                let mut names: Vec<String> = names.map(|(_, name)| (*name).to_owned()).collect();
                names.sort();
                found.push(of(OpenedObject::AllRelations(catalog::schema_name(schema)), names));
            }
            OpenedNote::Schema(schema) => {
                let mut names = Vec::new();
                catalog::by_oid(catalogs::NAMESPACE, schema, |row| {
                    if row.acl("nspacl").iter().any(|(grantee, p)| opens(*grantee, *p, pg_sys::ACL_CREATE)) {
                        names.push("CREATE".to_owned());
                    }
                });
                found.push(of(OpenedObject::Schema(catalog::schema_name(schema)), names));
            }
            OpenedNote::Routine(oid) => found.extend(routine_of(oid).map(opened_routine)),
            OpenedNote::AllRoutines(schema) => {
                server::scan_all(catalogs::PROC, "pronamespace", schema, |row| {
                    if row.bool("prosecdef", false) {
                        found.extend(aftermath::function(row).map(opened_routine));
                    }
                });
            }
        }
    }
    found.retain(|opened| !opened.privileges.is_empty());
    found
}

fn opened_routine(routine: Function) -> Opened {
    let privileges = if *routine.public_execute { vec!["EXECUTE".to_owned()] } else { Vec::new() };
    Opened { object: OpenedObject::Routine(routine), privileges, position: 0 }
}
