//! REINDEX without CONCURRENTLY.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "reindex-not-concurrent",
    category: Locks,
    severity: Warning,
    title: "REINDEX blocks writes, and most queries, while it builds",
    why: "REINDEX takes SHARE on the table, so writes wait, and ACCESS EXCLUSIVE on each index while it is rebuilt: the planner opens every index of a table, so plain SELECTs wait too. REINDEX ... CONCURRENTLY (12 and later) builds the new index beside the old one. It fires event triggers from 17 on; before, it is seen in a text only.",
    remedy: "REINDEX ... CONCURRENTLY, outside a transaction block. The index of an exclusion constraint has no concurrent form, nor has REINDEX SYSTEM.",
    parameters: &[],
    sources: &[Manual("sql-reindex", "CONCURRENTLY"), Manual("sql-reindex", "Rebuilding Indexes Concurrently")],
    examples: &[
        bad("REINDEX INDEX idx_orders_amount;").given(ORDERS_WITH_INDEX).lint(),
        bad("REINDEX TABLE orders;").title("all indexes of a table").given(ORDERS_WITH_INDEX).lint(),
        bad("REINDEX INDEX idx_orders_amount;").title("before it runs").given(ORDERS_WITH_INDEX).since(17),
        bad("REINDEX TABLE events;").title("a partitioned table").given(EVENTS).lint(),
        bad("REINDEX SCHEMA shop;").title("a whole schema").given(ORDERS_WITH_INDEX).lint(),
        bad("REINDEX INDEX bookings_during_excl;")
            .title("an exclusion constraint: there is no concurrent form")
            .given(BOOKINGS)
            .lint()
            .advice(),
        good("REINDEX INDEX CONCURRENTLY idx_orders_amount;").given(ORDERS_WITH_INDEX).lint(),
        good("REINDEX (CONCURRENTLY) TABLE orders;").title("the other way to say it").given(ORDERS_WITH_INDEX).lint(),
        good("REINDEX TABLE orders;").title("an empty table").given(EMPTY_ORDERS).lint(),
        good("REINDEX SYSTEM postgres;").title("the system catalogs: there is no concurrent form").lint(),
    ],
    check: Check::On(Kinds::OTHER, check),
    also: &[],
    enabled: true,
};

/// `shop.bookings`, live, with an exclusion constraint.
const BOOKINGS: &str = "\
CREATE TABLE bookings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    during int4range NOT NULL,
    EXCLUDE USING gist (during WITH &&)
);
INSERT INTO bookings (during) SELECT int4range(2 * g, 2 * g + 1) FROM generate_series(1, 5000) AS g;
ANALYZE bookings;";

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    match &statement.ddl {
        Ddl::ReindexAll { what: what @ ("SCHEMA" | "DATABASE"), name, concurrently: false } => {
            let named = name.as_deref().map(|name| format!(" {}", sql::ident(name))).unwrap_or_default();
            let message = format!("REINDEX {what}{named} blocks the writes of one table after the other");
            let finding = match (*what, name) {
                ("SCHEMA", Some(schema)) => out.schema(schema, message),
                _ => out.object("database", "", name.as_deref().unwrap_or_default(), message),
            };
            finding
                .detail("Each table is locked SHARE and each of its indexes ACCESS EXCLUSIVE until it is built.")
                .advice("Build the new indexes beside the old ones, outside a transaction block:")
                .remedy(format!("REINDEX {what} CONCURRENTLY{named};"));
        }
        Ddl::Reindex { is_index, concurrently: false, .. } => {
            let Some(table) = &statement.target else { return };
            let work = recipes::live_work(statement, cx, 0, |work| matches!(work, Work::RebuildIndex { .. }));
            if work.is_empty() {
                return;
            }
            let relation = &table.relation;
            let named = statement.index.as_ref().filter(|_| *is_index);
            let what = named.map_or_else(|| relation.display(), Index::sql);
            let message = format!("REINDEX of {what} blocks writes to {} and most of its queries", relation.display());
            let first = work[0].relation.clone();
            let finding = out.relation(relation, message);
            finding
                .detail(recipes::sentences(&[
                    recipes::holds(statement, cx, &first, "while it builds"),
                    "Each index is locked ACCESS EXCLUSIVE meanwhile, and the planner opens every index of a table."
                        .to_owned(),
                ]))
                .evidence("lock", statement.impact.lock_on(first.oid).as_str())
                .discriminator(what.clone());
            if named.is_some_and(|index| index.exclusion) {
                finding.advice(
                    "The index of an exclusion constraint can be rebuilt only so: do it when nobody needs the table.",
                );
                return;
            }
            let keyword = if named.is_some() { "INDEX" } else { "TABLE" };
            let target = named.map_or_else(|| relation.sql(), Index::sql);
            finding
                .advice("Build the new index beside the old one, outside a transaction block:")
                .remedy(format!("REINDEX {keyword} CONCURRENTLY {target};"));
        }
        _ => {}
    }
}
