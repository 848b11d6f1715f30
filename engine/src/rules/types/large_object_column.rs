//! A large object outlives the row that knew its number.

use super::{any_word, own_types, words};
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "large-object-column",
    category: Types,
    severity: Warning,
    title: "a column refers to large objects, which nothing removes",
    why: "A large object lives in pg_largeobject; the row holds its number only. DELETE and UPDATE of the row leave the object behind, so \
          the catalog grows until vacuumlo is run; it cannot be partitioned, is left out of logical replication, and pg_dump and \
          pg_upgrade handle each object by itself, which takes hours for millions.",
    remedy: "Use bytea for what fits into a row (1 GB at most, megabytes in practice), or an object store. Where large objects stay, add \
             the trigger lo_manage of the extension lo.",
    parameters: &[],
    sources: &[Manual("lo", "Rationale"), Manual("largeobjects", "Large Objects")],
    examples: &[
        bad("CREATE TABLE contracts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, scan_file oid);")
            .check()
            .advice(),
        good("CREATE TABLE contracts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, scan_file bytea);").check(),
        good("CREATE TABLE contracts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, relation oid);")
            .title("the number of something else")
            .check(),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

const CONTENT: &[&str] = &[
    "attachment",
    "audio",
    "blob",
    "content",
    "data",
    "document",
    "file",
    "image",
    "lob",
    "pdf",
    "photo",
    "picture",
    "scan",
    "video",
];

fn check(table: &Table, state: &TableState, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !own_types(table) || !relation.kind.is_table() {
        return;
    }
    if state.triggers.iter().any(|trigger| trigger.function_name.ends_with("lo_manage")) {
        return;
    }
    for column in &table.columns {
        let data_type = &column.data_type;
        let by_name = data_type.base == "oid" && any_word(&words(&column.name), CONTENT);
        let by_type = data_type.is_domain && data_type.base == "oid" && data_type.name.rsplit('.').next() == Some("lo");
        if !by_name && !by_type {
            continue;
        }
        let shown = sql::ident(&column.name);
        out.column(
            relation,
            &column.name,
            format!("column {shown} of {} refers to large objects, which outlive their rows", relation.display()),
        )
        .detail("No trigger of the table calls lo_manage: DELETE and UPDATE leave the objects behind.")
        .advice(
            "Remove what nobody refers to any more with vacuumlo, and use bytea or an object store for new data; or install the extension lo \
             and its trigger.",
        )
        .evidence("type", data_type.name.as_str());
    }
}
