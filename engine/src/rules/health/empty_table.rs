//! A table without a row.

use crate::rule::prelude::*;
use crate::rules::state::roots;

/// The rule.
pub static RULE: Rule = Rule {
    name: "empty-table",
    category: Health,
    severity: Info,
    title: "a table is empty",
    why: "A table that has been analysed and has no row may be left over from something that was never finished, or that is over. New tables, \
          staging tables and queues are empty by right, so the rule is off unless you switch it on.",
    remedy: "Ask who needs it; drop it where nobody does.",
    parameters: &[],
    sources: &[Guide("S-254")],
    examples: &[
        bad("ANALYZE orders;")
            .given("CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);")
            .advice(),
        good("CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);")
            .title("a new one: nobody knows"),
        good("ANALYZE orders;").given(ORDERS),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: false,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for (table, state) in roots(database).filter(|(table, _)| table.relation.kind == RelationKind::Table) {
        let relation = &table.relation;
        // PostgreSQL leaves reltuples of an empty table at -1 until VACUUM or ANALYZE came by.
        let written = state.usage.as_ref().is_some_and(|usage| usage.live > 0);
        if state.tuples != Some(0.0) || state.pages > 0 || written || !state.children.is_empty() {
            continue;
        }
        out.relation(relation, format!("table {} is empty", relation.display()))
            .detail("It has no page.")
            .advice("Ask who needs it.");
    }
}
