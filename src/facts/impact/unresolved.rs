//! Types and functions that only the text made: the server cannot analyse an expression with them, and what it would say follows from what
//! the text says of them, or is not known.

use engine::facts::*;
use pgrx::pg_sys::{self, NodeTag};

use super::super::world::World;
use super::super::{node, walk};
use super::Builder;
use super::alter_table::NewValue;
use crate::pg::attempt::attempt;

/// How deep a default is looked at.
const DEEPEST: usize = 50;

/// Whether the function that a call names gives another value for each row: what the functions of this name with so many arguments, those
/// of the text and those of the server, agree about. None where it is not known.
///
/// # Safety
/// `call` points to a raw FuncCall.
unsafe fn is_volatile_call(call: *mut pg_sys::FuncCall, world: &World) -> Option<bool> {
    // SAFETY: the caller's promise; a list of candidates, which may be empty.
    unsafe {
        let name = node::name_of_strings((*call).funcname);
        let mut said: Vec<Option<bool>> = Vec::new();
        if let Some(overlay) = &world.overlay {
            said.extend(overlay.functions_named(&name).map(|function| function.volatile));
        }
        let arguments = node::list::<pg_sys::Node>((*call).args).len() as i32;
        let none = std::ptr::null_mut();
        let mut candidate = pg_sys::FuncnameGetCandidates((*call).funcname, arguments, none, true, true, false, true);
        while !candidate.is_null() {
            let oid = (*candidate).oid;
            // Somebody's own may be written in SQL, and then its body counts.
            let built_in = oid.to_u32() < pg_sys::FirstNormalObjectId;
            said.push(built_in.then(|| pg_sys::func_volatile(oid) as u8 == pg_sys::PROVOLATILE_VOLATILE));
            candidate = (*candidate).next;
        }
        let first = *said.first()?;
        if said.iter().all(|one| *one == first) { first } else { None }
    }
}

/// Whether some function that is called is volatile, whatever else an expression or a query holds.
///
/// # Safety
/// `root` is NULL or points to a raw expression or query.
pub(in super::super) unsafe fn calls_volatile(root: *mut pg_sys::Node, world: &World) -> bool {
    let walked = attempt(|| {
        let mut found = false;
        // SAFETY: the caller's promise.
        unsafe {
            walk::visit_within(DEEPEST, root, |part| {
                if let Some(call) = node::cast::<pg_sys::FuncCall>(part, NodeTag::T_FuncCall) {
                    found |= is_volatile_call(call, world) == Some(true);
                }
            });
        }
        found
    });
    walked.unwrap_or(false)
}

/// Whether a default must be computed for every row; none where it is not known. What may be left out when it is simplified (CASE,
/// COALESCE) is not known.
///
/// # Safety
/// `root` points to a raw expression.
unsafe fn is_volatile(root: *mut pg_sys::Node, world: &World) -> Option<bool> {
    let (mut volatile, mut known) = (false, true);
    // SAFETY: the caller's promise.
    let whole = unsafe {
        walk::visit_within(DEEPEST, root, |part| match node::tag(part) {
            NodeTag::T_FuncCall => match is_volatile_call(part.cast(), world) {
                Some(is) => volatile |= is,
                None => known = false,
            },
            NodeTag::T_A_Const
            | NodeTag::T_A_Expr
            | NodeTag::T_TypeCast
            | NodeTag::T_TypeName
            | NodeTag::T_CollateClause
            | NodeTag::T_SQLValueFunction
            | NodeTag::T_List => {}
            _ => known = false,
        })
    };
    if volatile && whole { Some(true) } else { (known && whole).then_some(false) }
}

/// The constant that an expression is: whether it is NULL.
///
/// # Safety
/// `raw` points to a raw expression.
unsafe fn constant(mut raw: *mut pg_sys::Node) -> Option<bool> {
    // SAFETY: the caller's promise.
    unsafe {
        while let Some(cast) = node::cast::<pg_sys::TypeCast>(raw, NodeTag::T_TypeCast) {
            raw = (*cast).arg;
        }
        node::cast::<pg_sys::A_Const>(raw, NodeTag::T_A_Const).map(|constant| (*constant).isnull)
    }
}

