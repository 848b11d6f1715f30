//! A serial column was widened, and its sequence was not.

use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "sequence-left-narrow",
    category: Breakage,
    severity: Warning,
    title: "a serial column was widened, and its sequence still ends at the old limit",
    why: "ALTER COLUMN TYPE bigint gives a serial column room, but its sequence keeps its type: integer, with a maximum of 2,147,483,647. When the sequence gets there, every INSERT fails, as if nothing had been changed. The sequence of an identity column is changed along.",
    remedy: "ALTER SEQUENCE ... AS bigint in the same transaction: it takes an instant and raises the maximum too.",
    parameters: &[],
    sources: &[Manual("sql-altersequence", "AS data_type"), Manual("datatype-numeric", "Serial Types")],
    examples: &[
        bad("ALTER TABLE tickets ALTER COLUMN id TYPE bigint;").given(TICKETS),
        good("BEGIN;\nALTER TABLE tickets ALTER COLUMN id TYPE bigint;\nALTER SEQUENCE tickets_id_seq AS bigint;\nCOMMIT;")
            .title("the sequence is changed along")
            .given(TICKETS),
        good(
            "BEGIN;\nALTER TABLE tickets ALTER COLUMN id TYPE bigint;\nALTER SEQUENCE tickets_id_seq AS bigint;\nCOMMIT;",
        )
        .title("the sequence changes with it, in a text")
        .given(TICKETS)
        .lint(),
        good(
            "BEGIN;\nALTER SEQUENCE tickets_id_seq AS bigint;\nALTER TABLE tickets ALTER COLUMN id TYPE bigint;\nCOMMIT;",
        )
        .title("the sequence changes first, in a text")
        .given(TICKETS)
        .lint(),
        good("ALTER TABLE tickets ALTER COLUMN id TYPE bigint;")
            .title("an identity column")
            .given("CREATE TABLE tickets (id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, title text NOT NULL);"),
        good("CREATE TABLE tickets (id bigserial PRIMARY KEY, title text NOT NULL);").title("wide from the start"),
    ],
    check: Check::Of(Aspects::COLUMNS, check),
    also: &[],
    enabled: true,
};

/// The OIDs of the three integer types (`src/include/catalog/pg_type.dat`); a sequence has one of them.
const INT8: Oid = 20;
const INT2: Oid = 21;
const INT4: Oid = 23;

/// An empty table with a serial key.
const TICKETS: &str = "CREATE TABLE tickets (id serial PRIMARY KEY, title text NOT NULL);";

fn check(table: &Table, cx: &Context, out: &mut Findings) {
    if cx.database.is_some() || table.whole {
        return;
    }
    let relation = &table.relation;
    for column in table.columns.iter().filter(|column| column.touched && !column.created_here) {
        let (of, to) = (*column.serial_type, column.data_type.oid);
        if !(of == INT2 && (to == INT4 || to == INT8) || of == INT4 && to == INT8) {
            continue;
        }
        let Some(sequence) = column.serial_sequence.as_ref() else { continue };
        let (maximum, now) = if of == INT2 { ("32,767", "smallint") } else { ("2,147,483,647", "integer") };
        out.table_column(
            relation,
            column,
            format!(
                "{} of {} is {} now, and its sequence ends at {maximum}",
                column.name,
                relation.display(),
                column.data_type.name
            ),
        )
        .detail(format!("The sequence {sequence} is still of type {now}."))
        .advice("Give it the type of the column, which takes an instant:")
        .remedy(format!("ALTER SEQUENCE {sequence} AS {};", column.data_type.name))
        .evidence("sequence", sequence.as_str());
    }
}
