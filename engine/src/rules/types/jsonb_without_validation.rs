//! Documents of any form.

use super::own_columns;
use crate::rule::prelude::*;
use crate::rules::recipes;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "jsonb-without-validation",
    category: Types,
    severity: Info,
    title: "no CHECK says what a document must look like",
    why: "A jsonb column takes any document: an array where objects are expected, a bare string, the JSON null (which is not NULL), a key \
          that is misspelt. Whoever reads it finds out. Many teams check documents in the application alone, and for data of others any \
          form is the point; so the rule is off.",
    remedy: "Say the least that all documents share: CHECK (jsonb_typeof(settings) = 'object'), keys that must be there \
             (settings ? 'theme'), or a JSON schema with the extension pg_jsonschema.",
    parameters: &[],
    sources: &[Guide("S-127"), Manual("functions-json", "jsonb_typeof")],
    examples: &[
        bad(
            "CREATE TABLE accounts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, settings jsonb NOT NULL DEFAULT '{}');",
        ),
        bad("CREATE TABLE accounts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, settings jsonb);")
            .title("without a default nothing tells what it should hold")
            .advice(),
        good(
            "CREATE TABLE accounts (\n    \
              id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
              settings jsonb NOT NULL DEFAULT '{}',\n    \
              CONSTRAINT valid_settings CHECK (jsonb_typeof(settings) = 'object')\n\
              );",
        ),
        good("CREATE TABLE accounts (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, settings settings);")
            .title("a domain has the CHECK")
            .given("CREATE DOMAIN settings AS jsonb CHECK (jsonb_typeof(VALUE) = 'object');"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    for column in own_columns(table).filter(|column| column.data_type.base == "jsonb") {
        let data_type = &column.data_type;
        if data_type.is_array
            || data_type.is_domain
            || column.generated != Generated::No
            || shape::is_checked(table, column)
        {
            continue;
        }
        let shown = sql::ident(&column.name);
        let finding =
            out.column(relation, &column.name, format!("any document fits into {shown} of {}", relation.display()));
        finding.detail("No CHECK looks at the column.");
        match super::document_kind(column.default.as_deref()) {
            Some(kind) if relation.kind == RelationKind::Table => {
                let (name, check) = super::document_check(table, column, kind);
                finding
                    .advice(format!("Its default is an {kind}; say so for all rows:"))
                    .remedy(recipes::add_then_validate(relation, &name, &check))
            }
            _ => finding
                .advice("Say what all documents share: CHECK (jsonb_typeof(...) = 'object'), keys that must be there."),
        };
    }
}
