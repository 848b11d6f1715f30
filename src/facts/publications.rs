//! Publications: which tables fall into them, and whether the rows of those can be named.

use engine::facts::{Ddl, Name, RelationKind, ReplicaIdentity, Table};
use pgrx::pg_sys::{self, NodeTag, Oid};
use std::collections::HashSet;
use std::ffi::CStr;

use super::catalog::{self, Open};
use super::node;
use super::server::{self, catalog as catalogs};
use super::world::World;

/// The publications that publish UPDATEs or DELETEs of the table, by name: by the table, its schema, its partitioned parents, or FOR ALL
/// TABLES.
pub fn publishers(oid: Oid) -> Vec<String> {
    let Some(open) = Open::new(oid).filter(|open| open.kind().is_table()) else { return Vec::new() };
    // SAFETY: a form of a table; the functions take any OID and give lists of OIDs.
    let found = unsafe {
        if !pg_sys::is_publishable_relation(open.0) {
            return Vec::new();
        }
        let mut found = node::oids(pg_sys::GetAllTablesPublications());
        for table in std::iter::once(oid).chain(server::ancestors(oid)) {
            found.extend(node::oids(pg_sys::GetRelationPublications(table)));
            found.extend(node::oids(pg_sys::GetSchemaPublications(pg_sys::get_rel_namespace(table))));
        }
        found
    };
    let mut names: Vec<String> = found.into_iter().filter_map(publisher).collect();
    names.sort();
    names.dedup();
    names
}

/// The name of a publication that publishes UPDATEs or DELETEs.
fn publisher(publication: Oid) -> Option<String> {
    // SAFETY: a publication that the catalog just told of; the result is palloc'd.
    unsafe {
        let publication = &*pg_sys::GetPublication(publication);
        let changes = publication.pubactions.pubupdate || publication.pubactions.pubdelete;
        node::text(publication.name).filter(|_| changes)
    }
}

/// Whether publications publish all that is in the schema.
pub fn hold_schema(schema: Oid) -> bool {
    // SAFETY: takes any OID and gives a list of OIDs.
    unsafe { !node::oids(pg_sys::GetSchemaPublications(schema)).is_empty() }
}

/// The publications that a new table of the schema falls into.
pub fn of_new_table(schema: &str) -> Vec<String> {
    // SAFETY: these take any OID and give lists of OIDs.
    let found = unsafe {
        let mut found = node::oids(pg_sys::GetAllTablesPublications());
        if let Some(schema) = catalog::schema(schema) {
            found.extend(node::oids(pg_sys::GetSchemaPublications(schema)));
        }
        found
    };
    found.into_iter().filter_map(publisher).collect()
}

/// The ordinary tables of a schema, or of all, whose rows cannot be named: they have no identity that UPDATE and DELETE of a published
/// table need (`CheckCmdReplicaIdentity`). Reads the catalogs once, whatever the number of tables.
pub fn unidentified(schema: Option<Oid>) -> Vec<Oid> {
    let (mut primary, mut chosen) = (HashSet::new(), HashSet::new());
    server::scan_everything(catalogs::INDEX, |row| {
        let immediate = row.bool("indisvalid", false) && row.bool("indimmediate", false);
        if immediate && row.bool("indisprimary", false) {
            primary.insert(row.oid("indrelid"));
        }
        if immediate && row.bool("indisreplident", false) {
            chosen.insert(row.oid("indrelid"));
        }
    });
    let mut found = Vec::new();
    let mut look = |row: &server::Row| {
        let oid = row.oid("oid");
        let of_users = oid.to_u32() >= pg_sys::FirstNormalObjectId;
        let named = match row.char("relreplident") {
            'f' => true,
            'd' => primary.contains(&oid),
            'i' => chosen.contains(&oid),
            _ => false,
        };
        if of_users && !named && row.char("relkind") == 'r' && row.char("relpersistence") == 'p' {
            found.push(oid);
        }
    };
    match schema {
        Some(schema) => server::scan_all(catalogs::CLASS, "relnamespace", schema, look),
        None => server::scan_everything(catalogs::CLASS, &mut look),
    }
    found
}

