//! `created_at`, `updated_at` and `deleted_at` under other names.

use super::timestamp_column_suffix_at::is_timestamp;
use super::{among, column_path, named_columns, rename_column};
use crate::rule::prelude::*;

const CREATED: &[&str] = &[
    "create_date",
    "create_time",
    "created",
    "created_date",
    "created_dt",
    "created_on",
    "created_time",
    "created_ts",
    "creation_date",
    "creation_time",
    "date_created",
    "time_created",
];
const UPDATED: &[&str] = &[
    "date_modified",
    "date_updated",
    "last_modified",
    "last_modified_at",
    "last_update",
    "last_updated",
    "last_updated_at",
    "modification_time",
    "modified",
    "modified_at",
    "modified_on",
    "update_date",
    "update_time",
    "updated",
    "updated_date",
    "updated_dt",
    "updated_on",
    "updated_time",
    "updated_ts",
];
const DELETED: &[&str] = &[
    "date_deleted",
    "date_removed",
    "delete_time",
    "deleted",
    "deleted_date",
    "deleted_on",
    "deleted_time",
    "deletion_time",
    "removed",
    "removed_at",
];

/// The rule.
pub static RULE: Rule = Rule {
    name: "standard-timestamp-column-names",
    category: Naming,
    severity: Info,
    title: "a lifecycle timestamp has a name of its own",
    why: "Nearly every table says when a row was made, changed and, with soft deletion, taken away. Under one name everywhere, \
          mappers, change data capture, retention jobs and people need no list of exceptions; with created, create_time and \
          date_created side by side each of them does.",
    remedy: "Use created_at, updated_at and deleted_at. A table that has such a column already may use another name for another \
             moment.",
    parameters: &[
        Parameter { name: "created", default: List(CREATED), what: "names that stand for created_at" },
        Parameter { name: "updated", default: List(UPDATED), what: "names that stand for updated_at" },
        Parameter { name: "deleted", default: List(DELETED), what: "names that stand for deleted_at" },
    ],
    sources: &[Guide("S-007")],
    examples: &[
        bad("CREATE TABLE invoices (\n    \
                 id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                 created timestamptz NOT NULL DEFAULT now()\n\
             );"),
        bad("ALTER TABLE orders ADD COLUMN last_modified timestamptz;").given(EMPTY_ORDERS),
        bad("ALTER TABLE orders ADD COLUMN removed_at timestamptz;").title("a live table").given(ORDERS).advice(),
        good("CREATE TABLE invoices (\n    \
                  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                  created_at timestamptz NOT NULL DEFAULT now(),\n    \
                  updated_at timestamptz NOT NULL DEFAULT now()\n\
              );"),
        good("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, created_on date NOT NULL, is_deleted boolean NOT NULL);")
            .title("a date and a flag"),
        good("CREATE TABLE documents (\n    \
                  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                  last_modified_at timestamptz,\n    \
                  updated_at timestamptz NOT NULL DEFAULT now()\n\
              );")
        .title("the table has the standard column, so this is another moment"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

/// The standard name that the name stands for, unless the table has that column already. From any rule's context: the lists
/// are those of this rule's defaults where another rule asks.
pub(super) fn standard_name(name: &str, table: &Table, cx: &Context) -> Option<&'static str> {
    let ours = std::ptr::eq(cx.rule, &raw const RULE);
    [("created", "created_at", CREATED), ("updated", "updated_at", UPDATED), ("deleted", "deleted_at", DELETED)]
        .into_iter()
        .find(
            |(parameter, _, default)| {
                if ours { among(&cx.words(parameter, &table.relation), name) } else { default.contains(&name) }
            },
        )
        .map(|(_, standard, _)| standard)
        .filter(|standard| table.column(standard).is_none())
}

/// Whether this rule speaks of the column.
pub(super) fn speaks(column: &Column, table: &Table, cx: &Context) -> bool {
    is_timestamp(column) && standard_name(&column.name, table, cx).is_some()
}

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    for column in named_columns(table).filter(|column| is_timestamp(column)) {
        let Some(standard) = standard_name(&column.name, table, cx) else { continue };
        let finding = out.column(
            relation,
            &column.name,
            format!("timestamp column name {} stands for {standard}", column_path(relation, &column.name)),
        );
        finding.detail(format!(
            "The column is of type {}, and the table has no column {standard}.",
            column.data_type.name
        ));
        rename_column(finding, table, &column.name, Some(standard), cx);
    }
}
