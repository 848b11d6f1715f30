//! RENAME, SET SCHEMA, DROP, REFRESH, CREATE TRIGGER, CREATE OR REPLACE VIEW.

use engine::facts::*;
use pgrx::pg_sys;

use super::super::dependency::Address;
use super::super::server::catalog as catalogs;
use super::super::world::World;
use super::super::{catalog, node, server};
use super::{Builder, has_children};

impl Builder<'_> {
    /// `RenameRelation`, `renameatt`, `RenameConstraint`.
    pub(super) fn rename(&mut self, statement: &mut Statement) {
        let Ddl::Rename(rename) = &statement.ddl else { return };
        if matches!(rename.what, Renamed::Other("TYPE")) {
            if let Some(table) = self.world.table(&rename.target)
                && table.relation.kind == RelationKind::CompositeType
            {
                self.touch(&table.relation, Role::Target, LockMode::AccessExclusive);
            }
            return;
        }
        if let Some(index) = &statement.index {
            // ALTER INDEX RENAME is content with SHARE UPDATE EXCLUSIVE; ALTER TABLE on an index is not.
            let lock = match rename.what {
                Renamed::Relation(RelationKind::Index) => LockMode::ShareUpdateExclusive,
                _ => LockMode::AccessExclusive,
            };
            self.touch_oid(pg_sys::Oid::from(index.oid), Role::Target, lock);
            return;
        }
        let Some(table) = &statement.target else {
            statement.nothing_to_do = rename.if_exists;
            return;
        };
        if matches!(rename.what, Renamed::Attribute(_)) {
            self.rename_attribute(&table.clone());
            return;
        }
        // renametrig: the partitions, whether they have a part of the trigger or not.
        if matches!(rename.what, Renamed::Other("TRIGGER")) && table.relation.kind == RelationKind::PartitionedTable {
            for child in self.descendants(&table.clone()) {
                self.touch(&child.relation, Role::Child, LockMode::AccessExclusive);
            }
        }
        self.touch(&table.relation, Role::Target, LockMode::AccessExclusive);
        let recurses = match &rename.what {
            Renamed::Column(_) => true,
            Renamed::Constraint(name) => {
                let constraint = table.constraint(name).cloned();
                // A key's constraint takes its index's name along.
                if let Some(index) = constraint
                    .as_ref()
                    .and_then(|c| table.indexes.iter().find(|i| i.constraint.as_deref() == Some(c.name.as_str())))
                    && index.oid != 0
                {
                    self.touch_oid(pg_sys::Oid::from(index.oid), Role::Index, LockMode::ShareUpdateExclusive);
                }
                constraint
                    .is_some_and(|c| matches!(c.kind, ConstraintKind::Check | ConstraintKind::NotNull) && !c.no_inherit)
            }
            _ => false,
        };
        if recurses {
            let table = table.clone();
            for child in self.descendants(&table) {
                self.touch(&child.relation, Role::Child, LockMode::AccessExclusive);
            }
        }
    }

    /// ALTER ... OWNER TO of what is no relation: the relation behind a composite type.
    ///
    /// # Safety
    /// `raw` points to an AlterOwnerStmt.
    pub(super) unsafe fn change_owner(&mut self, raw: *mut pg_sys::AlterOwnerStmt) {
        // SAFETY: the caller's promise; the object of a type is a list of strings; `missing_ok`.
        unsafe {
            if (*raw).objectType == pg_sys::ObjectType::OBJECT_TYPE
                && let Some(name) = node::cast::<pg_sys::List>((*raw).object, pg_sys::NodeTag::T_List)
            {
                let name = pg_sys::makeTypeNameFromNameList(name);
                let oid = pg_sys::LookupTypeNameOid(std::ptr::null_mut(), name, true);
                self.composite_lock(pg_sys::get_typ_typrelid(oid));
            }
        }
    }

    /// `AlterTableNamespaceInternal`: the sequences of its columns move along.
    pub(super) fn set_schema(&mut self, statement: &mut Statement) {
        let Ddl::SetSchema(_) = &statement.ddl else { return };
        let Some(table) = &statement.target else { return };
        self.touch(&table.relation, Role::Target, LockMode::AccessExclusive);
        if table.relation.oid != 0 && table.relation.kind.is_table() {
            // SAFETY: returns a list of OIDs.
            let sequences = unsafe { node::oids(pg_sys::getOwnedSequences(pg_sys::Oid::from(table.relation.oid))) };
            for sequence in sequences {
                self.touch_oid(sequence, Role::Sequence, LockMode::AccessExclusive);
            }
        }
    }

    /// # Safety
    /// `raw` points to the DropStmt that the statement was lowered from.
    pub(super) unsafe fn drop(&mut self, raw: *mut pg_sys::DropStmt, statement: &mut Statement) {
        let Ddl::Drop(drop) = statement.ddl.clone() else { return };
        self.impact.several_transactions = drop.concurrently;
        if let DropKind::Relation(kind) = drop.kind {
            self.drop_relations(kind, &drop, statement);
            return;
        }
        // SAFETY: the caller's promise.
        let mut roots = unsafe { other_objects(raw, self.world) };
        for root in roots.iter().filter(|root| root.class == catalogs::PROC) {
            catalog::by_oid(catalogs::PROC, root.object, |row| {
                self.impact.dropped_functions.extend(super::super::aftermath::function(row));
            });
        }
        // SAFETY: as above.
        if let Some(parts) = unsafe { self.parts_of_relations(raw) } {
            roots = parts;
            self.deletion_locks(&roots, Role::Target);
        }
        if roots.is_empty() {
            // SAFETY: the caller's promise.
            let known = unsafe { knows((*raw).removeType) };
            statement.nothing_to_do = drop.if_exists && !drop.names.is_empty() && known;
            return;
        }
        self.drop_with_dependents(0, &roots, drop.cascade, false);
    }

    /// The triggers, rules, policies and statistics that DROP names; none for other kinds.
    ///
    /// # Safety
    /// `raw` points to a DropStmt.
    unsafe fn parts_of_relations(&self, raw: *mut pg_sys::DropStmt) -> Option<Vec<Address>> {
        use pg_sys::ObjectType as O;
        // SAFETY: the caller's promise; the objects of these kinds are lists of strings.
        let (kind, names) = unsafe {
            let lists = node::list::<pg_sys::Node>((*raw).objects);
            ((*raw).removeType, lists.into_iter().map(|list| node::strings(list.cast())).collect::<Vec<_>>())
        };
        let (class, index, column) = match kind {
            O::OBJECT_TRIGGER => (catalogs::TRIGGER, catalogs::TRIGGER_RELID_INDEX, "tgname"),
            O::OBJECT_RULE => (catalogs::REWRITE, catalogs::REWRITE_RELID_INDEX, "rulename"),
            O::OBJECT_POLICY => (catalogs::POLICY, catalogs::POLICY_RELID_INDEX, "polname"),
            O::OBJECT_STATISTIC_EXT => {
                // SAFETY: lists of strings; `missing_ok`.
                let found = unsafe {
                    node::list::<pg_sys::List>((*raw).objects)
                        .into_iter()
                        .map(|name| pg_sys::get_statistics_object_oid(name, true))
                };
                return Some(
                    found
                        .filter(|oid| *oid != pg_sys::InvalidOid)
                        .map(|object| Address { class: catalogs::STATISTIC_EXT, object, sub: 0 })
                        .collect(),
                );
            }
            _ => return None,
        };
        let mut roots = Vec::new();
        for mut name in names {
            let Some(part) = name.pop() else { continue };
            let Some(relation) = name.pop() else { continue };
            let Some(table) = self.world.table(&Name { schema: name.pop(), name: relation }) else { continue };
            server::scan(class, index, &[pg_sys::Oid::from(table.relation.oid)], |row| {
                if row.name(column) == part {
                    roots.push(Address { class, object: row.oid("oid"), sub: 0 });
                }
            });
        }
        Some(roots)
    }

    /// DROP INDEX, with CASCADE or without: `findDependentObjects` refuses a part of what does not go too.
    fn refuse_part(&mut self, index: &Index, table: &Table, drop: &Drop) -> bool {
        let refusals = self.impact.refusals.len();
        let shown = index.sql();
        if let Some(constraint) = &*index.constraint {
            let remedy =
                format!("ALTER TABLE {} DROP CONSTRAINT {};", table.relation.sql(), engine::sql::ident(constraint));
            let why = format!("index {shown} serves the constraint {constraint}");
            self.refuse(0, RefusalKind::Dependents, why, remedy);
        } else if index.is_partition {
            let parent = server::parent_of_partition(pg_sys::Oid::from(index.oid));
            let named = |name: &Name| {
                self.world.index(name).is_some_and(|(named, _)| Some(pg_sys::Oid::from(named.oid)) == parent)
            };
            if !drop.names.iter().any(named) {
                let why = format!("index {shown} belongs to an index of the partitioned parent and goes only with it");
                let remedy = "Drop the index of the partitioned table: the indexes of its partitions go with it.";
                self.refuse(0, RefusalKind::Dependents, why, remedy);
            }
        }
        self.impact.refusals.len() > refusals
    }

    fn drop_relations(&mut self, kind: RelationKind, drop: &Drop, statement: &mut Statement) {
        let mut roots = Vec::new();
        let mut found = false;
        for name in &drop.names {
            if kind == RelationKind::Index {
                let Some((index, table)) = self.world.index(name) else { continue };
                found = true;
                if drop.concurrently {
                    self.refuse_concurrent_drop(&index, &table, drop);
                    self.touch(&table.relation, Role::IndexedTable, LockMode::ShareUpdateExclusive);
                    self.touch_oid(pg_sys::Oid::from(index.oid), Role::Target, LockMode::ShareUpdateExclusive);
                    continue;
                }
                let refused = self.refuse_part(&index, &table, drop);
                self.touch(&table.relation, Role::IndexedTable, LockMode::AccessExclusive);
                // RangeVarCallbackForDropRelation: the partitions too, whether they have a part of the index or not.
                if table.relation.kind == RelationKind::PartitionedTable {
                    for child in self.descendants(&table) {
                        self.touch(&child.relation, Role::Child, LockMode::AccessExclusive);
                    }
                }
                if index.oid != 0 {
                    self.touch_oid(pg_sys::Oid::from(index.oid), Role::Target, LockMode::AccessExclusive);
                }
                if index.oid != 0 && !refused {
                    roots.push(Address::relation(pg_sys::Oid::from(index.oid)));
                }
                continue;
            }
            let Some(table) = self.world.table(name) else { continue };
            found = true;
            self.touch(&table.relation, Role::Target, LockMode::AccessExclusive);
            // heap_drop_with_catalog: the parent of a partition that the text made, and its default partition.
            if table.relation.oid == 0
                && table.relation.is_partition
                && let Some(parent) = self.world.overlay.as_ref().and_then(|o| o.parent_of_new(&table.relation))
                && let Some(parent) = self.world.table_by_oid(pg_sys::Oid::from(parent))
            {
                self.touch(&parent.relation, Role::Parent, LockMode::AccessExclusive);
                if let Some(default) = self.default_partition(&parent) {
                    self.touch(&default.relation, Role::DefaultPartition, LockMode::AccessExclusive);
                }
            }
            if table.relation.oid != 0 {
                let oid = pg_sys::Oid::from(table.relation.oid);
                self.relation_drop_locks(oid, Role::Target);
                roots.push(Address::relation(oid));
                // What the text attached the catalog does not know to go too.
                let attached: Vec<Table> = match &self.world.overlay {
                    Some(overlay) if overlay.lineage_changed() => self.descendants(&table),
                    _ => Vec::new(),
                };
                for child in attached {
                    let child = pg_sys::Oid::from(child.relation.oid);
                    if self.world.overlay.as_ref().is_some_and(|overlay| overlay.has_left(child.to_u32())) {
                        self.relation_drop_locks(child, Role::Target);
                        self.impact.goes.push((catalogs::CLASS, child.to_u32(), 0));
                        roots.push(Address::relation(child));
                    }
                }
            }
        }
        if !found {
            statement.nothing_to_do = drop.if_exists;
            return;
        }
        // Before a DROP TABLE runs, the walk over everything that depends on it would cost as much as the DROP. Without CASCADE it
        // takes only parts of the table; what others notice is the lock on the tables that its foreign keys refer to.
        let tables: Vec<Table> = statement.target.iter().chain(&statement.others).cloned().collect();
        if self.world.overlay.is_none()
            && !drop.cascade
            && kind != RelationKind::Index
            && tables.iter().all(|table| table.relation.kind == RelationKind::Table && !has_children(table))
        {
            for key in tables.iter().flat_map(Table::foreign_keys) {
                self.touch_oid(pg_sys::Oid::from(key.referenced), Role::Dependent, LockMode::AccessExclusive);
            }
            return;
        }
        self.drop_with_dependents(0, &roots, drop.cascade, false);
    }

    /// DROP INDEX CONCURRENTLY: `RemoveRelations`, `dependency.c`.
    fn refuse_concurrent_drop(&mut self, index: &Index, table: &Table, drop: &Drop) {
        let shown = index.sql();
        let why = if table.relation.kind == RelationKind::PartitionedTable {
            Some(format!(
                "DROP INDEX CONCURRENTLY does not exist for indexes of partitioned tables, and {} is one",
                table.relation.display()
            ))
        } else if index.is_partition {
            Some(format!("index {shown} belongs to an index of the partitioned parent and goes only with it"))
        } else if let Some(constraint) = &*index.constraint {
            Some(format!("index {shown} serves the constraint {constraint}"))
        } else if drop.names.len() > 1 {
            Some("DROP INDEX CONCURRENTLY takes one index at a time".to_owned())
        } else if drop.cascade {
            Some("DROP INDEX CONCURRENTLY does not know CASCADE".to_owned())
        } else {
            None
        };
        let remedy = match &*index.constraint {
            Some(constraint) => {
                format!("ALTER TABLE {} DROP CONSTRAINT {};", table.relation.sql(), engine::sql::ident(constraint))
            }
            None => String::new(),
        };
        if let Some(why) = why {
            self.refuse(0, RefusalKind::Concurrently, why, remedy);
        }
    }

    /// `ExecRefreshMatView`.
    pub(super) fn refresh(&mut self, statement: &Statement) {
        let Ddl::RefreshMaterializedView { concurrently, .. } = &statement.ddl else { return };
        let Some(view) = &statement.target else { return };
        let (lock, index_lock) = if *concurrently {
            // It is compared with the new result, and the differences are written as any DML writes them.
            self.work(&view.relation, 0, Work::Scan(Scan::Refresh));
            (LockMode::Exclusive, LockMode::RowExclusive)
        } else {
            self.work(&view.relation, 0, Work::Rewrite(Rewrite::Refresh));
            (LockMode::AccessExclusive, LockMode::AccessExclusive)
        };
        self.touch(&view.relation, Role::Target, lock);
        for index in view.indexes.iter().filter(|index| index.oid != 0) {
            self.touch_oid(pg_sys::Oid::from(index.oid), Role::Index, index_lock);
        }
        if !*concurrently {
            return;
        }
        let populated =
            catalog::Open::new(pg_sys::Oid::from(view.relation.oid)).is_none_or(|open| open.form().relispopulated);
        let usable = view.indexes.iter().any(|index| {
            index.unique
                && index.valid
                && index.predicate.is_none()
                && index.keys.iter().all(|key| key.column.is_some())
        });
        let shown = view.relation.display();
        if !populated {
            self.refuse(
                0,
                RefusalKind::Concurrently,
                format!("{shown} is not populated yet"),
                format!("REFRESH MATERIALIZED VIEW {};", view.relation.sql()),
            );
        } else if !usable {
            self.refuse(
                0,
                RefusalKind::Concurrently,
                format!("{shown} has no unique index on plain columns without a WHERE clause"),
                "",
            );
        }
    }

    /// `CreateTrigger`: a row trigger on a partitioned table is made on every partition.
    ///
    /// # Safety
    /// `raw` points to a CreateTrigStmt.
    pub(super) unsafe fn create_trigger(&mut self, raw: *mut pg_sys::CreateTrigStmt, statement: &Statement) {
        let Some(table) = &statement.target else { return };
        self.touch(&table.relation, Role::Target, LockMode::ShareRowExclusive);
        // SAFETY: the caller's promise.
        if unsafe { (*raw).row } && table.relation.kind == RelationKind::PartitionedTable {
            for child in self.descendants(&table.clone()) {
                self.touch(&child.relation, Role::Child, LockMode::ShareRowExclusive);
            }
        }
    }

    /// Who names what goes: a relation, or a column together with its relation.
    pub(super) fn mentions(&mut self, statement: &Statement) {
        let Some(table) = statement.target.as_ref().filter(|table| {
            let relation = &table.relation;
            !statement.nothing_to_do
                && relation.oid != 0
                && !relation.created_here
                && relation.persistence != Persistence::Temporary
                && !relation.kind.is_index()
        }) else {
            return;
        };
        let columns: Vec<&str> = match &statement.ddl {
            Ddl::Rename(Rename { what: Renamed::Column(column), .. }) => vec![column],
            Ddl::AlterTable(_) => statement
                .commands()
                .filter_map(|(_, command)| match command {
                    AlterCommand::DropColumn { column, .. } => Some(column.as_str()),
                    _ => None,
                })
                .collect(),
            Ddl::Rename(Rename { what: Renamed::Relation(_), .. }) | Ddl::SetSchema(_) => Vec::new(),
            Ddl::Drop(drop) if matches!(drop.kind, DropKind::Relation(_)) => Vec::new(),
            _ => return,
        };
        if columns.is_empty() && matches!(statement.ddl, Ddl::AlterTable(_)) {
            return;
        }
        // Of an index it is the index that goes or changes its name; the table stays.
        if statement.index.is_none() {
            self.impact.mentioned_by = self.world.mentioned_by(&table.relation.name, &columns);
        }
    }

    /// CREATE OR REPLACE VIEW on a view that exists.
    pub(super) fn create_view(&mut self, statement: &Statement) {
        if let Some(existing) = &statement.existing
            && existing.relation.kind == RelationKind::View
        {
            self.touch(&existing.relation.clone(), Role::Target, LockMode::AccessExclusive);
        }
    }
}

