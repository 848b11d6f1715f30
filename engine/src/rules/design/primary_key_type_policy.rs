//! A primary key of another kind than the schema has chosen.

use crate::rule::prelude::*;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "primary-key-type-policy",
    category: Design,
    severity: Info,
    title: "a primary key is not of the kind that was chosen",
    why: "Keys of one kind let every foreign key, API and client treat ids alike. Which kind is a choice: uuid \
          for ids that are public or made in several places, bigint for the rest. Changing it later changes \
          every referencing table.",
    remedy: "Choose with the parameters pk_type (uuid, bigint, either) and pk_generation (identity, serial, uuid \
          default, any), and declare new keys that way.",
    parameters: &[
        Parameter { name: "pk_type", default: Text("either"), what: "the type of primary keys: uuid, bigint, either or any" },
        Parameter { name: "pk_generation", default: Text("any"), what: "how they get their values: identity, serial, uuid default or any" },
    ],
    sources: &[Guide("S-029"), Guide("S-028"), Guide("S-032"), Manual("ddl-identity-columns", "Identity Columns")],
    examples: &[
        bad("CREATE TABLE accounts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL);")
        .given("SELECT architect.configure('primary-key-type-policy', parameters => '{\"pk_type\": \"uuid\"}');")
        .advice(),
        bad("CREATE TABLE accounts (id uuid PRIMARY KEY, name text NOT NULL);")
        .given("SELECT architect.configure('primary-key-type-policy', parameters => '{\"pk_generation\": \"uuid default\"}');")
        .title("no default"),
        good("CREATE TABLE accounts (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL);"),
        good("CREATE TABLE settings (account_id bigint PRIMARY KEY REFERENCES accounts, theme text NOT NULL);")
        .given("CREATE TABLE accounts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);\n\
             SELECT architect.configure('primary-key-type-policy', parameters => '{\"pk_type\": \"uuid\"}');\n\
             SELECT architect.suppress('primary-key-type-policy', 'shop.accounts.id', 'example');")
        .title("the key is a reference and has the type of the other table"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !shape::own_design(table) {
        return;
    }
    let Some([number]) = table.primary_key().map(|key| key.columns.as_slice()) else { return };
    let Some(column) = table.column_by_number(*number) else { return };
    let uuid = column.data_type.base == "uuid";
    // Other types are natural keys, of which another rule speaks.
    if shape::is_reference(table, *number) || !(uuid || shape::is_integer(&column.data_type)) {
        return;
    }
    let (wanted, generation) = (cx.text("pk_type", relation), cx.text("pk_generation", relation));
    let right_type = match wanted.as_str() {
        "uuid" => uuid,
        "bigint" => column.data_type.base == "bigint",
        "either" => uuid || column.data_type.base == "bigint",
        _ => true,
    };
    let serial = column.serial_sequence.is_some();
    let right_generation = match generation.as_str() {
        "identity" => uuid || column.identity,
        "serial" => uuid || serial,
        "uuid default" => !uuid || column.default.is_some(),
        _ => true,
    };
    let shown = sql::ident(&column.name);
    let wanted = if wanted == "either" { "bigint or uuid" } else { wanted.as_str() };
    if !right_type {
        out.column(
            relation,
            &column.name,
            format!("primary key {shown} of {} is {}, not {wanted}", relation.display(), column.data_type.name),
        )
        .detail("The parameter pk_type says which types primary keys have.")
        .advice("Declare the keys of new tables so; changing this one changes every table that refers to it.");
    } else if !right_generation && uuid {
        out.column(relation, &column.name, format!("primary key {shown} of {} has no default", relation.display()))
            .detail("Whoever inserts has to make the UUID.")
            .advice("Let the server make it where nobody does:")
            .remedy(format!("ALTER TABLE {} ALTER COLUMN {shown} SET DEFAULT gen_random_uuid();", relation.sql()));
    } else if !right_generation {
        let how = if column.identity {
            "an identity column"
        } else if serial {
            "serial"
        } else {
            "filled by the application"
        };
        out.column(
            relation,
            &column.name,
            format!("primary key {shown} of {} is {how}, not {generation}", relation.display()),
        )
        .detail("The parameter pk_generation says how primary keys get their values.")
        .advice("Declare the keys of new tables so.");
    }
}
