//! Functions of the server that the bindings leave out, and scans of catalogs.

use engine::hash::QuickMap;
use pgrx::pg_sys;
use std::cell::RefCell;
use std::ffi::c_char;
use std::num::NonZeroUsize;

mod raw {
    use pgrx::pg_sys;

    unsafe extern "C-unwind" {
        // src/include/catalog/pg_inherits.h (14 and later)
        pub fn find_all_inheritors(
            parent: pg_sys::Oid,
            lockmode: pg_sys::LOCKMODE,
            numparents: *mut *mut pg_sys::List,
        ) -> *mut pg_sys::List;
        pub fn find_inheritance_children(parent: pg_sys::Oid, lockmode: pg_sys::LOCKMODE) -> *mut pg_sys::List;
        // src/include/catalog/partition.h
        pub fn get_partition_parent(relation: pg_sys::Oid, even_if_detached: bool) -> pg_sys::Oid;
        pub fn get_default_partition_oid(parent: pg_sys::Oid) -> pg_sys::Oid;
        // src/include/utils/lsyscache.h; src/include/catalog/pg_subscription.h until 15
        pub fn get_subscription_name(subscription: pg_sys::Oid, missing_ok: bool) -> *mut std::ffi::c_char;
    }
}

/// The relation and everything that inherits from it, itself first. Takes no lock.
pub fn all_inheritors(oid: pg_sys::Oid) -> Vec<pg_sys::Oid> {
    // SAFETY: NoLock is allowed; the list is of OIDs. The boundary turns an ERROR into an unwind.
    unsafe {
        let list = pg_sys::ffi::pg_guard_ffi_boundary(|| {
            raw::find_all_inheritors(oid, pg_sys::NoLock as i32, std::ptr::null_mut())
        });
        super::node::oids(list)
    }
}

/// What inherits from the relation directly, by OID. Takes no lock.
pub fn children(oid: pg_sys::Oid) -> Vec<pg_sys::Oid> {
    // SAFETY: as above.
    unsafe {
        let list = pg_sys::ffi::pg_guard_ffi_boundary(|| raw::find_inheritance_children(oid, pg_sys::NoLock as i32));
        super::node::oids(list)
    }
}

/// The table that the partition (or the index of a partition) belongs to. Raises an ERROR for what is no partition.
pub fn partition_parent(oid: pg_sys::Oid) -> pg_sys::Oid {
    // SAFETY: takes any OID.
    unsafe { pg_sys::ffi::pg_guard_ffi_boundary(|| raw::get_partition_parent(oid, true)) }
}

/// The table of which this one is a partition, if it is one. Raises no ERROR where the two are about to part.
pub fn parent_of_partition(oid: pg_sys::Oid) -> Option<pg_sys::Oid> {
    // SAFETY: a look-up in the catalog cache.
    if !unsafe { pg_sys::get_rel_relispartition(oid) } {
        return None;
    }
    let mut parent = None;
    scan(catalog::INHERITS, catalog::INHERITS_RELID_INDEX, &[oid], |row| parent = Some(row.oid("inhparent")));
    parent
}

/// Whether the table is a partition that DETACH has taken from its parent already, and will call a table of its own in a moment.
pub fn is_leaving(oid: pg_sys::Oid) -> bool {
    // SAFETY: a look-up in the catalog cache.
    unsafe { pg_sys::get_rel_relispartition(oid) && parent_of_partition(oid).is_none() }
}

/// The partitioned tables above the relation, the nearest first; nothing for what is no partition.
pub fn ancestors(mut oid: pg_sys::Oid) -> Vec<pg_sys::Oid> {
    let mut list = Vec::new();
    while super::catalog::relation_only(oid).is_some_and(|relation| relation.is_partition) {
        oid = partition_parent(oid);
        list.push(oid);
    }
    list
}

/// The default partition of a partitioned table; none where it has none.
pub fn default_partition(parent: pg_sys::Oid) -> Option<pg_sys::Oid> {
    // SAFETY: takes the OID of a partitioned table; InvalidOid for any other.
    let oid = unsafe { pg_sys::ffi::pg_guard_ffi_boundary(|| raw::get_default_partition_oid(parent)) };
    (oid != pg_sys::InvalidOid).then_some(oid)
}

/// The name of a subscription; none where it is gone.
pub fn subscription_name(oid: pg_sys::Oid) -> Option<String> {
    // SAFETY: takes any OID; the name is palloc'd, or NULL.
    unsafe { super::node::text(pg_sys::ffi::pg_guard_ffi_boundary(|| raw::get_subscription_name(oid, true))) }
}