/// The tables that a change of a publication, or of what it holds, may have brought in: `class` and `object` are what was touched.
pub fn brought_in(class: u32, object: Oid) -> Vec<Oid> {
    match class {
        catalogs::PUBLICATION_REL => {
            let mut found = Vec::new();
            catalog::by_oid(class, object, |row| found = leaves(row.oid("prrelid")));
            found
        }
        catalogs::PUBLICATION_NAMESPACE => {
            let mut found = Vec::new();
            catalog::by_oid(class, object, |row| found = unidentified(Some(row.oid("pnnspid"))));
            found
        }
        _ => {
            let mut everything = false;
            catalog::by_oid(class, object, |row| everything = row.bool("puballtables", false));
            // CREATE PUBLICATION does not tell of its tables and schemas one by one, as ALTER PUBLICATION does.
            if everything { unidentified(None) } else { members(object) }
        }
    }
}

/// The tables without identity that a publication holds by name or by schema.
fn members(publication: Oid) -> Vec<Oid> {
    // SAFETY: these take any OID and give lists of OIDs.
    let (tables, schemas) = unsafe {
        let part = pg_sys::PublicationPartOpt::PUBLICATION_PART_LEAF;
        (
            node::oids(pg_sys::GetPublicationRelations(publication, part)),
            node::oids(pg_sys::GetPublicationSchemas(publication)),
        )
    };
    tables.into_iter().chain(schemas.into_iter().flat_map(|schema| unidentified(Some(schema)))).collect()
}

/// The table, or the partitions in which its rows lie.
pub fn leaves(oid: Oid) -> Vec<Oid> {
    let Some(open) = Open::new(oid) else { return Vec::new() };
    if open.kind() != RelationKind::PartitionedTable {
        return vec![oid];
    }
    let stored = |oid: &Oid| Open::new(*oid).is_some_and(|open| open.kind() == RelationKind::Table);
    server::all_inheritors(oid).into_iter().filter(stored).collect()
}

/// What CREATE PUBLICATION or ALTER PUBLICATION says: its name, and whether it publishes UPDATEs or DELETEs.
///
/// # Safety
/// `raw` points to a CreatePublicationStmt or an AlterPublicationStmt.
pub unsafe fn lower(raw: *mut pg_sys::Node, world: &World) -> Ddl {
    // SAFETY: the caller's promise; the options are DefElems.
    unsafe {
        let (name, options) = if node::tag(raw) == NodeTag::T_CreatePublicationStmt {
            let create = &*raw.cast::<pg_sys::CreatePublicationStmt>();
            (create.pubname, create.options)
        } else {
            let alter = &*raw.cast::<pg_sys::AlterPublicationStmt>();
            (alter.pubname, alter.options)
        };
        let publish = node::list::<pg_sys::DefElem>(options)
            .into_iter()
            .find(|option| CStr::from_ptr((**option).defname) == c"publish")
            .and_then(|option| node::text(pg_sys::defGetString(option)));
        let text = node::text(name).unwrap_or_default();
        let changes = match publish {
            Some(list) => list.split(',').any(|word| matches!(word.trim(), "update" | "delete")),
            None => {
                let known = world.overlay.as_ref().and_then(|overlay| overlay.publication(&text));
                known.unwrap_or_else(|| {
                    let oid = pg_sys::get_publication_oid(name, true);
                    oid == pg_sys::InvalidOid || publisher(oid).is_some()
                })
            }
        };
        let (objects, everything) = held(raw);
        let schemas = node::list::<pg_sys::PublicationObjSpec>(objects).into_iter().filter_map(|o| schema_of(o, world));
        Ddl::Publication { name: text, changes, everything, schemas: schemas.collect() }
    }
}

/// The objects that the statement brings in, and whether it is FOR ALL TABLES.
///
/// # Safety
/// `raw` points to a CreatePublicationStmt or an AlterPublicationStmt.
unsafe fn held(raw: *mut pg_sys::Node) -> (*mut pg_sys::List, bool) {
    // SAFETY: the caller's promise.
    unsafe {
        if let Some(create) = node::cast::<pg_sys::CreatePublicationStmt>(raw, NodeTag::T_CreatePublicationStmt) {
            return ((*create).pubobjects, (*create).for_all_tables);
        }
        let alter = &*raw.cast::<pg_sys::AlterPublicationStmt>();
        let drops = alter.action == pg_sys::AlterPublicationAction::AP_DropObjects;
        (if drops { std::ptr::null_mut() } else { alter.pubobjects }, false)
    }
}

