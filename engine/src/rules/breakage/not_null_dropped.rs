//! DROP NOT NULL: readers may not expect NULL.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "not-null-dropped",
    category: Breakage,
    severity: Info,
    title: "readers may not expect the NULLs that a column can hold from now on",
    why: "Code that was written for a NOT NULL column may fail on the first NULL, joins and comparisons drop such rows silently, NOT IN finds nothing at all, and a UNIQUE constraint lets several NULLs in.",
    remedy: "Deploy readers that cope with NULL first.",
    parameters: &[],
    sources: &[Manual("sql-altertable", "SET/DROP NOT NULL"), Manual("functions-comparison", "Comparison Predicates")],
    examples: &[
        bad("ALTER TABLE orders ALTER COLUMN amount DROP NOT NULL;").given(ORDERS).advice(),
        bad("ALTER TABLE orders DROP CONSTRAINT orders_amount_not_null;")
            .title("as a constraint with a name")
            .given(ORDERS)
            .since(18)
            .advice(),
        good("ALTER TABLE orders ALTER COLUMN note DROP NOT NULL;").title("it may be NULL already").given(ORDERS),
        good("ALTER TABLE orders ALTER COLUMN amount DROP NOT NULL;").title("an empty table").given(EMPTY_ORDERS),
        good(
            "BEGIN;\n\
              ALTER TABLE orders ADD COLUMN source text NOT NULL DEFAULT '';\n\
              ALTER TABLE orders ALTER COLUMN source DROP NOT NULL;\n\
              COMMIT;",
        )
        .title("a column of this transaction")
        .given(ORDERS),
        good(
            "BEGIN;\n\
              ALTER TABLE orders RENAME COLUMN amount TO amount_old;\n\
              ALTER TABLE orders ALTER COLUMN amount_old DROP NOT NULL;\n\
              COMMIT;",
        )
        .title("nobody reads it by its new name yet (that it lost the old one is another rule's)")
        .given(ORDERS),
    ],
    check: Check::On(Kinds::DROP_NOT_NULL.or(Kinds::OTHER), check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    for (_, command) in statement.commands() {
        let name = match command {
            AlterCommand::DropNotNull { column } => column.as_str(),
            AlterCommand::DropConstraint { name, .. } => {
                // Where it is not validated, readers have to cope with old NULLs already.
                let promised =
                    |constraint: &&Constraint| constraint.kind == ConstraintKind::NotNull && constraint.validated;
                let not_null = table.constraint(name).filter(promised);
                let Some(column) = not_null.and_then(|constraint| table.column_names(&constraint.columns).pop()) else {
                    continue;
                };
                column
            }
            _ => continue,
        };
        let was = table.column(name).is_some_and(|column| column.not_null && !column.created_here);
        // Nobody reads it by the name that this transaction gave it; what takes its old name is judged by itself.
        let renamed = cx.transaction.name_before(table.relation.oid, name) != name;
        if was && !renamed && cx.live(&table.relation) {
            out.column(
                &table.relation,
                name,
                format!("{} of {} can be NULL from now on", sql::ident(name), table.relation.display()),
            )
            .detail("Readers that were written for a NOT NULL column may fail on a NULL or lose the row silently.")
            .advice("Deploy readers that cope with NULL first.");
        }
    }
}
