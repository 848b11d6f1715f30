//! Facts: the only layer that reads PostgreSQL's parse trees and catalogs.
//!
//! It lowers them to the engine's owned types and judges nothing. It takes no transaction id, waits for no lock and takes none
//! on a user's relation: everything comes from the relation cache, the system caches and scans of catalogs.

mod aftermath;
mod again;
pub mod attributes;
mod body;
mod catalog;
mod dependency;
mod emptied;
mod enums;
mod estimate;
mod expression;
mod impact;
mod locks;
mod lower;
mod mentions;
mod node;
mod overlay;
mod partition_bound;
mod partition_coverage;
mod publications;
mod readers;
mod renamed;
mod rights;
pub mod script;
mod searches;
mod server;
mod simplify;
pub mod speeds;
mod transaction;
mod types;
mod walk;
mod world;

use engine::facts::{Ddl, DropKind, Existing, Name, RelationKind, Renamed, Statement};
use pgrx::pg_sys::{self, NodeTag};

pub use aftermath::aftermath;
pub use catalog::{about_to_be_lost, size_on_disk};
pub use rights::OpenedNote;
pub use server::parent_of_partition;
pub use transaction::{add_locks_held_on, deeds, transaction_at_commit, transaction_with_locks};

use world::World;

/// Asks the server to tell about changes of what is remembered here. Once, while the library is loaded.
pub fn watch() {
    types::watch();
    mentions::watch();
}

/// Whether any rule could care about a statement of this kind. Cheap: one look at the tag.
pub fn judged_node(raw: *mut pg_sys::Node) -> bool {
    // SAFETY: NULL, or a node of the server's.
    let tag = unsafe { node::tag(raw) };
    matches!(
        tag,
        NodeTag::T_CreateStmt
            | NodeTag::T_CreateForeignTableStmt
            | NodeTag::T_IndexStmt
            | NodeTag::T_AlterTableStmt
            | NodeTag::T_RenameStmt
            | NodeTag::T_AlterObjectSchemaStmt
            | NodeTag::T_DropStmt
            | NodeTag::T_CreateSchemaStmt
            | NodeTag::T_RefreshMatViewStmt
            | NodeTag::T_CreateTrigStmt
            | NodeTag::T_ViewStmt
            | NodeTag::T_ReindexStmt
            | NodeTag::T_AlterDomainStmt
            | NodeTag::T_AlterSeqStmt
            | NodeTag::T_AlterEnumStmt
            | NodeTag::T_CreateTableAsStmt
            | NodeTag::T_RuleStmt
            | NodeTag::T_CreatePolicyStmt
            | NodeTag::T_AlterPolicyStmt
            | NodeTag::T_GrantStmt
    )
}

/// The statements that a statement holds: the elements of CREATE SCHEMA; else the statement itself.
pub fn elements(raw: *mut pg_sys::Node) -> Vec<*mut pg_sys::Node> {
    // SAFETY: NULL, or a node of the server's; a CreateSchemaStmt's elements are a list of statements.
    unsafe {
        match node::cast::<pg_sys::CreateSchemaStmt>(raw, NodeTag::T_CreateSchemaStmt) {
            Some(schema) => node::list((*schema).schemaElts),
            None => vec![raw],
        }
    }
}

/// The facts of a statement that is about to run. Raises an ERROR or panics where the server does not answer: call it
/// inside `attempt`.
pub fn statement(raw: *mut pg_sys::Node) -> Statement {
    // What other sessions committed since this backend last looked.
    // SAFETY: allowed at any point of a transaction.
    unsafe { pg_sys::AcceptInvalidationMessages() };
    // SAFETY: a statement that the server gave us.
    unsafe { analyse(raw, &World { new_values: crate::hooks::memory::new_values(), ..World::default() }, 0) }
}

