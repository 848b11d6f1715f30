//! Composite types: ALTER TYPE ... ATTRIBUTE, tables OF a type, and columns that hold a row type.

use engine::facts::*;
use pgrx::pg_sys;
use std::collections::HashSet;

use super::super::dependency::Address;
use super::super::server::catalog as catalogs;
use super::super::{catalog, lower, node, server};
use super::Builder;

impl Builder<'_> {
    /// ALTER TYPE with sub-commands: `ATTypedTableRecursion` carries each out on the tables of the type too.
    ///
    /// # Safety
    /// `raw` points to an AlterTableStmt.
    pub(super) unsafe fn alter_composite(&mut self, raw: *mut pg_sys::AlterTableStmt, statement: &mut Statement) {
        let Some(composite) = statement.target.clone() else { return };
        let oid = pg_sys::Oid::from(composite.relation.oid);
        self.touch(&composite.relation, Role::Target, LockMode::AccessExclusive);
        // SAFETY: the caller's promise.
        let raws = unsafe { node::list::<pg_sys::AlterTableCmd>((*raw).cmds) };
        let typed = self.typed_tables(oid);
        for (number, command) in raws.iter().enumerate() {
            // SAFETY: a sub-command.
            let (subtype, cascade) =
                unsafe { ((**command).subtype, (**command).behavior == pg_sys::DropBehavior::DROP_CASCADE) };
            if subtype == pg_sys::AlterTableType::AT_AlterColumnType {
                self.refuse_for_row_type(number, &composite);
            }
            if let (false, Some(table)) = (cascade, typed.first()) {
                let why = format!("{} is a table of the type", table.relation.display());
                self.refuse_in_text(number, why, "Say CASCADE: its tables change with the type.");
            }
        }
        // SAFETY: sub-commands.
        let cascades = raws.iter().all(|c| unsafe { (**c).behavior } == pg_sys::DropBehavior::DROP_CASCADE);
        for table in &typed {
            let before = (std::mem::take(&mut self.impact.effects), std::mem::take(&mut self.impact.collateral));
            // SAFETY: sub-commands.
            let commands: Vec<AlterCommand> =
                raws.iter().map(|command| unsafe { lower::alter_command(*command, Some(table)) }).collect();
            // SAFETY: each raw sub-command belongs to the lowered one.
            unsafe {
                self.run_commands(&commands, &raws, table, LockMode::AccessExclusive, true, &mut statement.others)
            };
            let (effects, collateral) = (self.impact.effects.clone(), self.impact.collateral.clone());
            self.impact.effects.splice(0..0, before.0);
            self.impact.collateral.splice(0..0, before.1);
            if cascades {
                self.impact.typed.push(Typed { table: table.clone(), commands, effects, collateral });
            }
        }
        // What is done to the type itself is written nowhere.
        statement.nothing_to_do = false;
    }

    /// ALTER TYPE ... RENAME ATTRIBUTE, RENAME TO, OWNER TO: the type, and with an attribute the tables of the type.
    pub(super) fn rename_attribute(&mut self, composite: &Table) {
        self.touch(&composite.relation, Role::Target, LockMode::AccessExclusive);
        for table in self.typed_tables(pg_sys::Oid::from(composite.relation.oid)) {
            self.touch(&table.relation, Role::Dependent, LockMode::AccessExclusive);
            for child in self.descendants(&table) {
                self.touch(&child.relation, Role::Child, LockMode::AccessExclusive);
            }
        }
    }

    /// `find_typed_table_dependencies`: the tables made OF the composite type.
    fn typed_tables(&self, composite: pg_sys::Oid) -> Vec<Table> {
        // SAFETY: takes any OID.
        let row_type = unsafe { pg_sys::get_rel_type_id(composite) };
        let mut found = Vec::new();
        if row_type != pg_sys::InvalidOid {
            // Each has a dependency on the type as a whole.
            let keys = [pg_sys::Oid::from(catalogs::TYPE), row_type];
            server::scan(catalogs::DEPEND, catalogs::DEPEND_REFERENCE_INDEX, &keys, |row| {
                if row.oid("classid").to_u32() == catalogs::CLASS && row.integer("objsubid") == 0 {
                    found.push(row.oid("objid"));
                }
            });
        }
        found.retain(|oid| catalog::Open::new(*oid).is_some_and(|open| open.form().reloftype == row_type));
        found.into_iter().filter_map(|oid| self.world.table_by_oid(oid)).collect()
    }

    /// A statement that writes the table's rows anew, or fills a new column: refused while a column somewhere holds such rows.
    pub(super) fn refuse_for_row_type(&mut self, command: usize, table: &Table) {
        if self.world.overlay.is_none() || table.relation.oid == 0 {
            return;
        }
        // SAFETY: takes any OID.
        let row_type = unsafe { pg_sys::get_rel_type_id(pg_sys::Oid::from(table.relation.oid)) };
        if let Some(column) = holder(row_type) {
            let holder = column.describe();
            let why = format!("{holder} holds rows of {}", table.relation.display());
            self.refuse_in_text(
                command,
                why,
                "Give that column another type before, such as jsonb with to_jsonb() of its values.",
            );
        }
    }

    /// A refusal because of other objects, which is told in texts only.
    pub(super) fn refuse_in_text(&mut self, command: usize, why: String, remedy: &str) {
        if self.world.overlay.is_some()
            && !self.impact.refusals.iter().any(|known| known.command == command && known.why == why)
        {
            self.refuse(command, RefusalKind::Dependents, why, remedy);
        }
    }

    /// `get_rels_with_domain`: a domain that some column holds inside of an array, a composite or a range cannot be checked.
    pub(super) fn refuse_for_domain(&mut self, domain: pg_sys::Oid) {
        let mut queue = vec![domain];
        let mut seen: HashSet<pg_sys::Oid> = HashSet::new();
        while let Some(of) = queue.pop() {
            if !seen.insert(of) {
                continue;
            }
            let mut containers = Vec::new();
            let keys = [pg_sys::Oid::from(catalogs::TYPE), of];
            server::scan(catalogs::DEPEND, catalogs::DEPEND_REFERENCE_INDEX, &keys, |row| {
                let object = row.oid("objid");
                match row.oid("classid").to_u32() {
                    // SAFETY: takes any type.
                    catalogs::TYPE if unsafe { pg_sys::get_typtype(object) } as u8 == pg_sys::TYPTYPE_DOMAIN => {
                        queue.push(object);
                    }
                    catalogs::TYPE => containers.push(object),
                    catalogs::CLASS if row.integer("objsubid") > 0 => {
                        if let Some(open) = catalog::Open::new(object)
                            && open.form().relkind as u8 == pg_sys::RELKIND_COMPOSITE_TYPE
                        {
                            containers.push(open.form().reltype);
                        }
                    }
                    _ => {}
                }
            });
            if let Some(column) = containers.into_iter().find_map(holder) {
                let why = format!("{} holds values of the domain inside of others", column.describe());
                let remedy = "Give that column the base type of the domain, change the domain, and give it back.";
                self.refuse_in_text(0, why, remedy);
            }
        }
    }
}

