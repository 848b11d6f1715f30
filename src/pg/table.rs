//! Our tables, read and written without SPI: no transaction id for reading, no privileges of the caller, no search_path, no
//! predicate locks in SERIALIZABLE transactions.

use crate::pg::value::{self, Value};
use pgrx::pg_sys;
use pgrx::pg_sys::{Datum, Oid};

/// A column of a row that was read; none for NULL.
pub struct Field {
    datum: Datum,
    type_oid: Oid,
}

impl Field {
    /// The value as text.
    pub fn text(&self) -> String {
        // SAFETY: a value of a row, with its column's type.
        unsafe { value::output(self.datum, self.type_oid) }
    }

    /// The value of a `timestamptz` or another eight-byte column.
    pub fn integer(&self) -> i64 {
        self.datum.value() as i64
    }

    /// The value of an `oid` column.
    pub fn oid(&self) -> Oid {
        Oid::from(self.datum.value() as u32)
    }
}

/// One row.
pub struct Row {
    fields: Vec<Option<Field>>,
    place: pg_sys::ItemPointerData,
}

impl Row {
    /// The column, counted from 0; none for NULL or where the table has no such column.
    pub fn field(&self, n: usize) -> Option<&Field> {
        self.fields.get(n).and_then(Option::as_ref)
    }

    /// The column as text; the empty text for NULL.
    pub fn text(&self, n: usize) -> String {
        self.field(n).map(Field::text).unwrap_or_default()
    }
}

/// Why a table cannot be read now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Absent {
    /// Somebody has locked it.
    Locked,
    /// It is no more.
    Gone,
}

/// A table of ours, open.
pub struct Table {
    relation: pg_sys::Relation,
    lock: i32,
}

impl Table {
    /// Opens a table for reading, without waiting: whoever locks our tables must not stop other people's DDL. None: it is locked,
    /// or gone.
    pub fn read(oid: Oid) -> Option<Table> {
        Table::try_read(oid).ok()
    }

    /// As `read`, with the reason.
    ///
    /// # Errors
    /// It is locked, or gone.
    pub fn try_read(oid: Oid) -> Result<Table, Absent> {
        Table::open_without_waiting(oid, pg_sys::AccessShareLock as i32)
    }

    fn open_without_waiting(oid: Oid, lock: i32) -> Result<Table, Absent> {
        // SAFETY: the lock is taken before the relation is opened, and given back where it is gone.
        unsafe {
            if !pg_sys::ConditionalLockRelationOid(oid, lock) {
                return Err(Absent::Locked);
            }
            let relation = pg_sys::try_relation_open(oid, pg_sys::NoLock as i32);
            if relation.is_null() {
                pg_sys::UnlockRelationOid(oid, lock);
                return Err(Absent::Gone);
            }
            Ok(Table { relation, lock })
        }
    }

    /// Opens a table to add rows. Adding excludes nobody who adds or reads.
    pub fn append(oid: Oid) -> Table {
        Table::open(oid, pg_sys::RowExclusiveLock as i32)
    }

    /// Opens a table to add rows, without waiting. None: it is locked, or gone.
    pub fn try_append(oid: Oid) -> Option<Table> {
        Table::open_without_waiting(oid, pg_sys::RowExclusiveLock as i32).ok()
    }

    /// Opens a table to change rows: one writer at a time, so that no change is lost and none fails with "tuple concurrently
    /// updated".
    pub fn change(oid: Oid) -> Table {
        Table::open(oid, pg_sys::ShareRowExclusiveLock as i32)
    }

    fn open(oid: Oid, lock: i32) -> Table {
        // SAFETY: raises an error if there is no such table.
        Table { relation: unsafe { pg_sys::table_open(oid, lock) }, lock }
    }

    /// The rows, those included that this very command wrote.
    ///
    /// Read with SnapshotSelf and not with an MVCC snapshot, for the latter would leave predicate locks on our tables in every
    /// SERIALIZABLE transaction that runs DDL. It can see a row twice or miss it while another transaction that changes it
    /// commits; the invalidation that follows that commit makes every reader read again.
    pub fn rows(&self) -> Vec<Row> {
        let mut rows = Vec::new();
        // SAFETY: the relation is open and locked; the tuple is valid until the next one is asked for, the arrays have one
        // element per column, and what is kept of it is copied.
        unsafe {
            let descriptor = (*self.relation).rd_att;
            let width = usize::try_from((*descriptor).natts).unwrap_or(0);
            let scan = pg_sys::systable_beginscan(
                self.relation,
                pg_sys::InvalidOid,
                false,
                &raw mut pg_sys::SnapshotSelfData,
                0,
                std::ptr::null_mut(),
            );
            loop {
                let tuple = pg_sys::systable_getnext(scan);
                if tuple.is_null() {
                    break;
                }
                let tuple = pg_sys::heap_copytuple(tuple);
                let mut values = vec![Datum::null(); width];
                let mut nulls = vec![true; width];
                pg_sys::heap_deform_tuple(tuple, descriptor, values.as_mut_ptr(), nulls.as_mut_ptr());
                let fields = (0..width)
                    .map(|n| match value::column(descriptor, n) {
                        Some((type_oid, _)) if !nulls[n] => Some(Field { datum: values[n], type_oid }),
                        _ => None,
                    })
                    .collect();
                rows.push(Row { fields, place: (*tuple).t_self });
            }
            pg_sys::systable_endscan(scan);
        }
        rows
    }

