//! A materialised view that was never filled: every query on it fails.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "matview-unpopulated",
    category: CodeRules,
    severity: Warning,
    title: "a materialised view holds no data and cannot be read",
    why: "A materialised view that was created or refreshed WITH NO DATA cannot be scanned: every query fails with 'has not been populated'. A \
          restore leaves it so when the refresh at its end fails, for example because a function in the view does not find its tables.",
    remedy: "Refresh it, or drop it if nobody reads it.",
    parameters: &[],
    sources: &[Manual("sql-refreshmaterializedview", "WITH NO DATA"), Guide("S-357")],
    examples: &[
        bad("CREATE MATERIALIZED VIEW order_totals AS SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id WITH NO DATA;\n\
             CREATE UNIQUE INDEX idx_order_totals_customer_id ON order_totals (customer_id);")
        .given(EMPTY_ORDERS),
        good("CREATE MATERIALIZED VIEW order_totals AS SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id;\n\
              CREATE UNIQUE INDEX idx_order_totals_customer_id ON order_totals (customer_id);")
        .given(EMPTY_ORDERS)
        .title("without a row, but filled"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for view in database.views.iter().filter(|view| !view.populated && !view.exempt) {
        let Some(table) = database.table(view.oid) else { continue };
        out.relation(&table.relation, format!("materialised view {} has never been populated", view.sql()))
            .detail("Every query that reads it fails.")
            .advice("Fill it; nobody reads it yet, so its lock is in nobody's way:")
            .remedy(format!("REFRESH MATERIALIZED VIEW {};", view.sql()));
    }
}