/// The facts of a statement against a world.
///
/// # Safety
/// `raw` points to a raw statement.
unsafe fn analyse(raw: *mut pg_sys::Node, world: &World, position: usize) -> Statement {
    // SAFETY: each node is read as its tag says.
    unsafe {
        let mut statement = Statement::new(lower::tag(raw), Ddl::Other(String::new()));
        statement.position = position;
        find_target(raw, world, &mut statement);
        statement.ddl = lower::ddl(raw, world, statement.target.as_ref());
        find_existing(world, &mut statement);
        statement.object_is_new = impact::object_is_new(raw);
        statement.renamed_object = renamed::object(raw, &statement);
        statement.made_type = renamed::made_type(raw);
        impact::fill(raw, &mut statement, world);
        statement.replica_identity = publications::identity(raw);
        if world.overlay.is_some() {
            if let Ddl::CreateTable(create) = &statement.ddl {
                statement.falls_into = world.publications_of(create.name.schema.as_deref());
                if let Some(parent) = statement.others.last().filter(|_| create.partition_of.is_some()) {
                    let _: (&Vec<String>, &Option<_>) = (&parent.publishers, &parent.root);
                }
            }
            if let Ddl::CreateTableAs(create) = &statement.ddl
                && !create.materialized
                && !create.temporary
            {
                statement.falls_into = world.publications_of(create.name.schema.as_deref());
            }
            if let Ddl::SetSchema(set) = &statement.ddl {
                statement.falls_into = world.publications_of(Some(&set.schema));
            }
            if let (Some(_), Some(table)) = (&statement.replica_identity, &statement.target) {
                let _: (&Vec<String>, &Option<_>) = (&table.publishers, &table.root);
            }
            if matches!(statement.ddl, Ddl::Publication { .. }) {
                statement.others.iter().for_each(|table| {
                    let _: (&Vec<String>, &Option<_>) = (&table.publishers, &table.root);
                });
            }
            // A text's statements are applied when nothing can be read any more.
            rights::changed(&statement).into_iter().for_each(|table| {
                let _: &engine::facts::Rights = &table.rights;
            });
        }
        statement.new_values = enums::used(raw, &statement, world);
        statement
    }
}

/// Finds what the statement is about, as it will find it.
///
/// # Safety
/// `raw` points to a raw statement.
unsafe fn find_target(raw: *mut pg_sys::Node, world: &World, statement: &mut Statement) {
    // SAFETY: each node is read as its tag says.
    unsafe {
        let mut by_name = |name: &Name, may_be_index: bool| {
            if may_be_index && let Some((index, table)) = world.index(name) {
                statement.index = Some(index);
                statement.target = Some(table);
            } else {
                statement.target = world.table(name);
            }
        };
        match node::tag(raw) {
            NodeTag::T_IndexStmt => {
                by_name(&node::name_of_range((*raw.cast::<pg_sys::IndexStmt>()).relation), false);
            }
            NodeTag::T_AlterTableStmt => {
                by_name(&node::name_of_range((*raw.cast::<pg_sys::AlterTableStmt>()).relation), true);
            }
            NodeTag::T_RenameStmt => {
                let range = (*raw.cast::<pg_sys::RenameStmt>()).relation;
                if !range.is_null() {
                    by_name(&node::name_of_range(range), true);
                }
            }
            NodeTag::T_AlterObjectSchemaStmt => {
                let range = (*raw.cast::<pg_sys::AlterObjectSchemaStmt>()).relation;
                if !range.is_null() {
                    by_name(&node::name_of_range(range), false);
                }
            }
            NodeTag::T_RefreshMatViewStmt => {
                by_name(&node::name_of_range((*raw.cast::<pg_sys::RefreshMatViewStmt>()).relation), false);
            }
            NodeTag::T_CreateTrigStmt => {
                by_name(&node::name_of_range((*raw.cast::<pg_sys::CreateTrigStmt>()).relation), false);
            }
            NodeTag::T_RuleStmt => by_name(&node::name_of_range((*raw.cast::<pg_sys::RuleStmt>()).relation), false),
            NodeTag::T_CreatePolicyStmt => {
                by_name(&node::name_of_range((*raw.cast::<pg_sys::CreatePolicyStmt>()).table), false);
            }
            NodeTag::T_AlterPolicyStmt => {
                by_name(&node::name_of_range((*raw.cast::<pg_sys::AlterPolicyStmt>()).table), false);
            }
            NodeTag::T_CreateTableAsStmt => {
                let query = (*raw.cast::<pg_sys::CreateTableAsStmt>()).query;
                statement.others = match node::cast::<pg_sys::Query>(query, NodeTag::T_Query) {
                    Some(query) => {
                        let read = walk::analysed_relations(query);
                        read.into_iter().filter_map(|oid| world.table_by_oid(oid)).collect()
                    }
                    None => {
                        let roots = walk::roots(raw);
                        let read: Vec<Name> = roots.into_iter().flat_map(|root| walk::relations(root)).collect();
                        read.iter().filter_map(|name| world.table(name)).collect()
                    }
                };
            }
            NodeTag::T_SelectStmt => {
                let select: *mut pg_sys::SelectStmt = raw.cast();
                let into = (*select).intoClause;
                if !into.is_null() {
                    // The new table is none that the query reads, whatever its name.
                    (*select).intoClause = std::ptr::null_mut();
                    let read = walk::relations(raw);
                    (*select).intoClause = into;
                    statement.others = read.iter().filter_map(|name| world.table(name)).collect();
                }
            }
            NodeTag::T_ReindexStmt => {
                let range = (*raw.cast::<pg_sys::ReindexStmt>()).relation;
                if !range.is_null() {
                    by_name(&node::name_of_range(range), true);
                }
            }
            NodeTag::T_AlterSeqStmt => {
                by_name(&node::name_of_range((*raw.cast::<pg_sys::AlterSeqStmt>()).sequence), false);
            }
            NodeTag::T_TruncateStmt | NodeTag::T_VacuumStmt | NodeTag::T_ClusterStmt | NodeTag::T_LockStmt => {
                let names = match lower::ddl(raw, world, None) {
                    Ddl::Truncate { tables, .. } | Ddl::Vacuum { tables, .. } | Ddl::LockTable { tables, .. } => tables,
                    Ddl::Cluster { table, .. } => table.into_iter().collect(),
                    _ => Vec::new(),
                };
                let mut found = names.iter().filter_map(|name| world.table(name));
                statement.target = found.next();
                statement.others = found.collect();
            }
            NodeTag::T_CreatePublicationStmt | NodeTag::T_AlterPublicationStmt => {
                statement.others = publications::tables(raw, world);
            }
            NodeTag::T_GrantStmt => {
                let mut named = rights::named_relations(raw.cast(), world).into_iter();
                statement.target = named.next();
                statement.others = named.collect();
            }
            NodeTag::T_DropStmt => {
                statement.target = rights::table_of_dropped_policy(raw.cast(), world);
                if let Ddl::Drop(drop) = lower::ddl(raw, world, None)
                    && let DropKind::Relation(kind) = drop.kind
                {
                    for name in &drop.names {
                        let (index, found) = if kind == RelationKind::Index {
                            world.index(name).map_or((None, None), |(index, table)| (Some(index), Some(table)))
                        } else {
                            (None, world.table(name))
                        };
                        match (statement.target.is_none(), found) {
                            (true, Some(table)) => {
                                statement.index = index;
                                statement.target = Some(table);
                            }
                            (false, Some(table)) => statement.others.push(table),
                            (_, None) => {}
                        }
                    }
                }
            }
            NodeTag::T_InsertStmt
            | NodeTag::T_UpdateStmt
            | NodeTag::T_DeleteStmt
            | NodeTag::T_MergeStmt
            | NodeTag::T_CopyStmt => {
                if let Ddl::Dml(dml) = lower::ddl(raw, world, None) {
                    by_name(&dml.table, false);
                }
            }
            _ => {}
        }
    }
}

