//! NOT NULL reads the table to prove that there is no NULL; so does another expression of a virtual column that is NOT NULL.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "not-null-scan",
    category: Locks,
    severity: Warning,
    title: "the whole table is read for NULLs while nobody can use it",
    why: "ALTER COLUMN SET NOT NULL has to know that no row holds a NULL. Unless a valid CHECK constraint proves it, \
          it reads the whole table under ACCESS EXCLUSIVE, and reads and writes wait until it has seen every row. A \
          proof is a validated CHECK (column IS NOT NULL), alone or as a part of an AND; a NOT VALID one proves \
          nothing, nor does a CHECK such as column > 0, which a NULL passes. From 18 on NOT NULL as a constraint with a name \
          does the same, and a virtual generated column that is NOT NULL, when it is added and when SET EXPRESSION changes it.",
    remedy: "Add CHECK (column IS NOT NULL) NOT VALID, validate it while reads and writes go on, then SET NOT NULL \
             (which believes the CHECK) and drop the CHECK. From 18 on add the NOT NULL itself as NOT VALID and \
             validate it. For SET EXPRESSION, drop the NOT NULL before and add it again in that way.",
    parameters: &[],
    sources: &[
        Guide("S-178"),
        Guide("S-179"),
        Manual("sql-altertable", "SET/DROP NOT NULL"),
        Code("src/backend/commands/tablecmds.c", "NotNullImpliedByRelConstraints"),
    ],
    examples: &[
        bad("ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;").given(ORDERS),
        bad("ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;")
            .title("a CHECK that is not validated proves nothing")
            .given(with!(
                ORDERS,
                "ALTER TABLE orders ADD CONSTRAINT valid_customer CHECK (customer_id IS NOT NULL) NOT VALID;"
            )),
        bad("ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;")
            .title("a NULL passes this CHECK")
            .given(with!(ORDERS, "ALTER TABLE orders ADD CONSTRAINT valid_customer CHECK (customer_id > 0);")),
        bad("ALTER TABLE orders DROP CONSTRAINT valid_customer, ALTER COLUMN customer_id SET NOT NULL;")
            .title("the proof is dropped first, whatever the order in the text")
            .given(with!(ORDERS, "ALTER TABLE orders ADD CONSTRAINT valid_customer CHECK (customer_id IS NOT NULL);")),
        bad("ALTER TABLE events ALTER COLUMN payload SET NOT NULL;").title("a partitioned table").given(EVENTS),
        bad("ALTER TABLE orders ALTER COLUMN gross SET EXPRESSION AS (amount * 2);")
            .title("another expression of a virtual column that is NOT NULL")
            .given(with!(
                ORDERS,
                "ALTER TABLE orders ADD COLUMN gross integer GENERATED ALWAYS AS (amount * 3) VIRTUAL NOT NULL;"
            ))
            .since(18)
            .advice(),
        bad("ALTER TABLE orders ADD CONSTRAINT customer_needed NOT NULL customer_id;")
            .title("as a constraint with a name")
            .given(ORDERS)
            .since(18),
        bad("ALTER TABLE orders ADD COLUMN gross integer GENERATED ALWAYS AS (amount * 3) VIRTUAL NOT NULL;")
            .title("a virtual column that is NOT NULL")
            .given(ORDERS)
            .since(18),
        good("ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;")
            .title("a valid CHECK proves it")
            .given(with!(ORDERS, "ALTER TABLE orders ADD CONSTRAINT valid_customer CHECK (customer_id IS NOT NULL);")),
        good("ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;").title("as a part of an AND").given(with!(
            ORDERS,
            "ALTER TABLE orders ADD CONSTRAINT valid_customer CHECK (amount >= 0 AND NOT (customer_id IS NULL));"
        )),
        good("ALTER TABLE events ALTER COLUMN payload SET NOT NULL;").title("a proof on each partition").given(with!(
            EVENTS,
            "ALTER TABLE events_2024 ADD CONSTRAINT valid_payload CHECK (payload IS NOT NULL);\n\
                 ALTER TABLE events_2025 ADD CONSTRAINT valid_payload CHECK (payload IS NOT NULL);"
        )),
        good("ALTER TABLE orders ALTER COLUMN amount SET NOT NULL;").title("it is NOT NULL already").given(ORDERS),
        good("ALTER TABLE orders ADD CONSTRAINT orders_customer_id_not_null NOT NULL customer_id NOT VALID;")
            .given(ORDERS)
            .since(18),
        good("ALTER TABLE orders ALTER COLUMN customer_id SET NOT NULL;").title("an empty table").given(EMPTY_ORDERS),
    ],
    check: Check::On(Kinds::SET_NOT_NULL.or(Kinds::OTHER).or(Kinds::ADD_CONSTRAINT).or(Kinds::ADD_COLUMN), check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let relation = &table.relation;
    for (number, command) in statement.commands() {
        let words = match command {
            AlterCommand::SetNotNull { .. } => "SET NOT NULL on",
            AlterCommand::Other(words) if words == "SET EXPRESSION" => "SET EXPRESSION of",
            AlterCommand::AddConstraint(def) if def.kind == ConstraintKind::NotNull => "NOT NULL on",
            AlterCommand::AddColumn { column, .. } if column.generated == Generated::Virtual => {
                "NOT NULL on the new column"
            }
            _ => continue,
        };
        let expression = matches!(command, AlterCommand::Other(_));
        let scans = recipes::live_work(statement, cx, number, |work| matches!(work, Work::Scan(Scan::NotNull { .. })));
        let Some(Work::Scan(Scan::NotNull { column })) = scans.first().map(|effect| &effect.work) else { continue };
        let message =
            format!("{words} {column} reads all of {}{}", relation.display(), recipes::in_partitions(relation, &scans));
        let finding = out.column(relation, column, message);
        finding.evidence("lock", statement.impact.lock_on(relation.oid).as_str());
        if expression {
            finding
                .detail(recipes::sentences(&[
                    "The column is NOT NULL, so its new value is computed for every row to see that none is NULL.".to_owned(),
                    recipes::holds(statement, cx, relation, "while it reads"),
                ]))
                .advice(
                    "Drop the NOT NULL, set the expression, add the NOT NULL as NOT VALID and validate it, each statement by itself.",
                );
            continue;
        }
        if let AlterCommand::AddColumn { column: new, .. } = command {
            let add = recipes::add_column_first(statement, number, Some(new));
            finding
                .detail(recipes::sentences(&[
                    "Its value is computed for every row to see that none is NULL.".to_owned(),
                    recipes::holds(statement, cx, relation, "while it reads"),
                ]))
                .advice("Add the column first, then prove it while reads and writes go on, each statement by itself:")
                .remedy(format!("{add}{}", recipes::not_null(cx, table, column)));
            continue;
        }
        let named = match command {
            AlterCommand::AddConstraint(def) => def.name.as_ref().map(|name| {
                let inherit = if def.no_inherit { " NO INHERIT" } else { "" };
                recipes::add_then_validate(relation, name, &format!("NOT NULL {}{inherit}", sql::ident(column)))
            }),
            _ => None,
        };
        finding
            .detail(recipes::sentences(&[
                "No valid CHECK constraint proves that the column holds no NULL, so every row is read.".to_owned(),
                recipes::holds(statement, cx, relation, "while it reads"),
            ]))
            .advice(
                "Fill the NULLs first, where there are any. Then prove it while reads and writes go on, each statement by \
                 itself:",
            )
            .remedy(
                named
                    .or_else(|| in_order(statement, table, column))
                    .unwrap_or_else(|| recipes::not_null(cx, table, column)),
            );
    }
}

/// Where the statement itself drops the CHECK that proves it: first the one, then the other.
fn in_order(statement: &Statement, table: &Table, column: &str) -> Option<String> {
    let proof = statement.commands().find_map(|(_, command)| {
        let AlterCommand::DropConstraint { name, .. } = command else { return None };
        table.constraint(name).filter(|constraint| {
            constraint.kind == ConstraintKind::Check
                && constraint.validated
                && constraint.enforced
                && !constraint.no_inherit
                && constraint.expression.as_deref().is_some_and(|expression| only_not_null(expression, &[column]))
        })
    })?;
    let (relation, column, name) = (table.relation.sql(), sql::ident(column), sql::ident(&proof.name));
    Some(format!(
        "ALTER TABLE {relation} ALTER COLUMN {column} SET NOT NULL;\nALTER TABLE {relation} DROP CONSTRAINT {name};"
    ))
}