/// Whether this transaction created or changed the type of which the statement renames an attribute or changes a value; also where there
/// is no such type (a text may have created it before).
///
/// # Safety
/// `raw` points to a raw statement.
pub(in super::super) unsafe fn object_is_new(raw: *mut pg_sys::Node) -> bool {
    // SAFETY: each node is read as its tag says.
    unsafe {
        match node::tag(raw) {
            pg_sys::NodeTag::T_RenameStmt => {
                let rename: *mut pg_sys::RenameStmt = raw.cast();
                if (*rename).renameType != pg_sys::ObjectType::OBJECT_ATTRIBUTE {
                    return false;
                }
                let name = node::name_of_range((*rename).relation);
                let relation = catalog::find(&name).and_then(catalog::relation_only);
                relation.is_none_or(|relation| relation.created_here)
            }
            pg_sys::NodeTag::T_AlterEnumStmt => {
                let name = pg_sys::makeTypeNameFromNameList((*raw.cast::<pg_sys::AlterEnumStmt>()).typeName);
                match crate::pg::attempt::attempt(|| named_object(pg_sys::ObjectType::OBJECT_TYPE, name.cast())) {
                    Ok(Some(address)) => written_here(address.class, address.object),
                    _ => true,
                }
            }
            _ => false,
        }
    }
}

