//! Data types: from the catalog, and from what a statement writes.

use engine::facts::TypeName;
use engine::hash::QuickMap;
use pgrx::pg_sys;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::node;

thread_local! {
    /// Types that initdb made: nobody can rename or redefine them, so their names are made once in a backend.
    static BUILT_IN: RefCell<QuickMap<(u32, i32), Rc<TypeName>>> = RefCell::default();
}

/// The most built-in types that are remembered; modifiers make them many.
const MOST_BUILT_IN: usize = 1_000;

/// The type with its modifier, as facts hold it.
pub fn known(oid: pg_sys::Oid, modifier: i32) -> Rc<TypeName> {
    if oid == pg_sys::InvalidOid {
        return Rc::new(TypeName { modifier: -1, ..TypeName::default() });
    }
    let key = (oid.to_u32(), modifier);
    if key.0 >= pg_sys::FirstNormalObjectId {
        return Rc::new(look_up(oid, modifier));
    }
    if let Some(known) = BUILT_IN.with(|types| types.borrow().get(&key).cloned()) {
        return known;
    }
    let found = Rc::new(look_up(oid, modifier));
    BUILT_IN.with(|types| {
        let mut types = types.borrow_mut();
        if types.len() < MOST_BUILT_IN {
            types.insert(key, Rc::clone(&found));
        }
    });
    found
}

fn look_up(oid: pg_sys::Oid, modifier: i32) -> TypeName {
    // SAFETY: these functions take any OID and return palloc'd strings; an OID without a type raises an ERROR, which the
    // caller's attempt() catches.
    unsafe {
        let name = node::text(pg_sys::format_type_with_typemod(oid, modifier)).unwrap_or_default();
        let is_domain = pg_sys::get_typtype(oid) == pg_sys::TYPTYPE_DOMAIN as std::ffi::c_char;
        let mut base = pg_sys::getBaseType(oid);
        let mut is_array = false;
        let element = pg_sys::get_element_type(base);
        if element != pg_sys::InvalidOid {
            is_array = true;
            base = pg_sys::getBaseType(element);
        }
        TypeName {
            oid: oid.to_u32(),
            modifier,
            name,
            base: node::text(pg_sys::format_type_be(base)).unwrap_or_default(),
            base_oid: base.to_u32(),
            is_array,
            is_domain,
            ..TypeName::default()
        }
    }
}

/// Something changed that decides about operator classes: the classes themselves, or the casts that let a type use another's.
static OPCLASSES_CHANGED: AtomicBool = AtomicBool::new(true);

thread_local! {
    /// Default operator classes by type and access method. The server keeps none and reads all classes of the method each time.
    static OPCLASSES: RefCell<QuickMap<(u32, u32), pg_sys::Oid>> = RefCell::default();
}

/// The most default operator classes that are remembered.
const MOST_OPCLASSES: usize = 1_000;

unsafe extern "C-unwind" fn opclasses_changed(_: pg_sys::Datum, _: std::ffi::c_int, _: u32) {
    OPCLASSES_CHANGED.store(true, Relaxed);
}

/// Asks the server to tell about changes of what [`default_opclass`] remembers.
pub fn watch() {
    for cache in [pg_sys::SysCacheIdentifier::CLAOID, pg_sys::SysCacheIdentifier::CASTSOURCETARGET] {
        // SAFETY: done once, while the library is loaded; the callback stores a flag and does nothing else.
        unsafe {
            pg_sys::CacheRegisterSyscacheCallback(cache as i32, Some(opclasses_changed), pg_sys::Datum::null());
        }
    }
}

/// `GetDefaultOpClass`: the operator class that an index on the type takes by itself; InvalidOid where there is none.
pub fn default_opclass(type_oid: pg_sys::Oid, method: pg_sys::Oid) -> pg_sys::Oid {
    // A type that is not there, or that only a text makes: the server fails on it.
    if type_oid == pg_sys::InvalidOid {
        return pg_sys::InvalidOid;
    }
    let key = (type_oid.to_u32(), method.to_u32());
    if OPCLASSES_CHANGED.swap(false, Relaxed) {
        OPCLASSES.with(|known| known.borrow_mut().clear());
    }
    if let Some(known) = OPCLASSES.with(|known| known.borrow().get(&key).copied()) {
        return known;
    }
    // SAFETY: takes any type and access method.
    let found = unsafe { pg_sys::GetDefaultOpClass(type_oid, method) };
    // A type of the user's may be a domain, or be dropped and its OID given to another: it is looked up each time.
    if key.0 < pg_sys::FirstNormalObjectId && !OPCLASSES_CHANGED.load(Relaxed) {
        OPCLASSES.with(|known| {
            let mut known = known.borrow_mut();
            if known.len() < MOST_OPCLASSES {
                known.insert(key, found);
            }
        });
    }
    found
}

/// `serial` and its kin, which the parser expands and which are no types: the column's real type.
pub fn serial(name: &str) -> Option<&'static str> {
    match name {
        "smallserial" | "serial2" => Some("smallint"),
        "serial" | "serial4" => Some("integer"),
        "bigserial" | "serial8" => Some("bigint"),
        _ => None,
    }
}

/// The type that a statement writes. `oid` is 0, and `name` what is written, where there is no such type (yet).
///
/// # Safety
/// `raw` is NULL or points to a raw TypeName.
pub unsafe fn written(raw: *mut pg_sys::TypeName) -> (TypeName, Option<String>) {
    if raw.is_null() {
        return (TypeName { modifier: -1, ..TypeName::default() }, None);
    }
    // SAFETY: the caller's promise; LookupTypeName returns a syscache tuple that is released here.
    unsafe {
        let names = node::strings((*raw).names);
        if let [only] = names.as_slice()
            && let Some(real) = serial(only)
        {
            let oid = match real {
                "smallint" => pg_sys::INT2OID,
                "integer" => pg_sys::INT4OID,
                _ => pg_sys::INT8OID,
            };
            return (TypeName::clone(&known(oid, -1)), Some(only.clone()));
        }
        let is_array = !(*raw).arrayBounds.is_null();
        let unknown = TypeName { name: names.join("."), modifier: -1, is_array, ..TypeName::default() };
        if (*raw).pct_type {
            return (unknown, None);
        }
        let mut modifier = -1;
        let tuple = pg_sys::LookupTypeName(std::ptr::null_mut(), raw, &mut modifier, true);
        if tuple.is_null() {
            return (unknown, None);
        }
        let form: *mut pg_sys::FormData_pg_type = pg_sys::GETSTRUCT(tuple).cast();
        let (oid, defined) = ((*form).oid, (*form).typisdefined);
        pg_sys::ReleaseSysCache(tuple);
        (if defined { TypeName::clone(&known(oid, modifier)) } else { unknown }, None)
    }
}
