//! Most of a table is outside of its rows.

use crate::rule::prelude::*;
use crate::rules::state::{heaps, percent, roots};

/// The rule.
pub static RULE: Rule = Rule {
    name: "toast-heavy",
    category: Health,
    severity: Info,
    title: "most of a large table is large values in TOAST",
    why: "Large values live outside of their rows, which keeps scans of the other columns fast; that is what TOAST is for. Where they are \
          nearly all of a large table, each SELECT * reads them, each UPDATE of them writes them whole, and backup and \
          replication carry them. lz4 compresses faster than the default, and files may be better off in an object store.",
    remedy: "Name the columns that a query needs. ALTER COLUMN ... SET COMPRESSION lz4 for values to come. Keep what changes often apart from \
             what is large.",
    parameters: &[
        Parameter {
            name: "percent",
            default: Integer(80),
            what: "of the table and its TOAST together, from here on: per cent",
        },
        Parameter { name: "min_megabytes", default: Integer(10_240), what: "of TOAST, from here on: MB" },
    ],
    sources: &[Guide("S-254"), Manual("storage-toast", ""), Manual("sql-altertable", "SET COMPRESSION")],
    examples: &[
        bad("INSERT INTO documents (body)\n\
             SELECT (SELECT string_agg(md5(random()::text), '') FROM generate_series(1, 300) WHERE g > 0)\n\
             FROM generate_series(1, 300) AS g;\nVACUUM (ANALYZE) documents;")
        .title("from 1 MB on here")
        .given(
            "CREATE TABLE documents (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, body text);\n\
                 SELECT architect.configure('toast-heavy', parameters => '{\"min_megabytes\": 1}');",
        )
        .advice(),
        good("VACUUM (ANALYZE) orders;").given(ORDERS),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let block_size = database.server.block_size;
    for (root, _) in roots(database) {
        let relation = &root.relation;
        let (mut heap, mut toast) = (0, 0);
        for (_, state) in &heaps(database, root) {
            heap += state.pages * block_size;
            toast += state.toast_pages * block_size;
        }
        let share = percent(toast as f64, (heap + toast) as f64);
        if toast < cx.integer("min_megabytes", relation).max(0) as u64 * 1024 * 1024
            || share < cx.integer("percent", relation)
            || toast == 0
        {
            continue;
        }
        let large: Vec<String> = root
            .columns
            .iter()
            .filter(|column| column.length == -1 && matches!(column.storage, Some('x' | 'e')))
            .map(|column| sql::ident(&column.name))
            .collect();
        out.relation(relation, format!("{share} % of {} is large values in TOAST", relation.display()))
            .detail(format!(
                "{} of TOAST beside {} of rows; it may hold {}.",
                bytes(toast),
                bytes(heap),
                list(&large, 5)
            ))
            .advice("Name the columns that a query needs, and keep what changes often apart from what is large.")
            .evidence("toast_bytes", toast)
            .evidence("heap_bytes", heap)
            .impact(toast, 0, 0);
    }
}
