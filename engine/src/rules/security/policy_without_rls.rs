//! Policies on a table without row level security do nothing.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "policy-without-rls",
    category: Security,
    severity: Error,
    title: "a table has policies, but row level security is not enabled",
    why: "CREATE POLICY is accepted on any table, but policies are applied only where ROW LEVEL SECURITY is enabled. Until then \
          every role with SELECT reads every row, and the policies only look like protection.",
    remedy: "Enable row level security. First look whether a policy exists for everybody who uses the table: who has none sees \
             no rows from then on.",
    parameters: &[],
    sources: &[Guide("S-447"), Manual("ddl-rowsecurity", "Row Security Policies")],
    examples: &[
        bad("CREATE POLICY own_orders ON orders USING (customer_id = 1);").given(EMPTY_ORDERS),
        bad("ALTER TABLE orders DISABLE ROW LEVEL SECURITY;").title("disabled again").given(EMPTY_ORDERS_WITH_POLICY),
        good("CREATE POLICY own_orders ON orders USING (customer_id = 1);\nALTER TABLE orders ENABLE ROW LEVEL SECURITY;")
            .given(EMPTY_ORDERS),
        good("CREATE INDEX orders_code ON orders (code);").title("no policies").given(EMPTY_ORDERS),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, state: &TableState, _: &Context, out: &mut Findings) {
    if state.row_security || state.policies.is_empty() {
        return;
    }
    let relation = &table.relation;
    let names: Vec<String> = state.policies.iter().map(|policy| sql::ident(&policy.name)).collect();
    out.relation(relation, format!("the policies of {} do nothing", relation.display()))
        .detail(format!(
            "It has {}, and row level security is not enabled: who may read the table reads every row.",
            list(&names, 5)
        ))
        .advice("Enable it; who has no policy then sees no rows:")
        .evidence("policies", names.len())
        .remedy(format!("ALTER TABLE {} ENABLE ROW LEVEL SECURITY;", relation.sql()));
}
