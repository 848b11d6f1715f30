//! Relations and tables from the relation cache and the catalogs: no query, no lock, no transaction id.

use engine::facts::{
    Column, Constraint, ConstraintKind, Generated, IdentityGap, Index, IndexKey, Lazy, LostConstraint, Name,
    Persistence, Reference, ReferentialAction, Relation, RelationKind, ReplicaIdentity, Size, Table,
};
use pgrx::pg_sys;
use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;
use std::ffi::{CStr, c_char};
use std::rc::Rc;

use super::server::{self, catalog, scan};
use super::{node, simplify, types};
use crate::pg::text::to_server;

/// A reference to a relation cache entry. No lock is taken: the entry stays valid while it is referenced, even if the
/// relation is dropped meanwhile.
pub struct Open(pub pg_sys::Relation);

impl Open {
    /// The entry; none where there is no such relation (any more).
    pub fn new(oid: pg_sys::Oid) -> Option<Open> {
        if oid == pg_sys::InvalidOid {
            return None;
        }
        // SAFETY: takes any OID; NULL where pg_class has no such row.
        let relation = unsafe { pg_sys::RelationIdGetRelation(oid) };
        // Not `then_some`, which would make (and drop) an Open of NULL.
        if relation.is_null() { None } else { Some(Open(relation)) }
    }

    /// The row of pg_class.
    pub fn form(&self) -> &pg_sys::FormData_pg_class {
        // SAFETY: `rd_rel` is set for every valid entry.
        unsafe { &*(*self.0).rd_rel }
    }

    /// The relation's name.
    pub fn name(&self) -> String {
        // SAFETY: a NameData is NUL-terminated.
        unsafe { node::text(self.form().relname.data.as_ptr()) }.unwrap_or_default()
    }

