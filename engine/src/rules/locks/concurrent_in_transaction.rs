//! A CONCURRENTLY form inside a transaction block.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "concurrent-in-transaction",
    category: Locks,
    severity: Error,
    title: "a CONCURRENTLY form stands inside a transaction block",
    why: "CREATE INDEX, DROP INDEX, REINDEX and DETACH PARTITION with CONCURRENTLY commit several times on their \
          way, so PostgreSQL refuses them in a transaction block. Many migration tools open one around every file: \
          the statement works by hand and fails in the release.",
    remedy: "Give the statement a migration file of its own and switch the tool's transaction off for it.",
    parameters: &[],
    sources: &[
        Guide("S-171"),
        Manual("sql-createindex", "Building Indexes Concurrently"),
        Code("src/backend/access/transam/xact.c", "PreventInTransactionBlock"),
    ],
    examples: &[
        bad("BEGIN;\nCREATE INDEX CONCURRENTLY idx_orders_amount ON orders (amount);\nCOMMIT;").given(ORDERS).lint(),
        bad("BEGIN;\nDROP INDEX CONCURRENTLY idx_orders_amount;\nCOMMIT;")
            .given(with!(ORDERS, "CREATE INDEX idx_orders_amount ON orders (amount);"))
            .lint(),
        bad("BEGIN;\nALTER TABLE events DETACH PARTITION events_2024 CONCURRENTLY;\nCOMMIT;").given(EVENTS).lint(),
        good("CREATE INDEX CONCURRENTLY idx_orders_amount ON orders (amount);").given(ORDERS).lint(),
        good("BEGIN;\nALTER TABLE orders ADD COLUMN comment text;\nCOMMIT;\nDROP INDEX CONCURRENTLY idx_orders_amount;")
            .title("after the block")
            .given(with!(ORDERS, "CREATE INDEX idx_orders_amount ON orders (amount);"))
            .lint(),
        good("BEGIN;\nREFRESH MATERIALIZED VIEW CONCURRENTLY order_totals;\nCOMMIT;")
            .title("the one form that a transaction block allows")
            .given(with!(
                ORDERS,
                "CREATE MATERIALIZED VIEW order_totals AS SELECT customer_id, sum(amount) AS total FROM orders GROUP BY 1;\n\
                 CREATE UNIQUE INDEX idx_order_totals_customer_id ON order_totals (customer_id);"
            ))
            .lint(),
    ],
    check: Check::Text(check),
    also: &[],
    enabled: true,
};

/// The words of the statement and, where it can be written down, the statement itself.
fn concurrent_form(statement: &Statement) -> Option<(&'static str, String)> {
    match &statement.ddl {
        Ddl::CreateIndex(create) if create.concurrently => {
            let name = create.name.as_ref().map(|name| format!(" {}", sql::ident(name))).unwrap_or_default();
            let unique = if create.unique { "UNIQUE " } else { "" };
            let sql = if create.definition.is_empty() {
                String::new()
            } else {
                let table = recipes::named(statement, &create.table);
                format!("CREATE {unique}INDEX CONCURRENTLY{name} ON {table} {};", create.definition)
            };
            Some(("CREATE INDEX CONCURRENTLY", sql))
        }
        Ddl::Drop(drop) if drop.concurrently => {
            let names: Vec<String> = drop.names.iter().map(Name::sql).collect();
            let exists = if drop.if_exists { "IF EXISTS " } else { "" };
            Some(("DROP INDEX CONCURRENTLY", format!("DROP INDEX CONCURRENTLY {exists}{};", names.join(", "))))
        }
        Ddl::Reindex { target, is_index, concurrently: true } => {
            let kind = if *is_index { "INDEX" } else { "TABLE" };
            Some(("REINDEX CONCURRENTLY", format!("REINDEX {kind} CONCURRENTLY {};", target.sql())))
        }
        Ddl::AlterTable(alter) => alter.commands.iter().find_map(|command| match command {
            AlterCommand::DetachPartition { partition, concurrently: true, .. } => Some((
                "DETACH PARTITION ... CONCURRENTLY",
                format!(
                    "ALTER TABLE {} DETACH PARTITION {} CONCURRENTLY;",
                    recipes::named(statement, &alter.target),
                    recipes::named(statement, partition)
                ),
            )),
            _ => None,
        }),
        _ => None,
    }
}

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    if !cx.transaction.in_block {
        return;
    }
    let Some((words, sql)) = concurrent_form(statement) else { return };
    let message = format!("{words} cannot run inside a transaction block");
    let finding = match &statement.target {
        Some(table) if cx.judged(&table.relation) => out.relation(&table.relation, message),
        Some(_) => return,
        None => out.object("statement", "", words, message),
    };
    finding.detail("The statement commits several times, so the server refuses it after BEGIN.").discriminator(words);
    if matches!(&statement.target, Some(table) if table.relation.created_here) {
        finding.advice("The table is new in this transaction: nobody can wait for it, so leave CONCURRENTLY out.");
    } else {
        finding.advice("Move it to a migration of its own that runs outside a transaction block:").remedy(sql);
    }
}
