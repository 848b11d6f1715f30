//! Latitude and longitude as two numbers.

use super::{is_float, own_types};
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "coordinates-as-floats",
    category: Types,
    severity: Info,
    title: "a place is kept as two numbers",
    why: "Two B-tree indexes, on latitude and on longitude, find a strip round the globe each; 'what is near' reads both. A point under a GiST \
          index, or a geography of PostGIS, is searched in both directions at once and knows distances in metres.",
    remedy: "Add an expression index, USING gist (point(longitude, latitude)), or use PostGIS where distances matter. Two numbers are fine where \
             nothing is searched by them.",
    parameters: &[],
    sources: &[Guide("S-083"), Manual("gist", "Built-in Operator Classes")],
    examples: &[
        bad("CREATE TABLE shops (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, latitude float8, longitude float8);").advice(),
        good("CREATE TABLE shops (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, place point);"),
        good("CREATE TABLE shops (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, latitude float8);").title("half a place"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: false,
};

fn check(table: &Table, _: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !own_types(table) {
        return;
    }
    let number = |names: &[&str]| {
        table.columns.iter().find(|column| {
            names.contains(&column.name.as_str()) && (is_float(&column.data_type) || column.data_type.base == "numeric")
        })
    };
    let (Some(latitude), Some(longitude)) =
        (number(&["lat", "latitude"]), number(&["lng", "lon", "long", "longitude"]))
    else {
        return;
    };
    let searched = table.indexes.iter().any(|index| index.method == "gist" || index.method == "spgist");
    if searched || !(latitude.touched || longitude.touched) {
        return;
    }
    out.column(relation, &latitude.name, format!("{} keeps a place as two numbers", relation.display()))
        .detail(format!(
            "Columns {} and {} make a place, and no GiST index searches by it.",
            sql::ident(&latitude.name),
            sql::ident(&longitude.name)
        ))
        .advice(
            "If places are searched by distance, add a GiST index over point(longitude, latitude), or use PostGIS.",
        );
}
