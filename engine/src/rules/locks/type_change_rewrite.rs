//! ALTER COLUMN TYPE whose new type is stored in another way.

use crate::rule::prelude::*;
use crate::rules::breakage::column_type_incompatible;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "type-change-rewrite",
    category: Locks,
    severity: Error,
    title: "a type change writes the whole table anew while nobody can read it",
    why: "When the stored form of a column changes, ALTER TABLE copies every row into new files and builds all \
          indexes again, holding ACCESS EXCLUSIVE from start to end. Reads and writes wait for the whole copy, disk \
          and WAL take the table's size once more, and replicas fall behind. Some changes need none of this (varchar \
          to text, a longer varchar, a wider numeric of the same scale, timestamp to timestamptz while TimeZone is \
          UTC): PostgreSQL's own coercion rules decide.",
    remedy: "Expand and contract: add a column of the new type, keep it equal with a trigger, fill it in batches, \
             move the indexes and constraints and then the application to it, and drop the old column in a later \
             release.",
    parameters: &[],
    sources: &[
        Guide("S-177"),
        Guide("S-156"),
        Manual("sql-altertable", "Notes"),
        Code("src/backend/commands/tablecmds.c", "ATColumnChangeRequiresRewrite"),
    ],
    examples: &[
        bad("ALTER TABLE orders ALTER COLUMN amount TYPE bigint;").given(ORDERS),
        bad("ALTER TABLE orders ALTER COLUMN note TYPE integer USING length(note);")
            .title("with a USING expression")
            .given(ORDERS),
        bad("ALTER TABLE orders ALTER COLUMN code TYPE varchar(8);")
            .title("shorter, so every value is checked")
            .given(ORDERS),
        bad("ALTER TABLE orders ALTER COLUMN local_at TYPE timestamptz USING local_at AT TIME ZONE 'UTC';")
            .title("to timestamptz by an expression")
            .given(with!(
                ORDERS,
                "ALTER TABLE orders ADD COLUMN local_at timestamp;\n\
                 UPDATE orders SET local_at = '2026-01-01 12:00';"
            )),
        bad("ALTER TABLE events ALTER COLUMN payload TYPE varchar(20);").title("a partitioned table").given(EVENTS),
        bad("ALTER TYPE parcel ALTER ATTRIBUTE weight TYPE bigint CASCADE;")
            .title("a table of the type")
            .given(PARCELS)
            .advice(),
        good("ALTER TYPE parcel ALTER ATTRIBUTE code TYPE text CASCADE;")
            .title("varchar to text, in a table of the type")
            .given(PARCELS),
        good("ALTER TABLE orders ALTER COLUMN code TYPE text;").title("varchar to text").given(ORDERS),
        good("ALTER TABLE orders ALTER COLUMN code TYPE varchar(20);").title("a longer varchar").given(ORDERS),
        good("ALTER TABLE orders ALTER COLUMN price TYPE numeric(12,2);")
            .title("more digits, the same scale")
            .given(with!(ORDERS, "ALTER TABLE orders ADD COLUMN price numeric(10,2) NOT NULL DEFAULT 0;")),
        good("ALTER TABLE orders ALTER COLUMN placed_at TYPE timestamp;")
            .title("timestamptz to timestamp while TimeZone is UTC")
            .given(ORDERS),
        good("ALTER TABLE orders ALTER COLUMN note TYPE remark;")
            .title("a domain without constraints over the same type")
            .given(with!(ORDERS, "CREATE DOMAIN remark AS text;")),
        good("ALTER TABLE orders ALTER COLUMN code TYPE varchar(10) COLLATE \"C\";")
            .title("another collation only")
            .given(ORDERS),
        good("ALTER TABLE orders ALTER COLUMN amount TYPE bigint;").title("an empty table").given(EMPTY_ORDERS),
    ],
    check: Check::On(Kinds::ALTER_TYPE, check),
    also: &[Check::On(Kinds::OTHER, typed)],
    enabled: true,
};

/// A live table of a composite type.
const PARCELS: &str = "\
CREATE TYPE parcel AS (id bigint, weight integer, code varchar(10));
CREATE TABLE parcels OF parcel (PRIMARY KEY (id));
INSERT INTO parcels SELECT g, g, 'c' || g FROM generate_series(1, 3000) AS g;
ANALYZE parcels;";

/// ALTER TYPE ... CASCADE: what it does to the tables of the type.
fn typed(statement: &Statement, cx: &Context, out: &mut Findings) {
    statement.on_typed_tables().for_each(|statement| check(&statement, cx, out));
}

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let relation = &table.relation;
    for (number, command) in statement.commands() {
        let AlterCommand::AlterType { column, data_type, using, collation } = command else { continue };
        let rewrites =
            recipes::live_work(statement, cx, number, |work| matches!(work, Work::Rewrite(Rewrite::Type { .. })));
        let Some(Work::Rewrite(Rewrite::Type { why, .. })) = rewrites.first().map(|effect| &effect.work) else {
            continue;
        };
        let message = format!(
            "changing {column} to {} rewrites {}{}",
            data_type.name,
            relation.display(),
            recipes::in_partitions(relation, &rewrites)
        );
        let copied = match table.indexes.len() {
            0 => "Every row is written anew".to_owned(),
            1 => "Every row is written anew and 1 index is built again".to_owned(),
            n => format!("Every row is written anew and {n} indexes are built again"),
        };
        let keys =
            recipes::live_work(statement, cx, number, |work| matches!(work, Work::Scan(Scan::ForeignKey { .. })));
        let keys = match keys.len() {
            0 => String::new(),
            n => format!("{n} foreign keys are checked again."),
        };
        let finding = out.column(relation, column, message);
        finding
            .detail(recipes::sentences(&[
                format!("{copied}: {why}."),
                recipes::holds(statement, cx, relation, "for all of it"),
                keys,
                column_type_incompatible::seen(statement, number),
            ]))
            .evidence("lock", statement.impact.lock_on(relation.oid).as_str())
            .evidence("type", data_type.name.as_str());
        let collate = collation.as_ref().map(|name| format!(" COLLATE {}", name.sql())).unwrap_or_default();
        if statement.tag == "ALTER TYPE" {
            finding.advice(format!(
                "Make it a table without a type first (ALTER TABLE ... NOT OF), add a column of the new type, keep it equal with a \
                 trigger, and fill it in batches. {}",
                recipes::SWAP
            ));
            continue;
        }
        match recipes::expand(table, column, &format!("{}{collate}", data_type.name), using.as_ref()) {
            Some(sql) => finding
                .advice(format!(
                    "Add a column of the new type and fill it without blocking anybody, each statement by itself. {}",
                    recipes::SWAP
                ))
                .remedy(sql),
            None => finding.advice(format!(
                "Add a column of the new type, keep it equal with a trigger, and fill it in batches. {}",
                recipes::SWAP
            )),
        };
    }
}
