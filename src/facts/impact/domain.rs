//! ALTER DOMAIN: `get_rels_with_domain`, `validateDomainCheckConstraint` in `src/backend/commands/typecmds.c`.

use engine::facts::*;
use pgrx::pg_sys;

use super::super::server::catalog as catalogs;
use super::super::{catalog, server};
use super::Builder;

impl Builder<'_> {
    /// Every table that has a column of the domain, or of a domain over it, is locked SHARE and read.
    ///
    /// # Safety
    /// `raw` points to an AlterDomainStmt.
    pub(super) unsafe fn alter_domain(&mut self, raw: *mut pg_sys::AlterDomainStmt, statement: &mut Statement) {
        let Ddl::AlterDomain { domain, action } = &statement.ddl else { return };
        // SAFETY: a list of strings; `missing_ok`.
        let mut oid = unsafe {
            let name = pg_sys::makeTypeNameFromNameList((*raw).typeName);
            pg_sys::LookupTypeNameOid(std::ptr::null_mut(), name, true)
        };
        if oid == pg_sys::InvalidOid {
            oid = self.world.renamed_type(domain).unwrap_or(oid);
        }
        if oid == pg_sys::InvalidOid {
            return;
        }
        self.impact.constrained_domain = match action {
            DomainAction::AddConstraint(_) | DomainAction::SetNotNull => Some(oid.to_u32()),
            DomainAction::Validate(_) | DomainAction::Other => None,
        };
        let reads = match action {
            DomainAction::AddConstraint(def) => match def.kind {
                ConstraintKind::Check => !def.not_valid,
                ConstraintKind::NotNull => !is_not_null(oid),
                _ => false,
            },
            DomainAction::Validate(_) => true,
            DomainAction::SetNotNull => {
                if is_not_null(oid) {
                    statement.nothing_to_do = true;
                }
                !is_not_null(oid)
            }
            DomainAction::Other => false,
        };
        if !reads {
            return;
        }
        self.refuse_for_domain(oid);
        let domain = domain.sql();
        for relation in users(oid) {
            self.touch_oid(relation, Role::Other, LockMode::Share);
            if let Some(relation) = catalog::relation_only(relation) {
                self.work(&relation, 0, Work::Scan(Scan::Domain { domain: domain.clone() }));
            }
        }
    }
}

impl Builder<'_> {
    /// Whether the text gave the domain, or one that it lies over, a constraint.
    pub(super) fn constrains_domain(&self, mut domain: pg_sys::Oid) -> bool {
        let Some(overlay) = &self.world.overlay else { return false };
        while domain != pg_sys::InvalidOid && is_domain(domain) {
            if overlay.constrains_domain(domain.to_u32()) {
                return true;
            }
            let mut base = pg_sys::InvalidOid;
            catalog::by_oid(catalogs::TYPE, domain, |row| base = row.oid("typbasetype"));
            domain = base;
        }
        false
    }
}

fn is_not_null(domain: pg_sys::Oid) -> bool {
    let mut not_null = false;
    catalog::by_oid(catalogs::TYPE, domain, |row| not_null = row.bool("typnotnull", false));
    not_null
}

/// Whether the domain, or one that it lies over, refuses NULL.
pub(in super::super) fn refuses_null(mut domain: pg_sys::Oid) -> bool {
    while domain != pg_sys::InvalidOid {
        let (mut not_null, mut base) = (false, pg_sys::InvalidOid);
        catalog::by_oid(catalogs::TYPE, domain, |row| {
            not_null = row.bool("typnotnull", false);
            base = row.oid("typbasetype");
        });
        if not_null {
            return true;
        }
        domain = base;
    }
    false
}

/// The tables and materialised views with a column of the domain or of a domain over it. (The server refuses arrays, composites and
/// ranges of it.)
fn users(domain: pg_sys::Oid) -> Vec<pg_sys::Oid> {
    let mut found: Vec<pg_sys::Oid> = Vec::new();
    let mut domains = vec![domain];
    let mut at = 0;
    while at < domains.len() {
        let of = domains[at];
        at += 1;
        server::scan(
            catalogs::DEPEND,
            catalogs::DEPEND_REFERENCE_INDEX,
            &[pg_sys::Oid::from(catalogs::TYPE), of],
            |row| {
                let object = row.oid("objid");
                match row.oid("classid").to_u32() {
                    catalogs::TYPE if is_domain(object) && !domains.contains(&object) => domains.push(object),
                    catalogs::CLASS if row.integer("objsubid") > 0 && !found.contains(&object) => found.push(object),
                    _ => {}
                }
            },
        );
    }
    found.retain(|oid| {
        catalog::Open::new(*oid)
            .is_some_and(|open| matches!(open.form().relkind as u8, pg_sys::RELKIND_RELATION | pg_sys::RELKIND_MATVIEW))
    });
    found
}

fn is_domain(oid: pg_sys::Oid) -> bool {
    // SAFETY: takes any type.
    unsafe { pg_sys::get_typtype(oid) as u8 == pg_sys::TYPTYPE_DOMAIN }
}
