//! Which keys the partitions of a table leave without a place: PostgreSQL's own answer for what is in the catalog, and what follows
//! from the bounds of a text.

use engine::facts::{BoundValue, MOST_REMAINDERS, Name, PartitionBound, PartitionCoverage, RelationKind};
use pgrx::pg_sys;
use std::cmp::Ordering;

use super::catalog::{self, Open};
use super::{node, partition_bound};

mod raw {
    use pgrx::pg_sys::Datum;

    unsafe extern "C-unwind" {
        // src/include/utils/datum.h
        pub fn datumIsEqual(one: Datum, other: Datum, by_value: bool, length: i32) -> bool;
    }
}

/// What the partitions of a table of the catalog leave; none where it has none, or it is partitioned by list. Those that are being
/// detached do not count.
pub fn of_catalog(oid: pg_sys::Oid) -> Option<PartitionCoverage> {
    let open = Open::new(oid).filter(|open| open.kind() == RelationKind::PartitionedTable)?;
    let coverage = unnamed(&open)?;
    let schema = catalog::schema_name(open.form().relnamespace);
    let is_taken = |name: &str| catalog::find(&Name { schema: Some(schema.clone()), name: name.to_owned() }).is_some();
    Some(coverage.named(&open.name(), is_taken))
}

fn unnamed(open: &Open) -> Option<PartitionCoverage> {
    // SAFETY: a referenced entry of a partitioned table, on which this transaction, which changed its partitions, holds a lock.
    // `PartitionBoundInfoData` (src/include/partitioning/partbounds.h): `indexes` has `nindexes` places.
    unsafe {
        let partitions = pg_sys::RelationGetPartitionDesc(open.0, true);
        let bounds = (*partitions).boundinfo;
        if bounds.is_null() || (*bounds).indexes.is_null() {
            return None;
        }
        let indexes = std::slice::from_raw_parts((*bounds).indexes, usize::try_from((*bounds).nindexes).ok()?);
        match (*bounds).strategy as u8 {
            // A place for each remainder of the greatest modulus.
            b'h' => {
                let modulus = i64::from((*bounds).nindexes);
                if modulus > MOST_REMAINDERS {
                    return None;
                }
                let missing = (0..modulus).zip(indexes).filter(|(_, index)| **index < 0).map(|(n, _)| n).collect();
                Some(PartitionCoverage::Hash { modulus, missing, names: Vec::new() })
            }
            // A place below each bound, and one above the last.
            b'r' => {
                let mut gaps = Vec::new();
                let between = indexes.windows(3).filter(|three| three[1] < 0 && three[0] >= 0 && three[2] >= 0);
                for three in between.filter(|_| (*bounds).default_index < 0) {
                    pgrx::check_for_interrupts!();
                    let spec = |index: i32| partition_bound::spec_of(*(*partitions).oids.add(index as usize));
                    let (before, after) = (spec(three[0]), spec(three[2]));
                    if before.is_null() || after.is_null() {
                        return None;
                    }
                    let (from, to) = ((*before).upperdatums, (*after).lowerdatums);
                    if holds_something(&ends_of(from), &ends_of(to)) {
                        gaps.push((partition_bound::end_as_sql(from)?, partition_bound::end_as_sql(to)?));
                    }
                }
                Some(PartitionCoverage::of_gaps(gaps))
            }
            _ => None,
        }
    }
}

/// What partitions of these bounds leave; none where that is not known. Raises an ERROR where the server does not answer.
pub fn of_bounds<'a>(bounds: impl Iterator<Item = &'a PartitionBound>) -> Option<PartitionCoverage> {
    let (mut hash, mut ranges, mut has_default) = (Vec::new(), Vec::new(), false);
    for bound in bounds {
        match bound {
            PartitionBound::Default => has_default = true,
            PartitionBound::Hash { modulus, remainder } => hash.push((*modulus, *remainder)),
            PartitionBound::Range { from, to } => ranges.push((from, to)),
            PartitionBound::Other => return None,
        }
    }
    match (hash.is_empty(), ranges.is_empty()) {
        (false, true) if !has_default => PartitionCoverage::of_hash(&hash),
        (true, false) if has_default => Some(PartitionCoverage::of_gaps(Vec::new())),
        (true, false) => of_ranges(&ranges),
        _ => None,
    }
}

