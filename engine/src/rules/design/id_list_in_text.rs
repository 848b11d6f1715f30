//! A list of keys in one text cannot be joined, checked or indexed.

use crate::rule::prelude::*;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "id-list-in-text",
    category: Design,
    severity: Info,
    title: "a text column holds a list of keys by its name",
    why: "A text such as '17,4,32' in a column tag_ids cannot be a foreign key, so keys of deleted rows stay \
          in it; a join has to take it apart; a search for 4 also finds 42, and reads the whole table; and two \
          sessions that add a key overwrite each other.",
    remedy: "Make a table of pairs with two foreign keys. Where nothing refers to rows (tags by name), an array \
          with a GIN index.",
    parameters: &[Parameter { name: "arrays", default: Boolean(false), what: "also find arrays of keys" }],
    sources: &[Guide("S-102"), Guide("S-104"), Manual("arrays", "Tip")],
    examples: &[
        bad("CREATE TABLE posts (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             tag_ids text NOT NULL DEFAULT ''\n\
             );")
        .advice(),
        good(
            "CREATE TABLE posts (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             tag_ids bigint[] NOT NULL DEFAULT '{}'\n\
             );",
        )
        .title("an array"),
        good(
            "CREATE TABLE posts (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             number_of_ids bigint NOT NULL\n\
             );",
        )
        .title("a number"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !table.columns.iter().any(|column| column.touched)
        || !shape::own_design(table)
        || shape::is_side_table(&relation.name)
    {
        return;
    }
    let arrays = cx.boolean("arrays", relation);
    for column in table.columns.iter().filter(|column| column.touched) {
        let data_type = &column.data_type;
        let list = shape::is_text(data_type) || arrays && data_type.is_array;
        if !list || !(column.name.ends_with("_ids") || column.name.ends_with("_id_list")) {
            continue;
        }
        let shown = sql::ident(&column.name);
        out.column(
            relation,
            &column.name,
            format!("column {shown} of {} is a list of keys in {}", relation.display(), data_type.name),
        )
        .detail("No foreign key can check them, and no index of the referenced table helps to find them.")
        .advice("Keep the pairs in a table of their own with two foreign keys.")
        .evidence("type", data_type.name.as_str());
    }
}
