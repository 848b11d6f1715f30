//! A table of ancestors and descendants that can go wrong.

use crate::rule::prelude::*;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "closure-table-shape",
    category: Design,
    severity: Info,
    title: "a closure table can hold pairs twice, without a depth, or keeps its rows from being deleted",
    why: "A closure table holds every pair of ancestor and descendant, each row with itself included. Without a key over the pair a \
          second copy doubles what joins find. A NULL as depth is found by no comparison. And as long as the foreign keys do not cascade, \
          no row of the tree can be deleted: the pair with itself refers to it.",
    remedy: "PRIMARY KEY (ancestor_id, descendant_id), depth integer NOT NULL, both foreign keys ON DELETE CASCADE, and an index on \
             descendant_id (foreign-key-without-index tells).",
    parameters: &[Parameter {
        name: "depth_check",
        default: Boolean(false),
        what: "also ask for a CHECK on the depth",
    }],
    sources: &[Guide("S-124"), Guide("S-015"), Manual("ddl-constraints", "Foreign Keys")],
    examples: &[
        bad("CREATE TABLE category_closure (\n    \
             ancestor_id bigint NOT NULL REFERENCES categories,\n    \
             descendant_id bigint NOT NULL REFERENCES categories,\n    \
             depth integer,\n    \
             PRIMARY KEY (ancestor_id, descendant_id)\n\
             );\n\
             CREATE INDEX idx_category_closure_descendant_id ON category_closure (descendant_id);")
        .given("CREATE TABLE categories (id bigint PRIMARY KEY);")
        .advice(),
        good(
            "CREATE TABLE category_closure (\n    \
              ancestor_id bigint REFERENCES categories ON DELETE CASCADE,\n    \
              descendant_id bigint REFERENCES categories ON DELETE CASCADE,\n    \
              depth integer NOT NULL,\n    \
              PRIMARY KEY (ancestor_id, descendant_id)\n\
              );\n\
              CREATE INDEX idx_category_closure_descendant_id ON category_closure (descendant_id);",
        )
        .given("CREATE TABLE categories (id bigint PRIMARY KEY);"),
        good(
            "CREATE TABLE category_paths (\n    \
              ancestor_id bigint REFERENCES categories ON DELETE CASCADE,\n    \
              descendant_id bigint REFERENCES categories ON DELETE CASCADE,\n    \
              depth integer NOT NULL,\n    \
              PRIMARY KEY (descendant_id, ancestor_id, depth)\n\
              );\n\
              CREATE INDEX idx_category_paths_ancestor_id ON category_paths (ancestor_id);",
        )
        .title("a graph, where two ways lead from one to the other")
        .given("CREATE TABLE categories (id bigint PRIMARY KEY);"),
        good(
            "CREATE TABLE families (id bigint PRIMARY KEY, ancestor_id bigint REFERENCES categories, title text);\n\
              CREATE INDEX idx_families_ancestor_id ON families (ancestor_id);",
        )
        .title("no pair")
        .given("CREATE TABLE categories (id bigint PRIMARY KEY);"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !shape::own_design(table) {
        return;
    }
    let key = |word: &str| {
        table.foreign_keys().find(|key| {
            matches!(key.columns.as_slice(), [n] if table.column_by_number(*n).is_some_and(|c| c.name.starts_with(word)))
        })
    };
    let (Some(up), Some(down)) = (key("ancestor"), key("descendant")) else { return };
    if up.referenced != down.referenced {
        return;
    }
    let depth = table
        .columns
        .iter()
        .find(|c| shape::has_word(&c.name, &["depth", "distance", "level"]) && shape::is_integer(&c.data_type));
    let mut wrong = Vec::new();
    let mut unique_over: Vec<i16> = vec![up.columns[0], down.columns[0]];
    unique_over.extend(depth.map(|column| column.number));
    if !shape::unique_within(table, &unique_over) {
        wrong.push("No key keeps a pair from being there twice.".to_owned());
    }
    if let Some(depth) = depth.filter(|column| !column.not_null) {
        wrong.push(format!("{} may be NULL.", sql::ident(&depth.name)));
    }
    if let Some(depth) = depth.filter(|column| cx.boolean("depth_check", relation) && !shape::is_checked(table, column))
    {
        wrong.push(format!("No CHECK keeps {} from being negative.", sql::ident(&depth.name)));
    }
    let stays: Vec<String> = [up, down]
        .iter()
        .filter(|key| key.references.as_ref().is_some_and(|r| r.on_delete != ReferentialAction::Cascade))
        .map(|key| sql::ident(&key.name))
        .collect();
    if !stays.is_empty() {
        let verb = if stays.len() == 1 { "does" } else { "do" };
        wrong.push(format!("{} {verb} not cascade on DELETE.", list(&stays, 2)));
    }
    if wrong.is_empty() {
        return;
    }
    out.relation(relation, format!("closure table {} is not as a closure table should be", relation.display()))
        .detail(wrong.join(" "))
        .advice("Give it a key over the pair, a depth that is NOT NULL, and foreign keys that are ON DELETE CASCADE.")
        .evidence("problems", wrong.len());
}
