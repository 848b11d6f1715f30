//! A role that strangers act as reaches a table without row level security.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "rls-disabled",
    category: Security,
    severity: Error,
    title: "a role that strangers act as may use a table without row level security",
    why: "Where an API lets its users' queries reach the database as a shared role, row level security is all that keeps them \
          apart. A table without it, and with privileges for that role, is open to whoever can reach the API.",
    remedy: "Enable row level security and create policies, or revoke the privileges.",
    parameters: &[Parameter {
        name: "untrusted_roles",
        default: List(&["anon", "authenticated", "web_anon"]),
        what: "roles that strangers act as; those that do not exist do no harm",
    }],
    sources: &[Guide("S-446"), Manual("ddl-rowsecurity", "Row Security Policies")],
    examples: &[
        bad("GRANT SELECT, INSERT ON orders TO pg_monitor;")
            .given(OPEN)
            .title("untrusted_roles are set to pg_monitor")
            .advice(),
        good("GRANT SELECT ON orders TO pg_read_all_stats;").given(OPEN).title("another role"),
        good(
            "GRANT SELECT ON orders TO pg_monitor;\nALTER TABLE orders ENABLE ROW LEVEL SECURITY;\n\
              CREATE POLICY own_orders ON orders USING (customer_id = 1);",
        )
        .given(OPEN),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

const OPEN: &str = with!(
    EMPTY_ORDERS,
    "SELECT architect.configure('rls-disabled', parameters => '{\"untrusted_roles\": [\"pg_monitor\"]}');"
);

fn check(table: &Table, state: &TableState, cx: &Context, out: &mut Findings) {
    let (relation, Some(database)) = (&table.relation, cx.database) else { return };
    if state.row_security {
        return;
    }
    let untrusted = cx.words("untrusted_roles", relation);
    let mut open: Vec<String> = super::grantees(table, state, &database.access)
        .filter_map(|grantee| database.access.roles.get(&grantee))
        .filter(|role| untrusted.contains(&role.name.as_str()))
        .map(|role| sql::ident(&role.name))
        .collect();
    open.sort();
    open.dedup();
    if !open.is_empty() {
        out.relation(
            relation,
            format!("{} may use {}, which has no row level security", list(&open, 3), relation.display()),
        )
        .detail("Everybody who acts as that role reaches every row.")
        .advice("Create policies and enable row level security, or revoke the privileges.");
    }
}
