//! A database that cannot hold every character, or holds any byte.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "database-encoding-not-utf8",
    category: Types,
    severity: Warning,
    title: "the encoding of the database is not UTF8",
    why: "A single-byte encoding refuses every character that it does not have: a name in another script, a sign of a new currency. SQL_ASCII \
          checks and converts nothing: each client stores the bytes of its own encoding, and nobody can tell them apart later.",
    remedy: "Create a database with ENCODING 'UTF8', dump this one and restore it there. The encoding of a database cannot be changed in place.",
    parameters: &[Parameter { name: "encodings", default: List(&["UTF8"]), what: "encodings that are fine, as pg_encoding_to_char prints them" }],
    sources: &[Guide("S-086"), Manual("multibyte", "Character Set Support")],
    examples: &[
        bad("SELECT 1;")
            .given("SELECT architect.configure('database-encoding-not-utf8', parameters => '{\"encodings\": [\"EUC_JP\"]}');")
            .title("another encoding is the one that is wanted")
            .advice(),
        good("SELECT 1;"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let Some(encoding) = database.settings.get("server_encoding").map(|setting| setting.value.as_str()) else { return };
    if database.scope.is_some() || cx.list("encodings", &Relation::default()).iter().any(|fine| fine == encoding) {
        return;
    }
    let name = &database.server.database;
    let finding = out.object("database", "", name, format!("database {} is encoded in {encoding}", sql::ident(name)));
    if encoding == "SQL_ASCII" {
        finding
            .severity(Error)
            .detail("SQL_ASCII stores any bytes: what a client wrote cannot be read reliably by another.");
    } else {
        finding.detail(format!("Characters that {encoding} does not have are refused."));
    }
    finding
        .advice("Dump the database and restore it into one that is created with ENCODING 'UTF8'.")
        .evidence("encoding", encoding);
}
