//! A table holds many rows; most schemas name it after them.

use super::{among, keep, own_names};
use crate::hash::QuickMap;
use crate::rule::prelude::*;
use crate::words::{
    TOOL_TABLES, UNCOUNTABLE, is_collective, is_plural, is_snake, last_word_range, plural_name, singular_name,
};
use std::borrow::Cow;

/// The rule.
pub static RULE: Rule = Rule {
    name: "table-name-plural",
    category: Naming,
    severity: Info,
    title: "a table's name is not a plural noun",
    why: "One convention lets people and tools guess a table's name from the thing that it holds, and the foreign key's \
          name from the table: customers, customer_id. With plurals the reserved words USER, ORDER and GROUP are out of the \
          way too. A schema that mixes both forms makes every query a look-up.",
    remedy: "Name the table after its rows: invoices. In a schema whose tables are consistently in the singular, the plural is what \
             is told. Set number to singular to ask for it everywhere, or to off.",
    parameters: &[
        Parameter { name: "number", default: Text("plural"), what: "plural, singular or off" },
        Parameter {
            name: "follow_schema",
            default: Boolean(true),
            what: "ask for the singular where at least four of a schema's tables, and three quarters of them, are in the singular",
        },
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
        bad("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);")
            .title("the odd one in a schema that is in the singular")
            .given(SINGULAR),
        bad("CREATE TABLE deliveries (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);")
            .title("the same in a full check: the others are left alone")
            .given(SINGULAR)
            .check(),
        good("CREATE TABLE invoice (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);")
            .title("one more in a schema that is in the singular")
            .given(SINGULAR),
        good("CREATE TABLE delivery (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);").given(SINGULAR).check(),
        good("CREATE TABLE event_first PARTITION OF events FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');")
            .title("a partition")
            .given(EVENTS),
    ],
    check: Check::Of(Aspects::NAME, check),
    also: &[Check::Database(database)],
    enabled: true,
};

const SINGULAR: &str = "\
CREATE TABLE customer (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE payment (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE product (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE TABLE warehouse (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);";

/// What is fine as it is: last words, and endings of names.
struct Exempt<'a> {
    words: Cow<'a, [&'a str]>,
    suffixes: Cow<'a, [&'a str]>,
}

impl Exempt<'_> {
    fn of<'a>(relation: &Relation, cx: &'a Context) -> Exempt<'a> {
        Exempt { words: cx.words("exceptions", relation), suffixes: cx.words("exempt_suffixes", relation) }
    }
}

/// Whether the name is in the plural; none where that cannot be said, or does not matter.
fn is_in_plural(name: &str, exempt: &Exempt) -> Option<bool> {
    // A name that is not in snake_case is for `object-name-snake-case`.
    let (start, end) = last_word_range(name).filter(|_| is_snake(name) && !crate::text::among(TOOL_TABLES, name))?;
    let word = &name[start..end];
    let left_alone = exempt.suffixes.iter().any(|suffix| name.ends_with(*suffix))
        || among(&exempt.words, word)
        || ends_in(word, &exempt.words)
        || ends_in(word, &exempt.suffixes);
    match is_plural(word) {
        _ if left_alone => None,
        true => Some(true),
        false => (!is_collective(word)).then_some(false),
    }
}

/// How many tables of a schema are named in the plural and in the singular.
#[derive(Clone, Copy, Default)]
struct Forms {
    plural: usize,
    singular: usize,
}

impl Forms {
    fn add(&mut self, plural: Option<bool>) {
        match plural {
            Some(true) => self.plural += 1,
            Some(false) => self.singular += 1,
            None => {}
        }
    }

    fn of(names: &[String], exempt: &Exempt) -> Forms {
        let mut forms = Forms::default();
        names.iter().for_each(|name| forms.add(is_in_plural(name, exempt)));
        forms
    }

    /// Somebody chose the singular here, and kept to it.
    fn is_singular(self) -> bool {
        self.singular >= 4 && self.singular >= 3 * self.plural
    }
}

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    // A full check knows all tables of the schema, and counts them once.
    if cx.database.is_some() || !table.named || !table.relation.kind.is_table() || !own_names(table) {
        return;
    }
    let exempt = Exempt::of(&table.relation, cx);
    let Some(plural) = is_in_plural(&table.relation.name, &exempt) else { return };
    // A plural is only out of place among singulars: the first few of the others show that they are none.
    if plural
        && cx.text("number", &table.relation) == "plural"
        && !Forms::of(&table.oldest_siblings, &exempt).is_singular()
    {
        return;
    }
    if !is_junction(table) {
        judge(table, plural, Forms::of(&table.siblings, &exempt), cx, out);
    }
}

fn database(database: &Database, cx: &Context, out: &mut Findings) {
    let tables = database.tables.iter().filter(|table| {
        table.relation.kind.is_table() && !*table.relation.exempt && own_names(table) && !is_junction(table)
    });
    let mut by_schema: QuickMap<&str, (Exempt, Forms)> = QuickMap::default();
    let mut in_scope: Vec<(&Table, Option<bool>)> = Vec::new();
    for table in tables {
        let schema = table.relation.schema.as_str();
        let (exempt, forms) =
            by_schema.entry(schema).or_insert_with(|| (Exempt::of(&table.relation, cx), Forms::default()));
        let plural = is_in_plural(&table.relation.name, exempt);
        forms.add(plural);
        if database.in_scope(table.relation.oid) {
            in_scope.push((table, plural));
        }
    }
    // The snapshot of one table does not show the style of its schema.
    if database.scope.is_some() && in_scope.len() == 1 {
        return;
    }
    for (table, plural) in in_scope {
        if let (Some(plural), Some((_, forms))) = (plural, by_schema.get(table.relation.schema.as_str())) {
            judge(table, plural, *forms, cx, out);
        }
    }
}

fn judge(table: &Table, plural: bool, forms: Forms, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    let name = relation.name.as_str();
    let wanted = cx.text("number", relation);
    let follows = wanted == "plural" && forms.is_singular() && cx.boolean("follow_schema", relation);
    let (form, proposed) = match (wanted.as_str(), plural) {
        ("plural", false) if !follows => ("singular", plural_name(name)),
        ("plural", true) if follows => ("plural", singular_name(name)),
        ("singular", true) => ("plural", singular_name(name)),
        _ => return,
    };
    let Some((start, end)) = last_word_range(name) else { return };
    let word = &name[start..end];
    let others = if follows {
        format!(" {} other tables of the schema are in the singular.", forms.singular)
    } else {
        String::new()
    };
    let finding = out.relation(relation, format!("table name {} is {form}", relation.display()));
    finding
        .detail(format!("The last word, {word}, reads as a {form} noun.{others}"))
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
