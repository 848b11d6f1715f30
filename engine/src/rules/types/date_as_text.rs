//! A date that is only a string.

use super::{is_string, own_columns, words};
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "date-as-text",
    category: Types,
    severity: Warning,
    title: "a date or time is kept as text",
    why: "Text takes 31.02.2026 and 'tomorrow', sorts 10/01 before 9/30, and has no interval to add and no month to group by. Each reader \
          has to guess the format, and a range over such a column finds other rows than the range over time that was meant.",
    remedy: "Use date for days and timestamptz for moments.",
    parameters: &[Parameter {
        name: "max_width",
        default: Integer(40),
        what: "mean width above which the values are taken for something else, where the column was analysed: bytes",
    }],
    sources: &[Manual("datatype-datetime", "Date/Time Types")],
    examples: &[
        bad("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, due_date varchar(10) NOT NULL);").advice(),
        bad("CREATE TABLE members (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, date_of_birth text);").advice(),
        good("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, due_date date NOT NULL);"),
        good("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, date_format text, candidate text, looked_at_by text);")
            .title("names that only look alike"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    for column in own_columns(table).filter(|column| is_string(&column.data_type)) {
        let words = words(&column.name);
        let last = words.last().map(AsRef::as_ref).unwrap_or_default();
        let of = words.len() > 2 && words[0] == "date" && words[1] == "of";
        let named = matches!(last, "birthday" | "birthdate" | "date" | "datetime" | "dob" | "timestamp")
            || of
            || last == "at"
                && words.len() > 1
                && !["based", "hosted", "located", "stays", "works"].contains(&words[words.len() - 2].as_ref());
        let width = column.statistics.as_ref().map_or(0, |statistics| statistics.width);
        if !named || width > cx.integer("max_width", relation) {
            continue;
        }
        let shown = sql::ident(&column.name);
        out.column(
            relation,
            &column.name,
            format!("column {shown} of {} keeps a time as {}", relation.display(), column.data_type.name),
        )
        .detail("By its name it holds dates or times; nothing keeps other text out of it.")
        .advice(
            "Declare it date or timestamptz. For values that are there, to_date() and to_timestamp() take the format that they are written in.",
        )
        .evidence("type", column.data_type.name.as_str());
    }
}
