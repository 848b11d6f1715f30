//! DROP COLUMN takes data away, and breaks the code that still names the column.

use super::silently_lost;
use crate::rule::prelude::*;

/// The rule.
pub static RULE: Rule = Rule {
    name: "column-dropped",
    category: Breakage,
    severity: Warning,
    title: "a column with data is dropped",
    why: "DROP COLUMN hides the column at once and for good: its values cannot be brought back except from a backup, although \
          their space stays until the rows are written again. Code that was deployed before it fails with 'column does not \
          exist'; object-relational mappers often list every column that they knew at their start, so even code that has \
          no use for the column fails.",
    remedy: "In one release stop reading and writing the column (a NOT NULL column without a default must lose its NOT NULL \
             first) and make the mapper ignore it; drop it in a later release, when no process of the old one runs. Keep a \
             copy of the values where they might be missed.",
    parameters: &[],
    sources: &[
        Manual("sql-altertable", "DROP COLUMN"),
        Manual("ddl-alter", "Removing a Column"),
        Code("src/backend/commands/tablecmds.c", "ATExecDropColumn"),
    ],
    examples: &[
        bad("ALTER TABLE orders DROP COLUMN note;").given(ORDERS).advice(),
        bad("ALTER TABLE customers DROP COLUMN IF EXISTS name;")
            .title("a small table: its data goes all the same")
            .given(ORDERS)
            .advice(),
        bad("ALTER TABLE events DROP COLUMN payload;").title("a partitioned table").given(EVENTS).advice(),
        bad("ALTER TABLE orders DROP COLUMN note, ADD COLUMN note text DEFAULT '';")
            .title("dropped and added anew in one statement: code goes on, the values are gone")
            .given(ORDERS)
            .advice(),
        bad("ALTER TYPE parcel DROP ATTRIBUTE weight CASCADE;")
            .title("an attribute of a composite type, of which there is a table")
            .given("CREATE TYPE parcel AS (id bigint, weight integer);\nCREATE TABLE parcels OF parcel (PRIMARY KEY (id));\n\
                    INSERT INTO parcels SELECT g, g FROM generate_series(1, 3000) AS g;\nANALYZE parcels;")
            .advice(),
        good("ALTER TABLE orders DROP COLUMN note;").title("an empty table").given(EMPTY_ORDERS),
        good("ALTER TABLE orders DROP COLUMN IF EXISTS colour;").title("there is no such column").given(ORDERS),
        good(
            "BEGIN;\n\
             CREATE TABLE old_orders AS SELECT * FROM orders;\n\
             ALTER TABLE old_orders DROP COLUMN note, ADD PRIMARY KEY (id);\n\
             COMMIT;",
        )
        .title("a table that this transaction made, full of rows")
        .given(ORDERS),
        good(
            "BEGIN;\n\
             ALTER TABLE orders ADD COLUMN discount integer;\n\
             ALTER TABLE orders DROP COLUMN discount;\n\
             COMMIT;",
        )
        .title("a column that this transaction added")
        .given(ORDERS),
    ],
    check: Check::On(Kinds::DROP_COLUMN, check),
    also: &[Check::On(Kinds::OTHER, typed)],
    enabled: true,
};

/// ALTER TYPE ... CASCADE: what it does to the tables of the type.
fn typed(statement: &Statement, cx: &Context, out: &mut Findings) {
    statement.on_typed_tables().for_each(|statement| check(&statement, cx, out));
}

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let relation = &table.relation;
    let drops = statement.commands().any(|(_, command)| matches!(command, AlterCommand::DropColumn { .. }));
    if !drops || relation.size.is_empty() || !cx.existing(relation) {
        return;
    }
    for (number, command) in statement.commands() {
        let AlterCommand::DropColumn { column: name, .. } = command else { continue };
        let Some(column) = table.column(name).filter(|column| !column.created_here) else { continue };
        // `column-drop-collateral` says it all where indexes or constraints go too.
        if !silently_lost(statement, number).is_empty() {
            continue;
        }
        let shown = sql::ident(name);
        // Code that names it goes on: another column is there under the name.
        let anew = statement
            .commands()
            .any(|(_, command)| matches!(command, AlterCommand::AddColumn { column, .. } if column.name == *name));
        let what =
            if anew { "and adding it anew loses its data" } else { "loses its data and breaks code that uses it" };
        let finding = out.column(relation, name, format!("dropping column {shown} of {} {what}", relation.display()));
        finding
            .detail(format!(
                "The column is of type {}, in {}. Its values cannot be brought back except from a backup.{}",
                column.data_type.name,
                cx.sized(relation),
                writers(column)
            ))
            .advice(if anew {
                "Change the column instead (ALTER COLUMN TYPE, SET DEFAULT), or copy its values where they matter."
            } else {
                "Release code that does not use the column, wait until no older process runs, then drop it."
            })
            .evidence("type", column.data_type.name.as_str());
    }
}

/// What must happen before code can stop writing the column.
fn writers(column: &Column) -> &'static str {
    let filled = column.default.is_some() || column.identity || column.generated != Generated::No;
    if column.not_null && !filled {
        " It is NOT NULL without a default: code can stop writing it only after DROP NOT NULL."
    } else {
        ""
    }
}
