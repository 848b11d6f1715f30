//! `timestamptz(0)` rounds, also into the future.

use super::own_columns;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "timestamp-precision",
    category: Types,
    severity: Info,
    title: "a time is rounded to whole seconds",
    why: "timestamptz(0) does not cut off the fraction, it rounds: half a second before midnight becomes the next day, and a row can be \
          younger than the clock. It takes 8 bytes all the same.",
    remedy: "Keep the full precision, and use date_trunc where whole seconds are wanted. To widen the precision changes only the catalog.",
    parameters: &[Parameter {
        name: "digits",
        default: Integer(1),
        what: "the least number of digits of the fraction of a second",
    }],
    sources: &[
        Manual("datatype-datetime", "Date/Time Types"),
        Code("src/backend/utils/adt/timestamp.c", "AdjustTimestampForTypmod"),
    ],
    examples: &[
        bad(
            "CREATE TABLE visits (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, seen_at timestamptz(0) NOT NULL);",
        ),
        bad("ALTER TABLE orders ADD COLUMN shipped_at timestamptz(0);")
            .title("a live table: the change is as cheap there")
            .given(ORDERS),
        good(
            "CREATE TABLE visits (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, seen_at timestamptz NOT NULL, left_at timestamptz(3));",
        ),
        good("CREATE TABLE visits (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, opening time(0));")
            .title("a time of day"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let digits = cx.integer("digits", relation);
    // Without time zone it is for `timestamp-without-time-zone`.
    for column in own_columns(table).filter(|column| column.data_type.base == "timestamp with time zone") {
        let data_type = &column.data_type;
        if data_type.modifier < 0 || i64::from(data_type.modifier) >= digits || data_type.is_domain {
            continue;
        }
        let shown = sql::ident(&column.name);
        let finding = out.column(
            relation,
            &column.name,
            format!("column {shown} of {} is {}, which rounds", relation.display(), data_type.name),
        );
        finding
            .detail("A value is rounded to the nearest second, not cut: it may lie in the future.")
            .evidence("type", data_type.name.as_str());
        let to = if data_type.is_array { "timestamptz[]" } else { "timestamptz" };
        super::change_type(finding, table, column, to, None, data_type.is_array, cx);
    }
}
