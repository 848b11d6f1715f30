//! Deleted rows that are marked in another way than elsewhere.

use crate::rule::prelude::*;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "soft-delete-style",
    category: Design,
    severity: Info,
    title: "a table marks deleted rows in another way than was chosen",
    why: "Queries, views and policies that leave deleted rows out must know how they are marked. With \
          deleted_at in one table, is_deleted in the next and status = 'deleted' in a third, somebody forgets \
          one.",
    remedy: "Choose one way with the parameter soft_delete, and use it in new tables.",
    parameters: &[
        Parameter { name: "soft_delete", default: Text("deleted_at"), what: "how deleted rows are marked: deleted_at, status, flag or none" },
    ],
    sources: &[Guide("S-096"), Guide("S-092"), Manual("ddl-rowsecurity", "Row Security Policies")],
    examples: &[
        bad("CREATE TABLE accounts (id bigint PRIMARY KEY, is_deleted boolean NOT NULL DEFAULT false);")
        .advice(),
        bad("CREATE TABLE accounts (id bigint PRIMARY KEY, status text NOT NULL DEFAULT 'new' CHECK (status IN ('new', 'deleted')));")
        .title("as a status")
        .advice(),
        good("CREATE TABLE accounts (id bigint PRIMARY KEY, deleted_at timestamptz);"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !shape::own_design(table) || shape::is_side_table(&relation.name) {
        return;
    }
    let wanted = cx.text("soft_delete", relation);
    let marks =
        table.columns.iter().filter(|column| shape::is_soft_delete(column)).map(|column| {
            (column.name.as_str(), if column.data_type.base == "boolean" { "flag" } else { "deleted_at" })
        });
    let status = table.columns.iter().filter(|column| shape::ends_in(&column.name, "status")).filter(|column| {
        table.constraints.iter().any(|check| {
            check.kind == ConstraintKind::Check
                && check.columns.contains(&column.number)
                && check.expression.as_deref().is_some_and(|sql| sql.contains("'deleted'"))
        })
    });
    let found: Vec<(&str, &str)> = marks.chain(status.map(|column| (column.name.as_str(), "status"))).collect();
    for (name, style) in found.into_iter().filter(|(_, style)| *style != wanted) {
        out.column(
            relation,
            name,
            format!("{} marks deleted rows by {}, not by {wanted}", relation.display(), sql::ident(name)),
        )
        .detail("The parameter soft_delete says how deleted rows are marked.")
        .advice(if wanted == "none" {
            "Delete the rows, and keep what must be kept in a history table."
        } else {
            "Mark deleted rows alike everywhere."
        })
        .evidence("style", style);
    }
}
