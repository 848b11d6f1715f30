//! The size of a row on a page, as `heap_compute_data_size` and `heap_form_tuple` lay it out, in expectation.

/// A column as statistics know it.
#[derive(Clone, Copy, Debug)]
pub struct Width {
    /// The share of rows that are not NULL, 0 to 1.
    pub present: f64,
    /// The length of a type of fixed length: bytes.
    pub length: Option<f64>,
    /// The mean width as ANALYZE found it on disk (with its length word, compressed, or the pointer to TOAST): bytes.
    pub mean: f64,
    /// The type's alignment: 1, 2, 4 or 8.
    pub alignment: usize,
}

/// The alignment that `pg_attribute.attalign` stands for.
pub fn alignment(letter: char) -> usize {
    match letter {
        'c' => 1,
        's' => 2,
        'd' => 8,
        _ => 4,
    }
}

/// Expected data bytes, and how the offset behind them is spread over the residues of 8.
struct Offset {
    bytes: f64,
    residues: [f64; 8],
}

impl Offset {
    /// Pads to the alignment the share of rows that have the column, then moves on.
    fn add(&mut self, column: &Width) {
        // A value of up to 126 bytes has a length byte and no alignment, a longer one a length word of 4 bytes.
        let align = if column.length.is_none() && column.mean < 127.0 { 1 } else { column.alignment.max(1) };
        let mut next = [0.0; 8];
        let (mut padding, mut total) = (0.0, 0.0);
        for (residue, share) in self.residues.iter().enumerate() {
            let pad = (align - residue % align) % align;
            padding += share * pad as f64;
            total += share;
            match column.length {
                Some(length) => next[(residue + pad + length as usize) % 8] += share,
                // Of varying length: behind it every offset is as likely as the other.
                None => next.iter_mut().for_each(|n| *n += share / 8.0),
            }
        }
        self.bytes += column.present * (padding / total.max(f64::MIN_POSITIVE) + column.length.unwrap_or(column.mean));
        for (now, then) in self.residues.iter_mut().zip(next) {
            *now = *now * (1.0 - column.present) + then * column.present;
        }
    }
}

/// The pages that so many rows need; `nulls`: every row has a NULL (a dropped column).
pub fn expected_pages(columns: &[Width], rows: f64, fillfactor: f64, block_size: u64, nulls: bool) -> u64 {
    if rows <= 0.0 {
        return 0;
    }
    let up = |n: f64| (n / 8.0).ceil() * 8.0;
    let mut offset = Offset { bytes: 0.0, residues: [0.0; 8] };
    offset.residues[0] = 1.0;
    for column in columns {
        offset.add(column);
    }
    let full_row: f64 = if nulls { 0.0 } else { columns.iter().map(|column| column.present).product() };
    // 23 bytes of header; the bitmap has one bit for each column and is there in rows with a NULL only.
    let header = full_row * 24.0 + (1.0 - full_row) * up(23.0 + (columns.len() as f64 / 8.0).ceil());
    let tail: f64 = offset.residues.iter().enumerate().map(|(residue, share)| share * ((8 - residue) % 8) as f64).sum();
    let tuple = header + offset.bytes + tail + 4.0;
    let room =
        (block_size as f64 - 24.0 - block_size as f64 * (100.0 - fillfactor.clamp(10.0, 100.0)) / 100.0).max(tuple);
    let even = columns.iter().all(|column| column.length.is_some() && (column.present == 0.0 || column.present == 1.0));
    // What is left at the end of a page holds no row: for even rows exactly that, else half a row.
    let per_page = if even { (room / tuple + 1e-9).floor() } else { (room / tuple - 0.5).max(1.0) };
    // The header of a page and 291 rows of nothing are the most (`MaxHeapTuplesPerPage`).
    let most = ((block_size as f64 - 24.0) / 28.0).floor();
    (rows / per_page.clamp(1.0, most)).ceil() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fixed(length: f64, alignment: usize) -> Width {
        Width { present: 1.0, length: Some(length), mean: length, alignment }
    }

    #[test]
    fn a_bigint_takes_36_bytes() {
        // 24 header, 8 value, 4 item pointer: 226 rows on a page, as a real server packs them.
        assert_eq!(expected_pages(&[fixed(8.0, 8)], 226.0, 100.0, 8192, false), 1);
        assert_eq!(expected_pages(&[fixed(8.0, 8)], 227.0, 100.0, 8192, false), 2);
    }

    #[test]
    fn padding_counts() {
        let padded = [fixed(1.0, 1), fixed(8.0, 8), fixed(1.0, 1), fixed(8.0, 8)];
        let packed = [fixed(8.0, 8), fixed(8.0, 8), fixed(1.0, 1), fixed(1.0, 1)];
        let pages = |columns: &[Width]| expected_pages(columns, 1e6, 100.0, 8192, false);
        assert_eq!(pages(&padded), (1e6_f64 / (8168.0_f64 / 60.0).floor()).ceil() as u64);
        assert!(pages(&packed) < pages(&padded));
    }

    #[test]
    fn fillfactor_leaves_room() {
        let pages = |fillfactor| expected_pages(&[fixed(8.0, 8)], 1e6, fillfactor, 8192, false);
        assert!(pages(50.0) > 2 * pages(100.0) - 100);
    }

    #[test]
    fn nothing_needs_nothing() {
        assert_eq!(expected_pages(&[fixed(8.0, 8)], 0.0, 100.0, 8192, false), 0);
    }
}
