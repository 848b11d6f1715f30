//! Relations and tables from the relation cache and the catalogs: no query, no lock, no transaction id.

use engine::facts::{
    Column, Constraint, ConstraintKind, Generated, Index, IndexKey, Name, Persistence, Reference, ReferentialAction,
    Relation, RelationKind, Size, Table,
};
use pgrx::pg_sys;
use std::cell::OnceCell;
use std::ffi::{CStr, c_char};

use super::server::{self, catalog, scan};
use super::{node, types};
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

    fn kind(&self) -> RelationKind {
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

/// What pg_depend says about a relation: one scan answers both.
#[derive(Default)]
struct Belongs {
    /// It is a member of an extension.
    to_extension: bool,
    /// It is a child by plain inheritance.
    to_parent: bool,
}

fn belongs(oid: pg_sys::Oid) -> Belongs {
    let mut belongs = Belongs::default();
    scan(catalog::DEPEND, catalog::DEPEND_DEPENDER_INDEX, &[pg_sys::Oid::from(catalog::CLASS), oid], |row| {
        if row.integer("objsubid") != 0 {
            return;
        }
        match row.char("deptype") {
            'e' => belongs.to_extension |= row.oid("refclassid").to_u32() == catalog::EXTENSION,
            // A child depends on its parent table normally; a partition, automatically.
            'n' => {
                belongs.to_parent |=
                    row.oid("refclassid").to_u32() == catalog::CLASS && row.integer("refobjsubid") == 0;
            }
            _ => {}
        }
    });
    belongs
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
fn own_size(open: &Open) -> Size {
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
        // SAFETY: a relation with storage; asks the file's length and takes no lock.
        let now = unsafe { pg_sys::RelationGetNumberOfBlocksInFork(open.0, pg_sys::ForkNumber::MAIN_FORKNUM) };
        (u64::from(now), form.relpages.max(0) as u64)
    };
    let rows = if pages == 0 {
        0
    } else if form.reltuples >= 0.0 && known_pages > 0 {
        (f64::from(form.reltuples) / known_pages as f64 * pages as f64).round() as u64
    } else if form.relkind as u8 == pg_sys::RELKIND_RELATION || form.relkind as u8 == pg_sys::RELKIND_MATVIEW {
        // Never analysed: as estimate_rel_size does, from the width of a row.
        // SAFETY: needs the descriptor of the relation only.
        let width = unsafe { pg_sys::get_rel_data_width(open.0, std::ptr::null_mut()) }.max(1) as u64;
        let tuple = width.next_multiple_of(8) + 24 + 4;
        pages * ((block - 24) / tuple).max(1)
    } else {
        0
    };
    if form.reltoastrelid != pg_sys::InvalidOid
        && let Some(toast) = Open::new(form.reltoastrelid)
    {
        pages += own_size(&toast).bytes / block;
    }
    Size { bytes: pages * block, rows }
}

/// What the relation itself holds on disk, TOAST included; nothing where it is gone. Takes no lock.
pub fn size_on_disk(oid: pg_sys::Oid) -> Size {
    Open::new(oid).map(|open| own_size(&open)).unwrap_or_default()
}

fn relation_of(open: &Open, with_children: bool, belongs: &Belongs) -> Relation {
    let form = open.form();
    let mut size = own_size(open);
    if with_children && form.relhassubclass {
        for child in server::all_inheritors(form.oid).into_iter().skip(1) {
            pgrx::check_for_interrupts!();
            if let Some(child) = Open::new(child) {
                let part = own_size(&child);
                size.bytes += part.bytes;
                size.rows += part.rows;
            }
        }
    }
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
        exempt: is_of_system(form.oid, form.relnamespace) || belongs.to_extension,
        is_partition: form.relispartition,
        size,
    }
}

/// The relation with its size, children included.
pub fn relation(oid: pg_sys::Oid) -> Option<Relation> {
    Open::new(oid).map(|open| relation_of(&open, true, &belongs(oid)))
}

