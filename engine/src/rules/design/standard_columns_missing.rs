//! A table without the columns that every table has.

use crate::rule::prelude::*;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "standard-columns-missing",
    category: Design,
    severity: Info,
    title: "a table lacks the columns that every table of the schema should have",
    why: "A set of columns that is the same everywhere (id, created_at, updated_at) lets tools, exports and \
          people treat every table alike. Which ones is a choice; junctions, history, logs and lookup tables \
          need none.",
    remedy: "Add the columns. A default of now() is stored without a rewrite.",
    parameters: &[Parameter {
        name: "standard_columns",
        default: List(&["id", "created_at", "updated_at"]),
        what: "the columns of every table",
    }],
    sources: &[Guide("S-087"), Guide("S-091"), Guide("S-051"), Manual("ddl-alter", "Adding a Column")],
    examples: &[
        bad(
            "CREATE TABLE accounts (id bigint PRIMARY KEY, name text NOT NULL, phone text, created_at timestamptz NOT NULL DEFAULT now());",
        ),
        good(
            "CREATE TABLE accounts (id bigint PRIMARY KEY, name text NOT NULL, phone text, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now());",
        ),
        good("CREATE TABLE countries (code text PRIMARY KEY, name text NOT NULL);").title("a table of codes"),
        good(
            "CREATE TABLE a (id bigint PRIMARY KEY);\n\
             CREATE TABLE b (id bigint PRIMARY KEY);\n\
             CREATE TABLE a_b (\n    \
                 a_id bigint REFERENCES a,\n    \
                 b_id bigint REFERENCES b,\n    \
                 created_at timestamptz NOT NULL DEFAULT now(),\n    \
                 weight integer NOT NULL,\n    \
                 PRIMARY KEY (a_id, b_id)\n\
             );\n\
             CREATE INDEX idx_a_b_b_id ON a_b (b_id);",
        )
        .title("a junction with columns of its own, and a closure table, are keyed by what they join"),
        good("CREATE TABLE account_history (id bigint PRIMARY KEY, name text NOT NULL, phone text, city text);")
            .title("history"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let lookup = table.columns.len() <= 3 && !table.columns.iter().any(|column| column.name.ends_with("_id"));
    if !shape::own_design(table) || shape::is_side_table(&relation.name) || lookup || shape::joins(table) {
        return;
    }
    // A key under another name, and createdAt, are the naming rules' business.
    let there = |name: &String| {
        let spelt = |column: &Column| crate::words::to_snake(&column.name).as_deref() == Some(name.as_str());
        table.column(name).is_some() || table.columns.iter().any(spelt) || name == "id" && table.primary_key().is_some()
    };
    let missing: Vec<String> = cx.list("standard_columns", relation).into_iter().filter(|name| !there(name)).collect();
    if missing.is_empty() {
        return;
    }
    let finding = out.relation(relation, format!("{} has no {}", relation.display(), list(&missing, 5)));
    finding
        .detail("The parameter standard_columns lists what every table should have.")
        .evidence("missing", missing.clone());
    let definition = |name: &String| match name.as_str() {
        "created_at" | "updated_at" => Some("timestamptz NOT NULL DEFAULT now()"),
        "deleted_at" => Some("timestamptz"),
        "version" => Some("integer NOT NULL DEFAULT 1"),
        _ => None,
    };
    let add: Option<Vec<String>> = missing
        .iter()
        .map(|name| {
            Some(format!("ALTER TABLE {} ADD COLUMN {} {};", relation.sql(), sql::ident(name), definition(name)?))
        })
        .collect();
    match add {
        Some(add) => finding.advice("Add them; the defaults are stored without a rewrite:").remedy(add.join("\n")),
        None => finding.advice("Add them."),
    };
}
