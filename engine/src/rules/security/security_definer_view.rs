//! A view reads tables with row level security with its owner's rights.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "security-definer-view",
    category: Security,
    severity: Warning,
    title: "a view shows rows of a table with row level security with its owner's rights",
    why: "A view reads its tables with the rights of the view's owner unless it is made WITH (security_invoker): policies are \
          applied for the owner, and not at all where the owner is the table's owner or a superuser. Who may read the view \
          then sees every tenant's rows. A materialised view keeps what its owner saw, and has no such option.",
    remedy: "Set security_invoker on the view. Its readers then need privileges on the tables. A materialised view over such a \
             table is for those only who may see all of it.",
    parameters: &[],
    sources: &[
        Guide("S-446"),
        Manual("sql-createview", "security_invoker"),
        Manual("rules-privileges", "Rules and Privileges"),
    ],
    examples: &[
        bad("CREATE VIEW open_orders AS SELECT id, amount FROM orders;\nGRANT SELECT ON open_orders TO pg_monitor;")
            .given(EMPTY_ORDERS_WITH_POLICY),
        bad("CREATE VIEW open_orders AS SELECT id, amount FROM orders;\nGRANT SELECT (id) ON open_orders TO pg_monitor;")
            .given(EMPTY_ORDERS_WITH_POLICY)
            .title("a column of it"),
        bad("CREATE MATERIALIZED VIEW order_sums AS SELECT customer_id, sum(amount) AS amount FROM orders GROUP BY customer_id;\n\
             CREATE UNIQUE INDEX idx_order_sums_customer_id ON order_sums (customer_id);\n\
             GRANT SELECT ON order_sums TO pg_monitor;")
        .given(EMPTY_ORDERS_WITH_POLICY)
        .title("a materialised view")
        .advice(),
        good(
            "CREATE VIEW open_orders WITH (security_invoker = on) AS SELECT id, amount FROM orders;\n\
              GRANT SELECT ON open_orders TO pg_monitor;",
        )
        .given(EMPTY_ORDERS_WITH_POLICY),
        good("CREATE VIEW open_orders AS SELECT id, amount FROM orders;")
            .given(EMPTY_ORDERS_WITH_POLICY)
            .title("nobody but its owner may read it"),
        good("CREATE VIEW open_orders AS SELECT id, amount FROM orders;\nGRANT SELECT ON open_orders TO pg_monitor;")
            .given(EMPTY_ORDERS)
            .title("no row level security"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for view in &database.views {
        if view.exempt || view.security_invoker || !database.in_scope(view.oid) {
            continue;
        }
        let columns = database.access.columns.get(&view.oid).into_iter().flatten().map(|grant| grant.grantee);
        let granted = view.grants.iter().map(|grant| grant.grantee).chain(columns);
        let readers = database.access.names(granted.filter(|grantee| *grantee != view.owner));
        if readers.is_empty() {
            continue;
        }
        let mut tables: Vec<String> = view
            .reads
            .iter()
            .filter_map(|oid| database.table(*oid))
            .filter(|table| table.state.as_ref().is_some_and(|state| state.row_security))
            .map(|table| table.relation.display())
            .collect();
        tables.sort();
        if tables.is_empty() {
            continue;
        }
        let kept = view.kind == RelationKind::MaterializedView;
        let kind = if kept { "materialized view" } else { "view" };
        let finding = out.object(
            kind,
            &view.schema,
            &view.name,
            format!("{kind} {} shows {} with the rights of its owner", view.sql(), list(&tables, 3)),
        );
        finding.object.oid = view.oid;
        finding
            .detail(format!(
                "{} may read it; the policies are applied for its owner, {}, not for them.",
                list(&readers, 5),
                database.access.name(view.owner)
            ))
            .evidence("tables", tables);
        if kept {
            finding.advice("It keeps what its owner saw: revoke SELECT from those who may not see all of it.");
        } else {
            finding
                .advice("Read with the rights of the caller; readers then need privileges on the tables:")
                .remedy(format!("ALTER VIEW {} SET (security_invoker = true);", view.sql()));
        }
    }
}
