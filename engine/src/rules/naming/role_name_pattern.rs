//! The name of a role that tables are granted to.

use crate::rule::prelude::*;
use crate::words::is_snake;
use std::collections::BTreeMap;

/// The rule.
pub static RULE: Rule = Rule {
    name: "role-name-pattern",
    category: Naming,
    severity: Info,
    title: "the name of a role does not tell what it is for",
    why: "Roles belong to the whole server. app_read and shop_write say whose they are and what they may do; data and user1 have to be \
          looked up, and get more privileges than they need since nobody knows what for.",
    remedy: "Name roles that tables are granted to <application>_<purpose>: shop_read, shop_write, shop_owner. Roles of people belong into \
             such groups and need no privileges of their own.",
    parameters: &[Parameter {
        name: "purposes",
        default: List(&[
            "admin", "app", "backup", "etl", "group", "migrator", "monitor", "owner", "read", "reader", "readonly",
            "ro", "role", "rw", "service", "user", "web", "worker", "write", "writer",
        ]),
        what: "one of these words, or its plural, must be a part of the name besides another word",
    }],
    sources: &[Guide("S-022"), Manual("role-membership", "Role Membership")],
    examples: &[
        bad("BEGIN;\nCREATE ROLE data;\nGRANT SELECT ON orders TO data;").given(EMPTY_ORDERS).advice(),
        bad("BEGIN;\nCREATE ROLE \"Shop-Read\";\nGRANT SELECT ON orders TO \"Shop-Read\";")
            .given(EMPTY_ORDERS)
            .advice(),
        good("BEGIN;\nCREATE ROLE shop_read;\nGRANT SELECT ON orders TO shop_read;").given(EMPTY_ORDERS),
        good("BEGIN;\nCREATE ROLE read_only_user;\nGRANT SELECT ON orders TO read_only_user;").given(EMPTY_ORDERS),
        good("GRANT SELECT ON orders TO pg_monitor;").given(EMPTY_ORDERS).title("PostgreSQL's own roles"),
        good("BEGIN;\nCREATE ROLE alice LOGIN;").title("a role without privileges of its own"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: false,
};

/// How the roles of hosted services begin.
const PROVIDERS: &[&str] =
    &["pg_", "rds", "cloudsql", "azure", "aws_", "neon_", "supabase", "alloydb", "aiven", "crunchy", "tsdb", "doadmin"];

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    if database.scope.is_some() {
        return;
    }
    let mut granted: BTreeMap<Oid, &Relation> = BTreeMap::new();
    for table in database.tables.iter().filter(|table| !*table.relation.exempt && table.relation.kind.is_table()) {
        let Some(state) = &table.state else { continue };
        for grant in state.grants.iter().filter(|grant| grant.grantee != 0 && grant.grantee != state.owner) {
            granted.entry(grant.grantee).or_insert(&table.relation);
        }
    }
    for (oid, relation) in granted {
        let Some(role) = database.access.roles.get(&oid).filter(|role| !role.superuser) else { continue };
        let purposes = cx.list("purposes", relation);
        let fits =
            |word: &str| purposes.iter().any(|known| word == known || word.strip_suffix('s') == Some(known.as_str()));
        let words = role.name.split('_').count();
        let good = is_snake(&role.name) && words > 1 && role.name.split('_').any(fits);
        if good || PROVIDERS.iter().any(|start| role.name.starts_with(start)) {
            continue;
        }
        let name = sql::ident(&role.name);
        out.object("role", "", &role.name, format!("role name {name} does not tell what the role is for"))
            .detail(format!("It has privileges of its own, on {} for example.", relation.display()))
            .advice("Name it <application>_<purpose> in lower snake_case (ALTER ROLE ... RENAME TO clears an MD5 password).");
    }
}
