//! A large table that is read from end to end again and again.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "table-read-sequentially",
    category: Indexes,
    severity: Info,
    title: "a large table is read from end to end more often than by an index",
    why: "A query that finds no index reads the whole table. Each scan reads, and pushes out of the cache, as much as the table is \
          large, and it grows with the table.",
    remedy: "Find the queries (pg_stat_statements, auto_explain) and what they filter, join and sort by, and index that. Jobs that \
             read the whole table on purpose, and dumps, are told from queries only by their number.",
    parameters: &[
        Parameter { name: "min_scans", default: Integer(100), what: "fewer sequential scans say nothing" },
        Parameter {
            name: "min_scans_per_day",
            default: Integer(10),
            what: "fewer sequential scans a day may be dumps and nightly jobs: scans a day",
        },
        Parameter { name: "min_rows", default: Integer(10_000), what: "smaller tables are left alone: rows" },
        Parameter {
            name: "ratio",
            default: Integer(10),
            what: "with this many sequential scans for each index scan it is a warning",
        },
        Parameter {
            name: "formula",
            default: Text("combined"),
            what: "combined (more sequential than index scans, a warning from ratio on), scans (the first alone) or ratio (the second alone)",
        },
    ],
    sources: &[
        Guide("S-195"),
        Guide("S-196"),
        Guide("S-197"),
        Guide("S-245"),
        Guide("S-246"),
        Guide("C-16"),
        Guide("F-15"),
        Manual("monitoring-stats", "pg_stat_all_tables"),
    ],
    examples: &[
        bad("DO $$ BEGIN FOR n IN 1..30 LOOP PERFORM count(*) FROM orders WHERE note = 'note 7'; END LOOP; END $$;\n\
             SELECT pg_stat_force_next_flush();")
        .given(with!(ORDERS, SOON))
        .advice(),
        good(
            "DO $$ BEGIN FOR n IN 1..30 LOOP PERFORM FROM orders LIMIT 1; END LOOP; END $$;\n\
              SELECT pg_stat_force_next_flush();",
        )
        .title("the scans end after a row")
        .given(with!(ORDERS, SOON)),
        good(
            "DO $$ BEGIN FOR n IN 1..30 LOOP PERFORM count(*) FROM customers; END LOOP; END $$;\n\
              SELECT pg_stat_force_next_flush();",
        )
        .title("a small table")
        .given(with!(ORDERS, SOON)),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

const SOON: &str =
    "SELECT architect.configure('table-read-sequentially', parameters => '{\"min_scans\": 20, \"min_rows\": 1000}');";

/// The counters of the table, or of all its partitions.
#[derive(Default)]
struct Reads {
    sequential: i64,
    rows_read: i64,
    by_index: i64,
    live: i64,
    tables: i64,
}

fn add(table: &Table, database: &Database, reads: &mut Reads, depth: usize) {
    let Some(state) = &table.state else { return };
    if state.strategy.is_none()
        && let Some(usage) = &state.usage
    {
        reads.sequential += usage.sequential_scans;
        reads.rows_read += usage.sequential_rows;
        reads.by_index += usage.index_scans;
        // Rows that were inserted just before ANALYZE are counted twice in the counters for a while.
        reads.live += state.tuples.map_or(usage.live, |rows| rows as i64);
        reads.tables += 1;
    }
    if state.strategy.is_some() && depth < 64 {
        for child in state.children.iter().filter_map(|oid| database.table(*oid)) {
            add(child, database, reads, depth + 1);
        }
    }
}

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    let (relation, Some(database)) = (&table.relation, cx.database) else { return };
    if state.bound.is_some() {
        return;
    }
    let mut reads = Reads::default();
    add(table, database, &mut reads, 0);
    let Reads { sequential, rows_read, by_index, live, tables } = reads;
    let days = cx.counter_days().max(0.001);
    // A scan of one partition reads that partition.
    let whole = live as f64 / tables.max(1) as f64;
    // Without an index there are no index scans: 0, not unknown.
    let (more, far_more) = (by_index < sequential, sequential > cx.integer("ratio", relation) * by_index);
    let (asked, both) = match cx.text("formula", relation).as_str() {
        "scans" => (more, false),
        "ratio" => (far_more, false),
        _ => (more, more && far_more),
    };
    if sequential < cx.integer("min_scans", relation).max(1)
        || (sequential as f64) < cx.integer("min_scans_per_day", relation) as f64 * days
        || live < cx.integer("min_rows", relation)
        || !asked
        || (rows_read as f64 / sequential as f64) < whole / 2.0
    {
        return;
    }
    let number = |n: i64| count(u64::try_from(n).unwrap_or(0));
    let message = format!("table {} is read from end to end more often than by an index", relation.display());
    let finding = out.relation(relation, message);
    finding
        .severity(if both { Warning } else { Info })
        .detail(format!(
            "Since the counters began it was read sequentially {} times, {} in all, and by an index {} times. It has about {}.",
            number(sequential),
            rows(u64::try_from(rows_read).unwrap_or(0)),
            number(by_index),
            rows(u64::try_from(live).unwrap_or(0))
        ))
        .advice("Find the queries that read it, with pg_stat_statements or auto_explain, and index what they filter, join or sort by.")
        .evidence("sequential_scans", sequential)
        .evidence("rows_read", rows_read)
        .evidence("index_scans", by_index)
        .impact(relation.size.bytes, 0, u64::try_from(rows_read).unwrap_or(0));
}
