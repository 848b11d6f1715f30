//! Roles for which no policy holds.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "bypassrls-roles",
    category: Security,
    severity: Info,
    title: "no row security policy holds for a role",
    why: "A role with BYPASSRLS reads and writes every row of every table that it has privileges on. A role that takes logical \
          backups needs it; an application's role makes all policies void.",
    remedy: "Take the attribute away, unless the role takes backups; then suppress the finding.",
    parameters: &[],
    sources: &[Guide("S-437"), Guide("S-448"), Manual("role-attributes", "bypassing row-level security")],
    examples: &[
        bad("BEGIN;\nCREATE ROLE shop_reports LOGIN BYPASSRLS;"),
        good("BEGIN;\nCREATE ROLE shop_clerk LOGIN;"),
        good("BEGIN;\nCREATE ROLE shop_root SUPERUSER BYPASSRLS;").title("a superuser: another rule tells"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    if database.scope.is_some() {
        return;
    }
    for role in database.access.roles.values().filter(|role| role.bypass_rls && !role.superuser) {
        let name = sql::ident(&role.name);
        out.object("role", "", &role.name, format!("no row security policy holds for role {name}"))
            .detail("It has BYPASSRLS, which a role for backups needs and an application's role should not have.")
            .remedy(format!("ALTER ROLE {name} NOBYPASSRLS;"));
    }
}
