//! A password among the options of a foreign server, which every role can read.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "foreign-server-secret",
    category: Security,
    severity: Error,
    title: "a foreign server has a password among its options, which every role can read",
    why: "The options of a foreign server stand in pg_foreign_server, which every role that can connect may read. Only the \
          options of user mappings are hidden.",
    remedy: "Move the password to a user mapping, drop it from the server, and change it: it has been visible.",
    parameters: &[Parameter {
        name: "words",
        default: List(&["password", "passwd", "secret", "token", "api_key", "access_key", "private_key"]),
        what: "options whose name holds one of these are secrets",
    }],
    sources: &[
        Guide("S-323"),
        Manual("catalog-pg-foreign-server", "srvoptions"),
        Manual("sql-createusermapping", "Description"),
    ],
    examples: &[
        bad("CREATE FOREIGN DATA WRAPPER wrapper;\n\
             CREATE SERVER stock FOREIGN DATA WRAPPER wrapper OPTIONS (host 'stock', password 'secret');"),
        good(
            "CREATE FOREIGN DATA WRAPPER wrapper;\n\
              CREATE SERVER stock FOREIGN DATA WRAPPER wrapper OPTIONS (host 'stock');",
        ),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    if database.scope.is_some() {
        return;
    }
    let words = cx.list("words", &Relation::default());
    for foreign in database.access.foreign.iter().filter(|foreign| foreign.user.is_none()) {
        let options = foreign.options.iter().flatten();
        for option in options.filter(|option| words.iter().any(|word| option.to_lowercase().contains(word.as_str()))) {
            let (server, name) = (sql::ident(&foreign.server), sql::ident(option));
            out.object("server", "", &foreign.server, format!("every role can read option {name} of server {server}"))
                .detail("The options of a foreign server are not hidden; those of a user mapping are.")
                .advice("Move it to a user mapping and change it, then:")
                .discriminator(option.as_str())
                .remedy(format!("ALTER SERVER {server} OPTIONS (DROP {name});"));
        }
    }
}
