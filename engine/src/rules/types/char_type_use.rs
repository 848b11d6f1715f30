//! `char(n)` pads with blanks.

use super::{has_check, length_of, own_columns};
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "char-type-use",
    category: Types,
    severity: Info,
    title: "a column is of type char(n)",
    why: "char(n) fills a shorter value with blanks, on disk and in what a client reads. The blanks count in LIKE and in regular \
          expressions, do not count in comparisons, and are lost in a cast to text, so two ways to ask give two answers. It is \
          neither faster nor smaller than text. Only a code whose length never varies, guarded by a CHECK, does without harm.",
    remedy: "Use text (or varchar(n)), with a CHECK on the length where it matters.",
    parameters: &[Parameter {
        name: "code_length",
        default: Integer(1),
        what: "up to this length a column is taken for a fixed code: characters",
    }],
    sources: &[Guide("S-081"), Manual("datatype-character", "Character Types")],
    examples: &[
        bad("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number char(20) NOT NULL);"),
        bad("ALTER TABLE orders ADD COLUMN voucher char(8);").given(ORDERS).title("a live table").advice(),
        good("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number text NOT NULL);"),
        good("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, currency char(3) NOT NULL CHECK (currency ~ '^[A-Z]{3}$'));")
            .title("a fixed code that a CHECK guards"),
        good("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, kind char(1) NOT NULL, mark \"char\");")
            .title("one character, and the internal type \"char\""),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let limit = cx.integer("code_length", relation);
    for column in own_columns(table).filter(|column| column.data_type.base == "character") {
        let Some(length) = length_of(&column.data_type).filter(|length| i64::from(*length) > limit) else { continue };
        // A uuid kept as char(36) is for `uuid-as-text`.
        if has_check(table, column) || super::uuid_as_text::reason(column).is_some() {
            continue;
        }
        let shown = sql::ident(&column.name);
        let finding = out.column(
            relation,
            &column.name,
            format!("column {shown} of {} is {}", relation.display(), column.data_type.name),
        );
        finding
            .detail(format!("A value of fewer than {length} characters is filled with blanks."))
            .evidence("length", length);
        let to = if column.data_type.is_array { "text[]" } else { "text" };
        super::change_type(finding, table, column, to, None, true, cx);
    }
}
