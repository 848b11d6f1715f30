//! A key that somebody else numbers runs out as well, and no sequence shows it.

use super::range_of;
use crate::rule::prelude::*;
use crate::rules::state::{no_statistics, percent};

/// The rule.
pub static RULE: Rule = Rule {
    name: "int-key-usage",
    category: Capacity,
    severity: Warning,
    title: "a narrow unique number without a sequence is running out of values",
    why: "An application, a queue or another database that hands out the numbers of an integer or smallint column stops at the \
          column's limit like a sequence does, and no sequence shows how far it is. The highest value is taken from the \
          planner's statistics, so nothing is read from the table.",
    remedy: "Widen the column to bigint while there is time: a new column, kept in step by a trigger, filled in batches, indexed \
             CONCURRENTLY and swapped; the columns that refer to it first.",
    parameters: &[
        Parameter { name: "warning_percent", default: Integer(50), what: "a warning from this share of the values: per cent" },
        Parameter { name: "error_percent", default: Integer(80), what: "an error from this share of the values: per cent" },
        Parameter { name: "min_rows", default: Integer(1000), what: "smaller tables hold codes that people chose: rows" },
    ],
    sources: &[Guide("S-031"), Manual("datatype-numeric", "Integer Types"), Manual("view-pg-stats", "histogram_bounds")],
    examples: &[
        bad("INSERT INTO devices (number) SELECT g FROM generate_series(1, 20000) AS g;\nANALYZE devices;")
            .title("numbers that come from elsewhere")
            .given("CREATE TABLE devices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number smallint NOT NULL UNIQUE);")
            .advice(),
        good("INSERT INTO devices (number) SELECT g FROM generate_series(1, 20000) AS g;\nANALYZE devices;")
            .title("an integer has room")
            .given("CREATE TABLE devices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number integer NOT NULL UNIQUE);"),
        good("INSERT INTO countries VALUES (1), (30000);\nANALYZE countries;")
            .title("codes in a short list")
            .given("CREATE TABLE countries (number smallint PRIMARY KEY);"),
    ],
    check: Check::State(check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, _: &TableState, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if relation.is_partition || (relation.size.rows as i64) < cx.integer("min_rows", relation) {
        return;
    }
    for column in &table.columns {
        let Some((_, limit)) = range_of(&column.data_type).filter(|_| is_narrow_key(table, column)) else { continue };
        let drawn = column.identity
            || column.default.as_deref().is_some_and(|default| default.contains("nextval("))
            || column.serial_sequence.is_some();
        // A key that refers to another table is judged there.
        let refers = table.foreign_keys().any(|key| key.columns.contains(&column.number));
        if drawn || refers {
            continue;
        }
        let Some(highest) = column.highest else {
            if column.statistics.is_none() {
                no_statistics(format!("{}.{}", relation.display(), sql::ident(&column.name)), table, column, out);
            }
            continue;
        };
        let share = percent(highest as f64, limit as f64);
        if share < cx.integer("warning_percent", relation) {
            continue;
        }
        let finding = out.table_column(
            relation,
            column,
            format!("{share} % of the values of {}.{} are used", relation.display(), sql::ident(&column.name)),
        );
        if share >= cx.integer("error_percent", relation) {
            finding.severity(Error);
        }
        finding
            .detail(format!(
                "The column is {} and ends at {}; the highest value that ANALYZE saw is about {}.",
                column.data_type.name,
                count(limit.unsigned_abs()),
                count(highest.unsigned_abs())
            ))
            .advice("Widen it to bigint before it is full, together with the columns that refer to it.")
            .evidence("highest", highest)
            .evidence("limit", limit)
            .evidence("used_percent", share);
    }
}

/// Whether the column is smallint or integer and unique by itself: those of which the highest value is read.
fn is_narrow_key(table: &Table, column: &Column) -> bool {
    matches!(column.data_type.oid, 21 | 23)
        && table.indexes.iter().any(|index| {
            index.unique
                && index.predicate.is_none()
                && index.keys.len() == 1
                && index.keys[0].column == Some(column.number)
        })
}
