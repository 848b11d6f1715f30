//! How much of a table is not rows: the exact layout of tuples against the pages that there are.

use crate::rule::prelude::*;
use crate::rules::layout::{Width, expected_pages};
use crate::rules::state::{among, heaps, percent, roots};

/// The rule.
pub static RULE: Rule = Rule {
    name: "table-bloat",
    category: Health,
    severity: Warning,
    title: "much of a table's space holds no rows",
    why: "Every UPDATE and DELETE leaves a dead row behind. VACUUM makes its space usable for new rows and rarely gives it back to the \
          disk, so after a large change, or after VACUUM could not keep up, a table stays larger than its rows: every scan reads the \
          empty space, and it fills the cache and the backups. The size that the rows need is computed from the layout of \
          their columns (alignment, NULL bitmap, fillfactor, the widths that ANALYZE found); what is left over is bloat. Where that \
          cannot be known (never analysed, a dropped column of unknown width, changed since) the rule does not judge.",
    remedy: "See first that VACUUM keeps up, else it comes back. Rows to come fill the space again; to give it back now use pg_repack or \
             pg_squeeze, which work beside the users. VACUUM (FULL) does it too, under an ACCESS EXCLUSIVE lock for all of the rewrite. \
             pgstattuple_approx() measures what this rule estimates.",
    parameters: &[
        Parameter { name: "percent", default: Integer(40), what: "from this share of the table on: per cent" },
        Parameter { name: "min_megabytes", default: Integer(100), what: "and from this much wasted space on: MB" },
    ],
    sources: &[
        Guide("S-248"),
        Manual("routine-vacuuming", "Recovering Disk Space"),
        Manual("storage-page-layout", "Table Row Layout"),
        Manual("pgstattuple", "pgstattuple_approx"),
    ],
    examples: &[
        bad("DELETE FROM orders WHERE id % 4 <> 0;\nVACUUM (ANALYZE) orders;")
            .title("three rows of four are gone (from 0 MB on, so that the example is short)")
            .given(with!(ORDERS, "SELECT architect.configure('table-bloat', parameters => '{\"min_megabytes\": 0}');"))
            .advice(),
        good("VACUUM (ANALYZE) orders;")
            .title("a table as it was filled")
            .given(with!(ORDERS, "SELECT architect.configure('table-bloat', parameters => '{\"min_megabytes\": 0}');")),
        good("CREATE TABLE flags (id bigint PRIMARY KEY, a boolean, b bigint, c boolean, d bigint, e boolean, f bigint);\n\
              INSERT INTO flags SELECT g, true, g, true, g, true, g FROM generate_series(1, 20000) AS g;\n\
              VACUUM (ANALYZE) flags;")
        .title("padding is not bloat")
        .given("SELECT architect.configure('table-bloat', parameters => '{\"min_megabytes\": 0, \"percent\": 15}');"),
        good("CREATE TABLE notes (id bigint PRIMARY KEY, note text NOT NULL) WITH (fillfactor = 50);\n\
              INSERT INTO notes SELECT g, md5(g::text) FROM generate_series(1, 20000) AS g;\n\
              VACUUM (ANALYZE) notes;")
        .title("room that fillfactor leaves is not bloat")
        .given("SELECT architect.configure('table-bloat', parameters => '{\"min_megabytes\": 0, \"percent\": 15}');"),
        good("CREATE TABLE notes (id bigint PRIMARY KEY, note text, body text);\n\
              INSERT INTO notes SELECT g, 'n', repeat(md5(g::text), 20) FROM generate_series(1, 5000) AS g;\n\
              ALTER TABLE notes DROP COLUMN body;\n\
              VACUUM (ANALYZE) notes;")
        .title("a dropped column is in the rows still: not judged")
        .given("SELECT architect.configure('table-bloat', parameters => '{\"min_megabytes\": 0}');"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

struct Bloat<'a> {
    table: &'a Table,
    pages: u64,
    wasted: u64,
}

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let block_size = database.server.block_size.max(1024);
    for (root, _) in roots(database) {
        let relation = &root.relation;
        let min_bytes = cx.integer("min_megabytes", relation).max(0) as u64 * 1024 * 1024;
        let parts = heaps(database, root);
        let mut found: Vec<Bloat> = Vec::new();
        for (table, state) in &parts {
            // A table of few pages has nothing to give back, and one that is too small to waste enough need not be computed.
            if state.pages < 20 || state.pages * block_size < min_bytes || state.access_method != "heap" {
                continue;
            }
            match estimate(table, state, block_size, database.server.now) {
                Ok(needed) => {
                    let wasted = state.pages.saturating_sub(needed);
                    let share = percent(wasted as f64, state.pages as f64);
                    if wasted * block_size >= min_bytes && share >= cx.integer("percent", relation) {
                        found.push(Bloat { table, pages: state.pages, wasted });
                    }
                }
                Err(reason) => out.not_judged(
                    table.relation.sql(),
                    reason,
                    format!(
                        "SELECT approx_free_percent FROM pgstattuple_approx({});",
                        sql::literal(&table.relation.sql())
                    ),
                ),
            }
        }
        if found.is_empty() {
            continue;
        }
        found.sort_by_key(|bloat| std::cmp::Reverse(bloat.wasted));
        let (pages, wasted) = found.iter().fold((0, 0), |(p, w), bloat| (p + bloat.pages, w + bloat.wasted));
        let share = percent(wasted as f64, pages as f64);
        let tables: Vec<&Table> = found.iter().map(|bloat| bloat.table).collect();
        let place = among(root, parts.len(), &tables);
        out.relation(relation, format!("about {share} % of table {} holds no rows{place}", relation.display()))
            .detail(format!(
                "Its rows need about {} of {}; the rest is dead rows and free space. An estimate, within some 10 per cent.",
                bytes((pages - wasted) * block_size),
                bytes(pages * block_size)
            ))
            .advice(
                "VACUUM makes the space usable for new rows. To give it back to the disk use pg_repack, or VACUUM (FULL), which locks \
                 the table for as long as it takes.",
            )
            .evidence("wasted_percent", share)
            .evidence("wasted_bytes", wasted * block_size)
            .impact(wasted * block_size, 0, 0);
    }
}

/// The pages that the rows of a table need, or why that cannot be known.
fn estimate(table: &Table, state: &TableState, block_size: u64, now: Epoch) -> Result<u64, String> {
    let Some(tuples) = state.tuples else { return Err("it was never vacuumed or analysed".to_owned()) };
    if state.dropped.iter().any(|column| column.length < 0) {
        return Err("rows may still hold the values of a dropped column, of unknown width".to_owned());
    }
    if let Some(usage) = &state.usage
        // What a session wrote before its own ANALYZE may be counted after it: a moment later the counter says nothing.
        && usage.last_analyze.is_none_or(|last| now - last > 600.0)
        && usage.modified_since_analyze as f64 > 0.2 * tuples + 1000.0
    {
        return Err("many rows changed since the last ANALYZE".to_owned());
    }
    let mut columns: Vec<(i16, Width)> = Vec::new();
    for column in &table.columns {
        if column.generated == Generated::Virtual {
            columns.push((column.number, Width { present: 0.0, length: Some(4.0), mean: 4.0, alignment: 4 }));
            continue;
        }
        let alignment = crate::rules::layout::alignment(column.alignment.unwrap_or('i'));
        let width = match (&column.statistics, column.length) {
            (Some(known), length) => Width {
                present: 1.0 - known.null_fraction,
                length: (length > 0).then(|| f64::from(length)),
                mean: known.width as f64,
                alignment,
            },
            (None, length) if length > 0 && column.not_null => {
                Width { present: 1.0, length: Some(f64::from(length)), mean: f64::from(length), alignment }
            }
            (None, _) if !state.statistics_visible => {
                return Err("the role that asks may not see the statistics of its columns".to_owned());
            }
            (None, _) => return Err(format!("column {} has no statistics", sql::ident(&column.name))),
        };
        columns.push((column.number, width));
    }
    // Rows that were written before the drop hold the value, later ones NULL. Taken as held: rather too little bloat than too much.
    for dropped in &state.dropped {
        let length = f64::from(dropped.length);
        let alignment = crate::rules::layout::alignment(dropped.alignment);
        columns.push((dropped.number, Width { present: 1.0, length: Some(length), mean: length, alignment }));
    }
    columns.sort_by_key(|(number, _)| *number);
    let widths: Vec<Width> = columns.into_iter().map(|(_, width)| width).collect();
    let fillfactor = state.option("fillfactor").and_then(whole).unwrap_or(100.0);
    Ok(expected_pages(&widths, tuples, fillfactor, block_size, !state.dropped.is_empty()))
}
