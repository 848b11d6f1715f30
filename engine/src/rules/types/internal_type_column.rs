//! Types that PostgreSQL made for its own catalogs.

use super::own_columns;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "internal-type-column",
    category: Types,
    severity: Warning,
    title: "a column is of a type that is meant for system catalogs",
    why: "name cuts a longer value off at 63 bytes without a word, and fills 64 in any case. tid is the place of a row, which VACUUM FULL and UPDATE \
          change; xid and cid wrap round and have no order. They exist for the server's own tables.",
    remedy: "Use text in place of name, a key in place of tid, and xid8 in place of xid.",
    parameters: &[],
    sources: &[Manual("datatype-character", "Special Character Types"), Manual("datatype-oid", "Object Identifier Types")],
    examples: &[
        bad("CREATE TABLE labels (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, label name NOT NULL);"),
        bad("CREATE TABLE changes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, row_place tid);").title("the place of a row").advice(),
        good("CREATE TABLE labels (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, label text NOT NULL, written_by xid8);"),
        good("CREATE TABLE labels (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, table_name name, role_name name);")
            .title("names of objects of the database"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    for column in own_columns(table) {
        let (why, to) = match column.data_type.base.as_str() {
            "name" => ("name cuts a value off at 63 bytes without a word.", "text"),
            "tid" => ("The place of a row changes with UPDATE and VACUUM FULL.", ""),
            "xid" | "cid" => ("Its numbers wrap round and have no order.", ""),
            _ => continue,
        };
        // The name of a table, a role or a schema is what the type is for.
        let words = super::words(&column.name);
        let object = [
            "column",
            "constraint",
            "database",
            "function",
            "index",
            "relation",
            "role",
            "schema",
            "sequence",
            "table",
            "tablespace",
            "trigger",
            "user",
            "view",
        ];
        if to == "text"
            && words
                .iter()
                .any(|word| object.contains(&word.trim_end_matches("name")) || word == "relname" || word == "nspname")
        {
            continue;
        }
        let shown = sql::ident(&column.name);
        let finding = out.column(
            relation,
            &column.name,
            format!("column {shown} of {} is {}", relation.display(), column.data_type.name),
        );
        finding.detail(why).evidence("type", column.data_type.name.as_str());
        if to.is_empty() {
            finding.advice("Refer to rows by their key, and to transactions by xid8.");
        } else {
            super::change_type(
                finding,
                table,
                column,
                if column.data_type.is_array { "text[]" } else { to },
                None,
                true,
                cx,
            );
        }
    }
}
