//! IF NOT EXISTS is content with something else of that name.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "if-not-exists-differs",
    category: Transactions,
    severity: Warning,
    title: "IF NOT EXISTS keeps an object that differs from what the statement asks for",
    why: "CREATE ... IF NOT EXISTS looks at the name only. Where a table or an index of that name has other columns, the statement does nothing and reports success: the migration passes, and what comes after it finds another table, or a query that has no index.",
    remedy: "Compare and alter: add what is missing, or give the new object another name. Leave IF NOT EXISTS out, so that a migration that meets something else fails.",
    parameters: &[],
    sources: &[Manual("sql-createtable", "IF NOT EXISTS"), Manual("sql-createindex", "IF NOT EXISTS")],
    examples: &[
        bad("CREATE TABLE IF NOT EXISTS orders (id bigint PRIMARY KEY, amount integer, currency text);")
            .title("a column is missing")
            .given(EMPTY_ORDERS)
            .advice(),
        bad("CREATE TABLE IF NOT EXISTS orders (id bigint PRIMARY KEY, amount numeric(12,2));")
            .title("a column has another type")
            .given(EMPTY_ORDERS)
            .advice(),
        bad("CREATE INDEX IF NOT EXISTS idx_orders_amount ON orders (amount, code);")
            .title("an index over other columns")
            .given(EMPTY_ORDERS_WITH_INDEX)
            .advice(),
        bad("CREATE UNIQUE INDEX IF NOT EXISTS idx_orders_amount ON orders (amount);")
            .title("an index that is not unique")
            .given(EMPTY_ORDERS_WITH_INDEX)
            .advice(),
        bad("CREATE TABLE IF NOT EXISTS order_totals (id bigint PRIMARY KEY);")
            .title("a view has the name")
            .given(EMPTY_ORDERS_WITH_VIEW)
            .advice(),
        bad("CREATE TABLE IF NOT EXISTS customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);")
            .title("no key, and a column that may be NULL")
            .given("CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY, name text);")
            .advice(),
        bad("CREATE MATERIALIZED VIEW IF NOT EXISTS order_totals AS SELECT 1 AS total;")
            .title("a view has the name of a materialised view")
            .given(EMPTY_ORDERS_WITH_VIEW)
            .advice(),
        good("CREATE TABLE IF NOT EXISTS customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);")
            .title("the same columns")
            .given(EMPTY_ORDERS),
        good("CREATE INDEX IF NOT EXISTS idx_orders_amount ON orders (amount);")
            .title("the same index")
            .given(EMPTY_ORDERS_WITH_INDEX),
        good("CREATE TABLE IF NOT EXISTS carts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);").title("there is none"),
        good("ALTER INDEX idx_orders_amount RENAME TO idx_orders_amount_old;\n\
              CREATE INDEX IF NOT EXISTS idx_orders_amount ON orders (amount, code);")
        .given(EMPTY_ORDERS_WITH_INDEX)
        .title("the text gave the index another name before")
        .lint(),
    ],
    check: Check::Skipped(check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(existing) = &statement.existing else { return };
    let relation = &existing.relation;
    if !cx.judged(relation) {
        return;
    }
    let differences = match &statement.ddl {
        Ddl::CreateTable(create) if create.if_not_exists => table_differs(create, existing),
        Ddl::CreateIndex(create) if create.if_not_exists => index_differs(statement, create, existing),
        // Queries are not compared: only what kind of relation there is.
        Ddl::CreateTableAs(create) if create.if_not_exists => {
            let kind = if create.materialized { RelationKind::MaterializedView } else { RelationKind::Table };
            if relation.kind == kind { Vec::new() } else { vec![format!("it is a {}", relation.kind.as_str())] }
        }
        _ => return,
    };
    if differences.is_empty() {
        return;
    }
    out.relation(relation, format!("{} exists and differs, and IF NOT EXISTS keeps it", relation.display()))
        .detail(format!("The statement does nothing and reports success. What differs: {}.", list(&differences, 10)))
        .advice(
            "Alter what is there, or give the new object another name; without IF NOT EXISTS the migration fails here.",
        )
        .evidence("differences", differences);
}

fn table_differs(create: &CreateTable, existing: &Existing) -> Vec<String> {
    if !existing.relation.kind.is_table() && existing.relation.kind != RelationKind::ForeignTable {
        return vec![format!("it is a {}", existing.relation.kind.as_str())];
    }
    let Some(table) = &existing.table else { return Vec::new() };
    let mut differences = Vec::new();
    for wanted in &create.columns {
        match table.column(&wanted.name) {
            None => differences.push(format!("column {} is missing", sql::ident(&wanted.name))),
            Some(column) if wanted.data_type.oid != 0 && !same_type(&wanted.data_type, &column.data_type) => {
                differences.push(format!(
                    "column {} is {} and not {}",
                    sql::ident(&wanted.name),
                    column.data_type.name,
                    wanted.data_type.name
                ));
            }
            Some(column) if wanted.not_null && !column.not_null => {
                differences.push(format!("column {} may be NULL", sql::ident(&wanted.name)));
            }
            Some(_) => {}
        }
    }
    let inline = create.columns.iter().flat_map(|column| &column.constraints);
    let key = inline.chain(&create.constraints).any(|constraint| constraint.kind == ConstraintKind::PrimaryKey);
    if key && table.primary_key().is_none() {
        differences.push("it has no primary key".to_owned());
    }
    // Where columns come from elsewhere too, the statement does not name all.
    if create.like.is_empty() && create.inherits.is_empty() && create.partition_of.is_none() && !create.of_type {
        for column in &table.columns {
            if !create.columns.iter().any(|wanted| wanted.name == column.name) {
                differences.push(format!("column {} is there and not asked for", sql::ident(&column.name)));
            }
        }
    }
    differences
}

fn same_type(a: &TypeName, b: &TypeName) -> bool {
    a.oid == b.oid && a.modifier == b.modifier
}

fn index_differs(statement: &Statement, create: &CreateIndex, existing: &Existing) -> Vec<String> {
    let Some(there) = &existing.index else { return vec![format!("it is a {}", existing.relation.kind.as_str())] };
    let table = statement.target.as_ref().map(|table| (table.relation.oid, &table.relation.name));
    let of = existing.table.as_ref().map(|table| (table.relation.oid, &table.relation.name));
    if of.is_some() && of != table {
        return vec!["it is an index of another table".to_owned()];
    }
    // An index that does not work has a rule of its own.
    let Some(wanted) = create.index.as_ref().filter(|_| there.valid) else { return Vec::new() };
    let mut differences = Vec::new();
    if there.unique != wanted.unique {
        differences.push(if there.unique { "it is unique" } else { "it is not unique" }.to_owned());
    }
    if there.method != wanted.method {
        differences.push(format!("its method is {}", there.method));
    }
    if there.keys != wanted.keys {
        differences.push("its columns, their order or their operator classes".to_owned());
    }
    if there.included != wanted.included {
        differences.push("its INCLUDE columns".to_owned());
    }
    if there.predicate != wanted.predicate {
        differences.push("its WHERE clause".to_owned());
    }
    if there.nulls_not_distinct != wanted.nulls_not_distinct {
        differences.push("how it treats NULLs".to_owned());
    }
    differences
}
