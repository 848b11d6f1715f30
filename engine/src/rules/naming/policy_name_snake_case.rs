//! The name of a row security policy.

use crate::rule::prelude::*;
use crate::words::{is_snake, to_snake};

/// The rule.
pub static RULE: Rule = Rule {
    name: "policy-name-snake-case",
    category: Naming,
    severity: Info,
    title: "the name of a policy is not in lower snake_case",
    why: "Policies are altered and dropped by name in migrations, which have to quote a whole sentence exactly. tenant_isolation says as much.",
    remedy: "Name it after what it isolates: tenant_isolation.",
    parameters: &[],
    sources: &[Guide("S-023")],
    examples: &[
        bad("CREATE POLICY \"Customers see their own orders\" ON orders USING (customer_id = 1);").given(ISOLATED),
        good("CREATE POLICY customer_isolation ON orders USING (customer_id = 1);").given(ISOLATED),
    ],
    check: Check::State(check),
    also: &[],
    enabled: false,
};

const ISOLATED: &str = with!(EMPTY_ORDERS, "ALTER TABLE orders ENABLE ROW LEVEL SECURITY;");

fn check(table: &Table, state: &TableState, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    for policy in state.policies.iter().filter(|policy| !is_snake(&policy.name)) {
        let name = sql::ident(&policy.name);
        let finding =
            out.relation(relation, format!("policy name {name} on {} is not in lower snake_case", relation.display()));
        finding.detail("Every statement about it has to quote the name.").discriminator(policy.name.as_str());
        match to_snake(&policy.name) {
            Some(new) => finding.advice("Rename it:").remedy(format!(
                "ALTER POLICY {name} ON {} RENAME TO {};",
                relation.sql(),
                sql::derived_name(&new, "")
            )),
            None => finding.advice("Give it a name in lower snake_case."),
        };
    }
}