/// The relation with its own size only: what ONLY touches.
pub fn relation_only(oid: pg_sys::Oid) -> Option<Relation> {
    Open::new(oid).map(|open| relation_of(&open, false, &belongs(oid)))
}

/// The table with its parts; none where there is no such relation.
pub fn table(oid: pg_sys::Oid) -> Option<Table> {
    let open = Open::new(oid)?;
    let belongs = belongs(oid);
    let mut relation = relation_of(&open, true, &belongs);
    // A child by plain inheritance counts as a partition: its problems are reported on the parent.
    let constraints = constraints_of(&open);
    let columns = columns_of(&open);
    if !relation.is_partition && relation.kind == RelationKind::Table {
        relation.is_partition = belongs.to_parent;
    }
    let mut table = Table { relation, columns, constraints, ..Table::default() };
    table.partition_key = partition_key(&open);
    table.indexes = indexes_of(&open, &table);
    Some(table)
}

fn columns_of(open: &Open) -> Vec<Column> {
    let form = open.form();
    // SAFETY: the descriptor of a valid entry.
    let descriptor = unsafe { (*open.0).rd_att };
    // SAFETY: as above; `constr` is NULL where there are no defaults and constraints, else it has `num_defval` of them. The server
    // has read them from pg_attrdef already.
    let defaults: &[pg_sys::AttrDefault] = unsafe {
        let constraints = (*descriptor).constr;
        if constraints.is_null() || (*constraints).num_defval == 0 {
            &[]
        } else {
            std::slice::from_raw_parts((*constraints).defval, usize::from((*constraints).num_defval))
        }
    };
    let context = OnceCell::new();
    let mut columns = Vec::new();
    // SAFETY: within natts; the default's node text is PostgreSQL's own, or NULL where pg_attrdef has no row.
    unsafe {
        for i in 0..(*descriptor).natts as usize {
            let attribute = &*server::attribute(descriptor, i);
            if attribute.attisdropped {
                continue;
            }
            let stored = defaults
                .iter()
                .find(|default| default.adnum == attribute.attnum && !default.adbin.is_null())
                .map(|default| default.adbin);
            let mut serial_sequence = None;
            let default = stored.and_then(|text| {
                let expression = pg_sys::stringToNode(text).cast::<pg_sys::Node>();
                serial_sequence = owned_sequence(expression, form.oid, attribute.attnum);
                let context = *context.get_or_init(|| deparse_context(open));
                node::text(pg_sys::deparse_expression(expression, context, false, false))
            });
            columns.push(Column {
                number: attribute.attnum,
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
                created_here: crate::hooks::memory::is_noted(
                    pg_sys::Oid::from(catalog::CLASS),
                    form.oid,
                    i32::from(attribute.attnum),
                    crate::hooks::memory::How::Created,
                ),
                touched: false,
                ..Column::default()
            });
        }
    }
    columns
}

