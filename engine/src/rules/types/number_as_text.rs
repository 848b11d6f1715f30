//! A number that is only a string.

use super::{is_string, last_word, own_columns};
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "number-as-text",
    category: Types,
    severity: Warning,
    title: "a number is kept as text",
    why: "Text sorts 10 before 9, takes '12,50' beside '12.50' and 'n/a', and has to be cast wherever it is added up; one value that does not \
          cast fails the whole query. An index over it serves no range of numbers.",
    remedy: "Use integer or bigint for counts, numeric for amounts. What only looks like a number, such as a postcode or a telephone number, \
             is text and stays text.",
    parameters: &[Parameter {
        name: "words",
        default: List(&["amount", "balance", "cost", "price", "qty", "quantity", "salary", "subtotal"]),
        what: "last words of names of columns that hold numbers",
    }],
    sources: &[Guide("S-073"), Manual("datatype-numeric", "Numeric Types")],
    examples: &[
        bad("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, quantity varchar(10), unit_price text);").advice(),
        good("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, quantity integer, unit_price numeric(12,2));"),
        good("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, price_note text, phone_number text, cost_center text);")
            .title("texts about numbers"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let list = cx.words("words", relation);
    for column in own_columns(table).filter(|column| is_string(&column.data_type)) {
        let Some(last) = last_word(&column.name).filter(|word| list.iter().any(|known| known == word)) else {
            continue;
        };
        // No number is that wide.
        if column.statistics.as_ref().is_some_and(|statistics| statistics.width > 24) {
            continue;
        }
        let shown = sql::ident(&column.name);
        out.column(
            relation,
            &column.name,
            format!("column {shown} of {} keeps a number as {}", relation.display(), column.data_type.name),
        )
        .detail(format!("By its name ({last}) it holds numbers; nothing keeps other text out of it."))
        .advice("Declare it numeric, or integer or bigint for whole numbers.")
        .evidence("type", column.data_type.name.as_str());
    }
}
