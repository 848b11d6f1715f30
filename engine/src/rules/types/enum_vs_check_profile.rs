//! Closed lists of values: an enum, a CHECK or a lookup table, as the house has it.

use super::{is_string, own_columns, own_types};
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "enum-vs-check-profile",
    category: Types,
    severity: Info,
    title: "a closed list of values is not kept in the way that the house agreed on",
    why: "An enum takes 4 bytes and keeps its order, but a value can never be dropped, and a new one cannot be used in the transaction \
          that adds it. A CHECK over text changes with NOT VALID and VALIDATE, in any direction. A lookup table can say more about \
          each value and is changed by INSERT. Any of them is right; a schema that mixes them has to be looked up.",
    remedy: "Follow the convention that enum_policy names.",
    parameters: &[Parameter { name: "enum_policy", default: Text("check"), what: "check, enum, lookup or any" }],
    sources: &[Guide("S-077"), Guide("C-07"), Manual("datatype-enum", "Enumerated Types")],
    examples: &[
        bad("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, status invoice_status NOT NULL);")
            .given("CREATE TYPE invoice_status AS ENUM ('draft', 'sent');")
            .check()
            .advice(),
        bad("CREATE TABLE invoices (\n    \
                 id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                 status text NOT NULL CHECK (status IN ('draft', 'sent'))\n\
             );")
        .given("SELECT architect.configure('enum-vs-check-profile', parameters => '{\"enum_policy\": \"enum\"}');")
        .title("enum is the convention")
        .check()
        .advice(),
        good("CREATE TABLE invoices (\n    \
                  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                  status text NOT NULL CHECK (status IN ('draft', 'sent'))\n\
              );")
        .check(),
    ],
    check: Check::State(check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let policy = cx.text("enum_policy", relation);
    if policy != "enum" && policy != "any" {
        for column in own_columns(table).filter(|column| column.data_type.base_kind == Some('e')) {
            let shown = sql::ident(&column.name);
            out.column(relation, &column.name, format!("column {shown} of {} is an enum", relation.display()))
                .detail(format!("{} is an enum; the convention is {}.", column.data_type.base, convention(&policy)))
                .advice(format!("Use {} for the next such column.", convention(&policy)));
        }
    }
    if policy == "check" || policy == "any" || !own_types(table) {
        return;
    }
    for constraint in &table.constraints {
        let ([number], Some(expression)) = (constraint.columns.as_slice(), constraint.expression.as_ref()) else {
            continue;
        };
        let listed =
            constraint.kind == ConstraintKind::Check && expression.contains("= ANY") && expression.contains("ARRAY[");
        let Some(column) = table.column_by_number(*number).filter(|column| listed && is_string(&column.data_type))
        else {
            continue;
        };
        let shown = sql::ident(&column.name);
        out.column(
            relation,
            &column.name,
            format!("column {shown} of {} takes its values from a CHECK", relation.display()),
        )
        .detail(format!(
            "Constraint {} lists them; the convention is {}.",
            sql::ident(&constraint.name),
            convention(&policy)
        ))
        .advice(format!("Use {} for the next such column.", convention(&policy)));
    }
}

fn convention(policy: &str) -> &'static str {
    match policy {
        "enum" => "an enum",
        "lookup" => "a lookup table with a foreign key",
        _ => "text with a CHECK",
    }
}
