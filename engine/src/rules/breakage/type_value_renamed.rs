//! A type, a value of an enum, a schema or a function gets another name.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "type-value-renamed",
    category: Breakage,
    severity: Warning,
    title: "a type, an enum value, a schema or a function gets another name",
    why: "Deployed code names it: a cast to the type, the value of an enum as a text, a schema in a qualified name or in search_path, a function in a call. The rename takes an instant and breaks all of it at commit. Views and stored expressions follow the rename; function bodies, prepared statements of other sessions and search_path settings do not.",
    remedy: "Add the new name beside the old one: a new enum value, a function that calls the other, a schema with views. Move the code, then remove the old name in a later release.",
    parameters: &[],
    sources: &[
        Manual("sql-altertype", "RENAME VALUE"),
        Manual("sql-alterschema", "RENAME"),
        Manual("sql-alterfunction", "RENAME"),
    ],
    examples: &[
        bad("ALTER TYPE order_state RENAME VALUE 'open' TO 'pending';").given(STATES).advice(),
        bad("ALTER TYPE order_state RENAME TO state_of_order;").title("the type").given(STATES).advice(),
        bad("ALTER TYPE address RENAME ATTRIBUTE street TO road;")
            .title("an attribute of a composite type")
            .given(STATES)
            .advice(),
        bad("ALTER FUNCTION count_customers() RENAME TO customer_count;")
            .title("a function")
            .given(EMPTY_ORDERS_WITH_FUNCTION)
            .advice(),
        bad("ALTER SCHEMA archive RENAME TO attic;")
            .title("a schema")
            .given("DROP SCHEMA IF EXISTS archive, attic CASCADE;\nCREATE SCHEMA archive;")
            .advice(),
        good(
            "BEGIN;\nCREATE TYPE colour AS ENUM ('red');\nALTER TYPE colour RENAME VALUE 'red' TO 'scarlet';\nCOMMIT;",
        )
        .title("new in this transaction"),
        good("ALTER FUNCTION stamp() RENAME TO set_stamp;")
            .title("a function of triggers, which know it whatever its name")
            .given("CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"),
        good("ALTER TYPE order_state ADD VALUE 'cancelled';").title("a new value").given(STATES),
        good("ALTER TABLE orders RENAME CONSTRAINT orders_pkey TO orders_key;")
            .title("nobody names a constraint")
            .given(EMPTY_ORDERS),
    ],
    check: Check::Statement(check),
    also: &[],
    enabled: true,
};

/// An enum and a composite type.
const STATES: &str =
    "CREATE TYPE order_state AS ENUM ('open', 'paid');\nCREATE TYPE address AS (street text, town text);";

fn check(statement: &Statement, _: &Context, out: &mut Findings) {
    if statement.object_is_new || statement.object_is_for_triggers {
        return;
    }
    let (kind, name, what, new) = match &statement.ddl {
        Ddl::RenameEnumValue { data_type, old, new } => {
            ("type", data_type, format!("value {} of type {}", sql::literal(old), data_type.sql()), sql::literal(new))
        }
        Ddl::Rename(rename) => {
            let kind = match &rename.what {
                Renamed::Attribute(_) | Renamed::Other("TYPE") => "type",
                Renamed::Other("DOMAIN") => "domain",
                Renamed::Other("SCHEMA") => "schema",
                Renamed::Other("FUNCTION" | "ROUTINE") => "function",
                Renamed::Other("PROCEDURE") => "procedure",
                Renamed::Other("AGGREGATE") => "aggregate",
                _ => return,
            };
            let what = match &rename.what {
                Renamed::Attribute(attribute) => {
                    format!("attribute {} of type {}", sql::ident(attribute), rename.target.sql())
                }
                _ => format!("{kind} {}", rename.target.sql()),
            };
            (kind, &rename.target, what, sql::ident(&rename.new_name))
        }
        _ => return,
    };
    let finding = if kind == "schema" {
        out.schema(&name.name, format!("code that names the {what} breaks"))
    } else {
        out.object(
            kind,
            name.schema.as_deref().unwrap_or_default(),
            &name.name,
            format!("code that names the {what} breaks"),
        )
    };
    finding
        .detail(format!(
            "It is called {new} from the commit on. Function bodies, other sessions' prepared statements and settings do not follow."
        ))
        .advice("Add the new name beside the old one, move the code to it, and remove the old name in a later release.")
        .discriminator(what);
}
