//! A schema full of references in which not one is declared.

use super::foreign_key_missing::{guess, targets};
use crate::rule::prelude::*;
use crate::shape;
use std::collections::{BTreeMap, HashSet};

/// The rule.
pub static RULE: Rule = Rule {
    name: "schema-without-foreign-keys",
    category: Design,
    severity: Info,
    title: "a schema has columns that look like references and no foreign key at all",
    why: "Some schemas leave integrity to the application, on purpose or because a framework does so. The \
          database then holds whatever bugs, races and manual repairs leave behind, the planner knows nothing \
          about how tables belong together, and no tool can draw or walk the model. One finding for the \
          schema, in place of one for each column.",
    remedy: "Begin with the references that matter most: look for rows without a parent, then ADD CONSTRAINT ... \
          NOT VALID and VALIDATE. Where it is a decision, suppress the finding with its reason.",
    parameters: &[
        Parameter { name: "min_columns", default: Integer(3), what: "the fewest columns that look like references: columns" },
    ],
    sources: &[Guide("S-040"), Guide("S-059"), Manual("ddl-constraints", "Foreign Keys")],
    examples: &[
        bad("CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, shop_id bigint NOT NULL);\n\
             CREATE TABLE invoices (id bigint PRIMARY KEY, order_id bigint NOT NULL);")
        .given("CREATE TABLE shops (id bigint PRIMARY KEY);\n\
             CREATE TABLE customers (id bigint PRIMARY KEY);")
        .advice(),
        good("CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, shop_id bigint NOT NULL UNIQUE REFERENCES shops);\n\
             CREATE TABLE invoices (id bigint PRIMARY KEY, order_id bigint NOT NULL);")
        .given("CREATE TABLE shops (id bigint PRIMARY KEY);\n\
             CREATE TABLE customers (id bigint PRIMARY KEY);")
        .title("one is declared: the others are spoken of one by one"),
        good("CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL);")
        .given("CREATE TABLE customers (id bigint PRIMARY KEY);")
        .title("too few to tell"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    // A check of one relation sees too little of its schema.
    if database.scope.as_ref().is_some_and(|scope| scope.len() < 2) {
        return;
    }
    let least = usize::try_from(cx.number("min_columns")).unwrap_or(0).max(1);
    let targets = targets(database);
    let mut declared: HashSet<&str> = HashSet::new();
    let mut found: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for table in database.tables.iter().filter(|table| !*table.relation.exempt && shape::own_design(table)) {
        let relation = &table.relation;
        if table.foreign_keys().next().is_some() || !table.referenced_by.is_empty() {
            declared.insert(&relation.schema);
        } else if database.in_scope(relation.oid) && !shape::is_side_table(&relation.name) {
            for column in &table.columns {
                if let Some((target, _)) = guess(table, column, &targets) {
                    let (from, to) = (&relation.name, target.relation.display());
                    found
                        .entry(&relation.schema)
                        .or_default()
                        .push(format!("{from}.{} to {to}", sql::ident(&column.name)));
                }
            }
        }
    }
    for (schema, columns) in found {
        if declared.contains(schema) || columns.len() < least {
            continue;
        }
        let shown = sql::ident(schema);
        out.object("schema", schema, "", format!("schema {shown} has {} columns that look like references and no foreign key", columns.len()))
            .detail(format!("By their names and types: {}.", list(&columns, 8)))
            .advice("Declare the references that matter: ADD CONSTRAINT ... FOREIGN KEY ... NOT VALID, then VALIDATE CONSTRAINT.")
            .evidence("columns", columns.len());
    }
}
