//! One way to declare strings: `text` or `varchar(n)`, as the house has it.

use super::{length_of, own_columns};
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "varchar-n-vs-text",
    category: Types,
    severity: Info,
    title: "a string column is not of the type that the house agreed on",
    why: "PostgreSQL stores text and varchar(n) alike and as fast; which of them a schema uses is a convention. text with a CHECK keeps \
          the limit apart from the type, varchar(n) says it in one place. Both in one schema say nothing.",
    remedy: "Follow the convention that string_type names. Both ways, as long as the limit does not shrink, only the catalog changes.",
    parameters: &[
        Parameter { name: "string_type", default: Text("text"), what: "text, varchar (with a length) or any" },
        Parameter {
            name: "short_columns",
            default: List(&["code", "email", "name", "role", "status", "tag", "title", "username"]),
            what: "names of columns that want a length where string_type is varchar",
        },
    ],
    sources: &[Guide("S-076"), Guide("C-06"), Manual("datatype-character", "Character Types")],
    examples: &[
        bad("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number varchar(20));"),
        bad("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text);")
            .title("varchar is the convention")
            .given("SELECT architect.configure('varchar-n-vs-text', parameters => '{\"string_type\": \"varchar\"}');")
            .advice(),
        good("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number text);"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let wanted = cx.text("string_type", relation);
    let short = cx.words("short_columns", relation);
    for column in own_columns(table) {
        let data_type = &column.data_type;
        let limited = data_type.base == "character varying" && length_of(data_type).is_some();
        let shown = sql::ident(&column.name);
        let message = format!("column {shown} of {} is {}", relation.display(), data_type.name);
        if wanted == "text" && limited {
            let finding = out.column(relation, &column.name, message);
            finding.detail("The convention is text, with a CHECK where the length matters.");
            let to = if data_type.is_array { "text[]" } else { "text" };
            super::change_type(finding, table, column, to, None, data_type.is_array, cx);
        } else if wanted == "varchar"
            && data_type.base == "text"
            && !data_type.is_array
            && short.contains(&column.name.as_str())
        {
            out.column(relation, &column.name, message)
                .detail("The convention is varchar with a length for short strings.")
                .advice("Declare it varchar(n) in the migration that creates it; n is for the business to say.");
        }
    }
}
