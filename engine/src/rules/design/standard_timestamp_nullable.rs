//! A moment of creation that may be missing.

use crate::rule::prelude::*;
use crate::rules::recipes;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "standard-timestamp-nullable",
    category: Design,
    severity: Info,
    title: "created_at may be NULL",
    why: "created_at says when a row came to be, for sorting, retention and every question that is asked \
          later. Where it may be NULL, or has no default, it is missing exactly in the rows that came in by \
          another way: a script, an import, a second service. It cannot be found out afterwards.",
    remedy: "Declare it timestamptz NOT NULL DEFAULT now(). On a table with rows, set the default first, fill the \
          rows that are NULL in batches, then make it NOT NULL.",
    parameters: &[
        Parameter { name: "columns", default: List(&["created_at"]), what: "the columns that are asked for" },
        Parameter { name: "timestamps_not_null", default: Boolean(true), what: "they must be NOT NULL" },
        Parameter {
            name: "require_default",
            default: Boolean(false),
            what: "they must have a default, also where they are NOT NULL",
        },
    ],
    sources: &[Guide("S-088"), Guide("S-089"), Manual("ddl-default", "Default Values")],
    examples: &[
        bad("CREATE TABLE invoices (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             created_at timestamptz DEFAULT now()\n\
             );"),
        bad("CREATE TABLE invoices (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             created_at timestamptz\n\
             );")
        .title("no default either"),
        good(
            "CREATE TABLE invoices (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,\n    \
             updated_at timestamptz\n\
             );",
        )
        .title("updated_at may be NULL until the first change"),
        good(
            "CREATE TABLE invoices (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             created_at timestamptz NOT NULL\n\
             );",
        )
        .title("the application fills it"),
        good(
            "CREATE TABLE invoice_history (\n    \
             history_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             invoice_id bigint NOT NULL,\n    \
             created_at timestamptz NOT NULL\n\
             );",
        )
        .given(
            "SELECT architect.configure('standard-timestamp-nullable', parameters => '{\"require_default\": true}');",
        )
        .title("a history takes it from the row"),
        good("ALTER TABLE invoices ADD COLUMN created_at timestamptz DEFAULT now();")
            .given(
                "CREATE TABLE invoices (id bigint PRIMARY KEY);\n\
             INSERT INTO invoices SELECT g FROM generate_series(1, 5000) AS g;\n\
             ANALYZE invoices;",
            )
            .title("the first step on a table with rows"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !table.columns.iter().any(|column| column.touched) || !shape::own_design(table) {
        return;
    }
    let names = cx.words("columns", relation);
    for column in table.columns.iter().filter(|column| column.touched && names.contains(&column.name.as_str())) {
        let data_type = &column.data_type;
        if !(shape::is_moment(data_type) || data_type.base == "date")
            || data_type.is_domain
            || column.generated != Generated::No
        {
            continue;
        }
        // A new column of a table with rows is filled first, and made NOT NULL later: a full check asks again.
        if !table.whole && !relation.size.is_empty() {
            continue;
        }
        let nullable =
            !column.not_null && cx.boolean("timestamps_not_null", relation) && !shape::is_checked(table, column);
        // A history or an archive takes it from the row that it keeps: now() would be wrong there.
        let unset = column.default.is_none()
            && cx.boolean("require_default", relation)
            && !shape::is_side_table(&relation.name);
        if !nullable && !unset {
            continue;
        }
        let shown = sql::ident(&column.name);
        let what = if nullable { "may be NULL" } else { "has no default" };
        let finding = out.column(relation, &column.name, format!("column {shown} of {} {what}", relation.display()));
        finding.detail(if column.default.is_none() {
            "It has no default: whoever does not name it leaves it empty."
        } else {
            "It has a default; an INSERT or UPDATE can still make it NULL."
        });
        let set = if column.default.is_none() {
            format!("ALTER TABLE {} ALTER COLUMN {shown} SET DEFAULT now();", relation.sql())
        } else {
            String::new()
        };
        if !nullable {
            finding.advice("Give it one:").remedy(set);
        } else if relation.size.is_empty() {
            let not_null = format!("ALTER TABLE {} ALTER COLUMN {shown} SET NOT NULL;", relation.sql());
            finding
                .advice("Declare it NOT NULL while the table is empty:")
                .remedy(format!("{set}\n{not_null}").trim().to_owned());
        } else {
            finding
                .advice("Rows that are NULL have to get a value first, in batches:")
                .remedy(format!("{set}\n{}", recipes::not_null(cx, table, &column.name)).trim().to_owned());
        }
    }
}
