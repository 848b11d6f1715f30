//! A column's name that is not in lower snake_case; one that needs quotes is a trap.

use super::standard_timestamp_column_names::standard_name;
use super::{among, column_path, has_new_name, rename_column};
use crate::rule::prelude::*;
use crate::words::{is_snake, needs_quotes, to_snake};

/// The rule.
pub static RULE: Rule = Rule {
    name: "column-name-snake-case",
    category: Naming,
    severity: Info,
    title: "a column's name is not in lower snake_case",
    why: "PostgreSQL folds names to lower case unless they are quoted. A column called \"createdAt\" exists only in quotes: a \
          query that leaves them out asks for createdat and fails. Object-relational mappers quote for you; the report, the \
          function and the colleague in psql do not. A name without that trap that still breaks the pattern is a matter of \
          taste.",
    remedy: "Use lower-case letters, digits and single underscores: created_at. A mapper can translate its own spelling (Prisma: \
             @map). Where a schema is in camelCase throughout, switch the rule off for it.",
    parameters: &[Parameter { name: "exceptions", default: List(&[]), what: "names that are fine as they are" }],
    sources: &[Guide("S-003"), Manual("sql-syntax-lexical", "Identifiers and Key Words")],
    examples: &[
        bad("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, \"grossAmount\" numeric);")
            .title("upper case: warning"),
        bad("ALTER TABLE orders ADD COLUMN \"sent by\" text;").title("a space: warning").given(EMPTY_ORDERS),
        bad("ALTER TABLE orders RENAME COLUMN note TO note__text;")
            .title("no need for quotes: info")
            .given(EMPTY_ORDERS),
        bad("ALTER TABLE orders ADD COLUMN \"grossAmount\" numeric;").title("a live table").given(ORDERS).advice(),
        bad("CREATE TABLE invoices (\n    \
                 id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                 \"grossAmount\" numeric,\n    \
                 \"netAmount\" numeric,\n    \
                 \"sentBy\" text,\n    \
                 \"paidBy\" text\n\
             );")
        .title("more than three columns of a table: one finding about the table"),
        good("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, Gross_Amount numeric);")
            .title("upper case without quotes is folded"),
        good("ALTER TABLE invoices ALTER COLUMN \"grossAmount\" TYPE numeric(12, 2);")
            .title("an old name, a new type")
            .given(
                "CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, \"grossAmount\" numeric);",
            ),
        good("ALTER TABLE members ADD PRIMARY KEY (\"teamId\", \"userId\");")
            .title("an old name, a new key")
            .given("CREATE TABLE members (\"teamId\" bigint NOT NULL, \"userId\" bigint NOT NULL);"),
        good("ALTER TABLE invoices ADD COLUMN note text;").title("another change of a table that has one").given(
            "CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, \"grossAmount\" numeric);",
        ),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !super::own_names(table) {
        return;
    }
    let exceptions = cx.words("exceptions", relation);
    let wrong = |c: &&Column| !is_snake(&c.name) && has_new_name(table, c, cx) && !among(&exceptions, &c.name);
    for column in table.columns.iter().filter(wrong) {
        let finding = out.column(
            relation,
            &column.name,
            format!("column name {} is not in lower snake_case", column_path(relation, &column.name)),
        );
        if needs_quotes(&column.name) {
            finding
                .severity(Warning)
                .detail("The name exists only in double quotes: every statement that uses it has to write them.");
        } else {
            finding.detail(
                "The name works without quotes, but it is not made of lower-case words joined by single underscores.",
            );
        }
        // `modifiedAt` becomes `updated_at` in one step.
        let snake = to_snake(&column.name).map(|snake| match standard_name(&snake, table, cx) {
            Some(standard) if super::timestamp_column_suffix_at::is_timestamp(column) => standard.to_owned(),
            _ => snake,
        });
        rename_column(finding, table, &column.name, snake.as_deref(), cx);
    }
}
