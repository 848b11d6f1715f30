//! A foreign key that does not say what becomes of the rows.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "foreign-key-on-delete-unspecified",
    category: Design,
    severity: Info,
    title: "a foreign key does not say what happens on DELETE",
    why: "NO ACTION is the default, and the catalog cannot tell whether it was chosen. Somebody will delete a \
          parent one day; whether its children go with it, stay behind without it, or forbid it, is a decision \
          about the data that the schema should hold.",
    remedy: "Say ON DELETE CASCADE, SET NULL or RESTRICT. RESTRICT does what NO ACTION does, except that it \
          cannot be deferred.",
    parameters: &[
        Parameter { name: "ignore_columns", default: List(&[]), what: "columns that need no decision (created_by, updated_by)" },
    ],
    sources: &[Guide("S-041"), Guide("S-042"), Guide("S-039"), Manual("ddl-constraints", "Foreign Keys")],
    examples: &[
        bad("CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint NOT NULL UNIQUE REFERENCES customers);")
        .given("CREATE TABLE customers (id bigint PRIMARY KEY);"),
        good("CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint NOT NULL UNIQUE REFERENCES customers ON DELETE RESTRICT);")
        .given("CREATE TABLE customers (id bigint PRIMARY KEY);"),
        good("CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint NOT NULL UNIQUE REFERENCES customers DEFERRABLE INITIALLY DEFERRED);")
        .given("CREATE TABLE customers (id bigint PRIMARY KEY);")
        .title("RESTRICT cannot wait until COMMIT"),
        good("CREATE TABLE invoices (id bigint PRIMARY KEY, created_by bigint NOT NULL UNIQUE REFERENCES customers);")
        .given("CREATE TABLE customers (id bigint PRIMARY KEY);\n\
             SELECT architect.configure('foreign-key-on-delete-unspecified', parameters => '{\"ignore_columns\": [\"created_by\"]}');")
        .title("who made the row"),
        good("CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint NOT NULL UNIQUE REFERENCES customers NOT ENFORCED);")
        .given("CREATE TABLE customers (id bigint PRIMARY KEY);")
        .title("a key that is not enforced keeps no row")
        .since(18),
    ],
    check: Check::Of(Aspects::CONSTRAINTS, check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !relation.kind.is_table() || relation.is_part() {
        return;
    }
    let ignored = cx.words("ignore_columns", relation);
    for key in table.touched_foreign_keys().filter(|key| !key.inherited && !key.deferrable && key.enforced) {
        let Some(reference) = key.references.as_ref().filter(|r| r.on_delete == ReferentialAction::NoAction) else {
            continue;
        };
        let columns = table.column_names(&key.columns);
        if columns.iter().any(|name| ignored.iter().any(|known| known == name)) {
            continue;
        }
        let name = sql::ident(&key.name);
        let finding = out.constraint(
            relation,
            &key.name,
            format!("foreign key {name} of {} does not say what happens on DELETE", relation.display()),
        );
        finding.detail(format!(
            "NO ACTION: a row of {} that is referred to cannot be deleted.",
            sql::qualified(&reference.schema, &reference.table)
        ));
        let mut meant = key.clone();
        if let Some(reference) = &mut meant.references {
            reference.on_delete = ReferentialAction::Restrict;
        }
        match recipes::definition(table, &meant) {
            Some(definition) if relation.kind == RelationKind::Table => {
                finding.advice("Decide; this says what holds today:").remedy(format!(
                    "BEGIN;\n\
                     ALTER TABLE {table} DROP CONSTRAINT {name};\n\
                     ALTER TABLE {table} ADD CONSTRAINT {name} {definition} NOT VALID;\n\
                     COMMIT;\n\
                     ALTER TABLE {table} VALIDATE CONSTRAINT {name};",
                    table = relation.sql()
                ));
            }
            _ => {
                finding.advice("Declare ON DELETE CASCADE, SET NULL or RESTRICT.");
            }
        }
    }
}