/// Catalogs and their indexes, by the OIDs that PostgreSQL pins (`src/include/catalog/pg_*.h`).
pub mod catalog {
    /// pg_constraint.
    pub const CONSTRAINT: u32 = 2606;
    /// pg_constraint_conrelid_contypid_conname_index.
    pub const CONSTRAINT_RELID_INDEX: u32 = 2665;
    /// pg_depend.
    pub const DEPEND: u32 = 2608;
    /// pg_depend_depender_index (classid, objid, objsubid).
    pub const DEPEND_DEPENDER_INDEX: u32 = 2673;
    /// pg_depend_reference_index (refclassid, refobjid, refobjsubid).
    pub const DEPEND_REFERENCE_INDEX: u32 = 2674;
    /// pg_class.
    pub const CLASS: u32 = 1259;
    /// pg_rewrite.
    pub const REWRITE: u32 = 2618;
    /// pg_index.
    pub const INDEX: u32 = 2610;
    /// pg_publication.
    pub const PUBLICATION: u32 = 6104;
    /// pg_publication_rel.
    pub const PUBLICATION_REL: u32 = 6106;
    /// pg_publication_namespace.
    pub const PUBLICATION_NAMESPACE: u32 = 6237;
    /// pg_attribute.
    pub const ATTRIBUTE: u32 = 1249;
    /// pg_attribute_relid_attnum_index.
    pub const ATTRIBUTE_RELID_INDEX: u32 = 2659;
    /// pg_attrdef.
    pub const ATTRDEF: u32 = 2604;
    /// pg_proc.
    pub const PROC: u32 = 1255;
    /// pg_type.
    pub const TYPE: u32 = 1247;
    /// pg_namespace.
    pub const NAMESPACE: u32 = 2615;
    /// pg_trigger.
    pub const TRIGGER: u32 = 2620;
    /// pg_trigger_tgrelid_tgname_index.
    pub const TRIGGER_RELID_INDEX: u32 = 2701;
    /// pg_statistic_ext.
    pub const STATISTIC_EXT: u32 = 3381;
    /// pg_collation.
    pub const COLLATION: u32 = 3456;
    /// pg_policy.
    pub const POLICY: u32 = 3256;
    /// pg_policy_polrelid_polname_index.
    pub const POLICY_RELID_INDEX: u32 = 3258;
    /// pg_rewrite_rel_rulename_index.
    pub const REWRITE_RELID_INDEX: u32 = 2693;
    /// pg_subscription_rel.
    pub const SUBSCRIPTION_REL: u32 = 6102;
    /// pg_subscription_rel_srrelid_srsubid_index.
    pub const SUBSCRIPTION_REL_INDEX: u32 = 6117;
    /// pg_inherits.
    pub const INHERITS: u32 = 2611;
    /// pg_inherits_relid_seqno_index.
    pub const INHERITS_RELID_INDEX: u32 = 2680;
    /// pg_extension.
    pub const EXTENSION: u32 = 3079;
    /// pg_extension_oid_index.
    pub const EXTENSION_OID_INDEX: u32 = 3080;
    /// pg_authid.
    pub const AUTHID: u32 = 1260;
    /// pg_shdepend.
    pub const SHDEPEND: u32 = 1214;
    /// pg_shdepend_reference_index (refclassid, refobjid).
    pub const SHDEPEND_REFERENCE_INDEX: u32 = 1233;
}

/// A row of a catalog, read by column name: the numbers of columns differ between majors, their names do not.
pub struct Row {
    catalog: u32,
    tuple: pg_sys::HeapTuple,
    descriptor: pg_sys::TupleDesc,
    /// What is in its columns: taken apart at once, since most rows are asked for several of them.
    values: Vec<pg_sys::Datum>,
    nulls: Vec<bool>,
}

/// The place of a column in a catalog, by the catalog and the name (its address and length: the names are literals).
type Places = QuickMap<(u32, *const u8, usize), Option<NonZeroUsize>>;

thread_local! {
    /// The places of columns that were looked for: catalogs do not change while a backend lives.
    static PLACES: RefCell<Places> = RefCell::default();
}

impl Row {
    fn datum(&self, name: &'static str) -> Option<pg_sys::Datum> {
        let place = self.place(name)?.get() - 1;
        (!*self.nulls.get(place)?).then(|| self.values[place])
    }

