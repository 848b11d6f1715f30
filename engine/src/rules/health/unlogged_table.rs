//! A table that a crash empties.

use crate::rule::prelude::*;
use crate::rules::state::{among, heaps, roots};

/// The rule.
pub static RULE: Rule = Rule {
    name: "unlogged-table",
    category: Health,
    severity: Warning,
    title: "a table is UNLOGGED",
    why: "An unlogged table writes no WAL: after a crash it is empty, on a standby it is empty always, and a backup from the WAL does not hold \
          it. Right for a cache or a staging area that can be filled again, and a loss for anything else.",
    remedy: "ALTER TABLE ... SET LOGGED writes the table anew under an ACCESS EXCLUSIVE lock; do it while it is small. Suppress the finding \
             where the table is a cache, with that as the reason.",
    parameters: &[Parameter {
        name: "ignore",
        default: List(&["cache", "staging", "stage", "tmp", "temp", "import", "imports", "session", "sessions"]),
        what: "words in the name of tables whose rows can be made again: words between underscores",
    }],
    sources: &[Guide("S-403"), Manual("sql-createtable", "UNLOGGED")],
    examples: &[
        bad("CREATE UNLOGGED TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);"),
        good("CREATE UNLOGGED TABLE page_cache (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);")
            .title("a cache by its name"),
        good("CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    for (root, _) in roots(database) {
        let relation = &root.relation;
        let ignored = cx.list("ignore", relation);
        if relation.name.to_lowercase().split('_').any(|word| ignored.iter().any(|known| known == word)) {
            continue;
        }
        let parts = heaps(database, root);
        let found: Vec<&Table> = parts
            .iter()
            .map(|(table, _)| *table)
            .filter(|table| table.relation.persistence == Persistence::Unlogged)
            .collect();
        if found.is_empty() {
            continue;
        }
        let kind = relation.kind.as_str();
        let finding = out.relation(
            relation,
            format!("{kind} {} is UNLOGGED{}", relation.display(), among(root, parts.len(), &found)),
        );
        finding.detail(format!(
            "A crash leaves nothing of its {}.",
            rows(found.iter().map(|table| table.relation.size.rows).sum())
        ));
        if found.iter().all(|table| cx.small(&table.relation) && table.relation.kind == RelationKind::Table) {
            let sql: Vec<String> =
                found.iter().map(|table| format!("ALTER TABLE {} SET LOGGED;", table.relation.sql())).collect();
            finding.advice("Where its rows matter, log it while it is small:").remedy(sql.join("\n"));
        } else {
            finding.advice("Where its rows matter: SET LOGGED in a maintenance window, for it writes the table anew under its lock.");
        }
    }
}
