//! How large a btree would be if it were built now: the layout of its tuples and pages, with what is uncertain as a range.
//!
//! `src/include/access/nbtree.h`, `src/include/access/itup.h` and `src/backend/access/nbtree/nbtsort.c` are where the numbers
//! are from. A page of 8192 bytes loses 24 to its header and 16 to the btree's own data; a tuple has a header of 8 bytes, 16
//! where a key is NULL, is rounded up to 8 bytes and has a line pointer of 4. Equal keys are folded into one tuple with a list
//! of row addresses of 6 bytes each, up to a tenth of a page.

use super::{Column, ColumnStatistics, Index, IndexKey, Table};

/// The size of an index, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct BtreeSize {
    /// What is most likely.
    pub likely: f64,
    /// At least.
    pub least: f64,
    /// At most.
    pub most: f64,
}

/// Why the size could not be estimated, in a clause.
pub type Unknown = &'static str;

const LINE_POINTER: f64 = 4.0;
const ROW_ADDRESS: f64 = 6.0;

/// Rows that ANALYZE looks at: 300 for each bin of the default statistics target (`std_typanalyze`).
const SAMPLE: f64 = 30_000.0;

/// Why an index is not judged whose keys ANALYZE cannot measure.
pub const OUT_OF_LINE: Unknown = "its keys may be stored out of line (TOAST), and are larger than ANALYZE measures";

/// What a key adds to the tuple.
struct Width {
    /// Bytes, for a fixed length; the mean for a variable one.
    mean: f64,
    /// To what its place is rounded up.
    alignment: f64,
    fixed: bool,
    null_fraction: f64,
    /// Different values, NULL left out; none: as many as rows.
    distinct: Option<f64>,
}

impl Index {
    /// The bytes that the btree would have if it were built now, from the planner's statistics.
    ///
    /// # Errors
    /// What is missing.
    pub fn btree_size(&self, table: &Table, block_size: u64) -> Result<BtreeSize, Unknown> {
        if self.method != "btree" {
            return Err("only for a btree can the size be estimated");
        }
        let tuples = self.tuples.ok_or("it was never vacuumed or analysed")?;
        let table_rows = table.state.as_ref().and_then(|state| state.tuples).ok_or("its table was never analysed")?;
        self.out_of_line(table, block_size)?;
        let mut keys = Vec::new();
        for key in &self.keys {
            keys.push(self.width(key, table, table_rows)?);
        }
        let mut included = Vec::new();
        for number in &self.included {
            let column = table.column_by_number(*number).ok_or("a column is unknown")?;
            included.push(of_column(column, table_rows)?);
        }
        let folds = self.included.is_empty()
            && self.keys.iter().all(|key| key.foldable)
            && !self.options.iter().any(|option| option.strip_prefix("deduplicate_items=").is_some_and(super::is_off));
        let page = block_size as f64;
        let fill = self
            .options
            .iter()
            .find_map(|option| option.strip_prefix("fillfactor=").and_then(super::whole))
            .map_or(90.0, |percent| percent.clamp(10.0, 100.0));

        let all = || keys.iter().chain(&included);
        let any_null: f64 = 1.0 - all().map(|width| 1.0 - width.null_fraction).product::<f64>();
        let header = 8.0 + 8.0 * any_null;
        let mut data = 0.0;
        let mut varies = any_null > 0.01;
        for width in all() {
            let there = 1.0 - width.null_fraction;
            let at = (data / width.alignment).ceil() * width.alignment;
            data = at * there + data * (1.0 - there) + width.mean * there;
            varies |= !width.fixed;
        }
        let exact = round_up(header + data);
        let (likely, least, most) = if varies {
            // Widths that differ end anywhere between two multiples of 8, and each mean width is cut to whole bytes.
            let cut = all().filter(|width| !width.fixed).map(|width| 1.0 - width.null_fraction).sum::<f64>();
            (header + data + cut / 2.0 + 3.5, header + data, round_up(header + data + cut) + 4.0)
        } else {
            (exact, exact, exact)
        };
        // NULL alone is one more value; where all keys are NULL, the tuple is the header.
        let nulls = keys.iter().map(|width| width.null_fraction).fold(1.0, f64::min);
        let rows = tuples * (1.0 - nulls);
        // How many rows satisfy a predicate ANALYZE concludes from its sample: three standard deviations either way.
        let more = if self.predicate.is_some() { sampling_error(tuples, table_rows) } else { 0.0 };
        let (fewest, combined) = combinations(&keys, rows);
        let guess = (fewest * combined).sqrt();
        let unfolded = self.unique || !folds;
        // ANALYZE finds too few different values rather than too many.
        let (for_least, for_likely, for_most) = (fewest / 2.0, guess, (combined * 3.0).min(rows));
        let pages = |size: f64, distinct: f64, scale: f64| {
            let (rows, tuples) = (rows * scale, tuples * scale);
            let each = if unfolded || distinct >= rows * 0.99 {
                size + LINE_POINTER
            } else {
                folded(size, rows / distinct.max(1.0), page)
            };
            let null_each =
                if unfolded || nulls == 0.0 { 16.0 + LINE_POINTER } else { folded(16.0, tuples * nulls, page) };
            let (plain, null) = (rows * each, tuples * nulls * null_each);
            // A page is closed when the next tuple would leave less than the fill factor asks for; that tuple goes on.
            let room = page - 24.0 - 16.0 - LINE_POINTER - page * (100.0 - fill) / 100.0;
            let tuple =
                if each < size { folded_tuple(size, rows / distinct.max(1.0), page) } else { size + LINE_POINTER };
            let leaves = ((plain + null) / (room - tuple / 2.0).max(tuple)).ceil().max(1.0);
            // Inner pages are filled to 70 percent, with one tuple for each page below.
            let fan_out = (page * 0.7 / (size + LINE_POINTER)).max(2.0);
            let mut total = leaves;
            let mut level = leaves;
            while level > 1.0 {
                level = (level / fan_out).ceil();
                total += level;
            }
            total + 1.0
        };
        if most > page / 8.0 {
            return Err("its keys are too wide");
        }
        let (a, b) = (page * pages(least, for_least, 1.0 - more), page * pages(most, for_most, 1.0 + more));
        // Lists of row addresses are rounded up too: a few more different values may take a little less.
        // And pages are not filled to the last byte that they might take.
        let (least, most) = (0.95 * a.min(b), a.max(b));
        Ok(BtreeSize { likely: (page * pages(likely, for_likely, 1.0)).clamp(least, most), least, most })
    }

