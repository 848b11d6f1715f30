//! All columns of a database, read from pg_attribute itself: it is the catalog with the most rows, and the executor takes several
//! times as long to take them apart as to find them. The answer is that of the snapshot's query `columns`.

use super::server::acl_items;
use crate::pg::text;
use engine::snapshot::{Error, Row};
use pgrx::pg_sys;

/// The columns of that query, by their places.
mod place {
    pub const RELATION: usize = 0;
    pub const NUMBER: usize = 1;
    pub const NAME: usize = 2;
    pub const TYPE: usize = 3;
    pub const MODIFIER: usize = 4;
    pub const COLLATION: usize = 5;
    pub const NOT_NULL: usize = 6;
    pub const IDENTITY: usize = 7;
    pub const GENERATED: usize = 8;
    pub const LENGTH: usize = 9;
    pub const ALIGNMENT: usize = 10;
    pub const STORAGE: usize = 11;
    pub const DROPPED: usize = 12;
    pub const GRANTS: usize = 13;
}

/// The privileges, by the bits of an access control list (`src/include/nodes/parsenodes.h`): those that columns can have.
const PRIVILEGES: [(u32, &str); 4] = [(0, "INSERT"), (1, "SELECT"), (2, "UPDATE"), (5, "REFERENCES")];

/// A row of pg_attribute.
struct Attribute<'a> {
    form: &'a pg_sys::FormData_pg_attribute,
    tuple: pg_sys::HeapTuple,
    descriptor: pg_sys::TupleDesc,
}

impl Row for Attribute<'_> {
    fn boolean(&self, column: usize) -> bool {
        match column {
            place::NOT_NULL => self.form.attnotnull,
            place::DROPPED => self.form.attisdropped,
            _ => false,
        }
    }

    fn integer(&self, column: usize) -> Option<i64> {
        Some(match column {
            place::RELATION => self.form.attrelid.to_u32().into(),
            place::NUMBER => self.form.attnum.into(),
            place::TYPE => self.form.atttypid.to_u32().into(),
            place::MODIFIER => self.form.atttypmod.into(),
            place::COLLATION => self.form.attcollation.to_u32().into(),
            place::LENGTH => self.form.attlen.into(),
            _ => return None,
        })
    }

    fn float(&self, _column: usize) -> Option<f64> {
        None
    }

    fn text(&self, column: usize) -> Option<String> {
        // SAFETY: a name is a NUL-terminated array.
        (column == place::NAME).then(|| unsafe { text::from_server(self.form.attname.data.as_ptr()) })
    }

    fn character(&self, column: usize) -> char {
        let byte = match column {
            place::IDENTITY => self.form.attidentity,
            place::GENERATED => self.form.attgenerated,
            place::ALIGNMENT => self.form.attalign,
            place::STORAGE => self.form.attstorage,
            _ => 0,
        } as u8;
        if byte == 0 { ' ' } else { char::from(byte) }
    }

    fn shorts(&self, _column: usize) -> Vec<i16> {
        Vec::new()
    }

    fn oids(&self, _column: usize) -> Vec<u32> {
        Vec::new()
    }

    fn texts(&self, column: usize) -> Vec<String> {
        if column != place::GRANTS || self.form.attisdropped {
            return Vec::new();
        }
        // SAFETY: tuple and descriptor belong together; the column is an aclitem[].
        let items = unsafe {
            let mut is_null = false;
            let number = pg_sys::Anum_pg_attribute_attacl as i32;
            let datum = pg_sys::heap_getattr(self.tuple, number, self.descriptor, &mut is_null);
            if is_null { return Vec::new() } else { acl_items(datum.cast_mut_ptr()) }
        };
        let named = |bits: u64| PRIVILEGES.into_iter().filter(move |(bit, _)| bits & (1 << bit) != 0);
        items
            .into_iter()
            .flat_map(|(grantee, bits)| named(bits).map(move |(_, name)| format!("{} {name}", grantee.to_u32())))
            .collect()
    }
}

/// Hands on every column of a user's relation as the calling statement sees it. None where the query has to be asked: it says why
/// the caller may not read the catalog.
pub fn each(each: &mut dyn FnMut(&dyn Row) -> Result<(), Error>) -> Option<Result<(), Error>> {
    let catalog = pg_sys::AttributeRelationId;
    // SAFETY: a catalog is opened with the weakest lock, and closed when the scan has ended; an ERROR in between is for the
    // subtransaction of the snapshot. The active snapshot outlives the statement that has it. A tuple is valid until the next one,
    // and begins with all columns of the form: none of them can be NULL.
    unsafe {
        let may = pg_sys::pg_class_aclcheck(catalog, pg_sys::GetUserId(), pg_sys::ACL_SELECT as pg_sys::AclMode);
        if may != pg_sys::AclResult::ACLCHECK_OK || !pg_sys::ActiveSnapshotSet() {
            return None;
        }
        let relation = pg_sys::table_open(catalog, pg_sys::AccessShareLock as i32);
        let snapshot = pg_sys::GetActiveSnapshot();
        let none = std::ptr::null_mut();
        let scan = pg_sys::systable_beginscan(relation, pg_sys::InvalidOid, false, snapshot, 0, none);
        let mut result = Ok(());
        loop {
            let tuple = pg_sys::systable_getnext(scan);
            if tuple.is_null() {
                break;
            }
            let header = (*tuple).t_data;
            let form = &*header.cast::<u8>().add((*header).t_hoff.into()).cast::<pg_sys::FormData_pg_attribute>();
            if form.attnum > 0 && form.attrelid.to_u32() >= pg_sys::FirstNormalObjectId {
                result = each(&Attribute { form, tuple, descriptor: (*relation).rd_att });
                if result.is_err() {
                    break;
                }
            }
        }
        pg_sys::systable_endscan(scan);
        pg_sys::table_close(relation, pg_sys::AccessShareLock as i32);
        Some(result)
    }
}
