//! Without statistics the planner guesses.

use crate::rule::prelude::*;
use crate::rules::state::{among, heaps, roots};

/// The rule.
pub static RULE: Rule = Rule {
    name: "never-analyzed",
    category: Health,
    severity: Warning,
    title: "a table with rows was never analysed",
    why: "Without statistics the planner takes a table for ten pages and each condition for a fixed share of it, and chooses joins and \
          indexes by that. Autovacuum analyses a table after its first 50 changed rows plus a share; not where it is off, not a \
          foreign table or temporary one, and not right after a restore or pg_upgrade (17 and older leave all statistics behind).",
    remedy: "ANALYZE the table; after a restore or an upgrade the whole database, in stages: vacuumdb --all --analyze-in-stages.",
    parameters: &[Parameter { name: "min_rows", default: Integer(1000), what: "smaller tables need no statistics: rows" }],
    sources: &[Guide("S-249"), Manual("routine-vacuuming", "Updating Planner Statistics"), Manual("pgupgrade", "Statistics")],
    examples: &[
        bad("INSERT INTO notes (note) SELECT 'n' || g FROM generate_series(1, 5000) AS g;")
            .given("CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text) WITH (autovacuum_enabled = off);\n\
                    SELECT architect.configure('autovacuum-disabled', 'off');"),
        good("INSERT INTO notes (note) SELECT 'n' || g FROM generate_series(1, 5000) AS g;\nANALYZE notes;")
            .given("CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text);"),
        good("CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note text);").title("an empty table"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let mut unseen = 0;
    for (root, _) in roots(database) {
        let relation = &root.relation;
        let parts = heaps(database, root);
        let mut found: Vec<&Table> = Vec::new();
        for (table, state) in &parts {
            let known = table.columns.iter().any(|column| column.statistics.is_some());
            let analysed = state.usage.as_ref().is_some_and(|usage| usage.last_analyze.is_some());
            let large = table.relation.size.rows as i64 >= cx.integer("min_rows", relation);
            if known || analysed || !large || table.columns.is_empty() {
                continue;
            }
            // VACUUM fills in reltuples too, so only -1 says by itself that ANALYZE never came.
            if !state.statistics_visible && state.tuples.is_some() {
                unseen += 1;
            } else {
                found.push(table);
            }
        }
        if found.is_empty() {
            continue;
        }
        let place = among(root, parts.len(), &found);
        let sql: Vec<String> =
            found.iter().take(20).map(|table| format!("ANALYZE {};", table.relation.sql())).collect();
        out.relation(relation, format!("table {} was never analysed{place}", relation.display()))
            .detail(format!("It has about {}, and the planner knows nothing of its columns.", rows(relation.size.rows)))
            .advice("Analyse it; this reads a sample and blocks nobody:")
            .remedy(sql.join("\n"))
            .evidence("tables", found.len());
    }
    if unseen > 0 {
        out.not_judged(
            "database",
            format!("the statistics of {unseen} tables may not be seen by the role that asks"),
            "GRANT SELECT on them, or pg_read_all_data.",
        );
    }
}
