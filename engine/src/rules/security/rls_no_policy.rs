//! Row level security without a policy shows no row to anybody but the owner.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "rls-no-policy",
    category: Security,
    severity: Warning,
    title: "row level security is enabled, but there is no policy",
    why: "Without a policy row level security denies everything: everybody but the owner and roles with BYPASSRLS sees an empty \
          table, without an error, and cannot write to it. That may be meant, to close a table for the time being; more often \
          the policies were forgotten, and the application works only since it connects as the owner.",
    remedy: "Create the policies. Where nobody is meant to see anything, REVOKE says so with an error in place of an empty answer.",
    parameters: &[],
    sources: &[Guide("S-448"), Manual("ddl-rowsecurity", "a default-deny policy is used")],
    examples: &[
        bad("ALTER TABLE orders ENABLE ROW LEVEL SECURITY;\nGRANT SELECT ON orders TO pg_monitor;")
            .given(EMPTY_ORDERS)
            .advice(),
        good("ALTER TABLE orders ENABLE ROW LEVEL SECURITY;").title("nobody else has a privilege").given(EMPTY_ORDERS),
        good("ALTER TABLE orders ENABLE ROW LEVEL SECURITY;\nCREATE POLICY own_orders ON orders USING (customer_id = 1);")
            .given(EMPTY_ORDERS),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    let Some(database) = cx.database else { return };
    if !state.row_security || !state.policies.is_empty() {
        return;
    }
    let relation = &table.relation;
    // Where only the owner has privileges nobody gets a wrong answer.
    let others = super::others(state, &database.access);
    if others.is_empty() && !state.row_security_forced {
        return;
    }
    let who = if others.is_empty() { "Its owner".to_owned() } else { list(&others, 5) };
    out.relation(relation, format!("{} shows no rows: row level security without a policy", relation.display()))
        .detail(format!("{who} may use it, and get no row, without an error."))
        .advice("Create policies, or revoke the privileges, which says the same with an error.");
}
