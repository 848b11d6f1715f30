//! Large binary values inside the database.

use super::own_types;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "blob-column",
    category: Types,
    severity: Info,
    title: "a bytea column holds large values",
    why: "Every large value is cut into chunks of 2 kB in the TOAST table, written to the WAL, sent to every standby, copied by every backup, \
          and read into memory as a whole. The database's cache and its window for backups pay for what a file store serves cheaper.",
    remedy: "Keep large files in an object store and their address, size and checksum in the table. In the database they are right where they \
             must change in one transaction with the rows.",
    parameters: &[Parameter { name: "width", default: Integer(102_400), what: "mean width of a value from which it is large: bytes" }],
    sources: &[Manual("storage-toast", "TOAST"), Manual("datatype-binary", "Binary Data Types")],
    examples: &[
        bad("CREATE TABLE scans (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, picture bytea NOT NULL);\n\
             ALTER TABLE scans ALTER COLUMN picture SET STORAGE EXTERNAL;\n\
             INSERT INTO scans (picture) SELECT convert_to(repeat(md5(g::text), 8000), 'UTF8') FROM generate_series(1, 5) AS g;\n\
             VACUUM ANALYZE scans;")
        .advice(),
        good("CREATE TABLE scans (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, checksum bytea NOT NULL);\n\
              INSERT INTO scans (checksum) SELECT sha256(g::text::bytea) FROM generate_series(1, 200) AS g;\n\
              ANALYZE scans;"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let (Some(database), Some(rows)) = (cx.database, state.tuples.filter(|tuples| *tuples >= 1.0)) else { return };
    if !own_types(table) || relation.kind != RelationKind::Table {
        return;
    }
    // The width in the statistics is that of the pointer into the TOAST table, so its pages are asked. Who else fills them?
    let mut wide = table.columns.iter().filter(|column| column.length < 0 && matches!(column.storage, Some('e' | 'x')));
    let (Some(column), None) = (wide.next(), wide.next()) else { return };
    let mean = (state.toast_pages as f64 * database.server.block_size as f64 / rows) as u64;
    if column.data_type.base != "bytea" || mean < u64::try_from(cx.integer("width", relation)).unwrap_or(0) {
        return;
    }
    let shown = sql::ident(&column.name);
    let toast = bytes(state.toast_pages * database.server.block_size);
    out.column(relation, &column.name, format!("column {shown} of {} holds large values", relation.display()))
        .detail(format!("Its values take {toast} in the TOAST table, {} for each row: in the cache, the WAL, on every standby and in every backup.", bytes(mean)))
        .advice("Keep new files in an object store, and their address, size and checksum here.")
        .evidence("mean_width", mean);
}
