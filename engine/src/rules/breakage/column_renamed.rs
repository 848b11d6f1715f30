//! RENAME COLUMN is instant for PostgreSQL and an outage for the code that was deployed before it.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "column-renamed",
    category: Breakage,
    severity: Warning,
    title: "a column is renamed under running code",
    why: "RENAME COLUMN only writes the catalog, but it takes effect for everybody at once. Code that was deployed before \
          it fails with 'column does not exist' from that moment; code that is deployed after it fails until then. No \
          order of the two is safe. Views go on working, because they hold column numbers; functions in PL/pgSQL and \
          queries in applications hold names.",
    remedy: "Expand and contract: add a column with the new name, let the code write both, copy the old values in batches, \
             move the readers, and drop the old column in a later release. Where only readers matter, give them a view \
             with the new name instead.",
    parameters: &[],
    sources: &[Manual("sql-altertable", "RENAME"), Code("src/backend/commands/tablecmds.c", "renameatt_internal")],
    examples: &[
        bad("ALTER TABLE orders RENAME COLUMN note TO remark;").given(ORDERS),
        bad("ALTER VIEW order_totals RENAME COLUMN total TO revenue;")
            .title("a view's column: info")
            .given(ORDERS_WITH_VIEW)
            .advice(),
        good("ALTER TABLE orders RENAME COLUMN note TO remark;").title("an empty table").given(EMPTY_ORDERS),
        good(
            "BEGIN;\n\
             CREATE TABLE carts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text);\n\
             ALTER TABLE carts RENAME COLUMN note TO remark;\n\
             COMMIT;",
        )
        .title("a table that this transaction made"),
        good(
            "BEGIN;\n\
             ALTER TABLE orders ADD COLUMN discount integer;\n\
             ALTER TABLE orders RENAME COLUMN discount TO rebate;\n\
             COMMIT;",
        )
        .title("a column that this transaction added")
        .given(ORDERS),
        good("ALTER TABLE customers RENAME COLUMN name TO full_name;").title("a small table").given(ORDERS),
        good("ALTER TABLE orders RENAME CONSTRAINT orders_pkey TO orders_key;")
            .title("the name of a constraint: no query uses it")
            .given(ORDERS),
    ],
    check: Check::On(Kinds::RENAME, check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let (Ddl::Rename(rename), Some(table)) = (&statement.ddl, &statement.target) else { return };
    let Renamed::Column(old) = &rename.what else { return };
    let relation = &table.relation;
    // A view and a foreign table hold no rows here, so their size says nothing about who uses them.
    let sizeless = matches!(relation.kind, RelationKind::View | RelationKind::ForeignTable);
    let in_use = if sizeless { !relation.created_here && cx.judged(relation) } else { cx.live(relation) };
    let column = table.column(old);
    if !in_use || column.is_some_and(|column| column.created_here) {
        return;
    }
    let (from, to) = (sql::ident(old), sql::ident(&rename.new_name));
    let finding = out.column(
        relation,
        old,
        format!("renaming column {from} of {} to {to} breaks code that uses the old name", relation.display()),
    );
    finding.evidence("new_name", rename.new_name.as_str());
    if relation.kind != RelationKind::Table && relation.kind != RelationKind::PartitionedTable {
        finding
            .severity(Info)
            .detail(format!("Queries that read {from} from the {} fail once this commits.", relation.kind.as_str()))
            .advice(format!(
                "Keep the old name and add {to} as one more column at the end of the {}, move the readers, then remove {from}.",
                relation.kind.as_str()
            ));
        return;
    }
    finding
        .detail(format!(
            "{} is in use; its queries that name {from} fail once this commits, and those that name {to} fail until then.",
            cx.sized(relation)
        ))
        .advice(format!(
            "Add {to} beside {from}, write both, copy the values in batches, move the readers, and drop {from} in a later \
             release. The first step:"
        ));
    if let Some(column) = column.filter(|column| !column.data_type.name.is_empty()) {
        finding.remedy(format!("ALTER TABLE {} ADD COLUMN {to} {};", relation.sql(), column.data_type.name));
    }
}