    pub fn kind(&self) -> RelationKind {
        match self.form().relkind as u8 {
            pg_sys::RELKIND_PARTITIONED_TABLE => RelationKind::PartitionedTable,
            pg_sys::RELKIND_VIEW => RelationKind::View,
            pg_sys::RELKIND_MATVIEW => RelationKind::MaterializedView,
            pg_sys::RELKIND_INDEX => RelationKind::Index,
            pg_sys::RELKIND_PARTITIONED_INDEX => RelationKind::PartitionedIndex,
            pg_sys::RELKIND_SEQUENCE => RelationKind::Sequence,
            pg_sys::RELKIND_FOREIGN_TABLE => RelationKind::ForeignTable,
            pg_sys::RELKIND_COMPOSITE_TYPE => RelationKind::CompositeType,
            pg_sys::RELKIND_TOASTVALUE => RelationKind::Toast,
            _ => RelationKind::Table,
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        // SAFETY: balances RelationIdGetRelation.
        unsafe { pg_sys::RelationClose(self.0) }
    }
}

/// The OID of a schema; none where there is none.
pub fn schema(name: &str) -> Option<pg_sys::Oid> {
    let name = to_server(name);
    // SAFETY: `pg_temp` is an alias that get_namespace_oid does not know; LookupExplicitNamespace resolves it.
    let oid = unsafe {
        if name.as_bytes() == b"pg_temp" {
            pg_sys::LookupExplicitNamespace(name.as_ptr(), true)
        } else {
            pg_sys::get_namespace_oid(name.as_ptr(), true)
        }
    };
    (oid != pg_sys::InvalidOid).then_some(oid)
}

/// The name of a schema; empty where there is none.
pub fn schema_name(oid: pg_sys::Oid) -> String {
    // SAFETY: takes any OID; NULL where there is none.
    unsafe { node::text(pg_sys::get_namespace_name(oid)) }.unwrap_or_default()
}

/// Finds the relation as the statement will: through the search path, temporary relations first. Without a check of
/// privileges: a statement that lacks them fails by itself.
pub fn find(name: &Name) -> Option<pg_sys::Oid> {
    let relname = to_server(&name.name);
    // SAFETY: NUL-terminated names.
    let oid = unsafe {
        match &name.schema {
            Some(schema_name) => pg_sys::get_relname_relid(relname.as_ptr(), schema(schema_name)?),
            None => pg_sys::RelnameGetRelid(relname.as_ptr()),
        }
    };
    (oid != pg_sys::InvalidOid).then_some(oid)
}

/// The schema in which a statement would create an unqualified object; none where the search path names no schema.
pub fn creation_schema() -> Option<String> {
    // SAFETY: fetch_search_path(false) returns a copied list of OIDs, the creation namespace first.
    let first = unsafe { node::oids(pg_sys::fetch_search_path(false)).first().copied() };
    first.map(schema_name).filter(|name| !name.is_empty())
}

/// Whether the relation belongs to the system.
fn is_of_system(oid: pg_sys::Oid, namespace: pg_sys::Oid) -> bool {
    // SAFETY: these take any OID.
    unsafe {
        oid.to_u32() < pg_sys::FirstNormalObjectId
            || pg_sys::IsCatalogNamespace(namespace)
            || pg_sys::IsToastNamespace(namespace)
            || namespace.to_u32() < pg_sys::FirstNormalObjectId && namespace.to_u32() != pg_sys::PG_PUBLIC_NAMESPACE
    }
}

/// Whether it is a child by plain inheritance: it has columns from a parent then.
fn has_parent(open: &Open) -> bool {
    // SAFETY: the descriptor of a valid entry; within natts.
    unsafe {
        let descriptor = (*open.0).rd_att;
        (0..(*descriptor).natts as usize).any(|i| {
            let attribute = &*server::attribute(descriptor, i);
            !attribute.attisdropped && attribute.attinhcount > 0
        })
    }
}

/// Whether an object of another catalog belongs to the system or to an extension.
pub fn is_exempt_object(class: u32, oid: pg_sys::Oid) -> bool {
    // SAFETY: takes any address.
    unsafe {
        oid.to_u32() < pg_sys::FirstNormalObjectId
            || pg_sys::getExtensionOfObject(pg_sys::Oid::from(class), oid) != pg_sys::InvalidOid
    }
}

/// Bytes and rows of one relation with storage, without its children.
pub fn own_size(open: &Open) -> Size {
    let form = open.form();
    let has_storage = matches!(
        form.relkind as u8,
        pg_sys::RELKIND_RELATION
            | pg_sys::RELKIND_INDEX
            | pg_sys::RELKIND_SEQUENCE
            | pg_sys::RELKIND_TOASTVALUE
            | pg_sys::RELKIND_MATVIEW
    );
    if !has_storage {
        return Size::default();
    }
    let block = u64::from(pg_sys::BLCKSZ);
    let (mut pages, known_pages) = if crate::pg::guc::size_from_catalog() {
        (form.relpages.max(0) as u64, form.relpages.max(0) as u64)
    } else {
        (pages_now(open), form.relpages.max(0) as u64)
    };
    // ANALYZE that found no row says nothing about the pages that came since.
    let unknown_pages = if known_pages == 0 || form.reltuples < 0.0 {
        pages
    } else if form.reltuples == 0.0 {
        pages.saturating_sub(known_pages)
    } else {
        0
    };
    let rows = if pages == 0 {
        0
    } else if unknown_pages == 0 {
        (f64::from(form.reltuples) / known_pages as f64 * pages as f64).round() as u64
    } else if form.relkind as u8 == pg_sys::RELKIND_RELATION || form.relkind as u8 == pg_sys::RELKIND_MATVIEW {
        // Never analysed: as estimate_rel_size does, from the width of a row.
        // SAFETY: needs the descriptor of the relation only.
        let width = unsafe { pg_sys::get_rel_data_width(open.0, std::ptr::null_mut()) }.max(1) as u64;
        let tuple = width.next_multiple_of(8) + 24 + 4;
        unknown_pages * ((block - 24) / tuple).max(1)
    } else {
        0
    };
    if form.reltoastrelid != pg_sys::InvalidOid {
        pages += toast_pages(form.reltoastrelid);
    }
    Size { bytes: pages * block, rows }
}

/// How many pages a relation with storage has now. Where the server has not opened its file it is not opened for this: it would be
/// closed again with the next change of the relation.
fn pages_now(open: &Open) -> u64 {
    // SAFETY: the field of a valid entry.
    let known_to_server = unsafe { !(*open.0).rd_smgr.is_null() };
    let file = if known_to_server { None } else { pages_of_file(open.form()) };
    file.unwrap_or_else(|| {
        // SAFETY: a relation with storage; asks the file's length and takes no lock.
        u64::from(unsafe { pg_sys::RelationGetNumberOfBlocksInFork(open.0, pg_sys::ForkNumber::MAIN_FORKNUM) })
    })
}

/// The pages of a TOAST table. The statement itself rarely looks at it: to build the server's entry of it, and to open its file, for
/// its size alone would cost more than the size of the table does.
pub fn toast_pages(oid: pg_sys::Oid) -> u64 {
    let block = u64::from(pg_sys::BLCKSZ);
    let file = if crate::pg::guc::size_from_catalog() { None } else { class_form(oid, pages_of_file).flatten() };
    file.unwrap_or_else(|| Open::new(oid).map_or(0, |toast| own_size(&toast).bytes / block))
}

/// The pages of a relation's file; none where that is not one file in the database's own tablespace.
fn pages_of_file(form: &pg_sys::FormData_pg_class) -> Option<u64> {
    let block = u64::from(pg_sys::BLCKSZ);
    // The files of temporary tables have other names, and those of mapped catalogs are not in pg_class.
    if form.relfilenode == pg_sys::InvalidOid
        || form.reltablespace != pg_sys::InvalidOid
        || form.relpersistence as u8 == pg_sys::RELPERSISTENCE_TEMP
    {
        return None;
    }
    // SAFETY: set once in a backend, relative to the data directory, where every backend is.
    let folder = unsafe { CStr::from_ptr(pg_sys::DatabasePath) };
    let path = format!("{}/{}", folder.to_str().ok()?, form.relfilenode.to_u32());
    let bytes = std::fs::metadata(path).ok()?.len();
    // A larger relation has more files.
    (bytes < u64::from(pg_sys::RELSEG_SIZE) * block).then_some(bytes / block)
}

/// What the relation itself holds on disk, TOAST included; nothing where it is gone. Takes no lock.
pub fn size_on_disk(oid: pg_sys::Oid) -> Size {
    Open::new(oid).map(|open| own_size(&open)).unwrap_or_default()
}

/// Bytes and rows of the relation, of everything that inherits from it too; nothing where it is gone.
pub fn size(oid: pg_sys::Oid, with_children: bool) -> Size {
    let Some(open) = Open::new(oid) else { return Size::default() };
    let mut size = own_size(&open);
    if with_children && open.form().relhassubclass {
        for child in server::all_inheritors(oid).into_iter().skip(1) {
            pgrx::check_for_interrupts!();
            if let Some(child) = Open::new(child) {
                let part = own_size(&child);
                size.bytes += part.bytes;
                size.rows += part.rows;
            }
        }
    }
    size
}

fn relation_of(open: &Open, with_children: bool) -> Relation {
    let form = open.form();
    let oid = form.oid;
    Relation {
        oid: form.oid.to_u32(),
        schema: schema_name(form.relnamespace),
        name: open.name(),
        kind: open.kind(),
        persistence: match form.relpersistence as u8 {
            pg_sys::RELPERSISTENCE_UNLOGGED => Persistence::Unlogged,
            pg_sys::RELPERSISTENCE_TEMP => Persistence::Temporary,
            _ => Persistence::Permanent,
        },
        // SAFETY: the field of a valid entry; 0 is InvalidSubTransactionId.
        created_here: unsafe { (*open.0).rd_createSubid } != 0,
        exempt: if is_of_system(oid, form.relnamespace) {
            true.into()
        } else {
            Lazy::new(move || is_exempt_object(catalog::CLASS, oid))
        },
        is_partition: form.relispartition,
        inherits: false,
        size: Lazy::new(move || size(oid, with_children)),
    }
}

/// The relation with its size, children included.
pub fn relation(oid: pg_sys::Oid) -> Option<Relation> {
    Open::new(oid).map(|open| relation_of(&open, true))
}

/// The relation with its own size only: what ONLY touches.
pub fn relation_only(oid: pg_sys::Oid) -> Option<Relation> {
    Open::new(oid).map(|open| relation_of(&open, false))
}

/// The table with its parts; none where there is no such relation. Its indexes, its constraints and whatever is told in the form of
/// SQL are read when they are asked for.
pub fn table(oid: pg_sys::Oid) -> Option<Table> {
    let open = Open::new(oid)?;
    let mut relation = relation_of(&open, true);
    // A child by plain inheritance counts as a partition: its problems are reported on the parent.
    relation.inherits = relation.kind == RelationKind::Table && !relation.is_partition && has_parent(&open);
    relation.is_partition |= relation.inherits;
    let keys = Keys::default();
    let of_indexes = Rc::clone(&keys);
    Some(Table {
        relation,
        columns: columns_of(&open).into(),
        constraints: Lazy::new(move || constraints_of(oid, &keys)),
        indexes: Lazy::new(move || indexes_of(oid, &of_indexes)),
        partition_key: partition_key(&open),
        identity: match open.form().relreplident as u8 {
            b'f' => ReplicaIdentity::Full,
            b'i' => ReplicaIdentity::Index,
            b'n' => ReplicaIdentity::Nothing,
            _ => ReplicaIdentity::Default,
        },
        publishes_changes: Lazy::new(move || publications(oid).is_some_and(|does| does.pubupdate || does.pubdelete)),
        published: Lazy::new(move || {
            publications(oid).is_some_and(|does| does.pubinsert || does.pubupdate || does.pubdelete || does.pubtruncate)
        }),
        subscriptions: Lazy::new(move || subscriptions(oid)),
        emptied: Lazy::new(move || super::emptied::emptied(oid)),
        ..Table::default()
    })
}

/// Adds what few judgements ask of a table: who may do what with it, its publications, and where it belongs as a partition.
pub fn add_standing(table: &mut Table) {
    let oid = pg_sys::Oid::from(table.relation.oid);
    table.rights = Lazy::new(move || super::rights::of(oid));
    table.publishers = Lazy::new(move || super::publications::publishers(oid));
    table.identity_gap = Lazy::new(move || identity_gap(oid));
    table.root = Lazy::new(move || server::ancestors(oid).pop().and_then(relation));
}

/// What publications publish of the table: what the executor asks before an UPDATE or DELETE (`CheckCmdReplicaIdentity`). FOR ALL
/// TABLES, FOR TABLES IN SCHEMA and the publications of partitioned parents count. None for what is no table.
fn publications(oid: pg_sys::Oid) -> Option<pg_sys::PublicationActions> {
    publication_description(oid).map(|description| description.pubactions)
}

fn publication_description(oid: pg_sys::Oid) -> Option<pg_sys::PublicationDesc> {
    let open = Open::new(oid).filter(|open| open.kind().is_table())?;
    let mut description = pg_sys::PublicationDesc::default();
    // SAFETY: a referenced entry of a table; the description is filled.
    unsafe { pg_sys::RelationBuildPublicationDesc(open.0, &mut description) };
    Some(description)
}

/// `CheckCmdReplicaIdentity`, for a table that has an identity: what its publications filter by, and the columns that they leave out.
fn identity_gap(oid: pg_sys::Oid) -> Option<IdentityGap> {
    let does = publication_description(oid)?;
    let gap = |update: bool, delete: bool, why: &'static str, full_mends: bool| {
        let commands = match (!update && does.pubactions.pubupdate, !delete && does.pubactions.pubdelete) {
            (true, true) => "UPDATE and DELETE",
            (true, false) => "UPDATE",
            (false, true) => "DELETE",
            (false, false) => return None,
        };
        Some(IdentityGap { commands, why, full_mends })
    };
    let filter = "The WHERE of a publication uses a column that is not part of its replica identity.";
    let columns = "The column list of a publication does not cover its replica identity.";
    let gap_of_columns = gap(does.cols_valid_for_update, does.cols_valid_for_delete, columns, false);
    #[cfg(feature = "pg18")]
    let gap_of_columns = gap_of_columns.or_else(|| {
        let generated = "Its replica identity has a generated column that is not published.";
        gap(does.gencols_valid_for_update, does.gencols_valid_for_delete, generated, false)
    });
    gap_of_columns.or_else(|| gap(does.rf_valid_for_update, does.rf_valid_for_delete, filter, true))
}