fn of_ranges(ranges: &[(&Vec<BoundValue>, &Vec<BoundValue>)]) -> Option<PartitionCoverage> {
    let order = Order::of(ranges)?;
    let read = |end: &[BoundValue]| end.iter().map(End::of_value).collect::<Vec<End>>();
    let mut read: Vec<(Vec<End>, Vec<End>, usize)> =
        ranges.iter().enumerate().map(|(n, (from, to))| (read(from), read(to), n)).collect();
    read.sort_by(|a, b| order.compare(&a.0, &b.0));
    let sql = |end: &[BoundValue]| end.iter().map(BoundValue::sql).collect::<Vec<_>>().join(", ");
    let gaps = read
        .windows(2)
        .filter(|two| order.compare(&two[0].1, &two[1].0) == Ordering::Less && holds_something(&two[0].1, &two[1].0))
        .map(|two| (sql(ranges[two[0].2].1), sql(ranges[two[1].2].0)))
        .collect();
    Some(PartitionCoverage::of_gaps(gaps))
}

/// One column of an end of a range.
#[derive(Clone, Copy)]
enum End {
    Least,
    Value(pg_sys::Oid, pg_sys::Datum),
    Most,
}

impl End {
    fn of_value(value: &BoundValue) -> End {
        match value {
            BoundValue::Least => End::Least,
            BoundValue::Value { data_type, text, .. } => {
                let data_type = pg_sys::Oid::from(*data_type);
                // SAFETY: values are of types of PostgreSQL's own.
                End::Value(data_type, unsafe { partition_bound::datum_of(data_type, -1, text) })
            }
            BoundValue::Most => End::Most,
        }
    }

    fn rank(self) -> i32 {
        match self {
            End::Least => -1,
            End::Value(..) => 0,
            End::Most => 1,
        }
    }

    /// Whether both are the same value, byte for byte.
    fn is_same(self, other: End) -> bool {
        let (End::Value(data_type, one), End::Value(_, other)) = (self, other) else { return false };
        let (mut length, mut by_value) = (0, false);
        // SAFETY: two values of this type.
        unsafe {
            pg_sys::get_typlenbyval(data_type, &mut length, &mut by_value);
            pg_sys::ffi::pg_guard_ffi_boundary(|| raw::datumIsEqual(one, other, by_value, i32::from(length)))
        }
    }

    /// The value of a type whose values can be counted.
    fn number(self) -> Option<i64> {
        let End::Value(data_type, datum) = self else { return None };
        let bits = datum.value();
        match data_type {
            pg_sys::INT2OID => Some(i64::from(bits as i16)),
            pg_sys::INT4OID | pg_sys::DATEOID => Some(i64::from(bits as i32)),
            pg_sys::INT8OID => Some(bits as i64),
            pg_sys::OIDOID => Some(i64::from(bits as u32)),
            pg_sys::BOOLOID => Some(i64::from(bits as u8 != 0)),
            _ => None,
        }
    }
}

/// # Safety
/// `datums` is a list of analysed PartitionRangeDatums.
unsafe fn ends_of(datums: *mut pg_sys::List) -> Vec<End> {
    use pg_sys::PartitionRangeDatumKind as Kind;
    // SAFETY: the caller's promise; the value of an analysed datum is a Const.
    unsafe {
        let end = |datum: *mut pg_sys::PartitionRangeDatum| match (*datum).kind {
            Kind::PARTITION_RANGE_DATUM_MINVALUE => End::Least,
            Kind::PARTITION_RANGE_DATUM_MAXVALUE => End::Most,
            _ => {
                let constant: *mut pg_sys::Const = (*datum).value.cast();
                End::Value((*constant).consttype, (*constant).constvalue)
            }
        };
        node::list(datums).into_iter().map(end).collect()
    }
}

/// Whether a key can lie between two ends: none can between all of (1, MAXVALUE) and (2, MINVALUE), if these are integers.
fn holds_something(from: &[End], to: &[End]) -> bool {
    let at = from.iter().rposition(|end| end.rank() < 1).unwrap_or(0);
    let closed = at + 1 < from.len() && to.len() == from.len() && to[at + 1..].iter().all(|end| end.rank() < 0);
    let (End::Value(data_type, _), Some(next)) = (from[at], to.get(at)) else { return true };
    if !closed || !from.iter().zip(to).take(at).all(|(from, to)| from.is_same(*to)) {
        return true;
    }
    match (from[at].number(), next.number()) {
        (Some(last), Some(first)) => first > last.saturating_add(1),
        // Of a type that is not PostgreSQL's own (an enum) it is not known.
        _ => data_type.to_u32() < pg_sys::FirstNormalObjectId,
    }
}

