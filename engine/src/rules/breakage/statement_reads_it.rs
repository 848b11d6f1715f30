//! Statements that ran on this server name what goes.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "statement-reads-it",
    category: Breakage,
    severity: Info,
    title: "statements that ran here name the column or table that is dropped or renamed",
    why: "pg_stat_statements remembers what clients run on this server. A statement in it that names the table, and for a column the column too, fails when that is gone. It is a match of words: a column of the same name of another table in the same statement counts as well, and what runs on replicas or once a year may not be there.",
    remedy: "Find who runs the statements, deploy code without them, reset or wait for the counters, and drop then.",
    parameters: &[],
    sources: &[Manual("pgstatstatements", "The pg_stat_statements View")],
    examples: &[
        bad("ALTER TABLE orders DROP COLUMN note;").given(READ_ORDERS).server(STATEMENTS).lint().advice(),
        bad("ALTER TABLE orders DROP COLUMN code, DROP COLUMN note;")
            .title("one of several")
            .given(READ_ORDERS)
            .server(STATEMENTS)
            .lint()
            .advice(),
        good("ALTER TABLE orders DROP COLUMN code;")
            .title("no statement names it")
            .given(READ_ORDERS)
            .server(STATEMENTS)
            .lint(),
        good("ALTER TABLE customers DROP COLUMN name;")
            .title("another table's statements")
            .given(READ_ORDERS)
            .server(STATEMENTS)
            .lint(),
        good("ALTER TABLE orders DROP COLUMN note;")
            .title("no pg_stat_statements: not judged")
            .given(EMPTY_ORDERS)
            .lint(),
    ],
    check: Check::Text(check),
    also: &[],
    enabled: true,
};

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    if statement.readers.is_empty() {
        return;
    }
    let tables = statement.target.iter().chain(&statement.others).map(|table| &table.relation);
    for relation in tables.filter(|relation| cx.judged(relation)) {
        let mut of = statement.readers.iter().filter(|reader| reader.relation == relation.oid).peekable();
        while let Some(first) = of.next() {
            let mut readers = vec![first];
            while let Some(next) = of.next_if(|reader| reader.column == first.column) {
                readers.push(next);
            }
            say(relation, &readers, out);
        }
    }
}

/// One finding about one relation or column.
fn say(relation: &Relation, readers: &[&Reader], out: &mut Findings) {
    let column = readers[0].column.as_deref();
    let calls: u64 = readers.iter().map(|reader| reader.calls).sum();
    let named = match column {
        Some(column) => format!("{}.{}", relation.display(), sql::ident(column)),
        None => relation.display(),
    };
    let message = match readers.len() {
        1 => format!("a statement that ran on this server names {named}"),
        n => format!("{} statements that ran on this server name {named}", count(n as u64)),
    };
    let most = readers.iter().max_by_key(|reader| reader.calls).map_or("", |reader| reader.query.as_str());
    let shown: String = most.chars().take(200).collect();
    let times = if calls == 1 { "once".to_owned() } else { format!("{} times", count(calls)) };
    match column {
        Some(column) => out.column(relation, column, message),
        None => out.relation(relation, message),
    }
    .detail(format!(
        "By their words in pg_stat_statements, called {times} since its counters began. The most frequent: {shown}"
    ))
    .advice("Find who runs them before this goes.")
    .evidence("statements", readers.len())
    .evidence("calls", calls);
}
