//! The work of a statement in bytes: pages to read and to write, entries of indexes to sort.
//!
//! Made when somebody asks, which before a statement is seldom: only a large table is worth an estimate.

use engine::estimate::{LEAST_BYTES, Workload};
use engine::facts::*;
use pgrx::pg_sys;

use super::super::{catalog, node, server, speeds};

/// A new index as far as its size depends on it: the widths of its columns in bytes.
#[derive(Clone, Debug)]
enum NewIndex {
    /// One of these columns of its table, by name; a column that the statement adds with its type.
    Columns(Vec<(String, Option<TypeName>)>),
    /// It holds ranges of pages and not rows.
    Summary,
    /// How large it gets is not known before.
    Unknown,
}

/// Adds the work to the impact.
pub(super) fn fill(statement: &Statement, impact: &mut Impact) {
    if impact.effects.is_empty() {
        return;
    }
    let effects = impact.effects.clone();
    let indexes = new_indexes(statement);
    let plain = is_plain(statement, impact);
    let referenced = referenced(statement, impact);
    impact.works = Lazy::new(move || works(&effects, &indexes, &referenced, plain));
    let (works, sure) = (impact.works.clone(), impact.unknown.is_empty());
    impact.estimate = Lazy::new(move || {
        let total = works.total().filter(|total| sure && total.total() >= LEAST_BYTES)?;
        Some(speeds::of_statement().time(total))
    });
}

/// What is read of the tables that foreign keys refer to: once for each table that is validated, as a whole or through its index
/// (`RI_Initial_Check` in `src/backend/utils/adt/ri_triggers.c`: one query joins the two).
fn referenced(statement: &Statement, impact: &Impact) -> Vec<Relation> {
    let touched: Vec<&Relation> =
        impact.touches.iter().filter(|touch| touch.role == Role::Referenced).map(|touch| &touch.relation).collect();
    let stored = |relation: &&Relation| relation.kind == RelationKind::Table && relation.oid != 0;
    let mut found: Vec<Relation> = Vec::new();
    let mut others = false;
    for effect in &impact.effects {
        if !matches!(&effect.work, Work::Scan(Scan::ForeignKey { .. } | Scan::Validate { .. })) {
            continue;
        }
        let named = statement.commands().filter(|(number, _)| *number == effect.command).find_map(|(_, command)| {
            let defs = match command {
                AlterCommand::AddConstraint(def) => std::slice::from_ref(def),
                AlterCommand::AddColumn { column, .. } => &column.constraints[..],
                _ => &[],
            };
            defs.iter().find_map(|def| def.references.as_ref())
        });
        let Some(name) = named else {
            // A key that is there already: its tables are those that the statement locks as referenced.
            if !std::mem::replace(&mut others, true) {
                found.extend(touched.iter().copied().filter(stored).cloned());
            }
            continue;
        };
        let is_it = |relation: &Relation| {
            relation.name == name.name && name.schema.as_ref().is_none_or(|schema| *schema == relation.schema)
        };
        if !touched.iter().any(|relation| is_it(relation)) {
            // A key to the table itself.
            found.extend(Some(&effect.relation).filter(stored).cloned());
            continue;
        }
        // The partitions of a referenced table come behind it.
        let mut here = false;
        for relation in &touched {
            here = is_it(relation) || here && relation.is_partition;
            found.extend(Some(*relation).filter(stored).filter(|_| here).cloned());
        }
    }
    found
}

/// The indexes that the statement makes, by sub-command.
fn new_indexes(statement: &Statement) -> Vec<(usize, NewIndex)> {
    if let Ddl::CreateIndex(create) = &statement.ddl {
        return vec![(0, of_index(create.index.as_deref(), statement.target.as_ref()))];
    }
    let of_constraint = |def: &ConstraintDef, column: Option<&ColumnDef>| {
        if def.kind == ConstraintKind::Exclusion || def.columns.is_empty() && column.is_none() {
            return NewIndex::Unknown;
        }
        let names = def.columns.iter().chain(&def.included).cloned();
        let mut columns: Vec<(String, Option<TypeName>)> = names.map(|name| (name, None)).collect();
        if let Some(column) = column {
            columns.retain(|(name, _)| *name != column.name);
            columns.push((column.name.clone(), Some(column.data_type.clone())));
        }
        NewIndex::Columns(columns)
    };
    let indexed = |kind: ConstraintKind| {
        matches!(kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique | ConstraintKind::Exclusion)
    };
    let mut found = Vec::new();
    for (number, command) in statement.commands() {
        match command {
            AlterCommand::AddConstraint(def) if indexed(def.kind) => found.push((number, of_constraint(def, None))),
            AlterCommand::AddColumn { column, .. } => {
                let defs = column.constraints.iter().filter(|def| indexed(def.kind));
                found.extend(defs.map(|def| (number, of_constraint(def, Some(column)))));
            }
            _ => {}
        }
    }
    found
}