    /// ANALYZE measures the pointer to a value that is stored out of line, and the index holds the value: where the TOAST table holds
    /// enough to matter, nothing is known.
    fn out_of_line(&self, table: &Table, block_size: u64) -> Result<(), Unknown> {
        let Some(state) = table.state.as_ref().filter(|state| state.toast != 0) else { return Ok(()) };
        let numbers = self.keys.iter().filter_map(|key| key.column).chain(self.included.iter().copied());
        let columns = numbers.filter_map(|number| table.column_by_number(number));
        if !columns
            .into_iter()
            .any(|column| column.length == -1 && column.storage.is_some_and(|storage| storage != 'p'))
        {
            return Ok(());
        }
        let toast = state.toast_state.clone().unwrap_or_default();
        // A chunk has some 2000 bytes.
        let bytes = (state.toast_pages * block_size).max(toast.live.max(0).unsigned_abs() * 2000);
        // Never vacuumed, and the counters have not seen the table either: it may hold anything.
        let unseen =
            toast.chunks.is_none() && toast.live == 0 && state.usage.as_ref().is_none_or(|usage| usage.inserted == 0);
        if unseen || bytes as f64 > 0.05 * *self.bytes as f64 { Err(OUT_OF_LINE) } else { Ok(()) }
    }

    fn width(&self, key: &IndexKey, table: &Table, table_rows: f64) -> Result<Width, Unknown> {
        let Some(number) = key.column else {
            let statistics = self.expression_statistics.as_ref().ok_or("its expression has no statistics")?;
            let fixed = matches!(statistics.width, 1 | 2 | 4 | 8 | 16);
            // What is measured has a header of 4 bytes where the index has one of 1.
            let mean = statistics.width as f64 - if fixed { 0.0 } else { 3.0 };
            return of_statistics(statistics, mean, 1.0, fixed, table_rows);
        };
        let column = table.column_by_number(number).ok_or("a column is unknown")?;
        of_column(column, table_rows)
    }
}

fn of_column(column: &Column, table_rows: f64) -> Result<Width, Unknown> {
    let statistics = column.statistics.as_ref().ok_or("a column has no statistics, or the role may not see them")?;
    if column.data_type.base == "name" {
        return Err("the type name is stored in another form");
    }
    let (mean, fixed) = match column.length {
        length @ 1.. => (f64::from(length), true),
        _ => (statistics.width as f64, false),
    };
    // A value of up to 126 bytes has a short header and needs no alignment.
    let alignment = match (fixed, column.alignment) {
        (false, _) if mean < 127.0 && column.storage != Some('p') => 1.0,
        (_, Some('d')) => 8.0,
        (_, Some('i')) => 4.0,
        (_, Some('s')) => 2.0,
        _ => 1.0,
    };
    if !fixed && mean > 500.0 {
        return Err("a column is wide, and it is not known how far it is compressed");
    }
    of_statistics(statistics, mean, alignment, fixed, table_rows)
}