/// The sequence that a `nextval` default draws from, if the column owns it (that is what `serial` means).
///
/// # Safety
/// `expression` is an analysed expression.
unsafe fn owned_sequence(expression: *mut pg_sys::Node, table: pg_sys::Oid, column: i16) -> Option<String> {
    // SAFETY: each node is read as its tag says.
    unsafe {
        let call = node::cast::<pg_sys::FuncExpr>(expression, pg_sys::NodeTag::T_FuncExpr)?;
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
        Open::new(oid).map(|open| engine::sql::qualified(&schema_name(open.form().relnamespace), &open.name()))
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

fn indexes_of(open: &Open, table: &Table) -> Vec<Index> {
    if !open.form().relhasindex {
        return Vec::new();
    }
    // SAFETY: the list is a copy, of OIDs.
    let oids = unsafe { node::oids(pg_sys::RelationGetIndexList(open.0)) };
    let replica_identity = replica_identity_index(open);
    oids.into_iter().filter_map(|oid| index_of(oid, open, table, replica_identity)).collect()
}

fn replica_identity_index(open: &Open) -> pg_sys::Oid {
    // RelationGetReplicaIndex answers for the default identity too; only a chosen index counts here.
    if open.form().relreplident as u8 != b'i' {
        return pg_sys::InvalidOid;
    }
    // SAFETY: a valid entry.
    unsafe { pg_sys::RelationGetReplicaIndex(open.0) }
}

fn index_of(oid: pg_sys::Oid, heap: &Open, table: &Table, replica_identity: pg_sys::Oid) -> Option<Index> {
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
        let mut expressions = node::list::<pg_sys::Node>(pg_sys::RelationGetIndexExpressions(relation)).into_iter();
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
                }
            })
            .collect();
        let predicate = pg_sys::RelationGetIndexPredicate(relation);
        let predicate = if predicate.is_null() {
            None
        } else {
            let clause = pg_sys::make_ands_explicit(predicate);
            node::text(pg_sys::deparse_expression(clause.cast(), context(), false, false))
        };
        let constraint = table
            .constraints
            .iter()
            .find(|c| {
                matches!(c.kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique | ConstraintKind::Exclusion)
                    && pg_sys::get_constraint_index(pg_sys::Oid::from(c.oid)) == oid
            })
            .map(|c| c.name.clone());
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
            bytes: own_size(&open).bytes,
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

fn constraint_of(row: &server::Row, open: Option<&Open>) -> Option<Constraint> {
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
    let expression = if kind == ConstraintKind::Check {
        row.c_text("conbin").and_then(|text| {
            // SAFETY: conbin is PostgreSQL's own node text over the columns of this table.
            unsafe {
                let expression = pg_sys::stringToNode(text).cast::<pg_sys::Node>();
                let context = open.map_or(std::ptr::null_mut(), |open| deparse_context(open));
                node::text(pg_sys::deparse_expression(expression, context, false, false))
            }
        })
    } else {
        None
    };
    Some(Constraint {
        oid: row.oid("oid").to_u32(),
        name: row.name("conname"),
        kind,
        columns: row.smallints("conkey"),
        validated: row.bool("convalidated", true),
        enforced: row.bool("conenforced", true),
        deferrable: row.bool("condeferrable", false),
        no_inherit: row.bool("connoinherit", false),
        inherited: row.oid("conparentid") != pg_sys::InvalidOid || !row.bool("conislocal", true),
        expression,
        references: (kind == ConstraintKind::ForeignKey).then(|| reference_of(row)).flatten(),
        table: row.oid("conrelid").to_u32(),
        touched: false,
        ..Constraint::default()
    })
}

fn reference_of(row: &server::Row) -> Option<Reference> {
    let oid = row.oid("confrelid");
    let open = Open::new(oid)?;
    let numbers = row.smallints("confkey");
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
    let opfamilies = Open::new(row.oid("conindid")).map_or_else(Vec::new, |index| {
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
    Some(Reference {
        oid: oid.to_u32(),
        schema: schema_name(open.form().relnamespace),
        table: open.name(),
        columns,
        types,
        rows: own_size(&open).rows,
        on_delete: action(row.char("confdeltype")),
        on_update: action(row.char("confupdtype")),
        opfamilies,
    })
}

fn constraints_of(open: &Open) -> Vec<Constraint> {
    let mut list = Vec::new();
    scan(catalog::CONSTRAINT, catalog::CONSTRAINT_RELID_INDEX, &[open.form().oid], |row| {
        list.extend(constraint_of(row, Some(open)));
    });
    list
}

/// The foreign keys of other tables (and of the table itself) that refer to it, without those that only serve a partition.
pub fn referenced_by(oid: pg_sys::Oid) -> Vec<Constraint> {
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
            if row.char("contype") == 'f' && row.oid("confrelid") == oid {
                list.extend(constraint_of(row, None));
            }
        });
    }
    list
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
        catalog::STATISTIC_EXT => 3380,
        catalog::POLICY => 3257,
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