fn of_index(index: Option<&Index>, table: Option<&Table>) -> NewIndex {
    let (Some(index), Some(table)) = (index, table) else { return NewIndex::Unknown };
    match index.method.as_str() {
        "brin" => return NewIndex::Summary,
        "btree" if index.predicate.is_none() => {}
        _ => return NewIndex::Unknown,
    }
    let numbers: Option<Vec<i16>> = index.keys.iter().map(|key| key.column).collect();
    let Some(mut numbers) = numbers else { return NewIndex::Unknown };
    numbers.extend(&index.included);
    NewIndex::Columns(table.column_names(&numbers).into_iter().map(|name| (name.to_owned(), None)).collect())
}

/// Whether nothing runs but PostgreSQL's own code, so that nobody can make a measurement of what they like: no expression, no CHECK,
/// no query, no type that somebody made.
fn is_plain(statement: &Statement, impact: &Impact) -> bool {
    let Some(table) = &statement.target else { return false };
    let of_server = |oid: Oid| oid != 0 && oid < pg_sys::FirstNormalObjectId;
    let commands = statement.commands().all(|(_, command)| match command {
        AlterCommand::AlterType { column, data_type, using, .. } => {
            using.is_none()
                && of_server(data_type.oid)
                && table.column(column).is_some_and(|column| of_server(column.data_type.oid))
                // A CHECK on the column is checked again in the same pass.
                && !table.constraints.iter().any(|constraint| constraint.kind == ConstraintKind::Check)
        }
        AlterCommand::AddColumn { .. } | AlterCommand::AttachPartition { .. } => false,
        AlterCommand::AddConstraint(def) => {
            matches!(def.kind, ConstraintKind::PrimaryKey | ConstraintKind::Unique | ConstraintKind::NotNull)
        }
        _ => true,
    });
    let effects = impact.effects.iter().all(|effect| match &effect.work {
        Work::Scan(Scan::NotNull { .. })
        | Work::Rewrite(Rewrite::Type { .. } | Rewrite::Persistence | Rewrite::AccessMethod)
        | Work::RebuildIndex { .. } => true,
        Work::BuildIndex { constraint, concurrently, .. } => !concurrently && *constraint != Some("EXCLUDE"),
        _ => false,
    });
    commands && effects && matches!(&statement.ddl, Ddl::AlterTable(_) | Ddl::CreateIndex(_))
}

/// What one relation is made of.
struct Parts {
    heap: u64,
    toast: u64,
    rows: u64,
    indexes: Vec<Built>,
    /// A stored generated column is computed anew with every row.
    generated: bool,
}

/// An index that is there.
struct Built {
    name: String,
    /// What is sorted to build it anew.
    bytes: u64,
    /// It has no expression and no predicate.
    simple: bool,
}

fn works(effects: &[Effect], indexes: &[(usize, NewIndex)], referenced: &[Relation], mut plain: bool) -> Works {
    let mut relations: Vec<(Oid, Option<Workload>)> = Vec::new();
    for effect in effects {
        let oid = effect.relation.oid;
        if oid == 0 || relations.iter().any(|(known, _)| *known == oid) {
            continue;
        }
        pgrx::check_for_interrupts!();
        let Some(parts) = parts(oid, &effect.relation) else { continue };
        let own: Vec<&Effect> = effects.iter().filter(|other| other.relation.oid == oid).collect();
        plain &= !parts.generated && parts.indexes.iter().all(|index| index.simple);
        relations.push((oid, on_one(oid, &parts, &own, indexes)));
    }
    for relation in referenced {
        pgrx::check_for_interrupts!();
        let Some(open) = catalog::Open::new(pg_sys::Oid::from(relation.oid)) else { continue };
        let read = Workload { read: heap(&open), ..Workload::default() };
        match relations.iter_mut().find(|(oid, _)| *oid == relation.oid) {
            Some((_, work)) => {
                if let Some(work) = work {
                    *work += read;
                }
            }
            None => relations.push((relation.oid, Some(read))),
        }
    }
    Works { relations, plain }
}

