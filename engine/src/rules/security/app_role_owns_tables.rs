//! Tables that belong to a role that logs in.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "app-role-owns-tables",
    category: Security,
    severity: Info,
    title: "a role that logs in owns tables",
    why: "The owner of a table may drop and alter it, read all of it past its policies, and grant it to others; none of that can \
          be taken away. Where the application logs in as the owner, whoever gets hold of its password, or slips SQL into a \
          query, can do the same.",
    remedy: "Let the tables belong to a role without LOGIN that migrations switch to by SET ROLE, and grant the application's \
             role what it needs.",
    parameters: &[],
    sources: &[
        Guide("S-439"),
        Manual("ddl-priv", "The right to modify or destroy an object"),
        Manual("role-membership", "Role Membership"),
    ],
    examples: &[
        bad("BEGIN;\nCREATE ROLE shop_app LOGIN;\nALTER TABLE orders OWNER TO shop_app;").given(EMPTY_ORDERS).advice(),
        good("BEGIN;\nCREATE ROLE shop_owner NOLOGIN;\nALTER TABLE orders OWNER TO shop_owner;").given(EMPTY_ORDERS),
        good("ALTER TABLE orders OWNER TO CURRENT_USER;").given(EMPTY_ORDERS).title("a superuser"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    if database.scope.is_some() {
        return;
    }
    let mut owned: std::collections::BTreeMap<Oid, Vec<String>> = std::collections::BTreeMap::new();
    for table in &database.tables {
        let (relation, Some(state)) = (&table.relation, &table.state) else { continue };
        if !*relation.exempt && relation.kind.is_table() && !relation.is_partition {
            owned.entry(state.owner).or_default().push(relation.display());
        }
    }
    for (owner, mut tables) in owned {
        let Some(role) = database.access.roles.get(&owner).filter(|role| role.login && !role.superuser) else {
            continue;
        };
        tables.sort();
        let name = sql::ident(&role.name);
        let number = count(tables.len() as u64);
        let noun = if tables.len() == 1 { "table" } else { "tables" };
        out.object("role", "", &role.name, format!("role {name} logs in and owns {number} {noun}"))
            .detail(format!("It can drop {}, and no policy holds for it there unless it is forced.", list(&tables, 5)))
            .advice("Give the tables to a role without LOGIN (REASSIGN OWNED), and grant what the application needs.")
            .evidence("tables", tables.len());
    }
}