/// The subscriptions of which the table is a part.
fn subscriptions(oid: pg_sys::Oid) -> Vec<String> {
    let mut found = Vec::new();
    server::scan(catalog::SUBSCRIPTION_REL, catalog::SUBSCRIPTION_REL_INDEX, &[oid], |row| {
        found.extend(server::subscription_name(row.oid("srsubid")));
    });
    found
}

/// The number of the last column that the relation has, or has had.
pub fn last_column(oid: pg_sys::Oid) -> i16 {
    Open::new(oid).map_or(0, |open| open.form().relnatts)
}

fn columns_of(open: &Open) -> Vec<Column> {
    let table = open.form().oid;
    // SAFETY: the descriptor of a valid entry; within natts.
    unsafe {
        let descriptor = (*open.0).rd_att;
        let mut columns = Vec::with_capacity((*descriptor).natts as usize);
        for i in 0..(*descriptor).natts as usize {
            let attribute = &*server::attribute(descriptor, i);
            if attribute.attisdropped {
                continue;
            }
            let number = attribute.attnum;
            let (default, serial_sequence, serial_type) = if attribute.atthasdef {
                (
                    Lazy::new(move || default_of(table, number, |open, default| print(open, default))),
                    Lazy::new(move || {
                        default_of(table, number, |_, default| {
                            owned_sequence(default, table, number).map(|(name, _)| name)
                        })
                    }),
                    Lazy::new(move || {
                        default_of(table, number, |_, default| owned_sequence(default, table, number).map(|(_, of)| of))
                            .unwrap_or_default()
                    }),
                )
            } else {
                (Lazy::default(), Lazy::default(), Lazy::default())
            };
            columns.push(Column {
                number,
                name: node::text(attribute.attname.data.as_ptr()).unwrap_or_default(),
                data_type: types::known(attribute.atttypid, attribute.atttypmod),
                collation: attribute.attcollation.to_u32(),
                not_null: attribute.attnotnull,
                default,
                identity: attribute.attidentity != 0,
                generated: match attribute.attgenerated as u8 {
                    b's' => Generated::Stored,
                    b'v' => Generated::Virtual,
                    _ => Generated::No,
                },
                serial_sequence,
                serial_type,
                created_here: crate::hooks::memory::is_noted(
                    pg_sys::Oid::from(catalog::CLASS),
                    table,
                    i32::from(number),
                    crate::hooks::memory::How::Created,
                ),
                touched: false,
                ..Column::default()
            });
        }
        columns
    }
}

/// What `read` says about the default of a column; none where it has none.
fn default_of<T>(table: pg_sys::Oid, column: i16, read: impl Fn(&Open, *mut pg_sys::Node) -> Option<T>) -> Option<T> {
    let open = Open::new(table)?;
    // SAFETY: the descriptor of a valid entry; `constr` is NULL where there are no defaults and constraints, else it has
    // `num_defval` of them. The server has read them from pg_attrdef already. A default's node text is PostgreSQL's own, or NULL
    // where pg_attrdef has no row.
    unsafe {
        let constraints = (*(*open.0).rd_att).constr;
        if constraints.is_null() || (*constraints).num_defval == 0 {
            return None;
        }
        let defaults = std::slice::from_raw_parts((*constraints).defval, usize::from((*constraints).num_defval));
        let stored = defaults.iter().find(|default| default.adnum == column && !default.adbin.is_null())?;
        read(&open, pg_sys::stringToNode(stored.adbin).cast())
    }
}

