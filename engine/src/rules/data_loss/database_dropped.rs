//! DROP DATABASE.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "database-dropped",
    category: DataLoss,
    severity: Error,
    title: "a whole database is dropped",
    why: "DROP DATABASE deletes every file of the database at once and cannot be rolled back: it runs in no transaction. Backups and archived WAL are the only way back. With FORCE it throws everybody out first. It fires no event trigger: it is seen in a text, not when it runs.",
    remedy: "Take a backup, rename the database and forbid connections (ALLOW_CONNECTIONS false), and drop it when nothing has failed.",
    parameters: &[],
    sources: &[Manual("sql-dropdatabase", "Description"), Manual("sql-alterdatabase", "ALLOW_CONNECTIONS")],
    examples: &[
        bad("DROP DATABASE postgres;").lint().advice(),
        bad("DROP DATABASE IF EXISTS postgres WITH (FORCE);").title("FORCE").lint().advice(),
        good("DROP DATABASE IF EXISTS nowhere;").title("there is no such database").lint(),
        good("ALTER DATABASE postgres WITH ALLOW_CONNECTIONS false;").title("a first step that can be undone").lint(),
    ],
    check: Check::Text(check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, _: &Context, out: &mut Findings) {
    let Ddl::DropDatabase { name } = &statement.ddl else { return };
    out.object("database", "", name, format!("DROP DATABASE deletes all of {}", sql::ident(name)))
        .detail("It cannot be rolled back; only a backup brings the database back.")
        .advice("Take a backup, rename the database and forbid connections, and drop it when nothing has failed.");
}
