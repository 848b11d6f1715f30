//! SET EXPRESSION of a stored generated column.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "generated-expression-rewrite",
    category: Locks,
    severity: Error,
    title: "another expression of a stored generated column writes the whole table anew",
    why: "ALTER COLUMN ... SET EXPRESSION (17 and later) computes a stored generated column for every row again: the table is copied and all its indexes are built under ACCESS EXCLUSIVE. A virtual generated column (18 and later) stores nothing: only the catalog changes, unless it is NOT NULL (not-null-scan).",
    remedy: "Add a new column with the new expression: a virtual one (18 and later), or a plain one that a trigger fills and that is backfilled in batches. Move readers to it and drop the old one.",
    parameters: &[],
    sources: &[
        Manual("sql-altertable", "SET EXPRESSION"),
        Code("src/backend/commands/tablecmds.c", "ATExecSetExpression"),
    ],
    examples: &[
        bad("ALTER TABLE orders ALTER COLUMN gross SET EXPRESSION AS (amount * 2);")
            .given(with!(
                ORDERS,
                "ALTER TABLE orders ADD COLUMN gross integer GENERATED ALWAYS AS (amount * 3) STORED;"
            ))
            .since(17)
            .advice(),
        good("ALTER TABLE orders ALTER COLUMN gross SET EXPRESSION AS (amount * 2);")
            .title("a virtual column")
            .given(with!(
                ORDERS,
                "ALTER TABLE orders ADD COLUMN gross integer GENERATED ALWAYS AS (amount * 3) VIRTUAL;"
            ))
            .since(18),
        good("ALTER TABLE orders ALTER COLUMN gross SET EXPRESSION AS (amount * 2);")
            .title("an empty table")
            .given(with!(
                EMPTY_ORDERS,
                "ALTER TABLE orders ADD COLUMN gross integer GENERATED ALWAYS AS (amount * 3) STORED;"
            ))
            .since(17),
    ],
    check: Check::On(Kinds::OTHER, check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let relation = &table.relation;
    for (number, _) in statement.commands() {
        let work =
            recipes::live_work(statement, cx, number, |work| matches!(work, Work::Rewrite(Rewrite::Expression { .. })));
        let Some(Work::Rewrite(Rewrite::Expression { column })) = work.first().map(|effect| &effect.work) else {
            continue;
        };
        let message = format!(
            "SET EXPRESSION of {column} writes {}{} anew",
            relation.display(),
            recipes::in_partitions(relation, &work)
        );
        out.column(relation, column, message)
            .detail(recipes::sentences(&[
                "The stored value of every row is computed again, and every index is built again.".to_owned(),
                recipes::holds(statement, cx, relation, "for all of it"),
            ]))
            .advice(
                "Add a new column for the new expression, fill it in batches, and drop the old one in a later release.",
            )
            .evidence("lock", statement.impact.lock_on(relation.oid).as_str());
    }
}
