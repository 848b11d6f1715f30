//! A table that a crash empties.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "unlogged-table",
    category: DataLoss,
    severity: Warning,
    title: "a table is UNLOGGED: a crash empties it",
    why: "An unlogged table is not in the WAL. After a crash or an immediate shutdown PostgreSQL truncates it; a standby and a restored base backup have \
          it empty. That is right for a cache or a staging table, whose name should say so, and for nothing that is not stored elsewhere.",
    remedy: "Set it LOGGED; that writes the table into the WAL, once, under ACCESS EXCLUSIVE.",
    parameters: &[Parameter {
        name: "words",
        default: List(&["buffer", "cache", "cached", "import", "queue", "raw", "scratch", "session", "sessions", "staging", "stage", "temp", "tmp", "work"]),
        what: "words in a table's name that say that its contents may be lost",
    }],
    sources: &[Guide("S-374"), Manual("sql-createtable", "UNLOGGED")],
    examples: &[
        bad("CREATE UNLOGGED TABLE payments (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount numeric(12,2) NOT NULL);"),
        good("CREATE UNLOGGED TABLE page_cache (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, content text NOT NULL);").title("a cache by its name"),
        good("CREATE TABLE payments (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount numeric(12,2) NOT NULL);"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if relation.persistence != Persistence::Unlogged || relation.kind != RelationKind::Table {
        return;
    }
    let words = cx.list("words", relation);
    let by_name =
        relation.name.split('_').chain(relation.schema.split('_')).any(|word| words.iter().any(|known| known == word));
    let referenced = table.referenced_by.len();
    // What others refer to is no cache, whatever its name.
    if by_name && referenced == 0 {
        return;
    }
    let finding = out.relation(relation, format!("{} is unlogged: a crash empties it", relation.display()));
    finding
        .detail(format!("{} would be empty after a crash, and is empty on every standby.", cx.sized(relation)))
        .evidence("referenced_by", referenced);
    if cx.small(relation) {
        finding.advice("If its rows matter, log it:").remedy(format!("ALTER TABLE {} SET LOGGED;", relation.sql()));
    } else {
        finding.advice("If its rows matter, SET LOGGED in a quiet hour: it writes the whole table into the WAL under ACCESS EXCLUSIVE.");
    }
}
