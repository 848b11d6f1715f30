//! A history table that no longer has the columns of the table whose history it keeps.

use crate::hash::QuickMap;
use crate::rule::prelude::*;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "history-table-drift",
    category: Design,
    severity: Warning,
    title: "a history table lacks columns of its table, or has them in another type",
    why: "A history or audit table copies another one's columns. An ALTER TABLE of the one is easily forgotten \
          on the other: the new column's values are not kept, or the trigger that copies rows begins to fail, \
          and with it every UPDATE.",
    remedy: "Add the missing columns to the history table, and give the others the type that the table has, in \
          the same migration that changes the table.",
    parameters: &[],
    sources: &[Guide("S-097"), Guide("S-099"), Manual("ddl-alter", "Adding a Column")],
    examples: &[
        bad("ALTER TABLE accounts ADD COLUMN phone text;")
        .given("CREATE TABLE accounts (id bigint PRIMARY KEY, name text NOT NULL, email text NOT NULL, city text);\n\
             CREATE TABLE accounts_history (history_id bigint PRIMARY KEY, id bigint NOT NULL, name text NOT NULL, email text NOT NULL, city text, changed_at timestamptz NOT NULL);"),
        bad("ALTER TABLE accounts ALTER COLUMN score TYPE bigint;")
        .given("CREATE TABLE accounts (id bigint PRIMARY KEY, name text NOT NULL, email text NOT NULL, score integer);\n\
             CREATE TABLE accounts_history (history_id bigint PRIMARY KEY, id bigint NOT NULL, name text NOT NULL, email text NOT NULL, score integer);")
        .title("another type")
        .advice(),
        good("ALTER TABLE accounts ADD COLUMN phone text;\n\
             ALTER TABLE accounts_history ADD COLUMN phone text;")
        .given("CREATE TABLE accounts (id bigint PRIMARY KEY, name text NOT NULL, email text NOT NULL, city text);\n\
             CREATE TABLE accounts_history (history_id bigint PRIMARY KEY, id bigint NOT NULL, name text NOT NULL, email text NOT NULL, city text);"),
        good("CREATE TABLE accounts (id bigint PRIMARY KEY, name text NOT NULL, email text NOT NULL, city text);\n\
             CREATE TABLE accounts_history (history_id bigint PRIMARY KEY, row_id bigint NOT NULL, old_row jsonb);")
        .title("rows as documents"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

const SUFFIXES: &[&str] = &["_history", "_hist", "_audit", "_versions", "_archive", "_log"];

fn check(database: &Database, _: &Context, out: &mut Findings) {
    let named: QuickMap<(&str, &str), &Table> = database
        .tables
        .iter()
        .filter(|table| !*table.relation.exempt && shape::own_design(table))
        .map(|table| ((table.relation.schema.as_str(), table.relation.name.as_str()), table))
        .collect();
    for history in database.tables.iter().filter(|table| !*table.relation.exempt && shape::own_design(table)) {
        let relation = &history.relation;
        let Some(stem) = SUFFIXES.iter().find_map(|suffix| relation.name.strip_suffix(suffix)) else { continue };
        if !database.in_scope(relation.oid) {
            continue;
        }
        let plural = crate::words::plural_name(stem);
        let table = named
            .get(&(relation.schema.as_str(), stem))
            .or_else(|| named.get(&(relation.schema.as_str(), plural.as_str())));
        let Some(table) = table else { continue };
        let columns: Vec<&Column> = table.columns.iter().filter(|column| column.generated == Generated::No).collect();
        let missing: Vec<&&Column> = columns.iter().filter(|column| history.column(&column.name).is_none()).collect();
        // A copy has nearly all of them; less is a history of another kind.
        if columns.len() < 3 || (columns.len() - missing.len()) * 3 < columns.len() * 2 {
            continue;
        }
        let changed: Vec<String> = columns
            .iter()
            .filter_map(|column| {
                let copy = history.column(&column.name)?;
                let same = copy.data_type.base_oid == column.data_type.base_oid
                    && copy.data_type.is_array == column.data_type.is_array;
                (!same).then(|| {
                    format!(
                        "{} is {} and {} here",
                        sql::ident(&column.name),
                        column.data_type.name,
                        copy.data_type.name
                    )
                })
            })
            .collect();
        if missing.is_empty() && changed.is_empty() {
            continue;
        }
        let names: Vec<&str> = missing.iter().map(|column| column.name.as_str()).collect();
        let mut parts = Vec::new();
        if !names.is_empty() {
            parts.push(format!("It lacks {}.", list(&names, 8)));
        }
        if !changed.is_empty() {
            parts.push(format!("{}.", list(&changed, 5)));
        }
        let finding = out.relation(
            relation,
            format!("{} no longer has the columns of {}", relation.display(), table.relation.display()),
        );
        finding.detail(parts.join(" ")).evidence("missing", names.clone()).evidence("changed", changed.clone());
        if changed.is_empty() {
            let add: Vec<String> = missing
                .iter()
                .map(|column| {
                    format!(
                        "ALTER TABLE {} ADD COLUMN {} {};",
                        relation.sql(),
                        sql::ident(&column.name),
                        column.data_type.name
                    )
                })
                .collect();
            finding.advice("Add what is missing, and let the trigger that copies rows fill it:").remedy(add.join("\n"));
        } else {
            finding.advice("Give the columns the types that the table has, and add what is missing.");
        }
    }
}
