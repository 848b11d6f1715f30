//! Types, domains, schemas and routines that get another name.

use engine::facts::{Ddl, MadeDomain, Renamed, RenamedObject, Statement};
use pgrx::pg_sys::{self, NodeTag, Oid, SysCacheIdentifier};
use std::ffi::CString;

use super::server::catalog as catalogs;
use super::world::World;
use super::{catalog, impact, node, types};
use crate::pg::text::to_server;

/// The object that the statement renames, as it is called before; none for a relation or a part of one, for what this transaction made or
/// changed, for a function that only triggers call, and for what the catalog does not have.
///
/// # Safety
/// `raw` points to the raw statement that `statement` was lowered from.
pub unsafe fn object(raw: *mut pg_sys::Node, statement: &Statement) -> Option<RenamedObject> {
    let Ddl::Rename(rename) = &statement.ddl else { return None };
    let kind = match rename.what {
        Renamed::Other("TYPE") => "type",
        Renamed::Other("DOMAIN") => "domain",
        Renamed::Other("SCHEMA") => "schema",
        Renamed::Other("FUNCTION" | "ROUTINE") => "function",
        Renamed::Other("PROCEDURE") => "procedure",
        Renamed::Other("AGGREGATE") => "aggregate",
        _ => return None,
    };
    // SAFETY: the caller's promise: a RenameStmt, whose kind says what it holds.
    let address = unsafe { impact::renamed_address(raw.cast()) }?;
    if impact::written_here(address.class, address.object) {
        return None;
    }
    let mut object = RenamedObject {
        kind,
        oid: address.object.to_u32(),
        written: rename.target.clone(),
        new_name: rename.new_name.clone(),
        position: statement.position,
        ..RenamedObject::default()
    };
    catalog::by_oid(address.class, address.object, |row| match address.class {
        catalogs::NAMESPACE => object.name = row.name("nspname"),
        catalogs::TYPE => {
            object.name = row.name("typname");
            object.schema = catalog::schema_name(row.oid("typnamespace"));
        }
        _ => {
            object.name = row.name("proname");
            object.schema = catalog::schema_name(row.oid("pronamespace"));
            object.arguments = row.oids("proargtypes").into_iter().map(Oid::to_u32).collect();
        }
    });
    (!object.name.is_empty()).then_some(object)
}

/// Whether an object has the old name again.
pub fn taken_over(object: &RenamedObject) -> bool {
    let name: CString = to_server(&object.name);
    if object.kind == "schema" {
        return catalog::schema(&object.name).is_some();
    }
    let Some(schema) = catalog::schema(&object.schema) else { return false };
    let name = pg_sys::Datum::from(name.as_ptr());
    // SAFETY: syscache look-ups by the types of their keys; the vector lives in the memory of the statement.
    unsafe {
        if matches!(object.kind, "type" | "domain") {
            let none = pg_sys::Datum::null();
            return pg_sys::SearchSysCacheExists(
                SysCacheIdentifier::TYPENAMENSP as i32,
                name,
                schema.into(),
                none,
                none,
            );
        }
        let arguments: Vec<Oid> = object.arguments.iter().copied().map(Oid::from).collect();
        let vector = pg_sys::buildoidvector(arguments.as_ptr(), arguments.len() as i32);
        pg_sys::SearchSysCacheExists(
            SysCacheIdentifier::PROCNAMEARGSNSP as i32,
            name,
            pg_sys::Datum::from(vector),
            schema.into(),
            pg_sys::Datum::null(),
        )
    }
}

/// The name of a type or domain that the statement makes.
///
/// # Safety
/// `raw` points to a raw statement.
pub unsafe fn made_type(raw: *mut pg_sys::Node) -> Option<engine::facts::Name> {
    // SAFETY: each node is read as its tag says.
    unsafe {
        Some(match node::tag(raw) {
            NodeTag::T_CreateEnumStmt => node::name_of_strings((*raw.cast::<pg_sys::CreateEnumStmt>()).typeName),
            NodeTag::T_CreateDomainStmt => node::name_of_strings((*raw.cast::<pg_sys::CreateDomainStmt>()).domainname),
            NodeTag::T_CreateRangeStmt => node::name_of_strings((*raw.cast::<pg_sys::CreateRangeStmt>()).typeName),
            NodeTag::T_CompositeTypeStmt => node::name_of_range((*raw.cast::<pg_sys::CompositeTypeStmt>()).typevar),
            _ => return None,
        })
    }
}

/// What is known of the domain that the statement makes, in a text.
///
/// # Safety
/// `raw` points to a raw statement.
pub unsafe fn made_domain(raw: *mut pg_sys::Node, world: &World) -> Option<MadeDomain> {
    let overlay = world.overlay.as_ref()?;
    // SAFETY: each node is read as its tag says; DomainHasConstraints takes any type.
    unsafe {
        let create = node::cast::<pg_sys::CreateDomainStmt>(raw, NodeTag::T_CreateDomainStmt)?;
        let has = |kind: pg_sys::ConstrType::Type| {
            let constraints = node::list::<pg_sys::Constraint>((*create).constraints);
            constraints.into_iter().any(|constraint| (*constraint).contype == kind)
        };
        let (base, _) = types::written((*create).typeName);
        let below = match base.oid {
            0 => overlay.made_type(&base.name).map_or(MadeDomain { constrained: false, default: true }, |made| {
                made.filter(|_| !base.is_array).unwrap_or(MadeDomain { constrained: false, default: false })
            }),
            oid => MadeDomain {
                constrained: base.is_domain && pg_sys::DomainHasConstraints(Oid::from(oid)),
                default: base.is_domain && super::expression::type_default(Oid::from(oid)).is_some(),
            },
        };
        Some(MadeDomain {
            constrained: below.constrained
                || has(pg_sys::ConstrType::CONSTR_CHECK)
                || has(pg_sys::ConstrType::CONSTR_NOTNULL),
            default: below.default || has(pg_sys::ConstrType::CONSTR_DEFAULT),
        })
    }
}
