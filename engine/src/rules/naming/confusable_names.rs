//! Two names that differ in what nobody sees or remembers.

use crate::hash::QuickMap;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "confusable-names",
    category: Naming,
    severity: Warning,
    title: "two names differ only in case, underscores or look-alike letters",
    why: "username and user_name in one table, Orders and orders in one schema: whoever writes the query takes one for the other, and both exist, so \
          nothing complains. A Cyrillic letter in place of a Latin one cannot even be seen.",
    remedy: "Keep one of the two, or give them names that say how they differ.",
    parameters: &[],
    sources: &[Manual("sql-syntax-lexical", "Identifiers and Key Words")],
    examples: &[
        bad("CREATE TABLE members (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, username text, user_name text);").advice(),
        bad("CREATE TABLE orderitems (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);\n\
             CREATE TABLE order_items (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);")
        .title("two tables")
        .advice(),
        good("CREATE TABLE members (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, line_1 text, line_2 text, ratio_1_1 integer, ratio_11 integer);")
            .title("numbers"),
        good("CREATE TABLE order_kinds (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);\n\
              CREATE TABLE order_kind (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);")
        .title("a plural is another word"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

/// Letters of other scripts that look like a Latin one.
const LOOK_ALIKES: &[(char, char)] = &[
    ('а', 'a'),
    ('с', 'c'),
    ('е', 'e'),
    ('һ', 'h'),
    ('і', 'i'),
    ('ј', 'j'),
    ('о', 'o'),
    ('р', 'p'),
    ('ѕ', 's'),
    ('у', 'y'),
    ('х', 'x'),
    ('ο', 'o'),
    ('α', 'a'),
    ('ν', 'v'),
    ('ι', 'i'),
    ('κ', 'k'),
    ('ρ', 'p'),
];

/// The name without what is easily mistaken: case, underscores (but not between digits), look-alike letters, invisible characters.
fn plain(name: &str) -> String {
    let chars: Vec<char> = name.chars().collect();
    let digit = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(char::is_ascii_digit);
    let mut out = String::with_capacity(name.len());
    for (n, c) in chars.iter().enumerate() {
        if matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{ad}') {
            continue;
        }
        if matches!(c, '_' | ' ' | '-') && !(digit(n.checked_sub(1)) && digit(Some(n + 1))) {
            continue;
        }
        for lower in c.to_lowercase() {
            out.push(LOOK_ALIKES.iter().find(|(from, _)| *from == lower).map_or(lower, |(_, to)| *to));
        }
    }
    out
}

/// A number that is equal for names that `plain` makes equal, without writing them down: every column of a database comes here.
fn mark(name: &str) -> u64 {
    let folded = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    const START: u64 = 0xcbf2_9ce4_8422_2325;
    if !name.is_ascii() {
        return plain(name).bytes().fold(START, folded);
    }
    let bytes = name.as_bytes();
    let digit = |at: Option<usize>| at.and_then(|at| bytes.get(at)).is_some_and(u8::is_ascii_digit);
    bytes
        .iter()
        .enumerate()
        .filter(|(n, b)| !matches!(b, b'_' | b' ' | b'-') || digit(n.checked_sub(1)) && digit(Some(n + 1)))
        .fold(START, |hash, (_, b)| folded(hash, b.to_ascii_lowercase()))
}

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let mut tables: Vec<&Table> =
        database.tables.iter().filter(|table| !*table.relation.exempt && !table.relation.is_partition).collect();
    tables.sort_by(|a, b| (&a.relation.schema, &a.relation.name).cmp(&(&b.relation.schema, &b.relation.name)));
    let mut relations: QuickMap<(&str, u64), &Relation> = QuickMap::default();
    let mut columns: Vec<(u64, &Column)> = Vec::new();
    for table in tables {
        let relation = &table.relation;
        if let Some(first) = relations.insert((&relation.schema, mark(&relation.name)), relation) {
            out.relation(relation, format!("{} is easily mistaken for {}", relation.display(), first.display()))
                .detail("The names differ only in case, underscores or letters that look alike.")
                .advice("Rename one of them to say how they differ, or drop the one that is not used.")
                .evidence("other", first.display());
        }
        if !super::own_names(table) {
            continue;
        }
        columns.clear();
        columns.extend(table.columns.iter().map(|column| (mark(&column.name), column)));
        columns.sort_unstable_by_key(|(mark, column)| (*mark, column.number));
        for pair in columns.windows(2) {
            let [(first_mark, first), (mark, column)] = pair else { continue };
            if first_mark != mark {
                continue;
            }
            let (shown, other) = (sql::ident(&column.name), sql::ident(&first.name));
            out.column(
                relation,
                &column.name,
                format!("column {shown} of {} is easily mistaken for {other}", relation.display()),
            )
            .detail("The names differ only in case, underscores or letters that look alike.")
            .advice("Drop the one that is not used, or rename it to say how they differ.")
            .evidence("other", other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{mark, plain};

    #[test]
    fn what_is_the_same() {
        assert_eq!(plain("User_Name"), plain("username"));
        assert_eq!(plain("оrders"), plain("orders"));
        assert_ne!(plain("ratio_1_1"), plain("ratio_11"));
        assert_ne!(plain("order"), plain("orders"));
        for name in ["User_Name", "ratio_1_1", "ratio_11", "a", "_", "line 2"] {
            assert_eq!(mark(name), mark(&plain(name)), "{name}");
        }
        assert_ne!(mark("ratio_1_1"), mark("ratio_11"));
    }
}
