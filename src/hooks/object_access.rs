//! Notes which objects a transaction touches, for the judgement at commit.
//!
//! Event triggers alone would not do: they do not see CREATE TABLE under EXPLAIN ANALYZE, and what a statement drops has lost its
//! table by the time they fire. This hook runs for every object, so it does little: a few comparisons, and a note.

use crate::hooks::memory::{self, ColumnBefore, How, Touched};
use crate::pg::{guc, report, session, text};
use pgrx::pg_sys;
use pgrx::pg_sys::{ObjectAccessType, Oid};
use std::ffi::{c_int, c_void};
use std::sync::OnceLock;

/// `pg_constraint`, which pgrx does not bind.
const CONSTRAINT_RELATION: Oid = Oid::from_u32(2606);

/// `pg_publication`, `pg_publication_rel` and `pg_publication_namespace`.
const PUBLICATIONS: [u32; 3] = [6104, 6106, 6237];
/// `pg_inherits`, which it does not bind either.
const INHERITS_RELATION: Oid = Oid::from_u32(2611);

/// Who was there before us; never changed once the library is loaded.
static PREVIOUS: OnceLock<pg_sys::object_access_hook_type> = OnceLock::new();

/// Puts our hook before those of others.
pub fn install() {
    // SAFETY: done once, while the library is loaded.
    unsafe {
        if PREVIOUS.set(pg_sys::object_access_hook).is_ok() {
            pg_sys::object_access_hook = Some(object_access);
        }
    }
}

/// The hook. A plain frame around the guarded part: the previous hook may raise an error through it.
unsafe extern "C-unwind" fn object_access(
    access: ObjectAccessType::Type,
    class: Oid,
    object: Oid,
    sub: c_int,
    arg: *mut c_void,
) {
    // SAFETY: what the server passed, passed on; the argument has the type that goes with the kind of access.
    unsafe {
        if let Some(Some(previous)) = PREVIOUS.get() {
            previous(access, class, object, sub, arg);
        }
        if guc::off() || object.to_u32() < pg_sys::FirstNormalObjectId || arg.is_null() {
            return;
        }
        // A partition comes or goes: the parent is in the auxiliary OID (StoreCatalogInheritance1, RemoveInheritance).
        if class == INHERITS_RELATION && access == ObjectAccessType::OAT_POST_ALTER {
            let parent = (*arg.cast::<pg_sys::ObjectAccessPostAlter>()).auxiliary_id;
            report::guarded(|| {
                note_partitioned(parent);
                std::ptr::null_mut()
            });
            return;
        }
        // What the server does for itself (the new heap of a rewrite, a TOAST table, temporary tables at the session's end) is no
        // act of the user's.
        let (how, internal) = match access {
            ObjectAccessType::OAT_POST_CREATE => {
                (How::Created, (*arg.cast::<pg_sys::ObjectAccessPostCreate>()).is_internal)
            }
            ObjectAccessType::OAT_POST_ALTER => {
                (How::Altered, (*arg.cast::<pg_sys::ObjectAccessPostAlter>()).is_internal)
            }
            ObjectAccessType::OAT_DROP => {
                let flags = (*arg.cast::<pg_sys::ObjectAccessDrop>()).dropflags;
                (How::Dropped, flags & pg_sys::PERFORM_DELETION_INTERNAL as i32 != 0)
            }
            // Namespace searches, function calls, TRUNCATE.
            _ => return,
        };
        let noted = class == pg_sys::RelationRelationId
            || class == CONSTRAINT_RELATION
            || class == pg_sys::ProcedureRelationId
            || class == pg_sys::IndexRelationId
            || PUBLICATIONS.contains(&class.to_u32());
        if internal || !noted {
            return;
        }
        report::guarded(|| {
            memory::work_begins();
            note(class, object, sub, how);
            std::ptr::null_mut()
        });
    }
}

fn note(class: Oid, object: Oid, sub: i32, how: How) {
    if session::exempt() || session::renewing() || memory::is_noted(class, object, sub, how) {
        return;
    }
    if how == How::Dropped && sub == 0 {
        return note_dropped(class, object);
    }
    if how == How::Altered && class == pg_sys::RelationRelationId && sub == 0 {
        memory::note_name(object, || name(object));
    }
    let altered_column = how == How::Altered && class == pg_sys::RelationRelationId && sub != 0;
    let before = if altered_column { column(object, sub as i16) } else { None };
    let subtransaction = session::subtransaction();
    let relation = pg_sys::InvalidOid;
    memory::note(Touched { class, object, sub, how, relation, keys: Vec::new(), lost: None, before, subtransaction });
}

/// Notes what a table loses that stays. Of everything else that is dropped the commit asks nothing: a table takes some ten objects
/// along, and to look each of them up would cost more than all that is judged.
fn note_dropped(class: Oid, object: Oid) {
    if class == pg_sys::RelationRelationId
        && let Some(parent) = crate::facts::parent_of_partition(object)
    {
        note_partitioned(parent);
    }
    let Some(part) = part_of(class, object) else { return };
    if memory::drops(part.table) {
        return;
    }
    let lost = if memory::is_noted(class, object, 0, How::Created) {
        None
    } else {
        crate::facts::about_to_be_lost(class.to_u32(), object)
    };
    let relation = if part.tells { part.table } else { pg_sys::InvalidOid };
    if relation == pg_sys::InvalidOid && lost.is_none() {
        return;
    }
    let (sub, how, before) = (0, How::Dropped, None);
    let subtransaction = session::subtransaction();
    memory::note(Touched { class, object, sub, how, relation, keys: part.keys, lost, before, subtransaction });
}

