//! Bytes that only fill the gaps between columns.

use super::own_types;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "alignment-padding",
    category: Types,
    severity: Info,
    title: "the order of the columns wastes space in every row",
    why: "A bigint starts at a multiple of 8 bytes, an integer at one of 4. A boolean before a bigint is followed by 7 bytes of nothing, in every \
          row. Columns of 8 bytes first, then those of 4 and 2, then those of variable length, leave no gaps.",
    remedy: "Order the columns of new tables that way. A table that is there would have to be written anew, which the space alone is seldom worth.",
    parameters: &[
        Parameter { name: "bytes_per_row", default: Integer(8), what: "least waste that is told, over the best order: bytes per row" },
        Parameter { name: "total_bytes", default: Integer(104_857_600), what: "least waste of the whole table that is told: bytes" },
    ],
    sources: &[Manual("storage-page-layout", "Table Row Layout")],
    examples: &[
        bad("CREATE TABLE readings (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, is_valid boolean NOT NULL, sensor_number bigint NOT NULL, is_final boolean NOT NULL, measured bigint NOT NULL);\n\
             INSERT INTO readings (is_valid, sensor_number, is_final, measured) SELECT true, g, true, g FROM generate_series(1, 1000) AS g;\n\
             ANALYZE readings;")
        .given("SELECT architect.configure('alignment-padding', parameters => '{\"total_bytes\": 0}');")
        .advice(),
        good("CREATE TABLE readings (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, sensor_number bigint NOT NULL, measured bigint NOT NULL, is_valid boolean NOT NULL, is_final boolean NOT NULL);\n\
              INSERT INTO readings (is_valid, sensor_number, is_final, measured) SELECT true, g, true, g FROM generate_series(1, 1000) AS g;\n\
              ANALYZE readings;")
        .given("SELECT architect.configure('alignment-padding', parameters => '{\"total_bytes\": 0}');"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: false,
};

fn align(at: u64, alignment: Option<char>) -> u64 {
    let to = match alignment {
        Some('d') => 8,
        Some('i') => 4,
        Some('s') => 2,
        _ => 1,
    };
    at.div_ceil(to) * to
}

/// The bytes of a row's columns of fixed length, in this order; those of variable length have short headers, mostly, and need no
/// alignment (`att_align_datum`).
fn width<'a>(columns: impl Iterator<Item = &'a Column>) -> u64 {
    let mut at = 0;
    for column in columns {
        match u64::try_from(column.length) {
            Ok(length) => at = align(at, column.alignment) + length,
            Err(_) => at += column.statistics.as_ref().map_or(1, |statistics| statistics.width.unsigned_abs()),
        }
    }
    align(at, Some('d'))
}

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    // A dropped column leaves its place; a NULL takes none.
    let nullable = table.columns.iter().any(|column| column.statistics.as_ref().is_some_and(|s| s.null_fraction > 0.5));
    if !own_types(table) || !relation.kind.is_table() || nullable || state.attributes != table.columns.len() as i64 {
        return;
    }
    let is = width(table.columns.iter());
    let mut best: Vec<&Column> = table.columns.iter().collect();
    best.sort_by_key(|column| (column.length < 0, std::cmp::Reverse(align(1, column.alignment))));
    let could = width(best.into_iter());
    let waste = is.saturating_sub(could);
    let total = waste * relation.size.rows;
    let enough = |name: &str| u64::try_from(cx.integer(name, relation)).unwrap_or(0);
    if waste == 0 || waste < enough("bytes_per_row") || total < enough("total_bytes") {
        return;
    }
    out.relation(relation, format!("the order of the columns of {} wastes {waste} bytes in every row", relation.display()))
        .detail(format!("The columns take about {is} bytes per row; in another order they would take {could}."))
        .advice("When the table is written anew for another reason, put columns of 8 bytes first, then those of 4 and 2, then the others.")
        .evidence("bytes_per_row", waste)
        .impact(total, relation.size.rows, 0);
}
