//! A password for another server that every role may use.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "user-mapping-public",
    category: Security,
    severity: Warning,
    title: "a user mapping for PUBLIC holds a password",
    why: "A user mapping FOR PUBLIC is used by every role that has no mapping of its own. With a password in it, everybody who \
          has a privilege on a foreign table, or USAGE on the server, acts on the other server as that user.",
    remedy: "Make a mapping for each role that needs one, and drop the one for PUBLIC.",
    parameters: &[],
    sources: &[
        Guide("S-323"),
        Manual("sql-createusermapping", "user_name"),
        Manual("postgres-fdw", "Connection Options"),
    ],
    examples: &[
        bad("CREATE FOREIGN DATA WRAPPER wrapper;\nCREATE SERVER stock FOREIGN DATA WRAPPER wrapper;\n\
             CREATE USER MAPPING FOR PUBLIC SERVER stock OPTIONS (user 'stock', password 'secret');")
        .advice(),
        good(
            "CREATE FOREIGN DATA WRAPPER wrapper;\nCREATE SERVER stock FOREIGN DATA WRAPPER wrapper;\n\
              CREATE USER MAPPING FOR CURRENT_USER SERVER stock OPTIONS (user 'stock', password 'secret');",
        )
        .title("for one role"),
        good(
            "CREATE FOREIGN DATA WRAPPER wrapper;\nCREATE SERVER stock FOREIGN DATA WRAPPER wrapper;\n\
              CREATE USER MAPPING FOR PUBLIC SERVER stock OPTIONS (user 'stock');",
        )
        .title("without a password"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    if database.scope.is_some() {
        return;
    }
    for mapping in database.access.foreign.iter().filter(|foreign| foreign.user == Some(0)) {
        let server = sql::ident(&mapping.server);
        let Some(options) = &mapping.options else {
            out.not_judged(
                format!("user mapping for PUBLIC on server {server}"),
                "its options are not visible to this role",
                "ask as the owner of the server",
            );
            continue;
        };
        if options.iter().any(|option| option == "password") {
            out.object(
                "user mapping",
                "",
                &mapping.server,
                format!("every role may use the password for server {server}"),
            )
            .detail("The user mapping FOR PUBLIC has a password.")
            // The password goes with it: no step of a script.
            .advice(format!(
                "Make mappings for the roles that need it, then: DROP USER MAPPING FOR PUBLIC SERVER {server};"
            ));
        }
    }
}
