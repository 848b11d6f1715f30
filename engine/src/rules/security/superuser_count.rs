//! Superusers besides the one that initdb made.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "superuser-count",
    category: Security,
    severity: Info,
    title: "a role is superuser besides the one that the cluster was made with",
    why: "No privilege, policy or limit holds for a superuser, who can also run programs on the server. Most of what \
          administrators and monitoring do needs a predefined role only: pg_monitor, pg_signal_backend, pg_maintain (17).",
    remedy: "Take the attribute away and grant what is needed. Where the role is meant to be superuser, suppress the finding.",
    parameters: &[],
    sources: &[
        Guide("S-437"),
        Manual("role-attributes", "superuser status"),
        Manual("predefined-roles", "Predefined Roles"),
    ],
    examples: &[
        bad("BEGIN;\nCREATE ROLE shop_admin SUPERUSER LOGIN;"),
        good("BEGIN;\nCREATE ROLE shop_watcher LOGIN IN ROLE pg_monitor;"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

/// `BOOTSTRAP_SUPERUSERID`: the role that initdb makes.
const BOOTSTRAP: Oid = 10;

fn check(database: &Database, _: &Context, out: &mut Findings) {
    if database.scope.is_some() {
        return;
    }
    for role in database.access.roles.values().filter(|role| role.superuser && role.oid != BOOTSTRAP) {
        let name = sql::ident(&role.name);
        let how = if role.login { "It may log in." } else { "Its members become it by SET ROLE." };
        out.object("role", "", &role.name, format!("role {name} is superuser"))
            .detail(format!("No privilege and no policy holds for it. {how}"))
            .advice("Grant the predefined roles that it needs, then:")
            .remedy(format!("ALTER ROLE {name} NOSUPERUSER;"));
    }
}
