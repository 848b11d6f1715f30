//! One name, two types: the joins convert, or fail.

use super::own_types;
use crate::hash::QuickMap;
use crate::rule::prelude::*;
use std::borrow::Cow;

/// The rule.
pub static RULE: Rule = Rule {
    name: "column-type-inconsistent",
    category: Types,
    severity: Info,
    title: "a column has another type than the columns of the same name",
    why: "A name that means one thing should have one type. Where customer_id is bigint in five tables and text in a sixth, a join \
          between them needs a cast, and a cast on an indexed column keeps the index from being used; a value that fits in one table \
          overflows in the other.",
    remedy: "Give the column the type that the others have, or another name if it means something else.",
    parameters: &[
        Parameter { name: "min_tables", default: Integer(3), what: "tables that must agree before another type is told: tables" },
        Parameter {
            name: "generic_names",
            default: List(GENERIC),
            what: "names that mean something else in every table",
        },
    ],
    sources: &[Guide("S-084")],
    examples: &[
        bad("CREATE TABLE refunds (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, terminal_number text NOT NULL);").given(TILLS).advice(),
        bad("CREATE TABLE refunds (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, terminal_number integer NOT NULL);")
            .given(TILLS)
            .title("narrower than the others: it will overflow first")
            .advice(),
        good("CREATE TABLE refunds (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, terminal_number terminal NOT NULL);")
            .given(with!(TILLS, "CREATE DOMAIN terminal AS bigint;"))
            .title("a domain over the same type"),
        good("CREATE TABLE refunds (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, note varchar(200));")
            .given(with!(
                TILLS,
                "ALTER TABLE tills ADD note text;\nALTER TABLE payments ADD note text;\nALTER TABLE shifts ADD note text;"
            ))
            .title("text and varchar are one family"),
        good("CREATE TABLE refunds (id text PRIMARY KEY, terminal_number bigint);").given(TILLS).title("a name that every table uses in its own way"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

const TILLS: &str = "\
CREATE TABLE tills (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, terminal_number bigint NOT NULL);
CREATE TABLE payments (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, terminal_number bigint NOT NULL);
CREATE TABLE shifts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, terminal_number bigint NOT NULL);";

const GENERIC: &[&str] = &[
    "body",
    "code",
    "content",
    "count",
    "data",
    "description",
    "duration",
    "id",
    "key",
    "kind",
    "label",
    "level",
    "message",
    "name",
    "number",
    "object_id",
    "payload",
    "position",
    "priority",
    "rank",
    "rate",
    "reference",
    "result",
    "score",
    "size",
    "source",
    "state",
    "status",
    "target",
    "title",
    "type",
    "value",
    "version",
    "weight",
    "width",
    "height",
    "year",
    "month",
    "day",
    "date",
    "time",
    "parent_id",
    "external_id",
    "config",
    "settings",
    "options",
    "metadata",
    "tags",
    "role",
    "ordinal",
    "limit",
    "total",
    "quantity",
];

/// Types that only differ in a limit, or that another rule speaks of, count as one.
fn family(data_type: &TypeName) -> Cow<'_, str> {
    let base = data_type.base.rsplit('.').next().unwrap_or_default();
    let name = match base {
        "character varying" | "character" | "citext" | "text" | "name" => "text",
        "timestamp without time zone" | "timestamp with time zone" => "timestamptz",
        "json" | "jsonb" => "jsonb",
        "real" | "double precision" => "double precision",
        _ => data_type.base.as_str(),
    };
    if data_type.is_array { Cow::Owned(format!("{name}[]")) } else { Cow::Borrowed(name) }
}

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    let general = Relation::default();
    let generic = cx.words("generic_names", &general);
    let min = usize::try_from(cx.number("min_tables")).unwrap_or(3).max(2);
    let mut by_name: QuickMap<(&str, &str), Vec<(&Table, &Column)>> = QuickMap::default();
    for table in database.tables.iter().filter(|table| table.relation.kind.is_table() && !*table.relation.exempt) {
        if !own_types(table) {
            continue;
        }
        for column in &table.columns {
            by_name.entry((&table.relation.schema, &column.name)).or_default().push((table, column));
        }
    }
    let mut names: Vec<_> = by_name.into_iter().filter(|(_, list)| list.len() > min).collect();
    names.sort_unstable_by_key(|(key, _)| *key);
    for ((schema, name), list) in names {
        if generic.contains(&name) {
            continue;
        }
        let mut counts: QuickMap<Cow<str>, usize> = QuickMap::default();
        for (_, column) in &list {
            *counts.entry(family(&column.data_type)).or_default() += 1;
        }
        let Some((usual, agree)) = counts.iter().max_by_key(|(name, n)| (**n, std::cmp::Reverse((*name).clone())))
        else {
            continue;
        };
        // Only a clear majority says what the name means.
        if counts.len() < 2 || *agree < min || agree * 4 < list.len() * 3 {
            continue;
        }
        for (table, column) in &list {
            let own = family(&column.data_type);
            // A foreign key has the type of what it refers to; that is judged there.
            let refers = table.foreign_keys().any(|key| key.columns.contains(&column.number));
            if own == *usual || refers || !database.in_scope(table.relation.oid) {
                continue;
            }
            let shown = sql::ident(name);
            let message = format!(
                "column {shown} of {} is {}, elsewhere in the schema it is {usual}",
                table.relation.display(),
                column.data_type.name
            );
            out.column(&table.relation, name, message)
                .detail(format!(
                    "{agree} of the {} columns called {shown} in schema {} are {usual}.",
                    list.len(),
                    sql::ident(schema)
                ))
                .advice(format!("Make it {usual} as well, or give it another name if it means something else."))
                .evidence("type", column.data_type.name.as_str())
                .evidence("usual_type", &**usual)
                .evidence("columns_of_usual_type", *agree)
                .evidence("columns", list.len());
        }
    }
}
