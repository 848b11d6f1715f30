//! A surrogate key of 32 bits ends at 2,147,483,647, and the day it does every INSERT fails.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "primary-key-int4",
    category: Types,
    severity: Warning,
    title: "a generated primary key is narrower than bigint",
    why: "A sequence hands out a number once, also for rows that are deleted or rolled back, so an integer key ends after 2.1 \
          billion attempts and a smallint after 32,767; from then on every INSERT fails. Widening the column of a live table \
          writes the whole table and its indexes anew under an exclusive lock, and every foreign key that refers to it has \
          to follow. The four bytes that integer saves are often lost to alignment anyway.",
    remedy: "Make generated keys bigint (or uuid) from the start. On an empty table ALTER COLUMN TYPE is free; on a live one add \
             a bigint column, keep it in step with a trigger, fill it in batches, build its unique index CONCURRENTLY and \
             swap. The sequence of a serial column stays as narrow as it was: ALTER SEQUENCE ... AS bigint.",
    parameters: &[],
    sources: &[
        Guide("S-030"),
        Manual("datatype-numeric", "Integer Types, Serial Types"),
        Manual("sql-altersequence", "AS data_type"),
    ],
    examples: &[
        bad("CREATE TABLE invoices (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number text NOT NULL);"),
        bad("CREATE TABLE invoices (id serial PRIMARY KEY, number text NOT NULL);")
            .title("serial: the sequence is narrow too"),
        bad("CREATE TABLE invoices (id smallserial PRIMARY KEY, number text NOT NULL);").title("smallserial"),
        bad("CREATE TABLE invoices (id integer PRIMARY KEY, number text NOT NULL);")
            .title("an id that comes from elsewhere"),
        good("CREATE TABLE invoices (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number text NOT NULL);"),
        good("CREATE TABLE invoices (id uuid DEFAULT gen_random_uuid() PRIMARY KEY, number text NOT NULL);")
            .title("uuid"),
        good("CREATE TABLE vat_rates (id smallint PRIMARY KEY, percent numeric NOT NULL);")
            .title("a short list whose numbers people choose"),
        good("CREATE TABLE fiscal_years (year integer PRIMARY KEY, closed_at timestamptz);")
            .title("a number that means something"),
        good("CREATE TABLE customer_notes (id integer PRIMARY KEY REFERENCES old_customers, note text NOT NULL);")
            .title("the key of another table, whose type it has to share")
            .given("CREATE TABLE old_customers (id integer PRIMARY KEY);"),
    ],
    check: Check::Of(Aspects::COLUMNS.or(Aspects::CONSTRAINTS), check),
    also: &[],
    enabled: true,
};

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    let relation = &table.relation;
    // A key has no NULLs: most columns need not be looked for in one.
    let candidate = |column: &Column| {
        column.touched && column.not_null && matches!(column.data_type.base.as_str(), "integer" | "smallint")
    };
    if !relation.kind.is_table()
        || !super::own_types(table)
        || table.no_constraint_touched && !table.columns.iter().any(candidate)
    {
        return;
    }
    let Some(key) = table.primary_key() else { return };
    for number in &key.columns {
        let Some(column) = table.column_by_number(*number) else { continue };
        let data_type = &column.data_type;
        let limit = match data_type.base.as_str() {
            "integer" => 2_147_483_647_u64,
            "smallint" => 32_767,
            _ => continue,
        };
        if !(column.touched || key.touched) {
            continue;
        }
        let drawn = column.identity
            || column.serial_sequence.is_some()
            || column.default.as_deref().is_some_and(|default| default.contains("nextval("));
        // Without a sequence only an integer called id is taken for a surrogate; a smallint is a list that people number.
        let surrogate = drawn || (key.columns.len() == 1 && column.name == "id" && data_type.base == "integer");
        let refers = table.foreign_keys().any(|foreign| foreign.columns.contains(number));
        if !surrogate || refers || data_type.is_array {
            continue;
        }
        let finding = out.column(
            relation,
            &column.name,
            format!("primary key column {} of {} is {}", sql::ident(&column.name), relation.display(), data_type.name),
        );
        finding
            .detail(if drawn {
                format!(
                    "It ends at {}; numbers are used up by rows that are deleted or rolled back as well.",
                    count(limit)
                )
            } else {
                format!(
                    "It ends at {}. No sequence gives the numbers: whoever does can have larger ones.",
                    count(limit)
                )
            })
            .evidence("type", data_type.name.as_str())
            .evidence("limit", limit);
        if cx.small(relation) && table.referenced_by.is_empty() && !data_type.is_domain {
            // The sequence first: a wide column over a narrow sequence is a mistake of its own.
            let mut sql = String::new();
            if let Some(sequence) = &*column.serial_sequence {
                sql.push_str(&format!("ALTER SEQUENCE {sequence} AS bigint;\n"));
            }
            sql.push_str(&format!(
                "ALTER TABLE {} ALTER COLUMN {} TYPE bigint;",
                relation.sql(),
                sql::ident(&column.name)
            ));
            finding.advice("Widen it while the table is small:").remedy(sql);
        } else {
            finding.advice(
                "Declare it bigint in the migration that creates it. Later: a bigint column kept in step by a trigger, filled in \
                 batches, indexed CONCURRENTLY, then swapped, and the same for every column that refers to it.",
            );
        }
    }
}
