//! One schema, two kinds of keys.

use crate::rule::prelude::*;
use crate::shape;
use std::collections::BTreeMap;

/// The rule.
pub static RULE: Rule = Rule {
    name: "primary-key-type-inconsistent",
    category: Design,
    severity: Info,
    title: "few primary keys of a schema have another type than the others",
    why: "Where nearly all tables of a schema have one type of key and a few another, every reader of an id \
          has to know which it is, and a foreign key to the odd ones has another type too.",
    remedy: "Give new tables the type that the schema has; leave the others until their tables are changed \
          anyway.",
    parameters: &[],
    sources: &[Guide("S-037"), Manual("ddl-constraints", "Primary Keys")],
    examples: &[
        bad("CREATE TABLE accounts (id bigint PRIMARY KEY);\n\
             CREATE TABLE orders (id bigint PRIMARY KEY);\n\
             CREATE TABLE items (id bigint PRIMARY KEY);\n\
             CREATE TABLE notes (id bigint PRIMARY KEY);\n\
             CREATE TABLE files (id uuid PRIMARY KEY);")
        .advice(),
        good(
            "CREATE TABLE accounts (id bigint PRIMARY KEY);\n\
             CREATE TABLE orders (id bigint PRIMARY KEY);\n\
             CREATE TABLE items (id uuid PRIMARY KEY);\n\
             CREATE TABLE files (id uuid PRIMARY KEY);",
        )
        .title("no type is the usual one"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: false,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let mut schemas: BTreeMap<&str, BTreeMap<&str, Vec<&Table>>> = BTreeMap::new();
    for table in database.tables.iter().filter(|table| !*table.relation.exempt && shape::own_design(table)) {
        let Some([number]) = table.primary_key().map(|key| key.columns.as_slice()) else { continue };
        let Some(column) = table.column_by_number(*number) else { continue };
        // Keys that are references have the other table's type; texts are codes.
        if !shape::is_reference(table, *number)
            && (column.data_type.base == "uuid" || shape::is_integer(&column.data_type))
        {
            let kinds = schemas.entry(&table.relation.schema).or_default();
            kinds.entry(&column.data_type.base).or_default().push(table);
        }
    }
    for kinds in schemas.values() {
        let all: usize = kinds.values().map(Vec::len).sum();
        let Some((usual, most)) = kinds.iter().max_by_key(|(_, tables)| tables.len()) else { continue };
        if all < 5 || most.len() * 10 < all * 8 {
            continue;
        }
        for (kind, tables) in kinds.iter().filter(|(kind, _)| *kind != usual) {
            for table in tables.iter().filter(|table| database.in_scope(table.relation.oid)) {
                let relation = &table.relation;
                out.relation(
                    relation,
                    format!("primary key of {} is {kind}, those of the schema are {usual}", relation.display()),
                )
                .detail(format!("{} of {all} tables have keys of type {usual}.", most.len()))
                .advice("Give the keys of new tables the usual type.")
                .evidence("usual_type", *usual);
            }
        }
    }
}
