//! A CHECK whose name tells nothing.

use super::own_names;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "constraint-name-explicit",
    category: Naming,
    severity: Info,
    title: "a CHECK over several columns has the name that PostgreSQL made up",
    why: "The name of the constraint is all that the application sees of it when a row is refused: orders_check1 tells neither the user nor the program \
          what is wrong, and it depends on how many such constraints there were. The name for a single column, orders_amount_check, at least \
          tells the column.",
    remedy: "Name it after what it demands: valid_period, positive_amount.",
    parameters: &[],
    sources: &[Guide("S-017"), Manual("ddl-constraints", "Check Constraints")],
    examples: &[
        bad("CREATE TABLE stays (\n    \
                 id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                 arrival date NOT NULL,\n    \
                 departure date NOT NULL,\n    \
                 CHECK (arrival < departure)\n\
             );")
        .advice(),
        good(
            "CREATE TABLE stays (\n    \
                  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                  arrival date NOT NULL,\n    \
                  departure date NOT NULL,\n    \
                  nights integer NOT NULL CHECK (nights > 0),\n    \
                  CONSTRAINT valid_stay CHECK (arrival < departure)\n\
              );",
        ),
    ],
    check: Check::Of(Aspects::CONSTRAINTS, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !own_names(table) {
        return;
    }
    for constraint in table.touched_constraints().filter(|c| !c.inherited && c.kind == ConstraintKind::Check) {
        let bare = constraint.name.trim_end_matches(|c: char| c.is_ascii_digit());
        // `ChooseConstraintName` has only the table's name where no single column is checked.
        if bare != sql::derived_name(&relation.name, "_check") || constraint.columns.len() == 1 {
            continue;
        }
        let name = sql::ident(&constraint.name);
        let finding = out.constraint(
            relation,
            &constraint.name,
            format!("constraint {name} of {} does not say what it demands", relation.display()),
        );
        if let Some(expression) = constraint.expression.as_ref() {
            finding.detail(format!("It demands {expression}."));
        }
        finding.advice(
            "Rename it after what it demands, with ALTER TABLE ... RENAME CONSTRAINT; that is cheap at any size.",
        );
    }
}
