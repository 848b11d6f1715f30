//! `timestamp` holds what a clock on some wall showed; `timestamptz` holds a moment.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "timestamp-without-time-zone",
    category: Types,
    severity: Warning,
    title: "a column is of type timestamp without time zone",
    why: "A timestamp without time zone is a date and a clock time without a place: two sessions with different TimeZone \
          settings store different values for now(), one hour of every autumn happens twice, and a comparison with \
          timestamptz depends on who asks. timestamptz stores the moment, in UTC, and shows it in the zone of the session. \
          Both take 8 bytes.",
    remedy: "Use timestamptz. A column that is there can be changed; where its values are in UTC, do it in a session with \
             TimeZone = 'UTC': PostgreSQL then knows that nothing changes and writes no row anew (its indexes are still \
             rebuilt). For an appointment that must keep its local time, keep timestamp, store the zone beside it, and \
             suppress the finding.",
    parameters: &[],
    sources: &[
        Guide("S-074"),
        Manual("datatype-datetime", "Time Zones"),
        Code("src/backend/utils/adt/timestamp.c", "TimestampTimestampTzRequiresRewrite"),
    ],
    examples: &[
        bad("CREATE TABLE invoices (\n    \
                 id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                 issued_at timestamp NOT NULL DEFAULT now()\n\
             );"),
        bad("ALTER TABLE orders ADD COLUMN shipped_at timestamp;").title("a new column of a live table").given(ORDERS),
        bad("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, reminders timestamp(0)[]);")
            .title("an array"),
        bad("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, issued_at clock_time);")
            .title("through a domain")
            .given("CREATE DOMAIN clock_time AS timestamp;")
            .advice(),
        good(
            "CREATE TABLE invoices (\n    \
                  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n    \
                  issued_at timestamptz NOT NULL DEFAULT now()\n\
              );",
        ),
        good("CREATE TABLE __diesel_schema_migrations (version varchar(50) PRIMARY KEY, run_on timestamp NOT NULL DEFAULT now());")
            .title("the table of a migration tool"),
        good("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, due_date date NOT NULL);")
            .title("a date"),
        good("ALTER TABLE invoices ADD COLUMN note text;").title("another change of a table that has one").given(
            "CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, issued_at timestamp NOT NULL);",
        ),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    if !super::own_types(table) {
        return;
    }
    for column in table.columns.iter().filter(|column| column.touched) {
        let data_type = &column.data_type;
        if data_type.base != "timestamp without time zone" {
            continue;
        }
        let shown = sql::ident(&column.name);
        let finding = out.column(
            relation,
            &column.name,
            format!("column {shown} of {} is {}", relation.display(), data_type.name),
        );
        let through =
            if data_type.is_domain { format!(" {} is a domain over it.", data_type.name) } else { String::new() };
        finding
            .detail(format!("A timestamp without time zone means another moment in every session's TimeZone.{through}"))
            .evidence("type", data_type.name.as_str());
        let indexed = table.indexes.iter().any(|index| index.mentions(column.number));
        if data_type.is_domain {
            finding.advice("Base the domain on timestamptz, or give the column that type.");
        } else if !relation.kind.is_table() || table.partition_key.contains(&column.number) {
            // The type of a partition key cannot be changed.
            finding.advice("Declare it timestamptz where the table is created.");
        } else if !cx.small(relation) && (indexed || data_type.is_array || data_type.modifier >= 0) {
            // Arrays and a precision are converted value by value, and an index is built anew in any case.
            finding.advice(
                "Changing the type would rewrite the table or its indexes under ACCESS EXCLUSIVE: add a timestamptz column, write \
                 both, copy the values in batches, and drop this one in a later release.",
            );
        } else {
            finding.advice("Where the values are in UTC, change the type in a session whose TimeZone says so:").remedy(
                format!(
                    "BEGIN;\nSET LOCAL TimeZone = 'UTC';\nALTER TABLE {} ALTER COLUMN {shown} TYPE {};\nCOMMIT;",
                    relation.sql(),
                    with_time_zone(data_type)
                ),
            );
            super::losing(finding, relation, "where they are not in UTC, another TimeZone is theirs", cx);
        }
    }
}

/// The same type with time zone: `timestamp(3) without time zone[]` gives `timestamptz(3)[]`.
fn with_time_zone(data_type: &TypeName) -> String {
    // Whole seconds are rounded, which `timestamp-precision` finds.
    data_type.name.replace(" without time zone", "").replacen("timestamp", "timestamptz", 1).replacen("(0)", "", 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn length_and_array_stay() {
        for (name, expected) in [
            ("timestamp without time zone", "timestamptz"),
            ("timestamp(3) without time zone", "timestamptz(3)"),
            ("timestamp(0) without time zone", "timestamptz"),
            ("timestamp without time zone[]", "timestamptz[]"),
        ] {
            assert_eq!(with_time_zone(&TypeName { name: name.to_owned(), ..TypeName::default() }), expected);
        }
    }
}
