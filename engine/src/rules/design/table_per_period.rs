//! orders_2023, orders_2024, orders_2025: partitions made by hand.

use crate::rule::prelude::*;
use std::collections::BTreeMap;

/// The rule.
pub static RULE: Rule = Rule {
    name: "table-per-period",
    category: Design,
    severity: Info,
    title: "several tables with the same columns differ by a number in their names",
    why: "A table for each year, month or customer is partitioning by hand: every query has to know which \
          tables there are, a constraint holds in one of them only, an ALTER TABLE has to be run on each, and \
          sooner or later one of them differs.",
    remedy: "Make them partitions of one table: CREATE TABLE ... PARTITION BY, then ATTACH PARTITION; with a \
          validated CHECK that implies the bound nothing is scanned.",
    parameters: &[Parameter { name: "min_tables", default: Integer(3), what: "the fewest tables of one kind: tables" }],
    sources: &[Guide("S-376"), Manual("ddl-partitioning", "Partitioning")],
    examples: &[
        bad("CREATE TABLE readings_2023 (id bigint PRIMARY KEY, amount integer NOT NULL);\n\
             CREATE TABLE readings_2024 (id bigint PRIMARY KEY, amount integer NOT NULL);\n\
             CREATE TABLE readings_2025 (id bigint PRIMARY KEY, amount integer NOT NULL);")
        .advice(),
        good(
            "CREATE TABLE readings (id bigint PRIMARY KEY, amount integer NOT NULL) PARTITION BY RANGE (id);\n\
             CREATE TABLE readings_1 PARTITION OF readings FOR VALUES FROM (0) TO (100);\n\
             CREATE TABLE readings_2 PARTITION OF readings FOR VALUES FROM (100) TO (200);\n\
             CREATE TABLE readings_3 PARTITION OF readings FOR VALUES FROM (200) TO (300);",
        )
        .title("partitions"),
        good(
            "CREATE TABLE readings_2023 (id bigint PRIMARY KEY, amount integer NOT NULL);\n\
             CREATE TABLE readings_2024 (id bigint PRIMARY KEY, note text NOT NULL);\n\
             CREATE TABLE readings_2025 (id bigint PRIMARY KEY);",
        )
        .title("of different columns"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

/// The name without the numbers and dates at its end; none where there are none: `readings_2024_01` gives `readings`.
fn stem(name: &str) -> Option<&str> {
    let mut stem = name;
    loop {
        let cut = stem.trim_end_matches(|c: char| c.is_ascii_digit());
        if cut.len() == stem.len() {
            break;
        }
        let letters = cut.trim_end_matches(['y', 'm', 'd', 'w', 'q', 'p']);
        let before = if letters.ends_with(|c: char| c == '_' || c.is_ascii_digit()) { letters } else { cut };
        stem = before.trim_end_matches('_');
    }
    (stem.len() < name.len() && stem.len() > 1).then_some(stem)
}

fn check(database: &Database, cx: &Context, out: &mut Findings) {
    type Shape<'a> = Vec<(&'a str, &'a str)>;
    let least = usize::try_from(cx.number("min_tables")).unwrap_or(0).max(2);
    let mut groups: BTreeMap<(&str, &str, Shape), Vec<&Table>> = BTreeMap::new();
    for table in database.tables.iter().filter(|table| !*table.relation.exempt) {
        let relation = &table.relation;
        if relation.kind != RelationKind::Table || relation.is_partition || !database.in_scope(relation.oid) {
            continue;
        }
        let Some(stem) = stem(&relation.name) else { continue };
        let columns: Shape = table.columns.iter().map(|c| (c.name.as_str(), c.data_type.name.as_str())).collect();
        if !columns.is_empty() {
            groups.entry((&relation.schema, stem, columns)).or_default().push(table);
        }
    }
    for ((_, stem, _), mut tables) in groups {
        if tables.len() < least {
            continue;
        }
        tables.sort_by_key(|table| &table.relation.name);
        let names: Vec<&str> = tables.iter().map(|table| table.relation.name.as_str()).collect();
        let relation = &tables[0].relation;
        let size = tables.iter().fold(Size::default(), |sum, table| Size {
            bytes: sum.bytes + table.relation.size.bytes,
            rows: sum.rows + table.relation.size.rows,
        });
        out.relation(
            relation,
            format!("{} tables such as {} are partitions made by hand", tables.len(), relation.display()),
        )
        .detail(format!("They have the same columns: {}.", list(&names, 6)))
        .advice(format!(
            "Make them partitions of one table {}: CREATE TABLE ... PARTITION BY, then ATTACH PARTITION each.",
            relation.sibling(stem)
        ))
        .evidence("tables", names.len())
        .impact(size.bytes, size.rows, 0)
        .discriminator(stem);
    }
}

#[cfg(test)]
mod tests {
    use super::stem;

    #[test]
    fn names_without_their_numbers() {
        for (name, expected) in [
            ("readings_2024", Some("readings")),
            ("readings_2024_01", Some("readings")),
            ("readings_y2024m01", Some("readings")),
            ("readings_p7", Some("readings")),
            ("tenant12", Some("tenant")),
            ("readings", None),
            ("m2", None),
            ("_2024", None),
        ] {
            assert_eq!(stem(name), expected, "{name}");
        }
    }
}
