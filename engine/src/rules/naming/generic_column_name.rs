//! `data1`, `value`, `misc`: a column that could hold anything.

use super::named_columns;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "generic-column-name",
    category: Naming,
    severity: Info,
    title: "a column's name does not say what it holds",
    why: "field3 and misc have to be looked up in the code that writes them, and soon hold several things at once. A name is the only documentation that \
          every query shows.",
    remedy: "Name the column after what it holds.",
    parameters: &[Parameter {
        name: "names",
        default: List(&[
            "attribute",
            "col",
            "column",
            "custom",
            "data",
            "dummy",
            "extra",
            "field",
            "flag",
            "info",
            "misc",
            "param",
            "stuff",
            "temp",
            "text",
            "tmp",
            "val",
            "value",
            "xxx",
        ]),
        what: "words that say nothing, alone or with a number behind them",
    }],
    sources: &[Guide("S-004")],
    examples: &[
        bad("CREATE TABLE members (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, field_1 text, misc text);")
            .advice(),
        good(
            "CREATE TABLE members (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, nickname text, address_line_2 text);",
        ),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let names = cx.words("names", relation);
    for column in named_columns(table) {
        let bare = column.name.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('_');
        if names.contains(&bare) {
            out.column(
                relation,
                &column.name,
                format!("column name {} says nothing", super::column_path(relation, &column.name)),
            )
            .detail("The name fits whatever is put into it.")
            .advice("Name it after what it holds, in the migration that creates it.");
        }
    }
}
