//! Reading PostgreSQL's nodes: lists, names, tags.

use engine::facts::Name;
use pgrx::pg_sys;
use std::ffi::c_char;

/// The text of a C string in the encoding of the database; none for NULL.
///
/// # Safety
/// `text` is NULL or points to a NUL-terminated string.
pub unsafe fn text(text: *const c_char) -> Option<String> {
    if text.is_null() {
        return None;
    }
    // SAFETY: the caller's promise.
    Some(unsafe { crate::pg::text::from_server(text) })
}

/// The pointers of a list.
///
/// # Safety
/// `list` is NULL (the empty list) or a list of pointers to nodes of type `T`.
pub unsafe fn list<T>(list: *const pg_sys::List) -> Vec<*mut T> {
    if list.is_null() {
        return Vec::new();
    }
    // SAFETY: a list's `elements` are `length` cells.
    unsafe { (0..(*list).length as usize).map(|i| (*(*list).elements.add(i)).ptr_value.cast()).collect() }
}

/// The OIDs of a list of OIDs.
///
/// # Safety
/// `list` is NULL or a list of OIDs.
pub unsafe fn oids(list: *const pg_sys::List) -> Vec<pg_sys::Oid> {
    if list.is_null() {
        return Vec::new();
    }
    // SAFETY: a list's `elements` are `length` cells.
    unsafe { (0..(*list).length as usize).map(|i| (*(*list).elements.add(i)).oid_value).collect() }
}

/// A new node, all zeroes but its tag, as `makeNode` makes it.
///
/// # Safety
/// `T` is a node of PostgreSQL's, and `tag` its tag.
pub unsafe fn make<T>(tag: pg_sys::NodeTag) -> *mut T {
    // SAFETY: palloc0 gives aligned memory of this size; every node begins with its tag.
    unsafe {
        let node: *mut pg_sys::Node = pg_sys::palloc0(size_of::<T>()).cast();
        (*node).type_ = tag;
        node.cast()
    }
}

/// The tag of a node; `T_Invalid` for NULL.
///
/// # Safety
/// `node` is NULL or points to a node.
pub unsafe fn tag(node: *const pg_sys::Node) -> pg_sys::NodeTag {
    if node.is_null() {
        return pg_sys::NodeTag::T_Invalid;
    }
    // SAFETY: every node begins with its tag.
    unsafe { (*node).type_ }
}

/// The node as a `T`, if its tag says so.
///
/// # Safety
/// `node` is NULL or points to a node, and `tag` is the tag of `T`.
pub unsafe fn cast<T>(node: *mut pg_sys::Node, wanted: pg_sys::NodeTag) -> Option<*mut T> {
    // SAFETY: the caller's promise.
    (unsafe { tag(node) } == wanted).then_some(node.cast())
}

/// The strings of a list of String nodes.
///
/// # Safety
/// `names` is NULL or a list of nodes.
pub unsafe fn strings(names: *const pg_sys::List) -> Vec<String> {
    // SAFETY: the caller's promise; a String node holds a C string.
    unsafe {
        list::<pg_sys::Node>(names)
            .into_iter()
            .filter_map(|node| cast::<pg_sys::String>(node, pg_sys::NodeTag::T_String))
            .filter_map(|node| text((*node).sval))
            .collect()
    }
}

/// A name given as a list of strings (`schema`, `name`), as DROP and functions have it.
///
/// # Safety
/// `names` is NULL or a list of nodes.
pub unsafe fn name_of_strings(names: *const pg_sys::List) -> Name {
    // SAFETY: the caller's promise.
    let mut parts = unsafe { strings(names) };
    let name = parts.pop().unwrap_or_default();
    Name { schema: parts.pop(), name }
}

/// A name given as a RangeVar; the empty name for NULL.
///
/// # Safety
/// `range` is NULL or points to a RangeVar.
pub unsafe fn name_of_range(range: *const pg_sys::RangeVar) -> Name {
    if range.is_null() {
        return Name::default();
    }
    // SAFETY: the caller's promise.
    unsafe { Name { schema: text((*range).schemaname), name: text((*range).relname).unwrap_or_default() } }
}