/// What RENAME names, where that is no relation nor a part of one; none for a function that only triggers can call: they know it whatever
/// its name.
///
/// # Safety
/// `rename` points to a raw RenameStmt.
pub(in super::super) unsafe fn renamed_address(rename: *mut pg_sys::RenameStmt) -> Option<Address> {
    use pg_sys::ObjectType as O;
    // SAFETY: the object is the node that the grammar gives its kind.
    unsafe {
        let (kind, object) = ((*rename).renameType, (*rename).object);
        if kind == O::OBJECT_SCHEMA {
            let oid = pg_sys::get_namespace_oid((*rename).subname, true);
            return (oid != pg_sys::InvalidOid).then_some(Address { class: catalogs::NAMESPACE, object: oid, sub: 0 });
        }
        if object.is_null() || !knows(kind) {
            return None;
        }
        // The names of types and domains come as lists here.
        let object = match kind {
            O::OBJECT_TYPE | O::OBJECT_DOMAIN if node::tag(object) == pg_sys::NodeTag::T_List => {
                pg_sys::makeTypeNameFromNameList(object.cast()).cast()
            }
            _ => object,
        };
        let address = crate::pg::attempt::attempt(|| named_object(kind, object)).ok().flatten()?;
        if address.class == catalogs::PROC {
            let given = pg_sys::get_func_rettype(address.object);
            if given == pg_sys::TRIGGEROID || given == pg_sys::EVENT_TRIGGEROID {
                return None;
            }
        }
        Some(address)
    }
}

