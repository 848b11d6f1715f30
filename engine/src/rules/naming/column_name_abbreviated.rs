//! A column's name that only its author can read.

use super::{among, column_path, foreign_key_of, named_columns, rename_column, standard_timestamp_column_names};
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "column-name-abbreviated",
    category: Naming,
    severity: Info,
    title: "a column's name is abbreviated",
    why: "A name is written once and read for years. amt, amnt and amount in three tables mean the same, and nobody finds them \
          with one search; s and dt mean whatever their reader guesses. The shorter name saves neither space nor time.",
    remedy: "Spell the word out: status, amount, description. Abbreviations that everybody in the field reads go into allowed.",
    parameters: &[
        Parameter { name: "min_length", default: Integer(3), what: "a name shorter than this is an abbreviation: characters" },
        Parameter {
            name: "allowed",
            default: List(&[
                "at", "by", "cc", "db", "id", "ip", "lat", "lng", "lon", "no", "of", "on", "op", "os", "pk", "to", "ts", "tz", "ui", "x",
                "y", "z",
            ]),
            what: "short names that are fine",
        },
        Parameter {
            name: "denied",
            default: List(&[
                "acct", "addr", "amnt", "amt", "cnt", "cust", "dept", "desc", "descr", "dt", "emp", "flg", "mgr", "msg", "nm", "pwd",
                "pymt", "qty", "stat", "tmp", "txt", "usr",
            ]),
            what: "words that are abbreviations, wherever in the name they stand",
        },
    ],
    sources: &[Guide("S-004")],
    examples: &[
        bad("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, total_amt numeric NOT NULL);"),
        bad("ALTER TABLE orders ADD COLUMN s text;").title("a single letter").given(EMPTY_ORDERS).advice(),
        bad("ALTER TABLE orders ADD COLUMN qty integer;").title("a live table").given(ORDERS).advice(),
        good("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, ip inet, x integer, y integer);")
            .title("short names that everybody reads"),
        good("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, description text, status text);"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

/// What the denied words stand for, as far as it is certain.
const SPELLED_OUT: &[(&str, &str)] = &[
    ("acct", "account"),
    ("addr", "address"),
    ("amnt", "amount"),
    ("amt", "amount"),
    ("cnt", "count"),
    ("cust", "customer"),
    ("dept", "department"),
    ("desc", "description"),
    ("descr", "description"),
    ("emp", "employee"),
    ("flg", "flag"),
    ("mgr", "manager"),
    ("msg", "message"),
    ("nm", "name"),
    ("pwd", "password"),
    ("pymt", "payment"),
    ("qty", "quantity"),
    ("stat", "status"),
    ("txt", "text"),
    ("usr", "user"),
];

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let (allowed, denied) = (cx.words("allowed", relation), cx.words("denied", relation));
    let min_length = usize::try_from(cx.integer("min_length", relation)).unwrap_or_default();
    for column in named_columns(table).filter(|column| super::has_new_name(table, column, cx)) {
        let name = column.name.as_str();
        let is_short = |word: &&str| among(&denied, word);
        if name.len() >= min_length && !name.split('_').any(|word| is_short(&word)) || among(&allowed, name) {
            continue;
        }
        let short: Vec<&str> = name.split('_').filter(is_short).collect();
        // `fk-column-name` and `standard-timestamp-column-names` speak of theirs.
        let elsewhere =
            foreign_key_of(table, column).is_some() || standard_timestamp_column_names::speaks(column, table, cx);
        if elsewhere {
            continue;
        }
        let finding = out.column(relation, name, format!("column name {} is abbreviated", column_path(relation, name)));
        let (detail, proposed) = if short.is_empty() {
            (format!("A name of {} says little.", characters(name.len())), None)
        } else {
            (format!("{} is short for a word that could be spelled out.", list(&short, 5)), spelled_out(name, &short))
        };
        finding.detail(detail);
        rename_column(finding, table, name, proposed.as_deref(), cx);
    }
}

fn characters(n: usize) -> String {
    if n == 1 { "one character".to_owned() } else { format!("{n} characters") }
}

/// The name with its abbreviations spelled out; none where one of them is not certain.
fn spelled_out(name: &str, short: &[&str]) -> Option<String> {
    name.split('_')
        .map(|word| {
            let long = SPELLED_OUT.iter().find(|(abbreviation, _)| *abbreviation == word).map(|(_, long)| *long);
            if short.contains(&word) { long } else { Some(word) }
        })
        .collect::<Option<Vec<&str>>>()
        .map(|words| words.join("_"))
}
