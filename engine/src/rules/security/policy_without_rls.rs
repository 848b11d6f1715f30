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
    remedy: "Enable row level security, in the transaction that makes the first policy. First look whether a policy exists for everybody who uses the table: who has none sees \
             no rows from then on.",
    parameters: &[],
    sources: &[Guide("S-447"), Manual("ddl-rowsecurity", "Row Security Policies")],
    examples: &[
        bad("CREATE POLICY own_orders ON orders USING (customer_id = 1);").given(EMPTY_ORDERS),
        bad("ALTER TABLE orders DISABLE ROW LEVEL SECURITY;").title("disabled again").given(EMPTY_ORDERS_WITH_POLICY),
        bad("CREATE POLICY own_orders ON orders USING (customer_id = 1);").title("as a full check finds it").given(EMPTY_ORDERS).check(),
        bad("ALTER TABLE orders DISABLE ROW LEVEL SECURITY;").title("in a text").given(EMPTY_ORDERS_WITH_POLICY).lint(),
        bad("CREATE TABLE notes (id bigint PRIMARY KEY);\nCREATE POLICY own_notes ON notes USING (id = 1);")
            .title("in a text, on a table of its own")
            .lint()
            .advice(),
        good(
            "BEGIN;\nCREATE POLICY own_orders ON orders USING (customer_id = 1);\n\
             ALTER TABLE orders ENABLE ROW LEVEL SECURITY;\nCOMMIT;",
        )
        .given(EMPTY_ORDERS),
        good(
            "CREATE POLICY own_orders ON orders USING (customer_id = 1);\nALTER TABLE orders ENABLE ROW LEVEL SECURITY;",
        )
        .given(EMPTY_ORDERS)
        .title("a text is judged at its end")
        .lint(),
        good("ALTER TABLE orders DISABLE ROW LEVEL SECURITY;\nDROP POLICY own_orders ON orders;")
            .title("no policy is left")
            .given(EMPTY_ORDERS_WITH_POLICY)
            .lint(),
        good("BEGIN;\nALTER TABLE orders DISABLE ROW LEVEL SECURITY;\nDROP POLICY own_orders ON orders;\nCOMMIT;")
            .title("the policy goes with it")
            .given(EMPTY_ORDERS_WITH_POLICY),
        good("REVOKE ALL ON orders FROM PUBLIC;")
            .title("it was so before, and REVOKE makes it no worse")
            .given(with!(EMPTY_ORDERS, "CREATE POLICY own_orders ON orders USING (customer_id = 1);")),
        good("ALTER TABLE orders ADD COLUMN paid boolean;")
            .title("it was so before")
            .given(with!(EMPTY_ORDERS, "CREATE POLICY own_orders ON orders USING (customer_id = 1);")),
        good("CREATE INDEX orders_code ON orders (code);").title("no policies").given(EMPTY_ORDERS),
    ],
    check: Check::State(check),
    also: &[Check::Of(Aspects::RIGHTS, changed)],
    enabled: true,
};

fn check(table: &Table, state: &TableState, _: &Context, out: &mut Findings) {
    if !state.row_security {
        tell(&table.relation, state.policies.iter().map(|policy| policy.name.as_str()), out);
    }
}

/// What a transaction or a text changed of it.
fn changed(table: &Table, _: &Context, out: &mut Findings) {
    if table.rights_touched && !table.rights.row_security {
        tell(&table.relation, table.rights.policies.iter().map(String::as_str), out);
    }
}

fn tell<'a>(relation: &Relation, policies: impl Iterator<Item = &'a str>, out: &mut Findings) {
    let mut names: Vec<String> = policies.map(sql::ident).collect();
    if names.is_empty() {
        return;
    }
    names.sort();
    out.relation(relation, format!("the policies of {} do nothing", relation.display()))
        .detail(format!(
            "It has {}, and row level security is not enabled: who may read the table reads every row.",
            list(&names, 5)
        ))
        .advice("Enable it; who has no policy then sees no rows:")
        .evidence("policies", names.len())
        .remedy(format!("ALTER TABLE {} ENABLE ROW LEVEL SECURITY;", relation.sql()));
}
