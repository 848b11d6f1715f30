//! `numeric` without precision and scale takes any number of decimals.

use super::money_as_float::is_money;
use super::own_columns;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "money-without-scale",
    category: Types,
    severity: Info,
    title: "an amount of money is numeric without a scale",
    why: "numeric without precision and scale keeps what it is given: 19.99 and 19.990000001 alike. It is exact, but a fraction of a \
          cent that slips in is only seen where sums do not match.",
    remedy: "Declare the scale of the currency: numeric(12,2). From numeric to numeric(p,s) every row is written anew; give the scale \
             when the column is created.",
    parameters: &[],
    sources: &[Guide("S-073"), Manual("datatype-numeric", "Arbitrary Precision Numbers")],
    examples: &[
        bad("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, price numeric NOT NULL);"),
        good(
            "CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, price numeric(12,2), tax_rate numeric);",
        ),
        good("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, price cents);")
            .title("a domain may carry the scale")
            .given("CREATE DOMAIN cents AS numeric(12,2);"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let words: Vec<String> =
        ["amount", "balance", "cost", "fee", "price", "revenue", "salary", "tax"].map(str::to_owned).into();
    for column in own_columns(table) {
        let data_type = &column.data_type;
        if data_type.base != "numeric" || data_type.modifier >= 0 || data_type.is_domain || data_type.is_array {
            continue;
        }
        if !is_money(&column.name, &words) {
            continue;
        }
        let shown = sql::ident(&column.name);
        let finding = out.column(
            relation,
            &column.name,
            format!("column {shown} of {} keeps money without a scale", relation.display()),
        );
        finding.detail("numeric without a scale keeps any number of decimals.");
        super::change_type(finding, table, column, "numeric(12,2)", None, true, cx);
        super::losing(finding, relation, "they are rounded to two decimals", cx);
    }
}
