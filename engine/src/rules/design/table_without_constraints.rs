//! A table in which everything may be NULL and anything goes.

use crate::rule::prelude::*;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "table-without-constraints",
    category: Design,
    severity: Info,
    title: "nothing but the key of a table is constrained",
    why: "No column is required, none is unique, checked or a reference: every row of NULLs is accepted, and \
          whatever the application believes about its data is true only as long as every version of it was \
          right. Constraints are cheap while a table is young, and the only documentation that cannot be out \
          of date.",
    remedy: "Begin with NOT NULL for what the application always fills, then UNIQUE for what names a row, CHECK \
          for ranges and lists of values, and foreign keys.",
    parameters: &[Parameter {
        name: "min_columns",
        default: Integer(4),
        what: "the fewest columns besides the key: columns",
    }],
    sources: &[Guide("S-059"), Guide("S-071"), Manual("ddl-constraints", "Constraints")],
    examples: &[
        bad("CREATE TABLE contacts (id bigint PRIMARY KEY, name text, phone text, city text, note text);").advice(),
        good("CREATE TABLE contacts (id bigint PRIMARY KEY, name text NOT NULL, phone text, city text, note text);"),
        good("CREATE TABLE staging_contacts (id bigint PRIMARY KEY, name text, phone text, city text, note text);")
            .title("staging"),
        good("CREATE TABLE contacts (id bigint PRIMARY KEY, name text, phone text);").title("too small to tell"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let unlogged = relation.persistence == Persistence::Unlogged;
    if !shape::own_design(table) || shape::is_side_table(&relation.name) || unlogged {
        return;
    }
    let key = table.primary_key().map(|key| key.columns.clone()).unwrap_or_default();
    let others: Vec<&Column> = table.columns.iter().filter(|column| !key.contains(&column.number)).collect();
    let least = usize::try_from(cx.integer("min_columns", relation)).unwrap_or(0);
    let constrained =
        table.constraints.iter().any(|c| !matches!(c.kind, ConstraintKind::PrimaryKey | ConstraintKind::Trigger))
            || table.indexes.iter().any(|index| index.unique && !index.primary)
            || others.iter().any(|column| column.not_null || column.data_type.is_domain);
    if others.len() < least || constrained {
        return;
    }
    out.relation(relation, format!("nothing but the key of {} is constrained", relation.display()))
        .detail(format!(
            "All {} other columns may be NULL, and there is no CHECK, UNIQUE or FOREIGN KEY.",
            others.len()
        ))
        .advice("Make NOT NULL what the application always fills, unique what names a row, and check what has a range.")
        .evidence("columns", others.len());
}
