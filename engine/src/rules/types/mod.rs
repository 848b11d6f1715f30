//! Data types.

mod alignment_padding;
mod array_not_null_default;
mod blob_column;
mod boolean_as_number;
mod char_type_use;
mod column_collation_mismatch;
mod column_type_inconsistent;
mod coordinates_as_floats;
mod database_encoding_not_utf8;
mod date_as_text;
mod domain_check_not_validated;
mod domain_not_null;
mod enum_vs_check_profile;
mod float_as_key;
mod frozen_time_default;
mod internal_type_column;
mod ip_address_as_text;
mod json_as_text;
mod json_instead_of_jsonb;
mod jsonb_not_null_default;
mod jsonb_without_validation;
mod large_object_column;
mod money_as_float;
mod money_type;
mod money_without_scale;
mod number_as_text;
mod password_column_plaintext;
mod primary_key_int4;
mod reg_type_column;
mod serial_instead_of_identity;
mod time_with_time_zone;
mod timestamp_precision;
mod timestamp_without_time_zone;
mod uuid_as_text;
mod varchar_large_text;
mod varchar_n_vs_text;

use crate::context::Context;
use crate::facts::{Column, Generated, RelationKind, Table, TypeName};
use crate::finding::Finding;
use crate::rule::Rule;
use crate::sql;
use std::borrow::Cow;
use std::ops::Deref;

/// The rules of this category.
pub static RULES: &[&Rule] = &[
    &alignment_padding::RULE,
    &array_not_null_default::RULE,
    &blob_column::RULE,
    &boolean_as_number::RULE,
    &char_type_use::RULE,
    &column_collation_mismatch::RULE,
    &column_type_inconsistent::RULE,
    &coordinates_as_floats::RULE,
    &database_encoding_not_utf8::RULE,
    &date_as_text::RULE,
    &domain_check_not_validated::RULE,
    &domain_not_null::RULE,
    &enum_vs_check_profile::RULE,
    &float_as_key::RULE,
    &frozen_time_default::RULE,
    &internal_type_column::RULE,
    &ip_address_as_text::RULE,
    &json_as_text::RULE,
    &json_instead_of_jsonb::RULE,
    &jsonb_not_null_default::RULE,
    &large_object_column::RULE,
    &money_as_float::RULE,
    &money_type::RULE,
    &money_without_scale::RULE,
    &number_as_text::RULE,
    &password_column_plaintext::RULE,
    &primary_key_int4::RULE,
    &reg_type_column::RULE,
    &serial_instead_of_identity::RULE,
    &time_with_time_zone::RULE,
    &timestamp_precision::RULE,
    &timestamp_without_time_zone::RULE,
    &uuid_as_text::RULE,
    &varchar_large_text::RULE,
    &varchar_n_vs_text::RULE,
    &jsonb_without_validation::RULE,
];

/// Whether the table's types are its maker's own: not those of a partition, whose parent has the same, nor of a table that a
/// migration tool makes for itself.
fn own_types(table: &Table) -> bool {
    !table.relation.is_partition && !crate::text::among(crate::words::TOOL_TABLES, &table.relation.name)
}

/// The touched columns whose types are their maker's own.
fn own_columns(table: &Table) -> impl Iterator<Item = &Column> {
    let columns = if own_types(table) { table.columns.as_slice() } else { &[] };
    columns.iter().filter(|column| column.touched)
}

