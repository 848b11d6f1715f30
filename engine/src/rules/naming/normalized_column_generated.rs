//! A normalised copy that nobody keeps in step.

use super::named_columns;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "normalized-column-generated",
    category: Naming,
    severity: Info,
    title: "a column called <column>_normalized is not generated",
    why: "A copy that the application fills goes wrong with the first UPDATE that forgets it, and a search over it then misses rows. A generated column \
          cannot be forgotten.",
    remedy: "Declare it GENERATED ALWAYS AS (lower(email)) STORED, or index the expression and drop the copy.",
    parameters: &[],
    sources: &[Guide("S-024"), Manual("ddl-generated-columns", "Generated Columns")],
    examples: &[
        bad("CREATE TABLE members (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL, email_normalized text);").advice(),
        good("CREATE TABLE members (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email text NOT NULL, email_normalized text GENERATED ALWAYS AS (lower(email)) STORED);"),
        good("CREATE TABLE members (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, email_normalized text NOT NULL, is_normalized boolean NOT NULL DEFAULT false);")
            .title("without an original, and a question"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    for column in named_columns(table) {
        let original = ["_normalized", "_normalised"].iter().find_map(|ending| column.name.strip_suffix(ending));
        let Some(original) = original.and_then(|name| table.column(name)) else { continue };
        if column.generated != Generated::No || column.data_type.base == "boolean" {
            continue;
        }
        let shown = sql::ident(&column.name);
        out.column(relation, &column.name, format!("column {shown} of {} is a copy that nobody keeps in step", relation.display()))
            .detail(format!("It stands beside {} and is an ordinary column.", sql::ident(&original.name)))
            .advice(format!(
                "Declare it GENERATED ALWAYS AS (...) STORED in the migration that creates it, or index the expression over {}.",
                sql::ident(&original.name)
            ));
    }
}
