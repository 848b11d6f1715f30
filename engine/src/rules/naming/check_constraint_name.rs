//! The name of a CHECK that somebody chose.

use super::own_names;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "check-constraint-name",
    category: Naming,
    severity: Info,
    title: "a CHECK's name does not begin as the convention has it",
    why: "With one beginning, valid_status, the application can tell the error of a CHECK from others by its name, and show it as such.",
    remedy: "Let the name begin with what prefix says.",
    parameters: &[Parameter { name: "prefix", default: Text("valid_"), what: "how the name of a CHECK begins" }],
    sources: &[Guide("S-019")],
    examples: &[
        bad("ALTER TABLE orders ADD CONSTRAINT amount_sign CHECK (amount >= 0) NOT VALID;").given(EMPTY_ORDERS),
        good("ALTER TABLE orders ADD CONSTRAINT valid_amount CHECK (amount >= 0) NOT VALID;").given(EMPTY_ORDERS),
        good("CREATE TABLE stays (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, nights integer CHECK (nights > 0));")
            .title("a name that PostgreSQL made"),
        good("ALTER TABLE orders ADD CONSTRAINT orders_note_not_null CHECK (note IS NOT NULL) NOT VALID;")
            .given(EMPTY_ORDERS)
            .title("a proof for SET NOT NULL"),
    ],
    check: Check::Of(Aspects::CONSTRAINTS, check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let prefix = cx.text("prefix", relation);
    if !own_names(table) {
        return;
    }
    for constraint in table.touched_constraints().filter(|c| !c.inherited && c.kind == ConstraintKind::Check) {
        let bare = constraint.name.trim_end_matches(|c: char| c.is_ascii_digit());
        // What says no more than NOT NULL is no rule of the business: the proof that SET NOT NULL needs, dropped right after it.
        let only_not_null = || {
            let names = table.column_names(&constraint.columns);
            constraint.expression.as_deref().is_some_and(|expression| only_not_null(expression, &names))
        };
        if constraint.name.starts_with(&prefix) || bare.ends_with("_check") || only_not_null() {
            continue;
        }
        let name = sql::ident(&constraint.name);
        let proposed = sql::ident(&sql::derived_name(&format!("{prefix}{}", constraint.name), ""));
        out.constraint(
            relation,
            &constraint.name,
            format!("the name of CHECK {name} on {} does not begin with {prefix}", relation.display()),
        )
        .detail(format!("The convention is {prefix}<what>."))
        .advice("Rename it; that is cheap at any size:")
        .remedy(format!("ALTER TABLE {} RENAME CONSTRAINT {name} TO {proposed};", relation.sql()));
    }
}
