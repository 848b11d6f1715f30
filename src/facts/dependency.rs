//! What goes with an object: a walk over pg_depend, as `findDependentObjects` in `src/backend/catalog/dependency.c` does it.

use pgrx::pg_sys;
use std::collections::HashSet;

use super::catalog::by_oid;
use super::node;
use super::server::{catalog, scan};

/// An object or a part (column) of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Address {
    /// Its catalog.
    pub class: u32,
    /// Its OID.
    pub object: pg_sys::Oid,
    /// Its column; 0 for the whole.
    pub sub: i32,
}

/// An object that goes too.
#[derive(Clone, Copy, Debug)]
pub struct Goes {
    /// The object.
    pub address: Address,
    /// It goes only because of CASCADE.
    pub by_cascade: bool,
    /// It is a part of something that goes, too: PostgreSQL does not list it.
    pub part: bool,
    /// People know it as an object of its own: not a rule that makes a view, not the row type of a table.
    pub noteworthy: bool,
}

impl Address {
    /// A relation.
    pub fn relation(oid: pg_sys::Oid) -> Address {
        Address { class: catalog::CLASS, object: oid, sub: 0 }
    }

    /// A column.
    pub fn column(table: pg_sys::Oid, number: i16) -> Address {
        Address { class: catalog::CLASS, object: table, sub: i32::from(number) }
    }

    /// The object in PostgreSQL's words: `view revenue`, `constraint c on table t`.
    pub fn describe(&self) -> String {
        let address = pg_sys::ObjectAddress {
            classId: pg_sys::Oid::from(self.class),
            objectId: self.object,
            objectSubId: self.sub,
        };
        // SAFETY: `missing_ok` gives NULL for what is gone.
        unsafe { node::text(pg_sys::getObjectDescription(&address, true)) }.unwrap_or_default()
    }

    fn covers(&self, other: &Address) -> bool {
        self.class == other.class && self.object == other.object && (self.sub == 0 || self.sub == other.sub)
    }
}

/// Whether the object is known to people by itself. Of rules, defaults and triggers only what CASCADE takes from a table that stays.
fn noteworthy(address: Address, by_cascade: bool) -> bool {
    match address.class {
        catalog::ATTRDEF => by_cascade,
        catalog::REWRITE => {
            let mut makes_view = true;
            by_oid(address.class, address.object, |row| makes_view = row.name("rulename") == "_RETURN");
            by_cascade && !makes_view
        }
        catalog::TRIGGER => {
            // Those of constraints are parts of them, those of partitions parts of the parent's.
            let mut part = true;
            by_oid(address.class, address.object, |row| {
                part = row.bool("tgisinternal", false) || row.oid("tgparentid") != pg_sys::InvalidOid;
            });
            by_cascade && !part
        }
        // A table's row type and its array type are parts of the table.
        catalog::TYPE => {
            // SAFETY: takes any OID.
            let row_type = unsafe { pg_sys::get_typ_typrelid(address.object) } != pg_sys::InvalidOid;
            // SAFETY: as above; the array type of a row type has the row type as its element.
            let element = unsafe { pg_sys::get_element_type(address.object) };
            !row_type && element == pg_sys::InvalidOid
        }
        _ => true,
    }
}

/// Everything that goes with the roots, the roots left out. Objects that only CASCADE takes are marked.
pub fn dependents(roots: &[Address]) -> Vec<Goes> {
    dependents_but(roots, &|_| false)
}

