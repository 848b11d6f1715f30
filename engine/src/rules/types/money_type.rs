//! The type `money` reads and prints by a setting of the session.

use super::own_columns;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "money-type",
    category: Types,
    severity: Warning,
    title: "a column is of type money",
    why: "money holds a number without its currency, and lc_monetary of each session decides how it is read and printed, with how \
          many decimals and under which sign: a dump that is restored under another lc_monetary holds other amounts. It knows no \
          fractions of a cent, and dividing it gives a float.",
    remedy: "Use numeric with the scale of the currency, and a column for the currency where there is more than one.",
    parameters: &[],
    sources: &[Guide("S-073"), Manual("datatype-money", "Monetary Types")],
    examples: &[
        bad(
            "CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, price money NOT NULL DEFAULT 0);",
        ),
        bad("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, prices money[]);")
            .title("an array"),
        bad("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, price amount);")
            .title("through a domain")
            .given("CREATE DOMAIN amount AS money;")
            .advice(),
        good(
            "CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, price numeric(12,2) NOT NULL);",
        ),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    for column in own_columns(table).filter(|column| column.data_type.base == "money") {
        let shown = sql::ident(&column.name);
        let finding = out.column(
            relation,
            &column.name,
            format!("column {shown} of {} is {}", relation.display(), column.data_type.name),
        );
        finding
            .detail("lc_monetary of each session decides how its values are read and printed.")
            .evidence("type", column.data_type.name.as_str());
        let to = if column.data_type.is_array { "numeric[]" } else { "numeric(12,2)" };
        super::change_type(finding, table, column, to, None, true, cx);
        super::losing(
            finding,
            relation,
            "they are read by lc_monetary of the session that changes the type, and rounded to two decimals",
            cx,
        );
    }
}