/// An expression over the columns of the relation as SQL.
///
/// # Safety
/// `expression` is an analysed expression.
unsafe fn print(open: &Open, expression: *mut pg_sys::Node) -> Option<String> {
    // SAFETY: the entry is referenced; the context lives in the memory of the statement.
    unsafe { node::text(pg_sys::deparse_expression(expression, deparse_context(open), false, false)) }
}

/// The sequence that a `nextval` default draws from, with its type, if the column owns it (that is what `serial` means).
///
/// # Safety
/// `expression` is an analysed expression.
unsafe fn owned_sequence(expression: *mut pg_sys::Node, table: pg_sys::Oid, column: i16) -> Option<(String, u32)> {
    // SAFETY: each node is read as its tag says.
    unsafe {
        let mut call = node::cast::<pg_sys::FuncExpr>(expression, pg_sys::NodeTag::T_FuncExpr)?;
        // nextval gives a bigint: for serial and smallserial a cast is around it.
        if (*call).funcformat == pg_sys::CoercionForm::COERCE_IMPLICIT_CAST {
            let argument = *node::list::<pg_sys::Node>((*call).args).first()?;
            call = node::cast::<pg_sys::FuncExpr>(argument, pg_sys::NodeTag::T_FuncExpr)?;
        }
        if (*call).funcid.to_u32() != pg_sys::F_NEXTVAL {
            return None;
        }
        let argument = *node::list::<pg_sys::Node>((*call).args).first()?;
        let sequence = node::cast::<pg_sys::Const>(argument, pg_sys::NodeTag::T_Const)?;
        let oid = pg_sys::Oid::from((*sequence).constvalue.value() as u32);
        let (mut owner, mut number) = (pg_sys::InvalidOid, 0);
        let owned = pg_sys::sequenceIsOwned(oid, b'a' as c_char, &mut owner, &mut number);
        if !owned || owner != table || number != i32::from(column) {
            return None;
        }
        let mut of = 0;
        let tuple = pg_sys::SearchSysCache1(pg_sys::SysCacheIdentifier::SEQRELID as i32, pg_sys::Datum::from(oid));
        if !tuple.is_null() {
            // pg_sequence: seqrelid, seqtypid, ... (the same on 15 to 18).
            of = (*pg_sys::GETSTRUCT(tuple).cast::<pg_sys::Oid>().add(1)).to_u32();
            pg_sys::ReleaseSysCache(tuple);
        }
        Open::new(oid).map(|open| (engine::sql::qualified(&schema_name(open.form().relnamespace), &open.name()), of))
    }
}

/// # Safety
/// The entry is valid (it is referenced).
unsafe fn deparse_context(open: &Open) -> *mut pg_sys::List {
    // SAFETY: within natts; names are NUL-terminated.
    unsafe {
        let descriptor = (*open.0).rd_att;
        let columns = (0..(*descriptor).natts as usize).map(|i| {
            let attribute = &*server::attribute(descriptor, i);
            if attribute.attisdropped { c"" } else { CStr::from_ptr(attribute.attname.data.as_ptr()) }
        });
        deparse_context_over(CStr::from_ptr(open.form().relname.data.as_ptr()), open.form().oid, columns)
    }
}

/// What prints expressions over the columns of a relation (an empty name for a dropped one).
///
/// Not `deparse_context_for`: it opens the relation under a lock, and would wait behind whoever holds ACCESS EXCLUSIVE on it. The
/// context of a plan takes the names of the columns from the range table entry, unless that is a relation's. So it becomes one
/// only afterwards, for the name of a system column (`tableoid`), which is looked up in a system cache.
///
/// # Safety
/// To be called in a memory context that lives as long as the context is used.
pub unsafe fn deparse_context_over<'a>(
    name: &CStr,
    relation: pg_sys::Oid,
    columns: impl Iterator<Item = &'a CStr>,
) -> *mut pg_sys::List {
    // SAFETY: nodes of zeroes with their tags set, as makeNode makes them; the strings are copied.
    unsafe {
        let name = pg_sys::pstrdup(name.as_ptr());
        let alias = node::make::<pg_sys::Alias>(pg_sys::NodeTag::T_Alias);
        (*alias).aliasname = name;
        for column in columns {
            let column = pg_sys::makeString(pg_sys::pstrdup(column.as_ptr()));
            (*alias).colnames = pg_sys::lappend((*alias).colnames, column.cast());
        }
        let entry = node::make::<pg_sys::RangeTblEntry>(pg_sys::NodeTag::T_RangeTblEntry);
        (*entry).rtekind = pg_sys::RTEKind::RTE_VALUES;
        (*entry).eref = alias;
        let plan = node::make::<pg_sys::PlannedStmt>(pg_sys::NodeTag::T_PlannedStmt);
        (*plan).rtable = pg_sys::lappend(std::ptr::null_mut(), entry.cast());
        let names = pg_sys::lappend(std::ptr::null_mut(), name.cast());
        let context = pg_sys::deparse_context_for_plan_tree(plan, names);
        (*entry).rtekind = pg_sys::RTEKind::RTE_RELATION;
        (*entry).relid = relation;
        context
    }
}

/// The plain columns of the partition key; empty for other tables and for expressions.
fn partition_key(open: &Open) -> Vec<i16> {
    if open.kind() != RelationKind::PartitionedTable {
        return Vec::new();
    }
    // SAFETY: a partitioned table has one row in pg_partitioned_table; partattrs is its first variable-length column, an
    // int2vector that is never NULL.
    unsafe {
        let cache = pg_sys::SysCacheIdentifier::PARTRELID as i32;
        let tuple = pg_sys::SearchSysCache1(cache, pg_sys::Datum::from(open.form().oid));
        if tuple.is_null() {
            return Vec::new();
        }
        let mut null = false;
        // pg_partitioned_table: partrelid, partstrat, partnatts, partdefid, partattrs (the same on 15 to 18).
        let datum = pg_sys::SysCacheGetAttr(cache, tuple, 5, &mut null);
        let vector: *mut pg_sys::int2vector = datum.cast_mut_ptr();
        let key = (0..(*vector).dim1 as usize).map(|i| *(*vector).values.as_ptr().add(i)).collect();
        pg_sys::ReleaseSysCache(tuple);
        key
    }
}

/// The names of the constraints that indexes of a table serve, by the OID of the index: read once, by whoever needs them first.
type Keys = Rc<OnceCell<Vec<(pg_sys::Oid, String)>>>;

fn indexes_of(oid: pg_sys::Oid, keys: &Keys) -> Vec<Index> {
    let Some(open) = Open::new(oid).filter(|open| open.form().relhasindex) else { return Vec::new() };
    // SAFETY: the list is a copy, of OIDs.
    let oids = unsafe { node::oids(pg_sys::RelationGetIndexList(open.0)) };
    let replica_identity = replica_identity_index(&open);
    oids.into_iter().filter_map(|oid| index_of(oid, &open, keys, replica_identity)).collect()
}

