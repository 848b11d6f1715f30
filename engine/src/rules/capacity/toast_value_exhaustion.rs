//! A TOAST table can hold 4 billion values.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "toast-value-exhaustion",
    category: Capacity,
    severity: Warning,
    title: "a TOAST table comes near its 4 billion values",
    why: "Each value that is stored outside of its row gets a number of 32 bits in the table's TOAST table. The nearer the values \
          come to 4,294,967,296, the longer the server searches for a number that is free, until INSERT takes seconds, and then \
          fails for good. Nothing else warns.",
    remedy: "Partition the table: each partition has a TOAST table of its own. Or archive old rows. Values are counted from the \
             chunks of the TOAST table, so the figure is an estimate.",
    parameters: &[Parameter {
        name: "values",
        default: Integer(2_000_000_000),
        what: "a warning from this many values on, by estimate: values",
    }],
    sources: &[
        Guide("S-376"),
        Manual("storage-toast", "chunk_id"),
        Code("src/backend/access/common/toast_internals.c", "toast_save_datum"),
    ],
    examples: &[
        bad("INSERT INTO documents (body)\n\
             SELECT (SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 200) WHERE g > 0)\n\
             FROM generate_series(1, 300) AS g;\n\
             VACUUM (ANALYZE) documents;")
        .title("many large values (the limit is 100 here, so that the example is short)")
        .given(
            "CREATE TABLE documents (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text);\n\
             SELECT architect.configure('toast-value-exhaustion', parameters => '{\"values\": 100}');",
        )
        .advice(),
        good("INSERT INTO documents (body) SELECT 'short' FROM generate_series(1, 300);\nVACUUM (ANALYZE) documents;")
            .title("short values stay in their rows")
            .given(
                "CREATE TABLE documents (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text);\n\
                 SELECT architect.configure('toast-value-exhaustion', parameters => '{\"values\": 100}');",
            ),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

/// A chunk holds 1996 bytes of a value (`TOAST_MAX_CHUNK_SIZE` at 8 kB pages), the last one of a value fewer: half of that on
/// average, so the mean size of the chunks tells how many a value has. Free space on
/// the pages blurs that near the end, hence at most five.
fn values(toast: &ToastState, pages: u64, block_size: u64) -> f64 {
    let chunks = toast.chunks.unwrap_or(0.0).max(toast.live as f64);
    if chunks <= 0.0 {
        return 0.0;
    }
    let full = block_size as f64 / 4.0 - 52.0;
    // Tuple header, chunk_id, chunk_seq, length word and item pointer.
    let mean = ((pages * block_size) as f64 / chunks - 40.0).clamp(1.0, 0.9 * full);
    let per_value = (full / 2.0 / (full - mean)).max(1.0);
    chunks / per_value
}

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    for table in database.tables.iter().filter(|table| !*table.relation.exempt && database.in_scope(table.relation.oid))
    {
        let Some(state) = table.state.as_deref() else { continue };
        let Some(toast) = &state.toast_state else { continue };
        let relation = &table.relation;
        let estimate = values(toast, state.toast_pages, database.server.block_size.max(1)) as i64;
        if estimate < cx.integer("values", relation) {
            continue;
        }
        // Of a tree the leaf is named: each has a TOAST table of its own.
        out.relation(relation, format!("the TOAST table of {} holds values in the billions", relation.display()))
            .detail(format!(
                "About {} of the 4.3 billion values that it can hold, by its chunks.",
                count(estimate.unsigned_abs() / 100 * 100)
            ))
            .advice("Partition the table, so that each partition has a TOAST table of its own, or archive old rows.")
            .evidence("values", estimate)
            .evidence("chunks", toast.chunks.unwrap_or(0.0))
            .evidence("limit", 4_294_967_296_u64);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chunks_are_not_values() {
        let of = |chunks: f64, bytes_per_chunk: f64| {
            let toast = ToastState { chunks: Some(chunks), ..ToastState::default() };
            values(&toast, (chunks * bytes_per_chunk / 8192.0) as u64, 8192) / chunks
        };
        // Values of one chunk each, of any size.
        assert!(of(1e9, 500.0) > 0.95);
        // Values of 20 kB: ten full chunks and a piece.
        assert!((0.02..0.3).contains(&of(1e9, 1950.0)));
    }
}
