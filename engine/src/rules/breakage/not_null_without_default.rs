//! ADD COLUMN ... NOT NULL without a value for the rows that are there fails.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "not-null-without-default",
    category: Breakage,
    severity: Error,
    title: "a NOT NULL column without a default is added to a table with rows",
    why: "The rows that are there would hold NULL in the new column, so PostgreSQL refuses the statement: 'column contains \
          null values'. The migration passes on an empty development database and fails in production. And if it passed, \
          the INSERTs of the code that was deployed before, which do not name the column, would fail.",
    remedy: "Give the column a constant default: PostgreSQL stores it once, without writing a row. Or add the column \
             nullable, let the code write it, fill the old rows in batches, and only then make it NOT NULL by way of a \
             CHECK (column IS NOT NULL) NOT VALID that is validated in a transaction of its own.",
    parameters: &[],
    sources: &[
        Manual("sql-altertable", "ADD COLUMN"),
        Manual("ddl-alter", "Adding a Column"),
        Code("src/backend/commands/tablecmds.c", "ATExecAddColumn"),
    ],
    examples: &[
        bad("ALTER TABLE orders ADD COLUMN currency text NOT NULL;").given(ORDERS),
        bad("ALTER TABLE customers ADD COLUMN email text NOT NULL;")
            .title("a small table: three rows are enough")
            .given(ORDERS),
        bad("ALTER TABLE customers ADD COLUMN email required_text;")
            .title("a domain that refuses NULL")
            .given(with!(ORDERS, "CREATE DOMAIN required_text AS text NOT NULL;"))
            .advice(),
        bad("ALTER TABLE orders ADD COLUMN weight integer NOT NULL DEFAULT nullif(1, 1);")
            .title("a default that comes to NULL")
            .given(ORDERS),
        bad("ALTER TABLE orders ADD COLUMN weight integer NOT NULL DEFAULT (NULL::text)::integer;")
            .title("a NULL of another type")
            .given(ORDERS),
        bad("ALTER TABLE customers ADD COLUMN email text_or_null NOT NULL;")
            .title("a domain whose default is NULL")
            .given(with!(ORDERS, "CREATE DOMAIN text_or_null AS text DEFAULT nullif('', '');")),
        good("ALTER TABLE orders ADD COLUMN currency text NOT NULL;").title("an empty table").given(EMPTY_ORDERS),
        good("BEGIN;\nDELETE FROM customers;\nALTER TABLE customers ADD COLUMN email text NOT NULL;\nCOMMIT;")
            .title("the migration deletes the rows before")
            .given(ORDERS),
        good("ALTER TABLE customers ADD COLUMN email text NOT NULL;")
            .title("the rows were deleted, and their pages are still there")
            .given("CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);\n\
                    INSERT INTO customers (name) VALUES ('Ada'), ('Grace');\nANALYZE customers;\nDELETE FROM customers;"),
        bad("ALTER TABLE customers ADD COLUMN email text NOT NULL;")
            .title("all rows but one were deleted")
            .given("CREATE TABLE customers (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);\n\
                    INSERT INTO customers (name) VALUES ('Ada'), ('Grace');\nANALYZE customers;\nDELETE FROM customers WHERE id = 1;"),
        good("DELETE FROM customers;\nALTER TABLE customers ADD COLUMN email text NOT NULL;")
            .title("a text that deletes the rows before")
            .given(ORDERS)
            .lint(),
        bad("TRUNCATE customers;\nINSERT INTO customers (name) VALUES ('Ada');\nALTER TABLE customers ADD COLUMN email text NOT NULL;")
            .title("a text that adds one again")
            .given(ORDERS)
            .lint(),
        good("ALTER TABLE orders ADD COLUMN currency text NOT NULL DEFAULT 'EUR';")
            .title("with a default")
            .given(ORDERS),
        good("ALTER TABLE customers ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY;")
            .title("an identity column: NOT NULL, and filled")
            .given(ORDERS),
        good(
            "ALTER TABLE customers ADD COLUMN name_length integer NOT NULL GENERATED ALWAYS AS (length(name)) STORED;",
        )
        .title("a generated column")
        .given(ORDERS),
        good("ALTER TABLE orders ADD COLUMN IF NOT EXISTS code varchar(10) NOT NULL;")
            .title("the column is there already: nothing is added")
            .given(ORDERS),
    ],
    check: Check::On(Kinds::ADD_COLUMN, check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let relation = &table.relation;
    // One row is enough to fail: this is judged on tables of every size.
    for (_, command) in statement.commands() {
        let AlterCommand::AddColumn { column, if_not_exists } = command else { continue };
        let filled = column.default.as_deref().is_some_and(|default| !column.default_is_null && !is_null(default))
            || column.serial.is_some()
            || column.identity
            || column.generated != Generated::No;
        let there_already = *if_not_exists && table.column(&column.name).is_some();
        let required = column.not_null || column.domain_not_null;
        if !required || filled || there_already || relation.size.is_empty() || !cx.existing(relation) {
            continue;
        }
        // Asked last: it reads the table, as far as its first row.
        if *table.emptied {
            continue;
        }
        let shown = sql::ident(&column.name);
        let what = if column.not_null { "NOT NULL column" } else { "column" };
        let finding = out.column(
            relation,
            &column.name,
            format!("adding {what} {shown} to {} fails: its rows have no value for it", relation.display()),
        );
        let refuses = match column.domain_not_null {
            true => format!(" The domain {} refuses NULL.", column.data_type.name),
            false => String::new(),
        };
        finding.evidence("type", column.data_type.name.as_str()).detail(format!(
            "{} is not empty, and the column has no default.{refuses} PostgreSQL refuses the statement as soon as there is one row.",
            cx.sized(relation)
        ));
        if column.domain_not_null {
            finding.advice(
                "Give the column a DEFAULT, or the type that the domain lies over: fill it in batches, and demand a value by a CHECK \
                 (NOT VALID, then VALIDATE).",
            );
            continue;
        }
        finding.advice(
            "Add a constant DEFAULT (stored once, no row is written), or add the column nullable, fill it in batches and make it NOT NULL \
             later. The first step of the latter:",
        );
        if !column.data_type.name.is_empty() {
            finding.remedy(format!("ALTER TABLE {} ADD COLUMN {shown} {};", relation.sql(), column.data_type.name));
        }
    }
}

/// `DEFAULT NULL`, with or without a cast, is no value.
fn is_null(default: &str) -> bool {
    let value = default.split("::").next().unwrap_or_default();
    value.trim().eq_ignore_ascii_case("null")
}
