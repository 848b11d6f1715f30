//! The columns of a published table change.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "published-table-changed",
    category: Breakage,
    severity: Info,
    title: "the columns of a published table change, and its subscribers need the same change",
    why: "Logical replication sends rows and no DDL. A subscriber that lacks a new column stops with an error at the first row, one whose column has another name or type may too; replication then stands still and the publisher keeps all WAL for it.",
    remedy: "Change both sides, in order: add a column on the subscriber first and on the publisher last; drop it on the publisher first and on the subscriber last. Before a change of a name or type, stop the subscription or go by way of a new column.",
    parameters: &[],
    sources: &[
        Manual("logical-replication-restrictions", "Restrictions"),
        Manual("logical-replication-subscription", "Subscription"),
    ],
    examples: &[
        bad("ALTER TABLE orders ADD COLUMN discount integer;").given(PUBLISHED).advice(),
        bad("ALTER TABLE orders ALTER COLUMN code TYPE text;")
            .title("a type, without a rewrite")
            .given(PUBLISHED)
            .advice(),
        good("ALTER TABLE orders ADD COLUMN discount integer;").title("it is not published").given(ORDERS),
        good("ALTER TABLE orders ALTER COLUMN amount SET STATISTICS 500;")
            .title("nothing that is sent")
            .given(PUBLISHED),
        good("ALTER TABLE customers ADD COLUMN email text;").title("another table").given(PUBLISHED),
    ],
    check: Check::On(Kinds::ADD_COLUMN.or(Kinds::ALTER_TYPE).or(Kinds::DROP_COLUMN).or(Kinds::RENAME), check),
    also: &[],
    enabled: true,
};

/// `ORDERS`, and `orders` is published.
const PUBLISHED: &str = with!(ORDERS, "CREATE PUBLICATION sales FOR TABLE orders;");

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let mut words: Vec<String> = statement
        .commands()
        .filter_map(|(_, command)| match command {
            AlterCommand::AddColumn { column, .. } => Some(format!("{} is added", sql::ident(&column.name))),
            AlterCommand::DropColumn { column, .. } => Some(format!("{} is dropped", sql::ident(column))),
            AlterCommand::AlterType { column, .. } => Some(format!("{} gets another type", sql::ident(column))),
            _ => None,
        })
        .collect();
    if let Ddl::Rename(Rename { what: Renamed::Column(column), .. }) = &statement.ddl {
        words.push(format!("{} gets another name", sql::ident(column)));
    }
    if words.is_empty() || !cx.live(&table.relation) || !*table.published {
        return;
    }
    out.relation(
        &table.relation,
        format!("subscribers of {} need the same change: {}", table.relation.display(), list(&words, 3)),
    )
    .detail("A publication publishes the table. A subscriber that cannot apply a row stops, and the publisher keeps the WAL for it.")
    .advice("Add columns on the subscriber first, drop them there last; stop the subscription before a change of a name or type.")
    .evidence("changes", words);
}
