//! Row level security does not hold for the table's owner.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "rls-owner-bypass",
    category: Security,
    severity: Warning,
    title: "row level security does not hold for a login role that owns the table",
    why: "Unless it is forced, row level security does not hold for the owner of the table, nor for roles that inherit from the \
          owner. An application that connects as the owner reads every tenant's rows while the policies seem to be in force; \
          and the tests, run as the same role, do not show it.",
    remedy: "Let the application connect as a role that does not own the tables. Or FORCE ROW LEVEL SECURITY; then policies must \
             also let through what the owner does.",
    parameters: &[],
    sources: &[Guide("S-448"), Manual("ddl-rowsecurity", "Table owners normally bypass row security")],
    examples: &[
        bad("BEGIN;\nCREATE ROLE shop_owner_bypass LOGIN;\nALTER TABLE orders OWNER TO shop_owner_bypass;")
            .given(EMPTY_ORDERS_WITH_POLICY)
            .title("the owner logs in"),
        bad("BEGIN;\nCREATE ROLE shop_owner_group;\nCREATE ROLE shop_owner_member LOGIN IN ROLE shop_owner_group;\n\
             ALTER TABLE orders OWNER TO shop_owner_group;")
        .given(EMPTY_ORDERS_WITH_POLICY)
        .title("a member logs in"),
        good(
            "BEGIN;\nCREATE ROLE shop_owner_forced LOGIN;\nALTER TABLE orders OWNER TO shop_owner_forced;\n\
              ALTER TABLE orders FORCE ROW LEVEL SECURITY;",
        )
        .given(EMPTY_ORDERS_WITH_POLICY),
        good("BEGIN;\nCREATE ROLE shop_owner_nologin;\nALTER TABLE orders OWNER TO shop_owner_nologin;")
            .given(EMPTY_ORDERS_WITH_POLICY)
            .title("nobody logs in as the owner"),
        good("BEGIN;\nCREATE ROLE shop_owner_bare LOGIN;\nALTER TABLE orders OWNER TO shop_owner_bare;")
            .given(EMPTY_ORDERS)
            .title("no row level security"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let access = &database.access;
    let mut logins: std::collections::HashMap<Oid, Vec<String>> = std::collections::HashMap::new();
    for table in &database.tables {
        let (relation, Some(state)) = (&table.relation, &table.state) else { continue };
        if *relation.exempt || !database.in_scope(relation.oid) || !state.row_security || state.row_security_forced {
            continue;
        }
        let names = logins.entry(state.owner).or_insert_with(|| {
            let members = access.members(state.owner, true);
            access.names(members.into_iter().filter(|oid| {
                access.roles.get(oid).is_some_and(|role| role.login && !role.superuser && !role.bypass_rls)
            }))
        });
        if names.is_empty() {
            continue;
        }
        out.relation(
            relation,
            format!("row level security of {} does not hold for {}", relation.display(), list(names, 5)),
        )
        .detail(format!("Owner is {}, and the policies are not forced on it.", access.name(state.owner)))
        .advice("Connect as another role, or force the policies on the owner too:")
        .remedy(format!("ALTER TABLE {} FORCE ROW LEVEL SECURITY;", relation.sql()));
    }
}
