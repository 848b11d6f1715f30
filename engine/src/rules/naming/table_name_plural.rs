//! A table holds many rows; most schemas name it after them.

use super::{among, keep, own_names};
use crate::rule::prelude::*;
use crate::words::{UNCOUNTABLE, is_collective, is_plural, is_snake, last_word_range, plural_name, singular_name};

/// The rule.
pub static RULE: Rule = Rule {
    name: "table-name-plural",
    category: Naming,
    severity: Info,
    title: "a table's name is not a plural noun",
    why: "One convention lets people and tools guess a table's name from the thing that it holds, and the foreign key's \
          name from the table: customers, customer_id. With plurals the reserved words USER, ORDER and GROUP are out of the \
          way too. A schema that mixes both forms makes every query a look-up.",
    remedy: "Name the table after its rows: invoices. Set number to singular for a schema that is consistently singular, or \
             to off.",
    parameters: &[
        Parameter { name: "number", default: Text("plural"), what: "plural, singular or off" },
        Parameter { name: "exceptions", default: List(UNCOUNTABLE), what: "last words that are fine as they are" },
        Parameter {
            name: "exempt_suffixes",
            default: List(&[
                "_archive",
                "_audit",
                "_backup",
                "_cache",
                "_closure",
                "_history",
                "_inbox",
                "_info",
                "_log",
                "_lookup",
                "_map",
                "_old",
                "_outbox",
                "_queue",
                "_settings",
                "_staging",
                "_tmp",
            ]),
            what: "endings of names that are not judged",
        },
    ],
    sources: &[Guide("S-001"), Guide("C-02")],
    examples: &[
        bad("CREATE TABLE invoice (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);"),
        bad("CREATE TABLE product_category (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);")
            .title("only the last word counts"),
        bad("ALTER TABLE orders RENAME TO purchase;").title("a rename").given(EMPTY_ORDERS),
        good("CREATE TABLE people (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);").title("an irregular plural"),
        good("CREATE TABLE sensor_data (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);")
            .title("a word without a plural"),
        good("CREATE TABLE order_history (history_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);")
            .title("a history"),
        good("CREATE TABLE sender_blocklist (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);")
            .title("a collection"),
        good("CREATE TABLE alembic_version (version_num text PRIMARY KEY);").title("the table of a migration tool"),
        good("CREATE TABLE visits_2026 (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);")
            .title("a number behind the word"),
        good(
            "BEGIN;\n\
              CREATE TABLE order_customer (\n    \
                  order_id bigint REFERENCES orders,\n    \
                  customer_id bigint REFERENCES customers,\n    \
                  PRIMARY KEY (order_id, customer_id)\n\
              );\n\
              CREATE INDEX idx_order_customer_customer_id ON order_customer (customer_id);\n\
              COMMIT;",
        )
        .title("a junction of two tables")
        .given(EMPTY_ORDERS),
        good("CREATE TABLE event_first PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
            .title("a partition")
            .given(EVENTS),
    ],
    check: Check::Table(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let name = relation.name.as_str();
    // A name that is not in snake_case is for `object-name-snake-case`.
    let judged = table.named && relation.kind.is_table() && own_names(table) && is_snake(name);
    if !judged || is_junction(table) {
        return;
    }
    let Some((start, end)) = last_word_range(name) else { return };
    let word = &name[start..end];
    let (exceptions, suffixes) = (cx.words("exceptions", relation), cx.words("exempt_suffixes", relation));
    let exempt = suffixes.iter().any(|suffix| name.ends_with(*suffix));
    if exempt || among(&exceptions, word) || ends_in(word, &exceptions) || ends_in(word, &suffixes) {
        return;
    }
    let (form, proposed) = match cx.text("number", relation).as_str() {
        "plural" if !is_plural(word) && !is_collective(word) => ("singular", plural_name(name)),
        "singular" if is_plural(word) => ("plural", singular_name(name)),
        _ => return,
    };
    let finding = out.relation(relation, format!("table name {} is {form}", relation.display()));
    finding
        .detail(format!("The last word, {word}, reads as a {form} noun."))
        .evidence("proposed_name", proposed.as_str());
    let rename = format!("ALTER TABLE {} RENAME TO {};", relation.sql(), sql::ident(&proposed));
    if cx.small(relation) {
        finding.advice("Rename it before code depends on the name:").remedy(rename);
    } else {
        keep(finding, &format!("call it {}", sql::ident(&proposed)), cx);
    }
}

/// Whether the name ends in one of the words, or the last word does where words are written together: `linkmetadata`.
fn ends_in(word: &str, endings: &[&str]) -> bool {
    endings.iter().map(|ending| ending.trim_start_matches('_')).any(|ending| ending.len() > 3 && word.ends_with(ending))
}

/// A table whose columns are, apart from bookkeeping, those of exactly two foreign keys: it is named after both.
fn is_junction(table: &Table) -> bool {
    const BOOKKEEPING: &[&str] = &["id", "created_by", "position", "role", "updated_by"];
    let keys: Vec<&Constraint> = table.foreign_keys().collect();
    keys.len() == 2
        && table.columns.iter().all(|column| {
            keys.iter().any(|key| key.columns.contains(&column.number))
                || BOOKKEEPING.contains(&column.name.as_str())
                || super::timestamp_column_suffix_at::is_timestamp(column)
        })
}