    /// The number of the column; none where the server's major has none of this name. A name that lives for ever is known by its
    /// address.
    fn place(&self, name: &'static str) -> Option<NonZeroUsize> {
        PLACES.with(|places| {
            *places.borrow_mut().entry((self.catalog, name.as_ptr(), name.len())).or_insert_with(|| {
                // SAFETY: the descriptor lives as long as the scan that lends it.
                NonZeroUsize::new(unsafe { heap_number(self.descriptor, name) } as usize)
            })
        })
    }

    /// Whether the column holds something; not where the server's major has no such column.
    pub fn has(&self, name: &'static str) -> bool {
        self.datum(name).is_some()
    }

    /// An OID column; InvalidOid for NULL.
    pub fn oid(&self, name: &'static str) -> pg_sys::Oid {
        self.datum(name).map_or(pg_sys::InvalidOid, |d| pg_sys::Oid::from(d.value() as u32))
    }

    /// A "char" column.
    pub fn char(&self, name: &'static str) -> char {
        self.datum(name).map_or('\0', |d| char::from(d.value() as u8))
    }

    /// A boolean column; `default` for NULL and where the server's major has no such column.
    pub fn bool(&self, name: &'static str, default: bool) -> bool {
        self.datum(name).map_or(default, |d| d.value() as u8 != 0)
    }

    /// An integer column; 0 for NULL.
    pub fn integer(&self, name: &'static str) -> i32 {
        self.datum(name).map_or(0, |d| d.value() as i32)
    }

    /// A name column.
    pub fn name(&self, name: &'static str) -> String {
        // SAFETY: a name datum points to a NameData, which is NUL-terminated.
        self.datum(name).and_then(|d| unsafe { super::node::text(d.cast_mut_ptr::<c_char>()) }).unwrap_or_default()
    }

    /// A text-like column (text, pg_node_tree) as a palloc'd C string; none for NULL.
    pub fn c_text(&self, name: &'static str) -> Option<*mut c_char> {
        // SAFETY: the datum is a varlena of text form.
        self.datum(name).map(|d| unsafe { pg_sys::text_to_cstring(d.cast_mut_ptr()) })
    }

    /// A smallint[] column without NULLs; empty for NULL.
    pub fn smallints(&self, name: &'static str) -> Vec<i16> {
        let Some(datum) = self.datum(name) else { return Vec::new() };
        // SAFETY: the datum is a smallint[] of one dimension without NULLs, as the server writes the arrays of pg_constraint; or an
        // empty one, which has no dimension. Its elements follow a header of MAXALIGN(16 + 2 * 4) bytes.
        unsafe {
            let array: *const pg_sys::ArrayType = pg_sys::pg_detoast_datum(datum.cast_mut_ptr()).cast();
            if (*array).ndim != 1 || (*array).dataoffset != 0 || (*array).elemtype != pg_sys::INT2OID {
                return Vec::new();
            }
            let length = usize::try_from(*array.add(1).cast::<i32>()).unwrap_or(0);
            let elements = array.cast::<u8>().add(24).cast::<i16>();
            (0..length).map(|i| *elements.add(i)).collect()
        }
    }

    /// An oid[] column; empty for NULL.
    pub fn oids(&self, name: &'static str) -> Vec<pg_sys::Oid> {
        // SAFETY: the datum is an oid[].
        self.datum(name)
            .and_then(|d| unsafe { <Vec<pg_sys::Oid> as pgrx::FromDatum>::from_datum(d, false) })
            .unwrap_or_default()
    }

    /// An aclitem[] column: who (InvalidOid for PUBLIC) may do what, grant options left out; empty for NULL.
    pub fn acl(&self, name: &'static str) -> Vec<(pg_sys::Oid, u64)> {
        // SAFETY: the datum is an aclitem[].
        self.datum(name).map(|datum| unsafe { acl_items(datum.cast_mut_ptr()) }).unwrap_or_default()
    }

    /// A text[] column; empty for NULL.
    pub fn texts(&self, name: &'static str) -> Vec<String> {
        // SAFETY: the datum is a text[].
        self.datum(name)
            .and_then(|d| unsafe { <Vec<Option<String>> as pgrx::FromDatum>::from_datum(d, false) })
            .map(|list| list.into_iter().flatten().collect())
            .unwrap_or_default()
    }

