//! Statements about many relations at once, which the catalog names: DROP OWNED, REASSIGN OWNED, ALTER ... ALL IN TABLESPACE,
//! REINDEX SCHEMA.

use engine::facts::*;
use pgrx::pg_sys;

use super::super::dependency::Address;
use super::super::server::catalog as catalogs;
use super::super::{catalog, node, server};
use super::Builder;

/// What a role has in this database, by pg_shdepend: the objects, each with why it is there (`o` owner, `a` rights, `r` policy).
///
/// # Safety
/// `roles` is NULL or a list of RoleSpec nodes.
unsafe fn belongings(roles: *mut pg_sys::List) -> Vec<(Address, char)> {
    let mut found = Vec::new();
    // SAFETY: the caller's promise; `missing_ok`; MyDatabaseId is set in a backend.
    let (roles, database) = unsafe {
        let roles: Vec<pg_sys::Oid> = node::list::<pg_sys::RoleSpec>(roles)
            .into_iter()
            .map(|role| pg_sys::get_rolespec_oid(role, true))
            .filter(|role| *role != pg_sys::InvalidOid)
            .collect();
        (roles, pg_sys::MyDatabaseId)
    };
    for role in roles {
        let keys = [pg_sys::Oid::from(catalogs::AUTHID), role];
        server::scan(catalogs::SHDEPEND, catalogs::SHDEPEND_REFERENCE_INDEX, &keys, |row| {
            if row.oid("dbid") == database {
                let address = Address {
                    class: row.oid("classid").to_u32(),
                    object: row.oid("objid"),
                    sub: row.integer("objsubid"),
                };
                found.push((address, row.char("deptype")));
            }
        });
    }
    found
}

impl Builder<'_> {
    /// `shdepDropOwned`.
    ///
    /// # Safety
    /// `raw` points to a DropOwnedStmt.
    pub(super) unsafe fn drop_owned(&mut self, raw: *mut pg_sys::DropOwnedStmt) {
        // SAFETY: the caller's promise.
        let (found, cascade) =
            unsafe { (belongings((*raw).roles), (*raw).behavior == pg_sys::DropBehavior::DROP_CASCADE) };
        // A policy loses the role, or goes with it.
        for (policy, _) in found.iter().filter(|(address, why)| *why == 'r' && address.class == catalogs::POLICY) {
            self.owner_lock(catalogs::POLICY, policy.object, "polrelid", LockMode::AccessExclusive);
        }
        let roots: Vec<Address> =
            found.into_iter().filter(|(_, why)| *why == 'o').map(|(address, _)| address).collect();
        self.deletion_locks(&roots, Role::Target);
        self.drop_with_dependents(0, &roots, cascade, false);
    }

    /// `shdepReassignOwned`, `ATExecChangeOwner`.
    ///
    /// # Safety
    /// `raw` points to a ReassignOwnedStmt.
    pub(super) unsafe fn reassign_owned(&mut self, raw: *mut pg_sys::ReassignOwnedStmt) {
        // SAFETY: the caller's promise.
        let found = unsafe { belongings((*raw).roles) };
        for (address, _) in found.into_iter().filter(|(_, why)| *why == 'o') {
            match address.class {
                catalogs::CLASS => {
                    self.touch_oid(address.object, Role::Target, LockMode::AccessExclusive);
                    if let Some(table) = self.world.table_by_oid(address.object) {
                        self.index_locks(&table);
                    }
                }
                // SAFETY: takes any type.
                catalogs::TYPE => self.composite_lock(unsafe { pg_sys::get_typ_typrelid(address.object) }),
                _ => {}
            }
        }
    }

    /// The relation behind a composite type; nothing for other types.
    pub(super) fn composite_lock(&mut self, relation: pg_sys::Oid) {
        let composite =
            catalog::relation_only(relation).is_some_and(|relation| relation.kind == RelationKind::CompositeType);
        if relation != pg_sys::InvalidOid && composite {
            self.touch_oid(relation, Role::Target, LockMode::AccessExclusive);
        }
    }

    /// `AlterTableMoveAll`: all of a kind are locked first, then moved one by one.
    ///
    /// # Safety
    /// `raw` points to an AlterTableMoveAllStmt.
    pub(super) unsafe fn move_all(&mut self, raw: *mut pg_sys::AlterTableMoveAllStmt, statement: &mut Statement) {
        use pg_sys::ObjectType as O;
        // SAFETY: the caller's promise; `missing_ok`.
        let (from, to, kinds, owners) = unsafe {
            let space = |name| {
                let oid = pg_sys::get_tablespace_oid(name, true);
                if oid == pg_sys::MyDatabaseTableSpace { pg_sys::InvalidOid } else { oid }
            };
            let kinds: &[char] = match (*raw).objtype {
                O::OBJECT_TABLE => &['r', 'p'],
                O::OBJECT_INDEX => &['i', 'I'],
                O::OBJECT_MATVIEW => &['m'],
                _ => return,
            };
            let owners: Vec<pg_sys::Oid> = node::list::<pg_sys::RoleSpec>((*raw).roles)
                .into_iter()
                .map(|role| pg_sys::get_rolespec_oid(role, true))
                .collect();
            (space((*raw).orig_tablespacename), space((*raw).new_tablespacename), kinds, owners)
        };
        if from == to {
            statement.nothing_to_do = true;
            return;
        }
        let mut found = Vec::new();
        server::scan_all(catalogs::CLASS, "reltablespace", from, |row| {
            if kinds.contains(&row.char("relkind"))
                && !row.bool("relisshared", false)
                && (owners.is_empty() || owners.contains(&row.oid("relowner")))
            {
                found.push(row.oid("oid"));
            }
        });
        for oid in found.into_iter().filter(|oid| oid.to_u32() >= pg_sys::FirstNormalObjectId) {
            pgrx::check_for_interrupts!();
            let Some(relation) = catalog::relation_only(oid) else { continue };
            if relation.schema == "pg_toast" || relation.persistence == Persistence::Temporary {
                continue;
            }
            self.touch(&relation, Role::Target, LockMode::AccessExclusive);
            if matches!(relation.kind, RelationKind::Table | RelationKind::MaterializedView | RelationKind::Index)
                && catalog::Open::new(oid).is_some_and(|open| !matches!(open.form().relkind as u8, b'I' | b'p'))
            {
                self.work(&relation, 0, Work::Copy);
            }
        }
    }

    /// `ReindexMultipleTables`: each table and materialised view of the schema in a transaction of its own.
    pub(super) fn reindex_all(&mut self, statement: &Statement) {
        let Ddl::ReindexAll { what, name, concurrently } = &statement.ddl else { return };
        self.impact.several_transactions = true;
        // Of a whole database only the statement itself is told: it is every table that there is.
        let Some(schema) = name.as_deref().filter(|_| *what == "SCHEMA").and_then(catalog::schema) else { return };
        let mut found = Vec::new();
        server::scan_all(catalogs::CLASS, "relnamespace", schema, |row| {
            if matches!(row.char("relkind"), 'r' | 'm') && row.char("relpersistence") != 't' {
                found.push(row.oid("oid"));
            }
        });
        for oid in found {
            pgrx::check_for_interrupts!();
            if let Some(table) = self.world.table_by_oid(oid) {
                self.reindex_table(&table, *concurrently, None, Role::Target);
            }
        }
    }
}
