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
        bad("ALTER TABLE orders SET UNLOGGED;").title("an empty table that will not stay so").given(EMPTY_ORDERS),
        good("BEGIN;\n\
              CREATE UNLOGGED TABLE payments (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount integer NOT NULL);\n\
              ALTER TABLE payments SET LOGGED;\n\
              COMMIT;")
            .title("logged before the commit: a fast first load"),
        good("CREATE TEMPORARY TABLE payments (id bigint);").title("a temporary table"),
        good("CREATE UNLOGGED TABLE page_cache (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, content text NOT NULL);").title("a cache by its name"),
        good("CREATE TABLE payments (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, amount numeric(12,2) NOT NULL);"),
    ],
    check: Check::State(check),
    also: &[Check::Of(Aspects::WHOLE, check_new), Check::On(Kinds::SET_PERSISTENCE, check_change)],
    enabled: true,
};

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if relation.persistence != Persistence::Unlogged || relation.kind != RelationKind::Table {
        return;
    }
    let by_name = may_be_lost(relation, cx);
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

/// The name says that the contents may be lost.
fn may_be_lost(relation: &Relation, cx: &Context) -> bool {
    let words = cx.list("words", relation);
    relation.name.split('_').chain(relation.schema.split('_')).any(|word| words.iter().any(|known| known == word))
}

/// What a transaction creates; a full check knows more, and judges by its own.
fn check_new(table: &Table, cx: &Context, out: &mut Findings) {
    if table.whole && cx.database.is_none() && table.relation.persistence == Persistence::Unlogged {
        new(&table.relation, cx, out);
    }
}

/// SET UNLOGGED. For a live table the rewrite is told, and this with it.
fn check_change(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let unlogged = |command: &AlterCommand| matches!(command, AlterCommand::SetPersistence { logged: false });
    let relation = &table.relation;
    if statement.commands().any(|(_, command)| unlogged(command)) && cx.existing(relation) && !cx.live(relation) {
        new(relation, cx, out);
    }
}

fn new(relation: &Relation, cx: &Context, out: &mut Findings) {
    if relation.is_partition || relation.kind != RelationKind::Table || may_be_lost(relation, cx) {
        return;
    }
    out.relation(relation, format!("{} is unlogged: a crash empties it", relation.display()))
        .detail("It is also empty after a failover or a restore, and cannot be read on a standby.")
        .advice("If its rows matter, log it while it is small:")
        .remedy(format!("ALTER TABLE {} SET LOGGED;", relation.sql()));
}
