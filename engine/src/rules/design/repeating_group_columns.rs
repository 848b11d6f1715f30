//! phone1, phone2, phone3: a table inside a row.

use crate::rule::prelude::*;
use crate::shape;
use std::collections::BTreeMap;

/// The rule.
pub static RULE: Rule = Rule {
    name: "repeating-group-columns",
    category: Design,
    severity: Info,
    title: "columns that are numbered are a table inside a row",
    why: "Numbered columns hold a list in a row: the fourth value needs an ALTER TABLE, every search has to \
          name all of them, none can be unique or a foreign key as a whole, and the order has a meaning that \
          nobody wrote down.",
    remedy: "Put the values into a table of their own, with a reference to this one, or into an array where they \
          are only read together.",
    parameters: &[
        Parameter { name: "min_columns", default: Integer(3), what: "the fewest columns of a list: columns" },
        Parameter {
            name: "ignore_stems",
            default: List(&["line", "address", "addr", "street", "sha", "md", "utf", "ipv", "ip", "level", "lvl"]),
            what: "last words before the number that make no list",
        },
    ],
    sources: &[Guide("S-103"), Manual("arrays", "Tip")],
    examples: &[
        bad("CREATE TABLE contacts (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             phone1 text,\n    \
             phone2 text,\n    \
             phone3 text\n\
             );")
        .advice(),
        good(
            "CREATE TABLE contacts (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             address_line1 text NOT NULL,\n    \
             address_line2 text,\n    \
             address_line3 text,\n    \
             sha256 text,\n    \
             p50 integer,\n    \
             p95 integer,\n    \
             p99 integer\n\
             );",
        )
        .title("lines of an address, and numbers that are part of a name"),
        good(
            "CREATE TABLE shapes (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             x1 integer NOT NULL,\n    \
             x2 integer NOT NULL,\n    \
             x3 integer NOT NULL\n\
             );",
        )
        .title("coordinates"),
        good(
            "CREATE TABLE contacts (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             email text NOT NULL,\n    \
             email2 text\n\
             );",
        )
        .title("two are not a list"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !table.columns.iter().any(|column| column.touched) || !shape::own_design(table) {
        return;
    }
    let least = usize::try_from(cx.integer("min_columns", relation)).unwrap_or(0).max(2);
    let ignored = cx.words("ignore_stems", relation);
    let mut groups: BTreeMap<(&str, &str), Vec<(u32, &Column)>> = BTreeMap::new();
    for column in &table.columns {
        let stem = column.name.trim_end_matches(|c: char| c.is_ascii_digit());
        let Ok(number) = column.name[stem.len()..].parse::<u32>() else { continue };
        let stem = stem.trim_end_matches('_');
        let known = ignored.iter().any(|word| shape::ends_in(stem, word));
        // One letter is a coordinate or a parameter.
        if stem.len() > 1 && !known {
            groups.entry((stem, &column.data_type.name)).or_default().push((number, column));
        }
    }
    for ((stem, data_type), mut columns) in groups {
        columns.sort_unstable_by_key(|(number, _)| *number);
        let in_row =
            columns.windows(2).all(|pair| pair[1].0 == pair[0].0 + 1) && columns.first().is_some_and(|(n, _)| *n <= 1);
        if columns.len() < least || !in_row || !columns.iter().any(|(_, column)| column.touched) {
            continue;
        }
        let names: Vec<&str> = columns.iter().map(|(_, column)| column.name.as_str()).collect();
        out.relation(relation, format!("columns {} of {} are a list", list(&names, 4), relation.display()))
            .detail(format!("{} columns of type {data_type}, told apart by a number.", names.len()))
            .advice(format!(
                "Keep them in a table of their own, one row each, or in an array {}.",
                sql::ident(&crate::words::plural_name(stem))
            ))
            .evidence("columns", names.clone())
            .discriminator(stem);
    }
}