/// How the server compares ends of ranges: `partition_rbound_datum_cmp` in src/backend/partitioning/partbounds.c, with the default
/// operator class of each type.
struct Order(Vec<Option<(*mut pg_sys::FmgrInfo, pg_sys::Oid)>>);

impl Order {
    /// None where a type has no order, or the ends are not of the same types.
    fn of(ranges: &[(&Vec<BoundValue>, &Vec<BoundValue>)]) -> Option<Order> {
        let mut types: Vec<Option<(u32, u32)>> = vec![None; ranges.first()?.0.len()];
        for end in ranges.iter().flat_map(|(from, to)| [*from, *to]) {
            if end.len() != types.len() {
                return None;
            }
            for (known, value) in types.iter_mut().zip(end) {
                if let BoundValue::Value { data_type, collation, .. } = value
                    && *known.get_or_insert((*data_type, *collation)) != (*data_type, *collation)
                {
                    return None;
                }
            }
        }
        let compares = |known: Option<(u32, u32)>| {
            let Some((data_type, collation)) = known else { return Some(None) };
            // SAFETY: entries of the type cache stay as long as the backend; a type without an order has no function.
            let function = unsafe {
                let flags = pg_sys::TYPECACHE_CMP_PROC_FINFO as i32;
                let entry = pg_sys::lookup_type_cache(pg_sys::Oid::from(data_type), flags);
                &raw mut (*entry).cmp_proc_finfo
            };
            // SAFETY: as above.
            let there = unsafe { (*function).fn_oid != pg_sys::InvalidOid };
            there.then_some(Some((function, pg_sys::Oid::from(collation))))
        };
        types.into_iter().map(compares).collect::<Option<Vec<_>>>().map(Order)
    }

    fn compare(&self, a: &[End], b: &[End]) -> Ordering {
        for ((a, b), function) in a.iter().zip(b).zip(&self.0) {
            let order = match (a, b, function) {
                (End::Value(_, a), End::Value(_, b), Some((function, collation))) => {
                    // SAFETY: the comparison of the type of both values.
                    let answer = unsafe { pg_sys::FunctionCall2Coll(*function, *collation, *a, *b) };
                    (answer.value() as i32).cmp(&0)
                }
                // What follows a keyword is the same keyword.
                (a, b, _) if a.rank() == b.rank() => return Ordering::Equal,
                (a, b, _) => a.rank().cmp(&b.rank()),
            };
            if order != Ordering::Equal {
                return order;
            }
        }
        Ordering::Equal
    }
}

/// Whether the columns of a table's partition key are ordered as their types are by default.
pub fn default_order(parent: pg_sys::Oid, bounds: &[PartitionBound]) -> bool {
    let Some(range) = bounds.iter().find_map(|bound| match bound {
        PartitionBound::Range { from, .. } => Some(from.len()),
        _ => None,
    }) else {
        return true;
    };
    // SAFETY: a partitioned table has one row in pg_partitioned_table; partclass is an oidvector that is never NULL.
    let classes: Vec<pg_sys::Oid> = unsafe {
        let cache = pg_sys::SysCacheIdentifier::PARTRELID as i32;
        let tuple = pg_sys::SearchSysCache1(cache, pg_sys::Datum::from(parent));
        if tuple.is_null() {
            return false;
        }
        let mut null = false;
        // pg_partitioned_table: partrelid, partstrat, partnatts, partdefid, partattrs, partclass (the same on 15 to 18).
        let datum = pg_sys::SysCacheGetAttr(cache, tuple, 6, &mut null);
        let vector: *mut pg_sys::oidvector = datum.cast_mut_ptr();
        let classes = (0..(*vector).dim1 as usize).map(|i| *(*vector).values.as_ptr().add(i)).collect();
        pg_sys::ReleaseSysCache(tuple);
        classes
    };
    let type_of = |column: usize| {
        bounds.iter().find_map(|bound| match bound {
            PartitionBound::Range { from, to } => [from, to].into_iter().find_map(|end| match end.get(column) {
                Some(BoundValue::Value { data_type, .. }) => Some(pg_sys::Oid::from(*data_type)),
                _ => None,
            }),
            _ => None,
        })
    };
    classes.len() == range
        && classes.iter().enumerate().all(|(n, class)| {
            // SAFETY: takes any type.
            type_of(n).is_none_or(|of| unsafe { pg_sys::GetDefaultOpClass(of, pg_sys::BTREE_AM_OID) } == *class)
        })
}
