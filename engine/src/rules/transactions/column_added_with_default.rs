//! ADD COLUMN with a default, for those who fill new columns by themselves.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "column-added-with-default",
    category: Transactions,
    severity: Info,
    title: "a new column has its value in every row at once",
    why: "Since 11 PostgreSQL stores a default that is the same for every row once, and ADD COLUMN with it takes an instant: nothing is \
          wrong with it, and this rule is off. Some teams add every column as NULL, deploy what writes it, and fill the old rows in \
          batches, so that a value in a row always means that somebody put it there. The profiles of the guides that ask for that \
          turn it on. Defaults that make the server write the table anew are `column-default-rewrite`'s.",
    remedy: "Add the column without the default, set the default for new rows, and fill the old ones in batches.",
    parameters: &[],
    sources: &[Guide("C-11"), Guide("S-167"), Manual("sql-altertable", "Notes")],
    examples: &[
        bad("ALTER TABLE orders ADD COLUMN priority integer DEFAULT 0;").given(ORDERS).advice(),
        good("ALTER TABLE orders ADD COLUMN priority integer;").given(ORDERS),
        good("ALTER TABLE orders ADD COLUMN priority integer DEFAULT NULL;").title("NULL is no value").given(ORDERS),
        good("ALTER TABLE orders ADD COLUMN token uuid DEFAULT gen_random_uuid();")
            .title("another rule's affair: the table is written anew")
            .given(ORDERS),
        good("ALTER TABLE orders ADD COLUMN priority integer DEFAULT 0;").title("an empty table").given(EMPTY_ORDERS),
        good("ALTER TABLE orders ALTER COLUMN note SET DEFAULT '';")
            .title("old rows keep what they have")
            .given(ORDERS),
    ],
    check: Check::On(Kinds::ADD_COLUMN, check),
    also: &[],
    enabled: false,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = statement.target.as_ref().filter(|table| cx.live(&table.relation)) else { return };
    let relation = &table.relation;
    for (number, command) in statement.commands() {
        let AlterCommand::AddColumn { column, .. } = command else { continue };
        let Some(default) = column.default.as_deref().filter(|sql| !is_null(sql)) else { continue };
        let plain = column.serial.is_none() && !column.identity && column.generated == Generated::No;
        let rewrites = statement.impact.of_command(number).any(|effect| matches!(effect.work, Work::Rewrite(_)));
        if !plain || rewrites || table.column(&column.name).is_some_and(|known| !known.created_here) {
            continue;
        }
        let name = sql::ident(&column.name);
        let value = recipes::known(Some(&default.to_owned())).map(|sql| format!("It is {sql}. ")).unwrap_or_default();
        out.column(
            relation,
            &column.name,
            format!("every row of {} has a value in {name} at once", relation.display()),
        )
        .detail(format!("{value}PostgreSQL stores it once and does not write {}.", cx.sized(relation)))
        .advice("Add the column without the default, set the default for new rows, and fill the old ones in batches.");
    }
}

/// `DEFAULT NULL`, as it was written or as the server prints it.
fn is_null(default: &str) -> bool {
    default.eq_ignore_ascii_case("null") || default.to_ascii_lowercase().starts_with("null::")
}
