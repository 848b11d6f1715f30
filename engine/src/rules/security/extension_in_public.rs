//! An extension's objects stand in the schema public.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "extension-in-public",
    category: Security,
    severity: Info,
    title: "an extension lives in the schema public",
    why: "The functions, operators and types of an extension in public stand among the application's objects: dumps by schema and \
          privileges by schema get them too, and names may clash. A schema of their own keeps them apart.",
    remedy: "Move the extension. Code that finds its functions through search_path needs the new schema on the path.",
    parameters: &[],
    sources: &[Manual("sql-createextension", "schema_name"), Manual("extend-extensions", "Extension Relocatability")],
    examples: &[
        bad("CREATE EXTENSION pg_trgm SCHEMA public;").advice(),
        good("CREATE EXTENSION pg_trgm SCHEMA shop;"),
        good("CREATE EXTENSION adminpack;").until(16).title("it cannot be moved"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: false,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    if database.scope.is_some() {
        return;
    }
    // One that cannot be moved is not its user's fault.
    for extension in database.access.extensions.iter().filter(|e| e.schema == "public" && e.relocatable) {
        let name = sql::ident(&extension.name);
        out.object("extension", "", &extension.name, format!("extension {name} is in the schema public"))
            .detail("Its functions and operators stand among everybody's objects.")
            .advice(format!(
                "Create a schema for extensions, put it on search_path, then ALTER EXTENSION {name} SET SCHEMA."
            ));
    }
}
