//! DROP COLUMN takes every index, constraint and statistics object that mentions the column, without a word.

use super::silently_lost;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "column-drop-collateral",
    category: Breakage,
    severity: Warning,
    title: "dropping a column silently drops indexes or constraints with it",
    why: "An index that mentions a dropped column goes with it, be it a key, an INCLUDE column or only part of the predicate; \
          so do constraints over several columns and extended statistics. No CASCADE is needed and no NOTICE is given. \
          Queries that lived by such an index become slow in the moment of the commit, and a lost UNIQUE or CHECK lets \
          wrong rows in.",
    remedy: "Before the drop, build what must stay without the column: the index with CREATE INDEX CONCURRENTLY, the \
             constraint as NOT VALID and then VALIDATE. Then drop the old objects by name, so that the migration says \
             what it does, and the column last.",
    parameters: &[],
    sources: &[
        Manual("sql-altertable", "DROP COLUMN"),
        Code("src/backend/catalog/index.c", "index_create"),
        Code("src/backend/catalog/heap.c", "RemoveAttributeById"),
    ],
    examples: &[
        bad("ALTER TABLE orders DROP COLUMN amount;").title("a key of an index").given(ORDERS_WITH_INDEX).advice(),
        bad("ALTER TABLE orders DROP COLUMN code;")
            .title("a unique constraint over two columns")
            .given(ORDERS_WITH_UNIQUE)
            .advice(),
        bad("ALTER TABLE orders DROP COLUMN note;")
            .title("only the predicate and the INCLUDE list mention it")
            .given(ORDERS_WITH_PARTIAL_INDEX)
            .advice(),
        bad("ALTER TABLE orders DROP COLUMN code;").title("extended statistics").given(ORDERS_WITH_STATISTICS).advice(),
        good("ALTER TABLE orders DROP COLUMN note;")
            .title("nothing but the column's data goes")
            .given(ORDERS_WITH_INDEX),
        good("ALTER TABLE orders DROP COLUMN amount;").title("its own default and NOT NULL").given(ORDERS),
        good("ALTER TABLE orders DROP COLUMN amount;").title("an empty table").given(EMPTY_ORDERS_WITH_INDEX),
    ],
    check: Check::On(Kinds::DROP_COLUMN, check),
    also: &[Check::On(Kinds::OTHER, typed)],
    enabled: true,
};

/// ALTER TYPE ... CASCADE: what it does to the tables of the type.
fn typed(statement: &Statement, cx: &Context, out: &mut Findings) {
    statement.on_typed_tables().for_each(|statement| check(&statement, cx, out));
}

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let relation = &table.relation;
    let drops = statement.commands().any(|(_, command)| matches!(command, AlterCommand::DropColumn { .. }));
    if !drops || relation.size.is_empty() || !cx.existing(relation) {
        return;
    }
    for (number, command) in statement.commands() {
        let AlterCommand::DropColumn { column, .. } = command else { continue };
        if table.column(column).is_none_or(|column| column.created_here) {
            continue;
        }
        let lost = silently_lost(statement, number);
        if lost.is_empty() {
            continue;
        }
        let descriptions: Vec<&str> = lost.iter().map(|c| c.description.as_str()).collect();
        let what = match descriptions.as_slice() {
            [one] => (*one).to_owned(),
            many => format!("{} other objects", many.len()),
        };
        let unique = lost.iter().filter(|c| c.unique).count();
        let shown = sql::ident(column);
        let finding = out.column(
            relation,
            column,
            format!("dropping column {shown} of {} also drops {what}", relation.display()),
        );
        let guarantee = match unique {
            0 => "",
            1 => " One of them keeps rows unique.",
            _ => " Some of them keep rows unique.",
        };
        finding
            .detail(format!(
                "These go with the column and its data, in {}: {}.{guarantee}",
                cx.sized(relation),
                list(&descriptions, 20)
            ))
            .advice(
                "Build what must stay without the column first (indexes CONCURRENTLY), drop the rest by name, and drop the column \
                 in a later release, when no code uses it.",
            )
            .evidence("lost", descriptions.clone());
    }
}
