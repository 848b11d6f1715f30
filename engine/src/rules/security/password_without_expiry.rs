//! A password that holds for ever.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "password-without-expiry",
    category: Security,
    severity: Info,
    title: "nothing ends the password of a role that logs in",
    why: "Some rule books ask for passwords that end; VALID UNTIL is all that PostgreSQL has for it. It ends the password, not the role: \
          who logs in by certificate, peer or Kerberos is not affected, and whether a role has a password at all is for superusers \
          to see. Others hold that passwords which end make people choose worse ones, and a service whose password ends stops \
          working that night. So this rule is off.",
    remedy: "ALTER ROLE ... VALID UNTIL, together with a job that renews the password before. The role that the cluster was made \
             with is not judged: locked out of it, nobody could mend anything.",
    parameters: &[],
    sources: &[Guide("S-722"), Manual("sql-createrole", "VALID UNTIL")],
    examples: &[
        bad("BEGIN;\nCREATE ROLE shop_clerk LOGIN;").server(ALONE).advice(),
        bad("BEGIN;\nCREATE ROLE shop_clerk LOGIN VALID UNTIL 'infinity';")
            .server(ALONE)
            .title("infinity is no end")
            .advice(),
        good("BEGIN;\nCREATE ROLE shop_clerk LOGIN VALID UNTIL '2040-01-01';").server(ALONE),
        good("BEGIN;\nCREATE ROLE shop_clerks NOLOGIN;").server(ALONE).title("nobody logs in"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: false,
};

/// Other tests make roles that log in.
const ALONE: &str = "max_connections = 31";

/// `BOOTSTRAP_SUPERUSERID`: the role that initdb makes.
const BOOTSTRAP: Oid = 10;

fn check(database: &Database, _: &Context, out: &mut Findings) {
    if database.scope.is_some() {
        return;
    }
    for role in database.access.roles.values().filter(|role| role.login && !role.expires && role.oid != BOOTSTRAP) {
        let name = sql::ident(&role.name);
        out.object("role", "", &role.name, format!("nothing ends the password of role {name}"))
            .detail("It may log in and has no VALID UNTIL. Whether it has a password is for superusers to see.")
            .advice("Say until when its password holds (ALTER ROLE ... VALID UNTIL), and renew it before.");
    }
}