    /// The pages of its main fork.
    pub fn pages(&self) -> u32 {
        // SAFETY: the relation is open and locked.
        unsafe { pg_sys::RelationGetNumberOfBlocksInFork(self.relation, pg_sys::ForkNumber::MAIN_FORKNUM) }
    }

    /// Whether it is stored as the server's own kind of table, and not another session's temporary one.
    pub fn is_heap(&self) -> bool {
        // SAFETY: the form of an open relation.
        let form = unsafe { &*(*self.relation).rd_rel };
        let stored = matches!(form.relkind as u8, pg_sys::RELKIND_RELATION | pg_sys::RELKIND_MATVIEW);
        stored && form.relam == pg_sys::HEAP_TABLE_AM_OID && form.relpersistence as u8 != pg_sys::RELPERSISTENCE_TEMP
    }

    /// Whether it stores nothing itself: its partitions do.
    pub fn is_partitioned(&self) -> bool {
        // SAFETY: as above.
        unsafe { (*(*self.relation).rd_rel).relkind as u8 == pg_sys::RELKIND_PARTITIONED_TABLE }
    }

    /// Whether a row is there, or may be: one that another transaction adds, or has not finished to delete, counts. One that this
    /// transaction deleted does not. Reads up to the first such row; calls nothing that a user wrote, and leaves no predicate lock
    /// (the snapshot is none of MVCC's).
    pub fn may_have_rows(&self) -> bool {
        // SAFETY: the relation is open and locked; of a snapshot of this kind the server reads nothing but the kind, and writes the
        // transactions that it meets into it. It lives until the scan has ended.
        unsafe {
            let mut dirty: pg_sys::SnapshotData = std::mem::zeroed();
            dirty.snapshot_type = pg_sys::SnapshotType::SNAPSHOT_DIRTY;
            let scan = pg_sys::systable_beginscan(
                self.relation,
                pg_sys::InvalidOid,
                false,
                &raw mut dirty,
                0,
                std::ptr::null_mut(),
            );
            let found = !pg_sys::systable_getnext(scan).is_null();
            pg_sys::systable_endscan(scan);
            found
        }
    }

    /// Adds a row.
    pub fn insert(&self, row: &[Value]) {
        // SAFETY: the relation is open and locked against concurrent changes of its form.
        unsafe {
            let tuple = value::form((*self.relation).rd_att, row);
            pg_sys::CatalogTupleInsert(self.relation, tuple);
        }
    }

    /// Puts another row in the place of one.
    pub fn update(&self, old: &Row, row: &[Value]) {
        let mut place = old.place;
        // SAFETY: as for `insert`; the row was read under the lock that excludes other writers.
        unsafe {
            let tuple = value::form((*self.relation).rd_att, row);
            pg_sys::CatalogTupleUpdate(self.relation, &raw mut place, tuple);
        }
    }

    /// Removes a row.
    pub fn delete(&self, row: &Row) {
        let mut place = row.place;
        // SAFETY: as for `update`.
        unsafe { pg_sys::CatalogTupleDelete(self.relation, &raw mut place) };
    }

    /// Closes a table that was only read, and gives its lock back.
    pub fn close(self) {
        // SAFETY: opened by us with this lock.
        unsafe { pg_sys::relation_close(self.relation, self.lock) };
    }

    /// Closes a table that was written: the lock is kept until the transaction ends, and what was written is visible from here on.
    pub fn close_written(self) {
        // SAFETY: opened by us.
        unsafe {
            pg_sys::relation_close(self.relation, pg_sys::NoLock as i32);
            pg_sys::CommandCounterIncrement();
        }
    }

    /// As `close_written`, and tells every session to read the table again once this transaction commits.
    pub fn close_changed(self) {
        // SAFETY: the relation is open.
        unsafe { pg_sys::CacheInvalidateRelcache(self.relation) };
        self.close_written();
    }
}

/// Tells every session to read the table again once this transaction commits.
pub fn invalidate(relation: Oid) {
    // SAFETY: queues a message; the relation exists, its own trigger is running.
    unsafe { pg_sys::CacheInvalidateRelcacheByRelid(relation) };
}

/// The version of the extension's SQL objects, as `pg_extension` has it.
pub fn extension_version(extension: Oid) -> Option<String> {
    let table = Table::read(pg_sys::ExtensionRelationId)?;
    let version = table
        .rows()
        .iter()
        .find(|row| row.field(pg_sys::Anum_pg_extension_oid as usize - 1).is_some_and(|oid| oid.oid() == extension))
        .map(|row| row.text(pg_sys::Anum_pg_extension_extversion as usize - 1));
    table.close();
    version
}

/// A random UUID as text.
pub fn uuid() -> String {
    // SAFETY: the function takes no arguments and gives a uuid.
    unsafe {
        let datum = pg_sys::OidFunctionCall0Coll(pg_sys::Oid::from(pg_sys::F_GEN_RANDOM_UUID), pg_sys::InvalidOid);
        value::output(datum, pg_sys::UUIDOID)
    }
}
