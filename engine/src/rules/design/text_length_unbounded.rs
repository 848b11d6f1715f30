//! A name of a gigabyte.

use crate::rule::prelude::*;
use crate::rules::recipes;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "text-length-unbounded",
    category: Design,
    severity: Info,
    title: "a name or title has no limit",
    why: "A text without a limit takes up to 1 GB. A name, title or slug that is longer than any screen is a \
          mistake or an attack: it fills pages and logs, and fails in an index at about 2,700 bytes.",
    remedy: "Add CHECK (length(name) BETWEEN 1 AND 200). A CHECK can be changed without a rewrite, which makes it \
          handier than varchar(200).",
    parameters: &[
        Parameter {
            name: "names",
            default: List(&["name", "title", "slug", "username", "first_name", "last_name"]),
            what: "names of the columns",
        },
        Parameter { name: "max_length", default: Integer(200), what: "the limit that the remedy proposes: characters" },
    ],
    sources: &[Guide("S-063"), Guide("S-076"), Manual("datatype-character", "Character Types")],
    examples: &[
        bad("CREATE TABLE products (id bigint PRIMARY KEY, name text NOT NULL);"),
        good(
            "CREATE TABLE products (id bigint PRIMARY KEY, name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200), title varchar(100) NOT NULL);",
        ),
    ],
    check: Check::State(check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !shape::own_design(table) || shape::is_side_table(&relation.name) {
        return;
    }
    let names = cx.words("names", relation);
    for column in table
        .columns
        .iter()
        .filter(|c| names.contains(&c.name.as_str()) && shape::is_text(&c.data_type) && c.data_type.modifier < 0)
    {
        if column.data_type.is_domain || column.generated != Generated::No || shape::is_checked(table, column) {
            continue;
        }
        let shown = sql::ident(&column.name);
        let name = recipes::constraint_name(table, &[&column.name], "_check");
        let limit = cx.integer("max_length", relation);
        out.column(relation, &column.name, format!("column {shown} of {} has no limit of length", relation.display()))
            .detail(format!("It is {} without a CHECK.", column.data_type.name))
            .advice("Say how long it may be:")
            .remedy(recipes::add_then_validate(
                relation,
                &name,
                &format!("CHECK (length({shown}) BETWEEN 1 AND {limit})"),
            ));
    }
}