/// The words of a name: few enough for a list that need not be allocated, as a rule.
enum Words<'a> {
    Few([Cow<'a, str>; FEW], usize),
    Many(Vec<Cow<'a, str>>),
}

/// Names of more words are rare.
const FEW: usize = 6;

impl<'a> Deref for Words<'a> {
    type Target = [Cow<'a, str>];

    fn deref(&self) -> &[Cow<'a, str>] {
        match self {
            Words::Few(list, length) => &list[..*length],
            Words::Many(list) => list,
        }
    }
}

/// The words of a column's name, in lower case: `orderTotal` and `order_total` give `order` and `total`.
fn words(name: &str) -> Words<'_> {
    // Every string column of a full check comes here: what is in snake_case already is only cut up.
    if is_snake(name) {
        let words = || name.split('_').filter(|word| !word.is_empty());
        let (mut few, mut length) = ([const { Cow::Borrowed("") }; FEW], 0);
        for word in words() {
            let Some(place) = few.get_mut(length) else { return Words::Many(words().map(Cow::Borrowed).collect()) };
            (*place, length) = (Cow::Borrowed(word), length + 1);
        }
        return Words::Few(few, length);
    }
    let snake = crate::words::to_snake(name).unwrap_or_else(|| name.to_lowercase());
    Words::Many(snake.split('_').filter(|word| !word.is_empty()).map(|word| Cow::Owned(word.to_owned())).collect())
}

/// The last of the words of a column's name, in lower case.
fn last_word(name: &str) -> Option<Cow<'_, str>> {
    if is_snake(name) {
        return name.rsplit('_').find(|word| !word.is_empty()).map(Cow::Borrowed);
    }
    words(name).last().map(|word| Cow::Owned(word.clone().into_owned()))
}

fn is_snake(name: &str) -> bool {
    name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

/// Whether one of the words is in the list.
fn any_word(words: &[Cow<'_, str>], list: &[&str]) -> bool {
    words.iter().any(|word| crate::text::among(list, word))
}

/// A character string, no array: `text`, `varchar`, `char(n)`, `citext`.
fn is_string(data_type: &TypeName) -> bool {
    let bare =
        |name: &str| data_type.base.strip_suffix(name).is_some_and(|schema| schema.is_empty() || schema.ends_with('.'));
    !data_type.is_array && ["text", "character varying", "character", "citext"].into_iter().any(bare)
}

/// A binary floating-point number.
fn is_float(data_type: &TypeName) -> bool {
    matches!(data_type.base.as_str(), "real" | "double precision")
}

/// `smallint`, `integer` or `bigint`.
fn is_integer(data_type: &TypeName) -> bool {
    matches!(data_type.base.as_str(), "smallint" | "integer" | "bigint")
}

/// The length of a `varchar(n)` or `char(n)`; none without one, and for domains, whose own limit the column does not carry.
fn length_of(data_type: &TypeName) -> Option<i32> {
    let limited = matches!(data_type.base.as_str(), "character varying" | "character");
    // `VARHDRSZ` is part of the modifier.
    (limited && data_type.modifier > 4).then_some(data_type.modifier - 4)
}

/// A CHECK of the table that names the column.
fn has_check(table: &Table, column: &Column) -> bool {
    table
        .constraints
        .iter()
        .any(|c| c.kind == crate::facts::ConstraintKind::Check && c.columns.contains(&column.number))
}

/// Whether the column's type cannot be changed by itself: it is a partition key, takes part in a foreign key, or is generated.
fn is_tied(table: &Table, column: &Column) -> bool {
    table.partition_key.contains(&column.number)
        || column.generated != Generated::No
        || table.foreign_keys().any(|key| key.columns.contains(&column.number))
        || table
            .referenced_by
            .iter()
            .filter_map(|key| key.references.as_ref())
            .any(|reference| reference.columns.contains(&column.name))
}

/// What to do about a column's type: ALTER COLUMN TYPE where that is cheap, another column where it is not.
///
/// `using` is the expression that makes the new value, where no assignment cast does; `rewrites` says whether PostgreSQL writes the
/// table anew.
fn change_type(
    finding: &mut Finding,
    table: &Table,
    column: &Column,
    to: &str,
    using: Option<&str>,
    rewrites: bool,
    cx: &Context,
) {
    let relation = &table.relation;
    if column.data_type.is_domain {
        finding.advice(format!("Base the domain on {to}, or give the column that type."));
    } else if using.is_some() && has_check(table, column) {
        finding.advice(format!(
            "Make it {to}: drop the CHECKs that look at it as text, change the type, and add what they demand beyond the type again."
        ));
    } else if cx.database.is_some_and(|database| database.views.iter().any(|view| view.reads.contains(&relation.oid))) {
        finding.advice(format!(
            "Make it {to}. Views read the table: those that use the column have to be dropped and created again in the same transaction."
        ));
    } else if !relation.kind.is_table() || is_tied(table, column) {
        finding.advice(format!(
            "Declare it {to} in the migration that creates it; columns that refer to each other change together."
        ));
    } else if rewrites && !cx.small(relation) {
        finding.advice(format!(
            "Changing the type would write the whole table anew under ACCESS EXCLUSIVE: add a column of type {to}, write both, \
             copy the values in batches, and drop this one in a later release."
        ));
    } else {
        let name = sql::ident(&column.name);
        let mut parts = Vec::new();
        if using.is_some() && column.default.is_some() {
            parts.push(format!("ALTER COLUMN {name} DROP DEFAULT"));
        }
        let using_clause = using.map(|expression| format!(" USING {expression}")).unwrap_or_default();
        parts.push(format!("ALTER COLUMN {name} TYPE {to}{using_clause}"));
        if let (Some(_), Some(default)) = (using, column.default.as_ref()) {
            parts.push(match document_kind(Some(default)).filter(|_| to == "jsonb") {
                Some(_) => format!("ALTER COLUMN {name} SET DEFAULT {}", &default[..4]),
                None => format!("ALTER COLUMN {name} SET DEFAULT ({default})::{to}"),
            });
        }
        finding
            .advice(if rewrites { "Change it while the table is small:" } else { "This writes only the catalog:" })
            .remedy(format!("ALTER TABLE {} {};", relation.sql(), parts.join(",\n    ")));
    }
}

/// In a full check, the SQL for a table that holds rows as a part of the advice, where the values lose something by it: that is for
/// people to decide, and no step of a script.
fn losing(finding: &mut Finding, relation: &crate::facts::Relation, what: &str, cx: &Context) {
    if cx.database.is_some() && !relation.size.is_empty() && !finding.remedy.is_empty() {
        let sql = std::mem::take(&mut finding.remedy);
        finding.advice(format!("Look at the values first: {what}. Then, while the table is small:\n{sql}"));
    }
}

/// What every document of the column is, by its default: an empty object or array.
fn document_kind(default: Option<&str>) -> Option<&'static str> {
    let (document, cast) = default?.split_at_checked(4)?;
    let only_cast =
        cast.strip_prefix("::").unwrap_or(cast).chars().all(|c| c.is_ascii_alphanumeric() || " ()".contains(c));
    match document {
        "'{}'" if only_cast => Some("object"),
        "'[]'" if only_cast => Some("array"),
        _ => None,
    }
}

/// The name of the CHECK that says what kind of document a column holds, and the CHECK.
fn document_check(table: &Table, column: &Column, kind: &str) -> (String, String) {
    let name = crate::rules::recipes::constraint_name(table, &[&column.name], "_check");
    (name, format!("CHECK (jsonb_typeof({}) = '{kind}')", sql::ident(&column.name)))
}

/// Lets the statement that makes jsonb of a column also say what its default says of all documents: text and json kept others out
/// by nothing, and the table, which is small, is written anew in the same pass.
fn also_check_documents(finding: &mut Finding, table: &Table, column: &Column) {
    let ordinary = table.relation.kind == RelationKind::Table && !column.data_type.is_array;
    let Some(kind) = document_kind(column.default.as_deref()).filter(|_| ordinary) else { return };
    let Some(alter) = finding.remedy.strip_suffix(';') else { return };
    let (name, check) = document_check(table, column, kind);
    let both = format!("{alter},\n    ADD CONSTRAINT {} {check};", sql::ident(&name));
    finding
        .advice(format!(
            "Change it while the table is small, and say that every document is an {kind}, as the default is:"
        ))
        .remedy(both);
}