/// The work on one relation; none where it cannot be said.
fn on_one(oid: Oid, parts: &Parts, effects: &[&Effect], indexes: &[(usize, NewIndex)]) -> Option<Workload> {
    let all = parts.heap + parts.toast;
    let mut work = Workload::default();
    let (mut rewritten, mut scanned) = (false, false);
    for effect in effects {
        match &effect.work {
            // How long its query takes, only the planner could guess.
            Work::Rewrite(Rewrite::Refresh) | Work::Scan(Scan::Refresh) => return None,
            Work::Rewrite(_) if !rewritten => {
                rewritten = true;
                work.read += all;
                work.write += all;
                work.sort += parts.indexes.iter().map(|index| index.bytes).sum::<u64>();
            }
            Work::Rewrite(_) => {}
            Work::Copy => {
                work.read += all;
                work.write += all;
            }
            // A query of its own that joins the two tables; the other is counted by itself.
            Work::Scan(Scan::ForeignKey { .. }) => work.read += parts.heap,
            // One pass for all of them (ATRewriteTable).
            Work::Scan(_) if !scanned => {
                scanned = true;
                work.read += parts.heap;
            }
            Work::Scan(_) => {}
            Work::RebuildIndex { index, .. } => {
                work.read += parts.heap;
                work.sort += parts.indexes.iter().find(|known| known.name == *index)?.bytes;
            }
            Work::BuildIndex { concurrently, .. } => {
                // CONCURRENTLY reads the table a second time.
                work.read += if *concurrently { 2 * parts.heap } else { parts.heap };
                let (_, index) = indexes.iter().find(|(command, _)| *command == effect.command)?;
                work.sort += match index {
                    NewIndex::Unknown => return None,
                    NewIndex::Summary => 0,
                    NewIndex::Columns(columns) => {
                        let widths = columns.iter().map(|(name, added)| width_of(oid, name, added.as_ref()));
                        let bytes = entries(parts.rows, widths.sum::<Option<u64>>()?);
                        let outside = columns.iter().any(|(name, added)| added.is_none() && may_be_outside(oid, name));
                        // The index holds the values, the statistics measured pointers, and TOAST is read for them.
                        if outside && is_much(parts.toast, bytes) {
                            return None;
                        }
                        bytes
                    }
                };
            }
        }
    }
    Some(work)
}

/// Bytes of so many entries of a btree: header, line pointer, alignment, the tenth of each page that stays free.
fn entries(rows: u64, width: u64) -> u64 {
    rows.saturating_mul(((8 + width).next_multiple_of(8) + 4) * 10 / 9)
}

/// Whether a TOAST table holds enough to make another estimate of an index out of it.
fn is_much(toast: u64, index: u64) -> bool {
    toast.saturating_mul(20) > index
}

/// Whether values of the column may be stored out of line, in TOAST.
fn may_be_outside(table: Oid, column: &str) -> bool {
    let name = crate::pg::text::to_server(column);
    let Some(open) = catalog::Open::new(pg_sys::Oid::from(table)) else { return false };
    // SAFETY: a catalog lookup that gives 0 for what does not exist; numbers of user columns begin with 1 in the descriptor.
    unsafe {
        match usize::try_from(pg_sys::get_attnum(pg_sys::Oid::from(table), name.as_ptr())) {
            Ok(number @ 1..) => toasted(&*server::attribute((*open.0).rd_att, number - 1)),
            _ => false,
        }
    }
}

fn toasted(attribute: &pg_sys::FormData_pg_attribute) -> bool {
    attribute.attlen == -1 && attribute.attstorage as u8 != pg_sys::TYPSTORAGE_PLAIN
}

/// The pages of a table without those of TOAST, in bytes.
fn heap(open: &catalog::Open) -> u64 {
    catalog::own_size(open).bytes.saturating_sub(toast(open))
}

