//! ALTER COLUMN ... TYPE: `ATPrepAlterColumnType`, `ATPostAlterTypeCleanup`, `TryReuseIndex`, `TryReuseForeignKey` in
//! `src/backend/commands/tablecmds.c`, `CheckIndexCompatible` in `src/backend/commands/indexcmds.c`.

use engine::facts::*;
use pgrx::pg_sys;

use super::super::expression::{self, TypeChange};
use super::super::{catalog, dependency, server, types};
use super::Builder;

/// The equality strategy of btree operator families (`src/include/access/stratnum.h`).
const BT_EQUAL: i16 = 3;

/// Whether clients see another type: of another category, or one to which the server does not coerce the old one by itself.
fn seen_by_clients(from: &TypeName, to: &TypeName) -> bool {
    if from.base_oid == to.base_oid && from.is_array == to.is_array {
        return false;
    }
    if from.oid == 0 || to.oid == 0 || from.is_array != to.is_array {
        return to.oid != 0;
    }
    let (source, target) = (pg_sys::Oid::from(from.base_oid), pg_sys::Oid::from(to.base_oid));
    // SAFETY: these take any type.
    unsafe {
        let category = |of| {
            let (mut category, mut preferred): (std::ffi::c_char, bool) = (0, false);
            pg_sys::get_type_category_preferred(of, &mut category, &mut preferred);
            category as u8
        };
        category(source) != category(target)
            || !pg_sys::can_coerce_type(1, &source, &target, pg_sys::CoercionContext::COERCION_IMPLICIT)
    }
}