    /// Whether this transaction (or a subtransaction of it) wrote the row.
    pub fn written_here(&self) -> bool {
        // SAFETY: the header of a tuple that the scan lends.
        unsafe {
            // By its module: 18's bindings hold a function of the same name.
            let xmin = pg_sys::htup::HeapTupleHeaderGetXmin((*self.tuple).t_data);
            pg_sys::TransactionIdIsCurrentTransactionId(xmin)
        }
    }
}

/// The items of an access control list: who (InvalidOid for PUBLIC) may do what, grant options left out.
///
/// # Safety
/// `acl` points to an aclitem[], possibly toasted.
pub unsafe fn acl_items(acl: *mut pg_sys::varlena) -> Vec<(pg_sys::Oid, u64)> {
    // SAFETY: the caller's promise: of one dimension and without NULLs (`check_acl`); its elements follow a header of
    // MAXALIGN(16 + 2 * 4) bytes. The upper half of the bits are grant options, the lower one has 16 that are in use.
    unsafe {
        let array: *const pg_sys::ArrayType = pg_sys::pg_detoast_datum(acl).cast();
        if (*array).ndim != 1 || (*array).dataoffset != 0 || (*array).elemtype != pg_sys::ACLITEMOID {
            return Vec::new();
        }
        let length = usize::try_from(*array.add(1).cast::<i32>()).unwrap_or(0);
        let items = array.cast::<u8>().add(24).cast::<pg_sys::AclItem>();
        (0..length)
            .map(|i| {
                let item = items.add(i);
                ((*item).ai_grantee, u64::from((*item).ai_privs) & 0xFFFF)
            })
            .collect()
    }
}

/// Whether a descriptor's column, by index, has this name. Every field of every row is found by it, so it compares bytes and does
/// nothing else.
///
/// # Safety
/// The descriptor has more than `index` columns.
unsafe fn is_named(descriptor: pg_sys::TupleDesc, index: usize, name: &str) -> bool {
    // SAFETY: the caller's promise; a NameData is an array of bytes, NUL-terminated and filled up with NULs.
    let data = unsafe { &(*attribute(descriptor, index)).attname.data };
    name.len() < data.len()
        && data[name.len()] == 0
        && name.bytes().zip(data).all(|(wanted, byte)| wanted == *byte as u8)
}

/// A descriptor's column, by index.
///
/// # Safety
/// The descriptor has more than `index` columns.
pub unsafe fn attribute(descriptor: pg_sys::TupleDesc, index: usize) -> *mut pg_sys::FormData_pg_attribute {
    // SAFETY: the caller's promise.
    #[cfg(not(feature = "pg18"))]
    unsafe {
        (*descriptor).attrs.as_mut_ptr().add(index)
    }
    // From 18 on the descriptor keeps compact attributes first and the full ones behind them.
    // SAFETY: the caller's promise.
    #[cfg(feature = "pg18")]
    unsafe {
        pg_sys::TupleDescAttr(descriptor, index as i32)
    }
}

/// Calls `each` for the rows of a catalog whose OID columns `keys` (numbers in the index, from 1) have these values.
pub fn scan(catalog: u32, index: u32, keys: &[pg_sys::Oid], mut each: impl FnMut(&Row)) {
    scan_until(catalog, index, keys, |row| {
        each(row);
        true
    });
}

/// As [`scan`], until `each` returns false.
pub fn scan_until(catalog: u32, index: u32, keys: &[pg_sys::Oid], each: impl FnMut(&Row) -> bool) {
    let keys: Vec<Key> = keys.iter().enumerate().map(|(i, key)| Key::equal(index_column(index, i), *key)).collect();
    scan_keys(catalog, index, &keys, each);
}

/// Calls `each` for the rows of a catalog whose OID is that of something people made, by the index of its primary key.
pub fn scan_normal(catalog: u32, index: u32, mut each: impl FnMut(&Row)) {
    let key = Key {
        column: "oid",
        strategy: pg_sys::BTGreaterEqualStrategyNumber,
        function: pg_sys::F_OIDGE,
        value: pg_sys::Oid::from(pg_sys::FirstNormalObjectId),
    };
    scan_keys(catalog, index, &[key], |row| {
        each(row);
        true
    });
}

/// Calls `each` for the rows of a catalog that have this OID in a column that no index leads to: all of the catalog is read, and the
/// server itself passes over the others.
pub fn scan_all(catalog: u32, column: &'static str, value: pg_sys::Oid, mut each: impl FnMut(&Row)) {
    scan_keys(catalog, 0, &[Key::equal(column, value)], |row| {
        each(row);
        true
    });
}

