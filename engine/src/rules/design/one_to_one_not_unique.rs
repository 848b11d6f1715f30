//! A table of settings or details that may hold two rows for one owner.

use crate::rule::prelude::*;
use crate::rules::recipes;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "one-to-one-not-unique",
    category: Design,
    severity: Info,
    title: "a table that extends another one by its name may hold several rows for it",
    why: "user_settings beside users reads as one row for each user, and code takes the first that it finds. \
          Without a unique key over the reference two requests at once make two rows, and which one counts is \
          chance.",
    remedy: "Make the reference the primary key, or unique.",
    parameters: &[],
    sources: &[Guide("S-052"), Manual("ddl-constraints", "Unique Constraints")],
    examples: &[
        bad("CREATE TABLE user_settings (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, theme text NOT NULL);\n\
             CREATE INDEX idx_user_settings_user_id ON user_settings (user_id);")
        .given("CREATE TABLE users (id bigint PRIMARY KEY);"),
        good("CREATE TABLE user_settings (user_id bigint PRIMARY KEY REFERENCES users, theme text NOT NULL);")
        .given("CREATE TABLE users (id bigint PRIMARY KEY);"),
        good("CREATE TABLE user_settings (id bigint PRIMARY KEY, user_id bigint NOT NULL REFERENCES users, name text NOT NULL, UNIQUE (user_id, name));")
        .given("CREATE TABLE users (id bigint PRIMARY KEY);")
        .title("one row for each name"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: false,
};

const SUFFIXES: &[&str] =
    &["_detail", "_details", "_preference", "_preferences", "_profile", "_profiles", "_setting", "_settings"];

fn check(table: &Table, _: &TableState, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let Some(owner) = SUFFIXES.iter().find_map(|suffix| relation.name.strip_suffix(suffix)) else { return };
    if !shape::own_design(table) {
        return;
    }
    let key = table.foreign_keys().find(|key| {
        key.columns.len() == 1 && key.references.as_ref().is_some_and(|r| shape::stem(&r.table) == shape::stem(owner))
    });
    let Some(key) = key else { return };
    // A unique key with more columns says that there are several, by name or by time.
    if table.indexes.iter().any(|index| (index.unique || index.exclusion) && index.mentions(key.columns[0])) {
        return;
    }
    let columns = table.column_names(&key.columns);
    let shown = sql::ident_list(&columns);
    let finding = out.relation(relation, format!("{} may hold several rows for one {shown}", relation.display()));
    finding.detail("By its name it extends the table that it refers to, and no unique key contains the reference.");
    if relation.kind == RelationKind::Table {
        let name = recipes::unique_index_name(table, &columns);
        finding.advice("If there is one for each, say so; the build fails where there are two:").remedy(format!(
            "CREATE UNIQUE INDEX CONCURRENTLY {} ON {} ({shown});",
            sql::ident(&name),
            relation.sql()
        ));
    }
}
