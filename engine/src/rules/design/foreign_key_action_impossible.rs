//! An action that writes what the column refuses: the DELETE that it is for always fails.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "foreign-key-action-impossible",
    category: Design,
    severity: Error,
    title: "ON DELETE or ON UPDATE would write a NULL that the column refuses",
    why: "ON DELETE SET NULL on a NOT NULL column, and SET DEFAULT where there is no default, are accepted and \
          never work: each DELETE of a row that is referred to fails with a not-null violation in another \
          table. What reads as 'the rows stay, without their parent' is in truth RESTRICT, with a message that \
          nobody understands.",
    remedy: "Decide what is meant: SET NULL needs a column that may be NULL; where it must not, say RESTRICT \
          (what happens today) or CASCADE. With several columns, name the ones to empty: ON DELETE SET NULL \
          (customer_id).",
    parameters: &[],
    sources: &[
        Guide("S-043"),
        Manual("ddl-constraints", "Foreign Keys"),
        Code("src/backend/utils/adt/ri_triggers.c", "ri_set"),
    ],
    examples: &[
        bad("CREATE TABLE invoices (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             customer_id bigint NOT NULL UNIQUE REFERENCES customers ON DELETE SET NULL\n\
             );")
        .given("CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);"),
        bad("CREATE TABLE invoices (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             customer_id bigint NOT NULL UNIQUE REFERENCES customers ON UPDATE SET DEFAULT\n\
             );")
        .given("CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);")
        .title("there is no default"),
        bad("CREATE TABLE shipments (\n    \
             tenant_id bigint NOT NULL,\n    \
             id bigint NOT NULL,\n    \
             depot_id bigint,\n    \
             PRIMARY KEY (tenant_id, id),\n    \
             FOREIGN KEY (tenant_id, depot_id) REFERENCES depots (tenant_id, id) ON DELETE SET NULL\n\
             );\n\
             CREATE INDEX idx_shipments_tenant_id_depot_id ON shipments (tenant_id, depot_id);")
        .given("CREATE TABLE depots (tenant_id bigint, id bigint, PRIMARY KEY (tenant_id, id));")
        .title("one of two columns is NOT NULL")
        .check(),
        good(
            "CREATE TABLE invoices (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             customer_id bigint UNIQUE REFERENCES customers ON DELETE SET NULL\n\
             );",
        )
        .given("CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);"),
        good(
            "CREATE TABLE invoices (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             customer_id bigint NOT NULL DEFAULT 1 UNIQUE REFERENCES customers ON DELETE SET DEFAULT\n\
             );",
        )
        .given("CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);")
        .title("there is a default"),
        good(
            "CREATE TABLE shipments (\n    \
             tenant_id bigint NOT NULL,\n    \
             id bigint NOT NULL,\n    \
             depot_id bigint,\n    \
             PRIMARY KEY (tenant_id, id),\n    \
             FOREIGN KEY (tenant_id, depot_id) REFERENCES depots (tenant_id, id) ON DELETE SET NULL (depot_id)\n\
             );",
        )
        .given("CREATE TABLE depots (tenant_id bigint, id bigint, PRIMARY KEY (tenant_id, id));")
        .title("only the nullable column is emptied"),
        good(
            "CREATE TABLE deliveries (\n    \
             tenant_id bigint NOT NULL,\n    \
             id bigint NOT NULL,\n    \
             depot_id bigint,\n    \
             PRIMARY KEY (tenant_id, id),\n    \
             FOREIGN KEY (tenant_id, depot_id) REFERENCES depots (tenant_id, id) ON DELETE SET NULL (depot_id)\n\
             );",
        )
        .given("CREATE TABLE depots (tenant_id bigint, id bigint, PRIMARY KEY (tenant_id, id));")
        .title("the same as a text")
        .lint(),
    ],
    check: Check::Of(Aspects::CONSTRAINTS, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !relation.kind.is_table() || relation.is_part() {
        return;
    }
    for key in table.touched_foreign_keys().filter(|key| !key.inherited) {
        let Some(reference) = &key.references else { continue };
        let on_delete = if key.delete_columns.is_empty() { &key.columns } else { &key.delete_columns };
        let deletes = refused(table, reference.on_delete, on_delete);
        let updates = refused(table, reference.on_update, &key.columns);
        let (event, action, columns) = if deletes.is_empty() {
            ("UPDATE", reference.on_update, updates)
        } else {
            ("DELETE", reference.on_delete, deletes)
        };
        if columns.is_empty() {
            continue;
        }
        let word = if action == ReferentialAction::SetNull { "SET NULL" } else { "SET DEFAULT" };
        let shown = sql::ident_list(&columns);
        let parent = sql::qualified(&reference.schema, &reference.table);
        let finding = out.constraint(
            relation,
            &key.name,
            format!(
                "foreign key {} of {} says ON {event} {word}, but {shown} cannot be NULL",
                sql::ident(&key.name),
                relation.display()
            ),
        );
        finding
            .detail(format!(
                "{event} of a row of {parent} that {} refers to always fails: {shown} is NOT NULL{}.",
                relation.display(),
                if action == ReferentialAction::SetDefault { " and has no default" } else { "" }
            ))
            .evidence("columns", columns.clone());
        mend(finding, table, key, &columns);
    }
}

/// The columns that the action would make NULL and that refuse it.
fn refused<'a>(table: &'a Table, action: ReferentialAction, columns: &[i16]) -> Vec<&'a str> {
    let writes_null = |column: &&Column| match action {
        ReferentialAction::SetNull => true,
        ReferentialAction::SetDefault => column.default.is_none() && !column.data_type.is_domain,
        _ => false,
    };
    columns
        .iter()
        .filter_map(|number| table.column_by_number(*number))
        .filter(|column| column.not_null && writes_null(column))
        .map(|column| column.name.as_str())
        .collect()
}

fn mend(finding: &mut Finding, table: &Table, key: &Constraint, refused: &[&str]) {
    let mut meant = key.clone();
    let Some(reference) = &mut meant.references else { return };
    let nullable: Vec<i16> = key
        .columns
        .iter()
        .copied()
        .filter(|n| table.column_by_number(*n).is_some_and(|c| !c.not_null && !refused.contains(&c.name.as_str())))
        .collect();
    let mut advice = "Make it what it is today, RESTRICT, or drop the NOT NULL if the reference is optional:";
    if reference.on_delete == ReferentialAction::SetNull && !nullable.is_empty() {
        meant.delete_columns = nullable;
        advice = "Empty only the columns that may be NULL:";
    } else if matches!(reference.on_delete, ReferentialAction::SetNull | ReferentialAction::SetDefault) {
        reference.on_delete = ReferentialAction::Restrict;
        meant.delete_columns.clear();
    }
    if matches!(reference.on_update, ReferentialAction::SetNull | ReferentialAction::SetDefault) {
        reference.on_update = ReferentialAction::Restrict;
    }
    let Some(definition) = recipes::definition(table, &meant) else { return };
    let (relation, name) = (table.relation.sql(), sql::ident(&key.name));
    // A foreign key of a partitioned table cannot be NOT VALID before 18.
    if table.relation.kind == RelationKind::PartitionedTable {
        finding.advice(format!("{advice} drop {name} and add it again: {definition}."));
        return;
    }
    finding.advice(advice).remedy(format!(
        "BEGIN;\n\
         ALTER TABLE {relation} DROP CONSTRAINT {name};\n\
         ALTER TABLE {relation} ADD CONSTRAINT {name} {definition} NOT VALID;\n\
         COMMIT;\n\
         ALTER TABLE {relation} VALIDATE CONSTRAINT {name};"
    ));
}
