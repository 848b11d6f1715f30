//! A reference that may be missing.

use crate::rule::prelude::*;
use crate::rules::recipes;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "foreign-key-nullable",
    category: Design,
    severity: Info,
    title: "a foreign key column may be NULL although every row has a reference",
    why: "A foreign key column that may be NULL says that the relation is optional. Where no row of a table \
          with many rows lacks it, it probably is not: NOT NULL would keep the first row without a parent out, \
          and let the planner do an inner join.",
    remedy: "Make the column NOT NULL where the relation is not optional. The share of NULLs is an estimate from \
          a sample: look before.",
    parameters: &[Parameter {
        name: "min_rows",
        default: Integer(1000),
        what: "the fewest rows that tell anything: rows",
    }],
    sources: &[Guide("S-039"), Guide("S-060"), Manual("view-pg-stats", "null_frac")],
    examples: &[
        bad("INSERT INTO invoices SELECT g, 1 FROM generate_series(1, 2000) AS g;\n\
             ANALYZE invoices;")
        .given(
            "CREATE TABLE customers (id bigint PRIMARY KEY);\n\
             INSERT INTO customers VALUES (1);\n\
             CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers);\n\
             CREATE INDEX idx_invoices_customer_id ON invoices (customer_id);",
        ),
        good(
            "INSERT INTO invoices SELECT g, CASE WHEN g % 2 = 0 THEN 1 END FROM generate_series(1, 2000) AS g;\n\
             ANALYZE invoices;",
        )
        .given(
            "CREATE TABLE customers (id bigint PRIMARY KEY);\n\
             INSERT INTO customers VALUES (1);\n\
             CREATE TABLE invoices (id bigint PRIMARY KEY, customer_id bigint REFERENCES customers);\n\
             CREATE INDEX idx_invoices_customer_id ON invoices (customer_id);",
        )
        .title("it is optional"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let least = u64::try_from(cx.integer("min_rows", relation)).unwrap_or(0);
    if !shape::own_design(table) || relation.size.rows < least {
        return;
    }
    for key in table.foreign_keys().filter(|key| !key.inherited && key.columns.len() == 1) {
        // A tree has roots.
        let itself = key.references.as_ref().is_some_and(|reference| reference.oid == relation.oid);
        let Some(column) = table.column_by_number(key.columns[0]).filter(|column| !column.not_null && !itself) else {
            continue;
        };
        let emptied = key.references.as_ref().is_some_and(|r| r.on_delete == ReferentialAction::SetNull);
        if emptied || shape::is_checked(table, column) || column.name.ends_with("_by") {
            continue;
        }
        let Some(statistics) = &column.statistics else {
            let object = format!("{}.{}", relation.display(), sql::ident(&column.name));
            crate::rules::state::no_statistics(object, table, column, out);
            continue;
        };
        if statistics.null_fraction != 0.0 {
            continue;
        }
        let shown = sql::ident(&column.name);
        out.column(
            relation,
            &column.name,
            format!("reference {shown} of {} may be NULL, and is in no row", relation.display()),
        )
        .detail(format!("By the planner's statistics, in {}.", cx.sized(relation)))
        .advice("If the relation is not optional, say so; VALIDATE fails where a row lacks it:")
        .remedy(recipes::not_null(cx, table, &column.name))
        .evidence("constraint", key.name.as_str());
    }
}