impl Builder<'_> {
    /// Notes that clients see another type.
    pub(super) fn client_type(&mut self, command: usize, table: &Table, column: &str, to: &TypeName) {
        let Some(from) = table.column(column).map(|column| &column.data_type) else { return };
        if seen_by_clients(from, to) {
            let (from, to) = (from.name.clone(), to.name.clone());
            self.impact.client_types.push(ClientType { command, column: column.to_owned(), from, to });
        }
    }

    /// What the type change does to one table of the tree. `gone` is what the statement drops before.
    ///
    /// # Safety
    /// `using` is NULL or points to a raw expression.
    #[allow(clippy::too_many_arguments)]
    pub(super) unsafe fn type_change(
        &mut self,
        command: usize,
        table: &Table,
        column_name: &str,
        to: &TypeName,
        collation: Option<u32>,
        using: *mut pg_sys::Node,
        gone: &[dependency::Address],
    ) {
        let Some(column) = table.column(column_name) else { return };
        let relation = &table.relation;
        let has_storage = relation.kind == RelationKind::Table;
        // SAFETY: the caller's promise.
        let rewrite = match unsafe { expression::type_change(table, column, to, using) } {
            TypeChange::Rewrite(why) => Some(why),
            TypeChange::Compatible if self.constrains_domain(pg_sys::Oid::from(to.oid)) => {
                Some(format!("every value is checked against the constraints of the domain {}", to.name))
            }
            TypeChange::Compatible => None,
            TypeChange::Refused => return,
            // SAFETY: a raw expression.
            TypeChange::NotAnalysed if !unsafe { self.names_what_is_new(table, using) } => return,
            TypeChange::Unknown | TypeChange::NotAnalysed => {
                // SAFETY: the caller's promise.
                let why = unsafe { self.type_change_of_text(column, to, using) };
                if why.is_none() {
                    self.unknown(format!(
                        "whether the type of {}.{} can change to {} without a rewrite: the type, or its expression, is not known yet",
                        relation.display(),
                        column.name,
                        to.name
                    ));
                    return;
                }
                why
            }
        };
        // A virtual column is stored nowhere.
        let rewrite = rewrite.filter(|_| column.generated != Generated::Virtual);
        if let (Some(why), true) = (&rewrite, has_storage) {
            let what = Rewrite::Type { column: column.name.clone(), why: why.clone() };
            self.work(relation, command, Work::Rewrite(what));
        }
        // The sequence of an identity column takes the new type too.
        if column.identity && relation.oid != 0 {
            let address = dependency::Address::column(pg_sys::Oid::from(relation.oid), column.number);
            for sequence in dependency::internal_relations(address) {
                self.touch_oid(sequence, Role::Sequence, LockMode::ShareRowExclusive);
            }
        }
        // SAFETY: get_typcollation takes any type.
        let new_collation =
            collation.unwrap_or_else(|| unsafe { pg_sys::get_typcollation(pg_sys::Oid::from(to.oid)) }.to_u32());
        for index in &table.indexes {
            self.index_under_type_change(command, table, index, column, to, new_collation, rewrite.is_some());
        }
        for constraint in &table.constraints {
            if !constraint.columns.contains(&column.number) {
                continue;
            }
            match constraint.kind {
                ConstraintKind::Check
                    if has_storage && rewrite.is_none() && constraint.validated && constraint.enforced =>
                {
                    let scan = Scan::Recheck { constraint: constraint.name.clone(), column: column.name.clone() };
                    self.work(relation, command, Work::Scan(scan));
                }
                ConstraintKind::ForeignKey => {
                    self.key_under_type_change(command, table, constraint, column, to, rewrite.is_some());
                }
                _ => {}
            }
        }
        for (key, referencing) in self.keys_to_column(table, column) {
            let address =
                dependency::Address { class: server::catalog::CONSTRAINT, object: pg_sys::Oid::from(key.oid), sub: 0 };
            // One from the column itself is told above.
            let own = referencing.relation.oid == relation.oid && key.columns.contains(&column.number);
            if !own && !gone.contains(&address) {
                self.referencing_key_under_type_change(command, &key, &referencing, column, to, rewrite.is_some());
            }
        }
    }

    /// The foreign keys that refer to the column now, with their tables.
    fn keys_to_column(&self, table: &Table, column: &Column) -> Vec<(Constraint, Table)> {
        let oid = table.relation.oid;
        if oid == 0 {
            return Vec::new();
        }
        let mut keys: Vec<(Constraint, Table)> = Vec::new();
        for key in catalog::referenced_by_column(pg_sys::Oid::from(oid), column.number) {
            let now = if key.table == oid {
                Some(table.clone())
            } else {
                self.world.table_by_oid(pg_sys::Oid::from(key.table))
            };
            // The statement or the text may have dropped it.
            let now = now.filter(|now| now.constraints.iter().any(|own| own.oid == key.oid));
            keys.extend(now.map(|now| (key, now)));
        }
        // Those that the text made.
        if let Some(overlay) = &self.world.overlay {
            for user in overlay.users(&[super::super::overlay::Used::Relation(oid)]) {
                let to_column = |key: &&Constraint| {
                    key.oid == 0
                        && key.referenced == oid
                        && key.references.as_ref().is_some_and(|r| r.columns.contains(&column.name))
                };
                keys.extend(user.constraints.iter().filter(to_column).map(|key| (key.clone(), user.clone())));
            }
        }
        keys
    }

    /// An index whose column changes type is dropped and defined anew; `TryReuseIndex` keeps its files if
    /// `CheckIndexCompatible` allows it.
    #[allow(clippy::too_many_arguments)]
    fn index_under_type_change(
        &mut self,
        command: usize,
        table: &Table,
        index: &Index,
        column: &Column,
        to: &TypeName,
        new_collation: u32,
        rewritten: bool,
    ) {
        let depends = index.mentions(column.number)
            || (index.oid != 0
                && (index.predicate.is_some() || index.keys.iter().any(|key| key.expression.is_some()))
                && dependency::columns_of_index(pg_sys::Oid::from(index.oid), pg_sys::Oid::from(table.relation.oid))
                    .contains(&column.number));
        if !depends {
            return;
        }
        if index.oid != 0 {
            self.touch_oid(pg_sys::Oid::from(index.oid), Role::Index, LockMode::AccessExclusive);
        }
        if rewritten || table.relation.kind != RelationKind::Table {
            return;
        }
        let why = if index.is_partition {
            Some("the index of the parent is defined anew, and brings new ones along".to_owned())
        } else {
            incompatible(index, column, to, new_collation)
        };
        if let Some(why) = why {
            self.work(&table.relation, command, Work::RebuildIndex { index: index.sql(), why });
        }
    }

    /// A foreign key of the table over the column: its other end is locked, and it is validated again unless its operators stay.
    fn key_under_type_change(
        &mut self,
        command: usize,
        table: &Table,
        key: &Constraint,
        column: &Column,
        to: &TypeName,
        rewritten: bool,
    ) {
        let Some(reference) = &key.references else { return };
        // Its triggers on the other end are dropped and made anew; one that is NOT ENFORCED has none.
        let lock = if key.enforced { LockMode::AccessExclusive } else { LockMode::ShareRowExclusive };
        self.touch_oid(pg_sys::Oid::from(reference.oid), Role::Referenced, lock);
        let position = key.columns.iter().position(|number| *number == column.number).unwrap_or(0);
        let stays = !rewritten
            && match (reference.opfamilies.get(position), reference.types.get(position)) {
                (Some(family), Some(referenced)) => same_key_operators(*family, referenced, &column.data_type, to),
                _ => false,
            };
        if !stays && key.validated && key.enforced && table.relation.kind == RelationKind::Table {
            let scan = Scan::ForeignKey { constraint: Some(key.name.clone()) };
            self.work(&table.relation, command, Work::Scan(scan));
        }
    }

    /// A foreign key of another table, or of the table itself, that refers to the column.
    fn referencing_key_under_type_change(
        &mut self,
        command: usize,
        key: &Constraint,
        referencing: &Table,
        column: &Column,
        to: &TypeName,
        rewritten: bool,
    ) {
        self.touch(&referencing.relation, Role::Referencing, LockMode::AccessExclusive);
        // The referenced key's operators follow from its index's operator class, which follows from its type.
        let same_class = {
            let old = types::default_opclass(pg_sys::Oid::from(column.data_type.oid), pg_sys::BTREE_AM_OID);
            let new = types::default_opclass(pg_sys::Oid::from(to.oid), pg_sys::BTREE_AM_OID);
            old == new && old != pg_sys::InvalidOid && !polymorphic(old.to_u32())
        };
        if (rewritten || !same_class)
            && key.validated
            && key.enforced
            && referencing.relation.kind == RelationKind::Table
        {
            let scan = Scan::ForeignKey { constraint: Some(key.name.clone()) };
            self.work(&referencing.relation, command, Work::Scan(scan));
        }
    }
}

