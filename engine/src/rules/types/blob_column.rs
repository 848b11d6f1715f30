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
             ANALYZE scans;")
        .advice(),
        good("CREATE TABLE scans (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, checksum bytea NOT NULL);\n\
              INSERT INTO scans (checksum) SELECT sha256(g::text::bytea) FROM generate_series(1, 200) AS g;\n\
              ANALYZE scans;"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !own_types(table) {
        return;
    }
    for column in table.columns.iter().filter(|column| column.data_type.base == "bytea") {
        let width = column.statistics.as_ref().map_or(0, |statistics| statistics.width);
        if width < cx.integer("width", relation) {
            continue;
        }
        let shown = sql::ident(&column.name);
        let mean = bytes(width.unsigned_abs());
        out.column(relation, &column.name, format!("column {shown} of {} holds large values", relation.display()))
            .detail(format!(
                "A value takes {mean} on average, in the cache, the WAL, on every standby and in every backup."
            ))
            .advice("Keep new files in an object store, and their address, size and checksum here.")
            .evidence("mean_width", width);
    }
}
