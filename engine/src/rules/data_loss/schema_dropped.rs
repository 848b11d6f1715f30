//! DROP SCHEMA takes tables with rows.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "schema-dropped",
    category: DataLoss,
    severity: Error,
    title: "a schema is dropped with tables that hold rows",
    why: "DROP SCHEMA ... CASCADE drops every table, view, function and type in the schema, and what depends on them elsewhere. The statement names none of them, so nobody who reads the migration sees what goes, and after the commit only a backup brings the rows back.",
    remedy: "Drop the tables by name in the order of their dependencies, a release after nothing uses them any more, then the empty schema without CASCADE. Dump the schema first: pg_dump -n.",
    parameters: &[],
    sources: &[Manual("sql-dropschema", "CASCADE"), Manual("app-pgdump", "-n")],
    examples: &[
        bad("DROP SCHEMA archive CASCADE;")
            .given(with!(ORDERS_AND_ARCHIVE, "CREATE TABLE archive.orders AS SELECT * FROM orders;"))
            .advice(),
        bad("DROP SCHEMA archive CASCADE;")
            .title("three rows are lost as well")
            .given(with!(ORDERS_AND_ARCHIVE, "CREATE TABLE archive.customers AS SELECT * FROM customers;"))
            .advice(),
        good("DROP SCHEMA archive CASCADE;")
            .title("its tables are empty")
            .given(with!(ORDERS_AND_ARCHIVE, "CREATE TABLE archive.orders (id bigint PRIMARY KEY);")),
        good("DROP SCHEMA archive CASCADE;").title("a table with rows that is referred to, and stays").given(with!(
            ORDERS_AND_ARCHIVE,
            "CREATE TABLE archive.parcels (id bigint PRIMARY KEY, order_id bigint REFERENCES orders);"
        )),
        good(
            "CREATE SCHEMA zoo;\n\
             CREATE TABLE zoo.animals (id bigint PRIMARY KEY, order_id bigint REFERENCES orders);\n\
             DROP SCHEMA zoo CASCADE;",
        )
        .title("a schema of the text")
        .given(ORDERS_AND_ARCHIVE)
        .lint(),
        good("DROP SCHEMA archive;").title("an empty schema").given(ORDERS_AND_ARCHIVE),
        good("DROP SCHEMA IF EXISTS nowhere CASCADE;").title("there is no such schema"),
    ],
    check: Check::On(Kinds::DROP, check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let lost = lost_tables(statement, cx);
    let Some(Ddl::Drop(drop)) = (!lost.is_empty()).then_some(&statement.ddl) else { return };
    let total: u64 = lost.iter().map(|relation| relation.size.rows).sum();
    let size: u64 = lost.iter().map(|relation| relation.size.bytes).sum();
    let tables: Vec<String> = lost.iter().map(|relation| cx.sized(relation)).collect();
    let names: Vec<String> = drop.names.iter().map(|name| sql::ident(&name.name)).collect();
    let taken: Vec<&str> = statement.impact.collateral.iter().map(|c| c.description.as_str()).collect();
    let plural = if lost.len() == 1 { "table" } else { "tables" };
    out.schema(
        &drop.names[0].name,
        format!("dropping schema {} loses {} {plural} with {}", list(&names, 3), lost.len(), rows(total)),
    )
    .detail(format!(
        "Tables with rows: {}. All that goes: {}. After the commit only a backup brings the rows back.",
        list(&tables, 10),
        list(&taken, 20)
    ))
    .advice(format!(
        "Dump it first (pg_dump -n {}), drop the tables by name, and then the empty schema without CASCADE.",
        names[0]
    ))
    .impact(size, total, 0)
    .evidence("rows", total)
    .evidence("bytes", size)
    .evidence("taken", taken.clone());
}

/// The tables with rows that DROP SCHEMA takes along; none for other statements.
pub(super) fn lost_tables<'a>(statement: &'a Statement, cx: &Context) -> Vec<&'a Relation> {
    let Ddl::Drop(Drop { kind: DropKind::Other("SCHEMA"), cascade: true, .. }) = &statement.ddl else {
        return Vec::new();
    };
    let touched = statement.impact.touches.iter().map(|touch| &touch.relation);
    // Others are locked only: a foreign key that refers to them goes.
    touched
        .filter(|relation| statement.impact.takes(relation))
        .filter(|relation| relation.kind == RelationKind::Table || relation.kind == RelationKind::MaterializedView)
        .filter(|relation| !relation.size.is_empty() && cx.existing(relation))
        .collect()
}