fn polymorphic(opclass: u32) -> bool {
    // SAFETY: takes the OID of an operator class.
    is_polymorphic(unsafe { pg_sys::get_opclass_input_type(pg_sys::Oid::from(opclass)) })
}

fn is_polymorphic(data_type: pg_sys::Oid) -> bool {
    // IsPolymorphicType in src/include/catalog/pg_type.h: any*, and anycompatible*.
    matches!(data_type.to_u32(), 2283 | 2277 | 2776 | 3500 | 3831 | 4537 | 5077 | 5078 | 5079 | 5080 | 4538)
}

/// Why the index cannot keep its files; none when it can.
fn incompatible(index: &Index, column: &Column, to: &TypeName, new_collation: u32) -> Option<String> {
    if index.predicate.is_some() {
        return Some("a partial index is always built anew".to_owned());
    }
    if index.keys.iter().any(|key| key.expression.is_some()) {
        return Some("an index on an expression is always built anew".to_owned());
    }
    if !index.valid {
        return Some("an invalid index is always built anew".to_owned());
    }
    for (position, key) in index.keys.iter().enumerate().filter(|(_, key)| key.column == Some(column.number)) {
        // SAFETY: look-ups by OID.
        let (old_default, new_default) = unsafe {
            let method = std::ffi::CString::new(index.method.as_str()).ok()?;
            let am = pg_sys::get_index_am_oid(method.as_ptr(), true);
            (
                types::default_opclass(pg_sys::Oid::from(column.data_type.oid), am).to_u32(),
                types::default_opclass(pg_sys::Oid::from(to.oid), am).to_u32(),
            )
        };
        // pg_get_indexdef writes the class only where it is not the default, so a default follows the type.
        let new_opclass = if key.opclass == old_default { new_default } else { key.opclass };
        if new_opclass != key.opclass {
            return Some(format!("{} needs another operator class", to.name));
        }
        let collation = if key.collation == column.collation { new_collation } else { key.collation };
        if collation != key.collation {
            return Some("its collation changes, and with it the order".to_owned());
        }
        // What the index itself stores: a GIN index on an array stores its elements, and is always built anew.
        let stored = stored_type(index, position).unwrap_or(column.data_type.oid);
        if polymorphic(key.opclass) && to.oid != stored {
            return Some("its operator class depends on the exact type".to_owned());
        }
    }
    None
}

