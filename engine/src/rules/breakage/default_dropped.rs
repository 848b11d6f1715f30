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
        good(
            "BEGIN;\n\
             ALTER TABLE orders ALTER COLUMN amount DROP DEFAULT;\n\
             ALTER TABLE orders ALTER COLUMN amount TYPE bigint;\n\
             ALTER TABLE orders ALTER COLUMN amount SET DEFAULT 1;\n\
             COMMIT;",
        )
        .title("the default is back when the transaction commits")
        .given(ORDERS),
        good("ALTER TABLE orders ALTER COLUMN note DROP DEFAULT;").title("the column may be NULL").given(ORDERS),
        good("ALTER TABLE orders ALTER COLUMN amount DROP DEFAULT;").title("an empty table").given(EMPTY_ORDERS),
        good("ALTER TABLE orders ADD COLUMN source text NOT NULL DEFAULT 'shop';\nALTER TABLE orders ALTER COLUMN code DROP DEFAULT;")
            .title("there was none")
            .given(ORDERS),
    ],
    check: Check::Of(Aspects::LOSSES, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if table.lost_defaults.is_empty() || !cx.live(relation) {
        return;
    }
    for (number, default) in &table.lost_defaults {
        // At commit: ALTER COLUMN TYPE is often preceded by DROP DEFAULT and followed by SET DEFAULT.
        let Some(column) = table.column_by_number(*number).filter(|column| column.not_null) else { continue };
        if column.default.is_some() || column.identity {
            continue;
        }
        let name = column.name.as_str();
        out.column(relation, name, format!("INSERTs into {} that leave {name} out fail", relation.display()))
            .detail(format!("The column is NOT NULL, and its default was {default}."))
            .advice("Drop the default when all deployed code names the column.");
    }
}
