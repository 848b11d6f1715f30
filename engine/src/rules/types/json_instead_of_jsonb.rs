//! `json` keeps the text; `jsonb` keeps what it says.

use super::own_columns;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "json-instead-of-jsonb",
    category: Types,
    severity: Warning,
    title: "a column is of type json",
    why: "json is text that was checked once: every access parses it again, it has no equality operator (DISTINCT, GROUP BY and UNION \
          fail on it), and no index reaches into it. jsonb is parsed when it is written, can be compared, and GIN indexes find what \
          is in it. json is right only where the exact text matters: blanks, the order of keys, keys that come twice.",
    remedy: "Use jsonb. Where the text itself has to be kept (a signed document), keep json or text and suppress the finding.",
    parameters: &[],
    sources: &[Guide("S-078"), Manual("datatype-json", "JSON Types")],
    examples: &[
        bad(
            "CREATE TABLE deliveries (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload json NOT NULL DEFAULT '{}');",
        ),
        bad("CREATE TABLE deliveries (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payloads json[]);")
            .title("an array"),
        bad("ALTER TABLE orders ADD COLUMN payload json;").title("a live table").given(ORDERS).advice(),
        good(
            "CREATE TABLE deliveries (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, payload jsonb NOT NULL DEFAULT '{}');",
        ),
        good("CREATE TABLE deliveries (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, raw_payload json);")
            .title("a name that says that the text is kept on purpose"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    for column in own_columns(table).filter(|column| column.data_type.base == "json") {
        if super::any_word(&super::words(&column.name), &["original", "raw", "signed", "verbatim"]) {
            continue;
        }
        let shown = sql::ident(&column.name);
        let finding = out.column(
            relation,
            &column.name,
            format!("column {shown} of {} is {}", relation.display(), column.data_type.name),
        );
        finding
            .detail("Every access parses the text again, and it can be neither compared nor indexed.")
            .evidence("type", column.data_type.name.as_str());
        let to = if column.data_type.is_array { "jsonb[]" } else { "jsonb" };
        super::change_type(finding, table, column, to, None, true, cx);
        super::also_check_documents(finding, table, column);
        super::losing(finding, relation, "blanks, the order of keys and all but the last of equal keys go", cx);
    }
}