/// Which operator families of the table's own indexes hold the operators that a foreign key is looked up with, column by column.
fn equality_families(table: pg_sys::Oid, operators: &[pg_sys::Oid]) -> Vec<Vec<u32>> {
    let Some(open) = Open::new(table) else { return Vec::new() };
    // SAFETY: the list is a copy, of OIDs.
    let indexes = unsafe { node::oids(pg_sys::RelationGetIndexList(open.0)) };
    let of_index = |oid: pg_sys::Oid| {
        Open::new(oid).map_or_else(Vec::new, |index| {
            // SAFETY: an index's entry has rd_index and, for each key, rd_opfamily.
            unsafe {
                let keys = (*(*index.0).rd_index).indnkeyatts as usize;
                (0..keys).map(|i| *(*index.0).rd_opfamily.add(i)).collect()
            }
        })
    };
    let families: Vec<pg_sys::Oid> = indexes.into_iter().flat_map(of_index).collect();
    let holding = |operator: &pg_sys::Oid| {
        // The key is compared as 'value = column', and an index is searched as 'column = value'.
        // SAFETY: look-ups in the catalog caches; an operator that is gone gives 0, which is in no family.
        let holds =
            |family: &&pg_sys::Oid| unsafe { pg_sys::op_in_opfamily(pg_sys::get_commutator(*operator), **family) };
        families.iter().filter(holds).map(|family| family.to_u32()).collect()
    };
    operators.iter().map(holding).collect()
}

fn replica_identity_index(open: &Open) -> pg_sys::Oid {
    // RelationGetReplicaIndex answers for the default identity too; only a chosen index counts here.
    if open.form().relreplident as u8 != b'i' {
        return pg_sys::InvalidOid;
    }
    // SAFETY: a valid entry.
    unsafe { pg_sys::RelationGetReplicaIndex(open.0) }
}

fn index_of(oid: pg_sys::Oid, heap: &Open, constraint_names: &Keys, replica_identity: pg_sys::Oid) -> Option<Index> {
    let open = Open::new(oid)?;
    // SAFETY: an index's entry has rd_index, rd_indoption, rd_opfamily, rd_indcollation and, in rd_indextuple, indclass.
    unsafe {
        let relation = open.0;
        let form = (*relation).rd_index;
        let key_count = (*form).indnkeyatts as usize;
        let all_count = (*form).indnatts as usize;
        let attributes: Vec<i16> = (0..all_count).map(|i| *(*form).indkey.values.as_ptr().add(i)).collect();
        let opclasses = opclasses_of((*relation).rd_indextuple, key_count);
        // Most indexes have neither an expression nor a predicate.
        let context = OnceCell::new();
        let context = || *context.get_or_init(|| deparse_context(heap));
        let mut expressions = simplify::expressions_of_index(&open).into_iter();
        let keys = (0..key_count)
            .map(|i| {
                let options = *(*relation).rd_indoption.add(i);
                IndexKey {
                    column: (attributes[i] != 0).then_some(attributes[i]),
                    expression: if attributes[i] == 0 {
                        expressions
                            .next()
                            .and_then(|e| node::text(pg_sys::deparse_expression(e, context(), false, false)))
                    } else {
                        None
                    },
                    opclass: opclasses.get(i).copied().unwrap_or_default(),
                    opfamily: (*(*relation).rd_opfamily.add(i)).to_u32(),
                    collation: (*(*relation).rd_indcollation.add(i)).to_u32(),
                    descending: options & 1 != 0,
                    nulls_first: options & 2 != 0,
                    ..IndexKey::default()
                }
            })
            .collect();
        let predicate = simplify::predicate_of_index(&open);
        let predicate = if predicate.is_null() {
            None
        } else {
            node::text(pg_sys::deparse_expression(predicate, context(), false, false))
        };
        // The index of a primary key or of an exclusion constraint tells so; that of a UNIQUE constraint is unique.
        let constraint = if (*form).indisunique || (*form).indisexclusion {
            let (names, table) = (Rc::clone(constraint_names), heap.form().oid);
            Lazy::new(move || {
                let names = names.get_or_init(|| names_of_keys(table));
                names.iter().find(|(index, _)| *index == oid).map(|(_, name)| name.clone())
            })
        } else {
            Lazy::default()
        };
        Some(Index {
            oid: oid.to_u32(),
            schema: schema_name(open.form().relnamespace),
            name: open.name(),
            method: node::text(pg_sys::get_am_name(open.form().relam)).unwrap_or_default(),
            unique: (*form).indisunique,
            primary: (*form).indisprimary,
            exclusion: (*form).indisexclusion,
            valid: (*form).indisvalid,
            immediate: (*form).indimmediate,
            nulls_not_distinct: (*form).indnullsnotdistinct,
            replica_identity: oid == replica_identity,
            clustered: (*form).indisclustered,
            constraint,
            is_partition: open.form().relispartition,
            keys,
            included: attributes[key_count..].to_vec(),
            predicate,
            bytes: Lazy::new(move || Open::new(oid).map_or(0, |open| own_size(&open).bytes)),
            touched: false,
            ..Index::default()
        })
    }
}

/// # Safety
/// `tuple` is a row of pg_index.
unsafe fn opclasses_of(tuple: pg_sys::HeapTuple, count: usize) -> Vec<u32> {
    // SAFETY: indclass is never NULL; SysCacheGetAttr knows pg_index's descriptor.
    unsafe {
        let mut null = false;
        let datum = pg_sys::SysCacheGetAttr(
            pg_sys::SysCacheIdentifier::INDEXRELID as i32,
            tuple,
            pg_sys::Anum_pg_index_indclass as i16,
            &mut null,
        );
        let vector: *mut pg_sys::oidvector = datum.cast_mut_ptr();
        (0..count).map(|i| (*(*vector).values.as_ptr().add(i)).to_u32()).collect()
    }
}

fn action(code: char) -> ReferentialAction {
    match code {
        'r' => ReferentialAction::Restrict,
        'c' => ReferentialAction::Cascade,
        'n' => ReferentialAction::SetNull,
        'd' => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    }
}

/// The referential action of a raw Constraint node's character.
pub fn referential_action(code: c_char) -> ReferentialAction {
    action(char::from(code as u8))
}

