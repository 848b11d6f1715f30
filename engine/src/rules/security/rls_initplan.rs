//! A policy calls a stable function for each row.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "rls-initplan",
    category: Security,
    severity: Info,
    title: "a policy calls a function for each row although its result is the same for all",
    why: "The condition of a policy is added to every query of the table. A stable function in it, such as current_setting(), is \
          called again for each row that a scan looks at. In a sub-select, (SELECT current_setting(...)), it becomes an \
          initial plan that runs once per query.",
    remedy: "Put the call into a sub-select: USING (tenant_id = (SELECT current_setting('app.tenant')::bigint)).",
    parameters: &[],
    sources: &[
        Guide("S-449"),
        Manual("xfunc-volatility", "STABLE"),
        Code("src/backend/optimizer/plan/subselect.c", "SS_process_sublinks"),
    ],
    examples: &[
        bad("CREATE POLICY own_orders ON orders USING (customer_id = current_setting('app.customer')::bigint);")
            .given(SERVED)
            .advice(),
        bad("CREATE FUNCTION this_customer() RETURNS bigint LANGUAGE sql STABLE RETURN current_setting('app.customer')::bigint;\n\
             CREATE POLICY own_orders ON orders FOR INSERT WITH CHECK (customer_id = this_customer());")
        .title("any stable function")
        .given(ORDERS_WITH_RLS)
        .advice(),
        good("CREATE POLICY own_orders ON orders\n    USING (customer_id = (SELECT current_setting('app.customer')::bigint));")
            .given(ORDERS_WITH_RLS),
        good("CREATE POLICY own_orders ON orders USING (code = lower(code) AND code = CURRENT_USER);")
            .title("functions of the row; CURRENT_USER is no call")
            .given(ORDERS_WITH_RLS),
        good("CREATE POLICY own_orders ON orders USING (customer_id = current_setting('app.customer')::bigint);")
            .title("a small table")
            .given(EMPTY_ORDERS_WITH_RLS),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

const SERVED: &str = with!(ORDERS_WITH_RLS, "CREATE INDEX idx_orders_customer_id ON orders (customer_id);");

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if cx.small(relation) {
        return;
    }
    for policy in state.policies.iter().filter(|policy| !policy.per_row.is_empty()) {
        let calls: Vec<String> = policy.per_row.iter().map(|name| format!("{}()", sql::ident(name))).collect();
        let name = sql::ident(&policy.name);
        out.relation(
            relation,
            format!("policy {name} calls {} for each row of {}", list(&calls, 3), relation.display()),
        )
        .detail(format!(
            "{} is looked at row by row; the result is the same for all rows of a query.",
            cx.sized(relation)
        ))
        .advice("Put the call into a sub-select with ALTER POLICY: it then runs once per query.")
        .evidence("policy", policy.name.as_str())
        .evidence("functions", policy.per_row.clone())
        .discriminator(policy.name.as_str());
    }
}
