//! ADD EXCLUDE builds its index while nobody can use the table.

use crate::rule::prelude::*;
use crate::rules::recipes;

/// The rule.
pub static RULE: Rule = Rule {
    name: "exclusion-builds-index",
    category: Locks,
    severity: Warning,
    title: "an exclusion constraint builds its index while nobody can use the table",
    why: "ADD EXCLUDE builds an index under ACCESS EXCLUSIVE and checks every pair of rows that it finds: reads and writes wait. No index can be built before and handed over (USING INDEX knows UNIQUE and PRIMARY KEY only), and there is no NOT VALID.",
    remedy: "There is no online way. Make a new table with the constraint, fill it in batches while a trigger keeps it equal, and swap the names; or take a maintenance window. A table that is small or new takes the constraint at once.",
    parameters: &[],
    sources: &[Manual("sql-altertable", "ADD table_constraint_using_index"), Manual("ddl-constraints", "Exclusion Constraints")],
    examples: &[
        bad("ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&);").given(BOOKINGS).advice(),
        good("ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&);")
            .title("an empty table")
            .given(with!(BOOKINGS, "TRUNCATE bookings;")),
        good("BEGIN;\nCREATE TABLE bookings_new (LIKE bookings INCLUDING ALL, EXCLUDE USING gist (during WITH &&));\nCOMMIT;")
            .title("a new table")
            .given(BOOKINGS),
    ],
    check: Check::On(Kinds::ADD_CONSTRAINT, check),
    also: &[],
    enabled: true,
};

/// `shop.bookings`, live, without overlaps.
const BOOKINGS: &str = "\
CREATE TABLE bookings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    during int4range NOT NULL
);
INSERT INTO bookings (during) SELECT int4range(2 * g, 2 * g + 1) FROM generate_series(1, 5000) AS g;
ANALYZE bookings;";

fn check(statement: &Statement, cx: &Context, out: &mut Findings) {
    let Some(table) = &statement.target else { return };
    let relation = &table.relation;
    for (number, command) in statement.commands() {
        let AlterCommand::AddConstraint(def) = command else { continue };
        if def.kind != ConstraintKind::Exclusion {
            continue;
        }
        let builds = recipes::live_work(statement, cx, number, |work| {
            matches!(work, Work::BuildIndex { constraint: Some("EXCLUDE"), .. })
        });
        if builds.is_empty() {
            continue;
        }
        let name = def.name.clone().unwrap_or_else(|| recipes::constraint_name(table, &def.columns, "_excl"));
        let message = format!(
            "the exclusion constraint builds an index on {}{} while nobody can use it",
            relation.display(),
            recipes::in_partitions(relation, &builds)
        );
        out.constraint(relation, &name, message)
            .detail(recipes::holds(statement, cx, relation, "for the whole build"))
            .advice(
                "No online form exists. Fill a new table that has the constraint, in batches, and swap the names, or take a \
                 maintenance window.",
            )
            .evidence("lock", statement.impact.lock_on(relation.oid).as_str());
    }
}