fn constraint_of(row: &server::Row) -> Option<Constraint> {
    let kind = match row.char("contype") {
        'c' => ConstraintKind::Check,
        'f' => ConstraintKind::ForeignKey,
        'p' => ConstraintKind::PrimaryKey,
        'u' => ConstraintKind::Unique,
        'x' => ConstraintKind::Exclusion,
        'n' => ConstraintKind::NotNull,
        't' => ConstraintKind::Trigger,
        _ => return None,
    };
    let oid = row.oid("oid");
    let expression =
        if kind == ConstraintKind::Check { Lazy::new(move || check_expression(oid)) } else { Lazy::default() };
    Some(Constraint {
        oid: oid.to_u32(),
        name: row.name("conname"),
        kind,
        columns: row.smallints("conkey"),
        validated: row.bool("convalidated", true),
        enforced: row.bool("conenforced", true),
        deferrable: row.bool("condeferrable", false),
        no_inherit: row.bool("connoinherit", false),
        inherited: row.oid("conparentid") != pg_sys::InvalidOid || !row.bool("conislocal", true),
        expression,
        references: (kind == ConstraintKind::ForeignKey).then(|| reference_of(row)),
        referenced: row.oid("confrelid").to_u32(),
        table: row.oid("conrelid").to_u32(),
        touched: false,
        match_full: kind == ConstraintKind::ForeignKey && row.char("confmatchtype") == 'f',
        deferred: row.bool("condeferred", false),
        delete_columns: row.smallints("confdelsetcols"),
        ..Constraint::default()
    })
}

/// The constraint that this one is a part of, for a partition on either end; InvalidOid for none.
pub fn parent_of_constraint(oid: pg_sys::Oid) -> pg_sys::Oid {
    let mut parent = pg_sys::InvalidOid;
    by_oid(catalog::CONSTRAINT, oid, |row| parent = row.oid("conparentid"));
    parent
}

/// The expression of a CHECK as SQL.
fn check_expression(oid: pg_sys::Oid) -> Option<String> {
    let mut expression = None;
    by_oid(catalog::CONSTRAINT, oid, |row| {
        if let (Some(text), Some(open)) = (row.c_text("conbin"), Open::new(row.oid("conrelid"))) {
            // SAFETY: conbin is PostgreSQL's own node text over the columns of this table.
            expression = unsafe { print(&open, pg_sys::stringToNode(text).cast()) };
        }
    });
    expression
}

/// Whether a CHECK says nothing but that columns are not NULL.
pub fn check_is_not_null(oid: pg_sys::Oid) -> bool {
    let mut only = false;
    by_oid(catalog::CONSTRAINT, oid, |row| {
        if let Some(text) = row.c_text("conbin") {
            // SAFETY: conbin is PostgreSQL's own node text.
            only = unsafe { is_not_null(pg_sys::stringToNode(text).cast()) };
        }
    });
    only
}

/// # Safety
/// `expression` is an analysed expression.
unsafe fn is_not_null(expression: *mut pg_sys::Node) -> bool {
    // SAFETY: each node is read as its tag says.
    unsafe {
        if let Some(test) = node::cast::<pg_sys::NullTest>(expression, pg_sys::NodeTag::T_NullTest) {
            return (*test).nulltesttype == pg_sys::NullTestType::IS_NOT_NULL
                && node::tag((*test).arg.cast()) == pg_sys::NodeTag::T_Var;
        }
        node::cast::<pg_sys::BoolExpr>(expression, pg_sys::NodeTag::T_BoolExpr).is_some_and(|both| {
            (*both).boolop == pg_sys::BoolExprType::AND_EXPR
                && node::list::<pg_sys::Node>((*both).args).into_iter().all(|part| is_not_null(part))
        })
    }
}

/// The constraint, or the unique index, that is about to be dropped, with its table; none for other kinds of constraints. An index of a
/// constraint is not told by itself.
pub fn about_to_be_lost(class: u32, oid: pg_sys::Oid) -> Option<(pg_sys::Oid, LostConstraint)> {
    let mut found = None;
    if class == catalog::CONSTRAINT {
        by_oid(class, oid, |row| {
            if let Some(constraint) = constraint_of(row)
                && constraint.table != 0
                && !matches!(constraint.kind, ConstraintKind::NotNull | ConstraintKind::Trigger)
            {
                let lost = LostConstraint::of(&constraint);
                found = Some((pg_sys::Oid::from(constraint.table), lost));
            }
        });
        if let Some((_, lost)) = found.as_mut().filter(|(_, lost)| lost.kind == ConstraintKind::Check) {
            lost.only_not_null = check_is_not_null(oid);
        }
        // `DetachPartitionFinalize` drops what a key has for the partition that leaves, when it is the key's part no more in the catalog
        // and the partition still counts as one.
        if let Some((_, lost)) = found.as_mut().filter(|(_, lost)| lost.kind == ConstraintKind::ForeignKey) {
            lost.inherited |= server::is_leaving(pg_sys::Oid::from(lost.referenced));
        }
        return found;
    }
    let open = Open::new(oid).filter(|open| open.form().relkind as u8 == pg_sys::RELKIND_INDEX)?;
    // SAFETY: an index's entry has rd_index; takes any index.
    unsafe {
        let form = (*open.0).rd_index;
        let whole = simplify::predicate_of_index(&open).is_null();
        if !(*form).indisunique
            || !(*form).indisvalid
            || !whole
            || pg_sys::get_index_constraint(oid) != pg_sys::InvalidOid
        {
            return None;
        }
        let columns = (0..(*form).indnkeyatts as usize).map(|i| *(*form).indkey.values.as_ptr().add(i)).collect();
        let lost = LostConstraint {
            name: open.name(),
            kind: ConstraintKind::Unique,
            columns,
            expressions: Open::new((*form).indrelid).map(|table| expressions_of(&open, &table)).unwrap_or_default(),
            in_expressions: used_in_expressions(&open),
            validated: true,
            inherited: open.form().relispartition,
            ..LostConstraint::default()
        };
        Some(((*form).indrelid, lost))
    }
}

/// The columns that the expressions of an index use; none where it is gone.
pub fn columns_in_expressions(index: pg_sys::Oid) -> Vec<i16> {
    let open = Open::new(index).filter(|open| open.form().relkind as u8 == pg_sys::RELKIND_INDEX);
    open.map(|open| used_in_expressions(&open)).unwrap_or_default()
}

/// The expressions of an index as SQL, in order.
fn expressions_of(index: &Open, table: &Open) -> Vec<String> {
    // SAFETY: an index's entry; its expressions are over the table.
    unsafe {
        let expressions = simplify::expressions_of_index(index);
        expressions.into_iter().map(|expression| print(table, expression).unwrap_or_default()).collect()
    }
}

fn used_in_expressions(index: &Open) -> Vec<i16> {
    let mut numbers = Vec::new();
    // SAFETY: an index's entry; its expressions are over the one table (variable 1), and the set holds numbers from 0 on.
    unsafe {
        let mut set: *mut pg_sys::Bitmapset = std::ptr::null_mut();
        for expression in simplify::expressions_of_index(index) {
            pg_sys::pull_varattnos(expression, 1, &raw mut set);
        }
        let mut member = pg_sys::bms_next_member(set, -1);
        while member >= 0 {
            numbers.push((member + pg_sys::FirstLowInvalidHeapAttributeNumber) as i16);
            member = pg_sys::bms_next_member(set, member);
        }
        pg_sys::bms_free(set);
    }
    numbers.retain(|number| *number > 0);
    numbers
}