fn of_statistics(
    statistics: &ColumnStatistics,
    mean: f64,
    alignment: f64,
    fixed: bool,
    table_rows: f64,
) -> Result<Width, Unknown> {
    let distinct = match statistics.distinct {
        d if d < 0.0 => -d * table_rows,
        d => d,
    };
    // 0 means unknown.
    let distinct = (distinct > 0.0).then_some(distinct);
    Ok(Width { mean, alignment, fixed, null_fraction: statistics.null_fraction, distinct })
}

/// At least and at most so many different keys: those of the column that has most, and all combinations.
fn combinations(keys: &[Width], rows: f64) -> (f64, f64) {
    let mut least: f64 = 1.0;
    let mut most: f64 = 1.0;
    for width in keys {
        let here = width.distinct.unwrap_or(rows).max(1.0);
        least = least.max(here);
        most *= here + f64::from(u8::from(width.null_fraction > 0.0));
    }
    let rows = rows.max(1.0);
    (least.min(rows), most.clamp(least.min(rows), rows))
}

/// By what share the number of tuples, which ANALYZE found in a sample of the table's rows, may be off.
fn sampling_error(tuples: f64, table_rows: f64) -> f64 {
    if tuples <= 0.0 || table_rows <= SAMPLE {
        return 0.0;
    }
    let share = (tuples / table_rows).min(1.0);
    let deviation = ((1.0 - share) / (share * SAMPLE) * (1.0 - SAMPLE / table_rows)).sqrt();
    (3.0 * deviation).min(1.0)
}

fn round_up(n: f64) -> f64 {
    (n / 8.0).ceil() * 8.0
}

/// How many row addresses one tuple takes, at most.
fn in_one_tuple(size: f64, page: f64) -> f64 {
    let most = (page / 10.0 / 8.0).floor() * 8.0 - LINE_POINTER;
    (((most / 8.0).floor() * 8.0 - round_up(size)) / ROW_ADDRESS).floor().max(1.0)
}

/// The bytes for each row, line pointers included, of keys that `copies` rows have each.
fn folded(size: f64, copies: f64, page: f64) -> f64 {
    if copies <= 1.0 {
        return size + LINE_POINTER;
    }
    let full = in_one_tuple(size, page);
    let tuples = (copies / full).floor();
    let rest = copies - tuples * full;
    let of = |rows: f64| if rows <= 1.0 { size } else { round_up(size + ROW_ADDRESS * rows) } + LINE_POINTER;
    let last = if rest > 0.0 { of(rest) } else { 0.0 };
    (tuples * of(full) + last) / copies
}

/// The bytes of the tuples that keys with so many copies are folded into, on average.
fn folded_tuple(size: f64, copies: f64, page: f64) -> f64 {
    let rows = copies.min(in_one_tuple(size, page));
    round_up(size + ROW_ADDRESS * rows) + LINE_POINTER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_in_a_tuple() {
        // 8 bytes of key: 132 row addresses in a tuple of 808 bytes.
        assert_eq!(in_one_tuple(16.0, 8192.0), 132.0);
        assert_eq!(folded(16.0, 1.0, 8192.0), 20.0);
        assert_eq!(folded(16.0, 132.0, 8192.0), (808.0 + 4.0) / 132.0);
    }

    #[test]
    fn what_a_sample_says_of_a_predicate() {
        assert_eq!(sampling_error(100.0, 20_000.0), 0.0);
        // One row of seven, of half of all rows: 3 * sqrt(6 / 30000 / 2).
        let error = sampling_error(60_000.0 / 7.0, 60_000.0);
        assert!((error - 0.03).abs() < 0.0001, "{error}");
        assert_eq!(sampling_error(1.0, 1e9), 1.0);
    }

    #[test]
    fn a_unique_bigint_key() {
        use crate::facts::{TableState, TypeName};
        let statistics = ColumnStatistics { distinct: -1.0, width: 8, ..ColumnStatistics::default() };
        let column = Column {
            number: 1,
            length: 8,
            alignment: Some('d'),
            data_type: TypeName::default().into(),
            statistics: Some(Box::new(statistics)),
            ..Column::default()
        };
        let state = TableState { tuples: Some(1_000_000.0), ..TableState::default() };
        let table = Table { columns: vec![column].into(), state: Some(Box::new(state)), ..Table::default() };
        let index = Index {
            method: "btree".to_owned(),
            unique: true,
            tuples: Some(1_000_000.0),
            keys: vec![IndexKey { column: Some(1), foldable: true, ..IndexKey::default() }],
            ..Index::default()
        };
        let size = index.btree_size(&table, 8192).expect("an estimate");
        // A million bigint keys take 2745 pages, 366 on a leaf.
        let pages = size.likely / 8192.0;
        assert!((2730.0..2760.0).contains(&pages), "{pages}");
        assert!(size.least > 0.9 * size.likely && size.most == size.likely, "{size:?}");
        let brin = Index { method: "brin".to_owned(), ..index };
        assert!(brin.btree_size(&table, 8192).is_err());
    }
}
