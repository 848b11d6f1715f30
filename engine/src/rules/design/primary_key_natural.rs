//! A primary key that means something will change.

use crate::rule::prelude::*;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "primary-key-natural",
    category: Design,
    severity: Info,
    title: "a primary key is business data",
    why: "An e-mail address, a user name, a product number or a slug changes one day, and with it every row \
          that refers to it, every link and every cache. Codes of a standard (countries, currencies) do not, \
          and small tables of them are rightly keyed by the code.",
    remedy: "Give the table a key that means nothing (bigint identity or uuid), and keep the business key UNIQUE \
          NOT NULL.",
    parameters: &[Parameter {
        name: "names",
        default: List(&["email", "email_address", "login", "name", "phone", "sku", "slug", "ssn", "url", "username"]),
        what: "names of columns that are business data",
    }],
    sources: &[Guide("S-033"), Guide("S-034"), Manual("ddl-constraints", "Primary Keys")],
    examples: &[
        bad("CREATE TABLE accounts (email text PRIMARY KEY, name text NOT NULL);").advice(),
        good("CREATE TABLE countries (country_code char(2) PRIMARY KEY, name text NOT NULL);").title("a code"),
        good("CREATE TABLE accounts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL UNIQUE);"),
    ],
    check: Check::State(check),
    also: &[Check::Of(Aspects::CONSTRAINTS, check_new)],
    enabled: false,
};

/// A key that a transaction makes; a full check judges by its own.
fn check_new(table: &Table, cx: &Context, out: &mut Findings) {
    if cx.database.is_none() && table.primary_key().is_some_and(|key| key.touched) {
        judge(table, cx, out);
    }
}

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    judge(table, cx, out);
}

fn judge(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !shape::own_design(table) {
        return;
    }
    let Some([number]) = table.primary_key().map(|key| key.columns.as_slice()) else { return };
    let Some(column) = table.column_by_number(*number).filter(|column| shape::is_text(&column.data_type)) else {
        return;
    };
    let named = cx.list("names", relation).contains(&column.name);
    if !named || shape::is_reference(table, column.number) {
        return;
    }
    let shown = sql::ident(&column.name);
    out.column(relation, &column.name, format!("primary key {shown} of {} is business data", relation.display()))
        .detail(match table.referenced_by.len() {
            0 => "It changes with the business, and each foreign key that refers to it will copy it.".to_owned(),
            keys => format!("{keys} foreign keys of other tables copy it."),
        })
        .advice("Add a key that means nothing, let foreign keys refer to it, and keep this one UNIQUE NOT NULL.")
        .evidence("referenced_by", table.referenced_by.len());
}
