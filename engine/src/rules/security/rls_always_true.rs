//! A policy that lets everybody write every row.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "rls-always-true",
    category: Security,
    severity: Warning,
    title: "a policy lets every role write every row",
    why: "Permissive policies are combined by OR: one whose condition is always true for PUBLIC makes all others for that \
          command pointless. For writing it means that whoever has the privilege may change or delete the rows of others, \
          while row level security seems to be in force.",
    remedy: "Write the condition, name the roles that it is meant for, or make it a policy FOR SELECT.",
    parameters: &[],
    sources: &[Manual("sql-createpolicy", "PERMISSIVE"), Manual("ddl-rowsecurity", "Row Security Policies")],
    examples: &[
        bad("CREATE POLICY everybody ON orders USING (true);").given(EMPTY_ORDERS_WITH_RLS).advice(),
        bad("CREATE POLICY everybody ON orders FOR DELETE USING (1 = 1);").given(EMPTY_ORDERS_WITH_RLS).advice(),
        bad("CREATE POLICY everybody ON orders FOR INSERT WITH CHECK (true);").given(EMPTY_ORDERS_WITH_RLS).advice(),
        good("CREATE POLICY readers ON orders FOR SELECT USING (true);").given(EMPTY_ORDERS_WITH_RLS).title("reading"),
        good("CREATE POLICY loaders ON orders TO pg_monitor USING (true);")
            .given(EMPTY_ORDERS_WITH_RLS)
            .title("for a role by name"),
        good(
            "CREATE POLICY some_rows ON orders USING (true) WITH CHECK (customer_id = 1);\n\
              CREATE POLICY no_delete ON orders AS RESTRICTIVE FOR DELETE USING (false);",
        )
        .given(EMPTY_ORDERS_WITH_RLS)
        .title("what is written is checked"),
        good("CREATE POLICY limits ON orders AS RESTRICTIVE USING (true);")
            .given(EMPTY_ORDERS_WITH_RLS)
            .title("a restrictive policy allows nothing by itself"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, state: &TableState, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    for policy in &state.policies {
        if policy.hidden {
            super::hidden(relation, policy, out);
            continue;
        }
        let using = policy.using.as_deref().is_some_and(always_true);
        let written = policy.with_check.as_deref().or(policy.using.as_deref()).is_some_and(always_true);
        let (open, command) = match policy.command {
            'a' => (written, "insert"),
            'w' => (using && written, "update"),
            'd' => (using, "delete"),
            '*' => (using && written, "insert, update and delete"),
            _ => (false, ""),
        };
        if !open || !policy.permissive || !policy.roles.contains(&0) {
            continue;
        }
        let name = sql::ident(&policy.name);
        out.relation(relation, format!("policy {name} lets every role {command} every row of {}", relation.display()))
            .detail("It holds for PUBLIC, and its condition is always true: no other permissive policy matters for these commands.")
            .advice("Write the condition with ALTER POLICY, or name the roles in TO.")
            .evidence("policy", policy.name.as_str())
            .discriminator(policy.name.as_str());
    }
}

/// `true`, or two equal literals that are compared, as PostgreSQL prints them.
fn always_true(expression: &str) -> bool {
    let bare = expression.trim_matches(|c: char| c == '(' || c == ')' || c.is_whitespace());
    if bare == "true" {
        return true;
    }
    let literal = |text: &str| text.starts_with('\'') || text.starts_with(|c: char| c.is_ascii_digit());
    bare.split_once(" = ").is_some_and(|(left, right)| left == right && literal(left))
}
