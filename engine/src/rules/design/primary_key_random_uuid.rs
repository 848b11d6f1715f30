//! Random keys scatter the inserts of a large table over its whole index.

use crate::rule::prelude::*;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "primary-key-random-uuid",
    category: Design,
    severity: Info,
    title: "a large table has a random UUID as its primary key",
    why: "gen_random_uuid() makes version 4: every insert goes to another page of the primary key's index, and \
          of every index that has the key. While they fit into memory that costs little; then each insert \
          reads and writes pages of its own, full-page images after a checkpoint make several times the WAL, \
          and pages stay half full. Version 7 begins with the time, and inserts go to the end of the index.",
    remedy: "Let new rows have a time-ordered UUID: uuidv7() from PostgreSQL 18, before that from the application \
          or a function. Old keys stay as they are. Where the moment of creation must not be told by the key, \
          random keys are right.",
    parameters: &[Parameter {
        name: "min_rows",
        default: Integer(100000),
        what: "the fewest rows: below, the index stays in memory anyway: rows",
    }],
    sources: &[Guide("S-036"), Guide("S-028"), Manual("functions-uuid", "UUID Functions")],
    examples: &[
        bad("CREATE TABLE visits (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), note text NOT NULL);\n\
             INSERT INTO visits (note) SELECT 'note' FROM generate_series(1, 2000);\n\
             ANALYZE visits;")
        .given("SELECT architect.configure('primary-key-random-uuid', parameters => '{\"min_rows\": 1000}');")
        .until(17)
        .advice(),
        bad("CREATE TABLE visits (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), note text NOT NULL);\n\
             INSERT INTO visits (note) SELECT 'note' FROM generate_series(1, 2000);\n\
             ANALYZE visits;")
        .given("SELECT architect.configure('primary-key-random-uuid', parameters => '{\"min_rows\": 1000}');")
        .since(18),
        good(
            "CREATE TABLE visits (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), note text NOT NULL);\n\
             INSERT INTO visits (note) SELECT 'note' FROM generate_series(1, 2000);\n\
             ANALYZE visits;",
        )
        .title("not large"),
        good(
            "CREATE TABLE visits (id uuid PRIMARY KEY, note text NOT NULL);\n\
             INSERT INTO visits SELECT gen_random_uuid(), 'note' FROM generate_series(1, 2000);\n\
             ANALYZE visits;",
        )
        .given("SELECT architect.configure('primary-key-random-uuid', parameters => '{\"min_rows\": 1000}');")
        .title("the application makes the keys: nobody knows which kind"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let least = u64::try_from(cx.integer("min_rows", relation)).unwrap_or(0);
    if !shape::own_design(table) || relation.size.rows < least {
        return;
    }
    let first =
        table.primary_key().and_then(|key| key.columns.first()).and_then(|number| table.column_by_number(*number));
    let Some(column) = first.filter(|column| column.data_type.base == "uuid") else { return };
    let default = column.default.as_deref().unwrap_or_default();
    let function = default.strip_suffix("()").and_then(|name| name.rsplit('.').next()).unwrap_or_default();
    if !matches!(function, "gen_random_uuid" | "uuid_generate_v4" | "uuidv4") {
        return;
    }
    let index = table.indexes.iter().find(|index| index.primary);
    let shown = sql::ident(&column.name);
    let finding =
        out.column(relation, &column.name, format!("primary key {shown} of {} is a random UUID", relation.display()));
    finding
        .detail(format!(
            "{default} scatters inserts over the whole index; the table holds {}.",
            rows(relation.size.rows)
        ))
        .evidence("index_bytes", index.map_or(0, |index| *index.bytes));
    if cx.major() >= 18 {
        finding
            .advice("Let new rows have a time-ordered key:")
            .remedy(format!("ALTER TABLE {} ALTER COLUMN {shown} SET DEFAULT uuidv7();", relation.sql()));
    } else {
        finding.advice("Let new rows have a time-ordered UUID (version 7), made by the application or a function; PostgreSQL 18 has uuidv7().");
    }
}
