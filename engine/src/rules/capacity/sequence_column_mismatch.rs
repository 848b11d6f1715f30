//! A sequence and the column that it fills should end at the same number.

use super::{feeds, range_of};
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "sequence-column-mismatch",
    category: Capacity,
    severity: Warning,
    title: "a sequence is narrower, or wider, than the column that it fills",
    why: "ALTER TABLE ... ALTER COLUMN ... TYPE bigint widens the column and, for serial columns, leaves the sequence as narrow \
          as it was: nextval() still fails at 2,147,483,647, and everybody believes that the problem was solved. The other \
          way round, a sequence that is wider than its column looks half empty on the day when the column is full.",
    remedy: "Give the sequence the type of the column: ALTER SEQUENCE ... AS bigint changes its catalog entry only.",
    parameters: &[],
    sources: &[Guide("S-031"), Manual("sql-altersequence", "AS data_type")],
    examples: &[
        bad("ALTER TABLE invoices ALTER COLUMN id TYPE bigint;")
            .title("a serial column that was widened")
            .given("CREATE TABLE invoices (id serial PRIMARY KEY, number text NOT NULL);"),
        bad("CREATE SEQUENCE ticket_numbers;\n\
             CREATE TABLE tickets (\n\
             \x20   id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n\
             \x20   number integer NOT NULL DEFAULT nextval('ticket_numbers')\n\
             );")
        .title("a bigint sequence over an integer column"),
        good("ALTER TABLE invoices ALTER COLUMN id TYPE bigint;")
            .title("an identity column takes its sequence along")
            .given(
                "CREATE TABLE invoices (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number text NOT NULL);",
            ),
        good("CREATE TABLE invoices (id bigserial PRIMARY KEY, number text NOT NULL);"),
        good(
            "CREATE SEQUENCE ticket_numbers AS integer MAXVALUE 9999 CYCLE;\n\
              CREATE TABLE tickets (\n\
              \x20   id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n\
              \x20   number bigint NOT NULL DEFAULT nextval('ticket_numbers')\n\
              );",
        )
        .title("limits that somebody chose"),
    ],
    check: Check::Database(check),
    also: &[],
    enabled: true,
};

fn check(database: &Database, _: &Context, out: &mut Findings) {
    for sequence in database.sequences.iter().filter(|s| !s.exempt) {
        let Some((_, own_max)) = super::range_of_name(&sequence.data_type) else { continue };
        // Limits of its own are a choice; only those of the type can be an oversight.
        if sequence.increment < 0 || sequence.max != own_max {
            continue;
        }
        for feed in feeds(database, sequence) {
            let Some((_, column_max)) = range_of(&feed.column.data_type) else { continue };
            if column_max == own_max || feed.table.relation.is_partition {
                continue;
            }
            let name = sql::qualified(&sequence.schema, &sequence.name);
            let narrower = own_max < column_max;
            let data_type = &feed.column.data_type.name;
            let finding = out.column(
                &feed.table.relation,
                &feed.column.name,
                format!("sequence {name} is {}, column {} is {data_type}", sequence.data_type, feed.sql()),
            );
            finding.evidence("sequence_max", own_max).evidence("column_max", column_max);
            if narrower {
                finding.detail(format!(
                    "nextval() fails from {own_max} on, although the column has room up to {column_max}."
                ));
            } else {
                finding.severity(Info).detail(format!(
                    "INSERT fails from {column_max} on, while the sequence goes on to {own_max}: its share of used numbers says nothing."
                ));
            }
            let target = feed.column.data_type.base.as_str();
            let fits = sequence.last_value.is_none_or(|last| last <= column_max);
            if sequence.readable && fits {
                finding
                    .advice("Give the sequence the type of the column; this changes its catalog entry only:")
                    .remedy(format!("ALTER SEQUENCE {name} AS {target};"));
            } else {
                finding.advice(format!("Give the sequence the type of the column: ALTER SEQUENCE {name} AS {target}."));
            }
        }
    }
}