/// Whether the row of the object was written by this transaction, or is not there.
pub(in super::super) fn written_here(class: u32, oid: pg_sys::Oid) -> bool {
    let mut here = true;
    if oid != pg_sys::InvalidOid {
        catalog::by_oid(class, oid, |row| here = row.written_here());
    }
    here
}

/// The kinds of objects whose names are resolved here.
fn knows(kind: pg_sys::ObjectType::Type) -> bool {
    use pg_sys::ObjectType as O;
    matches!(
        kind,
        O::OBJECT_TRIGGER
            | O::OBJECT_RULE
            | O::OBJECT_POLICY
            | O::OBJECT_STATISTIC_EXT
            | O::OBJECT_SCHEMA
            | O::OBJECT_TYPE
            | O::OBJECT_DOMAIN
            | O::OBJECT_EXTENSION
            | O::OBJECT_COLLATION
            | O::OBJECT_FUNCTION
            | O::OBJECT_PROCEDURE
            | O::OBJECT_ROUTINE
            | O::OBJECT_AGGREGATE
    )
}

/// The objects that DROP names, other than relations.
///
/// # Safety
/// `raw` points to a DropStmt.
unsafe fn other_objects(raw: *mut pg_sys::DropStmt, world: &World) -> Vec<Address> {
    let mut roots = Vec::new();
    // SAFETY: the caller's promise; each object is the node that the grammar gives its kind.
    unsafe {
        let kind = (*raw).removeType;
        if !knows(kind) {
            return roots;
        }
        for object in node::list::<pg_sys::Node>((*raw).objects) {
            let known = crate::pg::attempt::attempt(|| named_object(kind, object)).unwrap_or_default();
            let renamed = || {
                let name = node::cast::<pg_sys::TypeName>(object, pg_sys::NodeTag::T_TypeName)?;
                let object = world.renamed_type(&node::name_of_strings((*name).names))?;
                Some(Address { class: catalogs::TYPE, object, sub: 0 })
            };
            roots.extend(known.or_else(renamed));
        }
    }
    roots
}

