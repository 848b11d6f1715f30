//! Functions and procedures of a text: what it makes of them after they are there.

use engine::facts::Function;
use pgrx::pg_sys::{self, NodeTag, ObjectType as O};

use super::overlay::Overlay;
use super::server::catalog as catalogs;
use super::{aftermath, catalog, node, types};
use crate::pg::attempt::attempt;
use crate::pg::text::to_server;

/// The types of the arguments that a call gives, as a text compares them: by OID, else by what is written.
///
/// # Safety
/// The nodes are raw TypeNames.
pub unsafe fn types_of(list: Vec<*mut pg_sys::TypeName>) -> Vec<String> {
    let written = |raw| {
        // SAFETY: the caller's promise.
        let (data_type, _) = unsafe { types::written(raw) };
        if data_type.oid == 0 { data_type.name } else { data_type.oid.to_string() }
    };
    list.into_iter().map(written).collect()
}

fn is_routine(kind: O::Type) -> bool {
    matches!(kind, O::OBJECT_FUNCTION | O::OBJECT_PROCEDURE | O::OBJECT_ROUTINE)
}

/// The function that the text made or changed and that is meant.
///
/// # Safety
/// `routine` points to a raw ObjectWithArgs.
unsafe fn known(routine: *mut pg_sys::ObjectWithArgs, overlay: &Overlay) -> Option<Function> {
    // SAFETY: the caller's promise.
    let (name, takes) = unsafe {
        let takes = (!(*routine).args_unspecified).then(|| types_of(node::list((*routine).objargs)));
        (node::name_of_strings((*routine).objname), takes)
    };
    let mut found =
        overlay.functions_named(&name).filter(|function| takes.as_ref().is_none_or(|t| *t == function.takes));
    let first = found.next()?;
    // Without arguments a name must be the only one.
    found.next().is_none().then(|| first.clone())
}

/// The function of the catalog that is meant.
///
/// # Safety
/// As for `known`.
unsafe fn of_catalog(kind: O::Type, routine: *mut pg_sys::ObjectWithArgs, overlay: &Overlay) -> Option<Function> {
    // SAFETY: the caller's promise; a copy gets a list of strings.
    let name = unsafe { node::name_of_strings((*routine).objname) };
    let path = name.schema.clone().map_or_else(|| overlay.search_path(), |schema| vec![schema]);
    for schema in path {
        let Some(behind) = overlay.behind(&schema) else { continue };
        let found = attempt(|| {
            // SAFETY: as above; `missing_ok`.
            unsafe {
                let copy: *mut pg_sys::ObjectWithArgs = pg_sys::copyObjectImpl(routine.cast()).cast();
                (*copy).objname = [&behind, &name.name].into_iter().fold(std::ptr::null_mut(), |list, part| {
                    pg_sys::lappend(list, pg_sys::makeString(pg_sys::pstrdup(to_server(part).as_ptr())).cast())
                });
                let oid = pg_sys::LookupFuncWithArgs(kind, copy, true);
                let mut found = None;
                if oid != pg_sys::InvalidOid {
                    catalog::by_oid(catalogs::PROC, oid, |row| {
                        found = aftermath::function(row);
                    });
                    if let Some(function) = &mut found {
                        let _: &bool = &function.public_execute;
                    }
                }
                found
            }
        });
        if let Some(mut function) = found.ok().flatten() {
            if overlay.dropped_functions().contains(&function.oid) {
                continue;
            }
            schema.clone_into(&mut function.schema);
            // SAFETY: as above.
            function.takes = unsafe { types_of(node::list((*routine).objargs)) };
            return Some(function);
        }
    }
    None
}

/// The search path that a SET clause of a function pins; none where it does not.
///
/// # Safety
/// `set` points to a VariableSetStmt.
pub unsafe fn pinned_path(set: *mut pg_sys::VariableSetStmt, overlay: Option<&Overlay>) -> Option<String> {
    use pg_sys::VariableSetKind as V;
    // SAFETY: the caller's promise.
    unsafe {
        match (*set).kind {
            V::VAR_SET_VALUE => node::text(pg_sys::ExtractSetVariableArgs(set)),
            V::VAR_SET_CURRENT => overlay.map(|overlay| engine::sql::ident_list(&overlay.written_path())),
            _ => None,
        }
    }
}

