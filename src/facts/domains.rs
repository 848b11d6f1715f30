//! Domains that a text makes: what the columns that it gives them hold. The server knows nothing of them yet, so their OID stays 0.

use engine::facts::{AlterCommand, ColumnDef, Ddl, TypeName};
use pgrx::pg_sys::{self, NodeTag};

use super::overlay::Overlay;
use super::{node, types};

/// The domain that CREATE DOMAIN makes; none where nothing is known of the type under it.
///
/// # Safety
/// `raw` points to a raw statement.
pub unsafe fn made(raw: *mut pg_sys::Node, overlay: &Overlay) -> Option<TypeName> {
    // SAFETY: the node is read as its tag says.
    unsafe {
        let statement = node::cast::<pg_sys::CreateDomainStmt>(raw, NodeTag::T_CreateDomainStmt)?;
        let mut under = types::written((*statement).typeName).0;
        resolve(&mut under, overlay);
        let refuses = node::list::<pg_sys::Constraint>((*statement).constraints)
            .into_iter()
            .any(|constraint| (*constraint).contype == pg_sys::ConstrType::CONSTR_NOTNULL);
        (!under.base.is_empty()).then(|| TypeName {
            oid: 0,
            modifier: -1,
            name: node::name_of_strings((*statement).domainname).sql(),
            is_domain: true,
            refuses_null: refuses || under.refuses_null,
            ..under
        })
    }
}

/// Says of the columns of a statement what their domains are made of.
pub fn fill(ddl: &mut Ddl, overlay: &Overlay) {
    let column = |column: &mut ColumnDef| {
        resolve(&mut column.data_type, overlay);
        column.domain_not_null |= column.data_type.refuses_null;
    };
    match ddl {
        Ddl::CreateTable(create) => create.columns.iter_mut().for_each(column),
        Ddl::AlterTable(alter) => {
            for command in &mut alter.commands {
                match command {
                    AlterCommand::AddColumn { column: added, .. } => column(added),
                    AlterCommand::AlterType { data_type, .. } => resolve(data_type, overlay),
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

fn resolve(written: &mut TypeName, overlay: &Overlay) {
    if written.oid != 0 {
        return;
    }
    let Some(domain) = overlay.domain(&written.name) else { return };
    let name = std::mem::take(&mut written.name);
    *written = if written.is_array {
        TypeName { name: format!("{name}[]"), is_array: true, is_domain: false, refuses_null: false, ..domain.clone() }
    } else {
        TypeName { name, ..domain.clone() }
    };
}
