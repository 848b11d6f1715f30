//! One name, two collations: the comparison fails, or the index is of no use.

use super::own_types;
use crate::hash::QuickMap;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "column-collation-mismatch",
    category: Types,
    severity: Info,
    title: "a column has another collation than the columns of the same name",
    why: "Two columns of different collations cannot be compared with < or sorted together without saying which collation is meant, and a \
          join on them cannot use the index of the one under the collation of the other. Case-insensitive here and \
          case-sensitive there, a value is found in one table and missed in the other.",
    remedy: "Give columns that are compared one collation. Changing it rebuilds the indexes of the column.",
    parameters: &[Parameter {
        name: "min_tables",
        default: Integer(2),
        what: "tables that must agree before another collation is told: tables",
    }],
    sources: &[Guide("S-084"), Manual("collation", "Concepts")],
    examples: &[
        bad("CREATE TABLE stays (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, passport text COLLATE \"POSIX\" NOT NULL);")
            .given(PASSPORTS)
            .advice(),
        good("CREATE TABLE stays (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, passport varchar(20) NOT NULL);").given(PASSPORTS),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

const PASSPORTS: &str = "\
CREATE TABLE guests (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, passport text NOT NULL);
CREATE TABLE visas (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, passport text NOT NULL);
CREATE TABLE border_crossings (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, passport text NOT NULL);";

/// Names whose columns are not compared with each other.
const PROSE: &[&str] = &[
    "body",
    "code",
    "comment",
    "content",
    "data",
    "description",
    "label",
    "message",
    "name",
    "note",
    "title",
    "value",
];

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let min = usize::try_from(cx.number("min_tables")).unwrap_or(2).max(1);
    let mut by_name: QuickMap<(&str, &str), Vec<(&Table, &Column)>> = QuickMap::default();
    for table in database.tables.iter().filter(|table| table.relation.kind.is_table() && !*table.relation.exempt) {
        if !own_types(table) {
            continue;
        }
        for column in
            table.columns.iter().filter(|column| column.collation != 0 && !PROSE.contains(&column.name.as_str()))
        {
            by_name.entry((&table.relation.schema, &column.name)).or_default().push((table, column));
        }
    }
    let mut names: Vec<_> = by_name.into_iter().filter(|(_, list)| list.len() > min).collect();
    names.sort_unstable_by_key(|(key, _)| *key);
    for ((_, name), list) in names {
        let mut counts: QuickMap<Oid, usize> = QuickMap::default();
        for (_, column) in &list {
            *counts.entry(column.collation).or_default() += 1;
        }
        let Some((usual, agree)) = counts.iter().max_by_key(|(_, n)| **n).map(|(oid, n)| (*oid, *n)) else { continue };
        if counts.len() < 2 || agree < min || agree * 4 < list.len() * 3 {
            continue;
        }
        for (table, column) in list.iter().filter(|(_, column)| column.collation != usual) {
            let shown = sql::ident(name);
            out.column(
                &table.relation,
                &column.name,
                format!("column {shown} of {} has another collation than its namesakes", table.relation.display()),
            )
            .detail(format!("{agree} of the {} columns called {shown} in the schema share one collation.", list.len()))
            .advice("Give it the collation of the others if they are ever compared.")
            .evidence("columns_of_usual_collation", agree)
            .evidence("columns", list.len());
        }
    }
}