fn toast(open: &catalog::Open) -> u64 {
    match open.form().reltoastrelid {
        pg_sys::InvalidOid => 0,
        toast => catalog::toast_pages(toast) * u64::from(pg_sys::BLCKSZ),
    }
}

/// The mean width of a column in bytes: as the statistics have it, else what the type suggests.
fn width_of(table: Oid, column: &str, added: Option<&TypeName>) -> Option<u64> {
    let by_type = |oid: pg_sys::Oid, modifier: i32| {
        // SAFETY: takes any type; a default where there is none.
        u64::try_from(unsafe { pg_sys::get_typavgwidth(oid, modifier) }).ok()
    };
    if let Some(added) = added {
        return by_type(pg_sys::Oid::from(added.oid), added.modifier);
    }
    let table = pg_sys::Oid::from(table);
    let name = crate::pg::text::to_server(column);
    // SAFETY: catalog lookups that give nothing for what does not exist.
    unsafe {
        let number = pg_sys::get_attnum(table, name.as_ptr());
        if number <= 0 {
            return None;
        }
        match pg_sys::get_attavgwidth(table, number) {
            0 => {
                let (mut oid, mut modifier, mut collation) = (pg_sys::InvalidOid, -1, pg_sys::InvalidOid);
                pg_sys::get_atttypetypmodcoll(table, number, &raw mut oid, &raw mut modifier, &raw mut collation);
                by_type(oid, modifier)
            }
            known => u64::try_from(known).ok(),
        }
    }
}

fn parts(oid: Oid, relation: &Relation) -> Option<Parts> {
    let open = catalog::Open::new(pg_sys::Oid::from(oid))?;
    let size = catalog::own_size(&open);
    let toast = toast(&open);
    // SAFETY: the list of a valid entry, which is a copy; the descriptor lives as long as the entry.
    let (list, generated) = unsafe {
        let constraints = (*(*open.0).rd_att).constr;
        (
            node::oids(pg_sys::RelationGetIndexList(open.0)),
            !constraints.is_null() && (*constraints).has_generated_stored,
        )
    };
    let indexes = list.into_iter().filter_map(|index| built(index, size.rows, toast)).collect();
    Some(Parts {
        heap: size.bytes.saturating_sub(toast),
        toast,
        rows: if relation.created_here { relation.size.rows } else { size.rows },
        indexes,
        generated,
    })
}

fn built(oid: pg_sys::Oid, rows: u64, toast: u64) -> Option<Built> {
    let open = catalog::Open::new(oid)?;
    // SAFETY: an index's entry has its row of pg_index, and descriptor and key columns of the same length.
    let (simple, widths, outside, table) = unsafe {
        let tuple = (*open.0).rd_indextuple;
        let missing =
            |number: u32| !tuple.is_null() && pg_sys::heap_attisnull(tuple, number as i32, std::ptr::null_mut());
        let simple = missing(pg_sys::Anum_pg_index_indexprs) && missing(pg_sys::Anum_pg_index_indpred);
        let form = (*open.0).rd_index;
        let table = (*form).indrelid;
        let columns = usize::try_from((*form).indnatts).unwrap_or(0);
        let width = |n: usize| {
            let number = *(*form).indkey.values.as_ptr().add(n);
            let attribute = &*server::attribute((*open.0).rd_att, n);
            match pg_sys::get_attavgwidth(table, number) {
                0 => pg_sys::get_typavgwidth(attribute.atttypid, attribute.atttypmod),
                known => known,
            }
        };
        let widths: i64 = if simple { (0..columns).map(|n| i64::from(width(n))).sum() } else { 0 };
        let outside = (0..columns).any(|n| toasted(&*server::attribute((*open.0).rd_att, n)));
        (simple, u64::try_from(widths).unwrap_or(0), outside, table)
    };
    let sorted = simple && open.form().relam == pg_sys::BTREE_AM_OID && table != pg_sys::InvalidOid;
    let bytes = match entries(rows, widths) {
        // By the statistics it would hold pointers where it holds values.
        bytes if sorted && !(outside && is_much(toast, bytes)) => bytes,
        _ => catalog::own_size(&open).bytes,
    };
    let schema = catalog::schema_name(open.form().relnamespace);
    Some(Built { name: engine::sql::qualified(&schema, &open.name()), bytes, simple })
}
