//! The index that a table's replica identity names is gone.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "replica-identity-index-dropped",
    category: Replication,
    severity: Error,
    title: "the index of a table's replica identity is gone",
    why: "REPLICA IDENTITY USING INDEX names an index, and does not keep anybody from dropping it. Afterwards the table behaves as \
          with NOTHING, although \\d shows no hint: where it is published every UPDATE and DELETE fails, even if it has a \
          primary key.",
    remedy: "Go back to the primary key with REPLICA IDENTITY DEFAULT, or name another unique index.",
    parameters: &[],
    sources: &[
        Guide("S-409"),
        Manual("sql-altertable", "If this index is dropped, the behavior is the same as NOTHING"),
        Code("src/backend/utils/cache/relcache.c", "RelationGetReplicaIndex"),
    ],
    examples: &[
        bad("DROP INDEX customers_name;").given(NAMED),
        bad("CREATE PUBLICATION changes FOR TABLE customers;\nDROP INDEX customers_name;")
            .given(NAMED)
            .title("published: UPDATE and DELETE fail"),
        good("CREATE PUBLICATION changes FOR TABLE customers;").given(NAMED).title("the index is there"),
        good("DROP INDEX customers_name;\nALTER TABLE customers REPLICA IDENTITY DEFAULT;").given(NAMED),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

const NAMED: &str = with!(
    EMPTY_ORDERS,
    "CREATE UNIQUE INDEX customers_name ON customers (name);\nALTER TABLE customers REPLICA IDENTITY USING INDEX customers_name;"
);

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    let (relation, Some(database)) = (&table.relation, cx.database) else { return };
    // A session that changes the table's indexes hides them from a reader that does not wait.
    if state.replica_identity != 'i' || state.locked || super::identified(table, state) {
        return;
    }
    let published = database.published.iter().any(|p| p.relation == relation.oid && p.needs_identity);
    let finding =
        out.relation(relation, format!("the index of the replica identity of {} is gone", relation.display()));
    finding
        .severity(if published { Error } else { Warning })
        .detail(if published {
            "It is published, and every UPDATE and DELETE fails."
        } else {
            "As soon as it is published, every UPDATE and DELETE fails."
        })
        .evidence("published", published);
    if table.primary_key().is_some() {
        finding
            .advice("Go back to the primary key:")
            .remedy(format!("ALTER TABLE {} REPLICA IDENTITY DEFAULT;", relation.sql()));
    } else {
        finding.advice("Add a primary key and declare REPLICA IDENTITY DEFAULT, or name another unique index.");
    }
}
