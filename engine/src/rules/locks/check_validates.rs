//! ADD CHECK verifies every row under ACCESS EXCLUSIVE.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "check-validates",
    category: Locks,
    severity: Warning,
    title: "a CHECK constraint is verified for all rows while nobody can use the table",
    why: "ADD CONSTRAINT ... CHECK reads the whole table under ACCESS EXCLUSIVE before it returns: reads and writes \
          wait. A CHECK written with ADD COLUMN is verified in the same way, even though the new column is the same \
          in every row.",
    remedy: "Add the constraint NOT VALID: it guards new rows at once and looks at no old one. VALIDATE CONSTRAINT \
             in another transaction then checks the old rows under SHARE UPDATE EXCLUSIVE, while reads and writes go \
             on.",
    parameters: &[],
    sources: &[
        Guide("S-182"),
        Guide("S-181"),
        Manual("sql-altertable", "ADD table_constraint [ NOT VALID ]"),
    ],
    examples: &[
        bad("ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount >= 0);").given(ORDERS),
        bad("ALTER TABLE orders ADD COLUMN discount integer CHECK (discount >= 0);")
            .title("with a new column that is NULL everywhere")
            .given(ORDERS),
        bad("ALTER TABLE orders ADD COLUMN weight text COLLATE \"C\" NOT NULL DEFAULT '1' CHECK (weight > '0');")
            .title("with a new column that has more to it")
            .given(ORDERS),
        bad("ALTER TABLE orders ADD COLUMN gross integer GENERATED ALWAYS AS (amount * 2) VIRTUAL CHECK (gross >= 0);")
            .title("with a virtual column")
            .given(ORDERS)
            .since(18),
        bad("ALTER TABLE events ADD CONSTRAINT valid_payload CHECK (length(payload) < 100);")
            .title("a partitioned table")
            .given(EVENTS),
        good("ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount >= 0) NOT VALID;").given(ORDERS),
        good("ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount >= 0) NOT ENFORCED;").given(ORDERS).since(18),
        good("ALTER TABLE documents ADD CONSTRAINT template CHECK (false) NO INHERIT;")
            .title("NO INHERIT on a parent without rows of its own")
            .given(
                "CREATE TABLE documents (id bigint PRIMARY KEY, title text);\n\
                 CREATE TABLE invoices (PRIMARY KEY (id)) INHERITS (documents);\n\
                 INSERT INTO invoices SELECT g, 'invoice ' || g FROM generate_series(1, 5000) AS g; ANALYZE documents, invoices;",
            ),
        good("ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount >= 0);")
            .title("an empty table")
            .given(EMPTY_ORDERS),
        good(
            "BEGIN;\n\
             CREATE TABLE archived_orders AS SELECT * FROM orders;\n\
             ALTER TABLE archived_orders ADD PRIMARY KEY (id), ADD CONSTRAINT valid_amount CHECK (amount >= 0);\n\
             COMMIT;",
        )
        .title("a table that this transaction made")
        .given(ORDERS),
    ],
    check: Check::On(Kinds::ADD_COLUMN.or(Kinds::ADD_CONSTRAINT), check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let relation = &table.relation;
    // A rewrite verifies the constraint on its way: its rule speaks.
    if statement.impact.effects.iter().any(|effect| matches!(effect.work, Work::Rewrite(_))) {
        return;
    }
    for (number, command) in statement.commands() {
        let (column, checks): (Option<&ColumnDef>, Vec<&ConstraintDef>) = match command {
            AlterCommand::AddConstraint(constraint) => (None, vec![constraint]),
            AlterCommand::AddColumn { column, .. } => (Some(column), column.constraints.iter().collect()),
            _ => continue,
        };
        let scans = recipes::live_work(statement, cx, number, |work| matches!(work, Work::Scan(Scan::Check { .. })));
        if scans.is_empty() {
            continue;
        }
        let names = statement.impact.constraint_names.iter();
        let names = names.filter(|(command, kind, _)| *command == number && *kind == ConstraintKind::Check);
        let checks: Vec<(&ConstraintDef, &String)> = checks
            .into_iter()
            .filter(|check| check.kind == ConstraintKind::Check)
            .zip(names.map(|(_, _, name)| name))
            .filter(|(check, _)| !check.not_valid && !check.not_enforced)
            .collect();
        for (check, name) in &checks {
            let message = format!(
                "CHECK {name} is verified for all rows of {}{}",
                relation.display(),
                recipes::in_partitions(relation, &scans)
            );
            let finding = out.constraint(relation, name, message);
            finding
                .detail(recipes::holds(statement, cx, relation, "while every row is read"))
                .advice("Add it without looking at the old rows, then check them while writes go on, each statement by itself:")
                .evidence("lock", statement.impact.lock_on(relation.oid).as_str());
            // A column with several checks needs one script for all of them.
            if let (Some(expression), true) = (recipes::known(check.expression.as_ref()), checks.len() == 1) {
                let inherit = if check.no_inherit { " NO INHERIT" } else { "" };
                let add = recipes::add_column_first(statement, number, column);
                finding.remedy(format!(
                    "{add}{}",
                    recipes::add_then_validate(
                        relation,
                        name,
                        &format!("CHECK {}{inherit}", sql::in_parentheses(expression))
                    )
                ));
            }
        }
    }
}
