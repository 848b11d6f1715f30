//! Two names that differ in what nobody sees or remembers.

use crate::rule::prelude::*;
use std::collections::HashMap;

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

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let mut relations: HashMap<(&str, String), &Relation> = HashMap::new();
    for table in database.tables.iter().filter(|table| !table.relation.exempt && !table.relation.is_partition) {
        let relation = &table.relation;
        if let Some(first) = relations.get(&(relation.schema.as_str(), plain(&relation.name))) {
            out.relation(relation, format!("{} is easily mistaken for {}", relation.display(), first.display()))
                .detail("The names differ only in case, underscores or letters that look alike.")
                .advice("Rename one of them to say how they differ, or drop the one that is not used.")
                .evidence("other", first.display());
        } else {
            relations.insert((&relation.schema, plain(&relation.name)), relation);
        }
        if !super::own_names(table) {
            continue;
        }
        let mut columns: HashMap<String, &str> = HashMap::new();
        for column in &table.columns {
            if let Some(first) = columns.insert(plain(&column.name), &column.name) {
                let (shown, first) = (sql::ident(&column.name), sql::ident(first));
                out.column(
                    relation,
                    &column.name,
                    format!("column {shown} of {} is easily mistaken for {first}", relation.display()),
                )
                .detail("The names differ only in case, underscores or letters that look alike.")
                .advice("Drop the one that is not used, or rename it to say how they differ.")
                .evidence("other", first);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn what_is_the_same() {
        assert_eq!(plain("User_Name"), plain("username"));
        assert_eq!(plain("оrders"), plain("orders"));
        assert_ne!(plain("ratio_1_1"), plain("ratio_11"));
        assert_ne!(plain("order"), plain("orders"));
    }
}
