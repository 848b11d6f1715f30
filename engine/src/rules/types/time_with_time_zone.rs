//! A time of day with an offset but without a date.

use super::own_columns;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "time-with-time-zone",
    category: Types,
    severity: Warning,
    title: "a column is of type time with time zone",
    why: "An offset means something only on a date: summer time moves it. timetz stores the offset that the session had when the row was \
          written, so the same opening hour is another moment half a year later. PostgreSQL has the type because the SQL standard \
          asks for it, and its manual advises against it.",
    remedy: "Use timestamptz for a moment; for a time of day use time, with the name of the zone in a column beside it.",
    parameters: &[],
    sources: &[Guide("S-074"), Manual("datatype-datetime", "Date/Time Types, Time Zones")],
    examples: &[
        bad("CREATE TABLE shops (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, opening timetz NOT NULL);"),
        bad("CREATE TABLE shops (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, openings timetz[]);")
            .title("an array"),
        good("CREATE TABLE shops (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, opening time NOT NULL);"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    for column in own_columns(table).filter(|column| column.data_type.base == "time with time zone") {
        let shown = sql::ident(&column.name);
        let finding = out.column(
            relation,
            &column.name,
            format!("column {shown} of {} is {}", relation.display(), column.data_type.name),
        );
        finding
            .detail("It keeps the offset of the session that wrote it, which summer time moves.")
            .evidence("type", column.data_type.name.as_str());
        let to = if column.data_type.is_array { "time[]" } else { "time" };
        super::change_type(finding, table, column, to, None, true, cx);
        super::losing(finding, relation, "the offset goes", cx);
    }
}
