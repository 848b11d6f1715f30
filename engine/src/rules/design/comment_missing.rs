//! A table that nobody described.

use crate::rule::prelude::*;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "comment-missing",
    category: Design,
    severity: Info,
    title: "a table has no comment",
    why: "COMMENT ON TABLE says what a row is, where people and tools look: in the catalog, beside the table \
          itself. It cannot be lost with a wiki, and takes no rewrite.",
    remedy: "Add COMMENT ON TABLE ... IS '...': what one row is, who writes it, how long it stays.",
    parameters: &[],
    sources: &[Manual("sql-comment", "COMMENT"), Guide("S-121")],
    examples: &[
        bad("CREATE TABLE accounts (id bigint PRIMARY KEY);").advice(),
        good(
            "CREATE TABLE accounts (id bigint PRIMARY KEY);\n\
             COMMENT ON TABLE accounts IS 'One row for each person who can sign in';",
        ),
    ],
    check: Check::State(check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, state: &TableState, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if state.commented || !shape::own_design(table) {
        return;
    }
    out.relation(relation, format!("table {} has no comment", relation.display()))
        .detail("Nothing in the catalog says what one of its rows is.")
        .advice(format!("COMMENT ON TABLE {} IS '...';", relation.sql()));
}