/// The type of an index's own column.
fn stored_type(index: &Index, position: usize) -> Option<u32> {
    let open = catalog::Open::new(pg_sys::Oid::from(index.oid))?;
    // SAFETY: a key's position is within the descriptor of its index.
    Some(unsafe { (*server::attribute((*open.0).rd_att, position)).atttypid }.to_u32())
}

/// Whether the operators by which a foreign key compares stay the same: `old_check_ok` in ATAddForeignKeyConstraint.
fn same_key_operators(family: u32, referenced: &TypeName, old: &TypeName, new: &TypeName) -> bool {
    // SAFETY: look-ups by OID.
    unsafe {
        let family = pg_sys::Oid::from(family);
        // What the operator class of the referenced key's index takes: text for a varchar column.
        let opclass = types::default_opclass(pg_sys::Oid::from(referenced.oid), pg_sys::BTREE_AM_OID);
        let input = if opclass != pg_sys::InvalidOid && pg_sys::get_opclass_family(opclass) == family {
            pg_sys::get_opclass_input_type(opclass)
        } else {
            pg_sys::getBaseType(pg_sys::Oid::from(referenced.oid))
        };
        // The operator, and the type of its right side.
        let operator = |data_type: &TypeName| {
            let foreign = pg_sys::Oid::from(data_type.oid);
            let base = pg_sys::getBaseType(foreign);
            let found = pg_sys::get_opfamily_member(family, input, base, BT_EQUAL);
            let same = pg_sys::get_opfamily_member(family, base, base, BT_EQUAL);
            if found != pg_sys::InvalidOid && same != pg_sys::InvalidOid {
                return (found, base);
            }
            (pg_sys::get_opfamily_member(family, input, input, BT_EQUAL), input)
        };
        let ((old_operator, right), (new_operator, new_right)) = (operator(old), operator(new));
        if old_operator != new_operator || old_operator == pg_sys::InvalidOid || right != new_right {
            return false;
        }
        // findFkeyCast
        let path = |data_type: &TypeName| {
            let oid = pg_sys::Oid::from(data_type.oid);
            let mut function = pg_sys::InvalidOid;
            if oid == right {
                return (pg_sys::CoercionPathType::COERCION_PATH_RELABELTYPE, function);
            }
            let path =
                pg_sys::find_coercion_pathway(right, oid, pg_sys::CoercionContext::COERCION_IMPLICIT, &mut function);
            (path, function)
        };
        path(old) == path(new) && (!is_polymorphic(right) || old.oid == new.oid)
    }
}

/// The collation that ALTER COLUMN ... TYPE ... COLLATE names; none where there is no such collation or none is written.
pub(super) fn written_collation(name: &Name) -> Option<u32> {
    let parts: Vec<&str> = name.schema.as_deref().into_iter().chain([name.name.as_str()]).collect();
    // SAFETY: a list of String nodes; `missing_ok`.
    let oid = unsafe {
        let mut list = std::ptr::null_mut();
        for part in parts {
            let text = std::ffi::CString::new(part).ok()?;
            let copy = pg_sys::pstrdup(text.as_ptr());
            list = pg_sys::lappend(list, pg_sys::makeString(copy).cast());
        }
        pg_sys::get_collation_oid(list, true)
    };
    (oid != pg_sys::InvalidOid).then(|| oid.to_u32())
}
