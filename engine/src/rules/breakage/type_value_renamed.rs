//! A type, a value of an enum, a schema or a function gets another name.

use crate::context::Moment;
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
        good(
            "BEGIN;\nCREATE TYPE order_state_new AS ENUM ('open', 'paid', 'sent');\nALTER TYPE order_state RENAME TO order_state_old;\nALTER TYPE order_state_new RENAME TO order_state;\nCOMMIT;",
        )
        .title("a swap: another type has the name at the end")
        .given(STATES),
        good(
            "BEGIN;\nALTER TYPE order_state RENAME TO order_state_old;\nCREATE TYPE order_state AS ENUM ('open', 'paid', 'sent');\nCOMMIT;",
        )
        .title("a swap with a new type")
        .given(STATES),
        good("ALTER TYPE order_state ADD VALUE 'cancelled';").title("a new value").given(STATES),
        good("ALTER TABLE orders RENAME CONSTRAINT orders_pkey TO orders_key;")
            .title("nobody names a constraint")
            .given(EMPTY_ORDERS),
    ],
    check: Check::On(Kinds::RENAME.or(Kinds::OTHER), check),
    also: &[Check::Aftermath(check_objects)],
    enabled: true,
};

/// An enum and a composite type.
const STATES: &str =
    "CREATE TYPE order_state AS ENUM ('open', 'paid');\nCREATE TYPE address AS (street text, town text);";

fn check(statement: &Statement, _: &Context, out: &mut Findings) {
    if statement.object_is_new {
        return;
    }
    let (name, what, new) = match &statement.ddl {
        Ddl::RenameEnumValue { data_type, old, new } => {
            (data_type, format!("value {} of type {}", sql::literal(old), data_type.sql()), sql::literal(new))
        }
        Ddl::Rename(Rename { what: Renamed::Attribute(attribute), target, new_name, .. }) => {
            (target, format!("attribute {} of type {}", sql::ident(attribute), target.sql()), sql::ident(new_name))
        }
        _ => return,
    };
    let schema = name.schema.as_deref().unwrap_or_default();
    let finding = out.object("type", schema, &name.name, format!("code that names the {what} breaks"));
    tell(finding, &new, what);
}

/// Whole objects: at the end it is known whether another one took the name over.
fn check_objects(aftermath: &Aftermath, cx: &Context, out: &mut Findings) {
    for object in aftermath.renamed_objects.iter().filter(|object| !object.taken_over) {
        let what = format!("{} {}", object.kind, object.written.sql());
        let message = format!("code that names the {what} breaks");
        let finding = if object.kind == "schema" {
            out.schema(&object.name, message)
        } else {
            out.object(object.kind, &object.schema, &object.name, message)
        };
        if cx.moment == Moment::Lint {
            finding.position = Some(object.position);
        }
        tell(finding, &sql::ident(&object.new_name), what);
    }
}

fn tell(finding: &mut Finding, new: &str, what: String) {
    finding
        .detail(format!(
            "It is called {new} from the commit on. Function bodies, other sessions' prepared statements and settings do not follow."
        ))
        .advice("Add the new name beside the old one, move the code to it, and remove the old name in a later release.")
        .discriminator(what);
}
