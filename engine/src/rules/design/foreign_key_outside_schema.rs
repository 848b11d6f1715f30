//! A foreign key from one schema into another ties the two together.

use crate::rule::prelude::*;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "foreign-key-outside-schema",
    category: Design,
    severity: Info,
    title: "a foreign key refers to a table of another schema",
    why: "Schemas that are to be dumped, moved or owned apart cannot be, once foreign keys run between them: \
          neither restores without the other. A schema of shared reference data is meant to be referred to.",
    remedy: "Keep tables that belong together in one schema, or list the shared schemas in the parameter \
          shared_schemas.",
    parameters: &[
        Parameter { name: "shared_schemas", default: List(&["common", "core", "public", "reference", "shared"]), what: "schemas that may be referred to from everywhere" },
    ],
    sources: &[Manual("ddl-schemas", "Schemas")],
    examples: &[
        bad("CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL UNIQUE REFERENCES crm.customers);")
        .given("CREATE SCHEMA crm;\n\
             CREATE TABLE crm.customers (id bigint PRIMARY KEY);")
        .advice(),
        good("CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL UNIQUE REFERENCES customers);")
        .given("CREATE TABLE customers (id bigint PRIMARY KEY);"),
        good("CREATE TABLE orders (id bigint PRIMARY KEY, country_id bigint NOT NULL UNIQUE REFERENCES reference.countries);")
        .given("CREATE SCHEMA reference;\n\
             CREATE TABLE reference.countries (id bigint PRIMARY KEY);")
        .title("a shared schema"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !shape::own_design(table) {
        return;
    }
    for key in table.foreign_keys().filter(|key| !key.inherited) {
        let Some(reference) = key.references.as_ref().filter(|r| !r.schema.is_empty() && r.schema != relation.schema)
        else {
            continue;
        };
        if cx.list("shared_schemas", relation).contains(&reference.schema) {
            continue;
        }
        let far = sql::qualified(&reference.schema, &reference.table);
        out.constraint(
            relation,
            &key.name,
            format!("foreign key {} of {} refers to {far}", sql::ident(&key.name), relation.display()),
        )
        .detail("The two schemas can no longer be dumped, restored or moved one without the other.")
        .advice("Keep tables that belong together in one schema.")
        .evidence("referenced_table", far.as_str());
    }
}
