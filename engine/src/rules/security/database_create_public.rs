//! Everybody may create schemas in the database.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "database-create-public",
    category: Security,
    severity: Error,
    title: "every role may create schemas in the database",
    why: "CREATE on the database lets a role make schemas, trusted extensions and publications in it. It is not granted to \
          PUBLIC unless somebody does so.",
    remedy: "Revoke it, and grant it to the roles that run migrations.",
    parameters: &[],
    sources: &[Guide("S-444"), Manual("ddl-priv", "CREATE")],
    examples: &[
        bad("DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO PUBLIC', current_database()); END $$;"),
        good("DO $$ BEGIN EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database()); END $$;"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    if database.scope.is_some() {
        return;
    }
    if database.access.database.iter().any(|grant| grant.grantee == 0 && grant.privilege == "CREATE") {
        let name = &database.server.database;
        out.object("database", "", name, format!("every role may create schemas in database {}", sql::ident(name)))
            .detail("PUBLIC has CREATE on it, which nobody has unless it was granted.")
            .remedy(format!("REVOKE CREATE ON DATABASE {} FROM PUBLIC;", sql::ident(name)));
    }
}