fn reference_of(row: &server::Row) -> Lazy<Reference> {
    let (oid, index, numbers) = (row.oid("confrelid"), row.oid("conindid"), row.smallints("confkey"));
    let (on_delete, on_update) = (action(row.char("confdeltype")), action(row.char("confupdtype")));
    let (table, operators) = (row.oid("conrelid"), row.oids("conpfeqop"));
    Lazy::new(move || Reference {
        on_delete,
        on_update,
        equality_families: equality_families(table, &operators),
        ..referenced(oid, index, &numbers)
    })
}

/// The far side of a foreign key: the table, the index of the referenced key and its columns.
fn referenced(oid: pg_sys::Oid, index: pg_sys::Oid, numbers: &[i16]) -> Reference {
    let Some(open) = Open::new(oid) else { return Reference { oid: oid.to_u32(), ..Reference::default() } };
    // SAFETY: column numbers of a foreign key are within the referenced table's descriptor.
    let (columns, types) = unsafe {
        let descriptor = (*open.0).rd_att;
        numbers
            .iter()
            .map(|number| {
                let attribute = &*server::attribute(descriptor, *number as usize - 1);
                (
                    node::text(attribute.attname.data.as_ptr()).unwrap_or_default(),
                    types::known(attribute.atttypid, attribute.atttypmod),
                )
            })
            .unzip()
    };
    // The server looks for referencing rows with operators of the families of the referenced key's index.
    let opfamilies = Open::new(index).map_or_else(Vec::new, |index| {
        // SAFETY: an index's entry has rd_index and rd_opfamily.
        unsafe {
            let form = (*index.0).rd_index;
            let count = (*form).indnkeyatts as usize;
            numbers
                .iter()
                .filter_map(|number| {
                    (0..count)
                        .find(|i| *(*form).indkey.values.as_ptr().add(*i) == *number)
                        .map(|i| (*(*index.0).rd_opfamily.add(i)).to_u32())
                })
                .collect()
        }
    });
    Reference {
        oid: oid.to_u32(),
        schema: schema_name(open.form().relnamespace),
        table: open.name(),
        columns,
        types,
        rows: Lazy::new(move || Open::new(oid).map_or(0, |open| own_size(&open).rows)),
        opfamilies,
        ..Reference::default()
    }
}

fn constraints_of(oid: pg_sys::Oid, keys: &Keys) -> Vec<Constraint> {
    let mut list = Vec::new();
    let mut names = Vec::new();
    scan(catalog::CONSTRAINT, catalog::CONSTRAINT_RELID_INDEX, &[oid], |row| {
        if let Some(constraint) = constraint_of(row) {
            names.extend(name_of_key(row));
            list.push(constraint);
        }
    });
    let _ = keys.set(names);
    list
}

/// The names of the constraints that the table's indexes serve.
fn names_of_keys(table: pg_sys::Oid) -> Vec<(pg_sys::Oid, String)> {
    let mut names = Vec::new();
    scan(catalog::CONSTRAINT, catalog::CONSTRAINT_RELID_INDEX, &[table], |row| names.extend(name_of_key(row)));
    names
}

fn name_of_key(row: &server::Row) -> Option<(pg_sys::Oid, String)> {
    matches!(row.char("contype"), 'p' | 'u' | 'x').then(|| (row.oid("conindid"), row.name("conname")))
}

/// Whether a foreign key can refer to the table: the server keeps it by triggers there.
fn may_be_referenced(oid: pg_sys::Oid) -> bool {
    // A key that is NOT ENFORCED has none.
    if cfg!(feature = "pg18") {
        return true;
    }
    let Some(open) = Open::new(oid) else { return false };
    if open.kind() == RelationKind::PartitionedTable {
        return true;
    }
    // SAFETY: the entry's triggers, which the server has read from pg_trigger; NULL where there are none.
    unsafe {
        let triggers = (*open.0).trigdesc;
        !triggers.is_null()
            && (0..(*triggers).numtriggers as usize).any(|i| {
                let function = (*(*triggers).triggers.add(i)).tgfoid;
                pg_sys::RI_FKey_trigger_type(function) == pg_sys::RI_TRIGGER_PK as i32
            })
    }
}

/// The foreign keys of other tables (and of the table itself) that refer to it, without those that only serve a partition.
pub fn referenced_by(oid: pg_sys::Oid) -> Vec<Constraint> {
    referencing(oid, |_| true)
}

/// Those of them that refer to this column.
pub fn referenced_by_column(oid: pg_sys::Oid, number: i16) -> Vec<Constraint> {
    referencing(oid, |row| row.smallints("confkey").contains(&number))
}

fn referencing(oid: pg_sys::Oid, wanted: impl Fn(&server::Row) -> bool) -> Vec<Constraint> {
    if !may_be_referenced(oid) {
        return Vec::new();
    }
    let mut keys: Vec<pg_sys::Oid> = Vec::new();
    scan(catalog::DEPEND, catalog::DEPEND_REFERENCE_INDEX, &[pg_sys::Oid::from(catalog::CLASS), oid], |row| {
        let constraint = row.oid("objid");
        if row.oid("classid").to_u32() == catalog::CONSTRAINT && !keys.contains(&constraint) {
            keys.push(constraint);
        }
    });
    let mut list = Vec::new();
    for key in keys {
        by_oid(catalog::CONSTRAINT, key, |row| {
            if row.char("contype") == 'f' && row.oid("confrelid") == oid && wanted(row) {
                list.extend(constraint_of(row));
            }
        });
    }
    list
}

/// As many names show the style of a schema.
const MOST_NAMES: usize = 64;

/// The names of tables that show that a schema is not in the singular.
const FEW_NAMES: usize = 8;

/// The tables of a schema, partitions left out: the oldest ones, which show the style of a schema well enough.
///
/// No index of pg_class leads from a schema to its tables, and a catalog can have 100,000 of them elsewhere; pg_depend has one, since
/// every relation depends on its schema (`heap_create_with_catalog`).
fn oldest_tables(namespace: pg_sys::Oid, most: usize) -> Vec<(pg_sys::Oid, String)> {
    let mut tables = Vec::new();
    let mut rows = 0;
    let keys = [pg_sys::Oid::from(catalog::NAMESPACE), namespace];
    server::scan_until(catalog::DEPEND, catalog::DEPEND_REFERENCE_INDEX, &keys, |row| {
        rows += 1;
        if row.oid("classid").to_u32() == catalog::CLASS {
            let oid = row.oid("objid");
            tables.extend(name_of_table(oid, namespace).map(|name| (oid, name)));
        }
        // Functions and types are among them, too.
        rows < 30 * most && tables.len() < most
    });
    tables
}