/// Calls `each` for every row of a catalog.
pub fn scan_everything(catalog: u32, mut each: impl FnMut(&Row)) {
    scan_keys(catalog, 0, &[], |row| {
        pgrx::check_for_interrupts!();
        each(row);
        true
    });
}

/// What a scan compares a column with.
struct Key {
    column: &'static str,
    strategy: u32,
    function: u32,
    value: pg_sys::Oid,
}

impl Key {
    fn equal(column: &'static str, value: pg_sys::Oid) -> Key {
        Key { column, strategy: pg_sys::BTEqualStrategyNumber, function: pg_sys::F_OIDEQ, value }
    }
}

/// Reads a catalog by an index, or in the order of its pages where that is 0, until `each` returns false.
fn scan_keys(catalog: u32, index: u32, keys: &[Key], mut each: impl FnMut(&Row) -> bool) {
    // SAFETY: a catalog is opened with the weakest lock, as every backend does for its own look-ups; the columns are OIDs, the first
    // ones of the index, and are compared with operators of OIDs; the scan is ended before the catalog is closed.
    unsafe {
        let relation = pg_sys::table_open(pg_sys::Oid::from(catalog), pg_sys::AccessShareLock as i32);
        let mut scan_keys: Vec<pg_sys::ScanKeyData> = Vec::with_capacity(keys.len());
        for key in keys {
            let mut scan_key = pg_sys::ScanKeyData::default();
            // With an index, systable_beginscan takes heap column numbers and maps them itself.
            pg_sys::ScanKeyInit(
                &mut scan_key,
                heap_number((*relation).rd_att, key.column),
                key.strategy as u16,
                pg_sys::Oid::from(key.function),
                pg_sys::Datum::from(key.value),
            );
            scan_keys.push(scan_key);
        }
        let scan = pg_sys::systable_beginscan(
            relation,
            pg_sys::Oid::from(index),
            // Without an index: the whole catalog, in the order of its pages.
            index != 0,
            std::ptr::null_mut(),
            scan_keys.len() as i32,
            scan_keys.as_mut_ptr(),
        );
        let descriptor = (*relation).rd_att;
        let width = usize::try_from((*descriptor).natts).unwrap_or(0);
        let mut row = Row {
            catalog,
            tuple: std::ptr::null_mut(),
            descriptor,
            values: vec![pg_sys::Datum::null(); width],
            nulls: vec![true; width],
        };
        loop {
            row.tuple = pg_sys::systable_getnext(scan);
            if row.tuple.is_null() {
                break;
            }
            pg_sys::heap_deform_tuple(row.tuple, descriptor, row.values.as_mut_ptr(), row.nulls.as_mut_ptr());
            if !each(&row) {
                break;
            }
        }
        pg_sys::systable_endscan(scan);
        pg_sys::table_close(relation, pg_sys::AccessShareLock as i32);
    }
}

fn index_column(index: u32, position: usize) -> &'static str {
    let columns: &[&str] = match index {
        catalog::CONSTRAINT_RELID_INDEX => &["conrelid", "contypid"],
        catalog::DEPEND_DEPENDER_INDEX => &["classid", "objid"],
        catalog::DEPEND_REFERENCE_INDEX => &["refclassid", "refobjid"],
        catalog::TRIGGER_RELID_INDEX => &["tgrelid"],
        catalog::POLICY_RELID_INDEX => &["polrelid"],
        catalog::ATTRIBUTE_RELID_INDEX => &["attrelid"],
        catalog::REWRITE_RELID_INDEX => &["ev_class"],
        catalog::SUBSCRIPTION_REL_INDEX => &["srrelid"],
        catalog::INHERITS_RELID_INDEX => &["inhrelid"],
        catalog::SHDEPEND_REFERENCE_INDEX => &["refclassid", "refobjid"],
        // Every other index that is used here is the catalog's primary key.
        _ => &["oid"],
    };
    columns[position]
}

/// # Safety
/// `descriptor` is valid.
unsafe fn heap_number(descriptor: pg_sys::TupleDesc, name: &str) -> i16 {
    // SAFETY: within natts.
    unsafe { (0..(*descriptor).natts as usize).find(|i| is_named(descriptor, *i, name)).map_or(0, |i| (i + 1) as i16) }
}