/// The partitions of the table are others from now on.
fn note_partitioned(table: Oid) {
    let (class, how) = (INHERITS_RELATION, How::Altered);
    // SAFETY: a look-up in the catalog cache.
    let partitioned = || unsafe { pg_sys::get_rel_relkind(table) as u8 == pg_sys::RELKIND_PARTITIONED_TABLE };
    if session::exempt() || session::renewing() || memory::is_noted(class, table, 0, how) || !partitioned() {
        return;
    }
    let subtransaction = session::subtransaction();
    memory::note(Touched {
        class,
        object: table,
        sub: 0,
        how,
        relation: pg_sys::InvalidOid,
        keys: Vec::new(),
        lost: None,
        before: None,
        subtransaction,
    });
}

/// A constraint or an index, and whose it is.
struct Part {
    table: Oid,
    /// It is an index or a primary key: the table is told of it, whatever it was.
    tells: bool,
    /// The key columns of an index.
    keys: Vec<i16>,
}

/// What is about to be dropped, if it is a constraint of a table or an index.
fn part_of(class: Oid, object: Oid) -> Option<Part> {
    // SAFETY: syscache lookups of an object whose catalog row is still there; the tuple is released.
    unsafe {
        if class == CONSTRAINT_RELATION {
            let cache = pg_sys::SysCacheIdentifier::CONSTROID as i32;
            let tuple = pg_sys::SearchSysCache1(cache, object.into());
            if tuple.is_null() {
                return None;
            }
            // The columns' numbers are not the same in every major, and the structure is not bound.
            let column = |name: &std::ffi::CStr| {
                let mut is_null = true;
                let number = pg_sys::get_attnum(CONSTRAINT_RELATION, name.as_ptr());
                let datum = pg_sys::SysCacheGetAttr(cache, tuple, number, &raw mut is_null);
                (!is_null).then_some(datum)
            };
            let kind = column(c"contype").map_or(0, |datum| datum.value() as u8);
            let table = column(c"conrelid").map_or(pg_sys::InvalidOid, |datum| Oid::from(datum.value() as u32));
            pg_sys::ReleaseSysCache(tuple);
            // That of a domain has no table.
            return (table != pg_sys::InvalidOid).then(|| Part { table, tells: kind == b'p', keys: Vec::new() });
        }
        if class != pg_sys::RelationRelationId {
            return None;
        }
        let kind = pg_sys::get_rel_relkind(object) as u8;
        if kind != pg_sys::RELKIND_INDEX && kind != pg_sys::RELKIND_PARTITIONED_INDEX {
            return None;
        }
        // A TOAST table goes with its table.
        if pg_sys::IsToastNamespace(pg_sys::get_rel_namespace(object)) {
            return None;
        }
        let table = pg_sys::IndexGetRelation(object, true);
        (table != pg_sys::InvalidOid).then(|| Part { table, tells: true, keys: keys_of(object) })
    }
}

/// The key columns of an index; an expression is column 0.
fn keys_of(index: Oid) -> Vec<i16> {
    let cache = pg_sys::SysCacheIdentifier::INDEXRELID as i32;
    // SAFETY: indkey follows the fixed columns of a row of pg_index and is never NULL; the tuple is released.
    unsafe {
        let tuple = pg_sys::SearchSysCache1(cache, index.into());
        if tuple.is_null() {
            return Vec::new();
        }
        let form = pg_sys::GETSTRUCT(tuple).cast::<pg_sys::FormData_pg_index>();
        let keys = (0..usize::try_from((*form).indnkeyatts).unwrap_or(0))
            .map(|i| *(*form).indkey.values.as_ptr().add(i))
            .collect();
        pg_sys::ReleaseSysCache(tuple);
        keys
    }
}

/// A column before the change that is being made: the new row of `pg_attribute` is written, and not yet visible to the caches.
fn column(relation: Oid, number: i16) -> Option<ColumnBefore> {
    let cache = pg_sys::SysCacheIdentifier::ATTNUM as i32;
    // SAFETY: the fixed columns of a row of pg_attribute; the tuple is released.
    unsafe {
        let tuple = pg_sys::SearchSysCache2(cache, relation.into(), number.into());
        if tuple.is_null() {
            return None;
        }
        let form = &*pg_sys::GETSTRUCT(tuple).cast::<pg_sys::FormData_pg_attribute>();
        let name = text::from_server(form.attname.data.as_ptr());
        let before = ColumnBefore { name, data_type: form.atttypid, modifier: form.atttypmod };
        pg_sys::ReleaseSysCache(tuple);
        Some(before)
    }
}

/// Schema and name of a relation before the change that is being made: the server calls the hook after it wrote the new
/// `pg_class` row and before that row becomes visible to its caches.
fn name(relation: Oid) -> Option<(Oid, String)> {
    // SAFETY: syscache lookups; the name is a copy, or null.
    unsafe {
        let name = pg_sys::get_rel_name(relation);
        (!name.is_null()).then(|| (pg_sys::get_rel_namespace(relation), text::from_server(name)))
    }
}