/// The schema that is meant with all its tables; none for a table.
///
/// # Safety
/// `object` points to a PublicationObjSpec.
unsafe fn schema_of(object: *mut pg_sys::PublicationObjSpec, world: &World) -> Option<String> {
    // SAFETY: the caller's promise; only tables have a PublicationTable.
    unsafe {
        if (*object).pubobjtype == pg_sys::PublicationObjSpecType::PUBLICATIONOBJ_TABLES_IN_CUR_SCHEMA {
            return world.creation_schema();
        }
        if (*object).pubtable.is_null() { node::text((*object).name) } else { None }
    }
}

/// The tables in which the rows lie that the statement of a text brings into a publication, or that it changes the publishing of.
///
/// # Safety
/// `raw` points to a CreatePublicationStmt or an AlterPublicationStmt.
pub unsafe fn tables(raw: *mut pg_sys::Node, world: &World) -> Vec<Table> {
    let Some(overlay) = &world.overlay else { return Vec::new() };
    // SAFETY: the caller's promise; `missing_ok`. A change of options alone concerns what is in it already.
    let ((objects, everything), mut oids) = unsafe {
        let mut touched = Vec::new();
        if let Some(alter) = node::cast::<pg_sys::AlterPublicationStmt>(raw, NodeTag::T_AlterPublicationStmt) {
            let oid = pg_sys::get_publication_oid((*alter).pubname, true);
            if !(*alter).options.is_null() && oid != pg_sys::InvalidOid {
                touched = brought_in(catalogs::PUBLICATION, oid);
            }
        }
        (held(raw), touched)
    };
    let (mut tables, mut schemas) = (Vec::new(), Vec::new());
    // SAFETY: a list of PublicationObjSpec nodes; a PublicationTable has a RangeVar.
    unsafe {
        for object in node::list::<pg_sys::PublicationObjSpec>(objects) {
            schemas.extend(schema_of(object, world));
            let table = (*object).pubtable;
            if table.is_null() {
                continue;
            }
            let name: Name = node::name_of_range((*table).relation);
            let Some(named) = world.table(&name) else { continue };
            if named.relation.kind == RelationKind::PartitionedTable {
                oids.extend(leaves(Oid::from(named.relation.oid)));
                tables.extend(overlay.new_children(named.relation.oid));
            } else {
                tables.push(named);
            }
        }
    }
    for schema in &schemas {
        oids.extend(catalog::schema(schema).map(|oid| unidentified(Some(oid))).unwrap_or_default());
    }
    if everything {
        oids.extend(unidentified(None));
    }
    let new = overlay.stored_tables(|schema| everything || schemas.iter().any(|name| name == schema));
    tables.extend(oids.into_iter().filter_map(|oid| world.table_by_oid(oid)));
    tables.extend(new);
    tables
}

/// The identity that ALTER TABLE gives the table, with the index that it names; none where it says nothing of it.
///
/// # Safety
/// `raw` points to a raw statement.
pub unsafe fn identity(raw: *mut pg_sys::Node) -> Option<(ReplicaIdentity, Option<String>)> {
    // SAFETY: the caller's promise; each node is read as its tag says.
    unsafe {
        let alter = node::cast::<pg_sys::AlterTableStmt>(raw, NodeTag::T_AlterTableStmt)?;
        let commands = node::list::<pg_sys::AlterTableCmd>((*alter).cmds);
        let last = commands.into_iter().rfind(|c| (**c).subtype == pg_sys::AlterTableType::AT_ReplicaIdentity)?;
        let def = node::cast::<pg_sys::ReplicaIdentityStmt>((*last).def, NodeTag::T_ReplicaIdentityStmt)?;
        let identity = match (*def).identity_type as u8 {
            b'f' => ReplicaIdentity::Full,
            b'i' => ReplicaIdentity::Index,
            b'n' => ReplicaIdentity::Nothing,
            _ => ReplicaIdentity::Default,
        };
        Some((identity, node::text((*def).name)))
    }
}
