//! A UUID kept as its 36 characters.

use super::{is_string, last_word, length_of, own_columns};
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "uuid-as-text",
    category: Types,
    severity: Warning,
    title: "a UUID is kept as text",
    why: "The type uuid takes 16 bytes and is compared by them; the same value as text takes 37, is compared by collation, and is \
          accepted in upper case, in lower case and misspelt: two spellings of one key are two keys. Every foreign key and every \
          index repeats the difference.",
    remedy: "Use uuid. On a live table the change writes the table anew: add a uuid column, fill it in batches, swap.",
    parameters: &[],
    sources: &[Manual("datatype-uuid", "UUID Type")],
    examples: &[
        bad("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, public_uuid text NOT NULL);")
            .title("by its name"),
        bad("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, session_id varchar(36) NOT NULL);")
            .title("an id of that length"),
        bad("CREATE TABLE invoices (id text DEFAULT gen_random_uuid()::text PRIMARY KEY, number text NOT NULL);")
            .title("by its default"),
        bad("CREATE TABLE invoices (id text PRIMARY KEY, number text NOT NULL);\n\
             INSERT INTO invoices SELECT gen_random_uuid()::text, g FROM generate_series(1, 200) AS g;\n\
             ANALYZE invoices;")
        .title("by what the planner knows of its values")
        .check(),
        good("CREATE TABLE invoices (id uuid DEFAULT gen_random_uuid() PRIMARY KEY, number text NOT NULL);"),
        good("CREATE TABLE contacts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, address_type varchar(36) NOT NULL);")
            .title("the length alone says nothing"),
        good(
            "CREATE TABLE invoices (id text PRIMARY KEY, number text NOT NULL, checksum varchar(40));\n\
              INSERT INTO invoices SELECT 'invoice ' || g, g FROM generate_series(1, 200) AS g;\n\
              ANALYZE invoices;",
        )
        .title("a text that is none")
        .check(),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

/// Why the column is taken for a UUID; none where it is not.
pub(super) fn reason(column: &Column) -> Option<&'static str> {
    if !is_string(&column.data_type) {
        return None;
    }
    let last = last_word(&column.name);
    if last.as_deref().is_some_and(|word| matches!(word, "uuid" | "guid")) {
        return Some("Its name says that it holds UUIDs.");
    }
    let key = last.as_deref() == Some("id");
    // The length alone says little: any short text can have the limit 36.
    if key && length_of(&column.data_type) == Some(36) {
        return Some("It is an id, and its length is that of a UUID with hyphens.");
    }
    let default = column.default.as_deref().unwrap_or_default();
    if ["gen_random_uuid(", "uuid_generate_v", "uuidv4(", "uuidv7("].iter().any(|call| default.contains(call)) {
        return Some("Its default makes UUIDs.");
    }
    // One byte of header before 36 characters.
    let wide = column.statistics.as_ref().is_some_and(|statistics| statistics.width == 37);
    (key && wide).then_some("Its values are 36 characters long, as UUIDs with hyphens are.")
}

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    for column in own_columns(table) {
        let Some(reason) = reason(column) else { continue };
        let shown = sql::ident(&column.name);
        let finding = out.column(
            relation,
            &column.name,
            format!("column {shown} of {} keeps a UUID as {}", relation.display(), column.data_type.name),
        );
        finding.detail(reason).evidence("type", column.data_type.name.as_str());
        super::change_type(finding, table, column, "uuid", Some(&format!("{shown}::uuid")), true, cx);
    }
}
