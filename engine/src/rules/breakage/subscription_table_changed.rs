//! A table that a subscription fills changes.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "subscription-table-changed",
    category: Breakage,
    severity: Info,
    title: "the columns of a table change that a subscription fills",
    why: "Its rows come from another server, which sends them with the names of its own columns. When a column that it sends is missing \
          here, has another name or cannot take the value, the apply worker stops with an error and tries again and again: the table \
          stands still, and the publisher keeps all WAL from there on. A lock on the table makes the worker wait in the same way.",
    remedy: "A new column comes here first (nullable or with a default) and on the publisher last; a column that goes is dropped there \
             first and here last. Before a rename or a change of type, disable the subscription, change both sides, and enable it \
             again.",
    parameters: &[],
    sources: &[
        Manual("logical-replication-restrictions", "Restrictions"),
        Manual("logical-replication-conflicts", "Conflicts"),
    ],
    examples: &[
        bad("ALTER TABLE orders ADD COLUMN discount integer;").given(SUBSCRIBED).server(OF_ITS_OWN).advice(),
        bad("ALTER TABLE orders RENAME COLUMN note TO remark;")
            .title("a rename")
            .given(with!(SUBSCRIBED, "SELECT architect.configure('column-renamed', 'off');"))
            .server(OF_ITS_OWN)
            .advice(),
        good("ALTER TABLE customers ADD COLUMN email text;")
            .title("another table")
            .given(SUBSCRIBED)
            .server(OF_ITS_OWN),
        good("ALTER TABLE orders ALTER COLUMN amount SET STATISTICS 500;")
            .title("nothing that is sent")
            .given(SUBSCRIBED)
            .server(OF_ITS_OWN),
        good("ALTER TABLE orders ADD COLUMN discount integer;").title("no subscription").given(ORDERS),
    ],
    check: Check::On(
        Kinds::ADD_COLUMN
            .or(Kinds::ALTER_TYPE)
            .or(Kinds::DROP_COLUMN)
            .or(Kinds::SET_NOT_NULL)
            .or(Kinds::RENAME)
            .or(Kinds::SET_SCHEMA),
        check,
    ),
    also: &[],
    enabled: true,
};

/// A subscription belongs to a database and ends with it only when it is dropped.
const OF_ITS_OWN: &str = "max_logical_replication_workers = 0";

/// `ORDERS`, and a subscription that is not connected and fills `orders`: CREATE SUBSCRIPTION would have to reach a publisher to note the
/// table, so that the row is written as it would be.
const SUBSCRIBED: &str = with!(
    ORDERS,
    "SET client_min_messages = error;
CREATE SUBSCRIPTION copied_orders CONNECTION 'dbname=elsewhere' PUBLICATION sales WITH (connect = false, slot_name = NONE);
RESET client_min_messages;
INSERT INTO pg_subscription_rel (srsubid, srrelid, srsubstate, srsublsn)
SELECT oid, 'shop.orders'::regclass, 'r', '0/1' FROM pg_subscription WHERE subname = 'copied_orders';"
);

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let relation = &table.relation;
    let mut changes: Vec<String> = statement
        .commands()
        .filter_map(|(_, command)| match command {
            AlterCommand::AddColumn { column, .. } => Some(format!("{} is added", sql::ident(&column.name))),
            AlterCommand::DropColumn { column, .. } => Some(format!("{} is dropped", sql::ident(column))),
            AlterCommand::AlterType { column, .. } => Some(format!("{} gets another type", sql::ident(column))),
            AlterCommand::SetNotNull { column } => Some(format!("{} becomes NOT NULL", sql::ident(column))),
            _ => None,
        })
        .collect();
    match &statement.ddl {
        Ddl::Rename(Rename { what: Renamed::Column(column), .. }) => {
            changes.push(format!("{} gets another name", sql::ident(column)));
        }
        Ddl::Rename(Rename { what: Renamed::Relation(kind), .. }) if kind.is_table() => {
            changes.push("the table gets another name".to_owned());
        }
        Ddl::SetSchema(_) => changes.push("the table gets another schema".to_owned()),
        _ => {}
    }
    if changes.is_empty() || !cx.existing(relation) || table.subscriptions.is_empty() {
        return;
    }
    let subscriptions: Vec<String> = table.subscriptions.iter().map(|name| sql::ident(name)).collect();
    out.relation(
        relation,
        format!("subscription {} fills {}: {}", list(&subscriptions, 3), relation.display(), list(&changes, 3)),
    )
    .detail(
        "The rows come from another server under the names of its columns. What does not fit stops the apply worker, and the publisher \
         keeps its WAL.",
    )
    .advice(
        "Add columns here first and on the publisher last, drop them there first; for a change of a name or a type disable the \
         subscription, change both sides, and enable it.",
    )
    .evidence("subscriptions", table.subscriptions.to_vec())
    .evidence("changes", changes);
}
