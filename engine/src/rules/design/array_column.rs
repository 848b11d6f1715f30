//! A list in a cell.

use crate::rule::prelude::*;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "array-column",
    category: Design,
    severity: Info,
    title: "a column is an array",
    why: "The first normal form has one value in each cell. An array's elements cannot be foreign keys, each \
          change writes all of them anew, and a search needs a GIN index and the right operators. For tags and \
          other short lists that are read with their row it is a good choice all the same: a matter of policy.",
    remedy: "Put the elements into a table of their own, with a reference to this one.",
    parameters: &[],
    sources: &[Guide("S-104"), Guide("S-080"), Manual("arrays", "Tip")],
    examples: &[
        bad("CREATE TABLE posts (id bigint PRIMARY KEY, tags text[] NOT NULL DEFAULT '{}');").advice(),
        good("CREATE TABLE posts (id bigint PRIMARY KEY, tags text NOT NULL DEFAULT '');"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, _: &TableState, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !shape::own_design(table) {
        return;
    }
    for column in table.columns.iter().filter(|column| column.data_type.is_array) {
        let shown = sql::ident(&column.name);
        out.column(relation, &column.name, format!("column {shown} of {} is an array", relation.display()))
            .detail(format!("It is {}.", column.data_type.name))
            .advice("Keep the elements in a table of their own.")
            .evidence("type", column.data_type.name.as_str());
    }
}
