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
        bad("CREATE TABLE shipments (\n    \
             tenant_id bigint NOT NULL,\n    \
             id bigint PRIMARY KEY,\n    \
             depot_id bigint,\n    \
             FOREIGN KEY (tenant_id, depot_id) REFERENCES depots (tenant_id, id) ON DELETE SET NULL (depot_id) ON UPDATE SET NULL\n\
             );\n\
             CREATE INDEX idx_shipments_tenant_id_depot_id ON shipments (tenant_id, depot_id);")
        .given("CREATE TABLE depots (tenant_id bigint, id bigint, PRIMARY KEY (tenant_id, id));")
        .title("only the DELETE names the column to empty")
        .check(),
        bad("CREATE TABLE invoices (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             customer_id customer_key UNIQUE REFERENCES customers ON DELETE SET NULL\n\
             );")
        .given("CREATE DOMAIN customer_key AS bigint NOT NULL;\n\
             CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);")
        .title("the domain of the column refuses NULL"),
        bad("CREATE DOMAIN invoice_key AS bigint NOT NULL;\n\
             CREATE DOMAIN customer_key AS invoice_key;\n\
             CREATE TABLE invoices (id customer_key PRIMARY KEY, customer_id customer_key UNIQUE REFERENCES customers ON DELETE SET NULL);")
        .given("CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);\n\
             SELECT architect.suppress('domain-not-null', 'shop.invoice_key', 'an example');")
        .title("the domain under the domain does")
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
            "CREATE TABLE invoices (\n    \
             id bigint PRIMARY KEY,\n    \
             customer_id bigint GENERATED BY DEFAULT AS IDENTITY UNIQUE REFERENCES customers ON DELETE SET DEFAULT\n\
             );",
        )
        .given("CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);")
        .title("an identity column draws the next value"),
        good(
            "CREATE TABLE invoices (\n    \
             id bigint PRIMARY KEY,\n    \
             customer_id bigint NOT NULL UNIQUE REFERENCES customers ON DELETE SET NULL NOT ENFORCED\n\
             );",
        )
        .given("CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);")
        .title("a key that is not enforced never acts")
        .since(18),
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
    for key in table.touched_foreign_keys().filter(|key| !key.inherited && key.enforced) {
        let Some(reference) = &key.references else { continue };
        let on_delete = if key.delete_columns.is_empty() { &key.columns } else { &key.delete_columns };
        let deletes = refused(table, reference.on_delete, on_delete);
        let updates = refused(table, reference.on_update, &key.columns);
        let (event, action, columns) = if deletes.is_empty() {
            ("UPDATE", reference.on_update, &updates)
        } else {
            ("DELETE", reference.on_delete, &deletes)
        };
        if columns.is_empty() {
            continue;
        }
        let word = if action == ReferentialAction::SetNull { "SET NULL" } else { "SET DEFAULT" };
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        let shown = sql::ident_list(&names);
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
        let why = match columns.iter().find(|column| !column.not_null) {
            Some(column) => format!("the domain {} refuses NULL", column.data_type.name),
            None => format!("{shown} is NOT NULL"),
        };
        finding
            .detail(format!(
                "{event} of {} {parent} that {} refers to always fails: {why}{}.",
                if event == "UPDATE" { "the key of a row of" } else { "a row of" },
                relation.display(),
                if action == ReferentialAction::SetDefault { " and has no default" } else { "" }
            ))
            .evidence("columns", names);
        mend(finding, table, key, &deletes, &updates);
    }
}

/// The columns that the action would make NULL and that refuse it.
fn refused<'a>(table: &'a Table, action: ReferentialAction, columns: &[i16]) -> Vec<&'a Column> {
    let refuses = |column: &&Column| match action {
        ReferentialAction::SetNull => column.not_null || column.data_type.refuses_null,
        // An identity column draws a value, and a domain may have a default of its own.
        ReferentialAction::SetDefault => {
            column.not_null && !column.identity && column.default.is_none() && !column.data_type.is_domain
        }
        _ => false,
    };
    columns.iter().filter_map(|number| table.column_by_number(*number)).filter(refuses).collect()
}

/// Changes what is at fault, and nothing else.
fn mend(finding: &mut Finding, table: &Table, key: &Constraint, deletes: &[&Column], updates: &[&Column]) {
    let mut meant = key.clone();
    let Some(reference) = &mut meant.references else { return };
    let mut advice = "Make it what it is today, RESTRICT, or drop the NOT NULL if the reference is optional:";
    if !deletes.is_empty() {
        let named = if key.delete_columns.is_empty() { &key.columns } else { &key.delete_columns };
        let emptied: Vec<i16> =
            named.iter().copied().filter(|number| !deletes.iter().any(|column| column.number == *number)).collect();
        // MATCH FULL refuses a row that is empty in part.
        if reference.on_delete == ReferentialAction::SetNull && !emptied.is_empty() && !key.match_full {
            meant.delete_columns = emptied;
            advice = "Empty only the columns that may be NULL:";
        } else {
            reference.on_delete = ReferentialAction::Restrict;
            meant.delete_columns.clear();
        }
    }
    if !updates.is_empty() {
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
