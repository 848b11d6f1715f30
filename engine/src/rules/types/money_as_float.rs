//! Money in binary floating point: cents that do not add up.

use super::{any_word, is_float, own_columns, words};
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "money-as-float",
    category: Types,
    severity: Warning,
    title: "an amount of money is kept as a binary floating-point number",
    why: "real and double precision hold binary fractions: 0.1 + 0.2 is not 0.3, sums depend on the order of their rows, and a \
          comparison for equality fails for amounts that print alike. A real holds 6 digits: 123456.78 comes back as 123456.78 \
          only by luck. Every total that is built on such a column has to be reconciled by hand.",
    remedy: "Use numeric with the scale of the currency (numeric(12,2)), or whole cents in a bigint.",
    parameters: &[Parameter {
        name: "words",
        default: List(MONEY),
        what: "words in a column's name that mean money",
    }],
    sources: &[
        Guide("S-073"),
        Manual("datatype-numeric", "Floating-Point Types"),
    ],
    examples: &[
        bad("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, price double precision NOT NULL);"),
        bad("ALTER TABLE orders ADD COLUMN shipping_cost real;").title("a new column of a live table").given(ORDERS).advice(),
        bad("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, \"unitPrice\" float8);")
            .title("in camelCase")
            .given("SELECT architect.configure('column-name-snake-case', 'off');"),
        good("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, price numeric(12,2) NOT NULL);"),
        good("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, price_cents bigint NOT NULL);")
            .title("whole cents"),
        good("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, tax_rate real, cost_factor float8, price_score float8);")
            .title("rates, factors and scores are no amounts"),
        good("CREATE TABLE readings (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, total_seconds float8, total_weight float8);")
            .title("totals of something else"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

const MONEY: &[&str] = &[
    "amount", "balance", "cost", "costs", "fee", "fees", "price", "prices", "profit", "revenue", "salary", "subtotal",
    "tax", "turnover", "wage", "wages",
];

/// Words that turn an amount into something else: `tax_rate`, `cost_factor`, `price_score`.
const NO_AMOUNT: &[&str] = &[
    "change",
    "coefficient",
    "count",
    "days",
    "diff",
    "elasticity",
    "factor",
    "fraction",
    "index",
    "kg",
    "km",
    "ml",
    "mg",
    "ms",
    "multiplier",
    "pct",
    "percent",
    "percentage",
    "ratio",
    "rate",
    "score",
    "seconds",
    "share",
    "volatility",
    "weight",
];

/// Whether the words of a name say that it holds an amount of money.
pub(super) fn is_money(name: &str, list: &[String]) -> bool {
    let words = words(name);
    let total = matches!(words.last().map(AsRef::as_ref), Some("total"))
        && words.len() <= 2
        && matches!(words.first().map(AsRef::as_ref), Some("total" | "grand" | "net" | "gross" | "order" | "invoice"));
    (total || words.iter().any(|word| list.iter().any(|known| known == word))) && !any_word(&words, NO_AMOUNT)
}

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let mut list: Option<Vec<String>> = None;
    for column in own_columns(table).filter(|column| is_float(&column.data_type)) {
        let list = list.get_or_insert_with(|| cx.list("words", relation));
        if !is_money(&column.name, list) {
            continue;
        }
        let shown = sql::ident(&column.name);
        let digits = if column.data_type.base == "real" { 6 } else { 15 };
        let finding = out.column(
            relation,
            &column.name,
            format!("column {shown} of {} keeps money as {}", relation.display(), column.data_type.name),
        );
        finding
            .detail(format!(
                "By its name it holds an amount; {} keeps {digits} digits, in binary.",
                column.data_type.base
            ))
            .evidence("type", column.data_type.name.as_str());
        let to = if column.data_type.is_array { "numeric[]" } else { "numeric(12,2)" };
        super::change_type(finding, table, column, to, None, true, cx);
        super::losing(finding, relation, "they are rounded", cx);
    }
}
