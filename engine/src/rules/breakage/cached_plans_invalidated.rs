//! Prepared statements of other sessions fail once, because a column has another type.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "cached-plans-invalidated",
    category: Breakage,
    severity: Info,
    title: "prepared statements that return the column fail after its type changes",
    why: "A session that has prepared a query keeps the description of its result. When a column of the result gets another type, even \
          only another length, the next execution fails with 'cached plan must not change result type' (SQLSTATE 0A000), and goes on \
          failing until the session prepares the query anew. Drivers and pools prepare without being asked, and inside a transaction \
          they cannot repeat it. ADD COLUMN does the same to SELECT *, and is not reported: it would be said of every migration. The rule speaks in texts only: \
          it is to be known when the deployment is planned, and when the statement runs nothing can be done about it.",
    remedy: "Let the pools reconnect after the migration, and look that the code retries \
             a transaction that fails with 0A000. Queries that are prepared anew each time are not concerned.",
    parameters: &[],
    sources: &[Manual("sql-prepare", "Notes"), Code("src/backend/utils/cache/plancache.c", "RevalidateCachedQuery")],
    examples: &[
        bad("ALTER TABLE orders ALTER COLUMN code TYPE varchar(20);")
            .title("a longer varchar")
            .given(ORDERS)
            .lint()
            .advice(),
        bad("ALTER TABLE orders ALTER COLUMN code TYPE text;").title("varchar to text").given(ORDERS).lint().advice(),
        good("ALTER TABLE orders ALTER COLUMN amount TYPE bigint;")
            .title("a rewrite: that is told, and the better way does not change the column")
            .given(ORDERS)
            .lint(),
        good("ALTER TABLE orders ALTER COLUMN code TYPE varchar(10) COLLATE \"C\";")
            .title("the same type")
            .given(ORDERS)
            .lint(),
        good("ALTER TABLE orders ALTER COLUMN code TYPE varchar(20);")
            .title("an empty table")
            .given(EMPTY_ORDERS)
            .lint(),
        good("ALTER TABLE orders ADD COLUMN discount integer;").title("a new column").given(ORDERS).lint(),
    ],
    check: Check::Text(check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let relation = &table.relation;
    for (number, command) in statement.commands() {
        let AlterCommand::AlterType { column, data_type, .. } = command else { continue };
        let Some(before) = table.column(column).filter(|column| !column.created_here) else { continue };
        let same = before.data_type.oid == data_type.oid && before.data_type.modifier == data_type.modifier;
        // Whatever else happens to the table is told by a rule of its own, with a way that avoids this, too.
        let told = statement.impact.of_command(number).next().is_some()
            || statement.impact.client_types.iter().any(|change| change.command == number)
            || statement.impact.touches.iter().any(|touch| {
                matches!(touch.role, Role::Referenced | Role::Referencing | Role::Other) && cx.live(&touch.relation)
            });
        let refused = statement.impact.refusals.iter().any(|refusal| refusal.command == number);
        // Whether the rows are touched must be known.
        let unknown = data_type.oid == 0 || !statement.impact.unknown.is_empty();
        if same || told || refused || unknown || !cx.live(relation) {
            continue;
        }
        out.column(
            relation,
            column,
            format!(
                "prepared queries that return {}.{} fail once it is {}",
                relation.display(),
                sql::ident(column),
                data_type.name
            ),
        )
        .detail(format!(
            "It was {}. Sessions that prepared such a query get 'cached plan must not change result type' (SQLSTATE 0A000) until they \
             prepare it anew. No row of {} is touched.",
            before.data_type.name,
            cx.sized(relation)
        ))
        .advice("Let connection pools reconnect after the commit, and look that the code retries a transaction that fails so.")
        .evidence("from", before.data_type.name.as_str())
        .evidence("to", data_type.name.as_str());
    }
}
