//! A key that is compared for equality, in a type that is not made for it.

use super::{is_float, own_types};
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "float-as-key",
    category: Types,
    severity: Warning,
    title: "a key contains a floating-point number",
    why: "real and double precision hold the nearest binary fraction. A value that was computed, or that a client read and sent back as text, \
          differs in the last bit and is another key: the row is not found, the duplicate is not seen, the foreign key is refused.",
    remedy: "Use numeric, an integer of the smallest unit, or text for what identifies a row.",
    parameters: &[],
    sources: &[Manual("datatype-numeric", "Floating-Point Types")],
    examples: &[
        bad("CREATE TABLE thresholds (threshold float8 PRIMARY KEY, note text);"),
        bad("CREATE TABLE thresholds (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, threshold real NOT NULL UNIQUE);").title("a unique constraint"),
        good("CREATE TABLE thresholds (threshold numeric PRIMARY KEY, width float8, note text);"),
    ],
    check: Check::Of(Aspects::COLUMNS.or(Aspects::CONSTRAINTS), check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !own_types(table) || !table.columns.iter().any(|column| is_float(&column.data_type)) {
        return;
    }
    for key in &table.constraints {
        let (what, judged) = match key.kind {
            ConstraintKind::PrimaryKey => ("primary key", true),
            ConstraintKind::Unique => ("unique key", true),
            _ => ("", false),
        };
        for column in key.columns.iter().filter(|_| judged).filter_map(|number| table.column_by_number(*number)) {
            if !(key.touched || column.touched) || !is_float(&column.data_type) {
                continue;
            }
            let shown = sql::ident(&column.name);
            let finding = out.column(
                relation,
                &column.name,
                format!("column {shown} in the {what} of {} is {}", relation.display(), column.data_type.name),
            );
            finding
                .detail(format!("Key {} compares binary fractions for equality.", sql::ident(&key.name)))
                .evidence("type", column.data_type.name.as_str());
            super::change_type(finding, table, column, "numeric", None, true, cx);
            super::losing(finding, relation, "they are rounded to the digits that the type is sure of", cx);
        }
    }
}