/// The same without what `stays`, and what only depends on that.
pub fn dependents_but(roots: &[Address], stays: &dyn Fn(&Address) -> bool) -> Vec<Goes> {
    let mut found: Vec<Goes> = Vec::new();
    let mut seen: HashSet<Address> = roots.iter().copied().collect();
    // What goes by itself comes first: an object that is a part of one thing that goes and only depends on another goes by itself.
    let mut queue: Vec<(Address, bool)> = roots.iter().map(|root| (*root, false)).collect();
    let mut later: Vec<Goes> = Vec::new();
    loop {
        let Some((parent, parent_cascade)) = queue.pop() else {
            let Some(next) = later.pop() else { break };
            if seen.insert(next.address) {
                found.push(next);
                queue.push((next.address, true));
            }
            continue;
        };
        pgrx::check_for_interrupts!();
        let mut next: Vec<(Address, char)> = Vec::new();
        scan(
            catalog::DEPEND,
            catalog::DEPEND_REFERENCE_INDEX,
            &[pg_sys::Oid::from(parent.class), parent.object],
            |row| {
                if parent.sub != 0 && row.integer("refobjsubid") != parent.sub {
                    return;
                }
                let address = Address {
                    class: row.oid("classid").to_u32(),
                    object: row.oid("objid"),
                    sub: row.integer("objsubid"),
                };
                next.push((address, row.char("deptype")));
            },
        );
        for (address, kind) in next {
            // A part of what goes anyway: the table's own columns, the object itself.
            if roots.iter().any(|root| root.covers(&address)) || seen.contains(&address) || stays(&address) {
                continue;
            }
            let by_cascade = parent_cascade || kind == 'n';
            // A part of something that CASCADE takes (the index of its view) is not news; a part that goes by itself is.
            let news = kind == 'n' || (kind != 'i' && !by_cascade);
            let goes = Goes { address, by_cascade, part: false, noteworthy: news && noteworthy(address, by_cascade) };
            if by_cascade && !parent_cascade {
                later.push(goes);
            } else {
                seen.insert(address);
                found.push(goes);
                queue.push((address, by_cascade));
            }
            // An object is an internal part of one thing at most. What was reached as a part of its owner has no other.
            if kind == 'i' {
                continue;
            }
            for owner in owners(address) {
                if roots.iter().any(|root| root.covers(&owner)) || seen.contains(&owner) {
                    continue;
                }
                let goes = Goes { address: owner, by_cascade, part: false, noteworthy: noteworthy(owner, by_cascade) };
                if by_cascade && !parent_cascade {
                    later.push(goes);
                } else {
                    seen.insert(owner);
                    found.push(goes);
                    queue.push((owner, by_cascade));
                }
            }
        }
    }
    // `reportDependentObjects`: what is a part of something that goes, on whatever path that was reached, is not news.
    let all: HashSet<Address> = found.iter().map(|goes| goes.address).chain(roots.iter().copied()).collect();
    let gone = |address: &Address| all.contains(address) || all.contains(&Address { sub: 0, ..*address });
    for goes in found.iter_mut().filter(|goes| goes.by_cascade) {
        let whole = Address { sub: 0, ..goes.address };
        goes.part = goes.address.sub != 0 && all.contains(&whole) || parts_of(goes.address).iter().any(gone);
        goes.noteworthy &= !goes.part;
    }
    found
}

/// What the object is a part of: it goes with that silently.
fn parts_of(address: Address) -> Vec<Address> {
    let mut wholes = Vec::new();
    scan(catalog::DEPEND, catalog::DEPEND_DEPENDER_INDEX, &[pg_sys::Oid::from(address.class), address.object], |row| {
        if row.integer("objsubid") == address.sub && row.char("deptype") != 'n' {
            wholes.push(Address {
                class: row.oid("refclassid").to_u32(),
                object: row.oid("refobjid"),
                sub: row.integer("refobjsubid"),
            });
        }
    });
    wholes
}

/// What depends on the object itself, not by way of others.
pub fn directly(of: &Address) -> Vec<Address> {
    let mut found = Vec::new();
    scan(catalog::DEPEND, catalog::DEPEND_REFERENCE_INDEX, &[pg_sys::Oid::from(of.class), of.object], |row| {
        if row.integer("refobjsubid") == of.sub {
            found.push(Address {
                class: row.oid("classid").to_u32(),
                object: row.oid("objid"),
                sub: row.integer("objsubid"),
            });
        }
    });
    found
}

/// The objects that the object is an internal part of: dropping the part drops them.
fn owners(address: Address) -> Vec<Address> {
    let mut owners = Vec::new();
    scan(catalog::DEPEND, catalog::DEPEND_DEPENDER_INDEX, &[pg_sys::Oid::from(address.class), address.object], |row| {
        if row.char("deptype") == 'i' && row.integer("objsubid") == 0 {
            owners.push(Address {
                class: row.oid("refclassid").to_u32(),
                object: row.oid("refobjid"),
                sub: row.integer("refobjsubid"),
            });
        }
    });
    owners
}

/// The relations that are internal parts of the object: the sequence of an identity column.
pub fn internal_relations(of: Address) -> Vec<pg_sys::Oid> {
    let mut relations = Vec::new();
    scan(catalog::DEPEND, catalog::DEPEND_REFERENCE_INDEX, &[pg_sys::Oid::from(of.class), of.object], |row| {
        if row.char("deptype") == 'i'
            && row.integer("refobjsubid") == of.sub
            && row.oid("classid").to_u32() == catalog::CLASS
        {
            relations.push(row.oid("objid"));
        }
    });
    relations
}

/// The columns of its table that an index depends on, expressions and predicate included.
pub fn columns_of_index(index: pg_sys::Oid, table: pg_sys::Oid) -> Vec<i16> {
    let mut columns = Vec::new();
    scan(catalog::DEPEND, catalog::DEPEND_DEPENDER_INDEX, &[pg_sys::Oid::from(catalog::CLASS), index], |row| {
        if row.oid("refclassid").to_u32() == catalog::CLASS && row.oid("refobjid") == table {
            columns.push(row.integer("refobjsubid") as i16);
        }
    });
    columns
}
