//! A status is one of a few words, and nothing says which.

use crate::rule::prelude::*;
use crate::rules::recipes;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "status-column-unconstrained",
    category: Design,
    severity: Info,
    title: "a status or role column takes any text",
    why: "A column status or role holds one of a handful of words that code compares with. As plain text \
          without a constraint it takes 'Active', 'active ' and 'actve' too: such rows fall out of every query \
          and every total, and nobody is told.",
    remedy: "Say which values there are: a CHECK (status IN (...)), added NOT VALID and validated on a table that \
          is in use, a foreign key to a table of them, or an enum type.",
    parameters: &[
        Parameter {
            name: "names",
            default: List(&["status", "state", "phase", "role", "kind", "level", "type"]),
            what: "names of such columns",
        },
        Parameter { name: "suffixes", default: List(&["status"]), what: "last words of their names" },
    ],
    sources: &[Guide("S-061"), Guide("S-077"), Manual("ddl-constraints", "Check Constraints")],
    examples: &[
        bad("CREATE TABLE tasks (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             status text NOT NULL DEFAULT 'pending'\n\
             );")
        .advice(),
        bad("CREATE TABLE accounts (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             payment_status varchar(50) NOT NULL\n\
             );")
        .title("by its last word")
        .advice(),
        good(
            "CREATE TABLE tasks (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'done'))\n\
             );",
        ),
        good(
            "CREATE TABLE tasks (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             status task_status NOT NULL DEFAULT 'pending'\n\
             );",
        )
        .given("CREATE TYPE task_status AS ENUM ('pending', 'done');")
        .title("an enum"),
        good(
            "CREATE TABLE tasks (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             status text NOT NULL UNIQUE REFERENCES statuses\n\
             );",
        )
        .given("CREATE TABLE statuses (name text PRIMARY KEY);")
        .title("a table of them"),
        good(
            "CREATE TABLE comments (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             state text NOT NULL,\n    \
             billing_city text NOT NULL\n\
             );",
        )
        .title("a state of a country"),
        good(
            "CREATE TABLE comments (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             owner_type text NOT NULL,\n    \
             owner_id bigint NOT NULL,\n    \
             content_type text NOT NULL\n\
             );",
        )
        .title("which table an id refers to, and a media type"),
        good(
            "CREATE TABLE tasks (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             status task_status NOT NULL\n\
             );",
        )
        .given("CREATE DOMAIN task_status AS text CHECK (VALUE IN ('pending', 'done'));")
        .title("a domain"),
        good("ALTER TABLE tasks ADD COLUMN note text;")
            .given("CREATE TABLE tasks (id bigint PRIMARY KEY, status text NOT NULL);")
            .title("another change of a table that has one"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !table.columns.iter().any(|column| column.touched)
        || !shape::own_design(table)
        || shape::is_side_table(&relation.name)
    {
        return;
    }
    let (suffixes, names) = (cx.words("suffixes", relation), cx.words("names", relation));
    // A state of a country; the state of an OAuth request is a random text.
    const OTHER_STATE: &[&str] = &[
        "city",
        "country",
        "country_code",
        "zip",
        "zip_code",
        "zipcode",
        "postal_code",
        "postcode",
        "street",
        "nonce",
        "code_challenge",
        "redirect_uri",
    ];
    for column in table.columns.iter().filter(|column| column.touched && shape::is_text(&column.data_type)) {
        let name = column.name.as_str();
        let by_name = names.contains(&name) || suffixes.iter().any(|suffix| shape::ends_in(name, suffix));
        // Most columns end here: what follows looks at their neighbours.
        if !by_name {
            continue;
        }
        // Parts of an address, also of a second one: billing_city, billing_state.
        let place = name == "state"
            && table.columns.iter().any(|other| OTHER_STATE.iter().any(|word| shape::ends_in(&other.name, word)));
        // The class of a row, as frameworks keep it, may be missing.
        let class = matches!(name, "type" | "kind" | "level") && !column.not_null && column.default.is_none();
        let polymorphic = name
            .strip_suffix("type")
            .is_some_and(|stem| table.column(&format!("{stem}id")).is_some() && !stem.is_empty());
        if place || class || polymorphic || column.data_type.is_domain || column.generated != Generated::No {
            continue;
        }
        // A status that is the key itself is a table of statuses.
        let key = table.primary_key().is_some_and(|key| key.columns == [column.number]);
        if key || shape::is_checked(table, column) || shape::is_reference(table, column.number) {
            continue;
        }
        let shown = sql::ident(name);
        let finding = out.column(relation, name, format!("column {shown} of {} takes any text", relation.display()));
        finding.detail(format!("It is {}, without a CHECK, a foreign key or an enum type.", column.data_type.name));
        let known = column.statistics.as_ref().filter(|statistics| statistics.distinct > 0.0);
        if let Some(statistics) = known {
            finding.evidence("distinct_values", statistics.distinct.round());
        }
        let constraint = recipes::constraint_name(table, &[name], "_check");
        finding.advice(format!(
            "See what SELECT DISTINCT {shown} gives. Then ADD CONSTRAINT {} CHECK ({shown} IN (...)) NOT VALID, and VALIDATE CONSTRAINT in a \
             transaction of its own.",
            sql::ident(&constraint)
        ));
    }
}