fn checked(domain: &TypeName) -> String {
    format!("every value is checked against the constraints of the domain {}", domain.name)
}

impl Builder<'_> {
    /// The value of a new column whose type or default the catalog alone does not tell.
    ///
    /// # Safety
    /// `default` is the raw expression of the default.
    pub(super) unsafe fn new_value_of_text(
        &self,
        data_type: &TypeName,
        default: Option<*mut pg_sys::Node>,
    ) -> NewValue {
        if data_type.oid == 0 {
            let made = self.world.overlay.as_ref().and_then(|overlay| overlay.made_type(&data_type.name));
            match made {
                None => return NewValue::Unknown,
                Some(Some(domain)) if !data_type.is_array => {
                    if domain.constrained {
                        return NewValue::Computed(checked(data_type));
                    }
                    if domain.default && default.is_none() {
                        return NewValue::Unknown;
                    }
                }
                Some(_) => {}
            }
        }
        let Some(default) = default else { return NewValue::Null };
        // SAFETY: the caller's promise.
        unsafe {
            match (constant(default), is_volatile(default, self.world)) {
                (Some(true), _) => NewValue::Null,
                (Some(false), _) | (None, Some(false)) => NewValue::Stored,
                (None, Some(true)) => {
                    NewValue::Computed("the default is volatile: it must be computed for every row".to_owned())
                }
                (None, None) => NewValue::Unknown,
            }
        }
    }

    /// Why a change to a type that only the text made rewrites the table; none where that is not known.
    ///
    /// # Safety
    /// `using` is NULL or points to a raw expression.
    pub(super) unsafe fn type_change_of_text(
        &self,
        column: &Column,
        to: &TypeName,
        using: *mut pg_sys::Node,
    ) -> Option<String> {
        let overlay = self.world.overlay.as_ref()?;
        let computed = || Some(format!("each value of {} is computed anew as {}", column.name, to.name));
        if to.oid != 0 {
            // SAFETY: the caller's promise.
            let call = unsafe { node::cast::<pg_sys::FuncCall>(using, NodeTag::T_FuncCall) }?;
            // SAFETY: a FuncCall.
            let name = unsafe { node::name_of_strings((*call).funcname) };
            // The planner may put the body of one in SQL in its place.
            let mut named = overlay.functions_named(&name).peekable();
            let calls = named.peek().is_some() && named.all(|function| function.language != "sql");
            return if calls { computed() } else { None };
        }
        match overlay.made_type(&to.name)? {
            Some(domain) if !to.is_array => domain.constrained.then(|| checked(to)),
            // Without USING there is no cast, unless the text made it as well.
            _ if using.is_null() => None,
            _ => computed(),
        }
    }

    /// Whether an expression that could not be analysed names what only the text made: else the server refuses it.
    ///
    /// # Safety
    /// `raw` points to a raw expression.
    pub(super) unsafe fn names_what_is_new(&self, table: &Table, raw: *mut pg_sys::Node) -> bool {
        let Some(overlay) = &self.world.overlay else { return false };
        let mut found = false;
        // SAFETY: the caller's promise; each node is read as its tag says.
        unsafe {
            walk::visit_within(DEEPEST, raw, |part| match node::tag(part) {
                NodeTag::T_FuncCall => {
                    let name = node::name_of_strings((*part.cast::<pg_sys::FuncCall>()).funcname);
                    found |= overlay.functions_named(&name).next().is_some();
                }
                NodeTag::T_TypeName => {
                    let names = node::strings((*part.cast::<pg_sys::TypeName>()).names);
                    found |= overlay.made_type(&names.join(".")).is_some();
                }
                NodeTag::T_ColumnRef => {
                    let names = node::strings((*part.cast::<pg_sys::ColumnRef>()).fields);
                    let column = names.last().and_then(|name| table.column(name));
                    found |= column.is_some_and(|column| column.data_type.oid == 0);
                }
                _ => {}
            });
        }
        found
    }
}
