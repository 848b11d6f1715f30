//! A table that no foreign key connects to any other.

use super::foreign_key_missing::below;
use crate::rule::prelude::*;
use crate::shape;
use std::collections::HashSet;

/// The rule.
pub static RULE: Rule = Rule {
    name: "isolated-table",
    category: Design,
    severity: Info,
    title: "a table has no foreign key and none refers to it",
    why: "In a schema whose tables are connected, a table that stands alone is often one whose references were \
          forgotten, or one that nobody needs any more. Settings, logs and queues stand alone by nature.",
    remedy: "Declare what it refers to, or drop it if nothing reads it.",
    parameters: &[],
    sources: &[Guide("S-040"), Manual("ddl-constraints", "Foreign Keys")],
    examples: &[
        bad("CREATE TABLE notes (id bigint PRIMARY KEY, body text NOT NULL);")
            .given(
                "CREATE TABLE customers (id bigint PRIMARY KEY);\n\
             CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL UNIQUE REFERENCES customers);",
            )
            .advice(),
        good(
            "CREATE TABLE notes (id bigint PRIMARY KEY, body text NOT NULL);\n\
             CREATE TABLE other_notes (id bigint PRIMARY KEY, body text NOT NULL);",
        )
        .title("a schema without foreign keys"),
        good(
            "CREATE TABLE settings (name text PRIMARY KEY, value text NOT NULL);\n\
             CREATE TABLE order_log (id bigint PRIMARY KEY, body text NOT NULL);",
        )
        .given(
            "CREATE TABLE customers (id bigint PRIMARY KEY);\n\
             CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL UNIQUE REFERENCES customers);",
        )
        .title("settings and a log"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: false,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    const ALONE: &[&str] =
        &["config", "configuration", "configurations", "event", "events", "job", "jobs", "setting", "settings"];
    let judged = |table: &&Table| !*table.relation.exempt && shape::own_design(table);
    let connected = |table: &Table| table.foreign_keys().next().is_some() || !table.referenced_by.is_empty();
    let schemas: HashSet<&str> = database
        .tables
        .iter()
        .filter(judged)
        .filter(|table| connected(table))
        .map(|table| table.relation.schema.as_str())
        .collect();
    for table in database.tables.iter().filter(judged) {
        let relation = &table.relation;
        let alone = shape::is_side_table(&relation.name) || shape::has_word(&relation.name, ALONE);
        let parts = || below(database, table).iter().any(|part| part.foreign_keys().next().is_some());
        if connected(table)
            || parts()
            || alone
            || !schemas.contains(relation.schema.as_str())
            || !database.in_scope(relation.oid)
        {
            continue;
        }
        out.relation(relation, format!("no foreign key connects {} to any other table", relation.display()))
            .detail("Other tables of its schema are connected.")
            .advice("Declare what it refers to, or drop it if nothing reads it.");
    }
}
