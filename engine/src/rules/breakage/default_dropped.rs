//! DROP DEFAULT of a NOT NULL column.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "default-dropped",
    category: Breakage,
    severity: Info,
    title: "an INSERT that relied on a default fails once it is dropped",
    why: "An INSERT that leaves the column out took the default. Without it the column would be NULL, which NOT NULL refuses: code that was deployed before fails.",
    remedy: "Deploy code that names the column in every INSERT first, then drop the default.",
    parameters: &[],
    sources: &[Manual("sql-altertable", "SET/DROP DEFAULT"), Manual("ddl-default", "Default Values")],
    examples: &[
        bad("ALTER TABLE orders ALTER COLUMN amount DROP DEFAULT;").given(ORDERS).advice(),
        good("ALTER TABLE orders ALTER COLUMN amount DROP DEFAULT, ALTER COLUMN amount SET DEFAULT 1;")
            .title("another default takes its place")
            .given(ORDERS),
        good("ALTER TABLE orders ALTER COLUMN note DROP DEFAULT;").title("the column may be NULL").given(ORDERS),
        good("ALTER TABLE orders ALTER COLUMN amount DROP DEFAULT;").title("an empty table").given(EMPTY_ORDERS),
        good("ALTER TABLE orders ADD COLUMN source text NOT NULL DEFAULT 'shop';\nALTER TABLE orders ALTER COLUMN code DROP DEFAULT;")
            .title("there was none")
            .given(ORDERS),
    ],
    check: Check::Statement(check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    for (_, command) in statement.commands() {
        let AlterCommand::DropDefault { column: name } = command else { continue };
        let again = |command: &AlterCommand| match command {
            AlterCommand::SetDefault { column, .. } | AlterCommand::AddIdentity { column } => column == name,
            AlterCommand::DropNotNull { column } | AlterCommand::DropColumn { column, .. } => column == name,
            _ => false,
        };
        let Some(column) = table.column(name).filter(|column| column.not_null && !column.created_here) else {
            continue;
        };
        if !cx.live(&table.relation) || column.default.is_none() || statement.commands().any(|(_, c)| again(c)) {
            continue;
        }
        out.column(
            &table.relation,
            name,
            format!("INSERTs into {} that leave {name} out will fail", table.relation.display()),
        )
        .detail(format!(
            "The column is NOT NULL, and its default was {}.",
            column.default.as_deref().unwrap_or("an expression")
        ))
        .advice("Drop the default when all deployed code names the column.");
    }
}
