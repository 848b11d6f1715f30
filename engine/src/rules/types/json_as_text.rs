//! JSON that PostgreSQL does not know of.

use super::{any_word, is_string, last_word, own_columns, words};
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "json-as-text",
    category: Types,
    severity: Info,
    title: "JSON is kept as text",
    why: "Nothing checks that the text is JSON, so the query that casts it fails on the first row that is not. No operator reaches into it \
          and no index serves it; every use parses the whole text.",
    remedy: "Use jsonb, or json where the exact text matters.",
    parameters: &[],
    sources: &[Guide("S-078"), Manual("datatype-json", "JSON Types")],
    examples: &[
        bad("CREATE TABLE deliveries (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload_json text);"),
        bad("CREATE TABLE deliveries (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, options text NOT NULL DEFAULT '{}');")
            .title("by its default"),
        good("CREATE TABLE deliveries (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload_json jsonb);"),
        good("CREATE TABLE deliveries (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, json_path text, raw_json text);")
            .title("a path, and a text that is kept as it came"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    for column in own_columns(table).filter(|column| is_string(&column.data_type)) {
        let by_name = last_word(&column.name).is_some_and(|word| word == "json" || word == "jsonb");
        let by_default =
            column.default.as_deref().is_some_and(|default| default.starts_with("'{}'") || default.starts_with("'[]'"));
        if !(by_name || by_default) || any_word(&words(&column.name), &["original", "raw", "signed", "verbatim"]) {
            continue;
        }
        let shown = sql::ident(&column.name);
        let finding = out.column(
            relation,
            &column.name,
            format!("column {shown} of {} keeps JSON as {}", relation.display(), column.data_type.name),
        );
        finding
            .detail(if by_name {
                "Its name says that it holds JSON."
            } else {
                "Its default is an empty JSON document."
            })
            .evidence("type", column.data_type.name.as_str());
        super::change_type(finding, table, column, "jsonb", Some(&format!("{shown}::jsonb")), true, cx);
        super::also_check_documents(finding, table, column);
        super::losing(finding, relation, "blanks, the order of keys and all but the last of equal keys go", cx);
    }
}
