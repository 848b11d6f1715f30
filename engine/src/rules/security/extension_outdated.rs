//! An extension is older than the files on the server.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "extension-outdated",
    category: Security,
    severity: Info,
    title: "an extension has an older version than its files on the server",
    why: "Packages and pg_upgrade bring new files of an extension; its objects in each database stay as they were until ALTER \
          EXTENSION ... UPDATE. Until then fixes that are made in SQL, those of security holes among them, are missing, and \
          the new library runs with old definitions.",
    remedy: "Update the extension in every database, after a look at its release notes. While logical replication carries an \
             upgrade, keep the same version on both sides.",
    parameters: &[],
    sources: &[Manual("sql-alterextension", "UPDATE"), Manual("pgupgrade", "Post-upgrade processing")],
    examples: &[
        bad("CREATE EXTENSION pg_stat_statements SCHEMA shop VERSION '1.9';"),
        good("CREATE EXTENSION pg_stat_statements SCHEMA shop;"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    if database.scope.is_some() {
        return;
    }
    for extension in &database.access.extensions {
        let Some(available) = extension.available.as_ref().filter(|version| **version != extension.version) else {
            continue;
        };
        let name = sql::ident(&extension.name);
        out.object("extension", "", &extension.name, format!("extension {name} is not at the version of its files"))
            .detail(format!("It has version {}; the files on the server install {available}.", extension.version))
            .evidence("installed", extension.version.as_str())
            .evidence("available", available.as_str())
            .remedy(format!("ALTER EXTENSION {name} UPDATE;"));
    }
}
