//! Keys named pk and sk, from a store that has nothing else.

use crate::rule::prelude::*;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "single-table-keys",
    category: Design,
    severity: Info,
    title: "a table has the generic keys of a key-value store",
    why: "Columns pk and sk (and gsi1pk) are how a key-value store without joins keeps many things in one \
          table: 'USER#17', 'ORDER#2026-01'. In PostgreSQL that gives up types, foreign keys, statistics and \
          readable plans, and gains nothing: it has tables, joins and indexes.",
    remedy: "Make a table for each kind of thing, with its own key and columns.",
    parameters: &[],
    sources: &[Guide("S-129"), Guide("S-108"), Manual("ddl-constraints", "Foreign Keys")],
    examples: &[
        bad("CREATE TABLE things (\n    \
             pk text NOT NULL,\n    \
             sk text NOT NULL,\n    \
             data jsonb NOT NULL DEFAULT '{}',\n    \
             PRIMARY KEY (pk, sk)\n\
             );")
        .given("SELECT architect.suppress('column-name-abbreviated', 'shop.things.sk', 'another rule');")
        .advice(),
        good(
            "CREATE TABLE things (\n    \
             pk bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             sk text NOT NULL\n\
             );",
        )
        .title("a number that is called pk"),
    ],
    check: Check::Of(Aspects::WHOLE, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !table.whole || !shape::own_design(table) {
        return;
    }
    let text =
        |name: &str| table.columns.iter().any(|c| c.name.eq_ignore_ascii_case(name) && shape::is_text(&c.data_type));
    if !(text("pk") && text("sk")) {
        return;
    }
    out.relation(relation, format!("{} has the keys of a key-value store, pk and sk", relation.display()))
        .detail("What a row is stands inside a text: no type, no foreign key, no statistics.")
        .advice("Make a table for each kind of thing, with its own key and columns.");
}
