//! Without a unique index a materialised view can only be refreshed with readers locked out.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "matview-without-unique-index",
    category: CodeRules,
    severity: Warning,
    title: "a materialised view has no index for REFRESH CONCURRENTLY",
    why: "REFRESH MATERIALIZED VIEW takes ACCESS EXCLUSIVE for as long as its query runs: whoever reads the view waits. CONCURRENTLY \
          lets them read, but needs a unique index over plain columns, without a predicate, and fails without one. A small view, \
          which is refreshed in a moment, is told as information only.",
    remedy: "Create a unique index over the columns that identify a row of the view, then refresh it CONCURRENTLY.",
    parameters: &[],
    sources: &[
        Guide("S-356"),
        Guide("F-04"),
        Manual("sql-refreshmaterializedview", "CONCURRENTLY"),
        Code("src/backend/commands/matview.c", "is_usable_unique_index"),
    ],
    examples: &[
        bad("CREATE MATERIALIZED VIEW daily_sales AS SELECT placed_at::date AS day, sum(amount) AS total FROM orders GROUP BY 1;")
            .given(EMPTY_ORDERS)
            .advice(),
        bad("CREATE MATERIALIZED VIEW daily_sales AS SELECT placed_at::date AS day, sum(amount) AS total FROM orders GROUP BY 1;\n\
             CREATE UNIQUE INDEX idx_daily_sales_day ON daily_sales (day) WHERE total > 0;")
        .given(EMPTY_ORDERS)
        .title("a partial index does not serve")
        .advice(),
        good("CREATE MATERIALIZED VIEW daily_sales AS SELECT placed_at::date AS day, sum(amount) AS total FROM orders GROUP BY 1;\n\
              CREATE UNIQUE INDEX idx_daily_sales_day ON daily_sales (day);")
        .given(EMPTY_ORDERS),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if relation.kind != RelationKind::MaterializedView {
        return;
    }
    let usable = table.indexes.iter().any(|index| {
        index.unique
            && index.immediate
            && index.valid
            && index.predicate.is_none()
            && !index.keys.is_empty()
            && index.keys.iter().all(|key| key.column.is_some())
    });
    if usable {
        return;
    }
    let unique = table.indexes.iter().filter(|index| index.unique).count();
    let why = if unique == 0 {
        "It has no unique index."
    } else {
        "Its unique index has a predicate or an expression, or is not valid."
    };
    let finding =
        out.relation(relation, format!("materialised view {} cannot be refreshed CONCURRENTLY", relation.display()));
    if cx.small(relation) {
        // Refreshed in a moment, unless its query is slow, which the catalog does not show.
        finding.severity(Info);
    }
    finding
        .detail(format!("{why} A plain REFRESH locks its readers out while the query runs ({}).", cx.sized(relation)))
        .advice("Create a unique index over the columns that identify a row, all rows and plain columns only.")
        .evidence("unique_indexes", unique);
}