/// ALTER, RENAME, SET SCHEMA and DROP of a function or procedure.
///
/// # Safety
/// `raw` points to a raw statement.
pub unsafe fn follow(raw: *mut pg_sys::Node, overlay: &mut Overlay, position: usize) {
    // SAFETY: NULL, or a node.
    let routine_of = |object| unsafe { node::cast::<pg_sys::ObjectWithArgs>(object, NodeTag::T_ObjectWithArgs) };
    // SAFETY: each node is read as its tag says.
    unsafe {
        match node::tag(raw) {
            NodeTag::T_AlterFunctionStmt => {
                let alter: *mut pg_sys::AlterFunctionStmt = raw.cast();
                let known =
                    known((*alter).func, overlay).or_else(|| of_catalog((*alter).objtype, (*alter).func, overlay));
                let Some(old) = known else { return };
                let mut function = old.clone();
                for action in node::list::<pg_sys::DefElem>((*alter).actions) {
                    change(&mut function, action, overlay);
                }
                overlay.replace_function(Some(&old), function, position);
            }
            NodeTag::T_RenameStmt => {
                let rename: *mut pg_sys::RenameStmt = raw.cast();
                if let Some(routine) = routine_of((*rename).object).filter(|_| is_routine((*rename).renameType))
                    && let (Some(old), Some(name)) = (known(routine, overlay), node::text((*rename).newname))
                {
                    overlay.replace_function(Some(&old), Function { name, ..old.clone() }, position);
                }
            }
            NodeTag::T_AlterObjectSchemaStmt => {
                let alter: *mut pg_sys::AlterObjectSchemaStmt = raw.cast();
                if let Some(routine) = routine_of((*alter).object).filter(|_| is_routine((*alter).objectType))
                    && let (Some(old), Some(schema)) = (known(routine, overlay), node::text((*alter).newschema))
                {
                    overlay.replace_function(Some(&old), Function { schema, ..old.clone() }, position);
                }
            }
            NodeTag::T_DropStmt => {
                let drop: *mut pg_sys::DropStmt = raw.cast();
                if is_routine((*drop).removeType) {
                    for routine in node::list::<pg_sys::Node>((*drop).objects).into_iter().filter_map(routine_of) {
                        if let Some(old) = known(routine, overlay) {
                            overlay.remove_function(&old);
                        }
                    }
                }
            }
            _ => {}
        }
    }
}

/// One action of ALTER FUNCTION.
///
/// # Safety
/// `action` points to a DefElem of an AlterFunctionStmt.
unsafe fn change(function: &mut Function, action: *mut pg_sys::DefElem, overlay: &Overlay) {
    // SAFETY: the caller's promise.
    unsafe {
        match node::text((*action).defname).as_deref() {
            Some("security") => function.security_definer = pg_sys::defGetBoolean(action),
            Some("volatility") => {
                let word = node::cast::<pg_sys::String>((*action).arg, NodeTag::T_String);
                let word = word.and_then(|word| node::text((*word).sval)).unwrap_or_default();
                function.volatile = match (word.as_str(), function.language.as_str()) {
                    ("volatile", "sql" | "") => None,
                    (word, _) => Some(word == "volatile"),
                };
            }
            Some("set") => {
                let Some(set) = node::cast::<pg_sys::VariableSetStmt>((*action).arg, NodeTag::T_VariableSetStmt) else {
                    return;
                };
                let name = node::text((*set).name).unwrap_or_default();
                if name.eq_ignore_ascii_case("search_path") || (*set).kind == pg_sys::VariableSetKind::VAR_RESET_ALL {
                    function.search_path = pinned_path(set, Some(overlay));
                    function.writable_schemas =
                        function.search_path.as_deref().map(aftermath::writable_schemas).unwrap_or_default();
                }
            }
            _ => {}
        }
    }
}