/// `find_composite_type_dependencies`: a column of a table that holds values of the type, itself or inside of others.
fn holder(of: pg_sys::Oid) -> Option<Address> {
    let mut queue = vec![of];
    let mut seen: HashSet<pg_sys::Oid> = HashSet::new();
    while let Some(of) = queue.pop() {
        if of == pg_sys::InvalidOid || !seen.insert(of) {
            continue;
        }
        // SAFETY: takes any type.
        queue.push(unsafe { pg_sys::get_array_type(of) });
        let mut columns = Vec::new();
        let keys = [pg_sys::Oid::from(catalogs::TYPE), of];
        server::scan(catalogs::DEPEND, catalogs::DEPEND_REFERENCE_INDEX, &keys, |row| {
            let (object, sub) = (row.oid("objid"), row.integer("objsubid"));
            match row.oid("classid").to_u32() {
                catalogs::TYPE => queue.push(object),
                catalogs::CLASS if sub > 0 => columns.push(Address { class: catalogs::CLASS, object, sub }),
                _ => {}
            }
        });
        for column in columns {
            let Some(open) = catalog::Open::new(column.object) else { continue };
            match open.form().relkind as u8 {
                pg_sys::RELKIND_RELATION | pg_sys::RELKIND_MATVIEW | pg_sys::RELKIND_PARTITIONED_TABLE => {
                    return Some(column);
                }
                _ => queue.push(open.form().reltype),
            }
        }
    }
    None
}
