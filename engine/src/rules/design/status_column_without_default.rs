//! A status that a new row does not have.

use crate::rule::prelude::*;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "status-column-without-default",
    category: Design,
    severity: Info,
    title: "a status column may be NULL or has no default",
    why: "A new row has a first status: pending, active, draft. Where the column has no default, every INSERT \
          has to know it; where it may be NULL, there is one more status without a name.",
    remedy: "Give the column its first value as the default and make it NOT NULL.",
    parameters: &[Parameter {
        name: "names",
        default: List(&["status", "state", "phase"]),
        what: "names of the columns",
    }],
    sources: &[Guide("S-062"), Manual("ddl-default", "Default Values")],
    examples: &[
        bad("CREATE TABLE tasks (id bigint PRIMARY KEY, status text NOT NULL CHECK (status IN ('pending', 'done')));")
            .advice(),
        good(
            "CREATE TABLE tasks (id bigint PRIMARY KEY, status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'done')));",
        ),
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
    for column in table
        .columns
        .iter()
        .filter(|c| names.contains(&c.name.as_str()) && c.generated == Generated::No && !c.data_type.is_domain)
    {
        let key = table.primary_key().is_some_and(|key| key.columns.contains(&column.number));
        if key || column.not_null && column.default.is_some() {
            continue;
        }
        let shown = sql::ident(&column.name);
        let what = match (column.not_null, column.default.is_some()) {
            (true, _) => "has no default",
            (false, true) => "may be NULL",
            (false, false) => "may be NULL and has no default",
        };
        out.column(relation, &column.name, format!("column {shown} of {} {what}", relation.display()))
            .detail("A row has a status from its first moment.")
            .advice(format!(
                "ALTER TABLE {} ALTER COLUMN {shown} SET DEFAULT ...; then make it NOT NULL.",
                relation.sql()
            ));
    }
}
