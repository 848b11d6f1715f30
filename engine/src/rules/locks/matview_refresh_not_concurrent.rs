//! REFRESH MATERIALIZED VIEW stops its readers.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "matview-refresh-not-concurrent",
    category: Locks,
    severity: Warning,
    title: "REFRESH MATERIALIZED VIEW stops all readers until its query is done",
    why: "REFRESH runs the whole query and fills new files while it holds ACCESS EXCLUSIVE on the materialized view: every reader waits. CONCURRENTLY compares the new result with the old one under EXCLUSIVE and changes only what differs: readers go on. It needs a unique index on plain columns without a WHERE clause, and a view that is populated.",
    remedy: "REFRESH MATERIALIZED VIEW CONCURRENTLY, which unlike other CONCURRENTLY forms may run in a transaction block. Create the unique index first where there is none.",
    parameters: &[],
    sources: &[Manual("sql-refreshmaterializedview", "CONCURRENTLY"), Code("src/backend/commands/matview.c", "ExecRefreshMatView")],
    examples: &[
        bad("REFRESH MATERIALIZED VIEW order_lines;")
            .given(with!(ORDERS, "CREATE MATERIALIZED VIEW order_lines AS SELECT id, amount FROM orders;\nCREATE UNIQUE INDEX idx_order_lines_id ON order_lines (id);\nANALYZE order_lines;")),
        bad("REFRESH MATERIALIZED VIEW order_lines;")
            .title("without a unique index")
            .given(with!(ORDERS, "CREATE MATERIALIZED VIEW order_lines AS SELECT id, amount FROM orders;\nANALYZE order_lines;"))
            .advice(),
        good("REFRESH MATERIALIZED VIEW CONCURRENTLY order_lines;")
            .given(with!(ORDERS, "CREATE MATERIALIZED VIEW order_lines AS SELECT id, amount FROM orders;\nCREATE UNIQUE INDEX idx_order_lines_id ON order_lines (id);\nANALYZE order_lines;")),
        good("REFRESH MATERIALIZED VIEW order_lines;")
            .title("it was never populated: nobody can read it")
            .given(with!(ORDERS, "CREATE MATERIALIZED VIEW order_lines AS SELECT id, amount FROM orders WITH NO DATA;")),
        good("REFRESH MATERIALIZED VIEW order_totals;")
            .title("a small one")
            .given(with!(ORDERS, "CREATE MATERIALIZED VIEW order_totals AS SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id;")),
    ],
    check: Check::On(Kinds::OTHER, check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Ddl::RefreshMaterializedView { concurrently: false, skip_data: false, .. } = &statement.ddl else { return };
    let Some(view) = statement.target.as_ref().filter(|view| cx.live(&view.relation)) else { return };
    let relation = &view.relation;
    // `matview.c`, `is_usable_unique_index`.
    let usable = view.indexes.iter().any(|index| {
        index.unique
            && index.valid
            && index.immediate
            && index.predicate.is_none()
            && index.keys.iter().all(|key| key.column.is_some())
    });
    let finding =
        out.relation(relation, format!("REFRESH MATERIALIZED VIEW stops all readers of {}", relation.display()));
    finding
        .detail(recipes::holds(statement, cx, relation, "for the whole query"))
        .evidence("lock", statement.impact.lock_on(relation.oid).as_str())
        .evidence("unique_index", usable);
    if usable {
        finding
            .advice("Let readers go on meanwhile:")
            .remedy(format!("REFRESH MATERIALIZED VIEW CONCURRENTLY {};", relation.sql()));
    } else {
        finding.advice(format!(
            "Create a unique index over the columns that identify a row of it (CREATE UNIQUE INDEX CONCURRENTLY ... ON {}), \
             then REFRESH MATERIALIZED VIEW CONCURRENTLY.",
            relation.sql()
        ));
    }
}
