//! Several permissive policies for one role and command.

use crate::rule::prelude::*;
use std::collections::BTreeMap;

/// The rule.
pub static RULE: Rule = Rule {
    name: "rls-many-permissive",
    category: Security,
    severity: Info,
    title: "several permissive policies hold for the same role and command",
    why: "Permissive policies are combined by OR, and all of them are evaluated for each row until one is true. An index can \
          seldom serve the whole of an OR.",
    remedy: "Merge them into one policy where the cost shows. Several are right where OR is what is meant and the table is small.",
    parameters: &[],
    sources: &[Manual("sql-createpolicy", "PERMISSIVE")],
    examples: &[
        bad("CREATE POLICY a ON orders FOR SELECT USING (customer_id = 1);\n\
             CREATE POLICY b ON orders FOR SELECT USING (amount > 0);")
        .given(EMPTY_ORDERS_WITH_RLS)
        .advice(),
        bad("CREATE POLICY a ON orders USING (customer_id = 1);\n\
             CREATE POLICY b ON orders FOR SELECT TO pg_monitor USING (amount > 0);")
        .title("one for all commands and all roles among them")
        .given(EMPTY_ORDERS_WITH_RLS)
        .advice(),
        good(
            "CREATE POLICY a ON orders FOR SELECT USING (customer_id = 1);\n\
              CREATE POLICY b ON orders FOR INSERT WITH CHECK (amount > 0);",
        )
        .given(EMPTY_ORDERS_WITH_RLS)
        .title("for different commands"),
        good(
            "CREATE POLICY a ON orders FOR SELECT USING (customer_id = 1);\n\
              CREATE POLICY b ON orders AS RESTRICTIVE FOR SELECT USING (amount > 0);",
        )
        .given(EMPTY_ORDERS_WITH_RLS)
        .title("one is restrictive"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    let (relation, Some(database)) = (&table.relation, cx.database) else { return };
    let permissive: Vec<&RowPolicy> = state.policies.iter().filter(|policy| policy.permissive).collect();
    let mut together: BTreeMap<(String, &str), Vec<String>> = BTreeMap::new();
    for (letter, command) in [('r', "SELECT"), ('a', "INSERT"), ('w', "UPDATE"), ('d', "DELETE")] {
        let of: Vec<&&RowPolicy> = permissive.iter().filter(|p| p.command == letter || p.command == '*').collect();
        let mut roles: Vec<Oid> = of.iter().flat_map(|policy| policy.roles.iter().copied()).collect();
        roles.sort_unstable();
        roles.dedup();
        for role in roles {
            let mut names: Vec<String> = of
                .iter()
                .filter(|policy| policy.roles.contains(&role) || policy.roles.contains(&0))
                .map(|policy| sql::ident(&policy.name))
                .collect();
            if names.len() > 1 {
                names.sort();
                together.entry((database.access.name(role), command)).or_insert(names);
            }
        }
    }
    let mut told: Vec<Vec<String>> = Vec::new();
    for ((role, command), names) in together {
        if told.contains(&names) {
            continue;
        }
        let message = format!("{} policies of {} hold for {command} by {role}", names.len(), relation.display());
        out.relation(relation, message)
            .detail(format!("{} are all permissive: they are combined by OR.", list(&names, 5)))
            .advice("Merge them into one where the cost shows.")
            .evidence("policies", names.clone())
            .discriminator(names.join(" "));
        told.push(names);
    }
}
