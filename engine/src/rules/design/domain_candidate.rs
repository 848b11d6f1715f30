//! The same CHECK again and again.

use crate::rule::prelude::*;
use crate::shape;
use std::collections::BTreeMap;

/// The rule.
pub static RULE: Rule = Rule {
    name: "domain-candidate",
    category: Design,
    severity: Info,
    title: "the same CHECK stands on several columns",
    why: "When three columns have the same condition, the fourth will have it with a slip, and a change has to find \
          all of them. A domain holds it once. Its price: a changed constraint of a domain is checked against every \
          column of it, which locks them all for a moment.",
    remedy: "Create a domain with the CHECK and give new columns its type.",
    parameters: &[
        Parameter { name: "min_columns", default: Integer(3), what: "the fewest columns: columns" },
    ],
    sources: &[Guide("S-069"), Manual("domains", "Domain Types")],
    examples: &[
        bad("CREATE TABLE accounts (id bigint PRIMARY KEY, email text NOT NULL UNIQUE CHECK (email LIKE '%@%'));\n\
             CREATE TABLE contacts (id bigint PRIMARY KEY, email text NOT NULL CHECK (email LIKE '%@%'), billing_email text NOT NULL CHECK (billing_email LIKE '%@%'));")
        .advice(),
        good("CREATE TABLE accounts (id bigint PRIMARY KEY, email text NOT NULL UNIQUE CHECK (email LIKE '%@%'));\n\
             CREATE TABLE contacts (id bigint PRIMARY KEY, email text NOT NULL CHECK (email LIKE '%@%'));")
        .title("two are not many"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: false,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let least = usize::try_from(cx.number("min_columns")).unwrap_or(0).max(2);
    let mut groups: BTreeMap<(&str, String), Vec<(&Table, &Column)>> = BTreeMap::new();
    for table in database
        .tables
        .iter()
        .filter(|t| !*t.relation.exempt && shape::own_design(t) && database.in_scope(t.relation.oid))
    {
        for constraint in table.constraints.iter().filter(|c| c.kind == ConstraintKind::Check && c.columns.len() == 1) {
            let Some(column) = table.column_by_number(constraint.columns[0]) else { continue };
            let Some(expression) = constraint.expression.as_deref().filter(|sql| sql.len() > 4) else { continue };
            // NOT NULL as a CHECK, and a sign, are no domain.
            if expression.ends_with("IS NOT NULL)") || expression.ends_with(" 0)") {
                continue;
            }
            let plain = expression.replace(&sql::ident(&column.name), "VALUE");
            groups.entry((&column.data_type.name, plain)).or_default().push((table, column));
        }
    }
    for ((data_type, expression), columns) in groups {
        if columns.len() < least {
            continue;
        }
        let names: Vec<String> =
            columns.iter().map(|(t, c)| format!("{}.{}", t.relation.display(), sql::ident(&c.name))).collect();
        let (table, column) = columns[0];
        out.column(
            &table.relation,
            &column.name,
            format!("{} columns have the same CHECK as {}", names.len(), names[0]),
        )
        .detail(format!("{}: {}.", expression, list(&names, 6)))
        .advice(format!("CREATE DOMAIN ... AS {data_type} CHECK {expression}, and give new columns that type."))
        .evidence("columns", names.len());
    }
}
