//! One row for each value: a database inside the database.

use crate::rule::prelude::*;
use crate::shape;

/// The rule.
pub static RULE: Rule = Rule {
    name: "entity-attribute-value",
    category: Design,
    severity: Info,
    title: "a table holds attribute names and values as rows",
    why: "A table of (entity, attribute, value) can hold anything, and PostgreSQL can check nothing of it: \
          every value is a text, no attribute is required, unique or a reference, and reading one entity with \
          ten attributes takes ten joins. The planner cannot estimate any of them.",
    remedy: "Give attributes that are known a column. For those that differ from row to row, a jsonb column with \
          a GIN index keeps them together with their row.",
    parameters: &[],
    sources: &[Guide("S-129"), Guide("S-108"), Manual("datatype-json", "Designing JSON Documents")],
    examples: &[
        bad("CREATE TABLE product_attributes (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             product_id bigint NOT NULL,\n    \
             attribute_name text NOT NULL,\n    \
             attribute_value text\n\
             );")
        .advice(),
        good(
            "CREATE TABLE settings (\n    \
             user_id bigint NOT NULL,\n    \
             key text NOT NULL,\n    \
             value text,\n    \
             PRIMARY KEY (user_id, key)\n\
             );",
        )
        .title("settings are keys and values"),
        good(
            "CREATE TABLE products (\n    \
             id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
             attributes jsonb NOT NULL DEFAULT '{}'\n\
             );",
        ),
    ],
    check: Check::Of(Aspects::WHOLE, check),
    also: &[],
    enabled: true,
};

const ATTRIBUTE: &[&str] = &[
    "attribute",
    "attribute_id",
    "attribute_name",
    "attribute_key",
    "attr",
    "attr_id",
    "attr_name",
    "property_name",
    "field_name",
    "meta_key",
];
const VALUE: &[&str] = &[
    "value",
    "attribute_value",
    "attr_value",
    "property_value",
    "field_value",
    "meta_value",
    "string_value",
    "text_value",
    "value_text",
    "value_string",
];

fn check(table: &Table, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !table.whole || !shape::own_design(table) || shape::is_side_table(&relation.name) || table.columns.len() > 12 {
        return;
    }
    let find = |names: &[&str]| table.columns.iter().find(|column| names.contains(&column.name.as_str()));
    let (Some(attribute), Some(value)) = (find(ATTRIBUTE), find(VALUE)) else { return };
    let entity = table.columns.iter().find(|column| {
        column.number != attribute.number && (column.name.ends_with("_id") || shape::is_reference(table, column.number))
    });
    let Some(entity) = entity.filter(|_| shape::is_text(&value.data_type)) else { return };
    let shown = sql::ident_list(&[&entity.name, &attribute.name, &value.name]);
    out.relation(relation, format!("{} keeps attributes as rows: ({shown})", relation.display()))
        .detail(format!(
            "Every value is {}: no type, no constraint and no statistics of an attribute.",
            value.data_type.name
        ))
        .advice("Give known attributes columns, and keep the others in one jsonb column of the entity.")
        .evidence("columns", vec![entity.name.clone(), attribute.name.clone(), value.name.clone()]);
}
