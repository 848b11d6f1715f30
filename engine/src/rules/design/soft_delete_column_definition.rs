//! A mark of deletion that every row is born with.

use crate::rule::prelude::*;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "soft-delete-column-definition",
    category: Design,
    severity: Warning,
    title: "a column deleted_at is filled in live rows",
    why: "deleted_at is NULL in a live row and holds the moment of deletion in a deleted one. With a default \
          of now(), or NOT NULL without a value that means 'not yet', every row is born deleted, and the \
          queries that ask for deleted_at IS NULL find nothing. With a flag is_deleted beside it, the two will \
          disagree.",
    remedy: "Let it be NULL, without a default, and drop the flag. A default of 'infinity' is another way to say \
          'not yet', and consistent.",
    parameters: &[],
    sources: &[Guide("S-092"), Manual("ddl-default", "Default Values")],
    examples: &[
        bad("CREATE TABLE accounts (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             deleted_at timestamptz DEFAULT now()\n\
             );"),
        bad("CREATE TABLE accounts (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             deleted_at timestamptz NOT NULL\n\
             );"),
        bad("CREATE TABLE accounts (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             is_deleted boolean NOT NULL DEFAULT false,\n    \
             deleted_at timestamptz\n\
             );")
        .title("two marks")
        .advice(),
        good(
            "CREATE TABLE accounts (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             deleted_at timestamptz\n\
             );",
        ),
        good(
            "CREATE TABLE accounts (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             deleted_at timestamptz NOT NULL DEFAULT 'infinity'\n\
             );",
        )
        .title("infinity means not yet"),
        good(
            "CREATE TABLE deleted_accounts (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             deleted_at timestamptz NOT NULL DEFAULT now()\n\
             );",
        )
        .title("a table of what was deleted"),
        good(
            "CREATE TABLE accounts (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             deleted_at timestamptz,\n    \
             is_deleted boolean GENERATED ALWAYS AS (deleted_at IS NOT NULL) STORED\n\
             );",
        )
        .title("computed from the other"),
    ],
    check: Check::Table(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    const GONE: &[&str] =
        &["deleted", "deletion", "deletions", "removed", "removal", "removals", "tombstone", "tombstones", "trash"];
    if !shape::own_design(table) || shape::is_side_table(&relation.name) || shape::has_word(&relation.name, GONE) {
        return;
    }
    let marks: Vec<&Column> = table
        .columns
        .iter()
        .filter(|column| shape::is_soft_delete(column) && column.generated == Generated::No)
        .collect();
    let Some(moment) = marks.iter().find(|column| column.data_type.base != "boolean") else { return };
    let shown = sql::ident(&moment.name);
    let default = moment.default.as_deref().unwrap_or_default();
    let now = [
        "now()",
        "CURRENT_TIMESTAMP",
        "CURRENT_DATE",
        "clock_timestamp()",
        "statement_timestamp()",
        "transaction_timestamp()",
    ];
    let born_deleted =
        now.iter().any(|moment| default.starts_with(moment) || default.starts_with(&format!("({moment}")));
    let required = moment.not_null && default.is_empty();
    if moment.touched && (born_deleted || required) {
        let why = if born_deleted { format!("has the default {default}") } else { "is NOT NULL".to_owned() };
        let mut mend = Vec::new();
        if born_deleted {
            mend.push(format!("ALTER TABLE {} ALTER COLUMN {shown} DROP DEFAULT;", relation.sql()));
        }
        if moment.not_null {
            mend.push(format!("ALTER TABLE {} ALTER COLUMN {shown} DROP NOT NULL;", relation.sql()));
        }
        out.column(
            relation,
            &moment.name,
            format!("column {shown} of {} {why}: every row is born deleted", relation.display()),
        )
        .detail("A live row has a NULL there.")
        .advice("Let it be empty:")
        .remedy(mend.join("\n"));
    }
    if let Some(flag) =
        marks.iter().find(|column| column.data_type.base == "boolean" && (column.touched || moment.touched))
    {
        let flag = sql::ident(&flag.name);
        out.column(
            relation,
            &moment.name,
            format!("{} marks deleted rows twice, by {flag} and by {shown}", relation.display()),
        )
        .severity(Info)
        .detail("Nothing keeps the two equal.")
        .advice(format!("Drop {flag} once no query asks for it, or generate it from {shown} IS NOT NULL."))
        .discriminator("two marks");
    }
}
