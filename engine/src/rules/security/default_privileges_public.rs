//! What is created from now on is open to everybody.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "default-privileges-public",
    category: Security,
    severity: Warning,
    title: "default privileges open what is created to every role",
    why: "ALTER DEFAULT PRIVILEGES ... TO PUBLIC gives every role privileges on each new table, sequence or schema of the role. \
          Nobody sees it in the script that creates the table.",
    remedy: "Revoke the default, and what it has granted already.",
    parameters: &[],
    sources: &[Guide("S-441"), Guide("S-444"), Manual("sql-alterdefaultprivileges", "Description")],
    examples: &[
        bad("ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO PUBLIC;"),
        bad("ALTER DEFAULT PRIVILEGES GRANT INSERT ON TABLES TO PUBLIC;").title("in every schema"),
        good("ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO pg_monitor;")
            .title("to a role by name"),
        good("ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;").title("less than what is built in"),
        good("ALTER DEFAULT PRIVILEGES GRANT EXECUTE ON FUNCTIONS TO pg_monitor;")
            .title("functions and types are open to PUBLIC anyway, which the entry repeats"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    if database.scope.is_some() {
        return;
    }
    let access = &database.access;
    for default in &access.defaults {
        if default.schema.is_none() && matches!(default.kind, 'f' | 'T') {
            continue;
        }
        let mut privileges: Vec<&str> =
            default.grants.iter().filter(|g| g.grantee == 0).map(|g| g.privilege.as_str()).collect();
        if privileges.is_empty() {
            continue;
        }
        privileges.sort_unstable();
        let what = match default.kind {
            'r' => "tables",
            'S' => "sequences",
            'f' => "functions",
            'T' => "types",
            'n' => "schemas",
            _ => "large objects",
        };
        let role = access.name(default.role);
        let place = default.schema.as_ref().map(|schema| format!(" in schema {}", sql::ident(schema)));
        let place = place.unwrap_or_default();
        let finding = out.object(
            "default privileges",
            default.schema.as_deref().unwrap_or_default(),
            access.roles.get(&default.role).map_or(role.as_str(), |role| role.name.as_str()),
            format!("{what} that {role} creates{place} are open to every role"),
        );
        finding
            .detail(format!("PUBLIC gets {} on each of them.", list(&privileges, 8)))
            .advice("Revoke the default; what it has granted already stays:")
            .discriminator(what)
            .evidence("privileges", privileges.join(", "))
            .remedy(format!(
                "ALTER DEFAULT PRIVILEGES FOR ROLE {role}{} REVOKE ALL ON {} FROM PUBLIC;",
                place.replace(" in schema ", " IN SCHEMA "),
                what.to_uppercase()
            ));
    }
}
