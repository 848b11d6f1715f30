//! A UUID key that nobody but the client makes.

use crate::rule::prelude::*;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "uuid-key-without-default",
    category: Design,
    severity: Info,
    title: "a UUID primary key has no default",
    why: "Where the application makes every key, each way into the table must make one: a fix by hand, an import, another service. An \
          INSERT without one fails, or brings a constant along. A default costs nothing where a key is given all the same. Whether keys \
          are made by the application or by the server is a choice, so that the rule is off until somebody makes it; where a profile chose how \
          keys are made, `primary-key-type-policy` says this with the rest.",
    remedy: "ALTER COLUMN ... SET DEFAULT gen_random_uuid(), or uuidv7() from 18 on, whose keys come in order and spare the index.",
    parameters: &[],
    sources: &[Guide("S-028"), Manual("functions-uuid", "UUID Functions")],
    examples: &[
        bad("CREATE TABLE accounts (id uuid PRIMARY KEY, name text NOT NULL);"),
        good("CREATE TABLE accounts (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);"),
        good("CREATE TABLE profiles (account_id uuid PRIMARY KEY REFERENCES accounts ON DELETE CASCADE, motto text);")
            .title("the key of another table")
            .given("CREATE TABLE accounts (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);"),
        good("CREATE TABLE tags (tenant_id uuid NOT NULL, name text NOT NULL, PRIMARY KEY (tenant_id, name));")
            .title("a key of several columns"),
        good(
            "BEGIN;\n\
              CREATE TABLE accounts (id uuid PRIMARY KEY, name text NOT NULL);\n\
              ALTER TABLE accounts ALTER COLUMN id SET DEFAULT gen_random_uuid();\n\
              COMMIT;",
        )
        .title("it comes later in the transaction"),
        good("ALTER TABLE accounts ADD COLUMN motto text;")
            .title("a table that was so before")
            .given("CREATE TABLE accounts (id uuid PRIMARY KEY, name text NOT NULL);"),
    ],
    check: Check::Of(Aspects::WHOLE, check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !table.whole || !shape::own_design(table) {
        return;
    }
    let Some([number]) = table.primary_key().map(|key| key.columns.as_slice()) else { return };
    let Some(column) = table.column_by_number(*number) else { return };
    let uuid = column.data_type.base == "uuid" && !column.data_type.is_array;
    if !uuid || column.default.is_some() || shape::is_reference(table, *number) {
        return;
    }
    let shown = sql::ident(&column.name);
    // Where a policy for keys is on, it says this with the rest.
    if crate::judge::rule("primary-key-type-policy").is_some_and(|rule| cx.policy.is_on(rule, relation)) {
        return;
    }
    let function = if cx.major() >= 18 { "uuidv7()" } else { "gen_random_uuid()" };
    out.table_column(relation, column, format!("the key {shown} of {} has no default", relation.display()))
        .detail("Whoever inserts has to make the UUID, and an INSERT without one fails.")
        .advice("Let the server make it where nobody does; a key that is given is taken as before:")
        .remedy(format!("ALTER TABLE {} ALTER COLUMN {shown} SET DEFAULT {function};", relation.sql()));
}