/// The object that a name means, looked up without a lock (`get_object_address` would take one, and wait for it).
///
/// # Safety
/// `object` is the node that the grammar gives this kind.
unsafe fn named_object(kind: pg_sys::ObjectType::Type, object: *mut pg_sys::Node) -> Option<Address> {
    use pg_sys::ObjectType as O;
    // SAFETY: the caller's promise; each look-up is told that the object may be missing.
    let (class, oid) = unsafe {
        match kind {
            O::OBJECT_SCHEMA => {
                let name = node::cast::<pg_sys::String>(object, pg_sys::NodeTag::T_String)?;
                (catalogs::NAMESPACE, pg_sys::get_namespace_oid((*name).sval, true))
            }
            O::OBJECT_EXTENSION => {
                let name = node::cast::<pg_sys::String>(object, pg_sys::NodeTag::T_String)?;
                (catalogs::EXTENSION, pg_sys::get_extension_oid((*name).sval, true))
            }
            O::OBJECT_TYPE | O::OBJECT_DOMAIN => {
                let name = node::cast::<pg_sys::TypeName>(object, pg_sys::NodeTag::T_TypeName)?;
                (catalogs::TYPE, pg_sys::LookupTypeNameOid(std::ptr::null_mut(), name, true))
            }
            O::OBJECT_COLLATION => {
                let name = node::cast::<pg_sys::List>(object, pg_sys::NodeTag::T_List)?;
                (catalogs::COLLATION, pg_sys::get_collation_oid(name, true))
            }
            O::OBJECT_FUNCTION | O::OBJECT_PROCEDURE | O::OBJECT_ROUTINE | O::OBJECT_AGGREGATE => {
                let name = node::cast::<pg_sys::ObjectWithArgs>(object, pg_sys::NodeTag::T_ObjectWithArgs)?;
                (catalogs::PROC, pg_sys::LookupFuncWithArgs(kind, name, true))
            }
            _ => return None,
        }
    };
    (oid != pg_sys::InvalidOid).then_some(Address { class, object: oid, sub: 0 })
}