/// The name of a table of the schema that is no partition.
fn name_of_table(oid: pg_sys::Oid, namespace: pg_sys::Oid) -> Option<String> {
    class_form(oid, |form| {
        let table = matches!(form.relkind as u8, pg_sys::RELKIND_RELATION | pg_sys::RELKIND_PARTITIONED_TABLE);
        // SAFETY: a NUL-terminated name within its field.
        let name = || unsafe { node::text(form.relname.data.as_ptr()) };
        (table && !form.relispartition && form.relnamespace == namespace).then(name).flatten()
    })
    .flatten()
}

/// The names of `oldest_tables`.
///
/// The first few are asked for with every new table, and hardly ever others: they are kept, and asked for again only when one of them
/// is no longer what it was. The server would read the rows of all tables that the schema ever had, where nobody vacuums.
fn table_names(schema_name: &str, most: usize) -> Vec<String> {
    /// Tables with their names.
    type Tables = Rc<Vec<(pg_sys::Oid, String)>>;
    /// As many schemas are kept.
    const MOST_SCHEMAS: usize = 64;
    thread_local! {
        static KEPT: RefCell<HashMap<u32, Tables>> = RefCell::default();
    }
    let Some(namespace) = schema(schema_name) else { return Vec::new() };
    let names = |tables: &[(pg_sys::Oid, String)]| tables.iter().map(|(_, name)| name.clone()).collect();
    if most != FEW_NAMES {
        return names(&oldest_tables(namespace, most));
    }
    // Nothing of the server's is called while the map is borrowed.
    let kept = KEPT.with(|kept| kept.borrow().get(&namespace.to_u32()).cloned());
    let holds = |(oid, name): &(pg_sys::Oid, String)| name_of_table(*oid, namespace).is_some_and(|now| now == *name);
    if let Some(kept) = kept.filter(|kept| kept.iter().all(holds)) {
        return names(&kept);
    }
    let tables = oldest_tables(namespace, most);
    let result = names(&tables);
    KEPT.with(|kept| {
        let mut kept = kept.borrow_mut();
        kept.remove(&namespace.to_u32());
        if tables.len() == most {
            if kept.len() >= MOST_SCHEMAS {
                kept.clear();
            }
            kept.insert(namespace.to_u32(), Rc::new(tables));
        }
    });
    result
}

/// What `read` says about a relation's row of pg_class, from the cache; none where there is none. Cheaper than an entry of the
/// relation cache, which holds much more.
fn class_form<T>(oid: pg_sys::Oid, read: impl FnOnce(&pg_sys::FormData_pg_class) -> T) -> Option<T> {
    // SAFETY: a syscache lookup whose tuple is released; the form is that of pg_class.
    unsafe {
        let tuple = pg_sys::SearchSysCache1(pg_sys::SysCacheIdentifier::RELOID as i32, pg_sys::Datum::from(oid));
        if tuple.is_null() {
            return None;
        }
        let found = read(&*pg_sys::GETSTRUCT(tuple).cast::<pg_sys::FormData_pg_class>());
        pg_sys::ReleaseSysCache(tuple);
        Some(found)
    }
}

/// Tells each table whose name is new what other tables of its schema are called, once a rule asks; each schema is looked through
/// once. `gone` are names that the catalog has and the text has not any more.
pub fn add_siblings(tables: &mut [Table], gone: &Rc<Vec<(String, String)>>) {
    let named = |table: &Table| {
        table.named && table.relation.kind.is_table() && table.relation.persistence != Persistence::Temporary
    };
    let new: Vec<(String, String)> = tables
        .iter()
        .filter(|table| named(table))
        .map(|table| (table.relation.schema.clone(), table.relation.name.clone()))
        .collect();
    let new = Rc::new(new);
    let mut schemas: HashMap<String, [Rc<OnceCell<Vec<String>>>; 2]> = HashMap::new();
    for table in tables.iter_mut().filter(|table| named(table)) {
        let (schema, own) = (table.relation.schema.clone(), table.relation.name.clone());
        let [all, oldest] = schemas.entry(schema.clone()).or_default();
        let others = |known: &Rc<OnceCell<Vec<String>>>, most: usize| {
            let (known, new, schema, own) = (Rc::clone(known), Rc::clone(&new), schema.clone(), own.clone());
            let gone = Rc::clone(gone);
            Lazy::new(move || {
                let names = known.get_or_init(|| {
                    let mut names = table_names(&schema, most);
                    names.retain(|name| !gone.iter().any(|(of, known)| *of == schema && known == name));
                    // What a text creates is not in the catalog.
                    for (_, name) in new.iter().filter(|(of, _)| *of == schema) {
                        if names.len() < most && !names.contains(name) {
                            names.push(name.clone());
                        }
                    }
                    names
                });
                names.iter().filter(|name| **name != own).cloned().collect()
            })
        };
        table.siblings = others(all, MOST_NAMES);
        table.oldest_siblings = others(oldest, FEW_NAMES);
    }
}

/// Calls `each` with the row of a catalog that has this OID.
pub fn by_oid(class: u32, oid: pg_sys::Oid, each: impl FnMut(&server::Row)) {
    // The index of each catalog's primary key (`src/include/catalog/pg_*.h`).
    let index = match class {
        catalog::CONSTRAINT => 2667,
        catalog::REWRITE => 2692,
        catalog::ATTRDEF => 2657,
        catalog::TRIGGER => 2702,
        catalog::PROC => 2690,
        catalog::TYPE => 2703,
        catalog::CLASS => 2662,
        catalog::NAMESPACE => 2685,
        catalog::COLLATION => 3085,
        catalog::EXTENSION => 3080,
        catalog::STATISTIC_EXT => 3380,
        catalog::POLICY => 3257,
        catalog::PUBLICATION => 6110,
        catalog::PUBLICATION_REL => 6112,
        catalog::PUBLICATION_NAMESPACE => 6238,
        _ => return,
    };
    scan(class, index, &[oid], each);
}

/// The index, with its table; none where the relation is no index.
pub fn index_with_table(oid: pg_sys::Oid) -> Option<(Index, Table)> {
    let open = Open::new(oid)?;
    if !open.kind().is_index() {
        return None;
    }
    // SAFETY: an index's entry has rd_index.
    let heap = unsafe { (*(*open.0).rd_index).indrelid };
    let table = table(heap)?;
    let index = table.indexes.iter().find(|index| index.oid == oid.to_u32()).cloned();
    // An index that is being dropped concurrently is no longer in the table's list.
    index.map(|index| (index, table))
}
