//! An e-mail address that nothing checks.

use crate::rule::prelude::*;
use crate::rules::recipes;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "email-unchecked",
    category: Design,
    severity: Info,
    title: "an e-mail column takes any text",
    why: "An address without an @ is stored, and fails weeks later when somebody sends to it. A permissive \
          CHECK keeps the obvious slips out: whether an address exists only a message can tell.",
    remedy: "Add a permissive CHECK, such as email LIKE '%_@_%', or use a domain for all such columns. Beware of \
          [A-Z|a-z].",
    parameters: &[Parameter {
        name: "names",
        default: List(&["email", "email_address"]),
        what: "names of the columns",
    }],
    sources: &[Guide("S-064"), Guide("S-069"), Manual("ddl-constraints", "Check Constraints")],
    examples: &[
        bad("CREATE TABLE accounts (id bigint PRIMARY KEY, email text NOT NULL UNIQUE);"),
        good("CREATE TABLE accounts (id bigint PRIMARY KEY, email text NOT NULL UNIQUE CHECK (email LIKE '%_@_%'));"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !shape::own_design(table) || shape::is_side_table(&relation.name) {
        return;
    }
    let names = cx.words("names", relation);
    for column in table.columns.iter().filter(|c| names.contains(&c.name.as_str()) && shape::is_text(&c.data_type)) {
        if column.data_type.is_domain || shape::is_checked(table, column) || shape::is_reference(table, column.number) {
            continue;
        }
        let shown = sql::ident(&column.name);
        let name = recipes::constraint_name(table, &[&column.name], "_check");
        out.column(relation, &column.name, format!("e-mail column {shown} of {} takes any text", relation.display()))
            .detail("No CHECK and no domain looks at it.")
            .advice("Keep the obvious slips out:")
            .remedy(recipes::add_then_validate(relation, &name, &format!("CHECK ({shown} LIKE '%_@_%')")));
    }
}
