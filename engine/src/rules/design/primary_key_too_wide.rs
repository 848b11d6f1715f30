//! A key of many columns, copied into every table that refers to it.

use crate::rule::prelude::*;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "primary-key-too-wide",
    category: Design,
    severity: Info,
    title: "a primary key has many columns",
    why: "Every foreign key to the table, and every index that serves one, repeats the whole key. Joins need \
          all of its columns, and one that changes changes everywhere.",
    remedy: "Give the table a key of one column, and keep the columns UNIQUE. Link tables and measurements, to \
          which nothing refers, are fine as they are.",
    parameters: &[
        Parameter { name: "max_columns", default: Integer(4), what: "the most columns of a primary key: columns" },
    ],
    sources: &[Guide("S-027"), Manual("ddl-constraints", "Primary Keys")],
    examples: &[
        bad("CREATE TABLE bookings (country text, city text, house integer, room integer, night date, PRIMARY KEY (country, city, house, room, night));")
        .advice(),
        good("CREATE TABLE bookings (house integer, room integer, night date, PRIMARY KEY (house, room, night));"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let Some(key) = table.primary_key().filter(|_| shape::own_design(table)) else { return };
    let most = usize::try_from(cx.integer("max_columns", relation)).unwrap_or(usize::MAX);
    if key.columns.len() <= most {
        return;
    }
    out.relation(relation, format!("primary key of {} has {} columns", relation.display(), key.columns.len()))
        .detail(format!(
            "({}); {} foreign keys repeat it.",
            sql::ident_list(&table.column_names(&key.columns)),
            table.referenced_by.len()
        ))
        .advice("Give the table a key of one column, and keep these UNIQUE.")
        .evidence("columns", key.columns.len());
}
