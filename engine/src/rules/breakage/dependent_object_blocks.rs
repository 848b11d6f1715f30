//! Something depends on what is dropped or changed: the statement fails.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "dependent-object-blocks",
    category: Breakage,
    severity: Error,
    title: "a drop or a change of a type fails because other objects depend on it",
    why: "PostgreSQL refuses to drop a table, a column or a key that views or foreign keys depend on, unless CASCADE takes these along, and to change the type of a column that a view uses, in any case. The migration stops there, perhaps in production only: what depends on the object differs between databases.",
    remedy: "Drop the dependent objects by name, make the change and create them again, all in one transaction.",
    parameters: &[],
    sources: &[
        Manual("ddl-depend", "Dependency Tracking"),
        Code("src/backend/commands/tablecmds.c", "RememberAllDependentForRebuilding"),
    ],
    examples: &[
        bad("ALTER TABLE orders ALTER COLUMN amount TYPE bigint;")
            .title("a view uses the column")
            .given(EMPTY_ORDERS_WITH_VIEW)
            .lint()
            .advice(),
        bad("DROP TABLE orders;").title("a view reads the table").given(EMPTY_ORDERS_WITH_VIEW).lint().advice(),
        bad("DROP TABLE customers;")
            .title("a foreign key refers to it")
            .given(EMPTY_ORDERS_WITH_FOREIGN_KEY)
            .lint()
            .advice(),
        good("BEGIN;\nDROP VIEW order_totals;\nALTER TABLE orders ALTER COLUMN amount TYPE bigint;\nCOMMIT;")
            .title("the view is dropped before")
            .given(EMPTY_ORDERS_WITH_VIEW)
            .lint(),
        good("ALTER TABLE orders ALTER COLUMN note TYPE varchar(80);")
            .title("the view does not use the column")
            .given(EMPTY_ORDERS_WITH_VIEW)
            .lint(),
        good("BEGIN;\nALTER TABLE orders DROP CONSTRAINT orders_customer_id_fkey;\nDROP TABLE customers;\nCOMMIT;")
            .title("the foreign key is dropped before")
            .given(EMPTY_ORDERS_WITH_FOREIGN_KEY)
            .lint(),
        good("DROP TABLE customers, orders;")
            .title("what depends is named too")
            .given(EMPTY_ORDERS_WITH_FOREIGN_KEY)
            .lint(),
    ],
    check: Check::Text(check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    for refusal in statement.impact.refusals.iter().filter(|refusal| refusal.kind == RefusalKind::Dependents) {
        let message = format!("{} will fail: {}", statement.tag, refusal.why);
        let finding = match &statement.target {
            Some(table) if !cx.judged(&table.relation) => continue,
            Some(table) => out.relation(&table.relation, message),
            None => out.object("statement", "", &statement.tag, message),
        };
        finding
            .detail("PostgreSQL refuses the statement, and the transaction ends there.")
            .advice("Drop what depends on it by name, make the change, and create it again, in one transaction.")
            .discriminator(format!("{} {}", statement.tag, refusal.command));
    }
}
