//! A view goes, and nothing takes its name over.

use crate::context::Moment;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "view-dropped",
    category: Breakage,
    severity: Info,
    title: "a view is dropped and not made anew",
    why: "A view holds no rows of its own, so that dropping it looks harmless; but code reads it by its name and fails from the commit \
          on. Whoever reads a view is often not known: reports and other tools are the reason for many of them. Its definition and the \
          rights on it are gone, too.",
    remedy: "Look who reads it (pg_stat_statements), keep its definition (pg_get_viewdef), and drop it a release after the code that \
             reads it. A change is DROP VIEW and CREATE VIEW in one transaction, or CREATE OR REPLACE VIEW where columns are only \
             added.",
    parameters: &[],
    sources: &[Manual("sql-dropview", "DROP VIEW"), Manual("sql-createview", "CREATE OR REPLACE VIEW")],
    examples: &[
        bad("DROP VIEW order_totals;").given(ORDERS_WITH_VIEW).advice(),
        bad("DROP VIEW IF EXISTS order_totals;").title("in a text").given(ORDERS_WITH_VIEW).lint().advice(),
        bad("DROP MATERIALIZED VIEW order_counts;")
            .title("a materialised view")
            .given(with!(
                ORDERS,
                "CREATE MATERIALIZED VIEW order_counts AS SELECT customer_id, count(*) AS orders FROM orders GROUP BY customer_id;"
            ))
            .advice(),
        good("BEGIN;\n\
              DROP VIEW order_totals;\n\
              CREATE VIEW order_totals AS SELECT customer_id, sum(amount) AS total, count(*) AS orders FROM orders GROUP BY customer_id;\n\
              COMMIT;")
            .title("made anew in the same transaction")
            .given(ORDERS_WITH_VIEW),
        good("DROP VIEW order_totals;\n\
              CREATE MATERIALIZED VIEW order_totals AS SELECT customer_id, sum(amount) AS total FROM orders GROUP BY customer_id;")
            .title("something else of the name takes its place, in a text")
            .given(ORDERS_WITH_VIEW)
            .lint(),
        good("DROP VIEW IF EXISTS order_sums;").title("there is none").given(ORDERS_WITH_VIEW),
        good("BEGIN;\nCREATE VIEW order_ids AS SELECT id FROM orders;\nDROP VIEW order_ids;\nCOMMIT;")
            .title("a view of this transaction")
            .given(ORDERS),
        good("CREATE TEMPORARY VIEW order_ids AS SELECT id FROM orders;\nDROP VIEW order_ids;")
            .title("a temporary view")
            .given(ORDERS),
        good("BEGIN;\nSAVEPOINT before;\nDROP VIEW order_totals;\nROLLBACK TO before;\nCREATE TABLE carts (id bigint PRIMARY KEY);\nCOMMIT;")
            .title("taken back")
            .given(ORDERS_WITH_VIEW),
    ],
    check: Check::Aftermath(check),
    also: &[],
    enabled: true,
};

fn check(aftermath: &Aftermath, cx: &Context, out: &mut Findings) {
    for dropped in aftermath.dropped.iter().filter(|dropped| dropped.now.is_none()) {
        let old = &dropped.relation;
        if !matches!(old.kind, RelationKind::View | RelationKind::MaterializedView) || !cx.judged(old) {
            continue;
        }
        let kind = old.kind.as_str();
        let finding = out.relation(old, format!("code that reads the {kind} {} fails", old.display()));
        finding
            .detail("It is dropped, and nothing of its name takes its place. Its definition and the rights on it go with it.")
            .advice("Make sure that nothing reads it any more, and keep its definition; to change it, drop it and make it anew in one transaction.");
        if cx.moment == Moment::Lint {
            finding.position = Some(dropped.position);
        }
    }
}
