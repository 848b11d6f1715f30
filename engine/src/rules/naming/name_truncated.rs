//! A name of 63 bytes was probably longer when it was written.

use super::own_names;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "name-truncated",
    category: Naming,
    severity: Info,
    title: "a name has exactly the greatest length, and was probably cut off",
    why: "PostgreSQL cuts a longer name off at 63 bytes and only says so in a NOTICE. The application that later looks for the name as it was written \
          (a constraint in an error message, an index in a migration) does not find it, and two long names that begin alike collide.",
    remedy: "Give it a shorter name.",
    parameters: &[],
    sources: &[Manual("sql-syntax-lexical", "Identifiers and Key Words")],
    examples: &[
        bad("ALTER TABLE orders ADD CONSTRAINT amount_of_an_order_is_never_negative_whatever_the_discount_may_be_today CHECK (amount >= 0);")
            .given(EMPTY_ORDERS),
        good("ALTER TABLE orders ADD CONSTRAINT amount_of_an_order_is_never_negative CHECK (amount >= 0);").given(EMPTY_ORDERS),
        good("CREATE TABLE measurements (\n    \
                  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                  temperature_of_the_outer_wall_at_noon_in_degrees_celsius integer CHECK (temperature_of_the_outer_wall_at_noon_in_degrees_celsius > -90)\n\
              );")
        .title("a name that PostgreSQL made, and cut itself"),
    ],
    check: Check::Table(check),
    also: &[],
    enabled: true,
};

/// Cut off by `NAMEDATALEN - 1`, on a whole character; not the names that the server makes up, whose ending it keeps
/// (`makeObjectName`).
fn is_cut(name: &str) -> bool {
    const MADE: &[&str] = &["_check", "_excl", "_fkey", "_idx", "_key", "_not_null", "_pkey", "_seq"];
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit());
    name.len() == 63 && !MADE.iter().any(|ending| bare.ends_with(ending))
}

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !own_names(table) {
        return;
    }
    let detail = "It has 63 bytes, the most that a name can have: what was written was probably longer.";
    let (rel, on) = (relation.sql(), relation.display());
    if table.named && is_cut(&relation.name) {
        out.relation(relation, format!("table name {on} was probably cut off"))
            .detail(detail)
            .advice("Give it a shorter name.");
    }
    for column in table.columns.iter().filter(|column| super::has_new_name(table, column, cx) && is_cut(&column.name)) {
        out.column(
            relation,
            &column.name,
            format!("column name {}.{} was probably cut off", on, sql::ident(&column.name)),
        )
        .detail(detail)
        .advice("Give it a shorter name.");
    }
    for constraint in table.touched_constraints().filter(|c| !c.inherited && is_cut(&c.name)) {
        let name = sql::ident(&constraint.name);
        let ending = match constraint.kind {
            ConstraintKind::ForeignKey => "_fkey",
            ConstraintKind::PrimaryKey => "_pkey",
            ConstraintKind::Unique => "_key",
            ConstraintKind::Exclusion => "_excl",
            _ => "_rule",
        };
        let beginning = constraint.name[..floor(&constraint.name, 40)].trim_end_matches('_');
        let shorter = sql::ident(&sql::derived_name(beginning, ending));
        out.constraint(relation, &constraint.name, format!("constraint name {name} on {on} was probably cut off"))
            .detail(detail)
            .advice("Give it a shorter name that still says what it means:")
            .remedy(format!("ALTER TABLE {rel} RENAME CONSTRAINT {name} TO {shorter};"));
    }
    for index in table.touched_indexes().filter(|i| i.constraint.is_none() && !i.is_partition && is_cut(&i.name)) {
        out.index(&index.schema, &index.name, index.oid, format!("index name {} was probably cut off", index.sql()))
            .detail(detail)
            .advice("Give it a shorter name with ALTER INDEX ... RENAME; no query depends on it.");
    }
}

/// The start of the character that the byte is in.
fn floor(name: &str, at: usize) -> usize {
    (0..=at.min(name.len())).rev().find(|n| name.is_char_boundary(*n)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_cut() {
        assert!(is_cut(&"x".repeat(63)));
        assert!(!is_cut(&"x".repeat(62)));
        assert!(!is_cut(&format!("{}_fkey1", "x".repeat(57))));
        assert_eq!(floor("größe", 3), 2);
    }
}