/// The name with the schema that TEMPORARY gives it.
fn in_place(name: &Name, temporary: bool) -> Name {
    let schema = if temporary { Some(overlay::TEMPORARY.to_owned()) } else { name.schema.clone() };
    Name { schema, name: name.name.clone() }
}

/// Finds an object that has the new name already.
fn find_existing(world: &World, statement: &mut Statement) {
    let name = match &statement.ddl {
        Ddl::CreateTable(create) => Some(in_place(&create.name, create.temporary)),
        Ddl::CreateTableAs(create) => Some(in_place(&create.name, create.temporary)),
        Ddl::CreateView(name) | Ddl::CreateSequence(name) => Some(name.clone()),
        Ddl::CreateIndex(create) => match (&create.name, &statement.target) {
            // An index lives in the schema of its table.
            (Some(name), Some(table)) => {
                let name = Name { schema: Some(table.relation.schema.clone()), name: name.clone() };
                if let Some((index, table)) = world.index(&name) {
                    let relation = world.existing(&name).unwrap_or_else(|| engine::facts::Relation {
                        oid: index.oid,
                        schema: index.schema.clone(),
                        name: index.name.clone(),
                        kind: RelationKind::Index,
                        ..Default::default()
                    });
                    let table = Some(Box::new(table));
                    statement.existing = Some(Existing { relation, index: Some(index), table });
                    return;
                }
                Some(name)
            }
            _ => None,
        },
        Ddl::Rename(rename) if matches!(rename.what, Renamed::Relation(_)) => None,
        _ => None,
    };
    let Some((name, relation)) = name.and_then(|name| world.existing(&name).map(|relation| (name, relation))) else {
        return;
    };
    // Only CREATE TABLE IF NOT EXISTS asks what is there.
    let compared = matches!(&statement.ddl, Ddl::CreateTable(create) if create.if_not_exists);
    let there = Name { schema: Some(relation.schema.clone()), name: name.name };
    let table = if compared { world.table(&there).map(Box::new) } else { None };
    statement.existing = Some(Existing { relation, index: None, table });
}
